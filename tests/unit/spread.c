/* spread.c - tests of runtime/cli/spread.c: on data whose intervals stand in tables, and by how often they hold what they
 * should. */
#include "runtime/cli/spread.h"

#include <criterion/criterion.h>

#include "tests/random.h"

static void expect(Spread spread, double low, double middle, double high)
{
    cr_assert(spread.known, "it is known");
    cr_assert_float_eq(spread.low, low, 1e-9, "low %f, expected %f", spread.low, low);
    cr_assert_float_eq(spread.middle, middle, 1e-9, "middle %f, expected %f", spread.middle, middle);
    cr_assert_float_eq(spread.high, high, 1e-9, "high %f, expected %f", spread.high, high);
}

static void count_up(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) values[(i * 7) % count] = (double)(i + 1); /* in no order */
}

/* The ranks of the sign test: the second of 10 values, the sixth of 20. */
Test(spread, of_values)
{
    double values[30];

    count_up(values, 6);
    expect(spread_of(values, 6), 1, 3.5, 6);
    count_up(values, 8);
    expect(spread_of(values, 8), 1, 4.5, 8);
    count_up(values, 10);
    expect(spread_of(values, 10), 2, 5.5, 9);
    count_up(values, 15);
    expect(spread_of(values, 15), 4, 8, 12);
    count_up(values, 20);
    expect(spread_of(values, 20), 6, 10.5, 15);
    count_up(values, 30);
    expect(spread_of(values, 30), 10, 15.5, 21);
}

Test(spread, of_many_values)
{
    static double values[1000];

    for (size_t i = 0; i < COUNT_OF(values); i++) values[i] = (double)(i + 1);
    expect(spread_of(values, COUNT_OF(values)), 469, 500.5, 532);
}

Test(spread, of_too_few)
{
    double values[] = {5, 3, 4, 1, 2};
    Spread spread = spread_of(values, COUNT_OF(values));

    cr_assert_not(spread.known);
    cr_assert_eq(spread.low, 1);
    cr_assert_eq(spread.middle, 3);
    cr_assert_eq(spread.high, 5);
    cr_assert_not(spread_of(values, 0).known);
    cr_assert_not(spread_of_ratios(values, 3, values, 5).known);
    cr_assert_not(spread_of_ratios(values, 5, values, 3).known);
}

/* Times that go up and down tenfold, and a ratio that does not: pairs see nothing of it. */
Test(spread, of_pairs)
{
    double a[10], b[10];

    for (size_t i = 0; i < 10; i++) {
        b[i] = i % 2 ? 1000 : 100;
        a[i] = b[i] * (1 + (double)(i + 1) / 100);
    }
    expect(spread_of_pairs(a, b, 10), 1.02, 1.055, 1.09);
}

/* Critical values of the Mann-Whitney U at 5 %, two-sided: 0 for 4 and 4, 2 for 5 and 5, 23 for 10 and 10; the interval
 * begins one behind. */
Test(spread, of_ratios)
{
    double up[10], one[10];

    for (size_t i = 0; i < 10; i++) {
        up[i] = (double)(i + 1);
        one[i] = 1;
    }
    expect(spread_of_ratios(up, 4, one, 4), 1, 2.5, 4);
    expect(spread_of_ratios(up, 5, one, 5), 1, 3, 5);
    expect(spread_of_ratios(up, 10, one, 10), 3, 5.5, 8);
}

/* Products of random numbers are skewed as times are; the true median ratio is 1. */
static double skewed(Random *random)
{
    double value = 1;

    for (int i = 0; i < 4; i++) value *= 1 + (double)random_below(random, 1000) / 500;
    return value;
}

Test(spread, holds_the_truth)
{
    enum { TRIES = 4000, VALUES = 12 };
    Random random = {4711};
    int pairs = 0, ratios = 0;

    for (int i = 0; i < TRIES; i++) {
        double a[VALUES], b[VALUES];
        for (int k = 0; k < VALUES; k++) {
            a[k] = skewed(&random);
            b[k] = skewed(&random);
        }
        Spread pair = spread_of_pairs(a, b, VALUES), ratio = spread_of_ratios(a, VALUES, b, VALUES);
        pairs += pair.low <= 1 && pair.high >= 1;
        ratios += ratio.low <= 1 && ratio.high >= 1;
    }
    cr_assert_geq(pairs, TRIES * 95 / 100, "%d of %d", pairs, TRIES);
    cr_assert_geq(ratios, TRIES * 94 / 100, "%d of %d", ratios, TRIES);
}

Test(spread, verdicts)
{
    static const struct {
        Spread ratio;
        Verdict verdict;
    } rows[] = {
        {{1.10, 1.06, 1.20, true}, VERDICT_SLOWER},    {{1.10, 1.05, 1.20, true}, VERDICT_UNKNOWN},
        {{1.10, 1.01, 1.20, true}, VERDICT_UNKNOWN},   {{1.00, 0.90, 1.06, true}, VERDICT_UNKNOWN},
        {{1.02, 0.99, 1.05, true}, VERDICT_NO_SLOWER}, {{0.90, 0.80, 1.00, true}, VERDICT_NO_SLOWER},
        {{0.90, 0.80, 0.99, true}, VERDICT_FASTER},    {{2.00, 2.00, 2.00, false}, VERDICT_UNKNOWN},
        {{0.50, 0.50, 0.50, false}, VERDICT_UNKNOWN},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        cr_assert_eq(spread_verdict(&rows[i].ratio, 1.05), rows[i].verdict, "row %zu", i);
}

Test(spread, width)
{
    cr_assert_float_eq(spread_width(&(Spread){.middle = 10, .low = 9, .high = 12}), 0.15, 1e-9);
    cr_assert_eq(spread_width(&(Spread){0}), 0);
}
