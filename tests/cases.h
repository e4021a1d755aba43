/* cases.h - reads tests/cases/: blocks of "key     value" lines, a blank line between blocks, '#' in front of remarks.
 *
 * A value stands from the ninth column on and goes on in lines that are indented by 8 blanks; there a lone '~' is a blank
 * line.  Always true: no two blocks of a file have the same first value, so no test is lost. */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include "grammar/arena.h"

enum { BLOCK_PAIRS_MAX = 24 };

typedef struct {
    u32 line;
    const char *key, *value;
} Pair;

typedef struct {
    Pair pair[BLOCK_PAIRS_MAX];
    u32 count;
} Block;

typedef void BlockTest(const char *file, const Block *block);

/* Calls `test` for each block; returns how many there were.  Every block begins with the key `first`. */
u32 each_block(const char *path, const char *first, BlockTest *test);
/* All of a file, NUL-terminated. */
char *read_whole(Arena *arena, const char *path);

#endif
