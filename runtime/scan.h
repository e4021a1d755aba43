/* scan.h - one scan, and one file of a scan: what has been proven of it so far.
 *
 * Between walk.c, which finds things out, and pipeline.c, which says in which order.  A file's accepted walk stands at one
 * position; a chunk counts only when it begins exactly there and knew the same, else it is walked again from there.
 * Always true: what is accepted is what one walk from the first byte finds, whatever was guessed. */
#ifndef RUNTIME_SCAN_H
#define RUNTIME_SCAN_H

#include <time.h>

#include "runtime/capture/file.h"
#include "runtime/capture/part.h"
#include "runtime/capture/way.h"
#include "runtime/capture/slice.h"
#include "runtime/deliver.h"
#include "runtime/profile.h"
#include "runtime/walk.h"

/* What all files of a scan share. */
typedef struct {
    const pks_scan_options *options;
    pks_totals *totals;
    Delivery delivery;
    WalkOptions walk;
    const Program *program; /* NULL: every frame matches */
    bool numbered;          /* the filter, or the caller, must know what came before a frame: two passes */
    unsigned threads;
    PartRoom parts;
    atomic_bool renders; /* workers make the text of frames; of files, for a pipe has one walk */
    size_t text_most;    /* bytes of it, of a chunk */
    atomic_bool mostly; /* many of the frames taken last match: a hint */
    atomic_bool quit;   /* nothing that is not committed yet will be wanted */
    bool failed;        /* said why */
    u64 bytes_done, bytes_here, bytes_all; /* of files that are done; of the one at hand; of all */
    struct timespec told; /* when on_progress was last called */
} Scan;

/* Fills in a Scan from the caller's options; *totals is emptied. */
void scan_init(Scan *scan, const pks_scan_options *options, pks_totals *totals);
/* So many threads will share it.  What it takes is given back by scan_release, after all workers. */
void scan_share(Scan *scan, unsigned threads);
void scan_release(Scan *scan);
/* `here`: bytes of the file at hand that are done.  Calls on_progress, now and then. */
void scan_progress(Scan *scan, u64 here);
bool scan_fail_memory(Scan *scan);

/* One thread's tools.  Workers are made before threads, so that nothing fails later. */
typedef struct {
    unsigned number; /* from 0 */
    bool renders;    /* in the slice at hand */
    Walker walker;
    Chunk again; /* for what is walked again; only whoever commits uses it */
    FilePart part;
    WayCosts costs;
    WorkerProfile profile;
} Worker;
bool worker_init(Worker *worker, const Scan *scan, unsigned number);
void worker_release(Worker *worker);

typedef struct {
    Chunk chunk[LANES_MAX];
    bool brought; /* into the page cache, by this scan */
} Slice;
void slice_release(Slice *slice);

/* Where a chunk's true walk begins, as the first of two passes found out. */
typedef struct {
    bool here; /* false: a record that begins before the chunk ends behind it */
    u64 at, number;
    const void *context;
    i64 before_ns;
    bool has_before;
} ProvenStart;

typedef enum { SCAN_FILE, SCAN_STREAM, SCAN_UNUSABLE, SCAN_PASSED_OVER } ScanKind;

/* What on_file is told of a file's frames. */
typedef struct {
    u64 frames;
    u64 first_at, last_at;
    const void *first_context, *last_context;
    u64 interfaces; /* of sections that ended */
    Facts facts;
    LinkTypes linktypes;
} Found;
void found_add(Found *found, const Chunk *chunk);

typedef struct {
    pks_file about; /* what on_file gets */
    ScanKind kind;
    Damage trouble; /* SCAN_UNUSABLE: why */
    CaptureFile file;
    Capture shrunk_capture;
    const Capture *capture; /* file.capture, or shrunk_capture: the part that is still there */
    u64 readable;           /* bytes that have not been found missing */
    Geometry geometry;
    bool counting;      /* the first of two passes */
    bool begun;         /* its first commit has come */
    u64 matched_before; /* totals.matched when it began */
    /* The accepted walk. */
    u64 at, frames;
    const void *context;
    _Atomic(const void *) context_hint; /* the same, for guesses elsewhere */
    i64 before_ns;
    bool has_before;
    bool ended;
    u8 end_state;
    Damage damage;
    Found found;         /* in it */
    ProvenStart *proven; /* of every chunk, when there are two passes */
} ScanFile;

/* Opens input number `index`; trouble is kept in the file, to be told in its turn.  Streams are not touched yet. */
void scan_file_open(const Scan *scan, ScanFile *file, u64 index);
/* The capture is open (a file, or a stream's): sets up the accepted walk. */
void scan_file_begin(const Scan *scan, ScanFile *file, const Capture *capture);
void scan_file_close(ScanFile *file);

/* Does a slice: guesses and walks, or leaves it to scan_accept where that reads it in parts.  known: the slice's first chunk
 * begins where the accepted walk stands. */
void scan_slice(Scan *scan, Worker *worker, ScanFile *file, Slice *slice, u64 number, bool known);

typedef enum { ACCEPT_NEXT, ACCEPT_AGAIN, ACCEPT_ENDED, ACCEPT_STOP } Accepted;
/* Takes a slice's chunks, in order.  STOP: nothing more is wanted, or possible. */
Accepted scan_accept(Scan *scan, Worker *worker, ScanFile *file, Slice *slice, u64 number);
/* Takes one chunk that is known to be right; part: it was walked there.  AGAIN: only part of it; from where the accepted walk now stands, it must be
 * walked again. */
Accepted scan_take(Scan *scan, Worker *worker, ScanFile *file, const FilePart *part, const Chunk *chunk);
/* Adds what a chunk found, and moves the accepted walk to its end; hands nothing out. */
void scan_add(Scan *scan, ScanFile *file, const Chunk *chunk);
/* Has more of the file gone missing?  Then what is left becomes file->capture, which ends there. */
bool scan_notice_loss(ScanFile *file);
/* After the first of two passes. */
void scan_file_rewind(ScanFile *file);

/* The file's first commit: it counts as looked at. */
bool scan_file_enter(Scan *scan, ScanFile *file);
/* Its last: says what is wrong with it, adds it to the totals, calls on_file. */
void scan_file_leave(Scan *scan, ScanFile *file);

/* Notes the time of the file's first frame, or of its last (after that of the first), when nobody asked for all times. */
void scan_note_times(ScanFile *file, bool first, u64 at, const void *context);

/* scan_stream.c: the same for a stream, batch by batch; before the chunk is added. */
void scan_note_stream_times(const Scan *scan, ScanFile *file, const Chunk *chunk);

/* scan_stream.c: a stream from its first to its last byte. */
Accepted scan_stream(Scan *scan, Worker *worker, ScanFile *file, Slice *slice);

/* window.c: do the first and the last frame of this file lie on one side of the time window?  Then their times go to
 * *about.  false also when the last frame could not be found without reading the file. */
bool window_misses(const pks_scan_options *options, const Capture *capture, pks_file *about);

#endif
