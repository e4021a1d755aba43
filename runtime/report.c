/* report.c - see report.h. */
#include "runtime/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLACE_BYTES = 80 };

void report_message(const pks_listener *listener, const pks_message *message)
{
    if (listener && listener->say) listener->say(listener->user, message);
}

const char *report_name(const char *path) { return path && strcmp(path, "-") == 0 ? "standard input" : path; }

static void place_print(char *out, size_t size, ReportPlace place)
{
    bool offset = place.offset != REPORT_NO_OFFSET;

    if (place.frame && offset)
        snprintf(out, size, "frame %llu, offset %llu: ", (unsigned long long)place.frame,
                 (unsigned long long)place.offset);
    else if (place.frame)
        snprintf(out, size, "frame %llu: ", (unsigned long long)place.frame);
    else if (offset)
        snprintf(out, size, "offset %llu: ", (unsigned long long)place.offset);
    else
        out[0] = 0;
}

static void say(const pks_listener *listener, pks_level level, ReportPlace place, const char *format, va_list args)
{
    char where[PLACE_BYTES], *what = NULL, *text = NULL;
    const char *name = report_name(place.file);

    if (!listener || !listener->say) return;
    place_print(where, sizeof where, place);
    if (vasprintf(&what, format, args) < 0) what = NULL;
    if (asprintf(&text, "%s%s%s%s", name ? name : "", name ? ": " : "", where, what ? what : format) < 0) text = NULL;
    pks_message message = {.level = level,
                           .file = place.file,
                           .offset = place.offset,
                           .frame = place.frame,
                           .text = text ? text : "not enough memory for a message"};
    listener->say(listener->user, &message);
    free(text);
    free(what);
}

void report_at(const pks_listener *listener, pks_level level, ReportPlace place, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(listener, level, place, format, args);
    va_end(args);
}

void report(const pks_listener *listener, pks_level level, const char *file, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(listener, level, (ReportPlace){.file = file, .offset = REPORT_NO_OFFSET}, format, args);
    va_end(args);
}

void report_unusable(const pks_listener *listener, const char *file, const Damage *damage)
{
    report_at(listener, PKS_ERROR, (ReportPlace){.file = file, .offset = damage->offset}, "%s", damage->text);
}

void report_damage(const pks_listener *listener, pks_level level, const char *file, const Damage *damage,
                   u64 frames_used)
{
    ReportPlace place = {.file = file, .offset = damage->offset, .frame = frames_used + 1};

    if (frames_used == 0)
        report_at(listener, level, place, "%s", damage->text);
    else if (frames_used == 1)
        report_at(listener, level, place, "%s; the frame before it was used", damage->text);
    else
        report_at(listener, level, place, "%s; the %llu frames before it were used", damage->text,
                  (unsigned long long)frames_used);
}
