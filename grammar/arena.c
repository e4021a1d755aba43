/* arena.c - blocks of zeros, handed out from the front, freed together.
 *
 * Under everything the compiler makes.  Blocks grow from 16 KB to 2 MB, so a short filter costs one calloc and a filter
 * of a hundred thousand terms a few dozen.  A request that would waste much of a block gets one of its own.  The largest
 * are huge pages where the kernel has them: with small ones a filter of a hundred thousand terms spends half of its time
 * in page faults. */
#include "grammar/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { BLOCK_LEAST = 16 << 10, BLOCK_MOST = 2 << 20, ALIGN_MOST = 16 }; /* bytes, headers included */

struct ArenaBlock {
    ArenaBlock *older;
    size_t size; /* bytes behind this header */
    _Alignas(ALIGN_MOST) char bytes[];
};

/* Zeros, whole and aligned as a huge page is; NULL: no memory. */
static void *huge_page(void)
{
    void *page = aligned_alloc(BLOCK_MOST, BLOCK_MOST);
    if (!page) return NULL;
#ifdef MADV_HUGEPAGE
    madvise(page, BLOCK_MOST, MADV_HUGEPAGE); /* a wish */
#endif
    return memset(page, 0, BLOCK_MOST);
}

static ArenaBlock *block_new(size_t size)
{
    size_t whole = sizeof(ArenaBlock) + size;
    ArenaBlock *block = whole == BLOCK_MOST ? huge_page() : calloc(1, whole);
    if (!block) {
        fprintf(stderr, "pktsift: out of memory (%zu bytes wanted)\n", size);
        abort();
    }
    block->size = size;
    return block;
}

/* A block for one large piece goes behind the newest, whose free part stays in use. */
static void *alloc_alone(Arena *arena, size_t size)
{
    ArenaBlock *block = block_new(size);
    block->older = arena->blocks->older;
    arena->blocks->older = block;
    return block->bytes;
}

static void add_block(Arena *arena, size_t size)
{
    size_t newest = arena->blocks ? arena->blocks->size + sizeof(ArenaBlock) : BLOCK_LEAST / 2;
    ArenaBlock *block = block_new(MAX_OF(MIN_OF(newest * 2, (size_t)BLOCK_MOST) - sizeof(ArenaBlock), size));
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->bytes;
    arena->end = block->bytes + block->size;
}

void *arena_alloc(Arena *arena, size_t size, size_t align)
{
    size_t gap = -(uintptr_t)arena->next & (align - 1);
    arena->used += size;
    if (!arena->blocks || size + gap > (size_t)(arena->end - arena->next)) {
        if (arena->blocks && size > BLOCK_LEAST / 4) return alloc_alone(arena, size);
        add_block(arena, size);
        gap = 0;
    }
    char *piece = arena->next + gap;
    arena->next = piece + size;
    return piece;
}

char *arena_copy(Arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1, 1);
    if (len) memcpy(copy, text, len);
    return copy;
}

char *arena_print(Arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(arena, (size_t)MAX_OF(len, 0) + 1, 1);
    if (len > 0) vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

void arena_release(Arena *arena)
{
    for (ArenaBlock *block = arena->blocks; block;) {
        ArenaBlock *older = block->older;
        free(block);
        block = older;
    }
    *arena = (Arena){0};
}
