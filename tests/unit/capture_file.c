/* capture_file.c - tests of runtime/capture/file.c: what a scan brings into the page cache, and what it leaves there. */
#include "runtime/capture/file.h"

#include "tests/scanlog.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FILE_BYTES = 8 << 20, PARTS = 4, PART_BYTES = FILE_BYTES / PARTS };

static Scratch scratch;
static const char *path;

static void make_file(void)
{
    static const u8 header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [16] = 0xff, 0xff, 0, 0, 1, 0, 0, 0};
    u8 *bytes = calloc(1, FILE_BYTES);

    scratch = scratch_make();
    cr_assert_not_null(bytes);
    memcpy(bytes, header, sizeof header);
    scratch_write(&scratch, "capture", bytes, FILE_BYTES);
    path = scratch_path(&scratch, "capture");
    free(bytes);
}

static void remove_file(void) { scratch_remove(&scratch); }

/* Share of a part's pages that are in the page cache. */
static double cached(const CaptureFile *file, u64 part)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = PART_BYTES / page, there = 0;
    unsigned char *state = calloc(pages, 1);

    cr_assert_eq(mincore((u8 *)file->map + part * PART_BYTES, PART_BYTES, state), 0);
    for (size_t i = 0; i < pages; i++) there += state[i] & 1;
    free(state);
    return (double)there / (double)pages;
}

/* Out of the page cache with it.  The kernel keeps pages that it has only just been given: so some tries.  Some file systems
 * keep them all. */
static bool evict(const CaptureFile *file)
{
    cr_assert_eq(fsync(file->fd), 0);
    for (int i = 0; i < 100; i++, usleep(10000)) {
        posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
        if (cached(file, 1) + cached(file, 2) + cached(file, 3) == 0) return true;
    }
    cr_log_warn("%s cannot be evicted from the page cache here: nothing was tried", path);
    return false;
}

TestSuite(capture_file, .init = make_file, .fini = remove_file);

Test(capture_file, a_part_is_brought_and_the_next_asked_for)
{
    CaptureFile file;
    Damage damage;
    cr_assert(capture_file_open(&file, path, &damage), "%s", damage.text);
    cr_expect_not(file.large);
    if (evict(&file)) {
        cr_expect(capture_file_expect(&file, 1, PARTS, true));
        cr_expect_eq(cached(&file, 1), 1);
        for (int i = 0; i < 500 && cached(&file, 2) < 1; i++) usleep(10000);
        cr_expect_eq(cached(&file, 2), 1, "the part behind it was not read ahead");
        cr_expect_not(capture_file_expect(&file, 1, PARTS, true), "what is there need not be brought");
        capture_file_leave(&file, 1, PARTS);
        cr_expect_eq(cached(&file, 1), 1, "a file that fits stays");
    }
    capture_file_close(&file);
}

Test(capture_file, of_a_large_file_parts_leave_and_can_come_back)
{
    CaptureFile file;
    Damage damage;
    cr_assert(capture_file_open(&file, path, &damage), "%s", damage.text);
    file.large = true;
    if (evict(&file)) {
        capture_file_expect(&file, 0, PARTS, true);
        capture_file_expect(&file, 1, PARTS, true);
        capture_file_leave(&file, 1, PARTS);
        cr_expect_lt(cached(&file, 1), 0.1);
        cr_expect_eq(cached(&file, 0), 1);
        cr_expect_eq(((const u8 *)file.map)[PART_BYTES], 0);
        capture_file_leave(&file, 0, PARTS);
        cr_expect_eq(((const u8 *)file.map)[0], 0xd4);
    }
    capture_file_close(&file);
}
