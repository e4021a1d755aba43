/* formats.c - what must hold of readers and writers for every kind of capture, whole, cut and mutilated.
 *
 * Every byte read lies inside blocks of exactly the size of the capture, so a sanitized run sees the first one too
 * many. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/writers/writer.h"
#include "tests/captures.h"

/* -- cuts -------------------------------------------------------------------------------------------------------- */

typedef struct {
    const Made *made;
    u32 seen;
} Prefix;

static void take_prefix(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    Prefix *prefix = user;
    const Expected *frame = &prefix->made->frames[number];
    u8 sum = 0;

    (void)lane;
    cr_assert_lt(number, prefix->made->count);
    cr_assert_eq(batch->caplen[i], frame->caplen);
    cr_assert_eq(batch->len[i], frame->len);
    cr_assert_eq(batch->time[i], frame->time_ns);
    for (u32 k = 0; k < frame->caplen; k++) sum |= batch->data[i][k] ^ (u8)(frame->fill + 7 * k);
    cr_assert_eq(sum, 0);
    prefix->seen++;
}

/* pcap and pcapng: exactly the frames that are whole, then LANE_CUT, or LANE_EOF where the cut fell between records. */
Test(formats, a_capture_cut_anywhere_keeps_its_whole_frames)
{
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 14, 23);
        for (size_t size = 0; size < made.bytes.size; size++) {
            Opened opened = open_bytes(made.bytes.bytes, size);
            Prefix prefix = {&made, 0};
            Lane end = {.state = LANE_BROKEN};
            u32 whole = 0;
            if (opened.open) walk_capture(&opened.capture, 5, take_prefix, &prefix, &end);
            while (whole < made.count && made.ends[whole] <= size) whole++;
            if (!opened.open && opened.capture.format) cr_assert_gt(strlen(opened.damage.text), 20);
            if (made.in_order) {
                cr_assert_eq(prefix.seen, whole, "%s cut at %zu: %u of %u", made.name, size, prefix.seen, whole);
                if (opened.open)
                    cr_assert(end.state == LANE_CUT || end.state == LANE_EOF, "%s cut at %zu", made.name, size);
            }
            if (opened.open && end.state != LANE_EOF) cr_assert_gt(strlen(end.damage.text), 20);
            close_opened(&opened);
        }
        made_free(&made);
    }
}

/* -- mutations --------------------------------------------------------------------------------------------------- */

static u32 next_random(u32 *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void mutate(Bytes *bytes, u32 *seed)
{
    static const u32 values[] = {0, 1, 3, 4, 12, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    for (u32 i = 0; i <= next_random(seed) % 4; i++) {
        size_t at = next_random(seed) % (bytes->size - 4);
        if (next_random(seed) % 2) at = MIN_OF(at, 140u + next_random(seed) % 60); /* headers matter most */
        if (at + 4 > bytes->size) continue;
        u32 value = next_random(seed) % 2 ? values[next_random(seed) % COUNT_OF(values)] : next_random(seed);
        memcpy(bytes->bytes + at, &value, 1 + next_random(seed) % 4);
    }
}

static void touch(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    u64 *sum = user;
    FrameInfo info;

    (void)number;
    for (u32 k = 0; k < batch->caplen[i]; k++) *sum += batch->data[i][k];
    cr_assert(lane->capture->format->frame(lane->capture, lane->context, batch->at[i], &info));
    cr_assert_eq(info.caplen, batch->caplen[i]);
    cr_assert_eq(info.time_ns, batch->time[i]);
    for (u32 k = 0; k < info.record_len; k++) *sum += info.record[k];
    for (u32 k = 0; k < info.options_len; k++) *sum += info.options[k];
    for (u32 k = 0; k < info.comment_len; k++) *sum += info.comment[k];
}

/* Whatever a file says, nothing outside it is read, every frame handed out can be looked at, batch sizes agree,
 * and guesses stay in range. */
Test(formats, mutilated_captures_are_read_safely)
{
    u32 seed = 99;
    u64 sum = 0;

    for (u32 round = 0; round < 6000; round++) {
        Made made = made_capture(round % made_shapes(), 8, round);
        mutate(&made.bytes, &seed);
        Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
        if (opened.open) {
            const Capture *capture = &opened.capture;
            Lane one, other;
            u64 frames = walk_capture(capture, 1, touch, &sum, &one);
            cr_assert_eq(walk_capture(capture, 64, touch, &sum, &other), frames);
            cr_assert_eq(one.state, other.state);
            cr_assert_eq(one.at, other.at);
            cr_assert_str_eq(one.damage.text, other.damage.text);
            for (u64 from = 0; from < capture->end; from += 1 + next_random(&seed) % 100) {
                u64 at = capture->format->guess(capture, from, capture->end);
                cr_assert(at >= from && at <= capture->end);
            }
        }
        close_opened(&opened);
        made_free(&made);
    }
}

/* Lanes started at guesses and walked to the next guess find what one walk finds, once each start is proved. */
Test(formats, proved_guesses_chain)
{
    u32 seed = 7, proved = 0;

    for (u32 round = 0; round < 300; round++) {
        Made made = made_capture(round % made_shapes(), 150, round);
        if (round % 3 == 0) mutate(&made.bytes, &seed);
        Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
        if (opened.open) {
            const Capture *capture = &opened.capture;
            u64 sum = 0, frames = 0, expected = walk_capture(capture, 64, touch, &sum, NULL);
            Lane lane = {.capture = capture, .at = capture->first, .context = capture->context};
            Batch batch;
            u32 count;
            for (u64 limit = capture->first + 700;; limit += 700) {
                u64 guess = limit < capture->end ? capture->format->guess(capture, limit, capture->end) : capture->end;
                lane.limit = limit < capture->end ? limit : UINT64_MAX;
                lane.state = LANE_RUNNING;
                while ((count = capture->format->fill(&lane, 1, 64, 0, &batch)) > 0) frames += count;
                proved += lane.state == LANE_LIMIT && lane.at == guess;
                if (lane.state == LANE_SECTION)
                    lane = (Lane){.capture = capture, .at = lane.at, .context = lane.context};
                else if (lane.state != LANE_LIMIT)
                    break;
                else
                    lane = (Lane){.capture = capture, .at = lane.at, .context = lane.context};
            }
            cr_assert_eq(frames, expected, "%s", made.name);
        }
        close_opened(&opened);
        made_free(&made);
    }
    cr_assert_gt(proved, 1000, "only %u guesses were right", proved);
}

/* -- round trips ------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *format;
    bool runs;
    u32 snaplen;
} Way;

typedef struct {
    const Made *made;
    const Way *way;
} Trip;

/* What the target's format can keep of a time. */
static i64 kept_time(const Way *way, const Expected *frame)
{
    if (strcmp(way->format, "netmon") != 0) return frame->time_ns;
    return frame->time_ns - ((frame->time_ns % 100) + 100) % 100;
}

static void take_back(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    const Trip *trip = user;
    const Expected *frame = &trip->made->frames[number];
    const char *name = trip->made->name, *format = trip->way->format;
    u32 caplen = trip->way->snaplen ? MIN_OF(frame->caplen, trip->way->snaplen) : frame->caplen;
    FrameInfo info;

    cr_assert_lt(number, trip->made->count);
    cr_assert(lane->capture->format->frame(lane->capture, lane->context, batch->at[i], &info));
    cr_assert_eq(info.caplen, caplen, "%s -> %s: frame %lu", name, format, number);
    cr_assert_eq(info.len, frame->len);
    cr_assert_eq(info.linktype, frame->linktype, "%s -> %s: frame %lu", name, format, number);
    cr_assert_eq(info.time_ns, kept_time(trip->way, frame), "%s -> %s: frame %lu", name, format, number);
    for (u32 k = 0; k < caplen; k++) cr_assert_eq(info.data[k], (u8)(frame->fill + 7 * k));
    if (strcmp(format, "pcap") != 0) {
        cr_assert_eq(info.comment_len, strlen(frame->comment), "%s -> %s: frame %lu", name, format, number);
        cr_assert_eq(memcmp(info.comment ? info.comment : (const u8 *)"", frame->comment, info.comment_len), 0);
    }
    if (strcmp(format, "pcapng") == 0) {
        cr_assert_eq(info.ticks, frame->ticks, "%s -> %s: frame %lu", name, format, number);
        cr_assert_eq(info.tsresol, frame->tsresol);
        cr_assert_eq(info.tsoffset, frame->tsoffset);
        cr_assert_eq(info.has_time, frame->has_time);
    }
}

typedef struct {
    Writer *writer;
    bool runs, good;
    u64 at, frames;
    bool pending;
    char why[300];
} Writing;

static void take_write(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    Writing *writing = user;
    FrameInfo info;

    (void)number;
    if (!writing->good) return;
    cr_assert(lane->capture->format->frame(lane->capture, lane->context, batch->at[i], &info));
    writing->good =
        writer_frame(writing->writer, lane->capture, lane->context, &info, writing->why, sizeof writing->why);
}

/* Each lane's whole stretch as one run. */
static void write_runs(Writing *writing, const Capture *capture)
{
    Lane lane = {.capture = capture, .at = capture->first, .limit = UINT64_MAX, .context = capture->context};
    Batch batch;
    for (;;) {
        FrameRun run = {0};
        u32 count;
        while ((count = capture->format->fill(&lane, 1, 64, 0, &batch)) > 0) {
            if (run.frames == 0) run.at = batch.at[0];
            run.frames += count;
        }
        run.end = lane.at;
        run.context = lane.context;
        if (writing->good && run.frames > 0)
            writing->good = writer_runs(writing->writer, capture, &run, 1, writing->why, sizeof writing->why);
        if (lane.state != LANE_SECTION) return;
        lane = (Lane){.capture = capture, .at = lane.at, .limit = UINT64_MAX, .context = lane.context};
    }
}

static Bytes read_file(const char *path)
{
    Bytes bytes = {0};
    FILE *file = fopen(path, "rb");
    u8 part[4096];
    size_t size;
    cr_assert_not_null(file, "%s", path);
    while ((size = fread(part, 1, sizeof part, file)) > 0) bytes_add(&bytes, part, size);
    fclose(file);
    return bytes;
}

/* false: refused, as it must be where the target cannot hold the frames. */
static bool write_capture(const Made *made, const Way *way, const char *path)
{
    Opened opened = open_bytes(made->bytes.bytes, made->bytes.size);
    WriterOptions options = {.path = path, .format = way->format, .snaplen = way->snaplen};
    Writing writing = {.runs = way->runs, .good = true};

    cr_assert(opened.open);
    writing.writer = writer_open(&options, writing.why, sizeof writing.why);
    cr_assert_not_null(writing.writer, "%s", writing.why);
    writer_source(writing.writer, &opened.capture);
    if (way->runs)
        write_runs(&writing, &opened.capture);
    else
        walk_capture(&opened.capture, 64, take_write, &writing, NULL);
    if (writing.good) cr_assert_eq(writer_frames(writing.writer), made->count);
    bool closed = writer_close(writing.writer, true, writing.why, sizeof writing.why);
    cr_assert_eq(closed, writing.good);
    close_opened(&opened);
    return closed;
}

static bool has_mixed_links(const Made *made)
{
    for (u32 i = 1; i < made->count; i++)
        if (made->frames[i].linktype != made->frames[0].linktype) return true;
    return false;
}

/* Binary fractions of a second are no whole number of nanoseconds. */
static bool must_refuse(const Made *made, const Way *way)
{
    bool pcap = strcmp(way->format, "pcap") == 0;
    return pcap && (has_mixed_links(made) || strcmp(made->name, "pcapng binary") == 0);
}

Test(formats, round_trips_keep_everything_the_target_can)
{
    static const Way ways[] = {
        {"pcap", false, 0},  {"pcap", true, 0},   {"pcapng", false, 0}, {"pcapng", true, 0},  {"netmon", false, 0},
        {"netmon", true, 0}, {"pcap", false, 60}, {"pcapng", true, 60}, {"netmon", true, 60},
    };
    static const u32 counts[] = {0, 1, 90};
    char path[64];

    snprintf(path, sizeof path, "/tmp/pktsift-formats-%d", (int)getpid());
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        for (u32 w = 0; w < COUNT_OF(ways); w++) {
            for (u32 c = 0; c < COUNT_OF(counts); c++) {
                Made made = made_capture(shape, counts[c], 31);
                bool written = write_capture(&made, &ways[w], path);
                cr_assert_eq(written,
                             !must_refuse(&made, &ways[w]) || counts[c] == 0 ||
                                 (counts[c] == 1 && !strstr(made.name, "binary")),
                             "%s -> %s", made.name, ways[w].format);
                if (written) {
                    Bytes bytes = read_file(path);
                    Opened opened = open_bytes(bytes.bytes, bytes.size);
                    Trip trip = {&made, &ways[w]};
                    Lane end;
                    cr_assert(opened.open, "%s -> %s: %s", made.name, ways[w].format, opened.damage.text);
                    cr_assert_str_eq(opened.capture.format->name, ways[w].format);
                    cr_assert_eq(walk_capture(&opened.capture, 64, take_back, &trip, &end), made.count);
                    cr_assert_eq(end.state, LANE_EOF, "%s", end.damage.text);
                    close_opened(&opened);
                    free(bytes.bytes);
                    unlink(path);
                }
                made_free(&made);
            }
        }
    }
    cr_assert_neq(access(path, F_OK), 0);
}

/* Runs are a faster way to the same bytes. */
Test(formats, runs_and_frames_write_the_same_bytes)
{
    static const char *const targets[] = {"pcap", "pcapng", "netmon"};
    char path[64];

    snprintf(path, sizeof path, "/tmp/pktsift-formats-%d", (int)getpid());
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        for (u32 t = 0; t < COUNT_OF(targets); t++) {
            Made made = made_capture(shape, 90, 37);
            Way frames = {targets[t], false, 0}, runs = {targets[t], true, 0};
            if (!must_refuse(&made, &frames)) {
                cr_assert(write_capture(&made, &frames, path));
                Bytes a = read_file(path);
                cr_assert(write_capture(&made, &runs, path));
                Bytes b = read_file(path);
                cr_assert_eq(a.size, b.size, "%s -> %s", made.name, targets[t]);
                cr_assert_eq(memcmp(a.bytes, b.bytes, a.size), 0, "%s -> %s", made.name, targets[t]);
                free(a.bytes);
                free(b.bytes);
                unlink(path);
            }
            made_free(&made);
        }
    }
}

/* A plain pcap that nothing is taken from comes out byte for byte. */
Test(formats, a_plain_pcap_is_copied_exactly)
{
    static const char *const names[] = {"pcap us le", "pcap ns le", "pcap fcs", "pcap raw"};
    char path[64];

    snprintf(path, sizeof path, "/tmp/pktsift-formats-%d", (int)getpid());
    for (u32 i = 0; i < COUNT_OF(names); i++) {
        for (u32 runs = 0; runs < 2; runs++) {
            Made made = made_named(names[i], 90, 41);
            Way way = {"pcap", runs, 0};
            cr_assert(write_capture(&made, &way, path));
            Bytes copy = read_file(path);
            cr_assert_eq(copy.size, made.bytes.size);
            cr_assert_eq(memcmp(copy.bytes, made.bytes.bytes, copy.size), 0, "%s", made.name);
            free(copy.bytes);
            made_free(&made);
            unlink(path);
        }
    }
}
