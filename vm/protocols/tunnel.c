/* tunnel.c - what carries packets in packets: what it announces, and its fields. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"

#include "vm/walk.h"

/* Behind the last label stands IP of a version that its first bits tell.  Pseudowires, which say nowhere what they hold,
 * are not followed. */
Step walk_mpls(Walk *w)
{
    if (!walk_need(w, 4)) return STEP_NONE;
    bool bottom = w->data[w->at + 2] & 1;
    w->at += 4;
    return bottom ? STEP_IP : STEP_MPLS;
}

/* ---- GRE: RFC 1701, 2784, 2890; PPTP's, RFC 2637 ---- */

enum {
    GRE_BYTES = 4,
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGEMENT = 0x0080,
    GRE_VERSION = 0x0007,
    ETHERTYPE_PPP = 0x880b,
};

typedef enum { WORD_CHECKSUM, WORD_KEY, WORD_SEQUENCE, WORD_ACKNOWLEDGEMENT, GRE_WORDS } GreWord;

/* Where the optional words stand; 0: they are not there. */
typedef struct {
    u32 at[GRE_WORDS], end;
} GreWords;

static GreWords gre_words(u32 flags)
{
    GreWords words = {.end = GRE_BYTES};
    bool pptp = flags & GRE_VERSION;
    const bool there[GRE_WORDS] = {
        [WORD_CHECKSUM] = !pptp && flags & (GRE_CHECKSUM | GRE_ROUTING),
        [WORD_KEY] = flags & GRE_KEY,
        [WORD_SEQUENCE] = flags & GRE_SEQUENCE,
        [WORD_ACKNOWLEDGEMENT] = pptp && flags & GRE_ACKNOWLEDGEMENT,
    };
    for (u32 i = 0; i < GRE_WORDS; i++) {
        if (!there[i]) continue;
        words.at[i] = words.end;
        words.end += 4;
    }
    return words;
}

/* Source routes: family, offset, length and addresses each; an empty one of no family is the last. */
static bool pass_routes(Walk *w)
{
    for (;;) {
        if (!walk_need(w, 4)) return false;
        const u8 *route = w->data + w->at;
        bool last = load_be16(route) == 0 && route[3] == 0;
        w->at += 4u + route[3];
        if (last) return true;
    }
}

/* The key of PPTP is the payload's length and the call; without a sequence number there is no payload. */
static Step walk_pptp(Walk *w, u32 flags, u32 type)
{
    if (type != ETHERTYPE_PPP || !(flags & GRE_KEY) || !(flags & GRE_SEQUENCE) || !walk_need(w, 6)) return STEP_NONE;
    u32 payload = load_be16(w->data + w->at + 4);
    w->at += gre_words(flags).end;
    w->own->end = w->end = MIN_OF(w->end, w->at + payload);
    return STEP_PPP;
}

Step walk_gre(Walk *w)
{
    if (!walk_need(w, GRE_BYTES)) return STEP_NONE;
    u32 flags = load_be16(w->data + w->at), type = load_be16(w->data + w->at + 2), version = flags & GRE_VERSION;
    if (version == 1) return walk_pptp(w, flags, type);
    if (version != 0) return STEP_NONE;
    w->at += gre_words(flags).end;
    if (flags & GRE_ROUTING && !pass_routes(w)) return STEP_NONE;
    return step_of_ethertype(type);
}

/* `width` bytes at `offset` of one of the words, in a header of that version. */
static bool gre_number(const CalcFrame *frame, u32 version, GreWord word, u32 offset, u32 width, CalcValue *value)
{
    if (!have(frame, 0, 2, value)) return false;
    u32 flags = load_be16(header_of(frame)), at = gre_words(flags).at[word];
    return (flags & GRE_VERSION) == version && at && number_be(frame, at + offset, width, value);
}

bool gre_checksum(const CalcFrame *frame, CalcValue *value) { return gre_number(frame, 0, WORD_CHECKSUM, 0, 2, value); }

bool gre_key(const CalcFrame *frame, CalcValue *value) { return gre_number(frame, 0, WORD_KEY, 0, 4, value); }

bool gre_payload_length(const CalcFrame *frame, CalcValue *value)
{
    return gre_number(frame, 1, WORD_KEY, 0, 2, value);
}

bool gre_call(const CalcFrame *frame, CalcValue *value) { return gre_number(frame, 1, WORD_KEY, 2, 2, value); }

bool gre_sequence(const CalcFrame *frame, CalcValue *value)
{
    return gre_number(frame, 0, WORD_SEQUENCE, 0, 4, value) || gre_number(frame, 1, WORD_SEQUENCE, 0, 4, value);
}

bool gre_acknowledgement(const CalcFrame *frame, CalcValue *value)
{
    return gre_number(frame, 1, WORD_ACKNOWLEDGEMENT, 0, 4, value);
}

/* ---- VXLAN, RFC 7348 ---- */

/* A packet without a valid network number is none of VXLAN's; other things go to its ports, too. */
Step walk_vxlan(Walk *w)
{
    bool valid = w->data[w->at] & 0x08;
    w->at += 8;
    return valid ? STEP_ETHERNET : STEP_NONE;
}

/* ---- GTP-U, 3GPP TS 29.281, section 5 ---- */

enum { GTP_BYTES = 8, GTP_MORE_BYTES = 12, GTP_MORE = 7, GTP_EXTENSION = 4, GTP_USER_DATA = 255 };

/* Version 1 and not the charging protocol. */
static bool gtp_is_ours(u8 first) { return first >> 4 == 3; }

/* Past the extension headers: a length in units of four bytes, and in its last byte the type of the next. */
static bool pass_extensions(Walk *w, u8 next)
{
    while (next != 0) {
        if (!walk_need(w, 1) || w->data[w->at] == 0) return false;
        u32 length = w->data[w->at] * 4u;
        if (!walk_need(w, length)) return false;
        w->at += length;
        next = w->data[w->at - 1];
    }
    return true;
}

/* What user data is stands nowhere; IP tells by its version, and Ethernet, which 5G can carry, cannot be told. */
Step walk_gtp(Walk *w)
{
    const u8 *header = w->data + w->at;
    if (!gtp_is_ours(header[0])) return walk_believe(w, 1);
    if (!walk_need(w, 4)) return STEP_NONE;
    w->own->end = w->end = MIN_OF(w->end, w->at + GTP_BYTES + load_be16(header + 2));
    if (header[1] != GTP_USER_DATA) return STEP_NONE;
    if (header[0] & GTP_MORE && !walk_need(w, GTP_MORE_BYTES)) return STEP_NONE;
    w->at += header[0] & GTP_MORE ? GTP_MORE_BYTES : GTP_BYTES;
    if (header[0] & GTP_EXTENSION && !pass_extensions(w, header[11])) return STEP_NONE;
    return STEP_IP;
}

/* Is the flag set that gives the second four bytes, which are always there together, their meaning? */
static bool gtp_flag(const CalcFrame *frame, u8 flag, CalcValue *value)
{
    return have(frame, 0, 1, value) && gtp_is_ours(header_of(frame)[0]) && header_of(frame)[0] & flag;
}

bool gtp_sequence(const CalcFrame *frame, CalcValue *value)
{
    return gtp_flag(frame, 2, value) && number_be(frame, 8, 2, value);
}

bool gtp_npdu(const CalcFrame *frame, CalcValue *value)
{
    return gtp_flag(frame, 1, value) && number_be(frame, 10, 1, value);
}

/* The state keeps where the type of the next header stands.  A header of no length ends them. */
bool gtp_extension(const CalcFrame *frame, CalcValue *value)
{
    u32 type_at = value->state->at ? value->state->at : GTP_MORE_BYTES - 1;
    if (!gtp_flag(frame, GTP_EXTENSION, value) || !have(frame, type_at, 1, value)) return false;
    if (header_of(frame)[type_at] == 0 || !have(frame, type_at + 1, 1, value)) return false;
    u32 length = header_of(frame)[type_at + 1] * 4u;
    if (length == 0 || !bytes_at(frame, type_at + 1, length, value)) return false;
    value->state->at = type_at + length;
    value->number = header_of(frame)[type_at];
    return true;
}

bool gtp_extension_type(const CalcFrame *frame, CalcValue *value) { return gtp_extension(frame, value); }

/* ---- IPsec: RFC 4302, 4303 ---- */

Step walk_ah(Walk *w)
{
    if (!walk_need(w, 2)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    w->at += (header[1] + 2u) * 4;
    return step_of_protocol(w, header[0]);
}

bool ah_icv(const CalcFrame *frame, CalcValue *value)
{
    enum { ICV_AT = 12 };
    if (!have(frame, 1, 1, value)) return false;
    u32 length = (header_of(frame)[1] + 2u) * 4;
    return length > ICV_AT && bytes_at(frame, ICV_AT, length - ICV_AT, value);
}

/* ---- summaries ---- */

void describe_mpls(Summary *out, const CalcFrame *frame)
{
    summary_number(out, frame, "Label", FIELD_MPLS_LABEL);
    summary_number(out, frame, "TTL", FIELD_MPLS_TTL);
}

void describe_gre(Summary *out, const CalcFrame *frame)
{
    u64 protocol;
    if (header_number(frame, FIELD_GRE_PROTOCOL, &protocol))
        summary_add(out, "Protocol=0x%04llx", (unsigned long long)protocol);
    summary_number(out, frame, "Key", FIELD_GRE_KEY);
    summary_number(out, frame, "CallID", FIELD_GRE_CALL);
    summary_number(out, frame, "Seq", FIELD_GRE_SEQUENCE);
    summary_number(out, frame, "Ack", FIELD_GRE_ACKNOWLEDGEMENT);
}

void describe_vxlan(Summary *out, const CalcFrame *frame) { summary_number(out, frame, "VNI", FIELD_VXLAN_VNI); }

void describe_gtp(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {1, "Echo request"},       {2, "Echo response"}, {26, "Error indication"},
        {31, "Extension headers"}, {254, "End marker"},  {255, "User data"},
    };
    u64 type, tunnel;
    if (!header_number(frame, FIELD_GTP_MESSAGE, &type)) return;
    const char *name = name_of(names, COUNT_OF(names), type);
    if (name)
        summary_add(out, "%s", name);
    else
        summary_add(out, "MessageType=%llu", (unsigned long long)type);
    if (header_number(frame, FIELD_GTP_TEID, &tunnel)) summary_add(out, "TEID=0x%08llx", (unsigned long long)tunnel);
}

static void describe_ipsec(Summary *out, const CalcFrame *frame, FieldId association, FieldId sequence)
{
    u64 spi;
    if (header_number(frame, association, &spi)) summary_add(out, "SPI=0x%08llx", (unsigned long long)spi);
    summary_number(out, frame, "Seq", sequence);
}

void describe_ah(Summary *out, const CalcFrame *frame)
{
    summary_number(out, frame, "NextProtocol", FIELD_AH_NEXT);
    describe_ipsec(out, frame, FIELD_AH_SPI, FIELD_AH_SEQUENCE);
}

void describe_esp(Summary *out, const CalcFrame *frame)
{
    describe_ipsec(out, frame, FIELD_ESP_SPI, FIELD_ESP_SEQUENCE);
}
