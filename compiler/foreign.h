/* foreign.h - what from_tcpdump.c and from_wireshark.c share; nothing outside these two includes it.
 *
 * A filter is put together from its parts' texts.  Always true: a text can be joined by AND, OR and NOT without a thought for
 * what binds tighter. */
#ifndef COMPILER_FOREIGN_H
#define COMPILER_FOREIGN_H

#include "compiler/peers.h"
#include "grammar/text.h"

enum { FOREIGN_BYTES_MAX = 4096, FOREIGN_DEPTH_MAX = 100 };

typedef struct {
    const char *at;
    size_t len;
} Word; /* len 0: the end of the text */

bool word_is(Word word, const char *text);
bool word_is_any(Word word, const char *const *list); /* NULL ends it */
char *word_copy(Arena *arena, Word word);
/* Decimal, or hex behind 0x. */
bool word_number(Word word, u64 *number);
/* 0:1:2:a:b:c, 00-01-02-0A-0B-0C: as our literals are; NULL when it is no MAC address. */
const char *word_mac(Arena *arena, Word word);

/* A test as text, and what it is joined by. */
typedef struct {
    const char *text; /* NULL: nothing yet */
    enum { MADE_TEST, MADE_NAME, MADE_AND, MADE_OR } joint;
} Made;

#define MADE(arena, ...) ((Made){arena_print(arena, __VA_ARGS__), MADE_TEST})

Made made_join(Arena *arena, Made a, Made b, bool and);
Made made_not(Arena *arena, Made made);
/* One alternative more. */
void made_also(Arena *arena, Made *made, Made more);

#endif
