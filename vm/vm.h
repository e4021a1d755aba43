/* vm.h - running a verified program over batches.
 *
 * A Vm is one worker's machine: registers, decoded headers, compiled patterns and fast forms of the program's sets.
 * One Vm a thread; many may share one Program.  After vm_new nothing allocates. */
#ifndef VM_VM_H
#define VM_VM_H

#include "vm/program.h"

typedef struct Vm Vm;

/* The parts of a program, and which of them begin and end where: `begin` and `end` have code_count + 1 entries, part
 * numbers from begin[i] to begin[i + 1] begin at instruction i, and by_end[end[i]] to by_end[end[i + 1]] end there. */
typedef struct {
    u32 count;
    const Part *part;
    u32 *begin, *end, *by_end;
} PartIndex;
/* parts: in the order of their beginnings; they must outlive the index.  false: no memory. */
bool part_index_init(PartIndex *index, const Part *parts, u32 count, u32 code_count);
void part_index_release(PartIndex *index);

/* The program must outlive the Vm.  NULL only when memory is short. */
Vm *vm_new(const Program *program);
void vm_free(Vm *vm);

/* The frames of the batch that the filter accepts.  *cut, when not NULL, gets the frames for which a read fell in the
 * part that was not captured (captured < on the wire). */
Mask vm_run(Vm *vm, const Batch *batch, Mask *cut);

/* The same answer by the slow, obvious machine of scalar.c, a frame at a time: the tests' oracle. */
Mask scalar_run(const Program *program, const Batch *batch, Mask *cut);

/* How often something ran, the frames it was asked about and those left in its answer, and the time it took. */
typedef struct {
    u64 runs, frames_in, frames_out, ns;
} Counts;

/* Counts since vm_new, for `explain` and `bench`.  Off (and free) unless vm_profile was called first. */
typedef struct {
    Counts *code;           /* program->code_count entries */
    const PartIndex *parts; /* NULL: none are counted */
    Counts *part;           /* parts->count entries; no time: that is the sum of their code's */
} Profile;
void vm_profile(Vm *vm, const Profile *profile);

/* The frames of the last vm_run in which a regular expression was given up at a limit, which counts as no match. */
Mask vm_gave_up(const Vm *vm);

#endif
