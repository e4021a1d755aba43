/* pagecache.h - a file thrown out of the page cache, or brought into it: what `bench` means by cold and warm. */
#ifndef CLI_PAGECACHE_H
#define CLI_PAGECACHE_H

#include <stdbool.h>

/* *stayed: the part that is in the cache all the same, 0 to 1.  false: errno says why. */
bool pagecache_evict(int fd, double *stayed);
/* Reads all of it from front to end, in large pieces, whatever happens: that is how it lies in the cache afterwards, and one
 * that came in by faults, or was written in small pieces, costs several times the page faults. */
void pagecache_read(int fd);

#endif
