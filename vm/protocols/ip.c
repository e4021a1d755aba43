/* ip.c - IPv4 and IPv6: what they announce, and how long their payload is. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"
#include "vm/walk.h"

Step step_of_protocol(Walk *w, u8 protocol)
{
    w->hint = protocol;
    switch (protocol) {
    case 1: return STEP_ICMP;
    case 2: return STEP_IGMP;
    case 4: return STEP_IPV4;
    case 6: return STEP_TCP;
    case 17: return STEP_UDP;
    case 41: return STEP_IPV6;
    case 47: return STEP_GRE;
    case 50: return STEP_ESP;
    case 51: return STEP_AH;
    case 58: return STEP_ICMPV6;
    case 132: return STEP_SCTP;
    case 137: /* RFC 4023 */ return STEP_MPLS;
    default: return protocol_is_extension(protocol) ? STEP_EXTENSION : STEP_NONE;
    }
}

Step walk_ip(Walk *w)
{
    u8 version = w->data[w->at] >> 4;
    return version == 4 ? STEP_IPV4 : version == 6 ? STEP_IPV6 : STEP_NONE;
}

Step walk_ipv4(Walk *w)
{
    const u8 *header = w->data + w->at;
    u32 header_len = (header[0] & 15) * 4u;
    if (header[0] >> 4 != 4 || header_len < 20) return walk_believe(w, 1);
    if (!walk_need(w, 4)) return STEP_NONE;
    u32 total = load_be16(header + 2);
    if (total != 0 && total < header_len) return walk_believe(w, 4);
    if (total != 0) w->own->end = w->end = MIN_OF(w->end, w->at + total);
    if (!walk_need(w, 10)) return STEP_NONE;
    if (load_be16(header + 6) & 0x1fff) return STEP_NONE; /* not the first fragment */
    w->at += header_len;
    return step_of_protocol(w, header[9]);
}

/* The length in a jumbo payload option (RFC 2675) of the hop-by-hop options at `at`; 0 where there is none above 65,535,
 * or they are not there as a whole. */
static u32 jumbo_length(const Walk *w, u32 at)
{
    enum { PAD1 = 0, JUMBO = 0xc2 };
    u32 limit = MIN_OF(w->caplen, w->end);
    if (at + 2 > limit) return 0;
    u32 end = at + (w->data[at + 1] + 1u) * 8;
    if (end > limit) return 0;
    for (at += 2; at < end; at += w->data[at] == PAD1 ? 1 : 2u + w->data[at + 1]) {
        if (w->data[at] == PAD1) continue;
        if (at + 2 > end) break;
        if (w->data[at] != JUMBO || w->data[at + 1] != 4 || at + 6 > end) continue;
        u32 length = load_be32(w->data + at + 2);
        return length > 65535 ? length : 0;
    }
    return 0;
}

Step walk_ipv6(Walk *w)
{
    const u8 *header = w->data + w->at;
    if (header[0] >> 4 != 6) return walk_believe(w, 1);
    if (!walk_need(w, 7)) return STEP_NONE;
    u32 payload = load_be16(header + 4);
    w->at += 40;
    if (payload == 0 && header[6] == 0) payload = jumbo_length(w, w->at);
    if (payload != 0 && (u64)w->at + payload < w->end) w->own->end = w->end = w->at + payload;
    return step_of_protocol(w, header[6]);
}

Step walk_extension(Walk *w)
{
    bool fragment = w->hint == 44;
    if (!walk_need(w, fragment ? 8 : 2)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    if (fragment && load_be16(header + 2) & 0xfff8) return STEP_NONE; /* not the first fragment */
    w->at += fragment ? 8 : (header[1] + 1u) * 8;
    return step_of_protocol(w, header[0]);
}

bool ipv4_payload_length(const CalcFrame *frame, CalcValue *value)
{
    u32 length;
    if (!have(frame, 0, 4, value)) return false;
    u32 header_len = (header_of(frame)[0] & 15) * 4u;
    if (header_len < 20 || !wire_length(frame, header_len, &length)) return false;
    value->number = length;
    return true;
}

void describe_ipv4(Summary *out, const CalcFrame *frame)
{
    u64 offset = 0, more = 0, id;
    bool fragment = header_number(frame, FIELD_IPV4_FRAGMENT_OFFSET, &offset) &&
                    header_number(frame, FIELD_IPV4_MF, &more) && (offset || more);
    if (fragment) summary_add(out, more ? "Fragment" : "Last fragment");
    summary_number(out, frame, "NextProtocol", FIELD_IPV4_NEXT);
    if (fragment) summary_add(out, "Offset=%llu", (unsigned long long)offset * 8);
    if (fragment && header_number(frame, FIELD_IPV4_IDENTIFICATION, &id))
        summary_add(out, "Id=0x%04llx", (unsigned long long)id);
    summary_number(out, frame, "PayloadLen", FIELD_IPV4_PAYLOAD_LEN);
}

void describe_ipv6(Summary *out, const CalcFrame *frame)
{
    summary_number(out, frame, "NextProtocol", FIELD_IPV6_NEXT);
    summary_number(out, frame, "PayloadLen", FIELD_IPV6_PAYLOAD_LEN);
}
