/* tell.h - a contest as tables on stdout and as JSON. */
#ifndef BENCH_HARNESS_TELL_H
#define BENCH_HARNESS_TELL_H

#include "bench/harness/contest.h"
#include "bench/harness/json.h"
#include "bench/harness/workload.h"

void tell_rows(const Contest *contest, const Workload *workload);

/* Everything that pktsift and a peer both did, a Markdown row each: pktsift's time, and the peers' with how many times
 * as long that is. */
void tell_peers(const Contest *contest);

void tell_json(const Contest *contest, const Workload *workload, Json *json);

#endif
