/* test.c - `pktsift test`: the tests of filter files, as lines, as TAP, as JUnit's XML.
 *
 * Operands -> files -> pks_test -> results, one at a time and in order.  Always true: what a title, a path or a message
 * holds is escaped for where it goes; the exit status is 2 when something could not be run, else 1 when a test failed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/junit.h"
#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/signals.h"
#include "runtime/cli/siftfiles.h"
#include "runtime/cli/talk.h"

typedef struct {
    const Options *options;
    Junit *junit; /* NULL unless asked for */
    bool lines;   /* a line a test goes to standard output */
    Text line;
    size_t count;   /* results so far */
    bool uncovered; /* a comparison was told already */
} TestRun;

/* ---- one result ---- */

/* "FILE: TITLE", or the file's name alone. */
static void add_name(Text *line, const pks_test_result *result)
{
    text_safe(line, result->file, strlen(result->file));
    if (!result->title) return;
    text_string(line, ": ");
    text_safe(line, result->title, strlen(result->title));
}

/* Each line of a text behind this. */
static void add_lines(Text *line, const char *before, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        text_string(line, before);
        text_safe(line, text, length);
        text_string(line, "\n");
        text += length + (text[length] == '\n');
    }
}

static void print_line(TestRun *run, const pks_test_result *result)
{
    static const char *const word[] = {
        [PKS_TEST_PASSED] = "ok", [PKS_TEST_FAILED] = "FAILED", [PKS_TEST_BROKEN] = "BROKEN"};
    static const char *const colour[] = {
        [PKS_TEST_PASSED] = "32", [PKS_TEST_FAILED] = "1;31", [PKS_TEST_BROKEN] = "1;31"};
    Text *line = &run->line;
    if (talk.colour_out)
        text_format(line, "\033[%sm%-6s\033[0m ", colour[result->status], word[result->status]);
    else
        text_format(line, "%-6s ", word[result->status]);
    add_name(line, result);
    text_string(line, "\n");
    add_lines(line, "  ", result->text);
}

/* A '#' would begin a directive, a backslash an escape. */
static void print_tap(TestRun *run, const pks_test_result *result)
{
    Text *line = &run->line, name = {0};
    add_name(&name, result);
    text_format(line, "%sok %zu - ", result->status == PKS_TEST_PASSED ? "" : "not ", run->count);
    for (const char *at = name.at; *at; at++) {
        if (*at == '#' || *at == '\\') text_string(line, "\\");
        text_bytes(line, at, 1);
    }
    text_string(line, "\n");
    add_lines(line, "# ", result->text);
    text_free(&name);
}

static void on_test(void *user, const pks_test_result *result)
{
    TestRun *run = user;
    run->count++;
    if (run->junit) junit_add(run->junit, result);
    if (!run->lines) return;
    text_clear(&run->line);
    if (run->options->tap)
        print_tap(run, result);
    else
        print_line(run, result);
    stdout_write(run->line.at, run->line.length, true);
}

/* ---- coverage ---- */

static void on_comparison(void *user, const pks_comparison *comparison)
{
    TestRun *run = user;
    bool yes = comparison->true_frames > 0, no = comparison->false_frames > 0;
    if ((yes && no) || !run->lines) return;
    Text *line = &run->line;
    text_clear(line);
    if (run->options->tap) text_string(line, "# ");
    text_safe(line, comparison->file, strlen(comparison->file));
    text_format(line, ":%u:%u: %s: ", comparison->line, comparison->column,
                yes  ? "never false"
                : no ? "never true"
                     : "in no test");
    text_safe(line, comparison->text, strlen(comparison->text));
    text_string(line, "\n");
    stdout_write(line->at, line->length, false);
}

/* ---- the run ---- */

static void add_count(Text *line, uint64_t number, const char *what)
{
    if (!number) return;
    text_string(line, ", ");
    text_grouped(line, number);
    text_format(line, " %s", what);
}

/* "12 tests in 3 files: 11 passed, 1 failed, 0.2 s". */
static void say_sum(const TestRun *run, const pks_test_totals *totals, double seconds)
{
    Text line = {0};
    uint64_t tests = totals->passed + totals->failed + totals->broken;
    text_grouped(&line, tests);
    text_string(&line, tests == 1 ? " test in " : " tests in ");
    text_grouped(&line, totals->files);
    text_string(&line, totals->files == 1 ? " file: " : " files: ");
    text_grouped(&line, totals->passed);
    text_string(&line, " passed");
    add_count(&line, totals->failed, "failed");
    add_count(&line, totals->broken, "could not be run");
    add_count(&line, totals->left_out, "left out");
    if (run->options->coverage) {
        text_string(&line, "; ");
        text_grouped(&line, totals->covered);
        text_string(&line, " of ");
        text_grouped(&line, totals->comparisons);
        text_string(&line, " comparisons true and false");
    }
    text_string(&line, "; ");
    text_duration(&line, seconds);
    say_plain(line.at);
    text_free(&line);
}

static int exit_status(const pks_test_totals *totals)
{
    uint64_t tests = totals->passed + totals->failed + totals->broken;
    if (tests == 0) {
        if (totals->left_out)
            say_error("none of the %llu tests is called so", (unsigned long long)totals->left_out);
        else
            say_error("there is no test in what was given");
    }
    if (talk.errors || totals->broken) return EXIT_ERROR;
    return totals->failed ? EXIT_NOTHING : EXIT_MATCHED;
}

static int run_tests(TestRun *run, const SiftFiles *files)
{
    const Options *options = run->options;
    pks_test_totals totals;
    pks_test_options how = {.paths = (const char *const *)files->path,
                            .path_count = files->count,
                            .run = options->run,
                            .threads = options->threads.value > 1024 ? 1024 : (unsigned)options->threads.value,
                            .stop = &stop_signal,
                            .on_test = on_test,
                            .on_comparison = options->coverage ? on_comparison : NULL,
                            .listener = talk_listener(),
                            .user = run};
    double began = seconds_now();
    if (!pks_test(&how, &totals)) return EXIT_ERROR;
    signals_finish();
    double seconds = seconds_now() - began;
    if (run->lines && options->tap) printf("1..%zu\n", run->count);
    bool written = !run->junit || junit_write(run->junit, options->junit, seconds);
    bool flushed = stdout_flush();
    say_sum(run, &totals, seconds);
    return written && flushed ? exit_status(&totals) : EXIT_ERROR;
}

/* What `compile' writes has no tests any more. */
static bool is_compiled(const char *operand)
{
    const char *dot = strrchr(operand, '.');
    if (!dot || strcmp(dot, ".siftc") != 0 || access(operand, F_OK) != 0) return false;
    say_error("%s: this filter is compiled already: its tests are in its text", operand);
    return true;
}

int command_test(const Options *options)
{
    TestRun run = {.options = options, .lines = !talk.quiet};
    SiftFiles files = {0};
    for (size_t i = 0; i < options->count; i++)
        if (!is_compiled(options->operands[i])) siftfiles_add(&files, options->operands[i]);
    if (!files.count && talk.errors) return EXIT_ERROR;
    if (options->junit) run.junit = junit_new();
    if (options->junit && strcmp(options->junit, "-") == 0) run.lines = false;
    if (run.lines && options->tap) printf("TAP version 13\n");
    int status = run_tests(&run, &files);
    junit_free(run.junit);
    text_free(&run.line);
    siftfiles_free(&files);
    return status;
}
