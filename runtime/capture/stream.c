/* stream.c - see stream.h. */
#include "runtime/capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    WINDOW_BYTES = 1 << 20,      /* at first; doubled when a record does not fit */
    HEADER_BYTES_MAX = 64 << 20, /* a header longer than that is no header */
    STOP_CHECK_MS = 200,
};

static u64 arrived(const Stream *stream) { return stream->capture.size - stream->capture.origin; }

static bool stop_asked(Stream *stream)
{
    if (stream->stop && *stream->stop) stream->interrupted = true;
    return stream->interrupted;
}

/* Blocks until bytes came, or the end (0), or trouble (-1). */
static ssize_t read_some(Stream *stream, u8 *into, size_t room)
{
    for (;;) {
        struct pollfd wait = {.fd = stream->fd, .events = POLLIN};

        if (stop_asked(stream)) return 0;
        if (stream->stop && poll(&wait, 1, STOP_CHECK_MS) == 0) continue;
        ssize_t got = read(stream->fd, into, room);
        if (got >= 0) return got;
        if (errno == EAGAIN) poll(&wait, 1, STOP_CHECK_MS);
        if (errno != EINTR && errno != EAGAIN) return -1;
    }
}

static bool make_room(Stream *stream)
{
    if (arrived(stream) < stream->room) return true;
    size_t room = stream->room ? stream->room * 2 : WINDOW_BYTES;
    u8 *grown = realloc(stream->buffer, room);

    if (!grown) return false;
    stream->buffer = grown;
    stream->room = room;
    stream->capture.bytes = grown;
    return true;
}

static void end_of_stream(Stream *stream)
{
    stream->capture.more = false;
    stream->capture.end = stream->capture.size;
}

static void fail(Stream *stream, const char *why)
{
    stream->failed = true;
    trouble(&stream->damage, stream->capture.size, "reading failed: %s", why);
    end_of_stream(stream);
}

static void slide(Stream *stream, u64 keep)
{
    Capture *capture = &stream->capture;
    u64 give_up = MIN_OF(keep, capture->size) - capture->origin;

    /* Only when it frees half the window, so that a byte is moved once on average. */
    if (keep <= capture->origin || (arrived(stream) < stream->room && give_up < stream->room / 2)) return;
    memmove(stream->buffer, stream->buffer + give_up, arrived(stream) - give_up);
    capture->origin += give_up;
}

void stream_read(Stream *stream, u64 keep)
{
    slide(stream, keep);
    if (!make_room(stream)) {
        fail(stream, "not enough memory for a record this long");
        return;
    }
    ssize_t got = read_some(stream, stream->buffer + arrived(stream), stream->room - arrived(stream));
    if (got < 0)
        fail(stream, strerror(errno));
    else if (got == 0)
        end_of_stream(stream);
    else
        stream->capture.size += (u64)got;
    if (stream->capture.more) stream->capture.end = UINT64_MAX;
}

void stream_learn_start(Stream *stream, const Lane *lane)
{
    Capture *capture = &stream->capture;
    Lane first = *lane;
    Batch batch;

    if (capture->start_known || lane->frames || capture->format->fill(&first, 1, 1, NEED_TIME, &batch) != 1) return;
    capture->start_known = first.has_time;
    capture->start_ns = first.has_time ? first.first_ns : 0;
}

/* -- opening -------------------------------------------------------------------------------------------------------- */

enum { PROBE_BYTES = 128 };

static bool probe(Stream *stream, Damage *damage)
{
    Capture *capture = &stream->capture;

    while (capture->more && arrived(stream) < PROBE_BYTES && !capture->format) {
        stream_read(stream, 0);
        /* A pipe may bring a few bytes at first; what they cannot rule out is asked again with more. */
        capture->format = format_probe(capture->bytes, arrived(stream));
    }
    if (capture->format) return true;
    if (stream->failed) {
        *damage = stream->damage;
        return false;
    }
    if (stream->interrupted) return trouble(damage, DAMAGE_NO_OFFSET, "interrupted before anything could be read");
    if (arrived(stream) == 0) return trouble(damage, 0, "nothing came: expected a capture, found 0 bytes");
    char what[120];
    format_describe_unknown(capture->bytes, arrived(stream), what, sizeof what);
    return trouble(damage, 0, "expected a capture file: %s", what);
}

static int temporary(void)
{
    const char *folder = getenv("TMPDIR");
    char *path = NULL;
    int fd = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0) return fd;
    if (asprintf(&path, "%s/pktsift.XXXXXX", folder && *folder ? folder : "/tmp") < 0) return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) unlink(path);
    free(path);
    return fd;
}

static bool write_all(int fd, const u8 *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);

        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        bytes += put;
        size -= (size_t)put;
    }
    return true;
}

static bool copy_rest(Stream *stream, int fd, Damage *damage)
{
    for (;;) {
        if (!write_all(fd, stream->buffer, arrived(stream)))
            return trouble(damage, DAMAGE_NO_OFFSET, "cannot be kept in a temporary file ($TMPDIR): %s",
                           strerror(errno));
        if (!stream->capture.more) break;
        stream->capture.origin = stream->capture.size;
        stream_read(stream, 0);
    }
    if (stream->interrupted) return trouble(damage, DAMAGE_NO_OFFSET, "interrupted before all of it had arrived");
    if (stream->failed) *damage = stream->damage;
    return !stream->failed;
}

static bool spool(Stream *stream, CaptureFile *file, const char *path, Damage *damage)
{
    int fd = temporary();

    if (fd < 0) return trouble(damage, DAMAGE_NO_OFFSET, "no temporary file ($TMPDIR): %s", strerror(errno));
    if (copy_rest(stream, fd, damage)) return capture_file_adopt(file, path, fd, damage);
    close(fd);
    return false;
}

static bool read_header(Stream *stream, Damage *damage)
{
    Capture *capture = &stream->capture;

    for (;;) {
        damage->text[0] = 0;
        if (capture->format->open(capture, damage)) return true;
        if (damage->text[0]) return false;
        if (stream->failed) {
            *damage = stream->damage;
            return false;
        }
        if (!capture->more || arrived(stream) > HEADER_BYTES_MAX)
            return trouble(damage, capture->size, "too short for a %s header: only %llu bytes came",
                           capture->format->name, (unsigned long long)capture->size);
        stream_read(stream, 0);
    }
}

StreamOpened stream_open(Stream *stream, CaptureFile *file, const char *path, const volatile int *stop, Damage *damage)
{
    *stream = (Stream){.fd = -1, .stop = stop, .capture = {.path = path, .more = true, .end = UINT64_MAX}};
    stream->fd =
        strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (stream->fd < 0) {
        trouble(damage, DAMAGE_NO_OFFSET, "cannot be opened: %s", strerror(errno));
        return STREAM_FAILED;
    }
    if (!probe(stream, damage)) goto failed;
    if (!stream->capture.format->streams) {
        bool spooled = spool(stream, file, path, damage);

        stream_close(stream);
        return spooled ? STREAM_SPOOLED : STREAM_FAILED;
    }
    if (!read_header(stream, damage)) goto failed;
    stream->ready = true;
    return STREAM_OPEN;

failed:
    stream_close(stream);
    return STREAM_FAILED;
}

void stream_close(Stream *stream)
{
    if (stream->ready) stream->capture.format->close(&stream->capture);
    stream->ready = false;
    free(stream->buffer);
    stream->buffer = NULL;
    if (stream->fd >= 0) close(stream->fd);
    stream->fd = -1;
}
