/* realcaptures.h - the captures of ../shared/captures (or $PKTSIFT_CAPTURES), as its INDEX.tsv lists them. */
#ifndef TESTS_REALCAPTURES_H
#define TESTS_REALCAPTURES_H

#include <stdbool.h>
#include <stdio.h>

typedef struct {
    char path[4096];
    char format[32]; /* "pcap-le-us", "pcapng-be", "netmon-2.0" ... */
    long bytes;
} RealCapture;

/* INDEX.tsv past its heading, for fclose(); NULL after the test was marked as skipped, which says so in the run's output. */
FILE *real_captures_open(void);
/* The next one; false behind the last. */
bool real_captures_next(FILE *index, RealCapture *capture);
/* Is it of a format that is read? */
bool real_capture_is_read(const RealCapture *capture);

#endif
