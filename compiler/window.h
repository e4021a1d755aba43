/* window.h - --from and --to as part of the filter. */
#ifndef COMPILER_WINDOW_H
#define COMPILER_WINDOW_H

#include "compiler/compile.h"
#include "compiler/typed.h"

/* The filter, and the frame's time not before from_ns and not after to_ns, where these are set.  The machine counts time
 * in steps of 100 ns, so a frame in the same step as a bound is inside. */
Typed *within_window(Arena *arena, Typed *filter, const CompileOptions *options);

#endif
