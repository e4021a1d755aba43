/* signals.c - ending early without leaving a mess.  See signals.h. */
#include "runtime/cli/signals.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/cli/talk.h"
#include "runtime/pktsift.h"

volatile int stop_signal;

static void end_by(int number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t only;
    pks_abandon_outputs();
    progress_wipe();
    sigaction(number, &action, NULL);
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
    _exit(128 + number); /* not reached: the default action of each of these ends the process */
}

static void on_stop(int number)
{
    if (stop_signal) end_by(number);
    stop_signal = number;
    alarm(1);
}

static void on_alarm(int number) { end_by(stop_signal ? stop_signal : number); }

static void on_pipe(int number) { end_by(number); }

void signals_install(void)
{
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_stop}, old;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        sigaction(stops[i], NULL, &old);
        if (old.sa_handler != SIG_IGN) sigaction(stops[i], &action, NULL); /* nohup stays nohup */
    }
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGPIPE, NULL, &old);
    action.sa_handler = on_pipe;
    if (old.sa_handler != SIG_IGN) sigaction(SIGPIPE, &action, NULL);
}

void signals_finish(void)
{
    if (stop_signal) end_by(stop_signal);
}
