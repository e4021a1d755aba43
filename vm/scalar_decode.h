/* scalar_decode.h - the headers of one frame, found by the rules of decode.h in other words: the tests' oracle.
 *
 * Beside decode.c, for scalar.c.  The two share the tables (steps.def, ports.def, http_methods.def) and no other
 * code. */
#ifndef VM_SCALAR_DECODE_H
#define VM_SCALAR_DECODE_H

#include "vm/fields.h"

enum { SCALAR_HEADERS_MAX = 32 };

typedef struct {
    Proto proto;
    u32 start, end;
} ScalarHeader;

typedef struct {
    u32 linktype;
    const u8 *data;
    u32 caplen, len;
    u64 asked; /* protocols the program asks for */

    ScalarHeader header[SCALAR_HEADERS_MAX]; /* those that were found, the outermost first */
    u32 count;
    u64 missing; /* protocols that may lie in the part that was not captured */
} ScalarHeaders;

/* Fills in what was found; everything else is given. */
void scalar_find_headers(ScalarHeaders *headers);

/* scalar_content.c: what a TCP payload says it is, whatever its ports; false: nothing that is known. */
bool scalar_find_content(ScalarHeaders *headers, u64 start, u32 end);
/* Is it known to be TLS? */
bool scalar_is_tls(const ScalarHeaders *f, u64 start, u32 end);
/* Notes a header that was announced at `start`; NULL when it does not exist, or nobody asks for it or what follows it. */
ScalarHeader *scalar_add_header(ScalarHeaders *headers, Proto proto, u64 start, u32 end, u64 leads_to);

#endif
