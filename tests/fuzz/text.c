/* text.c - random text into the grammar: fuzz-text [ITERATIONS [SEED]]
 *
 * Takes good filters apart, mixes, repeats and damages them, and feeds them to parse() in buffers of exactly their
 * size, so that the address sanitizer sees any step outside.  Beyond "no crash" it checks what must hold for every
 * result: a tree exactly when there is no error, the tree's invariants, the same tree when written out and read again,
 * messages that point into the text. */
#include "tests/fuzz/check_tree.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/random.h"

enum { TEXT_MOST = 2000 };
#include "tests/fuzz/buffer.h"

static const char *const seeds[] = {
    "Blob(FrameData, 34, 2) == 0xD0EF OR Blob(FrameData, 36, 2) == 0xD0EF",
    "!LDAPResult.ToString.contains(\"Success\") && LDAPResult.ResultCode",
    ".Protocol.IPv4.Address == 10.0.0.1 AND NOT (TCP.Port IN {80, 443, 8000..8100,})",
    "IPv6.Address IN 2001:db8::/32 || Ethernet.Address == 00:11:22:33:44:55",
    "a | b ^ c & d << e + f * -g == ~h % 2 - 0x12",
    "FrameVariable.TimeDelta > 20ms // slow\nAND FrameVariable.TimeOfDay >= \"2014-10-25 23:32:00Z\"",
    "((a OR b) AND (c OR (d AND e))) OR f(g, h(i), 'j\\x41').k.l(\"m\") CONTAINS \"n\"",
    "http.Request.URI MATCHES \"^/a.*\\\\.php$\" /* pages */ AND tcp.flags.syn == 1",
    "a IN {::1..::ffff:10.0.0.1, fe80::/10, 00-11-22-33-44-55, \"x\", 5min, (b + 1)}",
    "a = 1 AND b == == c OR (d IN {} AND e ] \"open",
};
static const char *const pieces[] = {
    "(",
    ")",
    "{",
    "}",
    ",",
    "..",
    ".",
    "==",
    "!=",
    "<",
    "<=",
    ">>",
    "<<",
    "=",
    ":=",
    "<>",
    "&",
    "&&",
    "|",
    "||",
    "^",
    "~",
    "!",
    "+",
    "-",
    "*",
    "/",
    "%",
    " AND ",
    " OR ",
    " NOT ",
    " IN ",
    " CONTAINS ",
    " MATCHES ",
    " contains(",
    "a",
    "a.b",
    ".c",
    "0x",
    "0xff",
    "18446744073709551616",
    "7s",
    "7x",
    "1.5",
    "10.0.0.1",
    "10.0.0.0/8",
    "300.1.1.1",
    "10.0/8",
    "1.2.3.4:5",
    "::",
    "1::2",
    ":::",
    "::1%x",
    "1:2:3",
    "00:11:22:33:44:55",
    "00-11-22-33-44-55",
    "\"",
    "'",
    "\"\\q\"",
    "\"\\x41\"",
    "\\",
    "//",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\t",
    " ",
    "$[k]",
    "[0:2]",
    "\xE2\x80\x9C",
    "\xC2\xA0",
    "\xEF\xBB\xBF",
    "\xFF",
    "\x01",
    ";",
    "#",
};

static Random random_state; /* the same run for the same seed, everywhere */

static u32 pick(u32 below) { return random_below(&random_state, below); }

static void repeat_part(Buffer *buffer, u32 at)
{
    char part[64];
    u32 len = MIN_OF(1 + pick(sizeof part), buffer->len - at);
    memcpy(part, buffer->bytes + at, len);
    for (u32 i = pick(8); i > 0; i--) insert(buffer, at, part, len);
}

static void mutate(Buffer *buffer)
{
    u32 at = pick(buffer->len + 1);
    const char *piece = pieces[pick(COUNT_OF(pieces))], *seed = seeds[pick(COUNT_OF(seeds))];
    char byte = (char)pick(256);
    switch (pick(6)) {
    case 0: insert(buffer, at, &byte, 1); return;
    case 1: insert(buffer, at, seed, (u32)strlen(seed)); return;
    case 2: cut(buffer, at, pick(MIN_OF(buffer->len - at, 20) + 1)); return;
    case 3: repeat_part(buffer, at); return;
    default: insert(buffer, at, piece, (u32)strlen(piece)); return;
    }
}

/* Conversions take any text at all. */
static void try_literals(Arena *arena, const char *text, u32 len)
{
    i64 ns;
    u64 number;
    u32 low, high, count;
    u8 v6_low[16], v6_high[16];
    bool flag;
    literal_int(text, len, &number);
    literal_hex_bytes(arena, text, len, &count);
    literal_ipv4(text, len, &low);
    literal_ipv4_prefix(text, len, &low, &high, &flag);
    literal_ipv6(text, len, v6_low);
    literal_ipv6_prefix(text, len, v6_low, v6_high, &flag);
    literal_mac(text, len, &number);
    literal_duration(text, len, &number, &flag);
    literal_string(arena, text, len, &count);
    literal_time(text, len, &ns);
}

static const char *try_filter(Arena *arena, const Source *source, bool *good)
{
    DiagList diags;
    diag_init(&diags, arena, source);
    const Node *root = parse(arena, source, &diags);
    *good = root != NULL;
    if ((root != NULL) != (diags.errors == 0)) return "a tree with errors, or none without";
    diag_format_all(arena, &diags);
    const char *broken = check_diags(&diags);
    if (broken || !root) return broken;
    ast_print(arena, source, root);
    broken = check_tree(arena, source, root);
    return broken ? broken : check_again(arena, source, root);
}

int main(int argc, char **argv)
{
    u64 runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000, good = 0;
    u64 seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    random_state.state = seed;
    for (u64 run = 0; run < runs; run++) {
        Buffer buffer = {.len = 0};
        Arena arena = {0};
        const char *first = seeds[pick(COUNT_OF(seeds))];
        bool is_good = false;
        insert(&buffer, 0, first, (u32)strlen(first));
        for (u32 i = pick(8); i > 0; i--) mutate(&buffer);
        char *exact = malloc(buffer.len ? buffer.len : 1);
        if (!exact) abort();
        memcpy(exact, buffer.bytes, buffer.len);
        Source source = {.name = "filter", .text = exact, .len = buffer.len};
        const char *broken = try_filter(&arena, &source, &is_good);
        try_literals(&arena, exact, buffer.len);
        if (broken) {
            printf("fuzz-text: run %llu of seed %llu: %s\n%.*s\n", (unsigned long long)run, (unsigned long long)seed,
                   broken, (int)buffer.len, exact);
            return 1;
        }
        good += is_good;
        arena_release(&arena);
        free(exact);
    }
    printf("fuzz-text: %llu texts from seed %llu, %llu of them filters\n", (unsigned long long)runs,
           (unsigned long long)seed, (unsigned long long)good);
    return 0;
}
