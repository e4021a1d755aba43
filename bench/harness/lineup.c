/* lineup.c - see lineup.h. */
#include "bench/harness/lineup.h"
#include "bench/harness/bars.h"
#include "bench/harness/fail.h"
#include "bench/harness/process.h"

#include <stdio.h>
#include <unistd.h>

enum { COMMAND_MAX = 16 };

typedef enum { BPF, WIRESHARK, REGEX } Language;

typedef struct {
    const char *name;
    u32 where;
    Language language; /* of a peer */
    const char *counts;
    AnswerKind answer;
    const char *command[COMMAND_MAX];
} Runner;

static const char *const ways[] = {
#define WAY(way) way,
#include "bench/peers.def"
};

static const Runner runs[] = {
#define RUN(name, where, counts, answer, ...) {name, where, 0, counts, answer, {__VA_ARGS__}},
#include "bench/peers.def"
};

static const Runner peers[] = {
#define PEER(name, where, language, answer, ...) {name, where, language, NULL, answer, {__VA_ARGS__}},
#include "bench/peers.def"
};

static const struct {
    const char *filter;
    Language language;
    const char *words;
} says[] = {
#define SAYS(filter, language, words) {filter, language, words},
#include "bench/peers.def"
};

/* What the words of a command stand for. */
typedef struct {
    const Lineup *lineup;
    const Workload *workload;
    const Contest *contest;
    const char *words;
    const Filter *filter;
} Scene;

static bool add_capture(const Workload *workload, const char *word, Contestant *c)
{
    if (strcmp(word, "CAPTURE") != 0) return false;
    for (u32 i = 0; i < workload->files; i++) contestant_argument(c, workload->file[i]);
    return true;
}

static bool add_start(const Workload *workload, const char *word, Contestant *c)
{
    if (strcmp(word, "START") != 0) return false;
    if (!workload->start[0]) die("%s: %s.start is missing (mkcapture --start)", c->name, workload->path);
    contestant_argument(c, workload->start);
    c->scale = (double)workload->counts.frames / (double)workload->start_counts.frames;
    return true;
}

static void add_word(const Scene *scene, const char *word, Contestant *c)
{
    char tool[4200], out[4200], threads[20];
    const struct {
        const char *word, *stands_for;
    } table[] = {
        {"PKTSIFT", "pktsift"},
        {"FLOOR", "floor"},
        {"BPFMAP", "bpfmap"},
        {"OUT", out},
        {"OUTS", scene->contest->out},
        {"FOLDER", scene->workload->path},
        {"THREADS", threads},
        {"WORDS", scene->words},
        {"FILTER", scene->filter ? scene->filter->text : NULL},
    };

    if (add_capture(scene->workload, word, c) || add_start(scene->workload, word, c)) return;
    snprintf(out, sizeof out, "%.4100s/out.pcap", scene->contest->out);
    snprintf(threads, sizeof threads, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    for (u32 i = 0; i < COUNT_OF(table); i++) {
        if (strcmp(word, table[i].word) != 0) continue;
        if (!table[i].stands_for) die("%s: nothing stands for %s", c->name, word);
        snprintf(tool, sizeof tool, "%.4000s/%s", scene->lineup->tools, table[i].stands_for);
        contestant_argument(c, i < 3 ? tool : table[i].stands_for);
        return;
    }
    contestant_argument(c, word);
}

static Contestant *add_runner(const Scene *scene, const Runner *runner, const char *name, u64 expected,
                              Contest *contest)
{
    Contestant *c = contest_add(contest, name, runner->answer, expected);

    for (u32 i = 0; i < COMMAND_MAX && runner->command[i]; i++) add_word(scene, runner->command[i], c);
    return c;
}

static void add_ways(const Scene *scene, Contest *contest)
{
    static const struct {
        const char *yardstick, *look;
    } yardsticks[] = {{"floor", "records"}, {"lines", "lines"}};
    char name[100];

    for (u32 y = 0; y < COUNT_OF(yardsticks); y++)
        for (u32 i = 0; i < COUNT_OF(ways); i++) {
            const Runner runner = {.answer = SAYS_FLOOR, .command = {"FLOOR", yardsticks[y].look, ways[i], "CAPTURE"}};
            snprintf(name, sizeof name, "%s %s", yardsticks[y].yardstick, ways[i]);
            Contestant *c = add_runner(scene, &runner, name, counts_find(&scene->workload->counts, "blob"), contest);
            c->any_answer = y == 1;
        }
}

static bool is_wanted(const Scene *scene, const char *name)
{
    return scene->lineup->all_peers || strncmp(name, "pktsift ", 8) == 0 || bars_name(scene->workload->kind, name);
}

static void add_runs(Scene *scene, Contest *contest)
{
    for (u32 i = 0; i < COUNT_OF(runs); i++) {
        const Runner *run = &runs[i];
        if (!(run->where & scene->workload->kind) || !is_wanted(scene, run->name)) continue;
        scene->filter = run->counts ? filters_find(scene->lineup->filters, run->counts) : NULL;
        if (run->counts && !scene->filter) continue; /* a filters.txt of one's own need not have it */
        u64 expected = scene->filter ? filter_expected(scene->filter, &scene->workload->counts) : 0;
        add_runner(scene, run, run->name, expected, contest)->scale = 0;
    }
}

/* A filter beside the capture is compiled first: what is timed is the matching, and loading the compiled filter. */
static void add_written(const Scene *scene, const Filter *filter, Contestant *c)
{
    char text[4200], compiled[4210];
    ProcessResult result;

    snprintf(text, sizeof text, "%.4100s.%s", scene->workload->path, filter->name);
    snprintf(compiled, sizeof compiled, "%s.siftc", text);
    char *argv[] = {c->argv[0], (char[]){"compile"}, (char[]){"-F"}, text, (char[]){"-o"}, compiled, NULL};
    if (!process_run(argv, NULL, false, &result) || result.exit_status)
        die("%s: cannot be compiled: %s", text, result.talk);
    contestant_argument(c, "-F");
    contestant_argument(c, compiled);
}

static void add_filter(const Scene *scene, const Filter *filter, Contest *contest)
{
    const Runner runner = {.answer = SAYS_FIRST, .command = {"PKTSIFT", "count", "-j", "1"}};
    char name[100];

    snprintf(name, sizeof name, "pktsift %s", filter->name);
    Contestant *c = add_runner(scene, &runner, name, filter_expected(filter, &scene->workload->counts), contest);
    if (filter->text)
        contestant_argument(c, filter->text);
    else
        add_written(scene, filter, c);
    add_word(scene, "CAPTURE", c);
}

static void add_peers(Scene *scene, const Filter *filter, Contest *contest)
{
    char name[100];

    for (u32 p = 0; p < COUNT_OF(peers); p++)
        for (u32 i = 0; i < COUNT_OF(says); i++) {
            if (strcmp(says[i].filter, filter->name) != 0 || says[i].language != peers[p].language) continue;
            snprintf(name, sizeof name, "%s %s", peers[p].name, filter->name);
            if (!(peers[p].where & scene->workload->kind) || !is_wanted(scene, name)) continue;
            scene->words = says[i].words;
            Contestant *c = add_runner(scene, &peers[p], name, 0, contest);
            c->expected =
                filter_expected(filter, c->scale > 0 ? &scene->workload->start_counts : &scene->workload->counts);
            snprintf(c->start_up, sizeof c->start_up, "%s start-up", peers[p].name);
        }
}

void lineup_add(const Lineup *lineup, const Workload *workload, Contest *contest)
{
    Scene scene = {.lineup = lineup, .workload = workload, .contest = contest};
    u32 every_filter = MIXED | CUT68 | OTHER;

    add_ways(&scene, contest);
    add_runs(&scene, contest);
    for (u32 i = 0; workload->kind & every_filter && i < lineup->filters->filters; i++) {
        add_filter(&scene, &lineup->filters->filter[i], contest);
        add_peers(&scene, &lineup->filters->filter[i], contest);
    }
}
