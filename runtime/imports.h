/* imports.h - the files that `import` means: where they are looked for, and what may not be reached, by tests either.
 *
 * Between runtime/ and compiler/module.h, which opens no file itself.  Always true: a file that is given stands below the
 * root after every link and `..` is resolved; files of the library below the library's folder.  A key is a path from '/'. */
#ifndef RUNTIME_IMPORTS_H
#define RUNTIME_IMPORTS_H

#include "compiler/module.h"

typedef struct {
    Arena *arena;
    const char *root; /* the nearest folder above the main file with .git in it, or the file's own folder */
    const char
        *library;     /* what "std/" means where the importing file's folder has none; NULL: there is no such folder */
    const char *here; /* the current folder */
    const char *folder; /* the main file's, as its path was given: "", or with '/' at its end */
    bool in_repository; /* root has a .git */
    const char *key;    /* of the main file */
} Imports;

/* Prepares for the imports of this file ("-": standard input, whose imports start from the current folder).  Everything
 * is in the arena.  False when there is no such folder. */
bool imports_init(Imports *imports, Arena *arena, const char *path);
ModuleLoader imports_loader(Imports *imports);
/* Why the captures at this path, from the current folder, may not be reached by the file's tests; NULL where they may, or
 * where there is nothing.  The words are in the arena. */
const char *imports_outside(const Imports *imports, Arena *arena, const char *path);
/* A path that was given for a filter file: itself, or where nothing is there and it begins with std/ the file of the library
 * that an import of it would find.  In the arena, or `path`. */
const char *imports_given(Arena *arena, const char *path);

#endif
