/* remote.c - services known by their port: secure shell, remote desktop, backup. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"
#include "vm/walk.h"

/* All of it. */
bool service_payload(const CalcFrame *frame, CalcValue *value)
{
    return payload(frame, 0, frame->wire_end - frame->header, value);
}

/* -- SSH, RFC 4253 section 4.2: SSH-protoversion-softwareversion SP comments CR LF --------------------------------------- */

enum { BANNER_MAX = 255 };

static const u8 *find(const u8 *from, const u8 *to, u8 byte)
{
    const u8 *at = from < to ? memchr(from, byte, (size_t)(to - from)) : NULL;
    return at;
}

/* The line without its end; without one in its first 255 bytes it is none. */
bool ssh_banner(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 4, value) || memcmp(header_of(frame), "SSH-", 4) != 0) return false;
    const u8 *line = header_of(frame), *limit = line + MIN_OF(captured_of(frame), (u32)BANNER_MAX);
    const u8 *end = find(line, limit, '\n');
    if (!end) {
        value->cut = captured_of(frame) < BANNER_MAX && frame->end < frame->wire_end;
        return false;
    }
    if (end[-1] == '\r') end--;
    value->bytes = line;
    value->len = (u32)(end - line);
    return true;
}

/* Part 1 or 2 of the line between its dashes; comments are behind a blank. */
static bool banner_part(const CalcFrame *frame, bool software, CalcValue *value)
{
    if (!ssh_banner(frame, value)) return false;
    const u8 *from = value->bytes + 4, *end = value->bytes + value->len, *dash = find(from, end, '-');
    if (!dash) return false;
    if (software) {
        from = dash + 1;
        const u8 *blank = find(from, end, ' ');
        dash = blank ? blank : end;
    }
    value->bytes = from;
    value->len = (u32)(dash - from);
    return true;
}

bool ssh_version(const CalcFrame *frame, CalcValue *value) { return banner_part(frame, false, value); }
bool ssh_software(const CalcFrame *frame, CalcValue *value) { return banner_part(frame, true, value); }

void describe_ssh(Summary *out, const CalcFrame *frame) { summary_value(out, frame, "Banner", FIELD_SSH_BANNER); }

/* -- RDP, MS-RDPBCGR 2.2.1.1: TPKT, X.224, a cookie line, a negotiation request ------------------------------------------- */

enum { TPKT_BYTES = 4, X224_AT = TPKT_BYTES + 7, CONNECTION_REQUEST = 0xe0, NEGOTIATION_BYTES = 8 };

/* Most of it runs inside of TLS: both are there. */
Step walk_rdp(Walk *w) { return step_of_content(w) == STEP_TLS ? STEP_TLS : STEP_NONE; }

static bool is_tpkt(const CalcFrame *frame, CalcValue *value)
{
    return have(frame, 0, TPKT_BYTES, value) && header_of(frame)[0] == 3 && header_of(frame)[1] == 0;
}

/* From `offset` of the TPKT to its end, or to the segment's. */
static bool tpkt_from(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    if (!is_tpkt(frame, value)) return false;
    u32 length = MIN_OF((u32)load_be16(header_of(frame) + 2), frame->wire_end - frame->header);
    return length > offset && payload(frame, offset, length - offset, value);
}

bool rdp_tpkt(const CalcFrame *frame, CalcValue *value) { return tpkt_from(frame, 0, value); }
bool rdp_x224(const CalcFrame *frame, CalcValue *value) { return tpkt_from(frame, TPKT_BYTES, value); }

bool rdp_tpkt_length(const CalcFrame *frame, CalcValue *value)
{
    return is_tpkt(frame, value) && number_be(frame, 2, 2, value);
}

bool rdp_x224_type(const CalcFrame *frame, CalcValue *value)
{
    return is_tpkt(frame, value) && number_be(frame, 5, 1, value);
}

static bool is_request(const CalcFrame *frame, CalcValue *value)
{
    return rdp_x224_type(frame, value) && value->number == CONNECTION_REQUEST;
}

/* "Cookie: " and what ends in CR LF. */
bool rdp_cookie(const CalcFrame *frame, CalcValue *value)
{
    static const char begin[] = "Cookie: ";
    const u32 begin_len = sizeof begin - 1;
    if (!is_request(frame, value) || !have(frame, X224_AT, begin_len, value)) return false;
    const u8 *from = header_of(frame) + X224_AT, *limit = header_of(frame) + captured_of(frame);
    if (memcmp(from, begin, begin_len) != 0) return false;
    from += begin_len;
    const u8 *end = find(from, limit, '\r');
    if (!end) {
        value->cut = frame->end < frame->wire_end;
        return false;
    }
    value->bytes = from;
    value->len = (u32)(end - from);
    return true;
}

/* The negotiation request is the last 8 bytes of the TPKT: type 1, flags, length 8, all little-endian. */
bool rdp_protocols(const CalcFrame *frame, CalcValue *value)
{
    if (!is_request(frame, value)) return false;
    u32 length = load_be16(header_of(frame) + 2);
    if (length < X224_AT + NEGOTIATION_BYTES || !bytes_at(frame, length - NEGOTIATION_BYTES, NEGOTIATION_BYTES, value))
        return false;
    if (value->bytes[0] != 1 || load_le16(value->bytes + 2) != NEGOTIATION_BYTES) return false;
    value->number = load_le32(value->bytes + 4);
    return true;
}

void describe_rdp(Summary *out, const CalcFrame *frame)
{
    static const NumberName types[] = {
        {CONNECTION_REQUEST, "Connection request"}, {0xd0, "Connection confirm"}, {0xf0, "Data"}};
    u64 type;
    if (!header_number(frame, FIELD_RDP_X224_TYPE, &type)) return;
    const char *word = name_of(types, COUNT_OF(types), type);
    if (word) summary_add(out, "%s", word);
    summary_value(out, frame, "Cookie", FIELD_RDP_COOKIE);
}
