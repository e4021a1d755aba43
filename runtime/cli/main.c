/* main.c - the command: by its name pktsift or nmcap, then by its first word one of commands.def.
 *
 * Nothing is decided here but who goes on.  Exit statuses are grep's: 0 something matched, 1 nothing did, 2 an error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/cli/help.h"
#include "runtime/cli/nmcap.h"
#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/signals.h"
#include "runtime/cli/talk.h"

static int (*const functions[])(const Options *options) = {
#define COMMAND(id, name, operands, expr, meaning, details) command_##name,
#include "runtime/cli/commands.def"
};

static int run_command(Command command, int argc, char **argv)
{
    char name[64];
    Options options;
    snprintf(name, sizeof name, "pktsift %s", command_name(command));
    argv[0] = name; /* argp begins its messages with it */
    talk.name = name;
    options_parse(command, argc, argv, &options);
    talk.quiet = options.quiet;
    int status = EXIT_ERROR;
    if (talk_colour(options.color))
        status = functions[command](&options);
    else
        say_error("--color=%s: expected auto, always or never", options.color);
    options_free(&options);
    return status;
}

static int run_pktsift(int argc, char **argv)
{
    if (argc < 2) {
        help_overview(stderr);
        return EXIT_ERROR;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "-?") == 0) {
        help_overview(stdout);
        return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("pktsift %s\n", pks_version());
        return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
    }
    if (word[0] == '-') {
        say_error("'%s' stands before a command; options follow it: pktsift filter %s ...", word, word);
        return EXIT_ERROR;
    }
    Command command = command_find(word);
    return command == COMMAND_COUNT_OF ? help_unknown(word, "command") : run_command(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    const char *slash = argc ? strrchr(argv[0], '/') : NULL;
    const char *name = slash ? slash + 1 : argc ? argv[0] : "pktsift";
    talk_colour(NULL);
    signals_install();
    if (strncasecmp(name, "nmcap", 5) == 0) return run_nmcap(argc, argv);
    return run_pktsift(argc, argv);
}
