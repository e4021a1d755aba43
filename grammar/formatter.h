/* formatter.h - what the parts of the formatter share: the text as pieces with gaps, and groups of pieces.
 *
 * For the format*.c alone, in the order of the road: format.c makes pieces and remarks of the text, format_words.c spells
 * them, format_layout.c says what each gap may become, format_print.c what it does become, format_proof.c reads the
 * result again.
 * Always true: pieces, remarks and groups are in the order of the text, an outer group before those inside it; remarks
 * may change the piece they stand before, never their order. */
#ifndef GRAMMAR_FORMATTER_H
#define GRAMMAR_FORMATTER_H

#include "grammar/file.h"
#include "grammar/format.h"
#include "grammar/text.h"
#include "grammar/token.h"

#include <strings.h>

enum { FORMAT_INDENT = 2 };

/* What stands between a piece and the one before it. */
typedef enum {
    GAP_NONE,
    GAP_BLANK, /* one blank */
    GAP_EDGE,  /* nothing; a line's end where its group is broken: inside brackets */
    GAP_JOINT, /* a blank; a line's end where its group is broken: before AND, behind a comma */
    GAP_FILL,  /* a blank; a line's end where its group is broken and what follows has no room on the line */
    GAP_LINE,  /* a line's end, always */
    GAP_TOP,   /* the same; blank lines are kept, as one: between statements, between entries */
} GapKind;

/* A comment.  It belongs to the gap it stands in. */
typedef struct {
    Span span;
    u8 lines;       /* line ends between it and the piece or remark before: 0, 1, or 2 for more */
    bool own_line;  /* nothing stands before it on its line */
    bool ends_line; /* nothing stands behind it on its line */
    bool tall;      /* a line ends inside it */
    bool blank;     /* GAP_TOP: a blank line goes in front, whatever the source has */
} Remark;

enum { NO_GROUP = UINT32_MAX };

/* A token and the gap before it.  The last piece is the end of the text. */
typedef struct {
    Span span;              /* in the source */
    int kind;               /* as the lexer says; 0 at the end */
    const char *text;       /* as it is printed */
    u32 len, width;         /* in bytes, in columns */
    u32 match;              /* brackets: the other one */
    u32 remark, remark_end; /* those in the gap */
    u8 lines;               /* line ends behind the last remark: 0, 1, or 2 for more */
    u8 gap;                 /* GapKind */
    bool blank;             /* GAP_TOP: a blank line goes in front, whatever the source has */
    bool closes;            /* a bracket: remarks in the gap stand one level deeper than it */
    u16 indent;             /* of the line that it begins, if it begins one */
    u16 pad;                /* blanks more than the gap's own */
    u32 group;              /* the innermost that the gap is inside, or NO_GROUP */
    u32 column;             /* where it would stand if all the text were one line */
} Piece;

/* Pieces that stay on one line together where they can. */
typedef struct {
    u32 first, end;  /* pieces; the gap before the first is outside */
    u32 outer;       /* the group it is inside, or NO_GROUP */
    bool forced;     /* something inside ends a line */
    bool one_a_line; /* GAP_FILL: all of them are line ends */
    bool whole;      /* on one line, however long, if it is not forced */
    bool broken;
} Group;

typedef struct {
    Arena *arena;
    const Source *source;
    SiftFile *file; /* NULL: one bare expression */
    Piece *piece;
    u32 count;
    Remark *remark;
    u32 remark_count;
    Group *group;
    u32 group_count, group_room;
} Formatter;

/* Keywords and names as they are to be written. */
void format_words(Formatter *f, const FormatSpelling *spelling);
/* Gives every piece its gap, and the groups. */
void format_layout(Formatter *f);
/* Breaks the groups that have no room, or are forced; the text. */
Text format_print(Formatter *f);
/* NULL, or what the formatted text would have that the source, of which `file` is the tree, has not. */
const char *format_proof(Arena *arena, const Source *source, const SiftFile *file, const Source *formatted);

/* One bare expression, or a sift file, whose tree *file becomes.  False after an error. */
bool format_parse(Arena *arena, const Source *source, DiagList *diags, SiftFile **file);

/* The first piece that begins at or behind a byte of the source. */
u32 piece_from(const Formatter *f, u32 at);

/* A remark in the gap ends a line. */
static inline bool gap_is_forced(const Formatter *f, const Piece *piece)
{
    for (u32 i = piece->remark; i < piece->remark_end; i++)
        if (f->remark[i].ends_line || f->remark[i].tall) return true;
    return false;
}

/* `// sift:allow RULE` speaks for a line: the one it ends, or else the next. */
bool allows(const Formatter *f, const Remark *remark);
/* Pieces from..end-1 begin on one line of the source. */
bool on_one_line(const Formatter *f, u32 from, u32 end);

/* Within a line; a CR may stand before the line's end. */
static inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* Columns of a text without line ends. */
static inline u32 text_width(const char *text, u32 len)
{
    u32 width = 0;
    for (u32 i = 0; i < len; i++) width += ((u8)text[i] & 0xC0) != 0x80;
    return width;
}

#endif
