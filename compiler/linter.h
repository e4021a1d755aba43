/* linter.h - what the parts of lint share: lint.c, lint_same.c, lint_offset.c, lint_file.c, lint_allow.c; nothing else includes it.
 *
 * Always true: rules only add findings, in any order; lint.c sorts them, takes out what is allowed, and hands them on. */
#ifndef COMPILER_LINTER_H
#define COMPILER_LINTER_H

#include "compiler/lint.h"

typedef struct {
    Diag diag;
    Rule rule;
    u32 order; /* of being found, among those of one place */
    bool allowed;
} Finding;

typedef struct {
    Arena *arena;
    const Source *source;
    Finding *finding;
    u32 count, room, lost;
} Linter;

/* Adds a finding.  `hint` may be NULL; both texts are in the arena, or static.  `linter_full` asks whether it would be kept:
 * whoever words messages at a cost asks first. */
void linter_add(Linter *l, Rule rule, Span span, const char *text, const char *hint);
static inline bool linter_full(const Linter *l) { return l->count >= FINDINGS_MAX; }
const char *linter_quote(Linter *l, Span span);
/* "2:14", where a span begins. */
const char *linter_place(Linter *l, Span span);

/* ---- lint_same.c: always-true and always-false of chains, same-test-twice ---- */

/* A whole chain of AND or OR, chains of the same kind within it included. */
void lint_chain(Linter *l, const Typed *chain);

/* ---- lint_offset.c: byte-offset ---- */

/* A whole filter. */
void lint_offsets(Linter *l, const Typed *root);

/* ---- lint_file.c: what a file declares ---- */

void lint_statements(Linter *l, const SiftFile *file, LintRun *run);

/* ---- lint_allow.c: // sift:allow ---- */

/* Marks what the comments in this part of the source switch off; adds what is wrong with them. */
void lint_allow(Linter *l, Span part);

#endif
