/* pagecache.h - put a file into the page cache in a known way.
 *
 * A file written in small pieces lies in the cache as single pages, one read in by readahead in large folios, and the
 * page faults of the first cost several times those of the second.  So a benchmark evicts its files and reads them
 * back before it measures. */
#ifndef BENCH_HARNESS_PAGECACHE_H
#define BENCH_HARNESS_PAGECACHE_H

#include "vm/base.h"

/* Parts of the file in the cache, 0 to 1, after evicting and after reading back. */
typedef struct {
    double evicted_to, read_back_to;
} CacheState;

/* False with errno set when the file cannot be opened, read or asked about. */
bool pagecache_reread(const char *path, CacheState *state);

#endif
