/* format.c - pks_format: filters and filter files in their one layout.
 *
 * Beside filter.c: grammar/format.c does the work and the dictionary's spellings come from compiler/.  Always true: a text with an
 * error is not formatted, and a file is replaced whole or not at all. */
#include "grammar/format.h"

#include <stdlib.h>

#include "compiler/spelling.h"
#include "runtime/filter.h"
#include "runtime/report.h"
#include "runtime/writers/output.h"
#include "vm/program.h"

enum { WHY_BYTES = 4200 };

static void spell(void *user, FormatName what, char *name, u32 len)
{
    (void)user;
    if (what == FORMAT_METHODS)
        spell_methods(name, len);
    else
        spell_name(name, len);
}

static char *copy_of(const char *text, size_t length)
{
    char *copy = malloc(length + 1);

    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

static char *format_as(const char *text, size_t length, const char *name, const char *file, size_t *formatted_length,
                       const pks_listener *listener)
{
    Arena arena = {0};
    DiagList diags;
    Source source = {.name = name, .text = text, .len = (u32)MIN_OF(length, (size_t)FILTER_BYTES_MAX + 1)};
    FormatSpelling spelling = {.spell = spell};
    u32 len = 0;
    char *copy = NULL;

    diag_init(&diags, &arena, &source);
    const char *formatted = format_source(&arena, &source, &spelling, &diags, &len);
    say_diags(&arena, &diags, file, listener);
    if (formatted && !(copy = copy_of(formatted, len))) report(listener, PKS_ERROR, file, "not enough memory");
    *formatted_length = len;
    arena_release(&arena);
    return copy;
}

char *pks_format(const char *text, size_t length, const char *name, size_t *formatted_length,
                 const pks_listener *listener)
{
    return format_as(text, length, name ? name : "filter", NULL, formatted_length, listener);
}

bool pks_format_file(const char *path, pks_formatted *file, const pks_listener *listener)
{
    *file = (pks_formatted){0};
    file->before = filter_read_file(path, &file->before_length, listener);
    if (!file->before) return false;
    if (program_is_block(file->before, file->before_length))
        report(listener, PKS_ERROR, path, "this filter is compiled already: only its text can be formatted");
    else
        file->text = format_as(file->before, file->before_length, report_name(path), path, &file->length, listener);
    if (file->text) return true;
    pks_formatted_free(file);
    return false;
}

bool pks_format_save(const char *path, const pks_formatted *file, const pks_listener *listener)
{
    char why[WHY_BYTES];

    if (output_is_straight(path)) {
        report(listener, PKS_ERROR, path, "no regular file: it cannot be replaced by what it should be");
        return false;
    }
    Output *output = output_open(path, false, why, sizeof why);
    bool good = output && output_keep_mode(output) && output_put(output, file->text, file->length);
    if (output) good = output_close(output, good, why, sizeof why);
    if (!good) report(listener, PKS_ERROR, NULL, "%s", why);
    return good;
}

void pks_formatted_free(pks_formatted *file)
{
    free(file->before);
    free(file->text);
    *file = (pks_formatted){0};
}
