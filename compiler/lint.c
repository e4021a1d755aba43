/* lint.c - findings: collected from all rules, sorted by place, what is allowed taken out; and the rules on single tests.
 *
 * See lint.h.  Rules on chains are in lint_same.c, on texts in lint_text.c, on offsets in lint_offset.c; lint_allow.c reads the comments that
 * switch rules off. */
#include "compiler/linter.h"

#include "grammar/token.h"
#include "parser.h"

#include <stdlib.h>
#include <strings.h>

const RuleInfo rule_info[RULE_COUNT] = {
#define SAID_EACH                                  false
#define SAID_ONCE                                  true
#define RULE(id, name, level, said, meaning, help) [RULE_##id] = {name, DIAG_##level, SAID_##said, meaning, help},
#include "compiler/lint.def"
};

int rule_find(const char *name, size_t len)
{
    for (int r = 0; r < RULE_COUNT; r++)
        if (strlen(rule_info[r].name) == len && memcmp(rule_info[r].name, name, len) == 0) return r;
    return -1;
}

/* ---- findings ---- */

static Finding *add(Linter *l)
{
    if (linter_full(l)) {
        l->lost++;
        return NULL;
    }
    if (l->count == l->room) {
        u32 room = l->room ? 2 * l->room : 16;
        Finding *finding = NEW_ARRAY(l->arena, Finding, room);
        if (l->count) memcpy(finding, l->finding, l->count * sizeof *finding);
        l->finding = finding;
        l->room = room;
    }
    return &l->finding[l->count++];
}

void linter_add(Linter *l, Rule rule, Span span, const char *text, const char *hint)
{
    bool here = l->part.len == 0 || (span.at >= l->part.at && span.at <= l->part.at + l->part.len);
    Finding *finding = here ? add(l) : NULL;
    if (!finding) return;
    finding->rule = rule;
    finding->order = l->count;
    finding->diag =
        (Diag){.level = rule_info[rule].level, .span = span, .text = text, .hint = hint, .rule = rule_info[rule].name};
}

const char *linter_quote(Linter *l, Span span) { return diag_quote(l->arena, l->source, span); }

const char *linter_place(Linter *l, Span span)
{
    Place place = source_place(l->source, span.at);
    SourcePart part = source_part(l->source, span.at);
    if (l->part.len == 0 || part.span.at == l->part.at) return arena_print(l->arena, "%u:%u", place.line, place.column);
    return arena_print(l->arena, "%s:%u:%u", part.name, place.line, place.column);
}

/* ---- names of files ---- */

static const Module *module_around(const Linter *l, Span span)
{
    for (u32 i = 0; i < l->set->count; i++) {
        Span part = l->set->modules[i]->part;
        if (span.at >= part.at && span.at + span.len <= part.at + part.len) return l->set->modules[i];
    }
    return NULL;
}

/* The declaration that the span stands in; they are in the order of the text. */
static const Decl *decl_around(const Module *module, Span span)
{
    u32 low = 0, high = module->decl_count;
    while (high - low > 1) {
        u32 middle = low + (high - low) / 2;
        if (module->decls[middle].statement->span.at <= span.at)
            low = middle;
        else
            high = middle;
    }
    return high ? &module->decls[low] : NULL;
}

static bool is_own(const Linter *l, const Module *module, const Decl *decl, Span name)
{
    const char *text = l->source->text + name.at, *dot = memchr(text, '.', name.len);
    size_t len = dot ? (size_t)(dot - text) : name.len;
    for (const Words *arg = decl ? decl->statement->args : NULL; arg; arg = arg->next)
        if (arg->span.len == len && strncasecmp(l->source->text + arg->span.at, text, len) == 0) return true;
    return len && module_find(l->set, module, text, len);
}

bool linter_is_open(const Linter *l, Span span)
{
    if (!l->set) return false;
    const Module *module = module_around(l, span);
    if (!module) return true;
    const Decl *decl = decl_around(module, span);
    Lexer lexer;
    lex_init(&lexer, l->source, span);
    for (Token token = lex_next(&lexer); token.kind != 0; token = lex_next(&lexer))
        if (token.kind == TOK_NAME && is_own(l, module, decl, token.span)) return true;
    return false;
}

/* Warnings of the checker are findings as well: they are sorted among the others, and may be allowed. */
static void take_warnings(Linter *l, DiagList *diags)
{
    u32 kept = 0;
    for (u32 i = 0; i < diags->count; i++) {
        const Diag *diag = &diags->item[i];
        int rule = diag->rule ? rule_find(diag->rule, strlen(diag->rule)) : -1;
        if (rule >= 0)
            linter_add(l, (Rule)rule, diag->span, diag->text, diag->hint);
        else
            diags->item[kept++] = *diag;
    }
    diags->count = kept;
}

static int by_place(const void *a, const void *b)
{
    const Finding *x = a, *y = b;
    if (x->diag.span.at != y->diag.span.at) return x->diag.span.at < y->diag.span.at ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* A body that is used several times is read several times. */
static bool is_told(const Linter *l, u32 i)
{
    const Finding *finding = &l->finding[i];
    for (; i > 0 && l->finding[i - 1].diag.span.at == finding->diag.span.at; i--) {
        const Finding *other = &l->finding[i - 1];
        if (other->rule == finding->rule && other->diag.span.len == finding->diag.span.len) return true;
    }
    return false;
}

static void hand_on(Linter *l, DiagList *diags)
{
    bool told[RULE_COUNT] = {false};
    if (l->count) qsort(l->finding, l->count, sizeof *l->finding, by_place);
    for (u32 i = 0; i < l->count; i++) {
        const Finding *finding = &l->finding[i];
        if (finding->allowed || is_told(l, i) || (rule_info[finding->rule].once && told[finding->rule])) continue;
        told[finding->rule] = true;
        diag_add(diags, &finding->diag);
    }
    diags->mild_lost += l->lost;
}

/* ---- rules on single tests ---- */

static void lint_verdict(Linter *l, const Typed *test)
{
    Verdict verdict = linter_verdict(l->arena, test);
    if (verdict == VERDICT_OPEN || linter_full(l) || linter_is_open(l, test->span)) return;
    if (verdict == VERDICT_NEVER) {
        linter_add(l, RULE_ALWAYS_FALSE, test->span, "this can never be true", linter_text_hint(l, test));
        return;
    }
    const char *text = "this is always true";
    if (!test->first->constant)
        text = arena_print(l->arena, "this is true wherever '%s' exists", linter_quote(l, test->first->span));
    linter_add(l, RULE_ALWAYS_TRUE, test->span, text, linter_text_hint(l, test));
}

static void lint_bare_flag(Linter *l, const Typed *test)
{
    const Typed *value = test->first;
    if (test->kind != TEST_HAS || value->kind != VALUE_FIELD || value->type != TYPE_NUMBER || value->hi != 1) return;
    const char *name = linter_quote(l, value->span);
    linter_add(l, RULE_BARE_FLAG, value->span,
               arena_print(l->arena, "'%s' alone asks whether the field exists, not whether it is set", name),
               arena_print(l->arena, "%s == 1", name));
}

static void lint_unequal_pair(Linter *l, const Typed *test)
{
    bool unequal = test->kind == TEST_OUT || (test->kind == TEST_COMPARE && test->op == RELATION_NE);
    if (!unequal || test->pairs == 0 || linter_full(l)) return;
    const Typed *pair = test->first->pairs ? test->first : test->first->next;
    linter_add(l, RULE_PAIR_UNEQUAL, test->span,
               arena_print(l->arena,
                           pair->kind == VALUE_EITHER
                               ? "'%s' stands for a field of several protocols: != is true where none of them is equal"
                               : "'%s' stands for two fields: != is true where neither of them is equal",
                           linter_quote(l, pair->span)),
               "NOT (... == ...) is true also where there is no such field at all");
}

static void lint_tests(Linter *l, const Typed *test, TypedKind around)
{
    bool chain = test->kind == TEST_AND || test->kind == TEST_OR;
    bool named = test->use.len && !span_holds(test->use, test->span); /* its own text, besides being part of another */
    if (chain && (test->kind != around || named)) lint_chain(l, test);
    if (chain || test->kind == TEST_NOT) {
        for (const Typed *child = test->first; child; child = child->next) lint_tests(l, child, (TypedKind)test->kind);
        return;
    }
    lint_verdict(l, test);
    lint_bare_flag(l, test);
    lint_unequal_pair(l, test);
}

/* ---- the rule on shapes ---- */

static void lint_mixed(Linter *l, const Node *node)
{
    bool told = node->kind != NODE_OR;
    for (const Node *child = node->first; child; child = child->next) {
        if (!told && child->kind == NODE_AND && !node_in_parens(child)) {
            linter_add(l, RULE_AND_OR_MIXED, child->span, "AND binds tighter than OR here",
                       "put parentheses around what belongs together");
            told = true;
        }
        if (child->height > 1) lint_mixed(l, child);
    }
}

static void lint_typed(Linter *l, const Typed *typed)
{
    lint_tests(l, typed, TEST_NOT);
    lint_offsets(l, typed);
}

void lint(Arena *arena, const Source *source, const Node *tree, const Typed *typed, DiagList *diags)
{
    Linter l = {.arena = arena, .source = source};
    take_warnings(&l, diags);
    lint_mixed(&l, tree);
    lint_typed(&l, typed);
    lint_allow(&l, (Span){0, source->len});
    hand_on(&l, diags);
}

/* ---- files ---- */

void lint_decl(Modules *set, const Decl *filter, const Typed *typed)
{
    Linter l = {.arena = set->arena, .source = &set->source, .set = set, .part = filter->module->part};
    take_warnings(&l, set->diags);
    lint_mixed(&l, filter->body);
    lint_typed(&l, typed);
    lint_allow(&l, l.part);
    hand_on(&l, set->diags);
}

/* What was said of the bodies was said before; a let that stands for a set alone has no meaning, and says so. */
static Typed *typed_again(Modules *set, Decl *decl)
{
    DiagList *told = set->diags, unheard;
    diag_init(&unheard, set->arena, &set->source);
    set->diags = &unheard;
    Typed *typed = decl->body ? module_check(set, decl) : NULL;
    set->diags = told;
    return typed;
}

/* A let without arguments is read where filters use it, among the tests beside it; only what none uses, alone. */
static void lint_bodies(Linter *l, Modules *set, const Module *main, const Names *names)
{
    for (u32 i = 0; i < main->decl_count; i++) main->decls[i].checked = false;
    for (u32 i = 0; i < main->decl_count; i++) {
        Decl *decl = &main->decls[i];
        Typed *typed = decl->statement->kind == STATEMENT_FILTER ? typed_again(set, decl) : NULL;
        if (!typed) continue;
        const Declared *declared = names_find(names, decl->statement->name);
        lint_typed(l, typed);
        if (declared->reach_known) lint_reach(l, typed, declared->reach);
    }
    for (u32 i = 0; i < main->decl_count; i++) {
        Decl *decl = &main->decls[i];
        bool alone = decl->statement->kind == STATEMENT_LET && !decl->statement->called && !decl->checked;
        Typed *typed = alone ? typed_again(set, decl) : NULL;
        if (typed && is_test(typed)) lint_typed(l, typed);
    }
}

void lint_file(Modules *set, LintRun *run)
{
    const Module *main = set->modules[0];
    Linter l = {
        .arena = set->arena, .source = &set->source, .set = set, .part = main->part, .partial = set->diags->errors > 0};
    Names names;
    if (main->file->unread) return;
    take_warnings(&l, set->diags);
    lint_statements(&l, main, run, &names);
    for (const Statement *s = main->file->first; s; s = s->next) {
        if (s->body) lint_mixed(&l, s->body);
    }
    lint_bodies(&l, set, main, &names);
    lint_allow(&l, l.part);
    hand_on(&l, set->diags);
}
