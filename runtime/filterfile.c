/* filterfile.c - see filterfile.h; and pks_siftfile, its public face. */
#include "runtime/filterfile.h"

#include <errno.h>
#include <stdlib.h>

#include "compiler/params.h"
#include "runtime/filter.h"
#include "runtime/report.h"

bool filterfile_load(FilterFile *file, const char *path, const char *name, const char *text, size_t len,
                     const pks_listener *listener)
{
    *file = (FilterFile){.path = path};
    if (len > FILTER_BYTES_MAX) {
        report(listener, PKS_ERROR, name, "the file has more than %d bytes, the most that is read", FILTER_BYTES_MAX);
        return false;
    }
    if (!imports_init(&file->imports, &file->arena, path)) {
        report(listener, PKS_ERROR, name, "the folder of this file cannot be found: %s", strerror(errno));
        return false;
    }
    ModuleLoader loader = imports_loader(&file->imports);
    modules_init(&file->set, &file->arena, &loader, &file->diags);
    modules_load(&file->set, file->imports.key, name, text, (u32)len);
    return true;
}

bool filterfile_open(FilterFile *file, const char *path, const pks_listener *listener)
{
    Arena arena = {0};
    const char *found = imports_given(&arena, path);
    size_t len = 0;
    char *text = filter_read_file(found, &len, listener);
    bool sift = text && text_is_sift(text, len), good = false;

    *file = (FilterFile){.path = path};
    if (sift)
        good = filterfile_load(file, found, report_name(path), text, len, listener);
    else if (text)
        report(listener, PKS_ERROR, path,
               "this is one bare expression; only files that begin with '// sift %d' have "
               "tests and named filters",
               SIFT_VERSION);
    file->path = path;
    free(text);
    arena_release(&arena);
    return good;
}

void filterfile_free(FilterFile *file) { arena_release(&file->arena); }

/* -- what is in a file ---------------------------------------------------------------------------------------------- */

struct pks_siftfile {
    FilterFile file;
    const Statement **statements[STATEMENT_KIND_COUNT];
    size_t counts[STATEMENT_KIND_COUNT];
};

static void list_statements(pks_siftfile *sift)
{
    const SiftFile *tree = sift->file.set.modules[0]->file;

    for (int kind = 0; kind < STATEMENT_KIND_COUNT; kind++)
        sift->statements[kind] = NEW_ARRAY(&sift->file.arena, const Statement *, tree->count + 1);
    for (const Statement *s = tree->first; s; s = s->next) sift->statements[s->kind][sift->counts[s->kind]++] = s;
}

pks_siftfile *pks_siftfile_open(const char *path, const pks_listener *listener)
{
    pks_siftfile *sift = calloc(1, sizeof *sift);
    bool good = sift && filterfile_open(&sift->file, path, listener);

    if (!sift) report(listener, PKS_ERROR, path, "not enough memory");
    if (good) {
        modules_check_rest(&sift->file.set);
        say_diags(&sift->file.arena, &sift->file.diags, path, listener);
        good = sift->file.diags.errors == 0;
    }
    if (good) {
        list_statements(sift);
        return sift;
    }
    pks_siftfile_free(sift);
    return NULL;
}

void pks_siftfile_free(pks_siftfile *sift)
{
    if (!sift) return;
    filterfile_free(&sift->file);
    free(sift);
}

static const Statement *statement_at(const pks_siftfile *sift, StatementKind kind, size_t i)
{
    return i < sift->counts[kind] ? sift->statements[kind][i] : NULL;
}

static const char *text_of(const pks_siftfile *sift, Span span)
{
    Arena *arena = (Arena *)(uintptr_t)&sift->file.arena; /* what is asked for is made then, and kept */

    return span.len ? arena_copy(arena, sift->file.set.source.text + span.at, span.len) : "";
}

static pks_statement statement_of(const pks_siftfile *sift, const Statement *s)
{
    Place place = source_place(&sift->file.set.source, s->span.at);

    return (pks_statement){.name = text_of(sift, s->name), .line = place.line, .column = place.column};
}

size_t pks_siftfile_filter_count(const pks_siftfile *sift) { return sift->counts[STATEMENT_FILTER]; }

bool pks_siftfile_filter(const pks_siftfile *sift, size_t i, pks_statement *filter)
{
    const Statement *s = statement_at(sift, STATEMENT_FILTER, i);

    if (!s) return false;
    *filter = statement_of(sift, s);
    return true;
}

const char *pks_siftfile_label(const pks_siftfile *sift, size_t filter, const char *key)
{
    const Source *source = &sift->file.set.source;
    const SiftFile *tree = sift->file.set.modules[0]->file;
    const Statement *s = statement_at(sift, STATEMENT_FILTER, filter);
    const Label *label = s ? label_of(source, tree, s, key) : label_find(source, tree->labels, key);

    return label ? text_of(sift, label->value) : NULL;
}

size_t pks_siftfile_param_count(const pks_siftfile *sift) { return sift->counts[STATEMENT_PARAM]; }

bool pks_siftfile_param(const pks_siftfile *sift, size_t i, pks_statement *param, const char **type, const char **value)
{
    const Statement *s = statement_at(sift, STATEMENT_PARAM, i);

    if (!s) return false;
    *param = statement_of(sift, s);
    *type = param_type_name((ParamType)param_type(&sift->file.set.source, s));
    *value = text_of(sift, s->expr);
    return true;
}

size_t pks_siftfile_test_count(const pks_siftfile *sift) { return sift->counts[STATEMENT_TEST]; }

bool pks_siftfile_test(const pks_siftfile *sift, size_t i, pks_statement *test, const char **title)
{
    const Statement *s = statement_at(sift, STATEMENT_TEST, i);
    const Modules *set = &sift->file.set;

    if (!s) return false;
    *test = statement_of(sift, s);
    test->name = text_of(sift, module_test_filter(set, set->modules[0], s)->statement->name);
    *title = file_string((Arena *)(uintptr_t)&sift->file.arena, &set->source, s->text);
    if (!*title) *title = "";
    return true;
}
