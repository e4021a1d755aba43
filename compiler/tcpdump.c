/* tcpdump.c - the typed tree as a filter of tcpdump: pcap-filter(7), libpcap 1.10.
 *
 * For `explain`.  The language knows hosts, nets and ports, and reads numbers of 1, 2 or 4 bytes at places in a header.
 * It looks at one header of a kind, the outermost, where it stands without tags and extension headers; so most filters
 * carry exceptions.  Always true: `vlan' moves everything behind it, so it is only ever written first, and once. */
#include "compiler/equivalent.h"
#include "compiler/plan.h"

#include <string.h>

enum {
    PLACES_MAX = 4,      /* a pair, in IPv4 and in IPv6 */
    IPV6_PAYLOAD = 40,   /* where the header behind IPv6's begins */
    TCP_OFFSET_BYTE = 12 /* of TCP's header: how long it is */
};

/* A number where libpcap can read it, and what must hold besides. */
typedef struct {
    const char *read; /* "tcp[13]" */
    const char *when; /* NULL, or "ip6[6] == 6" */
    u64 mask;         /* of what is read; 0: all of it */
    u32 shift;        /* our number is what is read, moved down so far */
    bool wide;        /* 4 bytes: a number for which hex is easier on the eye */
} Spot;

/* Where a value stands: a test of it is true when it is true at one of these. */
typedef struct {
    Spot place[PLACES_MAX];
    u32 count;
    u32 width; /* bytes that are read; 0: no bytes of the frame */
} Spots;

static const char tag_ahead[] = "(ether[12:2] == 0x8100 or ether[12:2] == 0x88a8 or ether[12:2] == 0x9100)";

static bool find_places(Phrase *w, const Typed *value, Spots *places);
static const char *there_test(const Typed *value, u32 nth);
static bool write_test(Phrase *w, const Typed *test, bool inner);

/* ---- what is different ---- */

static void except_header(Phrase *w, int proto, const Path *path)
{
    if (proto == PROTO_VLAN) {
        phrase_except(w, EXCEPTION_SECOND_TAG);
        phrase_except(w, EXCEPTION_LINK_TYPE);
        return;
    }
    if (proto == PROTO_WIFI || proto == PROTO_RADIOTAP) {
        phrase_except(w, EXCEPTION_NOT_WIFI);
        phrase_except(w, EXCEPTION_DAMAGED);
        return;
    }
    if (!path) phrase_except(w, EXCEPTION_TUNNELLED);
    if (proto == PROTO_LLC || proto == PROTO_SNAP) {
        phrase_except(w, EXCEPTION_DAMAGED);
        phrase_except(w, EXCEPTION_LINK_TYPE);
        phrase_except(w, w->tagged ? EXCEPTION_SECOND_TAG : EXCEPTION_TAGGED);
        return;
    }
    if (proto == PROTO_ETHERNET) {
        phrase_except(w, EXCEPTION_LINK_TYPE);
        return;
    }
    phrase_except(w, EXCEPTION_DAMAGED);
    phrase_except(w, EXCEPTION_LLC);
    if (proto == PROTO_ARP) phrase_except(w, EXCEPTION_ARP_LENGTHS);
    if (path) {
        phrase_except(w, EXCEPTION_LINK_TYPE);
        if (path->count > 2 && path->proto[1] == PROTO_IPV6) phrase_except(w, EXCEPTION_EXTENDED);
        return;
    }
    phrase_except(w, w->tagged ? EXCEPTION_SECOND_TAG : EXCEPTION_TAGGED);
    if (peer_proto[proto].next >= 0 || proto == PROTO_ICMPV6) phrase_except(w, EXCEPTION_EXTENDED);
}

/* ---- paths ---- */

/* The protocol that a path leads to, and whether IPv4 or IPv6 is in front of it; only Ethernet, IP and what IP holds, one
 * behind the other, are what libpcap looks at. */
static bool path_fits(Phrase *w, const Path *path)
{
    bool ethernet = path->proto[0] == PROTO_ETHERNET;
    u32 net = path->count > 1 ? path->proto[1] : PROTO_ETHERNET;
    if (!ethernet) return phrase_fail(w, "tcpdump cannot ask which link type is around");
    bool ip = net == PROTO_IPV4 || net == PROTO_IPV6;
    bool known = path->count == 1 || (path->count == 2 && (ip || net == PROTO_ARP)) ||
                 (path->count == 3 && ip && peer_proto[path->proto[2]].layer == LAYER_UPPER &&
                  (net == PROTO_IPV4 || peer_proto[path->proto[2]].next >= 0));
    if (!known) return phrase_fail(w, "libpcap does not look at headers in this order");
    return true;
}

/* "ip and tcp" */
static bool write_path(Phrase *w, const Path *path)
{
    if (!path_fits(w, path)) return false;
    if (path->count == 1) {
        text_print(&w->out, "len >= 0");
        return true;
    }
    text_print(&w->out, path->count > 2 ? "(%s and %s)" : "%s", peer_proto[path->proto[1]].tcpdump,
               path->count > 2 ? peer_proto[path->proto[2]].tcpdump : "");
    if (path->count > 2) phrase_except(w, EXCEPTION_FRAGMENTS);
    return true;
}

/* ---- where values stand ---- */

static void add_place(Spots *places, Spot place) { places->place[places->count++] = place; }

static const char *ip6_is(Phrase *w, int next) { return arena_print(w->arena, "ip6[6] == %d", next); }

/* Bytes of a header; where it stands behind IPv6's as well, at another offset of that. */
static void add_header(Phrase *w, int proto, const Path *path, const char *offset, const char *offset_in_6,
                       Spots *places, Spot place)
{
    const PeerProto *peer = &peer_proto[proto];
    bool over_ip = path && path->count > 2, over_6 = over_ip && path->proto[1] == PROTO_IPV6;
    const char *size = places->width > 1 ? arena_print(w->arena, ":%u", places->width) : "";
    if (!over_6) {
        place.read = arena_print(w->arena, "%s[%s%s]", peer->bytes, offset, size);
        place.when = over_ip ? "ip" : NULL;
        add_place(places, place);
    }
    if (peer->next < 0 || (path && !over_6)) return;
    place.read = arena_print(w->arena, "ip6[%s%s]", offset_in_6, size);
    place.when = ip6_is(w, peer->next);
    add_place(places, place);
}

static bool width_fits(Phrase *w, u32 width)
{
    if (width == 1 || width == 2 || width == 4) return true;
    return phrase_fail(w, "libpcap reads numbers of 1, 2 or 4 bytes, not of %u", width);
}

static void add_fixed(Phrase *w, int proto, const Path *path, u32 byte, Spots *places, Spot place)
{
    add_header(w, proto, path, arena_print(w->arena, "%u", byte), arena_print(w->arena, "%u", byte + IPV6_PAYLOAD),
               places, place);
}

/* LLC has no name of its own to read behind: it begins where the EtherType, or length, ends. */
static u32 llc_begins(const Phrase *w) { return w->tagged ? 18 : 14; }

static const char *when_snap(Phrase *w)
{
    return arena_print(w->arena, "llc and ether[%u:2] == 0xaaaa", llc_begins(w));
}

static void add_behind_llc(Phrase *w, const FieldInfo *info, Spots *places, Spot place)
{
    enum { LLC_BYTES = 3 };
    bool snap = info->proto == PROTO_SNAP;
    u32 byte = llc_begins(w) + (snap ? LLC_BYTES : 0) + info->byte;
    place.read = info->width > 1 ? arena_print(w->arena, "ether[%u:%u]", byte, info->width)
                                 : arena_print(w->arena, "ether[%u]", byte);
    place.when = snap ? when_snap(w) : "llc";
    add_place(places, place);
}

static bool find_number(Phrase *w, const Typed *value, FieldId field, Spots *places)
{
    const FieldInfo *info = &field_info[field];
    Spot place = {.shift = info->shift, .wide = info->width == 4};
    u64 whole = info->width >= 8 ? UINT64_MAX : ((u64)1 << (8 * info->width)) - 1;
    if (info->mask << info->shift != whole) place.mask = info->mask << info->shift;
    if (!width_fits(w, info->width)) return false;
    places->width = info->width;
    if (info->proto == PROTO_VLAN) {
        place.when = w->tagged ? NULL : tag_ahead;
        place.read = arena_print(w->arena, "ether[%u:%u]", 14 + info->byte, info->width);
        add_place(places, place);
        return true;
    }
    if (info->proto == PROTO_LLC || info->proto == PROTO_SNAP) {
        add_behind_llc(w, info, places, place);
        return true;
    }
    if (!peer_proto[info->proto].bytes || !*peer_proto[info->proto].bytes)
        return phrase_fail(w, "libpcap does not look into %s", proto_info[info->proto].name);
    add_fixed(w, info->proto, value->path, info->byte, places, place);
    return true;
}

/* The rows of peers.def that are for this IP: of a path that says one, or all. */
static bool is_for_ip(const Path *path, u32 ip)
{
    if (!path || path->count < 3 || ip == 0) return true;
    return (path->proto[1] == PROTO_IPV6) == (ip == 6);
}

/* What libpcap can compute.  false, and no reason given: it is none of these. */
static bool find_spots(const Typed *value, Spots *places)
{
    static const struct {
        FieldId field;
        u32 ip;
        const char *read, *when;
    } spots[] = {
#define PEER_SPOT(proto, id, ip, read, when) {FIELD_##proto##_##id, ip, read, when},
#include "compiler/peers.def"
    };
    for (size_t i = 0; i < COUNT_OF(spots); i++) {
        if (spots[i].field != value->field || !is_for_ip(value->path, spots[i].ip)) continue;
        add_place(places, (Spot){.read = spots[i].read, .when = spots[i].when});
    }
    return places->count > 0;
}

static bool find_field(Phrase *w, const Typed *value, Spots *places)
{
    const FieldInfo *info = &field_info[value->field];
    except_header(w, info->proto, value->path);
    if (value->path && !path_fits(w, value->path)) return false;
    if (info->kind == FIELD_IS_NUMBER) return find_number(w, value, value->field, places);
    if (find_spots(value, places)) {
        if (info->proto == PROTO_TCP) phrase_except(w, EXCEPTION_FRAGMENTS);
        if (info->proto == PROTO_TCP || info->proto == PROTO_IPV4) phrase_except(w, EXCEPTION_NO_LENGTH);
        return true;
    }
    if (info->kind != FIELD_IS_PAIR)
        return phrase_fail(w, "%s does not stand at a fixed place, where libpcap could read it",
                           phrase_field_name(w, value->field));
    if (field_info[info->first].kind != FIELD_IS_NUMBER)
        return phrase_fail(w, "libpcap reads numbers of 1, 2 or 4 bytes, not %s", phrase_field_name(w, value->field));
    return find_number(w, value, info->first, places) && find_number(w, value, info->second, places);
}

/* Bytes of a payload: behind UDP's 8 bytes, or behind as many as TCP says. */
static bool find_in_payload(Phrase *w, const Typed *bytes, u64 offset, Spots *places)
{
    bool tcp = bytes->field == FIELD_TCP_PAYLOAD;
    if (!tcp && bytes->field != FIELD_UDP_PAYLOAD)
        return phrase_fail(w, "libpcap does not know where %s begins", phrase_field_name(w, bytes->field));
    phrase_except(w, EXCEPTION_BEHIND);
    except_header(w, field_info[bytes->field].proto, bytes->path);
    if (bytes->path && !path_fits(w, bytes->path)) return false;
    if (!tcp) {
        add_fixed(w, PROTO_UDP, bytes->path, 8 + (u32)offset, places, (Spot){0});
        return true;
    }
    const char *in_4 = arena_print(w->arena, "((tcp[%u] & 0xf0) >> 2)", TCP_OFFSET_BYTE);
    const char *in_6 = arena_print(w->arena, "((ip6[%u] & 0xf0) >> 2) + %llu", TCP_OFFSET_BYTE + IPV6_PAYLOAD,
                                   (unsigned long long)offset + IPV6_PAYLOAD);
    if (offset) in_4 = arena_print(w->arena, "%s + %llu", in_4, (unsigned long long)offset);
    add_header(w, PROTO_TCP, bytes->path, in_4, in_6, places, (Spot){0});
    return true;
}

static bool find_computed(Phrase *w, const Typed *value, const char **text);

/* `width` bytes of the frame or of a payload, from `more` bytes behind the value's own offset on. */
static bool find_bytes(Phrase *w, const Typed *value, u32 width, u32 more, Spots *places)
{
    const Typed *bytes = value->first, *offset = bytes->next;
    places->width = width;
    if (bytes->kind == VALUE_FRAME) phrase_except(w, EXCEPTION_RADIO);
    if (bytes->kind == VALUE_FRAME && offset->constant) {
        const char *size = width > 1 ? arena_print(w->arena, ":%u", width) : "";
        const char *read = arena_print(w->arena, "ether[%llu%s]", (unsigned long long)offset->number + more, size);
        add_place(places, (Spot){.read = read});
        return true;
    }
    if (bytes->kind == VALUE_FIELD && offset->constant) return find_in_payload(w, bytes, offset->number + more, places);
    const char *at = NULL;
    if (bytes->kind != VALUE_FRAME) return phrase_fail(w, "libpcap cannot read in these bytes");
    if (!find_computed(w, offset, &at)) return false;
    const char *size = width > 1 ? arena_print(w->arena, ":%u", width) : "";
    const char *read = more ? arena_print(w->arena, "ether[%s + %u%s]", at, more, size)
                            : arena_print(w->arena, "ether[%s%s]", at, size);
    add_place(places, (Spot){.read = read});
    return true;
}

/* Something & a constant. */
static bool is_mask(const Typed *value)
{
    const Typed *right = value->kind == VALUE_ARITH && value->op == OP_BAND ? value->first->next : NULL;
    return right && right->constant && right->number && !value->first->constant;
}

/* At each place only some of the bits count. */
static bool find_masked(Phrase *w, const Typed *value, Spots *places)
{
    u64 mask = value->first->next->number;
    if (!find_places(w, value->first, places)) return false;
    for (u32 i = 0; i < places->count; i++) {
        Spot *place = &places->place[i];
        if (place->shift || place->mask || mask > UINT32_MAX)
            return phrase_fail(w, "libpcap would have to mask a part of what it reads once more");
        place->mask = mask;
    }
    return true;
}

static const char *arith_word(u8 op)
{
    switch (op) {
    case OP_ADD: return "+";
    case OP_MUL: return "*";
    case OP_DIV: return "/";
    case OP_MOD: return "%";
    case OP_BAND: return "&";
    case OP_BOR: return "|";
    case OP_BXOR: return "^";
    case OP_SHL: return "<<";
    case OP_SHR: return ">>";
    default: return NULL;
    }
}

/* A value as one expression of libpcap's arithmetic, which is in 32 bits without sign. */
static bool find_computed(Phrase *w, const Typed *value, const char **text)
{
    Spots places = {0};
    const char *left = NULL, *right = NULL;
    if (value->constant && value->number <= UINT32_MAX) {
        *text = arena_print(w->arena, "%llu", (unsigned long long)value->number);
        return true;
    }
    if (value->lo < 0 || value->hi > UINT32_MAX)
        return phrase_fail(w, "libpcap computes with 32 bits without sign, and this may be more");
    if (value->kind == VALUE_ARITH && value->first->next && arith_word(value->op)) {
        if (!find_computed(w, value->first, &left) || !find_computed(w, value->first->next, &right)) return false;
        *text = arena_print(w->arena, "(%s %s %s)", left, arith_word(value->op), right);
        return true;
    }
    if (value->kind == VALUE_ARITH) return phrase_fail(w, "libpcap has no such arithmetic");
    if (!find_places(w, value, &places)) return false;
    if (places.count != 1 || places.place[0].when)
        return phrase_fail(w, "libpcap would have to compute with a value that stands in more than one place");
    const Spot *place = &places.place[0];
    *text = place->read;
    if (place->mask) *text = arena_print(w->arena, "(%s & 0x%llx)", *text, (unsigned long long)place->mask);
    if (place->shift) *text = arena_print(w->arena, "(%s >> %u)", *text, place->shift);
    return true;
}

static bool find_places(Phrase *w, const Typed *value, Spots *places)
{
    const char *text;
    switch (value->kind) {
    case VALUE_FIELD: return find_field(w, value, places);
    case VALUE_META:
        if (value->field != META_FRAME_LENGTH)
            return phrase_fail(w, "libpcap knows the length of a frame, and not FrameVariable.%s",
                               meta_info[value->field].name);
        add_place(places, (Spot){.read = "len"});
        return true;
    case VALUE_READ:
        if (!value->little || value->width == 1)
            return width_fits(w, value->width) && find_bytes(w, value, value->width, 0, places);
        return phrase_fail(w, "libpcap reads no little-endian numbers");
    case VALUE_ARITH:
        if (is_mask(value)) return find_masked(w, value, places);
        if (!find_computed(w, value, &text)) return false;
        add_place(places, (Spot){.read = text});
        return true;
    case VALUE_TEXT:
    case VALUE_LOWER:
    case VALUE_NUMBER:
    case VALUE_KEYED: return phrase_fail(w, "libpcap knows no text");
    case VALUE_LENGTH:
        return phrase_fail(
            w, "libpcap knows how long a packet says that it is, and not how much of a part of it is there");
    default: return phrase_fail(w, "libpcap has nothing that corresponds to this value");
    }
}

/* ---- numbers at places ---- */

static void write_read(Phrase *w, const Spot *place)
{
    text_print(&w->out, "%s", place->read);
    if (place->mask) text_print(&w->out, " & 0x%llx", (unsigned long long)place->mask);
}

/* What is read is compared with the number moved up to where it stands. */
static bool write_relation(Phrase *w, const Spot *place, const char *relation, u64 number)
{
    if (number << place->shift > UINT32_MAX) return phrase_fail(w, "libpcap's numbers have 32 bits");
    bool flag = place->mask && (place->mask & (place->mask - 1)) == 0 && number == 1;
    unsigned long long shown = number << place->shift;
    bool hex = shown > 9 && (place->mask || place->wide || strncmp(place->read, "ether[", 6) == 0);
    write_read(w, place);
    if (flag && strcmp(relation, "==") == 0) {
        text_print(&w->out, " != 0");
        return true;
    }
    if (!hex)
        text_print(&w->out, " %s %llu", relation, shown);
    else
        text_print(&w->out, " %s 0x%0*llx", relation, place->wide ? 8 : 1, shown);
    return true;
}

static bool write_member(Phrase *w, const Spot *place, NumberRange range, bool none)
{
    if (is_one(range)) return write_relation(w, place, none ? "!=" : "==", range.lo);
    text_print(&w->out, "(");
    if (!write_relation(w, place, none ? "<" : ">=", range.lo)) return false;
    text_print(&w->out, none ? " or " : " and ");
    if (!write_relation(w, place, none ? ">" : "<=", range.hi)) return false;
    text_print(&w->out, ")");
    return true;
}

/* The value is one of the set; none: it is there, and not. */
static bool write_set_at(Phrase *w, const Spot *place, const Set *set, bool none)
{
    if (set->count > MEMBERS_MAX)
        return phrase_fail(w, "a set of %u makes a longer program than libpcap takes", set->count);
    if (set->count > 1) text_print(&w->out, "(");
    for (u32 i = 0; i < set->count; i++) {
        if (i) text_print(&w->out, none ? " and " : " or ");
        if (!write_member(w, place, set->numbers[i], none)) return false;
    }
    if (set->count > 1) text_print(&w->out, ")");
    return true;
}

static bool write_at_place(Phrase *w, const Spot *place, const Typed *test)
{
    switch (test->kind) {
    case TEST_IN: return write_set_at(w, place, test->set, false);
    case TEST_OUT: return write_set_at(w, place, test->set, true);
    default: return write_relation(w, place, relation_text[test->op], (u64)test->lo);
    }
}

static bool write_at_places(Phrase *w, const Spots *places, const Typed *test)
{
    bool many = places->count > 1;
    if (many) text_print(&w->out, "(");
    for (u32 i = 0; i < places->count; i++) {
        const Spot *place = &places->place[i];
        if (i) text_print(&w->out, " or ");
        if (place->when) text_print(&w->out, "(%s and ", place->when);
        if (!write_at_place(w, place, test)) return false;
        if (place->when) text_print(&w->out, ")");
    }
    if (many) text_print(&w->out, ")");
    return true;
}

/* ---- hosts, nets and ports ---- */

/* What stands behind the qualifiers: "port 80", "net 10.0.0.0/8".  false: that cannot be said so. */
static bool write_id(Phrase *w, int type, const Set *set, u32 i)
{
    if (type == TYPE_NUMBER) {
        NumberRange range = set->numbers[i];
        if (is_one(range))
            text_print(&w->out, " port %llu", (unsigned long long)range.lo);
        else
            text_print(&w->out, " portrange %llu-%llu", (unsigned long long)range.lo, (unsigned long long)range.hi);
        return true;
    }
    int whole = type == TYPE_IPV6 ? 128 : type == TYPE_IPV4 ? 32 : 48;
    int bits = type == TYPE_IPV4   ? prefix_of_ipv4(set->numbers[i])
               : type == TYPE_IPV6 ? prefix_of_ipv6(set->bytes[i])
                                   : (is_one(set->numbers[i]) ? 48 : -1);
    if (bits < 0) return false;
    text_print(&w->out, bits == whole ? " host " : " net ");
    if (type == TYPE_IPV6)
        write_address(w, set->bytes[i].lo.at);
    else
        write_number(w, type, set->numbers[i].lo);
    if (bits < whole) text_print(&w->out, "/%d", bits);
    return true;
}

/* Every constant behind all of the qualifiers, which are joined by " or "; libpcap's `and' binds no tighter. */
static bool write_ids(Phrase *w, const char *qualifiers, int type, const Set *set)
{
    static const char joint[] = " or ";
    bool many = set->count > 1 || strstr(qualifiers, joint);
    if (set->count > MEMBERS_MAX) return false;
    if (many) text_print(&w->out, "(");
    for (u32 i = 0; i < set->count; i++) {
        for (const char *at = qualifiers, *next; at; at = next ? next + strlen(joint) : NULL) {
            next = strstr(at, joint);
            int len = next ? (int)(next - at) : (int)strlen(at);
            bool joined = memmem(at, (size_t)len, " and ", strlen(" and ")) != NULL;
            text_print(&w->out, "%s%s%.*s", i || at != qualifiers ? joint : "", joined ? "(" : "", len, at);
            if (!write_id(w, type, set, i)) return false;
            if (joined) text_print(&w->out, ")");
        }
    }
    if (many) text_print(&w->out, ")");
    return true;
}

/* "type mgt": kinds of wireless frames by their names.  false with no reason given: these are others. */
static bool write_wifi_types(Phrase *w, const Typed *test)
{
    static const char *const types[] = {"mgt", "ctl", "data"};
    const Set *set = test->kind == TEST_IN ? test->set : NULL;
    for (u32 i = 0; set && i < set->count; i++)
        if (!is_one(set->numbers[i]) || set->numbers[i].lo >= COUNT_OF(types)) return false;
    if (!set || test->first->path) return false;
    except_header(w, PROTO_WIFI, NULL);
    if (set->count > 1) text_print(&w->out, "(");
    for (u32 i = 0; i < set->count; i++) text_print(&w->out, "%stype %s", i ? " or " : "", types[set->numbers[i].lo]);
    if (set->count > 1) text_print(&w->out, ")");
    return true;
}

/* A comparison as a set, where it is one of a port. */
static const Set *set_of(Phrase *w, const Typed *test)
{
    if (test->kind == TEST_IN || test->kind == TEST_OUT) return test->set;
    if (test->kind != TEST_ORDER || test->first->type != TYPE_NUMBER) return NULL;
    bool below = test->op == RELATION_LT || test->op == RELATION_LE,
         open = test->op == RELATION_LT || test->op == RELATION_GT;
    NumberRange *range = NEW(w->arena, NumberRange);
    *range = below ? (NumberRange){0, (u64)test->lo - open} : (NumberRange){(u64)test->lo + open, (u64)test->first->hi};
    Set *set = NEW(w->arena, Set);
    *set = (Set){.count = 1, .numbers = range};
    return set;
}

/* Where a management frame has it; libpcap has the same words for frames of data. */
static bool is_of_management(FieldId field)
{
    return field == FIELD_WIFI_MANAGEMENT_DST || field == FIELD_WIFI_MANAGEMENT_SRC ||
           field == FIELD_WIFI_MANAGEMENT_BSSID;
}

/* What holds where there is such a value to differ from another; NULL: that cannot be said. */
static const char *present_with(Phrase *w, const Typed *value, int proto)
{
    if (proto != PROTO_WIFI) return peer_proto[proto].tcpdump;
    const char *there = there_test(value, 0);
    if (!there) phrase_fail(w, "libpcap cannot ask whether there is a %s", phrase_field_name(w, value->field));
    return there;
}

/* false with no reason given: these qualifiers cannot say it. */
static bool write_qualified(Phrase *w, const Typed *test)
{
    const Typed *value = test->first;
    const FieldInfo *info = &field_info[value->field];
    const char *qualifiers = peer_field[value->field].tcpdump;
    const Set *set = set_of(w, test);
    int type = info->kind == FIELD_IS_PAIR ? field_info[info->first].type : info->type;
    if (value->field == FIELD_WIFI_TYPE) return write_wifi_types(w, test);
    if (!qualifiers || !*qualifiers || !set) return false;
    if (value->path && !path_fits(w, value->path)) return false;
    except_header(w, info->proto, value->path);
    const char *over = value->path && value->path->count > 2 ? peer_proto[value->path->proto[1]].tcpdump : "";
    const char *header =
        test->kind == TEST_OUT || is_of_management(value->field) ? present_with(w, value, info->proto) : "";
    if (!header) return false;
    bool whole = *over || *header;
    if (whole) text_print(&w->out, "(%s%s%s%s", over, *over ? " and " : "", header, *header ? " and " : "");
    if (test->kind == TEST_OUT) text_print(&w->out, "not ");
    if (*header && peer_proto[info->proto].layer == LAYER_UPPER) phrase_except(w, EXCEPTION_FRAGMENTS);
    if (!write_ids(w, qualifiers, type, set)) return false;
    if (whole) text_print(&w->out, ")");
    return true;
}

/* ---- bytes, equal or not ---- */

/* Bytes that are no number of 1, 2 or 4: compared piece by piece. */
static bool write_pieces(Phrase *w, const Typed *value, const u8 *bytes, u32 len, u32 from)
{
    if (len > BYTES_MAX) return phrase_fail(w, "libpcap would have to compare with %u bytes", len);
    for (u32 at = 0; at < len;) {
        u32 width = len - at >= 4 ? 4 : len - at >= 2 ? 2 : 1;
        Spots places = {0};
        u64 number = 0;
        for (u32 i = 0; i < width; i++) number = number << 8 | bytes[at + i];
        if (!find_bytes(w, value, width, from + at, &places)) return false;
        if (places.count != 1) return phrase_fail(w, "libpcap would have to compare %u bytes in two places", len);
        if (at) text_print(&w->out, " and ");
        if (!write_relation(w, &places.place[0], "==", number)) return false;
        at += width;
    }
    return true;
}

static bool is_cut(const Typed *value) { return value->kind == VALUE_READ || value->kind == VALUE_CUT; }

/* Blob(FrameData, 6, 6) == ..., and little-endian numbers. */
static bool write_equal_bytes(Phrase *w, const Typed *test)
{
    const Typed *value = test->first;
    const Set *set = test->set;
    u8 number[8];
    text_print(&w->out, "(");
    for (u32 i = 0; i < set->count; i++) {
        bool single = set->of_bytes ? bytes_compare(set->bytes[i].lo, set->bytes[i].hi) == 0 : is_one(set->numbers[i]);
        if (!single || set->count > MEMBERS_MAX)
            return phrase_fail(w, "libpcap has no order of numbers of %u bytes", value->width);
        for (u32 b = 0; !set->of_bytes && b < value->width; b++)
            number[b] = (u8)(set->numbers[i].lo >> 8 * (value->little ? b : value->width - 1u - b));
        Bytes bytes = set->of_bytes ? set->bytes[i].lo : (Bytes){number, value->width};
        if (i) text_print(&w->out, " or ");
        if (!write_pieces(w, value, bytes.at, bytes.len, 0)) return false;
    }
    text_print(&w->out, ")");
    return true;
}

static bool needs_pieces(const Typed *test)
{
    const Typed *value = test->first;
    if (test->kind != TEST_IN || !is_cut(value)) return false;
    if (test->set->of_bytes) return true;
    bool plain = value->width == 1 || ((value->width == 2 || value->width == 4) && !value->little);
    return !plain;
}

/* ---- tests ---- */

/* The nth of the tests that say that a field is there; NULL: there are no more. */
static const char *there_test(const Typed *value, u32 nth)
{
    static const struct {
        FieldId field;
        u32 ip;
        const char *test;
    } there[] = {
#define PEER_THERE(proto, id, ip, test) {FIELD_##proto##_##id, ip, test},
#include "compiler/peers.def"
    };
    for (size_t i = 0; i < COUNT_OF(there); i++)
        if (there[i].field == value->field && is_for_ip(value->path, there[i].ip) && nth-- == 0) return there[i].test;
    return NULL;
}

static bool write_there(Phrase *w, const Typed *value)
{
    const char *test;
    if (value->path && !path_fits(w, value->path)) return false;
    bool many = there_test(value, 1) != NULL;
    except_header(w, field_info[value->field].proto, value->path);
    if (field_info[value->field].proto == PROTO_TCP) phrase_except(w, EXCEPTION_FRAGMENTS);
    if (value->field == FIELD_TCP_PAYLOAD || value->field == FIELD_UDP_PAYLOAD) {
        phrase_except(w, EXCEPTION_CUT);
        phrase_except(w, EXCEPTION_NO_LENGTH);
    }
    text_print(&w->out, many ? "(" : "");
    for (u32 i = 0; (test = there_test(value, i)); i++) text_print(&w->out, "%s%s", i ? " or " : "", test);
    text_print(&w->out, many ? ")" : "");
    return true;
}

static bool write_exists(Phrase *w, const Typed *value)
{
    int kind = value->kind == VALUE_FIELD ? field_info[value->field].kind : -1;
    if (kind >= 0 && there_test(value, 0)) return write_there(w, value);
    bool always = kind == FIELD_IS_NUMBER || kind == FIELD_IS_BYTES || kind == FIELD_IS_PAIR;
    if (always && value->path) {
        except_header(w, field_info[value->field].proto, value->path);
        return write_path(w, value->path);
    }
    if (always) {
        Typed header = {.kind = TEST_PROTO, .field = field_info[value->field].proto};
        return write_test(w, &header, true);
    }
    if (is_cut(value) && value->first->kind == VALUE_FRAME && value->first->next->constant) {
        u64 end = value->first->next->number + (value->kind == VALUE_READ ? value->width : value->len);
        text_print(&w->out, "len >= %llu", (unsigned long long)end);
        phrase_except(w, EXCEPTION_SHORT);
        return true;
    }
    if (kind >= 0)
        return phrase_fail(w, "libpcap cannot ask whether there is a %s", phrase_field_name(w, value->field));
    return phrase_fail(w, "libpcap cannot ask whether such a value is there");
}

static bool write_value_test(Phrase *w, const Typed *test)
{
    const Typed *value = test->first;
    Spots places = {0};
    size_t before = w->out.len;
    Verdict verdict = typed_verdict(test);
    if (test->kind == TEST_FIND || test->kind == TEST_MATCH)
        return phrase_fail(w, "libpcap compares bytes at known places, it does not search");
    if (verdict == VERDICT_NEVER) return phrase_fail(w, "a part of it is never true");
    if (test->kind == TEST_HAS || verdict == VERDICT_ALWAYS) return write_exists(w, value);
    if (value->kind == VALUE_FIELD && write_qualified(w, test)) return true;
    if (w->why) return false;
    w->out.len = before; /* the qualifiers could not say it: then by its bytes */
    if (w->out.bytes) w->out.bytes[before] = '\0';
    if (needs_pieces(test)) return write_equal_bytes(w, test);
    if (!type_is_number(value->type)) return phrase_fail(w, "libpcap compares numbers, and single addresses and nets");
    if (test->kind == TEST_OUT && value->pairs)
        return phrase_fail(w, "libpcap would have to look at both fields of %s", phrase_field_name(w, value->field));
    return find_places(w, value, &places) && write_at_places(w, &places, test);
}

static bool write_compare(Phrase *w, const Typed *test)
{
    Spots a = {0}, b = {0};
    if (!type_is_number(test->first->type)) return phrase_fail(w, "libpcap compares numbers with each other, no bytes");
    if (!find_places(w, test->first, &a) || !find_places(w, test->first->next, &b)) return false;
    bool paired = a.count == b.count && test->first->pairs + test->first->next->pairs == 0;
    for (u32 i = 0; paired && i < a.count; i++)
        paired = a.place[i].when == b.place[i].when ||
                 (a.place[i].when && b.place[i].when && strcmp(a.place[i].when, b.place[i].when) == 0);
    if (!paired) return phrase_fail(w, "libpcap would have to compare values that stand in several places");
    if (a.count > 1) text_print(&w->out, "(");
    for (u32 i = 0; i < a.count; i++) {
        const Spot *left = &a.place[i], *right = &b.place[i];
        if (left->mask || right->mask || left->shift || right->shift)
            return phrase_fail(w, "libpcap would have to compare parts of bytes with each other");
        if (i) text_print(&w->out, " or ");
        if (left->when) text_print(&w->out, "(%s and ", left->when);
        text_print(&w->out, "%s %s %s%s", left->read, relation_text[test->op], right->read, left->when ? ")" : "");
    }
    if (a.count > 1) text_print(&w->out, ")");
    return true;
}

static bool write_header(Phrase *w, const Typed *test)
{
    const PeerProto *peer = &peer_proto[test->field];
    except_header(w, test->field, NULL);
    if (test->field == PROTO_ETHERNET) {
        text_print(&w->out, "len >= 0");
        return true;
    }
    if (test->field == PROTO_VLAN) {
        text_print(&w->out, "%s", w->tagged ? "len >= 0" : tag_ahead);
        return true;
    }
    if (test->field == PROTO_SNAP) {
        text_print(&w->out, "(%s)", when_snap(w));
        return true;
    }
    if (!peer->tcpdump || !*peer->tcpdump) return phrase_fail(w, "libpcap knows no %s", proto_info[test->field].name);
    if (peer->layer == LAYER_UPPER) phrase_except(w, EXCEPTION_FRAGMENTS);
    text_print(&w->out, "%s", peer->tcpdump);
    return true;
}

static bool write_chain(Phrase *w, const Typed *chain, bool inner)
{
    if (inner) text_print(&w->out, "(");
    for (const Typed *child = chain->first; child; child = child->next) {
        if (child != chain->first) text_print(&w->out, chain->kind == TEST_AND ? " and " : " or ");
        if (!write_test(w, child, true)) return false;
    }
    if (inner) text_print(&w->out, ")");
    return true;
}

static bool write_test(Phrase *w, const Typed *test, bool inner)
{
    if (w->out.len > PHRASE_MAX) return phrase_fail(w, "it would be longer than %d bytes", PHRASE_MAX);
    switch (test->kind) {
    case TEST_TRUE: text_print(&w->out, "len >= 0"); return true;
    case TEST_FALSE: return phrase_fail(w, "a part of it is never true");
    case TEST_PROTO: return write_header(w, test);
    case TEST_LAYERS:
        except_header(w, test->path->proto[test->path->count - 1], test->path);
        return write_path(w, test->path);
    case TEST_COMPARE: return write_compare(w, test);
    case TEST_AND:
    case TEST_OR: return write_chain(w, test, inner);
    case TEST_NOT:
        text_print(&w->out, "not ");
        if (test->first->kind == TEST_AND || test->first->kind == TEST_OR) return write_test(w, test->first, true);
        text_print(&w->out, "(");
        if (!write_test(w, test->first, true)) return false;
        text_print(&w->out, ")");
        return true;
    default: return write_value_test(w, test);
    }
}

/* ---- tags ---- */

/* A test that only a tagged frame passes: VLAN, VLAN.VLANID == 11. */
static bool wants_tag(const Typed *test)
{
    if (test->kind == TEST_PROTO) return test->field == PROTO_VLAN;
    bool field = test->first && test->first->kind == VALUE_FIELD && !test->first->path;
    return test->kind != TEST_NOT && test->kind != TEST_AND && test->kind != TEST_OR && field &&
           field_info[test->first->field].proto == PROTO_VLAN;
}

static bool is_vlan_number(const Typed *test)
{
    return test->kind == TEST_IN && test->first->kind == VALUE_FIELD && test->first->field == FIELD_VLAN_ID &&
           test->set->count == 1 && is_one(test->set->numbers[0]);
}

/* `vlan' first, or `vlan 11'; then what the others of an AND say of the frame behind the tag. */
static bool write_tagged(Phrase *w, const Typed *root)
{
    bool chain = root->kind == TEST_AND;
    const Typed *first = chain ? root->first : root, *number = NULL;
    for (const Typed *t = first; t && !number; t = chain ? t->next : NULL)
        if (is_vlan_number(t)) number = t;
    w->tagged = true;
    except_header(w, PROTO_VLAN, NULL);
    text_print(&w->out, "vlan");
    if (number) text_print(&w->out, " %llu", (unsigned long long)number->set->numbers[0].lo);
    for (const Typed *t = first; t; t = chain ? t->next : NULL) {
        if (t == number || (t->kind == TEST_PROTO && t->field == PROTO_VLAN)) continue; /* said already */
        text_print(&w->out, " and ");
        if (!write_test(w, t, true)) return false;
    }
    return true;
}

/* Only a conjunction of tests that are not turned round never sees a difference where libpcap gives a frame up. */
static bool gives_up_alike(const Typed *root)
{
    if (root->kind == TEST_AND) {
        for (const Typed *child = root->first; child; child = child->next)
            if (!gives_up_alike(child)) return false;
        return true;
    }
    return root->kind != TEST_NOT && root->kind != TEST_OR && root->kind != TEST_OUT;
}

bool tcpdump_write(Phrase *w, const Typed *root)
{
    bool tagged = wants_tag(root);
    for (const Typed *child = root->kind == TEST_AND ? root->first : NULL; child; child = child->next)
        tagged |= wants_tag(child);
    if (!gives_up_alike(root)) phrase_except(w, EXCEPTION_SHORT);
    return tagged ? write_tagged(w, root) : write_test(w, root, false);
}
