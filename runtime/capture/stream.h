/* stream.h - a capture that arrives through a pipe.
 *
 * In place of capture/file.c where there is nothing to map.  What has arrived stands in one window that slides: whoever
 * walks it says from where on it is still needed.  Always true: memory is bounded by the largest record that has really
 * arrived; a format that cannot be read from front to back goes to an unlinked temporary file first and is then a file. */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include "runtime/capture/file.h"

typedef struct {
    Capture capture;
    int fd;
    u8 *buffer;
    size_t room;
    const volatile int *stop;
    bool ready;       /* the format has opened it */
    bool interrupted; /* ended because of *stop */
    bool failed;      /* ended because a read failed: `damage` */
    Damage damage;
} Stream;

typedef enum { STREAM_OPEN, STREAM_SPOOLED, STREAM_FAILED } StreamOpened;

/* Opens ("-": standard input) and reads until the header is understood.  STREAM_SPOOLED: all of it was copied and *file is
 * open instead.  stop may be NULL. */
StreamOpened stream_open(Stream *stream, CaptureFile *file, const char *path, const volatile int *stop, Damage *damage);
/* Waits for more and takes it in; bytes before position `keep` are given up.  After the end, capture.more is false. */
void stream_read(Stream *stream, u64 keep);
/* A capture's start is its first frame, which opening may not have seen yet: call it before every batch of the one lane. */
void stream_learn_start(Stream *stream, const Lane *lane);
void stream_close(Stream *stream);

#endif
