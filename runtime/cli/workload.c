/* workload.c - see workload.h.
 *
 * Office traffic, as a nameless pcap file of 64 MiB in $TMPDIR: web and TLS sessions with their acknowledgements, name lookups, ARP, some IPv6,
 * some tagged frames, pings; sound checksums.  Addresses, ports and payloads come from one fixed seed. */
#include "runtime/cli/workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/pagecache.h"
#include "runtime/cli/talk.h"

const char workload_meaning[] = "64 MB of office traffic, made for this";

enum {
    FILE_BYTES = 64 << 20,
    FRAME_MAX = 1514,
    RECORD_HEADER = 16,
    PIECE = 1 << 20, /* that is written at once */
    BLOCK = 4096,    /* of noise that payloads are cut from */
    SECONDS_1970 = 1414279920,
    STEP_US = 150, /* between frames */
    IP_TCP = 6,
    IP_UDP = 17,
    IP_ICMP = 1,
};

typedef struct {
    uint64_t random; /* xorshift64 */
    uint64_t frames;
    uint8_t noise[BLOCK];
    uint8_t *piece, *next; /* where the next record goes, in the piece */
} Maker;

static uint32_t draw(Maker *maker, uint32_t below)
{
    maker->random ^= maker->random << 13;
    maker->random ^= maker->random >> 7;
    maker->random ^= maker->random << 17;
    return (uint32_t)(maker->random >> 32) % below;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static void put32le(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> 8 * i);
}

/* RFC 1071, of the bytes and of a sum that is there already. */
static uint32_t checksum(const uint8_t *bytes, size_t length, uint64_t sum)
{
    for (size_t i = 0; i + 1 < length; i += 2) sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (length & 1) sum += (uint32_t)bytes[length - 1] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return ~(uint32_t)sum & 0xffff;
}

/* -- headers, each returning where the next one goes ----------------------------------------------------------------- */

static uint8_t *put_ethernet(Maker *maker, uint8_t *at, bool tagged, uint32_t type)
{
    memcpy(at, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00", 11);
    at[11] = (uint8_t)(2 + draw(maker, 40));
    at += 12;
    if (tagged) {
        put16(at, 0x8100);
        put16(at + 2, 10 + draw(maker, 4));
        at += 4;
    }
    put16(at, type);
    return at + 2;
}

/* length: of what it carries. */
static uint8_t *put_ipv4(Maker *maker, uint8_t *at, uint32_t protocol, uint32_t length, bool out)
{
    uint32_t client = 0x0a010000 + draw(maker, 200), server = 0xc6336400 + draw(maker, 250);
    memset(at, 0, 20);
    at[0] = 0x45;
    put16(at + 2, 20 + length);
    put16(at + 4, (uint32_t)maker->frames & 0xffff);
    put16(at + 6, 0x4000);
    at[8] = 64;
    at[9] = (uint8_t)protocol;
    put32(at + 12, out ? client : server);
    put32(at + 16, out ? server : client);
    put16(at + 10, checksum(at, 20, 0));
    return at + 20;
}

static uint8_t *put_ipv6(Maker *maker, uint8_t *at, uint32_t protocol, uint32_t length)
{
    static const uint8_t prefix[8] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2};
    memset(at, 0, 40);
    at[0] = 0x60;
    put16(at + 4, length);
    at[6] = (uint8_t)protocol;
    at[7] = 64;
    memcpy(at + 8, prefix, sizeof prefix);
    memcpy(at + 24, prefix, sizeof prefix);
    at[23] = (uint8_t)draw(maker, 200);
    at[39] = (uint8_t)draw(maker, 200);
    return at + 40;
}

/* The checksum of TCP or UDP, over both addresses, which stand right before it. */
static void settle_checksum(uint8_t *header, uint32_t length, uint32_t protocol, uint32_t addresses, uint32_t where)
{
    put16(header + where, 0);
    uint32_t pseudo = ~checksum(header - addresses, addresses, protocol + length) & 0xffff;
    put16(header + where, checksum(header, length, pseudo));
}

static void put_tcp(Maker *maker, uint8_t *at, uint32_t server_port, uint32_t flags, bool out)
{
    uint32_t client_port = 49152 + draw(maker, 16384);
    memset(at, 0, 20);
    put16(at, out ? client_port : server_port);
    put16(at + 2, out ? server_port : client_port);
    put32(at + 4, draw(maker, UINT32_MAX));
    put32(at + 8, draw(maker, UINT32_MAX));
    at[12] = 0x50;
    at[13] = (uint8_t)flags;
    put16(at + 14, 8192 + draw(maker, 50000));
}

/* -- frames, each returning its end ---------------------------------------------------------------------------------- */

static uint8_t *put_session(Maker *maker, uint8_t *at, uint32_t port, uint32_t payload, const char *text)
{
    bool out = draw(maker, 2), six = draw(maker, 20) == 0, tagged = draw(maker, 25) == 0;
    uint32_t length = 20 + payload;
    at = put_ethernet(maker, at, tagged, six ? 0x86dd : 0x0800);
    at = six ? put_ipv6(maker, at, IP_TCP, length) : put_ipv4(maker, at, IP_TCP, length, out);
    put_tcp(maker, at, port, payload ? 0x18 : draw(maker, 20) == 0 ? 0x02 : 0x10, out);
    memcpy(at + 20, maker->noise + draw(maker, BLOCK - FRAME_MAX), payload);
    if (text && payload > strlen(text)) memcpy(at + 20, text, strlen(text));
    settle_checksum(at, length, IP_TCP, six ? 32 : 8, 16);
    return at + length;
}

static uint8_t *put_lookup(Maker *maker, uint8_t *at)
{
    uint8_t message[64] = {0, 0, 1, 0, 0, 1};
    char host[16];
    int size = snprintf(host, sizeof host, "host%u", draw(maker, 500));
    uint32_t used = 12;
    put16(message, draw(maker, 65536));
    message[used] = (uint8_t)size;
    memcpy(message + used + 1, host, (size_t)size);
    used += 1 + (uint32_t)size;
    memcpy(message + used,
           "\x06office\x07"
           "example\0\0\x01\0\x01",
           20);
    used += 20;
    at = put_ethernet(maker, at, false, 0x0800);
    at = put_ipv4(maker, at, IP_UDP, 8 + used, true);
    put16(at, 49152 + draw(maker, 16384));
    put16(at + 2, 53);
    put16(at + 4, 8 + used);
    memcpy(at + 8, message, used);
    settle_checksum(at, 8 + used, IP_UDP, 8, 6);
    return at + 8 + used;
}

static uint8_t *put_arp(Maker *maker, uint8_t *at)
{
    at = put_ethernet(maker, at, false, 0x0806);
    memset(at, 0, 46); /* padded to 60 bytes, as Ethernet does */
    memcpy(at, "\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x02", 14);
    put32(at + 14, 0x0a010000 + draw(maker, 200));
    put32(at + 24, 0x0a010000 + draw(maker, 200));
    return at + 46;
}

static uint8_t *put_ping(Maker *maker, uint8_t *at)
{
    enum { PING = 64 };
    at = put_ethernet(maker, at, false, 0x0800);
    at = put_ipv4(maker, at, IP_ICMP, PING, true);
    memcpy(at, maker->noise, PING);
    memset(at, 0, 8);
    at[0] = 8;
    put16(at + 6, (uint32_t)maker->frames & 0xffff);
    put16(at + 2, checksum(at, PING, 0));
    return at + PING;
}

static uint8_t *put_frame(Maker *maker, uint8_t *at)
{
    uint32_t kind = draw(maker, 100);
    if (kind < 40) return put_session(maker, at, 443, 100 + draw(maker, 1300), "\x17\x03\x03");
    if (kind < 55) return put_session(maker, at, 80, 200 + draw(maker, 1200), "GET /index.html HTTP/1.1\r\n");
    if (kind < 85) return put_session(maker, at, draw(maker, 3) ? 443 : 445, 0, NULL);
    if (kind < 95) return put_lookup(maker, at);
    return kind < 98 ? put_arp(maker, at) : put_ping(maker, at);
}

static void put_record(Maker *maker)
{
    uint8_t *record = maker->next;
    uint64_t us = maker->frames * STEP_US;
    maker->next = put_frame(maker, record + RECORD_HEADER);
    uint32_t length = (uint32_t)(maker->next - record) - RECORD_HEADER;
    put32le(record, SECONDS_1970 + (uint32_t)(us / 1000000));
    put32le(record + 4, (uint32_t)(us % 1000000));
    put32le(record + 8, length);
    put32le(record + 12, length);
    maker->frames++;
}

static bool write_piece(Maker *maker, int fd)
{
    const uint8_t *at = maker->piece;
    while (at < maker->next) {
        ssize_t n = write(fd, at, (size_t)(maker->next - at));
        if (n <= 0) return false;
        at += n;
    }
    maker->next = maker->piece;
    return true;
}

static bool fill(int fd)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 1};
    static uint8_t piece[PIECE];
    Maker maker = {.random = 0x9e3779b97f4a7c15, .piece = piece, .next = piece};
    for (size_t i = 0; i < BLOCK; i++) maker.noise[i] = (uint8_t)draw(&maker, 256);
    for (size_t i = 0; i < 6; i++, maker.next += 4) put32le(maker.next, header[i]);
    for (size_t written = 0; written < FILE_BYTES; written += PIECE) {
        while (maker.next + RECORD_HEADER + FRAME_MAX < piece + PIECE) put_record(&maker);
        if (!write_piece(&maker, fd)) return false;
    }
    return true;
}

static int open_nameless(void)
{
    const char *folder = getenv("TMPDIR");
    Text path = {0};
    text_format(&path, "%s/pktsift-bench-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkostemp(path.at, O_CLOEXEC);
    if (fd >= 0) unlink(path.at);
    text_free(&path);
    return fd;
}

bool workload_make(Workload *workload)
{
    double stayed;
    workload->fd = open_nameless();
    if (workload->fd < 0 || !fill(workload->fd)) {
        say_error("no INPUT was given, and a capture could not be made in $TMPDIR: %s", strerror(errno));
        return false;
    }
    if (pagecache_evict(workload->fd, &stayed)) pagecache_read(workload->fd);
    snprintf(workload->path, sizeof workload->path, "/proc/self/fd/%d", workload->fd);
    return true;
}

void workload_free(Workload *workload)
{
    if (workload->fd >= 0) close(workload->fd);
    workload->fd = -1;
}
