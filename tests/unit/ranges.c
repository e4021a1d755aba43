/* ranges.c - tests of runtime/ranges.c, held against plain sets of flags. */
#include "runtime/ranges.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/random.h"

enum { NUMBERS = 70 };

static Ranges of_flags(const bool *flag)
{
    Ranges ranges = {0};

    for (u64 i = 1; i < NUMBERS; i++)
        if (flag[i]) ranges_add(&ranges, i, i);
    return ranges;
}

static void expect_same(const Ranges *ranges, const bool *flag)
{
    u64 at = 0;

    for (u64 i = 1; i < NUMBERS; i++) {
        while (at < ranges->count && ranges->at[at].high < i) at++;
        cr_assert_eq(flag[i], at < ranges->count && ranges->at[at].low <= i, "frame %llu", (unsigned long long)i);
    }
    for (u64 i = 1; i < ranges->count; i++) cr_assert(ranges->at[i].low > ranges->at[i - 1].high + 1, "they touch");
}

Test(ranges, less_is_less)
{
    Random random = {4711};

    for (int round = 0; round < 3000; round++) {
        bool a[NUMBERS] = {0}, b[NUMBERS] = {0}, less[NUMBERS] = {0};
        u32 dense = 1 + random_below(&random, 8);
        for (u32 i = 1; i < NUMBERS; i++) {
            a[i] = random_below(&random, 8) < dense;
            b[i] = random_below(&random, 8) >= dense;
            if (random_below(&random, 4) == 0) b[i] = a[i];
            less[i] = a[i] && !b[i];
        }
        Ranges x = of_flags(a), y = of_flags(b), rest = ranges_less(&x, &y);
        expect_same(&x, a);
        expect_same(&rest, less);
        free(x.at);
        free(y.at);
        free(rest.at);
    }
}

Test(ranges, lists_may_be_in_any_order_and_overlap)
{
    Random random = {815};

    for (int round = 0; round < 1000; round++) {
        FrameRange list[12] = {0};
        bool flag[NUMBERS] = {0};
        u32 count = 1 + random_below(&random, 12);
        for (u32 i = 0; i < count; i++) {
            list[i].low = 1 + random_below(&random, NUMBERS - 1);
            list[i].high = list[i].low + random_below(&random, (u32)(NUMBERS - list[i].low));
            list[i].next = i + 1 < count ? &list[i + 1] : NULL;
            for (u64 n = list[i].low; n <= list[i].high; n++) flag[n] = true;
        }
        Ranges ranges = ranges_listed(list);
        expect_same(&ranges, flag);
        free(ranges.at);
    }
}

static void expect_said(const char *want, const Ranges *ranges)
{
    Arena arena = {0};
    Text text = {.arena = &arena};

    ranges_say(&text, ranges);
    cr_expect_str_eq(text_str(&text), want);
    arena_release(&arena);
}

Test(ranges, in_words)
{
    Ranges ranges = {0};

    expect_said("none", &ranges);
    ranges_add(&ranges, 1, 1);
    expect_said("1", &ranges);
    ranges_add(&ranges, 3, 4);
    ranges_add(&ranges, 6, 6);
    ranges_add(&ranges, 7, 9);
    expect_said("1, 3, 4, 6..9", &ranges);
    for (u64 i = 20; i < 60; i += 2) ranges_add(&ranges, i, i);
    expect_said("1, 3, 4, 6..9, 20, 22, 24, 26, 28, 30, 32, 34, 36, ...", &ranges);
    free(ranges.at);
}

Test(ranges, no_more_than_so_many_are_kept)
{
    Ranges ranges = {0}, none = {0};

    for (u64 i = 1; i < 2 * RANGES_MAX + 100; i += 2) ranges_add(&ranges, i, i);
    cr_expect(ranges.full && ranges.count >= RANGES_MAX && ranges.count < 2 * RANGES_MAX);
    Ranges rest = ranges_less(&none, &ranges);
    cr_expect(rest.full && rest.count == 0);
    free(ranges.at);
}
