/* mkdemo.c - write the rolling set of NetMon captures that `make demo` searches.
 *
 * capfile(2735).cap, capfile(2736).cap and so on, minutes of office traffic (common/traffic.c) in which one TCP
 * session has port 53487: it begins in the middle of the set, asks and is answered for half a minute, then one request
 * is sent, sent again five times, and the session is reset.  No other frame has that port.
 *
 * The files are NetMon 2.3, what nmcap 3.4 writes: all numbers little-endian, a header of 128 bytes, records with a
 * trailer, and the frame table behind the last record. */
#include "tests/gen/common/traffic.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum {
    HEADER_SIZE = 128,
    RECORD_HEADER = 16,
    RECORD_TRAILER = 15,
    FRAMES_MAX = 1 << 16, /* a file; its bytes run out long before */
    FILE_SIZE_MAX = 16 << 20,
};

static const u64 START_US = 1414279620000000;              /* 2014-10-25 23:27:00 UTC */
static const u64 FILETIME_OF_1970 = 116444736000000000ull; /* in units of 100 ns */

static void die(const char *what, const char *name)
{
    fprintf(stderr, "mkdemo: %s: %s: %s\n", name, what, strerror(errno));
    exit(2);
}

/* ---- one NetMon file, built in memory ---- */

typedef struct {
    u64 start_us;
    u32 used;
    u32 frame_count;
    u32 frame_at[FRAMES_MAX];
    u8 bytes[FILE_SIZE_MAX];
} CapFile;

static void put16(u8 *at, u16 value) { memcpy(at, &value, 2); }
static void put32(u8 *at, u32 value) { memcpy(at, &value, 4); }
static void put64(u8 *at, u64 value) { memcpy(at, &value, 8); }

static void cap_begin(CapFile *cap, u64 time_us)
{
    cap->start_us = time_us - time_us % 1000; /* the header's time has milliseconds */
    cap->used = HEADER_SIZE;
    cap->frame_count = 0;
}

static void cap_add(CapFile *cap, const Frame *frame, u64 time_us)
{
    u8 *at = cap->bytes + cap->used;

    cap->frame_at[cap->frame_count++] = cap->used;
    put64(at, time_us - cap->start_us);
    put32(at + 8, frame->len);
    put32(at + 12, frame->len);
    memcpy(at + RECORD_HEADER, frame->data, frame->len);
    at += RECORD_HEADER + frame->len;
    put16(at, 1);              /* media type: Ethernet */
    put32(at + 2, 0xffffffff); /* no process known */
    put64(at + 6, time_us * 10 + FILETIME_OF_1970);
    at[14] = 0; /* time zone index */
    cap->used += RECORD_HEADER + frame->len + RECORD_TRAILER;
}

static void cap_finish_header(u8 *header, const CapFile *cap, u32 table_at)
{
    time_t seconds = (time_t)(cap->start_us / 1000000);
    struct tm utc;

    gmtime_r(&seconds, &utc);
    const u16 system_time[8] = {
        (u16)(utc.tm_year + 1900), (u16)(utc.tm_mon + 1), (u16)utc.tm_wday, (u16)utc.tm_mday,
        (u16)utc.tm_hour,          (u16)utc.tm_min,       (u16)utc.tm_sec,  (u16)(cap->start_us / 1000 % 1000)};
    memset(header, 0, HEADER_SIZE);
    memcpy(header, "GMBU\3\2", 6); /* version 2.3 */
    put16(header + 6, 1);          /* media type: Ethernet */
    memcpy(header + 8, system_time, sizeof system_time);
    put32(header + 24, table_at);
    put32(header + 28, cap->frame_count * 4);
}

static void cap_write(CapFile *cap, const char *folder, u32 number)
{
    char name[4096];
    u32 table_at = cap->used;

    memcpy(cap->bytes + table_at, cap->frame_at, cap->frame_count * 4);
    cap_finish_header(cap->bytes, cap, table_at);
    snprintf(name, sizeof name, "%s/capfile(%u).cap", folder, number);
    FILE *file = fopen(name, "wb");
    if (!file) die("cannot create", name);
    size_t size = table_at + cap->frame_count * 4;
    if (fwrite(cap->bytes, 1, size, file) != size || fclose(file)) die("cannot write", name);
}

/* ---- the session ---- */

/* One segment of it: when, who, what.  A line marked again sends the last data once more. */
typedef struct {
    u32 at_ms; /* since the session began */
    bool from_server;
    u8 flags;
    u16 payload_len;
    bool again;
} Line;

#define DATA (WIRE_PSH | WIRE_ACK)
static const Line script[] = {
    {0, false, WIRE_SYN, 0, false},
    {1, true, WIRE_SYN | WIRE_ACK, 0, false},
    {1, false, WIRE_ACK, 0, false},
    {3, false, DATA, 312, false},
    {9, true, DATA, 421, false},
    {12, false, DATA, 188, false},
    {31, true, WIRE_ACK, 1460, false},
    {31, true, DATA, 640, false},
    {32, false, WIRE_ACK, 0, false},
    {7204, false, DATA, 204, false},
    {7219, true, DATA, 96, false},
    {7420, false, WIRE_ACK, 0, false},
    {14310, false, DATA, 196, false},
    {14333, true, WIRE_ACK, 1460, false},
    {14333, true, WIRE_ACK, 1460, false},
    {14334, false, WIRE_ACK, 0, false},
    {14335, true, DATA, 388, false},
    {14536, false, WIRE_ACK, 0, false},
    {21507, false, DATA, 226, false}, /* nobody answers this one */
    {21810, false, DATA, 226, true},  /* each wait is twice the one before */
    {22416, false, DATA, 226, true},
    {23628, false, DATA, 226, true},
    {26052, false, DATA, 226, true},
    {30900, false, DATA, 226, true},
    {40596, false, WIRE_RST | WIRE_ACK, 0, false},
};

typedef struct {
    bool begun;
    u64 start_us;
    u32 next; /* line of the script */
    u32 next_seq[2], last_seq[2];
    u16 ip_id[2];
} Session;

static bool session_due(const Session *session, u64 time_us)
{
    return session->begun && session->next < COUNT_OF(script) &&
           session->start_us + script[session->next].at_ms * 1000ull + session->next * 37 <= time_us;
}

/* Build the next line's segment; returns its time. */
static u64 session_next(Session *session, Frame *out)
{
    const Line *line = &script[session->next];
    const Host client = traffic_client(7 * 250 + 41, false), server = traffic_server(3 * 250 + 16, false);
    bool side = line->from_server;
    u64 time_us = session->start_us + line->at_ms * 1000ull + session->next * 37;
    Way way = {.from = side ? &server : &client, .to = side ? &client : &server, .ip_id = session->ip_id[side]++};
    u8 payload[1460];

    if (!line->again) session->last_seq[side] = session->next_seq[side];
    Segment segment = {.src_port = side ? 30015 : TRAFFIC_ODD_PORT,
                       .dst_port = side ? TRAFFIC_ODD_PORT : 30015,
                       .seq = session->last_seq[side],
                       .ack = session->next_seq[!side],
                       .flags = line->flags,
                       .window = line->flags & WIRE_RST   ? 0
                                 : line->flags & WIRE_SYN ? 64240
                                                          : 1026};
    for (u32 i = 0; i < line->payload_len; i++) payload[i] = (u8) "order 4711 line 0042 state open\n"[i % 32];
    wire_tcp(out, &way, &segment, payload, line->payload_len);
    if (!line->again) session->next_seq[side] += line->payload_len + (line->flags & WIRE_SYN ? 1u : 0u);
    session->next++;
    return time_us;
}

/* ---- the set ---- */

typedef struct {
    const char *folder;
    u32 first, last;
    u32 file_size;
} Options;

typedef struct {
    u64 frames, conversations;
    u32 session_first_file, session_last_file;
} Totals;

static Totals write_set(const Options *options)
{
    const TrafficOptions traffic_options = {.seed = 53487, .conversations = 200, .odd_one_in = 0};
    Traffic *traffic = traffic_new(&traffic_options);
    CapFile *cap = malloc(sizeof *cap);
    Session session = {.next_seq = {3120447911u, 871220345u}, .ip_id = {8120, 40311}};
    Rng rng = {.state = 2735};
    Totals totals = {0};
    Frame frame;
    u64 now_us = START_US;

    if (!cap) die("no memory for", "a capture file");
    for (u32 number = options->first; number <= options->last; number++) {
        cap_begin(cap, now_us);
        while (cap->used + cap->frame_count * 4 < options->file_size - 2 * WIRE_FRAME_MAX) {
            now_us += 1 + rng_below(&rng, 12000);
            if (!session.begun && number == options->first + (options->last - options->first) / 2 &&
                cap->used > options->file_size / 2) {
                session.begun = true;
                session.start_us = now_us;
                totals.session_first_file = number;
            }
            if (session_due(&session, now_us)) {
                now_us = session_next(&session, &frame); /* not before the last frame: see session_due */
                totals.session_last_file = number;
            } else {
                traffic_next(traffic, now_us, &frame);
            }
            cap_add(cap, &frame, now_us);
            totals.frames++;
        }
        cap_write(cap, options->folder, number);
    }
    if (session.next < COUNT_OF(script)) {
        fprintf(stderr, "mkdemo: the set ends before the session does; more or larger files are needed\n");
        exit(2);
    }
    totals.conversations = traffic_conversations_begun(traffic);
    traffic_free(traffic);
    free(cap);
    return totals;
}

static const char usage[] =
    "usage: mkdemo FOLDER [--first N] [--last N] [--size BYTES]\n"
    "\n"
    "Writes capfile(FIRST).cap .. capfile(LAST).cap (2735 .. 2765) of about BYTES each (1500000) into FOLDER, made if it\n"
    "is missing: NetMon 2.3 captures of made-up office traffic, the same on every run, in which exactly one TCP session\n"
    "has port 53487.  It begins in the middle of the set and ends with five retransmits and a reset.\n";

int main(int argc, char **argv)
{
    static const struct option long_options[] = {{"first", required_argument, NULL, 'f'},
                                                 {"last", required_argument, NULL, 'l'},
                                                 {"size", required_argument, NULL, 's'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {0}};
    Options options = {.first = 2735, .last = 2765, .file_size = 1500000};

    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        switch (option) {
        case 'f': options.first = (u32)strtoul(optarg, NULL, 10); break;
        case 'l': options.last = (u32)strtoul(optarg, NULL, 10); break;
        case 's': options.file_size = (u32)strtoul(optarg, NULL, 10); break;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (argc - optind != 1 || options.last < options.first || options.file_size < 10000 ||
        options.file_size > 4000000) {
        fputs(usage, stderr);
        return 2;
    }
    options.folder = argv[optind];
    if (mkdir(options.folder, 0777) && errno != EEXIST) die("cannot create folder", options.folder);
    Totals totals = write_set(&options);
    printf("%u files, %llu frames, %llu TCP sessions; the one on port 53487 has %zu frames, in files %u to %u\n",
           options.last - options.first + 1, (unsigned long long)totals.frames,
           (unsigned long long)totals.conversations + 1, COUNT_OF(script), totals.session_first_file,
           totals.session_last_file);
    return 0;
}
