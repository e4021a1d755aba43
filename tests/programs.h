/* programs.h - random programs, as the compiler could have made them, and damaged ones.
 *
 * Every opcode occurs.  The programs keep the rules of vm/README.md for code behind a jump, so that a frame's answer does
 * not depend on the other frames of its batch: both machines must agree on them for every batch size. */
#ifndef TESTS_PROGRAMS_H
#define TESTS_PROGRAMS_H

#include "tests/random.h"
#include "vm/program.h"

/* NULL: the verifier refused it, and `why` says why; a mistake of the generator's or the verifier's. */
Program *program_random(Random *random, char *why, size_t why_size);
/* A copy of the program's block with a few changes, in a heap block of exactly *size bytes, for free().  It may have
 * become a little shorter or longer. */
u8 *program_damaged(const Program *program, Random *random, size_t *size);
/* Do they do the same?  All is compared but the hash of the source. */
bool programs_equal(const Program *a, const Program *b);

#endif
