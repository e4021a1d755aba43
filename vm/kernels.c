/* kernels.c - arithmetic and tests: from columns to columns and masks.
 *
 * Numbers are worked on a whole column at a time, without a branch, whether a frame has a value or not; the masks sort
 * that out afterwards.  Byte strings are visited one by one, only where the answer matters.
 *
 * A test of a byte string that goes on in the part that was not captured, and that came out false, counts as cut. */
#include "vm/machine.h"

#include "vm/columns.h"

/* -- arithmetic ------------------------------------------------------------------------------------------------------------- */

#define ARITHMETIC(NAME, expression)                                                                                   \
    CLONES static void column_##NAME(u64 *out, const u64 *left, const u64 *right)                                      \
    {                                                                                                                  \
        for (u32 i = 0; i < BATCH_MAX; i++) {                                                                          \
            u64 b = left[i], c = right[i];                                                                             \
            out[i] = expression;                                                                                       \
        }                                                                                                              \
    }                                                                                                                  \
    void run_##NAME(Vm *vm, const Insn *insn)                                                                          \
    {                                                                                                                  \
        const NumberColumn *b = &vm->number[insn->b], *c = &vm->number[insn->c];                                       \
        Mask has = b->has & c->has;                                                                                    \
        column_##NAME(vm->number[insn->a].value, b->value, c->value);                                                  \
        vm->number[insn->a].has = has;                                                                                 \
    }

ARITHMETIC(ADD, b + c)
ARITHMETIC(SUB, b - c)
ARITHMETIC(MUL, b *c)
ARITHMETIC(BAND, b &c)
ARITHMETIC(BOR, b | c)
ARITHMETIC(BXOR, b ^ c)
ARITHMETIC(SHL, c < 64 ? b << (c & 63) : 0)
ARITHMETIC(SHR, c < 64 ? b >> (c & 63) : 0)
ARITHMETIC(SAR, (u64)((i64)b >> MIN_OF(c, 63)))

/* Division is slow and has exceptions: only where it is asked for, and where the divisor is not 0. */
#define DIVISION(NAME, expression)                                                                                     \
    void run_##NAME(Vm *vm, const Insn *insn)                                                                          \
    {                                                                                                                  \
        const NumberColumn *left = &vm->number[insn->b], *right = &vm->number[insn->c];                                \
        NumberColumn *out = &vm->number[insn->a];                                                                      \
        Mask has = left->has & right->has, divided = 0;                                                                \
        for (EACH_BIT(i, has)) {                                                                                       \
            u64 b = left->value[i], c = right->value[i];                                                               \
            if (c == 0) continue;                                                                                      \
            out->value[i] = expression;                                                                                \
            divided |= (Mask)1 << i;                                                                                   \
        }                                                                                                              \
        out->has = divided;                                                                                            \
    }

DIVISION(DIV, b / c)
DIVISION(MOD, b % c)
DIVISION(SDIV, c == UINT64_MAX ? 0 - b : (u64)((i64)b / (i64)c)) /* the least number over -1 wraps around */
DIVISION(SMOD, c == UINT64_MAX ? 0 : (u64)((i64)b % (i64)c))

void run_BNOT(Vm *vm, const Insn *insn)
{
    const NumberColumn *b = &vm->number[insn->b];
    NumberColumn *out = &vm->number[insn->a];
    for (u32 i = 0; i < BATCH_MAX; i++) out->value[i] = ~b->value[i];
    out->has = b->has;
}

/* -- tests of numbers ---------------------------------------------------------------------------------------------------------- */

#define TEST_K(NAME, type, comparison)                                                                                 \
    CLONES static Mask test_##NAME(const u64 *values, u64 constant)                                                    \
    {                                                                                                                  \
        u32 lanes[BATCH_MAX];                                                                                          \
        for (u32 i = 0; i < BATCH_MAX; i++) lanes[i] = -(u32)((type)values[i] comparison(type) constant);              \
        return mask_of_lanes(lanes);                                                                                   \
    }                                                                                                                  \
    void run_##NAME(Vm *vm, const Insn *insn)                                                                          \
    {                                                                                                                  \
        const NumberColumn *c = &vm->number[insn->c];                                                                  \
        Mask within = vm->mask[insn->b] & c->has;                                                                      \
        vm->mask[insn->a] = within ? within & test_##NAME(c->value, vm->program->consts[insn->k]) : 0;                 \
    }

TEST_K(EQ_K, u64, ==)
TEST_K(NE_K, u64, !=)
TEST_K(LT_K, u64, <)
TEST_K(LE_K, u64, <=)
TEST_K(GT_K, u64, >)
TEST_K(GE_K, u64, >=)
TEST_K(SLT_K, i64, <)
TEST_K(SLE_K, i64, <=)
TEST_K(SGT_K, i64, >)
TEST_K(SGE_K, i64, >=)

#define TEST_TWO(NAME, type, comparison)                                                                               \
    CLONES static Mask test_##NAME(const u64 *left, const u64 *right)                                                  \
    {                                                                                                                  \
        u32 lanes[BATCH_MAX];                                                                                          \
        for (u32 i = 0; i < BATCH_MAX; i++) lanes[i] = -(u32)((type)left[i] comparison(type) right[i]);                \
        return mask_of_lanes(lanes);                                                                                   \
    }                                                                                                                  \
    void run_##NAME(Vm *vm, const Insn *insn)                                                                          \
    {                                                                                                                  \
        const NumberColumn *c = &vm->number[insn->c], *k = &vm->number[insn->k];                                       \
        vm->mask[insn->a] = vm->mask[insn->b] & c->has & k->has & test_##NAME(c->value, k->value);                     \
    }

TEST_TWO(EQ, u64, ==)
TEST_TWO(NE, u64, !=)
TEST_TWO(LT, u64, <)
TEST_TWO(LE, u64, <=)
TEST_TWO(SLT, i64, <)
TEST_TWO(SLE, i64, <=)

void run_IN(Vm *vm, const Insn *insn)
{
    const NumberColumn *c = &vm->number[insn->c];
    vm->mask[insn->a] = set_test(&vm->sets[insn->k], c->value, vm->mask[insn->b] & c->has);
}

void run_HAS(Vm *vm, const Insn *insn) { vm->mask[insn->a] = vm->mask[insn->b] & vm->number[insn->c].has; }

/* -- tests of byte strings ------------------------------------------------------------------------------------------------------ */

/* Byte by byte, the shorter first: below 0, 0 or above. */
static int order(const u8 *left, u32 left_len, const u8 *right, u32 right_len)
{
    u32 common = MIN_OF(left_len, right_len);
    int difference = common ? memcmp(left, right, common) : 0;
    return difference ? difference : (left_len > right_len) - (left_len < right_len);
}

/* The same with the left side in lower case. */
static int order_lowered(const u8 *left, u32 left_len, const u8 *right, u32 right_len)
{
    u32 common = MIN_OF(left_len, right_len);
    for (u32 i = 0; i < common; i++)
        if (lower(left[i]) != right[i]) return lower(left[i]) < right[i] ? -1 : 1;
    return (left_len > right_len) - (left_len < right_len);
}

typedef int Order(const u8 *left, u32 left_len, const u8 *right, u32 right_len);

/* Does a sorted set of ranges hold the bytes?  The last range that starts at or below them is the only one that can. */
static bool in_byte_ranges(const Vm *vm, u32 bset, const u8 *bytes, u32 len, Order *compare)
{
    PoolSpan span = vm->program->bsets[bset];
    const ByteRange *ranges = vm->program->byte_ranges + span.at;
    u32 low = 0, high = span.count, bound_len;
    while (low < high) { /* ranges before `low` start at or below the bytes, ranges from `high` on start above them */
        u32 middle = low + (high - low) / 2;
        const u8 *bound = pooled_bytes(vm, ranges[middle].lo, &bound_len);
        if (compare(bytes, len, bound, bound_len) >= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return false;
    const u8 *bound = pooled_bytes(vm, ranges[low - 1].hi, &bound_len);
    return compare(bytes, len, bound, bound_len) <= 0;
}

/* A test of slices against something in the pool.  In `expression`: bytes and len of the slice, constant and
 * constant_len of byte string K. */
#define TEST_SLICE(NAME, CONSTANT, expression)                                                                         \
    void run_##NAME(Vm *vm, const Insn *insn)                                                                          \
    {                                                                                                                  \
        const SliceColumn *c = &vm->slice[insn->c];                                                                    \
        Mask within = vm->mask[insn->b] & c->has, is = 0;                                                              \
        CONSTANT;                                                                                                      \
        for (EACH_BIT(i, within)) {                                                                                    \
            const u8 *bytes = c->ptr[i];                                                                               \
            u32 len = c->len[i];                                                                                       \
            is |= (Mask)(expression) << i;                                                                             \
        }                                                                                                              \
        vm->mask[insn->a] = is;                                                                                        \
        note_cut(vm, within & c->open & ~is);                                                                          \
    }
#define BYTES_K                                                                                                        \
    u32 constant_len;                                                                                                  \
    const u8 *constant = pooled_bytes(vm, insn->k, &constant_len)
#define NOTHING_K (void)0

TEST_SLICE(S_EQ, BYTES_K, len == constant_len && memcmp(bytes, constant, len) == 0)
TEST_SLICE(S_LT, BYTES_K, order(bytes, len, constant, constant_len) < 0)
TEST_SLICE(S_LE, BYTES_K, order(bytes, len, constant, constant_len) <= 0)
TEST_SLICE(S_IN, const Sieve *sieve = &vm->byte_sieves[insn->k],
           sieve_passes_bytes(sieve, bytes, len) && in_byte_ranges(vm, insn->k, bytes, len, order))
TEST_SLICE(L_EQ, BYTES_K, len == constant_len && order_lowered(bytes, len, constant, constant_len) == 0)
TEST_SLICE(L_LT, BYTES_K, order_lowered(bytes, len, constant, constant_len) < 0)
TEST_SLICE(L_LE, BYTES_K, order_lowered(bytes, len, constant, constant_len) <= 0)
TEST_SLICE(L_IN, NOTHING_K, in_byte_ranges(vm, insn->k, bytes, len, order_lowered))

/* PCRE2 with limits; a match that is given up is none, and its frame is noted. */
static bool matches(Vm *vm, u32 i, u32 pattern, const u8 *bytes, u32 len)
{
    int result = pcre2_match(vm->patterns[pattern].code, len ? bytes : (const u8 *)"", len, 0, 0, vm->match_data,
                             vm->match_limits);
    if (UNLIKELY(result < 0 && result != PCRE2_ERROR_NOMATCH)) vm->gave_up |= (Mask)1 << i;
    return result >= 0;
}

static bool matches_lowered(Vm *vm, u32 i, u32 pattern, const u8 *bytes, u32 len)
{
    u32 looked_at = MIN_OF(len, (u32)LOWERED_MAX);
    for (u32 k = 0; k < looked_at; k++) vm->lowered[k] = lower(bytes[k]);
    return matches(vm, i, pattern, vm->lowered, looked_at);
}

/* Those of `slices` that begin with the bytes. */
static Mask begin_with(const SliceColumn *column, const Required *text, Mask slices, bool lowered)
{
    Mask in = 0;
    for (EACH_BIT(i, slices)) {
        const u8 *bytes = column->ptr[i];
        if (column->len[i] < text->len) continue;
        bool begins = lowered ? order_lowered(bytes, text->len, text->bytes, text->len) == 0
                              : memcmp(bytes, text->bytes, text->len) == 0;
        in |= (Mask)begins << i;
    }
    return in;
}

/* Those of `slices` in which the pattern may match. */
static Mask worth_matching(const Vm *vm, const Pattern *pattern, const SliceColumn *column, Mask slices, bool lowered)
{
    if (pattern->required.len == 0) return slices;
    if (pattern->required.at_start) return begin_with(column, &pattern->required, slices, lowered);
    return find_slices(vm, &pattern->needle, column, slices, lowered);
}

static void match(Vm *vm, const Insn *insn, bool lowered)
{
    const SliceColumn *column = &vm->slice[insn->c];
    Mask within = vm->mask[insn->b] & column->has, is = 0;
    for (EACH_BIT(i, worth_matching(vm, &vm->patterns[insn->k], column, within, lowered)))
        is |= (Mask)(lowered ? matches_lowered : matches)(vm, (u32)i, insn->k, column->ptr[i], column->len[i]) << i;
    vm->mask[insn->a] = is;
    note_cut(vm, within & column->open & ~is);
}

void run_S_MATCH(Vm *vm, const Insn *insn) { match(vm, insn, false); }
void run_L_MATCH(Vm *vm, const Insn *insn) { match(vm, insn, true); }

void run_S_HAS(Vm *vm, const Insn *insn) { vm->mask[insn->a] = vm->mask[insn->b] & vm->slice[insn->c].has; }

#define TEST_SLICES(NAME, comparison)                                                                                  \
    void run_##NAME(Vm *vm, const Insn *insn)                                                                          \
    {                                                                                                                  \
        const SliceColumn *c = &vm->slice[insn->c], *k = &vm->slice[insn->k];                                          \
        Mask within = vm->mask[insn->b] & c->has & k->has, is = 0;                                                     \
        for (EACH_BIT(i, within)) is |= (Mask)(order(c->ptr[i], c->len[i], k->ptr[i], k->len[i]) comparison 0) << i;   \
        vm->mask[insn->a] = is;                                                                                        \
        note_cut(vm, within &(c->open | k->open) & ~is);                                                               \
    }

TEST_SLICES(SS_EQ, ==)
TEST_SLICES(SS_LT, <)
TEST_SLICES(SS_LE, <=)
