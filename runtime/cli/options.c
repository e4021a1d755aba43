/* options.c - argv -> Options, by glibc's argp and the tables options.def and commands.def.  See options.h.
 *
 * For each command an argp option list is picked out of the one table; nothing here knows an option by name except
 * that -e and -F take the place of the EXPR operand. */
#include "runtime/cli/options.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"
#include "runtime/pktsift.h"

typedef enum { EXPR_NONE, EXPR_FIRST } ExprKind;
typedef enum { TYPE_FLAG, TYPE_NUMBER, TYPE_SIZE, TYPE_TIME, TYPE_TEXT, TYPE_LIST, TYPE_INPUT } OptionType;

static const struct {
    const char *name, *operands, *meaning, *details;
    ExprKind expr;
} command_table[] = {
#define COMMAND(id, name, operands, expr, meaning, details) {#name, operands, meaning, details, EXPR_##expr},
#include "runtime/cli/commands.def"
};

enum {
    GROUP_NONE,
#define GROUP(id, heading) GROUP_##id,
#include "runtime/cli/options.def"
    GROUP_COUNT
};

static const char *const group_heading[] = {
    NULL,
#define GROUP(id, heading) heading,
#include "runtime/cli/options.def"
};

enum {
#define OPTION(id, letter, name, type, argument, commands, group, meaning) ROW_##id,
#include "runtime/cli/options.def"
    ROW_COUNT
};

#define PLACE_INPUT(id)  0
#define PLACE_FLAG(id)   offsetof(Options, id)
#define PLACE_NUMBER(id) offsetof(Options, id)
#define PLACE_SIZE(id)   offsetof(Options, id)
#define PLACE_TIME(id)   offsetof(Options, id)
#define PLACE_TEXT(id)   offsetof(Options, id)
#define PLACE_LIST(id)   offsetof(Options, id)

static const struct {
    int letter;
    const char *name, *argument, *meaning;
    OptionType type;
    unsigned commands;
    int group;
    size_t place; /* in Options */
} option_table[] = {
#define OPTION(id, letter, name, type, argument, commands, group, meaning)                                             \
    {letter, name, argument, meaning, TYPE_##type, commands, GROUP_##group, PLACE_##type(id)},
#include "runtime/cli/options.def"
};

enum { KEY_BASE = 0x400, KEY_HELP = 'h' }; /* keys of options without a letter: KEY_BASE + row */

const char *argp_program_version = "pktsift " PKS_VERSION;
error_t argp_err_exit_status = 2;

const char *command_name(Command command) { return command_table[command].name; }

const char *command_meaning(Command command) { return command_table[command].meaning; }

Command command_find(const char *name)
{
    Command command = 0;
    while (command < COMMAND_COUNT_OF && strcmp(name, command_table[command].name) != 0) command++;
    return command;
}

/* -- parsing --------------------------------------------------------------------------------------------------------- */

static int row_of_key(int key)
{
    if (key >= KEY_BASE && key < KEY_BASE + ROW_COUNT) return key - KEY_BASE;
    for (int row = 0; row < ROW_COUNT; row++)
        if (key && option_table[row].letter == key) return row;
    return -1;
}

static void append(const char ***at, size_t *count, const char *text)
{
    const char **more = realloc(*at, (*count + 1) * sizeof *more);
    if (!more) die("out of memory");
    *at = more;
    more[(*count)++] = text;
}

static void add_operand(Options *options, const char *operand) { append(&options->operands, &options->count, operand); }

static void spelling(int row, char *out, size_t size)
{
    if (option_table[row].name)
        snprintf(out, size, "--%s", option_table[row].name);
    else
        snprintf(out, size, "-%c", option_table[row].letter);
}

static void set_option(struct argp_state *state, Options *options, int row, char *argument)
{
    void *place = (char *)options + option_table[row].place;
    char name[40];
    spelling(row, name, sizeof name);
    switch (option_table[row].type) {
    case TYPE_FLAG: *(bool *)place = true; return;
    case TYPE_TEXT:
        /* A filter or an output that a later one silently replaced would be missed too late. */
        if (*(const char **)place && option_table[row].group != GROUP_PRINTING)
            argp_error(state, "%s is given twice", name);
        *(const char **)place = argument;
        return;
    case TYPE_LIST: append(&((TextList *)place)->at, &((TextList *)place)->count, argument); return;
    case TYPE_INPUT: add_operand(options, argument); return;
    case TYPE_NUMBER:
        if (!parse_number(argument, &((Number *)place)->value))
            argp_error(state, "%s: '%s' is no number", name, argument);
        ((Number *)place)->set = true;
        return;
    case TYPE_SIZE:
        if (!parse_size(argument, &((Number *)place)->value))
            argp_error(state, "%s: '%s' is no size; sizes look like 64M, 2G or 1500000", name, argument);
        ((Number *)place)->set = true;
        return;
    case TYPE_TIME:
        if (!pks_parse_time(argument, &((Moment *)place)->ns))
            argp_error(state,
                       "%s: '%s' is no time; times look like '2014-10-25 23:32:00', with Z or +02:00 behind it "
                       "when they are not local",
                       name, argument);
        ((Moment *)place)->set = true;
        return;
    }
}

typedef struct {
    Options *options;
    bool have_plain;
    size_t plain; /* the first operand that is not from -r: it is EXPR where a command takes one */
} Parse;

/* EXPR is only known at the end: -e may stand behind the inputs. */
static void settle_expr(struct argp_state *state, Parse *parse)
{
    Options *options = parse->options;
    if (options->expr && options->filter_file) argp_error(state, "-e and -F both give a filter; use one of them");
    if (command_table[options->command].expr == EXPR_NONE || options->expr || options->filter_file) return;
    if (!parse->have_plain) argp_error(state, "no filter given: EXPR is the first operand, or -e EXPR, or -F FILE");
    options->expr = options->operands[parse->plain];
    if (names_filter_file(options->expr))
        argp_error(state, "'%s' is a file of filters, and a filter is expected: -F %s", options->expr, options->expr);
    options->count--;
    memmove(options->operands + parse->plain, options->operands + parse->plain + 1,
            (options->count - parse->plain) * sizeof *options->operands);
}

/* `compile' takes as operand what others take behind -F. */
static void settle_file(struct argp_state *state, Options *options)
{
    if (options->command != COMMAND_COMPILE || !options->count) return;
    if (options->count > 1 || options->expr || options->filter_file)
        argp_error(state, "one filter, please; '%s' is one too many", options->operands[options->count - 1]);
    options->filter_file = options->operands[0];
    options->count = 0;
}

/* Each a NAME and a value, no NAME twice, and a file for them. */
static void check_defines(struct argp_state *state, const Options *options)
{
    const TextList *define = &options->define;
    if (define->count && !options->filter_file)
        argp_error(state, "-D %s: only filter files have parameters: -F FILE", define->at[0]);
    for (size_t i = 0; i < define->count; i++) {
        size_t name = strcspn(define->at[i], "=");
        if (name == 0 || define->at[i][name] == '\0')
            argp_error(state, "-D %s: expected NAME=VALUE, such as -D port=443", define->at[i]);
        for (size_t j = 0; j < i; j++)
            if (strncasecmp(define->at[j], define->at[i], name + 1) == 0)
                argp_error(state, "-D gives '%.*s' two values", (int)name, define->at[i]);
    }
}

static void check_operands(struct argp_state *state, const Options *options)
{
    struct stat status;
    check_defines(state, options);
    switch (options->command) {
    case COMMAND_EXPLAIN:
        for (size_t i = 0; i < options->count; i++)
            if (!strpbrk(options->operands[i], "*?[({@") && strcmp(options->operands[i], "-") != 0 &&
                stat(options->operands[i], &status) != 0)
                argp_error(state, "'%s' is no INPUT, and one filter is enough (quote a filter that has blanks)",
                           options->operands[i]);
        return;
    case COMMAND_BENCH:
        if (options->count || !options->expr || stat(options->expr, &status) != 0) return;
        break;
    case COMMAND_COMPILE:
        if (!options->expr && !options->filter_file) argp_error(state, "no filter given: name its file, or -e EXPR");
        if (!options->output) argp_error(state, "no output given: -o OUT");
        return;
    case COMMAND_CHECK:
        if (!options->count && !options->expr && !options->rules)
            argp_error(state,
                       "no filter given: name a file, a folder with .sift files, - for standard input, or -e EXPR");
        return;
    case COMMAND_FMT:
        if (!options->count && isatty(STDIN_FILENO))
            argp_error(state, "no FILE given: name a filter file, a folder with .sift files, or - for standard input");
        return;
    case COMMAND_TEST:
        if (!options->count) argp_error(state, "no filter file given: name one, or a folder with .sift files");
        return;
    case COMMAND_FIELDS:
    case COMMAND_HELP:
        if (options->count > 1) argp_error(state, "'%s' is one operand too many", options->operands[1]);
        return;
    default: break;
    }
    if (options->count) return;
    if (options->expr && stat(options->expr, &status) == 0)
        argp_error(state, "no filter given: '%s' is a file; EXPR comes first, then the inputs", options->expr);
    argp_error(state, "no INPUT given: name a file, a directory, a pattern, a range such as 'roll(1..30).cap', "
                      "@list, or - for standard input");
}

static error_t parse_one(int key, char *argument, struct argp_state *state)
{
    Parse *parse = state->input;
    int row = row_of_key(key);
    if (row >= 0 && (option_table[row].commands >> parse->options->command & 1)) {
        set_option(state, parse->options, row, argument);
        return 0;
    }
    switch (key) {
    case KEY_HELP: argp_state_help(state, stdout, ARGP_HELP_STD_HELP); return 0;
    case ARGP_KEY_ARG:
        if (!parse->have_plain) parse->plain = parse->options->count;
        parse->have_plain = true;
        add_operand(parse->options, argument);
        return 0;
    case ARGP_KEY_END:
        settle_file(state, parse->options);
        settle_expr(state, parse);
        check_operands(state, parse->options);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* -- the argp of one command ----------------------------------------------------------------------------------------- */

/* Without argp's note that what holds for --long-options holds for their letters. */
static char *help_text(int key, const char *text, void *input)
{
    (void)input;
    return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)(uintptr_t)text;
}

typedef struct {
    struct argp argp;
    struct argp_option option[ROW_COUNT + GROUP_COUNT + 2];
    Text doc;
} Parser;

static void parser_init(Parser *parser, Command command)
{
    memset(parser, 0, sizeof *parser);
    struct argp_option *next = parser->option;
    for (int group = 1; group < GROUP_COUNT; group++) {
        bool headed = false;
        for (int row = 0; row < ROW_COUNT; row++) {
            if (option_table[row].group != group || !(option_table[row].commands >> command & 1)) continue;
            if (!headed) *next++ = (struct argp_option){.doc = group_heading[group], .group = group};
            headed = true;
            *next++ = (struct argp_option){.name = option_table[row].name,
                                           .key = option_table[row].letter ? option_table[row].letter : KEY_BASE + row,
                                           .arg = option_table[row].argument,
                                           .doc = option_table[row].meaning,
                                           .group = group};
        }
    }
    *next++ = (struct argp_option){.name = NULL, .key = KEY_HELP, .flags = OPTION_HIDDEN, .doc = "help", .group = -1};
    const char *details = command_table[command].details, *status = "0 something matched, 1 nothing did, 2 an error";
    text_format(&parser->doc, "%s - %s.\v%s", command_table[command].name, command_table[command].meaning, details);
    if (!strstr(details, "Exit status:")) text_format(&parser->doc, "\n\nExit status: %s.", status);
    text_string(&parser->doc, "\nMore: pktsift help language, files, inputs, output, exit.");
    parser->argp = (struct argp){.options = parser->option,
                                 .parser = parse_one,
                                 .args_doc = command_table[command].operands,
                                 .doc = parser->doc.at,
                                 .help_filter = help_text};
}

/* A filter such as '-1 < TCP.Port' as the first operand: getopt would only complain of an option -1. */
static void check_dashed_filter(Command command, const char *word)
{
    if (!word || word[0] != '-' || !word[1] || !strpbrk(word, " <>=!&|(") || strchr("-h?V", word[1])) return;
    int row = row_of_key((unsigned char)word[1]);
    if (row >= 0 && (option_table[row].commands >> command & 1)) return;
    die("a filter that begins with '-' would be taken for an option: put -e before '%s'", word);
}

void options_parse(Command command, int argc, char **argv, Options *options)
{
    check_dashed_filter(command, argc > 1 ? argv[1] : NULL);
    *options = (Options){.command = command};
    Parse parse = {.options = options};
    Parser parser;
    parser_init(&parser, command);
    error_t failed = argp_parse(&parser.argp, argc, argv, 0, NULL, &parse);
    text_free(&parser.doc);
    if (failed) die("%s", strerror(failed));
}

void options_free(Options *options)
{
    free(options->operands);
    free(options->define.at);
    options->operands = options->define.at = NULL;
}

void options_help(Command command, FILE *out)
{
    Parser parser;
    char name[64];
    snprintf(name, sizeof name, "pktsift %s", command_table[command].name);
    parser_init(&parser, command);
    argp_help(&parser.argp, out, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK, name);
    text_free(&parser.doc);
}

/* -- Markdown -------------------------------------------------------------------------------------------------------- */

static void print_cell(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '|') putc('\\', out);
        putc(*text, out);
    }
}

void options_reference(FILE *out)
{
    fputs("| command | operands | what it does |\n| --- | --- | --- |\n", out);
    for (int command = 0; command < COMMAND_COUNT_OF; command++)
        fprintf(out, "| `%s` | `%s` | %s |\n", command_table[command].name, command_table[command].operands,
                command_table[command].meaning);
    fputs("\n| option | commands | meaning |\n| --- | --- | --- |\n", out);
    for (int row = 0; row < ROW_COUNT; row++) {
        fputs("| `", out);
        if (option_table[row].letter) fprintf(out, "-%c", option_table[row].letter);
        if (option_table[row].letter && option_table[row].name) fputs(", ", out);
        if (option_table[row].name) fprintf(out, "--%s", option_table[row].name);
        if (option_table[row].argument)
            fprintf(out, "%s%s", option_table[row].name ? "=" : " ", option_table[row].argument);
        fputs("` |", out);
        for (int command = 0; command < COMMAND_COUNT_OF; command++)
            if (option_table[row].commands >> command & 1) fprintf(out, " %s", command_table[command].name);
        fputs(" | ", out);
        print_cell(option_table[row].meaning, out);
        fputs(" |\n", out);
    }
}
