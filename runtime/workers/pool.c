/* pool.c - see pool.h. */
#include "runtime/workers/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

typedef struct {
    void (*work)(void *job, unsigned worker);
    void *job;
    unsigned worker;
    pthread_t thread;
} Hand;

unsigned pool_cores(void)
{
    cpu_set_t cores;

    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    return (unsigned)MAX_OF(CPU_COUNT(&cores), 1);
}

static void *run(void *arg)
{
    Hand *hand = arg;

    hand->work(hand->job, hand->worker);
    return NULL;
}

/* Signals are for the caller's threads: ours take only those that they raise themselves, by a fault or by writing to a
 * pipe that nobody reads. */
static unsigned start(Hand *hands, unsigned count)
{
    sigset_t all, before;
    unsigned started = 0;

    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGPIPE);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGFPE);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < count && pthread_create(&hands[started].thread, NULL, run, &hands[started]) == 0) started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void pool_run(unsigned threads, void (*work)(void *job, unsigned worker), void *job)
{
    unsigned others = threads > 1 ? threads - 1 : 0, started = 0;
    Hand *hands = others ? calloc(others, sizeof *hands) : NULL;

    for (unsigned i = 0; hands && i < others; i++) hands[i] = (Hand){.work = work, .job = job, .worker = i + 1};
    if (hands) started = start(hands, others);
    work(job, 0);
    for (unsigned i = 0; i < started; i++) pthread_join(hands[i].thread, NULL);
    free(hands);
}
