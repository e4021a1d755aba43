/* help.c - `pktsift help`: the commands, one command, a topic.  All text comes from the .def tables. */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/help.h"
#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"

static const struct {
    const char *name, *meaning, *text;
} topics[] = {
#define TOPIC(name, meaning, text) {name, meaning, text},
#include "runtime/cli/topics.def"
};

static const struct {
    const char *name, *meaning;
} later[] = {
#define LATER(name, meaning) {name, meaning},
#include "runtime/cli/commands.def"
};

enum { TOPICS = sizeof topics / sizeof topics[0], LATERS = sizeof later / sizeof later[0] };

void help_overview(FILE *out)
{
    fputs(
        "pktsift sifts capture files: pcap, pcapng and NetMon .cap.\n\nUsage: pktsift COMMAND [OPTION...] [OPERAND...]\n\n"
        "Commands:\n",
        out);
    for (int command = 0; command < COMMAND_COUNT_OF; command++)
        fprintf(out, "  %-10s %s\n", command_name(command), command_meaning(command));
    fputs("\nTopics, for pktsift help TOPIC:\n", out);
    for (size_t i = 0; i < TOPICS; i++) fprintf(out, "  %-10s %s\n", topics[i].name, topics[i].meaning);
    fputs("  fields     the dictionary: the same as pktsift fields\n"
          "\n`pktsift COMMAND --help' tells the options of a command, `pktsift --version' the version.\n"
          "Called as nmcap it takes NetMon's switches: nmcap /?\n",
          out);
}

int help_unknown(const char *word, const char *kind)
{
    const char *candidates[COMMAND_COUNT_OF + TOPICS];
    size_t count = 0;
    for (size_t i = 0; i < LATERS; i++) {
        if (strcmp(word, later[i].name) != 0) continue;
        say_error("'%s' (%s) is not in this version", word, later[i].meaning);
        return EXIT_ERROR;
    }
    for (int command = 0; command < COMMAND_COUNT_OF; command++) candidates[count++] = command_name(command);
    if (strcmp(kind, "topic") == 0)
        for (size_t i = 0; i < TOPICS; i++) candidates[count++] = topics[i].name;
    const char *near = nearest_word(word, candidates, count);
    if (near)
        say_error("no %s '%s'; did you mean '%s'?", kind, word, near);
    else
        say_error("no %s '%s'; pktsift help lists them", kind, word);
    return EXIT_ERROR;
}

/* Words from column `indent` on, as many a line as fit. */
static void print_wrapped(FILE *out, int indent, const char *text)
{
    enum { WIDTH = 100 };
    int column = 0;
    for (size_t len; *text; text += len + strspn(text + len, " ")) {
        len = strcspn(text, " ");
        bool first = column == 0, fits = column + 1 + (int)len <= WIDTH;
        if (!first && !fits) fputc('\n', out);
        fprintf(out, "%*s%.*s", first || !fits ? indent : 1, "", (int)len, text);
        column = (first || !fits ? indent : column + 1) + (int)len;
    }
    fputc('\n', out);
}

static void help_rules(FILE *out)
{
    pks_rule rule;
    fputs(
        "`pktsift check' tells what is legal in a filter and yet likely a mistake.  A comment at the end of a line, or\n"
        "alone on the line above, switches rules off for that line; a reason may stand behind --:\n\n"
        "  Blob(FrameData, 34, 2) == 0xD0EF   // sift:allow byte-offset -- the tap strips tags\n",
        out);
    for (size_t i = 0; pks_rule_get(i, &rule); i++) {
        fprintf(out, "\n%s: %s%s\n", rule.id, rule.meaning,
                rule.level == PKS_NOTE ? " (a note: the exit status stays 0)" : "");
        print_wrapped(out, 4, rule.help);
    }
}

int command_help(const Options *options)
{
    const char *topic = options->count ? options->operands[0] : NULL;
    if (!topic) {
        help_overview(stdout);
        return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
    }
    Command command = command_find(topic);
    /* `fields` is a command and a topic: the dictionary is the answer to both. */
    if (command == COMMAND_FIELDS) return command_fields(&(Options){.command = COMMAND_FIELDS});
    if (command != COMMAND_COUNT_OF) {
        options_help(command, stdout);
        return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
    }
    for (size_t i = 0; i < TOPICS; i++) {
        if (strcmp(topic, topics[i].name) != 0) continue;
        if (topics[i].text)
            fputs(topics[i].text, stdout);
        else if (strcmp(topic, "rules") == 0)
            help_rules(stdout);
        else
            options_reference(stdout);
        return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
    }
    return help_unknown(topic, "topic");
}
