/* decode.h - where each protocol header starts in every frame of a batch.
 *
 * Comes after a reader filled the batch, at the DECODE instruction; the loads of load.c read what it leaves.
 *
 * The rules, which scalar.c states a second time in its own words:
 *   - A header exists when the header before it (or the link type) announces it, it starts inside the packet that the
 *     lengths around it leave, and at least one byte of it was captured.
 *   - A length in a packet only ever makes the rest shorter.  IPv4 total length 0 and IPv6 payload length 0 mean "to the
 *     end of what is around it" (segments that the card cuts up).
 *   - An IPv4 header whose version is not 4, or of fewer than 5 words, is believed in its first byte only, and nothing is
 *     behind it; the same for an IPv6 header whose version is not 6.  A total length below the header's own leaves its
 *     first four bytes, and nothing behind it.  (tshark shows as much.)
 *   - An IPv6 payload length of 0 and a jumbo payload option (RFC 2675) in the hop-by-hop options right behind: that many
 *     bytes, where the option is captured and says more than 65,535.
 *   - Behind a fragment that is not the first there is no header.  Extension headers are passed over, at any number and in
 *     any order; AH and ESP are layers, and ESP ends the walk.
 *   - An EtherType of at most 1500 is a length; LLC follows, but for Novell's IPX, which begins with ff ff.  SNAP holds an
 *     EtherType where its organization code is 0 or 0x0000f8.
 *   - GRE holds what its EtherType says; of version 1, PPTP's, PPP, where it has a key and a sequence number.  VXLAN holds
 *     Ethernet where its I flag is set; it is told by the destination port.  GTP-U of version 1 holds, in user data behind
 *     its extension headers, IP of the version its first half-byte tells.
 *   - PPP over Ethernet holds PPP where its code is 0.  Behind the bottom of an MPLS stack stands IP of the version its first
 *     half-byte tells; what else may stand there is known to those who set up the labels only.
 *   - Wireless frames of data hold LLC behind a header of 24 bytes and its fourth address, QoS control, HT control and
 *     padding; not those that are encrypted, null data, or a fragment but the first.  Of an A-MSDU the first packet is
 *     followed.  Of a frame NetMon did not capture in monitor mode the flags for both mean nothing.
 *   - On serial link types 0x0f and 0x8f begin Cisco's HDLC, anything else PPP.
 *   - At most LAYERS_MAX headers of a frame, and none that starts behind its first 65,535 bytes.
 *
 * Always true: head[p][i] points at SPAN_MAX readable bytes or at span[p], as many as any load by column needs, for every frame
 * of the batch, so a load may read before it asks present[]; what it read counts only where present[] says so. */
#ifndef VM_DECODE_H
#define VM_DECODE_H

#include "vm/fields.h"

enum {
    HEADER_AT_MAX = 65535, /* where the last header of a frame may start */
    SPAN_MAX = 64,         /* no table field reaches farther into its header */
};

/* A set of port numbers. */
typedef struct {
    bool any;
    u64 bits[65536 / 64];
} PortSet;
/* A set of bytes. */
typedef struct {
    bool any;
    u64 bits[256 / 64];
} FirstSet;

typedef struct {
    u64 asked;                /* protocols the program asks for: only they are sure to be found */
    bool paths;               /* it asks for paths: shape[] is kept for plain frames too */
    bool lists;               /* it asks for LAYERED fields: every frame gets a list of layers */
    u8 span[PROTO_COUNT];     /* bytes of a header that are read by column */
    u32 tcp_least, udp_least; /* bytes of those headers without which a frame has not the plain shape */
    Mask decoded;             /* frames DECODE has seen */
    Mask listed;              /* of those, the ones with a list of layers; the others have the plain shape */
    Mask many;                /* frames with an asked protocol more than once; all of them are listed */
    Mask cut;                 /* frames where an asked header may lie in the part that was not captured ... */
    u64 missing[BATCH_MAX];   /* ... and which protocols those are */
    Mask present
        [PROTO_COUNT]; /* frames that have the protocol, one that is asked for; the columns speak of its outermost header */
    Mask tight[PROTO_COUNT]; /* of those, the ones with a header shorter than span: listed, and read with care */
    const u8 *head[PROTO_COUNT][BATCH_MAX];
    u64 shape[BATCH_MAX]; /* the first eight layers, a byte each from the lowest up: Proto + 1 */
    u32 end[BATCH_MAX];   /* frames of the plain shape: where the IP packet ends on the wire */
    Layers list[BATCH_MAX];
    PortSet udp_ports, tcp_ports; /* ports behind which something asked for may be found */
    FirstSet tcp_first;           /* first bytes of a TCP payload that may be something asked for */
} Headers;

/* Bytes on the wire; a file may claim fewer than it holds. */
static inline u32 wire_length_of(const Batch *batch, u32 i) { return MAX_OF(batch->len[i], batch->caplen[i]); }
static inline bool frame_is_cut(const Batch *batch, u32 i) { return batch->caplen[i] < batch->len[i]; }

/* asked: bit set of Proto; paths: headers_on_path will be asked; lists: LAYERED fields will be. */
void headers_init(Headers *headers, u64 asked, bool paths, bool lists);
/* The same where they are all zero: pages that nobody has touched stay so, and most programs need few. */
void headers_begin(Headers *headers, u64 asked, bool paths, bool lists);
/* Not every field in the table will be read by column, only the first span[p] bytes of each header: a frame that was cut
 * short behind them can have the plain shape. */
void headers_narrow(Headers *headers, const u8 *span);
/* Before the first DECODE of a batch. */
void headers_reset(Headers *headers);
/* Finds the headers of the frames of `within` that were not decoded before. */
void headers_decode(Headers *headers, const Batch *batch, Mask within);
/* The same, every frame by the complete path: what the fast path is tested against. */
void headers_decode_complete(Headers *headers, const Batch *batch, Mask within);

/* Instance number `nest`, from the outside, of a protocol in a decoded frame; false when there is none.  Property is no
 * layer: every frame has it once. */
bool headers_find(const Headers *headers, const Batch *batch, u32 i, Proto proto, u32 nest, Layer *layer);
/* Those of `among` that have an asked protocol more than `nest` times. */
Mask headers_deeper(const Headers *headers, Mask among, u32 nest);
/* Those of `among` whose first layers are exactly the path. */
Mask headers_on_path(const Headers *headers, const u8 *path, u32 count, Mask among);
/* Those of `among` that were cut short before the path could be told: what was captured of them agrees with it. */
Mask headers_path_missing(const Headers *headers, const u8 *path, u32 count, Mask among);

#endif
