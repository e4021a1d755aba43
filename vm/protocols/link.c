/* link.c - link headers and what they announce: Ethernet, tags, LLC and SNAP, cooked captures, loopback. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"

#include "vm/walk.h"

enum { ETHERTYPE_LENGTH_MAX = 1500 };

static bool ethertype_is_vlan(u32 type) { return (type == 0x8100) | (type == 0x88a8) | (type == 0x9100); }

Step step_of_ethertype(u32 type)
{
    if (ethertype_is_vlan(type)) return STEP_VLAN;
    switch (type) {
    case 0x0800: return STEP_IPV4;
    case 0x0806: return STEP_ARP;
    case 0x86dd: return STEP_IPV6;
    case 0x6558: /* transparent Ethernet bridging, RFC 1701 */ return STEP_ETHERNET;
    case 0x8847:
    case 0x8848: /* for one, for many: RFC 5332 */ return STEP_MPLS;
    case 0x8863:
    case 0x8864: /* discovery, session: RFC 2516 */ return STEP_PPPOE;
    case 0x880b: return STEP_PPP;
    default: return STEP_NONE;
    }
}

/* IPX, as Novell first put it on Ethernet, begins with a checksum of ff ff. */
Step step_of_llc(Walk *w)
{
    if (!walk_need(w, 2) || load_be16(w->data + w->at) == 0xffff) return STEP_NONE;
    return STEP_LLC;
}

/* In Ethernet and VLAN headers a small type is the length of what follows. */
static Step step_of_type_or_length(Walk *w, u32 type)
{
    if (type > ETHERTYPE_LENGTH_MAX) return step_of_ethertype(type);
    w->end = MIN_OF(w->end, w->at + type);
    return step_of_llc(w);
}

Step walk_ethernet(Walk *w)
{
    if (!walk_need(w, 14)) return STEP_NONE;
    u32 type = load_be16(w->data + w->at + 12);
    w->at += 14;
    return step_of_type_or_length(w, type);
}

Step walk_vlan(Walk *w)
{
    if (!walk_need(w, 4)) return STEP_NONE;
    u32 type = load_be16(w->data + w->at + 2);
    w->at += 4;
    return step_of_type_or_length(w, type);
}

/* IEEE 802.2: SNAP behind it, or IP at once. */
Step walk_llc(Walk *w)
{
    if (!walk_need(w, 3)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    u32 access = load_be16(header);
    w->at += 3;
    if (header[2] != 0x03) return STEP_NONE;
    return access == 0xaaaa ? STEP_SNAP : access == 0x0606 ? STEP_IPV4 : STEP_NONE;
}

/* RFC 1042, and IEEE 802.1H's own number for the same: an EtherType. */
Step walk_snap(Walk *w)
{
    if (!walk_need(w, 5)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    u32 organization = load_be32(header) >> 8;
    w->at += 5;
    return organization == 0 || organization == 0x0000f8 ? step_of_ethertype(load_be16(header + 3)) : STEP_NONE;
}

static Step step_of_family(Walk *w, u32 family)
{
    w->at += 4;
    switch (family) {
    case 2: return STEP_IPV4;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30: /* Linux, Windows, the BSDs, macOS */ return STEP_IPV6;
    default: return STEP_NONE;
    }
}

/* The address family, in the byte order of the machine that captured, which is not known: numbers are small. */
static u32 family_of(const u8 *header, bool network_order)
{
    u32 family = load_le32(header);
    return network_order || family > 0xffff ? __builtin_bswap32(family) : family;
}

Step walk_null(Walk *w) { return walk_need(w, 4) ? step_of_family(w, family_of(w->data + w->at, false)) : STEP_NONE; }
Step walk_loop(Walk *w) { return walk_need(w, 4) ? step_of_family(w, family_of(w->data + w->at, true)) : STEP_NONE; }

/* Linux "cooked" captures: an EtherType, or 4 for LLC, 7 for PPP.  Of messages between a kernel and its programs the type
 * means something else. */
static Step walk_cooked(Walk *w, u32 length, u32 type_at, u32 hardware_at)
{
    enum { TYPE_LLC = 4, TYPE_PPP = 7, HARDWARE_NETLINK = 824 };
    if (!walk_need(w, length)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    u32 type = load_be16(header + type_at);
    w->at += length;
    if (load_be16(header + hardware_at) == HARDWARE_NETLINK) return STEP_NONE;
    return type == TYPE_LLC ? STEP_LLC : type == TYPE_PPP ? STEP_SERIAL : step_of_ethertype(type);
}

Step walk_sll(Walk *w) { return walk_cooked(w, 16, 14, 2); }
Step walk_sll2(Walk *w) { return walk_cooked(w, 20, 0, 8); }

Step step_of_linktype(u32 linktype)
{
    switch (linktype) {
    case LINKTYPE_NULL: return STEP_NULL;
    case LINKTYPE_ETHERNET: return STEP_ETHERNET;
    case LINKTYPE_PPP:
    case LINKTYPE_PPP_HDLC: return STEP_SERIAL;
    case LINKTYPE_PPP_ETHER: return STEP_PPPOE;
    case LINKTYPE_ATM_RFC1483: return STEP_LLC;
    case LINKTYPE_RAW_12:
    case LINKTYPE_RAW_14:
    case LINKTYPE_RAW: return STEP_IP;
    case LINKTYPE_C_HDLC: return STEP_HDLC;
    case LINKTYPE_IEEE802_11: return STEP_WIFI;
    case LINKTYPE_IEEE802_11_RADIOTAP: return STEP_RADIOTAP;
    case LINKTYPE_NETMON_WIFI: return STEP_NETMON_WIFI;
    case LINKTYPE_LOOP: return STEP_LOOP;
    case LINKTYPE_LINUX_SLL: return STEP_SLL;
    case LINKTYPE_IPV4: return STEP_IPV4;
    case LINKTYPE_IPV6: return STEP_IPV6;
    case LINKTYPE_LINUX_SLL2: return STEP_SLL2;
    default: return STEP_NONE;
    }
}

/* ---- fields ---- */

/* Control of unnumbered frames has one byte, of all others two, the one that tells the kind of frame below the other. */
bool llc_control(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 2, 1, value)) return false;
    bool unnumbered = (header_of(frame)[2] & 3) == 3;
    if (!have(frame, 2, unnumbered ? 1 : 2, value)) return false;
    value->number = unnumbered ? header_of(frame)[2] : load_le16(header_of(frame) + 2);
    return true;
}

bool loopback_family(const CalcFrame *frame, CalcValue *value)
{
    if (!number_be(frame, 0, 4, value)) return false;
    value->number = family_of(header_of(frame), frame->linktype == LINKTYPE_LOOP);
    return true;
}

/* The two versions have the same fields in other places. */
typedef struct {
    u8 at, size;
} CookedField;
static bool cooked_number(const CalcFrame *frame, CookedField version1, CookedField version2, CalcValue *value)
{
    CookedField field = frame->linktype == LINKTYPE_LINUX_SLL2 ? version2 : version1;
    return field.size && number_be(frame, field.at, field.size, value);
}

bool cooked_packet_type(const CalcFrame *frame, CalcValue *value)
{
    return cooked_number(frame, (CookedField){0, 2}, (CookedField){10, 1}, value);
}

bool cooked_address_type(const CalcFrame *frame, CalcValue *value)
{
    return cooked_number(frame, (CookedField){2, 2}, (CookedField){8, 2}, value);
}

bool cooked_address_length(const CalcFrame *frame, CalcValue *value)
{
    return cooked_number(frame, (CookedField){4, 2}, (CookedField){11, 1}, value);
}

bool cooked_source(const CalcFrame *frame, CalcValue *value)
{
    return cooked_address_length(frame, value) && value->number == 6 &&
           cooked_number(frame, (CookedField){6, 6}, (CookedField){12, 6}, value);
}

bool cooked_protocol(const CalcFrame *frame, CalcValue *value)
{
    return cooked_number(frame, (CookedField){14, 2}, (CookedField){0, 2}, value);
}

bool cooked_interface(const CalcFrame *frame, CalcValue *value)
{
    return cooked_number(frame, (CookedField){0}, (CookedField){4, 4}, value);
}

/* ---- summaries ---- */

static void describe_type(Summary *out, const CalcFrame *frame, FieldId field)
{
    u64 type;
    if (!header_number(frame, field, &type)) return;
    if (type <= ETHERTYPE_LENGTH_MAX)
        summary_add(out, "802.3, Length=%llu", (unsigned long long)type);
    else
        summary_add(out, "Type=0x%04llx", (unsigned long long)type);
}

void describe_ethernet(Summary *out, const CalcFrame *frame) { describe_type(out, frame, FIELD_ETHERNET_TYPE); }

void describe_vlan(Summary *out, const CalcFrame *frame)
{
    summary_number(out, frame, "VLANID", FIELD_VLAN_ID);
    describe_type(out, frame, FIELD_VLAN_TYPE);
}

void describe_llc(Summary *out, const CalcFrame *frame)
{
    u64 dsap, ssap;
    if (!header_number(frame, FIELD_LLC_DSAP, &dsap) || !header_number(frame, FIELD_LLC_SSAP, &ssap)) return;
    summary_add(out, "DSAP=0x%02llx, SSAP=0x%02llx", (unsigned long long)dsap, (unsigned long long)ssap);
}

void describe_snap(Summary *out, const CalcFrame *frame)
{
    u64 organization, type;
    if (!header_number(frame, FIELD_SNAP_ORGANIZATION, &organization)) return;
    summary_add(out, "OrganizationCode=0x%06llx", (unsigned long long)organization);
    if (header_number(frame, FIELD_SNAP_TYPE, &type)) summary_add(out, "Type=0x%04llx", (unsigned long long)type);
}

void describe_loopback(Summary *out, const CalcFrame *frame)
{
    summary_number(out, frame, "Family", FIELD_LOOPBACK_FAMILY);
}

void describe_cooked(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {0, "To us"}, {1, "Broadcast"}, {2, "Multicast"}, {3, "To somebody else"}, {4, "From us"},
    };
    u64 type;
    if (header_number(frame, FIELD_LINUX_COOKED_PACKET_TYPE, &type)) {
        const char *name = name_of(names, COUNT_OF(names), type);
        if (name) summary_add(out, "%s", name);
    }
    if (header_number(frame, FIELD_LINUX_COOKED_PROTOCOL, &type))
        summary_add(out, "Type=0x%04llx", (unsigned long long)type);
}
