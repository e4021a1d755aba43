/* describe.c - see describe.h. */
#include "vm/protocols/describe.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- lines ---- */

static void make_printable(char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~') *text = '.';
}

void summary_add(Summary *out, const char *format, ...)
{
    va_list args;
    size_t room = out->size - out->used;
    int n = out->used ? snprintf(out->text + out->used, room, ", ") : 0;
    if ((size_t)n >= room) {
        out->text[out->used] = '\0';
        return;
    }
    va_start(args, format);
    int more = vsnprintf(out->text + out->used + n, room - (size_t)n, format, args);
    va_end(args);
    if (more < 0 || (size_t)(n + more) >= room) {
        out->text[out->used] = '\0';
        return;
    }
    make_printable(out->text + out->used);
    out->used += (size_t)(n + more);
}

void summary_number(Summary *out, const CalcFrame *frame, const char *name, FieldId field)
{
    u64 number;
    if (header_number(frame, field, &number)) summary_add(out, "%s=%llu", name, (unsigned long long)number);
}

void summary_value(Summary *out, const CalcFrame *frame, const char *name, FieldId field)
{
    char text[TEXT_MAX];
    if (header_text(frame, field, text, sizeof text)) summary_add(out, "%s=%s", name, text);
}

const char *name_of(const NumberName *names, size_t count, u64 number)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number) return names[i].name;
    return NULL;
}

void summary_port(Summary *out, const CalcFrame *frame, const char *name, FieldId field)
{
    static const NumberName services[] = {
#define SERVICE(number, name) {number, name},
#include "vm/protocols/services.def"
    };
    u64 port;
    if (!header_number(frame, field, &port)) return;
    const char *service = name_of(services, COUNT_OF(services), port);
    if (service)
        summary_add(out, "%s=%s(%u)", name, service, (unsigned)port);
    else
        summary_add(out, "%s=%u", name, (unsigned)port);
}

/* ---- fields of one header ---- */

bool header_number(const CalcFrame *frame, FieldId field, u64 *number)
{
    CalcState state = {0};
    CalcValue value = {.state = &state};
    if (!value_of_header(frame, field, &value)) return false;
    *number = value.number;
    return true;
}

bool header_text(const CalcFrame *frame, FieldId field, char *out, size_t size)
{
    u8 room[TEXT_MAX];
    CalcState state = {0};
    CalcValue value = {.room = room, .state = &state};
    ValueType type = (ValueType)field_info[field].type;
    if (!value_of_header(frame, field, &value)) return false;
    size_t len = type_info[type].slice ? value_print_bytes(out, size - 1, type, value.bytes, value.len)
                                       : value_print_number(out, size - 1, type, value.number);
    out[len] = '\0';
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

/* Does this header say it?  A row whose field has no value does not count: ARP may speak of other addresses. */
static bool has_end(const CalcFrame *header, Proto proto, EndsKind kind, End end, FieldId *field)
{
    for (size_t i = 0; i < COUNT_OF(ends_rows); i++) {
        CalcState state = {0};
        CalcValue value = {.state = &state};
        *field = ends_rows[i].field[end];
        if (ends_rows[i].proto == proto && kind_of(*field) == kind && value_of_header(header, *field, &value))
            return true;
    }
    return false;
}

bool find_end(const CalcFrame *frame, EndsKind kind, End end, CalcFrame *header, FieldId *field)
{
    for (u32 i = frame->layers->count; i-- > 0;) {
        const Layer *layer = &frame->layers->layer[i];
        *header = frame_at(frame, layer);
        if (has_end(header, (Proto)layer->proto, kind, end, field)) return true;
    }
    return false;
}

bool describe_end(const CalcFrame *frame, End end, char *out, size_t size)
{
    CalcFrame header;
    FieldId field;
    bool found =
        find_end(frame, ENDS_NETWORK, end, &header, &field) || find_end(frame, ENDS_LINK, end, &header, &field);
    return found && header_text(&header, field, out, size);
}
