/* benchtell.c - see bench.h.  Medians are told, with the interval that they lie in; where that is too wide to tell anything
 * by, that is told too. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/bench.h"
#include "runtime/cli/profiletable.h"
#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"

static const double NOISY = 0.05; /* an interval of more than +- 5 % tells little */

enum { ROUNDS_WITH_INTERVAL = 6 };

/* One filter held against another, or against its earlier self. */
typedef struct {
    const char *with; /* NULL: nothing to hold it against */
    bool by_floor;    /* what is compared is times the floor, of two runs */
    Spread ratio;
    Verdict verdict;
} Comparison;

static const char *const verdict_word[] = {[VERDICT_FASTER] = "faster",
                                           [VERDICT_NO_SLOWER] = "not-slower",
                                           [VERDICT_SLOWER] = "slower",
                                           [VERDICT_UNKNOWN] = "cannot-tell"};

typedef struct {
    Spread ns;     /* a scan */
    Spread floors; /* times the floor; of the floor 1 */
    double least, most, frames, bytes;
    bool noisy;
} Figures;

static Figures figures_of(const Bench *bench, const Contestant *contestant)
{
    size_t rounds = bench_rounds(bench, contestant);
    Figures figures = {.ns = spread_of(contestant->ns, rounds),
                       .floors = spread_of_pairs(contestant->ns, bench_floor(bench, contestant->cold)->ns, rounds),
                       .least = contestant->ns[0],
                       .most = contestant->ns[0],
                       .frames = (double)pks_floor_frames(bench->floor),
                       .bytes = (double)bench->bytes};
    for (size_t i = 1; i < rounds; i++) {
        if (contestant->ns[i] < figures.least) figures.least = contestant->ns[i];
        if (contestant->ns[i] > figures.most) figures.most = contestant->ns[i];
    }
    figures.noisy = !figures.ns.known || spread_width(&figures.ns) > NOISY;
    return figures;
}

/* -- comparing ------------------------------------------------------------------------------------------------------- */

static const Contestant *contestant_of(const Bench *bench, const Subject *subject)
{
    for (size_t i = 0; i < bench->contestants; i++)
        if (bench->contestant[i].subject == subject && !bench->contestant[i].cold) return &bench->contestant[i];
    return NULL;
}

static bool same_frames(const Bench *bench, const Contestant *contestant, const Earlier *earlier)
{
    const Subject *subject = contestant->subject;
    if (subject->frames == earlier->frames && subject->matched == earlier->matched) return true;
    say_error("%s: %" PRIu64 " of %" PRIu64 " frames here, %" PRIu64 " of %" PRIu64
              " in %s: those times are of something else",
              subject->name, subject->matched, subject->frames, earlier->matched, earlier->frames,
              bench->options->compare);
    return false;
}

static double width_of(const double *ns, size_t rounds)
{
    Spread spread = spread_of(ns, rounds);
    return spread.known ? spread_width(&spread) : 0;
}

/* Whatever makes a run vary need not slow down its floor as much as its filter.  The rounds of two runs cannot show that, so
 * how far they vary is added to the interval. */
static void widen(Spread *ratio, double by)
{
    if (by <= NOISY) return;
    ratio->low /= 1 + by;
    ratio->high *= 1 + by;
}

/* Times the floor of their own runs are compared: a slower machine, or hour, is slower for the floor as well. */
static bool compare_earlier(const Bench *bench, const Contestant *contestant, const Earlier *earlier,
                            Comparison *comparison)
{
    enum { MOST = 1000 };
    double here[MOST], there[MOST];
    size_t rounds = bench->rounds < MOST ? bench->rounds : MOST,
           rounds_there = earlier->rounds < MOST ? earlier->rounds : MOST;
    const double *floor = bench_floor(bench, false)->ns;
    if (!same_frames(bench, contestant, earlier)) return false;
    for (size_t i = 0; i < rounds; i++) here[i] = contestant->ns[i] / floor[i];
    for (size_t i = 0; i < rounds_there; i++) there[i] = earlier->ns[i] / earlier->floor_ns[i];
    comparison->with = bench->options->compare;
    comparison->by_floor = true;
    comparison->ratio = spread_of_ratios(here, rounds, there, rounds_there);
    widen(&comparison->ratio, width_of(contestant->ns, rounds) + width_of(floor, rounds) +
                                  width_of(earlier->ns, rounds_there) + width_of(earlier->floor_ns, rounds_there));
    return true;
}

static bool compare(const Bench *bench, const Contestant *contestant, Comparison *comparison)
{
    *comparison = (Comparison){0};
    if (contestant->kind != BENCH_FILTER || contestant != contestant_of(bench, contestant->subject)) return true;
    if (bench->base) {
        comparison->with = bench->base->name;
        comparison->ratio = spread_of_pairs(contestant->ns, contestant_of(bench, bench->base)->ns, bench->rounds);
    } else if (bench->earlier) {
        const Earlier *earlier = benchfile_find(bench->earlier, contestant->subject->name, contestant->threads);
        if (earlier && !compare_earlier(bench, contestant, earlier, comparison)) return false;
    }
    comparison->verdict = spread_verdict(&comparison->ratio, bench->threshold);
    return true;
}

static void say_verdict(const Bench *bench, const Comparison *comparison, Text *text)
{
    const Spread *ratio = &comparison->ratio;
    if (!ratio->known) {
        text_string(text, "cannot tell: too few rounds for an interval");
        return;
    }
    switch (comparison->verdict) {
    case VERDICT_SLOWER: text_format(text, "slower than the threshold of %g", bench->threshold); return;
    case VERDICT_FASTER: text_string(text, "faster"); return;
    case VERDICT_NO_SLOWER: text_format(text, "not slower than the threshold of %g", bench->threshold); return;
    case VERDICT_UNKNOWN:
        text_format(text, "cannot tell: the threshold of %g lies in the interval; more --rounds, or a quieter machine",
                    bench->threshold);
        return;
    }
}

static void add_comparison(const Bench *bench, const Contestant *contestant, const Comparison *comparison, Text *text)
{
    if (!comparison->with) return;
    const char *name = contestant->subject->name;
    text_safe(text, name, strlen(name));
    text_format(text, ": %.3f times as long as ", comparison->ratio.middle);
    text_string(text, comparison->by_floor ? "in " : "");
    text_safe(text, comparison->with, strlen(comparison->with));
    text_format(text, "%s, 95 %% interval %.3f to %.3f: ", comparison->by_floor ? ", both by their floors" : "",
                comparison->ratio.low, comparison->ratio.high);
    say_verdict(bench, comparison, text);
    text_string(text, "\n");
}

/* -- the table ------------------------------------------------------------------------------------------------------- */

static void add_count(Text *text, uint64_t number, const char *one, const char *many)
{
    text_grouped(text, number);
    text_format(text, " %s", number == 1 ? one : many);
}

static void add_heading(const Bench *bench, Text *text, bool cold)
{
    unsigned threads = bench->contestant[1].threads;
    if (bench->workload.fd >= 0) text_format(text, "%s: ", workload_meaning);
    add_count(text, pks_floor_frames(bench->floor), "frame", "frames");
    text_string(text, ", ");
    text_size(text, bench->bytes);
    text_string(text, " in ");
    add_count(text, bench->files, "file", "files");
    text_format(text, "; page cache %s; ", cold ? "cold" : "warm");
    add_count(text, cold ? bench->cold_rounds : bench->rounds, "round", "rounds");
    text_string(text, ", ");
    add_count(text, threads, "thread", "threads");
    text_format(text, "\n%10s %21s %8s %9s %10s %8s %7s %12s\n", "ms", "least..most", "+-", "ns/frame", "Mframes/s",
                "GB/s", "floors", "matched");
}

static void add_name(const Bench *bench, const Contestant *contestant, Text *text)
{
    const char *name = contestant->subject ? contestant->subject->name : "(the floor)";
    const Contestant *first = contestant->subject ? contestant_of(bench, contestant->subject) : NULL;
    text_safe(text, name, strlen(name));
    if (!first || contestant->cold || first == contestant) return;
    Spread times = spread_of_pairs(first->ns, contestant->ns, bench->rounds);
    text_format(text, "  [%u %s: %.2f times as fast]", contestant->threads,
                contestant->threads == 1 ? "thread" : "threads", times.middle);
}

static void add_row(const Bench *bench, const Contestant *contestant, Text *text)
{
    Figures figures = figures_of(bench, contestant);
    Text range = {0}, matched = {0}, width = {0};
    double ms = figures.ns.middle / 1e6;
    int digits = ms < 10 ? 3 : ms < 1000 ? 2 : 0;
    text_format(&range, "%.*f..%.*f", digits, figures.least / 1e6, digits, figures.most / 1e6);
    if (contestant->subject)
        text_grouped(&matched, contestant->subject->matched);
    else
        text_string(&matched, "-");
    if (figures.ns.known)
        text_format(&width, "%.1f %%", 100 * spread_width(&figures.ns));
    else
        text_string(&width, "?");
    text_format(text, "%10.*f %21s %8s %9.2f %10.2f %8.2f %7.2f %12s  ", digits, ms, range.at, width.at,
                figures.ns.middle / figures.frames, figures.frames * 1e3 / figures.ns.middle,
                figures.bytes / figures.ns.middle, figures.floors.middle, matched.at);
    add_name(bench, contestant, text);
    text_string(text, "\n");
    text_free(&range);
    text_free(&width);
    text_free(&matched);
}

static void add_table(const Bench *bench, Text *text, bool cold)
{
    add_heading(bench, text, cold);
    for (size_t i = 0; i < bench->contestants; i++)
        if (bench->contestant[i].cold == cold) add_row(bench, &bench->contestant[i], text);
}

static void add_noise(const Bench *bench, Text *text)
{
    for (size_t i = 0; i < bench->contestants; i++) {
        const Contestant *contestant = &bench->contestant[i];
        Figures figures = figures_of(bench, contestant);
        if (!figures.noisy || !figures.ns.known) continue;
        text_string(text, "runs vary too much to tell: ");
        add_name(bench, contestant, text);
        text_format(text, "%s took %.2f to %.2f ns a frame\n", contestant->cold ? ", cold," : "",
                    figures.ns.low / figures.frames, figures.ns.high / figures.frames);
    }
    if (bench->rounds < ROUNDS_WITH_INTERVAL)
        text_format(text, "%zu %s too few to tell how far times vary: 6 have an interval\n", bench->rounds,
                    bench->rounds == 1 ? "round is" : "rounds are");
}

/* -- JSON ------------------------------------------------------------------------------------------------------------ */

static void json_string(Text *line, const char *key, const char *value)
{
    text_format(line, ",\"%s\":", key);
    text_json(line, value, strlen(value));
}

static void json_rounds(Text *line, const char *key, const double *ns, size_t rounds)
{
    text_format(line, ",\"%s\":[", key);
    for (size_t i = 0; i < rounds; i++) text_format(line, "%s%.0f", i ? "," : "", ns[i]);
    text_string(line, "]");
}

static void json_comparison(const Bench *bench, Text *line, const Comparison *comparison)
{
    if (!comparison->with) return;
    text_string(line, ",\"compare\":{\"with\":");
    text_json(line, comparison->with, strlen(comparison->with));
    text_format(line,
                ",\"by_floor\":%s,\"ratio\":%.4f,\"low\":%.4f,\"high\":%.4f,\"threshold\":%.4f,\"verdict\":\"%s\"}",
                comparison->by_floor ? "true" : "false", comparison->ratio.middle, comparison->ratio.low,
                comparison->ratio.high, bench->threshold, verdict_word[comparison->verdict]);
}

static void json_figures(Text *line, const Figures *figures)
{
    text_format(line, ",\"ns_per_frame\":%.3f,\"ns_per_frame_low\":%.3f,\"ns_per_frame_high\":%.3f",
                figures->ns.middle / figures->frames, figures->ns.low / figures->frames,
                figures->ns.high / figures->frames);
    text_format(line,
                ",\"frames_per_second\":%.0f,\"gb_per_second\":%.3f,\"times_floor\":%.3f,"
                "\"times_floor_low\":%.3f,\"times_floor_high\":%.3f",
                figures->frames * 1e9 / figures->ns.middle, figures->bytes / figures->ns.middle, figures->floors.middle,
                figures->floors.low, figures->floors.high);
    text_format(line, ",\"median_ns\":%.0f,\"least_ns\":%.0f,\"most_ns\":%.0f,\"noisy\":%s", figures->ns.middle,
                figures->least, figures->most, figures->noisy ? "true" : "false");
}

static void json_row(const Bench *bench, const Contestant *contestant, const Comparison *comparison, Text *line)
{
    const Subject *subject = contestant->subject;
    const Contestant *floor = bench_floor(bench, contestant->cold);
    Figures figures = figures_of(bench, contestant);
    size_t rounds = bench_rounds(bench, contestant);
    Text machine = {0};
    text_string(line, "{\"filter\":");
    text_json(line, subject->name, strlen(subject->name));
    text_format(line, ",\"frames\":%" PRIu64 ",\"matched\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"files\":%" PRIu64,
                subject->frames, subject->matched, bench->bytes, bench->files);
    if (bench->workload.fd >= 0) json_string(line, "workload", workload_meaning);
    text_format(line, ",\"threads\":%u,\"cache\":\"%s\",\"rounds\":%zu", contestant->threads,
                contestant->cold ? "cold" : "warm", rounds);
    json_figures(line, &figures);
    json_comparison(bench, line, comparison);
    json_rounds(line, "rounds_ns", contestant->ns, rounds);
    json_rounds(line, "floor_rounds_ns", floor->ns, rounds);
    bench_machine(&machine);
    json_string(line, "machine", machine.at);
    json_string(line, "version", pks_version());
    text_free(&machine);
}

/* -- all of it ------------------------------------------------------------------------------------------------------- */

void bench_machine(Text *text)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (!colon || !colon[1] || strncmp(line, "model name", 10) != 0) continue;
        text_safe(text, colon + 2, strcspn(colon + 2, "\n"));
        text_string(text, ", ");
        break;
    }
    if (file) fclose(file);
    text_format(text, "%ld cores", sysconf(_SC_NPROCESSORS_ONLN));
}

/* What a reader of the figures must know, and a script need not. */
static void say_notes(const Bench *bench)
{
    const Subject *base = bench->base;
    enum { SMALL = 1000000 };
    if (bench->bytes < SMALL) say_note("so small a capture tells mostly what opening files and starting a scan takes");
    if (bench->cold_rounds && bench->stayed > 0.1)
        say_warning("%.0f %% of a file stayed in the page cache: what is called cold is not", bench->stayed * 100);
    for (size_t i = 0; base && i < bench->subjects; i++)
        if (bench->subject[i].matched != base->matched)
            say_note("%s and %s do not match the same frames", bench->subject[i].name, base->name);
    for (size_t i = 0; bench->earlier && i < bench->subjects; i++)
        if (!benchfile_find(bench->earlier, bench->subject[i].name, bench->contestant[1].threads))
            say_note("%s: not in %s with the same -j, and so not compared", bench->subject[i].name,
                     bench->options->compare);
}

static void say_other_machine(const Bench *bench)
{
    Text machine = {0};
    bench_machine(&machine);
    for (size_t i = 0; bench->earlier && i < bench->subjects; i++) {
        const Earlier *earlier = benchfile_find(bench->earlier, bench->subject[i].name, bench->contestant[1].threads);
        if (!earlier || strcmp(earlier->machine, machine.at) == 0) continue;
        say_note("%s was measured on another machine: %s", bench->options->compare, earlier->machine);
        break;
    }
    text_free(&machine);
}

/* Profiles of the filters, on their own or in a row of JSON. */
static bool add_profile(Bench *bench, const Subject *subject, Text *text)
{
    pks_profile *profile = bench_profile(bench, subject);
    if (!profile) return false;
    if (bench->options->json) {
        text_string(text, ",");
        profile_json(text, subject->filter, profile);
    } else {
        text_string(text, "\n");
        text_safe(text, subject->name, strlen(subject->name));
        text_string(text, ": ");
        profile_tables(text, subject->filter, profile);
    }
    pks_profile_free(profile);
    return true;
}

static bool tell_json(Bench *bench, const Comparison *comparison, Text *text)
{
    for (size_t i = 0; i < bench->contestants; i++) {
        const Contestant *contestant = &bench->contestant[i];
        if (!contestant->subject) continue;
        bool profile = bench->options->profile && contestant->kind == BENCH_FILTER &&
                       contestant == contestant_of(bench, contestant->subject);
        json_row(bench, contestant, &comparison[i], text);
        if (profile && !add_profile(bench, contestant->subject, text)) return false;
        text_string(text, "}\n");
    }
    return true;
}

static bool tell_text(Bench *bench, const Comparison *comparison, Text *text)
{
    add_table(bench, text, false);
    if (bench->cold_rounds) {
        text_string(text, "\n");
        add_table(bench, text, true);
    }
    bool any = false;
    for (size_t i = 0; i < bench->contestants; i++) any |= comparison[i].with != NULL;
    add_noise(bench, text);
    if (any) text_string(text, "\n");
    for (size_t i = 0; i < bench->contestants; i++) add_comparison(bench, &bench->contestant[i], &comparison[i], text);
    for (size_t i = 0; bench->options->profile && i < bench->subjects; i++)
        if (!add_profile(bench, &bench->subject[i], text)) return false;
    return true;
}

bool bench_tell(Bench *bench, bool *slower)
{
    Comparison *comparison = calloc(bench->contestants, sizeof *comparison);
    Text text = {0};
    bool good = comparison != NULL, compared = !bench->earlier;
    if (!good) die("out of memory");
    *slower = false;
    for (size_t i = 0; good && i < bench->contestants; i++) {
        good = compare(bench, &bench->contestant[i], &comparison[i]);
        compared |= comparison[i].with != NULL;
        *slower |= comparison[i].with && comparison[i].verdict == VERDICT_SLOWER;
    }
    if (good && !compared) {
        say_error("%s has no result for any of these filters with -j %u", bench->options->compare,
                  bench->contestant[1].threads);
        good = false;
    }
    if (good) good = bench->options->json ? tell_json(bench, comparison, &text) : tell_text(bench, comparison, &text);
    if (good && !talk.quiet && text.length) stdout_write(text.at, text.length, false);
    if (good) {
        say_notes(bench);
        say_other_machine(bench);
    }
    text_free(&text);
    free(comparison);
    return stdout_flush() && good;
}
