/* format.h - filters and sift files in their one layout, comments kept.
 *
 * Beside the road to the compiler: `pktsift fmt` takes it.  README.md of this folder shows the style.
 * Always true: what is given out has the same tokens (keywords and names may differ in letter case, and && || ! become
 * words), the same comments in the same order, the same statements and the same metadata as what was read, and formatting
 * it again changes nothing.  All of that but the last is proved on every text before it is given out. */
#ifndef GRAMMAR_FORMAT_H
#define GRAMMAR_FORMAT_H

#include "grammar/diag.h"

enum { FORMAT_COLUMNS = 100 }; /* lines are broken to stay within, where they can be */

typedef enum {
    FORMAT_NAME,    /* TCP.Port, .Protocol.TCP, DNS.QRecord.QuestionName.Contains, Blob, ASCII */
    FORMAT_METHODS, /* .ToString, .ToLower.Contains */
} FormatName;

/* What formatting knows of the dictionary, which is no part of the grammar. */
typedef struct {
    /* Gives a name its dictionary's spelling, in place; NULL: names stay as written.  Letter case is all it may change. */
    void (*spell)(void *user, FormatName what, char *name, u32 len);
    void *user;
} FormatSpelling;

/* The formatted text, in the arena: line ends are LF, no byte-order mark, a newline at the end.  A source without parts.
 * NULL when the text has an error; then everything wrong with it is in diags. */
const char *format_source(Arena *arena, const Source *source, const FormatSpelling *spelling, DiagList *diags,
                          u32 *len);

#endif
