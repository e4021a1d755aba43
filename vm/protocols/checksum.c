/* checksum.c - are checksums right?  What the ChecksumStatus fields of all protocols say.
 *
 * The values:
 *     Good        the sum is what it must be
 *     Bad         it is not
 *     Offloaded   not filled in when the frame was captured, on its way to the sender's card: TCP and UDP hold the sum of
 *                 the pseudo header alone (what a card expects there), or TCP and IPv4 hold 0
 *     None        the sender made none: UDP in IPv4 with 0, RFC 768; SCTP with 0, RFC 9653 (or its card was to make it)
 * Absent where it cannot be told: bytes are missing from the capture (then the frame counts as cut), only a fragment is
 * there, or a length says that there is more than the packet around it holds.
 * UDP in IPv6 must have a checksum, RFC 8200: with 0 it is Bad, as its receiver has it. */
#include "vm/protocols/reading.h"

static const char good[] = "Good", bad[] = "Bad", offloaded[] = "Offloaded", none[] = "None";

/* ---- sums of RFC 1071 ----
 *
 * Added up in the byte order of the machine: a sum of all ones is one in any order. */

static u64 add_bytes(u64 sum, const u8 *bytes, u32 len)
{
    u32 i = 0;
    for (; i + 4 <= len; i += 4) sum += load_le32(bytes + i);
    if (i + 2 <= len) {
        sum += load_le16(bytes + i);
        i += 2;
    }
    return i < len ? sum + bytes[i] : sum;
}

static u64 add_be16(u64 sum, u32 number) { return sum + (u16)(number >> 8 & 0xff) + ((number & 0xff) << 8); }

static u16 fold(u64 sum)
{
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (u16)sum;
}

/* ---- the packet around a header ---- */

enum {
    ROUTING = 43,
    FRAGMENT = 44,
    AUTHENTICATION = 51,
    DESTINATION_OPTIONS = 60,
    PAD1 = 0,
    HOME_ADDRESS = 0xc9, /* RFC 6275 */
};

typedef struct {
    const u8 *source, *destination; /* as the pseudo header has them */
    u32 address_len;
    u32 end; /* where the packet ends, as its own length says */
} Around;

/* RFC 8200, 8.1: while there is a way to go, the last address of the route is the destination. */
static void final_destination(const u8 *header, u32 size, Around *around)
{
    u8 type = header[2], left = header[3];
    if (left == 0 || size < 24) return;
    if (type == 0) around->destination = header + size - 16;      /* RFC 2460 */
    if (type == 2 || type == 4) around->destination = header + 8; /* RFC 6275; RFC 8754 lists segments backwards */
}

/* RFC 6275, 11.3.2: the home address stands for the sender. */
static void home_address(const u8 *header, u32 size, Around *around)
{
    for (u32 at = 2; at + 2 <= size;) {
        u32 len = header[at + 1];
        if (header[at] == HOME_ADDRESS && len == 16 && at + 18 <= size) around->source = header + at + 2;
        at += header[at] == PAD1 ? 1 : 2 + len;
    }
}

/* Follows the extension headers from `at` to the header asked about; false: they do not lead there, or it is in a
 * fragment. */
static bool follow_extensions(const CalcFrame *frame, u32 at, u8 next, Around *around)
{
    while (at != frame->header) {
        const u8 *header = frame->data + at;
        if (at + 8 > frame->header) return false;
        u32 size = (header[1] + 1u) * 8;
        if (next == FRAGMENT) size = 8;
        if (next == AUTHENTICATION) size = (header[1] + 2u) * 4;
        if (size > frame->header - at) return false;
        switch (next) {
        case FRAGMENT:
            if (load_be16(header + 2) & 0xfff9) return false;
            break;
        case ROUTING: final_destination(header, size, around); break;
        case DESTINATION_OPTIONS: home_address(header, size, around); break;
        default:
            if (!protocol_is_extension(next)) return false;
        }
        next = header[0];
        at += size;
    }
    return true;
}

static bool around_ipv4(const CalcFrame *frame, const Layer *ip, Around *around)
{
    const u8 *header = frame->data + ip->at;
    u32 total = load_be16(header + 2);
    *around = (Around){header + 12, header + 16, 4, total ? ip->at + total : ip->end};
    return (load_be16(header + 6) & 0x3fff) == 0; /* no fragment */
}

static bool around_ipv6(const CalcFrame *frame, const Layer *ip, Around *around)
{
    const u8 *header = frame->data + ip->at;
    u32 payload = load_be16(header + 4);
    *around = (Around){header + 8, header + 24, 16, payload ? ip->at + 40 + payload : ip->end};
    return follow_extensions(frame, ip->at + 40, header[6], around);
}

/* The innermost IP header in front of this one; false where its packet is not here as a whole.  address_len is 0 where
 * there is none. */
static bool packet_around(const CalcFrame *frame, Around *around)
{
    const Layer *ip = NULL;
    *around = (Around){0};
    for (u32 i = 0; i < frame->layers->count && frame->layers->layer[i].at < frame->header; i++) {
        const Layer *layer = &frame->layers->layer[i];
        if (layer->proto == PROTO_IPV4 || layer->proto == PROTO_IPV6) ip = layer;
    }
    if (!ip || ip->at + (ip->proto == PROTO_IPV4 ? 20u : 40u) > frame->header) return false;
    bool whole = ip->proto == PROTO_IPV4 ? around_ipv4(frame, ip, around) : around_ipv6(frame, ip, around);
    return whole && around->end <= ip->end;
}

static u64 add_pseudo_header(const Around *around, u32 protocol, u32 length)
{
    u64 sum = add_bytes(add_bytes(0, around->source, around->address_len), around->destination, around->address_len);
    return add_be16(add_be16(add_be16(sum, length >> 16), length & 0xffff), protocol);
}

/* ---- transports ---- */

/* Of `length` bytes whose sum is at `sum_at`, behind a pseudo header. */
static bool transport_status(const CalcFrame *frame, const Around *around, u32 protocol, u32 length, u32 sum_at,
                             CalcValue *value)
{
    if (sum_at + 2 > length || !have(frame, 0, length, value)) return false;
    const u8 *bytes = header_of(frame);
    u64 pseudo = add_pseudo_header(around, protocol, length);
    if (fold(add_bytes(pseudo, bytes, length)) == 0xffff) return give_word(value, good);
    u16 sum = load_le16(bytes + sum_at);
    bool card = sum == fold(pseudo) || sum == fold(add_pseudo_header(around, protocol, 0));
    return give_word(value, card ? offloaded : bad);
}

bool tcp_checksum_status(const CalcFrame *frame, CalcValue *value)
{
    Around around;
    if (!have(frame, 0, 20, value) || !packet_around(frame, &around)) return false;
    if (!transport_status(frame, &around, 6, around.end - frame->header, 16, value)) return false;
    if (value->bytes == (const u8 *)bad && load_be16(header_of(frame) + 16) == 0) return give_word(value, offloaded);
    return true;
}

bool udp_checksum_status(const CalcFrame *frame, CalcValue *value)
{
    Around around;
    if (!have(frame, 0, 8, value)) return false;
    bool made = load_be16(header_of(frame) + 6) != 0, whole = packet_around(frame, &around);
    if (!made && around.address_len != 0) return give_word(value, around.address_len == 4 ? none : bad);
    if (!whole) return false;
    u32 length = load_be16(header_of(frame) + 4), packet = around.end - frame->header;
    if (length == 0) length = packet;
    if (length > packet) return false;
    return transport_status(frame, &around, 17, length, 6, value);
}

bool icmpv6_checksum_status(const CalcFrame *frame, CalcValue *value)
{
    Around around;
    if (!have(frame, 0, 4, value) || !packet_around(frame, &around)) return false;
    return transport_status(frame, &around, 58, around.end - frame->header, 2, value);
}

/* ---- without a pseudo header ---- */

static bool own_status(const CalcFrame *frame, u32 length, CalcValue *value)
{
    if (!have(frame, 0, length, value)) return false;
    return give_word(value, fold(add_bytes(0, header_of(frame), length)) == 0xffff ? good : bad);
}

bool ipv4_checksum_status(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 20, value) || !own_status(frame, (header_of(frame)[0] & 15) * 4u, value)) return false;
    if (value->bytes == (const u8 *)bad && load_be16(header_of(frame) + 10) == 0) return give_word(value, offloaded);
    return true;
}

/* ICMP and IGMP: all that is behind the IP header. */
bool message_checksum_status(const CalcFrame *frame, CalcValue *value)
{
    Around around;
    if (!have(frame, 0, 4, value) || !packet_around(frame, &around)) return false;
    return own_status(frame, around.end - frame->header, value);
}

/* ---- SCTP ---- */

/* CRC32c, RFC 9260 appendix A, four bits at a time. */
static u32 add_crc32c(u32 crc, const u8 *bytes, u32 len)
{
    static const u32 table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                  0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                  0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    for (u32 i = 0; i < len; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return crc;
}

/* In UDP (RFC 6951) it is UDP's length that counts.  *end is left alone where IP carries it. */
static bool end_in_udp(const CalcFrame *frame, u32 *end)
{
    const Layer *carrier = NULL;
    for (u32 i = 0; i < frame->layers->count && frame->layers->layer[i].at < frame->header; i++)
        carrier = &frame->layers->layer[i];
    if (!carrier || carrier->proto != PROTO_UDP) return true;
    u32 total = load_be16(frame->data + carrier->at + 4), packet = *end;
    if (total != 0) *end = carrier->at + total;
    return *end <= packet;
}

bool sctp_checksum_status(const CalcFrame *frame, CalcValue *value)
{
    static const u8 zeros[4];
    Around around;
    if (!have(frame, 0, 12, value) || !packet_around(frame, &around) || !end_in_udp(frame, &around.end)) return false;
    u32 length = around.end - frame->header;
    if (!have(frame, 0, length, value)) return false;
    const u8 *bytes = header_of(frame);
    u32 crc = add_crc32c(add_crc32c(add_crc32c(~0u, bytes, 8), zeros, 4), bytes + 12, length - 12);
    if (load_le32(bytes + 8) == ~crc) return give_word(value, good);
    return give_word(value, load_le32(bytes + 8) == 0 ? none : bad);
}
