/* filterfile.h - a sift file with all that it imports, loaded and kept: for compiling a filter of it, listing what is in it,
 * and running its tests.
 *
 * Always true: `set` points into the struct, which must not be moved; what is wrong is in `diags` until it is said. */
#ifndef RUNTIME_FILTERFILE_H
#define RUNTIME_FILTERFILE_H

#include "compiler/compile.h"
#include "runtime/imports.h"
#include "runtime/pktsift.h"

typedef struct {
    Arena arena;
    DiagList diags;
    Imports imports;
    Modules set;
    const char *path;
} FilterFile;

/* path: where the text comes from; name: as messages call it.  False after an error that was said; an error that stands in
 * the text or an import is in diags, and that is true.  filterfile_free in any case. */
bool filterfile_load(FilterFile *file, const char *path, const char *name, const char *text, size_t len,
                     const pks_listener *listener);
/* As filterfile_load, from the file; false as well where it is no sift file. */
bool filterfile_open(FilterFile *file, const char *path, const pks_listener *listener);
void filterfile_free(FilterFile *file);

#endif
