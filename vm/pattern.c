/* pattern.c - PCRE2 as pktsift uses it: see pattern.h. */
#include "vm/pattern.h"

#include <stdio.h>

pcre2_code *pattern_compile(const u8 *pattern, size_t len, char *why, size_t size)
{
    int error;
    PCRE2_SIZE at;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (!context) {
        if (why && size) snprintf(why, size, "out of memory");
        return NULL;
    }
    pcre2_set_max_pattern_length(context, PATTERN_MAX);
    pcre2_code *code =
        pcre2_compile(len ? pattern : (const u8 *)"", len, PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &error, &at, context);
    pcre2_compile_context_free(context);
    if (!code && why && size) {
        char text[120];
        pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof text);
        snprintf(why, size, "%s, at byte %zu of the pattern", text, at);
    }
    return code;
}

pcre2_match_context *pattern_limits(void)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    if (!context) return NULL;
    pcre2_set_match_limit(context, PATTERN_STEPS_MAX);
    pcre2_set_depth_limit(context, PATTERN_STEPS_MAX);
    pcre2_set_heap_limit(context, PATTERN_HEAP_KIB_MAX);
    return context;
}
