/* inputs.c - operands to paths: what a file, a folder, a pattern, a range and a list become. */
#include "runtime/capture/inputs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/scanlog.h"

static const u8 pcap_start[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0};

static Scratch scratch;

static void enter(void)
{
    scratch = scratch_make();
    cr_assert_eq(chdir(scratch.path), 0);
}

static void leave(void)
{
    cr_assert_eq(chdir("/"), 0);
    scratch_remove(&scratch);
}

TestSuite(inputs, .init = enter, .fini = leave);

static void capture(const char *name) { scratch_write(&scratch, name, pcap_start, sizeof pcap_start); }
static void text(const char *name, const char *content) { scratch_write(&scratch, name, content, strlen(content)); }

/* "a b c": the paths of an operand; then what was said, a line each. */
static Log expand(const char *operand, bool *good)
{
    Log log = {0};
    pks_listener listener = log_listener(&log);
    pks_inputs *inputs = pks_inputs_new();
    bool added = pks_inputs_add(inputs, operand, &listener);

    for (size_t i = 0; i < pks_inputs_count(inputs); i++)
        log_add(&log, "%s%s", i ? " " : "", pks_inputs_path(inputs, i));
    log_add(&log, "\n");
    cr_assert_null(pks_inputs_path(inputs, pks_inputs_count(inputs)));
    pks_inputs_free(inputs);
    if (good) *good = added;
    return log;
}

static void gives(const char *operand, const char *expected)
{
    bool good;
    Log log = expand(operand, &good);

    cr_assert(good, "%s: %s", operand, log.text);
    cr_assert_str_eq(log.text, expected, "%s", operand);
    log_free(&log);
}

static void fails(const char *operand, const char *expected)
{
    bool good;
    Log log = expand(operand, &good);

    cr_assert(!good, "%s: %s", operand, log.text);
    cr_assert_str_eq(log.text, expected, "%s", operand);
    log_free(&log);
}

#define NOWHERE " (offset -1, frame 0)\n"

Test(inputs, natural_order)
{
    static const char *const sorted[] = {"",
                                         "A",
                                         "a",
                                         "a(1)",
                                         "a(2)",
                                         "a(10)",
                                         "a1b",
                                         "a01b",
                                         "a1c",
                                         "a2",
                                         "a9",
                                         "a10",
                                         "b",
                                         "b99999999999999999999",
                                         "b100000000000000000000"};

    for (size_t i = 0; i < COUNT_OF(sorted); i++)
        for (size_t k = 0; k < COUNT_OF(sorted); k++) {
            int order = natural_compare(sorted[i], sorted[k]);

            if (i == 6 || i == 7 || k == 6 || k == 7) continue; /* below */
            cr_assert_eq(order < 0, i < k, "%s %s", sorted[i], sorted[k]);
            cr_assert_eq(order > 0, i > k, "%s %s", sorted[i], sorted[k]);
        }
    cr_assert_neq(natural_compare("a1b", "a01b"), 0, "equal numbers are still two names");
    cr_assert_eq(natural_compare("a1b", "a01b") < 0, natural_compare("a01b", "a1b") > 0);
}

Test(inputs, files)
{
    capture("one.cap");
    gives("one.cap", "one.cap\n");
    gives("-", "-\n");
    fails("two.cap", "error: two.cap: No such file or directory" NOWHERE "\n");
    fails("", "error: : an empty name is no file" NOWHERE "\n");
    fails("one.cap/two", "error: one.cap/two: Not a directory" NOWHERE "\n");
}

Test(inputs, an_existing_name_is_no_pattern)
{
    capture("a[1].cap");
    capture("a1.cap");
    capture("r(1..3).cap");
    capture("r(1).cap");
    text("@list", "nothing\n");
    gives("a[1].cap", "a[1].cap\n");
    gives("r(1..3).cap", "r(1..3).cap\n");
    gives("@list", "@list\n");
}

Test(inputs, folders)
{
    cr_assert_eq(mkdir("dir", 0777), 0);
    cr_assert_eq(mkdir("dir/sub.cap", 0777), 0);
    cr_assert_eq(mkdir("empty", 0777), 0);
    capture("dir/x(10).cap");
    capture("dir/x(2).cap");
    capture("dir/noname");
    capture("dir/.hidden.cap");
    text("dir/broken.pcapng", "");
    text("dir/README", "not a capture");
    text("dir/notes.txt", "not a capture either");
    cr_assert_eq(mkfifo("dir/fifo.cap", 0666), 0);
    Log log = expand("dir", NULL);
    cr_assert_not_null(strstr(log.text, "note: dir: 2 files are no capture and left out: "), "%s", log.text);
    cr_assert_not_null(strstr(log.text, "README"));
    cr_assert_not_null(strstr(log.text, "notes.txt"));
    cr_assert_not_null(strstr(log.text, "dir/broken.pcapng dir/noname dir/x(2).cap dir/x(10).cap\n"), "%s", log.text);
    log_free(&log);
    fails("empty", "error: empty: the directory holds no capture files" NOWHERE "\n");
    capture("empty/y.cap");
    gives("empty/", "empty/y.cap\n");
}

Test(inputs, patterns)
{
    capture("c(9).cap");
    capture("c(10).cap");
    capture("c(8).cap");
    gives("c(*).cap", "c(8).cap c(9).cap c(10).cap\n");
    gives("c([89]).cap", "c(8).cap c(9).cap\n");
    fails("d*.cap", "error: d*.cap: no file matches this pattern" NOWHERE "\n");
}

Test(inputs, ranges)
{
    capture("c(9).cap");
    capture("c(10).cap");
    capture("c(12).cap");
    capture("c(15).cap");
    capture("c7.cap");
    capture("p0008.cap");
    capture("p0010.cap");
    gives("c(9..10).cap", "c(9).cap c(10).cap\n");
    gives("c(9..15).cap",
          "warning: c(11).cap, c(13..14).cap are missing" NOWHERE "c(9).cap c(10).cap c(12).cap c(15).cap\n");
    gives("c(10..11).cap", "warning: c(11).cap is missing" NOWHERE "c(10).cap\n");
    gives("c{6..7}.cap", "warning: c6.cap is missing" NOWHERE "c7.cap\n");
    gives("c({9..10}).cap", "c(9).cap c(10).cap\n");
    gives("p{0007..0010}.cap", "warning: p0007.cap, p0009.cap are missing" NOWHERE "p0008.cap p0010.cap\n");
    fails("c(20..30).cap", "error: c(20..30).cap: no file of this range exists" NOWHERE "\n");
    fails("c(12..9).cap", "error: c(12..9).cap: the range counts down: expected the smaller number first" NOWHERE "\n");
    fails("c(1..2000000).cap", "error: c(1..2000000).cap: the range names more than 1000000 files" NOWHERE "\n");
    fails("c(1..x).cap", "error: c(1..x).cap: No such file or directory" NOWHERE "\n");
    fails("c(1..99999999999999999999).cap",
          "error: c(1..99999999999999999999).cap: No such file or directory" NOWHERE "\n");
}

Test(inputs, lists)
{
    capture("a.cap");
    capture("b(1).cap");
    capture("b(2).cap");
    text("list", "# a comment\n\n  a.cap \r\nb(1..2).cap\n@inner\n");
    text("inner", "a.cap");
    text("bad", "a.cap\nmissing.cap\nb(1).cap\n");
    text("loop", "a.cap\n@loop\n");
    gives("@list", "a.cap b(1).cap b(2).cap a.cap\n");
    fails("@bad", "error: missing.cap: No such file or directory" NOWHERE "a.cap b(1).cap\n");
    text("empty", "# nothing yet\n\n");
    fails("@empty", "error: empty: the list names no file" NOWHERE "\n");
    fails("@none", "error: none: the list of files cannot be opened: No such file or directory" NOWHERE "\n");
    bool good;
    Log log = expand("@loop", &good);
    cr_assert(!good);
    cr_assert_not_null(strstr(log.text, "lists of files are nested deeper than 8"), "%s", log.text);
    log_free(&log);
}

Test(inputs, survey)
{
    Log log = {0};
    pks_listener listener = log_listener(&log);
    pks_inputs *inputs = pks_inputs_new();

    capture("a.cap");
    capture("b.cap");
    cr_assert_eq(link("a.cap", "also.cap"), 0);
    cr_assert(pks_inputs_add(inputs, "a.cap", &listener));
    cr_assert(pks_inputs_add(inputs, "b.cap", &listener));
    cr_assert_eq(inputs_survey(inputs, &listener), 48);
    cr_assert_null(log.text);
    cr_assert(pks_inputs_add(inputs, "also.cap", &listener));
    cr_assert_eq(inputs_survey(inputs, &listener), 72);
    cr_assert_str_eq(log.text, "note: also.cap: is given twice, and is read twice" NOWHERE);
    log_free(&log);
    cr_assert(pks_inputs_add(inputs, "./b.cap", &listener));
    inputs_survey(inputs, &listener);
    cr_assert_not_null(strstr(log.text, "the first of 2 inputs that were given before; all are read again"), "%s",
                       log.text);
    log_free(&log);
    pks_inputs_free(inputs);
}
