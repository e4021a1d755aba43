/* check.c - `pktsift check`: what is wrong with filters, and what is likely a mistake in them.
 *
 * Operands -> files -> pks_checker -> findings, as text, JSON lines or one SARIF document.  Always true: the exit status is
 * 2 when a filter does not compile or cannot be read, else 1 when there was a warning, else 0. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/sarif.h"
#include "runtime/cli/siftfiles.h"
#include "runtime/cli/talk.h"

typedef struct {
    const Options *options;
    Sarif *sarif; /* NULL unless asked for */
    Text line;
    size_t level[3]; /* findings, by pks_level */
    bool unread;     /* a file could not be read */
} Check;

/* ---- findings ---- */

static const char *const level_word[] = {[PKS_NOTE] = "note", [PKS_WARNING] = "warning", [PKS_ERROR] = "error"};

static void json_member(Text *line, const char *key, const char *value)
{
    text_format(line, "%s\"%s\":", line->length ? "," : "{", key);
    if (value)
        text_json(line, value, strlen(value));
    else
        text_string(line, "null");
}

static void json_place(Text *line, const pks_place *place)
{
    json_member(line, "file", place->file);
    if (place->line)
        text_format(line, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", place->line, place->column,
                    place->end_line, place->end_column);
}

/* "used":[{"file":...}, ...]: where the text at fault is used. */
static void json_uses(Text *line, const pks_finding *finding)
{
    text_string(line, ",\"used\":[");
    for (size_t i = 0; i < finding->use_count; i++) {
        Text use = {0};
        json_place(&use, &finding->uses[i]);
        text_format(line, "%s%s}", i ? "," : "", use.at);
        text_free(&use);
    }
    text_string(line, "]");
}

static void print_json(Text *line, const pks_finding *finding)
{
    json_place(line, &finding->place);
    json_member(line, "level", level_word[finding->level]);
    json_member(line, "rule", finding->rule);
    json_member(line, "text", finding->text);
    json_member(line, "hint", finding->hint);
    if (finding->use_count) json_uses(line, finding);
    text_string(line, "}\n");
}

/* A finding in two colours: its first line up to the text, by level. */
static void print_text(Text *line, const pks_finding *finding)
{
    static const char *const colour[] = {[PKS_NOTE] = "36", [PKS_WARNING] = "1;35", [PKS_ERROR] = "1;31"};
    char word[16];
    snprintf(word, sizeof word, " %s: ", level_word[finding->level]);
    const char *at = talk.colour_out ? strstr(finding->whole, word) : NULL, *rest = finding->whole;
    if (at) {
        Text place = {0};
        text_bytes(&place, rest, (size_t)(at - rest));
        text_safe_lines(line, place.at ? place.at : "");
        text_format(line, " \033[%sm%s:\033[0m ", colour[finding->level], level_word[finding->level]);
        text_free(&place);
        rest = at + strlen(word);
    }
    text_safe_lines(line, rest);
    text_string(line, "\n");
}

static void on_finding(void *user, const pks_finding *finding)
{
    Check *check = user;
    check->level[finding->level]++;
    if (!finding->place.line && finding->level == PKS_ERROR) {
        check->unread = true;
        say_error("%s: %s", finding->place.file, finding->text);
    }
    if (talk.quiet) return;
    text_clear(&check->line);
    if (check->sarif)
        sarif_add(check->sarif, finding);
    else if (check->options->json)
        print_json(&check->line, finding);
    else if (finding->place.line || finding->level != PKS_ERROR)
        print_text(&check->line, finding);
    if (check->line.length) stdout_write(check->line.at, check->line.length, false);
}

/* ---- the run ---- */

/* The day that @expires is held against: SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/),
 * so that a check can be run again as it was; 0: today. */
static bool day_of_run(int64_t *now_ns)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds = 0;
    *now_ns = 0;
    if (!epoch || !*epoch) return true;
    if (!parse_number(epoch, &seconds) || seconds > INT64_MAX / 1000000000) {
        say_error("SOURCE_DATE_EPOCH=%s: expected seconds since 1970", epoch);
        return false;
    }
    *now_ns = (int64_t)seconds * 1000000000;
    return true;
}

static int exit_status(const Check *check)
{
    if (check->level[PKS_ERROR] || talk.errors) return EXIT_ERROR;
    return check->level[PKS_WARNING] ? EXIT_NOTHING : EXIT_MATCHED;
}

static void counted(Text *line, size_t number, const char *what)
{
    if (!number) return;
    text_string(line, line->length ? ", " : "");
    text_grouped(line, number);
    text_format(line, " %s%s", what, number == 1 ? "" : "s");
}

static void say_sum(const Check *check, size_t files)
{
    Text line = {0};
    counted(&line, check->level[PKS_ERROR], "error");
    counted(&line, check->level[PKS_WARNING], "warning");
    counted(&line, check->level[PKS_NOTE], "note");
    if (!line.length) text_string(&line, "nothing found");
    if (files) { /* else it was -e alone */
        text_string(&line, " in ");
        text_grouped(&line, files);
        text_string(&line, files == 1 ? " file" : " files");
    }
    say_plain(line.at);
    text_free(&line);
}

static void print_rules(bool json)
{
    Text line = {0};
    pks_rule rule;
    for (size_t i = 0; pks_rule_get(i, &rule); i++) {
        text_clear(&line);
        if (json) {
            json_member(&line, "id", rule.id);
            json_member(&line, "level", level_word[rule.level]);
            json_member(&line, "meaning", rule.meaning);
            json_member(&line, "help", rule.help);
            text_string(&line, "}\n");
        } else {
            text_format(&line, "%-20s %-8s %s\n", rule.id, level_word[rule.level], rule.meaning);
        }
        stdout_write(line.at, line.length, false);
    }
    text_free(&line);
}

static void check_all(Check *check, const SiftFiles *files, int64_t now_ns)
{
    pks_checker *checker = pks_checker_new(&(pks_check_options){on_finding, check, now_ns});
    const char *expr = check->options->expr;
    if (!checker) die("out of memory");
    if (expr) pks_check(checker, expr, text_is_blank(expr) ? 0 : strlen(expr), "filter");
    for (size_t i = 0; i < files->count; i++) pks_check_file(checker, files->path[i]);
    pks_checker_free(checker);
}

int command_check(const Options *options)
{
    Check check = {.options = options};
    SiftFiles files = {0};
    int64_t now_ns;
    if (options->json && options->sarif) {
        say_error("--json and --sarif are two forms of the same; use one of them");
        return EXIT_ERROR;
    }
    if (options->rules) {
        print_rules(options->json);
        return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
    }
    if (!day_of_run(&now_ns)) return EXIT_ERROR;
    if (options->sarif) check.sarif = sarif_new();
    for (size_t i = 0; i < options->count; i++) siftfiles_add(&files, options->operands[i]);
    check_all(&check, &files, now_ns);
    if (check.sarif) {
        text_clear(&check.line);
        sarif_write(check.sarif, !check.unread && !talk.errors, &check.line);
        if (!talk.quiet) stdout_write(check.line.at, check.line.length, false);
    }
    bool flushed = stdout_flush();
    if (!options->json && !options->sarif) say_sum(&check, files.count);
    text_free(&check.line);
    siftfiles_free(&files);
    return flushed ? exit_status(&check) : EXIT_ERROR;
}
