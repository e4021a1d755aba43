/* sample.c - see sample.h. */
#include "runtime/sample.h"

#include <stdlib.h>

#include "runtime/capture/slice.h"

enum {
    BYTES_MIN = 256 << 20, /* as many take 20 ms to scan; taking a sample and trying a few tests, 1 or 2 */
    FILE_BYTES_MIN = 1 << 20,
    PLACES = 4,              /* in the file, as far from each other as they can be: traffic changes */
    PLACE_BYTES = 256 << 10, /* in which a record is looked for */
    BATCHES_A_PLACE = 4,
    NEEDS = NEED_TIME | NEED_NUMBER | NEED_DELTA | NEED_OFFSET,
};

/* Is there so much to scan that it pays?  *first: the first capture that is not tiny; the others will be like it. */
static bool is_enough(const FrameSample *sample, const char **first)
{
    u64 least = sample->bytes_min ? sample->bytes_min : BYTES_MIN, bytes = 0;

    *first = NULL;
    for (size_t i = 0; i < pks_inputs_count(sample->inputs) && bytes < least; i++) {
        const char *path = pks_inputs_path(sample->inputs, i);
        u64 size;

        if (path_kind(path, &size) != PATH_FILE) continue;
        if (!*first && size >= MIN_OF(least, FILE_BYTES_MIN)) *first = path;
        bytes += size;
    }
    return *first && bytes >= least;
}

static bool open_first(FrameSample *sample)
{
    const char *path;
    Damage untold;

    return is_enough(sample, &path) && capture_file_open(&sample->file, path, &untold);
}

/* What begins at a guess may be no record: then the tests are tried on noise, and no answer depends on it. */
static void take_from(FrameSample *sample, u64 at, const void **context)
{
    const Capture *capture = &sample->file.capture;
    Lane lane = {
        .capture = capture, .at = at, .limit = UINT64_MAX, .context = *context, .guessed = at > capture->first};

    for (u32 i = 0; i < BATCHES_A_PLACE && lane.state == LANE_RUNNING; i++) {
        Batch *batch = &sample->batch[sample->sample.count];
        if (capture->format->fill(&lane, 1, BATCH_MAX, NEEDS, batch) == 0) break;
        sample->sample.count++;
    }
    *context = lane.context;
}

const Sample *sample_take(void *user)
{
    FrameSample *sample = user;

    if (!open_first(sample)) return NULL;
    sample->batch = calloc(PLACES * BATCHES_A_PLACE, sizeof *sample->batch);
    if (!sample->batch) return NULL;
    const Capture *capture = &sample->file.capture;
    const void *context = capture->context;
    Geometry geometry = geometry_of(capture, PLACE_BYTES, 1, 1, CHUNKS_COUNTED);
    for (u64 k = 0; k < PLACES; k++) {
        u64 chunk = k * geometry.chunks / PLACES, at = geometry_guess(&geometry, capture, chunk);
        if (at < MIN_OF(geometry_limit(&geometry, chunk), capture->end)) take_from(sample, at, &context);
    }
    sample->sample.batch = sample->batch;
    return capture_file_faulted(&sample->file) ? NULL : &sample->sample;
}

void sample_release(FrameSample *sample)
{
    capture_file_close(&sample->file);
    free(sample->batch);
    *sample = (FrameSample){.file = {.fd = -1}};
}
