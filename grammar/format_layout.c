/* format_layout.c - what each gap may become: glued, a blank, or the end of a line.
 *
 * Between format_words.c and format_print.c.  Reads downwards: gaps and groups; chains and brackets of an expression;
 * statements; the file.
 * Always true: every gap is set once, but that of the last piece, which ends the text; at the outermost level of a sift
 * file a line may begin with AND, OR, a statement or an entry, with another word only where the source has it so: there
 * the first word of a line decides what the line is. */
#include "grammar/formatter.h"
#include "parser.h"

/* ---- gaps and groups ---- */

/* Where an expression stands: the indent of the line that its first piece is on, and the group around it. */
typedef struct {
    u32 indent, group;
} Site;

static void set_gap(Formatter *f, u32 i, GapKind gap, u32 indent, u32 group)
{
    Piece *piece = &f->piece[i];
    piece->gap = (u8)gap;
    piece->indent = (u16)indent;
    piece->group = group;
}

/* Indents go as deep as brackets and chains do. */
_Static_assert(2 * (NESTING_MAX + 2) * FORMAT_INDENT < UINT16_MAX, "an indent fits");

static u32 open_group(Formatter *f, u32 first, u32 end, u32 outer)
{
    if (f->group_count == f->group_room) {
        f->group_room = MAX_OF(2 * f->group_room, 64u);
        Group *more = NEW_ARRAY(f->arena, Group, f->group_room);
        if (f->group_count) memcpy(more, f->group, f->group_count * sizeof *more);
        f->group = more;
    }
    f->group[f->group_count] = (Group){.first = first, .end = end, .outer = outer};
    return f->group_count++;
}

static void force(Formatter *f, u32 group)
{
    for (; group != NO_GROUP && !f->group[group].forced; group = f->group[group].outer) f->group[group].forced = true;
}

static bool opens(int kind) { return kind == TOK_LPAREN || kind == TOK_LBRACE; }

/* The first piece of this kind in from..end - 1 outside of brackets, or `end`. */
static u32 find_kind(const Formatter *f, u32 from, u32 end, int kind)
{
    while (from < end && f->piece[from].kind != kind)
        from = (opens(f->piece[from].kind) ? f->piece[from].match : from) + 1;
    return MIN_OF(from, end);
}

static bool has_kind(const Formatter *f, u32 from, u32 end, int kind) { return find_kind(f, from, end, kind) < end; }

static bool is_chain(const Formatter *f, u32 from, u32 end)
{
    return has_kind(f, from, end, TOK_OR) || has_kind(f, from, end, TOK_AND);
}

/* ---- chains ---- */

static void lay_operand(Formatter *f, u32 from, u32 end, Site site);
static void lay_brackets(Formatter *f, u32 open, bool call, Site site);

static void lay_link(Formatter *f, u32 from, u32 end, int kind, Site site)
{
    if (kind == TOK_AND || !has_kind(f, from, end, TOK_AND)) {
        lay_operand(f, from, end, site);
        return;
    }
    u32 group = open_group(f, from, end, site.group), deeper = site.indent + FORMAT_INDENT;
    for (u32 first = from; from < end;) {
        u32 joint = find_kind(f, from, end, TOK_AND);
        lay_operand(f, from, joint, (Site){from == first ? site.indent : deeper, group});
        if (joint < end) set_gap(f, joint, GAP_JOINT, deeper, group);
        if (joint + 1 < end) set_gap(f, joint + 1, GAP_BLANK, deeper, group);
        from = joint + 1;
    }
}

/* A test: operands joined by OR, or else by AND, or one alone; the lines of the second and later ones are indented by
 * `joints`.  The first gap is the caller's. */
static void lay_test(Formatter *f, u32 from, u32 end, Site site, u32 joints)
{
    int kind = has_kind(f, from, end, TOK_OR) ? TOK_OR : TOK_AND;
    for (u32 first = from; from < end;) {
        u32 joint = find_kind(f, from, end, kind);
        lay_link(f, from, joint, kind, (Site){from == first ? site.indent : joints, site.group});
        if (joint < end) set_gap(f, joint, GAP_JOINT, joints, site.group);
        if (joint + 1 < end) set_gap(f, joint + 1, GAP_BLANK, joints, site.group);
        from = joint + 1;
    }
}

/* ---- operands ---- */

/* One piece, or one with a minus in front. */
static bool is_short(const Formatter *f, u32 from, u32 end)
{
    if (f->piece[from].kind == TOK_MINUS) from++;
    return end - from == 1 && f->piece[from].kind != TOK_DOTNAME;
}

/* Between two pieces of an operand; `prefix`: the first is a '-' or '~' in front of its value. */
static GapKind gap_between(const Formatter *f, u32 i, bool prefix, bool value, bool tight)
{
    int before = f->piece[i - 1].kind, kind = f->piece[i].kind;
    if (prefix) return GAP_NONE;
    if (kind == TOK_DOTDOT || before == TOK_DOTDOT) return tight ? GAP_NONE : GAP_BLANK;
    if (value && kind == TOK_LPAREN) return GAP_NONE;
    /* Behind a literal of digits a dot may be read as part of it. */
    if (value && kind == TOK_DOTNAME) return before == TOK_RPAREN || before == TOK_STRING ? GAP_NONE : GAP_BLANK;
    return GAP_BLANK;
}

static bool ends_value(int kind)
{
    return kind == TOK_NAME || kind == TOK_DOTNAME || kind == TOK_RPAREN || kind == TOK_RBRACE ||
           (kind >= TOK_INT && kind <= TOK_MAC); /* the literals stand together in parser.y */
}

static void lay_operand(Formatter *f, u32 from, u32 end, Site site)
{
    u32 range = find_kind(f, from, end, TOK_DOTDOT);
    bool tight = range < end && is_short(f, from, range) && is_short(f, range + 1, end), value = false, prefix = false;
    for (u32 i = from; i < end; i++) {
        int kind = f->piece[i].kind;
        if (i > from) set_gap(f, i, gap_between(f, i, prefix, value, tight), site.indent + FORMAT_INDENT, site.group);
        prefix = !value && (kind == TOK_MINUS || kind == TOK_TILDE);
        if (opens(kind)) {
            lay_brackets(f, i, value, site);
            i = f->piece[i].match;
        }
        value = ends_value(f->piece[i].kind);
    }
}

/* ---- brackets ---- */

static void lay_element(Formatter *f, u32 from, u32 end, Site site)
{
    u32 group = is_chain(f, from, end) ? open_group(f, from, end, site.group) : site.group;
    lay_test(f, from, end, (Site){site.indent, group}, site.indent + FORMAT_INDENT);
}

static void lay_list(Formatter *f, u32 from, u32 end, GapKind gap, Site site)
{
    for (u32 first = from; from < end;) {
        u32 comma = find_kind(f, from, end, TOK_COMMA);
        set_gap(f, from, from == first ? GAP_EDGE : gap, site.indent, site.group);
        lay_element(f, from, comma, site);
        if (comma < end) set_gap(f, comma, GAP_NONE, site.indent + FORMAT_INDENT, site.group);
        from = comma + 1;
    }
}

/* f({80, 443}): its brackets go together. */
static void lay_lone_set(Formatter *f, u32 open, Site site)
{
    set_gap(f, open + 1, GAP_NONE, site.indent + FORMAT_INDENT, site.group);
    lay_brackets(f, open + 1, false, site);
    set_gap(f, f->piece[open].match, GAP_NONE, site.indent, site.group);
}

static void lay_inside(Formatter *f, u32 open, bool call, u32 group, Site site)
{
    u32 close = f->piece[open].match, deeper = site.indent + FORMAT_INDENT;
    bool set = f->piece[open].kind == TOK_LBRACE;
    set_gap(f, close, close == open + 1 ? GAP_NONE : GAP_EDGE, site.indent, group);
    if (close == open + 1) return;
    if (set || call) {
        lay_list(f, open + 1, close, set ? GAP_FILL : GAP_JOINT, (Site){deeper, group});
        return;
    }
    set_gap(f, open + 1, GAP_EDGE, deeper, group);
    lay_test(f, open + 1, close, (Site){deeper, group}, deeper);
}

/* The gap before the opening bracket is the caller's; `call`: arguments, of a function or a method. */
static void lay_brackets(Formatter *f, u32 open, bool call, Site site)
{
    u32 close = f->piece[open].match, group = open_group(f, open, close + 1, site.group);
    f->piece[close].closes = true;
    if (call && close > open + 1 && f->piece[open + 1].kind == TOK_LBRACE && f->piece[open + 1].match == close - 1) {
        lay_lone_set(f, open, (Site){site.indent, group});
        return;
    }
    lay_inside(f, open, call, group, site);
    if (f->piece[open].kind == TOK_LBRACE && f->piece[close - 1].kind == TOK_COMMA) {
        f->group[group].one_a_line = true;
        force(f, group);
    }
}

/* ---- lines that a remark wants whole ---- */

static bool stays_whole(const Formatter *f, u32 from, u32 end)
{
    const Piece *first = &f->piece[from], *next = &f->piece[end];
    if (!on_one_line(f, from, end)) return false;
    const Remark *above = first->remark_end > first->remark ? &f->remark[first->remark_end - 1] : NULL;
    const Remark *behind = next->remark_end > next->remark ? &f->remark[next->remark] : NULL;
    return (above && above->own_line && first->lines == 1 && allows(f, above)) ||
           (behind && !behind->own_line && allows(f, behind));
}

/* ---- statements ---- */

static bool begins_statement(const Formatter *f, u32 i)
{
    const Piece *piece = &f->piece[i];
    for (int kind = 0; kind < STATEMENT_KIND_COUNT; kind++) {
        const char *word = statement_keyword((StatementKind)kind);
        if (piece->kind == TOK_NAME && piece->len == strlen(word) && strncasecmp(piece->text, word, piece->len) == 0)
            return true;
    }
    return false;
}

/* What stands behind '='.  It begins on that line when it is one operand that ends in brackets, which can be broken inside;
 * and when its first word would begin a statement on a line of its own. */
static void lay_body(Formatter *f, u32 from, u32 end, u32 group)
{
    int last = f->piece[end - 1].kind;
    bool chain = is_chain(f, from, end), bracketed = !chain && (last == TOK_RPAREN || last == TOK_RBRACE);
    bool here = bracketed || begins_statement(f, from);
    set_gap(f, from, here ? GAP_BLANK : chain ? GAP_JOINT : GAP_FILL, FORMAT_INDENT, group);
    lay_test(f, from, end, (Site){bracketed ? 0 : FORMAT_INDENT, group}, FORMAT_INDENT);
}

/* import, param, let, filter. */
static void lay_declaration(Formatter *f, const Statement *s, u32 from, u32 end)
{
    u32 group = open_group(f, from, end, NO_GROUP), body = s->expr.len ? piece_from(f, s->expr.at) : end;
    f->group[group].whole = stays_whole(f, from, end);
    for (u32 i = from + 1; i < body; i++) {
        bool arguments = f->piece[i].kind == TOK_LPAREN;
        set_gap(f, i, arguments ? GAP_NONE : GAP_BLANK, FORMAT_INDENT, group);
        if (!arguments) continue;
        lay_brackets(f, i, true, (Site){0, group});
        i = f->piece[i].match;
    }
    if (body < end) lay_body(f, body, end, group);
}

/* ---- tests ---- */

static void lay_with(Formatter *f, const Entry *entry, u32 from, u32 end, u32 group)
{
    u32 value = piece_from(f, entry->value->outer.at), deeper = 2 * FORMAT_INDENT;
    for (u32 i = from + 1; i <= value; i++) set_gap(f, i, GAP_BLANK, deeper, group);
    lay_test(f, value, end, (Site){FORMAT_INDENT, group}, deeper);
}

/* match, reject, count.  The strings of a frame in hex stand below each other. */
static void lay_verdict(Formatter *f, const Entry *entry, u32 from, u32 end, u32 group)
{
    u32 strings = 0, deeper = 2 * FORMAT_INDENT,
        below = FORMAT_INDENT + f->piece[from].len + f->piece[from + 1].pad + 2;
    if (entry->hex) below += f->piece[from + 1].len;
    for (u32 i = from + 1; i < end; i++) {
        int kind = f->piece[i].kind, before = f->piece[i - 1].kind;
        bool further = kind == TOK_STRING && strings++ > 0, range = kind == TOK_DOTDOT || before == TOK_DOTDOT;
        GapKind gap = range || kind == TOK_COMMA ? GAP_NONE : before == TOK_COMMA ? GAP_FILL : GAP_BLANK;
        set_gap(f, i, further ? GAP_LINE : gap, further ? below : deeper, group);
    }
}

static void lay_entry(Formatter *f, const Entry *entry, u32 longest)
{
    u32 from = piece_from(f, entry->span.at), end = piece_from(f, entry->span.at + entry->span.len);
    u32 group = open_group(f, from, end, NO_GROUP);
    set_gap(f, from, GAP_TOP, FORMAT_INDENT, NO_GROUP);
    f->piece[from + 1].pad = (u16)(longest - f->piece[from].len);
    if (entry->kind == ENTRY_WITH)
        lay_with(f, entry, from, end, group);
    else
        lay_verdict(f, entry, from, end, group);
}

static void lay_block(Formatter *f, const Statement *s, u32 from, u32 end)
{
    u32 longest = 0, close = end - 1;
    bool empty = !s->entries && f->piece[close].remark == f->piece[close].remark_end;
    for (u32 i = from + 1; i < close; i++) set_gap(f, i, GAP_BLANK, FORMAT_INDENT, NO_GROUP);
    for (const Entry *entry = s->entries; entry; entry = entry->next) longest = MAX_OF(longest, entry->keyword.len);
    for (const Entry *entry = s->entries; entry; entry = entry->next) lay_entry(f, entry, longest);
    set_gap(f, close, empty ? GAP_NONE : GAP_TOP, 0, NO_GROUP);
    f->piece[close].closes = true;
}

/* ---- blank lines ---- */

/* The first of the remarks that hang together with the piece below them; remark_end: there is none.  `alone`: up to the
 * first that shares its line with another, where file.c stops looking for metadata. */
static u32 remarks_above(const Formatter *f, const Piece *piece, bool alone)
{
    u32 first = piece->remark_end;
    u8 lines = piece->lines;
    for (u32 i = piece->remark_end; i > piece->remark && lines < 2; lines = f->remark[i].lines) {
        bool own_line = f->remark[--i].own_line;
        if (own_line) first = i;
        if (!own_line && alone) break;
    }
    return first;
}

/* Imports, parameters and lets may stand together. */
static bool needs_blank(const Statement *above, const Statement *s)
{
    return !above || above->kind != s->kind || s->kind == STATEMENT_FILTER || s->kind == STATEMENT_TEST;
}

/* Remarks that hang together with the statement stay with it; those that hang together with the first line stay there,
 * but for what is metadata of the statement or speaks for its line. */
static void put_blank(Formatter *f, Piece *piece)
{
    u32 first = remarks_above(f, piece, false);
    if (first == 0) first = remarks_above(f, piece, true);
    if (first == 0)
        for (first = piece->remark_end; first > 1 && allows(f, &f->remark[first - 1]);) first--;
    if (first == piece->remark_end)
        piece->blank = true;
    else
        f->remark[first].blank = true;
}

/* ---- the file ---- */

static void lay_file(Formatter *f)
{
    const Statement *above = NULL;
    for (const Statement *s = f->file->first; s; above = s, s = s->next) {
        u32 from = piece_from(f, s->span.at), end = piece_from(f, s->span.at + s->span.len);
        set_gap(f, from, GAP_TOP, 0, NO_GROUP);
        if (needs_blank(above, s)) put_blank(f, &f->piece[from]);
        if (s->kind == STATEMENT_TEST)
            lay_block(f, s, from, end);
        else
            lay_declaration(f, s, from, end);
    }
}

static void lay_bare(Formatter *f)
{
    u32 end = f->count - 1, group = open_group(f, 0, end, NO_GROUP);
    f->group[group].whole = stays_whole(f, 0, end);
    set_gap(f, 0, GAP_TOP, 0, NO_GROUP);
    lay_test(f, 0, end, (Site){0, group}, 0);
}

void format_layout(Formatter *f)
{
    if (f->file)
        lay_file(f);
    else
        lay_bare(f);
    set_gap(f, f->count - 1, GAP_TOP, 0, NO_GROUP);
    for (u32 i = 0; i < f->count; i++)
        if (gap_is_forced(f, &f->piece[i])) force(f, f->piece[i].group);
}
