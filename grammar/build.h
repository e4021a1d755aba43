/* build.h - what parser.y builds with: node constructors, for the parser alone.
 *
 * Between parser.y and ast.c.  A constructor takes its tokens and children in source order, and gives back a node whose
 * spans cover them.  Always true: once a tree would be higher than NESTING_MAX, that is reported once, `stop` is set,
 * and nothing more is parsed. */
#ifndef GRAMMAR_BUILD_H
#define GRAMMAR_BUILD_H

#include "grammar/ast.h"
#include "grammar/token.h"

typedef struct {
    Arena *arena;
    DiagList *diags;
    Node *root; /* set by the last rule */
    Span here;  /* the token that the parser is looking at */
    bool stop;  /* too deep: the tree is of no use */
} Build;

Node *ast_leaf(Build *b, Token token);
/* `node` in parentheses: only its `outer` changes. */
Node *ast_group(Token open, Node *node, Token close);
/* NODE_AND, NODE_OR: chains of one kind become one node, also when parts of them stood in parentheses.  O(1). */
Node *ast_join(Build *b, NodeKind kind, Node *left, Token op, Node *right);
Node *ast_unary(Build *b, NodeKind kind, Token op, Node *operand);
Node *ast_binary(Build *b, NodeKind kind, Node *left, Token op, Node *right);
/* Nodes that are filled piece by piece: ast_add for each child, ast_close at the bracket that ends them. */
Node *ast_call(Build *b, Token name);
Node *ast_method(Build *b, Node *receiver, Token name, bool called);
Node *ast_set(Build *b, Token open, Node *element);
Node *ast_add(Build *b, Node *parent, Node *child);
Node *ast_close(Node *node, Token close);

void build_too_deep(Build *b);
/* For a token that shape.c should not have let through: our mistake, but told as an error, not a crash. */
void build_unexpected(Build *b, Token token);

#endif
