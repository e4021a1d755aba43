/* vm_calc.c - the computed fields, value by value: both machines share them, so nothing else would notice. */
#include <criterion/criterion.h>

#include "vm/protocols/reading.h"

/* A header alone, as a frame: `wire` bytes of it were sent. */
static CalcFrame header(const void *bytes, u32 caplen, u32 wire)
{
    return (CalcFrame){.data = bytes, .caplen = caplen, .len = wire, .end = caplen, .wire_end = wire};
}

static void is_number(CalcFunction *calc, CalcFrame frame, u64 want)
{
    CalcValue value = {0};
    cr_assert(calc(&frame, &value));
    cr_assert_eq(value.number, want, "%llu, expected %llu", (unsigned long long)value.number, (unsigned long long)want);
}

static void is_absent(CalcFunction *calc, CalcFrame frame, bool cut)
{
    CalcValue value = {0};
    cr_assert_not(calc(&frame, &value));
    cr_assert_eq(value.cut, cut);
}

static void is_bytes(CalcFunction *calc, CalcFrame frame, const char *want, u32 len, bool open)
{
    CalcValue value = {0};
    cr_assert(calc(&frame, &value));
    cr_assert(value.len == len && memcmp(value.bytes, want, len) == 0);
    cr_assert_eq(value.open, open);
}

static const u8 arp[28] = {0,  1, 8, 0, 6,    4,    0,    2,    0, 0x11, 0x22, 0x33, 0x44, 0x55,
                           10, 0, 0, 1, 0x66, 0x77, 0x88, 0x99, 0, 0x11, 10,   0,    0,    2};

Test(vm_calc, arp_addresses)
{
    is_number(arp_sender_mac, header(arp, 28, 28), 0x001122334455);
    is_number(arp_sender_ip, header(arp, 28, 28), 0x0a000001);
    is_number(arp_target_mac, header(arp, 28, 28), 0x667788990011);
    is_number(arp_target_ip, header(arp, 28, 28), 0x0a000002);
    is_absent(arp_target_ip, header(arp, 27, 28), true);
    is_absent(arp_target_ip, header(arp, 27, 27), false);
    is_absent(arp_sender_mac, header(arp, 5, 28), true);
    u8 other[28]; /* addresses of 4 bytes that are not IPv4's */
    memcpy(other, arp, sizeof other);
    other[2] = 0x86;
    is_absent(arp_sender_ip, header(other, 28, 28), false);
    is_absent(arp_target_ip, header(other, 28, 28), false);
    is_number(arp_sender_mac, header(other, 28, 28), 0x001122334455);
}

Test(vm_calc, icmp_questions_and_answers_have_identifiers)
{
    for (u32 type = 0; type < 256; type++) {
        u8 icmp[8] = {(u8)type, 0, 0, 0, 0x12, 0x34, 0x56, 0x78};
        if (type == 0 || type == 8 || (type >= 13 && type <= 18)) {
            is_number(icmp_identifier, header(icmp, 8, 8), 0x1234);
            is_number(icmp_sequence, header(icmp, 8, 8), 0x5678);
            is_absent(icmp_sequence, header(icmp, 7, 8), true);
        } else if (type == 42 || type == 43) {
            is_number(icmp_identifier, header(icmp, 8, 8), 0x1234);
            is_number(icmp_sequence, header(icmp, 8, 8), 0x56);
        } else {
            is_absent(icmp_identifier, header(icmp, 8, 8), false);
        }
    }
}

Test(vm_calc, ipv4_payload_length)
{
    u8 ip[60] = {0x46};
    is_number(ipv4_payload_length, header(ip, 60, 60), 36);
    is_number(ipv4_payload_length, header(ip, 30, 60), 36); /* on the wire */
    is_number(ipv4_payload_length, header(ip, 24, 24), 0);
    is_absent(ipv4_payload_length, header(ip, 3, 60), true);
    is_absent(ipv4_payload_length, header(ip, 23, 23), false);
    ip[0] = 0x44;
    is_absent(ipv4_payload_length, header(ip, 60, 60), false);
}

Test(vm_calc, tcp_payload)
{
    u8 tcp[40] = {[12] = 0x60, [24] = 'p', 'a', 'y'};
    is_bytes(tcp_payload, header(tcp, 27, 27), "pay", 3, false);
    is_bytes(tcp_payload, header(tcp, 27, 30), "pay", 3, true);
    is_number(tcp_payload_length, header(tcp, 27, 30), 6);
    is_number(tcp_payload_length, header(tcp, 13, 30), 6);
    is_number(tcp_payload_length, header(tcp, 24, 24), 0);
    is_absent(tcp_payload, header(tcp, 24, 24), false);
    is_absent(tcp_payload, header(tcp, 24, 25), true);
    is_absent(tcp_payload, header(tcp, 12, 30), true);
    is_absent(tcp_payload_length, header(tcp, 12, 30), true);
    is_absent(tcp_payload_length, header(tcp, 23, 23), false); /* the header would be longer than the packet */
    tcp[12] = 0x40;
    is_absent(tcp_payload_length, header(tcp, 40, 40), false);
    CalcFrame padded = header(tcp, 40, 40);
    tcp[12] = 0x50;
    padded.end = padded.wire_end = 22; /* captured bytes behind the packet are padding */
    is_bytes(tcp_payload, padded, "\0", 2, false);
}

Test(vm_calc, udp_payload)
{
    u8 udp[20] = {[5] = 11, [8] = 'p', 'a', 'y', 'l', 'o', 'a', 'd'};
    is_bytes(udp_payload, header(udp, 15, 15), "pay", 3, false);
    is_bytes(udp_payload, header(udp, 10, 15), "pa", 2, true);
    is_absent(udp_payload, header(udp, 8, 15), true);
    is_absent(udp_payload, header(udp, 5, 15), true);
    udp[5] = 0;
    is_bytes(udp_payload, header(udp, 15, 15), "payload", 7, false);
    udp[5] = 200;
    is_bytes(udp_payload, header(udp, 15, 15), "payload", 7, false);
    udp[5] = 7;
    is_absent(udp_payload, header(udp, 15, 15), false);
    udp[5] = 8;
    is_absent(udp_payload, header(udp, 15, 15), false);
}
