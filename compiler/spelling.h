/* spelling.h - names as the dictionary spells them.
 *
 * For the formatter, through runtime/format.c.  Beside names.c: the same readings, of which it keeps the letters rather
 * than the meaning.
 * Always true: nothing but letter case changes, and only in names that name_resolve knows. */
#ifndef COMPILER_SPELLING_H
#define COMPILER_SPELLING_H

#include "vm/base.h"

/* TCP.Port, .Protocol.TCP, Frame.Ethernet.IPv4, DNS.QRecord.QuestionName.Contains, Blob, ASCII.  In place. */
void spell_name(char *name, u32 len);
/* .ToString, .ToLower.Contains. */
void spell_methods(char *methods, u32 len);

#endif
