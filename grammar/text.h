/* text.h - text that grows in an arena, and the little UTF-8 that messages need.
 *
 * Beside arena.h: whatever prints more than one line (diagnostics, trees, listings) builds it here.
 * Always true: a Text is NUL-terminated after every call. */
#ifndef GRAMMAR_TEXT_H
#define GRAMMAR_TEXT_H

#include "grammar/arena.h"

/* Starts as { .arena = arena }.  Growing doubles, so building n bytes costs O(n). */
typedef struct {
    Arena *arena;
    char *bytes; /* NULL while empty; text_str never gives NULL */
    size_t len, room;
} Text;

void text_add(Text *text, const char *bytes, size_t len);
void text_fill(Text *text, char byte, size_t count);
void text_print(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *text_str(const Text *text);

/* The code point at bytes[*at], which must be < len; moves *at behind it.  A byte that begins no well-formed sequence
 * (RFC 3629) is passed over alone and gives RUNE_BAD. */
#define RUNE_BAD 0xFFFFFFFFu
u32 rune_next(const char *bytes, size_t len, size_t *at);
/* False for RUNE_BAD, controls, and the invisible or direction-changing characters that could make a terminal show
 * something other than what is there. */
bool rune_is_shown(u32 rune);

#endif
