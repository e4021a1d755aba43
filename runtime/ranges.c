/* ranges.c - see ranges.h. */
#include "runtime/ranges.h"

#include <stdlib.h>

enum { SHOWN_MAX = 12 };

static bool make_room(Ranges *ranges)
{
    u64 room = MAX_OF(2 * ranges->room, 16u);

    if (ranges->count < ranges->room) return true;
    Range *more = ranges->count < RANGES_MAX ? realloc(ranges->at, room * sizeof *more) : NULL;
    if (!more) return false;
    ranges->at = more;
    ranges->room = room;
    return true;
}

void ranges_add(Ranges *ranges, u64 low, u64 high)
{
    Range *last = ranges->count ? &ranges->at[ranges->count - 1] : NULL;

    if (last && low <= last->high + 1)
        last->high = MAX_OF(last->high, high);
    else if (make_room(ranges))
        ranges->at[ranges->count++] = (Range){low, high};
    else
        ranges->full = true;
}

static int by_low(const void *a, const void *b)
{
    u64 x = (*(const FrameRange *const *)a)->low, y = (*(const FrameRange *const *)b)->low;

    return (x > y) - (x < y);
}

Ranges ranges_listed(const FrameRange *list)
{
    Ranges ranges = {0};
    size_t count = 0, i = 0;

    for (const FrameRange *range = list; range; range = range->next) count++;
    const FrameRange **sorted = calloc(count + 1, sizeof *sorted);
    ranges.full = !sorted;
    if (!sorted) return ranges;
    for (; list; list = list->next) sorted[i++] = list;
    qsort(sorted, count, sizeof *sorted, by_low);
    for (i = 0; i < count; i++) ranges_add(&ranges, sorted[i]->low, sorted[i]->high);
    free(sorted);
    return ranges;
}

Ranges ranges_less(const Ranges *from, const Ranges *less)
{
    Ranges rest = {.full = from->full || less->full};

    for (u64 i = 0, j = 0; i < from->count; i++) {
        u64 at = from->at[i].low, high = from->at[i].high;
        while (j < less->count && less->at[j].high < at) j++;
        for (u64 k = j; at <= high && k < less->count && less->at[k].low <= high; k++) {
            if (less->at[k].low > at) ranges_add(&rest, at, less->at[k].low - 1);
            at = less->at[k].high + 1;
        }
        if (at <= high) ranges_add(&rest, at, high);
    }
    return rest;
}

void ranges_say(Text *text, const Ranges *ranges)
{
    u64 shown = MIN_OF(ranges->count, (u64)SHOWN_MAX);

    for (u64 i = 0; i < shown; i++) {
        unsigned long long low = ranges->at[i].low, high = ranges->at[i].high;
        text_print(text, "%s%llu", i ? ", " : "", low);
        if (high > low) text_print(text, high == low + 1 ? ", %llu" : "..%llu", high);
    }
    if (ranges->count > shown || ranges->full) text_print(text, ", ...");
    if (ranges->count == 0) text_print(text, "none");
}
