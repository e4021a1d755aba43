/* netmon_quotes.c - every filter quoted in netmon-language.md, the facts gathered on Network Monitor 3.4's language: each
 * compiles and keeps just the frames its text speaks of, or is refused with a message that says why.
 *
 * Where only a name is quoted there, the comparison is ours; what needs the frames before, which are not kept yet, and
 * what a capture has not, is refused by name.  A row is held against all frames of the tables below, in both machines.
 * Always true: no filter stands twice, each frame is kept by some row, and the rows are as many as the last test says, so
 * that none gets lost. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/compile.h"
#include "tests/frames.h"
#include "vm/vm.h"

/* ---- the frames ---- */

enum {
    CLIENT = 0x0a000001, /* 10.0.0.1 */
    SERVER = 0x0a000002,
    UDP = 0x100, /* none of TCP's flags */
    PUSH_ACK = 0x18,
    SYN_ECE_CWR = 0xc2,
    RESET = 4,
    NETMON_WIFI = 0xffff0006
};
#define HOST 0x123456aabbcc

typedef struct {
    const char *name;
    u32 source, destination;
    u16 from, to;     /* ports */
    u16 how;          /* UDP, or TCP with these flags */
    const char *text; /* the payload, or NULL */
    const char *hex;  /* and more of it */
} Talk;

/* A header of SMB 1; with unicode names, tree 4, process 0xfeff, user 6, message 7. */
#define SMB1(command, status, flags)                                                                                   \
    "ff534d42" command status flags "01c0 0000 0000000000000000 0000 0400 fffe 0600 0700"

static const Talk talks[] = {
    {"ask-ms", CLIENT, SERVER, 40000, 53, UDP, NULL,
     "1234 0100 0001 0000 0000 0000 0b73746f706d737472616365 00 0001 0001"}, /* stopmstrace */
    {"ask-sql", CLIENT, SERVER, 40000, 53, UDP, NULL,
     "1234 0100 0001 0000 0000 0000 0c73746f7073716c7472616365 00 0001 0001"},         /* stopsqltrace */
    {"answer", SERVER, CLIENT, 53, 40000, UDP, NULL, "1234 8181 0000 0000 0000 0000"}, /* format error */
    {"probe", CLIENT, 0xeffffffa, 40000, 3702, UDP, "<Probe/>", NULL},
    {"netbios", CLIENT, 0x0a0000ff, 137, 137, /* NMTEST2 */
     UDP, NULL,
     "1234 0110 0001 0000 0000 0000 20 454f454e46454546464446454443434143414341434143414341434143414141 00 0020 0001"},
    {"kerberos", SERVER, CLIENT, 88, 40000, /* KRB-ERROR { 5, 30, stime, susec, 24, realm, sname } */
     UDP, NULL,
     "7e42 3040 a003020105 a10302011e a411180f32303236313132353139333230305a a503020101 a603020118"
     "a9081b0645582e434f4d aa0d300b a003020102 a1043002 1b00"},
    {"get", CLIENT, SERVER, 40000, 80, PUSH_ACK, "GET / HTTP/1.1\r\nHost: office.example\r\n\r\n", NULL},
    {"ok", SERVER, CLIENT, 80, 40000, PUSH_ACK,
     "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
     NULL},
    {"proxy", SERVER, CLIENT, 8080, 40000, PUSH_ACK, "HTTP/1.1 404 Not Found\r\nLocation: /x\r\n\r\n", NULL},
    {"hello", CLIENT, SERVER, 40000, 443, /* TLS 1.2, a ClientHello of one cipher suite */
     PUSH_ACK, NULL,
     "160301 002d 01000029 0303 0000000000000000000000000000000000000000000000000000000000000000 00 0002c02f 0100"},
    {"sealed", CLIENT, SERVER, 40000, 443, PUSH_ACK, NULL, "170303 0003 010203"},
    {"desktop", 0xc0a80101, SERVER, 40000, 3389, PUSH_ACK, NULL, NULL},
    {"endpoints", CLIENT, 0xc0440101, 40000, 135, PUSH_ACK, NULL, NULL}, /* to 192.68.1.1 */
    {"denied", SERVER, CLIENT, 389, 40000, /* bindResponse { invalidCredentials, "", "" } */
     PUSH_ACK, NULL, "300c 020101 6107 0a0131 0400 0400"},
    {"granted", SERVER, CLIENT, 389, 40000, PUSH_ACK, NULL, "300c 020101 6107 0a0100 0400 0400"},
    {"syn", CLIENT, SERVER, 49300, 389, SYN_ECE_CWR, NULL, NULL},
    {"reset", SERVER, CLIENT, 389, 49300, RESET, NULL, NULL},
    {"create", CLIENT, SERVER, 40000, 445, /* NT create, 4096 bytes */
     PUSH_ACK, NULL,
     "00000053" SMB1("a2", "00000000", "00") "18 ff000000 00 0000 00000000 00000000 00000000 0010000000000000"
                                             "00000000 00000000 01000000 00000000 00000000 00 0000"},
    {"close", SERVER, CLIENT, 445, 40000, PUSH_ACK, NULL, "00000023" SMB1("04", "080000c0", "80") "00 0000"},
    {"closing", CLIENT, SERVER, 40000, 445, PUSH_ACK, NULL,
     "00000029" SMB1("04", "00000000", "00") "03 0040 00000000 0000"},
    {"bulk", CLIENT, 0xc0a80202, 40000, 9, PUSH_ACK, NULL, NULL}, /* to 192.168.2.2, sequence 1234, 1200 bytes */
    {"broken", CLIENT, SERVER, 40000, 9, PUSH_ACK, "the checksum is wrong", NULL},
};

/* Frames that are no talk of two ports, and frames that need more than a row. */
typedef struct {
    const char *name;
    u32 linktype;
    void (*make)(FrameDraft *d);
} Odd;

static void make_ping(FrameDraft *d) /* 300 bytes of data: 328 in all */
{
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 1, CLIENT, 0x04030201);
    frame_icmp(d, 8, 0, 1, 1);
    for (u32 i = 0; i < 300; i++) frame_be(d, 1, 'a' + i % 26);
}

static void make_pong(FrameDraft *d)
{
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 1, 0x01020304, CLIENT);
    frame_icmp(d, 0, 0, 1, 1);
}

static void make_arp(FrameDraft *d)
{
    frame_ethernet(d, 0xffffffffffff, HOST, 0x0806);
    frame_arp(d, 1, HOST, CLIENT, 0, SERVER);
}

static void make_probe6(FrameDraft *d)
{
    static const u8 source[16] = {0x20, 0x01, 0x0d, 0xb8, [5] = 0, [7] = 1, [15] = 1}; /* 2001:db8:0:1::1 */
    static const u8 destination[16] = {0xff, 0x02, [15] = 0x0c};
    frame_ethernet(d, 1, 2, 0x86dd);
    frame_ipv6(d, 17, source, destination);
    frame_udp(d, 40000, 3702);
}

/* RFC 2131: a client without an address looks for a server. */
static void make_discover(FrameDraft *d)
{
    frame_ethernet(d, 0xffffffffffff, 3, 0x0800);
    frame_ipv4(d, 17, 0, 0xffffffff);
    frame_udp(d, 68, 67);
    frame_hex(d, "01010600 12345678 0000 8000");
    for (u32 i = 0; i < 236 - 12; i++) frame_be(d, 1, 0);
    frame_hex(d, "63825363 350101 ff");
}

/* 802.11g in monitor mode on channel 14: a beacon of 12:34:56:aa:bb:cd to all. */
static void make_beacon(FrameDraft *d)
{
    frame_hex(d, "02 2000 00000080 00000000 06000000 0e000000 c9ffffff 6c 0102030405060708");
    frame_hex(d, "8000 0000 ffffffffffff 123456aabbcd 123456aabbcd 0000 0000000000000000 6400 0100 0003616263");
}

static const Odd odds[] = {
    {"ping", 1, make_ping},
    {"pong", 1, make_pong},
    {"arp", 1, make_arp},
    {"probe6", 1, make_probe6},
    {"discover", 1, make_discover},
    {"discover", 1, make_discover},
    {"beacon", NETMON_WIFI, make_beacon},
};

enum { TALKS = COUNT_OF(talks), FRAMES = TALKS + COUNT_OF(odds), NAMES_MAX = 400 };

static const char *name_of(u32 frame) { return frame < TALKS ? talks[frame].name : odds[frame - TALKS].name; }
static u32 linktype_of(u32 frame) { return frame < TALKS ? 1 : odds[frame - TALKS].linktype; }

/* The sum of a segment that stands behind Ethernet and IPv4 without options (RFC 9293, 3.1). */
static void put_tcp_checksum(FrameDraft *d)
{
    u8 *ip = d->bytes + 14, *tcp = ip + 20;
    u32 len = d->len - 34, sum = 6 + len;
    for (u32 i = 12; i < 20; i += 2) sum += load_be16(ip + i);
    for (u32 i = 0; i + 1 < len; i += 2) sum += load_be16(tcp + i);
    if (len & 1) sum += (u32)tcp[len - 1] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    tcp[16] = (u8)(~sum >> 8), tcp[17] = (u8)~sum;
}

static void make_talk(FrameDraft *d, const Talk *talk)
{
    bool bulk = strcmp(talk->name, "bulk") == 0, broken = strcmp(talk->name, "broken") == 0;
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, talk->how == UDP ? 17 : 6, talk->source, talk->destination);
    if (talk->how == UDP)
        frame_udp(d, talk->from, talk->to);
    else
        frame_tcp(d, talk->from, talk->to, bulk ? 1234 : 3537217409, 0, (u8)talk->how);
    if (talk->how == RESET) memset(d->bytes + 34 + 14, 0, 2); /* the window */
    if (talk->text) frame_payload(d, talk->text, (u32)strlen(talk->text));
    if (talk->hex) frame_hex(d, talk->hex);
    for (u32 i = 0; bulk && i < 1200; i++) frame_be(d, 1, 'x');
    frame_end(d);
    if (talk->how != UDP && !broken) put_tcp_checksum(d);
}

/* A second lies between frames, but two in front of "arp", which came at NetMon's 129222852861360590. */
#define ARP_TIME ((129222852861360590 - 116444736000000000) * 100)

static void make_batch(Batch *batch, u32 linktype, u32 frames[FRAMES])
{
    static FrameDraft d;
    batch_begin(batch, linktype);
    for (u32 f = 0; f < FRAMES; f++) {
        if (linktype_of(f) != linktype) continue;
        frame_begin(&d);
        if (f < TALKS)
            make_talk(&d, &talks[f]);
        else
            odds[f - TALKS].make(&d);
        frame_end(&d);
        u32 i = batch->count;
        bool arp = strcmp(name_of(f), "arp") == 0;
        frames[i] = f;
        batch_add(batch, d.bytes, d.len, d.len);
        batch->number[i] = f;
        batch->delta[i] = f == 0 ? 0 : (arp ? 2 : 1) * 1000000000LL;
        batch->offset[i] = f * 1000000000LL;
        batch->time[i] = arp ? ARP_TIME : ARP_TIME + 3600000000000LL + f * 1000000000LL;
    }
}

/* ---- the filters ---- */

typedef struct {
    const char *from; /* the section of netmon-language.md that it is quoted in */
    const char *filter;
    const char *keeps; /* names of frames; "*" all of them, then those it drops with a '-' in front */
    const char *fails; /* or what the message begins with */
} Quote;

#define STATE    " is a NetMon name that needs state"
#define NOT_HERE " is a NetMon name that this version does not know"

static const Quote quotes[] = {
    /* values, and how they are written */
    {"1.3", "FrameVariable.TimeDelta > 10000000", "arp", NULL},
    {"1.9", "IPv4.Address == 192.168.1.1", "desktop", NULL},
    {"1.9", "IPv6.Address == 2001:db8:0:1::1", "probe6", NULL},
    {"1.9", "Ethernet.Address == 0xFFFFFFFFFFFF", "arp discover", NULL},
    {"1.9", "WiFi.Address == 0xFFFFFFFFFFFF", "beacon", NULL},
    {"1.9", "Ethernet.Address == FF-FF-FF-FF-FF-FF", "arp discover", NULL},
    {"1.3", "IPv4.DestinationAddress=239.255.255.250", NULL, "'=' is no operator"},
    {"1.3", "IPv4.DestinationAddress == 239.255.255.250", "probe", NULL},
    {"1.4", "IPv4.SourceAddress > IPv4.DestinationAddress",
     "kerberos answer ok proxy desktop denied granted reset close ping", NULL},
    {"1.3", "SourceAddress > DestinationAddress", NULL, "no protocol or field named 'SourceAddress'"},
    {"1.4", "(TCP.SrcPort > TCP.DstPort) ? 1 : (TCP.SrcPort == TCP.DstPort) ? 0 : 2", NULL, "stray character '?'"},
    /* names: protocols, structures, paths, scopes */
    {"1.4", "DNS", "ask-ms ask-sql answer", NULL},
    {"1.5", "Arp", "arp", NULL},
    {"1.5", "ICMP", "ping pong", NULL},
    {"1.2", "TCP",
     "get ok proxy hello sealed desktop endpoints denied granted syn reset create close closing bulk broken", NULL},
    {"1.5", "Protocol.ICMP", "ping pong", NULL},
    {"1.5", ".Protocol.IPv4.Address == 10.0.0.1 AND ARP", "", NULL},
    {"1.5", ".Protocol.IPv4.Address == 4.3.2.1", "ping", NULL},
    {"1.5", ".property.NTLMSSPSummary", NULL, "'.property.NTLMSSPSummary'" NOT_HERE},
    {"1.5", "Frame.Ethernet.IPv4.SourceAddress == 192.168.1.1", "desktop", NULL},
    {"1.8", "Frame.Ethernet.IPv4.TCP.Port == 3389", "desktop", NULL},
    {"1.8", "not(Frame.Ethernet.IPv4.TCP.Port==3389)", "* -desktop", NULL},
    {"1.8", "Tcp.port!=3389",
     "get ok proxy hello sealed endpoints denied granted syn reset create close closing bulk broken", NULL},
    {"1.5", "KrbError", "kerberos", NULL},
    {"1.3", "LDAPResult.ResultCode", "denied granted", NULL},
    {"1.3", "LDAPResult.ResultCode != 0", "denied", NULL},
    {"6", "ResultCode != 0", NULL, "no protocol or field named 'ResultCode'"},
    {"1.3", "LDAPResult.ToString.contains(\"Success\")", "granted", NULL},
    {"1.3", "!LDAPResult.ToString.contains(\"Success\") && LDAPResult.ResultCode", "denied", NULL},
    {"2.5", "(!LDAPResult.ToString.contains(\"Success\") && LDAPResult.ResultCode)", "denied", NULL},
    {"1.5", "*port==135", NULL, "expected a test at the start of the filter, found '*'"},
    {"1.4", "tcp.port==135", "endpoints", NULL},
    {"1.5", "TCP.Rst", NULL, "no field named 'TCP.Rst'"},
    {"2.5", "TCP.Option.Ack", NULL, "no field named 'TCP.Option.Ack'"},
    {"1.5", "Property.myMvs$[3]", NULL, "properties with a key"},
    {"1.5", "Global.myArray[3]", NULL, "square brackets behind a name are not part of the language"},
    {"1.3", "TCP.Flags.Syn",
     "get ok proxy hello sealed desktop endpoints denied granted syn reset create close closing bulk broken", NULL},
    /* unscoped properties */
    {"1.6", "TCPPayloadLength == 0", "desktop endpoints syn reset", NULL},
    {"1.6", "Destination==\"192.168.2.2\"", "bulk", NULL},
    {"2.2", "Destination.Contains(\"192.68\")", "endpoints", NULL},
    {"2.2", "Description.Contains(\"error\")", "answer", NULL},
    {"1.6", "ipconfig.localipv4address", NULL, "'ipconfig.localipv4address'" NOT_HERE},
    {"2.4", "(ipv4.address == ipconfig.localipv4address) AND (Ipv4.DestinationAddress == 1.2.3.4)", NULL,
     "'ipconfig.localipv4address'" NOT_HERE},
    {"2.4", "Global.IPConfig.LocalIPv6Address", NULL, "'Global.IPConfig.LocalIPv6Address'" NOT_HERE},
    {"2.4", "Global.IPConfig.LocalIPv4Address", NULL, "'Global.IPConfig.LocalIPv4Address'" NOT_HERE},
    {"2.4", "Global.IPConfig.IPv4LocalAddress", NULL, "'Global.IPConfig.IPv4LocalAddress'" NOT_HERE},
    /* existence, absence, pairs */
    {"1.7", "http.Request or http.Response", "get ok proxy", NULL},
    {"3", "(http.Request or http.Response) and tcp.port==8080", "proxy", NULL},
    {"1.7", "TLS.TlsRecLayer.TlsRecordLayer.SSLHandshake.HandShake.ClientHello", "hello", NULL},
    {"1.8", "tcp.port == 80", "get ok", NULL},
    {"1.5", "ipv4.address==10.0.0.1 and ipv4.address==4.3.2.1", "ping", NULL},
    {"1.9", "IPv4.Address == 192.168.2.2", "bulk", NULL},
    {"1.8", "TCP.Port == 389", "denied granted syn reset", NULL},
    {"1.4", "Tcp.SrcPort == 389", "denied granted reset", NULL},
    {"1.4", "IPV4.SourceAddress == 1.2.3.4", "pong", NULL},
    {"4.1", "IPv4.Address == 4.3.2.1 AND ICMP", "ping", NULL},
    /* functions, methods, bytes */
    {"4.4", "dns.qrecord.questionname.Contains('stopmstrace')", "ask-ms", NULL},
    {"2.5", "dns.qrecord.questionname.Contains('stopsqltrace')", "ask-sql", NULL},
    {"1.2", "contains (Conversation.ProcessName,'x')", NULL, "'Conversation.ProcessName'" NOT_HERE},
    {"1.2", "contains (dns.qrecord.questionname,'stopsql')", "ask-sql", NULL},
    {"1.10", "http.Response.StatusCode.StringToNumber >= 400", "proxy", NULL},
    {"1.10", "ContainsBin(FrameData, ASCII, \"office\")", "get", NULL},
    {"1.4", "Containsbin(framedata, ascii, \"checksum\")", "broken", NULL},
    {"1.4", "ContainsBin(TCP.TCPPayload, ASCII, \"Probe\")", "", NULL},
    {"1.4", "ContainsBin(FrameData, HEX, \"0b73746f70\")", "ask-ms", NULL},
    {"1.4", "ContainsBin(FrameData, UNICODE, \"office\")", "", NULL},
    {"1.10", "UINT8(FrameData, 14) == 0x60", "probe6", NULL},
    {"1.10", "UINT8(FrameData, Offset + 1) == 1", NULL, "no protocol or field named 'Offset'"},
    {"1.10", "UINT16(FrameData, 12) == 0x0806", "arp", NULL},
    {"1.10", "UINT32(FrameData, 26) == 0x01020304", "pong", NULL},
    {"1.10", "UINT64(FrameData, 4) == 0xFFFF123456AABBCC", "arp", NULL},
    {"1.10", "AsciiString(FrameData, 54, 3) == \"GET\"", "get", NULL},
    {"1.8", "Blob(FrameData, 12, 2) == 0x0806", "arp", NULL},
    {"1.10", "this.ToBitString", NULL, "no protocol or field named 'this.ToBitString'"},
    {"1.10", "FormatString(\"%s\", TCP.Port)", NULL, "no function named 'FormatString'"},
    /* FrameVariable */
    {"2.1", "FrameVariable.FrameNumber == 0", "ask-ms", NULL},
    {"1.3", "FrameVariable.TimeDelta >= 10000000", "* -ask-ms", NULL},
    {"2.1", "FrameVariable.TimeOffset == 0", "ask-ms", NULL},
    {"2.1", "FrameVariable.TimeOfDay == 129222852861360590", "arp", NULL},
    {"2.1", "FrameVariable.TimeDateLocalAdjusted == 129222852861360590", "arp", NULL},
    {"2.1", "FrameVariable.TimeAndDate == 129222852861360590", "arp", NULL},
    {"2.1", "FrameVariable.CommentTitle", NULL, "'FrameVariable.CommentTitle'" NOT_HERE},
    {"2.1", "FrameVariable.CommentTitle.Contains(\"m:red\")", NULL, "'FrameVariable.CommentTitle'" NOT_HERE},
    {"2.1", "FrameVariable.FrameLength > 1000", "bulk", NULL},
    {"2.1", "FrameVariable.MediaType == 1", "* -beacon", NULL},
    /* Property */
    {"1.2", "Source == \"1.2.3.4\"", "pong", NULL},
    {"2.2", "ProtocolName == \"HTTP\"", "get ok proxy", NULL},
    {"3",
     "ProtocolName == \"USBHub_MicrosoftWindowsUSBUSBHUB\" OR ProtocolName == \"USBPort_MicrosoftWindowsUSBUSBPORT\"",
     "", NULL},
    {"2.2", "UTProcessID", NULL, "'UTProcessID'" NOT_HERE},
    {"2.2", "UTProcessName", NULL, "'UTProcessName'" NOT_HERE},
    {"2.2", "Property.NetworkDirection == 1", "kerberos answer ok proxy desktop denied granted reset close ping", NULL},
    {"2.2", "Property.NetworkDirection == 2",
     "ask-ms ask-sql probe netbios get hello sealed endpoints syn create closing bulk broken pong probe6 discover",
     NULL},
    {"1.3", "IPPayloadLength > 1000", "bulk", NULL},
    {"2.2", "SourceNetworkAddress == \"1.2.3.4\"", "pong", NULL},
    {"2.2", "DestinationNetworkAddress == \"4.3.2.1\"", "ping", NULL},
    {"2.2", "SourcePort == 8080", "proxy", NULL},
    {"2.2", "DestinationPort == 3702", "probe probe6", NULL},
    {"1.4", "Property.TCPRetransmit == 1", NULL, "'Property.TCPRetransmit'" STATE},
    {"2.2", "Property.TCPRetransmit==1 && tcp.port == 80", NULL, "'Property.TCPRetransmit'" STATE},
    {"6", "(Property.TCPRetransmit==1 or Property.TCPRetransmit==1)", NULL, "'Property.TCPRetransmit'" STATE},
    {"1.7", "property.TCPSynRetransmit", NULL, "'property.TCPSynRetransmit'" STATE},
    {"2.2", "Property.TcpSynRetransmit==1", NULL, "'Property.TcpSynRetransmit'" STATE},
    {"2.2", "Property.tcprequestfastretransmits", NULL, "'Property.tcprequestfastretransmits'" STATE},
    {"2.2", "Property.TCPRequestFastRetransmit", NULL, "'Property.TCPRequestFastRetransmit'" STATE},
    {"2.2", "property.tcpretranmit", NULL, "'property.tcpretranmit'" STATE},
    {"2.2", "Property.tcpretranmits", NULL, "'Property.tcpretranmits'" STATE},
    {"1.3", "TCPCheckSumStatus != \"Good\"", "broken", NULL},
    {"2.2", "TCPDescription.Contains(\"#472\")", "", NULL},
    {"3", "TCPDescription.Contains(\"[Keep alive\")", "", NULL},
    {"2.2", "TCPDescription.Contains(\"[Dup Ack\")", "", NULL},
    {"2.2",
     "TCPDescription.Contains(\"Flags=CE....S., SrcPort=49300, DstPort=LDAP(389), PayloadLen=0, Seq=3537217409, Ack=0, Win=8192\")",
     "syn", NULL},
    {"2.2", "TCPSeqNumber==1234", "bulk", NULL},
    {"2.2", "TCPAckNumber == 0 AND TCPSeqNumber == 1234", "bulk", NULL},
    {"2.2", "TCPNextSeqNumber == 2434", "bulk", NULL},
    {"2.2", "TCPSeqeunceRange == \"1234 - 2434\"", "bulk", NULL},
    {"1.2", "TCPSequenceRange.Contains(\"1234 - \")", "bulk", NULL},
    {"2.2", "TCPShortSeqNumber == 1234", "bulk", NULL},
    {"2.2", "TCPShortAckNumber > 0", "", NULL},
    {"2.2", "TCPWindowSize", NULL, "'TCPWindowSize'" STATE},
    {"2.2", "property.SMBFileID==0x4000", "closing", NULL},
    {"1.3", "Property.SMBStatus != 0", "close", NULL},
    {"2.2", "SMBFileName", "", NULL},
    {"2.2", "SMBCommand == 0xA2", "create", NULL},
    {"2.2", "SMBPID == 0xfeff", "create close closing", NULL},
    {"2.2", "HttpContentEncoding == \"gzip\"", "ok", NULL},
    {"2.2", "HttpContentType == \"text/plain\"", "ok", NULL},
    {"2.2", "HttpServer == \"s\"", "ok", NULL},
    {"2.2", "HttpSummary", "get ok proxy", NULL},
    {"2.2", "HttpTransferType == 2", "ok", NULL},
    {"2.2", "HttpHost == \"office.example\"", "get", NULL},
    {"2.2", "HttpStatusCode == 404", "proxy", NULL},
    {"2.2", "HttpUriLocation == \"/\"", "get", NULL},
    {"2.2", "WiFiSource", "beacon", NULL},
    {"2.2", "WiFiDestination", "beacon", NULL},
    {"2.2", "property.WifiChannel==14", "beacon", NULL},
    {"2.2", "TCPContinuation", NULL, "no protocol or field named 'TCPContinuation'"},
    {"2.2", "TCPKeepAlive", NULL, "no protocol or field named 'TCPKeepAlive'"},
    {"2.2", "TCPDupAck", NULL, "no protocol or field named 'TCPDupAck'"},
    {"2.2", "TCPZeroWindow", NULL, "no protocol or field named 'TCPZeroWindow'"},
    {"1.10", "TTL", NULL, "no protocol or field named 'TTL'"},
    /* Conversation */
    {"2.3", "Conversation.ProcessName == \"javaw.exe\"", NULL, "'Conversation.ProcessName'" NOT_HERE},
    {"2.3", "Conversation.ProcessId", NULL, "'Conversation.ProcessId'" NOT_HERE},
    {"2.3", "Conversation.HttpHeaderParsed", NULL, "'Conversation.HttpHeaderParsed'" STATE},
    {"2.3", "Conversation.TCP.Id", NULL, "'Conversation.TCP.Id'" STATE},
    /* fields, protocol by protocol */
    {"2.5", "Ethernet.Address==0x123456AABBCC", "arp", NULL},
    {"2.5", "Ethernet.SourceAddress == 0x123456AABBCC", "arp", NULL},
    {"2.4", "Ethernet.DestinationAddress == 0xFFFFFFFFFFFF", "arp discover", NULL},
    {"2.5", "Ethernet.EthernetType == 0x86DD", "probe6", NULL},
    {"1.9", "WiFi.Address == 0x123456AABBCD", "beacon", NULL},
    {"2.5", "WiFi.Management.SA == 0x123456AABBCD", "beacon", NULL},
    {"2.5", "WiFi.Management.DA == 0xFFFFFFFFFFFF", "beacon", NULL},
    {"2.5", "WiFi.MetaData.PhyType == 0x6", "beacon", NULL},
    {"2.5", "Ipv4.TotalLength == 328", "ping", NULL},
    {"2.5", "ICMP and Ipv4.TotalLength == 328", "ping", NULL},
    {"4.2", "(ICMP and Ipv4.TotalLength == 328)", "ping", NULL},
    {"1.3", "IPv4.DestinationAddress == 4.3.2.1", "ping", NULL},
    {"1.3", "IPv4.PayloadLength == 308", "ping", NULL},
    {"2.5", "IPv4.NextProtocol == 1", "ping pong", NULL},
    {"2.5", "IPv4.TimeToLive == 64 AND ICMP", "ping pong", NULL},
    {"2.5", "IPv4.Identification == 0x1234 AND ICMP", "ping pong", NULL},
    {"2.5", "IPv4.FragmentFlags.MF == 1", "", NULL},
    {"2.5", "IPv6.DestinationAddress == FF02::C", "probe6", NULL},
    {"2.5", "IPv6.SourceAddress == 2001:db8:0:1::1", "probe6", NULL},
    {"2.5", "IPv6.PayloadLength == 8", "probe6", NULL},
    {"2.5", "IPv6.NextProtocol == 17", "probe6", NULL},
    {"2.5", "IPv6.HopLimit == 64", "probe6", NULL},
    {"2.5", "ICMP.Type == 8", "ping", NULL},
    {"2.5", "ICMP.Type == 0 AND ICMP.Code == 0", "pong", NULL},
    {"2.5", "ICMPv6", "", NULL},
    {"2.5", "DHCP", "discover", NULL},
    {"4.4", "NbtNs.NbtNsQuestionSectionData.QuestionName.Name == 'NMTEST2 '", "netbios", NULL},
    {"2.5", "LLMNR", "", NULL},
    {"1.8", "tcp.port==80", "get ok", NULL},
    {"2.5", "TCP.SequenceNumber == 1234", "bulk", NULL},
    {"2.5", "TCP.Window == 0", "reset", NULL},
    {"2.5", "TCP.DataOffset.DataOffset == 5 AND TCP.Window == 0", "reset", NULL},
    {"2.5", "Tcp.flags.syn==1", "syn", NULL},
    {"3", "tcp.flags.reset==1", "reset", NULL},
    {"2.5", "TCP.DstPort == 135", "endpoints", NULL},
    {"2.5", "TCP.AcknowledgementNumber == 0 AND TCP.Port == 135", "endpoints", NULL},
    {"2.5", "TCP.Flags.Ack == 0 AND TCP", "syn reset", NULL},
    {"2.5", "TCP.Flags.Push == 0", "syn reset", NULL},
    {"2.5", "TCP.Flags.Fin == 1 OR TCP.Flags.Urgent == 1", "", NULL},
    {"2.5", "TCP.Flags.ECE == 1 AND TCP.Flags.CWR == 1", "syn", NULL},
    {"2.5", "TCP.TCPOptions.MaxSegmentSize OR TCP.TCPOptions.SACK", "", NULL},
    {"2.5", "UDP.Port == 3702", "probe probe6", NULL},
    {"2.5", "UDP.SrcPort == 88 OR UDP.DstPort == 137", "kerberos netbios", NULL},
    {"2.5", "http.request.command == \"GET\"", "get", NULL},
    {"2.5", "HTTP.Request.URI == \"/\"", "get", NULL},
    {"1.10", "HTTP.Response.StatusCode == \"404\"", "proxy", NULL},
    {"1.5", "SMBRequestNTCreateAndX.AllocationSize == 4096", "create", NULL},
    {"2.5", ".Protocol.TLS AND Description == \"TLS:TLS Rec Layer-1 SSL Application Data\"", "sealed", NULL},
    /* shipped filters and colour rules */
    {"1.5", "USBPort_MicrosoftWindowsUSBUSBPORT", NULL, "'USBPort_MicrosoftWindowsUSBUSBPORT'" NOT_HERE},
    {"3", "(USBPort_MicrosoftWindowsUSBUSBPORT AND NetEvent.Header.Descriptor.Opcode == 34)", NULL,
     "'USBPort_MicrosoftWindowsUSBUSBPORT'" NOT_HERE},
    {"3", "(USBHub_MicrosoftWindowsUSBUSBHUB AND NetEvent.Header.Descriptor.Opcode == 11)", NULL,
     "'USBHub_MicrosoftWindowsUSBUSBHUB'" NOT_HERE},
    {"3", "(USBHub_MicrosoftWindowsUSBUSBHUB AND NetEvent.Header.Descriptor.Id == 210)", NULL,
     "'USBHub_MicrosoftWindowsUSBUSBHUB'" NOT_HERE},
    {"3", "(NetEvent.Header.Descriptor.Level == 0x2)", NULL, "'NetEvent.Header.Descriptor.Level'" NOT_HERE},
    {"2.5", "NetEvent.Header.Descriptor.Task", NULL, "'NetEvent.Header.Descriptor.Task'" NOT_HERE},
    {"3",
     "(USBPort_MicrosoftWindowsUSBUSBPORT AND NetEvent.Header.Descriptor.Opcode == 34) OR (USBHub_MicrosoftWindowsUSBUSBHUB AND NetEvent.Header.Descriptor.Opcode == 11) OR (NetEvent.Header.Descriptor.Level == 0x2) OR (USBHub_MicrosoftWindowsUSBUSBHUB AND NetEvent.Header.Descriptor.Id == 210)",
     NULL, "'USBPort_MicrosoftWindowsUSBUSBPORT'" NOT_HERE},
    {"1.4", "// probes\nUDP.Port == 3702 // WS-Discovery", "probe probe6", NULL},
    {"1.2", "tcp",
     "get ok proxy hello sealed desktop endpoints denied granted syn reset create close closing bulk broken", NULL},
};

/* ---- each filter over each frame ---- */

static Program *compile(Arena *arena, const char *filter, const char **messages)
{
    DiagList diags;
    Source source = {.name = "filter", .text = filter, .len = (u32)strlen(filter)};
    diag_init(&diags, arena, &source);
    Program *program = filter_compile(arena, &source, &(CompileOptions){0}, &diags, NULL);
    *messages = diag_format_all(arena, &diags);
    return program;
}

static bool listed(const char *list, char sign, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at += len) {
        char before = at == list ? ' ' : at[-1];
        if ((at[len] == ' ' || at[len] == 0) && before == (sign ? sign : ' ')) return true;
    }
    return false;
}

static bool wanted(const char *list, const char *name)
{
    return list[0] == '*' ? !listed(list, '-', name) : listed(list, 0, name);
}

/* Adds the names of frames of one link type that the program keeps, and of those it should keep. */
static void run_over(const Quote *quote, const Program *program, u32 linktype, bool kept[FRAMES], bool should[FRAMES])
{
    Batch batch;
    u32 frames[FRAMES];
    make_batch(&batch, linktype, frames);
    Vm *vm = vm_new(program);
    cr_assert_not_null(vm);
    Mask cut, answer = vm_run(vm, &batch, &cut);
    cr_expect_eq(answer, scalar_run(program, &batch, &cut), "%s: the machines differ", quote->filter);
    for (u32 i = 0; i < batch.count; i++) {
        kept[frames[i]] = answer >> i & 1;
        should[frames[i]] = wanted(quote->keeps, name_of(frames[i]));
    }
    vm_free(vm);
    batch_free(&batch);
}

static const char *names_of(const bool set[FRAMES], char text[NAMES_MAX])
{
    u32 used = 0;
    text[0] = 0;
    for (u32 f = 0; f < FRAMES; f++)
        if (set[f]) used += (u32)snprintf(text + used, NAMES_MAX - used, "%s%s", used ? " " : "", name_of(f));
    return text;
}

static void check_frames(const Quote *quote, const Program *program, bool ever[FRAMES])
{
    bool kept[FRAMES], should[FRAMES];
    char is[NAMES_MAX], want[NAMES_MAX];
    run_over(quote, program, 1, kept, should);
    run_over(quote, program, NETMON_WIFI, kept, should);
    cr_expect(memcmp(kept, should, sizeof kept) == 0, "%s (%s): keeps \"%s\", not \"%s\"", quote->filter, quote->from,
              names_of(kept, is), names_of(should, want));
    for (u32 f = 0; f < FRAMES; f++) ever[f] = ever[f] || kept[f];
}

static void check_quote(const Quote *quote, bool ever[FRAMES])
{
    Arena arena = {0};
    const char *messages;
    Program *program = compile(&arena, quote->filter, &messages);
    if (quote->fails) {
        const char *error = strstr(messages, "error: ");
        bool says = error && strncmp(error + 7, quote->fails, strlen(quote->fails)) == 0;
        cr_expect(!program && says, "%s (%s): expected \"%s\", got %s", quote->filter, quote->from, quote->fails,
                  program ? "a program" : messages);
    } else {
        cr_expect_not_null(program, "%s (%s): %s", quote->filter, quote->from, messages);
        if (program) check_frames(quote, program, ever);
    }
    program_free(program);
    arena_release(&arena);
}

/* Names in the third column are those of frames. */
static void check_names(const char *list)
{
    char copy[NAMES_MAX];
    snprintf(copy, sizeof copy, "%s", list);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
        bool known = strcmp(word, "*") == 0;
        for (u32 f = 0; f < FRAMES; f++) known = known || strcmp(name_of(f), word + (*word == '-')) == 0;
        cr_expect(known, "%s is no frame", word);
    }
}

Test(netmon_quotes, each_does_what_its_page_says)
{
    bool ever[FRAMES] = {0};
    setenv("TZ", "UTC", 1);
    for (u32 q = 0; q < COUNT_OF(quotes); q++) {
        check_quote(&quotes[q], ever);
        if (quotes[q].keeps) check_names(quotes[q].keeps);
        cr_expect(!quotes[q].keeps != !quotes[q].fails, "%s", quotes[q].filter);
        for (u32 other = 0; other < q; other++)
            cr_expect(strcmp(quotes[q].filter, quotes[other].filter), "%s stands twice", quotes[q].filter);
    }
    for (u32 f = 0; f < FRAMES; f++) cr_expect(ever[f], "%s is kept by no filter", name_of(f));
}

/* All that are quoted: a row that gets lost is missed. */
Test(netmon_quotes, none_is_left_out) { cr_assert_eq(COUNT_OF(quotes), 201); }
