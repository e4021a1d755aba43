/* arp.c - ARP's addresses: what kind they are of, and how long, is in the header, RFC 826. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"
enum { ETHERTYPE_IPV4 = 0x0800 };

/* The addresses stand one after the other: sender's hardware and protocol, target's hardware and protocol.  Only the
 * sizes that Ethernet and IPv4 use are read, and protocol addresses only of IPv4; others are no values of these fields'
 * types. */
static bool arp_address(const CalcFrame *frame, bool target, bool protocol, CalcValue *value)
{
    if (!have(frame, 4, 2, value)) return false;
    const u8 *header = header_of(frame);
    u32 hardware_len = header[4], protocol_len = header[5];
    u32 size = protocol ? 4 : 6;
    if (size != (protocol ? protocol_len : hardware_len)) return false;
    if (protocol && load_be16(header + 2) != ETHERTYPE_IPV4) return false;
    return number_be(frame, 8 + (target ? hardware_len + protocol_len : 0) + (protocol ? hardware_len : 0), size,
                     value);
}

bool arp_sender_mac(const CalcFrame *frame, CalcValue *value) { return arp_address(frame, false, false, value); }
bool arp_sender_ip(const CalcFrame *frame, CalcValue *value) { return arp_address(frame, false, true, value); }
bool arp_target_mac(const CalcFrame *frame, CalcValue *value) { return arp_address(frame, true, false, value); }
bool arp_target_ip(const CalcFrame *frame, CalcValue *value) { return arp_address(frame, true, true, value); }

void describe_arp(Summary *out, const CalcFrame *frame)
{
    char sender[64], target[64], mac[64];
    bool ends = header_text(frame, FIELD_ARP_SENDER_IP, sender, sizeof sender) &&
                header_text(frame, FIELD_ARP_TARGET_IP, target, sizeof target);
    u64 opcode;
    if (!header_number(frame, FIELD_ARP_OPCODE, &opcode)) return;
    if (opcode == 1 && ends)
        summary_add(out, "Request, %s asks for %s", sender, target);
    else if (opcode == 2 && ends && header_text(frame, FIELD_ARP_SENDER_MAC, mac, sizeof mac))
        summary_add(out, "Response, %s at %s", sender, mac);
    else
        summary_add(out, "OpCode=%llu", (unsigned long long)opcode);
}
