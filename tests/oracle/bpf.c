/* bpf.c - what tcpdump's own filter machine (libpcap) answers: the frame numbers a list of filters keeps of one capture.
 *
 * Used by regenerate.sh alone.  tcpdump -# numbers the frames it prints, not those it read, so its numbers cannot be had
 * from the command; libpcap's compiler and interpreter are what it runs, and regenerate.sh checks the counts against
 * `tcpdump --count`.
 *
 *     bpf CAPTURE FILTERS.tsv      reads columns 1 (id) and 3 (expression, "-" for none)
 *
 * Prints "id TAB n,n,..." (1-based, empty when nothing matches), or "id TAB !reason" when the expression cannot be
 * compiled for the capture's link type.  Exit 2 when the capture cannot be read at all. */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    struct pcap_pkthdr header;
    unsigned char *data;
} Frame;

typedef struct {
    Frame *frames;
    size_t count, room;
} Frames;

static void *grow(void *old, size_t size)
{
    void *grown = realloc(old, size ? size : 1);
    if (!grown) {
        fputs("bpf: out of memory\n", stderr);
        exit(2);
    }
    return grown;
}

/* Frames of libpcap live until the next read, so each is copied. */
static void keep(unsigned char *user, const struct pcap_pkthdr *header, const unsigned char *data)
{
    Frames *frames = (void *)user;
    if (frames->count == frames->room) {
        frames->room = frames->room ? 2 * frames->room : 1024;
        frames->frames = grow(frames->frames, frames->room * sizeof *frames->frames);
    }
    Frame *frame = &frames->frames[frames->count++];
    frame->header = *header;
    frame->data = grow(NULL, header->caplen);
    memcpy(frame->data, data, header->caplen);
}

static void answer(pcap_t *pcap, const char *id, const char *expression, const Frames *frames)
{
    struct bpf_program program;
    if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        const char *error = pcap_geterr(pcap); /* for some link types the compiler sees that no frame can match */
        printf(strcmp(error, "expression rejects all packets") ? "%s\t!%s\n" : "%s\t\n", id, error);
        return;
    }
    printf("%s\t", id);
    const char *comma = "";
    for (size_t i = 0; i < frames->count; i++) {
        if (!pcap_offline_filter(&program, &frames->frames[i].header, frames->frames[i].data)) continue;
        printf("%s%zu", comma, i + 1);
        comma = ",";
    }
    putchar('\n');
    pcap_freecode(&program);
}

static void answer_all(pcap_t *pcap, FILE *filters, const Frames *frames)
{
    char line[4096];
    while (fgets(line, sizeof line, filters)) {
        if (line[0] == '#' || line[0] == '\n') continue;
        char *rest = line;
        const char *id = strsep(&rest, "\t");
        strsep(&rest, "\t"); /* pktsift's own expression */
        const char *expression = strsep(&rest, "\t\n");
        if (expression && strcmp(expression, "-") != 0) answer(pcap, id, expression, frames);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: bpf CAPTURE FILTERS.tsv\n", stderr);
        return 2;
    }
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_open_offline_with_tstamp_precision(argv[1], PCAP_TSTAMP_PRECISION_NANO, error);
    if (!pcap) {
        fprintf(stderr, "bpf: %s: %s\n", argv[1], error);
        return 2;
    }
    Frames frames = {0};
    if (pcap_loop(pcap, -1, keep, (void *)&frames) == PCAP_ERROR) {
        fprintf(stderr, "bpf: %s: %s\n", argv[1], pcap_geterr(pcap));
        return 2;
    }
    FILE *filters = fopen(argv[2], "r");
    if (!filters) {
        perror(argv[2]);
        return 2;
    }
    answer_all(pcap, filters, &frames);
    fclose(filters);
    for (size_t i = 0; i < frames.count; i++) free(frames.frames[i].data);
    free(frames.frames);
    pcap_close(pcap);
    return 0;
}
