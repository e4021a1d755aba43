/* explain.c - `pktsift explain`: what the compiler made of a filter, stage by stage, and with captures what becomes of their
 * frames at each step. */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"

static const struct {
    const char *name, *heading;
    pks_stage stage;
} stages[] = {
    {"tree", "Tree", PKS_TREE},
    {"typed", "Typed tree", PKS_TYPED},
    {"plan", "Plan", PKS_PLAN},
    {"code", "Code", PKS_CODE},
};

enum { STAGES = sizeof stages / sizeof stages[0] };

static void print_heading(Text *text, const char *heading, bool first)
{
    text_format(text, "%s%s%s%s\n", first ? "" : "\n", talk.colour_out ? "\033[1m" : "", heading,
                talk.colour_out ? "\033[0m" : "");
}

static void print_stage(const pks_filter *filter, size_t i, bool headed, bool first)
{
    Text text = {0};
    if (headed) print_heading(&text, stages[i].heading, first);
    text_safe_lines(&text, pks_explain(filter, stages[i].stage));
    if (text.length && text.at[text.length - 1] != '\n') text_string(&text, "\n");
    stdout_write(text.at, text.length, false);
    text_free(&text);
}

/* ---- with captures ------------------------------------------------------------------------------------------------- */

/* All columns but the line's own text are as wide as the largest number needs. */
typedef struct {
    const pks_profile *profile;
    pks_counts all;
    int width;
    Text line;
} Table;

static double share(uint64_t part, uint64_t whole) { return whole ? 100.0 * (double)part / (double)whole : 0; }

static double per_frame(const pks_counts *counts)
{
    return counts->frames_in ? (double)counts->ns / (double)counts->frames_in : 0;
}

static void print_right(Text *line, int width, uint64_t number)
{
    Text grouped = {0};
    text_grouped(&grouped, number);
    text_format(line, "%*s", width, grouped.at);
    text_free(&grouped);
}

static void print_counts(Table *table, const pks_counts *counts)
{
    print_right(&table->line, table->width, counts->runs);
    print_right(&table->line, table->width + 2, counts->frames_in);
    print_right(&table->line, table->width + 2, counts->frames_out);
    if (counts->frames_out <= counts->frames_in)
        text_format(&table->line, "%8.2f %%", share(counts->frames_out, counts->frames_in));
    else /* what adds to an answer ends with more than it began with */
        text_format(&table->line, "%10s", "");
    text_format(&table->line, "%7.1f %%%10.2f  ", share(counts->ns, table->all.ns), per_frame(counts));
}

static void print_columns(Table *table, const char *what)
{
    text_format(&table->line, "%*s%*s%*s%10s%9s%10s  %s\n", table->width, "runs", table->width + 2, "frames in",
                table->width + 2, "frames out", "pass", "time", "ns/frame", what);
}

static void print_table(Table *table, const pks_filter *filter, size_t i)
{
    const char *text = pks_explain(filter, stages[i].stage);
    pks_counts counts;
    if (!*text) return;
    text_string(&table->line, "\n");
    print_columns(table, stages[i].name);
    for (size_t number = 0; *text; number++) {
        size_t length = strcspn(text, "\n");
        if (pks_profile_line(table->profile, stages[i].stage, number, &counts)) {
            print_counts(table, &counts);
            text_safe(&table->line, text, length);
            text_string(&table->line, "\n");
        }
        text += length + (text[length] == '\n');
    }
}

static void print_profile(const Run *run, const pks_profile *profile, bool headed)
{
    Table table = {.profile = profile};
    uint64_t reading_ns;
    pks_profile_sum(profile, &table.all, &reading_ns);
    text_grouped(&table.line, table.all.frames_in);
    table.width = table.line.length < 10 ? 10 : (int)table.line.length;
    text_clear(&table.line);
    if (headed) print_heading(&table.line, "Profile", false);
    text_grouped(&table.line, table.all.frames_out);
    text_string(&table.line, " of ");
    text_grouped(&table.line, table.all.frames_in);
    text_format(&table.line, " frames; the filter took %.2f ns a frame, reading %.2f\n", per_frame(&table.all),
                table.all.frames_in ? (double)reading_ns / (double)table.all.frames_in : 0);
    for (size_t i = 0; i < STAGES; i++)
        if (stages[i].stage == PKS_PLAN || stages[i].stage == PKS_CODE) print_table(&table, run->filter, i);
    stdout_write(table.line.at, table.line.length, false);
    text_free(&table.line);
}

/* Where a guess where records begin was wrong, frames were looked at twice.  Without neighbours there is nothing to
 * guess. */
static void scan_profiled(Run *run, pks_profile *profile)
{
    pks_counts all;
    uint64_t reading_ns;
    run->scan.profile = profile;
    run_scan(run, false, true);
    pks_profile_sum(profile, &all, &reading_ns);
    if (!run->scanned_well || all.frames_in == run->totals.frames) return;
    pks_profile_reset(profile);
    run->scan.threads = run->scan.lanes = 1;
    run_scan(run, false, true);
}

static int explain_with_inputs(Run *run, const Options *options, bool all)
{
    pks_profile *profile = pks_profile_new(run->filter);
    if (!profile) die("out of memory");
    talk.summary = true;
    scan_profiled(run, profile);
    if (run->scanned_well && run->totals.frames) print_profile(run, profile, all);
    pks_profile_free(profile);
    int status = run_end(run, options->strict);
    return status == EXIT_NOTHING ? EXIT_MATCHED : status;
}

/* ---- the command --------------------------------------------------------------------------------------------------- */

/* The row of `stages` that is asked for; STAGES for all, or for the profile. */
static bool find_stage(const Options *options, size_t *one)
{
    *one = STAGES;
    if (!options->stage) return true;
    if (strcmp(options->stage, "profile") == 0) {
        if (options->count == 0) say_error("--stage=profile: needs an INPUT whose frames are counted");
        return options->count > 0;
    }
    for (*one = 0; *one < STAGES; ++*one)
        if (strcmp(options->stage, stages[*one].name) == 0) return true;
    say_error("--stage=%s: expected tree, typed, plan, code or profile", options->stage);
    return false;
}

int command_explain(const Options *options)
{
    size_t one;
    Run run;
    if (!find_stage(options, &one)) return EXIT_ERROR;
    if (!run_begin(&run, options)) return run_fail(&run);
    if (one < STAGES && !*pks_explain(run.filter, stages[one].stage)) {
        say_error("--stage=%s: of a compiled filter only the code is left", options->stage);
        return run_fail(&run);
    }
    for (size_t i = 0, printed = 0; i < STAGES; i++)
        if ((!options->stage || i == one) && *pks_explain(run.filter, stages[i].stage))
            print_stage(run.filter, i, !options->stage, printed++ == 0);
    if (options->count && one == STAGES) return explain_with_inputs(&run, options, !options->stage);
    bool flushed = stdout_flush();
    run_fail(&run);
    return flushed ? EXIT_MATCHED : EXIT_ERROR;
}
