/* file.h - a capture file, mapped for reading.
 *
 * The first stage of the road: a path becomes bytes and a format that knows them.  Always true: the mapping stays
 * readable until it is closed, whatever happens to the file.  A page that is gone (the file was shortened, the disk failed)
 * reads as zeros, and capture_file_readable says from which byte on nothing can be trusted; whoever uses bytes asks it
 * after reading them and before believing them. */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include "runtime/readers/reader.h"

/* Damage.offset of trouble that has no place in the file: it cannot be opened. */
#define DAMAGE_NO_OFFSET UINT64_MAX

typedef struct Guard Guard; /* a mapping as the SIGBUS handler knows it */

typedef struct {
    Capture capture;
    int fd;   /* -1 once released */
    u64 size; /* when it was opened */
    u64 device, inode;
    void *map;
    Guard *guard;
    bool ready; /* the format has opened it */
    bool large; /* more than half of the machine's memory: it must not push everything else out of there */
} CaptureFile;

typedef enum { PATH_FILE, PATH_STREAM, PATH_DIRECTORY, PATH_MISSING } PathKind;

/* What stands behind a path ("-": standard input); PATH_MISSING leaves errno. *size, when not NULL: bytes of a file. */
PathKind path_kind(const char *path, u64 *size);

/* Opens, maps, probes, reads the header.  false: *damage says why, *file is closed. */
bool capture_file_open(CaptureFile *file, const char *path, Damage *damage);
/* The same for a descriptor that this call takes over; for spooled streams. */
bool capture_file_adopt(CaptureFile *file, const char *path, int fd, Damage *damage);
/* Gives the descriptor back and keeps the mapping; afterwards a file that shrinks is noticed only where it is read. */
void capture_file_release_fd(CaptureFile *file);
void capture_file_close(CaptureFile *file);

/* Part number `part` of `parts` equal ones will be looked at now, in no particular order, and those behind it soon: in the
 * mapping, or by reading it.  true: it was not in the page cache, and will be. */
bool capture_file_expect(const CaptureFile *file, u64 part, u64 parts, bool mapped);
/* What capture_file_expect had to bring will not be needed soon: of a large file it leaves the page cache. */
void capture_file_leave(const CaptureFile *file, u64 part, u64 parts);

/* Bytes from the start that are still what they were: file->size, or less.  One system call. */
u64 capture_file_readable(const CaptureFile *file);
/* Was a page missing where the file was looked at?  Costs nothing, and does not see a loss that nobody ran into. */
bool capture_file_faulted(const CaptureFile *file);
/* "shrank while it was being read: expected 4096 bytes, nothing readable from offset 1000". */
void capture_file_describe_loss(const CaptureFile *file, u64 readable, Damage *damage);

/* `size` bytes from byte `from` on.  false: the file has not so many, or cannot be read. */
bool read_exactly(int fd, u8 *into, u64 from, size_t size);
/* First bytes of a file, for probing; returns how many, 0 on any failure. */
size_t capture_file_peek(const char *path, u8 *bytes, size_t size);

/* Writes *damage, printf-like; always false, to be returned. */
bool trouble(Damage *damage, u64 offset, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
