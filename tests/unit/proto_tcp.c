/* proto_tcp.c - TCP's options, whole, broken, several of a kind, and what is worked out of sequence numbers. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/matches.h"
#include "tests/values.h"

enum { ETHERNET = 1, TCP_AT = 34, SYN = 2 };

static FrameDraft draft; /* tests run in processes of their own */

/* A segment whose options are `hex`, made up to whole words with ends of the list; `payload` behind them. */
static FrameDraft *segment(const char *hex, u8 flags, const char *payload)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 6, 0x0a000001, 0x0a000002);
    frame_tcp(d, 49300, 389, 3537217409, 0, flags);
    u32 options_at = d->len;
    frame_hex(d, hex);
    while ((d->len - options_at) % 4) frame_be(d, 1, 0);
    d->bytes[TCP_AT + 12] = (u8)((20 + d->len - options_at) / 4 << 4);
    frame_payload(d, payload, (u32)strlen(payload));
    frame_end(d);
    return d;
}

static FrameDraft *options(const char *hex) { return segment(hex, SYN, ""); }

/* -- each kind ------------------------------------------------------------------------------------------------------------ */

Test(proto_tcp, options_of_a_syn)
{
    FrameDraft *d = options("020405b4 01 030308 0402 080a 11223344 00000000");
    says(d, ETHERNET, "TCP.TCPOptions.Type", "2 1 3 4 8");
    says(d, ETHERNET, "TCP.TCPOptions.OptionLength", "4 1 3 2 10");
    says(d, ETHERNET, "TCP.TCPOptions", "020405b4 01 030308 0402 080a1122334400000000");
    says(d, ETHERNET, "TCP.TCPOptions.MaxSegmentSize", "1460");
    says(d, ETHERNET, "TCP.TCPOptions.MaxSegmentSize.MaxSegmentSize", "1460");
    says(d, ETHERNET, "TCP.TCPOptions.WindowsScaleFactor", "8");
    says(d, ETHERNET, "TCP.TCPOptions.WindowsScaleFactor.ShiftCount", "8");
    says(d, ETHERNET, "TCP.TCPOptions.SACKPermitted", "0402");
    says(d, ETHERNET, "TCP.TCPOptions.TimeStamps", "080a1122334400000000");
    says(d, ETHERNET, "TCP.TCPOptions.TimeStamps.TSval", "287454020");
    says(d, ETHERNET, "TCP.TCPOptions.TimeStamps.TSecr", "0");
    says(d, ETHERNET, "TCP.TCPOptions.SACK", "");
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen", "");
    holds_when_cut(d, ETHERNET);
}

Test(proto_tcp, options_for_cryptography_and_paths)
{
    FrameDraft *d = options("1312 000102030405060708090a0b0c0d0e0f 1d06 0a0b ffff 1e04 2001");
    says(d, ETHERNET, "TCP.TCPOptions.Type", "19 29 30");
    says(d, ETHERNET, "TCP.TCPOptions.MD5Signature", "1312000102030405060708090a0b0c0d0e0f");
    says(d, ETHERNET, "TCP.TCPOptions.MD5Signature.Digest", "000102030405060708090a0b0c0d0e0f");
    says(d, ETHERNET, "TCP.TCPOptions.TCPAuthentication", "1d060a0bffff");
    says(d, ETHERNET, "TCP.TCPOptions.TCPAuthentication.KeyID", "10");
    says(d, ETHERNET, "TCP.TCPOptions.TCPAuthentication.RNextKeyID", "11");
    says(d, ETHERNET, "TCP.TCPOptions.MPTCP", "1e042001");
    says(d, ETHERNET, "TCP.TCPOptions.MPTCP.Subtype", "2");
    holds_when_cut(d, ETHERNET);
}

Test(proto_tcp, fast_open_by_its_kind_and_as_an_experiment)
{
    FrameDraft *d = options("220a 0102030405060708");
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen", "220a0102030405060708");
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen.Cookie", "0102030405060708");
    holds_when_cut(d, ETHERNET);
    d = options("2202"); /* asks for a cookie */
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen", "2202");
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen.Cookie", "");
    keeps(d, "TCP.TCPOptions.FastOpen AND NOT TCP.TCPOptions.FastOpen.Cookie");
    d = options("fe08 f989 0a0b0c0d");
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen", "fe08f9890a0b0c0d");
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen.Cookie", "0a0b0c0d");
    d = options("fe04 f989");
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen", "fe04f989");
    d = options("fe04 f98a fe02"); /* another experiment, and one without a number */
    says(d, ETHERNET, "TCP.TCPOptions.FastOpen", "");
}

Test(proto_tcp, sack_has_a_block_or_several)
{
    FrameDraft *d = options("0101 051a 00000001 00000002 00000003 00000004 ffffff00 00000010");
    says(d, ETHERNET, "TCP.TCPOptions.SACK.LeftEdge", "1 3 4294967040");
    says(d, ETHERNET, "TCP.TCPOptions.SACK.RightEdge", "2 4 16");
    says(d, ETHERNET, "TCP.TCPOptions.SACK",
         "051a000000010000000200000003"
         "00000004ffffff0000000010");
    holds_when_cut(d, ETHERNET);
    keeps(d, "TCP.TCPOptions.SACK.LeftEdge == 3");
    keeps(d, "TCP.TCPOptions.SACK.LeftEdge IN {3..5}");
    drops(d, "TCP.TCPOptions.SACK.LeftEdge == 2");
    drops(d, "TCP.TCPOptions.SACK.LeftEdge != 3"); /* there, and none of them */
    keeps(d, "TCP.TCPOptions.SACK.LeftEdge != 2");
    keeps(d, "TCP.TCPOptions.SACK.LeftEdge > TCP.TCPOptions.SACK.RightEdge"); /* value by value: the third wraps */
    d = options("050a 00000001 00000002 050a 00000003 00000004");             /* two options of one block */
    says(d, ETHERNET, "TCP.TCPOptions.SACK.LeftEdge", "1 3");
    drops(d, "TCP.TCPOptions.SACK.LeftEdge > TCP.TCPOptions.SACK.RightEdge");
    d = options("0502"); /* none */
    says(d, ETHERNET, "TCP.TCPOptions.SACK", "0502");
    says(d, ETHERNET, "TCP.TCPOptions.SACK.LeftEdge", "");
    d = options("050e 00000001 00000002 00000003"); /* one and a half */
    says(d, ETHERNET, "TCP.TCPOptions.SACK.LeftEdge", "1");
    says(d, ETHERNET, "TCP.TCPOptions.SACK.RightEdge", "2");
}

/* -- lengths that lie ------------------------------------------------------------------------------------------------------- */

Test(proto_tcp, a_length_below_two_ends_the_list)
{
    FrameDraft *d = options("01 0300 020405b4");
    says(d, ETHERNET, "TCP.TCPOptions.Type", "1");
    says(d, ETHERNET, "TCP.TCPOptions.MaxSegmentSize", "");
    d = options("01 0301 020405b4");
    says(d, ETHERNET, "TCP.TCPOptions.Type", "1");
    holds_when_cut(d, ETHERNET);
}

Test(proto_tcp, a_length_that_leads_out_of_the_header_ends_the_list)
{
    FrameDraft *d = segment("0402 0809 112233445566", SYN, "payload");
    says(d, ETHERNET, "TCP.TCPOptions.Type", "4 8");
    says(d, ETHERNET, "TCP.TCPOptions.TimeStamps", "");       /* a byte short */
    d = segment("0402 080a 112233445566 77", SYN, "payload"); /* a byte of the list's end is taken in */
    says(d, ETHERNET, "TCP.TCPOptions.TimeStamps.TSval", "287454020");
    d = segment("0402 080b 1122334455667788", SYN, "payload");
    says(d, ETHERNET, "TCP.TCPOptions.Type", "4");
    d = options("01010102"); /* a kind in the last byte, and no length */
    says(d, ETHERNET, "TCP.TCPOptions.Type", "1 1 1");
}

Test(proto_tcp, options_that_are_too_short_or_too_long_for_their_kind)
{
    FrameDraft *d = options("020305 0302 0807 1122334455 0205 05b4ff 0304 0701");
    says(d, ETHERNET, "TCP.TCPOptions.Type", "2 3 8 2 3");
    says(d, ETHERNET, "TCP.TCPOptions.MaxSegmentSize", "1460");
    says(d, ETHERNET, "TCP.TCPOptions.WindowsScaleFactor", "7");
    says(d, ETHERNET, "TCP.TCPOptions.TimeStamps.TSval", "");
    d = options("0402 020405b4 020405a0"); /* a kind twice: both count */
    says(d, ETHERNET, "TCP.TCPOptions.MaxSegmentSize", "1460 1440");
    keeps(d, "TCP.TCPOptions.MaxSegmentSize == 1440");
    drops(d, "TCP.TCPOptions.MaxSegmentSize != 1440");
}

Test(proto_tcp, the_list_ends_at_its_end)
{
    FrameDraft *d = options("01 00 020405b4");
    says(d, ETHERNET, "TCP.TCPOptions.Type", "1");
    d = options("");
    says(d, ETHERNET, "TCP.TCPOptions", "");
    drops(d, "TCP.TCPOptions");
    drops(d, "TCPOptions");
    d = options("020405b4");
    d->bytes[TCP_AT + 12] = 0x40; /* a header of 4 words is none */
    says(d, ETHERNET, "TCP.TCPOptions", "");
    d->bytes[TCP_AT + 12] = 0x70; /* and one that is longer than its packet */
    says(d, ETHERNET, "TCP.TCPOptions", "");
}

Test(proto_tcp, an_option_that_was_not_captured_counts_as_cut)
{
    FrameDraft *d = options("020405b4 030308 0402 00");
    bool cut;
    cr_assert_not(frame_matches("TCP.TCPOptions.WindowsScaleFactor == 8", d, TCP_AT + 26, 1, &cut) || !cut);
    cr_assert(frame_matches("TCP.TCPOptions.MaxSegmentSize == 1460", d, TCP_AT + 26, 1, &cut) && !cut);
    cr_assert_not(frame_matches("TCP.TCPOptions.MaxSegmentSize == 1460", d, TCP_AT + 23, 1, &cut) || !cut);
}

/* -- names ------------------------------------------------------------------------------------------------------------------- */

Test(proto_tcp, options_by_every_kind_of_name)
{
    static const char *const names[] = {
        "TCP.TCPOptions.MaxSegmentSize == 1460",
        "tcp.tcpoptions.maxsegmentsize == 1460",
        "Protocol.TCP.TCPOptions.MaxSegmentSize == 1460",
        ".Protocol.TCP.TCPOptions.MaxSegmentSize == 1460",
        "TCPOptions.MaxSegmentSize == 1460",
        ".TCPOptions.MaxSegmentSize.MaxSegmentSize == 1460",
        "Frame.Ethernet.IPv4.TCP.TCPOptions.MaxSegmentSize == 1460",
        "TCPOptions",
    };
    FrameDraft *d = options("020405b4");
    for (size_t i = 0; i < COUNT_OF(names); i++) keeps(d, names[i]);
    drops(d, "Frame.Ethernet.IPv6.TCP.TCPOptions.MaxSegmentSize == 1460");
}

/* -- sequence numbers ------------------------------------------------------------------------------------------------------- */

Test(proto_tcp, what_follows_a_segment)
{
    FrameDraft *d = segment("", 0x10, "hello");
    says(d, ETHERNET, "TCP.NextSequenceNumber", "3537217414");
    says(d, ETHERNET, "TCP.SequenceRange", "3537217409 - 3537217414");
    says(d, ETHERNET, "TCP.ShortSequenceNumber", "42881");
    says(d, ETHERNET, "TCP.ShortAcknowledgementNumber", "0");
    holds_when_cut(d, ETHERNET);
    d = segment("", 0x02, "");
    says(d, ETHERNET, "TCP.NextSequenceNumber", "3537217410"); /* Syn counts */
    says(d, ETHERNET, "TCP.SequenceRange", "3537217409 - 3537217409");
    d = segment("", 0x11, "hello");
    says(d, ETHERNET, "TCP.NextSequenceNumber", "3537217415"); /* Fin counts */
    d = segment("", 0x03, "hello");
    says(d, ETHERNET, "TCP.NextSequenceNumber", "3537217416");
    memset(d->bytes + TCP_AT + 4, 0xff, 4);
    says(d, ETHERNET, "TCP.NextSequenceNumber", "6"); /* behind the last number comes 0 */
    says(d, ETHERNET, "TCP.SequenceRange", "4294967295 - 4");
    keeps(d, "TCPNextSeqNumber == 6 AND TCPSeqNumber == 0xffffffff AND TCPShortSeqNumber == 0xffff");
    keeps(d, "TCPSeqeunceRange == '4294967295 - 4' AND Property.TCPSequenceRange.Contains(' - ')");
}
