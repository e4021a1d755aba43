/* fold.h - the typed tree made smaller, with the same answers for every frame. */
#ifndef COMPILER_FOLD_H
#define COMPILER_FOLD_H

#include "compiler/typed.h"

/* Constants computed, double NOT dropped, tests that are always or never true decided, chains flattened and merged. */
Typed *fold(Arena *arena, Typed *root);

/* merge.c: in an OR, tests of one value against sets become one test against all of them; the same for `!=` and NOT ==
 * in an AND.  A hundred thousand addresses become one set.  Linear but for sorting the sets. */
void merge_chain(Arena *arena, Typed *chain);

#endif
