/* slice.h - where a capture may be cut so that many can walk it: chunks, slices, and the guesses they start from.
 *
 * Between an open capture and the walkers.  Chunk k of a file covers the positions [first + k*C, first + (k+1)*C); a slice is
 * a few neighbouring chunks that one worker walks side by side.  A chunk's walk begins at a guessed record and ends at the
 * first record behind the chunk.  Always true: the chunks cover every position, and a guess is never believed here. */
#ifndef CAPTURE_SLICE_H
#define CAPTURE_SLICE_H

#include "runtime/readers/reader.h"

typedef struct {
    u64 first;  /* position of the first record */
    u64 width;  /* positions a chunk covers */
    u64 chunks; /* at least 1 */
    u64 slices;
    u32 lanes; /* chunks a slice has; the last one may have fewer */
} Geometry;

/* What is kept of a chunk until its turn comes, which is memory: counts; a list of frames; their text, made from the mapping
 * or from what was read. */
typedef enum { CHUNKS_COUNTED, CHUNKS_LISTED, CHUNKS_RENDERED, CHUNKS_RENDERED_READ } ChunkUse;

/* chunk_bytes and lanes: 0 is the default.  `threads` that would like work. */
Geometry geometry_of(const Capture *capture, u64 chunk_bytes, u32 lanes, u32 threads, ChunkUse use);

/* Position where the walk of a chunk ends: the next chunk's, or UINT64_MAX for the last, which finds the end itself. */
u64 geometry_limit(const Geometry *geometry, u64 chunk);
/* Chunks of a slice. */
u32 geometry_count(const Geometry *geometry, u64 slice);
/* Where the walk of a chunk probably begins; geometry_limit or more when no start was seen in it. */
u64 geometry_guess(const Geometry *geometry, const Capture *capture, u64 chunk);

#endif
