/* scalar.c - the same machine, slow and obvious: one frame at a time, one value a register.
 *
 * The oracle of the tests: it shares tables, the functions of CALC rows, value_print and pattern.c with the batch
 * machine, and no other code.  The meaning of every opcode is written down here a second time, and the decode rules in scalar_decode.c, in the
 * plainest words. */
#include "vm/vm.h"

#include <stdlib.h>

#include "vm/fields.h"
#include "vm/pattern.h"
#include "vm/scalar_decode.h"

enum { TEXT_BYTES = 512, LOWER_BYTES = 256 * 1024 };

typedef struct {
    bool has;
    u64 value;
} Number;
typedef struct {
    bool has, open;
    const u8 *bytes;
    u32 len;
} Slice;

/* One frame on its way through the program. */
typedef struct {
    const Program *program;
    const Batch *batch;
    u32 index;
    const u8 *data;
    u32 caplen, len;
    bool cut; /* some read fell in the part that was not captured */

    Number number[N_REGS];
    Slice slice[S_REGS];
    bool mask[M_REGS];
    u8 text[S_REGS][TEXT_BYTES];

    bool decoded;
    ScalarHeaders headers;
    u32 nest, item;
    bool more; /* a field of many values had one more */

    pcre2_code **patterns;
    u8 *lowered;
} Frame;

/* -- headers -------------------------------------------------------------------------------------------------------------- */

static u64 set_of(Proto proto) { return (u64)1 << proto; }

/* The header that a field is read from: number `nest` of its protocol, from the outside.  NULL: there is none. */
static const ScalarHeader *header_of(Frame *f, Proto proto, u32 nest)
{
    static const ScalarHeader whole = {PROTO_PROPERTY, 0, UINT32_MAX};
    if (proto == PROTO_PROPERTY) return f->decoded && nest == 0 ? &whole : NULL;
    for (u32 i = 0; i < f->headers.count; i++)
        if (f->headers.header[i].proto == proto && nest-- == 0) return &f->headers.header[i];
    if (f->headers.missing & set_of(proto)) f->cut = true;
    return NULL;
}

static const ScalarHeader *header_on_path(Frame *f, u32 path)
{
    PoolSpan span = f->program->paths[path];
    const u8 *protos = f->program->blob + span.at;
    for (u32 i = 0; i < span.count; i++) {
        if (i == f->headers.count) {
            if (f->headers.missing & set_of((Proto)protos[i])) f->cut = true;
            return NULL;
        }
        if (f->headers.header[i].proto != protos[i]) return NULL;
    }
    return &f->headers.header[span.count - 1];
}

static bool has_deeper(const Frame *f, u32 nest)
{
    for (u32 proto = 0; proto < PROTO_COUNT; proto++) {
        u32 instances = 0;
        for (u32 i = 0; i < f->headers.count; i++) instances += f->headers.header[i].proto == proto;
        if (f->program->protocols & set_of((Proto)proto) && instances > nest) return true;
    }
    return false;
}

/* -- values ------------------------------------------------------------------------------------------------------------------ */

static u64 big(const u8 *bytes, u32 width)
{
    u64 value = 0;
    for (u32 i = 0; i < width; i++) value = value * 256 + bytes[i];
    return value;
}

static u64 little(const u8 *bytes, u32 width)
{
    u64 value = 0;
    for (u32 i = width; i > 0; i--) value = value * 256 + bytes[i - 1];
    return value;
}

static Number frame_number(Frame *f, u64 at, u32 width, bool is_big)
{
    if (at + width <= f->caplen) return (Number){true, is_big ? big(f->data + at, width) : little(f->data + at, width)};
    if (at + width <= f->len) f->cut = true;
    return (Number){0};
}

static u64 hundred_ns(i64 ns) { return (u64)(ns >= 0 ? ns / 100 : -((-ns + 99) / 100)); }

static u64 variable(const Frame *f, Meta meta)
{
    const Batch *b = f->batch;
    u32 i = f->index;
    switch (meta) {
    case META_FRAME_NUMBER: return b->number[i];
    case META_TIME_DELTA: return hundred_ns(b->delta[i]);
    case META_TIME_OFFSET: return hundred_ns(b->offset[i]);
    case META_TIME_OF_DAY:
    case META_TIME_AND_DATE:
    case META_TIME_DATE_LOCAL: return hundred_ns(b->time[i]) + 116444736000000000u;
    case META_FRAME_LENGTH: return b->len[i];
    case META_CAPTURE_LENGTH: return b->caplen[i];
    case META_MEDIA_TYPE: return b->media_type;
    case META_COUNT: break;
    }
    return 0;
}

/* A field that is computed; of many values, number f->item. */
static Number field_computed(Frame *f, const ScalarHeader *header, const FieldInfo *field, u8 *room, Slice *slice)
{
    u32 wire = f->len > f->caplen ? f->len : f->caplen, end = header->end < wire ? header->end : wire;
    Layers layers = {.count = f->headers.count};
    for (u32 i = 0; i < f->headers.count; i++)
        layers.layer[i] =
            (Layer){(u8)f->headers.header[i].proto, (u16)f->headers.header[i].start, f->headers.header[i].end};
    CalcFrame frame = {f->data,           f->caplen, f->len, header->start, end, end, &layers, f->headers.missing,
                       f->batch->linktype};
    if (frame.end > f->caplen) frame.end = f->caplen;
    CalcState state = {0};
    CalcValue value = {.room = room, .state = &state};
    bool has = field->calc(&frame, &value), many = field->how & CALC_MANY;
    for (u32 skip = many ? f->item : 0; has && skip > 0; skip--) {
        value = (CalcValue){.room = room, .state = &state};
        has = field->calc(&frame, &value);
    }
    if (has && many) f->more = true;
    if (!has && value.cut) f->cut = true;
    if (has) *slice = (Slice){true, value.open, value.bytes, value.len};
    return (Number){has, value.number};
}

static Number field_number(Frame *f, const ScalarHeader *header, const FieldInfo *field, u8 *room, Slice *slice)
{
    if (!header) return (Number){0};
    if (field->kind == FIELD_IS_CALC) return field_computed(f, header, field, room, slice);
    u64 from = header->start + (u64)field->byte, to = from + field->width;
    if (to > header->end) return (Number){0};
    if (to > f->caplen) {
        f->cut = f->cut || to <= f->len;
        return (Number){0};
    }
    *slice = (Slice){true, false, f->data + from, field->width};
    return (Number){true, field->width <= 8 ? big(f->data + from, field->width) >> field->shift & field->mask : 0};
}

/* The part of a slice; `has` is false where the slice is shorter. */
static Slice part_of(Frame *f, const Slice *whole, u64 offset, u64 len)
{
    u64 room = whole->len;
    if (offset <= room && len <= room - offset) return (Slice){true, false, whole->bytes + offset, (u32)len};
    u64 missing = f->caplen < f->len ? f->len - f->caplen : 0;
    if (whole->open && offset <= room + missing && len <= room + missing - offset) f->cut = true;
    return (Slice){0};
}

static u8 small(u8 byte) { return byte >= 'A' && byte <= 'Z' ? (u8)(byte - 'A' + 'a') : byte; }

static bool digit_of(u8 letter, u32 base, u32 *digit)
{
    letter = small(letter);
    if (letter >= '0' && letter <= '9')
        *digit = letter - (u32)'0';
    else if (letter >= 'a' && letter <= 'f')
        *digit = letter - (u32)'a' + 10;
    else
        return false;
    return *digit < base;
}

static Number number_in(const Slice *text)
{
    u32 from = 0, to = text->len, base = 10;
    const u8 *b = text->bytes;
    while (to > from && (b[to - 1] == ' ' || b[to - 1] == '\t')) to--;
    while (from < to && (b[from] == ' ' || b[from] == '\t')) from++;
    if (to - from > 2 && b[from] == '0' && small(b[from + 1]) == 'x') base = 16, from += 2;
    if (from == to) return (Number){0};
    u64 value = 0;
    for (; from < to; from++) {
        u32 digit;
        if (!digit_of(b[from], base, &digit) || value > (UINT64_MAX - digit) / base) return (Number){0};
        value = value * base + digit;
    }
    return (Number){true, value};
}

/* -- tests ------------------------------------------------------------------------------------------------------------------ */

/* -1, 0, 1: before, equal, behind.  lowered: the left side in lower case. */
static int compare(const u8 *left, u32 left_len, const u8 *right, u32 right_len, bool lowered)
{
    for (u32 i = 0; i < left_len && i < right_len; i++) {
        u8 x = lowered ? small(left[i]) : left[i];
        if (x != right[i]) return x < right[i] ? -1 : 1;
    }
    return left_len < right_len ? -1 : left_len > right_len;
}

static int compare_pooled(const Frame *f, const Slice *s, u32 index, bool lowered)
{
    PoolSpan span = f->program->bytes[index];
    return compare(s->bytes, s->len, f->program->blob + span.at, span.count, lowered);
}

static bool in_set(const Frame *f, u64 value, u32 set)
{
    PoolSpan span = f->program->sets[set];
    for (u32 i = 0; i < span.count; i++) {
        NumberRange range = f->program->ranges[span.at + i];
        if (range.lo <= value && value <= range.hi) return true;
    }
    return false;
}

static bool in_byte_set(const Frame *f, const Slice *s, u32 set, bool lowered)
{
    PoolSpan span = f->program->bsets[set];
    for (u32 i = 0; i < span.count; i++) {
        ByteRange range = f->program->byte_ranges[span.at + i];
        if (compare_pooled(f, s, range.lo, lowered) >= 0 && compare_pooled(f, s, range.hi, lowered) <= 0) return true;
    }
    return false;
}

static bool contains(const Frame *f, const Slice *s, u32 index, bool lowered)
{
    PoolSpan span = f->program->bytes[index];
    for (u64 at = 0; at + span.count <= s->len; at++)
        if (compare(s->bytes + at, span.count, f->program->blob + span.at, span.count, lowered) == 0) return true;
    return false;
}

static bool matches(const Frame *f, const Slice *s, u32 index, bool lowered)
{
    const u8 *subject = s->len ? s->bytes : (const u8 *)"";
    u32 len = s->len;
    if (lowered) {
        if (len > LOWER_BYTES) len = LOWER_BYTES;
        for (u32 i = 0; i < len; i++) f->lowered[i] = small(s->bytes[i]);
        subject = f->lowered;
    }
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pattern_limits();
    bool found = data && limits && pcre2_match(f->patterns[index], subject, len, 0, 0, data, limits) >= 0;
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    return found;
}

/* -- the program ------------------------------------------------------------------------------------------------------------- */

static Number arithmetic(Op op, u64 b, u64 c)
{
    i64 sb = (i64)b, sc = (i64)c;
    bool wraps = sc == -1; /* the one division that overflows */
    switch (op) {
    case OP_ADD: return (Number){true, b + c};
    case OP_SUB: return (Number){true, b - c};
    case OP_MUL: return (Number){true, b * c};
    case OP_DIV: return c ? (Number){true, b / c} : (Number){0};
    case OP_MOD: return c ? (Number){true, b % c} : (Number){0};
    case OP_SDIV: return c ? (Number){true, wraps ? (u64)0 - b : (u64)(sb / sc)} : (Number){0};
    case OP_SMOD: return c ? (Number){true, wraps ? 0 : (u64)(sb % sc)} : (Number){0};
    case OP_SHL: return (Number){true, c > 63 ? 0 : b << c};
    case OP_SHR: return (Number){true, c > 63 ? 0 : b >> c};
    case OP_SAR: return (Number){true, (u64)(sb >> (c > 63 ? 63 : c))};
    case OP_BAND: return (Number){true, b & c};
    case OP_BOR: return (Number){true, b | c};
    case OP_BXOR: return (Number){true, b ^ c};
    default: return (Number){0};
    }
}

static bool numbers_compare(Op op, u64 x, u64 y)
{
    switch (op) {
    case OP_EQ_K:
    case OP_EQ: return x == y;
    case OP_NE_K:
    case OP_NE: return x != y;
    case OP_LT_K:
    case OP_LT: return x < y;
    case OP_LE_K:
    case OP_LE: return x <= y;
    case OP_GT_K: return x > y;
    case OP_GE_K: return x >= y;
    case OP_SLT_K:
    case OP_SLT: return (i64)x < (i64)y;
    case OP_SLE_K:
    case OP_SLE: return (i64)x <= (i64)y;
    case OP_SGT_K: return (i64)x > (i64)y;
    case OP_SGE_K: return (i64)x >= (i64)y;
    default: return false;
    }
}

static bool slice_test(const Frame *f, Op op, const Slice *s, u32 k)
{
    switch (op) {
    case OP_S_EQ: return compare_pooled(f, s, k, false) == 0;
    case OP_S_LT: return compare_pooled(f, s, k, false) < 0;
    case OP_S_LE: return compare_pooled(f, s, k, false) <= 0;
    case OP_S_IN: return in_byte_set(f, s, k, false);
    case OP_S_FIND: return contains(f, s, k, false);
    case OP_S_MATCH: return matches(f, s, k, false);
    case OP_L_EQ: return compare_pooled(f, s, k, true) == 0;
    case OP_L_LT: return compare_pooled(f, s, k, true) < 0;
    case OP_L_LE: return compare_pooled(f, s, k, true) <= 0;
    case OP_L_IN: return in_byte_set(f, s, k, true);
    case OP_L_FIND: return contains(f, s, k, true);
    case OP_L_MATCH: return matches(f, s, k, true);
    case OP_SS_EQ: return compare(s->bytes, s->len, f->slice[k].bytes, f->slice[k].len, false) == 0;
    case OP_SS_LT: return compare(s->bytes, s->len, f->slice[k].bytes, f->slice[k].len, false) < 0;
    case OP_SS_LE: return compare(s->bytes, s->len, f->slice[k].bytes, f->slice[k].len, false) <= 0;
    default: return false;
    }
}

static Slice text_slice(Frame *f, u32 out, const u8 *text, size_t len, bool open)
{
    memcpy(f->text[out], text, len);
    return (Slice){true, open, f->text[out], (u32)len};
}

/* Behind a name and a colon: what is not blank. */
static Slice value_of_line(Frame *f, const Slice *line, u32 key)
{
    PoolSpan span = f->program->bytes[key];
    const u8 *name = f->program->blob + span.at;
    u32 colon = 0, matched = 0;
    while (colon < line->len && line->bytes[colon] != ':') colon++;
    if (colon == line->len) {
        if (line->open) f->cut = true;
        return (Slice){0};
    }
    for (u32 i = 0; i < colon; i++) {
        u8 letter = small(line->bytes[i]);
        if (letter == '-' || letter == '_') continue;
        if (matched == span.count || letter != name[matched]) return (Slice){0};
        matched++;
    }
    if (matched != span.count) return (Slice){0};
    u32 from = colon + 1, to = line->len;
    while (from < to && (line->bytes[from] == ' ' || line->bytes[from] == '\t')) from++;
    while (to > from && !line->open && (line->bytes[to - 1] == ' ' || line->bytes[to - 1] == '\t')) to--;
    return (Slice){true, line->open, line->bytes + from, to - from};
}

/* To the next value, or with the first of the next instance; false: there is none. */
static bool go_on(Frame *f)
{
    bool more = f->more;
    f->more = false;
    if (more && ++f->item < ITEMS_MAX) return true;
    f->item = 0;
    f->nest++;
    return f->nest < NEST_MAX && has_deeper(f, f->nest);
}

/* Runs one frame to END. */
static bool run_frame(Frame *f)
{
    const Program *p = f->program;
    Number *N = f->number;
    Slice *S = f->slice;
    bool *M = f->mask;
    char text[TEXT_BYTES];
    for (u32 at = 0;;) {
        const Insn *insn = &p->code[at++];
        Op op = (Op)insn->op;
        u32 a = insn->a, b = insn->b, c = insn->c, k = insn->k;
        const ScalarHeader *header;
        Number number = {0};
        Slice slice = {0};
        switch (op) {
        case OP_FRAME_BE: N[a] = M[b] ? frame_number(f, k, c, true) : number; break;
        case OP_FRAME_LE: N[a] = M[b] ? frame_number(f, k, c, false) : number; break;
        case OP_FRAME: S[a] = (Slice){M[b], f->caplen < f->len, f->data, f->caplen}; break;
        case OP_META: N[a] = (Number){M[b], variable(f, (Meta)k)}; break;
        case OP_DECODE:
            if (M[b] && !f->decoded) {
                f->decoded = true;
                scalar_find_headers(&f->headers);
            }
            break;
        case OP_FIELD:
        case OP_SFIELD:
        case OP_FIELD_ON:
        case OP_SFIELD_ON:
            if (M[b]) {
                header = op == OP_FIELD || op == OP_SFIELD ? header_of(f, (Proto)field_info[k].proto, f->nest)
                                                           : header_on_path(f, c);
                number = field_number(f, header, &field_info[k], a < S_REGS ? f->text[a] : NULL, &slice);
            }
            if (op == OP_FIELD || op == OP_FIELD_ON)
                N[a] = number;
            else
                S[a] = slice;
            break;
        case OP_CONST: N[a] = (Number){true, p->consts[k]}; break;
        case OP_CUT: S[a] = M[b] && S[c].has ? part_of(f, &S[c], p->consts[k], p->consts[k + 1]) : slice; break;
        case OP_CUT_BY:
            S[a] = N[b].has && N[k].has && S[c].has ? part_of(f, &S[c], N[b].value, N[k].value) : slice;
            break;
        case OP_READ_BE:
        case OP_READ_LE:
            if (N[b].has && S[c].has) slice = part_of(f, &S[c], N[b].value, k);
            if (slice.has) number = (Number){true, op == OP_READ_BE ? big(slice.bytes, k) : little(slice.bytes, k)};
            N[a] = number;
            break;
        case OP_LENGTH: N[a] = (Number){M[b] && S[c].has, S[c].len}; break;
        case OP_TO_NUMBER: N[a] = M[b] && S[c].has ? number_in(&S[c]) : number; break;
        case OP_TO_TEXT:
            if (M[b] && N[c].has)
                slice = text_slice(f, a, (u8 *)text, value_print_number(text, sizeof text, (ValueType)k, N[c].value),
                                   false);
            S[a] = slice;
            break;
        case OP_STO_TEXT:
            if (M[b] && S[c].has)
                slice = text_slice(f, a, (u8 *)text,
                                   value_print_bytes(text, sizeof text, (ValueType)k, S[c].bytes, S[c].len), S[c].open);
            S[a] = slice;
            break;
        case OP_KEYED:
            if (M[b] && S[c].has) slice = value_of_line(f, &S[c], k);
            S[a] = slice;
            break;
        case OP_ADD:
        case OP_SUB:
        case OP_MUL:
        case OP_DIV:
        case OP_MOD:
        case OP_SDIV:
        case OP_SMOD:
        case OP_SHL:
        case OP_SHR:
        case OP_SAR:
        case OP_BAND:
        case OP_BOR:
        case OP_BXOR: N[a] = N[b].has && N[c].has ? arithmetic(op, N[b].value, N[c].value) : number; break;
        case OP_BNOT: N[a] = (Number){N[b].has, ~N[b].value}; break;
        case OP_EQ_K:
        case OP_NE_K:
        case OP_LT_K:
        case OP_LE_K:
        case OP_GT_K:
        case OP_GE_K:
        case OP_SLT_K:
        case OP_SLE_K:
        case OP_SGT_K:
        case OP_SGE_K: M[a] = M[b] && N[c].has && numbers_compare(op, N[c].value, p->consts[k]); break;
        case OP_EQ:
        case OP_NE:
        case OP_LT:
        case OP_LE:
        case OP_SLT:
        case OP_SLE: M[a] = M[b] && N[c].has && N[k].has && numbers_compare(op, N[c].value, N[k].value); break;
        case OP_IN: M[a] = M[b] && N[c].has && in_set(f, N[c].value, k); break;
        case OP_HAS: M[a] = M[b] && N[c].has; break;
        case OP_S_HAS: M[a] = M[b] && S[c].has; break;
        case OP_S_EQ:
        case OP_S_LT:
        case OP_S_LE:
        case OP_S_IN:
        case OP_S_FIND:
        case OP_S_MATCH:
        case OP_L_EQ:
        case OP_L_LT:
        case OP_L_LE:
        case OP_L_IN:
        case OP_L_FIND:
        case OP_L_MATCH: {
            bool asked = M[b] && S[c].has;
            M[a] = asked && slice_test(f, op, &S[c], k);
            if (asked && !M[a] && S[c].open) f->cut = true;
            break;
        }
        case OP_SS_EQ:
        case OP_SS_LT:
        case OP_SS_LE: {
            bool asked = M[b] && S[c].has && S[k].has;
            M[a] = asked && slice_test(f, op, &S[c], k);
            if (asked && !M[a] && (S[c].open || S[k].open)) f->cut = true;
            break;
        }
        case OP_PROTO: M[a] = M[b] && header_of(f, (Proto)k, 0); break;
        case OP_PROTO_ON: M[a] = M[b] && header_on_path(f, c); break;
        case OP_ALL: M[a] = true; break;
        case OP_ZERO: M[a] = false; break;
        case OP_AND: M[a] = M[b] && M[c]; break;
        case OP_OR: M[a] = M[b] || M[c]; break;
        case OP_ANDNOT: M[a] = M[b] && !M[c]; break;
        case OP_JNONE:
            if (!M[a]) at = k;
            break;
        case OP_EACH:
            f->nest = f->item = 0;
            f->more = false;
            break;
        case OP_NEXT:
            M[a] = M[a] || M[c];
            if (M[b] && !M[a] && go_on(f))
                at = k;
            else
                f->nest = f->item = 0;
            break;
        case OP_END: return M[a];
        case OP_COUNT: return false;
        }
    }
}

static pcre2_code **compile_patterns(const Program *p)
{
    pcre2_code **patterns = calloc((size_t)p->bytes_count + 1, sizeof(pcre2_code *));
    for (u32 i = 0; patterns && i < p->code_count; i++) {
        if (p->code[i].op != OP_S_MATCH && p->code[i].op != OP_L_MATCH) continue;
        u32 k = p->code[i].k;
        PoolSpan span = p->bytes[k];
        if (!patterns[k]) patterns[k] = pattern_compile(p->blob + span.at, span.count, NULL, 0);
    }
    return patterns;
}

Mask scalar_run(const Program *program, const Batch *batch, Mask *cut)
{
    Mask answer = 0, cut_frames = 0;
    Frame *frame = malloc(sizeof *frame);
    u8 *lowered = malloc(LOWER_BYTES);
    pcre2_code **patterns = compile_patterns(program);
    if (!frame || !lowered || !patterns) abort(); /* an oracle that cannot work must not answer */
    for (u32 i = 0; i < batch->count; i++) {
        memset(frame, 0, sizeof *frame);
        frame->program = program;
        frame->batch = batch;
        frame->index = i;
        frame->data = batch->data[i];
        frame->caplen = batch->caplen[i];
        frame->len = batch->len[i];
        frame->headers = (ScalarHeaders){.linktype = batch->linktype,
                                         .data = batch->data[i],
                                         .caplen = batch->caplen[i],
                                         .len = batch->len[i],
                                         .asked = program->protocols};
        frame->patterns = patterns;
        frame->lowered = lowered;
        answer |= (Mask)run_frame(frame) << i;
        cut_frames |= (Mask)frame->cut << i;
    }
    for (u32 i = 0; i < program->bytes_count; i++) pcre2_code_free(patterns[i]);
    free(patterns);
    free(lowered);
    free(frame);
    if (cut) *cut = cut_frames;
    return answer;
}
