/* diff.h - what makes one text into another, as a unified diff: `patch -p0` takes it. */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include "runtime/cli/text.h"

typedef struct {
    const char *at;
    size_t length;
} DiffSide;

/* Adds nothing where both are the same.  `name` stands in the heading, for both sides; colour: for a terminal. */
void diff_unified(Text *out, const char *name, DiffSide before, DiffSide after, bool colour);

#endif
