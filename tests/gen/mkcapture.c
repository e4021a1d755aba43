/* mkcapture.c - write the captures that the benchmarks and the end-to-end counts run over.
 *
 * The frames come from common/traffic.c; this file stamps, cuts and stores them as pcap, and counts, for each filter of
 * bench/filters.txt, the frames that it must match.  The counting knows each frame as it was built and reads none of
 * pktsift's code, so a count that differs is pktsift's mistake, or this file's.  Filters of thousands of values are
 * written here too. */
#include "tests/gen/common/traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 8 << 20,
    RECORD_HEADER = 16,
    WHOLE_FRAMES = 262144, /* snap length of a capture that cuts nothing */
    FILES_MAX = 999,
};

static const u64 START_US = 1414279919750000; /* 2014-10-25 23:31:59.75 UTC */
static const u64 MINUTE_US = 1414279920000000;

/* Ends with status 2, as every trouble here does. */
static void die(const char *what, const char *name)
{
    fprintf(stderr, "mkcapture: %s: %s: %s\n", name, what, strerror(errno));
    exit(2);
}

/* ---- one stored frame, and what must hold of it ---- */

typedef struct {
    const Frame *frame;
    u32 captured; /* bytes kept; a field beyond them is absent */
    u64 number, time_us, delta_us;
} Stored;

static bool has(const Stored *s, u32 at, u32 len) { return at + len <= s->captured; }

static bool is_tcp(const Stored *s) { return s->frame->protocol == WIRE_TCP && has(s, s->frame->l4_at, 1); }

/* Either port, each only where it was captured. */
static bool tcp_port_in(const Stored *s, u16 low, u16 high)
{
    const Frame *f = s->frame;

    if (f->protocol != WIRE_TCP) return false;
    if (has(s, f->l4_at, 2) && f->src_port >= low && f->src_port <= high) return true;
    return has(s, f->l4_at + 2u, 2) && f->dst_port >= low && f->dst_port <= high;
}

static bool is_ipv4(const Stored *s) { return s->frame->ether_type == WIRE_TYPE_IPV4 && has(s, s->frame->ip_at, 20); }

static bool holds_all(const Stored *s) { return s->frame->len > 0; }
static bool holds_none(const Stored *s) { return s->frame->len > 100000; }
static bool holds_tcp_port(const Stored *s) { return tcp_port_in(s, TRAFFIC_ODD_PORT, TRAFFIC_ODD_PORT); }
static bool holds_arp(const Stored *s) { return s->frame->ether_type == WIRE_TYPE_ARP; }
static bool holds_delta(const Stored *s) { return s->delta_us > 5000; }
static bool holds_number(const Stored *s) { return s->number % 1000 == 7; }
static bool holds_second(const Stored *s) { return s->number % 2 == 0; }
static bool holds_large(const Stored *s) { return s->frame->len > 1000 && is_tcp(s); }

static bool holds_minute(const Stored *s) { return s->time_us >= MINUTE_US && s->time_us < MINUTE_US + 60000000; }

/* Raw bytes, whatever they are: in a tagged frame they are part of an address. */
static bool holds_blob(const Stored *s)
{
    const u8 *data = s->frame->data;
    return (has(s, 34, 2) && load_be16(data + 34) == 0xd0ef) || (has(s, 36, 2) && load_be16(data + 36) == 0xd0ef);
}

static bool holds_host(const Stored *s)
{
    const u8 *ip = s->frame->data + s->frame->ip_at;
    return is_ipv4(s) && (load_be32(ip + 12) == 0x0a00072a || load_be32(ip + 16) == 0x0a00072a); /* 10.0.7.42 */
}

static bool holds_prefix(const Stored *s)
{
    return is_ipv4(s) && load_be16(s->frame->data + s->frame->ip_at + 12) == 0x0a14; /* 10.20 */
}

/* Three raw bytes where the source of plain IPv4 begins with 10.20.2. */
static bool holds_three_bytes(const Stored *s)
{
    static const u8 net[3] = {10, 20, 2};
    return has(s, 26, 3) && !memcmp(s->frame->data + 26, net, 3);
}

/* One client's conversations with one server's port 443. */
static bool holds_pair(const Stored *s)
{
    static const u32 client = 0x0a000b26, server = 0xc6336482; /* 10.0.11.38, 198.51.100.130 */
    const u8 *ip = s->frame->data + s->frame->ip_at;

    if (!is_ipv4(s) || !tcp_port_in(s, 443, 443)) return false;
    u32 from = load_be32(ip + 12), to = load_be32(ip + 16);
    return (from == client && to == server) || (from == server && to == client);
}

static bool holds_ipv6(const Stored *s)
{
    static const u8 server[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 7, [15] = 200};
    const Frame *f = s->frame;
    if (f->ether_type != WIRE_TYPE_IPV6) return false;
    if (has(s, f->ip_at + 8u, 16) && !memcmp(f->data + f->ip_at + 8, server, 16)) return true;
    return has(s, f->ip_at + 24u, 16) && !memcmp(f->data + f->ip_at + 24, server, 16);
}

static bool holds_web(const Stored *s)
{
    return tcp_port_in(s, 80, 80) || tcp_port_in(s, 443, 443) || tcp_port_in(s, 8000, 8100);
}

static bool holds_port_range(const Stored *s) { return tcp_port_in(s, 8000, 8100); }

static bool holds_syn(const Stored *s)
{
    return s->frame->protocol == WIRE_TCP && has(s, s->frame->l4_at + 13u, 1) &&
           (s->frame->tcp_flags & (WIRE_SYN | WIRE_ACK)) == WIRE_SYN;
}

static bool holds_dns(const Stored *s)
{
    return s->frame->protocol == WIRE_UDP && has(s, s->frame->l4_at + 2u, 2) && s->frame->dst_port == 53;
}

/* A question about h123.example.com, or the answer to one, with the whole name captured. */
static bool holds_dns_name(const Stored *s)
{
    static const u8 name[] = "\4h123\7example\3com";
    const Frame *f = s->frame;
    if (f->protocol != WIRE_UDP || (f->src_port != 53 && f->dst_port != 53)) return false;
    return has(s, f->payload_at + 12u, sizeof name) && !memcmp(f->data + f->payload_at + 12, name, sizeof name);
}

static bool holds_needle(const Stored *s)
{
    return memmem(s->frame->data, s->captured, TRAFFIC_NEEDLE, sizeof TRAFFIC_NEEDLE - 1) != NULL;
}

/* The payload starts with "GET /i/", digits of which the last is 7, and a blank, all of it captured. */
static bool holds_request(const Stored *s)
{
    const Frame *f = s->frame;
    const u8 *payload = f->data + f->payload_at;

    if (f->protocol != WIRE_TCP || f->payload_at >= s->captured) return false;
    u32 len = MIN_OF(f->payload_len, s->captured - f->payload_at), at = 7;
    if (len < 7 || memcmp(payload, "GET /i/", 7) != 0) return false;
    while (at < len && payload[at] >= '0' && payload[at] <= '9') at++;
    return at > 7 && at < len && payload[at - 1] == '7' && payload[at] == ' ';
}

/* Many names in one filter: one host's resets and pushed data, its web traffic left out. */
static bool holds_combined(const Stored *s)
{
    if (!holds_host(s) || holds_web(s)) return false;
    return s->frame->protocol == WIRE_TCP && has(s, s->frame->l4_at + 13u, 1) &&
           s->frame->tcp_flags & (WIRE_RST | WIRE_PSH);
}

/* ---- long filters: thousands of values, picked so that nothing about their bits says which ---- */

/* Bits of an integer mixed (Thomas Wang's shift and add, 32 to 32 bits). */
static u32 scramble(u32 x)
{
    x = (x ^ 61) ^ (x >> 16);
    x *= 9;
    x = (x ^ (x >> 4)) * 0x27d4eb2d;
    return x ^ (x >> 15);
}

static const u32 NET_10 = 0x0a000000, NET_10_END = 0x0b000000;

static bool is_listed_host(u32 address, u32 one_in_1024ths)
{
    return address >= NET_10 && address < NET_10_END && scramble(address) < one_in_1024ths << 14;
}

static bool is_listed_port(u32 port) { return scramble(port) & 1; }

static bool holds_listed_host(const Stored *s, u32 share)
{
    const u8 *ip = s->frame->data + s->frame->ip_at;
    return is_ipv4(s) && (is_listed_host(load_be32(ip + 12), share) || is_listed_host(load_be32(ip + 16), share));
}

/* Shares of 10.0.0.0/8 in units of 1/2^18: 64 addresses each. */
enum { HOSTS_10K = 160, HOSTS_100K = 1580 };
static bool holds_hosts_10k(const Stored *s) { return holds_listed_host(s, HOSTS_10K); }
static bool holds_hosts_100k(const Stored *s) { return holds_listed_host(s, HOSTS_100K); }

static bool holds_ports_32k(const Stored *s)
{
    const Frame *f = s->frame;
    if (f->protocol != WIRE_TCP) return false;
    return (has(s, f->l4_at, 2) && is_listed_port(f->src_port)) ||
           (has(s, f->l4_at + 2u, 2) && is_listed_port(f->dst_port));
}

static u32 write_hosts(FILE *file, u32 share)
{
    u32 count = 0;
    for (u32 a = NET_10; a < NET_10_END; a++)
        if (is_listed_host(a, share))
            fprintf(file, "%s10.%u.%u.%u", count++ ? ",\n" : "IPv4.Address IN {\n", a >> 16 & 255, a >> 8 & 255,
                    a & 255);
    fputs("}\n", file);
    return count;
}

static u32 write_hosts_10k(FILE *file) { return write_hosts(file, HOSTS_10K); }
static u32 write_hosts_100k(FILE *file) { return write_hosts(file, HOSTS_100K); }

static u32 write_ports_32k(FILE *file)
{
    u32 count = 0;
    for (u32 port = 0; port < 65536; port++)
        if (is_listed_port(port)) fprintf(file, "%s%u", count++ ? ",\n" : "TCP.Port IN {\n", port);
    fputs("}\n", file);
    return count;
}

/* The names are those of bench/filters.txt. */
typedef struct {
    const char *name;
    bool (*holds)(const Stored *stored);
    u64 count;
    u32 (*write)(FILE *file); /* of a long filter: its text; returns how many values it has */
    u32 least;                /* as many as its name says */
} Expected;

static Expected expected[] = {
    {.name = "all", .holds = holds_all},
    {.name = "none", .holds = holds_none},
    {.name = "blob", .holds = holds_blob},
    {.name = "tcp-port", .holds = holds_tcp_port},
    {.name = "host", .holds = holds_host},
    {.name = "prefix", .holds = holds_prefix},
    {.name = "three-bytes", .holds = holds_three_bytes},
    {.name = "pair", .holds = holds_pair},
    {.name = "ipv6", .holds = holds_ipv6},
    {.name = "web", .holds = holds_web},
    {.name = "port-range", .holds = holds_port_range},
    {.name = "syn", .holds = holds_syn},
    {.name = "dns", .holds = holds_dns},
    {.name = "dns-name", .holds = holds_dns_name},
    {.name = "arp", .holds = holds_arp},
    {.name = "large", .holds = holds_large},
    {.name = "needle", .holds = holds_needle},
    {.name = "request", .holds = holds_request},
    {.name = "minute", .holds = holds_minute},
    {.name = "delta", .holds = holds_delta},
    {.name = "number", .holds = holds_number},
    {.name = "second", .holds = holds_second},
    {.name = "combined", .holds = holds_combined},
    {.name = "hosts-10k", .holds = holds_hosts_10k, .write = write_hosts_10k, .least = 10000},
    {.name = "hosts-100k", .holds = holds_hosts_100k, .write = write_hosts_100k, .least = 100000},
    {.name = "ports-32k", .holds = holds_ports_32k, .write = write_ports_32k, .least = 32000},
};

/* ---- the file ---- */

typedef struct {
    const char *name;
    int fd;
    u64 written; /* with what waits in the buffer */
    u32 used;
    u8 *buffer;
} Output;

static void output_flush(Output *out)
{
    for (u32 done = 0; done < out->used;) {
        ssize_t n = write(out->fd, out->buffer + done, out->used - done);
        if (n < 0 && errno != EINTR) die("cannot write", out->name);
        if (n > 0) done += (u32)n;
    }
    out->used = 0;
}

/* Room for `len` bytes that the caller fills at once. */
static u8 *output_take(Output *out, u32 len)
{
    if (out->used + len > BUFFER_SIZE) output_flush(out);
    u8 *at = out->buffer + out->used;
    out->used += len;
    out->written += len;
    return at;
}

/* pcap file header: microseconds, little-endian, Ethernet (draft-ietf-opsawg-pcap section 4). */
static void write_file_header(Output *out, u32 snap_len)
{
    const u32 words[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, snap_len, 1};
    memcpy(output_take(out, sizeof words), words, sizeof words);
}

static void write_record(Output *out, const Stored *s)
{
    const u32 words[4] = {(u32)(s->time_us / 1000000), (u32)(s->time_us % 1000000), s->captured, s->frame->len};
    u8 *at = output_take(out, RECORD_HEADER + s->captured);

    memcpy(at, words, RECORD_HEADER);
    memcpy(at + RECORD_HEADER, s->frame->data, s->captured);
}

/* Mostly tens of microseconds; now and then everybody thinks for some milliseconds. */
static u64 pick_gap_us(Rng *rng)
{
    return rng_one_in(rng, 5000) ? 4000 + rng_below(rng, 16000) : 1 + rng_below(rng, 90);
}

/* The traffic, frame by frame: `stored` is the next one to be written. */
typedef struct {
    Traffic *traffic;
    Rng rng;
    Frame frame;
    Stored stored;
    u32 snap_len;
} Source;

static void source_next(Source *source)
{
    Stored *stored = &source->stored;

    stored->time_us += stored->delta_us = pick_gap_us(&source->rng);
    traffic_next(source->traffic, stored->time_us, &source->frame);
    stored->captured = MIN_OF(source->frame.len, source->snap_len);
    stored->number++;
}

static void source_begin(Source *source, u32 snap_len, u64 seed)
{
    const TrafficOptions options = {.seed = seed, .conversations = 2048, .odd_one_in = 256};

    *source = (Source){.traffic = traffic_new(&options), .rng = {.state = ~seed}, .snap_len = snap_len};
    source->stored = (Stored){.frame = &source->frame, .time_us = START_US};
    traffic_next(source->traffic, START_US, &source->frame);
    source->stored.captured = MIN_OF(source->frame.len, snap_len);
}

/* As many frames as fit into `size` bytes; the first of a file is its number 0 and has no time since the one before. */
static u64 write_frames(Output *out, u64 size, Source *source)
{
    Stored *stored = &source->stored;

    stored->number = stored->delta_us = 0;
    for (; out->written + RECORD_HEADER + stored->captured <= size; source_next(source)) {
        write_record(out, stored);
        for (u32 i = 0; i < COUNT_OF(expected); i++) expected[i].count += expected[i].holds(stored);
    }
    return stored->number;
}

static void write_counts(const char *capture, u64 frames, u64 bytes)
{
    char name[4096];

    snprintf(name, sizeof name, "%s.counts", capture);
    FILE *file = fopen(name, "w");
    if (!file) die("cannot create", name);
    fprintf(file, "frames %llu\nbytes %llu\n", (unsigned long long)frames, (unsigned long long)bytes);
    for (u32 i = 0; i < COUNT_OF(expected); i++)
        fprintf(file, "%s %llu\n", expected[i].name, (unsigned long long)expected[i].count);
    if (fclose(file)) die("cannot write", name);
}

static void write_filter(const char *capture, const Expected *filter)
{
    char name[4096];

    snprintf(name, sizeof name, "%s.%s", capture, filter->name);
    FILE *file = fopen(name, "w");
    if (!file) die("cannot create", name);
    u32 count = filter->write(file);
    if (fclose(file)) die("cannot write", name);
    if (count >= filter->least) return;
    fprintf(stderr, "mkcapture: %s: %u values, expected at least %u\n", name, count, filter->least);
    exit(2);
}

/* One file of at most `size` bytes; adds to *frames and *bytes. */
static void write_file(const char *name, u64 size, Source *source, u64 *frames, u64 *bytes)
{
    char part[4200];
    Output out = {.name = part, .buffer = malloc(BUFFER_SIZE)};

    snprintf(part, sizeof part, "%s.part", name);
    out.fd = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (out.fd < 0) die("cannot create", part);
    if (!out.buffer) die("no memory for", "the output buffer");
    write_file_header(&out, source->snap_len);
    *frames += write_frames(&out, size, source);
    output_flush(&out);
    if (close(out.fd)) die("cannot write", part);
    if (rename(part, name)) die("cannot rename", part);
    *bytes += out.written;
    free(out.buffer);
}

/* With `files`, `name` is a folder, made for as many parts of one capture; the counts are those of all. */
static void write_capture(const char *name, u64 size, u32 files, u32 snap_len, u64 seed)
{
    char part[4200];
    u64 frames = 0, bytes = 0;
    Source source;

    for (u32 i = 0; i < COUNT_OF(expected); i++) expected[i].count = 0;
    source_begin(&source, snap_len, seed);
    if (!files) write_file(name, size, &source, &frames, &bytes);
    if (files && mkdir(name, 0777) && errno != EEXIST) die("cannot create", name);
    for (u32 i = 1; i <= files; i++) {
        snprintf(part, sizeof part, "%s/part-%03u.pcap", name, i);
        write_file(part, size / files, &source, &frames, &bytes);
    }
    traffic_free(source.traffic);
    for (u32 i = 0; i < COUNT_OF(expected); i++)
        if (expected[i].write) write_filter(name, &expected[i]);
    write_counts(name, frames, bytes);
    printf("%s: %llu frames, %llu bytes\n", name, (unsigned long long)frames, (unsigned long long)bytes);
}

/* ---- the command line ---- */

static const char usage[] =
    "usage: mkcapture MODE FILE [--size N[K|M|G]] [--seed N] [--files N] [--start N[K|M|G]]\n"
    "\n"
    "Writes a pcap capture of made-up office traffic, the same on every run, and beside it FILE.counts: a line\n"
    "`name count` for each filter of bench/filters.txt, counted as the frames were built, and FILE.NAME for each of\n"
    "them that is too long for a line there.\n"
    "\n"
    "  mixed   whole frames; --size 2G by default, about 4.5 million frames\n"
    "  cut68   the same traffic captured with a snap length of 68 bytes; --size 1G by default, about 12 million\n"
    "          frames; shorter frames are whole, and the length on the wire is kept\n"
    "\n"
    "  --size  stop before the file would be longer; K, M and G are powers of 1000\n"
    "  --seed  another number gives another capture (default 1)\n"
    "  --files FILE is a folder: the capture in so many parts of equal size, FILE/part-001.pcap and on; frames are\n"
    "          numbered in each part anew\n"
    "  --start also FILE.start with its own counts: the same capture, but only its first so many bytes\n";

static u64 parse_size(const char *text)
{
    static const char suffixes[] = "KMG";
    char *end;
    u64 size = strtoull(text, &end, 10);
    const char *suffix = *end ? strchr(suffixes, *end) : NULL;

    for (; suffix && suffix >= suffixes; suffix--) size *= 1000;
    if (end == text || (*end && (!strchr(suffixes, *end) || end[1])) || size < 1000) {
        fprintf(stderr, "mkcapture: --size: expected a number of at least 1000, as 20M or 2G, found '%s'\n", text);
        exit(2);
    }
    return size;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"size", required_argument, NULL, 's'},  {"seed", required_argument, NULL, 'r'},
        {"files", required_argument, NULL, 'f'}, {"start", required_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},        {0}};
    u64 size = 0, seed = 1, files = 0, start = 0;
    char start_name[4100];

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 's': size = parse_size(optarg); break;
        case 'r': seed = strtoull(optarg, NULL, 10); break;
        case 'f': files = strtoull(optarg, NULL, 10); break;
        case 'b': start = parse_size(optarg); break;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    bool cut = argc - optind == 2 && !strcmp(argv[optind], "cut68");
    if (argc - optind != 2 || (!cut && strcmp(argv[optind], "mixed") != 0) || files > FILES_MAX) {
        fputs(usage, stderr);
        return 2;
    }
    const char *name = argv[optind + 1];
    u32 snap_len = cut ? 68 : WHOLE_FRAMES;
    if (!size) size = cut ? 1000000000 : 2000000000;
    snprintf(start_name, sizeof start_name, "%.4000s.start", name);
    if (start) write_capture(start_name, start, 0, snap_len, seed);
    write_capture(name, size, (u32)files, snap_len, seed);
    return 0;
}
