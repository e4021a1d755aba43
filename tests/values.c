/* values.c - see values.h. */
#include "tests/values.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "vm/value.h"

enum { TEXT_ROOM = 64 * 1024 };

/* A frame on its way: the batch holds it in a heap block of its captured length. */
typedef struct {
    Batch batch;
    ValueReader reader;
    char text[TEXT_ROOM];
    size_t len;
} Look;

static Look *look_at(const u8 *bytes, u32 caplen, u32 len, u32 linktype)
{
    Look *look = malloc(sizeof *look);
    cr_assert_not_null(look);
    batch_begin(&look->batch, linktype);
    batch_add(&look->batch, bytes, caplen, len);
    value_reader_init(&look->reader, PROTOS_ALL);
    value_reader_look(&look->reader, &look->batch);
    look->len = 0;
    look->text[0] = '\0';
    return look;
}

static void look_away(Look *look)
{
    batch_free(&look->batch);
    free(look);
}

static void add_text(Look *look, const char *text, size_t len)
{
    if (look->len && len + 2 < TEXT_ROOM - look->len) look->text[look->len++] = ' ';
    if (len + 1 > TEXT_ROOM - look->len) return;
    memcpy(look->text + look->len, text, len);
    look->text[look->len += len] = '\0';
}

static void add_value(Look *look, FieldId field, const CalcValue *value)
{
    char text[TEXT_MAX];
    ValueType type = (ValueType)field_info[field].type;
    size_t len = type_info[type].slice ? value_print_bytes(text, sizeof text, type, value->bytes, value->len)
                                       : value_print_number(text, sizeof text, type, value->number);
    add_text(look, text, len);
}

static void add_values(Look *look, FieldId field, u32 nest)
{
    CalcState state = {0};
    CalcValue value;
    bool many = field_info[field].kind == FIELD_IS_CALC && field_is(field, CALC_MANY);
    for (u32 item = 0; item < ITEMS_MAX && value_next(&look->reader, field, nest, &state, &value) == VALUE_FOUND;
         item++) {
        add_value(look, field, &value);
        if (!many) break;
    }
}

static bool has_header(const Look *look, u32 proto, u32 nest)
{
    Layer layer;
    return headers_find(&look->reader.headers, &look->batch, 0, (Proto)proto, nest, &layer);
}

static void add_field(Look *look, FieldId field)
{
    const FieldInfo *info = &field_info[field];
    if (info->kind == FIELD_IS_ALIAS) {
        add_field(look, (FieldId)info->first);
        return;
    }
    for (u32 nest = 0; has_header(look, info->proto, nest); nest++) {
        if (info->kind != FIELD_IS_PAIR) {
            add_values(look, field, nest);
            continue;
        }
        add_values(look, (FieldId)info->first, nest);
        add_values(look, (FieldId)info->second, nest);
    }
}

void values_are(const char *file, int line, const FrameDraft *draft, u32 linktype, const char *name, const char *want)
{
    const char *dot = strchr(name, '.');
    int proto = proto_find(name, dot ? (size_t)(dot - name) : strlen(name));
    cr_assert(proto >= 0, "%s:%d: no protocol: %s", file, line, name);
    Look *look = look_at(draft->bytes, draft->len, draft->len, linktype);
    if (dot) {
        int field = field_find(proto, dot + 1, strlen(dot + 1));
        cr_assert(field >= 0, "%s:%d: no field: %s", file, line, name);
        add_field(look, (FieldId)field);
    } else {
        for (u32 nest = 0; has_header(look, (u32)proto, nest); nest++) add_text(look, "yes", 3);
    }
    cr_assert_str_eq(look->text, want, "%s:%d: %s is \"%s\", expected \"%s\"", file, line, name, look->text, want);
    look_away(look);
}

static const char *path_of(Look *look)
{
    const Layers *found = value_layers(&look->reader);
    look->len = 0;
    look->text[0] = '\0';
    for (u32 k = 0; k < found->count; k++)
        look->len += (size_t)snprintf(look->text + look->len, TEXT_ROOM - look->len, "%s%s", k ? "." : "",
                                      proto_info[found->layer[k].proto].name);
    return look->text;
}

void layers_are(const char *file, int line, const FrameDraft *draft, u32 linktype, const char *want)
{
    Look *look = look_at(draft->bytes, draft->len, draft->len, linktype);
    cr_assert_str_eq(path_of(look), want, "%s:%d: the layers are %s, expected %s", file, line, look->text, want);
    look_away(look);
}

/* -- cut after every byte ------------------------------------------------------------------------------------------------ */

static bool same_value(FieldId field, const CalcValue *whole, const CalcValue *cut)
{
    if (!type_info[field_info[field].type].slice) return whole->number == cut->number;
    if (cut->open && whole->len >= cut->len) return memcmp(whole->bytes, cut->bytes, cut->len) == 0;
    return whole->len == cut->len && memcmp(whole->bytes, cut->bytes, cut->len) == 0;
}

static void field_holds(const char *file, int line, Look *whole, Look *cut, FieldId field, u32 nest)
{
    CalcState whole_state = {0}, cut_state = {0};
    CalcValue want, got;
    bool many = field_info[field].kind == FIELD_IS_CALC && field_is(field, CALC_MANY);
    u32 caplen = cut->batch.caplen[0];
    for (u32 item = 0; item < ITEMS_MAX; item++) {
        if (value_next(&cut->reader, field, nest, &cut_state, &got) != VALUE_FOUND) return;
        bool there = value_next(&whole->reader, field, nest, &whole_state, &want) == VALUE_FOUND;
        cr_assert(there && same_value(field, &want, &got), "%s:%d: %s.%s, value %u, differs when cut after %u bytes",
                  file, line, proto_info[field_info[field].proto].name, field_info[field].name, item, caplen);
        if (!many) return;
    }
}

/* Text about a frame as a whole is that of the headers that are there; numbers are absent where they may be others. */
static bool must_hold(FieldId field)
{
    const FieldInfo *info = &field_info[field];
    bool whole = info->proto == PROTO_PROPERTY || field_is(field, CALC_LAYERED);
    return info->kind < FIELD_IS_PAIR && (!whole || !type_info[info->type].slice);
}

void cuts_hold(const char *file, int line, const FrameDraft *draft, u32 linktype)
{
    Look *whole = look_at(draft->bytes, draft->len, draft->len, linktype);
    for (u32 caplen = 0; caplen < draft->len; caplen++) {
        Look *cut = look_at(draft->bytes, caplen, draft->len, linktype);
        for (u32 proto = 0; proto < PROTO_COUNT; proto++)
            for (u32 nest = 0; proto != PROTO_PROPERTY && has_header(cut, proto, nest); nest++)
                cr_assert(has_header(whole, proto, nest), "%s:%d: %s appears when cut after %u bytes", file, line,
                          proto_info[proto].name, caplen);
        for (u32 field = 0; field < FIELD_COUNT; field++)
            for (u32 nest = 0; must_hold((FieldId)field) && has_header(cut, field_info[field].proto, nest); nest++)
                field_holds(file, line, whole, cut, (FieldId)field, nest);
        look_away(cut);
    }
    look_away(whole);
}
