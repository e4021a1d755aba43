/* vm_pattern.c - the text that a pattern cannot match without: what is found, what is left alone, and that it is so. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/random.h"
#include "vm/pattern.h"

/* NULL: none; a '^' before the text: what matches begins with it. */
Test(vm_pattern, the_text_that_every_match_holds)
{
    static const struct {
        const char *pattern, *text;
    } rows[] = {
        {"abc", "abc"},
        {"^GET /i/[0-9]*7 ", "^GET /i/"},
        {"\\AGET", "^GET"},
        {"^x", "^x"},
        {"x", NULL},
        {"^.abc", "abc"},
        {"^*abc", "abc"},
        {"^[ab]", NULL},
        {"goog+le", "goog"},
        {"ab?cde", "cde"},
        {"ab*", NULL},
        {"abc*?de", "ab"},
        {"abc{0,3}defg", "defg"},
        {"abc{0}de", "ab"},
        {"abc{2}d", "abc"},
        {"abc{2,}+d", "abc"},
        {"abc{,2}d", NULL},
        {"abc{x", NULL},
        {"a\\.b\\/c", "a.b/c"},
        {"\\x41\\x62c", "Abc"},
        {"\\x{41}bc", NULL},
        {"a\\r\\n\\tb", "a\r\n\tb"},
        {"\\d+ms in \\w", "ms in "},
        {"ab\\bcd", "ab"},
        {"ab$cd\\z", "ab"},
        {"ab]}", "ab]}"},
        {"[]ab]cd", "cd"},
        {"[^]ab]cd", "cd"},
        {"[\\]ab]cd", "cd"},
        {"[[:alpha:]]cd", "cd"},
        {"[[:^alpha:]x]cd", "cd"},
        {"[[:<:]]cd", NULL},
        {"[[.a.]]cd", NULL},
        {"[\\Qab]\\E]cd", NULL},
        {"[ab[cd", NULL},
        {"(x(?:y|[)]|\\)))cd", "cd"},
        {"(xy)?cd(z)", "cd"},
        {"ab|cd", NULL},
        {"(?i)abc", NULL},
        {"(?x:ab )cd", NULL},
        {"(a(?i)b)cd", NULL},
        {"(?=ab)cd", NULL},
        {"(?#)ab", NULL},
        {"(*CRLF)ab", NULL},
        {"(a(*ACCEPT))bc", NULL},
        {"ab\\Kcd", NULL},
        {"\\Qab\\E", NULL},
        {"(ab)\\1cd", NULL},
        {"ab\\", NULL},
        {"", NULL},
        {"0123456789012345678901234567890123456789", "01234567890123456789012345678901"},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        Required got = pattern_required((const u8 *)rows[i].pattern, strlen(rows[i].pattern));
        const char *want = rows[i].text ? rows[i].text : "";
        bool at_start = *want == '^';
        want += at_start;
        cr_assert_eq(got.len, strlen(want), "%s: %.*s", rows[i].pattern, (int)got.len, (const char *)got.bytes);
        cr_assert_arr_eq(got.bytes, want, got.len, "%s", rows[i].pattern);
        cr_assert(got.len == 0 || got.at_start == at_start, "%s", rows[i].pattern);
    }
}

/* -- whatever matches holds it ------------------------------------------------------------------------------------------- */

enum { PATTERN_SIZE = 80, PIECES = 7 };

/* Plain text above all, and all that can make a text not plain. */
static u32 random_patterns(char *out, Random *r)
{
    static const char *const rare[] = {
        "[ab]",      "[^a]",   "[]b]",    "[[:alpha:]b]", "[\\]a]",    "[a\\Qb]\\E]", "(a|b)",
        "(?:ab)",    "(a)\\1", "(?i)",    "(?i:a",        ")",         "(",           "|",
        "^",         "$",      "\\b",     "\\A",          "\\Qa*\\E",  "\\x61",       "\\.",
        "\\d",       "\\K",    "(?=a)",   "(?!b)",        "(*ACCEPT)", "(?x) b ",     "(?#ab)",
        "(?m)",      ".",      "(?s).",   "\\R",          "\\N",       "(a(?i)b)",    "(b|)",
        "\\E",       "\\n",    "(?<n>a)", "\\Z",          "(?>a|ab)",  "{",           "}",
        "{1,2}b",    "a{,2}",  "\\x{62}", "\\141",        "[\\E]a]",   "(?|a|(b))",   "\\cA",
        "(*COMMIT)",
    };
    static const char *const times[] = {"*", "+", "?", "{2}", "{0}", "{0,1}", "{1,}", "*?", "++", "?+", "{1}?"};
    u32 len = random_once_in(r, 4) ? (u32)snprintf(out, PATTERN_SIZE, "^") : 0, pieces = 1 + random_below(r, PIECES);
    for (u32 i = 0; i < pieces; i++) {
        char plain[2] = {"abAB"[random_below(r, 4)], 0};
        const char *piece = random_once_in(r, 3) ? RANDOM_OF(r, rare) : plain;
        const char *often = random_once_in(r, 4) ? RANDOM_OF(r, times) : "";
        len += (u32)snprintf(out + len, PATTERN_SIZE - len, "%s%s", piece, often);
    }
    return len;
}

static bool holds(const Required *text, const char *subject, u32 len)
{
    for (u32 at = 0; at + text->len <= len; at++) {
        if (memcmp(subject + at, text->bytes, text->len) == 0) return true;
        if (text->at_start) break;
    }
    return text->len == 0;
}

Test(vm_pattern, whatever_matches_holds_its_text)
{
    Random r = {20261126};
    u32 held = 0, at_start = 0;
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pattern_limits();
    for (u32 round = 0; round < 80000; round++) {
        char pattern[PATTERN_SIZE], subject[12];
        u32 pattern_len = random_patterns(pattern, &r);
        pcre2_code *code = pattern_compile((const u8 *)pattern, pattern_len, NULL, 0);
        if (!code) continue;
        Required text = pattern_required((const u8 *)pattern, pattern_len);
        for (u32 i = 0; i < 60 && text.len; i++) {
            u32 len = random_below(&r, sizeof subject + 1);
            for (u32 k = 0; k < len; k++) subject[k] = "aaabbbABcx.\n"[random_below(&r, 12)];
            if (pcre2_match(code, (PCRE2_SPTR)subject, len, 0, 0, data, limits) < 0) continue;
            cr_assert(holds(&text, subject, len), "%.*s matches %.*s without %.*s", (int)pattern_len, pattern, (int)len,
                      subject, (int)text.len, (const char *)text.bytes);
            held++;
            at_start += text.at_start;
        }
        pcre2_code_free(code);
    }
    cr_assert(held > 10000 && at_start > 1000, "%u %u", held, at_start);
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
}
