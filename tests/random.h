/* random.h - numbers that look random and are the same every time: splitmix64 of a seed. */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include "vm/base.h"

typedef struct {
    u64 state;
} Random;

static inline u64 random_next(Random *r)
{
    u64 z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 .. limit - 1; limit is at least 1. */
static inline u32 random_below(Random *r, u32 limit) { return (u32)(random_next(r) % limit); }

/* True once in `times`. */
static inline bool random_once_in(Random *r, u32 times) { return random_below(r, times) == 0; }

#define RANDOM_OF(random, array) ((array)[random_below((random), COUNT_OF(array))])

#endif
