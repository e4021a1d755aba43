/* print.c - see print.h.
 *
 * Made for reading: values are written as one would write them in a filter, with canonical names.  Always true: long
 * sets and texts are shown by their beginning, so a line stays a line. */
#include "compiler/print.h"

#include "grammar/text.h"
#include "parser.h"

enum { SHOWN_MEMBERS = 6, SHOWN_BYTES = 48 };

/* How an operator is written, from operators.def; the first row of an opcode counts, so S_LE is "<=" although > is
 * made of it as well. */
typedef struct {
    u8 op, token;
    const char *text; /* NULL: as the token is spelt */
} OpWord;
static const OpWord op_words[] = {
#define ARITH(token, left, right, result, op) {OP_##op, TOK_##token, NULL},
#define UNARY(token, operand, result, op)     {OP_##op, TOK_##token, NULL},
#define RELATION(id, token, text, mirror, nk, sk, n, s, bk, lk, ss, swap, negate)                                      \
    {OP_##nk, 0, text}, {OP_##sk, 0, text}, {OP_##n, 0, text}, {OP_##s, 0, text}, {OP_##bk, 0, text},                  \
        {OP_##lk, 0, text}, {OP_##ss, 0, text},
#include "compiler/operators.def"
    {OP_IN, 0, "in"},           {OP_S_IN, 0, "in"},         {OP_L_IN, 0, "in"},
    {OP_HAS, 0, "exists"},      {OP_S_HAS, 0, "exists"},    {OP_S_FIND, 0, "contains"},
    {OP_L_FIND, 0, "contains"}, {OP_S_MATCH, 0, "matches"}, {OP_L_MATCH, 0, "matches"},
};

static const char *op_word(u8 op)
{
    for (size_t i = 0; i < COUNT_OF(op_words); i++)
        if (op_words[i].op == op) return op_words[i].text ? op_words[i].text : op_spelling(op_words[i].token);
    return op_info[op].name;
}

/* ---- constants ---- */

static void print_number(Text *out, int type, u64 number)
{
    char text[512];
    size_t len = value_print_number(text, sizeof text, (ValueType)type, number);
    text_add(out, text, len);
}

/* As text in quotes where it all can be shown, else in hex. */
static void print_bytes(Text *out, int type, Bytes bytes)
{
    char text[512];
    bool readable = type != TYPE_IPV6;
    for (u32 i = 0; i < bytes.len; i++) readable &= bytes.at[i] >= ' ' && bytes.at[i] < 0x7F && bytes.at[i] != '"';
    u32 shown = MIN_OF(bytes.len, (u32)SHOWN_BYTES);
    if (readable) {
        text_print(out, "\"%.*s\"", (int)shown, (const char *)bytes.at);
    } else if (type == TYPE_IPV6 && bytes.len == 16) {
        text_add(out, text, value_print_bytes(text, sizeof text, TYPE_IPV6, bytes.at, 16));
    } else {
        text_print(out, "0x");
        for (u32 i = 0; i < shown; i++) text_print(out, "%02x", bytes.at[i]);
    }
    if (shown < bytes.len) text_print(out, "... %u bytes", bytes.len);
}

static void print_member(Text *out, int type, const Set *set, u32 i)
{
    if (set->of_bytes) {
        print_bytes(out, type, set->bytes[i].lo);
        if (bytes_compare(set->bytes[i].lo, set->bytes[i].hi) == 0) return;
        text_print(out, "..");
        print_bytes(out, type, set->bytes[i].hi);
        return;
    }
    print_number(out, type, set->numbers[i].lo);
    if (set->numbers[i].lo == set->numbers[i].hi) return;
    text_print(out, "..");
    print_number(out, type, set->numbers[i].hi);
}

static bool is_single(const Set *set)
{
    if (set->count != 1) return false;
    return set->of_bytes ? bytes_compare(set->bytes[0].lo, set->bytes[0].hi) == 0
                         : set->numbers[0].lo == set->numbers[0].hi;
}

static void print_set(Text *out, int type, const Set *set)
{
    text_print(out, "{");
    for (u32 i = 0; i < MIN_OF(set->count, (u32)SHOWN_MEMBERS); i++) {
        if (i) text_print(out, ", ");
        print_member(out, type, set, i);
    }
    if (set->count > SHOWN_MEMBERS) text_print(out, ", ... %u in all", set->count);
    text_print(out, "}");
}

/* " == 80" or " in {80, 443}". */
static void print_membership(Text *out, int type, const Set *set)
{
    text_print(out, is_single(set) ? " == " : " in ");
    if (is_single(set))
        print_member(out, type, set, 0);
    else
        print_set(out, type, set);
}

static void print_wide(Text *out, int type, Wide number)
{
    if (number < 0 && !type_is_signed(type))
        text_print(out, "-%llu", (unsigned long long)-number);
    else
        print_number(out, type, (u64)number);
}

/* ---- values ---- */

static void print_path(Text *out, const Path *path)
{
    text_print(out, "Frame");
    for (u32 i = 0; i < path->count; i++) text_print(out, ".%s", proto_info[path->proto[i]].name);
}

static void print_value(Text *out, const Typed *value);

static void print_field(Text *out, const Typed *value)
{
    const FieldInfo *info = &field_info[value->field];
    if (value->path)
        print_path(out, value->path);
    else
        text_print(out, "%s", proto_info[info->proto].name);
    text_print(out, ".%s", info->name);
}

/* Name(first, second, ...) */
static void print_call(Text *out, const char *name, const Typed *value)
{
    text_print(out, "%s(", name);
    for (const Typed *child = value->first; child; child = child->next) {
        print_value(out, child);
        if (child->next) text_print(out, ", ");
    }
    if (value->kind == VALUE_CUT && value->len) text_print(out, ", %u", value->len);
    text_print(out, ")");
}

static void print_arith(Text *out, const Typed *value)
{
    text_print(out, "(");
    if (!value->first->next) text_print(out, "%s", op_word(value->op));
    print_value(out, value->first);
    if (value->first->next) {
        text_print(out, " %s ", op_word(value->op));
        print_value(out, value->first->next);
    }
    text_print(out, ")");
}

static void print_method(Text *out, const Typed *value, const char *name)
{
    print_value(out, value->first);
    text_print(out, ".%s", name);
}

/* "{DNS.QRecord.QuestionName, mDNS.QRecord.QuestionName}". */
static void print_either(Text *out, const Typed *value)
{
    for (const Typed *field = value->first; field; field = field->next) {
        text_print(out, field == value->first ? "{" : ", ");
        print_value(out, field);
    }
    text_print(out, "}");
}

static void print_value(Text *out, const Typed *value)
{
    static const char *const read_name[2][9] = {{[1] = "UINT8", [2] = "UINT16", [4] = "UINT32", [8] = "UINT64"},
                                                {[1] = "UINT8", [2] = "UINT16LE", [4] = "UINT32LE", [8] = "UINT64LE"}};
    const char *name = NULL;
    switch (value->kind) {
    case VALUE_LITERAL: print_number(out, value->type, value->number); break;
    case VALUE_FIELD: print_field(out, value); break;
    case VALUE_EITHER: print_either(out, value); break;
    case VALUE_META: text_print(out, "FrameVariable.%s", meta_info[value->field].name); break;
    case VALUE_FRAME: text_print(out, "FrameData"); break;
    case VALUE_CUT: print_call(out, value->type == TYPE_STRING ? "AsciiString" : "Blob", value); break;
    case VALUE_READ:
        name = read_name[value->little][value->width];
        print_call(out, name ? name : arena_print(out->arena, "UINT%u", 8u * value->width), value);
        break;
    case VALUE_LENGTH: print_method(out, value, "Length"); break;
    case VALUE_NUMBER: print_method(out, value, "StringToNumber"); break;
    case VALUE_TEXT: print_method(out, value, "ToString"); break;
    case VALUE_LOWER: print_method(out, value, "ToLower"); break;
    case VALUE_KEYED: print_method(out, value, (const char *)value->bytes.at); break;
    default: print_arith(out, value);
    }
}

/* ---- typed tree ---- */

static void indent(Text *out, u32 depth) { text_fill(out, ' ', 2 * (size_t)depth); }

static void print_test(Text *out, const Typed *test)
{
    const Typed *value = test->first;
    int type = value ? value->type : TYPE_BOOL;
    if (value) print_value(out, value);
    switch (test->kind) {
    case TEST_TRUE: text_print(out, "every frame"); return;
    case TEST_FALSE: text_print(out, "no frame"); return;
    case TEST_PROTO: text_print(out, "%s", proto_info[test->field].name); return;
    case TEST_LAYERS: print_path(out, test->path); return;
    case TEST_HAS: text_print(out, " exists"); break;
    case TEST_IN: print_membership(out, type, test->set); break;
    case TEST_OUT:
        text_print(out, " exists, and none");
        print_membership(out, type, test->set);
        break;
    case TEST_FIND:
        text_print(out, " contains ");
        print_bytes(out, TYPE_BYTES, test->bytes);
        break;
    case TEST_MATCH:
        text_print(out, " matches ");
        print_bytes(out, TYPE_STRING, test->bytes);
        break;
    case TEST_ORDER:
        text_print(out, " %s ", relation_text[test->op]);
        if (type_is_number(type))
            print_wide(out, type, test->lo);
        else
            print_bytes(out, type, test->bytes);
        break;
    default: text_print(out, " %s ", relation_text[test->op]); print_value(out, value->next);
    }
    text_print(out, "   [%s%s%s]", type_info[type].name, test->pairs && value->kind != VALUE_EITHER ? ", pair" : "",
               test->repeats ? ", any header" : "");
}

static void print_typed(Text *out, const Typed *test, u32 depth)
{
    static const char *const word[TYPED_KIND_COUNT] = {[TEST_NOT] = "not", [TEST_AND] = "and", [TEST_OR] = "or"};
    indent(out, depth);
    if (!word[test->kind]) {
        print_test(out, test);
        text_print(out, "\n");
        return;
    }
    text_print(out, "%s\n", word[test->kind]);
    for (const Typed *child = test->first; child; child = child->next) print_typed(out, child, depth + 1);
}

const char *typed_print(Arena *arena, const Typed *root)
{
    Text out = {.arena = arena};
    print_typed(&out, root, 0);
    return text_str(&out);
}

/* ---- plan ---- */

static void print_constant(Text *out, const Plan *p)
{
    int type = p->left ? p->left->type : TYPE_BOOL;
    switch ((ArgKind)op_info[p->op].arg[3]) {
    case ARG_CONST:
        text_print(out, " ");
        print_number(out, type, p->number);
        break;
    case ARG_SET:
    case ARG_BSET:
        text_print(out, " ");
        print_set(out, type, p->set);
        break;
    case ARG_BYTES:
        text_print(out, " ");
        print_bytes(out, type, p->bytes);
        break;
    case ARG_REGEX:
        text_print(out, " ");
        print_bytes(out, TYPE_STRING, p->bytes);
        break;
    default: break;
    }
}

/* The opcodes L_... read their slice in lower case. */
static bool reads_lower(u8 op) { return strncmp(op_info[op].name, "L_", 2) == 0; }

static void print_plan_test(Text *out, const Plan *p)
{
    if (p->op == OP_PROTO) text_print(out, "%s", proto_info[p->proto].name);
    if (p->op == OP_PROTO_ON) print_path(out, p->path);
    if (p->left) {
        print_value(out, p->left);
        text_print(out, "%s %s", reads_lower(p->op) ? ".ToLower" : "", op_word(p->op));
        print_constant(out, p);
    }
    if (p->right) {
        text_print(out, " ");
        print_value(out, p->right);
    }
}

static void print_plan(Text *out, const Plan *p, u32 depth)
{
    static const char *const word[] = {[PLAN_ALL] = "every frame", [PLAN_NONE] = "no frame", [PLAN_AND] = "and",
                                       [PLAN_OR] = "or",           [PLAN_NOT] = "not",       [PLAN_ANY] = "any header"};
    indent(out, depth);
    if (p->kind == PLAN_TEST)
        print_plan_test(out, p);
    else
        text_print(out, "%s", word[p->kind]);
    text_print(out, "   cost %.1f, passes %.0f%%", (double)p->cost, 100 * (double)p->pass);
    if (p->tried) text_print(out, " of %u frames", p->tried);
    text_print(out, "\n");
    for (const Plan *child = p->first; child; child = child->next) print_plan(out, child, depth + 1);
}

const char *plan_print(Arena *arena, const Plan *root)
{
    Text out = {.arena = arena};
    print_plan(&out, root, 0);
    return text_str(&out);
}
