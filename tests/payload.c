/* payload.c - see payload.h. */
#include "tests/payload.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/matches.h"
#include "vm/value.h"

enum { VALUES_MAX = 300 };

/* -- the values of one header ------------------------------------------------------------------------------------------- */

typedef struct {
    u8 bytes[TEXT_MAX + 8];
    u32 len, whole_len; /* kept, in all */
    u64 number;
    bool open;
} Value;
typedef struct {
    Value value[VALUES_MAX];
    u32 count;
    bool cut;
} Values;

/* What is kept of a long value is enough to tell it from another. */
static void keep_value(Values *values, const CalcValue *value, bool slice)
{
    Value *kept = &values->value[values->count++];
    *kept = (Value){.number = value->number, .open = value->open};
    if (!slice) return;
    kept->whole_len = value->len;
    kept->len = (u32)MIN_OF((size_t)value->len, sizeof kept->bytes);
    if (kept->len) memcpy(kept->bytes, value->bytes, kept->len);
}

static void read_values(Values *values, FieldId field, const u8 *bytes, u32 captured, u32 sent)
{
    u8 *block = malloc(captured ? captured : 1), room[TEXT_MAX];
    cr_assert_not_null(block);
    if (captured) memcpy(block, bytes, captured);
    CalcFrame frame = {.data = block, .caplen = captured, .len = sent, .end = captured, .wire_end = sent};
    CalcState state = {0};
    values->count = 0;
    for (;;) {
        CalcValue value = {.room = room, .state = &state};
        bool found = value_of_header(&frame, field, &value);
        values->cut = value.cut;
        if (!found) break;
        cr_assert_lt(values->count, VALUES_MAX, "%s has no end", field_info[field].name);
        keep_value(values, &value, type_info[field_info[field].type].slice);
        if (!field_is(field, CALC_MANY)) break;
    }
    free(block);
}

const char *values_of(FieldId field, const void *header, u32 captured, u32 sent)
{
    static char texts[2][20000];
    static u32 turn;
    char *text = texts[turn++ % 2], *at = text;
    ValueType type = (ValueType)field_info[field].type;
    Values *values = malloc(sizeof *values);
    cr_assert_not_null(values);
    read_values(values, field, header, captured, sent);
    for (u32 i = 0; i < values->count && at < text + sizeof texts[0] - 2 * TEXT_MAX - 40; i++) {
        Value *value = &values->value[i];
        if (i) *at++ = '|';
        size_t room = 2 * sizeof value->bytes;
        at += type_info[type].slice ? value_print_bytes(at, room, type, value->bytes, value->len)
                                    : value_print_number(at, room, type, value->number);
        if (value->open) *at++ = '~';
    }
    if (values->cut) *at++ = '!';
    *at = '\0';
    free(values);
    return text;
}

void has_values(FieldId field, const void *header, u32 len, const char *want)
{
    const char *got = values_of(field, header, len, len);
    cr_assert_str_eq(got, want, "%s.%s: '%s', expected '%s'", proto_info[field_info[field].proto].name,
                     field_info[field].name, got, want);
}

static bool begins_as(const Value *part, const Value *whole)
{
    return part->whole_len <= whole->whole_len && memcmp(part->bytes, whole->bytes, part->len) == 0;
}

static bool is_part(const Value *part, const Value *whole, bool slice)
{
    if (!slice) return part->number == whole->number;
    return begins_as(part, whole) && (part->open || part->whole_len == whole->whole_len);
}

static void compare(FieldId field, const Values *part, const Values *whole, u32 captured)
{
    const FieldInfo *info = &field_info[field];
    bool slice = type_info[info->type].slice;
    cr_assert(part->count <= whole->count, "%s.%s has %u values in %u bytes, %u in all", proto_info[info->proto].name,
              info->name, part->count, captured, whole->count);
    for (u32 i = 0; i < part->count; i++)
        cr_assert(is_part(&part->value[i], &whole->value[i], slice), "%s.%s, value %u of a header of %u bytes",
                  proto_info[info->proto].name, info->name, i, captured);
    cr_assert(part->count == whole->count || part->cut, "%s.%s lacks values in %u bytes and does not say so",
              proto_info[info->proto].name, info->name, captured);
}

void cut_at_every_byte(Proto proto, const void *header, u32 len, u32 least)
{
    Values *part = malloc(sizeof *part), *whole = malloc(sizeof *whole);
    cr_assert(part && whole);
    for (u32 f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        if (info->proto != proto || info->kind >= FIELD_IS_PAIR || info->how & CALC_LAYERED) continue;
        read_values(whole, (FieldId)f, header, len, len);
        for (u32 captured = least; captured < len; captured++) {
            read_values(part, (FieldId)f, header, captured, len);
            compare((FieldId)f, part, whole, captured);
            read_values(part, (FieldId)f, header, captured, captured);
        }
    }
    free(part);
    free(whole);
}

/* -- filters over a frame ------------------------------------------------------------------------------------------------ */

static void draw(FrameDraft *d, const Payload *payload)
{
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, payload->udp ? 17 : 6, 0x0a000001, 0x0a000002);
    if (payload->udp)
        frame_udp(d, 40000, payload->port);
    else
        frame_tcp(d, 40000, payload->port, 1, 2, 0x18);
    for (u32 i = 0; i < payload->options; i++) frame_be(d, 1, 1);
    if (!payload->udp) d->bytes[34 + 12] = (u8)((20 + payload->options) / 4 << 4);
    frame_payload(d, payload->bytes, payload->sent);
    frame_end(d);
}

static bool run(const char *filter, const Payload *payload, bool *cut)
{
    FrameDraft *d = malloc(sizeof *d);
    cr_assert_not_null(d);
    draw(d, payload);
    bool kept = frame_matches(filter, d, d->len - payload->sent + payload->captured, 1, cut);
    free(d);
    return kept;
}

bool payload_matches(const char *filter, const Payload *payload)
{
    bool cut;
    return run(filter, payload, &cut);
}

bool payload_is_cut(const char *filter, const Payload *payload)
{
    bool cut;
    run(filter, payload, &cut);
    return cut;
}
