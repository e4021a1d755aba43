/* proto_dns.c - DNS, mDNS and LLMNR: messages built by hand from RFC 1035 and its successors, and messages that lie. */
#include <criterion/criterion.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/values.h"
#include "vm/protocols/names.h"

enum { ETHERNET = 1, MESSAGE_AT = 14 + 20 + 8, STREAM_AT = 14 + 20 + 20 };

static FrameDraft draft; /* tests run in processes of their own */

/* A datagram of this port that holds the message. */
static FrameDraft *datagram(u16 port, const char *hex)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 17, 0x0a000001, 0x0a000002);
    frame_udp(d, 1025, port);
    frame_hex(d, hex);
    frame_end(d);
    return d;
}

static FrameDraft *dns(const char *hex) { return datagram(53, hex); }

static FrameDraft *segment(const char *hex)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 6, 0x0a000001, 0x0a000002);
    frame_tcp(d, 53, 1025, 1, 2, 0x18);
    frame_hex(d, hex);
    frame_end(d);
    return d;
}

#define WWW_EXAMPLE_COM "03777777 074558616d706c65 03636f6d 00"
#define QUESTION        WWW_EXAMPLE_COM "0001 0001"

/* -- header and questions ----------------------------------------------------------------------------------------------- */

Test(proto_dns, header)
{
    FrameDraft *d = dns("1234 abcd 0000 0001 0002 0003");
    layers(d, ETHERNET, "Ethernet.IPv4.UDP.DNS");
    says(d, ETHERNET, "DNS.QueryIdentifier", "4660");
    says(d, ETHERNET, "DNS.Flags", "43981");
    says(d, ETHERNET, "DNS.Flags.QR", "1");
    says(d, ETHERNET, "DNS.Flags.Opcode", "5");
    says(d, ETHERNET, "DNS.Flags.AA", "0");
    says(d, ETHERNET, "DNS.Flags.TC", "1");
    says(d, ETHERNET, "DNS.Flags.RD", "1");
    says(d, ETHERNET, "DNS.Flags.RA", "1");
    says(d, ETHERNET, "DNS.Flags.Zero", "1");
    says(d, ETHERNET, "DNS.Flags.AuthenticatedData", "0");
    says(d, ETHERNET, "DNS.Flags.AD", "0");
    says(d, ETHERNET, "DNS.Flags.CheckingDisabled", "0");
    says(d, ETHERNET, "DNS.Flags.Rcode", "13");
    says(d, ETHERNET, "DNS.QuestionCount", "0");
    says(d, ETHERNET, "DNS.AnswerCount", "1");
    says(d, ETHERNET, "DNS.NameServerCount", "2");
    says(d, ETHERNET, "DNS.AdditionalCount", "3");
    says(d, ETHERNET, "DNS.QRecord", "");
    says(d, ETHERNET, "DNS.ARecord", "");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dns, question)
{
    FrameDraft *d = dns("1234 0100 0001 0000 0000 0000" QUESTION);
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "www.example.com");
    says(d, ETHERNET, "DNS.QRecord.QuestionType", "1");
    says(d, ETHERNET, "DNS.QRecord.QuestionClass", "1");
    says(d, ETHERNET, "DNS.QRecord", "03777777074558616d706c6503636f6d0000010001");
    holds_when_cut(d, ETHERNET);
    d = dns("1234 0100 0003 0000 0000 0000" QUESTION "016100 001c 0003 00 00ff 00ff");
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "www.example.com a .");
    says(d, ETHERNET, "DNS.QRecord.QuestionType", "1 28 255");
    says(d, ETHERNET, "DNS.QRecord.QuestionClass", "1 3 255");
    holds_when_cut(d, ETHERNET);
}

/* The header claims what is not there, or less than there is. */
Test(proto_dns, counts_are_claims)
{
    FrameDraft *d = dns("1234 0100 ffff ffff ffff ffff" QUESTION "016100 001c 0003");
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "www.example.com a");
    says(d, ETHERNET, "DNS.ARecord.ResourceName", "");
    says(d, ETHERNET, "DNS.OPT", "");
    holds_when_cut(d, ETHERNET);
    d = dns("1234 0100 0000 0000 0000 0000" QUESTION);
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "");
    d = dns("1234 8180 0001 0003 0001 0000" QUESTION "c00c 0001 0001 00000e10 0004 0a000001");
    says(d, ETHERNET, "DNS.ARecord.IPAddress", "10.0.0.1");
    says(d, ETHERNET, "DNS.ARecord.ResourceName", "www.example.com");
    says(d, ETHERNET, "DNS.AuthorityRecord", "");
    holds_when_cut(d, ETHERNET);
}

/* -- names -------------------------------------------------------------------------------------------------------------- */

Test(proto_dns, odd_labels)
{
    FrameDraft *d = dns("1234 0100 0001 0000 0000 0000"
                        "0a44722e205c00c3bc2058 05 4c6f63616c 00 0001 0001");
    char name[] = "dr\\. \\\\\0\xc3\xbc x.local";
    says(d, ETHERNET, "DNS.QRecord.QuestionType", "1");
    CalcState state = {0};
    u8 room[TEXT_MAX];
    CalcValue value = {.room = room, .state = &state};
    CalcFrame frame = {.data = d->bytes + MESSAGE_AT, .caplen = d->len - MESSAGE_AT, .len = d->len - MESSAGE_AT};
    frame.end = frame.wire_end = frame.caplen;
    cr_assert(dns_question_name(&frame, &value));
    cr_assert_eq(value.len, sizeof name - 1);
    cr_assert_arr_eq(value.bytes, name, sizeof name - 1);
}

Test(proto_dns, pointers)
{
    /* names at 12 www.Example.com, at 33 mail and a pointer to Example.com; the third leads to the second */
    FrameDraft *d = dns("1234 0100 0003 0000 0000 0000" QUESTION "046d61696c c010 000f 0001 0178c021 0001 0001");
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "www.example.com mail.example.com x.mail.example.com");
    holds_when_cut(d, ETHERNET);
    /* to itself, forward, into the header, out of the message: no name, but the next question is read */
    static const char *const bad[] = {"c021", "0161c021", "0161c023", "c025", "c00b", "c000", "cfff", "ffff"};
    for (u32 i = 0; i < COUNT_OF(bad); i++) {
        char hex[200];
        snprintf(hex, sizeof hex, "1234 0100 0003 0000 0000 0000" QUESTION "%s 000f 0001 016200 0010 0001", bad[i]);
        d = dns(hex);
        says(d, ETHERNET, "DNS.QRecord.QuestionName", "www.example.com b");
        says(d, ETHERNET, "DNS.QRecord.QuestionType", "1 15 16");
        holds_when_cut(d, ETHERNET);
    }
    /* two that lead to each other */
    d = dns("1234 0100 0002 0000 0000 0000 0161c013 0001 0001 c00c 0002 0001");
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "");
    says(d, ETHERNET, "DNS.QRecord.QuestionType", "1 2");
}

/* 0x40 and 0x80 begin nothing that could be passed over. */
Test(proto_dns, unknown_labels_end_the_message)
{
    static const char *const bad[] = {"41", "7f", "80", "bf"};
    for (u32 i = 0; i < COUNT_OF(bad); i++) {
        char hex[200];
        snprintf(hex, sizeof hex, "1234 0100 0003 0000 0000 0000" QUESTION "0161 %s 6100 000f 0001 00 0001 0001",
                 bad[i]);
        FrameDraft *d = dns(hex);
        says(d, ETHERNET, "DNS.QRecord.QuestionName", "www.example.com");
        says(d, ETHERNET, "DNS.QRecord.QuestionType", "1");
    }
}

/* A question whose name has `labels` labels of `length` bytes, and one of `last`. */
static FrameDraft *long_name(u32 labels, u32 length, u32 last)
{
    FrameDraft *d = dns("1234 0100 0002 0000 0000 0000");
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 17, 0x0a000001, 0x0a000002);
    frame_udp(d, 1025, 53);
    frame_hex(d, "1234 0100 0002 0000 0000 0000");
    for (u32 n = 0; n <= labels; n++) {
        u32 bytes = n < labels ? length : last;
        frame_be(d, 1, bytes);
        for (u32 i = 0; i < bytes; i++) frame_be(d, 1, '.');
    }
    frame_hex(d, "00 0001 0001 016200 0010 0001");
    frame_end(d);
    return d;
}

Test(proto_dns, names_of_255_bytes)
{
    char dots[600];
    u32 len = 0;
    for (u32 n = 0; n < 4; n++) {
        for (u32 i = 0; i < (n < 3 ? 63u : 61u); i++) len += (u32)sprintf(dots + len, "\\.");
        len += (u32)sprintf(dots + len, n < 3 ? "." : " b");
    }
    says(long_name(3, 63, 61), ETHERNET, "DNS.QRecord.QuestionName", dots);
    holds_when_cut(&draft, ETHERNET);
    says(long_name(3, 63, 62), ETHERNET, "DNS.QRecord.QuestionName", "b");
    says(&draft, ETHERNET, "DNS.QRecord.QuestionType", "1 16");
    says(long_name(1000, 63, 1), ETHERNET, "DNS.QRecord.QuestionName", "b");
}

/* 127 pointers in a row are the most; the name is in the first record, each further one leads to the one before. */
Test(proto_dns, chains_of_pointers_end)
{
    for (u32 pointers = 126; pointers <= 129; pointers++) {
        FrameDraft *d = &draft;
        frame_begin(d);
        frame_ethernet(d, 1, 2, 0x0800);
        frame_ipv4(d, 17, 0x0a000001, 0x0a000002);
        frame_udp(d, 1025, 53);
        frame_hex(d, "1234 0100");
        frame_be(d, 2, pointers + 1);
        frame_hex(d, "0000 0000 0000 016100 0001 0001");
        for (u32 n = 0; n < pointers; n++) {
            frame_be(d, 2, 0xc000 | (n ? 12 + 7 + 6 * (n - 1) : 12));
            frame_hex(d, "0001 0001");
        }
        frame_end(d);
        char want[300];
        memset(want, ' ', sizeof want);
        for (u32 n = 0; n <= MIN_OF(pointers, 127u); n++) want[2 * n] = 'a';
        want[2 * MIN_OF(pointers, 127u) + 1] = '\0';
        says(d, ETHERNET, "DNS.QRecord.QuestionName", want);
    }
}

/* -- held against libresolv ----------------------------------------------------------------------------------------------- */

/* What ns_name_uncompress writes, in our spelling: \DDD is a byte, and only dots and backslashes keep a backslash. */
static u32 respelled(const char *theirs, u8 *out)
{
    u8 *start = out;
    for (; *theirs; theirs++) {
        u8 byte = (u8)*theirs;
        if (byte == '\\' && theirs[1] >= '0' && theirs[1] <= '9') {
            byte = (u8)((theirs[1] - '0') * 100 + (theirs[2] - '0') * 10 + theirs[3] - '0');
            theirs += 3;
            if (byte == '\\' || byte == '.') *out++ = '\\';
        } else if (byte == '\\') {
            byte = (u8) * ++theirs;
            if (byte == '\\' || byte == '.') *out++ = '\\';
        }
        *out++ = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
    }
    return (u32)(out - start);
}

/* Each of our names is theirs; they follow pointers forward and into the header, and so have some more. */
Test(proto_dns, names_are_libresolvs)
{
    Random r = {4711};
    u32 names = 0, only_theirs = 0;
    for (u32 n = 0; n < 200000; n++) {
        u8 message[120], room[TEXT_MAX], theirs_room[1200];
        u32 len = 13 + random_below(&r, sizeof message - 13), at = 12 + random_below(&r, len - 12);
        for (u32 i = 0; i < len; i++)
            message[i] = random_once_in(&r, 3)   ? (u8)random_below(&r, 9)
                         : random_once_in(&r, 9) ? 0xc0
                                                 : (u8)random_next(&r);
        char theirs[1200];
        int wire = ns_name_uncompress(message, message + len, message + at, theirs, sizeof theirs);
        CalcFrame frame = {.data = message, .caplen = len, .len = len, .end = len, .wire_end = len};
        CalcValue value = {.room = room};
        bool ours = name_text(&frame, at, &value);
        u32 end = at;
        if (ours) {
            cr_assert_geq(wire, 0, "case %u: a name that libresolv refuses", n);
            u32 theirs_len = respelled(theirs, theirs_room);
            cr_assert(theirs_len == value.len && memcmp(theirs_room, value.bytes, value.len) == 0, "case %u: %s", n,
                      theirs);
            cr_assert(name_skip(&frame, &end, &value) && end == at + (u32)wire);
            names++;
        } else {
            only_theirs += wire >= 0;
        }
    }
    cr_assert(names > 10000 && only_theirs < names, "%u %u", names, only_theirs);
}

/* -- records and their data ------------------------------------------------------------------------------------------------ */

Test(proto_dns, sections)
{
    FrameDraft *d = dns("1234 8180 0001 0001 0001 0001" QUESTION "c00c 0001 0001 00000e10 0004 0a000001"
                        "c010 0002 0001 00015180 0005 026e73c010"
                        "026e73c010 001c 0001 0000003c 0010 20010db8000000000000000000000001");
    says(d, ETHERNET, "DNS.ARecord.ResourceName", "www.example.com");
    says(d, ETHERNET, "DNS.ARecord.ResourceType", "1");
    says(d, ETHERNET, "DNS.ARecord.ResourceClass", "1");
    says(d, ETHERNET, "DNS.ARecord.TimeToLive", "3600");
    says(d, ETHERNET, "DNS.ARecord.ResourceDataLength", "4");
    says(d, ETHERNET, "DNS.ARecord.ResourceData", "0a000001");
    says(d, ETHERNET, "DNS.ARecord.IPAddress", "10.0.0.1");
    says(d, ETHERNET, "DNS.ARecord.IPv6Address", "");
    says(d, ETHERNET, "DNS.ARecord", "c00c0001000100000e1000040a000001");
    says(d, ETHERNET, "DNS.AuthorityRecord.ResourceName", "example.com");
    says(d, ETHERNET, "DNS.AuthorityRecord.TimeToLive", "86400");
    says(d, ETHERNET, "DNS.AuthorityRecord.NSDName", "ns.example.com");
    says(d, ETHERNET, "DNS.AuthorityRecord.IPAddress", "");
    says(d, ETHERNET, "DNS.AdditionalRecord.ResourceName", "ns.example.com");
    says(d, ETHERNET, "DNS.AdditionalRecord.ResourceType", "28");
    says(d, ETHERNET, "DNS.AdditionalRecord.IPv6Address", "2001:db8::1");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dns, several_answers)
{
    FrameDraft *d = dns("1234 8180 0001 0004 0000 0000" QUESTION "c00c 0005 0001 0000003c 0006 03637331 c010"
                        "03637331c010 0001 0001 0000003d 0004 0a000001"
                        "03637331c010 0001 0001 0000003e 0004 0a000002"
                        "03637331c010 0001 0001 0000003f 0004 0a000003");
    says(d, ETHERNET, "DNS.ARecord.CName", "cs1.example.com");
    says(d, ETHERNET, "DNS.ARecord.IPAddress", "10.0.0.1 10.0.0.2 10.0.0.3");
    says(d, ETHERNET, "DNS.ARecord.TimeToLive", "60 61 62 63");
    says(d, ETHERNET, "DNS.ARecord.ResourceType", "5 1 1 1");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dns, mail_and_services)
{
    FrameDraft *d = dns("1234 8180 0001 0003 0000 0000" QUESTION "c010 000f 0001 0000003c 0009 000a 046d61696cc010"
                        "c010 000f 0001 0000003c 0005 0014 0162 00"
                        "c010 0021 0001 0000003c 000f 0001 0002 01bb 06736572766572c010");
    says(d, ETHERNET, "DNS.ARecord.MXRData.Preference", "10 20");
    says(d, ETHERNET, "DNS.ARecord.MXRData.Exchange", "mail.example.com b");
    says(d, ETHERNET, "DNS.ARecord.MXRData", "000a046d61696cc010 0014016200");
    says(d, ETHERNET, "DNS.ARecord.SRVRData.Priority", "1");
    says(d, ETHERNET, "DNS.ARecord.SRVRData.Weight", "2");
    says(d, ETHERNET, "DNS.ARecord.SRVRData.Port", "443");
    says(d, ETHERNET, "DNS.ARecord.SRVRData.Target", "server.example.com");
    says(d, ETHERNET, "DNS.ARecord.SRVRData", "0001000201bb06736572766572c010");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dns, zones)
{
    FrameDraft *d = dns("1234 8583 0001 0000 0001 0000" QUESTION
                        "c010 0006 0001 00000258 0026 026e73c010 0a686f73746d6173746572c010"
                        "00000002 00000384 00000258 00015180 00000e10");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.PrimaryNameServer", "ns.example.com");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.ResponsibleAuthoritativeMailbox", "hostmaster.example.com");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.SerialNumber", "2");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.RefreshInterval", "900");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.RetryInterval", "600");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.ExpirationLimit", "86400");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.MinimumTTL", "3600");
    says(d, ETHERNET, "DNS.ARecord.SOARData.SerialNumber", "");
    holds_when_cut(d, ETHERNET);
    d->bytes[MESSAGE_AT + 12 + 21 + 11] = 0x25; /* a byte less of data: the last number is not whole */
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.ExpirationLimit", "86400");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.MinimumTTL", "");
    d->bytes[MESSAGE_AT + 12 + 21 + 11] = 0x06; /* the second name leads out of the data */
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.PrimaryNameServer", "ns.example.com");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.ResponsibleAuthoritativeMailbox", "");
    says(d, ETHERNET, "DNS.AuthorityRecord.SOARData.SerialNumber", "");
}

Test(proto_dns, text)
{
    FrameDraft *d = dns("1234 8180 0001 0003 0000 0000" QUESTION "c010 0010 0001 0000003c 0008 02414203 432044 00"
                        "c010 0001 0001 0000003c 0004 0a000001"
                        "c010 0010 0001 0000003c 0004 03787978");
    says(d, ETHERNET, "DNS.ARecord.TXTData", "AB C D  xyx"); /* the third is empty */
    holds_when_cut(d, ETHERNET);
    /* a string that reaches out of its record is none; the next record is read */
    d = dns("1234 8180 0000 0002 0000 0000"
            "00 0010 0001 0000003c 0006 02414205 4344"
            "00 0010 0001 0000003c 0002 0145");
    says(d, ETHERNET, "DNS.ARecord.TXTData", "AB E");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dns, pointer_records)
{
    FrameDraft *d = dns("1234 8180 0000 0001 0000 0000 0131 00 000c 0001 0000003c 0006 04686f7374 00");
    says(d, ETHERNET, "DNS.ARecord.PTRDName", "host");
    says(d, ETHERNET, "DNS.ARecord.CName", "");
    holds_when_cut(d, ETHERNET);
}

/* Lengths of data that lie. */
Test(proto_dns, data_lengths)
{
    /* longer than the message: the last record; of its data what is there */
    FrameDraft *d = dns("1234 8180 0000 0002 0000 0000"
                        "00 000f 0001 0000003c ffff 000a 016200"
                        "00 0001 0001 0000003c 0004 0a000001");
    says(d, ETHERNET, "DNS.ARecord.ResourceName", ".");
    says(d, ETHERNET, "DNS.ARecord.ResourceDataLength", "65535");
    says(d, ETHERNET, "DNS.ARecord.ResourceData", "");
    says(d, ETHERNET, "DNS.ARecord", "");
    says(d, ETHERNET, "DNS.ARecord.MXRData.Preference", "10");
    says(d, ETHERNET, "DNS.ARecord.MXRData.Exchange", "b");
    says(d, ETHERNET, "DNS.ARecord.IPAddress", "");
    holds_when_cut(d, ETHERNET);
    /* addresses of 3 and 5 bytes, a name longer than its data, none */
    d = dns("1234 8180 0000 0006 0000 0000"
            "00 0001 0001 0000003c 0003 0a0000"
            "00 0001 0001 0000003c 0005 0a00000000"
            "00 001c 0001 0000003c 0004 0a000000"
            "00 0005 0001 0000003c 0002 0161"
            "00 0005 0001 0000003c 0000"
            "00 0001 0001 0000003c 0004 0a000001");
    says(d, ETHERNET, "DNS.ARecord.IPAddress", "10.0.0.1");
    says(d, ETHERNET, "DNS.ARecord.IPv6Address", "");
    says(d, ETHERNET, "DNS.ARecord.CName", "");
    says(d, ETHERNET, "DNS.ARecord.ResourceDataLength", "3 5 4 2 0 4");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dns, edns)
{
    FrameDraft *d = dns("1234 0120 0001 0000 0000 0002" QUESTION "00 0029 1000 01028000 0006 000f00021234"
                        "00 0001 0001 0000003c 0004 0a000001");
    says(d, ETHERNET, "DNS.OPT", "0000291000010280000006000f00021234");
    says(d, ETHERNET, "DNS.OPT.UDPPayloadSize", "4096");
    says(d, ETHERNET, "DNS.OPT.ExtendedRcode", "1");
    says(d, ETHERNET, "DNS.OPT.Version", "2");
    says(d, ETHERNET, "DNS.OPT.DO", "1");
    says(d, ETHERNET, "DNS.AdditionalRecord.ResourceType", "41 1");
    says(d, ETHERNET, "DNS.AdditionalRecord.ResourceClass", "1");
    says(d, ETHERNET, "DNS.AdditionalRecord.TimeToLive", "60");
    holds_when_cut(d, ETHERNET);
}

/* -- the other two --------------------------------------------------------------------------------------------------------- */

Test(proto_dns, mdns)
{
    FrameDraft *d = datagram(5353, "0000 8400 0002 0001 0000 0001 0161c00e 000c 8001 0162 00 000c 0001"
                                   "c00c 000c 8001 00000078 0002 c014"
                                   "c00c 0010 0001 00000078 0002 0178");
    layers(d, ETHERNET, "Ethernet.IPv4.UDP.mDNS");
    says(d, ETHERNET, "mDNS.QRecord.QuestionClass", "1 1");
    says(d, ETHERNET, "mDNS.QRecord.UnicastResponse", "1 0");
    says(d, ETHERNET, "mDNS.ARecord.ResourceClass", "1");
    says(d, ETHERNET, "mDNS.ARecord.CacheFlush", "1");
    says(d, ETHERNET, "mDNS.ARecord.PTRDName", "b");
    says(d, ETHERNET, "mDNS.AdditionalRecord.CacheFlush", "0");
    says(d, ETHERNET, "mDNS.AdditionalRecord.TXTData", "x");
    says(d, ETHERNET, "DNS.QueryIdentifier", "");
    holds_when_cut(d, ETHERNET);
}

Test(proto_dns, llmnr)
{
    FrameDraft *d = datagram(5355, "8c35 8500 0001 0001 0000 0000 04 77706164 00 001c 0001"
                                   "c00c 001c 0001 0000001e 0010 20010db8000000000000000000000001");
    layers(d, ETHERNET, "Ethernet.IPv4.UDP.LLMNR");
    says(d, ETHERNET, "LLMNR.QueryIdentifier", "35893");
    says(d, ETHERNET, "LLMNR.Flags.QR", "1");
    says(d, ETHERNET, "LLMNR.Flags.C", "1");
    says(d, ETHERNET, "LLMNR.Flags.T", "1");
    says(d, ETHERNET, "LLMNR.Flags.Reserved", "0");
    says(d, ETHERNET, "LLMNR.QRecord.QuestionName", "wpad");
    says(d, ETHERNET, "LLMNR.ARecord.IPv6Address", "2001:db8::1");
    holds_when_cut(d, ETHERNET);
}

/* -- over TCP ---------------------------------------------------------------------------------------------------------------- */

#define QUERY_A "0001 0100 0001 0000 0000 0000 016100 0001 0001"
#define QUERY_B "0002 0100 0001 0000 0000 0000 016200 0001 0001"

Test(proto_dns, messages_of_a_segment)
{
    FrameDraft *d = segment("0013" QUERY_A);
    layers(d, ETHERNET, "Ethernet.IPv4.TCP.DNS");
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "a");
    holds_when_cut(d, ETHERNET);
    d = segment("0013" QUERY_A "0013" QUERY_B);
    layers(d, ETHERNET, "Ethernet.IPv4.TCP.DNS.DNS");
    says(d, ETHERNET, "DNS.QueryIdentifier", "1 2");
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "a b");
    holds_when_cut(d, ETHERNET);
    d = segment("0013" QUERY_A "0013" QUERY_B "0013 0003"); /* the third begins */
    layers(d, ETHERNET, "Ethernet.IPv4.TCP.DNS.DNS");
    d = segment("0213" QUERY_A); /* the message goes on in the next segment */
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "a");
    d = segment("0013" QUERY_A "ffff ffff ffff ffff ffff ffff ffff ffff ffff"); /* no message */
    layers(d, ETHERNET, "Ethernet.IPv4.TCP.DNS");
    d = segment("");
    layers(d, ETHERNET, "Ethernet.IPv4.TCP");
}

/* A message reads nothing of the next one. */
Test(proto_dns, messages_end_at_their_length)
{
    FrameDraft *d = segment("0011" QUERY_A "0013" QUERY_B);
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "a");
    says(d, ETHERNET, "DNS.QRecord.QuestionType", "1");
    says(d, ETHERNET, "DNS.QRecord.QuestionClass", "");
    layers(d, ETHERNET, "Ethernet.IPv4.TCP.DNS"); /* 0001 is the next length, and too little */
}

Test(proto_dns, segments_without_a_length)
{
    FrameDraft *d = segment(QUERY_A); /* it went before */
    layers(d, ETHERNET, "Ethernet.IPv4.TCP.DNS");
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "a");
    holds_when_cut(d, ETHERNET);
    d = segment(QUERY_A "4d53"); /* Windows writes its mark behind a zone transfer */
    says(d, ETHERNET, "DNS.QRecord.QuestionName", "a");
    static const char *const others[] = {
        "0013",                                                             /* the length alone */
        "0001 0100 0002 0000 0000 0000 016100 0001 0001 016200 0001 0001",  /* two questions */
        "0001 0100 0001 0001 0000 0000 016100 0001 0001",                   /* an answer that cannot be there */
        "0001 0100 0001 0000 0000 0000 016100 0000 0001",                   /* type 0 */
        "0001 0100 0001 0000 0000 0000 016100 0001 0100",                   /* class 256 */
        "0001 0100 0001 0000 0000 0000 0161c00c 0001 0001",                 /* a pointer */
        "0001 0100 0001 0000 0000 0000 016100 0001 00",                     /* not whole */
        "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000", /* zeros */
        "c00c 0001 0001 00000e10 0004 0a000001 c00c 0001 0001 00000e10",    /* the middle of an answer */
    };
    for (u32 i = 0; i < COUNT_OF(others); i++) {
        d = segment(others[i]);
        layers(d, ETHERNET, "Ethernet.IPv4.TCP");
    }
}

/* -- cut frames --------------------------------------------------------------------------------------------------------------- */

/* Wherever the frame is cut: where fewer values are there than in the whole frame, it says so. */
Test(proto_dns, what_was_lost_is_told)
{
    FrameDraft *d = dns("1234 8180 0001 0004 0001 0001" QUESTION "c00c 0005 0001 0000003c 0006 03637331 c010"
                        "03637331c010 0001 0001 0000003d 0004 0a000001"
                        "c010 000f 0001 0000003c 0009 000a 046d61696cc010"
                        "c010 0010 0001 0000003c 0008 02414203 432044 00"
                        "c010 0006 0001 00000258 0026 026e73c010 0a686f73746d6173746572c010"
                        "00000002 00000384 00000258 00015180 00000e10"
                        "00 0029 1000 00008000 0000");
    for (u32 f = FIELD_DNS_QUESTION; f <= FIELD_DNS_OPT_DO; f++) {
        CalcFrame frame = {.data = d->bytes + MESSAGE_AT, .len = d->len - MESSAGE_AT};
        frame.wire_end = frame.len;
        u32 whole = 0;
        for (u32 caplen = frame.len; caplen > 0; caplen--) {
            u8 room[TEXT_MAX];
            CalcState state = {0};
            CalcValue value = {.room = room, .state = &state};
            u32 count = 0;
            frame.caplen = frame.end = caplen;
            while (field_info[f].calc(&frame, &value)) count++;
            if (caplen == frame.len) whole = count;
            cr_assert(count <= whole && (count == whole || value.cut), "%s of %u bytes", field_info[f].name, caplen);
            cr_assert(caplen < frame.len || !value.cut);
            cr_assert(!field_info[f].calc(&frame, &value), "%s goes on behind its end", field_info[f].name);
        }
    }
}
