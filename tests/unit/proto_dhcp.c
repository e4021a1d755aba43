/* proto_dhcp.c - DHCP and DHCPv6: messages built by hand from RFC 2131, 2132 and 8415, and messages that lie. */
#include <criterion/criterion.h>

#include "tests/matches.h"
#include "tests/values.h"

enum { ETHERNET = 1 };

static FrameDraft draft; /* tests run in processes of their own */

/* -- DHCP ----------------------------------------------------------------------------------------------------------------- */

#define COOKIE "63825363"

/* A message of client 00:11:22:33:44:55 whose fields of the server's name and the boot file begin so, with what is behind
 * them. */
static FrameDraft *with_fields(const char *server, const char *file, const char *rest)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 17, 0x0a000001, 0xffffffff);
    frame_udp(d, 68, 67);
    u32 at = d->len;
    frame_hex(d, "02 01 06 03 12345678 0007 8000 0a000005 0a000006 0a000007 0a000008");
    frame_hex(d, "001122334455 0000 0000000000000000");
    frame_hex(d, server);
    frame_pad(d, at + 108);
    frame_hex(d, file);
    frame_pad(d, at + 236);
    frame_hex(d, rest);
    frame_end(d);
    return d;
}

static FrameDraft *dhcp(const char *options) { return with_fields("", "", options); }

Test(proto_dhcp, header)
{
    FrameDraft *d = with_fields("7372760061", "626f6f74", COOKIE "ff");
    layers(d, ETHERNET, "Ethernet.IPv4.UDP.DHCP");
    says(d, ETHERNET, "DHCP.OpCode", "2");
    says(d, ETHERNET, "DHCP.HardwareType", "1");
    says(d, ETHERNET, "DHCP.HardwareAddressLength", "6");
    says(d, ETHERNET, "DHCP.HopCount", "3");
    says(d, ETHERNET, "DHCP.TransactionID", "305419896");
    says(d, ETHERNET, "DHCP.Seconds", "7");
    says(d, ETHERNET, "DHCP.Flags", "32768");
    says(d, ETHERNET, "DHCP.Flags.Broadcast", "1");
    says(d, ETHERNET, "DHCP.ClientIP", "10.0.0.5");
    says(d, ETHERNET, "DHCP.YourIP", "10.0.0.6");
    says(d, ETHERNET, "DHCP.ServerIP", "10.0.0.7");
    says(d, ETHERNET, "DHCP.RelayAgentIP", "10.0.0.8");
    says(d, ETHERNET, "DHCP.ClientHardwareAddress", "00:11:22:33:44:55");
    says(d, ETHERNET, "DHCP.ServerHostName", "srv");
    says(d, ETHERNET, "DHCP.BootFileName", "boot");
    says(d, ETHERNET, "DHCP.MagicCookie", "1669485411");
    says(d, ETHERNET, "DHCP.Option", "");
    says(d, ETHERNET, "DHCP.MessageType", "");
    holds_when_cut(d, ETHERNET);
    d->bytes[14 + 20 + 8 + 2] = 7; /* an address of another length */
    says(d, ETHERNET, "DHCP.ClientHardwareAddress", "");
}

Test(proto_dhcp, bootp)
{
    FrameDraft *d = dhcp("00000001 350101ff");
    says(d, ETHERNET, "DHCP.MagicCookie", "1");
    says(d, ETHERNET, "DHCP.Option", "");
    says(d, ETHERNET, "DHCP.ServerHostName", "");
    holds_when_cut(d, ETHERNET);
    d = with_fields("", "61", "");
    says(d, ETHERNET, "DHCP.MagicCookie", "");
    says(d, ETHERNET, "DHCP.BootFileName", "a");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dhcp, addresses_and_times)
{
    FrameDraft *d = dhcp(COOKIE "350102 32040a000009 330400000e10 3a0400000708 3b0400000c4e 36040a000001 0104ffffff00"
                                "03080a0000010a000002 060c0101010102020202030303 03 1c040a0000ff 2a0409090909"
                                "2c040a0a0a0a 2e0108 1a0205dc 39020240 6c0400000708 ff");
    says(d, ETHERNET, "DHCP.MessageType", "2");
    says(d, ETHERNET, "DHCP.RequestedIP", "10.0.0.9");
    says(d, ETHERNET, "DHCP.LeaseTime", "3600");
    says(d, ETHERNET, "DHCP.RenewalTime", "1800");
    says(d, ETHERNET, "DHCP.RebindingTime", "3150");
    says(d, ETHERNET, "DHCP.ServerID", "10.0.0.1");
    says(d, ETHERNET, "DHCP.SubnetMask", "255.255.255.0");
    says(d, ETHERNET, "DHCP.Router", "10.0.0.1 10.0.0.2");
    says(d, ETHERNET, "DHCP.DomainNameServer", "1.1.1.1 2.2.2.2 3.3.3.3");
    says(d, ETHERNET, "DHCP.BroadcastAddress", "10.0.0.255");
    says(d, ETHERNET, "DHCP.NTPServer", "9.9.9.9");
    says(d, ETHERNET, "DHCP.NetBIOSNameServer", "10.10.10.10");
    says(d, ETHERNET, "DHCP.NetBIOSNodeType", "8");
    says(d, ETHERNET, "DHCP.InterfaceMTU", "1500");
    says(d, ETHERNET, "DHCP.MaximumMessageSize", "576");
    says(d, ETHERNET, "DHCP.IPv6OnlyPreferred", "1800");
    keeps(d, "DHCP.Router == 10.0.0.2");
    drops(d, "DHCP.Router != 10.0.0.2"); /* one of them is */
    drops(d, "NOT (DHCP.Router == 10.0.0.2)");
    drops(d, "DHCP.Router == 10.0.0.3");
    drops(d, "DHCP.HostName");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dhcp, names)
{
    FrameDraft *d = dhcp(COOKIE "0c0470632d31 0f05612e620000 3c084d53465420352e30 38026e6f 4205312e322e33 4302662e"
                                "7203612f62 fc03753a76 2b03010203 4d0201ff 5d0400070009 3703010f06 ff");
    says(d, ETHERNET, "DHCP.HostName", "pc-1");
    says(d, ETHERNET, "DHCP.DomainName", "a.b");
    says(d, ETHERNET, "DHCP.VendorClass", "MSFT 5.0");
    says(d, ETHERNET, "DHCP.Message", "no");
    says(d, ETHERNET, "DHCP.TFTPServerName", "1.2.3");
    says(d, ETHERNET, "DHCP.TFTPBootFileName", "f.");
    says(d, ETHERNET, "DHCP.CaptivePortal", "a/b");
    says(d, ETHERNET, "DHCP.WebProxyAutoDiscovery", "u:v");
    says(d, ETHERNET, "DHCP.VendorSpecificInformation", "010203");
    says(d, ETHERNET, "DHCP.UserClass", "01ff");
    says(d, ETHERNET, "DHCP.ClientSystemArchitecture", "7 9");
    says(d, ETHERNET, "DHCP.ParameterRequest", "1 15 6");
    says(d, ETHERNET, "DHCP.Option.Type", "12 15 60 56 66 67 114 252 43 77 93 55");
    says(d, ETHERNET, "DHCP.Option.Length", "4 5 8 2 5 2 3 3 3 2 4 3");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dhcp, who_asks)
{
    FrameDraft *d = dhcp(COOKIE "3d0701001122334455 3d04ff010203 3d00"
                                "5108040000 02504301 61 5109000000 50632e45582e 5105040000 0561 5102 0000"
                                "5209 0103616263 02026465 5202 0109 5203 010561 ff");
    says(d, ETHERNET, "DHCP.ClientIdentifier", "01001122334455 ff010203 ");
    says(d, ETHERNET, "DHCP.ClientIdentifier.Type", "1 255");
    says(d, ETHERNET, "DHCP.ClientIdentifier.HardwareAddress", "00:11:22:33:44:55");
    says(d, ETHERNET, "DHCP.ClientFQDN.Flags", "4 0 4");
    says(d, ETHERNET, "DHCP.ClientFQDN.DomainName", "pc.a pc.ex");
    says(d, ETHERNET, "DHCP.ClientFQDN", "0400000250430161 00000050632e45582e 0400000561 0000");
    says(d, ETHERNET, "DHCP.RelayAgentInformation", "010361626302026465 0109 010561");
    says(d, ETHERNET, "DHCP.RelayAgentInformation.CircuitID", "616263");
    says(d, ETHERNET, "DHCP.RelayAgentInformation.RemoteID", "6465");
    keeps(d, "DHCP.ClientFQDN.DomainName == 'PC.EX.'");
    holds_when_cut(d, ETHERNET);
}

/* Padding is no option, nothing behind the end is one; a length of another size than its type has gives no value. */
Test(proto_dhcp, lists_that_lie)
{
    FrameDraft *d = dhcp(COOKIE "00 00 350101 00 ff 350102");
    says(d, ETHERNET, "DHCP.Option", "350101");
    says(d, ETHERNET, "DHCP.Option.Data", "01");
    d = dhcp(COOKIE "350101 0c05 6162");
    says(d, ETHERNET, "DHCP.Option.Type", "53");
    says(d, ETHERNET, "DHCP.HostName", "");
    holds_when_cut(d, ETHERNET);
    d = dhcp(COOKIE "350101 0c");
    says(d, ETHERNET, "DHCP.Option.Type", "53");
    d = dhcp(COOKIE "3500 35020101 350103 32030a0000 030500000001 02 0c00");
    says(d, ETHERNET, "DHCP.MessageType", "3");
    says(d, ETHERNET, "DHCP.RequestedIP", "");
    says(d, ETHERNET, "DHCP.Router", "0.0.0.1");
    says(d, ETHERNET, "DHCP.Option.Length", "0 2 1 3 5 0");
    says(d, ETHERNET, "DHCP.HostName", "");
    keeps(d, "DHCP.HostName"); /* there, and empty */
    holds_when_cut(d, ETHERNET);
    says(dhcp(COOKIE), ETHERNET, "DHCP.Option", "");
}

Test(proto_dhcp, overload)
{
    FrameDraft *d = with_fields("0c0162 ff 0c0163", "0c0161", COOKIE "340103 0c0164");
    says(d, ETHERNET, "DHCP.OptionOverload", "3");
    says(d, ETHERNET, "DHCP.HostName", "d a b");
    says(d, ETHERNET, "DHCP.ServerHostName", "");
    says(d, ETHERNET, "DHCP.BootFileName", "");
    holds_when_cut(d, ETHERNET);
    d = with_fields("0c0162", "0c0161", COOKIE "340101 ff");
    says(d, ETHERNET, "DHCP.HostName", "a");
    says(d, ETHERNET, "DHCP.ServerHostName",
         "\x0c\x01"
         "b");
    says(d, ETHERNET, "DHCP.BootFileName", "");
    holds_when_cut(d, ETHERNET);
    d = with_fields("340101", "0c7f61",
                    COOKIE "340102"); /* one among the overloaded does not count, nor what leaves its field */
    says(d, ETHERNET, "DHCP.OptionOverload", "2 1");
    says(d, ETHERNET, "DHCP.HostName", "");
    says(d, ETHERNET, "DHCP.BootFileName",
         "\x0c\x7f"
         "a");
    holds_when_cut(d, ETHERNET);
    d = with_fields("", "0c7f61", COOKIE "340101");
    says(d, ETHERNET, "DHCP.Option.Type", "52");
}

Test(proto_dhcp, described)
{
    keeps(dhcp(COOKIE "350105ff"), "Description == 'DHCP:Reply, MsgType = ACK, TransactionID = 0x12345678'");
    keeps(dhcp(COOKIE "350142ff"), "Description == 'DHCP:Reply, MsgType = 66, TransactionID = 0x12345678'");
    keeps(dhcp("00"), "Description == 'DHCP:Reply, TransactionID = 0x12345678'");
}

/* -- DHCPv6 --------------------------------------------------------------------------------------------------------------- */

#define ONE "20010db8000000000000000000000001"
#define TWO "20010db8000000000000000000000002"

static FrameDraft *dhcpv6(const char *message)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x86dd);
    frame_ipv6(d, 17, frame_hosts6[0], frame_hosts6[2]);
    frame_udp(d, 546, 547);
    frame_hex(d, message);
    frame_end(d);
    return d;
}

Test(proto_dhcp, v6_who)
{
    FrameDraft *d = dhcpv6("01 123456 0001000e 0001 0001 11223344 001122334455 0002000a 0003 0001 667788990011"
                           "00010006 0002 00000009 00020003 0004ff 00010001 00 00010008 0003 0006 00112233");
    layers(d, ETHERNET, "Ethernet.IPv6.UDP.DHCPv6");
    says(d, ETHERNET, "DHCPv6.MessageType", "1");
    says(d, ETHERNET, "DHCPv6.TransactionID", "1193046");
    says(d, ETHERNET, "DHCPv6.HopCount", "");
    says(d, ETHERNET, "DHCPv6.LinkAddress", "");
    says(d, ETHERNET, "DHCPv6.ClientID", "0001000111223344001122334455 000200000009 0003000600112233");
    says(d, ETHERNET, "DHCPv6.ClientID.Type", "1 2 3");
    says(d, ETHERNET, "DHCPv6.ClientID.LinkLayerAddress", "00:11:22:33:44:55");
    says(d, ETHERNET, "DHCPv6.ClientID.EnterpriseNumber", "9");
    says(d, ETHERNET, "DHCPv6.ServerID", "00030001667788990011 0004ff");
    says(d, ETHERNET, "DHCPv6.ServerID.Type", "3 4");
    says(d, ETHERNET, "DHCPv6.ServerID.LinkLayerAddress", "66:77:88:99:00:11");
    says(d, ETHERNET, "DHCPv6.ServerID.EnterpriseNumber", "");
    says(d, ETHERNET, "DHCPv6.Option.Type", "1 2 1 2 1 1");
    says(d, ETHERNET, "DHCPv6.Option.Length", "14 10 6 3 1 8");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dhcp, v6_addresses)
{
    FrameDraft *d = dhcpv6("07 000001 00030030 00000001 00000e10 00001518 00050020" ONE
                           "00000064 000000c8 000d0004 0000 6f6b 00040004 00000002"
                           "00190029 00000003 0000000a 00000014 001a0019 00000065 000000c9 38" TWO "000d0002 0006");
    says(d, ETHERNET, "DHCPv6.IANA.IAID", "1");
    says(d, ETHERNET, "DHCPv6.IANA.T1", "3600");
    says(d, ETHERNET, "DHCPv6.IANA.T2", "5400");
    says(d, ETHERNET, "DHCPv6.IATA.IAID", "2");
    says(d, ETHERNET, "DHCPv6.IAPD.IAID", "3");
    says(d, ETHERNET, "DHCPv6.IAPD.T1", "10");
    says(d, ETHERNET, "DHCPv6.IAPD.T2", "20");
    says(d, ETHERNET, "DHCPv6.IAAddress.Address", "2001:db8::1");
    says(d, ETHERNET, "DHCPv6.IAAddress.PreferredLifetime", "100");
    says(d, ETHERNET, "DHCPv6.IAAddress.ValidLifetime", "200");
    says(d, ETHERNET, "DHCPv6.IAPrefix.Prefix", "2001:db8::2");
    says(d, ETHERNET, "DHCPv6.IAPrefix.PrefixLength", "56");
    says(d, ETHERNET, "DHCPv6.IAPrefix.PreferredLifetime", "101");
    says(d, ETHERNET, "DHCPv6.IAPrefix.ValidLifetime", "201");
    says(d, ETHERNET, "DHCPv6.IATA", "00000002");
    says(d, ETHERNET, "DHCPv6.StatusCode", "0 6");
    says(d, ETHERNET, "DHCPv6.StatusCode.Message", "ok ");
    says(d, ETHERNET, "DHCPv6.Option.Type", "3 5 13 4 25 26 13");
    keeps(d, "DHCPv6.IANA AND DHCPv6.IAPD AND DHCPv6.IAAddress AND DHCPv6.IAPrefix");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dhcp, v6_settings)
{
    FrameDraft *d = dhcpv6("0b 000001 00060005 0017 0018 00 00070001 ff 00080002 0064 000e0000 000f0003 000161"
                           "00100007 00000137 000161 00110005 00000009 61 00120002 6574 00170021" ONE TWO "00"
                           "0018000f 0161014200 03636f6d00 ff03616263 001f0010" TWO "00250006 00000009 6162"
                           "00270006 01 0250430161 003b0003 613a62");
    says(d, ETHERNET, "DHCPv6.OptionRequest", "23 24");
    says(d, ETHERNET, "DHCPv6.Preference", "255");
    says(d, ETHERNET, "DHCPv6.ElapsedTime", "1.0000000");
    says(d, ETHERNET, "DHCPv6.UserClass", "000161");
    says(d, ETHERNET, "DHCPv6.VendorClass", "000161");
    says(d, ETHERNET, "DHCPv6.VendorClass.EnterpriseNumber", "311");
    says(d, ETHERNET, "DHCPv6.VendorOptions", "61");
    says(d, ETHERNET, "DHCPv6.VendorOptions.EnterpriseNumber", "9");
    says(d, ETHERNET, "DHCPv6.InterfaceID", "6574");
    says(d, ETHERNET, "DHCPv6.RemoteID", "6162");
    says(d, ETHERNET, "DHCPv6.DNSServer", "2001:db8::1 2001:db8::2");
    says(d, ETHERNET, "DHCPv6.DomainSearch", "a.b com"); /* what is no name ends the list */
    says(d, ETHERNET, "DHCPv6.SNTPServer", "2001:db8::2");
    says(d, ETHERNET, "DHCPv6.ClientFQDN", "010250430161");
    says(d, ETHERNET, "DHCPv6.ClientFQDN.Flags", "1");
    says(d, ETHERNET, "DHCPv6.ClientFQDN.DomainName", "pc.a");
    says(d, ETHERNET, "DHCPv6.BootFileURL", "a:b");
    keeps(d, "DHCPv6.RapidCommit AND DHCPv6.ElapsedTime == 1s");
    drops(d, "DHCPv6.StatusCode");
    holds_when_cut(d, ETHERNET);
}

/* An option that does not fit what holds it ends that, and the list goes on behind it. */
Test(proto_dhcp, v6_that_lies)
{
    FrameDraft *d = dhcpv6("01 000001 00030012 00000001 00000002 00000003 00050018 0000 00070001 05");
    says(d, ETHERNET, "DHCPv6.Option.Type", "3 7");
    says(d, ETHERNET, "DHCPv6.IAAddress", "");
    says(d, ETHERNET, "DHCPv6.Preference", "5");
    holds_when_cut(d, ETHERNET);
    d = dhcpv6("01 000001 0003000f 00000001 00000002 00000003 000500 00070001 05");
    says(d, ETHERNET, "DHCPv6.Option.Type", "3 7");
    d = dhcpv6("01 000001 0003000b 00000001 00000002 000003 00070000 00080003 000064 0007ffff 05");
    says(d, ETHERNET, "DHCPv6.Option.Type", "3 7 8");
    says(d, ETHERNET, "DHCPv6.IANA", "");
    says(d, ETHERNET, "DHCPv6.Preference", "");
    says(d, ETHERNET, "DHCPv6.Option.Data", "0000000100000002000003  000064");
    holds_when_cut(d, ETHERNET);
    says(dhcpv6("01"), ETHERNET, "DHCPv6.TransactionID", "");
}

Test(proto_dhcp, v6_relay)
{
    FrameDraft *d = dhcpv6("0c 01" ONE TWO "00120001 61 00090008 01 123456 000e0000 00120001 62");
    layers(d, ETHERNET, "Ethernet.IPv6.UDP.DHCPv6.DHCPv6");
    says(d, ETHERNET, "DHCPv6.MessageType", "12 1");
    says(d, ETHERNET, "DHCPv6.HopCount", "1");
    says(d, ETHERNET, "DHCPv6.LinkAddress", "2001:db8::1");
    says(d, ETHERNET, "DHCPv6.PeerAddress", "2001:db8::2");
    says(d, ETHERNET, "DHCPv6.TransactionID", "1193046");
    says(d, ETHERNET, "DHCPv6.InterfaceID", "61 62");
    says(d, ETHERNET, "DHCPv6.Option.Type", "18 9 18 14");
    keeps(d, "Frame.Ethernet.IPv6.UDP.DHCPv6.DHCPv6");
    holds_when_cut(d, ETHERNET);
    d = dhcpv6("0d 01" ONE TWO "00090009 01 123456 000e0000"); /* longer than the packet */
    layers(d, ETHERNET, "Ethernet.IPv6.UDP.DHCPv6");
    holds_when_cut(d, ETHERNET);
    d = dhcpv6("0d 01" ONE TWO "00090000");
    layers(d, ETHERNET, "Ethernet.IPv6.UDP.DHCPv6");
    layers(dhcpv6("0d 01"), ETHERNET, "Ethernet.IPv6.UDP.DHCPv6");
}

Test(proto_dhcp, v6_described)
{
    keeps(dhcpv6("01 123456"), "Description == 'DHCPv6:MsgType = SOLICIT, TransactionID = 0x123456'");
    keeps(dhcpv6("0c 01" ONE TWO), "Description == 'DHCPv6:MsgType = RELAY-FORW, Link=2001:db8::1, Peer=2001:db8::2'");
}
