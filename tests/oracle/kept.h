/* kept.h - which frames a filter keeps, as the oracle's programs write them: "id TAB capture TAB n,n,..." for each capture of which
 * it keeps any, frames numbered from 1.  Only the public library is used. */
#ifndef TESTS_ORACLE_KEPT_H
#define TESTS_ORACLE_KEPT_H

#include <stdio.h>

#include "runtime/pktsift.h"

typedef struct {
    FILE *out;
    const char *before, *id; /* before: stands in front of the id */
    bool any;                /* of the capture that is being read */
} Kept;

static bool kept_frame(void *user, const pks_frame *frame)
{
    Kept *kept = user;
    if (!kept->any) fprintf(kept->out, "%s%s\t%s\t", kept->before, kept->id, frame->file);
    fprintf(kept->out, "%s%llu", kept->any ? "," : "", (unsigned long long)frame->number);
    kept->any = true;
    return true;
}

static void kept_file(void *user, const pks_file *file)
{
    Kept *kept = user;
    (void)file;
    if (kept->any) fputc('\n', kept->out);
    kept->any = false;
}

/* False when the scan could not be carried out. */
static bool write_kept(FILE *out, const char *before, const char *id, const pks_filter *filter,
                       const pks_inputs *inputs)
{
    Kept user = {.out = out, .before = before, .id = id};
    pks_scan_options options = {
        .inputs = inputs, .filter = filter, .threads = 1, .on_frame = kept_frame, .on_file = kept_file, .user = &user};
    return pks_scan(&options, NULL);
}

#endif
