/* sarif.h - findings as a SARIF 2.1.0 document, for code hosts and editors that read it.
 *
 * Always true: what sarif_write prints is one valid document, whatever bytes names and texts hold. */
#ifndef CLI_SARIF_H
#define CLI_SARIF_H

#include "runtime/cli/text.h"
#include "runtime/pktsift.h"

typedef struct Sarif Sarif;
Sarif *sarif_new(void);
void sarif_add(Sarif *sarif, const pks_finding *finding);
/* The document, with a newline; frees it.  complete: everything that was asked for could be read. */
void sarif_write(Sarif *sarif, bool complete, Text *out);

#endif
