/* module.c - tests of compiler/module.c, expand.c and params.c: the rows of tests/cases/module.case, limits, and how long
 * large sets of files take.  Files come out of the block, not from a disk: what paths may be is tests/unit/library.c's. */
#include "compiler/compile.h"

#include "grammar/text.h"
#include "tests/cases.h"
#include "tests/effort.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- files in memory ---- */

typedef struct {
    const char *name, *text;
} MemoryFile;

typedef struct {
    MemoryFile file[24];
    u32 count, reads;
} Memory;

static const MemoryFile *memory_file(const Memory *memory, const char *name)
{
    for (u32 i = 0; i < memory->count; i++)
        if (strcmp(memory->file[i].name, name) == 0) return &memory->file[i];
    return NULL;
}

static ModuleFile find(void *user, Arena *arena, const char *from, const char *path)
{
    const Memory *memory = user;
    while (strncmp(path, "./", 2) == 0) path += 2; /* two ways to the same file */
    (void)from;
    if (memory_file(memory, path)) return (ModuleFile){.key = path, .name = path};
    return (ModuleFile){.why = arena_print(arena, "there is no file %s", path), .hint = "write it first"};
}

static const char *load(void *user, Arena *arena, const char *key, u32 *len, const char **why)
{
    Memory *memory = user;
    const char *text = memory_file(memory, key)->text;
    memory->reads++;
    if (strcmp(text, "unreadable") == 0) return *why = "the disk is on fire", NULL;
    *len = (u32)strlen(text);
    return arena_copy(arena, text, *len);
}

/* ---- one file, compiled ---- */

typedef struct {
    Arena arena;
    Memory memory;
    Modules set;
    DiagList diags;
    Program *program;
    CompileStages stages;
} Compiled;

static void start(Compiled *c, const char *main)
{
    ModuleLoader loader = {find, load, &c->memory};
    modules_init(&c->set, &c->arena, &loader, &c->diags);
    char *exact = malloc(strlen(main) + 1); /* the address sanitizer sees a step outside, or too late */
    memcpy(exact, main, strlen(main));
    modules_load(&c->set, "main.sift", "main.sift", exact, (u32)strlen(main));
    free(exact);
}

static void finish(Compiled *c, const char *filter, bool plain)
{
    CompileOptions options = {.plain = plain};
    Decl *decl = c->diags.errors ? NULL : modules_choose(&c->set, filter);
    c->program = decl ? module_compile(&c->set, decl, &options, &c->stages) : NULL;
    modules_check_rest(&c->set);
    cr_expect((c->program == NULL) == (c->diags.errors > 0) || c->diags.errors, "a program or an error");
}

static const char *messages(Compiled *c) { return diag_format_all(&c->arena, &c->diags); }

static void release(Compiled *c)
{
    program_free(c->program);
    arena_release(&c->arena);
    *c = (Compiled){.program = NULL};
}

/* ---- rows ---- */

static const char *value_of(const Block *block, const char *key)
{
    for (u32 i = 0; i < block->count; i++)
        if (strcmp(block->pair[i].key, key) == 0) return block->pair[i].value;
    return NULL;
}

static void add_files(Compiled *c, const Block *block)
{
    for (u32 i = 0; i < block->count; i++) {
        if (strcmp(block->pair[i].key, "file") != 0) continue;
        const char *value = block->pair[i].value, *line = strchr(value, '\n');
        c->memory.file[c->memory.count++] = (MemoryFile){
            arena_copy(&c->arena, value, line ? (size_t)(line - value) : strlen(value)), line ? line + 1 : ""};
    }
}

static void define_all(Compiled *c, const Block *block)
{
    for (u32 i = 0; i < block->count; i++) {
        if (strcmp(block->pair[i].key, "define") != 0) continue;
        const char *value = block->pair[i].value, *equals = strchr(value, '=');
        modules_define(&c->set, arena_copy(&c->arena, value, (size_t)(equals - value)), equals + 1);
    }
}

static char *listing_of(const char *text)
{
    Arena arena = {0};
    DiagList diags;
    Source source = {.name = "same", .text = text, .len = (u32)strlen(text)};
    diag_init(&diags, &arena, &source);
    Program *program = filter_compile(&arena, &source, &(CompileOptions){0}, &diags, NULL);
    cr_assert(program, "%s\n%s", text, diag_format_all(&arena, &diags));
    char *listing = program_listing(program);
    program_free(program);
    arena_release(&arena);
    return listing;
}

static void check_same(const char *where, const Compiled *c, const char *text)
{
    char *want = listing_of(text), *got = c->program ? program_listing(c->program) : NULL;
    cr_expect(got && strcmp(want, got) == 0, "%s: another program than that of %s\n%s\n%s", where, text, want,
              got ? got : "none");
    free(want);
    free(got);
}

static void check_row(const char *path, const Block *block)
{
    static const char *const keys[] = {"main", "file", "define", "choose", "same", "fails", "warns"};
    Compiled c = {.program = NULL};
    const char *where = arena_print(&c.arena, "%s:%u", path, block->pair[0].line), *want = value_of(block, "fails");
    for (u32 i = 0, k = 0; i < block->count; i++, k = 0) {
        while (k < COUNT_OF(keys) && strcmp(keys[k], block->pair[i].key) != 0) k++;
        cr_assert(k < COUNT_OF(keys), "%s:%u: unknown key '%s'", path, block->pair[i].line, block->pair[i].key);
    }
    add_files(&c, block);
    start(&c, block->pair[0].value);
    define_all(&c, block);
    finish(&c, value_of(block, "choose"), false);
    const char *got = messages(&c);
    got = arena_copy(&c.arena, got, strlen(got) - (*got != 0));
    if (!want) want = value_of(block, "warns");
    cr_expect(strcmp(got, want ? want : "") == 0, "%s:\n%s\nwanted:\n%s\ngot:\n%s", where, block->pair[0].value,
              want ? want : "", got);
    cr_expect(!value_of(block, "fails") == (c.diags.errors == 0), "%s: errors or none", where);
    if (value_of(block, "same")) check_same(where, &c, value_of(block, "same"));
    release(&c);
}

Test(module, rows) { cr_assert(each_block("tests/cases/module.case", "main", check_row) > 30); }

/* ---- limits ---- */

static void compile(Compiled *c, const char *text)
{
    start(c, text);
    finish(c, NULL, false);
}

/* let a0 = BASE, let a1 = STEP of a0 and so on, and a filter made of the last. */
static const char *ladder(Arena *arena, u32 steps, const char *base, const char *step)
{
    Text text = {.arena = arena};
    text_print(&text, "// sift 1\nlet a0 = %s\n", base);
    for (u32 i = 1; i <= steps; i++) {
        text_print(&text, "let a%u = ", i);
        for (const char *at = step; *at; at++) {
            if (*at == '$')
                text_print(&text, "a%u", i - 1);
            else
                text_add(&text, at, 1);
        }
        text_add(&text, "\n", 1);
    }
    text_print(&text, "filter main = a%u\n", steps);
    return text_str(&text);
}

static void check_ladder(u32 steps, const char *base, const char *step, const char *want)
{
    Arena arena = {0};
    Compiled c = {.program = NULL};
    const char *text = ladder(&arena, steps, base, step);
    clock_t begin = clock();
    compile(&c, text);
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    cr_expect(c.arena.used < 500 << 20, "%u steps of %s: %zu bytes", steps, step, c.arena.used);
    cr_expect(seconds < 10, "%u steps of %s: %.2f s", steps, step, seconds);
    if (want)
        cr_expect(strstr(messages(&c), want) && (c.diags.errors <= 2 || steps > 1000), "%u steps of %s: %s", steps,
                  step, messages(&c));
    else
        cr_expect(c.program, "%u steps of %s: %s", steps, step, messages(&c));
    release(&c);
    arena_release(&arena);
}

Test(module, names_that_double_are_bounded)
{
    const char *many = "with its names written out this filter has more than 1048576 tests and values";
    const char *deep = "with its names written out this is nested more than 200 deep";
    check_ladder(10, "TCP.Port == 80", "$ AND UDP OR $", NULL);
    check_ladder(60, "TCP.Port == 80", "$ AND UDP OR $", many);
    check_ladder(14, "{80, 443}", "{$, $, $, $, $, $}", "'a14' is a set");
    check_ladder(60, "TCP.Window", "$ + $", many);
    check_ladder(190, "TCP", "$", NULL);
    check_ladder(250, "TCP", "$", deep);
    check_ladder(100000, "TCP", "$", deep);
    check_ladder(100000, "TCP.Window", "$ + 1", deep);
}

static void check_text(const char *text, const char *want)
{
    Compiled c = {.program = NULL};
    compile(&c, text);
    cr_expect(strstr(messages(&c), want), "%s\n%s", text, messages(&c));
    release(&c);
}

Test(module, sets_that_double_are_bounded)
{
    Arena arena = {0};
    Text text = {.arena = &arena};
    text_print(&text, "// sift 1\nlet s0 = {1, 2, 3, 4, 5, 6, 7, 8}\n");
    for (u32 i = 1; i <= 12; i++)
        text_print(&text, "let s%u = {s%u, s%u, s%u, s%u, s%u, s%u}\n", i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    text_print(&text, "filter main = TCP.Port IN s12\n");
    check_text(text_str(&text), "more than 1048576 tests and values");
    text = (Text){.arena = &arena};
    text_print(&text, "// sift 1\nlet s0 = {1}\n");
    for (u32 i = 1; i <= 100000; i++) text_print(&text, "let s%u = {s%u}\n", i, i - 1);
    text_print(&text, "filter main = TCP.Port IN s100000\n");
    check_text(text_str(&text), "this is nested more than 200 deep");
    arena_release(&arena);
}

/* A circle through a hundred thousand names, each of which also names many others: told once, in linear time. */
Test(module, circles_of_any_size)
{
    Arena arena = {0};
    Text text = {.arena = &arena};
    Compiled c = {.program = NULL};
    text_print(&text, "// sift 1\nfilter main = n0\n");
    for (u32 i = 0; i < 100000; i++) text_print(&text, "let n%u = n%u OR n%u OR n%u\n", i, (i + 1) % 100000, i / 2, i);
    clock_t begin = clock();
    compile(&c, text_str(&text));
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    cr_expect(c.diags.errors == 1, "%s", messages(&c));
    cr_expect(seconds < 10, "%.2f s", seconds);
    release(&c);
    arena_release(&arena);
}

/* ---- a hundred thousand addresses ---- */

static void add_addresses(Text *text, u32 from, u32 count)
{
    for (u32 i = from; i < from + count; i++)
        text_print(text, "%s10.%u.%u.%u", i == from ? "" : ",\n ", i >> 16 & 255, i >> 8 & 255, i & 255);
}

static void expect_quick(Compiled *c, const char *what, clock_t begin)
{
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    cr_expect(c->program, "%s: %s", what, messages(c));
    double most = EFFORT_STEP == 1 ? 1 : 5; /* more under the sanitizers */
    cr_expect(seconds < most, "%s: %.2f s", what, seconds);
    cr_expect(c->arena.used < 200 << 20, "%s: %zu bytes", what, c->arena.used);
}

Test(module, a_hundred_thousand_addresses_in_one_name_or_in_twenty_files)
{
    Compiled c = {.program = NULL};
    Arena arena = {0};
    Text one = {.arena = &arena}, main = {.arena = &arena};
    text_print(&one, "// sift 1\nlet bad = {");
    add_addresses(&one, 0, 100000);
    text_print(&one, "}\nfilter main = IPv4.Address IN bad\n");
    clock_t begin = clock();
    compile(&c, text_str(&one));
    expect_quick(&c, "one name", begin);
    release(&c);

    text_print(&main, "// sift 1\n");
    for (u32 i = 0; i < 20; i++) {
        Text file = {.arena = &arena};
        text_print(&file, "// sift 1\nlet bad = IPv4.Address IN {");
        add_addresses(&file, 5000 * i, 5000);
        text_print(&file, "}\n");
        c.memory.file[c.memory.count++] = (MemoryFile){arena_print(&arena, "f%u", i), text_str(&file)};
        text_print(&main, "import \"f%u\" as f%u\n", i, i);
    }
    text_print(&main, "filter main = f0.bad");
    for (u32 i = 1; i < 20; i++) text_print(&main, " OR f%u.bad", i);
    begin = clock();
    compile(&c, text_str(&main));
    expect_quick(&c, "twenty files", begin);
    cr_expect(c.program && c.program->code_count < 12, "one set: %s", program_listing(c.program));
    release(&c);
    arena_release(&arena);
}

/* ---- what is read ---- */

Test(module, a_file_is_read_once_however_often_it_is_imported)
{
    Compiled c = {.program = NULL};
    c.memory.file[c.memory.count++] = (MemoryFile){"a", "// sift 1\nimport \"b\" as b\nlet x = b.x\n"};
    c.memory.file[c.memory.count++] = (MemoryFile){"b", "// sift 1\nlet x = TCP\n"};
    compile(
        &c,
        "// sift 1\nimport \"a\" as a\nimport \"./a\" as aa\nimport \"b\" as b\nfilter main = a.x AND aa.x AND b.x\n");
    cr_expect(c.program, "%s", messages(&c));
    cr_expect(c.memory.reads == 2, "%u", c.memory.reads);
    release(&c);
}

static void compile_with(Compiled *c, const Statement *test, const char *same)
{
    CompileOptions options = {.plain = false};
    const Modules *set = &c->set;
    for (const Entry *entry = test->entries; entry; entry = entry->next) module_with(set, set->modules[0], entry);
    c->program = module_compile(&c->set, module_test_filter(set, set->modules[0], test), &options, NULL);
    cr_expect((same != NULL) == (c->program != NULL), "%s", messages(c));
    if (same) check_same("with", c, same);
    program_free(c->program);
    c->program = NULL;
}

Test(module, a_test_gives_parameters_values_and_leaves_nothing_behind)
{
    Compiled c = {.program = NULL};
    ModulesMark mark;
    start(&c, "// sift 1\nparam port = 80\nfilter main = TCP.Port == port\ntest \"a\" { with port = 443 }\n"
              "test \"b\" { with port = 70000 }\ntest \"c\" { }\n");
    const Statement *test = c.set.modules[0]->file->first->next->next;
    modules_mark(&c.set, &mark);
    for (int i = 0; i < 2; i++, modules_back(&c.set, &mark)) compile_with(&c, test, "TCP.Port == 443");
    compile_with(&c, test->next, NULL);
    cr_expect(strstr(messages(&c), "main.sift:5:24: error: can never match"), "%s", messages(&c));
    modules_back(&c.set, &mark);
    cr_expect_eq(c.diags.errors, 0);
    compile_with(&c, test->next->next, "TCP.Port == 80");
    release(&c);
}

/* ---- comparisons ---- */

Test(module, comparisons_are_taken_apart_where_they_stand)
{
    Compiled c = {.program = NULL};
    Comparison *found;
    c.memory.file[c.memory.count++] = (MemoryFile){"lib", "// sift 1\nlet on(p) = TCP.Port == p OR UDP\n"};
    start(&c, "// sift 1\nimport \"lib\" as lib\nlet net = IPv4.Address IN {10.0.0.0/8}\n"
              "filter main = lib.on(80) AND NOT (net OR lib.on(81)) AND lib.on(80) AND Frame\n");
    u32 count = module_comparisons(&c.set, modules_choose(&c.set, NULL), &found);
    static const char *const want[] = {"TCP.Port == p", "UDP", "IPv4.Address IN {10.0.0.0/8}", "TCP.Port == p"};
    cr_assert_eq(count, COUNT_OF(want), "%u", count);
    for (u32 i = 0; i < count; i++) {
        const char *text = arena_copy(&c.arena, c.set.source.text + found[i].span.at, found[i].span.len);
        cr_expect_str_eq(text, want[i]);
        program_free(found[i].program);
    }
    release(&c);
}

/* ---- the examples of grammar/README.md ---- */

/* The next block of lines that are indented by 4 blanks and hold a filter statement, as a sift file; NULL: no more. */
static const char *next_example(Arena *arena, const char **at)
{
    while (**at) {
        Text text = {.arena = arena};
        for (size_t len; strncmp(*at, "    ", 4) == 0; *at += len + ((*at)[len] == '\n')) {
            len = strcspn(*at, "\n");
            text_print(&text, "%.*s\n", (int)len - 4, *at + 4);
        }
        const char *block = text_str(&text);
        if (strstr(block, "\nfilter "))
            return strncmp(block, "//", 2) == 0 ? block : arena_print(arena, "// sift 1\n%s", block);
        if (*block) continue;
        *at += strcspn(*at, "\n");
        *at += **at == '\n';
    }
    return NULL;
}

Test(module, examples_of_the_readme_compile)
{
    Arena arena = {0};
    const char *at = read_whole(&arena, "grammar/README.md"), *text;
    u32 count = 0;
    for (; (text = next_example(&arena, &at)); count++) {
        Compiled c = {.program = NULL};
        c.memory.file[c.memory.count++] = (MemoryFile){"lib/common.sift", "// sift 1\nlet lan_noise = ARP\n"};
        compile(&c, text);
        cr_expect(c.program && c.diags.errors == 0, "%s\n%s", text, messages(&c));
        release(&c);
    }
    cr_expect_eq(count, 2, "%u", count);
    arena_release(&arena);
}
