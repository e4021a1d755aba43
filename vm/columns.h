/* columns.h - from columns to masks, and code built twice: for any x86-64 (or other) machine and for AVX2.
 *
 * Used by the kernels of decode.c and kernels.c.  The vectorisation itself is left to the compiler; only what it cannot
 * see, gathering one bit a lane, is written with intrinsics, with a plain loop for other machines. */
#ifndef VM_COLUMNS_H
#define VM_COLUMNS_H

#include "vm/batch.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The linker picks the copy that suits the machine.  Not under the sanitizers: they instrument the picking, too early. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

/* Bit i is set where lanes[i] is not 0; lanes are 0 or all ones. */
static inline Mask mask_of_lanes(const u32 lanes[BATCH_MAX])
{
    Mask mask = 0;
#ifdef __SSE2__
    for (u32 i = 0; i < BATCH_MAX; i += 16) {
        __m128i a, b, c, d;
        memcpy(&a, lanes + i, 16);
        memcpy(&b, lanes + i + 4, 16);
        memcpy(&c, lanes + i + 8, 16);
        memcpy(&d, lanes + i + 12, 16);
        __m128i bytes = _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d));
        mask |= (Mask)(u32)_mm_movemask_epi8(bytes) << i;
    }
#else
    for (u32 i = 0; i < BATCH_MAX; i++) mask |= (Mask)(lanes[i] & 1) << i;
#endif
    return mask;
}

/* The same of bytes. */
static inline Mask mask_of_bytes(const u8 lanes[BATCH_MAX])
{
    Mask mask = 0;
#ifdef __SSE2__
    for (u32 i = 0; i < BATCH_MAX; i += 16) {
        __m128i bytes;
        memcpy(&bytes, lanes + i, 16);
        mask |= (Mask)(u32)_mm_movemask_epi8(bytes) << i;
    }
#else
    for (u32 i = 0; i < BATCH_MAX; i++) mask |= (Mask)(lanes[i] & 1) << i;
#endif
    return mask;
}

#endif
