/* token.h - a token is a kind and a span; the kinds come from parser.y through lemon (build/gen/parser.h, TOK_ prefix).
 *
 * Between lexer.re, which makes tokens, and parser.y, which takes them. */
#ifndef GRAMMAR_TOKEN_H
#define GRAMMAR_TOKEN_H

#include "grammar/diag.h"

typedef struct {
    int kind; /* TOK_..., 0 at the end of the text, or a LEX_ value below */
    Span span;
} Token;

/* What no rule of the grammar takes: each has one message, in parser.y's driver. */
enum {
    LEX_STRAY = 1000,     /* a byte or word no rule takes */
    LEX_OPEN_STRING,      /* a quote without its end on the line */
    LEX_OPEN_COMMENT,     /* slash-star without its end */
    LEX_BAD_NUMBER,       /* 0x without digits, 12ab, 1.2.3, 300.1.1.1.1 */
    LEX_BAD_ADDRESS,      /* 2001:::1 and other colon words that are no address */
};

typedef struct {
    const char *start, *cursor, *limit;
} Lexer;

void lex_init(Lexer *lexer, const Source *source);
Token lex_next(Lexer *lexer);

#endif
