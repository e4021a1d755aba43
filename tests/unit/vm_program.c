/* vm_program.c - building, saving, loading, verifying and listing programs. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/frames.h"
#include "vm/fields.h"
#include "vm/vm.h"

static ProgramBuilder *begin(void)
{
    ProgramBuilder *b = builder_new();
    cr_assert_not_null(b);
    builder_emit(b, OP_ALL, 0, 0, 0, 0);
    return b;
}

static Program *finish(ProgramBuilder *b)
{
    char why[200] = "";
    Program *program = builder_finish(b, 42, why, sizeof why);
    cr_assert_not_null(program, "%s", why);
    builder_free(b);
    return program;
}

static Program *two_ports(void)
{
    ProgramBuilder *b = begin();
    u32 port = builder_const(b, 0xd0ef);
    builder_emit(b, OP_FRAME_BE, 0, 0, 2, 34);
    builder_emit(b, OP_EQ_K, 1, 0, 0, port);
    builder_emit(b, OP_ANDNOT, 2, 0, 1, 0);
    u32 jump = builder_emit(b, OP_JNONE, 2, 0, 0, 0);
    builder_emit(b, OP_FRAME_BE, 1, 2, 2, 36);
    builder_emit(b, OP_EQ_K, 3, 2, 1, port);
    builder_emit(b, OP_OR, 1, 1, 3, 0);
    builder_patch(b, jump, builder_here(b));
    builder_emit(b, OP_END, 1, 0, 0, 0);
    return finish(b);
}

/* -- building --------------------------------------------------------------------------------------------------------------- */

Test(vm_program, equal_constants_are_stored_once)
{
    ProgramBuilder *b = begin();
    NumberRange ranges[2] = {{1, 2}, {5, 5}};
    u8 path[2] = {PROTO_ETHERNET, PROTO_IPV4};
    cr_assert_eq(builder_const(b, 7), builder_const(b, 7));
    cr_assert_neq(builder_const(b, 7), builder_const(b, 8));
    cr_assert_eq(builder_const2(b, 1, 2), builder_const2(b, 1, 2));
    cr_assert_neq(builder_const2(b, 1, 2), builder_const2(b, 2, 1));
    cr_assert_eq(builder_bytes(b, "abc", 3), builder_bytes(b, "abc", 3));
    cr_assert_neq(builder_bytes(b, "abc", 3), builder_bytes(b, "abc", 2));
    cr_assert_eq(builder_bytes(b, "", 0), builder_bytes(b, NULL, 0));
    cr_assert_eq(builder_set(b, ranges, 2), builder_set(b, ranges, 2));
    cr_assert_neq(builder_set(b, ranges, 2), builder_set(b, ranges, 1));
    cr_assert_eq(builder_path(b, path, 2), builder_path(b, path, 2));
    cr_assert_neq(builder_path(b, path, 2), builder_path(b, path, 1));
    ByteRange range = {builder_bytes(b, "a", 1), builder_bytes(b, "abc", 3)};
    cr_assert_eq(builder_bset(b, &range, 1), builder_bset(b, &range, 1));
    for (u32 i = 0; i < 100000; i++) builder_const(b, i);
    cr_assert_eq(builder_const(b, 99999), builder_const(b, 99999));
    builder_emit(b, OP_END, 0, 0, 0, 0);
    Program *program = finish(b);
    cr_assert_eq(program->const_count, 100000 + 4);
    cr_assert(program->bytes_count == 4 && program->set_count == 2 && program->path_count == 2 &&
              program->bset_count == 1);
    program_free(program);
}

Test(vm_program, demands_are_worked_out)
{
    ProgramBuilder *b = begin();
    u8 path[2] = {PROTO_ETHERNET, PROTO_IPV4};
    builder_emit(b, OP_DECODE, 0, 0, 0, 0);
    builder_emit(b, OP_FIELD, 0, 0, 0, FIELD_TCP_FLAGS);
    builder_emit(b, OP_META, 1, 0, 0, META_TIME_OF_DAY);
    builder_emit(b, OP_PROTO, 1, 0, 0, PROTO_ARP);
    builder_emit(b, OP_PROTO_ON, 1, 0, builder_path(b, path, 2), 0);
    builder_emit(b, OP_END, 1, 0, 0, 0);
    Program *program = finish(b);
    cr_assert_eq(program->protocols,
                 (u64)1 << PROTO_TCP | (u64)1 << PROTO_ARP | (u64)1 << PROTO_ETHERNET | (u64)1 << PROTO_IPV4);
    cr_assert(program->needs == NEED_TIME && program->layers && program->source_hash == 42);
    program_free(program);
}

static void refuses_to_finish(ProgramBuilder *b, const char *reason)
{
    char why[200] = "";
    cr_assert_null(builder_finish(b, 0, why, sizeof why), "%s", reason);
    cr_assert_str_eq(why, reason);
    cr_assert_null(builder_finish(b, 0, NULL, 0));
    builder_free(b);
}

Test(vm_program, the_emitters_mistakes_are_told)
{
    ProgramBuilder *b = begin();
    builder_emit(b, OP_AND, 256, 0, 0, 0);
    refuses_to_finish(b, "instruction 1: an operand does not fit a byte: too many registers or paths");
    b = begin();
    builder_patch(b, 7, 1);
    refuses_to_finish(b, "instruction 1: an instruction that does not exist was patched");
    b = begin();
    builder_emit(b, OP_COUNT, 0, 0, 0, 0);
    refuses_to_finish(b, "instruction 1: no such instruction");
    refuses_to_finish(builder_new(), "expected 1 to 1048576 instructions, found 0");
}

/* -- verifying --------------------------------------------------------------------------------------------------------------- */

/* A program of one instruction between ALL and END, or more, that must be refused for this reason. */
#define REFUSED(reason, ...)                                                                                           \
    do {                                                                                                               \
        ProgramBuilder *b = begin();                                                                                   \
        __VA_ARGS__;                                                                                                   \
        refuses_to_finish(b, reason);                                                                                  \
    } while (0)
#define EMIT(op, x, y, z, k) builder_emit(b, OP_##op, x, y, z, k)
#define THE_END              EMIT(END, 0, 0, 0, 0)

Test(vm_program, operands_that_do_not_exist_are_refused)
{
    REFUSED("instruction 1 (FRAME_BE): operand a: expected a numeric column, found 32", EMIT(FRAME_BE, 32, 0, 2, 0);
            THE_END);
    REFUSED("instruction 1 (FRAME): operand a: expected a slice column, found 16", EMIT(FRAME, 16, 0, 0, 0); THE_END);
    REFUSED("instruction 1 (AND): operand a: expected a mask, found 255", EMIT(AND, 255, 0, 0, 0); THE_END);
    REFUSED("instruction 1 (FRAME_BE): operand c: expected 1 to 8 bytes, found 0", EMIT(FRAME_BE, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 1 (FRAME_BE): operand c: expected 1 to 8 bytes, found 9", EMIT(FRAME_BE, 0, 0, 9, 0); THE_END);
    REFUSED("instruction 1 (CONST): operand k: expected a constant, found 0", EMIT(CONST, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 2 (CUT): operand k: expected two constants, found 1", builder_const2(b, 1, 2);
            EMIT(FRAME, 0, 0, 0, 0); EMIT(CUT, 0, 0, 0, 1); THE_END);
    REFUSED("instruction 2 (S_EQ): operand k: expected a byte string, found 0", EMIT(FRAME, 0, 0, 0, 0);
            EMIT(S_EQ, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 2 (IN): operand k: expected a set of numbers, found 0", EMIT(FRAME_BE, 0, 0, 1, 0);
            EMIT(IN, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 2 (S_IN): operand k: expected a set of byte strings, found 0", EMIT(FRAME, 0, 0, 0, 0);
            EMIT(S_IN, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 2 (S_MATCH): operand k: expected a pattern, found 0", EMIT(FRAME, 0, 0, 0, 0);
            EMIT(S_MATCH, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 1 (META): operand k: expected a frame variable, found 999", EMIT(META, 0, 0, 0, 999); THE_END);
    REFUSED("instruction 2 (PROTO): operand k: expected a protocol, found 63", EMIT(DECODE, 0, 0, 0, 0);
            EMIT(PROTO, 0, 0, 0, 63); THE_END);
    REFUSED("instruction 2 (PROTO_ON): operand c: expected a path, found 0", EMIT(DECODE, 0, 0, 0, 0);
            EMIT(PROTO_ON, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 2 (TO_TEXT): operand k: expected a type that fits the operand, found 7",
            EMIT(FRAME_BE, 0, 0, 1, 0);
            EMIT(TO_TEXT, 0, 0, 0, TYPE_BYTES); THE_END);
    REFUSED("instruction 2 (STO_TEXT): operand k: expected a type that fits the operand, found 4",
            EMIT(FRAME, 0, 0, 0, 0);
            EMIT(STO_TEXT, 0, 0, 0, TYPE_IPV4); THE_END);
    cr_assert(TYPE_BYTES == 7 && TYPE_IPV4 == 4);
}

Test(vm_program, fields_of_the_wrong_kind_are_refused)
{
    char want[200];
    const struct {
        Op op;
        u32 field;
        const char *kind;
    } rows[] = {
        {OP_FIELD, FIELD_TCP_PORT, "numeric"},   {OP_FIELD, FIELD_TCP_PAYLOAD, "numeric"},
        {OP_FIELD, FIELD_COUNT, "numeric"},      {OP_SFIELD, FIELD_TCP_SRC_PORT, "byte"},
        {OP_SFIELD, FIELD_IPV6_ADDRESS, "byte"}, {OP_SFIELD, 70000, "byte"},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++) {
        snprintf(want, sizeof want, "instruction 2 (%s): operand k: expected a %s field, found %u",
                 op_info[rows[i].op].name, rows[i].kind, rows[i].field);
        REFUSED(want, EMIT(DECODE, 0, 0, 0, 0); builder_emit(b, rows[i].op, 0, 0, 0, rows[i].field); THE_END);
    }
    const u8 path[2] = {PROTO_ETHERNET, PROTO_UDP};
    snprintf(want, sizeof want, "instruction 2: the path does not lead to field %u", FIELD_TCP_FLAGS);
    REFUSED(want, EMIT(DECODE, 0, 0, 0, 0); EMIT(FIELD_ON, 0, 0, builder_path(b, path, 2), FIELD_TCP_FLAGS); THE_END);
}

Test(vm_program, constants_that_make_no_sense_are_refused)
{
    const NumberRange backwards = {5, 4}, touching[2] = {{1, 2}, {3, 4}}, unsorted[2] = {{9, 9}, {1, 2}},
                      top[2] = {{1, UINT64_MAX}, {3, 4}};
    const u8 unknown[1] = {63};
    u8 deep[17] = {0};
    REFUSED("set 0: range 0 is empty", builder_set(b, &backwards, 1); THE_END);
    REFUSED("set 0: range 1 is not behind and apart from the one before", builder_set(b, touching, 2); THE_END);
    REFUSED("set 0: range 1 is not behind and apart from the one before", builder_set(b, unsorted, 2); THE_END);
    REFUSED("set 0: range 1 is not behind and apart from the one before", builder_set(b, top, 2); THE_END);
    REFUSED("set of bytes 0: range 0 names a byte string that is not there", ByteRange r = {0, 0};
            builder_bset(b, &r, 1); THE_END);
    REFUSED("set of bytes 0: range 0 is empty", ByteRange r = {builder_bytes(b, "b", 1), builder_bytes(b, "a", 1)};
            builder_bset(b, &r, 1); THE_END);
    REFUSED("set of bytes 0: range 1 is not behind the one before", u32 a = builder_bytes(b, "a", 1);
            ByteRange r[2] = {{a, a}, {a, a}}; builder_bset(b, r, 2); THE_END);
    REFUSED("path 0: no protocol 63", builder_path(b, unknown, 1); THE_END);
    REFUSED("path 0: expected 1 to 16 layers, found 17", builder_path(b, deep, 17); THE_END);
    REFUSED("path 0: expected 1 to 16 layers, found 0", builder_path(b, deep, 0); THE_END);
    REFUSED("instruction 2: missing closing parenthesis, at byte 2 of the pattern", EMIT(FRAME, 0, 0, 0, 0);
            EMIT(S_MATCH, 0, 0, 0, builder_bytes(b, "(a", 2)); THE_END);
}

Test(vm_program, what_is_not_set_on_every_way_is_refused)
{
    REFUSED("instruction 1 (AND): operand c: m7 is not set on every way here", EMIT(AND, 1, 0, 7, 0); THE_END);
    REFUSED("instruction 1 (HAS): operand c: n3 is not set on every way here", EMIT(HAS, 1, 0, 3, 0); THE_END);
    REFUSED("instruction 1 (S_HAS): operand c: s3 is not set on every way here", EMIT(S_HAS, 1, 0, 3, 0); THE_END);
    REFUSED("instruction 3 (OR): operand c: m1 is not set on every way here", EMIT(JNONE, 0, 0, 0, 3);
            EMIT(ALL, 1, 0, 0, 0); EMIT(OR, 2, 0, 1, 0); THE_END);
    /* set before and again behind the jump: which of the two it is would depend on the batch */
    REFUSED("instruction 4 (HAS): operand c: n0 is not set on every way here", EMIT(FRAME_BE, 0, 0, 1, 0);
            EMIT(JNONE, 0, 0, 0, 4); EMIT(FRAME_BE, 0, 0, 1, 5); EMIT(HAS, 1, 0, 0, 0); THE_END);
    REFUSED("instruction 4 (S_HAS): operand c: s1 is not set on every way here", EMIT(FRAME, 1, 0, 0, 0);
            EMIT(JNONE, 0, 0, 0, 4); EMIT(FRAME, 1, 0, 0, 0); EMIT(S_HAS, 1, 0, 1, 0); THE_END);
    REFUSED("instruction 1 (FIELD): headers are read before DECODE", EMIT(FIELD, 0, 0, 0, FIELD_TCP_FLAGS); THE_END);
    REFUSED("instruction 3 (PROTO): headers are read before DECODE", EMIT(JNONE, 0, 0, 0, 3); EMIT(DECODE, 0, 0, 0, 0);
            EMIT(PROTO, 1, 0, 0, PROTO_TCP); THE_END);
}

/* A part of a text is gone when another text is written into the same register. */
Test(vm_program, parts_of_a_text_that_was_overwritten_are_refused)
{
    REFUSED("instruction 5 (S_HAS): operand c: s1 is not set on every way here", EMIT(FRAME_BE, 0, 0, 1, 0);
            EMIT(TO_TEXT, 0, 0, 0, TYPE_NUMBER); EMIT(CUT, 1, 0, 0, builder_const2(b, 0, 1));
            EMIT(TO_TEXT, 0, 0, 0, TYPE_IPV4); EMIT(S_HAS, 1, 0, 1, 0); THE_END);
}

Test(vm_program, shapes_that_do_not_end_are_refused)
{
    REFUSED("instruction 1: END is the last instruction, and only the last", EMIT(END, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 0: END is the last instruction, and only the last", (void)b);
    REFUSED("instruction 1 (JNONE): operand k: expected a later instruction, found 1", EMIT(JNONE, 0, 0, 0, 1);
            THE_END);
    REFUSED("instruction 1 (JNONE): operand k: expected a later instruction, found 3", EMIT(JNONE, 0, 0, 0, 3);
            THE_END);
    REFUSED("instruction 1: EACH without NEXT", EMIT(EACH, 0, 0, 0, 0); THE_END);
    REFUSED("instruction 1: NEXT goes back to 1, which is not behind its EACH", EMIT(NEXT, 0, 0, 0, 1); THE_END);
    REFUSED("instruction 2: EACH inside the body of another", EMIT(EACH, 0, 0, 0, 0); EMIT(EACH, 0, 0, 0, 0);
            EMIT(NEXT, 0, 0, 0, 3); EMIT(NEXT, 0, 0, 0, 2); THE_END);
    REFUSED("instruction 2: DECODE inside the body of an EACH", EMIT(EACH, 0, 0, 0, 0); EMIT(DECODE, 0, 0, 0, 0);
            EMIT(NEXT, 0, 0, 0, 2); THE_END);
    REFUSED("instruction 2: a jump into or out of the body of an EACH", EMIT(EACH, 0, 0, 0, 0); EMIT(JNONE, 0, 0, 0, 4);
            EMIT(NEXT, 0, 0, 0, 2); THE_END);
    REFUSED("instruction 1: a jump into or out of the body of an EACH", EMIT(JNONE, 0, 0, 0, 3); EMIT(EACH, 0, 0, 0, 0);
            EMIT(ZERO, 1, 0, 0, 0); EMIT(NEXT, 0, 0, 0, 3); THE_END);
    REFUSED("instruction 4 (NEXT): operand k: expected an earlier instruction, found 5", EMIT(EACH, 0, 0, 0, 0);
            EMIT(ZERO, 1, 0, 0, 0); EMIT(ZERO, 2, 0, 0, 0); EMIT(NEXT, 0, 0, 0, 5); THE_END);
}

Test(vm_program, only_the_sum_survives_a_body)
{
    REFUSED("instruction 5 (HAS): operand c: n0 is not set on every way here", EMIT(FRAME_BE, 0, 0, 1, 0);
            EMIT(EACH, 0, 0, 0, 0); EMIT(FRAME_BE, 0, 0, 1, 5); EMIT(NEXT, 0, 0, 0, 3); EMIT(HAS, 1, 0, 0, 0); THE_END);
    REFUSED("instruction 5 (OR): operand c: m2 is not set on every way here", EMIT(ZERO, 1, 0, 0, 0);
            EMIT(EACH, 0, 0, 0, 0); EMIT(ZERO, 2, 0, 0, 0); EMIT(NEXT, 1, 0, 2, 3); EMIT(OR, 3, 1, 2, 0); THE_END);
    REFUSED("instruction 4: m1, which NEXT adds to, is written in the body", EMIT(ZERO, 1, 0, 0, 0);
            EMIT(EACH, 0, 0, 0, 0); EMIT(ZERO, 1, 0, 0, 0); EMIT(NEXT, 1, 0, 1, 3); THE_END);
}

/* -- saving and loading -------------------------------------------------------------------------------------------------------- */

static void refuses_to_load(const u8 *block, size_t size, const char *reason)
{
    char why[200] = "";
    u8 *exact = malloc(size ? size : 1);
    memcpy(exact, block, size);
    cr_assert_null(program_load(exact, size, why, sizeof why));
    cr_assert(strncmp(why, reason, strlen(reason)) == 0, "%s, expected %s", why, reason);
    cr_assert_null(program_load(exact, size, NULL, 0));
    free(exact);
}

Test(vm_program, what_is_no_program_is_not_loaded)
{
    Program *program = two_ports();
    size_t size = program->block_size;
    u8 *block = malloc(size + 8);
    memcpy(block, program->block, size);
    memset(block + size, 0, 8);
    refuses_to_load(block, 0, "not a compiled filter: 0 bytes, a header alone has 96");
    refuses_to_load(block, 95, "not a compiled filter: 95 bytes");
    refuses_to_load(block, size - 8, "offset 24: its sections need ");
    refuses_to_load(block, size + 8, "offset 24: its sections need ");
    block[0] ^= 1;
    refuses_to_load(block, size, "not a compiled filter");
    block[0] ^= 1, block[8] ^= 1; /* the format's version */
    refuses_to_load(block, size, "made by another version of pktsift");
    block[8] ^= 1, block[16] ^= 1; /* the tables' hash */
    refuses_to_load(block, size, "made by another version of pktsift");
    block[16] ^= 1, block[12] = 4;
    refuses_to_load(block, size, "offset 12: expected 0 to 3, found 4");
    block[12] = 1; /* asks for paths, and the code does not */
    refuses_to_load(block, size, "the header asks for other protocols, layers or variables than the code does");
    block[12] = 0;
    Program *loaded = program_load(block, size, NULL, 0);
    cr_assert_not_null(loaded);
    cr_assert(program_is_block(block, size) && !program_is_block(block, 7) && program_intact(loaded));
    program_free(loaded);
    block[40] ^= 1; /* the source's hash: another program by its name, and safe to run */
    loaded = program_load(block, size, NULL, 0);
    cr_assert(loaded && !program_intact(loaded));
    program_free(loaded);
    block[40] ^= 1;
    for (size_t i = 0; i < size; i++) {
        block[i] ^= 0x10;
        loaded = program_load(block, size, NULL, 0);
        cr_assert(!loaded || !program_intact(loaded), "byte %zu", i);
        if (loaded) program_free(loaded);
        block[i] ^= 0x10;
    }
    program_free(program);
    free(block);
}

/* Or a short block could ask for any amount of work, a fast form for each of a million sets of the same million. */
Test(vm_program, what_is_pooled_is_not_shared)
{
    ProgramBuilder *b = begin();
    NumberRange few[] = {{1, 1}, {3, 3}, {5, 5}}, others[] = {{2, 2}, {4, 4}, {6, 6}};
    EMIT(FRAME_BE, 0, 0, 1, 0);
    EMIT(IN, 1, 0, 0, builder_set(b, few, 3));
    EMIT(IN, 2, 0, 0, builder_set(b, others, 3));
    THE_END;
    Program *program = finish(b);
    u8 *block = malloc(program->block_size);
    memcpy(block, program->block, program->block_size);
    PoolSpan *second = (PoolSpan *)(void *)(block + ((const u8 *)(program->sets + 1) - program->block));
    cr_assert_eq(second->at, 3);
    second->at = 2;
    refuses_to_load(block, program->block_size, "set 1: begins inside the one before");
    program_free(program);
    free(block);
}

/* -- listing --------------------------------------------------------------------------------------------------------------------- */

static void lists_as(Program *program, const char *want)
{
    char *text = program_listing(program);
    cr_assert_str_eq(text, want);
    free(text);
    program_free(program);
}

Test(vm_program, listing_of_jumps_and_labels)
{
    lists_as(two_ports(), "; 9 instructions, 176 bytes; headers: none\n"
                          "          0  m0 = all\n"
                          "          1  n0 = be2 frame[34]\n"
                          "          2  m1 = m0: n0 == 53487 (0xd0ef)\n"
                          "          3  m2 = m0 without m1\n"
                          "          4  if none in m2 -> L1\n"
                          "          5  n1 = be2 frame[36]\n"
                          "          6  m3 = m2: n1 == 53487 (0xd0ef)\n"
                          "          7  m1 = m1 or m3\n"
                          "L1:       8  answer m1\n");
}

Test(vm_program, listing_of_constants_in_the_type_of_their_field)
{
    ProgramBuilder *b = begin();
    NumberRange nets[10];
    for (u32 i = 0; i < 10; i++) nets[i] = (NumberRange){(u64)i << 24, ((u64)i << 24) + (i % 2 ? 0 : 0xffff)};
    const u8 path[3] = {PROTO_ETHERNET, PROTO_IPV4, PROTO_TCP};
    EMIT(DECODE, 0, 0, 0, 0);
    EMIT(ZERO, 1, 0, 0, 0);
    EMIT(EACH, 0, 0, 0, 0);
    EMIT(FIELD, 0, 0, 0, FIELD_IPV4_SRC);
    EMIT(EQ_K, 2, 0, 0, builder_const(b, 0x0a000001));
    EMIT(IN, 3, 2, 0, builder_set(b, nets, 10));
    EMIT(NEXT, 1, 0, 3, 4);
    EMIT(SFIELD, 0, 1, 0, FIELD_IPV6_SRC);
    EMIT(S_EQ, 2, 1, 0, builder_bytes(b, frame_hosts6[0], 16));
    EMIT(FIELD_ON, 1, 0, builder_path(b, path, 3), FIELD_TCP_FLAGS);
    EMIT(META, 2, 0, 0, META_TIME_OF_DAY);
    EMIT(GE_K, 4, 0, 2, builder_const(b, 130587535201234567));
    EMIT(FRAME, 1, 0, 0, 0);
    EMIT(CUT, 2, 0, 1, builder_const2(b, 10, 20));
    EMIT(S_FIND, 5, 4, 2, builder_bytes(b, "a \"quoted\" text that is longer than thirty-two bytes", 52));
    EMIT(S_FIND, 5, 4, 2, builder_bytes(b, "\0\x01\xff", 3));
    EMIT(L_MATCH, 5, 4, 2, builder_bytes(b, "^get /x", 7));
    EMIT(MOD, 3, 1, 2, 0);
    EMIT(PROTO, 6, 5, 0, PROTO_ARP);
    EMIT(END, 6, 0, 0, 0);
    lists_as(finish(b), "; 21 instructions, 592 bytes; headers: Ethernet ARP IPv4 IPv6 TCP\n"
                        "          0  m0 = all\n"
                        "          1  decode\n"
                        "          2  m1 = none\n"
                        "          3  each header\n"
                        "L1:       4  n0 = IPv4.SourceAddress\n"
                        "          5  m2 = m0: n0 == 10.0.0.1\n"
                        "          6  m3 = m2: n0 in {0.0.0.0..0.0.255.255, 1.0.0.0, 2.0.0.0..2.0.255.255, 3.0.0.0, "
                        "4.0.0.0..4.0.255.255, 5.0.0.0, 6.0.0.0..6.0.255.255, 7.0.0.0, and 2 more}\n"
                        "          7  m1 += m3; inner headers of m0 -> L1\n"
                        "          8  s0 = IPv6.SourceAddress\n"
                        "          9  m2 = m1: s0 == 2001:db8::1\n"
                        "         10  n1 = Frame.Ethernet.IPv4.TCP: TCP.Flags\n"
                        "         11  n2 = FrameVariable.TimeOfDay\n"
                        "         12  m4 = m0: n2 >= 2014-10-25T23:32:00.1234567Z\n"
                        "         13  s1 = frame\n"
                        "         14  s2 = s1[10, 20]\n"
                        "         15  m5 = m4: s2 contains \"a \\\"quoted\\\" text that is longer t\"... 52 bytes\n"
                        "         16  m5 = m4: s2 contains 0x0001ff\n"
                        "         17  m5 = m4: lower s2 matches /^get \\/x/\n"
                        "         18  n3 = n1 % n2\n"
                        "         19  m6 = m5: ARP\n"
                        "         20  answer m6\n");
}

/* Programs of the largest size are verified in linear time. */
Test(vm_program, a_large_program)
{
    ProgramBuilder *b = begin();
    EMIT(ZERO, 1, 0, 0, 0);
    u32 first = builder_here(b), terms = 150000;
    for (u32 i = 0; i < terms; i++) {
        EMIT(FRAME_BE, 0, 0, 8, 0);
        EMIT(EQ_K, 2, 0, 0, builder_const(b, i));
        EMIT(OR, 1, 1, 2, 0);
        EMIT(ANDNOT, 3, 0, 1, 0);
        EMIT(JNONE, 3, 0, 0, 0);
    }
    for (u32 i = 0; i < terms; i++) builder_patch(b, first + 5 * i + 4, i % 2 ? builder_here(b) : first + 5 * i + 5);
    EMIT(END, 1, 0, 0, 0);
    Program *program = finish(b);
    cr_assert_eq(program->code_count, 3 + 5 * terms);
    program_free(program);
}
