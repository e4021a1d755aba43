/* property.c - NetMon's frame properties, worked out of all the headers of a frame. */
#include "vm/protocols/reading.h"

static bool make_text(CalcValue *value, const char *text)
{
    value->bytes = value->room;
    value->len = (u32)MIN_OF(strlen(text), (size_t)TEXT_MAX);
    memcpy(value->room, text, value->len);
    return true;
}

bool property_protocol_name(const CalcFrame *frame, CalcValue *value)
{
    u32 count = frame->layers->count;
    return count > 0 && make_text(value, proto_info[frame->layers->layer[count - 1].proto].name);
}
