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

static void print_json(const pks_field *field, const char *name)
{
    Text line = {0};
    const char *const value[] = {name, field->type, field->meaning};
    static const char *const key[] = {"name", "type", "meaning"};
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        text_format(&line, "%s\"%s\":", i ? "," : "{", key[i]);
        text_json(&line, value[i] ? value[i] : "", value[i] ? strlen(value[i]) : 0);
    }
    text_format(&line, ",\"pair\":%s}\n", field->pair ? "true" : "false");
    stdout_write(line.at, line.length, false);
    text_free(&line);
}

static int name_width(const char *pattern)
{
    pks_field field;
    char name[128];
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
    char name[128];
    for (size_t i = 0; pks_field_get(i, &field); i++) {
        full_name(&field, name, sizeof name);
        if (!wanted(name, pattern)) continue;
        found++;
        if (options->json)
            print_json(&field, name);
        else
            printf("%-*s  %-14s  %s\n", width, name, field.type ? field.type : "", field.meaning);
    }
    if (!found) say_note("no name in the dictionary has '%s' in it", pattern);
    if (!stdout_flush()) return EXIT_ERROR;
    return found ? EXIT_MATCHED : EXIT_NOTHING;
}
