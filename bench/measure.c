/* measure.c - the benchmark: pktsift with every filter of filters.txt against the floor and its peers, as whole
 * processes, in one run.
 *
 *     workload -> lineup: who runs -> contest: rounds -> tell: tables, JSON -> bars: met or missed
 *
 * Each arrow is a file of harness/; the tables are peers.def and bars.def. */
#include "bench/harness/bars.h"
#include "bench/harness/contest.h"
#include "bench/harness/fail.h"
#include "bench/harness/lineup.h"
#include "bench/harness/process.h"
#include "bench/harness/tell.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    u32 runs;
    bool all_peers;
    const char *filters_path, *tools, *scratch, *out_path, *command;
    char tools_room[4096], scratch_room[4096];
} Options;

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

static void json_head(const Options *options, Json *json)
{
    static const char *const programs[][2] = {{"tcpdump", "--version"},  {"tshark", "--version"}, {"ngrep", "-V"},
                                              {"mergecap", "--version"}, {"cat", "--version"},    {"cp", "--version"}};
    char date[40], pktsift[4200];
    time_t now = time(NULL);
    struct tm utc;

    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    snprintf(pktsift, sizeof pktsift, "%.4000s/pktsift", options->tools);
    json_open(json, NULL, '{');
    json_text(json, "date", date);
    json_text(json, "command", options->command);
    json_count(json, "rounds", options->runs);
    json_machine(json);
    json_open(json, "versions", '{');
    json_version(json, "pktsift", pktsift, "--version");
    for (u32 i = 0; i < COUNT_OF(programs); i++) json_version(json, programs[i][0], programs[i][0], programs[i][1]);
    json_close(json, '}');
    json_open(json, "captures", '[');
}

/* False: a bar was missed. */
static bool measure(const Lineup *lineup, Contest *contest, const char *path, Json *json)
{
    static Workload workload;

    workload_open(&workload, path);
    lineup_add(lineup, &workload, contest);
    contest_run(contest);
    tell_rows(contest, &workload);
    if (lineup->all_peers) tell_peers(contest);
    if (json->file) json_open(json, NULL, '{');
    bool met = bars_check(contest, &workload, json);
    fflush(stdout);
    if (json->file) {
        tell_json(contest, &workload, json);
        json_close(json, '}');
    }
    contest_clear(contest);
    workload_close(&workload);
    return met;
}

static const char usage[] =
    "usage: measure [OPTION]... CAPTURE...\n"
    "\n"
    "Times every filter against the floor and its peers over each CAPTURE (of mkcapture, with its .counts beside it), a\n"
    "file or a folder of parts.  Exit status 1 when a count was wrong or a bar was missed.\n"
    "\n"
    "  --peers          every peer with every filter it can say, not only those that bars name\n"
    "  --runs N         rounds that are measured (5)\n"
    "  --filters FILE   rows `name: expected count: filter` (bench/filters.txt)\n"
    "  --tools FOLDER   where pktsift, floor and bpfmap are (that of this program)\n"
    "  --scratch FOLDER where peers may write (that of the first capture)\n"
    "  --out FILE       write the results as JSON\n"
    "  --command TEXT   how this was started, for the JSON\n";

static const char *folder_of(const char *path, char *room, size_t size)
{
    snprintf(room, size, "%s", path);
    char *slash = strrchr(room, '/');
    if (!slash) return ".";
    *slash = '\0';
    return room;
}

static void parse_options(Options *options, int argc, char **argv)
{
    static const struct option long_options[] = {{"runs", required_argument, NULL, 'r'},
                                                 {"filters", required_argument, NULL, 'f'},
                                                 {"tools", required_argument, NULL, 't'},
                                                 {"scratch", required_argument, NULL, 's'},
                                                 {"out", required_argument, NULL, 'o'},
                                                 {"command", required_argument, NULL, 'c'},
                                                 {"peers", no_argument, NULL, 'p'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {0}};

    *options = (Options){.runs = 5, .filters_path = "bench/filters.txt", .command = "measure"};
    options->tools = folder_of(argv[0], options->tools_room, sizeof options->tools_room);
    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        switch (option) {
        case 'r': options->runs = (u32)strtoul(optarg, NULL, 10); break;
        case 'f': options->filters_path = optarg; break;
        case 't': options->tools = optarg; break;
        case 's': options->scratch = optarg; break;
        case 'o': options->out_path = *optarg ? optarg : NULL; break;
        case 'c': options->command = optarg; break;
        case 'p': options->all_peers = true; break;
        case 'h': fputs(usage, stdout); exit(0);
        default: fputs(usage, stderr); exit(2);
        }
    }
    if (optind == argc) die("no capture given; --help says more");
    if (options->runs < 1 || options->runs > RUNS_MAX) die("--runs: expected 1 to %d", RUNS_MAX);
    if (!options->scratch)
        options->scratch = folder_of(argv[optind], options->scratch_room, sizeof options->scratch_room);
}

int main(int argc, char **argv)
{
    static Options options;
    static Filters filters;
    Contest contest;
    Json json = {0};
    bool met = true;

    parse_options(&options, argc, argv);
    filters_read(&filters, options.filters_path);
    const Lineup lineup = {.tools = options.tools, .all_peers = options.all_peers, .filters = &filters};
    contest_init(&contest, options.runs, options.scratch);
    char *part = NULL; /* a file of results is whole */
    if (options.out_path && asprintf(&part, "%s.part", options.out_path) < 0) die("out of memory");
    if (part && !(json.file = fopen(part, "w"))) die("%s: %s", part, strerror(errno));
    if (json.file) json_head(&options, &json);
    for (int i = optind; i < argc; i++) met &= measure(&lineup, &contest, argv[i], &json);
    if (json.file) {
        json_close(&json, ']');
        json_close(&json, '}');
        if (fclose(json.file) || rename(part, options.out_path)) die("%s: %s", options.out_path, strerror(errno));
    }
    free(part);
    met &= !contest.failed;
    contest_release(&contest);
    return !met;
}
