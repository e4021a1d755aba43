/* quote.h - what ICMP and ICMPv6 share: messages told by their type, and the packets that errors quote. */
#ifndef VM_PROTOCOLS_QUOTE_H
#define VM_PROTOCOLS_QUOTE_H

#include "vm/protocols/reading.h"

static inline bool type_is(const CalcFrame *frame, u8 type, CalcValue *value)
{
    return have(frame, 0, 1, value) && header_of(frame)[0] == type;
}

/* All that is behind `offset`, as far as captured. */
static inline bool data_from(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    u32 length;
    return wire_length(frame, offset, &length) && payload(frame, offset, length, value);
}

/* ---- what an error quotes ----
 *
 * Rules: a quoted packet is looked into like a header, but it is none of this frame's.  Its addresses are there where its
 * version is right and it has as many bytes; its ports, where it is TCP, UDP, SCTP, DCCP or UDP-Lite, no later fragment,
 * and they are quoted: of IPv4 behind its options, of IPv6 behind its extension headers. */

enum { QUOTE_AT = 8 };

static inline bool has_ports(u8 protocol)
{
    return protocol == 6 || protocol == 17 || protocol == 132 || protocol == 33 || protocol == 136;
}

/* Moves into the quoted packet: `inside` stands at its IP header, or at what is behind that. */
static inline CalcFrame moved(const CalcFrame *frame, u32 by)
{
    CalcFrame inside = *frame;
    inside.header += by;
    return inside;
}

/* `words` bytes of 4 or 8 as the message counts how much it quotes, RFC 4884; 0: all that is left. */
static inline bool quoted_bytes(const CalcFrame *frame, u32 quoted, CalcValue *value)
{
    u32 length;
    if (!wire_length(frame, QUOTE_AT, &length)) return false;
    if (quoted != 0) length = MIN_OF(length, quoted);
    return payload(frame, QUOTE_AT, length, value);
}

#endif
