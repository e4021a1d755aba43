/* vm_search.c - searching: every way finds the first place, by case and without, and reads nothing outside the hay. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/random.h"
#include "vm/search.h"

static u8 lower_of(u8 byte) { return byte >= 'A' && byte <= 'Z' ? byte + 32 : byte; }

static const u8 *obvious(const u8 *needle, u32 needle_len, const u8 *hay, u32 len, bool lowered)
{
    for (u32 at = 0; at + needle_len <= len; at++) {
        u32 same = 0;
        while (same < needle_len && (lowered ? lower_of(hay[at + same]) : hay[at + same]) == needle[same]) same++;
        if (same == needle_len) return hay + at;
    }
    return NULL;
}

/* Few letters, so that half of a needle is met often.  The hay ends where its block ends. */
Test(vm_search, every_way_finds_the_first_place)
{
    static const char letters[] = "aAbB@`{[eQ";
    Random r = {4711};
    u32 found = 0;
    for (u32 round = 0; round < 20000; round++) {
        u32 len = random_below(&r, round % 4 ? 80 : 400), variety = 2 + random_below(&r, 9);
        u32 needle_len = random_below(&r, MIN_OF(len, 40u) + 3);
        u8 *hay = malloc(len), needle[43];
        for (u32 i = 0; i < len; i++) hay[i] = (u8)letters[random_below(&r, variety)];
        for (u32 i = 0; i < needle_len; i++) needle[i] = (u8)letters[random_below(&r, variety)];
        u32 from = random_below(&r, len + 1);
        if (random_once_in(&r, 2) && from + needle_len <= len)
            for (u32 i = 0; i < needle_len; i++) needle[i] = lower_of(hay[from + i]);
        Needle made = needle_make(needle, needle_len);
        for (SearchWay way = SEARCH_PLAIN; way < SEARCH_WAYS; way++) {
            if (!needle_use(&made, way)) continue;
            for (int lowered = 0; lowered < 2; lowered++) {
                const u8 *want = obvious(needle, needle_len, hay, len, lowered), *got;
                got = needle_find(&made, hay, len, lowered);
                cr_assert_eq(got, want, "round %u, way %d, lowered %d", round, way, lowered);
                found += want != NULL;
            }
        }
        free(hay);
    }
    cr_assert(found > 20000 && found < 100000, "%u", found);
}
