/* proto_property.c - what a frame says as a whole: its innermost header in words, its two ends, lengths and directions. */
#include <criterion/criterion.h>

#include "tests/matches.h"
#include "tests/values.h"

enum { ETHERNET = 1, MACS = 12, TCP_AT = 34 };

static FrameDraft draft; /* tests run in processes of their own */

static FrameDraft *ethernet(u16 type)
{
    frame_begin(&draft);
    frame_ethernet(&draft, 0x001122334455, 0x66778899aabb, type);
    return &draft;
}

static FrameDraft *tcp(const char *options, u16 source, u16 destination, u8 flags, const char *payload)
{
    FrameDraft *d = ethernet(0x0800);
    frame_ipv4(d, 6, 0x0a000001, 0x0a000002);
    frame_tcp(d, source, destination, 3537217409, 5, flags);
    u32 at = d->len;
    frame_hex(d, options);
    d->bytes[TCP_AT + 12] = (u8)((20 + d->len - at) / 4 << 4);
    frame_payload(d, payload, (u32)strlen(payload));
    frame_end(d);
    return d;
}

/* -- in words ------------------------------------------------------------------------------------------------------------------- */

Test(proto_property, description_of_tcp_in_netmons_words)
{
    FrameDraft *d = tcp("", 49300, 389, 0xc2, "");
    says(d, ETHERNET, "Property.TCPDescription",
         "TCP:Flags=CE....S., SrcPort=49300, DstPort=LDAP(389), PayloadLen=0, Seq=3537217409, Ack=5, Win=8192");
    d = tcp("020405b4 01 030308", 49300, 389, 0x02, "");
    says(d, ETHERNET, "Property.TCPDescription",
         "TCP:Flags=......S., SrcPort=49300, DstPort=LDAP(389), PayloadLen=0, Seq=3537217409, Ack=5, "
         "Win=8192 ( Negotiating scale factor 0x8 ) = 8192");
    d->bytes[TCP_AT + 13] = 0x12;
    says(d, ETHERNET, "Property.TCPDescription",
         "TCP:Flags=...A..S., SrcPort=49300, DstPort=LDAP(389), PayloadLen=0, Seq=3537217409, Ack=5, "
         "Win=8192 ( Negotiated scale factor 0x8 ) = 8192");
    d = tcp("", 8080, 6, 0x18, "hello");
    says(d, ETHERNET, "Property.Description",
         "TCP:Flags=...AP..., SrcPort=HTTP Alternate(8080), DstPort=6, PayloadLen=5, Seq=3537217409 - 3537217414, "
         "Ack=5, Win=8192");
    keeps(d, "Description.Contains('Seq=3537217409 - ') AND TCPDescription == Description AND ProtocolName == 'TCP'");
    keeps(d, "Description MATCHES '^TCP:Flags=...AP' AND .property.description");
}

Test(proto_property, description_is_that_of_the_innermost_header)
{
    FrameDraft *d = ethernet(0x0806);
    frame_arp(d, 1, 0x66778899aabb, 0x0a000001, 0, 0x0a000002);
    says(d, ETHERNET, "Property.Description", "ARP:Request, 10.0.0.1 asks for 10.0.0.2");
    says(d, ETHERNET, "Property.TCPDescription", "");
    drops(d, "TCPDescription");
    d = ethernet(0x1234);
    says(d, ETHERNET, "Property.Description", "Ethernet:Type=0x1234");
    d = tcp("", 1, 2, 0, "");
    d->bytes[TCP_AT - 11] = 47; /* GRE, of which nothing makes sense; and so there is no TCP */
    drops(d, "TCPDescription OR ProtocolName == 'TCP'");
}

Test(proto_property, no_header_no_description)
{
    FrameDraft *d = ethernet(0x0800);
    says(d, 147, "Property.Description", ""); /* a link type that is not known */
    says(d, 147, "Property.ProtocolName", "");
    says(d, 147, "Property.Source", "");
    cr_assert_not(
        frame_matches("Description OR ProtocolName OR Source OR SourcePort OR NetworkDirection", d, d->len, 147, NULL));
}

/* -- the two ends ---------------------------------------------------------------------------------------------------------------- */

Test(proto_property, ends_of_ip)
{
    FrameDraft *d = tcp("", 49300, 389, 2, "");
    says(d, ETHERNET, "Property.Source", "10.0.0.1");
    says(d, ETHERNET, "Property.Destination", "10.0.0.2");
    says(d, ETHERNET, "Property.SourceNetworkAddress", "10.0.0.1");
    says(d, ETHERNET, "Property.DestinationNetworkAddress", "10.0.0.2");
    says(d, ETHERNET, "Property.SourcePort", "49300");
    says(d, ETHERNET, "Property.DestinationPort", "389");
    keeps(
        d,
        "Destination == \"10.0.0.2\" AND Source.Contains(\"10.0\") AND SourcePort > 49152 AND DestinationPort == 389");
    drops(d, "Destination == \"10.0.0.1\"");
}

Test(proto_property, ends_of_ipv6_and_udp)
{
    FrameDraft *d = ethernet(0x86dd);
    frame_ipv6(d, 17, frame_hosts6[0], frame_hosts6[2]);
    frame_udp(d, 5353, 5353);
    frame_end(d);
    says(d, ETHERNET, "Property.Source", "2001:db8::1");
    says(d, ETHERNET, "Property.Destination", "ff02::fb");
    says(d, ETHERNET, "Property.DestinationPort", "5353");
    keeps(d, "Destination == 'ff02::fb'");
}

Test(proto_property, ends_without_ip)
{
    FrameDraft *d = ethernet(0x1234);
    says(d, ETHERNET, "Property.Source", "66:77:88:99:aa:bb");
    says(d, ETHERNET, "Property.Destination", "00:11:22:33:44:55");
    says(d, ETHERNET, "Property.SourceNetworkAddress", "");
    says(d, ETHERNET, "Property.SourcePort", "");
    d = ethernet(0x0806);
    frame_arp(d, 1, 0x66778899aabb, 0x0a000001, 0, 0x0a000002);
    says(d, ETHERNET, "Property.Source", "10.0.0.1"); /* ARP speaks of IPv4 addresses */
    d->bytes[14 + 3] = 6;                             /* and here of others */
    says(d, ETHERNET, "Property.Source", "66:77:88:99:aa:bb");
}

Test(proto_property, in_a_tunnel_the_inner_ends_count)
{
    FrameDraft *d = ethernet(0x0800);
    frame_ipv4(d, 41, 0x0a000001, 0x0a000002);
    frame_ipv6(d, 6, frame_hosts6[0], frame_hosts6[1]);
    frame_tcp(d, 1, 2, 3, 4, 2);
    frame_end(d);
    says(d, ETHERNET, "Property.Source", "2001:db8::1");
    says(d, ETHERNET, "Property.NetworkDirection", "2");
    says(d, ETHERNET, "Property.IPPayloadLength", "20");
    keeps(d, "IPv4.SourceAddress == 10.0.0.1 AND Source == '2001:db8::1'");
}

/* -- directions and lengths ---------------------------------------------------------------------------------------------------- */

Test(proto_property, network_direction)
{
    FrameDraft *d = tcp("", 1, 2, 0, "");
    says(d, ETHERNET, "Property.NetworkDirection", "2");
    d->bytes[26] = 11;
    says(d, ETHERNET, "Property.NetworkDirection", "1");
    keeps(d, "Property.NetworkDirection == 1");
    memcpy(d->bytes + 30, d->bytes + 26, 4);
    says(d, ETHERNET, "Property.NetworkDirection", "0");
    d = ethernet(0x86dd);
    frame_ipv6(d, 59, frame_hosts6[1], frame_hosts6[0]);
    frame_end(d);
    says(d, ETHERNET, "Property.NetworkDirection", "1");
    says(d, ETHERNET, "Property.IPPayloadLength", "0");
    says(ethernet(0x0806), ETHERNET, "Property.NetworkDirection", "");
}

Test(proto_property, payload_lengths)
{
    FrameDraft *d = tcp("01010101", 1, 2, 0, "hello");
    says(d, ETHERNET, "Property.IPPayloadLength", "29");
    says(d, ETHERNET, "Property.TCPPayloadLength", "5");
    frame_pad(d, 80);
    says(d, ETHERNET, "Property.IPPayloadLength", "29");
    keeps(d, "IPPayloadLength == 29 AND IPPayloadLength > TCPPayloadLength");
    d->bytes[16] = d->bytes[17] = 0; /* left to the card: all there is */
    says(d, ETHERNET, "Property.IPPayloadLength", "46");
}

/* -- cut short -------------------------------------------------------------------------------------------------------------------- */

/* A test that the whole frame passes may fail on part of it, and then counts as cut. */
static void fails_as_cut(const FrameDraft *d, const char *filter)
{
    bool cut;
    cr_assert(frame_matches(filter, d, d->len, ETHERNET, &cut) && !cut, "%s", filter);
    for (u32 captured = 0; captured < d->len; captured++) {
        bool kept = frame_matches(filter, d, captured, ETHERNET, &cut);
        cr_assert(kept || cut, "%s, %u bytes", filter, captured);
    }
}

Test(proto_property, what_was_not_captured_counts_as_cut)
{
    static const char *const filters[] = {
        "Source == '10.0.0.1'",
        "Destination == '10.0.0.2'",
        "SourceNetworkAddress == '10.0.0.1'",
        "DestinationPort == 8080",
        "NetworkDirection == 2",
        "IPPayloadLength == 25",
        "ProtocolName == 'TCP'",
        "TCPDescription.Contains('Win=8192')",
        "Description.Contains('DstPort=HTTP Alternate(8080)')",
        "TCPNextSeqNumber == 3537217414",
        "TCPSequenceRange == '3537217409 - 3537217414'",
    };
    FrameDraft d = *tcp("", 49300, 8080, 0x18, "hello");
    for (size_t i = 0; i < COUNT_OF(filters); i++) fails_as_cut(&d, filters[i]);
}
