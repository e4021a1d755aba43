/* order.c - what tests cost, and which come first.
 *
 * Comes after lower.c, before emit.c.  Costs are static guesses in about nanoseconds a frame; they only have to put cheap
 * tests before dear ones.  How often a test is true is guessed as well; trial.c knows better where there are frames to
 * try.  Tests have no side effects, so any order gives the same answer.
 * Always true: equal ranks keep the order of the text; emitting takes at most M_REGS masks, because a plan that would
 * take more is reordered by that need instead. */
#include "compiler/plan.h"

#include <stdlib.h>

#include "vm/pattern.h"

enum { MASKS_MAX = M_REGS - 3 }; /* the answer, "every frame", and one to spare */

#define DECODE_COST 12.0f

/* ---- costs ---- */

/* What is made, or told by all headers, takes long; what comes in many values is looked at more than once. */
static float field_cost(FieldId field)
{
    if (field_info[field].kind != FIELD_IS_CALC) return 3;
    return field_is(field, CALC_LAYERED) ? 200 : field_is(field, CALC_MADE | CALC_MANY) ? 60 : 6;
}

static float value_cost(const Typed *value)
{
    float cost = 1;
    switch (value->kind) {
    case VALUE_FIELD: return field_cost((FieldId)value->field);
    case VALUE_READ:
    case VALUE_CUT:
        if (value->first->kind == VALUE_FRAME && value->first->next->constant) return 1;
        cost = 4;
        break;
    case VALUE_NUMBER: cost = 10; break;
    case VALUE_TEXT: cost = 40; break;
    default: break;
    }
    for (const Typed *child = value->first; child; child = child->next) cost += value_cost(child);
    return cost;
}

/* What the test itself takes, its values being there, and how often it might be true. */
static void guess(Op op, float *cost, float *pass)
{
    *cost = 1;
    *pass = 0.4f;
    switch (op) {
    case OP_EQ_K:
    case OP_EQ: *pass = 0.05f; break;
    case OP_NE_K:
    case OP_NE: *pass = 0.95f; break;
    case OP_IN: *cost = 3, *pass = 0.1f; break;
    case OP_HAS:
    case OP_S_HAS: *pass = 0.8f; break;
    case OP_PROTO: *pass = 0.5f; break;
    case OP_PROTO_ON: *cost = 3, *pass = 0.5f; break;
    case OP_S_EQ:
    case OP_SS_EQ: *cost = 4, *pass = 0.05f; break;
    case OP_L_EQ: *cost = 8, *pass = 0.05f; break;
    case OP_S_IN:
    case OP_L_IN: *cost = 20, *pass = 0.1f; break;
    case OP_S_FIND: *cost = 80, *pass = 0.05f; break;
    case OP_L_FIND: *cost = 160, *pass = 0.05f; break;
    case OP_S_MATCH:
    case OP_L_MATCH: *pass = 0.05f; break; /* match_cost */
    default: break;
    }
}

/* Text that a pattern cannot match without is searched for first, and then there is little to match. */
static float match_cost(const Plan *p)
{
    Required text = pattern_required(p->bytes.at, p->bytes.len);
    return text.at_start ? 8 : text.len ? 100 : 400;
}

static void cost_test(Plan *p)
{
    guess(p->op, &p->cost, &p->pass);
    if (p->op == OP_S_MATCH || p->op == OP_L_MATCH) p->cost = match_cost(p);
    if (p->left) p->cost += value_cost(p->left);
    if (p->right) p->cost += value_cost(p->right);
    p->masks = 1;
}

static u8 masks_sum(u32 more, u32 masks) { return (u8)MIN_OF(more + masks, 255); }

/* A chain's first child writes the answer itself; the others need a mask of their own, and OR one for what is left. */
static void cost_chain(Plan *p)
{
    bool is_or = p->kind == PLAN_OR;
    float reached = 1; /* share of frames that the next child still looks at */
    p->cost = 0;
    p->masks = p->first->masks;
    for (Plan *child = p->first; child; child = child->next) {
        p->cost += reached * child->cost;
        reached *= is_or ? 1 - child->pass : child->pass;
        if (child != p->first) p->masks = MAX_OF(p->masks, masks_sum(is_or ? 2 : 1, child->masks));
    }
    p->pass = is_or ? 1 - reached : reached;
}

void plan_cost(Plan *p)
{
    switch (p->kind) {
    case PLAN_ALL: p->cost = 0, p->pass = 1; break;
    case PLAN_NONE: p->cost = 0, p->pass = 0; break;
    case PLAN_TEST: cost_test(p); break;
    case PLAN_NOT: p->cost = p->first->cost, p->pass = 1 - p->first->pass, p->masks = p->first->masks; break;
    case PLAN_ANY:
        p->cost = p->first->cost + 2, p->pass = p->first->pass, p->masks = masks_sum(1, p->first->masks);
        break;
    default: cost_chain(p);
    }
}

/* ---- order ---- */

typedef struct {
    Plan *plan;
    float rank;
    u32 place;
} Ranked;

static int by_rank(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

float plan_step_cost(const Plan *p, bool decoded) { return p->cost + (p->headers && !decoded ? DECODE_COST : 0); }

/* Cost for each frame that is decided: by AND, those it drops; by OR, those it takes. */
static float rank_of(const Plan *p, bool is_or)
{
    float decided = is_or ? p->pass : 1 - p->pass;
    return plan_step_cost(p, false) / MAX_OF(decided, 0.01f);
}

static void sort_children(Arena *arena, Plan *p, bool by_masks)
{
    Ranked *ranked = NEW_ARRAY(arena, Ranked, p->count);
    u32 count = 0;
    for (Plan *child = p->first; child; child = child->next, count++)
        ranked[count] = (Ranked){child, by_masks ? -(float)child->masks : rank_of(child, p->kind == PLAN_OR), count};
    qsort(ranked, count, sizeof *ranked, by_rank);
    for (u32 i = 0; i < count; i++) ranked[i].plan->next = i + 1 < count ? ranked[i + 1].plan : NULL;
    p->first = ranked[0].plan;
}

static void order_node(Arena *arena, Plan *p, bool plain, bool by_masks)
{
    for (Plan *child = p->first; child; child = child->next) order_node(arena, child, plain, by_masks);
    bool chain = p->kind == PLAN_AND || p->kind == PLAN_OR;
    if (chain && (by_masks || !plain)) sort_children(arena, p, by_masks);
    p->tried = 0;
    plan_cost(p);
}

bool plan_takes_too_many_masks(const Plan *root) { return root->masks > MASKS_MAX; }

void order_plan(Arena *arena, Plan *root, bool plain)
{
    order_node(arena, root, plain, false);
    if (plan_takes_too_many_masks(root)) order_node(arena, root, plain, true);
}
