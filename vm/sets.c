/* sets.c - see sets.h. */
#include "vm/sets.h"

#include <stdlib.h>

#include "vm/columns.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    FEW_RANGES = 4,
    BITMAP_VALUES = 65536,
    HASH_LEAST = 8,
    SIEVE_BITS_LEAST = 9,
    SIEVE_BITS_MOST = 27, /* of a hash of 32, as many choose a word and two bits in it */
    RANGE_MEAN_MAX = 2,   /* values a range, so that neighbours that became a range are still hashed */
};

/* How many values the ranges hold, or more than `most`. */
static u64 values_in(const NumberRange *ranges, u32 count, u64 most)
{
    u64 values = 0;
    for (u32 i = 0; i < count && values <= most; i++) values += MIN_OF(ranges[i].hi - ranges[i].lo, most) + 1;
    return values;
}

/* -- sieves ---------------------------------------------------------------------------------------------------------- */

bool sieve_init(Sieve *sieve, u32 count)
{
    u32 bits = SIEVE_BITS_LEAST;
    while (bits < SIEVE_BITS_MOST && ((u64)1 << bits) < (u64)count * 8) bits++;
    sieve->shift = 32 - (bits - 5);
    sieve->words = calloc((u64)1 << (bits - 5), sizeof *sieve->words);
    return sieve->words != NULL;
}

/* A member's two bits, in the word that the uppermost bits of its hash choose. */
static inline void sieve_add(Sieve *sieve, u32 hash)
{
    sieve->words[hash >> sieve->shift] |=
        1u << (hash >> (sieve->shift - 5) & 31) | 1u << (hash >> (sieve->shift - 10) & 31);
}

static inline u32 sieve_passes(const u32 *words, u32 shift, u32 hash)
{
    u32 word = words[hash >> shift];
    return word >> (hash >> (shift - 5) & 31) & word >> (hash >> (shift - 10) & 31) & 1;
}

static u32 hash_of_bytes(const u8 *bytes, u32 len) { return (u32)(XXH3_64bits(bytes, len) >> 32); }

void sieve_add_bytes(Sieve *sieve, const u8 *bytes, u32 len) { sieve_add(sieve, hash_of_bytes(bytes, len)); }

bool sieve_passes_bytes(const Sieve *sieve, const u8 *bytes, u32 len)
{
    return !sieve->words || sieve_passes(sieve->words, sieve->shift, hash_of_bytes(bytes, len));
}

/* -- sets of numbers ------------------------------------------------------------------------------------------------- */

/* Fibonacci hashing: neighbours, as addresses are, land far apart. */
static inline u64 hash_of(u64 value) { return value * 0x9e3779b97f4a7c15u; }
static inline u32 sieve_hash_of(u64 value) { return ((u32)value ^ (u32)(value >> 32)) * 0x9e3779b1u; }
static u64 slot_of(const NumberSet *set, u64 value) { return hash_of(value) >> set->shift; }

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

static void hash_put(NumberSet *set, u64 slots, u64 value)
{
    u64 at = slot_of(set, value);
    while (set->table[at] != set->absent) at = (at + 1) & (slots - 1);
    set->table[at] = value;
    sieve_add(&set->sieve, sieve_hash_of(value));
}

/* Open addressing, at most half full.  Ranges lie apart, so the value behind the first of them is in none. */
static bool hash_prepare(NumberSet *set, u64 values)
{
    u32 bits = 5;
    while (((u64)1 << bits) < values * 2) bits++;
    u64 slots = (u64)1 << bits;
    set->form = SET_HASH;
    set->shift = 64 - bits;
    set->absent = set->ranges[0].lo ? 0 : set->ranges[0].hi + 1;
    set->table = malloc(slots * sizeof *set->table);
    if (!set->table || !sieve_init(&set->sieve, (u32)values)) return false;
    for (u64 i = 0; i < slots; i++) set->table[i] = set->absent;
    for (u32 i = 0; i < set->count; i++)
        for (u64 more = 0; more <= set->ranges[i].hi - set->ranges[i].lo; more++)
            hash_put(set, slots, set->ranges[i].lo + more);
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
    u64 most = (u64)count * RANGE_MEAN_MAX, values = values_in(ranges, count, most);
    if (count >= HASH_LEAST && values <= most) return hash_prepare(set, values);
    return true;
}

void set_release(NumberSet *set)
{
    free(set->table);
    free(set->sieve.words);
}

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

/* Values without meaning, outside `within`, are looked up too: that is quicker than asking. */
CLONES static Mask through_sieve(const u32 *words, u32 shift, const u64 *values)
{
    u32 lanes[BATCH_MAX];
    for (u32 i = 0; i < BATCH_MAX; i++) lanes[i] = 0 - sieve_passes(words, shift, sieve_hash_of(values[i]));
    return mask_of_lanes(lanes);
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
        within &= through_sieve(set->sieve.words, set->sieve.shift, values);
        for (EACH_BIT(i, within)) in |= (Mask)in_hash(set, values[i]) << i;
        return in;
    case SET_RANGES:
        for (EACH_BIT(i, within)) in |= (Mask)in_ranges(set, values[i]) << i;
        return in;
    }
    return in;
}
