/* runs.c - see runs.h. */
#include "runtime/runs.h"

void run_start(RunCursor *cursor, const Capture *capture, const FrameRun *run)
{
    cursor->lane = (Lane){.capture = capture, .at = run->at, .limit = run->end, .context = run->context};
    cursor->run = run;
    cursor->done = cursor->fresh = cursor->next = cursor->found = 0;
}

bool run_next(RunCursor *cursor, FrameInfo *info)
{
    const Capture *capture = cursor->lane.capture;
    u32 left = cursor->run->frames - cursor->done;

    cursor->fresh = 0;
    if (left == 0) return false;
    if (cursor->next == cursor->found) {
        cursor->found = capture->format->fill(&cursor->lane, 1, MIN_OF(left, BATCH_MAX), 0, &cursor->batch);
        cursor->next = 0;
        cursor->fresh = cursor->found;
        if (cursor->found == 0) return false;
    }
    cursor->at = cursor->batch.at[cursor->next++];
    if (!capture->format->frame(capture, cursor->lane.context, cursor->at, info)) return false;
    cursor->done++;
    return true;
}
