/* records.c - see records.h. */
#include "vm/protocols/records.h"

bool question_skip(const CalcFrame *frame, u32 *at, CalcValue *value)
{
    if (!name_skip(frame, at, value)) return false;
    *at += QUESTION_FIXED;
    return true;
}

static bool count_at(const CalcFrame *frame, u32 at, CalcValue *value, u32 *count)
{
    if (!have(frame, at, 2, value)) return false;
    *count = load_be16(header_of(frame) + at);
    return true;
}

/* To the next question; state: where the last one stands, and how many are left behind it. */
bool question_next(const CalcFrame *frame, CalcValue *value)
{
    CalcState *state = value->state;
    if (state->at == 0) {
        if (!count_at(frame, QUESTION_COUNT_AT, value, &state->left)) return false;
        state->at = MESSAGE_HEADER;
    } else if (state->left == 0 || !question_skip(frame, &state->at, value)) {
        return false;
    }
    if (state->left == 0) return false;
    state->left--;
    return true;
}

static bool read_record(const CalcFrame *frame, u32 at, CalcValue *value, Record *record)
{
    record->at = record->fixed = at;
    if (!name_skip(frame, &record->fixed, value) || !have(frame, record->fixed, RECORD_FIXED, value)) return false;
    const u8 *fixed = header_of(frame) + record->fixed;
    record->type = load_be16(fixed);
    record->data = record->fixed + RECORD_FIXED;
    record->end = record->data + load_be16(fixed + 8);
    return true;
}

/* Over a record that is whole on the wire. */
static bool skip_record(const CalcFrame *frame, u32 *at, CalcValue *value)
{
    Record record;
    if (!read_record(frame, *at, value, &record)) return false;
    *at = record.end;
    return true;
}

/* Where a section begins, and what it claims to hold. */
static bool find_section(const CalcFrame *frame, Section section, CalcValue *value)
{
    CalcState *state = value->state;
    u32 count, at = MESSAGE_HEADER;
    if (!count_at(frame, QUESTION_COUNT_AT + 2 + 2 * section, value, &state->left) || state->left == 0) return false;
    if (!count_at(frame, QUESTION_COUNT_AT, value, &count)) return false;
    for (; count > 0; count--)
        if (!question_skip(frame, &at, value)) return false;
    for (Section before = SECTION_ANSWER; before < section; before++) {
        if (!count_at(frame, QUESTION_COUNT_AT + 2 + 2 * before, value, &count)) return false;
        for (; count > 0; count--)
            if (!skip_record(frame, &at, value)) return false;
    }
    state->at = at;
    return true;
}

/* To the next record; state: where the last one stands, and how many are left behind it. */
bool record_next(const CalcFrame *frame, Section section, CalcValue *value)
{
    CalcState *state = value->state;
    bool there =
        state->at == 0 ? find_section(frame, section, value) : state->left > 0 && skip_record(frame, &state->at, value);
    state->left = there ? state->left - 1 : 0;
    if (!there) state->at = MESSAGE_HEADER; /* not to be looked for again */
    return there;
}

bool record_next_whole(const CalcFrame *frame, Section section, CalcValue *value, Record *record)
{
    return record_next(frame, section, value) && read_record(frame, value->state->at, value, record);
}

bool record_next_of(const CalcFrame *frame, Section section, u32 type, CalcValue *value, Record *record)
{
    while (record_next_whole(frame, section, value, record))
        if (record->type == type) return true;
    return false;
}
