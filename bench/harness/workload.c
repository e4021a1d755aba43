/* workload.c - see workload.h. */
#include "bench/harness/workload.h"
#include "bench/harness/fail.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *prefix;
    u64 bytes_min;
} kinds[] = {
#define WORKLOAD(id, prefix, bytes_min, meaning) {prefix, bytes_min},
#include "bench/bars.def"
};

u64 counts_find(const Counts *counts, const char *name)
{
    for (u32 i = 0; i < counts->counts; i++)
        if (!strcmp(counts->count[i].name, name)) return counts->count[i].count;
    die("%s: no count named '%s'; write the capture anew", counts->path, name);
}

static void read_counts(Counts *counts, const char *path)
{
    unsigned long long count;

    snprintf(counts->path, sizeof counts->path, "%.4100s.counts", path);
    FILE *file = fopen(counts->path, "r");
    if (!file) die("%s: %s (mkcapture writes it)", counts->path, strerror(errno));
    while (counts->counts < COUNTS_MAX) {
        Count *next = &counts->count[counts->counts];
        if (fscanf(file, "%47s %llu", next->name, &count) != 2) break;
        next->count = count;
        counts->counts++;
    }
    fclose(file);
    counts->frames = counts_find(counts, "frames");
}

static void add_file(Workload *workload, const char *path)
{
    struct stat status;
    CacheState cache;

    if (workload->files == FILES_MAX) die("%s: more than %d files", workload->path, FILES_MAX);
    if (stat(path, &status)) die("%s: %s", path, strerror(errno));
    if (!pagecache_reread(path, &cache)) die("%s: cannot evict and read back: %s", path, strerror(errno));
    workload->cache.evicted_to = MAX_OF(workload->cache.evicted_to, cache.evicted_to);
    workload->cache.read_back_to = MIN_OF(workload->cache.read_back_to, cache.read_back_to);
    workload->bytes += (u64)status.st_size;
    workload->file[workload->files++] = strdup(path);
}

static void add_folder(Workload *workload)
{
    char pattern[4200];
    glob_t found;

    snprintf(pattern, sizeof pattern, "%.4000s/*.pcap", workload->path);
    if (glob(pattern, 0, NULL, &found)) die("%s: no captures in it", workload->path);
    for (size_t i = 0; i < found.gl_pathc; i++) add_file(workload, found.gl_pathv[i]);
    globfree(&found);
}

static void tell_kind(Workload *workload)
{
    const char *slash = strrchr(workload->path, '/'), *base = slash ? slash + 1 : workload->path;

    snprintf(workload->name, sizeof workload->name, "%.*s", (int)strcspn(base, "."), base);
    workload->kind = OTHER;
    workload->bytes_min = UINT64_MAX;
    for (u32 i = 0; i < COUNT_OF(kinds); i++) {
        if (strncmp(workload->name, kinds[i].prefix, strlen(kinds[i].prefix)) != 0) continue;
        workload->kind = 1u << i;
        workload->bytes_min = kinds[i].bytes_min;
    }
}

void workload_open(Workload *workload, const char *path)
{
    struct stat status;

    memset(workload, 0, sizeof *workload);
    workload->path = path;
    workload->cache.read_back_to = 1;
    tell_kind(workload);
    if (stat(path, &status)) die("%s: %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        add_folder(workload);
    else
        add_file(workload, path);
    read_counts(&workload->counts, path);
    snprintf(workload->start, sizeof workload->start, "%.4100s.start", path);
    if (access(workload->start, R_OK) == 0)
        read_counts(&workload->start_counts, workload->start);
    else
        workload->start[0] = '\0';
}

void workload_close(Workload *workload)
{
    for (u32 i = 0; i < workload->files; i++) free(workload->file[i]);
    workload->files = 0;
}
