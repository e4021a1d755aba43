/* diag.c - keeps diagnostics, and is the only place that makes text of them.
 *
 * Beside the whole road from filter text to bytecode: every stage adds, the command line prints.
 * Always true: formatting reads nothing outside Source, and its output holds no byte a terminal would obey. */
#include "grammar/diag.h"

#include "grammar/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    QUOTE_MAX = 40,   /* characters of a quoted span */
    WINDOW_MAX = 100, /* characters of a source line that are shown */
    WINDOW_LEAD = 30, /* of them before the span, when the line is cut */
    NAME_MAX_ = 64,   /* names longer than this are not guessed at */
};

void diag_init(DiagList *list, Arena *arena, const Source *source)
{
    *list = (DiagList){.arena = arena, .source = source, .limit = DIAGS_MAX};
}

/* The last item that is no error, or NULL. */
static Diag *last_mild(DiagList *list)
{
    for (u32 i = list->count; i-- > 0;)
        if (list->item[i].level != DIAG_ERROR) return &list->item[i];
    return NULL;
}

bool diag_full(const DiagList *list)
{
    if (list->count < list->limit) return false;
    for (u32 i = 0; i < list->count; i++)
        if (list->item[i].level != DIAG_ERROR) return false;
    return true;
}

static void grow(DiagList *list)
{
    u32 room = list->room ? 2 * list->room : DIAGS_MAX;
    Diag *item = NEW_ARRAY(list->arena, Diag, room);
    if (list->count) memcpy(item, list->item, list->count * sizeof *item);
    list->item = item;
    list->room = room;
}

/* Where the next diagnostic of this level goes; &list->scratch when it is not kept. */
static Diag *claim(DiagList *list, DiagLevel level)
{
    if (list->count < list->limit) {
        if (list->count == list->room) grow(list);
        return &list->item[list->count++];
    }
    Diag *mild = level == DIAG_ERROR ? last_mild(list) : NULL;
    list->mild_lost += level != DIAG_ERROR || mild;
    if (!mild) return &list->scratch;
    memmove(mild, mild + 1, (size_t)(&list->item[list->count] - (mild + 1)) * sizeof *mild);
    return &list->item[list->count - 1];
}

static void add_use(Diag *diag, Span use)
{
    if (span_holds(use, diag->span)) return; /* the same place, said more loosely */
    if (diag->use_count == COUNT_OF(diag->uses)) {
        diag->uses_between++;
        diag->use_count--;
    }
    diag->uses[diag->use_count++] = use;
}

/* A fault outside of the body at hand is a literal's that was given elsewhere: then the part at hand is a use of it. */
static void add_uses(Diag *diag, const DiagFrame *frame)
{
    if (!frame || frame->body.len == 0) return;
    if (!span_holds(frame->body, diag->span)) add_use(diag, frame->here);
    for (; frame->outer; frame = frame->outer)
        if (!frame->silent) add_use(diag, frame->outer->here);
}

static bool told_already(const DiagList *list, DiagLevel level, Span span, const char *text)
{
    if (!list->frame || list->frame->body.len == 0) return false;
    for (u32 i = 0; i < list->count; i++) {
        const Diag *old = &list->item[i];
        if (old->level == level && old->span.at == span.at && old->span.len == span.len && strcmp(old->text, text) == 0)
            return true;
    }
    return false;
}

static char *print_args(Arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(arena, (size_t)MAX_OF(len, 0) + 1, 1);
    if (len > 0) vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

static Diag *add(DiagList *list, DiagLevel level, Span span, const char *format, va_list args)
{
    bool kept = level == DIAG_ERROR ? !diag_full(list) : list->count < list->limit;
    const char *text = kept ? print_args(list->arena, format, args) : "";
    if (kept && told_already(list, level, span, text)) return &list->scratch;
    Diag *diag = claim(list, level);
    *diag = (Diag){.level = level, .span = span, .text = text};
    add_uses(diag, list->frame);
    if (level == DIAG_ERROR) list->errors++;
    return diag;
}

Diag *diag_error(DiagList *list, Span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Diag *diag = add(list, DIAG_ERROR, span, format, args);
    va_end(args);
    return diag;
}

Diag *diag_warn(DiagList *list, Span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Diag *diag = add(list, DIAG_WARNING, span, format, args);
    va_end(args);
    return diag;
}

bool diag_add(DiagList *list, const Diag *diag)
{
    Diag *at = claim(list, diag->level);
    *at = *diag;
    if (diag->level == DIAG_ERROR) list->errors++;
    return at != &list->scratch;
}

void diag_hint(DiagList *list, Diag *diag, const char *format, ...)
{
    if (diag == &list->scratch) return;
    va_list args;
    va_start(args, format);
    diag->hint = print_args(list->arena, format, args);
    va_end(args);
}

static bool is_continuation(char byte) { return ((u8)byte & 0xC0) == 0x80; }

SourcePart source_part(const Source *source, u32 at)
{
    u32 low = 0, high = source->part_count;
    if (high == 0) return (SourcePart){source->name, {0, source->len}};
    while (high - low > 1) {
        u32 middle = low + (high - low) / 2;
        if (source->parts[middle].span.at <= at)
            low = middle;
        else
            high = middle;
    }
    return source->parts[low];
}

/* Where a file's text begins, behind a byte-order mark. */
static u32 text_start(const Source *source, const SourcePart *part)
{
    bool bom = part->span.len >= 3 && memcmp(source->text + part->span.at, "\xEF\xBB\xBF", 3) == 0;
    return part->span.at + (bom ? 3 : 0);
}

Place source_place(const Source *source, u32 at)
{
    Place place = {1, 1};
    SourcePart part = source_part(source, at);
    const char *line = source->text + text_start(source, &part);
    const char *end = source->text + MIN_OF(at, part.span.at + part.span.len);
    for (const char *next; line < end && (next = memchr(line, '\n', (size_t)(end - line))); line = next + 1)
        place.line++;
    for (; line < end; line++) place.column += !is_continuation(*line);
    return place;
}

/* One character of the source, as it may be shown; moves *at behind it. */
static void add_shown(Text *out, const char *text, size_t len, size_t *at)
{
    size_t start = *at;
    u32 rune = rune_next(text, len, at);
    if (rune == '\t')
        text_add(out, " ", 1);
    else if (rune_is_shown(rune))
        text_add(out, text + start, *at - start);
    else
        text_add(out, "?", 1);
}

const char *diag_quote(Arena *arena, const Source *source, Span span)
{
    Text out = {.arena = arena};
    const char *text = source->text + span.at;
    size_t at = 0;
    for (u32 shown = 0; at < span.len && shown < QUOTE_MAX; shown++) add_shown(&out, text, span.len, &at);
    if (at < span.len) text_add(&out, "...", 3);
    return text_str(&out);
}

/* The line a span begins on, without its end. */
static Span line_around(const Source *source, u32 at)
{
    SourcePart part = source_part(source, at);
    u32 least = text_start(source, &part), most = part.span.at + part.span.len;
    u32 start = MAX_OF(MIN_OF(at, most), least), end = start;
    while (start > least && source->text[start - 1] != '\n') start--;
    while (end < most && source->text[end] != '\n') end++;
    while (end > start && source->text[end - 1] == '\r') end--;
    return (Span){start, end - start};
}

/* Lines may be megabytes long, and every finding on one comes here: ASCII takes the short way. */
static inline void next_shown(const char *text, size_t len, size_t *at)
{
    if ((u8)text[*at] < 0x80)
        ++*at;
    else
        rune_next(text, len, at);
}

/* Characters in a stretch of text; malformed bytes count one each, as add_shown shows them. */
static size_t count_shown(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t at = 0; at < len; count++) next_shown(text, len, &at);
    return count;
}

static bool is_blank(const char *text, u32 len)
{
    for (u32 i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t') return false;
    return true;
}

static void add_excerpt(Text *out, const Source *source, Span span)
{
    Span line = line_around(source, span.at);
    const char *text = source->text + line.at;
    if (is_blank(text, line.len)) return;
    u32 from = MIN_OF(MAX_OF(span.at, line.at) - line.at, line.len), to = MIN_OF(from + span.len, line.len);
    size_t before = count_shown(text, from);
    size_t width = MAX_OF(count_shown(text + from, to - from), (size_t)1);
    size_t total = before + count_shown(text + from, line.len - from);

    size_t skip = 0; /* characters cut off on the left */
    if (total > WINDOW_MAX && before + width > WINDOW_MAX) skip = before > WINDOW_LEAD ? before - WINDOW_LEAD : 0;
    size_t shown = MIN_OF(total - skip, (size_t)WINDOW_MAX), at = 0;
    for (size_t i = 0; i < skip; i++) next_shown(text, line.len, &at);
    width = MIN_OF(width, MAX_OF(shown, before - skip + 1) - (before - skip));

    text_print(out, "  %s", skip ? "..." : "");
    for (size_t i = 0; i < shown; i++) add_shown(out, text, line.len, &at);
    text_print(out, "%s\n  ", at < line.len ? "..." : "");
    text_fill(out, ' ', before - skip + (skip ? 3 : 0));
    text_add(out, "^", 1);
    text_fill(out, '~', width - 1);
    text_add(out, "\n", 1);
}

static void add_place(Text *out, const Source *source, Span span, const char *level, const char *text, const char *rule)
{
    Place place = source_place(source, span.at);
    text_print(out, "%s:%u:%u: %s: %s", source_part(source, span.at).name, place.line, place.column, level, text);
    text_print(out, rule ? " [%s]\n" : "\n", rule);
    add_excerpt(out, source, span);
}

static void add_diag(Text *out, const Source *source, const Diag *diag)
{
    static const char *const level[] = {[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};
    add_place(out, source, diag->span, level[diag->level], diag->text, diag->rule);
    if (diag->hint) text_print(out, "hint: %s\n", diag->hint);
    for (u32 i = 0; i < diag->use_count; i++) {
        if (diag->uses_between && i + 1 == diag->use_count)
            text_print(out, "... used through %u more name%s\n", diag->uses_between,
                       diag->uses_between == 1 ? "" : "s");
        add_place(out, source, diag->uses[i], "note", "used here", NULL);
    }
}

const char *diag_format(Arena *arena, const Source *source, const Diag *diag)
{
    Text out = {.arena = arena};
    add_diag(&out, source, diag);
    return text_str(&out);
}

const char *diag_format_all(Arena *arena, const DiagList *list)
{
    Text out = {.arena = arena};
    u32 kept = 0;
    for (u32 i = 0; i < list->count; i++) {
        add_diag(&out, list->source, &list->item[i]);
        kept += list->item[i].level == DIAG_ERROR;
    }
    u32 more = list->errors - kept;
    if (more) text_print(&out, "... and %u more error%s\n", more, more == 1 ? "" : "s");
    return text_str(&out);
}

static bool same_letter(char a, char b) { return tolower((u8)a) == tolower((u8)b); }

/* Optimal string alignment: three rows of the classic table are enough to see a swap of neighbours. */
u32 name_distance(const char *a, size_t a_len, const char *b, size_t b_len, u32 limit)
{
    u32 table[3][2 * NAME_MAX_ + 1];
    size_t gap = a_len > b_len ? a_len - b_len : b_len - a_len;
    if (gap > limit || a_len > NAME_MAX_ || b_len > 2 * NAME_MAX_) return limit + 1;
    for (u32 j = 0; j <= b_len; j++) table[0][j] = j;
    for (u32 i = 1; i <= a_len; i++) {
        u32 *row = table[i % 3], *up = table[(i + 2) % 3], *up2 = table[(i + 1) % 3];
        row[0] = i;
        for (u32 j = 1; j <= b_len; j++) {
            u32 change = up[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            u32 best = MIN_OF(change, MIN_OF(up[j], row[j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]);
            row[j] = swapped ? MIN_OF(best, up2[j - 2] + 1) : best;
        }
    }
    return MIN_OF(table[a_len % 3][b_len], limit + 1);
}

const char *nearest_name(const char *name, size_t len, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    if (len == 0 || len > NAME_MAX_) return NULL;
    u32 limit = (u32)MIN_OF(1 + len / 4, len - 1);
    for (size_t i = 0; i < count; i++) {
        u32 distance = name_distance(name, len, candidates[i], strlen(candidates[i]), limit);
        if (distance > limit) continue;
        nearest = candidates[i];
        if (distance == 0) return nearest;
        limit = distance - 1;
    }
    return nearest;
}
