/* text.c - see text.h. */
#include "grammar/text.h"

#include <stdarg.h>
#include <stdio.h>

/* Room for `more` bytes and a NUL. */
static void grow(Text *text, size_t more)
{
    if (text->len + more < text->room) return;
    size_t room = MAX_OF(text->room * 2, text->len + more + 64);
    char *bytes = arena_alloc(text->arena, room, 1);
    if (text->len) memcpy(bytes, text->bytes, text->len);
    text->bytes = bytes;
    text->room = room;
}

void text_add(Text *text, const char *bytes, size_t len)
{
    grow(text, len);
    if (len) memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
}

void text_fill(Text *text, char byte, size_t count)
{
    grow(text, count);
    memset(text->bytes + text->len, byte, count);
    text->len += count;
    text->bytes[text->len] = '\0';
}

void text_print(Text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        grow(text, (size_t)len);
        vsnprintf(text->bytes + text->len, (size_t)len + 1, format, again);
        text->len += (size_t)len;
    }
    va_end(again);
}

const char *text_str(const Text *text) { return text->bytes ? text->bytes : ""; }

/* Length of the sequence a lead byte promises, and the smallest code point that needs it; 0 for no lead byte. */
static u32 sequence_len(u8 lead, u32 *least)
{
    if (lead < 0x80) return *least = 0, 1;
    if (lead >= 0xC2 && lead <= 0xDF) return *least = 0x80, 2;
    if (lead >= 0xE0 && lead <= 0xEF) return *least = 0x800, 3;
    if (lead >= 0xF0 && lead <= 0xF4) return *least = 0x10000, 4;
    return 0;
}

u32 rune_next(const char *bytes, size_t len, size_t *at)
{
    size_t start = (*at)++;
    u8 lead = (u8)bytes[start];
    u32 least = 0, count = sequence_len(lead, &least);
    if (count == 1) return lead;
    if (count == 0 || count > len - start) return RUNE_BAD;
    u32 rune = lead & (0x7Fu >> count);
    for (u32 i = 1; i < count; i++) {
        u8 byte = (u8)bytes[start + i];
        if ((byte & 0xC0) != 0x80) return RUNE_BAD;
        rune = rune << 6 | (byte & 0x3F);
    }
    if (rune < least || rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) return RUNE_BAD;
    *at = start + count;
    return rune;
}

bool rune_is_shown(u32 rune)
{
    if (rune == RUNE_BAD || rune < 0x20 || (rune >= 0x7F && rune < 0xA0)) return false;
    if (rune >= 0x200B && rune <= 0x200F) return false; /* zero width, direction marks */
    if (rune >= 0x2028 && rune <= 0x202E) return false; /* separators, direction overrides */
    if (rune >= 0x2060 && rune <= 0x206F) return false; /* joiners, direction isolates */
    return rune != 0xAD && rune != 0x61C && rune != 0xFEFF;
}
