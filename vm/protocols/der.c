/* der.c - see der.h. */
#include "vm/protocols/der.h"

bool der_next(const CalcFrame *frame, Der *around, u8 *tag, Der *inside, CalcValue *value)
{
    u32 at = around->at, room = around->end - around->at;
    if (around->at >= around->end || room < 2 || !have(frame, at, 2, value)) return false;
    *tag = header_of(frame)[at];
    u32 first = header_of(frame)[at + 1], more = first & 0x7f, length = first;
    at += 2;
    if (first >= 0x80) {
        if (more == 0 || more > 4 || room < 2 + more || !have(frame, at, more, value)) return false;
        length = 0;
        for (u32 i = 0; i < more; i++) length = length << 8 | header_of(frame)[at + i];
        at += more;
    }
    if (length > around->end - at) return false;
    *inside = (Der){at, at + length};
    around->at = at + length;
    return true;
}

bool der_expect(const CalcFrame *frame, Der *around, u8 tag, Der *inside, CalcValue *value)
{
    u8 found;
    return der_next(frame, around, &found, inside, value) && found == tag;
}

bool der_find(const CalcFrame *frame, Der *around, u8 tag, Der *inside, CalcValue *value)
{
    u8 found;
    while (der_next(frame, around, &found, inside, value))
        if (found == tag) return true;
    return false;
}

bool der_number(const CalcFrame *frame, Der content, CalcValue *value)
{
    u32 length = content.end - content.at;
    if (length > 1 && have(frame, content.at, 1, value) && header_of(frame)[content.at] == 0) {
        content.at++; /* a sign */
        length--;
    } else if (length > 0 && have(frame, content.at, 1, value) && header_of(frame)[content.at] >= 0x80) {
        return false; /* below 0 */
    }
    return length >= 1 && length <= 8 && number_be(frame, content.at, length, value);
}

bool der_bytes(const CalcFrame *frame, Der content, CalcValue *value)
{
    if (content.at == content.end) { /* there, and empty */
        value->bytes = header_of(frame);
        value->len = 0;
        return have(frame, content.at, 0, value);
    }
    u32 here = frame->wire_end - frame->header;
    if (content.at >= here) return false;
    return payload(frame, content.at, MIN_OF(content.end, here) - content.at, value);
}
