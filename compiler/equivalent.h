/* equivalent.h - what wireshark.c and tcpdump.c share, which put a filter of ours into another tool's words; nothing outside
 * these two and peers.c includes it.
 *
 * Always true: a function that cannot say the same in the peer's language has given the reason, once, and says false; what
 * was written by then is thrown away. */
#ifndef COMPILER_EQUIVALENT_H
#define COMPILER_EQUIVALENT_H

#include "compiler/peers.h"
#include "grammar/text.h"

enum {
    MEMBERS_MAX = 1000,    /* constants of one set: more makes a filter that no peer is good at */
    BYTES_MAX = 64,        /* of a constant */
    PHRASE_MAX = 64 << 10, /* of a whole filter */
};

typedef struct {
    Arena *arena;
    Text out;
    u32 exceptions;  /* bit set of Exception */
    const char *why; /* the first reason why not */
    bool tagged;     /* tcpdump: what is written stands behind `vlan' */
} Phrase;

bool wireshark_write(Phrase *w, const Typed *root);
bool tcpdump_write(Phrase *w, const Typed *root);

bool phrase_fail(Phrase *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void phrase_except(Phrase *w, Exception exception) { w->exceptions |= 1u << exception; }

/* "TCP.SrcPort" */
const char *phrase_field_name(Phrase *w, FieldId field);

/* ---- constants ---- */

void write_number(Phrase *w, int type, u64 number);
void write_address(Phrase *w, const u8 *ipv6);
/* Bits of the prefix that lo..hi is; -1 when it is none.  Single values are prefixes of all bits. */
int prefix_of_ipv4(NumberRange range);
int prefix_of_ipv6(BytesRange range);
static inline bool is_one(NumberRange range) { return range.lo == range.hi; }

#endif
