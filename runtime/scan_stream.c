/* scan_stream.c - the road for a capture that comes through a pipe: one walk, committed as it arrives.
 *
 * In place of slices and chunks.  Runs where a file's first commit would, in the file's turn.  A capture that had to be kept
 * in a temporary file is walked in slices like any other, here and by this thread alone. */
#include "runtime/capture/stream.h"
#include "runtime/scan.h"

/* What the next batch adds begins here; so that a scan that ends inside it can tell what it has looked at. */
static void begin_batch(Chunk *chunk, const Lane *lane)
{
    chunk_empty(chunk);
    chunk->start = lane->at;
    chunk->start_context = lane->context;
    chunk->number = lane->number;
    chunk->start_before_ns = lane->before_ns;
    chunk->start_has_before = lane->has_before;
}

void scan_note_stream_times(const Scan *scan, ScanFile *file, const Chunk *chunk)
{
    if (!scan->walk.places || scan->walk.facts || chunk->frames == 0) return;
    if (file->frames == 0) scan_note_times(file, true, chunk->first_at, chunk->first_context);
    scan_note_times(file, false, chunk->last_at, chunk->last_context);
}

static Accepted follow(Scan *scan, Worker *worker, ScanFile *file, Stream *stream, Chunk *chunk)
{
    Walker *walker = &worker->walker;
    Lane *lane = &walker->lanes[0];

    chunk_begin(chunk, stream->capture.first, UINT64_MAX, stream->capture.context);
    walker->counting = false;
    walk_start(walker, &stream->capture, &chunk, 1);
    for (;;) {
        stream_learn_start(stream, lane);
        begin_batch(chunk, lane);
        walk_batch(walker);
        walk_end(walker);
        chunk->aborted = stream->interrupted;
        scan_note_stream_times(scan, file, chunk);
        Accepted accepted = scan_take(scan, worker, file, NULL, chunk);
        file->about.bytes = lane->at;
        if (accepted != ACCEPT_NEXT) return accepted;
        scan_progress(scan, lane->at);
        if (lane->state != LANE_MORE) continue;
        stream_read(stream, lane->at);
        lane->state = LANE_RUNNING;
    }
}

static Accepted scan_spooled(Scan *scan, Worker *worker, ScanFile *file, Slice *slice)
{
    Accepted accepted = ACCEPT_NEXT;

    file->kind = SCAN_FILE;
    scan_file_begin(scan, file, &file->file.capture);
    if (!scan_file_enter(scan, file)) return ACCEPT_STOP;
    for (u64 number = 0; accepted == ACCEPT_NEXT && number < file->geometry.slices; number++) {
        scan_slice(scan, worker, file, slice, number, true);
        accepted = scan_accept(scan, worker, file, slice, number);
        if (accepted != ACCEPT_ENDED || !file->counting) continue;
        scan_file_rewind(file);
        accepted = ACCEPT_NEXT;
        number = UINT64_MAX; /* once more, from slice 0 */
    }
    return accepted;
}

static Accepted scan_open_stream(Scan *scan, Worker *worker, ScanFile *file, Stream *stream, Slice *slice)
{
    scan_file_begin(scan, file, &stream->capture);
    if (!scan_file_enter(scan, file)) return ACCEPT_STOP;
    Accepted accepted = follow(scan, worker, file, stream, &slice->chunk[0]);
    if (stream->failed) {
        file->damage = stream->damage;
        file->end_state = LANE_BROKEN;
    }
    return accepted;
}

Accepted scan_stream(Scan *scan, Worker *worker, ScanFile *file, Slice *slice)
{
    Stream stream;
    Accepted accepted = ACCEPT_ENDED;

    switch (stream_open(&stream, &file->file, file->about.path, scan->options->stop, &file->trouble)) {
    case STREAM_OPEN: accepted = scan_open_stream(scan, worker, file, &stream, slice); break;
    case STREAM_SPOOLED: accepted = scan_spooled(scan, worker, file, slice); break;
    case STREAM_FAILED:
        file->kind = SCAN_UNUSABLE;
        if (!stream.interrupted) break;
        scan->totals->stopped = true;
        return ACCEPT_STOP;
    }
    scan_file_leave(scan, file);
    stream_close(&stream);
    return accepted;
}
