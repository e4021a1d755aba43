/* shape.c - see shape.h.
 *
 * Reads downwards: the road of one token (shape_next), what may stand where a value is expected (at_value), where an
 * operator is (at_operator), how brackets close, and last the wording of errors and hints.
 * Always true: each at_... function gives out `*t`, drops it, or puts it back after giving out what was missing; a token
 * put back has brought the state on, so the loop ends. */
#include "grammar/shape.h"

#include "grammar/faults.h"
#include "grammar/file.h"
#include "parser.h"

#include <strings.h>

/* Kinds of token that play the same part. */
#define BIT(kind) (1ull << TOK_##kind)
_Static_assert(TOK_HOLE < 64, "a set of token kinds fits in 64 bits");
static const u64 NAMES = BIT(NAME) | BIT(DOTNAME), JOINTS = BIT(AND) | BIT(OR), CLOSERS = BIT(RPAREN) | BIT(RBRACE);
static const u64 LITERALS = BIT(INT) | BIT(HEX) | BIT(DURATION) | BIT(STRING) | BIT(IPV4) | BIT(IPV4_PREFIX) |
                            BIT(IPV6) | BIT(IPV6_PREFIX) | BIT(MAC) | BIT(HOLE);
static const u64 COMPARISONS =
    BIT(EQ) | BIT(NE) | BIT(LT) | BIT(LE) | BIT(GT) | BIT(GE) | BIT(IN) | BIT(CONTAINS) | BIT(MATCHES);
static const u64 ARITHMETIC = BIT(PIPE) | BIT(CARET) | BIT(AMP) | BIT(SHL) | BIT(SHR) | BIT(PLUS) | BIT(MINUS) |
                              BIT(STAR) | BIT(SLASH) | BIT(PERCENT);

static bool any_of(int kind, u64 kinds) { return kinds >> kind & 1; }

static bool at_value(Shape *s, Token *t);
static bool at_operator(Shape *s, Token *t);
static bool skip(Shape *s, Token *t);
static bool missing_value(Shape *s, Token *t);
static bool no_operator(Shape *s, Token *t);
static bool missing_close(Shape *s, Token *t);
static void say_missing_close(Shape *s, const Token *t);
static const char *quote(const Shape *s, Span span);
static Diag *error(Shape *s, Span span, const char *text, const char *hint);

void shape_init(Shape *s, const Source *source, Span part, bool macros, DiagList *diags)
{
    *s = (Shape){.source = source,
                 .diags = diags,
                 .whole = macros ? "expression" : "filter",
                 .macros = macros,
                 .want_value = true,
                 .stray_end = UINT32_MAX,
                 .told_at = UINT32_MAX};
    lex_init(&s->lexer, source, part);
}

/* ---- the road of one token ---- */

/* Just behind the token given out last: where something is missing. */
static Span behind_last(const Shape *s) { return (Span){s->last.span.at + s->last.span.len, 0}; }

/* Nothing behind the opening of a comment can be told from comment. */
static void open_comment(Shape *s, Token t)
{
    fault_report(s->source, s->diags, t);
    s->stop = true;
}

/* A token that the grammar knows: faults inside a token are reported here, whether or not it will be skipped. */
static Token read_token(Shape *s)
{
    for (;;) {
        Token t = lex_next(&s->lexer);
        if (t.kind < LEX_STRAY) return t;
        bool stray = t.kind == LEX_STRAY || t.kind == LEX_BRACKETS, told = stray && t.span.at == s->stray_end;
        if (t.kind == LEX_STRAY) s->stray_end = t.span.at + t.span.len;
        if (t.kind == LEX_MISSPELT) s->told_at = t.span.at;
        if (t.kind == LEX_OPEN_COMMENT) {
            open_comment(s, t);
            return (Token){0, t.span};
        }
        t.kind = told ? 0 : fault_report(s->source, s->diags, t);
        if (t.kind) return t;
    }
}

static Token take(Shape *s) { return s->ahead_count ? s->ahead[--s->ahead_count] : read_token(s); }

static void put_back(Shape *s, Token t) { s->ahead[s->ahead_count++] = t; }

/* The token behind the one at hand. */
static Token peek(Shape *s)
{
    if (s->ahead_count == 0) put_back(s, read_token(s));
    return s->ahead[s->ahead_count - 1];
}

bool shape_next(Shape *s, Token *token)
{
    while (!s->stop) {
        Token t = take(s);
        if (s->stop) break;
        bool given = s->want_value ? at_value(s, &t) : s->skipping ? skip(s, &t) : at_operator(s, &t);
        if (!given) continue;
        if (t.span.len > 0) s->last = t;
        *token = t;
        return true;
    }
    return false;
}

/* ---- where a value is expected ---- */

static Open *top(Shape *s) { return &s->open[s->depth]; }

static bool give_value(Shape *s, bool callable)
{
    s->want_value = false;
    s->callable = callable;
    s->prefixes = 0;
    return true;
}

/* Where a part of its own begins, of true or false: NOT may stand here. */
static bool test_may_begin(Shape *s)
{
    int last = s->last.kind;
    if (last == TOK_COMMA) return top(s)->kind == OPEN_CALL;
    return last == 0 || any_of(last, JOINTS | BIT(NOT) | BIT(LPAREN));
}

static bool too_deep(Shape *s, const Token *t)
{
    Diag *diag = diag_error(s->diags, t->span, "this is nested more than %d deep", NESTING_MAX);
    diag_hint(s->diags, diag, "sets and chains of AND or OR may be of any length");
    s->stop = true;
    return false;
}

/* NOT, '-' and '~' pile up on the parser's stack until their value comes. */
static bool give_prefix(Shape *s, const Token *t) { return ++s->prefixes < NESTING_MAX || too_deep(s, t); }

static bool open_bracket(Shape *s, const Token *t, OpenKind kind)
{
    if (s->depth == NESTING_MAX) return too_deep(s, t);
    s->prefixes = 0;
    s->open[++s->depth] = (Open){.kind = (u8)kind, .at = t->span};
    s->want_value = true;
    s->callable = false;
    return true;
}

/* The bracket on top is closed by a token given out: what it held is a value now, or the set behind IN. */
static bool close_bracket(Shape *s)
{
    bool was_set = top(s)->kind == OPEN_SET;
    s->depth--;
    if (was_set) top(s)->complete = true;
    return give_value(s, false);
}

/* Behind IN: a set in braces, one literal, or the name of either. */
static bool at_in_value(Shape *s, Token *t)
{
    if (t->kind == TOK_LBRACE) return open_bracket(s, t, OPEN_SET);
    if (!any_of(t->kind, s->macros ? LITERALS | NAMES : LITERALS)) return missing_value(s, t);
    top(s)->complete = true;
    return give_value(s, false);
}

/* A closing bracket with nothing before it: f(), {1, 2, }, and the mistake {}. */
static bool at_empty_close(Shape *s, Token *t)
{
    Open *open = top(s);
    int last = s->last.kind;
    if (t->kind == TOK_RPAREN && open->kind == OPEN_CALL && last == TOK_LPAREN) return close_bracket(s);
    if (t->kind == TOK_RBRACE && open->kind == OPEN_SET && last == TOK_COMMA) return close_bracket(s);
    if (t->kind != TOK_RBRACE || open->kind != OPEN_SET || last != TOK_LBRACE) return missing_value(s, t);
    error(s, span_to(open->at, t->span), "this set is empty: nothing would ever match", NULL);
    put_back(s, *t);
    *t = (Token){TOK_HOLE, {t->span.at, 0}};
    return give_value(s, false);
}

/* Where a set in braces may stand without IN in front: as a whole argument, or as all that a name stands for. */
static bool set_may_begin(Shape *s)
{
    if (!s->macros || top(s)->alone) return false;
    if (top(s)->kind == OPEN_CALL) return any_of(s->last.kind, BIT(LPAREN) | BIT(COMMA));
    return s->last.kind == 0;
}

static bool at_value(Shape *s, Token *t)
{
    if (s->last.kind == TOK_IN) return at_in_value(s, t);
    if (t->kind == TOK_LBRACE && set_may_begin(s)) {
        top(s)->alone = true;
        return open_bracket(s, t, OPEN_SET);
    }
    if (any_of(t->kind, LITERALS)) return give_value(s, false);
    if (any_of(t->kind, NAMES)) return give_value(s, true);
    if (any_of(t->kind, CLOSERS)) return at_empty_close(s, t);
    if (any_of(t->kind, BIT(MINUS) | BIT(TILDE))) return give_prefix(s, t);
    if (t->kind == TOK_NOT && test_may_begin(s)) return give_prefix(s, t);
    if (t->kind == TOK_LPAREN) return open_bracket(s, t, OPEN_GROUP);
    if (any_of(t->kind, BIT(CONTAINS) | BIT(MATCHES)) && peek(s).kind == TOK_LPAREN) {
        t->kind = TOK_NAME; /* contains(Name, 'text'): NetMon's older spelling */
        return give_value(s, true);
    }
    return missing_value(s, t);
}

/* ---- where an operator is expected ---- */

static bool want_value(Shape *s)
{
    s->want_value = true;
    s->callable = false;
    return true;
}

/* AND, OR and the comma begin a new part, in which one comparison may stand. */
static bool new_part(Shape *s)
{
    Open *open = top(s);
    open->compared = open->complete = open->ranged = open->alone = false;
    return want_value(s);
}

static bool at_comparison(Shape *s, Token *t)
{
    if (top(s)->kind == OPEN_SET || top(s)->compared) return no_operator(s, t);
    top(s)->compared = true;
    return want_value(s);
}

static bool at_range(Shape *s, Token *t)
{
    if (top(s)->kind != OPEN_SET || top(s)->ranged) return no_operator(s, t);
    top(s)->ranged = true;
    return want_value(s);
}

/* NOT cannot follow a value; but "x NOT IN y" is easily understood, and read on as "x IN y". */
static bool at_late_not(Shape *s, Token *t)
{
    if (!any_of(peek(s).kind, BIT(IN) | BIT(CONTAINS) | BIT(MATCHES))) return no_operator(s, t);
    const char *word = quote(s, peek(s).span), *name = s->callable ? quote(s, s->last.span) : "x";
    Diag *diag = error(s, t->span, "NOT goes in front of the whole comparison", NULL);
    diag_hint(s->diags, diag, "write NOT (%s %s ...)", name, word);
    return false;
}

/* Is a bracket open that this one closes? */
static bool closes(const Shape *s, int kind)
{
    for (u32 i = s->depth; i > 0; i--)
        if ((s->open[i].kind == OPEN_SET) == (kind == TOK_RBRACE)) return true;
    return false;
}

/* A closing bracket that no open one waits for. */
static bool at_stray_close(Shape *s, Token *t)
{
    bool brace = t->kind == TOK_RBRACE;
    u32 *owed = brace ? &s->owed_braces : &s->owed_parens;
    if (*owed > 0) {
        --*owed;
        return false;
    }
    if (s->depth == 0) {
        diag_error(s->diags, t->span, "this '%c' closes nothing: no '%c' is open", brace ? '}' : ')',
                   brace ? '{' : '(');
        return false;
    }
    say_missing_close(s, t); /* the wrong one of the two kinds */
    t->kind = brace ? TOK_RPAREN : TOK_RBRACE;
    return close_bracket(s);
}

static bool at_close(Shape *s, Token *t)
{
    bool brace = t->kind == TOK_RBRACE;
    if (s->depth > 0 && (top(s)->kind == OPEN_SET) == brace) return close_bracket(s);
    return closes(s, t->kind) ? missing_close(s, t) : at_stray_close(s, t);
}

static bool at_end(Shape *s, Token *t)
{
    if (s->depth > 0) return missing_close(s, t);
    return true;
}

static bool takes_commas(Shape *s) { return top(s)->kind == OPEN_SET || top(s)->kind == OPEN_CALL; }

static bool pass_over(Shape *s)
{
    s->skipping = true;
    return false;
}

static bool at_operator(Shape *s, Token *t)
{
    int kind = t->kind;
    if (kind == 0) return at_end(s, t);
    if (any_of(kind, JOINTS) && top(s)->alone) return no_operator(s, t);
    if (any_of(kind, JOINTS)) return top(s)->kind == OPEN_SET ? missing_close(s, t) : new_part(s);
    if (any_of(kind, CLOSERS)) return at_close(s, t);
    if (kind == TOK_COMMA && takes_commas(s)) return new_part(s);
    if (kind == TOK_NOT) return at_late_not(s, t);
    if (kind == TOK_HOLE) return pass_over(s); /* told already, when it was read */
    if (top(s)->complete) return no_operator(s, t);
    if (any_of(kind, COMPARISONS)) return at_comparison(s, t);
    if (any_of(kind, ARITHMETIC)) return want_value(s);
    if (kind == TOK_DOTDOT) return at_range(s, t);
    if (kind == TOK_LPAREN && s->callable) return open_bracket(s, t, OPEN_CALL);
    /* A method, but not of a bare name: with that it would be one name with a dot in it. */
    if (kind == TOK_DOTNAME && !s->callable) return give_value(s, true);
    return no_operator(s, t);
}

/* ---- behind a fault ---- */

/* Places to go on from: AND, OR, a comma, a closing bracket, of the bracket in which the fault was; and the end.  A
 * bracket that closes nothing belongs to the fault. */
static bool ends_skipping(Shape *s, const Token *t)
{
    if (t->kind == 0) return true;
    if (s->skip_depth > 0) return false;
    if (any_of(t->kind, JOINTS)) return top(s)->kind != OPEN_SET && !top(s)->alone;
    if (any_of(t->kind, CLOSERS)) return closes(s, t->kind);
    return t->kind == TOK_COMMA && takes_commas(s);
}

static bool skip(Shape *s, Token *t)
{
    if (ends_skipping(s, t)) {
        s->quiet_end |= t->kind == 0;
        s->skipping = false;
        s->skip_depth = 0;
        put_back(s, *t);
    } else if (any_of(t->kind, BIT(LPAREN) | BIT(LBRACE))) {
        s->skip_depth++;
    } else if (any_of(t->kind, CLOSERS) && s->skip_depth > 0) {
        s->skip_depth--;
    }
    return false;
}

/* ---- wording ---- */

/* A span's text for a message; not made when the message will only be counted. */
static const char *quote(const Shape *s, Span span)
{
    return diag_full(s->diags) ? "" : diag_quote(s->diags->arena, s->source, span);
}

static Diag *error(Shape *s, Span span, const char *text, const char *hint)
{
    Diag *diag = diag_error(s->diags, span, "%s", text);
    if (hint) diag_hint(s->diags, diag, "%s", hint);
    return diag;
}

/* "'=='" or "end of filter"; strings keep their own quotes. */
static const char *found(const Shape *s, const Token *t)
{
    if (t->kind == 0) return s->macros ? "end of expression" : "end of filter";
    if (diag_full(s->diags)) return "";
    const char *text = quote(s, t->span);
    return t->kind == TOK_STRING ? text : arena_print(s->diags->arena, "'%s'", text);
}

/* The end is pointed at behind the last token, not behind the blanks and comments that follow it. */
static Span where(const Shape *s, const Token *t) { return t->kind == 0 ? behind_last(s) : t->span; }

static bool is_word(const Shape *s, const Token *t, const char *word)
{
    return strlen(word) == t->span.len && strncasecmp(s->source->text + t->span.at, word, t->span.len) == 0;
}

/* A stray character, told already, stands between the last token and this one: a complaint about what is missing there
 * would tell the same fault again. */
static bool behind_stray(const Shape *s, const Token *t)
{
    return s->stray_end != UINT32_MAX && s->stray_end > behind_last(s).at && s->stray_end <= t->span.at;
}

/* What kind of thing should stand behind the last token. */
static const char *wanted(Shape *s)
{
    switch (s->last.kind) {
    case TOK_IN: return "a set such as {1, 2}, or one literal,";
    case TOK_COMMA: return top(s)->kind == OPEN_CALL ? "an argument" : "a value";
    case TOK_LPAREN: return top(s)->kind == OPEN_CALL ? "an argument" : "a test";
    case 0:
    case TOK_AND:
    case TOK_OR:
    case TOK_NOT: return "a test";
    default: return "a value";
    }
}

static void hint_value(Shape *s, Diag *diag, const Token *t)
{
    int last = s->last.kind;
    if (t->kind == TOK_NOT)
        diag_hint(s->diags, diag, "NOT goes in front of the whole comparison");
    else if (last == TOK_IN && t->kind == TOK_LPAREN)
        diag_hint(s->diags, diag, "a set is written in braces: {80, 443, 8000..8100}");
    else if (last == TOK_IN && any_of(t->kind, BIT(MINUS) | BIT(TILDE)))
        diag_hint(s->diags, diag, "in braces any expression may stand: x IN {-5}");
    else if (last == TOK_IN && t->kind == TOK_NAME)
        diag_hint(s->diags, diag, "to compare with one name, use '=='");
    else if (t->kind == TOK_LBRACE)
        diag_hint(s->diags, diag, "a set goes behind IN: TCP.Port IN {80, 443}");
    else if (any_of(last, JOINTS) && any_of(t->kind, COMPARISONS))
        diag_hint(s->diags, diag, "repeat the name: x == 80 OR x == 443; or use a set: x IN {80, 443}");
    else if (t->kind == TOK_STAR && peek(s).kind == TOK_NAME)
        diag_hint(s->diags, diag, "names have no wildcards");
}

static void say_missing_value(Shape *s, const Token *t)
{
    Diag *diag;
    if (t->kind == 0 && s->last.kind == 0) {
        error(s, (Span){0, 0}, "the filter is empty", "write a test, such as TCP.Port == 80");
        return;
    }
    if (s->last.kind == 0)
        diag = diag_error(s->diags, t->span, "expected a test at the start of the %s, found %s", s->whole, found(s, t));
    else
        diag = diag_error(s->diags, where(s, t), "expected %s after '%s', found %s", wanted(s), quote(s, s->last.span),
                          found(s, t));
    hint_value(s, diag, t);
}

/* Gives out a hole in the place of the value, and keeps `*t` for later. */
static bool missing_value(Shape *s, Token *t)
{
    if (!behind_stray(s, t) && (t->span.at != s->told_at || t->kind == 0)) say_missing_value(s, t);
    if (s->last.kind == TOK_IN) top(s)->complete = true;
    s->skipping = true;
    put_back(s, *t);
    *t = (Token){TOK_HOLE, {where(s, t).at, 0}};
    return give_value(s, false);
}

/* The operator that a word in its place was meant to be: another language's name for it, or ours with one letter wrong.
 * 0 when there is none. */
static int other_word(const Shape *s, const Token *t, const char **spelling)
{
    static const struct {
        const char *word, *spelling;
        int kind;
    } table[] = {{"eq", "==", TOK_EQ},
                 {"ne", "!=", TOK_NE},
                 {"lt", "<", TOK_LT},
                 {"le", "<=", TOK_LE},
                 {"gt", ">", TOK_GT},
                 {"ge", ">=", TOK_GE},
                 {"is", "==", TOK_EQ},
                 {"equals", "==", TOK_EQ},
                 {"like", "CONTAINS", TOK_CONTAINS},
                 {"match", "MATCHES", TOK_MATCHES}};
    static const struct {
        const char *word;
        int kind;
    } ours[] = {{"AND", TOK_AND}, {"CONTAINS", TOK_CONTAINS}, {"MATCHES", TOK_MATCHES}, {"OR", TOK_OR}};
    if (t->kind != TOK_NAME) return 0;
    for (u32 i = 0; i < COUNT_OF(table); i++)
        if (is_word(s, t, table[i].word)) return *spelling = table[i].spelling, table[i].kind;
    const char *text = s->source->text + t->span.at;
    for (u32 i = 0; i < COUNT_OF(ours); i++)
        if (t->span.len > 1 && name_distance(text, t->span.len, ours[i].word, strlen(ours[i].word), 1) == 1)
            return *spelling = ours[i].word, ours[i].kind;
    return 0;
}

/* tcpdump's "port 53", "host 10.0.0.1", "net 10.0.0.0/8", "tcp port 80". */
static bool hint_tcpdump(Shape *s, Diag *diag, const Token *t)
{
    const Token *last = &s->last;
    bool v4 = any_of(t->kind, BIT(IPV4) | BIT(IPV4_PREFIX)), v6 = any_of(t->kind, BIT(IPV6) | BIT(IPV6_PREFIX));
    const char *value = quote(s, t->span);
    if (is_word(s, last, "port") && t->kind == TOK_INT)
        diag_hint(s->diags, diag, "NetMon form: TCP.Port == %s OR UDP.Port == %s", value, value);
    else if ((is_word(s, last, "host") || is_word(s, last, "net")) && (v4 || v6))
        diag_hint(s->diags, diag, "NetMon form: IPv%c.Address == %s", v4 ? '4' : '6', value);
    else if ((is_word(s, last, "tcp") || is_word(s, last, "udp")) && is_word(s, t, "port") && peek(s).kind == TOK_INT)
        diag_hint(s->diags, diag, "NetMon form: %s.Port == %s", is_word(s, last, "tcp") ? "TCP" : "UDP",
                  quote(s, peek(s).span));
    else
        return false;
    return true;
}

static void hint_operator(Shape *s, Diag *diag, const Token *t)
{
    if (hint_tcpdump(s, diag, t)) return;
    if (t->kind == TOK_DOTNAME && s->callable)
        diag_hint(s->diags, diag, "write %s%s, without a blank", quote(s, s->last.span), quote(s, t->span));
    else if (t->kind == TOK_NOT)
        diag_hint(s->diags, diag, "did you mean 'AND NOT'?");
    else if (t->kind == TOK_LBRACE)
        diag_hint(s->diags, diag, "a set goes behind IN: TCP.Port IN {80, 443}");
    else if (t->kind == TOK_TILDE && peek(s).kind == TOK_STRING)
        diag_hint(s->diags, diag, "did you mean 'MATCHES'?");
    else if (t->kind == TOK_COMMA)
        diag_hint(s->diags, diag, "commas stand between arguments, and between the values of a set");
}

/* What may follow the last token, for "expected ... after". */
static const char *follows(Shape *s)
{
    bool complete = top(s)->complete;
    if (top(s)->alone && top(s)->kind == OPEN_FILTER) return "the end";
    switch (top(s)->kind) {
    case OPEN_GROUP: return complete ? "AND, OR or ')'" : "an operator or ')'";
    case OPEN_CALL: return "',' or ')'";
    case OPEN_SET: return "',' or '}'";
    default: return complete ? "AND, OR or the end" : "an operator";
    }
}

/* An operator stands where this one cannot. */
static bool misplaced(Shape *s, const Token *t)
{
    if (t->kind == TOK_DOTDOT && top(s)->kind != OPEN_SET)
        error(s, t->span, "'..' makes a range, and ranges stand in sets only", "such as TCP.Port IN {8000..8100}");
    else if (t->kind == TOK_DOTDOT)
        error(s, t->span, "a range has two ends: this is the second '..'", NULL);
    else if (any_of(t->kind, COMPARISONS) && top(s)->kind == OPEN_SET)
        diag_error(s->diags, t->span, "a set holds values, not tests: '%s' cannot stand here", quote(s, t->span));
    else if (any_of(t->kind, COMPARISONS))
        error(s, t->span, "comparisons do not chain", "join two comparisons with AND: 10 <= x AND x <= 20");
    else
        return false;
    return true;
}

static bool is_statement(const Shape *s, const Token *t)
{
    for (StatementKind kind = 0; kind < STATEMENT_KIND_COUNT; kind++)
        if (is_word(s, t, statement_keyword(kind))) return true;
    return false;
}

/* `filter main = ...` in a text that is one expression: the first line, which opens the larger language, is missing.
 * Whatever follows would be told as a fault of an expression, which it is not. */
static bool headless(Shape *s, const Token *t)
{
    if (s->macros || s->depth > 0 || !any_of(t->kind, BIT(NAME) | BIT(STRING)) || !is_statement(s, &s->last))
        return false;
    Diag *diag = diag_error(s->diags, s->last.span, "'%s' begins a statement, and this text is one expression",
                            quote(s, s->last.span));
    diag_hint(s->diags, diag, "files of statements have '// sift %d' as their first line", SIFT_VERSION);
    s->stop = true;
    return true;
}

/* `*t` cannot follow the value before it.  A word that means an operator elsewhere is read as that one; else the text is
 * passed over up to the next place to go on from. */
static bool no_operator(Shape *s, Token *t)
{
    const char *spelling = NULL;
    if (headless(s, t)) return false;
    int meant = behind_stray(s, t) || misplaced(s, t) ? -1 : other_word(s, t, &spelling);
    if (meant >= 0) {
        Diag *diag = diag_error(s->diags, t->span, "expected %s after '%s', found %s", follows(s),
                                quote(s, s->last.span), found(s, t));
        if (meant > 0)
            diag_hint(s->diags, diag, "did you mean '%s'?", spelling);
        else
            hint_operator(s, diag, t);
    }
    if (meant > 0) {
        t->kind = meant;
        return at_operator(s, t);
    }
    put_back(s, *t);
    return pass_over(s);
}

/* Finding the place reads the text from its start, so it is not done for messages that are only counted. */
static void say_missing_close(Shape *s, const Token *t)
{
    const char *bracket = top(s)->kind == OPEN_SET ? "{}" : "()";
    Place place = {0, 0};
    if (!diag_full(s->diags)) place = source_place(s->source, top(s)->at.at);
    diag_error(s->diags, where(s, t), "expected '%c' to close the '%c' at %u:%u, found %s", bracket[1], bracket[0],
               place.line, place.column, found(s, t));
}

/* The bracket on top was never closed: gives out what closes it, and keeps `*t` for later.  Where the text ends inside
 * several brackets, the innermost is named and the others are closed without a word. */
static bool missing_close(Shape *s, Token *t)
{
    bool set = top(s)->kind == OPEN_SET;
    if (!s->quiet_end) say_missing_close(s, t);
    s->quiet_end |= t->kind == 0;
    if (set)
        s->owed_braces++;
    else
        s->owed_parens++;
    put_back(s, *t);
    *t = (Token){set ? TOK_RBRACE : TOK_RPAREN, {where(s, t).at, 0}};
    return close_bracket(s);
}
