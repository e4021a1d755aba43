/* lint.h - what is legal and yet likely a mistake: the rules of lint.def, over the trees of a filter or a filter file.
 *
 * Beside the road, between check.c and fold.c: it reads the syntax tree (shapes) and the typed tree (meanings) and adds
 * warnings and notes, each with its rule.  Always true: it changes no tree, so a filter compiles to the same program with
 * it and without; and nothing that `// sift:allow` switches off for its line is told. */
#ifndef COMPILER_LINT_H
#define COMPILER_LINT_H

#include "compiler/module.h"

enum { FINDINGS_MAX = 1000 }; /* kept of one file; past them they are only counted */

typedef enum {
#define RULE(id, ...) RULE_##id,
#include "compiler/lint.def"
    RULE_COUNT
} Rule;

typedef struct {
    const char *name; /* "bare-flag" */
    DiagLevel level;
    bool once; /* only the first place in a file is told */
    const char *meaning, *help;
} RuleInfo;
extern const RuleInfo rule_info[RULE_COUNT];

/* -1 when there is none of that name. */
int rule_find(const char *name, size_t len);

/* One bare filter, of whose trees nothing is in error.  Warnings that are in diags already count as findings too. */
void lint(Arena *arena, const Source *source, const Node *tree, const Typed *typed, DiagList *diags);
/* The same for a filter of a file. */
void lint_decl(Modules *set, const Decl *filter, const Typed *typed);

/* What files of one run have to know of each other, and of the world.  Starts as { .now_ns = ... }. */
typedef struct {
    i64 now_ns; /* the day that @expires is held against */
    /* The snap length of the captures that a test names, the largest; 0: not known.  `key`: the file's that names them.
     * NULL: never known. */
    u32 (*snap_length)(void *user, const char *key, const char *path);
    /* Why captures that a test names cannot be read, in the arena; NULL: they can.  Or NULL: never asked. */
    const char *(*capture_fault)(void *user, Arena *arena, const char *key, const char *path);
    void *user;
    /* Does anything know the link type?  NULL: never asked. */
    bool (*linktype_known)(u32 linktype);
    Arena arena; /* of the rest */
    struct LintId **ids;
    u32 id_count, id_slots;
} LintRun;
void lint_run_release(LintRun *run);

/* The main file of a set, whose filters were compiled; what is in error is passed over, and what hangs on it. */
void lint_file(Modules *set, LintRun *run);

#endif
