/* fields.c - `pktsift fields`: the dictionary, straight from the library's table. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"
#include "runtime/pktsift.h"

static void full_name(const pks_field *field, char *out, size_t size)
{
    bool dotted = field->protocol && *field->protocol && field->name && *field->name;
    snprintf(out, size, "%s%s%s", field->protocol ? field->protocol : "", dotted ? "." : "",
             field->name ? field->name : "");
}

static bool wanted(const char *name, const char *pattern)
{
    if (!pattern) return true;
    if (strpbrk(pattern, "*?[")) return fnmatch(pattern, name, FNM_CASEFOLD) == 0;
    return strcasestr(name, pattern) != NULL;
}

static pks_text text_of(const char *text) { return (pks_text){text, strlen(text)}; }

static void print_json(const pks_field *field, const char *name)
{
    static const char *const key[] = {"name", "type", "meaning", "source"};
    const pks_text value[] = {text_of(name), text_of(field->type), field->meaning, field->source};
    Text line = {0};
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        text_format(&line, "%s\"%s\":", i ? "," : "{", key[i]);
        text_json(&line, value[i].at, value[i].length);
    }
    text_format(&line, ",\"pair\":%s,\"many\":%s,\"keyed\":%s}\n", field->pair ? "true" : "false",
                field->many ? "true" : "false", field->keyed ? "true" : "false");
    stdout_write(line.at, line.length, false);
    text_free(&line);
}

static void print_line(const pks_field *field, const char *name, int width)
{
    printf("%-*s  %-14s  %.*s", width, name, field->type, (int)field->meaning.length, field->meaning.at);
    if (field->source.length) printf("  [%.*s]", (int)field->source.length, field->source.at);
    putchar('\n');
}

static int name_width(const char *pattern)
{
    pks_field field;
    char name[256];
    int width = 0;
    for (size_t i = 0; pks_field_get(i, &field); i++) {
        full_name(&field, name, sizeof name);
        if (wanted(name, pattern) && (int)strlen(name) > width) width = (int)strlen(name);
    }
    return width;
}

int command_fields(const Options *options)
{
    const char *pattern = options->count ? options->operands[0] : NULL;
    int width = name_width(pattern);
    size_t found = 0;
    pks_field field;
    char name[256];
    for (size_t i = 0; pks_field_get(i, &field); i++) {
        full_name(&field, name, sizeof name);
        if (!wanted(name, pattern)) continue;
        found++;
        if (options->json)
            print_json(&field, name);
        else
            print_line(&field, name, width);
    }
    if (!found) say_note("no name in the dictionary has '%s' in it", pattern);
    if (!stdout_flush()) return EXIT_ERROR;
    return found ? EXIT_MATCHED : EXIT_NOTHING;
}
