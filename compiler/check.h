/* check.h - syntax tree to typed tree: names, types, literals. */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

#include "compiler/module.h"

/* NULL when there was an error; every error is in diags. */
Typed *check(Arena *arena, const Source *source, const Node *root, DiagList *diags);

/* The body of a let without arguments or of a filter, for module.c; a filter's is a test.  Neither bad nor a set. */
Typed *check_decl(Modules *set, Decl *decl);

#endif
