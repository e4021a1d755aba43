/* foreign.c - see foreign.h. */
#include "compiler/foreign.h"

#include <ctype.h>
#include <stdlib.h>

bool word_is(Word word, const char *text) { return strlen(text) == word.len && memcmp(text, word.at, word.len) == 0; }

bool word_is_any(Word word, const char *const *list)
{
    for (; *list; list++)
        if (word_is(word, *list)) return true;
    return false;
}

char *word_copy(Arena *arena, Word word) { return arena_copy(arena, word.at, word.len); }

bool word_number(Word word, u64 *number)
{
    char text[24] = "", *end;
    if (word.len == 0 || word.len >= sizeof text || !isdigit((u8)word.at[0])) return false;
    memcpy(text, word.at, word.len);
    bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
    *number = strtoull(text, &end, hex ? 16 : 10);
    return *end == '\0';
}

const char *word_mac(Arena *arena, Word word)
{
    Text text = {.arena = arena};
    u32 groups = 1, digits = 0;
    for (size_t i = 0; i < word.len; i++) {
        char byte = word.at[i];
        if (byte == ':' || byte == '-') {
            groups++;
            if (digits == 0) return NULL;
            digits = 0;
            text_add(&text, ":", 1);
            continue;
        }
        bool ends = i + 1 == word.len || word.at[i + 1] == ':' || word.at[i + 1] == '-';
        if (!isxdigit((u8)byte) || ++digits > 2) return NULL;
        if (digits == 1 && ends) text_add(&text, "0", 1);
        text_add(&text, &byte, 1);
    }
    return groups == 6 && digits ? text_str(&text) : NULL;
}

/* In parentheses where the other of AND and OR joins it: nobody should have to know which binds tighter. */
static const char *inside(Arena *arena, Made made, int joint)
{
    return made.joint >= MADE_AND && (int)made.joint != joint ? arena_print(arena, "(%s)", made.text) : made.text;
}

Made made_join(Arena *arena, Made a, Made b, bool and)
{
    int joint = and? MADE_AND : MADE_OR;
    const char *left = inside(arena, a, joint), *right = inside(arena, b, joint);
    return (Made){arena_print(arena, "%s %s %s", left, and? "AND" : "OR", right), and? MADE_AND : MADE_OR};
}

Made made_not(Arena *arena, Made made)
{
    return MADE(arena, made.joint == MADE_NAME ? "NOT %s" : "NOT (%s)", made.text);
}

void made_also(Arena *arena, Made *made, Made more)
{
    *made = made->text ? made_join(arena, *made, more, false) : more;
}
