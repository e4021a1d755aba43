/* ast.h - the syntax tree: what the parser makes and the checker reads.
 *
 * Shape only: a leaf is its kind and its span; names, numbers and addresses get their meaning in compiler/check.c.
 * Always true: a tree is at most NESTING_MAX high, so recursion over it is safe; AND, OR and sets are n-ary (their
 * children hang in one list, in source order), so chains of any length are flat. */
#ifndef GRAMMAR_AST_H
#define GRAMMAR_AST_H

#include "grammar/diag.h"

typedef enum {
    /* leaves: text is span */
    NODE_NAME,        /* TCP.Port  .Protocol.TCP.Port  Frame.Ethernet.IPv4   (dots included) */
    NODE_INT,         /* 80 */
    NODE_HEX,         /* 0xD0EF: digits matter when it is compared with bytes */
    NODE_DURATION,    /* 20ms 1s 5min 1h 2d us ns */
    NODE_STRING,      /* "..." or '...', quotes and escapes still in it */
    NODE_IPV4,        /* 10.0.0.1 */
    NODE_IPV4_PREFIX, /* 10.0.0.0/8 */
    NODE_IPV6,        /* 2001:db8::1  ::  ::ffff:10.0.0.1 */
    NODE_IPV6_PREFIX, /* fe80::/10 */
    NODE_MAC,         /* 00:11:22:33:44:55 or with '-' */
    /* inner nodes */
    NODE_OR,      /* 2.. children */
    NODE_AND,     /* 2.. children */
    NODE_NOT,     /* 1 */
    NODE_COMPARE, /* 2; op = TOK_EQ NE LT LE GT GE CONTAINS MATCHES */
    NODE_IN,      /* 2: value, NODE_SET or (without braces) one literal, such as a prefix; in sift files also a name */
    NODE_SET,     /* 1.. elements: expressions or NODE_RANGE */
    NODE_RANGE,   /* 2: low..high, both included */
    NODE_BINARY,  /* 2; op = TOK_PLUS MINUS STAR SLASH PERCENT SHL SHR AMP CARET PIPE */
    NODE_UNARY,   /* 1; op = TOK_MINUS TILDE */
    NODE_CALL,    /* callee NODE_NAME, then arguments: Blob(FrameData, 34, 2)  X.Contains("s")  contains(X,'s') */
    NODE_METHOD,  /* receiver, NODE_NAME (".Contains", leading dot, maybe several ".ToString.Contains"), arguments:
                         only where the receiver is not itself a name: Blob(...).Contains("x"), (x).ToString */
    NODE_KIND_COUNT,
} NodeKind;

typedef struct Node Node;
struct Node {
    u8 kind;    /* NodeKind */
    u8 op;      /* TokenKind of the operator, where the kind says so */
    u8 called;  /* NODE_METHOD: 1 when parentheses followed, so .ToString and .ToString() differ only here */
    u16 height; /* 1 on leaves */
    u32 count;  /* children */
    Span span;  /* the whole node in the source, without parentheses around it */
    Span at;    /* the operator, name or opening brace, for carets; same as span on leaves */
    Span outer; /* span, widened by the parentheses around it: differs from span only where there are some */
    Node *first, *last, *next;
};

/* True where the node stood in parentheses of its own: (a OR b) AND c. */
static inline bool node_in_parens(const Node *node) { return node->outer.len != node->span.len; }

/* "compare", "ipv4-prefix"...: the kind in lower case. */
const char *node_kind_name(NodeKind kind);
/* "==", "CONTAINS", "<<"...: the spelling of an operator token, as kept in Node.op. */
const char *op_spelling(u8 op);

/* Text to tree.  NULL when there was an error; every error is in diags (several in one run: after one, reading goes on
 * at the next AND, OR, comma or closing bracket).  Empty text, or only comments and blanks, is an error here.  A leading
 * UTF-8 byte-order mark is passed over.  Needs no memory but the arena; safe from any thread. */
Node *parse(Arena *arena, const Source *source, DiagList *diags);
/* The same for an expression of a sift file, which stands in this part of the source and is not empty.  Here a name may
 * stand behind IN, and a set in braces may be a whole argument or all there is (NODE_SET is the root then). */
Node *parse_expression(Arena *arena, const Source *source, Span part, DiagList *diags);

/* The tree, one node a line, indented, for `explain`: "compare ==  1:1" and so on.  In the arena. */
const char *ast_print(Arena *arena, const Source *source, const Node *root);
/* The same on one line, leaves as they were written: (or (compare == a 1) (not b)).  For tests and short talk. */
const char *ast_print_line(Arena *arena, const Source *source, const Node *root);

#endif
