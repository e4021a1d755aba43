/* output.h - where a writer's bytes go: a file that appears whole or not at all, a pipe, or a device.
 *
 * For runtime/writers/ only; writer.h has what the rest may see.  Always true: a regular file is written under a hidden
 * name beside its own and renamed by output_close(keep); anything that is no regular file is written straight.  After a
 * failure, output_why says what and why, further calls fail too, and output_close removes what was written. */
#ifndef WRITERS_OUTPUT_H
#define WRITERS_OUTPUT_H

#include "vm/base.h"

typedef struct Output Output;

/* Would `path` be written straight: standard output, a FIFO, a device?  Opens nothing, for a FIFO waits for its reader. */
bool output_is_straight(const char *path);
/* Opens `path`, "-" for standard output.  split: more files may follow.  NULL: *why says why. */
Output *output_open(const char *path, bool split, char *why, size_t why_size);
/* The file at hand gets the mode, and where possible the owner, of the file whose place it will take. */
bool output_keep_mode(Output *output);
/* Appends to the file at hand; long runs go out without being copied. */
bool output_put(Output *output, const void *bytes, size_t size);
/* Overwrites bytes already put into the file at hand.  Only where output_can_patch. */
bool output_patch(Output *output, u64 offset, const void *bytes, size_t size);
bool output_can_patch(const Output *output);
/* The file at hand as written so far, to be read back; unmapped by munmap.  Only where output_can_patch.  NULL:
 * failed. */
const u8 *output_map(Output *output);
/* Hands on what is buffered. */
bool output_flush(Output *output);
/* Forgets what the file at hand got behind `offset`.  false: that has left already, for something that is no file. */
bool output_rewind(Output *output, u64 offset);
/* Ends the file at hand and begins NAME(1).EXT, then NAME(2).EXT ... */
bool output_next(Output *output);
/* keep: gives all files their names; else, or when anything failed, removes them.  Frees the output.  false: *why. */
bool output_close(Output *output, bool keep, char *why, size_t why_size);

u64 output_offset(const Output *output); /* bytes put into the file at hand */
u64 output_bytes(const Output *output);  /* into all of them */
u32 output_files(const Output *output);
const char *output_path(const Output *output, u32 i);
const char *output_why(const Output *output);

#endif
