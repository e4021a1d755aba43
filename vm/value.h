/* value.h - the values of fields in one frame, for printing.
 *
 * Beside run.c: the same headers (decode.c), the same kernels (calc.c), one frame and one field at a time, every instance.
 * Always true: nothing outside the frame's captured bytes is read. */
#ifndef VM_VALUE_H
#define VM_VALUE_H

#include "vm/decode.h"

/* About 70 KiB; may stand on the stack. */
typedef struct {
    const Batch *batch;
    Headers headers;
    u8 room[TEXT_MAX]; /* what a MADE field's value is made in */
} ValueReader;

/* For fields of these protocols (a bit set of Proto). */
void value_reader_init(ValueReader *reader, u64 protocols);
/* Finds the headers of a batch of one frame.  The batch must stay until the next call. */
void value_reader_look(ValueReader *reader, const Batch *batch);
/* The field (no PAIR, no ALIAS) of instance `nest` of its protocol, 0 the outermost.  VALUE_NO_HEADER: there are no more.
 * value_next goes on to the next value of a MANY field: `state` is all zero before the first; any other field has one.
 * A MADE value stands in the reader until the next call. */
typedef enum { VALUE_FOUND, VALUE_ABSENT, VALUE_NO_HEADER } ValueFound;
ValueFound value_read(ValueReader *reader, FieldId field, u32 nest, CalcValue *value);
ValueFound value_next(ValueReader *reader, FieldId field, u32 nest, CalcState *state, CalcValue *value);
/* The same in a header that is known already: the next value of a MANY field, by value->state, or the one of any other. */
bool value_of_header(const CalcFrame *frame, FieldId field, CalcValue *value);
/* The frame as CALC functions see it, from its first byte. */
CalcFrame value_frame(const ValueReader *reader);
/* The headers that were found, the outermost first. */
const Layers *value_layers(const ValueReader *reader);
/* Are the frame's first layers exactly this path? */
bool value_on_path(const ValueReader *reader, const u8 *path, u32 count);

#endif
