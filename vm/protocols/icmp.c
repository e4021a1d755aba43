/* icmp.c - control messages: RFC 792 and 950, RFC 4443. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"
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

/* ---- summaries ---- */

static void describe_message(Summary *out, const CalcFrame *frame, FieldId type_field, FieldId code_field,
                             const NumberName *names, size_t count)
{
    u64 type;
    if (!header_number(frame, type_field, &type)) return;
    const char *name = name_of(names, count, type);
    if (name) summary_add(out, "%s", name);
    summary_add(out, "Type=%llu", (unsigned long long)type);
    summary_number(out, frame, "Code", code_field);
}

void describe_icmp(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {0, "Echo reply"},   {3, "Destination unreachable"}, {5, "Redirect"},
        {8, "Echo request"}, {11, "Time exceeded"},          {12, "Parameter problem"},
    };
    describe_message(out, frame, FIELD_ICMP_TYPE, FIELD_ICMP_CODE, names, COUNT_OF(names));
    summary_number(out, frame, "Id", FIELD_ICMP_IDENTIFIER);
    summary_number(out, frame, "Seq", FIELD_ICMP_SEQUENCE);
}

void describe_icmpv6(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {1, "Destination unreachable"},
        {2, "Packet too big"},
        {3, "Time exceeded"},
        {4, "Parameter problem"},
        {128, "Echo request"},
        {129, "Echo reply"},
        {133, "Router solicitation"},
        {134, "Router advertisement"},
        {135, "Neighbor solicitation"},
        {136, "Neighbor advertisement"},
        {137, "Redirect"},
    };
    describe_message(out, frame, FIELD_ICMPV6_TYPE, FIELD_ICMPV6_CODE, names, COUNT_OF(names));
}
