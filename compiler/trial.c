/* trial.c - see trial.h. */
#include "compiler/trial.h"

#include "compiler/emit.h"
#include "vm/vm.h"

enum {
    MEMBERS_MAX = 16, /* of a chain; longer ones keep the guessed order */
    TESTS_MAX = 64,   /* of a plan: each is compiled and run */
    WORTH_COST = 30,  /* about ns a frame: what a chain's members cost besides the dearest, which comes last anyway */
};

static const float DECIDES_NONE = 0.01f; /* frames: members that decide none come last, the cheap ones first */

static bool is_chain(const Plan *p) { return p->kind == PLAN_AND || p->kind == PLAN_OR; }

/* A test that is tried: inside PLAN_ANY there are no frames to count, only their headers. */
static bool is_tried(const Plan *p) { return p->kind == PLAN_TEST || p->kind == PLAN_ANY; }

/* ---- is it worth it ---- */

static u32 count_tests(const Plan *p)
{
    u32 count = is_tried(p);
    if (p->kind == PLAN_ANY) return count;
    for (const Plan *child = p->first; child; child = child->next) count += count_tests(child);
    return count;
}

static bool has_dear_chain(const Plan *p)
{
    float cost = 0, dearest = 0;
    if (p->kind == PLAN_ANY) return false;
    for (const Plan *child = p->first; child; child = child->next) {
        if (has_dear_chain(child)) return true;
        cost += plan_step_cost(child, true);
        dearest = MAX_OF(dearest, plan_step_cost(child, true));
    }
    return is_chain(p) && p->count <= MEMBERS_MAX && cost - dearest >= WORTH_COST;
}

bool plan_is_worth_trying(const Plan *root) { return has_dear_chain(root) && count_tests(root) <= TESTS_MAX; }

/* ---- trying ---- */

static bool run_alone(Arena *arena, Plan *p, const Sample *sample)
{
    DiagList unheard;
    diag_init(&unheard, arena, NULL);
    Program *program = emit(arena, p, false, 0, &unheard, NULL);
    Vm *vm = program ? vm_new(program) : NULL;
    for (u32 i = 0; vm && i < sample->count; i++) p->hits[i] = vm_run(vm, &sample->batch[i], NULL);
    vm_free(vm);
    program_free(program);
    return vm != NULL;
}

static void combine(Plan *p, const Plan *child, u32 i)
{
    if (child == p->first)
        p->hits[i] = child->hits[i];
    else if (p->kind == PLAN_AND)
        p->hits[i] &= child->hits[i];
    else
        p->hits[i] |= child->hits[i];
}

static bool try_plan(Arena *arena, Plan *p, const Sample *sample)
{
    p->hits = NEW_ARRAY(arena, Mask, sample->count);
    if (is_tried(p)) return run_alone(arena, p, sample);
    for (Plan *child = p->first; child; child = child->next) {
        if (!try_plan(arena, child, sample)) return false;
        for (u32 i = 0; i < sample->count; i++) combine(p, child, i);
    }
    for (u32 i = 0; i < sample->count; i++) {
        Mask all = batch_all(&sample->batch[i]);
        if (p->kind == PLAN_ALL) p->hits[i] = all;
        if (p->kind == PLAN_NOT) p->hits[i] = all & ~p->hits[i];
    }
    return true;
}

/* ---- order ---- */

/* Of the frames a chain has not decided yet, those that a member would: by AND those it drops, by OR those it takes. */
static u32 decided_by(const Plan *member, bool is_or, const Mask *left, u32 batches)
{
    u32 decided = 0;
    for (u32 i = 0; i < batches; i++) decided += mask_count(left[i] & (is_or ? member->hits[i] : ~member->hits[i]));
    return decided;
}

/* The place of the next member: least cost for each frame that it decides.  Equal ones keep their order. */
static Plan **find_next(Plan **members, bool is_or, const Mask *left, u32 batches, bool decoded)
{
    Plan **best = NULL;
    float least = 0;
    for (Plan **place = members; *place; place = &(*place)->next) {
        u32 decided = decided_by(*place, is_or, left, batches);
        float rank = plan_step_cost(*place, decoded) / MAX_OF((float)decided, DECIDES_NONE);
        if (best && rank >= least) continue;
        best = place;
        least = rank;
    }
    return best;
}

static void sort_members(Arena *arena, Plan *chain, const Sample *sample)
{
    bool is_or = chain->kind == PLAN_OR, decoded = false;
    Mask *left = NEW_ARRAY(arena, Mask, sample->count);
    Plan *waiting = chain->first, **last = &chain->first;
    for (u32 i = 0; i < sample->count; i++) left[i] = batch_all(&sample->batch[i]);
    while (waiting) {
        Plan **place = find_next(&waiting, is_or, left, sample->count, decoded), *next = *place;
        *place = next->next;
        next->next = NULL;
        *last = next;
        last = &next->next;
        decoded |= next->headers;
        for (u32 i = 0; i < sample->count; i++) left[i] &= is_or ? ~next->hits[i] : next->hits[i];
    }
}

static void sort_plan(Arena *arena, Plan *p, const Sample *sample, u32 frames)
{
    u32 passed = 0;
    for (u32 i = 0; i < sample->count; i++) passed += mask_count(p->hits[i]);
    for (Plan *child = p->first; child && !is_tried(p); child = child->next) sort_plan(arena, child, sample, frames);
    if (is_chain(p) && p->count <= MEMBERS_MAX) sort_members(arena, p, sample);
    plan_cost(p);
    p->pass = (float)passed / (float)frames;
    p->tried = frames;
}

void order_by_trial(Arena *arena, Plan *root, const Sample *sample)
{
    u32 frames = 0;
    for (u32 i = 0; i < sample->count; i++) frames += sample->batch[i].count;
    if (!frames || !try_plan(arena, root, sample)) return;
    sort_plan(arena, root, sample, frames);
}
