/* literal.c - see literal.h.
 *
 * Always true: nothing is read outside text[0..len), and no conversion depends on the locale. */
#include "grammar/literal.h"

#include <arpa/inet.h>
#include <strings.h>
#include <time.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* 0..15, or -1. */
static int hex_digit(char c)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool is_hex(const char *text, u32 len) { return len > 2 && text[0] == '0' && (text[1] | 0x20) == 'x'; }

static bool parse_digits(const char *text, u32 len, u32 base, u64 *value)
{
    u64 sum = 0;
    if (len == 0) return false;
    for (u32 i = 0; i < len; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0 || (u32)digit >= base) return false;
        if (__builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, (u64)digit, &sum)) return false;
    }
    *value = sum;
    return true;
}

bool literal_int(const char *text, u32 len, u64 *value)
{
    return is_hex(text, len) ? parse_digits(text + 2, len - 2, 16, value) : parse_digits(text, len, 10, value);
}

const u8 *literal_hex_bytes(Arena *arena, const char *text, u32 len, u32 *count)
{
    if (!is_hex(text, len)) return NULL;
    u32 digits = len - 2, odd = digits % 2;
    u8 *bytes = arena_alloc(arena, (digits + 1) / 2, 1);
    for (u32 i = 0; i < digits; i++) {
        int digit = hex_digit(text[2 + i]);
        if (digit < 0) return NULL;
        bytes[(i + odd) / 2] = (u8)(bytes[(i + odd) / 2] << 4 | digit);
    }
    *count = (digits + 1) / 2;
    return bytes;
}

/* Up to three digits without a leading zero, at most `most`; moves *text on.  -1 when there is no such number. */
static int short_number(const char **text, const char *end, int most)
{
    const char *start = *text;
    int value = 0;
    while (*text < end && is_digit(**text) && *text - start < 3) value = value * 10 + (*(*text)++ - '0');
    ptrdiff_t digits = *text - start;
    return digits == 0 || (digits > 1 && *start == '0') || value > most ? -1 : value;
}

bool literal_ipv4(const char *text, u32 len, u32 *address)
{
    const char *end = text + len;
    u32 sum = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && (text == end || *text++ != '.')) return false;
        int octet = short_number(&text, end, 255);
        if (octet < 0) return false;
        sum = sum << 8 | (u32)octet;
    }
    if (text != end) return false;
    *address = sum;
    return true;
}

/* The number behind the '/', 0..most, or -1; *address_len is what stands before the '/'. */
static int prefix_len(const char *text, u32 len, int most, u32 *address_len)
{
    const char *slash = memchr(text, '/', len);
    if (!slash) return -1;
    const char *number = slash + 1, *end = text + len;
    int bits = short_number(&number, end, most);
    *address_len = (u32)(slash - text);
    return number == end ? bits : -1;
}

bool literal_ipv4_prefix(const char *text, u32 len, u32 *low, u32 *high, bool *host_bits_set)
{
    u32 address_len = 0, address = 0;
    int bits = prefix_len(text, len, 32, &address_len);
    if (bits < 0 || !literal_ipv4(text, address_len, &address)) return false;
    u32 host = bits == 0 ? UINT32_MAX : (u32)((1ull << (32 - bits)) - 1);
    *low = address & ~host;
    *high = address | host;
    *host_bits_set = (address & host) != 0;
    return true;
}

bool literal_ipv6(const char *text, u32 len, u8 address[16])
{
    char copy[INET6_ADDRSTRLEN];
    u8 bytes[16];
    if (len >= sizeof copy || memchr(text, '\0', len)) return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET6, copy, bytes) != 1) return false;
    memcpy(address, bytes, 16);
    return true;
}

bool literal_ipv6_prefix(const char *text, u32 len, u8 low[16], u8 high[16], bool *host_bits_set)
{
    u32 address_len = 0;
    u8 address[16];
    int bits = prefix_len(text, len, 128, &address_len);
    if (bits < 0 || !literal_ipv6(text, address_len, address)) return false;
    *host_bits_set = false;
    for (int i = 0; i < 16; i++) {
        int kept = bits - 8 * i; /* bits of this byte that belong to the prefix */
        u8 host = kept >= 8 ? 0 : kept <= 0 ? 0xFF : (u8)(0xFF >> kept);
        low[i] = (u8)(address[i] & ~host);
        high[i] = address[i] | host;
        if (address[i] & host) *host_bits_set = true;
    }
    return true;
}

bool literal_mac(const char *text, u32 len, u64 *address)
{
    u64 sum = 0;
    if (len != 17 || (text[2] != ':' && text[2] != '-')) return false;
    for (u32 i = 0; i < 17; i++) {
        if (i % 3 == 2) {
            if (text[i] != text[2]) return false;
            continue;
        }
        int digit = hex_digit(text[i]);
        if (digit < 0) return false;
        sum = sum << 4 | (u64)digit;
    }
    *address = sum;
    return true;
}

bool literal_duration(const char *text, u32 len, u64 *hundred_ns, bool *exact)
{
    static const struct {
        const char *name;
        u64 ns;
    } unit[] = {
#define UNIT(word, ns) {word, ns},
#include "grammar/keywords.def"
    };
    u32 digits = 0;
    u64 number = 0, steps = 0;
    while (digits < len && is_digit(text[digits])) digits++;
    if (!parse_digits(text, digits, 10, &number)) return false;
    for (u32 i = 0; i < COUNT_OF(unit); i++) {
        if (strlen(unit[i].name) != len - digits || strncasecmp(unit[i].name, text + digits, len - digits) != 0)
            continue;
        if (unit[i].ns == 1) {
            *hundred_ns = number / 100;
            *exact = number % 100 == 0;
            return true;
        }
        if (__builtin_mul_overflow(number, unit[i].ns / 100, &steps)) return false;
        *hundred_ns = steps;
        *exact = true;
        return true;
    }
    return false;
}

u32 literal_escape_len(const char *text, u32 len)
{
    if (len < 2 || text[1] == '\0') return 0;
    if (text[1] == 'x') return len >= 4 && hex_digit(text[2]) >= 0 && hex_digit(text[3]) >= 0 ? 4 : 0;
    return strchr("\"'\\nrt", text[1]) ? 2 : 0;
}

static char escaped_byte(const char *text)
{
    switch (text[1]) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'x': return (char)(hex_digit(text[2]) * 16 + hex_digit(text[3]));
    default: return text[1];
    }
}

const char *literal_string(Arena *arena, const char *text, u32 len, u32 *bytes_len)
{
    if (len < 2 || (text[0] != '"' && text[0] != '\'') || text[len - 1] != text[0]) return NULL;
    char *bytes = arena_alloc(arena, len, 1);
    u32 count = 0, end = len - 1;
    for (u32 i = 1; i < end;) {
        if (text[i] == text[0]) return NULL;
        if (text[i] != '\\') {
            bytes[count++] = text[i++];
            continue;
        }
        u32 escape = literal_escape_len(text + i, end - i);
        if (escape == 0) return NULL;
        bytes[count++] = escaped_byte(text + i);
        i += escape;
    }
    *bytes_len = count;
    return bytes;
}

/* ---- dates ---- */

typedef struct {
    const char *next, *end;
} Reader;

/* Exactly `digits` digits within least..most. */
static bool read_number(Reader *in, int digits, int least, int most, int *value)
{
    int sum = 0;
    if (in->end - in->next < digits) return false;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(*in->next)) return false;
        sum = sum * 10 + (*in->next++ - '0');
    }
    *value = sum;
    return sum >= least && sum <= most;
}

static bool read_byte(Reader *in, char byte)
{
    if (in->next == in->end || *in->next != byte) return false;
    in->next++;
    return true;
}

static bool read_date(Reader *in, struct tm *tm)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0, month = 0, day = 0;
    if (!read_number(in, 4, 1, 9999, &year) || !read_byte(in, '-')) return false;
    if (!read_number(in, 2, 1, 12, &month) || !read_byte(in, '-')) return false;
    if (!read_number(in, 2, 1, 31, &day)) return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > month_days[month - 1] + (month == 2 && leap)) return false;
    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return true;
}

/* .5 is half a second: 1 to 9 digits, to nanoseconds. */
static bool read_fraction(Reader *in, int *ns)
{
    int digits = 0, sum = 0;
    for (; in->next < in->end && is_digit(*in->next); digits++) {
        if (digits == 9) return false;
        sum = sum * 10 + (*in->next++ - '0');
    }
    if (digits == 0) return false;
    for (; digits < 9; digits++) sum *= 10;
    *ns = sum;
    return true;
}

static bool read_clock(Reader *in, struct tm *tm, int *ns)
{
    if (!read_number(in, 2, 0, 23, &tm->tm_hour) || !read_byte(in, ':')) return false;
    if (!read_number(in, 2, 0, 59, &tm->tm_min)) return false;
    if (!read_byte(in, ':')) return true;
    if (!read_number(in, 2, 0, 59, &tm->tm_sec)) return false;
    return !read_byte(in, '.') || read_fraction(in, ns);
}

/* Z, +02:00 or +0200, if one is there. */
static bool read_zone(Reader *in, bool *given, int *east_s)
{
    int hours = 0, minutes = 0, sign = 1;
    *given = in->next < in->end;
    if (!*given || read_byte(in, 'Z') || read_byte(in, 'z')) return true;
    if (read_byte(in, '-'))
        sign = -1;
    else if (!read_byte(in, '+'))
        return false;
    if (!read_number(in, 2, 0, 23, &hours)) return false;
    read_byte(in, ':');
    if (!read_number(in, 2, 0, 59, &minutes)) return false;
    *east_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* mktime gives -1 both for an error and for the second before 1970, but sets tm_wday only when it worked. */
static bool local_seconds(struct tm tm, time_t *seconds)
{
    tm.tm_isdst = -1;
    tm.tm_wday = -1;
    *seconds = mktime(&tm);
    return tm.tm_wday != -1;
}

bool literal_time(const char *text, u32 len, i64 *ns_since_1970)
{
    Reader in = {text, text + len};
    struct tm tm = {0};
    bool zoned = false;
    int ns = 0, east_s = 0;
    time_t seconds = 0;
    i64 total = 0;
    if (!read_date(&in, &tm)) return false;
    if (in.next < in.end) {
        if (!read_byte(&in, ' ') && !read_byte(&in, 'T') && !read_byte(&in, 't')) return false;
        if (!read_clock(&in, &tm, &ns) || !read_zone(&in, &zoned, &east_s) || in.next != in.end) return false;
    }
    if (zoned)
        seconds = timegm(&tm) - east_s;
    else if (!local_seconds(tm, &seconds))
        return false;
    if (__builtin_mul_overflow((i64)seconds, (i64)1000000000, &total)) return false;
    if (__builtin_add_overflow(total, (i64)ns, &total)) return false;
    *ns_since_1970 = total;
    return true;
}
