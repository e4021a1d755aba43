/* talk.h - everything the command says to a person: messages, the progress bar, the last line.  All of it on stderr.
 *
 * Always true: stdout carries data only.  Text from captures and file names passes text_safe before it is printed.
 * Calls may come from any thread of a scan, one after the other or not: they are serialised here. */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/cli/text.h"
#include "runtime/pktsift.h"

typedef struct {
    const char *name; /* how messages begin: "pktsift filter", "nmcap" */
    bool quiet;       /* errors only */
    bool summary;     /* say the last line of a run */
    bool colour_out, colour_err;
    unsigned errors; /* said so far */
} Talk;

extern Talk talk;

/* WHEN: "auto", "always", "never"; NULL is auto, which asks NO_COLOR (https://no-color.org) and the terminal. */
bool talk_colour(const char *when);

void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Neither an error nor a warning, not said when quiet. */
void say_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* As say_note, without the command's name in front: the last line of a run. */
void say_plain(const char *line);
/* An error nobody can go on from: exit status 2. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* For the library: its messages, as they come. */
pks_listener talk_listener(void);

/* A bar by bytes, drawn only where stderr is a terminal that stdout does not share with data, and not before a third of
 * a second has gone by. */
void progress_begin(bool allowed);
void progress_draw(uint64_t done, uint64_t all);
void progress_end(void);
/* For a signal handler: wipes the bar.  Async-signal-safe. */
void progress_wipe(void);

/* Seconds by a clock that nobody sets. */
double seconds_now(void);

#endif
