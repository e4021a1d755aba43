/* imports.c - see imports.h. */
#include "runtime/imports.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PKTSIFT_STD_FOLDER /* where `make install` puts the library; the Makefile says */
#define PKTSIFT_STD_FOLDER "/usr/local/share/pktsift/std"
#endif

static const char library_prefix[] = "std/";

/* The path from '/' without links, or NULL. */
static const char *real_path(Arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    const char *kept = real ? arena_copy(arena, real, strlen(real)) : NULL;

    free(real);
    return kept;
}

/* The folder of a path from '/'. */
static const char *folder_of(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == path ? "/" : arena_copy(arena, path, (size_t)(slash - path));
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    if (strcmp(folder, "/") == 0) return true;
    return strncmp(path, folder, len) == 0 && path[len] == '/';
}

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* -- where the library is ------------------------------------------------------------------------------------------- */

/* Beside the program that runs: as it was installed, or in a build tree. */
static const char *library_beside_program(Arena *arena)
{
    static const char *const places[] = {"../share/pktsift/std", "../runtime/std", "../../runtime/std"};
    const char *program = real_path(arena, "/proc/self/exe");

    for (size_t i = 0; program && i < COUNT_OF(places); i++) {
        const char *path = arena_print(arena, "%s/%s", folder_of(arena, program), places[i]);
        if (is_folder(path)) return real_path(arena, path);
    }
    return NULL;
}

static const char *find_library(Arena *arena)
{
    const char *set = getenv("PKTSIFT_STD");

    if (set && *set) return real_path(arena, set);
    const char *beside = library_beside_program(arena);
    return beside ? beside : real_path(arena, PKTSIFT_STD_FOLDER);
}

/* -- where the files are -------------------------------------------------------------------------------------------- */

static const char *find_root(Arena *arena, const char *folder, bool *in_repository)
{
    const char *at = folder;

    for (*in_repository = false;; at = folder_of(arena, at)) {
        *in_repository = access(arena_print(arena, "%s/.git", at), F_OK) == 0;
        if (*in_repository) return at;
        if (strcmp(at, "/") == 0) return folder;
    }
}

bool imports_init(Imports *imports, Arena *arena, const char *path)
{
    *imports = (Imports){.arena = arena, .here = real_path(arena, ".")};
    bool standard_input = strcmp(path, "-") == 0;

    if (!imports->here) return false;
    imports->key = standard_input ? arena_print(arena, "%s/-", imports->here) : real_path(arena, path);
    if (!imports->key) return false;
    imports->root = find_root(arena, folder_of(arena, imports->key), &imports->in_repository);
    imports->library = find_library(arena);
    const char *slash = strrchr(path, '/');
    imports->folder = slash ? arena_copy(arena, path, (size_t)(slash - path) + 1) : "";
    return true;
}

/* -- one import ----------------------------------------------------------------------------------------------------- */

static ModuleFile refuse(const char *why, const char *hint) { return (ModuleFile){.why = why, .hint = hint}; }

/* As messages call a file: so that it can be opened from here, and looks like the path that was given. */
static const char *shown(const Imports *imports, Arena *arena, const char *key)
{
    const char *folder = folder_of(arena, imports->key);
    size_t len = strlen(folder), here = strlen(imports->here);

    if (is_below(key, folder)) {
        const char *name = arena_print(arena, "%s%s", imports->folder, key + len + (len > 1));
        const char *real = real_path(arena, name);
        if (real && strcmp(real, key) == 0) return name;
    }
    return is_below(key, imports->here) ? key + here + (here > 1) : key;
}

/* "below the folder ...": where imports and captures of tests stay. */
static const char *confines(const Imports *imports)
{
    return imports->in_repository
               ? "below the folder that has .git in it"
               : "below the main file's folder, or below the one that has .git in it where there is one";
}

static ModuleFile outside(const Imports *imports, const char *path, const char *root)
{
    const char *hint = root == imports->library ? "files of the library import files of the library"
                                                : arena_print(imports->arena, "imports stay %s", confines(imports));

    return refuse(arena_print(imports->arena, "'%s' lies outside of %s", path, root), hint);
}

static ModuleFile missing(const Imports *imports, const char *path, const char *from, int why)
{
    Arena *arena = imports->arena;
    bool library = strncmp(path, library_prefix, sizeof library_prefix - 1) == 0;
    const char *hint = NULL;

    if (library && imports->library)
        hint = arena_print(arena, "neither in %s nor in the library, %s", from, imports->library);
    else if (library && getenv("PKTSIFT_STD"))
        hint = arena_print(arena, "PKTSIFT_STD is set to a folder that is not there: %s", getenv("PKTSIFT_STD"));
    else if (library)
        hint = "the library is not installed: set PKTSIFT_STD to the folder that holds its files";
    else if (why == ENOENT)
        hint = arena_print(arena, "paths start from the file they stand in: %s", from);
    return refuse(arena_print(arena, "'%s' cannot be read: %s", path, strerror(why)), hint);
}

static ModuleFile find(void *user, Arena *arena, const char *from_key, const char *path)
{
    const Imports *imports = user;
    const char *from = folder_of(arena, from_key), *root = imports->root, *real;
    size_t prefix = sizeof library_prefix - 1;
    struct stat status;

    if (path[0] == '/')
        return refuse("imports are relative to the file they stand in, and this path begins with '/'", NULL);
    if (imports->library && is_below(from_key, imports->library)) root = imports->library;
    real = real_path(arena, arena_print(arena, "%s/%s", from, path));
    int why = errno;
    if (!real && imports->library && strncmp(path, library_prefix, prefix) == 0) {
        root = imports->library;
        real = real_path(arena, arena_print(arena, "%s/%s", root, path + prefix));
    }
    if (!real) return missing(imports, path, from, why);
    if (!is_below(real, root)) return outside(imports, path, root);
    if (stat(real, &status) != 0 || !S_ISREG(status.st_mode))
        return refuse(arena_print(arena, "'%s' is no file that can be read", path), NULL);
    return (ModuleFile){.key = real, .name = shown(imports, arena, real)};
}

static const char *read_text(void *user, Arena *arena, const char *key, u32 *len, const char **why)
{
    FILE *file = fopen(key, "re");
    size_t most = (size_t)FILTER_BYTES_MAX + 1, room = 4096, used = 0;
    char *text = NULL;

    (void)user;
    for (size_t got = 1; file && got > 0 && used < most; used += got) {
        if (used == room || !text) {
            char *grown = arena_alloc(arena, room *= 2, 1);
            if (used) memcpy(grown, text, used);
            text = grown;
        }
        got = fread(text + used, 1, MIN_OF(room, most) - used, file);
    }
    bool good = file && !ferror(file);
    if (!good) *why = arena_print(arena, "%s", strerror(errno));
    if (file) fclose(file);
    *len = (u32)used;
    return good ? text : NULL;
}

/* -- other ways to a file ------------------------------------------------------------------------------------------- */

const char *imports_outside(const Imports *imports, Arena *arena, const char *path)
{
    const char *real = real_path(arena, path);

    if (!real || is_below(real, imports->root) || strcmp(real, imports->root) == 0) return NULL;
    return arena_print(arena, "'%s' lies outside of %s; captures of tests stay %s", path, imports->root,
                       confines(imports));
}

const char *imports_given(Arena *arena, const char *path)
{
    size_t prefix = sizeof library_prefix - 1;
    struct stat status;

    if (strncmp(path, library_prefix, prefix) != 0 || access(path, F_OK) == 0) return path;
    const char *library = find_library(arena);
    const char *real = library ? real_path(arena, arena_print(arena, "%s/%s", library, path + prefix)) : NULL;
    bool good = real && is_below(real, library) && stat(real, &status) == 0 && S_ISREG(status.st_mode);
    return good ? real : path;
}

ModuleLoader imports_loader(Imports *imports) { return (ModuleLoader){find, read_text, imports}; }
