/* run.c - the batch interpreter: one instruction after the other, each over a whole batch.
 *
 * The last stop of the machine: a verified Program and a Batch come in, a Mask goes out.  The loop trusts the verifier
 * and checks nothing; what an instruction does is in its kernel, in load.c, in kernels.c and, for control, here. */
#include "vm/machine.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

/* -- masks and control -------------------------------------------------------------------------------------------------------- */

/* The body begins, on instance `nest` of each protocol, with the first of its values. */
static void begin_items(Vm *vm, Mask frames)
{
    vm->item = 0;
    vm->more = 0;
    vm->walks++;
    vm->round = vm->nest_round = frames;
}

/* First every value of an instance, then the next instance.  Frames outside the round have run the body for the last
 * time: what it computed for them this time does not count, so that a frame's answer cannot depend on its neighbours. */
static const Insn *next_round(Vm *vm, const Insn *insn)
{
    vm->mask[insn->a] |= vm->mask[insn->c] & vm->round;
    Mask left = vm->mask[insn->b] & ~vm->mask[insn->a];
    vm->round &= left & vm->more;
    vm->more = 0;
    if (vm->round && ++vm->item < ITEMS_MAX) return vm->program->code + insn->k;
    left &= vm->nest_round;
    vm->nest++;
    begin_items(vm, vm->nest < NEST_MAX && vm->headers.many ? headers_deeper(&vm->headers, left, vm->nest) : 0);
    if (vm->round) return vm->program->code + insn->k;
    vm->nest = 0;
    begin_items(vm, vm->all);
    return insn + 1;
}

/* What step() does itself has no kernel. */
#define run_ALL    NULL
#define run_ZERO   NULL
#define run_AND    NULL
#define run_OR     NULL
#define run_ANDNOT NULL
#define run_JNONE  NULL
#define run_EACH   NULL
#define run_NEXT   NULL
#define run_END    NULL

static Kernel *const kernels[OP_COUNT] = {
#define OP(name, ...) [OP_##name] = run_##name,
#include "vm/ops.def"
};

/* Runs one instruction; returns the next, NULL behind END. */
static inline const Insn *step(Vm *vm, const Insn *insn)
{
    Mask *mask = vm->mask;
    switch ((Op)insn->op) {
    case OP_ALL: mask[insn->a] = vm->all; return insn + 1;
    case OP_ZERO: mask[insn->a] = 0; return insn + 1;
    case OP_AND: mask[insn->a] = mask[insn->b] & mask[insn->c]; return insn + 1;
    case OP_OR: mask[insn->a] = mask[insn->b] | mask[insn->c]; return insn + 1;
    case OP_ANDNOT: mask[insn->a] = mask[insn->b] & ~mask[insn->c]; return insn + 1;
    case OP_JNONE: return mask[insn->a] ? insn + 1 : vm->program->code + insn->k;
    case OP_EACH: return insn + 1;
    case OP_NEXT: return next_round(vm, insn);
    case OP_END: vm->answer = mask[insn->a]; return NULL;
    default: kernels[insn->op](vm, insn); return insn + 1;
    }
}

/* -- the loop --------------------------------------------------------------------------------------------------------------- */

static u64 now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

/* Frames that an instruction works on: those of its mask, or all. */
static Mask frames_into(const Vm *vm, const Insn *insn)
{
    const OpInfo *info = &op_info[insn->op];
    if (info->arg[1] == ARG_M_IN) return vm->mask[insn->b];
    return info->arg[0] == ARG_M_IN ? vm->mask[insn->a] : vm->all;
}

/* Frames that have something in what an instruction wrote. */
static Mask frames_out_of(const Vm *vm, const Insn *insn)
{
    switch ((ArgKind)op_info[insn->op].arg[0]) {
    case ARG_N_OUT: return vm->number[insn->a].has;
    case ARG_S_OUT: return vm->slice[insn->a].has;
    case ARG_M_OUT:
    case ARG_M_IO: return vm->mask[insn->a];
    default: return frames_into(vm, insn);
    }
}

/* Parts that end or begin in front of instruction `at`.  A part that a jump passed over is not counted as begun, and where
 * it ends together with what jumped, its answer is an empty mask. */
static void count_parts(Vm *vm, const PartIndex *parts, u32 at)
{
    for (u32 i = parts->end[at]; i < parts->end[at + 1]; i++) {
        u32 p = parts->by_end[i];
        vm->profile->part[p].frames_out += mask_count(vm->mask[parts->part[p].out] & vm->round);
    }
    for (u32 p = parts->begin[at]; p < parts->begin[at + 1]; p++) {
        vm->profile->part[p].runs++;
        vm->profile->part[p].frames_in += mask_count(vm->mask[parts->part[p].within] & vm->round);
    }
}

static void execute_profiled(Vm *vm)
{
    const Profile *profile = vm->profile;
    for (const Insn *insn = vm->program->code, *next; insn; insn = next) {
        u32 at = (u32)(insn - vm->program->code);
        Counts *row = &profile->code[at];
        if (profile->parts) count_parts(vm, profile->parts, at);
        row->runs++;
        row->frames_in += mask_count(frames_into(vm, insn));
        u64 start = now_ns();
        next = step(vm, insn);
        row->ns += now_ns() - start;
        row->frames_out += mask_count(frames_out_of(vm, insn));
    }
}

static void execute(Vm *vm)
{
    const Insn *insn = vm->program->code;
    while (insn) insn = step(vm, insn);
}

Mask vm_run(Vm *vm, const Batch *batch, Mask *cut)
{
    vm->batch = batch;
    vm->all = batch_all(batch);
    vm->cut = vm->gave_up = 0;
    vm->nest = 0;
    begin_items(vm, vm->all);
    if (vm->decodes) headers_reset(&vm->headers);
    if (vm->profile)
        execute_profiled(vm);
    else
        execute(vm);
    if (cut) *cut = vm->cut;
    return vm->answer;
}

void vm_profile(Vm *vm, const Profile *profile) { vm->profile = profile; }

bool part_index_init(PartIndex *index, const Part *parts, u32 count, u32 code_count)
{
    *index = (PartIndex){.count = count, .part = parts};
    index->begin = calloc(code_count + 2, sizeof *index->begin);
    index->end = calloc(code_count + 2, sizeof *index->end);
    index->by_end = calloc((size_t)count + 1, sizeof *index->by_end);
    if (!index->begin || !index->end || !index->by_end) {
        part_index_release(index);
        return false;
    }
    for (u32 p = 0; p < count; p++) {
        index->begin[parts[p].begin + 1]++;
        index->end[parts[p].end + 1]++;
    }
    for (u32 i = 1; i < code_count + 2; i++) {
        index->begin[i] += index->begin[i - 1];
        index->end[i] += index->end[i - 1];
    }
    for (u32 p = 0; p < count; p++) index->by_end[index->end[parts[p].end]++] = p;
    memmove(index->end + 1, index->end, (code_count + 1) * sizeof *index->end); /* each is where the next began */
    index->end[0] = 0;
    return true;
}

void part_index_release(PartIndex *index)
{
    free(index->begin);
    free(index->end);
    free(index->by_end);
    *index = (PartIndex){0};
}

Mask vm_gave_up(const Vm *vm) { return vm->gave_up; }

/* -- making one --------------------------------------------------------------------------------------------------------------- */

static bool prepare_sets(Vm *vm)
{
    const Program *p = vm->program;
    vm->sets = calloc((size_t)p->set_count + 1, sizeof *vm->sets);
    if (!vm->sets) return false;
    for (u32 i = 0; i < p->set_count; i++)
        if (!set_prepare(&vm->sets[i], p->ranges + p->sets[i].at, p->sets[i].count)) return false;
    return true;
}

/* Byte strings that are ranges cannot be sieved. */
static bool prepare_byte_sieve(Vm *vm, u32 bset)
{
    const Program *p = vm->program;
    const ByteRange *range = p->byte_ranges + p->bsets[bset].at;
    u32 count = p->bsets[bset].count;
    if (!vm->byte_sieves) vm->byte_sieves = calloc(p->bset_count, sizeof *vm->byte_sieves);
    if (!vm->byte_sieves) return false;
    for (u32 i = 0; i < count; i++)
        if (range[i].lo != range[i].hi) return true;
    Sieve *sieve = &vm->byte_sieves[bset];
    if (sieve->words || count == 0) return true;
    if (!sieve_init(sieve, count)) return false;
    for (u32 i = 0; i < count; i++) {
        u32 len;
        const u8 *bytes = pooled_bytes(vm, range[i].lo, &len);
        sieve_add_bytes(sieve, bytes, len);
    }
    return true;
}

static bool prepare_needle(Vm *vm, u32 index)
{
    if (!vm->needles) vm->needles = calloc(vm->program->bytes_count, sizeof *vm->needles);
    if (!vm->needles) return false;
    if (vm->needles[index].bytes) return true;
    u32 len;
    const u8 *bytes = pooled_bytes(vm, index, &len);
    vm->needles[index] = needle_make(bytes, len);
    return true;
}

static bool prepare_matching(Vm *vm)
{
    if (vm->patterns) return true;
    vm->patterns = calloc(vm->program->bytes_count, sizeof *vm->patterns);
    vm->match_data = pcre2_match_data_create(1, NULL);
    vm->match_limits = pattern_limits();
    vm->jit_stack = pcre2_jit_stack_create(32 * 1024, PATTERN_STACK_MAX, NULL);
    if (!vm->patterns || !vm->match_data || !vm->match_limits) return false;
    if (vm->jit_stack) pcre2_jit_stack_assign(vm->match_limits, NULL, vm->jit_stack);
    return true;
}

/* Where the machine has no JIT, PCRE2 interprets the pattern. */
static bool prepare_pattern(Vm *vm, u32 index)
{
    if (!prepare_matching(vm)) return false;
    Pattern *pattern = &vm->patterns[index];
    if (pattern->code) return true;
    u32 len;
    const u8 *bytes = pooled_bytes(vm, index, &len);
    pattern->code = pattern_compile(bytes, len, NULL, 0);
    if (!pattern->code) return false;
    pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
    pattern->required = pattern_required(bytes, len);
    pattern->needle = needle_make(pattern->required.bytes, pattern->required.len);
    return true;
}

static bool prepare_text(Vm *vm, u32 slice)
{
    if (!vm->text[slice]) vm->text[slice] = malloc((size_t)BATCH_MAX * TEXT_MAX);
    return vm->text[slice] != NULL;
}

/* A MANY field needs a place to go on from; the verifier sees to it that there are enough for those of one body.  Outside
 * a body nothing goes on, and places may be shared. */
static bool prepare_items(Vm *vm)
{
    const Program *p = vm->program;
    u32 slot = 0;
    for (u32 i = 0; i < p->code_count; i++) {
        if (p->code[i].op == OP_EACH) slot = 0;
        if (!insn_loads(&p->code[i], CALC_MANY)) continue;
        if (!vm->item_slot) vm->item_slot = calloc(p->code_count, sizeof *vm->item_slot);
        if (!vm->item_states) vm->item_states = calloc(BODY_LISTS_MAX, sizeof *vm->item_states);
        if (!vm->item_slot || !vm->item_states) return false;
        vm->item_slot[i] = (u8)(slot++ % BODY_LISTS_MAX);
    }
    return true;
}

/* What one instruction needs beside registers. */
static bool prepare(Vm *vm, const Insn *insn)
{
    if (insn_loads(insn, CALC_MADE)) return prepare_text(vm, insn->a);
    switch ((Op)insn->op) {
    case OP_DECODE: vm->decodes = true; return true;
    case OP_TO_TEXT:
    case OP_STO_TEXT: return prepare_text(vm, insn->a);
    case OP_S_IN: return prepare_byte_sieve(vm, insn->k);
    case OP_S_FIND:
    case OP_L_FIND: return prepare_needle(vm, insn->k);
    case OP_L_MATCH:
        if (!vm->lowered) vm->lowered = malloc(LOWERED_MAX);
        return vm->lowered && prepare_pattern(vm, insn->k);
    case OP_S_MATCH: return prepare_pattern(vm, insn->k);
    default: return true;
    }
}

/* Of each header no more is read by column than the program's fields take. */
static void narrow_headers(Vm *vm)
{
    u8 span[PROTO_COUNT] = {0};
    for (u32 i = 0; i < vm->program->code_count; i++) {
        int f = insn_field(&vm->program->code[i]);
        if (f < 0 || field_info[f].kind == FIELD_IS_CALC) continue;
        const FieldInfo *field = &field_info[f];
        span[field->proto] = MAX_OF(span[field->proto], (u8)(field->byte + field->width));
    }
    headers_narrow(&vm->headers, span);
}

Vm *vm_new(const Program *program)
{
    Vm *vm = mmap(NULL, sizeof *vm, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* zero, untouched */
    if (vm == MAP_FAILED) return NULL;
    vm->program = program;
    headers_begin(&vm->headers, program->protocols, program->layers & LAYERS_SHAPE, program->layers & LAYERS_LIST);
    narrow_headers(vm);
    bool ready = prepare_sets(vm) && prepare_items(vm);
    for (u32 i = 0; ready && i < program->code_count; i++) ready = prepare(vm, &program->code[i]);
    if (ready) return vm;
    vm_free(vm);
    return NULL;
}

void vm_free(Vm *vm)
{
    if (!vm) return;
    for (u32 i = 0; vm->sets && i < vm->program->set_count; i++) set_release(&vm->sets[i]);
    for (u32 i = 0; vm->byte_sieves && i < vm->program->bset_count; i++) free(vm->byte_sieves[i].words);
    for (u32 i = 0; vm->patterns && i < vm->program->bytes_count; i++) pcre2_code_free(vm->patterns[i].code);
    for (u32 i = 0; i < S_REGS; i++) free(vm->text[i]);
    pcre2_match_data_free(vm->match_data);
    pcre2_match_context_free(vm->match_limits);
    pcre2_jit_stack_free(vm->jit_stack);
    free(vm->item_slot);
    free(vm->item_states);
    free(vm->byte_sieves);
    free(vm->sets);
    free(vm->needles);
    free(vm->patterns);
    free(vm->lowered);
    munmap(vm, sizeof *vm);
}
