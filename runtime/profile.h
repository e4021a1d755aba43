/* profile.h - where the frames and the time of a scan go.
 *
 * Each worker counts for itself; when the scan is over its counts are added to the caller's pks_profile.  Nothing is
 * counted, and nothing costs anything, where no profile was asked for. */
#ifndef RUNTIME_PROFILE_H
#define RUNTIME_PROFILE_H

#include "runtime/pktsift.h"
#include "vm/vm.h"

typedef struct {
    pks_profile *into; /* NULL: nothing is counted */
    Profile counts;
    u64 fill_ns;
} WorkerProfile;

/* The machine counts from here on.  false: no memory. */
bool worker_profile_begin(WorkerProfile *worker, pks_profile *into, Vm *vm);
/* Adds up; not at the same time as another worker.  The machine must not run again. */
void worker_profile_end(WorkerProfile *worker);

u64 profile_clock(void);

#endif
