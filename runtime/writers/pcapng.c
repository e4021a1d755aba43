/* pcapng.c - writes pcapng captures: one little-endian section, with the interfaces of all inputs (of more than
 * INTERFACES_MAX, further sections).
 *
 * One of the formats behind writer.h.  An interface is written when its first frame comes, and two interfaces are one
 * when their descriptions are the same bytes, so files of one recorder merge into one interface.  Time stamps stay in
 * the resolution of their source, whatever it is; comments and options stay with their frames.
 *
 * Blocks of a little-endian source are copied as they stand, but for the interface number where that differs.  Old
 * packet blocks become enhanced ones.  A simple packet block stays one where its interface comes out as number 0 (it
 * can have no other); else it becomes an enhanced one with time 0.  Names, statistics, secrets and custom blocks are
 * left behind: they speak of the whole file that they stood in.
 *
 * Source: draft-ietf-opsawg-pcapng. */
#include <stdlib.h>

#include "runtime/pktsift.h"
#include "runtime/readers/pcapng.h"
#include "runtime/writers/bytes.h"
#include "runtime/writers/format.h"

enum {
    KNOWN_ROOM = 64,             /* remembered source interfaces: a direct-mapped table */
    BUCKETS_AT_FIRST = 64,       /* doubled when there are as many interfaces */
    WRITTEN_BYTES_MAX = 8 << 20, /* of descriptions in one section: then another begins */
    OPTION_USERAPPL = 4,
    FCS_LENGTH_GIVEN = 0x04000000,
};

/* An interface in the output. */
typedef struct Written {
    struct Written *next;
    u32 id, size, hash;
    u32 linktype, snaplen;
    u8 block[];
} Written;

/* What was found out about a source's interface.  `block` tells interfaces of one capture apart: readers hand out
 * the same copy for the same description.  Captures without descriptions are told by the parts a description is
 * made of. */
typedef struct {
    u64 serial;
    const u8 *block;
    u32 interface, linktype;
    i64 tsoffset;
    u8 tsresol;
    const Written *written;
} Known;

typedef struct {
    Known known[KNOWN_ROOM];
    Written **buckets;
    u32 bucket_count; /* a power of two, or 0 */
    u32 count;
    u32 first_snaplen; /* of interface 0 */
    size_t bytes;      /* of the descriptions, which are kept */
} PcapngWriter;

/* -- options ----------------------------------------------------------------------------------------------------- */

static void add_option(Bytes *bytes, u16 code, const void *value, u16 length)
{
    static const u8 zeros[4];
    bytes_add16(bytes, code);
    bytes_add16(bytes, length);
    bytes_add(bytes, value, length);
    bytes_add(bytes, zeros, padded(length) - length);
}

/* Options whose value is one number or two, and so must be turned round; draft-ietf-opsawg-pcapng 4.2 and 4.3.
 * All other values are bytes or text.  `from`: bytes at the front that are none of the numbers. */
typedef struct {
    u16 code;
    u8 from, number, count;
} NumericOption;

static const NumericOption interface_numbers[] = {
    {8, 0, 8, 1},  /* if_speed */
    {14, 0, 8, 1}, /* if_tsoffset */
    {16, 0, 8, 1}, /* if_txspeed */
    {17, 0, 8, 1}, /* if_rxspeed */
};
static const NumericOption packet_numbers[] = {
    {2, 0, 4, 1}, /* epb_flags */
    {4, 0, 8, 1}, /* epb_dropcount */
    {5, 0, 8, 1}, /* epb_packetid */
    {6, 0, 4, 1}, /* epb_queue */
    {8, 0, 4, 2}, /* epb_processid_threadid */
};
/* Custom options, in any block, begin with a private enterprise number. */
static bool is_custom(u16 code)
{
    return (code & 0x7fff) == 2988 || (code & 0x7fff) == 2989 || code == 19372 || code == 19373;
}

static void turn(u8 *bytes, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        u8 kept = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = kept;
    }
}

static void turn_value(u8 *value, u16 code, u16 length, const NumericOption *numbers, size_t count)
{
    if (is_custom(code) && length >= 4) turn(value, 4);
    for (size_t i = 0; i < count; i++) {
        const NumericOption *option = &numbers[i];
        if (option->code != code || length != option->from + option->number * option->count) continue;
        for (u32 k = 0; k < option->count; k++) turn(value + option->from + k * option->number, option->number);
    }
}

/* Options from a source of either byte order, without their end marker; stops where they make no sense. */
static void add_options(Bytes *bytes, const u8 *options, u32 size, bool swap, const NumericOption *numbers,
                        size_t count)
{
    for (u32 at = 0; size - at >= 4;) {
        u16 code = swap ? load_be16(options + at) : load_le16(options + at);
        u16 length = swap ? load_be16(options + at + 2) : load_le16(options + at + 2);
        if (code == OPTION_END || length > size - at - 4) return;
        add_option(bytes, code, options + at + 4, length);
        if (swap && !bytes->failed)
            turn_value(bytes->bytes + bytes->size - padded(length), code, length, numbers, count);
        at += MIN_OF(size - at, 4 + padded(length));
    }
}

/* -- sections ---------------------------------------------------------------------------------------------------- */

static bool pcapng_begin(Writer *writer)
{
    static const char name[] = "pktsift " PKS_VERSION;
    Bytes bytes = {0};
    i64 unknown = -1;
    bytes_add32(&bytes, BLOCK_SECTION);
    bytes_add32(&bytes, 0);
    bytes_add32(&bytes, BYTE_ORDER_MAGIC);
    bytes_add16(&bytes, 1);
    bytes_add16(&bytes, 0);
    bytes_add(&bytes, &unknown, sizeof unknown);
    add_option(&bytes, OPTION_USERAPPL, name, sizeof name - 1);
    bytes_add32(&bytes, OPTION_END);
    bytes_add32(&bytes, (u32)bytes.size + 4);
    if (!bytes.failed) memcpy(bytes.bytes + 4, bytes.bytes + bytes.size - 4, 4);
    bool good = bytes.failed ? writer_fail(writer, "no memory to begin a capture")
                             : output_put(writer->output, bytes.bytes, bytes.size);
    free(bytes.bytes);
    return good;
}

static void pcapng_release(Writer *writer)
{
    PcapngWriter *state = writer->state;
    for (u32 i = 0; i < state->bucket_count; i++) {
        for (Written *written = state->buckets[i], *next; written; written = next) {
            next = written->next;
            free(written);
        }
    }
    free(state->buckets);
    state->buckets = NULL;
    state->bucket_count = 0;
}

/* One section describes no more interfaces than readers, ours too, take in one, and than we care to remember: then another
 * begins.  Also when the file was
 * shortened: which interfaces were described behind that place is not known. */
static bool next_section(Writer *writer)
{
    pcapng_release(writer);
    memset(writer->state, 0, sizeof(PcapngWriter));
    return pcapng_begin(writer);
}

/* -- interfaces -------------------------------------------------------------------------------------------------- */

static u32 smaller_snaplen(u32 snaplen, u32 limit)
{
    return limit && (snaplen == 0 || limit < snaplen) ? limit : snaplen;
}

static void add_own_options(Bytes *bytes, const Capture *capture, const InterfaceInfo *info)
{
    if (info->tsresol != 6) add_option(bytes, OPTION_TSRESOL, &info->tsresol, 1);
    /* pcap counts the frame check sequence in 16-bit words, pcapng in bits. */
    if (capture && capture->link_extra & FCS_LENGTH_GIVEN) {
        u8 bits = (u8)((capture->link_extra >> 28) * 16);
        add_option(bytes, OPTION_FCSLEN, &bits, 1);
    }
    if (info->tsoffset != 0) add_option(bytes, OPTION_TSOFFSET, &info->tsoffset, 8);
}

/* The description that stands for this interface in the output. */
static Bytes describe(const Writer *writer, const Capture *capture, const InterfaceInfo *info)
{
    Bytes bytes = {0};
    bytes_add32(&bytes, BLOCK_INTERFACE);
    bytes_add32(&bytes, 0);
    bytes_add16(&bytes, (u16)info->linktype);
    bytes_add16(&bytes, 0);
    bytes_add32(&bytes, smaller_snaplen(info->snaplen, writer->options.snaplen));
    size_t before = bytes.size;
    if (info->block)
        add_options(&bytes, info->block + 16, info->block_len - 20, info->big_endian, interface_numbers,
                    COUNT_OF(interface_numbers));
    else
        add_own_options(&bytes, capture, info);
    if (bytes.size > before) bytes_add32(&bytes, OPTION_END);
    bytes_add32(&bytes, (u32)bytes.size + 4);
    if (!bytes.failed) memcpy(bytes.bytes + 4, bytes.bytes + bytes.size - 4, 4);
    return bytes;
}

static u32 hash_bytes(const u8 *bytes, size_t size)
{
    u64 hash = 0xcbf29ce484222325; /* FNV-1a */
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3;
    return (u32)(hash ^ hash >> 32);
}

/* Room for one more interface, in buckets of one each on average. */
static bool grow_buckets(PcapngWriter *state)
{
    if (state->count < state->bucket_count) return true;
    u32 count = MAX_OF(BUCKETS_AT_FIRST, 2 * state->bucket_count);
    Written **buckets = calloc(count, sizeof(Written *));
    if (!buckets) return false;
    for (u32 i = 0; i < state->bucket_count; i++) {
        for (Written *written = state->buckets[i], *next; written; written = next) {
            Written **bucket = &buckets[written->hash & (count - 1)];
            next = written->next;
            written->next = *bucket;
            *bucket = written;
        }
    }
    free(state->buckets);
    state->buckets = buckets;
    state->bucket_count = count;
    return true;
}

static const Written *write_interface(Writer *writer, u32 hash, const Bytes *bytes)
{
    PcapngWriter *state = writer->state;
    bool full = state->count == INTERFACES_MAX || state->bytes > WRITTEN_BYTES_MAX;
    if (full && !next_section(writer)) return NULL;
    Written *written = grow_buckets(state) ? malloc(sizeof *written + bytes->size) : NULL;
    if (!written) {
        writer_fail(writer, "no memory for one more interface");
        return NULL;
    }
    Written **bucket = &state->buckets[hash & (state->bucket_count - 1)];
    *written = (Written){
        *bucket, state->count, (u32)bytes->size, hash, load_le16(bytes->bytes + 8), load_le32(bytes->bytes + 12)};
    memcpy(written->block, bytes->bytes, bytes->size);
    *bucket = written;
    state->bytes += sizeof *written + bytes->size;
    if (state->count++ == 0) state->first_snaplen = written->snaplen;
    return output_put(writer->output, written->block, written->size) ? written : NULL;
}

static const Written *find_or_write(Writer *writer, const Capture *capture, const InterfaceInfo *info)
{
    PcapngWriter *state = writer->state;
    Bytes bytes = describe(writer, capture, info);
    if (bytes.failed) {
        free(bytes.bytes);
        writer_fail(writer, "no memory for one more interface");
        return NULL;
    }
    u32 hash = hash_bytes(bytes.bytes, bytes.size);
    const Written *found = state->bucket_count ? state->buckets[hash & (state->bucket_count - 1)] : NULL;
    while (found &&
           (found->hash != hash || found->size != bytes.size || memcmp(found->block, bytes.bytes, bytes.size) != 0))
        found = found->next;
    if (!found) found = write_interface(writer, hash, &bytes);
    free(bytes.bytes);
    return found;
}

/* The description of the interface that a frame came from: its source's, or one made up from the frame. */
static void interface_of(const Capture *capture, const void *context, const FrameInfo *frame, InterfaceInfo *info)
{
    if (capture && context && capture_interface(capture, context, frame->interface, info)) return;
    *info = (InterfaceInfo){.linktype = frame->linktype,
                            .snaplen = capture ? capture->snaplen : 0,
                            .tsresol = frame->tsresol,
                            .tsoffset = frame->tsoffset};
}

static bool same(const Known *known, const Capture *capture, u32 interface, const InterfaceInfo *info)
{
    return known->written && known->serial == (capture ? capture->serial : 0) && known->block == info->block &&
           known->interface == interface && known->linktype == info->linktype && known->tsresol == info->tsresol &&
           known->tsoffset == info->tsoffset;
}

/* The output's interface for a source's; written now when it is the first of its kind.  NULL: failed. */
static const Written *target_of(Writer *writer, const Capture *capture, u32 interface, const InterfaceInfo *info)
{
    PcapngWriter *state = writer->state;
    Known *known = &state->known[interface % KNOWN_ROOM];
    if (LIKELY(same(known, capture, interface, info))) return known->written;
    const Written *written = find_or_write(writer, capture, info);
    *known = (Known){
        capture ? capture->serial : 0, info->block, interface, info->linktype, info->tsoffset, info->tsresol, written};
    return written;
}

/* -- frames ------------------------------------------------------------------------------------------------------ */

static bool put_block(Writer *writer, u32 type, const u32 *fixed, size_t fixed_size, const FrameInfo *frame,
                      const Bytes *options)
{
    static const u8 zeros[4];
    u32 total = (u32)(BLOCK_LEAST + fixed_size + padded(frame->caplen) + options->size);
    u32 header[2] = {type, total};
    return output_put(writer->output, header, sizeof header) && output_put(writer->output, fixed, fixed_size) &&
           output_put(writer->output, frame->data, frame->caplen) &&
           output_put(writer->output, zeros, padded(frame->caplen) - frame->caplen) &&
           (options->size == 0 || output_put(writer->output, options->bytes, options->size)) &&
           output_put(writer->output, &total, sizeof total);
}

/* An old packet block counts drops in its header; 0xffff means that nobody counted. */
static void add_drops(Bytes *bytes, const FrameInfo *frame, bool swap)
{
    if (!frame->record || (swap ? load_be32(frame->record) : load_le32(frame->record)) != BLOCK_OLD_PACKET) return;
    u64 drops = swap ? load_be16(frame->record + 10) : load_le16(frame->record + 10);
    if (drops != 0 && drops != 0xffff) add_option(bytes, OPTION_DROPCOUNT, &drops, sizeof drops);
}

static bool put_enhanced(Writer *writer, const FrameInfo *frame, const InterfaceInfo *info, u32 target)
{
    Bytes options = {0};
    if (info->block) {
        add_options(&options, frame->options, frame->options_len, info->big_endian, packet_numbers,
                    COUNT_OF(packet_numbers));
        add_drops(&options, frame, info->big_endian);
    } else if (frame->comment) {
        add_option(&options, OPTION_COMMENT, frame->comment, (u16)MIN_OF(frame->comment_len, UINT16_MAX));
    }
    if (options.size > 0) bytes_add32(&options, OPTION_END);
    u64 ticks = frame->has_time ? frame->ticks : 0;
    u32 fixed[5] = {target, (u32)(ticks >> 32), (u32)ticks, frame->caplen, frame->len};
    bool good = options.failed ? writer_fail(writer, "no memory for a frame's options")
                               : put_block(writer, BLOCK_PACKET, fixed, sizeof fixed, frame, &options);
    free(options.bytes);
    return good;
}

static bool fits_simple(const PcapngWriter *state, const FrameInfo *frame, u32 target)
{
    u32 implied = state->first_snaplen ? MIN_OF(frame->len, state->first_snaplen) : frame->len;
    return !frame->has_time && target == 0 && frame->caplen == implied;
}

static bool put_copy(Writer *writer, const u8 *block, u32 length, u32 target)
{
    u32 front[3] = {BLOCK_PACKET, length, target};
    return output_put(writer->output, front, sizeof front) &&
           output_put(writer->output, block + sizeof front, length - sizeof front);
}

/* Can the block be copied, with no more than another interface number?  A frame that is to be cut short cannot. */
static bool copies(const FrameInfo *frame, const InterfaceInfo *info)
{
    return frame->record && info->block && !info->big_endian && load_le32(frame->record) == BLOCK_PACKET &&
           frame->caplen == load_le32(frame->record + 20);
}

static bool pcapng_frame(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame)
{
    InterfaceInfo info;
    char text[48];
    if (frame->linktype > 0xffff)
        return writer_fail(writer, "pcapng has no link type for frame %llu of the output, which is %s; write .cap",
                           (unsigned long long)writer->frames + 1, linktype_text(frame->linktype, text));
    interface_of(capture, context, frame, &info);
    const Written *target = target_of(writer, capture, frame->interface, &info);
    if (!target) return false;
    if (copies(frame, &info)) return put_copy(writer, frame->record, frame->record_len, target->id);
    if (fits_simple(writer->state, frame, target->id))
        return put_block(writer, BLOCK_SIMPLE, &frame->len, sizeof frame->len, frame, &(Bytes){0});
    return put_enhanced(writer, frame, &info, target->id);
}

static u64 pcapng_growth(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame)
{
    InterfaceInfo info;
    (void)writer;
    interface_of(capture, context, frame, &info);
    /* As if its interface were new and every option there: a file may end a little early, never late. */
    return 64 + (u64)padded(frame->caplen) + frame->options_len + padded(frame->comment_len) + 64 + info.block_len;
}

/* -- runs -------------------------------------------------------------------------------------------------------- */

/* Walks the enhanced packet blocks of a little-endian run.  Those whose interface has the same number here and
 * there are gathered and copied in one go.  Stops, and leaves the rest to be looked at closely, at an interface
 * that the context does not know, and at simple and old packet blocks. */
static bool pcapng_run(Writer *writer, const Capture *capture, const void *context, u64 *at, u64 end, u64 *frames)
{
    InterfaceInfo info;
    u64 from = *at;
    if (!context || !capture_interface(capture, context, 0, &info) || !info.block || info.big_endian) return true;
    const u8 *next = capture_at(capture, *at), *stop = capture_at(capture, end), *span = next;
    while (*frames > 0 && stop - next >= BLOCK_LEAST) {
        u32 type = load_le32(next), length = load_le32(next + 4);
        if (length < BLOCK_LEAST || length % 4 != 0 || length > (size_t)(stop - next)) break;
        if (type == BLOCK_SIMPLE || type == BLOCK_OLD_PACKET || type == BLOCK_SECTION) break;
        bool is_frame = type == BLOCK_PACKET, in_span = false;
        if (is_frame) {
            u32 interface = length >= PACKET_LEAST ? load_le32(next + 8) : UINT32_MAX;
            if (!capture_interface(capture, context, interface, &info) || info.linktype > 0xffff) break;
            /* What is gathered goes out first: finding the target may write a description. */
            const PcapngWriter *state = writer->state;
            if (!same(&state->known[interface % KNOWN_ROOM], capture, interface, &info)) {
                if (next > span && !output_put(writer->output, span, (size_t)(next - span))) return false;
                span = next;
            }
            const Written *target = target_of(writer, capture, interface, &info);
            if (!target) return false;
            in_span = target->id == interface;
            if (!in_span) {
                if (next > span && !output_put(writer->output, span, (size_t)(next - span))) return false;
                if (!put_copy(writer, next, length, target->id)) return false;
            }
            (*frames)--;
        } else if (next > span && !output_put(writer->output, span, (size_t)(next - span))) {
            return false;
        }
        next += length;
        if (!in_span) span = next;
    }
    if (next > span && !output_put(writer->output, span, (size_t)(next - span))) return false;
    *at = from + (u64)(next - capture_at(capture, from));
    return true;
}

/* -- the file ---------------------------------------------------------------------------------------------------- */

/* A file without frames still says what kind of frames it has none of, as dumpcap's does. */
static bool pcapng_finish(Writer *writer)
{
    const PcapngWriter *state = writer->state;
    const Source *source = &writer->source;
    if (state->count > 0 || source->linktype > 0xffff) return true;
    InterfaceInfo info = {.linktype = source->linktype, .snaplen = source->snaplen, .tsresol = source->tsresol};
    return find_or_write(writer, NULL, &info) != NULL;
}

const WriterOps writer_pcapng = {
    .about = {.name = "pcapng",
              .suffix = ".pcapng",
              .meaning = "Wireshark: every link type, resolution, interface and comment"},
    .state_size = sizeof(PcapngWriter),
    .begin = pcapng_begin,
    .growth = pcapng_growth,
    .frame = pcapng_frame,
    .run = pcapng_run,
    .finish = pcapng_finish,
    .rewound = next_section,
    .release = pcapng_release,
};
