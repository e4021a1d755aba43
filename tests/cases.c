/* cases.c - see cases.h.  Runs with the repository's root as working directory. */
#include "tests/cases.h"

#include "grammar/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { VALUE_AT = 8, BLOCKS_MAX = 4096 };

char *read_whole(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s: cannot be opened; tests run from the repository's root", path);
    Text text = {.arena = arena};
    char piece[4096];
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;) text_add(&text, piece, got);
    fclose(file);
    cr_assert(text.len > 0, "%s: empty", path);
    return text.bytes;
}

/* The value that begins at *line, and the indented lines behind it; *line is the next line then. */
static Pair read_pair(Arena *arena, char **line, u32 *number)
{
    Pair pair = {.line = *number};
    Text value = {.arena = arena};
    pair.key = arena_copy(arena, *line, strcspn(*line, " \n"));
    for (bool first = true; *line; first = false) {
        char *end = strchr(*line, '\n'), *from = *line;
        size_t len = end ? (size_t)(end - from) : strlen(from);
        if (!first && (len < VALUE_AT || strspn(from, " ") < VALUE_AT)) break;
        if (!first) text_add(&value, "\n", 1);
        bool blank = len == VALUE_AT + 1 && from[VALUE_AT] == '~';
        if (len > VALUE_AT && !blank) text_add(&value, from + VALUE_AT, len - VALUE_AT);
        *line = end ? end + 1 : NULL;
        ++*number;
    }
    pair.value = text_str(&value);
    return pair;
}

static void check_block(const char *path, const char *first, const Block *block, const char **seen, u32 blocks)
{
    const Pair *pair = &block->pair[0];
    cr_assert(strcmp(pair->key, first) == 0, "%s:%u: a block begins with '%s'", path, pair->line, first);
    cr_assert(blocks < BLOCKS_MAX && block->count > 1, "%s:%u: a block without an answer", path, pair->line);
    for (u32 i = 0; i < blocks; i++)
        cr_assert(strcmp(seen[i], pair->value) != 0, "%s:%u: this block again", path, pair->line);
}

u32 each_block(const char *path, const char *first, BlockTest *test)
{
    Arena arena = {0};
    Block block = {.count = 0};
    u32 number = 1, blocks = 0;
    const char **seen = NEW_ARRAY(&arena, const char *, BLOCKS_MAX);
    for (char *line = read_whole(&arena, path); line || block.count;) {
        bool between = !line || *line == '\n' || *line == '\0';
        if (between && block.count) {
            check_block(path, first, &block, seen, blocks);
            seen[blocks++] = block.pair[0].value;
            test(path, &block);
            block.count = 0;
        } else if (between || *line == '#') {
            char *end = strchr(line, '\n');
            line = end && end[1] ? end + 1 : NULL;
            number++;
        } else {
            cr_assert(block.count < BLOCK_PAIRS_MAX, "%s:%u: too many lines in one block", path, number);
            block.pair[block.count++] = read_pair(&arena, &line, &number);
            if (line && *line == '\0') line = NULL;
        }
    }
    arena_release(&arena);
    return blocks;
}
