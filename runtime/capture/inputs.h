/* inputs.h - operands of a command as an ordered list of paths.
 *
 * Before anything is opened.  Public face: pks_inputs in pktsift.h, which also says what an operand may be. */
#ifndef CAPTURE_INPUTS_H
#define CAPTURE_INPUTS_H

#include "runtime/pktsift.h"
#include "vm/base.h"

/* "capfile(2)" before "capfile(10)": runs of digits compare as numbers, all else byte by byte. */
int natural_compare(const char *a, const char *b);

/* A look at all inputs before a scan: bytes of all files together (streams count nothing); a file that is given twice is
 * named in a note. */
u64 inputs_survey(const pks_inputs *inputs, const pks_listener *listener);

#endif
