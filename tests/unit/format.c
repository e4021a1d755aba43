/* format.c - tests of the formatter: the rows of tests/cases/format.case, the examples of grammar/README.md, spellings, and
 * what rows cannot say.  Runs with the repository's root as working directory. */
#include "grammar/format.h"

#include "compiler/spelling.h"
#include "grammar/text.h"
#include "tests/cases.h"
#include "vm/fields.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    Arena arena;
    Source source;
    DiagList diags;
    const char *text; /* NULL: refused */
    u32 len;
} Formatted;

static void spell(void *user, FormatName what, char *name, u32 len)
{
    (void)user;
    if (what == FORMAT_METHODS)
        spell_methods(name, len);
    else
        spell_name(name, len);
}

static void format_bytes(Formatted *f, const char *text, size_t len)
{
    char *exact = malloc(len + 1); /* the address sanitizer sees a step outside */
    cr_assert(exact);
    memcpy(exact, text, len);
    *f = (Formatted){.source = {.name = "text", .text = exact, .len = (u32)len}};
    diag_init(&f->diags, &f->arena, &f->source);
    f->text = format_source(&f->arena, &f->source, &(FormatSpelling){.spell = spell}, &f->diags, &f->len);
    cr_assert((f->text == NULL) == (f->diags.errors > 0));
}

static void release(Formatted *f)
{
    arena_release(&f->arena);
    free((void *)(uintptr_t)f->source.text);
}

/* `becomes`, with its newline; what is formatted stays when it is formatted again. */
static void check_text(const char *where, const char *text, const char *becomes)
{
    Formatted f, again;
    format_bytes(&f, text, strlen(text));
    cr_assert(f.text, "%s: refused:\n%s", where, diag_format_all(&f.arena, &f.diags));
    cr_expect(strcmp(f.text, becomes) == 0 && f.len == strlen(becomes), "%s:\n%s\nwanted:\n%s\ngot:\n%s", where, text,
              becomes, f.text);
    format_bytes(&again, f.text, f.len);
    cr_expect(again.text && strcmp(again.text, f.text) == 0, "%s: formatted again:\n%s\nit is:\n%s", where, f.text,
              again.text ? again.text : "refused");
    release(&again);
    release(&f);
}

/* ---- rows ---- */

static void check_row(const char *path, const Block *block)
{
    Arena arena = {0};
    Formatted f;
    const char *text = block->pair[0].value, *want = block->pair[1].value;
    const char *where = arena_print(&arena, "%s:%u", path, block->pair[0].line);
    bool fails = strcmp(block->pair[1].key, "fails") == 0;
    cr_assert(block->count == 2 && (fails || strcmp(block->pair[1].key, "becomes") == 0), "%s: unknown keys", where);
    if (!fails) {
        check_text(where, text, arena_print(&arena, "%s\n", want));
    } else {
        format_bytes(&f, text, strlen(text));
        const char *got = diag_format_all(&f.arena, &f.diags);
        cr_expect(!f.text && strncmp(got, want, strlen(want)) == 0 && strcmp(got + strlen(want), "\n") == 0,
                  "%s:\nwanted:\n%s\ngot:\n%s", where, want, got);
        release(&f);
    }
    arena_release(&arena);
}

Test(format, rows) { cr_assert(each_block("tests/cases/format.case", "text", check_row) >= 30); }

/* ---- the README's examples ---- */

/* Every ```sift block is formatted: the page shows the style as it is. */
Test(format, readme_examples_are_formatted)
{
    static const char fence[] = "```sift\n";
    Arena arena = {0};
    u32 count = 0;
    for (const char *at = read_whole(&arena, "grammar/README.md"); (at = strstr(at, fence)); count++) {
        const char *from = at + sizeof fence - 1, *end = strstr(from, "```\n");
        cr_assert(end, "a block without an end");
        const char *text = arena_copy(&arena, from, (size_t)(end - from));
        check_text("grammar/README.md", text, text);
        at = end + 4;
    }
    cr_assert(count >= 3, "%u examples", count);
    arena_release(&arena);
}

/* ---- bytes that rows cannot hold ---- */

Test(format, byte_order_marks_and_line_ends)
{
    check_text("mark", "\xEF\xBB\xBFTCP  ", "TCP\n");
    check_text("CRLF", "TCP // a\r\nAND UDP\r\n\r\n", "TCP // a\nAND UDP\n");
    check_text("CRLF in a file", "\xEF\xBB\xBF// sift 1\r\n\r\n\r\n// @id x \r\nfilter main = UDP\r\n\r\n",
               "// sift 1\n\n// @id x\nfilter main = UDP\n");
    check_text("CRLF in a comment", "/* a \r\n\tb\t\r\n */\r\nTCP", "/* a\n\tb\n */\nTCP\n");
    check_text("newlines at the end", "TCP\n\n\n", "TCP\n");
    check_text(
        "columns are characters",
        "x == \"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\" AND TCP.Port == 10001 AND "
        "TCP.Port == 10002 AND TCP.Port == 10003 AND UDP",
        "x == \"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\" AND TCP.Port == 10001 AND TCP.Port == 10002 AND "
        "TCP.Port == 10003 AND UDP\n");
    check_text("bytes in comments", "TCP // \x01\x1B\xFF", "TCP // \x01\x1B\xFF\n");
}

/* A NUL is no comment's end. */
Test(format, nul_in_a_comment)
{
    Formatted f;
    format_bytes(&f, "TCP // a\0b\0", 11);
    cr_assert(f.text && f.len == 12 && memcmp(f.text, "TCP // a\0b\0\n", 12) == 0);
    release(&f);
}

/* ---- spellings ---- */

static void check_spelling(const char *name, const char *before, const char *behind)
{
    char text[200], want[200];
    snprintf(want, sizeof want, "%s%s%s", before, name, behind);
    for (int upper = 0; upper < 2; upper++) {
        for (size_t i = 0; i <= strlen(want); i++)
            text[i] = (char)(upper ? toupper((unsigned char)want[i]) : tolower((unsigned char)want[i]));
        spell_name(text, (u32)strlen(text));
        cr_expect(strcmp(text, want) == 0, "'%s' is spelled '%s'", want, text);
    }
}

/* A line "name: value" is the sender's: its name stays as it was asked for. */
static void check_key(const char *lines)
{
    char text[200], want[200];
    snprintf(want, sizeof want, "%s.user_AGENT.ToLower", lines);
    snprintf(text, sizeof text, "%s.user_AGENT.tolower", lines);
    for (size_t i = 0; i < strlen(lines); i++) text[i] = (char)toupper((unsigned char)text[i]);
    spell_name(text, (u32)strlen(text));
    cr_expect(strcmp(text, want) == 0, "'%s' is spelled '%s'", want, text);
}

Test(format, names_are_spelled_as_in_the_dictionary)
{
    char name[128];
    for (int f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        snprintf(name, sizeof name, "%s.%s", proto_info[info->proto].name, info->name);
        check_spelling(name, "", "");
        check_spelling(name, ".", ".ToString.Contains");
        check_spelling(name, "Protocol.", ".ToLower");
        if (info->proto != PROTO_PROPERTY) check_spelling(name, "Frame.Ethernet.", "");
        for (const char *dot = info->name - 1; dot; dot = strchr(dot + 1, '.'))
            if (structure_find(dot + 1, strlen(dot + 1)) >= 0 && meta_find(dot + 1, strlen(dot + 1)) < 0)
                check_spelling(dot + 1, "", ".ToString");
        if (field_is((FieldId)f, CALC_KEYED)) check_key(name);
    }
    for (int p = 0; p < PROTO_COUNT; p++)
        if (p != PROTO_PROPERTY) check_spelling(proto_info[p].name, "", "");
    for (int m = 0; m < META_COUNT; m++) {
        check_spelling(meta_info[m].name, "FrameVariable.", "");
        check_spelling(meta_info[m].name, "", ".ToString");
    }
    check_spelling("FrameData", "", ".Contains");
    check_spelling("Frame", "", "");
    check_spelling("AsciiString", "", "");
}

Test(format, unknown_names_stay)
{
    static const char *const names[] = {
        "tcp.nosuch", "nosuch.ToLowe", "tcp.PORT.nosuch",      "Protocol",     "protocol.nosuch", ".",
        "",           "frame.nosuch",  "FRAMEVARIABLE.nosuch", "blob.tostring"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", names[i]);
        spell_name(text, (u32)strlen(text));
        cr_expect(strcmp(text, names[i]) == 0, "'%s' became '%s'", names[i], text);
    }
}

/* ---- limits ---- */

static double seconds_of(const char *text, size_t len)
{
    struct timespec from, to;
    Formatted f;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    format_bytes(&f, text, len);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    cr_assert(f.text);
    release(&f);
    return (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
}

/* Chains, sets, calls side by side and brackets within brackets, each in a text of about a megabyte. */
Test(format, time_is_linear)
{
    Arena arena = {0};
    Text chain = {.arena = &arena}, set = {.arena = &arena}, calls = {.arena = &arena}, nested = {.arena = &arena};
    text_print(&set, "x IN {1");
    text_print(&chain, "x");
    text_print(&calls, "f(x");
    text_print(&nested, "x");
    for (u32 i = 0; i < 60000; i++) {
        text_print(&chain, " OR x == %u AND y", i);
        text_print(&set, ", 10.0.%u.%u", i / 256 % 256, i % 256);
        text_print(&calls, ", f(%u)", i);
    }
    text_print(&set, "}");
    text_print(&calls, ")");
    for (u32 i = 0; i < 200; i++) {
        text_print(&nested, " AND ");
        for (u32 depth = 0; depth < 150; depth++) text_print(&nested, "(a OR ");
        text_print(&nested, "b");
        for (u32 depth = 0; depth < 150; depth++) text_print(&nested, ")");
    }
    const Text *const texts[] = {&chain, &set, &calls, &nested};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        double took = seconds_of(texts[i]->bytes, texts[i]->len);
        cr_expect(took < 10, "text %zu of %zu bytes took %.1f s", i, texts[i]->len, took);
    }
    arena_release(&arena);
}

/* Indents may make a text too long to be read again: then it stays as it is. */
Test(format, a_result_too_large_is_refused)
{
    Arena arena = {0};
    Text text = {.arena = &arena};
    Formatted f;
    /* nested deeply: every test gets a line of its own, far to the right */
    for (u32 i = 0; i < 60; i++) text_print(&text, "(");
    for (u32 i = 0; i < 70000; i++) text_print(&text, "x&&y||");
    text_print(&text, "x");
    for (u32 i = 0; i < 60; i++) text_print(&text, ")");
    cr_assert_lt(text.len, 1u << 20);
    format_bytes(&f, text.bytes, text.len);
    cr_assert(!f.text);
    cr_assert(strstr(diag_format_all(&f.arena, &f.diags), "more bytes than a filter may have"));
    release(&f);
    arena_release(&arena);
}
