/* search.h - does a byte string occur in another one?
 *
 * What find.c looks for in columns.  32 places are tried at once (16 where the processor has no AVX2): two bytes of the
 * needle that are rare in traffic are compared with as many places each, and only where both agree is the whole needle
 * compared.  Always true: no byte outside the hay is read. */
#ifndef VM_SEARCH_H
#define VM_SEARCH_H

#include "vm/base.h"

/* A byte string that is searched for, with the places of its two rarest bytes. */
typedef struct Needle Needle;
struct Needle {
    const u8 *bytes;
    u32 len, first, second;
    /* The first place in the hay that holds the needle, NULL: there is none; the way that suits the processor, by case. */
    const u8 *(*find[2])(const Needle *needle, const u8 *hay, size_t len);
};

/* The bytes must outlive the needle. */
Needle needle_make(const u8 *bytes, u32 len);

typedef enum { SEARCH_PLAIN, SEARCH_SSE2, SEARCH_AVX2, SEARCH_WAYS } SearchWay;
/* needle_make has chosen the fastest way there is; tests try them all.  false: this processor has it not. */
bool needle_use(Needle *needle, SearchWay way);

/* lowered: with the ASCII letters of the hay taken as lower case.  An empty needle occurs everywhere. */
static inline const u8 *needle_find(const Needle *needle, const u8 *hay, size_t len, bool lowered)
{
    return needle->find[lowered](needle, hay, len);
}

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
