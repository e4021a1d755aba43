/* tcp.c - segments, RFC 9293: their payload, and what its ports say it is. */
#include "vm/protocols/reading.h"

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

/* -- options: a kind; but for kinds 0 and 1 a length too, which counts both ------------------------------------------- */

enum { OPTIONS_AT = 20, KIND_END = 0, KIND_NOP = 1 };

/* The next option; an option whose length is below 2, or leads out of the header, ends the list. */
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

bool tcp_option(const CalcFrame *frame, CalcValue *value) { return next_option(frame, value); }

bool tcp_option_kind(const CalcFrame *frame, CalcValue *value)
{
    if (!next_option(frame, value)) return false;
    value->number = value->bytes[0];
    return true;
}

Step walk_tcp(Walk *w)
{
    if (!walk_need(w, 13)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    u32 header_len = (header[12] >> 4) * 4u;
    if (header_len < 20) return STEP_NONE;
    w->at += header_len;
    return step_of_ports(PORTS_TCP, load_be16(header), load_be16(header + 2));
}

/* ---- summary: NetMon's words, but for what takes the frames before it ---- */

void describe_tcp(Summary *out, const CalcFrame *frame)
{
    static const char letters[] = "CEUAPRSF";
    char flags[9] = "........";
    u64 bits;
    if (header_number(frame, FIELD_TCP_FLAGS, &bits)) {
        for (u32 i = 0; i < 8; i++)
            if (bits >> (7 - i) & 1) flags[i] = letters[i];
        summary_add(out, "Flags=%s", flags);
    }
    summary_port(out, frame, "SrcPort", FIELD_TCP_SRC_PORT);
    summary_port(out, frame, "DstPort", FIELD_TCP_DST_PORT);
    summary_number(out, frame, "PayloadLen", FIELD_TCP_PAYLOAD_LEN);
    summary_number(out, frame, "Seq", FIELD_TCP_SEQUENCE);
    summary_number(out, frame, "Ack", FIELD_TCP_ACKNOWLEDGEMENT);
    summary_number(out, frame, "Win", FIELD_TCP_WINDOW);
}
