/* wifi.c - wireless frames, IEEE 802.11: what they announce, and their fields.
 *
 * Numbers are little-endian here.  Two captures put something in front of the frame: radiotap.c's header, and NetMon's
 * metadata, which has no layer of its own; its fields are those of WiFi, as NetMon has it. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"

#include "vm/protocols/wifi.h"
#include "vm/walk.h"

enum {
    TYPE_MANAGEMENT = 0,
    TYPE_CONTROL = 1,
    TYPE_DATA = 2,
    DATA_NULL = 4, /* bits of data's subtypes */
    DATA_QOS = 8,
    TO_DS = 0x01,
    FROM_DS = 0x02,
    PROTECTED = 0x40,
    ORDER = 0x80,
    HEADER_BYTES = 24, /* of management and data, without a fourth address and the like */
    AMSDU_BYTES = 14,
};

static u32 type_of(const u8 *header) { return header[0] >> 2 & 3; }
static u32 subtype_of(const u8 *header) { return header[0] >> 4; }
static bool is_between_access_points(const u8 *header) { return (header[1] & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS); }
static bool has_qos(const u8 *header) { return type_of(header) == TYPE_DATA && subtype_of(header) & DATA_QOS; }

/* Where QoS control stands, if it is there; elsewise where the header ends, HT control aside. */
static u32 qos_at(const u8 *header)
{
    return HEADER_BYTES + (type_of(header) == TYPE_DATA && is_between_access_points(header) ? 6 : 0);
}

static u32 header_bytes(const u8 *header)
{
    bool may_have_ht = has_qos(header) || type_of(header) == TYPE_MANAGEMENT;
    return qos_at(header) + (has_qos(header) ? 2 : 0) + (may_have_ht && header[1] & ORDER ? 4 : 0);
}

/* ---- what it announces ---- */

/* The packet behind the header of a data frame.  Of several (A-MSDU) the first is followed. */
Step walk_wifi(Walk *w)
{
    u32 hints = w->hint;
    if (!walk_need(w, 2)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    if (header[0] & 3) return walk_believe(w, 1);
    if (type_of(header) != TYPE_DATA || subtype_of(header) & DATA_NULL) return STEP_NONE;
    if (header[1] & PROTECTED && !(hints & WIFI_DECRYPTED)) return STEP_NONE;
    u32 length = header_bytes(header);
    if (!walk_need(w, length) || header[22] & 15) return STEP_NONE; /* not the first fragment */
    bool several = has_qos(header) && header[qos_at(header)] & 0x80 && !(hints & WIFI_DECRYPTED);
    w->at += hints & WIFI_PADDED ? (length + 3) & ~3u : length;
    if (several) {
        if (!walk_need(w, AMSDU_BYTES)) return STEP_NONE;
        u32 packet = load_be16(w->data + w->at + 12);
        w->at += AMSDU_BYTES;
        w->end = MIN_OF(w->end, w->at + packet);
    }
    return step_of_llc(w);
}

/* NetMon's metadata: a version, its length, and what the radio says.  Not in monitor mode, frames were decrypted, and taken
 * apart, before they were captured, and their flags left as they were. */
enum { METADATA_BYTES = 32, METADATA_VERSION = 2 };

static bool is_monitor(const u8 *metadata) { return metadata[6] & 0x80; }

Step walk_netmon_wifi(Walk *w)
{
    if (!walk_need(w, 3)) return STEP_NONE;
    const u8 *metadata = w->data + w->at;
    u32 length = load_le16(metadata + 1);
    if (metadata[0] != METADATA_VERSION || length < METADATA_BYTES || !walk_need(w, METADATA_BYTES)) return STEP_NONE;
    w->at += length;
    w->hint = is_monitor(metadata) ? 0 : WIFI_DECRYPTED;
    return STEP_WIFI;
}

/* ---- numbers of the header ---- */

bool wifi_frame_control(const CalcFrame *frame, CalcValue *value) { return number_le(frame, 0, 2, value); }
bool wifi_duration(const CalcFrame *frame, CalcValue *value) { return number_le(frame, 2, 2, value); }

static bool sequence_control(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 2, value)) return false;
    u32 type = type_of(header_of(frame));
    return (type == TYPE_MANAGEMENT || type == TYPE_DATA) && number_le(frame, 22, 2, value);
}

bool wifi_fragment(const CalcFrame *frame, CalcValue *value)
{
    if (!sequence_control(frame, value)) return false;
    value->number &= 15;
    return true;
}

bool wifi_sequence(const CalcFrame *frame, CalcValue *value)
{
    if (!sequence_control(frame, value)) return false;
    value->number >>= 4;
    return true;
}

bool wifi_qos(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 2, value) || !has_qos(header_of(frame))) return false;
    return number_le(frame, qos_at(header_of(frame)), 2, value);
}

bool wifi_tid(const CalcFrame *frame, CalcValue *value)
{
    if (!wifi_qos(frame, value)) return false;
    value->number &= 15;
    return true;
}

bool wifi_amsdu(const CalcFrame *frame, CalcValue *value)
{
    if (!wifi_qos(frame, value)) return false;
    value->number = value->number >> 7 & 1;
    return true;
}

/* ---- addresses: up to four, at fixed places ---- */

static const u8 address_at[4] = {4, 10, 16, 24};

/* How many a frame has.  Of control frames, a second where somebody answers; what extensions have is not known. */
static u32 address_count(const u8 *header)
{
    enum { WRAPPER = 7, CLEAR_TO_SEND = 12, ACKNOWLEDGEMENT = 13 };
    u32 subtype = subtype_of(header);
    switch (type_of(header)) {
    case TYPE_MANAGEMENT: return 3;
    case TYPE_CONTROL: return subtype == WRAPPER || subtype == CLEAR_TO_SEND || subtype == ACKNOWLEDGEMENT ? 1 : 2;
    case TYPE_DATA: return is_between_access_points(header) ? 4 : 3;
    default: return 0;
    }
}

static bool address(const CalcFrame *frame, u32 number, CalcValue *value)
{
    if (!have(frame, 0, 2, value) || number >= address_count(header_of(frame))) return false;
    return number_be(frame, address_at[number], 6, value);
}

bool wifi_receiver(const CalcFrame *frame, CalcValue *value) { return address(frame, 0, value); }
bool wifi_transmitter(const CalcFrame *frame, CalcValue *value) { return address(frame, 1, value); }

bool wifi_address(const CalcFrame *frame, CalcValue *value) { return address(frame, value->state->at++, value); }

/* Which address means what, by the two flags: neither, ToDS, FromDS, both. */
typedef enum { ROLE_DESTINATION, ROLE_SOURCE, ROLE_NETWORK } Role;
static bool address_of(const CalcFrame *frame, Role role, CalcValue *value)
{
    static const u8 of_data[3][4] = {
        [ROLE_DESTINATION] = {0, 2, 0, 2}, [ROLE_SOURCE] = {1, 1, 2, 3}, [ROLE_NETWORK] = {2, 0, 1, 4}};
    if (!have(frame, 0, 2, value)) return false;
    const u8 *header = header_of(frame);
    switch (type_of(header)) {
    case TYPE_MANAGEMENT: return address(frame, of_data[role][0], value);
    case TYPE_DATA: return address(frame, of_data[role][header[1] & (TO_DS | FROM_DS)], value);
    default: return false;
    }
}

bool wifi_destination(const CalcFrame *frame, CalcValue *value) { return address_of(frame, ROLE_DESTINATION, value); }
bool wifi_source(const CalcFrame *frame, CalcValue *value) { return address_of(frame, ROLE_SOURCE, value); }
bool wifi_bssid(const CalcFrame *frame, CalcValue *value) { return address_of(frame, ROLE_NETWORK, value); }

/* ---- management ---- */

static bool is_management(const CalcFrame *frame, CalcValue *value)
{
    return have(frame, 0, 2, value) && type_of(header_of(frame)) == TYPE_MANAGEMENT;
}

bool wifi_management(const CalcFrame *frame, CalcValue *value)
{
    return is_management(frame, value) && payload(frame, 0, frame->wire_end - frame->header, value);
}

bool wifi_management_da(const CalcFrame *frame, CalcValue *value)
{
    return is_management(frame, value) && address(frame, 0, value);
}

bool wifi_management_sa(const CalcFrame *frame, CalcValue *value)
{
    return is_management(frame, value) && address(frame, 1, value);
}

bool wifi_management_bssid(const CalcFrame *frame, CalcValue *value)
{
    return is_management(frame, value) && address(frame, 2, value);
}

enum {
    ASSOCIATION_REQUEST = 0,
    ASSOCIATION_RESPONSE = 1,
    REASSOCIATION_REQUEST = 2,
    REASSOCIATION_RESPONSE = 3,
    PROBE_REQUEST = 4,
    PROBE_RESPONSE = 5,
    BEACON = 8,
    DISASSOCIATION = 10,
    DEAUTHENTICATION = 12,
};

/* A management frame whose body can be read. */
static bool has_plain_body(const CalcFrame *frame, CalcValue *value)
{
    return is_management(frame, value) && !(header_of(frame)[1] & PROTECTED);
}

bool wifi_reason(const CalcFrame *frame, CalcValue *value)
{
    if (!has_plain_body(frame, value)) return false;
    const u8 *header = header_of(frame);
    bool leaves = subtype_of(header) == DISASSOCIATION || subtype_of(header) == DEAUTHENTICATION;
    return leaves && number_le(frame, header_bytes(header), 2, value);
}

/* Bytes in front of the elements; false: this kind has no elements, or none that we know the place of. */
static bool elements_at(const u8 *header, u32 *at)
{
    switch (subtype_of(header)) {
    case ASSOCIATION_REQUEST: *at = 4; break;
    case ASSOCIATION_RESPONSE:
    case REASSOCIATION_RESPONSE: *at = 6; break;
    case REASSOCIATION_REQUEST: *at = 10; break;
    case PROBE_REQUEST: *at = 0; break;
    case PROBE_RESPONSE:
    case BEACON: *at = 12; break;
    default: return false;
    }
    *at += header_bytes(header);
    return true;
}

bool wifi_element(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    if (!has_plain_body(frame, value) || !elements_at(header_of(frame), &at)) return false;
    if (value->state->at) at = value->state->at;
    if (!have(frame, at, 2, value)) return false;
    u32 length = 2u + header_of(frame)[at + 1];
    if (!bytes_at(frame, at, length, value)) return false;
    value->state->at = at + length;
    return true;
}

bool wifi_element_id(const CalcFrame *frame, CalcValue *value)
{
    if (!wifi_element(frame, value)) return false;
    value->number = value->bytes[0];
    return true;
}

bool wifi_ssid(const CalcFrame *frame, CalcValue *value)
{
    enum { ELEMENT_SSID = 0 };
    while (wifi_element(frame, value)) {
        if (value->bytes[0] != ELEMENT_SSID) continue;
        value->bytes += 2;
        value->len -= 2;
        return true;
    }
    return false;
}

/* ---- NetMon's metadata, at the start of the frame ---- */

bool wifi_metadata(const CalcFrame *frame, CalcValue *value)
{
    if (frame->linktype != LINKTYPE_NETMON_WIFI) return false;
    value->bytes = frame->data; /* the walk has seen that it is there */
    value->len = load_le16(frame->data + 1);
    return true;
}

static bool metadata_number(const CalcFrame *frame, u32 offset, u32 *number)
{
    if (frame->linktype != LINKTYPE_NETMON_WIFI) return false;
    *number = load_le32(frame->data + offset);
    return true;
}

/* The radio's fields mean something unless all bits of the word before them are set. */
static bool radio_number(const CalcFrame *frame, u32 offset, u32 *number)
{
    u32 flags;
    return metadata_number(frame, 7, &flags) && flags != UINT32_MAX && metadata_number(frame, offset, number);
}

bool wifi_metadata_mode(const CalcFrame *frame, CalcValue *value)
{
    u32 mode;
    if (!metadata_number(frame, 3, &mode)) return false;
    value->number = mode;
    return true;
}

bool wifi_metadata_phy(const CalcFrame *frame, CalcValue *value)
{
    u32 phy;
    if (!radio_number(frame, 11, &phy)) return false;
    value->number = phy;
    return true;
}

bool wifi_metadata_channel(const CalcFrame *frame, CalcValue *value)
{
    u32 channel;
    if (!radio_number(frame, 15, &channel) || channel == 0) return false;
    if (channel >= 1000) return wifi_channel_of(channel, &value->number);
    value->number = channel;
    return true;
}

bool wifi_metadata_rssi(const CalcFrame *frame, CalcValue *value)
{
    u32 strength;
    if (!radio_number(frame, 19, &strength) || strength == 0) return false;
    value->number = (u64)(i64)(int32_t)strength;
    return true;
}

bool wifi_metadata_rate(const CalcFrame *frame, CalcValue *value)
{
    u32 rate;
    if (!radio_number(frame, 23, &rate) || (rate & 0xff) == 0) return false;
    value->number = rate & 0xff;
    return true;
}

/* ---- NetMon's property ---- */

bool property_wifi_channel(const CalcFrame *frame, CalcValue *value)
{
    value->cut = frame->missing >> PROTO_WIFI & 1;
    for (u32 i = 0; i < frame->layers->count; i++) {
        const Layer *layer = &frame->layers->layer[i];
        CalcFrame header = frame_at(frame, layer);
        CalcState state = {0};
        CalcValue channel = {.state = &state};
        bool is_told = (layer->proto == PROTO_RADIOTAP && radiotap_channel(&header, &channel)) ||
                       (layer->proto == PROTO_WIFI && wifi_metadata_channel(&header, &channel));
        value->number = channel.number;
        value->cut |= channel.cut;
        if (is_told) return true;
    }
    return false;
}

/* ---- summary ---- */

void describe_wifi(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {0x00, "Association request"},
        {0x01, "Association response"},
        {0x02, "Reassociation request"},
        {0x03, "Reassociation response"},
        {0x04, "Probe request"},
        {0x05, "Probe response"},
        {0x08, "Beacon"},
        {0x09, "ATIM"},
        {0x0a, "Disassociation"},
        {0x0b, "Authentication"},
        {0x0c, "Deauthentication"},
        {0x0d, "Action"},
        {0x18, "Block acknowledgement request"},
        {0x19, "Block acknowledgement"},
        {0x1a, "Power save poll"},
        {0x1b, "Request to send"},
        {0x1c, "Clear to send"},
        {0x1d, "Acknowledgement"},
        {0x20, "Data"},
        {0x24, "Null data"},
        {0x28, "QoS data"},
        {0x2c, "QoS null data"},
    };
    u64 type, subtype, flag;
    char text[TEXT_MAX];
    if (!header_number(frame, FIELD_WIFI_TYPE, &type) || !header_number(frame, FIELD_WIFI_SUBTYPE, &subtype)) return;
    const char *name = name_of(names, COUNT_OF(names), type << 4 | subtype);
    if (name)
        summary_add(out, "%s", name);
    else
        summary_add(out, "Type=%llu, SubType=%llu", (unsigned long long)type, (unsigned long long)subtype);
    if (header_number(frame, FIELD_WIFI_PROTECTED, &flag) && flag) summary_add(out, "Protected");
    if (header_number(frame, FIELD_WIFI_RETRY, &flag) && flag) summary_add(out, "Retry");
    if (header_text(frame, FIELD_WIFI_SSID, text, sizeof text) && text[0]) summary_add(out, "SSID=%s", text);
    summary_number(out, frame, "ReasonCode", FIELD_WIFI_REASON);
}
