/* file.c - see file.h.
 *
 * Reads downwards: tokens with the comments between them; where a statement begins and ends; one reader a kind of
 * statement and of entry; metadata; small questions that others ask of the tree.
 * Always true: every reader takes at least the keyword it was called for and nothing of the next statement, so the loops
 * end and an error stays inside its statement; an expression's tokens are only counted here (parser.y reads them). */
#include "grammar/file.h"

#include "grammar/faults.h"
#include "grammar/literal.h"
#include "parser.h"

#include <strings.h>

enum {
    FRAMES_MAX = 100000,    /* ranges behind one `frames` */
    FRAME_HEX_MAX = 262144, /* bytes of a frame in hex: no capture holds longer ones */
};

static const char *const statement_word[STATEMENT_KIND_COUNT] = {
#define STATEMENT(id, word) [STATEMENT_##id] = word,
#include "grammar/keywords.def"
};
static const char *const entry_word[ENTRY_KIND_COUNT] = {
#define ENTRY(id, word) [ENTRY_##id] = word,
#include "grammar/keywords.def"
};
enum {
#define CLAUSE(id, word) CLAUSE_##id,
#include "grammar/keywords.def"
    CLAUSE_COUNT
};
static const char *const clause_word[CLAUSE_COUNT] = {
#define CLAUSE(id, word) [CLAUSE_##id] = word,
#include "grammar/keywords.def"
};

const char *statement_keyword(StatementKind kind) { return statement_word[kind]; }

const char *entry_keyword(EntryKind kind) { return entry_word[kind]; }

/* ---- tokens ---- */

typedef struct {
    Arena *arena;
    const Source *source;
    DiagList *diags;
    SiftFile *file;
    Lexer lexer;       /* behind `now` */
    Token now;         /* the token at hand; kind 0 at the end */
    bool first;        /* no other token stands before it on its line */
    u32 end;           /* where the token before it ended */
    u32 gap;           /* the first of the comments between these two */
    u32 depth;         /* brackets open before it, within the expression or the block being read */
    u32 comment_room;  /* in file->comments */
    Statement *filter; /* the last one read, which a test is for */
} Reader;

static const char *text_at(const Reader *r, Span span) { return r->source->text + span.at; }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static void keep_comment(Reader *r, Span span)
{
    SiftFile *file = r->file;
    const char *text = text_at(r, span);
    bool own_line = true;
    if (text[1] == '/' && text[span.len - 1] == '\r') span.len--;
    for (u32 at = span.at; at > file->part.at && r->source->text[at - 1] != '\n' && own_line; at--)
        own_line = is_blank(r->source->text[at - 1]) || r->source->text[at - 1] == '\r' || at <= file->header.at;
    if (file->comment_count == r->comment_room) {
        r->comment_room = MAX_OF(2 * r->comment_room, 16u);
        Comment *more = NEW_ARRAY(r->arena, Comment, r->comment_room);
        if (file->comment_count) memcpy(more, file->comments, file->comment_count * sizeof *more);
        file->comments = more;
    }
    file->comments[file->comment_count++] = (Comment){span, own_line};
}

static void advance(Reader *r)
{
    r->end = r->now.span.at + r->now.span.len;
    r->gap = r->file->comment_count;
    while ((r->now = lex_next(&r->lexer)).kind == LEX_COMMENT) keep_comment(r, r->now.span);
    const char *from = r->source->text + r->end;
    r->first = memchr(from, '\n', r->now.span.at - r->end) != NULL;
}

static bool word_is(const Reader *r, Span span, const char *word)
{
    return strlen(word) == span.len && strncasecmp(text_at(r, span), word, span.len) == 0;
}

static bool is_word(const Reader *r, const char *word)
{
    return r->now.kind == TOK_NAME && word_is(r, r->now.span, word);
}

static bool is_sign(const Reader *r, char sign)
{
    return r->now.kind >= LEX_STRAY && r->now.span.len == 1 && *text_at(r, r->now.span) == sign;
}

static int keyword_of(const Reader *r, const char *const *words, int count)
{
    if (r->now.kind != TOK_NAME) return -1;
    for (int i = 0; i < count; i++)
        if (word_is(r, r->now.span, words[i])) return i;
    return -1;
}

static void count_bracket(Reader *r)
{
    if (r->now.kind == TOK_LPAREN || r->now.kind == TOK_LBRACE) r->depth++;
    if ((r->now.kind == TOK_RPAREN || r->now.kind == TOK_RBRACE) && r->depth > 0) r->depth--;
}

/* ---- where statements begin and end ---- */

static bool takes_text(int kind) { return kind == STATEMENT_IMPORT || kind == STATEMENT_TEST; }

/* Behind a keyword inside brackets: two words in a row are no expression, so it can only be that a bracket was left
 * open and a new statement begins. */
static bool looks_like_statement(const Reader *r, int kind)
{
    Lexer ahead = r->lexer;
    Token next = lex_next(&ahead);
    while (next.kind == LEX_COMMENT) next = lex_next(&ahead);
    return next.kind == (takes_text(kind) ? TOK_STRING : TOK_NAME);
}

static bool at_statement(const Reader *r)
{
    int kind = r->first ? keyword_of(r, statement_word, STATEMENT_KIND_COUNT) : -1;
    return kind >= 0 && (r->depth == 0 || looks_like_statement(r, kind));
}

static bool at_end(const Reader *r) { return r->now.kind == 0 || at_statement(r); }

/* Nothing behind the opening of a comment can be told from comment, so it is told by whoever meets it first. */
static void skip_statement(Reader *r)
{
    while (!at_end(r)) {
        count_bracket(r);
        advance(r);
    }
}

/* ---- errors ---- */

/* The end is pointed at behind the last token, not behind the blanks and comments that follow it. */
static Span where(const Reader *r) { return at_end(r) ? (Span){r->end, 0} : r->now.span; }

static const char *found(const Reader *r)
{
    if (diag_full(r->diags)) return "";
    const char *text = diag_quote(r->arena, r->source, r->now.span);
    return r->now.kind == TOK_STRING ? text : arena_print(r->arena, "'%s'", text);
}

/* What the lexer could not read is told in its own words. */
static Diag *expected(Reader *r, const char *what)
{
    u32 count = r->diags->count;
    if (at_end(r)) return diag_error(r->diags, where(r), "expected %s", what);
    bool faulty = r->now.kind >= LEX_STRAY && r->now.kind != LEX_MISSPELT && !is_sign(r, ':');
    if (faulty) fault_report(r->source, r->diags, r->now);
    if (faulty && r->diags->count > count) return &r->diags->item[r->diags->count - 1];
    return diag_error(r->diags, where(r), "expected %s, found %s", what, found(r));
}

/* ---- pieces ---- */

static bool take_name(Reader *r, const char *what, Span *name)
{
    bool good = r->now.kind == TOK_NAME && !at_end(r) && !memchr(text_at(r, r->now.span), '.', r->now.span.len);
    if (!good) {
        Diag *diag = expected(r, what);
        if (r->now.kind == TOK_NAME && !at_end(r)) diag_hint(r->diags, diag, "names given here have no dots");
        if (r->now.kind == TOK_STRING) diag_hint(r->diags, diag, "names stand without quotes");
        return false;
    }
    *name = r->now.span;
    advance(r);
    return true;
}

static bool take_sign(Reader *r, char sign, const char *what)
{
    if (at_end(r) || !is_sign(r, sign)) {
        Diag *diag = expected(r, what);
        if (sign == '=' && r->now.kind == TOK_EQ) diag_hint(r->diags, diag, "a name is given its meaning with one '='");
        return false;
    }
    advance(r);
    return true;
}

static bool take_token(Reader *r, int kind, const char *what)
{
    if (at_end(r) || r->now.kind != kind) return expected(r, what), false;
    count_bracket(r);
    advance(r);
    return true;
}

static bool take_text(Reader *r, const char *what, Span *text)
{
    *text = r->now.span;
    return take_token(r, TOK_STRING, what);
}

static Words *add_word(Arena *arena, Words ***link, Span span)
{
    Words *word = NEW(arena, Words);
    word->span = span;
    **link = word;
    *link = &word->next;
    return word;
}

/* Everything up to the next statement; empty after an error. */
static Span take_expression(Reader *r, const char *behind)
{
    if (at_end(r)) {
        diag_error(r->diags, where(r), "expected an expression behind '%s'", behind);
        return (Span){r->end, 0};
    }
    Span from = r->now.span;
    for (r->depth = 0; !at_end(r); advance(r)) count_bracket(r);
    r->depth = 0;
    return (Span){from.at, r->end - from.at};
}

/* ---- literals ---- */

static bool is_number(const Node *node) { return node->kind == NODE_INT || node->kind == NODE_DURATION; }

static bool is_literal(const Node *node)
{
    if (node->kind == NODE_UNARY) return node->op == TOK_MINUS && is_number(node->first);
    return node->kind != NODE_NAME && node->first == NULL;
}

/* The first part of a value that is more than a literal; NULL: it is sound. */
static const Node *not_literal(const Node *value)
{
    const Node *part = value->kind == NODE_SET ? value->first : NULL;
    if (value->kind != NODE_SET) return is_literal(value) ? NULL : value;
    for (; part; part = part->next) {
        bool range = part->kind == NODE_RANGE;
        if (!is_literal(range ? part->first : part)) return range ? part->first : part;
        if (range && !is_literal(part->last)) return part->last;
    }
    return NULL;
}

static Node *sound_value(Node *value, const Source *source, DiagList *diags)
{
    const Node *wrong = value ? not_literal(value) : NULL;
    if (!wrong) return value;
    Diag *diag = diag_error(diags, wrong->span, "a parameter's value is a literal or a set of literals, not '%s'",
                            diag_full(diags) ? "" : diag_quote(diags->arena, source, wrong->span));
    diag_hint(diags, diag, "such as 80, 0xD0EF, 20ms, \"text\", 10.0.0.1, 10.0.0.0/8 or {80, 443, 8000..8100}");
    return NULL;
}

Node *parse_value(Arena *arena, const Source *source, Span part, DiagList *diags)
{
    Lexer lexer;
    lex_init(&lexer, source, part);
    if (lex_next(&lexer).kind == 0) {
        diag_error(diags, (Span){part.at, 0}, "a parameter's value is missing");
        return NULL;
    }
    return sound_value(parse_expression(arena, source, part, diags), source, diags);
}

/* ---- statements ---- */

static void read_import(Reader *r, Statement *s)
{
    if (!take_text(r, "a path in quotes behind 'import'", &s->text)) return;
    if (!is_word(r, clause_word[CLAUSE_AS]) || at_end(r)) {
        Diag *diag = expected(r, "'as' and a name behind the path");
        diag_hint(r->diags, diag, "import \"lib/common.sift\" as common");
        return;
    }
    advance(r);
    if (!take_name(r, "a name behind 'as'", &s->name)) return;
    s->bad = false;
}

static void read_body(Reader *r, Statement *s)
{
    if (!take_sign(r, '=', "'=' behind the name")) return;
    s->expr = take_expression(r, "=");
    if (s->expr.len) s->body = parse_expression(r->arena, r->source, s->expr, r->diags);
    s->bad = !s->body;
}

static void read_param(Reader *r, Statement *s)
{
    if (!take_name(r, "a name behind 'param'", &s->name)) return;
    if (!at_end(r) && is_sign(r, ':')) {
        advance(r);
        if (!take_name(r, "a type behind ':'", &s->type)) return;
    }
    read_body(r, s);
    s->body = sound_value(s->body, r->source, r->diags);
    s->bad = !s->body;
}

static bool read_args(Reader *r, Statement *s)
{
    Words **link = &s->args;
    s->called = true;
    if (!take_token(r, TOK_LPAREN, "'('")) return false;
    do {
        Span name;
        if (!take_name(r, "the name of an argument", &name)) return false;
        for (const Words *other = s->args; other; other = other->next) {
            if (other->span.len != name.len || strncasecmp(text_at(r, other->span), text_at(r, name), name.len) != 0)
                continue;
            diag_error(r->diags, name, "two arguments are called '%s'", diag_quote(r->arena, r->source, name));
            return false;
        }
        if (++s->arg_count > SIFT_ARGS_MAX) {
            diag_error(r->diags, name, "more than %d arguments", SIFT_ARGS_MAX);
            return false;
        }
        add_word(r->arena, &link, name);
    } while (r->now.kind == TOK_COMMA && !at_end(r) && (advance(r), true));
    return take_token(r, TOK_RPAREN, "',' or ')' behind the argument");
}

static void read_let(Reader *r, Statement *s)
{
    if (!take_name(r, "a name behind 'let'", &s->name)) return;
    bool called = r->now.kind == TOK_LPAREN && !at_end(r);
    if (called && !read_args(r, s)) return;
    r->depth = 0;
    read_body(r, s);
}

static void read_filter(Reader *r, Statement *s)
{
    if (!take_name(r, "a name behind 'filter'", &s->name)) return;
    if (r->now.kind == TOK_LPAREN && !at_end(r)) {
        Diag *diag = expected(r, "'=' behind the name");
        diag_hint(r->diags, diag, "what takes arguments is a let: let f(x) = ...");
        return;
    }
    read_body(r, s);
    if (s->body && s->body->kind == NODE_SET) {
        Diag *diag = diag_error(r->diags, s->body->span, "a filter is a test, not a set");
        diag_hint(r->diags, diag, "a set goes behind IN: TCP.Port IN {80, 443}");
        s->body = NULL;
        s->bad = true;
    }
}

/* ---- entries of a test ---- */

static bool entry_ends(const Reader *r)
{
    return at_end(r) || r->now.kind == TOK_RBRACE || (r->first && keyword_of(r, entry_word, ENTRY_KIND_COUNT) >= 0);
}

static Diag *expected_in_entry(Reader *r, const char *what)
{
    if (!entry_ends(r)) return expected(r, what);
    return diag_error(r->diags, (Span){r->end, 0}, "expected %s", what);
}

static bool take_integer(Reader *r, const char *what, u64 *number)
{
    if (entry_ends(r) || r->now.kind != TOK_INT) return expected_in_entry(r, what), false;
    literal_int(text_at(r, r->now.span), r->now.span.len, number);
    advance(r);
    return true;
}

static bool take_frame(Reader *r, u64 *number)
{
    Span span = r->now.span;
    if (!take_integer(r, "the number of a frame, from 1", number)) return false;
    if (*number > 0) return true;
    diag_error(r->diags, span, "frames are counted from 1");
    return false;
}

static bool read_frames(Reader *r, Entry *entry)
{
    FrameRange **link = &entry->frames;
    u32 count = 0;
    entry->listed = true;
    do {
        FrameRange *range = NEW(r->arena, FrameRange);
        range->span = r->now.span;
        if (!take_frame(r, &range->low)) return false;
        range->high = range->low;
        if (r->now.kind == TOK_DOTDOT && !entry_ends(r)) {
            advance(r);
            if (!take_frame(r, &range->high)) return false;
        }
        range->span.len = r->end - range->span.at;
        if (range->high < range->low) {
            diag_error(r->diags, range->span, "this range is empty: its first frame comes after its last");
            return false;
        }
        if (++count > FRAMES_MAX) {
            diag_error(r->diags, range->span, "more than %d ranges of frames", FRAMES_MAX);
            return false;
        }
        *link = range;
        link = &range->next;
    } while (r->now.kind == TOK_COMMA && !entry_ends(r) && (advance(r), true));
    return true;
}

static bool read_linktype(Reader *r, Entry *entry)
{
    Span span = r->now.span;
    u64 number = 0;
    if (!take_integer(r, "the number of a link type", &number)) return false;
    entry->linktype = (u32)number;
    entry->linktype_at = span;
    if (number <= UINT16_MAX) return true;
    diag_error(r->diags, span, "link types go up to 65535");
    return false;
}

static bool read_strings(Reader *r, Entry *entry, const char *what)
{
    Words **link = &entry->strings;
    if (entry_ends(r) || r->now.kind != TOK_STRING) return expected_in_entry(r, what), false;
    do {
        add_word(r->arena, &link, r->now.span);
        advance(r);
    } while (entry->hex && r->now.kind == TOK_STRING && !entry_ends(r));
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes of one string, two digits each with blanks between them; *out moves on. */
static bool decode_string(Reader *r, Span string, u8 **out)
{
    u32 end = string.at + string.len - 1;
    for (u32 at = string.at + 1; at < end; at++) {
        const char *text = r->source->text + at;
        if (is_blank(*text)) continue;
        int high = hex_digit(text[0]), low = at + 1 < end ? hex_digit(text[1]) : -1;
        if (high < 0 || low < 0) {
            Span fault = {high < 0 || at + 1 == end ? at : at + 1, 1};
            diag_error(r->diags, fault,
                       high < 0 ? "this is no hex digit" : "expected a second hex digit: two are a byte");
            return false;
        }
        *(*out)++ = (u8)(high << 4 | low);
        at++;
    }
    return true;
}

static bool decode_hex(Reader *r, Entry *entry)
{
    u64 most = 0;
    for (const Words *word = entry->strings; word; word = word->next) most += word->span.len / 2;
    u8 *bytes = arena_alloc(r->arena, most + 1, 1), *out = bytes;
    for (const Words *word = entry->strings; word; word = word->next)
        if (!decode_string(r, word->span, &out)) return false;
    entry->bytes = bytes;
    entry->byte_count = (u32)(out - bytes);
    if (entry->byte_count <= FRAME_HEX_MAX) return true;
    diag_error(r->diags, entry->strings->span, "this frame has %u bytes; %d is the limit", entry->byte_count,
               FRAME_HEX_MAX);
    return false;
}

/* match, reject: a capture, or one frame in hex. */
static bool read_verdict(Reader *r, Entry *entry)
{
    entry->linktype = 1;
    entry->hex = is_word(r, clause_word[CLAUSE_HEX]) && !entry_ends(r);
    if (entry->hex) advance(r);
    if (!read_strings(r, entry,
                      entry->hex ? "the frame's bytes, hex digits in quotes" : "a capture's path in quotes, or hex"))
        return false;
    if (entry->hex && !decode_hex(r, entry)) return false;
    if (entry_ends(r)) return true;
    if (entry->hex && is_word(r, clause_word[CLAUSE_LINKTYPE])) return advance(r), read_linktype(r, entry);
    if (!entry->hex && entry->kind == ENTRY_MATCH && is_word(r, clause_word[CLAUSE_FRAMES]))
        return advance(r), read_frames(r, entry);
    return true;
}

static bool read_count(Reader *r, Entry *entry)
{
    if (!read_strings(r, entry, "a capture's path in quotes")) return false;
    bool relation = r->now.kind >= TOK_EQ && r->now.kind <= TOK_GE; /* parser.y names them in one row */
    if (entry_ends(r) || !relation) return expected_in_entry(r, "==, !=, <, <=, > or >= behind the capture"), false;
    entry->op = (u8)r->now.kind;
    advance(r);
    return take_integer(r, "a number of frames", &entry->number);
}

static bool read_with(Reader *r, Entry *entry)
{
    if (entry_ends(r)) return expected_in_entry(r, "a parameter's name behind 'with'"), false;
    if (!take_name(r, "a parameter's name behind 'with'", &entry->name)) return false;
    if (entry_ends(r) || !is_sign(r, '=')) return expected_in_entry(r, "'=' behind the name"), false;
    advance(r);
    Span from = r->now.span;
    u32 outside = r->depth;
    while (!at_end(r) && (r->depth > outside || !entry_ends(r))) {
        count_bracket(r);
        advance(r);
    }
    r->depth = outside;
    if (r->end <= from.at) return expected_in_entry(r, "a literal behind '='"), false;
    entry->value = parse_value(r->arena, r->source, (Span){from.at, r->end - from.at}, r->diags);
    return entry->value != NULL;
}

static bool read_entry(Reader *r, Entry *entry)
{
    switch (entry->kind) {
    case ENTRY_COUNT: return read_count(r, entry);
    case ENTRY_WITH: return read_with(r, entry);
    default: return read_verdict(r, entry);
    }
}

/* Up to the next entry; only the first token in the way is named. */
static void skip_entry(Reader *r)
{
    u32 outside = r->depth;
    while (!at_end(r) && (r->depth > outside || !entry_ends(r))) {
        count_bracket(r);
        advance(r);
    }
}

static void stray_entry(Reader *r)
{
    Diag *diag = expected(r, "an entry: match, reject, count or with");
    const char *near = r->now.kind == TOK_NAME
                           ? nearest_name(text_at(r, r->now.span), r->now.span.len, entry_word, ENTRY_KIND_COUNT)
                           : NULL;
    if (near) diag_hint(r->diags, diag, "did you mean '%s'?", near);
    advance(r);
    skip_entry(r);
}

static void read_entries(Reader *r, Statement *s)
{
    Entry **link = &s->entries;
    while (!at_end(r) && r->now.kind != TOK_RBRACE) {
        int kind = keyword_of(r, entry_word, ENTRY_KIND_COUNT);
        if (kind < 0) {
            stray_entry(r);
            s->bad = true;
            continue;
        }
        Entry *entry = NEW(r->arena, Entry);
        entry->kind = (u8)kind;
        entry->keyword = entry->span = r->now.span;
        advance(r);
        entry->bad = !read_entry(r, entry);
        if (!entry->bad && !entry_ends(r)) {
            expected(r, "the end of the line behind this entry");
            entry->bad = true;
        }
        skip_entry(r);
        entry->span.len = r->end - entry->span.at;
        s->bad |= entry->bad;
        *link = entry;
        link = &entry->next;
    }
}

static void read_test(Reader *r, Statement *s)
{
    s->above = r->filter;
    if (!take_text(r, "a title in quotes behind 'test'", &s->text)) return;
    if (is_word(r, clause_word[CLAUSE_OF]) && !at_end(r)) {
        advance(r);
        if (!take_name(r, "a filter's name behind 'of'", &s->name)) return;
    }
    if (!take_token(r, TOK_LBRACE, "'{' and the test's entries")) return;
    Span open = {r->end - 1, 1};
    s->bad = false;
    read_entries(r, s);
    if (!at_end(r)) {
        take_token(r, TOK_RBRACE, "'}'");
        return;
    }
    Place place = source_place(r->source, open.at);
    diag_error(r->diags, where(r), "expected '}' to close the '{' at %u:%u", place.line, place.column);
    s->bad = true;
}

/* ---- metadata ---- */

static bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

static bool is_key(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

/* An '@' with a letter behind it begins a key where a blank stands before it: the '@' of an address does not. */
static bool key_begins(const char *text, u32 at, u32 len)
{
    return text[at] == '@' && at + 1 < len && is_letter(text[at + 1]) && is_blank(text[at - 1]);
}

/* Adds the labels of one comment line, of which it may hold several; returns where the next goes. */
static Label **add_labels(Reader *r, const Comment *comment, Label **link)
{
    const char *text = text_at(r, comment->span);
    u32 len = comment->span.len, at = 2;
    if (!comment->own_line || text[1] != '/') return link;
    while (at < len && is_blank(text[at])) at++;
    if (at == len || at == 2 || !key_begins(text, at, len)) return link;
    while (at < len) {
        Label *label = NEW(r->arena, Label);
        u32 key = at + 1, end = key, value;
        while (end < len && is_key(text[end])) end++;
        for (value = end; value < len && is_blank(text[value]); value++) {
        }
        for (at = end; at < len && !key_begins(text, at, len); at++) {
        }
        u32 stop = at;
        while (stop > value && is_blank(text[stop - 1])) stop--;
        label->key = (Span){comment->span.at + key, end - key};
        label->value = (Span){comment->span.at + MIN_OF(value, stop), stop - MIN_OF(value, stop)};
        *link = label;
        link = &label->next;
    }
    return link;
}

/* Line ends between two places that have only blanks between them. */
static u32 line_ends(const Reader *r, u32 from, u32 to)
{
    u32 count = 0;
    for (u32 at = from; at < to; at++) count += r->source->text[at] == '\n';
    return count;
}

static Label **end_of(Label **list)
{
    while (*list) list = &(*list)->next;
    return list;
}

/* The comments before the token at hand: those right above it are the statement's, unless they hang together with the
 * first line; others are the file's before the first statement, and mean nothing behind it. */
static void settle_comments(Reader *r, Statement *s)
{
    const Comment *comment = r->file->comments;
    u32 top = r->file->comment_count, below = r->now.span.at;
    while (s && top > r->gap && comment[top - 1].own_line &&
           line_ends(r, comment[top - 1].span.at + comment[top - 1].span.len, below) == 1)
        below = comment[--top].span.at;
    if (top == 0 && r->file->comment_count) top = r->file->comment_count; /* the first line is one of them */
    Label **file = end_of(r->file->count == 0 || (s && r->file->count == 1) ? &r->file->labels : &r->file->loose);
    for (u32 i = r->gap; i < top; i++) file = add_labels(r, &comment[i], file);
    Label **own = s ? &s->labels : NULL;
    for (u32 i = top; s && i < r->file->comment_count; i++) own = add_labels(r, &comment[i], own);
}

/* ---- the file ---- */

static void read_statement(Reader *r, Statement *s)
{
    switch (s->kind) {
    case STATEMENT_IMPORT: read_import(r, s); break;
    case STATEMENT_PARAM: read_param(r, s); break;
    case STATEMENT_LET: read_let(r, s); break;
    case STATEMENT_FILTER: read_filter(r, s); break;
    default: read_test(r, s); break;
    }
}

static void stray_text(Reader *r)
{
    Diag *diag = expected(r, "a statement: import, param, let, filter or test");
    const char *near = NULL;
    if (r->now.kind == TOK_NAME && r->first)
        near = nearest_name(text_at(r, r->now.span), r->now.span.len, statement_word, STATEMENT_KIND_COUNT);
    if (near)
        diag_hint(r->diags, diag, "did you mean '%s'?", near);
    else if (r->now.kind < LEX_STRAY && r->now.kind != TOK_RPAREN && r->now.kind != TOK_RBRACE)
        diag_hint(r->diags, diag, "an expression gets a name here: filter main = ...");
    count_bracket(r);
    advance(r);
    skip_statement(r);
}

/* What follows a statement on its last line. */
static void end_statement(Reader *r, Statement *s)
{
    bool told = s->bad;
    if (!told && !at_end(r) && !r->first) {
        Diag *diag = expected(r, "the end of the line behind this statement");
        if (keyword_of(r, statement_word, STATEMENT_KIND_COUNT) >= 0)
            diag_hint(r->diags, diag, "each statement begins on a line of its own");
        s->bad = told = true;
    }
    if (told) skip_statement(r);
    s->span.len = r->end - s->span.at;
}

static Statement *add_statement(Reader *r)
{
    SiftFile *file = r->file;
    Statement *s = NEW(r->arena, Statement);
    s->kind = (u8)keyword_of(r, statement_word, STATEMENT_KIND_COUNT);
    s->bad = true;
    s->keyword = s->span = r->now.span;
    if (file->last)
        file->last->next = s;
    else
        file->first = s;
    file->last = s;
    file->count++;
    return s;
}

static void read_file(Reader *r)
{
    while (r->now.kind != 0) {
        r->depth = 0;
        if (!at_statement(r)) {
            settle_comments(r, NULL);
            stray_text(r);
            continue;
        }
        Statement *s = add_statement(r);
        settle_comments(r, s);
        advance(r);
        read_statement(r, s);
        end_statement(r, s);
        if (s->kind == STATEMENT_FILTER) r->filter = s;
    }
    settle_comments(r, NULL);
}

bool sift_header(const Source *source, Span part, Span *header, u32 *version)
{
    const char *text = source->text + part.at, *end = text + part.len, *at = text;
    if (part.len >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) at += 3;
    const char *from = at;
    if (end - at < 2 || at[0] != '/' || at[1] != '/') return false;
    for (at += 2; at < end && is_blank(*at);) at++;
    if (end - at < 5 || memcmp(at, "sift", 4) != 0 || !is_blank(at[4])) return false;
    for (at += 4; at < end && is_blank(*at);) at++;
    u64 number = 0;
    const char *digits = at;
    for (; at < end && *at >= '0' && *at <= '9'; at++) number = MIN_OF(10 * number + (u64)(*at - '0'), (u64)UINT32_MAX);
    const char *last = at;
    while (at < end && (is_blank(*at) || *at == '\r')) at++;
    if (at < end && *at != '\n') return false;
    if (last == digits) return false;
    *header = (Span){(u32)(from - source->text), (u32)(last - from)};
    *version = (u32)number;
    return true;
}

bool text_is_sift(const char *text, size_t len)
{
    Source source = {.text = text, .len = (u32)MIN_OF(len, (size_t)UINT32_MAX)};
    Span header;
    u32 version;
    return sift_header(&source, (Span){0, source.len}, &header, &version);
}

SiftFile *file_parse(Arena *arena, const Source *source, Span part, DiagList *diags)
{
    SiftFile *file = NEW(arena, SiftFile);
    Reader reader = {.arena = arena, .source = source, .diags = diags, .file = file};
    u32 version = 0;
    file->part = part;
    file->unread = true;
    if (!sift_header(source, part, &file->header, &version)) {
        Diag *diag = diag_error(diags, (Span){part.at, 0}, "this is no sift file: its first line says something else");
        diag_hint(diags, diag, "write '// sift %d' on the first line", SIFT_VERSION);
        return file;
    }
    if (version != SIFT_VERSION) {
        Diag *diag =
            diag_error(diags, file->header, "this file is written for version %u of the filter files", version);
        diag_hint(diags, diag, "this pktsift reads version %d: '// sift %d'", SIFT_VERSION, SIFT_VERSION);
        return file;
    }
    file->unread = false;
    lex_init(&reader.lexer, source, part);
    reader.lexer.comments = true;
    reader.now.span = (Span){file->header.at, 0};
    advance(&reader);
    reader.first = true;
    read_file(&reader);
    return file;
}

/* ---- small questions ---- */

const Label *label_find(const Source *source, const Label *list, const char *key)
{
    for (; list; list = list->next)
        if (strlen(key) == list->key.len && strncasecmp(source->text + list->key.at, key, list->key.len) == 0)
            return list;
    return NULL;
}

const Label *label_of(const Source *source, const SiftFile *file, const Statement *statement, const char *key)
{
    const Label *own = label_find(source, statement->labels, key);
    return own ? own : label_find(source, file->labels, key);
}

const char *file_string(Arena *arena, const Source *source, Span span)
{
    u32 len = 0;
    const char *bytes = literal_string(arena, source->text + span.at, span.len, &len);
    return memchr(bytes, '\0', len) ? NULL : arena_copy(arena, bytes, len);
}
