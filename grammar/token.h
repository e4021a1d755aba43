/* token.h - a token is a kind and a span; the kinds come from parser.y through lemon (build/gen/parser.h, TOK_ prefix).
 *
 * Between lexer.re, which makes tokens, and shape.c, which reports the bad ones and hands the others to parser.y.
 * Always true: spans are in order and do not overlap, and the text of a literal token is one that literal.h converts
 * (an address with an octet above 255 never becomes TOK_IPV4). */
#ifndef GRAMMAR_TOKEN_H
#define GRAMMAR_TOKEN_H

#include "grammar/diag.h"

typedef struct {
    int kind; /* TOK_..., 0 at the end of the text, or a LEX_ value below */
    Span span;
} Token;

/* What no rule of the grammar takes: each has its messages in faults.c. */
enum {
    LEX_STRAY = 1000, /* a character no rule takes */
    LEX_OPEN_STRING,  /* a quote without its end on the line */
    LEX_BAD_STRING,   /* a string with an unknown escape */
    LEX_FANCY_STRING, /* a string in typographic quotes */
    LEX_OPEN_COMMENT, /* slash-star without its end; the span is the slash-star, and nothing comes after it */
    LEX_BAD_NUMBER,   /* 0x without digits, 12ab, 1.2.3, more than 64 bits, an unknown unit of time */
    LEX_BAD_ADDRESS,  /* 300.1.1.1, 10.0.0.0/33, 2001:::1 and other words that are nearly an address */
    LEX_MISSPELT,     /* = := === !== <> =< => : an operator of another language */
    LEX_BRACKETS,     /* [...] up to its end or the line's, maybe with a '$' in front */
    LEX_COMMENT,      /* no fault: given out only where the lexer is asked for comments */
};

typedef struct {
    const char *start, *cursor, *limit;
    bool comments; /* give them out as LEX_COMMENT; else they are passed over as blanks are */
} Lexer;

/* Reads this part of the source.  The source must outlive the lexer; it needs no NUL at its end, and nothing outside the
 * part is read.  A byte-order mark at the part's start is passed over. */
void lex_init(Lexer *lexer, const Source *source, Span part);
Token lex_next(Lexer *lexer);

#endif
