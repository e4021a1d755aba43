/* messages.c - see messages.h. */
#include "tests/messages.h"

static const char *const names[] = {"www.Example.com", "example.com", "a.b", "", "_http._tcp.local"};

/* -- DNS ------------------------------------------------------------------------------------------------------------------ */

static void labels(FrameDraft *d, const char *name)
{
    while (*name) {
        u32 len = (u32)strcspn(name, ".");
        frame_be(d, 1, len);
        frame_payload(d, name, len);
        name += len + (name[len] == '.');
    }
}

/* A NetBIOS name as a label of half-bytes. */
static void halves(FrameDraft *d, Random *r)
{
    static const char *const words[] = {"NMTEST2        ", "nmtest2        \x20", "*"};
    const char *word = RANDOM_OF(r, words);
    u8 name[16] = {0};
    memcpy(name, word, strlen(word));
    frame_be(d, 1, random_once_in(r, 12) ? random_below(r, 64) : 32);
    for (u32 i = 0; i < sizeof name; i++) frame_be(d, 2, ('A' + (name[i] >> 4)) << 8 | ('A' + (name[i] & 15)));
}

/* A whole name, some labels and a pointer into the message, or an odd length byte. */
static void random_name(FrameDraft *d, Random *r, u32 message)
{
    u32 kind = random_below(r, 12), at = d->len - message;
    if (kind < 8 && random_once_in(r, 6))
        halves(d, r);
    else if (kind < 8)
        labels(d, RANDOM_OF(r, names));
    if (kind < 5 || at <= 12)
        frame_be(d, 1, 0);
    else if (kind < 10)
        frame_be(d, 2, 0xc000 | (random_once_in(r, 8) ? random_below(r, at + 9) : 12 + random_below(r, at - 12)));
    else if (kind == 10)
        frame_be(d, 1, random_next(r) & 0xff);
    else
        frame_be(d, 2, 0xc00c);
}

/* The names of a node: their number, 18 bytes each, and its hardware address. */
static void node_status(FrameDraft *d, Random *r)
{
    u32 count = random_below(r, 3);
    frame_be(d, 1, random_once_in(r, 9) ? 200 : count);
    for (; count > 0; count--) frame_payload(d, "NMTEST2        \0\x04\0", 18);
    frame_be(d, 6, RANDOM_OF(r, frame_macs));
}

static void random_data(FrameDraft *d, Random *r, u32 message, u16 type)
{
    switch (type) {
    case 1: frame_be(d, 4, RANDOM_OF(r, frame_hosts)); break;
    case 28: frame_payload(d, RANDOM_OF(r, frame_hosts6), 16); break;
    case 15:
        frame_be(d, 2, random_below(r, 70));
        random_name(d, r, message);
        break;
    case 32: /* NB: addresses of who has a name */
        for (u32 n = random_below(r, 3); n > 0; n--) frame_be(d, 6, RANDOM_OF(r, frame_hosts));
        break;
    case 33: /* SRV, and the status of a node */
        if (random_once_in(r, 2)) {
            node_status(d, r);
            break;
        }
        frame_be(d, 6, random_below(r, 70));
        random_name(d, r, message);
        break;
    case 16:
        for (u32 n = random_below(r, 4); n > 0; n--) {
            const char *text = RANDOM_OF(r, frame_texts);
            frame_be(d, 1, random_once_in(r, 9) ? random_next(r) & 0xff : strlen(text));
            frame_payload(d, text, (u32)strlen(text));
        }
        break;
    case 6:
        random_name(d, r, message);
        random_name(d, r, message);
        for (u32 n = random_once_in(r, 9) ? 3 : 5; n > 0; n--) frame_be(d, 4, random_below(r, 70));
        break;
    default: random_name(d, r, message); break;
    }
}

static void random_record(FrameDraft *d, Random *r, u32 message)
{
    static const u16 types[] = {1, 1, 2, 5, 6, 12, 15, 16, 16, 28, 32, 33, 33, 41};
    u16 type = RANDOM_OF(r, types);
    random_name(d, r, message);
    frame_be(d, 2, type);
    frame_be(d, 2, random_once_in(r, 3) ? 0x8001 : 1);
    frame_be(d, 4, random_once_in(r, 4) ? random_next(r) & 0xffffffff : random_below(r, 70));
    u32 length_at = d->len;
    frame_be(d, 2, 0);
    random_data(d, r, message, type);
    u32 length = random_once_in(r, 12) ? random_below(r, 70) : d->len - length_at - 2;
    d->bytes[length_at] = (u8)(length >> 8);
    d->bytes[length_at + 1] = (u8)length;
}

static void random_dns(FrameDraft *d, Random *r)
{
    u32 message = d->len, count[4];
    for (u32 i = 0; i < 4; i++) count[i] = random_below(r, i ? 3 : 2);
    frame_be(d, 2, random_below(r, 70));
    frame_be(d, 2, random_next(r) & 0xffff);
    for (u32 i = 0; i < 4; i++)
        frame_be(d, 2, random_once_in(r, 12) ? random_next(r) & 0xffff : count[i] + random_once_in(r, 9));
    for (u32 n = count[0]; n > 0; n--) {
        random_name(d, r, message);
        frame_be(d, 2, random_below(r, 70));
        frame_be(d, 2, random_once_in(r, 3) ? 0x8001 : 1);
    }
    for (u32 n = count[1] + count[2] + count[3]; n > 0; n--) random_record(d, r, message);
    if (random_once_in(r, 8)) d->bytes[message + random_below(r, d->len - message)] = (u8)random_next(r);
}

/* Messages with their lengths in front, the first one now and then without. */
static void random_dns_segment(FrameDraft *d, Random *r)
{
    bool bare = random_once_in(r, 5);
    for (u32 n = 1 + random_below(r, 3); n > 0; n--, bare = false) {
        u32 length_at = d->len;
        if (!bare) frame_be(d, 2, 0);
        random_dns(d, r);
        u32 length = random_once_in(r, 12) ? random_below(r, 300) : d->len - length_at - 2;
        if (bare) continue;
        d->bytes[length_at] = (u8)(length >> 8);
        d->bytes[length_at + 1] = (u8)length;
    }
}

/* -- DHCP ----------------------------------------------------------------------------------------------------------------- */

/* Options up to `end` of the draft or so; lengths lie now and then. */
static void random_dhcp_options(FrameDraft *d, Random *r, u32 count)
{
    static const u8 types[] = {0, 1, 3, 6, 12, 15, 50, 51, 52, 52, 53, 53, 54, 55, 60, 61, 61, 81, 82, 82, 93, 255};
    for (u32 n = count; n > 0; n--) {
        u8 type = RANDOM_OF(r, types);
        frame_be(d, 1, type);
        if (type == 0 || (type == 255 && !random_once_in(r, 4))) continue;
        u32 length_at = d->len, kind = random_below(r, 5);
        frame_be(d, 1, 0);
        if (type == 61 && kind > 1)
            frame_be(d, 1, random_once_in(r, 4) ? 255 : 1), frame_be(d, 6, RANDOM_OF(r, frame_macs));
        if (type == 81) frame_be(d, 3, random_once_in(r, 2) ? 0x040000 : 0);
        if (type == 81 && kind > 1) labels(d, RANDOM_OF(r, names));
        if (type == 82 && kind > 1) frame_be(d, 5, random_once_in(r, 2) ? 0x0103616263 : 0x0202616263);
        if (type == 53 || type == 52) frame_be(d, 1, random_below(r, 9));
        if (kind == 0) frame_payload(d, RANDOM_OF(r, frame_texts), 5);
        for (u32 more = kind < 3 ? kind : 1; more > 0 && type < 61 && type != 53; more--)
            frame_be(d, 4, RANDOM_OF(r, frame_hosts));
        d->bytes[length_at] = (u8)(random_once_in(r, 12) ? random_below(r, 300) : d->len - length_at - 1);
    }
}

/* Options at the beginning of a field of `size` bytes, now and then text. */
static void random_dhcp_field(FrameDraft *d, Random *r, u32 size)
{
    u32 end = d->len + size;
    if (random_once_in(r, 2)) frame_payload(d, RANDOM_OF(r, frame_texts), 5);
    if (random_once_in(r, 3)) random_dhcp_options(d, r, 3);
    frame_pad(d, end);
    d->len = end;
}

static void random_dhcp(FrameDraft *d, Random *r)
{
    frame_be(d, 4, (u64)(1 + random_below(r, 2)) << 24 | 0x010600 | random_below(r, 3));
    frame_be(d, 4, random_below(r, 70));
    frame_be(d, 4, random_once_in(r, 2) ? 0x8000 : 0);
    for (u32 i = 0; i < 4; i++) frame_be(d, 4, RANDOM_OF(r, frame_hosts));
    frame_be(d, 8, RANDOM_OF(r, frame_macs) << 16);
    frame_be(d, 8, 0);
    random_dhcp_field(d, r, 64);
    random_dhcp_field(d, r, 128);
    frame_be(d, 4, random_once_in(r, 9) ? random_below(r, 70) : 0x63825363);
    random_dhcp_options(d, r, random_below(r, 9));
    if (!random_once_in(r, 3)) frame_be(d, 1, 255);
}

/* -- DHCPv6 --------------------------------------------------------------------------------------------------------------- */

static void random_dhcpv6(FrameDraft *d, Random *r, u32 relays);

/* Options of a message (depth 0), an association or an address; lengths lie now and then. */
static void random_dhcpv6_options(FrameDraft *d, Random *r, u32 depth, u32 relays)
{
    static const u8 types[] = {1, 2, 3, 3, 3, 4, 5, 5, 6, 8, 9, 13, 14, 23, 24, 25, 25, 26, 26, 39};
    for (u32 n = random_below(r, depth ? 3 : 5); n > 0; n--) {
        u8 type = RANDOM_OF(r, types);
        frame_be(d, 2, type);
        frame_be(d, 2, 0);
        u32 from = d->len;
        switch (type) {
        case 1:
        case 2:
            frame_be(d, 4, random_once_in(r, 2) ? 0x00030001 : 0x00010001), frame_be(d, 6, RANDOM_OF(r, frame_macs));
            break;
        case 3:
        case 25: frame_be(d, 4, random_below(r, 9)), frame_be(d, 8, random_below(r, 70)); break;
        case 4: frame_be(d, 4, random_below(r, 9)); break;
        case 26: frame_be(d, 8, random_below(r, 70)), frame_be(d, 1, 64); /* fall through */
        case 5:
        case 23: frame_payload(d, RANDOM_OF(r, frame_hosts6), 16); break;
        case 9:
            if (relays > 0) random_dhcpv6(d, r, relays - 1);
            break;
        case 39: frame_be(d, 1, 1); /* fall through */
        case 24: labels(d, RANDOM_OF(r, names)), frame_be(d, 1, 0); break;
        default: frame_be(d, 2, random_below(r, 9)); break;
        }
        if (type == 5) frame_be(d, 8, random_below(r, 70));
        bool holds = type == 3 || type == 4 || type == 5 || type == 25 || type == 26;
        if (holds && depth < 3) random_dhcpv6_options(d, r, depth + 1, 0);
        u32 length = random_once_in(r, 12) ? random_below(r, 70) : d->len - from;
        d->bytes[from - 2] = (u8)(length >> 8);
        d->bytes[from - 1] = (u8)length;
    }
}

static void random_dhcpv6(FrameDraft *d, Random *r, u32 relays)
{
    bool relay = relays > 0;
    frame_be(d, 1, relay ? 12 + random_below(r, 2) : random_below(r, 15));
    frame_be(d, relay ? 1 : 3, random_below(r, 70));
    if (relay) frame_payload(d, frame_hosts6[0], 16), frame_payload(d, frame_hosts6[1], 16);
    random_dhcpv6_options(d, r, 0, relays);
}

/* -- NTP, Syslog ---------------------------------------------------------------------------------------------------------- */

static void random_ntp(FrameDraft *d, Random *r)
{
    u32 mode = random_once_in(r, 2) ? 3 + random_below(r, 2) : random_below(r, 8);
    frame_be(d, 1, random_below(r, 4) << 6 | (random_once_in(r, 4) ? random_below(r, 8) : 4) << 3 | mode);
    frame_be(d, 3, random_below(r, 4) << 16 | random_below(r, 70) << 8 | 0xec);
    for (u32 words = mode == 6 ? 2 : 11; words > 0; words--)
        frame_be(d, 4, random_once_in(r, 3) ? random_next(r) & 0xffffffff : random_below(r, 70));
    for (u32 n = random_below(r, 3); n > 0; n--) {
        u32 words = 4 + random_below(r, 4);
        frame_be(d, 4, 0x01040000 | (random_once_in(r, 9) ? random_below(r, 70) : words * 4));
        while (--words > 0) frame_be(d, 4, random_below(r, 70));
    }
    if (random_once_in(r, 3))
        for (u32 words = random_once_in(r, 2) ? 5 : random_below(r, 8); words > 0; words--)
            frame_be(d, 4, random_below(r, 70));
}

static void random_syslog(FrameDraft *d, Random *r)
{
    static const char *const parts[] = {"<13>",
                                        "<191>",
                                        "<192>",
                                        "<1",
                                        "1 ",
                                        "- ",
                                        "Oct 11 22:14:15 ",
                                        "2003-10-11T22:14:15.003Z ",
                                        "pc-1 ",
                                        "su: ",
                                        "sshd[42]: ",
                                        "su[",
                                        "[a b=\"]\" c=\"\\\"\"]",
                                        "[a@1]",
                                        "[",
                                        "] ",
                                        " ",
                                        "12345",
                                        "\xef\xbb\xbf"};
    static const char *const whole[] = {"<13>1 - pc-1 su 12345 ID [a b=\"]\"][c] ",
                                        "<34>Oct 11 22:14:15 pc-1 su: ", "<34>Oct  1 22:14:15 sshd[42]: "};
    if (random_once_in(r, 2)) {
        const char *text = RANDOM_OF(r, whole);
        frame_payload(d, text, (u32)strlen(text));
    }
    for (u32 n = random_below(r, 8); n > 0; n--) {
        const char *part = RANDOM_OF(r, parts);
        frame_payload(d, part, (u32)strlen(part));
    }
}

bool message_random(FrameDraft *d, Random *r, bool tcp, u16 port)
{
    if (tcp && port == 53)
        random_dns_segment(d, r);
    else if (!tcp && (port == 53 || port == 5353 || port == 5355 || port == 137))
        random_dns(d, r);
    else if (!tcp && port == 67)
        random_dhcp(d, r);
    else if (!tcp && port == 547)
        random_dhcpv6(d, r, random_below(r, 3));
    else if (!tcp && port == 123)
        random_ntp(d, r);
    else if (!tcp && port == 514)
        random_syslog(d, r);
    else
        return false;
    return true;
}
