/* listing.c - a program as text, one instruction a line: `pktsift explain` and the tests' snapshots.
 *
 * Made from the listing column of ops.def and the operand kinds alone.  A constant is printed in the type of the column it
 * is compared with, as far as the column's own load tells it: 10.0.0.1 rather than 167772161. */
#include "vm/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "vm/fields.h"

enum {
    SET_SHOWN = 8,    /* ranges of a set that are listed */
    BYTES_SHOWN = 32, /* bytes of a byte string that are listed */
    NO_TYPE = TYPE_COUNT,
};

typedef struct {
    const Program *program;
    char *text;
    size_t len, room;
    bool failed;
    u8 number_type[N_REGS], slice_type[S_REGS]; /* ValueType of what a column holds, or NO_TYPE */
    u32 *label;                                 /* per instruction: the number of its label, or 0 */
} Listing;

/* -- text --------------------------------------------------------------------------------------------------------------------- */

static void put(Listing *l, const char *text, size_t len)
{
    if (l->len + len + 1 > l->room) {
        size_t room = (l->len + len + 1) * 2;
        char *grown = realloc(l->text, room);
        if (!grown) {
            l->failed = true;
            return;
        }
        l->text = grown;
        l->room = room;
    }
    memcpy(l->text + l->len, text, len);
    l->len += len;
    l->text[l->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void say(Listing *l, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(l, text, MIN_OF((size_t)len, sizeof text - 1));
}

/* -- constants ---------------------------------------------------------------------------------------------------------------- */

static void put_number(Listing *l, u64 value, u8 type)
{
    char text[512];
    if (type != NO_TYPE && type != TYPE_NUMBER) {
        put(l, text, value_print_number(text, sizeof text, (ValueType)type, value));
        return;
    }
    say(l, "%llu", (unsigned long long)value);
    if (value > 9) say(l, " (0x%llx)", (unsigned long long)value);
}

static bool printable(const u8 *bytes, u32 len)
{
    for (u32 i = 0; i < len; i++)
        if (bytes[i] < 0x20 || bytes[i] > 0x7e) return false;
    return len > 0;
}

static void put_quoted(Listing *l, const u8 *bytes, u32 len, char quote)
{
    put(l, &quote, 1);
    for (u32 i = 0; i < len; i++) {
        if (bytes[i] == (u8)quote || (bytes[i] == '\\' && quote == '"')) put(l, "\\", 1);
        put(l, (const char *)&bytes[i], 1);
    }
    put(l, &quote, 1);
}

static void put_bytes(Listing *l, u32 index, u8 type)
{
    PoolSpan span = l->program->bytes[index];
    const u8 *bytes = l->program->blob + span.at;
    u32 shown = MIN_OF(span.count, (u32)BYTES_SHOWN);
    char text[512];
    if (type == TYPE_IPV6 && span.count == 16) {
        put(l, text, value_print_bytes(text, sizeof text, TYPE_IPV6, bytes, 16));
    } else if (span.count == 0 || printable(bytes, shown)) {
        put_quoted(l, bytes, shown, '"');
    } else {
        put(l, "0x", 2);
        put(l, text, value_print_bytes(text, sizeof text, TYPE_BYTES, bytes, shown));
    }
    if (shown < span.count) say(l, "... %u bytes", span.count);
}

static void put_pattern(Listing *l, u32 index)
{
    PoolSpan span = l->program->bytes[index];
    const u8 *bytes = l->program->blob + span.at;
    u32 shown = MIN_OF(span.count, (u32)4 * BYTES_SHOWN);
    if (printable(bytes, shown))
        put_quoted(l, bytes, shown, '/');
    else
        put_bytes(l, index, NO_TYPE);
}

static void put_set(Listing *l, u32 index, u8 type)
{
    PoolSpan span = l->program->sets[index];
    char text[512];
    if (type == NO_TYPE) type = TYPE_NUMBER;
    put(l, "{", 1);
    for (u32 i = 0; i < span.count && i < SET_SHOWN; i++) {
        NumberRange range = l->program->ranges[span.at + i];
        if (i) put(l, ", ", 2);
        put(l, text, value_print_number(text, sizeof text, (ValueType)type, range.lo));
        if (range.lo == range.hi) continue;
        put(l, "..", 2);
        put(l, text, value_print_number(text, sizeof text, (ValueType)type, range.hi));
    }
    if (span.count > SET_SHOWN) say(l, ", and %u more", span.count - SET_SHOWN);
    put(l, "}", 1);
}

static void put_bset(Listing *l, u32 index, u8 type)
{
    PoolSpan span = l->program->bsets[index];
    put(l, "{", 1);
    for (u32 i = 0; i < span.count && i < SET_SHOWN; i++) {
        ByteRange range = l->program->byte_ranges[span.at + i];
        if (i) put(l, ", ", 2);
        put_bytes(l, range.lo, type);
        if (range.lo == range.hi) continue;
        put(l, "..", 2);
        put_bytes(l, range.hi, type);
    }
    if (span.count > SET_SHOWN) say(l, ", and %u more", span.count - SET_SHOWN);
    put(l, "}", 1);
}

static void put_path(Listing *l, u32 index)
{
    PoolSpan span = l->program->paths[index];
    put(l, "Frame", 5);
    for (u32 i = 0; i < span.count; i++) say(l, ".%s", proto_info[l->program->blob[span.at + i]].name);
}

/* -- instructions ------------------------------------------------------------------------------------------------------------- */

/* The type of the column that the instruction reads last: what it compares a constant with. */
static u8 type_read(const Listing *l, const Insn *insn)
{
    u8 type = NO_TYPE;
    for (int position = 0; position < 4; position++) {
        u32 operand = insn_operand(insn, position);
        if (op_info[insn->op].arg[position] == ARG_N_IN) type = l->number_type[operand];
        if (op_info[insn->op].arg[position] == ARG_S_IN) type = l->slice_type[operand];
    }
    return type;
}

/* A column has the type of the field or variable it was loaded from. */
static void note_types(Listing *l, const Insn *insn)
{
    u8 type = NO_TYPE;
    for (int position = 0; position < 4; position++) {
        u32 operand = insn_operand(insn, position);
        ArgKind kind = (ArgKind)op_info[insn->op].arg[position];
        if (kind == ARG_FIELD || kind == ARG_SFIELD) type = field_info[operand].type;
        if (kind == ARG_META) type = meta_info[operand].type;
    }
    if (op_info[insn->op].arg[0] == ARG_N_OUT) l->number_type[insn->a] = type;
    if (op_info[insn->op].arg[0] == ARG_S_OUT) l->slice_type[insn->a] = type;
}

static void put_operand(Listing *l, const Insn *insn, int position)
{
    const Program *p = l->program;
    u32 x = insn_operand(insn, position);
    switch ((ArgKind)op_info[insn->op].arg[position]) {
    case ARG_NONE: break;
    case ARG_N_OUT:
    case ARG_N_IN: say(l, "n%u", x); break;
    case ARG_S_OUT:
    case ARG_S_IN: say(l, "s%u", x); break;
    case ARG_M_OUT:
    case ARG_M_IN:
    case ARG_M_IO: say(l, "m%u", x); break;
    case ARG_IMM:
    case ARG_WIDTH: say(l, "%u", x); break;
    case ARG_TYPE: say(l, "%s", type_info[x].name); break;
    case ARG_CONST: put_number(l, p->consts[x], type_read(l, insn)); break;
    case ARG_CONST2:
        say(l, "%llu, %llu", (unsigned long long)p->consts[x], (unsigned long long)p->consts[x + 1]);
        break;
    case ARG_BYTES: put_bytes(l, x, type_read(l, insn)); break;
    case ARG_REGEX: put_pattern(l, x); break;
    case ARG_SET: put_set(l, x, type_read(l, insn)); break;
    case ARG_BSET: put_bset(l, x, type_read(l, insn)); break;
    case ARG_FIELD:
    case ARG_SFIELD: say(l, "%s.%s", proto_info[field_info[x].proto].name, field_info[x].name); break;
    case ARG_META: say(l, "FrameVariable.%s", meta_info[x].name); break;
    case ARG_PROTO: say(l, "%s", proto_info[x].name); break;
    case ARG_PATH: put_path(l, x); break;
    case ARG_JUMP:
    case ARG_BACK: say(l, "L%u", l->label[x]); break;
    case ARG_KIND_COUNT: break;
    }
}

static void put_instruction(Listing *l, u32 index)
{
    const Insn *insn = &l->program->code[index];
    char label[16] = "";
    if (l->label[index]) snprintf(label, sizeof label, "L%u:", l->label[index]);
    say(l, "%-6s%5u  ", label, index);
    for (const char *at = op_info[insn->op].listing; *at; at++) {
        const char *operand = *at == '%' && at[1] ? strchr("abck", at[1]) : NULL;
        if (*at != '%')
            put(l, at, 1);
        else if (operand)
            put_operand(l, insn, (int)(operand - "abck"));
        else
            put(l, "%", 1);
        if (*at == '%' && at[1]) at++;
    }
    put(l, "\n", 1);
    note_types(l, insn);
}

static bool is_target(ArgKind kind) { return kind == ARG_JUMP || kind == ARG_BACK; }

/* Labels are numbered from the first line down. */
static void number_labels(Listing *l)
{
    const Program *p = l->program;
    u32 labels = 0;
    for (u32 i = 0; i < p->code_count; i++)
        for (int position = 0; position < 4; position++)
            if (is_target((ArgKind)op_info[p->code[i].op].arg[position]))
                l->label[insn_operand(&p->code[i], position)] = 1;
    for (u32 i = 0; i < p->code_count; i++)
        if (l->label[i]) l->label[i] = ++labels;
}

static void put_summary(Listing *l)
{
    const Program *p = l->program;
    say(l, "; %u instructions, %zu bytes; headers:", p->code_count, p->block_size);
    for (u32 i = 0; i < PROTO_COUNT; i++)
        if (p->protocols >> i & 1) say(l, " %s", proto_info[i].name);
    if (p->protocols == 0) put(l, " none", 5);
    put(l, "\n", 1);
}

char *program_listing(const Program *program)
{
    Listing l = {.program = program};
    memset(l.number_type, NO_TYPE, sizeof l.number_type);
    memset(l.slice_type, NO_TYPE, sizeof l.slice_type);
    l.label = calloc(program->code_count, sizeof *l.label);
    if (!l.label) return NULL;
    number_labels(&l);
    put_summary(&l);
    for (u32 i = 0; i < program->code_count; i++) put_instruction(&l, i);
    free(l.label);
    if (!l.failed) return l.text;
    free(l.text);
    return NULL;
}
