/* guard.c - see guard.h.
 *
 * The handler may run at any instruction that reads a mapping, so it takes no lock: guards are kept in a list that only
 * grows (a removed guard is used again, never freed), and every field it reads is atomic.  A thread can only fault in a
 * mapping that was handed to it after guard_add, so it sees that guard. */
#include "runtime/capture/guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct Guard {
    Guard *next;                   /* in the list of all, set once */
    Guard *next_free;              /* under `lock` */
    _Atomic(uintptr_t) start, end; /* whole pages; start 0: not in use */
    _Atomic(u64) fault;
};

static _Atomic(Guard *) all;
static Guard *spare;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static struct sigaction before;
static uintptr_t page_size;

static void note_fault(Guard *guard, u64 offset)
{
    u64 lowest = atomic_load(&guard->fault);

    while (offset < lowest && !atomic_compare_exchange_weak(&guard->fault, &lowest, offset)) {
    }
}

/* mmap is not in POSIX's list of async-signal-safe functions; on Linux it is a bare system call. */
static bool cover(uintptr_t address)
{
    for (Guard *guard = atomic_load(&all); guard; guard = guard->next) {
        uintptr_t start = atomic_load(&guard->start), end = atomic_load(&guard->end);
        uintptr_t page = address & ~(page_size - 1);

        if (!start || address < start || address >= end) continue;
        /* All the rest at once: nothing behind the lowest fault is used, and a fault a page would be slow. */
        void *zeros =
            mmap((void *)page, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
        if (zeros == MAP_FAILED) return false;
        note_fault(guard, page - start);
        return true;
    }
    return false;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    bool ours = cover((uintptr_t)info->si_addr);

    errno = saved;
    if (ours) return;
    if ((before.sa_flags & SA_SIGINFO) && before.sa_sigaction) {
        before.sa_sigaction(number, info, context);
        return;
    }
    if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
        return;
    }
    signal(number, SIG_DFL); /* the instruction faults again and ends the process as it would have */
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

static Guard *take(void)
{
    Guard *guard = spare;

    if (guard) {
        spare = guard->next_free;
        return guard;
    }
    guard = calloc(1, sizeof *guard);
    if (!guard) return NULL;
    guard->next = atomic_load(&all);
    atomic_store(&all, guard);
    return guard;
}

Guard *guard_add(const void *map, size_t size)
{
    pthread_once(&installed, install);
    pthread_mutex_lock(&lock);
    Guard *guard = take();
    pthread_mutex_unlock(&lock);
    if (!guard) return NULL;

    uintptr_t start = (uintptr_t)map;
    atomic_store(&guard->fault, UINT64_MAX);
    atomic_store(&guard->end, (start + size + page_size - 1) & ~(page_size - 1));
    atomic_store(&guard->start, start);
    return guard;
}

void guard_remove(Guard *guard)
{
    if (!guard) return;
    atomic_store(&guard->start, 0);
    pthread_mutex_lock(&lock);
    guard->next_free = spare;
    spare = guard;
    pthread_mutex_unlock(&lock);
}

u64 guard_fault(const Guard *guard) { return guard ? atomic_load(&guard->fault) : UINT64_MAX; }
