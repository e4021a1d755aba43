/* lint.c - tests of lint and pks_checker: the rows of tests/cases/lint.case, what several files of one run say of each
 * other, limits, and how long a hundred thousand tests take. */
#include "runtime/pktsift.h"

#include "compiler/lint.h"
#include "grammar/text.h"
#include "tests/effort.h"
#include "tests/cases.h"
#include "tests/scanlog.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TODAY (INT64_C(1795608000) * 1000000000) /* 2026-11-25 12:00 UTC */

/* ---- what was found ---- */

typedef struct {
    Arena arena;
    Text whole;
    u32 count, by_level[3], by_rule[RULE_COUNT];
    pks_finding last; /* its texts are gone */
} Found;

static void keep(void *user, const pks_finding *finding)
{
    Found *found = user;
    text_print(&found->whole, "%s%s", found->count++ ? "\n" : "", finding->whole);
    found->by_level[finding->level]++;
    if (finding->rule) found->by_rule[rule_find(finding->rule, strlen(finding->rule))]++;
    found->last = *finding;
}

static pks_checker *checker_for(Found *found)
{
    *found = (Found){0};
    found->whole.arena = &found->arena;
    pks_checker *checker = pks_checker_new(&(pks_check_options){keep, found, TODAY});
    cr_assert(checker);
    return checker;
}

static bool check_text(Found *found, const char *text)
{
    pks_checker *checker = checker_for(found);
    bool good = pks_check(checker, text, strlen(text), "a.sift");
    pks_checker_free(checker);
    return good;
}

static void forget(Found *found) { arena_release(&found->arena); }

/* ---- lint.case ---- */

static bool rule_broken[RULE_COUNT], rule_kept[RULE_COUNT];

static void note_clean(const char *file, const Pair *pair, const Found *found)
{
    char list[200];
    snprintf(list, sizeof list, "%s", pair->value);
    for (char *next, *name = strtok_r(list, ", ", &next); name; name = strtok_r(NULL, ", ", &next)) {
        int rule = rule_find(name, strlen(name));
        cr_assert(rule >= 0, "%s:%u: no rule '%s'", file, pair->line, name);
        cr_expect(found->by_rule[rule] == 0, "%s:%u: '%s' was found", file, pair->line, name);
        rule_kept[rule] = true;
    }
}

static void check_row(const char *file, const Block *block)
{
    const Pair *want = &block->pair[1];
    Found found;
    cr_assert(block->count <= 3 && strcmp(want->key, "lint") == 0, "%s:%u: 'lint' follows 'text'", file, want->line);
    cr_expect(check_text(&found, block->pair[0].value), "%s:%u: does not compile", file, block->pair[0].line);
    const char *wanted = strcmp(want->value, "(nothing)") == 0 ? "" : want->value;
    cr_expect(strcmp(wanted, text_str(&found.whole)) == 0, "%s:%u: wanted:\n%s\ngot:\n%s", file, want->line, wanted,
              text_str(&found.whole));
    for (int r = 0; r < RULE_COUNT; r++) rule_broken[r] |= found.by_rule[r] > 0;
    if (block->count == 3) note_clean(file, &block->pair[2], &found);
    forget(&found);
}

Test(lint, every_message_is_pinned_and_every_rule_is_broken_and_kept)
{
    static const char *const captures[] = {"a.pcap", "b.pcap", "testdata/d0ef.pcap"};
    Scratch scratch = scratch_make();
    char *cases = realpath("tests/cases/lint.case", NULL);
    cr_assert(cases && chdir(scratch.path) == 0 && mkdir("testdata", 0777) == 0);
    for (u32 i = 0; i < COUNT_OF(captures); i++) scratch_write(&scratch, captures[i], "", 0);
    cr_assert(each_block(cases, "text", check_row) > 90);
    free(cases);
    cr_assert(chdir("/") == 0);
    scratch_remove(&scratch);
    for (int r = 0; r < RULE_COUNT; r++) {
        bool elsewhere = r == RULE_DUPLICATE_ID || r == RULE_UNUSED_IMPORT || r == RULE_OFFSET_PAST_SNAPLEN;
        cr_expect(elsewhere || rule_broken[r], "no row breaks '%s'", rule_info[r].name);
        cr_expect(elsewhere || rule_kept[r], "no row keeps '%s'", rule_info[r].name);
    }
}

Test(lint, rules_have_names_and_words)
{
    pks_rule rule;
    size_t count = 0;
    for (; pks_rule_get(count, &rule); count++) {
        cr_expect_eq(rule_find(rule.id, strlen(rule.id)), (int)count);
        cr_expect(strspn(rule.id, "abcdefghijklmnopqrstuvwxyz-") == strlen(rule.id), "%s", rule.id);
        cr_expect(rule.level != PKS_ERROR && *rule.meaning && *rule.help, "%s", rule.id);
    }
    cr_expect_eq(count, (size_t)RULE_COUNT);
    cr_expect_eq(rule_find("bare-fla", 8), -1);
}

Test(lint, every_key_of_metadata_is_named)
{
    static const char *const keys[] = {
#define LABEL(id, key, meaning) "@" key,
#include "grammar/labels.def"
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        cr_expect(strstr(rule_info[RULE_UNKNOWN_METADATA].help, keys[i]), "%s", keys[i]);
}

/* ---- findings ---- */

Test(lint, a_finding_says_where_it_begins_and_ends)
{
    Found found;
    cr_expect(check_text(&found, "TCP AND\n  \"\xC3\xA9\" == TCP.TCPPayload.ToString AND TCP.Port >\n70000"));
    cr_expect_eq(found.count, 1);
    cr_expect(found.last.level == PKS_WARNING && found.last.place.line == 2 && found.last.place.column == 38);
    cr_expect(found.last.place.end_line == 3 && found.last.place.end_column == 6);
    forget(&found);
}

Test(lint, what_does_not_compile_is_an_error_without_a_rule)
{
    Found found;
    cr_expect(!check_text(&found, "TCP.Prt == 1 AND TCP.Flags.Syn"));
    cr_expect(found.count == 1 && found.by_level[PKS_ERROR] == 1 && !found.last.rule);
    cr_expect(strstr(text_str(&found.whole), "a.sift:1:1: error: no field named 'TCP.Prt'"));
    forget(&found);
    cr_expect(!check_text(&found, "// sift 1\nfilter = TCP\nfilter b = TCP.Port == \n"));
    cr_expect_eq(found.by_level[PKS_ERROR], 2, "%s", text_str(&found.whole));
    forget(&found);
    cr_expect(!check_text(&found, "// sift 2\nfilter a = TCP"));
    cr_expect_eq(found.by_level[PKS_ERROR], 1);
    forget(&found);
}

Test(lint, an_empty_filter_takes_every_frame)
{
    Found found;
    cr_expect(check_text(&found, ""));
    cr_expect_str_eq(text_str(&found.whole), "a.sift:1:1: warning: an empty filter takes every frame [always-true]");
    forget(&found);
}

Test(lint, a_file_that_cannot_be_read_has_no_place)
{
    Found found;
    pks_checker *checker = checker_for(&found);
    cr_expect(!pks_check_file(checker, "tests/cases/no such file"));
    cr_expect(found.count == 1 && found.last.level == PKS_ERROR && found.last.place.line == 0);
    cr_expect_str_eq(text_str(&found.whole),
                     "tests/cases/no such file: error: the filter file cannot be read: No such file "
                     "or directory");
    pks_checker_free(checker);
    forget(&found);
}

/* ---- files of one run ---- */

Test(lint, an_id_belongs_to_one_filter_of_the_run)
{
    static const char tests[] = "// sift:allow no-positive-test, no-negative-test\n";
    Found found;
    pks_checker *checker = checker_for(&found);
    const char *a = arena_print(&found.arena, "// sift 1\n// @id one\n%sfilter main = TCP\n", tests);
    const char *b = arena_print(
        &found.arena, "// sift 1\n\n// @id two\n%sfilter b = TCP\n// @id one\n%sfilter c = UDP\n", tests, tests);
    const char *c = arena_print(&found.arena, "// sift 1\n// @id One\n%sfilter main = TCP\n", tests);
    const char *d =
        arena_print(&found.arena, "// sift 1\n// sift:allow duplicate-id\n// @id two\n%sfilter main = TCP\n", tests);
    cr_expect(pks_check(checker, a, strlen(a), "a.sift"));
    cr_expect_eq(found.count, 0, "%s", text_str(&found.whole));
    cr_expect(pks_check(checker, b, strlen(b), "b.sift"));
    cr_expect_str_eq(text_str(&found.whole), "b.sift:6:8: warning: the id 'one' is taken: a.sift:2:8 [duplicate-id]\n"
                                             "  // @id one\n         ^~~");
    cr_expect(pks_check(checker, c, strlen(c), "c.sift") && pks_check(checker, d, strlen(d), "d.sift"));
    cr_expect_eq(found.count, 1, "%s", text_str(&found.whole));
    pks_checker_free(checker);
    forget(&found);
}

Test(lint, thousands_of_ids_are_told_apart)
{
    Found found;
    pks_checker *checker = checker_for(&found);
    char text[100];
    for (int i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "// sift 1\n// @id id-%d\nlet a = TCP\n", i % 2999);
        cr_expect(pks_check(checker, text, strlen(text), "a.sift"));
    }
    cr_expect_eq(found.by_rule[RULE_DUPLICATE_ID], 1);
    pks_checker_free(checker);
    forget(&found);
}

/* ---- limits and time ---- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* `form` with a number in it, joined by `between`, linted; says how long it took. */
static void lint_many(Found *found, const char *form, u32 count, const char *between, double limit)
{
    Arena arena = {0};
    Text text = {.arena = &arena};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    for (u32 i = 0; i < count; i++) {
        if (i) text_print(&text, "%s", between);
        text_print(&text, form, i);
    }
#pragma GCC diagnostic pop
    double began = seconds();
    cr_expect(check_text(found, text_str(&text)), "%.300s", text_str(&found->whole));
    double took = seconds() - began;
    if (getenv("PKTSIFT_TIMES")) fprintf(stderr, "%u of '%s': %.2f s\n", count, form, took);
    cr_expect(took < limit, "%u of '%s': %.2f s", count, form, took);
    arena_release(&arena);
}

Test(lint, more_findings_than_are_kept_are_counted)
{
    Found found;
    lint_many(&found, "TCP.Flags.Syn /* %u */", 3000, " OR ARP OR\n", 20);
    cr_expect_eq(found.by_level[PKS_WARNING], (u32)FINDINGS_MAX);
    cr_expect(strstr(text_str(&found.whole), "a.sift: note: ... and "));
    forget(&found);
}

/* Far above what it takes on a quiet machine: what is caught is time that grows with the square. */
Test(lint, a_hundred_thousand_of_anything, .timeout = 200)
{
    static const struct {
        const char *form, *between;
    } many[] = {
        {"TCP.Port == %u", " OR\n"},
        {"TCP.SequenceNumber != %u", " AND\n"},
        {"TCP.SequenceNumber >= %u", " AND\n"},
        {"NOT UDP.Port IN {70, %u, 60000..60010}", " AND "},
        {"TCP.TCPPayload.Contains(\"x%u\")", " OR "},
        {"UINT32(FrameData, 34) == %u", " OR "},
        {"(UDP AND NOT TCP.Port == %u)", " OR "},
    };
    for (u32 i = 0; i < COUNT_OF(many); i++) {
        Found found;
        u32 count = strstr(many[i].form, "Contains") || strstr(many[i].form, "UDP") ? 5000 : EFFORT(65536);
        if (strstr(many[i].form, "IN")) count = 5000;
        lint_many(&found, many[i].form, count, many[i].between, 20);
        forget(&found);
    }
}
