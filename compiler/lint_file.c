/* lint_file.c - rules on what a filter file declares: names nobody uses, metadata, tests that are missing.
 *
 * Part of lint.c.  These read statements, not meanings: a name is what the text says, so a file is linted the same whatever
 * the values of its parameters are.  Always true: of a name's dotted words the first alone is looked up, as the checker
 * does; what stands in other files is not read. */
#include "compiler/linter.h"
#include "grammar/literal.h"
#include "parser.h"

#include <ctype.h>
#include <strings.h>

static const char *text_at(const Linter *l, Span span) { return l->source->text + span.at; }

static bool same_word(const Linter *l, Span a, Span b)
{
    return a.len == b.len && strncasecmp(text_at(l, a), text_at(l, b), a.len) == 0;
}

/* ---- names that are used ---- */

/* Found by hash: files may have many. */

Declared *names_find(const Names *names, Span name)
{
    u32 hash = 2166136261u;
    for (u32 i = 0; i < name.len; i++) hash = (hash ^ ((u8)text_at(names->l, name)[i] | 0x20u)) * 16777619u;
    for (u32 i = hash;; i++) {
        Declared *slot = &names->name[i & names->mask];
        if (slot->name.len == 0 || same_word(names->l, slot->name, name)) return slot;
    }
}

static Names names_of(Linter *l, const SiftFile *file)
{
    Names names = {.l = l, .mask = 3};
    while (names.mask < 2 * file->count) names.mask = 2 * names.mask + 1;
    names.name = NEW_ARRAY(l->arena, Declared, names.mask + 1);
    for (const Statement *s = file->first; s; s = s->next)
        if (s->kind != STATEMENT_TEST && s->name.len) names_find(&names, s->name)->name = s->name;
    return names;
}

static Span first_word(const Linter *l, Span name)
{
    const char *dot = memchr(text_at(l, name), '.', name.len);
    return dot ? (Span){name.at, (u32)(dot - text_at(l, name))} : name;
}

/* Which argument of a let the word is, counted from 0; -1: none. */
static int argument_of(const Linter *l, const Statement *s, Span word)
{
    int i = 0;
    for (const Words *arg = s->args; arg; arg = arg->next, i++)
        if (same_word(l, arg->span, word)) return i;
    return -1;
}

static void use_names(const Names *names, const Statement *s, const Node *node, bool *args_used)
{
    if (node->kind == NODE_NAME) {
        Span word = first_word(names->l, node->span);
        int arg = word.len ? argument_of(names->l, s, word) : -1;
        if (arg >= 0)
            args_used[arg] = true;
        else if (word.len)
            names_find(names, word)->used = true;
    }
    for (const Node *child = node->first; child; child = child->next) use_names(names, s, child, args_used);
}

static void lint_arguments(Linter *l, const Statement *s, const bool *used)
{
    for (const Words *arg = s->args; arg; arg = arg->next, used++)
        if (!*used)
            linter_add(l, RULE_UNUSED_PARAM, arg->span,
                       arena_print(l->arena, "'%s' makes no use of its argument '%s'", linter_quote(l, s->name),
                                   linter_quote(l, arg->span)),
                       NULL);
}

/* What a let or a param of a file without filters is for stands in the files that import it. */
static bool is_library(const SiftFile *file)
{
    for (const Statement *s = file->first; s; s = s->next)
        if (s->kind == STATEMENT_FILTER) return false;
    return true;
}

static void lint_unused(Linter *l, const SiftFile *file, const Names *names)
{
    bool library = is_library(file);
    for (const Statement *s = file->first; s; s = s->next) {
        bool args_used[SIFT_ARGS_MAX] = {false};
        if (!s->body || s->kind == STATEMENT_PARAM) continue;
        use_names(names, s, s->body, args_used);
        lint_arguments(l, s, args_used);
    }
    for (const Statement *s = file->first; s; s = s->next) {
        int rule = s->kind == STATEMENT_LET      ? RULE_UNUSED_LET
                   : s->kind == STATEMENT_PARAM  ? RULE_UNUSED_PARAM
                   : s->kind == STATEMENT_IMPORT ? RULE_UNUSED_IMPORT
                                                 : -1;
        if (rule < 0 || s->name.len == 0 || names_find(names, s->name)->used) continue;
        if (library && s->kind != STATEMENT_IMPORT) continue;
        linter_add(l, (Rule)rule, s->name,
                   arena_print(l->arena, "no expression of this file uses '%s'", linter_quote(l, s->name)), NULL);
    }
}

/* ---- metadata ---- */

static const char *const label_key[] = {
#define LABEL(id, key, meaning) key,
#include "grammar/labels.def"
};
enum {
#define LABEL(id, key, meaning) LABEL_##id,
#include "grammar/labels.def"
    LABEL_COUNT
};

static int label_kind(const Linter *l, const Label *label)
{
    for (int i = 0; i < LABEL_COUNT; i++)
        if (strlen(label_key[i]) == label->key.len &&
            strncasecmp(text_at(l, label->key), label_key[i], label->key.len) == 0)
            return i;
    return -1;
}

/* What a finding points at: the key with its '@', or the value where there is one. */
static Span key_span(const Label *label) { return (Span){label->key.at - 1, label->key.len + 1}; }
static Span value_span(const Label *label) { return label->value.len ? label->value : key_span(label); }

static bool is_day(int year, int month, int day)
{
    static const u8 days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

static bool digits(const char *text, int count, int *number)
{
    for (*number = 0; count > 0; count--, text++) {
        if (*text < '0' || *text > '9') return false;
        *number = 10 * *number + (*text - '0');
    }
    return true;
}

/* YYYY-MM-DD. */
static bool read_day(const Linter *l, Span value, int *year, int *month, int *day)
{
    const char *text = text_at(l, value);
    return value.len == 10 && text[4] == '-' && text[7] == '-' && digits(text, 4, year) && digits(text + 5, 2, month) &&
           digits(text + 8, 2, day) && is_day(*year, *month, *day);
}

/* Days since 1970-01-01 in the Gregorian calendar; years begin with March, so that the leap day is their last. */
static i64 day_number(int year, int month, int day)
{
    i64 y = year - (month < 3), m = (month + 9) % 12;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static void lint_expires(Linter *l, const Label *label, i64 today)
{
    int year, month, day;
    if (!read_day(l, label->value, &year, &month, &day)) {
        linter_add(l, RULE_BAD_METADATA, value_span(label), "@expires is a day that exists, written YYYY-MM-DD", NULL);
        return;
    }
    i64 since = today - day_number(year, month, day);
    if (since <= 0) return;
    linter_add(l, RULE_EXPIRED, label->value,
               arena_print(l->arena, "this expired %lld day%s ago", (long long)since, since == 1 ? "" : "s"), NULL);
}

static bool value_is(const Linter *l, const Label *label, const char *word)
{
    return strlen(word) == label->value.len && memcmp(text_at(l, label->value), word, label->value.len) == 0;
}

static void lint_level(Linter *l, const Label *label)
{
    if (value_is(l, label, "info") || value_is(l, label, "warn") || value_is(l, label, "error")) return;
    static const char *const levels[] = {"info", "warn", "error"};
    const char *near = nearest_name(text_at(l, label->value), label->value.len, levels, COUNT_OF(levels));
    linter_add(l, RULE_BAD_METADATA, value_span(label), "@level is info, warn or error",
               near ? arena_print(l->arena, "did you mean '%s'?", near) : NULL);
}

static void lint_id(Linter *l, const Label *label)
{
    const char *text = text_at(l, label->value);
    for (u32 i = 0; i < label->value.len; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || c == '-' || c == '_' || c == '.') continue;
        linter_add(l, RULE_BAD_METADATA, label->value, "an @id has letters, digits, '-', '_' and '.', and no blanks",
                   NULL);
        return;
    }
}

static void lint_label(Linter *l, const Label *label, i64 today)
{
    int kind = label_kind(l, label);
    if (kind < 0) {
        const char *near = nearest_name(text_at(l, label->key), label->key.len, label_key, LABEL_COUNT);
        linter_add(l, RULE_UNKNOWN_METADATA, key_span(label),
                   arena_print(l->arena, "no metadata is named '@%s'", linter_quote(l, label->key)),
                   near ? arena_print(l->arena, "did you mean '@%s'?", near) : NULL);
        return;
    }
    if (label->value.len == 0) {
        linter_add(l, RULE_BAD_METADATA, key_span(label),
                   arena_print(l->arena, "'@%s' without a value", linter_quote(l, label->key)), NULL);
        return;
    }
    if (kind == LABEL_EXPIRES) lint_expires(l, label, today);
    if (kind == LABEL_LEVEL) lint_level(l, label);
    if (kind == LABEL_ID) lint_id(l, label);
}

static void lint_labels(Linter *l, const Label *list, i64 today)
{
    const Label *first[LABEL_COUNT] = {NULL};
    for (const Label *label = list; label; label = label->next) {
        int kind = label_kind(l, label);
        lint_label(l, label, today);
        if (kind < 0) continue;
        if (first[kind])
            linter_add(l, RULE_BAD_METADATA, key_span(label),
                       arena_print(l->arena, "'@%s' stands at %s already", linter_quote(l, label->key),
                                   linter_place(l, key_span(first[kind]))),
                       NULL);
        else
            first[kind] = label;
    }
}

/* Only known keys: what else begins with an '@' in a comment may be anybody's name. */
static void lint_loose(Linter *l, const Label *list)
{
    for (const Label *label = list; label; label = label->next)
        if (label_kind(l, label) >= 0)
            linter_add(
                l, RULE_BAD_METADATA, key_span(label),
                arena_print(l->arena, "'@%s' stands where it says nothing of any filter", linter_quote(l, label->key)),
                "metadata stands below the first line, or directly above a statement");
}

static void lint_metadata(Linter *l, const SiftFile *file, i64 today)
{
    lint_labels(l, file->labels, today);
    lint_loose(l, file->loose);
    for (const Statement *s = file->first; s; s = s->next) {
        lint_labels(l, s->labels, today);
        if (s->kind == STATEMENT_FILTER && s->name.len && !label_of(l->source, file, s, "id"))
            linter_add(l, RULE_MISSING_ID, s->name,
                       arena_print(l->arena, "the filter '%s' has no @id", linter_quote(l, s->name)),
                       arena_print(l->arena, "// @id %s", linter_quote(l, s->name)));
    }
}

/* ---- ids that two have ---- */

/* An @id of the run, and where it stands. */
typedef struct LintId {
    const char *id, *place; /* "lib/a.sift:2:8" */
    u32 hash, len;
    struct LintId *next; /* in its slot */
} LintId;

void lint_run_release(LintRun *run)
{
    arena_release(&run->arena);
    *run = (LintRun){.now_ns = run->now_ns, .linktype_known = run->linktype_known};
}

static void grow_ids(LintRun *run)
{
    LintId **old = run->ids;
    u32 slots = run->id_slots;
    run->id_slots = MAX_OF(2 * slots, 64u);
    run->ids = NEW_ARRAY(&run->arena, LintId *, run->id_slots);
    for (u32 i = 0; i < slots; i++)
        for (LintId *id = old[i], *next; id; id = next) {
            LintId **slot = &run->ids[id->hash & (run->id_slots - 1)];
            next = id->next;
            id->next = *slot;
            *slot = id;
        }
}

static void add_id(const Linter *l, LintRun *run, Span value, u32 hash)
{
    if (run->id_count == run->id_slots) grow_ids(run);
    LintId **slot = &run->ids[hash & (run->id_slots - 1)], *id = NEW(&run->arena, LintId);
    Place place = source_place(l->source, value.at);
    *id = (LintId){
        .id = arena_copy(&run->arena, text_at(l, value), value.len),
        .place = arena_print(&run->arena, "%s:%u:%u", source_part(l->source, value.at).name, place.line, place.column),
        .hash = hash,
        .len = value.len,
        .next = *slot};
    *slot = id;
    run->id_count++;
}

static void lint_own_id(Linter *l, const Label *labels, LintRun *run)
{
    const Label *label = label_find(l->source, labels, "id");
    u32 hash = 2166136261u;
    if (!label || label->value.len == 0) return;
    const char *text = text_at(l, label->value);
    for (u32 i = 0; i < label->value.len; i++) hash = (hash ^ (u8)text[i]) * 16777619u;
    for (const LintId *id = run->id_slots ? run->ids[hash & (run->id_slots - 1)] : NULL; id; id = id->next) {
        if (id->len != label->value.len || memcmp(id->id, text, id->len) != 0) continue;
        linter_add(l, RULE_DUPLICATE_ID, label->value,
                   arena_print(l->arena, "the id '%s' is taken: %s", linter_quote(l, label->value), id->place), NULL);
        return;
    }
    add_id(l, run, label->value, hash);
}

static void lint_ids(Linter *l, const SiftFile *file, LintRun *run)
{
    lint_own_id(l, file->labels, run);
    for (const Statement *s = file->first; s; s = s->next)
        if (s->kind == STATEMENT_FILTER) lint_own_id(l, s->labels, run);
}

/* ---- tests ---- */

static bool is_nothing(const Entry *entry) { return entry->hex && entry->byte_count == 0; }

static bool entry_matches(const Entry *entry)
{
    if (is_nothing(entry)) return false;
    if (entry->kind != ENTRY_COUNT) return entry->kind == ENTRY_MATCH;
    switch (entry->op) {
    case TOK_EQ:
    case TOK_GE: return entry->number > 0;
    case TOK_NE: return entry->number == 0;
    default: return entry->op == TOK_GT;
    }
}

static bool entry_rejects(const Entry *entry)
{
    if (is_nothing(entry)) return false;
    if (entry->kind != ENTRY_COUNT) return entry->kind == ENTRY_REJECT || (entry->kind == ENTRY_MATCH && entry->listed);
    return entry->op == TOK_EQ || entry->op == TOK_LT || entry->op == TOK_LE;
}

static void lint_tests_of(Linter *l, const Statement *filter, const Declared *tested)
{
    const char *name = linter_full(l) ? "" : linter_quote(l, filter->name);
    if (!tested->matches)
        linter_add(l, RULE_NO_POSITIVE_TEST, filter->name,
                   arena_print(l->arena, "no test has a frame that '%s' must match", name), NULL);
    if (!tested->rejects)
        linter_add(l, RULE_NO_NEGATIVE_TEST, filter->name,
                   arena_print(l->arena, "no test has a frame that '%s' must not match", name), NULL);
}

static void lint_captures(Linter *l, const Module *module, const Entry *entry, const LintRun *run)
{
    if (entry->kind == ENTRY_WITH || entry->hex || !entry->strings || !run->capture_fault) return;
    Span span = entry->strings->span;
    const char *why = run->capture_fault(run->user, l->arena, module->key, file_string(l->arena, l->source, span));
    if (why) linter_add(l, RULE_NO_CAPTURE, span, why, NULL);
}

static void lint_entry(Linter *l, const Module *module, const Entry *entry, const LintRun *run)
{
    lint_captures(l, module, entry, run);
    if (is_nothing(entry)) linter_add(l, RULE_EMPTY_TEST, entry->span, "this frame has no bytes", NULL);
    if (entry->linktype_at.len && run->linktype_known && !run->linktype_known(entry->linktype))
        linter_add(l, RULE_UNKNOWN_LINKTYPE, entry->linktype_at,
                   arena_print(l->arena, "no link type is known by the number %u: no header is found in this frame",
                               entry->linktype),
                   NULL);
}

static void lint_contents(Linter *l, const Module *module, const LintRun *run)
{
    for (const Statement *s = module->file->first; s; s = s->next) {
        bool tries = s->kind != STATEMENT_TEST || s->bad;
        for (const Entry *entry = s->entries; entry; entry = entry->next) {
            tries |= entry->kind != ENTRY_WITH;
            lint_entry(l, module, entry, run);
        }
        if (!tries)
            linter_add(l, RULE_EMPTY_TEST, s->text, "this test tries nothing",
                       "an entry a line: match, reject or count");
    }
}

/* Bytes of the frame that a test writes out. */
static u32 hex_bytes(const Linter *l, const Entry *entry)
{
    u32 digits_seen = 0;
    for (const Words *word = entry->strings; word; word = word->next)
        for (u32 i = 0; i < word->span.len; i++) digits_seen += isxdigit((u8)text_at(l, word->span)[i]) != 0;
    return digits_seen / 2;
}

static void add_reach(const Linter *l, const Module *module, const LintRun *run, const Entry *entry, Declared *tested)
{
    u32 reach = 0;
    if (entry->kind == ENTRY_WITH || !entry->strings) return;
    bool first = tested->reach == 0;
    if (entry->hex)
        reach = hex_bytes(l, entry);
    else if (run->snap_length && (first || tested->reach_known))
        reach = run->snap_length(run->user, module->key, file_string(l->arena, l->source, entry->strings->span));
    tested->reach_known = reach && (first || tested->reach_known);
    tested->reach = MAX_OF(tested->reach, MAX_OF(reach, 1u));
}

static void lint_missing_tests(Linter *l, const Module *module, const LintRun *run, const Names *names)
{
    for (const Statement *s = module->file->first; s; s = s->next) {
        if (s->kind != STATEMENT_TEST) continue;
        Span filter = s->name.len ? s->name : s->above ? s->above->name : s->name;
        Declared *tested = filter.len ? names_find(names, filter) : NULL;
        for (const Entry *entry = tested ? s->entries : NULL; entry; entry = entry->next) {
            tested->matches |= entry_matches(entry);
            tested->rejects |= entry_rejects(entry);
            add_reach(l, module, run, entry, tested);
        }
    }
    for (const Statement *s = module->file->first; s; s = s->next)
        if (s->kind == STATEMENT_FILTER && s->name.len) lint_tests_of(l, s, names_find(names, s->name));
}

/* Of a statement that could not be read nobody knows what it names or tests. */
static bool is_whole(const SiftFile *file)
{
    for (const Statement *s = file->first; s; s = s->next)
        if (s->bad) return false;
    return true;
}

void lint_statements(Linter *l, const Module *module, LintRun *run, Names *names)
{
    i64 day_ns = (i64)86400 * 1000000000;
    *names = names_of(l, module->file);
    bool whole = is_whole(module->file);
    if (whole) lint_unused(l, module->file, names);
    lint_metadata(l, module->file, run->now_ns / day_ns - (run->now_ns % day_ns < 0));
    lint_ids(l, module->file, run);
    lint_contents(l, module, run);
    if (whole) lint_missing_tests(l, module, run, names);
}
