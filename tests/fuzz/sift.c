/* sift.c - random sift files through loader, checker and emitter: fuzz-sift [ITERATIONS [SEED]]
 *
 * Takes good files apart, mixes, repeats and damages them by lines and by pieces, and loads each beside a library that it
 * may import, in buffers of exactly their size.  What must hold for every result: statements, comments and messages lie
 * inside their files and in order; trees are trees; a filter compiles to a program or has an error, never both; optimised
 * and plain programs say the same of a few frames; the set is as it was after a test's values were taken back. */
#include "tests/fuzz/check_tree.h"
#include "tests/random.h"

#include <stdio.h>
#include <stdlib.h>

#include "compiler/compile.h"
#include "vm/vm.h"

enum { TEXT_MOST = 4000 };
#include "tests/fuzz/buffer.h"

enum { FRAME_MAX = 60, FRAMES = 8 };

static const char *const seeds[] = {
    "// sift 1\n// @title x  @id y\n\nimport \"lib\" as lib\nparam port = 0xD0EF\n"
    "let by_port(p) = Blob(FrameData,34,2) == p OR Blob(FrameData,36,2) == p\n"
    "// @owner me\nfilter main = by_port(port) AND NOT lib.noise\ntest \"t\" {\n  with port = 443\n"
    "  match hex \"00 11\" linktype 1\n  match \"a\" frames 1, 4..6\n  count \"b\" == 12\n}\n",
    "// sift 1\nlet web = {80, 443}\nparam extra : set = {8000..8010, 8080}\nlet on(ports) = TCP.Port IN ports\n"
    "filter main = on({web, extra, 1..2}) AND UDP.Port IN extra\nfilter other = NOT main OR on(web)\n",
    "// sift 1\nlet a(x) = b(x) AND x\nlet b(y) = y OR NOT y\nfilter main = a(a(b(TCP)))\n"
    "let text = \"GET\"\nlet p = TCP.TCPPayload\nfilter q = p.Contains(text) AND p.Length > 3 + n\nparam n : number = -5\n",
    "// sift 1\nimport \"lib\" as l\nfilter f = l.lan(10.0.0.0/8) AND l.term == 4 AND IPv4.Address IN l.nets\n"
    "/* c */ filter g = f OR l.main // @x y\n",
    "TCP.Port == 80",
};
static const char library[] = "// sift 1\nlet noise = ARP OR UDP.Port == 5353\nlet lan(x) = IPv4.Address == x\n"
                              "let term = UINT8(FrameData, 0) + 1\nlet nets = {10.0.0.1, 192.168.0.0/16}\n"
                              "param q = 7\nfilter main = lan(10.0.0.1) AND UINT8(FrameData, 1) == q\n";
static const char *const pieces[] = {
    "\nlet ",
    "\nfilter ",
    "\nparam ",
    "\nimport ",
    "\ntest ",
    " = ",
    "(",
    ")",
    "{",
    "}",
    ",",
    "..",
    " AND ",
    " OR ",
    " NOT ",
    " IN ",
    " == ",
    " as ",
    " of ",
    ": number",
    ": set",
    "main",
    "by_port",
    "port",
    "web",
    "on",
    "lib",
    "lib.noise",
    "l.lan",
    "x",
    "TCP",
    "TCP.Port",
    "FrameData",
    "\"lib\"",
    "\"main\"",
    "\"",
    "80",
    "0xff",
    "10.0.0.1",
    "10.0.0.0/8",
    "20ms",
    "\"text\"",
    "{1, 2}",
    ".ToString",
    ".Contains(\"a\")",
    "\n",
    "\n\n",
    "\r\n",
    "// @id x\n",
    "// sift 1\n",
    "/*",
    "*/",
    "\nmatch ",
    "\nreject ",
    "\ncount ",
    "\nwith ",
    " hex ",
    " frames ",
    "1..3",
    "linktype",
    "-",
    ":",
    "=",
    "\xEF\xBB\xBF",
    "\xFF",
    ";",
    "a(a(",
    "let a = a",
};

/* ---- random files ---- */

/* A line of one of the seeds. */
static void insert_line(Random *r, Buffer *buffer, u32 at)
{
    const char *seed = RANDOM_OF(r, seeds), *from = seed + random_below(r, (u32)strlen(seed));
    while (from > seed && from[-1] != '\n') from--;
    u32 len = (u32)strcspn(from, "\n");
    insert(buffer, at, "\n", 1);
    insert(buffer, at, from, len);
}

static void mutate(Random *r, Buffer *buffer)
{
    u32 at = random_below(r, buffer->len + 1);
    const char *piece = RANDOM_OF(r, pieces);
    char byte = (char)random_below(r, 256);
    switch (random_below(r, 7)) {
    case 0: insert(buffer, at, &byte, 1); return;
    case 1: cut(buffer, at, random_below(r, MIN_OF(buffer->len - at, 30) + 1)); return;
    case 2:
    case 3:
        while (at > 0 && buffer->bytes[at - 1] != '\n') at--;
        insert_line(r, buffer, at);
        return;
    default: insert(buffer, at, piece, (u32)strlen(piece)); return;
    }
}

/* ---- files in memory ---- */

static ModuleFile find(void *user, Arena *arena, const char *from, const char *path)
{
    (void)user;
    (void)arena;
    (void)from;
    if (strcmp(path, "lib") == 0) return (ModuleFile){.key = "lib", .name = "lib"};
    if (strcmp(path, "main") == 0) return (ModuleFile){.key = "main", .name = "main"};
    return (ModuleFile){.why = "there is none"};
}

static const char *load(void *user, Arena *arena, const char *key, u32 *len, const char **why)
{
    (void)user;
    (void)key;
    (void)why;
    *len = sizeof library - 1;
    return arena_copy(arena, library, *len);
}

/* ---- what must hold ---- */

static const char *check_body(Arena *arena, const Source *source, const Node *body)
{
    if (!body || body->kind == NODE_SET) return NULL; /* a set alone is no tree of a bare filter */
    return check_tree(arena, source, body);
}

static const char *check_file(Arena *arena, const Source *source, const SiftFile *file)
{
    u32 at = file->part.at, end = at + file->part.len;
    for (const Statement *s = file->first; s; s = s->next) {
        if (s->span.at < at || s->span.at + s->span.len > end) return "statements overlap, or lie outside";
        if (!span_inside(s->keyword, s->span)) return "a keyword lies outside its statement";
        if (s->name.len && !span_inside(s->name, s->span)) return "a name lies outside its statement";
        if (!s->bad && s->kind != STATEMENT_TEST && s->kind != STATEMENT_IMPORT && !s->body) return "a body is missing";
        const char *broken = check_body(arena, source, s->body);
        if (broken) return broken;
        at = s->span.at + s->span.len;
    }
    for (u32 i = 0; i < file->comment_count; i++)
        if (!span_inside(file->comments[i].span, file->part)) return "a comment lies outside";
    return NULL;
}

static Mask answer(const Program *program, const Batch *batch)
{
    Vm *vm = vm_new(program);
    if (!vm) abort();
    Mask mask = vm_run(vm, batch, NULL);
    vm_free(vm);
    return mask;
}

/* The filter in all its forms. */
static const char *check_filter(Modules *set, Decl *decl, const Batch *batch)
{
    CompileOptions optimised = {.plain = false}, plain = {.plain = true};
    u32 errors = set->diags->errors;
    CompileStages stages;
    Comparison *parts = NULL;
    Program *one = module_compile(set, decl, &optimised, &stages);
    if (!one) return set->diags->errors ? NULL : "no program and no error";
    Program *other = module_compile(set, decl, &plain, NULL);
    const char *broken = NULL;
    if (set->diags->errors > errors) broken = "a program and an error";
    if (!broken && !other) broken = "plain it does not compile";
    if (!broken && answer(one, batch) != answer(other, batch)) broken = "optimised and plain do not agree";
    u32 count = broken ? 0 : module_comparisons(set, decl, &parts);
    for (u32 i = 0; i < count; i++) {
        if (!span_inside(parts[i].span, (Span){0, set->source.len})) broken = "a comparison lies outside";
        program_free(parts[i].program);
    }
    program_free(one);
    program_free(other);
    return broken;
}

static const char *check_tests(Modules *set, const Batch *batch)
{
    Module *main = set->modules[0];
    const char *broken = NULL;
    ModulesMark mark;
    modules_mark(set, &mark);
    for (const Statement *s = main->file->first; s && !broken; s = s->next) {
        Decl *filter = s->kind == STATEMENT_TEST ? module_test_filter(set, main, s) : NULL;
        if (!filter) continue;
        for (const Entry *entry = s->entries; entry; entry = entry->next)
            if (entry->kind == ENTRY_WITH && !entry->bad) module_with(set, main, entry);
        broken = check_filter(set, filter, batch);
        modules_back(set, &mark);
        if (set->diags->errors != mark.errors) broken = "an error stays behind";
    }
    return broken;
}

static const char *try_file(Arena *arena, const char *text, u32 len, const Batch *batch, bool *good)
{
    DiagList diags;
    Modules *set = NEW(arena, Modules);
    ModuleLoader loader = {find, load, NULL};
    const char *broken = NULL;
    modules_init(set, arena, &loader, &diags);
    modules_load(set, "main", "main", text, len);
    Decl *port = module_find(set, set->modules[0], "port", 4);
    if (port && port->statement->kind == STATEMENT_PARAM) modules_define(set, "port", "80");
    for (u32 i = 0; i < set->count && !broken; i++) broken = check_file(arena, &set->source, set->modules[i]->file);
    *good = diags.errors == 0;
    if (*good) broken = check_tests(set, batch);
    Module *main = set->modules[0];
    for (u32 i = 0; i < main->decl_count && !broken; i++)
        if (main->decls[i].statement->kind == STATEMENT_FILTER) broken = check_filter(set, &main->decls[i], batch);
    modules_check_rest(set);
    diag_format_all(arena, &diags);
    return broken ? broken : check_diags(&diags);
}

/* ---- frames ---- */

static void fill_batch(Batch *batch, Random *r, u8 frames[FRAMES][FRAME_MAX])
{
    static const u8 tcp[] = {2,    0,    0,  0, 0, 2,    2,    0,    0,    0, 0,  1, 8, 0, 0x45, 0,   0,    42,   0, 1,
                             0x40, 0,    64, 6, 0, 0,    10,   0,    0,    1, 10, 0, 0, 2, 0,    80,  0xd0, 0xef, 0, 0,
                             3,    0xe8, 0,  0, 7, 0xd0, 0x50, 0x18, 0x20, 0, 0,  0, 0, 0, 'G',  'E', 'T',  ' '};
    memset(batch, 0, sizeof *batch);
    batch->count = FRAMES;
    batch->linktype = batch->media_type = 1;
    batch->caplen_min = FRAME_MAX;
    for (u32 i = 0; i < FRAMES; i++) {
        u32 len = i ? random_below(r, FRAME_MAX + 1) : sizeof tcp;
        memset(frames[i], 0, FRAME_MAX);
        memcpy(frames[i], tcp, sizeof tcp);
        for (u32 n = random_below(r, 4); i > 1 && n > 0; n--)
            frames[i][random_below(r, FRAME_MAX)] = (u8)random_below(r, 256);
        batch->data[i] = frames[i];
        batch->caplen[i] = batch->len[i] = len;
        batch->caplen_min = MIN_OF(batch->caplen_min, len);
    }
}

int main(int argc, char **argv)
{
    u64 runs = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000, seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1,
        good = 0;
    Random r = {seed};
    u8 frames[FRAMES][FRAME_MAX];
    static Batch batch;
    fill_batch(&batch, &r, frames);
    for (u64 run = 0; run < runs; run++) {
        Buffer buffer = {.len = 0};
        Arena arena = {0};
        const char *first = RANDOM_OF(&r, seeds);
        bool is_good = false;
        insert(&buffer, 0, first, (u32)strlen(first));
        for (u32 i = random_below(&r, 6); i > 0; i--) mutate(&r, &buffer);
        char *exact = malloc(buffer.len ? buffer.len : 1);
        if (!exact) abort();
        memcpy(exact, buffer.bytes, buffer.len);
        const char *broken = try_file(&arena, exact, buffer.len, &batch, &is_good);
        if (broken) {
            printf("fuzz-sift: run %llu of seed %llu: %s\n%.*s\n", (unsigned long long)run, (unsigned long long)seed,
                   broken, (int)buffer.len, exact);
            return 1;
        }
        good += is_good;
        arena_release(&arena);
        free(exact);
    }
    printf("fuzz-sift: %llu files from seed %llu, %llu of them without fault\n", (unsigned long long)runs,
           (unsigned long long)seed, (unsigned long long)good);
    return 0;
}
