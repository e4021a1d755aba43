/* machine.h - the inside of a Vm, shared by run.c, load.c and kernels.c.
 *
 * Registers are columns: 64 values and a mask that says which frames have one.  Values outside that mask are not
 * defined and never looked at.  Always true: a column's mask is a subset of the `within` it was loaded under.
 *
 * Every opcode but those of masks and control, which are a line each in run.c, has a kernel, run_NAME, called once a
 * batch; kernels trust the verifier and check no operand. */
#ifndef VM_MACHINE_H
#define VM_MACHINE_H

#include "vm/decode.h"
#include "vm/pattern.h"
#include "vm/search.h"
#include "vm/sets.h"
#include "vm/vm.h"

enum {
    LOWERED_MAX = 256 * 1024, /* L_MATCH looks at that many bytes of a slice */
    FEW_FRAMES = 12,          /* a load under a mask of no more frames visits only those */
};

typedef struct {
    const u8 *ptr[BATCH_MAX];
    u32 len[BATCH_MAX];
    Mask has;
    Mask open; /* the slice would go on in the part that was not captured */
} SliceColumn;

typedef struct {
    u64 value[BATCH_MAX];
    Mask has;
} NumberColumn;

/* A regular expression, and the text that it is only tried with; no code: not compiled. */
typedef struct {
    pcre2_code *code;
    Required required;
    Needle needle; /* of that text */
} Pattern;

/* Where a MANY field's function is, frame by frame. */
typedef struct {
    u64 walk[BATCH_MAX];  /* Vm.walks when it began */
    u32 given[BATCH_MAX]; /* values given so far */
    CalcState state[BATCH_MAX];
} ItemStates;

struct Vm {
    const Program *program;
    const Batch *batch;
    Mask all;   /* every frame of the batch */
    Mask round; /* inside an EACH: the frames that this round is about; outside: all */
    Mask cut, answer;
    Mask gave_up;    /* frames in which a regular expression was given up */
    u32 nest;        /* the instance of its protocol that a field is read from, */
    u32 item;        /* and which of a MANY field's values */
    Mask nest_round; /* the frames that instance `nest` is tried on, whatever the item */
    Mask more;       /* frames in which a MANY field had a value in this round: there may be another */
    u64 walks;       /* counts walks through the items, so that a CalcState can tell its own from an older one's */
    bool decodes;

    Mask mask[M_REGS];
    NumberColumn number[N_REGS];
    SliceColumn slice[S_REGS];
    Headers headers;

    u8 *text[S_REGS]; /* TEXT_MAX bytes a frame, for the slice registers that text is made in */
    u8 *item_slot;    /* by instruction: which of item_states a MANY field goes on in */
    ItemStates *item_states;
    NumberSet *sets;    /* fast forms of program->sets */
    Sieve *byte_sieves; /* by set of byte strings */
    Needle *needles;    /* by byte string; those that are searched for */
    Pattern *patterns;  /* by byte string; those that are patterns */
    pcre2_match_data *match_data;
    pcre2_match_context *match_limits;
    pcre2_jit_stack *jit_stack;
    u8 *lowered; /* LOWERED_MAX bytes, when the program has an L_MATCH */
    const Profile *profile;
};

/* find.c: those of `slices` that hold the needle; lowered: in lower case. */
Mask find_slices(const Vm *vm, const Needle *needle, const SliceColumn *column, Mask slices, bool lowered);

typedef void Kernel(Vm *vm, const Insn *insn);
#define OP(name, ...) Kernel run_##name;
#include "vm/ops.def"

/* Is it cheaper to visit the frames one by one than to run down the whole column? */
static inline bool few_frames(const Vm *vm, Mask frames)
{
    return frames != vm->all && mask_count(frames) <= FEW_FRAMES;
}

/* Frames for which a read fell in the part that was not captured. */
static inline void note_cut(Vm *vm, Mask frames) { vm->cut |= frames & vm->round; }

/* Of `among`, the frames that were cut short and whose wire length covers the first `end` bytes: a read up to there fell
 * in the missing part. */
static inline void note_cut_reads(Vm *vm, Mask among, u64 end)
{
    for (EACH_BIT(i, among))
        if (frame_is_cut(vm->batch, (u32)i) && end <= vm->batch->len[i]) note_cut(vm, (Mask)1 << i);
}

static inline const u8 *pooled_bytes(const Vm *vm, u32 index, u32 *len)
{
    PoolSpan span = vm->program->bytes[index];
    *len = span.count;
    return vm->program->blob + span.at;
}

static inline u8 lower(u8 byte) { return (u8)(byte - 'A') < 26 ? byte | 0x20 : byte; }

#endif
