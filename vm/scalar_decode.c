/* scalar_decode.c - see scalar_decode.h: a function for each kind of header, each calling the next.
 *
 * `start` is where a header begins, `end` where the packet around it ends on the wire. */
#include "vm/scalar_decode.h"

#include "vm/walk.h"

static u64 set_of(Proto proto) { return (u64)1 << proto; }

/* What may stand anywhere in a frame: all but what only opens one. */
static u64 anything(void)
{
    u64 all = 0;
    for (u32 proto = 0; proto < PROTO_COUNT; proto++)
        if (proto != PROTO_PROPERTY && proto != PROTO_LINUX_COOKED && proto != PROTO_LOOPBACK &&
            proto != PROTO_CISCO_HDLC && proto != PROTO_RADIOTAP && proto != PROTO_WIFI)
            all |= set_of((Proto)proto);
    return all;
}

static u32 two_bytes(const ScalarHeaders *f, u64 at) { return f->data[at] * 256u + f->data[at + 1]; }

/* Is byte `at` there to be read: inside its packet, and captured?  If it was only not captured, what it would have led
 * to is missing. */
static bool readable(ScalarHeaders *f, u64 at, u32 end, u64 leads_to)
{
    if (at >= end) return false;
    if (at < f->caplen) return true;
    f->missing |= leads_to & f->asked;
    return false;
}

/* The same for all bytes from the first to the last of a header. */
static bool all_readable(ScalarHeaders *f, u64 first, u64 last, u32 end, u64 leads_to)
{
    return readable(f, first, end, leads_to) && readable(f, last, end, leads_to);
}

/* Notes a header that was announced at `start`; NULL when it does not exist, or nobody asks for it or what follows it. */
static ScalarHeader *add_header(ScalarHeaders *f, Proto proto, u64 start, u32 end, u64 leads_to)
{
    u64 finds = leads_to | set_of(proto);
    if (!(finds & f->asked)) return NULL;
    if (start > 65535 || !readable(f, start, end, finds) || f->count == SCALAR_HEADERS_MAX) return NULL;
    ScalarHeader *header = &f->header[f->count++];
    *header = (ScalarHeader){proto, (u32)start, end};
    return header;
}

ScalarHeader *scalar_add_header(ScalarHeaders *f, Proto proto, u64 start, u32 end, u64 leads_to)
{
    return add_header(f, proto, start, end, leads_to);
}

static void find_ip(ScalarHeaders *f, u32 protocol, u64 start, u32 end);
static void find_mpls(ScalarHeaders *f, u64 start, u32 end);

static void find_ethernet(ScalarHeaders *f, u64 start, u32 end);
static void find_ppp(ScalarHeaders *f, u64 start, u32 end);
static void find_ethertype(ScalarHeaders *f, u32 type, u64 start, u32 end);
static void find_by_version(ScalarHeaders *f, u64 start, u32 end);

static void find_vxlan(ScalarHeaders *f, u64 start, u32 end)
{
    if (!add_header(f, PROTO_VXLAN, start, end, anything())) return;
    bool network_is_valid = f->data[start] & 8;
    if (network_is_valid) find_ethernet(f, start + 8, end);
}

static void find_gtp(ScalarHeaders *f, u64 start, u32 end)
{
    ScalarHeader *header = add_header(f, PROTO_GTP, start, end, anything());
    if (!header) return;
    u32 version = f->data[start] >> 5, flags = f->data[start] & 7;
    bool charging = !(f->data[start] & 16);
    if (version != 1 || charging) {
        header->end = (u32)start + 1;
        return;
    }
    if (!readable(f, start + 3, end, anything())) return;
    u64 stops = start + 8 + two_bytes(f, start + 2), at = start + 8;
    if (stops < end) header->end = end = (u32)stops;
    if (f->data[start + 1] != 255) return;
    u32 next = 0;
    if (flags) {
        if (!readable(f, start + 11, end, anything())) return;
        if (flags & 4) next = f->data[start + 11];
        at = start + 12;
    }
    while (next != 0) {
        if (!readable(f, at, end, anything())) return;
        u32 length = f->data[at] * 4u;
        if (length == 0 || !readable(f, at + length - 1, end, anything())) return;
        at += length;
        next = f->data[at - 1];
    }
    find_by_version(f, at, end);
}

static void find_gre(ScalarHeaders *f, u64 start, u32 end)
{
    ScalarHeader *header = add_header(f, PROTO_GRE, start, end, anything());
    if (!header || !readable(f, start + 3, end, anything())) return;
    u32 bits = f->data[start], type = two_bytes(f, start + 2), version = f->data[start + 1] & 7;
    bool checksum = bits & 0x80, routes = bits & 0x40, key = bits & 0x20, sequence = bits & 0x10;
    u64 at = start + 4 + (key ? 4 : 0) + (sequence ? 4 : 0);
    if (version == 1 && type == 0x880b && key && sequence && readable(f, start + 5, end, anything())) {
        bool acknowledgement = f->data[start + 1] & 0x80;
        if (acknowledgement) at += 4;
        u64 stops = at + two_bytes(f, start + 4);
        if (stops < end) header->end = end = (u32)stops;
        find_ppp(f, at, end);
    }
    if (version != 0) return;
    if (checksum || routes) at += 4;
    for (bool last = !routes; !last;) {
        if (!readable(f, at + 3, end, anything())) return;
        last = two_bytes(f, at) == 0 && f->data[at + 3] == 0;
        at += 4u + f->data[at + 3];
    }
    find_ethertype(f, type, at, end);
}

/* Over TCP a message stands behind its length, of which the upper bit is not set. */
static void find_kerberos_segment(ScalarHeaders *f, u64 start, u32 end)
{
    if (start > 65535 || !all_readable(f, start, start + 3, end, set_of(PROTO_KERBEROS))) return;
    if (f->data[start] < 128) add_header(f, PROTO_KERBEROS, start + 4, end, 0);
}

static bool says_smb(ScalarHeaders *f, u64 at, u8 first)
{
    return f->data[at] == first && f->data[at + 1] == 'S' && f->data[at + 2] == 'M' && f->data[at + 3] == 'B';
}

/* The commands of one session message, from `at` to `stop`; false: nothing behind it can be told. */
static bool find_smb_commands(ScalarHeaders *f, u64 at, u64 stop, u32 end)
{
    u64 file_services = set_of(PROTO_NBTSS) | set_of(PROTO_SMB) | set_of(PROTO_SMB2);
    while (at < stop) {
        if (at + 4 > end) return true;
        if (!all_readable(f, at, at + 3, end, file_services)) return false;
        bool one = says_smb(f, at, 0xff), two_plain = says_smb(f, at, 0xfe), two_hidden = says_smb(f, at, 0xfd);
        if (!one && !two_plain && !two_hidden) return true;
        ScalarHeader *header = add_header(f, one ? PROTO_SMB : PROTO_SMB2, at, end, file_services);
        if (!header) return false;
        header->end = (u32)stop;
        if (!two_plain || stop - at < 64) return true;
        if (!readable(f, at + 23, end, file_services)) return false;
        u64 next = f->data[at + 20] + f->data[at + 21] * 0x100u + f->data[at + 22] * 0x10000u +
                   f->data[at + 23] * 0x1000000ull;
        if (next < 64 || next >= stop - at) return true;
        header->end = (u32)(at + next);
        at += next;
    }
    return true;
}

/* Session messages one behind the other. */
static void find_session_messages(ScalarHeaders *f, u64 start, u32 end)
{
    u64 file_services = set_of(PROTO_NBTSS) | set_of(PROTO_SMB) | set_of(PROTO_SMB2);
    for (;;) {
        ScalarHeader *header = add_header(f, PROTO_NBTSS, start, end, file_services);
        if (!header || !all_readable(f, start, start + 3, end, file_services)) return;
        u8 type = f->data[start];
        if (type != 0 && (type < 0x81 || type > 0x85)) {
            header->end = (u32)start + 1;
            return;
        }
        u64 stop = start + 4 + f->data[start + 1] * 0x10000ull + f->data[start + 2] * 0x100u + f->data[start + 3];
        if (stop > end) stop = end;
        header->end = (u32)stop;
        if (!find_smb_commands(f, start + 4, stop, end)) return;
        start = stop;
    }
}

static u32 two(const ScalarHeaders *f, u64 at) { return f->data[at] * 256u + f->data[at + 1]; }

/* 12 bytes of header, 5 for each question, 11 for each record. */
static u32 dns_least(const ScalarHeaders *f, u64 header)
{
    return 12 + 5 * two(f, header + 4) + 11 * (two(f, header + 6) + two(f, header + 8) + two(f, header + 10));
}

/* A name without pointers, of at most 255 bytes beside the root's, then a type and a class. */
static bool dns_question_at(ScalarHeaders *f, u64 at, u32 end)
{
    u64 dns = set_of(PROTO_DNS), name = at;
    while (readable(f, at, end, dns) && f->data[at] != 0) {
        if (f->data[at] > 63) return false;
        at += 1 + f->data[at];
        if (at - name > 255) return false;
    }
    if (!readable(f, at, end, dns) || !readable(f, at + 4, end, dns)) return false;
    u32 type = two(f, at + 1), class = two(f, at + 3);
    return type > 0 && class > 0 && class < 256;
}

/* Over TCP: length and message, again and again.  A segment that does not begin like that may begin with a message whose
 * length went before; it has one question. */
static void find_dns_messages(ScalarHeaders *f, u64 start, u32 end)
{
    u64 dns = set_of(PROTO_DNS), from = start;
    if (!(dns & f->asked)) return;
    while (start <= 65535 && all_readable(f, start, start + 13, end, dns) && two(f, start) >= dns_least(f, start + 2)) {
        ScalarHeader *header = add_header(f, PROTO_DNS, start + 2, end, dns);
        if (!header) return;
        start += 2 + two(f, start);
        if (start < end) header->end = (u32)start;
    }
    if (start > from || start > 65535 || !all_readable(f, start, start + 13, end, dns)) return;
    if (two(f, start + 4) == 1 && dns_least(f, start) <= end - start && dns_question_at(f, start + 12, end))
        add_header(f, PROTO_DNS, start, end, dns);
}

/* A relay's messages, 12 and 13, hold one in option 9, behind 34 bytes. */
static void find_dhcpv6(ScalarHeaders *f, u64 start, u32 end)
{
    u64 dhcpv6 = set_of(PROTO_DHCPV6);
    if (!add_header(f, PROTO_DHCPV6, start, end, dhcpv6)) return;
    bool relayed = f->data[start] == 12 || f->data[start] == 13;
    u64 at = start + 34;
    while (relayed && at + 4 <= end && all_readable(f, at, at + 3, end, dhcpv6)) {
        u64 inside = at + 4, stops = inside + two(f, at + 2);
        if (stops > end) return;
        if (two(f, at) == 9) {
            find_dhcpv6(f, inside, (u32)stops);
            return;
        }
        at = stops;
    }
}

/* What a port announces; where both do, the lower one. */
static void find_by_port(ScalarHeaders *f, PortTable table, u64 ports_at, u64 start, u32 end)
{
    u32 source = f->data[ports_at] * 256u + f->data[ports_at + 1];
    u32 destination = f->data[ports_at + 2] * 256u + f->data[ports_at + 3];
    Step step = step_of_ports(table, source, destination);
    if (step == STEP_KERBEROS_SEGMENT)
        find_kerberos_segment(f, start, end);
    else if (step == STEP_NBTSS)
        find_session_messages(f, start, end);
    else if (step == STEP_VXLAN)
        find_vxlan(f, start, end);
    else if (step == STEP_GTP)
        find_gtp(f, start, end);
    else if (step == STEP_MPLS)
        find_mpls(f, start, end);
    else if (step == STEP_DHCPV6)
        find_dhcpv6(f, start, end);
    else if (step == STEP_DNS_SEGMENT)
        find_dns_messages(f, start, end);
    else if (step != STEP_NONE)
        add_header(f, (Proto)step_info[step].proto, start, end, step_info[step].behind);
}

static void find_udp(ScalarHeaders *f, u64 start, u32 end)
{
    u64 behind = step_info[STEP_UDP].behind;
    if (!add_header(f, PROTO_UDP, start, end, behind)) return;
    if (!(behind & f->asked) || !readable(f, start + 7, end, behind)) return;
    u32 total = f->data[start + 4] * 256u + f->data[start + 5];
    if (total > 0 && total < 8) return;
    if (total > 0 && start + total < end) end = (u32)start + total;
    find_by_port(f, PORTS_UDP, start, start + 8, end);
}

static void find_tcp(ScalarHeaders *f, u64 start, u32 end)
{
    u64 behind = step_info[STEP_TCP].behind;
    if (!add_header(f, PROTO_TCP, start, end, behind)) return;
    if (!(behind & f->asked) || !readable(f, start + 12, end, behind)) return;
    u32 words = f->data[start + 12] >> 4;
    if (words < 5) return;
    u64 payload = start + words * 4;
    if (scalar_is_tls(f, payload, end) &&
        step_of_ports(PORTS_TCP, two_bytes(f, start), two_bytes(f, start + 2)) == STEP_RDP)
        add_header(f, PROTO_RDP, payload, end, set_of(PROTO_TLS));
    if (!scalar_find_content(f, payload, end)) find_by_port(f, PORTS_TCP, start, payload, end);
}

static void find_ipv4(ScalarHeaders *f, u64 start, u32 end)
{
    ScalarHeader *header = add_header(f, PROTO_IPV4, start, end, anything());
    if (!header) return;
    u32 version = f->data[start] >> 4, words = f->data[start] & 15;
    if (version != 4 || words < 5) {
        header->end = (u32)start + 1;
        return;
    }
    if (!readable(f, start + 3, end, anything())) return;
    u32 total = f->data[start + 2] * 256u + f->data[start + 3];
    if (total > 0 && total < words * 4) {
        if (start + 4 < end) header->end = (u32)start + 4;
        return;
    }
    if (total > 0 && start + total < end) header->end = end = (u32)start + total;
    if (!readable(f, start + 9, end, anything())) return;
    u32 fragment_offset = (f->data[start + 6] & 0x1f) * 256u + f->data[start + 7];
    if (fragment_offset == 0) find_ip(f, f->data[start + 9], start + words * 4, end);
}

/* A packet whose length does not fit in two bytes says so in an option for every router.  0: it does not. */
static u64 jumbo_payload(const ScalarHeaders *f, u64 options, u32 end)
{
    u64 known = end < f->caplen ? end : f->caplen;
    if (options + 2 > known || options + 8 + f->data[options + 1] * 8u > known) return 0;
    u64 stops = options + 8 + f->data[options + 1] * 8u;
    for (u64 at = options + 2; at < stops;) {
        u32 type = f->data[at];
        if (type == 0) { /* a byte of padding */
            at++;
            continue;
        }
        if (at + 1 == stops) return 0;
        if (type == 0xc2 && f->data[at + 1] == 4 && at + 6 <= stops) {
            u64 length = (u64)two_bytes(f, at + 2) * 65536 + two_bytes(f, at + 4);
            return length >= 65536 ? length : 0;
        }
        at += 2 + f->data[at + 1];
    }
    return 0;
}

static void find_ipv6(ScalarHeaders *f, u64 start, u32 end)
{
    ScalarHeader *header = add_header(f, PROTO_IPV6, start, end, anything());
    if (!header) return;
    if (f->data[start] >> 4 != 6) {
        header->end = (u32)start + 1;
        return;
    }
    if (!readable(f, start + 6, end, anything())) return;
    u64 payload = f->data[start + 4] * 256u + f->data[start + 5];
    if (payload == 0 && f->data[start + 6] == 0) payload = jumbo_payload(f, start + 40, end);
    if (payload > 0 && start + 40 + payload < end) header->end = end = (u32)start + 40 + payload;
    find_ip(f, f->data[start + 6], start + 40, end);
}

/* What the protocol number of an IP header, or of one of its extension headers, announces. */
static void find_ip(ScalarHeaders *f, u32 protocol, u64 start, u32 end)
{
    for (;;) {
        if (protocol == 1) add_header(f, PROTO_ICMP, start, end, 0);
        if (protocol == 2) add_header(f, PROTO_IGMP, start, end, 0);
        if (protocol == 4) find_ipv4(f, start, end);
        if (protocol == 6) find_tcp(f, start, end);
        if (protocol == 17) find_udp(f, start, end);
        if (protocol == 41) find_ipv6(f, start, end);
        if (protocol == 58) add_header(f, PROTO_ICMPV6, start, end, 0);
        if (protocol == 137) find_mpls(f, start, end);
        if (protocol == 47) find_gre(f, start, end);
        if (protocol == 50) add_header(f, PROTO_ESP, start, end, 0);
        if (protocol == 132) add_header(f, PROTO_SCTP, start, end, 0);
        bool fragment = protocol == 44, authentication = protocol == 51;
        if (authentication && !add_header(f, PROTO_AH, start, end, anything())) return;
        bool extension = protocol == 0 || protocol == 43 || protocol == 60 || protocol == 135 || protocol == 139 ||
                         protocol == 140 || fragment || authentication;
        if (!extension || !(anything() & f->asked) || start > 65535) return;
        if (!all_readable(f, start, start + (fragment ? 7 : 1), end, anything())) return;
        u32 length = f->data[start + 1];
        if (fragment && (f->data[start + 2] != 0 || f->data[start + 3] >> 3 != 0)) return;
        protocol = f->data[start];
        if (fragment)
            start += 8;
        else if (authentication)
            start += (length + 2) * 4;
        else
            start += (length + 1) * 8;
    }
}

static void find_snap(ScalarHeaders *f, u64 start, u32 end)
{
    if (!add_header(f, PROTO_SNAP, start, end, anything()) || !readable(f, start + 4, end, anything())) return;
    bool xerox = f->data[start] == 0 && f->data[start + 1] == 0 && f->data[start + 2] == 0;
    bool bridge = f->data[start] == 0 && f->data[start + 1] == 0 && f->data[start + 2] == 0xf8;
    if (xerox || bridge) find_ethertype(f, two_bytes(f, start + 3), start + 5, end);
}

static void find_llc(ScalarHeaders *f, u64 start, u32 end)
{
    if (!add_header(f, PROTO_LLC, start, end, anything()) || !readable(f, start + 2, end, anything())) return;
    u32 dsap = f->data[start], ssap = f->data[start + 1], control = f->data[start + 2];
    if (dsap == 0x06 && ssap == 0x06 && control == 0x03) find_ipv4(f, start + 3, end);
    if (dsap == 0xaa && ssap == 0xaa && control == 0x03) find_snap(f, start + 3, end);
}

/* IPX as Novell had it begins with two bytes of ff, and is no LLC. */
static void find_llc_or_novell(ScalarHeaders *f, u64 start, u32 end)
{
    if (!readable(f, start + 1, end, anything())) return;
    bool novell = f->data[start] == 0xff && f->data[start + 1] == 0xff;
    if (!novell) find_llc(f, start, end);
}

static void find_type_or_length(ScalarHeaders *f, u32 type, u64 start, u32 end)
{
    if (type > 1500) {
        find_ethertype(f, type, start, end);
        return;
    }
    if (start + type < end) end = (u32)(start + type);
    find_llc_or_novell(f, start, end);
}

static void find_ethernet(ScalarHeaders *f, u64 start, u32 end)
{
    if (!add_header(f, PROTO_ETHERNET, start, end, anything()) || !readable(f, start + 13, end, anything())) return;
    find_type_or_length(f, two_bytes(f, start + 12), start + 14, end);
}

static void find_vlan(ScalarHeaders *f, u64 start, u32 end)
{
    if (!add_header(f, PROTO_VLAN, start, end, anything()) || !readable(f, start + 3, end, anything())) return;
    find_type_or_length(f, two_bytes(f, start + 2), start + 4, end);
}

/* The first half-byte of IP is its version. */
static void find_by_version(ScalarHeaders *f, u64 start, u32 end)
{
    if (start > 65535 || !(anything() & f->asked) || !readable(f, start, end, anything())) return;
    if (f->data[start] >> 4 == 4) find_ipv4(f, start, end);
    if (f->data[start] >> 4 == 6) find_ipv6(f, start, end);
}

static void find_mpls(ScalarHeaders *f, u64 start, u32 end)
{
    if (!add_header(f, PROTO_MPLS, start, end, anything()) || !readable(f, start + 3, end, anything())) return;
    bool last = f->data[start + 2] % 2 == 1;
    if (last)
        find_by_version(f, start + 4, end);
    else
        find_mpls(f, start + 4, end);
}

static void find_ppp(ScalarHeaders *f, u64 start, u32 end)
{
    u64 at = start;
    if (!add_header(f, PROTO_PPP, start, end, anything())) return;
    if (f->data[at] == 0xff) {
        if (!readable(f, at + 1, end, anything())) return;
        if (f->data[at + 1] == 0x03) at += 2;
    }
    if (!readable(f, at, end, anything())) return;
    u32 protocol = f->data[at++];
    if (protocol % 2 == 0) {
        if (!readable(f, at, end, anything())) return;
        protocol = protocol * 256 + f->data[at++];
    }
    if (protocol == 0x21) find_ipv4(f, at, end);
    if (protocol == 0x57) find_ipv6(f, at, end);
    if (protocol == 0x281 || protocol == 0x283) find_mpls(f, at, end);
}

static void find_pppoe(ScalarHeaders *f, u64 start, u32 end)
{
    ScalarHeader *header = add_header(f, PROTO_PPPOE, start, end, anything());
    if (!header || !readable(f, start + 5, end, anything())) return;
    u64 stops = start + 6 + two_bytes(f, start + 4);
    if (stops < end) header->end = end = (u32)stops;
    if (f->data[start + 1] == 0) find_ppp(f, start + 6, end);
}

static void find_ethertype(ScalarHeaders *f, u32 type, u64 start, u32 end)
{
    if (type == 0x0800) find_ipv4(f, start, end);
    if (type == 0x86dd) find_ipv6(f, start, end);
    if (type == 0x0806) add_header(f, PROTO_ARP, start, end, 0);
    if (type == 0x6558) find_ethernet(f, start, end);
    if (type == 0x8847 || type == 0x8848) find_mpls(f, start, end);
    if (type == 0x8863 || type == 0x8864) find_pppoe(f, start, end);
    if (type == 0x880b) find_ppp(f, start, end);
    if (type == 0x8100 || type == 0x88a8 || type == 0x9100) find_vlan(f, start, end);
}

/* -- the first header of a frame ----------------------------------------------------------------------------------------- */

/* PPP or Cisco's HDLC: the first byte tells. */
static void find_serial(ScalarHeaders *f, u64 start, u32 end)
{
    u64 either = anything() | set_of(PROTO_CISCO_HDLC);
    if (!(either & f->asked) || !readable(f, start, end, either)) return;
    if (f->data[start] != 0x0f && f->data[start] != 0x8f)
        find_ppp(f, start, end);
    else if (add_header(f, PROTO_CISCO_HDLC, start, end, anything()) && readable(f, start + 3, end, anything()))
        find_ethertype(f, two_bytes(f, start + 2), start + 4, end);
}

static void find_cooked(ScalarHeaders *f, u32 size, u32 type_at, u32 hardware_at, u32 end)
{
    if (!add_header(f, PROTO_LINUX_COOKED, 0, end, anything()) || !readable(f, size - 1, end, anything())) return;
    u32 type = two_bytes(f, type_at);
    bool netlink = two_bytes(f, hardware_at) == 824;
    if (netlink) return;
    if (type == 4)
        find_llc(f, size, end);
    else if (type == 7)
        find_serial(f, size, end);
    else
        find_ethertype(f, type, size, end);
}

static void find_by_family(ScalarHeaders *f, bool network_order, u32 end)
{
    if (!add_header(f, PROTO_LOOPBACK, 0, end, anything()) || !readable(f, 3, end, anything())) return;
    u32 high = two_bytes(f, 0), low = two_bytes(f, 2), family = high * 65536 + low;
    if (!network_order && low == 0) /* small numbers of a little-endian machine */
        family = f->data[1] * 256u + f->data[0];
    if (family == 2) find_ipv4(f, 4, end);
    if (family == 10 || family == 23 || family == 24 || family == 28 || family == 30) find_ipv6(f, 4, end);
}

/* A wireless frame.  padded: zeros fill its header up to a multiple of four; decrypted: whatever its flags say. */
static void find_wifi(ScalarHeaders *f, u64 start, u32 end, bool padded, bool decrypted)
{
    ScalarHeader *header = add_header(f, PROTO_WIFI, start, end, anything());
    if (!header || !readable(f, start + 1, end, anything())) return;
    u32 version = f->data[start] & 3, type = f->data[start] >> 2 & 3, subtype = f->data[start] >> 4;
    u32 flags = f->data[start + 1];
    bool to_ds = flags & 1, from_ds = flags & 2, encrypted = flags & 64, order = flags & 128;
    bool data = type == 2, null = subtype & 4, qos = subtype & 8;
    if (version != 0) {
        header->end = (u32)start + 1;
        return;
    }
    if (!data || null || (encrypted && !decrypted)) return;
    u64 at = start + 24;
    if (to_ds && from_ds) at += 6; /* a fourth address */
    u64 qos_control = at;
    if (qos) at += order ? 6 : 2; /* with HT control */
    if (!readable(f, at - 1, end, anything())) return;
    bool later_fragment = f->data[start + 22] % 16 > 0;
    if (later_fragment) return;
    bool several = qos && f->data[qos_control] >= 128 && !decrypted;
    while (padded && (at - start) % 4 > 0) at++;
    if (several) {
        if (!readable(f, at + 13, end, anything())) return;
        u64 stops = at + 14 + two_bytes(f, at + 12);
        if (stops < end) end = (u32)stops;
        at += 14;
    }
    find_llc_or_novell(f, at, end);
}

static u64 wifi_and_all(void) { return anything() | set_of(PROTO_WIFI); }

static void find_radiotap(ScalarHeaders *f, u32 end)
{
    ScalarHeader *header = add_header(f, PROTO_RADIOTAP, 0, end, wifi_and_all());
    if (!header || !readable(f, 3, end, wifi_and_all())) return;
    u32 length = f->data[2] + f->data[3] * 256u, known = length;
    if (f->data[0] != 0 || length < 8) {
        header->end = f->data[0] != 0 ? 1 : 4;
        return;
    }
    if (length < end) header->end = length;
    if (known > end) known = end;
    if (known > f->caplen) known = f->caplen;
    /* The flags stand behind the words of bits, and behind a clock at a multiple of eight. */
    u32 at = 4, flags = 0;
    while (at + 4 <= known && f->data[at + 3] >= 128) at += 4;
    bool words_end = at + 4 <= known, clock = words_end && f->data[4] & 1, has_flags = words_end && f->data[4] & 2;
    at += 4;
    if (clock) at = (at + 7) / 8 * 8 + 8;
    if (has_flags && at < known) flags = f->data[at];
    bool check_sequence = flags & 16, padded = flags & 32;
    if (check_sequence && length + 4 <= end) end -= 4;
    find_wifi(f, length, end, padded, false);
}

static void find_netmon_wifi(ScalarHeaders *f, u32 end)
{
    if (!(wifi_and_all() & f->asked) || !readable(f, 0, end, wifi_and_all()) || !readable(f, 2, end, wifi_and_all()))
        return;
    u32 version = f->data[0], length = f->data[1] + f->data[2] * 256u;
    if (version != 2 || length < 32 || !readable(f, 31, end, wifi_and_all())) return;
    bool monitor = f->data[6] >= 128;
    find_wifi(f, length, end, false, !monitor);
}

void scalar_find_headers(ScalarHeaders *f)
{
    u32 end = f->len > f->caplen ? f->len : f->caplen;
    switch (f->linktype) {
    case 0: find_by_family(f, false, end); break;
    case 1: find_ethernet(f, 0, end); break;
    case 9:
    case 50: find_serial(f, 0, end); break;
    case 51: find_pppoe(f, 0, end); break;
    case 12:
    case 14:
    case 101: find_by_version(f, 0, end); break;
    case 100: find_llc(f, 0, end); break;
    case 104:
        if (add_header(f, PROTO_CISCO_HDLC, 0, end, anything()) && readable(f, 3, end, anything()))
            find_ethertype(f, two_bytes(f, 2), 4, end);
        break;
    case 105: find_wifi(f, 0, end, false, false); break;
    case 108: find_by_family(f, true, end); break;
    case 127: find_radiotap(f, end); break;
    case 0xffff0006: find_netmon_wifi(f, end); break;
    case 113: find_cooked(f, 16, 14, 2, end); break;
    case 228: find_ipv4(f, 0, end); break;
    case 229: find_ipv6(f, 0, end); break;
    case 276: find_cooked(f, 20, 0, 8, end); break;
    default: break;
    }
}
