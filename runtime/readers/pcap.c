/* pcap.c - libpcap's capture files: a 24-byte header, then records of 16 bytes of header and the captured bytes.
 *
 * One of the formats behind reader.h; its walk is the hottest loop of the product.  A pcap file is a linked list: the
 * next record is found only once the header of this one has arrived from memory, so fill() walks up to LANES_MAX
 * records in turn, one of each lane, and prefetches where each lane goes next.
 *
 * Sources: draft-ietf-opsawg-pcap (layout, link-type word); libpcap sf-pcap.c (versions, swapped lengths, modified
 * records, limits).  The link-type word: bits 0-15 the LINKTYPE_ value, 16-25 reserved, 26 "FCS length is given",
 * 28-31 that length in 16-bit words.  libpcap 1.10 and tshark refuse files whose reserved bits are set; here they
 * are kept in link_extra and otherwise ignored. */
#include "runtime/readers/fill.h"

#include <stdlib.h>

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,          /* seconds, fraction, captured length, length; u32 each */
    MODIFIED_RECORD_HEADER = 24, /* the same, then interface u32, protocol u16, packet type u8, padding u8 */
};

enum {
    MAGIC_MICRO = 0xa1b2c3d4,
    MAGIC_NANO = 0xa1b23c4d,
    MAGIC_MODIFIED = 0xa1b2cd34, /* Alexey Kuznetzov's patch */
};

/* Before version 2.3 the two lengths stood the other way round, and some programs went on so in 2.3; there the smaller
 * one is the captured one.  DG/UX tcpdump wrote version 543.0 with them swapped. */
typedef enum { LENGTHS_STRAIGHT, LENGTHS_SWAPPED, LENGTHS_SMALLER_FIRST } Lengths;

typedef struct {
    u32 header;     /* bytes of a record's header */
    u32 caplen_max; /* more captured bytes are damage */
    Lengths lengths;
    u32 fraction_ns; /* of one unit of the stamp's second field */
} PcapState;

extern const Format format_pcap;

#define INLINE static inline __attribute__((always_inline))

INLINE u32 get32(const u8 *p, bool swap) { return swap ? load_be32(p) : load_le32(p); }
static u16 get16(const u8 *p, bool swap) { return swap ? load_be16(p) : load_le16(p); }

static bool known_magic(u32 magic) { return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_MODIFIED; }

static bool pcap_probe(const u8 *bytes, size_t size)
{
    return size >= 4 && (known_magic(load_le32(bytes)) || known_magic(load_be32(bytes)));
}

static const char *variant_of(u32 magic, bool big_endian)
{
    static const char *const names[3][2] = {
        {"pcap, microseconds, little-endian", "pcap, microseconds, big-endian"},
        {"pcap, nanoseconds, little-endian", "pcap, nanoseconds, big-endian"},
        {"pcap with Kuznetzov's record headers, little-endian", "pcap with Kuznetzov's record headers, big-endian"},
    };
    return names[magic == MAGIC_MICRO ? 0 : magic == MAGIC_NANO ? 1 : 2][big_endian];
}

/* Minor versions beyond 4 are read as 2.4, as tshark does and tcpdump does not: none was ever defined. */
static bool lengths_of(u16 major, u16 minor, Lengths *lengths)
{
    *lengths = major == 543 || minor < 3 ? LENGTHS_SWAPPED : minor == 3 ? LENGTHS_SMALLER_FIRST : LENGTHS_STRAIGHT;
    return major == 2 || (major == 543 && minor == 0);
}

static bool pcap_open(Capture *capture, Damage *damage)
{
    u64 have = capture->size - capture->origin;
    damage->text[0] = 0;
    if (have < FILE_HEADER) {
        if (!capture->more)
            damage_set(damage, capture->size, "the file ends after %llu of the 24 bytes of a pcap header",
                       (unsigned long long)have);
        return false;
    }
    const u8 *header = capture_at(capture, 0);
    bool swap = !known_magic(load_le32(header));
    u32 magic = get32(header, swap);
    u16 major = get16(header + 4, swap), minor = get16(header + 6, swap);
    Lengths lengths;
    if (!lengths_of(major, minor, &lengths)) {
        damage_set(damage, 4, "pcap version %u.%u; expected 2.4", major, minor);
        return false;
    }
    PcapState *state = malloc(sizeof *state);
    if (!state) {
        damage_set(damage, 0, "no memory to open the capture");
        return false;
    }
    u32 link = get32(header + 20, swap);
    capture->serial = capture_next_serial();
    capture->state = state;
    capture->context = NULL;
    capture->first = FILE_HEADER;
    capture->end = capture->size;
    capture->linktype = link & 0xffff;
    capture->link_extra = link & 0xffff0000;
    capture->snaplen = get32(header + 16, swap);
    capture->tsresol = magic == MAGIC_NANO ? 9 : 6;
    capture->big_endian = swap;
    capture->variant = variant_of(magic, swap);
    state->header = magic == MAGIC_MODIFIED ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
    state->caplen_max = caplen_limit(capture->snaplen, capture->linktype);
    state->lengths = lengths;
    state->fraction_ns = magic == MAGIC_NANO ? 1 : 1000;
    capture_learn_start(capture);
    return true;
}

static void pcap_close(Capture *capture)
{
    free(capture->state);
    capture->state = NULL;
}

bool capture_has_plain_records(const Capture *capture)
{
    if (capture->format != &format_pcap || capture->big_endian) return false;
    const PcapState *state = capture->state;
    return state->header == RECORD_HEADER && state->lengths == LENGTHS_STRAIGHT;
}

/* -- the walk ---------------------------------------------------------------------------------------------------- */

INLINE void read_lengths(const u8 *record, bool swap, Lengths lengths, u32 *caplen, u32 *len)
{
    u32 a = get32(record + 8, swap), b = get32(record + 12, swap);
    bool exchange = lengths == LENGTHS_SWAPPED || (lengths == LENGTHS_SMALLER_FIRST && a > b);
    *caplen = exchange ? b : a;
    *len = exchange ? a : b;
}

/* Says why a lane cannot go on at the record at `at`.  The order of the questions is the rule: the end of the file
 * comes before the limit, and a length that no record may have is damage even when the file ends inside the
 * record. */
COLD static void end_walk(Lane *lane, u64 at)
{
    const Capture *capture = lane->capture;
    const PcapState *state = capture->state;
    u64 left = capture->size - at;
    if (at >= lane->limit && (left != 0 || capture->more)) {
        lane_stop(lane, LANE_LIMIT, at);
    } else if (left == 0) {
        lane_stop(lane, capture->more ? LANE_MORE : LANE_EOF, at);
    } else if (left < state->header) {
        if (capture->more)
            lane_stop(lane, LANE_MORE, at);
        else
            lane_end(lane, LANE_CUT, at, "the file ends after %llu of the %u bytes of a record header",
                     (unsigned long long)left, state->header);
    } else {
        u32 caplen, len;
        read_lengths(capture_at(capture, at), capture->big_endian, state->lengths, &caplen, &len);
        left -= state->header;
        if (caplen > state->caplen_max)
            lane_end(lane, LANE_BROKEN, at, "captured length %u is more than the %u bytes that a frame may have here",
                     caplen, state->caplen_max);
        else if (capture->more)
            lane_stop(lane, LANE_MORE, at);
        else
            lane_end(lane, LANE_CUT, at, "the file ends after %llu of the %u bytes of the frame",
                     (unsigned long long)left, caplen);
    }
}

/* One lane's place in the walk.  `stop`: no record at or behind it has both a whole header and the lane's leave. */
typedef struct {
    const u8 *next, *stop;
    Mask mask;
    u32 lane;
} Cursor;

static u32 begin_walk(Lane *lanes, u32 lane_count, u32 header, Cursor *cursors)
{
    u32 active = 0;
    for (u32 k = 0; k < lane_count; k++) {
        Lane *lane = &lanes[k];
        const Capture *capture = lane->capture;
        lane->mask = 0;
        if (lane->state != LANE_RUNNING || !lane_check(lane)) continue;
        u64 whole = capture->size - capture->origin >= header ? capture->size - header + 1 : capture->origin;
        u64 stop = MAX_OF(MIN_OF(whole, lane->limit), capture->origin);
        cursors[active++] = (Cursor){capture_at(capture, lane->at), capture_at(capture, stop), 0, k};
    }
    return active;
}

/* One lane by itself: its place stays in a register, so that a record costs the time to its successor and no more. */
INLINE u32 walk_alone(Lane *lane, u32 most, Batch *batch, bool swap, u32 header, Lengths lengths)
{
    const Capture *capture = lane->capture;
    const u8 *base = capture->bytes, *end = capture_at(capture, capture->size);
    u64 origin = capture->origin;
    u32 caplen_max = ((const PcapState *)capture->state)->caplen_max, caplen_min = UINT32_MAX, count = 0;
    Cursor cursor;
    bool whole = begin_walk(lane, 1, header, &cursor) > 0;
    const u8 *record = whole ? cursor.next : NULL;
    while (record && count < most) {
        u32 caplen = 0, len = 0;
        whole = record < cursor.stop;
        if (LIKELY(whole)) {
            read_lengths(record, swap, lengths, &caplen, &len);
            whole = caplen <= caplen_max && caplen <= (size_t)(end - record) - header;
        }
        if (UNLIKELY(!whole)) break;
        const u8 *data = record + header;
        caplen_min = MIN_OF(caplen_min, caplen);
        batch->data[count] = data;
        batch->caplen[count] = caplen;
        batch->len[count] = len;
        batch->at[count] = origin + (u64)(record - base);
        batch->lane[count] = 0;
        count++;
        record = data + caplen;
        prefetch_frame(record);
    }
    lane->mask = count == BATCH_MAX ? ~(Mask)0 : ((Mask)1 << count) - 1;
    if (record && whole) lane->at = origin + (u64)(record - base);
    if (record && !whole) end_walk(lane, origin + (u64)(record - base));
    batch->count = count;
    batch->caplen_min = count ? caplen_min : 0;
    return count;
}

/* Inlined once for each byte order with its constants known, and once for the rare layouts. */
INLINE u32 walk(Lane *lanes, u32 lane_count, u32 most, Batch *batch, bool swap, u32 header, Lengths lengths)
{
    if (lane_count == 1) return walk_alone(lanes, most, batch, swap, header, lengths);
    const Capture *capture = lanes[0].capture;
    const u8 *base = capture->bytes, *end = capture_at(capture, capture->size);
    u64 origin = capture->origin;
    u32 caplen_max = ((const PcapState *)capture->state)->caplen_max, caplen_min = UINT32_MAX, count = 0;
    Cursor cursors[LANES_MAX];
    u32 active = begin_walk(lanes, lane_count, header, cursors);
    while (count < most && active > 0) {
        for (u32 k = 0; k < active && count < most;) {
            Cursor *c = &cursors[k];
            const u8 *record = c->next;
            u32 caplen = 0, len = 0;
            bool whole = record < c->stop;
            if (LIKELY(whole)) {
                read_lengths(record, swap, lengths, &caplen, &len);
                whole = caplen <= caplen_max && caplen <= (size_t)(end - record) - header;
            }
            if (UNLIKELY(!whole)) {
                lanes[c->lane].mask = c->mask;
                end_walk(&lanes[c->lane], origin + (u64)(record - base));
                *c = cursors[--active];
                continue;
            }
            const u8 *data = record + header;
            c->next = data + caplen;
            prefetch_frame(c->next);
            c->mask |= (Mask)1 << count;
            caplen_min = MIN_OF(caplen_min, caplen);
            batch->data[count] = data;
            batch->caplen[count] = caplen;
            batch->len[count] = len;
            batch->at[count] = origin + (u64)(record - base);
            batch->lane[count] = (u8)c->lane;
            count++;
            k++;
        }
    }
    for (u32 k = 0; k < active; k++) {
        lanes[cursors[k].lane].mask = cursors[k].mask;
        lanes[cursors[k].lane].at = origin + (u64)(cursors[k].next - base);
    }
    batch->count = count;
    batch->caplen_min = count ? caplen_min : 0;
    return count;
}

static i64 time_of(const u8 *record, bool swap, u32 fraction_ns)
{
    /* Seconds are unsigned (draft-ietf-opsawg-pcap): at most 4.3e18 ns, and a fraction above one second just adds. */
    return (i64)((u64)get32(record, swap) * 1000000000 + (u64)get32(record + 4, swap) * fraction_ns);
}

static u32 pcap_fill(Lane *lanes, u32 lane_count, u32 most, u32 needs, Batch *batch)
{
    const Capture *capture = lanes[0].capture;
    const PcapState *state = capture->state;
    bool swap = capture->big_endian;
    u32 count;
    if (state->header != RECORD_HEADER || state->lengths != LENGTHS_STRAIGHT)
        count = walk(lanes, lane_count, most, batch, swap, state->header, state->lengths);
    else if (swap)
        count = walk(lanes, lane_count, most, batch, true, RECORD_HEADER, LENGTHS_STRAIGHT);
    else
        count = walk(lanes, lane_count, most, batch, false, RECORD_HEADER, LENGTHS_STRAIGHT);
    batch->linktype = batch->media_type = capture->linktype;
    if (needs & NEED_ANY_TIME)
        for (u32 i = 0; i < count; i++)
            batch->time[i] = time_of(batch->data[i] - state->header, swap, state->fraction_ns);
    batch_finish(lanes, lane_count, needs, 0, false, batch);
    return count;
}

/* -- guessing ---------------------------------------------------------------------------------------------------- */

enum {
    GUESS_CHAIN = 6,         /* plausible records in a row that make a start believable */
    GUESS_GAP_S = 7 * 86400, /* most seconds between two neighbours */
    GUESS_EXCESS = 64,       /* most captured bytes beyond the length: some writers count a pseudo header only once */
};

typedef struct {
    u32 seconds, caplen;
} Guessed;

/* Could a record begin here?  `left` bytes follow.  Length 0 is refused, or every run of zeros would be a chain. */
static bool plausible(const PcapState *state, bool swap, const u8 *record, u64 left, Guessed *guessed)
{
    u32 caplen, len;
    if (left < state->header) return false;
    read_lengths(record, swap, state->lengths, &caplen, &len);
    if (len == 0 || caplen > state->caplen_max || caplen > left - state->header) return false;
    if (caplen > len && caplen - len > GUESS_EXCESS) return false;
    if (len > MAX_OF(state->caplen_max, 1u << 20)) return false;
    if ((u64)get32(record + 4, swap) * state->fraction_ns >= 1000000000) return false;
    *guessed = (Guessed){get32(record, swap), caplen};
    return true;
}

static bool chain_from(const Capture *capture, u64 at)
{
    const PcapState *state = capture->state;
    Guessed before = {0, 0}, guessed;
    for (u32 i = 0; i < GUESS_CHAIN; i++, before = guessed) {
        if (i > 0 && at == capture->size) return true;
        if (!plausible(state, capture->big_endian, capture_at(capture, at), capture->size - at, &guessed)) return false;
        i64 gap = i > 0 ? (i64)guessed.seconds - (i64)before.seconds : 0;
        if (gap > GUESS_GAP_S || gap < -GUESS_GAP_S) return false;
        at += state->header + guessed.caplen;
    }
    return true;
}

static u64 pcap_guess(const Capture *capture, u64 from, u64 limit)
{
    if (from <= capture->first) return MIN_OF(capture->first, limit);
    u64 end = MIN_OF(limit, capture->size);
    for (u64 at = from; at < end; at++)
        if (chain_from(capture, at)) return at;
    return limit;
}

/* -- one record -------------------------------------------------------------------------------------------------- */

static bool pcap_frame(const Capture *capture, const void *context, u64 at, FrameInfo *info)
{
    const PcapState *state = capture->state;
    bool swap = capture->big_endian;
    u32 caplen, len;
    (void)context;
    if (at < capture->origin || at > capture->size || capture->size - at < state->header) return false;
    const u8 *record = capture_at(capture, at);
    read_lengths(record, swap, state->lengths, &caplen, &len);
    if (caplen > state->caplen_max || caplen > capture->size - at - state->header) return false;
    *info = (FrameInfo){
        .data = record + state->header,
        .caplen = caplen,
        .len = len,
        .linktype = capture->linktype,
        .time_ns = time_of(record, swap, state->fraction_ns),
        .has_time = true,
        .tsresol = capture->tsresol,
        .record = record,
        .record_len = state->header + caplen,
        .process = UINT32_MAX,
        .media_type = capture->linktype,
        .next = at + state->header + caplen,
    };
    info->ticks = (u64)info->time_ns / state->fraction_ns;
    return true;
}

const Format format_pcap = {
    .name = "pcap",
    .meaning = "libpcap, tcpdump: microseconds or nanoseconds, either byte order",
    .streams = true,
    .probe = pcap_probe,
    .open = pcap_open,
    .close = pcap_close,
    .guess = pcap_guess,
    .fill = pcap_fill,
    .frame = pcap_frame,
};
