/* groups.c - see groups.h. */
#include "vm/protocols/groups.h"

enum { RECORDS_AT = 8, ADDRESS_AT = 4 };

/* state->at counts the records that were given, state->word[0] is where the next one stands. */
bool next_record(const CalcFrame *frame, const GroupMessage *message, CalcValue *value, GroupRecord *record)
{
    CalcState *state = value->state;
    if (!have(frame, 0, RECORDS_AT, value) || header_of(frame)[0] != message->report) return false;
    if (state->at >= load_be16(header_of(frame) + 6)) return false;
    u32 at = state->at ? state->word[0] : RECORDS_AT;
    if (!have(frame, at, ADDRESS_AT, value)) return false;
    const u8 *bytes = header_of(frame) + at;
    u32 sources = load_be16(bytes + 2), len = ADDRESS_AT + (1 + sources) * message->address_len + bytes[1] * 4u;
    *record = (GroupRecord){at, MIN_OF(len, frame->wire_end - frame->header - at), sources};
    state->at++;
    state->word[0] = at + len;
    return true;
}

/* state->left counts the sources that are left of a record or query, state->word[1] is where the next one stands. */
static bool source_left(const CalcFrame *frame, const GroupMessage *message, CalcValue *value, u32 *at)
{
    CalcState *state = value->state;
    if (state->left == 0) return false;
    *at = state->word[1];
    state->word[1] += message->address_len;
    state->left--;
    return have(frame, *at, message->address_len, value);
}

bool next_source(const CalcFrame *frame, const GroupMessage *message, CalcValue *value, u32 *at)
{
    CalcState *state = value->state;
    GroupRecord record;
    if (!have(frame, 0, 1, value)) return false;
    if (header_of(frame)[0] == message->query && state->at == 0) {
        if (!have(frame, message->sources_at - 2, 2, value)) return false;
        state->at = 1;
        state->left = load_be16(header_of(frame) + message->sources_at - 2);
        state->word[1] = message->sources_at;
    }
    while (state->left == 0 && next_record(frame, message, value, &record)) {
        state->left = record.sources;
        state->word[1] = record.at + ADDRESS_AT + message->address_len;
    }
    return source_left(frame, message, value, at);
}
