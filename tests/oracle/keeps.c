/* keeps.c - the frames that pktsift keeps by many filters of many captures, in one process: starting one for each filter takes
 * most of the time.
 *
 *     keeps TABLE CAPTURE...
 *
 * TABLE: rows "id TAB filter ...", "#" comments.  Written are rows as kept.h says; for a filter that does not compile or cannot
 * be carried out "id TAB ! TAB" and what is wrong with it. */
#include <string.h>

#include "kept.h"

enum { ROW_ROOM = 1 << 16 };

static void tell(void *user, const pks_message *message)
{
    if (message->level == PKS_ERROR) printf("%s\t!\t%s\n", (const char *)user, message->text);
}

static void do_row(char *id, const char *text, const pks_inputs *inputs)
{
    pks_listener listener = {tell, id};
    pks_filter *filter = pks_compile(text, strlen(text), NULL, &listener);
    if (filter && !write_kept(stdout, "", id, filter, inputs)) printf("%s\t!\tcannot be carried out\n", id);
    pks_filter_free(filter);
}

int main(int argc, char **argv)
{
    FILE *table = argc > 2 ? fopen(argv[1], "r") : NULL;
    if (!table) {
        fputs("keeps TABLE CAPTURE...\n", stderr);
        return 2;
    }
    pks_inputs *inputs = pks_inputs_new();
    for (int i = 2; i < argc; i++) pks_inputs_add(inputs, argv[i], NULL);
    static char row[ROW_ROOM];
    while (fgets(row, sizeof row, table)) {
        char *rest = row, *id = strsep(&rest, "\t\n"), *text = rest ? strsep(&rest, "\t\n") : NULL;
        if (*id && *id != '#' && text) do_row(id, text, inputs);
    }
    pks_inputs_free(inputs);
    fclose(table);
    return 0;
}
