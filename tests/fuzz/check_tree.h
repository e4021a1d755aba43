/* check_tree.h - what must hold for every syntax tree, whatever the text it came from.
 *
 * Shared by tests/unit/grammar.c and tests/fuzz/text.c.  Each function gives NULL, or a word on what is broken. */
#ifndef TESTS_CHECK_TREE_H
#define TESTS_CHECK_TREE_H

#include "grammar/ast.h"
#include "grammar/literal.h"
#include "grammar/text.h"

static inline bool span_inside(Span inner, Span outer)
{
    return inner.at >= outer.at && inner.at + inner.len <= outer.at + outer.len;
}

/* literal.h converts what the lexer let through. */
static inline bool leaf_converts(Arena *arena, const Source *source, const Node *leaf)
{
    const char *text = source->text + leaf->span.at;
    u32 len = leaf->span.len, low, high;
    u64 number;
    u8 v6_low[16], v6_high[16];
    bool flag;
    switch (leaf->kind) {
    case NODE_INT: return literal_int(text, len, &number);
    case NODE_HEX: return literal_hex_bytes(arena, text, len, &low) != NULL && low == (len - 1) / 2;
    case NODE_DURATION: return literal_duration(text, len, &number, &flag);
    case NODE_STRING: return literal_string(arena, text, len, &low) != NULL && low <= len - 2;
    case NODE_IPV4: return literal_ipv4(text, len, &low);
    case NODE_IPV4_PREFIX: return literal_ipv4_prefix(text, len, &low, &high, &flag) && low <= high;
    case NODE_IPV6: return literal_ipv6(text, len, v6_low);
    case NODE_IPV6_PREFIX:
        return literal_ipv6_prefix(text, len, v6_low, v6_high, &flag) && memcmp(v6_low, v6_high, 16) <= 0;
    case NODE_MAC: return literal_mac(text, len, &number);
    default: return leaf->kind == NODE_NAME;
    }
}

static inline const char *check_children(const Node *node)
{
    u32 count = 0, end = node->span.at;
    u16 height = 0;
    for (const Node *child = node->first; child; child = child->next, count++) {
        if (!span_inside(child->outer, node->span)) return "a child lies outside its parent";
        if (child->outer.at < end) return "children overlap or are out of order";
        if ((child->kind == NODE_AND || child->kind == NODE_OR) && child->kind == node->kind)
            return "a chain inside a chain of its kind";
        end = child->outer.at + child->outer.len;
        height = MAX_OF(height, child->height);
        if (!child->next && child != node->last) return "last is not the last child";
    }
    if (count != node->count) return "count is not the number of children";
    return height + 1 == node->height ? NULL : "height is not one more than the highest child's";
}

static inline bool count_fits(const Node *node)
{
    static const struct {
        u32 least, most;
    } children[NODE_KIND_COUNT] = {
        [NODE_OR] = {2, UINT32_MAX},
        [NODE_AND] = {2, UINT32_MAX},
        [NODE_NOT] = {1, 1},
        [NODE_COMPARE] = {2, 2},
        [NODE_IN] = {2, 2},
        [NODE_SET] = {1, UINT32_MAX},
        [NODE_RANGE] = {2, 2},
        [NODE_BINARY] = {2, 2},
        [NODE_UNARY] = {1, 1},
        [NODE_CALL] = {1, UINT32_MAX},
        [NODE_METHOD] = {2, UINT32_MAX},
    };
    return node->count >= children[node->kind].least && node->count <= children[node->kind].most;
}

static inline const char *check_tree(Arena *arena, const Source *source, const Node *node)
{
    if (node->height > NESTING_MAX) return "a tree higher than NESTING_MAX";
    if (!span_inside(node->outer, (Span){0, source->len})) return "a node lies outside the source";
    if (!span_inside(node->span, node->outer)) return "span is not inside outer";
    if (!span_inside(node->at, node->span)) return "at is not inside span";
    if (node->span.len == 0) return "an empty node";
    if (!count_fits(node)) return "a wrong number of children";
    if (!node->first && !leaf_converts(arena, source, node)) return "a literal that does not convert";
    const char *broken = check_children(node);
    for (const Node *child = node->first; child && !broken; child = child->next)
        broken = check_tree(arena, source, child);
    return broken;
}

static inline void write_filter(Text *out, const Source *source, const Node *node);

static inline void write_list(Text *out, const Source *source, const Node *from, const char *joint)
{
    for (const Node *child = from; child; child = child->next) {
        write_filter(out, source, child);
        if (child->next) text_print(out, "%s", joint);
    }
}

static inline void write_method(Text *out, const Source *source, const Node *node)
{
    const Node *receiver = node->first, *name = receiver->next;
    text_print(out, receiver->first ? "" : "(");
    write_filter(out, source, receiver);
    text_print(out, receiver->first ? "" : ")");
    write_filter(out, source, name);
    if (!node->called) return;
    text_print(out, "(");
    write_list(out, source, name->next, ", ");
    text_print(out, ")");
}

/* The tree as a filter again, with parentheses around every operation, so that no precedence is at work. */
static inline void write_filter(Text *out, const Source *source, const Node *node)
{
    const char *text = source->text + node->span.at;
    switch (node->kind) {
    case NODE_OR:
    case NODE_AND:
    case NODE_COMPARE:
    case NODE_IN:
    case NODE_BINARY:
        text_print(out, "(");
        write_list(out, source, node->first,
                   node->kind == NODE_OR    ? " OR "
                   : node->kind == NODE_AND ? " AND "
                                            : arena_print(out->arena, " %s ", op_spelling(node->op)));
        text_print(out, ")");
        return;
    case NODE_NOT:
    case NODE_UNARY:
        text_print(out, "(%s ", op_spelling(node->op));
        write_filter(out, source, node->first);
        text_print(out, ")");
        return;
    case NODE_SET:
        text_print(out, "{");
        write_list(out, source, node->first, ", ");
        text_print(out, "}");
        return;
    case NODE_RANGE: write_list(out, source, node->first, " .. "); return;
    case NODE_CALL:
        write_filter(out, source, node->first);
        text_print(out, "(");
        write_list(out, source, node->first->next, ", ");
        text_print(out, ")");
        return;
    case NODE_METHOD: write_method(out, source, node); return;
    default: text_add(out, text, node->span.len); return;
    }
}

/* Written out with all its parentheses and read again, a tree is the same tree. */
static inline const char *check_again(Arena *arena, const Source *source, const Node *root)
{
    Text text = {.arena = arena};
    DiagList diags;
    write_filter(&text, source, root);
    Source again = {.name = "again", .text = text.bytes, .len = (u32)text.len};
    diag_init(&diags, arena, &again);
    const Node *second = parse(arena, &again, &diags);
    if (!second) return arena_print(arena, "written out it is no filter: %s", diag_format_all(arena, &diags));
    const char *before = ast_print_line(arena, source, root), *after = ast_print_line(arena, &again, second);
    return strcmp(before, after) == 0 ? NULL : arena_print(arena, "written out it is another tree: %s", after);
}

/* Every message points into the text, and none of them is the parser's own last resort. */
static inline const char *check_diags(const DiagList *diags)
{
    for (u32 i = 0; i < diags->count; i++) {
        const Diag *diag = &diags->item[i];
        if (!span_inside(diag->span, (Span){0, diags->source->len})) return "a message points outside the source";
        if (strncmp(diag->text, "unexpected", 10) == 0) return "the parser met a token that shape.c let through";
        if (strchr(diag->text, '\n')) return "a message of more than one line";
    }
    return NULL;
}

#endif
