/* guess.c - see guess.h.
 *
 * A name's last part is what somebody remembers: where a field ends in it, in whatever structure, that one is meant.  Then
 * come slips of one letter, then parts that were cut short (TTL, MSS, Rst), then names that are near as a whole. */
#include "compiler/guess.h"

#include "compiler/names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    NAMES_MAX = 2 * FIELD_COUNT + PROTO_COUNT + 2 * META_COUNT + FUNCTION_COUNT + 2,
    SHOWN_MAX = 4,
    SHORT_MAX = 6, /* letters of what may stand for a longer word */
};

typedef struct {
    const char *at;
    size_t len;
} Words; /* components joined by dots */

static Words words_of(const char *text) { return (Words){text, strlen(text)}; }

static Words first_word(Words words)
{
    const char *dot = memchr(words.at, '.', words.len);
    return (Words){words.at, dot ? (size_t)(dot - words.at) : words.len};
}

static Words last_word(Words words)
{
    const char *dot = memrchr(words.at, '.', words.len);
    return dot ? (Words){dot + 1, (size_t)(words.at + words.len - dot - 1)} : words;
}

static u32 word_count(Words words)
{
    u32 count = 1;
    for (size_t i = 0; i < words.len; i++) count += words.at[i] == '.';
    return count;
}

static bool same(Words a, Words b) { return a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0; }
static bool begins(Words whole, Words part)
{
    return whole.len >= part.len && strncasecmp(whole.at, part.at, part.len) == 0;
}

/* ---- how a part of a name fits ---- */

typedef bool Fits(Words asked, Words part);

static bool fits_last(Words asked, Words part) { return same(last_word(asked), part); }

/* "Question.Name" for "QuestionName" */
static bool fits_joined(Words asked, Words part)
{
    Words last = last_word(asked);
    if (last.len + 1 >= asked.len) return false;
    Words front = last_word((Words){asked.at, asked.len - last.len - 1});
    return part.len == front.len + last.len && begins(part, front) &&
           strncasecmp(part.at + front.len, last.at, last.len) == 0;
}

static bool is_vowel(char byte) { return strchr("aeiou", tolower((u8)byte)) != NULL; }

/* Is the word what is left of a part when only its capitals are kept, or all but its vowels behind the first letter? */
static bool spells(Words word, Words part, bool capitals)
{
    size_t at = 0;
    for (size_t i = 0; i < part.len; i++) {
        char byte = part.at[i];
        bool kept = capitals ? isupper((u8)byte) : i == 0 || !is_vowel(byte);
        if (!kept) continue;
        if (at == word.len || tolower((u8)word.at[at]) != tolower((u8)byte)) return false;
        at++;
    }
    return at == word.len;
}

/* TTL for TimeToLive, Rst for Reset, Seq for SequenceNumber */
static bool fits_short(Words asked, Words part)
{
    Words last = last_word(asked);
    if (last.len < 3 || last.len > SHORT_MAX || last.len >= part.len) return false;
    return spells(last, part, true) || spells(last, part, false) || begins(part, last);
}

static bool fits_initials(Words asked, Words part)
{
    Words last = last_word(asked);
    return same(last, part) || (last.len >= 3 && last.len < part.len && spells(last, part, true));
}

/* ---- candidates ---- */

/* May the field stand without its protocol?  Properties and structures may. */
static bool stands_alone(int field)
{
    const char *name = field_info[field].name;
    return field_info[field].proto == PROTO_PROPERTY || structure_find(name, strlen(name)) == field;
}

/* Every name that could have been meant.  `proto` >= 0: only that protocol's fields. */
static u32 list_names(Arena *arena, int proto, const char *names[static NAMES_MAX])
{
    u32 count = 0;
    for (int f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        if (proto < 0 || info->proto == proto)
            names[count++] = arena_print(arena, "%s.%s", proto_info[info->proto].name, info->name);
    }
    if (proto >= 0) return count;
    for (int p = 0; p < PROTO_COUNT; p++) names[count++] = proto_info[p].name;
    for (int m = 0; m < META_COUNT; m++) names[count++] = arena_print(arena, "FrameVariable.%s", meta_info[m].name);
    for (int f = 0; f < FIELD_COUNT; f++)
        if (stands_alone(f)) names[count++] = field_info[f].name;
    for (int m = 0; m < META_COUNT; m++) names[count++] = meta_info[m].name;
    for (int f = 0; f < FUNCTION_COUNT; f++) names[count++] = function_info[f].name;
    names[count++] = "FrameData";
    names[count++] = "Frame";
    return count;
}

/* Names of fields; with protocol -1, those of all. */
static u32 list_fields(Arena *arena, int proto, const char *names[static NAMES_MAX])
{
    u32 count = 0;
    for (int f = 0; f < FIELD_COUNT; f++)
        if (proto < 0 || field_info[f].proto == proto)
            names[count++] = arena_print(arena, "%s.%s", proto_info[field_info[f].proto].name, field_info[f].name);
    return count;
}

static u32 near_limit(size_t len) { return (u32)MIN_OF(1 + len / 4, len - (len > 0)); }

/* "TPC" or "IP" at the front, for TCP and for IPv4; or a structure of the name's. */
static bool front_is_near(Words asked, Words name)
{
    Words a = first_word(asked), b = first_word(name);
    for (Words rest = name, part = b; part.len < rest.len; part = first_word(rest)) {
        rest = (Words){rest.at + part.len + 1, rest.len - part.len - 1};
        if (same(a, first_word(rest))) return true;
    }
    return begins(b, a) || name_distance(a.at, a.len, b.at, b.len, near_limit(a.len)) <= near_limit(a.len);
}

/* Of those whose last part fits, the ones with the fewest parts; NULL where these are none or many. */
static const char *fitting(Arena *arena, Words asked, const char *const *names, u32 count, Fits *fits, bool anywhere)
{
    const char *all = NULL;
    u32 found = 0, parts = UINT32_MAX;
    for (u32 i = 0; i < count; i++) {
        Words name = words_of(names[i]);
        if (!fits(asked, last_word(name)) || !(anywhere || front_is_near(asked, name)) || word_count(name) > parts)
            continue;
        if (word_count(name) < parts) found = 0;
        parts = word_count(name);
        all = found++ ? arena_print(arena, "%s' or '%s", all, names[i]) : names[i];
    }
    return found <= SHOWN_MAX ? all : NULL;
}

/* The same field of another protocol: of a header's own parts only. */
static const char *elsewhere(Arena *arena, Words asked)
{
    const char *names[NAMES_MAX];
    u32 count = list_fields(arena, -1, names), kept = 0;
    for (u32 i = 0; i < count; i++)
        if (word_count(words_of(names[i])) == 2 && strncmp(names[i], "Property.", 9) != 0) names[kept++] = names[i];
    return fitting(arena, asked, names, kept, fits_initials, true);
}

/* "TLS.TlsRecLayer.TlsRecordLayer ... ServerName" from its last structure on. */
static const char *shortened(const char *name)
{
    const char *dot = strchr(name, '.');
    int proto = dot ? proto_find(name, (size_t)(dot - name)) : -1;
    int field = proto < 0 || strchr(name, '\'') ? -1 : field_find(proto, dot + 1, strlen(dot + 1));
    if (field < 0 || word_count(words_of(name)) <= 4) return name;
    for (const char *at = memrchr(name, '.', (size_t)(strrchr(name, '.') - name)); at > dot;
         at = memrchr(name, '.', (size_t)(at - name)))
        if (structure_find(at + 1, strlen(at + 1)) == field) return at + 1;
    return name;
}

const char *guess_name(Arena *arena, int proto, const char *name, size_t len)
{
    static const u32 far = 20;
    const char *names[NAMES_MAX];
    Words asked = {name, len}, last = last_word(asked);
    u32 count = list_fields(arena, proto, names);
    bool anywhere = proto >= 0 || last.len == len;
    const char *guess = fitting(arena, asked, names, count, fits_last, anywhere);
    if (!guess) guess = fitting(arena, asked, names, count, fits_joined, anywhere);
    if (guess) return shortened(guess);
    count = list_names(arena, proto, names);
    const char *near = nearest_name(name, len, names, count);
    if (near && name_distance(name, len, near, strlen(near), far) <= 1) return near;
    if (proto >= 0) guess = fitting(arena, asked, names, count, fits_short, true);
    if (guess) return shortened(guess);
    if (near) {
        Words end = last_word(words_of(near));
        u32 limit = near_limit(last.len);
        if (word_count(asked) != word_count(words_of(near)) ||
            name_distance(last.at, last.len, end.at, end.len, limit) <= limit)
            return near;
    }
    return proto >= 0 && proto != PROTO_PROPERTY && last.len >= 3 ? elsewhere(arena, asked) : NULL;
}
