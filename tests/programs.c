/* programs.c - see programs.h.
 *
 * A random tree of tests is emitted the way compiler/ does it: eval(tree, within) gives a mask that is a subset of
 * `within`, AND and OR jump over their right side when nothing is left to decide. */
#include "tests/programs.h"

#include <stddef.h>
#include <stdlib.h>

#include "tests/frames.h"
#include "vm/fields.h"

typedef struct {
    ProgramBuilder *b;
    Random *r;
    u32 masks, numbers, slices; /* registers handed out; columns are reused in turn */
    bool decoded, in_each;
} Maker;

enum { MASKS_MAX = 200 };

static u32 new_mask(Maker *m) { return m->masks++; }
static u32 new_number(Maker *m) { return m->numbers++ % N_REGS; }
static u32 new_slice(Maker *m) { return m->slices++ % S_REGS; }

/* -- constants that occur in random traffic --------------------------------------------------------------------------- */

static u64 random_value(Maker *m)
{
    Random *r = m->r;
    switch (random_below(r, 10)) {
    case 0: return random_next(r);
    case 1: return RANDOM_OF(r, frame_hosts);
    case 2: return RANDOM_OF(r, frame_macs);
    case 3:
    case 4: return RANDOM_OF(r, frame_ports);
    case 5: return random_below(r, 256);
    case 6: return (u64)0 - random_below(r, 40);
    default: return random_below(r, 70);
    }
}

static u32 random_string(Maker *m)
{
    Random *r = m->r;
    u8 noise[4];
    u64 value = random_next(r);
    memcpy(noise, &value, sizeof noise);
    const char *text = RANDOM_OF(r, frame_texts);
    u32 len = (u32)strlen(text), from = random_below(r, len), take = random_below(r, len - from + 1);
    u32 host = frame_hosts[random_below(r, 4)];
    u8 address[4] = {(u8)(host >> 24), (u8)(host >> 16), (u8)(host >> 8), (u8)host};
    switch (random_below(r, 8)) {
    case 0: return builder_bytes(m->b, noise, random_below(r, 5));
    case 1: return builder_bytes(m->b, address, 4);
    case 2: return builder_bytes(m->b, RANDOM_OF(r, frame_hosts6), 16);
    case 3:
        return random_once_in(r, 2) ? builder_bytes(m->b, "example", 7) : builder_bytes(m->b, "www.example.com", 15);
    case 4: return builder_bytes(m->b, text, len);
    default: return builder_bytes(m->b, text + from, take);
    }
}

static u32 random_pattern(Maker *m)
{
    static const char *const patterns[] = {"GET|HTTP",   "^[0-9]+$", "[a-z]+\\.com", "(?i)FOX",
                                           "\\x00\\x50", "",         "o.*o",         "^.{4}E"};
    const char *pattern = RANDOM_OF(m->r, patterns);
    return builder_bytes(m->b, pattern, strlen(pattern));
}

static int by_value(const void *a, const void *b)
{
    u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return x < y ? -1 : x > y;
}

/* Sometimes small values only, sometimes single ones, sometimes many: every fast form of a set gets its turn. */
static u32 random_set(Maker *m)
{
    u64 value[200] = {0};
    NumberRange ranges[200];
    u32 count = random_once_in(m->r, 2) ? random_below(m->r, 6) : random_below(m->r, 200), kept = 0;
    bool small = random_once_in(m->r, 2), single = random_once_in(m->r, 2);
    for (u32 i = 0; i < count; i++) value[i] = small ? random_value(m) % 60000 : random_value(m);
    qsort(value, count, sizeof *value, by_value);
    for (u32 i = 0; i < count; i++) {
        u64 lo = value[i], hi = lo + (single ? 0 : random_below(m->r, 5));
        if (hi < lo || (kept && (ranges[kept - 1].hi == UINT64_MAX || ranges[kept - 1].hi + 1 >= lo))) continue;
        ranges[kept++] = (NumberRange){lo, hi};
    }
    return builder_set(m->b, ranges, kept);
}

static u32 random_bset(Maker *m)
{
    static const char *const sorted[] = {"",         "\x01",      "\x02zz", "0",       "0x",      "1",
                                         "12345",    "GET",       "HTTP",   "a",       "example", "get",
                                         "http/1.1", "the quick", "\xff",   "\xff\xff"};
    ByteRange ranges[COUNT_OF(sorted)];
    u32 kept = 0;
    for (u32 i = 0; i < COUNT_OF(sorted); i++) {
        if (!random_once_in(m->r, 3)) continue;
        u32 lo = builder_bytes(m->b, sorted[i], strlen(sorted[i]));
        if (i + 1 < COUNT_OF(sorted) && random_once_in(m->r, 2)) i++;
        ranges[kept++] = (ByteRange){lo, builder_bytes(m->b, sorted[i], strlen(sorted[i]))};
    }
    return builder_bset(m->b, ranges, kept);
}

/* Of any protocol alike, however many fields it has. */
static FieldId random_field(Maker *m, bool slice)
{
    for (;;) {
        u32 proto = random_below(m->r, PROTO_COUNT), first = 0, count = 0;
        while (first < FIELD_COUNT && field_info[first].proto != proto) first++;
        while (first + count < FIELD_COUNT && field_info[first + count].proto == proto) count++;
        u32 field = count ? first + random_below(m->r, count) : first;
        if (count && field_info[field].kind < FIELD_IS_PAIR && type_info[field_info[field].type].slice == slice)
            return (FieldId)field;
    }
}

static u32 random_path(Maker *m, u8 last)
{
    static const u8 middle[] = {PROTO_IPV4, PROTO_IPV4, PROTO_VLAN, PROTO_IPV6};
    u8 path[PATH_LAYERS_MAX];
    u32 count = 0;
    if (!random_once_in(m->r, 5)) path[count++] = PROTO_ETHERNET;
    for (u32 n = random_below(m->r, random_once_in(m->r, 6) ? 13 : 4); n > 0; n--)
        path[count++] = RANDOM_OF(m->r, middle);
    if (count == 0 || last != path[count - 1] || random_once_in(m->r, 2)) path[count++] = last;
    return builder_path(m->b, path, count);
}

/* -- columns ------------------------------------------------------------------------------------------------------------ */

/* Headers can be read from here on; false: not here. */
static bool headers_ready(Maker *m, u32 within)
{
    if (!m->decoded && m->in_each) return false;
    if (!m->decoded) builder_emit(m->b, OP_DECODE, 0, within, 0, 0);
    m->decoded = true;
    return true;
}

static u32 make_slice(Maker *m, u32 within, u32 depth);

static u32 make_number(Maker *m, u32 within, u32 depth)
{
    Random *r = m->r;
    ProgramBuilder *b = m->b;
    u32 choice = random_below(r, depth ? 14 : 7), left, right;
    bool headers = choice >= 3 && choice <= 5 && headers_ready(m, within);
    if (headers) {
        FieldId field = random_field(m, false);
        u32 out = new_number(m);
        if (choice < 5)
            builder_emit(b, OP_FIELD, out, within, 0, field);
        else
            builder_emit(b, OP_FIELD_ON, out, within, random_path(m, field_info[field].proto), field);
        return out;
    }
    switch (choice) {
    case 0:
    case 1:
    case 3: {
        u32 out = new_number(m), width = 1 + random_below(r, 8);
        builder_emit(b, random_once_in(r, 2) ? OP_FRAME_BE : OP_FRAME_LE, out, within, width,
                     random_once_in(r, 50) ? (u32)random_next(r) : random_below(r, 80));
        return out;
    }
    case 2:
        left = new_number(m);
        builder_emit(b, OP_META, left, within, 0, random_below(r, META_COUNT));
        return left;
    case 7:
    case 8:
        left = make_number(m, within, depth - 1);
        right = make_slice(m, within, depth - 1);
        builder_emit(b, random_once_in(r, 2) ? OP_READ_BE : OP_READ_LE, left, left, right, 1 + random_below(r, 8));
        return left;
    case 9:
    case 10:
        right = make_slice(m, within, depth - 1);
        left = new_number(m);
        builder_emit(b, choice == 9 ? OP_LENGTH : OP_TO_NUMBER, left, within, right, 0);
        return left;
    case 11:
        left = make_number(m, within, depth - 1);
        builder_emit(b, OP_BNOT, left, left, 0, 0);
        return left;
    case 12:
    case 13: {
        static const Op ops[] = {OP_ADD, OP_SUB, OP_MUL, OP_DIV,  OP_MOD, OP_SDIV, OP_SMOD,
                                 OP_SHL, OP_SHR, OP_SAR, OP_BAND, OP_BOR, OP_BXOR};
        left = make_number(m, within, depth - 1);
        right = make_number(m, within, depth - 1);
        u32 out = random_once_in(r, 2) ? left : new_number(m);
        builder_emit(b, RANDOM_OF(r, ops), out, left, right, 0);
        return out;
    }
    default:
        left = new_number(m);
        builder_emit(b, OP_CONST, left, 0, 0, builder_const(b, random_value(m)));
        return left;
    }
}

static u32 make_slice(Maker *m, u32 within, u32 depth)
{
    Random *r = m->r;
    ProgramBuilder *b = m->b;
    u32 choice = random_below(r, depth ? 9 : 4), whole, left, right, out;
    bool headers = choice >= 1 && choice <= 3 && headers_ready(m, within);
    if (headers) {
        FieldId field = random_field(m, true);
        out = new_slice(m);
        if (choice < 3)
            builder_emit(b, OP_SFIELD, out, within, 0, field);
        else
            builder_emit(b, OP_SFIELD_ON, out, within, random_path(m, field_info[field].proto), field);
        return out;
    }
    switch (choice) {
    case 4:
        whole = make_slice(m, within, depth - 1);
        out = random_once_in(r, 2) ? whole : new_slice(m);
        builder_emit(b, OP_CUT, out, within, whole,
                     random_once_in(r, 30) ? builder_const2(b, random_next(r), random_next(r))
                                           : builder_const2(b, random_below(r, 30), random_below(r, 20)));
        return out;
    case 5:
        whole = make_slice(m, within, depth - 1);
        left = make_number(m, within, 0);
        right = make_number(m, within, 0);
        out = new_slice(m);
        builder_emit(b, OP_CUT_BY, out, left, whole, right);
        return out;
    case 6: {
        static const ValueType types[] = {TYPE_NUMBER, TYPE_SIGNED, TYPE_DURATION, TYPE_TIME, TYPE_IPV4, TYPE_MAC};
        left = make_number(m, within, depth - 1);
        out = new_slice(m);
        builder_emit(b, OP_TO_TEXT, out, within, left, RANDOM_OF(r, types));
        return out;
    }
    case 8:
        whole = make_slice(m, within, depth - 1);
        out = random_once_in(r, 2) ? whole : new_slice(m);
        builder_emit(b, OP_KEYED, out, within, whole, builder_bytes(b, "host", random_once_in(r, 2) ? 4 : 0));
        return out;
    case 7: {
        static const ValueType types[] = {TYPE_IPV6, TYPE_BYTES, TYPE_STRING};
        whole = make_slice(m, within, depth - 1);
        out = random_once_in(r, 2) ? whole : new_slice(m);
        builder_emit(b, OP_STO_TEXT, out, within, whole, RANDOM_OF(r, types));
        return out;
    }
    default:
        out = new_slice(m);
        builder_emit(b, OP_FRAME, out, within, 0, 0);
        return out;
    }
}

/* -- masks -------------------------------------------------------------------------------------------------------------- */

static u32 test_number(Maker *m, u32 within)
{
    static const Op with_constant[] = {OP_EQ_K, OP_EQ_K,  OP_NE_K,  OP_LT_K,  OP_LE_K, OP_GT_K,
                                       OP_GE_K, OP_SLT_K, OP_SLE_K, OP_SGT_K, OP_SGE_K};
    static const Op with_column[] = {OP_EQ, OP_NE, OP_LT, OP_LE, OP_SLT, OP_SLE};
    u32 left = make_number(m, within, 2), right, out = new_mask(m);
    switch (random_below(m->r, 5)) {
    case 0: builder_emit(m->b, OP_IN, out, within, left, random_set(m)); break;
    case 1: builder_emit(m->b, OP_HAS, out, within, left, 0); break;
    case 2:
        right = make_number(m, within, 1);
        builder_emit(m->b, RANDOM_OF(m->r, with_column), out, within, left, right);
        break;
    default:
        builder_emit(m->b, RANDOM_OF(m->r, with_constant), out, within, left, builder_const(m->b, random_value(m)));
        break;
    }
    return out;
}

static u32 test_slice(Maker *m, u32 within)
{
    static const Op with_bytes[] = {OP_S_EQ, OP_S_LT, OP_S_LE, OP_S_FIND, OP_S_FIND,
                                    OP_L_EQ, OP_L_LT, OP_L_LE, OP_L_FIND, OP_L_FIND};
    static const Op with_slice[] = {OP_SS_EQ, OP_SS_LT, OP_SS_LE};
    u32 left = make_slice(m, within, 2), right, out = new_mask(m);
    switch (random_below(m->r, 7)) {
    case 0: builder_emit(m->b, OP_S_HAS, out, within, left, 0); break;
    case 1:
        right = make_slice(m, within, 1);
        builder_emit(m->b, RANDOM_OF(m->r, with_slice), out, within, left, right);
        break;
    case 2: builder_emit(m->b, random_once_in(m->r, 2) ? OP_S_IN : OP_L_IN, out, within, left, random_bset(m)); break;
    case 3:
        builder_emit(m->b, random_once_in(m->r, 2) ? OP_S_MATCH : OP_L_MATCH, out, within, left, random_pattern(m));
        break;
    default: builder_emit(m->b, RANDOM_OF(m->r, with_bytes), out, within, left, random_string(m)); break;
    }
    return out;
}

static u32 test_header(Maker *m, u32 within)
{
    u8 proto = (u8)random_below(m->r, PROTO_COUNT);
    if (!headers_ready(m, within)) return test_number(m, within);
    u32 out = new_mask(m);
    if (random_once_in(m->r, 2))
        builder_emit(m->b, OP_PROTO, out, within, 0, proto);
    else
        builder_emit(m->b, OP_PROTO_ON, out, within, random_path(m, proto), 0);
    return out;
}

static u32 make_mask(Maker *m, u32 within, u32 depth);

/* left AND right: the result stays empty where the jump is taken. */
static u32 make_and(Maker *m, u32 within, u32 depth)
{
    ProgramBuilder *b = m->b;
    u32 out = new_mask(m);
    builder_emit(b, OP_ZERO, out, 0, 0, 0);
    u32 left = make_mask(m, within, depth - 1);
    u32 jump = builder_emit(b, OP_JNONE, left, 0, 0, 0);
    bool decoded = m->decoded;
    u32 right = make_mask(m, left, depth - 1);
    builder_emit(b, OP_AND, out, left, right, 0);
    m->decoded = decoded;
    builder_patch(b, jump, builder_here(b));
    return out;
}

static u32 make_or(Maker *m, u32 within, u32 depth)
{
    ProgramBuilder *b = m->b;
    u32 left = make_mask(m, within, depth - 1), out = new_mask(m), rest = new_mask(m);
    builder_emit(b, OP_OR, out, left, left, 0);
    builder_emit(b, OP_ANDNOT, rest, within, left, 0);
    u32 jump = builder_emit(b, OP_JNONE, rest, 0, 0, 0);
    bool decoded = m->decoded;
    u32 right = make_mask(m, rest, depth - 1);
    builder_emit(b, OP_OR, out, out, right, 0);
    m->decoded = decoded;
    builder_patch(b, jump, builder_here(b));
    return out;
}

static u32 make_each(Maker *m, u32 within, u32 depth)
{
    ProgramBuilder *b = m->b;
    u32 sum = new_mask(m);
    if (!random_once_in(m->r, 8)) headers_ready(m, within);
    builder_emit(b, OP_ZERO, sum, 0, 0, 0);
    builder_emit(b, OP_EACH, 0, 0, 0, 0);
    u32 back = builder_here(b);
    m->in_each = true;
    u32 body = make_mask(m, within, depth - 1);
    m->in_each = false;
    builder_emit(b, OP_NEXT, sum, within, body, back);
    return sum;
}

static u32 make_mask(Maker *m, u32 within, u32 depth)
{
    u32 choice = random_below(m->r, 12);
    if (depth > 0 && m->masks < MASKS_MAX) {
        if (choice < 2) return make_and(m, within, depth);
        if (choice < 4) return make_or(m, within, depth);
        if (choice < 6 && !m->in_each) return make_each(m, within, depth);
        if (choice == 6) {
            u32 inner = make_mask(m, within, depth - 1), out = new_mask(m);
            builder_emit(m->b, OP_ANDNOT, out, within, inner, 0);
            return out;
        }
    }
    if (choice < 8) return test_slice(m, within);
    return choice < 10 ? test_header(m, within) : test_number(m, within);
}

Program *program_random(Random *random, char *why, size_t why_size)
{
    Maker m = {.b = builder_new(), .r = random};
    if (!m.b) abort();
    u32 all = new_mask(&m);
    builder_emit(m.b, OP_ALL, all, 0, 0, 0);
    if (random_once_in(random, 2)) headers_ready(&m, all);
    u32 answer = make_mask(&m, all, 1 + random_below(random, 6));
    builder_emit(m.b, OP_END, answer, 0, 0, 0);
    Program *program = builder_finish(m.b, random_next(random), why, why_size);
    builder_free(m.b);
    return program;
}

/* -- damage ------------------------------------------------------------------------------------------------------------- */

static void damage_byte(u8 *byte, Random *r)
{
    switch (random_below(r, 4)) {
    case 0: *byte ^= (u8)(1u << random_below(r, 8)); break;
    case 1: *byte = (u8)random_below(r, 20); break;
    case 2: *byte = (u8)random_next(r); break;
    default: *byte += (u8)(random_once_in(r, 2) ? 1 : 255); break;
    }
}

/* Damage that has a chance to be accepted: an operand that is used, or an opcode with operands of the same kinds. */
static void damage_instruction(u8 *insn, Random *r)
{
    static const u8 operand_at[4] = {offsetof(Insn, a), offsetof(Insn, b), offsetof(Insn, c), offsetof(Insn, k)};
    if (insn[0] >= OP_COUNT) return;
    const OpInfo *info = &op_info[insn[0]];
    if (random_once_in(r, 3)) {
        u8 other = (u8)random_below(r, OP_COUNT);
        if (memcmp(op_info[other].arg, info->arg, sizeof info->arg) == 0) insn[0] = other;
        return;
    }
    u32 position = random_below(r, 4);
    if (info->arg[position] != ARG_NONE) damage_byte(insn + operand_at[position], r);
}

u8 *program_damaged(const Program *program, Random *r, size_t *size)
{
    *size = program->block_size;
    if (random_once_in(r, 50)) *size = random_below(r, (u32)program->block_size + 16);
    u8 *block = malloc(*size ? *size : 1);
    if (!block) abort();
    memset(block, 0, *size);
    memcpy(block, program->block, MIN_OF(*size, program->block_size));
    size_t code = (size_t)((const u8 *)program->code - program->block);
    for (u32 n = 1 + random_below(r, 4); n > 0 && *size; n--) {
        size_t insn = code + random_below(r, program->code_count) * sizeof(Insn),
               behind = code + program->code_count * sizeof(Insn);
        bool pool = random_once_in(r, 3) && *size > behind;
        if (random_once_in(r, 10))
            damage_byte(block + random_below(r, (u32)*size), r);
        else if (pool)
            damage_byte(block + behind + random_below(r, (u32)(*size - behind)), r);
        else if (insn + sizeof(Insn) <= *size)
            damage_instruction(block + insn, r);
    }
    return block;
}

bool programs_equal(const Program *a, const Program *b)
{
    char *x = program_listing(a), *y = program_listing(b);
    bool same = strcmp(x, y) == 0;
    free(x);
    free(y);
    return same && a->range_count == b->range_count && a->blob_size == b->blob_size &&
           (a->range_count == 0 || memcmp(a->ranges, b->ranges, a->range_count * sizeof *a->ranges) == 0) &&
           (a->blob_size == 0 || memcmp(a->blob, b->blob, a->blob_size) == 0);
}
