/* siftfiles.h - the filter files that operands name: a file itself, of a folder all *.sift below it.
 *
 * For the commands that work on filters rather than captures.  Always true: files come in the order of the operands, those
 * of a folder in the order of their paths; each file once, however often it is named; a folder without any is an error. */
#ifndef CLI_SIFTFILES_H
#define CLI_SIFTFILES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char **path;
    struct FileKey *key; /* what tells a file from others, one a path */
    size_t count, room;
} SiftFiles;

/* A name that does not exist is taken as it stands: whoever opens it says why it cannot.  false: said why. */
bool siftfiles_add(SiftFiles *files, const char *operand);
void siftfiles_free(SiftFiles *files);

#endif
