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
    DIAGS_MAX = 20,              /* diagnostics kept for one compilation; errors past it are counted */
};

typedef struct {
    u32 at, len; /* bytes, in the filter's text */
} Span;

/* From the first byte of one span to the last of another that does not begin before it. */
static inline Span span_to(Span from, Span to) { return (Span){from.at, to.at + to.len - from.at}; }

static inline bool span_holds(Span outer, Span inner)
{
    return inner.at >= outer.at && inner.at + inner.len <= outer.at + outer.len;
}

/* One file's text within a source of several. */
typedef struct {
    const char *name;
    Span span;
} SourcePart;

/* The text of one filter; or of all files that one filter is made of, one behind the other, so that a Span says where it
 * stands with nothing beside it.  Not NUL-terminated; may hold any byte.  Owned by the caller. */
typedef struct {
    const char *name; /* as errors call it: "filter", or a file's path */
    const char *text;
    u32 len;
    const SourcePart
        *parts; /* in the order of their spans, a byte between them that is of none; NULL: it is one text */
    u32 part_count;
} Source;

/* The file that a byte belongs to (its end included): the whole source where it has no parts. */
SourcePart source_part(const Source *source, u32 at);

typedef enum { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE } DiagLevel;

/* What is being read while something is reported.  Where a name stands for a body that is written elsewhere, the frames
 * of both are there, innermost first.  Lives on the stack of who reads. */
typedef struct DiagFrame DiagFrame;
struct DiagFrame {
    Span body;   /* all that is read here; empty: no more is told than the fault's own place */
    Span here;   /* the part of it at hand */
    bool silent; /* where the body is used, in `outer`, is not worth a word */
    const DiagFrame *outer;
};

typedef struct {
    DiagLevel level;
    Span span;
    const char *text; /* one line, no full stop; in the arena */
    const char *hint; /* NULL or one line, printed as "hint: ..." */
    const char *rule; /* NULL, or the lint rule that found it, printed as "[rule]"; static text */
    Span uses[4];     /* where what is at fault is used, if that is elsewhere: the innermost, and last the outermost */
    u32 use_count;    /* in uses[] */
    u32 uses_between; /* left out in front of the last */
} Diag;

typedef struct {
    Arena *arena;
    const Source *source;
    DiagFrame *frame; /* NULL where no names stand for bodies */
    Diag *item;       /* in the arena */
    u32 count;        /* kept in item[] */
    u32 room;         /* of item[] */
    u32 limit;     /* most that are kept: DIAGS_MAX, or what whoever reads them all has set before the first is added */
    u32 errors;    /* all errors, also those past the limit */
    u32 mild_lost; /* warnings and notes past the limit, or that gave way to an error */
    Diag scratch;  /* stands in for what was not kept */
} DiagList;

void diag_init(DiagList *list, Arena *arena, const Source *source);
/* Adds an error/warning; returns it so that a hint may be attached.  Within a frame with a body, the same text at the same
 * place is told once, however often the body is used.  When the list is full an error takes the place of the last
 * warning; with none to replace, the scratch Diag is returned and nothing is formatted.  Never NULL. */
Diag *diag_error(DiagList *list, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
Diag *diag_warn(DiagList *list, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Adds a ready one.  False when the list is full. */
bool diag_add(DiagList *list, const Diag *diag);
void diag_hint(DiagList *list, Diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* True when one more error would only be counted: whoever words messages at a cost asks first. */
bool diag_full(const DiagList *list);

/* 1-based line and column of a byte offset, in its file.  Columns count bytes, except that UTF-8 continuation bytes and a
 * leading byte-order mark do not count.  Reads the file's text up to `at`. */
typedef struct {
    u32 line, column;
} Place;
Place source_place(const Source *source, u32 at);

/* A span's text as messages may show it: bytes that no terminal should get become '?', and what is longer than 40
 * characters is cut and ends in "...".  In the arena, NUL-terminated, without quotes around it. */
const char *diag_quote(Arena *arena, const Source *source, Span span);

/* One diagnostic as text, in the arena, ending in a newline:
 *     filter:1:1: error: no field named 'tcp.dstprt'
 *       tcp.dstprt == 80
 *       ^~~~~~~~~~
 *     hint: did you mean 'tcp.dstport'?
 * and for each use "main.sift:5:15: note: used here" with its own lines.  Long source lines are shown as a window around
 * the span; tabs become single blanks; control bytes show as '?'.  A blank line has nothing to point at and is left out. */
const char *diag_format(Arena *arena, const Source *source, const Diag *diag);
/* All of a list, one after the other, with a last line "... and N more errors" where some were not kept. */
const char *diag_format_all(Arena *arena, const DiagList *list);

/* Edits between two names without case: a letter put in, left out, changed, or swapped with its neighbour counts one.
 * Gives limit + 1 as soon as it is more than limit, and for names above 64 bytes that differ in length too much. */
u32 name_distance(const char *a, size_t a_len, const char *b, size_t b_len, u32 limit);
/* The candidate nearest to `name`, or NULL if none is near enough (distance <= 1 + len/4, and less than len: something
 * must be shared).  The first of several equally near.  For "did you mean". */
const char *nearest_name(const char *name, size_t len, const char *const *candidates, size_t count);

#endif
