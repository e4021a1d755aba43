/* checker.h - what check.c, calls.c and literals.c share; nothing outside these three includes it.
 *
 * Always true: a function that cannot give a sound node reports one error and gives a node of TYPE_ERROR; a node built
 * from one of those is of TYPE_ERROR too and reports nothing, so one mistake is one message. */
#ifndef COMPILER_CHECKER_H
#define COMPILER_CHECKER_H

#include "compiler/module.h"
#include "compiler/names.h"

enum {
    FRAME_BYTES_MAX = 262144, /* no capture holds longer frames: libpcap's MAXIMUM_SNAPLEN */
    PAIRS_MAX = 4,            /* pairs in one comparison: each doubles the tests it becomes */
    ALIASES_MAX = 16,         /* names for names for a set */
};

/* Where the names of a body are looked up: in its file, and before that among its own arguments. */
typedef struct Scope Scope;
struct Scope {
    const Module *module;
    const Statement *let; /* whose arguments these are; NULL: none */
    const Node *first;    /* what they are bound to, a node an argument, read in `outer` */
    const Scope *outer;
};

typedef struct {
    Arena *arena;
    const Source *source;
    DiagList *diags;
    Modules *set;       /* NULL: a bare filter, without names of its own */
    const Scope *scope; /* of the body being read */
    u32 depth;          /* nodes open above the one at hand, through all bodies */
    u32 nodes;          /* read so far of bodies that names stand for */
    bool stopped;       /* that was too much, and told: nothing more is read */
} Checker;

/* ---- check.c ---- */

/* A value, a test, or a header (VALUE_HEADER), as the node happens to be. */
Typed *check_node(Checker *c, const Node *node);
/* A value: anything else is an error. */
Typed *check_value(Checker *c, const Node *node);
/* What a name stands for, with its methods applied.  `call` is the NODE_CALL or NODE_METHOD whose arguments go to the
 * last of the methods, or NULL. */
Typed *check_name(Checker *c, Span span, const Node *call);

/* Reports at `span`, with a hint where that is not NULL. */
Typed *check_fail(Checker *c, Span span, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The text of a span between quotes' marks, as messages show it. */
const char *check_quote(Checker *c, Span span);
/* "a number", "text", "an IPv4 address" ... ; of a value, "an IPv4 prefix" too. */
const char *type_words(int type);
const char *value_words(const Typed *value);
static inline bool is_literal(const Typed *t) { return t->constant || t->kind == VALUE_LITERAL; }
/* A Blob of at most 8 bytes is also a number: that number; anything else as it is. */
Typed *as_number(Checker *c, Typed *value);

/* ---- expand.c ---- */

/* What a name of the file's own stands for, read where it is used; `call` as in check_name.  NULL: it is none. */
Typed *expand_name(Checker *c, Span span, const Node *call);

/* A body that a name stands for, while it is read.  Lives on the stack of who reads. */
typedef struct {
    DiagFrame frame;
    Scope scope;
    const Scope *scope_before;
    DiagFrame *frame_before;
} Expansion;

/* Where a name may stand for a set or a literal: the node that it stands for in the end, or the node itself.  Between the
 * two calls it is read where it was written.  NULL after an error. */
typedef struct {
    Expansion step[ALIASES_MAX];
    u32 count;
} Aliases;
const Node *expand_alias(Checker *c, const Node *node, Aliases *aliases);
void expand_end(Checker *c, Aliases *aliases);
/* The literal that the node is, or that it is a name for; else the node itself. */
const Node *expand_literal(Checker *c, const Node *node);

/* ---- calls.c ---- */

Typed *check_call(Checker *c, const Node *node);
Typed *check_method(Checker *c, const Node *node);
/* ".ToString.Contains" applied to a value. */
Typed *apply_methods(Checker *c, Typed *value, Span methods, const Node *call);
Typed *check_contains(Checker *c, Typed *value, const Node *part, Span span);
Typed *check_matches(Checker *c, Typed *value, const Node *pattern, Span span);

/* ---- literals.c ---- */

/* A leaf as it stands, before it is known what it is compared with. */
Typed *literal_value(Checker *c, const Node *node);

/* A literal as the value beside it reads it.  Numbers are mathematical integers; lo and hi differ for prefixes only. */
typedef struct {
    bool of_bytes, prefix;
    Wide lo, hi;
    Bytes lo_bytes, hi_bytes;
} Constant;

/* False after an error: the literal is of the wrong type or can never match.  `exact`: for ==, != and IN, where bytes of
 * another length cannot match; order comparisons allow them. */
bool constant_for(Checker *c, const Typed *value, const Typed *literal, bool exact, Constant *out);

/* A copy in lower case, with a NUL behind it. */
Bytes lower_bytes(Arena *arena, Bytes bytes);
/* The same in capitals. */
Bytes upper_bytes(Arena *arena, Bytes bytes);

/* Room for `ranges` more; adds one range, which for signed types may become two. */
Set *set_new(Arena *arena, u32 ranges, bool of_bytes);
void set_add(Arena *arena, Set *set, int type, const Constant *low, const Constant *high);

#endif
