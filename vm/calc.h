/* calc.h - the kernels that CALC rows of fields.def name: values that take more than one look at the frame.
 *
 * Used by both machines, run.c and scalar.c; nothing else is shared between them.  A kernel gets a header of which at
 * least one byte was captured, and checks every byte it reads. */
#ifndef VM_CALC_H
#define VM_CALC_H

#include "vm/fields.h"

#define CALC(proto, id, name, type, function, meaning) CalcFunction function;
#include "vm/fields.def"

#endif
