/* merge.c - chains of tests of one value become one set.
 *
 * Part of folding.  Exact also where a value has several instances or is a pair: "any is in A, or any is in B" is "any
 * is in A or B", and "present and none in A, and present and none in B" is "present and none in A or B".
 * Always true: the merged test stands where the first of its kind stood, and the others keep their order. */
#include "compiler/fold.h"

typedef struct {
    u64 hash;
    Typed *test;  /* the TEST_IN or TEST_OUT that takes all the others in; NULL in an empty slot */
    bool negated; /* it stands under a NOT */
    u32 ranges;   /* in all of them */
    Set *set;     /* what they are gathered in, once ranges is known */
} Group;

typedef struct {
    Group *slot;
    u64 mask; /* slots - 1 */
} Groups;

/* The set test that a child of this chain stands for, or NULL. */
static Typed *set_test(const Typed *chain, Typed *child, bool *negated)
{
    *negated = child->kind == TEST_NOT;
    if (chain->kind == TEST_OR) return child->kind == TEST_IN ? child : NULL;
    if (child->kind == TEST_OUT) return child;
    return *negated && child->first->kind == TEST_IN ? child->first : NULL;
}

static Group *group_of(const Groups *groups, Typed *test, bool negated)
{
    u64 hash = typed_hash(test->first) + negated;
    for (u64 i = hash;; i++) {
        Group *group = &groups->slot[i & groups->mask];
        if (!group->test) {
            *group = (Group){.hash = hash, .test = test, .negated = negated};
            return group;
        }
        if (group->hash == hash && group->negated == negated && group->test->set->of_bytes == test->set->of_bytes &&
            typed_equal(group->test->first, test->first))
            return group;
    }
}

static void gather(Arena *arena, Group *group, const Typed *test)
{
    const Set *from = test->set;
    if (!group->set) {
        group->set = NEW(arena, Set);
        group->set->of_bytes = from->of_bytes;
        if (from->of_bytes)
            group->set->bytes = NEW_ARRAY(arena, BytesRange, group->ranges);
        else
            group->set->numbers = NEW_ARRAY(arena, NumberRange, group->ranges);
    }
    Set *set = group->set;
    if (from->of_bytes)
        memcpy(set->bytes + set->count, from->bytes, from->count * sizeof *from->bytes);
    else
        memcpy(set->numbers + set->count, from->numbers, from->count * sizeof *from->numbers);
    set->count += from->count;
}

void merge_chain(Arena *arena, Typed *chain)
{
    bool negated = false;
    u64 slots = 4;
    if (chain->count < 2) return;
    while (slots < 2 * (u64)chain->count) slots *= 2;
    Groups groups = {NEW_ARRAY(arena, Group, slots), slots - 1};
    for (Typed *child = chain->first; child; child = child->next) {
        Typed *test = set_test(chain, child, &negated);
        if (test) group_of(&groups, test, negated)->ranges += test->set->count;
    }
    chain->count = 0;
    Typed **link = &chain->first;
    for (Typed *child = chain->first, *next; child; child = next) {
        next = child->next;
        Typed *test = set_test(chain, child, &negated);
        Group *group = test ? group_of(&groups, test, negated) : NULL;
        bool absorbed = group && group->test != test;
        if (group) gather(arena, group, test);
        if (absorbed) continue;
        *link = child;
        link = &child->next;
        chain->count++;
    }
    *link = NULL;
    for (u64 i = 0; i < slots; i++)
        if (groups.slot[i].test) groups.slot[i].test->set = groups.slot[i].set;
}
