/* scanlog.h - what a scan did, written down as text, so that two scans can be compared as a whole.
 *
 * For unit and property tests of the public API. */
#ifndef TESTS_SCANLOG_H
#define TESTS_SCANLOG_H

#include "runtime/pktsift.h"
#include "vm/base.h"

/* A folder of a test's own, removed with all that is in it by scratch_remove. */
typedef struct {
    char path[64];
} Scratch;
Scratch scratch_make(void);
void scratch_remove(Scratch *scratch);
/* "FOLDER/name"; in one of a few static buffers. */
const char *scratch_path(const Scratch *scratch, const char *name);
void scratch_write(const Scratch *scratch, const char *name, const void *bytes, size_t size);
/* malloc'ed; NULL when it cannot be read. */
u8 *scratch_read(const char *path, size_t *size);

/* Text that grows. */
typedef struct {
    char *text;
    size_t len, room;
} Log;
void log_add(Log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_free(Log *log);

/* A listener that writes every message to a Log. */
pks_listener log_listener(Log *log);

/* How to scan; 0 and NULL are the defaults. */
typedef struct {
    const char *filter; /* NULL: none */
    unsigned threads, lanes, batch;
    size_t chunk_bytes;
    u64 max_frames, stop_after; /* stop_after: on_frame says no at that many frames */
    bool merge, strict, times, delta, no_frames;
    bool render; /* frames are written down by all threads at once */
    bool window;
    i64 from_ns, to_ns;
    const char *output; /* path of an output */
} ScanHow;

/* Runs the scan and writes down every frame, file, message and total. */
Log scan_log(const pks_inputs *inputs, const ScanHow *how);
/* The same over one file. */
Log scan_log_file(const char *path, const ScanHow *how);
/* Fails the test, naming both scans, at the first line that differs. */
void logs_equal(const Log *a, const Log *b, const char *what);

pks_inputs *inputs_of(const char *const *paths, size_t count);

#endif
