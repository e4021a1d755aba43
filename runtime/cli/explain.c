/* explain.c - `pktsift explain`: what the compiler made of a filter, stage by stage, and with captures what becomes of their
 * frames at each step. */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/options.h"
#include "runtime/cli/profiletable.h"
#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"

/* What there is to show, in this order.  What comes from the library is a stage of its own, or another tool's filter. */
typedef enum { SHOWS_STAGE, SHOWS_PEER, SHOWS_PROFILE } Shows;
static const struct {
    const char *name, *heading;
    Shows shows;
    int which; /* pks_stage or pks_peer */
} sections[] = {
    {"tree", "Tree", SHOWS_STAGE, PKS_TREE},
    {"typed", "Typed tree", SHOWS_STAGE, PKS_TYPED},
    {"plan", "Plan", SHOWS_STAGE, PKS_PLAN},
    {"code", "Code", SHOWS_STAGE, PKS_CODE},
    {"wireshark", "Wireshark", SHOWS_PEER, PKS_WIRESHARK},
    {"tcpdump", "tcpdump", SHOWS_PEER, PKS_TCPDUMP},
    {"profile", "Profile", SHOWS_PROFILE, 0},
};

enum { SECTIONS = sizeof sections / sizeof sections[0], ALL = SECTIONS };

static void print_heading(Text *text, const char *heading, bool first)
{
    text_format(text, "%s%s%s%s\n", first ? "" : "\n", talk.colour_out ? "\033[1m" : "", heading,
                talk.colour_out ? "\033[0m" : "");
}

static void add_stage(Text *text, const pks_filter *filter, pks_stage stage)
{
    text_safe_lines(text, pks_explain(filter, stage));
    if (text->length && text->at[text->length - 1] != '\n') text_string(text, "\n");
}

/* The filter on a line of its own, to be copied; then where it does not keep the same frames. */
static void add_peer(Text *text, const pks_filter *filter, pks_peer peer)
{
    const char *why, *equivalent = pks_equivalent(filter, peer, &why);
    pks_exception exception;
    if (!equivalent) text_string(text, "none: ");
    text_safe_lines(text, equivalent ? equivalent : why);
    text_string(text, "\n");
    for (size_t i = 0; equivalent && pks_equivalent_exception(filter, peer, i, &exception); i++) {
        text_string(text, i ? "             " : "but not for  ");
        text_safe_lines(text, exception.text);
        text_string(text, "\n");
    }
}

/* Is there anything to show?  Of a filter that came compiled only the code is left. */
static bool has_section(const pks_filter *filter, size_t i)
{
    const char *why;
    if (sections[i].shows == SHOWS_STAGE) return *pks_explain(filter, (pks_stage)sections[i].which);
    return *pks_explain(filter, PKS_PLAN) || pks_equivalent(filter, (pks_peer)sections[i].which, &why);
}

static void print_section(const pks_filter *filter, size_t i, bool headed, bool first)
{
    Text text = {0};
    if (headed) print_heading(&text, sections[i].heading, first);
    if (sections[i].shows == SHOWS_STAGE)
        add_stage(&text, filter, (pks_stage)sections[i].which);
    else
        add_peer(&text, filter, (pks_peer)sections[i].which);
    stdout_write(text.at, text.length, false);
    text_free(&text);
}

/* ---- with captures ------------------------------------------------------------------------------------------------- */

static void print_profile(const Run *run, const pks_profile *profile, bool headed)
{
    Text text = {0};
    if (headed) print_heading(&text, "Profile", false);
    profile_tables(&text, run->filter, profile);
    stdout_write(text.at, text.length, false);
    text_free(&text);
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

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static void json_text(Text *line, const char *key, const char *value)
{
    text_format(line, "\"%s\":", key);
    text_json(line, value, strlen(value));
}

static void json_peer(Text *line, const pks_filter *filter, size_t i)
{
    const char *why, *equivalent = pks_equivalent(filter, (pks_peer)sections[i].which, &why);
    pks_exception exception;
    text_format(line, "\"%s\":{", sections[i].name);
    json_text(line, equivalent ? "filter" : "none", equivalent ? equivalent : why);
    if (equivalent) text_string(line, ",\"but_not_for\":[");
    for (size_t e = 0; equivalent && pks_equivalent_exception(filter, (pks_peer)sections[i].which, e, &exception);
         e++) {
        text_string(line, e ? ",{" : "{");
        json_text(line, "name", exception.name);
        text_string(line, ",");
        json_text(line, "text", exception.text);
        text_string(line, "}");
    }
    text_string(line, equivalent ? "]}" : "}");
}

/* profile: NULL without captures. */
static void print_json(const pks_filter *filter, const pks_profile *profile, size_t one)
{
    Text line = {0};
    text_string(&line, "{");
    for (size_t i = 0; i < SECTIONS; i++) {
        bool there = sections[i].shows == SHOWS_PROFILE ? profile != NULL : has_section(filter, i);
        if ((one != ALL && i != one) || !there) continue;
        if (line.length > 1) text_string(&line, ",");
        if (sections[i].shows == SHOWS_STAGE)
            json_text(&line, sections[i].name, pks_explain(filter, (pks_stage)sections[i].which));
        else if (sections[i].shows == SHOWS_PEER)
            json_peer(&line, filter, i);
        else
            profile_json(&line, filter, profile);
    }
    text_string(&line, "}\n");
    stdout_write(line.at, line.length, false);
    text_free(&line);
}

/* ---- the command --------------------------------------------------------------------------------------------------- */

static int explain_with_inputs(Run *run, const Options *options, size_t one)
{
    pks_profile *profile = pks_profile_new(run->filter);
    if (!profile) die("out of memory");
    talk.summary = true;
    scan_profiled(run, profile);
    if (options->json)
        print_json(run->filter, run->scanned_well ? profile : NULL, one);
    else if (run->scanned_well && run->totals.frames)
        print_profile(run, profile, one == ALL);
    pks_profile_free(profile);
    int status = run_end(run, options->strict);
    return status == EXIT_NOTHING ? EXIT_MATCHED : status;
}

/* The section that is asked for, or ALL. */
static bool find_section(const Options *options, size_t *one)
{
    *one = ALL;
    if (!options->stage) return true;
    for (*one = 0; *one < SECTIONS && strcmp(options->stage, sections[*one].name) != 0; ++*one) {
    }
    if (*one == SECTIONS) {
        say_error("--stage=%s: expected tree, typed, plan, code, wireshark, tcpdump or profile", options->stage);
        return false;
    }
    if (sections[*one].shows != SHOWS_PROFILE || options->count) return true;
    say_error("--stage=profile: needs an INPUT whose frames are counted");
    return false;
}

int command_explain(const Options *options)
{
    size_t one;
    Run run;
    if (!find_section(options, &one)) return EXIT_ERROR;
    if (!run_begin(&run, options)) return run_fail(&run);
    bool profile = options->count && (one == ALL || sections[one].shows == SHOWS_PROFILE);
    if (one != ALL && !profile && !has_section(run.filter, one)) {
        say_error("--stage=%s: of a compiled filter only the code is left", options->stage);
        return run_fail(&run);
    }
    for (size_t i = 0, printed = 0; i < SECTIONS && !options->json; i++)
        if ((one == ALL || i == one) && sections[i].shows != SHOWS_PROFILE && has_section(run.filter, i))
            print_section(run.filter, i, one == ALL, printed++ == 0);
    if (profile) return explain_with_inputs(&run, options, one);
    if (options->json) print_json(run.filter, NULL, one);
    bool flushed = stdout_flush();
    run_fail(&run);
    return flushed ? EXIT_MATCHED : EXIT_ERROR;
}
