/* reading.c - see reading.h. */
#include "vm/protocols/reading.h"

#include <stdarg.h>
#include <stdio.h>

bool make_text(CalcValue *value, const char *format, ...)
{
    char text[TEXT_MAX + 1]; /* snprintf wants room for a NUL */
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0) return false;
    value->bytes = value->room;
    value->len = MIN_OF((u32)len, (u32)TEXT_MAX);
    memcpy(value->room, text, value->len);
    return true;
}
