/* fail.h - the benchmark cannot go on: say why and end with status 2. */
#ifndef BENCH_HARNESS_FAIL_H
#define BENCH_HARNESS_FAIL_H

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
