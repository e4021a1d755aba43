/* diff.c - see diff.h.
 *
 * Lines that both texts begin or end with are set aside; between them Myers' O(ND) search ("An O(ND) Difference Algorithm
 * and Its Variations", 1986) finds the fewest lines to take out and put in.
 * Always true: memory is bounded, because texts that differ in more than EDITS_MAX lines are given as one block taken out
 * and one put in. */
#include "runtime/cli/diff.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/cli/talk.h"

enum { EDITS_MAX = 1000, CONTEXT = 3 };

typedef struct {
    DiffSide *line; /* newline included, but for a last line without one */
    bool *changed;  /* only here */
    size_t count;
} Lines;

static void *make(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    if (!memory) die("out of memory");
    return memory;
}

static Lines split(DiffSide text)
{
    Lines lines = {0};
    const char *at = text.at, *end = text.at + text.length;
    for (const char *p = at; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) lines.count++;
    lines.count += text.length > 0 && end[-1] != '\n';
    lines.line = make(lines.count, sizeof *lines.line);
    lines.changed = make(lines.count, sizeof *lines.changed);
    for (size_t i = 0; i < lines.count; i++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        lines.line[i] = (DiffSide){at, (size_t)((stop ? stop + 1 : end) - at)};
        at += lines.line[i].length;
    }
    return lines;
}

static void lines_free(Lines *lines)
{
    free(lines->line);
    free(lines->changed);
}

/* ---- the fewest changes ---- */

typedef struct {
    Lines *a, *b;
    long first, n, m;          /* lines in front that are the same; how many of each are looked at behind them */
    int *reach[EDITS_MAX + 1]; /* after so many edits: for each diagonal -d..d, the furthest line of a */
} Search;

static bool same(const Search *s, long x, long y)
{
    const DiffSide *a = &s->a->line[s->first + x], *b = &s->b->line[s->first + y];
    return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

static int reached(const Search *s, int edits, int diagonal) { return s->reach[edits][edits + diagonal]; }

/* Where diagonal k is entered with the d-th edit: from the one below by putting a line in, from the one above by taking
 * one out. */
static bool comes_from_below(const Search *s, int d, int k)
{
    return k == -d || (k != d && reached(s, d - 1, k - 1) < reached(s, d - 1, k + 1));
}

/* Entries outside -d..d are never looked at, but for these: the neighbours of the ends. */
static int enter(const Search *s, int d, int k)
{
    if (d == 0) return 0;
    return comes_from_below(s, d, k) ? reached(s, d - 1, k + 1) : reached(s, d - 1, k - 1) + 1;
}

/* How many edits it takes, or -1 when they are too many. */
static int search(Search *s)
{
    for (int d = 0; d <= EDITS_MAX; d++) {
        s->reach[d] = make(2 * (size_t)d + 1, sizeof *s->reach[d]);
        for (int k = -d; k <= d; k += 2) {
            long x = enter(s, d, k), y = x - k;
            for (; x < s->n && y < s->m && same(s, x, y); x++) y++;
            s->reach[d][d + k] = (int)x;
            if (x >= s->n && y >= s->m) return d;
        }
    }
    return -1;
}

/* The way back. */
static void mark(Search *s, int edits)
{
    long x = s->n, y = s->m;
    for (int d = edits; d > 0; d--) {
        int k = (int)(x - y);
        bool below = comes_from_below(s, d, k);
        k += below ? 1 : -1;
        x = reached(s, d - 1, k);
        y = x - k;
        if (below)
            s->b->changed[s->first + y] = true;
        else
            s->a->changed[s->first + x] = true;
    }
}

static void compare(Lines *a, Lines *b)
{
    Search s = {.a = a, .b = b, .n = (long)a->count, .m = (long)b->count};
    while (s.n > 0 && s.m > 0 && same(&s, s.n - 1, s.m - 1)) s.n--, s.m--;
    for (; s.n > 0 && s.m > 0 && same(&s, 0, 0); s.first++) s.n--, s.m--;
    int edits = search(&s);
    if (edits < 0) {
        memset(a->changed + s.first, true, (size_t)s.n * sizeof *a->changed);
        memset(b->changed + s.first, true, (size_t)s.m * sizeof *b->changed);
    } else {
        mark(&s, edits);
    }
    for (int d = 0; d <= EDITS_MAX; d++) free(s.reach[d]);
}

/* ---- the text ---- */

typedef struct {
    Text *out;
    bool colour;
} Printer;

static void print_line(const Printer *p, char sign, const DiffSide *line)
{
    bool whole = line->length && line->at[line->length - 1] == '\n';
    const char *colour = !p->colour || sign == ' ' ? NULL : sign == '-' ? "31" : "32";
    if (colour) text_format(p->out, "\033[%sm", colour);
    text_bytes(p->out, &sign, 1);
    if (p->colour)
        text_safe(p->out, line->at, line->length - whole);
    else
        text_bytes(p->out, line->at, line->length - whole);
    if (colour) text_string(p->out, "\033[0m");
    text_string(p->out, whole ? "\n" : "\n\\ No newline at end of file\n");
}

/* "12,3"; an empty side is named by the line before it. */
static void print_side(const Printer *p, char sign, size_t from, size_t count)
{
    text_format(p->out, " %c%zu", sign, from + (count > 0));
    if (count != 1) text_format(p->out, ",%zu", count);
}

/* A place in both texts; all before it was printed or is the same. */
typedef struct {
    size_t a, b;
} At;

static bool change_at(const Lines *a, const Lines *b, At at)
{
    return (at.a < a->count && a->changed[at.a]) || (at.b < b->count && b->changed[at.b]);
}

/* Behind the changes that begin here. */
static At over_changes(const Lines *a, const Lines *b, At at)
{
    while (at.a < a->count && a->changed[at.a]) at.a++;
    while (at.b < b->count && b->changed[at.b]) at.b++;
    return at;
}

/* The next change, or the end of both texts. */
static At next_change(const Lines *a, const Lines *b, At at)
{
    while (at.a < a->count && !change_at(a, b, at)) at.a++, at.b++;
    return at;
}

static void print_changes(const Printer *p, const Lines *a, const Lines *b, At from, At to)
{
    for (; from.a < to.a && a->changed[from.a]; from.a++) print_line(p, '-', &a->line[from.a]);
    for (; from.b < to.b && b->changed[from.b]; from.b++) print_line(p, '+', &b->line[from.b]);
}

static void print_hunk(const Printer *p, const Lines *a, const Lines *b, At from, At to)
{
    if (p->colour) text_string(p->out, "\033[36m");
    text_string(p->out, "@@");
    print_side(p, '-', from.a, to.a - from.a);
    print_side(p, '+', from.b, to.b - from.b);
    text_string(p->out, " @@");
    text_string(p->out, p->colour ? "\033[0m\n" : "\n");
    while (from.a < to.a || from.b < to.b) {
        if (change_at(a, b, from)) {
            print_changes(p, a, b, from, to);
            from = over_changes(a, b, from);
        } else {
            print_line(p, ' ', &a->line[from.a]);
            from.a++, from.b++;
        }
    }
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void print_hunks(const Printer *p, const Lines *a, const Lines *b)
{
    At at = next_change(a, b, (At){0, 0});
    size_t printed = 0; /* lines of a */
    while (change_at(a, b, at)) {
        size_t before = least(at.a - printed, CONTEXT), behind;
        At from = {at.a - before, at.b - before}, next = at;
        do {
            at = over_changes(a, b, next);
            next = next_change(a, b, at);
        } while (change_at(a, b, next) && next.a - at.a <= 2 * (size_t)CONTEXT);
        behind = least(a->count - at.a, CONTEXT);
        print_hunk(p, a, b, from, (At){at.a + behind, at.b + behind});
        printed = at.a + behind;
        at = next;
    }
}

void diff_unified(Text *out, const char *name, DiffSide before, DiffSide after, bool colour)
{
    Printer p = {out, colour};
    if (before.length == after.length && memcmp(before.at, after.at, before.length) == 0) return;
    Lines a = split(before), b = split(after);
    compare(&a, &b);
    for (int side = 0; side < 2; side++) {
        if (colour) text_string(out, "\033[1m");
        text_string(out, side ? "+++ " : "--- ");
        text_safe(out, name, strlen(name));
        text_string(out, colour ? "\033[0m\n" : "\n");
    }
    print_hunks(&p, &a, &b);
    lines_free(&a);
    lines_free(&b);
}
