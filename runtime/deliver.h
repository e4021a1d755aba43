/* deliver.h - matching frames, in order, to whoever asked for them: the output, then the caller's on_frame.
 *
 * Behind the ordered commit (pipeline.c, merge.c).  Always true: called by one thread at a time; nothing is handed out after
 * max_frames or after on_frame said no. */
#ifndef RUNTIME_DELIVER_H
#define RUNTIME_DELIVER_H

#include "runtime/capture/file.h"
#include "runtime/pktsift.h"
#include "runtime/sink.h"
#include "runtime/walk.h"

/* Where delivery stood when what was handed out was last known to be what stands in the file. */
typedef struct {
    WriterMark mark;
    u64 matched;
    bool some; /* as in Delivery */
    u64 upto, frames;
} GoodSoFar;

typedef struct {
    const pks_scan_options *options;
    pks_totals *totals;
    bool ended;   /* max_frames reached, or on_frame said no */
    bool failed;  /* the output failed: said already */
    bool lost;    /* the file shrank meanwhile: what is behind the last frame handed out must be walked again */
    bool some;    /* of the chunk at hand, frames were handed out, all of them before ... */
    u64 upto;     /* ... this position ... */
    u64 frames;   /* ... and behind so many frames of the chunk, the last of them included */
    u32 unproven; /* of those that were handed out one by one: how many since the file was last known to be whole */
    GoodSoFar good;
} Delivery;

/* What a frame is from. */
typedef struct {
    const Capture *capture;
    const CaptureFile *file; /* NULL for a stream */
    const char *path;
    u64 index; /* of the input */
} FrameSource;

/* Is anything to be done with single frames, or are counts enough? */
bool delivery_wants_frames(const pks_scan_options *options);

/* One frame; number from 1.  Counts it as matched.  false: no more (ended or failed). */
bool deliver_frame(Delivery *delivery, const FrameSource *source, const void *context, const FrameInfo *info,
                   u64 number, i64 delta_ns);
/* The matching frames of a chunk whose first frame has number `before` + 1.  false: no more (ended, failed or lost). */
bool deliver_chunk(Delivery *delivery, const FrameSource *source, const Chunk *chunk, u64 before);

/* A frame as the public header shows it. */
void frame_describe(pks_frame *frame, const FrameSource *source, const FrameInfo *info, u64 number, i64 delta_ns);

#endif
