/* buffer.h - a text that fuzz drivers change at random.  TEXT_MOST, a constant declared before this, is its longest. */
#ifndef TESTS_FUZZ_BUFFER_H
#define TESTS_FUZZ_BUFFER_H

#include <string.h>

#include "vm/base.h"

typedef struct {
    char bytes[TEXT_MOST];
    u32 len;
} Buffer;

/* What does not fit is left out. */
static inline void insert(Buffer *buffer, u32 at, const char *bytes, u32 len)
{
    if (buffer->len + len > TEXT_MOST) return;
    memmove(buffer->bytes + at + len, buffer->bytes + at, buffer->len - at);
    memcpy(buffer->bytes + at, bytes, len);
    buffer->len += len;
}

static inline void cut(Buffer *buffer, u32 at, u32 len)
{
    memmove(buffer->bytes + at, buffer->bytes + at + len, buffer->len - at - len);
    buffer->len -= len;
}

#endif
