/* arena.h - memory for one compilation: taken piece by piece, freed whole.
 *
 * Always true: memory from an arena is zeroed, and stays where it is until arena_release.  What a filter can ask
 * for is bounded by FILTER_BYTES_MAX (diag.h), so a failing malloc is the machine's fault and aborts with a line. */
#ifndef GRAMMAR_ARENA_H
#define GRAMMAR_ARENA_H

#include "vm/base.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct {
    char *next, *end;   /* free part of the newest block */
    ArenaBlock *blocks; /* newest first */
    size_t used;        /* bytes handed out, for limits and --explain */
} Arena;

/* An Arena starts as {0}.  Returns zeroed memory, aligned to `align` (a power of two, at most 16); never NULL. */
void *arena_alloc(Arena *arena, size_t size, size_t align);
/* A copy of `len` bytes with a NUL behind them. */
char *arena_copy(Arena *arena, const char *text, size_t len);
/* printf into the arena; NUL-terminated. */
char *arena_print(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Frees every block; the arena is {0} again. */
void arena_release(Arena *arena);

#define NEW(arena, T)          ((T *)arena_alloc((arena), sizeof(T), _Alignof(T)))
#define NEW_ARRAY(arena, T, n) ((T *)arena_alloc((arena), sizeof(T) * (n), _Alignof(T)))

#endif
