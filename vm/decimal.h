/* decimal.h - a number as decimal digits, several times as fast as printf: printed frames are made of little else. */
#ifndef VM_DECIMAL_H
#define VM_DECIMAL_H

#include "vm/base.h"

enum { DECIMAL_MAX = 20 }; /* digits of the greatest u64 */

/* No NUL behind them; returns how many. */
static inline size_t decimal(char *out, u64 number)
{
    size_t count = 1;
    for (u64 rest = number; rest >= 10; rest /= 10) count++;
    for (size_t at = count; at-- > 0; number /= 10) out[at] = (char)('0' + number % 10);
    return count;
}

#endif
