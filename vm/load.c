/* load.c - kernels that fill columns from frames, headers and frame variables.
 *
 * Where every frame of the batch is long enough, a load is a loop without a branch.  Frames for which it is not, headers
 * that end early, inner headers and computed fields are visited one by one. */
#include "vm/machine.h"

#include "vm/columns.h"

static const u8 nothing[8];

/* -- reading numbers: a function for every width and byte order, chosen once a batch ----------------------------------- */

static inline u64 read_be1(const u8 *p) { return p[0]; }
static inline u64 read_be2(const u8 *p) { return load_be16(p); }
static inline u64 read_be3(const u8 *p) { return (u64)load_be16(p) << 8 | p[2]; }
static inline u64 read_be4(const u8 *p) { return load_be32(p); }
static inline u64 read_be5(const u8 *p) { return (u64)load_be32(p) << 8 | p[4]; }
static inline u64 read_be6(const u8 *p) { return (u64)load_be32(p) << 16 | load_be16(p + 4); }
static inline u64 read_be7(const u8 *p) { return (u64)load_be32(p) << 24 | (u64)load_be16(p + 4) << 8 | p[6]; }
static inline u64 read_be8(const u8 *p) { return load_be64(p); }
static inline u64 read_le1(const u8 *p) { return p[0]; }
static inline u64 read_le2(const u8 *p) { return load_le16(p); }
static inline u64 read_le3(const u8 *p) { return load_le16(p) | (u64)p[2] << 16; }
static inline u64 read_le4(const u8 *p) { return load_le32(p); }
static inline u64 read_le5(const u8 *p) { return load_le32(p) | (u64)p[4] << 32; }
static inline u64 read_le6(const u8 *p) { return load_le32(p) | (u64)load_le16(p + 4) << 32; }
static inline u64 read_le7(const u8 *p) { return load_le32(p) | (u64)load_le16(p + 4) << 32 | (u64)p[6] << 48; }
static inline u64 read_le8(const u8 *p) { return load_le64(p); }

/* One number. */
typedef u64 ReadOne(const u8 *p);
/* The same place in every frame; every place is readable. */
typedef void ReadAll(u64 *restrict out, const u8 *const *restrict base, u32 at, u32 count);
/* The same, shifted and masked. */
typedef void ReadBits(u64 *restrict out, const u8 *const *restrict base, u32 at, u32 count, u32 shift, u64 mask);

#define READER(kind)                                                                                                   \
    static u64 one_##kind(const u8 *p) { return read_##kind(p); }                                                      \
    static void all_##kind(u64 *restrict out, const u8 *const *restrict base, u32 at, u32 count)                       \
    {                                                                                                                  \
        _Pragma("GCC unroll 8") for (u32 i = 0; i < count; i++) out[i] = read_##kind(base[i] + at);                    \
    }                                                                                                                  \
    static void bits_##kind(u64 *restrict out, const u8 *const *restrict base, u32 at, u32 count, u32 shift, u64 mask) \
    {                                                                                                                  \
        _Pragma("GCC unroll 8") for (u32 i = 0; i < count; i++) out[i] = read_##kind(base[i] + at) >> shift & mask;    \
    }

#define WIDTHS(X, order) X(order##1) X(order##2) X(order##3) X(order##4) X(order##5) X(order##6) X(order##7) X(order##8)
WIDTHS(READER, be)
WIDTHS(READER, le)

typedef struct {
    ReadOne *one;
    ReadAll *all;
    ReadBits *bits;
} Reader;
#define ROW(kind) {one_##kind, all_##kind, bits_##kind},
static const Reader big_endian[9] = {{0}, WIDTHS(ROW, be)};
static const Reader little_endian[9] = {{0}, WIDTHS(ROW, le)};

/* -- the frame ------------------------------------------------------------------------------------------------------------ */

/* Of `among`, the frames that have `end` bytes captured. */
static Mask frames_with(const Batch *batch, Mask among, u64 end)
{
    if (batch->caplen_min >= end) return among;
    Mask has = 0;
    for (u32 i = 0; i < batch->count; i++) has |= (Mask)(batch->caplen[i] >= end) << i;
    return has & among;
}

static void load_frame(Vm *vm, const Insn *insn, const Reader *reader)
{
    const Batch *batch = vm->batch;
    NumberColumn *column = &vm->number[insn->a];
    Mask within = vm->mask[insn->b];
    u64 end = (u64)insn->k + insn->c;
    Mask has = frames_with(batch, within, end);
    column->has = has;
    if (has != within) note_cut_reads(vm, within & ~has, end);
    if (batch->caplen_min >= end && !few_frames(vm, within))
        reader->all(column->value, batch->data, insn->k, batch->count);
    else
        for (EACH_BIT(i, has)) column->value[i] = reader->one(batch->data[i] + insn->k);
}

void run_FRAME_BE(Vm *vm, const Insn *insn) { load_frame(vm, insn, &big_endian[insn->c]); }
void run_FRAME_LE(Vm *vm, const Insn *insn) { load_frame(vm, insn, &little_endian[insn->c]); }

/* Lanes of frames that were cut short. */
CLONES static void cut_tell(const u32 *restrict caplen, const u32 *restrict len, u32 *restrict lanes)
{
    for (u32 i = 0; i < BATCH_MAX; i++) lanes[i] = -(u32)(caplen[i] < len[i]);
}

void run_FRAME(Vm *vm, const Insn *insn)
{
    const Batch *batch = vm->batch;
    SliceColumn *column = &vm->slice[insn->a];
    u32 cut[BATCH_MAX];
    memcpy(column->ptr, batch->data, sizeof column->ptr);
    memcpy(column->len, batch->caplen, sizeof column->len);
    if (batch->caplen_min == 0)
        for (u32 i = 0; i < batch->count; i++) column->ptr[i] = batch->caplen[i] ? batch->data[i] : nothing;
    cut_tell(batch->caplen, batch->len, cut);
    column->has = vm->mask[insn->b];
    column->open = mask_of_lanes(cut) & column->has;
}

/* -- frame variables ------------------------------------------------------------------------------------------------------ */

/* 100 ns units, rounded down, so that order is kept before 1970 too. */
static i64 units_of_ns(i64 ns) { return ns / 100 - (ns % 100 < 0); }

static const i64 UNIX_EPOCH_UNITS = 116444736000000000; /* from 1601-01-01 to 1970-01-01, in 100 ns */

#define EACH_FRAME(expression)                                                                                         \
    do {                                                                                                               \
        for (u32 i = 0; i < batch->count; i++) column->value[i] = (u64)(expression);                                   \
        return;                                                                                                        \
    } while (0)

void run_META(Vm *vm, const Insn *insn)
{
    const Batch *batch = vm->batch;
    NumberColumn *column = &vm->number[insn->a];
    column->has = vm->mask[insn->b];
    switch ((Meta)insn->k) {
    case META_FRAME_NUMBER: EACH_FRAME(batch->number[i]);
    case META_TIME_DELTA: EACH_FRAME(units_of_ns(batch->delta[i]));
    case META_TIME_OFFSET: EACH_FRAME(units_of_ns(batch->offset[i]));
    case META_TIME_OF_DAY:
    case META_TIME_AND_DATE:
    case META_TIME_DATE_LOCAL: EACH_FRAME(units_of_ns(batch->time[i]) + UNIX_EPOCH_UNITS);
    case META_FRAME_LENGTH: EACH_FRAME(batch->len[i]);
    case META_CAPTURE_LENGTH: EACH_FRAME(batch->caplen[i]);
    case META_MEDIA_TYPE: EACH_FRAME(batch->media_type);
    case META_COUNT: return;
    }
}

/* -- header fields -------------------------------------------------------------------------------------------------------- */

void run_DECODE(Vm *vm, const Insn *insn) { headers_decode(&vm->headers, vm->batch, vm->mask[insn->b]); }

/* Of `absent`, which have no such header: those where it may lie in the missing part count as cut. */
static void note_missing_header(Vm *vm, Mask absent, Proto proto)
{
    const Headers *h = &vm->headers;
    for (EACH_BIT(i, absent & h->cut)) note_cut(vm, (h->missing[i] >> proto & 1) << i);
}

/* A run of bytes at a fixed place of a header; false: not wholly inside its packet and captured. */
static bool read_in_layer(Vm *vm, u32 i, const Layer *layer, const FieldInfo *field, const u8 **bytes)
{
    u32 caplen = vm->batch->caplen[i], end = (u32)layer->at + field->byte + field->width;
    if (end <= MIN_OF(caplen, layer->end)) {
        *bytes = vm->batch->data[i] + layer->at + field->byte;
        return true;
    }
    if (end <= layer->end) note_cut_reads(vm, (Mask)1 << i, end);
    return false;
}

/* A field that is being loaded, by which instruction, into which register. */
typedef struct {
    const FieldInfo *info;
    u32 index;
    u8 reg;
} Load;

static Load load_of(const Vm *vm, const Insn *insn)
{
    return (Load){&field_info[insn->k], (u32)(insn - vm->program->code), insn->a};
}

/* Calls the function of a MANY field until it has given as many values as the round asks for. */
static bool compute_item(Vm *vm, u32 i, const Load *load, const CalcFrame *frame, CalcValue *value)
{
    ItemStates *items = &vm->item_states[vm->item_slot[load->index]];
    if (vm->item == 0 || items->walk[i] != vm->walks) {
        items->walk[i] = vm->walks;
        items->given[i] = 0;
        items->state[i] = (CalcState){0};
    }
    value->state = &items->state[i];
    for (; items->given[i] <= vm->item; items->given[i]++)
        if (!load->info->calc(frame, value)) return false;
    vm->more |= (Mask)1 << i;
    return true;
}

static bool compute(Vm *vm, u32 i, const Layer *layer, const Load *load, CalcValue *value)
{
    const Batch *batch = vm->batch;
    CalcFrame frame = {.data = batch->data[i],
                       .caplen = batch->caplen[i],
                       .len = batch->len[i],
                       .header = layer->at,
                       .end = MIN_OF(layer->end, batch->caplen[i]),
                       .wire_end = layer->end,
                       .layers = load->info->how & CALC_LAYERED ? &vm->headers.list[i] : NULL,
                       .missing = load->info->how & CALC_LAYERED ? vm->headers.missing[i] : 0,
                       .linktype = batch->linktype};
    *value = (CalcValue){.room = load->info->how & CALC_MADE ? vm->text[load->reg] + (size_t)i * TEXT_MAX : NULL};
    bool has = load->info->how & CALC_MANY ? compute_item(vm, i, load, &frame, value) : load->info->calc(&frame, value);
    if (!has && value->cut) note_cut(vm, (Mask)1 << i);
    return has;
}

/* One frame's value, with every check. */
static bool number_of_layer(Vm *vm, u32 i, const Layer *layer, const Load *load, u64 *number)
{
    const FieldInfo *field = load->info;
    CalcValue value;
    const u8 *bytes;
    if (field->kind == FIELD_IS_CALC) {
        if (!compute(vm, i, layer, load, &value)) return false;
        *number = value.number;
        return true;
    }
    if (!read_in_layer(vm, i, layer, field, &bytes)) return false;
    *number = big_endian[field->width].one(bytes) >> field->shift & field->mask;
    return true;
}

static bool slice_of_layer(Vm *vm, u32 i, const Layer *layer, const Load *load, SliceColumn *column)
{
    CalcValue value;
    const u8 *bytes;
    Mask bit = (Mask)1 << i;
    if (load->info->kind == FIELD_IS_CALC) {
        if (!compute(vm, i, layer, load, &value)) return false;
        column->ptr[i] = value.bytes;
        column->len[i] = value.len;
        if (value.open) column->open |= bit;
        return true;
    }
    if (!read_in_layer(vm, i, layer, load->info, &bytes)) return false;
    column->ptr[i] = bytes;
    column->len[i] = load->info->width;
    return true;
}

/* Frames whose header must be looked up: instances other than the outermost, headers that end early, and computed
 * fields.  The rest is read by column. */
static Mask frames_by_hand(const Headers *h, const FieldInfo *field, u32 nest, Mask within)
{
    if (nest) return within & h->many;
    return within & (field->kind == FIELD_IS_CALC ? h->present[field->proto] : h->tight[field->proto]);
}

static Mask frames_by_column(const Headers *h, const FieldInfo *field, u32 nest, Mask within)
{
    if (nest || field->kind == FIELD_IS_CALC) return 0;
    return within & h->present[field->proto] & ~h->tight[field->proto];
}

static void load_number(Vm *vm, const Load *load, u32 nest, Mask within)
{
    const FieldInfo *field = load->info;
    NumberColumn *column = &vm->number[load->reg];
    const Headers *h = &vm->headers;
    const Batch *batch = vm->batch;
    const u8 *const *head = h->head[field->proto];
    Mask has = frames_by_column(h, field, nest, within), absent = within & ~has;
    if (!few_frames(vm, has))
        big_endian[field->width].bits(column->value, head, field->byte, batch->count, field->shift, field->mask);
    else
        for (EACH_BIT(i, has))
            column->value[i] = big_endian[field->width].one(head[i] + field->byte) >> field->shift & field->mask;
    for (EACH_BIT(i, frames_by_hand(h, field, nest, within))) {
        Layer layer;
        Mask bit = (Mask)1 << i;
        if (!headers_find(h, batch, (u32)i, field->proto, nest, &layer)) continue;
        absent &= ~bit;
        if (number_of_layer(vm, (u32)i, &layer, load, &column->value[i])) has |= bit;
    }
    column->has = has;
    note_missing_header(vm, absent, field->proto);
}

static void load_slice(Vm *vm, const Load *load, u32 nest, Mask within)
{
    const FieldInfo *field = load->info;
    SliceColumn *column = &vm->slice[load->reg];
    const Headers *h = &vm->headers;
    const u8 *const *head = h->head[field->proto];
    Mask has = frames_by_column(h, field, nest, within), absent = within & ~has;
    column->open = 0;
    for (EACH_BIT(i, has)) {
        column->ptr[i] = head[i] + field->byte;
        column->len[i] = field->width;
    }
    for (EACH_BIT(i, frames_by_hand(h, field, nest, within))) {
        Layer layer;
        Mask bit = (Mask)1 << i;
        if (!headers_find(h, vm->batch, (u32)i, field->proto, nest, &layer)) continue;
        absent &= ~bit;
        if (slice_of_layer(vm, (u32)i, &layer, load, column)) has |= bit;
    }
    column->has = has;
    note_missing_header(vm, absent, field->proto);
}

void run_FIELD(Vm *vm, const Insn *insn)
{
    Load load = load_of(vm, insn);
    load_number(vm, &load, vm->nest, vm->mask[insn->b] & vm->round);
}

void run_SFIELD(Vm *vm, const Insn *insn)
{
    Load load = load_of(vm, insn);
    load_slice(vm, &load, vm->nest, vm->mask[insn->b] & vm->round);
}

/* The frames of `within` that are laid out as the path says; *nest is how many of its last protocol come before it. */
static Mask frames_on_path(Vm *vm, u32 path_index, Mask within, u32 *nest)
{
    PoolSpan span = vm->program->paths[path_index];
    const u8 *path = vm->program->blob + span.at;
    *nest = 0;
    for (u32 k = 0; k + 1 < span.count; k++) *nest += path[k] == path[span.count - 1];
    Mask on = headers_on_path(&vm->headers, path, span.count, within);
    note_cut(vm, headers_path_missing(&vm->headers, path, span.count, within & ~on));
    return on;
}

void run_FIELD_ON(Vm *vm, const Insn *insn)
{
    u32 nest;
    Mask on = frames_on_path(vm, insn->c, vm->mask[insn->b] & vm->round, &nest);
    Load load = load_of(vm, insn);
    load_number(vm, &load, nest, on);
}

void run_SFIELD_ON(Vm *vm, const Insn *insn)
{
    u32 nest;
    Mask on = frames_on_path(vm, insn->c, vm->mask[insn->b] & vm->round, &nest);
    Load load = load_of(vm, insn);
    load_slice(vm, &load, nest, on);
}

void run_PROTO(Vm *vm, const Insn *insn)
{
    Mask within = vm->mask[insn->b], has = within & vm->headers.present[insn->k];
    vm->mask[insn->a] = has;
    note_missing_header(vm, within & ~has, (Proto)insn->k);
}

void run_PROTO_ON(Vm *vm, const Insn *insn)
{
    u32 nest;
    vm->mask[insn->a] = frames_on_path(vm, insn->c, vm->mask[insn->b], &nest);
}

/* -- parts of slices -------------------------------------------------------------------------------------------------------- */

void run_CONST(Vm *vm, const Insn *insn)
{
    NumberColumn *column = &vm->number[insn->a];
    u64 value = vm->program->consts[insn->k];
    for (u32 i = 0; i < BATCH_MAX; i++) column->value[i] = value;
    column->has = vm->all;
}

/* Does `whole` have `len` bytes at `offset`?  Where it would, had the frame been captured to its end, that is a cut. */
static bool has_part(Vm *vm, const SliceColumn *whole, u32 i, u64 offset, u64 len)
{
    u64 end = offset + len;
    if (end < offset) return false;
    if (end <= whole->len[i]) return true;
    u64 lacking = end - whole->len[i];
    if (whole->open >> i & 1 && lacking <= vm->batch->len[i] - vm->batch->caplen[i]) note_cut(vm, (Mask)1 << i);
    return false;
}

/* The register may be cut into itself. */
static void cut(Vm *vm, u32 out, const SliceColumn *whole, u32 i, u64 offset, u64 len, Mask *has)
{
    if (!has_part(vm, whole, i, offset, len)) return;
    vm->slice[out].ptr[i] = whole->ptr[i] + offset;
    vm->slice[out].len[i] = (u32)len;
    *has |= (Mask)1 << i;
}

void run_CUT(Vm *vm, const Insn *insn)
{
    const SliceColumn *whole = &vm->slice[insn->c];
    u64 offset = vm->program->consts[insn->k], len = vm->program->consts[insn->k + 1];
    Mask has = 0;
    for (EACH_BIT(i, vm->mask[insn->b] & whole->has)) cut(vm, insn->a, whole, (u32)i, offset, len, &has);
    vm->slice[insn->a].has = has;
    vm->slice[insn->a].open = 0;
}

void run_CUT_BY(Vm *vm, const Insn *insn)
{
    const SliceColumn *whole = &vm->slice[insn->c];
    const NumberColumn *offset = &vm->number[insn->b], *len = &vm->number[insn->k];
    Mask has = 0;
    for (EACH_BIT(i, offset->has & len->has & whole->has))
        cut(vm, insn->a, whole, (u32)i, offset->value[i], len->value[i], &has);
    vm->slice[insn->a].has = has;
    vm->slice[insn->a].open = 0;
}

static void read_at(Vm *vm, const Insn *insn, const Reader *reader)
{
    const SliceColumn *whole = &vm->slice[insn->c];
    const NumberColumn *offset = &vm->number[insn->b];
    NumberColumn *column = &vm->number[insn->a];
    Mask has = 0;
    for (EACH_BIT(i, offset->has & whole->has)) {
        u64 at = offset->value[i];
        if (!has_part(vm, whole, (u32)i, at, insn->k)) continue;
        column->value[i] = reader->one(whole->ptr[i] + at);
        has |= (Mask)1 << i;
    }
    column->has = has;
}

void run_READ_BE(Vm *vm, const Insn *insn) { read_at(vm, insn, &big_endian[insn->k]); }
void run_READ_LE(Vm *vm, const Insn *insn) { read_at(vm, insn, &little_endian[insn->k]); }

void run_LENGTH(Vm *vm, const Insn *insn)
{
    const SliceColumn *whole = &vm->slice[insn->c];
    NumberColumn *column = &vm->number[insn->a];
    for (u32 i = 0; i < BATCH_MAX; i++) column->value[i] = whole->len[i];
    column->has = vm->mask[insn->b] & whole->has;
}

/* -- numbers and text ------------------------------------------------------------------------------------------------------- */

/* Decimal, or hexadecimal behind 0x, blanks around it allowed; false: something else, or more than 64 bits. */
static bool parse_number(const u8 *text, u32 len, u64 *number)
{
    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t')) len--;
    while (len && (text[0] == ' ' || text[0] == '\t')) text++, len--;
    u32 base = 10;
    if (len > 2 && text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
        len -= 2;
    }
    u64 value = 0;
    for (u32 i = 0; i < len; i++) {
        u32 digit = text[i] - (u32)'0';
        if (digit > 9) digit = (lower(text[i]) - (u32)'a') < 6 ? lower(text[i]) - (u32)'a' + 10 : base;
        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *number = value;
    return len > 0;
}

void run_TO_NUMBER(Vm *vm, const Insn *insn)
{
    const SliceColumn *text = &vm->slice[insn->c];
    NumberColumn *column = &vm->number[insn->a];
    Mask has = 0;
    for (EACH_BIT(i, vm->mask[insn->b] & text->has))
        has |= (Mask)parse_number(text->ptr[i], text->len[i], &column->value[i]) << i;
    column->has = has;
}

static void store_text(Vm *vm, u32 out, u32 i, const char *text, size_t len)
{
    u8 *room = vm->text[out] + (size_t)i * TEXT_MAX;
    memcpy(room, text, len);
    vm->slice[out].ptr[i] = room;
    vm->slice[out].len[i] = (u32)len;
}

void run_TO_TEXT(Vm *vm, const Insn *insn)
{
    const NumberColumn *number = &vm->number[insn->c];
    Mask has = vm->mask[insn->b] & number->has;
    char text[TEXT_MAX];
    for (EACH_BIT(i, has))
        store_text(vm, insn->a, (u32)i, text,
                   value_print_number(text, sizeof text, (ValueType)insn->k, number->value[i]));
    vm->slice[insn->a].has = has;
    vm->slice[insn->a].open = 0;
}

/* Printed aside first: the bytes may be a text in the register that is written. */
void run_STO_TEXT(Vm *vm, const Insn *insn)
{
    const SliceColumn *bytes = &vm->slice[insn->c];
    Mask has = vm->mask[insn->b] & bytes->has, open = bytes->open & has;
    char text[TEXT_MAX];
    for (EACH_BIT(i, has))
        store_text(vm, insn->a, (u32)i, text,
                   value_print_bytes(text, sizeof text, (ValueType)insn->k, bytes->ptr[i], bytes->len[i]));
    vm->slice[insn->a].has = has;
    vm->slice[insn->a].open = open;
}

/* -- header lines ------------------------------------------------------------------------------------------------------ */

void run_KEYED(Vm *vm, const Insn *insn)
{
    const SliceColumn *lines = &vm->slice[insn->c];
    SliceColumn *column = &vm->slice[insn->a];
    u32 key_len;
    const u8 *key = pooled_bytes(vm, insn->k, &key_len);
    Mask has = 0, open = lines->open;
    for (EACH_BIT(i, vm->mask[insn->b] & lines->has)) {
        Mask bit = (Mask)1 << i;
        Line line = {lines->ptr[i], lines->len[i], open & bit};
        LineFound found = line_value(&line, key, key_len);
        if (found == LINE_UNKNOWN) note_cut(vm, bit);
        if (found != LINE_FOUND) continue;
        column->ptr[i] = line.bytes;
        column->len[i] = line.len;
        has |= bit;
    }
    column->has = has;
    column->open = open & has;
}
