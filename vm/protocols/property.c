/* property.c - NetMon's frame properties, worked out of all the headers of a frame.
 *
 * The rule for frames cut short: where a header further in, which the property would speak of, may lie in the part that was
 * not captured, a number is absent; text is that of the headers that are there, and open. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"

/* A frame may have said more in the part that was not captured: then a test that fails counts as cut. */
static bool open_where_missing(const CalcFrame *frame, CalcValue *value)
{
    value->open = frame->missing != 0;
    return true;
}

bool property_protocol_name(const CalcFrame *frame, CalcValue *value)
{
    u32 count = frame->layers->count;
    value->cut = frame->missing != 0;
    return count > 0 && give_word(value, proto_info[frame->layers->layer[count - 1].proto].name) &&
           open_where_missing(frame, value);
}

/* ---- in words ---- */

static bool give_description(const CalcFrame *frame, const Layer *layer, CalcValue *value)
{
    char text[TEXT_MAX + 1];
    const char *name = proto_info[layer->proto].name;
    CalcFrame header = frame_at(frame, layer);
    size_t prefix = strlen(name);
    memcpy(text, name, prefix);
    text[prefix++] = ':';
    Summary words = {.text = text + prefix, .size = sizeof text - prefix};
    describe_header(&words, &header, (Proto)layer->proto);
    value->bytes = value->room;
    value->len = (u32)(prefix + words.used);
    memcpy(value->room, text, value->len);
    value->open = words.cut;
    return true;
}

bool property_description(const CalcFrame *frame, CalcValue *value)
{
    u32 count = frame->layers->count;
    value->cut = frame->missing != 0;
    if (count == 0 || !give_description(frame, &frame->layers->layer[count - 1], value)) return false;
    return value->open || open_where_missing(frame, value);
}

bool property_tcp_description(const CalcFrame *frame, CalcValue *value)
{
    value->cut = frame->missing >> PROTO_TCP & 1;
    for (u32 i = frame->layers->count; i-- > 0;)
        if (frame->layers->layer[i].proto == PROTO_TCP) return give_description(frame, &frame->layers->layer[i], value);
    return false;
}

/* ---- the two ends ---- */

/* As text, in the room of the value. */
static bool give_end(const CalcFrame *frame, EndsKind kind, End end, CalcValue *value)
{
    ValueType type;
    CalcValue found;
    if (!find_end(frame, kind, end, &type, &found, &value->cut)) return false;
    char *room = (char *)value->room;
    value->bytes = value->room;
    value->len = (u32)(type_info[type].slice ? value_print_bytes(room, TEXT_MAX, type, found.bytes, found.len)
                                             : value_print_number(room, TEXT_MAX, type, found.number));
    value->open = value->cut;
    return true;
}

static bool give_any_end(const CalcFrame *frame, End end, CalcValue *value)
{
    if (give_end(frame, ENDS_NETWORK, end, value)) return true;
    bool cut = value->cut;
    bool found = give_end(frame, ENDS_LINK, end, value);
    value->open = found && (cut || value->cut);
    value->cut = cut || value->cut;
    return found;
}

bool property_source(const CalcFrame *frame, CalcValue *value) { return give_any_end(frame, END_SOURCE, value); }
bool property_destination(const CalcFrame *frame, CalcValue *value)
{
    return give_any_end(frame, END_DESTINATION, value);
}

bool property_source_network(const CalcFrame *frame, CalcValue *value)
{
    return give_end(frame, ENDS_NETWORK, END_SOURCE, value);
}
bool property_destination_network(const CalcFrame *frame, CalcValue *value)
{
    return give_end(frame, ENDS_NETWORK, END_DESTINATION, value);
}

static bool give_port(const CalcFrame *frame, End end, CalcValue *value)
{
    ValueType type;
    CalcValue found;
    if (!find_end(frame, ENDS_PORT, end, &type, &found, &value->cut) || value->cut) return false;
    value->number = found.number;
    return true;
}

bool property_source_port(const CalcFrame *frame, CalcValue *value) { return give_port(frame, END_SOURCE, value); }
bool property_destination_port(const CalcFrame *frame, CalcValue *value)
{
    return give_port(frame, END_DESTINATION, value);
}

/* ---- the innermost IP header ---- */

static const Layer *innermost_ip(const CalcFrame *frame, CalcValue *value)
{
    value->cut = frame->missing & ((u64)1 << PROTO_IPV4 | (u64)1 << PROTO_IPV6);
    for (u32 i = frame->layers->count; !value->cut && i-- > 0;) {
        const Layer *layer = &frame->layers->layer[i];
        if (layer->proto == PROTO_IPV4 || layer->proto == PROTO_IPV6) return layer;
    }
    return NULL;
}

bool property_network_direction(const CalcFrame *frame, CalcValue *value)
{
    const Layer *ip = innermost_ip(frame, value);
    if (!ip) return false;
    CalcFrame header = frame_at(frame, ip);
    u32 at = ip->proto == PROTO_IPV4 ? 12 : 8, len = ip->proto == PROTO_IPV4 ? 4 : 16;
    if (!have(&header, at, 2 * len, value)) return false;
    int order = memcmp(header_of(&header) + at, header_of(&header) + at + len, len);
    value->number = order > 0 ? 1 : order < 0 ? 2 : 0;
    return true;
}

bool property_ip_payload_length(const CalcFrame *frame, CalcValue *value)
{
    const Layer *ip = innermost_ip(frame, value);
    if (!ip) return false;
    CalcFrame header = frame_at(frame, ip);
    if (ip->proto == PROTO_IPV4) return ipv4_payload_length(&header, value);
    u32 length;
    if (!have(&header, 0, 6, value) || !wire_length(&header, 40, &length)) return false;
    value->number = length;
    return true;
}
