/* format_words.c - keywords and names as they are to be written.
 *
 * Between format.c, which cut the text into pieces, and format_layout.c.  Words of the expression language are in capitals,
 * those of sift files in small letters; a name is spelled as the file declares it, or else as the dictionary does.
 * Always true: nothing but letter case changes, and && || ! become words; literals stay as they are. */
#include "grammar/formatter.h"
#include "parser.h"

#include <ctype.h>
#include <stdlib.h>

typedef struct {
    const char *at;
    u32 len;
} Word;

/* What a file declares, sorted without case. */
typedef struct {
    Word word;
    bool import; /* names behind its dot are another file's */
} Declared;

typedef struct {
    Formatter *f;
    const FormatSpelling *spelling;
    const Statement *scope; /* the statement at hand; NULL in a bare expression */
    Declared *declared;
    u32 count;
} Speller;

/* ---- what is declared ---- */

static int by_word(const void *left, const void *right)
{
    const Word *a = &((const Declared *)left)->word, *b = &((const Declared *)right)->word;
    int order = strncasecmp(a->at, b->at, MIN_OF(a->len, b->len));
    return order ? order : (a->len > b->len) - (a->len < b->len);
}

static Word word_of(const Speller *s, Span span) { return (Word){s->f->source->text + span.at, span.len}; }

static void list_declared(Speller *s)
{
    s->declared = NEW_ARRAY(s->f->arena, Declared, s->f->file->count + 1);
    for (const Statement *st = s->f->file->first; st; st = st->next) {
        if (st->kind == STATEMENT_TEST) continue;
        s->declared[s->count++] = (Declared){word_of(s, st->name), st->kind == STATEMENT_IMPORT};
    }
    qsort(s->declared, s->count, sizeof *s->declared, by_word);
}

static const Declared *find_declared(const Speller *s, Word word)
{
    Declared wanted = {word, false};
    return s->count ? bsearch(&wanted, s->declared, s->count, sizeof wanted, by_word) : NULL;
}

static const Words *find_argument(const Speller *s, Word word)
{
    const Words *arg = s->scope && s->scope->kind == STATEMENT_LET ? s->scope->args : NULL;
    while (arg && (arg->span.len != word.len || strncasecmp(word_of(s, arg->span).at, word.at, word.len) != 0))
        arg = arg->next;
    return arg;
}

/* ---- one word ---- */

static void write_as(Formatter *f, u32 i, const char *word)
{
    Piece *piece = &f->piece[i];
    piece->text = word;
    piece->len = piece->width = (u32)strlen(word);
}

static void write_small(Formatter *f, u32 i)
{
    Piece *piece = &f->piece[i];
    char *text = arena_copy(f->arena, piece->text, piece->len);
    for (u32 c = 0; c < piece->len; c++) text[c] = (char)tolower((unsigned char)text[c]);
    piece->text = text;
}

static void spell(const Speller *s, FormatName what, char *name, u32 len)
{
    if (s->spelling && len) s->spelling->spell(s->spelling->user, what, name, len);
}

/* A name declared here, and what follows its dot. */
static void spell_declared(const Speller *s, char *name, u32 len, Word as, bool import)
{
    u32 end = as.len;
    memcpy(name, as.at, as.len);
    if (import && end < len) {
        const char *dot = memchr(name + end + 1, '.', len - end - 1);
        end = dot ? (u32)(dot - name) : len;
    }
    spell(s, FORMAT_METHODS, name + end, len - end);
}

static void spell_name(const Speller *s, u32 i)
{
    Piece *piece = &s->f->piece[i];
    char *name = arena_copy(s->f->arena, piece->text, piece->len);
    const char *dot = memchr(name, '.', piece->len);
    Word first = {name, dot ? (u32)(dot - name) : piece->len};
    const Words *argument = find_argument(s, first);
    const Declared *declared = find_declared(s, first);
    if (argument)
        spell_declared(s, name, piece->len, word_of(s, argument->span), false);
    else if (declared)
        spell_declared(s, name, piece->len, declared->word, declared->import);
    else
        spell(s, FORMAT_NAME, name, piece->len);
    piece->text = name;
}

/* ---- expressions ---- */

/* True where an operand ends, so that an operator, a method or an end comes next. */
static bool ends_value(int kind)
{
    switch (kind) {
    case TOK_NAME:
    case TOK_DOTNAME:
    case TOK_RPAREN:
    case TOK_RBRACE: return true;
    default: return kind >= TOK_INT && kind <= TOK_MAC;
    }
}

static void spell_expression(const Speller *s, u32 from, u32 end)
{
    bool behind_value = false;
    for (u32 i = from; i < end; i++) {
        Piece *piece = &s->f->piece[i];
        bool word = piece->kind == TOK_CONTAINS || piece->kind == TOK_MATCHES;
        if (word && !behind_value) piece->kind = TOK_NAME; /* contains(Name, 'text') */
        bool methods = piece->kind == TOK_DOTNAME && behind_value;
        if (methods) {
            char *name = arena_copy(s->f->arena, piece->text, piece->len);
            spell(s, FORMAT_METHODS, name, piece->len);
            piece->text = name;
        } else if (piece->kind == TOK_NAME || piece->kind == TOK_DOTNAME) {
            spell_name(s, i);
        } else if (strcmp(op_spelling((u8)piece->kind), "?") != 0) {
            write_as(s->f, i, op_spelling((u8)piece->kind));
        }
        behind_value = ends_value(piece->kind);
    }
}

/* ---- sift files ---- */

/* The piece at a span of the tree. */
static u32 piece_at(const Speller *s, Span span) { return piece_from(s->f, span.at); }

static u32 piece_behind(const Speller *s, Span span) { return piece_from(s->f, span.at + span.len); }

/* A name that stands for a declared one, outside of expressions. */
static void spell_use(const Speller *s, Span name)
{
    const Declared *declared = name.len ? find_declared(s, word_of(s, name)) : NULL;
    if (declared) s->f->piece[piece_at(s, name)].text = declared->word.at;
}

static void spell_entry(const Speller *s, const Entry *entry)
{
    u32 from = piece_at(s, entry->span), end = piece_behind(s, entry->span);
    write_as(s->f, from, entry_keyword(entry->kind));
    if (entry->kind == ENTRY_WITH) {
        spell_use(s, entry->name);
        spell_expression(s, piece_at(s, entry->value->outer), end);
        return;
    }
    for (u32 i = from + 1; i < end; i++) /* hex, frames, linktype */
        if (s->f->piece[i].kind == TOK_NAME) write_small(s->f, i);
}

static void spell_statement(Speller *s, const Statement *statement)
{
    s->scope = statement;
    write_as(s->f, piece_at(s, statement->span), statement_keyword(statement->kind));
    if (statement->kind == STATEMENT_IMPORT) write_small(s->f, piece_behind(s, statement->text)); /* as */
    if (statement->type.len) write_small(s->f, piece_at(s, statement->type));
    if (statement->expr.len) spell_expression(s, piece_at(s, statement->expr), piece_behind(s, statement->expr));
    if (statement->kind != STATEMENT_TEST) return;
    if (statement->name.len) write_small(s->f, piece_behind(s, statement->text)); /* of */
    spell_use(s, statement->name);
    for (const Entry *entry = statement->entries; entry; entry = entry->next) spell_entry(s, entry);
}

void format_words(Formatter *f, const FormatSpelling *spelling)
{
    Speller s = {.f = f, .spelling = spelling && spelling->spell ? spelling : NULL};
    if (!f->file) {
        spell_expression(&s, 0, f->count - 1);
        return;
    }
    list_declared(&s);
    for (const Statement *statement = f->file->first; statement; statement = statement->next)
        spell_statement(&s, statement);
}
