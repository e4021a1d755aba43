/* deliver.c - see deliver.h. */
#include "runtime/deliver.h"

#include "runtime/runs.h"
#include "runtime/sink.h"

bool delivery_wants_frames(const pks_scan_options *options)
{
    return options->output || options->on_frame || options->max_frames;
}

/* Decimals that a pcapng resolution keeps, rounded up to what people print. */
static u8 digits_of(u8 tsresol)
{
    if (tsresol & 0x80) return 9; /* a power of two */
    return tsresol <= 3 ? 3 : tsresol <= 6 ? 6 : tsresol == 7 ? 7 : 9;
}

static i64 offset_of(const Capture *capture, const FrameInfo *info)
{
    i64 offset;

    if (!info->has_time || !capture->start_known) return 0;
    if (__builtin_sub_overflow(info->time_ns, capture->start_ns, &offset))
        return info->time_ns < capture->start_ns ? INT64_MIN : INT64_MAX;
    return offset;
}

void frame_describe(pks_frame *frame, const FrameSource *source, const FrameInfo *info, u64 number, i64 delta_ns)
{
    *frame = (pks_frame){
        .data = info->data,
        .caplen = info->caplen,
        .len = info->len,
        .linktype = info->linktype,
        .time_ns = info->time_ns,
        .has_time = info->has_time,
        .time_digits = digits_of(info->tsresol),
        .delta_ns = delta_ns,
        .offset_ns = offset_of(source->capture, info),
        .number = number,
        .file = source->path,
        .file_index = source->index,
        .interface = info->interface,
        .comment = info->comment,
        .comment_len = info->comment_len,
    };
}

static bool full(const Delivery *delivery)
{
    u64 most = delivery->options->max_frames;

    return most && delivery->totals->matched >= most;
}

bool deliver_frame(Delivery *delivery, const FrameSource *source, const void *context, const FrameInfo *info,
                   u64 number, i64 delta_ns)
{
    const pks_scan_options *options = delivery->options;

    delivery->totals->matched++;
    if (options->output && !sink_frame(options->output, source->capture, context, info, &options->listener)) {
        delivery->failed = true;
        return false;
    }
    if (full(delivery)) delivery->ended = true;
    if (options->on_frame) {
        pks_frame frame;

        frame_describe(&frame, source, info, number, delta_ns);
        if (!options->on_frame(options->user, &frame)) delivery->ended = true;
    }
    return !delivery->ended;
}

static void hand_out(Delivery *delivery, u64 upto, u64 frames)
{
    delivery->some = true;
    delivery->upto = upto;
    delivery->frames = frames;
}

static bool has_shrunk(const FrameSource *source)
{
    return source->file && capture_file_readable(source->file) < source->capture->size;
}

/* Can frames be taken back that were handed out?  Not once somebody has seen them. */
static bool can_take_back(const Delivery *delivery, const FrameSource *source)
{
    return delivery->options->output && !delivery->options->on_frame && source->file;
}

static bool is_split(const Delivery *delivery, const FrameSource *source)
{
    return can_take_back(delivery, source) && sink_splits(delivery->options->output);
}

/* What was handed out so far is good. */
static void check_in(Delivery *delivery)
{
    delivery->good = (GoodSoFar){.mark = sink_mark(delivery->options->output),
                                 .matched = delivery->totals->matched,
                                 .some = delivery->some,
                                 .upto = delivery->upto,
                                 .frames = delivery->frames};
}

/* The file shrank, and what was written since check_in is perhaps zeros: it is taken back, to be walked again.  Always
 * false. */
static bool take_back(Delivery *delivery)
{
    const GoodSoFar *good = &delivery->good;
    const pks_scan_options *options = delivery->options;

    delivery->totals->matched = good->matched;
    delivery->some = good->some;
    delivery->upto = good->upto;
    delivery->frames = good->frames;
    delivery->ended = false;
    delivery->failed = !sink_rewind(options->output, &good->mark, &options->listener);
    delivery->lost = !delivery->failed;
    return false;
}

/* A file that is full is ended, and out of reach: before that happens, what is in it must be known to be good. */
static bool check_before_split(Delivery *delivery, const FrameSource *source)
{
    enum { NEARLY_FULL = CAPLEN_MAX + (64 << 10) };

    if (sink_room(delivery->options->output) > NEARLY_FULL) return true;
    if (has_shrunk(source)) return take_back(delivery);
    check_in(delivery);
    return true;
}

/* How many of these runs are handed on whole: nobody looks at their frames, and all of them may go. */
static u32 count_whole(const Delivery *delivery, const FrameSource *source, const FrameRun *picks, u32 count)
{
    u64 most = delivery->options->max_frames, matched = delivery->totals->matched;
    u32 whole = 0;

    if (delivery->options->on_frame || is_split(delivery, source)) return 0;
    if (!most) return count;
    while (whole < count && (matched += picks[whole].frames) < most) whole++;
    return whole;
}

static bool deliver_whole(Delivery *delivery, const FrameSource *source, const FrameRun *picks, u32 count)
{
    const pks_scan_options *options = delivery->options;
    const FrameRun *last = &picks[count - 1];

    for (u32 i = 0; i < count; i++) delivery->totals->matched += picks[i].frames;
    hand_out(delivery, last->end, last->first + last->frames);
    if (!options->output) return true;
    delivery->failed = !sink_runs(options->output, source->capture, picks, count, &options->listener);
    return !delivery->failed;
}

/* To ask for the file's size takes as long as to print a frame, so it is done once for some. */
static bool is_still_whole(Delivery *delivery, const FrameSource *source, u32 more)
{
    enum { UNPROVEN_MAX = 32 };

    delivery->unproven += more;
    if (more && delivery->unproven <= UNPROVEN_MAX) return true;
    delivery->unproven = 0;
    return !has_shrunk(source);
}

/* Frame by frame. */
static bool deliver_singly(Delivery *delivery, const FrameSource *source, const FrameRun *pick, u64 before,
                           const i64 *deltas)
{
    bool split = is_split(delivery, source);
    RunCursor cursor;
    FrameInfo info;

    run_start(&cursor, source->capture, pick);
    while (run_next(&cursor, &info)) {
        delivery->lost = cursor.fresh && !is_still_whole(delivery, source, cursor.fresh);
        if (delivery->lost) return false;
        if (split && !check_before_split(delivery, source)) return false;
        hand_out(delivery, cursor.at + 1, pick->first + cursor.done);
        if (!deliver_frame(delivery, source, cursor.lane.context, &info, before + pick->first + cursor.done,
                           deltas ? deltas[cursor.done - 1] : 0))
            return false;
    }
    delivery->lost = cursor.done < pick->frames;
    return !delivery->lost;
}

static bool deliver_picks(Delivery *delivery, const FrameSource *source, const Chunk *chunk, u64 before)
{
    const i64 *deltas = chunk->delta_count ? chunk->deltas : NULL;

    for (u32 i = 0; i < chunk->pick_count;) {
        const FrameRun *pick = &chunk->picks[i];
        u32 whole = count_whole(delivery, source, pick, chunk->pick_count - i);
        bool go_on = whole ? deliver_whole(delivery, source, pick, whole)
                           : deliver_singly(delivery, source, pick, before, deltas);

        if (!go_on) return false;
        if (deltas) deltas += pick->frames;
        i += MAX_OF(whole, 1);
    }
    delivery->lost = delivery->unproven && !is_still_whole(delivery, source, 0);
    return !delivery->lost;
}

/* What the frames say was made already. */
static bool deliver_text(Delivery *delivery, const Chunk *chunk, u64 before)
{
    const pks_scan_options *options = delivery->options;

    delivery->totals->matched += chunk->matched;
    hand_out(delivery, chunk->end, chunk->frames);
    if (chunk->text_len && !options->on_text(options->user, (pks_text){chunk->text, chunk->text_len}, before))
        delivery->ended = true;
    return !delivery->ended;
}

/* The bytes are copied straight from the mapping: that they were still the file's can be said only afterwards. */
bool deliver_chunk(Delivery *delivery, const FrameSource *source, const Chunk *chunk, u64 before)
{
    delivery->some = false;
    if (!delivery_wants_frames(delivery->options)) {
        delivery->totals->matched += chunk->matched;
        return true;
    }
    if (chunk->rendered) return deliver_text(delivery, chunk, before);
    if (!can_take_back(delivery, source)) return deliver_picks(delivery, source, chunk, before);

    check_in(delivery);
    bool go_on = deliver_picks(delivery, source, chunk, before);
    if (delivery->failed || !has_shrunk(source)) return go_on;
    return take_back(delivery);
}
