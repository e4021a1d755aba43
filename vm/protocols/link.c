/* link.c - link headers and what they announce: Ethernet, tags, LLC, cooked captures, loopback, PPP. */
#include "vm/protocols/describe.h"

#include "vm/walk.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_ARP = 0x0806, ETHERTYPE_IPV6 = 0x86dd, ETHERTYPE_LENGTH_MAX = 1500 };

static bool ethertype_is_vlan(u32 type) { return (type == 0x8100) | (type == 0x88a8) | (type == 0x9100); }

Step step_of_ethertype(u32 type)
{
    if (ethertype_is_vlan(type)) return STEP_VLAN;
    switch (type) {
    case ETHERTYPE_IPV4: return STEP_IPV4;
    case ETHERTYPE_ARP: return STEP_ARP;
    case ETHERTYPE_IPV6: return STEP_IPV6;
    default: return STEP_NONE;
    }
}

/* In Ethernet and VLAN headers a small type is the length of what follows, an LLC header first. */
static Step step_of_type_or_length(Walk *w, u32 type)
{
    if (type > ETHERTYPE_LENGTH_MAX) return step_of_ethertype(type);
    w->end = MIN_OF(w->end, w->at + type);
    return STEP_LLC;
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

/* IEEE 802.2 with SNAP (RFC 1042), or IP right in LLC. */
Step walk_llc(Walk *w)
{
    if (!walk_need(w, 3)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    if (header[0] == 0x06 && header[1] == 0x06 && header[2] == 0x03) {
        w->at += 3;
        return STEP_IPV4;
    }
    if (header[0] != 0xaa || header[1] != 0xaa || header[2] != 0x03 || !walk_need(w, 8)) return STEP_NONE;
    if (header[3] | header[4] | header[5]) return STEP_NONE;
    w->at += 8;
    return step_of_ethertype(load_be16(header + 6));
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

/* The address family in the byte order of the machine that captured. */
Step walk_null(Walk *w)
{
    if (!walk_need(w, 4)) return STEP_NONE;
    u32 family = load_le32(w->data + w->at);
    return step_of_family(w, family > 0xffff ? __builtin_bswap32(family) : family);
}

Step walk_loop(Walk *w) { return walk_need(w, 4) ? step_of_family(w, load_be32(w->data + w->at)) : STEP_NONE; }

/* Linux "cooked" captures: the protocol is an EtherType, or 4 for an LLC header. */
static Step walk_cooked(Walk *w, u32 length, u32 type_at)
{
    if (!walk_need(w, length)) return STEP_NONE;
    u32 type = load_be16(w->data + w->at + type_at);
    w->at += length;
    return type == 4 ? STEP_LLC : step_of_ethertype(type);
}

Step walk_sll(Walk *w) { return walk_cooked(w, 16, 14); }
Step walk_sll2(Walk *w) { return walk_cooked(w, 20, 0); }
Step walk_hdlc(Walk *w) { return walk_cooked(w, 4, 2); }

/* RFC 1661 and 1662: address and control may be left out, and so may a protocol's first byte if it is 0. */
Step walk_ppp(Walk *w)
{
    if (!walk_need(w, 1)) return STEP_NONE;
    if (w->data[w->at] == 0xff) {
        if (!walk_need(w, 2)) return STEP_NONE;
        if (w->data[w->at + 1] == 0x03) w->at += 2;
    }
    if (!walk_need(w, 1)) return STEP_NONE;
    u32 protocol = w->data[w->at], length = 1;
    if (!(protocol & 1)) {
        if (!walk_need(w, 2)) return STEP_NONE;
        protocol = load_be16(w->data + w->at);
        length = 2;
    }
    w->at += length;
    return protocol == 0x21 ? STEP_IPV4 : protocol == 0x57 ? STEP_IPV6 : STEP_NONE;
}

/* LINKTYPE_ values, https://www.tcpdump.org/linktypes.html; 12 and 14 are what some systems write for RAW. */
Step step_of_linktype(u32 linktype)
{
    switch (linktype) {
    case 0: return STEP_NULL;
    case 1: return STEP_ETHERNET;
    case 9: return STEP_PPP;
    case 12:
    case 14:
    case 101: return STEP_IP;
    case 104: return STEP_HDLC;
    case 108: return STEP_LOOP;
    case 113: return STEP_SLL;
    case 228: return STEP_IPV4;
    case 229: return STEP_IPV6;
    case 276: return STEP_SLL2;
    default: return STEP_NONE;
    }
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
