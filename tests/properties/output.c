/* output.c - properties of what is written: the same bytes whether frames are copied as runs, in parts, or one by one.
 *
 * A pcap is put together here, and what must come out of it as well, byte by byte; for pcapng the oracle is the writer that is
 * handed every frame by itself.  Which frames match makes runs of every kind: none, all, single ones, and some of any length
 * that begin and end anywhere in the chunks and parts the file is read in. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/writers/bytes.h"
#include "runtime/writers/writer.h"
#include "tests/captures.h"
#include "tests/effort.h"
#include "tests/random.h"
#include "tests/scanlog.h"

enum { HEADER = 24, RECORD = 16, SNAPLEN = 8 << 20, FRAMES = 9000 };

typedef struct {
    Bytes bytes;
    size_t ends[FRAMES]; /* of each record */
    u32 count;
} Pcap;

static void begin_pcap(Pcap *pcap)
{
    static const u32 header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, SNAPLEN, 1};
    pcap->bytes = (Bytes){0};
    pcap->count = 0;
    bytes_add(&pcap->bytes, header, sizeof header);
    if (pcap->bytes.failed || !pcap->bytes.bytes) abort();
}

static void add_record(Pcap *pcap, u32 size)
{
    u32 header[4] = {1400000000 + pcap->count / 1000, pcap->count % 1000, size, size};
    bytes_add(&pcap->bytes, header, sizeof header);
    for (u32 i = 0; i < size; i += 8) {
        u64 word = ((u64)pcap->count << 32 | i) * 0x9e3779b97f4a7c15ull;
        bytes_add(&pcap->bytes, &word, MIN_OF(size - i, 8));
    }
    pcap->ends[pcap->count++] = pcap->bytes.size;
}

static size_t start_of(const Pcap *pcap, u32 i) { return i ? pcap->ends[i - 1] : HEADER; }

/* `matches` of frame i: number i modulo `period` is less than `keep`. */
typedef struct {
    u32 period, keep;
} Pattern;

static const Pattern patterns[] = {{1, 1},  {1, 0},  {2, 1},   {2, 2},     {3, 2},       {5, 4},
                                   {64, 1}, {65, 1}, {129, 7}, {700, 350}, {5000, 2500}, {FRAMES, FRAMES - 1}};

static const char *filter_of(Pattern pattern)
{
    static char text[80];
    snprintf(text, sizeof text, "FrameVariable.FrameNumber %% %u < %u", pattern.period, pattern.keep);
    return text;
}

static bool is_in(Pattern pattern, u32 i) { return i % pattern.period < pattern.keep; }

/* The ways there are: in parts, from the mapping, in small chunks, by several threads, and frame by frame. */
static const ScanHow ways[] = {
    {.threads = 1, .no_frames = true},
    {.threads = 1, .no_frames = true, .chunk_bytes = 70000},
    {.threads = 1, .no_frames = true, .chunk_bytes = 3000},
    {.threads = 3, .no_frames = true, .chunk_bytes = 5000},
    {.threads = 2, .no_frames = true},
    {.threads = 1},
};

static void check_every_way(const Scratch *scratch, const pks_inputs *inputs, const char *filter, const char *name,
                            const Bytes *expected)
{
    for (u32 way = 0; way < COUNT_OF(ways); way++) {
        ScanHow how = ways[way];
        char path[256];
        size_t size;

        snprintf(path, sizeof path, "%s", scratch_path(scratch, name));
        how.filter = filter;
        how.output = path;
        Log log = scan_log(inputs, &how);
        u8 *bytes = scratch_read(path, &size);
        cr_assert_not_null(bytes, "%s, way %u: %s", filter, way, log.text);
        cr_assert_eq(size, expected->size, "%s, way %u: %zu bytes in place of %zu", filter, way, size, expected->size);
        cr_assert(expected->bytes && memcmp(bytes, expected->bytes, size) == 0, "%s, way %u", filter, way);
        free(bytes);
        log_free(&log);
    }
}

static Bytes chosen(const Pcap *pcap, Pattern pattern)
{
    Bytes expected = {0};
    bytes_add(&expected, pcap->bytes.bytes, HEADER);
    for (u32 i = 0; i < pcap->count; i++)
        if (is_in(pattern, i))
            bytes_add(&expected, pcap->bytes.bytes + start_of(pcap, i), pcap->ends[i] - start_of(pcap, i));
    return expected;
}

static void check_pcap(const Pcap *pcap, size_t size, u32 count)
{
    Scratch scratch = scratch_make();
    Pcap whole = *pcap;
    whole.count = count;
    scratch_write(&scratch, "in.pcap", pcap->bytes.bytes, size);
    const char *path = scratch_path(&scratch, "in.pcap");
    pks_inputs *inputs = inputs_of(&path, 1);

    for (u32 i = 0; i < COUNT_OF(patterns); i += EFFORT_STEP) {
        Bytes expected = chosen(&whole, patterns[i]);
        check_every_way(&scratch, inputs, filter_of(patterns[i]), "out.pcap", &expected);
        if (patterns[i].period == 1 && patterns[i].keep == 1)
            check_every_way(&scratch, inputs, NULL, "out.pcap", &expected);
        free(expected.bytes);
    }
    pks_inputs_free(inputs);
    scratch_remove(&scratch);
}

Test(output, short_records_in_runs_of_every_kind)
{
    Pcap *pcap = malloc(sizeof *pcap);
    Random random = {7};
    begin_pcap(pcap);
    for (u32 i = 0; i < FRAMES; i++) add_record(pcap, i % 97 == 0 ? random_below(&random, 1500) : 68);
    check_pcap(pcap, pcap->bytes.size, FRAMES);
    free(pcap->bytes.bytes);
    free(pcap);
}

/* Longer than libpcap's longest, longer than a part, longer than an output's buffer. */
Test(output, records_longer_than_parts)
{
    static const u32 sizes[] = {0, 60, 65535, 262144, 48, 400000, 1, 700000, 2500000, 68, 262128, 1514};
    Pcap *pcap = malloc(sizeof *pcap);
    begin_pcap(pcap);
    for (u32 i = 0; i < 2 * COUNT_OF(sizes); i++) add_record(pcap, sizes[i * 5 % COUNT_OF(sizes)]);
    check_pcap(pcap, pcap->bytes.size, pcap->count);
    free(pcap->bytes.bytes);
    free(pcap);
}

/* The last record is cut; or one in the middle says that it is longer than any may be.  What stands before it is written. */
Test(output, damaged_ends)
{
    Pcap *pcap = malloc(sizeof *pcap);
    begin_pcap(pcap);
    while (pcap->count < 4000) add_record(pcap, 60 + pcap->count % 300);
    static const u32 cuts[] = {1, 15, 16, 17, 75};
    for (u32 i = 0; i < COUNT_OF(cuts); i++) check_pcap(pcap, start_of(pcap, 3000 + i) + cuts[i], 3000 + i);
    memset(pcap->bytes.bytes + start_of(pcap, 3500) + 8, 0xff, 4);
    check_pcap(pcap, pcap->bytes.size, 3500);
    free(pcap->bytes.bytes);
    free(pcap);
}

/* Stretches of which everything matches, a part, or nothing: the scan goes over from the mapping to parts and back. */
Test(output, stretches)
{
    Scratch scratch = scratch_make();
    Pcap *pcap = malloc(sizeof *pcap);
    Bytes expected = {0};
    begin_pcap(pcap);
    bytes_add(&expected, pcap->bytes.bytes, HEADER);
    for (u32 i = 0; i < FRAMES; i++) {
        u32 stretch = i / 1000 % 3;
        bool match = stretch == 0 || (stretch == 1 && i % 3 == 0);
        add_record(pcap, match ? 120 : 80);
        if (match) bytes_add(&expected, pcap->bytes.bytes + start_of(pcap, i), 120 + RECORD);
    }
    scratch_write(&scratch, "in.pcap", pcap->bytes.bytes, pcap->bytes.size);
    const char *path = scratch_path(&scratch, "in.pcap");
    pks_inputs *inputs = inputs_of(&path, 1);
    check_every_way(&scratch, inputs, "FrameVariable.FrameLength > 100", "out.pcap", &expected);
    pks_inputs_free(inputs);
    free(expected.bytes);
    free(pcap->bytes.bytes);
    free(pcap);
    scratch_remove(&scratch);
}

/* -- other formats --------------------------------------------------------------------------------------------------- */

typedef struct {
    Writer *writer;
    Pattern pattern;
} Oracle;

static void take_frame(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    Oracle *oracle = user;
    FrameInfo info;
    char why[300] = "";
    if (!is_in(oracle->pattern, (u32)number)) return;
    cr_assert(lane->capture->format->frame(lane->capture, lane->context, batch->at[i], &info));
    cr_assert(writer_frame(oracle->writer, lane->capture, lane->context, &info, why, sizeof why), "%s", why);
}

/* What the files give when every frame is handed over by itself. */
static Bytes one_by_one(const Scratch *scratch, const Made *made, u32 count, Pattern pattern)
{
    char why[300] = "", path[256];
    Bytes expected = {0};
    size_t size;

    snprintf(path, sizeof path, "%s", scratch_path(scratch, "oracle.pcapng"));
    Oracle oracle = {writer_open(&(WriterOptions){.path = path}, why, sizeof why), pattern};
    cr_assert_not_null(oracle.writer, "%s", why);
    for (u32 i = 0; i < count; i++) {
        Opened opened = open_bytes(made[i].bytes.bytes, made[i].bytes.size);
        writer_source(oracle.writer, &opened.capture);
        walk_capture(&opened.capture, 64, take_frame, &oracle, NULL);
        close_opened(&opened);
    }
    cr_assert(writer_close(oracle.writer, true, why, sizeof why), "%s", why);
    u8 *bytes = scratch_read(path, &size);
    bytes_add(&expected, bytes, size);
    free(bytes);
    return expected;
}

/* One after the other into one pcapng: files of the same and of other link types, byte orders and resolutions. */
Test(output, several_files_of_every_format)
{
    Scratch scratch = scratch_make();

    for (u32 shape = 0; shape < made_shapes(); shape += EFFORT_STEP) {
        Made made[3] = {made_capture(shape, 5000, 1), made_capture(shape, 300, 2),
                        made_capture((shape + 1) % made_shapes(), 300, 3)};
        char paths[3][256];
        const char *operands[3];

        for (u32 i = 0; i < 3; i++) {
            char name[8];
            snprintf(name, sizeof name, "in%u", i);
            scratch_write(&scratch, name, made[i].bytes.bytes, made[i].bytes.size);
            snprintf(paths[i], sizeof paths[i], "%s", scratch_path(&scratch, name));
            operands[i] = paths[i];
        }
        pks_inputs *inputs = inputs_of(operands, 3);
        for (u32 i = shape % 2; i < COUNT_OF(patterns); i += 4) {
            if (patterns[i].keep == 0) continue;
            Bytes expected = one_by_one(&scratch, made, 3, patterns[i]);
            check_every_way(&scratch, inputs, filter_of(patterns[i]), "out.pcapng", &expected);
            free(expected.bytes);
        }
        pks_inputs_free(inputs);
        for (u32 i = 0; i < 3; i++) made_free(&made[i]);
    }
    scratch_remove(&scratch);
}
