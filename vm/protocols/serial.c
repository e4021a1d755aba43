/* serial.c - PPP, Cisco's HDLC, and PPP over Ethernet: what they announce, and their fields. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"

#include "vm/walk.h"

/* ---- what they announce ---- */

/* On serial links both are found; the first byte tells. */
Step walk_serial(Walk *w)
{
    u8 address = w->data[w->at];
    return address == 0x0f || address == 0x8f ? STEP_HDLC : STEP_PPP;
}

Step walk_hdlc(Walk *w)
{
    if (!walk_need(w, 4)) return STEP_NONE;
    u32 type = load_be16(w->data + w->at + 2);
    w->at += 4;
    return step_of_ethertype(type);
}

/* RFC 1661 and 1662: address and control may be left out, and so may a protocol's first byte if it is 0. */
Step walk_ppp(Walk *w)
{
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
    switch (protocol) {
    case 0x0021: return STEP_IPV4;
    case 0x0057: return STEP_IPV6;
    case 0x0281:
    case 0x0283: return STEP_MPLS;
    default: return STEP_NONE;
    }
}

enum { PPPOE_BYTES = 6, CODE_SESSION = 0 };

Step walk_pppoe(Walk *w)
{
    if (!walk_need(w, PPPOE_BYTES)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    w->own->end = w->end = MIN_OF(w->end, w->at + PPPOE_BYTES + load_be16(header + 4));
    w->at += PPPOE_BYTES;
    return header[1] == CODE_SESSION ? STEP_PPP : STEP_NONE;
}

/* ---- fields ---- */

static bool ppp_framed(const CalcFrame *frame, CalcValue *value)
{
    return have(frame, 0, 2, value) && load_be16(header_of(frame)) == 0xff03;
}

bool ppp_address(const CalcFrame *frame, CalcValue *value)
{
    return ppp_framed(frame, value) && number_be(frame, 0, 1, value);
}

bool ppp_control(const CalcFrame *frame, CalcValue *value)
{
    return ppp_framed(frame, value) && number_be(frame, 1, 1, value);
}

bool ppp_protocol(const CalcFrame *frame, CalcValue *value)
{
    u32 at = 0;
    if (!have(frame, 0, 1, value)) return false;
    if (header_of(frame)[0] == 0xff) {
        if (!have(frame, 0, 2, value)) return false;
        if (header_of(frame)[1] == 0x03) at = 2;
    }
    if (!have(frame, at, 1, value)) return false;
    return number_be(frame, at, header_of(frame)[at] & 1 ? 1 : 2, value);
}

/* Tags: a type and a length of two bytes each; type 0 ends them, and so does a length that leads out of the packet. */
enum { TAG_END = 0, TAG_SERVICE = 0x0101, TAG_CONCENTRATOR = 0x0102 };

bool pppoe_tag(const CalcFrame *frame, CalcValue *value)
{
    u32 at = value->state->at ? value->state->at : PPPOE_BYTES;
    if (!have(frame, 0, 2, value) || header_of(frame)[1] == CODE_SESSION || !have(frame, at, 4, value)) return false;
    const u8 *tag = header_of(frame) + at;
    u32 length = 4u + load_be16(tag + 2);
    if (load_be16(tag) == TAG_END || !bytes_at(frame, at, length, value)) return false;
    value->state->at = at + length;
    return true;
}

bool pppoe_tag_type(const CalcFrame *frame, CalcValue *value)
{
    if (!pppoe_tag(frame, value)) return false;
    value->number = load_be16(value->bytes);
    return true;
}

static bool tag_text(const CalcFrame *frame, u32 type, CalcValue *value)
{
    while (pppoe_tag(frame, value)) {
        if (load_be16(value->bytes) != type) continue;
        value->bytes += 4;
        value->len -= 4;
        return true;
    }
    return false;
}

bool pppoe_service(const CalcFrame *frame, CalcValue *value) { return tag_text(frame, TAG_SERVICE, value); }
bool pppoe_concentrator(const CalcFrame *frame, CalcValue *value) { return tag_text(frame, TAG_CONCENTRATOR, value); }

/* ---- summaries ---- */

void describe_ppp(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {0x8021, "IP control"},   {0x8057, "IPv6 control"},         {0x80fd, "Compression control"},
        {0xc021, "Link control"}, {0xc023, "Authentication (PAP)"}, {0xc223, "Authentication (CHAP)"},
    };
    u64 protocol;
    if (!header_number(frame, FIELD_PPP_PROTOCOL, &protocol)) return;
    const char *name = name_of(names, COUNT_OF(names), protocol);
    if (name) summary_add(out, "%s", name);
    summary_add(out, "Protocol=0x%04llx", (unsigned long long)protocol);
}

void describe_hdlc(Summary *out, const CalcFrame *frame)
{
    u64 protocol;
    if (!header_number(frame, FIELD_CISCO_HDLC_PROTOCOL, &protocol)) return;
    if (protocol == 0x8035) summary_add(out, "SLARP");
    summary_add(out, "Protocol=0x%04llx", (unsigned long long)protocol);
}

void describe_pppoe(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {0x00, "Session"}, {0x07, "PADO"}, {0x09, "PADI"}, {0x19, "PADR"}, {0x65, "PADS"}, {0xa7, "PADT"},
    };
    u64 code;
    if (!header_number(frame, FIELD_PPPOE_CODE, &code)) return;
    const char *name = name_of(names, COUNT_OF(names), code);
    if (name)
        summary_add(out, "%s", name);
    else
        summary_add(out, "Code=0x%02llx", (unsigned long long)code);
    summary_number(out, frame, "SessionID", FIELD_PPPOE_SESSION);
}
