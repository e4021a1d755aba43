/* emit.c - plan to program: registers, masks, jumps.
 *
 * The last step of the compiler, after order.c.  A test is emitted with a mask `within`: the frames whose answer still
 * matters; its answer is a subset of that.  AND narrows it, OR takes out what is already true, and where nothing is
 * left a jump skips the rest.
 * Always true:
 *   - a column that is kept for reuse was loaded within a superset of every mask it is used with, on every way to its
 *     use: what a chain's later members load is forgotten at the chain's end, where jumps arrive;
 *   - DECODE stands once, before the first of the chain's members that share it;
 *   - nothing that was loaded outside an EACH is used inside, nor the other way round: the body runs several times;
 *   - the answer's mask is never the `within` of the same subtree, but for single tests, which read it first. */
#include "compiler/emit.h"

/* A column that holds a value. */
typedef struct {
    const Typed *value; /* NULL: no longer */
    u8 reg;
} Kept;

enum { KEPT_MAX = N_REGS + S_REGS };

/* Numeric or slice columns. */
typedef struct {
    u32 count;
    u32 used;        /* bit set: holds something that is needed in the test at hand */
    u32 kept;        /* bit set: may be used again */
    u8 uses[N_REGS]; /* how often it is in use */
    const char *name;
} Columns;

typedef struct {
    Arena *arena;
    ProgramBuilder *builder;
    const char *failed; /* what there were too many of */
    bool plain, decoded;
    Columns numbers, slices;
    u32 texts; /* slice columns that hold text: other slices may point into them, so they are free only after the test */
    Kept kept[KEPT_MAX];
    u32 kept_count, kept_from; /* kept_from: where the body of the EACH begins */
    u32 masks;                 /* in use, from 0 up */
    Parts parts;               /* a part for each node of the plan, in the order they are printed */
} Emitter;

/* A jump out of an AND is worth its while when what it skips costs at least so much; OR looks at the frames left over
 * alone where its next member costs at least so much (see order.c for the unit). */
#define JUMP_COST 2.0f
#define REST_COST 8.0f

static u32 op(Emitter *e, Op o, u32 a, u32 b, u32 c, u32 k) { return builder_emit(e->builder, o, a, b, c, k); }

static u32 here(const Emitter *e) { return builder_here(e->builder); }

/* ---- registers ---- */

static u32 mask_new(Emitter *e)
{
    if (e->masks < M_REGS) return e->masks++;
    e->failed = "masks";
    return M_REGS - 1;
}

static void mask_free(Emitter *e, u32 mask)
{
    if (mask + 1 == e->masks) e->masks--;
}

static Columns *columns_of(Emitter *e, const Typed *value)
{
    return type_is_number(value->type) ? &e->numbers : &e->slices;
}

static void forget(Emitter *e, Kept *kept)
{
    if (!kept->value) return;
    columns_of(e, kept->value)->kept &= ~(1u << kept->reg);
    kept->value = NULL;
}

static void forget_since(Emitter *e, u32 count)
{
    while (e->kept_count > count) forget(e, &e->kept[--e->kept_count]);
}

/* Gives up the oldest kept column of this kind that is not in use. */
static bool evict(Emitter *e, const Columns *columns)
{
    for (u32 i = 0; i < e->kept_count; i++) {
        Kept *kept = &e->kept[i];
        if (!kept->value || columns_of(e, kept->value) != columns || columns->used >> kept->reg & 1) continue;
        forget(e, kept);
        return true;
    }
    return false;
}

static u8 column_new(Emitter *e, Columns *columns)
{
    u32 taken = columns->used | columns->kept;
    u32 reg = taken == UINT32_MAX ? columns->count : (u32)__builtin_ctz(~taken);
    if (reg >= columns->count) {
        if (evict(e, columns)) return column_new(e, columns);
        e->failed = columns->name;
        return 0;
    }
    columns->used |= 1u << reg;
    columns->uses[reg] = 1;
    return (u8)reg;
}

static void column_free(Emitter *e, const Typed *value, u8 reg)
{
    Columns *columns = columns_of(e, value);
    if (e->failed || (columns == &e->slices && e->texts >> reg & 1)) return;
    if (--columns->uses[reg] == 0) columns->used &= ~(1u << reg);
}

static void texts_free(Emitter *e)
{
    e->slices.used &= ~e->texts;
    e->texts = 0;
}

/* Worth keeping, and the same in every use: what is read from the frame, and constants. */
static bool can_keep(const Typed *value)
{
    switch (value->kind) {
    case VALUE_FIELD:
        return !field_is(value->field, CALC_MADE); /* its register is another's to write as soon as it is free */
    case VALUE_META:
    case VALUE_FRAME: return true;
    case VALUE_LITERAL: return value->constant;
    case VALUE_READ:
    case VALUE_CUT: return value->len + value->width > 0 && can_keep(value->first) && value->first->next->constant;
    default: return false;
    }
}

static bool kept_find(Emitter *e, const Typed *value, u8 *reg)
{
    for (u32 i = e->kept_from; i < e->kept_count; i++) {
        if (!e->kept[i].value || !typed_equal(e->kept[i].value, value)) continue;
        Columns *columns = columns_of(e, value);
        *reg = e->kept[i].reg;
        if (columns->used >> *reg & 1)
            columns->uses[*reg]++;
        else
            columns->uses[*reg] = 1;
        columns->used |= 1u << *reg;
        return true;
    }
    return false;
}

static void keep(Emitter *e, const Typed *value, u8 reg)
{
    if (e->plain || !can_keep(value) || e->kept_count == KEPT_MAX) return;
    e->kept[e->kept_count++] = (Kept){value, reg};
    columns_of(e, value)->kept |= 1u << reg;
}

/* ---- values ---- */

static u8 emit_value(Emitter *e, const Typed *value, u32 within);

/* Two values, the one that takes more registers first. */
static void emit_two(Emitter *e, const Typed *a, const Typed *b, u32 within, u8 *a_reg, u8 *b_reg)
{
    bool b_first = b->need > a->need;
    if (b_first) *b_reg = emit_value(e, b, within);
    *a_reg = emit_value(e, a, within);
    if (!b_first) *b_reg = emit_value(e, b, within);
}

static u8 emit_literal(Emitter *e, const Typed *value)
{
    u8 reg = column_new(e, &e->numbers);
    op(e, OP_CONST, reg, 0, 0, builder_const(e->builder, value->number));
    return reg;
}

static u8 emit_field(Emitter *e, const Typed *value, u32 within)
{
    bool slice = !type_is_number(value->type);
    u8 reg = column_new(e, columns_of(e, value));
    if (field_is(value->field, CALC_MADE)) e->texts |= 1u << reg;
    if (!value->path) {
        op(e, slice ? OP_SFIELD : OP_FIELD, reg, within, 0, value->field);
        return reg;
    }
    u32 path = builder_path(e->builder, value->path->proto, value->path->count);
    op(e, slice ? OP_SFIELD_ON : OP_FIELD_ON, reg, within, path, value->field);
    return reg;
}

static u8 emit_read(Emitter *e, const Typed *value, u32 within)
{
    const Typed *bytes = value->first, *offset = bytes->next;
    if (bytes->kind == VALUE_FRAME && offset->constant) {
        u8 reg = column_new(e, &e->numbers);
        op(e, value->little ? OP_FRAME_LE : OP_FRAME_BE, reg, within, value->width, (u32)offset->number);
        return reg;
    }
    u8 from, at;
    emit_two(e, bytes, offset, within, &from, &at);
    column_free(e, bytes, from);
    column_free(e, offset, at);
    u8 reg = column_new(e, &e->numbers);
    op(e, value->little ? OP_READ_LE : OP_READ_BE, reg, at, from, value->width);
    return reg;
}

static u8 emit_cut(Emitter *e, const Typed *value, u32 within)
{
    const Typed *bytes = value->first, *offset = bytes->next, *length = offset->next;
    u8 from, at, count;
    if (offset->constant && value->len) {
        from = emit_value(e, bytes, within);
        column_free(e, bytes, from);
        u8 reg = column_new(e, &e->slices);
        op(e, OP_CUT, reg, within, from, builder_const2(e->builder, offset->number, value->len));
        return reg;
    }
    Typed constant = {.kind = VALUE_LITERAL, .type = TYPE_NUMBER, .constant = true, .number = value->len};
    emit_two(e, bytes, offset, within, &from, &at);
    count = length ? emit_value(e, length, within) : emit_literal(e, &constant);
    column_free(e, bytes, from);
    column_free(e, offset, at);
    column_free(e, length ? length : &constant, count);
    u8 reg = column_new(e, &e->slices);
    op(e, OP_CUT_BY, reg, at, from, count);
    return reg;
}

static u8 emit_arith(Emitter *e, const Typed *value, u32 within)
{
    const Typed *left = value->first, *right = left->next;
    u8 a, b = 0;
    if (right)
        emit_two(e, left, right, within, &a, &b);
    else
        a = emit_value(e, left, within);
    column_free(e, left, a);
    if (right) column_free(e, right, b);
    u8 reg = column_new(e, &e->numbers);
    op(e, value->op, reg, a, b, 0);
    return reg;
}

static u8 emit_text(Emitter *e, const Typed *value, u32 within)
{
    const Typed *from = value->first;
    u8 source = emit_value(e, from, within);
    u8 reg = column_new(e, &e->slices);
    op(e, type_is_number(from->type) ? OP_TO_TEXT : OP_STO_TEXT, reg, within, source, from->type);
    column_free(e, from, source);
    e->texts |= 1u << reg;
    return reg;
}

static u8 emit_keyed(Emitter *e, const Typed *value, u32 within)
{
    u8 source = emit_value(e, value->first, within);
    column_free(e, value->first, source);
    u8 reg = column_new(e, &e->slices);
    op(e, OP_KEYED, reg, within, source, builder_bytes(e->builder, value->bytes.at, value->bytes.len));
    return reg;
}

static u8 emit_of_bytes(Emitter *e, Op o, const Typed *value, u32 within)
{
    u8 source = emit_value(e, value->first, within);
    column_free(e, value->first, source);
    u8 reg = column_new(e, &e->numbers);
    op(e, o, reg, within, source, 0);
    return reg;
}

static u8 emit_new_value(Emitter *e, const Typed *value, u32 within)
{
    u8 reg = 0;
    switch (value->kind) {
    case VALUE_LITERAL: return emit_literal(e, value);
    case VALUE_FIELD: return emit_field(e, value, within);
    case VALUE_READ: return emit_read(e, value, within);
    case VALUE_CUT: return emit_cut(e, value, within);
    case VALUE_ARITH: return emit_arith(e, value, within);
    case VALUE_TEXT: return emit_text(e, value, within);
    case VALUE_KEYED: return emit_keyed(e, value, within);
    case VALUE_NUMBER: return emit_of_bytes(e, OP_TO_NUMBER, value, within);
    case VALUE_LENGTH: return emit_of_bytes(e, OP_LENGTH, value, within);
    case VALUE_META:
        reg = column_new(e, &e->numbers);
        op(e, OP_META, reg, within, 0, value->field);
        return reg;
    default:
        reg = column_new(e, &e->slices);
        op(e, OP_FRAME, reg, within, 0, 0);
        return reg;
    }
}

static u8 emit_value(Emitter *e, const Typed *value, u32 within)
{
    u8 reg = 0;
    if (e->failed || (!e->plain && can_keep(value) && kept_find(e, value, &reg))) return reg;
    reg = emit_new_value(e, value, within);
    keep(e, value, reg);
    return reg;
}

/* ---- single tests ---- */

static u32 byte_set(Emitter *e, const Set *set)
{
    ByteRange *range = NEW_ARRAY(e->arena, ByteRange, set->count);
    for (u32 i = 0; i < set->count; i++) {
        range[i].lo = builder_bytes(e->builder, set->bytes[i].lo.at, set->bytes[i].lo.len);
        range[i].hi = builder_bytes(e->builder, set->bytes[i].hi.at, set->bytes[i].hi.len);
    }
    return builder_bset(e->builder, range, set->count);
}

/* What stands in k, by the operand kind that ops.def gives it. */
static u32 test_operand(Emitter *e, const Plan *p, u8 right)
{
    switch ((ArgKind)op_info[p->op].arg[3]) {
    case ARG_CONST: return builder_const(e->builder, p->number);
    case ARG_SET: return builder_set(e->builder, p->set->numbers, p->set->count);
    case ARG_BSET: return byte_set(e, p->set);
    case ARG_BYTES:
    case ARG_REGEX: return builder_bytes(e->builder, p->bytes.at, p->bytes.len);
    case ARG_PROTO: return p->proto;
    case ARG_N_IN:
    case ARG_S_IN: return right;
    default: return 0;
    }
}

static void emit_test(Emitter *e, const Plan *p, u32 within, u32 out)
{
    u8 left = 0, right = 0;
    if (p->left && p->right)
        emit_two(e, p->left, p->right, within, &left, &right);
    else if (p->left)
        left = emit_value(e, p->left, within);
    u32 c = p->path && !p->left ? builder_path(e->builder, p->path->proto, p->path->count) : left;
    op(e, p->op, out, within, c, test_operand(e, p, right));
    if (p->left) column_free(e, p->left, left);
    if (p->right) column_free(e, p->right, right);
    texts_free(e);
}

/* ---- the tree of tests ---- */

static void emit_plan(Emitter *e, const Plan *p, u32 within, u32 out);

static u32 part_begin(Emitter *e, u32 within, u32 out)
{
    Parts *parts = &e->parts;
    if (parts->count == parts->room) {
        u32 room = MAX_OF(2 * parts->room, 64u);
        Part *grown = NEW_ARRAY(e->arena, Part, room);
        if (parts->count) memcpy(grown, parts->part, parts->count * sizeof *grown);
        parts->part = grown;
        parts->room = room;
    }
    parts->part[parts->count] = (Part){.begin = here(e), .within = (u8)within, .out = (u8)out};
    return parts->count++;
}

static void part_end(Emitter *e, u32 part) { e->parts.part[part].end = here(e); }

static void need_headers(Emitter *e, u32 within)
{
    if (!e->decoded) op(e, OP_DECODE, 0, within, 0, 0);
    e->decoded = true;
}

/* Before a chain's member: DECODE, if another member behind it will want the headers as well. */
static void share_headers(Emitter *e, const Plan *child, u32 within)
{
    if (e->decoded || !child->headers) return;
    for (const Plan *later = child->next; later; later = later->next) {
        if (!later->headers) continue;
        need_headers(e, within);
        return;
    }
}

/* Jumps that go to the end of a chain. */
typedef struct {
    u32 *at, count;
} Jumps;

static void jump_if_none(Emitter *e, Jumps *jumps, u32 mask)
{
    jumps->at[jumps->count++] = op(e, OP_JNONE, mask, 0, 0, 0);
}

static void land(Emitter *e, const Jumps *jumps)
{
    for (u32 i = 0; i < jumps->count; i++) builder_patch(e->builder, jumps->at[i], here(e));
}

/* Is there enough left of an AND to jump over? */
static bool worth_a_jump(const Emitter *e, const Plan *child)
{
    float cost = 0;
    for (; child && cost < JUMP_COST; child = child->next)
        cost += child->headers && !e->decoded ? JUMP_COST : child->cost;
    return !e->plain && cost >= JUMP_COST;
}

static void emit_and(Emitter *e, const Plan *p, u32 within, u32 out)
{
    Jumps jumps = {NEW_ARRAY(e->arena, u32, p->count), 0};
    share_headers(e, p->first, within);
    emit_plan(e, p->first, within, out);
    u32 kept = e->kept_count;
    for (const Plan *child = p->first->next; child; child = child->next) {
        if (worth_a_jump(e, child)) jump_if_none(e, &jumps, out);
        share_headers(e, child, out);
        if (child->kind == PLAN_TEST) {
            u32 part = part_begin(e, out, out);
            if (child->headers) need_headers(e, out);
            emit_test(e, child, out, out);
            part_end(e, part);
            continue;
        }
        u32 both = mask_new(e);
        emit_plan(e, child, out, both);
        op(e, OP_AND, out, out, both, 0);
        mask_free(e, both);
    }
    land(e, &jumps);
    forget_since(e, kept);
}

/* A dear member looks only at the frames that are not true yet. */
static void emit_or(Emitter *e, const Plan *p, u32 within, u32 out)
{
    Jumps jumps = {NEW_ARRAY(e->arena, u32, p->count), 0};
    share_headers(e, p->first, within);
    emit_plan(e, p->first, within, out);
    u32 kept = e->kept_count, rest = mask_new(e), also = mask_new(e), from = within;
    for (const Plan *child = p->first->next; child; child = child->next) {
        if (!e->plain && (child->cost >= REST_COST || (child->headers && !e->decoded))) {
            from = rest; /* and stays it: what is loaded for fewer frames must not be reused for more */
            op(e, OP_ANDNOT, rest, within, out, 0);
            jump_if_none(e, &jumps, rest);
        }
        share_headers(e, child, from);
        emit_plan(e, child, from, also);
        op(e, OP_OR, out, out, also, 0);
    }
    mask_free(e, also);
    mask_free(e, rest);
    land(e, &jumps);
    forget_since(e, kept);
}

static void emit_any(Emitter *e, const Plan *p, u32 within, u32 out)
{
    u32 outside = e->kept_from, kept = e->kept_count, found = mask_new(e);
    op(e, OP_ZERO, out, 0, 0, 0);
    u32 each = op(e, OP_EACH, 0, 0, 0, 0);
    e->kept_from = kept;
    emit_plan(e, p->first, within, found);
    op(e, OP_NEXT, out, within, found, each + 1);
    forget_since(e, kept);
    e->kept_from = outside;
    mask_free(e, found);
}

static void emit_plan(Emitter *e, const Plan *p, u32 within, u32 out)
{
    if (e->failed) return;
    u32 part = part_begin(e, within, out);
    if (p->headers && (p->kind == PLAN_TEST || p->kind == PLAN_ANY)) need_headers(e, within);
    switch (p->kind) {
    case PLAN_ALL: op(e, OP_AND, out, within, within, 0); break;
    case PLAN_NONE: op(e, OP_ZERO, out, 0, 0, 0); break;
    case PLAN_TEST: emit_test(e, p, within, out); break;
    case PLAN_AND: emit_and(e, p, within, out); break;
    case PLAN_OR: emit_or(e, p, within, out); break;
    case PLAN_NOT:
        emit_plan(e, p->first, within, out);
        op(e, OP_ANDNOT, out, within, out, 0);
        break;
    default: emit_any(e, p, within, out);
    }
    part_end(e, part);
}

Program *emit(Arena *arena, const Plan *plan, bool plain, u64 source_hash, DiagList *diags, Parts *parts)
{
    Emitter e = {.arena = arena, .builder = builder_new(), .plain = plain};
    Program *program = NULL;
    char why[200] = "out of memory";
    e.numbers = (Columns){.count = N_REGS, .name = "numbers"};
    e.slices = (Columns){.count = S_REGS, .name = "byte strings"};
    if (e.builder) {
        u32 all = mask_new(&e), answer = mask_new(&e);
        op(&e, OP_ALL, all, 0, 0, 0);
        emit_plan(&e, plan, all, answer);
        op(&e, OP_END, answer, 0, 0, 0);
        if (!e.failed) program = builder_finish(e.builder, source_hash, why, sizeof why);
    }
    builder_free(e.builder);
    if (parts) *parts = e.parts;
    if (program) return program;
    if (e.failed)
        diag_error(diags, (Span){0, 0}, "this filter needs more %s at once than the machine has", e.failed);
    else
        diag_error(diags, (Span){0, 0}, "this filter is too much for one program: %s", why);
    return NULL;
}
