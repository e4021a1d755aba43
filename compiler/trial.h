/* trial.h - the order of a plan's tests by what frames of the captures pass, in place of guesses.
 *
 * Between order.c, which has guessed, and emit.c.  Always true: any order gives the same answer, so a bad sample costs time
 * and nothing else; the same sample gives the same order. */
#ifndef COMPILER_TRIAL_H
#define COMPILER_TRIAL_H

#include "compiler/compile.h"
#include "compiler/plan.h"

/* Has tests that are dear enough, and few enough, to be tried. */
bool plan_is_worth_trying(const Plan *root);
/* Runs every test of the plan over the sample, alone, and puts the members of chains into the order that costs least there.
 * Plan.pass says afterwards what was found.  Where a test cannot be run alone the plan stays as it is. */
void order_by_trial(Arena *arena, Plan *root, const Sample *sample);

#endif
