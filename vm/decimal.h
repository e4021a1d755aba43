/* decimal.h - a number as decimal digits, several times as fast as printf: printed frames are made of little else. */
#ifndef VM_DECIMAL_H
#define VM_DECIMAL_H

#include "vm/base.h"

enum { DECIMAL_MAX = 20 }; /* digits of the greatest u64 */

/* No NUL behind them; returns how many. */
static inline size_t decimal(char *out, u64 number)
{
    char digits[DECIMAL_MAX];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

#endif
