/* frames.h - frames for tests: built header by header, at random, and batches of them.
 *
 * A FrameDraft is written from the outside in; frame_end() fills in the lengths and IPv4 checksums of what was begun.
 * Always true of a batch made here: every frame stands in a heap block of exactly its captured length, so that the
 * address sanitizer sees a read behind it. */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include "tests/random.h"
#include "vm/batch.h"

enum { FRAME_MAX = 70000, FRAME_OPEN_MAX = 40 };

typedef struct {
    u8 bytes[FRAME_MAX];
    u32 len;
    struct {
        u8 kind;
        u32 at;
    } open[FRAME_OPEN_MAX]; /* headers whose length is not known yet */
    u32 open_count;
} FrameDraft;

void frame_begin(FrameDraft *d);
void frame_ethernet(FrameDraft *d, u64 destination, u64 source, u16 type); /* addresses: the low 48 bits */
void frame_802_3(FrameDraft *d, u64 destination, u64 source); /* with LLC/SNAP; a type follows: frame_be(d, 2, type) */
void frame_vlan(FrameDraft *d, u16 id, u16 type);
void frame_mpls(FrameDraft *d, u32 label, bool bottom);
void frame_pppoe(FrameDraft *d, u8 code, u16 session);
void frame_gtp(FrameDraft *d, u8 first, u8 type, u32 tunnel); /* the first eight bytes */
void frame_arp(FrameDraft *d, u16 opcode, u64 sender_mac, u32 sender_ip, u64 target_mac, u32 target_ip);
void frame_ipv4(FrameDraft *d, u8 protocol, u32 source, u32 destination);
void frame_ipv4_options(FrameDraft *d, u8 protocol, u32 source, u32 destination, u32 option_words, u16 fragment);
void frame_ipv6(FrameDraft *d, u8 next, const u8 source[16], const u8 destination[16]);
/* An extension header of 8 + 8 * units bytes; 44 is a fragment header and has 8, with `fragment` as offset and flags. */
void frame_ipv6_extension(FrameDraft *d, u8 kind, u8 next, u8 units, u16 fragment);
void frame_icmp(FrameDraft *d, u8 type, u8 code, u16 identifier, u16 sequence); /* ICMPv6 looks the same */
void frame_udp(FrameDraft *d, u16 source, u16 destination);
void frame_tcp(FrameDraft *d, u16 source, u16 destination, u32 sequence, u32 acknowledgement, u8 flags);
void frame_payload(FrameDraft *d, const void *bytes, u32 len);
void frame_be(FrameDraft *d, u32 width, u64 value); /* a big-endian number */
void frame_hex(FrameDraft *d, const char *hex);     /* "0800 45": blanks anywhere between bytes */
void frame_end(FrameDraft *d);
void frame_pad(FrameDraft *d, u32 len); /* behind frame_end: zeros up to `len` bytes in all, as Ethernet does */

/* A batch; frames are copied. */
void batch_begin(Batch *batch, u32 linktype);
void batch_add(Batch *batch, const u8 *bytes, u32 caplen, u32 len);
void batch_free(Batch *batch);
/* Frames first .. first + count - 1 of a batch as a batch of their own; it shares the bytes and is not freed. */
void batch_slice(const Batch *batch, u32 first, u32 count, Batch *part);
/* The same frames as a reader hands them over: in one block, a lane's one behind the other with something between them, which
 * may look as if the frame went on.  Free `joined` by joined_free. */
void batch_join(const Batch *batch, Random *random, Batch *joined);
void joined_free(Batch *joined);

/* Random traffic of a few hosts and ports: plain frames, tags, tunnels, fragments, extension headers, odd lengths. */
void frame_random(FrameDraft *d, Random *random, u32 linktype);
/* `count` such frames, some cut short, some damaged, some nothing but noise, with times and numbers. */
void batch_random(Batch *batch, Random *random, u32 linktype, u32 count);
/* The link types that headers are looked for in, and one that is not known. */
u32 linktype_random(Random *random);

/* frames_tcp.c: what a segment may carry. */
void random_tcp_payload(FrameDraft *d, Random *random);

/* What random traffic is made of, for filters that should hit it. */
extern const u32 frame_hosts[4];
extern const u8 frame_hosts6[3][16];
extern const u16 frame_ports[14];
extern const u64 frame_macs[3];
extern const char *const frame_texts[7];

#endif
