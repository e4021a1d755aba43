/* fold.c - what can be decided before any frame is seen.
 *
 * Comes after check.c, before lower.c; left out by the `plain` option, which is how the tests know that it changes no
 * answer.  Always true: a rewrite holds for absent values as well.  `x < 70000` of a port becomes "x exists", not true. */
#include "compiler/fold.h"

static Typed *folded_test(Arena *arena, const Typed *from, TypedKind kind, Typed *child)
{
    return typed_test(arena, kind, child, NULL, from->span);
}

/* Constant subtrees become literals, from the top down: what stands below one is not looked at. */
static Typed *fold_value(Arena *arena, Typed *value)
{
    if (value->constant) {
        if (value->kind == VALUE_LITERAL) return value;
        Typed *literal = typed_number(arena, value->number, value->type, value->span);
        literal->next = value->next;
        return literal;
    }
    for (Typed **child = &value->first; *child; child = &(*child)->next) *child = fold_value(arena, *child);
    return value;
}

static Typed *fold_leaf(Arena *arena, Typed *test)
{
    for (Typed **child = &test->first; *child; child = &(*child)->next) *child = fold_value(arena, *child);
    Verdict verdict = typed_verdict(test);
    Typed *value = test->first;
    if (verdict == VERDICT_OPEN) return test;
    if (verdict == VERDICT_NEVER) return folded_test(arena, test, TEST_FALSE, NULL);
    if (value->constant) return folded_test(arena, test, TEST_TRUE, NULL);
    if (value->next) return test; /* "both exist, in one header" has no shorter form */
    return folded_test(arena, test, TEST_HAS, value);
}

static Typed *fold_not(Arena *arena, Typed *test)
{
    Typed *inner = fold(arena, test->first);
    if (inner->kind == TEST_NOT) return inner->first;
    if (inner->kind == TEST_TRUE) return folded_test(arena, test, TEST_FALSE, NULL);
    if (inner->kind == TEST_FALSE) return folded_test(arena, test, TEST_TRUE, NULL);
    return folded_test(arena, test, TEST_NOT, inner);
}

/* Appends a test, or in its place the tests of a chain of the same kind. */
static Typed *append(Typed *chain, Typed *last, Typed *test)
{
    if (test->kind != chain->kind) {
        test->next = NULL;
        typed_add(chain, last, test);
        return test;
    }
    for (Typed *inner = test->first, *next; inner; inner = next) {
        next = inner->next;
        inner->next = NULL;
        typed_add(chain, last, inner);
        last = inner;
    }
    return last;
}

static Typed *fold_chain(Arena *arena, Typed *test)
{
    bool is_or = test->kind == TEST_OR;
    TypedKind decides = is_or ? TEST_TRUE : TEST_FALSE, nothing = is_or ? TEST_FALSE : TEST_TRUE;
    Typed *chain = folded_test(arena, test, test->kind, NULL), *last = NULL;
    for (Typed *child = test->first, *next; child; child = next) {
        next = child->next;
        Typed *folded = fold(arena, child);
        if (folded->kind == decides) return folded_test(arena, test, decides, NULL);
        if (folded->kind != nothing) last = append(chain, last, folded);
    }
    merge_chain(arena, chain);
    if (chain->count == 0) return folded_test(arena, test, nothing, NULL);
    return chain->count == 1 ? chain->first : chain;
}

Typed *fold(Arena *arena, Typed *test)
{
    switch (test->kind) {
    case TEST_NOT: return fold_not(arena, test);
    case TEST_AND:
    case TEST_OR: return fold_chain(arena, test);
    default: return fold_leaf(arena, test);
    }
}
