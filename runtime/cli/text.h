/* text.h - a growing line of text, and the spellings that go into it.
 *
 * Everything the command prints is made here first and leaves in one write, so lines of a run never mix.
 * Always true: what text_safe, text_json and text_csv add holds no byte that a terminal or a parser could take for a
 * command, whatever the capture or the file name holds. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

typedef struct {
    char *at; /* NUL-terminated once anything was added */
    size_t length, room;
} Text;

void text_clear(Text *text); /* keeps the memory */
void text_free(Text *text);
/* Makes room for `more` bytes and a NUL. */
void text_grow(Text *text, size_t more);
/* Here, for a line is made of dozens of short pieces, most of them of a known length. */
static inline void text_bytes(Text *text, const char *bytes, size_t length)
{
    if (text->room - text->length <= length) text_grow(text, length);
    memcpy(text->at + text->length, bytes, length);
    text->length += length;
    text->at[text->length] = 0;
}
static inline void text_string(Text *text, const char *string) { text_bytes(text, string, strlen(string)); }
void text_format(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Right-aligned, and left-aligned, with blanks up to a width. */
void text_number(Text *text, uint64_t number, unsigned width);
void text_padded(Text *text, const char *string, size_t width);

/* As a terminal may see it: control bytes, escapes and bytes that are no UTF-8 become \xHH. */
void text_safe(Text *text, const char *bytes, size_t length);
/* The same for several lines: newlines stay. */
void text_safe_lines(Text *text, const char *string);
/* A JSON string with its quotes: what a terminal would obey becomes \uHHHH, bytes that are no UTF-8 U+FFFD (RFC 8259). */
void text_json(Text *text, const char *bytes, size_t length);
/* A CSV field, quoted where it must be (RFC 4180).  A field that a spreadsheet would run as a formula gets a ' in front. */
void text_csv(Text *text, const char *bytes, size_t length);
/* Nothing but blanks and line ends? */
bool text_is_blank(const char *string);
/* One word for a POSIX shell, quoted where it must be. */
void text_shell(Text *text, const char *word);

/* "61 340 112" */
void text_grouped(Text *text, uint64_t number);
/* "1.98 GB", decimal units, three digits. */
void text_size(Text *text, uint64_t bytes);
/* "0.9 s", "2 min 5 s", "3 h 12 min", "2 d 4 h" */
void text_duration(Text *text, double seconds);

typedef enum { STYLE_LOCAL, STYLE_UTC, STYLE_EPOCH, STYLE_DELTA, STYLE_ISO } TimeStyle;

/* Keeps the last second it broke down: the zone rules are asked once a second of the capture, not once a frame. */
typedef struct {
    TimeStyle style;
    int64_t second;
    bool known;
    char text[40];
} Clock;

/* time_ns with `digits` decimals: "2014-10-25 23:32:00.123456" (local, UTC with a Z behind it), "1414279920.123456", or
 * RFC 3339 in UTC: "2014-10-25T21:32:00.123456Z". */
void text_time(Text *text, Clock *clock, int64_t time_ns, unsigned digits);
/* STYLE_ISO, for a single time. */
void text_time_iso(Text *text, int64_t time_ns, unsigned digits);
/* Seconds with decimals, negative too: "-0.000012". */
void text_seconds(Text *text, int64_t ns, unsigned digits);

/* "64M", "2G", "1500", "200MB": units of 1024; blanks before the unit allowed.  false when it is none, or too large. */
bool parse_size(const char *text, uint64_t *bytes);
/* All digits, at most 2^64 - 1. */
bool parse_number(const char *text, uint64_t *number);
/* The candidate nearest to a word a person mistyped, without case; NULL when none is near. */
const char *nearest_word(const char *word, const char *const *candidates, size_t count);

#endif
