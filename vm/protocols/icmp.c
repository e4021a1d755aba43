/* icmp.c - control messages: RFC 792 and 950, RFC 4443. */
#include "vm/protocols/reading.h"

#include "vm/walk.h"

Step walk_icmp(Walk *w) { return walk_leaf(w); }
Step walk_icmpv6(Walk *w) { return walk_leaf(w); }

/* Only questions and answers carry an identifier. */
static bool icmp_word(const CalcFrame *frame, u32 offset, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    u8 type = header_of(frame)[0];
    if (type != 0 && type != 8 && !(type >= 13 && type <= 18)) return false;
    return number_be(frame, offset, 2, value);
}

bool icmp_identifier(const CalcFrame *frame, CalcValue *value) { return icmp_word(frame, 4, value); }
bool icmp_sequence(const CalcFrame *frame, CalcValue *value) { return icmp_word(frame, 6, value); }
