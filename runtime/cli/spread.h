/* spread.h - what a number of measurements can tell: a median, and the interval in which it lies.
 *
 * Under `bench`.  Order statistics alone: nothing is assumed of how times are distributed, and nothing is drawn by chance, so
 * the same measurements always tell the same.  Always true: where `known`, the interval holds the true median in 95 of 100
 * runs at least (unpaired: about 95); low <= middle <= high. */
#ifndef CLI_SPREAD_H
#define CLI_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    double middle;    /* the median */
    double low, high; /* its 95 % interval; where it is not known, the least and the most */
    bool known;       /* there were enough of them: 6 and more; unpaired 4 and more on both sides */
} Spread;

/* Of the values themselves: the interval of the sign test. */
Spread spread_of(const double *values, size_t count);
/* Of a[i] / b[i], each pair measured side by side: what disturbs both does not show. */
Spread spread_of_pairs(const double *a, const double *b, size_t count);
/* Of values of a to values of b, measured apart: the median of all their ratios (Hodges and Lehmann) and the interval of
 * the Mann-Whitney test. */
Spread spread_of_ratios(const double *a, size_t a_count, const double *b, size_t b_count);
/* Half the interval as a part of the median: 0.01 is +- 1 %. */
double spread_width(const Spread *spread);

typedef enum { VERDICT_FASTER, VERDICT_NO_SLOWER, VERDICT_SLOWER, VERDICT_UNKNOWN } Verdict;
/* Of how many times as long something takes, against a threshold.  UNKNOWN: the interval holds the threshold, or there is
 * none.  FASTER: the whole interval lies below 1 (and the threshold). */
Verdict spread_verdict(const Spread *ratio, double threshold);

#endif
