/* icmp.c - control messages of IPv4, and what errors quote: RFC 792, 950, 1191, 1256, 4884. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"
#include "vm/protocols/quote.h"

/* ---- ICMP: questions and answers ---- */

enum { ECHO_REPLY = 0, UNREACHABLE = 3, QUENCH = 4, REDIRECT = 5, ECHO = 8, ROUTER = 9, EXPIRED = 11, PARAMETER = 12 };
enum { TIMESTAMP = 13, TIMESTAMP_REPLY = 14, MASK = 17, MASK_REPLY = 18, EXTENDED_ECHO = 42, EXTENDED_REPLY };

/* Only questions and answers carry an identifier. */
static bool is_numbered(u8 type)
{
    return type == ECHO_REPLY || type == ECHO || (type >= TIMESTAMP && type <= MASK_REPLY);
}

static bool is_extended(u8 type) { return type == EXTENDED_ECHO || type == EXTENDED_REPLY; }

bool icmp_identifier(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    u8 type = header_of(frame)[0];
    return (is_numbered(type) || is_extended(type)) && number_be(frame, 4, 2, value);
}

/* Extended ones count in a byte: RFC 8335. */
bool icmp_sequence(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    u8 type = header_of(frame)[0];
    return (is_numbered(type) || is_extended(type)) && number_be(frame, 6, is_extended(type) ? 1 : 2, value);
}

bool icmp_echo_data(const CalcFrame *frame, CalcValue *value)
{
    if (!type_is(frame, ECHO, value) && !type_is(frame, ECHO_REPLY, value)) return false;
    return data_from(frame, 8, value);
}

bool icmp_mtu(const CalcFrame *frame, CalcValue *value)
{
    enum { FRAGMENTATION_NEEDED = 4 };
    if (!type_is(frame, UNREACHABLE, value) || !have(frame, 1, 1, value)) return false;
    return header_of(frame)[1] == FRAGMENTATION_NEEDED && number_be(frame, 6, 2, value);
}

bool icmp_gateway(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, REDIRECT, value) && number_be(frame, 4, 4, value);
}

bool icmp_pointer(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, PARAMETER, value) && number_be(frame, 4, 1, value);
}

static bool icmp_time(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    if (!type_is(frame, TIMESTAMP, value) && !type_is(frame, TIMESTAMP_REPLY, value)) return false;
    return number_be(frame, offset, 4, value);
}

bool icmp_originate(const CalcFrame *frame, CalcValue *value) { return icmp_time(frame, 8, value); }
bool icmp_receive(const CalcFrame *frame, CalcValue *value) { return icmp_time(frame, 12, value); }
bool icmp_transmit(const CalcFrame *frame, CalcValue *value) { return icmp_time(frame, 16, value); }

bool icmp_mask(const CalcFrame *frame, CalcValue *value)
{
    if (!type_is(frame, MASK, value) && !type_is(frame, MASK_REPLY, value)) return false;
    return number_be(frame, 8, 4, value);
}

/* ---- ICMP: router advertisements, RFC 1256 ---- */

bool icmp_lifetime(const CalcFrame *frame, CalcValue *value)
{
    return type_is(frame, ROUTER, value) && number_be(frame, 6, 2, value);
}

/* As many entries as the message says; entries of less than two words, an address and a preference, are none. */
static bool next_entry(const CalcFrame *frame, CalcValue *value, u32 offset)
{
    if (!type_is(frame, ROUTER, value) || !have(frame, 4, 2, value)) return false;
    u32 count = header_of(frame)[4], words = header_of(frame)[5], at = value->state->at;
    if (at >= count || words < 2) return false;
    value->state->at++;
    return number_be(frame, 8 + at * words * 4 + offset, 4, value);
}

bool icmp_router(const CalcFrame *frame, CalcValue *value) { return next_entry(frame, value, 0); }
bool icmp_preference(const CalcFrame *frame, CalcValue *value)
{
    if (!next_entry(frame, value, 4)) return false;
    value->number = (u64)(i64)(int32_t)value->number;
    return true;
}

/* ---- what an error quotes: quote.h has the rules ---- */

static bool icmp_quotes(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    u8 type = header_of(frame)[0];
    return type == UNREACHABLE || type == QUENCH || type == REDIRECT || type == EXPIRED || type == PARAMETER;
}

/* Only RFC 4884's messages say how much they quote. */
bool icmp_quoted(const CalcFrame *frame, CalcValue *value)
{
    if (!icmp_quotes(frame, value) || !have(frame, 0, 8, value)) return false;
    u8 type = header_of(frame)[0];
    bool counts = type == UNREACHABLE || type == EXPIRED || type == PARAMETER;
    return quoted_bytes(frame, counts ? header_of(frame)[5] * 4u : 0, value);
}

/* Leaves `quote` at a quoted IPv4 header whose first byte is right. */
static bool quoted_ipv4(const CalcFrame *frame, CalcFrame *quote, CalcValue *value)
{
    *quote = moved(frame, QUOTE_AT);
    if (!icmp_quotes(frame, value) || !have(quote, 0, 1, value)) return false;
    u8 first = header_of(quote)[0];
    return first >> 4 == 4 && (first & 15) >= 5;
}

static bool quoted_ipv4_number(const CalcFrame *frame, u32 offset, u32 width, CalcValue *value)
{
    CalcFrame quote;
    return quoted_ipv4(frame, &quote, value) && number_be(&quote, offset, width, value);
}

bool icmp_quoted_length(const CalcFrame *frame, CalcValue *value) { return quoted_ipv4_number(frame, 2, 2, value); }
bool icmp_quoted_id(const CalcFrame *frame, CalcValue *value) { return quoted_ipv4_number(frame, 4, 2, value); }
bool icmp_quoted_ttl(const CalcFrame *frame, CalcValue *value) { return quoted_ipv4_number(frame, 8, 1, value); }
bool icmp_quoted_next(const CalcFrame *frame, CalcValue *value) { return quoted_ipv4_number(frame, 9, 1, value); }
bool icmp_quoted_source(const CalcFrame *frame, CalcValue *value) { return quoted_ipv4_number(frame, 12, 4, value); }
bool icmp_quoted_destination(const CalcFrame *frame, CalcValue *value)
{
    return quoted_ipv4_number(frame, 16, 4, value);
}

/* Leaves `quote` at what the quoted IPv4 packet carries. */
static bool carried_by_ipv4(const CalcFrame *frame, CalcFrame *quote, u8 *protocol, CalcValue *value)
{
    if (!quoted_ipv4(frame, quote, value) || !have(quote, 0, 10, value)) return false;
    const u8 *header = header_of(quote);
    if (load_be16(header + 6) & 0x1fff) return false;
    *protocol = header[9];
    *quote = moved(quote, (header[0] & 15) * 4u);
    return true;
}

static bool icmp_quoted_port(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    CalcFrame quote;
    u8 protocol;
    return carried_by_ipv4(frame, &quote, &protocol, value) && has_ports(protocol) &&
           number_be(&quote, offset, 2, value);
}

bool icmp_quoted_source_port(const CalcFrame *frame, CalcValue *value) { return icmp_quoted_port(frame, 0, value); }
bool icmp_quoted_destination_port(const CalcFrame *frame, CalcValue *value)
{
    return icmp_quoted_port(frame, 2, value);
}

bool icmp_quoted_sequence(const CalcFrame *frame, CalcValue *value)
{
    CalcFrame quote;
    u8 protocol;
    return carried_by_ipv4(frame, &quote, &protocol, value) && protocol == 6 && number_be(&quote, 4, 4, value);
}

/* ---- summary ---- */

void describe_icmp(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {0, "Echo reply"},           {3, "Destination unreachable"},
        {4, "Source quench"},        {5, "Redirect"},
        {8, "Echo request"},         {9, "Router advertisement"},
        {10, "Router solicitation"}, {11, "Time exceeded"},
        {12, "Parameter problem"},   {13, "Timestamp"},
        {14, "Timestamp reply"},     {17, "Address mask request"},
        {18, "Address mask reply"},  {42, "Extended echo request"},
        {43, "Extended echo reply"},
    };
    summary_type(out, frame, FIELD_ICMP_TYPE, names, COUNT_OF(names));
    summary_number(out, frame, "Code", FIELD_ICMP_CODE);
    summary_number(out, frame, "Id", FIELD_ICMP_IDENTIFIER);
    summary_number(out, frame, "Seq", FIELD_ICMP_SEQUENCE);
    summary_number(out, frame, "NextHopMTU", FIELD_ICMP_MTU);
    summary_value(out, frame, "Gateway", FIELD_ICMP_GATEWAY);
    summary_value(out, frame, "To", FIELD_ICMP_QUOTED_DST);
    summary_port(out, frame, "DstPort", FIELD_ICMP_QUOTED_DST_PORT);
}
