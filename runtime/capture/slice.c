/* slice.c - see slice.h. */
#include "runtime/capture/slice.h"

enum {
    CHUNK_BYTES = 1 << 20,
    CHUNK_BYTES_LISTED = 512 << 10, /* when matching frames are listed, for that list takes memory ... */
    CHUNKS_BYTES_LISTED =
        2 << 20, /* ... which threads share: under 50 MB at worst, for empty frames of which every other one matches */
    SLICE_BYTES_RENDERED = 256 << 10, /* of frames whose text waits: it is several times as long as they are ... */
    SLICES_BYTES_RENDERED = 4 << 20,  /* ... and threads share this, two slices of each waiting at most */
    CHUNK_BYTES_MIN = 32 << 10, /* of small files: below, finding a start costs more than walking beside others saves */
    CHUNK_BYTES_MAX = 1 << 30,  /* so that a chunk's frames are counted in 32 bits */
    CHUNKS_MAX = 1 << 18,       /* a file's proven starts are kept in memory by scans that go over it twice */
    SLICES_A_THREAD = 4,        /* so that the threads finish together */
    POSITION_STEP = 4,          /* positions of .cap are multiples of it */
};

static u64 divide_up(u64 n, u64 by) { return n / by + (n % by != 0); }

/* Small files get small chunks, so that all lanes of all threads have one. */
static u64 default_chunk(u64 size, u32 lanes, u32 threads, ChunkUse use)
{
    if (use >= CHUNKS_RENDERED) {
        u64 slice = MIN_OF(SLICE_BYTES_RENDERED, SLICES_BYTES_RENDERED / MAX_OF(threads, 1));
        return MAX_OF(slice, CHUNK_BYTES_MIN) / lanes;
    }
    u64 most =
        use == CHUNKS_LISTED ? MIN_OF(CHUNK_BYTES_LISTED, CHUNKS_BYTES_LISTED / MAX_OF(threads, 1)) : CHUNK_BYTES;
    u64 share = size / ((u64)lanes * (threads > 1 ? threads * SLICES_A_THREAD : 1));

    return MIN_OF(MAX_OF(share, CHUNK_BYTES_MIN), MAX_OF(most, CHUNK_BYTES_MIN));
}

/* Positions need not be bytes, so bytes only say how many chunks there are, which are all as wide.  Where they are, wide chunks
 * end behind the pieces that a file is read in (part.c), so that whole pieces are written. */
static u64 width_of(const Capture *capture, u64 span, u64 chunk_bytes)
{
    u64 wanted = MAX_OF(divide_up(capture->size, chunk_bytes), 1);

    if (capture->end == capture->size && chunk_bytes >= CHUNK_BYTES_LISTED) return chunk_bytes;
    return divide_up(divide_up(span, wanted), POSITION_STEP) * POSITION_STEP;
}

Geometry geometry_of(const Capture *capture, u64 chunk_bytes, u32 lanes, u32 threads, ChunkUse use)
{
    u64 span = capture->end > capture->first ? capture->end - capture->first : 1;

    if (lanes == 0 || lanes > LANES_MAX) lanes = use == CHUNKS_RENDERED_READ ? 1 : LANES_MAX;
    if (chunk_bytes == 0) chunk_bytes = default_chunk(capture->size, lanes, threads, use);
    chunk_bytes = MIN_OF(chunk_bytes, CHUNK_BYTES_MAX);
    chunk_bytes = MAX_OF(chunk_bytes, capture->size / CHUNKS_MAX);

    u64 width = width_of(capture, span, MAX_OF(chunk_bytes, 1));
    u64 chunks = divide_up(span, width);
    return (Geometry){
        .first = capture->first, .width = width, .chunks = chunks, .slices = divide_up(chunks, lanes), .lanes = lanes};
}

u64 geometry_limit(const Geometry *geometry, u64 chunk)
{
    return chunk + 1 >= geometry->chunks ? UINT64_MAX : geometry->first + (chunk + 1) * geometry->width;
}

u32 geometry_count(const Geometry *geometry, u64 slice)
{
    return (u32)MIN_OF(geometry->lanes, geometry->chunks - slice * geometry->lanes);
}

u64 geometry_guess(const Geometry *geometry, const Capture *capture, u64 chunk)
{
    u64 limit = geometry_limit(geometry, chunk);

    if (chunk == 0) return geometry->first;
    return capture->format->guess(capture, geometry->first + chunk * geometry->width, MIN_OF(limit, capture->end));
}
