/* workload.h - a capture for `bench` to measure with when it is given none: made on the spot, always the same.
 *
 * Always true: it has no name in any folder, so nothing of it is left, however the process ends. */
#ifndef CLI_WORKLOAD_H
#define CLI_WORKLOAD_H

#include <stdbool.h>

typedef struct {
    int fd;        /* -1: none */
    char path[40]; /* to be opened like a file */
} Workload;

extern const char workload_meaning[]; /* what is in it, in words */

/* false: said why. */
bool workload_make(Workload *workload);
void workload_free(Workload *workload);

#endif
