/* realcaptures.c - see realcaptures.h. */
#include "tests/realcaptures.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *captures_folder(void)
{
    const char *folder = getenv("PKTSIFT_CAPTURES");
    return folder ? folder : "../shared/captures";
}

bool real_capture_is_read(const RealCapture *capture)
{
    static const char *const read[] = {"pcap-le-us",  "pcap-be-us", "pcap-le-ns", "pcap-be-ns",
                                       "pcap-le-mod", "pcapng-le",  "pcapng-be"};
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (strcmp(capture->format, read[i]) == 0) return true;
    return strncmp(capture->format, "netmon-", 7) == 0;
}

/* A row of INDEX.tsv: path, bytes, sha, format, ... */
bool real_captures_next(FILE *index, RealCapture *capture)
{
    char line[8192];
    if (!fgets(line, sizeof line, index)) return false;
    char *rest = line;
    const char *path = strsep(&rest, "\t");
    const char *bytes = strsep(&rest, "\t");
    strsep(&rest, "\t");
    const char *format = strsep(&rest, "\t");
    cr_assert(format, "INDEX.tsv has a row of fewer than four columns: %s", path);
    snprintf(capture->path, sizeof capture->path, "%s/%s", captures_folder(), path);
    snprintf(capture->format, sizeof capture->format, "%s", format);
    capture->bytes = atol(bytes);
    return true;
}

FILE *real_captures_open(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/INDEX.tsv", captures_folder());
    FILE *index = fopen(path, "r");
    if (!index) {
        cr_log_warn("no captures used: %s is not there (set PKTSIFT_CAPTURES)", path);
        cr_skip_test("no captures");
        return NULL;
    }
    RealCapture heading;
    cr_assert(real_captures_next(index, &heading));
    return index;
}
