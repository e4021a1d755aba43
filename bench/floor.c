/* floor.c - the least time in which a fresh mapping can be looked at: the yardsticks that every benchmark is a ratio to.
 *
 *     floor records WAY CAPTURE...    the floor: of each frame its record header and bytes 34 to 37, as the Blob filter
 *     floor lines WAY CAPTURE...      a byte of every cache line, as a search for text must
 *
 * The length of every record is known beforehand, so nothing waits for one header to find the next.  Inside the clock:
 * map each file in turn (or read it), look, unmap.  Outside: opening, finding the records, the buffer's pages, and
 * starting the process, which the programs it is compared with do pay for (about a millisecond).
 *
 * Getting at the pages costs more than looking, and which WAY is cheapest differs from file to file and from one kernel
 * to the next: measure.c runs all of them, and the floor is the fastest.
 *
 * Only for captures of mkcapture (little-endian pcap, whose frames have at least 38 captured bytes); prints
 * `frames matched nanoseconds processor-nanoseconds` (of lines: `lines matched ...`). */
#include "vm/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* Linux 5.14 */
#endif

enum {
    AHEAD = 32,       /* records */
    LINES_AHEAD = 32, /* cache lines */
    LINE = 64,        /* bytes */
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    LOOKED_AT = 38, /* bytes of a frame that the filter needs */
    TAIL = LINE,    /* of a piece that was read: what a record may need that begins in it and ends behind it */
};

static const u16 PORT = 0xefd0; /* 0xD0EF as a little-endian machine loads it */

/* How a piece of the file comes to be in reach. */
typedef enum { BY_FAULTS, BY_POPULATE, BY_MAP_POPULATE, BY_READ } Means;

typedef struct {
    const char *name;
    Means means;
    u64 piece; /* bytes; 0: the whole file */
} Way;

static const Way ways[] = {
    {"faults", BY_FAULTS, 0},              /* one by one, as the kernel maps around them */
    {"populate-2M", BY_POPULATE, 2 << 20}, /* madvise(MADV_POPULATE_READ) of so much, look at it, go on */
    {"populate-8M", BY_POPULATE, 8 << 20},
    {"populate-32M", BY_POPULATE, 32 << 20},
    {"map-populate", BY_MAP_POPULATE, 0}, /* mmap(MAP_POPULATE) */
    {"read-128K", BY_READ, 128 << 10},    /* pread into a buffer that stays in the processor's cache */
    {"read-256K", BY_READ, 256 << 10},
    {"read-512K", BY_READ, 512 << 10},
    {"read-1M", BY_READ, 1 << 20},
};

typedef struct {
    const char *name;
    int fd;
    u64 size;
    u64 count; /* of records */
    /* Of each record, its header included; NULL for lines.  AHEAD zeros behind them: the loop looks ahead without asking
     * for the end.  A table of offsets would be four times as large, and reading it no small part of the time. */
    u16 *length;
} File;

/* How far a file has been looked at. */
typedef struct {
    u64 at, ahead;     /* bytes: the next record or line, and the record AHEAD of it */
    const u16 *length; /* of the next record */
} Cursor;

/* Look at what begins before byte `to` of a file, where byte 0 would lie at `base`; returns matches. */
typedef u64 Look(Cursor *cursor, const u8 *base, u64 to);

static void die(const char *name, const char *why)
{
    fprintf(stderr, "floor: %s: %s\n", name, why);
    exit(2);
}

static u8 *map_file(const File *file, int flags)
{
    u8 *bytes = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE | flags, file->fd, 0);
    if (bytes == MAP_FAILED) die(file->name, strerror(errno));
    return bytes;
}

static void find_records(File *file)
{
    u8 *bytes = map_file(file, 0);
    u64 at = FILE_HEADER;

    file->length = malloc((file->size / (RECORD_HEADER + LOOKED_AT) + AHEAD + 1) * sizeof(u16));
    if (!file->length) die(file->name, "no memory for the records' lengths");
    if (file->size < FILE_HEADER || load_le32(bytes) != 0xa1b2c3d4) die(file->name, "not a little-endian pcap capture");
    while (at + RECORD_HEADER <= file->size) {
        u32 captured = load_le32(bytes + at + 8);
        if (captured < LOOKED_AT || captured > file->size - at - RECORD_HEADER || captured > UINT16_MAX - RECORD_HEADER)
            die(file->name, "not written by mkcapture");
        file->length[file->count++] = (u16)(RECORD_HEADER + captured);
        at += RECORD_HEADER + captured;
    }
    if (!file->count || at != file->size) die(file->name, "not written by mkcapture");
    memset(file->length + file->count, 0, AHEAD * sizeof(u16));
    munmap(bytes, file->size);
}

static void open_file(File *file, const char *name, bool records)
{
    struct stat status;

    *file = (File){.name = name, .fd = open(name, O_RDONLY)};
    if (file->fd < 0 || fstat(file->fd, &status)) die(name, strerror(errno));
    if (status.st_size == 0) die(name, "empty");
    file->size = (u64)status.st_size;
    if (records) find_records(file);
}

/* ---- looking ---- */

static Cursor cursor_begin(const File *file)
{
    Cursor cursor = {.at = FILE_HEADER, .ahead = FILE_HEADER, .length = file->length};

    if (!file->length) return (Cursor){0}; /* lines */
    for (int i = 0; i < AHEAD; i++) cursor.ahead += file->length[i];
    return cursor;
}

static u64 look_at_records(Cursor *cursor, const u8 *base, u64 to)
{
    u64 at = cursor->at, ahead = cursor->ahead, matched = 0;
    const u16 *length = cursor->length;

    for (; at < to; at += *length++) {
        __builtin_prefetch(base + ahead + 8);
        __builtin_prefetch(base + ahead + RECORD_HEADER + 34);
        ahead += length[AHEAD];
        u32 captured = load_le32(base + at + 8);
        u32 ports = load_le32(base + at + RECORD_HEADER + 34);
        matched += (captured >= 36 && (u16)ports == PORT) | (captured >= LOOKED_AT && (u16)(ports >> 16) == PORT);
    }
    *cursor = (Cursor){at, ahead, length};
    return matched;
}

static u64 look_at_lines(Cursor *cursor, const u8 *base, u64 to)
{
    u64 at = cursor->at, matched = 0;

    for (; at < to; at += LINE) {
        __builtin_prefetch(base + at + LINES_AHEAD * LINE);
        matched += base[at] == (u8)PORT;
    }
    cursor->at = at;
    return matched;
}

/* ---- ways ---- */

static u64 look_mapped(const File *file, const Way *way, Look *look)
{
    u8 *bytes = map_file(file, way->means == BY_MAP_POPULATE ? MAP_POPULATE : 0);
    u64 piece = way->piece ? way->piece : file->size, matched = 0;
    Cursor cursor = cursor_begin(file);

    for (u64 from = 0; from < file->size; from += piece) {
        u64 to = MIN_OF(from + piece, file->size);
        if (way->means == BY_POPULATE && madvise(bytes + from, to - from, MADV_POPULATE_READ))
            die(file->name, strerror(errno));
        matched += look(&cursor, bytes, to);
    }
    munmap(bytes, file->size);
    return matched;
}

/* A record at the end of a piece waits for the next one: the piece's last bytes are kept in front of that. */
static u64 look_read(const File *file, const Way *way, Look *look, u8 *buffer)
{
    Cursor cursor = cursor_begin(file);
    u8 *piece = buffer + TAIL;
    u64 matched = 0;

    for (u64 from = 0; from < file->size; from += way->piece) {
        u64 to = MIN_OF(from + way->piece, file->size);
        if (from) memcpy(buffer, piece + way->piece - TAIL, TAIL);
        if (pread(file->fd, piece, to - from, (off_t)from) != (ssize_t)(to - from)) die(file->name, "short read");
        const u8 *base = (const u8 *)((uintptr_t)piece - from);
        matched += look(&cursor, base, to == file->size ? to : to - TAIL);
    }
    return matched;
}

static u64 now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

static int say_usage(void)
{
    fputs("usage: floor records|lines WAY CAPTURE...\nways:", stderr);
    for (u32 i = 0; i < COUNT_OF(ways); i++) fprintf(stderr, " %s", ways[i].name);
    fputc('\n', stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const Way *way = NULL;
    u64 count = 0, matched = 0, elapsed = 0, processor = 0;

    for (u32 i = 0; argc > 3 && i < COUNT_OF(ways); i++)
        if (!strcmp(argv[2], ways[i].name)) way = &ways[i];
    bool lines = argc > 3 && !strcmp(argv[1], "lines");
    if (!way || (!lines && strcmp(argv[1], "records") != 0)) return say_usage();
    Look *look = lines ? look_at_lines : look_at_records;
    u8 *buffer = NULL;
    if (way->means == BY_READ) {
        buffer = malloc(TAIL + way->piece);
        if (!buffer) die(argv[2], "no memory");
        memset(buffer, 1, TAIL + way->piece); /* not 0: that would be calloc, whose pages come in the clock */
    }

    for (int i = 3; i < argc; i++) {
        File file;
        open_file(&file, argv[i], !lines);
        u64 start = now_ns(CLOCK_MONOTONIC), processor_start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
        matched += buffer ? look_read(&file, way, look, buffer) : look_mapped(&file, way, look);
        elapsed += now_ns(CLOCK_MONOTONIC) - start;
        processor += now_ns(CLOCK_PROCESS_CPUTIME_ID) - processor_start;
        count += lines ? file.size / LINE : file.count;
        free(file.length);
        close(file.fd);
    }
    printf("%llu %llu %llu %llu\n", (unsigned long long)count, (unsigned long long)matched, (unsigned long long)elapsed,
           (unsigned long long)processor);
    free(buffer);
    return 0;
}
