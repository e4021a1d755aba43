/* walk.c - see walk.h. */
#include "runtime/walk.h"

#include <stdlib.h>

#include "runtime/profile.h"
#include "runtime/readers/pcapng.h"

enum { ROOM_AT_FIRST = 64 };

void linktypes_add(LinkTypes *types, u32 linktype)
{
    for (u32 i = 0; i < types->count; i++)
        if (types->linktype[i] == linktype) return;
    if (types->count < LINKTYPES_MAX) types->linktype[types->count++] = linktype;
}

/* -- facts ---------------------------------------------------------------------------------------------------------- */

void facts_join(Facts *facts, const Facts *behind)
{
    facts->data_bytes += behind->data_bytes;
    facts->wire_bytes += behind->wire_bytes;
    facts->backwards += behind->backwards;
    if (!behind->has_time) return;
    if (!facts->has_time) {
        facts->first_ns = behind->first_ns;
        facts->earliest_ns = behind->earliest_ns;
        facts->latest_ns = behind->latest_ns;
        facts->has_time = true;
    } else {
        facts->backwards += behind->first_ns < facts->last_ns;
        facts->earliest_ns = MIN_OF(facts->earliest_ns, behind->earliest_ns);
        facts->latest_ns = MAX_OF(facts->latest_ns, behind->latest_ns);
    }
    facts->last_ns = behind->last_ns;
}

/* 0 is also a time that a frame may have. */
bool frame_has_time(const Lane *lane, u64 at, i64 time_ns)
{
    FrameInfo info;

    if (time_ns != 0) return true;
    return lane->capture->format->frame(lane->capture, lane->context, at, &info) && info.has_time;
}

static void add_facts(Facts *facts, const Lane *lane, const Batch *batch)
{
    for (EACH_BIT(i, lane->mask)) {
        Facts one = {.first_ns = batch->time[i], .data_bytes = batch->caplen[i], .wire_bytes = batch->len[i]};

        one.has_time = frame_has_time(lane, batch->at[i], batch->time[i]);
        one.last_ns = one.earliest_ns = one.latest_ns = one.first_ns;
        facts_join(facts, &one);
    }
}

/* -- picks ---------------------------------------------------------------------------------------------------------- */

/* Makes room for one more.  The array moves; what it holds stays. */
static bool reserve(void **array, u32 count, u32 *room, size_t item)
{
    if (count < *room) return true;
    u32 more = *room ? *room * 2 : ROOM_AT_FIRST;
    void *grown = realloc(*array, more * item);

    if (!grown) return false;
    *array = grown;
    *room = more;
    return true;
}

static bool add_pick(Chunk *chunk, FrameRun pick)
{
    FrameRun *last = chunk->pick_count ? &chunk->picks[chunk->pick_count - 1] : NULL;

    if (last && last->end == pick.at && last->context == pick.context && last->first + last->frames == pick.first) {
        last->end = pick.end;
        last->frames += pick.frames;
        return true;
    }
    if (!reserve((void **)&chunk->picks, chunk->pick_count, &chunk->pick_room, sizeof pick)) return false;
    chunk->picks[chunk->pick_count++] = pick;
    return true;
}

static Mask below(Mask bit) { return ((Mask)1 << bit) - 1; }

/* The matching frames of one lane, as runs; `chunk->frames` does not count this batch yet.  Where interfaces were described in
 * this batch, frames go singly: whoever walks a run again with the lane's context must not meet a description that the
 * context already has. */
static bool add_picks(Chunk *chunk, const Lane *lane, const Batch *batch, Mask hits)
{
    u32 seen = (u32)chunk->frames;
    bool singly = lane->context != chunk->pick_context;

    chunk->pick_context = lane->context;
    if (!hits) return true;
    if (hits == lane->mask && !singly) {
        u32 all = (u32)__builtin_popcountll(hits);
        return add_pick(chunk, (FrameRun){batch->at[__builtin_ctzll(hits)], lane->at, lane->context, seen, all});
    }
    for (EACH_BIT(i, hits)) {
        Mask rest = lane->mask & ~below(i) & ~((Mask)1 << i);
        u64 end = rest ? batch->at[__builtin_ctzll(rest)] : lane->at;
        u32 number = seen + (u32)__builtin_popcountll(lane->mask & below(i));

        if (singly) end = batch->at[i] + 1;
        if (!add_pick(chunk, (FrameRun){batch->at[i], end, lane->context, number, 1})) return false;
    }
    return true;
}

static bool add_deltas(Chunk *chunk, const Batch *batch, Mask hits)
{
    for (EACH_BIT(i, hits)) {
        if (!reserve((void **)&chunk->deltas, chunk->delta_count, &chunk->delta_room, sizeof *chunk->deltas))
            return false;
        chunk->deltas[chunk->delta_count++] = batch->delta[i];
    }
    return true;
}

/* -- one batch ------------------------------------------------------------------------------------------------------ */

static void add_places(Chunk *chunk, const Lane *lane, const Batch *batch)
{
    if (chunk->frames == 0) {
        chunk->first_at = batch->at[__builtin_ctzll(lane->mask)];
        chunk->first_context = lane->context;
    }
    chunk->last_at = batch->at[63 - __builtin_clzll(lane->mask)];
    chunk->last_context = lane->context;
    linktypes_add(&chunk->linktypes, batch->linktype);
}

/* What only some scans want to know of a batch. */
static void add_details(Walker *walker, Chunk *chunk, const Lane *lane, Mask hits)
{
    const WalkOptions *options = walker->options;
    const Batch *batch = &walker->batch;

    if (options->places) add_places(chunk, lane, batch);
    if (walker->counting) return;
    if (options->facts) add_facts(&chunk->facts, lane, batch);
    if (options->picks && !add_picks(chunk, lane, batch, hits)) walker->out_of_memory = true;
    if (options->deltas && hits && !add_deltas(chunk, batch, hits)) walker->out_of_memory = true;
}

/* A section ended: what comes is walked as if from its own start, and belongs to the same chunk. */
static void enter_next_section(Lane *lane, Chunk *chunk)
{
    chunk->interfaces += capture_interfaces(lane->capture, lane->context);
    chunk->lane_frames = 0;
    *lane = (Lane){.capture = lane->capture,
                   .at = lane->at,
                   .limit = lane->limit,
                   .context = lane->context,
                   .number = lane->number,
                   .before_ns = lane->before_ns,
                   .has_before = lane->has_before,
                   .guessed = lane->guessed,
                   .mask = lane->mask};
}

static bool stop_asked(const Walker *walker)
{
    const WalkOptions *options = walker->options;

    return (options->stop && *options->stop) || atomic_load_explicit(options->quit, memory_order_relaxed) ||
           walker->out_of_memory;
}

static void end_chunk(Chunk *chunk, const Lane *lane)
{
    chunk->state = lane->state;
    chunk->end = lane->at;
    chunk->context = lane->context;
    chunk->before_ns = lane->before_ns;
    chunk->has_before = lane->has_before;
    if (lane->state == LANE_CUT || lane->state == LANE_BROKEN) chunk->damage = lane->damage;
    chunk->aborted = lane->state == LANE_RUNNING;
}

static u32 needs_of(const Walker *walker)
{
    return walker->counting ? walker->options->needs & NEED_DELTA : walker->options->needs;
}

static Lane lane_of(const Capture *capture, const Chunk *chunk)
{
    return (Lane){.capture = capture,
                  .at = chunk->start,
                  .limit = chunk->limit,
                  .context = chunk->start_context,
                  .number = chunk->number,
                  .before_ns = chunk->start_before_ns,
                  .has_before = chunk->start_has_before,
                  .guessed = chunk->guessed};
}

/* A walk that ended at its limit may have left the next one before a section header: a section ended unseen. */
static void note_ended_section(Chunk *chunk, const Capture *capture)
{
    if (chunk->start < capture->origin || chunk->start + 4 > capture->size ||
        strcmp(capture->format->name, "pcapng") != 0)
        return;
    if (load_le32(capture_at(capture, chunk->start)) == BLOCK_SECTION)
        chunk->interfaces += capture_interfaces(capture, chunk->start_context);
}

void walk_start(Walker *walker, const Capture *capture, Chunk *const *chunks, u32 count)
{
    walker->capture = capture;
    walker->count = count;
    for (u32 k = 0; k < count; k++) {
        walker->chunks[k] = chunks[k];
        walker->lanes[k] = lane_of(capture, chunks[k]);
        chunks[k]->lane_frames = 0;
        if (walker->options->places) note_ended_section(chunks[k], capture);
    }
}

void walk_resume(Walker *walker, const Capture *capture, Chunk *chunk, const Lane *lane)
{
    walker->capture = capture;
    walker->count = 1;
    walker->chunks[0] = chunk;
    walker->lanes[0] = *lane;
    walker->lanes[0].capture = capture;
    chunk->lane_frames = lane->frames;
}

bool walk_batch(Walker *walker)
{
    const WalkOptions *options = walker->options;
    bool details = options->places || options->facts || options->picks || options->deltas, running = false;
    Batch *batch = &walker->batch;
    Mask hits = 0, cut = 0;

    u64 start = walker->fill_ns ? profile_clock() : 0;
    u32 frames = walker->capture->format->fill(walker->lanes, walker->count, options->batch, needs_of(walker), batch);
    if (walker->fill_ns) *walker->fill_ns += profile_clock() - start;
    if (frames && !walker->counting) hits = walker->vm ? vm_run(walker->vm, batch, &cut) : batch_all(batch);
    walker->hits = hits;
    walker->cut = cut;
    walker->gave_up = frames && !walker->counting && walker->vm ? vm_gave_up(walker->vm) : 0;
    for (u32 k = 0; k < walker->count; k++) {
        Lane *lane = &walker->lanes[k];
        Chunk *chunk = walker->chunks[k];
        Mask mine = frames ? lane->mask : 0;

        if (details && mine) add_details(walker, chunk, lane, hits & mine);
        if (hits & mine) chunk->matched += (u64)__builtin_popcountll(hits & mine); /* in most batches none does */
        if (cut & mine) chunk->unsure += (u64)__builtin_popcountll(cut & mine);
        if (UNLIKELY(walker->gave_up & mine)) chunk->gave_up += (u64)__builtin_popcountll(walker->gave_up & mine);
        chunk->frames += lane->frames - chunk->lane_frames;
        chunk->lane_frames = lane->frames;
        if (UNLIKELY(lane->state == LANE_SECTION)) enter_next_section(lane, chunk);
        running |= lane->state == LANE_RUNNING;
    }
    return running;
}

void walk_batches(Walker *walker)
{
    while (walk_batch(walker) && !stop_asked(walker)) {
    }
}

void walk_end(Walker *walker)
{
    for (u32 k = 0; k < walker->count; k++) {
        end_chunk(walker->chunks[k], &walker->lanes[k]);
        walker->chunks[k]->aborted |= walker->out_of_memory; /* not all that matches is listed */
    }
}

void walk(Walker *walker, const Capture *capture, Chunk *const *chunks, u32 count)
{
    if (count == 0) return;
    walk_start(walker, capture, chunks, count);
    walk_batches(walker);
    walk_end(walker);
}

/* -- chunks --------------------------------------------------------------------------------------------------------- */

void chunk_empty(Chunk *chunk)
{
    chunk->frames = chunk->matched = chunk->unsure = chunk->gave_up = chunk->interfaces = 0;
    chunk->linktypes.count = 0;
    chunk->facts = (Facts){0};
    chunk->pick_count = chunk->delta_count = 0;
    chunk->rendered = false;
    chunk->text_len = 0;
}

void chunk_begin(Chunk *chunk, u64 start, u64 limit, const void *context)
{
    chunk_empty(chunk);
    chunk->started = true;
    chunk->start = chunk->end = start;
    chunk->limit = limit;
    chunk->number = 0;
    chunk->start_context = chunk->context = chunk->pick_context = context;
    chunk->start_has_before = chunk->has_before = false;
    chunk->guessed = chunk->aborted = false;
    chunk->state = LANE_RUNNING;
}

void chunk_release(Chunk *chunk)
{
    free(chunk->picks);
    free(chunk->deltas);
    free(chunk->text);
    *chunk = (Chunk){0};
}
