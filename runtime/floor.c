/* floor.c - the least time in which frames can be looked at where they lie: pks_floor, what a filter's time is a ratio to.
 *
 * Beside the road; the same yardstick as bench/floor.c, for every format.  Where each record begins is found beforehand, by
 * one walk, so nothing waits for one header to find the next.  Inside the clock: each file is opened and mapped anew, of
 * each frame a word of its record's header and one of its bytes 34 to 37 (the ports of plain TCP) are looked at, with the page
 * faults that costs, prefetching AHEAD records ahead, and the file is unmapped.  How its bytes come is most of the cost: one
 * fault after another, many pages mapped at once by the kernel, or read into a buffer that stays in the processor's cache.
 * Which is least differs, so it is tried beforehand.
 * Always true: nothing is read but what a reader has handed out, in a file of the size that it had then. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/capture/file.h"
#include "runtime/capture/guard.h"
#include "runtime/profile.h"
#include "runtime/report.h"

enum {
    AHEAD = 32,
    HEADER_BEFORE = 8, /* bytes before a frame: in every format a word of its header, in most the captured length */
    LOOKED_AT = 34,    /* where a frame's word stands; in a shorter frame its last one */
    WORD = 4,
    DISTANCE_BITS = 8,
    RECORDS_AT_FIRST = 4096,
    TRIES = 3,                          /* of each way for bytes to come */
    PIECE_MAX = 1 << 20,                /* that is read at a time */
    TAIL = (1 << DISTANCE_BITS) + WORD, /* behind a piece: where the words of its last record may stand */
};

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14; where it is refused, pages fault */
#endif

/* So many bytes are read, or their pages asked for, at once; 0: none are, each page faults. */
typedef struct {
    bool read;
    u64 window;
} FloorWay;

static const FloorWay ways[] = {{false, 0},         {false, 2 << 20},  {false, 8 << 20}, {false, 32 << 20},
                                {false, 1LL << 40}, {true, 256 << 10}, {true, PIECE_MAX}};

static const u32 PORTS = 0xefd0efd0; /* what the words are compared with, so that they must be read */

/* Of a record: the offset of its header's word, and how far behind it the frame's is, in the low bits. */
typedef u64 Place;

typedef struct {
    const char *path; /* the inputs' */
    u64 size, device, inode;
    u64 first, count; /* in pks_floor.place */
} FloorFile;

struct pks_floor {
    FloorFile *file;
    size_t files;
    Place *place; /* AHEAD more behind the last, so that the loop may look ahead */
    u64 count, room;
    FloorWay way;
    u8 *buffer;  /* PIECE_MAX + TAIL */
    u64 matched; /* by the last run; there so that no compiler leaves the reading out */
};

/* -- finding --------------------------------------------------------------------------------------------------------- */

static bool make_room(pks_floor *floor)
{
    if (floor->count + AHEAD < floor->room) return true;
    u64 room = floor->room ? floor->room * 2 : RECORDS_AT_FIRST;
    Place *grown = realloc(floor->place, room * sizeof *grown);

    if (!grown) return false;
    floor->place = grown;
    floor->room = room;
    return true;
}

static Place place_of(u64 data, u32 caplen)
{
    u64 look = caplen >= LOOKED_AT + WORD ? LOOKED_AT : caplen >= WORD ? caplen - WORD : 0;

    return (data - HEADER_BEFORE) << DISTANCE_BITS | (caplen >= WORD ? HEADER_BEFORE + look : 0);
}

static bool find_records(pks_floor *floor, const Capture *capture)
{
    Lane lane = {.capture = capture, .at = capture->first, .limit = UINT64_MAX, .context = capture->context};
    Batch batch;

    while (lane.state == LANE_RUNNING) {
        u32 frames = capture->format->fill(&lane, 1, BATCH_MAX, 0, &batch);

        for (u32 i = 0; i < frames; i++) {
            if (!make_room(floor)) return false;
            floor->place[floor->count++] = place_of((u64)(batch.data[i] - capture->bytes), batch.caplen[i]);
        }
        if (lane.state == LANE_SECTION)
            lane = (Lane){.capture = capture, .at = lane.at, .limit = UINT64_MAX, .context = lane.context};
    }
    return true;
}

static bool add_file(pks_floor *floor, const char *path, const pks_listener *listener)
{
    CaptureFile file;
    Damage damage;

    if (!capture_file_open(&file, path, &damage)) {
        report_unusable(listener, report_name(path), &damage);
        return false;
    }
    u64 first = floor->count;
    bool found = find_records(floor, &file.capture);
    floor->file[floor->files++] = (FloorFile){path, file.size, file.device, file.inode, first, floor->count - first};
    capture_file_close(&file);
    if (!found) report(listener, PKS_ERROR, report_name(path), "not enough memory for where its records are");
    return found;
}

/* -- the run --------------------------------------------------------------------------------------------------------- */

/* bytes: those of the file from `base` on. */
static u64 touch(const u8 *bytes, u64 base, const Place *place, u64 count)
{
    u64 matched = 0;

    for (u64 i = 0; i < count; i++) {
        Place next = place[i + AHEAD], here = place[i];
        const u8 *header = bytes + ((here >> DISTANCE_BITS) - base);
        uintptr_t ahead =
            (uintptr_t)bytes + (next >> DISTANCE_BITS) - base; /* perhaps of another piece: it cannot fault */

        __builtin_prefetch((const void *)ahead);
        __builtin_prefetch((const void *)(ahead + (next & 0xff)));
        matched += (load_le32(header) >= LOOKED_AT) & (load_le32(header + (here & 0xff)) == PORTS);
    }
    return matched;
}

/* How many records from `place` on begin in the window at byte `at`.  Frames of a .cap may lie in any order. */
static u64 count_within(const Place *place, u64 count, u64 at, u64 window)
{
    u64 within = 0;

    while (within < count && (place[within] >> DISTANCE_BITS) - at < window) within++;
    return within;
}

/* Window by window; that a file has shrunk is told by the guard, not by madvise. */
static u64 look_at(const pks_floor *floor, const FloorFile *file, u8 *bytes)
{
    const Place *place = floor->place + file->first, *end = place + file->count;
    u64 matched = 0, window = floor->way.window;

    if (!window) return touch(bytes, 0, place, file->count);
    while (place < end) {
        u64 at = (*place >> DISTANCE_BITS) / window * window, within;
        madvise(bytes + at, MIN_OF(window, file->size - at), MADV_POPULATE_READ);
        within = count_within(place, (u64)(end - place), at, window);
        matched += touch(bytes, 0, place, within);
        place += within;
    }
    return matched;
}

/* false: the file is no longer as long as it was. */
static bool read_through(pks_floor *floor, const FloorFile *file, int fd)
{
    const Place *place = floor->place + file->first, *end = place + file->count;
    u64 window = floor->way.window;

    while (place < end) {
        u64 at = (*place >> DISTANCE_BITS) / window * window, within;
        if (!read_exactly(fd, floor->buffer, at, MIN_OF(window + TAIL, file->size - at))) return false;
        within = count_within(place, (u64)(end - place), at, window);
        floor->matched += touch(floor->buffer, at, place, within);
        place += within;
    }
    return true;
}

static bool map_and_look(pks_floor *floor, const FloorFile *file, int fd)
{
    void *map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0);

    if (map == MAP_FAILED) return false;
    Guard *guard = guard_add(map, file->size);
    if (guard && file->count) floor->matched += look_at(floor, file, map);
    bool whole = guard && guard_fault(guard) == UINT64_MAX;
    guard_remove(guard);
    munmap(map, file->size);
    return whole;
}

/* The file as it was: opened, looked at, closed. */
static bool run_file(pks_floor *floor, const FloorFile *file)
{
    struct stat status;
    int fd = strcmp(file->path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                          : open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return false;
    bool same = fstat(fd, &status) == 0 && (u64)status.st_size == file->size && status.st_dev == file->device &&
                status.st_ino == file->inode;
    bool whole = same && (floor->way.read ? read_through(floor, file, fd) : map_and_look(floor, file, fd));
    close(fd);
    return whole;
}

/* NULL, or the file that is not as it was. */
static const FloorFile *run_files(pks_floor *floor, u64 *ns)
{
    u64 start = profile_clock();

    floor->matched = 0;
    for (size_t i = 0; i < floor->files; i++)
        if (!run_file(floor, &floor->file[i])) return &floor->file[i];
    *ns = profile_clock() - start;
    return NULL;
}

bool pks_floor_run(pks_floor *floor, uint64_t *ns, const pks_listener *listener)
{
    const FloorFile *changed = run_files(floor, ns);

    if (changed) report(listener, PKS_ERROR, report_name(changed->path), "changed while it was being measured");
    return !changed;
}

/* What has changed by now will be told by the first run that counts. */
static void choose_way(pks_floor *floor)
{
    u64 least = UINT64_MAX, ns = 0;
    FloorWay best = ways[0];

    for (u32 i = 0; i < TRIES * COUNT_OF(ways); i++) {
        floor->way = ways[i % COUNT_OF(ways)];
        if (run_files(floor, &ns)) break;
        if (ns >= least) continue;
        least = ns;
        best = floor->way;
    }
    floor->way = best;
}

/* -- one of them --------------------------------------------------------------------------------------------------- */

pks_floor *pks_floor_new(const pks_inputs *inputs, const pks_listener *listener)
{
    size_t count = pks_inputs_count(inputs);
    pks_floor *floor = calloc(1, sizeof *floor);
    bool good = floor && (floor->file = calloc(count + 1, sizeof *floor->file)) && make_room(floor) &&
                (floor->buffer = calloc(1, PIECE_MAX + TAIL));

    if (!good) report(listener, PKS_ERROR, NULL, "not enough memory to find records");
    for (size_t i = 0; good && i < count; i++) good = add_file(floor, pks_inputs_path(inputs, i), listener);
    if (good) { /* behind the last record of all; behind that of a file stand the next one's: prefetching cannot fault */
        memset(floor->place + floor->count, 0, AHEAD * sizeof *floor->place);
        choose_way(floor);
        return floor;
    }
    pks_floor_free(floor);
    return NULL;
}

void pks_floor_free(pks_floor *floor)
{
    if (!floor) return;
    free(floor->file);
    free(floor->place);
    free(floor->buffer);
    free(floor);
}

uint64_t pks_floor_frames(const pks_floor *floor) { return floor->count; }
