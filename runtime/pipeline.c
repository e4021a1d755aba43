/* pipeline.c - the route, and nothing else:
 *
 *     inputs -> open -> slices -> walk (fill -> vm_run -> add up) -> accept in order -> deliver -> output, on_frame,
 *               capture/          walk.c; text: render.c             scan.c             deliver.c           on_text
 *
 * Whatever stands left of "accept" is done by all workers at once, in any order; the rest by one at a time, in the order of
 * files and frames (workers/order.c).  One worker alone takes the same steps in a straight line. */
#include "runtime/pipeline.h"

#include <stdlib.h>

#include "runtime/capture/inputs.h"
#include "runtime/workers/order.h"
#include "runtime/workers/pool.h"

enum {
    THREAD_BYTES = 2 << 20, /* less than this is read before another thread is up, whatever is done with it */
};

typedef struct {
    Scan scan;
    Order *order;
    Worker *workers;
    ScanFile *files; /* ring, by index: those in hand */
    Slice *slices;   /* by Ticket.slot */
    u32 slots;
} Route;

static ScanFile *file_of(Route *route, u64 index) { return &route->files[index % route->slots]; }

/* -- the stations --------------------------------------------------------------------------------------------------- */

static u64 open_file(void *job, void *worker, u64 index)
{
    Route *route = job;
    ScanFile *file = file_of(route, index);

    (void)worker;
    scan_file_open(&route->scan, file, index);
    return file->kind == SCAN_FILE ? file->geometry.slices : 1;
}

static void work_slice(void *job, void *worker, const Ticket *ticket)
{
    Route *route = job;
    ScanFile *file = file_of(route, ticket->group);

    if (file->kind != SCAN_FILE) return;
    scan_slice(&route->scan, worker, file, &route->slices[ticket->slot], ticket->step, ticket->at_turn);
}

static OrderVerdict stop(Route *route)
{
    atomic_store(&route->scan.quit, true);
    return ORDER_STOP;
}

static OrderVerdict commit_stream(Route *route, Worker *worker, ScanFile *file, Slice *slice)
{
    Accepted accepted = scan_stream(&route->scan, worker, file, slice);

    return accepted == ACCEPT_STOP ? stop(route) : ORDER_GROUP_END;
}

static OrderVerdict commit_file(Route *route, Worker *worker, ScanFile *file, const Ticket *ticket, u64 *steps)
{
    Scan *scan = &route->scan;

    if (!scan_file_enter(scan, file)) return stop(route);
    Accepted accepted = scan_accept(scan, worker, file, &route->slices[ticket->slot], ticket->step);
    if (accepted == ACCEPT_ENDED && file->counting) {
        scan_file_rewind(file);
        *steps = ticket->step + 1;
        return ORDER_NEXT_PASS;
    }
    if (accepted == ACCEPT_NEXT) {
        scan_progress(scan,
                      (u64)((double)file->about.bytes * (double)(ticket->step + 1) / (double)file->geometry.slices));
        return ORDER_NEXT;
    }
    scan_file_leave(scan, file);
    return accepted == ACCEPT_STOP ? stop(route) : ORDER_GROUP_END;
}

static OrderVerdict commit(void *job, void *worker, const Ticket *ticket, u64 *steps)
{
    Route *route = job;
    ScanFile *file = file_of(route, ticket->group);

    if (route->scan.options->stop && *route->scan.options->stop) {
        route->scan.totals->stopped = true;
        return stop(route);
    }
    switch (file->kind) {
    case SCAN_FILE: return commit_file(route, worker, file, ticket, steps);
    case SCAN_STREAM: return commit_stream(route, worker, file, &route->slices[ticket->slot]);
    default: scan_file_leave(&route->scan, file); return ORDER_GROUP_END;
    }
}

static void close_file(void *job, u64 index) { scan_file_close(file_of(job, index)); }

static void work(void *job, unsigned worker)
{
    Route *route = job;

    order_run(route->order, &route->workers[worker]);
}

/* -- how many at it --------------------------------------------------------------------------------------------------- */

static u64 now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

/* A thread takes a millisecond or two until it is of use: some page faults of its own, and it makes those of others
 * dearer.  So of inputs that are not large one thread takes some steps, and others are called once what is left would
 * take it long enough.  Returns how many threads that are; 0: nothing is left.  Who chooses chunks, as tests do, wants all. */
static unsigned walk_alone(Route *route)
{
    enum { BYTES_MAX = 128 << 20, LOOK_NS = 500 * 1000, THREAD_NS = 10 * 1000 * 1000 };
    Scan *scan = &route->scan;
    const pks_scan_options *options = scan->options;
    bool large = scan->bytes_all > BYTES_MAX || options->chunk_bytes;
    u64 since = now_ns(), before = 0;

    if (scan->threads == 1 || large || path_kind(pks_inputs_path(options->inputs, 0), NULL) == PATH_STREAM)
        return scan->threads;
    while (order_step(route->order, &route->workers[0])) {
        u64 now = now_ns(), done = scan->bytes_done + scan->bytes_here;

        before = MIN_OF(before, done); /* a second pass begins anew */
        if (now - since < LOOK_NS || done <= before) continue;
        double left = (double)(now - since) / (double)(done - before) * (double)(scan->bytes_all - done);
        if (left >= THREAD_NS) return (unsigned)MIN_OF(left / THREAD_NS + 1, scan->threads);
        since = now;
        before = done;
    }
    return 0;
}

static void walk_all(Route *route)
{
    unsigned threads = walk_alone(route), ready = 1;

    while (ready < threads && worker_init(&route->workers[ready], &route->scan, ready)) ready++;
    if (threads) pool_run(ready, work, route); /* short of memory, fewer of them find the same */
}

/* -- the scan ------------------------------------------------------------------------------------------------------- */

unsigned pipeline_threads(const pks_scan_options *options, u64 bytes_all)
{
    u64 threads = options->threads ? options->threads : pool_cores();
    u64 share = options->chunk_bytes ? MIN_OF(options->chunk_bytes, THREAD_BYTES) : THREAD_BYTES;

    return (unsigned)MIN_OF(MIN_OF(threads, PKS_THREADS_MAX), 1 + bytes_all / share);
}

static bool build(Route *route, const OrderWork *stations)
{
    unsigned threads = route->scan.threads;

    route->order = order_new(stations, route, threads);
    if (!route->order) return false;
    route->slots = order_slots(route->order);
    route->files = calloc(route->slots, sizeof *route->files);
    route->slices = calloc(route->slots, sizeof *route->slices);
    route->workers = calloc(threads, sizeof *route->workers);
    if (!route->files || !route->slices || !route->workers) return false;
    return worker_init(&route->workers[0], &route->scan, 0);
}

static void tear_down(Route *route)
{
    order_free(route->order);
    for (u32 i = 0; route->slices && i < route->slots; i++) slice_release(&route->slices[i]);
    for (unsigned i = 0; route->workers && i < route->scan.threads; i++) worker_release(&route->workers[i]);
    free(route->files);
    free(route->slices);
    free(route->workers);
    scan_release(&route->scan);
}

bool pks_scan(const pks_scan_options *options, pks_totals *totals)
{
    pks_totals unwanted;
    Route route = {0};

    scan_init(&route.scan, options, totals ? totals : &unwanted);
    route.scan.bytes_all = inputs_survey(options->inputs, &options->listener);
    scan_share(&route.scan, pipeline_threads(options, route.scan.bytes_all));

    OrderWork stations = {.groups = pks_inputs_count(options->inputs),
                          .open = open_file,
                          .work = work_slice,
                          .commit = commit,
                          .close = close_file};
    if (build(&route, &stations))
        walk_all(&route);
    else
        scan_fail_memory(&route.scan);
    tear_down(&route);
    return !route.scan.failed;
}
