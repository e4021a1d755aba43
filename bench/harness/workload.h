/* workload.h - what is run over: a capture of mkcapture, or a folder of its parts, and how many frames must match.
 *
 * Beside PATH lies PATH.counts, written by mkcapture; beside a capture for slow peers PATH.start, the same capture's
 * beginning, with counts of its own. */
#ifndef BENCH_HARNESS_WORKLOAD_H
#define BENCH_HARNESS_WORKLOAD_H

#include "bench/harness/pagecache.h"
#include "vm/base.h"

enum { FILES_MAX = 200, COUNTS_MAX = 200, NAME_MAX_LEN = 47 };

/* A kind of workload, told by the start of its name: a bit for each row of bars.def. */
typedef enum {
#define WORKLOAD(id, prefix, bytes_min, meaning) WORKLOAD_BIT_##id,
#include "bench/bars.def"
    WORKLOAD_KINDS
} WorkloadBit;
enum {
#define WORKLOAD(id, prefix, bytes_min, meaning) id = 1 << WORKLOAD_BIT_##id,
#include "bench/bars.def"
    OTHER = 1 << WORKLOAD_KINDS,
    EVERYWHERE = 2 * OTHER - 1,
};

typedef struct {
    char name[NAME_MAX_LEN + 1];
    u64 count;
} Count;

typedef struct {
    char path[4200];
    u64 frames;
    Count count[COUNTS_MAX];
    u32 counts;
} Counts;

typedef struct {
    const char *path;
    char name[NAME_MAX_LEN + 1]; /* of the file or folder, without suffix */
    u32 kind;
    u64 bytes_min; /* below it no bar of time holds: process start is too large a part */
    char *file[FILES_MAX];
    u32 files;
    u64 bytes;
    Counts counts, start_counts;
    char start[4200]; /* empty: there is none */
    CacheState cache; /* the worst of its files */
} Workload;

/* Finds the files, reads the counts, and reads the files into the page cache anew.  Ends the program when it cannot. */
void workload_open(Workload *workload, const char *path);
void workload_close(Workload *workload);

u64 counts_find(const Counts *counts, const char *name);

#endif
