/* pcap.c - writes libpcap captures: little-endian, version 2.4, in micro- or nanoseconds.
 *
 * One of the formats behind writer.h.  Nanoseconds when the first input is finer than microseconds, else microseconds;
 * a later frame whose time does not fit exactly is refused, and so is one of another link type.  A frame without a time
 * stamp gets time 0, as tshark and editcap write it.
 *
 * The snap length is the first input's and is raised at the end when a longer frame came (libpcap cuts frames that are
 * longer than it); on a pipe, where nothing can be changed later, it is never less than libpcap's maximum. */
#include "runtime/writers/format.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16, SNAPLEN_OFFSET = 16 };
enum { MAGIC_MICRO = 0xa1b2c3d4u, MAGIC_NANO = 0xa1b23c4du };
enum { FCS_BITS = 0xfc000000u }; /* reserved bits stay behind: tshark refuses them */

typedef struct {
    u32 digits; /* 6 or 9 */
    u32 linktype;
    u32 snaplen; /* as the header says it now */
    u32 longest; /* captured length written or promised */
} PcapWriter;

static u32 believed_snaplen(u32 snaplen) { return snaplen == 0 || snaplen > RECORD_BYTES_MAX ? CAPLEN_MAX : snaplen; }

static bool pcap_begin(Writer *writer)
{
    PcapWriter *state = writer->state;
    const Source *source = &writer->source;
    bool micro = source->tsresol <= 6;
    char text[48];
    if (source->linktype > 0xffff)
        return writer_fail(writer, "pcap has no link type for %s frames; write .cap",
                           linktype_text(source->linktype, text));
    state->digits = micro ? 6 : 9;
    state->linktype = source->linktype;
    state->snaplen = believed_snaplen(source->snaplen);
    if (writer->options.snaplen) state->snaplen = MIN_OF(state->snaplen, writer->options.snaplen);
    if (!output_can_patch(writer->output)) state->snaplen = MAX_OF(state->snaplen, CAPLEN_MAX);
    u32 header[6] = {micro ? MAGIC_MICRO : MAGIC_NANO,
                     2 | 4 << 16,
                     0,
                     0,
                     state->snaplen,
                     source->linktype | (source->link_extra & FCS_BITS)};
    return output_put(writer->output, header, sizeof header);
}

static bool refuse_linktype(Writer *writer, u32 linktype)
{
    const PcapWriter *state = writer->state;
    char ours[48], other[48];
    return writer_fail(
        writer, "pcap holds one link type: frame %llu of the output is %s, those before it are %s; write .pcapng",
        (unsigned long long)writer->frames + 1, linktype_text(linktype, other), linktype_text(state->linktype, ours));
}

static u64 pcap_growth(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame)
{
    (void)writer, (void)capture, (void)context;
    return RECORD_HEADER + (u64)frame->caplen;
}

static bool pcap_frame(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame)
{
    PcapWriter *state = writer->state;
    i64 ticks = 0;
    (void)capture, (void)context;
    if (frame->linktype != state->linktype) return refuse_linktype(writer, frame->linktype);
    if (frame->has_time && !frame_ticks_in(frame, state->digits, &ticks))
        return writer_fail(writer,
                           "frame %llu of the output has a finer time stamp than the %s of this pcap; write .pcapng",
                           (unsigned long long)writer->frames + 1, state->digits == 6 ? "microseconds" : "nanoseconds");
    i64 second = state->digits == 6 ? 1000000 : 1000000000;
    if (ticks < 0 || ticks / second > UINT32_MAX)
        return writer_fail(
            writer, "frame %llu of the output is from before 1970 or after 2106, which pcap cannot say; write .pcapng",
            (unsigned long long)writer->frames + 1);
    state->longest = MAX_OF(state->longest, frame->caplen);
    u32 header[4] = {(u32)(ticks / second), (u32)(ticks % second), frame->caplen, frame->len};
    return output_put(writer->output, header, sizeof header) && output_put(writer->output, frame->data, frame->caplen);
}

/* The source has this very layout. */
static bool pcap_plain(Writer *writer, const Capture *capture)
{
    PcapWriter *state = writer->state;
    if (!capture_has_plain_records(capture) || capture->tsresol != state->digits ||
        capture->linktype != state->linktype)
        return false;
    state->longest = MAX_OF(state->longest, believed_snaplen(capture->snaplen));
    return true;
}

static bool pcap_finish(Writer *writer)
{
    const PcapWriter *state = writer->state;
    if (state->longest <= state->snaplen || !output_can_patch(writer->output)) return true;
    return output_patch(writer->output, SNAPLEN_OFFSET, &state->longest, sizeof state->longest);
}

const WriterOps writer_pcap = {
    .about = {.name = "pcap", .suffix = ".pcap", .meaning = "libpcap, tcpdump: one link type, micro- or nanoseconds"},
    .state_size = sizeof(PcapWriter),
    .begin = pcap_begin,
    .growth = pcap_growth,
    .frame = pcap_frame,
    .plain = pcap_plain,
    .finish = pcap_finish,
};
