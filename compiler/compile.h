/* compile.h - from a filter's text to a verified program: the one door of compiler/.
 *
 * Comes after grammar/, before vm/.  Always true: NULL is returned exactly when at least one error is in diags. */
#ifndef COMPILER_COMPILE_H
#define COMPILER_COMPILE_H

#include "compiler/module.h"
#include "compiler/peer.h"
#include "compiler/sample.h"
#include "vm/program.h"

typedef struct {
    bool plain;            /* no folding, merging or reordering: the plainest program with the same answers */
    bool from_set, to_set; /* keep only frames with from <= time and time <= to */
    i64 from_ns, to_ns;    /* ns since 1970-01-01 UTC */
    bool lint;             /* also tell what the rules of lint.def find */
    SampleSource *sample;  /* NULL: tests are ordered by guesses */
    void *sample_user;
} CompileOptions;

/* Which code a line of the plan became; in the arena. */
typedef struct {
    Part *part;
    u32 count, room;
} Parts;

/* Stages in words, for `explain`; each is NULL or NUL-terminated text in the arena. */
typedef struct {
    const char *tree, *typed, *plan;
    Parts parts; /* of the plan, a part a line */
    Equivalent equivalent[PEER_COUNT];
} CompileStages;

/* source may be empty text when only from/to are wanted, or NULL: every frame.  Returns a program for program_free, or
 * NULL with errors in diags.  stages may be NULL. */
Program *filter_compile(Arena *arena, const Source *source, const CompileOptions *options, DiagList *diags,
                        CompileStages *stages);
/* The same for a filter of a sift file, whose names have been read by modules_load. */
Program *module_compile(Modules *set, Decl *filter, const CompileOptions *options, CompileStages *stages);
/* The road behind the checker, for a test that has been checked. */
Program *typed_compile(Arena *arena, Typed *typed, u64 hash, const CompileOptions *options, DiagList *diags,
                       CompileStages *stages);

/* A test of a filter that is made of no other tests. */
typedef struct {
    Span span;        /* in the set's source */
    Program *program; /* for program_free */
} Comparison;
enum { COMPARISONS_MAX = 2000 }; /* of one filter: those behind are left out */
/* comparisons.c: all of them, in the arena.  0 also where the filter does not compile. */
u32 module_comparisons(Modules *set, Decl *filter, Comparison **out);

#endif
