/* icmpv6.c - control messages of IPv6, and what errors quote: RFC 4443, 4884; neighbour discovery, RFC 4861; multicast
 * listeners, RFC 3810. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"
#include "vm/protocols/groups.h"
#include "vm/protocols/quote.h"

/* ---- questions, answers, errors ---- */

enum {
    TOO_BIG = 2,
    EXPIRED6 = 3,
    PARAMETER6 = 4,
    ECHO6 = 128,
    ECHO_REPLY6 = 129,
    EXTENDED_ECHO6 = 160,
    EXTENDED_REPLY6
};

static bool is_echo6(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, ECHO6, value) || type_is(frame, ECHO_REPLY6, value);
}

static bool is_extended6(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, EXTENDED_ECHO6, value) || type_is(frame, EXTENDED_REPLY6, value);
}

bool icmpv6_identifier(const CalcFrame *frame, CalcValue *value)
{
    return (is_echo6(frame, value) || is_extended6(frame, value)) && number_be(frame, 4, 2, value);
}

/* Extended ones count in a byte: RFC 8335. */
bool icmpv6_sequence(const CalcFrame *frame, CalcValue *value)
{
    if (is_echo6(frame, value)) return number_be(frame, 6, 2, value);
    return is_extended6(frame, value) && number_be(frame, 6, 1, value);
}

bool icmpv6_echo_data(const CalcFrame *frame, CalcValue *value)
{
    return is_echo6(frame, value) && data_from(frame, 8, value);
}

bool icmpv6_mtu(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, TOO_BIG, value) && number_be(frame, 4, 4, value);
}
bool icmpv6_pointer(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, PARAMETER6, value) && number_be(frame, 4, 4, value);
}

static bool icmpv6_quotes(const CalcFrame *frame, CalcValue *value)
{
    return have(frame, 0, 1, value) && header_of(frame)[0] >= 1 && header_of(frame)[0] <= PARAMETER6;
}

bool icmpv6_quoted(const CalcFrame *frame, CalcValue *value)
{
    if (!icmpv6_quotes(frame, value) || !have(frame, 0, 8, value)) return false;
    u8 type = header_of(frame)[0];
    return quoted_bytes(frame, type == 1 || type == EXPIRED6 ? header_of(frame)[4] * 8u : 0, value);
}

static bool quoted_ipv6(const CalcFrame *frame, CalcFrame *quote, CalcValue *value)
{
    *quote = moved(frame, QUOTE_AT);
    return icmpv6_quotes(frame, value) && have(quote, 0, 1, value) && header_of(quote)[0] >> 4 == 6;
}

static bool quoted_ipv6_number(const CalcFrame *frame, u32 offset, u32 width, CalcValue *value)
{
    CalcFrame quote;
    return quoted_ipv6(frame, &quote, value) && number_be(&quote, offset, width, value);
}

bool icmpv6_quoted_length(const CalcFrame *frame, CalcValue *value) { return quoted_ipv6_number(frame, 4, 2, value); }
bool icmpv6_quoted_next(const CalcFrame *frame, CalcValue *value) { return quoted_ipv6_number(frame, 6, 1, value); }
bool icmpv6_quoted_hops(const CalcFrame *frame, CalcValue *value) { return quoted_ipv6_number(frame, 7, 1, value); }

static bool quoted_ipv6_address(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    CalcFrame quote;
    return quoted_ipv6(frame, &quote, value) && bytes_at(&quote, offset, 16, value);
}

bool icmpv6_quoted_source(const CalcFrame *frame, CalcValue *value) { return quoted_ipv6_address(frame, 8, value); }
bool icmpv6_quoted_destination(const CalcFrame *frame, CalcValue *value)
{
    return quoted_ipv6_address(frame, 24, value);
}

/* Leaves `quote` behind the quoted extension headers; false behind a fragment that is not the first. */
static bool carried_by_ipv6(const CalcFrame *frame, CalcFrame *quote, u8 *protocol, CalcValue *value)
{
    enum { FRAGMENT = 44, AUTHENTICATION = 51 };
    if (!quoted_ipv6(frame, quote, value) || !have(quote, 6, 1, value)) return false;
    *protocol = header_of(quote)[6];
    *quote = moved(quote, 40);
    while (protocol_is_extension(*protocol)) {
        bool fragment = *protocol == FRAGMENT, authentication = *protocol == AUTHENTICATION;
        if (!have(quote, 0, fragment ? 8 : 2, value)) return false;
        const u8 *header = header_of(quote);
        if (fragment && load_be16(header + 2) & 0xfff8) return false;
        *protocol = header[0];
        *quote = moved(quote, fragment ? 8 : authentication ? (header[1] + 2u) * 4 : (header[1] + 1u) * 8);
    }
    return true;
}

static bool icmpv6_quoted_port(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    CalcFrame quote;
    u8 protocol;
    return carried_by_ipv6(frame, &quote, &protocol, value) && has_ports(protocol) &&
           number_be(&quote, offset, 2, value);
}

bool icmpv6_quoted_source_port(const CalcFrame *frame, CalcValue *value) { return icmpv6_quoted_port(frame, 0, value); }
bool icmpv6_quoted_destination_port(const CalcFrame *frame, CalcValue *value)
{
    return icmpv6_quoted_port(frame, 2, value);
}

bool icmpv6_quoted_sequence(const CalcFrame *frame, CalcValue *value)
{
    CalcFrame quote;
    u8 protocol;
    return carried_by_ipv6(frame, &quote, &protocol, value) && protocol == 6 && number_be(&quote, 4, 4, value);
}

/* ---- neighbour discovery, RFC 4861 ---- */

enum { ROUTER_SOLICITATION = 133, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT, REDIRECT6 };

bool nd_target(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    u8 type = header_of(frame)[0];
    return type >= NEIGHBOUR_SOLICITATION && type <= REDIRECT6 && bytes_at(frame, 8, 16, value);
}

bool nd_destination(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, REDIRECT6, value) && bytes_at(frame, 24, 16, value);
}

/* Some bits of a byte or more of a message of that type. */
static bool bits_of(const CalcFrame *frame, u8 type, u32 offset, u32 width, u32 shift, u64 mask, CalcValue *value)
{
    if (!type_is(frame, type, value) || !number_be(frame, offset, width, value)) return false;
    value->number = value->number >> shift & mask;
    return true;
}

static bool bit_of_na(const CalcFrame *frame, u32 shift, CalcValue *value)
{
    return bits_of(frame, NEIGHBOUR_ADVERTISEMENT, 4, 1, shift, 1, value);
}

bool na_message(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, NEIGHBOUR_ADVERTISEMENT, value) && data_from(frame, 0, value);
}
bool na_router(const CalcFrame *frame, CalcValue *value) { return bit_of_na(frame, 7, value); }
bool na_solicited(const CalcFrame *frame, CalcValue *value) { return bit_of_na(frame, 6, value); }
bool na_override(const CalcFrame *frame, CalcValue *value) { return bit_of_na(frame, 5, value); }

static bool part_of_ra(const CalcFrame *frame, u32 offset, u32 width, u32 shift, u64 mask, CalcValue *value)
{
    return bits_of(frame, ROUTER_ADVERTISEMENT, offset, width, shift, mask, value);
}

bool ra_message(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, ROUTER_ADVERTISEMENT, value) && data_from(frame, 0, value);
}
bool ra_hops(const CalcFrame *frame, CalcValue *value) { return part_of_ra(frame, 4, 1, 0, 0xff, value); }
bool ra_flags(const CalcFrame *frame, CalcValue *value) { return part_of_ra(frame, 5, 1, 0, 0xff, value); }
bool ra_managed(const CalcFrame *frame, CalcValue *value) { return part_of_ra(frame, 5, 1, 7, 1, value); }
bool ra_other(const CalcFrame *frame, CalcValue *value) { return part_of_ra(frame, 5, 1, 6, 1, value); }
bool ra_preference(const CalcFrame *frame, CalcValue *value) { return part_of_ra(frame, 5, 1, 3, 3, value); }
bool ra_lifetime(const CalcFrame *frame, CalcValue *value) { return part_of_ra(frame, 6, 2, 0, 0xffff, value); }
bool ra_reachable(const CalcFrame *frame, CalcValue *value) { return part_of_ra(frame, 8, 4, 0, 0xffffffff, value); }
bool ra_retrans(const CalcFrame *frame, CalcValue *value) { return part_of_ra(frame, 12, 4, 0, 0xffffffff, value); }

/* ---- options of neighbour discovery ----
 *
 * Rules: a type, a length in units of 8 bytes, which counts both.  The list ends where the packet does and at an option of
 * length 0; its type and length still count.  An option that claims more than is left is believed as far as the packet
 * goes, and is the last.  A field of an option that is too short for it is absent. */

typedef enum {
    OPTION_SOURCE_LINK = 1,
    OPTION_TARGET_LINK = 2,
    OPTION_PREFIX = 3,
    OPTION_MTU = 5,
    OPTION_DNS_SERVERS = 25,
} OptionType;

typedef struct {
    u32 at, len;
    u8 type;
} Option;

static u32 options_at(u8 type)
{
    switch (type) {
    case ROUTER_SOLICITATION: return 8;
    case ROUTER_ADVERTISEMENT: return 16;
    case NEIGHBOUR_SOLICITATION:
    case NEIGHBOUR_ADVERTISEMENT: return 24;
    case REDIRECT6: return 40;
    default: return 0;
    }
}

static bool next_option(const CalcFrame *frame, CalcValue *value, Option *option)
{
    if (!have(frame, 0, 1, value)) return false;
    u32 at = value->state->at ? value->state->at : options_at(header_of(frame)[0]);
    if (at == 0 || !have(frame, at, 2, value)) return false;
    u32 len = header_of(frame)[at + 1] * 8u, left = frame->wire_end - frame->header - at;
    *option = (Option){at, MAX_OF(MIN_OF(len, left), 2u), header_of(frame)[at]};
    value->state->at = at + (len == 0 || len > left ? left : len);
    return true;
}

bool nd_option(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_option(frame, value, &option) && payload(frame, option.at, option.len, value);
}

bool nd_option_type(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_option(frame, value, &option) && number_be(frame, option.at, 1, value);
}

bool nd_option_length(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_option(frame, value, &option) && number_be(frame, option.at + 1, 1, value);
}

/* The next option of a type that has `len` bytes or more. */
static bool next_of_type(const CalcFrame *frame, OptionType type, u32 len, CalcValue *value, Option *option)
{
    while (next_option(frame, value, option))
        if (option->type == type && option->len >= len) return true;
    return false;
}

static bool option_number(const CalcFrame *frame, OptionType type, u32 len, u32 offset, u32 width, CalcValue *value)
{
    Option option;
    return next_of_type(frame, type, len, value, &option) && number_be(frame, option.at + offset, width, value);
}

/* Ethernet's addresses fill an option of 8 bytes. */
bool nd_link_address(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    while (next_option(frame, value, &option))
        if ((option.type == OPTION_SOURCE_LINK || option.type == OPTION_TARGET_LINK) && option.len == 8)
            return number_be(frame, option.at + 2, 6, value);
    return false;
}

static bool link_address(const CalcFrame *frame, OptionType type, CalcValue *value)
{
    Option option;
    while (next_of_type(frame, type, 8, value, &option))
        if (option.len == 8) return number_be(frame, option.at + 2, 6, value);
    return false;
}

bool nd_source_link(const CalcFrame *frame, CalcValue *value) { return link_address(frame, OPTION_SOURCE_LINK, value); }
bool nd_target_link(const CalcFrame *frame, CalcValue *value) { return link_address(frame, OPTION_TARGET_LINK, value); }

enum { PREFIX_BYTES = 32 };

bool nd_prefix(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_of_type(frame, OPTION_PREFIX, PREFIX_BYTES, value, &option) &&
           bytes_at(frame, option.at + 16, 16, value);
}

static bool prefix_number(const CalcFrame *frame, u32 offset, u32 width, CalcValue *value)
{
    return option_number(frame, OPTION_PREFIX, PREFIX_BYTES, offset, width, value);
}

bool nd_prefix_length(const CalcFrame *frame, CalcValue *value) { return prefix_number(frame, 2, 1, value); }
bool nd_prefix_flags(const CalcFrame *frame, CalcValue *value) { return prefix_number(frame, 3, 1, value); }
bool nd_valid(const CalcFrame *frame, CalcValue *value) { return prefix_number(frame, 4, 4, value); }
bool nd_preferred(const CalcFrame *frame, CalcValue *value) { return prefix_number(frame, 8, 4, value); }

bool nd_mtu(const CalcFrame *frame, CalcValue *value) { return option_number(frame, OPTION_MTU, 8, 4, 4, value); }

/* The state keeps where the next address stands, and how many are left of its option. */
bool nd_dns_server(const CalcFrame *frame, CalcValue *value)
{
    enum { ADDRESSES_AT = 8 };
    CalcState *state = value->state;
    Option option;
    while (state->left == 0) {
        if (!next_of_type(frame, OPTION_DNS_SERVERS, ADDRESSES_AT, value, &option)) return false;
        state->left = (option.len - ADDRESSES_AT) / 16;
        state->word[0] = option.at + ADDRESSES_AT;
    }
    if (!bytes_at(frame, state->word[0], 16, value)) return false;
    state->word[0] += 16;
    state->left--;
    return true;
}

/* ---- multicast listeners: RFC 2710, 3810 ---- */

enum { LISTENER_QUERY = 130, LISTENER_REPORT, LISTENER_DONE, LISTENER_REPORT_2 = 143 };

static const GroupMessage listener = {
    .query = LISTENER_QUERY, .report = LISTENER_REPORT_2, .address_len = 16, .sources_at = 28};

bool mld_delay(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, LISTENER_QUERY, value) && number_be(frame, 4, 2, value);
}

bool mld_group(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    u8 type = header_of(frame)[0];
    if (type == LISTENER_REPORT_2) return mld_record_group(frame, value);
    return type >= LISTENER_QUERY && type <= LISTENER_DONE && value->state->at++ == 0 && bytes_at(frame, 8, 16, value);
}

bool mld_record(const CalcFrame *frame, CalcValue *value)
{
    GroupRecord record;
    return next_record(frame, &listener, value, &record) && payload(frame, record.at, record.len, value);
}
bool mld_record_type(const CalcFrame *frame, CalcValue *value)
{
    GroupRecord record;
    return next_record(frame, &listener, value, &record) && number_be(frame, record.at, 1, value);
}
bool mld_record_group(const CalcFrame *frame, CalcValue *value)
{
    GroupRecord record;
    return next_record(frame, &listener, value, &record) && bytes_at(frame, record.at + 4, 16, value);
}
bool mld_source(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return next_source(frame, &listener, value, &at) && bytes_at(frame, at, 16, value);
}

/* ---- summary ---- */

void describe_icmpv6(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {1, "Destination unreachable"},
        {2, "Packet too big"},
        {3, "Time exceeded"},
        {4, "Parameter problem"},
        {128, "Echo request"},
        {129, "Echo reply"},
        {130, "Listener query"},
        {131, "Listener report"},
        {132, "Listener done"},
        {133, "Router solicitation"},
        {134, "Router advertisement"},
        {135, "Neighbor solicitation"},
        {136, "Neighbor advertisement"},
        {137, "Redirect"},
        {143, "Listener report"},
        {160, "Extended echo request"},
        {161, "Extended echo reply"},
    };
    summary_type(out, frame, FIELD_ICMPV6_TYPE, names, COUNT_OF(names));
    summary_number(out, frame, "Code", FIELD_ICMPV6_CODE);
    summary_number(out, frame, "Id", FIELD_ICMPV6_IDENTIFIER);
    summary_number(out, frame, "Seq", FIELD_ICMPV6_SEQUENCE);
    summary_number(out, frame, "MTU", FIELD_ICMPV6_MTU);
    summary_value(out, frame, "Target", FIELD_ICMPV6_TARGET);
    summary_value(out, frame, "Group", FIELD_ICMPV6_GROUP);
    summary_value(out, frame, "To", FIELD_ICMPV6_QUOTED_DST);
    summary_port(out, frame, "DstPort", FIELD_ICMPV6_QUOTED_DST_PORT);
}
