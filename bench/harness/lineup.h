/* lineup.h - who runs over a workload: peers.def, and pktsift with every filter of filters.txt. */
#ifndef BENCH_HARNESS_LINEUP_H
#define BENCH_HARNESS_LINEUP_H

#include "bench/harness/contest.h"
#include "bench/harness/filters.h"
#include "bench/harness/workload.h"

typedef struct {
    const char *tools; /* the folder of pktsift, floor, bpfmap */
    bool all_peers;    /* false: only yardsticks, pktsift and whom a bar names */
    const Filters *filters;
} Lineup;

/* Filters that the generator wrote beside the capture are compiled here: what is timed is the matching. */
void lineup_add(const Lineup *lineup, const Workload *workload, Contest *contest);

#endif
