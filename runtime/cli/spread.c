/* spread.c - see spread.h. */
#include "runtime/cli/spread.h"

#include <stdlib.h>
#include <string.h>

static const double TAIL = 0.025;                /* on either side: 95 % in between */
static const double DEVIATIONS = 1.959963984540; /* of the normal distribution, for the same */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many values lie outside on either side of the sign test's interval: the most so that P(Bin(count, 1/2) < outside) is
 * no more than TAIL. */
static size_t outside_of_sign_test(size_t count)
{
    size_t outside = 0;
    double exactly = 1, below = 0; /* P(Bin = outside), P(Bin < outside) */
    for (size_t i = 0; i < count; i++) exactly /= 2;
    while (outside < count && below + exactly <= TAIL) {
        below += exactly;
        exactly *= (double)(count - outside) / (double)(outside + 1);
        outside++;
    }
    return outside;
}

/* The same for the count of pairs whose ratio is below 1, near enough normal from 4 values on. */
static size_t outside_of_mann_whitney(size_t a_count, size_t b_count)
{
    double pairs = (double)a_count * (double)b_count;
    double variance = pairs * (double)(a_count + b_count + 1) / 12;
    size_t outside = 0;
    while ((double)(outside + 1) < pairs / 2) {
        double off = pairs / 2 - (double)(outside + 1);
        if (off * off < DEVIATIONS * DEVIATIONS * variance) break;
        outside++;
    }
    return a_count < 4 || b_count < 4 ? 0 : outside;
}

/* values are sorted in place. */
static Spread spread_inside(double *values, size_t count, size_t outside)
{
    if (count == 0) return (Spread){0};
    qsort(values, count, sizeof *values, compare);
    size_t cut = outside ? outside - 1 : 0;
    return (Spread){.middle = (values[(count - 1) / 2] + values[count / 2]) / 2,
                    .low = values[cut],
                    .high = values[count - 1 - cut],
                    .known = outside > 0};
}

Spread spread_of(const double *values, size_t count)
{
    double *sorted = malloc((count + 1) * sizeof *sorted);
    if (!sorted) return (Spread){0};
    memcpy(sorted, values, count * sizeof *sorted);
    Spread spread = spread_inside(sorted, count, outside_of_sign_test(count));
    free(sorted);
    return spread;
}

Spread spread_of_pairs(const double *a, const double *b, size_t count)
{
    double *ratio = malloc((count + 1) * sizeof *ratio);
    if (!ratio) return (Spread){0};
    for (size_t i = 0; i < count; i++) ratio[i] = a[i] / b[i];
    Spread spread = spread_inside(ratio, count, outside_of_sign_test(count));
    free(ratio);
    return spread;
}

Spread spread_of_ratios(const double *a, size_t a_count, const double *b, size_t b_count)
{
    double *ratio = malloc((a_count * b_count + 1) * sizeof *ratio);
    if (!ratio) return (Spread){0};
    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++) ratio[i * b_count + j] = a[i] / b[j];
    Spread spread = spread_inside(ratio, a_count * b_count, outside_of_mann_whitney(a_count, b_count));
    free(ratio);
    return spread;
}

double spread_width(const Spread *spread)
{
    return spread->middle > 0 ? (spread->high - spread->low) / 2 / spread->middle : 0;
}

Verdict spread_verdict(const Spread *ratio, double threshold)
{
    if (!ratio->known) return VERDICT_UNKNOWN;
    if (ratio->low > threshold) return VERDICT_SLOWER;
    if (ratio->high > threshold) return VERDICT_UNKNOWN;
    return ratio->high < 1 ? VERDICT_FASTER : VERDICT_NO_SLOWER;
}
