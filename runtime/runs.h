/* runs.h - the frames of a run, one after the other: a chunk lists what matches as runs of neighbours.
 *
 * Behind the walk, for whoever hands frames out (deliver.c) or makes their text (render.c).  Always true: a lane finds
 * the records again, for between two of them other blocks may stand; nothing outside the capture is read, whatever became
 * of it. */
#ifndef RUNTIME_RUNS_H
#define RUNTIME_RUNS_H

#include "runtime/readers/reader.h"

typedef struct {
    Lane lane; /* its context is that of the frame */
    const FrameRun *run;
    u32 done;  /* frames of the run that were handed out, the one at hand included */
    u32 fresh; /* the frame at hand is the first of so many that were found together; else 0 */
    u64 at;    /* its position */
    u32 next, found;
    Batch batch;
} RunCursor;

/* The capture, where the run was found or where its bytes stand now, must outlive the cursor. */
void run_start(RunCursor *cursor, const Capture *capture, const FrameRun *run);
/* The next frame.  false: there is none; where fewer than run->frames are done, the records are no longer there. */
bool run_next(RunCursor *cursor, FrameInfo *info);

#endif
