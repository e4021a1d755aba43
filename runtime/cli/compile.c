/* compile.c - `pktsift compile`: a filter as bytecode in a file, for -F. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/signals.h"
#include "runtime/cli/talk.h"

static bool same_file(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* What would lose the filter, or spoil a terminal, is refused before anything is compiled. */
static bool names_fit(const Options *options)
{
    bool to_stdout = strcmp(options->output, "-") == 0;
    if (to_stdout && isatty(STDOUT_FILENO)) {
        say_error("-o -: a compiled filter is binary and standard output is a terminal; send it to a file or a pipe");
        return false;
    }
    if (options->filter_file && !strchr(options->filter_file, ':') && access(options->filter_file, F_OK) != 0 &&
        strcmp(options->filter_file, "-") != 0) {
        say_error("%s: %s; an expression stands behind -e", options->filter_file, strerror(errno));
        return false;
    }
    if (!options->filter_file || to_stdout) return true;
    FilterName name = filter_name_split(options->filter_file);
    bool same = same_file(name.file, options->output);
    free(name.file);
    if (same) say_error("-o %s: this is the filter itself; give the compiled one another name", options->output);
    return !same;
}

int command_compile(const Options *options)
{
    Run run = {0};
    if (!names_fit(options) || !run_begin(&run, options)) return run_fail(&run);
    if (pks_filter_loaded(run.filter)) {
        say_error("%s: this filter is compiled already", options->filter_file);
        return run_fail(&run);
    }
    pks_listener listener = talk_listener();
    bool saved = pks_filter_save(run.filter, options->output, &listener);
    run_fail(&run);
    signals_finish();
    return saved ? EXIT_MATCHED : EXIT_ERROR;
}
