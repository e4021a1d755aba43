/* merge.c - many captures as one, in the order of time: pks_merge.
 *
 * A road of its own beside pipeline.c, with the same stations: open, walk, filter, deliver.  Each input has one lane and a
 * few matching frames in hand; a heap says whose turn it is.  Always true: memory is bounded by the number of inputs; frames
 * of one input keep their order, whatever their times say; of two frames with one time, the earlier input's comes first
 * (mergecap 4.0 puts the later input's first; else the order is the same).  A frame without a time counts as having the time
 * of the one before it in its file. */
#include <stdlib.h>

#include "runtime/capture/inputs.h"
#include "runtime/capture/stream.h"
#include "runtime/scan.h"
#include "runtime/sink.h"

enum {
    FDS_KEPT = 200, /* with more inputs than that, descriptors are given back after mapping */
};

/* A matching frame whose turn has not come. */
typedef struct {
    u64 at, number; /* number from 1 */
    const void *context;
    i64 time_ns, delta_ns;
    u64 unsure, given_up; /* frames of its file, up to it: that the filter was unsure of, or gave up a pattern in */
} Held;

/* An input before a batch: where it stood, and what had been found. */
typedef struct {
    Lane lane;
    Found found;
} Before;

typedef struct {
    ScanFile file;
    Stream stream;
    bool is_stream, open, done;
    Lane lane;
    i64 last_ns;
    u64 read, unsure, given_up;                    /* frames read; of them unsure ones, those with a pattern given up */
    u64 looked_at, looked_unsure, looked_given_up; /* up to the last frame that was handed out, or all when done */
    u64 matched, last_at;                          /* frames handed out; position of the last one */
    Before now, last; /* before the batch in hand, and before the one that frames were last handed out from */
    Held held[BATCH_MAX];
    u32 next, count;
} MergeInput;

typedef struct {
    Scan scan;
    Worker worker;
    Chunk chunk;
    MergeInput *inputs;
    u64 count;
    u64 *heap; /* indexes of inputs that have a frame in hand */
    u64 heaped;
    u64 bytes_read;
} Merge;

/* -- the heap ------------------------------------------------------------------------------------------------------- */

static bool comes_before(const Merge *merge, u64 a, u64 b)
{
    const MergeInput *x = &merge->inputs[a], *y = &merge->inputs[b];
    i64 left = x->held[x->next].time_ns, right = y->held[y->next].time_ns;

    return left != right ? left < right : a < b;
}

static void swap(Merge *merge, u64 i, u64 k)
{
    u64 index = merge->heap[i];

    merge->heap[i] = merge->heap[k];
    merge->heap[k] = index;
}

static void sift_up(Merge *merge, u64 i)
{
    for (; i > 0 && comes_before(merge, merge->heap[i], merge->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(merge, i, (i - 1) / 2);
}

static void sift_down(Merge *merge, u64 i)
{
    for (;;) {
        u64 first = i;

        for (u64 child = 2 * i + 1; child <= 2 * i + 2 && child < merge->heaped; child++)
            if (comes_before(merge, merge->heap[child], merge->heap[first])) first = child;
        if (first == i) return;
        swap(merge, i, first);
        i = first;
    }
}

/* -- one input ------------------------------------------------------------------------------------------------------ */

static bool open_stream(Merge *merge, MergeInput *input)
{
    ScanFile *file = &input->file;

    switch (stream_open(&input->stream, &file->file, file->about.path, merge->scan.options->stop, &file->trouble)) {
    case STREAM_OPEN:
        input->is_stream = true;
        scan_file_begin(&merge->scan, file, &input->stream.capture);
        return true;
    case STREAM_SPOOLED:
        file->kind = SCAN_FILE;
        scan_file_begin(&merge->scan, file, &file->file.capture);
        return true;
    default: file->kind = SCAN_UNUSABLE; return false;
    }
}

static void open_input(Merge *merge, u64 index)
{
    MergeInput *input = &merge->inputs[index];
    ScanFile *file = &input->file;

    scan_file_open(&merge->scan, file, index);
    if (file->kind == SCAN_STREAM && !open_stream(merge, input)) return;
    if (file->kind != SCAN_FILE && file->kind != SCAN_STREAM) return;
    if (merge->count > FDS_KEPT && file->kind == SCAN_FILE) capture_file_release_fd(&file->file);
    input->open = true;
    input->last_ns = INT64_MIN;
    input->lane = (Lane){
        .capture = file->capture, .at = file->capture->first, .limit = UINT64_MAX, .context = file->capture->context};
}

static void close_input(MergeInput *input)
{
    if (input->is_stream) stream_close(&input->stream);
    scan_file_close(&input->file);
}

/* One batch of the input through the filter, into the shared chunk.  Once more when part of the file went missing meanwhile. */
static void walk_input(Merge *merge, MergeInput *input)
{
    Walker *walker = &merge->worker.walker;
    Chunk *chunk = &merge->chunk;

    do {
        chunk_begin(chunk, input->lane.at, UINT64_MAX, input->lane.context);
        walk_resume(walker, input->file.capture, chunk, &input->lane);
        walk_batch(walker);
        walk_end(walker);
    } while (!input->is_stream && scan_notice_loss(&input->file));
    chunk->aborted = false;
    input->lane = walker->lanes[0];
}

/* Keeps the matching frames of the batch that was just walked. */
static void hold_batch(MergeInput *input, const Walker *walker)
{
    const Batch *batch = &walker->batch;
    const Lane *lane = &walker->lanes[0];
    bool deltas = walker->options->needs & NEED_DELTA;

    input->next = input->count = 0;
    for (EACH_BIT(i, lane->mask)) {
        input->read++;
        input->unsure += walker->cut >> i & 1;
        input->given_up += walker->gave_up >> i & 1;
        if (frame_has_time(lane, batch->at[i], batch->time[i])) input->last_ns = batch->time[i];
        if (!(walker->hits >> i & 1)) continue;
        input->held[input->count++] =
            (Held){batch->at[i],  input->read,    lane->context, input->last_ns, deltas ? batch->delta[i] : 0,
                   input->unsure, input->given_up};
    }
}

/* Positions need not be bytes. */
static u64 bytes_between(const Capture *capture, u64 from, u64 to)
{
    u64 span = capture->end - capture->first;

    if (capture->end == UINT64_MAX || span == 0 || to < from) return 0;
    return (u64)((double)(to - from) / (double)span * (double)capture->size);
}

/* Reads on until the input has a matching frame in hand, or none is left.  false: the scan cannot go on. */
static bool refill(Merge *merge, MergeInput *input)
{
    Scan *scan = &merge->scan;
    ScanFile *file = &input->file;

    while (input->next == input->count && !input->done) {
        if (input->lane.state == LANE_MORE) {
            stream_read(&input->stream, input->lane.at);
            input->lane.state = LANE_RUNNING;
        }
        if (scan->options->stop && *scan->options->stop) {
            scan->totals->stopped = true;
            return false;
        }
        if (input->is_stream) stream_learn_start(&input->stream, &input->lane);
        input->now = (Before){input->lane, file->found};
        walk_input(merge, input);
        merge->bytes_read += bytes_between(file->capture, input->now.lane.at, input->lane.at);
        hold_batch(input, &merge->worker.walker);
        if (input->is_stream) scan_note_stream_times(scan, file, &merge->chunk);
        scan_add(scan, file, &merge->chunk);
        if (input->is_stream) file->about.bytes = input->lane.at;
        input->done = file->ended;
    }
    if (input->next == input->count) {
        input->looked_at = input->read;
        input->looked_unsure = input->unsure;
        input->looked_given_up = input->given_up;
    }
    return true;
}

/* -- the merge ------------------------------------------------------------------------------------------------------ */

/* A frame that was no longer there when it was copied is taken back, as long as only the output has seen it. */
static bool deliver_held(Merge *merge, MergeInput *input, const FrameSource *source, const Held *held,
                         const FrameInfo *info)
{
    Delivery *delivery = &merge->scan.delivery;
    const pks_scan_options *options = delivery->options;
    bool final = !options->output || options->on_frame || input->is_stream;
    WriterMark mark = {0};
    if (!final) mark = sink_mark(options->output);
    bool go_on = deliver_frame(delivery, source, held->context, info, held->number, held->delta_ns);

    if (final || delivery->failed || !capture_file_faulted(&input->file.file)) return go_on;
    delivery->totals->matched--;
    input->matched--;
    delivery->ended = false;
    delivery->failed = !sink_rewind(options->output, &mark, &options->listener);
    return !delivery->failed;
}

static bool hand_out(Merge *merge, MergeInput *input)
{
    Scan *scan = &merge->scan;
    const Held *held = &input->held[input->next++];
    const Capture *capture = input->file.capture;
    FrameSource source = {capture, NULL, input->file.about.path, input->file.about.index};
    FrameInfo info;

    if (input->next == 1) input->last = input->now;
    input->looked_at = held->number;
    input->looked_unsure = held->unsure;
    input->looked_given_up = held->given_up;
    input->last_at = held->at;
    if (!capture->format->frame(capture, held->context, held->at, &info)) return true; /* it shrank: told at its end */
    input->matched++;
    if (deliver_held(merge, input, &source, held, &info)) return true;
    scan->failed |= scan->delivery.failed;
    scan->totals->stopped |= scan->delivery.ended;
    return false;
}

static bool open_all(Merge *merge)
{
    const pks_scan_options *options = merge->scan.options;
    bool begun = false;

    for (u64 i = 0; i < merge->count; i++) {
        MergeInput *input = &merge->inputs[i];

        open_input(merge, i);
        if (!input->open) continue;
        if (options->output && !begun && !sink_begin(options->output, input->file.capture, &options->listener)) {
            merge->scan.failed = true;
            return false;
        }
        begun = true;
        if (!refill(merge, input)) return false;
        if (input->next == input->count) continue;
        merge->heap[merge->heaped] = i;
        sift_up(merge, merge->heaped++);
    }
    return true;
}

static void run(Merge *merge)
{
    if (!open_all(merge)) return;
    while (merge->heaped) {
        MergeInput *input = &merge->inputs[merge->heap[0]];

        if (!hand_out(merge, input) || !refill(merge, input)) return;
        if (input->next == input->count) merge->heap[0] = merge->heap[--merge->heaped];
        sift_down(merge, 0);
        scan_progress(&merge->scan, merge->bytes_read);
    }
}

/* What was read ahead of the place where a merge was stopped does not count as looked at: that batch once more, up to the
 * last frame that was handed out.  (A stream's bytes are gone; of it, what was read is told.) */
static void take_back(Merge *merge, MergeInput *input)
{
    Walker *walker = &merge->worker.walker;
    Chunk *chunk = &merge->chunk;

    input->file.ended = false;
    if (input->is_stream) return;
    input->file.found = input->matched ? input->last.found : (Found){0};
    input->file.context = input->matched ? input->last.lane.context : input->file.capture->context;
    if (!input->matched) return;
    input->last.lane.limit = input->last_at + 1;
    chunk_begin(chunk, input->last.lane.at, input->last.lane.limit, input->last.lane.context);
    walk_resume(walker, input->file.capture, chunk, &input->last.lane);
    while (walk_batch(walker)) {
    }
    walk_end(walker);
    found_add(&input->file.found, chunk);
    input->file.context = chunk->context;
}

static void leave_all(Merge *merge)
{
    Scan *scan = &merge->scan;
    pks_totals *totals = scan->totals;

    totals->frames = totals->frames_unsure = totals->frames_given_up = 0;
    for (u64 i = 0; i < merge->count; i++) {
        MergeInput *input = &merge->inputs[i];
        ScanFile *file = &input->file;

        if (!file->about.path) continue; /* stopped before it was opened */
        totals->frames += input->looked_at;
        totals->frames_unsure += input->looked_unsure;
        totals->frames_given_up += input->looked_given_up;
        if (input->looked_at < input->read) take_back(merge, input);
        if (input->is_stream && input->stream.failed) {
            file->damage = input->stream.damage;
            file->end_state = LANE_BROKEN;
        }
        file->frames = input->looked_at;
        file->matched_before = totals->matched - input->matched;
        scan_file_leave(scan, file);
        close_input(input);
    }
}

bool pks_merge(const pks_scan_options *options, pks_totals *totals)
{
    pks_totals unwanted;
    Merge merge = {.count = pks_inputs_count(options->inputs)};
    Scan *scan = &merge.scan;

    scan_init(scan, options, totals ? totals : &unwanted);
    scan->walk.picks = scan->walk.deltas = false;
    scan->walk.needs |= NEED_TIME;
    scan_share(scan, 1);
    scan->numbered = false; /* one lane an input, in order, knows what came before */
    scan->bytes_all = inputs_survey(options->inputs, &options->listener);
    merge.inputs = calloc(MAX_OF(merge.count, 1), sizeof *merge.inputs);
    merge.heap = calloc(MAX_OF(merge.count, 1), sizeof *merge.heap);
    if (merge.inputs && merge.heap && worker_init(&merge.worker, scan, 0)) {
        run(&merge);
        leave_all(&merge);
    } else {
        scan_fail_memory(scan);
    }
    worker_release(&merge.worker);
    scan_release(scan);
    chunk_release(&merge.chunk);
    free(merge.inputs);
    free(merge.heap);
    return !scan->failed;
}
