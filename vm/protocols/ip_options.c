/* ip_options.c - what stands between an IP header and what it carries: the options of IPv4, the extension headers of IPv6
 * and their options, as fields.
 *
 * Always true: a list is followed only while its entries lie inside the header that holds it, and that inside the packet; an
 * entry that does not ends its list. */
#include "vm/protocols/reading.h"

/* ---- IPv4: a type; but for types 0 and 1 a length too, which counts both ---- */

enum {
    OPTIONS_AT = 20,
    OPTION_END = 0,
    OPTION_NOP = 1,
    OPTION_RECORD_ROUTE = 7,
    OPTION_TIMESTAMP = 68,
    OPTION_LOOSE_ROUTE = 131,
    OPTION_ROUTER_ALERT = 148,
    OPTION_STRICT_ROUTE = 137,
    ROUTE_AT = 3, /* where addresses begin in an option */
};

bool ipv4_option(const CalcFrame *frame, CalcValue *value)
{
    u32 at = value->state->at ? value->state->at : OPTIONS_AT, len = 1;
    if (!have(frame, 0, 1, value)) return false;
    u32 header_len = (header_of(frame)[0] & 15) * 4u;
    if (at >= header_len || !have(frame, at, 1, value)) return false;
    u8 type = header_of(frame)[at];
    if (type == OPTION_END) return false;
    if (type != OPTION_NOP) {
        if (!have(frame, at, 2, value)) return false;
        len = header_of(frame)[at + 1];
        if (len < 2) return false;
    }
    if (at + len > header_len || !bytes_at(frame, at, len, value)) return false;
    value->state->at = at + len;
    return true;
}

bool ipv4_option_type(const CalcFrame *frame, CalcValue *value)
{
    if (!ipv4_option(frame, value)) return false;
    value->number = value->bytes[0];
    return true;
}

static bool has_pointer(u8 type)
{
    return type == OPTION_RECORD_ROUTE || type == OPTION_TIMESTAMP || type == OPTION_LOOSE_ROUTE ||
           type == OPTION_STRICT_ROUTE;
}

bool ipv4_option_pointer(const CalcFrame *frame, CalcValue *value)
{
    while (ipv4_option(frame, value)) {
        if (!has_pointer(value->bytes[0]) || value->len < 3) continue;
        value->number = value->bytes[2];
        return true;
    }
    return false;
}

bool ipv4_router_alert(const CalcFrame *frame, CalcValue *value)
{
    while (ipv4_option(frame, value)) {
        if (value->bytes[0] != OPTION_ROUTER_ALERT || value->len != 4) continue;
        value->number = load_be16(value->bytes + 2);
        return true;
    }
    return false;
}

/* Where the addresses of an option end: all of a source route's, those in front of the pointer of a recorded one. */
static u32 route_end(const u8 *option, u32 len)
{
    if (len < ROUTE_AT) return 0;
    switch (option[0]) {
    case OPTION_LOOSE_ROUTE:
    case OPTION_STRICT_ROUTE: return len;
    case OPTION_RECORD_ROUTE: return option[2] ? MIN_OF(len, option[2] - 1u) : 0;
    default: return 0;
    }
}

/* state->word[0], [1]: the next address in the option that was found last, and where its addresses end. */
bool ipv4_option_address(const CalcFrame *frame, CalcValue *value)
{
    CalcState *state = value->state;
    while (state->word[0] == 0 || state->word[0] + 4 > state->word[1]) {
        if (!ipv4_option(frame, value)) return false;
        u32 start = state->at - value->len;
        state->word[0] = start + ROUTE_AT;
        state->word[1] = start + route_end(value->bytes, value->len);
    }
    state->word[0] += 4;
    return number_be(frame, state->word[0] - 4, 4, value);
}

/* ---- IPv6: extension headers ---- */

enum {
    IPV6_BYTES = 40,
    HEADER_HOP_BY_HOP = 0,
    HEADER_ROUTING = 43,
    HEADER_FRAGMENT = 44,
    HEADER_AUTHENTICATION = 51,
    HEADER_NONE = 59,
    HEADER_DESTINATION = 60,
    HEADER_MOBILITY = 135,
};

/* The next extension header, the bytes of it, and its kind as a number.  state->at: where the one behind it stands;
 * state->word[0]: of which kind that is.  Behind a fragment that is not the first there is no header. */
bool ipv6_extension(const CalcFrame *frame, CalcValue *value)
{
    CalcState *state = value->state;
    if (!have(frame, 0, 7, value)) return false;
    u32 at = state->at ? state->at : IPV6_BYTES;
    u8 kind = (u8)(state->at ? state->word[0] : header_of(frame)[6]);
    if (!protocol_is_extension(kind) || !have(frame, at, 2, value)) return false;
    const u8 *header = header_of(frame) + at;
    u32 size = kind == HEADER_FRAGMENT         ? 8
               : kind == HEADER_AUTHENTICATION ? (header[1] + 2u) * 4
                                               : (header[1] + 1u) * 8;
    if (!bytes_at(frame, at, size, value)) return false;
    bool later_fragment = kind == HEADER_FRAGMENT && load_be16(header + 2) & 0xfff8;
    state->at = at + size;
    state->word[0] = later_fragment ? HEADER_NONE : header[0];
    value->number = kind;
    return true;
}

bool ipv6_extension_type(const CalcFrame *frame, CalcValue *value) { return ipv6_extension(frame, value); }

static bool extension_of(const CalcFrame *frame, u8 kind, CalcValue *value)
{
    while (ipv6_extension(frame, value))
        if (value->number == kind) return true;
    return false;
}

/* `width` bytes at `at` of the next header of that kind, as a number. */
static bool extension_number(const CalcFrame *frame, u8 kind, u32 at, u32 width, CalcValue *value)
{
    if (!extension_of(frame, kind, value)) return false;
    value->number = 0;
    for (u32 i = 0; i < width; i++) value->number = value->number << 8 | value->bytes[at + i]; /* 8 bytes at least */
    return true;
}

bool ipv6_hop_by_hop(const CalcFrame *frame, CalcValue *value) { return extension_of(frame, HEADER_HOP_BY_HOP, value); }

bool ipv6_destination_options(const CalcFrame *frame, CalcValue *value)
{
    return extension_of(frame, HEADER_DESTINATION, value);
}

bool ipv6_routing(const CalcFrame *frame, CalcValue *value) { return extension_of(frame, HEADER_ROUTING, value); }
bool ipv6_fragment(const CalcFrame *frame, CalcValue *value) { return extension_of(frame, HEADER_FRAGMENT, value); }
bool ipv6_mobility(const CalcFrame *frame, CalcValue *value) { return extension_of(frame, HEADER_MOBILITY, value); }

bool ipv6_routing_type(const CalcFrame *frame, CalcValue *value)
{
    return extension_number(frame, HEADER_ROUTING, 2, 1, value);
}

bool ipv6_segments_left(const CalcFrame *frame, CalcValue *value)
{
    return extension_number(frame, HEADER_ROUTING, 3, 1, value);
}

bool ipv6_mobility_type(const CalcFrame *frame, CalcValue *value)
{
    return extension_number(frame, HEADER_MOBILITY, 2, 1, value);
}

bool ipv6_fragment_id(const CalcFrame *frame, CalcValue *value)
{
    return extension_number(frame, HEADER_FRAGMENT, 4, 4, value);
}

bool ipv6_fragment_offset(const CalcFrame *frame, CalcValue *value)
{
    if (!extension_number(frame, HEADER_FRAGMENT, 2, 2, value)) return false;
    value->number >>= 3;
    return true;
}

bool ipv6_more_fragments(const CalcFrame *frame, CalcValue *value)
{
    if (!extension_number(frame, HEADER_FRAGMENT, 2, 2, value)) return false;
    value->number &= 1;
    return true;
}

/* ---- lists inside extension headers: state->word[1], [2] are the next entry and where the list ends ---- */

/* At the end of one list, the next header of that kind opens another, at `from`; false: there is none. */
static bool list_goes_on(const CalcFrame *frame, u8 kind, u32 from, CalcValue *value)
{
    CalcState *state = value->state;
    while (state->word[1] >= state->word[2]) {
        if (!extension_of(frame, kind, value)) return false;
        state->word[1] = state->at - value->len + from;
        state->word[2] = state->at;
    }
    return true;
}

/* An option: a type, and but for type 0 a length of the data behind both. */
static bool next_option(const CalcFrame *frame, u8 kind, CalcValue *value)
{
    CalcState *state = value->state;
    while (list_goes_on(frame, kind, 2, value)) {
        const u8 *option = header_of(frame) + state->word[1];
        u32 room = state->word[2] - state->word[1], len = option[0] == 0 ? 1 : room < 2 ? UINT32_MAX : 2u + option[1];
        if (len > room) {
            state->word[1] = state->word[2]; /* this list ends here */
            continue;
        }
        state->word[1] += len;
        return bytes_at(frame, state->word[1] - len, len, value);
    }
    return false;
}

static bool option_type(const CalcFrame *frame, u8 kind, CalcValue *value)
{
    if (!next_option(frame, kind, value)) return false;
    value->number = value->bytes[0];
    return true;
}

/* The data of the next option of that type and size. */
static bool option_data(const CalcFrame *frame, u8 kind, u8 type, u32 size, CalcValue *value)
{
    while (next_option(frame, kind, value)) {
        if (value->bytes[0] != type || value->len != 2 + size) continue;
        value->bytes += 2;
        value->len = size;
        return true;
    }
    return false;
}

enum { ROUTER_ALERT = 5, JUMBO_PAYLOAD = 0xc2, HOME_ADDRESS = 0xc9 };

bool ipv6_hop_option(const CalcFrame *frame, CalcValue *value) { return next_option(frame, HEADER_HOP_BY_HOP, value); }

bool ipv6_hop_option_type(const CalcFrame *frame, CalcValue *value)
{
    return option_type(frame, HEADER_HOP_BY_HOP, value);
}

bool ipv6_destination_option(const CalcFrame *frame, CalcValue *value)
{
    return next_option(frame, HEADER_DESTINATION, value);
}

bool ipv6_destination_option_type(const CalcFrame *frame, CalcValue *value)
{
    return option_type(frame, HEADER_DESTINATION, value);
}

bool ipv6_jumbo(const CalcFrame *frame, CalcValue *value)
{
    if (!option_data(frame, HEADER_HOP_BY_HOP, JUMBO_PAYLOAD, 4, value)) return false;
    value->number = load_be32(value->bytes);
    return true;
}

bool ipv6_router_alert(const CalcFrame *frame, CalcValue *value)
{
    if (!option_data(frame, HEADER_HOP_BY_HOP, ROUTER_ALERT, 2, value)) return false;
    value->number = load_be16(value->bytes);
    return true;
}

bool ipv6_home_address(const CalcFrame *frame, CalcValue *value)
{
    return option_data(frame, HEADER_DESTINATION, HOME_ADDRESS, 16, value);
}

/* Bytes of a routing header behind which no address stands: those of type 4 say where the last one is, and optional
 * objects may follow. */
static u32 route_addresses_end(const u8 *header, u32 size)
{
    switch (header[2]) {
    case 0: return size;
    case 2: return MIN_OF(size, 24u);
    case 4: return MIN_OF(size, 8 + (header[4] + 1u) * 16);
    default: return 0;
    }
}

bool ipv6_routing_address(const CalcFrame *frame, CalcValue *value)
{
    CalcState *state = value->state;
    while (state->word[1] == 0 || state->word[1] + 16 > state->word[2]) {
        if (!extension_of(frame, HEADER_ROUTING, value)) return false;
        u32 start = state->at - value->len;
        state->word[1] = start + 8;
        state->word[2] = start + route_addresses_end(value->bytes, value->len);
    }
    state->word[1] += 16;
    return bytes_at(frame, state->word[1] - 16, 16, value);
}
