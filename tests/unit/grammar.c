/* grammar.c - tests of grammar/: the rows of tests/cases/grammar.case, the limits, literals, diagnostics, arena.
 *
 * Runs with the repository's root as working directory. */
#include "tests/fuzz/check_tree.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- one filter, parsed ---- */

typedef struct {
    Arena arena;
    Source source;
    DiagList diags;
    Node *root;
} Parsed;

static void parse_bytes(Parsed *p, const char *text, size_t len)
{
    *p = (Parsed){.source = {.name = "filter", .text = text, .len = (u32)len}};
    diag_init(&p->diags, &p->arena, &p->source);
    p->root = parse(&p->arena, &p->source, &p->diags);
}

static void parse_text(Parsed *p, const char *text) { parse_bytes(p, text, strlen(text)); }

static const char *messages(Parsed *p) { return diag_format_all(&p->arena, &p->diags); }

static void release(Parsed *p) { arena_release(&p->arena); }

/* ---- rows of tests/cases/grammar.case ---- */

enum { VALUE_AT = 8 };

typedef struct {
    u32 line;           /* where the block begins, from 1 */
    const char *filter; /* after escapes are resolved */
    size_t filter_len;
    const char *key, *want;
} Row;

typedef struct {
    Arena arena;
    Row *row;
    u32 count;
} Rows;

static char *read_whole(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s: cannot be opened; tests run from the repository's root", path);
    Text text = {.arena = arena};
    char block[4096];
    for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;) text_add(&text, block, got);
    fclose(file);
    cr_assert(text.len > 0, "%s: empty", path);
    return text.bytes;
}

static int hex_value(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static char unescape_one(const char **at)
{
    char c = *(*at)++;
    if (c == 'n') return '\n';
    if (c == 't') return '\t';
    if (c == 'r') return '\r';
    if (c != 'x') return c;
    int high = hex_value((*at)[0]), low = high < 0 ? -1 : hex_value((*at)[1]);
    cr_assert(low >= 0, "grammar.case: \\x without two hex digits");
    *at += 2;
    return (char)(high << 4 | low);
}

static void set_filter(Arena *arena, Row *row, const char *value, bool escaped)
{
    Text text = {.arena = arena};
    for (const char *at = value; *at;) {
        char c = *at++;
        if (escaped && c == '\\') c = unescape_one(&at);
        text_add(&text, &c, 1);
    }
    row->filter = text_str(&text);
    row->filter_len = text.len;
}

/* The value that begins at *line, and the indented lines behind it; *line is the next line then. */
static const char *read_value(Arena *arena, char **line, u32 *number)
{
    Text value = {.arena = arena};
    for (bool first = true; *line; first = false) {
        char *end = strchr(*line, '\n'), *from = *line;
        size_t len = end ? (size_t)(end - from) : strlen(from);
        if (!first && (len < VALUE_AT || strspn(from, " ") < VALUE_AT)) break;
        if (!first) text_add(&value, "\n", 1);
        if (len > VALUE_AT) text_add(&value, from + VALUE_AT, len - VALUE_AT);
        *line = end ? end + 1 : NULL;
        ++*number;
    }
    return text_str(&value);
}

static void end_row(Rows *rows, Row *row)
{
    if (row->line == 0) return;
    cr_assert(row->filter && row->key, "grammar.case:%u: a block needs a filter and an answer", row->line);
    for (u32 i = 0; i < rows->count; i++) {
        const Row *other = &rows->row[i];
        cr_assert(other->filter_len != row->filter_len || memcmp(other->filter, row->filter, row->filter_len) != 0,
                  "grammar.case:%u: the filter of line %u again", row->line, other->line);
    }
    rows->row[rows->count++] = *row;
    *row = (Row){0};
}

static void read_pair(Rows *rows, Row *row, char **line, u32 *number)
{
    static const char *const answers[] = {"tree", "kind", "fails"};
    char key[VALUE_AT + 1] = "";
    u32 at = *number;
    memcpy(key, *line, strcspn(*line, " \n") < VALUE_AT ? strcspn(*line, " \n") : VALUE_AT - 1);
    const char *value = read_value(&rows->arena, line, number);
    if (row->line == 0) row->line = at;
    if (strcmp(key, "filter") == 0 || strcmp(key, "escaped") == 0) {
        cr_assert(!row->filter, "grammar.case:%u: a second filter in one block", at);
        set_filter(&rows->arena, row, value, key[0] == 'e');
        return;
    }
    cr_assert(!row->key, "grammar.case:%u: a second answer in one block", at);
    for (u32 i = 0; i < COUNT_OF(answers); i++)
        if (strcmp(key, answers[i]) == 0) row->key = answers[i];
    cr_assert(row->key, "grammar.case:%u: unknown key '%s'", at, key);
    row->want = value;
}

static void read_rows(Rows *rows)
{
    *rows = (Rows){0};
    char *line = read_whole(&rows->arena, "tests/cases/grammar.case");
    rows->row = NEW_ARRAY(&rows->arena, Row, strlen(line) / 8);
    Row row = {0};
    u32 number = 1;
    while (line && *line) {
        if (*line != '#' && *line != '\n') {
            read_pair(rows, &row, &line, &number);
            continue;
        }
        if (*line == '\n') end_row(rows, &row);
        line = strchr(line, '\n');
        if (line) line++;
        number++;
    }
    end_row(rows, &row);
}

static const char *answer(Parsed *p, const Row *row)
{
    if (p->root && strcmp(row->key, "tree") == 0) return ast_print_line(&p->arena, &p->source, p->root);
    if (p->root && strcmp(row->key, "kind") == 0) return node_kind_name(p->root->kind);
    if (p->root) return "(no error)";
    const char *text = messages(p);
    return arena_copy(&p->arena, text, strlen(text) - 1); /* the last line end is not in the row */
}

static void run_row(const Row *row)
{
    Parsed p;
    char *exact = malloc(row->filter_len + 1); /* the address sanitizer sees a step outside */
    memcpy(exact, row->filter, row->filter_len);
    parse_bytes(&p, exact, row->filter_len);
    const char *got = answer(&p, row);
    cr_expect(strcmp(got, row->want) == 0, "grammar.case:%u: wanted\n%s\ngot\n%s", row->line, row->want, got);
    const char *broken = check_diags(&p.diags);
    if (p.root && !broken) broken = check_tree(&p.arena, &p.source, p.root);
    if (p.root && !broken) broken = check_again(&p.arena, &p.source, p.root);
    cr_expect(broken == NULL, "grammar.case:%u: %s", row->line, broken ? broken : "");
    release(&p);
    free(exact);
}

Test(grammar, rows)
{
    Rows rows;
    read_rows(&rows);
    cr_assert(rows.count >= 400, "only %u rows were read", rows.count);
    for (u32 i = 0; i < rows.count; i++) run_row(&rows.row[i]);
    arena_release(&rows.arena);
}

/* ---- limits ---- */

/* `unit` repeated, in the arena of the test. */
static void repeat(Text *text, const char *unit, u32 count)
{
    for (u32 i = 0; i < count; i++) text_add(text, unit, strlen(unit));
}

static void expect_one_error(const Text *text, const char *want)
{
    Parsed p;
    parse_bytes(&p, text->bytes, text->len);
    cr_expect(p.root == NULL && p.diags.errors == 1, "%u errors", p.diags.errors);
    cr_expect_str_eq(messages(&p), want);
    release(&p);
}

static const char too_deep_hint[] = "hint: sets and chains of AND or OR may be of any length\n";

Test(grammar, ten_thousand_parentheses_are_one_error)
{
    Arena arena = {0};
    Text text = {.arena = &arena}, want = {.arena = &arena};
    repeat(&text, "(", 10000);
    repeat(&text, "a", 1);
    repeat(&text, ")", 10000);
    text_print(&want, "filter:1:201: error: this is nested more than 200 deep\n  ...");
    text_fill(&want, '(', 100);
    text_print(&want, "...\n%36s\n%s", "^", too_deep_hint);
    expect_one_error(&text, want.bytes);
    arena_release(&arena);
}

Test(grammar, two_hundred_deep_is_allowed_and_no_more)
{
    static const struct {
        const char *open, *middle, *close;
        u32 most;
    } shape[] = {{"(", "a", ")", 200},
                 {"NOT ", "a", "", 199},
                 {"-", "a", "", 199},
                 {"f(", "a", ")", 199},
                 {"", "a", " + 1", 199},
                 {"a - (", "b", ")", 199},
                 {"(a OR ", "b", ")", 200},
                 {"a AND (b OR ", "c", ")", 99},
                 {"f(a, b == ", "c", ")", 99},
                 {"NOT (", "a", ")", 199},
                 {"(a == ", "1", ")", 199},
                 {"(", "a", ").b", 199},
                 {"a == 1 OR b AND NOT -c * (d + ", "1", ") == 2", 39}};
    for (u32 i = 0; i < COUNT_OF(shape); i++) {
        for (u32 more = 0; more < 2; more++) {
            Parsed p;
            Arena arena = {0};
            Text text = {.arena = &arena};
            repeat(&text, shape[i].open, shape[i].most + more);
            repeat(&text, shape[i].middle, 1);
            repeat(&text, shape[i].close, shape[i].most + more);
            parse_bytes(&p, text.bytes, text.len);
            cr_expect((p.root != NULL) == (more == 0), "shape %u: %s", i, messages(&p));
            cr_expect_eq(p.diags.errors, more, "shape %u: %s", i, messages(&p));
            if (p.diags.errors)
                cr_expect_str_eq(p.diags.item[0].text, "this is nested more than 200 deep");
            else
                cr_expect_null(check_tree(&p.arena, &p.source, p.root), "shape %u", i);
            release(&p);
            arena_release(&arena);
        }
    }
}

Test(grammar, deep_chains_are_one_error)
{
    static const char *const unit[] = {"a + ", "NOT ", "- ", "~", "a IN {f(", "f(", "a * b - (", "(a == "};
    for (u32 i = 0; i < COUNT_OF(unit); i++) {
        Parsed p;
        Arena arena = {0};
        Text text = {.arena = &arena};
        repeat(&text, unit[i], 100000);
        repeat(&text, "a", 1);
        parse_bytes(&p, text.bytes, text.len);
        cr_expect(p.root == NULL && p.diags.errors == 1, "'%s': %u errors", unit[i], p.diags.errors);
        cr_expect_str_eq(p.diags.item[0].text, "this is nested more than 200 deep", "'%s'", unit[i]);
        cr_expect(p.diags.item[0].span.at <= 201 * strlen(unit[i]), "'%s': told at %u", unit[i],
                  p.diags.item[0].span.at);
        release(&p);
        arena_release(&arena);
    }
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Linear work takes some hundredths of a second, quadratic work minutes; the sanitizers are allowed their share. */
static void expect_quick(Parsed *p, const Text *text)
{
    double start = cpu_seconds();
    parse_bytes(p, text->bytes, text->len);
    double took = cpu_seconds() - start;
    cr_expect(took < 2.0, "%zu bytes took %.2f s", text->len, took);
}

Test(grammar, long_chains_and_sets_are_flat)
{
    static const struct {
        const char *first, *unit, *last;
        NodeKind kind;
    } shape[] = {{"IPv4.Address == 10.0.0.1", " OR IPv4.Address == 10.0.0.1", "", NODE_OR},
                 {"a", " AND NOT b", "", NODE_AND},
                 {"a IN {10.0.0.1", ", 10.0.0.1", "}", NODE_SET},
                 {"f(a", ", 10.0.0.1", ")", NODE_CALL}};
    for (u32 i = 0; i < COUNT_OF(shape); i++) {
        Parsed p;
        Arena arena = {0};
        Text text = {.arena = &arena};
        repeat(&text, shape[i].first, 1);
        repeat(&text, shape[i].unit, 99999);
        repeat(&text, shape[i].last, 1);
        expect_quick(&p, &text);
        cr_assert(p.root, "%s", messages(&p));
        const Node *node = p.root->kind == NODE_IN ? p.root->last : p.root;
        cr_expect_eq(node->kind, shape[i].kind);
        cr_expect_eq(node->count, shape[i].kind == NODE_CALL ? 100001u : 100000u);
        cr_expect_null(check_tree(&p.arena, &p.source, p.root));
        cr_expect(strlen(ast_print(&p.arena, &p.source, p.root)) > 1000000);
        release(&p);
        arena_release(&arena);
    }
}

Test(grammar, a_megabyte_of_errors_is_quick_and_counted)
{
    static const struct {
        const char *unit;
        u32 count, errors;
    } shape[] = {{"(a IN {1) b AND ", 60000, 120001}, {") ", 500000, 1},       {"a b OR ", 150000, 150001},
                 {"\"\\q\" OR ", 100000, 100001},     {"#a ", 300000, 300000}, {"\xE2\x80\x9C a\n", 100000, 100000}};
    for (u32 i = 0; i < COUNT_OF(shape); i++) {
        Parsed p;
        Arena arena = {0};
        Text text = {.arena = &arena};
        repeat(&text, shape[i].unit, shape[i].count);
        expect_quick(&p, &text);
        cr_expect_null(p.root);
        cr_expect_eq(p.diags.errors, shape[i].errors, "'%s': %u errors", shape[i].unit, p.diags.errors);
        cr_expect_leq(p.diags.count, (u32)DIAGS_MAX);
        cr_expect_null(check_diags(&p.diags));
        release(&p);
        arena_release(&arena);
    }
}

Test(grammar, errors_past_the_twentieth_are_counted)
{
    Parsed p;
    Arena arena = {0};
    Text text = {.arena = &arena};
    repeat(&text, "a b OR ", 24);
    repeat(&text, "c", 1);
    parse_bytes(&p, text.bytes, text.len);
    cr_expect_eq(p.diags.count, (u32)DIAGS_MAX);
    cr_expect_eq(p.diags.errors, 24u);
    const char *all = messages(&p), *more = strstr(all, "\n... and 4 more errors\n");
    cr_expect(more && more[strlen("\n... and 4 more errors\n")] == '\0', "%s", all);
    release(&p);
    arena_release(&arena);
}

Test(grammar, a_filter_above_the_limit_is_refused)
{
    Parsed p;
    char *text = malloc(FILTER_BYTES_MAX + 1);
    memset(text, ' ', FILTER_BYTES_MAX + 1);
    text[0] = 'a';
    parse_bytes(&p, text, FILTER_BYTES_MAX);
    cr_expect(p.root, "%s", messages(&p));
    release(&p);
    parse_bytes(&p, text, FILTER_BYTES_MAX + 1);
    cr_expect_null(p.root);
    cr_expect_eq(p.diags.errors, 1u);
    cr_expect_str_eq(p.diags.item[0].text, "this filter has 16777217 bytes; 16777216 is the limit");
    release(&p);
    free(text);
}

Test(grammar, parse_adds_to_the_diagnostics_that_are_there)
{
    Parsed p;
    parse_text(&p, "a b");
    p.root = parse(&p.arena, &(Source){.name = "other", .text = "a", .len = 1}, &p.diags);
    cr_expect(p.root, "an earlier error must not spoil a later filter");
    cr_expect_eq(p.diags.errors, 1u);
    release(&p);
}

/* ---- the tree ---- */

static void expect_span(const Parsed *p, Span span, const char *want)
{
    cr_expect(span.len == strlen(want) && memcmp(p->source.text + span.at, want, span.len) == 0, "'%.*s' is not '%s'",
              (int)span.len, p->source.text + span.at, want);
}

Test(grammar, spans_cover_what_they_name)
{
    Parsed p;
    parse_text(&p, " ( (a.b + 1) == ( f(x) ).m ) OR ((c)) IN {1..2 , 3}");
    cr_assert(p.root, "%s", messages(&p));
    const Node *compare = p.root->first, *sum = compare->first, *method = compare->last, *in = p.root->last;
    expect_span(&p, p.root->span, "( (a.b + 1) == ( f(x) ).m ) OR ((c)) IN {1..2 , 3}");
    expect_span(&p, p.root->at, "OR");
    expect_span(&p, compare->span, "(a.b + 1) == ( f(x) ).m");
    expect_span(&p, compare->outer, "( (a.b + 1) == ( f(x) ).m )");
    expect_span(&p, compare->at, "==");
    expect_span(&p, sum->span, "a.b + 1");
    expect_span(&p, sum->outer, "(a.b + 1)");
    expect_span(&p, sum->first->span, "a.b");
    expect_span(&p, method->span, "( f(x) ).m");
    expect_span(&p, method->at, ".m");
    expect_span(&p, method->first->span, "f(x)");
    expect_span(&p, method->first->at, "f");
    expect_span(&p, in->span, "((c)) IN {1..2 , 3}");
    expect_span(&p, in->first->span, "c");
    expect_span(&p, in->first->outer, "((c))");
    expect_span(&p, in->last->span, "{1..2 , 3}");
    expect_span(&p, in->last->at, "{");
    expect_span(&p, in->last->first->span, "1..2");
    expect_span(&p, in->last->first->at, "..");
    cr_expect(node_in_parens(compare) && node_in_parens(sum) && node_in_parens(in->first));
    cr_expect(!node_in_parens(p.root) && !node_in_parens(method) && !node_in_parens(in->last));
    cr_expect_eq(p.root->height, 5);
    release(&p);
    parse_text(&p, "((a OR b) OR c) OR (d OR e)");
    cr_assert(p.root, "%s", messages(&p));
    expect_span(&p, p.root->span, "((a OR b) OR c) OR (d OR e)");
    cr_expect(!node_in_parens(p.root));
    release(&p);
}

Test(grammar, tree_is_printed_a_node_a_line)
{
    Parsed p;
    parse_text(&p, "\xEF\xBB\xBF"
                   "a IN {1..2}\n OR NOT Blob(b, -1).m(\"\xC3\xA9\x01\") != \"x\" + y");
    cr_assert(p.root, "%s", messages(&p));
    cr_expect_str_eq(ast_print(&p.arena, &p.source, p.root), "or  1:1\n"
                                                             "  in  1:1\n"
                                                             "    name a  1:1\n"
                                                             "    set  1:6\n"
                                                             "      range  1:7\n"
                                                             "        int 1  1:7\n"
                                                             "        int 2  1:10\n"
                                                             "  not  2:5\n"
                                                             "    compare !=  2:9\n"
                                                             "      method called  2:9\n"
                                                             "        call  2:9\n"
                                                             "          name Blob  2:9\n"
                                                             "          name b  2:14\n"
                                                             "          unary -  2:17\n"
                                                             "            int 1  2:18\n"
                                                             "        name .m  2:20\n"
                                                             "        string \"\xC3\xA9?\"  2:23\n"
                                                             "      binary +  2:32\n"
                                                             "        string \"x\"  2:32\n"
                                                             "        name y  2:38\n");
    release(&p);
}

Test(grammar, every_kind_has_its_own_name)
{
    for (u32 i = 0; i < NODE_KIND_COUNT; i++) {
        cr_assert_str_neq(node_kind_name((NodeKind)i), "?");
        for (u32 j = 0; j < i; j++) cr_expect_str_neq(node_kind_name((NodeKind)i), node_kind_name((NodeKind)j));
    }
    cr_expect_str_eq(node_kind_name(NODE_KIND_COUNT), "?");
    cr_expect_str_eq(op_spelling(0), "?");
    cr_expect_str_eq(op_spelling(255), "?");
}

/* ---- literals ---- */

#define LIT(text) text, (u32)strlen(text)

Test(grammar, literal_int)
{
    static const struct {
        const char *text;
        u64 value;
    } good[] = {{"0", 0},
                {"80", 80},
                {"007", 7},
                {"0x0", 0},
                {"0XfF", 255},
                {"18446744073709551615", UINT64_MAX},
                {"0xD0EF", 0xD0EF},
                {"0x123456AABBCC", 0x123456AABBCC},
                {"0xFFFFFFFFFFFFFFFF", UINT64_MAX},
                {"0x0000000000000000000001", 1}};
    static const char *const bad[] = {"",
                                      "x",
                                      "0x",
                                      "1x",
                                      "-1",
                                      " 1",
                                      "1 ",
                                      "0xg",
                                      "18446744073709551616",
                                      "0x10000000000000000",
                                      "99999999999999999999999"};
    u64 value = 42;
    for (u32 i = 0; i < COUNT_OF(bad); i++) cr_expect(!literal_int(LIT(bad[i]), &value) && value == 42, "%s", bad[i]);
    for (u32 i = 0; i < COUNT_OF(good); i++)
        cr_expect(literal_int(LIT(good[i].text), &value) && value == good[i].value, "%s", good[i].text);
    cr_expect(literal_int("123", 2, &value) && value == 12, "nothing behind len is read");
}

Test(grammar, literal_hex_bytes)
{
    Arena arena = {0};
    u32 count = 0;
    const u8 *bytes = literal_hex_bytes(&arena, LIT("0xD0eF"), &count);
    cr_expect(bytes && count == 2 && memcmp(bytes, "\xD0\xEF", 2) == 0);
    bytes = literal_hex_bytes(&arena, LIT("0xD0E"), &count);
    cr_expect(bytes && count == 2 && memcmp(bytes, "\x0D\x0E", 2) == 0);
    bytes = literal_hex_bytes(&arena, LIT("0x00112233445566778899AABBCC"), &count);
    cr_expect(bytes && count == 13 && memcmp(bytes, "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC", 13) == 0);
    bytes = literal_hex_bytes(&arena, LIT("0x7"), &count);
    cr_expect(bytes && count == 1 && bytes[0] == 7);
    cr_expect_null(literal_hex_bytes(&arena, LIT("0x"), &count));
    cr_expect_null(literal_hex_bytes(&arena, LIT("80"), &count));
    cr_expect_null(literal_hex_bytes(&arena, LIT("0x1g"), &count));
    arena_release(&arena);
}

Test(grammar, literal_ipv4)
{
    static const char *const bad[] = {"",         "1.2.3",      "1.2.3.4.5", "256.1.1.1", "1.2.3.4x",
                                      "1..2.3",   "01.2.3.4",   "1.2.3.00",  "1.2.3.",    ".1.2.3",
                                      "1.2.3.4 ", "1.2.3.1234", "1.2.3.4/8", "a.b.c.d"};
    u32 address = 42;
    for (u32 i = 0; i < COUNT_OF(bad); i++)
        cr_expect(!literal_ipv4(LIT(bad[i]), &address) && address == 42, "%s", bad[i]);
    cr_expect(literal_ipv4(LIT("10.0.0.1"), &address) && address == 0x0A000001);
    cr_expect(literal_ipv4(LIT("0.0.0.0"), &address) && address == 0);
    cr_expect(literal_ipv4(LIT("255.255.255.255"), &address) && address == UINT32_MAX);
    cr_expect(literal_ipv4(LIT("192.168.20.3"), &address) && address == 0xC0A81403);
}

Test(grammar, literal_ipv4_prefix)
{
    static const struct {
        const char *text;
        u32 low, high;
        bool host_bits;
    } good[] = {{"10.0.0.0/8", 0x0A000000, 0x0AFFFFFF, false},
                {"10.1.2.3/8", 0x0A000000, 0x0AFFFFFF, true},
                {"0.0.0.0/0", 0, UINT32_MAX, false},
                {"0.0.0.1/0", 0, UINT32_MAX, true},
                {"1.2.3.4/32", 0x01020304, 0x01020304, false},
                {"1.2.3.4/31", 0x01020304, 0x01020305, false},
                {"192.168.1.129/25", 0xC0A80180, 0xC0A801FF, true}};
    static const char *const bad[] = {"10.0.0.0", "10.0.0.0/",    "10.0.0.0/33", "10.0.0.0/08", "10.0.0/8",
                                      "/8",       "10.0.0.0/8/8", "10.0.0.0/8x", "10.0.0.0/-1", "10.0.0.0/256"};
    u32 low, high;
    bool host_bits;
    for (u32 i = 0; i < COUNT_OF(good); i++) {
        cr_expect(literal_ipv4_prefix(LIT(good[i].text), &low, &high, &host_bits), "%s", good[i].text);
        cr_expect(low == good[i].low && high == good[i].high && host_bits == good[i].host_bits, "%s", good[i].text);
    }
    for (u32 i = 0; i < COUNT_OF(bad); i++)
        cr_expect(!literal_ipv4_prefix(LIT(bad[i]), &low, &high, &host_bits), "%s", bad[i]);
}

Test(grammar, literal_ipv6)
{
    static const struct {
        const char *text, *bytes;
    } good[] = {{"::", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
                {"::1", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"},
                {"FF02::C", "\xFF\2\0\0\0\0\0\0\0\0\0\0\0\0\0\x0C"},
                {"2001:db8:0:1::1", "\x20\1\x0D\xB8\0\0\0\1\0\0\0\0\0\0\0\1"},
                {"1:2:3:4:5:6:7:8", "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\x08"},
                {"1:2:3:4:5:6:7::", "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\0"},
                {"::ffff:10.0.0.1", "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\x0A\0\0\1"}};
    static const char *const bad[] = {"",
                                      ":",
                                      ":::",
                                      "1::2::3",
                                      "1:2:3",
                                      "12345::",
                                      "::g",
                                      "::1.2.3",
                                      "::1%eth0",
                                      "[::1]",
                                      "::1/64",
                                      "1:2:3:4:5:6:7:8:9",
                                      "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
    u8 address[16];
    for (u32 i = 0; i < COUNT_OF(good); i++)
        cr_expect(literal_ipv6(LIT(good[i].text), address) && memcmp(address, good[i].bytes, 16) == 0, "%s",
                  good[i].text);
    for (u32 i = 0; i < COUNT_OF(bad); i++) cr_expect(!literal_ipv6(LIT(bad[i]), address), "%s", bad[i]);
    cr_expect(!literal_ipv6("::1\0", 4, address), "a NUL is no part of an address");
}

Test(grammar, literal_ipv6_prefix)
{
    u8 low[16], high[16];
    bool host_bits = true;
    cr_expect(literal_ipv6_prefix(LIT("fe80::/10"), low, high, &host_bits) && !host_bits);
    cr_expect(memcmp(low, "\xFE\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
    cr_expect(memcmp(high, "\xFE\xBF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 16) == 0);
    cr_expect(literal_ipv6_prefix(LIT("2001:db8::1/32"), low, high, &host_bits) && host_bits);
    cr_expect(memcmp(low, "\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);
    cr_expect(literal_ipv6_prefix(LIT("::1/128"), low, high, &host_bits) && !host_bits && memcmp(low, high, 16) == 0);
    cr_expect(literal_ipv6_prefix(LIT("::/0"), low, high, &host_bits) && !host_bits && high[0] == 0xFF && low[0] == 0);
    cr_expect(!literal_ipv6_prefix(LIT("::/129"), low, high, &host_bits));
    cr_expect(!literal_ipv6_prefix(LIT("::"), low, high, &host_bits));
    cr_expect(!literal_ipv6_prefix(LIT("::/"), low, high, &host_bits));
    cr_expect(!literal_ipv6_prefix(LIT("::/1x"), low, high, &host_bits));
}

Test(grammar, literal_mac)
{
    u64 address = 0;
    cr_expect(literal_mac(LIT("00:11:22:33:44:55"), &address) && address == 0x001122334455);
    cr_expect(literal_mac(LIT("fF-EE-dd-CC-bb-AA"), &address) && address == 0xFFEEDDCCBBAA);
    cr_expect(!literal_mac(LIT("00:11:22:33:44-55"), &address));
    cr_expect(!literal_mac(LIT("00:11:22:33:44"), &address));
    cr_expect(!literal_mac(LIT("00:11:22:33:44:5g"), &address));
    cr_expect(!literal_mac(LIT("00.11.22.33.44.55"), &address));
    cr_expect(!literal_mac(LIT("0:011:22:33:44:55"), &address));
}

Test(grammar, literal_duration)
{
    static const struct {
        const char *text;
        u64 steps;
        bool exact;
    } good[] = {
        {"0s", 0, true},           {"100ns", 1, true},          {"150ns", 1, false},
        {"99ns", 0, false},        {"1us", 10, true},           {"20ms", 200000, true},
        {"20MS", 200000, true},    {"1s", 10000000, true},      {"5min", 3000000000, true},
        {"1h", 36000000000, true}, {"2d", 1728000000000, true}, {"1844674407370955161us", 18446744073709551610u, true}};
    static const char *const bad[] = {"",
                                      "s",
                                      "1",
                                      "1m",
                                      "1sec",
                                      "1 s",
                                      "-1s",
                                      "1.5s",
                                      "18446744073709551616ns",
                                      "1844674407370955162us",
                                      "99999999999999999h"};
    u64 steps;
    bool exact;
    for (u32 i = 0; i < COUNT_OF(good); i++) {
        cr_expect(literal_duration(LIT(good[i].text), &steps, &exact), "%s", good[i].text);
        cr_expect(steps == good[i].steps && exact == good[i].exact, "%s", good[i].text);
    }
    for (u32 i = 0; i < COUNT_OF(bad); i++) cr_expect(!literal_duration(LIT(bad[i]), &steps, &exact), "%s", bad[i]);
}

Test(grammar, literal_string)
{
    static const struct {
        const char *text, *bytes;
        u32 len;
    } good[] = {{"\"\"", "", 0},
                {"'a\"b'", "a\"b", 3},
                {"\"\\\"\\'\\\\\\n\\r\\t\\x41\"", "\"'\\\n\r\tA", 7},
                {"\"a\\x00b\"", "a\0b", 3},
                {"'\\xff\\xFE'", "\xFF\xFE", 2},
                {"\"\xC3\xA9\"", "\xC3\xA9", 2}};
    static const char *const bad[] = {"",         "\"",        "abc",  "\"abc",  "\"abc'",  "\"\\q\"",
                                      "\"\\x4\"", "\"\\xg0\"", "\"\\", "\"\\\"", "\"a\"b\""};
    Arena arena = {0};
    u32 len = 0;
    for (u32 i = 0; i < COUNT_OF(good); i++) {
        const char *bytes = literal_string(&arena, LIT(good[i].text), &len);
        cr_assert(bytes, "%s", good[i].text);
        cr_expect(len == good[i].len && memcmp(bytes, good[i].bytes, len + 1) == 0, "%s", good[i].text);
    }
    for (u32 i = 0; i < COUNT_OF(bad); i++) cr_expect_null(literal_string(&arena, LIT(bad[i]), &len), "%s", bad[i]);
    arena_release(&arena);
}

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

/* Expected numbers by `date -u -d "2014-10-25 23:32:00" +%s` and the like. */
Test(grammar, literal_time)
{
    static const struct {
        const char *text;
        i64 ns;
    } good[] = {{"1970-01-01 00:00:00Z", 0},
                {"2014-10-25 23:32:00Z", 1414279920000000000},
                {"2014-10-25T23:32:00Z", 1414279920000000000},
                {"2014-10-25t23:32:00z", 1414279920000000000},
                {"2014-10-25 23:32Z", 1414279920000000000},
                {"2014-10-25 23:32:00+02:00", 1414272720000000000},
                {"2014-10-25 23:32:00-0530", 1414299720000000000},
                {"2014-10-25 23:32:00.5Z", 1414279920500000000},
                {"2014-10-25 23:32:00.123456789Z", 1414279920123456789},
                {"2014-10-25 23:32:00.000000001+00:00", 1414279920000000001},
                {"2012-02-29 00:00:00Z", 1330473600000000000},
                {"1969-12-31 23:59:59Z", -1000000000},
                {"1969-12-31 23:59:59.5Z", -500000000},
                {"2262-04-11 23:47:16.854775807Z", INT64_MAX},
                {"1677-09-22 00:00:00Z", -9223286400000000000},
                /* no zone: local, here central Europe, in summer and in winter */
                {"2014-10-25 23:32:00", 1414272720000000000},
                {"2014-12-25 23:32:00", 1419546720000000000},
                {"2014-10-25", 1414188000000000000},
                {"1970-01-01 00:59:59", -1000000000}};
    static const char *const bad[] = {"",
                                      "2014",
                                      "2014-10",
                                      "2014-10-25 ",
                                      "2014-10-25Z",
                                      "2014-10-25 23",
                                      "2014-10-25 24:00:00",
                                      "2014-10-25 23:60:00",
                                      "2014-10-25 23:32:60",
                                      "2014-10-25 23:32:00.",
                                      "2014-10-25 23:32:00.1234567891",
                                      "2014-10-25 23:32:00+2",
                                      "2014-10-25 23:32:00+24:00",
                                      "2014-10-25 23:32:00 Z",
                                      "2014-10-25  23:32:00",
                                      "2014-13-01",
                                      "2014-00-01",
                                      "2014-01-00",
                                      "2014-02-29",
                                      "1900-02-29",
                                      "2014-04-31",
                                      "14-10-25",
                                      "2014/10/25",
                                      "25.10.2014",
                                      "2014-10-25 23:32:00Zx",
                                      "2262-04-11 23:47:17Z",
                                      "1677-09-21 00:00:00Z",
                                      "9999-12-31",
                                      "0000-01-01",
                                      "129222852861360590"};
    use_zone("CET-1CEST,M3.5.0,M10.5.0/3"); /* no zone files needed */
    i64 ns = 42;
    for (u32 i = 0; i < COUNT_OF(bad); i++) cr_expect(!literal_time(LIT(bad[i]), &ns) && ns == 42, "%s", bad[i]);
    for (u32 i = 0; i < COUNT_OF(good); i++) {
        cr_expect(literal_time(LIT(good[i].text), &ns), "%s", good[i].text);
        cr_expect_eq(ns, good[i].ns, "%s gave %lld", good[i].text, (long long)ns);
    }
    use_zone("UTC0");
    cr_expect(literal_time(LIT("2014-10-25 23:32:00"), &ns) && ns == 1414279920000000000);
}

/* ---- diagnostics ---- */

Test(grammar, places_count_lines_and_characters)
{
    const char *text = "\xEF\xBB\xBF"
                       "a\xC3\xA9"
                       "b\r\nc\n\nd";
    Source source = {.name = "filter", .text = text, .len = (u32)strlen(text)};
    static const struct {
        u32 at, line, column;
    } want[] = {{0, 1, 1},  {3, 1, 1},  {4, 1, 2},  {6, 1, 3},  {9, 2, 1},
                {10, 2, 2}, {11, 3, 1}, {12, 4, 1}, {13, 4, 2}, {99, 4, 2}};
    for (u32 i = 0; i < COUNT_OF(want); i++) {
        Place place = source_place(&source, want[i].at);
        cr_expect(place.line == want[i].line && place.column == want[i].column, "byte %u: %u:%u", want[i].at,
                  place.line, place.column);
    }
}

static const char *excerpt(Arena *arena, const char *text, u32 at, u32 len)
{
    Source source = {.name = "f", .text = text, .len = (u32)strlen(text)};
    Diag diag = {.level = DIAG_WARNING, .span = {at, len}, .text = "m"};
    const char *out = diag_format(arena, &source, &diag);
    return strchr(out, '\n') + 1;
}

Test(grammar, excerpts_are_clipped_and_safe)
{
    Arena arena = {0};
    cr_expect_str_eq(excerpt(&arena, "ab cd ef", 3, 2), "  ab cd ef\n     ^~\n");
    cr_expect_str_eq(excerpt(&arena, "ab", 2, 0), "  ab\n    ^\n");
    cr_expect_str_eq(excerpt(&arena, "ab\ncd", 0, 5), "  ab\n  ^~\n");
    cr_expect_str_eq(excerpt(&arena, "ab\r\ncd", 4, 2), "  cd\n  ^~\n");
    cr_expect_str_eq(excerpt(&arena, "ab\n\ncd", 3, 1), "");
    cr_expect_str_eq(excerpt(&arena, "\t\x1b[1m\xE2\x80\xAE\xC3\xA9\xFF x", 10, 1),
                     "   ?[1m?\xC3\xA9? x\n         ^\n");
    Text line = {.arena = &arena}, want = {.arena = &arena};
    text_fill(&line, 'a', 150);
    text_fill(&line, 'b', 200);
    text_print(&want, "  ...");
    text_fill(&want, 'a', 30);
    text_fill(&want, 'b', 70);
    text_print(&want, "...\n%36s", "^");
    text_fill(&want, '~', 69);
    text_print(&want, "\n");
    cr_expect_str_eq(excerpt(&arena, line.bytes, 150, 200), want.bytes);
    arena_release(&arena);
}

Test(grammar, levels_and_hints_are_printed)
{
    Arena arena = {0};
    Source source = {.name = "dir/a.sift", .text = "x\ny z", .len = 5};
    DiagList list;
    diag_init(&list, &arena, &source);
    diag_hint(&list, diag_warn(&list, (Span){2, 1}, "first %d", 1), "do %s", "this");
    diag_error(&list, (Span){4, 1}, "second");
    cr_expect_eq(list.errors, 1u);
    cr_expect_str_eq(diag_format_all(&arena, &list), "dir/a.sift:2:1: warning: first 1\n  y z\n  ^\nhint: do this\n"
                                                     "dir/a.sift:2:3: error: second\n  y z\n    ^\n");
    arena_release(&arena);
}

Test(grammar, errors_push_out_warnings_when_the_list_is_full)
{
    Arena arena = {0};
    Source source = {.name = "filter", .text = "x", .len = 1};
    DiagList list;
    diag_init(&list, &arena, &source);
    for (u32 i = 0; i < DIAGS_MAX; i++) diag_warn(&list, (Span){0, 1}, "warning %u", i);
    cr_expect(!diag_full(&list));
    diag_hint(&list, diag_warn(&list, (Span){0, 1}, "lost"), "lost too");
    Diag *error = diag_error(&list, (Span){0, 1}, "kept");
    cr_expect(error == &list.item[DIAGS_MAX - 1] && strcmp(error->text, "kept") == 0);
    cr_expect_str_eq(list.item[DIAGS_MAX - 2].text, "warning 18");
    for (u32 i = 1; i < DIAGS_MAX; i++) diag_error(&list, (Span){0, 1}, "error %u", i);
    cr_expect(diag_full(&list));
    cr_expect_str_eq(list.item[0].text, "kept");
    diag_hint(&list, diag_error(&list, (Span){0, 1}, "only counted"), "lost");
    cr_expect_eq(list.errors, (u32)DIAGS_MAX + 1);
    cr_expect(strstr(diag_format_all(&arena, &list), "... and 1 more error\n"));
    arena_release(&arena);
}

Test(grammar, quotes_are_short_and_safe)
{
    Arena arena = {0};
    const char *text = "ab\x01\n\xC3\xA9 01234567890123456789012345678901234567890123456789";
    Source source = {.name = "filter", .text = text, .len = (u32)strlen(text)};
    cr_expect_str_eq(diag_quote(&arena, &source, (Span){0, 6}), "ab??\xC3\xA9");
    cr_expect_str_eq(diag_quote(&arena, &source, (Span){7, 50}), "0123456789012345678901234567890123456789...");
    cr_expect_str_eq(diag_quote(&arena, &source, (Span){7, 40}), "0123456789012345678901234567890123456789");
    cr_expect_str_eq(diag_quote(&arena, &source, (Span){3, 0}), "");
    arena_release(&arena);
}

Test(grammar, nearest_name)
{
    static const char *const names[] = {"tcp.dstport", "tcp.srcport", "tcp.port", "ip", "ipv4.address"};
    static const struct {
        const char *typed, *want;
    } row[] = {{"tcp.dstprt", "tcp.dstport"},
               {"TCP.DstPort", "tcp.dstport"},
               {"tcp.scrport", "tcp.srcport"},
               {"tpc.port", "tcp.port"},
               {"tcp.prot", "tcp.port"},
               {"ipv4.adress", "ipv4.address"},
               {"i", NULL},
               {"pi", "ip"},
               {"xy", NULL},
               {"", NULL},
               {"udp.length", NULL},
               {"ipv4.adres.sed", "ipv4.address"},
               {"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", NULL}};
    for (u32 i = 0; i < COUNT_OF(row); i++) {
        const char *got = nearest_name(row[i].typed, strlen(row[i].typed), names, COUNT_OF(names));
        cr_expect(got == row[i].want || (got && row[i].want && strcmp(got, row[i].want) == 0), "'%s': %s", row[i].typed,
                  got ? got : "none");
    }
    cr_expect_eq(name_distance(LIT("kitten"), LIT("sitting"), 9), 3u);
    cr_expect_eq(name_distance(LIT("abcd"), LIT("acbd"), 9), 1u);
    cr_expect_eq(name_distance(LIT("ABC"), LIT("abc"), 9), 0u);
    cr_expect_eq(name_distance(LIT(""), LIT("abc"), 9), 3u);
    cr_expect_eq(name_distance(LIT("kitten"), LIT("sitting"), 2), 3u);
}

/* ---- arena and text ---- */

Test(grammar, arena_pieces_are_zeroed_aligned_and_apart)
{
    Arena arena = {0};
    u8 *piece[400];
    size_t size[400], sum = 0;
    for (u32 i = 0; i < 400; i++) {
        size[i] = i % 50 == 49 ? 300000 : i * 7 % 900;
        size_t align = (size_t)1 << i % 5;
        piece[i] = arena_alloc(&arena, size[i], align);
        sum += size[i];
        cr_assert_eq((uintptr_t)piece[i] % align, 0u);
        for (size_t j = 0; j < size[i]; j++) cr_assert(piece[i][j] == 0, "piece %u is not zeroed", i);
        memset(piece[i], (int)(i % 255 + 1), size[i]);
    }
    for (u32 i = 0; i < 400; i++)
        for (size_t j = 0; j < size[i]; j++) cr_assert(piece[i][j] == i % 255 + 1, "piece %u was written over", i);
    cr_expect_eq(arena.used, sum);
    cr_expect_str_eq(arena_print(&arena, "%d-%s", 7, "x"), "7-x");
    cr_expect_str_eq(arena_copy(&arena, "abcdef", 3), "abc");
    cr_expect_str_eq(arena_copy(&arena, NULL, 0), "");
    arena_release(&arena);
    cr_expect(arena.blocks == NULL && arena.next == NULL && arena.used == 0);
}

Test(grammar, runes_are_read_as_rfc_3629_says)
{
    static const struct {
        const char *bytes;
        u32 rune, len;
    } row[] = {{"a", 'a', 1},
               {"\xC3\xA9", 0xE9, 2},
               {"\xE2\x82\xAC", 0x20AC, 3},
               {"\xF0\x9F\x98\x80", 0x1F600, 4},
               {"\x80", RUNE_BAD, 1},             /* no lead byte */
               {"\xC3", RUNE_BAD, 1},             /* cut */
               {"\xC3(", RUNE_BAD, 1},            /* no continuation */
               {"\xC0\xAF", RUNE_BAD, 1},         /* longer than needed */
               {"\xE0\x80\xAF", RUNE_BAD, 1},     /* the same */
               {"\xED\xA0\x80", RUNE_BAD, 1},     /* a surrogate */
               {"\xF4\x90\x80\x80", RUNE_BAD, 1}, /* above U+10FFFF */
               {"\xFF", RUNE_BAD, 1}};
    for (u32 i = 0; i < COUNT_OF(row); i++) {
        size_t at = 0;
        u32 rune = rune_next(row[i].bytes, strlen(row[i].bytes), &at);
        cr_expect(rune == row[i].rune && at == row[i].len, "row %u: U+%04X, %zu bytes", i, rune, at);
    }
}
