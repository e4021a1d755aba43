/* value.h - the values of fields in one frame, for printing.
 *
 * Beside run.c: the same headers (decode.c), the same kernels (calc.c), one frame and one field at a time, every instance.
 * Always true: nothing outside the frame's captured bytes is read. */
#ifndef VM_VALUE_H
#define VM_VALUE_H

#include "vm/fields.h"

typedef struct ValueReader ValueReader;

/* For fields of these protocols (a bit set of Proto).  NULL: no memory. */
ValueReader *value_reader_new(u64 protocols);
void value_reader_free(ValueReader *reader);
/* Finds the headers of a batch of one frame.  The batch must stay until the next call. */
void value_reader_look(ValueReader *reader, const Batch *batch);
/* The field (no PAIR) of instance `nest` of its protocol, 0 the outermost.  VALUE_NO_HEADER: there are no more. */
typedef enum { VALUE_FOUND, VALUE_ABSENT, VALUE_NO_HEADER } ValueFound;
ValueFound value_read(const ValueReader *reader, FieldId field, u32 nest, CalcValue *value);
/* Are the frame's first layers exactly this path? */
bool value_on_path(const ValueReader *reader, const u8 *path, u32 count);

#endif
