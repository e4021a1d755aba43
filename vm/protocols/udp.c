/* udp.c - datagrams, RFC 768: their payload, and what its ports say it is. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"
#include "vm/walk.h"

enum { HEADER_BYTES = 8 };

/* The shorter of UDP's own length and what IP left; UDP length 0 is a segment for the card to cut, or a jumbogram. */
bool udp_payload(const CalcFrame *frame, CalcValue *value)
{
    u32 length;
    if (!have(frame, 4, 2, value) || !wire_length(frame, HEADER_BYTES, &length)) return false;
    u32 total = load_be16(header_of(frame) + 4);
    if (total != 0 && total < HEADER_BYTES) return false;
    if (total != 0) length = MIN_OF(length, total - HEADER_BYTES);
    return payload(frame, HEADER_BYTES, length, value);
}

Step walk_udp(Walk *w)
{
    if (!walk_need(w, HEADER_BYTES)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    u32 total = load_be16(header + 4);
    if (total != 0 && total < HEADER_BYTES) return STEP_NONE;
    if (total != 0) w->end = MIN_OF(w->end, w->at + total);
    w->at += HEADER_BYTES;
    return step_of_ports(PORTS_UDP, load_be16(header), load_be16(header + 2));
}

void describe_udp(Summary *out, const CalcFrame *frame)
{
    u64 total;
    summary_port(out, frame, "SrcPort", FIELD_UDP_SRC_PORT);
    summary_port(out, frame, "DstPort", FIELD_UDP_DST_PORT);
    if (!header_number(frame, FIELD_UDP_TOTAL_LEN, &total)) return;
    if (total >= HEADER_BYTES)
        summary_add(out, "PayloadLen=%llu", (unsigned long long)(total - HEADER_BYTES));
    else
        summary_add(out, "TotalLength=%llu", (unsigned long long)total);
}
