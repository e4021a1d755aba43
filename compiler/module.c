/* module.c - see module.h.
 *
 * Reads downwards: the text of all files; what a file declares; imports; circles; parameters; tests; choosing and checking
 * a filter.  Meaning is the checker's (expand.c looks names up while it reads a body). */
#include "compiler/module.h"

#include "compiler/check.h"
#include "compiler/names.h"
#include "compiler/params.h"

#include <ctype.h>
#include <strings.h>

enum {
    NAMES_LISTED_MAX = 12,   /* names in one hint */
    NAMES_FOLLOWED_MAX = 16, /* names for names for a set */
};

void modules_init(Modules *set, Arena *arena, const ModuleLoader *loader, DiagList *diags)
{
    *set = (Modules){.arena = arena, .diags = diags, .loader = *loader};
    diag_init(diags, arena, &set->source);
}

/* ---- the text of all files ---- */

static const char *quote(const Modules *set, Span span)
{
    return diag_full(set->diags) ? "" : diag_quote(set->arena, &set->source, span);
}

static const char *text_at(const Modules *set, Span span) { return set->source.text + span.at; }

/* Appends a text; spans of what stood there before stay as they are, pointers into it do not. */
static Span add_text(Modules *set, const char *name, const char *text, u32 len)
{
    Span span = {set->source.len + (set->source.part_count > 0), len};
    size_t end = (size_t)span.at + len;
    if (end + 1 > set->text_room) {
        set->text_room = MAX_OF(2 * set->text_room, end + 1);
        char *more = arena_alloc(set->arena, set->text_room, 1);
        if (set->source.len) memcpy(more, set->text, set->source.len);
        set->source.text = set->text = more;
    }
    if (set->source.part_count == set->part_room) {
        set->part_room = MAX_OF(2 * set->part_room, 8u);
        SourcePart *more = NEW_ARRAY(set->arena, SourcePart, set->part_room);
        if (set->parts) memcpy(more, set->parts, set->source.part_count * sizeof *more);
        set->source.parts = set->parts = more;
    }
    if (span.at) set->text[span.at - 1] = '\n';
    if (len) memcpy(set->text + span.at, text, len);
    set->parts[set->source.part_count++] = (SourcePart){arena_copy(set->arena, name, strlen(name)), span};
    set->source.len = (u32)end;
    if (!set->source.name) set->source.name = set->parts[0].name;
    return span;
}

static bool text_fits(const Modules *set, u32 len) { return (u64)set->source.len + len + 1 <= MODULES_BYTES_MAX; }

/* ---- what a file declares ---- */

static u32 hash_name(const char *name, size_t len)
{
    u32 hash = 2166136261u;
    for (size_t i = 0; i < len; i++) hash = (hash ^ (u32)tolower((u8)name[i])) * 16777619u;
    return hash;
}

static bool same_name(const Modules *set, Span span, const char *name, size_t len)
{
    return span.len == len && strncasecmp(text_at(set, span), name, len) == 0;
}

/* Where the name stands in the table, or would. */
static u32 *slot_of(const Modules *set, const Module *module, const char *name, size_t len)
{
    for (u32 i = hash_name(name, len);; i++) {
        u32 *slot = &module->slots[i & module->slot_mask];
        if (*slot == 0 || same_name(set, module->decls[*slot - 1].statement->name, name, len)) return slot;
    }
}

Decl *module_find(const Modules *set, const Module *module, const char *name, size_t len)
{
    u32 found = *slot_of(set, module, name, len);
    return found ? &module->decls[found - 1] : NULL;
}

static void report_again(const Modules *set, const Statement *statement, const Statement *first)
{
    Place place = source_place(&set->source, first->name.at);
    diag_error(set->diags, statement->name, "'%s' is declared twice: first at %u:%u", quote(set, statement->name),
               place.line, place.column);
}

static void report_taken(const Modules *set, Span name, const char *meaning)
{
    Diag *diag = diag_error(set->diags, name, "'%s' is %s: a file's own names hide none of the dictionary",
                            quote(set, name), meaning);
    diag_hint(set->diags, diag, "choose another name, such as 'my_%s'", quote(set, name));
}

static void declare(Modules *set, Module *module, const Statement *statement)
{
    const char *name = text_at(set, statement->name);
    u32 *slot = slot_of(set, module, name, statement->name.len);
    const char *meaning = name_meaning(name, statement->name.len);
    if (*slot) {
        report_again(set, statement, module->decls[*slot - 1].statement);
        return;
    }
    if (meaning) report_taken(set, statement->name, meaning);
    module->decls[module->decl_count++] = (Decl){
        .statement = statement, .module = module, .body = statement->body, .bad = statement->bad || meaning != NULL};
    *slot = module->decl_count;
}

static void check_arguments(const Modules *set, const Statement *let)
{
    for (const Words *arg = let->args; arg; arg = arg->next) {
        const char *meaning = name_meaning(text_at(set, arg->span), arg->span.len);
        if (meaning) report_taken(set, arg->span, meaning);
    }
}

static void declare_all(Modules *set, Module *module)
{
    u32 slots = 4;
    while (slots < 2 * module->file->count) slots *= 2;
    module->decls = NEW_ARRAY(set->arena, Decl, module->file->count + 1);
    module->slots = NEW_ARRAY(set->arena, u32, slots);
    module->slot_mask = slots - 1;
    for (const Statement *s = module->file->first; s; s = s->next) {
        if (s->kind == STATEMENT_TEST || s->name.len == 0) continue;
        declare(set, module, s);
        check_arguments(set, s);
    }
    for (u32 i = 0; i < module->decl_count; i++) {
        Decl *decl = &module->decls[i];
        if (decl->statement->kind == STATEMENT_PARAM && decl->body)
            decl->bad |= !param_sound(&set->source, decl->statement, set->diags);
    }
}

/* ---- imports ---- */

static Module *add_module(Modules *set, const char *key, const char *name, const char *text, u32 len)
{
    Module *module = NEW(set->arena, Module);
    module->part = add_text(set, name, text, len);
    module->name = set->parts[set->source.part_count - 1].name;
    module->key = arena_copy(set->arena, key, strlen(key));
    module->file = file_parse(set->arena, &set->source, module->part, set->diags);
    set->modules[set->count++] = module;
    return module;
}

static Diag *import_fail(Modules *set, const Statement *import, const char *hint, const char *why)
{
    Diag *diag = diag_error(set->diags, import->text, "%s", why);
    if (hint) diag_hint(set->diags, diag, "%s", hint);
    return diag;
}

static Module *read_import(Modules *set, const Statement *import, const ModuleFile *file)
{
    u32 len = 0;
    const char *why = NULL;
    if (set->count == MODULES_MAX)
        return import_fail(set, import, NULL, arena_print(set->arena, "more than %d files", MODULES_MAX)), NULL;
    const char *text = set->loader.read(set->loader.user, set->arena, file->key, &len, &why);
    if (!text) return import_fail(set, import, NULL, arena_print(set->arena, "%s: %s", file->name, why)), NULL;
    if (len > FILTER_BYTES_MAX || !text_fits(set, len)) {
        import_fail(set, import, NULL,
                    arena_print(set->arena, "%s: a file may have %d MiB, all of them together %d MiB", file->name,
                                FILTER_BYTES_MAX >> 20, MODULES_BYTES_MAX >> 20));
        return NULL;
    }
    if (!text_is_sift(text, len)) {
        import_fail(set, import, "only such files have names to give",
                    arena_print(set->arena, "%s does not begin with the line '// sift %d'", file->name, SIFT_VERSION));
        return NULL;
    }
    return add_module(set, file->key, file->name, text, len);
}

static Module *import_file(Modules *set, const Module *from, const Statement *import)
{
    const char *path = file_string(set->arena, &set->source, import->text);
    if (!path || !*path) return import_fail(set, import, NULL, "this path is empty, or has a NUL byte in it"), NULL;
    ModuleFile file = set->loader.find(set->loader.user, set->arena, from->key, path);
    if (!file.key) return import_fail(set, import, file.hint, file.why), NULL;
    for (u32 i = 0; i < set->count; i++)
        if (strcmp(set->modules[i]->key, file.key) == 0) return set->modules[i];
    return read_import(set, import, &file);
}

static void import_all(Modules *set, Module *module)
{
    for (u32 i = 0; i < module->decl_count; i++) {
        Decl *decl = &module->decls[i];
        if (decl->statement->kind != STATEMENT_IMPORT || decl->statement->bad) continue;
        decl->import = import_file(set, module, decl->statement);
        decl->bad |= !decl->import || decl->import->file->unread;
    }
}

/* ---- circles ---- */

/* Depth first, without recursion: a path of open places, each with the next of its edges. */
typedef struct {
    u32 at, next;
} Step;

/* Names joined by " -> ", from the first step of the circle on and back to it. */
static const char *circle(const Modules *set, const Step *path, u32 first, u32 last,
                          const char *(*name)(const Modules *, const void *, u32), const void *of)
{
    const char *all = "";
    if (diag_full(set->diags)) return all;
    u32 shown = MIN_OF(last - first + 1, (u32)NAMES_LISTED_MAX);
    for (u32 i = first; i < first + shown; i++)
        all = arena_print(set->arena, "%s%s -> ", all, name(set, of, path[i].at));
    return arena_print(set->arena, "%s%s%s", all, shown < last - first + 1 ? "... -> " : "",
                       name(set, of, path[first].at));
}

static const char *module_name(const Modules *set, const void *unused, u32 i)
{
    (void)unused;
    return set->modules[i]->name;
}

static u32 module_index(const Modules *set, const Module *module)
{
    u32 i = 0;
    while (set->modules[i] != module) i++;
    return i;
}

typedef enum { NEW_PLACE, OPEN_PLACE, DONE_PLACE } Mark;

static u32 place_in_path(const Step *path, u32 at)
{
    u32 i = 0;
    while (path[i].at != at) i++;
    return i;
}

static void find_import_circles(Modules *set)
{
    u8 *mark = NEW_ARRAY(set->arena, u8, set->count);
    Step *path = NEW_ARRAY(set->arena, Step, set->count + 1);
    u32 depth = 1; /* path[0] is the main file, from which all others were reached */
    mark[0] = OPEN_PLACE;
    while (depth > 0) {
        Step *step = &path[depth - 1];
        const Module *module = set->modules[step->at];
        if (step->next == module->decl_count) {
            mark[step->at] = DONE_PLACE;
            depth--;
            continue;
        }
        Decl *decl = &module->decls[step->next++];
        if (!decl->import) continue;
        u32 to = module_index(set, decl->import);
        if (mark[to] == NEW_PLACE) {
            mark[to] = OPEN_PLACE;
            path[depth++] = (Step){.at = to};
        } else if (mark[to] == OPEN_PLACE) {
            diag_error(set->diags, decl->statement->text, "these files import each other in a circle: %s",
                       circle(set, path, place_in_path(path, to), depth - 1, module_name, NULL));
            decl->import = NULL;
            decl->bad = true;
        }
    }
}

typedef struct {
    Modules *set;
    Module *module;
    u32 *refs; /* what each body names: from[i] .. from[i + 1] */
    Span *spans;
    u32 *from;
    u32 count, room;
} References;

static bool is_argument(const Modules *set, const Statement *let, const char *name, size_t len)
{
    for (const Words *arg = let->args; arg; arg = arg->next)
        if (same_name(set, arg->span, name, len)) return true;
    return false;
}

static void add_reference(References *r, u32 decl, Span span)
{
    if (r->count == r->room) {
        u32 room = MAX_OF(2 * r->room, 64u);
        u32 *refs = NEW_ARRAY(r->set->arena, u32, room);
        Span *spans = NEW_ARRAY(r->set->arena, Span, room);
        if (r->count) memcpy(refs, r->refs, r->count * sizeof *refs), memcpy(spans, r->spans, r->count * sizeof *spans);
        r->refs = refs, r->spans = spans, r->room = room;
    }
    r->refs[r->count] = decl;
    r->spans[r->count++] = span;
}

static void collect_references(References *r, const Statement *of, const Node *node)
{
    if (node->kind == NODE_NAME) {
        const char *name = text_at(r->set, node->span), *dot = memchr(name, '.', node->span.len);
        size_t len = dot ? (size_t)(dot - name) : node->span.len;
        Decl *decl = len && !is_argument(r->set, of, name, len) ? module_find(r->set, r->module, name, len) : NULL;
        if (decl) add_reference(r, (u32)(decl - r->module->decls), (Span){node->span.at, (u32)len});
    }
    for (const Node *child = node->first; child; child = child->next) collect_references(r, of, child);
}

static const char *decl_name(const Modules *set, const void *of, u32 i)
{
    return quote(set, ((const Module *)of)->decls[i].statement->name);
}

/* Names that are made of themselves are bad, and so is what leads to them.  `told` places at the start of the path are
 * known to be so; in a circle back to one of those there is nothing new. */
static u32 report_name_circle(const References *r, const Step *path, u32 told, u32 depth, Span span)
{
    u32 to = r->refs[path[depth - 1].next - 1], first = told;
    if (r->module->decls[to].bad) return told;
    while (path[first].at != to) first++;
    diag_error(r->set->diags, span, "'%s' is made of itself: %s", quote(r->set, span),
               circle(r->set, path, first, depth - 1, decl_name, r->module));
    for (u32 i = told; i < depth; i++) r->module->decls[path[i].at].bad = true;
    return depth;
}

static void walk_references(const References *r, u8 *mark, Step *path, u32 start)
{
    u32 depth = 1, told = 0;
    path[0] = (Step){.at = start, .next = r->from[start]};
    mark[start] = OPEN_PLACE;
    while (depth > 0) {
        Step *step = &path[depth - 1];
        if (step->next == r->from[step->at + 1]) {
            mark[step->at] = DONE_PLACE;
            depth--;
            told = MIN_OF(told, depth);
            continue;
        }
        u32 edge = step->next++, to = r->refs[edge];
        if (mark[to] == NEW_PLACE) {
            mark[to] = OPEN_PLACE;
            path[depth++] = (Step){.at = to, .next = r->from[to]};
        } else if (mark[to] == OPEN_PLACE) {
            told = report_name_circle(r, path, told, depth, r->spans[edge]);
        }
    }
}

/* Imports have no circles, so what names are made of can only go round inside one file. */
static void find_name_circles(Modules *set, Module *module)
{
    References r = {.set = set, .module = module, .from = NEW_ARRAY(set->arena, u32, module->decl_count + 1)};
    for (u32 i = 0; i < module->decl_count; i++) {
        const Decl *decl = &module->decls[i];
        r.from[i] = r.count;
        if (decl->body && decl->statement->kind != STATEMENT_PARAM) collect_references(&r, decl->statement, decl->body);
    }
    r.from[module->decl_count] = r.count;
    u8 *mark = NEW_ARRAY(set->arena, u8, module->decl_count + 1);
    Step *path = NEW_ARRAY(set->arena, Step, module->decl_count + 1);
    for (u32 i = 0; i < module->decl_count; i++)
        if (mark[i] == NEW_PLACE) walk_references(&r, mark, path, i);
}

/* ---- parameters ---- */

/* "there are 'a', 'b'", of the file's declarations of one kind; NULL when there are none. */
static const char *list_names(const Modules *set, const Module *module, StatementKind kind)
{
    const char *all = "";
    u32 count = 0;
    for (u32 i = 0; i < module->decl_count; i++) {
        if (module->decls[i].statement->kind != kind || count++ >= NAMES_LISTED_MAX) continue;
        all = arena_print(set->arena, "%s%s'%s'", all, *all ? ", " : "", quote(set, module->decls[i].statement->name));
    }
    if (count > NAMES_LISTED_MAX) all = arena_print(set->arena, "%s and %u more", all, count - NAMES_LISTED_MAX);
    return count ? arena_print(set->arena, "there %s %s", count == 1 ? "is" : "are", all) : NULL;
}

static const char *nearest_decl(const Modules *set, const Module *module, StatementKind kind, const char *name,
                                size_t len)
{
    const char **names = NEW_ARRAY(set->arena, const char *, module->decl_count + 1);
    u32 count = 0;
    for (u32 i = 0; i < module->decl_count; i++)
        if (module->decls[i].statement->kind == kind) names[count++] = quote(set, module->decls[i].statement->name);
    return nearest_name(name, len, names, count);
}

static void hint_names(const Modules *set, const Module *module, StatementKind kind, const char *name, size_t len,
                       Diag *diag)
{
    if (diag == &set->diags->scratch) return;
    const char *near = nearest_decl(set, module, kind, name, len), *all = list_names(set, module, kind);
    if (near)
        diag_hint(set->diags, diag, "did you mean '%s'?", near);
    else if (all)
        diag_hint(set->diags, diag, "%s", all);
}

static Decl *find_param(const Modules *set, const char *name, Span span)
{
    const Module *module = set->modules[0];
    const char *word = name;
    for (const char *dot; (dot = strchr(word, '.')) != NULL; word = dot + 1) {
        const Decl *import = module_find(set, module, word, (size_t)(dot - word));
        if (!import || !import->import) {
            diag_error(set->diags, span, "%s imports nothing as '%.*s'", module->name, (int)(dot - word), word);
            return NULL;
        }
        module = import->import;
    }
    Decl *decl = module_find(set, module, word, strlen(word));
    if (decl && decl->statement->kind == STATEMENT_PARAM) return decl;
    Diag *diag = diag_error(set->diags, span, "%s has no parameter called '%s'", module->name, word);
    hint_names(set, module, STATEMENT_PARAM, word, strlen(word), diag);
    return NULL;
}

bool modules_define(Modules *set, const char *name, const char *value)
{
    size_t len = strlen(value);
    u32 errors = set->diags->errors;
    const char *title = arena_print(set->arena, "-D %.100s", name);
    if (len > FILTER_BYTES_MAX || !text_fits(set, (u32)len)) {
        diag_error(set->diags, add_text(set, title, "", 0), "the value has %zu bytes; %d are the limit", len,
                   FILTER_BYTES_MAX);
        return false;
    }
    Span part = add_text(set, title, value, (u32)len);
    Decl *param = find_param(set, name, part);
    if (!param || param->bad) return set->diags->errors == errors;
    const Node *node = parse_value(set->arena, &set->source, part, set->diags);
    ParamType type = param_type(&set->source, param->statement);
    if (!node && (type == PARAM_TEXT || type == PARAM_TIME) && set->diags->count && !memchr(value, '"', len))
        diag_hint(set->diags, &set->diags->item[set->diags->count - 1], "%s stands in quotes: -D '%s=\"%s\"'",
                  type == PARAM_TEXT ? "text" : "a time", name, value);
    if (!node || !param_takes(&set->source, param->statement, node, set->diags)) return false;
    param->body = node;
    return true;
}

void module_with(const Modules *set, Module *module, const Entry *with)
{
    Decl *param = module_find(set, module, text_at(set, with->name), with->name.len);
    if (param && with->value) param->body = with->value;
}

static u32 count_decls(const Modules *set)
{
    u32 count = 0;
    for (u32 i = 0; i < set->count; i++) count += set->modules[i]->decl_count;
    return count;
}

void modules_mark(const Modules *set, ModulesMark *mark)
{
    *mark = (ModulesMark){.decls = NEW_ARRAY(set->arena, Decl, count_decls(set) + 1),
                          .diag_count = set->diags->count,
                          .errors = set->diags->errors,
                          .mild_lost = set->diags->mild_lost};
    Decl *to = mark->decls;
    for (u32 i = 0; i < set->count; to += set->modules[i++]->decl_count)
        memcpy(to, set->modules[i]->decls, set->modules[i]->decl_count * sizeof *to);
}

void modules_back(Modules *set, const ModulesMark *mark)
{
    const Decl *from = mark->decls;
    for (u32 i = 0; i < set->count; from += set->modules[i++]->decl_count)
        memcpy(set->modules[i]->decls, from, set->modules[i]->decl_count * sizeof *from);
    set->diags->count = mark->diag_count;
    set->diags->errors = mark->errors;
    set->diags->mild_lost = mark->mild_lost;
}

/* ---- tests ---- */

Decl *module_test_filter(const Modules *set, const Module *module, const Statement *test)
{
    Span name = test->name.len ? test->name : test->above ? test->above->name : (Span){0, 0};
    Decl *decl = name.len ? module_find(set, module, text_at(set, name), name.len) : NULL;
    return decl && decl->statement->kind == STATEMENT_FILTER ? decl : NULL;
}

static void check_with(Modules *set, const Module *module, const Entry *with)
{
    const char *name = text_at(set, with->name);
    const Decl *param = module_find(set, module, name, with->name.len);
    if (param && param->statement->kind == STATEMENT_PARAM) {
        if (with->value && !param->bad) param_takes(&set->source, param->statement, with->value, set->diags);
        return;
    }
    Diag *diag = diag_error(set->diags, with->name, "this file has no parameter called '%s'", quote(set, with->name));
    hint_names(set, module, STATEMENT_PARAM, name, with->name.len, diag);
}

static void check_tests(Modules *set, const Module *module)
{
    for (const Statement *s = module->file->first; s; s = s->next) {
        if (s->kind != STATEMENT_TEST || s->text.len == 0) continue;
        if (!module_test_filter(set, module, s) && s->name.len) {
            Diag *diag = diag_error(set->diags, s->name, "no filter here is called '%s'", quote(set, s->name));
            hint_names(set, module, STATEMENT_FILTER, text_at(set, s->name), s->name.len, diag);
        } else if (!module_test_filter(set, module, s) && !s->above) {
            Diag *diag = diag_error(set->diags, s->keyword, "no filter stands above this test");
            diag_hint(set->diags, diag, "name one: test \"title\" of main { ... }");
        }
        for (const Entry *entry = s->entries; entry; entry = entry->next)
            if (entry->kind == ENTRY_WITH && entry->name.len) check_with(set, module, entry);
    }
}

/* ---- loading, choosing, checking ---- */

bool modules_load(Modules *set, const char *key, const char *name, const char *text, u32 len)
{
    if (len > FILTER_BYTES_MAX) {
        diag_error(set->diags, add_text(set, name, "", 0), "this file has %u bytes; %d is the limit", len,
                   FILTER_BYTES_MAX);
        return false;
    }
    add_module(set, key, name, text, len);
    for (u32 i = 0; i < set->count; i++) { /* grows while it runs */
        declare_all(set, set->modules[i]);
        import_all(set, set->modules[i]);
    }
    find_import_circles(set);
    for (u32 i = 0; i < set->count; i++) find_name_circles(set, set->modules[i]);
    check_tests(set, set->modules[0]);
    return set->diags->errors == 0;
}

Decl *modules_choose(Modules *set, const char *name)
{
    const Module *main = set->modules[0];
    Decl *only = NULL;
    u32 filters = 0;
    Decl *found = module_find(set, main, name ? name : "main", strlen(name ? name : "main"));
    if (found && found->statement->kind == STATEMENT_FILTER) return found;
    for (u32 i = 0; i < main->decl_count; i++) {
        if (main->decls[i].statement->kind != STATEMENT_FILTER) continue;
        only = &main->decls[i];
        filters++;
    }
    if (!name && filters == 1) return only;
    Diag *diag;
    if (filters == 0)
        diag = diag_error(set->diags, main->file->header, "this file declares no filter");
    else if (name)
        diag = diag_error(set->diags, main->file->header, "no filter here is called '%s'", name);
    else
        diag = diag_error(set->diags, main->file->header,
                          "this file has %u filters and none is called 'main': say which, "
                          "FILE:NAME",
                          filters);
    if (filters) hint_names(set, main, STATEMENT_FILTER, name ? name : "", name ? strlen(name) : 0, diag);
    return NULL;
}

Typed *module_check(Modules *set, Decl *decl) { return decl->bad ? NULL : check_decl(set, decl); }

/* let other = ports: a name for a set has no meaning but behind IN. */
static bool stands_for_set(const Modules *set, const Decl *decl)
{
    for (u32 steps = 0; decl && decl->body && !decl->statement->called && steps <= NAMES_FOLLOWED_MAX; steps++) {
        Span span = decl->body->span;
        const char *name = text_at(set, span), *dot = memchr(name, '.', span.len);
        size_t len = dot ? (size_t)(dot - name) : span.len;
        if (decl->body->kind != NODE_NAME) return decl->body->kind == NODE_SET;
        decl = module_find(set, decl->module, name, len);
        if (decl && dot && decl->import) decl = module_find(set, decl->import, dot + 1, span.len - len - 1);
    }
    return false;
}

void modules_check_rest(Modules *set)
{
    Module *main = set->modules[0];
    u64 most = set->nodes + EXPANSION_NODES_MAX;
    for (u32 i = 0; i < main->decl_count && set->nodes < most; i++) {
        Decl *decl = &main->decls[i];
        bool alone = decl->body && !decl->statement->called && !stands_for_set(set, decl);
        bool kind = decl->statement->kind == STATEMENT_LET || decl->statement->kind == STATEMENT_FILTER;
        if (alone && kind && !decl->bad && !decl->checked) check_decl(set, decl);
    }
}
