/* dhcpv6.c - settings of hosts: RFC 8415.
 *
 * Rules: messages 12 and 13 are a relay's; the message inside, option 9, is a header of its own.  Every other type begins as
 * a client's or server's.  An option that does not fit what holds it is none, and ends it: the message, an identity
 * association (3, 4, 25) that is an option of the message, or an address or prefix (5, 26) in one of those.  Options of other
 * places that could hold options are not looked into. */
#include "vm/protocols/describe.h"
#include "vm/protocols/names.h"

#include "vm/walk.h"

enum {
    CLIENT_ID = 1,
    SERVER_ID = 2,
    IANA = 3,
    IATA = 4,
    IAADDR = 5,
    OPTION_REQUEST = 6,
    ELAPSED_TIME = 8,
    RELAY_MESSAGE = 9,
    STATUS_CODE = 13,
    RAPID_COMMIT = 14,
    DOMAIN_LIST = 24,
    IAPD = 25,
    IAPREFIX = 26,
    CLIENT_FQDN = 39,
};
enum { HEADER_BYTES = 4, RELAY_BYTES = 34, OPTION_BYTES = 4 };

static bool is_relay(u8 type) { return type == 12 || type == 13; }
static u32 options_at(u8 type) { return is_relay(type) ? RELAY_BYTES : HEADER_BYTES; }

/* To the first message that a relay passes on. */
Step walk_dhcpv6(Walk *w)
{
    u8 type = w->data[w->at];
    if (!is_relay(type)) return STEP_NONE;
    w->at += options_at(type);
    while (walk_need(w, OPTION_BYTES)) {
        const u8 *option = w->data + w->at;
        u32 code = load_be16(option), len = load_be16(option + 2);
        w->at += OPTION_BYTES;
        if (len > w->end - w->at) return STEP_NONE;
        if (code == RELAY_MESSAGE) {
            w->end = w->at + len;
            return STEP_DHCPV6;
        }
        w->at += len;
    }
    return STEP_NONE;
}

/* ---- what stands in front of the options ---- */

static bool of_kind(const CalcFrame *frame, bool relay, CalcValue *value)
{
    return have(frame, 0, 1, value) && is_relay(header_of(frame)[0]) == relay;
}

bool dhcpv6_transaction(const CalcFrame *frame, CalcValue *value)
{
    return of_kind(frame, false, value) && number_be(frame, 1, 3, value);
}

bool dhcpv6_hops(const CalcFrame *frame, CalcValue *value)
{
    return of_kind(frame, true, value) && number_be(frame, 1, 1, value);
}

bool dhcpv6_link_address(const CalcFrame *frame, CalcValue *value)
{
    return of_kind(frame, true, value) && bytes_at(frame, 2, 16, value);
}

bool dhcpv6_peer_address(const CalcFrame *frame, CalcValue *value)
{
    return of_kind(frame, true, value) && bytes_at(frame, 18, 16, value);
}

/* ---- one option after the other, those inside behind the one that holds them ---- */

/* The words of a state: where the association ends that is open, and the address in it (0: none is); in the option found
 * last, the next value and its end. */
enum { IN_ASSOCIATION, IN_ADDRESS, ITEM, ITEM_END };

typedef struct {
    u32 at, len; /* of its data */
    u32 type;
} Option;

/* Where the options of an option begin, and the word that keeps where they end; 0: it has none. */
static u32 inner_options(const u32 *word, u32 type, u32 *level)
{
    *level = word[IN_ASSOCIATION] ? IN_ADDRESS : IN_ASSOCIATION;
    if (word[IN_ADDRESS]) return 0;
    bool outer = *level == IN_ASSOCIATION;
    switch (type) {
    case IANA:
    case IAPD: return outer ? 12 : 0;
    case IATA: return outer ? 4 : 0;
    case IAADDR: return outer ? 0 : 24;
    case IAPREFIX: return outer ? 0 : 25;
    default: return 0;
    }
}

/* Closes what has ended at `at`, and gives where the innermost that has not does. */
static u32 open_end(const CalcFrame *frame, u32 *word, u32 at)
{
    if (at >= word[IN_ADDRESS]) word[IN_ADDRESS] = 0;
    if (at >= word[IN_ASSOCIATION]) word[IN_ASSOCIATION] = 0;
    if (word[IN_ADDRESS]) return word[IN_ADDRESS];
    return word[IN_ASSOCIATION] ? word[IN_ASSOCIATION] : frame->wire_end - frame->header;
}

static bool next_option(const CalcFrame *frame, CalcValue *value, Option *option)
{
    CalcState *state = value->state;
    u32 *word = state->word;
    if (!have(frame, 0, 1, value)) return false;
    if (state->at == 0) state->at = options_at(header_of(frame)[0]);
    for (;;) {
        u32 at = state->at, end = open_end(frame, word, at), level;
        if (!have(frame, at, 1, value)) return false;
        state->at = end;
        if (end - at < OPTION_BYTES) continue;
        if (!have(frame, at, OPTION_BYTES, value)) return false;
        const u8 *header = header_of(frame) + at;
        *option = (Option){at + OPTION_BYTES, load_be16(header + 2), load_be16(header)};
        if (option->len > end - option->at) continue;
        state->at = option->at + option->len;
        u32 inner = inner_options(word, option->type, &level);
        if (inner && inner < option->len) {
            word[level] = state->at;
            state->at = option->at + inner;
        }
        return true;
    }
}

static bool next_of_type(const CalcFrame *frame, u32 type, u32 least, CalcValue *value, Option *option)
{
    while (next_option(frame, value, option))
        if (option->type == type && option->len >= least) return true;
    return false;
}

/* As far as captured: a relayed message is an option, too. */
static bool data_from(const CalcFrame *frame, u32 at, u32 len, CalcValue *value)
{
    return len == 0 ? bytes_at(frame, at, 0, value) : payload(frame, at, len, value);
}

bool dhcpv6_option(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_option(frame, value, &option) &&
           data_from(frame, option.at - OPTION_BYTES, option.len + OPTION_BYTES, value);
}

bool dhcpv6_option_type(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    if (!next_option(frame, value, &option)) return false;
    value->number = option.type;
    return true;
}

bool dhcpv6_option_length(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    if (!next_option(frame, value, &option)) return false;
    value->number = option.len;
    return true;
}

bool dhcpv6_option_data(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_option(frame, value, &option) && data_from(frame, option.at, option.len, value);
}

/* ---- what kinds of option hold ---- */

/* All from `from` on; the option has `least` bytes. */
static bool option_bytes(const CalcFrame *frame, u32 type, u32 least, u32 from, CalcValue *value)
{
    Option option;
    return next_of_type(frame, type, least, value, &option) &&
           data_from(frame, option.at + from, option.len - from, value);
}

/* A number at `from` of an option that has `least` bytes. */
static bool option_number(const CalcFrame *frame, u32 type, u32 least, u32 from, u32 width, CalcValue *value)
{
    Option option;
    return next_of_type(frame, type, least, value, &option) && number_be(frame, option.at + from, width, value);
}

static bool option_ip(const CalcFrame *frame, u32 type, u32 least, u32 from, CalcValue *value)
{
    Option option;
    return next_of_type(frame, type, least, value, &option) && bytes_at(frame, option.at + from, 16, value);
}

/* The place of the next item of `width` bytes, one behind the other, those that are whole. */
static bool option_item(const CalcFrame *frame, u32 type, u32 width, CalcValue *value, u32 *at)
{
    u32 *word = value->state->word;
    Option option;
    while (word[ITEM] + width > word[ITEM_END]) {
        if (!next_of_type(frame, type, width, value, &option)) return false;
        word[ITEM] = option.at;
        word[ITEM_END] = option.at + option.len;
    }
    *at = word[ITEM];
    word[ITEM] += width;
    return true;
}

static bool option_ips(const CalcFrame *frame, u32 type, CalcValue *value)
{
    u32 at;
    return option_item(frame, type, 16, value, &at) && bytes_at(frame, at, 16, value);
}

#define FIELD_OF(name, call)                                                                                           \
    bool dhcpv6_##name(const CalcFrame *frame, CalcValue *value) { return call; }

FIELD_OF(client, option_bytes(frame, CLIENT_ID, 2, 0, value))
FIELD_OF(client_type, option_number(frame, CLIENT_ID, 2, 0, 2, value))
FIELD_OF(server, option_bytes(frame, SERVER_ID, 2, 0, value))
FIELD_OF(server_type, option_number(frame, SERVER_ID, 2, 0, 2, value))
FIELD_OF(iana, option_bytes(frame, IANA, 12, 0, value))
FIELD_OF(iana_id, option_number(frame, IANA, 12, 0, 4, value))
FIELD_OF(iana_t1, option_number(frame, IANA, 12, 4, 4, value))
FIELD_OF(iana_t2, option_number(frame, IANA, 12, 8, 4, value))
FIELD_OF(iata, option_bytes(frame, IATA, 4, 0, value))
FIELD_OF(iata_id, option_number(frame, IATA, 4, 0, 4, value))
FIELD_OF(iapd, option_bytes(frame, IAPD, 12, 0, value))
FIELD_OF(iapd_id, option_number(frame, IAPD, 12, 0, 4, value))
FIELD_OF(iapd_t1, option_number(frame, IAPD, 12, 4, 4, value))
FIELD_OF(iapd_t2, option_number(frame, IAPD, 12, 8, 4, value))
FIELD_OF(address, option_bytes(frame, IAADDR, 24, 0, value))
FIELD_OF(address_ip, option_ip(frame, IAADDR, 24, 0, value))
FIELD_OF(address_preferred, option_number(frame, IAADDR, 24, 16, 4, value))
FIELD_OF(address_valid, option_number(frame, IAADDR, 24, 20, 4, value))
FIELD_OF(prefix, option_bytes(frame, IAPREFIX, 25, 0, value))
FIELD_OF(prefix_preferred, option_number(frame, IAPREFIX, 25, 0, 4, value))
FIELD_OF(prefix_valid, option_number(frame, IAPREFIX, 25, 4, 4, value))
FIELD_OF(prefix_length, option_number(frame, IAPREFIX, 25, 8, 1, value))
FIELD_OF(prefix_ip, option_ip(frame, IAPREFIX, 25, 9, value))
FIELD_OF(preference, option_number(frame, 7, 1, 0, 1, value))
FIELD_OF(status, option_number(frame, STATUS_CODE, 2, 0, 2, value))
FIELD_OF(status_text, option_bytes(frame, STATUS_CODE, 2, 2, value))
FIELD_OF(rapid, option_bytes(frame, RAPID_COMMIT, 0, 0, value))
FIELD_OF(user_class, option_bytes(frame, 15, 0, 0, value))
FIELD_OF(vendor_class, option_bytes(frame, 16, 4, 4, value))
FIELD_OF(vendor_class_id, option_number(frame, 16, 4, 0, 4, value))
FIELD_OF(vendor, option_bytes(frame, 17, 4, 4, value))
FIELD_OF(vendor_id, option_number(frame, 17, 4, 0, 4, value))
FIELD_OF(interface, option_bytes(frame, 18, 0, 0, value))
FIELD_OF(name_server, option_ips(frame, 23, value))
FIELD_OF(sntp, option_ips(frame, 31, value))
FIELD_OF(remote, option_bytes(frame, 37, 4, 4, value))
FIELD_OF(fqdn, option_bytes(frame, CLIENT_FQDN, 1, 0, value))
FIELD_OF(fqdn_flags, option_number(frame, CLIENT_FQDN, 1, 0, 1, value))
FIELD_OF(boot_file, option_bytes(frame, 59, 0, 0, value))

bool dhcpv6_requests(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return option_item(frame, OPTION_REQUEST, 2, value, &at) && number_be(frame, at, 2, value);
}

bool dhcpv6_elapsed(const CalcFrame *frame, CalcValue *value)
{
    enum { UNITS_A_STEP = 100 * 1000 }; /* 10 ms in units of 100 ns */
    if (!option_number(frame, ELAPSED_TIME, 2, 0, 2, value)) return false;
    value->number *= UNITS_A_STEP;
    return true;
}

/* ---- DUIDs: a type, of hardware 1 is Ethernet; then of type 1 a time ---- */

static bool duid_mac(const CalcFrame *frame, u32 option_type, CalcValue *value)
{
    enum { WITH_TIME = 1, WITHOUT_TIME = 3, ETHERNET = 1, MAC_BYTES = 6 };
    Option option;
    while (next_of_type(frame, option_type, 4, value, &option)) {
        if (!have(frame, option.at, 4, value)) return false;
        const u8 *duid = header_of(frame) + option.at;
        u32 type = load_be16(duid), from = type == WITH_TIME ? 8 : 4;
        bool fits = (type == WITH_TIME || type == WITHOUT_TIME) && option.len == from + MAC_BYTES;
        if (fits && load_be16(duid + 2) == ETHERNET) return number_be(frame, option.at + from, MAC_BYTES, value);
    }
    return false;
}

static bool duid_enterprise(const CalcFrame *frame, u32 option_type, CalcValue *value)
{
    enum { OF_VENDOR = 2 };
    Option option;
    while (next_of_type(frame, option_type, 6, value, &option)) {
        if (!number_be(frame, option.at, 2, value)) return false;
        if (value->number == OF_VENDOR) return number_be(frame, option.at + 2, 4, value);
    }
    return false;
}

FIELD_OF(client_mac, duid_mac(frame, CLIENT_ID, value))
FIELD_OF(client_enterprise, duid_enterprise(frame, CLIENT_ID, value))
FIELD_OF(server_mac, duid_mac(frame, SERVER_ID, value))
FIELD_OF(server_enterprise, duid_enterprise(frame, SERVER_ID, value))

/* ---- names: pointers are none, and a list ends where no name is ---- */

bool dhcpv6_domains(const CalcFrame *frame, CalcValue *value)
{
    u32 *word = value->state->word, used;
    Option option;
    for (;;) {
        while (word[ITEM] >= word[ITEM_END]) {
            if (!next_of_type(frame, DOMAIN_LIST, 1, value, &option) || !have(frame, option.at, option.len, value))
                return false;
            word[ITEM] = option.at;
            word[ITEM_END] = option.at + option.len;
        }
        u32 at = word[ITEM];
        word[ITEM] = word[ITEM_END];
        if (!name_alone(header_of(frame) + at, word[ITEM_END] - at, &used, value)) continue;
        word[ITEM] = at + used;
        return true;
    }
}

bool dhcpv6_fqdn_name(const CalcFrame *frame, CalcValue *value)
{
    u32 used;
    Option option;
    while (next_of_type(frame, CLIENT_FQDN, 2, value, &option)) {
        if (!have(frame, option.at, option.len, value)) return false;
        if (name_alone(header_of(frame) + option.at + 1, option.len - 1, &used, value)) return true;
    }
    return false;
}

/* ---- summary: in the manner of DHCP's ---- */

void describe_dhcpv6(Summary *out, const CalcFrame *frame)
{
    static const NumberName types[] = {
        {1, "SOLICIT"},
        {2, "ADVERTISE"},
        {3, "REQUEST"},
        {4, "CONFIRM"},
        {5, "RENEW"},
        {6, "REBIND"},
        {7, "REPLY"},
        {8, "RELEASE"},
        {9, "DECLINE"},
        {10, "RECONFIGURE"},
        {11, "INFORMATION-REQUEST"},
        {12, "RELAY-FORW"},
        {13, "RELAY-REPL"},
    };
    u64 transaction;
    summary_word(out, frame, "MsgType = ", FIELD_DHCPV6_TYPE, types, COUNT_OF(types));
    if (header_number(frame, FIELD_DHCPV6_TRANSACTION, &transaction))
        summary_add(out, "TransactionID = 0x%06llX", (unsigned long long)transaction);
    summary_value(out, frame, "Link", FIELD_DHCPV6_LINK_ADDRESS);
    summary_value(out, frame, "Peer", FIELD_DHCPV6_PEER_ADDRESS);
}
