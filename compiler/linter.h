/* linter.h - what the parts of lint share: lint.c, lint_same.c, lint_text.c, lint_offset.c, lint_file.c,
 * lint_allow.c; nothing else includes it.
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
    const Modules *set; /* NULL: a bare filter */
    Span part;          /* the file that is linted: findings elsewhere are not kept */
    Finding *finding;
    u32 count, room, lost;
    bool partial; /* something is in error: that there is no finding says nothing */
} Linter;

/* Adds a finding.  `hint` may be NULL; both texts are in the arena, or static.  `linter_full` asks whether it would be kept:
 * whoever words messages at a cost asks first. */
void linter_add(Linter *l, Rule rule, Span span, const char *text, const char *hint);
static inline bool linter_full(const Linter *l) { return l->count >= FINDINGS_MAX; }
const char *linter_quote(Linter *l, Span span);
/* "2:14", where a span begins; with the file's name in front when it is not the one that is linted. */
const char *linter_place(Linter *l, Span span);
/* Does this text name something that the file declares: does what it says depend on a parameter, an argument? */
bool linter_is_open(const Linter *l, Span span);

/* ---- lint_same.c: always-true and always-false of chains, same-test-twice ---- */

/* What is known of a test without a frame: also of sets that typed_verdict does not add up, of a value beside itself, and of
 * texts. */
Verdict linter_verdict(Arena *arena, const Typed *test);
/* A whole chain of AND or OR, chains of the same kind within it included. */
void lint_chain(Linter *l, const Typed *chain);

/* ---- lint_text.c: texts that no frame has ---- */

Verdict linter_text_verdict(const Typed *test);
/* What the text of a test can be, of which linter_text_verdict knows something; else NULL. */
const char *linter_text_hint(Linter *l, const Typed *test);

/* ---- lint_offset.c: byte-offset ---- */

/* A whole filter. */
void lint_offsets(Linter *l, const Typed *root);
/* The same filter, whose tests have no frame with more than `reach` bytes. */
void lint_reach(Linter *l, const Typed *root, u32 reach);

/* ---- lint_file.c: what a file declares ---- */

/* What the file says of a name that it declares. */
typedef struct {
    Span name;
    bool used;             /* an expression names it */
    bool matches, rejects; /* a filter: a test has a frame that it must match, must not match */
    bool reach_known;
    u32 reach; /* a filter: most bytes that a frame of its tests can have */
} Declared;

typedef struct {
    Linter *l;
    Declared *name; /* mask + 1 slots, an empty one has no length */
    u32 mask;
} Names;

void lint_statements(Linter *l, const Module *module, LintRun *run, Names *names);
/* The slot of a name, without case; an empty one when it is not declared. */
Declared *names_find(const Names *names, Span name);

/* ---- lint_allow.c: // sift:allow ---- */

/* Marks what the comments in this part of the source switch off; adds what is wrong with them. */
void lint_allow(Linter *l, Span part);

#endif
