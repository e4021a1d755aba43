/* pagecache.c - see pagecache.h. */
#include "runtime/cli/pagecache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

/* What cannot be known counts as there. */
static double resident_part(int fd)
{
    struct stat status;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), resident = 0;
    if (fstat(fd, &status) != 0 || status.st_size <= 0) return 0;
    size_t size = (size_t)status.st_size, pages = (size + page - 1) / page;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    unsigned char *in_core = calloc(pages, 1);
    bool known = bytes != MAP_FAILED && in_core && mincore(bytes, size, in_core) == 0;
    for (size_t i = 0; known && i < pages; i++) resident += in_core[i] & 1;
    free(in_core);
    if (bytes != MAP_FAILED) munmap(bytes, size);
    return known ? (double)resident / (double)pages : 1;
}

/* Dirty pages cannot be dropped, so the file is written out first. */
bool pagecache_evict(int fd, double *stayed)
{
    if (fsync(fd) != 0 && errno != EROFS && errno != EINVAL) return false;
    int failed = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    errno = failed;
    *stayed = resident_part(fd);
    return failed == 0;
}

void pagecache_read(int fd)
{
    char *piece = malloc(PIECE);
    off_t at = 0;
    ssize_t n = piece ? 1 : 0;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* the largest readahead window */
    while (n > 0) at += n = pread(fd, piece, PIECE, at);
    free(piece);
}
