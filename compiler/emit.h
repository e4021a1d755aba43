/* emit.h - plan to program. */
#ifndef COMPILER_EMIT_H
#define COMPILER_EMIT_H

#include "compiler/compile.h"
#include "compiler/plan.h"

/* A verified program for program_free, or NULL with one error in diags: more instructions, registers or paths than the
 * machine has.  `plain`: no jumps, and nothing computed once is used twice.  parts may be NULL. */
Program *emit(Arena *arena, const Plan *plan, bool plain, u64 source_hash, DiagList *diags, Parts *parts);

#endif
