/* way.c - see way.h. */
#include "runtime/capture/way.h"

#include <time.h>

enum {
    TRY_SHARE = 48,   /* the dearer way is tried when that costs a 48th of what was spent since */
    SLICE_MB = 8,     /* about */
    ENOUGH = 1 << 20, /* bytes; less tells nothing */
};

Way way_choose(const WayCosts *costs)
{
    const u64 *cost = costs->ns_a_mb;
    Way best = cost[WAY_MAP] && cost[WAY_MAP] < cost[WAY_READ] ? WAY_MAP : WAY_READ, other = 1 - best;
    u64 expected = SLICE_MB * (cost[other] ? cost[other] : cost[best]); /* of the other way, for a slice */

    return costs->since[other] > TRY_SHARE * expected ? other : best;
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
