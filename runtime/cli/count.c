/* count.c - `pktsift count`: how many frames match, in all or file by file. */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/signals.h"
#include "runtime/cli/talk.h"

typedef struct {
    bool json;
    Text line;
} Count;

static void on_file(void *user, const pks_file *file)
{
    Count *count = user;
    Text *line = &count->line;
    if (!file->opened) return; /* the error was said */
    text_clear(line);
    if (count->json) {
        text_string(line, "{\"file\":");
        text_json(line, file->path, strlen(file->path));
        text_format(line, ",\"matched\":%llu,\"frames\":%llu}\n", (unsigned long long)file->matched,
                    (unsigned long long)file->frames);
    } else {
        text_safe(line, file->path, strlen(file->path));
        text_format(line, ":%llu\n", (unsigned long long)file->matched);
    }
    stdout_write(line->at, line->length, false);
}

int command_count(const Options *options)
{
    Run run;
    Count count = {.json = options->json};
    if (options->max_count.set && options->max_count.value == 0) {
        say_error("-c 0: stop after how many?");
        return EXIT_ERROR;
    }
    if (!run_begin(&run, options)) return run_fail(&run);
    bool by_file = options->by_file && !options->quiet;
    if (by_file) {
        run.scan.on_file = on_file;
        run.scan.user = &count;
    }
    if (options->quiet) run.scan.max_frames = 1;
    run_scan(&run, false, true);
    unsigned long long matched = run.totals.matched, all = run.totals.frames, files = run.totals.files;
    bool nothing_read = files == 0 && run.totals.files_failed;
    if (!options->quiet && !by_file && run.scanned_well && !nothing_read && !stop_signal) {
        if (options->json)
            printf("{\"matched\":%llu,\"frames\":%llu,\"files\":%llu}\n", matched, all, files);
        else
            printf("%llu\n", matched);
    }
    int status = run_end(&run, options->strict);
    text_free(&count.line);
    return status;
}
