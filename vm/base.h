/* base.h - integer names and the few helpers that every file may use.
 *
 * The one header included everywhere.  It stays under a screenful and knows nothing of packets. */
#ifndef VM_BASE_H
#define VM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t i64;

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LIKELY(x)       __builtin_expect(!!(x), 1)
#define UNLIKELY(x)     __builtin_expect(!!(x), 0)
#define MIN_OF(a, b)    ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b)    ((a) > (b) ? (a) : (b))

/* Unaligned loads: big-endian (network order) and little-endian.  The caller owns the bounds. */
static inline u16 load_le16(const u8 *p)
{
    u16 v;
    memcpy(&v, p, 2);
    return v;
}
static inline u32 load_le32(const u8 *p)
{
    u32 v;
    memcpy(&v, p, 4);
    return v;
}
static inline u64 load_le64(const u8 *p)
{
    u64 v;
    memcpy(&v, p, 8);
    return v;
}
static inline u16 load_be16(const u8 *p) { return __builtin_bswap16(load_le16(p)); }
static inline u32 load_be32(const u8 *p) { return __builtin_bswap32(load_le32(p)); }
static inline u64 load_be64(const u8 *p) { return __builtin_bswap64(load_le64(p)); }

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the loads above assume a little-endian host");

#endif
