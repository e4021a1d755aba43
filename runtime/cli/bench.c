/* bench.c - `pktsift bench`: what filters cost a frame, held against the floor, against each other, or against an earlier
 * run.  Here options become filters, captures and contestants; see bench.h for what follows. */
#include "runtime/cli/bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/run.h"
#include "runtime/cli/signals.h"
#include "runtime/cli/talk.h"

static const double THRESHOLD = 1.05;

static unsigned cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* One by default: its times vary least, and the floor has one too. */
static unsigned threads_of(const Options *options)
{
    uint64_t threads = options->threads.set ? options->threads.value : 1;
    return threads == 0 ? cores() : threads > 256 ? 256 : (unsigned)threads;
}

/* -- filters --------------------------------------------------------------------------------------------------------- */

static Subject *add_subject(Bench *bench, char *name, pks_filter *filter)
{
    if (!name) die("out of memory");
    bench->subject[bench->subjects] = (Subject){.name = name, .filter = filter};
    return filter ? &bench->subject[bench->subjects++] : (free(name), NULL);
}

static pks_compile_options how_to_compile(const Bench *bench)
{
    const Options *options = bench->options;
    return (pks_compile_options){.plain = options->plain, .explain = options->profile, .inputs = bench->inputs};
}

static Subject *add_text(Bench *bench, const char *text)
{
    pks_compile_options how = how_to_compile(bench);
    Run run = {0};
    run_compile(&run, text, &how);
    return add_subject(bench, strdup(text), run.filter);
}

static char *join(const char *file, const char *name)
{
    Text text = {0};
    text_string(&text, file);
    text_string(&text, ":");
    text_string(&text, name);
    return text.at;
}

/* All filters of a file that begins with "// sift 1"; else the one that it is. */
static bool add_file(Bench *bench, const char *path)
{
    pks_compile_options how = how_to_compile(bench);
    pks_listener silent = {0};
    pks_siftfile *file = pks_siftfile_open(path, &silent);
    size_t count = file ? pks_siftfile_filter_count(file) : 0;
    bool good = true;
    bench->subject = calloc(count + 2, sizeof *bench->subject);
    if (!bench->subject) die("out of memory");
    for (size_t i = 0; good && i < count; i++) {
        pks_statement filter;
        pks_siftfile_filter(file, i, &filter);
        good = add_subject(bench, join(path, filter.name), run_compile_file(bench->options, path, filter.name, &how)) !=
               NULL;
    }
    pks_siftfile_free(file);
    return count ? good : add_subject(bench, strdup(path), run_compile_file(bench->options, path, NULL, &how)) != NULL;
}

static bool add_filters(Bench *bench)
{
    const Options *options = bench->options;
    FilterName name = {0};
    bool good;
    if (options->filter_file) name = filter_name_split(options->filter_file);
    if (options->filter_file && !name.filter) {
        good = add_file(bench, options->filter_file);
    } else {
        pks_compile_options how = how_to_compile(bench);
        if (!(bench->subject = calloc(2, sizeof *bench->subject))) die("out of memory");
        good = options->filter_file ? add_subject(bench, strdup(options->filter_file),
                                                  run_compile_file(options, name.file, name.filter, &how)) != NULL
                                    : add_text(bench, options->expr) != NULL;
    }
    free(name.file);
    return good;
}

static bool ends_in_json(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

/* A file that exists, or is called like one, is a result; anything else a filter. */
static bool add_compared(Bench *bench)
{
    const char *compare = bench->options->compare;
    struct stat status;
    if (!compare) return true;
    if (ends_in_json(compare) || stat(compare, &status) == 0) return (bench->earlier = benchfile_open(compare)) != NULL;
    bench->base = add_text(bench, compare);
    if (bench->base) bench->subjects--; /* it stands behind those that are measured */
    return bench->base != NULL;
}

/* -- captures -------------------------------------------------------------------------------------------------------- */

/* They are read again and again. */
static bool add_size(Bench *bench, const char *path)
{
    struct stat status;
    int failed = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &status) : stat(path, &status);
    if (!failed && !S_ISREG(status.st_mode)) {
        say_error("%s: what is measured is read again and again: it must be a file", path);
        return false;
    }
    bench->bytes += failed ? 0 : (uint64_t)status.st_size; /* whoever opens it says why it cannot */
    return true;
}

static bool add_inputs(Bench *bench)
{
    const Options *options = bench->options;
    pks_listener listener = talk_listener();
    if (!(bench->inputs = pks_inputs_new())) die("out of memory");
    for (size_t i = 0; i < options->count; i++)
        if (!pks_inputs_add(bench->inputs, options->operands[i], &listener)) return false;
    if (!options->count &&
        (!workload_make(&bench->workload) || !pks_inputs_add(bench->inputs, bench->workload.path, &listener)))
        return false;
    bench->files = pks_inputs_count(bench->inputs);
    for (size_t i = 0; i < bench->files; i++)
        if (!add_size(bench, pks_inputs_path(bench->inputs, i))) return false;
    return true;
}

static bool add_floor(Bench *bench)
{
    pks_listener listener = talk_listener();
    bench->floor = pks_floor_new(bench->inputs, &listener);
    return bench->floor != NULL;
}

/* -- contestants ----------------------------------------------------------------------------------------------------- */

static void add_contestant(Bench *bench, ContestantKind kind, Subject *subject, unsigned threads, bool cold)
{
    Contestant *more = realloc(bench->contestant, (bench->contestants + 1) * sizeof *more);
    if (!more) die("out of memory");
    bench->contestant = more;
    more[bench->contestants++] = (Contestant){.kind = kind, .subject = subject, .threads = threads, .cold = cold};
}

/* 1, 2, 4 and so on, and all of them. */
static void add_scaling(Bench *bench, Subject *subject, unsigned measured)
{
    unsigned all = cores();
    for (unsigned threads = 1; threads < all; threads *= 2)
        if (threads != measured) add_contestant(bench, BENCH_FILTER, subject, threads, false);
    if (all != measured) add_contestant(bench, BENCH_FILTER, subject, all, false);
}

static void add_contestants(Bench *bench)
{
    const Options *options = bench->options;
    unsigned threads = threads_of(options);
    for (int cold = 0; cold <= (options->cold ? 1 : 0); cold++) {
        add_contestant(bench, BENCH_FLOOR, NULL, 1, cold);
        for (size_t i = 0; i < bench->subjects; i++) {
            add_contestant(bench, BENCH_FILTER, &bench->subject[i], threads, cold);
            if (options->scaling && !cold) add_scaling(bench, &bench->subject[i], threads);
        }
        if (bench->base) add_contestant(bench, BENCH_BASE, bench->base, threads, cold);
    }
}

/* -- the command ----------------------------------------------------------------------------------------------------- */

static bool check_options(Bench *bench)
{
    const Options *options = bench->options;
    char *end = NULL;
    bench->threshold = options->threshold ? strtod(options->threshold, &end) : THRESHOLD;
    if (options->threshold && (*end || end == options->threshold || !(bench->threshold > 0 && bench->threshold < 1e6)))
        say_error("--threshold=%s: expected how many times as long is too long, such as 1.05", options->threshold);
    else if (options->threshold && !options->compare)
        say_error("--threshold is for what --compare finds; there is no --compare");
    else if (options->rounds.set && (options->rounds.value < 1 || options->rounds.value > 1000))
        say_error("--rounds: expected 1 to 1000");
    else
        return true;
    return false;
}

static int measure_and_tell(Bench *bench)
{
    bool slower = false;
    add_contestants(bench);
    bool told = bench_run(bench) && bench_tell(bench, &slower);
    if (!told || talk.errors) return EXIT_ERROR;
    return slower ? EXIT_NOTHING : EXIT_MATCHED;
}

static void release(Bench *bench)
{
    for (size_t i = 0; i < bench->contestants; i++) free(bench->contestant[i].ns);
    for (size_t i = 0; i < bench->subjects + (bench->base ? 1 : 0); i++) {
        free(bench->subject[i].name);
        pks_filter_free(bench->subject[i].filter);
    }
    free(bench->contestant);
    free(bench->subject);
    pks_floor_free(bench->floor);
    pks_inputs_free(bench->inputs);
    benchfile_free(bench->earlier);
    workload_free(&bench->workload);
}

int command_bench(const Options *options)
{
    Bench bench = {.options = options, .workload = {.fd = -1}};
    int status = EXIT_ERROR;
    bool good = check_options(&bench);
    if (options->count) good = good && add_inputs(&bench); /* which filters are then made for */
    good = good && add_filters(&bench) && add_compared(&bench);
    if (!options->count) good = good && add_inputs(&bench); /* which takes its time */
    if (good && add_floor(&bench)) status = measure_and_tell(&bench);
    release(&bench);
    signals_finish();
    return status;
}
