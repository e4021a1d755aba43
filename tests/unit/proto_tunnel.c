/* proto_tunnel.c - packets in packets, frames built by hand from the RFCs: GRE, VXLAN, GTP-U, AH, ESP. */
#include <criterion/criterion.h>

#include "tests/values.h"

enum { RAW = 101 };

static FrameDraft draft; /* tests run in processes of their own */

/* IPv4 of a protocol; what `hex` says stands behind it. */
static FrameDraft *over_ip(u8 protocol, const char *hex)
{
    frame_begin(&draft);
    frame_ipv4(&draft, protocol, 0x0a000001, 0x0a000002);
    frame_hex(&draft, hex);
    return &draft;
}

static FrameDraft *over_udp(u16 source, u16 destination, const char *hex)
{
    frame_begin(&draft);
    frame_ipv4(&draft, 17, 0x0a000001, 0x0a000002);
    frame_udp(&draft, source, destination);
    frame_hex(&draft, hex);
    return &draft;
}

/* IPv4 and an echo; then the frame is complete. */
static void echo_inside(FrameDraft *d)
{
    frame_ipv4(d, 1, 0xc0a80001, 0xc0a80002);
    frame_icmp(d, 8, 0, 1, 2);
    frame_end(d);
}

/* -- GRE ----------------------------------------------------------------------------------------------------------------- */

Test(proto_tunnel, gre_of_four_bytes)
{
    FrameDraft *d = over_ip(47, "0000 0800");
    echo_inside(d);
    layers(d, RAW, "IPv4.GRE.IPv4.ICMP");
    says(d, RAW, "GRE.Flags", "0");
    says(d, RAW, "GRE.Version", "0");
    says(d, RAW, "GRE.Protocol", "2048");
    says(d, RAW, "GRE.Checksum", "");
    says(d, RAW, "GRE.Key", "");
    says(d, RAW, "GRE.SequenceNumber", "");
    says(d, RAW, "GRE.CallID", "");
    says(d, RAW, "IPv4.SourceAddress", "10.0.0.1 192.168.0.1");
    holds_when_cut(d, RAW);
}

Test(proto_tunnel,
     gre_with_all_there_is) /* RFC 1701: checksum, key, sequence number, two source routes and their end */
{
    FrameDraft *d = over_ip(47, "f800 86dd 1234 0000 00000007 00000009 0800 0004 0a000009 0800 0402 abcd 0000 0000");
    frame_ipv6(d, 58, frame_hosts6[0], frame_hosts6[1]);
    frame_icmp(d, 128, 0, 1, 2);
    frame_end(d);
    layers(d, RAW, "IPv4.GRE.IPv6.ICMPv6");
    says(d, RAW, "GRE.Flags.Checksum", "1");
    says(d, RAW, "GRE.Flags.Routing", "1");
    says(d, RAW, "GRE.Flags.Key", "1");
    says(d, RAW, "GRE.Flags.Sequence", "1");
    says(d, RAW, "GRE.Flags.StrictSourceRoute", "1");
    says(d, RAW, "GRE.Checksum", "4660");
    says(d, RAW, "GRE.Key", "7");
    says(d, RAW, "GRE.SequenceNumber", "9");
    says(d, RAW, "GRE.AcknowledgementNumber", "");
    says(d, RAW, "GRE.PayloadLength", "");
    holds_when_cut(d, RAW);
    d->bytes[20 + 16 + 3] = 250; /* a source route that leads out of the packet */
    layers(d, RAW, "IPv4.GRE");
    d->bytes[20 + 16 + 3] = 4;
    d->bytes[20] = 0xb0; /* checksum, key and sequence number alone: a route begins like no IPv6 */
    layers(d, RAW, "IPv4.GRE.IPv6");
    says(d, RAW, "IPv6.SourceAddress", "");
}

Test(proto_tunnel, gre_words_by_flag)
{
    FrameDraft *d = over_ip(47, "2000 0800 00000007");
    echo_inside(d);
    layers(d, RAW, "IPv4.GRE.IPv4.ICMP");
    says(d, RAW, "GRE.Key", "7");
    d = over_ip(47, "1000 0800 00000007");
    echo_inside(d);
    says(d, RAW, "GRE.SequenceNumber", "7");
    says(d, RAW, "GRE.Key", "");
    d = over_ip(47, "8000 0800 00070000");
    echo_inside(d);
    says(d, RAW, "GRE.Checksum", "7");
    says(d, RAW, "ICMP.Type", "8");
}

Test(proto_tunnel, gre_holds_ethernet_and_labels)
{
    FrameDraft *d = over_ip(47, "0000 6558 000000000001 000000000002 8100 0005 0800");
    echo_inside(d);
    layers(d, RAW, "IPv4.GRE.Ethernet.VLAN.IPv4.ICMP");
    says(d, RAW, "Ethernet.SourceAddress", "00:00:00:00:00:02");
    holds_when_cut(d, RAW);
    d = over_ip(47, "0000 8847 00010140");
    echo_inside(d);
    layers(d, RAW, "IPv4.GRE.MPLS.IPv4.ICMP");
    d = over_ip(47, "0000 88be 00000000"); /* ERSPAN */
    layers(d, RAW, "IPv4.GRE");
    d = over_ip(47, "0002 0800 45"); /* no such version */
    layers(d, RAW, "IPv4.GRE");
    says(d, RAW, "GRE.Version", "2");
}

Test(proto_tunnel, gre_of_pptp) /* RFC 2637 */
{
    FrameDraft *d = over_ip(47, "3081 880b 0020 1234 00000005 00000004 ff03 0021");
    echo_inside(d);
    layers(d, RAW, "IPv4.GRE.PPP.IPv4.ICMP");
    says(d, RAW, "GRE.PayloadLength", "32");
    says(d, RAW, "GRE.CallID", "4660");
    says(d, RAW, "GRE.SequenceNumber", "5");
    says(d, RAW, "GRE.AcknowledgementNumber", "4");
    says(d, RAW, "GRE.Key", "");
    says(d, RAW, "GRE.Checksum", "");
    says(d, RAW, "PPP.Protocol", "33");
    holds_when_cut(d, RAW);
    d->bytes[20 + 5] = 4 + 20; /* the payload length leaves no ICMP */
    layers(d, RAW, "IPv4.GRE.PPP.IPv4");
    d = over_ip(47, "2081 880b 0000 1234 00000004"); /* an acknowledgement alone */
    frame_end(d);
    layers(d, RAW, "IPv4.GRE");
    says(d, RAW, "GRE.AcknowledgementNumber", "4");
    says(d, RAW, "GRE.SequenceNumber", "");
    d = over_ip(47, "1001 880b 00000005 ff03 0021"); /* without a key nobody knows whose it is */
    echo_inside(d);
    layers(d, RAW, "IPv4.GRE");
}

/* -- VXLAN --------------------------------------------------------------------------------------------------------------- */

Test(proto_tunnel, vxlan)
{
    FrameDraft *d = over_udp(50000, 4789, "08000000 000123 00 ffffffffffff 001122334455 0800");
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP.VXLAN.Ethernet.IPv4.ICMP");
    says(d, RAW, "VXLAN.Flags", "8");
    says(d, RAW, "VXLAN.Flags.I", "1");
    says(d, RAW, "VXLAN.Flags.G", "0");
    says(d, RAW, "VXLAN.VNI", "291");
    says(d, RAW, "Ethernet.DestinationAddress", "ff:ff:ff:ff:ff:ff");
    holds_when_cut(d, RAW);
    d->bytes[28] = 0x88, d->bytes[31] = 7;
    says(d, RAW, "VXLAN.GroupPolicyID", "7");
    layers(d, RAW, "IPv4.UDP.VXLAN.Ethernet.IPv4.ICMP");
    d->bytes[28] = 0; /* no valid network number */
    layers(d, RAW, "IPv4.UDP.VXLAN");
}

Test(proto_tunnel, vxlan_is_told_by_the_destination_port)
{
    FrameDraft *d = over_udp(4789, 50000, "08000000 000123 00 ffffffffffff 001122334455 0800");
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP");
    d = over_udp(4789, 4789, "08000000 000123 00 ffffffffffff 001122334455 0800");
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP.VXLAN.Ethernet.IPv4.ICMP");
    d = over_udp(50000, 8472, "08000000 000123 00 ffffffffffff 001122334455 0800"); /* Linux, before there was an RFC */
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP.VXLAN.Ethernet.IPv4.ICMP");
    d = over_udp(50000, 6635, "00010140"); /* RFC 7510 */
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP.MPLS.IPv4.ICMP");
}

Test(proto_tunnel, udp_length_ends_the_tunnel)
{
    FrameDraft *d = over_udp(50000, 4789, "08000000 000123 00 ffffffffffff 001122334455 0800");
    echo_inside(d);
    d->bytes[20 + 5] = 8 + 8 + 14 + 20; /* leaves no ICMP */
    layers(d, RAW, "IPv4.UDP.VXLAN.Ethernet.IPv4");
    d->bytes[20 + 5] = 8 + 8;
    layers(d, RAW, "IPv4.UDP.VXLAN");
    d->bytes[20 + 5] = 8;
    layers(d, RAW, "IPv4.UDP");
}

/* -- GTP-U --------------------------------------------------------------------------------------------------------------- */

static FrameDraft *gtp(u8 first, u8 type, const char *more)
{
    FrameDraft *d = over_udp(2152, 2152, "");
    frame_gtp(d, first, type, 0x12345678);
    frame_hex(d, more);
    return d;
}

Test(proto_tunnel, gtp_user_data)
{
    FrameDraft *d = gtp(0x30, 255, "");
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP.GTP.IPv4.ICMP");
    says(d, RAW, "GTP.Version", "1");
    says(d, RAW, "GTP.ProtocolType", "1");
    says(d, RAW, "GTP.Flags", "0");
    says(d, RAW, "GTP.MessageType", "255");
    says(d, RAW, "GTP.Length", "28");
    says(d, RAW, "GTP.TEID", "305419896");
    says(d, RAW, "GTP.SequenceNumber", "");
    says(d, RAW, "GTP.NPDUNumber", "");
    holds_when_cut(d, RAW);
    d->bytes[28 + 3] = 20; /* the length leaves no ICMP */
    layers(d, RAW, "IPv4.UDP.GTP.IPv4");
    d->bytes[28 + 8] = 0x05; /* no IP: Ethernet, or something else */
    layers(d, RAW, "IPv4.UDP.GTP");
}

Test(proto_tunnel, gtp_with_extension_headers)
{
    FrameDraft *d = gtp(0x37, 255, "0102 03 85 01 0010 c0 02 00000000 0000 00");
    frame_ipv6(d, 58, frame_hosts6[0], frame_hosts6[1]);
    frame_icmp(d, 128, 0, 1, 2);
    frame_end(d);
    layers(d, RAW, "IPv4.UDP.GTP.IPv6.ICMPv6");
    says(d, RAW, "GTP.Flags.ExtensionHeader", "1");
    says(d, RAW, "GTP.SequenceNumber", "258");
    says(d, RAW, "GTP.NPDUNumber", "3");
    says(d, RAW, "GTP.ExtensionHeader.Type", "133 192");
    says(d, RAW, "GTP.ExtensionHeader", "010010c0 0200000000000000");
    holds_when_cut(d, RAW);
    d->bytes[28 + 16] = 0; /* an extension header of no length */
    layers(d, RAW, "IPv4.UDP.GTP");
    says(d, RAW, "GTP.ExtensionHeader.Type", "133");
    d->bytes[28 + 16] = 250; /* of too much */
    layers(d, RAW, "IPv4.UDP.GTP");
    says(d, RAW, "GTP.ExtensionHeader.Type", "133");
    d->bytes[28] = 0x32; /* the flags say that the types there mean nothing */
    says(d, RAW, "GTP.ExtensionHeader.Type", "");
    says(d, RAW, "GTP.NPDUNumber", "");
    says(d, RAW, "GTP.SequenceNumber", "258");
}

Test(proto_tunnel, gtp_that_is_none)
{
    FrameDraft *d = gtp(0x32, 1, "0001 00 00"); /* an echo request */
    frame_end(d);
    layers(d, RAW, "IPv4.UDP.GTP");
    says(d, RAW, "GTP.SequenceNumber", "1");
    d = gtp(0x48, 32, ""); /* version 2 */
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP.GTP");
    says(d, RAW, "GTP.Version", "2");
    says(d, RAW, "GTP.MessageType", "");
    d = gtp(0x20, 255, ""); /* GTP' */
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP.GTP");
    says(d, RAW, "GTP.TEID", "");
    holds_when_cut(d, RAW);
}

/* -- IPsec --------------------------------------------------------------------------------------------------------------- */

Test(proto_tunnel, authentication_header)
{
    FrameDraft *d = over_ip(51, "01 04 0000 00000100 00000007 000102030405060708090a0b");
    frame_icmp(d, 8, 0, 1, 2);
    frame_end(d);
    layers(d, RAW, "IPv4.AH.ICMP");
    says(d, RAW, "AH.NextProtocol", "1");
    says(d, RAW, "AH.PayloadLength", "4");
    says(d, RAW, "AH.SPI", "256");
    says(d, RAW, "AH.SequenceNumber", "7");
    says(d, RAW, "AH.IntegrityCheckValue", "000102030405060708090a0b");
    holds_when_cut(d, RAW);
    d->bytes[21] = 200;
    layers(d, RAW, "IPv4.AH");
    says(d, RAW, "AH.IntegrityCheckValue", "");
    d->bytes[21] = 0; /* too short for itself, and what it says is next stands in it */
    layers(d, RAW, "IPv4.AH.ICMP");
    says(d, RAW, "AH.IntegrityCheckValue", "");
}

Test(proto_tunnel, esp_ends_the_walk)
{
    FrameDraft *d = over_ip(50, "00000100 00000007 0102030405060708");
    frame_end(d);
    layers(d, RAW, "IPv4.ESP");
    says(d, RAW, "ESP.SPI", "256");
    says(d, RAW, "ESP.SequenceNumber", "7");
    holds_when_cut(d, RAW);
}

/* -- tunnels in tunnels -------------------------------------------------------------------------------------------------- */

Test(proto_tunnel, tunnels_in_tunnels)
{
    FrameDraft *d = over_udp(1, 4789, "08000000 000001 00 000000000001 000000000002 0800");
    frame_ipv4(d, 47, 0x0a000003, 0x0a000004);
    frame_hex(d, "0000 6558 000000000003 000000000004 86dd");
    frame_ipv6(d, 17, frame_hosts6[0], frame_hosts6[1]);
    frame_udp(d, 2, 2152);
    frame_gtp(d, 0x30, 255, 5);
    echo_inside(d);
    layers(d, RAW, "IPv4.UDP.VXLAN.Ethernet.IPv4.GRE.Ethernet.IPv6.UDP.GTP.IPv4.ICMP");
    says(d, RAW, "Ethernet.SourceAddress", "00:00:00:00:00:02 00:00:00:00:00:04");
    says(d, RAW, "IPv4.SourceAddress", "10.0.0.1 10.0.0.3 192.168.0.1");
    says(d, RAW, "UDP.SrcPort", "1 2");
    holds_when_cut(d, RAW);
}

Test(proto_tunnel, only_the_first_fragment_holds_the_tunnel)
{
    FrameDraft *d = over_udp(1, 4789, "08000000 000001 00 000000000001 000000000002 0800");
    echo_inside(d);
    d->bytes[6] = 0x20; /* the first */
    layers(d, RAW, "IPv4.UDP.VXLAN.Ethernet.IPv4.ICMP");
    d->bytes[7] = 0x10; /* a later one */
    layers(d, RAW, "IPv4");
}
