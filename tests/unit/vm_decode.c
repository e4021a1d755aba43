/* vm_decode.c - the rules of decode.h, a frame each: which headers there are, and which of their fields can be read.
 *
 * The rows marked T were held against tshark 4.0: it shows the same headers and fields.  Each row runs through both
 * machines, alone and in a batch with plain frames, so that the fast and the complete path both see it. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/frames.h"
#include "vm/fields.h"
#include "vm/vm.h"
#include "vm/walk.h"

/* -- asking one thing of one frame ------------------------------------------------------------------------------------- */

typedef struct {
    Op op;
    u32 k;
} Question;

/* PROTO k, or: field k has a value.  `cut`: it might have been in the part that was not captured. */
static bool ask(Question question, u32 linktype, const u8 *bytes, u32 caplen, u32 len, bool *cut)
{
    char why[200] = "";
    ProgramBuilder *b = builder_new();
    builder_emit(b, OP_ALL, 0, 0, 0, 0);
    builder_emit(b, OP_DECODE, 0, 0, 0, 0);
    builder_emit(b, question.op, question.op == OP_PROTO ? 1 : 0, 0, 0, question.k);
    if (question.op != OP_PROTO) builder_emit(b, question.op == OP_FIELD ? OP_HAS : OP_S_HAS, 1, 0, 0, 0);
    builder_emit(b, OP_END, 1, 0, 0, 0);
    Program *program = builder_finish(b, 0, why, sizeof why);
    cr_assert_not_null(program, "%s", why);
    builder_free(b);

    FrameDraft *d = malloc(sizeof *d);
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 6, 1, 2);
    frame_tcp(d, 1, 2, 3, 4, 5);
    frame_end(d);
    Batch batch;
    batch_begin(&batch, linktype);
    batch_add(&batch, bytes, caplen, len);
    for (u32 i = 0; i < 30; i++) batch_add(&batch, d->bytes, d->len, d->len);
    free(d);

    Vm *vm = vm_new(program);
    Mask scalar_cut, batch_cut, alone_cut;
    Mask scalar = scalar_run(program, &batch, &scalar_cut), in_batch = vm_run(vm, &batch, &batch_cut);
    Batch alone;
    batch_slice(&batch, 0, 1, &alone);
    Mask single = vm_run(vm, &alone, &alone_cut);
    cr_assert(scalar == in_batch && (scalar & 1) == single);
    cr_assert(scalar_cut == batch_cut && (scalar_cut & 1) == alone_cut);
    if (cut) *cut = scalar_cut & 1;
    vm_free(vm);
    program_free(program);
    batch_free(&batch);
    return scalar & 1;
}

static bool has(const FrameDraft *d, Proto proto)
{
    return ask((Question){OP_PROTO, proto}, 1, d->bytes, d->len, d->len, NULL);
}

static bool reads(const FrameDraft *d, FieldId field)
{
    bool slice = type_info[field_info[field].type].slice;
    return ask((Question){slice ? OP_SFIELD : OP_FIELD, field}, 1, d->bytes, d->len, d->len, NULL);
}

/* -- frames --------------------------------------------------------------------------------------------------------------- */

static FrameDraft *draft(void)
{
    FrameDraft *d = malloc(sizeof *d);
    cr_assert_not_null(d);
    frame_begin(d);
    return d;
}

enum { IP_AT = 14, TOTAL_AT = 16, FRAGMENT_AT = 20, TCP_AT = 34 };

static FrameDraft *tcp4(void)
{
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 6, 0x0a000001, 0x0a000002);
    frame_tcp(d, 1000, 80, 1, 2, 0x10);
    frame_end(d);
    return d;
}

static FrameDraft *tcp6(void)
{
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x86dd);
    frame_ipv6(d, 6, frame_hosts6[0], frame_hosts6[1]);
    frame_tcp(d, 1000, 80, 1, 2, 0x10);
    frame_end(d);
    return d;
}

static void put16(FrameDraft *d, u32 at, u16 value)
{
    d->bytes[at] = (u8)(value >> 8);
    d->bytes[at + 1] = (u8)value;
}

/* -- IPv4 lengths and versions ------------------------------------------------------------------------------------------- */

Test(vm_decode, plain_tcp) /* T */
{
    FrameDraft *d = tcp4();
    cr_assert(has(d, PROTO_ETHERNET) && has(d, PROTO_IPV4) && has(d, PROTO_TCP));
    cr_assert(!has(d, PROTO_UDP) && !has(d, PROTO_VLAN) && !has(d, PROTO_IPV6) && !has(d, PROTO_ARP));
    cr_assert(reads(d, FIELD_TCP_URGENT) && reads(d, FIELD_IPV4_DST) && reads(d, FIELD_TCP_PAYLOAD_LEN));
    cr_assert_not(reads(d, FIELD_TCP_PAYLOAD)); /* there is none */
    free(d);
}

Test(vm_decode, ipv4_of_another_version_is_believed_in_its_first_byte) /* T: ip, no ip.src, no tcp */
{
    FrameDraft *d = tcp4();
    d->bytes[IP_AT] = 0x55;
    cr_assert(has(d, PROTO_IPV4) && reads(d, FIELD_IPV4_VERSION) && reads(d, FIELD_IPV4_HEADER_LEN));
    cr_assert(!reads(d, FIELD_IPV4_TOTAL_LEN) && !reads(d, FIELD_IPV4_SRC) && !has(d, PROTO_TCP));
    free(d);
}

Test(vm_decode, ipv4_of_four_words_is_believed_in_its_first_byte) /* T */
{
    FrameDraft *d = tcp4();
    d->bytes[IP_AT] = 0x44;
    cr_assert(has(d, PROTO_IPV4) && reads(d, FIELD_IPV4_HEADER_LEN));
    cr_assert(!reads(d, FIELD_IPV4_SRC) && !has(d, PROTO_TCP));
    free(d);
}

Test(vm_decode, total_length_below_the_header_leaves_four_bytes) /* T: ip.len, no ip.src, no tcp */
{
    FrameDraft *d = tcp4();
    put16(d, TOTAL_AT, 10);
    cr_assert(has(d, PROTO_IPV4) && reads(d, FIELD_IPV4_TOTAL_LEN));
    cr_assert(!reads(d, FIELD_IPV4_IDENTIFICATION) && !reads(d, FIELD_IPV4_SRC) && !has(d, PROTO_TCP));
    put16(d, TOTAL_AT, 40);
    d->bytes[IP_AT] = 0x4f; /* 60 bytes of header in a packet of 40 */
    cr_assert(reads(d, FIELD_IPV4_TOTAL_LEN) && !reads(d, FIELD_IPV4_SRC) && !has(d, PROTO_TCP));
    free(d);
}

Test(vm_decode, total_length_0_reaches_to_the_end) /* T */
{
    FrameDraft *d = tcp4();
    frame_payload(d, "abc", 3);
    put16(d, TOTAL_AT, 0);
    cr_assert(has(d, PROTO_TCP) && reads(d, FIELD_TCP_URGENT) && reads(d, FIELD_TCP_PAYLOAD));
    free(d);
}

Test(vm_decode, padding_is_not_in_the_packet) /* T: tl20 no tcp; tl24 tcp.srcport, no tcp.flags */
{
    FrameDraft *d = tcp4();
    frame_pad(d, 80);
    cr_assert(has(d, PROTO_TCP) && !reads(d, FIELD_TCP_PAYLOAD));
    put16(d, TOTAL_AT, 24);
    cr_assert(has(d, PROTO_TCP) && reads(d, FIELD_TCP_DST_PORT));
    cr_assert(!reads(d, FIELD_TCP_SEQUENCE) && !reads(d, FIELD_TCP_FLAGS));
    put16(d, TOTAL_AT, 20);
    cr_assert(has(d, PROTO_IPV4) && reads(d, FIELD_IPV4_SRC) && !has(d, PROTO_TCP));
    free(d);
}

Test(vm_decode, total_length_beyond_the_frame_ends_with_the_frame) /* T */
{
    FrameDraft *d = tcp4();
    frame_payload(d, "abc", 3);
    put16(d, TOTAL_AT, 1000);
    cr_assert(has(d, PROTO_TCP) && reads(d, FIELD_TCP_FLAGS) && reads(d, FIELD_TCP_PAYLOAD));
    free(d);
}

Test(vm_decode, fragments) /* the first has the upper header, later ones have not */
{
    FrameDraft *d = tcp4();
    put16(d, FRAGMENT_AT, 0x2000);
    cr_assert(has(d, PROTO_TCP));
    put16(d, FRAGMENT_AT, 0x2001);
    cr_assert(has(d, PROTO_IPV4) && reads(d, FIELD_IPV4_SRC) && !has(d, PROTO_TCP));
    put16(d, FRAGMENT_AT, 0x1000);
    cr_assert_not(has(d, PROTO_TCP));
    put16(d, FRAGMENT_AT, 0xc000);
    cr_assert(has(d, PROTO_TCP));
    free(d);
}

/* -- IPv6 ----------------------------------------------------------------------------------------------------------------- */

Test(vm_decode, plain_tcp_over_ipv6)
{
    FrameDraft *d = tcp6();
    cr_assert(has(d, PROTO_IPV6) && has(d, PROTO_TCP) && !has(d, PROTO_IPV4));
    cr_assert(reads(d, FIELD_IPV6_SRC) && reads(d, FIELD_IPV6_DST) && reads(d, FIELD_TCP_URGENT));
    d->bytes[IP_AT] = 0x45;
    cr_assert(has(d, PROTO_IPV6) && reads(d, FIELD_IPV6_VERSION) && !reads(d, FIELD_IPV6_SRC) && !has(d, PROTO_TCP));
    free(d);
}

Test(vm_decode, ipv6_payload_length)
{
    FrameDraft *d = tcp6();
    put16(d, IP_AT + 4, 4); /* T: tcp.srcport, no tcp.flags */
    cr_assert(has(d, PROTO_TCP) && reads(d, FIELD_TCP_SRC_PORT) && !reads(d, FIELD_TCP_FLAGS));
    put16(d, IP_AT + 4, 0); /* T: tcp */
    cr_assert(has(d, PROTO_TCP) && reads(d, FIELD_TCP_FLAGS));
    free(d);
}

Test(vm_decode, ipv6_extension_headers) /* T */
{
    static const u8 kinds[] = {0, 43, 44, 60, 135, 139, 140};
    for (u32 i = 0; i < COUNT_OF(kinds); i++) {
        FrameDraft *d = draft();
        frame_ethernet(d, 1, 2, 0x86dd);
        frame_ipv6(d, 60, frame_hosts6[0], frame_hosts6[1]);
        frame_ipv6_extension(d, 60, kinds[i], 1, 0);
        frame_ipv6_extension(d, kinds[i], 17, 2, 1);
        frame_udp(d, 53, 54);
        frame_end(d);
        cr_assert(has(d, PROTO_IPV6) && has(d, PROTO_UDP) && reads(d, FIELD_UDP_CHECKSUM), "%u", kinds[i]);
        cr_assert_not(has(d, PROTO_TCP));
        d->bytes[IP_AT + 40 + 1] = 5; /* the first one reaches behind the packet */
        cr_assert_not(has(d, PROTO_UDP), "%u", kinds[i]);
        free(d);
    }
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x86dd);
    frame_ipv6(d, 44, frame_hosts6[0], frame_hosts6[1]);
    frame_ipv6_extension(d, 44, 6, 0, 8); /* a later fragment */
    frame_tcp(d, 1, 2, 3, 4, 5);
    frame_end(d);
    cr_assert(has(d, PROTO_IPV6) && !has(d, PROTO_TCP));
    free(d);
}

Test(vm_decode, authentication_header_over_both) /* T */
{
    for (int v6 = 0; v6 < 2; v6++) {
        FrameDraft *d = draft();
        frame_ethernet(d, 1, 2, v6 ? 0x86dd : 0x0800);
        if (v6)
            frame_ipv6(d, 51, frame_hosts6[0], frame_hosts6[1]);
        else
            frame_ipv4(d, 51, 1, 2);
        frame_be(d, 4, (u64)6 << 24 | 1 << 16);
        frame_be(d, 8, 0);
        frame_tcp(d, 1, 2, 3, 4, 5);
        frame_end(d);
        cr_assert(has(d, PROTO_TCP) && reads(d, FIELD_TCP_URGENT));
        free(d);
    }
}

/* -- tags, tunnels, other encapsulations ---------------------------------------------------------------------------------- */

Test(vm_decode, vlan_tags_any_number_any_kind) /* T for 3 */
{
    static const u16 types[] = {0x8100, 0x88a8, 0x9100};
    for (u32 tags = 1; tags < 8; tags++) {
        FrameDraft *d = draft();
        frame_ethernet(d, 1, 2, types[tags % 3]);
        for (u32 i = 1; i <= tags; i++) frame_vlan(d, (u16)i, i < tags ? types[i % 3] : 0x0800);
        frame_ipv4(d, 17, 1, 2);
        frame_udp(d, 53, 54);
        frame_payload(d, "hello, world", 12);
        frame_end(d);
        cr_assert(has(d, PROTO_VLAN) && has(d, PROTO_IPV4) && has(d, PROTO_UDP) && reads(d, FIELD_UDP_PAYLOAD), "%u",
                  tags);
        free(d);
    }
}

Test(vm_decode, ip_in_ip) /* T */
{
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 41, 1, 2);
    frame_ipv6(d, 4, frame_hosts6[0], frame_hosts6[1]);
    frame_ipv4(d, 1, 3, 4);
    frame_icmp(d, 8, 0, 1, 2);
    frame_end(d);
    cr_assert(has(d, PROTO_IPV4) && has(d, PROTO_IPV6) && has(d, PROTO_ICMP) && reads(d, FIELD_ICMP_SEQUENCE));
    free(d);
}

Test(vm_decode, icmp_over_either_ip) /* T */
{
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 58, 1, 2);
    frame_icmp(d, 128, 0, 1, 2);
    frame_end(d);
    cr_assert(has(d, PROTO_ICMPV6) && !has(d, PROTO_ICMP) && reads(d, FIELD_ICMPV6_CHECKSUM));
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x86dd);
    frame_ipv6(d, 1, frame_hosts6[0], frame_hosts6[1]);
    frame_icmp(d, 3, 1, 1, 2);
    frame_end(d);
    cr_assert(has(d, PROTO_ICMP) && !has(d, PROTO_ICMPV6) && !reads(d, FIELD_ICMP_IDENTIFIER)); /* type 3 has none */
    free(d);
}

Test(vm_decode, snap_and_llc) /* T */
{
    FrameDraft *d = draft();
    frame_802_3(d, 1, 2);
    frame_be(d, 2, 0x0800);
    frame_ipv4(d, 6, 1, 2);
    frame_tcp(d, 1, 2, 3, 4, 5);
    frame_end(d);
    frame_pad(d, 90);
    cr_assert(has(d, PROTO_IPV4) && has(d, PROTO_TCP) && reads(d, FIELD_TCP_URGENT));
    put16(d, 12, 8 + 10); /* the 802.3 length ends inside the IP header */
    cr_assert(has(d, PROTO_IPV4) && !reads(d, FIELD_IPV4_SRC) && !has(d, PROTO_TCP));
    frame_begin(d);
    frame_ethernet(d, 1, 2, 3 + 40);
    frame_be(d, 3, 0x060603);
    frame_ipv4(d, 6, 1, 2);
    frame_tcp(d, 1, 2, 3, 4, 5);
    frame_end(d);
    cr_assert(has(d, PROTO_TCP) && reads(d, FIELD_TCP_URGENT));
    put16(d, 12, 1501); /* neither a length nor a type */
    cr_assert_not(has(d, PROTO_IPV4));
    free(d);
}

Test(vm_decode, arp_addresses_follow_the_lengths)
{
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x0806);
    frame_arp(d, 1, 0x001122334455, 0x0a000001, 0, 0x0a000002);
    cr_assert(has(d, PROTO_ARP) && reads(d, FIELD_ARP_SENDER_MAC) && reads(d, FIELD_ARP_TARGET_IP));
    d->bytes[14 + 4] = 8; /* hardware addresses of 8 bytes: no MAC, and the last address has moved out of the frame */
    cr_assert(!reads(d, FIELD_ARP_SENDER_MAC) && reads(d, FIELD_ARP_SENDER_IP) && !reads(d, FIELD_ARP_TARGET_IP));
    d->bytes[14 + 4] = 6;
    d->bytes[14 + 5] = 16;
    cr_assert(!reads(d, FIELD_ARP_SENDER_IP) && reads(d, FIELD_ARP_SENDER_MAC));
    free(d);
}

Test(vm_decode, udp_length)
{
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 17, 1, 2);
    frame_udp(d, 53, 54);
    frame_payload(d, "abcd", 4);
    frame_end(d);
    cr_assert(reads(d, FIELD_UDP_PAYLOAD));
    put16(d, TCP_AT + 4, 4); /* T: fields, no payload */
    cr_assert(reads(d, FIELD_UDP_TOTAL_LEN) && !reads(d, FIELD_UDP_PAYLOAD));
    put16(d, TCP_AT + 4, 8);
    cr_assert_not(reads(d, FIELD_UDP_PAYLOAD));
    put16(d, TCP_AT + 4, 100); /* T: what there is */
    cr_assert(reads(d, FIELD_UDP_PAYLOAD));
    put16(d, TCP_AT + 4, 0);
    cr_assert(reads(d, FIELD_UDP_PAYLOAD));
    free(d);
}

/* -- link types --------------------------------------------------------------------------------------------------------------- */

Test(vm_decode, link_types)
{
    static const struct {
        u32 linktype;
        const char *head;
        u32 head_len;
        bool found;
    } rows[] = {
        {0, "\x02\0\0\0", 4, true},
        {0, "\0\0\0\x02", 4, true},
        {0, "\x07\0\0\0", 4, false},
        {108, "\0\0\0\x02", 4, true},
        {108, "\x02\0\0\0", 4, false},
        {12, "", 0, true},
        {14, "", 0, true},
        {101, "", 0, true},
        {228, "", 0, true},
        {229, "", 0, false},
        {9, "\xff\x03\0\x21", 4, true},
        {9, "\0\x21", 2, true},
        {9, "\x21", 1, true},
        {9, "\xc0\x21", 2, false},
        {104, "\x0f\0\x08\0", 4, true},
        {104, "\x0f\0\x80\x35", 4, false},
        {147, "", 0, false},
        {113, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0", 16, true},
        {276, "\x08\0\0\0\0\0\0\1\0\1\0\6\1\2\3\4\5\6\0\0", 20, true},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        FrameDraft *d = draft();
        frame_payload(d, rows[i].head, rows[i].head_len);
        frame_ipv4(d, 6, 1, 2);
        frame_tcp(d, 1, 2, 3, 4, 5);
        frame_end(d);
        Question tcp = {OP_PROTO, PROTO_TCP}, ethernet = {OP_PROTO, PROTO_ETHERNET};
        cr_assert_eq(ask(tcp, rows[i].linktype, d->bytes, d->len, d->len, NULL), rows[i].found, "row %u", i);
        cr_assert_not(ask(ethernet, rows[i].linktype, d->bytes, d->len, d->len, NULL));
        free(d);
    }
}

/* -- cut frames ---------------------------------------------------------------------------------------------------------------- */

/* A header of which a byte was captured exists; what was lost counts, what cannot be there does not. */
Test(vm_decode, cut_frames_are_told)
{
    static const struct {
        u32 caplen;
        Question question;
        bool has, cut;
    } rows[] = {
        {0, {OP_PROTO, PROTO_ETHERNET}, false, true},
        {1, {OP_PROTO, PROTO_ETHERNET}, true, false},
        {1, {OP_FIELD, FIELD_ETHERNET_DST}, false, true},
        {6, {OP_FIELD, FIELD_ETHERNET_DST}, true, false},
        {13, {OP_PROTO, PROTO_ARP}, false, true},
        {14, {OP_PROTO, PROTO_ARP}, false, true}, /* in a tunnel */
        {24, {OP_PROTO, PROTO_ARP}, false, false},
        {14, {OP_PROTO, PROTO_IPV4}, false, true},
        {15, {OP_PROTO, PROTO_IPV4}, true, false},
        {15, {OP_FIELD, FIELD_IPV4_SRC}, false, true},
        {15, {OP_PROTO, PROTO_TCP}, false, true},
        {24, {OP_PROTO, PROTO_TCP}, false, true},
        {24, {OP_PROTO, PROTO_UDP}, false, false},
        {34, {OP_PROTO, PROTO_TCP}, false, true},
        {35, {OP_PROTO, PROTO_TCP}, true, false},
        {35, {OP_FIELD, FIELD_TCP_FLAGS}, false, true},
        {47, {OP_FIELD, FIELD_TCP_FLAGS}, false, true},
        {48, {OP_FIELD, FIELD_TCP_FLAGS}, true, false},
        {54, {OP_SFIELD, FIELD_TCP_PAYLOAD}, false, true},
        {55, {OP_SFIELD, FIELD_TCP_PAYLOAD}, true, false},
        {54, {OP_FIELD, FIELD_TCP_PAYLOAD_LEN}, true, false},
        {46, {OP_FIELD, FIELD_TCP_PAYLOAD_LEN}, false, true},
    };
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 6, 1, 2);
    frame_tcp(d, 1, 2, 3, 4, 5);
    frame_payload(d, "some payload", 12);
    frame_end(d);
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        bool cut;
        bool got = ask(rows[i].question, 1, d->bytes, rows[i].caplen, d->len, &cut);
        cr_assert_eq(got, rows[i].has, "row %u", i);
        cr_assert_eq(cut, rows[i].cut, "row %u", i);
        ask(rows[i].question, 1, d->bytes, rows[i].caplen, rows[i].caplen, &cut);
        cr_assert_not(cut, "row %u: nothing was cut", i);
    }
    free(d);
}

/* What port 3389 carries is RDP and, where it begins with a record, TLS as well; HTTP is HTTP on any port. */
Test(vm_decode, rdp_around_tls)
{
    static const struct {
        u16 port;
        const char *payload;
        u32 len;
        bool rdp, tls, http;
    } rows[] = {
        {3389, "\x03\0\0\x13\x0e\xe0\0\0\0\0\0", 11, true, false, false},
        {3389, "\x16\x03\x03\0\x05hello", 10, true, true, false},
        {3389, "GET / HTTP/1.1\r\n\r\n", 18, false, false, true},
        {3390, "\x16\x03\x03\0\x05hello", 10, false, true, false},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++)
        for (u32 back = 0; back < 2; back++) {
            FrameDraft *d = draft();
            bool cut;
            frame_ethernet(d, 1, 2, 0x0800);
            frame_ipv4(d, 6, 1, 2);
            frame_tcp(d, back ? rows[i].port : 50000, back ? 50000 : rows[i].port, 3, 4, 5);
            u32 payload_at = d->len;
            frame_payload(d, rows[i].payload, rows[i].len);
            frame_end(d);
            cr_assert_eq(has(d, PROTO_RDP), rows[i].rdp, "row %u", i);
            cr_assert_eq(has(d, PROTO_TLS), rows[i].tls, "row %u", i);
            cr_assert_eq(has(d, PROTO_HTTP), rows[i].http, "row %u", i);
            for (u32 caplen = payload_at; rows[i].tls && caplen < payload_at + 5; caplen++) {
                cr_assert_not(ask((Question){OP_PROTO, PROTO_TLS}, 1, d->bytes, caplen, d->len, &cut) || !cut);
                bool rdp = ask((Question){OP_PROTO, PROTO_RDP}, 1, d->bytes, caplen, d->len, &cut);
                cr_assert(rows[i].rdp ? rdp || cut : !rdp && !cut, "row %u, %u bytes", i, caplen - payload_at);
            }
            free(d);
        }
}

/* A claim of fewer bytes on the wire than were captured changes nothing. */
Test(vm_decode, a_wire_length_below_the_captured_is_not_believed)
{
    FrameDraft *d = tcp4();
    bool cut;
    cr_assert(ask((Question){OP_FIELD, FIELD_TCP_URGENT}, 1, d->bytes, d->len, 10, &cut));
    cr_assert_not(cut);
    free(d);
}

/* Headers are looked for in the first 65,535 bytes, and no chain of them takes forever. */
Test(vm_decode, long_chains_end)
{
    FrameDraft *d = draft();
    frame_ethernet(d, 1, 2, 0x86dd);
    frame_ipv6(d, 60, frame_hosts6[0], frame_hosts6[1]);
    while (d->len < 66000) frame_ipv6_extension(d, 60, 60, 0, 0);
    frame_ipv6_extension(d, 60, 6, 0, 0);
    frame_tcp(d, 1, 2, 3, 4, 5);
    frame_end(d);
    put16(d, IP_AT + 4, 0);
    cr_assert(has(d, PROTO_IPV6) && !has(d, PROTO_TCP));
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x8100);
    for (u32 i = 0; i < 16000; i++) frame_vlan(d, 1, 0x8100);
    cr_assert(has(d, PROTO_VLAN) && !has(d, PROTO_IPV4));
    free(d);
}

/* Ethernet, 30 tags and IPv4 are 32 layers: TCP would be the next. */
Test(vm_decode, the_first_32_layers)
{
    for (u32 tags = 29; tags <= 31; tags++) {
        FrameDraft *d = draft();
        frame_ethernet(d, 1, 2, 0x8100);
        for (u32 i = 1; i <= tags; i++) frame_vlan(d, (u16)i, i < tags ? 0x8100 : 0x0800);
        frame_ipv4(d, 6, 1, 2);
        frame_tcp(d, 1, 2, 3, 4, 5);
        frame_end(d);
        cr_assert_eq(has(d, PROTO_IPV4), tags <= 30);
        cr_assert_eq(has(d, PROTO_TCP), tags <= 29);
        free(d);
    }
}

/* -- contents ------------------------------------------------------------------------------------------------------------ */

/* The fast path asks for the first byte alone; a row that forgot one would make the two paths differ. */
Test(vm_decode, rows_of_contents_name_every_first_byte)
{
    for (u32 i = 0; i < content_info_count; i++)
        for (u32 first = 0; first < 256; first++) {
            u8 payload[1] = {(u8)first};
            bool named = first && strchr(content_info[i].first, (int)first);
            cr_assert_eq(content_info[i].test(payload, 1, 1000) != CONTENT_OTHER, named, "row %u, byte %u", i, first);
        }
}
