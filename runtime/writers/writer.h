/* writer.h - writing captures: one small interface, a format each, behind one atomic output file.
 *
 * The last stage of the road.  Frames arrive in order, one at a time or as runs of neighbours.
 * Always true: the final name appears only when close(keep) succeeded; until then bytes go to a hidden file beside it,
 * removed on failure.  Nothing here changes a frame: time stamps keep their full resolution or the writer refuses. */
#ifndef WRITERS_WRITER_H
#define WRITERS_WRITER_H

#include "runtime/readers/reader.h"

typedef struct WriterFormat WriterFormat;
typedef struct Output Output; /* output.c: the file, its buffer, splitting, rename */

typedef struct {
    const char *path;      /* "-" is stdout */
    const char *format;    /* "pcap", "pcapng", "netmon", NULL: by suffix (.pcap, .cap -> see same_as), else pcapng */
    const char *same_as;   /* for .cap: the name of the first input's format */
    u64 split_bytes;       /* start a further file NAME(1).EXT, NAME(2).EXT ... before this size is passed; 0 never */
    u32 snaplen;           /* keep at most so many bytes of each frame; 0 all */
    bool flush;            /* -l: write through after every frame */
} WriterOptions;

typedef struct Writer Writer;

/* NULL: *why says what and why ("cannot create out/x.pcap: No such file or directory"). */
Writer *writer_open(const WriterOptions *options, char *why, size_t why_size);
/* Writes one frame.  false: why ("pcap holds one link type; frame 7 is RAW, the file is EN10MB: write .pcapng"). */
bool writer_frame(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame,
                  char *why, size_t why_size);
/* Writes a run of neighbouring records [at, end) of one capture, `frames` of them; copies bytes where the formats agree. */
bool writer_run(Writer *writer, const Capture *capture, const void *context, u64 at, u64 end, u64 frames,
                char *why, size_t why_size);
/* Ends the file(s).  keep = false removes what was written.  false: why. */
bool writer_close(Writer *writer, bool keep, char *why, size_t why_size);
u64 writer_frames(const Writer *writer);
u64 writer_bytes(const Writer *writer);
/* Files written so far, for the summary; path of the i-th. */
u32 writer_files(const Writer *writer);
const char *writer_path(const Writer *writer, u32 i);
/* Async-signal-safe: unlinks every unfinished temporary file of this process; for a handler that then exits. */
void writer_abandon_all(void);

#endif
