/* ranges.h - sets of frame numbers, as a test expects and finds them.
 *
 * Always true: ranges are in order, and none touches the next; at most RANGES_MAX are kept, and `full` says that some were
 * not, or that memory was short. */
#ifndef RUNTIME_RANGES_H
#define RUNTIME_RANGES_H

#include "grammar/file.h"
#include "grammar/text.h"

enum { RANGES_MAX = 1 << 20 };

typedef struct {
    u64 low, high;
} Range;

/* Starts as {0}; ends with free(at). */
typedef struct {
    Range *at;
    u64 count, room;
    bool full;
} Ranges;

/* Numbers come in ascending order; they may overlap those before. */
void ranges_add(Ranges *ranges, u64 low, u64 high);
/* As a test lists them: in any order. */
Ranges ranges_listed(const FrameRange *list);
/* Those of `from` that are not in `less`. */
Ranges ranges_less(const Ranges *from, const Ranges *less);
/* "1, 4..6", cut where there are many; "none". */
void ranges_say(Text *text, const Ranges *ranges);

#endif
