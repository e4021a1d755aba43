/* groups.h - what IGMP version 3 (RFC 3376) and version 2 listener messages of ICMPv6 (RFC 3810) share: records of groups and
 * sources, with addresses of 4 or 16 bytes.
 *
 * Rules: a report has as many records as it says, a record or query as many sources as it says, as far as the packet goes.
 * What was not captured is missing. */
#ifndef VM_PROTOCOLS_GROUPS_H
#define VM_PROTOCOLS_GROUPS_H

#include "vm/protocols/reading.h"

typedef struct {
    u8 query, report;            /* types of message */
    u32 address_len, sources_at; /* where a query's sources stand, behind their number */
} GroupMessage;

/* Its type is at `at`, its group's address 4 bytes on; `len` of it belong to the packet. */
typedef struct {
    u32 at, len, sources;
} GroupRecord;

/* CALC_MANY: the next record of a report. */
bool next_record(const CalcFrame *frame, const GroupMessage *message, CalcValue *value, GroupRecord *record);
/* CALC_MANY: where the next source address of a query or a report stands. */
bool next_source(const CalcFrame *frame, const GroupMessage *message, CalcValue *value, u32 *at);

#endif
