/* wire.c - frames from the outside in: Ethernet, VLAN, IP, then TCP, UDP, ICMP echo or ARP.
 *
 * Layouts: RFC 826 (ARP), 791 (IPv4), 8200 (IPv6), 9293 (TCP), 7323 (time stamps, window scale), 2018 (SACK),
 * 768 (UDP), 792 and 4443 (echo), 1071 (checksum). */
#include "tests/gen/common/wire.h"

u64 rng_next(Rng *rng)
{
    u64 z = rng->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

u32 rng_below(Rng *rng, u32 limit) { return (u32)((rng_next(rng) >> 32) * limit >> 32); }

bool rng_one_in(Rng *rng, u32 odds) { return odds && rng_below(rng, odds) == 0; }

static void put16(u8 *at, u32 value)
{
    at[0] = (u8)(value >> 8);
    at[1] = (u8)value;
}

static void put32(u8 *at, u32 value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* The ones' complement sum does not care about byte order as long as the result goes back the way the words came
 * (RFC 1071 section 2B), so it is taken over host-order words. */
static u64 sum_bytes(u64 sum, const u8 *bytes, u32 len)
{
    for (; len >= 4; bytes += 4, len -= 4) sum += load_le32(bytes);
    if (len >= 2) {
        sum += load_le16(bytes);
        bytes += 2;
        len -= 2;
    }
    return len ? sum + *bytes : sum;
}

static void put_checksum(u8 *at, u64 sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    at[0] = (u8)~sum;
    at[1] = (u8)(~sum >> 8);
}

static u32 start_ethernet(Frame *frame, const Way *way, const u8 *to_mac, u16 ether_type)
{
    u8 *data = frame->data;
    u32 at = 12;

    memset(frame, 0, offsetof(Frame, data));
    memcpy(data, to_mac, 6);
    memcpy(data + 6, way->from->mac, 6);
    if (way->vlan) {
        put16(data + at, WIRE_TYPE_VLAN);
        put16(data + at + 2, way->vlan);
        at += 4;
    }
    put16(data + at, ether_type);
    frame->ether_type = ether_type;
    return at + 2;
}

static void pad(Frame *frame, u32 len)
{
    if (len < WIRE_FRAME_MIN) memset(frame->data + len, 0, WIRE_FRAME_MIN - len);
    frame->len = MAX_OF(len, (u32)WIRE_FRAME_MIN);
}

static u32 start_ipv4(Frame *frame, const Way *way, u8 protocol, u32 body_len)
{
    u32 at = start_ethernet(frame, way, way->to->mac, WIRE_TYPE_IPV4);
    u8 *ip = frame->data + at;

    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, 20 + body_len);
    put16(ip + 4, way->ip_id);
    put16(ip + 6, 0x4000); /* don't fragment */
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, way->from->ip, 4);
    memcpy(ip + 16, way->to->ip, 4);
    put_checksum(ip + 10, sum_bytes(0, ip, 20));
    frame->ip_at = (u16)at;
    return at + 20;
}

static u32 start_ipv6(Frame *frame, const Way *way, u8 protocol, u32 body_len)
{
    u32 at = start_ethernet(frame, way, way->to->mac, WIRE_TYPE_IPV6);
    u8 *ip = frame->data + at;

    put32(ip, 0x60000000);
    put16(ip + 4, body_len);
    ip[6] = protocol;
    ip[7] = 64;
    memcpy(ip + 8, way->from->ip, 16);
    memcpy(ip + 24, way->to->ip, 16);
    frame->ip_at = (u16)at;
    return at + 40;
}

/* Start a frame whose IP body is body_len bytes; returns where the body goes. */
static u8 *start_ip(Frame *frame, const Way *way, u8 protocol, u32 body_len)
{
    u32 at = way->ipv6 ? start_ipv6(frame, way, protocol, body_len) : start_ipv4(frame, way, protocol, body_len);

    frame->protocol = protocol;
    frame->l4_at = (u16)at;
    pad(frame, at + body_len);
    return frame->data + at;
}

/* Sum of the pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1) and the body. */
static u64 sum_body(const Frame *frame, const Way *way, const u8 *body, u32 body_len)
{
    u32 address_len = way->ipv6 ? 16 : 4;
    u8 tail[8] = {0};

    put32(tail, body_len);
    tail[7] = frame->protocol;
    u64 sum = sum_bytes(0, way->from->ip, address_len);
    sum = sum_bytes(sum, way->to->ip, address_len);
    sum = sum_bytes(sum, tail, sizeof tail);
    return sum_bytes(sum, body, body_len);
}

static void put_payload(Frame *frame, u32 header_len, const u8 *payload, u32 payload_len)
{
    frame->payload_at = (u16)(frame->l4_at + header_len);
    frame->payload_len = payload_len;
    if (payload_len) memcpy(frame->data + frame->payload_at, payload, payload_len);
}

static u32 put_tcp_options(u8 *at, const Way *way, const Segment *segment)
{
    static const u8 syn_options[12] = {2, 4, 0, 0, 1, 3, 3, 8, 1, 1, 4, 2}; /* MSS, window scale 8, SACK permitted */

    if (segment->flags & WIRE_SYN) {
        memcpy(at, syn_options, sizeof syn_options);
        put16(at + 2, way->ipv6 ? 1440 : 1460);
        return sizeof syn_options;
    }
    if (!segment->timestamps) return 0;
    put32(at, 0x0101080a); /* two no-ops align the ten bytes that follow */
    put32(at + 4, segment->ts_value);
    put32(at + 8, segment->ts_echo);
    return 12;
}

void wire_tcp(Frame *frame, const Way *way, const Segment *segment, const u8 *payload, u32 payload_len)
{
    u32 header_len = segment->flags & WIRE_SYN || segment->timestamps ? 32 : 20;
    u32 body_len = header_len + payload_len;
    u8 *tcp = start_ip(frame, way, WIRE_TCP, body_len);

    memset(tcp, 0, 20);
    put16(tcp, segment->src_port);
    put16(tcp + 2, segment->dst_port);
    put32(tcp + 4, segment->seq);
    put32(tcp + 8, segment->flags & WIRE_ACK ? segment->ack : 0);
    tcp[12] = (u8)(header_len / 4 << 4);
    tcp[13] = segment->flags;
    put16(tcp + 14, segment->window);
    put_tcp_options(tcp + 20, way, segment);
    put_payload(frame, header_len, payload, payload_len);
    put_checksum(tcp + 16, sum_body(frame, way, tcp, body_len));
    frame->src_port = segment->src_port;
    frame->dst_port = segment->dst_port;
    frame->tcp_flags = segment->flags;
}

void wire_udp(Frame *frame, const Way *way, u16 src_port, u16 dst_port, const u8 *payload, u32 payload_len)
{
    u32 body_len = 8 + payload_len;
    u8 *udp = start_ip(frame, way, WIRE_UDP, body_len);

    put16(udp, src_port);
    put16(udp + 2, dst_port);
    put16(udp + 4, body_len);
    put16(udp + 6, 0);
    put_payload(frame, 8, payload, payload_len);
    put_checksum(udp + 6, sum_body(frame, way, udp, body_len));
    if (!load_le16(udp + 6)) put16(udp + 6, 0xffff); /* zero would say "no checksum" */
    frame->src_port = src_port;
    frame->dst_port = dst_port;
}

void wire_echo(Frame *frame, const Way *way, bool reply, u16 id, u16 sequence, const u8 *payload, u32 payload_len)
{
    u32 body_len = 8 + payload_len;
    u8 *icmp = start_ip(frame, way, way->ipv6 ? WIRE_ICMPV6 : WIRE_ICMP, body_len);
    u8 request = way->ipv6 ? 128 : 8, answer = way->ipv6 ? 129 : 0;

    memset(icmp, 0, 8);
    icmp[0] = reply ? answer : request;
    put16(icmp + 4, id);
    put16(icmp + 6, sequence);
    put_payload(frame, 8, payload, payload_len);
    put_checksum(icmp + 2, way->ipv6 ? sum_body(frame, way, icmp, body_len) : sum_bytes(0, icmp, body_len));
}

void wire_arp(Frame *frame, const Way *way, bool reply)
{
    static const u8 everyone[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const u8 ethernet_ipv4[6] = {0, 1, 8, 0, 6, 4};
    u32 at = start_ethernet(frame, way, reply ? way->to->mac : everyone, WIRE_TYPE_ARP);
    u8 *arp = frame->data + at;

    memset(arp, 0, 28);
    memcpy(arp, ethernet_ipv4, sizeof ethernet_ipv4);
    put16(arp + 6, reply ? 2 : 1);
    memcpy(arp + 8, way->from->mac, 6);
    memcpy(arp + 14, way->from->ip, 4);
    if (reply) memcpy(arp + 18, way->to->mac, 6);
    memcpy(arp + 24, way->to->ip, 4);
    pad(frame, at + 28);
}
