/* describe.c - see describe.h. */
#include "vm/protocols/describe.h"

#include <stdarg.h>
#include <stdio.h>

#include "vm/decimal.h"

/* ---- lines ---- */

/* `len` bytes without a NUL among them; in one pass that a compiler can make wide. */
static void make_printable(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) text[i] = text[i] < ' ' || text[i] > '~' ? '.' : text[i];
}

/* Where an item's text goes, and in *room what it may take with its NUL; NULL: nothing fits any more. */
static char *item_begin(const Summary *out, size_t *room)
{
    size_t comma = out->used ? 2 : 0, left = out->size - out->used;
    if (left <= comma) return NULL;
    if (comma) memcpy(out->text + out->used, ", ", comma);
    *room = left - comma;
    return out->text + out->used + comma;
}

/* The item has `len` bytes, all of them printable; one that does not fit was never begun. */
static void item_end(Summary *out, const char *item, size_t len, size_t room)
{
    if (item && len < room) out->used = (size_t)(item - out->text) + len;
    out->text[out->used] = '\0';
}

void summary_add(Summary *out, const char *format, ...)
{
    va_list args;
    size_t room = 0;
    char *item = item_begin(out, &room);
    int len = 0;
    va_start(args, format);
    if (item) len = vsnprintf(item, room, format, args);
    va_end(args);
    if (item && len > 0) make_printable(item, MIN_OF((size_t)len, room - 1));
    item_end(out, len < 0 ? NULL : item, (size_t)len, room);
}

void summary_text(Summary *out, const char *name, const char *text, size_t len)
{
    size_t room = 0, name_len = strlen(name);
    char *item = item_begin(out, &room);
    if (item && name_len + 1 + len < room) {
        memcpy(item, name, name_len);
        item[name_len] = '=';
        memcpy(item + name_len + 1, text, len);
        make_printable(item + name_len + 1, len);
    }
    item_end(out, item, name_len + 1 + len, room);
}

/* The first value of a field; notes where it is missing only because it was not captured.  `room`: TEXT_MAX bytes. */
static bool read_field(const CalcFrame *frame, FieldId field, u8 *room, CalcValue *value, bool *cut)
{
    CalcState state = {0};
    *value = (CalcValue){.room = room, .state = &state};
    bool found = value_of_header(frame, field, value);
    *cut = *cut || (!found && value->cut);
    value->state = NULL;
    return found;
}

void summary_number(Summary *out, const CalcFrame *frame, const char *name, FieldId field)
{
    CalcValue value;
    char text[DECIMAL_MAX];
    if (read_field(frame, field, NULL, &value, &out->cut)) summary_text(out, name, text, decimal(text, value.number));
}

static size_t print_value(char *out, size_t size, ValueType type, const CalcValue *value)
{
    if (type_info[type].slice) return value_print_bytes(out, size, type, value->bytes, value->len);
    return value_print_number(out, size, type, value->number);
}

void summary_value(Summary *out, const CalcFrame *frame, const char *name, FieldId field)
{
    u8 room[TEXT_MAX];
    char text[TEXT_MAX];
    CalcValue value;
    if (!read_field(frame, field, room, &value, &out->cut)) return;
    size_t len = print_value(text, sizeof text, (ValueType)field_info[field].type, &value);
    const char *nul = memchr(text, '\0', len); /* the text ends there */
    summary_text(out, name, text, nul ? (size_t)(nul - text) : len);
}

const char *name_of(const NumberName *names, size_t count, u64 number)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number) return names[i].name;
    return NULL;
}

/* The same where numbers stand in order. */
static const char *name_in_order(const NumberName *names, size_t count, u64 number)
{
    const NumberName *first = names;
    for (size_t left = count; left > 1; left -= left / 2)
        if (first[left / 2].number <= number) first += left / 2;
    return first->number == number ? first->name : NULL;
}

void summary_type(Summary *out, const CalcFrame *frame, FieldId field, const NumberName *names, size_t count)
{
    CalcValue type;
    if (!read_field(frame, field, NULL, &type, &out->cut)) return;
    const char *name = name_of(names, count, type.number);
    if (name) summary_add(out, "%s", name);
    summary_add(out, "Type=%llu", (unsigned long long)type.number);
}

void summary_word(Summary *out, const CalcFrame *frame, const char *before, FieldId field, const NumberName *names,
                  size_t count)
{
    CalcValue value;
    if (!read_field(frame, field, NULL, &value, &out->cut)) return;
    const char *name = name_of(names, count, value.number);
    if (name)
        summary_add(out, "%s%s", before, name);
    else
        summary_add(out, "%s%llu", before, (unsigned long long)value.number);
}

void summary_port(Summary *out, const CalcFrame *frame, const char *name, FieldId field)
{
    static const NumberName services[] = {
#define SERVICE(number, name) {number, name},
#include "vm/protocols/services.def"
    };
    CalcValue port;
    if (!read_field(frame, field, NULL, &port, &out->cut)) return;
    const char *service = name_in_order(services, COUNT_OF(services), port.number);
    char text[64];
    size_t len = service ? MIN_OF(strlen(service), sizeof text - DECIMAL_MAX - 2) : 0;
    if (len) memcpy(text, service, len);
    if (service) text[len++] = '(';
    len += decimal(text + len, port.number);
    if (service) text[len++] = ')';
    summary_text(out, name, text, len);
}

/* ---- fields of one header ---- */

bool header_number(const CalcFrame *frame, FieldId field, u64 *number)
{
    CalcValue value;
    bool cut = false;
    if (!read_field(frame, field, NULL, &value, &cut)) return false;
    *number = value.number;
    return true;
}

bool header_text(const CalcFrame *frame, FieldId field, char *out, size_t size)
{
    u8 room[TEXT_MAX];
    CalcValue value;
    bool cut = false;
    if (!read_field(frame, field, room, &value, &cut)) return false;
    out[print_value(out, size - 1, (ValueType)field_info[field].type, &value)] = '\0';
    return true;
}

void describe_header(Summary *out, const CalcFrame *frame, Proto proto)
{
    static SummaryFunction *const functions[PROTO_COUNT] = {
#define SUMMARY(proto, function) [PROTO_##proto] = function,
#include "vm/fields.def"
    };
    if (functions[proto]) functions[proto](out, frame);
}

/* ---- the two ends of a frame ---- */

typedef struct {
    Proto proto;
    FieldId field[2];
} Ends;
static const Ends ends_rows[] = {
#define ENDS(proto, source, destination)                                                                               \
    {PROTO_##proto, {[END_SOURCE] = FIELD_##proto##_##source, [END_DESTINATION] = FIELD_##proto##_##destination}},
#include "vm/fields.def"
};

static EndsKind kind_of(FieldId field)
{
    switch (field_info[field].type) {
    case TYPE_IPV4:
    case TYPE_IPV6: return ENDS_NETWORK;
    case TYPE_MAC: return ENDS_LINK;
    default: return ENDS_PORT;
    }
}

static u64 protocols_with(EndsKind kind)
{
    u64 protocols = 0;
    for (size_t i = 0; i < COUNT_OF(ends_rows); i++)
        if (kind_of(ends_rows[i].field[0]) == kind) protocols |= (u64)1 << ends_rows[i].proto;
    return protocols;
}

/* Does this header say it?  A row whose field has no value does not count: ARP may speak of other addresses. */
static bool has_end(const CalcFrame *header, Proto proto, EndsKind kind, End end, ValueType *type, CalcValue *value,
                    bool *cut)
{
    for (size_t i = 0; i < COUNT_OF(ends_rows); i++) {
        FieldId field = ends_rows[i].field[end];
        if (ends_rows[i].proto != proto || kind_of(field) != kind) continue;
        *type = (ValueType)field_info[field].type;
        if (read_field(header, field, NULL, value, cut)) return true;
    }
    return false;
}

bool find_end(const CalcFrame *frame, EndsKind kind, End end, ValueType *type, CalcValue *value, bool *cut)
{
    u64 naming = protocols_with(kind);
    *cut = frame->missing & naming;
    for (u32 i = frame->layers->count; i-- > 0;) {
        const Layer *layer = &frame->layers->layer[i];
        if (!(naming >> layer->proto & 1)) continue;
        CalcFrame header = frame_at(frame, layer);
        if (has_end(&header, (Proto)layer->proto, kind, end, type, value, cut)) return true;
    }
    return false;
}

bool describe_end(const CalcFrame *frame, End end, char *out, size_t size)
{
    ValueType type;
    CalcValue value;
    bool cut;
    if (!find_end(frame, ENDS_NETWORK, end, &type, &value, &cut) &&
        !find_end(frame, ENDS_LINK, end, &type, &value, &cut))
        return false;
    out[print_value(out, size - 1, type, &value)] = '\0';
    return true;
}
