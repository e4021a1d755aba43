/* walk.h - from header to header: what the complete decode path (decode.c) and the walk functions of protocols/ share.
 *
 * A walk function stands at a header that was announced and of which at least one byte was captured.  It may read what
 * walk_need() says is there, moves `at` behind its header, may make `end` smaller, and says what comes next.
 * Always true: `end` never grows, `at` only does; so nothing found in a packet leads outside it. */
#ifndef VM_WALK_H
#define VM_WALK_H

#include "vm/fields.h"

typedef enum {
    STEP_NONE,
#define STEP(id, ...) STEP_##id,
#include "vm/steps.def"
    STEP_COUNT
} Step;

typedef struct {
    const u8 *data;
    u32 caplen;
    u32 at;     /* where the announced header starts */
    u32 end;    /* where the packet around it ends, on the wire */
    Layer *own; /* the layer being walked; NULL for a step that is none */
    u32 hint;   /* what the header before says about this one: STEP_EXTENSION: its protocol number; STEP_WIFI: wifi.h */
    u64 behind; /* protocols that may be found behind this step */
    u64 missing; /* protocols that may lie in the part that was not captured */
} Walk;
typedef Step WalkFunction(Walk *w);

#define STEP(id, proto, function, behind) WalkFunction function;
#include "vm/steps.def"

typedef struct {
    WalkFunction *walk;
    int proto;         /* NO_LAYER: none */
    u64 behind, finds; /* finds: behind, and the layer itself */
} StepInfo;
enum { NO_LAYER = -1 };
extern const StepInfo step_info[STEP_COUNT];

/* Can the first `count` bytes of this header be read?  If they are only missing from the capture, so may be what is
 * behind. */
static inline bool walk_need(Walk *w, u32 count)
{
    u64 end = (u64)w->at + count;
    if (end <= MIN_OF(w->caplen, w->end)) return true;
    if (end <= w->end) w->missing |= w->behind;
    return false;
}

/* Only the first bytes of this header make sense. */
static inline Step walk_believe(Walk *w, u32 count)
{
    w->own->end = MIN_OF(w->own->end, w->at + count);
    return STEP_NONE;
}

/* protocols/link.c: what an EtherType announces; what stands where LLC should, but for Novell's IPX. */
Step step_of_ethertype(u32 type);
Step step_of_llc(Walk *w);
/* protocols/ip.c: what an IP protocol number announces. */
Step step_of_protocol(Walk *w, u8 protocol);
/* LINKTYPE_ values, https://www.tcpdump.org/linktypes.html; RAW_12 and RAW_14 are what some systems write for RAW. */
enum {
    LINKTYPE_NULL = 0,
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_PPP = 9,
    LINKTYPE_RAW_12 = 12,
    LINKTYPE_RAW_14 = 14,
    LINKTYPE_PPP_HDLC = 50,
    LINKTYPE_PPP_ETHER = 51,
    LINKTYPE_ATM_RFC1483 = 100,
    LINKTYPE_RAW = 101,
    LINKTYPE_C_HDLC = 104,
    LINKTYPE_IEEE802_11 = 105,
    LINKTYPE_LOOP = 108,
    LINKTYPE_LINUX_SLL = 113,
    LINKTYPE_IEEE802_11_RADIOTAP = 127,
    LINKTYPE_IPV4 = 228,
    LINKTYPE_IPV6 = 229,
    LINKTYPE_LINUX_SLL2 = 276,
};
#define LINKTYPE_NETMON_WIFI 0xffff0006u /* none of those: NetMon's media type 6, as its reader hands it on */
Step step_of_linktype(u32 linktype);

/* What ports announce, from ports.def. */
typedef enum { PORTS_UDP, PORTS_TCP } PortTable;
typedef struct {
    u8 table, step;
    u16 number;
    bool destination_only;
} PortInfo;
extern const PortInfo port_info[];
extern const u32 port_info_count;
Step step_of_ports(PortTable table, u32 source, u32 destination);

/* What a payload's first bytes say, from contents.def.  A test gets the bytes that were captured and how many were sent.
 * CONTENT_CUT: what was captured fits, and more was sent. */
typedef enum { CONTENT_OTHER, CONTENT_CUT, CONTENT_IS } Content;
typedef Content ContentTest(const u8 *payload, u32 captured, u32 sent);
#define CONTENT(step, test, first) ContentTest test;
#include "vm/contents.def"

typedef struct {
    u8 step;
    ContentTest *test;
    const char *first;
} ContentInfo;
extern const ContentInfo content_info[];
extern const u32 content_info_count;
Step step_of_content(Walk *w);

#endif
