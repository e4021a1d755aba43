/* check.c - syntax tree to typed tree: what names stand for, which types meet, what a literal means where it stands.
 *
 * Comes after the parser, before fold.c.  Every semantic error of the language is born here or in its two parts,
 * calls.c and literals.c.  Always true: check() gives a tree only when nothing in it is of TYPE_ERROR, and its root is
 * a test. */
#include "compiler/check.h"

#include "compiler/checker.h"
#include "parser.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- operators.def as data ---- */

typedef struct {
    u8 token, result, op;
    u32 left, right; /* sets of types: 1 << TYPE_ */
} ArithRow;

enum {
    N = 1 << TYPE_NUMBER,
    S = 1 << TYPE_SIGNED,
    D = 1 << TYPE_DURATION,
    T = 1 << TYPE_TIME,
    A = 1 << TYPE_IPV4,
    M = 1 << TYPE_MAC,
};

static const ArithRow arith_rows[] = {
#define ARITH(token, left, right, result, op) {TOK_##token, TYPE_##result, OP_##op, left, right},
#include "compiler/operators.def"
};
static const ArithRow unary_rows[] = {
#define UNARY(token, operand, result, op) {TOK_##token, TYPE_##result, OP_##op, operand, 0},
#include "compiler/operators.def"
};

typedef struct {
    u8 token, mirror;
    const char *text;
} RelationRow;
static const RelationRow relation_rows[RELATION_COUNT] = {
#define RELATION(id, token, text, mirror, ...) [RELATION_##id] = {TOK_##token, RELATION_##mirror, text},
#include "compiler/operators.def"
};

static int relation_of(u8 token)
{
    for (int r = 0; r < RELATION_COUNT; r++)
        if (relation_rows[r].token == token) return r;
    return -1;
}

/* ---- errors ---- */

Typed *check_fail(Checker *c, Span span, const char *hint, const char *format, ...)
{
    if (diag_full(c->diags)) { /* it is only counted: no need to word it */
        diag_error(c->diags, span, "more");
        return typed_error(c->arena, span);
    }
    va_list args;
    char text[1024];
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    Diag *diag = diag_error(c->diags, span, "%s", text);
    if (hint) diag_hint(c->diags, diag, "%s", hint);
    return typed_error(c->arena, span);
}

const char *check_quote(Checker *c, Span span) { return diag_quote(c->arena, c->source, span); }

/* ---- limits ---- */

/* One level down; false once the names written out are too many or too deep, which is told once. */
static bool go_deeper(Checker *c, const Node *node)
{
    if (c->stopped) return false;
    if (c->depth == NESTING_MAX) /* never in a bare filter: the parser has seen to that */
        check_fail(c, node->span, "names are written out where they are used",
                   "with its names written out this is nested more than %d deep", NESTING_MAX);
    else if (c->set && c->diags->frame->outer && ++c->nodes > EXPANSION_NODES_MAX)
        check_fail(c, node->span, "a name that stands for two of another doubles it, and so on down",
                   "with its names written out this filter has more than %d tests and values", EXPANSION_NODES_MAX);
    else
        return ++c->depth;
    c->stopped = true;
    return false;
}

/* ---- names ---- */

static Typed *frame_data(Checker *c, Span span) { return typed_new(c->arena, VALUE_FRAME, TYPE_BYTES, span); }

static Typed *header_test(Checker *c, const Name *name)
{
    Typed *t = typed_test(c->arena, name->path ? TEST_LAYERS : TEST_PROTO, NULL, NULL, name->span);
    t->field = name->id;
    t->path = name->path;
    t->headers = true;
    return t;
}

Typed *check_name(Checker *c, Span span, const Node *call)
{
    Typed *own = expand_name(c, span, call);
    if (own) return own;
    Name name = name_resolve(c->diags, span);
    Typed *t = NULL;
    switch (name.kind) {
    case NAME_UNKNOWN: return typed_error(c->arena, span);
    case NAME_FIELD:
        t = name.either_count ? typed_either(c->arena, name.either, name.either_count, name.span)
            : name.key.at     ? typed_keyed(c->arena, name.id, name.path, name.key, name.span)
                              : typed_field(c->arena, name.id, name.path, name.span);
        break;
    case NAME_META: t = typed_meta(c->arena, name.id, name.span); break;
    case NAME_FRAME_DATA: t = frame_data(c, name.span); break;
    case NAME_EVERY_FRAME: t = typed_test(c->arena, TEST_TRUE, NULL, NULL, name.span); break;
    default: t = header_test(c, &name);
    }
    if (call && name.methods.len == 0) return check_fail(c, span, NULL, "'%s' is no function", check_quote(c, span));
    if (name.methods.len && is_test(t))
        return check_fail(c, name.span, NULL, "'%s' is %s, and methods work on fields", check_quote(c, name.span),
                          t->kind == TEST_PROTO ? "a protocol" : "a path of protocols");
    return apply_methods(c, t, name.methods, call);
}

/* ---- values and tests ---- */

static const char *first_field_hint(Checker *c, int proto)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        if (field_info[f].proto == proto)
            return arena_print(c->arena, "compare one of its fields, such as %s.%s", proto_info[proto].name,
                               field_info[f].name);
    return NULL;
}

static bool pairs_fit(Checker *c, const Typed *t, u32 pairs)
{
    if (pairs <= PAIRS_MAX) return true;
    check_fail(c, t->span, "write out the fields a pair stands for, such as TCP.SrcPort and TCP.DstPort",
               "more than %d pairs in one comparison", PAIRS_MAX);
    return false;
}

Typed *check_value(Checker *c, const Node *node)
{
    Typed *t = check_node(c, node);
    if (!is_test(t)) return pairs_fit(c, t, t->pairs) ? t : typed_error(c->arena, t->span);
    if (t->kind == TEST_PROTO)
        return check_fail(c, node->span, first_field_hint(c, t->field),
                          "'%s' is a protocol, which is there or not; it has no value", check_quote(c, node->span));
    if (t->kind == TEST_LAYERS || t->kind == TEST_TRUE)
        return check_fail(c, node->span, NULL, "'%s' is a path of protocols, which is there or not; it has no value",
                          check_quote(c, node->span));
    return check_fail(c, node->span, "tests are joined with AND, OR and NOT",
                      "this is a test, true or false; here a value is wanted");
}

Typed *as_number(Checker *c, Typed *value)
{
    if (value->kind != VALUE_CUT || value->type != TYPE_BYTES || value->len == 0 || value->len > 8) return value;
    Typed *bytes = value->first, *offset = bytes->next;
    return typed_read(c->arena, bytes, offset, value->len, false, value->span);
}

/* The same for a comparison with bytes of that very length, where text may be read as a number too. */
static Typed *cut_as_number(Checker *c, Typed *value)
{
    if (value->kind != VALUE_CUT) return value;
    Typed *bytes = value->first, *offset = bytes->next;
    return typed_read(c->arena, bytes, offset, value->len, false, value->span);
}

/* A bare value asks whether it exists. */
static Typed *as_test(Checker *c, const Node *node, Typed *t)
{
    if (is_test(t) || is_error(t)) return t;
    if (is_literal(t) || t->kind == VALUE_ARITH || t->kind == VALUE_LENGTH)
        return check_fail(c, node->span, NULL, "%s is not a test; compare it with something", type_words(t->type));
    if (t->kind == VALUE_LOWER) t = t->first;
    return typed_test(c->arena, TEST_HAS, t, NULL, t->span);
}

/* ---- comparisons ---- */

static bool wants_order(int relation) { return relation != RELATION_EQ && relation != RELATION_NE; }

static Typed *compare_constant(Checker *c, int relation, Typed *value, const Typed *literal, const Node *node)
{
    Constant k;
    bool order = wants_order(relation);
    if (!constant_for(c, value, literal, !order, &k)) return typed_error(c->arena, node->span);
    if (order && k.prefix)
        return check_fail(c, node->at, "use == or IN for membership", "'%s' does not compare with a prefix",
                          relation_rows[relation].text);
    if (!k.of_bytes) value = cut_as_number(c, value);
    TypedKind kind = order ? TEST_ORDER : relation == RELATION_EQ ? TEST_IN : TEST_OUT;
    Typed *test = typed_test(c->arena, kind, value, NULL, node->span);
    test->op = (u8)relation;
    if (order) {
        test->lo = test->hi = k.lo;
        test->bytes = k.lo_bytes;
    } else {
        test->set = set_new(c->arena, 1, k.of_bytes);
        set_add(c->arena, test->set, value->type, &k, &k);
    }
    return test;
}

/* Values the user computed, rather than fields that say what they are: these may stand for an address or a time. */
static bool is_computed(const Typed *t)
{
    return t->kind != VALUE_FIELD && t->kind != VALUE_EITHER && t->kind != VALUE_META;
}

static bool number_stands_for(const Typed *number, const Typed *other)
{
    if (number->type != TYPE_NUMBER && number->type != TYPE_SIGNED) return false;
    if (other->type == TYPE_NUMBER || other->type == TYPE_SIGNED) return true;
    if (!is_computed(number)) return false;
    if (other->type == TYPE_IPV4 && number->kind == VALUE_READ) return number->width == 4;
    if (other->type == TYPE_MAC && number->kind == VALUE_READ) return number->width == 6;
    return true;
}

static bool numbers_meet(const Typed *a, const Typed *b)
{
    return a->type == b->type || number_stands_for(a, b) || number_stands_for(b, a);
}

/* How many bytes a value always has; 0 when that is not known, or does not matter. */
static u32 known_len(const Typed *t)
{
    if (t->kind == VALUE_CUT) return t->len;
    return t->type == TYPE_IPV4 ? 4 : t->type == TYPE_MAC ? 6 : t->type == TYPE_IPV6 ? 16 : 0;
}

/* NULL when the two can have the same length: bytes cut from the frame against each other, or against an address. */
static Typed *lengths_clash(Checker *c, int relation, const Typed *a, const Typed *b, const Node *node)
{
    u32 left = known_len(a), right = known_len(b);
    bool cut = a->kind == VALUE_CUT || b->kind == VALUE_CUT;
    if (wants_order(relation) || !cut || left == 0 || right == 0 || left == right) return NULL;
    return check_fail(c, node->span, NULL, "can never match: '%s' has %u byte%s, '%s' has %u", check_quote(c, a->span),
                      left, left == 1 ? "" : "s", check_quote(c, b->span), right);
}

static Typed *compare_fail(Checker *c, const Typed *a, const Typed *b, const Node *node)
{
    return check_fail(c, node->span, NULL, "'%s' is %s, '%s' is %s: they cannot be compared", check_quote(c, a->span),
                      type_words(a->type), check_quote(c, b->span), type_words(b->type));
}

static bool slices_meet(const Typed *a, const Typed *b)
{
    return a->type == b->type || (a->type != TYPE_IPV6 && b->type != TYPE_IPV6) ||
           (a->type != TYPE_STRING && b->type != TYPE_STRING);
}

static Typed *compare_values(Checker *c, int relation, Typed *a, Typed *b, const Node *node)
{
    bool same_cuts = a->kind == VALUE_CUT && b->kind == VALUE_CUT && a->len == b->len;
    Typed *clash = lengths_clash(c, relation, a, b, node);
    if (clash) return clash;
    if (a->kind == VALUE_LOWER || b->kind == VALUE_LOWER)
        return check_fail(c, node->span, NULL, "a '.ToLower' value is compared with text in quotes only");
    if (same_cuts || type_is_number(b->type)) a = as_number(c, a);
    if (same_cuts || type_is_number(a->type)) b = as_number(c, b);
    bool a_number = type_is_number(a->type), b_number = type_is_number(b->type);
    bool meet = a_number == b_number && (a_number ? numbers_meet(a, b) : slices_meet(a, b));
    if (!meet) return compare_fail(c, a, b, node);
    Typed *test = typed_test(c->arena, TEST_COMPARE, a, b, node->span);
    if (!pairs_fit(c, test, test->pairs)) return typed_error(c->arena, node->span);
    test->op = (u8)relation;
    return test;
}

static Typed *check_compare(Checker *c, const Node *node)
{
    Typed *left = check_value(c, node->first);
    if (node->op == TOK_CONTAINS) return check_contains(c, left, node->last, node->span);
    if (node->op == TOK_MATCHES) return check_matches(c, left, node->last, node->span);
    int relation = relation_of(node->op);
    Typed *right = check_value(c, node->last);
    if (is_error(left) || is_error(right)) return typed_error(c->arena, node->span);
    if (is_literal(left) && is_literal(right)) {
        if (left->constant && right->constant) return compare_values(c, relation, left, right, node);
        return check_fail(c, node->span, NULL, "both sides are literals; one of them should be a field");
    }
    if (is_literal(left)) return compare_constant(c, relation_rows[relation].mirror, right, left, node);
    if (is_literal(right)) return compare_constant(c, relation, left, right, node);
    return compare_values(c, relation, left, right, node);
}

/* ---- IN ---- */

/* A member of a set: a constant. */
static bool member(Checker *c, const Typed *value, const Node *node, Constant *k)
{
    Typed *t = check_value(c, node);
    if (is_error(t)) return false;
    if (is_literal(t)) return constant_for(c, value, t, true, k);
    check_fail(c, node->span, "compare with == and OR", "a set holds constants, and '%s' is none",
               check_quote(c, node->span));
    return false;
}

static bool range_is_empty(const Constant *low, const Constant *high)
{
    return low->of_bytes ? bytes_compare(low->lo_bytes, high->hi_bytes) > 0 : low->lo > high->hi;
}

static bool add_member(Checker *c, const Typed *value, const Node *node, Set *set);

/* What stands behind IN, or is named in a set: in braces or not, a name for either. */
static bool add_members(Checker *c, const Typed *value, const Node *node, Set *set)
{
    Aliases aliases;
    const Node *found = expand_alias(c, node, &aliases);
    if (!found) return false;
    bool good = found->kind == NODE_SET || add_member(c, value, found, set);
    if (found->kind == NODE_SET && go_deeper(c, found)) {
        for (const Node *part = found->first; part && !c->stopped; part = part->next)
            good &= part->kind == NODE_NAME ? add_members(c, value, part, set) : add_member(c, value, part, set);
        c->depth--;
    }
    expand_end(c, &aliases);
    return good && !c->stopped;
}

static bool add_member(Checker *c, const Typed *value, const Node *node, Set *set)
{
    Constant low, high;
    bool range = node->kind == NODE_RANGE;
    if (!member(c, value, range ? node->first : node, &low)) return false;
    high = low;
    if (range && !member(c, value, node->last, &high)) return false;
    if (range && (low.prefix || high.prefix)) {
        check_fail(c, node->span, NULL, "a range goes from one address to another, not from a prefix");
        return false;
    }
    if (range && range_is_empty(&low, &high)) {
        check_fail(c, node->span, NULL, "this range is empty: '%s' comes after '%s'", check_quote(c, node->first->span),
                   check_quote(c, node->last->span));
        return false;
    }
    set_add(c->arena, set, value->type, &low, &high);
    return true;
}

static Typed *check_in(Checker *c, const Node *node)
{
    Typed *value = check_value(c, node->first);
    bool braces = node->last->kind == NODE_SET;
    if (is_error(value)) return value;
    if (is_literal(value))
        return check_fail(c, value->span, NULL, "what is looked up in a set is a field, not a literal");
    bool cut = value->kind == VALUE_CUT && value->len > 0 && value->len <= 8;
    Set *set = set_new(c->arena, braces ? node->last->count : 1, !cut && !type_is_number(value->type));
    bool good = add_members(c, value, node->last, set);
    if (!good) return typed_error(c->arena, node->span);
    Typed *test = typed_test(c->arena, TEST_IN, cut ? cut_as_number(c, value) : value, NULL, node->span);
    test->set = set;
    return test;
}

/* ---- arithmetic ---- */

static Typed *operand_fail(Checker *c, const Node *node, const Typed *bad)
{
    const char *hint = bad->kind == VALUE_CUT && bad->len > 8 ? "a Blob of up to 8 bytes is also a number" : NULL;
    return check_fail(c, bad->span, hint, "'%s' works on numbers, and '%s' is %s", op_spelling(node->op),
                      check_quote(c, bad->span), value_words(bad));
}

/* Of a type that arithmetic knows; a prefix has the type of its addresses but is no number. */
static bool is_operand(const Typed *t) { return type_is_number(t->type) && (t->kind != VALUE_LITERAL || t->constant); }

static const ArithRow *arith_row(const ArithRow *rows, size_t count, u8 token, const Typed *left, const Typed *right)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].token == token && rows[i].left >> left->type & 1 && (!right || rows[i].right >> right->type & 1))
            return &rows[i];
    return NULL;
}

static Typed *check_binary(Checker *c, const Node *node)
{
    Typed *left = as_number(c, check_value(c, node->first)), *right = as_number(c, check_value(c, node->last));
    if (is_error(left) || is_error(right)) return typed_error(c->arena, node->span);
    if (!is_operand(left)) return operand_fail(c, node, left);
    if (!is_operand(right)) return operand_fail(c, node, right);
    const ArithRow *row = arith_row(arith_rows, COUNT_OF(arith_rows), node->op, left, right);
    if (!row)
        return check_fail(c, node->at, NULL, "'%s' does not work on %s and %s", op_spelling(node->op),
                          type_words(left->type), type_words(right->type));
    bool divides = node->op == TOK_SLASH || node->op == TOK_PERCENT;
    if (divides && right->constant && right->number == 0) return check_fail(c, right->span, NULL, "division by zero");
    return typed_arith(c->arena, row->op, row->result, left, right, node->span);
}

static Typed *check_unary(Checker *c, const Node *node)
{
    Typed *operand = as_number(c, check_value(c, node->first));
    if (is_error(operand)) return operand;
    if (!is_operand(operand)) return operand_fail(c, node, operand);
    const ArithRow *row = arith_row(unary_rows, COUNT_OF(unary_rows), node->op, operand, NULL);
    if (!row)
        return check_fail(c, node->at, NULL, "'%s' does not work on %s", op_spelling(node->op),
                          type_words(operand->type));
    return typed_arith(c->arena, row->op, row->result, operand, NULL, node->span);
}

/* ---- AND, OR, NOT ---- */

static Typed *check_chain(Checker *c, const Node *node)
{
    TypedKind kind = node->kind == NODE_OR ? TEST_OR : node->kind == NODE_AND ? TEST_AND : TEST_NOT;
    Typed *chain = typed_test(c->arena, kind, NULL, NULL, node->span), *last = NULL;
    for (const Node *child = node->first; child; child = child->next) {
        Typed *test = as_test(c, child, check_node(c, child));
        if (is_error(test)) chain->type = TYPE_ERROR;
        test->use = child->span;
        typed_add(chain, last, test);
        last = test;
    }
    return chain;
}

static Typed *check_kind(Checker *c, const Node *node)
{
    switch (node->kind) {
    case NODE_NAME: return check_name(c, node->span, NULL);
    case NODE_OR:
    case NODE_AND:
    case NODE_NOT: return check_chain(c, node);
    case NODE_COMPARE: return check_compare(c, node);
    case NODE_IN: return check_in(c, node);
    case NODE_BINARY: return check_binary(c, node);
    case NODE_UNARY: return check_unary(c, node);
    case NODE_CALL: return check_call(c, node);
    case NODE_METHOD: return check_method(c, node);
    case NODE_SET: return check_fail(c, node->span, NULL, "a set stands behind IN only: TCP.Port IN {80, 443}");
    default: return literal_value(c, node);
    }
}

Typed *check_node(Checker *c, const Node *node)
{
    DiagFrame *frame = c->diags->frame;
    if (!frame) return check_kind(c, node);
    Span before = frame->here;
    frame->here = node->span;
    bool within = go_deeper(c, node);
    Typed *t = within ? check_kind(c, node) : typed_error(c->arena, node->span);
    c->depth -= within;
    frame->here = before;
    return t;
}

Typed *check(Arena *arena, const Source *source, const Node *root, DiagList *diags)
{
    Checker c = {.arena = arena, .source = source, .diags = diags};
    u32 errors = diags->errors;
    Typed *typed = as_test(&c, root, check_node(&c, root));
    return diags->errors == errors ? typed : NULL;
}

Typed *check_decl(Modules *set, Decl *decl)
{
    const Node *body = decl->body;
    Scope scope = {.module = decl->module};
    DiagFrame frame = {.body = body->outer, .here = body->outer};
    Checker c = {.arena = set->arena, .source = &set->source, .diags = set->diags, .set = set, .scope = &scope};
    u32 errors = set->diags->errors;
    set->diags->frame = &frame;
    Typed *typed = check_node(&c, body);
    if (decl->statement->kind == STATEMENT_FILTER) typed = as_test(&c, body, typed);
    set->diags->frame = NULL;
    set->nodes += c.nodes;
    decl->checked = true;
    decl->bad |= set->diags->errors > errors;
    return is_error(typed) ? NULL : typed;
}
