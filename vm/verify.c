/* verify.c - refuse every program that the interpreter could not run blindly.
 *
 * Between program.c and run.c.  Driven by the operand kinds of ops.def: an instruction that is added there is checked
 * from its first day on.  What is proved of an accepted program:
 *   - every opcode, register, constant, set, field, path and pattern exists; sets are sorted and apart
 *   - control goes forward only, except for NEXT, which goes back to its own EACH at most ITEMS_MAX times for each of NEST_MAX
 *     instances: it ends
 *   - nothing is read before it is set, on any way through the jumps; no header is read before DECODE
 *   - what was set on one way only, or in the body of an EACH, is unset afterwards, so that an answer cannot depend on
 *     which other frames are in the batch
 *
 * Jumps go forward, so one walk from the first instruction to the last meets every way into an instruction before the
 * instruction itself: the state there is what all ways in have in common. */
#include "vm/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "vm/fields.h"
#include "vm/pattern.h"

/* What is set when control reaches an instruction. */
typedef struct {
    u64 masks[(M_REGS + 63) / 64];
    u32 numbers;
    u16 slices;
    bool decoded;
    u16 text[S_REGS]; /* the text registers that a slice may point into: setting one of those unsets the slice */
} State;
_Static_assert(N_REGS <= 32 && S_REGS <= 16, "State has a bit for every register");

/* A jump's target that the walk has not reached: what its sources have in common, and the first of them. */
typedef struct {
    State state;
    u32 first_source, next_free;
} Pending;

enum { NOWHERE = UINT32_MAX };

typedef struct {
    const Program *program;
    char *why;
    size_t why_size;
    State state;
    i64 mask_written[M_REGS], number_written[N_REGS], slice_written[S_REGS]; /* the last write so far, or -1 */
    u32 *pending_at; /* per instruction: index of Pending, or NOWHERE */
    u32 *body;       /* per instruction: the EACH whose body, NEXT included, it stands in, or NOWHERE */
    Pending *pending;
    u32 pending_count, pending_room, pending_free;
    u8 *pattern_ok; /* per byte string: it was compiled once */
} Verifier;

__attribute__((format(printf, 2, 3))) static bool refuse(Verifier *v, const char *format, ...)
{
    if (v->why && v->why_size) {
        va_list args;
        va_start(args, format);
        vsnprintf(v->why, v->why_size, format, args);
        va_end(args);
    }
    return false;
}

/* -- the pool ----------------------------------------------------------------------------------------------------------- */

/* Spans that shared what they point at would let a short program ask for much memory and time: a fast form is built of
 * every set, and every set is checked.  Behind one another, as the builder puts them, they cost what they are long. */
static bool check_spans(Verifier *v, const char *what, const PoolSpan *spans, u32 count, u32 limit)
{
    u32 end = 0;
    for (u32 i = 0; i < count; i++) {
        if (spans[i].at > limit || spans[i].count > limit - spans[i].at)
            return refuse(v, "%s %u: %u from %u on, of %u", what, i, spans[i].count, spans[i].at, limit);
        if (spans[i].at < end) return refuse(v, "%s %u: begins inside the one before", what, i);
        end = spans[i].at + spans[i].count;
    }
    return true;
}

static bool check_sets(Verifier *v)
{
    const Program *p = v->program;
    for (u32 s = 0; s < p->set_count; s++) {
        const NumberRange *range = p->ranges + p->sets[s].at;
        for (u32 i = 0; i < p->sets[s].count; i++) {
            if (range[i].lo > range[i].hi) return refuse(v, "set %u: range %u is empty", s, i);
            if (i && (range[i - 1].hi == UINT64_MAX || range[i - 1].hi + 1 >= range[i].lo))
                return refuse(v, "set %u: range %u is not behind and apart from the one before", s, i);
        }
    }
    return true;
}

static int compare_bytes(const Program *p, u32 a, u32 b)
{
    PoolSpan x = p->bytes[a], y = p->bytes[b];
    u32 common = MIN_OF(x.count, y.count);
    int order = common ? memcmp(p->blob + x.at, p->blob + y.at, common) : 0;
    if (order) return order;
    return x.count < y.count ? -1 : x.count > y.count;
}

static bool check_bsets(Verifier *v)
{
    const Program *p = v->program;
    for (u32 s = 0; s < p->bset_count; s++) {
        const ByteRange *range = p->byte_ranges + p->bsets[s].at;
        for (u32 i = 0; i < p->bsets[s].count; i++) {
            if (range[i].lo >= p->bytes_count || range[i].hi >= p->bytes_count)
                return refuse(v, "set of bytes %u: range %u names a byte string that is not there", s, i);
            if (compare_bytes(p, range[i].lo, range[i].hi) > 0)
                return refuse(v, "set of bytes %u: range %u is empty", s, i);
            if (i && compare_bytes(p, range[i - 1].hi, range[i].lo) >= 0)
                return refuse(v, "set of bytes %u: range %u is not behind the one before", s, i);
        }
    }
    return true;
}

static bool check_paths(Verifier *v)
{
    const Program *p = v->program;
    for (u32 i = 0; i < p->path_count; i++) {
        PoolSpan path = p->paths[i];
        if (path.count == 0 || path.count > PATH_LAYERS_MAX)
            return refuse(v, "path %u: expected 1 to %d layers, found %u", i, PATH_LAYERS_MAX, path.count);
        for (u32 k = 0; k < path.count; k++)
            if (p->blob[path.at + k] >= PROTO_COUNT)
                return refuse(v, "path %u: no protocol %u", i, p->blob[path.at + k]);
    }
    return true;
}

static bool check_pool(Verifier *v)
{
    const Program *p = v->program;
    return check_spans(v, "byte string", p->bytes, p->bytes_count, p->blob_size) &&
           check_spans(v, "path", p->paths, p->path_count, p->blob_size) &&
           check_spans(v, "set", p->sets, p->set_count, p->range_count) &&
           check_spans(v, "set of bytes", p->bsets, p->bset_count, p->byte_range_count) && check_sets(v) &&
           check_bsets(v) && check_paths(v);
}

static bool check_demands(Verifier *v)
{
    const Program *p = v->program;
    Demands demands = program_demands(p);
    if (demands.needs == p->needs && demands.protocols == p->protocols && demands.layers == p->layers) return true;
    return refuse(v, "the header asks for other protocols, layers or variables than the code does");
}

/* -- operands ----------------------------------------------------------------------------------------------------------- */

static bool refuse_operand(Verifier *v, u32 at, int position, const char *expected, u32 found)
{
    return refuse(v, "instruction %u (%s): operand %c: expected %s, found %u", at,
                  op_info[v->program->code[at].op].name, "abck"[position], expected, found);
}

static bool has_operand(const OpInfo *info, ArgKind kind)
{
    return info->arg[0] == kind || info->arg[1] == kind || info->arg[2] == kind || info->arg[3] == kind;
}

static bool check_pattern(Verifier *v, u32 at, u32 index)
{
    if (v->pattern_ok[index]) return true;
    char why[200];
    PoolSpan span = v->program->bytes[index];
    pcre2_code *code = pattern_compile(v->program->blob + span.at, span.count, why, sizeof why);
    if (!code) return refuse(v, "instruction %u: %s", at, why);
    pcre2_code_free(code);
    v->pattern_ok[index] = 1;
    return true;
}

/* A field of the right kind; behind a path it belongs to the path's last protocol. */
static bool check_field(Verifier *v, u32 at, u32 field, bool slice)
{
    const Program *p = v->program;
    const Insn *insn = &p->code[at];
    if (field >= FIELD_COUNT || field_info[field].kind == FIELD_IS_PAIR || field_info[field].kind == FIELD_IS_ALIAS ||
        type_info[field_info[field].type].slice != slice)
        return refuse_operand(v, at, 3, slice ? "a byte field" : "a numeric field", field);
    for (int position = 0; position < 3; position++) {
        if (op_info[insn->op].arg[position] != ARG_PATH) continue;
        u32 path = insn_operand(insn, position); /* checked before: operands are checked from a to k */
        if (p->blob[p->paths[path].at + p->paths[path].count - 1] != field_info[field].proto)
            return refuse(v, "instruction %u: the path does not lead to field %u", at, field);
    }
    return true;
}

/* Is the operand an index that exists?  Whether a register is set is check_flow's matter. */
static bool check_operand(Verifier *v, u32 at, int position)
{
    const Program *p = v->program;
    const Insn *insn = &p->code[at];
    const OpInfo *info = &op_info[insn->op];
    u32 x = insn_operand(insn, position);
#define EXPECT(condition, what) return (condition) || refuse_operand(v, at, position, what, x)
    switch ((ArgKind)info->arg[position]) {
    case ARG_NONE: EXPECT(x == 0, "0, as it is not used");
    case ARG_N_OUT:
    case ARG_N_IN: EXPECT(x < N_REGS, "a numeric column");
    case ARG_S_OUT:
    case ARG_S_IN: EXPECT(x < S_REGS, "a slice column");
    case ARG_M_OUT:
    case ARG_M_IN:
    case ARG_M_IO: EXPECT(x < M_REGS, "a mask");
    case ARG_IMM: return true;
    case ARG_WIDTH: EXPECT(x >= 1 && x <= 8, "1 to 8 bytes");
    case ARG_TYPE:
        EXPECT(x < TYPE_COUNT && type_info[x].slice == has_operand(info, ARG_S_IN), "a type that fits the operand");
    case ARG_CONST: EXPECT(x < p->const_count, "a constant");
    case ARG_CONST2: EXPECT(p->const_count >= 2 && x < p->const_count - 1, "two constants");
    case ARG_BYTES: EXPECT(x < p->bytes_count, "a byte string");
    case ARG_REGEX:
        if (x >= p->bytes_count) return refuse_operand(v, at, position, "a pattern", x);
        return check_pattern(v, at, x);
    case ARG_SET: EXPECT(x < p->set_count, "a set of numbers");
    case ARG_BSET: EXPECT(x < p->bset_count, "a set of byte strings");
    case ARG_FIELD: return check_field(v, at, x, false);
    case ARG_SFIELD: return check_field(v, at, x, true);
    case ARG_META: EXPECT(x < META_COUNT, "a frame variable");
    case ARG_PROTO: EXPECT(x < PROTO_COUNT, "a protocol");
    case ARG_PATH: EXPECT(x < p->path_count, "a path");
    case ARG_JUMP: EXPECT(x > at && x < p->code_count, "a later instruction");
    case ARG_BACK: EXPECT(x <= at, "an earlier instruction");
    case ARG_KIND_COUNT: break;
    }
#undef EXPECT
    return refuse_operand(v, at, position, "a kind of operand that is known", x);
}

static bool check_operands(Verifier *v)
{
    const Program *p = v->program;
    if (p->code_count == 0 || p->code_count > CODE_MAX)
        return refuse(v, "expected 1 to %d instructions, found %u", CODE_MAX, p->code_count);
    for (u32 i = 0; i < p->code_count; i++) {
        if (p->code[i].op >= OP_COUNT) return refuse(v, "instruction %u: no opcode %u", i, p->code[i].op);
        for (int position = 0; position < 4; position++)
            if (!check_operand(v, i, position)) return false;
    }
    return true;
}

/* -- shape: END, EACH and NEXT, jumps ------------------------------------------------------------------------------- */

static bool check_bodies(Verifier *v)
{
    const Program *p = v->program;
    u32 each = NOWHERE;
    for (u32 i = 0; i < p->code_count; i++) {
        const Insn *insn = &p->code[i];
        v->body[i] = each;
        if ((insn->op == OP_END) != (i == p->code_count - 1))
            return refuse(v, "instruction %u: END is the last instruction, and only the last", i);
        if (insn->op == OP_EACH) {
            if (each != NOWHERE) return refuse(v, "instruction %u: EACH inside the body of another", i);
            each = i;
        } else if (insn->op == OP_NEXT) {
            if (each == NOWHERE || insn->k != each + 1)
                return refuse(v, "instruction %u: NEXT goes back to %u, which is not behind its EACH", i, insn->k);
            each = NOWHERE;
        } else if (insn->op == OP_DECODE && each != NOWHERE) {
            return refuse(v, "instruction %u: DECODE inside the body of an EACH", i);
        }
    }
    return each == NOWHERE || refuse(v, "instruction %u: EACH without NEXT", each);
}

/* Every load of a MANY field in a body has a place of its own to go on from. */
static bool check_lists(Verifier *v)
{
    const Program *p = v->program;
    u32 lists = 0;
    for (u32 i = 0; i < p->code_count; i++) {
        if (p->code[i].op == OP_EACH) lists = 0;
        if (v->body[i] == NOWHERE || !insn_loads(&p->code[i], CALC_MANY)) continue;
        if (++lists > BODY_LISTS_MAX)
            return refuse(v, "instruction %u: more than %d lists in the body of an EACH", i, BODY_LISTS_MAX);
    }
    return true;
}

static bool check_jumps(Verifier *v)
{
    const Program *p = v->program;
    for (u32 i = 0; i < p->code_count; i++)
        for (int position = 0; position < 4; position++)
            if (op_info[p->code[i].op].arg[position] == ARG_JUMP &&
                v->body[insn_operand(&p->code[i], position)] != v->body[i])
                return refuse(v, "instruction %u: a jump into or out of the body of an EACH", i);
    return true;
}

/* -- flow: what is set where ------------------------------------------------------------------------------------------- */

static bool mask_is_set(const State *s, u32 r) { return s->masks[r / 64] >> (r % 64) & 1; }

static void mask_set(State *s, u32 r, bool set)
{
    u64 bit = (u64)1 << (r % 64);
    s->masks[r / 64] = set ? s->masks[r / 64] | bit : s->masks[r / 64] & ~bit;
}

static void meet(State *into, const State *other)
{
    for (size_t i = 0; i < COUNT_OF(into->masks); i++) into->masks[i] &= other->masks[i];
    into->numbers &= other->numbers;
    into->slices &= other->slices;
    into->decoded &= other->decoded;
    for (u32 r = 0; r < S_REGS; r++) into->text[r] |= other->text[r];
}

/* Columns written behind `since` hold a value on some ways only. */
static void forget_columns(Verifier *v, u32 since)
{
    for (u32 r = 0; r < N_REGS; r++)
        if (v->number_written[r] > since) v->state.numbers &= ~((u32)1 << r);
    for (u32 r = 0; r < S_REGS; r++)
        if (v->slice_written[r] > since) v->state.slices &= (u16) ~(1u << r);
}

static bool pending_add(Verifier *v, u32 source, u32 target)
{
    if (v->pending_at[target] != NOWHERE) {
        meet(&v->pending[v->pending_at[target]].state, &v->state);
        return true;
    }
    if (v->pending_free == NOWHERE && v->pending_count == v->pending_room) {
        u32 room = v->pending_room ? v->pending_room * 2 : 64;
        Pending *grown = realloc(v->pending, room * sizeof *grown);
        if (!grown) return refuse(v, "out of memory");
        v->pending = grown;
        v->pending_room = room;
    }
    u32 index = v->pending_free;
    if (index != NOWHERE)
        v->pending_free = v->pending[index].next_free;
    else
        index = v->pending_count++;
    v->pending[index] = (Pending){v->state, source, NOWHERE};
    v->pending_at[target] = index;
    return true;
}

static void pending_arrive(Verifier *v, u32 at)
{
    u32 index = v->pending_at[at];
    if (index == NOWHERE) return;
    Pending *pending = &v->pending[index];
    meet(&v->state, &pending->state);
    forget_columns(v, pending->first_source);
    pending->next_free = v->pending_free;
    v->pending_free = index;
}

static bool check_read(Verifier *v, u32 at, int position)
{
    const Insn *insn = &v->program->code[at];
    u32 x = insn_operand(insn, position);
    bool set = true;
    char kind = 'm';
    switch ((ArgKind)op_info[insn->op].arg[position]) {
    case ARG_N_IN: kind = 'n', set = v->state.numbers >> x & 1; break;
    case ARG_S_IN: kind = 's', set = v->state.slices >> x & 1; break;
    case ARG_M_IN:
    case ARG_M_IO: set = mask_is_set(&v->state, x); break;
    case ARG_FIELD:
    case ARG_SFIELD:
    case ARG_PROTO:
    case ARG_PATH:
        return v->state.decoded ||
               refuse(v, "instruction %u (%s): headers are read before DECODE", at, op_info[insn->op].name);
    default: break;
    }
    return set || refuse(v, "instruction %u (%s): operand %c: %c%u is not set on every way here", at,
                         op_info[insn->op].name, "abck"[position], kind, x);
}

static void write_slice(Verifier *v, u32 at, u32 r)
{
    const Insn *insn = &v->program->code[at];
    const OpInfo *info = &op_info[insn->op];
    u16 text = 0;
    bool makes_text = has_operand(info, ARG_TYPE) || insn_loads(insn, CALC_MADE);
    for (int position = 1; position < 4; position++)
        if (info->arg[position] == ARG_S_IN && !makes_text) text |= v->state.text[insn_operand(insn, position)];
    if (makes_text) {
        text = (u16)(1u << r);
        for (u32 other = 0; other < S_REGS; other++)
            if (v->state.text[other] & text) v->state.slices &= (u16) ~(1u << other);
    }
    v->state.text[r] = text;
    v->state.slices |= (u16)(1u << r);
    v->slice_written[r] = at;
}

static void write_operand(Verifier *v, u32 at, int position)
{
    const Insn *insn = &v->program->code[at];
    u32 x = insn_operand(insn, position);
    switch ((ArgKind)op_info[insn->op].arg[position]) {
    case ARG_N_OUT:
        v->state.numbers |= (u32)1 << x;
        v->number_written[x] = at;
        break;
    case ARG_S_OUT: write_slice(v, at, x); break;
    case ARG_M_OUT:
    case ARG_M_IO:
        mask_set(&v->state, x, true);
        v->mask_written[x] = at;
        break;
    default: break;
    }
}

/* Behind NEXT only the mask it adds to is left of what the body wrote. */
static bool leave_body(Verifier *v, u32 at)
{
    u32 each = v->body[at], sum = v->program->code[at].a;
    if (v->mask_written[sum] > each)
        return refuse(v, "instruction %u: m%u, which NEXT adds to, is written in the body", at, sum);
    for (u32 r = 0; r < M_REGS; r++)
        if (v->mask_written[r] > each) mask_set(&v->state, r, false);
    forget_columns(v, each);
    return true;
}

static bool check_flow(Verifier *v)
{
    const Program *p = v->program;
    for (u32 r = 0; r < M_REGS; r++) v->mask_written[r] = -1;
    for (u32 r = 0; r < N_REGS; r++) v->number_written[r] = -1;
    for (u32 r = 0; r < S_REGS; r++) v->slice_written[r] = -1;
    for (u32 i = 0; i < p->code_count; i++) {
        const Insn *insn = &p->code[i];
        pending_arrive(v, i);
        for (int position = 0; position < 4; position++)
            if (!check_read(v, i, position)) return false;
        if (insn->op == OP_NEXT && !leave_body(v, i)) return false;
        if (insn->op == OP_DECODE) v->state.decoded = true;
        for (int position = 0; position < 4; position++) {
            write_operand(v, i, position);
            if (op_info[insn->op].arg[position] == ARG_JUMP && !pending_add(v, i, insn_operand(insn, position)))
                return false;
        }
    }
    return true;
}

static bool verifier_prepare(Verifier *v)
{
    const Program *p = v->program;
    if (p->code_count == 0 || p->code_count > CODE_MAX) return true; /* check_operands says so */
    v->pattern_ok = calloc((size_t)p->bytes_count + 1, 1);
    v->pending_at = malloc(p->code_count * sizeof *v->pending_at);
    v->body = malloc(p->code_count * sizeof *v->body);
    if (!v->pattern_ok || !v->pending_at || !v->body) return refuse(v, "out of memory");
    memset(v->pending_at, 0xff, p->code_count * sizeof *v->pending_at);
    return true;
}

bool program_verify(const Program *program, char *why, size_t why_size)
{
    Verifier v = {.program = program, .why = why, .why_size = why_size, .pending_free = NOWHERE};
    bool good = verifier_prepare(&v) && check_pool(&v) && check_operands(&v) && check_demands(&v) && check_bodies(&v) &&
                check_lists(&v) && check_jumps(&v) && check_flow(&v);
    free(v.pattern_ok);
    free(v.pending_at);
    free(v.body);
    free(v.pending);
    return good;
}
