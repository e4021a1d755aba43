/* process.h - run a program and time it whole: from before it is started until it is gone. */
#ifndef BENCH_HARNESS_PROCESS_H
#define BENCH_HARNESS_PROCESS_H

#include "vm/base.h"

typedef struct {
    u64 elapsed_ns;
    u64 processor_ns;    /* in user and kernel mode, its children's too */
    int exit_status;     /* 128 + signal number when a signal ended it */
    u64 anonymous_bytes; /* most memory seen outside file mappings; 0 unless asked for */
    char output[512];    /* the start of what it printed on stdout, a string */
    char talk[512];      /* the same of stderr */
} ProcessResult;

/* Run argv (found through PATH, NULL at its end) with an empty stdin.  `stdout_path` NULL: stdout is kept in
 * result->output.  With watch_memory the process is looked at every half millisecond, which costs it time: never
 * watch a run whose time is used.  False: it could not be started, and result->talk says why. */
bool process_run(char *const argv[], const char *stdout_path, bool watch_memory, ProcessResult *result);

#endif
