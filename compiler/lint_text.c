/* lint_text.c - texts that can never be met: a field that holds a few words only, a number's digits.
 *
 * Part of lint.c.  Always true: what is not known of a text is left open; texts.def has all that a listed field can be. */
#include "compiler/linter.h"

#include <ctype.h>

enum { TEXTS_MAX = 4 };

static const struct {
    u16 field;
    const char *words[TEXTS_MAX + 1];
} texts[] = {
#define TEXTS(proto, id, ...) {FIELD_##proto##_##id, {__VA_ARGS__}},
#include "compiler/texts.def"
};

/* ---- what the text can be ---- */

/* A field that is text, or such a field in lower case; NULL for any other value. */
static const char *const *words_of(const Typed *value)
{
    if (value->kind == VALUE_LOWER) value = value->first;
    if (value->kind != VALUE_FIELD) return NULL;
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].field == value->field) return texts[i].words;
    return NULL;
}

/* Numbers of the two plain types print as decimal digits; addresses and times have forms of their own. */
static bool is_digits(const Typed *value)
{
    if (value->kind == VALUE_LOWER) value = value->first;
    return value->kind == VALUE_TEXT && (value->first->type == TYPE_NUMBER || value->first->type == TYPE_SIGNED);
}

/* The word as the value has it. */
static Bytes word_bytes(const Typed *value, const char *word, u8 *room)
{
    u32 len = 0;
    for (; word[len]; len++) room[len] = value->kind == VALUE_LOWER ? (u8)tolower((u8)word[len]) : (u8)word[len];
    return (Bytes){room, len};
}

/* ---- what a test asks of it ---- */

static bool set_has(const Set *set, Bytes text)
{
    for (u32 i = 0; i < set->count; i++)
        if (bytes_compare(set->bytes[i].lo, text) <= 0 && bytes_compare(text, set->bytes[i].hi) <= 0) return true;
    return false;
}

static Verdict words_verdict(const Typed *test, const char *const *words)
{
    u8 room[32];
    bool some = false, all = true;
    for (; *words; words++) {
        Bytes word = word_bytes(test->first, *words, room);
        bool found = test->kind == TEST_FIND
                         ? test->bytes.len == 0 || memmem(word.at, word.len, test->bytes.at, test->bytes.len) != NULL
                         : set_has(test->set, word);
        some |= found;
        all &= found;
    }
    if (some && !all) return VERDICT_OPEN;
    return some == (test->kind != TEST_OUT) ? VERDICT_ALWAYS : VERDICT_NEVER;
}

static bool digits_only(Bytes text)
{
    for (u32 i = 0; i < text.len; i++)
        if (text.at[i] != '-' && !isdigit(text.at[i])) return false;
    return true;
}

static Verdict digits_verdict(const Typed *test)
{
    if (test->kind == TEST_FIND) return digits_only(test->bytes) ? VERDICT_OPEN : VERDICT_NEVER;
    for (u32 i = 0; i < test->set->count; i++) {
        const BytesRange *range = &test->set->bytes[i];
        if (bytes_compare(range->lo, range->hi) != 0 || digits_only(range->lo)) return VERDICT_OPEN;
    }
    return test->kind == TEST_OUT ? VERDICT_ALWAYS : VERDICT_NEVER;
}

/* ---- answers ---- */

Verdict linter_text_verdict(const Typed *test)
{
    bool set = (test->kind == TEST_IN || test->kind == TEST_OUT) && test->set->of_bytes && test->set->count;
    if (!set && test->kind != TEST_FIND) return VERDICT_OPEN;
    const char *const *words = words_of(test->first);
    if (words) return words_verdict(test, words);
    return is_digits(test->first) ? digits_verdict(test) : VERDICT_OPEN;
}

const char *linter_text_hint(Linter *l, const Typed *test)
{
    bool asks = test->kind == TEST_IN || test->kind == TEST_OUT || test->kind == TEST_FIND;
    const char *const *words = asks ? words_of(test->first) : NULL, *all = "";
    if (asks && !words && is_digits(test->first))
        return "the text of a number is its decimal digits, not a name for it";
    if (!words) return NULL;
    for (u32 i = 0; words[i]; i++)
        all = arena_print(l->arena, "%s%s\"%s\"", all, i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
    const Typed *value = test->first->kind == VALUE_LOWER ? test->first->first : test->first;
    return arena_print(l->arena, "'%s' is %s", linter_quote(l, value->span), all);
}
