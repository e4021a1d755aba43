/* profiletable.c - see profiletable.h. */
#include "runtime/cli/profiletable.h"

#include <stdlib.h>
#include <string.h>

/* All columns but the line's own text are as wide as the largest number needs. */
typedef struct {
    const pks_profile *profile;
    pks_counts all;
    int width;
    Text *line;
} Table;

static double share(uint64_t part, uint64_t whole) { return whole ? 100.0 * (double)part / (double)whole : 0; }

static double per_frame(const pks_counts *counts)
{
    return counts->frames_in ? (double)counts->ns / (double)counts->frames_in : 0;
}

static void print_right(Text *line, int width, uint64_t number)
{
    Text grouped = {0};
    text_grouped(&grouped, number);
    text_format(line, "%*s", width, grouped.at);
    text_free(&grouped);
}

static void print_counts(Table *table, const pks_counts *counts)
{
    print_right(table->line, table->width, counts->runs);
    print_right(table->line, table->width + 2, counts->frames_in);
    print_right(table->line, table->width + 2, counts->frames_out);
    if (counts->frames_out <= counts->frames_in)
        text_format(table->line, "%8.2f %%", share(counts->frames_out, counts->frames_in));
    else /* what adds to an answer ends with more than it began with */
        text_format(table->line, "%10s", "");
    text_format(table->line, "%7.1f %%%10.2f  ", share(counts->ns, table->all.ns), per_frame(counts));
}

static void print_columns(Table *table, const char *what)
{
    text_format(table->line, "%*s%*s%*s%10s%9s%10s  %s\n", table->width, "runs", table->width + 2, "frames in",
                table->width + 2, "frames out", "pass", "time", "ns/frame", what);
}

static void print_table(Table *table, const pks_filter *filter, pks_stage stage, const char *name)
{
    const char *text = pks_explain(filter, stage);
    pks_counts counts;
    if (!*text) return;
    text_string(table->line, "\n");
    print_columns(table, name);
    for (size_t number = 0; *text; number++) {
        size_t length = strcspn(text, "\n");
        if (pks_profile_line(table->profile, stage, number, &counts)) {
            print_counts(table, &counts);
            text_safe(table->line, text, length);
            text_string(table->line, "\n");
        }
        text += length + (text[length] == '\n');
    }
}

typedef struct {
    const char *name;
    pks_counts counts;
} Opcode;

enum { OPCODES_MAX = 256 }; /* an opcode is a byte */

static int by_time(const void *a, const void *b)
{
    uint64_t one = ((const Opcode *)a)->counts.ns, other = ((const Opcode *)b)->counts.ns;
    return (one < other) - (one > other);
}

/* Those that ran, the dearest first; returns how many. */
static size_t opcodes_of(const pks_profile *profile, Opcode opcodes[OPCODES_MAX])
{
    size_t count = 0;
    Opcode next;
    for (size_t i = 0; count < OPCODES_MAX && pks_profile_opcode(profile, i, &next.name, &next.counts); i++)
        if (next.counts.runs) opcodes[count++] = next;
    qsort(opcodes, count, sizeof *opcodes, by_time);
    return count;
}

static void print_opcodes(Table *table)
{
    Opcode opcodes[OPCODES_MAX] = {0};
    size_t count = opcodes_of(table->profile, opcodes);
    text_string(table->line, "\n");
    print_columns(table, "opcodes");
    for (size_t i = 0; i < count; i++) {
        print_counts(table, &opcodes[i].counts);
        text_format(table->line, "%s\n", opcodes[i].name);
    }
}

void profile_tables(Text *text, const pks_filter *filter, const pks_profile *profile)
{
    Table table = {.profile = profile, .line = text};
    Text widest = {0};
    uint64_t reading_ns;
    pks_profile_sum(profile, &table.all, &reading_ns);
    text_grouped(&widest, table.all.frames_in);
    table.width = widest.length < 10 ? 10 : (int)widest.length;
    text_free(&widest);
    text_grouped(text, table.all.frames_out);
    text_string(text, " of ");
    text_grouped(text, table.all.frames_in);
    text_format(text, " frames; the filter took %.2f ns a frame, reading %.2f\n", per_frame(&table.all),
                table.all.frames_in ? (double)reading_ns / (double)table.all.frames_in : 0);
    print_table(&table, filter, PKS_PLAN, "plan");
    print_table(&table, filter, PKS_CODE, "code");
    print_opcodes(&table);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

/* One row of counts, with what they are of. */
static void json_counts(Text *line, const pks_counts *counts, const char *text, size_t length)
{
    text_format(line, "{\"runs\":%llu,\"in\":%llu,\"out\":%llu,\"ns\":%llu", (unsigned long long)counts->runs,
                (unsigned long long)counts->frames_in, (unsigned long long)counts->frames_out,
                (unsigned long long)counts->ns);
    if (text) text_string(line, ",\"line\":");
    if (text) text_json(line, text, length);
    text_string(line, "}");
}

static void json_lines(Text *line, const pks_filter *filter, const pks_profile *profile, pks_stage stage,
                       const char *key)
{
    const char *text = pks_explain(filter, stage);
    bool any = false;
    pks_counts counts;
    text_format(line, ",\"%s\":[", key);
    for (size_t number = 0; *text; number++) {
        size_t length = strcspn(text, "\n");
        if (pks_profile_line(profile, stage, number, &counts)) {
            if (any) text_string(line, ",");
            json_counts(line, &counts, text, length);
            any = true;
        }
        text += length + (text[length] == '\n');
    }
    text_string(line, "]");
}

static void json_opcodes(Text *line, const pks_profile *profile)
{
    Opcode opcodes[OPCODES_MAX] = {0};
    size_t count = opcodes_of(profile, opcodes);
    text_string(line, ",\"opcodes\":[");
    for (size_t i = 0; i < count; i++) {
        if (i) text_string(line, ",");
        json_counts(line, &opcodes[i].counts, opcodes[i].name, strlen(opcodes[i].name));
    }
    text_string(line, "]");
}

void profile_json(Text *line, const pks_filter *filter, const pks_profile *profile)
{
    pks_counts all;
    uint64_t reading_ns;
    pks_profile_sum(profile, &all, &reading_ns);
    text_string(line, "\"profile\":{\"filter\":");
    json_counts(line, &all, NULL, 0);
    text_format(line, ",\"reading_ns\":%llu", (unsigned long long)reading_ns);
    json_lines(line, filter, profile, PKS_PLAN, "plan");
    json_lines(line, filter, profile, PKS_CODE, "code");
    json_opcodes(line, profile);
    text_string(line, "}");
}
