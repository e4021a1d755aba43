/* file.c - tests of grammar/file.c: the rows of tests/cases/file.case, and what rows cannot say. */
#include "grammar/file.h"

#include "grammar/text.h"
#include "parser.h"
#include "tests/cases.h"

#include <criterion/criterion.h>

typedef struct {
    Arena arena;
    Source source;
    DiagList diags;
    SiftFile *file;
} ReadFile;

static void read_bytes(ReadFile *f, const char *text, size_t len)
{
    *f = (ReadFile){.source = {.name = "a.sift", .text = text, .len = (u32)len}};
    diag_init(&f->diags, &f->arena, &f->source);
    f->file = file_parse(&f->arena, &f->source, (Span){0, (u32)len}, &f->diags);
}

/* ---- a file in words ---- */

static void add_span(Text *out, const ReadFile *f, const char *before, Span span)
{
    if (span.len) text_print(out, "%s%.*s", before, (int)span.len, f->source.text + span.at);
}

static void add_labels(Text *out, const ReadFile *f, const char *what, const Label *label)
{
    for (; label; label = label->next) {
        add_span(out, f, what, label->key);
        text_print(out, " [%.*s]\n", (int)label->value.len, f->source.text + label->value.at);
    }
}

static void add_body(Text *out, ReadFile *f, const Node *body)
{
    if (body) text_print(out, " = %s", ast_print_line(&f->arena, &f->source, body));
}

static void add_entry(Text *out, ReadFile *f, const Entry *entry)
{
    text_print(out, "  %s%s%s", entry->bad ? "bad " : "", entry_keyword(entry->kind), entry->hex ? " hex" : "");
    for (const Words *word = entry->strings; word; word = word->next)
        text_print(out, " \"%s\"", file_string(&f->arena, &f->source, word->span));
    if (entry->hex) text_print(out, " on %u", entry->linktype);
    if (entry->kind == ENTRY_COUNT)
        text_print(out, " %s %llu", op_spelling(entry->op), (unsigned long long)entry->number);
    if (entry->listed) text_print(out, " frames");
    for (const FrameRange *range = entry->frames; range; range = range->next)
        text_print(out, " %llu..%llu", (unsigned long long)range->low, (unsigned long long)range->high);
    add_span(out, f, " ", entry->name);
    add_body(out, f, entry->value);
    text_print(out, "\n");
}

static void add_statement(Text *out, ReadFile *f, const Statement *s)
{
    add_labels(out, f, "@", s->labels);
    text_print(out, "%s%s", s->bad ? "bad " : "", statement_keyword(s->kind));
    add_span(out, f, " ", s->text);
    add_span(out, f, " ", s->name);
    add_span(out, f, " : ", s->type);
    if (s->called) text_print(out, " (%u)", s->arg_count);
    for (const Words *arg = s->args; arg; arg = arg->next) add_span(out, f, " ", arg->span);
    add_body(out, f, s->body);
    if (s->above) add_span(out, f, " above ", s->above->name);
    text_print(out, "\n");
    for (const Entry *entry = s->entries; entry; entry = entry->next) add_entry(out, f, entry);
}

static const char *in_words(ReadFile *f)
{
    Text out = {.arena = &f->arena};
    add_labels(&out, f, "file @", f->file->labels);
    for (const Statement *s = f->file->first; s; s = s->next) add_statement(&out, f, s);
    add_labels(&out, f, "loose @", f->file->loose);
    return text_str(&out);
}

/* ---- rows ---- */

static void check_spans(const ReadFile *f, const char *where)
{
    u32 end = 0;
    for (const Statement *s = f->file->first; s; s = s->next) {
        cr_expect(s->span.at >= end && s->span.len >= s->keyword.len, "%s: statements overlap", where);
        end = s->span.at + s->span.len;
        cr_expect(end <= f->source.len, "%s: a statement ends outside", where);
    }
    end = 0;
    for (u32 i = 0; i < f->file->comment_count; i++) {
        Span span = f->file->comments[i].span;
        cr_expect(span.at >= end && f->source.text[span.at] == '/', "%s: comments overlap", where);
        end = span.at + span.len;
    }
}

static void check_row(const char *path, const Block *block)
{
    ReadFile f;
    const char *text = block->pair[0].value;
    char *exact = malloc(strlen(text) + 1); /* the address sanitizer sees a step outside */
    memcpy(exact, text, strlen(text));
    read_bytes(&f, exact, strlen(text));
    const char *where = arena_print(&f.arena, "%s:%u", path, block->pair[0].line);
    bool failed = false;
    check_spans(&f, where);
    for (u32 i = 1; i < block->count; i++) {
        bool fails = strcmp(block->pair[i].key, "fails") == 0;
        cr_assert(fails || strcmp(block->pair[i].key, "tree") == 0, "%s:%u: unknown key", path, block->pair[i].line);
        const char *got = fails ? diag_format_all(&f.arena, &f.diags) : in_words(&f);
        failed |= fails;
        got = arena_copy(&f.arena, got, strlen(got) - (*got != 0));
        cr_expect(strcmp(got, block->pair[i].value) == 0, "%s:\n%s\nwanted:\n%s\ngot:\n%s", where, text,
                  block->pair[i].value, got);
    }
    cr_expect(failed == (f.diags.errors > 0), "%s: errors or none:\n%s", where, diag_format_all(&f.arena, &f.diags));
    arena_release(&f.arena);
    free(exact);
}

Test(file, rows) { cr_assert(each_block("tests/cases/file.case", "text", check_row) >= 30); }
