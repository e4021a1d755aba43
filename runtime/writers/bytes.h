/* bytes.h - a growing run of bytes, for blocks and tables put together in memory before they are written.
 *
 * Zero it to begin; free bytes->bytes in the end.  When memory is short `failed` is set, nothing more is added, and the
 * one place that uses the result asks. */
#ifndef WRITERS_BYTES_H
#define WRITERS_BYTES_H

#include <stdlib.h>

#include "vm/base.h"

typedef struct {
    u8 *bytes;
    size_t size, room;
    bool failed;
} Bytes;

static inline void bytes_add(Bytes *bytes, const void *from, size_t size)
{
    if (bytes->failed || size == 0) return;
    if (size > bytes->room - bytes->size) {
        size_t room = MAX_OF(2 * bytes->room, bytes->size + size + 256);
        u8 *larger = realloc(bytes->bytes, room);
        if (!larger) {
            bytes->failed = true;
            return;
        }
        bytes->bytes = larger;
        bytes->room = room;
    }
    memcpy(bytes->bytes + bytes->size, from, size);
    bytes->size += size;
}

static inline void bytes_add16(Bytes *bytes, u16 value) { bytes_add(bytes, &value, sizeof value); }
static inline void bytes_add32(Bytes *bytes, u32 value) { bytes_add(bytes, &value, sizeof value); }

#endif
