/* options.h - the command line as the commands see it: one struct, made from options.def.
 *
 * First thing on the road: argv -> Options.  Always true when a command gets it: every option belongs to that command,
 * numbers, sizes and times were well-formed, and an EXPR operand has been taken out of the operands. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
#define COMMAND(id, name, operands, expr, meaning, details) COMMAND_##id,
#include "runtime/cli/commands.def"
    COMMAND_COUNT_OF
} Command;

enum {
#define COMMAND(id, name, operands, expr, meaning, details) IN_##id = 1 << COMMAND_##id,
#include "runtime/cli/commands.def"
};

typedef struct {
    bool set;
    uint64_t value;
} Number;
typedef struct {
    bool set;
    int64_t ns;
} Moment;

typedef struct {
    const char **at;
    size_t count;
} TextList;

#define MEMBER_FLAG(id)   bool id;
#define MEMBER_NUMBER(id) Number id;
#define MEMBER_SIZE(id)   Number id;
#define MEMBER_TIME(id)   Moment id;
#define MEMBER_TEXT(id)   const char *id;
#define MEMBER_LIST(id)   TextList id;
#define MEMBER_INPUT(id)

typedef struct {
#define OPTION(id, letter, name, type, argument, commands, group, meaning) MEMBER_##type(id)
#include "runtime/cli/options.def"
    Command command;
    const char **operands; /* EXPR not among them */
    size_t count;
} Options;

/* The name and one-line meaning of a command. */
const char *command_name(Command command);
const char *command_meaning(Command command);
/* COMMAND_COUNT_OF when there is none of that name. */
Command command_find(const char *name);

/* argv[0] is "pktsift COMMAND".  Ends the process with status 2 on a mistake, with 0 for --help and --version. */
void options_parse(Command command, int argc, char **argv, Options *options);
void options_free(Options *options);
/* What --help prints. */
void options_help(Command command, FILE *out);
/* The tables of commands and options in Markdown. */
void options_reference(FILE *out);

#define COMMAND(id, name, operands, expr, meaning, details) int command_##name(const Options *options);
#include "runtime/cli/commands.def"

#endif
