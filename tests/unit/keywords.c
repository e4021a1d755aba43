/* keywords.c - grammar/keywords.def and grammar/lexer.re have the same words, signs and units.
 *
 * re2c includes nothing, so the lexer's rules are held against the table twice: every row lexes as its token, and every rule of
 * one word or sign has its row.  Runs with the repository's root as working directory. */
#include "grammar/ast.h"
#include "grammar/token.h"
#include "parser.h"
#include "tests/cases.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

static const struct {
    int token;
    const char *word, *sign;
} rows[] = {
#define WORD(token, word, sign) {TOK_##token, word, sign},
#define SIGN(token, sign)       {TOK_##token, NULL, sign},
#include "grammar/keywords.def"
};
static const char *const units[] = {
#define UNIT(word, ns) word,
#include "grammar/keywords.def"
};

/* The kind of the one token of a text, or -1. */
static int kind_of(const char *text)
{
    Source source = {.name = "text", .text = text, .len = (u32)strlen(text)};
    Lexer lexer;
    lex_init(&lexer, &source, (Span){0, source.len});
    Token first = lex_next(&lexer), second = lex_next(&lexer);
    return second.kind == 0 ? first.kind : -1;
}

static void check_word(const char *word, int token)
{
    char text[32];
    size_t len = strlen(word);
    for (int how = 0; how < 3; how++) {
        for (size_t i = 0; i <= len; i++)
            text[i] = (char)(how == 0 || (how == 1 && i == 0) ? toupper((unsigned char)word[i])
                                                              : tolower((unsigned char)word[i]));
        cr_expect(kind_of(text) == token, "'%s'", text);
    }
    snprintf(text, sizeof text, "%sx", word);
    cr_expect(kind_of(text) == TOK_NAME, "'%s'", text);
    snprintf(text, sizeof text, "x.%s", word);
    cr_expect(kind_of(text) == TOK_NAME, "'%s'", text);
}

Test(keywords, every_row_is_its_token)
{
    char text[32];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].word) check_word(rows[i].word, rows[i].token);
        if (rows[i].sign) cr_expect(kind_of(rows[i].sign) == rows[i].token, "'%s'", rows[i].sign);
        const char *spelling = rows[i].word ? rows[i].word : rows[i].sign;
        cr_expect(strcmp(op_spelling((u8)rows[i].token), spelling) == 0);
    }
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        snprintf(text, sizeof text, "7%s", units[i]);
        cr_expect(kind_of(text) == TOK_DURATION, "'%s'", text);
    }
}

/* ---- the lexer's rules ---- */

static bool has_row(const char *quoted, size_t len, bool word)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *row = word ? rows[i].word : rows[i].sign;
        if (row && strlen(row) == len && strncasecmp(row, quoted, len) == 0) return true;
    }
    return false;
}

/* Brackets, the comma and '..' are no words of the table. */
static bool is_bracket(const char *quoted, size_t len)
{
    return (len == 1 && strchr("(){},", *quoted)) || (len == 2 && memcmp(quoted, "..", 2) == 0);
}

/* A line such as:  'and' | "&&"   { return token(lexer, from, TOK_AND); } */
static u32 check_rule(const char *line)
{
    u32 count = 0;
    const char *at = line + strspn(line, " ");
    while (*at == '\'' || *at == '"') {
        const char *end = strchr(at + 1, *at);
        cr_assert(end);
        size_t len = (size_t)(end - at - 1);
        cr_expect(is_bracket(at + 1, len) || has_row(at + 1, len, *at == '\''), "no row: %.*s", (int)(len + 2), at);
        count++;
        at = end + 1 + strspn(end + 1, " |");
    }
    return count;
}

static void check_units(const char *line)
{
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        char quoted[16];
        snprintf(quoted, sizeof quoted, "'%s'", units[i]);
        cr_expect(strstr(line, quoted), "no %s in the rule of durations", quoted);
    }
    u32 count = 0;
    for (const char *at = line; (at = strchr(at, '\'')); at++) count++;
    cr_expect(count == 2 * COUNT_OF(units), "%u units in the rule of durations", count / 2);
}

Test(keywords, every_rule_has_its_row)
{
    Arena arena = {0};
    char *text = read_whole(&arena, "grammar/lexer.re");
    u32 rules = 0, durations = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strstr(line, "return token(lexer, from, TOK_") && !strstr(line, "TOK_DURATION")) continue;
        if (strstr(line, "TOK_DURATION") && strstr(line, "dec (")) check_units(line), durations++;
        if (!strchr(line, '[')) rules += check_rule(line);
    }
    cr_expect(durations == 1, "%u rules of durations", durations);
    cr_expect(rules >= COUNT_OF(rows), "only %u rules", rules);
    arena_release(&arena);
}
