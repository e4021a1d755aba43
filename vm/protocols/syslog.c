/* syslog.c - log messages: RFC 5424, and what was usual before, RFC 3164.
 *
 * Rules: "<n>", n up to 191, opens a message; what has none is all Message.  A version (up to three digits, no 0 in front),
 * a blank and the year of a time stamp, or "-" for it, make it one of RFC 5424, a time as "Oct 11 22:14:15" and a blank one
 * of RFC 3164; any other text is all Message, too.
 * RFC 5424: words with one blank between; "-" is an absent one.  Structured data that does not begin with [ is none, and the
 * message begins there; such that does not end has no message behind it.
 * RFC 3164: a host, and a tag of up to 32 bytes that ends in : or [ process ]; a word that has either is no host. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"

typedef enum { VERSION, TIME, HOST, APP, PROC, MESSAGE_ID, STRUCTURED, MESSAGE, PARTS } Part;

/* A message being read from its beginning. */
typedef struct {
    const u8 *text;
    u32 at, len; /* len: captured */
    bool more;   /* more was sent */
    bool cut;    /* reading ended where the captured bytes do, at this part */
    Part part;
    u32 from[PARTS], to[PARTS];
} Reader;

static bool is_digit(u8 byte) { return (u8)(byte - '0') < 10; }

/* The captured bytes end in this part; true: so does the message. */
static bool ends(Reader *r, Part part)
{
    r->cut = r->more;
    r->part = part;
    return !r->more;
}

static void note(Reader *r, Part part, u32 from, u32 to)
{
    r->from[part] = from;
    r->to[part] = to;
}

/* A word and the blank behind it, or the end of the message. */
static bool word(Reader *r, Part part)
{
    u32 from = r->at, to = from;
    while (to < r->len && r->text[to] != ' ') to++;
    if (to == r->len && !ends(r, part)) return false;
    if (to - from != 1 || r->text[from] != '-') note(r, part, from, to);
    r->at = MIN_OF(to + 1, r->len);
    return true;
}

/* The number in < >: its value, and where it ends. */
static bool priority(const CalcFrame *frame, u32 *behind, CalcValue *value)
{
    enum { MOST = 191, DIGITS = 3 };
    if (!have(frame, 0, 1, value) || header_of(frame)[0] != '<') return false;
    value->number = 0;
    for (u32 at = 1; at <= DIGITS + 1; at++) {
        if (!have(frame, at, 1, value)) return false;
        u8 byte = header_of(frame)[at];
        *behind = at + 1;
        if (byte == '>') return at > 1 && value->number <= MOST;
        if (!is_digit(byte)) return false;
        value->number = value->number * 10 + byte - '0';
    }
    return false;
}

/* ---- RFC 5424 ---- */

/* Does a time stamp begin there, or stand a "-" for it?  Other messages begin with a number, too: it is no version. */
static bool stamp_begins(Reader *r, u32 at)
{
    bool none = at < r->len && r->text[at] == '-';
    for (const char *want = none ? "- " : "dddd-"; *want; want++, at++) {
        if (at == r->len) {
            ends(r, VERSION);
            return false;
        }
        if (*want == 'd' ? !is_digit(r->text[at]) : r->text[at] != (u8)*want) return false;
    }
    return true;
}

/* false: there is no version, or not all that makes it one was captured. */
static bool read_version(Reader *r)
{
    u32 to = r->at;
    while (to < r->len && to - r->at < 3 && is_digit(r->text[to])) to++;
    if (to == r->len) {
        ends(r, VERSION);
        return false;
    }
    if (to == r->at || r->text[r->at] == '0' || r->text[to] != ' ' || !stamp_begins(r, to + 1)) return false;
    note(r, VERSION, r->at, to);
    r->at = to + 1;
    return true;
}

/* Moves *at behind the element that begins there with [; a quoted value may hold ] and, behind a \, ". */
static bool skip_element(const u8 *text, u32 len, u32 *at)
{
    bool quoted = false;
    for (u32 i = *at; i < len; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (text[i] == ']' && !quoted) {
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static bool read_structured(Reader *r)
{
    u32 from = r->at;
    if (from == r->len) return ends(r, STRUCTURED);
    if (r->text[from] == '-') {
        bool last = from + 1 == r->len;
        if (last || r->text[from + 1] == ' ') r->at = MIN_OF(from + 2, r->len);
        return !last || ends(r, STRUCTURED);
    }
    if (r->text[from] != '[') return true;
    note(r, STRUCTURED, from, from + 1);
    while (r->at < r->len && r->text[r->at] == '[')
        if (!skip_element(r->text, r->len, &r->at)) r->at = r->len;
    if (r->at == r->len) return ends(r, MESSAGE);
    if (r->text[r->at] == ' ') r->at++;
    return true;
}

static bool read_words(Reader *r)
{
    for (Part part = TIME; part <= MESSAGE_ID; part++)
        if (!word(r, part)) return false;
    return read_structured(r);
}

/* ---- RFC 3164 ---- */

enum { TIME_BYTES = 15, TAG_MOST = 32 };

/* "Oct 11 22:14:15", a day below 10 with a blank in front. */
static bool is_time(const u8 *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec", form[] = "xxx xd dd:dd:dd";
    for (u32 i = 3; i < TIME_BYTES; i++) {
        bool fits = form[i] == 'd'   ? is_digit(text[i])
                    : form[i] == 'x' ? is_digit(text[i]) || text[i] == ' '
                                     : text[i] == (u8)form[i];
        if (!fits) return false;
    }
    for (u32 i = 0; i < sizeof months - 1; i += 3)
        if (memcmp(text, months + i, 3) == 0) return true;
    return false;
}

/* Where what begins at `at` ends: at a blank, : or [, at the end of the message, or where it is too long. */
static u32 tag_end(const Reader *r, u32 at, u32 most)
{
    u32 end = at;
    while (end < r->len && end - at < most && r->text[end] != ' ' && r->text[end] != ':' && r->text[end] != '[') end++;
    return end;
}

/* "su: " or "sshd[42]: "; where there is no tag, nothing happens. */
static bool read_tag(Reader *r)
{
    u32 end = tag_end(r, r->at, TAG_MOST), at = end;
    if (end == r->len) return ends(r, APP);
    if (end == r->at || (r->text[end] != ':' && r->text[end] != '[')) return true;
    if (r->text[at] == '[') {
        while (at < r->len && r->text[at] != ']' && r->text[at] != ' ') at++;
        if (at == r->len) return ends(r, APP);
        if (r->text[at] == ' ') return true;
        note(r, PROC, end + 1, at++);
    }
    note(r, APP, r->at, end);
    r->at = at;
    if (r->at < r->len && r->text[r->at] == ':') r->at++;
    if (r->at == r->len) return ends(r, MESSAGE);
    if (r->text[r->at] == ' ') r->at++;
    return true;
}

/* An IPv6 address has : in the middle of it. */
static bool is_host(const Reader *r, u32 end)
{
    for (u32 at = r->at; at < end; at++)
        if (r->text[at] == '[' || (r->text[at] == ':' && at + 1 == end)) return false;
    return true;
}

static bool read_old(Reader *r)
{
    if (r->len - r->at <= TIME_BYTES) return ends(r, TIME);
    if (!is_time(r->text + r->at) || r->text[r->at + TIME_BYTES] != ' ') return true;
    note(r, TIME, r->at, r->at + TIME_BYTES);
    r->at += TIME_BYTES + 1;
    u32 end = r->at;
    while (end < r->len && r->text[end] != ' ') end++;
    if (end == r->len && !ends(r, HOST)) return false;
    if (is_host(r, end)) {
        note(r, HOST, r->at, end);
        r->at = MIN_OF(end + 1, r->len);
    }
    return read_tag(r);
}

/* ---- parts as fields ---- */

/* Finds the parts; the message begins at `at`, unless it is cut. */
static void read_parts(const CalcFrame *frame, Reader *r, CalcValue *value)
{
    *r = (Reader){.text = header_of(frame), .len = captured_of(frame), .part = PARTS};
    r->more = r->len < frame->wire_end - frame->header;
    if (priority(frame, &r->at, value)) {
        if (read_version(r))
            read_words(r);
        else if (!r->cut)
            read_old(r);
    } else {
        r->at = 0;
        if (value->cut) ends(r, VERSION);
    }
    value->cut = false;
}

static bool part_text(const CalcFrame *frame, Part part, CalcValue *value)
{
    Reader r;
    read_parts(frame, &r, value);
    value->cut = r.cut && part >= r.part;
    return r.to[part] > r.from[part] && bytes_at(frame, r.from[part], r.to[part] - r.from[part], value);
}

bool syslog_priority(const CalcFrame *frame, CalcValue *value)
{
    u32 behind;
    return priority(frame, &behind, value);
}

bool syslog_facility(const CalcFrame *frame, CalcValue *value)
{
    if (!syslog_priority(frame, value)) return false;
    value->number >>= 3;
    return true;
}

bool syslog_severity(const CalcFrame *frame, CalcValue *value)
{
    if (!syslog_priority(frame, value)) return false;
    value->number &= 7;
    return true;
}

bool syslog_version(const CalcFrame *frame, CalcValue *value)
{
    if (!part_text(frame, VERSION, value)) return false;
    value->number = 0;
    for (u32 i = 0; i < value->len; i++) value->number = value->number * 10 + value->bytes[i] - '0';
    return true;
}

bool syslog_time(const CalcFrame *frame, CalcValue *value) { return part_text(frame, TIME, value); }
bool syslog_host(const CalcFrame *frame, CalcValue *value) { return part_text(frame, HOST, value); }
bool syslog_app(const CalcFrame *frame, CalcValue *value) { return part_text(frame, APP, value); }
bool syslog_proc(const CalcFrame *frame, CalcValue *value) { return part_text(frame, PROC, value); }
bool syslog_message_id(const CalcFrame *frame, CalcValue *value) { return part_text(frame, MESSAGE_ID, value); }

/* state->at: where the next element begins. */
bool syslog_structured(const CalcFrame *frame, CalcValue *value)
{
    u32 at = value->state->at;
    if (at == 0) {
        if (!part_text(frame, STRUCTURED, value)) return false;
        at = (u32)(value->bytes - header_of(frame));
    }
    u32 from = at;
    if (!have(frame, at, 1, value) || header_of(frame)[at] != '[') return false;
    if (!skip_element(header_of(frame), captured_of(frame), &at)) {
        value->cut = frame->end < frame->wire_end;
        return false;
    }
    value->state->at = at;
    return bytes_at(frame, from, at - from, value);
}

bool syslog_structured_id(const CalcFrame *frame, CalcValue *value)
{
    if (!syslog_structured(frame, value)) return false;
    u32 len = 0;
    value->bytes++;
    while (value->bytes[len] != ' ' && value->bytes[len] != ']') len++; /* it ends in ] */
    value->len = len;
    return true;
}

static bool rest(const CalcFrame *frame, u32 at, CalcValue *value)
{
    u32 length;
    return wire_length(frame, at, &length) && payload(frame, at, length, value);
}

bool syslog_message(const CalcFrame *frame, CalcValue *value)
{
    Reader r;
    read_parts(frame, &r, value);
    value->cut = r.cut;
    return !r.cut && rest(frame, r.at, value);
}

bool syslog_text(const CalcFrame *frame, CalcValue *value)
{
    u32 at = 0;
    if (!priority(frame, &at, value)) at = 0;
    return !value->cut && rest(frame, at, value);
}

/* ---- summary ---- */

void describe_syslog(Summary *out, const CalcFrame *frame)
{
    static const NumberName facilities[] = {
        {0, "kern"},      {1, "user"},    {2, "mail"},    {3, "daemon"},  {4, "auth"},
        {5, "syslog"},    {6, "lpr"},     {7, "news"},    {8, "uucp"},    {9, "cron"},
        {10, "authpriv"}, {11, "ftp"},    {16, "local0"}, {17, "local1"}, {18, "local2"},
        {19, "local3"},   {20, "local4"}, {21, "local5"}, {22, "local6"}, {23, "local7"},
    };
    static const NumberName severities[] = {
        {0, "emerg"}, {1, "alert"}, {2, "crit"}, {3, "err"}, {4, "warning"}, {5, "notice"}, {6, "info"}, {7, "debug"},
    };
    summary_word(out, frame, "Facility=", FIELD_SYSLOG_FACILITY, facilities, COUNT_OF(facilities));
    summary_word(out, frame, "Severity=", FIELD_SYSLOG_SEVERITY, severities, COUNT_OF(severities));
    summary_value(out, frame, "Text", FIELD_SYSLOG_TEXT);
}
