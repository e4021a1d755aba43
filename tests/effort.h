/* effort.h - how much of a long test is run: all of it, or a third, always the same, where the address sanitizer makes
 * everything several times slower. */
#ifndef TESTS_EFFORT_H
#define TESTS_EFFORT_H

#ifdef __SANITIZE_ADDRESS__
enum { EFFORT_STEP = 3 };
#else
enum { EFFORT_STEP = 1 };
#endif
#define EFFORT(cases) (((cases) + EFFORT_STEP - 1) / EFFORT_STEP)

#endif
