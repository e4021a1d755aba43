/* comparisons.c - each test of a filter by itself, for coverage: which was never true, which never false.
 *
 * Beside compile.c: the typed tree is taken apart at its AND, OR and NOT, and every part that is left goes down the road
 * alone.  Always true: a comparison carries the span of its own text, in whatever file of the set that stands. */
#include "compiler/compile.h"

#include "compiler/module.h"

typedef struct {
    Arena *arena;
    Typed **test;
    u32 count, room;
} Leaves;

static bool same_set(const Set *a, const Set *b)
{
    if (!a || !b) return a == b;
    if (a->of_bytes != b->of_bytes || a->count != b->count) return false;
    for (u32 i = 0; i < a->count; i++) {
        bool same = a->of_bytes ? bytes_compare(a->bytes[i].lo, b->bytes[i].lo) == 0 &&
                                      bytes_compare(a->bytes[i].hi, b->bytes[i].hi) == 0
                                : a->numbers[i].lo == b->numbers[i].lo && a->numbers[i].hi == b->numbers[i].hi;
        if (!same) return false;
    }
    return true;
}

/* The same text with the same meaning, of a name that is used twice. */
static bool is_known(const Leaves *leaves, const Typed *test)
{
    for (u32 i = 0; i < leaves->count; i++) {
        const Typed *other = leaves->test[i];
        if (other->span.at == test->span.at && other->span.len == test->span.len && typed_equal(other, test) &&
            same_set(other->set, test->set) && other->lo == test->lo)
            return true;
    }
    return false;
}

static void add_leaf(Leaves *leaves, Typed *test)
{
    if (is_known(leaves, test)) return;
    if (leaves->count == leaves->room) {
        leaves->room = MAX_OF(2 * leaves->room, 16u);
        Typed **more = NEW_ARRAY(leaves->arena, Typed *, leaves->room);
        if (leaves->count) memcpy(more, leaves->test, leaves->count * sizeof *more);
        leaves->test = more;
    }
    leaves->test[leaves->count++] = test;
}

static void collect(Leaves *leaves, Typed *test)
{
    switch (test->kind) {
    case TEST_TRUE:
    case TEST_FALSE: return;
    case TEST_NOT:
    case TEST_AND:
    case TEST_OR: break;
    default: add_leaf(leaves, test); return;
    }
    for (Typed *child = test->first, *next; child && leaves->count < COMPARISONS_MAX; child = next) {
        next = child->next;
        child->next = NULL; /* the tree is of no use any more */
        collect(leaves, child);
    }
}

u32 module_comparisons(Modules *set, Decl *filter, Comparison **out)
{
    Leaves leaves = {.arena = set->arena};
    CompileOptions options = {.plain = false};
    Typed *typed = module_check(set, filter);
    u32 count = 0;
    if (typed) collect(&leaves, typed);
    *out = NEW_ARRAY(set->arena, Comparison, leaves.count + 1);
    for (u32 i = 0; i < leaves.count; i++) {
        Program *program = typed_compile(set->arena, leaves.test[i], 0, &options, set->diags, NULL);
        if (program) (*out)[count++] = (Comparison){leaves.test[i]->span, program};
    }
    return count;
}
