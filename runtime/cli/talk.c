/* talk.c - everything the command says to a person.  See talk.h. */
#include "runtime/cli/talk.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

Talk talk = {.name = "pktsift", .summary = true};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
    bool allowed;
    volatile bool shown; /* read by the signal handler */
    double began, drawn;
} bar;

static const char wipe[] = "\r\033[K";

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

bool talk_colour(const char *when)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    bool wanted = !(no_colour && *no_colour) && terminal && strcmp(terminal, "dumb") != 0;
    talk.colour_out = wanted && isatty(STDOUT_FILENO);
    talk.colour_err = wanted && isatty(STDERR_FILENO);
    if (!when || strcmp(when, "auto") == 0) return true;
    if (strcmp(when, "always") != 0 && strcmp(when, "never") != 0) return false;
    talk.colour_out = talk.colour_err = strcmp(when, "always") == 0;
    return true;
}

/* -- messages -------------------------------------------------------------------------------------------------------- */

static void write_all(const char *bytes, size_t length)
{
    while (length) {
        ssize_t done = write(STDERR_FILENO, bytes, length);
        if (done <= 0) return; /* nowhere left to complain */
        bytes += done;
        length -= (size_t)done;
    }
}

static void progress_wipe_locked(void)
{
    if (!bar.shown) return;
    write_all(wipe, sizeof wipe - 1);
    bar.shown = false;
}

/* One message in one write.  named: put the command's name in front. */
static void say(pks_level level, bool named, const char *message)
{
    static const char *const word[] = {"", "warning: ", ""};
    static const char *const colour[] = {"", "\033[1;35m", ""};
    Text line = {0};
    if (named) {
        bool coloured = talk.colour_err && level == PKS_WARNING;
        text_format(&line, "%s: %s%s%s", talk.name, coloured ? colour[level] : "", word[level],
                    coloured ? "\033[0m" : "");
    }
    if (named)
        text_safe(&line, message, strlen(message)); /* one line: a file may have a line break in its name */
    else
        text_safe_lines(&line, message);
    text_bytes(&line, "\n", 1);
    pthread_mutex_lock(&lock);
    if (level == PKS_ERROR) talk.errors++;
    if (level == PKS_ERROR || !talk.quiet) {
        progress_wipe_locked();
        write_all(line.at, line.length);
    }
    pthread_mutex_unlock(&lock);
    text_free(&line);
}

static void say_list(pks_level level, const char *format, va_list list)
{
    char *message;
    if (vasprintf(&message, format, list) < 0) message = NULL;
    say(level, true, message ? message : "out of memory");
    free(message);
}

void say_error(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say_list(PKS_ERROR, format, list);
    va_end(list);
}

void say_warning(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say_list(PKS_WARNING, format, list);
    va_end(list);
}

void say_note(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say_list(PKS_NOTE, format, list);
    va_end(list);
}

void say_plain(const char *line) { say(PKS_NOTE, false, line); }

void die(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say_list(PKS_ERROR, format, list);
    va_end(list);
    pks_abandon_outputs();
    exit(2);
}

/* A filter's diagnostics begin with their own place ("filter:1:5: error: ..."), as a compiler's do: editors jump there. */
static void hear(void *user, const pks_message *message)
{
    (void)user;
    say(message->level, message->line == 0, message->text);
}

pks_listener talk_listener(void) { return (pks_listener){.say = hear}; }

/* -- the bar --------------------------------------------------------------------------------------------------------- */

void progress_begin(bool allowed)
{
    bar.allowed = allowed && isatty(STDERR_FILENO);
    bar.began = bar.drawn = seconds_now();
}

void progress_draw(uint64_t done, uint64_t all)
{
    enum { CELLS = 24 };
    if (!bar.allowed) return;
    pthread_mutex_lock(&lock);
    double now = seconds_now();
    if (now - bar.drawn > (bar.shown ? 0.1 : 0.3)) {
        Text line = {0};
        double part = all && done < all ? (double)done / (double)all : all ? 1 : 0;
        text_string(&line, wipe);
        if (all) {
            text_format(&line, "%3.0f %% [", part * 100);
            for (int i = 0; i < CELLS; i++) text_bytes(&line, i < (int)(part * CELLS) ? "=" : " ", 1);
            text_string(&line, "] ");
        }
        text_size(&line, done);
        if (all) {
            text_string(&line, " of ");
            text_size(&line, all);
        }
        text_string(&line, ", ");
        text_size(&line, (uint64_t)((double)done / (now - bar.began)));
        text_string(&line, "/s");
        write_all(line.at, line.length);
        text_free(&line);
        bar.drawn = now;
        bar.shown = true;
    }
    pthread_mutex_unlock(&lock);
}

void progress_end(void)
{
    pthread_mutex_lock(&lock);
    progress_wipe_locked();
    bar.allowed = false;
    pthread_mutex_unlock(&lock);
}

void progress_wipe(void)
{
    if (bar.shown) write_all(wipe, sizeof wipe - 1);
}
