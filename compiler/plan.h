/* plan.h - the plan: tests of single values, in the order they will run.
 *
 * Made by lower.c, sorted by order.c, read by emit.c.  Always true:
 *   - PLAN_TEST names one test instruction; no pair, no "present and none" is left;
 *   - a test that reads a header which may occur several times in a frame stands inside exactly one PLAN_ANY, and no
 *     PLAN_ANY inside another. */
#ifndef COMPILER_PLAN_H
#define COMPILER_PLAN_H

#include "compiler/typed.h"

typedef enum {
    PLAN_ALL,
    PLAN_NONE,
    PLAN_TEST,
    PLAN_AND, /* 2.. children */
    PLAN_OR,  /* 2.. children */
    PLAN_NOT, /* 1 */
    PLAN_ANY, /* 1: true where it is true for some instance of the headers it reads */
} PlanKind;

typedef struct Plan Plan;
struct Plan {
    u8 kind;
    u8 op;        /* PLAN_TEST: Op */
    u8 masks;     /* mask registers it takes besides its answer, at most 255 (order.c) */
    bool headers; /* DECODE must have run */
    u16 proto;    /* OP_PROTO */
    u32 count;
    Plan *first, *next;
    const Typed *left, *right; /* PLAN_TEST: the values read; right where two are compared */
    u64 number;                /* what left is compared with, as the opcode says: a constant, */
    Bytes bytes;               /* bytes or a pattern, */
    Set *set;                  /* a set, */
    const Path *path;          /* or a path */
    float cost;                /* about ns for a frame, of this test or subtree (order.c) */
    float pass;                /* share of frames it is true for: guessed (order.c), or found (trial.c) */
    u32 tried;                 /* in so many frames */
    Mask *hits;                /* those of them it was true for, a mask a batch (trial.c) */
};

/* lower.c.  `plain`: as written, chains not flattened. */
Plan *lower(Arena *arena, const Typed *root);
/* order.c: costs for every node; and, unless plain, cheap and selective tests first.  Stable. */
void order_plan(Arena *arena, Plan *root, bool plain);
/* Of a node whose children have theirs: cost, pass, masks. */
void plan_cost(Plan *p);
/* About ns a frame of a chain's member; while no header is decoded, that may be part of it. */
float plan_step_cost(const Plan *p, bool decoded);
/* Would it take more mask registers than there are? */
bool plan_takes_too_many_masks(const Plan *root);

extern const char *const relation_text[RELATION_COUNT];

#endif
