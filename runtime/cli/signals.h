/* signals.h - ending early without leaving a mess.
 *
 * Ctrl-C, SIGTERM and SIGHUP ask the scan to stop; the run then removes its unfinished output and ends as if the signal
 * had killed it, so that a shell sees 128 + n.  A scan that does not stop within a second (blocked on a silent pipe), or
 * a second signal, ends at once.  A closed pipe ends quietly at once. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/* Non-zero once asked to stop: the signal's number. */
extern volatile int stop_signal;

void signals_install(void);
/* Ends the process by the signal that asked for it; returns when there was none. */
void signals_finish(void);

#endif
