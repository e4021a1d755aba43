/* reading.h - what the functions of CALC rows share: reads that are checked, payloads.
 *
 * Used by both machines, run.c and scalar.c, through the rows of fields.def; nothing else is shared between them.  A
 * function gets a header of which at least one byte was captured, and checks every byte it reads.  No length found in a
 * packet is trusted: every read is checked against the end of the header's own packet and against the captured bytes.  A
 * value that was on the wire and not captured is reported as cut. */
#ifndef VM_PROTOCOLS_READING_H
#define VM_PROTOCOLS_READING_H

#include "vm/fields.h"

#define CALC(proto, id, name, type, how, function, meaning) CalcFunction function;
#include "vm/fields.def"

/* Are `count` bytes at `offset` of the header captured, inside its packet?  Where they are on the wire but not captured,
 * says so in value->cut. */
static inline bool have(const CalcFrame *frame, u32 offset, u64 count, CalcValue *value)
{
    u64 end = (u64)frame->header + offset + count;
    if (end <= frame->end) return true;
    if (frame->caplen < frame->len && end <= frame->wire_end && end > frame->caplen) value->cut = true;
    return false;
}

/* The header's bytes. */
static inline const u8 *header_of(const CalcFrame *frame) { return frame->data + frame->header; }

/* Bytes of the header's packet that were captured. */
static inline u32 captured_of(const CalcFrame *frame) { return frame->end - frame->header; }

/* `count` bytes at `offset`, 1 to 8 of them, as a big-endian number. */
static inline bool number_be(const CalcFrame *frame, u32 offset, u32 count, CalcValue *value)
{
    if (!have(frame, offset, count, value)) return false;
    value->number = 0;
    for (u32 i = 0; i < count; i++) value->number = value->number << 8 | header_of(frame)[offset + i];
    return true;
}

/* The same as a little-endian number. */
static inline bool number_le(const CalcFrame *frame, u32 offset, u32 count, CalcValue *value)
{
    if (!have(frame, offset, count, value)) return false;
    value->number = 0;
    for (u32 i = count; i > 0; i--) value->number = value->number << 8 | header_of(frame)[offset + i - 1];
    return true;
}

/* `count` bytes at `offset`, all of them captured. */
static inline bool bytes_at(const CalcFrame *frame, u32 offset, u32 count, CalcValue *value)
{
    if (!have(frame, offset, count, value)) return false;
    value->bytes = header_of(frame) + offset;
    value->len = count;
    return true;
}

/* Bytes from `offset` of the header to the end of its packet, on the wire; false when the packet ends before. */
static inline bool wire_length(const CalcFrame *frame, u32 offset, u32 *length)
{
    u64 start = (u64)frame->header + offset;
    if (start > frame->wire_end) return false;
    *length = (u32)(frame->wire_end - start);
    return true;
}

/* `length` bytes from `offset` of the header on, as many of them as were captured; absent when there are none. */
static inline bool payload(const CalcFrame *frame, u32 offset, u32 length, CalcValue *value)
{
    if (length == 0) return false;
    u64 start = (u64)frame->header + offset;
    if (start >= frame->caplen) {
        value->cut = frame->caplen < frame->len;
        return false;
    }
    value->bytes = frame->data + start;
    value->len = MIN_OF(length, frame->caplen - (u32)start);
    value->open = value->len < length && frame->caplen < frame->len;
    return true;
}

/* IPv6 extension headers, and the like of IPv4: what stands between IP and what it carries. */
static inline bool protocol_is_extension(u8 protocol)
{
    switch (protocol) {
    case 0:   /* hop by hop, RFC 8200 */
    case 43:  /* routing */
    case 44:  /* fragment */
    case 51:  /* authentication, RFC 4302 */
    case 60:  /* destination options */
    case 135: /* mobility, RFC 6275 */
    case 139: /* host identity, RFC 7401 */
    case 140: /* shim6, RFC 5533 */ return true;
    default: return false;
    }
}

/* A value that is one of our own words. */
static inline bool give_word(CalcValue *value, const char *word)
{
    value->bytes = (const u8 *)word;
    value->len = (u32)strlen(word);
    return true;
}

/* reading.c: a MADE field's text, cut at TEXT_MAX bytes. */
__attribute__((format(printf, 2, 3))) bool make_text(CalcValue *value, const char *format, ...);

#endif
