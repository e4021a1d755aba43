/* contest.c - see contest.h. */
#include "bench/harness/contest.h"
#include "bench/harness/fail.h"
#include "bench/harness/process.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void contest_init(Contest *contest, u32 runs, const char *scratch)
{
    *contest = (Contest){.contestant = calloc(CONTESTANTS_MAX, sizeof *contest->contestant), .runs = runs};
    if (!contest->contestant) die("no memory");
    snprintf(contest->out, sizeof contest->out, "%.4000s/bench-out", scratch);
    if (mkdir(contest->out, 0777) && errno != EEXIST) die("%s: %s", contest->out, strerror(errno));
}

void contest_clear(Contest *contest)
{
    for (u32 i = 0; i < contest->contestants; i++)
        for (u32 j = 0; j < contest->contestant[i].arguments; j++) free(contest->contestant[i].argv[j]);
    contest->contestants = 0;
}

void contest_release(Contest *contest)
{
    contest_clear(contest);
    free(contest->contestant);
    rmdir(contest->out);
}

Contestant *contest_add(Contest *contest, const char *name, AnswerKind answer, u64 expected)
{
    if (contest->contestants == CONTESTANTS_MAX) die("more than %d contestants", CONTESTANTS_MAX);
    Contestant *c = &contest->contestant[contest->contestants++];

    memset(c, 0, sizeof *c);
    snprintf(c->name, sizeof c->name, "%s", name);
    c->answer = answer;
    c->expected = expected;
    c->pktsift = strncmp(name, "pktsift ", 8) == 0;
    return c;
}

void contestant_argument(Contestant *c, const char *argument)
{
    if (c->arguments == ARGV_MAX) die("%s: more than %d arguments", c->name, ARGV_MAX);
    c->argv[c->arguments++] = strdup(argument);
}

static const u64 SLOW_NS = 1000000000;

/* ---- answers ---- */

static u64 count_pcap_records(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY);
    u64 count = 0;

    if (fd < 0 || fstat(fd, &status) || status.st_size < 24) {
        if (fd >= 0) close(fd);
        return 0;
    }
    u64 size = (u64)status.st_size, at = 24;
    u8 *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED) return 0;
    for (; at + 16 <= size; at += 16 + load_le32(bytes + at + 8)) count++;
    munmap(bytes, size);
    return at == size ? count : 0;
}

static bool list_out(const Contest *contest, glob_t *found)
{
    char pattern[4210];

    snprintf(pattern, sizeof pattern, "%s/*", contest->out);
    return glob(pattern, 0, NULL, found) == 0;
}

static void empty_out(const Contest *contest)
{
    glob_t found;

    if (!list_out(contest, &found)) return;
    for (size_t i = 0; i < found.gl_pathc; i++) unlink(found.gl_pathv[i]);
    globfree(&found);
}

static bool count_out(const Contest *contest, u64 *count)
{
    glob_t found;

    *count = 0;
    if (!list_out(contest, &found)) return false;
    for (size_t i = 0; i < found.gl_pathc; i++) *count += count_pcap_records(found.gl_pathv[i]);
    globfree(&found);
    return true;
}

/* The answer of one run, and where the contestant has its own clock, the time.  False: it gave none. */
static bool read_answer(const Contest *contest, const Contestant *c, ProcessResult *result, u64 *answer)
{
    unsigned long long number[4] = {0};
    u32 numbers = 0;

    if (c->answer == WRITES) return count_out(contest, answer);
    *answer = 0;
    if (c->answer == SAYS_NOTHING) return true;
    for (char *at = result->output; *at;) {
        if (*at < '0' || *at > '9') {
            at++;
            continue;
        }
        unsigned long long found = strtoull(at, &at, 10);
        if (c->answer == SAYS_LAST) numbers = 0;
        if (numbers < COUNT_OF(number)) number[numbers++] = found;
    }
    u32 place = c->answer == SAYS_SECOND || c->answer == SAYS_FLOOR ? 1 : 0;
    *answer = number[place];
    if (c->answer == SAYS_FLOOR) {
        result->elapsed_ns = number[2];
        result->processor_ns = number[3];
    }
    return numbers > place;
}

static void disqualify(Contest *contest, Contestant *c, const char *what, const ProcessResult *result)
{
    c->wrong = true;
    if (!c->not_installed) contest->failed = true;
    snprintf(c->why, sizeof c->why, "%.80s%s%.*s", what, result->talk[0] ? ": " : "", (int)strcspn(result->talk, "\n"),
             result->talk);
}

/* Run once; returns the time, or 0 when the contestant is out.  grep's rule: status 1 is "nothing matched". */
static u64 run_once(Contest *contest, Contestant *c, bool watch_memory, u64 *processor_ns)
{
    bool printed = c->answer != SAYS_NOTHING && c->answer != WRITES;
    ProcessResult result;
    u64 answer;
    char what[80];

    *processor_ns = 0;
    if (c->wrong) return 0;
    empty_out(contest);
    if (!process_run(c->argv, printed ? NULL : "/dev/null", watch_memory, &result)) {
        c->not_installed = !c->pktsift;
        disqualify(contest, c, "not run", &result);
        return 0;
    }
    c->anonymous_bytes = MAX_OF(c->anonymous_bytes, result.anonymous_bytes);
    if (result.exit_status > (c->expected == 0)) {
        snprintf(what, sizeof what, "exit status %d", result.exit_status);
    } else if (!read_answer(contest, c, &result, &answer)) {
        snprintf(what, sizeof what, "no count");
    } else if (answer != c->expected && !c->any_answer) {
        snprintf(what, sizeof what, "counted %llu instead of %llu", (unsigned long long)answer,
                 (unsigned long long)c->expected);
    } else {
        *processor_ns = result.processor_ns;
        return result.elapsed_ns;
    }
    disqualify(contest, c, what, &result);
    return 0;
}

/* ---- rounds ---- */

static int compare_u64(const void *a, const void *b)
{
    u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return (x > y) - (x < y);
}

static void sort_times(Contestant *c)
{
    memcpy(c->sorted, c->ns, c->runs * sizeof c->ns[0]);
    qsort(c->sorted, c->runs, sizeof c->sorted[0], compare_u64);
    qsort(c->processor_ns, c->runs, sizeof c->processor_ns[0], compare_u64);
}

/* What the start-up of a peer takes must not be multiplied. */
static void scale_times(const Contest *contest, Contestant *c)
{
    const Contestant *start_up = contest_find(contest, c->start_up);
    u64 start = start_up && !start_up->wrong ? (u64)(contestant_median_ms(start_up) * 1e6) : 0;

    for (u32 run = 0; run < c->runs; run++) {
        u64 once = MIN_OF(start, c->ns[run]);
        c->ns[run] = once + (u64)((double)(c->ns[run] - once) * c->scale);
    }
    sort_times(c);
}

static void run_rounds(Contest *contest, bool slow)
{
    for (u32 run = 0; run < contest->runs; run++)
        for (u32 i = 0; i < contest->contestants; i++) {
            Contestant *c = &contest->contestant[i];
            if (c->slow == slow && run < c->runs) c->ns[run] = run_once(contest, c, false, &c->processor_ns[run]);
        }
}

void contest_run(Contest *contest)
{
    for (u32 i = 0; i < contest->contestants; i++) {
        Contestant *c = &contest->contestant[i];
        c->slow = run_once(contest, c, c->pktsift, &c->processor_ns[0]) > SLOW_NS;
        c->runs = c->slow ? MIN_OF(contest->runs, SLOW_RUNS) : contest->runs;
    }
    run_rounds(contest, false);
    run_rounds(contest, true);
    empty_out(contest);
    for (u32 i = 0; i < contest->contestants; i++) sort_times(&contest->contestant[i]);
    for (u32 i = 0; i < contest->contestants; i++)
        if (contest->contestant[i].scale > 0) scale_times(contest, &contest->contestant[i]);
}

static double median_ms(const u64 *sorted, u32 runs)
{
    return (double)(sorted[(runs - 1) / 2] + sorted[runs / 2]) / 2e6;
}

double contestant_median_ms(const Contestant *c) { return median_ms(c->sorted, c->runs); }
double contestant_processor_ms(const Contestant *c) { return median_ms(c->processor_ns, c->runs); }

const Contestant *contest_find(const Contest *contest, const char *name)
{
    const Contestant *best = NULL;
    size_t len = strlen(name);

    for (u32 i = 0; i < contest->contestants; i++) {
        const Contestant *c = &contest->contestant[i];
        if (strncmp(c->name, name, len) != 0 || (c->name[len] && c->name[len] != ' ')) continue;
        if (!c->name[len]) return c;
        if (best && c->wrong) continue;
        if (!best || best->wrong || contestant_median_ms(c) < contestant_median_ms(best)) best = c;
    }
    return best;
}

double contestant_times_as_long(const Contestant *c, const Contestant *other)
{
    if (!c || !other || c->wrong || other->wrong) return 0;
    return contestant_median_ms(c) / contestant_median_ms(other);
}

const char *contestant_work(const Contestant *c)
{
    const char *blank = strchr(c->name, ' ');
    return blank ? blank + 1 : "";
}
