/* check.c - pks_checker: filters compiled for what there is to say about them, not for the program.
 *
 * Beside filter.c: the compiler's diagnostics and lint's become findings, with every place worked out.  Always true: a
 * filter is compiled as pks_compile would compile it, so it fails here exactly when it fails there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "compiler/lint.h"
#include "runtime/capture/file.h"
#include "runtime/filter.h"
#include "runtime/filterfile.h"
#include "runtime/report.h"
#include "vm/program.h"

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

static void found(const pks_checker *checker, const pks_finding *finding)
{
    if (checker->options.found) checker->options.found(checker->options.user, finding);
}

static pks_place place_of(const Source *source, Span span)
{
    Place from = source_place(source, span.at), to = source_place(source, span.at + span.len);
    return (pks_place){source_part(source, span.at).name, from.line, from.column, to.line, to.column};
}

static void hand_out(const pks_checker *checker, Arena *arena, const Source *source, const Diag *diag)
{
    pks_place uses[COUNT_OF(diag->uses)];
    const char *whole = diag_format(arena, source, diag);
    size_t len = strlen(whole);

    while (len && whole[len - 1] == '\n') len--;
    for (u32 i = 0; i < diag->use_count; i++) uses[i] = place_of(source, diag->uses[i]);
    found(checker, &(pks_finding){.level = level_of_diag(diag->level),
                                  .rule = diag->rule,
                                  .place = place_of(source, diag->span),
                                  .uses = uses,
                                  .use_count = diag->use_count,
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
    found(checker, &(pks_finding){.level = level, .place.file = file, .text = text, .whole = whole ? whole : text});
    free(whole);
}

/* Notes, also of errors: those that were handed out say what is wrong with the file. */
static void hand_out_rest(const pks_checker *checker, const DiagList *diags)
{
    u32 errors = diags->errors;
    char text[80];

    for (u32 i = 0; i < diags->count; i++) errors -= diags->item[i].level == DIAG_ERROR;
    snprintf(text, sizeof text, "... and %u more error%s", errors, errors == 1 ? "" : "s");
    if (errors) hand_out_plain(checker, PKS_NOTE, diags->source->name, text);
    snprintf(text, sizeof text, "... and %u more warning%s", diags->mild_lost, diags->mild_lost == 1 ? "" : "s");
    if (diags->mild_lost && !diags->errors) hand_out_plain(checker, PKS_NOTE, diags->source->name, text);
}

/* In the order of the text, imported files behind the main one; of one place as they were found. */
static int by_place(const void *a, const void *b)
{
    const Diag *const *x = a, *const *y = b;

    if ((*x)->span.at != (*y)->span.at) return (*x)->span.at < (*y)->span.at ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

static void hand_out_all(const pks_checker *checker, Arena *arena, const DiagList *diags)
{
    const Diag **sorted = NEW_ARRAY(arena, const Diag *, diags->count + 1);

    for (u32 i = 0; i < diags->count; i++) sorted[i] = &diags->item[i];
    qsort(sorted, diags->count, sizeof *sorted, by_place);
    for (u32 i = 0; i < diags->count; i++) hand_out(checker, arena, diags->source, sorted[i]);
    hand_out_rest(checker, diags);
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
                                  .place = {name, 1, 1, 1, 1},
                                  .text = text,
                                  .whole = whole ? whole : text});
    free(whole);
}

/* -- filter files --------------------------------------------------------------------------------------------------- */

/* What a test's string names, from the folder of the file it stands in.  NULL: nothing; said why. */
static pks_inputs *captures_of(const char *key, const char *path, const pks_listener *listener)
{
    const char *slash = path[0] == '/' ? NULL : strrchr(key, '/');
    pks_inputs *inputs = pks_inputs_new();
    char *whole = NULL;

    if (asprintf(&whole, "%.*s%s", slash ? (int)(slash - key) + 1 : 0, key, path) < 0) whole = NULL;
    bool found = inputs && whole && pks_inputs_add(inputs, whole, listener) && pks_inputs_count(inputs) > 0;
    free(whole);
    if (found) return inputs;
    pks_inputs_free(inputs);
    return NULL;
}

/* The largest snap length of the captures that a test names; 0 where one of them says nothing. */
static u32 snap_length(void *user, const char *key, const char *path)
{
    pks_inputs *inputs = captures_of(key, path, NULL);
    const Imports *imports = user;
    Arena arena = {0};
    u32 longest = 0;
    bool known = inputs != NULL;

    for (size_t i = 0; known && i < pks_inputs_count(inputs); i++) {
        CaptureFile file;
        Damage damage;

        known = path_kind(pks_inputs_path(inputs, i), NULL) == PATH_FILE &&
                !imports_outside(imports, &arena, pks_inputs_path(inputs, i)) &&
                capture_file_open(&file, pks_inputs_path(inputs, i), &damage);
        if (!known) break;
        known = file.capture.snaplen != 0;
        longest = MAX_OF(longest, file.capture.snaplen);
        capture_file_close(&file);
    }
    pks_inputs_free(inputs);
    arena_release(&arena);
    return known ? longest : 0;
}

typedef struct {
    Arena *arena;
    const char *text;
} Heard;

static void hear(void *user, const pks_message *message)
{
    Heard *heard = user;

    if (message->level == PKS_ERROR && !heard->text) heard->text = arena_print(heard->arena, "%s", message->text);
}

/* Anything that a file can be opened for is left to `test`: it may be damaged on purpose. */
static const char *fault_of(const Imports *imports, Arena *arena, const char *path)
{
    const char *outside = imports_outside(imports, arena, path);

    if (outside) return outside;
    switch (path_kind(path, NULL)) {
    case PATH_MISSING: return arena_print(arena, "%s: %s", path, strerror(errno));
    case PATH_STREAM: return arena_print(arena, "%s is no regular file", path);
    default: return NULL;
    }
}

static const char *capture_fault(void *user, Arena *arena, const char *key, const char *path)
{
    Heard heard = {arena, NULL};
    pks_inputs *inputs = *path ? captures_of(key, path, &(pks_listener){hear, &heard}) : NULL;
    const char *why = inputs ? NULL : heard.text ? heard.text : "no capture is named";

    for (size_t i = 0; inputs && !why && i < pks_inputs_count(inputs); i++)
        why = fault_of(user, arena, pks_inputs_path(inputs, i));
    pks_inputs_free(inputs);
    const char *slash = strrchr(key, '/');
    size_t folder = slash ? (size_t)(slash - key) + 1 : 0; /* which the finding's place says already */
    return why && strncmp(why, key, folder) == 0 ? why + folder : why;
}

static bool linktype_known(u32 linktype) { return pks_linktype_name(linktype) != NULL; }

static void compile_filters(Modules *set)
{
    const Module *main = set->modules[0];

    for (u32 i = 0; i < main->decl_count; i++)
        if (main->decls[i].statement->kind == STATEMENT_FILTER)
            program_free(module_compile(set, &main->decls[i], &(CompileOptions){0}, NULL));
    modules_check_rest(set);
}

typedef struct {
    const pks_checker *checker;
    const char *name;
} Unread;

/* "FILE: what": the name stands in the finding. */
static void say_unread(void *user, const pks_message *message)
{
    const Unread *unread = user;
    const char *text = message->text;
    size_t len = strlen(unread->name);

    if (strncmp(text, unread->name, len) == 0 && strncmp(text + len, ": ", 2) == 0) text += len + 2;
    hand_out_plain(unread->checker, message->level, unread->name, text);
}

/* With its imports, of which only errors are told. */
static bool check_file(pks_checker *checker, const char *name, const char *path, const char *text, size_t length)
{
    Unread unread = {checker, name};
    FilterFile file;
    bool good = filterfile_load(&file, path, name, text, length, &(pks_listener){say_unread, &unread});

    if (good) {
        file.diags.limit = FINDINGS_MAX;
        compile_filters(&file.set); /* what is sound, whatever else is wrong */
        checker->run.user = &file.imports;
        lint_file(&file.set, &checker->run);
        checker->run.user = NULL;
        good = file.diags.errors == 0;
        hand_out_all(checker, &file.arena, &file.diags);
    }
    filterfile_free(&file);
    return good;
}

/* -- either --------------------------------------------------------------------------------------------------------- */

static bool check_bare(const pks_checker *checker, const char *name, const char *text, size_t length)
{
    Arena arena = {0};
    DiagList diags;
    Source source = {.name = name, .text = text, .len = (u32)length};

    diag_init(&diags, &arena, &source);
    diags.limit = FINDINGS_MAX;
    Program *program = filter_compile(&arena, &source, &(CompileOptions){.lint = true}, &diags, NULL);
    bool good = program != NULL;
    program_free(program);
    hand_out_all(checker, &arena, &diags);
    arena_release(&arena);
    return good;
}

static bool check_text(pks_checker *checker, const char *text, size_t length, const char *name, const char *path)
{
    char why[80];

    if (length > FILTER_BYTES_MAX) {
        snprintf(why, sizeof why, "the filter has %zu bytes; at most %d are read", length, FILTER_BYTES_MAX);
        hand_out_plain(checker, PKS_ERROR, name, why);
        return false;
    }
    if (program_is_block(text, length)) {
        hand_out_plain(checker, PKS_ERROR, name, "this filter is compiled already: only its text can be checked");
        return false;
    }
    if (length == 0) hand_out_empty(checker, name);
    if (text_is_sift(text, length)) return check_file(checker, name, path, text, length);
    return check_bare(checker, name, text, length);
}

bool pks_check(pks_checker *checker, const char *text, size_t length, const char *name)
{
    return check_text(checker, text, length, name, access(name, F_OK) == 0 ? name : "-");
}

/* -- files ---------------------------------------------------------------------------------------------------------- */

bool pks_check_file(pks_checker *checker, const char *path)
{
    Unread unread = {checker, report_name(path)};
    size_t length;
    char *text = filter_read_file(path, &length, &(pks_listener){say_unread, &unread});
    const char *fault = text ? filter_file_fault(path, text, length) : NULL;

    if (fault) hand_out_plain(checker, PKS_ERROR, unread.name, fault);
    bool good = text && !fault && check_text(checker, text, length, report_name(path), path);
    free(text);
    return good;
}

/* -- the checker ---------------------------------------------------------------------------------------------------- */

pks_checker *pks_checker_new(const pks_check_options *options)
{
    pks_checker *checker = calloc(1, sizeof *checker);

    if (!checker) return NULL;
    checker->options = *options;
    checker->run.snap_length = snap_length;
    checker->run.capture_fault = capture_fault;
    checker->run.linktype_known = linktype_known;
    checker->run.now_ns = options->now_ns ? options->now_ns : (int64_t)time(NULL) * 1000000000;
    return checker;
}

void pks_checker_free(pks_checker *checker)
{
    if (!checker) return;
    lint_run_release(&checker->run);
    free(checker);
}
