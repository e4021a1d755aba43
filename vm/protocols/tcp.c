/* tcp.c - segments, RFC 9293: their payload, and what its first bytes or its ports say it is. */
#include "vm/protocols/reading.h"

#include "vm/decimal.h"
#include "vm/protocols/describe.h"
#include "vm/walk.h"

/* Header length from the data offset; false when it is not captured or below the least, 5 words. */
static bool tcp_split(const CalcFrame *frame, u32 *header_len, u32 *length, CalcValue *value)
{
    if (!have(frame, 12, 1, value)) return false;
    *header_len = (header_of(frame)[12] >> 4) * 4u;
    return *header_len >= 20 && wire_length(frame, *header_len, length);
}

bool tcp_payload(const CalcFrame *frame, CalcValue *value)
{
    u32 header_len, length;
    return tcp_split(frame, &header_len, &length, value) && payload(frame, header_len, length, value);
}

bool tcp_payload_length(const CalcFrame *frame, CalcValue *value)
{
    u32 header_len, length;
    if (!tcp_split(frame, &header_len, &length, value)) return false;
    value->number = length;
    return true;
}

/* Number of the byte behind the segment: RFC 9293, 3.4. */
bool tcp_next_sequence(const CalcFrame *frame, CalcValue *value)
{
    enum { FIN = 1, SYN = 2 };
    u32 header_len, length;
    if (!tcp_split(frame, &header_len, &length, value) || !have(frame, 13, 1, value)) return false;
    u8 flags = header_of(frame)[13];
    value->number = (u32)(load_be32(header_of(frame) + 4) + length + !!(flags & SYN) + !!(flags & FIN));
    return true;
}

bool tcp_sequence_range(const CalcFrame *frame, CalcValue *value)
{
    u32 header_len, length;
    if (!tcp_split(frame, &header_len, &length, value)) return false;
    u32 first = load_be32(header_of(frame) + 4);
    size_t len = decimal((char *)value->room, first);
    memcpy(value->room + len, " - ", 3);
    len += 3;
    len += decimal((char *)value->room + len, first + length);
    value->bytes = value->room;
    value->len = (u32)len;
    return true;
}

/* -- options: a kind; but for kinds 0 and 1 a length too, which counts both -------------------------------------------
 *
 * Rules, for every header: the list ends at kind 0, where the header ends, at an option whose length is below 2 and at one
 * that leads out of the header; what came before stands.  An option that is shorter than its kind needs has no values; of
 * one that is longer, the first bytes count, of SACK as many whole blocks as there are.  An option that was not captured
 * whole is missing.  Each option counts, also where a kind comes twice. */

typedef enum {
    KIND_END = 0,
    KIND_NOP = 1,
    KIND_MSS = 2,
    KIND_WINDOW_SCALE = 3,
    KIND_SACK_PERMITTED = 4,
    KIND_SACK = 5,
    KIND_TIMESTAMPS = 8,
    KIND_MD5 = 19,
    KIND_AO = 29,
    KIND_MPTCP = 30,
    KIND_FAST_OPEN = 34,
    KIND_EXPERIMENT = 254,
} OptionKind;
enum { OPTIONS_AT = 20, BLOCK_BYTES = 8, FAST_OPEN_MAGIC = 0xf989 };

static bool next_option(const CalcFrame *frame, CalcValue *value)
{
    u32 header_len, payload_len, at = value->state->at ? value->state->at : OPTIONS_AT, len = 1;
    if (!tcp_split(frame, &header_len, &payload_len, value) || at >= header_len || !have(frame, at, 1, value))
        return false;
    u8 kind = header_of(frame)[at];
    if (kind == KIND_END) return false;
    if (kind != KIND_NOP) {
        if (!have(frame, at, 2, value)) return false;
        len = header_of(frame)[at + 1];
    }
    if (len < 1 + (u32)(kind != KIND_NOP) || at + len > header_len || !bytes_at(frame, at, len, value)) return false;
    value->state->at = at + len;
    return true;
}

/* The next option of a kind, if it has at least `least` bytes. */
static bool next_of_kind(const CalcFrame *frame, OptionKind kind, u32 least, CalcValue *value)
{
    while (next_option(frame, value))
        if (value->bytes[0] == kind && value->len >= least) return true;
    return false;
}

/* `width` bytes at `at` of the next option of a kind, as a number. */
static bool number_of_kind(const CalcFrame *frame, OptionKind kind, u32 least, u32 at, u32 width, CalcValue *value)
{
    if (!next_of_kind(frame, kind, least, value)) return false;
    value->number = 0;
    for (u32 i = 0; i < width; i++) value->number = value->number << 8 | value->bytes[at + i];
    return true;
}

/* Leaves the first `count` bytes of an option out. */
static bool without_first(CalcValue *value, u32 count)
{
    value->bytes += count;
    value->len -= count;
    return value->len > 0;
}

bool tcp_option(const CalcFrame *frame, CalcValue *value) { return next_option(frame, value); }

bool tcp_option_kind(const CalcFrame *frame, CalcValue *value)
{
    if (!next_option(frame, value)) return false;
    value->number = value->bytes[0];
    return true;
}

bool tcp_option_length(const CalcFrame *frame, CalcValue *value)
{
    if (!next_option(frame, value)) return false;
    value->number = value->len;
    return true;
}

bool tcp_mss(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, KIND_MSS, 4, 2, 2, value); }

bool tcp_window_scale(const CalcFrame *frame, CalcValue *value)
{
    return number_of_kind(frame, KIND_WINDOW_SCALE, 3, 2, 1, value);
}

bool tcp_sack_permitted(const CalcFrame *frame, CalcValue *value)
{
    return next_of_kind(frame, KIND_SACK_PERMITTED, 2, value);
}

bool tcp_sack(const CalcFrame *frame, CalcValue *value) { return next_of_kind(frame, KIND_SACK, 2, value); }

/* The state keeps where the next block stands in this header, and how many blocks of its option are left. */
static bool next_edge(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    CalcState *state = value->state;
    while (state->left == 0) {
        if (!next_of_kind(frame, KIND_SACK, 2, value)) return false;
        state->word[0] = state->at - value->len + 2;
        state->left = (value->len - 2) / BLOCK_BYTES;
    }
    if (!number_be(frame, state->word[0] + offset, 4, value)) return false;
    state->word[0] += BLOCK_BYTES;
    state->left--;
    return true;
}

bool tcp_sack_left(const CalcFrame *frame, CalcValue *value) { return next_edge(frame, 0, value); }
bool tcp_sack_right(const CalcFrame *frame, CalcValue *value) { return next_edge(frame, 4, value); }

bool tcp_timestamps(const CalcFrame *frame, CalcValue *value)
{
    return next_of_kind(frame, KIND_TIMESTAMPS, 10, value);
}
bool tcp_ts_value(const CalcFrame *frame, CalcValue *value)
{
    return number_of_kind(frame, KIND_TIMESTAMPS, 10, 2, 4, value);
}
bool tcp_ts_echo(const CalcFrame *frame, CalcValue *value)
{
    return number_of_kind(frame, KIND_TIMESTAMPS, 10, 6, 4, value);
}

/* RFC 7413, appendix A: before it had a kind of its own it was an experiment, told by a magic number. */
static bool is_fast_open(const CalcValue *option, u32 *cookie_at)
{
    *cookie_at = option->bytes[0] == KIND_FAST_OPEN ? 2 : 4;
    if (*cookie_at == 2) return true;
    return option->bytes[0] == KIND_EXPERIMENT && option->len >= 4 && load_be16(option->bytes + 2) == FAST_OPEN_MAGIC;
}

bool tcp_fast_open(const CalcFrame *frame, CalcValue *value)
{
    u32 cookie_at;
    while (next_option(frame, value))
        if (is_fast_open(value, &cookie_at)) return true;
    return false;
}

bool tcp_fast_open_cookie(const CalcFrame *frame, CalcValue *value)
{
    u32 cookie_at;
    while (next_option(frame, value))
        if (is_fast_open(value, &cookie_at) && without_first(value, cookie_at)) return true;
    return false;
}

bool tcp_md5(const CalcFrame *frame, CalcValue *value) { return next_of_kind(frame, KIND_MD5, 18, value); }

bool tcp_md5_digest(const CalcFrame *frame, CalcValue *value)
{
    if (!next_of_kind(frame, KIND_MD5, 18, value)) return false;
    without_first(value, 2);
    value->len = 16;
    return true;
}

bool tcp_ao(const CalcFrame *frame, CalcValue *value) { return next_of_kind(frame, KIND_AO, 4, value); }
bool tcp_ao_key(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, KIND_AO, 4, 2, 1, value); }
bool tcp_ao_next_key(const CalcFrame *frame, CalcValue *value)
{
    return number_of_kind(frame, KIND_AO, 4, 3, 1, value);
}

bool tcp_mptcp(const CalcFrame *frame, CalcValue *value) { return next_of_kind(frame, KIND_MPTCP, 3, value); }

bool tcp_mptcp_subtype(const CalcFrame *frame, CalcValue *value)
{
    if (!number_of_kind(frame, KIND_MPTCP, 3, 2, 1, value)) return false;
    value->number >>= 4;
    return true;
}

Step walk_tcp(Walk *w)
{
    if (!walk_need(w, 13)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    u32 header_len = (header[12] >> 4) * 4u;
    if (header_len < 20) return STEP_NONE;
    w->at += header_len;
    Step content = step_of_content(w);
    if (content != STEP_NONE && content != STEP_TLS) return content;
    Step port = step_of_ports(PORTS_TCP, load_be16(header), load_be16(header + 2));
    return content == STEP_NONE || port == STEP_RDP ? port : content;
}

/* ---- summary: NetMon's words, but for what takes the frames before it ---- */

/* A Syn offers a scale factor, the answer agrees to one.  Neither's own window is scaled: RFC 7323, 2.2.  (NetMon multiplies
 * that of the answer.) */
static void describe_window(Summary *out, const CalcFrame *frame, u64 flags)
{
    enum { SYN = 2, ACK = 16 };
    u64 window, shift;
    bool opens = flags & SYN && header_number(frame, FIELD_TCP_WINDOW_SCALE, &shift);
    if (!opens || !header_number(frame, FIELD_TCP_WINDOW, &window))
        summary_number(out, frame, "Win", FIELD_TCP_WINDOW);
    else
        summary_add(out, "Win=%u ( %s scale factor 0x%x ) = %u", (unsigned)window,
                    flags & ACK ? "Negotiated" : "Negotiating", (unsigned)shift, (unsigned)window);
}

void describe_tcp(Summary *out, const CalcFrame *frame)
{
    static const char letters[] = "CEUAPRSF";
    char flags[9] = "........";
    u64 bits = 0, length;
    if (header_number(frame, FIELD_TCP_FLAGS, &bits)) {
        for (u32 i = 0; i < 8; i++)
            if (bits >> (7 - i) & 1) flags[i] = letters[i];
        summary_text(out, "Flags", flags, 8);
    }
    summary_port(out, frame, "SrcPort", FIELD_TCP_SRC_PORT);
    summary_port(out, frame, "DstPort", FIELD_TCP_DST_PORT);
    summary_number(out, frame, "PayloadLen", FIELD_TCP_PAYLOAD_LEN);
    bool carries = header_number(frame, FIELD_TCP_PAYLOAD_LEN, &length) && length > 0;
    if (carries)
        summary_value(out, frame, "Seq", FIELD_TCP_SEQUENCE_RANGE);
    else
        summary_number(out, frame, "Seq", FIELD_TCP_SEQUENCE);
    summary_number(out, frame, "Ack", FIELD_TCP_ACKNOWLEDGEMENT);
    describe_window(out, frame, bits);
}
