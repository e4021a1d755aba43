/* check.c - pks_checker: filters compiled for what there is to say about them, not for the program.
 *
 * Beside filter.c: the compiler's diagnostics and lint's become findings, with every place worked out.  Always true: a
 * filter is compiled as pks_compile would compile it, so it fails here exactly when it fails there. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "compiler/compile.h"
#include "compiler/lint.h"
#include "runtime/filter.h"
#include "runtime/report.h"

struct pks_checker {
    pks_check_options options;
    LintRun run;
};

bool pks_rule_get(size_t i, pks_rule *rule)
{
    if (i >= RULE_COUNT) return false;
    const RuleInfo *info = &rule_info[i];
    *rule = (pks_rule){info->name, level_of_diag(info->level), info->meaning, info->help};
    return true;
}

pks_checker *pks_checker_new(const pks_check_options *options)
{
    pks_checker *checker = calloc(1, sizeof *checker);

    if (!checker) return NULL;
    checker->options = *options;
    checker->run.now_ns = options->now_ns ? options->now_ns : (int64_t)time(NULL) * 1000000000;
    return checker;
}

void pks_checker_free(pks_checker *checker)
{
    if (!checker) return;
    lint_run_release(&checker->run);
    free(checker);
}

static void found(const pks_checker *checker, const pks_finding *finding)
{
    if (checker->options.found) checker->options.found(checker->options.user, finding);
}

static void hand_out(const pks_checker *checker, Arena *arena, const Source *source, const Diag *diag)
{
    Place from = source_place(source, diag->span.at), to = source_place(source, diag->span.at + diag->span.len);
    const char *whole = diag_format(arena, source, diag);
    size_t len = strlen(whole);

    while (len && whole[len - 1] == '\n') len--;
    found(checker, &(pks_finding){.level = level_of_diag(diag->level),
                                  .rule = diag->rule,
                                  .file = source_part(source, diag->span.at).name,
                                  .line = from.line,
                                  .column = from.column,
                                  .end_line = to.line,
                                  .end_column = to.column,
                                  .text = diag->text,
                                  .hint = diag->hint,
                                  .whole = arena_copy(arena, whole, len)});
}

/* What is said of a file as a whole, where it has no place to point at. */
static void hand_out_plain(const pks_checker *checker, pks_level level, const char *file, const char *text)
{
    char *whole = NULL;
    const char *word = level == PKS_ERROR ? "error" : "note";

    if (asprintf(&whole, "%s: %s: %s", file, word, text) < 0) whole = NULL;
    found(checker, &(pks_finding){.level = level, .file = file, .text = text, .whole = whole ? whole : text});
    free(whole);
}

static void hand_out_rest(const pks_checker *checker, const DiagList *diags)
{
    u32 errors = diags->errors;
    char text[80];

    for (u32 i = 0; i < diags->count; i++) errors -= diags->item[i].level == DIAG_ERROR;
    snprintf(text, sizeof text, "... and %u more error%s", errors, errors == 1 ? "" : "s");
    if (errors) hand_out_plain(checker, PKS_ERROR, diags->source->name, text);
    snprintf(text, sizeof text, "... and %u more warning%s", diags->mild_lost, diags->mild_lost == 1 ? "" : "s");
    if (diags->mild_lost && !diags->errors) hand_out_plain(checker, PKS_NOTE, diags->source->name, text);
}

/* No text at all is every frame, which a file is seldom meant to say. */
static void hand_out_empty(const pks_checker *checker, const char *name)
{
    const RuleInfo *rule = &rule_info[RULE_ALWAYS_TRUE];
    const char *text = "an empty filter takes every frame";
    char *whole = NULL;

    if (asprintf(&whole, "%s:1:1: warning: %s [%s]", name, text, rule->name) < 0) whole = NULL;
    found(checker, &(pks_finding){.level = level_of_diag(rule->level),
                                  .rule = rule->name,
                                  .file = name,
                                  .line = 1,
                                  .column = 1,
                                  .end_line = 1,
                                  .end_column = 1,
                                  .text = text,
                                  .whole = whole ? whole : text});
    free(whole);
}

static bool check_bare(Arena *arena, const Source *source, DiagList *diags)
{
    Program *program = filter_compile(arena, source, &(CompileOptions){.lint = true}, diags, NULL);
    bool good = program != NULL;

    program_free(program);
    return good;
}

static bool check_sift(pks_checker *checker, Arena *arena, const Source *source, DiagList *diags)
{
    SiftFile *file = file_parse(arena, source, (Span){0, source->len}, diags);

    if (diags->errors) return false;
    lint_file(arena, source, file, &checker->run, diags);
    return true;
}

static bool check_source(pks_checker *checker, const Source *source)
{
    Arena arena = {0};
    DiagList diags;
    Span header, whole = {0, source->len};
    u32 version;

    diag_init(&diags, &arena, source);
    diags.limit = FINDINGS_MAX;
    bool good = sift_header(source, whole, &header, &version) ? check_sift(checker, &arena, source, &diags)
                                                              : check_bare(&arena, source, &diags);
    for (u32 i = 0; i < diags.count; i++) hand_out(checker, &arena, source, &diags.item[i]);
    hand_out_rest(checker, &diags);
    arena_release(&arena);
    return good;
}

bool pks_check(pks_checker *checker, const char *text, size_t length, const char *name)
{
    char why[80];

    if (length > FILTER_BYTES_MAX) {
        snprintf(why, sizeof why, "the filter has %zu bytes; at most %d are read", length, FILTER_BYTES_MAX);
        hand_out_plain(checker, PKS_ERROR, name, why);
        return false;
    }
    if (length == 0) hand_out_empty(checker, name);
    return check_source(checker, &(Source){.name = name, .text = text, .len = (u32)length});
}

/* -- files ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    const pks_checker *checker;
    const char *path;
} Unread;

/* "FILE: what": the name stands in the finding. */
static void say_unread(void *user, const pks_message *message)
{
    const Unread *unread = user;
    const char *name = report_name(unread->path), *text = message->text;
    size_t len = strlen(name);

    if (strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0) text += len + 2;
    hand_out_plain(unread->checker, message->level, name, text);
}

bool pks_check_file(pks_checker *checker, const char *path)
{
    Unread unread = {checker, path};
    size_t length;
    char *text = filter_read_file(path, &length, &(pks_listener){say_unread, &unread});
    bool good = text && pks_check(checker, text, length, report_name(path));

    free(text);
    return good;
}
