/* netmon.c - Microsoft Network Monitor's .cap files, 1.x and 2.0 to 2.3.
 *
 * One of the formats behind reader.h.  Frames are found through the frame table, u32 file offsets in logical order,
 * which need not be the order in the file (circular captures wrap).  A position is 4 times an index in that table.
 *
 * Always true: a frame is handed out only when its header and its data lie inside the file, behind the file header,
 * outside the frame table, and do not run into the frame after it.
 *
 * Times.  2.3 keeps a UTC stamp of 100 ns behind each frame.  Older files keep a start in the local time of a machine
 * whose time zone is nowhere stated, and in each frame the milliseconds (1.x) or microseconds (2.x) since: like
 * Wireshark, we take it for the local time of whoever reads the file (TZ).  Offsets from the start need no time zone:
 * they are the frame's own.
 *
 * Media types 0xffe0 and above are no packets (ETW events, adapter lists, filters); they are frames all the same,
 * of a link type that no protocol answers to. */
#include "runtime/readers/netmon.h"

#include <stdlib.h>
#include <time.h>

#include "runtime/readers/fill.h"
#include "vm/walk.h"

enum { COMMENT_BYTES_MAX = 16 << 20 }; /* text of comments kept; more are not shown */

typedef struct {
    u32 frame;      /* file offset of the frame that it belongs to */
    u32 at, length; /* in NetmonState.texts */
} Comment;

typedef struct {
    const u8 *table;
    u64 table_at;
    u32 count;
    u32 header, trailer; /* bytes around the data of a record */
    u8 major, minor;
    u16 media;
    u32 process_count;
    i64 start_s, start_ms; /* the header's time */
    Comment *comments;     /* by frame */
    u32 comment_count;
    u8 *texts; /* UTF-8 */
} NetmonState;

/* One record, its parts proved to be inside the file. */
typedef struct {
    const u8 *record, *data;
    u32 caplen, len, media, trailer; /* trailer: bytes of it that are there */
} Record;

extern const Format format_netmon;

_Static_assert(((u32)LINKTYPE_UNKNOWN | MEDIA_WIFI) == LINKTYPE_NETMON_WIFI, "vm/ decodes what is read here");

/* -- link types -------------------------------------------------------------------------------------------------- */

static u32 linktype_of(u32 media)
{
    enum { EN10MB = 1, IEEE802_5 = 6, FDDI = 10, RAW = 101 };
    switch (media) {
    case 0: /* seen in VPN captures, on Ethernet frames */
    case MEDIA_ETHERNET: return EN10MB;
    case MEDIA_TOKEN_RING: return IEEE802_5;
    case MEDIA_FDDI: return FDDI;
    case MEDIA_TUNNEL:
    case MEDIA_WWAN:
    case MEDIA_RAW_IP: return RAW;
    default: break;
    }
    if ((media & 0xf000) == MEDIA_PCAP && (media < MEDIA_EXPORT_FIRST || media > MEDIA_EXPORT_LAST))
        return media & 0x0fff;
    return (u32)LINKTYPE_UNKNOWN | media;
}

/* -- records ----------------------------------------------------------------------------------------------------- */

static inline u32 table_entry(const NetmonState *state, u64 index) { return load_le32(state->table + 4 * index); }

/* Where the first thing behind `from` begins that is not this record's trailer. */
static u64 boundary_behind(const Capture *capture, const NetmonState *state, u64 index, u64 from)
{
    u64 boundary = capture->size;
    if (state->table_at >= from) boundary = MIN_OF(boundary, state->table_at);
    if (index + 1 < state->count && table_entry(state, index + 1) >= from)
        boundary = MIN_OF(boundary, table_entry(state, index + 1));
    return boundary;
}

static void read_lengths(const NetmonState *state, const u8 *record, u32 *caplen, u32 *len)
{
    *len = state->major == 1 ? load_le16(record + 4) : load_le32(record + 8);
    *caplen = state->major == 1 ? load_le16(record + 6) : load_le32(record + 12);
}

static inline bool read_record(const Capture *capture, const NetmonState *state, u64 index, Record *record)
{
    u64 offset = table_entry(state, index), table_end = state->table_at + 4 * (u64)state->count;
    if (offset < NETMON_HEADER || offset > capture->size || capture->size - offset < state->header) return false;
    record->record = capture->bytes + offset;
    record->data = record->record + state->header;
    read_lengths(state, record->record, &record->caplen, &record->len);
    u64 data_end = offset + state->header + record->caplen;
    if (record->caplen > CAPLEN_MAX || data_end > capture->size) return false;
    if (offset < table_end && data_end > state->table_at) return false;
    if (index + 1 < state->count) {
        u64 next = table_entry(state, index + 1);
        if (next >= offset && next < data_end) return false;
    }
    record->media = state->media;
    record->trailer = 0;
    if (state->trailer) {
        /* Some writers left out the trailer, or wrote it a byte wide: take of it what lies before the next thing. */
        u64 room = boundary_behind(capture, state, index, data_end) - data_end;
        const u8 *trailer = record->data + record->caplen;
        record->trailer = (u32)MIN_OF(room, state->trailer);
        if (record->trailer >= 2)
            record->media = load_le16(trailer);
        else if (record->trailer == 1)
            record->media = trailer[0];
    }
    return true;
}

/* Says what read_record found wrong. */
COLD static void refuse_record(Lane *lane, u64 index)
{
    const Capture *capture = lane->capture;
    const NetmonState *state = capture->state;
    u64 offset = table_entry(state, index), entry = state->table_at + 4 * index;
    unsigned long long frame = index + 1, at = offset, size = capture->size;
    u32 caplen, len;
    if (offset < NETMON_HEADER) {
        lane_end(lane, LANE_BROKEN, entry,
                 "the frame table puts frame %llu at %llu, inside the file header of %d bytes", frame, at,
                 NETMON_HEADER);
    } else if (offset > capture->size || capture->size - offset < state->header) {
        lane_end(lane, LANE_BROKEN, entry, "the frame table puts frame %llu at %llu, outside the file of %llu bytes",
                 frame, at, size);
    } else {
        read_lengths(state, capture->bytes + offset, &caplen, &len);
        u64 left = capture->size - offset - state->header;
        if (caplen > CAPLEN_MAX)
            lane_end(lane, LANE_BROKEN, offset,
                     "captured length %u of frame %llu is more than the %d bytes that a frame may have", caplen, frame,
                     CAPLEN_MAX);
        else if (caplen > left)
            lane_end(lane, LANE_BROKEN, offset, "captured length %u of frame %llu is more than the %llu bytes left",
                     caplen, frame, (unsigned long long)left);
        else if (offset < state->table_at + 4 * (u64)state->count && offset + state->header + caplen > state->table_at)
            lane_end(lane, LANE_BROKEN, entry,
                     "the frame table puts frame %llu at %llu, where it overlaps the table at %llu", frame, at,
                     (unsigned long long)state->table_at);
        else
            lane_end(lane, LANE_BROKEN, entry + 4,
                     "the frame table puts frame %llu at %u, inside frame %llu at %llu with %u bytes", frame + 1,
                     table_entry(state, index + 1), frame, at, state->header + caplen);
    }
    lane->at = 4 * index;
}

/* -- times ------------------------------------------------------------------------------------------------------- */

static i64 saturate(__int128 ns) { return ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (i64)ns; }

/* Since the start, in units of 100 ns.  In 2.x the field is unsigned microseconds, and the product with 10 taken modulo
 * 2^64 is signed: so frames can lie before the start. */
static i64 delta_100ns(const NetmonState *state, const u8 *record)
{
    if (state->major == 1) return (i64)load_le32(record) * 10000;
    return (i64)(load_le64(record) * 10);
}

static i64 offset_ns(const NetmonState *state, const u8 *record)
{
    return saturate((__int128)delta_100ns(state, record) * 100);
}

static bool has_filetime(const NetmonState *state, const Record *record)
{
    return state->trailer == TRAILER_23 && record->trailer >= TRAILER_WITH_TIME;
}

static u64 filetime(const Record *record) { return load_le64(record->data + record->caplen + TRAILER_TIME); }

static i64 time_of(const NetmonState *state, const Record *record)
{
    if (has_filetime(state, record)) return saturate(((__int128)filetime(record) - FILETIME_1970) * 100);
    __int128 start_ms = (__int128)state->start_s * 1000 + state->start_ms;
    return saturate(start_ms * 1000000 + (__int128)delta_100ns(state, record->record) * 100);
}

/* The stamp in the resolution that the file keeps.  Before 1970 only an offset in seconds can say it. */
static void stamp(const NetmonState *state, const Record *record, FrameInfo *info)
{
    static const i64 units[8] = {[3] = 1000, [6] = 1000000, [7] = 10000000};
    __int128 ticks;
    if (has_filetime(state, record)) {
        info->tsresol = 7;
        ticks = (__int128)filetime(record) - FILETIME_1970;
    } else {
        i64 delta = delta_100ns(state, record->record);
        info->tsresol = state->major == 1 ? 3 : delta % 10 == 0 ? 6 : 7;
        i64 unit = units[info->tsresol];
        ticks = (__int128)state->start_s * unit + state->start_ms * (unit / 1000) + delta / (10000000 / unit);
    }
    i64 unit = units[info->tsresol];
    if (ticks < 0) info->tsoffset = (i64)(ticks / unit) - 1;
    info->ticks = (u64)(ticks - (__int128)info->tsoffset * unit);
}

/* -- comments ---------------------------------------------------------------------------------------------------- */

static u32 put_utf8(u8 *out, u32 code)
{
    if (code < 0x80) return out[0] = (u8)code, 1;
    if (code < 0x800) return out[0] = (u8)(0xc0 | code >> 6), out[1] = (u8)(0x80 | (code & 0x3f)), 2;
    if (code < 0x10000) {
        out[0] = (u8)(0xe0 | code >> 12);
        out[1] = (u8)(0x80 | (code >> 6 & 0x3f));
        out[2] = (u8)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (u8)(0xf0 | code >> 18);
    out[1] = (u8)(0x80 | (code >> 12 & 0x3f));
    out[2] = (u8)(0x80 | (code >> 6 & 0x3f));
    out[3] = (u8)(0x80 | (code & 0x3f));
    return 4;
}

/* Up to the first NUL.  Writes at most 3 bytes for each 2; a lone surrogate becomes U+FFFD. */
static u32 utf16_to_utf8(const u8 *from, u32 size, u8 *out)
{
    u32 length = 0;
    for (u32 i = 0; i + 1 < size; i += 2) {
        u32 code = load_le16(from + i);
        if (code == 0) break;
        if (code >= 0xd800 && code < 0xdc00 && i + 3 < size && (load_le16(from + i + 2) & 0xfc00) == 0xdc00) {
            code = 0x10000 + ((code - 0xd800) << 10) + (load_le16(from + i + 2) - 0xdc00);
            i += 2;
        } else if (code >= 0xd800 && code < 0xe000) {
            code = 0xfffd;
        }
        length += put_utf8(out + length, code);
    }
    return length;
}

static int by_frame(const void *a, const void *b)
{
    const Comment *x = a, *y = b;
    return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* Entries: u32 1, u32 file offset of the frame, u32 title bytes, title (UTF-16), u32 description bytes,
 * description.  Ends quietly where they make no sense: comments are no reason to refuse the frames. */
static void read_comments(const Capture *capture, NetmonState *state)
{
    enum { ENTRY = 16 };
    const u8 *header = capture->bytes;
    u64 at = load_le32(header + NETMON_COMMENTS), size = load_le32(header + NETMON_COMMENTS + 4);
    if (state->trailer < TRAILER_22 || at > capture->size || size > capture->size - at || size > COMMENT_BYTES_MAX)
        return;
    state->comments = malloc(size / ENTRY * sizeof *state->comments + 1);
    state->texts = malloc(size * 3 / 2 + 1);
    if (!state->comments || !state->texts) return;
    const u8 *next = capture->bytes + at, *end = next + size;
    for (u32 used = 0; end - next >= ENTRY;) {
        u32 title = load_le32(next + 8);
        if (title > (size_t)(end - next) - ENTRY) return;
        const u8 *behind = next + 12 + title;
        u32 description = load_le32(behind);
        if (description > (size_t)(end - behind) - 4) return;
        Comment *comment = &state->comments[state->comment_count++];
        *comment = (Comment){load_le32(next + 4), used, utf16_to_utf8(next + 12, title, state->texts + used)};
        used += comment->length;
        next = behind + 4 + description;
    }
}

static const Comment *comment_of(const NetmonState *state, u32 frame)
{
    Comment key = {.frame = frame};
    if (state->comment_count == 0) return NULL;
    return bsearch(&key, state->comments, state->comment_count, sizeof key, by_frame);
}

/* -- opening ----------------------------------------------------------------------------------------------------- */

static bool netmon_probe(const u8 *bytes, size_t size)
{
    return size >= 4 && (memcmp(bytes, "RTSS", 4) == 0 || memcmp(bytes, "GMBU", 4) == 0);
}

static const char *variant_of(u8 major, u8 minor)
{
    static const char *const names[] = {"NetMon 2.0", "NetMon 2.1", "NetMon 2.2", "NetMon 2.3"};
    return major == 1 ? "NetMon 1.x" : names[MIN_OF(minor, 3)];
}

static void read_start(const u8 *header, NetmonState *state)
{
    const u8 *t = header + NETMON_TIME;
    struct tm start = {.tm_year = load_le16(t) - 1900,
                       .tm_mon = load_le16(t + 2) - 1,
                       .tm_mday = load_le16(t + 6),
                       .tm_hour = load_le16(t + 8),
                       .tm_min = load_le16(t + 10),
                       .tm_sec = load_le16(t + 12),
                       .tm_isdst = -1};
    state->start_s = (i64)mktime(&start);
    state->start_ms = load_le16(t + 14);
    if (state->start_ms > 999) state->start_ms = 0; /* old Ethereals wrote nonsense there */
}

static bool check_table(const Capture *capture, const u8 *header, Damage *damage)
{
    u64 at = load_le32(header + NETMON_TABLE), size = load_le32(header + NETMON_TABLE + 4);
    unsigned long long first = at, length = size, file = capture->size;
    if (size == 0) return true;
    if (size % 4 != 0)
        damage_set(damage, NETMON_TABLE + 4, "frame table of %llu bytes; expected a multiple of 4", length);
    else if (at < NETMON_HEADER)
        damage_set(damage, NETMON_TABLE, "frame table at %llu, inside the file header of %d bytes", first,
                   NETMON_HEADER);
    else if (at > capture->size || size > capture->size - at)
        damage_set(damage, NETMON_TABLE, "frame table at %llu with %llu bytes, outside the file of %llu bytes", first,
                   length, file);
    else
        return true;
    return false;
}

static void netmon_close(Capture *capture)
{
    NetmonState *state = capture->state;
    if (!state) return;
    free(state->comments);
    free(state->texts);
    free(state);
    capture->state = NULL;
}

static void fill_in(Capture *capture, NetmonState *state)
{
    static const u32 trailers[] = {0, TRAILER_21, TRAILER_22, TRAILER_23};
    const u8 *header = capture->bytes;
    Record first;
    state->major = header[NETMON_MAJOR];
    state->minor = header[NETMON_MINOR];
    state->header = state->major == 1 ? 8 : 16;
    state->trailer = state->major == 1 ? 0 : trailers[MIN_OF(state->minor, 3)];
    state->media = load_le16(header + NETMON_MEDIA);
    state->table_at = load_le32(header + NETMON_TABLE);
    state->count = load_le32(header + NETMON_TABLE + 4) / 4;
    state->table = state->count ? header + state->table_at : header;
    state->process_count = state->trailer >= TRAILER_22 ? load_le32(header + NETMON_PROCESSES + 4) : 0;
    read_start(header, state);
    read_comments(capture, state);
    if (state->comment_count) qsort(state->comments, state->comment_count, sizeof(Comment), by_frame);
    bool readable = state->count > 0 && read_record(capture, state, 0, &first);
    capture->linktype = linktype_of(readable ? first.media : state->media);
    capture->start_known = true;
    capture->start_ns = saturate(((__int128)state->start_s * 1000 + state->start_ms) * 1000000);
    if (readable && has_filetime(state, &first))
        capture->start_ns = saturate((__int128)time_of(state, &first) - offset_ns(state, first.record));
}

static bool netmon_open(Capture *capture, Damage *damage)
{
    damage->text[0] = 0;
    if (capture->size < NETMON_HEADER) {
        if (!capture->more)
            damage_set(damage, capture->size, "the file ends after %llu of the %d bytes of a NetMon header",
                       (unsigned long long)capture->size, NETMON_HEADER);
        return false;
    }
    const u8 *header = capture->bytes;
    u8 major = header[NETMON_MAJOR], minor = header[NETMON_MINOR];
    if (major != (header[0] == 'R' ? 1 : 2)) {
        damage_set(damage, NETMON_MAJOR, "NetMon version %u.%u under the signature %.4s; expected %s", major, minor,
                   (const char *)header, header[0] == 'R' ? "1.x" : "2.x");
        return false;
    }
    if (!check_table(capture, header, damage)) return false;
    NetmonState *state = calloc(1, sizeof *state);
    if (!state) {
        damage_set(damage, 0, "no memory to open the capture");
        return false;
    }
    capture->serial = capture_next_serial();
    capture->state = state;
    capture->context = NULL;
    capture->big_endian = false;
    capture->snaplen = 0;
    fill_in(capture, state);
    capture->variant = variant_of(major, minor);
    capture->tsresol = major == 1 ? 3 : state->trailer == TRAILER_23 ? 7 : 6;
    capture->first = 0;
    capture->end = 4 * (u64)state->count;
    return true;
}

/* -- the walk ---------------------------------------------------------------------------------------------------- */

static void prefetch_entry(const Capture *capture, const NetmonState *state, u64 index)
{
    if (index >= state->count) return;
    u32 offset = table_entry(state, index);
    if (offset < capture->size) prefetch_frame(capture->bytes + offset);
}

static u32 begin_walk(Lane *lanes, u32 lane_count, u8 *running)
{
    u32 active = 0;
    for (u32 k = 0; k < lane_count; k++) {
        lanes[k].mask = 0;
        if (lanes[k].state == LANE_RUNNING) running[active++] = (u8)k;
    }
    return active;
}

/* False: the lane ended. */
static bool next_record(Lane *lane, const NetmonState *state, Record *record)
{
    u64 index = lane->at / 4;
    if (index >= state->count)
        lane_stop(lane, LANE_EOF, lane->at);
    else if (lane->at >= lane->limit)
        lane_stop(lane, LANE_LIMIT, lane->at);
    else if (!read_record(lane->capture, state, index, record))
        refuse_record(lane, index);
    else
        return true;
    return false;
}

/* No record waits for the one before it here, so the next one of each lane is fetched a turn ahead. */
static u32 walk(Lane *lanes, u32 lane_count, u32 most, Batch *batch)
{
    const Capture *capture = lanes[0].capture;
    const NetmonState *state = capture->state;
    u8 running[LANES_MAX];
    u32 active = begin_walk(lanes, lane_count, running), count = 0;
    batch->caplen_min = UINT32_MAX;
    while (count < most && active > 0) {
        for (u32 k = 0; k < active && count < most;) {
            Lane *lane = &lanes[running[k]];
            Record record;
            bool fits = next_record(lane, state, &record);
            if (fits && count == 0) batch->media_type = record.media;
            if (!fits || record.media != batch->media_type) { /* ended, or has to wait for a batch of its own */
                running[k] = running[--active];
                continue;
            }
            batch->data[count] = record.data;
            batch->caplen[count] = record.caplen;
            batch->len[count] = record.len;
            batch->at[count] = lane->at;
            batch->lane[count] = running[k];
            batch->caplen_min = MIN_OF(batch->caplen_min, record.caplen);
            lane->mask |= (Mask)1 << count;
            lane->at += 4;
            prefetch_entry(capture, state, lane->at / 4);
            count++;
            k++;
        }
    }
    batch->linktype = linktype_of(batch->media_type);
    if (count == 0) batch->caplen_min = 0;
    return batch->count = count;
}

static u32 netmon_fill(Lane *lanes, u32 lane_count, u32 most, u32 needs, Batch *batch)
{
    const Capture *capture = lanes[0].capture;
    const NetmonState *state = capture->state;
    batch->media_type = 0;
    u32 count = walk(lanes, lane_count, most, batch);
    if (needs & NEED_ANY_TIME) {
        for (u32 i = 0; i < count; i++) {
            Record record;
            bool same = read_record(capture, state, batch->at[i] / 4, &record); /* else somebody is changing the file */
            batch->time[i] = same ? time_of(state, &record) : 0;
            batch->offset[i] = same ? offset_ns(state, record.record) : 0;
        }
    }
    batch_finish(lanes, lane_count, needs, 0, true, batch);
    return count;
}

/* -- the rest ---------------------------------------------------------------------------------------------------- */

/* Nothing to guess: every entry of the table is a frame. */
static u64 netmon_guess(const Capture *capture, u64 from, u64 limit)
{
    u64 at = (from + 3) & ~(u64)3;
    return at < capture->end ? MIN_OF(at, limit) : limit;
}

static bool netmon_frame(const Capture *capture, const void *context, u64 at, FrameInfo *info)
{
    const NetmonState *state = capture->state;
    Record record;
    (void)context;
    if (at % 4 != 0 || at >= capture->end || !read_record(capture, state, at / 4, &record)) return false;
    *info = (FrameInfo){
        .data = record.data,
        .caplen = record.caplen,
        .len = record.len,
        .linktype = linktype_of(record.media),
        .time_ns = time_of(state, &record),
        .has_time = true,
        .record = record.record,
        .record_len = state->header + record.caplen + record.trailer,
        .process = UINT32_MAX,
        .media_type = record.media,
        .next = at + 4,
    };
    stamp(state, &record, info);
    if (record.trailer >= TRAILER_22) {
        u32 process = load_le32(record.data + record.caplen + 2);
        if (process < state->process_count) info->process = process;
    }
    const Comment *comment = comment_of(state, table_entry(state, at / 4));
    if (comment) {
        info->comment = state->texts + comment->at;
        info->comment_len = comment->length;
    }
    return true;
}

const Format format_netmon = {
    .name = "netmon",
    .meaning = "Microsoft Network Monitor .cap, 1.x and 2.0 to 2.3",
    .streams = false,
    .probe = netmon_probe,
    .open = netmon_open,
    .close = netmon_close,
    .guess = netmon_guess,
    .fill = netmon_fill,
    .frame = netmon_frame,
};
