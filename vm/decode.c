/* decode.c - finds the headers: see decode.h for the rules.
 *
 * Two ways to one answer.  The plain shape - Ethernet, at most two VLAN tags, IPv4 without options or IPv6 without
 * extension headers, not a fragment, TCP or UDP - is told by a few comparisons; untagged IPv4 by column, the rest of it
 * frame by frame.  Everything else takes the complete path, a walk from header to header, a function each. */
#include "vm/decode.h"

#include "vm/columns.h"

/* What head[] points at where there is no header. */
static const u8 nothing[SPAN_MAX];

static u64 bit_of(Proto proto) { return (u64)1 << proto; }

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_LENGTH_MAX = 1500,
    LINKTYPE_ETHERNET = 1
};

static bool ethertype_is_vlan(u32 type) { return (type == 0x8100) | (type == 0x88a8) | (type == 0x9100); }

/* -- the complete path ------------------------------------------------------------------------------------------------- */

/* What is announced next. */
typedef enum {
    STEP_NONE,
    STEP_ETHERNET,
    STEP_VLAN,
    STEP_LLC,
    STEP_ARP,
    STEP_IP, /* version 4 or 6: the first nibble tells */
    STEP_IPV4,
    STEP_IPV6,
    STEP_EXTENSION,
    STEP_ICMP,
    STEP_ICMPV6,
    STEP_UDP,
    STEP_TCP,
    STEP_NULL,
    STEP_LOOP,
    STEP_SLL,
    STEP_SLL2,
    STEP_PPP,
    STEP_HDLC,
    STEP_COUNT
} Step;

typedef struct {
    const u8 *data;
    u32 caplen;
    u32 at;      /* where the announced header starts */
    u32 end;     /* where the packet around it ends, on the wire */
    Layer *own;  /* the layer being walked */
    u8 protocol; /* STEP_EXTENSION: which */
    u64 missing; /* protocols that may lie in the part that was not captured */
} Walk;

/* Protocols that may be found from here on. */
#define IN_IP                                                                                                          \
    ((u64)1 << PROTO_IPV4 | (u64)1 << PROTO_IPV6 | (u64)1 << PROTO_ICMP | (u64)1 << PROTO_ICMPV6 |                     \
     (u64)1 << PROTO_UDP | (u64)1 << PROTO_TCP)
#define IN_ETHERTYPE (IN_IP | (u64)1 << PROTO_VLAN | (u64)1 << PROTO_ARP)
#define IN_ETHERNET  (IN_ETHERTYPE | (u64)1 << PROTO_ETHERNET)

/* Can the first `count` bytes of this header be read?  If they are only missing from the capture, so may be `behind`. */
static bool need(Walk *w, u32 count, u64 behind)
{
    u64 end = (u64)w->at + count;
    if (end <= MIN_OF(w->caplen, w->end)) return true;
    if (end <= w->end) w->missing = behind;
    return false;
}

static Step step_of_ethertype(u32 type)
{
    if (ethertype_is_vlan(type)) return STEP_VLAN;
    switch (type) {
    case ETHERTYPE_IPV4: return STEP_IPV4;
    case ETHERTYPE_ARP: return STEP_ARP;
    case ETHERTYPE_IPV6: return STEP_IPV6;
    default: return STEP_NONE;
    }
}

/* In Ethernet and VLAN headers a small type is the length of what follows, an LLC header first. */
static Step step_of_type_or_length(Walk *w, u32 type)
{
    if (type > ETHERTYPE_LENGTH_MAX) return step_of_ethertype(type);
    w->end = MIN_OF(w->end, w->at + type);
    return STEP_LLC;
}

static Step step_of_protocol(Walk *w, u8 protocol)
{
    w->protocol = protocol;
    switch (protocol) {
    case 1: return STEP_ICMP;
    case 4: return STEP_IPV4;
    case 6: return STEP_TCP;
    case 17: return STEP_UDP;
    case 41: return STEP_IPV6;
    case 58: return STEP_ICMPV6;
    case 0:   /* hop by hop, RFC 8200 */
    case 43:  /* routing */
    case 44:  /* fragment */
    case 51:  /* authentication, RFC 4302 */
    case 60:  /* destination options */
    case 135: /* mobility, RFC 6275 */
    case 139: /* host identity, RFC 7401 */
    case 140: /* shim6, RFC 5533 */ return STEP_EXTENSION;
    default: return STEP_NONE;
    }
}

static Step walk_leaf(Walk *w)
{
    (void)w;
    return STEP_NONE;
}

static Step walk_ethernet(Walk *w)
{
    if (!need(w, 14, IN_ETHERTYPE)) return STEP_NONE;
    u32 type = load_be16(w->data + w->at + 12);
    w->at += 14;
    return step_of_type_or_length(w, type);
}

static Step walk_vlan(Walk *w)
{
    if (!need(w, 4, IN_ETHERTYPE)) return STEP_NONE;
    u32 type = load_be16(w->data + w->at + 2);
    w->at += 4;
    return step_of_type_or_length(w, type);
}

/* IEEE 802.2 with SNAP (RFC 1042), or IP right in LLC. */
static Step walk_llc(Walk *w)
{
    if (!need(w, 3, IN_ETHERTYPE)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    if (header[0] == 0x06 && header[1] == 0x06 && header[2] == 0x03) {
        w->at += 3;
        return STEP_IPV4;
    }
    if (header[0] != 0xaa || header[1] != 0xaa || header[2] != 0x03 || !need(w, 8, IN_ETHERTYPE)) return STEP_NONE;
    if (header[3] | header[4] | header[5]) return STEP_NONE;
    w->at += 8;
    return step_of_ethertype(load_be16(header + 6));
}

static Step walk_ip(Walk *w)
{
    u8 version = w->data[w->at] >> 4;
    return version == 4 ? STEP_IPV4 : version == 6 ? STEP_IPV6 : STEP_NONE;
}

/* Only the first bytes of this header make sense. */
static Step believe(Walk *w, u32 count)
{
    w->own->end = MIN_OF(w->own->end, w->at + count);
    return STEP_NONE;
}

static Step walk_ipv4(Walk *w)
{
    const u8 *header = w->data + w->at;
    u32 header_len = (header[0] & 15) * 4u;
    if (header[0] >> 4 != 4 || header_len < 20) return believe(w, 1);
    if (!need(w, 4, IN_IP)) return STEP_NONE;
    u32 total = load_be16(header + 2);
    if (total != 0 && total < header_len) return believe(w, 4);
    if (total != 0) w->own->end = w->end = MIN_OF(w->end, w->at + total);
    if (!need(w, 10, IN_IP)) return STEP_NONE;
    if (load_be16(header + 6) & 0x1fff) return STEP_NONE; /* not the first fragment */
    w->at += header_len;
    return step_of_protocol(w, header[9]);
}

static Step walk_ipv6(Walk *w)
{
    const u8 *header = w->data + w->at;
    if (header[0] >> 4 != 6) return believe(w, 1);
    if (!need(w, 7, IN_IP)) return STEP_NONE;
    u32 payload = load_be16(header + 4);
    if (payload != 0) w->own->end = w->end = MIN_OF(w->end, w->at + 40 + payload);
    w->at += 40;
    return step_of_protocol(w, header[6]);
}

static Step walk_extension(Walk *w)
{
    bool fragment = w->protocol == 44;
    if (!need(w, fragment ? 8 : 2, IN_IP)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    if (fragment && load_be16(header + 2) & 0xfff8) return STEP_NONE; /* not the first fragment */
    w->at += fragment ? 8 : w->protocol == 51 ? (header[1] + 2u) * 4 : (header[1] + 1u) * 8;
    return step_of_protocol(w, header[0]);
}

static Step step_of_family(Walk *w, u32 family)
{
    w->at += 4;
    switch (family) {
    case 2: return STEP_IPV4;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30: /* Linux, Windows, the BSDs, macOS */ return STEP_IPV6;
    default: return STEP_NONE;
    }
}

/* The address family in the byte order of the machine that captured. */
static Step walk_null(Walk *w)
{
    if (!need(w, 4, IN_IP)) return STEP_NONE;
    u32 family = load_le32(w->data + w->at);
    return step_of_family(w, family > 0xffff ? __builtin_bswap32(family) : family);
}

static Step walk_loop(Walk *w) { return need(w, 4, IN_IP) ? step_of_family(w, load_be32(w->data + w->at)) : STEP_NONE; }

/* Linux "cooked" captures: the protocol is an EtherType, or 4 for an LLC header. */
static Step walk_cooked(Walk *w, u32 length, u32 type_at)
{
    if (!need(w, length, IN_ETHERTYPE)) return STEP_NONE;
    u32 type = load_be16(w->data + w->at + type_at);
    w->at += length;
    return type == 4 ? STEP_LLC : step_of_ethertype(type);
}

static Step walk_sll(Walk *w) { return walk_cooked(w, 16, 14); }
static Step walk_sll2(Walk *w) { return walk_cooked(w, 20, 0); }
static Step walk_hdlc(Walk *w) { return walk_cooked(w, 4, 2); }

/* RFC 1661 and 1662: address and control may be left out, and so may a protocol's first byte if it is 0. */
static Step walk_ppp(Walk *w)
{
    if (!need(w, 1, IN_IP)) return STEP_NONE;
    if (w->data[w->at] == 0xff) {
        if (!need(w, 2, IN_IP)) return STEP_NONE;
        if (w->data[w->at + 1] == 0x03) w->at += 2;
    }
    if (!need(w, 1, IN_IP)) return STEP_NONE;
    u32 protocol = w->data[w->at], length = 1;
    if (!(protocol & 1)) {
        if (!need(w, 2, IN_IP)) return STEP_NONE;
        protocol = load_be16(w->data + w->at);
        length = 2;
    }
    w->at += length;
    return protocol == 0x21 ? STEP_IPV4 : protocol == 0x57 ? STEP_IPV6 : STEP_NONE;
}

enum { NO_LAYER = -1 };

/* A step: how to walk over it, the layer it is, and the protocols that may be found there or behind it. */
static const struct {
    Step (*walk)(Walk *w);
    int proto;
    u64 finds;
} steps[STEP_COUNT] = {
    [STEP_ETHERNET] = {walk_ethernet, PROTO_ETHERNET, IN_ETHERNET},
    [STEP_VLAN] = {walk_vlan, PROTO_VLAN, IN_ETHERTYPE},
    [STEP_LLC] = {walk_llc, NO_LAYER, IN_ETHERTYPE},
    [STEP_ARP] = {walk_leaf, PROTO_ARP, (u64)1 << PROTO_ARP},
    [STEP_IP] = {walk_ip, NO_LAYER, IN_IP},
    [STEP_IPV4] = {walk_ipv4, PROTO_IPV4, IN_IP},
    [STEP_IPV6] = {walk_ipv6, PROTO_IPV6, IN_IP},
    [STEP_EXTENSION] = {walk_extension, NO_LAYER, IN_IP},
    [STEP_ICMP] = {walk_leaf, PROTO_ICMP, (u64)1 << PROTO_ICMP},
    [STEP_ICMPV6] = {walk_leaf, PROTO_ICMPV6, (u64)1 << PROTO_ICMPV6},
    [STEP_UDP] = {walk_leaf, PROTO_UDP, (u64)1 << PROTO_UDP},
    [STEP_TCP] = {walk_leaf, PROTO_TCP, (u64)1 << PROTO_TCP},
    [STEP_NULL] = {walk_null, NO_LAYER, IN_IP},
    [STEP_LOOP] = {walk_loop, NO_LAYER, IN_IP},
    [STEP_SLL] = {walk_sll, NO_LAYER, IN_ETHERTYPE},
    [STEP_SLL2] = {walk_sll2, NO_LAYER, IN_ETHERTYPE},
    [STEP_PPP] = {walk_ppp, NO_LAYER, IN_IP},
    [STEP_HDLC] = {walk_hdlc, NO_LAYER, IN_ETHERTYPE},
};

/* LINKTYPE_ values, https://www.tcpdump.org/linktypes.html; 12 and 14 are what some systems write for RAW. */
static Step step_of_linktype(u32 linktype)
{
    switch (linktype) {
    case 0: return STEP_NULL;
    case LINKTYPE_ETHERNET: return STEP_ETHERNET;
    case 9: return STEP_PPP;
    case 12:
    case 14:
    case 101: return STEP_IP;
    case 104: return STEP_HDLC;
    case 108: return STEP_LOOP;
    case 113: return STEP_SLL;
    case 228: return STEP_IPV4;
    case 229: return STEP_IPV6;
    case 276: return STEP_SLL2;
    default: return STEP_NONE;
    }
}

/* Walks from the link header inwards, as long as something asked for may come.  Returns what may be missing. */
static u64 walk_layers(Layers *layers, u64 asked, const Batch *batch, u32 i)
{
    Walk w = {.data = batch->data[i], .caplen = batch->caplen[i], .end = wire_length_of(batch, i)};
    Step step = step_of_linktype(batch->linktype);
    layers->count = 0;
    while (step != STEP_NONE && steps[step].finds & asked && w.at < w.end && w.at <= HEADER_AT_MAX) {
        if (w.at >= w.caplen) {
            w.missing = steps[step].finds;
            break;
        }
        if (steps[step].proto != NO_LAYER) {
            if (layers->count == LAYERS_MAX) break;
            w.own = &layers->layer[layers->count++];
            *w.own = (Layer){(u8)steps[step].proto, (u16)w.at, w.end};
        }
        step = steps[step].walk(&w);
    }
    return w.missing & asked;
}

/* Moves what the walk found into the columns. */
static void decode_complete(Headers *h, const Batch *batch, u32 i)
{
    Layers *layers = &h->list[i];
    Mask bit = (Mask)1 << i;
    u64 seen = 0, shape = 0;
    h->missing[i] = walk_layers(layers, h->asked, batch, i);
    if (h->missing[i]) h->cut |= bit;
    h->listed |= bit;
    for (u32 k = 0; k < layers->count; k++) {
        Layer layer = layers->layer[k];
        if (k < 8) shape |= (u64)(layer.proto + 1) << (8 * k);
        if (seen & h->asked & bit_of(layer.proto)) h->many |= bit;
        if (seen & bit_of(layer.proto)) continue;
        seen |= bit_of(layer.proto);
        h->present[layer.proto] |= bit;
        bool tight = layer.at + (u32)h->span[layer.proto] > MIN_OF(layer.end, batch->caplen[i]);
        if (tight) h->tight[layer.proto] |= bit;
        h->head[layer.proto][i] = tight ? nothing : batch->data[i] + layer.at;
    }
    h->shape[i] = shape;
}

/* -- the plain shape, frame by frame ----------------------------------------------------------------------------------- */

#define SHAPE1(a)    ((u64)(PROTO_##a + 1))
#define SHAPE2(a, b) (SHAPE1(a) | (u64)(PROTO_##b + 1) << 8)

/* Fields of TCP and UDP end there; headers_init checks it against fields.def. */
enum { TCP_SPAN = 20, UDP_SPAN = 8 };

static u64 plain_shape(u32 tags, Proto ip, Proto leaf)
{
    static const u64 outer[3] = {SHAPE1(ETHERNET), SHAPE2(ETHERNET, VLAN), SHAPE2(ETHERNET, VLAN) | SHAPE1(VLAN) << 16};
    return outer[tags] | ((u64)(ip + 1) | (u64)(leaf + 1) << 8) << (8 + 8 * tags);
}

/* Is there, at `at`, an IP header of the plain shape with all of TCP's or UDP's fields behind it?  Inlined with `at` and
 * `v4` known, it is a few loads and no branch but the last.  The caller has made sure of at + 10 bytes. */
static inline __attribute__((always_inline)) bool plain_ip(Headers *h, const Batch *batch, u32 i, u32 at, bool v4)
{
    const u8 *data = batch->data[i], *ip = data + at;
    u32 caplen = batch->caplen[i], length = load_be16(ip + (v4 ? 2 : 4)), upper = at + (v4 ? 20 : 40);
    u32 end = at + length + (v4 ? 0 : 40), wire = wire_length_of(batch, i);
    end = MIN_OF(end, wire);
    bool plain = v4 ? (ip[0] == 0x45) & ((load_le16(ip + 6) & 0xff1f) == 0) : ip[0] >> 4 == 6;
    u32 protocol = ip[v4 ? 9 : 6], reach = MIN_OF(end, caplen);
    bool tcp = (protocol == 6) & (reach >= upper + TCP_SPAN), udp = (protocol == 17) & (reach >= upper + UDP_SPAN);
    if (!(plain & (tcp | udp))) return false; /* length 0, too: it leaves no room, and the complete path knows better */

    Proto ip_proto = v4 ? PROTO_IPV4 : PROTO_IPV6, leaf = tcp ? PROTO_TCP : PROTO_UDP;
    h->present[PROTO_ETHERNET] |= (Mask)1 << i;
    h->present[ip_proto] |= (Mask)1 << i;
    h->present[PROTO_TCP] |= (Mask)tcp << i;
    h->present[PROTO_UDP] |= (Mask)udp << i;
    h->head[PROTO_ETHERNET][i] = data;
    h->head[ip_proto][i] = ip;
    h->head[leaf][i] = data + upper;
    h->end[i] = end;
    if (h->paths) h->shape[i] = plain_shape((at - 14) / 4, ip_proto, leaf);
    return true;
}

/* Ethernet, up to two tags, IPv4 or IPv6, TCP or UDP, every field of all of them captured; false: not that shape. */
static bool decode_plain(Headers *h, const Batch *batch, u32 i)
{
    const u8 *data = batch->data[i];
    if (batch->caplen[i] < 42) return false; /* what is read without asking ends at 22 + 10 */
    u32 type = load_be16(data + 12);
    if (type == ETHERTYPE_IPV4) return plain_ip(h, batch, i, 14, true);
    if (type == ETHERTYPE_IPV6) return plain_ip(h, batch, i, 14, false);
    if (!ethertype_is_vlan(type)) return false;

    u32 inner = load_be16(data + 16);
    bool twice = ethertype_is_vlan(inner), plain = false;
    if (twice && h->asked & bit_of(PROTO_VLAN)) return false; /* an asked protocol comes twice: that takes a list */
    if (twice) inner = load_be16(data + 20);
    if (inner == ETHERTYPE_IPV4) plain = twice ? plain_ip(h, batch, i, 22, true) : plain_ip(h, batch, i, 18, true);
    if (inner == ETHERTYPE_IPV6) plain = twice ? plain_ip(h, batch, i, 22, false) : plain_ip(h, batch, i, 18, false);
    if (!plain) return false;
    h->present[PROTO_VLAN] |= (Mask)1 << i;
    h->head[PROTO_VLAN][i] = data + 14;
    return true;
}

/* -- the plain shape by column: untagged IPv4 ----------------------------------------------------------------------------- */

/* Every frame's head at a fixed place, where `needs` bytes were captured; present[] will say where it means something. */
static void point_heads(const u8 **head, const Batch *batch, u32 at, u32 needs)
{
    if (batch->caplen_min >= needs) {
        for (u32 i = 0; i < batch->count; i++) head[i] = batch->data[i] + at;
        return;
    }
    for (u32 i = 0; i < batch->count; i++) head[i] = batch->caplen[i] >= needs ? batch->data[i] + at : nothing;
}

/* Bytes 8 to 23 of every frame, as four words: the last three tell the shape.  One load a frame fetches them all. */
typedef u32 PlainWords[4];
enum { WORDS_AT = 8, WORDS_END = 24 };

static void plain_gather(PlainWords *words, const Batch *batch)
{
    bool all_long = batch->caplen_min >= WORDS_END;
#pragma GCC unroll 4
    for (u32 i = 0; i < batch->count; i++) {
        const u8 *data = all_long || batch->caplen[i] >= WORDS_END ? batch->data[i] : nothing;
        memcpy(words[i], data + WORDS_AT, sizeof words[i]);
    }
    for (u32 i = batch->count; i < BATCH_MAX; i++) memset(words[i], 0, sizeof words[i]);
}

/* tcp[i], udp[i]: all ones where the frame has the shape.  Offsets as in RFC 791 behind 14 bytes of Ethernet. */
CLONES static void plain_tell(const PlainWords *words, const Batch *batch, u32 *restrict end_out, u32 *restrict tcp,
                              u32 *restrict udp)
{
    for (u32 i = 0; i < BATCH_MAX; i++) {
        u32 type = words[i][1], length = words[i][2],
            fragment = words[i][3]; /* and version; identification; protocol */
        u32 end = 14 + ((length & 0xff) << 8 | (length >> 8 & 0xff));
        u32 caplen = batch->caplen[i], len = batch->len[i];
        u32 wire = len > caplen ? len : caplen;
        end = end < wire ? end : wire;
        u32 reach = end < caplen ? end : caplen;
        u32 protocol = fragment >> 24;
        u32 plain = -(u32)((type & 0xffffff) == 0x450008) & -(u32)((fragment & 0xff1f) == 0);
        tcp[i] = plain & -(u32)(protocol == 6) & -(u32)(reach >= 34 + TCP_SPAN);
        udp[i] = plain & -(u32)(protocol == 17) & -(u32)(reach >= 34 + UDP_SPAN);
        end_out[i] = end;
    }
}

/* Fills the columns of plain frames; returns which of `within` they are.  Only for the first DECODE of a batch: the
 * heads of all frames are written. */
static Mask decode_plain_ipv4(Headers *h, const Batch *batch, Mask within)
{
    PlainWords words[BATCH_MAX];
    u32 tcp_lanes[BATCH_MAX], udp_lanes[BATCH_MAX];
    plain_gather(words, batch);
    plain_tell(words, batch, h->end, tcp_lanes, udp_lanes);
    Mask tcp = mask_of_lanes(tcp_lanes) & within, udp = mask_of_lanes(udp_lanes) & within, both = tcp | udp;
    h->present[PROTO_ETHERNET] = h->present[PROTO_IPV4] = both;
    h->present[PROTO_TCP] = tcp;
    h->present[PROTO_UDP] = udp;
    if (h->asked & bit_of(PROTO_ETHERNET)) point_heads(h->head[PROTO_ETHERNET], batch, 0, 14);
    if (h->asked & bit_of(PROTO_IPV4)) point_heads(h->head[PROTO_IPV4], batch, 14, 14 + 20);
    if (h->asked & bit_of(PROTO_TCP)) point_heads(h->head[PROTO_TCP], batch, 34, 34 + TCP_SPAN);
    if (h->asked & bit_of(PROTO_UDP)) point_heads(h->head[PROTO_UDP], batch, 34, 34 + UDP_SPAN);
    u64 with_tcp = plain_shape(0, PROTO_IPV4, PROTO_TCP), with_udp = plain_shape(0, PROTO_IPV4, PROTO_UDP);
    for (u32 i = 0; h->paths && i < batch->count; i++) h->shape[i] = tcp_lanes[i] ? with_tcp : with_udp;
    return both;
}

/* -- all of it ------------------------------------------------------------------------------------------------------------ */

void headers_init(Headers *h, u64 asked, bool paths)
{
    memset(h, 0, sizeof *h);
    h->asked = asked;
    h->paths = paths;
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *field = &field_info[f];
        if (field->kind != FIELD_IS_NUMBER && field->kind != FIELD_IS_BYTES) continue;
        h->span[field->proto] = MAX_OF(h->span[field->proto], (u8)(field->byte + field->width));
    }
    headers_reset(h);
}

void headers_reset(Headers *h)
{
    h->decoded = h->listed = h->many = h->cut = 0;
    memset(h->present, 0, sizeof h->present);
    memset(h->tight, 0, sizeof h->tight);
}

/* Every head must be readable before it is right. */
static void heads_clear(Headers *h, u64 protocols)
{
    for (u32 p = 0; p < PROTO_COUNT; p++) {
        if (!(protocols & bit_of(p))) continue;
        for (u32 i = 0; i < BATCH_MAX; i++) h->head[p][i] = nothing;
    }
}

/* Nobody asks what is behind the Ethernet header: it is at the start of every frame. */
static Mask decode_ethernet_alone(Headers *h, const Batch *batch, Mask within)
{
    Mask whole = within;
    if (batch->caplen_min < 14)
        for (EACH_BIT(i, within))
            if (batch->caplen[i] < 14) whole &= ~((Mask)1 << i);
    point_heads(h->head[PROTO_ETHERNET], batch, 0, 14);
    h->present[PROTO_ETHERNET] = whole;
    for (u32 i = 0; h->paths && i < batch->count; i++) h->shape[i] = SHAPE1(ETHERNET);
    return whole;
}

static void decode_frames(Headers *h, const Batch *batch, Mask within, bool fast)
{
    const u64 ethernet_only = bit_of(PROTO_ETHERNET);
    const u64 by_column = ethernet_only | bit_of(PROTO_IPV4) | bit_of(PROTO_TCP) | bit_of(PROTO_UDP);
    enum { FEW = 8 }; /* frames for which the columns are not worth their while */
    within &= ~h->decoded;
    bool ethernet = fast && batch->linktype == LINKTYPE_ETHERNET;
    bool columns = ethernet && h->decoded == 0 && mask_count(within) > FEW;
    if (h->decoded == 0) heads_clear(h, columns ? h->asked & ~by_column : h->asked);
    h->decoded |= within;
    if (columns && h->asked == ethernet_only)
        within &= ~decode_ethernet_alone(h, batch, within);
    else if (columns)
        within &= ~decode_plain_ipv4(h, batch, within);
    for (EACH_BIT(i, within))
        if (!ethernet || !decode_plain(h, batch, (u32)i)) decode_complete(h, batch, (u32)i);
}

void headers_decode(Headers *h, const Batch *batch, Mask within) { decode_frames(h, batch, within, true); }
void headers_decode_complete(Headers *h, const Batch *batch, Mask within) { decode_frames(h, batch, within, false); }

/* -- questions ---------------------------------------------------------------------------------------------------------- */

/* A frame of the plain shape has its headers in the columns, and only one packet end that matters. */
static bool find_plain(const Headers *h, const Batch *batch, u32 i, Proto proto, u32 nest, Layer *layer)
{
    if (nest || !(h->present[proto] >> i & 1)) return false;
    bool link = proto == PROTO_ETHERNET || proto == PROTO_VLAN;
    *layer = (Layer){(u8)proto, (u16)(h->head[proto][i] - batch->data[i]), link ? wire_length_of(batch, i) : h->end[i]};
    return true;
}

bool headers_find(const Headers *h, const Batch *batch, u32 i, Proto proto, u32 nest, Layer *layer)
{
    if (!(h->listed >> i & 1)) return find_plain(h, batch, i, proto, nest, layer);
    const Layers *layers = &h->list[i];
    for (u32 k = 0; k < layers->count; k++) {
        if (layers->layer[k].proto != proto || nest-- > 0) continue;
        *layer = layers->layer[k];
        return true;
    }
    return false;
}

Mask headers_deeper(const Headers *h, Mask among, u32 nest)
{
    if (nest == 0) return among & h->decoded;
    Mask deeper = 0;
    for (EACH_BIT(i, among & h->many)) {
        u8 instances[PROTO_COUNT] = {0};
        const Layers *layers = &h->list[i];
        for (u32 k = 0; k < layers->count; k++) {
            u8 proto = layers->layer[k].proto;
            if (!(h->asked & bit_of(proto)) || ++instances[proto] <= nest) continue;
            deeper |= (Mask)1 << i;
            break;
        }
    }
    return deeper;
}

Mask headers_on_path(const Headers *h, const u8 *path, u32 count, Mask among)
{
    Mask on = 0;
    u64 want = 0, care = 0;
    for (u32 k = 0; k < count && k < 8; k++) {
        want |= (u64)(path[k] + 1) << (8 * k);
        care |= (u64)0xff << (8 * k);
    }
    among &= h->decoded;
    for (u32 i = 0; i < BATCH_MAX; i++) on |= (Mask)((h->shape[i] & care) == want) << i;
    on &= among;
    if (count <= 8) return on;
    for (EACH_BIT(i, on)) {
        const Layers *layers = &h->list[i];
        bool same = h->listed >> i & 1 && layers->count >= count;
        for (u32 k = 8; same && k < count; k++) same = layers->layer[k].proto == path[k];
        if (!same) on &= ~((Mask)1 << i);
    }
    return on;
}

Mask headers_path_missing(const Headers *h, const u8 *path, u32 count, Mask among)
{
    Mask missing = 0;
    for (EACH_BIT(i, among & h->cut)) {
        const Layers *layers = &h->list[i];
        bool agrees = layers->count < count && h->missing[i] >> path[layers->count] & 1;
        for (u32 k = 0; agrees && k < layers->count; k++) agrees = layers->layer[k].proto == path[k];
        missing |= (Mask)agrees << i;
    }
    return missing;
}
