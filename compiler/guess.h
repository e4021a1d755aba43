/* guess.h - which name may have been meant by one that does not exist.
 *
 * For names.c alone, once every reading of a name has failed.  Always true: what is guessed is a name that is known. */
#ifndef COMPILER_GUESS_H
#define COMPILER_GUESS_H

#include "compiler/typed.h"

/* Several are joined by "' or '"; NULL: nothing is near.  proto >= 0: the name begins with that protocol's. */
const char *guess_name(Arena *arena, int proto, const char *name, size_t len);

#endif
