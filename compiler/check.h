/* check.h - syntax tree to typed tree: names, types, literals. */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

#include "compiler/typed.h"

/* NULL when there was an error; every error is in diags. */
Typed *check(Arena *arena, const Source *source, const Node *root, DiagList *diags);

#endif
