/* junit.h - results of tests as JUnit's XML, as CI systems read it: a suite a file, a case a test. */
#ifndef CLI_JUNIT_H
#define CLI_JUNIT_H

#include "runtime/cli/text.h"
#include "runtime/pktsift.h"

typedef struct Junit Junit;

Junit *junit_new(void);
/* Results of one file come one after the other. */
void junit_add(Junit *junit, const pks_test_result *result);
/* Into a file, "-" for standard output.  false: said why. */
bool junit_write(Junit *junit, const char *path, double seconds);
void junit_free(Junit *junit); /* may be NULL */

#endif
