/* format.c - see format.h: text -> pieces and remarks -> gaps -> lines, and the proof.
 *
 * Reads downwards: how a text becomes pieces, which piece a remark stands before, and at the end the road.
 * Always true: the text was parsed without error before it is cut into pieces, so brackets match, and nothing behind this
 * has to expect a fault. */
#include "grammar/format.h"

#include "grammar/formatter.h"
#include "parser.h"

/* ---- pieces ---- */

static Lexer lexer_of(const Source *source)
{
    Lexer lexer;
    lex_init(&lexer, source, (Span){0, source->len});
    lexer.comments = true;
    return lexer;
}

static void make_room(Formatter *f)
{
    Lexer lexer = lexer_of(f->source);
    u32 pieces = 1, remarks = 1; /* the end of the text is a piece too */
    for (Token t = lex_next(&lexer); t.kind != 0; t = lex_next(&lexer))
        *(t.kind == LEX_COMMENT ? &remarks : &pieces) += 1;
    f->piece = NEW_ARRAY(f->arena, Piece, pieces);
    f->remark = NEW_ARRAY(f->arena, Remark, remarks);
}

static u8 line_ends(const Source *source, u32 from, u32 to)
{
    u8 lines = 0;
    for (u32 at = from; at < to && lines < 2; at++) lines += source->text[at] == '\n';
    return lines;
}

/* As file.c sees it, because it decides what is metadata. */
static bool begins_line(const Source *source, u32 start, u32 at)
{
    while (at > start && is_blank(source->text[at - 1])) at--;
    return at == start || source->text[at - 1] == '\n';
}

static void add_remark(Formatter *f, Span span, u32 start, u8 lines)
{
    const char *text = f->source->text + span.at;
    while (text[1] == '/' && is_blank(text[span.len - 1])) span.len--;
    f->remark[f->remark_count++] = (Remark){.span = span,
                                            .lines = lines,
                                            .own_line = begins_line(f->source, start, span.at),
                                            .tall = memchr(text, '\n', span.len) != NULL};
}

static void add_piece(Formatter *f, Token t, u32 remark, u8 lines)
{
    const char *text = f->source->text + t.span.at;
    f->piece[f->count++] = (Piece){.span = t.span,
                                   .kind = t.kind,
                                   .text = text,
                                   .len = t.span.len,
                                   .width = text_width(text, t.span.len),
                                   .lines = lines,
                                   .remark = remark,
                                   .remark_end = f->remark_count,
                                   .group = NO_GROUP};
}

static void read_pieces(Formatter *f)
{
    Lexer lexer = lexer_of(f->source);
    u32 start = (u32)(lexer.cursor - lexer.start), before = start, remark = 0;
    Token t;
    do {
        t = lex_next(&lexer);
        u8 lines = line_ends(f->source, before, t.span.at);
        before = t.span.at + t.span.len;
        if (f->remark_count > remark) f->remark[f->remark_count - 1].ends_line = lines > 0 || t.kind == 0;
        if (t.kind == LEX_COMMENT) {
            add_remark(f, t.span, start, lines);
            continue;
        }
        add_piece(f, t, remark, lines);
        remark = f->remark_count;
    } while (t.kind != 0);
}

u32 piece_from(const Formatter *f, u32 at)
{
    u32 low = 0, high = f->count - 1;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (f->piece[middle].span.at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void match_brackets(Formatter *f)
{
    u32 *open = NEW_ARRAY(f->arena, u32, f->count), depth = 0;
    for (u32 i = 0; i < f->count; i++) {
        int kind = f->piece[i].kind;
        if (kind == TOK_LPAREN || kind == TOK_LBRACE) open[depth++] = i;
        if (kind != TOK_RPAREN && kind != TOK_RBRACE) continue;
        f->piece[i].match = open[--depth];
        f->piece[open[depth]].match = i;
    }
}

/* ---- where remarks stand ---- */

bool allows(const Formatter *f, const Remark *remark)
{
    static const char word[] = "sift:allow";
    const char *text = f->source->text + remark->span.at;
    u32 at = 2, len = remark->span.len;
    while (at < len && is_blank(text[at])) at++;
    return text[1] == '/' && len - at >= sizeof word - 1 && memcmp(text + at, word, sizeof word - 1) == 0;
}

bool on_one_line(const Formatter *f, u32 from, u32 end)
{
    u32 last = f->piece[end - 1].span.at;
    return !memchr(f->source->text + f->piece[from].span.at, '\n', last - f->piece[from].span.at);
}

/* `(a OR // x
 *   b) // sift:allow RULE`: the bracket closes on a line of its own, and the remark stays on the line of b. */
static void keep_allowed(Formatter *f, u32 i)
{
    Piece *piece = &f->piece[i], *next = piece + 1;
    if (piece->kind != TOK_RPAREN || next->remark == next->remark_end) return;
    const Remark *remark = &f->remark[next->remark];
    int before = piece->match > 0 ? f->piece[piece->match - 1].kind : 0;
    bool call = before == TOK_NAME || before == TOK_DOTNAME;
    if (call || remark->own_line || !remark->ends_line || !allows(f, remark)) return;
    u32 last = i; /* of what is inside */
    while (f->piece[last].kind == TOK_RPAREN) last--;
    if (on_one_line(f, last, i + 1) && !on_one_line(f, piece->match, i + 1)) piece->remark_end = ++next->remark;
}

/* Lines are broken before AND and OR and behind commas; a remark that ends its line goes along. */
static void settle_remarks(Formatter *f)
{
    for (u32 i = 0; i + 1 < f->count; i++) {
        Piece *piece = &f->piece[i], *next = piece + 1;
        bool joint = piece->kind == TOK_AND || piece->kind == TOK_OR, comma = piece->kind == TOK_COMMA;
        const Piece *from = joint ? next : piece;
        u32 end = from->remark_end;
        while (end > from->remark && !f->remark[end - 1].ends_line) end--;
        if (end == from->remark) continue;
        if (joint) piece->remark_end = next->remark = end;
        if (comma) piece->remark_end = next->remark = piece->remark;
    }
    for (u32 i = f->count - 1; i-- > 0;) keep_allowed(f, i); /* through several brackets: from the outermost in */
}

/* ---- the road ---- */

bool format_parse(Arena *arena, const Source *source, DiagList *diags, SiftFile **file)
{
    Span header;
    u32 version, errors = diags->errors;
    if (source->len <= FILTER_BYTES_MAX && sift_header(source, (Span){0, source->len}, &header, &version))
        *file = file_parse(arena, source, (Span){0, source->len}, diags);
    else
        parse(arena, source, diags);
    return diags->errors == errors;
}

const char *format_source(Arena *arena, const Source *source, const FormatSpelling *spelling, DiagList *diags, u32 *len)
{
    Formatter f = {.arena = arena, .source = source};
    *len = 0;
    if (source->len == 0) return ""; /* a filter, as compile.c has it: every frame */
    if (!format_parse(arena, source, diags, &f.file)) return NULL;
    make_room(&f);
    read_pieces(&f);
    match_brackets(&f);
    settle_remarks(&f);
    format_words(&f, spelling);
    format_layout(&f);
    Text text = format_print(&f);
    Source formatted = {.name = source->name, .text = text.bytes, .len = (u32)MIN_OF(text.len, (size_t)UINT32_MAX)};
    const char *lost = format_proof(arena, source, f.file, &formatted);
    if (lost) {
        diag_error(diags, (Span){0, 0}, "this text stays as it is: formatted, it would have %s", lost);
        return NULL;
    }
    *len = formatted.len;
    return text.bytes;
}
