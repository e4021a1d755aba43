/* describe.h - a frame in words and whom it is from and for, as NetMon's summary has it.
 *
 * Beside the functions of CALC rows: Property.Description, Source and the like, and the line printed for a frame
 * (runtime/summary.c), are made here.  What a header says stands in its family's .c file: a SummaryFunction, named in a
 * SUMMARY row of its .def; which fields name its two ends, in ENDS rows.
 * Always true: a Summary holds printable ASCII alone, and whole items only. */
#ifndef VM_PROTOCOLS_DESCRIBE_H
#define VM_PROTOCOLS_DESCRIBE_H

#include "vm/value.h"

/* A summary being put together: items joined by ", ", cut where the room ends. */
typedef struct {
    char *text; /* NUL behind what is used */
    size_t size, used;
    bool cut; /* something it would say was not captured */
} Summary;

/* `frame` stands at the header. */
typedef void SummaryFunction(Summary *out, const CalcFrame *frame);
#define SUMMARY(proto, function) SummaryFunction function;
#include "vm/fields.def"

__attribute__((format(printf, 2, 3))) void summary_add(Summary *out, const char *format, ...);
/* "Flags=...A....", of `len` bytes. */
void summary_text(Summary *out, const char *name, const char *text, size_t len);
/* "Seq=5", where the header has the field. */
void summary_number(Summary *out, const CalcFrame *frame, const char *name, FieldId field);
/* "DstPort=HTTP(80)". */
void summary_port(Summary *out, const CalcFrame *frame, const char *name, FieldId field);
/* "Name=www.example.com": a value of any type, as value_print has it. */
void summary_value(Summary *out, const CalcFrame *frame, const char *name, FieldId field);

/* The field's first value in this header. */
bool header_number(const CalcFrame *frame, FieldId field, u64 *number);
/* The same as text, with a NUL behind it; cut where `size` ends. */
bool header_text(const CalcFrame *frame, FieldId field, char *out, size_t size);

/* What a type or code is called; NULL where it has no row. */
typedef struct {
    u32 number;
    const char *name;
} NumberName;
const char *name_of(const NumberName *names, size_t count, u64 number);
/* What a message's type is called, and "Type=8". */
void summary_type(Summary *out, const CalcFrame *frame, FieldId field, const NumberName *names, size_t count);

/* "MsgType = DISCOVER": what a number is called, or the number, behind `before`. */
void summary_word(Summary *out, const CalcFrame *frame, const char *before, FieldId field, const NumberName *names,
                  size_t count);

/* What the header of this protocol says; nothing where it has no SUMMARY row. */
void describe_header(Summary *out, const CalcFrame *frame, Proto proto);

/* Which of a header's two ends. */
typedef enum { END_SOURCE, END_DESTINATION } End;
/* How ends are called: an address of the network (IPv4, IPv6), of the link (MAC), a port. */
typedef enum { ENDS_NETWORK, ENDS_LINK, ENDS_PORT } EndsKind;
/* One end as the innermost header has it that names ends so: its type, its value.  *cut: a header farther in may do so, but
 * was not captured. */
bool find_end(const CalcFrame *frame, EndsKind kind, End end, ValueType *type, CalcValue *value, bool *cut);
/* What people call one end of a frame: its address in the network, else on the link.  Text with a NUL behind it. */
bool describe_end(const CalcFrame *frame, End end, char *out, size_t size);

/* The frame seen from one of its headers. */
static inline CalcFrame frame_at(const CalcFrame *frame, const Layer *layer)
{
    CalcFrame at = *frame;
    at.header = layer->at;
    at.end = MIN_OF(layer->end, frame->caplen);
    at.wire_end = layer->end;
    return at;
}

#endif
