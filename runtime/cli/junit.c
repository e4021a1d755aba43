/* junit.c - see junit.h.
 *
 * Always true: no byte of a title, a path or a message can end the attribute or element it stands in, and none is left
 * that XML 1.0 forbids. */
#include "runtime/cli/junit.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/cli/talk.h"

typedef struct {
    size_t tests, failures, errors;
    double seconds;
} Sums;

struct Junit {
    Text suites, cases; /* complete; of the file at hand */
    char *file;
    Sums all, suite;
};

Junit *junit_new(void)
{
    Junit *junit = calloc(1, sizeof *junit);
    if (!junit) die("out of memory");
    return junit;
}

void junit_free(Junit *junit)
{
    if (!junit) return;
    text_free(&junit->suites);
    text_free(&junit->cases);
    free(junit->file);
    free(junit);
}

/* text_safe_lines has left no control byte but the line end, and no byte that is no UTF-8. */
static void add_xml(Text *out, const char *text)
{
    Text safe = {0};
    text_safe_lines(&safe, text);
    for (const char *at = safe.at ? safe.at : ""; *at; at++) {
        switch (*at) {
        case '&': text_string(out, "&amp;"); break;
        case '<': text_string(out, "&lt;"); break;
        case '>': text_string(out, "&gt;"); break;
        case '"': text_string(out, "&quot;"); break;
        case '\n': text_string(out, "&#10;"); break;
        default: text_bytes(out, at, 1);
        }
    }
    text_free(&safe);
}

static void add_attribute(Text *out, const char *name, const char *value)
{
    text_format(out, " %s=\"", name);
    add_xml(out, value);
    text_string(out, "\"");
}

static void add_sums(Text *out, const Sums *sums, double seconds)
{
    text_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.6f\">\n", sums->tests, sums->failures,
                sums->errors, seconds);
}

static void end_suite(Junit *junit)
{
    if (!junit->file) return;
    text_string(&junit->suites, "  <testsuite");
    add_attribute(&junit->suites, "name", junit->file);
    add_sums(&junit->suites, &junit->suite, junit->suite.seconds);
    text_bytes(&junit->suites, junit->cases.at, junit->cases.length);
    text_string(&junit->suites, "  </testsuite>\n");
    text_clear(&junit->cases);
    free(junit->file);
    junit->file = NULL;
    junit->suite = (Sums){0};
}

static void count(Sums *sums, const pks_test_result *result)
{
    sums->tests++;
    sums->failures += result->status == PKS_TEST_FAILED;
    sums->errors += result->status == PKS_TEST_BROKEN;
    sums->seconds += result->seconds;
}

static void add_outcome(Text *out, const pks_test_result *result)
{
    const char *element = result->status == PKS_TEST_FAILED ? "failure" : "error";
    if (result->status == PKS_TEST_PASSED) {
        text_string(out, "      <system-out>");
        add_xml(out, result->text);
        text_string(out, "</system-out>\n");
        return;
    }
    char *first = strndup(result->text, strcspn(result->text, "\n"));
    if (!first) die("out of memory");
    text_format(out, "      <%s", element);
    add_attribute(out, "message", first);
    text_string(out, ">");
    add_xml(out, result->text);
    text_format(out, "</%s>\n", element);
    free(first);
}

void junit_add(Junit *junit, const pks_test_result *result)
{
    Text *out = &junit->cases;
    if (junit->file && strcmp(junit->file, result->file) != 0) end_suite(junit);
    if (!junit->file && !(junit->file = strdup(result->file))) die("out of memory");
    count(&junit->suite, result);
    count(&junit->all, result);
    text_string(out, "    <testcase");
    add_attribute(out, "classname", result->file);
    add_attribute(out, "name", result->title ? result->title : "(the file)");
    if (result->line) {
        add_attribute(out, "file", result->file);
        text_format(out, " line=\"%u\"", result->line);
    }
    text_format(out, " time=\"%.6f\"", result->seconds);
    if (!*result->text) {
        text_string(out, "/>\n");
        return;
    }
    text_string(out, ">\n");
    add_outcome(out, result);
    text_string(out, "    </testcase>\n");
}

bool junit_write(Junit *junit, const char *path, double seconds)
{
    Text out = {0};
    pks_listener listener = talk_listener();
    end_suite(junit);
    text_string(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pktsift\"");
    add_sums(&out, &junit->all, seconds);
    if (junit->suites.length) text_bytes(&out, junit->suites.at, junit->suites.length);
    text_string(&out, "</testsuites>\n");
    bool good = pks_write_file(path, out.at, out.length, &listener);
    text_free(&out);
    return good;
}
