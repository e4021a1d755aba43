/* equivalent.c - see equivalent.h. */
#include "compiler/equivalent.h"

#include <stdarg.h>
#include <stdio.h>

bool phrase_fail(Phrase *w, const char *format, ...)
{
    if (w->why) return false;
    va_list args;
    char text[300];
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    w->why = arena_print(w->arena, "%s", text);
    return false;
}

const char *phrase_field_name(Phrase *w, FieldId field)
{
    return arena_print(w->arena, "%s.%s", proto_info[field_info[field].proto].name, field_info[field].name);
}

void write_number(Phrase *w, int type, u64 number)
{
    char text[64];
    text_add(&w->out, text, value_print_number(text, sizeof text, (ValueType)type, number));
}

void write_address(Phrase *w, const u8 *ipv6)
{
    char text[64];
    text_add(&w->out, text, value_print_bytes(text, sizeof text, TYPE_IPV6, ipv6, 16));
}

int prefix_of_ipv4(NumberRange range)
{
    u64 host = range.lo ^ range.hi; /* the bits that vary: all of them, from the lowest up */
    if (range.hi > UINT32_MAX || host & (host + 1) || range.lo & host) return -1;
    return 32 - __builtin_popcountll(host);
}

int prefix_of_ipv6(BytesRange range)
{
    u32 bits = 0;
    if (range.lo.len != 16 || range.hi.len != 16) return -1;
    while (bits < 128 && !((range.lo.at[bits / 8] ^ range.hi.at[bits / 8]) >> (7 - bits % 8) & 1)) bits++;
    for (u32 bit = bits; bit < 128; bit++) {
        bool low = range.lo.at[bit / 8] >> (7 - bit % 8) & 1, high = range.hi.at[bit / 8] >> (7 - bit % 8) & 1;
        if (low || !high) return -1;
    }
    return (int)bits;
}
