/* sets.h - sets of number ranges in the form in which membership is fastest.
 *
 * Made at vm_new from the sorted ranges of the pool, asked by the IN kernel. */
#ifndef VM_SETS_H
#define VM_SETS_H

#include "vm/program.h"

typedef enum {
    SET_FEW,    /* a handful of ranges: compared one after the other, a column at a time */
    SET_BITMAP, /* all below 65,536: a bit each */
    SET_HASH,   /* single values only */
    SET_RANGES, /* anything else: binary search */
} SetForm;

typedef struct {
    SetForm form;
    const NumberRange *ranges; /* the program's */
    u32 count;
    u64 *table; /* SET_BITMAP: 1024 words; SET_HASH: slots */
    u64 absent; /* SET_HASH: a value outside the set, marks empty slots */
    u32 shift;  /* SET_HASH: the upper 64 - shift bits of the product choose the slot */
} NumberSet;

/* false: out of memory. */
bool set_prepare(NumberSet *set, const NumberRange *ranges, u32 count);
void set_release(NumberSet *set);
/* Which of the values at `within` are in the set. */
Mask set_test(const NumberSet *set, const u64 values[BATCH_MAX], Mask within);

#endif
