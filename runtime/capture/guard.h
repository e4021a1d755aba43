/* guard.h - SIGBUS in a mapping becomes a fact about a file instead of the end of the process.
 *
 * Under capture/file.c.  The kernel raises SIGBUS when a mapped page has no file behind it any more.  The handler finds the
 * mapping, puts zero pages over it from the fault on, and notes the place; the reader goes on, and the fault is seen before
 * its results are used.  Always true: a fault in no mapping of ours goes to whatever handler was there before. */
#ifndef CAPTURE_GUARD_H
#define CAPTURE_GUARD_H

#include "vm/base.h"

typedef struct Guard Guard;

/* Watches a mapping.  NULL: no memory. */
Guard *guard_add(const void *map, size_t size);
/* Before munmap. */
void guard_remove(Guard *guard);
/* Offset of the lowest page that was found missing, UINT64_MAX when none. */
u64 guard_fault(const Guard *guard);

#endif
