/* format_proof.c - reads the formatted text again and compares: nothing may be lost but layout.
 *
 * The last step before format.c gives a text out, so that a mistake in the steps before costs a message, never a filter.
 * Compared are tokens, remarks, statements and metadata; trees follow from the tokens, and the tests compare those too. */
#include "grammar/formatter.h"
#include "parser.h"

typedef struct {
    const Source *a, *b; /* as it was, formatted */
} Proof;

static const char *text_of(const Source *source, Span span) { return source->text + span.at; }

/* ---- tokens and remarks ---- */

static Lexer lexer_of(const Source *source)
{
    Lexer lexer;
    lex_init(&lexer, source, (Span){0, source->len});
    lexer.comments = true;
    return lexer;
}

static Token next_of(Lexer *lexer, bool remark)
{
    Token t = lex_next(lexer);
    while (t.kind != 0 && (t.kind == LEX_COMMENT) != remark) t = lex_next(lexer);
    return t;
}

static bool same_bytes(const Proof *p, Span a, Span b)
{
    return a.len == b.len && memcmp(text_of(p->a, a), text_of(p->b, b), a.len) == 0;
}

static bool same_word(const Proof *p, Span a, Span b)
{
    return a.len == b.len && strncasecmp(text_of(p->a, a), text_of(p->b, b), a.len) == 0;
}

static bool same_token(const Proof *p, const Token *a, const Token *b)
{
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case TOK_AND: /* or && */
    case TOK_OR:
    case TOK_NOT: return true;
    case TOK_NAME:
    case TOK_DOTNAME:
    case TOK_IN:
    case TOK_CONTAINS:
    case TOK_MATCHES: return same_word(p, a->span, b->span);
    default: return same_bytes(p, a->span, b->span);
    }
}

static const char *compare_tokens(const Proof *p)
{
    Lexer a = lexer_of(p->a), b = lexer_of(p->b);
    for (;;) {
        Token one = next_of(&a, false), two = next_of(&b, false);
        if (!same_token(p, &one, &two)) return "other words";
        if (one.kind == 0) return NULL;
    }
}

static bool is_space(char c) { return is_blank(c) || c == '\n'; }

/* The same but for blanks. */
static bool same_remark(const Proof *p, Span a, Span b)
{
    const char *at = text_of(p->a, a), *end = at + a.len, *other = text_of(p->b, b), *other_end = other + b.len;
    for (;; at++, other++) {
        while (at < end && is_space(*at)) at++;
        while (other < other_end && is_space(*other)) other++;
        if (at == end || other == other_end) return at == end && other == other_end;
        if (*at != *other) return false;
    }
}

static const char *compare_remarks(const Proof *p, Span header)
{
    Lexer a = lexer_of(p->a), b = lexer_of(p->b);
    for (;;) {
        Token one = next_of(&a, true), two = next_of(&b, true);
        bool first = header.len && one.span.at == header.at; /* "// sift 01" becomes "// sift 1" */
        if (one.kind != two.kind || (!first && !same_remark(p, one.span, two.span))) return "other comments";
        if (one.kind == 0) return NULL;
    }
}

/* ---- sift files ---- */

static bool same_labels(const Proof *p, const Label *a, const Label *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (!same_bytes(p, a->key, b->key) || !same_remark(p, a->value, b->value)) return false;
    return !a && !b;
}

static bool same_entries(const Entry *a, const Entry *b)
{
    for (; a && b; a = a->next, b = b->next)
        if (a->kind != b->kind) return false;
    return !a && !b;
}

static const char *compare_files(const Proof *p, const SiftFile *a, const SiftFile *b)
{
    const Statement *one = a->first, *two = b->first;
    for (; one && two; one = one->next, two = two->next) {
        if (one->kind != two->kind || !same_entries(one->entries, two->entries)) return "other statements";
        if (!same_labels(p, one->labels, two->labels)) return "other metadata";
    }
    if (one || two) return "other statements";
    return same_labels(p, a->labels, b->labels) && same_labels(p, a->loose, b->loose) ? NULL : "other metadata";
}

const char *format_proof(Arena *arena, const Source *source, const SiftFile *file, const Source *formatted)
{
    Proof p = {source, formatted};
    DiagList diags;
    SiftFile *again = NULL;
    if (formatted->len > FILTER_BYTES_MAX) return "more bytes than a filter may have";
    diag_init(&diags, arena, formatted);
    if (!format_parse(arena, formatted, &diags, &again) || !again != !file) return "errors";
    const char *lost = compare_tokens(&p);
    if (!lost) lost = compare_remarks(&p, file ? file->header : (Span){0, 0});
    return lost || !file ? lost : compare_files(&p, file, again);
}
