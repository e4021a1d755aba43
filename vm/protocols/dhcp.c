/* dhcp.c - settings of hosts: RFC 2131, 2132.
 *
 * Rules: options stand behind the magic cookie, and where an option of that list says so (52, overload) in the fields of the
 * boot file and then of the server's name, RFC 2131, 4.1.  A list ends at option 255, at the end of the packet or field, and
 * at an option that does not fit there, which is none.  Options of the same type are not joined (RFC 3396): each is one. */
#include "vm/protocols/describe.h"
#include "vm/protocols/names.h"

enum {
    HARDWARE_AT = 28,
    SERVER_NAME_AT = 44,
    BOOT_FILE_AT = 108,
    COOKIE_AT = 236,
    OPTIONS_AT = 240,
    MAC_BYTES = 6,
    ETHERNET = 1,
};
static const u32 MAGIC = 0x63825363;

enum { IN_BOOT_FILE = 1, IN_SERVER_NAME = 2 }; /* bits of option 52 */

enum {
    PAD = 0,
    HOST_NAME = 12,
    REQUESTED_IP = 50,
    OVERLOAD = 52,
    CLIENT_ID = 61,
    CLIENT_FQDN = 81,
    RELAY_AGENT = 82,
    END = 255,
};

/* ---- one option after the other ---- */

/* The words of a state: where the list ends; fields that have lists of their own, still to come; in the option found last,
 * the next value and its end. */
enum { LIST_END, OVERLOADED, ITEM, ITEM_END };

typedef struct {
    u32 at, len; /* of its data */
    u8 type;
} Option;

static bool open_list(const CalcFrame *frame, CalcValue *value)
{
    CalcState *state = value->state;
    u32 *word = state->word;
    if (state->at == 0) {
        if (!number_be(frame, COOKIE_AT, 4, value) || value->number != MAGIC) return false;
        state->at = OPTIONS_AT;
        word[LIST_END] = frame->wire_end - frame->header;
        return true;
    }
    u32 field = word[OVERLOADED] & IN_BOOT_FILE ? IN_BOOT_FILE : word[OVERLOADED] & IN_SERVER_NAME;
    if (field == 0) return false;
    word[OVERLOADED] -= field;
    state->at = field == IN_BOOT_FILE ? BOOT_FILE_AT : SERVER_NAME_AT;
    word[LIST_END] = field == IN_BOOT_FILE ? COOKIE_AT : BOOT_FILE_AT;
    return true;
}

static u32 overload_of(const CalcFrame *frame, const Option *option)
{
    bool says = option->type == OVERLOAD && option->len == 1 && option->at > OPTIONS_AT;
    return says ? header_of(frame)[option->at] & (IN_BOOT_FILE | IN_SERVER_NAME) : 0;
}

static bool next_option(const CalcFrame *frame, CalcValue *value, Option *option)
{
    CalcState *state = value->state;
    u32 *word = state->word;
    for (;;) {
        if (state->at >= word[LIST_END] && !open_list(frame, value)) return false;
        if (state->at >= word[LIST_END]) continue;
        u32 at = state->at, left = word[LIST_END] - at;
        if (!have(frame, at, 1, value)) return false;
        u8 type = header_of(frame)[at];
        state->at = type == PAD ? at + 1 : word[LIST_END];
        if (type == PAD || type == END || left < 2) continue;
        if (!have(frame, at, 2, value)) return false;
        u32 len = header_of(frame)[at + 1];
        if (len > left - 2) continue;
        if (!have(frame, at + 2, len, value)) return false;
        state->at = at + 2 + len;
        *option = (Option){at + 2, len, type};
        word[OVERLOADED] |= overload_of(frame, option);
        return true;
    }
}

static bool next_of_type(const CalcFrame *frame, u8 type, u32 least, CalcValue *value, Option *option)
{
    while (next_option(frame, value, option))
        if (option->type == type && option->len >= least) return true;
    return false;
}

bool dhcp_option(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_option(frame, value, &option) && bytes_at(frame, option.at - 2, option.len + 2, value);
}

bool dhcp_option_type(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    if (!next_option(frame, value, &option)) return false;
    value->number = option.type;
    return true;
}

bool dhcp_option_length(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    if (!next_option(frame, value, &option)) return false;
    value->number = option.len;
    return true;
}

bool dhcp_option_data(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_option(frame, value, &option) && bytes_at(frame, option.at, option.len, value);
}

/* ---- what kinds of option hold ---- */

static bool option_bytes(const CalcFrame *frame, u8 type, CalcValue *value)
{
    Option option;
    return next_of_type(frame, type, 0, value, &option) && bytes_at(frame, option.at, option.len, value);
}

/* Text; zeros behind it do not belong to it (RFC 2132, 2). */
static bool option_text(const CalcFrame *frame, u8 type, CalcValue *value)
{
    if (!option_bytes(frame, type, value)) return false;
    while (value->len && value->bytes[value->len - 1] == 0) value->len--;
    return true;
}

/* A number or an address of so many bytes, and of no more. */
static bool option_number(const CalcFrame *frame, u8 type, u32 width, CalcValue *value)
{
    Option option;
    while (next_of_type(frame, type, width, value, &option))
        if (option.len == width) return number_be(frame, option.at, width, value);
    return false;
}

/* Numbers or addresses one behind the other, those that are whole. */
static bool option_list(const CalcFrame *frame, u8 type, u32 width, CalcValue *value)
{
    u32 *word = value->state->word;
    Option option;
    while (word[ITEM] + width > word[ITEM_END]) {
        if (!next_of_type(frame, type, width, value, &option)) return false;
        word[ITEM] = option.at;
        word[ITEM_END] = option.at + option.len;
    }
    word[ITEM] += width;
    return number_be(frame, word[ITEM] - width, width, value);
}

#define OPTION_BYTES(name, type)                                                                                       \
    bool dhcp_##name(const CalcFrame *frame, CalcValue *value) { return option_bytes(frame, type, value); }
#define OPTION_TEXT(name, type)                                                                                        \
    bool dhcp_##name(const CalcFrame *frame, CalcValue *value) { return option_text(frame, type, value); }
#define OPTION_NUMBER(name, type, width)                                                                               \
    bool dhcp_##name(const CalcFrame *frame, CalcValue *value) { return option_number(frame, type, width, value); }
#define OPTION_LIST(name, type, width)                                                                                 \
    bool dhcp_##name(const CalcFrame *frame, CalcValue *value) { return option_list(frame, type, width, value); }

OPTION_NUMBER(subnet_mask, 1, 4)
OPTION_LIST(router, 3, 4)
OPTION_LIST(name_server, 6, 4)
OPTION_TEXT(host_name, HOST_NAME)
OPTION_TEXT(domain_name, 15)
OPTION_NUMBER(mtu, 26, 2)
OPTION_NUMBER(broadcast_address, 28, 4)
OPTION_LIST(ntp_server, 42, 4)
OPTION_BYTES(vendor_options, 43)
OPTION_LIST(netbios_server, 44, 4)
OPTION_NUMBER(netbios_node, 46, 1)
OPTION_NUMBER(requested_ip, REQUESTED_IP, 4)
OPTION_NUMBER(lease_time, 51, 4)
OPTION_NUMBER(overload, OVERLOAD, 1)
OPTION_NUMBER(message_type, 53, 1)
OPTION_NUMBER(server_id, 54, 4)
OPTION_LIST(requests, 55, 1)
OPTION_TEXT(message, 56)
OPTION_NUMBER(message_size, 57, 2)
OPTION_NUMBER(renewal_time, 58, 4)
OPTION_NUMBER(rebinding_time, 59, 4)
OPTION_TEXT(vendor_class, 60)
OPTION_BYTES(client_id, CLIENT_ID)
OPTION_TEXT(tftp_server, 66)
OPTION_TEXT(tftp_file, 67)
OPTION_BYTES(user_class, 77)
OPTION_BYTES(client_fqdn, CLIENT_FQDN)
OPTION_BYTES(relay, RELAY_AGENT)
OPTION_LIST(architecture, 93, 2)
OPTION_NUMBER(v6_only, 108, 4)
OPTION_TEXT(captive_portal, 114)
OPTION_TEXT(wpad, 252)

bool dhcp_client_id_type(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_of_type(frame, CLIENT_ID, 1, value, &option) && number_be(frame, option.at, 1, value);
}

bool dhcp_client_id_mac(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    while (next_of_type(frame, CLIENT_ID, 1, value, &option))
        if (option.len == 1 + MAC_BYTES && header_of(frame)[option.at] == ETHERNET)
            return number_be(frame, option.at + 1, MAC_BYTES, value);
    return false;
}

/* Flags, two codes of DNS that mean nothing any more, a name. */
enum { FQDN_NAME_AT = 3, FQDN_AS_IN_DNS = 4 };

bool dhcp_client_fqdn_flags(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    return next_of_type(frame, CLIENT_FQDN, FQDN_NAME_AT, value, &option) && number_be(frame, option.at, 1, value);
}

/* Text as people write it, in lower case and without the dot at its end. */
static bool plain_name(const u8 *text, u32 len, CalcValue *value)
{
    if (len && text[len - 1] == '.') len--;
    for (u32 i = 0; i < len; i++) value->room[i] = (u8)(text[i] - 'A') < 26 ? text[i] | 0x20 : text[i];
    value->bytes = value->room;
    value->len = len;
    return len > 0;
}

bool dhcp_client_fqdn_name(const CalcFrame *frame, CalcValue *value)
{
    Option option;
    while (next_of_type(frame, CLIENT_FQDN, FQDN_NAME_AT, value, &option)) {
        const u8 *data = header_of(frame) + option.at;
        const u8 *name = data + FQDN_NAME_AT;
        u32 len = option.len - FQDN_NAME_AT, used;
        if (data[0] & FQDN_AS_IN_DNS ? name_alone(name, len, &used, value) : plain_name(name, len, value)) return true;
    }
    return false;
}

/* Sub-options of a relay agent's option, as options are; one that does not fit ends them. */
static bool relay_option(const CalcFrame *frame, u8 type, CalcValue *value)
{
    u32 *word = value->state->word;
    Option option;
    for (;;) {
        while (word[ITEM] + 2 > word[ITEM_END]) {
            if (!next_of_type(frame, RELAY_AGENT, 2, value, &option)) return false;
            word[ITEM] = option.at;
            word[ITEM_END] = option.at + option.len;
        }
        const u8 *header = header_of(frame) + word[ITEM];
        u32 data = word[ITEM] + 2, len = header[1];
        word[ITEM] = data + len;
        if (header[0] == type && word[ITEM] <= word[ITEM_END]) return bytes_at(frame, data, len, value);
    }
}

bool dhcp_circuit(const CalcFrame *frame, CalcValue *value) { return relay_option(frame, 1, value); }
bool dhcp_remote(const CalcFrame *frame, CalcValue *value) { return relay_option(frame, 2, value); }

/* ---- what stands in front of the options ---- */

bool dhcp_cookie(const CalcFrame *frame, CalcValue *value) { return number_be(frame, COOKIE_AT, 4, value); }

bool dhcp_hardware(const CalcFrame *frame, CalcValue *value)
{
    return have(frame, 2, 1, value) && header_of(frame)[2] == MAC_BYTES &&
           number_be(frame, HARDWARE_AT, MAC_BYTES, value);
}

/* Text up to a zero, in a field that options do not use. */
static bool field_text(const CalcFrame *frame, u32 at, u32 size, u32 use, CalcValue *value)
{
    CalcState state = {0};
    CalcValue list = {.state = &state};
    Option option;
    while (next_option(frame, &list, &option))
        if (overload_of(frame, &option) & use) return false;
    value->cut = list.cut;
    if (list.cut || !bytes_at(frame, at, size, value)) return false;
    value->len = (u32)strnlen((const char *)value->bytes, size);
    return value->len > 0;
}

bool dhcp_server_name(const CalcFrame *frame, CalcValue *value)
{
    return field_text(frame, SERVER_NAME_AT, BOOT_FILE_AT - SERVER_NAME_AT, IN_SERVER_NAME, value);
}

bool dhcp_boot_file(const CalcFrame *frame, CalcValue *value)
{
    return field_text(frame, BOOT_FILE_AT, COOKIE_AT - BOOT_FILE_AT, IN_BOOT_FILE, value);
}

/* ---- summary: NetMon's words ---- */

void describe_dhcp(Summary *out, const CalcFrame *frame)
{
    static const NumberName ops[] = {{1, "Request"}, {2, "Reply"}};
    static const NumberName types[] = {
        {1, "DISCOVER"},     {2, "OFFER"},       {3, "REQUEST"},          {4, "DECLINE"},
        {5, "ACK"},          {6, "NAK"},         {7, "RELEASE"},          {8, "INFORM"},
        {9, "FORCERENEW"},   {10, "LEASEQUERY"}, {11, "LEASEUNASSIGNED"}, {12, "LEASEUNKNOWN"},
        {13, "LEASEACTIVE"},
    };
    u64 transaction;
    summary_word(out, frame, "", FIELD_DHCP_OPCODE, ops, COUNT_OF(ops));
    summary_word(out, frame, "MsgType = ", FIELD_DHCP_MESSAGE_TYPE, types, COUNT_OF(types));
    if (header_number(frame, FIELD_DHCP_TRANSACTION, &transaction))
        summary_add(out, "TransactionID = 0x%08llX", (unsigned long long)transaction);
}
