/* mangle.c - see mangle.h. */
#include "tests/mangle.h"

#include "grammar/token.h"
#include "parser.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

typedef struct {
    Text *out;
    Random *random;
    Mangling how;
    Source source;
    u32 *starts, start_count; /* where statements and entries begin, in order */
    u32 number;               /* of the next comment */
} Mangler;

static bool chance(Mangler *m, u32 times) { return random_once_in(m->random, times); }

static void put(Mangler *m, const char *text) { text_add(m->out, text, strlen(text)); }

/* ---- what the text is made of ---- */

static void find_starts(Mangler *m, const SiftFile *file)
{
    u32 room = 0;
    for (const Statement *s = file->first; s; s = s->next, room++)
        for (const Entry *e = s->entries; e; e = e->next) room++;
    m->starts = NEW_ARRAY(m->out->arena, u32, room + 1);
    for (const Statement *s = file->first; s; s = s->next) {
        m->starts[m->start_count++] = s->span.at;
        for (const Entry *e = s->entries; e; e = e->next) m->starts[m->start_count++] = e->span.at;
    }
}

static bool is_start(const Mangler *m, u32 at)
{
    for (u32 i = 0; i < m->start_count; i++)
        if (m->starts[i] == at) return true;
    return false;
}

static bool text_is(const Mangler *m, const Token *t, const char *word)
{
    return t->span.len == strlen(word) && strncasecmp(m->source.text + t->span.at, word, t->span.len) == 0;
}

/* A word that would begin a statement or an entry as the first of its line. */
static bool is_keyword(const Mangler *m, const Token *t)
{
    bool found = false;
    for (int k = 0; k < STATEMENT_KIND_COUNT; k++) found |= text_is(m, t, statement_keyword((StatementKind)k));
    for (int k = 0; k < ENTRY_KIND_COUNT; k++) found |= text_is(m, t, entry_keyword((EntryKind)k));
    return found && t->kind == TOK_NAME;
}

/* ---- gaps ---- */

static void put_line_end(Mangler *m)
{
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "  \n", "\n\t", "\n    "};
    put(m, RANDOM_OF(m->random, ends));
    if (m->how.comments && chance(m, 6)) put(m, "\n\r\n");
}

/* One of those that keep the line, or with `lines` of all. */
static void put_comment(Mangler *m, bool lines)
{
    static const char *const forms[] = {
        "/* c%u */", "/*c%u*/", "// c%u\n", "//c%u  \r\n", "// @id c%u\n", "/* c%u\n   x  \n\t*/", "/* c%u\r\n */\n"};
    char text[40];
    snprintf(text, sizeof text, forms[random_below(m->random, lines ? COUNT_OF(forms) : 2)], m->number++);
    put(m, text);
}

static void put_noise(Mangler *m, bool lines)
{
    if (m->how.comments && chance(m, 4))
        put_comment(m, lines);
    else if (lines && chance(m, 2))
        put_line_end(m);
    else
        put(m, chance(m, 4) ? "\t " : " ");
}

static bool is_bracket(const Mangler *m, const Token *t)
{
    return t->span.len == 1 && strchr("(){},", m->source.text[t->span.at]) != NULL;
}

/* Between two tokens; before.kind < 0 at the start. */
static void put_gap(Mangler *m, const Token *before, const Token *next)
{
    bool start = is_start(m, next->span.at), lines = start || !is_keyword(m, next);
    if (start && before->kind >= 0) {
        while (chance(m, 4)) put_noise(m, false);
        put_line_end(m);
    } else if (before->kind >= 0 && next->kind > 0 && !is_bracket(m, before) && !is_bracket(m, next)) {
        put(m, " ");
    }
    while (chance(m, 3)) put_noise(m, lines);
}

/* ---- tokens ---- */

static void put_in_any_case(Mangler *m, const Token *t)
{
    const char *text = m->source.text + t->span.at;
    u32 how = random_below(m->random, 4);
    for (u32 i = 0; i < t->span.len; i++) {
        int c = (unsigned char)text[i];
        char made = (char)(how == 0 || (how == 1 && chance(m, 2)) ? toupper(c) : how < 3 ? tolower(c) : c);
        text_add(m->out, &made, 1);
    }
}

static void put_token(Mangler *m, const Token *t)
{
    bool sign = chance(m, 2);
    switch (t->kind) {
    case TOK_AND:
    case TOK_OR:
    case TOK_NOT:
        if (sign)
            put(m, t->kind == TOK_AND ? "&&" : t->kind == TOK_OR ? "||" : "!");
        else
            put_in_any_case(m, t);
        return;
    case TOK_NAME:
    case TOK_DOTNAME:
    case TOK_IN:
    case TOK_CONTAINS:
    case TOK_MATCHES: put_in_any_case(m, t); return;
    default: text_add(m->out, m->source.text + t->span.at, t->span.len);
    }
}

void mangle(Text *out, Random *random, const char *text, Mangling how)
{
    Mangler m = {.out = out, .random = random, .how = how, .source = {"mangled", text, (u32)strlen(text), NULL, 0}};
    DiagList diags;
    Span header, whole = {0, m.source.len};
    u32 version;
    Lexer lexer;
    Token before = {-1, {0, 0}};
    diag_init(&diags, out->arena, &m.source);
    if (chance(&m, 8)) put(&m, "\xEF\xBB\xBF");
    if (sift_header(&m.source, whole, &header, &version)) {
        find_starts(&m, file_parse(out->arena, &m.source, whole, &diags));
        cr_assert(diags.errors == 0, "%s\n%s", text, diag_format_all(out->arena, &diags));
        put(&m, chance(&m, 2) ? "//sift 1 \r\n" : "// sift 1\n");
    }
    lex_init(&lexer, &m.source, whole);
    do {
        Token next = lex_next(&lexer);
        put_gap(&m, &before, &next);
        put_token(&m, &next);
        before = next;
    } while (before.kind != 0);
}
