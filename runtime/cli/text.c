/* text.c - a growing line of text, and the spellings that go into it.  See text.h. */
#include "runtime/cli/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/cli/talk.h"

enum { NS_PER_SECOND = 1000000000 };

/* -- the buffer ------------------------------------------------------------------------------------------------------ */

void text_grow(Text *text, size_t more)
{
    size_t room = (text->room + more) * 2 + 64;
    char *at = realloc(text->at, room);
    if (!at) die("out of memory");
    text->at = at;
    text->room = room;
}

static void text_reserve(Text *text, size_t more)
{
    if (text->room - text->length <= more) text_grow(text, more);
}

void text_clear(Text *text)
{
    text->length = 0;
    if (text->at) text->at[0] = 0;
}

void text_free(Text *text)
{
    free(text->at);
    *text = (Text){0};
}

void text_format(Text *text, const char *format, ...)
{
    va_list list;
    text_reserve(text, 0);
    for (;;) { /* most often there is room, and once is enough */
        size_t room = text->room - text->length;
        va_start(list, format);
        size_t length = (size_t)vsnprintf(text->at + text->length, room, format, list);
        va_end(list);
        if (length < room) {
            text->length += length;
            return;
        }
        text_reserve(text, length);
    }
}

/* Digits with zeros, or blanks, in front of them up to a width. */
static void add_digits(Text *text, uint64_t number, unsigned width, char front)
{
    char digits[32];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    while (sizeof digits - at < width && at > 0) digits[--at] = front;
    text_bytes(text, digits + at, sizeof digits - at);
}

void text_number(Text *text, uint64_t number, unsigned width) { add_digits(text, number, width, ' '); }

void text_padded(Text *text, const char *string, size_t width)
{
    size_t length = strlen(string);
    text_reserve(text, length + width);
    text_bytes(text, string, length);
    if (length >= width) return;
    memset(text->at + text->length, ' ', width - length);
    text->length += width - length;
    text->at[text->length] = 0;
}

/* -- spellings ------------------------------------------------------------------------------------------------------- */

/* Length of the well-formed UTF-8 sequence at p (RFC 3629, no surrogates, no overlong forms), 0 when there is none. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) return 1;
    size_t length = p[0] >= 0xC2 && p[0] <= 0xDF ? 2 : (p[0] & 0xF0) == 0xE0 ? 3 : p[0] >= 0xF0 && p[0] <= 0xF4 ? 4 : 0;
    if (length == 0 || length > left) return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool outside = (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF4 && p[1] > 0x8F);
    return overlong || outside ? 0 : length;
}

/* Sequences that are text but that a terminal obeys: C1 controls, and the marks that turn the direction of writing. */
static bool utf8_is_command(const unsigned char *p, size_t length)
{
    if (length == 1) return p[0] < 0x20 || p[0] == 0x7F;
    if (length == 2) return p[0] == 0xC2 && p[1] < 0xA0;
    if (length != 3 || p[0] != 0xE2) return false;
    bool marks = p[1] == 0x80 && ((p[2] >= 0x8E && p[2] <= 0x8F) || (p[2] >= 0xA8 && p[2] <= 0xAE));
    return marks || (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9);
}

/* The character of such a sequence; none has more than three bytes. */
static unsigned command_rune(const unsigned char *p, size_t length)
{
    if (length == 1) return p[0];
    if (length == 2) return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
}

static bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

/* How many bytes from p on are printable ASCII, and mean nothing to JSON: nearly all, and they are taken at once. */
static size_t plain_length(const unsigned char *p, const unsigned char *end)
{
    enum { STEP = 16 }; /* looked at side by side */
    const unsigned char *start = p;
    for (; end - p >= STEP; p += STEP) {
        unsigned char plain = 1;
        for (size_t i = 0; i < STEP; i++) plain &= is_plain(p[i]);
        if (!plain) break;
    }
    while (p < end && is_plain(*p)) p++;
    return (size_t)(p - start);
}

static void add_safe(Text *text, const char *bytes, size_t length, bool keep_newlines)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    while (p < end) {
        size_t plain = plain_length(p, end);
        if (plain) {
            text_bytes(text, (const char *)p, plain);
            p += plain;
            continue;
        }
        size_t step = utf8_length(p, (size_t)(end - p));
        if (keep_newlines && *p == '\n') {
            text_bytes(text, "\n", 1);
            p++;
            continue;
        }
        if (step && !utf8_is_command(p, step)) {
            text_bytes(text, (const char *)p, step);
            p += step;
            continue;
        }
        for (size_t i = 0; i < (step ? step : 1); i++) text_format(text, "\\x%02x", p[i]);
        p += step ? step : 1;
    }
}

void text_safe(Text *text, const char *bytes, size_t length) { add_safe(text, bytes, length, false); }

void text_safe_lines(Text *text, const char *string) { add_safe(text, string, strlen(string), true); }

void text_json(Text *text, const char *bytes, size_t length)
{
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    text_bytes(text, "\"", 1);
    while (p < end) {
        size_t plain = plain_length(p, end);
        if (plain) {
            text_bytes(text, (const char *)p, plain);
            p += plain;
            continue;
        }
        size_t step = utf8_length(p, (size_t)(end - p));
        if (!step) {
            text_string(text, "\xEF\xBF\xBD");
            p++;
            continue;
        }
        if (*p == '"' || *p == '\\')
            text_format(text, "\\%c", *p);
        else if (*p == '\n')
            text_string(text, "\\n");
        else if (*p == '\t')
            text_string(text, "\\t");
        else if (utf8_is_command(p, step))
            text_format(text, "\\u%04x", command_rune(p, step));
        else
            text_bytes(text, (const char *)p, step);
        p += step;
    }
    text_bytes(text, "\"", 1);
}

void text_csv(Text *text, const char *bytes, size_t length)
{
    /* OWASP "CSV Injection": names in captures are chosen by strangers. */
    bool formula =
        length > 0 && strchr("=+-@", bytes[0]) && !(length > 1 && bytes[0] == '-' && isdigit((unsigned char)bytes[1]));
    const unsigned char *start = (const unsigned char *)bytes;
    if (!formula && plain_length(start, start + length) == length) {
        bool quote = memchr(bytes, ',', length) != NULL;
        if (quote) text_bytes(text, "\"", 1);
        text_bytes(text, bytes, length);
        if (quote) text_bytes(text, "\"", 1);
        return;
    }
    Text safe = {0};
    text_safe(&safe, bytes, length);
    bool quote = formula || (safe.length && strpbrk(safe.at, ",\""));
    if (quote) text_bytes(text, "\"", 1);
    if (formula) text_bytes(text, "'", 1);
    for (size_t i = 0; i < safe.length; i++) {
        if (safe.at[i] == '"') text_bytes(text, "\"", 1);
        text_bytes(text, safe.at + i, 1);
    }
    if (quote) text_bytes(text, "\"", 1);
    text_free(&safe);
}

bool text_is_blank(const char *string) { return string[strspn(string, " \t\r\n")] == 0; }

void text_shell(Text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+:,./-";
    if (*word && word[strspn(word, plain)] == 0) {
        text_string(text, word);
        return;
    }
    text_bytes(text, "'", 1);
    for (; *word; word++) {
        if (*word == '\'')
            text_string(text, "'\\''");
        else
            text_bytes(text, word, 1);
    }
    text_bytes(text, "'", 1);
}

void text_grouped(Text *text, uint64_t number)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    for (int i = 0; i < count; i++) {
        if (i && (count - i) % 3 == 0) text_bytes(text, " ", 1);
        text_bytes(text, digits + i, 1);
    }
}

void text_size(Text *text, uint64_t bytes)
{
    static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    size_t i = 0;
    for (; value >= 999.5 && i + 1 < sizeof unit / sizeof unit[0]; i++) value /= 1000;
    text_format(text, "%.*f %s", i == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, unit[i]);
}

void text_duration(Text *text, double seconds)
{
    if (seconds < 0) {
        text_bytes(text, "-", 1);
        seconds = -seconds;
    }
    uint64_t whole = (uint64_t)seconds;
    if (seconds < 0.0995)
        text_format(text, "%.3f s", seconds);
    else if (seconds < 60)
        text_format(text, "%.1f s", seconds);
    else if (whole < 3600)
        text_format(text, "%u min %u s", (unsigned)(whole / 60), (unsigned)(whole % 60));
    else if (whole < 86400)
        text_format(text, "%u h %u min", (unsigned)(whole / 3600), (unsigned)(whole / 60 % 60));
    else
        text_format(text, "%llu d %u h", (unsigned long long)(whole / 86400), (unsigned)(whole / 3600 % 24));
}

/* -- times ----------------------------------------------------------------------------------------------------------- */

/* Splits so that the fraction is never negative: -0.5 s is second -1, 500 000 000 ns. */
static int64_t split_second(int64_t time_ns, unsigned *fraction)
{
    int64_t second = time_ns / NS_PER_SECOND;
    int64_t rest = time_ns % NS_PER_SECOND;
    if (rest < 0) {
        rest += NS_PER_SECOND;
        second--;
    }
    *fraction = (unsigned)rest;
    return second;
}

static void add_fraction(Text *text, unsigned fraction, unsigned digits)
{
    if (digits > 9) digits = 9;
    for (unsigned i = digits; i < 9; i++) fraction /= 10;
    if (!digits) return;
    text_bytes(text, ".", 1);
    add_digits(text, fraction, digits, '0');
}

void text_seconds(Text *text, int64_t ns, unsigned digits)
{
    uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    if (ns < 0) text_bytes(text, "-", 1);
    text_number(text, size / NS_PER_SECOND, 0);
    add_fraction(text, (unsigned)(size % NS_PER_SECOND), digits);
}

void text_time(Text *text, Clock *clock, int64_t time_ns, unsigned digits)
{
    if (clock->style == STYLE_EPOCH || clock->style == STYLE_DELTA) {
        text_seconds(text, time_ns, digits);
        return;
    }
    bool local = clock->style == STYLE_LOCAL;
    unsigned fraction;
    int64_t second = split_second(time_ns, &fraction);
    if (!clock->known || second != clock->second) {
        time_t t = second;
        struct tm tm;
        if (local)
            localtime_r(&t, &tm);
        else
            gmtime_r(&t, &tm);
        strftime(clock->text, sizeof clock->text, clock->style == STYLE_ISO ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S",
                 &tm);
        clock->second = second;
        clock->known = true;
    }
    text_string(text, clock->text);
    add_fraction(text, fraction, digits);
    if (!local) text_bytes(text, "Z", 1);
}

void text_time_iso(Text *text, int64_t time_ns, unsigned digits)
{
    Clock clock = {.style = STYLE_ISO};
    text_time(text, &clock, time_ns, digits);
}

/* -- reading --------------------------------------------------------------------------------------------------------- */

bool parse_number(const char *text, uint64_t *number)
{
    if (!isdigit((unsigned char)*text)) return false;
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == 0;
}

bool parse_size(const char *text, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    if (!isdigit((unsigned char)*text)) return false;
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (errno) return false;
    while (*end == ' ') end++;
    unsigned shift = 0;
    if (*end) {
        const char *unit = strchr(units, toupper((unsigned char)*end));
        if (unit) {
            shift = (unsigned)(unit - units + 1) * 10;
            end++;
        }
        if (*end == 'i' && unit) end++;
        if (*end == 'b' || *end == 'B') end++;
        if (*end) return false;
    }
    *bytes = number << shift;
    return *bytes >> shift == number;
}

/* Edit distance without case (Wagner and Fischer 1974), words of at most 63 bytes. */
static unsigned distance(const char *a, const char *b)
{
    enum { LONGEST = 63 };
    unsigned row[LONGEST + 1];
    size_t a_length = strnlen(a, LONGEST), b_length = strnlen(b, LONGEST);
    for (size_t j = 0; j <= b_length; j++) row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]) ? 0 : 1;
            unsigned best = diagonal + same;
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b_length];
}

const char *nearest_word(const char *word, const char *const *candidates, size_t count)
{
    const char *best = NULL;
    unsigned least = 1 + (unsigned)strlen(word) / 4;
    for (size_t i = 0; i < count; i++) {
        unsigned far = distance(word, candidates[i]);
        if (far > least || (best && far == least)) continue;
        least = far;
        best = candidates[i];
    }
    return best;
}
