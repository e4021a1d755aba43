/* file.h - a sift file: its statements, metadata and comments, as they stand in the text.
 *
 * The larger language around expressions: what a first line "// sift 1" opens.  file_parse() splits the text into
 * statements and has parser.y read each expression; compiler/module.c gives the names meaning.  The formatter, lint and
 * test runner read the same tree.
 * Always true: statements are in the order of the text and do not overlap; an error in one leaves the others whole, and
 * the one with the error is marked; every Span lies inside the part that was read. */
#ifndef GRAMMAR_FILE_H
#define GRAMMAR_FILE_H

#include "grammar/ast.h"

enum {
    SIFT_VERSION = 1,
    SIFT_ARGS_MAX = 32, /* arguments of one let */
};

typedef enum {
    STATEMENT_IMPORT, /* import "path" as name */
    STATEMENT_PARAM,  /* param name = LITERAL, param name : TYPE = LITERAL */
    STATEMENT_LET,    /* let name = EXPR, let name(a, b) = EXPR */
    STATEMENT_FILTER, /* filter name = EXPR */
    STATEMENT_TEST,   /* test "title" { ENTRIES }, test "title" of FILTER { ENTRIES } */
    STATEMENT_KIND_COUNT
} StatementKind;

typedef enum {
    ENTRY_MATCH,  /* every frame matches, or exactly those listed */
    ENTRY_REJECT, /* no frame matches */
    ENTRY_COUNT,  /* so many frames match */
    ENTRY_WITH,   /* with name = LITERAL: a parameter's value in this test */
    ENTRY_KIND_COUNT
} EntryKind;

/* Some words in a row: arguments of a let, strings. */
typedef struct Words Words;
struct Words {
    Span span;
    Words *next;
};

/* Metadata, "// @key value": the key without the '@', the value without blanks around it and maybe empty. */
typedef struct Label Label;
struct Label {
    Span key, value;
    Label *next;
};

typedef struct FrameRange FrameRange;
struct FrameRange {
    Span span;
    u64 low, high; /* from 1, both included */
    FrameRange *next;
};

typedef struct Entry Entry;
struct Entry {
    u8 kind;      /* EntryKind */
    u8 op;        /* COUNT: TOK_EQ NE LT LE GT GE */
    bool bad;     /* an error in it was reported */
    bool hex;     /* MATCH, REJECT: `strings` are bytes in hex, else one path of captures */
    bool listed;  /* MATCH: `frames` says which */
    Span span;    /* all of it */
    Span keyword; /* "match" ... */
    Words *strings;
    FrameRange *frames;
    const u8 *bytes; /* hex: the frame */
    u32 byte_count;
    u32 linktype;     /* hex: its LINKTYPE_ value, 1 where nothing is said */
    Span linktype_at; /* its number in the text; empty where nothing is said */
    u64 number;       /* COUNT */
    Span name;        /* WITH */
    Node *value;      /* WITH: as the body of a param */
    Entry *next;
};

typedef struct Statement Statement;
struct Statement {
    u8 kind;      /* StatementKind */
    bool bad;     /* an error in it was reported: only keyword, and name where it has one, can be relied on */
    Span span;    /* from the keyword to the end of its last token */
    Span keyword; /* "filter" ... */
    Span name;    /* of what it declares; IMPORT: behind `as`; TEST: of the filter behind `of`.  Empty: there is none */
    Span text;    /* IMPORT: the path, TEST: the title; strings, with quotes and escapes */
    Span type;    /* PARAM: behind ':'; empty: there is none */
    Span expr;    /* PARAM, LET, FILTER: what stands behind '=' */
    Node *body;   /* the same as a tree; NULL when bad.  NODE_SET for { ... } alone.  PARAM: a literal leaf,
                     NODE_UNARY '-' over a number or a duration, NODE_SET of those and of ranges between them */
    bool called;  /* LET: parentheses stand behind the name */
    u32 arg_count;
    Words *args;
    Label *labels;    /* of the comment lines directly above */
    Statement *above; /* TEST: the nearest filter above; NULL: there is none */
    Entry *entries;
    Statement *next;
};

typedef struct {
    Span span;     /* marks included; without the line's end */
    bool own_line; /* nothing stands before it on its line */
} Comment;

typedef struct {
    Span part;   /* all of the text */
    Span header; /* "// sift 1" */
    bool unread; /* the first line was at fault: there are no statements */
    Statement *first, *last;
    u32 count;
    Label *labels;     /* the file's */
    Label *loose;      /* of comment lines in other places, which mean nothing */
    Comment *comments; /* all of them, in order, the header included */
    u32 comment_count;
} SiftFile;

/* True for a text whose first line is "// sift N", false for one bare expression.  *header is that line without its end;
 * numbers too large give UINT32_MAX. */
bool sift_header(const Source *source, Span part, Span *header, u32 *version);
/* The same question alone. */
bool text_is_sift(const char *text, size_t len);

/* Reads a part of the source; that it does not begin with "// sift 1" is an error.  Never NULL; what is wrong is in diags,
 * and statements that are wrong are marked. */
SiftFile *file_parse(Arena *arena, const Source *source, Span part, DiagList *diags);

/* A parameter's value from the command line: as the body of a param.  NULL after an error. */
Node *parse_value(Arena *arena, const Source *source, Span part, DiagList *diags);

/* "import", "param" ...; "match" ... */
const char *statement_keyword(StatementKind kind);
const char *entry_keyword(EntryKind kind);
/* The first label with this key (without case) in a list, or NULL. */
const Label *label_find(const Source *source, const Label *list, const char *key);
/* The statement's own label, or else the file's: what holds for a filter. */
const Label *label_of(const Source *source, const SiftFile *file, const Statement *statement, const char *key);
/* The text of a STRING token's span, without quotes, escapes resolved; NUL-terminated, in the arena.  NULL where it has a
 * NUL in it. */
const char *file_string(Arena *arena, const Source *source, Span span);

#endif
