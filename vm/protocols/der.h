/* der.h - reading ASN.1 in its distinguished encoding, X.690: a tag, a length, the content, one inside another.
 *
 * Beside reading.h, for Kerberos and LDAP.  Positions are offsets from the header.  The rules: a tag is one byte (no
 * protocol here has more); a length has at most four bytes and is definite; an element that would end behind the one
 * around it is not there, nor is anything behind it.  The outermost may go on in the next segment: what is here of it counts.
 * Always true: every step moves on by at least two bytes, so walks over elements end. */
#ifndef VM_PROTOCOLS_DER_H
#define VM_PROTOCOLS_DER_H

#include "vm/protocols/reading.h"

enum {
    DER_INTEGER = 0x02,
    DER_OCTETS = 0x04,
    DER_ENUMERATED = 0x0a,
    DER_GENERAL_STRING = 0x1b,
    DER_SEQUENCE = 0x30,
    DER_CONTEXT = 0xa0,     /* + n: constructed, [n] */
    DER_APPLICATION = 0x60, /* + n: constructed, [APPLICATION n] */
};

/* Bytes at .. end from the header on; the end may lie behind its packet. */
typedef struct {
    u32 at, end;
} Der;

/* All that begins with the header. */
static inline Der der_all(void) { return (Der){0, 1u << 31}; }

/* Takes the first element of *around off; *inside becomes its content. */
bool der_next(const CalcFrame *frame, Der *around, u8 *tag, Der *inside, CalcValue *value);
/* The first element of *around, if it has this tag. */
bool der_expect(const CalcFrame *frame, Der *around, u8 tag, Der *inside, CalcValue *value);
/* The first element with this tag; *around is left behind it. */
bool der_find(const CalcFrame *frame, Der *around, u8 tag, Der *inside, CalcValue *value);
/* A non-negative INTEGER or ENUMERATED of at most eight bytes, as content. */
bool der_number(const CalcFrame *frame, Der content, CalcValue *value);
/* The bytes of the content that are in this packet, as far as they were captured. */
bool der_bytes(const CalcFrame *frame, Der content, CalcValue *value);

#endif
