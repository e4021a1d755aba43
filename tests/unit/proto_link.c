/* proto_link.c - link headers, frames built by hand: Ethernet's lengths, LLC and SNAP, cooked captures, loopback, PPP, HDLC,
 * PPPoE, MPLS. */
#include <criterion/criterion.h>

#include "tests/values.h"

enum {
    ETHERNET = 1,
    LINK_PPP = 9,
    PPP_HDLC = 50,
    PPP_ETHER = 51,
    ATM_RFC1483 = 100,
    C_HDLC = 104,
    LOOP = 108,
    SLL = 113,
    SLL2 = 276
};

static FrameDraft draft; /* tests run in processes of their own */

static FrameDraft *begin(const char *hex)
{
    frame_begin(&draft);
    frame_hex(&draft, hex);
    return &draft;
}

/* IPv4 and UDP of ports 1 and 2, two bytes in it; then the frame is complete. */
static void udp_inside(FrameDraft *d)
{
    frame_ipv4(d, 17, 0x0a000001, 0x0a000002);
    frame_udp(d, 1, 2);
    frame_be(d, 2, 0xabcd);
    frame_end(d);
}

/* -- 802.3, LLC, SNAP ---------------------------------------------------------------------------------------------------- */

Test(proto_link, snap_holds_an_ethertype)
{
    FrameDraft *d = begin("ffffffffffff 001122334455 0026 aaaa03 000000 0800");
    udp_inside(d);
    frame_pad(d, 60);
    layers(d, ETHERNET, "Ethernet.LLC.SNAP.IPv4.UDP");
    says(d, ETHERNET, "Ethernet.DestinationAddress.Group", "1");
    says(d, ETHERNET, "LLC.DSAP", "170");
    says(d, ETHERNET, "LLC.SSAP", "170");
    says(d, ETHERNET, "LLC.Control", "3");
    says(d, ETHERNET, "SNAP.OrganizationCode", "0");
    says(d, ETHERNET, "SNAP.EtherType", "2048");
    says(d, ETHERNET, "UDP.UDPPayload", "abcd");
    holds_when_cut(d, ETHERNET);
    d->bytes[17 + 2] = 0xf8; /* IEEE 802.1H */
    layers(d, ETHERNET, "Ethernet.LLC.SNAP.IPv4.UDP");
    d->bytes[17 + 2] = 0x0c; /* Cisco's own numbers */
    layers(d, ETHERNET, "Ethernet.LLC.SNAP");
    d->bytes[13] = 8 + 20 + 4; /* the length ends in the UDP header */
    d->bytes[17 + 2] = 0;
    layers(d, ETHERNET, "Ethernet.LLC.SNAP.IPv4.UDP");
    says(d, ETHERNET, "UDP.DstPort", "2");
    says(d, ETHERNET, "UDP.TotalLength", "");
    d->bytes[13] = 7; /* and in SNAP */
    layers(d, ETHERNET, "Ethernet.LLC.SNAP");
    says(d, ETHERNET, "SNAP.OrganizationCode", "0");
    says(d, ETHERNET, "SNAP.EtherType", "");
}

Test(proto_link, llc_of_other_access_points)
{
    FrameDraft *d = begin("0180c2000000 001122334455 0007 424203 00000000");
    layers(d, ETHERNET, "Ethernet.LLC");
    says(d, ETHERNET, "LLC.DSAP", "66");
    says(d, ETHERNET, "LLC.Control", "3");
    holds_when_cut(d, ETHERNET);
    d = begin("001122334455 001122334455 0004 f0f1 0102"); /* an information frame: two bytes of control */
    says(d, ETHERNET, "LLC.SSAP", "241");
    says(d, ETHERNET, "LLC.Control", "513");
    holds_when_cut(d, ETHERNET);
    d = begin("001122334455 001122334455 0003 f0f1 01 02"); /* of which the length leaves one */
    says(d, ETHERNET, "LLC.Control", "");
    d = begin("001122334455 001122334455 001f 060603"); /* IP without SNAP */
    udp_inside(d);
    layers(d, ETHERNET, "Ethernet.LLC.IPv4.UDP");
    d->bytes[16] = 0x13; /* not information */
    layers(d, ETHERNET, "Ethernet.LLC");
    d = begin("aaaa03 000000 0800"); /* ATM, RFC 2684: LLC opens the frame */
    udp_inside(d);
    layers(d, ATM_RFC1483, "LLC.SNAP.IPv4.UDP");
}

Test(proto_link, novells_ipx_is_no_llc)
{
    FrameDraft *d = begin("ffffffffffff 001122334455 0022 ffff 0022 0011 00000000");
    layers(d, ETHERNET, "Ethernet");
    holds_when_cut(d, ETHERNET);
    d = begin("ffffffffffff 001122334455 0001 ff"); /* a length that leaves one byte */
    layers(d, ETHERNET, "Ethernet");
    d = begin("ffffffffffff 001122334455 0000 424203");
    layers(d, ETHERNET, "Ethernet");
}

Test(proto_link, llc_inside_a_tag)
{
    FrameDraft *d = begin("ffffffffffff 001122334455 8100 0064 0026 aaaa03 000000 0800");
    udp_inside(d);
    layers(d, ETHERNET, "Ethernet.VLAN.LLC.SNAP.IPv4.UDP");
}

/* -- cooked captures, loopback ------------------------------------------------------------------------------------------- */

Test(proto_link, linux_cooked)
{
    FrameDraft *d = begin("0004 0001 0006 0011223344550000 0800");
    udp_inside(d);
    layers(d, SLL, "LinuxCooked.IPv4.UDP");
    says(d, SLL, "LinuxCooked.PacketType", "4");
    says(d, SLL, "LinuxCooked.AddressType", "1");
    says(d, SLL, "LinuxCooked.AddressLength", "6");
    says(d, SLL, "LinuxCooked.SourceAddress", "00:11:22:33:44:55");
    says(d, SLL, "LinuxCooked.Protocol", "2048");
    says(d, SLL, "LinuxCooked.InterfaceIndex", "");
    holds_when_cut(d, SLL);
    d->bytes[5] = 8; /* not a MAC address */
    says(d, SLL, "LinuxCooked.SourceAddress", "");
    d->bytes[2] = 3, d->bytes[3] = 0x38; /* netlink: the protocol is no EtherType */
    layers(d, SLL, "LinuxCooked");
    d = begin("0000 0001 0006 0011223344550000 0004 aaaa03 000000 0800");
    udp_inside(d);
    layers(d, SLL, "LinuxCooked.LLC.SNAP.IPv4.UDP");
    d = begin("0000 0200 0000 0000000000000000 0007 ff03 0021");
    udp_inside(d);
    layers(d, SLL, "LinuxCooked.PPP.IPv4.UDP");
}

Test(proto_link, linux_cooked_version_2)
{
    FrameDraft *d = begin("86dd 0000 00000003 0001 00 06 0011223344550000");
    frame_ipv6(d, 17, frame_hosts6[0], frame_hosts6[1]);
    frame_udp(d, 1, 2);
    frame_end(d);
    layers(d, SLL2, "LinuxCooked.IPv6.UDP");
    says(d, SLL2, "LinuxCooked.PacketType", "0");
    says(d, SLL2, "LinuxCooked.AddressType", "1");
    says(d, SLL2, "LinuxCooked.AddressLength", "6");
    says(d, SLL2, "LinuxCooked.SourceAddress", "00:11:22:33:44:55");
    says(d, SLL2, "LinuxCooked.Protocol", "34525");
    says(d, SLL2, "LinuxCooked.InterfaceIndex", "3");
    holds_when_cut(d, SLL2);
}

Test(proto_link, loopback)
{
    FrameDraft *d = begin("02000000");
    udp_inside(d);
    layers(d, 0, "Loopback.IPv4.UDP");
    says(d, 0, "Loopback.Family", "2");
    layers(d, LOOP, "Loopback");
    says(d, LOOP, "Loopback.Family", "33554432");
    holds_when_cut(d, 0);
    d = begin("0000001e");
    frame_ipv6(d, 17, frame_hosts6[0], frame_hosts6[1]);
    frame_udp(d, 1, 2);
    frame_end(d);
    layers(d, 0, "Loopback.IPv6.UDP");
    layers(d, LOOP, "Loopback.IPv6.UDP");
    says(d, 0, "Loopback.Family", "30");
    says(d, LOOP, "Loopback.Family", "30");
    holds_when_cut(d, LOOP);
}

/* -- serial links -------------------------------------------------------------------------------------------------------- */

Test(proto_link, ppp_may_leave_things_out)
{
    FrameDraft *d = begin("ff03 0021");
    udp_inside(d);
    layers(d, LINK_PPP, "PPP.IPv4.UDP");
    says(d, LINK_PPP, "PPP.Address", "255");
    says(d, LINK_PPP, "PPP.Control", "3");
    says(d, LINK_PPP, "PPP.Protocol", "33");
    holds_when_cut(d, LINK_PPP);
    d = begin("21");
    udp_inside(d);
    layers(d, PPP_HDLC, "PPP.IPv4.UDP");
    says(d, PPP_HDLC, "PPP.Address", "");
    says(d, PPP_HDLC, "PPP.Protocol", "33");
    holds_when_cut(d, PPP_HDLC);
    d = begin("c021 01010004");
    layers(d, LINK_PPP, "PPP");
    says(d, LINK_PPP, "PPP.Protocol", "49185");
    d = begin("0281 00010140");
    udp_inside(d);
    layers(d, LINK_PPP, "PPP.MPLS.IPv4.UDP");
}

Test(proto_link, cisco_hdlc)
{
    FrameDraft *d = begin("0f00 0800");
    udp_inside(d);
    layers(d, C_HDLC, "CiscoHDLC.IPv4.UDP");
    layers(d, LINK_PPP, "CiscoHDLC.IPv4.UDP");
    layers(d, PPP_HDLC, "CiscoHDLC.IPv4.UDP");
    says(d, C_HDLC, "CiscoHDLC.Address", "15");
    says(d, C_HDLC, "CiscoHDLC.Control", "0");
    says(d, C_HDLC, "CiscoHDLC.Protocol", "2048");
    holds_when_cut(d, LINK_PPP);
    d = begin("8f00 8035 00000002");
    layers(d, C_HDLC, "CiscoHDLC");
}

Test(proto_link, pppoe_session)
{
    FrameDraft *d = begin("001122334455 001122334455 8864");
    frame_pppoe(d, 0, 0x1234);
    frame_be(d, 2, 0x21);
    udp_inside(d);
    frame_pad(d, 80);
    layers(d, ETHERNET, "Ethernet.PPPoE.PPP.IPv4.UDP");
    says(d, ETHERNET, "PPPoE.Version", "1");
    says(d, ETHERNET, "PPPoE.Type", "1");
    says(d, ETHERNET, "PPPoE.Code", "0");
    says(d, ETHERNET, "PPPoE.SessionID", "4660");
    says(d, ETHERNET, "PPPoE.Length", "32");
    says(d, ETHERNET, "PPPoE.Tag.Type", "");
    says(d, ETHERNET, "PPP.Protocol", "33");
    holds_when_cut(d, ETHERNET);
    d->bytes[14 + 5] = 2 + 20; /* the length leaves no UDP */
    layers(d, ETHERNET, "Ethernet.PPPoE.PPP.IPv4");
    d->bytes[14 + 5] = 0;
    layers(d, ETHERNET, "Ethernet.PPPoE");
    d->bytes[14 + 4] = 255; /* longer than the frame */
    layers(d, ETHERNET, "Ethernet.PPPoE.PPP.IPv4.UDP");
    d = begin("11 00 1234 0022 c021");
    layers(d, PPP_ETHER, "PPPoE.PPP");
}

Test(proto_link, pppoe_discovery)
{
    FrameDraft *d = begin(
        "001122334455 001122334455 8863 11 07 0000 0019 0101 0000 0102 0003 616263 0102 0002 6465 0104 0000 0000 0000");
    frame_pad(d, 60);
    layers(d, ETHERNET, "Ethernet.PPPoE");
    says(d, ETHERNET, "PPPoE.Code", "7");
    says(d, ETHERNET, "PPPoE.Tag.Type", "257 258 258 260"); /* the end is no tag */
    says(d, ETHERNET, "PPPoE.Tag", "01010000 01020003616263 010200026465 01040000");
    says(d, ETHERNET, "PPPoE.Tag.ServiceName", "");
    says(d, ETHERNET, "PPPoE.Tag.ACName", "abc de");
    holds_when_cut(d, ETHERNET);
    d->bytes[14 + 6 + 4 + 3] = 200; /* a tag that leads out of the packet */
    says(d, ETHERNET, "PPPoE.Tag.Type", "257");
    d->bytes[14 + 5] = 6; /* the length ends in a tag's head */
    says(d, ETHERNET, "PPPoE.Tag.Type", "257");
    d->bytes[14 + 1] = 0; /* session data */
    says(d, ETHERNET, "PPPoE.Tag.Type", "");
}

/* -- MPLS ---------------------------------------------------------------------------------------------------------------- */

Test(proto_link, mpls_each_label_is_a_header)
{
    FrameDraft *d = begin("001122334455 001122334455 8847");
    frame_hex(d, "00010a40 0001 1f3f"); /* label 16, class 5; label 17, class 7, bottom */
    udp_inside(d);
    layers(d, ETHERNET, "Ethernet.MPLS.MPLS.IPv4.UDP");
    says(d, ETHERNET, "MPLS", "yes yes");
    says(d, ETHERNET, "MPLS.Label", "16 17");
    says(d, ETHERNET, "MPLS.TrafficClass", "5 7");
    says(d, ETHERNET, "MPLS.BottomOfStack", "0 1");
    says(d, ETHERNET, "MPLS.TimeToLive", "64 63");
    holds_when_cut(d, ETHERNET);
    d->bytes[14 + 8] = 0x60; /* IPv6, says its first half-byte */
    layers(d, ETHERNET, "Ethernet.MPLS.MPLS.IPv6");
    d->bytes[14 + 8] = 0; /* a pseudowire's control word, or whatever */
    layers(d, ETHERNET, "Ethernet.MPLS.MPLS");
    d->len = 14 + 8; /* nothing behind the last label */
    layers(d, ETHERNET, "Ethernet.MPLS.MPLS");
    d->bytes[14 + 6] = 0x1e; /* no bottom */
    layers(d, ETHERNET, "Ethernet.MPLS.MPLS");
}

Test(proto_link, mpls_stacks_end)
{
    FrameDraft *d = begin("001122334455 001122334455 8848");
    for (u32 i = 0; i < 100; i++) frame_mpls(d, i, false);
    frame_mpls(d, 100, true);
    udp_inside(d);
    says(d, ETHERNET, "MPLS.Label",
         "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30");
    says(d, ETHERNET, "IPv4", "");
}

/* -- Ethernet in Ethernet ------------------------------------------------------------------------------------------------ */

Test(proto_link, bridged_ethernet)
{
    FrameDraft *d = begin("001122334455 001122334455 6558 000000000001 000000000002 0800");
    udp_inside(d);
    layers(d, ETHERNET, "Ethernet.Ethernet.IPv4.UDP");
    says(d, ETHERNET, "Ethernet.DestinationAddress", "00:11:22:33:44:55 00:00:00:00:00:01");
    holds_when_cut(d, ETHERNET);
}
