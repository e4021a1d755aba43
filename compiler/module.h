/* module.h - sift files and what they import: names that stand for bodies.
 *
 * In front of check.c, for filters that come from a file with a first line "// sift 1".  All files of one set are one
 * Source, a part each.  Names are macros over typed trees: checker and machine know only what they stand for.
 * Always true after modules_load: no import and no name is made of itself; a Decl whose statement or body is at fault is
 * `bad`, and its uses say nothing more. */
#ifndef COMPILER_MODULE_H
#define COMPILER_MODULE_H

#include "compiler/typed.h"
#include "grammar/file.h"

enum {
    MODULES_MAX = 1000,            /* files in one set */
    MODULES_BYTES_MAX = 64 << 20,  /* of all of them */
    EXPANSION_NODES_MAX = 1 << 20, /* of one filter with every name written out */
};

/* What a loader says of a path behind `import`. */
typedef struct {
    const char *key;        /* the file's own name, the same however it is reached; its imports start from it */
    const char *name;       /* as messages call it */
    const char *why, *hint; /* in the place of these: why there is none; hint may be NULL */
} ModuleFile;

/* Files come in through this: the compiler opens none itself.  What it gives lives in the arena it gets. */
typedef struct {
    ModuleFile (*find)(void *user, Arena *arena, const char *from_key, const char *path);
    /* The file's text, at most FILTER_BYTES_MAX of it.  NULL: *why says why. */
    const char *(*read)(void *user, Arena *arena, const char *key, u32 *len, const char **why);
    void *user;
} ModuleLoader;

typedef struct Module Module;

typedef struct {
    const Statement *statement; /* IMPORT, PARAM, LET, FILTER */
    Module *module;             /* where it stands */
    Module *import;             /* IMPORT: what it brings; NULL after an error */
    const Node *body;           /* LET, FILTER: its own; PARAM: its value now */
    bool bad;                   /* an error in it was told */
    bool used;                  /* something that was checked named it */
    bool checked;
} Decl;

struct Module {
    const char *key, *name;
    Span part;
    SiftFile *file;
    Decl *decls; /* in the order of the file */
    u32 decl_count;
    u32 *slots; /* hash of names: 1 + index in decls, 0 empty */
    u32 slot_mask;
};

typedef struct {
    Arena *arena;
    DiagList *diags;
    ModuleLoader loader;
    Source source;     /* every file, and every value from the command line */
    SourcePart *parts; /* source.parts */
    char *text;        /* source.text */
    size_t text_room;
    u32 part_room;
    Module *modules[MODULES_MAX]; /* the main file first */
    u32 count;
    u64 nodes; /* read so far of bodies that names stand for */
} Modules;

/* Prepares diags for what is told of the set; arena, diags and loader's user must outlive it. */
void modules_init(Modules *set, Arena *arena, const ModuleLoader *loader, DiagList *diags);
/* The main file, with all that it imports.  False when something is wrong anywhere; the set can be used still, for
 * every statement that is sound. */
bool modules_load(Modules *set, const char *key, const char *name, const char *text, u32 len);
/* Gives a parameter its value, from the command line: "port", "0xD0EF"; a dot leads into an import, "common.port".  False
 * after an error, told of a text called "-D port". */
bool modules_define(Modules *set, const char *name, const char *value);
/* The same from a `with` of a test, whose value modules_load has found sound. */
void module_with(const Modules *set, Module *module, const Entry *with);

/* What modules_load made of the declarations and what was told till then, to come back to: a test gives parameters values
 * of its own, which may be wrong where they are used. */
typedef struct {
    Decl *decls; /* of all files, one behind the other */
    u32 diag_count, errors, mild_lost;
} ModulesMark;
void modules_mark(const Modules *set, ModulesMark *mark);
void modules_back(Modules *set, const ModulesMark *mark);

/* A name that a file declares itself, without case; NULL: it does not. */
Decl *module_find(const Modules *set, const Module *module, const char *name, size_t len);
/* The filter that a test is for; NULL when there is none, which was told. */
Decl *module_test_filter(const Modules *set, const Module *module, const Statement *test);
/* The filter of the main file called `name`; NULL name: `main`, or the only one.  NULL after an error. */
Decl *modules_choose(Modules *set, const char *name);

/* A filter, or a let without arguments, of the main file as a typed tree; NULL after an error. */
Typed *module_check(Modules *set, Decl *decl);
/* Checks every body of the main file that stands alone (all but those with arguments) and was not checked yet; ends early
 * where that takes more than one filter may have. */
void modules_check_rest(Modules *set);

#endif
