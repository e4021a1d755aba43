/* filter.h - a compiled filter, as runtime/ sees it. */
#ifndef RUNTIME_FILTER_H
#define RUNTIME_FILTER_H

#include "compiler/compile.h"
#include "compiler/peer.h"
#include "grammar/diag.h"
#include "runtime/pktsift.h"
#include "vm/program.h"

struct pks_filter {
    Program *program;
    bool loaded;               /* it came compiled */
    char *stage[PKS_CODE + 1]; /* texts of pks_explain; NULL where there is none */
    Part *parts;               /* of the program, one for each line of the plan */
    u32 part_count;
    Equivalent equivalent[PEER_COUNT]; /* texts are its own */
};

/* Takes the program, and keeps the stages' texts where there are any.  NULL: no memory. */
pks_filter *filter_of(Program *program, const CompileStages *stages);
/* Tells what a compilation found.  file: of a filter file, or NULL. */
void say_diags(Arena *arena, const DiagList *diags, const char *file, const pks_listener *listener);
pks_level level_of_diag(DiagLevel level);
/* All of a file ("-": standard input) that is not larger than a filter may be, and one byte more where it is; for free().
 * NULL: said why. */
char *filter_read_file(const char *path, size_t *length, const pks_listener *listener);
/* Why the text of a file is no filter, though it might be taken for one: nothing is in it, it is what is left of a compiled
 * one, its lines have no ends.  NULL: nothing is known to be wrong with it. */
const char *filter_file_fault(const char *path, const char *text, size_t length);
/* A batch of this one frame. */
void batch_of_frame(Batch *batch, const pks_frame *frame);

#endif
