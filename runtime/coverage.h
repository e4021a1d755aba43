/* coverage.h - which comparisons of filters were true, and which false, over the frames of their tests.
 *
 * Beside filtertest.c, which counts.  Always true: a comparison that is used in several filters or by several tests is one,
 * by its place and text. */
#ifndef RUNTIME_COVERAGE_H
#define RUNTIME_COVERAGE_H

#include "compiler/compile.h"
#include "runtime/pktsift.h"

/* A comparison as a filter of its own; an array of them ends with filter NULL. */
typedef struct {
    Span span;
    pks_filter *filter;
    u64 yes, no; /* frames */
} Measured;

/* All comparisons of a filter, nothing counted.  NULL: no memory. */
Measured *measured_new(Modules *set, Decl *filter);
void measured_free(Measured *measured);
/* The same filters, which stay the other's, and counts of its own; for free(). */
Measured *measured_copy(const Measured *measured);

typedef struct {
    struct CoveredPlace *place;
    size_t count, room;
    Arena arena;
} Coverage;

void coverage_add(Coverage *coverage, const Source *source, const Measured *measured);
/* Calls on_comparison for each, by file and place; adds to totals. */
void coverage_tell(Coverage *coverage, const pks_test_options *options, pks_test_totals *totals);
void coverage_free(Coverage *coverage);

/* A span's text on one line: blanks and line ends in a row become one blank, what a terminal should not get '?', and
 * what is longer than `most` characters is cut and ends in "...". */
const char *source_line(Arena *arena, const Source *source, Span span, u32 most);

#endif
