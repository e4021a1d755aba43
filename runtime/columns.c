/* columns.c - values of fields as text, for --fields: pks_columns.
 *
 * Beside the road: it looks at one frame at a time that the road has delivered.  Names are resolved as in filters. */
#include <stdlib.h>

#include "compiler/names.h"
#include "grammar/diag.h"
#include "runtime/filter.h"
#include "runtime/report.h"
#include "vm/search.h"
#include "vm/value.h"

enum { COLUMNS_MAX = 256, KEY_MAX = 64, NAME_MAX_LEN = 256 };

typedef enum { COLUMN_FIELD, COLUMN_META, COLUMN_FRAME_DATA } ColumnKind;

typedef struct {
    ColumnKind kind;
    u16 id; /* FieldId or Meta */
    bool on_path, keyed;
    Path path;
    char key[KEY_MAX]; /* keyed: the line asked for (names.h) */
    char name[NAME_MAX_LEN];
} Column;

struct pks_columns {
    Column *column;
    size_t count;
    ValueReader reader;
    Batch batch;
    const pks_frame *looked_at; /* whose headers stand in the reader */
    const u8 *data;             /* its */
    u64 number;
    size_t next; /* 0: none are; else the least column that may still be asked of it */
};

/* Text being put together in the caller's buffer. */
typedef struct {
    char *out;
    size_t size, used; /* size leaves room for the NUL */
} Text;

/* -- names ---------------------------------------------------------------------------------------------------------- */

static ValueType type_of(const Column *column)
{
    if (column->kind == COLUMN_META) return (ValueType)meta_info[column->id].type;
    if (column->kind == COLUMN_FRAME_DATA) return TYPE_BYTES;
    const FieldInfo *info = &field_info[column->id];
    return (ValueType)(info->kind == FIELD_IS_PAIR ? field_info[info->first].type : info->type);
}

static void add_word(char *name, const char *word)
{
    size_t used = strlen(name);

    if (used + strlen(word) + 2 > NAME_MAX_LEN) return;
    if (used) name[used++] = '.';
    strcpy(name + used, word);
}

static void spell(Column *column)
{
    column->name[0] = 0;
    switch (column->kind) {
    case COLUMN_META:
        add_word(column->name, "FrameVariable");
        add_word(column->name, meta_info[column->id].name);
        return;
    case COLUMN_FRAME_DATA: add_word(column->name, "FrameData"); return;
    case COLUMN_FIELD: break;
    }
    const FieldInfo *info = &field_info[column->id];
    if (column->on_path) add_word(column->name, "Frame");
    for (u32 i = 0; column->on_path && i + 1 < column->path.count; i++)
        add_word(column->name, proto_info[column->path.proto[i]].name);
    add_word(column->name, proto_info[info->proto].name);
    add_word(column->name, info->name);
    if (column->keyed) add_word(column->name, column->key);
}

static bool keep_key(DiagList *diags, Span span, Bytes key, Column *column)
{
    column->keyed = key.len < sizeof column->key;
    if (column->keyed)
        memcpy(column->key, key.at, key.len + 1);
    else
        diag_error(diags, span, "a header's name has at most %zu letters here", sizeof column->key - 1);
    return column->keyed;
}

static bool resolve(DiagList *diags, Span span, Column *column)
{
    Name name = name_resolve(diags, span);

    *column = (Column){.id = name.id};
    if (name.kind == NAME_UNKNOWN) return false;
    if (name.methods.len) {
        diag_error(diags, name.methods, "a column is a plain field: methods cannot be used here");
        return false;
    }
    switch (name.kind) {
    case NAME_FIELD:
        if (name.key.at && !keep_key(diags, span, name.key, column)) return false;
        column->kind = COLUMN_FIELD;
        column->on_path = name.path != NULL;
        if (name.path) column->path = *name.path;
        return true;
    case NAME_META: column->kind = COLUMN_META; return true;
    case NAME_FRAME_DATA: column->kind = COLUMN_FRAME_DATA; return true;
    default:
        diag_error(diags, span, "'%.*s' is a protocol, not a field: name one of its fields", (int)span.len,
                   diags->source->text + span.at);
        return false;
    }
}

static Span trimmed(const char *list, u32 at, u32 end)
{
    while (at < end && (list[at] == ' ' || list[at] == '\t')) at++;
    while (end > at && (list[end - 1] == ' ' || list[end - 1] == '\t')) end--;
    return (Span){at, end - at};
}

static bool read_list(DiagList *diags, pks_columns *columns)
{
    const char *list = diags->source->text;
    bool good = true;

    for (u32 at = 0, end; at <= diags->source->len; at = end + 1) {
        end = at + (u32)strcspn(list + at, ",");
        Span span = trimmed(list, at, end);

        if (span.len == 0) {
            diag_error(diags, (Span){MIN_OF(at, diags->source->len), 0}, "expected a field's name");
            return false;
        }
        if (columns->count == COLUMNS_MAX) {
            diag_error(diags, span, "more than %d columns", COLUMNS_MAX);
            return false;
        }
        if (resolve(diags, span, &columns->column[columns->count]))
            spell(&columns->column[columns->count++]);
        else
            good = false;
    }
    return good;
}

static u64 protocols_of(const pks_columns *columns)
{
    u64 protocols = 0;

    for (size_t i = 0; i < columns->count; i++) {
        const Column *column = &columns->column[i];

        if (column->kind == COLUMN_FIELD && field_info[column->id].proto == PROTO_PROPERTY) protocols |= PROTOS_ALL;
        if (column->kind == COLUMN_FIELD) protocols |= 1ull << field_info[column->id].proto;
        for (u32 k = 0; column->on_path && k < column->path.count; k++) protocols |= 1ull << column->path.proto[k];
    }
    return protocols;
}

pks_columns *pks_columns_compile(const char *list, const pks_listener *listener)
{
    Arena arena = {0};
    DiagList diags;
    size_t len = strlen(list);
    Source source = {.name = "fields", .text = list, .len = (u32)MIN_OF(len, FILTER_BYTES_MAX)};
    pks_columns *columns = calloc(1, sizeof *columns);

    diag_init(&diags, &arena, &source);
    if (columns) columns->column = calloc(COLUMNS_MAX, sizeof *columns->column);
    bool good = columns && columns->column && read_list(&diags, columns);
    if (good) value_reader_init(&columns->reader, protocols_of(columns));
    say_diags(&arena, &diags, NULL, listener);
    if (!columns || !columns->column) {
        report(listener, PKS_ERROR, NULL, "not enough memory for the columns");
        good = false;
    }
    arena_release(&arena);
    if (good) return columns;
    pks_columns_free(columns);
    return NULL;
}

void pks_columns_free(pks_columns *columns)
{
    if (!columns) return;
    free(columns->column);
    free(columns);
}

size_t pks_columns_count(const pks_columns *columns) { return columns->count; }

const char *pks_columns_name(const pks_columns *columns, size_t i)
{
    return i < columns->count ? columns->column[i].name : NULL;
}

bool pks_columns_numeric(const pks_columns *columns, size_t i)
{
    if (i >= columns->count) return false;
    ValueType type = type_of(&columns->column[i]);
    return type == TYPE_NUMBER || type == TYPE_SIGNED || type == TYPE_DURATION;
}

/* -- values --------------------------------------------------------------------------------------------------------- */

static void add_comma(Text *text)
{
    if (text->used && text->used < text->size) text->out[text->used++] = ',';
}

static void add_number(Text *text, ValueType type, u64 number)
{
    add_comma(text);
    text->used += value_print_number(text->out + text->used, text->size - text->used, type, number);
}

static void add_bytes(Text *text, ValueType type, const u8 *bytes, size_t len)
{
    add_comma(text);
    text->used += value_print_bytes(text->out + text->used, text->size - text->used, type, bytes, len);
}

/* 100 ns units, rounded down, as filters see times. */
static i64 units_of_ns(i64 ns) { return ns / 100 - (ns % 100 < 0); }

static const i64 UNIX_EPOCH_UNITS = 116444736000000000; /* from 1601-01-01 to 1970-01-01, in 100 ns */

static void print_meta(Text *text, Meta meta, const pks_frame *frame)
{
    u64 value = 0;

    switch (meta) {
    case META_FRAME_NUMBER: value = frame->number ? frame->number - 1 : 0; break;
    case META_TIME_DELTA: value = (u64)units_of_ns(frame->delta_ns); break;
    case META_TIME_OFFSET: value = (u64)units_of_ns(frame->offset_ns); break;
    case META_TIME_OF_DAY:
    case META_TIME_AND_DATE:
    case META_TIME_DATE_LOCAL:
        if (!frame->has_time) return;
        value = (u64)(units_of_ns(frame->time_ns) + UNIX_EPOCH_UNITS);
        break;
    case META_FRAME_LENGTH: value = frame->len; break;
    case META_CAPTURE_LENGTH: value = frame->caplen; break;
    case META_MEDIA_TYPE: value = frame->linktype; break;
    case META_COUNT: return;
    }
    add_number(text, (ValueType)meta_info[meta].type, value);
}

static void add_value(Text *text, const Column *column, ValueType type, const CalcValue *value)
{
    Line line = {value->bytes, value->len, value->open};

    if (!type_info[type].slice)
        add_number(text, type, value->number);
    else if (!column->keyed || line_value(&line, (const u8 *)column->key, (u32)strlen(column->key)) == LINE_FOUND)
        add_bytes(text, type, line.bytes, line.len);
}

/* Every value of a field in one instance of its header. */
static ValueFound add_instance(Text *text, pks_columns *columns, const Column *column, FieldId field, u32 nest)
{
    CalcState state = {0};
    CalcValue value;
    ValueFound found = value_next(&columns->reader, field, nest, &state, &value), next = found;

    for (u32 item = 0; next == VALUE_FOUND && item < ITEMS_MAX; item++) {
        add_value(text, column, (ValueType)field_info[field].type, &value);
        next = field_is(field, CALC_MANY) ? value_next(&columns->reader, field, nest, &state, &value) : VALUE_ABSENT;
    }
    return found;
}

/* A pair gives both, the first one first. */
static ValueFound add_field(Text *text, pks_columns *columns, const Column *column, u32 nest)
{
    const FieldInfo *info = &field_info[column->id];

    if (info->kind != FIELD_IS_PAIR) return add_instance(text, columns, column, (FieldId)column->id, nest);
    add_instance(text, columns, column, (FieldId)info->first, nest);
    return add_instance(text, columns, column, (FieldId)info->second, nest);
}

static void print_field(Text *text, pks_columns *columns, const Column *column)
{
    u32 nest = 0;

    if (!column->on_path) {
        while (nest < NEST_MAX && add_field(text, columns, column, nest) != VALUE_NO_HEADER) nest++;
        return;
    }
    if (!value_on_path(&columns->reader, column->path.proto, column->path.count)) return;
    u8 last = column->path.proto[column->path.count - 1];
    for (u32 i = 0; i + 1 < column->path.count; i++) nest += column->path.proto[i] == last;
    add_field(text, columns, column, nest);
}

/* A frame is looked at once for all its columns.  That it is the same can be told only as long as they are asked for in
 * order: data that came behind it may stand in the same place. */
static void look(pks_columns *columns, const pks_frame *frame, size_t i)
{
    bool same = columns->next && i >= columns->next && frame == columns->looked_at && frame->data == columns->data &&
                frame->number == columns->number;

    columns->next = i + 1;
    if (same) return;
    columns->looked_at = frame;
    columns->data = frame->data;
    columns->number = frame->number;
    batch_of_frame(&columns->batch, frame);
    value_reader_look(&columns->reader, &columns->batch);
}

size_t pks_columns_print(pks_columns *columns, const pks_frame *frame, size_t i, char *out, size_t size)
{
    Text text = {out, size ? size - 1 : 0, 0};

    if (size == 0) return 0;
    if (i < columns->count) {
        const Column *column = &columns->column[i];

        if (column->kind == COLUMN_FIELD) {
            look(columns, frame, i);
            print_field(&text, columns, column);
        } else if (column->kind == COLUMN_META) {
            print_meta(&text, (Meta)column->id, frame);
        } else {
            add_bytes(&text, TYPE_BYTES, frame->data, frame->caplen);
        }
    }
    out[text.used] = 0;
    return text.used;
}
