/* decode.c - finds the headers: see decode.h for the rules.
 *
 * Two ways to one answer.  The plain shape - Ethernet, at most two VLAN tags, IPv4 without options or IPv6 without
 * extension headers, not a fragment, TCP or UDP - is told by a few comparisons, for the whole batch at once, or frame by
 * frame where there are few.  Everything else takes the complete path, a walk from header to header, a function each. */
#include "vm/decode.h"

#include "vm/columns.h"
#include "vm/walk.h"

/* What head[] points at where there is no header. */
static const u8 nothing[SPAN_MAX];

static u64 bit_of(Proto proto) { return (u64)1 << proto; }

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

static bool ethertype_is_vlan(u32 type) { return (type == 0x8100) | (type == 0x88a8) | (type == 0x9100); }

/* -- the complete path ------------------------------------------------------------------------------------------------- */

/* Walks from the link header inwards, as long as something asked for may come.  Returns what may be missing. */
static u64 walk_layers(Layers *layers, u64 asked, const Batch *batch, u32 i)
{
    Walk w = {.data = batch->data[i], .caplen = batch->caplen[i], .end = wire_length_of(batch, i)};
    Step step = step_of_linktype(batch->linktype);
    layers->count = 0;
    while (step != STEP_NONE && step_info[step].finds & asked && w.at < w.end && w.at <= HEADER_AT_MAX) {
        const StepInfo *info = &step_info[step];
        if (w.at >= w.caplen) {
            w.missing |= info->finds;
            break;
        }
        w.behind = info->behind;
        w.own = NULL;
        if (info->proto != NO_LAYER) {
            if (layers->count == LAYERS_MAX) break;
            w.own = &layers->layer[layers->count++];
            *w.own = (Layer){(u8)info->proto, (u16)w.at, w.end};
        }
        step = info->walk(&w);
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

/* leaf: NO_LAYER where it is nothing that is asked for. */
static u64 plain_shape(u32 tags, Proto ip, int leaf)
{
    static const u64 outer[3] = {SHAPE1(ETHERNET), SHAPE2(ETHERNET, VLAN), SHAPE2(ETHERNET, VLAN) | SHAPE1(VLAN) << 16};
    return outer[tags] | ((u64)(ip + 1) | (u64)(leaf + 1) << 8) << (8 + 8 * tags);
}

static inline bool ports_lead(const PortSet *ports, const u8 *upper)
{
    u32 source = load_be16(upper), destination = load_be16(upper + 2);
    return (ports->bits[source / 64] >> (source % 64) | ports->bits[destination / 64] >> (destination % 64)) & 1;
}

/* May the payload of the TCP header at `upper`, in a packet that ends at `end`, be something asked for? */
static inline bool content_leads(const Headers *h, const u8 *data, u32 upper, u32 end, u32 caplen)
{
    u32 words = data[upper + 12] >> 4, payload = upper + words * 4;
    if (words < 5 || payload >= end) return false;
    return payload >= caplen || (h->tcp_first.bits[data[payload] / 64] >> (data[payload] % 64) & 1);
}

/* Do the ports of a plain TCP or UDP header at `upper`, or a TCP payload's first byte, say that something asked for may be
 * behind it?  The complete path looks. */
static inline bool leads_deeper(const Headers *h, const Batch *batch, u32 i, u32 upper, u32 end, bool tcp)
{
    const u8 *data = batch->data[i];
    const PortSet *ports = tcp ? &h->tcp_ports : &h->udp_ports;
    if (UNLIKELY(ports->any) && ports_lead(ports, data + upper)) return true;
    return tcp && UNLIKELY(h->tcp_first.any) && content_leads(h, data, upper, end, batch->caplen[i]);
}

/* Is there, at `at`, an IP header of the plain shape with enough of a TCP or UDP header behind it?  Inlined with `at` and
 * `v4` known, it is a few loads and no branch but the last.  The caller has made sure of at + 10 bytes. */
static inline __attribute__((always_inline)) bool plain_ip(Headers *h, const Batch *batch, u32 i, u32 at, bool v4)
{
    const u8 *data = batch->data[i], *ip = data + at;
    u32 caplen = batch->caplen[i], length = load_be16(ip + (v4 ? 2 : 4)), upper = at + (v4 ? 20 : 40);
    u32 end = at + length + (v4 ? 0 : 40), wire = wire_length_of(batch, i);
    end = MIN_OF(end, wire);
    bool plain = v4 ? (ip[0] == 0x45) & ((load_le16(ip + 6) & 0xff1f) == 0) : ip[0] >> 4 == 6;
    u32 protocol = ip[v4 ? 9 : 6], reach = MIN_OF(end, caplen);
    bool tcp = (protocol == 6) & (reach >= upper + h->tcp_least),
         udp = (protocol == 17) & (reach >= upper + h->udp_least);
    if (!(plain & (tcp | udp))) return false; /* length 0, too: it leaves no room, and the complete path knows better */
    if (leads_deeper(h, batch, i, upper, end, tcp)) return false;

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

/* Ethernet, up to two tags, IPv4 or IPv6, TCP or UDP, all that is read of them captured; false: not that shape. */
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

/* -- the plain shape by column --------------------------------------------------------------------------------------------- */

/* Every head must be readable before it is right. */
static void heads_clear(Headers *h, const Batch *batch, u64 protocols)
{
    for (EACH_BIT(p, protocols))
        for (u32 i = 0; i < batch->count; i++) h->head[p][i] = nothing;
}

/* Every frame's head at a fixed place, where `needs` bytes were captured; present[] will say where it means something. */
static void point_heads(const u8 **head, const Batch *batch, u32 at, u32 needs)
{
    if (batch->caplen_min >= needs) {
        for (u32 i = 0; i < batch->count; i++) head[i] = batch->data[i] + at;
        return;
    }
    for (u32 i = 0; i < batch->count; i++) head[i] = batch->caplen[i] >= needs ? batch->data[i] + at : nothing;
}

/* The heads of some frames, each at its own place; without a branch, as frames of all kinds come mixed. */
CLONES static void point_some_heads(const u8 **restrict head, const Batch *batch, const u32 *restrict at,
                                    const u32 *restrict lanes)
{
    for (u32 i = 0; i < BATCH_MAX; i++) {
        uintptr_t there = (uintptr_t)(intptr_t)(int32_t)lanes[i];
        uintptr_t place = (((uintptr_t)batch->data[i] + at[i]) & there) | ((uintptr_t)nothing & ~there);
        head[i] = (const u8 *)place;
    }
}

/* Bytes 12 to 23 of every frame: they tell the shape. */
typedef struct {
    u32 type[BATCH_MAX], length[BATCH_MAX], rest[BATCH_MAX]; /* IPv4: fragment, protocol; IPv6: protocol, addresses */
} PlainWords;
enum { WORDS_AT = 12, WORDS_END = 24 };

static inline void take_words(PlainWords *words, u32 i, const u8 *at)
{
    u64 first;
    memcpy(&first, at, sizeof first);
    words->type[i] = (u32)first;
    words->length[i] = (u32)(first >> 32);
    words->rest[i] = load_le32(at + 8);
}

static void plain_gather(PlainWords *words, const Batch *batch)
{
    bool all_long = batch->caplen_min >= WORDS_END;
#pragma GCC unroll 4
    for (u32 i = 0; i < batch->count; i++) {
        const u8 *data = all_long || batch->caplen[i] >= WORDS_END ? batch->data[i] : nothing;
        take_words(words, i, data + WORDS_AT);
    }
    for (u32 i = batch->count; i < BATCH_MAX; i++) words->type[i] = words->length[i] = words->rest[i] = 0;
}

/* Ethernet frames as columns of 64; lanes are 0 or all ones. */
typedef struct {
    PlainWords words;    /* of a tagged frame as if its tags were left out, */
    u32 tags[BATCH_MAX]; /* which are so many bytes */
    u32 ip[BATCH_MAX], upper[BATCH_MAX];
    u32 four[BATCH_MAX], six[BATCH_MAX], tcp[BATCH_MAX], udp[BATCH_MAX]; /* the plain shape, and what it is made of */
    u32 arp[BATCH_MAX]; /* nothing but Ethernet in front of an ARP that nobody asks for */
} Plain;

/* EtherTypes as they stand, read as little-endian. */
enum {
    LE_IPV4 = 0x0008,
    LE_IPV6 = 0xdd86,
    LE_ARP = 0x0608,
    LE_VLAN = 0x0081,
    LE_VLAN_AD = 0xa888,
    LE_VLAN_9100 = 0x0091
};

CLONES static void tagged_tell(const PlainWords *words, u32 *restrict tagged)
{
    for (u32 i = 0; i < BATCH_MAX; i++) {
        u32 type = words->type[i] & 0xffff;
        tagged[i] = -(u32)(type == LE_VLAN) | -(u32)(type == LE_VLAN_AD) | -(u32)(type == LE_VLAN_9100);
    }
}

/* Leaves out one tag, or two; what has two of a protocol that is asked for takes a list, and stays as it is. */
static void plain_untag(const Headers *h, const Batch *batch, u32 i, Plain *p)
{
    const u8 *data = batch->data[i];
    if (batch->caplen[i] < WORDS_END + 4) return;
    bool twice = ethertype_is_vlan(load_be16(data + 16));
    if (twice && (h->asked & bit_of(PROTO_VLAN) || batch->caplen[i] < WORDS_END + 8)) return;
    p->tags[i] = twice ? 8 : 4;
    take_words(&p->words, i, data + WORDS_AT + p->tags[i]);
}

/* What is behind IP headers of the plain shape: as few bytes as that takes, and protocols behind which nothing is asked for. */
typedef struct {
    u32 tcp_least, udp_least, four_bare, six_bare, arp;
} PlainWants;

static PlainWants plain_wants(const Headers *h)
{
    enum { NEVER = 256, ICMP = 1, ICMPV6 = 58 };
    bool icmp = h->asked & bit_of(PROTO_ICMP), icmpv6 = h->asked & bit_of(PROTO_ICMPV6);
    return (PlainWants){h->tcp_least, h->udp_least, icmp ? NEVER : ICMP, icmpv6 ? NEVER : ICMPV6,
                        h->asked & bit_of(PROTO_ARP) ? 0 : UINT32_MAX};
}

/* Offsets as in RFC 791 and RFC 8200 behind Ethernet and the tags.  A length of 0 leaves no room behind the header: not plain, the
 * complete path knows better. */
CLONES static void plain_tell(PlainWants want, const Batch *batch, Plain *restrict p, u32 *restrict end_out)
{
    for (u32 i = 0; i < BATCH_MAX; i++) {
        u32 type = p->words.type[i], length = p->words.length[i], rest = p->words.rest[i], ip = 14 + p->tags[i];
        u32 four = -(u32)((type & 0xffffff) == (0x450000 | LE_IPV4)) & -(u32)((rest & 0xff1f) == 0);
        u32 six = -(u32)((type & 0xf0ffff) == (0x600000 | LE_IPV6));
        u32 bytes = (six & length >> 16) | (~six & length & 0xffff);
        u32 upper = ip + 20 + (six & 20), end = ((bytes & 0xff) << 8 | bytes >> 8) + ip + (six & 40);
        u32 protocol = (six & rest & 0xff) | (~six & rest >> 24);
        u32 caplen = batch->caplen[i], len = batch->len[i];
        u32 wire = len > caplen ? len : caplen;
        end = end < wire ? end : wire;
        u32 reach = end < caplen ? end : caplen, plain = four | six;
        u32 tcp = plain & -(u32)(protocol == 6) & -(u32)(reach >= upper + want.tcp_least);
        u32 udp = plain & -(u32)(protocol == 17) & -(u32)(reach >= upper + want.udp_least);
        u32 bare = (four & -(u32)(protocol == want.four_bare)) | (six & -(u32)(protocol == want.six_bare));
        u32 all = tcp | udp | (bare & -(u32)(reach > upper));
        p->ip[i] = ip;
        p->upper[i] = upper;
        p->four[i] = four & all;
        p->six[i] = six & all;
        p->tcp[i] = tcp;
        p->udp[i] = udp;
        p->arp[i] = want.arp & -(u32)((type & 0xffff) == LE_ARP) & -(u32)(ip == 14);
        end_out[i] = end;
    }
}

/* Those of `among`, plain frames all of them, that lead to nothing that is asked for. */
static Mask without_deeper(const Headers *h, const Batch *batch, Mask among, const u32 upper[BATCH_MAX], bool tcp)
{
    if (!(tcp ? h->tcp_ports.any || h->tcp_first.any : h->udp_ports.any)) return among;
    for (EACH_BIT(i, among))
        if (leads_deeper(h, batch, (u32)i, upper[i], h->end[i], tcp)) among &= ~((Mask)1 << i);
    return among;
}

static void plain_heads(Headers *h, const Batch *batch, const Plain *p, bool shifted)
{
    u64 asked = h->asked;
    if (asked & bit_of(PROTO_ETHERNET)) point_heads(h->head[PROTO_ETHERNET], batch, 0, 14);
    if (!shifted) { /* all headers stand where they do in most captures */
        heads_clear(h, batch, asked & (bit_of(PROTO_VLAN) | bit_of(PROTO_IPV6)));
        if (asked & bit_of(PROTO_IPV4)) point_heads(h->head[PROTO_IPV4], batch, 14, 14 + 20);
        if (asked & bit_of(PROTO_TCP)) point_heads(h->head[PROTO_TCP], batch, 34, 34 + h->tcp_least);
        if (asked & bit_of(PROTO_UDP)) point_heads(h->head[PROTO_UDP], batch, 34, 34 + h->udp_least);
        return;
    }
    for (u32 i = 0; asked & bit_of(PROTO_VLAN) && i < batch->count; i++)
        h->head[PROTO_VLAN][i] = p->tags[i] ? batch->data[i] + 14 : nothing;
    if (asked & bit_of(PROTO_IPV4)) point_some_heads(h->head[PROTO_IPV4], batch, p->ip, p->four);
    if (asked & bit_of(PROTO_IPV6)) point_some_heads(h->head[PROTO_IPV6], batch, p->ip, p->six);
    if (asked & bit_of(PROTO_TCP)) point_some_heads(h->head[PROTO_TCP], batch, p->upper, p->tcp);
    if (asked & bit_of(PROTO_UDP)) point_some_heads(h->head[PROTO_UDP], batch, p->upper, p->udp);
}

static void plain_shapes(Headers *h, const Plain *p, Mask all)
{
    for (EACH_BIT(i, all)) {
        int leaf = p->tcp[i] ? PROTO_TCP : p->udp[i] ? PROTO_UDP : NO_LAYER;
        h->shape[i] =
            p->arp[i] ? SHAPE1(ETHERNET) : plain_shape(p->tags[i] / 4, p->six[i] ? PROTO_IPV6 : PROTO_IPV4, leaf);
    }
}

/* Fills the columns of plain frames; returns which of `within` they are.  Only for the first DECODE of a batch: the
 * heads of all frames are written. */
static Mask decode_by_column(Headers *h, const Batch *batch, Mask within)
{
    Plain p;
    u32 tagged_lanes[BATCH_MAX];
    plain_gather(&p.words, batch);
    tagged_tell(&p.words, tagged_lanes);
    memset(p.tags, 0, sizeof p.tags);
    Mask tagged = mask_of_lanes(tagged_lanes) & within;
    for (EACH_BIT(i, tagged)) plain_untag(h, batch, (u32)i, &p);
    plain_tell(plain_wants(h), batch, &p, h->end);

    Mask tcp_found = mask_of_lanes(p.tcp), udp_found = mask_of_lanes(p.udp);
    Mask tcp = without_deeper(h, batch, tcp_found & within, p.upper, true);
    Mask udp = without_deeper(h, batch, udp_found & within, p.upper, false);
    Mask six = mask_of_lanes(p.six), deeper = (tcp_found & ~tcp) | (udp_found & ~udp);
    Mask ip = (mask_of_lanes(p.four) | six) & within & ~deeper, all = ip | (mask_of_lanes(p.arp) & within);
    h->present[PROTO_ETHERNET] = all;
    h->present[PROTO_VLAN] = ip & tagged;
    h->present[PROTO_IPV4] = ip & ~six;
    h->present[PROTO_IPV6] = ip & six;
    h->present[PROTO_TCP] = tcp;
    h->present[PROTO_UDP] = udp;
    plain_heads(h, batch, &p, tagged | six);
    if (h->paths) plain_shapes(h, &p, all);
    return all;
}

/* -- all of it ------------------------------------------------------------------------------------------------------------ */

/* The ports behind which something asked for may be found. */
static void ports_init(PortSet *set, PortTable table, u64 asked)
{
    for (u32 i = 1; i < port_info_count; i++) {
        if (port_info[i].table != table || !(step_info[port_info[i].step].finds & asked)) continue;
        set->bits[port_info[i].number / 64] |= (u64)1 << (port_info[i].number % 64);
        set->any = true;
    }
}

/* The first bytes of TCP payloads that may be something asked for. */
static void first_init(FirstSet *set, u64 asked)
{
    for (u32 i = 0; i < content_info_count; i++) {
        if (!(step_info[content_info[i].step].finds & asked)) continue;
        for (const char *c = content_info[i].first; *c; c++) set->bits[(u8)*c / 64] |= (u64)1 << ((u8)*c % 64);
        set->any = true;
    }
}

/* TCP's ports and data offset, or UDP's header, must be there where they decide what is behind it. */
static void narrow(Headers *h)
{
    bool tcp_leads = h->tcp_ports.any || h->tcp_first.any;
    h->tcp_least = MAX_OF(h->span[PROTO_TCP], tcp_leads ? 13u : 1u);
    h->udp_least = MAX_OF(h->span[PROTO_UDP], h->udp_ports.any ? 8u : 1u);
}

void headers_narrow(Headers *h, const u8 *span)
{
    memcpy(h->span, span, sizeof h->span);
    narrow(h);
}

void headers_init(Headers *h, u64 asked, bool paths, bool lists)
{
    memset(h, 0, sizeof *h);
    headers_begin(h, asked, paths, lists);
}

void headers_begin(Headers *h, u64 asked, bool paths, bool lists)
{
    h->asked = asked;
    h->paths = paths;
    h->lists = lists;
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *field = &field_info[f];
        if (field->kind != FIELD_IS_NUMBER && field->kind != FIELD_IS_BYTES) continue;
        h->span[field->proto] = MAX_OF(h->span[field->proto], (u8)(field->byte + field->width));
    }
    ports_init(&h->udp_ports, PORTS_UDP, asked);
    ports_init(&h->tcp_ports, PORTS_TCP, asked);
    first_init(&h->tcp_first, asked);
    narrow(h);
    headers_reset(h);
}

void headers_reset(Headers *h)
{
    h->decoded = h->listed = h->many = h->cut = 0;
    for (EACH_BIT(p, h->asked)) h->present[p] = h->tight[p] = 0; /* nobody looks at the others */
}

/* alone[i]: all ones where no second Ethernet header can be in the frame, as its first bytes tell; udp[i]: where its
 * ports tell.  What is neither is looked at frame by frame. */
CLONES static void ethernet_tell(const Headers *h, const PlainWords *words, const Batch *batch, u32 *restrict alone,
                                 u32 *restrict udp)
{
    const u32 udp_reach = 34 + h->udp_least;
    for (u32 i = 0; i < BATCH_MAX; i++) {
        u32 type = words->type[i] & 0xffff, length = words->length[i] & 0xffff, fragment = words->rest[i];
        u32 reach = 14 + ((length & 0xff) << 8 | length >> 8), caplen = batch->caplen[i];
        u32 four = -(u32)(type == LE_IPV4), six = -(u32)(type == LE_IPV6);
        u32 protocol = (four & fragment >> 24) | (six & fragment & 0xff);
        u32 leaf = -(u32)(protocol == 6) | -(u32)(protocol == 1) | -(u32)(protocol == 58);
        u32 plain = -(u32)((words->type[i] & 0xffffff) == 0x450008) & -(u32)((fragment & 0xff1f) == 0);
        reach = reach < caplen ? reach : caplen;
        alone[i] = -(u32)(type == LE_ARP) | ((four | six) & leaf);
        udp[i] = plain & -(u32)(protocol == 17) & -(u32)(reach >= udp_reach);
    }
}

/* Nobody asks for anything but Ethernet headers: there is one at the start of every frame, and hardly ever another. */
static Mask decode_ethernet_alone(Headers *h, const Batch *batch, Mask within)
{
    u32 upper[BATCH_MAX];
    PlainWords words;
    u32 alone_lanes[BATCH_MAX], udp_lanes[BATCH_MAX];
    plain_gather(&words, batch);
    ethernet_tell(h, &words, batch, alone_lanes, udp_lanes);
    for (u32 i = 0; i < BATCH_MAX; i++) upper[i] = 34;
    Mask udp = without_deeper(h, batch, mask_of_lanes(udp_lanes) & within, upper, false);
    Mask alone = (mask_of_lanes(alone_lanes) & within) | udp;
    point_heads(h->head[PROTO_ETHERNET], batch, 0, 14);
    h->present[PROTO_ETHERNET] = alone;
    for (u32 i = 0; h->paths && i < batch->count; i++) h->shape[i] = SHAPE1(ETHERNET);
    return alone;
}

static void decode_frames(Headers *h, const Batch *batch, Mask within, bool fast)
{
    const u64 ethernet_only = bit_of(PROTO_ETHERNET);
    const u64 by_column = ethernet_only | bit_of(PROTO_VLAN) | bit_of(PROTO_IPV4) | bit_of(PROTO_IPV6) |
                          bit_of(PROTO_TCP) | bit_of(PROTO_UDP);
    enum { FEW = 8 }; /* frames for which the columns are not worth their while */
    within &= ~h->decoded;
    fast = fast && !h->lists;
    bool ethernet = fast && batch->linktype == LINKTYPE_ETHERNET;
    bool columns = ethernet && h->decoded == 0 && mask_count(within) > FEW;
    if (h->decoded == 0) heads_clear(h, batch, columns ? h->asked & ~by_column : h->asked);
    h->decoded |= within;
    h->present[PROTO_PROPERTY] = h->decoded;
    if (columns && h->asked == ethernet_only)
        within &= ~decode_ethernet_alone(h, batch, within);
    else if (columns)
        within &= ~decode_by_column(h, batch, within);
    for (EACH_BIT(i, within))
        if (!ethernet || columns || !decode_plain(h, batch, (u32)i)) decode_complete(h, batch, (u32)i);
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
    if (proto == PROTO_PROPERTY) {
        *layer = (Layer){PROTO_PROPERTY, 0, wire_length_of(batch, i)};
        return nest == 0;
    }
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
