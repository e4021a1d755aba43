/* bpfmap.c - libpcap's optimised filter program over a mapped capture: what a peer's interpreter costs without the
 * peer's file reading.
 *
 * One walk over the mapping, one call of bpf_filter() a frame.  Only for captures of mkcapture (little-endian pcap,
 * Ethernet); prints `frames matched`. */
#include "vm/base.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16 };

static void die(const char *name, const char *why)
{
    fprintf(stderr, "bpfmap: %s: %s\n", name, why);
    exit(2);
}

static struct bpf_program compile(const char *filter)
{
    struct bpf_program program;
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);

    if (!pcap || pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN))
        die(filter, pcap ? pcap_geterr(pcap) : "no memory");
    pcap_close(pcap);
    return program;
}

int main(int argc, char **argv)
{
    struct stat status;

    if (argc != 3) {
        fputs("usage: bpfmap FILTER CAPTURE\n", stderr);
        return 2;
    }
    struct bpf_program program = compile(argv[1]);
    int fd = open(argv[2], O_RDONLY);
    if (fd < 0 || fstat(fd, &status)) die(argv[2], strerror(errno));
    u64 size = (u64)status.st_size, frames = 0, matched = 0;
    if (size < FILE_HEADER) die(argv[2], "too short for a capture");
    const u8 *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) die(argv[2], strerror(errno));
    if (load_le32(bytes) != 0xa1b2c3d4) die(argv[2], "not a little-endian pcap capture");

    for (u64 at = FILE_HEADER; at + RECORD_HEADER <= size;) {
        u32 captured = load_le32(bytes + at + 8), length = load_le32(bytes + at + 12);
        if (captured > size - at - RECORD_HEADER) die(argv[2], "not written by mkcapture");
        matched += bpf_filter(program.bf_insns, bytes + at + RECORD_HEADER, length, captured) != 0;
        frames++;
        at += RECORD_HEADER + captured;
    }
    printf("%llu %llu\n", (unsigned long long)frames, (unsigned long long)matched);
    pcap_freecode(&program);
    return 0;
}
