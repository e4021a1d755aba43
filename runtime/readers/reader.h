/* reader.h - what every capture format provides: find records in a mapping, and hand them over in batches.
 *
 * After capture/file.c has mapped a file, before vm_run.  Nothing is copied: batches point into the mapping.
 * A *position* names a record: its byte offset in pcap and pcapng, 4 x its index in the frame table in .cap; positions
 * grow in frame order.  Always true: no reader reads outside bytes[0 .. size), whatever the file says; a length found
 * in a file is compared with what is left before it is used. */
#ifndef READERS_READER_H
#define READERS_READER_H

#include "vm/batch.h"

enum {
    LANES_MAX = 8,              /* cursors that walk a slice side by side, so that their cache misses overlap */
    RECORD_BYTES_MAX = 1 << 28, /* a longer record is damage */
    CAPLEN_MAX = 262144,        /* libpcap's MAXIMUM_SNAPLEN; more than this and than the snap length is damage */
    INTERFACES_MAX = 65536,     /* pcapng: interfaces in one section */
};

typedef struct Format Format;

/* Something wrong in a capture, as data; report.c makes the sentence. */
typedef struct {
    u64 offset;     /* byte in the file */
    char text[200]; /* expected and found: "captured length 3735928559 is more than the 1200 bytes left" */
} Damage;

/* An open capture.  The mapping and the path belong to whoever opened it; `state` to the format. */
typedef struct {
    const char *path;
    const u8 *bytes; /* the mapping; for a stream the window read so far, whose first byte is stream offset `origin` */
    u64 size;        /* end of what can be read now, an offset in the file: bytes[size - origin - 1] is the last */
    u64 origin;      /* 0 for a file */
    bool more;       /* a stream that has not ended: a record that is not whole yet is no damage */
    const Format *format;
    u64 first, end; /* positions of the first record, and behind the last possible one */
    u32 linktype;   /* of the file, or of its first interface; LINKTYPE_ value */
    u32 snaplen;    /* as the file states it; 0 when it does not */
    u8 tsresol;     /* as pcapng codes it: 6 = us, 9 = ns, 7 = 100 ns, 3 = ms, 0x80|n = 2^-n; of the first interface */
    u32 link_extra; /* pcap: the bits above the link type in its word: FCS length, reserved bits */
    bool big_endian;
    u64 serial;          /* set by open: no other capture opened by this process has it */
    const char *variant; /* "pcap, microseconds, little-endian", "NetMon 2.3": for info and messages */
    bool start_known; /* open sets both when it can; for a stream whose first frame has not come, whoever scans does */
    i64 start_ns;     /* .cap: the header's time; else the first frame's */
    const void *context; /* what a lane at `first` needs to know */
    void *state;         /* the format's own */
} Capture;

static inline const u8 *capture_at(const Capture *capture, u64 offset)
{
    return capture->bytes + (offset - capture->origin);
}

typedef enum {
    LANE_RUNNING,
    LANE_LIMIT,   /* reached a record at or behind `limit` */
    LANE_EOF,     /* the file ends exactly after the last record */
    LANE_CUT,     /* the last record is not whole: `damage` says so, a warning */
    LANE_MORE,    /* stream: the next record is not whole yet */
    LANE_SECTION, /* pcapng: stands before a section header that was not at the lane's start; go on with a new lane */
    LANE_BROKEN,  /* damage */
} LaneState;

/* A cursor over a run of records.  Set `capture`, `at`, `limit` and `context`, zero the rest; fill() does the rest. */
typedef struct {
    const Capture *capture;
    u64 at;              /* position of the next record */
    u64 limit;           /* walk no record that starts at or behind it */
    const void *context; /* pcapng: the interfaces known at `at`; replaced as more are met; the capture's */
    u8 state;            /* LaneState */
    u64 frames;          /* walked so far */
    u64 number;          /* NEED_NUMBER: what the next frame is called, set by the caller, counted on by fill */
    i64 before_ns;       /* NEED_DELTA: time of the frame before the next one, when has_before; fill's */
    bool has_before;
    i64 first_ns, last_ns; /* NEED_TIME: of the first and last frame walked that have a time; when has_time */
    bool has_time;
    bool guessed; /* began at a guess: ends at an interface that no walk from a proven start has met */
    bool begun;   /* the reader's own: the lane has left the position it was started at */
    Mask mask;    /* its frames in the batch just filled */
    Damage damage;
} Lane;

/* One record looked at by itself, for writers and printers. */
typedef struct {
    const u8 *data;
    u32 caplen, len, linktype;
    i64 time_ns;      /* since 1970 UTC, rounded down; saturated at the ends of i64 */
    bool has_time;    /* a pcapng simple packet has none */
    u64 ticks;        /* the stamp in units of tsresol since 1970 plus tsoffset seconds: lossless */
    u8 tsresol;       /* pcapng coding */
    i64 tsoffset;     /* seconds */
    u32 interface;    /* pcapng: in its section; else 0 */
    const u8 *record; /* the whole record as it stands in the file */
    u32 record_len;
    const u8 *comment; /* pcapng opt_comment, .cap comment title; NULL when there is none */
    u32 comment_len;
    const u8 *options; /* pcapng: the block's options as they stand, without end marker; NULL when there are none */
    u32 options_len;
    u32 process;    /* .cap 2.2+: index in the process table; UINT32_MAX when none */
    u32 media_type; /* as the file states it */
    u64 next;       /* position of the record after it */
} FrameInfo;

/* Neighbouring frames of a capture that belong together: all of them match. */
typedef struct {
    u64 at, end;         /* position of its first record; where the record behind its last one is looked for */
    const void *context; /* with which its records can be read */
    u32 first, frames;   /* the first one's number in its chunk, from 0; how many */
} FrameRun;

struct Format {
    const char *name; /* "pcap", "pcapng", "netmon" */
    const char *meaning;
    bool streams; /* can be read from a pipe */
    /* Can these first bytes (at most 128 looked at, fewer in a tiny file) begin such a file? */
    bool (*probe)(const u8 *bytes, size_t size);
    /* Reads the file header into *capture (path, bytes, size, origin, more are set).  false: *damage says why; for a
     * stream with too little yet, false with damage->text empty. */
    bool (*open)(Capture *capture, Damage *damage);
    void (*close)(Capture *capture); /* frees state and contexts; not the mapping */
    /* A plausible record start in [from, limit), or limit.  Only ever a hint: whoever uses it proves it. */
    u64 (*guess)(const Capture *capture, u64 from, u64 limit);
    /* Fills a batch (at most `most` frames, most <= BATCH_MAX) from all lanes that are running, taking turns, all
     * of one link type; sets lane->mask, and lane->state of those that ended.  All lanes are of one capture.
     * `needs`: NEED_ bits.  Returns the number of frames; 0 when no lane is running any more.  Frames of one lane
     * stand in the batch in their order in the file.  A frame without a time has time 0 and delta 0 and leaves
     * before_ns as it was. */
    u32 (*fill)(Lane *lanes, u32 lane_count, u32 most, u32 needs, Batch *batch);
    /* The record at a position that fill handed out, with the context of that lane: the one it had then or a later one,
     * for contexts only grow.  Its data and record are as far inside the capture as fill proved them to be. */
    bool (*frame)(const Capture *capture, const void *context, u64 at, FrameInfo *info);
};

/* readers.def order; capture_probe returns NULL when no format knows the bytes. */
extern const Format *const formats[];
extern const u32 format_count;
const Format *format_probe(const u8 *bytes, size_t size);
/* For the message when none does: "gzip-compressed; try: zcat FILE | pktsift ... -", "Windows event trace (.etl)", or
 * "starts with 7f 45 4c 46". Writes a NUL-terminated text. */
void format_describe_unknown(const u8 *bytes, size_t size, char *text, size_t text_size);

/* "EN10MB" for 1; NULL for a link type without a name here.  linktypes.def. */
const char *linktype_name(u32 linktype);
/* Link types of our own, for frames that have no LINKTYPE_ value: NetMon's special media types, and unknown ones. */
enum { LINKTYPE_UNKNOWN = (int)0xffff0000 }; /* | the media type */

/* A pcap whose records stand as this host would write them: little-endian, 16-byte headers, lengths in today's
 * order. */
bool capture_has_plain_records(const Capture *capture);

/* pcapng, for writers: the interfaces that a context knows. */
typedef struct {
    u32 linktype, snaplen;
    u8 tsresol;
    i64 tsoffset;
    const u8 *block; /* the description block as it stands, NULL for other formats */
    u32 block_len;
    bool big_endian;
    const u8 *name; /* if_name, not NUL-terminated; NULL when not given */
    u32 name_len;
} InterfaceInfo;
u32 capture_interfaces(const Capture *capture, const void *context);
/* For pcap and .cap: interface 0 is made from the header. */
bool capture_interface(const Capture *capture, const void *context, u32 id, InterfaceInfo *info);

#endif
