/* lint_same.c - chains of AND and OR: a test that is there already, and tests that leave nothing open together.
 *
 * Part of lint.c.  A chain's tests are compared as wholes first; then those of one value by the values they let through,
 * as stretches on a line: a stretch inside another one adds nothing, and stretches that cover the line decide the chain.
 * Always true: work is in proportion to a chain's text, but for sorting; no set of the typed tree is touched. */
#include "compiler/linter.h"

#define XXH_INLINE_ALL
#include <stdlib.h>
#include <strings.h>
#include <xxhash.h>

enum { PARTNERS_MAX = 64 }; /* tests before one that are tried as the one it meets */

/* How a test asks a value that may have several instances. */
typedef enum {
    ASKS_ANY,     /* one of them is in the stretches: == IN < <= > >= */
    ASKS_NONE,    /* it exists, and none of them is in the stretches: != */
    ASKS_NOT_ANY, /* NOT around ASKS_ANY: true also where it does not exist */
    ASKS_OTHER,   /* not a question of stretches */
} Asks;

typedef struct Link {
    const Typed *test, *value; /* value: NULL for ASKS_OTHER */
    Span use;                  /* where it stands in the text of the chain */
    u64 hash;                  /* of value */
    u32 place;                 /* in the chain */
    Asks asks;
    Set set;      /* what the test speaks of: a copy, sorted */
    u32 covered;  /* of the set's stretches (or those between them), by other tests */
    u32 coverer;  /* place in the group of a test that covers one of them */
    bool several; /* they are covered by several tests */
    bool open;    /* what it asks hangs on a parameter or an argument */
    bool told;
    bool same;                /* told, because `other` is the same test; else because it adds nothing to others */
    const struct Link *other; /* NULL: nothing is to be said of it */
} Link;

typedef struct {
    const Typed *chain;
    Link *link;
    u32 count, room;
    bool decided; /* it was told that they leave nothing open */
} Links;

/* ---- the same test as a whole ---- */

static u64 hash_bytes(u64 hash, Bytes bytes)
{
    return bytes.len ? XXH3_64bits_withSeed(bytes.at, bytes.len, hash) : hash;
}

static u64 hash_set(u64 hash, const Set *set)
{
    if (!set->of_bytes) return XXH3_64bits_withSeed(set->numbers, set->count * sizeof *set->numbers, hash);
    for (u32 i = 0; i < set->count; i++) hash = hash_bytes(hash_bytes(hash, set->bytes[i].lo), set->bytes[i].hi);
    return hash;
}

/* Of a test, or of a value: with everything that tells it from others. */
static u64 hash_test(const Typed *test)
{
    u64 hash = typed_hash(test);
    if (test->set) hash = hash_set(hash, test->set);
    hash = hash_bytes(hash + (u64)test->lo, test->bytes);
    for (const Typed *child = test->first; child; child = child->next) hash = hash * 31 + hash_test(child);
    return hash;
}

static bool same_set(const Set *a, const Set *b)
{
    if (!a || !b) return a == b;
    if (a->of_bytes != b->of_bytes || a->count != b->count) return false;
    if (!a->of_bytes) return memcmp(a->numbers, b->numbers, a->count * sizeof *a->numbers) == 0;
    for (u32 i = 0; i < a->count; i++)
        if (bytes_compare(a->bytes[i].lo, b->bytes[i].lo) || bytes_compare(a->bytes[i].hi, b->bytes[i].hi))
            return false;
    return true;
}

static bool same_test(const Typed *a, const Typed *b)
{
    if (a->kind != b->kind || a->count != b->count) return false;
    if (!a->first || !is_test(a->first)) return typed_equal(a, b) && a->lo == b->lo && same_set(a->set, b->set);
    for (a = a->first, b = b->first; a; a = a->next, b = b->next)
        if (!same_test(a, b)) return false;
    return true;
}

/* The same text, where what it says may change: two tests that are alike by chance are two. */
static bool same_text(const Linter *l, Span a, Span b)
{
    return a.len == b.len && strncasecmp(l->source->text + a.at, l->source->text + b.at, a.len) == 0;
}

static bool same_link(const Linter *l, const Link *a, const Link *b)
{
    if (a->open != b->open || (a->open && !same_text(l, a->test->span, b->test->span))) return false;
    return same_test(a->test, b->test);
}

/* Where to point at one test that meets another: at what stands for it in the chain, unless one name stands for both. */
static Span place_of(const Link *link, const Link *other)
{
    return link->use.at == other->use.at ? link->test->span : link->use;
}

/* Powers of two above twice the count: open addressing finds room soon. */
static u64 slots_for(u32 count)
{
    u64 slots = 4;
    while (slots < 2 * (u64)count) slots *= 2;
    return slots;
}

static void find_same(Linter *l, Links *links)
{
    u64 mask = slots_for(links->count) - 1;
    u64 *hash = NEW_ARRAY(l->arena, u64, mask + 1);
    Link **slot = NEW_ARRAY(l->arena, Link *, mask + 1);
    for (u32 i = 0; i < links->count; i++) {
        Link *link = &links->link[i];
        u64 own = hash_test(link->test), at = own & mask;
        while (slot[at] && (hash[at] != own || !same_link(l, slot[at], link))) at = (at + 1) & mask;
        if (slot[at]) {
            link->told = link->same = true;
            link->other = slot[at];
        } else {
            slot[at] = link;
            hash[at] = own;
        }
    }
}

/* ---- what a test lets through ---- */

static Set interval(Arena *arena, Wide lo, Wide hi)
{
    Set set = {.sorted = true, .count = 1, .numbers = NEW(arena, NumberRange)};
    set.numbers[0] = (NumberRange){(u64)lo, (u64)hi};
    return set;
}

/* The numbers that `value op k` lets through.  typed_verdict left it open, so there are some, and not all. */
static Set order_set(Arena *arena, const Typed *test)
{
    const Typed *value = test->first;
    switch (test->op) {
    case RELATION_LT: return interval(arena, value->lo, test->lo - 1);
    case RELATION_LE: return interval(arena, value->lo, test->lo);
    case RELATION_GT: return interval(arena, test->lo + 1, value->hi);
    default: return interval(arena, test->lo, value->hi);
    }
}

static Set sorted_copy(Arena *arena, const Set *from)
{
    Set set = *from;
    if (set.of_bytes) {
        set.bytes = NEW_ARRAY(arena, BytesRange, set.count);
        memcpy(set.bytes, from->bytes, set.count * sizeof *set.bytes);
    } else {
        set.numbers = NEW_ARRAY(arena, NumberRange, set.count);
        memcpy(set.numbers, from->numbers, set.count * sizeof *set.numbers);
    }
    set_normalise(&set);
    return set;
}

/* Numbers that are never negative: only of those is a column's order the order of its values. */
static bool on_a_line(const Typed *value) { return type_is_number(value->type) && value->lo >= 0; }

/* x == x, x > x: of one instance with itself, but for the two fields of a pair.  Numbers alone: of bytes that a frame was cut
 * in, the rest is not known. */
static Verdict self_verdict(const Typed *test)
{
    const Typed *value = test->first;
    if (test->kind != TEST_COMPARE || !type_is_number(value->type) || !typed_equal(value, value->next))
        return VERDICT_OPEN;
    switch (test->op) {
    case RELATION_EQ:
    case RELATION_LE:
    case RELATION_GE: return VERDICT_ALWAYS;
    case RELATION_NE: return VERDICT_NEVER;
    default: return value->pairs ? VERDICT_OPEN : VERDICT_NEVER;
    }
}

Verdict linter_verdict(Arena *arena, const Typed *test)
{
    Verdict verdict = typed_verdict(test);
    if (verdict == VERDICT_OPEN) verdict = self_verdict(test);
    if (verdict == VERDICT_OPEN) verdict = linter_text_verdict(test);
    bool set = test->kind == TEST_IN || test->kind == TEST_OUT;
    if (verdict != VERDICT_OPEN || !set || test->set->of_bytes || !on_a_line(test->first)) return verdict;
    Set sorted = sorted_copy(arena, test->set);
    const NumberRange *range = sorted.numbers;
    bool all = sorted.count == 1 && range->lo <= (u64)test->first->lo && range->hi >= (u64)test->first->hi;
    return !all ? VERDICT_OPEN : test->kind == TEST_IN ? VERDICT_ALWAYS : VERDICT_NEVER;
}

static void link_init(Linter *l, Link *link, const Typed *test)
{
    Arena *arena = l->arena;
    bool negated = test->kind == TEST_NOT;
    const Typed *inner = negated ? test->first : test;
    *link = (Link){.test = test, .asks = ASKS_OTHER, .open = linter_is_open(l, test->span)};
    if (link->open || linter_verdict(arena, inner) != VERDICT_OPEN) return; /* told of that already */
    if (inner->kind == TEST_IN || (inner->kind == TEST_OUT && !negated))
        link->set = sorted_copy(arena, inner->set);
    else if (inner->kind == TEST_ORDER && on_a_line(inner->first))
        link->set = order_set(arena, inner);
    else
        return;
    link->asks = negated ? ASKS_NOT_ANY : inner->kind == TEST_OUT ? ASKS_NONE : ASKS_ANY;
    link->value = inner->first;
    link->hash = hash_test(inner->first);
}

/* `use`: where the chain stands in the text of the whole, when that is not its own text. */
static void collect(Linter *l, Links *links, const Typed *chain, Span use)
{
    for (const Typed *child = chain->first; child; child = child->next) {
        Span span = use.len ? use : child->use;
        if (child->kind == chain->kind) {
            bool inside = span_holds(child->use, child->span);
            collect(l, links, child, use.len || inside ? use : child->use);
            continue;
        }
        if (links->count == links->room) {
            u32 room = links->room ? 2 * links->room : 8;
            Link *link = NEW_ARRAY(l->arena, Link, room);
            if (links->count) memcpy(link, links->link, links->count * sizeof *link);
            links->link = link;
            links->room = room;
        }
        Link *link = &links->link[links->count];
        link_init(l, link, child);
        link->use = span;
        link->place = links->count++;
    }
}

/* ---- stretches ---- */

typedef struct {
    u64 lo, hi;
    BytesRange bytes; /* in their place, where the set is of bytes */
    bool of_bytes;
    u32 owner; /* place in the group */
    u32 parts; /* stretches that the owner has */
} Stretch;

typedef struct {
    Arena *arena;
    Stretch *item;
    u32 count, room;
} Stretches;

static void add_stretch(Stretches *s, Stretch stretch)
{
    if (s->count == s->room) {
        u32 room = s->room ? 2 * s->room : 16;
        Stretch *item = NEW_ARRAY(s->arena, Stretch, room);
        if (s->count) memcpy(item, s->item, s->count * sizeof *item);
        s->item = item;
        s->room = room;
    }
    s->item[s->count++] = stretch;
}

static void add_set(Stretches *s, const Set *set, u32 owner)
{
    for (u32 i = 0; i < set->count; i++) {
        Stretch stretch = {.of_bytes = set->of_bytes, .owner = owner};
        if (set->of_bytes) {
            stretch.bytes = set->bytes[i];
        } else {
            stretch.lo = set->numbers[i].lo;
            stretch.hi = set->numbers[i].hi;
        }
        add_stretch(s, stretch);
    }
}

/* What the value can be, and the set does not have. */
static void add_rest(Stretches *s, const Set *set, const Typed *value, u32 owner)
{
    u64 from = (u64)value->lo, most = (u64)value->hi;
    for (u32 i = 0; i < set->count && set->numbers[i].lo <= most; i++) {
        if (set->numbers[i].lo > from)
            add_stretch(s, (Stretch){.lo = from, .hi = set->numbers[i].lo - 1, .owner = owner});
        if (set->numbers[i].hi >= most) return;
        from = MAX_OF(from, set->numbers[i].hi + 1);
    }
    add_stretch(s, (Stretch){.lo = from, .hi = most, .owner = owner});
}

static int order_of(u64 a, u64 b) { return (a > b) - (a < b); }

static int compare_lo(const Stretch *a, const Stretch *b)
{
    return a->of_bytes ? bytes_compare(a->bytes.lo, b->bytes.lo) : order_of(a->lo, b->lo);
}

static int compare_hi(const Stretch *a, const Stretch *b)
{
    return a->of_bytes ? bytes_compare(a->bytes.hi, b->bytes.hi) : order_of(a->hi, b->hi);
}

/* From the left; of those that begin together the longest first; of equal ones that of the test which has more, or else
 * comes first: it may take in the other. */
static int by_start(const void *a, const void *b)
{
    const Stretch *x = a, *y = b;
    int start = compare_lo(x, y), end = compare_hi(y, x), parts = order_of(y->parts, x->parts);
    return start ? start : end ? end : parts ? parts : order_of(x->owner, y->owner);
}

static void sort_stretches(Stretches *s)
{
    if (s->count) qsort(s->item, s->count, sizeof *s->item, by_start);
}

/* ---- tests of one value ---- */

/* Tests of one value in one chain, in the order of the text. */
typedef struct {
    const Typed *chain;
    Link **link;
    u32 count;
} Group;

static void count_covered(Group *group, const Stretches *s)
{
    const Stretch *widest = NULL;
    for (u32 i = 0; i < s->count; i++) {
        const Stretch *stretch = &s->item[i];
        if (!widest || compare_hi(stretch, widest) > 0) {
            widest = stretch;
            continue;
        }
        Link *link = group->link[stretch->owner];
        link->several |= link->covered && link->coverer != widest->owner;
        link->coverer = widest->owner;
        link->covered++;
    }
}

/* Tests that ask alike: one whose stretches lie in those of others adds nothing.  For an AND of "any is in", these are the
 * stretches it does not let through, and all must lie in those of one other test: instances may differ from test to test. */
static void find_covered(Linter *l, Group *all, Asks asks)
{
    bool is_and = all->chain->kind == TEST_AND, rest = is_and && asks == ASKS_ANY;
    Group group = {all->chain, NEW_ARRAY(l->arena, Link *, all->count), 0};
    Stretches s = {.arena = l->arena};
    if (!is_and && asks != ASKS_ANY) return;
    for (u32 i = 0; i < all->count; i++) {
        Link *link = all->link[i];
        if (link->asks == asks && !link->told && (!rest || on_a_line(link->value))) group.link[group.count++] = link;
    }
    if (group.count < 2) return;
    u32 *parts = NEW_ARRAY(l->arena, u32, group.count);
    for (u32 i = 0; i < group.count; i++) {
        parts[i] = s.count;
        if (rest)
            add_rest(&s, &group.link[i]->set, group.link[i]->value, i);
        else
            add_set(&s, &group.link[i]->set, i);
        parts[i] = s.count - parts[i];
    }
    for (u32 i = 0; i < s.count; i++) s.item[i].parts = parts[s.item[i].owner];
    sort_stretches(&s);
    count_covered(&group, &s);
    for (u32 i = 0; i < group.count; i++) {
        Link *link = group.link[i];
        if (link->covered == parts[i] && !(rest && link->several)) {
            link->told = true;
            link->other = group.link[link->coverer];
        }
    }
}

/* ---- tests that leave nothing open ---- */

/* The values for which a test of an OR is true, of an AND not. */
static void add_decided(Stretches *s, const Group *group, const Link *link)
{
    bool inside = (group->chain->kind == TEST_OR) == (link->asks == ASKS_ANY);
    if (inside)
        add_set(s, &link->set, 0);
    else
        add_rest(s, &link->set, link->value, 0);
}

static bool covers_line(Stretches *s, const Typed *value)
{
    u64 next = (u64)value->lo, most = (u64)value->hi;
    sort_stretches(s);
    for (u32 i = 0; i < s->count && s->item[i].lo <= next; i++) {
        if (s->item[i].hi >= most) return true;
        next = MAX_OF(next, s->item[i].hi + 1);
    }
    return false;
}

/* Do the first `count` tests, or with `only` that one and the last of them, decide for every value? */
static bool decided(const Group *group, u32 count, const Link *only)
{
    Arena scratch = {0};
    Stretches s = {.arena = &scratch};
    if (only) add_decided(&s, group, only);
    for (u32 i = only ? count - 1 : 0; i < count; i++) add_decided(&s, group, group->link[i]);
    bool all = covers_line(&s, group->link[0]->value);
    arena_release(&scratch);
    return all;
}

/* The least number of tests, from the first on, that decide for every value; 0 when all of them do not. */
static u32 decided_by(const Group *group)
{
    u32 low = 1, high = group->count;
    if (!decided(group, high, NULL)) return 0;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (decided(group, middle, NULL))
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

/* How many of the first `count` tests ask so. */
static u32 count_asking(const Group *group, u32 count, Asks asks)
{
    u32 found = 0;
    for (u32 i = 0; i < count; i++) found += group->link[i]->asks == asks;
    return found;
}

static const char *together(Linter *l, const Group *group, u32 count)
{
    for (u32 i = 0; i < MIN_OF(count - 1, (u32)PARTNERS_MAX); i++) {
        Span other = place_of(group->link[i], group->link[count - 1]);
        if (decided(group, count, group->link[i]))
            return arena_print(l->arena, "together with '%s' at %s", linter_quote(l, other), linter_place(l, other));
    }
    return "together with the tests before it";
}

static Span last_place(const Group *group, u32 count)
{
    const Link *last = group->link[count - 1], *before = group->link[count - 2];
    return place_of(last, before);
}

static void tell_never(Linter *l, const Group *group, u32 count)
{
    const Link *last = group->link[count - 1];
    u32 any = count_asking(group, count, ASKS_ANY);
    const char *verdict = "this can never be true", *name = linter_quote(l, last->value->span);
    if (any > 1 && last->value->repeats)
        verdict = arena_print(l->arena, "this is true only for a frame with several '%s'", name);
    linter_add(l, RULE_ALWAYS_FALSE, last_place(group, count),
               arena_print(l->arena, "%s %s", together(l, group, count), verdict),
               any > 1 ? "'one of these' is said with OR" : NULL);
}

static void tell_always(Linter *l, const Group *group, u32 count)
{
    const Link *last = group->link[count - 1];
    u32 not_any = count_asking(group, count, ASKS_NOT_ANY), none = not_any + count_asking(group, count, ASKS_NONE);
    bool several = none > 1 && (last->value->repeats || last->value->pairs);
    const char *name = linter_quote(l, last->value->span), *where = "always true";
    if (!not_any) where = arena_print(l->arena, "true wherever '%s' exists", name);
    if (several) where = arena_print(l->arena, "%s, but for a frame with all of these values", where);
    linter_add(l, RULE_ALWAYS_TRUE, last_place(group, count),
               arena_print(l->arena, "%s this is %s", together(l, group, count), where),
               none > 1 ? "'none of these' is said with AND" : NULL);
}

/* Of a pair, or a header that is there twice, one instance may pass one test and another the next. */
static bool find_decided(Linter *l, const Group *all)
{
    const Typed *value = all->link[0]->value;
    Group group = {all->chain, NEW_ARRAY(l->arena, Link *, all->count), 0};
    bool is_and = all->chain->kind == TEST_AND;
    if (!on_a_line(value) || all->count < 2) return false;
    bool skip_any = is_and && value->pairs && count_asking(all, all->count, ASKS_ANY) > 1;
    for (u32 i = 0; i < all->count; i++)
        if (!all->link[i]->told && !(skip_any && all->link[i]->asks == ASKS_ANY))
            group.link[group.count++] = all->link[i];
    /* NOT x == 0 AND NOT x == 1 is true where there is no x. */
    if (is_and && count_asking(&group, group.count, ASKS_NOT_ANY) == group.count) return false;
    u32 count = group.count < 2 || linter_full(l) ? 0 : decided_by(&group);
    if (count == 0) return false;
    if (is_and)
        tell_never(l, &group, count);
    else
        tell_always(l, &group, count);
    return true;
}

/* Do two sets of one kind, sorted, share nothing? */
static bool apart(const Set *a, const Set *b)
{
    for (u32 i = 0, j = 0; i < a->count && j < b->count;) {
        bool before =
            a->of_bytes ? bytes_compare(a->bytes[i].hi, b->bytes[j].lo) < 0 : a->numbers[i].hi < b->numbers[j].lo;
        bool behind =
            a->of_bytes ? bytes_compare(b->bytes[j].hi, a->bytes[i].lo) < 0 : b->numbers[j].hi < a->numbers[i].lo;
        if (!before && !behind) return false;
        i += before;
        j += behind;
    }
    return true;
}

/* A pair has two values, and an AND asks for three that differ. */
static bool find_crowded(Linter *l, const Group *all)
{
    const Typed *value = all->link[0]->value;
    const Link *first = NULL, *second = NULL;
    bool pair = value->kind == VALUE_FIELD && value->pairs == 1;
    if (all->chain->kind != TEST_AND || !pair || linter_full(l)) return false;
    for (u32 i = 0; i < all->count; i++) {
        const Link *link = all->link[i];
        if (link->asks != ASKS_ANY || (first && !apart(&first->set, &link->set))) continue;
        if (!first) {
            first = link;
        } else if (!second) {
            second = link;
        } else if (apart(&second->set, &link->set)) {
            const char *name = linter_quote(l, value->span), *verdict = "this can never be true";
            if (value->repeats)
                verdict =
                    arena_print(l->arena, "this is true only for a frame with several headers that have '%s'", name);
            linter_add(
                l, RULE_ALWAYS_FALSE, place_of(link, second),
                arena_print(l->arena, "'%s' is two values, and this is the third to be asked for: %s", name, verdict),
                "'one of these' is said with OR");
            return true;
        }
    }
    return false;
}

/* ---- a chain ---- */

static int by_value(const void *a, const void *b)
{
    const Link *x = *(Link *const *)a, *y = *(Link *const *)b;
    return x->hash != y->hash ? order_of(x->hash, y->hash) : order_of(x->place, y->place);
}

static bool same_value(const Link *a, const Link *b)
{
    return a->hash == b->hash && a->set.of_bytes == b->set.of_bytes && typed_equal(a->value, b->value);
}

static bool lint_group(Linter *l, Group *group)
{
    find_covered(l, group, ASKS_ANY);
    find_covered(l, group, ASKS_NONE);
    find_covered(l, group, ASKS_NOT_ANY);
    return find_decided(l, group) || find_crowded(l, group);
}

/* Values that meet in one hash and differ stand in one run of the sorted links, mixed; the run is then left alone. */
static void lint_values(Linter *l, Links *links)
{
    Link **sorted = NEW_ARRAY(l->arena, Link *, links->count);
    u32 count = 0;
    for (u32 i = 0; i < links->count; i++)
        if (links->link[i].asks != ASKS_OTHER) sorted[count++] = &links->link[i];
    if (count > 1) qsort(sorted, count, sizeof *sorted, by_value);
    for (u32 from = 0, to; from < count; from = to) {
        bool same = true;
        for (to = from + 1; to < count && sorted[to]->hash == sorted[from]->hash; to++)
            same &= same_value(sorted[from], sorted[to]);
        Group group = {links->chain, sorted + from, to - from};
        if (same && group.count > 1) links->decided |= lint_group(l, &group);
    }
}

/* ---- a test and its NOT ---- */

/* The test of the chain, before the place, that says the opposite. */
static const Link *opposite(const Linter *l, Link *const *slot, const u64 *hash, u64 mask, const Link *link)
{
    bool negated = link->test->kind == TEST_NOT;
    const Typed *inner = negated ? link->test->first : link->test;
    u64 own = hash_test(inner);
    for (u64 at = own & mask; slot[at]; at = (at + 1) & mask) {
        const Link *other = slot[at];
        bool other_negated = other->test->kind == TEST_NOT;
        const Typed *other_inner = other_negated ? other->test->first : other->test;
        if (hash[at] != own || negated == other_negated || link->open != other->open) continue;
        if (link->open && !same_text(l, inner->span, other_inner->span)) continue;
        if (same_test(inner, other_inner)) return other;
    }
    return NULL;
}

static void tell_opposite(Linter *l, const Links *links, const Link *link, const Link *other)
{
    Span first = place_of(other, link);
    bool is_and = links->chain->kind == TEST_AND;
    const char *text = arena_print(l->arena, "together with '%s' at %s this %s", linter_quote(l, first),
                                   linter_place(l, first), is_and ? "can never be true" : "is always true");
    linter_add(l, is_and ? RULE_ALWAYS_FALSE : RULE_ALWAYS_TRUE, place_of(link, other), text, NULL);
}

/* x AND NOT x, x OR NOT x, whatever x is; told once a chain. */
static void find_opposite(Linter *l, const Links *links)
{
    u64 mask = slots_for(links->count) - 1;
    u64 *hash = NEW_ARRAY(l->arena, u64, mask + 1);
    Link **slot = NEW_ARRAY(l->arena, Link *, mask + 1);
    for (u32 i = 0; i < links->count && !linter_full(l); i++) {
        Link *link = &links->link[i];
        const Link *other = opposite(l, slot, hash, mask, link);
        if (other) {
            tell_opposite(l, links, link, other);
            return;
        }
        u64 own = hash_test(link->test->kind == TEST_NOT ? link->test->first : link->test), at = own & mask;
        if (link->same) continue; /* the first of its kind is there */
        while (slot[at]) at = (at + 1) & mask;
        slot[at] = link;
        hash[at] = own;
    }
}

static void tell_link(Linter *l, const Link *link, bool named)
{
    const Link *other = link->other;
    Span span = place_of(link, other), first = place_of(other, link);
    if (linter_full(l) || span.at == first.at) return;
    const char *text = "this adds nothing to the tests beside it";
    if (link->same)
        text = arena_print(l->arena, "the same test stands at %s already", linter_place(l, first));
    else if (!link->several)
        text = arena_print(l->arena, "this adds nothing to '%s' at %s", linter_quote(l, first), linter_place(l, first));
    linter_add(l, RULE_SAME_TEST_TWICE, named ? link->use : span, text, NULL);
}

/* Of a name that stands for several tests of the chain only what holds for all of them: a name is written to be used, and what
 * it has beside others is no mistake. */
static void tell_links(Linter *l, const Links *links)
{
    for (u32 from = 0, to; from < links->count; from = to) {
        const Link *first = &links->link[from];
        bool all = first->told, named = first->use.at != first->test->span.at;
        for (to = from + 1; named && to < links->count && links->link[to].use.at == first->use.at; to++)
            all &= links->link[to].told;
        if (all) tell_link(l, first, named);
    }
}

void lint_chain(Linter *l, const Typed *chain)
{
    Links links = {.chain = chain};
    collect(l, &links, chain, (Span){0, 0});
    find_same(l, &links);
    lint_values(l, &links);
    if (!links.decided) find_opposite(l, &links);
    tell_links(l, &links);
}
