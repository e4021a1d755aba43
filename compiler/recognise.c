/* recognise.c - see recognise.h.
 *
 * Always true: a filter that is given as a hint compiles. */
#include "compiler/recognise.h"

#include "compiler/check.h"
#include "compiler/names.h"
#include "compiler/peers.h"

#include <ctype.h>

static Span without_blanks(const Source *source)
{
    u32 from = 0, to = source->len;
    while (from < to && isspace((u8)source->text[from])) from++;
    while (to > from && isspace((u8)source->text[to - 1])) to--;
    return (Span){from, to - from};
}

/* NULL when the filter compiles, else what is wrong with it. */
static const char *wrong_with(Arena *arena, const char *text)
{
    Source source = {.name = "", .text = text, .len = (u32)strlen(text)};
    DiagList diags;
    diag_init(&diags, arena, &source);
    Node *tree = parse(arena, &source, &diags);
    if (tree && check(arena, &source, tree, &diags)) return NULL;
    return diags.count ? diags.item[0].text : "";
}

static void replace(Arena *arena, const Source *source, DiagList *diags, const char *whose, const Translation *said)
{
    const char *wrong = said->ours ? wrong_with(arena, said->ours) : NULL;
    diag_init(diags, arena, source);
    Diag *diag =
        diag_error(diags, without_blanks(source), "this is a filter of %s's, and filters here are NetMon's", whose);
    if (said->ours && !wrong && said->only)
        diag_hint(diags, diag, "did you mean, with IPv6 and tagged frames, which %s[] leaves out: %s", said->only,
                  said->ours);
    else if (said->ours && !wrong)
        diag_hint(diags, diag, "did you mean: %s", said->ours);
    else
        diag_hint(diags, diag, "%s", said->ours ? wrong : said->why);
}

static bool only_names(const DiagList *diags)
{
    for (u32 i = 0; i < diags->count; i++)
        if (diags->item[i].level == DIAG_ERROR && !is_report_of_wireshark(&diags->item[i])) return false;
    return diags->errors > 0;
}

/* Is it enough to put the name that the hint has in the place of theirs? */
static bool is_renamed(const Source *source, DiagList *diags, const Diag *diag, const char *ours)
{
    const char *from = strchr(diag->hint, '\''), *to = from ? strchr(from + 1, '\'') : NULL;
    u32 behind = diag->span.at + diag->span.len;
    if (!to) return false;
    const char *text = arena_print(diags->arena, "%.*s%.*s%.*s", (int)diag->span.at, source->text, (int)(to - from - 1),
                                   from + 1, (int)(source->len - behind), source->text + behind);
    bool remark = strcmp(to, "'?") != 0; /* numbers may be others */
    return strcmp(text, ours) == 0 || (!remark && !wrong_with(diags->arena, text));
}

/* Several tests, or one whose value is another here: the last hint says it all once more, put right. */
static void complete(const Source *source, DiagList *diags, const Translation *said)
{
    Diag *last = &diags->item[diags->count - 1];
    if (!said->ours || !last->hint || wrong_with(diags->arena, said->ours)) return;
    if (diags->errors == 1 && said->tests == 1 && is_renamed(source, diags, last, said->ours)) return;
    const char *joint = last->hint[strlen(last->hint) - 1] == '?' ? " In all" : "; in all";
    diag_hint(diags, last, "%s%s: %s", last->hint, joint, said->ours);
}

void recognise_foreign(Arena *arena, const Source *source, DiagList *diags)
{
    Span span = without_blanks(source);
    const char *text = source->text + span.at;
    Translation said;
    if (source->parts) return; /* files of filters are nobody else's */
    if (translate_tcpdump(arena, text, span.len, &said)) {
        replace(arena, source, diags, "tcpdump", &said);
        return;
    }
    if (!translate_wireshark(arena, text, span.len, &said)) return;
    if (only_names(diags))
        complete(source, diags, &said);
    else if (!said.ours || !wrong_with(arena, said.ours))
        replace(arena, source, diags, "Wireshark", &said);
}
