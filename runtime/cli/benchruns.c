/* benchruns.c - see bench.h.  Everyone runs once in every round, in one order and then in the other: what disturbs the
 * machine falls on all of them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/bench.h"
#include "runtime/cli/pagecache.h"
#include "runtime/cli/signals.h"
#include "runtime/cli/talk.h"

enum {
    ROUNDS_MOST = 1000,
    ROUNDS_ENOUGH = 10, /* no sooner is it asked whether the intervals are narrow enough */
    ROUNDS_LEAST = 6,   /* whatever the time: fewer have no interval */
    COLD_ROUNDS = 6,
    SCANS_MOST = 1000,
    SECONDS = 10,
};
static const double NARROW = 0.01;         /* +- 1 % */
static const double MEASUREMENT_NS = 10e6; /* the least that is worth a clock */

size_t bench_rounds(const Bench *bench, const Contestant *contestant)
{
    return contestant->cold ? bench->cold_rounds : bench->rounds;
}

const Contestant *bench_floor(const Bench *bench, bool cold)
{
    for (size_t i = 0; i < bench->contestants; i++)
        if (bench->contestant[i].kind == BENCH_FLOOR && bench->contestant[i].cold == cold) return &bench->contestant[i];
    return NULL;
}

/* -- one run --------------------------------------------------------------------------------------------------------- */

/* A count that changes is a fault, and no capture with damage in it has a time. */
static bool check_counts(Bench *bench, Subject *subject, const pks_totals *totals)
{
    if (totals->files_failed || totals->files_damaged) return false; /* was said */
    if (!subject->counted) {
        subject->frames = totals->frames;
        subject->matched = totals->matched;
        subject->counted = true;
    }
    if (totals->frames != pks_floor_frames(bench->floor) || totals->frames != subject->frames ||
        totals->matched != subject->matched) {
        say_error("%s: %llu of %llu frames in one run, %llu of %llu in another: a wrong answer has no time",
                  subject->name, (unsigned long long)totals->matched, (unsigned long long)totals->frames,
                  (unsigned long long)subject->matched, (unsigned long long)pks_floor_frames(bench->floor));
        return false;
    }
    return true;
}

static bool scan(Bench *bench, Subject *subject, unsigned threads, pks_profile *profile, unsigned lanes)
{
    pks_totals totals;
    pks_scan_options how = {.inputs = bench->inputs,
                            .filter = subject->filter,
                            .threads = threads,
                            .lanes = lanes,
                            .profile = profile,
                            .stop = &stop_signal};
    if (!bench->listened) how.listener = talk_listener();
    bench->listened = true;
    bool done = pks_scan(&how, &totals);
    if (stop_signal) return false;
    if (!done) say_error("%s: the scan could not be carried out", subject->name);
    return done && check_counts(bench, subject, &totals);
}

/* 0: it failed. */
static double scan_once(Bench *bench, const Contestant *contestant)
{
    pks_listener listener = talk_listener();
    uint64_t ns;
    if (contestant->kind == BENCH_FLOOR)
        return !stop_signal && pks_floor_run(bench->floor, &ns, &listener) ? (double)ns : 0;
    double began = seconds_now();
    if (!scan(bench, contestant->subject, contestant->threads, NULL, 0)) return 0;
    return (seconds_now() - began) * 1e9;
}

/* ns a scan; 0: it failed. */
static double measure(Bench *bench, const Contestant *contestant)
{
    double sum = 0;
    for (unsigned i = 0; i < contestant->scans; i++) {
        double ns = scan_once(bench, contestant);
        if (ns <= 0) return 0;
        sum += ns;
    }
    return sum / contestant->scans;
}

pks_profile *bench_profile(Bench *bench, const Subject *subject)
{
    Subject copy = *subject;
    pks_profile *profile = pks_profile_new(subject->filter);
    pks_counts all;
    uint64_t reading_ns;
    if (!profile) die("out of memory");
    bool done = scan(bench, &copy, 1, profile, 0);
    pks_profile_sum(profile, &all, &reading_ns);
    if (done && all.frames_in != copy.frames) { /* records only seemed to begin there: without neighbours, no guess */
        pks_profile_reset(profile);
        done = scan(bench, &copy, 1, profile, 1);
    }
    if (done) return profile;
    pks_profile_free(profile);
    return NULL;
}

/* -- the page cache -------------------------------------------------------------------------------------------------- */

/* read: and brings them back, in large pieces. */
static bool evict(Bench *bench, bool read)
{
    for (size_t i = 0; i < bench->files; i++) {
        const char *path = pks_inputs_path(bench->inputs, i);
        double stayed;
        int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
        bool good = fd >= 0 && pagecache_evict(fd, &stayed);
        if (!good) say_error("%s: cannot be evicted from the page cache: %s", path, strerror(errno));
        if (good && read) pagecache_read(fd);
        if (fd >= 0) close(fd);
        if (!good) return false;
        if (stayed > bench->stayed) bench->stayed = stayed;
    }
    return true;
}

/* -- rounds ---------------------------------------------------------------------------------------------------------- */

static bool run_round(Bench *bench, size_t round, bool cold)
{
    for (size_t k = 0; k < bench->contestants; k++) {
        Contestant *contestant = &bench->contestant[round % 2 ? bench->contestants - 1 - k : k];
        if (contestant->cold != cold) continue;
        if (cold && !evict(bench, false)) return false;
        if ((contestant->ns[round] = measure(bench, contestant)) <= 0) return false;
    }
    return true;
}

/* Not measured: files come into the page cache, answers are checked, and how long a scan takes becomes known. */
static bool run_first(Bench *bench)
{
    for (size_t i = bench->contestants; i-- > 0;) { /* the floor last: a capture's faults are told by a scan */
        Contestant *contestant = &bench->contestant[i];
        if (contestant->cold) continue;
        double ns = scan_once(bench, contestant);
        if (ns <= 0) return false;
        if (contestant->subject && contestant->subject->frames == 0) {
            say_error("there is no frame in what was given: nothing has a time");
            return false;
        }
        double scans = MEASUREMENT_NS / ns;
        contestant->scans = scans > SCANS_MOST ? SCANS_MOST : scans < 1 ? 1 : (unsigned)scans + 1;
    }
    return true;
}

static const Contestant *base_of(const Bench *bench)
{
    for (size_t i = 0; i < bench->contestants; i++)
        if (bench->contestant[i].kind == BENCH_BASE && !bench->contestant[i].cold) return &bench->contestant[i];
    return NULL;
}

/* Where two filters are compared, it is their ratio that must be known. */
static bool all_narrow(const Bench *bench)
{
    const Contestant *base = base_of(bench);
    for (size_t i = 0; i < bench->contestants; i++) {
        const Contestant *contestant = &bench->contestant[i];
        if (contestant->cold || (base && contestant->kind != BENCH_FILTER)) continue;
        Spread spread =
            base ? spread_of_pairs(contestant->ns, base->ns, bench->rounds) : spread_of(contestant->ns, bench->rounds);
        if (!spread.known || spread_width(&spread) > NARROW) return false;
    }
    return true;
}

/* --rounds is how many; else as many as it takes, and --seconds at most. */
static bool enough(const Bench *bench, double began)
{
    const Options *options = bench->options;
    bool late = seconds_now() - began > (options->seconds.set ? (double)options->seconds.value : SECONDS);
    if (options->rounds.set) return options->seconds.set && late;
    return (late && bench->rounds >= ROUNDS_LEAST) || (bench->rounds >= ROUNDS_ENOUGH && all_narrow(bench));
}

static bool run_warm(Bench *bench)
{
    size_t most = bench->options->rounds.set ? bench->options->rounds.value : ROUNDS_MOST;
    if (!run_first(bench)) return false;
    double began = seconds_now();
    do {
        if (!run_round(bench, bench->rounds, false)) return false;
        bench->rounds++;
    } while (bench->rounds < most && !enough(bench, began));
    return true;
}

static bool run_cold(Bench *bench)
{
    size_t most = bench->options->rounds.set ? bench->options->rounds.value : COLD_ROUNDS;
    for (; bench->cold_rounds < most; bench->cold_rounds++)
        if (!run_round(bench, bench->cold_rounds, true)) return false;
    return evict(bench, true); /* the scans have left the files in small pieces */
}

bool bench_run(Bench *bench)
{
    size_t room = bench->options->rounds.set ? bench->options->rounds.value : ROUNDS_MOST;
    for (size_t i = 0; i < bench->contestants; i++) {
        bench->contestant[i].scans = 1;
        if (!(bench->contestant[i].ns = calloc(room, sizeof(double)))) die("out of memory");
    }
    return (!bench->options->cold || run_cold(bench)) && run_warm(bench);
}
