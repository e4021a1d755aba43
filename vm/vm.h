/* vm.h - running a verified program over batches.
 *
 * A Vm is one worker's machine: registers, decoded headers, compiled patterns and fast forms of the program's sets.
 * One Vm a thread; many may share one Program.  After vm_new nothing allocates. */
#ifndef VM_VM_H
#define VM_VM_H

#include "vm/program.h"

typedef struct Vm Vm;

/* The program must outlive the Vm.  NULL only when memory is short. */
Vm *vm_new(const Program *program);
void vm_free(Vm *vm);

/* The frames of the batch that the filter accepts.  *cut, when not NULL, gets the frames for which a read fell in the
 * part that was not captured (captured < on the wire). */
Mask vm_run(Vm *vm, const Batch *batch, Mask *cut);

/* The same answer by the slow, obvious machine of scalar.c, a frame at a time: the tests' oracle. */
Mask scalar_run(const Program *program, const Batch *batch, Mask *cut);

/* Counts since vm_new, for `explain` and `bench`: how often each instruction ran, and the frames left in its mask.
 * Off (and free) unless vm_profile was called first.  Arrays have program->code_count entries. */
typedef struct {
    u64 runs, frames_in, frames_out, ns;
} InsnProfile;
void vm_profile(Vm *vm, InsnProfile *profile);

/* Regular expressions that were given up at a limit since vm_new; they count as no match. */
u64 vm_gave_up(const Vm *vm);

#endif
