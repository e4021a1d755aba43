/* profiletable.h - a profile as tables and as JSON: what `explain` and `bench` show of where frames and time go. */
#ifndef CLI_PROFILETABLE_H
#define CLI_PROFILETABLE_H

#include "runtime/cli/text.h"
#include "runtime/pktsift.h"

/* A line of sums, then the plan and the code, a row an instruction.  The filter was compiled with its stages kept. */
void profile_tables(Text *text, const pks_filter *filter, const pks_profile *profile);
/* "profile":{...} */
void profile_json(Text *line, const pks_filter *filter, const pks_profile *profile);

#endif
