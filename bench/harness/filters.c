/* filters.c - see filters.h. */
#include "bench/harness/filters.h"
#include "bench/harness/fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static char *trim(char *text)
{
    text += strspn(text, " \t");
    for (size_t len = strlen(text); len && strchr(" \t\r\n", text[len - 1]); len--) text[len - 1] = '\0';
    return text;
}

/* Cut `*text` at its first colon; returns the part before. */
static char *cut_at_colon(char **text)
{
    char *start = *text, *colon = strchr(start, ':');

    if (!colon) return NULL;
    *colon = '\0';
    *text = colon + 1;
    return trim(start);
}

static void parse_filter(const char *path, u32 line_number, char *line, Filter *filter)
{
    char *rest = line, *end;
    char *name = cut_at_colon(&rest);
    char *expected = name ? cut_at_colon(&rest) : NULL;

    if (!expected || !*name || strlen(name) > NAME_MAX_LEN || !*trim(rest))
        die("%s:%u: expected `name: expected count: filter`", path, line_number);
    snprintf(filter->name, sizeof filter->name, "%s", name);
    rest = trim(rest);
    filter->text = strcmp(rest, "written") ? strdup(rest) : NULL;
    filter->counted = !strcmp(expected, "counted");
    if (filter->counted) return;
    filter->expected = strtoull(expected, &end, 10);
    if (!*expected || *end) die("%s:%u: expected a count or `counted`, found '%s'", path, line_number, expected);
}

void filters_read(Filters *filters, const char *path)
{
    FILE *file = fopen(path, "r");
    char line[8192];

    if (!file) die("%s: %s", path, strerror(errno));
    for (u32 number = 1; fgets(line, sizeof line, file); number++) {
        char *text = trim(line);
        if (!*text || *text == '#') continue;
        if (filters->filters == FILTERS_MAX) die("%s:%u: more than %d filters", path, number, FILTERS_MAX);
        parse_filter(path, number, text, &filters->filter[filters->filters++]);
    }
    fclose(file);
    if (!filters->filters) die("%s: no filters", path);
}

const Filter *filters_find(const Filters *filters, const char *name)
{
    for (u32 i = 0; i < filters->filters; i++)
        if (!strcmp(filters->filter[i].name, name)) return &filters->filter[i];
    return NULL;
}

u64 filter_expected(const Filter *filter, const Counts *counts)
{
    return filter->counted ? counts_find(counts, filter->name) : filter->expected;
}
