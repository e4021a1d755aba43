/* vm_readme.c - the tables in vm/README.md and vm/protocols/README.md are those of the .def files.
 *
 * Runs with the repository's root as working directory.  With UPDATE=1 in the environment the tables are written anew
 * instead, and the test passes when the file holds them. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "vm/fields.h"
#include "vm/program.h"

static const char begins[] = "<!-- tables: begin -->\n", ends[] = "<!-- tables: end -->\n";

/* -- the tables as text ------------------------------------------------------------------------------------------------- */

typedef struct {
    char text[192 * 1024];
    size_t len;
} Text;

__attribute__((format(printf, 2, 3))) static void say(Text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    t->len += (size_t)vsnprintf(t->text + t->len, sizeof t->text - t->len, format, args);
    va_end(args);
    cr_assert_lt(t->len, sizeof t->text);
}

static const char *const kind_names[ARG_KIND_COUNT] = {
    [ARG_NONE] = "",
    [ARG_N_OUT] = "n out",
    [ARG_N_IN] = "n",
    [ARG_S_OUT] = "s out",
    [ARG_S_IN] = "s",
    [ARG_M_OUT] = "m out",
    [ARG_M_IN] = "m",
    [ARG_M_IO] = "m in/out",
    [ARG_IMM] = "number",
    [ARG_WIDTH] = "width",
    [ARG_TYPE] = "type",
    [ARG_CONST] = "const",
    [ARG_CONST2] = "2 consts",
    [ARG_BYTES] = "bytes",
    [ARG_SET] = "set",
    [ARG_BSET] = "byte set",
    [ARG_REGEX] = "pattern",
    [ARG_FIELD] = "field",
    [ARG_SFIELD] = "byte field",
    [ARG_META] = "variable",
    [ARG_PROTO] = "protocol",
    [ARG_PATH] = "path",
    [ARG_JUMP] = "jump",
    [ARG_BACK] = "jump back",
};

static void say_opcodes(Text *t)
{
    say(t, "\n### Opcodes\n\n| | name | a | b | c | k | |\n|---|---|---|---|---|---|---|\n");
    for (u32 op = 0; op < OP_COUNT; op++) {
        const OpInfo *info = &op_info[op];
        say(t, "| %u | `%s` |", op, info->name);
        for (u32 i = 0; i < 4; i++) {
            cr_assert_not_null(kind_names[info->arg[i]]);
            say(t, " %s |", kind_names[info->arg[i]]);
        }
        say(t, " %s |\n", info->meaning);
    }
}

/* Where a field is: bytes of its header, and which bits of them. */
static void say_place(Text *t, const FieldInfo *field)
{
    if (field->kind == FIELD_IS_CALC) {
        say(t, "%s%s%s", field->how & CALC_STRUCT ? "structure" : "computed", field->how & CALC_MANY ? ", several" : "",
            field->how & CALC_KEYED ? ", by name" : "");
        return;
    }
    if (field->kind == FIELD_IS_ALIAS) {
        const FieldInfo *of = &field_info[field->first];
        say(t, "%s.%s", proto_info[of->proto].name, of->name);
        return;
    }
    if (field->kind == FIELD_IS_PAIR) {
        say(t, "%s or %s", field_info[field->first].name, field_info[field->second].name);
        return;
    }
    say(t, field->width == 1 ? "%u" : "%u-%u", field->byte, field->byte + field->width - 1);
    u64 whole = field->width < 8 ? ((u64)1 << (8 * field->width)) - 1 : UINT64_MAX;
    if (field->kind == FIELD_IS_NUMBER && field->mask << field->shift != whole)
        say(t, " & 0x%llx", (unsigned long long)(field->mask << field->shift));
}

static void say_fields(Text *t)
{
    say(t, "\n| name | type | bytes | | source |\n|---|---|---|---|---|\n");
    int proto = -1;
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *field = &field_info[f];
        if (field->proto != proto)
            say(t, "| **%s** | | | **%s** | %s |\n", proto_info[field->proto].name, proto_info[field->proto].meaning,
                proto_info[field->proto].source);
        proto = field->proto;
        say(t, "| `%s.%s` | %s | ", proto_info[proto].name, field->name, type_info[field->type].name);
        say_place(t, field);
        const char *source;
        size_t source_len, meaning_len = field_source((FieldId)f, &source, &source_len);
        say(t, " | %.*s | %.*s |\n", (int)meaning_len, field->meaning, (int)source_len, source);
    }
    for (u32 m = 0; m < META_COUNT; m++)
        say(t, "| `FrameVariable.%s` | %s | | %s | |\n", meta_info[m].name, type_info[meta_info[m].type].name,
            meta_info[m].meaning);
    say(t, "\n");
}

static void say_types(Text *t)
{
    say(t, "\n### Types\n\n| name | column | |\n|---|---|---|\n");
    for (u32 i = 0; i < TYPE_COUNT; i++)
        say(t, "| %s | %s | %s |\n", type_info[i].name, type_info[i].slice ? "slice" : "number", type_info[i].meaning);
    say(t, "\n");
}

/* -- the file -------------------------------------------------------------------------------------------------------------- */

static char *read_file(const char *readme)
{
    static char text[512 * 1024];
    FILE *file = fopen(readme, "r");
    cr_assert_not_null(file, "%s: run from the repository's root", readme);
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

static void write_file(const char *readme, const char *head, size_t head_len, const char *tables, const char *tail)
{
    FILE *file = fopen(readme, "w");
    cr_assert_not_null(file);
    fprintf(file, "%.*s%s%s", (int)head_len, head, tables, tail);
    cr_assert_eq(fclose(file), 0);
}

static void holds_tables(const char *readme, const Text *tables)
{
    char *file = read_file(readme), *begin = strstr(file, begins), *end = strstr(file, ends);
    cr_assert(begin && end && begin < end, "%s has lost its markers", readme);
    begin += strlen(begins);
    if (getenv("UPDATE")) {
        write_file(readme, file, (size_t)(begin - file), tables->text, end);
        file = read_file(readme);
        begin = strstr(file, begins) + strlen(begins);
        end = strstr(file, ends);
    }
    cr_assert((size_t)(end - begin) == tables->len && memcmp(begin, tables->text, tables->len) == 0,
              "the tables of %s differ from the .def files: UPDATE=1 unit-tests --filter 'vm_readme/*' writes them",
              readme);
}

Test(vm_readme, opcodes_and_types)
{
    static Text tables;
    say_opcodes(&tables);
    say_types(&tables);
    holds_tables("vm/README.md", &tables);
}

Test(vm_readme, protocols_and_fields)
{
    static Text tables;
    say_fields(&tables);
    holds_tables("vm/protocols/README.md", &tables);
}
