/* fields.c - `pktsift fields`: the dictionary, straight from the library's table. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <unistd.h>

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

/* ---- text ----
 *
 * A line a name, as other programs want it; on a terminal that is too narrow for it, meanings are wrapped: in their column,
 * or, where that would be a thin one, below the name. */

enum { GAP = 2, MEANING_LEAST = 40, INDENT = 4, NAME_MOST = 48 };

typedef struct {
    int terminal;   /* its columns; 0: none, lines are as long as they are */
    int name, type; /* the widest */
    bool below;
} Layout;

/* "number, several". */
static const char *type_words(const pks_field *field, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s%s", field->type, field->pair ? ", pair" : "", field->many ? ", several" : "",
             field->keyed ? ", by name" : "");
    return out;
}

static int terminal_columns(void)
{
    struct winsize window;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0) return 0;
    return window.ws_col;
}

static Layout lay_out(const char *pattern)
{
    Layout layout = {.terminal = terminal_columns()};
    pks_field field;
    char text[256];
    for (size_t i = 0; pks_field_get(i, &field); i++) {
        full_name(&field, text, sizeof text);
        if (!wanted(text, pattern)) continue;
        layout.name = MAX(layout.name, (int)strlen(text));
        layout.type = MAX(layout.type, (int)strlen(type_words(&field, text, sizeof text)));
    }
    layout.below = layout.terminal && layout.name + layout.type + 2 * GAP + MEANING_LEAST > layout.terminal;
    /* A few names are far longer than the others: they push what is behind them to the right. */
    if (!layout.terminal) layout.name = MIN(layout.name, NAME_MOST);
    return layout;
}

/* Words from column `indent` on, the first line begun already. */
static void print_wrapped(const char *text, int indent, int columns)
{
    int at = indent;
    for (const char *word = text; *word;) {
        int length = (int)strcspn(word, " ");
        bool first = at == indent;
        if (!first && columns && at + 1 + length > columns) {
            printf("\n%*s", indent, "");
            at = indent;
            first = true;
        }
        printf("%s%.*s", first ? "" : " ", length, word);
        at += length + !first;
        word += length;
        word += strspn(word, " ");
    }
    putchar('\n');
}

static void print_entry(const pks_field *field, const char *name, const Layout *layout)
{
    char type[64], text[1024];
    int used = snprintf(text, sizeof text, "%.*s", (int)field->meaning.length, field->meaning.at);
    if (field->source.length)
        snprintf(text + used, sizeof text - (size_t)used, " [%.*s]", (int)field->source.length, field->source.at);
    type_words(field, type, sizeof type);
    if (layout->below)
        printf("%s  (%s)\n%*s", name, type, INDENT, "");
    else
        printf("%-*s  %-*s  ", layout->name, name, layout->type, type);
    print_wrapped(text, layout->below ? INDENT : layout->name + layout->type + 2 * GAP, layout->terminal);
}

int command_fields(const Options *options)
{
    const char *pattern = options->count ? options->operands[0] : NULL;
    Layout layout = lay_out(pattern);
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
            print_entry(&field, name, &layout);
    }
    if (!found && pattern && strpbrk(pattern, "*?["))
        say_note("no whole name in the dictionary fits '%s', in which *, ? and [] are as in a shell's patterns",
                 pattern);
    else if (!found)
        say_note("no name in the dictionary has '%s' in it%s", pattern,
                 strpbrk(pattern, "^$\\+|()") ? "; a pattern is as a shell's: 'DNS.Flags.*'" : "");
    if (!stdout_flush()) return EXIT_ERROR;
    return found ? EXIT_MATCHED : EXIT_NOTHING;
}
