/* readers.c - the table of formats, what to say of a file that is none of them, and what all readers fill alike.
 *
 * Between capture/, which maps a file, and the formats.  Always true: at most PROBE_BYTES_MAX bytes decide what a file
 * is, and its name never does. */
#include "runtime/readers/fill.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

enum { PROBE_BYTES_MAX = 128 };

#define FORMAT(name) extern const Format format_##name;
#include "runtime/readers/readers.def"

const Format *const formats[] = {
#define FORMAT(name) &format_##name,
#include "runtime/readers/readers.def"
};
const u32 format_count = COUNT_OF(formats);

const Format *format_probe(const u8 *bytes, size_t size)
{
    size = MIN_OF(size, PROBE_BYTES_MAX);
    for (u32 i = 0; i < format_count; i++)
        if (formats[i]->probe(bytes, size)) return formats[i];
    return NULL;
}

static const struct {
    u32 value;
    const char *name;
} linktypes[] = {
#define LINKTYPE(value, name) {value, name},
#include "runtime/readers/linktypes.def"
};

const char *linktype_name(u32 linktype)
{
    for (size_t i = 0; i < COUNT_OF(linktypes); i++)
        if (linktypes[i].value == linktype) return linktypes[i].name;
    return NULL;
}

/* -- files of other kinds ---------------------------------------------------------------------------------------- */

/* Files that people take for captures, by their first bytes, and the way out where there is one.  Signatures: RFC
 * 1952 (gzip), RFC 8878 (zstd), the xz and lz4 frame formats, RFC 1761 (snoop), Wireshark's wiretap/ for the other
 * sniffers. */
static const struct {
    const char *signature;
    u32 length;
    const char *text;
} signatures[] = {
    {"\x1f\x8b", 2, "gzip-compressed; try: zcat FILE | pktsift ... -"},
    {"\x28\xb5\x2f\xfd", 4, "zstd-compressed; try: zstdcat FILE | pktsift ... -"},
    {"\xfd\x37zXZ\0", 6, "xz-compressed; try: xzcat FILE | pktsift ... -"},
    {"\x04\x22\x4d\x18", 4, "lz4-compressed; try: lz4cat FILE | pktsift ... -"},
    {"BZh", 3, "bzip2-compressed; try: bzcat FILE | pktsift ... -"},
    {"PK\x03\x04", 4, "a zip archive; unpack it first"},
    {"snoop\0\0\0", 8, "a Solaris snoop capture; try: editcap FILE OUT.pcapng"},
    {"TRSNIFF data    \x1a", 17, "a Sniffer capture; try: editcap FILE OUT.pcapng"},
    {"XCP\0", 4, "a NetXRay or Sniffer Basic capture; try: editcap FILE OUT.pcapng"},
    {"iptrace ", 8, "an AIX iptrace capture; try: editcap FILE OUT.pcapng"},
    {"\xa1\xb2\x34\xcd", 4, "a pcap variant (magic a1b234cd) that no tool documents"},
    {"\xcd\x34\xb2\xa1", 4, "a pcap variant (magic a1b234cd) that no tool documents"},
    {"\x7f"
     "ELF",
     4, "an ELF program or library"},
    {"MZ", 2, "a Windows program"},
    {"%PDF", 4, "a PDF document"},
    {"SQLite format 3\0", 16, "an SQLite database"},
    {"<!DOCTYPE html", 14, "an HTML page: perhaps an error page saved in place of the capture"},
    {"<html", 5, "an HTML page: perhaps an error page saved in place of the capture"},
};

/* An event trace has no magic.  It opens with a 72-byte buffer header: u32 size of the buffer, at 0x36 its type
 * (4: header); then the log-file header event, whose marker ends in 01 C0 or 02 C0, with hook id 0 at 0x4E. */
static bool is_event_trace(const u8 *bytes, size_t size)
{
    return size >= 0x50 && load_le32(bytes) >= 0x200 && load_le16(bytes + 0x36) == 4 &&
           (bytes[0x4a] == 1 || bytes[0x4a] == 2) && bytes[0x4b] == 0xc0 && load_le16(bytes + 0x4e) == 0;
}

static bool is_text(const u8 *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((bytes[i] < 0x20 && !memchr("\t\n\r\f\x1b", bytes[i], 5)) || bytes[i] == 0x7f) return false;
    return true;
}

static bool is_zeros(const u8 *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0) return false;
    return true;
}

void format_describe_unknown(const u8 *bytes, size_t size, char *text, size_t text_size)
{
    size = MIN_OF(size, PROBE_BYTES_MAX);
    if (size == 0) {
        snprintf(text, text_size, "empty: it has no bytes at all");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(signatures); i++) {
        if (size < signatures[i].length || memcmp(bytes, signatures[i].signature, signatures[i].length) != 0) continue;
        snprintf(text, text_size, "%s", signatures[i].text);
        return;
    }
    if (is_event_trace(bytes, size)) {
        snprintf(text, text_size, "a Windows event trace (.etl); convert it with: pktmon etl2pcap, or etl2pcapng");
    } else if (is_zeros(bytes, size)) {
        snprintf(text, text_size, "no capture: its first %zu bytes are all zero", size);
    } else if (size >= 4 && is_text(bytes, size)) {
        snprintf(text, text_size, "text, not a capture");
    } else {
        int n = snprintf(text, text_size, "no capture that pktsift knows: it starts with");
        for (size_t i = 0; i < MIN_OF(size, 4) && n > 0 && (size_t)n < text_size; i++)
            n += snprintf(text + n, text_size - (size_t)n, " %02x", bytes[i]);
    }
}

/* -- shared by the readers --------------------------------------------------------------------------------------- */

void damage_set(Damage *damage, u64 offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    damage->offset = offset;
    vsnprintf(damage->text, sizeof damage->text, format, args);
    va_end(args);
}

void lane_stop(Lane *lane, LaneState state, u64 offset)
{
    lane->state = (u8)state;
    lane->at = offset;
}

void lane_end(Lane *lane, LaneState state, u64 offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lane_stop(lane, state, offset);
    lane->damage.offset = offset;
    vsnprintf(lane->damage.text, sizeof lane->damage.text, format, args);
    va_end(args);
}

bool lane_check(Lane *lane)
{
    const Capture *capture = lane->capture;
    if (lane->at >= capture->origin && lane->at <= capture->size) return true;
    lane_end(lane, LANE_BROKEN, lane->at, "no record can begin at %llu: %llu to %llu can be read",
             (unsigned long long)lane->at, (unsigned long long)capture->origin, (unsigned long long)capture->size);
    return false;
}

static void finish_numbers(Lane *lanes, Batch *batch)
{
    for (u32 i = 0; i < batch->count; i++) batch->number[i] = lanes[batch->lane[i]].number++;
}

static void finish_deltas(Lane *lanes, Mask timeless, Batch *batch)
{
    for (u32 i = 0; i < batch->count; i++) {
        Lane *lane = &lanes[batch->lane[i]];
        batch->delta[i] = 0;
        if (timeless >> i & 1) continue;
        /* Times can lie anywhere in i64, so their difference can leave it: it is pinned to the ends. */
        if (lane->has_before && __builtin_sub_overflow(batch->time[i], lane->before_ns, &batch->delta[i]))
            batch->delta[i] = batch->time[i] < lane->before_ns ? INT64_MIN : INT64_MAX;
        lane->before_ns = batch->time[i];
        lane->has_before = true;
    }
}

static void finish_offsets(const Capture *capture, Mask timeless, Batch *batch)
{
    for (u32 i = 0; i < batch->count; i++) {
        if (timeless >> i & 1)
            batch->offset[i] = 0;
        else if (__builtin_sub_overflow(batch->time[i], capture->start_ns, &batch->offset[i]))
            batch->offset[i] = batch->time[i] < capture->start_ns ? INT64_MIN : INT64_MAX;
    }
}

static void finish_lane_times(Lane *lane, Mask timed, const Batch *batch)
{
    Mask mine = lane->mask & timed;
    if (mine == 0) return;
    if (!lane->has_time) lane->first_ns = batch->time[__builtin_ctzll(mine)];
    lane->last_ns = batch->time[63 - __builtin_clzll(mine)];
    lane->has_time = true;
}

void batch_finish(Lane *lanes, u32 lane_count, u32 needs, Mask timeless, bool own_offsets, Batch *batch)
{
    const Capture *capture = lanes[0].capture;
    batch->readable = capture->bytes;
    batch->readable_end = capture_at(capture, capture->size);
    for (u32 k = 0; k < lane_count; k++) {
        lanes[k].frames += (u64)__builtin_popcountll(lanes[k].mask);
        if (needs & NEED_ANY_TIME) finish_lane_times(&lanes[k], ~timeless, batch);
    }
    if (needs & NEED_NUMBER) finish_numbers(lanes, batch);
    if (needs & NEED_DELTA) finish_deltas(lanes, timeless, batch);
    if ((needs & NEED_OFFSET) && !own_offsets) finish_offsets(capture, timeless, batch);
}

u64 capture_next_serial(void)
{
    static _Atomic u64 last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

void capture_learn_start(Capture *capture)
{
    Batch batch;
    Lane lane = {.capture = capture, .at = capture->first, .limit = capture->end, .context = capture->context};
    capture->start_known = capture->format->fill(&lane, 1, 1, NEED_TIME, &batch) == 1 && lane.has_time;
    capture->start_ns = capture->start_known ? lane.first_ns : 0;
}

u32 caplen_limit(u32 snaplen, u32 linktype)
{
    enum { DBUS = 231, USBPCAP = 249, LONG_CAPLEN_MAX = 1 << 27 }; /* libpcap's max_snaplen_for_dlt() */
    u32 least = linktype == DBUS || linktype == USBPCAP ? LONG_CAPLEN_MAX : CAPLEN_MAX;
    return snaplen > RECORD_BYTES_MAX ? least : MAX_OF(least, snaplen);
}

static i64 saturate(__int128 ns) { return ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (i64)ns; }

i64 ticks_to_ns(u64 ticks, u8 tsresol, i64 tsoffset)
{
    u32 digits = tsresol & 0x7f;
    unsigned __int128 ns;
    if (tsresol & 0x80) {
        ns = (unsigned __int128)ticks * 1000000000u >> digits;
    } else if (digits <= 9) {
        ns = ticks;
        for (u32 i = digits; i < 9; i++) ns *= 10;
    } else {
        ns = ticks;
        for (u32 i = 9; i < digits && ns != 0; i++) ns /= 10;
    }
    return saturate((__int128)ns + (__int128)tsoffset * 1000000000);
}
