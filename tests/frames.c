/* frames.c - see frames.h. */
#include "tests/frames.h"

#include <stdlib.h>

#include "tests/messages.h"

const u32 frame_hosts[4] = {0x0a000001, 0x0a000002, 0xc0a80101, 0xe00000fb};
const u8 frame_hosts6[3][16] = {
    {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, {0x20, 0x01, 0x0d, 0xb8, [15] = 2}, {0xff, 2, [15] = 0xfb}};
const u16 frame_ports[14] = {53, 80, 443, 5353, 53487, 0xd0ef, 9899, 5355, 137, 67, 123, 514, 547, 3389};
const u64 frame_macs[3] = {0x001122334455, 0x667788990011, 0xffffffffffff};
const char *const frame_texts[7] = {"GET /index.html HTTP/1.1\r\nHost: www.Example.com\r\n\r\n",
                                    "HTTP/1.1 200 OK\r\n",
                                    "12345",
                                    "0x1F",
                                    "the quick brown Fox jumps over the lazy dog",
                                    "Ho-st: \t12345 ",
                                    "HOST:0x1F"};

enum { OPEN_802_3, OPEN_IPV4, OPEN_IPV6, OPEN_UDP, OPEN_PPPOE, OPEN_GTP };

/* -- header by header ----------------------------------------------------------------------------------------------------- */

void frame_begin(FrameDraft *d) { d->len = d->open_count = 0; }

void frame_payload(FrameDraft *d, const void *bytes, u32 len)
{
    if (d->len + len > FRAME_MAX) abort();
    if (len) memcpy(d->bytes + d->len, bytes, len);
    d->len += len;
}

void frame_be(FrameDraft *d, u32 width, u64 value)
{
    u8 bytes[8];
    for (u32 i = 0; i < width; i++) bytes[i] = (u8)(value >> (8 * (width - 1 - i)));
    frame_payload(d, bytes, width);
}

static void open_header(FrameDraft *d, u8 kind)
{
    if (d->open_count == FRAME_OPEN_MAX) abort();
    d->open[d->open_count].kind = kind;
    d->open[d->open_count++].at = d->len;
}

void frame_ethernet(FrameDraft *d, u64 destination, u64 source, u16 type)
{
    frame_be(d, 6, destination);
    frame_be(d, 6, source);
    frame_be(d, 2, type);
}

void frame_802_3(FrameDraft *d, u64 destination, u64 source)
{
    static const u8 snap[6] = {0xaa, 0xaa, 3};
    open_header(d, OPEN_802_3);
    frame_ethernet(d, destination, source, 0);
    frame_payload(d, snap, sizeof snap);
}

void frame_vlan(FrameDraft *d, u16 id, u16 type)
{
    frame_be(d, 2, id);
    frame_be(d, 2, type);
}

void frame_mpls(FrameDraft *d, u32 label, bool bottom) { frame_be(d, 4, label << 12 | (u32)bottom << 8 | 64); }

void frame_pppoe(FrameDraft *d, u8 code, u16 session)
{
    open_header(d, OPEN_PPPOE);
    frame_be(d, 6, (u64)0x11 << 40 | (u64)code << 32 | (u64)session << 16);
}

void frame_gtp(FrameDraft *d, u8 first, u8 type, u32 tunnel)
{
    open_header(d, OPEN_GTP);
    frame_be(d, 8, (u64)first << 56 | (u64)type << 48 | tunnel);
}

void frame_arp(FrameDraft *d, u16 opcode, u64 sender_mac, u32 sender_ip, u64 target_mac, u32 target_ip)
{
    frame_be(d, 8, 0x0001080006040000 | opcode);
    frame_be(d, 6, sender_mac);
    frame_be(d, 4, sender_ip);
    frame_be(d, 6, target_mac);
    frame_be(d, 4, target_ip);
}

void frame_ipv4_options(FrameDraft *d, u8 protocol, u32 source, u32 destination, u32 option_words, u16 fragment)
{
    open_header(d, OPEN_IPV4);
    frame_be(d, 4, (u64)(0x45 + option_words) << 24);
    frame_be(d, 4, (u64)0x1234 << 16 | fragment);
    frame_be(d, 4, (u64)64 << 24 | (u64)protocol << 16);
    frame_be(d, 4, source);
    frame_be(d, 4, destination);
    for (u32 i = 0; i < option_words; i++) frame_be(d, 4, 0x01010101);
}

void frame_ipv4(FrameDraft *d, u8 protocol, u32 source, u32 destination)
{
    frame_ipv4_options(d, protocol, source, destination, 0, 0x4000);
}

void frame_ipv6(FrameDraft *d, u8 next, const u8 source[16], const u8 destination[16])
{
    open_header(d, OPEN_IPV6);
    frame_be(d, 4, 0x60000000);
    frame_be(d, 4, (u64)next << 8 | 64);
    frame_payload(d, source, 16);
    frame_payload(d, destination, 16);
}

void frame_ipv6_extension(FrameDraft *d, u8 kind, u8 next, u8 units, u16 fragment)
{
    bool is_fragment = kind == 44;
    frame_be(d, 8, (u64)next << 56 | (u64)(is_fragment ? 0 : units) << 48 | (u64)(is_fragment ? fragment : 0) << 32);
    for (u32 i = 0; !is_fragment && i < units; i++) frame_be(d, 8, 0);
}

void frame_icmp(FrameDraft *d, u8 type, u8 code, u16 identifier, u16 sequence)
{
    frame_be(d, 8, (u64)type << 56 | (u64)code << 48 | (u64)identifier << 16 | sequence);
}

void frame_udp(FrameDraft *d, u16 source, u16 destination)
{
    open_header(d, OPEN_UDP);
    frame_be(d, 8, (u64)source << 48 | (u64)destination << 32);
}

void frame_tcp(FrameDraft *d, u16 source, u16 destination, u32 sequence, u32 acknowledgement, u8 flags)
{
    frame_be(d, 4, (u64)source << 16 | destination);
    frame_be(d, 4, sequence);
    frame_be(d, 4, acknowledgement);
    frame_be(d, 8, (u64)0x50 << 56 | (u64)flags << 48 | (u64)8192 << 32);
}

static u32 hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') return (u32)(digit - '0');
    if (digit >= 'a' && digit <= 'f') return (u32)(digit - 'a') + 10;
    abort();
}

void frame_hex(FrameDraft *d, const char *hex)
{
    for (; *hex; hex++) {
        if (*hex == ' ') continue;
        frame_be(d, 1, hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
        hex++;
    }
}

static void put_be16(u8 *at, u32 value)
{
    at[0] = (u8)(value >> 8);
    at[1] = (u8)value;
}

static void checksum_ipv4(u8 *header)
{
    u32 sum = 0;
    put_be16(header + 10, 0);
    for (u32 i = 0; i < (header[0] & 15u) * 4; i += 2) sum += load_be16(header + i);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    put_be16(header + 10, ~sum);
}

void frame_end(FrameDraft *d)
{
    while (d->open_count) {
        u32 at = d->open[--d->open_count].at, len = d->len - at;
        switch (d->open[d->open_count].kind) {
        case OPEN_802_3: put_be16(d->bytes + at + 12, len - 14); break;
        case OPEN_IPV6: put_be16(d->bytes + at + 4, len - 40); break;
        case OPEN_UDP: put_be16(d->bytes + at + 4, len); break;
        case OPEN_PPPOE: put_be16(d->bytes + at + 4, len - 6); break;
        case OPEN_GTP: put_be16(d->bytes + at + 2, len - 8); break;
        case OPEN_IPV4:
            put_be16(d->bytes + at + 2, len);
            checksum_ipv4(d->bytes + at);
            break;
        }
    }
}

void frame_pad(FrameDraft *d, u32 len)
{
    while (d->len < len) frame_be(d, 1, 0);
}

/* -- batches -------------------------------------------------------------------------------------------------------------- */

void batch_begin(Batch *batch, u32 linktype)
{
    memset(batch, 0, sizeof *batch);
    batch->linktype = batch->media_type = linktype;
    batch->caplen_min = UINT32_MAX;
}

void batch_add(Batch *batch, const u8 *bytes, u32 caplen, u32 len)
{
    u8 *block = malloc(caplen);
    if (batch->count == BATCH_MAX || (caplen && !block)) abort();
    if (caplen) memcpy(block, bytes, caplen);
    u32 i = batch->count++;
    batch->data[i] = block;
    batch->caplen[i] = caplen;
    batch->len[i] = len;
    batch->caplen_min = MIN_OF(batch->caplen_min, caplen);
}

void batch_free(Batch *batch)
{
    for (u32 i = 0; i < batch->count; i++) free((void *)(uintptr_t)batch->data[i]);
    batch->count = 0;
}

void batch_slice(const Batch *batch, u32 first, u32 count, Batch *part)
{
    memset(part, 0xa5, sizeof *part); /* what is behind `count` is nobody's business */
    part->count = count;
    part->readable = batch->readable;
    part->readable_end = batch->readable_end;
    part->linktype = batch->linktype;
    part->media_type = batch->media_type;
    part->caplen_min = UINT32_MAX;
    for (u32 i = 0; i < count; i++) {
        u32 from = first + i;
        part->data[i] = batch->data[from];
        part->caplen[i] = batch->caplen[from];
        part->len[i] = batch->len[from];
        part->lane[i] = batch->lane[from];
        part->time[i] = batch->time[from];
        part->delta[i] = batch->delta[from];
        part->offset[i] = batch->offset[from];
        part->number[i] = batch->number[from];
        part->caplen_min = MIN_OF(part->caplen_min, part->caplen[i]);
    }
}

enum { BETWEEN_MAX = 160, JOINED_LANES = 8 };

/* What stands behind a frame: often the beginning of another, where a search that goes on too far would find it. */
static u32 put_between(u8 *at, Random *r, const Batch *batch)
{
    u32 other = random_below(r, batch->count), len = random_below(r, random_once_in(r, 4) ? BETWEEN_MAX : 20);
    bool copied = random_once_in(r, 2);
    for (u32 i = 0; i < len; i++)
        at[i] = copied && i < batch->caplen[other] ? batch->data[other][i] : (u8)random_below(r, 256);
    return len;
}

void batch_join(const Batch *batch, Random *r, Batch *joined)
{
    size_t room = 1;
    *joined = *batch;
    for (u32 i = 0; i < batch->count; i++) room += batch->caplen[i] + BETWEEN_MAX;
    u8 *block = malloc(room), *at = block;
    if (!block) abort();
    u32 lanes = 1 + random_below(r, JOINED_LANES);
    bool straight = !random_once_in(r, 8); /* .cap files may list their frames in any order */
    for (u32 i = 0; i < batch->count; i++) joined->lane[i] = (u8)random_below(r, lanes);
    for (u32 lane = 0; lane < lanes; lane++)
        for (u32 k = 0; k < batch->count; k++) {
            u32 i = straight ? k : batch->count - 1 - k;
            if (joined->lane[i] != lane) continue;
            if (batch->caplen[i]) memcpy(at, batch->data[i], batch->caplen[i]);
            joined->data[i] = at;
            at += batch->caplen[i];
            at += put_between(at, r, batch);
        }
    joined->readable = block;
    joined->readable_end = at;
}

void joined_free(Batch *joined) { free((void *)(uintptr_t)joined->readable); }

/* -- at random ------------------------------------------------------------------------------------------------------------ */

static void random_bytes(FrameDraft *d, Random *r, u32 len)
{
    for (u32 i = 0; i < len; i++) frame_be(d, 1, random_next(r) & 0xff);
}

static void random_payload(FrameDraft *d, Random *r)
{
    const char *text = RANDOM_OF(r, frame_texts);
    switch (random_below(r, 6)) {
    case 0: break;
    case 1: random_bytes(d, r, random_below(r, 60)); break;
    case 2: frame_be(d, 2, RANDOM_OF(r, frame_ports)); break;
    default: frame_payload(d, text, (u32)strlen(text)); break;
    }
}

/* Tunnels end somewhere. */
static bool is_deep(const FrameDraft *d) { return d->open_count > 10 || d->len > 1000; }

static void random_ip(FrameDraft *d, Random *r);
static void random_labels(FrameDraft *d, Random *r);
static void random_ppp(FrameDraft *d, Random *r);
static void random_ethernet(FrameDraft *d, Random *r);
static void random_ethertype(FrameDraft *d, Random *r, u16 type);

static void random_gtp(FrameDraft *d, Random *r)
{
    static const u8 types[] = {255, 255, 255, 255, 1, 2, 26}, versions[] = {0x30, 0x30, 0x30, 0x30, 0x20, 0x50};
    u8 flags = random_once_in(r, 2) ? 0 : (u8)random_below(r, 8), next = flags & 4 && random_once_in(r, 2) ? 0x85 : 0;
    frame_gtp(d, RANDOM_OF(r, versions) | flags, RANDOM_OF(r, types), random_below(r, 9));
    if (flags) frame_be(d, 4, random_below(r, 70) << 16 | next);
    while (next) {
        next = random_once_in(r, 2) ? 0xc0 : 0;
        frame_be(d, 4, (random_once_in(r, 9) ? random_below(r, 4) : 1u) << 24 | next);
    }
    random_ip(d, r);
}

static void random_gre(FrameDraft *d, Random *r)
{
    static const u16 types[] = {0x0800, 0x0800, 0x86dd, 0x6558, 0x6558, 0x8847, 0x88be, 0x880b};
    u16 type = RANDOM_OF(r, types);
    u32 flags = random_once_in(r, 2) ? 0 : random_below(r, 16) << 12;
    if (random_once_in(r, 3)) {
        bool acknowledges = random_once_in(r, 2);
        frame_be(d, 2, 0x3001 | (acknowledges ? 0x80u : 0));
        frame_be(d, 2, random_once_in(r, 9) ? type : 0x880b);
        frame_be(d, 8, (u64)random_below(r, 200) << 48);
        if (acknowledges) frame_be(d, 4, 1);
        random_ppp(d, r);
        return;
    }
    frame_be(d, 2, flags | (random_once_in(r, 20) ? random_below(r, 8) : 0));
    frame_be(d, 2, type);
    if (flags & 0xc000) frame_be(d, 4, 0);
    if (flags & 0x2000) frame_be(d, 4, random_below(r, 70));
    if (flags & 0x1000) frame_be(d, 4, random_below(r, 70));
    if (flags & 0x4000) {
        if (random_once_in(r, 2)) frame_be(d, 4, 0x00020004), frame_be(d, 4, RANDOM_OF(r, frame_hosts));
        frame_be(d, 4, 0);
    }
    random_ethertype(d, r, type);
}

/* UDP with a port of a tunnel, and the tunnel. */
static void random_udp_tunnel(FrameDraft *d, Random *r)
{
    static const u16 tunnels[] = {4789, 4789, 2152, 2152, 8472, 6635};
    u16 tunnel = RANDOM_OF(r, tunnels), other = RANDOM_OF(r, frame_ports);
    if (random_once_in(r, 6))
        frame_udp(d, tunnel, other);
    else
        frame_udp(d, other, tunnel);
    if (tunnel == 2152) {
        random_gtp(d, r);
    } else if (tunnel == 6635) {
        random_labels(d, r);
    } else {
        frame_be(d, 8, (random_once_in(r, 9) ? 0 : (u64)0x08 << 56) | (u64)random_below(r, 70) << 8);
        random_ethernet(d, r);
    }
}

/* What one of the ports stands for, now and then what both do not. */
static bool random_message(FrameDraft *d, Random *r, bool tcp, u16 one, u16 two)
{
    return !random_once_in(r, 6) && (message_random(d, r, tcp, one) || message_random(d, r, tcp, two));
}

/* Something of a kind and a length, which now and then lies. */
static u8 random_length(Random *r, u32 length) { return (u8)(random_once_in(r, 8) ? random_below(r, 20) : length); }

/* Behind a TCP header that begins at `at`: options, whole and broken, and the offset that counts them in. */
static void random_tcp_options(FrameDraft *d, Random *r, u32 at)
{
    static const struct {
        u8 kind, len;
    } options[] = {{1, 1},  {1, 1},   {2, 4},   {3, 3},   {4, 2},   {5, 10},  {5, 18}, {8, 10},
                   {34, 2}, {34, 10}, {254, 6}, {29, 16}, {30, 12}, {19, 18}, {0, 1},  {77, 5}};
    for (u32 n = random_below(r, 6); n > 0 && d->len < at + 56; n--) {
        u32 which = random_below(r, COUNT_OF(options)), len = options[which].len;
        if (d->len - at + len > 60) break;
        frame_be(d, 1, options[which].kind);
        if (len == 1) continue;
        frame_be(d, 1, random_length(r, len));
        if (options[which].kind == 254) frame_be(d, 2, 0xf989), len -= 2;
        random_bytes(d, r, len - 2);
    }
    while ((d->len - at) % 4) frame_be(d, 1, 0);
    u32 words = random_once_in(r, 10) ? random_below(r, 16) : (d->len - at) / 4;
    d->bytes[at + 12] = (u8)(words << 4 | (d->bytes[at + 12] & 15));
}

/* Records of IGMP and of listener reports, with addresses of 4 or 16 bytes. */
static void random_records(FrameDraft *d, Random *r, u32 count, u32 address_len)
{
    for (u32 i = 0; i < count; i++) {
        u32 sources = random_below(r, 3);
        frame_be(d, 1, 1 + random_below(r, 6));
        frame_be(d, 1, random_once_in(r, 9));
        frame_be(d, 2, random_once_in(r, 9) ? random_below(r, 9) : sources);
        random_bytes(d, r, address_len * (1 + sources));
    }
}

static void random_igmp(FrameDraft *d, Random *r)
{
    static const u8 types[] = {0x11, 0x12, 0x16, 0x17, 0x22, 0x22, 0x13};
    u8 type = RANDOM_OF(r, types);
    u32 count = random_below(r, 4);
    frame_be(d, 4, (u64)type << 24 | random_below(r, 2) << 16);
    frame_be(d, 4, type == 0x22 ? random_length(r, count) : RANDOM_OF(r, frame_hosts));
    if (type == 0x22) random_records(d, r, count, 4);
    if (type != 0x11 || random_once_in(r, 2)) return;
    frame_be(d, 4, (u64)2 << 24 | random_length(r, count));
    random_bytes(d, r, 4 * count);
}

static void random_icmp(FrameDraft *d, Random *r)
{
    static const u8 types[] = {0, 8, 8, 3, 3, 5, 9, 11, 12, 13, 14, 17, 4};
    u8 type = RANDOM_OF(r, types);
    frame_icmp(d, type, (u8)random_below(r, 5), (u16)random_below(r, 600), (u16)random_next(r));
    bool quotes = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    if (quotes && !is_deep(d) && !random_once_in(r, 8))
        random_ip(d, r);
    else
        random_bytes(d, r, random_below(r, 30));
}

static void random_nd_options(FrameDraft *d, Random *r)
{
    static const u8 kinds[] = {1, 2, 3, 5, 25, 14};
    for (u32 n = random_below(r, 4); n > 0; n--) {
        u8 kind = RANDOM_OF(r, kinds);
        u32 units = kind == 3 ? 4 : kind == 25 ? 1 + 2 * random_below(r, 3) : 1;
        frame_be(d, 1, kind);
        frame_be(d, 1, random_length(r, units));
        random_bytes(d, r, units * 8 - 2);
    }
}

static void random_icmpv6(FrameDraft *d, Random *r)
{
    static const u8 types[] = {1, 2, 3, 4, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 143, 143};
    u8 type = RANDOM_OF(r, types);
    u32 count = random_below(r, 4);
    frame_icmp(d, type, (u8)random_below(r, 3), (u16)random_below(r, 600),
               type == 143 ? random_length(r, count) : (u16)random_next(r));
    if (type < 5 && !is_deep(d) && !random_once_in(r, 8)) random_ip(d, r);
    if (type == 128 || type == 129) random_bytes(d, r, random_below(r, 30));
    if (type >= 130 && type <= 132) random_bytes(d, r, 16);
    if (type == 130 && random_once_in(r, 2)) frame_be(d, 4, random_length(r, count)), random_bytes(d, r, 16 * count);
    if (type == 143) random_records(d, r, count, 16);
    if (type == 134) random_bytes(d, r, 8);
    if (type >= 135 && type <= 137) random_bytes(d, r, type == 137 ? 32 : 16);
    if (type >= 133 && type <= 137) random_nd_options(d, r);
}

static void random_sctp(FrameDraft *d, Random *r, u16 source, u16 destination)
{
    static const u8 types[] = {0, 0, 0, 1, 2, 3, 3, 4, 6, 9, 64, 10, 192};
    frame_be(d, 4, (u64)source << 16 | destination);
    frame_be(d, 8, random_once_in(r, 2) ? random_next(r) : 0);
    for (u32 n = random_below(r, 4); n > 0; n--) {
        u32 at = d->len, len = 4 + random_below(r, 36);
        frame_be(d, 1, RANDOM_OF(r, types));
        frame_be(d, 1, random_below(r, 16));
        frame_be(d, 2, random_length(r, len));
        random_bytes(d, r, len - 4);
        if (d->bytes[at] == 3 && len > 16) d->bytes[at + 12] = 0, d->bytes[at + 13] = random_length(r, (len - 16) / 4);
        if ((d->bytes[at] == 6 || d->bytes[at] == 9) && len > 8)
            d->bytes[at + 4] = d->bytes[at + 6] = 0, d->bytes[at + 7] = random_length(r, 8);
        while ((d->len - at) % 4) frame_be(d, 1, 0);
    }
}

/* The header that a protocol number names, or noise where it names none. */
static void random_upper(FrameDraft *d, Random *r, u8 protocol)
{
    u16 one = RANDOM_OF(r, frame_ports), two = RANDOM_OF(r, frame_ports);
    u32 at = d->len;
    switch (protocol) {
    case 1: random_icmp(d, r); return;
    case 2: random_igmp(d, r); return;
    case 58: random_icmpv6(d, r); return;
    case 132: random_sctp(d, r, one, two); return;
    case 6:
        frame_tcp(d, one, two, (u32)random_next(r), random_below(r, 3), (u8)random_next(r));
        if (random_once_in(r, 3)) random_tcp_options(d, r, at);
        if (random_message(d, r, true, one, two)) return;
        if (random_once_in(r, 2)) break;
        random_tcp_payload(d, r);
        return;
    case 17:
        if (random_once_in(r, 6) && !is_deep(d)) {
            random_udp_tunnel(d, r);
            return;
        }
        frame_udp(d, one, two);
        if (random_message(d, r, false, one, two)) return;
        if (one != 9899 && two != 9899) break;
        random_sctp(d, r, one, two);
        return;
    case 50: frame_be(d, 8, (u64)random_below(r, 70) << 32 | random_below(r, 70)); break;
    case 4:
    case 41: random_ip(d, r); return;
    case 47: random_gre(d, r); return;
    case 137: random_labels(d, r); return;
    case 51:
        frame_be(d, 4, (u64)6 << 24 | 1 << 16);
        frame_be(d, 8, 0);
        frame_tcp(d, one, two, 1, 2, 0x10);
        break;
    default: break;
    }
    random_payload(d, r);
}

static u8 random_protocol(FrameDraft *d, Random *r)
{
    static const u8 common[] = {6, 6, 6, 17, 17, 1, 58};
    static const u8 rare[] = {4, 41, 4, 41, 50, 51, 47, 47, 47, 137, 0, 2, 2, 132, 132};
    return random_once_in(r, 5) && !is_deep(d) ? RANDOM_OF(r, rare) : RANDOM_OF(r, common);
}

/* Options of IPv4 over the no-operations that stand there. */
static void random_options4(FrameDraft *d, Random *r, u32 at, u32 end)
{
    static const u8 types[] = {1, 1, 7, 68, 131, 137, 148, 0, 77};
    while (at < end) {
        u8 type = RANDOM_OF(r, types);
        u32 room = end - at, len = MIN_OF(room, type == 148 ? 4 : 3 + 4 * random_below(r, 4));
        d->bytes[at] = type;
        if (type < 2 || len < 3) {
            at++;
            continue;
        }
        d->bytes[at + 1] = random_length(r, len);
        d->bytes[at + 2] = (u8)(4 * random_below(r, 5));
        at += len;
    }
}

/* Options of an extension header over the zeros that stand there. */
static void random_options6(FrameDraft *d, Random *r, u32 at, u32 end)
{
    static const u8 types[] = {0, 1, 1, 5, 0xc2, 0xc2, 0xc9, 4};
    while (at + 6 <= end) {
        u8 type = RANDOM_OF(r, types);
        u32 len = type == 5 ? 2 : type == 0xc9 ? 16 : 4;
        if (type == 0) {
            d->bytes[at++] = 0;
            continue;
        }
        if (at + 2 + len > end) break;
        d->bytes[at] = type;
        d->bytes[at + 1] = random_length(r, len);
        d->bytes[at + 3] = type == 0xc2 ? (u8)random_below(r, 2) : 0;
        at += 2 + len;
    }
}

static void random_extension(FrameDraft *d, Random *r, u8 kind, u8 next)
{
    static const u16 fragments[] = {0, 1, 8, 0xfff8};
    u32 at = d->len;
    frame_ipv6_extension(d, kind, next, (u8)random_below(r, 4), random_once_in(r, 2) ? 1 : RANDOM_OF(r, fragments));
    if (kind == 0 || kind == 60) random_options6(d, r, at + 2, d->len);
    if (kind == 43) d->bytes[at + 2] = (u8)random_below(r, 5), d->bytes[at + 4] = (u8)random_below(r, 2);
}

static void random_ip4(FrameDraft *d, Random *r)
{
    static const u16 fragments[] = {0x2000, 0x0001, 0x2010, 0x1000, 0x1fff};
    u8 protocol = random_protocol(d, r);
    u32 options = random_once_in(r, 5) ? random_below(r, 11) : 0;
    u16 fragment = random_once_in(r, 8) ? RANDOM_OF(r, fragments) : random_once_in(r, 2) ? 0x4000 : 0;
    frame_ipv4_options(d, protocol, RANDOM_OF(r, frame_hosts), RANDOM_OF(r, frame_hosts), options, fragment);
    if (random_once_in(r, 2)) random_options4(d, r, d->len - 4 * options, d->len);
    random_upper(d, r, protocol);
}

static void random_ip6(FrameDraft *d, Random *r)
{
    static const u8 extensions[] = {0, 43, 44, 60, 135, 139, 140};
    u8 protocol = random_protocol(d, r), chain[4];
    u32 count = random_once_in(r, 3) ? random_below(r, 4) : 0, at = d->len;
    bool jumbo = random_once_in(r, 20) && count;
    for (u32 i = 0; i < count; i++) chain[i] = jumbo && i == 0 ? 0 : RANDOM_OF(r, extensions);
    chain[count] = protocol;
    frame_ipv6(d, chain[0], RANDOM_OF(r, frame_hosts6), RANDOM_OF(r, frame_hosts6));
    if (jumbo) d->open_count--; /* the length stays 0 */
    for (u32 i = 0; i < count; i++) random_extension(d, r, chain[i], chain[i + 1]);
    random_upper(d, r, protocol);
    if (jumbo && random_once_in(r, 2) && d->open_count == 0 && d->len < 3000) frame_pad(d, at + 66000);
}

static void random_ip(FrameDraft *d, Random *r)
{
    if (random_once_in(r, 3))
        random_ip6(d, r);
    else
        random_ip4(d, r);
}

static void random_labels(FrameDraft *d, Random *r)
{
    for (u32 more = random_below(r, 3); more > 0; more--) frame_mpls(d, random_below(r, 20), false);
    frame_mpls(d, random_below(r, 20), true);
    if (random_once_in(r, 5))
        random_payload(d, r);
    else
        random_ip(d, r);
}

static void random_ppp(FrameDraft *d, Random *r)
{
    static const u16 protocols[] = {0x21, 0x21, 0x57, 0x281, 0xc021};
    u16 protocol = RANDOM_OF(r, protocols);
    if (random_once_in(r, 2)) frame_be(d, 2, 0xff03);
    frame_be(d, protocol < 256 && protocol & 1 && random_once_in(r, 2) ? 1 : 2, protocol);
    switch (protocol) {
    case 0x21: random_ip4(d, r); break;
    case 0x57: random_ip6(d, r); break;
    case 0x281: random_labels(d, r); break;
    default: random_payload(d, r); break;
    }
}

static void random_pppoe(FrameDraft *d, Random *r)
{
    static const u16 tags[] = {0x0101, 0x0102, 0x0102, 0x0103, 0};
    u32 count = random_below(r, 4);
    if (random_once_in(r, 2)) {
        frame_pppoe(d, 0, (u16)random_below(r, 50));
        random_ppp(d, r);
        return;
    }
    frame_pppoe(d, RANDOM_OF(r, ((const u8[]){7, 9, 0x19, 0x65})), 0);
    for (u32 i = 0; i < count; i++) {
        frame_be(d, 2, RANDOM_OF(r, tags));
        frame_be(d, 2, random_once_in(r, 9) ? 900 : 5);
        frame_payload(d, frame_texts[2], 5);
    }
}

static u16 random_type(Random *r)
{
    static const u16 plain[] = {0x0800, 0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd,
                                0x8100, 0x8100, 0x88a8, 0x9100, 0x0806, 0x1234};
    static const u16 rare[] = {0x8847, 0x8848, 0x8863, 0x8864, 0x880b, 0x6558};
    return random_once_in(r, 5) ? RANDOM_OF(r, rare) : RANDOM_OF(r, plain);
}

/* What stands behind an EtherType that has been chosen already. */
static void random_ethertype(FrameDraft *d, Random *r, u16 type);

static void random_llc(FrameDraft *d, Random *r)
{
    static const u32 heads[] = {0xaaaa03, 0xaaaa03, 0xaaaa03, 0x060603, 0x424203, 0xf0f07f, 0xffff00, 0xaaaa13};
    static const u16 types[] = {0x0800, 0x86dd, 0x0806, 0x8847, 0x2000};
    static const u32 organizations[] = {0, 0, 0, 0xf8, 0x0c};
    u32 head = RANDOM_OF(r, heads);
    u16 type = RANDOM_OF(r, types);
    frame_be(d, 3, head);
    if (head == 0xaaaa03) {
        frame_be(d, 3, RANDOM_OF(r, organizations));
        frame_be(d, 2, type);
        random_ethertype(d, r, type);
    } else if (head == 0x060603) {
        random_ip4(d, r);
    } else {
        random_payload(d, r);
    }
}

/* A link header of Ethernet's; with what it holds. */
static void random_ethernet(FrameDraft *d, Random *r)
{
    u64 one = RANDOM_OF(r, frame_macs), two = RANDOM_OF(r, frame_macs);
    u16 type = random_type(r);
    if (random_once_in(r, 8)) {
        open_header(d, OPEN_802_3);
        frame_ethernet(d, one, two, 0);
        random_llc(d, r);
        return;
    }
    frame_ethernet(d, one, two, type);
    random_ethertype(d, r, type);
}

static void random_ethertype(FrameDraft *d, Random *r, u16 type)
{
    static const u16 inner[] = {0x0800, 0x0800, 0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x9100, 0x0802, 100, 0x8864};
    u16 next = RANDOM_OF(r, inner);
    switch (type) {
    case 0x0800: random_ip4(d, r); break;
    case 0x86dd: random_ip6(d, r); break;
    case 0x0806:
        frame_arp(d, (u16)random_below(r, 3), RANDOM_OF(r, frame_macs), RANDOM_OF(r, frame_hosts), 0,
                  RANDOM_OF(r, frame_hosts));
        break;
    case 0x8100:
    case 0x88a8:
    case 0x9100:
        frame_vlan(d, (u16)(random_below(r, 8) << 13 | random_below(r, 3)), next);
        random_ethertype(d, r, next);
        break;
    case 0x8847:
    case 0x8848: random_labels(d, r); break;
    case 0x8863:
    case 0x8864: random_pppoe(d, r); break;
    case 0x880b: random_ppp(d, r); break;
    case 0x6558: random_ethernet(d, r); break;
    default: random_bytes(d, r, random_below(r, 40)); break;
    }
}

/* A management frame: beacons and others with elements. */
static void random_management(FrameDraft *d, Random *r)
{
    u32 subtype = random_below(r, 14), fixed[14] = {4, 6, 10, 6, 0, 12, 0, 0, 12, 0, 2, 6, 2, 2};
    bool order = random_once_in(r, 9);
    frame_be(d, 2, subtype << 12 | (order ? 0x80 : 0) | (random_once_in(r, 9) ? 0x40u : 0));
    frame_be(d, 2, 0);
    for (u32 i = 0; i < 3; i++) frame_be(d, 6, RANDOM_OF(r, frame_macs));
    frame_be(d, 2, random_below(r, 65536));
    if (order) frame_be(d, 4, 0);
    random_bytes(d, r, fixed[subtype]);
    for (u32 n = random_below(r, 4); n > 0; n--) {
        frame_be(d, 1, random_below(r, 3));
        frame_be(d, 1, random_length(r, 5));
        frame_payload(d, frame_texts[2], 5);
    }
}

static void random_wifi(FrameDraft *d, Random *r, bool padded)
{
    u32 at = d->len, flags = random_below(r, 4) | (random_once_in(r, 9) ? 0x40 : 0) | (random_once_in(r, 5) ? 0x80 : 0);
    bool qos = random_once_in(r, 2), null = random_once_in(r, 9), several = qos && random_once_in(r, 3);
    if (random_once_in(r, 3)) {
        random_management(d, r);
        return;
    }
    if (random_once_in(r, 9)) {
        frame_be(d, 2, (random_below(r, 16) << 4 | (random_once_in(r, 5) ? 0xc : 4)) << 8);
        random_bytes(d, r, 2 + 6 * random_below(r, 3));
        return;
    }
    frame_be(d, 2, (0x08 | (qos ? 0x80u : 0) | (null ? 0x40u : 0) | (random_once_in(r, 20) ? 1u : 0)) << 8 | flags);
    frame_be(d, 2, 0);
    for (u32 i = 0; i < 3; i++) frame_be(d, 6, RANDOM_OF(r, frame_macs));
    frame_be(d, 2, random_once_in(r, 9) ? 0x0100 : 0);
    if ((flags & 3) == 3) frame_be(d, 6, RANDOM_OF(r, frame_macs));
    if (qos) frame_be(d, 2, several ? 0x8500 : 0x0500);
    if (qos && flags & 0x80) frame_be(d, 4, 0);
    while (padded && (d->len - at) % 4) frame_be(d, 1, 0);
    if (several) {
        frame_be(d, 6, RANDOM_OF(r, frame_macs)), frame_be(d, 6, RANDOM_OF(r, frame_macs));
        frame_be(d, 2, 20 + random_below(r, 60));
    }
    random_llc(d, r);
}

static void frame_le32(FrameDraft *d, u32 value) { frame_be(d, 4, __builtin_bswap32(value)); }

static void random_radiotap(FrameDraft *d, Random *r)
{
    u32 at = d->len, words = 1 + (random_once_in(r, 3) ? random_below(r, 3) : 0);
    u32 present[3];
    for (u32 i = 0; i < words; i++) {
        present[i] = (u32)random_next(r) & (random_once_in(r, 2)   ? 0x0000786fu
                                            : random_once_in(r, 9) ? 0x1fffffff
                                                                   : 0x001fffff);
        if (i + 1 < words) present[i] |= 0x80000000u | (random_once_in(r, 3) ? 0x40000000u : 0x20000000u);
    }
    frame_be(d, 4, 0);
    for (u32 i = 0; i < words; i++) frame_le32(d, present[i]);
    while (present[0] & 1 && (d->len - at) % 8) frame_be(d, 1, 0);
    if (present[0] & 1) frame_be(d, 8, random_below(r, 70));
    u8 flags = random_once_in(r, 2) ? 0 : RANDOM_OF(r, ((const u8[]){0x10, 0x20, 0x30, 0x40}));
    if (present[0] & 2) frame_be(d, 1, flags);
    for (u32 n = random_below(r, 40); n > 0; n--) frame_be(d, 1, random_once_in(r, 2) ? random_below(r, 4) : 0x6c);
    u32 length = d->len - at;
    d->bytes[at + 2] = (u8)(random_once_in(r, 20) ? random_below(r, 256) : length);
    random_wifi(d, r, present[0] & 2 && flags & 0x20);
    if (flags & 0x10) frame_be(d, 4, 0xdeadbeef);
}

static void random_netmon_wifi(FrameDraft *d, Random *r)
{
    static const u32 channels[] = {0, 6, 11, 2412, 2484, 5180, 999999};
    frame_be(d, 1, random_once_in(r, 9) ? 1 : 2);
    frame_be(d, 2, random_once_in(r, 20) ? 0x0100 : 0x2000);
    frame_le32(d, random_once_in(r, 2) ? 0x80000000 : 1);
    frame_le32(d, random_once_in(r, 3) ? 0xffffffff : 0);
    frame_le32(d, random_below(r, 9));
    frame_le32(d, RANDOM_OF(r, channels));
    frame_le32(d, random_once_in(r, 4) ? 0 : (u32) - (i64)random_below(r, 90));
    frame_be(d, 1, random_below(r, 3));
    frame_be(d, 8, 0);
    random_wifi(d, r, false);
}

static void random_link(FrameDraft *d, Random *r, u32 linktype)
{
    u64 one = RANDOM_OF(r, frame_macs);
    bool v6 = random_once_in(r, 3), llc = random_once_in(r, 9), netlink = random_once_in(r, 20);
    u16 type = random_type(r);
    u64 hardware = netlink ? 824 : 1;
    switch (linktype) {
    case 0: frame_be(d, 4, v6 ? 0x1e000000 : random_once_in(r, 2) ? 0x02000000 : 2); break;
    case 108: frame_be(d, 4, v6 ? 30 : 2); break;
    case 9:
    case 50:
        if (!random_once_in(r, 3)) {
            random_ppp(d, r);
            return;
        }
        frame_be(d, 2, random_once_in(r, 2) ? 0x0f00 : 0x8f00), frame_be(d, 2, type);
        break;
    case 51: random_pppoe(d, r); return;
    case 100: random_llc(d, r); return;
    case 105: random_wifi(d, r, false); return;
    case 127: random_radiotap(d, r); return;
    case 0xffff0006: random_netmon_wifi(d, r); return;
    case 104: frame_be(d, 2, 0x0f00), frame_be(d, 2, type); break;
    case 113:
        frame_be(d, 8, hardware << 32 | (u64)(random_once_in(r, 9) ? 8 : 6) << 16), frame_be(d, 6, one);
        frame_be(d, 2, llc ? 4 : random_once_in(r, 30) ? 7 : type);
        break;
    case 276:
        frame_be(d, 2, llc ? 4 : type), frame_be(d, 2, 0), frame_be(d, 4, 3), frame_be(d, 2, hardware);
        frame_be(d, 2, 6), frame_be(d, 6, one), frame_be(d, 2, 0);
        break;
    case 1: random_ethernet(d, r); return;
    default: break;
    }
    bool ip_only = linktype != 104 && linktype != 113 && linktype != 276 && linktype != 9 && linktype != 50;
    if (llc && linktype != 104 && !ip_only)
        random_llc(d, r);
    else if (ip_only)
        random_ethertype(d, r, v6 ? 0x86dd : 0x0800);
    else
        random_ethertype(d, r, type);
}

void frame_random(FrameDraft *d, Random *r, u32 linktype)
{
    frame_begin(d);
    random_link(d, r, linktype);
    frame_end(d);
    if (random_once_in(r, 2)) frame_pad(d, 60);
}

u32 linktype_random(Random *r)
{
    static const u32 others[] = {0,   9,   12,  14,  50,  51,  100, 101, 104, 105,
                                 105, 108, 113, 127, 127, 228, 229, 276, 147, 0xffff0006};
    return random_once_in(r, 3) ? RANDOM_OF(r, others) : 1;
}

/* Lengths that lie, flags that lie: a few bytes of the first 60 are changed. */
static void damage(FrameDraft *d, Random *r)
{
    static const u8 telling[] = {0, 1, 4, 5, 0x44, 0x4f, 0x54, 0x65, 0x80, 0xff};
    for (u32 n = 1 + random_below(r, 3); n > 0 && d->len; n--)
        d->bytes[random_below(r, MIN_OF(d->len, 60u))] =
            random_once_in(r, 2) ? RANDOM_OF(r, telling) : (u8)random_next(r);
}

void batch_random(Batch *batch, Random *r, u32 linktype, u32 count)
{
    FrameDraft *d = malloc(sizeof *d);
    if (!d) abort();
    batch_begin(batch, linktype);
    bool all_whole = random_once_in(r, 3);
    for (u32 i = 0; i < count; i++) {
        frame_random(d, r, linktype);
        u32 kind = all_whole ? 9 : random_below(r, 10), caplen = d->len, len = d->len;
        if (kind == 0) damage(d, r);
        if (kind == 1 || kind == 2) caplen = random_below(r, d->len + 1); /* cut short */
        if (kind == 3 && random_once_in(r, 2))
            caplen = len = random_below(r, d->len + 1);                           /* the sender stopped there */
        if (kind == 4 && random_once_in(r, 4)) len = random_below(r, d->len + 1); /* the file lies */
        if (kind == 5 && random_once_in(r, 3)) {
            frame_begin(d);
            random_bytes(d, r, random_below(r, 100));
            caplen = len = d->len;
        }
        batch_add(batch, d->bytes, caplen, len);
        batch->time[i] = (i64)(random_next(r) % 4000000000000000000u) - 1000000000000000000;
        batch->delta[i] = (i64)random_below(r, 3000) - 1000;
        batch->offset[i] = (i64)random_below(r, 1000000);
        batch->number[i] = i + random_below(r, 3);
    }
    free(d);
}
