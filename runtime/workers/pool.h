/* pool.h - run one function on several threads, and wait for all of them.
 *
 * Threads exist in workers/ only.  Always true: the calling thread works too, so a pool of one creates no thread; a machine
 * that grants fewer threads than asked for is slower, not wrong. */
#ifndef WORKERS_POOL_H
#define WORKERS_POOL_H

#include "vm/base.h"

/* Cores this process may use; at least 1. */
unsigned pool_cores(void);
/* Calls work(job, 0) here and work(job, 1 .. threads - 1) on threads of their own; returns when all have. */
void pool_run(unsigned threads, void (*work)(void *job, unsigned worker), void *job);

#endif
