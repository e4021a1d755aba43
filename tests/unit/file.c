/* file.c - tests of grammar/file.c: the rows of tests/cases/file.case, and what rows cannot say. */
#include "grammar/file.h"

#include "tests/cases.h"
#include "tests/filewords.h"

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
        const char *got = fails ? diag_format_all(&f.arena, &f.diags) : file_in_words(&f.arena, &f.source, f.file);
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
