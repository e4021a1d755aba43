/* walk.h - the inner road: records of some chunks, batch by batch, through the filter, added up per chunk.
 *
 * Between slice.c, which says where to begin, and pipeline.c, which says whether that was right.  One Walker a thread.
 * Always true: what a Chunk holds is what a single walk from its start would have found, for any number of lanes beside it
 * and any batch size. */
#ifndef RUNTIME_WALK_H
#define RUNTIME_WALK_H

#include <stdatomic.h>

#include "runtime/readers/reader.h"
#include "vm/vm.h"

enum { LINKTYPES_MAX = 64 }; /* different link types that are told apart in a file */

typedef struct {
    u32 linktype[LINKTYPES_MAX]; /* in order of appearance */
    u32 count;
} LinkTypes;
void linktypes_add(LinkTypes *types, u32 linktype);

/* What `info` wants to know beyond counts.  Frames without a time are left out of the times. */
typedef struct {
    bool has_time;
    i64 first_ns, last_ns, earliest_ns, latest_ns;
    u64 backwards;
    u64 data_bytes, wire_bytes;
} Facts;
/* The facts of two runs of frames, one behind the other. */
void facts_join(Facts *facts, const Facts *behind);

/* Has this frame, which a reader gave this time, a time?  (Readers give 0 to one that has none.) */
bool frame_has_time(const Lane *lane, u64 at, i64 time_ns);

typedef struct {
    /* Where the walk began, and with what it was told of the frames before. */
    bool started;
    bool guessed; /* it began where a record only seemed to begin */
    u64 start, limit, number;
    const void *start_context;
    i64 start_before_ns;
    bool start_has_before;
    /* Where and how it ended. */
    bool aborted; /* the scan was stopped; nothing here counts */
    u8 state;     /* LaneState: LIMIT EOF CUT MORE BROKEN */
    u64 end;
    const void *context;
    i64 before_ns;
    bool has_before;
    Damage damage;
    /* What it found. */
    u64 frames, matched;
    u64 lane_frames;       /* those of its lane that are counted in `frames` */
    u64 unsure;            /* frames for which the filter read in the part that was not captured */
    u64 gave_up;           /* frames in which a regular expression was given up */
    u64 first_at, last_at; /* of its first and last frame, when frames > 0 */
    const void *first_context, *last_context;
    u64 interfaces; /* of sections that ended in it */
    LinkTypes linktypes;
    Facts facts;
    FrameRun *picks;
    u32 pick_count, pick_room;
    const void *pick_context; /* the lane's, when picks were last added */
    i64 *deltas;              /* of every matching frame, when wanted */
    u32 delta_count, delta_room;
    bool rendered; /* in place of picks: the matching frames as text (render.h) */
    char *text;
    size_t text_len, text_room;
} Chunk;

void chunk_release(Chunk *chunk);
/* Sets the start, empties the rest, keeps the memory. */
void chunk_begin(Chunk *chunk, u64 start, u64 limit, const void *context);
/* Empties what was found, keeps where it stands. */
void chunk_empty(Chunk *chunk);

typedef struct {
    bool picks;  /* say which frames match */
    bool deltas; /* and how long after the frame before */
    bool places; /* and first and last position, and which link types */
    bool facts;
    u32 needs;                /* NEED_ bits, the filter's included */
    u32 batch;                /* most frames in a batch */
    const volatile int *stop; /* may be NULL */
    const atomic_bool *quit;
} WalkOptions;

typedef struct {
    const WalkOptions *options;
    Vm *vm;        /* NULL: every frame matches */
    u64 *fill_ns;  /* not NULL: the time that reading takes is added to it */
    bool counting; /* first of two passes: walk only: no filter, no picks */
    bool out_of_memory;
    const Capture *capture;
    u32 count; /* lanes in use */
    /* Of the batch at hand: frames that match; that the filter is unsure of; in which it gave up a regular expression. */
    Mask hits, cut, gave_up;
    Lane lanes[LANES_MAX];
    Chunk *chunks[LANES_MAX];
    Batch batch;
} Walker;

/* Walks `count` chunks side by side, each set up by chunk_begin. */
void walk(Walker *walker, const Capture *capture, Chunk *const *chunks, u32 count);

/* The same in steps.  For streams: between two batches, a lane that stands at LANE_MORE may be set running again, and what
 * the chunk holds may be taken out of it (chunk_empty). */
void walk_start(Walker *walker, const Capture *capture, Chunk *const *chunks, u32 count);
/* With a lane that has been walking already; one chunk. */
void walk_resume(Walker *walker, const Capture *capture, Chunk *chunk, const Lane *lane);
bool walk_batch(Walker *walker);   /* false: no lane runs any more */
void walk_batches(Walker *walker); /* until none does, or a stop is asked for */
void walk_end(Walker *walker);

#endif
