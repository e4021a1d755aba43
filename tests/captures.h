/* captures.h - captures made in memory, one of every kind that is read, each with what should be found in it.
 *
 * For unit and property tests.  Everything is made from a shape's number, a count and a seed: the same bytes every
 * time. */
#ifndef TESTS_CAPTURES_H
#define TESTS_CAPTURES_H

#include "runtime/readers/reader.h"
#include "runtime/writers/bytes.h"

/* A frame as a reader should find it. */
typedef struct {
    u32 caplen, len, linktype, interface;
    i64 time_ns, delta_ns; /* delta to the frame before it that has a time; 0 for the first */
    bool has_time;
    u64 ticks;
    u8 tsresol;
    i64 tsoffset;
    u8 fill;          /* data[i] is fill + 7 * i */
    char comment[24]; /* "" for none */
} Expected;

typedef struct {
    const char *name, *format;
    Bytes bytes;
    Expected *frames;
    u32 count;
    size_t *ends;  /* [i]: size of the file up to and with frame i; pcap and pcapng */
    bool in_order; /* frames stand in the file in their order, so `ends` holds */
} Made;

u32 made_shapes(void);
Made made_capture(u32 shape, u32 frames, u32 seed);
/* The first shape whose name begins so. */
Made made_named(const char *name, u32 frames, u32 seed);
void made_free(Made *made);

/* A capture opened over a block of exactly its size, so that a sanitizer sees the first byte too many. */
typedef struct {
    Capture capture;
    Damage damage;
    bool open;
    u8 *block;
} Opened;

Opened open_bytes(const u8 *bytes, size_t size);
void close_opened(Opened *opened);

/* Walks everything with one lane at a time, section by section; calls take (when not NULL) for each frame.  Returns the
 * frames, and in *end (when not NULL) the last lane as it ended. */
typedef void FrameTaker(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number);
u64 walk_capture(const Capture *capture, u32 most, FrameTaker *take, void *user, Lane *end);

#endif
