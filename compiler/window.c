/* window.c - see window.h. */
#include "compiler/window.h"

/* 1601-01-01 to 1970-01-01 in steps of 100 ns: where FrameVariable.TimeOfDay counts from. */
#define FILETIME_1970 116444736000000000

static Typed *bound(Arena *arena, Relation relation, i64 ns)
{
    Span nowhere = {0, 0};
    Typed *test = typed_test(arena, TEST_ORDER, typed_meta(arena, META_TIME_OF_DAY, nowhere), NULL, nowhere);
    i64 steps = ns / 100 - (ns % 100 < 0); /* down, before 1970 too */
    test->op = (u8)relation;
    test->lo = test->hi = (Wide)steps + FILETIME_1970;
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
