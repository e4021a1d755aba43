/* measure.c - the benchmark: every filter of filters.txt against the floor, cat, tcpdump and libpcap's filter, as
 * whole processes, in one run.
 *
 * For each capture: put it into the page cache by readahead, run every contestant once unmeasured (its answer is
 * checked, its memory watched), then in rounds, each contestant once a round, so that a disturbance of the machine
 * falls on all of them.  Always true: a contestant whose answer was wrong even once has no time. */
#include "bench/harness/json.h"
#include "bench/harness/pagecache.h"
#include "bench/harness/process.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILTERS_MAX = 200, COUNTS_MAX = 200, CONTESTANTS_MAX = FILTERS_MAX + 4, RUNS_MAX = 1000, NAME_MAX_LEN = 47 };

#define PEER_FILTER "ether[34:2]==0xd0ef or ether[36:2]==0xd0ef"
#define BAR_FILTER  "blob"
#define BAR_COUNTED "counted"
#define WRITTEN     "written"

/* What the run must reach, by the start of the capture's file name.  Process start is a large part of the time on a
 * small capture, so the bars wait for BAR_BYTES_MIN. */
static const struct {
    const char *capture;
    double floors_max, tcpdumps_min;
} bars[] = {
    {"mixed", 2.5, 3.0},
    {"cut68", 2.5, 5.0},
};
/* A hundred thousand values cost hardly more than one: on the capture, at most so many times the time of the other row. */
static const struct {
    const char *capture, *many, *one;
    double times_max;
} list_bars[] = {
    {"mixed", "hosts-100k", "host", 1.5},
    {"mixed", "ports-32k", "tcp-port", 1.5},
};
static const u64 BAR_BYTES_MIN = 500000000;
static const u64 BAR_MEMORY_MAX = 64 << 20;

typedef struct {
    char name[NAME_MAX_LEN + 1];
    bool counted; /* expected stands in the capture's .counts */
    u64 expected;
    char *text; /* NULL: the capture's generator wrote it beside the capture */
} Filter;

typedef struct {
    char name[NAME_MAX_LEN + 1];
    u64 count;
} Count;

typedef struct {
    const char *path;
    char name[NAME_MAX_LEN + 1]; /* of the file, without folder and suffix */
    u64 bytes, frames;
    Count counts[COUNTS_MAX];
    u32 count_of_counts;
    CacheState cache;
} Capture;

/* How a contestant says its answer and its time. */
typedef enum {
    ANSWER_NONE,         /* cat */
    ANSWER_COUNT,        /* the count on stdout */
    ANSWER_FRAMES_COUNT, /* `frames count` */
    ANSWER_FLOOR,        /* `frames count nanoseconds`: its own clock */
    ANSWER_FILE,         /* a pcap file holds the matching frames */
} AnswerKind;

typedef struct {
    char name[NAME_MAX_LEN + 1];
    char *argv[10];
    char room[4200]; /* for a path among them */
    const char *stdout_path;
    AnswerKind kind;
    u64 expected;
    bool wrong;
    char why[600]; /* when wrong */
    u64 anonymous_bytes;
    u64 ns[RUNS_MAX];
    u64 sorted[RUNS_MAX];
} Contestant;

typedef struct {
    u32 runs;
    const char *filters_path, *tools, *scratch, *out_path, *command;
    char tools_room[4096];
} Options;

typedef struct {
    Options options;
    Filter filters[FILTERS_MAX];
    u32 filter_count;
    char program[3][4200]; /* pktsift, floor, bpfmap */
    char tcpdump_out[4200];
    Contestant *contestants;
    u32 contestant_count;
    bool failed; /* a wrong count or a missed bar */
} Bench;

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void die(const char *format, ...)
{
    va_list arguments;

    fputs("bench: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(2);
}

/* ---- filters.txt and .counts ---- */

static char *trim(char *text)
{
    text += strspn(text, " \t");
    for (size_t len = strlen(text); len && strchr(" \t\r\n", text[len - 1]); len--) text[len - 1] = '\0';
    return text;
}

/* Cut `*text` at its first colon; returns the part before. */
static char *cut_at_colon(char **text)
{
    char *start = *text, *colon = strchr(start, ':');

    if (!colon) return NULL;
    *colon = '\0';
    *text = colon + 1;
    return trim(start);
}

static void parse_filter(const char *path, u32 line_number, char *line, Filter *filter)
{
    char *rest = line, *end;
    char *name = cut_at_colon(&rest);
    char *expected = name ? cut_at_colon(&rest) : NULL;

    if (!expected || !*name || strlen(name) > NAME_MAX_LEN || !*trim(rest))
        die("%s:%u: expected `name: expected count: filter`", path, line_number);
    snprintf(filter->name, sizeof filter->name, "%s", name);
    rest = trim(rest);
    filter->text = strcmp(rest, WRITTEN) ? strdup(rest) : NULL;
    filter->counted = !strcmp(expected, BAR_COUNTED);
    if (filter->counted) return;
    filter->expected = strtoull(expected, &end, 10);
    if (!*expected || *end) die("%s:%u: expected a count or `counted`, found '%s'", path, line_number, expected);
}

static void read_filters(Bench *bench)
{
    const char *path = bench->options.filters_path;
    FILE *file = fopen(path, "r");
    char line[8192];

    if (!file) die("%s: %s", path, strerror(errno));
    for (u32 number = 1; fgets(line, sizeof line, file); number++) {
        char *text = trim(line);
        if (!*text || *text == '#') continue;
        if (bench->filter_count == FILTERS_MAX) die("%s:%u: more than %d filters", path, number, FILTERS_MAX);
        parse_filter(path, number, text, &bench->filters[bench->filter_count++]);
    }
    fclose(file);
    if (!bench->filter_count) die("%s: no filters", path);
}

static u64 find_count(const Capture *capture, const char *name)
{
    for (u32 i = 0; i < capture->count_of_counts; i++)
        if (!strcmp(capture->counts[i].name, name)) return capture->counts[i].count;
    die("%s.counts: no count named '%s'", capture->path, name);
}

static void read_counts(Capture *capture)
{
    char path[4200];
    unsigned long long count;

    snprintf(path, sizeof path, "%s.counts", capture->path);
    FILE *file = fopen(path, "r");
    if (!file) die("%s: %s (mkcapture writes it)", path, strerror(errno));
    while (capture->count_of_counts < COUNTS_MAX) {
        Count *next = &capture->counts[capture->count_of_counts];
        if (fscanf(file, "%47s %llu", next->name, &count) != 2) break;
        next->count = count;
        capture->count_of_counts++;
    }
    fclose(file);
    capture->frames = find_count(capture, "frames");
}

static void capture_open(Capture *capture, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    struct stat status;

    memset(capture, 0, sizeof *capture);
    capture->path = path;
    snprintf(capture->name, sizeof capture->name, "%.*s", (int)strcspn(base, "."), base);
    if (stat(path, &status)) die("%s: %s", path, strerror(errno));
    capture->bytes = (u64)status.st_size;
    read_counts(capture);
    if (!pagecache_reread(path, &capture->cache)) die("%s: cannot evict and read back: %s", path, strerror(errno));
}

/* ---- contestants ---- */

static Contestant *add_contestant(Bench *bench, const char *name, AnswerKind kind, u64 expected)
{
    Contestant *c = &bench->contestants[bench->contestant_count++];

    memset(c, 0, sizeof *c);
    snprintf(c->name, sizeof c->name, "%s", name);
    c->kind = kind;
    c->expected = expected;
    return c;
}

/* argv holds pointers to constants too; nobody writes through them. */
static void set_argv(Contestant *c, const char *const *argv, u32 count)
{
    for (u32 i = 0; i < count; i++) c->argv[i] = (char *)(uintptr_t)argv[i];
}
#define SET_ARGV(c, ...) set_argv(c, (const char *const[]){__VA_ARGS__}, COUNT_OF(((const char *const[]){__VA_ARGS__})))

static void add_peers(Bench *bench, const Capture *capture)
{
    u64 blob = find_count(capture, BAR_FILTER);
    Contestant *floor_program = add_contestant(bench, "floor", ANSWER_FLOOR, blob);
    Contestant *cat = add_contestant(bench, "cat", ANSWER_NONE, 0);
    Contestant *tcpdump = add_contestant(bench, "tcpdump", ANSWER_FILE, blob);
    Contestant *bpfmap = add_contestant(bench, "bpf_filter", ANSWER_FRAMES_COUNT, blob);

    SET_ARGV(floor_program, bench->program[1], capture->path);
    SET_ARGV(cat, "cat", capture->path);
    cat->stdout_path = "/dev/null";
    SET_ARGV(tcpdump, "tcpdump", "-r", capture->path, "-w", bench->tcpdump_out, PEER_FILTER);
    SET_ARGV(bpfmap, bench->program[2], PEER_FILTER, capture->path);
}

/* A filter beside the capture is compiled first: what is timed is the matching, and loading the compiled filter. */
static void compile_written(Bench *bench, const Capture *capture, const Filter *filter, Contestant *c)
{
    char text[4200];
    ProcessResult result;

    snprintf(text, sizeof text, "%s.%s", capture->path, filter->name);
    snprintf(c->room, sizeof c->room, "%.4100s.%s.siftc", capture->path, filter->name);
    SET_ARGV(c, bench->program[0], "compile", "-F", text, "-o", c->room);
    if (!process_run(c->argv, NULL, false, &result) || result.exit_status)
        die("%s: cannot be compiled: %s", text, result.talk);
    SET_ARGV(c, bench->program[0], "count", "-j", "1", "-F", c->room, capture->path);
}

static void add_filters(Bench *bench, const Capture *capture)
{
    for (u32 i = 0; i < bench->filter_count; i++) {
        const Filter *filter = &bench->filters[i];
        u64 expected = filter->counted ? find_count(capture, filter->name) : filter->expected;
        Contestant *c = add_contestant(bench, filter->name, ANSWER_COUNT, expected);
        if (filter->text)
            SET_ARGV(c, bench->program[0], "count", "-j", "1", filter->text, capture->path);
        else
            compile_written(bench, capture, filter, c);
    }
}

static bool count_pcap_records(const char *path, u64 *count)
{
    FILE *file = fopen(path, "rb");
    u8 header[24];

    *count = 0;
    if (!file || fread(header, sizeof header, 1, file) != 1) return false;
    while (fread(header, 16, 1, file) == 1 && fseek(file, (long)load_le32(header + 8), SEEK_CUR) == 0) (*count)++;
    fclose(file);
    return true;
}

/* The answer of one run, and where the contestant has its own clock, the time.  False: it gave none. */
static bool read_answer(const Bench *bench, const Contestant *c, ProcessResult *result, u64 *answer)
{
    unsigned long long frames = 0, count = 0, ns = 0;

    switch (c->kind) {
    case ANSWER_NONE: *answer = 0; return true;
    case ANSWER_FILE: return count_pcap_records(bench->tcpdump_out, answer);
    case ANSWER_COUNT:
        if (sscanf(result->output, "%llu", &count) != 1) return false;
        break;
    case ANSWER_FRAMES_COUNT:
        if (sscanf(result->output, "%llu %llu", &frames, &count) != 2) return false;
        break;
    case ANSWER_FLOOR:
        if (sscanf(result->output, "%llu %llu %llu", &frames, &count, &ns) != 3) return false;
        result->elapsed_ns = ns;
        break;
    }
    *answer = count;
    return true;
}

static void disqualify(Bench *bench, Contestant *c, const char *what, const ProcessResult *result)
{
    c->wrong = true;
    bench->failed = true;
    snprintf(c->why, sizeof c->why, "%.80s%s%.*s", what, result->talk[0] ? ": " : "", (int)strcspn(result->talk, "\n"),
             result->talk);
}

/* Run once; returns the time, or 0 when the contestant is out.  grep's rule: status 1 is "nothing matched". */
static u64 run_once(Bench *bench, Contestant *c, bool watch_memory)
{
    ProcessResult result;
    u64 answer;
    char what[80];

    if (c->wrong) return 0;
    if (!process_run(c->argv, c->stdout_path, watch_memory, &result)) {
        disqualify(bench, c, "not run", &result);
        return 0;
    }
    c->anonymous_bytes = MAX_OF(c->anonymous_bytes, result.anonymous_bytes);
    if (result.exit_status > (c->kind == ANSWER_COUNT)) {
        snprintf(what, sizeof what, "exit status %d", result.exit_status);
    } else if (!read_answer(bench, c, &result, &answer)) {
        snprintf(what, sizeof what, "no count printed");
    } else if (answer != c->expected) {
        snprintf(what, sizeof what, "counted %llu instead of %llu", (unsigned long long)answer,
                 (unsigned long long)c->expected);
    } else {
        return result.elapsed_ns;
    }
    disqualify(bench, c, what, &result);
    return 0;
}

static int compare_u64(const void *a, const void *b)
{
    u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return (x > y) - (x < y);
}

static void run_rounds(Bench *bench)
{
    u32 runs = bench->options.runs;

    for (u32 i = 0; i < bench->contestant_count; i++)
        run_once(bench, &bench->contestants[i], bench->contestants[i].kind == ANSWER_COUNT);
    for (u32 run = 0; run < runs; run++)
        for (u32 i = 0; i < bench->contestant_count; i++)
            bench->contestants[i].ns[run] = run_once(bench, &bench->contestants[i], false);
    for (u32 i = 0; i < bench->contestant_count; i++) {
        Contestant *c = &bench->contestants[i];
        memcpy(c->sorted, c->ns, runs * sizeof c->ns[0]);
        qsort(c->sorted, runs, sizeof c->sorted[0], compare_u64);
    }
}

static double median_ms(const Bench *bench, const Contestant *c)
{
    u32 runs = bench->options.runs;
    return (double)(c->sorted[(runs - 1) / 2] + c->sorted[runs / 2]) / 2e6;
}

static const Contestant *find_contestant(const Bench *bench, const char *name)
{
    for (u32 i = 0; i < bench->contestant_count; i++)
        if (!strcmp(bench->contestants[i].name, name)) return &bench->contestants[i];
    return NULL;
}

/* 0 when either has no time. */
static double times_as_long(const Bench *bench, const Contestant *c, const Contestant *other)
{
    return c->wrong || other->wrong ? 0 : median_ms(bench, c) / median_ms(bench, other);
}

/* ---- what is said ---- */

static void print_row(const Bench *bench, const Capture *capture, const Contestant *c)
{
    const Contestant *floor_row = find_contestant(bench, "floor"), *tcpdump = find_contestant(bench, "tcpdump");
    const char *owner = c->kind == ANSWER_COUNT ? "pktsift " : "";

    if (c->wrong) {
        printf("  %s%-*s no time: %s\n", owner, *owner ? 14 : 22, c->name, c->why);
        return;
    }
    printf("  %s%-*s %8.1f %8.1f..%-8.1f %8.1f", owner, *owner ? 14 : 22, c->name, median_ms(bench, c),
           (double)c->sorted[0] / 1e6, (double)c->sorted[bench->options.runs - 1] / 1e6,
           median_ms(bench, c) * 1e6 / (double)capture->frames);
    printf(" %8.2f %8.2f", times_as_long(bench, c, floor_row), times_as_long(bench, tcpdump, c));
    if (c->kind == ANSWER_NONE)
        printf(" %12s\n", "-");
    else
        printf(" %12llu\n", (unsigned long long)c->expected);
}

static void print_table(const Bench *bench, const Capture *capture)
{
    printf("\n%s: %llu frames, %.1f MB; cache: evicted to %.1f %%, read back to %.1f %%; %u rounds\n", capture->name,
           (unsigned long long)capture->frames, (double)capture->bytes / 1e6, capture->cache.evicted_to * 100,
           capture->cache.read_back_to * 100, bench->options.runs);
    printf("  %-22s %8s %8s..%-8s %8s %8s %8s %12s\n", "", "ms", "min", "max", "ns/frame", "/floor", "tcpdump/",
           "count");
    for (u32 i = 0; i < bench->contestant_count; i++) print_row(bench, capture, &bench->contestants[i]);
}

static void check_bar(Bench *bench, bool met, const char *what, double found)
{
    printf("  bar: %-44s %8.2f  %s", what, found, met ? "met" : "MISSED");
    if (!met) bench->failed = true;
}

/* Medians decide.  The ratio of the least times stands beside it: far from the other, it tells of a disturbed run. */
static void check_time_bar(Bench *bench, bool met, const char *what, double found, const Contestant *a,
                           const Contestant *b)
{
    check_bar(bench, met, what, found);
    printf(found > 0 ? " (by the least times %.2f)\n" : "\n", (double)a->sorted[0] / (double)MAX_OF(b->sorted[0], 1));
}

static void check_memory(Bench *bench)
{
    const Contestant *most = NULL;
    char what[100];

    for (u32 i = 0; i < bench->contestant_count; i++) {
        const Contestant *c = &bench->contestants[i];
        if (c->kind == ANSWER_COUNT && (!most || c->anonymous_bytes > most->anonymous_bytes)) most = c;
    }
    if (!most) return;
    snprintf(what, sizeof what, "MB outside the mapping, at most %llu (%.20s)",
             (unsigned long long)(BAR_MEMORY_MAX >> 20), most->name);
    check_bar(bench, most->anonymous_bytes <= BAR_MEMORY_MAX, what, (double)most->anonymous_bytes / (1 << 20));
    printf("\n");
}

static void check_list_bars(Bench *bench, const Capture *capture)
{
    char what[100];

    for (u32 i = 0; i < COUNT_OF(list_bars); i++) {
        const Contestant *many = find_contestant(bench, list_bars[i].many),
                         *one = find_contestant(bench, list_bars[i].one);
        if (strncmp(capture->name, list_bars[i].capture, strlen(list_bars[i].capture)) != 0 || !many || !one) continue;
        double times = times_as_long(bench, many, one);
        snprintf(what, sizeof what, "%s, times %s, at most %.1f", list_bars[i].many, list_bars[i].one,
                 list_bars[i].times_max);
        check_time_bar(bench, times > 0 && times <= list_bars[i].times_max, what, times, many, one);
    }
}

static void check_bars(Bench *bench, const Capture *capture)
{
    const Contestant *blob = find_contestant(bench, BAR_FILTER);
    const Contestant *floor_row = find_contestant(bench, "floor"), *tcpdump = find_contestant(bench, "tcpdump");
    char what[100];

    check_memory(bench);
    for (u32 i = 0; i < COUNT_OF(bars); i++) {
        if (strncmp(capture->name, bars[i].capture, strlen(bars[i].capture)) != 0) continue;
        if (!blob || capture->bytes < BAR_BYTES_MIN) {
            printf("  bars of time not checked: they are for the filter %s on captures of %llu MB or more\n",
                   BAR_FILTER, (unsigned long long)(BAR_BYTES_MIN / 1000000));
            continue;
        }
        double floors = times_as_long(bench, blob, floor_row), tcpdumps = times_as_long(bench, tcpdump, blob);
        snprintf(what, sizeof what, "%s, times the floor, at most %.1f", BAR_FILTER, bars[i].floors_max);
        check_time_bar(bench, floors > 0 && floors <= bars[i].floors_max, what, floors, blob, floor_row);
        snprintf(what, sizeof what, "%s, times as fast as tcpdump, at least %.1f", BAR_FILTER, bars[i].tcpdumps_min);
        check_time_bar(bench, tcpdumps >= bars[i].tcpdumps_min, what, tcpdumps, tcpdump, blob);
        check_list_bars(bench, capture);
    }
}

static void json_contestant(const Bench *bench, Json *json, const Contestant *c)
{
    json_open(json, NULL, '{');
    json_text(json, "name", c->name);
    json_flag(json, "pktsift", c->kind == ANSWER_COUNT);
    if (c->kind == ANSWER_COUNT) json_text(json, "filter", c->argv[4]);
    if (c->kind != ANSWER_NONE) json_count(json, "count", c->expected);
    if (c->kind == ANSWER_COUNT) json_count(json, "anonymous_bytes", c->anonymous_bytes);
    if (c->wrong) {
        json_text(json, "no_time", c->why);
    } else {
        json_number(json, "median_ms", median_ms(bench, c));
        json_number(json, "min_ms", (double)c->sorted[0] / 1e6);
        json_number(json, "max_ms", (double)c->sorted[bench->options.runs - 1] / 1e6);
        json_number(json, "times_floor", times_as_long(bench, c, find_contestant(bench, "floor")));
        json_number(json, "times_faster_than_tcpdump", times_as_long(bench, find_contestant(bench, "tcpdump"), c));
        json_open(json, "runs_ns", '[');
        for (u32 run = 0; run < bench->options.runs; run++) json_count(json, NULL, c->ns[run]);
        json_close(json, ']');
    }
    json_close(json, '}');
}

static void json_capture(const Bench *bench, Json *json, const Capture *capture)
{
    json_open(json, NULL, '{');
    json_text(json, "name", capture->name);
    json_count(json, "bytes", capture->bytes);
    json_count(json, "frames", capture->frames);
    json_number(json, "cache_evicted_to", capture->cache.evicted_to);
    json_number(json, "cache_read_back_to", capture->cache.read_back_to);
    json_open(json, "results", '[');
    for (u32 i = 0; i < bench->contestant_count; i++) json_contestant(bench, json, &bench->contestants[i]);
    json_close(json, ']');
    json_close(json, '}');
}

/* First line of what `program option` prints on either stream. */
static void json_version(Json *json, const char *key, const char *program, const char *option)
{
    char *argv[3] = {(char *)(uintptr_t)program, (char *)(uintptr_t)option, NULL};
    ProcessResult result;

    process_run(argv, NULL, false, &result);
    const char *text = result.output[0] ? result.output : result.talk;
    char line[200];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    json_text(json, key, line);
}

static void json_head(const Bench *bench, Json *json)
{
    char date[40];
    time_t now = time(NULL);
    struct tm utc;

    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    json_open(json, NULL, '{');
    json_text(json, "date", date);
    json_text(json, "command", bench->options.command);
    json_count(json, "rounds", bench->options.runs);
    json_machine(json);
    json_open(json, "versions", '{');
    json_version(json, "pktsift", bench->program[0], "--version");
    json_version(json, "tcpdump", "tcpdump", "--version");
    json_version(json, "cat", "cat", "--version");
    json_close(json, '}');
    json_open(json, "captures", '[');
}

static void json_tail(Json *json)
{
    json_close(json, ']');
    json_close(json, '}');
}

/* ---- the run ---- */

static void measure(Bench *bench, const char *path, Json *json)
{
    static Capture capture;

    capture_open(&capture, path);
    bench->contestant_count = 0;
    add_peers(bench, &capture);
    add_filters(bench, &capture);
    run_rounds(bench);
    print_table(bench, &capture);
    check_bars(bench, &capture);
    fflush(stdout);
    if (json->file) json_capture(bench, json, &capture);
}

static const char usage[] =
    "usage: measure [OPTION]... CAPTURE...\n"
    "\n"
    "Times every filter against the floor, cat, tcpdump and bpf_filter() over each CAPTURE (of mkcapture, with its\n"
    ".counts beside it).  Exit status 1 when a count was wrong or a bar was missed.\n"
    "\n"
    "  --runs N         rounds that are measured (5)\n"
    "  --filters FILE   rows `name: expected count: filter` (bench/filters.txt)\n"
    "  --tools FOLDER   where pktsift, floor and bpfmap are (that of this program)\n"
    "  --scratch FOLDER where tcpdump may write (that of the first capture)\n"
    "  --out FILE       write the results as JSON\n"
    "  --command TEXT   how this was started, for the JSON\n";

static void parse_options(Options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"runs", required_argument, NULL, 'r'},  {"filters", required_argument, NULL, 'f'},
        {"tools", required_argument, NULL, 't'}, {"scratch", required_argument, NULL, 's'},
        {"out", required_argument, NULL, 'o'},   {"command", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},        {0}};
    char *slash;

    *options = (Options){.runs = 5, .filters_path = "bench/filters.txt", .command = "measure"};
    snprintf(options->tools_room, sizeof options->tools_room, "%s", argv[0]);
    if ((slash = strrchr(options->tools_room, '/'))) *slash = '\0';
    options->tools = slash ? options->tools_room : ".";
    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        switch (option) {
        case 'r': options->runs = (u32)strtoul(optarg, NULL, 10); break;
        case 'f': options->filters_path = optarg; break;
        case 't': options->tools = optarg; break;
        case 's': options->scratch = optarg; break;
        case 'o': options->out_path = *optarg ? optarg : NULL; break;
        case 'c': options->command = optarg; break;
        case 'h': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); exit(2);
        }
    }
    if (optind == argc) die("no capture given; --help says more");
    if (options->runs < 1 || options->runs > RUNS_MAX) die("--runs: expected 1 to %d", RUNS_MAX);
}

static void name_programs(Bench *bench, const char *first_capture)
{
    static const char *const names[3] = {"pktsift", "floor", "bpfmap"};
    const char *slash = strrchr(first_capture, '/');

    for (u32 i = 0; i < 3; i++)
        snprintf(bench->program[i], sizeof bench->program[i], "%.4000s/%s", bench->options.tools, names[i]);
    if (bench->options.scratch)
        snprintf(bench->tcpdump_out, sizeof bench->tcpdump_out, "%.4000s/tcpdump-out.pcap", bench->options.scratch);
    else
        snprintf(bench->tcpdump_out, sizeof bench->tcpdump_out, "%.*stcpdump-out.pcap",
                 slash ? (int)(slash - first_capture + 1) : 0, first_capture);
}

int main(int argc, char **argv)
{
    static Bench bench;
    Json json = {0};

    parse_options(&bench.options, argc, argv);
    read_filters(&bench);
    name_programs(&bench, argv[optind]);
    bench.contestants = calloc(CONTESTANTS_MAX, sizeof *bench.contestants);
    if (!bench.contestants) die("no memory");
    if (bench.options.out_path && !(json.file = fopen(bench.options.out_path, "w")))
        die("%s: %s", bench.options.out_path, strerror(errno));
    if (json.file) json_head(&bench, &json);
    for (int i = optind; i < argc; i++) measure(&bench, argv[i], &json);
    if (json.file) {
        json_tail(&json);
        if (fclose(json.file)) die("%s: %s", bench.options.out_path, strerror(errno));
    }
    unlink(bench.tcpdump_out);
    free(bench.contestants);
    return bench.failed;
}
