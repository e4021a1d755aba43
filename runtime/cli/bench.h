/* bench.h - what the files of `bench` share: filters become contestants, contestants get times, times are told.
 *
 *     bench.c: filters, captures ──> benchruns.c: rounds of all contestants ──> benchtell.c: table, verdicts, JSON
 *                                    benchfile.c: an earlier run, to be held against
 *
 * Always true: a contestant has a time for every round that was measured, or the run has failed and tells none; every run
 * of a filter has counted the same frames. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "runtime/cli/options.h"
#include "runtime/cli/spread.h"
#include "runtime/cli/text.h"
#include "runtime/cli/workload.h"
#include "runtime/pktsift.h"

/* A filter, and what it is called: its text as it was given, or FILE, or FILE:NAME. */
typedef struct {
    char *name;
    pks_filter *filter;
    uint64_t frames, matched; /* as its first run counted; every other must count the same */
    bool counted;
} Subject;

typedef enum { BENCH_FLOOR, BENCH_FILTER, BENCH_BASE } ContestantKind; /* BASE: what --compare EXPR gave */

typedef struct {
    ContestantKind kind;
    Subject *subject; /* NULL: the floor */
    unsigned threads;
    bool cold;
    unsigned scans; /* in a measurement, so that it is long enough */
    double *ns;     /* a scan, by round */
} Contestant;

/* What one filter took in an earlier run. */
typedef struct {
    uint64_t frames, matched;
    double *ns, *floor_ns; /* by round */
    size_t rounds;
    char *machine;
} Earlier;

typedef struct {
    const Options *options;
    Workload workload;
    pks_inputs *inputs;
    uint64_t bytes, files; /* of the inputs */
    pks_floor *floor;
    Subject *subject; /* those that are measured; behind them the one they are compared with */
    size_t subjects;
    Subject *base; /* --compare EXPR; NULL: none */
    Contestant *contestant;
    size_t contestants;
    size_t rounds, cold_rounds; /* measured */
    double stayed; /* of a file that was evicted from the page cache, the part that was there all the same: the most */
    double threshold;
    struct BenchFile *earlier; /* --compare FILE.json; NULL: none */
    bool listened;             /* what is to be said of the captures has been said */
} Bench;

/* benchruns.c: a contestant's rounds: its own, or the cold ones. */
size_t bench_rounds(const Bench *bench, const Contestant *contestant);
/* All rounds.  false: said why. */
bool bench_run(Bench *bench);
/* One more scan, counting at every instruction.  NULL: said why. */
pks_profile *bench_profile(Bench *bench, const Subject *subject);
const Contestant *bench_floor(const Bench *bench, bool cold);

/* benchfile.c: FILE.json of --compare, as --json has written it.  NULL: said why. */
struct BenchFile *benchfile_open(const char *path);
/* NULL: it has no such filter with so many threads. */
const Earlier *benchfile_find(const struct BenchFile *file, const char *name, unsigned threads);
void benchfile_free(struct BenchFile *file);

/* benchtell.c: all there is to tell.  *slower: some filter is slower than --threshold.  false: it cannot be, said why. */
bool bench_tell(Bench *bench, bool *slower);
/* "AMD EPYC 7763, 2 cores" */
void bench_machine(Text *text);

#endif
