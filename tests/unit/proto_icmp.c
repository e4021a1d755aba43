/* proto_icmp.c - ICMP, ICMPv6 and IGMP: every kind of message, what errors quote, lists that lie about their length. */
#include <criterion/criterion.h>

#include "tests/matches.h"
#include "tests/values.h"

enum { ETHERNET = 1 };

static FrameDraft draft; /* tests run in processes of their own */

static FrameDraft *message(u8 protocol, const char *hex)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, protocol, 0x0a000001, 0x0a000002);
    frame_hex(d, hex);
    frame_end(d);
    return d;
}

static FrameDraft *icmp(const char *hex) { return message(1, hex); }
static FrameDraft *igmp(const char *hex) { return message(2, hex); }

static FrameDraft *icmpv6(const char *hex)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x86dd);
    frame_ipv6(d, 58, frame_hosts6[0], frame_hosts6[1]);
    frame_hex(d, hex);
    frame_end(d);
    return d;
}

/* -- ICMP --------------------------------------------------------------------------------------------------------------------- */

Test(proto_icmp, echo)
{
    FrameDraft *d = icmp("0800 1234 0102 0304 6162636465");
    layers(d, ETHERNET, "Ethernet.IPv4.ICMP");
    says(d, ETHERNET, "ICMP.Identifier", "258");
    says(d, ETHERNET, "ICMP.SequenceNumber", "772");
    says(d, ETHERNET, "ICMP.ImplementationSpecificData", "6162636465");
    says(d, ETHERNET, "ICMP.NextHopMTU", "");
    says(d, ETHERNET, "ICMP.OriginalDatagram", "");
    keeps(d, "Description == 'ICMP:Echo request, Type=8, Code=0, Id=258, Seq=772'");
    holds_when_cut(d, ETHERNET);
    d = icmp("2a00 0000 0102 0300"); /* extended, RFC 8335: it counts in one byte */
    says(d, ETHERNET, "ICMP.Identifier", "258");
    says(d, ETHERNET, "ICMP.SequenceNumber", "3");
    says(d, ETHERNET, "ICMP.ImplementationSpecificData", "");
}

Test(proto_icmp, times_and_masks)
{
    FrameDraft *d = icmp("0e00 0000 0102 0304 00000001 00000002 00000003");
    says(d, ETHERNET, "ICMP.OriginateTimestamp", "1");
    says(d, ETHERNET, "ICMP.ReceiveTimestamp", "2");
    says(d, ETHERNET, "ICMP.TransmitTimestamp", "3");
    says(d, ETHERNET, "ICMP.AddressMask", "");
    holds_when_cut(d, ETHERNET);
    d = icmp("1200 0000 0102 0304 ffffff00");
    says(d, ETHERNET, "ICMP.AddressMask", "255.255.255.0");
    says(d, ETHERNET, "ICMP.OriginateTimestamp", "");
    holds_when_cut(d, ETHERNET);
}

Test(proto_icmp, router_advertisement)
{
    FrameDraft *d = icmp("0900 0000 02 02 0708 0a000001 00000005 0a000002 ffffffff");
    says(d, ETHERNET, "ICMP.Lifetime", "1800");
    says(d, ETHERNET, "ICMP.RouterAddress", "10.0.0.1 10.0.0.2");
    says(d, ETHERNET, "ICMP.PreferenceLevel", "5 -1");
    keeps(d, "ICMP.RouterAddress == 10.0.0.2 AND ICMP.PreferenceLevel < 0 AND ICMP.RouterAddress != 10.0.0.3");
    drops(d, "ICMP.RouterAddress != 10.0.0.2");
    holds_when_cut(d, ETHERNET);
    d = icmp("0900 0000 ff 02 0708 0a000001 00000005 0a000002"); /* it claims 255 */
    says(d, ETHERNET, "ICMP.RouterAddress", "10.0.0.1 10.0.0.2");
    says(d, ETHERNET, "ICMP.PreferenceLevel", "5");
    d = icmp("0900 0000 ff 00 0708 0a000001 00000005"); /* entries without room for an address */
    says(d, ETHERNET, "ICMP.RouterAddress", "");
}

static const char quoted_udp[] = "45000034 abcd4000 4011 0000 c0a80101 08080808 c001 0035 0020 0000";
static const char quoted_tcp[] = "46000034 abcd0000 0106 0000 c0a80101 08080808 01010101 c001 01bb 00000064";

Test(proto_icmp, unreachable_quotes_a_datagram)
{
    FrameDraft d = *icmp("0304 0000 0000 0578");
    frame_hex(&d, quoted_udp);
    d.bytes[17] = (u8)(d.len - 14);
    layers(&d, ETHERNET, "Ethernet.IPv4.ICMP"); /* what is quoted is no header of the frame */
    drops(&d, "UDP OR IPv4.Address == 8.8.8.8");
    says(&d, ETHERNET, "ICMP.NextHopMTU", "1400");
    says(&d, ETHERNET, "ICMP.OriginalDatagram", "45000034abcd400040110000c0a8010108080808c001003500200000");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.TotalLength", "52");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.Identification", "43981");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.TimeToLive", "64");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.NextProtocol", "17");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.SourceAddress", "192.168.1.1");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.DestinationAddress", "8.8.8.8");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.SrcPort", "49153");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.DstPort", "53");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.SequenceNumber", "");
    keeps(&d, "ICMP.OriginalDatagram.Address == 8.8.8.8 AND ICMP.OriginalDatagram.Port == 53");
    keeps(&d, "Description.Contains('NextHopMTU=1400, To=8.8.8.8, DstPort=DNS(53)')");
    holds_when_cut(&d, ETHERNET);
    d.bytes[35] = 3; /* another code: no MTU */
    says(&d, ETHERNET, "ICMP.NextHopMTU", "");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.DstPort", "53");
    d.bytes[34 + 8 + 7] = 1; /* quotes a later fragment */
    says(&d, ETHERNET, "ICMP.OriginalDatagram.DstPort", "");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.DestinationAddress", "8.8.8.8");
    d.bytes[34 + 8] = 0x44; /* and nothing that could be IPv4 */
    says(&d, ETHERNET, "ICMP.OriginalDatagram.DestinationAddress", "");
}

Test(proto_icmp, time_exceeded_quotes_a_segment_with_ip_options)
{
    FrameDraft d = *icmp("0b00 0000 00000000");
    frame_hex(&d, quoted_tcp);
    d.bytes[17] = (u8)(d.len - 14);
    says(&d, ETHERNET, "ICMP.OriginalDatagram.SrcPort", "49153");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.DstPort", "443");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.SequenceNumber", "100");
    holds_when_cut(&d, ETHERNET);
    d.bytes[34 + 5] = 7; /* RFC 4884: 28 bytes are quoted, the rest are extensions */
    says(&d, ETHERNET, "ICMP.OriginalDatagram", "46000034abcd000001060000c0a801010808080801010101c00101bb");
}

Test(proto_icmp, redirect_and_parameter_problem)
{
    FrameDraft d = *icmp("0501 0000 0a0000fe");
    frame_hex(&d, quoted_udp);
    d.bytes[17] = (u8)(d.len - 14);
    says(&d, ETHERNET, "ICMP.GatewayAddress", "10.0.0.254");
    says(&d, ETHERNET, "ICMP.OriginalDatagram.DstPort", "53");
    says(&d, ETHERNET, "ICMP.Pointer", "");
    d.bytes[34] = 12;
    says(&d, ETHERNET, "ICMP.Pointer", "10");
    says(&d, ETHERNET, "ICMP.GatewayAddress", "");
}

/* -- ICMPv6 -------------------------------------------------------------------------------------------------------------------- */

Test(proto_icmp, echo_of_ipv6)
{
    FrameDraft *d = icmpv6("8100 0000 0102 0304 6869");
    layers(d, ETHERNET, "Ethernet.IPv6.ICMPv6");
    says(d, ETHERNET, "ICMPv6.Identifier", "258");
    says(d, ETHERNET, "ICMPv6.SequenceNumber", "772");
    says(d, ETHERNET, "ICMPv6.ImplementationSpecificData", "6869");
    holds_when_cut(d, ETHERNET);
    d = icmpv6("a000 0000 0102 0300");
    says(d, ETHERNET, "ICMPv6.Identifier", "258");
    says(d, ETHERNET, "ICMPv6.SequenceNumber", "3");
}

static const char quoted_ipv6[] =
    "60000000 0010 3c 40 20010db8000000000000000000000001 20010db8000000000000000000000002";

Test(proto_icmp, too_big_quotes_a_packet_with_extension_headers)
{
    FrameDraft d = *icmpv6("0200 0000 00000514");
    frame_hex(&d, quoted_ipv6);
    frame_hex(&d, "0600 0104 00000000 c001 01bb 00000064"); /* destination options, then TCP */
    d.bytes[19] = (u8)(d.len - 54);
    layers(&d, ETHERNET, "Ethernet.IPv6.ICMPv6");
    says(&d, ETHERNET, "ICMPv6.MTU", "1300");
    says(&d, ETHERNET, "ICMPv6.Pointer", "");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.PayloadLength", "16");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.NextProtocol", "60");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.HopLimit", "64");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.SourceAddress", "2001:db8::1");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.DestinationAddress", "2001:db8::2");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.SrcPort", "49153");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.DstPort", "443");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.SequenceNumber", "100");
    keeps(&d, "ICMPv6.OriginalDatagram.Address == 2001:db8::/32 AND ICMPv6.OriginalDatagram.Port == 443 AND NOT TCP");
    holds_when_cut(&d, ETHERNET);
    d.bytes[54] = 4;
    says(&d, ETHERNET, "ICMPv6.Pointer", "1300");
    says(&d, ETHERNET, "ICMPv6.MTU", "");
    d.bytes[54 + 8 + 6] = 44; /* a fragment header, and not of the first */
    d.bytes[54 + 8 + 40 + 2] = 1;
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.SrcPort", "");
    d.bytes[54 + 8] = 0x40;
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.SourceAddress", "");
}

Test(proto_icmp, quoted_extension_headers_without_end)
{
    FrameDraft d = *icmpv6("0100 0000 00000000");
    frame_hex(&d, quoted_ipv6);
    for (u32 i = 0; i < 30; i++) frame_hex(&d, "3cff 0104 00000000");
    d.bytes[18] = (u8)((d.len - 54) >> 8);
    d.bytes[19] = (u8)(d.len - 54);
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.SrcPort", "");
    says(&d, ETHERNET, "ICMPv6.OriginalDatagram.NextProtocol", "60");
}

Test(proto_icmp, neighbours)
{
    FrameDraft *d = icmpv6("8800 0000 60000000 fe800000000000000000000000000002 0201 001122334455");
    says(d, ETHERNET, "ICMPv6.TargetAddress", "fe80::2");
    says(d, ETHERNET, "ICMPv6.NeighborAdvertisement.Router", "0");
    says(d, ETHERNET, "ICMPv6.NeighborAdvertisement.Solicited", "1");
    says(d, ETHERNET, "ICMPv6.NeighborAdvertisement.Override", "1");
    says(d, ETHERNET, "ICMPv6.Option.Type", "2");
    says(d, ETHERNET, "ICMPv6.Option.Length", "1");
    says(d, ETHERNET, "ICMPv6.Option.LinkLayerAddress", "00:11:22:33:44:55");
    says(d, ETHERNET, "ICMPv6.Option.TargetLinkLayerAddress", "00:11:22:33:44:55");
    says(d, ETHERNET, "ICMPv6.Option.SourceLinkLayerAddress", "");
    keeps(d, "NeighborAdvertisement AND NeighborAdvertisement.Override == 1 AND NOT RouterAdvertisement");
    keeps(d, "ICMPv6.Option.LinkLayerAddress == 0x001122334455");
    holds_when_cut(d, ETHERNET);
    d = icmpv6("8700 0000 00000000 fe800000000000000000000000000002 0101 001122334455");
    says(d, ETHERNET, "ICMPv6.TargetAddress", "fe80::2");
    says(d, ETHERNET, "ICMPv6.Option.SourceLinkLayerAddress", "00:11:22:33:44:55");
    says(d, ETHERNET, "ICMPv6.NeighborAdvertisement.Override", "");
    d = icmpv6("8900 0000 00000000 fe800000000000000000000000000002 20010db8000000000000000000000003"
               "0102 0011223344556677 000000000000 0201 001122334455");
    says(d, ETHERNET, "ICMPv6.TargetAddress", "fe80::2");
    says(d, ETHERNET, "ICMPv6.DestinationAddress", "2001:db8::3");
    says(d, ETHERNET, "ICMPv6.Option.LinkLayerAddress", "00:11:22:33:44:55"); /* the other one is no MAC address */
    holds_when_cut(d, ETHERNET);
}

Test(proto_icmp, router_advertisement_of_ipv6)
{
    FrameDraft *d = icmpv6("8600 0000 40 c8 0708 00000001 00000002"
                           "0101 001122334455"
                           "0304 40c0 00015180 00003840 00000000 20010db8000000010000000000000000"
                           "0501 0000 000005dc"
                           "1905 0000 00000708 20010db8000000000000000000000035 20010db8000000000000000000000036");
    says(d, ETHERNET, "ICMPv6.RouterAdvertisement.CurHopLimit", "64");
    says(d, ETHERNET, "ICMPv6.RouterAdvertisement.Flags", "200");
    says(d, ETHERNET, "ICMPv6.RouterAdvertisement.Flags.ManagedAddressConfiguration", "1");
    says(d, ETHERNET, "ICMPv6.RouterAdvertisement.Flags.OtherConfiguration", "1");
    says(d, ETHERNET, "ICMPv6.RouterAdvertisement.Flags.DefaultRouterPreference", "1");
    says(d, ETHERNET, "ICMPv6.RouterAdvertisement.RouterLifetime", "1800");
    says(d, ETHERNET, "ICMPv6.RouterAdvertisement.ReachableTime", "1");
    says(d, ETHERNET, "ICMPv6.RouterAdvertisement.RetransTimer", "2");
    says(d, ETHERNET, "ICMPv6.Option.Type", "1 3 5 25");
    says(d, ETHERNET, "ICMPv6.Option.Length", "1 4 1 5");
    says(d, ETHERNET, "ICMPv6.Option.Prefix", "2001:db8:0:1::");
    says(d, ETHERNET, "ICMPv6.Option.PrefixLength", "64");
    says(d, ETHERNET, "ICMPv6.Option.PrefixFlags", "192");
    says(d, ETHERNET, "ICMPv6.Option.ValidLifetime", "86400");
    says(d, ETHERNET, "ICMPv6.Option.PreferredLifetime", "14400");
    says(d, ETHERNET, "ICMPv6.Option.MTU", "1500");
    says(d, ETHERNET, "ICMPv6.Option.RecursiveDNSServer", "2001:db8::35 2001:db8::36");
    keeps(d, "ICMPv6.Option.RecursiveDNSServer == 2001:db8::36 AND ICMPv6.Option.Prefix == 2001:db8::/32");
    drops(d, "ICMPv6.Option.RecursiveDNSServer != 2001:db8::36");
    holds_when_cut(d, ETHERNET);
}

Test(proto_icmp, options_that_lie)
{
    FrameDraft *d = icmpv6("8500 0000 00000000 0100 001122334455 0101 001122334455");
    says(d, ETHERNET, "ICMPv6.Option.Type", "1"); /* of length 0: the last one */
    says(d, ETHERNET, "ICMPv6.Option.Length", "0");
    says(d, ETHERNET, "ICMPv6.Option.LinkLayerAddress", "");
    holds_when_cut(d, ETHERNET);
    d = icmpv6("8500 0000 00000000 0309 40c0 00015180 00003840 00000000 20010db8000000010000000000000000 0101");
    says(d, ETHERNET, "ICMPv6.Option.Type", "3"); /* more than is left: believed as far as it goes */
    says(d, ETHERNET, "ICMPv6.Option.PrefixLength", "64");
    holds_when_cut(d, ETHERNET);
    d = icmpv6(
        "8500 0000 00000000 0302 40c0 00015180 00003840 00000000 01"); /* too short for a prefix; half an option */
    says(d, ETHERNET, "ICMPv6.Option.Type", "3");
    says(d, ETHERNET, "ICMPv6.Option.PrefixLength", "");
    d = icmpv6("8000 0000 01020304 0101 001122334455"); /* no message that has options */
    says(d, ETHERNET, "ICMPv6.Option.Type", "");
}

Test(proto_icmp, listeners)
{
    FrameDraft *d = icmpv6("8300 0000 27100000 ff0200000000000000000001ff000002");
    says(d, ETHERNET, "ICMPv6.MulticastAddress", "ff02::1:ff00:2");
    says(d, ETHERNET, "ICMPv6.MaximumResponseDelay", "");
    holds_when_cut(d, ETHERNET);
    d = icmpv6("8200 0000 27100000 ff0200000000000000000001ff000002 027d 0002"
               "20010db8000000000000000000000001 20010db8000000000000000000000002");
    says(d, ETHERNET, "ICMPv6.MaximumResponseDelay", "10000");
    says(d, ETHERNET, "ICMPv6.MulticastAddress", "ff02::1:ff00:2");
    says(d, ETHERNET, "ICMPv6.ListenerSourceAddress", "2001:db8::1 2001:db8::2");
    holds_when_cut(d, ETHERNET);
    d = icmpv6("8f00 0000 0000 0002"
               "04010001 ff0200000000000000000000000000fb 20010db8000000000000000000000001 01020304"
               "03000000 ff020000000000000000000000000016");
    says(d, ETHERNET, "ICMPv6.MulticastAddressRecord.Type", "4 3");
    says(d, ETHERNET, "ICMPv6.MulticastAddressRecord.MulticastAddress", "ff02::fb ff02::16");
    says(d, ETHERNET, "ICMPv6.MulticastAddress", "ff02::fb ff02::16");
    says(d, ETHERNET, "ICMPv6.ListenerSourceAddress", "2001:db8::1");
    keeps(d, "ICMPv6.MulticastAddress == ff02::fb AND ICMPv6.MulticastAddress == ff02::16");
    drops(d, "ICMPv6.MulticastAddressRecord.Type != 4");
    holds_when_cut(d, ETHERNET);
    d->bytes[54 + 7] = 9; /* it claims nine records */
    says(d, ETHERNET, "ICMPv6.MulticastAddressRecord.Type", "4 3");
}

/* -- IGMP ----------------------------------------------------------------------------------------------------------------------- */

Test(proto_icmp, igmp_version_1_and_2)
{
    FrameDraft *d = igmp("1100 0000 00000000");
    layers(d, ETHERNET, "Ethernet.IPv4.IGMP");
    says(d, ETHERNET, "IGMP.Version", "1");
    says(d, ETHERNET, "IGMP.GroupAddress", "0.0.0.0");
    d = igmp("1164 0000 e0000001");
    says(d, ETHERNET, "IGMP.Version", "2");
    says(d, ETHERNET, "IGMP.MaxRespCode", "100");
    says(d, ETHERNET, "IGMP.GroupAddress", "224.0.0.1");
    says(d, ETHERNET, "IGMP.QuerierRobustnessVariable", "");
    holds_when_cut(d, ETHERNET);
    d = igmp("1600 0000 e00000fb");
    says(d, ETHERNET, "IGMP.Version", "2");
    keeps(d, "IGMP AND IGMP.GroupAddress == 224.0.0.251 AND Description.Contains('Version=2, Group=224.0.0.251')");
    d = igmp("1700 0000 e00000fb");
    says(d, ETHERNET, "IGMP.Version", "2");
    d = igmp("1200 0000 e00000fb");
    says(d, ETHERNET, "IGMP.Version", "1");
    d = igmp("1300 0000 e00000fb"); /* another protocol's message */
    says(d, ETHERNET, "IGMP.Version", "");
    says(d, ETHERNET, "IGMP.GroupAddress", "");
}

Test(proto_icmp, igmp_version_3)
{
    FrameDraft *d = igmp("1164 0000 e00000fb 0a7d 0002 0a000001 0a000002");
    says(d, ETHERNET, "IGMP.Version", "3");
    says(d, ETHERNET, "IGMP.SuppressRouterSideProcessing", "1");
    says(d, ETHERNET, "IGMP.QuerierRobustnessVariable", "2");
    says(d, ETHERNET, "IGMP.QuerierQueryIntervalCode", "125");
    says(d, ETHERNET, "IGMP.SourceAddress", "10.0.0.1 10.0.0.2");
    holds_when_cut(d, ETHERNET);
    d = igmp("2200 0000 0000 0003"
             "04000000 e00000fb"
             "01000002 ef000001 0a000001 0a000002"
             "06010001 ef000002 0a000003 ffffffff");
    says(d, ETHERNET, "IGMP.Version", "3");
    says(d, ETHERNET, "IGMP.GroupRecord",
         "04000000e00000fb 01000002ef0000010a0000010a000002 06010001ef0000020a000003ffffffff");
    says(d, ETHERNET, "IGMP.GroupRecord.Type", "4 1 6");
    says(d, ETHERNET, "IGMP.GroupRecord.MulticastAddress", "224.0.0.251 239.0.0.1 239.0.0.2");
    says(d, ETHERNET, "IGMP.GroupAddress", "224.0.0.251 239.0.0.1 239.0.0.2");
    says(d, ETHERNET, "IGMP.SourceAddress", "10.0.0.1 10.0.0.2 10.0.0.3");
    keeps(d, "IGMP.GroupAddress == 239.0.0.0/8 AND IGMP.GroupAddress == 224.0.0.251");
    drops(d, "IGMP.GroupAddress != 239.0.0.2");
    holds_when_cut(d, ETHERNET);
}

Test(proto_icmp, igmp_records_that_lie)
{
    FrameDraft *d = igmp("2200 0000 0000 0009 04000007 e00000fb 0a000001");
    says(d, ETHERNET, "IGMP.GroupRecord.Type",
         "4"); /* seven sources, and one is there; nine records, and one is there */
    says(d, ETHERNET, "IGMP.GroupRecord", "04000007e00000fb0a000001");
    says(d, ETHERNET, "IGMP.SourceAddress", "10.0.0.1");
    holds_when_cut(d, ETHERNET);
    d = igmp("2200 0000 0000 0000 04000000 e00000fb"); /* it has none, it says */
    says(d, ETHERNET, "IGMP.GroupRecord", "");
    says(d, ETHERNET, "IGMP.GroupAddress", "");
    d = igmp("2200 0000 0000 0001");
    says(d, ETHERNET, "IGMP.GroupAddress", "");
}
