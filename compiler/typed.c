/* typed.c - nodes of the typed tree, and what can be known of a value before any frame is seen.
 *
 * Under check.c, fold.c and lower.c.  Always true: lo <= every value the machine can compute <= hi, read as the
 * mathematical integer its type says; arithmetic that may wrap has the whole range of its type. */
#include "compiler/typed.h"

#include <stdlib.h>

#define U64_MAX_WIDE ((Wide)UINT64_MAX)

typedef struct {
    Wide lo, hi;
} Bounds;

static Bounds type_bounds(int type)
{
    switch (type) {
    case TYPE_SIGNED:
    case TYPE_DURATION: return (Bounds){INT64_MIN, INT64_MAX};
    case TYPE_IPV4: return (Bounds){0, UINT32_MAX};
    case TYPE_MAC: return (Bounds){0, 0xFFFFFFFFFFFF};
    default: return (Bounds){0, U64_MAX_WIDE};
    }
}

Typed *typed_new(Arena *arena, TypedKind kind, int type, Span span)
{
    Typed *t = NEW(arena, Typed);
    Bounds bounds = type_bounds(type);
    t->kind = (u8)kind;
    t->type = (u8)type;
    t->span = span;
    t->need = 1;
    t->lo = bounds.lo;
    t->hi = bounds.hi;
    return t;
}

Typed *typed_error(Arena *arena, Span span) { return typed_new(arena, VALUE_LITERAL, TYPE_ERROR, span); }

void typed_add(Typed *parent, Typed *last, Typed *child)
{
    if (last)
        last->next = child;
    else
        parent->first = child;
    bool first = parent->count++ == 0, even = parent->need == child->need;
    parent->need = !first && even ? (u8)MIN_OF(child->need + 1, 255) : MAX_OF(parent->need, child->need);
    parent->pairs = (u8)MIN_OF(parent->pairs + child->pairs, 255);
    parent->headers |= child->headers;
    parent->repeats |= child->repeats;
}

Typed *typed_field(Arena *arena, FieldId field, const Path *path, Span span)
{
    const FieldInfo *info = &field_info[field];
    Typed *t = typed_new(arena, VALUE_FIELD, info->type, span);
    t->field = (u16)field;
    t->path = path;
    t->pairs = info->kind == FIELD_IS_PAIR;
    t->headers = true;
    t->repeats = path == NULL || field_is(field, CALC_MANY);
    if (info->kind == FIELD_IS_PAIR) info = &field_info[info->first];
    if (info->kind == FIELD_IS_NUMBER && type_is_number(info->type)) t->hi = info->mask;
    return t;
}

/* A choice among n takes as many two-way choices as n - 1 has bits. */
Typed *typed_either(Arena *arena, const u16 *fields, u32 count, Span span)
{
    Typed *t = typed_new(arena, VALUE_EITHER, field_info[fields[0]].type, span), *last = NULL;
    t->hi = 0;
    for (u32 i = 0; i < count; i++) {
        Typed *field = typed_field(arena, (FieldId)fields[i], NULL, span);
        typed_add(t, last, field);
        t->hi = MAX_OF(t->hi, field->hi);
        last = field;
    }
    t->need = 1;
    t->pairs = 0;
    for (u32 left = count - 1; left > 0; left >>= 1) t->pairs++;
    return t;
}

Typed *typed_keyed(Arena *arena, FieldId field, const Path *path, Bytes key, Span span)
{
    Typed *t = typed_new(arena, VALUE_KEYED, TYPE_STRING, span);
    t->bytes = key;
    typed_add(t, NULL, typed_field(arena, field, path, span));
    return t;
}

Typed *typed_meta(Arena *arena, Meta meta, Span span)
{
    Typed *t = typed_new(arena, VALUE_META, meta_info[meta].type, span);
    t->field = (u16)meta;
    return t;
}

Typed *typed_number(Arena *arena, u64 number, int type, Span span)
{
    Typed *t = typed_new(arena, VALUE_LITERAL, type, span);
    t->constant = true;
    t->number = number;
    t->lo = t->hi = typed_wide(t);
    return t;
}

Typed *typed_read(Arena *arena, Typed *bytes, Typed *offset, u32 width, bool little, Span span)
{
    Typed *t = typed_new(arena, VALUE_READ, TYPE_NUMBER, span);
    t->width = (u8)width;
    t->little = little;
    t->hi = width == 8 ? U64_MAX_WIDE : ((Wide)1 << (8 * width)) - 1;
    typed_add(t, NULL, bytes);
    typed_add(t, bytes, offset);
    return t;
}

Typed *typed_test(Arena *arena, TypedKind kind, Typed *left, Typed *right, Span span)
{
    Typed *t = typed_new(arena, kind, TYPE_BOOL, span);
    if (left) typed_add(t, NULL, left);
    if (right) typed_add(t, left, right);
    return t;
}

/* ---- arithmetic ---- */

static bool divide(Op op, u64 a, u64 b, u64 *out)
{
    if (b == 0) return false;
    bool wraps = b == UINT64_MAX; /* signed: -1, where INT64_MIN / -1 would trap */
    switch (op) {
    case OP_DIV: *out = a / b; break;
    case OP_MOD: *out = a % b; break;
    case OP_SDIV: *out = wraps ? 0 - a : (u64)((i64)a / (i64)b); break;
    default: *out = wraps ? 0 : (u64)((i64)a % (i64)b); break;
    }
    return true;
}

bool arith_apply(Op op, u64 a, u64 b, u64 *out)
{
    switch (op) {
    case OP_ADD: *out = a + b; return true;
    case OP_SUB: *out = a - b; return true;
    case OP_MUL: *out = a * b; return true;
    case OP_SHL: *out = b < 64 ? a << b : 0; return true;
    case OP_SHR: *out = b < 64 ? a >> b : 0; return true;
    case OP_SAR: *out = (u64)((i64)a >> MIN_OF(b, (u64)63)); return true;
    case OP_BAND: *out = a & b; return true;
    case OP_BOR: *out = a | b; return true;
    case OP_BXOR: *out = a ^ b; return true;
    case OP_BNOT: *out = ~a; return true;
    default: return divide(op, a, b, out);
    }
}

/* All ones up to the highest bit of n. */
static Wide fill_ones(Wide n)
{
    return n <= 0 ? 0 : n > INT64_MAX ? U64_MAX_WIDE : ((Wide)1 << (64 - __builtin_clzll((u64)n))) - 1;
}

/* Bounds of `a op b` before it wraps; an empty answer (lo > hi) when nothing better than the type is known. */
static Bounds arith_bounds(Op op, const Typed *a, const Typed *b)
{
    const Bounds unknown = {1, 0};
    bool unsigned_both = a->lo >= 0 && b->lo >= 0;
    switch (op) {
    case OP_ADD: return (Bounds){a->lo + b->lo, a->hi + b->hi};
    case OP_SUB: return (Bounds){a->lo - b->hi, a->hi - b->lo};
    case OP_MUL:
        if (!unsigned_both || a->hi > INT64_MAX || b->hi > INT64_MAX) return unknown;
        return (Bounds){a->lo * b->lo, a->hi * b->hi};
    case OP_DIV: return unsigned_both ? (Bounds){0, a->hi} : unknown;
    case OP_MOD: return unsigned_both && b->hi > 0 ? (Bounds){0, MIN_OF(a->hi, b->hi - 1)} : unknown;
    case OP_SHL:
        if (b->constant && b->number >= 64) return (Bounds){0, 0};
        if (!b->constant || a->lo < 0 || a->hi > (U64_MAX_WIDE >> b->number)) return unknown;
        return (Bounds){a->lo << b->number, a->hi << b->number};
    case OP_SHR:
        if (!b->constant || a->lo < 0) return unknown;
        return b->number < 64 ? (Bounds){a->lo >> b->number, a->hi >> b->number} : (Bounds){0, 0};
    case OP_BAND:
        if (unsigned_both) return (Bounds){0, MIN_OF(a->hi, b->hi)};
        return a->lo >= 0 ? (Bounds){0, a->hi} : b->lo >= 0 ? (Bounds){0, b->hi} : unknown;
    case OP_BOR:
    case OP_BXOR: return unsigned_both ? (Bounds){0, fill_ones(MAX_OF(a->hi, b->hi))} : unknown;
    default: return unknown;
    }
}

Typed *typed_arith(Arena *arena, Op op, int type, Typed *left, Typed *right, Span span)
{
    Typed *t = typed_new(arena, VALUE_ARITH, type, span);
    t->op = (u8)op;
    if (!right && op == OP_SUB) { /* unary minus */
        right = left;
        left = typed_number(arena, 0, TYPE_NUMBER, (Span){span.at, 0});
    }
    typed_add(t, NULL, left);
    if (right) typed_add(t, left, right);
    const Typed *second = right ? right : left;
    t->constant = left->constant && second->constant && arith_apply(op, left->number, second->number, &t->number);
    if (t->constant) {
        t->lo = t->hi = typed_wide(t);
        return t;
    }
    Bounds b = arith_bounds(op, left, second);
    if (b.lo <= b.hi && b.lo >= t->lo && b.hi <= t->hi) {
        t->lo = b.lo;
        t->hi = b.hi;
    }
    return t;
}

/* ---- verdicts ---- */

/* `a rel b` for all of lo..hi on both sides. */
static Verdict order_verdict(int relation, Bounds a, Bounds b)
{
    switch (relation) {
    case RELATION_LT: return a.hi < b.lo ? VERDICT_ALWAYS : a.lo >= b.hi ? VERDICT_NEVER : VERDICT_OPEN;
    case RELATION_LE: return a.hi <= b.lo ? VERDICT_ALWAYS : a.lo > b.hi ? VERDICT_NEVER : VERDICT_OPEN;
    case RELATION_GT: return order_verdict(RELATION_LT, b, a);
    case RELATION_GE: return order_verdict(RELATION_LE, b, a);
    case RELATION_EQ:
        if (a.hi < b.lo || b.hi < a.lo) return VERDICT_NEVER;
        return a.lo == a.hi && b.lo == b.hi ? VERDICT_ALWAYS : VERDICT_OPEN;
    default: {
        Verdict equal = order_verdict(RELATION_EQ, a, b);
        return equal == VERDICT_OPEN ? equal : equal == VERDICT_ALWAYS ? VERDICT_NEVER : VERDICT_ALWAYS;
    }
    }
}

/* One range over all that the value can be. */
static bool set_holds_all(const Set *set, const Typed *value)
{
    if (set->of_bytes || value->lo < 0 || set->count != 1) return false;
    return set->numbers[0].lo <= (u64)value->lo && set->numbers[0].hi >= (u64)value->hi;
}

Verdict typed_verdict(const Typed *test)
{
    const Typed *value = test->first;
    switch (test->kind) {
    case TEST_IN: return set_holds_all(test->set, value) ? VERDICT_ALWAYS : VERDICT_OPEN;
    case TEST_OUT: return set_holds_all(test->set, value) ? VERDICT_NEVER : VERDICT_OPEN;
    case TEST_ORDER:
        if (!type_is_number(value->type)) return VERDICT_OPEN;
        return order_verdict(test->op, (Bounds){value->lo, value->hi}, (Bounds){test->lo, test->hi});
    case TEST_COMPARE:
        if (!type_is_number(value->type)) return VERDICT_OPEN;
        return order_verdict(test->op, (Bounds){value->lo, value->hi}, (Bounds){value->next->lo, value->next->hi});
    default: return VERDICT_OPEN;
    }
}

/* ---- sameness ---- */

static bool same_path(const Path *a, const Path *b)
{
    if (!a || !b) return a == b;
    return a->count == b->count && memcmp(a->proto, b->proto, a->count) == 0;
}

static bool same_bytes(Bytes a, Bytes b) { return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0); }

bool typed_equal(const Typed *a, const Typed *b)
{
    if (a == b) return true;
    if (a->kind != b->kind || a->type != b->type || a->op != b->op || a->width != b->width || a->little != b->little ||
        a->constant != b->constant || a->field != b->field || a->len != b->len || a->count != b->count ||
        a->number != b->number || !same_path(a->path, b->path) || !same_bytes(a->bytes, b->bytes))
        return false;
    for (a = a->first, b = b->first; a; a = a->next, b = b->next)
        if (!typed_equal(a, b)) return false;
    return true;
}

static u64 mix(u64 hash, u64 value)
{
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

u64 typed_hash(const Typed *t)
{
    u64 hash = mix(t->kind, (u64)t->type << 8 | t->op);
    hash = mix(hash, (u64)t->field << 32 | t->len);
    hash = mix(hash, t->number + t->width);
    for (u32 i = 0; t->path && i < t->path->count; i++) hash = mix(hash, t->path->proto[i]);
    for (const Typed *child = t->first; child; child = child->next) hash = mix(hash, typed_hash(child));
    return hash;
}

/* ---- sets ---- */

int bytes_compare(Bytes a, Bytes b)
{
    u32 least = MIN_OF(a.len, b.len);
    int order = least ? memcmp(a.at, b.at, least) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_low_number(const void *a, const void *b)
{
    u64 x = ((const NumberRange *)a)->lo, y = ((const NumberRange *)b)->lo;
    return (x > y) - (x < y);
}

static int by_low_bytes(const void *a, const void *b)
{
    return bytes_compare(((const BytesRange *)a)->lo, ((const BytesRange *)b)->lo);
}

static u32 merge_numbers(NumberRange *range, u32 count)
{
    u32 kept = 0;
    for (u32 i = 1; i < count; i++) {
        bool touches = range[kept].hi == UINT64_MAX || range[i].lo <= range[kept].hi + 1;
        if (touches)
            range[kept].hi = MAX_OF(range[kept].hi, range[i].hi);
        else
            range[++kept] = range[i];
    }
    return kept + 1;
}

static u32 merge_bytes(BytesRange *range, u32 count)
{
    u32 kept = 0;
    for (u32 i = 1; i < count; i++) {
        if (bytes_compare(range[i].lo, range[kept].hi) > 0)
            range[++kept] = range[i];
        else if (bytes_compare(range[i].hi, range[kept].hi) > 0)
            range[kept].hi = range[i].hi;
    }
    return kept + 1;
}

void set_normalise(Set *set)
{
    if (set->sorted || set->count == 0) return;
    if (set->of_bytes) {
        qsort(set->bytes, set->count, sizeof *set->bytes, by_low_bytes);
        set->count = merge_bytes(set->bytes, set->count);
    } else {
        qsort(set->numbers, set->count, sizeof *set->numbers, by_low_number);
        set->count = merge_numbers(set->numbers, set->count);
    }
    set->sorted = true;
}
