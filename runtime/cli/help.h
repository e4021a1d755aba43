/* help.h - the list of commands and topics, and the answer to a word that is neither. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

void help_overview(FILE *out);
/* Says that there is no such command or topic (kind), with the nearest; returns the exit status. */
int help_unknown(const char *word, const char *kind);

#endif
