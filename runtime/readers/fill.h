/* fill.h - what the readers share behind reader.h: ending a lane, and the columns that every format fills alike.
 *
 * For runtime/readers/ only. */
#ifndef READERS_FILL_H
#define READERS_FILL_H

#include "runtime/readers/reader.h"

#define NEED_ANY_TIME (NEED_TIME | NEED_DELTA | NEED_OFFSET)

/* Cold ends of the hot loops: out of line, so that the loops stay small. */
#define COLD __attribute__((noinline, cold))

/* Writes a sentence without names or positions; whoever prints it adds them. */
__attribute__((format(printf, 3, 4))) void damage_set(Damage *damage, u64 offset, const char *format, ...);

/* Ends a lane at `offset`; with a text when the state is one that needs explaining. */
__attribute__((format(printf, 4, 5))) void lane_end(Lane *lane, LaneState state, u64 offset, const char *format, ...);
void lane_stop(Lane *lane, LaneState state, u64 offset);

/* False, and the lane ended, when its position lies outside what can be read. */
bool lane_check(Lane *lane);

/* Numbers, deltas, offsets and each lane's first and last time, from time[], lane[] and the lanes' masks;
 * `timeless` are the frames without a time.  `own_offsets`: the format has filled offset[] itself. */
void batch_finish(Lane *lanes, u32 lane_count, u32 needs, Mask timeless, bool own_offsets, Batch *batch);

u64 capture_next_serial(void);

/* Sets start_ns from the first frame, when that can be read. */
void capture_learn_start(Capture *capture);

/* Most captured bytes that are believed: what the file states, but at least what libpcap allows for the link type and
 * never RECORD_BYTES_MAX.  A stated length above that is nonsense and counts as not stated, as in libpcap. */
u32 caplen_limit(u32 snaplen, u32 linktype);

/* Saturating ns of a stamp in a pcapng resolution. */
i64 ticks_to_ns(u64 ticks, u8 tsresol, i64 tsoffset);

static inline void prefetch_frame(const u8 *p)
{
    __builtin_prefetch(p);
    __builtin_prefetch((const void *)((uintptr_t)p + 64)); /* may lie behind the mapping: a prefetch never faults */
}

#endif
