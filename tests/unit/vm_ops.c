/* vm_ops.c - every opcode, on frames made for it: hand-built programs, run by both machines. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/effort.h"
#include "tests/frames.h"
#include "vm/fields.h"
#include "vm/vm.h"

/* Mask 0 is every frame; the tests use column 0 and mask 1 for what they ask. */
static ProgramBuilder *begin(void)
{
    ProgramBuilder *b = builder_new();
    cr_assert_not_null(b);
    builder_emit(b, OP_ALL, 0, 0, 0, 0);
    return b;
}

/* Ends the program with mask `answer`, runs it on both machines, which must agree. */
static Mask run(ProgramBuilder *b, u32 answer, const Batch *batch, Mask *cut)
{
    char why[200] = "";
    Mask scalar_cut, batch_cut;
    builder_emit(b, OP_END, answer, 0, 0, 0);
    Program *program = builder_finish(b, 0, why, sizeof why);
    cr_assert_not_null(program, "%s", why);
    builder_free(b);
    Vm *vm = vm_new(program);
    cr_assert_not_null(vm);
    Mask got = vm_run(vm, batch, &batch_cut), want = scalar_run(program, batch, &scalar_cut);
    cr_assert_eq(got, want);
    cr_assert_eq(batch_cut, scalar_cut);
    if (cut) *cut = batch_cut;
    vm_free(vm);
    program_free(program);
    return got;
}

/* One frame with these bytes, `lost` more on the wire. */
static Batch one_frame(const void *bytes, u32 caplen, u32 lost)
{
    Batch batch;
    batch_begin(&batch, 1);
    batch_add(&batch, bytes, caplen, caplen + lost);
    return batch;
}

/* What number the program leaves in column 0 for a frame: EQ_K of the right one must hold, and of another one not. */
static void expect_number(ProgramBuilder *b, const void *bytes, u32 caplen, u64 want, int line)
{
    Batch batch = one_frame(bytes, caplen, 0);
    builder_emit(b, OP_EQ_K, 1, 0, 0, builder_const(b, want));
    builder_emit(b, OP_NE_K, 2, 0, 0, builder_const(b, want));
    builder_emit(b, OP_ANDNOT, 3, 1, 2, 0);
    cr_assert_eq(run(b, 3, &batch, NULL), 1, "line %d", line);
    batch_free(&batch);
}

static void expect_no_number(ProgramBuilder *b, const void *bytes, u32 caplen, u32 lost, bool want_cut, int line)
{
    Batch batch = one_frame(bytes, caplen, lost);
    Mask cut;
    builder_emit(b, OP_HAS, 1, 0, 0, 0);
    cr_assert_eq(run(b, 1, &batch, &cut), 0, "line %d", line);
    cr_assert_eq(cut, want_cut, "line %d", line);
    batch_free(&batch);
}

#define NUMBER(bytes, want, ...)                                                                                       \
    do {                                                                                                               \
        ProgramBuilder *b = begin();                                                                                   \
        __VA_ARGS__;                                                                                                   \
        expect_number(b, bytes, sizeof(bytes) - 1, want, __LINE__);                                                    \
    } while (0)
#define NO_NUMBER(bytes, lost, cut, ...)                                                                               \
    do {                                                                                                               \
        ProgramBuilder *b = begin();                                                                                   \
        __VA_ARGS__;                                                                                                   \
        expect_no_number(b, bytes, sizeof(bytes) - 1, lost, cut, __LINE__);                                            \
    } while (0)

static const char ten[] = "\x01\x02\x03\x04\x85\x06\x07\x08\x09\x0a";

/* -- loads ------------------------------------------------------------------------------------------------------------- */

Test(vm_ops, frame_be_and_le_of_every_width)
{
    static const u64 big[9] = {
        0, 0x02, 0x0203, 0x020304, 0x02030485, 0x0203048506, 0x020304850607, 0x02030485060708, 0x0203048506070809};
    static const u64 little[9] = {
        0, 0x02, 0x0302, 0x040302, 0x85040302, 0x0685040302, 0x070685040302, 0x08070685040302, 0x0908070685040302};
    for (u32 width = 1; width <= 8; width++) {
        NUMBER(ten, big[width], builder_emit(b, OP_FRAME_BE, 0, 0, width, 1));
        NUMBER(ten, little[width], builder_emit(b, OP_FRAME_LE, 0, 0, width, 1));
        NO_NUMBER(ten, 0, false, builder_emit(b, OP_FRAME_BE, 0, 0, width, 11 - width));
        NO_NUMBER(ten, 0, false, builder_emit(b, OP_FRAME_LE, 0, 0, width, 11 - width));
    }
    NO_NUMBER(ten, 1, true, builder_emit(b, OP_FRAME_BE, 0, 0, 2, 9));
    NO_NUMBER(ten, 1, false, builder_emit(b, OP_FRAME_BE, 0, 0, 2, 10));
    NO_NUMBER(ten, 5, false, builder_emit(b, OP_FRAME_BE, 0, 0, 8, UINT32_MAX));
}

Test(vm_ops, a_load_gives_no_value_outside_its_mask)
{
    NO_NUMBER(ten, 0, false, builder_emit(b, OP_ZERO, 5, 0, 0, 0); builder_emit(b, OP_FRAME_BE, 0, 5, 1, 0));
    NO_NUMBER(ten, 9, false, builder_emit(b, OP_ZERO, 5, 0, 0, 0); builder_emit(b, OP_FRAME_BE, 0, 5, 1, 12));
    NO_NUMBER(ten, 0, false, builder_emit(b, OP_ZERO, 5, 0, 0, 0);
              builder_emit(b, OP_META, 0, 5, 0, META_FRAME_LENGTH));
}

Test(vm_ops, meta)
{
    static const struct {
        Meta meta;
        u64 want;
    } rows[] = {
        {META_FRAME_NUMBER, 41},
        {META_TIME_DELTA, (u64)-2},
        {META_TIME_OFFSET, 9},
        {META_FRAME_LENGTH, 15},
        {META_CAPTURE_LENGTH, 10},
        {META_MEDIA_TYPE, 0xe001},
        {META_TIME_OF_DAY, 116444736000000000 + 14140643201234567},
        {META_TIME_AND_DATE, 116444736000000000 + 14140643201234567},
        {META_TIME_DATE_LOCAL, 116444736000000000 + 14140643201234567},
    };
    cr_assert_eq(COUNT_OF(rows), META_COUNT);
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        Batch batch = one_frame(ten, 10, 5);
        batch.number[0] = 41;
        batch.delta[0] = -150; /* rounded down, not towards zero */
        batch.offset[0] = 999;
        batch.time[0] = 1414064320123456789;
        batch.media_type = 0xe001;
        ProgramBuilder *b = begin();
        builder_emit(b, OP_META, 0, 0, 0, rows[i].meta);
        builder_emit(b, OP_EQ_K, 1, 0, 0, builder_const(b, rows[i].want));
        cr_assert_eq(run(b, 1, &batch, NULL), 1, "%s", meta_info[rows[i].meta].name);
        batch_free(&batch);
    }
}

Test(vm_ops, slices_are_cut_read_and_measured)
{
    NUMBER(ten, 10, builder_emit(b, OP_FRAME, 0, 0, 0, 0); builder_emit(b, OP_LENGTH, 0, 0, 0, 0));
    NUMBER(ten, 3, builder_emit(b, OP_FRAME, 0, 0, 0, 0); builder_emit(b, OP_CUT, 1, 0, 0, builder_const2(b, 7, 3));
           builder_emit(b, OP_LENGTH, 0, 0, 1, 0));
    NUMBER(ten, 0x0506, builder_emit(b, OP_FRAME, 0, 0, 0, 0);
           builder_emit(b, OP_CUT, 0, 0, 0, builder_const2(b, 4, 6));
           builder_emit(b, OP_CONST, 0, 0, 0, builder_const(b, 0)); builder_emit(b, OP_READ_BE, 0, 0, 0, 2);
           builder_emit(b, OP_CONST, 1, 0, 0, builder_const(b, 0x7fff)); builder_emit(b, OP_BAND, 0, 0, 1, 0));
    NUMBER(ten, 0x0a09, builder_emit(b, OP_FRAME, 0, 0, 0, 0); builder_emit(b, OP_CONST, 1, 0, 0, builder_const(b, 8));
           builder_emit(b, OP_READ_LE, 0, 1, 0, 2));
    NUMBER(ten, 0x0809, builder_emit(b, OP_FRAME, 0, 0, 0, 0); builder_emit(b, OP_CONST, 1, 0, 0, builder_const(b, 7));
           builder_emit(b, OP_CONST, 2, 0, 0, builder_const(b, 2)); builder_emit(b, OP_CUT_BY, 0, 1, 0, 2);
           builder_emit(b, OP_CONST, 3, 0, 0, builder_const(b, 0)); builder_emit(b, OP_READ_BE, 0, 3, 0, 2));
}

/* Behind the end: absent; counted only where the missing part would have held it; no arithmetic wraps around. */
Test(vm_ops, slices_are_never_cut_outside)
{
    static const struct {
        u64 offset, len;
        u32 lost;
        bool cut;
    } rows[] = {
        {7, 4, 0, false},
        {7, 4, 1, true},
        {7, 5, 1, false},
        {11, 0, 1, true},
        {11, 0, 0, false},
        {UINT64_MAX, 1, 100, false},
        {1, UINT64_MAX, 100, false},
        {UINT64_MAX, UINT64_MAX, 100, false},
        {(u64)1 << 32, 1, 100, false},
        {1, (u64)1 << 32, 100, false},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        Batch batch = one_frame(ten, 10, rows[i].lost);
        Mask cut;
        ProgramBuilder *b = begin();
        builder_emit(b, OP_FRAME, 0, 0, 0, 0);
        builder_emit(b, OP_CUT, 1, 0, 0, builder_const2(b, rows[i].offset, rows[i].len));
        builder_emit(b, OP_S_HAS, 1, 0, 1, 0);
        cr_assert_eq(run(b, 1, &batch, &cut), 0, "row %u", i);
        cr_assert_eq(cut, rows[i].cut, "row %u", i);
        b = begin();
        builder_emit(b, OP_FRAME, 0, 0, 0, 0);
        builder_emit(b, OP_CONST, 0, 0, 0, builder_const(b, rows[i].offset));
        builder_emit(b, OP_CONST, 1, 0, 0, builder_const(b, rows[i].len));
        builder_emit(b, OP_CUT_BY, 1, 0, 0, 1);
        builder_emit(b, OP_S_HAS, 1, 0, 1, 0);
        cr_assert_eq(run(b, 1, &batch, &cut), 0, "row %u", i);
        cr_assert_eq(cut, rows[i].cut, "row %u", i);
        batch_free(&batch);
    }
}

Test(vm_ops, text_to_number)
{
    NUMBER("200", 200, builder_emit(b, OP_FRAME, 0, 0, 0, 0); builder_emit(b, OP_TO_NUMBER, 0, 0, 0, 0));
    NUMBER(" \t0xfF ", 255, builder_emit(b, OP_FRAME, 0, 0, 0, 0); builder_emit(b, OP_TO_NUMBER, 0, 0, 0, 0));
    NUMBER("18446744073709551615", UINT64_MAX, builder_emit(b, OP_FRAME, 0, 0, 0, 0);
           builder_emit(b, OP_TO_NUMBER, 0, 0, 0, 0));
#define NO_TEXT_NUMBER(text)                                                                                           \
    NO_NUMBER(text, 0, false, builder_emit(b, OP_FRAME, 0, 0, 0, 0); builder_emit(b, OP_TO_NUMBER, 0, 0, 0, 0))
    NO_TEXT_NUMBER("18446744073709551616");
    NO_TEXT_NUMBER("0x10000000000000000");
    NO_TEXT_NUMBER("");
    NO_TEXT_NUMBER("0x");
    NO_TEXT_NUMBER("  ");
    NO_TEXT_NUMBER("12a");
    NO_TEXT_NUMBER("-1");
    NO_TEXT_NUMBER("1 2");
}

Test(vm_ops, values_as_text)
{
    static const struct {
        ValueType type;
        u64 value;
        const char *text;
    } rows[] = {
        {TYPE_NUMBER, 80, "80"},
        {TYPE_SIGNED, (u64)-3, "-3"},
        {TYPE_IPV4, 0x0a000001, "10.0.0.1"},
        {TYPE_MAC, 0x001122334455, "00:11:22:33:44:55"},
        {TYPE_DURATION, (u64)-123456, "-0.0123456"},
        {TYPE_TIME, 130587535201234567, "2014-10-25T23:32:00.1234567Z"},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        Batch batch = one_frame("", 0, 0);
        ProgramBuilder *b = begin();
        builder_emit(b, OP_CONST, 0, 0, 0, builder_const(b, rows[i].value));
        builder_emit(b, OP_TO_TEXT, 0, 0, 0, rows[i].type);
        builder_emit(b, OP_S_EQ, 1, 0, 0, builder_bytes(b, rows[i].text, strlen(rows[i].text)));
        cr_assert_eq(run(b, 1, &batch, NULL), 1, "%s", rows[i].text);
        batch_free(&batch);
    }
    Batch batch = one_frame(ten, 10, 0);
    ProgramBuilder *b = begin();
    builder_emit(b, OP_FRAME, 0, 0, 0, 0);
    builder_emit(b, OP_STO_TEXT, 0, 0, 0, TYPE_BYTES);
    builder_emit(b, OP_STO_TEXT, 0, 0, 0, TYPE_STRING); /* over itself */
    builder_emit(b, OP_S_EQ, 1, 0, 0, builder_bytes(b, "0102030485060708090a", 20));
    cr_assert_eq(run(b, 1, &batch, NULL), 1);
    batch_free(&batch);
}

/* -- arithmetic ------------------------------------------------------------------------------------------------------------- */

Test(vm_ops, arithmetic)
{
    const u64 min = (u64)1 << 63, max = UINT64_MAX;
    const struct {
        Op op;
        u64 left, right;
        bool has;
        u64 want;
    } rows[] = {
        {OP_ADD, 2, 3, true, 5},          {OP_ADD, max, 2, true, 1},      {OP_SUB, 2, 3, true, max},
        {OP_SUB, 9, 3, true, 6},          {OP_MUL, 7, 6, true, 42},       {OP_MUL, min, 2, true, 0},
        {OP_DIV, 7, 2, true, 3},          {OP_DIV, 7, 0, false, 0},       {OP_DIV, max, 2, true, max / 2},
        {OP_MOD, 7, 4, true, 3},          {OP_MOD, 7, 0, false, 0},       {OP_SDIV, (u64)-7, 2, true, (u64)-3},
        {OP_SDIV, 1, 0, false, 0},        {OP_SDIV, min, max, true, min}, {OP_SDIV, 9, max, true, (u64)-9},
        {OP_SMOD, (u64)-7, 2, true, max}, {OP_SMOD, min, max, true, 0},   {OP_SMOD, 7, 0, false, 0},
        {OP_SHL, 1, 63, true, min},       {OP_SHL, 1, 64, true, 0},       {OP_SHL, 1, max, true, 0},
        {OP_SHR, min, 63, true, 1},       {OP_SHR, min, 64, true, 0},     {OP_SAR, min, 63, true, max},
        {OP_SAR, min, 64, true, max},     {OP_SAR, 8, 2, true, 2},        {OP_SAR, 8, max, true, 0},
        {OP_BAND, 12, 10, true, 8},       {OP_BOR, 12, 10, true, 14},     {OP_BXOR, 12, 10, true, 6},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        ProgramBuilder *b = begin();
        builder_emit(b, OP_CONST, 0, 0, 0, builder_const(b, rows[i].left));
        builder_emit(b, OP_CONST, 1, 0, 0, builder_const(b, rows[i].right));
        builder_emit(b, rows[i].op, 0, 0, 1, 0);
        if (rows[i].has)
            expect_number(b, ten, 10, rows[i].want, (int)i);
        else
            expect_no_number(b, ten, 10, 0, false, (int)i);
    }
    NUMBER(ten, ~(u64)5, builder_emit(b, OP_CONST, 1, 0, 0, builder_const(b, 5)); builder_emit(b, OP_BNOT, 0, 1, 0, 0));
    NO_NUMBER(ten, 0, false, builder_emit(b, OP_CONST, 1, 0, 0, builder_const(b, 5));
              builder_emit(b, OP_FRAME_BE, 2, 0, 1, 50); builder_emit(b, OP_ADD, 0, 1, 2, 0));
}

/* -- tests of numbers ------------------------------------------------------------------------------------------------------- */

/* Below, equal, above; -1 is above unsigned and below signed. */
Test(vm_ops, comparisons)
{
    static const struct {
        Op op, with_column;
        bool swapped;
        const char *holds;
    } rows[] = {
        /* for 4, 5, 6 and -1 against 5 */
        {OP_EQ_K, OP_EQ, false, "0100"},   {OP_NE_K, OP_NE, false, "1011"},   {OP_LT_K, OP_LT, false, "1000"},
        {OP_LE_K, OP_LE, false, "1100"},   {OP_GT_K, OP_LT, true, "0011"},    {OP_GE_K, OP_LE, true, "0111"},
        {OP_SLT_K, OP_SLT, false, "1001"}, {OP_SLE_K, OP_SLE, false, "1101"}, {OP_SGT_K, OP_SLT, true, "0010"},
        {OP_SGE_K, OP_SLE, true, "0110"},
    };
    static const u8 values[4][8] = {{[7] = 4}, {[7] = 5}, {[7] = 6}, {255, 255, 255, 255, 255, 255, 255, 255}};
    Batch batch;
    batch_begin(&batch, 1);
    for (u32 i = 0; i < 4; i++) batch_add(&batch, values[i], 8, 8);
    batch_add(&batch, values[0], 7, 7); /* no value */
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        Mask want = 0;
        for (u32 k = 0; k < 4; k++) want |= (Mask)(rows[i].holds[k] == '1') << k;
        ProgramBuilder *b = begin();
        builder_emit(b, OP_FRAME_BE, 0, 0, 8, 0);
        builder_emit(b, rows[i].op, 1, 0, 0, builder_const(b, 5));
        cr_assert_eq(run(b, 1, &batch, NULL), want, "%s", op_info[rows[i].op].name);
        b = begin();
        builder_emit(b, OP_FRAME_BE, 0, 0, 8, 0);
        builder_emit(b, OP_CONST, 1, 0, 0, builder_const(b, 5));
        builder_emit(b, rows[i].with_column, 1, 0, rows[i].swapped, !rows[i].swapped);
        cr_assert_eq(run(b, 1, &batch, NULL), want, "%s", op_info[rows[i].with_column].name);
        b = begin();
        builder_emit(b, OP_FRAME_BE, 0, 0, 8, 0);
        builder_emit(b, OP_ZERO, 5, 0, 0, 0);
        builder_emit(b, rows[i].op, 1, 5, 0, builder_const(b, 5));
        cr_assert_eq(run(b, 1, &batch, NULL), 0, "outside its mask: %s", op_info[rows[i].op].name);
    }
    ProgramBuilder *b = begin();
    builder_emit(b, OP_FRAME_BE, 0, 0, 8, 0);
    builder_emit(b, OP_HAS, 1, 0, 0, 0);
    cr_assert_eq(run(b, 1, &batch, NULL), 15);
    batch_free(&batch);
}

/* Every fast form of a set gives what looking at each range gives; the edges of each range are tried. */
static void check_set(const NumberRange *ranges, u32 count)
{
    Random r = {count};
    for (u32 first = 0; first == 0 || first < count; first += 8) {
        Batch batch;
        u64 values[BATCH_MAX];
        u32 used = 0;
        for (u32 i = first; i < first + 8 && i < count; i++) {
            values[used++] = ranges[i].lo;
            values[used++] = ranges[i].hi;
            values[used++] = ranges[i].lo - 1;
            values[used++] = ranges[i].hi + 1;
            values[used++] = ranges[i].lo + 65536;
        }
        while (used < BATCH_MAX) values[used++] = random_once_in(&r, 2) ? random_below(&r, 70000) : random_next(&r);
        batch_begin(&batch, 1);
        Mask want = 0;
        for (u32 i = 0; i < BATCH_MAX; i++) {
            u8 bytes[8];
            u64 swapped = __builtin_bswap64(values[i]);
            memcpy(bytes, &swapped, 8);
            batch_add(&batch, bytes, 8, 8);
            for (u32 k = 0; k < count; k++) want |= (Mask)(values[i] >= ranges[k].lo && values[i] <= ranges[k].hi) << i;
        }
        ProgramBuilder *b = begin();
        builder_emit(b, OP_FRAME_BE, 0, 0, 8, 0);
        builder_emit(b, OP_IN, 1, 0, 0, builder_set(b, ranges, count));
        cr_assert_eq(run(b, 1, &batch, NULL), want, "%u ranges, from %u", count, first);
        batch_free(&batch);
    }
}

Test(vm_ops, sets_of_every_form)
{
    static NumberRange ranges[3000];
    check_set(ranges, 0);
    ranges[0] = (NumberRange){0, UINT64_MAX};
    check_set(ranges, 1);
    for (u32 i = 0; i < 3; i++) ranges[i] = (NumberRange){i * 100, i * 100 + 50};
    check_set(ranges, 3); /* few */
    for (u32 i = 0; i < 300; i++) ranges[i] = (NumberRange){i * 200, i * 200 + i % 3};
    ranges[300] = (NumberRange){65530, 65535};
    check_set(ranges, 301); /* bitmap */
    for (u32 i = 0; i < 3000; i++) ranges[i].lo = ranges[i].hi = (u64)i * 0x10001;
    check_set(ranges, 3000); /* hash */
    for (u32 i = 0; i < 100; i++) ranges[i].lo = ranges[i].hi = UINT64_MAX - 2 * (99 - i);
    check_set(ranges, 100); /* hash, with the largest number */
    for (u32 i = 0; i < 1001; i++) ranges[i] = (NumberRange){(u64)i << 40, ((u64)i << 40) + i};
    check_set(ranges, 1001); /* ranges */
    ranges[1001] = (NumberRange){UINT64_MAX - 1, UINT64_MAX};
    check_set(ranges, 1002);
}

/* -- tests of byte strings -------------------------------------------------------------------------------------------------- */

static bool slice_test(Op op, const char *bytes, u32 len, u32 k_len, const char *k, u32 lost, bool *cut)
{
    Batch batch = one_frame(bytes, len, lost);
    Mask cut_mask;
    ProgramBuilder *b = begin();
    builder_emit(b, OP_FRAME, 0, 0, 0, 0);
    builder_emit(b, op, 1, 0, 0, builder_bytes(b, k, k_len));
    Mask answer = run(b, 1, &batch, &cut_mask);
    batch_free(&batch);
    if (cut) *cut = cut_mask != 0;
    return answer == 1;
}

Test(vm_ops, byte_string_tests)
{
    static const struct {
        Op op;
        const char *hay, *k;
        bool want;
    } rows[] = {
        {OP_S_EQ, "abc", "abc", true},
        {OP_S_EQ, "abc", "abd", false},
        {OP_S_EQ, "abc", "ab", false},
        {OP_S_EQ, "", "", true},
        {OP_S_LT, "ab", "abc", true},
        {OP_S_LT, "abc", "abc", false},
        {OP_S_LT, "abd", "abc", false},
        {OP_S_LT, "a\x80", "a\x7f", false},
        {OP_S_LE, "abc", "abc", true},
        {OP_S_LE, "abcd", "abc", false},
        {OP_S_LE, "", "abc", true},
        {OP_S_FIND, "xxabcxx", "abc", true},
        {OP_S_FIND, "xxabCxx", "abc", false},
        {OP_S_FIND, "abc", "", true},
        {OP_S_FIND, "", "a", false},
        {OP_S_MATCH, "user 42", "[0-9]+$", true},
        {OP_S_MATCH, "user x", "[0-9]+$", false},
        {OP_S_MATCH, "", "^$", true},
        {OP_L_EQ, "AbC", "abc", true},
        {OP_L_EQ, "AbC[", "abc{", false},
        {OP_L_EQ, "ABCD", "abc", false},
        {OP_L_LT, "ABB", "abc", true},
        {OP_L_LT, "ABC", "abc", false},
        {OP_L_LE, "ABC", "abc", true},
        {OP_L_LE, "B", "abc", false},
        {OP_L_FIND, "xxABcxx", "abc", true},
        {OP_L_FIND, "xx@BCxx", "`bc", false},
        {OP_L_FIND, "a longer hay with a NEEDLE in it", "needle", true},
        {OP_L_MATCH, "Host: WWW", "www$", true},
        {OP_L_MATCH, "Host: WWW", "WWW", false},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++)
        cr_assert_eq(
            slice_test(rows[i].op, rows[i].hay, (u32)strlen(rows[i].hay), (u32)strlen(rows[i].k), rows[i].k, 0, NULL),
            rows[i].want, "%s %s %s", rows[i].hay, op_info[rows[i].op].name, rows[i].k);
}

Test(vm_ops, a_test_of_a_cut_slice_that_fails_is_counted)
{
    static const Op ops[] = {OP_S_EQ, OP_S_FIND, OP_S_MATCH, OP_L_EQ, OP_L_FIND, OP_L_MATCH};
    bool cut;
    for (u32 i = 0; i < COUNT_OF(ops); i++) {
        cr_assert_not(slice_test(ops[i], "abc", 3, 3, "xyz", 0, &cut));
        cr_assert_not(cut, "%s", op_info[ops[i]].name);
        cr_assert_not(slice_test(ops[i], "abc", 3, 3, "xyz", 9, &cut));
        cr_assert(cut, "%s", op_info[ops[i]].name);
        cr_assert(slice_test(ops[i], "abc", 3, 3, "abc", 9, &cut));
        cr_assert_not(cut, "%s", op_info[ops[i]].name);
    }
}

/* Every length of hay and needle around the 16 that are tried at once, found at every place or not at all. */
Test(vm_ops, searching_finds_what_is_there_and_only_that)
{
    for (u32 len = 1; len < 70; len += len < 40 ? EFFORT_STEP : 7)
        for (u32 needle_len = 1; needle_len <= len; needle_len += needle_len < 18 ? 1 : 9)
            for (u32 at = 0; at + needle_len <= len; at += 1 + len / 20) {
                char hay[80], needle[80];
                memset(hay, 'e', sizeof hay);
                for (u32 i = 0; i < needle_len; i++) needle[i] = (char)("eeQeZxe"[(i * 5 + needle_len) % 7]);
                needle[needle_len / 2] = 'Q';
                memcpy(hay + at, needle, needle_len);
                cr_assert(slice_test(OP_S_FIND, hay, len, needle_len, needle, 0, NULL), "%u %u %u", len, needle_len,
                          at);
                for (u32 i = 0; i < needle_len; i++) needle[i] |= 0x20; /* lower case */
                cr_assert(slice_test(OP_L_FIND, hay, len, needle_len, needle, 0, NULL), "%u %u %u", len, needle_len,
                          at);
                hay[at + needle_len / 2] = 'e';
                cr_assert_not(slice_test(OP_L_FIND, hay, len, needle_len, needle, 0, NULL), "%u %u %u", len, needle_len,
                              at);
            }
}

Test(vm_ops, sets_of_byte_strings)
{
    static const struct {
        const char *text;
        bool in, in_lowered;
    } rows[] = {
        {"", false, false},   {"a", true, true},      {"A", false, true},   {"abc", true, true},
        {"b", true, true},    {"B", false, true},     {"ba", false, false}, {"get", true, true},
        {"GET", false, true}, {"gets", false, false}, {"z", true, true},    {"\xff", false, false},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++)
        for (int lowered = 0; lowered < 2; lowered++) {
            Batch batch = one_frame(rows[i].text, (u32)strlen(rows[i].text), 0);
            ProgramBuilder *b = begin();
            u32 get = builder_bytes(b, "get", 3);
            ByteRange ranges[3] = {{builder_bytes(b, "a", 1), builder_bytes(b, "b", 1)},
                                   {get, get},
                                   {builder_bytes(b, "y", 1), builder_bytes(b, "zz", 2)}};
            builder_emit(b, OP_FRAME, 0, 0, 0, 0);
            builder_emit(b, lowered ? OP_L_IN : OP_S_IN, 1, 0, 0, builder_bset(b, ranges, 3));
            cr_assert_eq(run(b, 1, &batch, NULL), lowered ? rows[i].in_lowered : rows[i].in, "%s", rows[i].text);
            batch_free(&batch);
        }
}

Test(vm_ops, slices_against_slices)
{
    static const struct {
        const char *frame;
        bool equal, less, less_or_equal;
    } rows[] = {{"abcabc", true, false, true}, {"abcabd", false, true, true}, {"abdabc", false, false, false}};
    static const Op ops[3] = {OP_SS_EQ, OP_SS_LT, OP_SS_LE};
    for (u32 i = 0; i < COUNT_OF(rows); i++)
        for (u32 k = 0; k < 3; k++) {
            Batch batch = one_frame(rows[i].frame, 6, 0);
            ProgramBuilder *b = begin();
            builder_emit(b, OP_FRAME, 0, 0, 0, 0);
            builder_emit(b, OP_CUT, 1, 0, 0, builder_const2(b, 0, 3));
            builder_emit(b, OP_CUT, 2, 0, 0, builder_const2(b, 3, 3));
            builder_emit(b, ops[k], 1, 0, 1, 2);
            bool want[3] = {rows[i].equal, rows[i].less, rows[i].less_or_equal};
            cr_assert_eq(run(b, 1, &batch, NULL), want[k], "%s %s", rows[i].frame, op_info[ops[k]].name);
            batch_free(&batch);
        }
}

/* A pattern that would take ages is given up, and that is told. */
Test(vm_ops, a_match_that_takes_too_long_is_no_match)
{
    char hay[4001];
    memset(hay, 'a', sizeof hay);
    hay[4000] = 'b';
    Batch batch = one_frame(hay, sizeof hay, 0);
    ProgramBuilder *b = begin();
    builder_emit(b, OP_FRAME, 0, 0, 0, 0);
    builder_emit(b, OP_S_MATCH, 1, 0, 0, builder_bytes(b, "(a+)+(a+)+(a+)+[^ab]", 20));
    builder_emit(b, OP_END, 1, 0, 0, 0);
    Program *program = builder_finish(b, 0, NULL, 0);
    builder_free(b);
    cr_assert_not_null(program);
    Vm *vm = vm_new(program);
    cr_assert_eq(vm_run(vm, &batch, NULL), 0);
    cr_assert_eq(vm_gave_up(vm), 1);
    vm_free(vm);
    program_free(program);
    batch_free(&batch);
}

/* -- masks and control ------------------------------------------------------------------------------------------------------ */

Test(vm_ops, masks_and_jumps)
{
    Batch batch;
    batch_begin(&batch, 1);
    for (u8 i = 0; i < 4; i++) batch_add(&batch, &i, 1, 1);
    for (u64 k = 0; k < 6; k++) { /* frames below 2 or equal to k, the second test behind a jump */
        ProgramBuilder *b = begin();
        builder_emit(b, OP_FRAME_BE, 0, 0, 1, 0);
        builder_emit(b, OP_LT_K, 1, 0, 0, builder_const(b, 2));
        builder_emit(b, OP_ANDNOT, 2, 0, 1, 0);
        builder_emit(b, OP_EQ_K, 2, 2, 0, builder_const(b, k));
        u32 jump = builder_emit(b, OP_JNONE, 2, 0, 0, 0);
        builder_emit(b, OP_OR, 1, 1, 2, 0);
        builder_patch(b, jump, builder_here(b));
        cr_assert_eq(run(b, 1, &batch, NULL), 3 | (k >= 2 && k < 4 ? 1u << k : 0));
    }
    ProgramBuilder *b = begin();
    builder_emit(b, OP_ZERO, 1, 0, 0, 0);
    builder_emit(b, OP_AND, 2, 0, 1, 0);
    builder_emit(b, OP_OR, 2, 2, 0, 0);
    cr_assert_eq(run(b, 2, &batch, NULL), 15);
    batch_free(&batch);
}

/* Two tags: the test is tried on the outer, then on the inner. */
Test(vm_ops, each_and_next_try_every_instance)
{
    FrameDraft *d = malloc(sizeof *d);
    Batch batch;
    batch_begin(&batch, 1);
    for (u32 tags = 0; tags <= 12; tags++) {
        frame_begin(d);
        frame_ethernet(d, 1, 2, tags ? 0x8100 : 0x0800);
        for (u32 i = 0; i < tags; i++) frame_vlan(d, (u16)(100 + i), i + 1 < tags ? 0x8100 : 0x0800);
        frame_ipv4(d, 6, 1, 2);
        frame_tcp(d, 3, 4, 0, 0, 0);
        frame_end(d);
        batch_add(&batch, d->bytes, d->len, d->len);
    }
    for (u32 id = 0; id < 12; id++) {
        ProgramBuilder *b = begin();
        builder_emit(b, OP_DECODE, 0, 0, 0, 0);
        builder_emit(b, OP_ZERO, 1, 0, 0, 0);
        builder_emit(b, OP_EACH, 0, 0, 0, 0);
        u32 back = builder_emit(b, OP_FIELD, 0, 0, 0, FIELD_VLAN_ID);
        builder_emit(b, OP_EQ_K, 2, 0, 0, builder_const(b, 100 + id));
        builder_emit(b, OP_NEXT, 1, 0, 2, back);
        Mask want = id < NEST_MAX ? batch_all(&batch) & ~(((Mask)2 << id) - 1) : 0; /* frames with more than id tags */
        cr_assert_eq(run(b, 1, &batch, NULL), want, "%u", id);
    }
    batch_free(&batch);
    free(d);
}

Test(vm_ops, profile_counts_runs_and_frames)
{
    Batch batch;
    batch_begin(&batch, 1);
    for (u8 i = 0; i < 10; i++) batch_add(&batch, &i, 1, 1);
    ProgramBuilder *b = begin();
    builder_emit(b, OP_FRAME_BE, 0, 0, 1, 0);
    builder_emit(b, OP_LT_K, 1, 0, 0, builder_const(b, 3));
    builder_emit(b, OP_END, 1, 0, 0, 0);
    Program *program = builder_finish(b, 0, NULL, 0);
    builder_free(b);
    Vm *vm = vm_new(program);
    static const Part parts[] = {{1, 4, 0, 1}, {1, 3, 0, 1}, {3, 3, 1, 0}};
    PartIndex index;
    Counts code[5] = {{0}}, part[3] = {{0}};
    cr_assert(part_index_init(&index, parts, 3, program->code_count));
    Profile profile = {.code = code, .parts = &index, .part = part};
    vm_profile(vm, &profile);
    vm_run(vm, &batch, NULL);
    vm_run(vm, &batch, NULL);
    cr_assert(code[2].runs == 2 && code[2].frames_in == 20 && code[2].frames_out == 6);
    cr_assert(code[1].frames_out == 20 && code[3].frames_out == 6);
    cr_assert(part[1].runs == 2 && part[1].frames_in == 20 && part[1].frames_out == 6);
    cr_assert(part[2].runs == 2 && part[2].frames_in == 6 && part[2].frames_out == 20);
    cr_assert(part[0].runs == 2 && part[0].frames_in == 20 && part[0].frames_out == 0, "nothing stands behind END");
    part_index_release(&index);
    vm_free(vm);
    program_free(program);
    batch_free(&batch);
}
