/* lint_allow.c - the comments that switch a rule off for one line: // sift:allow rule-id, rule-id -- the reason
 *
 * Part of lint.c.  At the end of a line such a comment stands for that line; alone on a line for the next one (several of
 * them above each other stand for the same one).  A finding belongs to the line it begins on.
 * Always true: comments inside text in quotes are text, because the lexer says what is a comment. */
#include "compiler/linter.h"
#include "grammar/token.h"

typedef struct {
    int rule; /* -1: there is none of that name; it was told */
    Span at;  /* the id */
    Span line;
    bool used;
} Allow;

typedef struct {
    Linter *l;
    Span part;
    Allow *allow;
    u32 count, room;
} Allows;

/* A comment without its slashes; alone: no code stands before it on its line. */
typedef struct {
    Span text;
    bool alone;
} Remark;

static const char word[] = "sift:";
static const char verb[] = "allow";

/* ---- lines ---- */

static Span line_of(const Allows *a, u32 at)
{
    const char *text = a->l->source->text;
    u32 from = at, to = at, end = a->part.at + a->part.len;
    while (from > a->part.at && text[from - 1] != '\n') from--;
    while (to < end && text[to] != '\n') to++;
    return (Span){from, to - from};
}

static Span line_after(const Allows *a, Span line)
{
    u32 next = line.at + line.len + 1;
    return next <= a->part.at + a->part.len ? line_of(a, next) : (Span){line.at + line.len, 0};
}

static bool line_has(Span line, u32 at) { return at >= line.at && at <= line.at + line.len; }

/* ---- one comment ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static Span trimmed(const char *text, Span span)
{
    while (span.len && is_blank(text[span.at])) span = (Span){span.at + 1, span.len - 1};
    while (span.len && is_blank(text[span.at + span.len - 1])) span.len--;
    return span;
}

static bool begins_with(const char *text, Span span, const char *what)
{
    size_t len = strlen(what);
    return span.len >= len && memcmp(text + span.at, what, len) == 0;
}

static void tell_unknown(Allows *a, Span id)
{
    const char *name[RULE_COUNT], *text = a->l->source->text + id.at;
    for (int r = 0; r < RULE_COUNT; r++) name[r] = rule_info[r].name;
    const char *near = nearest_name(text, id.len, name, RULE_COUNT);
    const char *else_ = memchr(text, ' ', id.len) ? "ids have commas between them; a reason stands behind --"
                                                  : "'pktsift help rules' lists them";
    linter_add(a->l, RULE_UNKNOWN_RULE, id, arena_print(a->l->arena, "no rule is named '%s'", linter_quote(a->l, id)),
               near ? arena_print(a->l->arena, "did you mean '%s'?", near) : else_);
}

static void add_allow(Allows *a, Span id, Span line)
{
    if (a->count == a->room) {
        u32 room = a->room ? 2 * a->room : 8;
        Allow *allow = NEW_ARRAY(a->l->arena, Allow, room);
        if (a->count) memcpy(allow, a->allow, a->count * sizeof *allow);
        a->allow = allow;
        a->room = room;
    }
    int rule = rule_find(a->l->source->text + id.at, id.len);
    if (rule < 0) tell_unknown(a, id);
    a->allow[a->count++] = (Allow){rule, id, line, false};
}

/* The ids end where the comment does, or at a "--". */
static Span ids_of(const char *text, Span rest)
{
    for (u32 i = 0; i + 1 < rest.len; i++)
        if (text[rest.at + i] == '-' && text[rest.at + i + 1] == '-') return (Span){rest.at, i};
    return rest;
}

static void read_ids(Allows *a, Span ids, Span line)
{
    const char *text = a->l->source->text;
    u32 end = ids.at + ids.len;
    for (u32 from = ids.at, to; from <= end; from = to + 1) {
        for (to = from; to < end && text[to] != ','; to++) {
        }
        Span id = trimmed(text, (Span){from, to - from});
        if (id.len) add_allow(a, id, line);
    }
}

static void read_comment(Allows *a, const Remark *comment)
{
    const char *text = a->l->source->text;
    Span said = trimmed(text, comment->text), line = line_of(a, said.at);
    if (!begins_with(text, said, word)) return;
    Span rest = {said.at + sizeof word - 1, said.len - (sizeof word - 1)};
    u32 verb_end = sizeof verb - 1;
    if (!begins_with(text, rest, verb) || (rest.len > verb_end && !is_blank(text[rest.at + verb_end]))) {
        linter_add(a->l, RULE_UNKNOWN_RULE, said,
                   "a comment with 'sift:' is '// sift:allow' and the rules it switches off", NULL);
        return;
    }
    Span ids = trimmed(text, ids_of(text, (Span){rest.at + verb_end, rest.len - verb_end}));
    if (ids.len == 0)
        linter_add(a->l, RULE_UNKNOWN_RULE, said, "'sift:allow' without the rule it switches off",
                   "'pktsift help rules' lists them");
    read_ids(a, ids, comment->alone ? line_after(a, line) : line);
}

/* Between / * and * / rules have no line to be switched off for. */
static void tell_block(const Allows *a, Span comment)
{
    Span said = trimmed(a->l->source->text, (Span){comment.at + 2, comment.len - MIN_OF(comment.len, 2u)});
    if (begins_with(a->l->source->text, said, word))
        linter_add(a->l, RULE_UNKNOWN_RULE, (Span){said.at, sizeof word - 1},
                   "'sift:' means nothing in a comment of this kind", "// sift:allow, to the end of the line");
}

/* ---- all of them ---- */

static void read_comments(Allows *a)
{
    Lexer lexer;
    Token token = {-1, a->part};
    const char *text = a->l->source->text;
    lex_init(&lexer, a->l->source, a->part);
    lexer.comments = true;
    for (u32 code_end = a->part.at; token.kind != 0;) {
        token = lex_next(&lexer);
        u32 end = token.span.at + token.span.len;
        if (token.kind != LEX_COMMENT) {
            code_end = end;
            continue;
        }
        if (text[token.span.at + 1] != '/') {
            tell_block(a, token.span);
            continue;
        }
        bool alone = code_end <= line_of(a, token.span.at).at;
        read_comment(a, &(Remark){{token.span.at + 2, token.span.len - 2}, alone});
    }
}

/* Comments above each other stand for the line below the last. */
static void pass_down(Allows *a)
{
    for (u32 i = a->count; i-- > 1;) {
        Allow *above = &a->allow[i - 1];
        const Allow *below = &a->allow[i];
        if (line_has(above->line, below->at.at) && !line_has(below->line, below->at.at)) above->line = below->line;
    }
}

static void switch_off(Allows *a)
{
    Linter *l = a->l;
    for (u32 i = 0; i < l->count; i++) {
        Finding *finding = &l->finding[i];
        for (u32 j = 0; j < a->count; j++) {
            Allow *allow = &a->allow[j];
            if (allow->rule != (int)finding->rule || !line_has(allow->line, finding->diag.span.at)) continue;
            finding->allowed = allow->used = true;
        }
    }
}

static void tell_unused(Allows *a, bool of_itself)
{
    for (u32 i = 0; i < a->count; i++) {
        const Allow *allow = &a->allow[i];
        if (allow->used || allow->rule < 0 || (allow->rule == RULE_UNUSED_ALLOW) != of_itself) continue;
        linter_add(a->l, RULE_UNUSED_ALLOW, allow->at,
                   arena_print(a->l->arena, "nothing here has to be allowed '%s'", rule_info[allow->rule].name), NULL);
    }
}

void lint_allow(Linter *l, Span part)
{
    Allows a = {.l = l, .part = part};
    read_comments(&a);
    pass_down(&a);
    switch_off(&a);
    if (l->partial) return;
    tell_unused(&a, false);
    switch_off(&a); /* unused-allow may be allowed as well */
    tell_unused(&a, true);
}
