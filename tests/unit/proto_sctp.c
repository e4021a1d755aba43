/* proto_sctp.c - SCTP packets built by hand: chunks, padding, lengths that lie, in IP and in UDP. */
#include <criterion/criterion.h>

#include "tests/matches.h"
#include "tests/values.h"

enum { ETHERNET = 1, SCTP_AT = 34 };

static FrameDraft draft; /* tests run in processes of their own */

static FrameDraft *packet(const char *chunks)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 132, 0x0a000001, 0x0a000002);
    frame_hex(d, "0b59 0b5a 11223344 00000000");
    frame_hex(d, chunks);
    frame_end(d);
    return d;
}

/* DATA of 5 bytes, its padding behind it; a SACK with two gaps. */
static const char data[] = "0003 0015 00000007 0005 0009 0000002e 68656c6c6f 000000";
static const char sack[] = "0300 0018 00000100 00010000 0002 0000 0002 0003 0005 0009";

Test(proto_sctp, the_common_header)
{
    FrameDraft *d = packet("");
    layers(d, ETHERNET, "Ethernet.IPv4.SCTP");
    says(d, ETHERNET, "SCTP.SrcPort", "2905");
    says(d, ETHERNET, "SCTP.DstPort", "2906");
    says(d, ETHERNET, "SCTP.VerificationTag", "287454020");
    says(d, ETHERNET, "SCTP.Checksum", "0");
    says(d, ETHERNET, "SCTP.Chunk.Type", "");
    keeps(d, "SCTP.Port == 2906 AND SCTP.Port == 2905 AND SCTP.Port != 80");
    keeps(d, "SourcePort == 2905 AND DestinationPort == 2906");
    keeps(d, "Frame.Ethernet.IPv4.SCTP AND NOT SCTP.Chunk");
    holds_when_cut(d, ETHERNET);
}

Test(proto_sctp, data)
{
    FrameDraft *d = packet(data);
    says(d, ETHERNET, "SCTP.Chunk.Type", "0");
    says(d, ETHERNET, "SCTP.Chunk.Flags", "3");
    says(d, ETHERNET, "SCTP.Chunk.Length", "21");
    says(d, ETHERNET, "SCTP.Chunk.Data", "0003001500000007000500090000002e68656c6c6f");
    says(d, ETHERNET, "SCTP.Chunk.Data.Flags", "3");
    says(d, ETHERNET, "SCTP.Chunk.Data.TSN", "7");
    says(d, ETHERNET, "SCTP.Chunk.Data.StreamIdentifier", "5");
    says(d, ETHERNET, "SCTP.Chunk.Data.StreamSequenceNumber", "9");
    says(d, ETHERNET, "SCTP.Chunk.Data.PayloadProtocolIdentifier", "46");
    says(d, ETHERNET, "SCTP.Chunk.Data.UserData", "68656c6c6f");
    keeps(d, "SCTP.Chunk.Data.UserData.Contains('hell')");
    holds_when_cut(d, ETHERNET);
}

Test(proto_sctp, interleaved_data)
{
    FrameDraft *d = packet("4002 0016 00000008 0005 0000 00000001 0000002e 6869 0000"
                           "4001 0016 00000009 0005 0000 00000001 00000001 6a6b 0000");
    says(d, ETHERNET, "SCTP.Chunk.Type", "64 64");
    says(d, ETHERNET, "SCTP.Chunk.Data.TSN", "8 9");
    says(d, ETHERNET, "SCTP.Chunk.Data.StreamSequenceNumber", "1 1");
    says(d, ETHERNET, "SCTP.Chunk.Data.PayloadProtocolIdentifier", "46"); /* the second is the number of a fragment */
    says(d, ETHERNET, "SCTP.Chunk.Data.UserData", "6869 6a6b");
    holds_when_cut(d, ETHERNET);
}

Test(proto_sctp, chunks_of_several_kinds)
{
    FrameDraft d = *packet(data);
    frame_hex(&d, sack);
    frame_hex(&d, data);
    d.bytes[17] = (u8)(d.len - 14); /* IPv4's total length */
    says(&d, ETHERNET, "SCTP.Chunk.Type", "0 3 0");
    says(&d, ETHERNET, "SCTP.Chunk.Length", "21 24 21");
    says(&d, ETHERNET, "SCTP.Chunk.Data.TSN", "7 7");
    says(&d, ETHERNET, "SCTP.Chunk.Sack",
         "0300001800000100000100000002000000020003000500"
         "09");
    says(&d, ETHERNET, "SCTP.Chunk.Sack.CumulativeTSNAck", "256");
    says(&d, ETHERNET, "SCTP.Chunk.Sack.AdvertisedReceiverWindowCredit", "65536");
    says(&d, ETHERNET, "SCTP.Chunk.Sack.NumberOfGapAckBlocks", "2");
    says(&d, ETHERNET, "SCTP.Chunk.Sack.NumberOfDuplicateTSNs", "0");
    says(&d, ETHERNET, "SCTP.Chunk.Sack.GapAckBlock", "00020003 00050009");
    says(&d, ETHERNET, "SCTP.Chunk.Sack.GapAckBlock.Start", "2 5");
    says(&d, ETHERNET, "SCTP.Chunk.Sack.GapAckBlock.End", "3 9");
    keeps(&d, "SCTP.Chunk.Type == 3 AND SCTP.Chunk.Type == 0");
    drops(&d, "SCTP.Chunk.Type != 3");
    keeps(&d, "SCTP.Chunk.Type != 4");
    drops(&d,
          "SCTP.Chunk.Sack.GapAckBlock.End - SCTP.Chunk.Sack.GapAckBlock.Start == 7"); /* a block goes with itself */
    keeps(&d, "SCTP.Chunk.Sack.GapAckBlock.End - SCTP.Chunk.Sack.GapAckBlock.Start == 4");
    holds_when_cut(&d, ETHERNET);
}

Test(proto_sctp, init_and_its_answer)
{
    FrameDraft *d = packet("0100 0014 deadbeef 0001f400 000a 0020 00000011");
    says(d, ETHERNET, "SCTP.Chunk.Init", "01000014deadbeef0001f400000a002000000011");
    says(d, ETHERNET, "SCTP.Chunk.Init.InitiateTag", "3735928559");
    says(d, ETHERNET, "SCTP.Chunk.Init.AdvertisedReceiverWindowCredit", "128000");
    says(d, ETHERNET, "SCTP.Chunk.Init.NumberOfOutboundStreams", "10");
    says(d, ETHERNET, "SCTP.Chunk.Init.NumberOfInboundStreams", "32");
    says(d, ETHERNET, "SCTP.Chunk.Init.InitialTSN", "17");
    holds_when_cut(d, ETHERNET);
    d->bytes[SCTP_AT + 12] = 2;
    says(d, ETHERNET, "SCTP.Chunk.Init.InitialTSN", "17");
    d->bytes[SCTP_AT + 12] = 4;
    says(d, ETHERNET, "SCTP.Chunk.Init.InitialTSN", "");
}

Test(proto_sctp, error_causes)
{
    FrameDraft *d = packet("0600 0012 000c 0006 6279 0000 000d 0004 0000"); /* the second one is followed by padding */
    says(d, ETHERNET, "SCTP.Chunk.Type", "6");
    says(d, ETHERNET, "SCTP.Chunk.ErrorCause", "000c00066279 000d0004");
    says(d, ETHERNET, "SCTP.Chunk.ErrorCause.Code", "12 13");
    holds_when_cut(d, ETHERNET);
    d = packet("0900 0008 0003 0000 0900 0008 0006 0099 0900 0006 0001 0000"); /* lengths of 0, beyond, without room */
    says(d, ETHERNET, "SCTP.Chunk.ErrorCause.Code", "3 6");
    holds_when_cut(d, ETHERNET);
}

Test(proto_sctp, chunk_lengths_that_lie)
{
    FrameDraft *d = packet("0003 0003 00000007 0005 0009 0000002e 68656c6c 0a00 0004");
    says(d, ETHERNET, "SCTP.Chunk.Type", "0"); /* below its own header: the last one */
    says(d, ETHERNET, "SCTP.Chunk.Length", "3");
    says(d, ETHERNET, "SCTP.Chunk.Data.TSN", "");
    holds_when_cut(d, ETHERNET);
    d = packet("0003 0800 00000007 0005 0009 0000002e 68656c6c");
    says(d, ETHERNET, "SCTP.Chunk.Length", "2048"); /* more than there is: believed as far as the packet goes */
    says(d, ETHERNET, "SCTP.Chunk.Data.TSN", "7");
    says(d, ETHERNET, "SCTP.Chunk.Data.UserData", "68656c6c");
    holds_when_cut(d, ETHERNET);
    d = packet("0003 000a 00000007 0005 0000 0a00 0004"); /* too short for what DATA holds */
    says(d, ETHERNET, "SCTP.Chunk.Type", "0 10");
    says(d, ETHERNET, "SCTP.Chunk.Data.StreamIdentifier", "5");
    says(d, ETHERNET, "SCTP.Chunk.Data.StreamSequenceNumber", "");
    says(d, ETHERNET, "SCTP.Chunk.Data.UserData", "");
    d = packet("0300 0010 00000100 00010000 0007 0000 0300 0014 00000200 00010000 0007 0000 0002 0003");
    says(d, ETHERNET, "SCTP.Chunk.Sack.NumberOfGapAckBlocks", "7 7");
    says(d, ETHERNET, "SCTP.Chunk.Sack.GapAckBlock.Start", "2"); /* as many as fit the chunk */
    holds_when_cut(d, ETHERNET);
}

Test(proto_sctp, in_udp)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x86dd);
    frame_ipv6(d, 17, frame_hosts6[0], frame_hosts6[1]);
    frame_udp(d, 40000, 9899);
    frame_hex(d, "0b59 0b5a 11223344 00000000");
    frame_hex(d, data);
    frame_end(d);
    layers(d, ETHERNET, "Ethernet.IPv6.UDP.SCTP");
    says(d, ETHERNET, "SCTP.Chunk.Data.TSN", "7");
    keeps(d, "SourcePort == 2905"); /* the innermost ports */
    holds_when_cut(d, ETHERNET);
}

Test(proto_sctp, described)
{
    keeps(packet(data), "Description == 'SCTP:DATA, SrcPort=2905, DstPort=2906, TSN=7, Stream=5'");
    keeps(packet("0800 0004 fe00 0004"), "Description == 'SCTP:SHUTDOWN ACK, Chunk=254, SrcPort=2905, DstPort=2906'");
}
