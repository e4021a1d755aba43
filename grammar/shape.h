/* shape.h - lets only well-shaped token sequences through to the parser, and words every syntax error.
 *
 * The second step on the road, between lexer.re and parser.y.  It knows two things at any time: whether a value or an
 * operator must come next, and which brackets are open.  That is all it takes to say what was expected, to put something
 * in the place of what is missing, and to go on behind the fault: the parser never sees an error.
 * Always true: the tokens given out form a sentence of parser.y's grammar, or a beginning of one when shape_next said
 * false; brackets are at most NESTING_MAX deep; one fault gives one message. */
#ifndef GRAMMAR_SHAPE_H
#define GRAMMAR_SHAPE_H

#include "grammar/token.h"

typedef enum { OPEN_FILTER, OPEN_GROUP, OPEN_CALL, OPEN_SET } OpenKind;

/* A bracket that is open, or (first of all) the filter itself. */
typedef struct {
    u8 kind;       /* OpenKind */
    bool compared; /* a comparison stands since the last AND, OR, comma or the opening: no second one */
    bool complete; /* the value or set behind IN was read: only AND, OR or an end may follow */
    bool ranged;   /* in a set: '..' stands since the last comma */
    bool alone;    /* a set in braces is the whole argument, or the whole expression: only an end may follow */
    Span at;       /* the bracket */
} Open;

typedef struct {
    const Source *source;
    DiagList *diags;
    const char *whole; /* what messages call the text: "filter", "expression" */
    bool macros;       /* it stands in a sift file: names and arguments may be sets */
    Lexer lexer;
    Token ahead[2]; /* tokens put back or looked at, next one last */
    u32 ahead_count;
    Token last;      /* given out last; kind 0 before the first */
    u32 stray_end;   /* end of the last stray character, so that a run of them is told once */
    u32 told_at;     /* where the last operator of another language stood */
    bool want_value; /* else an operator or an end */
    bool callable;   /* `last` is a name, which '(' may follow */
    bool skipping;   /* behind a fault, up to the next place to go on from */
    bool quiet_end;  /* a fault ran to the end of the text: no word about brackets left open */
    bool stop;       /* nothing after this is worth reading */
    u32 skip_depth;  /* brackets opened while skipping */
    u32 prefixes;    /* NOT, '-' and '~' since the last value or bracket */
    u32 owed_parens; /* brackets that were closed before they should have been: their own ends, */
    u32 owed_braces; /* should they still come, are passed over without a word */
    u32 depth;
    Open open[NESTING_MAX + 1];
} Shape;

/* A bare filter, or with `macros` an expression of a sift file; `part` is where it stands. */
void shape_init(Shape *shape, const Source *source, Span part, bool macros, DiagList *diags);
/* The next token for the parser; kind 0 is the end.  False when the rest of the text cannot be used (an open comment,
 * brackets too deep); the reason is in the diagnostics then. */
bool shape_next(Shape *shape, Token *token);

#endif
