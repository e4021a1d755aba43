/* recognise.h - when a filter did not compile: is it another tool's? */
#ifndef COMPILER_RECOGNISE_H
#define COMPILER_RECOGNISE_H

#include "grammar/diag.h"

/* What stands in diags is the errors of this source.  A filter of tcpdump's or of Wireshark's gets one error in their place,
 * that says so and has the same filter in our words as its hint.  One of Wireshark's that is only wrong in its names keeps
 * an error for each of them. */
void recognise_foreign(Arena *arena, const Source *source, DiagList *diags);

#endif
