/* explain.c - `pktsift explain`: what the compiler made of a filter, stage by stage. */
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

static void print_stage(const pks_filter *filter, size_t i, bool headed, bool first)
{
    Text text = {0};
    if (headed && !first) text_string(&text, "\n");
    if (headed)
        text_format(&text, "%s%s%s\n", talk.colour_out ? "\033[1m" : "", stages[i].heading,
                    talk.colour_out ? "\033[0m" : "");
    text_safe_lines(&text, pks_explain(filter, stages[i].stage));
    if (text.length && text.at[text.length - 1] != '\n') text_string(&text, "\n");
    stdout_write(text.at, text.length, false);
    text_free(&text);
}

int command_explain(const Options *options)
{
    size_t one = 0;
    while (options->stage && one < STAGES && strcmp(options->stage, stages[one].name) != 0) one++;
    if (one == STAGES) {
        say_error("--stage=%s: expected tree, typed, plan or code", options->stage);
        return EXIT_ERROR;
    }
    Run run;
    if (!run_begin(&run, options)) return run_fail(&run);
    if (options->stage && !*pks_explain(run.filter, stages[one].stage)) {
        say_error("--stage=%s: of a compiled filter only the code is left", options->stage);
        return run_fail(&run);
    }
    for (size_t i = 0, printed = 0; i < STAGES; i++)
        if ((!options->stage || i == one) && *pks_explain(run.filter, stages[i].stage))
            print_stage(run.filter, i, !options->stage, printed++ == 0);
    bool flushed = stdout_flush();
    run_fail(&run);
    return flushed ? EXIT_MATCHED : EXIT_ERROR;
}
