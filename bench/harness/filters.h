/* filters.h - filters.txt: rows `name: expected count: filter`. */
#ifndef BENCH_HARNESS_FILTERS_H
#define BENCH_HARNESS_FILTERS_H

#include "bench/harness/workload.h"

enum { FILTERS_MAX = 200 };

typedef struct {
    char name[NAME_MAX_LEN + 1];
    bool counted; /* expected stands among the workload's counts */
    u64 expected;
    char *text; /* NULL: the capture's generator wrote it beside the capture */
} Filter;

typedef struct {
    Filter filter[FILTERS_MAX];
    u32 filters;
} Filters;

/* Ends the program at a row that it cannot read. */
void filters_read(Filters *filters, const char *path);

/* NULL: there is no such filter. */
const Filter *filters_find(const Filters *filters, const char *name);
u64 filter_expected(const Filter *filter, const Counts *counts);

#endif
