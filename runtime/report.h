/* report.h - messages to the caller: the one place where what went wrong becomes a sentence.
 *
 * Everything below hands up data (Damage, Diag, errno); everything above is told through a pks_listener.  Always true:
 * a message's text stands by itself, file and place included. */
#ifndef RUNTIME_REPORT_H
#define RUNTIME_REPORT_H

#include "runtime/pktsift.h"
#include "runtime/readers/reader.h"

/* What a message is about; zero what does not apply (offset: REPORT_NO_OFFSET). */
typedef struct {
    const char *file;
    u64 offset, frame;
} ReportPlace;

#define REPORT_NO_OFFSET UINT64_MAX

/* "FILE: what": no place inside the file.  file may be NULL. */
void report(const pks_listener *listener, pks_level level, const char *file, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* "FILE: offset 1234: what": a file that cannot be used at all. */
void report_unusable(const pks_listener *listener, const char *file, const Damage *damage);
/* "FILE: frame 5, offset 1234: what; the 4 frames before it were used". */
void report_damage(const pks_listener *listener, pks_level level, const char *file, const Damage *damage,
                   u64 frames_used);
/* "FILE: frame 5, offset 1234: what", with a printf text. */
void report_at(const pks_listener *listener, pks_level level, ReportPlace place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Passes a ready message on. */
void report_message(const pks_listener *listener, const pks_message *message);

/* How messages call an input: "-" is "standard input". */
const char *report_name(const char *path);

#endif
