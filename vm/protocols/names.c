/* names.c - see names.h. */
#include "vm/protocols/names.h"

enum {
    LABEL_MAX = 63,
    POINTER = 0xc0,     /* a length byte from here on begins a pointer */
    NAME_BYTES = 255,   /* length bytes included, RFC 1035, 2.3.4 */
    POINTERS_MAX = 127, /* a name has no more labels */
    MESSAGE_HEADER = 12,
};
_Static_assert(2 * NAME_BYTES <= TEXT_MAX, "a name fits the room, even if every byte gets a backslash");

bool name_skip(const CalcFrame *frame, u32 *at, CalcValue *value)
{
    for (;;) {
        if (!have(frame, *at, 1, value)) return false;
        u32 length = header_of(frame)[*at];
        bool ends = length == 0 || length >= POINTER;
        if (!ends && length > LABEL_MAX) return false;
        *at += length >= POINTER ? 2 : length + 1;
        if (ends) return true;
    }
}

/* A label and a dot behind it. */
static u8 *label_text(u8 *out, const u8 *label, u32 length)
{
    for (u32 i = 0; i < length; i++) {
        u8 byte = label[i];
        if (byte == '.' || byte == '\\') *out++ = '\\';
        *out++ = (u8)(byte - 'A') < 26 ? byte | 0x20 : byte;
    }
    *out++ = '.';
    return out;
}

static bool give_text(CalcValue *value, const u8 *end)
{
    u32 len = (u32)(end - value->room);
    value->bytes = value->room;
    value->len = len ? len - 1 : 1; /* without the last dot */
    if (len == 0) value->room[0] = '.';
    return true;
}

bool name_text(const CalcFrame *frame, u32 at, CalcValue *value)
{
    u8 *out = value->room;
    u32 labels = at, bytes = 1, pointers = 0;
    while (have(frame, at, 1, value)) {
        const u8 *here = header_of(frame) + at;
        u32 length = here[0];
        if (length == 0) return give_text(value, out);
        if (length >= POINTER) {
            if (!have(frame, at, 2, value)) return false;
            at = load_be16(here) & 0x3fff;
            if (at >= labels || at < MESSAGE_HEADER || ++pointers > POINTERS_MAX) return false;
            labels = at;
            continue;
        }
        bytes += length + 1;
        if (length > LABEL_MAX || bytes > NAME_BYTES || !have(frame, at, length + 1, value)) return false;
        out = label_text(out, here + 1, length);
        at += length + 1;
    }
    return false;
}

bool name_alone(const u8 *bytes, u32 len, u32 *used, CalcValue *value)
{
    u8 *out = value->room;
    u32 at = 0;
    while (at < len && bytes[at] != 0) {
        u32 length = bytes[at];
        if (length > LABEL_MAX || at + 1 + length > MIN_OF(len, NAME_BYTES - 1u)) return false;
        out = label_text(out, bytes + at + 1, length);
        at += 1 + length;
    }
    *used = MIN_OF(at + 1, len);
    return len > 0 && give_text(value, out);
}
