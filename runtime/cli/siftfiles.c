/* siftfiles.c - see siftfiles.h. */
#include "runtime/cli/siftfiles.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/cli/talk.h"

/* Files that cannot be looked at are none of others. */
typedef struct FileKey {
    bool known;
    dev_t device;
    ino_t inode;
} FileKey;

static FileKey key_of(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) return (FileKey){0};
    return (FileKey){true, status.st_dev, status.st_ino};
}

static bool is_there(const SiftFiles *files, FileKey key)
{
    for (size_t i = 0; key.known && i < files->count; i++)
        if (files->key[i].known && files->key[i].inode == key.inode && files->key[i].device == key.device) return true;
    return false;
}

static void add(SiftFiles *files, const char *path)
{
    FileKey key = key_of(path);
    if (is_there(files, key)) return;
    if (files->count == files->room) {
        files->room = files->room ? 2 * files->room : 16;
        files->path = realloc(files->path, files->room * sizeof *files->path);
        files->key = realloc(files->key, files->room * sizeof *files->key);
        if (!files->path || !files->key) die("out of memory");
    }
    files->key[files->count] = key;
    if (!(files->path[files->count++] = strdup(path))) die("out of memory");
}

void siftfiles_free(SiftFiles *files)
{
    for (size_t i = 0; i < files->count; i++) free(files->path[i]);
    free(files->path);
    free(files->key);
    *files = (SiftFiles){0};
}

/* 2 before 10, as captures in a folder are sorted. */
static int by_name(const FTSENT **a, const FTSENT **b) { return strverscmp((*a)->fts_name, (*b)->fts_name); }

static bool is_sift(const FTSENT *entry)
{
    return entry->fts_namelen > 5 && strcmp(entry->fts_name + entry->fts_namelen - 5, ".sift") == 0;
}

/* Links are followed, but not round in circles; what is hidden (.git) is passed over. */
static bool add_folder(SiftFiles *files, char *folder)
{
    size_t found = 0;
    bool good = true;
    FTS *tree = fts_open((char *[]){folder, NULL}, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!tree) die("out of memory");
    for (const FTSENT *entry; (entry = fts_read(tree));) {
        bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';
        if (hidden && entry->fts_info == FTS_D) fts_set(tree, (FTSENT *)(uintptr_t)entry, FTS_SKIP);
        if (entry->fts_info == FTS_F && !hidden && is_sift(entry)) {
            add(files,
                entry->fts_path + (strncmp(entry->fts_path, "./", 2) == 0 ? 2 : 0)); /* ".": as a shell's * would */
            found++;
        }
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR) {
            say_error("%s: %s", entry->fts_path, strerror(entry->fts_errno));
            good = false;
        }
    }
    fts_close(tree);
    if (good && found == 0) {
        say_error("%s: no .sift file in this folder, nor below it", folder);
        good = false;
    }
    return good;
}

bool siftfiles_add(SiftFiles *files, const char *operand)
{
    struct stat status;
    size_t len = strlen(operand);
    if (stat(operand, &status) != 0 || !S_ISDIR(status.st_mode)) {
        add(files, operand);
        return true;
    }
    while (len > 1 && operand[len - 1] == '/') len--; /* else paths have two of them */
    char *folder = strndup(operand, len);
    if (!folder) die("out of memory");
    bool good = add_folder(files, folder);
    free(folder);
    return good;
}
