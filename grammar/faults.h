/* faults.h - words the errors inside one token: what is wrong with a character, a string, a number, an address.
 *
 * Called by shape.c for every LEX_ token. */
#ifndef GRAMMAR_FAULTS_H
#define GRAMMAR_FAULTS_H

#include "grammar/token.h"

/* Reports a LEX_ token.  Returns the TOK_ kind that takes its place, so that reading can go on: the operator that was
 * meant, TOK_HOLE for a value, or 0 for what is best left out. */
int fault_report(const Source *source, DiagList *diags, Token token);

#endif
