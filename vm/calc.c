/* calc.c - fields that take more than one look at the frame: lengths, payloads, ARP's addresses.
 *
 * No length found in a packet is trusted: every read is checked against the end of the header's own packet and against
 * the captured bytes.  A value that was on the wire and not captured is reported as cut. */
#include "vm/calc.h"

/* Are `count` bytes at `offset` of the header captured, inside its packet?  Where they are on the wire but not captured,
 * says so in value->cut. */
static bool have(const CalcFrame *frame, u32 offset, u32 count, CalcValue *value)
{
    u64 end = (u64)frame->header + offset + count;
    if (end <= frame->end) return true;
    value->cut = frame->caplen < frame->len && end <= frame->wire_end && end > frame->caplen;
    return false;
}

static u64 read_be(const u8 *bytes, u32 count)
{
    u64 number = 0;
    for (u32 i = 0; i < count; i++) number = number << 8 | bytes[i];
    return number;
}

/* -- ARP: what kind its addresses are of, and how long, is in the header, RFC 826 --------------------------------------- */

enum { ETHERTYPE_IPV4 = 0x0800 };

/* The addresses stand one after the other: sender's hardware and protocol, target's hardware and protocol.  Only the
 * sizes that Ethernet and IPv4 use are read, and protocol addresses only of IPv4; others are no values of these fields'
 * types. */
static bool arp_address(const CalcFrame *frame, bool target, bool protocol, CalcValue *value)
{
    if (!have(frame, 4, 2, value)) return false;
    const u8 *header = frame->data + frame->header;
    u32 hardware_len = header[4], protocol_len = header[5];
    u32 size = protocol ? 4 : 6;
    if (size != (protocol ? protocol_len : hardware_len)) return false;
    if (protocol && load_be16(header + 2) != ETHERTYPE_IPV4) return false;
    u32 offset = 8 + (target ? hardware_len + protocol_len : 0) + (protocol ? hardware_len : 0);
    if (!have(frame, offset, size, value)) return false;
    value->number = read_be(header + offset, size);
    return true;
}

bool arp_sender_mac(const CalcFrame *frame, CalcValue *value) { return arp_address(frame, false, false, value); }
bool arp_sender_ip(const CalcFrame *frame, CalcValue *value) { return arp_address(frame, false, true, value); }
bool arp_target_mac(const CalcFrame *frame, CalcValue *value) { return arp_address(frame, true, false, value); }
bool arp_target_ip(const CalcFrame *frame, CalcValue *value) { return arp_address(frame, true, true, value); }

/* -- ICMP: RFC 792 and 950; only questions and answers carry an identifier ----------------------------------------- */

static bool icmp_word(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    const u8 *header = frame->data + frame->header;
    u8 type = header[0];
    if (type != 0 && type != 8 && !(type >= 13 && type <= 18)) return false;
    if (!have(frame, offset, 2, value)) return false;
    value->number = load_be16(header + offset);
    return true;
}

bool icmp_identifier(const CalcFrame *frame, CalcValue *value) { return icmp_word(frame, 4, value); }
bool icmp_sequence(const CalcFrame *frame, CalcValue *value) { return icmp_word(frame, 6, value); }

/* -- payloads ------------------------------------------------------------------------------------------------------------ */

/* Bytes from `offset` of the header to the end of its packet, on the wire; false when the packet ends before. */
static bool wire_length(const CalcFrame *frame, u32 offset, u32 *length)
{
    u64 start = (u64)frame->header + offset;
    if (start > frame->wire_end) return false;
    *length = (u32)(frame->wire_end - start);
    return true;
}

/* `length` bytes from `offset` of the header on, as many of them as were captured. */
static bool payload(const CalcFrame *frame, u32 offset, u32 length, CalcValue *value)
{
    if (length == 0) return false;
    u32 start = frame->header + offset;
    if (start >= frame->caplen) {
        value->cut = frame->caplen < frame->len;
        return false;
    }
    value->bytes = frame->data + start;
    value->len = MIN_OF(length, frame->caplen - start);
    value->open = value->len < length && frame->caplen < frame->len;
    return true;
}

bool ipv4_payload_length(const CalcFrame *frame, CalcValue *value)
{
    u32 length;
    if (!have(frame, 0, 4, value)) return false;
    u32 header_len = (frame->data[frame->header] & 15) * 4;
    if (header_len < 20 || !wire_length(frame, header_len, &length)) return false;
    value->number = length;
    return true;
}

/* Header length from the data offset; false when it is not captured or below the least, 5 words. */
static bool tcp_split(const CalcFrame *frame, u32 *header_len, u32 *length, CalcValue *value)
{
    if (!have(frame, 12, 1, value)) return false;
    *header_len = (frame->data[frame->header + 12] >> 4) * 4u;
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

/* The shorter of UDP's own length and what IP left; UDP length 0 is a segment for the card to cut, or a jumbogram. */
bool udp_payload(const CalcFrame *frame, CalcValue *value)
{
    u32 length;
    if (!have(frame, 4, 2, value) || !wire_length(frame, 8, &length)) return false;
    u32 total = load_be16(frame->data + frame->header + 4);
    if (total != 0 && total < 8) return false;
    if (total != 0) length = MIN_OF(length, total - 8);
    return payload(frame, 8, length, value);
}
