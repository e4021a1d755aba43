/* mangle.h - the same filter in another layout: blanks, line ends, comments and letter case at random.
 *
 * For what must not mind layout.  Always true: tokens, statements and entries are those of the text, which must be one
 * that parses; where the first word of a line decides what the line is, it stays so. */
#ifndef TESTS_MANGLE_H
#define TESTS_MANGLE_H

#include "grammar/file.h"
#include "grammar/text.h"
#include "tests/random.h"

typedef struct {
    bool comments; /* also comments, each with a number of its own, some with metadata; and blank lines */
} Mangling;

/* Adds the text in its new layout. */
void mangle(Text *out, Random *random, const char *text, Mangling how);

#endif
