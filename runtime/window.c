/* window.c - passing over files that lie outside the time window, by their first and last frame.
 *
 * Before a file is scanned for --from and --to.  Rolling captures are in order, so a file whose first and last frame both
 * lie before the window, or both behind it, need not be read.  The last frame is looked for from behind: a guessed start near
 * the end from which a chain of records leads exactly to the end of the file, and the same last frame from a guess further
 * in front.  Whatever cannot be found so is read. */
#include "runtime/scan.h"

enum {
    TAIL_BYTES = 64 << 10,
    TAIL_STEP = 8, /* each further look goes so many times further back */
    TAIL_LOOKS = 4,
};

typedef struct {
    u64 at;
    i64 time_ns;
} LastFrame;

static bool first_time(const Capture *capture, i64 *time_ns)
{
    Lane lane = {.capture = capture, .at = capture->first, .limit = UINT64_MAX, .context = capture->context};
    Batch batch;

    if (capture->format->fill(&lane, 1, 1, NEED_TIME, &batch) != 1 || !lane.has_time) return false;
    *time_ns = lane.first_ns;
    return true;
}

/* Walks from a guess to the end of the file; the last frame must have a time. */
static bool chain_to_end(const Capture *capture, u64 start, LastFrame *last)
{
    Lane lane = {.capture = capture, .at = start, .limit = UINT64_MAX, .context = capture->context};
    Batch batch;
    bool found = false;

    while (lane.state == LANE_RUNNING) {
        u32 count = capture->format->fill(&lane, 1, BATCH_MAX, NEED_TIME, &batch);

        if (count) *last = (LastFrame){batch.at[count - 1], batch.time[count - 1]};
        found = count ? lane.has_time && batch.time[count - 1] == lane.last_ns : found;
        if (lane.state == LANE_SECTION)
            lane = (Lane){.capture = capture, .at = lane.at, .limit = UINT64_MAX, .context = lane.context};
    }
    return found && (lane.state == LANE_EOF || lane.state == LANE_CUT);
}

/* Positions of the last TAIL_BYTES << n bytes, in the format's own units. */
static u64 tail_start(const Capture *capture, u64 bytes)
{
    u64 span = capture->end - capture->first;
    u64 tail = capture->size > bytes ? (u64)((unsigned __int128)span * bytes / capture->size) : span;

    return capture->end - tail / 4 * 4;
}

static bool last_time(const Capture *capture, i64 *time_ns)
{
    LastFrame before = {0}, last;
    bool has_before = false;
    u64 bytes = TAIL_BYTES;

    for (u32 look = 0; look < TAIL_LOOKS; look++, bytes *= TAIL_STEP) {
        u64 from = tail_start(capture, bytes);
        bool whole = from <= capture->first || bytes >= capture->size;
        u64 start = whole ? capture->first : capture->format->guess(capture, from, capture->end);
        bool found = start < capture->end && chain_to_end(capture, start, &last);

        if (found && (whole || (has_before && before.at == last.at))) {
            *time_ns = last.time_ns;
            return true;
        }
        if (whole) return false;
        before = last;
        has_before = found;
    }
    return false;
}

bool window_misses(const pks_scan_options *options, const Capture *capture, pks_file *about)
{
    i64 first, last;

    if (capture->end <= capture->first || !first_time(capture, &first)) return false;
    if (first >= options->from_ns && first <= options->to_ns) return false;
    if (!last_time(capture, &last)) return false;
    if (!(first < options->from_ns && last < options->from_ns) && !(first > options->to_ns && last > options->to_ns))
        return false;
    about->has_time = true;
    about->first_ns = first;
    about->last_ns = last;
    return true;
}
