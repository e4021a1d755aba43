/* pattern.c - PCRE2 as pktsift uses it: see pattern.h. */
#include "vm/pattern.h"

#include <stdio.h>

pcre2_code *pattern_compile(const u8 *pattern, size_t len, char *why, size_t size)
{
    int error;
    PCRE2_SIZE at;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (!context) {
        if (why && size) snprintf(why, size, "out of memory");
        return NULL;
    }
    pcre2_set_max_pattern_length(context, PATTERN_MAX);
    pcre2_code *code =
        pcre2_compile(len ? pattern : (const u8 *)"", len, PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &error, &at, context);
    pcre2_compile_context_free(context);
    if (!code && why && size) {
        char text[120];
        pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof text);
        snprintf(why, size, "%s, at byte %zu of the pattern", text, at);
    }
    return code;
}

pcre2_match_context *pattern_limits(void)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    if (!context) return NULL;
    pcre2_set_match_limit(context, PATTERN_STEPS_MAX);
    pcre2_set_depth_limit(context, PATTERN_STEPS_MAX);
    pcre2_set_heap_limit(context, PATTERN_HEAP_KIB_MAX);
    return context;
}

/* -- what every match holds ---------------------------------------------------------------------------------------------- */

/* A reading of the pattern from its start, item by item; groups are passed over.  What this reader does not know for certain,
 * options and verbs above all, ends it without an answer. */
typedef struct {
    const u8 *at, *end;
    bool known; /* all of it so far */
} Reading;

typedef enum {
    ITEM_BYTE,    /* matches one byte and no other */
    ITEM_START,   /* matches at the start alone */
    ITEM_ANYTHING /* may match something, or nothing */
} ItemKind;
typedef struct {
    ItemKind kind;
    u8 byte;
} Item;
typedef enum { ONCE, SOME, MAYBE } Times;

static bool is_letter(u8 c) { return (u8)((c | 0x20) - 'a') < 26; }
static bool is_digit(u8 c) { return (u8)(c - '0') < 10; }
static bool is_among(u8 c, const char *bytes) { return c && strchr(bytes, c); }
static u8 peek(const Reading *r, size_t ahead) { return (size_t)(r->end - r->at) > ahead ? r->at[ahead] : 0; }

static Item unknown(Reading *r)
{
    r->known = false;
    return (Item){ITEM_ANYTHING, 0};
}

static int hex_value(u8 c) { return is_digit(c) ? c - '0' : (u8)((c | 0x20) - 'a') < 6 ? (c | 0x20) - 'a' + 10 : -1; }

/* Behind a backslash. */
static Item escape(Reading *r)
{
    static const char controls[] = "nrtfea", bytes[] = "\n\r\t\f\x1b\a";
    u8 c = peek(r, 0);
    if (c == 'x' && hex_value(peek(r, 1)) >= 0 && hex_value(peek(r, 2)) >= 0) {
        Item item = {ITEM_BYTE, (u8)(hex_value(r->at[1]) << 4 | hex_value(r->at[2]))};
        r->at += 3;
        return item;
    }
    if (c < ' ' || c >= 0x7f) return unknown(r);
    r->at++;
    if (is_among(c, controls)) return (Item){ITEM_BYTE, (u8)bytes[strchr(controls, c) - controls]};
    if (c == 'A') return (Item){ITEM_START, 0};
    if (is_among(c, "dDwWsShHvVbBRzZ")) return (Item){ITEM_ANYTHING, 0};
    return is_letter(c) || is_digit(c) ? unknown(r) : (Item){ITEM_BYTE, c};
}

/* Inside of a class or a group: an escape that hides no more than the byte behind it. */
static void skip_escape(Reading *r)
{
    if (r->end - r->at < 2 || is_among(r->at[1], "QEc"))
        r->known = false;
    else
        r->at += 2;
}

/* "[:alpha:]" inside of a class. */
static void skip_posix(Reading *r)
{
    r->at += 2;
    if (peek(r, 0) == '^') r->at++;
    while (is_letter(peek(r, 0))) r->at++;
    if (peek(r, 0) == ':' && peek(r, 1) == ']')
        r->at += 2;
    else
        r->known = false;
}

/* At the bracket that opens a class; a closing one right behind it belongs to the class. */
static Item skip_class(Reading *r)
{
    r->at++;
    if (peek(r, 0) == '^') r->at++;
    if (peek(r, 0) == ']') r->at++;
    while (r->known && r->at < r->end && *r->at != ']') {
        if (*r->at == '\\')
            skip_escape(r);
        else if (*r->at == '[' && is_among(peek(r, 1), ":.="))
            skip_posix(r);
        else
            r->at++;
    }
    if (r->at == r->end) return unknown(r);
    r->at++;
    return (Item){ITEM_ANYTHING, 0};
}

/* At the parenthesis that opens a group; of those that begin with "(?" or "(*" only "(?:" is known. */
static Item skip_group(Reading *r)
{
    u32 depth = 0;
    do {
        u8 c = peek(r, 0);
        if (c == '(' && (peek(r, 1) == '*' || (peek(r, 1) == '?' && peek(r, 2) != ':'))) return unknown(r);
        if (c == '[') {
            skip_class(r);
        } else if (c == '\\') {
            skip_escape(r);
        } else {
            depth += c == '(';
            depth -= c == ')';
            r->at++;
        }
    } while (r->known && depth && r->at < r->end);
    return depth ? unknown(r) : (Item){ITEM_ANYTHING, 0};
}

static Item next_item(Reading *r)
{
    u8 c = *r->at;
    if (c == '(') return skip_group(r);
    if (c == '[') return skip_class(r);
    r->at++;
    if (c == '\\') return escape(r);
    if (c == '^') return (Item){ITEM_START, 0};
    if (c == '.' || c == '$') return (Item){ITEM_ANYTHING, 0};
    return is_among(c, "|)*+?{") ? unknown(r) : (Item){ITEM_BYTE, c};
}

/* "{2}", "{2,}", "{2,5}"; whatever else a brace begins is not known. */
static Times braces(Reading *r)
{
    bool none = true, digits = false;
    for (r->at++; is_digit(peek(r, 0)); r->at++, digits = true) none = none && *r->at == '0';
    if (peek(r, 0) == ',')
        for (r->at++; is_digit(peek(r, 0));) r->at++;
    if (digits && peek(r, 0) == '}')
        r->at++;
    else
        r->known = false;
    return none ? MAYBE : SOME;
}

static Times next_times(Reading *r)
{
    Times times = SOME;
    u8 c = peek(r, 0);
    if (!is_among(c, "*+?{")) return ONCE;
    if (c == '{')
        times = braces(r);
    else
        r->at++, times = c == '+' ? SOME : MAYBE;
    if (r->known && is_among(peek(r, 0), "?+")) r->at++; /* lazy, possessive */
    return times;
}

static void run_add(Required *run, u8 byte)
{
    if (run->len < REQUIRED_MAX) run->bytes[run->len++] = byte;
}

/* What stands at the start is quickest to test. */
static void run_end(Required *run, Required *best)
{
    if (run->len && !best->at_start && (run->at_start || run->len > best->len)) *best = *run;
    *run = (Required){.len = 0};
}

Required pattern_required(const u8 *pattern, size_t len)
{
    Reading r = {pattern, pattern + len, true};
    Required run = {.len = 0}, best = {.len = 0};
    while (r.known && r.at < r.end) {
        bool first = r.at == pattern;
        Item item = next_item(&r);
        Times times = r.known ? next_times(&r) : MAYBE;
        if (item.kind == ITEM_BYTE && times != MAYBE) run_add(&run, item.byte);
        if (item.kind != ITEM_BYTE || times != ONCE) run_end(&run, &best);
        if (first && item.kind == ITEM_START && times == ONCE) run.at_start = true;
    }
    run_end(&run, &best);
    bool worth_it = r.known && (best.at_start || best.len >= REQUIRED_MIN);
    return worth_it ? best : (Required){.len = 0};
}
