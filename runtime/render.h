/* render.h - the text of matching frames, made by the worker that walked them (pks_scan_options.render).
 *
 * Beside the walk, before the ordered commit, so that all threads print at once; deliver.c hands the text on in its turn.
 * Always true: the text of a chunk is that of its matching frames, in order, numbered from 1 in the chunk; it counts only if
 * the chunk does. */
#ifndef RUNTIME_RENDER_H
#define RUNTIME_RENDER_H

#include "runtime/deliver.h"

/* Makes the text of the frames that a chunk lists, adds it to chunk->text and takes them off its list; their bytes are
 * where source->capture has them.  false: no memory, more than `most` bytes of text, or records that are no longer what
 * they were; then the chunk must be walked again. */
bool render_picks(const pks_scan_options *options, unsigned thread, const FrameSource *source, size_t most,
                  Chunk *chunk);

#endif
