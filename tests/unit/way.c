/* way.c - tests of runtime/capture/way.c: which way to a slice's bytes is taken, for files of every kind. */
#include "runtime/capture/way.h"

#include <criterion/criterion.h>

enum { SLICE = 8 << 20, US = 1000 };

/* Slices on each way when these are what they cost. */
static void take(u32 slices, u64 read_ns, u64 map_ns, u32 taken[WAY_COUNT])
{
    WayCosts costs = {0};
    taken[WAY_READ] = taken[WAY_MAP] = 0;
    for (u32 i = 0; i < slices; i++) {
        Way way = way_choose(&costs);
        taken[way]++;
        way_add(&costs, way, way == WAY_READ ? read_ns : map_ns, SLICE);
    }
}

Test(way, a_short_scan_reads)
{
    u32 taken[WAY_COUNT];
    take(40, 600 * US, 1, taken);
    cr_expect_eq(taken[WAY_MAP], 0);
}

Test(way, dear_pages_are_seldom_tried)
{
    u32 taken[WAY_COUNT];
    take(10000, 500 * US, 2500 * US, taken);
    cr_expect(taken[WAY_MAP] > 2 && taken[WAY_MAP] < 60, "%u", taken[WAY_MAP]);
}

Test(way, cheap_pages_are_found)
{
    u32 taken[WAY_COUNT];
    take(1000, 500 * US, 300 * US, taken);
    cr_expect(taken[WAY_READ] < 80, "%u", taken[WAY_READ]);
}

Test(way, what_has_changed_is_noticed)
{
    WayCosts costs = {0};
    u32 mapped = 0;
    for (u32 i = 0; i < 300; i++) way_add(&costs, way_choose(&costs), 500 * US, SLICE);
    for (u32 i = 0; i < 1000; i++) { /* from now on pages cost a tenth */
        Way way = way_choose(&costs);
        mapped += way == WAY_MAP;
        way_add(&costs, way, way == WAY_READ ? 500 * US : 50 * US, SLICE);
    }
    cr_expect_gt(mapped, 800);
}

Test(way, small_files_teach_nothing)
{
    WayCosts costs = {0};
    way_add(&costs, WAY_MAP, 1, 1000);
    cr_expect_eq(costs.ns_a_mb[WAY_MAP], 0);
    cr_expect_eq(way_choose(&costs), WAY_READ);
}

Test(way, the_clock_is_this_threads) { cr_expect_leq(way_clock(), way_clock()); }
