/* part.h - a stretch of a capture file, read into memory instead of looked at in the mapping.
 *
 * In place of the mapping where most of what is looked at will be written: what was read lies in the processor's cache when
 * it is copied, and no page of it has to be mapped.  Always true: a part's bytes were the file's when they were read, if the
 * file is as long afterwards, and nothing can take them away any more; positions are those of the file, so a part is
 * walked like a stream's window. */
#ifndef CAPTURE_PART_H
#define CAPTURE_PART_H

#include "runtime/capture/file.h"

typedef struct {
    Capture capture; /* of the file, with the part's bytes; `more` where the file goes on behind them */
    u8 *buffer;      /* a place of a PartRoom's; NULL: none, and nothing can be read */
} FilePart;

/* Memory for the parts of several threads, in huge pages where the kernel has some: a page fault for each 4 KiB takes longer
 * than reading what goes there. */
typedef struct {
    u8 *bytes, *places; /* as it was mapped; where the first place begins.  NULL: no memory */
    size_t size;
} PartRoom;
PartRoom part_room(unsigned places);
/* Place number `number`, from 0. */
u8 *part_place(const PartRoom *room, unsigned number);
void part_room_release(PartRoom *room);

/* Bytes read at once, at most: half of a processor's second-level cache, and what a file system takes in one folio where
 * they are written as well (writers/output.c). */
enum { PIECE_BYTES = 512 << 10, PIECE_BYTES_MIN = 64 << 10 };

/* Can this capture be walked in parts? */
bool part_is_possible(const Capture *capture);
/* Does the part stand in this file, at or before `at`, and end behind it? */
bool part_holds(const FilePart *part, const CaptureFile *file, u64 at);
/* Was anything read into it? */
bool part_is_used(const FilePart *part);
/* Moves the part so that it begins at `at` and goes on behind what it held, by at most a `piece` of PIECE_BYTES_MIN
 * to PIECE_BYTES, and a little.  false: it cannot, for want of memory, because
 * a record is longer than a part, or because the file is no longer what it was; then look at the mapping. */
bool part_move(FilePart *part, const CaptureFile *file, u64 at, u64 piece);

#endif
