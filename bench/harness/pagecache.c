/* pagecache.c - see pagecache.h.  Dirty pages cannot be dropped, so the file is written out first. */
#include "bench/harness/pagecache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

static bool resident_part(int fd, double *part)
{
    struct stat status;
    u64 page = (u64)sysconf(_SC_PAGESIZE), resident = 0;

    if (fstat(fd, &status) || !status.st_size) return false;
    u64 size = (u64)status.st_size, pages = (size + page - 1) / page;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    unsigned char *in_core = malloc(pages);
    bool known = bytes != MAP_FAILED && in_core && mincore(bytes, size, in_core) == 0;
    for (u64 i = 0; known && i < pages; i++) resident += in_core[i] & 1;
    *part = (double)resident / (double)pages;
    free(in_core);
    if (bytes != MAP_FAILED) munmap(bytes, size);
    return known;
}

static bool read_through(int fd)
{
    char *piece = malloc(PIECE);
    ssize_t n = piece ? 1 : -1;

    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* the largest readahead window */
    while (n > 0) n = read(fd, piece, PIECE);
    free(piece);
    return n == 0;
}

bool pagecache_reread(const char *path, CacheState *state)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0) return false;
    bool done = fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0 &&
                resident_part(fd, &state->evicted_to) && read_through(fd) && resident_part(fd, &state->read_back_to);
    close(fd);
    return done;
}
