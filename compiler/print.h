/* print.h - the compiler's two trees as text, one node a line, for `explain`. */
#ifndef COMPILER_PRINT_H
#define COMPILER_PRINT_H

#include "compiler/plan.h"

const char *typed_print(Arena *arena, const Typed *root);
const char *plan_print(Arena *arena, const Plan *root);

#endif
