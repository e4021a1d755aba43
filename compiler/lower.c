/* lower.c - typed tree to plan: pairs written out, relations to opcodes.
 *
 * Comes after fold.c, before order.c.  What a comparison means in a frame with several candidates is decided here: a test
 * is true when it is true for any choice of a pair's fields and any instance of its headers; != asks that the values
 * are there, and that no choice is equal. */
#include "compiler/plan.h"

typedef struct {
    u8 mirror;
    u8 number_k, signed_k, numbers, signed_columns, bytes_k, lower_k, slices;
    bool swap, negate;
} RelationOps;
static const RelationOps relation_ops[RELATION_COUNT] = {
#define RELATION(id, token, text, mirror, nk, sk, n, s, bk, lk, ss, swap, negate)                                      \
    [RELATION_##id] = {RELATION_##mirror, OP_##nk, OP_##sk, OP_##n, OP_##s, OP_##bk, OP_##lk, OP_##ss, swap, negate},
#include "compiler/operators.def"
};
const char *const relation_text[RELATION_COUNT] = {
#define RELATION(id, token, text, ...) [RELATION_##id] = text,
#include "compiler/operators.def"
};

/* ---- plan nodes ---- */

static Plan *plan_new(Arena *arena, PlanKind kind)
{
    Plan *p = NEW(arena, Plan);
    p->kind = (u8)kind;
    return p;
}

static void plan_add(Plan *parent, Plan *last, Plan *child)
{
    if (last)
        last->next = child;
    else
        parent->first = child;
    parent->count++;
    parent->headers |= child->headers;
}

static Plan *plan_over(Arena *arena, PlanKind kind, Plan *first, Plan *second)
{
    Plan *p = plan_new(arena, kind);
    plan_add(p, NULL, first);
    if (second) plan_add(p, first, second);
    return p;
}

static Plan *plan_test(Arena *arena, Op op, const Typed *left, const Typed *right)
{
    Plan *p = plan_new(arena, PLAN_TEST);
    p->op = (u8)op;
    p->left = left;
    p->right = right;
    p->headers = (left && left->headers) || (right && right->headers);
    return p;
}

static Plan *test_number(Arena *arena, Op op, const Typed *left, u64 number)
{
    Plan *p = plan_test(arena, op, left, NULL);
    p->number = number;
    return p;
}

/* ---- single values ---- */

static bool is_lower(const Typed *value) { return value->kind == VALUE_LOWER; }

static const Typed *without_lower(const Typed *value) { return is_lower(value) ? value->first : value; }

static Plan *has(Arena *arena, const Typed *value)
{
    value = without_lower(value);
    return plan_test(arena, type_is_number(value->type) ? OP_HAS : OP_S_HAS, value, NULL);
}

static Plan *has_and_not(Arena *arena, const Typed *value, Plan *test)
{
    return plan_over(arena, PLAN_AND, has(arena, value), plan_over(arena, PLAN_NOT, test, NULL));
}

static Plan *bytes_test(Arena *arena, Op op, const Typed *value, Bytes bytes)
{
    Plan *p = plan_test(arena, op, without_lower(value), NULL);
    p->bytes = bytes;
    return p;
}

static Plan *in_set(Arena *arena, const Typed *value, Set *set)
{
    set_normalise(set);
    bool lower = is_lower(value);
    if (set->of_bytes && set->count == 1 && bytes_compare(set->bytes[0].lo, set->bytes[0].hi) == 0)
        return bytes_test(arena, lower ? OP_L_EQ : OP_S_EQ, value, set->bytes[0].lo);
    if (!set->of_bytes && set->count == 1 && set->numbers[0].lo == set->numbers[0].hi)
        return test_number(arena, OP_EQ_K, value, set->numbers[0].lo);
    Op op = !set->of_bytes ? OP_IN : lower ? OP_L_IN : OP_S_IN;
    Plan *p = plan_test(arena, op, without_lower(value), NULL);
    p->set = set;
    return p;
}

/* The constant may lie outside what a column can hold: then the answer is known, but for the value's existence. */
static Plan *order_number(Arena *arena, int relation, const Typed *value, Wide k)
{
    bool is_signed = type_is_signed(value->type), below = relation == RELATION_LT || relation == RELATION_LE;
    Wide least = is_signed ? (Wide)INT64_MIN : 0, most = is_signed ? (Wide)INT64_MAX : (Wide)UINT64_MAX;
    if (k < least) return below ? plan_new(arena, PLAN_NONE) : has(arena, value);
    if (k > most) return below ? has(arena, value) : plan_new(arena, PLAN_NONE);
    const RelationOps *ops = &relation_ops[relation];
    return test_number(arena, is_signed ? ops->signed_k : ops->number_k, value, (u64)k);
}

static Plan *order_bytes(Arena *arena, int relation, const Typed *value, Bytes bytes)
{
    const RelationOps *ops = &relation_ops[relation];
    Plan *test = bytes_test(arena, is_lower(value) ? ops->lower_k : ops->bytes_k, value, bytes);
    return ops->negate ? has_and_not(arena, value, test) : test;
}

/* ---- two values ---- */

static Plan *columns(Arena *arena, Op op, bool swap, const Typed *a, const Typed *b)
{
    return swap ? plan_test(arena, op, b, a) : plan_test(arena, op, a, b);
}

/* u of an unsigned type against s of a signed one, by mathematical value, where neither's range decides: a negative s is
 * below every u, and any other s may be read as unsigned. */
static Plan *compare_mixed(Arena *arena, int relation, const Typed *u, const Typed *s)
{
    const RelationOps *ops = &relation_ops[relation];
    Plan *as_unsigned = columns(arena, ops->numbers, ops->swap, u, s);
    if (relation == RELATION_GT || relation == RELATION_GE) {
        Plan *negative = plan_over(arena, PLAN_AND, test_number(arena, OP_SLT_K, s, 0), has(arena, u));
        return plan_over(arena, PLAN_OR, negative, as_unsigned);
    }
    return plan_over(arena, PLAN_AND, test_number(arena, OP_SGE_K, s, 0), as_unsigned);
}

static Plan *compare_numbers(Arena *arena, int relation, const Typed *a, const Typed *b)
{
    const RelationOps *ops = &relation_ops[relation];
    bool a_signed = type_is_signed(a->type), b_signed = type_is_signed(b->type);
    if (a_signed != b_signed) {
        const Typed *u = a_signed ? b : a, *s = a_signed ? a : b;
        bool fits_signed = u->hi <= INT64_MAX, fits_unsigned = s->lo >= 0;
        if (!fits_signed && !fits_unsigned) return compare_mixed(arena, a_signed ? ops->mirror : relation, u, s);
        a_signed = fits_signed;
    }
    return columns(arena, a_signed ? ops->signed_columns : ops->numbers, ops->swap, a, b);
}

static Plan *compare(Arena *arena, int relation, const Typed *a, const Typed *b)
{
    if (type_is_number(a->type)) return compare_numbers(arena, relation, a, b);
    const RelationOps *ops = &relation_ops[relation];
    return columns(arena, ops->slices, ops->swap, a, b);
}

/* ---- pairs and instances ---- */

/* The value with each pair, and each field of several protocols, replaced by one of its fields: the lowest bits of `choice`
 * are for the first of them, and so on.  NULL: there are not as many fields. */
static const Typed *chosen(Arena *arena, const Typed *value, u32 *choice)
{
    if (!value || value->pairs == 0) return value;
    if (value->kind == VALUE_EITHER) {
        const Typed *field = value->first;
        for (u32 i = *choice & ((1u << value->pairs) - 1); i > 0 && field; i--) field = field->next;
        *choice >>= value->pairs;
        return field;
    }
    Typed *copy = NEW(arena, Typed), *last = NULL;
    *copy = *value;
    copy->next = NULL;
    copy->pairs = 0;
    if (value->kind == VALUE_FIELD) {
        const FieldInfo *pair = &field_info[value->field];
        copy->field = *choice & 1 ? pair->second : pair->first;
        *choice >>= 1;
        return copy;
    }
    copy->first = NULL;
    copy->count = 0;
    copy->need = 1;
    for (const Typed *child = value->first; child; child = child->next) {
        const Typed *choice_of_child = chosen(arena, child, choice);
        if (!choice_of_child) return NULL;
        Typed *part = NEW(arena, Typed);
        *part = *choice_of_child;
        part->next = NULL;
        typed_add(copy, last, part);
        last = part;
    }
    return copy;
}

typedef enum { ASK_TEST, ASK_EXISTS } Question;

/* The test for one choice, or whether the values it needs are there. */
static Plan *ask(Arena *arena, const Typed *test, Question question, const Typed *a, const Typed *b)
{
    if (question == ASK_EXISTS) return b ? plan_over(arena, PLAN_AND, has(arena, a), has(arena, b)) : has(arena, a);
    switch (test->kind) {
    case TEST_HAS: return has(arena, a);
    case TEST_IN:
    case TEST_OUT: return in_set(arena, a, test->set);
    case TEST_FIND: return bytes_test(arena, is_lower(a) ? OP_L_FIND : OP_S_FIND, a, test->bytes);
    case TEST_MATCH: return bytes_test(arena, is_lower(a) ? OP_L_MATCH : OP_S_MATCH, a, test->bytes);
    case TEST_ORDER:
        if (type_is_number(a->type)) return order_number(arena, test->op, a, test->lo);
        return order_bytes(arena, test->op, a, test->bytes);
    default: return compare(arena, test->op == RELATION_NE ? RELATION_EQ : test->op, a, b);
    }
}

/* True where it is true for any choice and any instance. */
static Plan *any(Arena *arena, const Typed *test, Question question)
{
    u32 choices = 1u << test->pairs;
    Plan *either = choices > 1 ? plan_new(arena, PLAN_OR) : NULL, *last = NULL, *one = NULL;
    for (u32 i = 0; i < choices; i++) {
        u32 choice = i;
        const Typed *a = chosen(arena, test->first, &choice), *second = test->first->next;
        const Typed *b = a ? chosen(arena, second, &choice) : NULL;
        if (!a || (second && !b)) continue;
        one = ask(arena, test, question, a, b);
        if (either) plan_add(either, last, one);
        last = one;
    }
    Plan *body = either ? either : one;
    return test->repeats ? plan_over(arena, PLAN_ANY, body, NULL) : body;
}

static bool is_present_and_none(const Typed *test)
{
    return test->kind == TEST_OUT || (test->kind == TEST_COMPARE && test->op == RELATION_NE);
}

/* One number, one instance: the machine's own "has a value, and another". */
static Plan *simply_unequal(Arena *arena, const Typed *test)
{
    const Typed *a = test->first, *b = a->next;
    if (test->pairs || test->repeats || !type_is_number(a->type)) return NULL;
    if (test->kind == TEST_COMPARE)
        return type_is_signed(a->type) == type_is_signed(b->type) ? plan_test(arena, OP_NE, a, b) : NULL;
    set_normalise(test->set);
    bool one = test->set->count == 1 && test->set->numbers[0].lo == test->set->numbers[0].hi;
    return one ? test_number(arena, OP_NE_K, a, test->set->numbers[0].lo) : NULL;
}

static Plan *lower_leaf(Arena *arena, const Typed *test)
{
    if (!is_present_and_none(test)) return any(arena, test, ASK_TEST);
    Plan *simple = simply_unequal(arena, test);
    if (simple) return simple;
    Plan *equal = any(arena, test, ASK_TEST);
    return plan_over(arena, PLAN_AND, any(arena, test, ASK_EXISTS), plan_over(arena, PLAN_NOT, equal, NULL));
}

/* ---- tests ---- */

static Plan *lower_header(Arena *arena, const Typed *test)
{
    Plan *p = plan_test(arena, test->kind == TEST_PROTO ? OP_PROTO : OP_PROTO_ON, NULL, NULL);
    p->proto = test->field;
    p->path = test->path;
    p->headers = true;
    return p;
}

static Plan *lower_chain(Arena *arena, const Typed *test)
{
    Plan *chain = plan_new(arena, test->kind == TEST_OR ? PLAN_OR : PLAN_AND), *last = NULL;
    for (const Typed *child = test->first; child; child = child->next) {
        Plan *p = lower(arena, child);
        plan_add(chain, last, p);
        last = p;
    }
    return chain;
}

Plan *lower(Arena *arena, const Typed *test)
{
    switch (test->kind) {
    case TEST_TRUE: return plan_new(arena, PLAN_ALL);
    case TEST_FALSE: return plan_new(arena, PLAN_NONE);
    case TEST_PROTO:
    case TEST_LAYERS: return lower_header(arena, test);
    case TEST_NOT: return plan_over(arena, PLAN_NOT, lower(arena, test->first), NULL);
    case TEST_AND:
    case TEST_OR: return lower_chain(arena, test);
    default: return lower_leaf(arena, test);
    }
}
