/* run.h - what filter, count, merge, info and nmcap share: options -> inputs, filter, scan -> last line, exit status.
 *
 * Always true: a Run that run_begin filled is ended by run_end, which alone decides the exit status. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <stdbool.h>

#include "runtime/cli/options.h"
#include "runtime/cli/text.h"
#include "runtime/pktsift.h"

enum { EXIT_MATCHED = 0, EXIT_NOTHING = 1, EXIT_ERROR = 2 }; /* grep's */

typedef struct {
    pks_inputs *inputs;
    pks_filter *filter;
    pks_output *output;
    pks_scan_options scan; /* inputs, filter, output, window and callbacks of the run; a command adds its own */
    pks_totals totals;
    double began;
    bool scanned_well;
} Run;

/* "FILE" or "FILE:NAME", as -F takes it; a file that exists is taken as it stands. */
typedef struct {
    char *file;         /* for free() */
    const char *filter; /* NULL: none is named */
} FilterName;
FilterName filter_name_split(const char *operand);
/* Is it a file of filters, by its suffix, that exists? */
bool names_filter_file(const char *operand);

/* text blank or NULL: every frame.  false: said why. */
bool run_compile(Run *run, const char *text, const pks_compile_options *options);
/* A filter of a file, with the parameters of -D; filter NULL: none is named.  NULL: said why. */
pks_filter *run_compile_file(const Options *options, const char *file, const char *filter,
                             const pks_compile_options *how);
/* Inputs, filter and scan options as the command line gave them.  false: said why. */
bool run_begin(Run *run, const Options *options);
/* Scans, with progress bar and signals; merged: in the order of times.  Frames go to run.output where scan.output says
 * so as well; else the command writes them itself. */
void run_scan(Run *run, bool merged, bool bar);
/* Closes the output, says the last line unless quiet, frees; returns the exit status. */
int run_end(Run *run, bool strict);
/* Only frees, before a scan; returns EXIT_ERROR. */
int run_fail(Run *run);

/* Bytes to standard output, now: at once; false when it takes no more.  stdout_flush says why. */
bool stdout_write(const char *bytes, size_t length, bool now);
/* Standard output took everything?  Says why not. */
bool stdout_flush(void);

#endif
