/* order.h - work done by many, in any order; results taken in one order only.
 *
 * Between the pool and the pipeline.  Work comes in groups (files) of steps (slices); how many steps a group has is known once it is
 * opened.  Workers claim the lowest step that is free, and whoever finishes the step whose turn it is commits it, and all
 * finished ones behind it.  Knows nothing of captures.  Always true: commits happen one at a time, in the order (group, pass,
 * step); at most `window` steps are claimed and not committed, so what waits is bounded; the step whose turn it is can
 * always be claimed, so it never stands still. */
#ifndef WORKERS_ORDER_H
#define WORKERS_ORDER_H

#include "vm/base.h"

typedef struct Order Order;

typedef struct {
    u64 group, step;
    u32 pass;     /* 0, then 1 after ORDER_NEXT_PASS */
    u32 slot;     /* 0 .. order_slots - 1, its own until it is committed: where to keep the result */
    bool at_turn; /* everything before it is committed, and nothing else is being committed */
} Ticket;

typedef enum {
    ORDER_NEXT,      /* go on behind this step */
    ORDER_NEXT_PASS, /* the rest of this pass is void; go over the group again, with `steps` steps */
    ORDER_GROUP_END, /* the rest of the group is void */
    ORDER_STOP,      /* everything that is left is void */
} OrderVerdict;

typedef struct {
    u64 groups;
    /* Opens a group, not necessarily in order; returns its number of steps, at least 1. */
    u64 (*open)(void *job, void *worker, u64 group);
    /* Does a step; any number at a time. */
    void (*work)(void *job, void *worker, const Ticket *ticket);
    /* Takes a step's result; one at a time, in order.  *steps for ORDER_NEXT_PASS. */
    OrderVerdict (*commit)(void *job, void *worker, const Ticket *ticket, u64 *steps);
    /* After the last commit of a group, when none of its steps is being worked on. */
    void (*close)(void *job, u64 group);
} OrderWork;

/* NULL: no memory. */
Order *order_new(const OrderWork *work, void *job, unsigned threads);
/* Ticket.slot stays below it. */
u32 order_slots(const Order *order);
/* Claims, works and commits until nothing is left; called by every worker. */
void order_run(Order *order, void *worker);
/* One step of that; false: nothing is left. */
bool order_step(Order *order, void *worker);
/* From any worker: nothing more is claimed or committed. */
void order_stop(Order *order);
/* Closes the groups that a stop left open. */
void order_free(Order *order);

#endif
