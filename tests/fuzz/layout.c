/* layout.c - random text into the formatter: fuzz-layout [ITERATIONS [SEED]]
 *
 * Takes good filters and sift files apart, mixes and damages them, and formats what is left in buffers of exactly its size.  What
 * parses must be formatted, and stay when it is formatted again; that words, comments and metadata are the same is
 * compared by the formatter itself. */
#include "grammar/file.h"
#include "grammar/format.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/random.h"

enum { TEXT_MOST = 4000 };
#include "tests/fuzz/buffer.h"

static const char *const seeds[] = {
    "Blob(FrameData, 34, 2) == 0xD0EF OR Blob(FrameData, 36, 2) == 0xD0EF // both",
    "a | b ^ c & d << e + f * -g == ~h % 2 - 0x12 AND x IN {1..2, -5, /* six */ 6,} && !TCP",
    "f(g, h(i), 'j\\x41').k.l(\"m\") CONTAINS \"n\" // end\n/* more\n   of it */ OR ((a) AND b OR c)",
    "// sift 1\n// @id x\nimport \"a\" as a\nparam p : ip = 10.0.0.1\nlet f(x, y) = x == y OR TCP\n\nfilter main = f(p, 1)\n",
    "// sift 1\n\n// of main\n// @id x   @owner y\nfilter main = UDP.Port IN ports // ports\nlet ports = {53, 5353 .. 5355,}\n",
    "// sift 1\ntest \"t\" of main {\n  with p = {1, 2}\n  match \"a.pcap\" frames 1, 4..6\n  reject hex '00' \"11\" linktype 5\n"
    "  // last\n  count \"b\" == 12\n}\n",
};
static const char *const pieces[] = {
    "(",
    ")",
    "{",
    "}",
    ",",
    "..",
    "==",
    " AND ",
    " OR ",
    " NOT ",
    " IN ",
    "-",
    "~",
    "a",
    ".b",
    "a.b",
    "80",
    "'s'",
    "\"t\"",
    "\n",
    "\r\n",
    "\n\n",
    "\t",
    " ",
    "\r",
    "=",
    ":",
    "/*",
    "*/",
    "/* c */",
    "// c\n",
    "//",
    "/* c\n c */",
    "// @id z\n",
    "filter ",
    "let ",
    "param ",
    "test ",
    "match ",
    "count ",
    "with ",
    "import ",
    "\nfilter b = UDP\n",
    "// sift:allow x\n",
    "\xEF\xBB\xBF",
    "\xC3\xA4",
    "\x01",
};

static Random random_state; /* the same run for the same seed, everywhere */

static u32 pick(u32 below) { return random_below(&random_state, below); }

static void insert_text(Buffer *buffer, u32 at, const char *text) { insert(buffer, at, text, (u32)strlen(text)); }

static void mutate(Buffer *buffer)
{
    u32 at = pick(buffer->len + 1), len = pick(MIN_OF(buffer->len - at, 10) + 1);
    switch (pick(8)) {
    case 0: cut(buffer, at, len); return;
    case 1: insert_text(buffer, at, seeds[pick(COUNT_OF(seeds))]); return;
    default: insert_text(buffer, at, pieces[pick(COUNT_OF(pieces))]); return;
    }
}

static const char *try_format(Arena *arena, const Source *source, bool *good)
{
    DiagList diags;
    u32 len = 0, again_len = 0;
    diag_init(&diags, arena, source);
    const char *once = format_source(arena, source, NULL, &diags, &len);
    if ((once == NULL) != (diags.errors > 0)) return "a text and errors, or neither";
    for (u32 i = 0; i < diags.count; i++)
        if (strstr(diags.item[i].text, "this text stays as it is")) return diags.item[i].text;
    *good = once != NULL;
    if (!once) return NULL;
    Source formatted = {.name = "formatted", .text = once, .len = len};
    diag_init(&diags, arena, &formatted);
    const char *twice = format_source(arena, &formatted, NULL, &diags, &again_len);
    if (!twice) return "what was formatted is refused";
    return len == again_len && memcmp(once, twice, len) == 0 ? NULL : "formatted again it is another text";
}

int main(int argc, char **argv)
{
    u64 runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000, good = 0;
    u64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    random_state.state = seed;
    for (u64 run = 0; run < runs; run++) {
        Buffer buffer = {.len = 0};
        Arena arena = {0};
        bool is_good = false;
        insert_text(&buffer, 0, seeds[pick(COUNT_OF(seeds))]);
        for (u32 i = pick(7); i > 0; i--) mutate(&buffer);
        char *exact = malloc(buffer.len ? buffer.len : 1);
        if (!exact) abort();
        memcpy(exact, buffer.bytes, buffer.len);
        Source source = {.name = "text", .text = exact, .len = buffer.len};
        const char *broken = try_format(&arena, &source, &is_good);
        if (broken) {
            printf("fuzz-layout: run %llu of seed %llu: %s\n%.*s\n", (unsigned long long)run, (unsigned long long)seed,
                   broken, (int)buffer.len, exact);
            return 1;
        }
        good += is_good;
        arena_release(&arena);
        free(exact);
    }
    printf("fuzz-layout: %llu texts from seed %llu, %llu of them formatted\n", (unsigned long long)runs,
           (unsigned long long)seed, (unsigned long long)good);
    return 0;
}
