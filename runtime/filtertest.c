/* filtertest.c - pks_test: the tests of sift files, run side by side and told in order.
 *
 * Files are read and compiled by one thread, since names share what is known of them; then each test is a step of
 * workers/order.h, which takes their results in order.  Captures go through pks_scan, frames in hex through pks_match.
 * Always true: what a test has to say is made by the thread that runs it, in the job's own arena; a job is read by others
 * only once it is done. */
#include <stdlib.h>
#include <time.h>

#include "parser.h"
#include "runtime/coverage.h"
#include "runtime/capture/file.h"
#include "runtime/filter.h"
#include "runtime/filterfile.h"
#include "runtime/ranges.h"
#include "runtime/report.h"
#include "runtime/workers/order.h"
#include "runtime/workers/pool.h"
#include "vm/pattern.h"

enum { ENTRY_TEXT_MAX = 100 }; /* characters of an entry's own text that are shown */

/* A filter with the values that a test gives its parameters. */
typedef struct Compiled {
    Decl *decl;         /* tests without values share what is compiled once */
    pks_filter *filter; /* NULL: it does not compile */
    Measured *measured; /* nothing counted; NULL: coverage is not asked for */
    struct Compiled *next;
} Compiled;

typedef struct {
    FilterFile file;
    const char *path;
    Compiled *compiled;
} TestFile;

typedef struct {
    TestFile *file;
    const Statement *test; /* NULL: the whole file is at fault */
    const char *title, *filter_name;
    const pks_filter *filter; /* NULL: it does not compile */
    const Entry *entry;       /* the one at hand */
    Measured *measured;       /* the job's own counts of its comparisons; NULL: coverage is not asked for */
    Arena arena;              /* for what it has to say */
    Text text;
    pks_test_status status;
    double seconds;
} Job;

typedef struct {
    const pks_test_options *options;
    pks_test_totals *totals;
    pcre2_code *run;
    TestFile **files;
    Job **jobs;
    size_t file_count, job_count, job_room;
    Coverage coverage;
    Order *order;
    bool out_of_memory;
} TestRun;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* -- what a test says ----------------------------------------------------------------------------------------------- */

static const Source *source_of(const Job *job) { return &job->file->file.set.source; }

static void begin_line(Job *job)
{
    job->text.arena = &job->arena;
    if (job->text.len) text_add(&job->text, "\n", 1);
}

static void say_broken(Job *job, const char *what)
{
    begin_line(job);
    text_print(&job->text, "%s", what);
    job->status = PKS_TEST_BROKEN;
}

/* "a.sift:9:3: ", the place of the entry at hand. */
static Text *begin_entry(Job *job)
{
    const Source *source = source_of(job);
    Place place = source_place(source, job->entry->span.at);

    begin_line(job);
    text_print(&job->text, "%s:%u:%u: ", source_part(source, job->entry->span.at).name, place.line, place.column);
    return &job->text;
}

/* The entry's own text, and the beginning of a line of what was expected. */
static Text *say_failed(Job *job)
{
    Text *text = begin_entry(job);

    if (job->status == PKS_TEST_PASSED) job->status = PKS_TEST_FAILED;
    text_print(text, "%s\n  expected ", source_line(&job->arena, source_of(job), job->entry->span, ENTRY_TEXT_MAX));
    return text;
}

static void say_of_frames(Text *text, u64 frames)
{
    text_print(text, " of %llu frame%s", (unsigned long long)frames, frames == 1 ? "" : "s");
}

/* Messages of the library become part of what the test says. */
static void hear(void *user, const pks_message *message)
{
    Job *job = user;

    if (message->level == PKS_NOTE) return;
    text_print(begin_entry(job), "%s%s", message->level == PKS_WARNING ? "warning: " : "", message->text);
    if (message->level == PKS_ERROR) job->status = PKS_TEST_BROKEN;
}

/* -- captures ------------------------------------------------------------------------------------------------------- */

typedef struct {
    Job *job;
    Ranges matched;
    u64 before; /* frames of the files in front of the one at hand */
} Scan;

static void scan_hear(void *user, const pks_message *message) { hear(((Scan *)user)->job, message); }

static bool scan_frame(void *user, const pks_frame *frame)
{
    Scan *scan = user;
    u64 number = scan->before + frame->number;

    ranges_add(&scan->matched, number, number);
    return true;
}

static void scan_file(void *user, const pks_file *file) { ((Scan *)user)->before += file->frames; }

/* Captures from the folder of the file that names them. */
static const char *capture_path(Job *job, const char *path)
{
    const char *slash = strrchr(job->file->path, '/');
    int folder = slash ? (int)(slash - job->file->path) + 1 : 0;

    if (path[0] == '/') return path;
    return arena_print(&job->arena, "%.*s%s%s", folder, job->file->path, strchr("@-", *path) && !folder ? "./" : "",
                       path);
}

/* Captures stay where imports do: nobody's tests read what is elsewhere. */
static bool is_allowed(Job *job, const char *path)
{
    const char *why = imports_outside(&job->file->file.imports, &job->arena, path);

    if (!why) return true;
    text_print(begin_entry(job), "%s", why);
    job->status = PKS_TEST_BROKEN;
    return false;
}

/* A pipe is read once and may never end: no fixture. */
static bool all_files(Job *job, const pks_inputs *inputs)
{
    for (size_t i = 0; i < pks_inputs_count(inputs); i++) {
        if (!is_allowed(job, pks_inputs_path(inputs, i))) return false;
        if (path_kind(pks_inputs_path(inputs, i), NULL) != PATH_STREAM) continue;
        say_broken(job, arena_print(&job->arena, "%s is no regular file", pks_inputs_path(inputs, i)));
        return false;
    }
    return true;
}

static pks_inputs *open_inputs(Job *job)
{
    const char *path = file_string(&job->arena, source_of(job), job->entry->strings->span);
    pks_inputs *inputs = pks_inputs_new();
    const char *whole = path && *path ? capture_path(job, path) : NULL;

    if (inputs && whole && is_allowed(job, whole) && pks_inputs_add(inputs, whole, &(pks_listener){hear, job}) &&
        all_files(job, inputs))
        return inputs;
    if (job->status != PKS_TEST_BROKEN) say_broken(job, inputs ? "a capture's path is empty" : "not enough memory");
    pks_inputs_free(inputs);
    return NULL;
}

static void measure_capture(Job *job, const pks_inputs *inputs)
{
    for (Measured *m = job->measured; m && m->filter; m++) {
        pks_totals totals;
        pks_scan_options options = {.inputs = inputs, .filter = m->filter, .threads = 1};
        if (!pks_scan(&options, &totals)) continue;
        m->yes += totals.matched;
        m->no += totals.frames - totals.matched;
    }
}

static bool holds(u8 op, u64 found, u64 wanted)
{
    switch (op) {
    case TOK_EQ: return found == wanted;
    case TOK_NE: return found != wanted;
    case TOK_LT: return found < wanted;
    case TOK_LE: return found <= wanted;
    case TOK_GT: return found > wanted;
    default: return found >= wanted;
    }
}

static void judge_count(Job *job, const pks_totals *totals)
{
    const Entry *entry = job->entry;

    if (holds(entry->op, totals->matched, entry->number)) return;
    Text *text = say_failed(job);
    text_print(text, "%s %llu\n  found    %llu", op_spelling(entry->op), (unsigned long long)entry->number,
               (unsigned long long)totals->matched);
    say_of_frames(text, totals->frames);
}

/* `wanted` against what was found, both as frames. */
static void judge_frames(Job *job, const Ranges *wanted, const Ranges *found, u64 frames)
{
    Ranges missing = ranges_less(wanted, found), extra = ranges_less(found, wanted);

    if (missing.full || extra.full) {
        say_broken(job, "more frames match, or do not, than can be compared one by one: use count");
    } else if (missing.count || extra.count) {
        Text *text = say_failed(job);
        ranges_say(text, wanted);
        text_print(text, "\n  found    ");
        ranges_say(text, found);
        say_of_frames(text, frames);
        if (missing.count) ranges_say((text_print(text, "\n  missing  "), text), &missing);
        if (extra.count) ranges_say((text_print(text, "\n  too many "), text), &extra);
    }
    free(missing.at);
    free(extra.at);
}

static void judge(Job *job, const Scan *scan, const pks_totals *totals)
{
    const Entry *entry = job->entry;
    Ranges wanted = {0};

    if (entry->kind == ENTRY_COUNT) {
        judge_count(job, totals);
        return;
    }
    if (totals->frames == 0) { /* what holds of nothing proves nothing */
        text_print(say_failed(job), "frames\n  found    none: the capture is empty");
        return;
    }
    if (entry->listed)
        wanted = ranges_listed(entry->frames);
    else if (entry->kind == ENTRY_MATCH)
        ranges_add(&wanted, 1, totals->frames);
    judge_frames(job, &wanted, &scan->matched, totals->frames);
    free(wanted.at);
}

static void run_capture(Job *job, const volatile int *stop)
{
    pks_inputs *inputs = open_inputs(job);
    Scan scan = {.job = job};
    pks_totals totals;
    pks_scan_options options = {.inputs = inputs,
                                .filter = job->filter,
                                .threads = 1,
                                .on_frame = job->entry->kind == ENTRY_COUNT ? NULL : scan_frame,
                                .on_file = scan_file,
                                .stop = stop,
                                .listener = {scan_hear, &scan},
                                .user = &scan};

    if (!inputs) return;
    if (pks_scan(&options, &totals) && job->status != PKS_TEST_BROKEN) {
        judge(job, &scan, &totals);
        measure_capture(job, inputs);
    }
    pks_inputs_free(inputs);
    free(scan.matched.at);
}

/* -- frames in hex -------------------------------------------------------------------------------------------------- */

static bool match_once(Job *job, const pks_filter *filter, const pks_frame *frame)
{
    pks_matcher *matcher = pks_matcher_new(filter);
    bool matched = matcher && pks_match(matcher, frame);

    if (!matcher) say_broken(job, "not enough memory");
    pks_matcher_free(matcher);
    return matched;
}

static void run_hex(Job *job)
{
    const Entry *entry = job->entry;
    pks_frame frame = {
        .data = entry->bytes, .caplen = entry->byte_count, .len = entry->byte_count, .linktype = entry->linktype};
    if (entry->byte_count == 0) {
        text_print(say_failed(job), "a frame\n  found    none: there are no bytes");
        return;
    }
    bool matched = match_once(job, job->filter, &frame), wanted = entry->kind == ENTRY_MATCH;

    if (matched != wanted)
        text_print(say_failed(job), wanted ? "that it matches\n  found    that it does not"
                                           : "that it does not match\n  found    that it does");
    for (Measured *m = job->measured; m && m->filter; m++) {
        bool yes = match_once(job, m->filter, &frame);
        m->yes += yes;
        m->no += !yes;
    }
}

/* -- one test ------------------------------------------------------------------------------------------------------- */

/* A test that tries nothing passes whatever its filter does. */
static void say_nothing_tried(Job *job)
{
    Place place = source_place(source_of(job), job->test->span.at);

    begin_line(job);
    text_print(&job->text, "%s:%u:%u: this test tries nothing\n  expected match, reject or count",
               source_part(source_of(job), job->test->span.at).name, place.line, place.column);
    job->status = PKS_TEST_FAILED;
}

static void run_job(Job *job, const volatile int *stop)
{
    double began = now();
    bool tried = false;

    if (!job->filter) return; /* what is wrong was said when it was made */
    for (job->entry = job->test->entries; job->entry; job->entry = job->entry->next) {
        if (stop && *stop) return;
        if (job->entry->kind == ENTRY_WITH) continue;
        tried = true;
        if (job->entry->hex)
            run_hex(job);
        else
            run_capture(job, stop);
    }
    if (!tried) say_nothing_tried(job);
    job->seconds = now() - began;
}

static void tell(const TestRun *run, Job *job)
{
    Place place = {0, 0};

    if (job->test) place = source_place(source_of(job), job->test->span.at);
    run->options->on_test(run->options->user, &(pks_test_result){.status = job->status,
                                                                 .file = job->file->path,
                                                                 .title = job->title,
                                                                 .filter = job->filter_name ? job->filter_name : "",
                                                                 .line = place.line,
                                                                 .column = place.column,
                                                                 .text = text_str(&job->text),
                                                                 .seconds = job->seconds});
}

static void free_job(Job *job)
{
    free(job->measured);
    arena_release(&job->arena);
    free(job);
}

/* -- the steps of order.h ------------------------------------------------------------------------------------------- */

static u64 open_group(void *arg, void *worker, u64 group)
{
    (void)worker;
    (void)group;
    return ((TestRun *)arg)->job_count;
}

static void work(void *arg, void *worker, const Ticket *ticket)
{
    TestRun *run = arg;

    (void)worker;
    run_job(run->jobs[ticket->step], run->options->stop);
}

static OrderVerdict commit(void *arg, void *worker, const Ticket *ticket, u64 *steps)
{
    TestRun *run = arg;
    Job *job = run->jobs[ticket->step];
    const volatile int *stop = run->options->stop;

    (void)worker;
    (void)steps;
    if (stop && *stop) return ORDER_STOP; /* it may have been cut off in the middle */
    run->totals->passed += job->status == PKS_TEST_PASSED;
    run->totals->failed += job->status == PKS_TEST_FAILED;
    run->totals->broken += job->status == PKS_TEST_BROKEN;
    if (job->measured) coverage_add(&run->coverage, source_of(job), job->measured);
    if (run->options->on_test) tell(run, job);
    run->jobs[ticket->step] = NULL;
    free_job(job);
    return ORDER_NEXT;
}

static void close_group(void *arg, u64 group)
{
    (void)arg;
    (void)group;
}

static void work_all(void *arg, unsigned worker)
{
    TestRun *run = arg;

    order_run(run->order, &run->jobs[worker]); /* a worker has nothing of its own */
}

static bool run_jobs(TestRun *run)
{
    static const OrderWork steps = {
        .groups = 1, .open = open_group, .work = work, .commit = commit, .close = close_group};
    unsigned threads = run->options->threads ? run->options->threads : pool_cores();

    if (run->job_count == 0) return true;
    threads = (unsigned)MIN_OF((u64)threads, run->job_count);
    run->order = order_new(&steps, run, threads);
    if (!run->order) return false;
    pool_run(threads, work_all, run);
    order_free(run->order);
    return true;
}

/* -- making jobs ---------------------------------------------------------------------------------------------------- */

static Job *add_job(TestRun *run, TestFile *file)
{
    if (run->job_count == run->job_room) {
        size_t room = MAX_OF(2 * run->job_room, (size_t)16);
        Job **more = realloc(run->jobs, room * sizeof *more);
        run->out_of_memory |= !more;
        if (!more) return NULL;
        run->jobs = more;
        run->job_room = room;
    }
    Job *job = calloc(1, sizeof *job);
    run->out_of_memory |= !job;
    if (!job) return NULL;
    job->file = file;
    run->jobs[run->job_count++] = job;
    return job;
}

/* The file as a whole is at fault: one job that says so. */
static void add_fault(TestRun *run, TestFile *file, const char *text)
{
    Job *job = add_job(run, file);
    size_t len = strlen(text);

    while (len && text[len - 1] == '\n') len--;
    if (job) say_broken(job, arena_copy(&job->arena, text, len));
}

static bool is_wanted(const TestRun *run, const TestFile *file, const char *title)
{
    Arena arena = {0};

    if (!run->run) return true;
    const char *name = arena_print(&arena, "%s: %s", file->path, title);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(run->run, NULL);
    pcre2_match_context *limits = pattern_limits();
    bool wanted = data && limits && pcre2_match(run->run, (PCRE2_SPTR)name, strlen(name), 0, 0, data, limits) >= 0;
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    arena_release(&arena);
    return wanted;
}

static bool has_values(const Statement *test)
{
    const Entry *entry = test->entries;

    while (entry && entry->kind != ENTRY_WITH) entry = entry->next;
    return entry != NULL;
}

static Compiled *find_compiled(const TestFile *file, const Decl *filter)
{
    Compiled *compiled = file->compiled;

    while (compiled && compiled->decl != filter) compiled = compiled->next;
    return compiled;
}

/* With the test's values; the set is as before then.  What is wrong is said by the job. */
static Compiled *compile_filter(TestRun *run, Job *job, Decl *filter, const ModulesMark *mark)
{
    Modules *set = &job->file->file.set;
    CompileOptions options = {.plain = false};
    Compiled *compiled = calloc(1, sizeof *compiled);
    u32 told = set->diags->count;

    run->out_of_memory |= !compiled;
    if (!compiled) return NULL;
    for (const Entry *entry = job->test->entries; entry; entry = entry->next)
        if (entry->kind == ENTRY_WITH) module_with(set, set->modules[0], entry);
    Program *program = module_compile(set, filter, &options, NULL);
    if (program) compiled->filter = filter_of(program, NULL);
    if (compiled->filter && run->options->on_comparison) compiled->measured = measured_new(set, filter);
    for (u32 i = told; !program && i < set->diags->count; i++) {
        const char *text = diag_format(&job->arena, &set->source, &set->diags->item[i]);
        say_broken(job, arena_copy(&job->arena, text, strlen(text) - 1));
    }
    modules_back(set, mark);
    compiled->decl = has_values(job->test) ? NULL : filter;
    compiled->next = job->file->compiled;
    job->file->compiled = compiled;
    return compiled;
}

static void compile_job(TestRun *run, Job *job, Decl *filter, const ModulesMark *mark)
{
    Compiled *compiled = has_values(job->test) ? NULL : find_compiled(job->file, filter);

    if (!compiled) compiled = compile_filter(run, job, filter, mark);
    job->filter = compiled ? compiled->filter : NULL;
    if (compiled && compiled->measured) job->measured = measured_copy(compiled->measured);
    if (!job->filter && job->status != PKS_TEST_BROKEN) say_broken(job, "its filter does not compile");
}

static void add_test(TestRun *run, TestFile *file, const Statement *test, const ModulesMark *mark)
{
    const Modules *set = &file->file.set;
    Decl *filter = module_test_filter(set, set->modules[0], test);
    const char *title = file_string(&file->file.arena, &set->source, test->text);

    if (!title) title = "";
    if (!is_wanted(run, file, title)) {
        run->totals->left_out++;
        return;
    }
    Job *job = add_job(run, file);
    Span name = filter->statement->name;
    if (!job) return;
    job->test = test;
    job->title = title;
    job->filter_name = arena_copy(&file->file.arena, set->source.text + name.at, name.len);
    compile_job(run, job, filter, mark);
}

static void add_tests(TestRun *run, TestFile *file)
{
    Modules *set = &file->file.set;
    Module *main = set->modules[0];
    ModulesMark mark;

    modules_check_rest(set);
    if (set->diags->errors) {
        add_fault(run, file, diag_format_all(&file->file.arena, set->diags));
        return;
    }
    modules_mark(set, &mark);
    for (u32 i = 0; run->options->on_comparison && i < main->decl_count; i++) {
        if (main->decls[i].statement->kind != STATEMENT_FILTER) continue;
        Measured *unrun = measured_new(set, &main->decls[i]);
        if (unrun) coverage_add(&run->coverage, &set->source, unrun);
        measured_free(unrun);
    }
    for (const Statement *s = main->file->first; s; s = s->next)
        if (s->kind == STATEMENT_TEST) add_test(run, file, s, &mark);
}

typedef struct {
    TestRun *run;
    TestFile *file;
} Unread;

static void hear_unread(void *user, const pks_message *message)
{
    Unread *unread = user;

    add_fault(unread->run, unread->file, message->text);
}

/* A file that is one bare expression has no tests. */
static void add_file(TestRun *run, const char *path)
{
    TestFile *file = calloc(1, sizeof *file);
    Unread unread = {run, file};
    pks_listener listener = {hear_unread, &unread};
    size_t len = 0;

    run->out_of_memory |= !file;
    if (!file) return;
    run->files[run->file_count++] = file;
    file->path = path;
    run->totals->files++;
    char *text = filter_read_file(path, &len, &listener);
    bool sift = text && text_is_sift(text, len);
    if (sift && filterfile_load(&file->file, path, report_name(path), text, len, &listener)) add_tests(run, file);
    free(text);
}

/* -- the run -------------------------------------------------------------------------------------------------------- */

static bool compile_pattern(TestRun *run)
{
    const char *pattern = run->options->run;
    char why[200];

    if (!pattern) return true;
    run->run = pattern_compile((const u8 *)pattern, strlen(pattern), why, sizeof why);
    if (!run->run) report(&run->options->listener, PKS_ERROR, NULL, "'%s' is no regular expression: %s", pattern, why);
    return run->run != NULL;
}

static void free_file(TestFile *file)
{
    for (Compiled *compiled = file->compiled, *next; compiled; compiled = next) {
        next = compiled->next;
        pks_filter_free(compiled->filter);
        measured_free(compiled->measured);
        free(compiled);
    }
    filterfile_free(&file->file);
    free(file);
}

static void free_run(TestRun *run)
{
    for (size_t i = 0; i < run->job_count; i++)
        if (run->jobs[i]) free_job(run->jobs[i]);
    for (size_t i = 0; i < run->file_count; i++) free_file(run->files[i]);
    coverage_free(&run->coverage);
    pcre2_code_free(run->run);
    free(run->files);
    free(run->jobs);
}

bool pks_test(const pks_test_options *options, pks_test_totals *totals)
{
    TestRun run = {.options = options, .totals = totals};

    *totals = (pks_test_totals){0};
    run.files = calloc(options->path_count + 1, sizeof *run.files);
    run.out_of_memory = !run.files;
    bool good = compile_pattern(&run);
    for (size_t i = 0; good && !run.out_of_memory && i < options->path_count; i++) add_file(&run, options->paths[i]);
    if (good) good = !run.out_of_memory && run_jobs(&run);
    if (good && options->on_comparison) coverage_tell(&run.coverage, options, totals);
    if (!good && (!options->run || run.run))
        report(&options->listener, PKS_ERROR, NULL, "not enough memory for the tests");
    free_run(&run);
    return good;
}
