/* way.c - see way.h. */
#include "runtime/capture/way.h"

#include <time.h>

enum {
    TRY_SHARE = 48,   /* the dearer way is tried again when that is a 48th of what was spent since */
    ENOUGH = 1 << 20, /* bytes; less tells nothing */
};

Way way_choose(const WayCosts *costs)
{
    for (Way way = 0; way < WAY_COUNT; way++)
        if (costs->ns_a_mb[way] == 0) return way;
    Way best = costs->ns_a_mb[WAY_MAP] < costs->ns_a_mb[WAY_READ] ? WAY_MAP : WAY_READ, other = 1 - best;
    u64 a_try = costs->ns_a_mb[other] * 8; /* a slice has about 8 MB */
    return costs->since[other] / TRY_SHARE > a_try ? other : best;
}

void way_add(WayCosts *costs, Way way, u64 ns, u64 bytes)
{
    if (bytes < ENOUGH) return;
    u64 now = MAX_OF(ns * 1024 / (bytes >> 10), 1u), before = costs->ns_a_mb[way];

    costs->ns_a_mb[way] = before ? (before + now) / 2 : now;
    costs->since[way] = 0;
    costs->since[1 - way] += ns;
}

u64 way_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}
