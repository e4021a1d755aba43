/* format_print.c - which lines are broken, and the text.
 *
 * Behind format_layout.c.  A group stays on one line if it has room there, with what is glued to its end, and if nothing
 * in it is forced; a group inside one that stays on its line stays as well.
 * Always true: the time is linear in the text, because looking ahead ends with the line; a comment's text is given out as
 * it stands, but for blanks at line ends and the indent of its further lines. */
#include "grammar/formatter.h"
#include "parser.h"

typedef struct {
    Formatter *f;
    Text out;
    u32 column; /* where the next byte goes */
    u32 group;  /* the next that was not decided on */
} Printer;

/* ---- widths ---- */

/* Of the gap, were it no line's end: its blanks and the remarks in it. */
static u32 gap_width(const Formatter *f, const Piece *piece)
{
    bool blank = piece->gap == GAP_BLANK || piece->gap == GAP_JOINT || piece->gap == GAP_FILL;
    u32 width = blank + piece->pad;
    for (u32 i = piece->remark; i < piece->remark_end; i++)
        width += 1 + text_width(f->source->text + f->remark[i].span.at, f->remark[i].span.len);
    return width;
}

/* A line may end in the gap, for all that is known before the pieces there are reached. */
static bool may_break(const Formatter *f, const Piece *piece)
{
    return piece->gap >= GAP_EDGE || gap_is_forced(f, piece);
}

static void set_columns(Formatter *f)
{
    u32 column = 0;
    for (u32 i = 0; i < f->count; i++) {
        Piece *piece = &f->piece[i];
        piece->column = column + gap_width(f, piece);
        column = piece->column + piece->width;
    }
}

/* Columns from the beginning of a piece up to where the line may end behind another; more than FORMAT_COLUMNS is enough. */
static u32 width_up_to_break(const Formatter *f, u32 from, u32 last)
{
    u32 next = last + 1, begin = f->piece[from].column;
    while (next < f->count && !may_break(f, &f->piece[next]) && f->piece[next].column - begin <= FORMAT_COLUMNS) next++;
    return f->piece[next - 1].column + f->piece[next - 1].width - begin;
}

static bool has_room(const Printer *p, u32 from, u32 last)
{
    return p->column + width_up_to_break(p->f, from, last) <= FORMAT_COLUMNS;
}

/* ---- what is broken ---- */

static void decide_groups(Printer *p, u32 piece)
{
    Formatter *f = p->f;
    for (; p->group < f->group_count && f->group[p->group].first == piece; p->group++) {
        Group *group = &f->group[p->group];
        bool may = group->outer == NO_GROUP || f->group[group->outer].broken;
        group->broken = group->forced || (may && !group->whole && !has_room(p, piece, group->end - 1));
    }
}

/* Is there more than one line of a set's member, which begins with this piece, or no room for it on the line? */
static bool overflows(const Printer *p, u32 i)
{
    const Formatter *f = p->f;
    u32 set = f->piece[i].group, end = f->piece[i - 1].column + f->piece[i - 1].width, group = p->group, at = i;
    do {
        for (; group < f->group_count && f->group[group].first == at; group++)
            if (f->group[group].forced) return true;
        u32 column = p->column + f->piece[at].column + f->piece[at].width - end;
        if (column > FORMAT_COLUMNS || gap_is_forced(f, &f->piece[at])) return true;
        at++;
    } while (at < f->group[set].end && (f->piece[at].group != set || !may_break(f, &f->piece[at])));
    return false;
}

static bool ends_line(const Printer *p, u32 i)
{
    const Piece *piece = &p->f->piece[i];
    const Group *group = piece->group == NO_GROUP ? NULL : &p->f->group[piece->group];
    switch (piece->gap) {
    case GAP_NONE:
    case GAP_BLANK: return false;
    case GAP_EDGE:
    case GAP_JOINT: return group->broken;
    case GAP_FILL: return group->broken && (group->one_a_line || overflows(p, i));
    default: return true;
    }
}

/* ---- lines ---- */

static void add(Printer *p, const char *text, u32 len)
{
    text_add(&p->out, text, len);
    p->column += text_width(text, len);
}

static void add_blanks(Printer *p, u32 count)
{
    text_fill(&p->out, ' ', count);
    p->column += count;
}

/* The text begins with a line of its own. */
static void begin_line(Printer *p, u32 indent, bool blank)
{
    if (p->out.len) text_fill(&p->out, '\n', 1 + blank);
    p->column = 0;
    if (p->out.len) add_blanks(p, indent);
}

/* ---- remarks ---- */

/* How far the further lines of a remark that begins its line move with it; 0 where they are not indented with blanks. */
static i64 shift_of(const Printer *p, const Remark *remark)
{
    const char *text = p->f->source->text;
    u32 at = remark->span.at;
    while (at > 0 && text[at - 1] == ' ') at--;
    bool indented = at == 0 || text[at - 1] == '\n';
    return indented ? (i64)p->column - (i64)(remark->span.at - at) : 0;
}

/* One further line of a remark: its blanks at the end go, those in front change by `shift`. */
static void add_further_line(Printer *p, const char *line, u32 len, bool last, i64 shift)
{
    u32 blanks = 0;
    while (!last && len && is_blank(line[len - 1])) len--;
    while (blanks < len && line[blanks] == ' ') blanks++;
    i64 indent = MAX_OF((i64)blanks + shift, (i64)0);
    text_fill(&p->out, '\n', 1);
    p->column = 0;
    if (len > blanks) add_blanks(p, (u32)indent);
    add(p, line + blanks, len - blanks);
}

static void add_tall(Printer *p, const Remark *remark, i64 shift)
{
    const char *line = p->f->source->text + remark->span.at, *end = line + remark->span.len;
    for (bool first = true; line <= end; first = false) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        u32 len = (u32)((stop ? stop : end) - line);
        while (first && len && is_blank(line[len - 1])) len--;
        if (first)
            add(p, line, len);
        else
            add_further_line(p, line, len, !stop, shift);
        if (!stop) return;
        line = stop + 1;
    }
}

static void add_remark(Printer *p, const Remark *remark, bool begins)
{
    const Formatter *f = p->f;
    const char *text = f->source->text + remark->span.at;
    bool header = f->file && remark->span.at == f->file->header.at;
    if (header) text = arena_print(f->arena, "// sift %d", SIFT_VERSION);
    if (remark->tall)
        add_tall(p, remark, begins && remark->own_line ? shift_of(p, remark) : 0);
    else
        add(p, text, header ? (u32)strlen(text) : remark->span.len);
}

/* Does the line of the source end behind this remark and those that follow on its line? */
static bool run_ends_line(const Formatter *f, const Piece *piece, u32 remark)
{
    while (remark + 1 < piece->remark_end && !f->remark[remark + 1].own_line) remark++;
    return f->remark[remark].ends_line;
}

/* ---- gaps ---- */

/* A gap being printed. */
typedef struct {
    const Piece *piece;
    bool line;   /* it is the end of a line */
    bool tight;  /* else it is nothing, rather than a blank */
    bool opened; /* behind an opening bracket, a '=' or nothing: no blank line belongs here */
    bool ended;  /* the line ended behind the remark before */
    bool used;   /* a line was begun in it */
} Gap;

static Gap gap_before(const Printer *p, u32 i)
{
    const Piece *piece = &p->f->piece[i];
    int before = i ? p->f->piece[i - 1].kind : TOK_LBRACE;
    return (Gap){.piece = piece,
                 .line = ends_line(p, i),
                 .tight = piece->gap == GAP_NONE || piece->gap == GAP_EDGE,
                 .opened = before == TOK_LPAREN || before == TOK_LBRACE || before == LEX_MISSPELT};
}

/* A remark within a line belongs to what follows behind a comma, a bracket that opens and '=', else to what it follows. */
static bool belongs_to_next(const Piece *piece)
{
    return piece->gap != GAP_TOP && !piece->closes && piece->kind != TOK_AND && piece->kind != TOK_OR;
}

static bool begins_its_line(const Printer *p, const Gap *gap, u32 r)
{
    bool own = p->f->remark[r].own_line, ends = run_ends_line(p->f, gap->piece, r);
    if (gap->ended || (own && (ends || gap->line))) return true;
    return gap->line && !gap->used && !ends && belongs_to_next(gap->piece);
}

static void print_remark(Printer *p, Gap *gap, u32 r)
{
    const Remark *remark = &p->f->remark[r];
    bool begins = begins_its_line(p, gap, r), first = r == gap->piece->remark;
    bool blank = remark->own_line && (remark->lines > 1 || remark->blank) && (!gap->opened || gap->used);
    u32 indent = gap->piece->indent + (gap->piece->closes ? FORMAT_INDENT : 0);
    if (begins)
        begin_line(p, indent, blank);
    else if (!first || !gap->tight || !gap->opened || run_ends_line(p->f, gap->piece, r))
        add_blanks(p, 1);
    add_remark(p, remark, begins);
    gap->used |= begins;
    gap->ended = remark->ends_line;
}

static void print_gap(Printer *p, u32 i)
{
    Gap gap = gap_before(p, i);
    const Piece *piece = gap.piece;
    bool remarks = piece->remark < piece->remark_end;
    for (u32 r = piece->remark; r < piece->remark_end; r++) print_remark(p, &gap, r);
    bool blank = piece->gap == GAP_TOP && (piece->lines > 1 || piece->blank) && !piece->closes && piece->kind != 0;
    if (gap.ended || (gap.line && !gap.used))
        begin_line(p, piece->indent, blank && (remarks || !gap.opened));
    else if (!gap.tight)
        add_blanks(p, 1 + piece->pad);
    else if (remarks && gap.opened && !piece->closes)
        add_blanks(p, 1);
}

Text format_print(Formatter *f)
{
    Printer p = {.f = f, .out = {.arena = f->arena}};
    set_columns(f);
    for (u32 i = 0; i < f->count; i++) {
        print_gap(&p, i);
        decide_groups(&p, i);
        add(&p, f->piece[i].text, f->piece[i].len);
    }
    return p.out;
}
