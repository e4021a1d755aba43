/* benchfile.c - an earlier run of `bench`, as --json wrote it: an object a line.  See bench.h. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/bench.h"
#include "runtime/cli/talk.h"

typedef struct {
    char *name;
    unsigned threads;
    Earlier earlier;
} Row;

typedef struct BenchFile {
    Row *row;
    size_t rows;
} BenchFile;

static double *read_rounds(const json_t *array, size_t count)
{
    double *ns = calloc(count + 1, sizeof *ns);
    if (!ns) die("out of memory");
    for (size_t i = 0; i < count; i++) {
        ns[i] = json_number_value(json_array_get(array, i));
        if (ns[i] > 0) continue;
        free(ns);
        return NULL;
    }
    return ns;
}

/* Of a warm run, with a time of the floor for each of the filter's.  false: it is none of bench's. */
static bool read_row(const json_t *object, Row *row)
{
    const json_t *ns = json_object_get(object, "rounds_ns"), *floor_ns = json_object_get(object, "floor_rounds_ns");
    const char *name = json_string_value(json_object_get(object, "filter"));
    const char *machine = json_string_value(json_object_get(object, "machine"));
    *row = (Row){.threads = (unsigned)json_integer_value(json_object_get(object, "threads")),
                 .earlier = {.frames = (uint64_t)json_integer_value(json_object_get(object, "frames")),
                             .matched = (uint64_t)json_integer_value(json_object_get(object, "matched")),
                             .rounds = json_array_size(ns)}};
    if (!name || !row->earlier.rounds || json_array_size(floor_ns) != row->earlier.rounds) return false;
    row->earlier.ns = read_rounds(ns, row->earlier.rounds);
    row->earlier.floor_ns = read_rounds(floor_ns, row->earlier.rounds);
    if (!row->earlier.ns || !row->earlier.floor_ns) return false;
    if (!(row->name = strdup(name)) || !(row->earlier.machine = strdup(machine ? machine : ""))) die("out of memory");
    return true;
}

static void free_row(Row *row)
{
    free(row->name);
    free(row->earlier.ns);
    free(row->earlier.floor_ns);
    free(row->earlier.machine);
}

static bool is_cold(const json_t *object)
{
    const char *cache = json_string_value(json_object_get(object, "cache"));
    return cache && strcmp(cache, "cold") == 0;
}

static bool add_row(BenchFile *file, const json_t *object)
{
    if (is_cold(object)) return true;
    Row *more = realloc(file->row, (file->rows + 1) * sizeof *more);
    if (!more) die("out of memory");
    file->row = more;
    if (read_row(object, &file->row[file->rows++])) return true;
    free_row(&file->row[--file->rows]);
    return false;
}

static bool read_lines(BenchFile *file, FILE *in, const char *path)
{
    json_error_t error;
    for (size_t line = 1;; line++) {
        int next = getc(in);
        while (next == '\n' || next == ' ' || next == '\r') next = getc(in);
        if (next == EOF) break;
        ungetc(next, in);
        json_t *object = json_loadf(in, JSON_DISABLE_EOF_CHECK, &error);
        bool good = object && add_row(file, object);
        json_decref(object);
        if (good) continue;
        if (object)
            say_error("%s: object %zu is no result of pktsift bench --json", path, line);
        else
            say_error("%s: object %zu is no JSON: %s", path, line, error.text);
        return false;
    }
    if (!file->rows) say_error("%s: there is no result of pktsift bench --json in it", path);
    return file->rows > 0;
}

BenchFile *benchfile_open(const char *path)
{
    BenchFile *file = calloc(1, sizeof *file);
    FILE *in = fopen(path, "r");
    if (!file) die("out of memory");
    if (!in) say_error("%s: %s", path, strerror(errno));
    bool good = in && read_lines(file, in, path);
    if (in) fclose(in);
    if (good) return file;
    benchfile_free(file);
    return NULL;
}

const Earlier *benchfile_find(const BenchFile *file, const char *name, unsigned threads)
{
    for (size_t i = 0; i < file->rows; i++)
        if (file->row[i].threads == threads && strcmp(file->row[i].name, name) == 0) return &file->row[i].earlier;
    return NULL;
}

void benchfile_free(BenchFile *file)
{
    for (size_t i = 0; file && i < file->rows; i++) free_row(&file->row[i]);
    if (file) free(file->row);
    free(file);
}
