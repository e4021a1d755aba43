/* filewords.c - see filewords.h. */
#include "tests/filewords.h"

#include "grammar/text.h"

static void add_span(Text *out, const Source *source, const char *before, Span span)
{
    if (span.len) text_print(out, "%s%.*s", before, (int)span.len, source->text + span.at);
}

static void add_labels(Text *out, const Source *source, const char *what, const Label *label)
{
    for (; label; label = label->next) {
        add_span(out, source, what, label->key);
        text_print(out, " [%.*s]\n", (int)label->value.len, source->text + label->value.at);
    }
}

static void add_body(Text *out, const Source *source, const Node *body)
{
    if (body) text_print(out, " = %s", ast_print_line(out->arena, source, body));
}

static void add_entry(Text *out, const Source *source, const Entry *entry)
{
    text_print(out, "  %s%s%s", entry->bad ? "bad " : "", entry_keyword(entry->kind), entry->hex ? " hex" : "");
    for (const Words *word = entry->strings; word; word = word->next)
        text_print(out, " \"%s\"", file_string(out->arena, source, word->span));
    if (entry->hex) text_print(out, " of %u bytes on %u", entry->byte_count, entry->linktype);
    if (entry->kind == ENTRY_COUNT)
        text_print(out, " %s %llu", op_spelling(entry->op), (unsigned long long)entry->number);
    if (entry->listed) text_print(out, " frames");
    for (const FrameRange *range = entry->frames; range; range = range->next)
        text_print(out, " %llu..%llu", (unsigned long long)range->low, (unsigned long long)range->high);
    add_span(out, source, " ", entry->name);
    add_body(out, source, entry->value);
    text_print(out, "\n");
}

static void add_statement(Text *out, const Source *source, const Statement *s)
{
    add_labels(out, source, "@", s->labels);
    text_print(out, "%s%s", s->bad ? "bad " : "", statement_keyword(s->kind));
    add_span(out, source, " ", s->text);
    add_span(out, source, " ", s->name);
    add_span(out, source, " : ", s->type);
    if (s->called) text_print(out, " (%u)", s->arg_count);
    for (const Words *arg = s->args; arg; arg = arg->next) add_span(out, source, " ", arg->span);
    add_body(out, source, s->body);
    if (s->above) add_span(out, source, " above ", s->above->name);
    text_print(out, "\n");
    for (const Entry *entry = s->entries; entry; entry = entry->next) add_entry(out, source, entry);
}

const char *file_in_words(Arena *arena, const Source *source, const SiftFile *file)
{
    Text out = {.arena = arena};
    add_labels(&out, source, "file @", file->labels);
    for (const Statement *s = file->first; s; s = s->next) add_statement(&out, source, s);
    add_labels(&out, source, "loose @", file->loose);
    return text_str(&out);
}
