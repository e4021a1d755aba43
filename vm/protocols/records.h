/* records.h - from question to question and record to record: the message format that DNS and NbtNs share.  RFC 1035, 4.1.
 *
 * Twelve bytes of header, then the questions, then three sections of records: answers, authority, additional.  A function
 * finds its section by stepping over what stands before it, once a message; then it goes from record to record.
 *
 * The counts in the header are claims: records are read as long as they are there.  A record whose data would reach out of
 * the message is the last; of its data those fields have a value whose bytes are there.  A name that is none (names.h)
 * gives no value, and the next record is tried; so does data that is too short, or an address of another length.
 * Once a function has said that there are no more, it says so again: it stands where it cannot go on. */
#ifndef VM_PROTOCOLS_RECORDS_H
#define VM_PROTOCOLS_RECORDS_H

#include "vm/protocols/names.h"

typedef enum { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL } Section;

enum {
    MESSAGE_HEADER = 12,
    QUESTION_COUNT_AT = 4,
    QUESTION_FIXED = 4, /* behind the name: type and class */
    RECORD_FIXED = 10,  /* type, class, time to live, length of the data */
};

typedef struct {
    u32 at, fixed, data, end; /* the name, what is behind it, the data, what is behind that */
    u32 type;
} Record;

/* To the next question, whose name then stands at value->state->at. */
bool question_next(const CalcFrame *frame, CalcValue *value);
/* Over the question at `at`. */
bool question_skip(const CalcFrame *frame, u32 *at, CalcValue *value);
/* To the next record of a section, whose name then stands at value->state->at; the rest of it may not be there. */
bool record_next(const CalcFrame *frame, Section section, CalcValue *value);
/* The same, as far as its length at least. */
bool record_next_whole(const CalcFrame *frame, Section section, CalcValue *value, Record *record);
/* To the next record of a type. */
bool record_next_of(const CalcFrame *frame, Section section, u32 type, CalcValue *value, Record *record);

#endif
