/* expand.c - names of a sift file where they are used: what they stand for is read in their place.
 *
 * Part of the checker.  A body is read anew at each use, in the scope where it was written, so a literal in it means what
 * it is compared with there; an argument is read where the body uses it, in the scope of the call.
 * Always true: while a body is read, the frame of what uses it stands below its own (diag.h), so that an error shows both
 * places; a term that a name stands for has the span of the name, tests and literals keep that of their own text. */
#include "compiler/checker.h"

#include <strings.h>

typedef enum { TARGET_NONE, TARGET_BAD, TARGET_FOUND } Found;

typedef struct {
    const Node *body;
    Decl *decl;  /* NULL: an argument */
    Scope scope; /* to read the body in */
    Span name;   /* what named it, without methods */
    Span methods;
} Target;

static const char *text_at(const Checker *c, Span span) { return c->source->text + span.at; }

static bool same_word(const Checker *c, Span a, Span b)
{
    return a.len == b.len && strncasecmp(text_at(c, a), text_at(c, b), a.len) == 0;
}

/* The word of a dotted name that begins at this byte; of length 0 behind the last. */
static Span word_from(const Checker *c, Span name, u32 at)
{
    u32 end = name.at + name.len;
    if (at >= end) return (Span){end, 0};
    const char *text = c->source->text + at, *dot = memchr(text, '.', end - at);
    return (Span){at, dot ? (u32)(dot - text) : end - at};
}

/* ---- what a name is ---- */

static const Node *argument(const Checker *c, Span word)
{
    const Node *bound = c->scope->first;
    const Words *arg = c->scope->let ? c->scope->let->args : NULL;
    while (arg && !same_word(c, arg->span, word)) {
        arg = arg->next;
        bound = bound->next;
    }
    return arg ? bound : NULL;
}

static const char *nearest_own(Checker *c, const Module *module, Span word)
{
    if (diag_full(c->diags)) return NULL;
    const char **names = NEW_ARRAY(c->arena, const char *, module->decl_count + 1);
    for (u32 i = 0; i < module->decl_count; i++) names[i] = check_quote(c, module->decls[i].statement->name);
    return nearest_name(text_at(c, word), word.len, names, module->decl_count);
}

/* "by_port(p)", as an error shows it. */
static const char *form(Checker *c, const Statement *let)
{
    const char *all = check_quote(c, let->name), *between = "(";
    for (const Words *arg = let->args; arg; arg = arg->next, between = ", ")
        all = arena_print(c->arena, "%s%s%s", all, between, check_quote(c, arg->span));
    return arena_print(c->arena, "%s)", all);
}

/* What `word` is in the file that an import brings; NULL after an error. */
static Decl *imported(Checker *c, const Decl *import, Span name, Span word)
{
    const Module *module = import->import;
    if (import->bad) return NULL;
    if (word.len == 0) {
        const char *quoted = check_quote(c, name);
        check_fail(c, name, arena_print(c->arena, "name something of it: %s.thing", quoted),
                   "'%s' is an import, which is no test and no value", quoted);
        return NULL;
    }
    Decl *decl = module_find(c->set, module, text_at(c, word), word.len);
    if (!decl) {
        const char *near = nearest_own(c, module, word);
        check_fail(c, word, near ? arena_print(c->arena, "did you mean '%s'?", near) : NULL, "%s declares no '%s'",
                   module->name, check_quote(c, word));
    } else if (decl->statement->kind == STATEMENT_IMPORT) {
        check_fail(c, word, "import that file here as well", "'%s' is an import of %s, for that file alone",
                   check_quote(c, word), module->name);
        return NULL;
    }
    return decl;
}

/* Binds the arguments of a call to those of the let.  False after an error. */
static bool bind(Checker *c, const Node *call, Target *target)
{
    const Statement *let = target->decl ? target->decl->statement : NULL;
    bool called = call && target->methods.len == 0, takes = let && let->called;
    u32 given = called ? call->count - 1 : 0, wanted = takes ? let->arg_count : 0;
    if (called == takes && given == wanted) {
        if (takes) target->scope = (Scope){target->scope.module, let, call->first->next, c->scope};
        return true;
    }
    const char *name = check_quote(c, target->name);
    if (!takes)
        check_fail(c, call->span, NULL, "'%s' takes no arguments", name);
    else
        check_fail(c, called ? call->span : target->name, NULL, "'%s' takes %u argument%s, not %u: %s", name, wanted,
                   wanted == 1 ? "" : "s", given, form(c, let));
    return false;
}

static Found find_decl(Decl *decl, Target *target)
{
    decl->used = true;
    target->decl = decl;
    target->body = decl->body;
    target->scope = (Scope){.module = decl->module};
    return decl->bad ? TARGET_BAD : TARGET_FOUND;
}

/* `call` as in check_name; NULL for a name alone. */
static Found find_target(Checker *c, Span span, const Node *call, Target *target)
{
    Span word = word_from(c, span, span.at);
    *target = (Target){.name = word};
    if (!c->scope || word.len == 0) return TARGET_NONE;
    Found found = TARGET_FOUND;
    target->body = argument(c, word);
    if (target->body) {
        target->scope = *c->scope->outer;
    } else {
        Decl *decl = module_find(c->set, c->scope->module, text_at(c, word), word.len);
        if (!decl) return TARGET_NONE;
        if (decl->statement->kind == STATEMENT_IMPORT) {
            decl->used = true;
            Span second = word_from(c, span, word.at + word.len + 1);
            target->name = span_to(word, second);
            decl = imported(c, decl, word, second);
        }
        found = decl ? find_decl(decl, target) : TARGET_BAD;
    }
    u32 end = target->name.at + target->name.len;
    target->methods = (Span){end, span.at + span.len - end};
    if (found == TARGET_FOUND && !bind(c, call, target)) return TARGET_BAD;
    return found;
}

/* ---- reading a body in the place of its name ---- */

/* In a file's own names without arguments nothing depends on where they are used. */
static bool is_silent(const Checker *c, const Target *target)
{
    return target->decl && !target->scope.let && target->decl->module == c->scope->module;
}

static void begin(Checker *c, const Target *target, Expansion *e)
{
    *e = (Expansion){.frame = {.body = target->body->outer, .silent = is_silent(c, target), .outer = c->diags->frame},
                     .scope = target->scope,
                     .scope_before = c->scope,
                     .frame_before = c->diags->frame};
    e->frame.here = e->frame.body;
    c->diags->frame = &e->frame;
    c->scope = &e->scope;
}

static void end(Checker *c, const Expansion *e)
{
    c->diags->frame = e->frame_before;
    c->scope = e->scope_before;
}

static Typed *expand(Checker *c, const Target *target)
{
    Expansion expansion;
    u32 errors = c->diags->errors;
    begin(c, target, &expansion);
    Typed *t = check_node(c, target->body);
    end(c, &expansion);
    Decl *decl = target->decl;
    bool alone = decl && !target->scope.let;
    if (alone) decl->checked = true;
    if (alone && c->diags->errors > errors) decl->bad = true; /* the same at every use: told once */
    if (!is_test(t) && !is_literal(t)) t->span = target->name;
    return t;
}

/* A name that neither the file nor the dictionary has, but that is nearly one of the file's. */
static Typed *nearly_own(Checker *c, Span span)
{
    Span word = word_from(c, span, span.at);
    if (!c->scope || word.len == 0 || name_is_known(c->diags, span)) return NULL;
    const char *near = nearest_own(c, c->scope->module, word);
    if (!near) return NULL;
    return check_fail(c, word, arena_print(c->arena, "did you mean '%s'?", near),
                      "no protocol or field named '%s', and this file declares none", check_quote(c, word));
}

Typed *expand_name(Checker *c, Span span, const Node *call)
{
    Target target;
    Found found = find_target(c, span, call, &target);
    if (found == TARGET_NONE) return nearly_own(c, span);
    if (found == TARGET_BAD) return typed_error(c->arena, span);
    if (target.body->kind == NODE_SET)
        return check_fail(c, target.name, NULL, "'%s' is a set, and sets stand behind IN only",
                          check_quote(c, target.name));
    Typed *t = expand(c, &target);
    if (target.methods.len && is_test(t))
        return check_fail(c, target.name, NULL, "'%s' is a test, and methods work on fields",
                          check_quote(c, target.name));
    if (!target.methods.len) return t;
    return apply_methods(c, t, target.methods, call);
}

/* ---- names for sets and literals ---- */

const Node *expand_alias(Checker *c, const Node *node, Aliases *aliases)
{
    aliases->count = 0;
    while (node->kind == NODE_NAME && c->scope) {
        Target target;
        c->diags->frame->here = node->span;
        Found found = find_target(c, node->span, NULL, &target);
        if (found == TARGET_NONE || (found == TARGET_FOUND && target.methods.len)) break;
        bool too_many = aliases->count == ALIASES_MAX;
        if (found == TARGET_FOUND && too_many)
            check_fail(c, node->span, NULL, "more than %d names for one thing", ALIASES_MAX);
        if (found == TARGET_BAD || too_many) {
            expand_end(c, aliases);
            return NULL;
        }
        begin(c, &target, &aliases->step[aliases->count++]);
        node = target.body;
    }
    return node;
}

void expand_end(Checker *c, Aliases *aliases)
{
    if (aliases->count) end(c, &aliases->step[0]);
    aliases->count = 0;
}

const Node *expand_literal(Checker *c, const Node *node)
{
    Aliases aliases;
    const Node *found = expand_alias(c, node, &aliases);
    if (!found) return NULL;
    expand_end(c, &aliases);
    return found->first || found->kind == NODE_NAME ? node : found;
}
