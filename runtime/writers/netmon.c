/* netmon.c - writes Microsoft Network Monitor captures, version 2.3.
 *
 * One of the formats behind writer.h.  2.3 is the only version that keeps UTC, 100 ns and a media type for each
 * frame; NetMon 3.4, tshark and capinfos read it.  Finer time stamps lose what is below 100 ns: the format can keep
 * no more. Frames of other link types than NetMon has a media type for go out as 0xe000 + link type, NetMon's own way
 * of marking frames that came from a pcap.  Comments stay with their frames as titles; process tables are not carried
 * over, so frames name no process.
 *
 * A file without frames gets a frame table of length 0; readers other than this one refuse it.
 *
 * The frame table is not kept in memory: it is put together at the end, walking the records that were written.
 * All offsets are u32, so a file ends below 4 GiB. */
#include "runtime/readers/netmon.h"

#include <sys/mman.h>
#include <time.h>

#include "runtime/writers/bytes.h"
#include "runtime/writers/format.h"

enum {
    RECORD_HEADER = 16,
    COMMENT_ENTRY = 16,
    COMMENT_BYTES_MAX = 16 << 20,
};

typedef struct {
    i64 start_100ns; /* since 1970, of the file's start: the first frame's time, down to the millisecond before */
    bool started;
    Bytes comments;
} NetmonWriter;

/* Floor division, for times before 1970. */
static i64 floor_to(i64 value, i64 unit) { return value / unit - (value % unit < 0); }

static bool media_of(const Capture *capture, const FrameInfo *frame, u32 *media)
{
    enum { EN10MB = 1, IEEE802_5 = 6, RAW = 101 };
    if (capture && strcmp(capture->format->name, "netmon") == 0) {
        *media = frame->media_type;
        return true;
    }
    *media = frame->linktype == EN10MB      ? MEDIA_ETHERNET
             : frame->linktype == IEEE802_5 ? MEDIA_TOKEN_RING
             : frame->linktype == RAW       ? MEDIA_RAW_IP
                                            : MEDIA_PCAP + frame->linktype;
    return frame->linktype < 0x1000 && (*media < MEDIA_EXPORT_FIRST || *media > MEDIA_EXPORT_LAST);
}

static bool netmon_begin(Writer *writer)
{
    static const u8 zeros[NETMON_FIRST_FRAME]; /* finish puts the header there */
    return output_put(writer->output, zeros, sizeof zeros);
}

/* -- comments ---------------------------------------------------------------------------------------------------- */

/* One character of UTF-8, or U+FFFD for a byte that begins none. */
static u32 next_character(const u8 **next, const u8 *end)
{
    const u8 *p = *next;
    u32 first = *p, more = first >= 0xf0 && first < 0xf5   ? 3
                           : first >= 0xe0 && first < 0xf0 ? 2
                           : first >= 0xc2 && first < 0xe0 ? 1
                                                           : 0;
    u32 code = more == 0 ? (first < 0x80 ? first : 0xfffd) : first & (0x3fu >> more);
    *next = p + 1;
    if (more > (size_t)(end - p) - 1) return 0xfffd;
    for (u32 i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0xfffd;
        code = code << 6 | (p[i] & 0x3f);
    }
    *next = p + 1 + more;
    return code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0xfffd : code;
}

static void add_utf16(Bytes *bytes, const u8 *text, u32 length)
{
    for (const u8 *next = text, *end = text + length; next < end;) {
        u32 code = next_character(&next, end);
        if (code >= 0x10000) {
            bytes_add16(bytes, (u16)(0xd800 + ((code - 0x10000) >> 10)));
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        bytes_add16(bytes, (u16)code);
    }
    bytes_add16(bytes, 0);
}

/* Entries: u32 1, u32 offset of the frame, u32 bytes of the title, the title, u32 bytes of a description: none. */
static bool add_comment(Writer *writer, const FrameInfo *frame)
{
    NetmonWriter *state = writer->state;
    Bytes *comments = &state->comments;
    if (!frame->comment || frame->comment_len == 0) return true;
    bytes_add32(comments, 1);
    bytes_add32(comments, (u32)output_offset(writer->output));
    size_t length_at = comments->size;
    bytes_add32(comments, 0);
    add_utf16(comments, frame->comment, frame->comment_len);
    u32 length = (u32)(comments->size - length_at - 4);
    if (!comments->failed) memcpy(comments->bytes + length_at, &length, sizeof length);
    bytes_add32(comments, 0);
    if (comments->failed) return writer_fail(writer, "no memory for a frame's comment");
    return comments->size <= COMMENT_BYTES_MAX ||
           writer_fail(writer, "more than %d MiB of comments do not go into a .cap; write .pcapng",
                       COMMENT_BYTES_MAX >> 20);
}

/* -- frames ------------------------------------------------------------------------------------------------------ */

/* Of finish's share, what stands for frames already written. */
static u64 tail_of(const Writer *writer)
{
    const NetmonWriter *state = writer->state;
    return 4 * writer->file_frames + state->comments.size;
}

static u64 netmon_growth(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame)
{
    (void)capture, (void)context;
    u64 comment = frame->comment ? COMMENT_ENTRY + 2 * (u64)frame->comment_len + 2 : 0;
    return tail_of(writer) + RECORD_HEADER + (u64)frame->caplen + TRAILER_23 + 4 + comment;
}

static bool netmon_frame(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame)
{
    NetmonWriter *state = writer->state;
    unsigned long long number = writer->frames + 1;
    char text[48];
    u32 media;
    if (!media_of(capture, frame, &media))
        return writer_fail(writer, "NetMon has no media type for frame %llu of the output, which is %s; write .pcapng",
                           number, linktype_text(frame->linktype, text));
    if (frame->caplen > CAPLEN_MAX)
        return writer_fail(writer, "frame %llu of the output has %u bytes; a .cap frame has at most %d: write .pcapng",
                           number, frame->caplen, CAPLEN_MAX);
    if (output_offset(writer->output) + netmon_growth(writer, capture, context, frame) > UINT32_MAX)
        return writer_fail(
            writer,
            "a .cap file ends below 4 GiB, which frame %llu of the output would pass; split it, or write .pcapng",
            number);
    i64 time = frame->has_time ? floor_to(frame->time_ns, 100) : 0;
    if (!state->started) state->start_100ns = floor_to(time, 10000) * 10000;
    state->started = true;
    if (!add_comment(writer, frame)) return false;
    i64 delta = floor_to(time - state->start_100ns, 10);
    u64 filetime = (u64)time + FILETIME_1970;
    u32 lengths[2] = {frame->len, frame->caplen}, process = (u32)PROCESS_NONE;
    u8 trailer[TRAILER_23];
    memcpy(trailer, &media, 2);
    memcpy(trailer + 2, &process, 4);
    memcpy(trailer + TRAILER_TIME, &filetime, 8);
    trailer[TRAILER_WITH_TIME] = TIME_ZONE_NONE;
    return output_put(writer->output, &delta, sizeof delta) && output_put(writer->output, lengths, sizeof lengths) &&
           output_put(writer->output, frame->data, frame->caplen) &&
           output_put(writer->output, trailer, sizeof trailer);
}

/* -- the end ----------------------------------------------------------------------------------------------------- */

static bool put_table(Writer *writer)
{
    if (writer->file_frames == 0) return true;
    u64 size = output_offset(writer->output);
    const u8 *map = output_map(writer->output);
    if (!map) return false;
    bool good = true;
    for (u64 at = NETMON_FIRST_FRAME; good && at < size;) {
        u32 entry = (u32)at;
        at += RECORD_HEADER + load_le32(map + at + 12) + TRAILER_23;
        good = output_put(writer->output, &entry, sizeof entry);
    }
    munmap((void *)(uintptr_t)map, size);
    return good;
}

static void put_start(const NetmonWriter *state, u8 *header)
{
    struct tm local;
    i64 ms = floor_to(state->start_100ns, 10000);
    time_t second = (time_t)floor_to(ms, 1000);
    if (!localtime_r(&second, &local)) return;
    u16 parts[8] = {(u16)(local.tm_year + 1900), (u16)(local.tm_mon + 1),  (u16)local.tm_wday,
                    (u16)local.tm_mday,          (u16)local.tm_hour,       (u16)local.tm_min,
                    (u16)local.tm_sec,           (u16)(ms - second * 1000)};
    memcpy(header + NETMON_TIME, parts, sizeof parts);
}

static bool netmon_finish(Writer *writer)
{
    const NetmonWriter *state = writer->state;
    u32 table[2] = {(u32)output_offset(writer->output), (u32)(4 * writer->file_frames)};
    if (!put_table(writer)) return false;
    u32 comments[2] = {(u32)output_offset(writer->output), (u32)state->comments.size};
    if (comments[1] > 0 && !output_put(writer->output, state->comments.bytes, comments[1])) return false;
    u8 header[NETMON_HEADER] = {'G', 'M', 'B', 'U', 3, 2, MEDIA_ETHERNET};
    put_start(state, header);
    memcpy(header + NETMON_TABLE, table, sizeof table);
    if (comments[1] > 0) memcpy(header + NETMON_COMMENTS, comments, sizeof comments);
    return output_patch(writer->output, 0, header, sizeof header);
}

/* Comments stand in the order of their frames. */
static bool netmon_rewound(Writer *writer)
{
    Bytes *comments = &((NetmonWriter *)writer->state)->comments;
    size_t at = 0;
    while (at < comments->size && load_le32(comments->bytes + at + 4) < output_offset(writer->output))
        at += COMMENT_ENTRY + load_le32(comments->bytes + at + 8);
    comments->size = at;
    return true;
}

static void netmon_release(Writer *writer)
{
    NetmonWriter *state = writer->state;
    free(state->comments.bytes);
    state->comments = (Bytes){0};
}

const WriterOps writer_netmon = {
    .about = {.name = "netmon",
              .suffix = ".cap",
              .meaning = "Microsoft Network Monitor 2.3: 100 ns, below 4 GiB",
              .seeks = true},
    .state_size = sizeof(NetmonWriter),
    .begin = netmon_begin,
    .growth = netmon_growth,
    .frame = netmon_frame,
    .finish = netmon_finish,
    .rewound = netmon_rewound,
    .release = netmon_release,
};
