/* sarif.c - see sarif.h.  https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
#include "runtime/cli/sarif.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/talk.h"

struct Sarif {
    json_t *results, *notifications;
};

/* Results that no lint rule has found: SARIF wants a rule for each. */
static const char no_compile[] = "does-not-compile";

static json_t *sound(json_t *value)
{
    if (!value) die("out of memory");
    return value;
}

static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, sound(value)) != 0) die("out of memory");
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, sound(value)) != 0) die("out of memory");
}

static json_t *object(void) { return sound(json_object()); }

/* Any bytes as a string: what is no UTF-8 becomes U+FFFD, as in --json. */
static json_t *string(const char *bytes)
{
    Text text = {0};
    text_json(&text, bytes, strlen(bytes));
    json_t *value = sound(json_loadb(text.at, text.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
    text_free(&text);
    return value;
}

static json_t *message(const char *text)
{
    json_t *value = object();
    put(value, "text", string(text));
    return value;
}

static const char *level_word(pks_level level)
{
    return level == PKS_ERROR ? "error" : level == PKS_WARNING ? "warning" : "note";
}

/* ---- places ---- */

/* RFC 3986: a path as a reference; a colon in its first part would be read as a scheme. */
static void add_uri(Text *out, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    if (path[0] == '/') text_string(out, "file://");
    for (; *path; path++) {
        if (strchr(plain, *path))
            text_bytes(out, path, 1);
        else
            text_format(out, "%%%02X", (unsigned char)*path);
    }
}

static json_t *location(const pks_place *at)
{
    json_t *place = object(), *physical = object(), *artifact = object(), *region;
    Text uri = {0};
    add_uri(&uri, at->file);
    put(artifact, "uri", json_stringn(uri.at, uri.length));
    text_free(&uri);
    put(physical, "artifactLocation", artifact);
    if (at->line) {
        put(physical, "region", region = object());
        put(region, "startLine", json_integer(at->line));
        put(region, "startColumn", json_integer(at->column));
        put(region, "endLine", json_integer(at->end_line));
        put(region, "endColumn", json_integer(at->end_column));
    }
    put(place, "physicalLocation", physical);
    return place;
}

static json_t *locations(const pks_finding *finding)
{
    json_t *list = sound(json_array());
    append(list, location(&finding->place));
    return list;
}

/* Where the text at fault is used. */
static json_t *related(const pks_finding *finding)
{
    json_t *list = sound(json_array());
    for (size_t i = 0; i < finding->use_count; i++) {
        json_t *use = location(&finding->uses[i]);
        put(use, "message", message("used here"));
        append(list, use);
    }
    return list;
}

/* ---- rules ---- */

static json_t *rule(const char *id, pks_level level, const char *meaning, const char *help)
{
    json_t *value = object(), *configuration = object();
    put(value, "id", string(id));
    put(value, "shortDescription", message(meaning));
    put(value, "fullDescription", message(help));
    put(value, "help", message(help));
    put(configuration, "level", string(level_word(level)));
    put(value, "defaultConfiguration", configuration);
    return value;
}

static json_t *rules(void)
{
    json_t *list = sound(json_array());
    pks_rule one;
    for (size_t i = 0; pks_rule_get(i, &one); i++) append(list, rule(one.id, one.level, one.meaning, one.help));
    append(list, rule(no_compile, PKS_ERROR, "a filter that does not compile",
                      "The text is no filter; the message says what was expected."));
    return list;
}

/* Where the rule stands in rules(). */
static size_t rule_index(const char *id)
{
    size_t i = 0;
    pks_rule one;
    while (pks_rule_get(i, &one) && strcmp(one.id, id) != 0) i++;
    return i;
}

/* ---- the document ---- */

Sarif *sarif_new(void)
{
    Sarif *sarif = malloc(sizeof *sarif);
    if (!sarif) die("out of memory");
    *sarif = (Sarif){sound(json_array()), sound(json_array())};
    return sarif;
}

static void put_text(json_t *value, const pks_finding *finding)
{
    Text text = {0};
    text_string(&text, finding->text);
    if (finding->hint) text_format(&text, "; hint: %s", finding->hint);
    put(value, "message", message(text.at));
    put(value, "level", string(level_word(finding->level)));
    put(value, "locations", locations(finding));
    if (finding->use_count) put(value, "relatedLocations", related(finding));
    text_free(&text);
}

/* A file that cannot be read is the run's trouble, not a result of it. */
void sarif_add(Sarif *sarif, const pks_finding *finding)
{
    json_t *value = object();
    put_text(value, finding);
    if (!finding->place.line) {
        append(sarif->notifications, value);
        return;
    }
    const char *id = finding->rule ? finding->rule : no_compile;
    put(value, "ruleId", string(id));
    put(value, "ruleIndex", json_integer((json_int_t)rule_index(id)));
    append(sarif->results, value);
}

static json_t *tool(void)
{
    json_t *value = object(), *driver = object();
    put(driver, "name", string("pktsift"));
    put(driver, "version", string(pks_version()));
    put(driver, "semanticVersion", string(pks_version()));
    put(driver, "rules", rules());
    put(value, "driver", driver);
    return value;
}

static json_t *run(Sarif *sarif, bool complete)
{
    json_t *value = object(), *invocation = object(), *invocations = sound(json_array());
    put(value, "tool", tool());
    put(invocation, "executionSuccessful", json_boolean(complete));
    if (json_array_size(sarif->notifications))
        put(invocation, "toolExecutionNotifications", json_incref(sarif->notifications));
    append(invocations, invocation);
    put(value, "invocations", invocations);
    put(value, "columnKind", string("unicodeCodePoints"));
    put(value, "results", json_incref(sarif->results));
    return value;
}

void sarif_write(Sarif *sarif, bool complete, Text *out)
{
    json_t *document = object(), *runs = sound(json_array());
    put(document, "$schema",
        string("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"));
    put(document, "version", string("2.1.0"));
    append(runs, run(sarif, complete));
    put(document, "runs", runs);
    char *text = json_dumps(document, JSON_INDENT(2));
    if (!text) die("out of memory");
    text_string(out, text);
    text_string(out, "\n");
    free(text);
    json_decref(document);
    json_decref(sarif->results);
    json_decref(sarif->notifications);
    free(sarif);
}
