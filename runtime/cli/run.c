/* run.c - options -> inputs, filter, scan -> last line, exit status.  See run.h. */
#include "runtime/cli/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/signals.h"
#include "runtime/cli/talk.h"

/* -- before ---------------------------------------------------------------------------------------------------------- */

bool run_compile(Run *run, const char *text, const pks_compile_options *options)
{
    pks_listener listener = talk_listener();
    if (text && text_is_blank(text)) text = NULL; /* as grep '' takes every line */
    run->filter = pks_compile(text, text ? strlen(text) : 0, options, &listener);
    return run->filter != NULL;
}

FilterName filter_name_split(const char *operand)
{
    const char *colon = access(operand, F_OK) == 0 ? NULL : strrchr(operand, ':');
    FilterName name = {.file = colon ? strndup(operand, (size_t)(colon - operand)) : strdup(operand)};
    if (!name.file) die("out of memory");
    if (colon) name.filter = colon + 1;
    return name;
}

bool names_filter_file(const char *operand)
{
    FilterName name = filter_name_split(operand);
    const char *dot = strrchr(name.file, '.');
    bool named = dot && (strcmp(dot, ".sift") == 0 || strcmp(dot, ".siftc") == 0) && access(name.file, F_OK) == 0;
    free(name.file);
    return named;
}

static pks_define *make_defines(const TextList *texts)
{
    pks_define *defines = calloc(texts->count + 1, sizeof *defines);
    if (!defines) die("out of memory");
    for (size_t i = 0; i < texts->count; i++) {
        const char *equals = strchr(texts->at[i], '=');
        char *name = strndup(texts->at[i], (size_t)(equals - texts->at[i]));
        if (!name) die("out of memory");
        defines[i] = (pks_define){name, equals + 1};
    }
    return defines;
}

static void free_defines(pks_define *defines)
{
    for (size_t i = 0; defines[i].name; i++) free((char *)(uintptr_t)defines[i].name);
    free(defines);
}

pks_filter *run_compile_file(const Options *options, const char *file, const char *filter,
                             const pks_compile_options *how)
{
    pks_listener listener = talk_listener();
    pks_define *defines = make_defines(&options->define);
    pks_compile_options named = *how;
    named.filter = filter;
    named.defines = defines;
    named.define_count = options->define.count;
    pks_filter *compiled = pks_compile_file(file, &named, &listener);
    free_defines(defines);
    if (!compiled || !options->plain || !pks_filter_loaded(compiled)) return compiled;
    say_error("--plain is a way to compile, and %s is compiled already", options->filter_file);
    pks_filter_free(compiled);
    return NULL;
}

static bool compile_file(Run *run, const Options *options, const pks_compile_options *how)
{
    FilterName name = filter_name_split(options->filter_file);
    run->filter = run_compile_file(options, name.file, name.filter, how);
    free(name.file);
    return run->filter != NULL;
}

static bool add_inputs(Run *run, const Options *options)
{
    pks_listener listener = talk_listener();
    run->inputs = pks_inputs_new();
    if (!run->inputs) die("out of memory");
    for (size_t i = 0; i < options->count; i++)
        if (!pks_inputs_add(run->inputs, options->operands[i], &listener)) return false;
    return true;
}

static void on_progress(void *user, uint64_t done, uint64_t all)
{
    (void)user;
    progress_draw(done, all);
}

bool run_begin(Run *run, const Options *options)
{
    *run = (Run){0};
    pks_compile_options how = {
        .plain = options->plain,
        .explain = options->command == COMMAND_EXPLAIN,
        .lint = options->command == COMMAND_EXPLAIN,
        .from_set = options->from.set,
        .to_set = options->to.set,
        .from_ns = options->from.ns,
        .to_ns = options->to.ns,
    };
    if (options->from.set && options->to.set && options->from.ns > options->to.ns) {
        say_error("--from is later than --to: no frame can lie between them");
        return false;
    }
    bool found = add_inputs(run, options);
    how.inputs = run->inputs;
    bool compiled = options->filter_file ? compile_file(run, options, &how) : run_compile(run, options->expr, &how);
    if (!compiled || !found) return false;
    run->scan = (pks_scan_options){
        .threads = options->threads.value > 1024 ? 1024 : (unsigned)options->threads.value,
        .max_frames = options->max_count.value,
        .strict = options->strict,
        .window_set = options->from.set || options->to.set,
        .from_ns = options->from.set ? options->from.ns : INT64_MIN,
        .to_ns = options->to.set ? options->to.ns : INT64_MAX,
    };
    return true;
}

/* -- the scan -------------------------------------------------------------------------------------------------------- */

void run_scan(Run *run, bool merged, bool bar)
{
    run->scan.inputs = run->inputs;
    run->scan.filter = run->filter;
    run->scan.on_progress = on_progress;
    run->scan.stop = &stop_signal;
    run->scan.listener = talk_listener();
    run->began = seconds_now();
    progress_begin(bar && !talk.quiet);
    run->scanned_well = merged ? pks_merge(&run->scan, &run->totals) : pks_scan(&run->scan, &run->totals);
    progress_end();
}

/* -- after ----------------------------------------------------------------------------------------------------------- */

static int stdout_fault; /* errno of the first write that failed: much may happen before the end of the run */

bool stdout_write(const char *bytes, size_t length, bool now)
{
    if (fwrite(bytes, 1, length, stdout) == length && (!now || fflush(stdout) == 0)) return true;
    if (!stdout_fault) stdout_fault = errno;
    return false;
}

bool stdout_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    if (!stdout_fault) stdout_fault = errno;
    say_error("cannot write standard output: %s", strerror(stdout_fault));
    return false;
}

static void counted(Text *text, uint64_t number, const char *one, const char *many)
{
    text_grouped(text, number);
    text_format(text, " %s", number == 1 ? one : many);
}

static void make_last_line(const Run *run, Text *line)
{
    const pks_totals *totals = &run->totals;
    text_grouped(line, totals->matched);
    text_string(line, " of ");
    counted(line, totals->frames, "frame", "frames");
    text_string(line, " in ");
    counted(line, totals->files, "file", "files");
    text_string(line, ", ");
    text_size(line, totals->bytes);
    text_string(line, ", ");
    text_duration(line, seconds_now() - run->began);
    if (totals->files_passed_over) {
        text_string(line, "; ");
        counted(line, totals->files_passed_over, "file", "files");
        text_string(line, " outside the time window passed over");
    }
    if (totals->stopped && run->scan.max_frames && totals->matched >= run->scan.max_frames) {
        text_string(line, "; stopped after ");
        counted(line, run->scan.max_frames, "match", "matches");
    }
}

/* What was written, noted before the output is closed and freed, told after: headers and tables come with closing. */
typedef struct {
    char **path;
    size_t files;
    uint64_t bytes; /* so far */
} Written;

static Written written_note(const pks_output *output)
{
    Written written = {.files = output ? pks_output_files(output) : 0};
    if (!written.files) return written;
    written.bytes = pks_output_bytes(output);
    written.path = calloc(written.files, sizeof *written.path);
    if (!written.path) die("out of memory");
    for (size_t i = 0; i < written.files; i++)
        if (!(written.path[i] = strdup(pks_output_path(output, i)))) die("out of memory");
    return written;
}

static uint64_t written_bytes(const Written *written)
{
    struct stat status;
    uint64_t bytes = 0;
    for (size_t i = 0; i < written->files; i++) {
        if (stat(written->path[i], &status) != 0 || !S_ISREG(status.st_mode)) return written->bytes; /* a pipe */
        bytes += (uint64_t)status.st_size;
    }
    return bytes;
}

static void written_tell(Written *written, Text *line)
{
    if (!written->files) return;
    bool named = strcmp(written->path[0], "-") != 0;
    text_string(line, "; ");
    if (named)
        text_safe(line, written->path[0], strlen(written->path[0]));
    else
        text_string(line, "standard output");
    if (written->files > 1) text_format(line, " and %zu more", written->files - 1);
    text_string(line, ": ");
    text_size(line, named ? written_bytes(written) : written->bytes);
    for (size_t i = 0; i < written->files; i++) free(written->path[i]);
    free(written->path);
}

static void say_unsure(uint64_t frames)
{
    Text line = {0};
    if (!frames) return;
    counted(&line, frames, "frame was", "frames were");
    text_string(&line, " cut short by the capture where the filter looked: what is missing counted as absent");
    say_plain(line.at);
    text_free(&line);
}

static void say_given_up(uint64_t frames)
{
    Text line = {0};
    if (!frames) return;
    text_string(&line, "in ");
    counted(&line, frames, "frame", "frames");
    text_string(&line, " a MATCHES needed more steps than it may take and was given up: that counted as no match");
    say_plain(line.at);
    text_free(&line);
}

static int exit_status(const Run *run, bool strict)
{
    const pks_totals *totals = &run->totals;
    if (!run->scanned_well || talk.errors || totals->files_failed || totals->files_damaged) return EXIT_ERROR;
    if (strict && totals->files_cut) return EXIT_ERROR;
    return totals->matched ? EXIT_MATCHED : EXIT_NOTHING;
}

static void release(Run *run)
{
    pks_filter_free(run->filter);
    pks_inputs_free(run->inputs);
    *run = (Run){0};
}

int run_end(Run *run, bool strict)
{
    pks_listener listener = talk_listener();
    Text line = {0};
    bool nothing_read = run->totals.files == 0 && run->totals.files_failed;
    bool keep = run->scanned_well && !stop_signal && !nothing_read;
    bool flushed = stop_signal ? fflush(stdout) == 0 : stdout_flush();
    make_last_line(run, &line);
    Written written = written_note(run->output);
    if (run->output && !pks_output_close(run->output, keep, &listener) && keep) run->scanned_well = false;
    written_tell(&written, &line);
    if (talk.summary && run->scanned_well && !stop_signal && !nothing_read) {
        say_plain(line.at);
        say_unsure(run->totals.frames_unsure);
        say_given_up(run->totals.frames_given_up);
    }
    int status = flushed ? exit_status(run, strict) : EXIT_ERROR;
    text_free(&line);
    release(run);
    signals_finish();
    return status;
}

int run_fail(Run *run)
{
    pks_listener listener = talk_listener();
    if (run->output) pks_output_close(run->output, false, &listener);
    release(run);
    return EXIT_ERROR;
}
