/* format.c - property: formatting changes layout and nothing else, and there is one layout.
 *
 * Random filters and sift files, in random layouts with comments everywhere.  What is formatted has the same tree (names in
 * any letter case) and the same comments in the same order; formatted again it stays as it is; and every layout of one text,
 * but for comments and blank lines, is formatted the same.  That programs stay the same as well is part of compile.c. */
#include "grammar/format.h"

#include "compiler/spelling.h"
#include "grammar/token.h"
#include "tests/effort.h"
#include "tests/filewords.h"
#include "tests/mangle.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { TEXTS = 1000, LAYOUTS = 3 };

/* ---- random text ---- */

typedef struct {
    Text text;
    Random *random;
    bool file; /* sets and names where only a sift file may have them */
} Maker;

static u32 below(Maker *m, u32 n) { return random_below(m->random, n); }

#define put(m, ...)   text_print(&(m)->text, __VA_ARGS__)
#define PICK(m, list) RANDOM_OF((m)->random, list)

static void make_test(Maker *m, u32 depth);
static void make_term(Maker *m, u32 depth);

static void make_set(Maker *m, u32 depth)
{
    u32 count = below(m, 8) ? 1 + below(m, 5) : 30 + below(m, 30);
    put(m, "{");
    for (u32 i = 0; i < count; i++) {
        make_term(m, count > 5 ? 0 : depth);
        if (!below(m, 4)) put(m, " .. "), make_term(m, depth);
        if (i + 1 < count || !below(m, 4)) put(m, ", ");
    }
    put(m, "}");
}

static void make_leaf(Maker *m)
{
    static const char *const leaves[] = {"TCP.Port",
                                         "IPv4.SourceAddress",
                                         ".Protocol.UDP.Port",
                                         "Frame.Ethernet.IPv4.TCP.Flags.Syn",
                                         "ports",
                                         "common.lan_noise",
                                         "filter",
                                         "let",
                                         "match",
                                         "with",
                                         "no.such.name.anywhere_at_all",
                                         "TCP.TCPPayload.ToString.ToLower",
                                         "FrameData",
                                         "80",
                                         "0xD0EF",
                                         "20ms",
                                         "\"some text // /* */ \\\" {}\"",
                                         "'it'",
                                         "10.0.0.1",
                                         "10.0.0.0/8",
                                         "FF02::C",
                                         "fe80::/10",
                                         "00:11:22:33:44:55",
                                         "00-11-22-33-44-55",
                                         "\"\xC3\xA4\xE2\x82\xAC\""};
    put(m, "%s", PICK(m, leaves));
}

static void make_call(Maker *m, u32 depth)
{
    static const char *const callees[] = {
        "Blob", "UINT16", "contains", "by_port", "common.thing", "TCP.TCPPayload.Contains", "f"};
    u32 count = below(m, 4);
    put(m, "%s(", PICK(m, callees));
    for (u32 i = 0; i < count; i++) {
        if (i) put(m, ", ");
        if (m->file && !below(m, 4))
            make_set(m, depth);
        else
            make_test(m, depth);
    }
    put(m, ")");
}

static void make_term(Maker *m, u32 depth)
{
    static const char *const binary[] = {"+", "-", "*", "/", "%%", "&", "|", "^", "<<", ">>"};
    switch (depth ? below(m, 12) : 11) {
    case 0:
    case 1:
        make_term(m, depth - 1);
        put(m, PICK(m, binary)[0] == '%' ? " %% " : " + ");
        make_term(m, depth - 1);
        return;
    case 2: put(m, "- "), make_term(m, depth - 1); return;
    case 3: put(m, "~ "), make_term(m, depth - 1); return;
    case 4: put(m, "("), make_test(m, depth - 1), put(m, ")"); return;
    case 5: put(m, "("), make_test(m, depth - 1), put(m, ").ToString.Contains('x')"); return;
    case 6: make_call(m, depth - 1), put(m, " .ToLower"); return;
    case 7: put(m, "'text' .ToLower"); return;
    case 8: put(m, "80 .ToString"); return;
    case 9:
    case 10: make_call(m, depth - 1); return;
    default: make_leaf(m);
    }
}

static void make_comparison(Maker *m, u32 depth)
{
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">=", "CONTAINS", "MATCHES"};
    make_term(m, depth);
    if (below(m, 4)) {
        put(m, " %s ", PICK(m, ops));
        make_term(m, depth);
    } else if (!below(m, 3)) {
        put(m, " IN 10.0.0.0/8");
    } else {
        put(m, " IN ");
        make_set(m, depth);
    }
}

static void make_chain(Maker *m, u32 depth)
{
    u32 count = 2 + below(m, 4), kind = below(m, 3);
    for (u32 i = 0; i < count; i++) {
        if (i) put(m, kind == 0 || (kind == 2 && below(m, 2)) ? " AND " : " OR ");
        make_test(m, depth);
    }
}

static void make_test(Maker *m, u32 depth)
{
    switch (depth ? below(m, 7) : 4 + below(m, 3)) {
    case 0: make_chain(m, depth - 1); return;
    case 1: put(m, "("), make_chain(m, depth - 1), put(m, ")"); return;
    case 2: put(m, "NOT ("), make_chain(m, depth - 1), put(m, ")"); return;
    case 3: put(m, "NOT "), make_comparison(m, depth - 1); return;
    case 4: make_term(m, depth ? depth - 1 : 0); return;
    default: make_comparison(m, depth ? depth - 1 : 0);
    }
}

/* ---- random sift files ---- */

static void make_value(Maker *m)
{
    static const char *const values[] = {"80", "- 5", "\"text\"", "{1, 2 .. 5, 10.0.0.0/8,}", "20ms", "{80}"};
    put(m, "%s", PICK(m, values));
}

static void make_entry(Maker *m)
{
    switch (below(m, 6)) {
    case 0: put(m, "match \"a(1..3).pcap\""); break;
    case 1:
        put(m, "match 'a.pcap' frames 1");
        for (u32 i = below(m, 3) ? below(m, 4) : 40; i > 0; i--) put(m, below(m, 2) ? ", 5" : ", 7 .. 9");
        break;
    case 2: put(m, "reject hex \"00 11\""); break;
    case 3: put(m, "match hex '00' \"11 22\" '33' linktype 113"); break;
    case 4: put(m, "count \"a\" >= 12"); break;
    default: put(m, "with ports = "), make_value(m);
    }
    put(m, "\n");
}

static void make_statement(Maker *m)
{
    static const char *const types[] = {"", " : number", " : ip"};
    switch (below(m, 7)) {
    case 0: put(m, "import \"lib/common.sift\" as common"); break;
    case 1: put(m, "param ports%s = ", PICK(m, types)), make_value(m); break;
    case 2: put(m, "let ports = "), make_set(m, 1); break;
    case 3: put(m, "let by_port(p, Match) = "), make_test(m, 3); break;
    case 4: put(m, "filter main = "), make_test(m, 4); break;
    case 5: put(m, "filter Main = "), make_test(m, 2); break;
    default:
        put(m, "test \"title\"%s {\n", below(m, 2) ? " of main" : "");
        for (u32 i = below(m, 5); i > 0; i--) make_entry(m);
        put(m, "}");
    }
    put(m, "\n");
}

static const char *make(Maker *m)
{
    if (!m->file) {
        make_test(m, 4);
        return text_str(&m->text);
    }
    put(m, "// sift 1\n");
    for (u32 i = below(m, 7); i > 0; i--) make_statement(m);
    return text_str(&m->text);
}

/* ---- what must stay ---- */

/* A text read again: its tree in words, and its comments with single blanks for blanks. */
typedef struct {
    const char *words, *comments;
} Meaning;

static void add_comment(Text *out, const char *text, u32 len)
{
    bool blank = false;
    for (u32 i = 0; i < len; i++) {
        bool space = isspace((unsigned char)text[i]);
        if (!space && blank) text_add(out, " ", 1);
        if (!space) text_add(out, text + i, 1);
        blank = space;
    }
    text_add(out, "\n", 1);
}

static Meaning read_again(Arena *arena, const char *text)
{
    Source source = {.name = "text", .text = text, .len = (u32)strlen(text)};
    Span whole = {0, source.len}, header;
    Text comments = {.arena = arena};
    Meaning meaning;
    DiagList diags;
    Lexer lexer;
    u32 version;
    diag_init(&diags, arena, &source);
    bool file = sift_header(&source, whole, &header, &version);
    meaning.words = file ? file_in_words(arena, &source, file_parse(arena, &source, whole, &diags)) : NULL;
    const Node *root = file ? NULL : parse(arena, &source, &diags);
    cr_assert(diags.errors == 0, "%s\n%s", text, diag_format_all(arena, &diags));
    if (root) meaning.words = ast_print_line(arena, &source, root);
    lex_init(&lexer, &source, whole);
    lexer.comments = true;
    for (Token t = lex_next(&lexer); t.kind != 0; t = lex_next(&lexer))
        if (t.kind == LEX_COMMENT && !(file && t.span.at == header.at))
            add_comment(&comments, text + t.span.at, t.span.len);
    meaning.comments = text_str(&comments);
    return meaning;
}

static void spell(void *user, FormatName what, char *name, u32 len)
{
    (void)user;
    if (what == FORMAT_METHODS)
        spell_methods(name, len);
    else
        spell_name(name, len);
}

static const char *formatted(Arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *exact = malloc(len + 1); /* the address sanitizer sees a step outside */
    cr_assert(exact);
    memcpy(exact, text, len);
    Source source = {.name = "text", .text = exact, .len = (u32)len};
    DiagList diags;
    u32 out_len = 0;
    diag_init(&diags, arena, &source);
    const char *out = format_source(arena, &source, &(FormatSpelling){.spell = spell}, &diags, &out_len);
    cr_assert(out, "%s\nis refused:\n%s", text, diag_format_all(arena, &diags));
    cr_assert(out_len == strlen(out));
    free(exact);
    return out;
}

/* Blanks at line ends, tabs outside of text, several blank lines, a missing newline at the end. */
static void check_lines(const char *text)
{
    size_t len = strlen(text);
    cr_assert(len > 1 && text[len - 1] == '\n' && text[len - 2] != '\n', "the end:\n%s", text);
    cr_assert(!strstr(text, "\n\n\n") && !strstr(text, " \n") && !strchr(text, '\r') && text[0] != '\n', "blanks:\n%s",
              text);
}

/* Imports, parameters, lets and entries may have blank lines between them or not. */
static const char *without_blank_lines(Arena *arena, const char *text)
{
    Text out = {.arena = arena};
    for (; *text; text++)
        if (text[0] != '\n' || text[1] != '\n') text_add(&out, text, 1);
    return text_str(&out);
}

static const char *check_layout(Arena *arena, Random *random, const char *text, bool comments)
{
    Text layout = {.arena = arena};
    mangle(&layout, random, text, (Mangling){.comments = comments});
    const char *once = formatted(arena, text_str(&layout)), *twice = formatted(arena, once);
    cr_assert(strcmp(once, twice) == 0, "formatted again it is another:\n%s\n---- once\n%s\n---- twice\n%s",
              text_str(&layout), once, twice);
    Meaning before = read_again(arena, text_str(&layout)), after = read_again(arena, once);
    cr_assert(strcasecmp(before.words, after.words) == 0, "another tree:\n%s\n----\n%s", text_str(&layout), once);
    cr_assert(strcmp(before.comments, after.comments) == 0, "other comments:\n%s\n----\n%s", text_str(&layout), once);
    check_lines(once);
    return once;
}

Test(format_property, layout_changes_and_nothing_else)
{
    const char *seed = getenv("PKTSIFT_SEED");
    Random random = {seed ? strtoull(seed, NULL, 0) : 20261125};
    for (u32 i = 0; i < EFFORT(TEXTS); i++) {
        Arena arena = {0};
        Maker m = {.text = {.arena = &arena}, .random = &random, .file = i % 2};
        const char *text = make(&m), *plain = without_blank_lines(&arena, formatted(&arena, text));
        for (u32 layout = 0; layout < LAYOUTS; layout++) {
            const char *other = without_blank_lines(&arena, check_layout(&arena, &random, text, false));
            cr_assert(strcasecmp(plain, other) == 0, "another layout:\n%s\n----\n%s", plain, other);
            check_layout(&arena, &random, text, true);
        }
        arena_release(&arena);
    }
}
