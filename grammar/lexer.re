/* lexer.re - filter text to tokens.
 *
 * The first step on the road; shape.c asks for one token at a time.  A token is a kind and a span: no value is made and
 * no message worded here.  Words that are nearly a literal are taken whole, as one LEX_BAD_ token, so that one mistake
 * gives one message.
 * Always true: the cursor moves forward with every token and never past the limit; peek() is the only reader, so the
 * text needs no NUL at its end and may hold NULs inside. */
#include "grammar/literal.h"
#include "grammar/token.h"
#include "parser.h"

void lex_init(Lexer *lexer, const Source *source, Span part)
{
    const char *from = source->text + part.at;
    u32 bom = part.len >= 3 && memcmp(from, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    *lexer = (Lexer){.start = source->text, .cursor = from + bom, .limit = from + part.len};
}

static Token token(const Lexer *lexer, const char *from, int kind)
{
    return (Token){kind, {(u32)(from - lexer->start), (u32)(lexer->cursor - from)}};
}

/* The word from..cursor is of this kind, if literal.h can convert it. */
static Token literal(const Lexer *lexer, const char *from, int kind)
{
    u32 len = (u32)(lexer->cursor - from), low, high;
    u64 number;
    u8 v6_low[16], v6_high[16];
    bool flag;
    switch (kind) {
    case TOK_INT: return token(lexer, from, literal_int(from, len, &number) ? kind : LEX_BAD_NUMBER);
    case TOK_DURATION:
        return token(lexer, from, literal_duration(from, len, &number, &flag) ? kind : LEX_BAD_NUMBER);
    case TOK_IPV4: return token(lexer, from, literal_ipv4(from, len, &low) ? kind : LEX_BAD_ADDRESS);
    case TOK_IPV4_PREFIX:
        return token(lexer, from, literal_ipv4_prefix(from, len, &low, &high, &flag) ? kind : LEX_BAD_ADDRESS);
    case TOK_IPV6: return token(lexer, from, literal_ipv6(from, len, v6_low) ? kind : LEX_BAD_ADDRESS);
    default:
        return token(lexer, from,
                     literal_ipv6_prefix(from, len, v6_low, v6_high, &flag) ? TOK_IPV6_PREFIX : LEX_BAD_ADDRESS);
    }
}

static Token string(const Lexer *lexer, const char *from)
{
    for (const char *at = from + 1; at < lexer->cursor - 1; at++) {
        if (*at != '\\') continue;
        u32 escape = literal_escape_len(at, (u32)(lexer->cursor - 1 - at));
        if (escape == 0) return token(lexer, from, LEX_BAD_STRING);
        at += escape - 1;
    }
    return token(lexer, from, TOK_STRING);
}

static Token open_comment(Lexer *lexer, const char *from)
{
    Token found = token(lexer, from, LEX_OPEN_COMMENT);
    lexer->cursor = lexer->limit;
    return found;
}

static unsigned char peek(const Lexer *lexer)
{
    return lexer->cursor < lexer->limit ? (unsigned char)*lexer->cursor : 0;
}

Token lex_next(Lexer *lexer)
{
    for (;;) {
        const char *from = lexer->cursor, *marker = from;
        /*!re2c
        re2c:api = custom;
        re2c:api:style = free-form;
        re2c:eof = 0;
        re2c:yyfill:enable = 0;
        re2c:define:YYCTYPE = "unsigned char";
        re2c:define:YYPEEK = "peek(lexer)";
        re2c:define:YYSKIP = "++lexer->cursor;";
        re2c:define:YYBACKUP = "marker = lexer->cursor;";
        re2c:define:YYRESTORE = "lexer->cursor = marker;";
        re2c:define:YYLESSTHAN = "lexer->cursor >= lexer->limit";

        d      = [0-9];
        x2     = [0-9A-Fa-f]{2};
        w      = [0-9A-Za-z_];
        ident  = [A-Za-z_] w*;
        dec    = d+;
        quad   = dec ("." dec){3};
        colons = w* ":" w* ":" (w | ":")* ("." d w*)*;
        fancy  = "\xE2\x80" [\x98-\x9F] | "\xC2" [\xAB\xBB];
        tail   = [\x80-\xBF];

        [ \t\r\n]+                              { continue; }
        "//" [^\n]* | "/*" ([^*] | "*"+ [^*/])* "*"+ "/" {
            if (lexer->comments) return token(lexer, from, LEX_COMMENT);
            continue;
        }
        "/*"                                    { return open_comment(lexer, from); }

        'and' | "&&"                            { return token(lexer, from, TOK_AND); }
        'or' | "||"                             { return token(lexer, from, TOK_OR); }
        'not' | "!"                             { return token(lexer, from, TOK_NOT); }
        'in'                                    { return token(lexer, from, TOK_IN); }
        'contains'                              { return token(lexer, from, TOK_CONTAINS); }
        'matches'                               { return token(lexer, from, TOK_MATCHES); }
        "=="                                    { return token(lexer, from, TOK_EQ); }
        "!="                                    { return token(lexer, from, TOK_NE); }
        "<"                                     { return token(lexer, from, TOK_LT); }
        "<="                                    { return token(lexer, from, TOK_LE); }
        ">"                                     { return token(lexer, from, TOK_GT); }
        ">="                                    { return token(lexer, from, TOK_GE); }
        "|"                                     { return token(lexer, from, TOK_PIPE); }
        "^"                                     { return token(lexer, from, TOK_CARET); }
        "&"                                     { return token(lexer, from, TOK_AMP); }
        "<<"                                    { return token(lexer, from, TOK_SHL); }
        ">>"                                    { return token(lexer, from, TOK_SHR); }
        "+"                                     { return token(lexer, from, TOK_PLUS); }
        "-"                                     { return token(lexer, from, TOK_MINUS); }
        "*"                                     { return token(lexer, from, TOK_STAR); }
        "/"                                     { return token(lexer, from, TOK_SLASH); }
        "%"                                     { return token(lexer, from, TOK_PERCENT); }
        "~"                                     { return token(lexer, from, TOK_TILDE); }
        "("                                     { return token(lexer, from, TOK_LPAREN); }
        ")"                                     { return token(lexer, from, TOK_RPAREN); }
        "{"                                     { return token(lexer, from, TOK_LBRACE); }
        "}"                                     { return token(lexer, from, TOK_RBRACE); }
        ","                                     { return token(lexer, from, TOK_COMMA); }
        ".."                                    { return token(lexer, from, TOK_DOTDOT); }

        ident ("." ident)*                      { return token(lexer, from, TOK_NAME); }
        ("." ident)+                            { return token(lexer, from, TOK_DOTNAME); }

        dec                                     { return literal(lexer, from, TOK_INT); }
        '0x' [0-9A-Fa-f]+                       { return token(lexer, from, TOK_HEX); }
        dec ('ns'|'us'|'ms'|'s'|'min'|'h'|'d')  { return literal(lexer, from, TOK_DURATION); }
        quad                                    { return literal(lexer, from, TOK_IPV4); }
        quad "/" dec                            { return literal(lexer, from, TOK_IPV4_PREFIX); }
        x2 (":" x2){5} | x2 ("-" x2){5}         { return token(lexer, from, TOK_MAC); }
        colons                                  { return literal(lexer, from, TOK_IPV6); }
        colons "/" w+                           { return literal(lexer, from, TOK_IPV6_PREFIX); }
        ["] ([^"\\\n] | [\\] [^\n])* ["]        { return string(lexer, from); }
        ['] ([^'\\\n] | [\\] [^\n])* [']        { return string(lexer, from); }

        d w* ("." d w*)*                        { return token(lexer, from, LEX_BAD_NUMBER); }
        dec ("." dec){1,2} "/" dec              { return token(lexer, from, LEX_BAD_ADDRESS); }
        quad "/" w+ ("." w+)*                   { return token(lexer, from, LEX_BAD_ADDRESS); }
        quad ":" dec                            { return token(lexer, from, LEX_BAD_ADDRESS); }
        colons "%" w+                           { return token(lexer, from, LEX_BAD_ADDRESS); }
        x2 ("-" x2){5} ("-" w* | w+)+           { return token(lexer, from, LEX_BAD_ADDRESS); }
        ["] ([^"\\\n] | [\\] [^\n])* [\\]?      { return token(lexer, from, LEX_OPEN_STRING); }
        ['] ([^'\\\n] | [\\] [^\n])* [\\]?      { return token(lexer, from, LEX_OPEN_STRING); }
        fancy [^"'\xC2\xE2\n]* (fancy | ["'])       { return token(lexer, from, LEX_FANCY_STRING); }
        "=" | ":=" | "===" | "!==" | "<>"       { return token(lexer, from, LEX_MISSPELT); }
        "=<" | "=>"                             { return token(lexer, from, LEX_MISSPELT); }
        "$"? "[" [^\]\n]* "]"?                  { return token(lexer, from, LEX_BRACKETS); }

        $                                       { return token(lexer, from, 0); }
        [\xC2-\xDF] tail                        { return token(lexer, from, LEX_STRAY); }
        [\xE0-\xEF] tail{2}                     { return token(lexer, from, LEX_STRAY); }
        [\xF0-\xF4] tail{3}                     { return token(lexer, from, LEX_STRAY); }
        *                                       { return token(lexer, from, LEX_STRAY); }
        */
    }
}
