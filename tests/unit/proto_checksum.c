/* proto_checksum.c - what the ChecksumStatus fields say: sums made here in the plainest way, then bent. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/matches.h"
#include "tests/values.h"

enum { ETHERNET = 1, IP_AT = 14, UPPER_AT = 34, UPPER6_AT = 54 };

static FrameDraft draft; /* tests run in processes of their own */

/* -- sums --------------------------------------------------------------------------------------------------------------------- */

static u32 add_words(u32 sum, const u8 *bytes, u32 len)
{
    for (u32 i = 0; i < len; i += 2) sum += bytes[i] * 256u + (i + 1 < len ? bytes[i + 1] : 0);
    return sum;
}

static u32 folded(u32 sum)
{
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static u32 pseudo(const FrameDraft *d, u32 addresses_at, u32 address_len, u32 protocol, u32 len)
{
    return add_words(protocol + len, d->bytes + addresses_at, 2 * address_len);
}

static void put(FrameDraft *d, u32 at, u32 sum)
{
    d->bytes[at] = (u8)(sum >> 8);
    d->bytes[at + 1] = (u8)sum;
}

/* Fills in the checksum at `sum_at` of what goes from `at` to the end; `start` is the sum of what stands in front. */
static void seal(FrameDraft *d, u32 at, u32 sum_at, u32 start)
{
    put(d, at + sum_at, 0);
    put(d, at + sum_at, ~folded(add_words(start, d->bytes + at, d->len - at)));
}

static FrameDraft *ipv4(u8 protocol)
{
    frame_begin(&draft);
    frame_ethernet(&draft, 1, 2, 0x0800);
    frame_ipv4(&draft, protocol, 0xc0a80101, 0x0a000002);
    return &draft;
}

static FrameDraft *ipv6(u8 next)
{
    frame_begin(&draft);
    frame_ethernet(&draft, 1, 2, 0x86dd);
    frame_ipv6(&draft, next, frame_hosts6[0], frame_hosts6[1]);
    return &draft;
}

static void says_sum(const FrameDraft *d, const char *name, const char *want) { says(d, ETHERNET, name, want); }

/* Every byte of the packet behind `at` counts. */
static void every_byte_counts(FrameDraft *d, u32 at, const char *name)
{
    for (u32 i = at; i < d->len; i++) {
        d->bytes[i] ^= 0x55;
        says_sum(d, name, "Bad");
        d->bytes[i] ^= 0x55;
    }
    says_sum(d, name, "Good");
}

/* Where not all is captured that goes from `at` to `end`, it cannot be told, and the frame counts as cut. */
static void absent_when_cut(const FrameDraft *d, u32 at, u32 end, const char *name)
{
    char good[64], bad[64];
    bool cut;
    snprintf(good, sizeof good, "%s == 'Good'", name);
    snprintf(bad, sizeof bad, "%s != 'Good'", name);
    cr_assert(frame_matches(good, d, d->len, ETHERNET, &cut) && !cut);
    cr_assert_not(frame_matches(bad, d, d->len, ETHERNET, &cut) || cut);
    for (u32 captured = at; captured < end; captured++) {
        cr_assert(!frame_matches(good, d, captured, ETHERNET, &cut) && cut, "%u", captured);
        cr_assert(!frame_matches(bad, d, captured, ETHERNET, &cut) && cut, "%u", captured);
    }
}

/* -- IPv4 --------------------------------------------------------------------------------------------------------------------- */

Test(proto_checksum, ipv4)
{
    FrameDraft *d = ipv4(6);
    frame_tcp(d, 1000, 80, 1, 2, 0x10);
    frame_end(d); /* fills the sum in */
    says_sum(d, "IPv4.ChecksumStatus", "Good");
    absent_when_cut(d, IP_AT + 4, UPPER_AT, "IPv4.ChecksumStatus");
    d->bytes[IP_AT + 8]--;
    says_sum(d, "IPv4.ChecksumStatus", "Bad");
    keeps(d, "IPv4.ChecksumStatus == \"Bad\" AND IPv4.ChecksumStatus != \"Good\"");
    put(d, IP_AT + 10, 0);
    says_sum(d, "IPv4.ChecksumStatus", "Offloaded");
    d = ipv4(6);
    frame_end(d);
    d->bytes[IP_AT] = 0x46; /* a word of options that is not there */
    says_sum(d, "IPv4.ChecksumStatus", "");
}

/* -- TCP ---------------------------------------------------------------------------------------------------------------------- */

static FrameDraft *segment(const char *payload)
{
    FrameDraft *d = ipv4(6);
    frame_tcp(d, 1000, 80, 1, 2, 0x18);
    frame_payload(d, payload, (u32)strlen(payload));
    frame_end(d);
    seal(d, UPPER_AT, 16, pseudo(d, IP_AT + 12, 4, 6, d->len - UPPER_AT));
    return d;
}

Test(proto_checksum, tcp)
{
    FrameDraft *d = segment("odd");
    every_byte_counts(d, UPPER_AT + 13, "TCP.ChecksumStatus");
    absent_when_cut(d, UPPER_AT + 1, d->len, "TCP.ChecksumStatus");
    d = segment("even");
    says_sum(d, "TCP.ChecksumStatus", "Good");
    keeps(d, "TCPCheckSumStatus == \"Good\" AND Property.TCPCheckSumStatus.Contains('oo')");
    frame_pad(d, 80); /* padding is not summed up */
    says_sum(d, "TCP.ChecksumStatus", "Good");
    d->bytes[IP_AT + 12] ^= 1; /* another sender */
    says_sum(d, "TCP.ChecksumStatus", "Bad");
    keeps(d, "TCPCheckSumStatus != \"Good\"");
}

Test(proto_checksum, tcp_left_to_the_card)
{
    FrameDraft *d = segment("payload");
    put(d, UPPER_AT + 16, folded(pseudo(d, IP_AT + 12, 4, 6, d->len - UPPER_AT)));
    says_sum(d, "TCP.ChecksumStatus", "Offloaded");
    put(d, UPPER_AT + 16, folded(pseudo(d, IP_AT + 12, 4, 6, 0))); /* where segments are cut up: without the length */
    says_sum(d, "TCP.ChecksumStatus", "Offloaded");
    put(d, UPPER_AT + 16, 0);
    says_sum(d, "TCP.ChecksumStatus", "Offloaded");
    keeps(d, "TCPCheckSumStatus != \"Good\" AND NOT TCPCheckSumStatus == \"Bad\"");
    drops(ipv4(47), "TCPCheckSumStatus != \"Good\"");
}

Test(proto_checksum, tcp_of_which_not_all_is_there)
{
    FrameDraft *d = segment("payload");
    d->bytes[IP_AT + 6] = 0x20; /* more fragments follow */
    says_sum(d, "TCP.ChecksumStatus", "");
    d = segment("payload");
    d->bytes[IP_AT + 3]++; /* IP says there is more than the frame holds */
    says_sum(d, "TCP.ChecksumStatus", "");
    d = segment("payload");
    put(d, IP_AT + 2, 0); /* IP leaves its length to the card: what is there is the packet */
    says_sum(d, "TCP.ChecksumStatus", "Good");
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 6, 1, 2);
    frame_be(d, 8, 0x0102030405060708);
    frame_end(d);
    says_sum(d, "TCP.ChecksumStatus", ""); /* no room for a header */
}

Test(proto_checksum, tcp_in_ipv6)
{
    FrameDraft *d = ipv6(6);
    frame_tcp(d, 1000, 80, 1, 2, 0x18);
    frame_payload(d, "abc", 3);
    frame_end(d);
    seal(d, UPPER6_AT, 16, pseudo(d, IP_AT + 8, 16, 6, d->len - UPPER6_AT));
    every_byte_counts(d, UPPER6_AT + 13, "TCP.ChecksumStatus");
    absent_when_cut(d, UPPER6_AT + 1, d->len, "TCP.ChecksumStatus");
}

/* -- the pseudo header behind extension headers ----------------------------------------------------------------------------- */

/* An extension header, then TCP. */
static FrameDraft *extended(u8 kind, const char *hex)
{
    FrameDraft *d = ipv6(kind);
    frame_hex(d, hex);
    frame_tcp(d, 1000, 80, 1, 2, 0x18);
    frame_end(d);
    return d;
}

static void seal_behind(FrameDraft *d, u32 upper_at, const u8 *source, const u8 *destination)
{
    u32 start = add_words(add_words(6 + d->len - upper_at, source, 16), destination, 16);
    seal(d, upper_at, 16, start);
}

static const u8 other[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 9};
#define OTHER "20010db8000000000000000000000009"
#define FIRST "20010db8000000000000000000000007"

Test(proto_checksum, a_route_still_to_go_has_another_destination)
{
    const u8 *source = frame_hosts6[0], *destination = frame_hosts6[1];
    FrameDraft *d = extended(43, "0604 0002 00000000 " FIRST OTHER); /* RFC 2460: the last address */
    seal_behind(d, UPPER6_AT + 40, source, other);
    says_sum(d, "TCP.ChecksumStatus", "Good");
    d = extended(43, "0604 0000 00000000 " FIRST OTHER); /* it has arrived */
    seal_behind(d, UPPER6_AT + 40, source, destination);
    says_sum(d, "TCP.ChecksumStatus", "Good");
    d = extended(43, "0602 0201 00000000 " OTHER); /* RFC 6275 */
    seal_behind(d, UPPER6_AT + 24, source, other);
    says_sum(d, "TCP.ChecksumStatus", "Good");
    d = extended(43,
                 "0604 0401 01000000 " OTHER FIRST); /* RFC 8754: the first one of the list is the last to be visited */
    seal_behind(d, UPPER6_AT + 40, source, other);
    says_sum(d, "TCP.ChecksumStatus", "Good");
    d = extended(43, "0600 0001 00000000"); /* a route without an address */
    seal_behind(d, UPPER6_AT + 8, source, destination);
    says_sum(d, "TCP.ChecksumStatus", "Good");
}

Test(proto_checksum, a_home_address_stands_for_the_sender)
{
    FrameDraft *d =
        extended(60, "0602 0104 00000000 c910 " OTHER "0000 00000000"); /* too long by a word: options end */
    (void)d;
    d = extended(60, "0602 00 01 00 c910 " OTHER "00");
    seal_behind(d, UPPER6_AT + 24, other, frame_hosts6[1]);
    says_sum(d, "TCP.ChecksumStatus", "Good");
}

Test(proto_checksum, fragments_of_ipv6)
{
    FrameDraft *d = extended(44, "0600 0000 00000001"); /* an atomic one: all of it is here */
    seal_behind(d, UPPER6_AT + 8, frame_hosts6[0], frame_hosts6[1]);
    says_sum(d, "TCP.ChecksumStatus", "Good");
    d = extended(44, "0600 0001 00000001"); /* more follow */
    seal_behind(d, UPPER6_AT + 8, frame_hosts6[0], frame_hosts6[1]);
    says_sum(d, "TCP.ChecksumStatus", "");
}

Test(proto_checksum, other_extension_headers_do_not_matter)
{
    FrameDraft *d = extended(0, "0600 0104 00000000");
    seal_behind(d, UPPER6_AT + 8, frame_hosts6[0], frame_hosts6[1]);
    says_sum(d, "TCP.ChecksumStatus", "Good");
    d = extended(51, "0604 0000 00000001 00000001 000000000000000000000000"); /* AH counts in words of 4 */
    seal_behind(d, UPPER6_AT + 24, frame_hosts6[0], frame_hosts6[1]);
    says_sum(d, "TCP.ChecksumStatus", "Good");
}

Test(proto_checksum, in_a_tunnel_the_inner_header_counts)
{
    FrameDraft *d = ipv4(4);
    frame_ipv4(d, 6, 0x01020304, 0x05060708);
    frame_tcp(d, 1000, 80, 1, 2, 0x18);
    frame_end(d);
    seal(d, UPPER_AT + 20, 16, pseudo(d, UPPER_AT + 12, 4, 6, 20));
    says_sum(d, "TCP.ChecksumStatus", "Good");
    says_sum(d, "IPv4.ChecksumStatus", "Good Good");
    d->bytes[UPPER_AT + 3]++; /* the inner packet claims more than the outer one holds */
    says_sum(d, "TCP.ChecksumStatus", "");
    d->bytes[IP_AT + 6] = 0x20; /* only a fragment of the outer one: the inner one is whole, as far as it says */
    d->bytes[UPPER_AT + 3]--;
    says_sum(d, "TCP.ChecksumStatus", "Good");
}

/* -- UDP ------------------------------------------------------------------------------------------------------------------------ */

static FrameDraft *datagram(void)
{
    FrameDraft *d = ipv4(17);
    frame_udp(d, 1000, 2000);
    frame_payload(d, "odd", 3);
    frame_end(d);
    seal(d, UPPER_AT, 6, pseudo(d, IP_AT + 12, 4, 17, 11));
    return d;
}

Test(proto_checksum, udp)
{
    FrameDraft *d = datagram();
    says_sum(d, "UDP.ChecksumStatus", "Good");
    absent_when_cut(d, UPPER_AT + 1, d->len, "UDP.ChecksumStatus");
    d->bytes[UPPER_AT + 8] ^= 1;
    says_sum(d, "UDP.ChecksumStatus", "Bad");
    put(d, UPPER_AT + 6, folded(pseudo(d, IP_AT + 12, 4, 17, 11)));
    says_sum(d, "UDP.ChecksumStatus", "Offloaded");
    put(d, UPPER_AT + 6, 0);
    says_sum(d, "UDP.ChecksumStatus", "None");
    d->bytes[UPPER_AT + 5] = 200; /* none, whatever its length says */
    says_sum(d, "UDP.ChecksumStatus", "None");
    d = datagram();
    d->bytes[UPPER_AT + 5] = 12; /* more than IP holds */
    says_sum(d, "UDP.ChecksumStatus", "");
    d = datagram();
    put(d, UPPER_AT + 4, 0); /* left to the card */
    seal(d, UPPER_AT, 6, pseudo(d, IP_AT + 12, 4, 17, 11));
    says_sum(d, "UDP.ChecksumStatus", "Good");
    put(d, UPPER_AT + 4, 4); /* below its own header */
    says_sum(d, "UDP.ChecksumStatus", "");
}

Test(proto_checksum, udp_in_ipv6_must_have_one)
{
    FrameDraft *d = ipv6(17);
    frame_udp(d, 1000, 2000);
    frame_payload(d, "even", 4);
    frame_end(d);
    says_sum(d, "UDP.ChecksumStatus", "Bad");
    seal(d, UPPER6_AT, 6, pseudo(d, IP_AT + 8, 16, 17, 12));
    says_sum(d, "UDP.ChecksumStatus", "Good");
}

/* -- ICMP, IGMP, ICMPv6 ------------------------------------------------------------------------------------------------------- */

Test(proto_checksum, icmp_and_igmp)
{
    FrameDraft *d = ipv4(1);
    frame_icmp(d, 8, 0, 1, 2);
    frame_payload(d, "data!", 5);
    frame_end(d);
    seal(d, UPPER_AT, 2, 0);
    every_byte_counts(d, UPPER_AT, "ICMP.ChecksumStatus");
    absent_when_cut(d, UPPER_AT + 1, d->len, "ICMP.ChecksumStatus");
    d->bytes[IP_AT + 6] = 0x20;
    says_sum(d, "ICMP.ChecksumStatus", "");
    d = ipv4(2);
    frame_hex(d, "1600 0000 e00000fb");
    frame_end(d);
    seal(d, UPPER_AT, 2, 0);
    says_sum(d, "IGMP.ChecksumStatus", "Good");
    absent_when_cut(d, UPPER_AT + 1, d->len, "IGMP.ChecksumStatus");
    d->bytes[UPPER_AT + 7]++;
    says_sum(d, "IGMP.ChecksumStatus", "Bad");
}

Test(proto_checksum, icmpv6)
{
    FrameDraft *d = ipv6(58);
    frame_icmp(d, 128, 0, 1, 2);
    frame_payload(d, "data!", 5);
    frame_end(d);
    seal(d, UPPER6_AT, 2, pseudo(d, IP_AT + 8, 16, 58, 13));
    every_byte_counts(d, UPPER6_AT + 1, "ICMPv6.ChecksumStatus");
    absent_when_cut(d, UPPER6_AT + 1, d->len, "ICMPv6.ChecksumStatus");
    put(d, UPPER6_AT + 2, folded(pseudo(d, IP_AT + 8, 16, 58, 13)));
    says_sum(d, "ICMPv6.ChecksumStatus", "Offloaded");
}

/* -- SCTP ------------------------------------------------------------------------------------------------------------------------ */

/* CRC32c, bit by bit. */
static u32 crc32c(const u8 *bytes, u32 len)
{
    u32 crc = ~0u;
    for (u32 i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (u32 bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
    return ~crc;
}

static void seal_sctp(FrameDraft *d, u32 at)
{
    memset(d->bytes + at + 8, 0, 4);
    u32 crc = crc32c(d->bytes + at, d->len - at);
    for (u32 i = 0; i < 4; i++) d->bytes[at + 8 + i] = (u8)(crc >> (8 * i));
}

static const char association[] = "0b59 0b5a 11223344 00000000 0003 0015 00000007 0005 0009 0000002e 68656c6c6f 000000";

Test(proto_checksum, sctp)
{
    cr_assert_eq(crc32c((const u8 *)"123456789", 9), 0xe3069283);
    FrameDraft *d = ipv4(132);
    frame_hex(d, association);
    frame_end(d);
    says_sum(d, "SCTP.ChecksumStatus", "None");
    seal_sctp(d, UPPER_AT);
    every_byte_counts(d, UPPER_AT, "SCTP.ChecksumStatus");
    absent_when_cut(d, UPPER_AT + 1, d->len, "SCTP.ChecksumStatus");
    frame_pad(d, 100);
    says_sum(d, "SCTP.ChecksumStatus", "Good");
    d->bytes[IP_AT + 6] = 0x20;
    says_sum(d, "SCTP.ChecksumStatus", "");
}

Test(proto_checksum, sctp_in_udp)
{
    FrameDraft *d = ipv4(17);
    frame_udp(d, 9899, 9899);
    frame_hex(d, association);
    frame_end(d);
    seal_sctp(d, UPPER_AT + 8);
    says_sum(d, "SCTP.ChecksumStatus", "Good");
    d->bytes[UPPER_AT + 5]++; /* UDP claims more than IP holds */
    says_sum(d, "SCTP.ChecksumStatus", "");
    d->bytes[UPPER_AT + 5] = 0; /* UDP leaves its length to the card */
    says_sum(d, "SCTP.ChecksumStatus", "Good");
}
