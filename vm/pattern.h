/* pattern.h - regular expressions as both machines and the verifier compile them: PCRE2, byte mode, with limits.
 *
 * Byte mode: a character is a byte, (*UTF) is refused.  Limits: a pattern has at most PATTERN_MAX bytes; a match that
 * needs more steps or memory than the limits allow is given up, and counts as no match. */
#ifndef VM_PATTERN_H
#define VM_PATTERN_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "vm/base.h"

enum {
    PATTERN_MAX = 64 * 1024,          /* bytes of a pattern */
    PATTERN_STEPS_MAX = 1000 * 1000,  /* PCRE2's match and depth limits */
    PATTERN_HEAP_KIB_MAX = 16 * 1024, /* PCRE2's heap limit */
    PATTERN_STACK_MAX = 1024 * 1024,  /* bytes of JIT stack */
};

/* NULL when it is no pattern, and `why` (size bytes, may be NULL) says at which of its bytes; or when memory is short.
 * Freed by pcre2_code_free. */
pcre2_code *pattern_compile(const u8 *pattern, size_t len, char *why, size_t size);
/* Text without which nothing matches the pattern; len 0: none is known.  Searching for it is many times faster than matching. */
enum { REQUIRED_MIN = 2, REQUIRED_MAX = 32 };
typedef struct {
    u32 len;
    bool at_start; /* what matches begins with it */
    u8 bytes[REQUIRED_MAX];
} Required;
/* Only what is certain from a small part of PCRE2's syntax: runs of plain characters outside of groups, in a pattern
 * without alternatives, options and verbs. */
Required pattern_required(const u8 *pattern, size_t len);
/* A match context with the limits set; NULL when memory is short.  Freed by pcre2_match_context_free. */
pcre2_match_context *pattern_limits(void);

#endif
