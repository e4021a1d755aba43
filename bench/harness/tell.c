/* tell.c - see tell.h. */
#include "bench/harness/tell.h"

static double least_ms(const Contestant *c) { return (double)c->sorted[0] / 1e6; }
static double most_ms(const Contestant *c) { return (double)c->sorted[c->runs - 1] / 1e6; }
static bool is_yardstick(const Contestant *c) { return c->answer == SAYS_FLOOR || c->answer == SAYS_NOTHING; }

/* pktsift at the same work; NULL: nowhere. */
static const Contestant *find_pktsift(const Contest *contest, const Contestant *c)
{
    char name[CONTESTANT_NAME_LEN + 20];

    if (is_yardstick(c) || !*contestant_work(c)) return NULL;
    snprintf(name, sizeof name, "pktsift %s", contestant_work(c));
    return contest_find(contest, name);
}

static void tell_row(const Contest *contest, const Workload *workload, const Contestant *c)
{
    if (c->wrong) {
        printf("  %-24s no time: %s\n", c->name, c->why);
        return;
    }
    double floors = contestant_times_as_long(c, contest_find(contest, "floor"));
    double pktsifts = contestant_times_as_long(c, find_pktsift(contest, c));

    printf("  %-24s %9.1f %9.1f..%-9.1f %8.1f %8.1f %8.2f", c->name, contestant_median_ms(c), least_ms(c), most_ms(c),
           contestant_processor_ms(c), contestant_median_ms(c) * 1e6 / (double)workload->counts.frames, floors);
    if (pktsifts > 0 && !c->pktsift)
        printf(" %8.1f", pktsifts);
    else
        printf(" %8s", "");
    if (c->answer == SAYS_NOTHING || c->any_answer)
        printf(" %12s", "-");
    else
        printf(" %12llu", (unsigned long long)c->expected);
    printf("%s\n", c->scale > 0 ? " (of the beginning; the time is multiplied)" : "");
}

void tell_rows(const Contest *contest, const Workload *workload)
{
    printf("\n%s: %llu frames, %.1f MB, %u file%s; cache: evicted to %.1f %%, read back to %.1f %%; %u rounds\n",
           workload->name, (unsigned long long)workload->counts.frames, (double)workload->bytes / 1e6, workload->files,
           workload->files == 1 ? "" : "s", workload->cache.evicted_to * 100, workload->cache.read_back_to * 100,
           contest->runs);
    printf("  %-24s %9s %9s..%-9s %8s %8s %8s %8s %12s\n", "", "ms", "min", "max", "cpu ms", "ns/frame", "/floor",
           "/pktsift", "count");
    for (u32 i = 0; i < contest->contestants; i++) tell_row(contest, workload, &contest->contestant[i]);
    const Contestant *floor = contest_find(contest, "floor"), *lines = contest_find(contest, "lines");
    if (floor && lines) printf("  the fastest: %s, %s\n", floor->name, lines->name);
}

static void tell_peers_of(const Contest *contest, const Contestant *pktsift)
{
    u32 told = 0;

    for (u32 i = 0; i < contest->contestants; i++) {
        const Contestant *c = &contest->contestant[i];
        if (c->pktsift || c->wrong || find_pktsift(contest, c) != pktsift) continue;
        if (!told++) printf("  | %s | %.0f |", contestant_work(pktsift), contestant_median_ms(pktsift));
        double times = contestant_times_as_long(c, pktsift);
        printf("%s %.*s %s%.0f (%.*f)", told > 1 ? "," : "", (int)strcspn(c->name, " "), c->name,
               c->scale > 0 ? "~" : "", contestant_median_ms(c), times < 10 ? 1 : 0, times);
    }
    if (told) printf(" |\n");
}

void tell_peers(const Contest *contest)
{
    printf("\n  | work | pktsift, ms | peers, ms (times as long as pktsift) |\n  | --- | --- | --- |\n");
    for (u32 i = 0; i < contest->contestants; i++) {
        const Contestant *c = &contest->contestant[i];
        if (c->pktsift && !c->wrong) tell_peers_of(contest, c);
    }
}

static void tell_json_command(const Contestant *c, Json *json)
{
    json_open(json, "command", '[');
    for (u32 i = 0; i < MIN_OF(c->arguments, 12); i++) json_text(json, NULL, c->argv[i]);
    json_close(json, ']');
}

static void tell_json_times(const Contest *contest, const Contestant *c, Json *json)
{
    double pktsifts = contestant_times_as_long(c, find_pktsift(contest, c));

    if (c->scale > 0) json_number(json, "multiplied_by", c->scale);
    json_number(json, "median_ms", contestant_median_ms(c));
    json_number(json, "processor_ms", contestant_processor_ms(c));
    json_number(json, "min_ms", least_ms(c));
    json_number(json, "max_ms", most_ms(c));
    json_number(json, "times_floor", contestant_times_as_long(c, contest_find(contest, "floor")));
    if (pktsifts > 0) json_number(json, "times_pktsift", pktsifts);
    json_open(json, "runs_ns", '[');
    for (u32 run = 0; run < c->runs; run++) json_count(json, NULL, c->ns[run]);
    json_close(json, ']');
}

static void tell_json_row(const Contest *contest, const Contestant *c, Json *json)
{
    json_open(json, NULL, '{');
    json_text(json, "name", c->name);
    tell_json_command(c, json);
    if (c->answer != SAYS_NOTHING && !c->any_answer) json_count(json, "count", c->expected);
    if (c->pktsift) json_count(json, "anonymous_bytes", c->anonymous_bytes);
    if (c->wrong)
        json_text(json, "no_time", c->why);
    else
        tell_json_times(contest, c, json);
    json_close(json, '}');
}

void tell_json(const Contest *contest, const Workload *workload, Json *json)
{
    json_text(json, "name", workload->name);
    json_count(json, "files", workload->files);
    json_count(json, "bytes", workload->bytes);
    json_count(json, "frames", workload->counts.frames);
    json_number(json, "cache_evicted_to", workload->cache.evicted_to);
    json_number(json, "cache_read_back_to", workload->cache.read_back_to);
    json_open(json, "results", '[');
    for (u32 i = 0; i < contest->contestants; i++) tell_json_row(contest, &contest->contestant[i], json);
    json_close(json, ']');
}
