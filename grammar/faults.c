/* faults.c - see faults.h.
 *
 * The lexer only says "nearly an address"; here the word is taken apart to find the very characters at fault.
 * Always true: exactly one error is added for each token (one for each bad escape in a string). */
#include "grammar/faults.h"

#include "grammar/literal.h"
#include "grammar/text.h"
#include "parser.h"

#include <ctype.h>

/* A word under examination; spans within it are made by part(). */
typedef struct {
    DiagList *diags;
    const Source *source;
    const char *text;
    Span span;
} Word;

static Span part(const Word *word, u32 at, u32 len) { return (Span){word->span.at + at, len}; }

static const char *quote(const Word *word, Span span)
{
    return diag_full(word->diags) ? "" : diag_quote(word->diags->arena, word->source, span);
}

static void fail(const Word *word, Span span, const char *text, const char *hint)
{
    Diag *diag = diag_error(word->diags, span, "%s", text);
    if (hint) diag_hint(word->diags, diag, "%s", hint);
}

/* ---- stray characters ---- */

/* Characters that documents and keyboards put in the place of plain ones. */
static const char *stray_hint(u32 rune)
{
    static const struct {
        u32 first, last;
        const char *hint;
    } table[] = {{';', ';', "one filter is one expression: join tests with AND or OR"},
                 {'`', '`', "use plain quotes, \" or '"},
                 {0xA0, 0xA0, "use a plain blank"},
                 {0xAB, 0xAB, "use plain quotes, \" or '"},
                 {0xAC, 0xAC, "did you mean 'NOT'?"},
                 {0xB4, 0xB4, "use plain quotes, \" or '"},
                 {0xBB, 0xBB, "use plain quotes, \" or '"},
                 {0xD7, 0xD7, "did you mean '*'?"},
                 {0x200B, 0x200D, "it is invisible: delete it"},
                 {0x2010, 0x2015, "use a plain '-'"},
                 {0x2018, 0x201F, "use plain quotes, \" or '"},
                 {0x2026, 0x2026, "did you mean '..'?"},
                 {0x202F, 0x202F, "use a plain blank"},
                 {0x2032, 0x2033, "use plain quotes, \" or '"},
                 {0x2060, 0x2060, "it is invisible: delete it"},
                 {0x2212, 0x2212, "use a plain '-'"},
                 {0x2227, 0x2227, "did you mean 'AND'?"},
                 {0x2228, 0x2228, "did you mean 'OR'?"},
                 {0x2260, 0x2260, "did you mean '!='?"},
                 {0x2264, 0x2264, "did you mean '<='?"},
                 {0x2265, 0x2265, "did you mean '>='?"},
                 {0x3000, 0x3000, "use a plain blank"},
                 {0xFEFF, 0xFEFF, "it is invisible: delete it"}};
    for (u32 i = 0; i < COUNT_OF(table); i++)
        if (rune >= table[i].first && rune <= table[i].last) return table[i].hint;
    return NULL;
}

static int stray(const Word *word)
{
    size_t at = 0;
    u32 rune = rune_next(word->text, word->span.len, &at);
    Diag *diag;
    if (rune == '.')
        diag = diag_error(word->diags, word->span, "expected a name behind this '.'");
    else if (rune == RUNE_BAD)
        diag = diag_error(word->diags, word->span, "stray byte 0x%02X: the text is not UTF-8 here", (u8)word->text[0]);
    else if (rune < 0x20 || rune == 0x7F)
        diag = diag_error(word->diags, word->span, "stray control byte 0x%02X", rune);
    else if (rune < 0x80)
        diag = diag_error(word->diags, word->span, "stray character '%c'", (char)rune);
    else if (rune_is_shown(rune) && rune != 0xA0)
        diag = diag_error(word->diags, word->span, "stray character '%s' (U+%04X)", quote(word, word->span), rune);
    else
        diag = diag_error(word->diags, word->span, "stray character U+%04X", rune);
    const char *hint = stray_hint(rune);
    if (hint) diag_hint(word->diags, diag, "%s", hint);
    return 0;
}

static int fancy_string(const Word *word)
{
    size_t at = 0;
    u32 rune = rune_next(word->text, word->span.len, &at);
    Diag *diag = diag_error(word->diags, word->span, "'%s' (U+%04X) does not begin a string",
                            quote(word, part(word, 0, (u32)at)), rune);
    diag_hint(word->diags, diag, "use plain quotes, \" or '");
    return TOK_HOLE;
}

/* Behind a name it is left out, and the name stands for the whole; alone it was meant as a value. */
static int square_brackets(const Word *word)
{
    char before = word->span.at > 0 ? word->text[-1] : ' ';
    if (word->text[0] == '$') {
        fail(word, word->span, "properties with a key, such as Property.Name$[key], are not part of the language",
             NULL);
        return 0;
    }
    if (isalnum((u8)before) || before == '_' || before == ')') {
        bool quoted = word->span.len > 1 && (word->text[1] == '"' || word->text[1] == '\'');
        fail(word, word->span, "square brackets behind a name are not part of the language",
             quoted ? "a line is named behind a dot, without '-' and '_': HTTP.Request.HeaderFields.UserAgent"
                    : "bytes are read with Blob(bytes, offset, length) or UINT16(bytes, offset)");
        return 0;
    }
    fail(word, word->span, "square brackets are not part of the language",
         memchr(word->text, ':', word->span.len) ? "an IPv6 address stands without brackets"
                                                 : "a set is written in braces: TCP.Port IN {80, 443}");
    return TOK_HOLE;
}

/* ---- operators of other languages ---- */

static int misspelt(const Word *word)
{
    static const struct {
        const char *text;
        int kind;
        const char *meant;
    } table[] = {{"=", TOK_EQ, "=="},  {":=", TOK_EQ, "=="}, {"===", TOK_EQ, "=="}, {"!==", TOK_NE, "!="},
                 {"<>", TOK_NE, "!="}, {"=<", TOK_LE, "<="}, {"=>", TOK_GE, ">="}};
    for (u32 i = 0; i < COUNT_OF(table); i++) {
        if (strlen(table[i].text) != word->span.len || memcmp(table[i].text, word->text, word->span.len) != 0) continue;
        Diag *diag = diag_error(word->diags, word->span, "'%s' is no operator: use '%s' to compare", table[i].text,
                                table[i].meant);
        diag_hint(word->diags, diag, "did you mean '%s'?", table[i].meant);
        return table[i].kind;
    }
    return 0;
}

/* ---- strings ---- */

static int open_string(const Word *word)
{
    u32 len = word->span.len, end = word->span.at + len;
    while (len > 1 && word->text[len - 1] == '\r') len--;
    Diag *diag =
        diag_error(word->diags, part(word, 0, len), "this string has no closing %c on its line", word->text[0]);
    if (end < word->source->len) diag_hint(word->diags, diag, "a line break inside a string is written \\n");
    return TOK_HOLE;
}

static void bad_escape(const Word *word, u32 at, u32 len)
{
    if (word->text[at + 1] == 'x') {
        fail(word, part(word, at, 2), "'\\x' needs two hex digits behind it", "a byte is written \\x41");
        return;
    }
    size_t next = at + 1;
    rune_next(word->text, len, &next);
    Span span = part(word, at, (u32)next - at);
    Diag *diag = diag_error(word->diags, span, "unknown escape '%s' in a string", quote(word, span));
    diag_hint(word->diags, diag, "a backslash is written \\\\; the other escapes are \\\" \\' \\n \\r \\t \\xHH");
}

static int bad_string(const Word *word)
{
    u32 end = word->span.len - 1;
    for (u32 i = 1; i < end; i++) {
        if (word->text[i] != '\\') continue;
        u32 escape = literal_escape_len(word->text + i, end - i);
        if (escape == 0) bad_escape(word, i, end);
        i += MAX_OF(escape, 2) - 1;
    }
    return TOK_HOLE;
}

/* ---- numbers ---- */

static u32 count_digits(const char *text, u32 len)
{
    u32 count = 0;
    while (count < len && isdigit((u8)text[count])) count++;
    return count;
}

static u32 count_byte(const char *text, u32 len, char byte)
{
    u32 count = 0;
    for (u32 i = 0; i < len; i++) count += text[i] == byte;
    return count;
}

/* Position of the first byte that is neither a hex digit nor in `also`; len when there is none. */
static u32 first_not_hex(const char *text, u32 from, u32 len, const char *also)
{
    while (from < len && (isxdigit((u8)text[from]) || (text[from] && strchr(also, text[from])))) from++;
    return from;
}

static void not_hex(const Word *word, u32 at, const char *where)
{
    diag_error(word->diags, part(word, at, 1), "'%c' is not a hex digit, in %s", word->text[at], where);
}

static void bad_hex(const Word *word)
{
    if (word->span.len == 2)
        fail(word, word->span, "'0x' needs hex digits behind it", NULL);
    else
        not_hex(word, first_not_hex(word->text, 2, word->span.len, ""), "a number that begins with 0x");
}

static void bad_dotted(const Word *word, u32 dots)
{
    if (dots == 1) {
        fail(word, word->span, "numbers have no fraction here", "take a smaller unit: 1500ms is 1.5 seconds");
        return;
    }
    if (dots == 3) {
        diag_error(word->diags, word->span, "'%s' is not an IPv4 address", quote(word, word->span));
        return;
    }
    Diag *diag = diag_error(word->diags, word->span, "an IPv4 address has 4 numbers, this has %u", dots + 1);
    if (dots < 3) diag_hint(word->diags, diag, "a network is written 192.168.0.0/16");
}

static bool is_unit(const char *text, u32 len)
{
    u64 steps;
    bool exact;
    char one[8] = "1"; /* is "1min" a time? */
    if (len == 0 || len > 3) return false;
    memcpy(one + 1, text, len);
    return literal_duration(one, len + 1, &steps, &exact);
}

static void bad_unit(const Word *word, u32 digits)
{
    Span unit = part(word, digits, word->span.len - digits);
    if (is_unit(word->text + digits, unit.len)) {
        fail(word, word->span, "this time is too long to be counted in 100 ns steps of 64 bits", NULL);
        return;
    }
    bool hex = first_not_hex(word->text, 0, word->span.len, "") == word->span.len;
    if (hex || !isalpha((u8)word->text[digits])) {
        Diag *diag = diag_error(word->diags, word->span, "'%s' is not a number", quote(word, word->span));
        if (hex && word->text[0] != '0')
            diag_hint(word->diags, diag, "hex numbers begin with 0x: 0x%s", quote(word, word->span));
        else
            diag_hint(word->diags, diag, "numbers are decimal, or hex with 0x in front");
        return;
    }
    Diag *diag = diag_error(word->diags, unit, "unknown unit '%s' behind a number", quote(word, unit));
    diag_hint(word->diags, diag, "units of time are ns us ms s min h d");
}

static int bad_number(const Word *word)
{
    const char *text = word->text;
    u32 digits = count_digits(text, word->span.len), dots = count_byte(text, word->span.len, '.');
    if (text[0] == '0' && word->span.len > 1 && (text[1] | 0x20) == 'x')
        bad_hex(word);
    else if (dots > 0)
        bad_dotted(word, dots);
    else if (digits == word->span.len)
        fail(word, word->span, "this number does not fit in 64 bits", "longer values are written in hex: 0x...");
    else
        bad_unit(word, digits);
    return TOK_HOLE;
}

/* ---- addresses ---- */

/* Says what is wrong with the octets in text[at..at+len); false when nothing is. */
static bool bad_octets(const Word *word, u32 at, u32 len)
{
    for (u32 from = at, end = at + len; from < end; from++) {
        u32 digits = count_digits(word->text + from, end - from);
        Span octet = part(word, from, digits);
        if (digits > 1 && word->text[from] == '0') {
            fail(word, octet, "a number of an IPv4 address has no leading zero", "some tools read it as octal");
            return true;
        }
        u64 value = 0;
        if (!literal_int(word->text + from, digits, &value) || value > 255) {
            diag_error(word->diags, octet, "'%s' is above 255, in an IPv4 address", quote(word, octet));
            return true;
        }
        from += digits;
    }
    return false;
}

/* What stands behind the '/' at text[slash]. */
static void bad_prefix_len(const Word *word, u32 slash, u32 most)
{
    u32 len = word->span.len - slash - 1;
    Span number = part(word, slash + 1, len);
    if (count_byte(word->text + slash, len, '.') > 0)
        fail(word, number, "expected a prefix length behind '/', found a mask",
             "255.255.255.0 is /24, 255.255.0.0 is /16");
    else if (count_digits(word->text + slash + 1, len) != len)
        diag_error(word->diags, number, "expected a prefix length behind '/', found '%s'", quote(word, number));
    else if (len > 1 && word->text[slash + 1] == '0')
        fail(word, number, "a prefix length has no leading zero", NULL);
    else
        diag_error(word->diags, number, "a prefix length is at most %u, this is %s", most, quote(word, number));
}

static void bad_ipv4(const Word *word)
{
    const char *slash = memchr(word->text, '/', word->span.len);
    u32 len = slash ? (u32)(slash - word->text) : word->span.len;
    u32 dots = count_byte(word->text, len, '.');
    if (dots != 3) {
        Diag *diag = diag_error(word->diags, word->span, "an IPv4 prefix has 4 numbers, this has %u", dots + 1);
        diag_hint(word->diags, diag, "write %s%s%s", quote(word, part(word, 0, len)), dots == 1 ? ".0.0" : ".0",
                  quote(word, part(word, len, word->span.len - len)));
        return;
    }
    if (!bad_octets(word, 0, len)) bad_prefix_len(word, len, 32);
}

static void bad_endpoint(const Word *word, const char *colon)
{
    u32 len = (u32)(colon - word->text);
    Diag *diag = diag_error(word->diags, word->span, "'%s' is an address and a port", quote(word, word->span));
    diag_hint(word->diags, diag, "test them one by one: IPv4.Address == %s AND TCP.Port == %s",
              quote(word, part(word, 0, len)), quote(word, part(word, len + 1, word->span.len - len - 1)));
}

/* A word of groups between ':' or '-', counted. */
typedef struct {
    u32 count, longest, shortest; /* groups, and their digits */
    u32 longest_at;               /* where it begins */
    u32 doubles, second_double;   /* places with '::', and where the second is */
    u32 triple;                   /* where ':::' is, or len */
} Groups;

static Groups count_groups(const char *text, u32 len, char joint)
{
    Groups g = {.shortest = UINT32_MAX, .triple = len};
    for (u32 at = 0; at <= len;) {
        u32 from = at;
        while (at < len && text[at] != joint) at++;
        u32 digits = at - from;
        g.count += digits > 0;
        g.shortest = MIN_OF(g.shortest, digits);
        if (digits > g.longest) g.longest = digits, g.longest_at = from;
        if (at + 1 < len && text[at + 1] == joint) {
            if (at + 2 < len && text[at + 2] == joint) g.triple = MIN_OF(g.triple, at);
            if (++g.doubles == 2) g.second_double = at;
        }
        at++;
    }
    return g;
}

/* Groups of two digits, about six of them, and no '::'. */
static bool looks_like_mac(const Groups *g)
{
    return g->doubles == 0 && g->shortest > 0 && g->longest <= 2 && g->count >= 4 && g->count <= 7;
}

static void bad_mac(const Word *word, u32 len, const Groups *g)
{
    if (len < word->span.len)
        fail(word, part(word, len, word->span.len - len), "a MAC address has no prefix or zone", NULL);
    else if (g->count != 6)
        diag_error(word->diags, word->span, "a MAC address has 6 groups of two hex digits, this has %u", g->count);
    else
        fail(word, word->span, "every group of a MAC address has two hex digits", NULL);
}

static void bad_group_count(const Word *word, u32 len, const Groups *g, u32 groups)
{
    Diag *diag = diag_error(word->diags, part(word, 0, len), "an IPv6 address has 8 groups, this has %u%s", groups,
                            g->doubles ? " and '::'" : "");
    if (!g->doubles && groups < 8) diag_hint(word->diags, diag, "'::' stands for groups of zeros");
}

/* Faults in the IPv4 part text[at..len) of an IPv6 address; false when there are none. */
static bool bad_quad_part(const Word *word, u32 at, u32 len)
{
    if (count_byte(word->text + at, len - at, '.') == 3 && count_digits(word->text + len - 1, 1) == 1)
        return bad_octets(word, at, len - at);
    fail(word, part(word, at, len - at), "the IPv4 part of an IPv6 address has 4 numbers", NULL);
    return true;
}

/* Faults in the ':' of text[0..len); false when there are none. */
static bool bad_joints(const Word *word, u32 len, const Groups *g)
{
    bool begins = len > 1 && word->text[0] == ':' && word->text[1] != ':';
    bool ends = word->text[len - 1] == ':' && word->text[len - 2] != ':';
    if (g->triple < len)
        fail(word, part(word, g->triple, 3), "':::' cannot stand in an address", NULL);
    else if (g->doubles > 1)
        fail(word, part(word, g->second_double, 2), "'::' can stand only once in an address", NULL);
    else if (begins || ends)
        fail(word, part(word, begins ? 0 : len - 1, 1), "a single ':' cannot begin or end an address", NULL);
    else
        return false;
    return true;
}

/* Where the IPv4 part of text[0..len) begins, in ::ffff:10.0.0.1; len when there is none. */
static u32 quad_part(const char *text, u32 len)
{
    const char *dot = memchr(text, '.', len);
    if (!dot) return len;
    u32 at = (u32)(dot - text);
    while (at > 0 && text[at - 1] != ':') at--;
    return at;
}

/* The address in text[0..len), without prefix and zone; false when it is good. */
static bool bad_ipv6(const Word *word, u32 len)
{
    u32 quad = quad_part(word->text, len), odd = first_not_hex(word->text, 0, quad, ":");
    bool has_quad = quad < len;
    if (odd < quad) {
        not_hex(word, odd, "an IPv6 or MAC address");
        return true;
    }
    /* A ':' before the IPv4 part joins it to the groups; only a '::' counts as one of theirs. */
    u32 hex_len = has_quad && quad > 1 && word->text[quad - 2] != ':' ? quad - 1 : quad;
    Groups g = count_groups(word->text, hex_len, ':');
    u32 groups = g.count + (has_quad ? 2 : 0);
    if (bad_joints(word, hex_len, &g)) return true;
    if (!has_quad && looks_like_mac(&g)) {
        bad_mac(word, len, &g);
        return true;
    }
    if (g.longest > 4) {
        fail(word, part(word, g.longest_at, g.longest), "a group of an IPv6 address has at most 4 hex digits", NULL);
        return true;
    }
    if (has_quad && bad_quad_part(word, quad, len)) return true;
    if (g.doubles ? groups <= 7 : groups == 8) return false;
    bad_group_count(word, len, &g, groups);
    return true;
}

static void bad_colons(const Word *word)
{
    u32 len = 0;
    while (len < word->span.len && word->text[len] != '/' && word->text[len] != '%') len++;
    if (bad_ipv6(word, len)) return;
    if (len == word->span.len)
        diag_error(word->diags, word->span, "'%s' is not an IPv6 address", quote(word, word->span));
    else if (word->text[len] == '%')
        fail(word, part(word, len, word->span.len - len), "frames carry no zone: leave it out", NULL);
    else
        bad_prefix_len(word, len, 128);
}

static void bad_dashes(const Word *word)
{
    u32 odd = first_not_hex(word->text, 0, word->span.len, "-");
    if (odd < word->span.len) {
        not_hex(word, odd, "a MAC address");
        return;
    }
    Groups g = count_groups(word->text, word->span.len, '-');
    bad_mac(word, word->span.len, &g);
}

static int bad_address(const Word *word)
{
    u32 colons = count_byte(word->text, word->span.len, ':');
    if (colons >= 2)
        bad_colons(word);
    else if (colons == 1)
        bad_endpoint(word, memchr(word->text, ':', word->span.len));
    else if (memchr(word->text, '.', word->span.len))
        bad_ipv4(word);
    else
        bad_dashes(word);
    return TOK_HOLE;
}

int fault_report(const Source *source, DiagList *diags, Token token)
{
    Word word = {diags, source, source->text + token.span.at, token.span};
    switch (token.kind) {
    case LEX_STRAY: return stray(&word);
    case LEX_OPEN_STRING: return open_string(&word);
    case LEX_BAD_STRING: return bad_string(&word);
    case LEX_FANCY_STRING: return fancy_string(&word);
    case LEX_BAD_NUMBER: return bad_number(&word);
    case LEX_BAD_ADDRESS: return bad_address(&word);
    case LEX_MISSPELT: return misspelt(&word);
    case LEX_BRACKETS: return square_brackets(&word);
    default: /* LEX_OPEN_COMMENT */ fail(&word, token.span, "this comment has no end: expected '*/'", NULL); return 0;
    }
}
