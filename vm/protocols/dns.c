/* dns.c - fields of messages of the domain name system: DNS, mDNS and LLMNR; records.h has the rules. */
#include "vm/protocols/records.h"

#include <stdio.h>

#include "vm/protocols/describe.h"
#include "vm/walk.h"

enum { CLASS_MASK = 0x7fff };
enum { A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28, SRV = 33, OPT = 41 };

/* -- over TCP: each message with its length in front ------------------------------------------------------------------ */

/* A segment may begin in the middle of a message.  So a message is believed only if the counts in its header fit its
 * length: a question takes 5 bytes at least, a record 11. */
static bool counts_fit(const u8 *header, u32 length)
{
    u32 records = load_be16(header + 6) + load_be16(header + 8) + load_be16(header + 10);
    return length >= MESSAGE_HEADER + 5u * load_be16(header + 4) + 11 * records;
}

Step walk_dns_stream(Walk *w)
{
    if (!walk_need(w, 2 + MESSAGE_HEADER)) return STEP_NONE;
    w->hint = load_be16(w->data + w->at);
    if (!counts_fit(w->data + w->at + 2, w->hint)) return STEP_NONE;
    w->at += 2;
    return STEP_DNS_MESSAGE;
}

Step walk_dns_message(Walk *w)
{
    w->own->end = MIN_OF(w->own->end, w->at + w->hint);
    w->at += w->hint;
    return STEP_DNS_STREAM;
}

/* A header with one question behind it: a name, a type, a class. */
static bool has_one_question(Walk *w)
{
    const u8 *header = w->data + w->at;
    u32 at = MESSAGE_HEADER;
    if (load_be16(header + QUESTION_COUNT_AT) != 1 || !counts_fit(header, w->end - w->at)) return false;
    for (;;) {
        if (!walk_need(w, at + 1)) return false;
        u32 length = header[at];
        if (length == 0) break;
        at += 1 + length;
        if (length > 63 || at > MESSAGE_HEADER + 255) return false;
    }
    if (!walk_need(w, at + 1 + QUESTION_FIXED)) return false;
    u32 type = load_be16(header + at + 1), class = load_be16(header + at + 3);
    return type > 0 && class > 0 && class < 256;
}

/* Some hosts send the length in a segment of its own.  The next one begins with the message, then. */
Step walk_dns_segment(Walk *w)
{
    Step step = walk_dns_stream(w);
    if (step != STEP_NONE || !walk_need(w, 2 + MESSAGE_HEADER) || !has_one_question(w)) return step;
    w->hint = w->end - w->at;
    return STEP_DNS_MESSAGE;
}

/* -- questions -------------------------------------------------------------------------------------------------------- */

/* What stands behind the name of the next question. */
static bool question_number(const CalcFrame *frame, CalcValue *value, u32 offset)
{
    if (!question_next(frame, value)) return false;
    u32 at = value->state->at;
    return name_skip(frame, &at, value) && number_be(frame, at + offset, 2, value);
}

bool dns_question(const CalcFrame *frame, CalcValue *value)
{
    if (!question_next(frame, value)) return false;
    u32 at = value->state->at, end = at;
    return question_skip(frame, &end, value) && bytes_at(frame, at, end - at, value);
}

bool dns_question_name(const CalcFrame *frame, CalcValue *value)
{
    while (question_next(frame, value))
        if (name_text(frame, value->state->at, value)) return true;
    return false;
}

bool dns_question_type(const CalcFrame *frame, CalcValue *value) { return question_number(frame, value, 0); }
bool dns_question_class(const CalcFrame *frame, CalcValue *value) { return question_number(frame, value, 2); }

/* -- records ---------------------------------------------------------------------------------------------------------- */

#define RECORD_FIELD(field) static bool record_##field(const CalcFrame *frame, CalcValue *value, Section section)

RECORD_FIELD(whole)
{
    Record record;
    return record_next_whole(frame, section, value, &record) &&
           bytes_at(frame, record.at, record.end - record.at, value);
}

RECORD_FIELD(name)
{
    while (record_next(frame, section, value))
        if (name_text(frame, value->state->at, value)) return true;
    return false;
}

static bool fixed_number(const CalcFrame *frame, CalcValue *value, Section section, u32 offset, u32 width)
{
    Record record;
    return record_next_whole(frame, section, value, &record) && number_be(frame, record.fixed + offset, width, value);
}

/* An OPT record has other things where class and time to live stand. */
static bool lasting_number(const CalcFrame *frame, CalcValue *value, Section section, u32 offset, u32 width)
{
    Record record;
    while (record_next_whole(frame, section, value, &record))
        if (record.type != OPT) return number_be(frame, record.fixed + offset, width, value);
    return false;
}

RECORD_FIELD(type) { return fixed_number(frame, value, section, 0, 2); }
RECORD_FIELD(class) { return lasting_number(frame, value, section, 2, 2); }
RECORD_FIELD(ttl) { return lasting_number(frame, value, section, 4, 4); }
RECORD_FIELD(length) { return fixed_number(frame, value, section, 8, 2); }

RECORD_FIELD(data)
{
    Record record;
    while (record_next_whole(frame, section, value, &record))
        if (record.end > record.data) return bytes_at(frame, record.data, record.end - record.data, value);
    return false;
}

/* -- data of the types ------------------------------------------------------------------------------------------------ */

/* The data of the next record of a type, `length` bytes of it or, where that is 0, any. */
static bool typed_data(const CalcFrame *frame, CalcValue *value, Section section, u32 type, u32 length)
{
    Record record;
    while (record_next_of(frame, section, type, value, &record))
        if (record.end > record.data && (length == 0 || record.end - record.data == length))
            return bytes_at(frame, record.data, record.end - record.data, value);
    return false;
}

/* A number at `offset` of the data. */
static bool typed_number(const CalcFrame *frame, CalcValue *value, Section section, u32 type, u32 offset, u32 width)
{
    Record record;
    while (record_next_of(frame, section, type, value, &record))
        if (record.end - record.data >= offset + width) return number_be(frame, record.data + offset, width, value);
    return false;
}

/* Over the names in front of a place in the data, which must lie in it. */
static bool skip_names(const CalcFrame *frame, const Record *record, u32 names, u32 *at, CalcValue *value)
{
    for (; names > 0; names--)
        if (!name_skip(frame, at, value) || *at > record->end) return false;
    return true;
}

/* The name at `offset` of the data, behind `names` others. */
static bool typed_name(const CalcFrame *frame, CalcValue *value, Section section, u32 type, u32 offset, u32 names)
{
    Record record;
    while (record_next_of(frame, section, type, value, &record)) {
        u32 at = record.data + offset, end;
        if (!skip_names(frame, &record, names, &at, value)) continue;
        end = at;
        if (skip_names(frame, &record, 1, &end, value) && name_text(frame, at, value)) return true;
    }
    return false;
}

RECORD_FIELD(a) { return typed_data(frame, value, section, A, 4) && (value->number = load_be32(value->bytes), true); }
RECORD_FIELD(aaaa) { return typed_data(frame, value, section, AAAA, 16); }
RECORD_FIELD(cname) { return typed_name(frame, value, section, CNAME, 0, 0); }
RECORD_FIELD(ns) { return typed_name(frame, value, section, NS, 0, 0); }
RECORD_FIELD(ptr) { return typed_name(frame, value, section, PTR, 0, 0); }
RECORD_FIELD(mx) { return typed_data(frame, value, section, MX, 0); }
RECORD_FIELD(mx_preference) { return typed_number(frame, value, section, MX, 0, 2); }
RECORD_FIELD(mx_exchange) { return typed_name(frame, value, section, MX, 2, 0); }
RECORD_FIELD(srv) { return typed_data(frame, value, section, SRV, 0); }
RECORD_FIELD(srv_priority) { return typed_number(frame, value, section, SRV, 0, 2); }
RECORD_FIELD(srv_weight) { return typed_number(frame, value, section, SRV, 2, 2); }
RECORD_FIELD(srv_port) { return typed_number(frame, value, section, SRV, 4, 2); }
RECORD_FIELD(srv_target) { return typed_name(frame, value, section, SRV, 6, 0); }
RECORD_FIELD(soa) { return typed_data(frame, value, section, SOA, 0); }
RECORD_FIELD(soa_mname) { return typed_name(frame, value, section, SOA, 0, 0); }
RECORD_FIELD(soa_rname) { return typed_name(frame, value, section, SOA, 0, 1); }

/* The numbers of an SOA stand behind its two names. */
static bool soa_number(const CalcFrame *frame, CalcValue *value, Section section, u32 offset)
{
    Record record;
    while (record_next_of(frame, section, SOA, value, &record)) {
        u32 at = record.data;
        if (!skip_names(frame, &record, 2, &at, value) || at + offset + 4 > record.end) continue;
        return number_be(frame, at + offset, 4, value);
    }
    return false;
}

RECORD_FIELD(soa_serial) { return soa_number(frame, value, section, 0); }
RECORD_FIELD(soa_refresh) { return soa_number(frame, value, section, 4); }
RECORD_FIELD(soa_retry) { return soa_number(frame, value, section, 8); }
RECORD_FIELD(soa_expire) { return soa_number(frame, value, section, 12); }
RECORD_FIELD(soa_minimum) { return soa_number(frame, value, section, 16); }

/* The strings of a TXT record, each with its length in front; state->word: the next string, and the end of the data. */
RECORD_FIELD(txt)
{
    enum { NEXT, END };
    u32 *word = value->state->word;
    for (;;) {
        Record record;
        while (word[NEXT] >= word[END]) {
            if (!record_next_of(frame, section, TXT, value, &record)) return false;
            word[NEXT] = record.data;
            word[END] = record.end;
        }
        u32 at = word[NEXT];
        if (!have(frame, at, 1, value)) return false;
        u32 length = header_of(frame)[at];
        word[NEXT] = at + 1 + length;
        if (word[NEXT] <= word[END]) return bytes_at(frame, at + 1, length, value);
    }
}

/* -- a function for every section and field ----------------------------------------------------------------------------- */

#define IN_SECTION(s, section, field)                                                                                  \
    bool dns_##s##_##field(const CalcFrame *frame, CalcValue *value) { return record_##field(frame, value, section); }
#define IN_EVERY_SECTION(field)                                                                                        \
    IN_SECTION(answer, SECTION_ANSWER, field)                                                                          \
    IN_SECTION(authority, SECTION_AUTHORITY, field)                                                                    \
    IN_SECTION(additional, SECTION_ADDITIONAL, field)

IN_EVERY_SECTION(whole)
IN_EVERY_SECTION(name)
IN_EVERY_SECTION(type)
IN_EVERY_SECTION(class)
IN_EVERY_SECTION(ttl)
IN_EVERY_SECTION(length)
IN_EVERY_SECTION(data)
IN_EVERY_SECTION(a)
IN_EVERY_SECTION(aaaa)
IN_EVERY_SECTION(cname)
IN_EVERY_SECTION(ns)
IN_EVERY_SECTION(ptr)
IN_EVERY_SECTION(txt)
IN_EVERY_SECTION(mx)
IN_EVERY_SECTION(mx_preference)
IN_EVERY_SECTION(mx_exchange)
IN_EVERY_SECTION(srv)
IN_EVERY_SECTION(srv_priority)
IN_EVERY_SECTION(srv_weight)
IN_EVERY_SECTION(srv_port)
IN_EVERY_SECTION(srv_target)
IN_EVERY_SECTION(soa)
IN_EVERY_SECTION(soa_mname)
IN_EVERY_SECTION(soa_rname)
IN_EVERY_SECTION(soa_serial)
IN_EVERY_SECTION(soa_refresh)
IN_EVERY_SECTION(soa_retry)
IN_EVERY_SECTION(soa_expire)
IN_EVERY_SECTION(soa_minimum)

/* -- EDNS: the fixed part of an OPT record holds other things, RFC 6891, 6.1.3 ------------------------------------------ */

static bool opt_number(const CalcFrame *frame, CalcValue *value, u32 offset, u32 width)
{
    Record record;
    return record_next_of(frame, SECTION_ADDITIONAL, OPT, value, &record) &&
           number_be(frame, record.fixed + offset, width, value);
}

bool dns_opt(const CalcFrame *frame, CalcValue *value)
{
    Record record;
    return record_next_of(frame, SECTION_ADDITIONAL, OPT, value, &record) &&
           bytes_at(frame, record.at, record.end - record.at, value);
}

bool dns_opt_size(const CalcFrame *frame, CalcValue *value) { return opt_number(frame, value, 2, 2); }
bool dns_opt_rcode(const CalcFrame *frame, CalcValue *value) { return opt_number(frame, value, 4, 1); }
bool dns_opt_version(const CalcFrame *frame, CalcValue *value) { return opt_number(frame, value, 5, 1); }

bool dns_opt_do(const CalcFrame *frame, CalcValue *value)
{
    if (!opt_number(frame, value, 6, 1)) return false;
    value->number >>= 7;
    return true;
}

/* -- mDNS: the upper bit of a class says something else, RFC 6762, 10.2 and 5.4 ------------------------------------------ */

#define CLASS_AND_BIT(class_of, class_name, bit_name)                                                                  \
    bool class_name(const CalcFrame *frame, CalcValue *value)                                                          \
    {                                                                                                                  \
        bool there = class_of(frame, value);                                                                           \
        value->number &= CLASS_MASK;                                                                                   \
        return there;                                                                                                  \
    }                                                                                                                  \
    bool bit_name(const CalcFrame *frame, CalcValue *value)                                                            \
    {                                                                                                                  \
        bool there = class_of(frame, value);                                                                           \
        value->number >>= 15;                                                                                          \
        return there;                                                                                                  \
    }

CLASS_AND_BIT(dns_question_class, mdns_question_class, mdns_question_unicast)
CLASS_AND_BIT(dns_answer_class, mdns_answer_class, mdns_answer_flush)
CLASS_AND_BIT(dns_authority_class, mdns_authority_class, mdns_authority_flush)
CLASS_AND_BIT(dns_additional_class, mdns_additional_class, mdns_additional_flush)

/* -- summaries: NetMon's words ------------------------------------------------------------------------------------------ */

static const NumberName type_names[] = {
    {1, "Host Addr"}, {NS, "NS"},     {CNAME, "CNAME"}, {SOA, "SOA"},  {PTR, "PTR"},  {13, "HINFO"}, {MX, "MX"},
    {TXT, "TXT"},     {AAAA, "AAAA"}, {SRV, "SRV"},     {35, "NAPTR"}, {43, "DS"},    {46, "RRSIG"}, {47, "NSEC"},
    {48, "DNSKEY"},   {64, "SVCB"},   {65, "HTTPS"},    {251, "IXFR"}, {252, "AXFR"}, {255, "All"},
};
static const NumberName class_names[] = {{1, "Internet"}, {3, "CHAOS"}, {4, "Hesiod"}, {254, "None"}, {255, "Any"}};
static const NumberName opcode_names[] = {
    {0, "QUERY (Standard query)"}, {1, "IQUERY (Inverse query)"}, {2, "STATUS (Server status request)"},
    {4, "NOTIFY (Zone change)"},   {5, "UPDATE (Update)"},        {6, "DSO (Stateful operations)"},
};
static const NumberName rcode_names[] = {
    {0, "Success"},         {1, "Format error"},      {2, "Server failure"},   {3, "Name Error"},
    {4, "Not implemented"}, {5, "Refused"},           {6, "Name exists"},      {7, "RRset exists"},
    {8, "RRset missing"},   {9, "Not authoritative"}, {10, "Not in the zone"},
};

/* "Name Error", or the number where it has no name. */
static void number_or_name(char *out, size_t size, const NumberName *names, size_t count, u64 number)
{
    const char *name = name_of(names, count, number);
    if (name)
        snprintf(out, size, "%s", name);
    else
        snprintf(out, size, "%llu", (unsigned long long)number);
}

/* "www.example.com of type Host Addr on class Internet": the first question; empty where there is none. */
static void describe_question(char *out, size_t size, const CalcFrame *frame)
{
    char name[TEXT_MAX + 1], type[32] = "?", class[32] = "?";
    u64 number;
    out[0] = '\0';
    if (!header_text(frame, FIELD_DNS_QUESTION_NAME, name, sizeof name)) return;
    if (header_number(frame, FIELD_DNS_QUESTION_TYPE, &number))
        number_or_name(type, sizeof type, type_names, COUNT_OF(type_names), number);
    if (header_number(frame, FIELD_DNS_QUESTION_CLASS, &number))
        number_or_name(class, sizeof class, class_names, COUNT_OF(class_names), number & CLASS_MASK);
    snprintf(out, size, "%s of type %s on class %s", name, type, class);
}

void describe_dns(Summary *out, const CalcFrame *frame)
{
    char question[TEXT_MAX + 96], words[64];
    u64 id, opcode, response, rcode;
    if (!header_number(frame, FIELD_DNS_ID, &id)) return;
    summary_add(out, "QueryId = 0x%llX", (unsigned long long)id);
    if (!header_number(frame, FIELD_DNS_OPCODE, &opcode) || !header_number(frame, FIELD_DNS_QR, &response)) return;
    number_or_name(words, sizeof words, opcode_names, COUNT_OF(opcode_names), opcode);
    summary_add(out, "%s", words);
    describe_question(question, sizeof question, frame);
    if (response == 0) {
        summary_add(out, question[0] ? "Query for %s" : "Query%s", question);
    } else if (header_number(frame, FIELD_DNS_RCODE, &rcode)) {
        number_or_name(words, sizeof words, rcode_names, COUNT_OF(rcode_names), rcode);
        summary_add(out, "Response - %s", words);
        if (question[0]) summary_add(out, "%s", question);
        summary_number(out, frame, "Answers", FIELD_DNS_ANSWERS);
    }
}
