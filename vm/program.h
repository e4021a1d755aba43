/* program.h - a compiled filter: one position-independent block of code and constants.
 *
 * Made by compiler/emit.c through a ProgramBuilder, or read from disk by program_load; run by vm/run.c.  A Program is
 * only ever handed to the interpreter after program_verify has accepted it; both makers here do that themselves.
 * Always true of a verified program: jumps go forward and land inside, NEXT goes back only to its own EACH, every
 * register and pool index exists, nothing is read before it is set, the last instruction is END. */
#ifndef VM_PROGRAM_H
#define VM_PROGRAM_H

#include "vm/batch.h"

typedef enum {
#define OP(name, ...) OP_##name,
#include "vm/ops.def"
    OP_COUNT
} Op;

typedef enum {
    ARG_NONE,
    ARG_N_OUT,
    ARG_N_IN,
    ARG_S_OUT,
    ARG_S_IN,
    ARG_M_OUT,
    ARG_M_IN,
    ARG_M_IO,
    ARG_IMM,
    ARG_WIDTH,
    ARG_TYPE,
    ARG_CONST,
    ARG_CONST2,
    ARG_BYTES,
    ARG_SET,
    ARG_BSET,
    ARG_REGEX,
    ARG_FIELD,
    ARG_SFIELD,
    ARG_META,
    ARG_PROTO,
    ARG_PATH,
    ARG_JUMP,
    ARG_BACK,
    ARG_KIND_COUNT
} ArgKind;

typedef struct {
    const char *name;
    u8 arg[4]; /* ArgKind of a, b, c, k */
    const char *listing, *meaning;
} OpInfo;
extern const OpInfo op_info[OP_COUNT];

typedef struct {
    u8 op, a, b, c;
    u32 k;
} Insn;
_Static_assert(sizeof(Insn) == 8, "an instruction is eight bytes");

/* A stretch of code that answers one question: instructions begin to end - 1.  Where they begin, mask `within` holds the
 * frames asked about; behind them, mask `out` holds those for which the answer is yes. */
typedef struct {
    u32 begin, end;
    u8 within, out;
} Part;

/* Operands by position, as OpInfo.arg counts them: 0 a, 1 b, 2 c, 3 k. */
static inline u32 insn_operand(const Insn *insn, int position)
{
    switch (position) {
    case 0: return insn->a;
    case 1: return insn->b;
    case 2: return insn->c;
    default: return insn->k;
    }
}
/* Does it load a field that has one of these bits in FieldInfo.how? */
bool insn_loads(const Insn *insn, u32 how);
/* The field that it loads; -1: none. */
int insn_field(const Insn *insn);
_Static_assert(OP_COUNT <= 256, "an opcode fits the first byte of an instruction");

enum {
    N_REGS = 32,  /* numeric columns */
    S_REGS = 16,  /* slice columns */
    M_REGS = 255, /* mask registers */
    CODE_MAX = 1 << 20,
    PATH_LAYERS_MAX = 16,
    NEST_MAX = 8,        /* instances of one protocol in a frame that are looked at; deeper ones are not decoded */
    BODY_LISTS_MAX = 32, /* loads of MANY fields between an EACH and its NEXT */
};

/* What DECODE must keep of the layers, beside where the headers are. */
enum {
    LAYERS_SHAPE = 1, /* a path is asked for: their order */
    LAYERS_LIST = 2,  /* a LAYERED field is: all of it, for every frame */
};

/* Numbers lo..hi, both included; in a set they are sorted, apart (hi + 1 < next lo) and never empty. */
typedef struct {
    u64 lo, hi;
} NumberRange;
/* Byte strings lo..hi, both included, compared byte by byte, a prefix before the longer; sorted, lo <= hi, hi < next lo. */
typedef struct {
    u32 lo, hi;
} ByteRange; /* indexes into the byte strings */
typedef struct {
    u32 at, count;
} PoolSpan;

typedef struct Program Program;
struct Program {
    u32 needs;     /* NEED_ bits */
    u64 protocols; /* bit set of Proto: what DECODE must find */
    u32 layers;    /* LAYERS_ bits */
    u32 code_count, const_count, bytes_count, set_count, bset_count, path_count;
    u32 range_count, byte_range_count, blob_size; /* lengths of ranges, byte_ranges and blob */
    const Insn *code;
    const u64 *consts;
    const PoolSpan *bytes; /* into blob */
    const u8 *blob;
    const PoolSpan *sets; /* into ranges */
    const NumberRange *ranges;
    const PoolSpan *bsets; /* into byte_ranges */
    const ByteRange *byte_ranges;
    const PoolSpan *paths; /* into blob: one Proto a byte */
    u64 source_hash;       /* of the filter's text, for explain and caches */
    u8 *block;             /* all of the above in one piece, as saved */
    size_t block_size;
};

/* Builder: collects instructions and constants; equal constants are stored once.  All memory is its own (malloc). */
typedef struct ProgramBuilder ProgramBuilder;
ProgramBuilder *builder_new(void);
void builder_free(ProgramBuilder *b);
u32 builder_emit(ProgramBuilder *b, Op op, u32 a, u32 bb, u32 c, u32 k); /* returns the instruction's index */
void builder_patch(ProgramBuilder *b, u32 insn, u32 k);                  /* fills in a jump's target */
u32 builder_here(const ProgramBuilder *b);                               /* index of the next instruction */
u32 builder_const(ProgramBuilder *b, u64 value);
u32 builder_const2(ProgramBuilder *b, u64 first, u64 second);
u32 builder_bytes(ProgramBuilder *b, const void *bytes, size_t len);
u32 builder_set(ProgramBuilder *b, const NumberRange *sorted, u32 count);
/* lo/hi as byte strings already in the pool */
u32 builder_bset(ProgramBuilder *b, const ByteRange *sorted, u32 count);
u32 builder_path(ProgramBuilder *b, const u8 *protos, u32 count);
/* Lays out the block and verifies it.  needs, protocols and layers are worked out from the code.  NULL: `why` (a static
 * or in-buffer text, at most why_size bytes) says which instruction breaks which rule: a mistake of the emitter's. */
Program *builder_finish(ProgramBuilder *b, u64 source_hash, char *why, size_t why_size);

void program_free(Program *program);
/* The block is also the file format (.siftc): magic "SIFTC\n\x1a\0", a format version, a hash of ops.def, fields.def,
 * metas.def and types.def, sizes, a checksum, then the sections; all little-endian, every offset relative.  Loading copies
 * and verifies.  Errors: NULL and a text such as "not a compiled filter", "made by another version of pktsift",
 * "offset 96: ...". */
Program *program_load(const void *block, size_t size, char *why, size_t why_size);
/* Do these bytes begin like such a block? */
bool program_is_block(const void *bytes, size_t size);
/* Are these bytes, too few to tell, the beginning of one? */
bool program_is_block_cut(const void *bytes, size_t size);
/* Does its checksum fit?  A program that was loaded is safe to run without; but it may be another than was saved. */
bool program_intact(const Program *program);
/* The same filter, of frames with from <= FrameVariable.TimeOfDay <= to alone.  NULL: why. */
Program *program_within(const Program *program, u64 from, u64 to, char *why, size_t why_size);
/* Also checks that a pattern compiles and every index is in range.  false: why. */
bool program_verify(const Program *program, char *why, size_t why_size);
/* The listing, one instruction a line, jump targets as labels; malloc'ed, NUL-terminated. */
char *program_listing(const Program *program);
u64 table_hash(void);

/* What the code asks for, as Program.needs, .protocols and .layers say.  Indexes out of range ask for nothing. */
typedef struct {
    u32 needs;
    u64 protocols;
    u32 layers;
} Demands;
Demands program_demands(const Program *program);

#endif
