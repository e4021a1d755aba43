/* output.c - output files that appear whole or not at all.
 *
 * Beneath the formats of runtime/writers/.  Bytes collect in a buffer, which leaves when the file has grown to a multiple of
 * BUFFER_BYTES: only then does the file system take it in large pieces.  Of a long run all but its ends leaves uncopied,
 * from where it stands (README.md, "How bytes are copied").
 *
 * Always true: of every unfinished file of this process the hidden name stands in an armed slot of `slots`, from
 * before it is created until after it has been renamed or removed, so that a signal handler can remove it
 * (writer_abandon_all). */
#include "runtime/writers/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/capture/part.h"
#include "runtime/writers/writer.h"

enum {
    BUFFER_BYTES = 1 << 20,
    DIRECT_BYTES = 64 << 10,
    DIRECT_ALIGNMENT = 64,
    PAGE_BYTES = 4096,
    TEMP_TRIES = 16,
};

/* -- unfinished files of this process ---------------------------------------------------------------------------- */

/* A slot changes hands by compare-and-swap only: whoever takes it out of ARMED, its owner or a signal handler, is alone
 * with its path.  Slots are used again and never freed: a handler may be looking at them at any time. */
enum { SLOT_FREE, SLOT_ARMED, SLOT_ABANDONED };

typedef struct Slot {
    struct Slot *next;
    _Atomic int state;
    size_t room;
    char path[];
} Slot;

static _Atomic(Slot *) slots;
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER; /* taken to arm, never in a handler */

static Slot *slot_arm(const char *path)
{
    size_t room = strlen(path) + 1;
    pthread_mutex_lock(&slots_lock);
    Slot *slot = atomic_load(&slots);
    while (slot && (atomic_load(&slot->state) != SLOT_FREE || slot->room < room)) slot = slot->next;
    bool fresh = !slot;
    if (fresh) slot = malloc(sizeof *slot + room);
    if (slot) {
        if (fresh) *slot = (Slot){.next = atomic_load(&slots), .room = room};
        memcpy(slot->path, path, room);
        atomic_store(&slot->state, SLOT_ARMED);
        if (fresh) atomic_store(&slots, slot);
    }
    pthread_mutex_unlock(&slots_lock);
    return slot;
}

static void slot_release(Slot *slot)
{
    int armed = SLOT_ARMED;
    if (slot) atomic_compare_exchange_strong(&slot->state, &armed, SLOT_FREE);
}

void writer_abandon_all(void)
{
    for (Slot *slot = atomic_load(&slots); slot; slot = slot->next) {
        int armed = SLOT_ARMED;
        if (atomic_compare_exchange_strong(&slot->state, &armed, SLOT_ABANDONED)) unlink(slot->path);
    }
}

/* -- an output --------------------------------------------------------------------------------------------------- */

typedef struct {
    char *path; /* the final name */
    char *temp; /* NULL: written straight, or done with */
    Slot *slot;
} File;

struct Output {
    char *path; /* as it was asked for, for messages */
    char *base; /* the first file's final name: symbolic links followed */
    File *files;
    u32 file_count;
    int fd;
    bool straight; /* no regular file */
    bool failed;
    size_t buffered;
    u64 flushed; /* bytes of the file at hand that have left the buffer */
    u64 before;  /* bytes of the files before it */
    char why[PATH_MAX + 128];
    /* Aligned like the pages it goes to: from an odd address the kernel's copy takes twice as long. */
    _Alignas(PAGE_BYTES) u8 buffer[BUFFER_BYTES];
};

__attribute__((format(printf, 2, 3))) static bool fail(Output *output, const char *format, ...)
{
    va_list args;
    if (output->failed) return false; /* the first reason is the one to tell */
    va_start(args, format);
    vsnprintf(output->why, sizeof output->why, format, args);
    va_end(args);
    output->failed = true;
    return false;
}

static const char *name_of(const Output *output)
{
    if (strcmp(output->path, "-") == 0) return "standard output";
    return output->file_count > 1 ? output->files[output->file_count - 1].path : output->path;
}

static bool fail_shrunk(Output *output)
{
    return fail(output, "cannot go on writing %s: an input file shrank while it was read", name_of(output));
}

static bool fail_write(Output *output) { return fail(output, "cannot write %s: %s", name_of(output), strerror(errno)); }

/* NAME.EXT and 2 -> NAME(2).EXT; a leading dot opens no extension. */
static char *numbered_path(const char *base, u32 number)
{
    char *path = NULL;
    const char *slash = strrchr(base, '/'), *name = slash ? slash + 1 : base, *dot = strrchr(name, '.');
    int stem = (int)(dot && dot != name ? dot - base : (ptrdiff_t)strlen(base));
    if (number == 0) return strdup(base);
    return asprintf(&path, "%.*s(%u)%s", stem, base, number, base + stem) < 0 ? NULL : path;
}

/* ".NAME.RANDOM.part" beside the final name; as much of NAME as file systems surely take. */
static char *hidden_path(const char *path)
{
    u64 number = 0;
    char *hidden = NULL;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) number = (u64)getpid();
    return asprintf(&hidden, "%.*s.%.180s.%016llx.part", (int)(name - path), path, name, (unsigned long long)number) < 0
               ? NULL
               : hidden;
}

/* Creates the hidden file; its mode is what the umask leaves of 0666, as for any new file. */
static bool create_hidden(Output *output, File *file)
{
    for (int i = 0; i < TEMP_TRIES; i++) {
        file->temp = hidden_path(file->path);
        file->slot = file->temp ? slot_arm(file->temp) : NULL;
        if (!file->slot) return fail(output, "cannot create %s: %s", file->path, strerror(ENOMEM));
        output->fd = open(file->temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (output->fd >= 0) return true;
        slot_release(file->slot);
        free(file->temp);
        file->temp = NULL;
        file->slot = NULL;
        if (errno != EEXIST) break;
    }
    return fail(output, "cannot create %s: %s", file->path, strerror(errno));
}

static bool add_file(Output *output)
{
    File *files = realloc(output->files, (output->file_count + 1) * sizeof *files);
    if (!files) return fail(output, "cannot create %s: %s", output->path, strerror(ENOMEM));
    output->files = files;
    File *file = &files[output->file_count];
    *file = (File){.path = numbered_path(output->base, output->file_count)};
    if (!file->path) return fail(output, "cannot create %s: %s", output->path, strerror(ENOMEM));
    output->file_count++;
    output->flushed = 0;
    return true;
}

static bool open_straight(Output *output)
{
    output->straight = true;
    if (!add_file(output)) return false;
    output->fd = strcmp(output->path, "-") == 0 ? STDOUT_FILENO : open(output->base, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return output->fd >= 0 || fail(output, "cannot open %s: %s", output->path, strerror(errno));
}

bool output_is_straight(const char *path)
{
    struct stat now;
    if (strcmp(path, "-") == 0) return true;
    return stat(path, &now) == 0 && !S_ISREG(now.st_mode) && !S_ISDIR(now.st_mode);
}

/* Looks at what stands under the name now, and opens accordingly. */
static bool open_first(Output *output, bool split)
{
    struct stat now;
    bool is_stdout = strcmp(output->path, "-") == 0;
    if (!is_stdout && output->path[0] == 0) return fail(output, "cannot create a file without a name");
    bool exists = !is_stdout && stat(output->path, &now) == 0;
    if (exists && S_ISDIR(now.st_mode)) return fail(output, "cannot write %s: it is a directory", output->path);
    /* A link is followed once, here: the rename must replace what it points at, not the link.  What a /dev/stdout that
     * is a pipe points at has no path. */
    bool regular = exists && S_ISREG(now.st_mode);
    output->base = regular ? realpath(output->path, NULL) : strdup(output->path);
    if (!output->base) return fail(output, "cannot write %s: %s", output->path, strerror(errno));
    if (is_stdout || (exists && !regular)) {
        if (split) return fail(output, "%s cannot be split into files", is_stdout ? "standard output" : output->path);
        return open_straight(output);
    }
    if (exists && access(output->base, W_OK) != 0)
        return fail(output, "cannot write %s: %s", output->path, strerror(errno));
    if (output->path[strlen(output->path) - 1] == '/')
        return fail(output, "cannot write %s: it is a directory", output->path);
    return add_file(output) && create_hidden(output, &output->files[0]);
}

bool output_keep_mode(Output *output)
{
    struct stat now;
    if (output->failed || output->straight || stat(output->base, &now) != 0) return !output->failed;
    /* Only root may give files away; for others the owner is the same already, or cannot be kept. */
    if (fchown(output->fd, now.st_uid, now.st_gid) != 0 && fchown(output->fd, (uid_t)-1, now.st_gid) != 0) errno = 0;
    return fchmod(output->fd, now.st_mode & 0777) == 0 || fail_write(output);
}

Output *output_open(const char *path, bool split, char *why, size_t why_size)
{
    Output *output = aligned_alloc(_Alignof(Output), sizeof *output);
    if (!output) {
        snprintf(why, why_size, "cannot create %s: %s", path, strerror(ENOMEM));
        return NULL;
    }
    memset(output, 0, offsetof(Output, buffer));
    output->fd = -1;
    output->path = strdup(path);
    if (output->path && open_first(output, split)) return output;
    if (!output->path) fail(output, "cannot create %s: %s", path, strerror(ENOMEM));
    output_close(output, false, why, why_size);
    return NULL;
}

/* -- bytes ------------------------------------------------------------------------------------------------------- */

static bool write_all(Output *output, struct iovec *parts, int count)
{
    while (count > 0) {
        ssize_t wrote = writev(output->fd, parts, count);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0 && errno == EFAULT && !output->straight) {
            /* A page of a mapping is gone.  Looking at it puts zeros in its place and notes the loss (capture/guard.c);
             * whoever handed it in then takes back what was written of it. */
            (void)*(volatile const u8 *)parts->iov_base;
            continue;
        }
        if (wrote < 0) return fail_write(output);
        output->flushed += (u64)wrote;
        while (count > 0 && (size_t)wrote >= parts->iov_len) {
            wrote -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (u8 *)parts->iov_base + wrote;
            parts->iov_len -= (size_t)wrote;
        }
    }
    return true;
}

bool output_flush(Output *output)
{
    struct iovec part = {output->buffer, output->buffered};
    if (output->failed) return false;
    if (output->buffered == 0) return true;
    output->buffered = 0;
    return write_all(output, &part, 1);
}

/* Bytes until the file ends at a multiple of `unit`. */
static size_t up_to(const Output *output, size_t unit) { return unit - output_offset(output) % unit; }

static void keep(Output *output, const u8 *bytes, size_t size)
{
    memcpy(output->buffer + output->buffered, bytes, size);
    output->buffered += size;
}

/* All of a long run but its ends, straight from where it is: up to a multiple of PIECE_BYTES, or if none is in reach, of
 * DIRECT_BYTES.  The front shares a page with what stands before it.  From an odd address that would cost more than the
 * copy that it saves.  Returns what is done of the run; 0: nothing. */
static size_t put_direct(Output *output, const u8 *bytes, size_t size)
{
    size_t front = up_to(output, PAGE_BYTES);
    u64 start = output_offset(output) + front, end = output_offset(output) + size;
    if (size < front + DIRECT_BYTES || ((uintptr_t)bytes + front) % DIRECT_ALIGNMENT != 0) return 0;
    u64 stop = end - end % (end / PIECE_BYTES > start / PIECE_BYTES ? PIECE_BYTES : DIRECT_BYTES);
    if (stop <= start) return 0;
    keep(output, bytes, front);
    /* writev() takes its parts as `void *`, though it only reads them. */
    struct iovec parts[2] = {{output->buffer, output->buffered}, {(void *)(uintptr_t)(bytes + front), stop - start}};
    output->buffered = 0;
    return write_all(output, parts, 2) ? front + (stop - start) : 0;
}

bool output_put(Output *output, const void *bytes, size_t size)
{
    const u8 *from = bytes;
    if (output->failed) return false;
    if (UNLIKELY(size >= DIRECT_BYTES)) {
        size_t done = put_direct(output, from, size);
        if (output->failed) return false;
        from += done;
        size -= done;
    }
    for (size_t room; UNLIKELY(size >= (room = up_to(output, BUFFER_BYTES))); from += room, size -= room) {
        keep(output, from, room);
        if (!output_flush(output)) return false;
    }
    keep(output, from, size);
    return true;
}

bool output_rewind(Output *output, u64 offset)
{
    if (output->failed) return false;
    if (offset >= output->flushed) {
        output->buffered = offset - output->flushed;
        return true;
    }
    if (output->straight) return fail_shrunk(output);
    if (ftruncate(output->fd, (off_t)offset) != 0 || lseek(output->fd, (off_t)offset, SEEK_SET) < 0)
        return fail_write(output);
    output->flushed = offset;
    output->buffered = 0;
    return true;
}

bool output_can_patch(const Output *output) { return !output->straight; }

bool output_patch(Output *output, u64 offset, const void *bytes, size_t size)
{
    if (offset >= output->flushed) {
        memcpy(output->buffer + (offset - output->flushed), bytes, size);
        return !output->failed;
    }
    if (!output_flush(output)) return false;
    while (size > 0) {
        ssize_t wrote = pwrite(output->fd, bytes, size, (off_t)offset);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return fail_write(output);
        bytes = (const u8 *)bytes + wrote;
        size -= (size_t)wrote;
        offset += (u64)wrote;
    }
    return true;
}

const u8 *output_map(Output *output)
{
    if (!output_flush(output)) return NULL;
    void *map = mmap(NULL, output->flushed, PROT_READ, MAP_SHARED, output->fd, 0);
    if (map != MAP_FAILED) return map;
    fail(output, "cannot read back %s: %s", name_of(output), strerror(errno));
    return NULL;
}

/* -- ending ------------------------------------------------------------------------------------------------------ */

static bool close_file(Output *output)
{
    bool good = output_flush(output);
    int fd = output->fd;
    output->fd = -1;
    if (fd < 0 || fd == STDOUT_FILENO) return good;
    /* A full disk or quota may show only here. */
    return (close(fd) == 0 || fail_write(output)) && good;
}

bool output_next(Output *output)
{
    u64 size = output_offset(output);
    if (!close_file(output)) return false;
    output->before += size;
    return add_file(output) && create_hidden(output, &output->files[output->file_count - 1]);
}

static void settle(Output *output, File *file, bool keep)
{
    if (!file->temp) return;
    if (keep && rename(file->temp, file->path) != 0)
        fail(output, "cannot rename to %s: %s", file->path, strerror(errno));
    else if (keep) {
        slot_release(file->slot);
        return;
    }
    unlink(file->temp);
    slot_release(file->slot);
}

bool output_close(Output *output, bool keep, char *why, size_t why_size)
{
    if (output->fd >= 0) {
        if (!keep) output->buffered = 0;
        close_file(output);
    }
    for (u32 i = 0; i < output->file_count; i++) {
        settle(output, &output->files[i], keep && !output->failed);
        free(output->files[i].path);
        free(output->files[i].temp);
    }
    bool good = !output->failed;
    if (!good) snprintf(why, why_size, "%s", output->why);
    free(output->files);
    free(output->base);
    free(output->path);
    free(output);
    return good;
}

u64 output_offset(const Output *output) { return output->flushed + output->buffered; }
u64 output_bytes(const Output *output) { return output->before + output_offset(output); }
u32 output_files(const Output *output) { return output->file_count; }
const char *output_path(const Output *output, u32 i) { return i == 0 ? output->path : output->files[i].path; }
const char *output_why(const Output *output) { return output->why; }
