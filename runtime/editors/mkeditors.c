/* mkeditors.c - syntax files for editors: mkeditors TEMPLATE > FILE
 *
 * The templates beside this file are what an editor wants, with @LISTS@ of words in the place of words; the words come from the
 * tables that lexer, parser and compiler are made from, so that no editor knows a keyword or a protocol that pktsift does
 * not.  A template called *.vim gets its lists as Vim patterns, one called *.json as Oniguruma's in a JSON string.
 * Always true: a list that the template names and this file does not is an error, and so is one never asked for. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name, *const *words;
    bool used;
} List;

static const char *const words[] = {
#define WORD(token, word, sign) word,
#include "grammar/keywords.def"
    NULL};
static const char *const signs[] = {
#define WORD(token, word, sign) sign ? sign : "",
#define SIGN(token, sign)       sign,
#include "grammar/keywords.def"
    "=", NULL};
static const char *const statements[] = {
#define STATEMENT(id, word) word,
#include "grammar/keywords.def"
    NULL};
static const char *const entries[] = {
#define ENTRY(id, word) word,
#include "grammar/keywords.def"
    NULL};
static const char *const clauses[] = {
#define CLAUSE(id, word) word,
#include "grammar/keywords.def"
    NULL};
static const char *const units[] = {
#define UNIT(word, ns) word,
#include "grammar/keywords.def"
    NULL};
static const char *const labels[] = {
#define LABEL(id, key, meaning) key,
#include "grammar/labels.def"
    NULL};
static const char *const types[] = {
#define PARAM_TYPE(id, name, what, examples, kinds) name,
#include "compiler/params.def"
    NULL};
static const char *const functions[] = {
#define FUNCTION(id, name, args, form, meaning) name,
#include "compiler/functions.def"
    NULL};
static const char *const methods[] = {
#define METHOD(id, name, args, meaning) name,
#include "compiler/functions.def"
    NULL};
static const char *const protocols[] = {
#define PROTO(id, name, source, meaning) name,
#include "vm/fields.def"
    NULL};
/* What may stand in front of a name, or in its place: names.c knows them one by one. */
static const char *const scopes[] = {"Frame", "FrameData", "FrameVariable", "Protocol", "Conversation", "Global", NULL};
static const char *const modes[] = {"ASCII", "UNICODE", "HEX", NULL}; /* of ContainsBin */
static const char *const generated[] = {
    "Made by pktsift's mkeditors from its tables: change those, or the template in runtime/editors/.", NULL};

static List lists[] = {
    {"WORDS", words, false},         {"SIGNS", signs, false},        {"STATEMENTS", statements, false},
    {"ENTRIES", entries, false},     {"CLAUSES", clauses, false},    {"UNITS", units, false},
    {"LABELS", labels, false},       {"TYPES", types, false},        {"FUNCTIONS", functions, false},
    {"METHODS", methods, false},     {"SCOPES", scopes, false},      {"MODES", modes, false},
    {"PROTOCOLS", protocols, false}, {"GENERATED", generated, false}};

enum { LISTS = sizeof lists / sizeof lists[0], WORDS_MAX = 500 };

static void fail(const char *what, const char *which)
{
    fprintf(stderr, "mkeditors: %s: %s\n", which, what);
    exit(1);
}

/* Longer ones first: an alternation takes the first that fits. */
static int by_length(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    size_t m = strlen(a), n = strlen(b);
    return m != n ? (m < n) - (m > n) : strcmp(a, b);
}

/* What the patterns would read otherwise is escaped; a backslash is two of them in JSON. */
static void print_word(const char *word, bool vim)
{
    for (; *word; word++) {
        if (strchr(vim ? "\\^$.*[]~/" : "\\^$.|?*+()[]{}", *word)) fputs(vim ? "\\" : "\\\\", stdout);
        putchar(*word);
    }
}

static void print_list(const List *list, bool vim)
{
    const char *sorted[WORDS_MAX];
    size_t count = 0;
    for (const char *const *word = list->words; *word; word++)
        if (**word && count < WORDS_MAX) sorted[count++] = *word;
    qsort(sorted, count, sizeof *sorted, by_length);
    for (size_t i = 0; i < count; i++) {
        if (i) fputs(vim ? "\\|" : "|", stdout);
        print_word(sorted[i], vim);
    }
}

/* "@NAME@" at *at: prints that list and moves *at behind it. */
static bool take_list(const char **at, bool vim, const char *template)
{
    const char *end = *at + 1;
    while (isupper((unsigned char)*end)) end++;
    if (end == *at + 1 || *end != '@') return false;
    for (size_t i = 0; i < LISTS; i++) {
        if (strncmp(lists[i].name, *at + 1, (size_t)(end - *at - 1)) != 0 || lists[i].name[end - *at - 1]) continue;
        if (lists[i].words == generated)
            fputs(generated[0], stdout);
        else
            print_list(&lists[i], vim);
        lists[i].used = true;
        *at = end + 1;
        return true;
    }
    fail(*at, template);
    return false;
}

static void expand(const char *text, bool vim, const char *template)
{
    while (*text)
        if (*text != '@' || !take_list(&text, vim, template)) putchar(*text++);
}

static char *read_whole(const char *path)
{
    enum { ROOM = 1 << 20 };
    static char text[ROOM];
    FILE *file = fopen(path, "r");
    if (!file) fail("cannot be opened", path);
    size_t len = fread(text, 1, ROOM - 1, file);
    if (len == ROOM - 1 || ferror(file)) fail("cannot be read", path);
    fclose(file);
    text[len] = '\0';
    return text;
}

int main(int argc, char **argv)
{
    if (argc != 2) fail("usage: mkeditors TEMPLATE > FILE", "one template, please");
    size_t len = strlen(argv[1]);
    expand(read_whole(argv[1]), len > 4 && strcmp(argv[1] + len - 4, ".vim") == 0, argv[1]);
    for (size_t i = 0; i < LISTS; i++)
        if (!lists[i].used) fail(lists[i].name, "never asked for");
    return fflush(stdout) || ferror(stdout);
}
