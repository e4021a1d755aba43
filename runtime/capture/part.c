/* part.c - see part.h.
 *
 * The file is read in pieces, always into the same place; what is left of the piece before, the beginning of a record, is
 * moved in front of it. */
#include "runtime/capture/part.h"

#include <sys/mman.h>

enum {
    HUGE_PAGE_BYTES = 2 << 20,
    /* A piece ends so far behind a multiple of its size: what is copied as it stands goes out up to there, little left over. */
    OVERHANG_BYTES = 16 << 10,
    LEFT_BYTES_MAX = 320 << 10, /* more than the longest frame of libpcap */
    /* Of whole pages: aligned like the pages of the file, the kernel copies fastest. */
    PLACE_BYTES = LEFT_BYTES_MAX + PIECE_BYTES + OVERHANG_BYTES,
};

PartRoom part_room(unsigned places)
{
    size_t pages = ((size_t)places * PLACE_BYTES + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES;
    size_t size = (pages + 1) * HUGE_PAGE_BYTES; /* one more, for a place to begin where a page does */
    u8 *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (bytes == MAP_FAILED) return (PartRoom){0};
    u8 *first = bytes + (HUGE_PAGE_BYTES - (uintptr_t)bytes % HUGE_PAGE_BYTES) % HUGE_PAGE_BYTES;
    madvise(first, pages * HUGE_PAGE_BYTES, MADV_HUGEPAGE); /* a wish */
    return (PartRoom){bytes, first, size};
}

u8 *part_place(const PartRoom *room, unsigned number)
{
    return room->bytes ? room->places + (size_t)number * PLACE_BYTES : NULL;
}

void part_room_release(PartRoom *room)
{
    if (room->bytes) munmap(room->bytes, room->size);
    *room = (PartRoom){0};
}

bool part_is_possible(const Capture *capture) { return capture->format->streams && capture->end == capture->size; }

bool part_holds(const FilePart *part, const CaptureFile *file, u64 at)
{
    const Capture *capture = &part->capture;

    return capture->serial == file->capture.serial && at >= capture->origin && at < capture->size;
}

bool part_is_used(const FilePart *part) { return part->capture.size > 0; }

/* Of the piece that begins at `from`: where a page of the file ends. */
static u64 piece_end(u64 from, u64 piece)
{
    u64 pieces = from < OVERHANG_BYTES ? 1 : (from - OVERHANG_BYTES) / piece + 1;

    return pieces * piece + OVERHANG_BYTES;
}

bool part_move(FilePart *part, const CaptureFile *file, u64 at, u64 piece)
{
    u64 left = part_holds(part, file, at) ? part->capture.size - at : 0, from = at + left;

    if (left > LEFT_BYTES_MAX || from >= file->size || file->fd < 0 || !part->buffer) return false;
    u8 *place = part->buffer + LEFT_BYTES_MAX;
    if (left) memmove(place - left, capture_at(&part->capture, at), left);
    u64 size = MIN_OF(piece_end(from, piece), file->size) - from;

    part->capture = file->capture;
    part->capture.bytes = place - left;
    part->capture.origin = at;
    part->capture.size = from + size;
    part->capture.more = part->capture.size < file->size;
    if (read_exactly(file->fd, place, from, size)) return true;
    part->capture.serial = 0; /* of no file */
    return false;
}
