/* batch.h - up to 64 frames, column by column: what a reader fills and the interpreter reads.
 *
 * Between runtime/readers (which fill it) and vm/run.c (which answers with a Mask).  No frame is copied: data[]
 * points into the mapping, or into what was read of the file.  Always true: all frames of a batch have one link type;
 * data[i] has caplen[i] readable bytes.
 * Reading past caplen[i] is never allowed, but between two frames in what the reader calls readable. */
#ifndef VM_BATCH_H
#define VM_BATCH_H

#include "vm/base.h"

enum { BATCH_MAX = 64 }; /* one bit a frame: a Mask is one machine word */
typedef u64 Mask;

/* What a batch must carry beyond data and lengths; a program says so in Program.needs, a sink adds its own. */
enum {
    NEED_TIME = 1,   /* time[] */
    NEED_NUMBER = 2, /* number[] */
    NEED_DELTA = 4,  /* delta[]; exact only when the lane knows the frame before its first */
    NEED_OFFSET = 8, /* offset[]: time since the capture's start */
};

typedef struct {
    u32 count;      /* 1..BATCH_MAX */
    u32 linktype;   /* LINKTYPE_ value, https://www.tcpdump.org/linktypes.html */
    u32 caplen_min; /* smallest caplen[], so that fixed offsets are checked once a batch */
    u32 media_type; /* FrameVariable.MediaType: the link type as the file states it (NetMon media type for .cap) */
    /* In here lie frames, and what stands between them may be read; NULL: only frames may. */
    const u8 *readable, *readable_end;
    const u8 *data[BATCH_MAX];
    u32 caplen[BATCH_MAX]; /* bytes captured */
    u32 len[BATCH_MAX];    /* bytes on the wire; a file may claim fewer than caplen, so caplen > len can occur */
    u64 at[BATCH_MAX];     /* the record's position in its capture (reader.h) */
    u8 lane[BATCH_MAX];    /* which of the reader's lanes it came from */
    i64 time[BATCH_MAX];   /* NEED_TIME: ns since 1970-01-01 UTC */
    i64 delta[BATCH_MAX];  /* NEED_DELTA: ns since the frame before it in the file; 0 for the first; can be negative */
    i64 offset[BATCH_MAX]; /* NEED_OFFSET: ns since the start of the capture (first frame, or header time in .cap) */
    u64 number[BATCH_MAX]; /* NEED_NUMBER: 0-based in its file */
} Batch;

static inline Mask batch_all(const Batch *batch)
{
    return batch->count == BATCH_MAX ? ~(Mask)0 : ((Mask)1 << batch->count) - 1;
}

/* The number of frames in a mask; inline, as not every x86-64 has an instruction for it. */
static inline u32 mask_count(Mask mask)
{
    mask -= mask >> 1 & 0x5555555555555555u;
    mask = (mask & 0x3333333333333333u) + (mask >> 2 & 0x3333333333333333u);
    mask = (mask + (mask >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (u32)(mask * 0x0101010101010101u >> 56);
}

/* Visits the set bits of a mask from the lowest up: for (EACH_BIT(i, mask)) ... */
#define EACH_BIT(i, mask)                                                                                              \
    Mask i##_left = (mask), i = i##_left ? (Mask)__builtin_ctzll(i##_left) : 0;                                        \
    i##_left;                                                                                                          \
    i##_left &= i##_left - 1, i = i##_left ? (Mask)__builtin_ctzll(i##_left) : 0

#endif
