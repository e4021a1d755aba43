/* bars.h - what must be reached (bars.def), held against a contest. */
#ifndef BENCH_HARNESS_BARS_H
#define BENCH_HARNESS_BARS_H

#include "bench/harness/contest.h"
#include "bench/harness/json.h"
#include "bench/harness/workload.h"

/* Some bar of a workload of this kind names the contestant. */
bool bars_name(u32 kind, const char *contestant);

/* Print every bar of the workload, and write it as JSON when json->file is there.  False: one was missed. */
bool bars_check(const Contest *contest, const Workload *workload, Json *json);

#endif
