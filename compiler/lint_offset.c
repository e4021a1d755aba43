/* lint_offset.c - offsets into FrameData that a VLAN tag or IP options would move, with the field that stands there.
 *
 * Part of lint.c.  The fields and their places come from vm/fields.def, laid behind an Ethernet header of 14 bytes and an
 * IPv4 header of 20 (IPv6: 40).  What the tests of one AND say about the frame beside an offset counts: a test of the
 * EtherType guards against tags, one of the header's length against options.
 * Always true: a test offered as a hint compiles by itself. */
#include "compiler/check.h"
#include "compiler/linter.h"
#include "compiler/names.h"
#include "grammar/text.h"

enum {
    ETHERTYPE_AT = 12,
    NETWORK_AT = 14, /* the first byte that a tag moves */
    TAG_BYTES = 4,
    PART_FIELDS_MAX = 4,  /* named of those that a read takes in */
    SIBLINGS_MAX = 64,    /* tests of a chain among which the other half of a pair is looked for */
    QUOTED_TEST_MAX = 80, /* bytes of a test that a hint repeats */
};

/* What tests joined by AND say about a frame. */
enum {
    SAYS_TYPE = 1,   /* the EtherType, or that there is no tag */
    SAYS_TAG = 2,    /* there is one tag */
    SAYS_LENGTH = 4, /* the length of the IPv4 header */
    SAYS_IPV6 = 8,   /* behind Ethernet stands this, not IPv4 */
    SAYS_ARP = 16,   /* the same */
    SAYS_OTHER = 32, /* the same, and it is none we know */
    SAYS_TCP = 64,   /* and behind that this */
    SAYS_UDP = 128,  /* or this */
};

typedef struct {
    u8 proto;
    u32 at, least; /* where it stands in a frame, bytes of its header without options */
    u32 says;      /* left out when something is said of its kind, but not this; 0: nothing needs be said */
} FixedHeader;

typedef struct {
    FixedHeader layer[4];
    u32 count;
    u32 upper_at;        /* where the last of them stand */
    const char *options; /* what else would move those */
} Layout;

static const Layout over_ipv4 = {
    {{PROTO_IPV4, 14, 20, 0}, {PROTO_TCP, 34, 20, SAYS_TCP}, {PROTO_UDP, 34, 8, SAYS_UDP}, {PROTO_ICMP, 34, 8, 0}},
    4,
    34,
    "IPv4 options"};
static const Layout over_ipv6 = {
    {{PROTO_IPV6, 14, 40, 0}, {PROTO_TCP, 54, 20, SAYS_TCP}, {PROTO_UDP, 54, 8, SAYS_UDP}, {PROTO_ICMPV6, 54, 8, 0}},
    4,
    54,
    "IPv6 extension headers"};
static const Layout over_arp = {{{PROTO_ARP, 14, 28, 0}}, 1, 42, NULL};

static const Layout *layout_of(u32 says)
{
    return says & SAYS_IPV6 ? &over_ipv6 : says & SAYS_ARP ? &over_arp : &over_ipv4;
}

/* ---- reads of the frame ---- */

typedef struct {
    const Typed *value;
    u32 at, len; /* len 0: not constant */
} Read;

/* Is it bytes of FrameData at a place known now? */
static bool frame_read(const Typed *value, Read *read)
{
    if ((value->kind != VALUE_READ && value->kind != VALUE_CUT) || value->first->kind != VALUE_FRAME) return false;
    const Typed *offset = value->first->next;
    if (!offset->constant) return false;
    *read = (Read){value, (u32)offset->number, value->kind == VALUE_READ ? value->width : value->len};
    return true;
}

/* ---- what is said beside an offset ---- */

static u32 said_by_type(u64 type)
{
    switch (type) {
    case 0x0800: return SAYS_TYPE;
    case 0x86DD: return SAYS_TYPE | SAYS_IPV6;
    case 0x0806: return SAYS_TYPE | SAYS_ARP;
    case 0x8100:
    case 0x88A8:
    case 0x9100: return SAYS_TYPE | SAYS_TAG;
    default: return SAYS_TYPE | SAYS_OTHER;
    }
}

static u32 said_by_next(u64 protocol) { return protocol == 6 ? SAYS_TCP : protocol == 17 ? SAYS_UDP : 0; }

static u32 said_by_proto(int proto)
{
    switch (proto) {
    case PROTO_VLAN: return SAYS_TYPE;
    case PROTO_IPV6: return SAYS_IPV6;
    case PROTO_ARP: return SAYS_ARP;
    case PROTO_TCP: return SAYS_TCP;
    case PROTO_UDP: return SAYS_UDP;
    default: return 0;
    }
}

/* `value == number`, for one number; else `known` is false. */
static u32 said_by_value(const Typed *value, bool known, u64 number)
{
    Read read;
    if (value->kind == VALUE_FIELD) {
        if (value->field == FIELD_ETHERNET_TYPE) return known ? said_by_type(number) : SAYS_TYPE;
        if (value->field == FIELD_IPV4_HEADER_LEN) return SAYS_LENGTH;
        if (value->field == FIELD_IPV4_NEXT || value->field == FIELD_IPV6_NEXT) return known ? said_by_next(number) : 0;
        return said_by_proto(field_info[value->field].proto);
    }
    if (frame_read(value, &read)) {
        u32 end = read.at + read.len, said = 0;
        if (read.at == ETHERTYPE_AT && read.len == 2 && known) return said_by_type(number);
        if (read.at == NETWORK_AT + 9 && read.len == 1 && known) return said_by_next(number);
        if (read.at < NETWORK_AT && end > ETHERTYPE_AT) said |= SAYS_TYPE;
        if (read.at <= NETWORK_AT && end > NETWORK_AT) said |= SAYS_LENGTH;
        return said;
    }
    u32 said = 0;
    for (const Typed *child = value->first; child; child = child->next) said |= said_by_value(child, false, 0);
    return said;
}

/* What a test asks about, the filter's author has thought of, be it under NOT or OR; but only a plain test says how it is. */
static u32 said_by(const Typed *test, bool plainly)
{
    u32 said = 0;
    if (test->kind == TEST_PROTO) {
        said = said_by_proto(test->field);
    } else if (test->kind == TEST_AND || test->kind == TEST_OR || test->kind == TEST_NOT) {
        bool still = plainly && test->kind == TEST_AND;
        for (const Typed *child = test->first; child; child = child->next) said |= said_by(child, still);
    } else if (test->first) {
        const Set *set = test->kind == TEST_IN && !test->set->of_bytes ? test->set : NULL;
        bool known = plainly && set && set->count == 1 && set->numbers[0].lo == set->numbers[0].hi;
        for (const Typed *value = test->first; value; value = value->next)
            said |= said_by_value(value, known, known ? set->numbers[0].lo : 0);
    }
    return plainly ? said : said & (SAYS_TYPE | SAYS_LENGTH);
}

/* ---- fields.def, by place ---- */

static const char *field_name(Linter *l, u32 field)
{
    const FieldInfo *info = &field_info[field];
    return arena_print(l->arena, "%s.%s", proto_info[info->proto].name, info->name);
}

static bool has_place(const FieldInfo *info) { return info->kind == FIELD_IS_NUMBER || info->kind == FIELD_IS_BYTES; }

/* All bits of all its bytes. */
static bool is_whole(const FieldInfo *info)
{
    if (info->kind == FIELD_IS_BYTES) return true;
    u64 all = info->width >= 8 ? UINT64_MAX : ((u64)1 << (8 * info->width)) - 1;
    return info->shift == 0 && info->mask == all;
}

/* The first field of the layer that is just these bytes, or any of them when len is 0; FIELD_COUNT when there is none. */
static u32 whole_field(int proto, u32 byte, u32 len)
{
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        if (info->proto == proto && has_place(info) && is_whole(info) && info->byte == byte &&
            (!len || info->width == len))
            return f;
    }
    return FIELD_COUNT;
}

/* "IPv4.Version and IPv4.HeaderLength": the fields that these bytes are made of, or that they are part of; NULL for none. */
static const char *parts_named(Linter *l, int proto, u32 byte, u32 len)
{
    Text out = {.arena = l->arena};
    u32 named = 0;
    for (u32 f = 0; f < FIELD_COUNT && named < PART_FIELDS_MAX; f++) {
        const FieldInfo *info = &field_info[f];
        if (info->proto != proto || !has_place(info)) continue;
        bool inside = info->byte >= byte && info->byte + info->width <= byte + len;
        bool around = info->byte <= byte && byte + len <= (u32)info->byte + info->width;
        if (!inside && !around) continue;
        if (!is_whole(info) && whole_field(proto, info->byte, info->width) != FIELD_COUNT)
            continue; /* named as a whole */
        text_print(&out, "%s%s%s", named++ ? ", " : "", inside ? "" : "part of ", field_name(l, f));
    }
    return named ? text_str(&out) : NULL;
}

/* The pair that has both fields as its halves, or FIELD_COUNT. */
static u32 pair_of(u32 field, u32 *other)
{
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        if (info->kind != FIELD_IS_PAIR || (info->first != field && info->second != field)) continue;
        *other = info->first == field ? info->second : info->first;
        return f;
    }
    return FIELD_COUNT;
}

/* ---- hints ---- */

/* Where a read stands in its filter. */
typedef struct {
    const Typed *test;
    const Typed *chain; /* the OR it is a member of, or NULL */
    u32 says;
} Around;

/* Does the OR ask the other half of a pair the same? */
static bool asks_other_half(const Around *around, const Read *read, u32 other_at)
{
    const Typed *test = around->test;
    Read other;
    if (!around->chain || around->chain->count > SIBLINGS_MAX || test->kind != TEST_IN || test->set->count != 1)
        return false;
    for (const Typed *sibling = around->chain->first; sibling; sibling = sibling->next) {
        if (sibling->kind != TEST_IN || sibling->set->count != 1 || sibling->set->of_bytes || test->set->of_bytes)
            continue;
        const NumberRange *a = test->set->numbers, *b = sibling->set->numbers;
        if (frame_read(sibling->first, &other) && other.at == other_at && other.len == read->len && a->lo == b->lo &&
            a->hi == b->hi)
            return true;
    }
    return false;
}

/* The call with another byte string and offset in it: Blob(TCP.TCPPayload, 2, 4). */
static const char *moved_call(Linter *l, const Read *read, const char *bytes, u32 offset)
{
    const char *text = l->source->text + read->value->span.at, *open = memchr(text, '(', read->value->span.len);
    if (!open || open == text || read->len == 0) return NULL;
    const char *name = arena_copy(l->arena, text, (size_t)(open - text));
    if (function_find(name, strlen(name)) < 0) return NULL; /* a let of the file's own */
    bool has_length = strncasecmp(name, "UINT", 4) != 0;
    return has_length ? arena_print(l->arena, "%s(%s, %u, %u)", name, bytes, offset, read->len)
                      : arena_print(l->arena, "%s(%s, %u)", name, bytes, offset);
}

static bool is_swapped(const Read *read)
{
    return read->value->kind == VALUE_READ && read->value->little && read->value->width > 1;
}

/* What to write in place of the read if it is meant for this layer; NULL when there is no such thing. */
static const char *form_in(Linter *l, const Around *around, const Read *read, const FixedHeader *layer, u32 shift)
{
    u32 start = layer->at + shift, other = FIELD_COUNT;
    if (read->at < start || read->len == 0) return NULL;
    u32 byte = read->at - start, field = whole_field(layer->proto, byte, read->len);
    bool payload = layer->proto == PROTO_TCP || layer->proto == PROTO_UDP;
    if (field != FIELD_COUNT) {
        u32 pair = pair_of(field, &other);
        bool both = pair != FIELD_COUNT && asks_other_half(around, read, start + field_info[other].byte);
        return is_swapped(read) ? NULL : field_name(l, both ? pair : field);
    }
    if (!payload || byte < layer->least) return NULL;
    return moved_call(l, read, layer->proto == PROTO_TCP ? "TCP.TCPPayload" : "UDP.UDPPayload", byte - layer->least);
}

static bool compiles(const char *text)
{
    Arena arena = {0};
    DiagList diags;
    Source source = {.name = "hint", .text = text, .len = (u32)strlen(text)};
    diag_init(&diags, &arena, &source);
    Node *tree = parse(&arena, &source, &diags);
    bool good = tree && check(&arena, &source, tree, &diags);
    arena_release(&arena);
    return good;
}

/* The test with the form in place of the read; NULL where that is no test, or too long to repeat. */
static const char *test_with(Linter *l, const Typed *test, const Typed *value, const char *form)
{
    Span whole = test->span, part = value->span;
    const char *text = l->source->text;
    bool inside = part.at >= whole.at && part.at + part.len <= whole.at + whole.len;
    if (!inside || whole.len > QUOTED_TEST_MAX || memchr(text + whole.at, '\n', whole.len)) return NULL;
    Text out = {.arena = l->arena};
    text_add(&out, text + whole.at, part.at - whole.at);
    text_add(&out, form, strlen(form));
    text_add(&out, text + part.at + part.len, whole.at + whole.len - part.at - part.len);
    return compiles(out.bytes) ? out.bytes : NULL;
}

/* An address read as a number: `Blob(FrameData,26,4) == 167772161`, with the address written as one. */
static const char *address_test(Linter *l, const Typed *test, const char *form)
{
    char number[64];
    int proto_len = (int)strcspn(form, "."), proto = proto_find(form, (size_t)proto_len);
    int field = proto < 0 ? -1 : field_find(proto, form + proto_len + 1, strlen(form + proto_len + 1));
    if (field < 0 || (test->kind != TEST_IN && test->kind != TEST_OUT)) return NULL;
    const FieldInfo *info = &field_info[field];
    const FieldInfo *half = info->kind == FIELD_IS_PAIR ? &field_info[info->first] : info;
    const Set *set = test->set;
    if (half->type == TYPE_NUMBER || !type_is_number(half->type) || set->of_bytes || set->count != 1) return NULL;
    if (set->numbers[0].lo != set->numbers[0].hi) return NULL;
    size_t len = value_print_number(number, sizeof number, (ValueType)half->type, set->numbers[0].lo);
    const char *text = arena_print(l->arena, "%s %s %.*s", form, test->kind == TEST_IN ? "==" : "!=", (int)len, number);
    return compiles(text) ? text : NULL;
}

static const char *reworded(Linter *l, const Around *around, const Read *read, const char *form)
{
    const Typed *test = around->test;
    const char *text = NULL;
    if (test->first == read->value && !linter_is_open(l, test->span)) text = address_test(l, test, form);
    if (!text) text = test_with(l, test, read->value, form);
    return text ? text : form;
}

/* Is the layer left out, because something is said of layers of its kind, but not of this one? */
static bool left_out(const FixedHeader *layer, u32 says)
{
    u32 kind = says & (SAYS_TCP | SAYS_UDP);
    return kind && layer->at > NETWORK_AT && !(kind & layer->says);
}

static void add_forms(Linter *l, Text *out, const Around *around, const Read *read, const Layout *layout)
{
    u32 shift = around->says & SAYS_TAG ? TAG_BYTES : 0;
    for (u32 i = 0; i < layout->count; i++) {
        const FixedHeader *layer = &layout->layer[i];
        bool last_resort = layer->proto == PROTO_ICMP || layer->proto == PROTO_ICMPV6;
        if (left_out(layer, around->says) || (last_resort && out->len)) continue;
        const char *form = form_in(l, around, read, layer, shift);
        if (form) text_print(out, "%s%s", out->len ? " or " : "ask for the field: ", reworded(l, around, read, form));
    }
}

static const char *hint_for(Linter *l, const Around *around, const Read *read)
{
    const Layout *layout = layout_of(around->says);
    u32 shift = around->says & SAYS_TAG ? TAG_BYTES : 0;
    Text out = {.arena = l->arena};
    if (read->len == 0) return NULL;
    add_forms(l, &out, around, read, layout);
    /* 16 bytes are an IPv6 address sooner than anything in IPv4. */
    if (layout == &over_ipv4 && read->len == 16 &&
        whole_field(PROTO_IPV6, read->at - NETWORK_AT - shift, 16) != FIELD_COUNT) {
        out.len = 0;
        add_forms(l, &out, around, read, &over_ipv6);
    }
    if (out.len) return text_str(&out);
    for (u32 i = 0; i < layout->count; i++) {
        const FixedHeader *layer = &layout->layer[i];
        if (left_out(layer, around->says) || read->at < layer->at + shift) continue;
        const char *parts = parts_named(l, layer->proto, read->at - layer->at - shift, read->len);
        if (parts) return arena_print(l->arena, "that is %s%s", parts, is_swapped(read) ? ", its bytes swapped" : "");
    }
    return NULL;
}

/* ---- the rule ---- */

static void lint_read(Linter *l, const Around *around, const Read *read)
{
    const Layout *layout = layout_of(around->says);
    u32 shift = around->says & SAYS_TAG ? TAG_BYTES : 0;
    bool tags = !(around->says & SAYS_TYPE), options = layout->options && read->at >= layout->upper_at + shift;
    if (layout == &over_ipv4 && around->says & SAYS_LENGTH) options = false;
    if (read->at < NETWORK_AT || around->says & SAYS_OTHER || (!tags && !options) || linter_full(l)) return;
    const char *text =
        arena_print(l->arena, "offset %u assumes %s%s%s%s", read->at, tags ? "no VLAN tag" : "",
                    tags && options ? " and " : "", options ? "no " : "", options ? layout->options : "");
    linter_add(l, RULE_BYTE_OFFSET, read->value->span, text, hint_for(l, around, read));
}

static void lint_values(Linter *l, const Around *around, const Typed *value)
{
    Read read;
    if (frame_read(value, &read)) lint_read(l, around, &read);
    for (const Typed *child = value->first; child; child = child->next) lint_values(l, around, child);
}

static void walk(Linter *l, const Typed *test, const Typed *chain, u32 says)
{
    if (test->kind == TEST_AND)
        for (const Typed *child = test->first; child; child = child->next) says |= said_by(child, true);
    if (test->kind == TEST_AND || test->kind == TEST_OR || test->kind == TEST_NOT) {
        for (const Typed *child = test->first; child; child = child->next)
            walk(l, child, test->kind == TEST_OR ? test : NULL, says);
        return;
    }
    Around around = {test, chain, says};
    for (const Typed *value = test->first; value; value = value->next) lint_values(l, &around, value);
}

void lint_offsets(Linter *l, const Typed *root) { walk(l, root, NULL, 0); }

/* ---- the rule on what tests can reach ---- */

static void lint_far_values(Linter *l, const Typed *value, u32 reach)
{
    Read read;
    u64 end = frame_read(value, &read) ? (u64)read.at + MAX_OF(read.len, 1u) : 0;
    if (end > reach)
        linter_add(l, RULE_OFFSET_PAST_SNAPLEN, value->span,
                   arena_print(l->arena,
                               "this needs %llu bytes of a frame, and the tests of this filter have at most %u",
                               (unsigned long long)end, reach),
                   NULL);
    for (const Typed *child = value->first; child; child = child->next) lint_far_values(l, child, reach);
}

void lint_reach(Linter *l, const Typed *root, u32 reach)
{
    for (const Typed *child = root->first; child; child = child->next)
        is_test(child) ? lint_reach(l, child, reach) : lint_far_values(l, child, reach);
}
