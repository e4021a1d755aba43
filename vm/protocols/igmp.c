/* igmp.c - who listens to which groups: RFC 1112, 2236, 3376. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"
#include "vm/protocols/groups.h"

enum { QUERY = 0x11, REPORT_1 = 0x12, REPORT_2 = 0x16, LEAVE = 0x17, REPORT_3 = 0x22, QUERY_3_BYTES = 12 };

static const GroupMessage message = {.query = QUERY, .report = REPORT_3, .address_len = 4, .sources_at = 12};

/* Queries are told apart by their length: RFC 3376, 7.1. */
static bool is_query_3(const CalcFrame *frame, CalcValue *value)
{
    return have(frame, 0, 1, value) && header_of(frame)[0] == QUERY && frame->wire_end - frame->header >= QUERY_3_BYTES;
}

bool igmp_version(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 2, value)) return false;
    switch (header_of(frame)[0]) {
    case QUERY: value->number = is_query_3(frame, value) ? 3 : header_of(frame)[1] ? 2 : 1; return true;
    case REPORT_1: value->number = 1; return true;
    case REPORT_2:
    case LEAVE: value->number = 2; return true;
    case REPORT_3: value->number = 3; return true;
    default: return false;
    }
}

bool igmp_group(const CalcFrame *frame, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    u8 type = header_of(frame)[0];
    if (type == REPORT_3) return igmp_record_group(frame, value);
    bool names_one = type == QUERY || type == REPORT_1 || type == REPORT_2 || type == LEAVE;
    return names_one && value->state->at++ == 0 && number_be(frame, 4, 4, value);
}

static bool query_bits(const CalcFrame *frame, u32 offset, u32 shift, u64 mask, CalcValue *value)
{
    if (!is_query_3(frame, value) || !number_be(frame, offset, 1, value)) return false;
    value->number = value->number >> shift & mask;
    return true;
}

bool igmp_suppress(const CalcFrame *frame, CalcValue *value) { return query_bits(frame, 8, 3, 1, value); }
bool igmp_robustness(const CalcFrame *frame, CalcValue *value) { return query_bits(frame, 8, 0, 7, value); }
bool igmp_interval(const CalcFrame *frame, CalcValue *value) { return query_bits(frame, 9, 0, 0xff, value); }

bool igmp_record(const CalcFrame *frame, CalcValue *value)
{
    GroupRecord record;
    return next_record(frame, &message, value, &record) && payload(frame, record.at, record.len, value);
}
bool igmp_record_type(const CalcFrame *frame, CalcValue *value)
{
    GroupRecord record;
    return next_record(frame, &message, value, &record) && number_be(frame, record.at, 1, value);
}
bool igmp_record_group(const CalcFrame *frame, CalcValue *value)
{
    GroupRecord record;
    return next_record(frame, &message, value, &record) && number_be(frame, record.at + 4, 4, value);
}
bool igmp_source(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return next_source(frame, &message, value, &at) && number_be(frame, at, 4, value);
}

void describe_igmp(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {QUERY, "Membership query"}, {REPORT_1, "Membership report"}, {REPORT_2, "Membership report"},
        {LEAVE, "Leave group"},      {REPORT_3, "Membership report"},
    };
    summary_type(out, frame, FIELD_IGMP_TYPE, names, COUNT_OF(names));
    summary_number(out, frame, "Version", FIELD_IGMP_VERSION);
    summary_value(out, frame, "Group", FIELD_IGMP_GROUP);
}
