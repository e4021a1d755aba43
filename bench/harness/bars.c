/* bars.c - see bars.h.  Medians decide.  Beside stand the same by the least times, and by the medians of the processor's
 * time: far from the first, they tell of a machine that had other things to do. */
#include "bench/harness/bars.h"

typedef enum { AT_MOST, FASTER, MS_MORE } BarKind;

typedef struct {
    u32 workload;
    const char *contestant;
    BarKind kind;
    double limit;
    const char *other;
} Bar;

static const Bar bars[] = {
#define BAR(workload, contestant, kind, limit, other) {workload, contestant, kind, limit, other},
#include "bench/bars.def"
};

static const u64 MEMORY_MAX = 64 << 20;

bool bars_name(u32 kind, const char *contestant)
{
    for (u32 i = 0; i < COUNT_OF(bars); i++)
        if (bars[i].workload == kind && (!strcmp(bars[i].contestant, contestant) || !strcmp(bars[i].other, contestant)))
            return true;
    return false;
}

/* The same comparison, three times: by median, least, and processor time. */
typedef struct {
    double median, least, processor;
} Found;

static bool say(Json *json, bool met, const char *what, const Found *found)
{
    printf("  bar: %-68s %8.2f  %s", what, found->median, met ? "met" : "MISSED");
    if (found->least > 0) printf(" (by least times %.2f, processor time %.2f)", found->least, found->processor);
    putchar('\n');
    if (!json->file) return met;
    json_open(json, NULL, '{');
    json_text(json, "bar", what);
    json_number(json, "found", found->median);
    if (found->least > 0) {
        json_number(json, "by_least_times", found->least);
        json_number(json, "by_processor_time", found->processor);
    }
    json_flag(json, "met", met);
    json_close(json, '}');
    return met;
}

static bool check_memory(const Contest *contest, Json *json)
{
    const Contestant *most = NULL;
    char what[200];

    for (u32 i = 0; i < contest->contestants; i++) {
        const Contestant *c = &contest->contestant[i];
        if (c->pktsift && (!most || c->anonymous_bytes > most->anonymous_bytes)) most = c;
    }
    if (!most) return true;
    snprintf(what, sizeof what, "MB outside the mapping, at most %llu (%s)", (unsigned long long)(MEMORY_MAX >> 20),
             most->name);
    const Found found = {.median = (double)most->anonymous_bytes / (1 << 20)};
    return say(json, most->anonymous_bytes <= MEMORY_MAX, what, &found);
}

static double compare(BarKind kind, double contestant, double other)
{
    switch (kind) {
    case AT_MOST: return contestant / other;
    case FASTER: return other / contestant;
    case MS_MORE: return contestant - other;
    }
    return 0;
}

static bool check_bar(const Contest *contest, const Bar *bar, Json *json)
{
    static const char *const words[] = {[AT_MOST] = "at most %g times %s",
                                        [FASTER] = "at least %g times as fast as %s",
                                        [MS_MORE] = "at most %g ms more than %s"};
    const Contestant *c = contest_find(contest, bar->contestant), *other = contest_find(contest, bar->other);
    char limit[100], what[300];

    snprintf(limit, sizeof limit, words[bar->kind], bar->limit, other ? other->name : bar->other);
    snprintf(what, sizeof what, "%s, %s", bar->contestant, limit);
    Found found = {0};
    if (!c || !other || c->wrong || other->wrong) return say(json, false, what, &found);
    found.median = compare(bar->kind, contestant_median_ms(c), contestant_median_ms(other));
    found.least = compare(bar->kind, (double)c->sorted[0] / 1e6, (double)other->sorted[0] / 1e6);
    found.processor = compare(bar->kind, contestant_processor_ms(c), contestant_processor_ms(other));
    return say(json, bar->kind == FASTER ? found.median >= bar->limit : found.median <= bar->limit, what, &found);
}

bool bars_check(const Contest *contest, const Workload *workload, Json *json)
{
    bool met = true;

    if (json->file) json_open(json, "bars", '[');
    met &= check_memory(contest, json);
    if (workload->bytes < workload->bytes_min) printf("  no bar of time is for a capture of this name and size\n");
    for (u32 i = 0; i < COUNT_OF(bars); i++)
        if (bars[i].workload == workload->kind && workload->bytes >= workload->bytes_min)
            met &= check_bar(contest, &bars[i], json);
    if (json->file) json_close(json, ']');
    return met;
}
