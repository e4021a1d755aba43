/* diag.h - what went wrong in a filter's text, and where.
 *
 * Lexer, parser, checker and emitter only add to a DiagList; diag_format alone makes text of it.
 * Always true: a Span lies inside its Source; messages are in the order they were found. */
#ifndef GRAMMAR_DIAG_H
#define GRAMMAR_DIAG_H

#include "grammar/arena.h"

enum {
    FILTER_BYTES_MAX = 16 << 20, /* longest filter text */
    NESTING_MAX = 200,           /* deepest tree; also bounds every recursion over it, and the mask registers */
    DIAGS_MAX = 20,              /* errors kept for one compilation; the rest are counted */
};

typedef struct {
    u32 at, len; /* bytes, in the filter's text */
} Span;

/* The text of one filter.  Not NUL-terminated; may hold any byte.  Owned by the caller. */
typedef struct {
    const char *name; /* as errors call it: "filter", or a file's path */
    const char *text;
    u32 len;
} Source;

typedef enum { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE } DiagLevel;

typedef struct {
    DiagLevel level;
    Span span;
    const char *text; /* one line, no full stop; in the arena */
    const char *hint; /* NULL or one line, printed as "hint: ..." */
} Diag;

typedef struct {
    Arena *arena;
    const Source *source;
    Diag item[DIAGS_MAX];
    u32 count;  /* kept in item[] */
    u32 errors; /* all errors, also those past DIAGS_MAX */
} DiagList;

void diag_init(DiagList *list, Arena *arena, const Source *source);
/* Adds an error/warning; returns it so that a hint may be attached, or a scratch Diag when the list is full. Never NULL. */
Diag *diag_error(DiagList *list, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
Diag *diag_warn(DiagList *list, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_hint(DiagList *list, Diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* 1-based line and column of a byte offset.  Columns count bytes, except that UTF-8 continuation bytes do not count. */
typedef struct { u32 line, column; } Place;
Place source_place(const Source *source, u32 at);

/* One diagnostic as text, in the arena, ending in a newline:
 *     filter:1:1: error: no field named 'tcp.dstprt'
 *       tcp.dstprt == 80
 *       ^~~~~~~~~~
 *     hint: did you mean 'tcp.dstport'?
 * Long source lines are shown as a window around the span; tabs become single blanks; control bytes show as '?'. */
const char *diag_format(Arena *arena, const Source *source, const Diag *diag);
/* All of a list, one after the other, with a last line "... and N more errors" where some were not kept. */
const char *diag_format_all(Arena *arena, const DiagList *list);

/* The candidate nearest to `name` by edit distance without case, or NULL if none is near enough
 * (distance <= 1 + len/4).  For "did you mean". */
const char *nearest_name(const char *name, size_t len, const char *const *candidates, size_t count);

#endif
