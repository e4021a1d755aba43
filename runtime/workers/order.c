/* order.c - see order.h. */
#include "runtime/workers/order.h"

#include <pthread.h>
#include <stdlib.h>

enum { STEPS_AHEAD = 1 }; /* a thread may be so far ahead of the turn, besides the step it works on */

typedef enum { GROUP_OPENING, GROUP_OPEN } GroupState;

typedef struct {
    GroupState state;
    u32 pass;
    u64 claimed, steps;  /* of this pass */
    bool dropping;       /* the steps left in this pass are void */
    u64 next_pass_steps; /* not 0: another pass follows */
} Group;

typedef enum { SLOT_FREE, SLOT_WORKING, SLOT_DONE } SlotState;

typedef struct {
    SlotState state;
    Ticket ticket;
} Slot;

struct Order {
    const OrderWork *work;
    void *job;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    u32 window, slots, outstanding, waiting;
    bool committing, stopped;
    u64 turn_group, turn_step;
    u64 next_group; /* the next one to open; groups turn_group .. next_group - 1 are in hand */
    Group *group;   /* ring, by number modulo `slots` */
    Slot *slot;
};

Order *order_new(const OrderWork *work, void *job, unsigned threads)
{
    Order *order = calloc(1, sizeof *order);

    if (!order) return NULL;
    order->work = work;
    order->job = job;
    order->window = threads > 1 ? threads * (1 + STEPS_AHEAD) : 1;
    order->slots = order->window + 1; /* one more, for the step whose turn it is */
    order->group = calloc(order->slots, sizeof *order->group);
    order->slot = calloc(order->slots, sizeof *order->slot);
    if (!order->group || !order->slot) {
        free(order->group);
        free(order->slot);
        free(order);
        return NULL;
    }
    pthread_mutex_init(&order->lock, NULL);
    pthread_cond_init(&order->changed, NULL);
    return order;
}

u32 order_slots(const Order *order) { return order->slots; }

static Group *group_of(Order *order, u64 number) { return &order->group[number % order->slots]; }

/* -- claiming, under the lock --------------------------------------------------------------------------------------- */

typedef enum { CLAIM_NONE, CLAIM_WAIT, CLAIM_STEP, CLAIM_OPEN } Claim;

/* The lowest step that nobody has. */
static Claim lowest_free(Order *order, Ticket *ticket)
{
    for (u64 number = order->turn_group; number < order->next_group; number++) {
        const Group *group = group_of(order, number);

        if (group->state != GROUP_OPEN || group->claimed >= group->steps) continue;
        *ticket = (Ticket){.group = number, .step = group->claimed, .pass = group->pass};
        return CLAIM_STEP;
    }
    if (order->next_group < order->work->groups && order->next_group - order->turn_group < order->slots) {
        *ticket = (Ticket){.group = order->next_group};
        return CLAIM_OPEN;
    }
    /* A group in hand may still turn out to have steps: when it is open, or after its first pass. */
    return order->turn_group < order->work->groups ? CLAIM_WAIT : CLAIM_NONE;
}

static u32 free_slot(const Order *order)
{
    u32 i = 0;

    while (order->slot[i].state != SLOT_FREE) i++;
    return i;
}

static Claim claim(Order *order, Ticket *ticket)
{
    if (order->stopped) return CLAIM_NONE;
    Claim claimed = lowest_free(order, ticket);
    if (claimed != CLAIM_STEP && claimed != CLAIM_OPEN) return claimed;

    bool at_turn = ticket->group == order->turn_group && ticket->step == order->turn_step;
    if (order->outstanding >= order->window && !at_turn) return CLAIM_WAIT;
    ticket->at_turn = at_turn && !order->committing;
    ticket->slot = free_slot(order);
    order->slot[ticket->slot] = (Slot){SLOT_WORKING, *ticket};
    order->outstanding++;
    if (claimed == CLAIM_OPEN) {
        *group_of(order, ticket->group) = (Group){.state = GROUP_OPENING, .claimed = 1};
        order->next_group++;
    } else {
        group_of(order, ticket->group)->claimed++;
    }
    return claimed;
}

static void wake(Order *order)
{
    if (order->waiting) pthread_cond_broadcast(&order->changed);
}

/* -- committing, under the lock but for the callbacks ---------------------------------------------------------------- */

static Slot *slot_at_turn(Order *order)
{
    for (u32 i = 0; i < order->slots; i++) {
        Slot *slot = &order->slot[i];

        if (slot->state != SLOT_FREE && slot->ticket.group == order->turn_group &&
            slot->ticket.step == order->turn_step)
            return slot;
    }
    return NULL;
}

static void close_group(Order *order)
{
    u64 number = order->turn_group;

    pthread_mutex_unlock(&order->lock);
    order->work->close(order->job, number);
    pthread_mutex_lock(&order->lock);
    order->turn_group++;
    order->turn_step = 0;
}

/* The turn has passed a step: on to the next step, pass or group. */
static void advance(Order *order)
{
    Group *group = group_of(order, order->turn_group);

    if (++order->turn_step < group->steps) return;
    if (!group->next_pass_steps) {
        close_group(order);
        return;
    }
    *group = (Group){.state = GROUP_OPEN, .pass = group->pass + 1, .steps = group->next_pass_steps};
    order->turn_step = 0;
}

static void take_verdict(Order *order, OrderVerdict verdict, u64 steps)
{
    Group *group = group_of(order, order->turn_group);

    if (verdict == ORDER_STOP) order->stopped = true;
    if (verdict != ORDER_GROUP_END && verdict != ORDER_NEXT_PASS) return;
    group->steps = group->claimed; /* those already claimed are waited for, and dropped */
    group->dropping = true;
    group->next_pass_steps = verdict == ORDER_NEXT_PASS ? steps : 0;
}

static void commit_one(Order *order, void *worker, const Slot *slot)
{
    u64 steps = 0;

    if (group_of(order, order->turn_group)->dropping) return;
    pthread_mutex_unlock(&order->lock);
    OrderVerdict verdict = order->work->commit(order->job, worker, &slot->ticket, &steps);
    pthread_mutex_lock(&order->lock);
    take_verdict(order, verdict, steps);
}

/* Commits all that is done and has its turn, unless someone is at it already: they will see what we have just done. */
static void commit_all(Order *order, void *worker)
{
    if (order->committing) return;
    order->committing = true;
    for (Slot *slot; !order->stopped && (slot = slot_at_turn(order)) && slot->state == SLOT_DONE;) {
        commit_one(order, worker, slot);
        slot->state = SLOT_FREE;
        order->outstanding--;
        if (!order->stopped) advance(order);
        wake(order);
    }
    order->committing = false;
}

/* -- the worker's loop ---------------------------------------------------------------------------------------------- */

static void open_group(Order *order, void *worker, u64 number)
{
    u64 steps = order->work->open(order->job, worker, number);

    pthread_mutex_lock(&order->lock);
    group_of(order, number)->steps = MAX_OF(steps, 1);
    group_of(order, number)->state = GROUP_OPEN;
    if (steps > 1) wake(order);
    pthread_mutex_unlock(&order->lock);
}

/* With the lock held, as before and behind it. */
static bool step(Order *order, void *worker)
{
    Ticket ticket;
    Claim claimed = claim(order, &ticket);

    if (claimed == CLAIM_NONE) return false;
    if (claimed == CLAIM_WAIT) {
        order->waiting++;
        pthread_cond_wait(&order->changed, &order->lock);
        order->waiting--;
        return true;
    }
    pthread_mutex_unlock(&order->lock);
    if (claimed == CLAIM_OPEN) open_group(order, worker, ticket.group);
    order->work->work(order->job, worker, &ticket);
    pthread_mutex_lock(&order->lock);
    order->slot[ticket.slot].state = SLOT_DONE;
    commit_all(order, worker);
    return true;
}

bool order_step(Order *order, void *worker)
{
    pthread_mutex_lock(&order->lock);
    bool more = step(order, worker);
    pthread_mutex_unlock(&order->lock);
    return more;
}

void order_run(Order *order, void *worker)
{
    pthread_mutex_lock(&order->lock);
    while (step(order, worker)) {
    }
    pthread_mutex_unlock(&order->lock);
}

void order_stop(Order *order)
{
    pthread_mutex_lock(&order->lock);
    order->stopped = true;
    wake(order);
    pthread_mutex_unlock(&order->lock);
}

void order_free(Order *order)
{
    if (!order) return;
    for (; order->turn_group < order->next_group; order->turn_group++)
        order->work->close(order->job, order->turn_group);
    pthread_cond_destroy(&order->changed);
    pthread_mutex_destroy(&order->lock);
    free(order->group);
    free(order->slot);
    free(order);
}
