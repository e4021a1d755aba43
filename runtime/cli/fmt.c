/* fmt.c - `pktsift fmt`: filter files in their one layout.
 *
 * Operands -> files -> pks_format_file -> the file again, a name, or a diff; standard input goes to standard output.  Always
 * true: a file with a mistake in it is reported and left as it is, and so is one that is formatted already; the exit status
 * is 2 when a file could not be formatted, else with --check or --diff 1 when one is not formatted, else 0. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/diff.h"
#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/siftfiles.h"
#include "runtime/cli/signals.h"
#include "runtime/cli/talk.h"

typedef struct {
    const Options *options;
    Text text;      /* to print */
    size_t changed; /* files that were not formatted */
    bool failed;
} Fmt;

static bool is_stdin(const char *path) { return strcmp(path, "-") == 0; }

static bool differs(const pks_formatted *file)
{
    return file->length != file->before_length || memcmp(file->text, file->before, file->length) != 0;
}

/* Text of a filter may hold what a terminal would obey. */
static void add_whole(Text *out, const pks_formatted *file)
{
    if (isatty(STDOUT_FILENO))
        text_safe_lines(out, file->text);
    else
        text_bytes(out, file->text, file->length);
}

static void show(Fmt *fmt, const char *path, const pks_formatted *file)
{
    const char *name = is_stdin(path) ? "standard input" : path;
    text_clear(&fmt->text);
    if (fmt->options->diff) {
        DiffSide before = {file->before, file->before_length}, after = {file->text, file->length};
        diff_unified(&fmt->text, name, before, after, talk.colour_out);
    } else if (fmt->options->check) {
        if (!differs(file)) return;
        text_safe(&fmt->text, name, strlen(name));
        text_string(&fmt->text, "\n");
    } else {
        add_whole(&fmt->text, file);
    }
    if (fmt->text.length && !(fmt->options->quiet && (fmt->options->check || fmt->options->diff)))
        stdout_write(fmt->text.at, fmt->text.length, false);
}

static void replace(Fmt *fmt, const char *path, const pks_formatted *file)
{
    pks_listener listener = talk_listener();
    if (!differs(file)) return;
    if (!pks_format_save(path, file, &listener)) {
        fmt->failed = true;
        return;
    }
    text_clear(&fmt->text);
    text_string(&fmt->text, "formatted ");
    text_safe(&fmt->text, path, strlen(path));
    say_plain(fmt->text.at);
}

static void format_one(Fmt *fmt, const char *path)
{
    pks_formatted file;
    pks_listener listener = talk_listener();
    if (!pks_format_file(path, &file, &listener)) {
        fmt->failed = true;
        return;
    }
    fmt->changed += differs(&file);
    if (fmt->options->check || fmt->options->diff || is_stdin(path))
        show(fmt, path, &file);
    else
        replace(fmt, path, &file);
    pks_formatted_free(&file);
}

int command_fmt(const Options *options)
{
    Fmt fmt = {.options = options};
    SiftFiles files = {0};
    for (size_t i = 0; i < options->count; i++) fmt.failed |= !siftfiles_add(&files, options->operands[i]);
    if (!options->count) siftfiles_add(&files, "-");
    for (size_t i = 0; i < files.count && !stop_signal; i++) format_one(&fmt, files.path[i]);
    siftfiles_free(&files);
    text_free(&fmt.text);
    bool flushed = stdout_flush();
    signals_finish();
    if (fmt.failed || !flushed) return EXIT_ERROR;
    return fmt.changed && (options->check || options->diff) ? EXIT_NOTHING : EXIT_MATCHED;
}
