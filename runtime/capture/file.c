/* file.c - see file.h. */
#include "runtime/capture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/capture/guard.h"

enum {
    PROBE_BYTES = 128,
    PAGE_BYTES = 64 << 10,  /* a multiple of every page size there is */
    AHEAD_BYTES = 32 << 20, /* asked of the disk before it is needed */
};

static u64 memory_bytes(void) { return (u64)sysconf(_SC_PHYS_PAGES) * (u64)sysconf(_SC_PAGESIZE); }

bool trouble(Damage *damage, u64 offset, const char *format, ...)
{
    va_list args;

    damage->offset = offset;
    va_start(args, format);
    vsnprintf(damage->text, sizeof damage->text, format, args);
    va_end(args);
    return false;
}

static bool is_stdin(const char *path) { return strcmp(path, "-") == 0; }

PathKind path_kind(const char *path, u64 *size)
{
    struct stat st;

    if (size) *size = 0;
    if ((is_stdin(path) ? fstat(STDIN_FILENO, &st) : stat(path, &st)) != 0) return PATH_MISSING;
    if (S_ISDIR(st.st_mode)) return PATH_DIRECTORY;
    if (!S_ISREG(st.st_mode)) return PATH_STREAM;
    /* Standard input redirected from a file is mapped like any file, unless someone has read part of it. */
    if (is_stdin(path) && lseek(STDIN_FILENO, 0, SEEK_CUR) != 0) return PATH_STREAM;
    if (size) *size = (u64)st.st_size;
    return PATH_FILE;
}

static bool map_whole(CaptureFile *file, Damage *damage)
{
    struct stat st;

    if (fstat(file->fd, &st) != 0) return trouble(damage, DAMAGE_NO_OFFSET, "%s", strerror(errno));
    if (S_ISDIR(st.st_mode)) return trouble(damage, DAMAGE_NO_OFFSET, "is a directory, not a capture file");
    if (!S_ISREG(st.st_mode)) return trouble(damage, DAMAGE_NO_OFFSET, "is not a regular file");
    if (st.st_size == 0) return trouble(damage, 0, "the file is empty: expected a capture, found 0 bytes");
    file->size = (u64)st.st_size;
    file->device = st.st_dev;
    file->inode = st.st_ino;
    file->large = file->size > memory_bytes() / 2;
    if (file->size > SIZE_MAX / 2)
        return trouble(damage, 0, "too large to map: %llu bytes", (unsigned long long)file->size);

    void *map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->fd, 0);
    if (map == MAP_FAILED) return trouble(damage, DAMAGE_NO_OFFSET, "cannot be mapped: %s", strerror(errno));
    file->map = map;
    file->guard = guard_add(map, file->size);
    if (!file->guard) return trouble(damage, DAMAGE_NO_OFFSET, "cannot be mapped: not enough memory");
    return true;
}

static bool understand(CaptureFile *file, Damage *damage)
{
    Capture *capture = &file->capture;
    size_t probe = MIN_OF(file->size, PROBE_BYTES);

    capture->bytes = file->map;
    capture->size = file->size;
    capture->format = format_probe(capture->bytes, probe);
    if (!capture->format) {
        char what[120];

        format_describe_unknown(capture->bytes, probe, what, sizeof what);
        return trouble(damage, 0, "expected a capture file: %s", what);
    }
    damage->text[0] = 0;
    if (!capture->format->open(capture, damage)) {
        if (!damage->text[0]) trouble(damage, 0, "too short for a %s header", capture->format->name);
        return false;
    }
    file->ready = true;
    return true;
}

bool capture_file_adopt(CaptureFile *file, const char *path, int fd, Damage *damage)
{
    *file = (CaptureFile){.fd = fd, .capture = {.path = path}};
    bool mapped = map_whole(file, damage);
    if (mapped && understand(file, damage)) return true;
    /* What was read was perhaps no longer the file. */
    if (mapped && capture_file_readable(file) < file->size)
        capture_file_describe_loss(file, capture_file_readable(file), damage);
    capture_file_close(file);
    return false;
}

bool capture_file_open(CaptureFile *file, const char *path, Damage *damage)
{
    int fd = is_stdin(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        *file = (CaptureFile){.fd = -1, .capture = {.path = path}};
        return trouble(damage, DAMAGE_NO_OFFSET, "cannot be opened: %s", strerror(errno));
    }
    return capture_file_adopt(file, path, fd, damage);
}

void capture_file_release_fd(CaptureFile *file)
{
    if (file->fd >= 0) close(file->fd);
    file->fd = -1;
}

void capture_file_close(CaptureFile *file)
{
    if (file->ready) file->capture.format->close(&file->capture);
    file->ready = false;
    guard_remove(file->guard);
    file->guard = NULL;
    if (file->map) munmap(file->map, file->size);
    file->map = NULL;
    capture_file_release_fd(file);
}

/* Is this page in the page cache?  The kernel tells only who owns the file or may write it; to others all pages are. */
static bool is_cached(const CaptureFile *file, u64 offset)
{
    unsigned char state = 1;

    return mincore((u8 *)file->map + offset / PAGE_BYTES * PAGE_BYTES, 1, &state) != 0 || (state & 1);
}

typedef struct {
    u64 from, to; /* whole pages, but for the file's last */
} Span;

static Span span_of(const CaptureFile *file, u64 part, u64 parts)
{
    u64 share = file->size / parts;

    return (Span){part * share / PAGE_BYTES * PAGE_BYTES,
                  part + 1 == parts ? file->size : (part + 1) * share / PAGE_BYTES * PAGE_BYTES};
}

/* Several cursors that read side by side look like random access to the kernel: from a cold cache 1 GB came in 0.2 to 0.5 s by
 * faults, in 0.2 s asked for slice by slice.  What comes next is asked for before this slice is waited for, so that the disk
 * goes on while this one is walked.  Pages that are there already are left to faults: asking for them costs more when
 * the file was written in small pieces.  Kernels before 5.14 do not know MADV_POPULATE_READ; nothing is lost. */
bool capture_file_expect(const CaptureFile *file, u64 part, u64 parts, bool mapped)
{
    Span span = span_of(file, part, parts);
    u64 ahead = MIN_OF(file->size - span.from, span.to - span.from + AHEAD_BYTES);

    if (span.to <= span.from + PAGE_BYTES || is_cached(file, span.to - 1)) return false;
    madvise((u8 *)file->map + span.from, ahead, MADV_WILLNEED);
    if (mapped) madvise((u8 *)file->map + span.from, span.to - span.from, MADV_POPULATE_READ);
    return true;
}

/* The kernel keeps pages that are mapped; so these are no longer.  Looked at once more they come back. */
void capture_file_leave(const CaptureFile *file, u64 part, u64 parts)
{
    Span span = span_of(file, part, parts);

    if (!file->large || file->fd < 0 || span.to <= span.from) return;
    madvise((u8 *)file->map + span.from, span.to - span.from, MADV_DONTNEED);
    posix_fadvise(file->fd, (off_t)span.from, (off_t)(span.to - span.from), POSIX_FADV_DONTNEED);
}

/* Size of the file as it is now; its size when it was opened, where that cannot be told. */
static u64 size_now(const CaptureFile *file)
{
    struct stat st;

    if (file->fd >= 0) return fstat(file->fd, &st) == 0 ? (u64)st.st_size : file->size;
    if (stat(file->capture.path, &st) != 0 || st.st_dev != file->device || st.st_ino != file->inode) return file->size;
    return (u64)st.st_size;
}

bool capture_file_faulted(const CaptureFile *file) { return guard_fault(file->guard) != UINT64_MAX; }

/* The last page of a shortened file reads as zeros behind its end without any fault: only its size tells. */
u64 capture_file_readable(const CaptureFile *file)
{
    u64 readable = MIN_OF(file->size, guard_fault(file->guard));

    return MIN_OF(readable, size_now(file));
}

void capture_file_describe_loss(const CaptureFile *file, u64 readable, Damage *damage)
{
    if (size_now(file) >= file->size)
        trouble(damage, readable, "reading failed: expected %llu bytes, nothing readable from offset %llu",
                (unsigned long long)file->size, (unsigned long long)readable);
    else
        trouble(damage, readable,
                "shrank while it was being read: expected %llu bytes, nothing readable from offset %llu",
                (unsigned long long)file->size, (unsigned long long)readable);
}

bool read_exactly(int fd, u8 *into, u64 from, size_t size)
{
    while (size > 0) {
        ssize_t got = pread(fd, into, size, (off_t)from);

        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        into += got;
        from += (u64)got;
        size -= (size_t)got;
    }
    return true;
}

size_t capture_file_peek(const char *path, u8 *bytes, size_t size)
{
    if (path_kind(path, NULL) != PATH_FILE) return 0;
    int fd = is_stdin(path) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return 0;
    ssize_t got = pread(fd, bytes, size, 0);
    close(fd);
    return got > 0 ? (size_t)got : 0;
}
