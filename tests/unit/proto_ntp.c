/* proto_ntp.c - NTP: messages built by hand from RFC 5905, 7822 and 9327, and messages that lie. */
#include <criterion/criterion.h>

#include "tests/matches.h"
#include "tests/values.h"

enum { ETHERNET = 1 };

static FrameDraft draft; /* tests run in processes of their own */

static FrameDraft *ntp(const char *hex)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 17, 0x0a000001, 0x0a000002);
    frame_udp(d, 123, 1025);
    frame_hex(d, hex);
    frame_end(d);
    return d;
}

/* Of a server at stratum 2, one second and a half from its clock. */
#define TIMES  "02 06 ec 00018000 00000800 0a0b0c0d dd1e7a0080000000 0000000000000000 0000000100000000 8000000000000000"
#define SERVER "64" TIMES

Test(proto_ntp, server)
{
    FrameDraft *d = ntp(SERVER);
    layers(d, ETHERNET, "Ethernet.IPv4.UDP.NTP");
    says(d, ETHERNET, "NTP.LeapIndicator", "1");
    says(d, ETHERNET, "NTP.Version", "4");
    says(d, ETHERNET, "NTP.Mode", "4");
    says(d, ETHERNET, "NTP.Stratum", "2");
    says(d, ETHERNET, "NTP.PollInterval", "6");
    says(d, ETHERNET, "NTP.Precision", "-20");
    says(d, ETHERNET, "NTP.RootDelay", "1.5000000");
    says(d, ETHERNET, "NTP.RootDispersion", "0.0312500");
    says(d, ETHERNET, "NTP.ReferenceIdentifier", "0a0b0c0d");
    says(d, ETHERNET, "NTP.ReferenceIdentifier.Address", "10.11.12.13");
    says(d, ETHERNET, "NTP.ReferenceIdentifier.Code", "");
    says(d, ETHERNET, "NTP.ReferenceTimestamp", "2017-07-23T01:27:28.5000000Z");
    says(d, ETHERNET, "NTP.OriginateTimestamp", "");
    says(d, ETHERNET, "NTP.ReceiveTimestamp", "2036-02-07T06:28:17.0000000Z");
    says(d, ETHERNET, "NTP.TransmitTimestamp", "1968-01-20T03:14:08.0000000Z");
    says(d, ETHERNET, "NTP.ExtensionField", "");
    says(d, ETHERNET, "NTP.KeyIdentifier", "");
    says(d, ETHERNET, "NTP.Control", "");
    says(d, ETHERNET, "NTP.Control.OpCode", "");
    says(d, ETHERNET, "NTP.Private.RequestCode", "");
    keeps(d, "NTP.RootDelay > 1s AND NTP.Precision < 0");
    holds_when_cut(d, ETHERNET);
}

Test(proto_ntp, reference)
{
    FrameDraft *d = ntp("24 01 06 ec 00000000 00000000 47505300");
    says(d, ETHERNET, "NTP.ReferenceIdentifier.Code", "GPS");
    says(d, ETHERNET, "NTP.ReferenceIdentifier.Address", "");
    says(d, ETHERNET, "NTP.TransmitTimestamp", "");
    holds_when_cut(d, ETHERNET);
    d = ntp("24 00 06 ec 00000000 00000000 52415445");
    says(d, ETHERNET, "NTP.ReferenceIdentifier.Code", "RATE");
    d = ntp("e3 00 06 ec 00000000 00000000 00000000");
    says(d, ETHERNET, "NTP.ReferenceIdentifier.Code", "");
    says(d, ETHERNET, "NTP.ReferenceIdentifier", "00000000");
}

#define UNIQUE "01040010 00000001 00000002 00000003"

Test(proto_ntp, extensions)
{
    FrameDraft *d = ntp(SERVER UNIQUE "02040014 00000001 00000002 00000003 00000004");
    says(d, ETHERNET, "NTP.ExtensionField.Type", "260"); /* 20 bytes behind it: a key and a digest */
    says(d, ETHERNET, "NTP.KeyIdentifier", "33816596");
    holds_when_cut(d, ETHERNET);
    d = ntp(SERVER UNIQUE UNIQUE "0000002a 0000000000000000 0000000000000000");
    says(d, ETHERNET, "NTP.ExtensionField.Type", "260 260");
    says(d, ETHERNET, "NTP.ExtensionField", "01040010000000010000000200000003 01040010000000010000000200000003");
    says(d, ETHERNET, "NTP.KeyIdentifier", "42");
    holds_when_cut(d, ETHERNET);
    says(ntp(SERVER "0000002a"), ETHERNET, "NTP.KeyIdentifier", "42");
    d = ntp("1c" TIMES "0000002a 0000000000000000 0000000000000000 0000000000000000"); /* version 3 has none */
    says(d, ETHERNET, "NTP.ExtensionField", "");
    says(d, ETHERNET, "NTP.KeyIdentifier", "");
}

Test(proto_ntp, extensions_that_lie)
{
    static const char *const lengths[] = {"0000", "000f", "0100"};
    for (u32 i = 0; i < 3; i++) {
        FrameDraft *d = ntp(SERVER "0104");
        frame_hex(d, lengths[i]);
        frame_hex(d, "00000001 00000002 00000003 00000004 00000005 00000006 00000007");
        frame_end(d);
        d->bytes[14 + 2] = 0, d->bytes[14 + 3] = (u8)(d->len - 14);
        d->bytes[34 + 4] = 0, d->bytes[34 + 5] = (u8)(d->len - 34);
        says(d, ETHERNET, "NTP.ExtensionField", "");
        says(d, ETHERNET, "NTP.KeyIdentifier", "");
        holds_when_cut(d, ETHERNET);
    }
}

Test(proto_ntp, control)
{
    FrameDraft *d = ntp("16 e2 0007 0618 0001 0002 0005 613d312c62 000000");
    says(d, ETHERNET, "NTP.Mode", "6");
    says(d, ETHERNET, "NTP.LeapIndicator", "0");
    says(d, ETHERNET, "NTP.Control", "16e200070618000100020005613d312c62000000");
    says(d, ETHERNET, "NTP.Control.Response", "1");
    says(d, ETHERNET, "NTP.Control.Error", "1");
    says(d, ETHERNET, "NTP.Control.More", "1");
    says(d, ETHERNET, "NTP.Control.OpCode", "2");
    says(d, ETHERNET, "NTP.Control.SequenceNumber", "7");
    says(d, ETHERNET, "NTP.Control.Status", "1560");
    says(d, ETHERNET, "NTP.Control.AssociationID", "1");
    says(d, ETHERNET, "NTP.Control.Offset", "2");
    says(d, ETHERNET, "NTP.Control.Data", "a=1,b");
    says(d, ETHERNET, "NTP.Stratum", "");
    says(d, ETHERNET, "NTP.KeyIdentifier", "");
    holds_when_cut(d, ETHERNET);
    d = ntp("16 02 0007 0000 0000 0000 0100 61"); /* it says more than it has */
    says(d, ETHERNET, "NTP.Control.Data", "a");
    says(ntp("16 02 0007 0000 0000 0000 0000"), ETHERNET, "NTP.Control.Data", "");
}

Test(proto_ntp, private)
{
    FrameDraft *d = ntp("97 00 03 2a 00000000");
    says(d, ETHERNET, "NTP.Private", "9700032a00000000");
    says(d, ETHERNET, "NTP.Private.Response", "1");
    says(d, ETHERNET, "NTP.Private.Implementation", "3");
    says(d, ETHERNET, "NTP.Private.RequestCode", "42");
    says(d, ETHERNET, "NTP.LeapIndicator", "");
    says(d, ETHERNET, "NTP.Stratum", "");
    says(d, ETHERNET, "NTP.Control.OpCode", "");
    holds_when_cut(d, ETHERNET);
}

Test(proto_ntp, described)
{
    keeps(ntp(SERVER), "Description == 'NTP:Server, Version=4, Stratum=2, Reference=10.11.12.13'");
    keeps(ntp("97 00 03 2a 00000000"), "Description == 'NTP:Private, Version=2, RequestCode=42'");
    keeps(ntp("16 02 0007"), "Description == 'NTP:Control, Version=2, OpCode=2'");
}
