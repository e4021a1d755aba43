/* nbtns.c - the NetBIOS name service: names in half-bytes, and what its records hold.  RFC 1002, 4.2.
 *
 * A name is 15 characters and a byte that says whose it is, the suffix.  On the wire it is one label of 32 letters A to P, a
 * half-byte each; a scope may follow, as further labels.  Given are the 15 characters, in capitals, padded with blanks also
 * where zeros pad them.  A label that is no such name gives no value, and the next one is tried. */
#include "vm/protocols/records.h"

#include <stdio.h>

#include "vm/protocols/describe.h"

enum { NB = 0x20, NODE_STATUS = 0x21, NAME_CHARACTERS = 15, NAME_BYTES = 16, LABEL_BYTES = 2 * NAME_BYTES };
enum { NODE_NAME_BYTES = NAME_BYTES + 2, ADDRESS_BYTES = 6 };

/* -- names ---------------------------------------------------------------------------------------------------------------- */

/* To the label that a pointer stands for, if one stands here; it leads back, behind the header. */
static bool find_label(const CalcFrame *frame, u32 *at, CalcValue *value)
{
    if (!have(frame, *at, 1, value)) return false;
    if (header_of(frame)[*at] < 0xc0) return true;
    if (!have(frame, *at, 2, value)) return false;
    u32 target = load_be16(header_of(frame) + *at) & 0x3fff;
    if (target >= *at || target < MESSAGE_HEADER) return false;
    *at = target;
    return true;
}

/* The 16 bytes that the label at `at` stands for. */
static bool read_name(const CalcFrame *frame, u32 at, CalcValue *value, u8 name[NAME_BYTES])
{
    if (!find_label(frame, &at, value) || header_of(frame)[at] != LABEL_BYTES) return false;
    if (!have(frame, at, 1 + LABEL_BYTES, value)) return false;
    const u8 *half = header_of(frame) + at + 1;
    for (u32 i = 0; i < LABEL_BYTES; i += 2) {
        u32 high = half[i] - (u32)'A', low = half[i + 1] - (u32)'A';
        if (high > 15 || low > 15) return false;
        name[i / 2] = (u8)(high << 4 | low);
    }
    return true;
}

static bool give_name(CalcValue *value, const u8 name[NAME_BYTES])
{
    u32 used = NAME_CHARACTERS;
    while (used > 0 && (name[used - 1] == '\0' || name[used - 1] == ' ')) used--;
    memset(value->room, ' ', NAME_CHARACTERS);
    for (u32 i = 0; i < used; i++) value->room[i] = (u8)(name[i] - 'a') < 26 ? name[i] & 0xdf : name[i];
    value->bytes = value->room;
    value->len = NAME_CHARACTERS;
    return true;
}

static bool give_suffix(CalcValue *value, const u8 name[NAME_BYTES])
{
    value->number = name[NAME_CHARACTERS];
    return true;
}

/* The name at `at`, as on the wire. */
static bool give_wire(const CalcFrame *frame, u32 at, CalcValue *value)
{
    u32 end = at;
    return name_skip(frame, &end, value) && bytes_at(frame, at, end - at, value);
}

bool nbtns_question_whom(const CalcFrame *frame, CalcValue *value)
{
    return question_next(frame, value) && give_wire(frame, value->state->at, value);
}

bool nbtns_question_name(const CalcFrame *frame, CalcValue *value)
{
    u8 name[NAME_BYTES];
    while (question_next(frame, value))
        if (read_name(frame, value->state->at, value, name)) return give_name(value, name);
    return false;
}

bool nbtns_question_suffix(const CalcFrame *frame, CalcValue *value)
{
    u8 name[NAME_BYTES];
    while (question_next(frame, value))
        if (read_name(frame, value->state->at, value, name)) return give_suffix(value, name);
    return false;
}

/* -- records -------------------------------------------------------------------------------------------------------------- */

static bool record_whom(const CalcFrame *frame, CalcValue *value, Section section)
{
    return record_next(frame, section, value) && give_wire(frame, value->state->at, value);
}

static bool record_name(const CalcFrame *frame, CalcValue *value, Section section)
{
    u8 name[NAME_BYTES];
    while (record_next(frame, section, value))
        if (read_name(frame, value->state->at, value, name)) return give_name(value, name);
    return false;
}

static bool record_suffix(const CalcFrame *frame, CalcValue *value, Section section)
{
    u8 name[NAME_BYTES];
    while (record_next(frame, section, value))
        if (read_name(frame, value->state->at, value, name)) return give_suffix(value, name);
    return false;
}

/* To the next entry of `bytes` in the data of records of a type, `skip` bytes in; state->word: the entry, and how many are
 * left behind it. */
static bool next_entry(const CalcFrame *frame, CalcValue *value, Section section, u32 type, u32 *at)
{
    enum { NEXT, LEFT };
    u32 *word = value->state->word, size = type == NB ? ADDRESS_BYTES : NODE_NAME_BYTES;
    while (word[LEFT] == 0) {
        Record record;
        if (!record_next_of(frame, section, type, value, &record)) return false;
        word[NEXT] = record.data;
        u32 length = record.end - record.data;
        if (type == NB) {
            word[LEFT] = length / size;
        } else if (length > 0) { /* their number stands in front */
            if (!have(frame, record.data, 1, value)) return false;
            word[NEXT]++;
            word[LEFT] = MIN_OF(header_of(frame)[record.data], (length - 1) / size);
        }
    }
    *at = word[NEXT];
    word[NEXT] += size;
    word[LEFT]--;
    return true;
}

static bool record_flags(const CalcFrame *frame, CalcValue *value, Section section)
{
    u32 at;
    return next_entry(frame, value, section, NB, &at) && number_be(frame, at, 2, value);
}

static bool record_address(const CalcFrame *frame, CalcValue *value, Section section)
{
    u32 at;
    return next_entry(frame, value, section, NB, &at) && number_be(frame, at + 2, 4, value);
}

#define IN_SECTION(s, section, field)                                                                                  \
    bool nbtns_##s##_##field(const CalcFrame *frame, CalcValue *value) { return record_##field(frame, value, section); }
#define IN_EVERY_SECTION(field)                                                                                        \
    IN_SECTION(answer, SECTION_ANSWER, field)                                                                          \
    IN_SECTION(authority, SECTION_AUTHORITY, field)                                                                    \
    IN_SECTION(additional, SECTION_ADDITIONAL, field)

IN_EVERY_SECTION(whom)
IN_EVERY_SECTION(name)
IN_EVERY_SECTION(suffix)
IN_EVERY_SECTION(flags)
IN_EVERY_SECTION(address)

/* -- node status: 18 bytes a name, then the statistics, which begin with the hardware address ------------------------------ */

bool nbtns_node_name(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return next_entry(frame, value, SECTION_ANSWER, NODE_STATUS, &at) && have(frame, at, NAME_BYTES, value) &&
           give_name(value, header_of(frame) + at);
}

bool nbtns_node_suffix(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return next_entry(frame, value, SECTION_ANSWER, NODE_STATUS, &at) &&
           number_be(frame, at + NAME_CHARACTERS, 1, value);
}

bool nbtns_node_flags(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return next_entry(frame, value, SECTION_ANSWER, NODE_STATUS, &at) && number_be(frame, at + NAME_BYTES, 2, value);
}

bool nbtns_node_unit(const CalcFrame *frame, CalcValue *value)
{
    Record record;
    while (record_next_of(frame, SECTION_ANSWER, NODE_STATUS, value, &record)) {
        if (!have(frame, record.data, 1, value)) return false;
        u32 at = record.data + 1 + header_of(frame)[record.data] * (u32)NODE_NAME_BYTES;
        if (at + 6 <= record.end) return number_be(frame, at, 6, value);
    }
    return false;
}

/* -- summary: NetMon's words ------------------------------------------------------------------------------------------------ */

void describe_nbtns(Summary *out, const CalcFrame *frame)
{
    static const NumberName opcodes[] = {{0, "Query"},
                                         {5, "Registration"},
                                         {6, "Release"},
                                         {7, "Wait for acknowledgement"},
                                         {8, "Refresh"},
                                         {9, "Refresh"},
                                         {15, "Multi-homed registration"}};
    static const NumberName rcodes[] = {{0, "Success"},         {1, "Format error"}, {2, "Server failure"},
                                        {3, "Name error"},      {5, "Refused"},      {6, "Name is active"},
                                        {7, "Name in conflict"}};
    char name[TEXT_MAX + 1];
    u64 opcode, response, code, suffix;
    if (!header_number(frame, FIELD_NBTNS_OPCODE, &opcode) || !header_number(frame, FIELD_NBTNS_R, &response)) return;
    const char *word = name_of(opcodes, COUNT_OF(opcodes), opcode);
    bool asked = header_text(frame, FIELD_NBTNS_QUESTION_NAME, name, sizeof name) &&
                 header_number(frame, FIELD_NBTNS_QUESTION_SUFFIX, &suffix);
    bool told = !asked && header_text(frame, FIELD_NBTNS_ANSWER_NAME, name, sizeof name) &&
                header_number(frame, FIELD_NBTNS_ANSWER_SUFFIX, &suffix);
    const char *kind = response ? "Response" : "Request";
    if (asked || told)
        summary_add(out, "%s %s for %s <0x%02llX>", word ? word : "Unknown", kind, name, (unsigned long long)suffix);
    else
        summary_add(out, "%s %s", word ? word : "Unknown", kind);
    if (response && header_number(frame, FIELD_NBTNS_RCODE, &code)) {
        word = name_of(rcodes, COUNT_OF(rcodes), code);
        summary_add(out, "%s", word ? word : "Unknown error");
    }
    summary_value(out, frame, "IPAddress", response ? FIELD_NBTNS_ANSWER_ADDRESS : FIELD_NBTNS_ADDITIONAL_ADDRESS);
}
