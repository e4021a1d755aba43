/* scan.c - see scan.h. */
#include "runtime/scan.h"

#include <errno.h>
#include <stdlib.h>

#include "runtime/filter.h"
#include "runtime/render.h"
#include "runtime/report.h"
#include "runtime/sink.h"

enum {
    PROGRESS_NS = 100 * 1000 * 1000,
    READ_BYTES_MIN = 1 << 20,
    TEXT_BYTES = 44 << 20, /* of text that waits for its turn; two chunks a thread do */
    PART_SHARE = 4,        /* at least one frame in so many is handed out: reading in parts pays (writers/README.md) */
};

/* -- the scan ------------------------------------------------------------------------------------------------------- */

void scan_init(Scan *scan, const pks_scan_options *options, pks_totals *totals)
{
    const Program *program = options->filter ? options->filter->program : NULL;
    u32 needs = program ? program->needs : 0;

    *totals = (pks_totals){0};
    *scan = (Scan){.options = options, .totals = totals, .program = program};
    scan->delivery = (Delivery){.options = options, .totals = totals};
    if (options->want_delta) needs |= NEED_DELTA;
    if (options->want_times) needs |= NEED_TIME;
    scan->numbered = needs & (NEED_NUMBER | NEED_DELTA);
    scan->walk = (WalkOptions){
        .picks = delivery_wants_frames(options),
        .deltas = options->want_delta && options->on_frame,
        .places = options->on_file,
        .facts = options->want_times && options->on_file,
        .needs = needs,
        .batch = options->batch && options->batch < BATCH_MAX ? options->batch : BATCH_MAX,
        .stop = options->stop,
    };
    scan->walk.quit = &scan->quit;
    atomic_init(&scan->mostly, !program);
    clock_gettime(CLOCK_MONOTONIC_COARSE, &scan->told);
}

void scan_share(Scan *scan, unsigned threads)
{
    const pks_scan_options *options = scan->options;

    scan->threads = threads;
    scan->parts = part_room(threads);
    scan->text_most = TEXT_BYTES / (2 * (size_t)threads);
    atomic_init(&scan->renders, options->render && threads > 1 && !options->output && !options->max_frames);
}

void scan_release(Scan *scan) { part_room_release(&scan->parts); }

void scan_progress(Scan *scan, u64 here)
{
    struct timespec now;

    scan->bytes_here = here;
    if (!scan->options->on_progress) return;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    i64 passed = (now.tv_sec - scan->told.tv_sec) * 1000000000LL + (now.tv_nsec - scan->told.tv_nsec);
    if (passed < PROGRESS_NS) return;
    scan->told = now;
    scan->options->on_progress(scan->options->user, scan->bytes_done + here, scan->bytes_all);
}

bool scan_fail_memory(Scan *scan)
{
    if (!scan->failed) report(&scan->options->listener, PKS_ERROR, NULL, "not enough memory for the scan");
    scan->failed = true;
    return false;
}

bool worker_init(Worker *worker, const Scan *scan, unsigned number)
{
    worker->number = number;
    worker->part.buffer = part_place(&scan->parts, number);
    worker->walker.options = &scan->walk;
    pks_profile *profile = scan->options->profile;

    worker->walker.vm = scan->program ? vm_new(scan->program) : NULL;
    if (scan->program && !worker->walker.vm) return false;
    if (!scan->program || !profile) return true;
    worker->walker.fill_ns = &worker->profile.fill_ns;
    return worker_profile_begin(&worker->profile, profile, worker->walker.vm);
}

void worker_release(Worker *worker)
{
    worker_profile_end(&worker->profile);
    vm_free(worker->walker.vm);
    chunk_release(&worker->again);
}

void slice_release(Slice *slice)
{
    for (u32 i = 0; i < LANES_MAX; i++) chunk_release(&slice->chunk[i]);
}

/* -- opening a file ------------------------------------------------------------------------------------------------- */

static void set_about(ScanFile *file, const Capture *capture)
{
    file->about.opened = true;
    file->about.format = capture->format->name;
    file->about.variant = capture->variant;
    file->about.snaplen = capture->snaplen;
}

/* What is handed out can be read in parts, at commit, from the file's first to its last byte. */
static bool can_read_parts(const Scan *scan, const ScanFile *file)
{
    return (scan->options->output || scan->options->on_frame) && file->kind == SCAN_FILE &&
           part_is_possible(&file->file.capture);
}

/* One thread alone needs no first pass to know its numbers: it can read in parts throughout. */
static bool reads_all_parts(const Scan *scan, const ScanFile *file)
{
    return scan->numbered && scan->threads == 1 && can_read_parts(scan, file);
}

static bool wants_two_passes(const Scan *scan, const ScanFile *file)
{
    return scan->numbered && file->geometry.chunks > 1 && !reads_all_parts(scan, file);
}

static bool scan_renders(const Scan *scan) { return atomic_load_explicit(&scan->renders, memory_order_relaxed); }

static ChunkUse use_of(const Scan *scan, const Capture *capture)
{
    if (!scan_renders(scan)) return scan->walk.picks ? CHUNKS_LISTED : CHUNKS_COUNTED;
    return part_is_possible(capture) ? CHUNKS_RENDERED_READ : CHUNKS_RENDERED;
}

void scan_file_begin(const Scan *scan, ScanFile *file, const Capture *capture)
{
    set_about(file, capture);
    file->capture = capture;
    file->readable = capture->size;
    file->about.bytes = capture->size;
    file->at = capture->first;
    file->context = capture->context;
    atomic_store_explicit(&file->context_hint, capture->context, memory_order_release);
    if (file->kind != SCAN_FILE) return;
    file->geometry =
        geometry_of(capture, scan->options->chunk_bytes, scan->options->lanes, scan->threads, use_of(scan, capture));
    if (!wants_two_passes(scan, file)) return;
    file->proven = calloc(file->geometry.chunks, sizeof *file->proven);
    file->counting = true;
}

void scan_file_open(const Scan *scan, ScanFile *file, u64 index)
{
    const char *path = pks_inputs_path(scan->options->inputs, index);

    *file = (ScanFile){.about = {.path = path, .index = index}, .file = {.fd = -1}};
    PathKind kind = path_kind(path, NULL);
    if (kind == PATH_STREAM) {
        file->kind = SCAN_STREAM;
        return;
    }
    if (!capture_file_open(&file->file, path, &file->trouble)) {
        file->kind = SCAN_UNUSABLE;
        return;
    }
    scan_file_begin(scan, file, &file->file.capture);
    if (scan->options->window_set && window_misses(scan->options, &file->file.capture, &file->about))
        file->kind = SCAN_PASSED_OVER;
}

void scan_file_close(ScanFile *file)
{
    capture_file_close(&file->file);
    free(file->proven);
    file->proven = NULL;
}

/* -- a slice -------------------------------------------------------------------------------------------------------- */

static void begin_at_accepted(Chunk *chunk, const ScanFile *file, u64 limit)
{
    chunk_begin(chunk, file->at, limit, file->context);
    chunk->number = file->frames;
    chunk->start_before_ns = file->before_ns;
    chunk->start_has_before = file->has_before;
}

static void begin_at_proven(Chunk *chunk, const ProvenStart *start, u64 limit)
{
    chunk_begin(chunk, start->at, limit, start->context);
    chunk->number = start->number;
    chunk->start_before_ns = start->before_ns;
    chunk->start_has_before = start->has_before;
    chunk->started = start->here;
}

/* What is read beyond a slice is another worker's. */
static u64 piece_of(const Geometry *geometry)
{
    u64 slice = geometry->width * geometry->lanes;

    return slice < PIECE_BYTES_MIN ? PIECE_BYTES_MIN : MIN_OF(slice, PIECE_BYTES);
}

/* Where chunk k seems to begin; part: of whoever is about to read it, and looks there: a page fault in the mapping would
 * take as long as walking a hundred frames.  NULL: nobody is. */
static u64 guess_start(const ScanFile *file, FilePart *part, u64 k, u64 limit)
{
    const Geometry *geometry = &file->geometry;
    u64 start = geometry->first + k * geometry->width;
    bool here = part && k > 0 &&
                (part_holds(part, &file->file, start) || part_move(part, &file->file, start, piece_of(geometry)));
    u64 guess = here ? geometry_guess(geometry, &part->capture, k) : limit;

    limit = MIN_OF(limit, file->file.capture.end);
    return guess < limit ? guess
                         : geometry_guess(geometry, &file->file.capture, k); /* records may be longer than a part */
}

static void begin_at_guess(Chunk *chunk, ScanFile *file, FilePart *part, u64 number, u64 limit)
{
    u64 guess = guess_start(file, part, number, limit);

    chunk_begin(chunk, guess, limit, atomic_load_explicit(&file->context_hint, memory_order_acquire));
    chunk->guessed = number > 0;
    chunk->started = guess < MIN_OF(limit, file->file.capture.end);
}

static bool has_shrunk(const ScanFile *file) { return file->kind == SCAN_FILE && file->readable < file->file.size; }

/* Where most of what is looked at is handed out, whoever commits reads the file in parts: then the bytes lie in the cache
 * when they are copied or printed.  So does one thread that numbers frames, for a walk that guesses nothing goes over the
 * file only once.  Not where workers make the text: they read parts of their own. */
static bool reads_parts(Scan *scan, const ScanFile *file)
{
    bool wanted = atomic_load_explicit(&scan->mostly, memory_order_relaxed) && can_read_parts(scan, file);

    return (wanted || reads_all_parts(scan, file)) && !file->counting && !scan_renders(scan);
}

/* A chunk that another one of this slice leads to needs no guess. */
static void begin_behind(Chunk *chunk, const ScanFile *file, const Chunk *before, u64 limit)
{
    chunk_begin(chunk, before->end, limit, before->context);
    chunk->guessed = before->guessed;
    chunk->started = before->end < MIN_OF(limit, file->file.capture.end);
}

/* Chunk i of a slice; part: it will be read there, else NULL; `before`: the one before it, if that was walked already. */
static void begin_chunk(ScanFile *file, Slice *slice, FilePart *part, u64 number, u32 i, bool known,
                        const Chunk *before)
{
    Chunk *chunk = &slice->chunk[i];
    u64 k = number * file->geometry.lanes + i, limit = geometry_limit(&file->geometry, k);
    bool second_pass = file->proven && !file->counting;

    if (second_pass)
        begin_at_proven(chunk, &file->proven[k], limit);
    else if (i == 0 && known && file->at < limit)
        begin_at_accepted(chunk, file, limit);
    else if (before && before->started && before->state == LANE_LIMIT)
        begin_behind(chunk, file, before, limit);
    else
        begin_at_guess(chunk, file, part, k, limit);
}

/* The frames that a chunk lists, as text, while their bytes are at hand.  Where that takes more memory than there is for it,
 * the chunk does not count, and from here on whoever commits prints. */
static void render_listed(Scan *scan, Worker *worker, const ScanFile *file, const FilePart *part, Chunk *chunk)
{
    FrameSource source = {part ? &part->capture : &file->file.capture, NULL, file->about.path, file->about.index};

    if (!worker->renders || file->counting || !chunk->started) return;
    if (render_picks(scan->options, worker->number, &source, scan->text_most, chunk)) return;
    chunk->started = false;
    atomic_store_explicit(&scan->renders, false, memory_order_relaxed);
}

/* All chunks side by side, in the mapping. */
static void walk_mapped(Scan *scan, Worker *worker, ScanFile *file, Slice *slice, u64 number, bool known)
{
    Chunk *started[LANES_MAX];
    u32 count = geometry_count(&file->geometry, number), running = 0;

    for (u32 i = 0; i < count; i++) {
        begin_chunk(file, slice, NULL, number, i, known, NULL);
        if (slice->chunk[i].started) started[running++] = &slice->chunk[i];
    }
    walk(&worker->walker, &file->file.capture, started, running);
    for (u32 i = 0; i < running; i++) render_listed(scan, worker, file, NULL, started[i]);
}

/* One chunk, piece by piece.  false: the file cannot be read that far. */
static bool walk_read(Scan *scan, Worker *worker, const ScanFile *file, Chunk *chunk)
{
    Walker *walker = &worker->walker;
    Lane *lane = &walker->lanes[0];
    FilePart *part = &worker->part;
    u64 piece = piece_of(&file->geometry);

    if (!part_holds(part, &file->file, chunk->start) && !part_move(part, &file->file, chunk->start, piece))
        return false;
    walk_start(walker, &part->capture, &chunk, 1);
    for (;;) {
        walk_batches(walker);
        render_listed(scan, worker, file, part, chunk);
        if (!chunk->started) return false;
        if (lane->state != LANE_MORE) break;
        if (!part_move(part, &file->file, lane->at, piece)) return false;
        lane->state = LANE_RUNNING;
    }
    walk_end(walker);
    return true;
}

/* One chunk after the other, read. */
static void walk_all_read(Scan *scan, Worker *worker, ScanFile *file, Slice *slice, u64 number, bool known)
{
    u32 count = geometry_count(&file->geometry, number);
    const Chunk *before = NULL;

    for (u32 i = 0; i < count; i++) {
        Chunk *chunk = &slice->chunk[i];

        begin_chunk(file, slice, &worker->part, number, i, known, before);
        if (chunk->started && !walk_read(scan, worker, file, chunk)) chunk->started = false;
        before = chunk;
    }
}

/* The fresh pages of a buffer cost more than the few that a small file has in the mapping.  Who chooses chunks, as tests do,
 * has files of any size read. */
static bool can_read(const Scan *scan, const Worker *worker, const CaptureFile *file)
{
    bool pays = file->size >= READ_BYTES_MIN || part_is_used(&worker->part) || scan->options->chunk_bytes;

    return pays && !scan->options->lanes && part_is_possible(&file->capture);
}

/* Workers always walk the capture as it was opened; only whoever commits knows what has become of it. */
void scan_slice(Scan *scan, Worker *worker, ScanFile *file, Slice *slice, u64 number, bool known)
{
    u32 count = geometry_count(&file->geometry, number);
    bool reads = can_read(scan, worker, &file->file);
    worker->renders = scan_renders(scan);
    bool choice = reads && !worker->renders; /* text is made of what lies in the cache */
    Way way = choice ? way_choose(&worker->costs) : reads ? WAY_READ : WAY_MAP;

    slice->brought = false;
    if (reads_parts(scan, file)) {
        for (u32 i = 0; i < count; i++) slice->chunk[i].started = false;
        return;
    }
    worker->walker.counting = file->counting;
    slice->brought = capture_file_expect(&file->file, number, file->geometry.slices, way == WAY_MAP);
    u64 start = way_clock();
    if (way == WAY_READ)
        walk_all_read(scan, worker, file, slice, number, known);
    else
        walk_mapped(scan, worker, file, slice, number, known);
    if (choice) way_add(&worker->costs, way, way_clock() - start, file->file.size / file->geometry.slices);
}

/* -- accepting ------------------------------------------------------------------------------------------------------ */

bool scan_notice_loss(ScanFile *file)
{
    u64 readable = capture_file_readable(&file->file);

    if (readable >= file->readable) return false;
    file->shrunk_capture = file->file.capture;
    file->shrunk_capture.size = readable;
    if (file->shrunk_capture.end == file->file.size) file->shrunk_capture.end = readable; /* positions are bytes */
    file->capture = &file->shrunk_capture;
    file->readable = readable;
    return true;
}

static bool same_before(const ScanFile *file, const Chunk *chunk)
{
    return chunk->number == file->frames && chunk->start_has_before == file->has_before &&
           (!file->has_before || chunk->start_before_ns == file->before_ns);
}

static bool is_right(const ScanFile *file, const Chunk *chunk)
{
    bool second_pass = file->proven && !file->counting;

    if (!chunk->started || chunk->aborted || has_shrunk(file)) return false;
    if (chunk->guessed && chunk->state == LANE_BROKEN) return false; /* a guess gives up sooner than it must */
    if (chunk->start != file->at || chunk->start_context != file->context) return false;
    return !second_pass || same_before(file, chunk);
}

/* From the true boundary, alone.  Losing more of the file while at it means once more. */
static const Chunk *walk_again(Worker *worker, ScanFile *file, u64 limit)
{
    Chunk *again = &worker->again;

    do {
        begin_at_accepted(again, file, limit);
        worker->walker.counting = file->counting;
        walk(&worker->walker, file->capture, &again, 1);
    } while (scan_notice_loss(file));
    return again;
}

void found_add(Found *found, const Chunk *chunk)
{
    found->interfaces += chunk->interfaces;
    facts_join(&found->facts, &chunk->facts);
    if (chunk->frames == 0) return;
    if (found->frames == 0) {
        found->first_at = chunk->first_at;
        found->first_context = chunk->first_context;
    }
    found->frames += chunk->frames;
    found->last_at = chunk->last_at;
    found->last_context = chunk->last_context;
    for (u32 i = 0; i < chunk->linktypes.count; i++) linktypes_add(&found->linktypes, chunk->linktypes.linktype[i]);
}

static void add_found(Scan *scan, ScanFile *file, const Chunk *chunk)
{
    if (!file->counting) {
        scan->totals->frames += chunk->frames;
        scan->totals->frames_unsure += chunk->unsure;
        scan->totals->frames_given_up += chunk->gave_up;
        found_add(&file->found, chunk);
    }
    file->frames += chunk->frames;
}

static void move_on(ScanFile *file, const Chunk *chunk)
{
    file->at = chunk->end;
    file->context = chunk->context;
    atomic_store_explicit(&file->context_hint, chunk->context, memory_order_release);
    if (chunk->has_before) {
        file->has_before = true;
        file->before_ns = chunk->before_ns;
    }
    if (chunk->state != LANE_EOF && chunk->state != LANE_CUT && chunk->state != LANE_BROKEN) return;
    file->ended = true;
    file->end_state = chunk->state;
    file->damage = chunk->damage;
}

void scan_add(Scan *scan, ScanFile *file, const Chunk *chunk)
{
    add_found(scan, file, chunk);
    move_on(file, chunk);
}

/* The scan ends inside this chunk, or the file shrank: only what stands before that place was looked at, whoever walked
 * on behind it.  Nothing was handed out: then there is no such part. */
static void take_part(Scan *scan, Worker *worker, ScanFile *file, const Chunk *chunk)
{
    Chunk *part = &worker->again;
    u64 start = chunk->start, number = chunk->number;
    const void *context = chunk->start_context;
    bool has_before = chunk->start_has_before;
    i64 before_ns = chunk->start_before_ns;

    chunk_begin(part, start, scan->delivery.upto, context);
    part->number = number;
    part->start_has_before = has_before;
    part->start_before_ns = before_ns;
    worker->walker.counting = false;
    walk(&worker->walker, file->capture, &part, 1);
    if (part->frames !=
        scan->delivery.frames) { /* where they stood the file is gone by now; how many there were is known */
        part->frames = scan->delivery.frames;
        part->end = scan->delivery.upto;
    }
    scan_add(scan, file, part);
    file->ended = false;
}

/* FilePart of a chunk was handed out when the rest of the file went missing. */
static Accepted take_what_was_left(Scan *scan, Worker *worker, ScanFile *file, const Chunk *chunk)
{
    scan->delivery.lost = false;
    if (scan->delivery.some) take_part(scan, worker, file, chunk);
    if (scan_notice_loss(file)) return ACCEPT_AGAIN;
    trouble(&file->damage, file->at, "changed while it was being read: what was a record no longer is one");
    file->ended = true;
    file->end_state = LANE_BROKEN;
    return ACCEPT_ENDED;
}

/* Of frames that stand in memory of ours nobody can take anything away: like a stream's, they have no file. */
static FrameSource source_of(const ScanFile *file, const FilePart *part)
{
    return (FrameSource){part ? &part->capture : file->capture, !part && file->kind == SCAN_FILE ? &file->file : NULL,
                         file->about.path, file->about.index};
}

Accepted scan_take(Scan *scan, Worker *worker, ScanFile *file, const FilePart *part, const Chunk *chunk)
{
    FrameSource source = source_of(file, part);

    if (worker->walker.out_of_memory) {
        scan_fail_memory(scan);
        return ACCEPT_STOP;
    }
    if (chunk->aborted) {
        scan->totals->stopped = true;
        return ACCEPT_STOP;
    }
    if (!file->counting && !deliver_chunk(&scan->delivery, &source, chunk, file->frames)) {
        if (scan->delivery.lost) return take_what_was_left(scan, worker, file, chunk);
        if (scan->delivery.failed) scan->failed = true;
        if (scan->delivery.ended) {
            scan->totals->stopped = true;
            take_part(scan, worker, file, chunk);
        }
        return ACCEPT_STOP;
    }
    scan_add(scan, file, chunk);
    return file->ended ? ACCEPT_ENDED : ACCEPT_NEXT;
}

/* What is written comes from here, and nobody asks later: while a file is cut, what is read behind its new end can be zeros. */
static bool bring_part(FilePart *part, const CaptureFile *file, u64 at)
{
    return part_move(part, file, at, PIECE_BYTES) && capture_file_readable(file) >= part->capture.size;
}

/* A chunk in parts, from where the accepted walk stands: what has been walked is taken before the part moves on. */
static Accepted take_in_parts(Scan *scan, Worker *worker, ScanFile *file, u64 limit)
{
    FilePart *part = &worker->part;
    Chunk *again = &worker->again;
    bool move = !part_holds(part, &file->file, file->at);

    do {
        if (move && !bring_part(part, &file->file, file->at)) return ACCEPT_AGAIN;
        begin_at_accepted(again, file, limit);
        worker->walker.counting = false;
        walk(&worker->walker, &part->capture, &again, 1);
        Accepted accepted = scan_take(scan, worker, file, part, again);
        if (accepted != ACCEPT_NEXT) return accepted;
        move = again->state == LANE_MORE;
    } while (move);
    return ACCEPT_NEXT;
}

static Accepted take_chunk(Scan *scan, Worker *worker, ScanFile *file, const Chunk *chunk, u64 limit)
{
    Accepted accepted = ACCEPT_AGAIN;
    if (is_right(file, chunk))
        accepted = scan_take(scan, worker, file, NULL, chunk);
    else if (reads_parts(scan, file) && !has_shrunk(file))
        accepted = take_in_parts(scan, worker, file, limit);
    while (accepted == ACCEPT_AGAIN) accepted = scan_take(scan, worker, file, NULL, walk_again(worker, file, limit));
    return accepted;
}

static void note_start(ScanFile *file, u64 k, bool here)
{
    if (!file->counting || !file->proven) return;
    file->proven[k] = (ProvenStart){here, file->at, file->frames, file->context, file->before_ns, file->has_before};
}

/* Of the slice just taken: what is said of the next one. */
static void note_share(Scan *scan, u64 frames_before, u64 matched_before)
{
    u64 frames = scan->totals->frames - frames_before, matched = scan->totals->matched - matched_before;

    if (frames) atomic_store_explicit(&scan->mostly, matched >= frames / PART_SHARE, memory_order_relaxed);
}

Accepted scan_accept(Scan *scan, Worker *worker, ScanFile *file, Slice *slice, u64 number)
{
    u32 count = geometry_count(&file->geometry, number);
    u64 frames = scan->totals->frames, matched = scan->totals->matched;
    bool delivers = delivery_wants_frames(scan->options);

    if (worker->walker.out_of_memory || (file->counting && !file->proven)) {
        scan_fail_memory(scan);
        return ACCEPT_STOP;
    }
    for (u32 i = 0; i < count; i++) {
        u64 k = number * file->geometry.lanes + i, limit = geometry_limit(&file->geometry, k);
        const Chunk *chunk = &slice->chunk[i];

        if (i == 0 || delivers) scan_notice_loss(file); /* all chunks were walked before; handing out takes its time */
        note_start(file, k, file->at < limit);
        if (file->at >= limit) continue; /* a record that begins before it ends behind it */
        Accepted accepted = take_chunk(scan, worker, file, chunk, limit);
        if (accepted != ACCEPT_NEXT) return accepted;
    }
    if (slice->brought) capture_file_leave(&file->file, number, file->geometry.slices);
    note_share(scan, frames, matched);
    return ACCEPT_NEXT;
}

void scan_file_rewind(ScanFile *file)
{
    file->counting = false;
    file->at = file->capture->first;
    file->context = file->capture->context;
    file->frames = 0;
    file->has_before = file->ended = false;
}

/* -- beginning and end of a file ------------------------------------------------------------------------------------- */

bool scan_file_enter(Scan *scan, ScanFile *file)
{
    const pks_scan_options *options = scan->options;

    if (file->begun) return true;
    file->begun = true;
    file->matched_before = scan->totals->matched;
    if (options->output && !sink_begin(options->output, file->capture, &options->listener)) {
        scan->failed = true;
        return false;
    }
    return true;
}

static void say_damage(Scan *scan, ScanFile *file)
{
    const pks_listener *listener = &scan->options->listener;
    pks_totals *totals = scan->totals;
    bool cut = file->end_state == LANE_CUT && !has_shrunk(file);

    if (!file->ended || (file->end_state == LANE_EOF && !has_shrunk(file))) return;
    if (has_shrunk(file)) capture_file_describe_loss(&file->file, file->readable, &file->damage);
    file->about.cut = cut;
    file->about.damaged = !cut || scan->options->strict;
    totals->files_cut += cut;
    totals->files_damaged += file->about.damaged;
    report_damage(listener, file->about.damaged ? PKS_ERROR : PKS_WARNING, file->about.path, &file->damage,
                  file->frames);
}

void scan_note_times(ScanFile *file, bool first, u64 at, const void *context)
{
    FrameInfo info;
    bool known = file->capture->format->frame(file->capture, context, at, &info) && info.has_time;

    if (first) file->about.first_ns = known ? info.time_ns : 0;
    if (!first) file->about.last_ns = known ? info.time_ns : 0;
    file->about.has_time = known && (first || file->about.has_time);
}

static void fill_about(Scan *scan, ScanFile *file)
{
    pks_file *about = &file->about;

    about->frames = file->frames;
    about->matched = scan->totals->matched - file->matched_before;
    if (!scan->walk.places) return;
    about->linktype_count = file->found.linktypes.count;
    memcpy(about->linktypes, file->found.linktypes.linktype,
           MIN_OF(file->found.linktypes.count, COUNT_OF(about->linktypes)) * sizeof(u32));
    about->interfaces = (u32)(file->found.interfaces + capture_interfaces(file->capture, file->context));
    if (scan->walk.facts) {
        about->has_time = file->found.facts.has_time;
        about->first_ns = file->found.facts.first_ns;
        about->last_ns = file->found.facts.last_ns;
        about->earliest_ns = file->found.facts.earliest_ns;
        about->latest_ns = file->found.facts.latest_ns;
        about->backwards = file->found.facts.backwards;
        about->data_bytes = file->found.facts.data_bytes;
        about->wire_bytes = file->found.facts.wire_bytes;
    } else if (file->frames && file->kind == SCAN_FILE) {
        scan_note_times(file, true, file->found.first_at, file->found.first_context);
        scan_note_times(file, false, file->found.last_at, file->found.last_context);
    }
}

void scan_file_leave(Scan *scan, ScanFile *file)
{
    const pks_scan_options *options = scan->options;
    pks_totals *totals = scan->totals;

    if (file->kind == SCAN_UNUSABLE) {
        totals->files_failed++;
        report_unusable(&options->listener, file->about.path, &file->trouble);
    } else if (file->kind == SCAN_PASSED_OVER) {
        totals->files_passed_over++;
        file->about.passed_over = true;
    } else {
        totals->files++;
        totals->bytes += file->about.bytes;
        say_damage(scan, file);
        fill_about(scan, file);
    }
    scan->bytes_done += file->about.bytes;
    scan->bytes_here = 0;
    if (options->on_file) options->on_file(options->user, &file->about);
}
