/* captures.c - see captures.h.  Written from the format documents, not from the readers. */
#include "tests/captures.h"

#include <stdio.h>
#include <time.h>

/* -- numbers ----------------------------------------------------------------------------------------------------- */

static u32 next_random(u32 *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void put16(Bytes *out, u16 value, bool big) { bytes_add16(out, big ? __builtin_bswap16(value) : value); }

static void put32(Bytes *out, u32 value, bool big) { bytes_add32(out, big ? __builtin_bswap32(value) : value); }

static void put64(Bytes *out, u64 value, bool big)
{
    value = big ? __builtin_bswap64(value) : value;
    bytes_add(out, &value, sizeof value);
}

static void put_data(Bytes *out, const Expected *frame)
{
    for (u32 i = 0; i < frame->caplen; i++) {
        u8 byte = (u8)(frame->fill + 7 * i);
        bytes_add(out, &byte, 1);
    }
}

/* -- frames ------------------------------------------------------------------------------------------------------ */

static Expected *new_frames(u32 count) { return calloc(count ? count : 1, sizeof(Expected)); }

/* Lengths from 1 to 200, some frames cut short, times that mostly grow and sometimes step back. */
static void invent(Expected *frames, u32 count, u32 *seed, u8 tsresol)
{
    static const u64 units[] = {[3] = 1000, [6] = 1000000, [7] = 10000000, [9] = 1000000000};
    u64 unit = tsresol & 0x80 ? (u64)1 << (tsresol & 0x7f) : units[tsresol];
    u64 ticks = 1414279920 * unit;
    for (u32 i = 0; i < count; i++) {
        Expected *frame = &frames[i];
        u32 step = next_random(seed) % 2000;
        ticks += step > 100 ? step : (u64) - (i64)step;
        frame->len = 1 + next_random(seed) % 200;
        frame->caplen = next_random(seed) % 5 == 0 ? frame->len / 2 + 1 : frame->len;
        frame->linktype = 1;
        frame->has_time = true;
        frame->ticks = ticks;
        frame->tsresol = tsresol;
        frame->fill = (u8)next_random(seed);
    }
}

static void set_times(Expected *frames, u32 count)
{
    bool has_before = false;
    i64 before = 0;
    for (u32 i = 0; i < count; i++) {
        Expected *frame = &frames[i];
        if (!frame->has_time) continue;
        __int128 ns = (__int128)frame->ticks * 1000000000;
        if (frame->tsresol & 0x80)
            ns >>= frame->tsresol & 0x7f;
        else
            for (u32 k = 0; k < frame->tsresol; k++) ns /= 10;
        frame->time_ns = (i64)(ns + (__int128)frame->tsoffset * 1000000000);
        frame->delta_ns = has_before ? frame->time_ns - before : 0;
        before = frame->time_ns;
        has_before = true;
    }
}

static void end_frame(Made *made, u32 i) { made->ends[i] = made->bytes.size; }

/* -- pcap -------------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    u32 magic;
    bool big;
    u16 minor;
    u32 link; /* the whole word */
} PcapShape;

static const PcapShape pcap_shapes[] = {
    {"pcap us le", 0xa1b2c3d4, false, 4, 1},        {"pcap us be", 0xa1b2c3d4, true, 4, 1},
    {"pcap ns le", 0xa1b23c4d, false, 4, 1},        {"pcap ns be", 0xa1b23c4d, true, 4, 1},
    {"pcap modified le", 0xa1b2cd34, false, 4, 1},  {"pcap modified be", 0xa1b2cd34, true, 4, 1},
    {"pcap 2.2", 0xa1b2c3d4, false, 2, 1},          {"pcap 2.3", 0xa1b2c3d4, true, 3, 1},
    {"pcap fcs", 0xa1b2c3d4, false, 4, 0x24000001}, {"pcap raw", 0xa1b2c3d4, false, 4, 101},
};

static void make_pcap(Made *made, const PcapShape *shape, u32 *seed)
{
    bool nano = shape->magic == 0xa1b23c4d, big = shape->big;
    Bytes *out = &made->bytes;
    invent(made->frames, made->count, seed, nano ? 9 : 6);
    put32(out, shape->magic, big);
    put16(out, 2, big);
    put16(out, shape->minor, big);
    put32(out, 0, big);
    put32(out, 0, big);
    put32(out, 65535, big);
    put32(out, shape->link, big);
    for (u32 i = 0; i < made->count; i++) {
        Expected *frame = &made->frames[i];
        u64 second = nano ? 1000000000 : 1000000;
        bool exchanged = shape->minor == 2 || (shape->minor == 3 && i % 2);
        frame->linktype = shape->link & 0xffff;
        put32(out, (u32)(frame->ticks / second), big);
        put32(out, (u32)(frame->ticks % second), big);
        put32(out, exchanged ? frame->len : frame->caplen, big);
        put32(out, exchanged ? frame->caplen : frame->len, big);
        if (shape->magic == 0xa1b2cd34) put64(out, 0x1122334455667788, big);
        put_data(out, frame);
        end_frame(made, i);
    }
    set_times(made->frames, made->count);
}

/* -- pcapng ------------------------------------------------------------------------------------------------------ */

typedef struct {
    const char *name;
    bool big;
    u8 tsresol;
    i64 tsoffset;
    u32 interfaces;   /* described at the start */
    bool mixed_links; /* every other interface is RAW */
    bool comments;
    bool other_blocks; /* blocks of other kinds between the packets */
    bool late;         /* one more interface is described half way */
    u32 sections;
    bool turning; /* each section in the other byte order */
    u32 type;     /* of the packet blocks */
} PcapngShape;

/* Enhanced packet blocks, every third a simple one. */
enum { SOME_SIMPLE = 63 };

static const PcapngShape pcapng_shapes[] = {
    {"pcapng le", false, 6, 0, 1, false, false, false, false, 1, false, 6},
    {"pcapng be", true, 6, 0, 1, false, true, false, false, 1, false, 6},
    {"pcapng ns", false, 9, 0, 2, false, true, false, false, 1, false, 6},
    {"pcapng binary", false, 0x80 | 20, 0, 1, false, false, false, false, 1, false, 6},
    {"pcapng offset", true, 6, -3600, 1, false, false, false, false, 1, false, 6},
    {"pcapng mixed", false, 6, 0, 3, true, false, true, false, 1, false, 6},
    {"pcapng late", false, 9, 0, 1, true, false, false, true, 1, false, 6},
    {"pcapng sections", false, 6, 0, 2, false, false, true, false, 3, false, 6},
    {"pcapng turning", false, 9, 0, 1, true, true, true, true, 4, true, 6},
    {"pcapng simple", false, 6, 0, 1, false, false, false, false, 1, false, 3},
    {"pcapng old", true, 6, 0, 2, false, true, false, false, 1, false, 2},
    {"pcapng now and then simple", false, 9, 0, 1, false, false, false, false, 1, false, SOME_SIMPLE},
};

static size_t begin_block(Bytes *out, u32 type, bool big)
{
    size_t at = out->size;
    put32(out, type, big);
    put32(out, 0, big);
    return at;
}

static void end_block(Bytes *out, size_t at, bool big)
{
    u32 total = (u32)(out->size - at + 4), swapped = big ? __builtin_bswap32(total) : total;
    memcpy(out->bytes + at + 4, &swapped, 4);
    put32(out, total, big);
}

static void put_option(Bytes *out, u16 code, const void *value, u16 length, bool big)
{
    static const u8 zeros[4];
    put16(out, code, big);
    put16(out, length, big);
    bytes_add(out, value, length);
    bytes_add(out, zeros, -length & 3);
}

static void put_section(Bytes *out, bool big)
{
    size_t at = begin_block(out, 0x0a0d0d0a, big);
    put32(out, 0x1a2b3c4d, big);
    put16(out, 1, big);
    put16(out, 0, big);
    put64(out, UINT64_MAX, big);
    put_option(out, 4, "tests", 5, big);
    put32(out, 0, big);
    end_block(out, at, big);
}

static void put_interface(Bytes *out, const PcapngShape *shape, u32 id, bool big)
{
    char name[8];
    size_t at = begin_block(out, 1, big);
    put16(out, shape->mixed_links && id % 2 ? 101 : 1, big);
    put16(out, 0, big);
    put32(out, 65535, big);
    snprintf(name, sizeof name, "eth%u", id);
    put_option(out, 2, name, (u16)strlen(name), big);
    if (shape->tsresol != 6) put_option(out, 9, &shape->tsresol, 1, big);
    if (shape->tsoffset) {
        u64 offset = big ? __builtin_bswap64((u64)shape->tsoffset) : (u64)shape->tsoffset;
        put_option(out, 14, &offset, 8, big);
    }
    put32(out, 0, big);
    end_block(out, at, big);
}

static void put_other(Bytes *out, u32 which, bool big)
{
    static const u32 types[] = {4, 5, 0x0bad, 0x40000bad, 9, 0x80000001};
    size_t at = begin_block(out, types[which % 6], big);
    for (u32 i = 0; i < which % 4; i++) put32(out, 0xdeadbeef, big);
    end_block(out, at, big);
}

static void put_packet(Bytes *out, u32 type, Expected *frame, bool big)
{
    static const u8 zeros[4];
    size_t at = begin_block(out, type, big);
    if (type == 3) {
        frame->has_time = false;
        frame->ticks = 0;
        frame->caplen = frame->len; /* the snap length is larger than any */
        put32(out, frame->len, big);
    } else {
        if (type == 6) {
            put32(out, frame->interface, big);
        } else {
            put16(out, (u16)frame->interface, big);
            put16(out, 7, big);
        }
        put32(out, (u32)(frame->ticks >> 32), big);
        put32(out, (u32)frame->ticks, big);
        put32(out, frame->caplen, big);
        put32(out, frame->len, big);
    }
    put_data(out, frame);
    bytes_add(out, zeros, -frame->caplen & 3);
    if (frame->comment[0]) {
        u32 flags = big ? __builtin_bswap32(1) : 1;
        put_option(out, 2, &flags, 4, big);
        put_option(out, 1, frame->comment, (u16)strlen(frame->comment), big);
        put32(out, 0, big);
    }
    end_block(out, at, big);
}

static void make_pcapng(Made *made, const PcapngShape *shape, u32 *seed)
{
    Bytes *out = &made->bytes;
    u32 each = made->count / shape->sections + 1, known = 0;
    bool big = shape->big;
    invent(made->frames, made->count, seed, shape->tsresol);
    for (u32 i = 0; i < made->count || i == 0; i++) {
        if (i % each == 0) {
            big = shape->big ^ (shape->turning && i / each % 2);
            put_section(out, big);
            for (known = 0; known < shape->interfaces; known++) put_interface(out, shape, known, big);
        }
        if (i == made->count) break;
        if (shape->late && i % each == each / 2) put_interface(out, shape, known++, big);
        if (shape->other_blocks && i % 3 == 0) put_other(out, i, big);
        Expected *frame = &made->frames[i];
        bool simple = shape->type == 3 || (shape->type == SOME_SIMPLE && i % 3 == 0);
        frame->interface = simple ? 0 : next_random(seed) % known;
        frame->linktype = shape->mixed_links && frame->interface % 2 ? 101 : 1;
        frame->tsoffset = shape->tsoffset;
        if (shape->comments && i % 2)
            snprintf(frame->comment, sizeof frame->comment, "note %u \xc3\xa4\xe2\x82\xac", i);
        put_packet(out, simple ? 3 : shape->type == SOME_SIMPLE ? 6 : shape->type, frame, big);
        end_frame(made, i);
    }
    set_times(made->frames, made->count);
}

/* -- NetMon ------------------------------------------------------------------------------------------------------ */

typedef struct {
    const char *name;
    u8 major, minor;
    bool wrapped; /* the second half of the frames stands first in the file */
    bool comments;
} NetmonShape;

static const NetmonShape netmon_shapes[] = {
    {"netmon 1.1", 1, 1, false, false}, {"netmon 2.0", 2, 0, false, false}, {"netmon 2.1", 2, 1, false, false},
    {"netmon 2.2", 2, 2, false, true},  {"netmon 2.3", 2, 3, false, true},  {"netmon wrapped", 2, 3, true, false},
    {"netmon raw", 2, 1, false, false},
};

/* 2014-10-25 23:32:00.500 in the local time of whoever runs the tests. */
static i64 netmon_start_ms(void)
{
    struct tm tm = {.tm_year = 114, .tm_mon = 9, .tm_mday = 25, .tm_hour = 23, .tm_min = 32, .tm_isdst = -1};
    return (i64)mktime(&tm) * 1000 + 500;
}

static void put_netmon_frame(Bytes *out, const NetmonShape *shape, const Expected *frame, u16 media)
{
    i64 start_ms = netmon_start_ms();
    if (shape->major == 1) {
        put32(out, (u32)(frame->ticks - (u64)start_ms), false);
        put16(out, (u16)frame->len, false);
        put16(out, (u16)frame->caplen, false);
    } else {
        u64 us = shape->minor == 3 ? frame->ticks / 10 : frame->ticks;
        put64(out, us - (u64)start_ms * 1000, false);
        put32(out, frame->len, false);
        put32(out, frame->caplen, false);
    }
    put_data(out, frame);
    if (shape->major == 1) return;
    if (shape->minor >= 1) put16(out, media, false);
    if (shape->minor >= 2) put32(out, UINT32_MAX, false);
    if (shape->minor >= 3) {
        put64(out, frame->ticks + 116444736000000000, false);
        bytes_add(out, "\xff", 1);
    }
}

static void put_netmon_comment(Bytes *out, u32 frame_at, const char *text)
{
    put32(out, 1, false);
    put32(out, frame_at, false);
    put32(out, 2 * (u32)strlen(text) + 2, false);
    for (const char *p = text; *p; p++) put16(out, (u8)*p, false);
    put16(out, 0, false);
    put32(out, 3, false);
    bytes_add(out, "rtf", 3);
}

static void make_netmon(Made *made, const NetmonShape *shape, u32 *seed)
{
    Bytes *out = &made->bytes, table = {0};
    bool raw = strcmp(shape->name, "netmon raw") == 0;
    u16 start[8] = {2014, 10, 6, 25, 23, 32, 0, 500};
    u32 *at = calloc(made->count + 1, sizeof *at);
    invent(made->frames, made->count, seed, shape->major == 1 ? 3 : shape->minor == 3 ? 7 : 6);
    bytes_add(out, shape->major == 1 ? "RTSS" : "GMBU", 4);
    bytes_add(out, &shape->minor, 1);
    bytes_add(out, &shape->major, 1);
    put16(out, 1, false);
    bytes_add(out, start, sizeof start);
    while (out->size < 128) bytes_add(out, "", 1);
    /* Times begin a little before the start: the sign of 2.x's differences must hold. */
    i64 first = netmon_start_ms() * (shape->major == 1   ? 1
                                     : shape->minor == 3 ? 10000
                                                         : 1000) -
                (shape->major == 1 ? 0 : 5000);
    u64 move = made->count ? (u64)first - made->frames[0].ticks : 0, least = (u64)first;
    for (u32 i = 0; i < made->count; i++) {
        Expected *frame = &made->frames[i];
        frame->ticks += move;
        if (shape->major == 1 && frame->ticks < least) frame->ticks = least; /* 1.x knows no time before its start */
        if (raw) frame->linktype = i % 2 ? 101 : 1;
        if (shape->comments && i % 3 == 1) snprintf(frame->comment, sizeof frame->comment, "frame %u", i);
    }
    for (u32 k = 0; k < made->count; k++) {
        u32 i = shape->wrapped ? (k + made->count / 2) % made->count : k;
        at[i] = (u32)out->size;
        put_netmon_frame(out, shape, &made->frames[i], raw && i % 2 ? 0xe000 + 101 : 1);
    }
    u32 table_at = (u32)out->size, table_size = 4 * made->count;
    for (u32 i = 0; i < made->count; i++) put32(out, at[i], false);
    u32 comments_at = (u32)out->size;
    for (u32 i = 0; i < made->count; i++)
        if (made->frames[i].comment[0]) put_netmon_comment(out, at[i], made->frames[i].comment);
    u32 comments_size = (u32)out->size - comments_at;
    memcpy(out->bytes + 24, &table_at, 4);
    memcpy(out->bytes + 28, &table_size, 4);
    if (shape->comments) {
        memcpy(out->bytes + 40, &comments_at, 4);
        memcpy(out->bytes + 44, &comments_size, 4);
    }
    free(at);
    free(table.bytes);
    set_times(made->frames, made->count);
}

/* -- all of them ------------------------------------------------------------------------------------------------- */

u32 made_shapes(void) { return COUNT_OF(pcap_shapes) + COUNT_OF(pcapng_shapes) + COUNT_OF(netmon_shapes); }

Made made_capture(u32 shape, u32 frames, u32 seed)
{
    Made made = {.frames = new_frames(frames), .count = frames, .ends = calloc(frames + 1, sizeof(size_t))};
    u32 ng = shape - COUNT_OF(pcap_shapes), netmon = ng - COUNT_OF(pcapng_shapes);
    if (shape < COUNT_OF(pcap_shapes)) {
        made.format = "pcap";
        made.name = pcap_shapes[shape].name;
        make_pcap(&made, &pcap_shapes[shape], &seed);
    } else if (ng < COUNT_OF(pcapng_shapes)) {
        made.format = "pcapng";
        made.name = pcapng_shapes[ng].name;
        make_pcapng(&made, &pcapng_shapes[ng], &seed);
    } else {
        made.format = "netmon";
        made.name = netmon_shapes[netmon].name;
        make_netmon(&made, &netmon_shapes[netmon], &seed);
    }
    made.in_order = shape < COUNT_OF(pcap_shapes) + COUNT_OF(pcapng_shapes);
    return made;
}

Made made_named(const char *name, u32 frames, u32 seed)
{
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, frames, seed);
        if (strncmp(made.name, name, strlen(name)) == 0) return made;
        made_free(&made);
    }
    abort();
}

void made_free(Made *made)
{
    free(made->bytes.bytes);
    free(made->frames);
    free(made->ends);
}

/* -- opening and walking ----------------------------------------------------------------------------------------- */

Opened open_bytes(const u8 *bytes, size_t size)
{
    Opened opened = {.block = malloc(size)};
    if (size) memcpy(opened.block, bytes, size);
    opened.capture = (Capture){.path = "made", .bytes = opened.block, .size = size};
    opened.capture.format = format_probe(opened.block, size);
    opened.open = opened.capture.format && opened.capture.format->open(&opened.capture, &opened.damage);
    return opened;
}

void close_opened(Opened *opened)
{
    if (opened->open) opened->capture.format->close(&opened->capture);
    free(opened->block);
}

u64 walk_capture(const Capture *capture, u32 most, FrameTaker *take, void *user, Lane *end)
{
    Lane lane = {.capture = capture, .at = capture->first, .limit = UINT64_MAX, .context = capture->context};
    Batch batch;
    u64 number = 0;
    for (;;) {
        u32 count;
        while ((count = capture->format->fill(&lane, 1, most, NEED_TIME | NEED_NUMBER | NEED_DELTA | NEED_OFFSET,
                                              &batch)) > 0)
            for (u32 i = 0; i < count; i++, number++)
                if (take) take(user, &lane, &batch, i, number);
        if (lane.state != LANE_SECTION) break;
        lane = (Lane){.capture = capture,
                      .at = lane.at,
                      .limit = UINT64_MAX,
                      .context = lane.context,
                      .number = lane.number,
                      .before_ns = lane.before_ns,
                      .has_before = lane.has_before};
    }
    if (end) *end = lane;
    return number;
}
