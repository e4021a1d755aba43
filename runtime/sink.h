/* sink.h - where matching frames are written: pks_output, as the rest of runtime/ sees it.
 *
 * The last stage of the road, over writers/writer.h.  Always true: nothing is created before it is sure that no input would be
 * overwritten; after a failure, said once, every further call fails silently. */
#ifndef RUNTIME_SINK_H
#define RUNTIME_SINK_H

#include "runtime/pktsift.h"
#include "runtime/readers/reader.h"
#include "runtime/writers/writer.h"

/* The first input is known: opens what could not be opened without it.  Called before the first frame. */
bool sink_begin(pks_output *output, const Capture *first, const pks_listener *listener);
bool sink_frame(pks_output *output, const Capture *capture, const void *context, const FrameInfo *frame,
                const pks_listener *listener);
bool sink_runs(pks_output *output, const Capture *capture, const FrameRun *runs, u32 count,
               const pks_listener *listener);

/* Going back to a mark, when it turns out that what was written since is not what stood in the file: writer.h. */
WriterMark sink_mark(const pks_output *output);
bool sink_rewind(pks_output *output, const WriterMark *mark, const pks_listener *listener);
/* Is the output split into files?  A mark in a file that is full is of no use. */
bool sink_splits(const pks_output *output);
/* Bytes until then. */
u64 sink_room(const pks_output *output);

#endif
