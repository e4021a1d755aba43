/* sets.c - see sets.h. */
#include "vm/sets.h"

#include <stdlib.h>

#include "vm/columns.h"

enum { FEW_RANGES = 4, BITMAP_VALUES = 65536, HASH_LEAST = 8 };

static bool all_single(const NumberRange *ranges, u32 count)
{
    for (u32 i = 0; i < count; i++)
        if (ranges[i].lo != ranges[i].hi) return false;
    return true;
}

static bool bitmap_prepare(NumberSet *set)
{
    set->form = SET_BITMAP;
    set->table = calloc(BITMAP_VALUES / 64, sizeof *set->table);
    if (!set->table) return false;
    for (u32 i = 0; i < set->count; i++)
        for (u64 value = set->ranges[i].lo; value <= set->ranges[i].hi; value++)
            set->table[value / 64] |= (u64)1 << (value % 64);
    return true;
}

/* Fibonacci hashing: neighbours, as addresses are, land far apart. */
static u64 slot_of(const NumberSet *set, u64 value) { return value * 0x9e3779b97f4a7c15u >> set->shift; }

/* A value that is not in the set: the sorted values cannot all equal their own index. */
static u64 find_absent(const NumberRange *ranges, u32 count)
{
    for (u32 i = 0; i < count; i++)
        if (ranges[i].lo != i) return i;
    return count;
}

/* Open addressing, at most half full. */
static bool hash_prepare(NumberSet *set)
{
    u32 bits = 5;
    while (((u64)1 << bits) < (u64)set->count * 2) bits++;
    u64 slots = (u64)1 << bits;
    set->form = SET_HASH;
    set->shift = 64 - bits;
    set->absent = find_absent(set->ranges, set->count);
    set->table = malloc(slots * sizeof *set->table);
    if (!set->table) return false;
    for (u64 i = 0; i < slots; i++) set->table[i] = set->absent;
    for (u32 i = 0; i < set->count; i++) {
        u64 at = slot_of(set, set->ranges[i].lo);
        while (set->table[at] != set->absent) at = (at + 1) & (slots - 1);
        set->table[at] = set->ranges[i].lo;
    }
    return true;
}

bool set_prepare(NumberSet *set, const NumberRange *ranges, u32 count)
{
    *set = (NumberSet){.form = SET_RANGES, .ranges = ranges, .count = count};
    if (count <= FEW_RANGES) {
        set->form = SET_FEW;
        return true;
    }
    if (ranges[count - 1].hi < BITMAP_VALUES) return bitmap_prepare(set);
    if (count >= HASH_LEAST && all_single(ranges, count)) return hash_prepare(set);
    return true;
}

void set_release(NumberSet *set) { free(set->table); }

CLONES static Mask test_range(const u64 *values, u64 lo, u64 span)
{
    u32 lanes[BATCH_MAX];
    for (u32 i = 0; i < BATCH_MAX; i++) lanes[i] = -(u32)(values[i] - lo <= span);
    return mask_of_lanes(lanes);
}

static bool in_hash(const NumberSet *set, u64 value)
{
    u64 slots = (u64)1 << (64 - set->shift);
    if (value == set->absent) return false;
    for (u64 at = slot_of(set, value);; at = (at + 1) & (slots - 1)) {
        if (set->table[at] == value) return true;
        if (set->table[at] == set->absent) return false;
    }
}

/* The last range that starts at or below the value is the only one that can hold it. */
static bool in_ranges(const NumberSet *set, u64 value)
{
    const NumberRange *base = set->ranges;
    for (u32 left = set->count; left > 1;) {
        u32 half = left / 2;
        base = base[half].lo <= value ? base + half : base;
        left -= half;
    }
    return base->lo <= value && value <= base->hi;
}

Mask set_test(const NumberSet *set, const u64 values[BATCH_MAX], Mask within)
{
    Mask in = 0;
    switch (set->form) {
    case SET_FEW:
        for (u32 r = 0; r < set->count; r++)
            in |= test_range(values, set->ranges[r].lo, set->ranges[r].hi - set->ranges[r].lo);
        return in & within;
    case SET_BITMAP:
        for (EACH_BIT(i, within)) {
            u64 value = values[i], low = value & (BITMAP_VALUES - 1);
            in |= (Mask)((set->table[low / 64] >> (low % 64) & 1) & (value == low)) << i;
        }
        return in;
    case SET_HASH:
        for (EACH_BIT(i, within)) in |= (Mask)in_hash(set, values[i]) << i;
        return in;
    case SET_RANGES:
        for (EACH_BIT(i, within)) in |= (Mask)in_ranges(set, values[i]) << i;
        return in;
    }
    return in;
}
