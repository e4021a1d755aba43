/* program.c - collecting a program, laying it out as one block, reading such a block back.
 *
 * Between the compiler (or a file) and the interpreter.  Always true: a Program that leaves this file points into its
 * own block only, and program_verify has accepted it.
 *
 * The block: a BlockHeader, then the sections in the order of SECTIONS, each on a multiple of 8 bytes.  Where a section
 * starts follows from the counts in the header; there are no offsets that could lie.  Little-endian throughout. */
#include "vm/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "vm/fields.h"

/* SECTION(member, members, element): Program's array, its length, the type of its elements. */
#define SECTIONS                                                                                                       \
    SECTION(code, code_count, Insn)                                                                                    \
    SECTION(consts, const_count, u64)                                                                                  \
    SECTION(ranges, range_count, NumberRange)                                                                          \
    SECTION(sets, set_count, PoolSpan)                                                                                 \
    SECTION(bytes, bytes_count, PoolSpan)                                                                              \
    SECTION(byte_ranges, byte_range_count, ByteRange)                                                                  \
    SECTION(bsets, bset_count, PoolSpan)                                                                               \
    SECTION(paths, path_count, PoolSpan)                                                                               \
    SECTION(blob, blob_size, u8)

typedef struct {
    u8 magic[8];
    u32 version;
    u32 layers; /* LAYERS_ bits */
    u64 tables; /* table_hash() of who made it */
    u64 size;   /* of the whole block */
    u64 sum;    /* of all that stands behind it */
    u64 source_hash;
    u64 protocols;
    u32 needs;
#define SECTION(member, members, element) u32 members;
    SECTIONS
#undef SECTION
} BlockHeader;
_Static_assert(sizeof(BlockHeader) % 8 == 0, "the first section is aligned");

static const u8 block_magic[8] = {'S', 'I', 'F', 'T', 'C', '\n', 0x1a, 0};
enum { BLOCK_VERSION = 2, SUMMED_FROM = offsetof(BlockHeader, source_hash) };

/* Every row of the tables as text, in one string: programs name opcodes, fields and types by their row numbers. */
static const char tables[] =
#define OP(...) "OP(" #__VA_ARGS__ ")\n"
#include "vm/ops.def"
#define TYPE(...) "TYPE(" #__VA_ARGS__ ")\n"
#include "vm/types.def"
#define META(...) "META(" #__VA_ARGS__ ")\n"
#include "vm/metas.def"
#define PROTO(...) "PROTO(" #__VA_ARGS__ ")\n"
#define FIELD(...) "FIELD(" #__VA_ARGS__ ")\n"
#define BYTES(...) "BYTES(" #__VA_ARGS__ ")\n"
#define CALC(...)  "CALC(" #__VA_ARGS__ ")\n"
#define PAIR(...)  "PAIR(" #__VA_ARGS__ ")\n"
#define ALIAS(...) "ALIAS(" #__VA_ARGS__ ")\n"
#include "vm/fields.def"
    ;

/* Not inlined: for a constant text the compiler would look into XXH3, and misread it. */
__attribute__((noinline)) static u64 hash_of(const char *text, size_t len) { return XXH3_64bits(text, len); }

u64 table_hash(void) { return hash_of(tables, sizeof tables - 1); }

__attribute__((format(printf, 3, 4))) static void explain(char *why, size_t why_size, const char *format, ...)
{
    if (!why || why_size == 0) return;
    va_list args;
    va_start(args, format);
    vsnprintf(why, why_size, format, args);
    va_end(args);
}

/* -- the block ---------------------------------------------------------------------------------------------------------- */

static u64 padded(u64 size) { return (size + 7) & ~(u64)7; }

static u64 block_size_of(const BlockHeader *header)
{
    u64 size = sizeof *header;
#define SECTION(member, members, element) size += padded((u64)header->members * sizeof(element));
    SECTIONS
#undef SECTION
    return size;
}

/* Points the program into its block, whose header and size have been found right. */
static void program_attach(Program *program)
{
    BlockHeader header;
    memcpy(&header, program->block, sizeof header);
    const u8 *at = program->block + sizeof header;
#define SECTION(member, members, element)                                                                              \
    program->members = header.members;                                                                                 \
    program->member = (const void *)at;                                                                                \
    at += padded((u64)header.members * sizeof(element));
    SECTIONS
#undef SECTION
    program->needs = header.needs;
    program->protocols = header.protocols;
    program->layers = header.layers;
    program->source_hash = header.source_hash;
    program->block_size = (size_t)header.size;
}

/* Takes the block, whatever the outcome. */
static Program *program_open(u8 *block, char *why, size_t why_size)
{
    Program *program = calloc(1, sizeof *program);
    if (!program) {
        free(block);
        explain(why, why_size, "out of memory");
        return NULL;
    }
    program->block = block;
    program_attach(program);
    if (program_verify(program, why, why_size)) return program;
    program_free(program);
    return NULL;
}

bool program_is_block(const void *bytes, size_t size)
{
    return size >= sizeof block_magic && memcmp(bytes, block_magic, sizeof block_magic) == 0;
}

bool program_is_block_cut(const void *bytes, size_t size)
{
    return size > 0 && size < sizeof block_magic && memcmp(bytes, block_magic, size) == 0;
}

Program *program_load(const void *block, size_t size, char *why, size_t why_size)
{
    BlockHeader header;
    if (size < sizeof header) {
        explain(why, why_size, "not a compiled filter: %zu bytes, a header alone has %zu", size, sizeof header);
        return NULL;
    }
    memcpy(&header, block, sizeof header);
    if (!program_is_block(block, size)) {
        explain(why, why_size, "not a compiled filter");
        return NULL;
    }
    if (header.version != BLOCK_VERSION || header.tables != table_hash()) {
        explain(why, why_size, "made by another version of pktsift");
        return NULL;
    }
    if (header.layers > (LAYERS_SHAPE | LAYERS_LIST)) {
        explain(why, why_size, "offset %zu: expected 0 to 3, found %u", offsetof(BlockHeader, layers), header.layers);
        return NULL;
    }
    if (header.size != size || block_size_of(&header) != size) {
        explain(why, why_size, "offset %zu: its sections need %llu bytes, it says %llu, and there are %zu",
                offsetof(BlockHeader, size), (unsigned long long)block_size_of(&header),
                (unsigned long long)header.size, size);
        return NULL;
    }
    u8 *copy = malloc(size);
    if (!copy) {
        explain(why, why_size, "out of memory");
        return NULL;
    }
    memcpy(copy, block, size);
    return program_open(copy, why, why_size);
}

static u64 sum_of(const u8 *block, size_t size) { return XXH3_64bits(block + SUMMED_FROM, size - SUMMED_FROM); }

bool program_intact(const Program *program)
{
    BlockHeader header;
    memcpy(&header, program->block, sizeof header);
    return header.sum == sum_of(program->block, program->block_size);
}

void program_free(Program *program)
{
    if (!program) return;
    free(program->block);
    free(program);
}

/* -- what the code asks for --------------------------------------------------------------------------------------------- */

static u64 proto_bit(u32 proto) { return proto < PROTO_COUNT ? (u64)1 << proto : 0; }

int insn_field(const Insn *insn)
{
    const OpInfo *info = &op_info[insn->op];
    bool loads = info->arg[3] == ARG_FIELD || info->arg[3] == ARG_SFIELD;
    return loads && insn->k < FIELD_COUNT ? (int)insn->k : -1;
}

bool insn_loads(const Insn *insn, u32 how)
{
    int field = insn_field(insn);
    return field >= 0 && field_is((FieldId)field, how);
}

static u64 path_protocols(const Program *program, u32 path)
{
    u64 protocols = 0;
    if (path >= program->path_count) return 0;
    PoolSpan span = program->paths[path];
    if (span.at > program->blob_size || span.count > program->blob_size - span.at) return 0;
    for (u32 i = 0; i < span.count; i++) protocols |= proto_bit(program->blob[span.at + i]);
    return protocols;
}

/* What a frame says as a whole takes all of its headers. */
static void field_demands(Demands *demands, FieldId field)
{
    bool whole = field_info[field].proto == PROTO_PROPERTY;
    demands->protocols |= whole ? PROTOS_ALL : proto_bit(field_info[field].proto);
    if (field_is(field, CALC_LAYERED)) demands->layers |= LAYERS_LIST;
}

Demands program_demands(const Program *program)
{
    Demands demands = {0};
    for (u32 i = 0; i < program->code_count; i++) {
        const Insn *insn = &program->code[i];
        if (insn->op >= OP_COUNT) continue;
        for (int position = 0; position < 4; position++) {
            u32 operand = insn_operand(insn, position);
            switch ((ArgKind)op_info[insn->op].arg[position]) {
            case ARG_FIELD:
            case ARG_SFIELD:
                if (operand < FIELD_COUNT) field_demands(&demands, (FieldId)operand);
                break;
            case ARG_PROTO: demands.protocols |= proto_bit(operand); break;
            case ARG_PATH:
                demands.protocols |= path_protocols(program, operand);
                demands.layers |= LAYERS_SHAPE;
                break;
            case ARG_META:
                if (operand < META_COUNT) demands.needs |= meta_info[operand].needs;
                break;
            default: break;
            }
        }
    }
    return demands;
}

/* -- the builder -------------------------------------------------------------------------------------------------------- */

/* A growing array. */
typedef struct {
    u8 *items;
    u64 count, room;
} Array; /* room in elements */

typedef enum { POOL_CONST, POOL_CONST2, POOL_BYTES, POOL_SET, POOL_BSET, POOL_PATH } PoolKind;

/* Where a constant that was seen before stands.  kind + 1, so that 0 is an empty slot. */
typedef struct {
    u64 hash;
    u32 index;
    u32 kind_plus_1;
} Interned;

struct ProgramBuilder {
#define SECTION(member, members, element) Array member;
    SECTIONS
#undef SECTION
    Interned *interned; /* hash table, a power of two of slots, at most half full */
    u64 interned_count, interned_slots;
    const char *error; /* the first thing that went wrong, NULL while all is well */
    u32 error_at;      /* the instruction it went wrong at */
};

ProgramBuilder *builder_new(void) { return calloc(1, sizeof(ProgramBuilder)); }

void builder_free(ProgramBuilder *b)
{
    if (!b) return;
#define SECTION(member, members, element) free(b->member.items);
    SECTIONS
#undef SECTION
    free(b->interned);
    free(b);
}

static void fail(ProgramBuilder *b, const char *error)
{
    if (b->error) return;
    b->error = error;
    b->error_at = (u32)b->code.count;
}

/* Appends `count` elements of `size` bytes; returns the index of the first. */
static u32 append(ProgramBuilder *b, Array *array, const void *items, u64 count, size_t size)
{
    u64 index = array->count;
    if (index + count > UINT32_MAX) {
        fail(b, "too many constants");
        return 0;
    }
    if (index + count > array->room) {
        u64 room = MAX_OF(index + count, array->room ? array->room * 2 : 16);
        u8 *grown = realloc(array->items, room * size);
        if (!grown) {
            fail(b, "out of memory");
            return 0;
        }
        array->items = grown;
        array->room = room;
    }
    if (count) memcpy(array->items + index * size, items, count * size);
    array->count = index + count;
    return (u32)index;
}

u32 builder_here(const ProgramBuilder *b) { return (u32)b->code.count; }

u32 builder_emit(ProgramBuilder *b, Op op, u32 a, u32 bb, u32 c, u32 k)
{
    u32 operand[4] = {a, bb, c, k};
    for (int i = 0; i < 4; i++) {
        if ((u32)op < OP_COUNT && op_info[op].arg[i] == ARG_NONE) operand[i] = 0;
        if (i < 3 && operand[i] > UINT8_MAX) fail(b, "an operand does not fit a byte: too many registers or paths");
    }
    if ((u32)op >= OP_COUNT) fail(b, "no such instruction");
    if (b->code.count >= CODE_MAX) fail(b, "too many instructions");
    if (b->error) return builder_here(b);
    Insn insn = {(u8)op, (u8)operand[0], (u8)operand[1], (u8)operand[2], operand[3]};
    return append(b, &b->code, &insn, 1, sizeof insn);
}

void builder_patch(ProgramBuilder *b, u32 insn, u32 k)
{
    if (insn >= b->code.count) {
        fail(b, "an instruction that does not exist was patched");
        return;
    }
    memcpy(b->code.items + insn * sizeof(Insn) + offsetof(Insn, k), &k, sizeof k);
}

/* The content of a pooled constant. */
static const u8 *pooled(const ProgramBuilder *b, PoolKind kind, u32 index, size_t *len)
{
    const Array *spans = kind == POOL_SET    ? &b->sets
                         : kind == POOL_BSET ? &b->bsets
                         : kind == POOL_PATH ? &b->paths
                                             : &b->bytes;
    if (kind == POOL_CONST || kind == POOL_CONST2) {
        *len = kind == POOL_CONST ? 8 : 16;
        return b->consts.items + index * sizeof(u64);
    }
    const Array *items = kind == POOL_SET ? &b->ranges : kind == POOL_BSET ? &b->byte_ranges : &b->blob;
    size_t size = kind == POOL_SET ? sizeof(NumberRange) : kind == POOL_BSET ? sizeof(ByteRange) : 1;
    PoolSpan span;
    memcpy(&span, spans->items + index * sizeof span, sizeof span);
    *len = span.count * size;
    return items->items + span.at * size;
}

static u32 pool_append(ProgramBuilder *b, PoolKind kind, const void *item, size_t len)
{
    PoolSpan span;
    switch (kind) {
    case POOL_SET:
        span.count = (u32)(len / sizeof(NumberRange));
        span.at = append(b, &b->ranges, item, span.count, sizeof(NumberRange));
        return append(b, &b->sets, &span, 1, sizeof span);
    case POOL_BSET:
        span.count = (u32)(len / sizeof(ByteRange));
        span.at = append(b, &b->byte_ranges, item, span.count, sizeof(ByteRange));
        return append(b, &b->bsets, &span, 1, sizeof span);
    case POOL_BYTES:
    case POOL_PATH:
        span.count = (u32)len;
        span.at = append(b, &b->blob, item, len, 1);
        return append(b, kind == POOL_PATH ? &b->paths : &b->bytes, &span, 1, sizeof span);
    default: return append(b, &b->consts, item, len / sizeof(u64), sizeof(u64));
    }
}

/* The slot of a constant in the hash table: its own, or the empty one where it belongs. */
static Interned *interned_slot(ProgramBuilder *b, PoolKind kind, const void *item, size_t len, u64 hash)
{
    for (u64 i = hash;; i++) {
        Interned *slot = &b->interned[i & (b->interned_slots - 1)];
        if (slot->kind_plus_1 == 0) return slot;
        if (slot->hash != hash || slot->kind_plus_1 != (u32)kind + 1) continue;
        size_t known_len;
        const u8 *known = pooled(b, kind, slot->index, &known_len);
        if (known_len == len && (len == 0 || memcmp(known, item, len) == 0)) return slot;
    }
}

static bool interned_grow(ProgramBuilder *b)
{
    u64 slots = b->interned_slots ? b->interned_slots * 2 : 64;
    Interned *grown = calloc(slots, sizeof *grown);
    if (!grown) return false;
    for (u64 i = 0; i < b->interned_slots; i++) {
        if (b->interned[i].kind_plus_1 == 0) continue;
        u64 at = b->interned[i].hash;
        while (grown[at & (slots - 1)].kind_plus_1) at++;
        grown[at & (slots - 1)] = b->interned[i];
    }
    free(b->interned);
    b->interned = grown;
    b->interned_slots = slots;
    return true;
}

/* The index of a constant in its pool; it is added when it is new. */
static u32 intern(ProgramBuilder *b, PoolKind kind, const void *item, size_t len)
{
    if (b->error) return 0;
    if (len > UINT32_MAX) {
        fail(b, "a constant of more than 4 GiB");
        return 0;
    }
    if (b->interned_count * 2 >= b->interned_slots && !interned_grow(b)) {
        fail(b, "out of memory");
        return 0;
    }
    u64 hash = len ? XXH3_64bits_withSeed(item, len, kind) : kind;
    Interned *slot = interned_slot(b, kind, item, len, hash);
    if (slot->kind_plus_1) return slot->index;
    *slot = (Interned){hash, pool_append(b, kind, item, len), (u32)kind + 1};
    b->interned_count++;
    return slot->index;
}

u32 builder_const(ProgramBuilder *b, u64 value) { return intern(b, POOL_CONST, &value, sizeof value); }

u32 builder_const2(ProgramBuilder *b, u64 first, u64 second)
{
    u64 two[2] = {first, second};
    return intern(b, POOL_CONST2, two, sizeof two);
}

u32 builder_bytes(ProgramBuilder *b, const void *bytes, size_t len) { return intern(b, POOL_BYTES, bytes, len); }

u32 builder_set(ProgramBuilder *b, const NumberRange *sorted, u32 count)
{
    return intern(b, POOL_SET, sorted, count * sizeof *sorted);
}

u32 builder_bset(ProgramBuilder *b, const ByteRange *sorted, u32 count)
{
    return intern(b, POOL_BSET, sorted, count * sizeof *sorted);
}

u32 builder_path(ProgramBuilder *b, const u8 *protos, u32 count) { return intern(b, POOL_PATH, protos, count); }

static u8 *block_lay_out(const ProgramBuilder *b, u64 source_hash)
{
    BlockHeader header = {.version = BLOCK_VERSION, .tables = table_hash(), .source_hash = source_hash};
    memcpy(header.magic, block_magic, sizeof block_magic);
#define SECTION(member, members, element) header.members = (u32)b->member.count;
    SECTIONS
#undef SECTION
    header.size = block_size_of(&header);
    u8 *block = calloc(1, header.size);
    if (!block) return NULL;
    memcpy(block, &header, sizeof header);
    u8 *at = block + sizeof header;
#define SECTION(member, members, element)                                                                              \
    if (header.members) memcpy(at, b->member.items, header.members * sizeof(element));                                 \
    at += padded((u64)header.members * sizeof(element));
    SECTIONS
#undef SECTION
    return block;
}

Program *builder_finish(ProgramBuilder *b, u64 source_hash, char *why, size_t why_size)
{
    if (b->error) {
        explain(why, why_size, "instruction %u: %s", b->error_at, b->error);
        return NULL;
    }
    u8 *block = block_lay_out(b, source_hash);
    if (!block) {
        explain(why, why_size, "out of memory");
        return NULL;
    }
    Program draft = {.block = block};
    program_attach(&draft);
    Demands demands = program_demands(&draft);
    BlockHeader header;
    memcpy(&header, block, sizeof header);
    header.needs = demands.needs;
    header.protocols = demands.protocols;
    header.layers = demands.layers;
    memcpy(block, &header, sizeof header);
    header.sum = sum_of(block, header.size);
    memcpy(block, &header, sizeof header);
    return program_open(block, why, why_size);
}

/* -- a program made of another ------------------------------------------------------------------------------------------ */

/* All of a program, for more to be added. */
static ProgramBuilder *builder_of(const Program *program)
{
    ProgramBuilder *b = builder_new();
    if (!b) return NULL;
#define SECTION(member, members, element) append(b, &b->member, program->member, program->members, sizeof(element));
    SECTIONS
#undef SECTION
    return b;
}

/* The answer is looked at again where END was, so jumps to the end still go to the end. */
Program *program_within(const Program *program, u64 from, u64 to, char *why, size_t why_size)
{
    u32 end = program->code_count - 1;
    for (u32 i = 0; i < end; i++) {
        if (program->code[i].op != OP_END) continue;
        explain(why, why_size, "instruction %u: it ends in more than one place", i);
        return NULL;
    }
    ProgramBuilder *b = builder_of(program);
    if (!b) {
        explain(why, why_size, "out of memory");
        return NULL;
    }
    u32 answer = program->code[end].a, time = 0; /* at the end no column is in use any more */
    b->code.count = end;
    if (from <= to) {
        builder_emit(b, OP_META, time, answer, 0, META_TIME_OF_DAY);
        builder_emit(b, OP_IN, answer, answer, time, builder_set(b, &(NumberRange){from, to}, 1));
    } else {
        builder_emit(b, OP_ZERO, answer, 0, 0, 0);
    }
    builder_emit(b, OP_END, answer, 0, 0, 0);
    Program *within = builder_finish(b, program->source_hash, why, why_size);
    builder_free(b);
    return within;
}
