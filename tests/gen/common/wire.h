/* wire.h - builds one frame at a time, with correct lengths and checksums, for the generators of test captures.
 *
 * Stands alone on vm/base.h: what the generators write must not depend on the code that it is there to test.
 * Always true of a built Frame: data[0..len) is the frame without its check sequence, at least 60 bytes long as on a
 * real Ethernet, and the numbers beside it say what was put in, so that expected counts need no dissector. */
#ifndef TESTS_GEN_COMMON_WIRE_H
#define TESTS_GEN_COMMON_WIRE_H

#include "vm/base.h"

enum {
    WIRE_FRAME_MAX = 1600, /* bytes; an Ethernet frame with one VLAN tag and 1500 bytes of payload fits */
    WIRE_FRAME_MIN = 60,

    WIRE_TYPE_IPV4 = 0x0800, /* EtherTypes, IEEE 802 numbers */
    WIRE_TYPE_ARP = 0x0806,
    WIRE_TYPE_VLAN = 0x8100,
    WIRE_TYPE_IPV6 = 0x86dd,

    WIRE_ICMP = 1, /* IP protocol numbers, IANA */
    WIRE_TCP = 6,
    WIRE_UDP = 17,
    WIRE_ICMPV6 = 58,

    WIRE_FIN = 0x01, /* TCP flags, RFC 9293 section 3.1 */
    WIRE_SYN = 0x02,
    WIRE_RST = 0x04,
    WIRE_PSH = 0x08,
    WIRE_ACK = 0x10,
};

/* A small generator of numbers (splitmix64): the same seed gives the same capture on every machine. */
typedef struct {
    u64 state;
} Rng;

u64 rng_next(Rng *rng);
u32 rng_below(Rng *rng, u32 limit);  /* 0 .. limit-1; limit > 0 */
bool rng_one_in(Rng *rng, u32 odds); /* true once in `odds` calls; never when odds is 0 */

/* One end of a conversation: hardware address, and an IPv4 address in the first 4 bytes of ip, or 16 bytes of IPv6. */
typedef struct {
    u8 mac[6];
    u8 ip[16];
} Host;

/* Who sends to whom, and how it is wrapped.  vlan 0: no tag. */
typedef struct {
    const Host *from, *to;
    bool ipv6;
    u16 vlan;
    u16 ip_id;
} Way;

/* What a TCP header holds.  A segment with SYN carries MSS, window scale and SACK-permitted; every other one carries
 * time stamps when asked. */
typedef struct {
    u16 src_port, dst_port;
    u32 seq, ack;
    u8 flags;
    u16 window;
    bool timestamps;
    u32 ts_value, ts_echo;
} Segment;

/* A built frame.  Offsets are from the frame's first byte; 0 where there is no such header. */
typedef struct {
    u32 len;
    u16 ether_type; /* after any VLAN tag */
    u16 ip_at, l4_at, payload_at;
    u8 protocol; /* of IP; 0 for none */
    u16 src_port, dst_port;
    u8 tcp_flags;
    u32 payload_len;
    u8 data[WIRE_FRAME_MAX];
} Frame;

/* Each builds a whole frame into *frame.  payload is copied; its length must leave the frame within WIRE_FRAME_MAX. */
void wire_tcp(Frame *frame, const Way *way, const Segment *segment, const u8 *payload, u32 payload_len);
void wire_udp(Frame *frame, const Way *way, u16 src_port, u16 dst_port, const u8 *payload, u32 payload_len);
void wire_echo(Frame *frame, const Way *way, bool reply, u16 id, u16 sequence, const u8 *payload, u32 payload_len);
void wire_arp(Frame *frame, const Way *way, bool reply);

#endif
