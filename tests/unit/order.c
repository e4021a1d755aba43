/* order.c - workers/order.h: whatever the threads do, commits come one at a time and in order. */
#include "runtime/workers/order.h"

#include <criterion/criterion.h>
#include <stdatomic.h>

#include "runtime/workers/pool.h"

enum { GROUPS = 200, STEPS_MAX = 40, SLOTS_MAX = 64 };

/* A job whose groups have known numbers of steps, and which ends some of them early, goes over some twice, and may stop. */
typedef struct {
    Order *order;
    u64 steps[GROUPS], end_at[GROUPS], stop_at; /* end_at: this step ends the group; stop_at: so many commits */
    bool twice[GROUPS];
    _Atomic u32 open[GROUPS], working[GROUPS];
    u64 result[SLOTS_MAX];
    _Atomic int committing;
    u64 group, step, commits;
    u32 pass;
    _Atomic u64 claimed_ahead;
    u64 closed;
} Job;

static u64 open_group(void *arg, void *worker, u64 group)
{
    Job *job = arg;

    (void)worker;
    cr_assert_eq(atomic_fetch_add(&job->open[group], 1), 0, "group %llu is opened once", (unsigned long long)group);
    return job->steps[group];
}

static void work_step(void *arg, void *worker, const Ticket *ticket)
{
    Job *job = arg;

    (void)worker;
    cr_assert_eq(atomic_load(&job->open[ticket->group]), 1);
    atomic_fetch_add(&job->working[ticket->group], 1);
    job->result[ticket->slot] = ticket->group * 1000 + ticket->step;
    if (ticket->at_turn) cr_assert_eq(atomic_load(&job->committing), 0);
    atomic_fetch_sub(&job->working[ticket->group], 1);
}

static OrderVerdict commit_step(void *arg, void *worker, const Ticket *ticket, u64 *steps)
{
    Job *job = arg;

    (void)worker;
    cr_assert_eq(atomic_exchange(&job->committing, 1), 0, "one at a time");
    cr_assert_eq(ticket->group, job->group);
    cr_assert_eq(ticket->step, job->step);
    cr_assert_eq(ticket->pass, job->pass);
    cr_assert_eq(job->result[ticket->slot], ticket->group * 1000 + ticket->step, "nobody else had its slot");
    OrderVerdict verdict = ORDER_NEXT;
    if (++job->commits == job->stop_at) {
        verdict = ORDER_STOP;
    } else if (job->twice[job->group] && job->pass == 0 && job->step + 1 == job->steps[job->group]) {
        verdict = ORDER_NEXT_PASS;
        *steps = job->steps[job->group];
        job->pass = 1;
        job->step = 0;
    } else if (job->step == job->end_at[job->group] || job->step + 1 == job->steps[job->group]) {
        verdict = ORDER_GROUP_END;
    } else {
        job->step++;
    }
    atomic_store(&job->committing, 0);
    return verdict;
}

static void close_group(void *arg, u64 group)
{
    Job *job = arg;

    cr_assert_eq(atomic_load(&job->working[group]), 0, "nobody works on a group that is closed");
    cr_assert_eq(group, job->closed++);
    job->group = group + 1;
    job->step = job->pass = 0;
}

static void run(void *arg, unsigned worker)
{
    (void)worker;
    order_run(((Job *)arg)->order, NULL);
}

static void run_job(u32 seed, unsigned threads, u64 stop_at)
{
    static Job job;
    u64 expected = 0;

    memset(&job, 0, sizeof job);
    job.stop_at = stop_at;
    for (u32 i = 0; i < GROUPS; i++) {
        seed = seed * 1664525 + 1013904223;
        job.steps[i] = 1 + (seed >> 8) % STEPS_MAX;
        job.twice[i] = (seed >> 20) % 5 == 0;
        job.end_at[i] = (seed >> 24) % 3 || job.twice[i] ? UINT64_MAX : (seed >> 16) % job.steps[i];
        expected += (MIN_OF(job.steps[i], job.end_at[i] == UINT64_MAX ? UINT64_MAX : job.end_at[i] + 1)) *
                    (job.twice[i] ? 2 : 1);
    }
    OrderWork stations = {
        .groups = GROUPS, .open = open_group, .work = work_step, .commit = commit_step, .close = close_group};
    job.order = order_new(&stations, &job, threads);
    cr_assert_not_null(job.order);
    cr_assert_leq(order_slots(job.order), SLOTS_MAX);
    pool_run(threads, run, &job);
    if (!stop_at) cr_assert_eq(job.closed, GROUPS);
    order_free(job.order);
    cr_assert_eq(job.commits, stop_at ? MIN_OF(stop_at, expected) : expected);
    for (u32 i = 0; i < GROUPS; i++)
        cr_assert_eq(i < job.closed, atomic_load(&job.open[i]) == 1, "what was opened was closed");
}

Test(order, commits_are_in_order, .timeout = 60)
{
    static const unsigned threads[] = {1, 2, 3, 7, 16};

    for (u32 seed = 0; seed < 40; seed++) run_job(seed, threads[seed % COUNT_OF(threads)], 0);
}

Test(order, stopping_closes_what_was_opened, .timeout = 60)
{
    for (u32 seed = 0; seed < 40; seed++) run_job(seed, 1 + seed % 8, 1 + seed * 37);
}

Test(order, a_pool_of_one_makes_no_thread)
{
    cr_assert_geq(pool_cores(), 1);
    static Job job;
    OrderWork none = {.groups = 0, .open = open_group, .work = work_step, .commit = commit_step, .close = close_group};
    job.order = order_new(&none, &job, 1);
    pool_run(1, run, &job);
    order_free(job.order);
    cr_assert_eq(job.commits, 0);
}
