/* ast.c - makes the nodes of the syntax tree, and prints it.
 *
 * Called by parser.y's rules; the tree goes on to compiler/check.c.
 * Always true: a node's height is one more than its highest child's and never passes NESTING_MAX by more than the
 * parser's stack, because the parser stops at the first that does; children are in source order. */
#include "grammar/ast.h"

#include "grammar/build.h"
#include "grammar/text.h"
#include "parser.h"

static const char *const kind_name[NODE_KIND_COUNT] = {
    [NODE_NAME] = "name",
    [NODE_INT] = "int",
    [NODE_HEX] = "hex",
    [NODE_DURATION] = "duration",
    [NODE_STRING] = "string",
    [NODE_IPV4] = "ipv4",
    [NODE_IPV4_PREFIX] = "ipv4-prefix",
    [NODE_IPV6] = "ipv6",
    [NODE_IPV6_PREFIX] = "ipv6-prefix",
    [NODE_MAC] = "mac",
    [NODE_OR] = "or",
    [NODE_AND] = "and",
    [NODE_NOT] = "not",
    [NODE_COMPARE] = "compare",
    [NODE_IN] = "in",
    [NODE_SET] = "set",
    [NODE_RANGE] = "range",
    [NODE_BINARY] = "binary",
    [NODE_UNARY] = "unary",
    [NODE_CALL] = "call",
    [NODE_METHOD] = "method",
};

const char *node_kind_name(NodeKind kind) { return kind < NODE_KIND_COUNT ? kind_name[kind] : "?"; }

const char *op_spelling(u8 op)
{
    static const char *const spelling[] = {
#define WORD(token, word, sign) [TOK_##token] = word,
#define SIGN(token, sign)       [TOK_##token] = sign,
#include "grammar/keywords.def"
    };
    return op < COUNT_OF(spelling) && spelling[op] ? spelling[op] : "?";
}

/* ---- constructors ---- */

void build_too_deep(Build *b)
{
    if (b->stop) return;
    b->stop = true;
    Diag *diag = diag_error(b->diags, b->here, "this is nested more than %d deep", NESTING_MAX);
    diag_hint(b->diags, diag, "sets and chains of AND or OR may be of any length");
}

void build_unexpected(Build *b, Token token)
{
    if (b->stop) return;
    b->stop = true;
    diag_error(b->diags, token.span, "unexpected token (kind %d)", token.kind);
}

static Node *node_new(Build *b, NodeKind kind, Span span, Span at)
{
    Node *node = NEW(b->arena, Node);
    node->kind = (u8)kind;
    node->height = 1;
    node->span = node->outer = span;
    node->at = at;
    return node;
}

static void widen(Node *node, Span last) { node->span = node->outer = span_to(node->span, last); }

/* The tree grew by a child of this height. */
static void raise(Build *b, Node *node, u16 child_height)
{
    if (child_height < node->height) return;
    node->height = (u16)(child_height + 1);
    if (node->height <= NESTING_MAX) return;
    b->here = node->at;
    build_too_deep(b);
}

static void append(Build *b, Node *parent, Node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
    raise(b, parent, child->height);
}

/* All children of `from` at once; they are no higher than before. */
static void append_children(Node *parent, Node *from)
{
    if (parent->last)
        parent->last->next = from->first;
    else
        parent->first = from->first;
    parent->last = from->last;
    parent->count += from->count;
    parent->height = MAX_OF(parent->height, from->height);
}

Node *ast_leaf(Build *b, Token token)
{
    static const u8 leaf[] = {
        [TOK_NAME] = NODE_NAME,         [TOK_DOTNAME] = NODE_NAME,
        [TOK_INT] = NODE_INT,           [TOK_HEX] = NODE_HEX,
        [TOK_DURATION] = NODE_DURATION, [TOK_STRING] = NODE_STRING,
        [TOK_IPV4] = NODE_IPV4,         [TOK_IPV4_PREFIX] = NODE_IPV4_PREFIX,
        [TOK_IPV6] = NODE_IPV6,         [TOK_IPV6_PREFIX] = NODE_IPV6_PREFIX,
        [TOK_MAC] = NODE_MAC,           [TOK_HOLE] = NODE_NAME,
    };
    return node_new(b, leaf[token.kind], token.span, token.span);
}

Node *ast_group(Token open, Node *node, Token close)
{
    node->outer = span_to(open.span, close.span);
    return node;
}

Node *ast_join(Build *b, NodeKind kind, Node *left, Token op, Node *right)
{
    Node *join = left;
    if (left->kind != kind) {
        join = node_new(b, kind, left->outer, op.span);
        append(b, join, left);
    }
    join->span = left->outer;
    if (right->kind == kind)
        append_children(join, right);
    else
        append(b, join, right);
    widen(join, right->outer);
    return join;
}

Node *ast_unary(Build *b, NodeKind kind, Token op, Node *operand)
{
    Node *node = node_new(b, kind, span_to(op.span, operand->outer), op.span);
    node->op = (u8)op.kind;
    append(b, node, operand);
    return node;
}

Node *ast_binary(Build *b, NodeKind kind, Node *left, Token op, Node *right)
{
    Node *node = node_new(b, kind, span_to(left->outer, right->outer), op.span);
    node->op = (u8)op.kind;
    append(b, node, left);
    append(b, node, right);
    return node;
}

Node *ast_call(Build *b, Token name)
{
    Node *node = node_new(b, NODE_CALL, name.span, name.span);
    append(b, node, ast_leaf(b, name));
    return node;
}

Node *ast_method(Build *b, Node *receiver, Token name, bool called)
{
    Node *node = node_new(b, NODE_METHOD, span_to(receiver->outer, name.span), name.span);
    node->called = called;
    append(b, node, receiver);
    append(b, node, ast_leaf(b, name));
    return node;
}

Node *ast_set(Build *b, Token open, Node *element)
{
    Node *node = node_new(b, NODE_SET, open.span, open.span);
    append(b, node, element);
    return node;
}

Node *ast_add(Build *b, Node *parent, Node *child)
{
    append(b, parent, child);
    return parent;
}

Node *ast_close(Node *node, Token close)
{
    widen(node, close.span);
    return node;
}

/* ---- printing ---- */

/* Walks the tree in source order, so that line and column are counted once over the whole text. */
typedef struct {
    Text text;
    const Source *source;
    u32 at; /* place is that of this byte */
    Place place;
} Printer;

static Place place_of(Printer *p, u32 at)
{
    if (at < p->at) return source_place(p->source, at);
    for (; p->at < at; p->at++) {
        char byte = p->source->text[p->at];
        if (byte == '\n')
            p->place = (Place){p->place.line + 1, 1};
        else if (((u8)byte & 0xC0) != 0x80)
            p->place.column++;
    }
    return p->place;
}

static bool has_op(const Node *node)
{
    return node->kind == NODE_COMPARE || node->kind == NODE_BINARY || node->kind == NODE_UNARY;
}

static void add_leaf_text(Text *out, const Source *source, const Node *leaf)
{
    const char *text = source->text + leaf->span.at;
    for (size_t at = 0, from = 0; at < leaf->span.len; from = at) {
        u32 rune = rune_next(text, leaf->span.len, &at);
        if (rune_is_shown(rune))
            text_add(out, text + from, at - from);
        else
            text_add(out, "?", 1);
    }
}

static void print_node(Printer *p, const Node *node, u32 depth)
{
    text_fill(&p->text, ' ', 2 * (size_t)depth);
    text_print(&p->text, "%s", node_kind_name(node->kind));
    if (has_op(node)) text_print(&p->text, " %s", op_spelling(node->op));
    if (node->kind == NODE_METHOD && node->called) text_print(&p->text, " called");
    if (!node->first) {
        text_add(&p->text, " ", 1);
        add_leaf_text(&p->text, p->source, node);
    }
    Place place = place_of(p, node->span.at);
    text_print(&p->text, "  %u:%u\n", place.line, place.column);
    for (const Node *child = node->first; child; child = child->next) print_node(p, child, depth + 1);
}

const char *ast_print(Arena *arena, const Source *source, const Node *root)
{
    u32 first = root->span.at;
    Printer p = {{.arena = arena}, source, first, source_place(source, first)};
    print_node(&p, root, 0);
    return text_str(&p.text);
}

static void print_in_line(Text *out, const Source *source, const Node *node)
{
    if (!node->first) {
        add_leaf_text(out, source, node);
        return;
    }
    text_print(out, "(%s", node_kind_name(node->kind));
    if (has_op(node)) text_print(out, " %s", op_spelling(node->op));
    if (node->kind == NODE_METHOD && node->called) text_print(out, "()");
    for (const Node *child = node->first; child; child = child->next) {
        text_add(out, " ", 1);
        print_in_line(out, source, child);
    }
    text_add(out, ")", 1);
}

const char *ast_print_line(Arena *arena, const Source *source, const Node *root)
{
    Text out = {.arena = arena};
    print_in_line(&out, source, root);
    return text_str(&out);
}
