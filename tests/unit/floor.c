/* floor.c - tests of runtime/floor.c: it finds the frames that a scan finds, in every kind of capture, however it ends. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/captures.h"
#include "tests/scanlog.h"

enum { FRAMES = 300 };

static Scratch scratch;

static void enter(void) { scratch = scratch_make(); }
static void leave(void) { scratch_remove(&scratch); }

TestSuite(floor, .init = enter, .fini = leave);

static u64 scanned(const pks_inputs *inputs)
{
    pks_scan_options options = {.inputs = inputs, .threads = 1};
    pks_totals totals;

    cr_assert(pks_scan(&options, &totals));
    return totals.frames;
}

static void expect_frames(const char *const *paths, size_t count, const char *name)
{
    Log log = {0};
    pks_listener listener = log_listener(&log);
    pks_inputs *inputs = inputs_of(paths, count);
    pks_floor *floor = pks_floor_new(inputs, &listener);
    uint64_t ns = 0;

    cr_assert_not_null(floor, "%s: %s", name, log.text);
    cr_assert_eq(pks_floor_frames(floor), scanned(inputs), "%s", name);
    for (int i = 0; i < 3; i++) cr_assert(pks_floor_run(floor, &ns, &listener), "%s: %s", name, log.text);
    cr_assert_gt(ns, 0, "%s", name);
    pks_floor_free(floor);
    pks_inputs_free(inputs);
    log_free(&log);
}

Test(floor, finds_what_a_scan_finds)
{
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, FRAMES, shape);
        const char *path = scratch_path(&scratch, "capture");

        for (size_t cut = 0; cut < 64; cut += 1 + cut / 2) {
            scratch_write(&scratch, "capture", made.bytes.bytes, made.bytes.size - cut);
            Log log = {0};
            pks_inputs *inputs = inputs_of(&path, 1);
            pks_listener listener = log_listener(&log);
            pks_floor *floor = pks_floor_new(inputs, &listener);
            bool opened = floor != NULL; /* of .cap, whose frame table stands at the end, not every part can be */

            pks_floor_free(floor);
            pks_inputs_free(inputs);
            log_free(&log);
            if (opened) expect_frames(&path, 1, made.name);
        }
        made_free(&made);
    }
}

Test(floor, several_files)
{
    Made made = made_capture(0, FRAMES, 1);
    const char *paths[2];

    scratch_write(&scratch, "one", made.bytes.bytes, made.bytes.size);
    scratch_write(&scratch, "two", made.bytes.bytes, made.bytes.size);
    paths[0] = strdup(scratch_path(&scratch, "one"));
    paths[1] = strdup(scratch_path(&scratch, "two"));
    expect_frames(paths, 2, "two files");
    free((char *)(uintptr_t)paths[0]);
    free((char *)(uintptr_t)paths[1]);
    made_free(&made);
}

Test(floor, a_file_that_changes_is_named)
{
    Made made = made_capture(0, FRAMES, 1);
    const char *path = scratch_path(&scratch, "capture");
    Log log = {0};
    pks_listener listener = log_listener(&log);
    uint64_t ns;

    scratch_write(&scratch, "capture", made.bytes.bytes, made.bytes.size);
    pks_inputs *inputs = inputs_of(&path, 1);
    pks_floor *floor = pks_floor_new(inputs, &listener);
    cr_assert_not_null(floor);
    cr_assert_eq(truncate(path, (off_t)made.bytes.size / 2), 0);
    cr_assert_not(pks_floor_run(floor, &ns, &listener));
    cr_assert_not_null(log.text);
    cr_assert_not_null(strstr(log.text, "changed while it was being measured"), "%s", log.text);
    pks_floor_free(floor);
    pks_inputs_free(inputs);
    log_free(&log);
    made_free(&made);
}

Test(floor, what_is_no_capture_is_said)
{
    const char *path = scratch_path(&scratch, "capture");
    Log log = {0};
    pks_listener listener = log_listener(&log);

    scratch_write(&scratch, "capture", (const u8 *)"nonsense", 8);
    pks_inputs *inputs = inputs_of(&path, 1);
    cr_assert_null(pks_floor_new(inputs, &listener));
    cr_assert_not_null(log.text && strstr(log.text, "expected a capture file"), "%s", log.text);
    pks_inputs_free(inputs);
    log_free(&log);
}
