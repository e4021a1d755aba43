/* proto_ip.c - what stands between an IP header and what it carries: options of IPv4, extension headers of IPv6, jumbograms;
 * frames built by hand from the RFCs. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/values.h"

enum { RAW = 101 };

static FrameDraft draft; /* tests run in processes of their own */

/* -- IPv4 ---------------------------------------------------------------------------------------------------------------- */

/* An IPv4 header with these options, and UDP behind it. */
static FrameDraft *with_options(const char *hex)
{
    frame_begin(&draft);
    frame_ipv4(&draft, 17, 0x0a000001, 0x0a000002);
    frame_hex(&draft, hex);
    draft.bytes[0] = (u8)(0x40 + draft.len / 4);
    frame_udp(&draft, 1, 2);
    frame_end(&draft);
    return &draft;
}

Test(proto_ip, no_options)
{
    FrameDraft *d = with_options("");
    says(d, RAW, "IPv4.Options", "");
    says(d, RAW, "IPv4.Options.Address", "");
    says(d, RAW, "UDP", "yes");
}

Test(proto_ip, router_alert)
{
    FrameDraft *d = with_options("94040000");
    layers(d, RAW, "IPv4.UDP");
    says(d, RAW, "IPv4.Options", "94040000");
    says(d, RAW, "IPv4.Options.Type", "148");
    says(d, RAW, "IPv4.Options.RouterAlert", "0");
    says(d, RAW, "IPv4.Options.Pointer", "");
    holds_when_cut(d, RAW);
    d->bytes[21] = 3; /* not its length */
    says(d, RAW, "IPv4.Options.RouterAlert", "");
    says(d, RAW, "IPv4.Options.Type", "148"); /* the byte left over ends the list */
}

Test(proto_ip, routes)
{
    /* record route, of whose three places one is taken; no operation; a loose source route */
    FrameDraft *d = with_options("070f08 c0a80101 00000000 00000000 01 830b04 0a000003 0a000004 00");
    says(d, RAW, "IPv4.Options.Type", "7 1 131");
    says(d, RAW, "IPv4.Options.Pointer", "8 4");
    says(d, RAW, "IPv4.Options.Address", "192.168.1.1 10.0.0.3 10.0.0.4");
    says(d, RAW, "IPv4.Options.RouterAlert", "");
    holds_when_cut(d, RAW);
    d->bytes[22] = 16; /* all three */
    says(d, RAW, "IPv4.Options.Address", "192.168.1.1 0.0.0.0 0.0.0.0 10.0.0.3 10.0.0.4");
    d->bytes[22] = 255; /* a pointer that leads out of the option */
    says(d, RAW, "IPv4.Options.Address", "192.168.1.1 0.0.0.0 0.0.0.0 10.0.0.3 10.0.0.4");
    d->bytes[22] = 0;
    says(d, RAW, "IPv4.Options.Address", "10.0.0.3 10.0.0.4");
    d->bytes[21] = 2; /* an option too short for a pointer: what is behind it is read as options */
    says(d, RAW, "IPv4.Options.Pointer", "");
    d->bytes[21] = 1; /* too short for its own length */
    says(d, RAW, "IPv4.Options", "");
    d->bytes[21] = 200; /* longer than the header */
    says(d, RAW, "IPv4.Options", "");
    layers(d, RAW, "IPv4.UDP");
}

Test(proto_ip, the_end_of_the_list_ends_it)
{
    FrameDraft *d = with_options("01 00 9404 00000000");
    says(d, RAW, "IPv4.Options.Type", "1");
    d = with_options("01 01 01 07"); /* a type in the last byte of the header */
    says(d, RAW, "IPv4.Options.Type", "1 1 1");
    d = with_options("44 0c 05 00 00000001 00000002");
    says(d, RAW, "IPv4.Options.Type", "68");
    says(d, RAW, "IPv4.Options.Pointer", "5");
    says(d, RAW, "IPv4.Options.Address", "");
}

/* -- IPv6 ---------------------------------------------------------------------------------------------------------------- */

/* An IPv6 header; `first` and the bytes of the extension headers behind it; then UDP. */
static FrameDraft *with_headers(u8 first, const char *hex)
{
    frame_begin(&draft);
    frame_ipv6(&draft, first, frame_hosts6[0], frame_hosts6[1]);
    frame_hex(&draft, hex);
    frame_udp(&draft, 1, 2);
    frame_end(&draft);
    return &draft;
}

Test(proto_ip, no_extension_headers)
{
    FrameDraft *d = with_headers(17, "");
    layers(d, RAW, "IPv6.UDP");
    says(d, RAW, "IPv6.ExtensionHeader", "");
    says(d, RAW, "IPv6.HopByHopOptions", "");
}

Test(proto_ip, hop_by_hop_and_destination_options)
{
    FrameDraft *d = with_headers(0, "3c 00 05020000 01 00" /* router alert, two bytes of padding */
                                    "11 02 c910 20010db8000000000000000000000009" /* home address */
                                    "00 00 00 00");
    layers(d, RAW, "IPv6.UDP");
    says(d, RAW, "IPv6.ExtensionHeader.Type", "0 60");
    says(d, RAW, "IPv6.ExtensionHeader", "3c00050200000100 1102c91020010db800000000000000000000000900000000");
    says(d, RAW, "IPv6.HopByHopOptions", "3c00050200000100");
    says(d, RAW, "IPv6.HopByHopOptions.Option", "05020000 0100");
    says(d, RAW, "IPv6.HopByHopOptions.Option.Type", "5 1");
    says(d, RAW, "IPv6.HopByHopOptions.RouterAlert", "0");
    says(d, RAW, "IPv6.HopByHopOptions.JumboPayloadLength", "");
    says(d, RAW, "IPv6.DestinationOptions", "1102c91020010db800000000000000000000000900000000");
    says(d, RAW, "IPv6.DestinationOptions.Option.Type", "201 0 0 0 0");
    says(d, RAW, "IPv6.DestinationOptions.HomeAddress", "2001:db8::9");
    holds_when_cut(d, RAW);
    d->bytes[43] = 5; /* an option that leads out of its header ends its list, and no other */
    says(d, RAW, "IPv6.HopByHopOptions.Option.Type", "");
    says(d, RAW, "IPv6.DestinationOptions.Option.Type", "201 0 0 0 0");
    d->bytes[43] = 3;
    says(d, RAW, "IPv6.HopByHopOptions.RouterAlert", ""); /* of no known length */
    d->bytes[41] = 9;                                     /* the header leads out of the packet */
    says(d, RAW, "IPv6.ExtensionHeader", "");
    layers(d, RAW, "IPv6");
}

Test(proto_ip, two_headers_of_a_kind)
{
    FrameDraft *d = with_headers(60, "3c 00 0102 0000 00 00  3c 00 0104 00000000  11 00 04 01 05 01 01 00");
    layers(d, RAW, "IPv6.UDP");
    says(d, RAW, "IPv6.DestinationOptions.Option", "01020000 00 00 010400000000 040105 010100");
    says(d, RAW, "IPv6.DestinationOptions.Option.Type", "1 0 0 1 4 1");
    holds_when_cut(d, RAW);
}

Test(proto_ip, routing_headers)
{
    FrameDraft *d =
        with_headers(43, "2b 04 00 01 00000000 20010db8000000000000000000000008 20010db8000000000000000000000009"
                         "11 05 04 02 00000000 20010db800000000000000000000000a" /* last entry 0: one segment */
                         "0000000000000000 0000000000000000 0000000000000000");
    layers(d, RAW, "IPv6.UDP");
    says(d, RAW, "IPv6.RoutingHeader.RoutingType", "0 4");
    says(d, RAW, "IPv6.RoutingHeader.SegmentsLeft", "1 2");
    says(d, RAW, "IPv6.RoutingHeader.Address", "2001:db8::8 2001:db8::9 2001:db8::a");
    holds_when_cut(d, RAW);
    d->bytes[80 + 4] = 200; /* more segments than there is room for */
    says(d, RAW, "IPv6.RoutingHeader.Address", "2001:db8::8 2001:db8::9 2001:db8::a ::");
    d->bytes[42] = 3;     /* addresses of type 3 are compressed */
    d->bytes[80 + 2] = 2; /* type 2 has one */
    says(d, RAW, "IPv6.RoutingHeader.Address", "2001:db8::a");
    d = with_headers(43, "11 01 00 00 00000000 0000000000000000"); /* half an address */
    says(d, RAW, "IPv6.RoutingHeader.Address", "");
    says(d, RAW, "IPv6.RoutingHeader.RoutingType", "0");
}

Test(proto_ip, fragments)
{
    FrameDraft *d = with_headers(44, "11 00 0001 12345678");
    layers(d, RAW, "IPv6.UDP");
    says(d, RAW, "IPv6.FragmentHeader.FragmentOffset", "0");
    says(d, RAW, "IPv6.FragmentHeader.MoreFragments", "1");
    says(d, RAW, "IPv6.FragmentHeader.Identification", "305419896");
    holds_when_cut(d, RAW);
    d = with_headers(
        44, "3c 00 0010 12345678 11 00 01040000 0000"); /* a later one: what follows are some bytes of the middle */
    layers(d, RAW, "IPv6");
    says(d, RAW, "IPv6.ExtensionHeader.Type", "44");
    says(d, RAW, "IPv6.FragmentHeader.FragmentOffset", "2");
    says(d, RAW, "IPv6.FragmentHeader.MoreFragments", "0");
    says(d, RAW, "IPv6.DestinationOptions", "");
    holds_when_cut(d, RAW);
}

Test(proto_ip, authentication_among_extension_headers)
{
    FrameDraft *d = with_headers(0, "33 00 0104 00000000"
                                    "3c 04 0000 00000100 00000007 000102030405060708090a0b"
                                    "11 00 0104 00000000");
    layers(d, RAW, "IPv6.AH.UDP");
    says(d, RAW, "IPv6.ExtensionHeader.Type", "0 51 60");
    says(d, RAW, "AH.SPI", "256");
    says(d, RAW, "IPv6.DestinationOptions.Option.Type", "1");
    holds_when_cut(d, RAW);
}

Test(proto_ip, mobility_header)
{
    FrameDraft *d = with_headers(135, "3b 00 05 00 00000000");
    layers(d, RAW, "IPv6");
    says(d, RAW, "IPv6.MobilityHeader.Type", "5");
    says(d, RAW, "IPv6.MobilityHeader", "3b00050000000000");
    holds_when_cut(d, RAW);
}

/* -- jumbograms, RFC 2675 ------------------------------------------------------------------------------------------------ */

/* `behind` bytes behind the IPv6 header, the rest of the frame is padding. */
static FrameDraft *jumbo(u32 behind, u32 option, u32 length)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ipv6(d, 0, frame_hosts6[0], frame_hosts6[1]);
    frame_hex(d, "1100");
    frame_be(d, 2, option);
    frame_be(d, 4, length);
    frame_be(d, 8, (u64)1 << 48 | (u64)2 << 32); /* UDP of length 0, as RFC 2675 has it */
    while (d->len < 40 + behind) frame_be(d, 1, 0xaa);
    frame_end(d);
    d->bytes[4] = d->bytes[5] = 0;
    frame_pad(d, 40 + behind + 100);
    return d;
}

static void payload_ends(const FrameDraft *d, u32 length)
{
    char text[32];
    snprintf(text, sizeof text, "%u", length);
    says(d, RAW, "IPv6.HopByHopOptions.JumboPayloadLength", text);
}

Test(proto_ip, jumbo_payload)
{
    enum { BEHIND = 66000 };
    FrameDraft *d = jumbo(BEHIND, 0xc204, BEHIND);
    layers(d, RAW, "IPv6.UDP");
    says(d, RAW, "IPv6.PayloadLength", "0");
    payload_ends(d, BEHIND);
    says(d, RAW, "Property.IPPayloadLength", "66000"); /* the padding is none of it */
    d = jumbo(1000, 0xc204, BEHIND);                   /* longer than the frame: to its end */
    layers(d, RAW, "IPv6.UDP");
    says(d, RAW, "Property.IPPayloadLength", "1100");
    d = jumbo(1000, 0xc204, 900); /* not for payloads that fit in two bytes: no length */
    says(d, RAW, "Property.IPPayloadLength", "1100");
    payload_ends(d, 900);
    d = jumbo(BEHIND, 0xc203, BEHIND); /* an option of another length */
    says(d, RAW, "Property.IPPayloadLength", "66100");
    says(d, RAW, "IPv6.HopByHopOptions.JumboPayloadLength", "");
    d = jumbo(BEHIND, 0xc204, BEHIND);
    d->bytes[5] = 16; /* the header's own length goes before */
    says(d, RAW, "Property.IPPayloadLength", "16");
    layers(d, RAW, "IPv6.UDP");
}

Test(proto_ip, jumbo_payload_behind_other_options)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ipv6(d, 0, frame_hosts6[0], frame_hosts6[1]);
    frame_hex(d, "3b01 00 0101 00 00 0100 c204 00010010 00");
    while (d->len < 40 + 65536 + 16) frame_be(d, 1, 0xaa);
    frame_pad(d, d->len + 50);
    d->open_count = 0;
    says(d, RAW, "IPv6.HopByHopOptions.Option.Type", "0 1 0 1 194 0");
    payload_ends(d, 65552);
    says(d, RAW, "Property.IPPayloadLength", "65552");
}

/* -- lengths that lie ---------------------------------------------------------------------------------------------------- */

Test(proto_ip, payload_length_ends_the_chain)
{
    FrameDraft *d = with_headers(0, "3c 00 0104 00000000 11 00 0104 00000000");
    d->bytes[5] = 16;
    layers(d, RAW, "IPv6");
    says(d, RAW, "IPv6.ExtensionHeader.Type", "0 60");
    d->bytes[5] = 15;
    says(d, RAW, "IPv6.ExtensionHeader.Type", "0");
    d->bytes[0] = 0x40;
    says(d, RAW, "IPv6.ExtensionHeader.Type", "");
}
