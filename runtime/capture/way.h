/* way.h - two ways to the bytes of a slice, and which of them costs less here.
 *
 * A slice of a capture file is looked at in the mapping, or read piece by piece into a buffer that stays in the processor's cache
 * (part.h).  Pages in large folios are mapped many at a time, and looking is cheaper than copying; a file that lies in
 * the page cache in small pieces costs several times as much to map as to read.  Nobody tells beforehand, so both are timed.
 * Always true: the choice changes how long a scan takes, and nothing else. */
#ifndef CAPTURE_WAY_H
#define CAPTURE_WAY_H

#include "vm/base.h"

typedef enum { WAY_READ, WAY_MAP, WAY_COUNT } Way;

/* What one worker knows, of all files of a scan; all zero at first. */
typedef struct {
    u64 ns_a_mb[WAY_COUNT]; /* processor time; 0: not tried */
    u64 since[WAY_COUNT];   /* ns spent on the other way since this one was tried */
} WayCosts;

/* Reading first: it is never much dearer.  Then the cheaper one; the other is tried now and then, so rarely that it costs a
 * small share. */
Way way_choose(const WayCosts *costs);
/* A slice of so many bytes took so long. */
void way_add(WayCosts *costs, Way way, u64 ns, u64 bytes);
/* Processor time of this thread in ns: what others do meanwhile is none of a way's cost. */
u64 way_clock(void);

#endif
