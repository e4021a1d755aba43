/* damage.c - damaged captures through the public library: never a crash, a hang or an invented frame, always a word.
 *
 * Works on the real captures of ../shared/captures (or $PKTSIFT_CAPTURES), chosen by its INDEX.tsv: every file of
 * malformed/ as it is, and a sample of all formats cut at every byte of its first 4 KB and at 200 places chosen at random
 * from a fixed seed.  PKTSIFT_DAMAGE=all cuts every capture instead of a sample.  Cuts are made by shortening one
 * temporary copy from its end, which costs no copying; runs with the repository's root as working directory.
 *
 * Always true of a scan here: the frames found are the first ones of the whole file, byte for byte, and when the library
 * says that a file failed, is damaged or cut, it also said why in a message that names the file. */
#include "runtime/pktsift.h"
#include "tests/effort.h"
#include "tests/realcaptures.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CUTS_FROM_START = 4096, CUTS_AT_RANDOM = 200, SAMPLE_PER_FORMAT = EFFORT(5), SAMPLE_BYTES_MAX = 300 * 1000 };

enum { PCAP_HEADER = 24, PCAP_RECORD = 16 };

/* A scan that hangs ends its test by this.  Criterion's own .timeout leaks in its runner, which the sanitizer reports. */
enum { LIMIT_SECONDS = 120, LIMIT_SECONDS_ALL = 3600 };

/* Looks at every protocol and every kind of operand, so that decoding meets whatever the damaged bytes say. */
static const char filter_text[] =
    "TCP.Port == 80 OR UDP.Port IN {53, 67..68} OR IPv4.Address == 10.0.0.0/8 OR IPv6.Address == fe80::/10 OR VLAN "
    "OR ARP.SendersIp4Address == 1.2.3.4 OR ICMP.Type == 8 OR ContainsBin(TCP.TCPPayload, ASCII, \"GET\") "
    "OR UINT16(UDP.UDPPayload, 2) == 0x8180 OR Blob(FrameData, 34, 2) == 0xD0EF OR FrameData MATCHES \"a+b\" "
    "OR FrameVariable.TimeDelta > 1s";

/* ---- one scan, and what it found ---- */

typedef struct {
    uint64_t *frames; /* a hash each: time, lengths, bytes */
    size_t count, room;
    const uint64_t *whole; /* of the whole file; NULL while it is being learnt */
    size_t whole_count;
    size_t strangers;   /* frames that the whole file has not at that place */
    size_t misnumbered; /* frames whose number is not one more than the last one's */
    long pcap_end;      /* where the last record ends in a pcap file */
} Found;

typedef struct {
    const char *path;
    size_t said, unnamed; /* warnings and errors; those of them that do not name the file */
    char first[512];
} Heard;

static uint64_t hash_frame(const pks_frame *frame)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    const uint64_t head[] = {(uint64_t)frame->time_ns, frame->caplen, frame->len, frame->linktype};
    const uint8_t *bytes = (const uint8_t *)head;
    for (size_t i = 0; i < sizeof head; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    for (size_t i = 0; i < frame->caplen; i++) hash = (hash ^ frame->data[i]) * 0x100000001b3u;
    return hash;
}

static bool take_frame(void *user, const pks_frame *frame)
{
    Found *found = user;
    if (found->count == found->room) {
        found->room = found->room ? 2 * found->room : 64;
        found->frames = realloc(found->frames, found->room * sizeof *found->frames);
        cr_assert(found->frames);
    }
    uint64_t hash = hash_frame(frame);
    size_t i = found->count++;
    found->frames[i] = hash;
    found->misnumbered += frame->number != i + 1;
    found->pcap_end += PCAP_RECORD + (long)frame->caplen;
    if (found->whole) found->strangers += i >= found->whole_count || found->whole[i] != hash;
    return true;
}

static void hear(void *user, const pks_message *message)
{
    Heard *heard = user;
    if (message->level == PKS_NOTE) return;
    if (heard->said++ == 0) snprintf(heard->first, sizeof heard->first, "%s", message->text);
    heard->unnamed += !strstr(message->text, heard->path);
}

/* Scans the file at path from end to end; found and heard are filled anew. */
static pks_totals scan(const char *path, const pks_filter *filter, Found *found, Heard *heard)
{
    found->count = found->strangers = found->misnumbered = 0;
    found->pcap_end = PCAP_HEADER;
    *heard = (Heard){.path = path};
    pks_inputs *inputs = pks_inputs_new();
    pks_listener listener = {hear, heard};
    pks_totals totals = {0};
    cr_assert(pks_inputs_add(inputs, path, &listener), "%s: %s", path, heard->first);
    pks_scan_options options = {
        .inputs = inputs,
        .filter = filter,
        .threads = 1,
        .on_frame = filter ? NULL : take_frame,
        .listener = listener,
        .user = found,
    };
    cr_assert(pks_scan(&options, &totals), "%s: %s", path, heard->first);
    pks_inputs_free(inputs);
    return totals;
}

/* What must hold after every scan of a file that may be damaged; where tells which cut it was. */
static void judge(const char *name, long where, const pks_totals *totals, const Found *found, const Heard *heard)
{
    bool complained = totals->files_failed || totals->files_damaged || totals->files_cut;
    cr_assert_eq(totals->frames, found->count, "%s at %ld: %lu frames counted, %zu handed over", name, where,
                 (unsigned long)totals->frames, found->count);
    cr_assert_eq(found->strangers, 0, "%s at %ld: %zu of %zu frames are not those of the whole file", name, where,
                 found->strangers, found->count);
    cr_assert_eq(found->misnumbered, 0, "%s at %ld: %zu frames have a wrong number", name, where, found->misnumbered);
    cr_assert(!complained || heard->said, "%s at %ld: failed or damaged, and not a word", name, where);
    cr_assert_eq(heard->unnamed, 0, "%s at %ld: a message does not name the file: %s", name, where, heard->first);
}

static pks_filter *compile(const char *text)
{
    pks_filter *filter = pks_compile(text, strlen(text), NULL, NULL);
    cr_assert(filter, "the filter of this test does not compile");
    return filter;
}

/* ---- malformed/ as it is ---- */

Test(damage, malformed_files)
{
    alarm(LIMIT_SECONDS);
    FILE *index = real_captures_open();
    if (!index) return;
    pks_filter *filter = compile(filter_text);
    Found found = {0};
    Heard heard;
    size_t used = 0;
    for (RealCapture capture; real_captures_next(index, &capture);) {
        if (!strstr(capture.path, "/malformed/")) continue;
        pks_totals totals = scan(capture.path, NULL, &found, &heard);
        judge(capture.path, capture.bytes, &totals, &found, &heard);
        pks_totals filtered = scan(capture.path, filter, &found, &heard);
        cr_assert_eq(filtered.frames, totals.frames, "%s: %lu frames with a filter, %lu without", capture.path,
                     (unsigned long)filtered.frames, (unsigned long)totals.frames);
        used++;
    }
    cr_assert_gt(used, 0, "INDEX.tsv lists no malformed file");
    cr_log_warn("%zu malformed captures used", used);
    free(found.frames);
    pks_filter_free(filter);
    fclose(index);
}

/* ---- cuts ---- */

typedef struct {
    char path[64]; /* a temporary copy, removed at the end */
    int fd;
} Copy;

static Copy copy_open(void)
{
    Copy copy = {.path = "/tmp/pktsift-damage-XXXXXX"};
    copy.fd = mkstemp(copy.path);
    cr_assert_geq(copy.fd, 0, "no temporary file");
    return copy;
}

static void copy_fill(const Copy *copy, const char *path)
{
    char bytes[65536];
    FILE *from = fopen(path, "rb");
    cr_assert(from, "%s", path);
    cr_assert_eq(ftruncate(copy->fd, 0), 0);
    cr_assert_eq(lseek(copy->fd, 0, SEEK_SET), 0);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, from)) > 0;)
        cr_assert_eq(write(copy->fd, bytes, n), (ssize_t)n, "%s: cannot be written", copy->path);
    fclose(from);
}

static void copy_close(Copy *copy)
{
    close(copy->fd);
    unlink(copy->path);
}

static int longer_first(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x < y) - (x > y);
}

/* Lengths to cut a file of that size to, longest first; returns how many. */
static size_t choose_cuts(long size, uint64_t seed, long cuts[CUTS_FROM_START + CUTS_AT_RANDOM])
{
    size_t count = 0;
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < CUTS_AT_RANDOM && size > CUTS_FROM_START; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17; /* xorshift64 */
        cuts[count++] = CUTS_FROM_START + (long)(state % (uint64_t)(size - CUTS_FROM_START));
    }
    for (long at = 0; at < CUTS_FROM_START && at < size; at++) cuts[count++] = at;
    qsort(cuts, count, sizeof *cuts, longer_first);
    return count;
}

static size_t cut_everywhere(const RealCapture *capture, const Copy *copy, const pks_filter *filter)
{
    long cuts[CUTS_FROM_START + CUTS_AT_RANDOM];
    bool is_pcap = strncmp(capture->format, "pcap-", 5) == 0 && !strstr(capture->format, "mod");
    bool is_netmon = strncmp(capture->format, "netmon", 6) == 0;
    Found whole = {0}, part = {0};
    Heard heard;
    copy_fill(copy, capture->path);
    pks_totals totals = scan(copy->path, NULL, &whole, &heard);
    judge(capture->path, capture->bytes, &totals, &whole, &heard);
    part.whole = whole.frames ? whole.frames : (const uint64_t[]){0};
    part.whole_count = whole.count;

    size_t count = choose_cuts(capture->bytes, (uint64_t)capture->bytes, cuts);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(ftruncate(copy->fd, cuts[i]), 0);
        totals = scan(copy->path, NULL, &part, &heard);
        judge(capture->path, cuts[i], &totals, &part, &heard);
        bool complained = totals.files_failed || totals.files_damaged || totals.files_cut;
        if (is_pcap) /* every cut within a record is seen, and no other */
            cr_assert_eq(complained, cuts[i] != part.pcap_end, "%s at %ld: last record ends at %ld, %s", capture->path,
                         cuts[i], part.pcap_end, complained ? "and a complaint" : "and no complaint");
        else if (cuts[i] == 0 || (is_netmon && part.count < whole.count))
            cr_assert(complained, "%s at %ld: frames are missing, and no complaint", capture->path, cuts[i]);
        if (i % 16) continue; /* a filter reads what is left, at every sixteenth cut */
        uint64_t frames = totals.frames;
        totals = scan(copy->path, filter, &part, &heard);
        cr_assert_eq(totals.frames, frames, "%s at %ld: other frames with a filter", capture->path, cuts[i]);
    }
    free(whole.frames);
    free(part.frames);
    return count;
}

/* At most SAMPLE_PER_FORMAT of each format, in the order of the index, of a size where every cut is worth its time. */
static bool in_sample(const RealCapture *capture)
{
    static struct {
        char key[64];
        int taken;
    } seen[64];
    if (capture->bytes < 500 || capture->bytes > SAMPLE_BYTES_MAX) return false;
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        if (seen[i].key[0] && strcmp(seen[i].key, capture->format) != 0) continue;
        snprintf(seen[i].key, sizeof seen[i].key, "%s", capture->format);
        return seen[i].taken++ < SAMPLE_PER_FORMAT;
    }
    return false;
}

Test(damage, cut_captures)
{
    FILE *index = real_captures_open();
    if (!index) return;
    const char *which = getenv("PKTSIFT_DAMAGE");
    bool all = which && strcmp(which, "all") == 0;
    alarm(all ? LIMIT_SECONDS_ALL : LIMIT_SECONDS);
    pks_filter *filter = compile(filter_text);
    Copy copy = copy_open();
    size_t used = 0, cuts = 0;
    for (RealCapture capture; real_captures_next(index, &capture);) {
        if (!real_capture_is_read(&capture) || !(all || in_sample(&capture))) continue;
        cuts += cut_everywhere(&capture, &copy, filter);
        used++;
    }
    copy_close(&copy);
    cr_assert_gt(used, 0, "INDEX.tsv lists no capture of a format that is read");
    cr_log_warn("%zu captures cut at %zu places", used, cuts);
    pks_filter_free(filter);
    fclose(index);
}
