/* window.c - see window.h. */
#include "compiler/window.h"

static Typed *bound(Arena *arena, Relation relation, i64 ns)
{
    Span nowhere = {0, 0};
    Typed *test = typed_test(arena, TEST_ORDER, typed_meta(arena, META_TIME_OF_DAY, nowhere), NULL, nowhere);
    test->op = (u8)relation;
    test->lo = test->hi = filetime_of(ns);
    return test;
}

Typed *within_window(Arena *arena, Typed *filter, const CompileOptions *options)
{
    if (!options->from_set && !options->to_set) return filter;
    Typed *both = typed_test(arena, TEST_AND, NULL, NULL, filter->span), *last = NULL;
    if (options->from_set) {
        typed_add(both, last, bound(arena, RELATION_GE, options->from_ns));
        last = both->first;
    }
    if (options->to_set) {
        Typed *until = bound(arena, RELATION_LE, options->to_ns);
        typed_add(both, last, until);
        last = until;
    }
    typed_add(both, last, filter);
    return both;
}
