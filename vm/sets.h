/* sets.h - sets of number ranges in the form in which membership is fastest.
 *
 * Made at vm_new from the sorted ranges of the pool, asked by the IN kernels.  Most values are in no set: a sieve, 8 to 16
 * bits a member and so small enough for the nearest caches, says so for 19 of 20 before the set itself is asked. */
#ifndef VM_SETS_H
#define VM_SETS_H

#include "vm/program.h"

typedef enum {
    SET_FEW,    /* a handful of ranges: compared one after the other, a column at a time */
    SET_BITMAP, /* all below 65,536: a bit each */
    SET_HASH,   /* single values, but for a few neighbours */
    SET_RANGES, /* anything else: binary search */
} SetForm;

/* Two bits for every member, both in one word; words NULL: lets everything through. */
typedef struct {
    u32 *words;
    u32 shift; /* the upper 32 - shift bits of a hash are the word's number */
} Sieve;

typedef struct {
    SetForm form;
    const NumberRange *ranges; /* the program's */
    u32 count;
    u64 *table;  /* SET_BITMAP: 1024 words; SET_HASH: slots */
    u64 absent;  /* SET_HASH: a value outside the set, marks empty slots */
    u32 shift;   /* SET_HASH: the upper 64 - shift bits of the product choose the slot */
    Sieve sieve; /* SET_HASH */
} NumberSet;

/* false: out of memory. */
bool set_prepare(NumberSet *set, const NumberRange *ranges, u32 count);
void set_release(NumberSet *set);
/* Which of the values at `within` are in the set. */
Mask set_test(const NumberSet *set, const u64 values[BATCH_MAX], Mask within);

/* Sieves of byte strings, for sets that have single ones only.  sieve_init: room for `count`; false: out of memory. */
bool sieve_init(Sieve *sieve, u32 count);
void sieve_add_bytes(Sieve *sieve, const u8 *bytes, u32 len);
/* false: the bytes are not in the set. */
bool sieve_passes_bytes(const Sieve *sieve, const u8 *bytes, u32 len);

#endif
