/* scan.c - properties of scanning: threads, chunk sizes, lanes and batch sizes never show.
 *
 * Every capture is scanned once the plain way (one thread, one lane, one chunk, one frame a batch), which is also compared
 * with what the capture was made of; then in many other ways, and everything the scan said and did must be the same. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/captures.h"
#include "tests/effort.h"
#include "tests/scanlog.h"

enum { PLAIN_CHUNK = 1 << 30 };

static const unsigned thread_counts[] = {1, 2, 7, 16};
static const size_t chunk_sizes[] = {64, 1000, 4096, 0};
static const unsigned lane_counts[] = {0, 3, 8}; /* 0: read, not mapped */
static const unsigned batch_sizes[] = {1, 7, 64};

static const char *const filters[] = {
    NULL,
    "FrameVariable.FrameLength & 1 == 1",
    "FrameVariable.FrameNumber % 5 < 2",
    "FrameVariable.TimeDelta > 500us",
    "FrameVariable.TimeOffset > 30ms AND Blob(FrameData, 100, 1) != 0",
};

static ScanHow plainly(ScanHow how)
{
    how.threads = how.lanes = how.batch = 1;
    how.chunk_bytes = PLAIN_CHUNK;
    return how;
}

static void same_way(const pks_inputs *inputs, const Log *plain, ScanHow how, const char *name)
{
    char what[300];
    Log log = scan_log(inputs, &how);

    snprintf(what, sizeof what, "%s, filter %s, %u threads, chunks of %zu, %u lanes, batches of %u%s", name,
             how.filter ? how.filter : "none", how.threads, how.chunk_bytes, how.lanes, how.batch,
             how.render ? ", rendered" : "");
    logs_equal(plain, &log, what);
    log_free(&log);
}

/* Every combination would be 144 scans; every pair of settings occurs in these. */
static void same_every_way(const pks_inputs *inputs, ScanHow how, const char *name)
{
    ScanHow first = plainly(how);
    Log plain = scan_log(inputs, &first);
    u32 turn = 0;

    for (size_t t = 0; t < COUNT_OF(thread_counts); t++)
        for (size_t c = 0; c < COUNT_OF(chunk_sizes); c++, turn++) {
            how.threads = thread_counts[t];
            how.chunk_bytes = chunk_sizes[c];
            how.lanes = lane_counts[turn % 3];
            how.batch = batch_sizes[(turn / 3 + t) % 3];
            how.render = !how.no_frames && !how.stop_after && (turn / 2 + t) % 2; /* which stops behind a stretch */
            same_way(inputs, &plain, how, name);
        }
    log_free(&plain);
}

static void one_file(const Scratch *scratch, const void *bytes, size_t size, const char *name, ScanHow how)
{
    scratch_write(scratch, "one", bytes, size);
    const char *path = scratch_path(scratch, "one");
    pks_inputs *inputs = inputs_of(&path, 1);

    same_every_way(inputs, how, name);
    pks_inputs_free(inputs);
}

/* -- every kind of capture ------------------------------------------------------------------------------------------ */

Test(scan_properties, every_shape_every_way)
{
    Scratch scratch = scratch_make();

    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 300, shape + 1);

        for (size_t f = shape % EFFORT_STEP; f < COUNT_OF(filters); f += EFFORT_STEP)
            one_file(&scratch, made.bytes.bytes, made.bytes.size, made.name,
                     (ScanHow){.filter = filters[f], .delta = f % 2, .times = f == 1});
        made_free(&made);
    }
    scratch_remove(&scratch);
}

/* What the plain scan says is what the capture was made of. */
typedef struct {
    const Made *made;
    u32 next;
} Compare;

static bool compare_frame(void *user, const pks_frame *frame)
{
    Compare *compare = user;
    const Expected *expected = &compare->made->frames[compare->next++];
    const char *name = compare->made->name;

    cr_assert_leq(compare->next, compare->made->count, "%s has too many frames", name);
    cr_assert_eq(frame->number, compare->next, "%s", name);
    cr_assert_eq(frame->caplen, expected->caplen, "%s frame %u", name, compare->next);
    cr_assert_eq(frame->len, expected->len, "%s frame %u", name, compare->next);
    cr_assert_eq(frame->linktype, expected->linktype, "%s frame %u", name, compare->next);
    cr_assert_eq(frame->has_time, expected->has_time, "%s frame %u", name, compare->next);
    if (frame->has_time) cr_assert_eq(frame->time_ns, expected->time_ns, "%s frame %u", name, compare->next);
    cr_assert_eq(frame->delta_ns, expected->delta_ns, "%s frame %u: %lld %lld", name, compare->next,
                 (long long)frame->delta_ns, (long long)expected->delta_ns);
    for (u32 i = 0; i < frame->caplen; i++) cr_assert_eq(frame->data[i], (u8)(expected->fill + 7 * i), "%s", name);
    return true;
}

Test(scan_properties, frames_are_what_the_capture_was_made_of)
{
    Scratch scratch = scratch_make();

    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 500, 7 * shape + 3);
        Compare compare = {.made = &made};
        pks_totals totals;

        scratch_write(&scratch, "made", made.bytes.bytes, made.bytes.size);
        const char *path = scratch_path(&scratch, "made");
        pks_inputs *inputs = inputs_of(&path, 1);
        pks_scan_options options = {.inputs = inputs,
                                    .threads = 2,
                                    .chunk_bytes = 2000,
                                    .on_frame = compare_frame,
                                    .want_delta = true,
                                    .user = &compare};
        cr_assert(pks_scan(&options, &totals));
        cr_assert_eq(compare.next, made.count, "%s", made.name);
        cr_assert_eq(totals.frames, made.count);
        cr_assert_eq(totals.matched, made.count);
        pks_inputs_free(inputs);
        made_free(&made);
    }
    scratch_remove(&scratch);
}

/* -- damage --------------------------------------------------------------------------------------------------------- */

Test(scan_properties, cut_and_damaged_captures)
{
    Scratch scratch = scratch_make();
    u32 seed = 11;

    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 200, shape + 40);

        for (u32 round = shape % EFFORT_STEP; round < 6; round += EFFORT_STEP) {
            seed = seed * 1664525 + 1013904223;
            size_t place = 1 + (seed >> 4) % (made.bytes.size - 1), size = round % 2 ? place : made.bytes.size;
            u8 *bytes = malloc(made.bytes.size);

            memcpy(bytes, made.bytes.bytes, made.bytes.size);
            for (size_t i = place; round % 2 == 0 && i < MIN_OF(place + 24, size); i++) bytes[i] = (u8)(0xff - i);
            one_file(&scratch, bytes, size, made.name,
                     (ScanHow){.filter = filters[round % COUNT_OF(filters)],
                               .delta = round == 3,
                               .strict = round == 1,
                               .times = round == 4});
            free(bytes);
        }
        made_free(&made);
    }
    scratch_remove(&scratch);
}

/* -- hostile captures ------------------------------------------------------------------------------------------------ */

static void pcap_header(Bytes *out)
{
    static const u32 header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};

    bytes_add(out, header, sizeof header);
}

static void pcap_record(Bytes *out, u32 seconds, const void *data, u32 caplen, u32 len)
{
    u32 header[4] = {seconds, seconds % 1000000, caplen, len};

    bytes_add(out, header, sizeof header);
    bytes_add(out, data, caplen);
}

/* A chain of records that look just like the real ones, but stand inside one. */
static void fake_chain(Bytes *out, u32 bytes, u32 step)
{
    u8 filler[200] = {0};

    for (u32 i = 0; out->size + 16 + step <= bytes; i++) pcap_record(out, 1000 + i, filler, step, step);
    while (out->size < bytes) bytes_add(out, filler, 1);
}

Test(scan_properties, payload_full_of_records)
{
    Scratch scratch = scratch_make();
    Bytes capture = {0};

    pcap_header(&capture);
    for (u32 i = 0; i < 40; i++) {
        Bytes fake = {0};

        fake_chain(&fake, 500 + 977 * (i % 7), 20 + i % 5);
        pcap_record(&capture, 1000 + i, fake.bytes, (u32)fake.size, (u32)fake.size);
        free(fake.bytes);
    }
    for (size_t f = 0; f < COUNT_OF(filters); f++)
        one_file(&scratch, capture.bytes, capture.size, "records in payload",
                 (ScanHow){.filter = filters[f], .delta = f == 2});
    free(capture.bytes);
    scratch_remove(&scratch);
}

Test(scan_properties, records_longer_than_chunks)
{
    Scratch scratch = scratch_make();
    Bytes capture = {0};
    u8 *giant = calloc(1, 200000);

    pcap_header(&capture);
    for (u32 i = 0; i < 30; i++) {
        u32 size = i % 10 == 4 ? 200000 : i % 3 == 0 ? 9000 : 60;

        memset(giant, (int)i, 64);
        pcap_record(&capture, 5000 - i, giant, size, size + i % 2);
    }
    for (size_t f = 0; f < COUNT_OF(filters); f++)
        one_file(&scratch, capture.bytes, capture.size, "giant records",
                 (ScanHow){.filter = filters[f], .times = f == 0});
    free(giant);
    free(capture.bytes);
    scratch_remove(&scratch);
}

Test(scan_properties, frames_without_bytes)
{
    Scratch scratch = scratch_make();
    Bytes capture = {0};

    pcap_header(&capture);
    for (u32 i = 0; i < 500; i++) pcap_record(&capture, i, "", 0, i % 4 ? 0 : 60);
    for (size_t f = 0; f < COUNT_OF(filters); f++)
        one_file(&scratch, capture.bytes, capture.size, "empty frames", (ScanHow){.filter = filters[f]});
    free(capture.bytes);
    scratch_remove(&scratch);
}

/* -- several files, stopping, outputs ----------------------------------------------------------------------------------- */

static pks_inputs *many_files(const Scratch *scratch)
{
    pks_inputs *inputs = pks_inputs_new();

    for (u32 i = 0; i < 30; i++) {
        Made made = made_capture(i % made_shapes(), i % 7 == 3 ? 0 : 10 + 40 * (i % 4), i);
        char name[32];
        size_t size = i % 9 == 5 ? made.bytes.size / 2 : made.bytes.size;

        snprintf(name, sizeof name, "many%u", i);
        scratch_write(scratch, name, i == 12 ? "this is no capture" : (const char *)made.bytes.bytes,
                      i == 12 ? 18 : size);
        cr_assert(pks_inputs_add(inputs, scratch_path(scratch, name), NULL));
        made_free(&made);
    }
    return inputs;
}

Test(scan_properties, many_files)
{
    Scratch scratch = scratch_make();
    pks_inputs *inputs = many_files(&scratch);

    for (size_t f = 0; f < COUNT_OF(filters); f++)
        same_every_way(inputs, (ScanHow){.filter = filters[f], .delta = f == 3, .times = f == 1}, "many files");
    same_every_way(inputs, (ScanHow){.filter = filters[2], .no_frames = true}, "many files, counted");
    pks_inputs_free(inputs);
    scratch_remove(&scratch);
}

Test(scan_properties, stopping_looks_at_the_same_frames)
{
    Scratch scratch = scratch_make();
    pks_inputs *inputs = many_files(&scratch);

    for (u64 stop = 1; stop < 1500; stop = stop * 2 + 3) {
        const char *filter = filters[stop % COUNT_OF(filters)];

        same_every_way(inputs, (ScanHow){.filter = filter, .max_frames = stop, .times = true}, "stopped by max_frames");
        same_every_way(inputs, (ScanHow){.filter = filter, .stop_after = stop, .delta = true}, "stopped by on_frame");
        same_every_way(inputs, (ScanHow){.filter = filter, .max_frames = stop, .no_frames = true},
                       "counted to max_frames");
    }
    pks_inputs_free(inputs);
    scratch_remove(&scratch);
}

Test(scan_properties, outputs_are_the_same_bytes)
{
    Scratch scratch = scratch_make();

    for (u32 shape = 0; shape < made_shapes(); shape += EFFORT_STEP) {
        Made made = made_capture(shape, 150, shape + 5);
        char output[256];

        snprintf(output, sizeof output, "%s", scratch_path(&scratch, "out.pcapng"));
        one_file(&scratch, made.bytes.bytes, made.bytes.size, made.name,
                 (ScanHow){.filter = filters[1], .output = output});
        one_file(&scratch, made.bytes.bytes, made.bytes.size, made.name,
                 (ScanHow){.no_frames = true, .output = output, .max_frames = 77});
        made_free(&made);
    }
    scratch_remove(&scratch);
}

/* -- merging --------------------------------------------------------------------------------------------------------- */

Test(scan_properties, merging_ignores_batch_sizes)
{
    Scratch scratch = scratch_make();
    pks_inputs *inputs = many_files(&scratch);

    for (size_t f = 0; f < COUNT_OF(filters); f++)
        for (u64 most = 0; most < 300; most = most * 3 + 2) {
            ScanHow how = {.filter = filters[f], .merge = true, .batch = 1, .max_frames = most, .delta = true};
            Log one = scan_log(inputs, &how);

            for (size_t b = 1; b < COUNT_OF(batch_sizes); b++) {
                how.batch = batch_sizes[b];
                same_way(inputs, &one, how, "merge");
            }
            log_free(&one);
        }
    pks_inputs_free(inputs);
    scratch_remove(&scratch);
}
