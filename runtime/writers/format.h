/* format.h - what an output format provides to writer.c, and what writer.c keeps for it.
 *
 * For runtime/writers/ only. */
#ifndef WRITERS_FORMAT_H
#define WRITERS_FORMAT_H

#include "runtime/writers/output.h"
#include "runtime/writers/writer.h"

typedef struct {
    WriterFormat about;
    size_t state_size;
    /* Writes what a file begins with; writer->source holds.  Called once a file, before its first frame or, when
     * there is none, before finish. */
    bool (*begin)(Writer *writer);
    /* Most bytes that this frame can add to the file, what finish adds for it included. */
    u64 (*growth)(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame);
    bool (*frame)(Writer *writer, const Capture *capture, const void *context, const FrameInfo *frame);
    /* May records of this capture be copied as they stand, whatever is in them?  NULL: never. */
    bool (*plain)(Writer *writer, const Capture *capture);
    /* Copies what it can of a run that is not plain; moves *at and takes from *frames what it did, and may do nothing: writer.c
     * writes the rest frame by frame.  NULL: nothing can be copied. */
    bool (*run)(Writer *writer, const Capture *capture, const void *context, u64 *at, u64 end, u64 *frames);
    bool (*finish)(Writer *writer);
    /* The file at hand was shortened, to where a frame ended: forgets what is no longer in it.  May be NULL. */
    bool (*rewound)(Writer *writer);
    void (*release)(Writer *writer); /* frees what state points at; may be NULL */
} WriterOps;

/* What the first input says of itself, for headers that speak of all frames. */
typedef struct {
    u32 linktype, snaplen, link_extra;
    u8 tsresol;
} Source;

struct Writer {
    const WriterOps *ops;
    Output *output;
    WriterOptions options;
    bool has_source, begun, failed;
    Source source;
    u64 frames;      /* in all files */
    u64 file_frames; /* in the file at hand */
    void *state;     /* ops->state_size bytes, zeroed before each file's begin */
    char why[320];
};

/* Records why; always false.  Output errors need no call: their reason is taken from the output. */
__attribute__((format(printf, 2, 3))) bool writer_fail(Writer *writer, const char *format, ...);

/* "EN10MB (1)", for messages. */
const char *linktype_text(u32 linktype, char text[48]);

/* ticks of a frame in units of 10^-digits s since 1970.  false: not exactly, or outside i64. */
bool frame_ticks_in(const FrameInfo *frame, u32 digits, i64 *ticks);

#endif
