/* writer.h - writing captures: one small interface, a format each, behind one atomic output file.
 *
 * The last stage of the road.  Frames arrive in order, one at a time or as runs of neighbours.
 * Always true: the final name appears only when close(keep) succeeded; until then bytes go to a hidden file beside it,
 * removed on failure.  Nothing here changes a frame: time stamps keep their full resolution or the writer refuses. */
#ifndef WRITERS_WRITER_H
#define WRITERS_WRITER_H

#include "runtime/readers/reader.h"

typedef struct {
    const char *path;    /* "-" is stdout */
    const char *format;  /* "pcap", "pcapng", "netmon", NULL: by suffix (.pcap, .cap -> see same_as), else pcapng */
    const char *same_as; /* for .cap: the name of the first input's format */
    u64 split_bytes;     /* start a further file NAME(1).EXT, NAME(2).EXT ... before this size is passed; 0 never */
    u32 snaplen;         /* keep at most so many bytes of each frame; 0 all */
    bool flush;          /* -l: write through after every frame */
} WriterOptions;

typedef struct Writer Writer;

/* "pcap" and so on: the rows of writers.def; by name or by the suffix of a path, NULL when there is none such. */
typedef struct WriterFormat {
    const char *name, *suffix, *meaning;
    bool seeks; /* writes its header last, so that it cannot go to a pipe */
} WriterFormat;
extern const WriterFormat *const writer_formats[];
extern const u32 writer_format_count;
/* What writer_open would write for these options. */
const WriterFormat *writer_choose(const WriterOptions *options);

/* NULL: *why says what and why ("cannot create out/x.pcap: No such file or directory"). */
Writer *writer_open(const WriterOptions *options, char *why, size_t why_size);
/* Tells the writer of an input before its first frame.  The first input told of (or the first one written from)
 * settles what one header says of all frames: pcap's time resolution and snap length; and a file that gets no
 * frame has its link type.  Optional. */
void writer_source(Writer *writer, const Capture *capture);
/* Writes one frame.  capture and context may be NULL for a frame of no capture: its time_ns and tsresol then hold,
 * and record and options are not looked at.  false: why ("pcap holds one link type; frame 7 is RAW, the file is
 * EN10MB: write .pcapng"). */
bool writer_frame(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame, char *why,
                  size_t why_size);
/* Writes runs of neighbouring records of one capture, in order; copies bytes where the formats agree.  A run's context: the
 * lane's, at the run's start or later in the same section. */
bool writer_runs(Writer *writer, const Capture *capture, const FrameRun *runs, u32 count, char *why, size_t why_size);
/* A place in what is written, to go back to when what was written behind it turns out to be wrong: the input shrank. */
typedef struct {
    u32 file;
    bool begun;
    u64 offset, frames, file_frames;
} WriterMark;
WriterMark writer_mark(const Writer *writer);
/* Takes back what came behind the mark; if another file was begun since, only what is in that one.  false: it has left
 * already, for a pipe; why says so. */
bool writer_rewind(Writer *writer, const WriterMark *mark, char *why, size_t why_size);

/* Ends the file(s) and frees the writer.  keep = false removes what was written; so does any failure before, whose
 * reason is told once more.  A FIFO, a device or a pipe keeps what it was given.  false: why. */
bool writer_close(Writer *writer, bool keep, char *why, size_t why_size);
/* These are valid until writer_close. */
u64 writer_frames(const Writer *writer);
u64 writer_bytes(const Writer *writer);
/* Files written so far, for the summary; path of the i-th. */
u32 writer_files(const Writer *writer);
const char *writer_path(const Writer *writer, u32 i);
/* Writing to a pipe that nobody reads raises SIGPIPE; callers that want the error instead ignore that signal.
 * Async-signal-safe: unlinks every unfinished temporary file of this process; for a handler that then exits. */
void writer_abandon_all(void);

#endif
