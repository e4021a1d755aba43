/* coverage.c - see coverage.h. */
#include "runtime/coverage.h"

#include <stdlib.h>

#include "grammar/text.h"
#include "runtime/filter.h"

enum { TEXT_SHOWN_MAX = 120 }; /* characters of a comparison's own text */

struct CoveredPlace {
    const char *file, *text;
    Place at;
    u64 yes, no;
};
typedef struct CoveredPlace CoveredPlace;

const char *source_line(Arena *arena, const Source *source, Span span, u32 most)
{
    Text text = {.arena = arena};
    u32 shown = 0;
    bool blank = false;

    for (size_t at = 0; at < span.len;) {
        size_t from = at;
        u32 rune = rune_next(source->text + span.at, span.len, &at);
        if (rune == ' ' || rune == '\t' || rune == '\r' || rune == '\n') {
            blank = true;
            continue;
        }
        if (shown >= most) {
            text_add(&text, "...", 3);
            break;
        }
        if (blank) text_add(&text, " ", 1);
        if (rune_is_shown(rune))
            text_add(&text, source->text + span.at + from, at - from);
        else
            text_add(&text, "?", 1);
        shown += 1 + blank;
        blank = false;
    }
    return text_str(&text);
}

/* -- what is measured ----------------------------------------------------------------------------------------------- */

Measured *measured_new(Modules *set, Decl *filter)
{
    Comparison *found = NULL;
    u32 count = module_comparisons(set, filter, &found), kept = 0;
    Measured *measured = calloc((size_t)count + 1, sizeof *measured);

    for (u32 i = 0; i < count; i++) {
        pks_filter *one = measured ? filter_of(found[i].program, NULL) : NULL;
        if (one) measured[kept++] = (Measured){.span = found[i].span, .filter = one};
        if (!measured) program_free(found[i].program);
    }
    return measured;
}

Measured *measured_copy(const Measured *measured)
{
    size_t count = 1;

    while (measured[count - 1].filter) count++;
    Measured *copy = calloc(count, sizeof *copy);
    if (copy) memcpy(copy, measured, count * sizeof *copy);
    return copy;
}

void measured_free(Measured *measured)
{
    for (Measured *m = measured; m && m->filter; m++) pks_filter_free(m->filter);
    free(measured);
}

/* -- what was seen -------------------------------------------------------------------------------------------------- */

static CoveredPlace *add_place(Coverage *coverage)
{
    if (coverage->count == coverage->room) {
        size_t room = MAX_OF(2 * coverage->room, (size_t)64);
        CoveredPlace *more = realloc(coverage->place, room * sizeof *more);
        if (!more) return NULL;
        coverage->place = more;
        coverage->room = room;
    }
    return &coverage->place[coverage->count++];
}

void coverage_add(Coverage *coverage, const Source *source, const Measured *measured)
{
    for (const Measured *m = measured; m->filter; m++) {
        CoveredPlace *place = add_place(coverage);
        const char *file = source_part(source, m->span.at).name;
        if (!place) return;
        *place = (CoveredPlace){.file = arena_copy(&coverage->arena, file, strlen(file)),
                                .text = source_line(&coverage->arena, source, m->span, TEXT_SHOWN_MAX),
                                .at = source_place(source, m->span.at),
                                .yes = m->yes,
                                .no = m->no};
    }
}

static int by_place(const void *a, const void *b)
{
    const CoveredPlace *x = a, *y = b;
    int order = strcmp(x->file, y->file);

    if (order == 0) order = (x->at.line > y->at.line) - (x->at.line < y->at.line);
    if (order == 0) order = (x->at.column > y->at.column) - (x->at.column < y->at.column);
    return order ? order : strcmp(x->text, y->text);
}

void coverage_tell(Coverage *coverage, const pks_test_options *options, pks_test_totals *totals)
{
    CoveredPlace *place = coverage->place;

    if (coverage->count) qsort(place, coverage->count, sizeof *place, by_place);
    for (size_t i = 0, next; i < coverage->count; i = next) {
        for (next = i + 1; next < coverage->count && by_place(&place[i], &place[next]) == 0; next++) {
            place[i].yes += place[next].yes;
            place[i].no += place[next].no;
        }
        totals->comparisons++;
        totals->covered += place[i].yes > 0 && place[i].no > 0;
        options->on_comparison(options->user, &(pks_comparison){.file = place[i].file,
                                                                .line = place[i].at.line,
                                                                .column = place[i].at.column,
                                                                .text = place[i].text,
                                                                .true_frames = place[i].yes,
                                                                .false_frames = place[i].no});
    }
}

void coverage_free(Coverage *coverage)
{
    free(coverage->place);
    arena_release(&coverage->arena);
}
