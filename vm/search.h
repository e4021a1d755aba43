/* search.h - does a byte string occur in another one?
 *
 * The S_FIND and L_FIND kernels.  Sixteen places are tried at once: two bytes of the needle that are rare in traffic are
 * compared with sixteen places each, and only where both agree is the whole needle compared. */
#ifndef VM_SEARCH_H
#define VM_SEARCH_H

#include "vm/base.h"

/* A byte string that is searched for, with the places of its two rarest bytes. */
typedef struct {
    const u8 *bytes;
    u32 len, first, second;
} Needle;

/* The bytes must outlive the needle. */
Needle needle_make(const u8 *bytes, u32 len);
/* An empty needle occurs everywhere. */
bool needle_in(const Needle *needle, const u8 *hay, u32 len);
/* The same with the ASCII letters of the hay taken as lower case. */
bool needle_in_lowered(const Needle *needle, const u8 *hay, u32 len);

/* A line "name: value", without its end. */
typedef struct {
    const u8 *bytes;
    u32 len;
    bool open; /* it would go on in the part that was not captured */
} Line;
typedef enum { LINE_OTHER, LINE_UNKNOWN, LINE_FOUND } LineFound;
/* Is the name before the colon `key`, which is in lower case and has no '-' and no '_'?  Case, '-' and '_' of the name do
 * not matter.  If so, *line becomes the value, without blanks around it.  LINE_UNKNOWN: an open line without a colon. */
LineFound line_value(Line *line, const u8 *key, u32 key_len);

#endif
