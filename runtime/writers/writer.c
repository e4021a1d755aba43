/* writer.c - from frames to files: chooses the format, splits, copies runs, and keeps count.
 *
 * The last stage of the road, over output.c (files that appear whole) and one file for each format.
 * Always true: after the first failure nothing more is written, and closing removes the files. */
#include "runtime/writers/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define WRITER(name) extern const WriterOps writer_##name;
#include "runtime/writers/writers.def"

static const WriterOps *const ops_list[] = {
#define WRITER(name) &writer_##name,
#include "runtime/writers/writers.def"
};
const WriterFormat *const writer_formats[] = {
#define WRITER(name) &writer_##name.about,
#include "runtime/writers/writers.def"
};
const u32 writer_format_count = COUNT_OF(ops_list);

bool writer_fail(Writer *writer, const char *format, ...)
{
    va_list args;
    if (writer->failed) return false;
    va_start(args, format);
    vsnprintf(writer->why, sizeof writer->why, format, args);
    va_end(args);
    writer->failed = true;
    return false;
}

const char *linktype_text(u32 linktype, char text[48])
{
    const char *name = linktype_name(linktype);
    if (linktype >= (u32)LINKTYPE_UNKNOWN)
        snprintf(text, 48, "%s (media type 0x%x)", name ? name : "unknown", linktype & 0xffff);
    else if (name)
        snprintf(text, 48, "%s (%u)", name, linktype);
    else
        snprintf(text, 48, "link type %u", linktype);
    return text;
}

bool frame_ticks_in(const FrameInfo *frame, u32 digits, i64 *ticks)
{
    u32 have = frame->tsresol & 0x7f;
    __int128 units = 1, value = frame->ticks;
    for (u32 i = 0; i < digits; i++) units *= 10;
    if (frame->tsresol & 0x80) {
        value *= units;
        if (value & (((__int128)1 << MIN_OF(have, 126)) - 1)) return false;
        value >>= MIN_OF(have, 126);
    } else {
        for (; have < digits; have++) value *= 10;
        for (; have > digits; have--) {
            if (value % 10 != 0) return false;
            value /= 10;
        }
    }
    value += units * frame->tsoffset;
    *ticks = (i64)value;
    return *ticks == value;
}

/* -- choosing a format ------------------------------------------------------------------------------------------- */

static const WriterOps *by_name(const char *name)
{
    for (u32 i = 0; name && i < COUNT_OF(ops_list); i++)
        if (strcasecmp(name, ops_list[i]->about.name) == 0) return ops_list[i];
    return NULL;
}

static const WriterOps *by_suffix(const char *path, const char *same_as)
{
    const char *dot = strrchr(path, '.');
    if (!dot || strchr(dot, '/')) return NULL;
    /* .cap is anybody's: NetMon's, and of old tcpdump's. */
    if (strcasecmp(dot, ".cap") == 0) return by_name(same_as);
    for (u32 i = 0; i < COUNT_OF(ops_list); i++)
        if (strcasecmp(dot, ops_list[i]->about.suffix) == 0) return ops_list[i];
    return NULL;
}

static const WriterOps *choose(const WriterOptions *options)
{
    if (options->format) return by_name(options->format);
    const WriterOps *ops = by_suffix(options->path, options->same_as);
    return ops ? ops : by_name("pcapng");
}

const WriterFormat *writer_choose(const WriterOptions *options)
{
    const WriterOps *ops = choose(options);
    return ops ? &ops->about : NULL;
}

/* -- opening and closing ----------------------------------------------------------------------------------------- */

static void writer_free(Writer *writer)
{
    if (writer->ops->release) writer->ops->release(writer);
    free(writer->state);
    free(writer);
}

Writer *writer_open(const WriterOptions *options, char *why, size_t why_size)
{
    const WriterOps *ops = choose(options);
    if (!ops) {
        snprintf(why, why_size, "no output format is named %s; there are pcap, pcapng and netmon", options->format);
        return NULL;
    }
    Writer *writer = calloc(1, sizeof *writer);
    void *state = calloc(1, ops->state_size);
    if (!writer || !state) {
        snprintf(why, why_size, "no memory to write %s", options->path);
        free(writer);
        free(state);
        return NULL;
    }
    *writer = (Writer){.ops = ops, .options = *options, .state = state, .source = {.linktype = 1, .tsresol = 6}};
    if (ops->about.seeks && output_is_straight(options->path))
        snprintf(why, why_size, "%s needs a regular file, for its header is written last; write .pcapng or .pcap to %s",
                 ops->about.name, strcmp(options->path, "-") == 0 ? "standard output" : options->path);
    else
        writer->output = output_open(options->path, options->split_bytes != 0, why, why_size);
    if (writer->output) return writer;
    writer_free(writer);
    return NULL;
}

/* A capture's first interface speaks for it, but for the resolution: the finest that any has is needed.  As pcapng
 * codes them, a binary fraction is more than any decimal one, which is right: it is no whole number of microseconds. */
void writer_source(Writer *writer, const Capture *capture)
{
    InterfaceInfo info;
    if (writer->has_source) return;
    writer->has_source = true;
    writer->source = (Source){capture->linktype, capture->snaplen, capture->link_extra, capture->tsresol};
    for (u32 id = 0; capture_interface(capture, capture->context, id, &info); id++)
        writer->source.tsresol = MAX_OF(writer->source.tsresol, info.tsresol);
}

static void source_of_frame(Writer *writer, const Capture *capture, const FrameInfo *frame)
{
    if (capture)
        writer_source(writer, capture);
    else if (!writer->has_source)
        writer->source = (Source){.linktype = frame->linktype, .tsresol = frame->tsresol};
    /* A capture's first interface need not be the one that this first frame came from. */
    if (!writer->begun) writer->source.linktype = frame->linktype;
    writer->has_source = true;
}

static bool begin(Writer *writer)
{
    if (writer->begun) return true;
    writer->begun = true;
    return writer->ops->begin(writer);
}

static void forget_file(Writer *writer)
{
    if (writer->ops->release) writer->ops->release(writer);
    memset(writer->state, 0, writer->ops->state_size);
    writer->begun = false;
    writer->file_frames = 0;
}

static bool next_file(Writer *writer)
{
    if (!writer->ops->finish(writer)) return false;
    forget_file(writer);
    return output_next(writer->output) && begin(writer);
}

static bool done(Writer *writer, bool good, char *why, size_t why_size)
{
    if (good) return true;
    if (!writer->failed) writer_fail(writer, "%s", output_why(writer->output));
    snprintf(why, why_size, "%s", writer->why);
    return false;
}

bool writer_close(Writer *writer, bool keep, char *why, size_t why_size)
{
    bool good = !writer->failed;
    if (good && keep) good = begin(writer) && writer->ops->finish(writer);
    done(writer, good, why, why_size);
    char output_reason[sizeof writer->why];
    if (!output_close(writer->output, keep && good, output_reason, sizeof output_reason) && good) {
        snprintf(why, why_size, "%s", output_reason);
        good = false;
    }
    writer_free(writer);
    return good;
}

/* -- frames ------------------------------------------------------------------------------------------------------ */

/* A frame of no capture has its time in ns alone: makes the stamp of it, in its own resolution where that is exact. */
static void stamp(FrameInfo *frame)
{
    u64 unit = 1;
    if (frame->tsresol > 9) frame->tsresol = 9;
    for (u32 i = frame->tsresol; i < 9; i++) unit *= 10;
    if (frame->time_ns % (i64)unit != 0) {
        frame->tsresol = 9;
        unit = 1;
    }
    /* Before 1970 only an offset can say it. */
    frame->tsoffset = frame->time_ns < 0 ? frame->time_ns / 1000000000 - 1 : 0;
    frame->ticks = (u64)(frame->time_ns - frame->tsoffset * 1000000000) / unit;
    frame->record = frame->options = NULL;
    frame->record_len = frame->options_len = 0;
}

static bool put_frame(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame)
{
    FrameInfo cut = *frame;
    if (!capture) stamp(&cut);
    source_of_frame(writer, capture, &cut);
    if (writer->options.snaplen && frame->caplen > writer->options.snaplen) cut.caplen = writer->options.snaplen;
    if (!begin(writer)) return false;
    if (writer->options.split_bytes && writer->file_frames > 0 &&
        output_offset(writer->output) + writer->ops->growth(writer, capture, context, &cut) >
            writer->options.split_bytes &&
        !next_file(writer))
        return false;
    if (!writer->ops->frame(writer, capture, context, &cut)) return false;
    writer->frames++;
    writer->file_frames++;
    return !writer->options.flush || output_flush(writer->output);
}

bool writer_frame(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame, char *why,
                  size_t why_size)
{
    return done(writer, !writer->failed && put_frame(writer, capture, context, frame), why, why_size);
}

/* Frame by frame, finding them as a scan does: between them may stand blocks that are no frames. */
static bool put_each(Writer *writer, const Capture *capture, const void *context, u64 at, u64 end, u64 frames)
{
    Lane lane = {.capture = capture, .at = at, .limit = end, .context = context};
    Batch batch;
    FrameInfo frame;
    u32 count;
    while (frames > 0 && (count = capture->format->fill(&lane, 1, (u32)MIN_OF(frames, BATCH_MAX), 0, &batch)) > 0) {
        for (u32 i = 0; i < count; i++)
            if (!capture->format->frame(capture, lane.context, batch.at[i], &frame) ||
                !put_frame(writer, capture, lane.context, &frame))
                return false;
        frames -= count;
    }
    if (frames == 0) return true;
    return writer_fail(writer, "%s changed while it was read: %llu frames are gone", capture->path,
                       (unsigned long long)frames);
}

/* The writer's state may change what its first frame is the first to say. */
static bool begin_with(Writer *writer, const Capture *capture, const FrameRun *run)
{
    FrameInfo first;
    if (!writer->begun && capture->format->frame(capture, run->context, run->at, &first))
        source_of_frame(writer, capture, &first);
    return begin(writer);
}

static void count_frames(Writer *writer, u64 frames)
{
    writer->frames += frames;
    writer->file_frames += frames;
}

static bool put_plain(Writer *writer, const Capture *capture, const FrameRun *runs, u32 count)
{
    u64 frames = 0;
    for (u32 i = 0; i < count; i++) {
        if (!output_put(writer->output, capture_at(capture, runs[i].at), runs[i].end - runs[i].at)) return false;
        frames += runs[i].frames;
    }
    count_frames(writer, frames);
    return true;
}

static bool put_run(Writer *writer, const Capture *capture, const FrameRun *run, bool whole)
{
    u64 at = run->at, frames = run->frames;
    if (whole && writer->ops->run) {
        bool good = writer->ops->run(writer, capture, run->context, &at, run->end, &frames);
        count_frames(writer, run->frames - frames);
        if (!good) return false;
    }
    return frames == 0 || put_each(writer, capture, run->context, at, run->end, frames);
}

static bool put_runs(Writer *writer, const Capture *capture, const FrameRun *runs, u32 count)
{
    /* Where a file may end, or a frame be cut, each is looked at. */
    bool whole = !writer->options.split_bytes && !writer->options.snaplen;
    writer_source(writer, capture);
    if (count == 0) return true;
    if (whole && !begin_with(writer, capture, &runs[0])) return false;
    if (whole && writer->ops->plain && writer->ops->plain(writer, capture)) {
        if (!put_plain(writer, capture, runs, count)) return false;
    } else {
        for (u32 i = 0; i < count; i++)
            if (!put_run(writer, capture, &runs[i], whole)) return false;
    }
    return !writer->options.flush || output_flush(writer->output);
}

bool writer_runs(Writer *writer, const Capture *capture, const FrameRun *runs, u32 count, char *why, size_t why_size)
{
    return done(writer, !writer->failed && put_runs(writer, capture, runs, count), why, why_size);
}

/* -- going back ------------------------------------------------------------------------------------------------------ */

WriterMark writer_mark(const Writer *writer)
{
    return (WriterMark){output_files(writer->output), writer->begun, output_offset(writer->output), writer->frames,
                        writer->file_frames};
}

static bool rewind_to(Writer *writer, const WriterMark *mark)
{
    if (mark->begun && mark->file == output_files(writer->output)) {
        writer->frames = mark->frames;
        writer->file_frames = mark->file_frames;
        return output_rewind(writer->output, mark->offset) && (!writer->ops->rewound || writer->ops->rewound(writer));
    }
    writer->frames -= writer->file_frames;
    forget_file(writer);
    return output_rewind(writer->output, 0);
}

bool writer_rewind(Writer *writer, const WriterMark *mark, char *why, size_t why_size)
{
    return done(writer, !writer->failed && rewind_to(writer, mark), why, why_size);
}

u64 writer_frames(const Writer *writer) { return writer->frames; }
u64 writer_bytes(const Writer *writer) { return output_bytes(writer->output); }
u32 writer_files(const Writer *writer) { return output_files(writer->output); }
const char *writer_path(const Writer *writer, u32 i) { return output_path(writer->output, i); }
