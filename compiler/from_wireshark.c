/* from_wireshark.c - a display filter of Wireshark's in our language, and its names one by one.
 *
 * Asked when a filter did not compile.  Much of that language is ours with other names; what is not are operators in letters
 * (eq, gt), slices (frame[12:2]), true and false, bytes with colons, patterns that do not care for case.  Always true: true is
 * given only for text that is such a filter from end to end. */
#include "compiler/foreign.h"
#include "grammar/literal.h"

#include <ctype.h>
#include <strings.h>
#include <time.h>

static const struct {
    const char *name, *ours;
} other_names[] = {
#define WIRESHARK(name, ours) {name, ours},
#include "compiler/peers.def"
};

/* ---- names ---- */

/* What a name is here. */
typedef struct {
    const char *ours; /* full name; NULL: it is none that is known */
    int type;         /* of the field; TYPE_BOOL for a protocol */
    int proto;        /* of a protocol, else -1 */
    u32 times, plus;
    bool exists; /* there or not there, without a value */
    bool part;   /* theirs has the values of several of ours */
    bool signs;  /* a byte that has a sign here, and none there */
} Meaning;

/* Is the name one of those in "a or b & 0xff"?  Wireshark's names are in lower case; somebody who types one may not be. */
static bool names_have(const char *names, Word word)
{
    for (const char *at = names; at;) {
        size_t len = strcspn(at, " ");
        if (len == word.len && strncasecmp(at, word.at, len) == 0) return true;
        at = strstr(at, " or ");
        if (at) at += strlen(" or ");
    }
    return false;
}

static bool find_field(Arena *arena, Word word, bool exists, Meaning *out)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        const PeerField *peer = &peer_field[f];
        const FieldInfo *info = &field_info[f];
        bool part = peer->wireshark && strchr(peer->wireshark, '&') && peer->times > 1;
        if (!peer->wireshark || part || peer->digits || peer->exists != exists || !names_have(peer->wireshark, word))
            continue;
        int type = info->kind == FIELD_IS_PAIR ? field_info[info->first].type : info->type;
        *out = (Meaning){.ours = arena_print(arena, "%s.%s", proto_info[info->proto].name, info->name),
                         .type = type,
                         .proto = -1,
                         .times = MAX_OF(peer->times, 1u),
                         .exists = peer->exists,
                         .part = peer->part,
                         .signs = peer->no_sign};
        return true;
    }
    return false;
}

/* A header line: http.user_agent is HTTP.Request.HeaderFields.UserAgent. */
static bool find_key(Arena *arena, Word word, Meaning *out)
{
    FieldId field = peer_keyed(word.at, word.len);
    if (field == FIELD_COUNT) return false;
    const FieldInfo *info = &field_info[field];
    const char *end = word.at + word.len, *at = memchr(word.at, '.', word.len);
    Text line = {.arena = arena};
    bool begins = true;
    while (at && ++at < end) {
        char byte = (char)(begins ? toupper((u8)*at) : tolower((u8)*at));
        begins = byte == '_';
        if (!begins) text_add(&line, &byte, 1);
    }
    *out = (Meaning){.ours = arena_print(arena, "%s.%s.%s", proto_info[info->proto].name, info->name, text_str(&line)),
                     .type = info->type,
                     .proto = -1,
                     .times = 1};
    return true;
}

static bool find_meta(Arena *arena, Word word, Meaning *out)
{
    for (int m = 0; m < META_COUNT; m++) {
        if (!peer_meta[m].wireshark || !names_have(peer_meta[m].wireshark, word)) continue;
        *out = (Meaning){.ours = arena_print(arena, "FrameVariable.%s", meta_info[m].name),
                         .type = meta_info[m].type,
                         .proto = -1,
                         .times = 1,
                         .plus = peer_meta[m].plus};
        return true;
    }
    return false;
}

static bool find_proto(Word word, Meaning *out)
{
    for (int p = 0; p < PROTO_COUNT; p++) {
        if (!peer_proto[p].wireshark || !names_have(peer_proto[p].wireshark, word)) continue;
        *out = (Meaning){.ours = proto_info[p].name, .type = TYPE_BOOL, .proto = p, .times = 1};
        return true;
    }
    return false;
}

/* Names that Wireshark had before, and takes to this day. */
static Word name_today(Arena *arena, Word word)
{
    static const struct {
        const char *was, *is;
    } renamed[] = {{"ssl.", "tls."}, {"bootp.", "dhcp."}};
    for (size_t i = 0; i < COUNT_OF(renamed); i++) {
        size_t len = strlen(renamed[i].was);
        if (word.len <= len || strncasecmp(word.at, renamed[i].was, len) != 0) continue;
        const char *name = arena_print(arena, "%s%.*s", renamed[i].is, (int)(word.len - len), word.at + len);
        return (Word){name, strlen(name)};
    }
    return word;
}

/* A field that has the value before a structure that is there wherever it is. */
static bool find(Arena *arena, Word word, Meaning *out)
{
    word = name_today(arena, word);
    return find_field(arena, word, false, out) || find_field(arena, word, true, out) || find_key(arena, word, out) ||
           find_meta(arena, word, out) || find_proto(word, out);
}

/* A row for a name without a counterpart stands for all that begin with it and a dot. */
static const char *const *find_other(Word word)
{
    for (size_t i = 0; i < COUNT_OF(other_names); i++) {
        size_t len = strlen(other_names[i].name);
        bool whole = word.len == len || (word.len > len && word.at[len] == '.' && !other_names[i].ours);
        if (whole && strncasecmp(other_names[i].name, word.at, len) == 0) return &other_names[i].ours;
    }
    return NULL;
}

bool wireshark_name(Arena *arena, const char *name, size_t len, WiresharkName *out)
{
    Word word = {name, len};
    Meaning meaning;
    *out = (WiresharkName){0};
    if (find(arena, word, &meaning)) {
        out->ours = meaning.ours;
        if (meaning.times > 1) out->remark = arena_print(arena, "Wireshark's number is %u times that", meaning.times);
        if (meaning.part) out->remark = "Wireshark's is of all sections of a message, this of one";
        if (meaning.signs) out->remark = "it has a sign, Wireshark's number has none: 255 is -1";
        if (meaning.plus) out->remark = "it counts from 0, Wireshark from 1";
        if (meaning.type == TYPE_DURATION) out->remark = "it takes 1s, 20ms";
        if (meaning.type == TYPE_TIME) out->remark = "it takes \"2014-10-25 23:32:00\"";
        return true;
    }
    const char *const *other = find_other(word);
    if (!other) return false;
    out->ours = *other;
    return true;
}

/* ---- text to words ---- */

typedef struct {
    Arena *arena;
    const char *at, *end;
    const char *why;
    u32 depth, tests;
    bool sliced; /* inside [ ]: ':' and '-' stand between numbers */
} Reader;

static bool is_text(Word word)
{
    return word.len >= 2 && (word.at[0] == '"' || (word.at[0] == 'r' && word.at[1] == '"'));
}

static bool word_byte(const Reader *r, const char *from, const char *at)
{
    char byte = *at;
    if (isalnum((u8)byte) || byte == '_') return true;
    if (byte == '.') return at + 1 < r->end && at[1] != '.' && (at == from || at[-1] != '.');
    if (byte == '-') return !r->sliced && at > from && isxdigit((u8)*from) && at + 2 < r->end && isxdigit((u8)at[1]);
    return !r->sliced && (byte == ':' || (byte == '/' && isxdigit((u8)*from)));
}

static Word look(const Reader *r)
{
    static const char *const triples[] = {"===", "!==", NULL};
    static const char *const doubles[] = {"&&", "||", "==", "!=", "<=", ">=", "^^", "..", NULL};
    const char *at = r->at;
    while (at < r->end && isspace((u8)*at)) at++;
    if (at == r->end) return (Word){at, 0};
    const char *from = at;
    bool raw = *at == 'r' && at + 1 < r->end && at[1] == '"';
    if (*at == '"' || raw) {
        for (at += raw + 1; at < r->end && *at != '"'; at++)
            if (*at == '\\' && !raw && at + 1 < r->end) at++;
        return at < r->end ? (Word){from, (size_t)(at + 1 - from)} : (Word){from, 1};
    }
    bool begins = isalnum((u8)*at) || *at == '_' || (!r->sliced && *at == ':');
    while (begins && at < r->end && word_byte(r, from, at)) at++;
    if (at > from) return (Word){from, (size_t)(at - from)};
    size_t left = (size_t)(r->end - at);
    Word three = {at, MIN_OF(left, (size_t)3)}, two = {at, MIN_OF(left, (size_t)2)};
    if (word_is_any(three, triples)) return three;
    return word_is_any(two, doubles) ? two : (Word){at, 1};
}

static Word take(Reader *r)
{
    Word word = look(r);
    r->at = word.at + word.len;
    return word;
}

static bool accept(Reader *r, const char *text)
{
    if (!word_is(look(r), text)) return false;
    take(r);
    return true;
}

static Made cannot(Reader *r, const char *why)
{
    if (!r->why) r->why = why;
    return (Made){"-", MADE_TEST};
}

/* ---- values ---- */

/* One side of a comparison. */
typedef struct {
    bool literal;
    Word word;   /* literal: as it was written */
    Meaning is;  /* else: what it is, */
    bool bytes;  /* as bytes, ... */
    u32 width;   /* ... so many */
    bool masked; /* & was applied: alone it asks for more than 0 */
} Side;

static bool side(Reader *r, Side *out);

/* Bytes of the frame where Wireshark has a header's field, for slices of addresses. */
static const char *fixed_bytes(Arena *arena, const Meaning *is, u32 from, u32 width)
{
    static const struct {
        const char *ours;
        u32 byte;
    } places[] = {{"Ethernet.DestinationAddress", 0}, {"Ethernet.SourceAddress", 6}, {"Ethernet", 0}};
    if (is->type == TYPE_BYTES) return arena_print(arena, "Blob(%s, %u, %u)", is->ours, from, width);
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (strcmp(places[i].ours, is->ours) == 0)
            return arena_print(arena, "Blob(FrameData, %u, %u)", places[i].byte + from, width);
    return NULL;
}

/* Of a protocol's bytes, those that a field of ours has; behind UDP's header its payload. */
static const char *header_bytes(Arena *arena, int proto, u32 from, u32 width)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        if (info->kind != FIELD_IS_NUMBER || info->proto != proto || info->shift || info->width > 8) continue;
        if (info->byte == from && info->width == width && info->mask == ((u64)1 << (8 * width)) - 1 && width < 8)
            return arena_print(arena, "%s.%s", proto_info[proto].name, info->name);
    }
    if (proto == PROTO_UDP && from >= 8) return arena_print(arena, "Blob(UDP.UDPPayload, %u, %u)", from - 8, width);
    return NULL;
}

/* [offset:length], [first-last], [offset], [:length]; in brackets that were opened. */
static bool slice_bounds(Reader *r, u32 *from, u32 *width)
{
    u64 a = 0, b = 1;
    bool front = word_is(look(r), ":");
    if (!front && (!word_number(take(r), &a) || a > 100000)) return false;
    if (accept(r, ":")) {
        if (!word_number(take(r), &b)) return false;
    } else if (accept(r, "-")) {
        if (!word_number(take(r), &b) || b < a) return false;
        b = b - a + 1;
    }
    *from = (u32)a;
    *width = (u32)b;
    return b > 0 && b < 1000;
}

static bool slice(Reader *r, Side *s)
{
    u32 from, width;
    r->sliced = true;
    take(r);
    bool good = slice_bounds(r, &from, &width);
    bool closed = word_is(look(r), "]");
    r->sliced = false;
    if (!good || !closed) return false;
    take(r);
    const char *bytes = fixed_bytes(r->arena, &s->is, from, width);
    if (!bytes && s->is.proto >= 0) bytes = header_bytes(r->arena, s->is.proto, from, width);
    if (!bytes && strcmp(s->is.ours, "Ethernet.Address") == 0) bytes = "-";
    if (!bytes) cannot(r, arena_print(r->arena, "%s has no bytes of its own here that could be cut", s->is.ours));
    s->is.ours = bytes ? bytes : "-";
    s->is.type = TYPE_BYTES;
    s->is.proto = -1;
    s->bytes = true;
    s->width = width;
    return true;
}

static bool call(Reader *r, Word name, Side *out)
{
    take(r);
    if (!side(r, out) || out->literal || !accept(r, ")")) return false;
    const char *method = word_is(name, "len") ? "Length" : word_is(name, "lower") ? "ToLower" : NULL;
    if (!method) {
        cannot(r, arena_print(r->arena, "there is no function here like Wireshark's %s()", word_copy(r->arena, name)));
        return true;
    }
    out->is.ours = arena_print(r->arena, "%s.%s", out->is.ours, method);
    if (word_is(name, "len")) out->is.type = TYPE_NUMBER;
    return true;
}

static bool named(Reader *r, Word word, Side *out)
{
    Meaning *is = &out->is;
    for (size_t i = 0; i < word.len; i++)
        if (isupper((u8)word.at[i])) return false; /* no filter that Wireshark would take */
    if (word_is(word, "frame")) {
        *is = (Meaning){.ours = "FrameData", .type = TYPE_BYTES, .proto = -1, .times = 1};
        return true;
    }
    if (find(r->arena, word, is)) return true;
    const char *const *other = find_other(word);
    if (!other) return false;
    const char *name = word_copy(r->arena, word);
    *is = (Meaning){.ours = *other ? *other : "-", .type = TYPE_NUMBER, .proto = -1, .times = 1};
    if (!*other) cannot(r, arena_print(r->arena, "nothing here corresponds to %s", name));
    return true;
}

static bool is_true(Word word) { return word_is(word, "true") || word_is(word, "True") || word_is(word, "TRUE"); }
static bool is_false(Word word) { return word_is(word, "false") || word_is(word, "False") || word_is(word, "FALSE"); }

/* Numbers, addresses, bytes: what begins with a digit or has colons; and words for them. */
static bool is_literal(Word word)
{
    bool hex = word.len > 0;
    for (size_t i = 0; i < word.len; i++) hex &= isxdigit((u8)word.at[i]) || word.at[i] == ':' || word.at[i] == '-';
    return is_text(word) || isdigit((u8)word.at[0]) || word.at[0] == ':' || is_true(word) || is_false(word) ||
           (hex && (memchr(word.at, ':', word.len) || memchr(word.at, '-', word.len)));
}

static bool masked(Reader *r, Side *out)
{
    u64 mask;
    take(r);
    if (!word_number(take(r), &mask)) return false;
    bool number = type_is_number(out->is.type) || (out->bytes && out->width <= 8);
    if (out->is.times != 1 || out->is.plus || !number) {
        cannot(r, arena_print(r->arena, "bits of %s are others here", out->is.ours));
        return true;
    }
    out->is.ours = arena_print(r->arena, "(%s & 0x%llx)", out->is.ours, (unsigned long long)mask);
    out->is.proto = -1;
    out->is.type = TYPE_NUMBER;
    out->bytes = false;
    out->masked = true;
    return true;
}

static bool side(Reader *r, Side *out)
{
    *out = (Side){0};
    Word word = take(r);
    if (word.len == 0) return false;
    if (word_is(word, "-") && isdigit((u8)*look(r).at)) {
        Word number = take(r);
        *out = (Side){.literal = true, .word = {word.at, (size_t)(number.at + number.len - word.at)}};
        return true; /* the sign belongs to it */
    }
    *out = (Side){.literal = is_literal(word), .word = word};
    if (out->literal) return true;
    if (!isalpha((u8)word.at[0]) && word.at[0] != '_') return false;
    if (word_is(look(r), "(")) return call(r, word, out);
    if (!named(r, word, out)) return false;
    if (word_is(look(r), "#")) {
        take(r);
        take(r);
        cannot(r, "one of several headers is asked for by its path: Frame.Ethernet.IPv4.IPv4.SourceAddress");
    }
    if (word_is(look(r), "[") && !slice(r, out)) return false;
    if (word_is(look(r), "&")) return masked(r, out);
    return true;
}

/* ---- literals in our spelling ---- */

/* The bytes between quotes, escapes taken out; then put in as we have them. */
static const char *quoted(Reader *r, Word word, bool any_case)
{
    Text text = {.arena = r->arena};
    bool raw = word.at[0] == 'r';
    size_t begin = raw ? 2 : 1;
    bool told = word.len > begin + 2 && memcmp(word.at + begin, "(?", 2) == 0; /* which case it cares for, as a rule */
    text_print(&text, any_case && !told ? "\"(?i)" : "\"");
    for (size_t i = begin; i + 1 < word.len; i++) {
        char byte = word.at[i];
        if (byte == '\\' && !raw && i + 2 < word.len) {
            char next = word.at[++i];
            if (next == 'x' || next == 'n' || next == 'r' || next == 't' || next == '"' || next == '\\')
                text_print(&text, "\\%c", next);
            else
                text_print(&text, "\\\\%c", next); /* of a pattern, such as \. */
        } else if (byte == '\\' || byte == '"') {
            text_print(&text, "\\%c", byte);
        } else {
            text_add(&text, &byte, 1);
        }
    }
    text_print(&text, "\"");
    return text_str(&text);
}

/* Decimal seconds as steps of 100 ns; false when there are more digits than that. */
static bool seconds(Word word, i64 *steps)
{
    bool negative = word.len && word.at[0] == '-';
    u64 whole = 0, fraction = 0, unit = 10000000;
    size_t i = negative;
    for (; i < word.len && isdigit((u8)word.at[i]); i++) whole = whole * 10 + (u64)(word.at[i] - '0');
    if (i < word.len && word.at[i] != '.') return false;
    for (i++; i < word.len; i++) {
        if (!isdigit((u8)word.at[i])) return false;
        if (unit == 1 && word.at[i] != '0') return false;
        if (unit > 1) unit /= 10, fraction += (u64)(word.at[i] - '0') * unit;
    }
    if (whole > 9000000000u) return false;
    *steps = (i64)(whole * 10000000 + fraction) * (negative ? -1 : 1);
    return true;
}

static const char *duration_text(Arena *arena, i64 steps)
{
    static const struct {
        i64 steps;
        const char *unit;
    } units[] = {{10000000, "s"}, {10000, "ms"}, {10, "us"}};
    const char *sign = steps < 0 ? "-" : "";
    u64 size = (u64)(steps < 0 ? -steps : steps);
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (size && size % (u64)units[i].steps == 0)
            return arena_print(arena, "%s%llu%s", sign, (unsigned long long)(size / (u64)units[i].steps),
                               units[i].unit);
    return size ? arena_print(arena, "%s%llu00ns", sign, (unsigned long long)size) : "0";
}

static const char *time_text(Arena *arena, i64 steps)
{
    time_t second = (time_t)(steps / 10000000);
    u32 fraction = (u32)(steps % 10000000);
    struct tm tm;
    char date[40];
    if (steps < 0 || !gmtime_r(&second, &tm)) return NULL;
    strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm);
    if (!fraction) return arena_print(arena, "\"%sZ\"", date);
    u32 digits = 7;
    while (fraction % 10 == 0) fraction /= 10, digits--;
    return arena_print(arena, "\"%s.%0*uZ\"", date, (int)digits, fraction);
}

/* aa:bb:cc as 0xaabbcc; NULL when it is no such thing. */
static const char *bytes_text(Arena *arena, Word word, u32 *count)
{
    Text text = {.arena = arena};
    u32 digits = 0;
    text_print(&text, "0x");
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] == ':' || word.at[i] == '-' || word.at[i] == '.') continue;
        if (!isxdigit((u8)word.at[i])) return NULL;
        text_add(&text, word.at + i, 1);
        digits++;
    }
    *count = digits / 2;
    return digits && digits % 2 == 0 ? text_str(&text) : NULL;
}

/* The least or the greatest of our numbers that are on the right side of theirs. */
static bool number_text(Reader *r, const Meaning *is, Word word, const char *op, const char **out)
{
    u64 number;
    if (is_true(word) || is_false(word)) {
        *out = is_true(word) ? "1" : "0";
        return true;
    }
    if (!word_number(word, &number)) return false;
    bool up = strcmp(op, ">=") == 0 || strcmp(op, "<") == 0, between = number % is->times != 0;
    bool equal = strcmp(op, "==") == 0 || strcmp(op, "!=") == 0;
    if ((between && equal) || number < is->plus) {
        cannot(r, arena_print(r->arena, "%s is never that", is->ours));
        *out = "-";
        return true;
    }
    if (is->signs && !equal) cannot(r, arena_print(r->arena, "%s has a sign, and another order", is->ours));
    if (is->signs && number > 127) {
        *out = arena_print(r->arena, "-%d", 256 - (int)(number & 0xff));
        return true;
    }
    bool hex = word.len > 2 && word.at[1] == 'x' && is->times == 1 && !is->plus;
    number = number / is->times + (between && up) - is->plus;
    *out = hex ? word_copy(r->arena, word) : arena_print(r->arena, "%llu", (unsigned long long)number);
    return true;
}

static bool moment_text(Reader *r, const Meaning *is, Word word, const char **out)
{
    i64 steps, ns;
    if (is_text(word)) {
        Word inner = {word.at + 1, word.len - 2};
        *out = quoted(r, word, false);
        if (is->type == TYPE_TIME && !literal_time(inner.at, (u32)inner.len, &ns))
            cannot(r, "a date is written \"2014-10-25 23:32:00\" here");
        return is->type == TYPE_TIME;
    }
    if (!seconds(word, &steps)) return false;
    *out = is->type == TYPE_TIME ? time_text(r->arena, steps) : duration_text(r->arena, steps);
    return *out != NULL;
}

/* A literal as the side beside it has it here; false: it is no literal of that type in Wireshark either. */
static bool literal_text(Reader *r, const Side *beside, Word word, const char *op, const char **out)
{
    const Meaning *is = &beside->is;
    u32 count;
    *out = word_copy(r->arena, word);
    if (beside->bytes || is->type == TYPE_BYTES) {
        if (is_text(word)) return *out = quoted(r, word, false), true;
        *out = bytes_text(r->arena, word, &count);
        return *out && (!beside->bytes || count == beside->width);
    }
    switch (is->type) {
    case TYPE_NUMBER:
    case TYPE_SIGNED: return number_text(r, is, word, op, out);
    case TYPE_TIME:
    case TYPE_DURATION: return moment_text(r, is, word, out);
    case TYPE_MAC: *out = word_mac(r->arena, word); return *out != NULL;
    case TYPE_IPV4:
    case TYPE_IPV6: return (isxdigit((u8)word.at[0]) || word.at[0] == ':') && !is_text(word);
    case TYPE_STRING:
    case TYPE_NAME: return is_text(word) && (*out = quoted(r, word, false), true);
    default: return false;
    }
}

/* ---- tests ---- */

static const char *operator_of(Word word, bool *words)
{
    static const struct {
        const char *theirs, *ours;
    } table[] = {{"==", "=="},     {"eq", "=="}, {"any_eq", "=="}, {"!=", "!="}, {"ne", "!="},
                 {"all_ne", "!="}, {">", ">"},   {"gt", ">"},      {"<", "<"},   {"lt", "<"},
                 {">=", ">="},     {"ge", ">="}, {"<=", "<="},     {"le", "<="}};
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (!word_is(word, table[i].theirs)) continue;
        *words = isalpha((u8)table[i].theirs[0]);
        return table[i].ours;
    }
    return NULL;
}

static const char *mirrored(const char *op)
{
    return strcmp(op, "<") == 0    ? ">"
           : strcmp(op, "<=") == 0 ? ">="
           : strcmp(op, ">") == 0  ? "<"
           : strcmp(op, ">=") == 0 ? "<="
                                   : op;
}

/* tcp.options.sack_perm == 1: true or false in Wireshark 3 and before; what is not there is no value. */
static bool there_or_not(Reader *r, const Side *field, const char *op, Word word, Made *made)
{
    u64 number = is_true(word);
    if (!is_true(word) && !is_false(word) && !(word_number(word, &number) && number < 2)) return false;
    if (strcmp(op, "==") != 0 && strcmp(op, "!=") != 0) return false;
    *made = (op[0] == '=') == (number == 1)
                ? (Made){field->is.ours, MADE_NAME}
                : cannot(r, arena_print(r->arena, "%s is there or not, and never 0", field->is.ours));
    return true;
}

static bool compare(Reader *r, const Side *left, const char *op, Made *made)
{
    Side right;
    const char *text;
    if (!side(r, &right) || (left->literal && right.literal)) return false;
    if (!left->literal && !right.literal) {
        if (left->is.times != right.is.times || left->is.plus != right.is.plus)
            *made = cannot(r, "the two fields count in different units here");
        else
            *made = MADE(r->arena, "%s %s %s", left->is.ours, op, right.is.ours);
        return true;
    }
    const Side *field = left->literal ? &right : left;
    Word word = left->literal ? left->word : right.word;
    if (left->literal) op = mirrored(op);
    if (field->is.exists && there_or_not(r, field, op, word, made)) return true;
    if (!literal_text(r, field, word, op, &text)) return false;
    *made = MADE(r->arena, "%s %s %s", field->is.ours, op, text);
    return true;
}

/* What a protocol's bytes are here: its payload. */
static const char *searched(Reader *r, const Side *s)
{
    if (s->is.proto < 0) return s->is.ours;
    if (s->is.proto == PROTO_TCP) return "TCP.TCPPayload";
    if (s->is.proto == PROTO_UDP) return "UDP.UDPPayload";
    cannot(r, arena_print(r->arena, "%s has no bytes here that could be searched", s->is.ours));
    return "-";
}

static bool contains(Reader *r, const Side *left, Made *made)
{
    Word word = take(r);
    u32 count;
    const char *bytes = searched(r, left), *hex;
    if (left->literal) return false;
    if (is_text(word)) {
        *made = MADE(r->arena, "%s CONTAINS %s", bytes, quoted(r, word, false));
        return true;
    }
    hex = bytes_text(r->arena, word, &count);
    if (hex) *made = MADE(r->arena, "ContainsBin(%s, HEX, \"%s\")", bytes, hex + 2);
    return hex != NULL;
}

static bool matches(Reader *r, const Side *left, Made *made)
{
    Word word = take(r);
    if (left->literal || !is_text(word)) return false;
    *made = MADE(r->arena, "%s MATCHES %s", searched(r, left), quoted(r, word, true));
    return true;
}

/* {80, 443, 8000..8080}; older ones have blanks for commas. */
static bool in_set(Reader *r, const Side *left, Made *made)
{
    Text set = {.arena = r->arena};
    if (left->literal || !accept(r, "{")) return false;
    for (bool first = true; !word_is(look(r), "}"); first = false) {
        const char *low, *high = NULL;
        if (!first) accept(r, ",");
        if (!literal_text(r, left, take(r), "==", &low)) return false;
        if (accept(r, "..") && !literal_text(r, left, take(r), "==", &high)) return false;
        text_print(&set, "%s%s%s%s", first ? "" : ", ", low, high ? ".." : "", high ? high : "");
    }
    take(r);
    if (set.len) *made = MADE(r->arena, "%s IN {%s}", left->is.ours, text_str(&set));
    return set.len > 0;
}

static bool test(Reader *r, Made *made)
{
    Side left;
    bool words;
    r->tests++;
    if (word_is(look(r), "frame")) { /* alone it is every frame */
        const char *start = r->at;
        take(r);
        Word next = look(r);
        if (next.len == 0 || word_is(next, ")") || word_is(next, "&&") || word_is(next, "and")) {
            *made = (Made){"Frame", MADE_NAME};
            return true;
        }
        r->at = start;
    }
    if (!side(r, &left)) return false;
    Word word = look(r);
    const char *op = operator_of(word, &words);
    if (op) return take(r), compare(r, &left, op, made);
    if (word_is(word, "contains")) return take(r), contains(r, &left, made);
    if (word_is(word, "matches") || word_is(word, "~")) return take(r), matches(r, &left, made);
    if (word_is(word, "in")) return take(r), in_set(r, &left, made);
    if (word_is(word, "===") || word_is(word, "!==")) {
        take(r);
        if (!side(r, &left)) return false;
        *made = cannot(r, "here a comparison is true when one value is enough for it");
        return true;
    }
    if (left.literal) return false;
    *made = left.masked ? MADE(r->arena, "%s != 0", left.is.ours) : (Made){left.is.ours, MADE_NAME};
    return true;
}

/* ---- and, or, not ---- */

static bool expression(Reader *r, int level, Made *made);

static bool unary(Reader *r, Made *made)
{
    bool good = false;
    if (++r->depth > FOREIGN_DEPTH_MAX) return false;
    if (accept(r, "!") || accept(r, "not")) {
        good = unary(r, made);
        if (good) *made = made_not(r->arena, *made);
    } else if (accept(r, "(")) {
        good = expression(r, 0, made) && accept(r, ")");
    } else {
        good = test(r, made);
    }
    r->depth--;
    return good;
}

/* or, xor, and: loosest first. */
static bool expression(Reader *r, int level, Made *made)
{
    static const char *const joints[][3] = {{"||", "or"}, {"^^", "xor"}, {"&&", "and"}};
    if (level == COUNT_OF(joints)) return unary(r, made);
    if (!expression(r, level + 1, made)) return false;
    while (word_is_any(look(r), joints[level])) {
        Made more = {0};
        take(r);
        if (!expression(r, level + 1, &more)) return false;
        if (level == 1) {
            Made one = made_join(r->arena, *made, made_not(r->arena, more), true);
            Made other = made_join(r->arena, made_not(r->arena, *made), more, true);
            *made = made_join(r->arena, one, other, false);
        } else {
            *made = made_join(r->arena, *made, more, level == 2);
        }
    }
    return true;
}

bool translate_wireshark(Arena *arena, const char *text, size_t len, Translation *out)
{
    Reader r = {.arena = arena, .at = text, .end = text + len};
    Made made = {0};
    if (len > FOREIGN_BYTES_MAX || memchr(text, '\0', len)) return false;
    if (!expression(&r, 0, &made) || look(&r).len) return false;
    *out = (Translation){.ours = r.why ? NULL : made.text, .why = r.why, .tests = r.tests};
    return true;
}
