/* parser.y - the shape of a filter: tokens to tree.
 *
 * The third step on the road, behind lexer.re and shape.c.  Rules build nodes and do nothing else; names, types and values
 * are compiler/check.c's.  Two layers: a test is true or false, a term is a value; so comparisons cannot chain and NOT
 * cannot stand inside arithmetic.  grammar/README.md has the same as a table.
 * Always true: shape.c hands over well-shaped tokens only (each error is reported and repaired there), so the parser
 * meets no syntax error; the engine stands on the C stack, takes no memory but the arena's, and touches no global. */
%include {
#define NDEBUG 1                    /* lemon's tracing keeps its state in globals */
#define Parse_ENGINEALWAYSONSTACK 1 /* no malloc: parse() owns the engine */
#include "grammar/build.h"
#include "grammar/shape.h"
}
%token_prefix TOK_
%token_type {Token}
%default_type {Node *}
%extra_context {Build *b}
/* A pending operator holds two entries and becomes a level of the tree; an open bracket holds at most four and is counted
 * by shape.c; a chain of AND and OR may leave two more for each bracket.  Both have NESTING_MAX as their limit. */
%stack_size 2000
%stack_overflow { build_too_deep(b); }
%syntax_error { build_unexpected(b, TOKEN); }

%left OR.
%left AND.
%right NOT.
%left PIPE.
%left CARET.
%left AMP.
%left SHL SHR.
%left PLUS MINUS.
%left STAR SLASH PERCENT.
%right TILDE.
%left DOTNAME.

filter ::= test(A).                                              { b->root = A; }
filter ::= set(A).                                               { b->root = A; }

test(R) ::= test(A) OR(T) test(B).                               { R = ast_join(b, NODE_OR, A, T, B); }
test(R) ::= test(A) AND(T) test(B).                              { R = ast_join(b, NODE_AND, A, T, B); }
test(R) ::= NOT(T) test(A).                                      { R = ast_unary(b, NODE_NOT, T, A); }
test(R) ::= term(A) EQ|NE|LT|LE|GT|GE|CONTAINS|MATCHES(T) term(B). { R = ast_binary(b, NODE_COMPARE, A, T, B); }
test(R) ::= term(A) IN(T) set(B).                                { R = ast_binary(b, NODE_IN, A, T, B); }
test(R) ::= term(A) IN(T) literal(B).                            { R = ast_binary(b, NODE_IN, A, T, B); }
test(R) ::= term(A) IN(T) name(B).                               { R = ast_binary(b, NODE_IN, A, T, B); }
test(R) ::= term(A).                                             { R = A; }

term(R) ::= term(A) PIPE(T) term(B).                             { R = ast_binary(b, NODE_BINARY, A, T, B); }
term(R) ::= term(A) CARET(T) term(B).                            { R = ast_binary(b, NODE_BINARY, A, T, B); }
term(R) ::= term(A) AMP(T) term(B).                              { R = ast_binary(b, NODE_BINARY, A, T, B); }
term(R) ::= term(A) SHL|SHR(T) term(B).                          { R = ast_binary(b, NODE_BINARY, A, T, B); }
term(R) ::= term(A) PLUS|MINUS(T) term(B).                       { R = ast_binary(b, NODE_BINARY, A, T, B); }
term(R) ::= term(A) STAR|SLASH|PERCENT(T) term(B).               { R = ast_binary(b, NODE_BINARY, A, T, B); }
term(R) ::= MINUS|TILDE(T) term(A). [TILDE]                      { R = ast_unary(b, NODE_UNARY, T, A); }
term(R) ::= LPAREN(T) test(A) RPAREN(U).                         { R = ast_group(T, A, U); }
term(R) ::= call(A) RPAREN(U).                                   { R = ast_close(A, U); }
term(R) ::= arguments(A) RPAREN(U).                              { R = ast_close(A, U); }
term(R) ::= term(A) DOTNAME(T).                                  { R = ast_method(b, A, T, false); }
term(R) ::= name(A).                                             { R = A; }
term(R) ::= literal(A).                                          { R = A; }

call(R) ::= NAME|DOTNAME(T) LPAREN.                              { R = ast_call(b, T); }
call(R) ::= term(A) DOTNAME(T) LPAREN.                           { R = ast_method(b, A, T, true); }
arguments(R) ::= call(A) argument(B).                            { R = ast_add(b, A, B); }
arguments(R) ::= arguments(A) COMMA argument(B).                 { R = ast_add(b, A, B); }
argument(R) ::= test(A).                                         { R = A; }
argument(R) ::= set(A).                                          { R = A; }

set(R) ::= elements(A) RBRACE(U).                                { R = ast_close(A, U); }
set(R) ::= elements(A) COMMA RBRACE(U).                          { R = ast_close(A, U); }
elements(R) ::= LBRACE(T) element(A).                            { R = ast_set(b, T, A); }
elements(R) ::= elements(A) COMMA element(B).                    { R = ast_add(b, A, B); }
element(R) ::= term(A).                                          { R = A; }
element(R) ::= term(A) DOTDOT(T) term(B).                        { R = ast_binary(b, NODE_RANGE, A, T, B); }

name(R) ::= NAME|DOTNAME(T).                                     { R = ast_leaf(b, T); }
literal(R) ::= INT|HEX|DURATION|STRING(T).                       { R = ast_leaf(b, T); }
literal(R) ::= IPV4|IPV4_PREFIX|IPV6|IPV6_PREFIX|MAC(T).         { R = ast_leaf(b, T); }
/* Stands where shape.c reported that a value is missing or bad.  No tree with a hole leaves parse(). */
literal(R) ::= HOLE(T).                                          { R = ast_leaf(b, T); }

%code {
static void report_size(const Source *source, DiagList *diags)
{
    diag_error(diags, (Span){0, 0}, "this filter has %u bytes; %u is the limit", source->len, FILTER_BYTES_MAX);
}

static Node *parse_span(Arena *arena, const Source *source, Span part, bool macros, DiagList *diags)
{
    Build build = {.arena = arena, .diags = diags};
    u32 errors = diags->errors;
    yyParser engine;
    Shape shape;
    Token token = {-1, {0, 0}};
    ParseInit(&engine, &build);
    shape_init(&shape, source, part, macros, diags);
    while (!build.stop && token.kind != 0 && shape_next(&shape, &token)) {
        build.here = token.span;
        Parse(&engine, token.kind, token);
    }
    return diags->errors == errors ? build.root : NULL;
}

Node *parse(Arena *arena, const Source *source, DiagList *diags)
{
    if (source->len > FILTER_BYTES_MAX) return report_size(source, diags), NULL;
    return parse_span(arena, source, (Span){0, source->len}, false, diags);
}

Node *parse_expression(Arena *arena, const Source *source, Span part, DiagList *diags)
{
    return parse_span(arena, source, part, true, diags);
}
}
