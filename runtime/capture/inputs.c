/* inputs.c - see inputs.h.
 *
 * An operand is tried in this order: a name that exists is taken as it stands (so a file called "a[1].cap" needs no
 * quoting tricks); then "@list", then a range, then a glob pattern.  What matches nothing is an error.
 *
 * A directory gives the files that begin like a capture, and those that are called like one (.cap .pcap .pcapng .dmp
 * .ntar): a capture that is broken or empty must be heard of, a README must not.  The rest is named in one note. */
#include "runtime/capture/inputs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "runtime/capture/file.h"
#include "runtime/report.h"

enum {
    RANGE_MAX = 1000000, /* names in one range */
    LIST_DEPTH_MAX = 8,  /* @lists inside @lists */
    NAMES_TOLD = 5,      /* in notes about left-out files */
    GAPS_TOLD = 20,
    PROBE_BYTES = 128,
};

struct pks_inputs {
    char **path;
    size_t count, room;
};

typedef struct {
    pks_inputs *inputs;
    const pks_listener *listener;
    u32 depth; /* of @lists */
} Adding;

static bool add_operand(const Adding *adding, const char *operand);

pks_inputs *pks_inputs_new(void) { return calloc(1, sizeof(pks_inputs)); }
size_t pks_inputs_count(const pks_inputs *inputs) { return inputs ? inputs->count : 0; }
const char *pks_inputs_path(const pks_inputs *inputs, size_t i)
{
    return inputs && i < inputs->count ? inputs->path[i] : NULL;
}

void pks_inputs_free(pks_inputs *inputs)
{
    if (!inputs) return;
    for (size_t i = 0; i < inputs->count; i++) free(inputs->path[i]);
    free(inputs->path);
    free(inputs);
}

/* Takes the path over, also when it fails. */
static bool take_path(const Adding *adding, char *path)
{
    pks_inputs *inputs = adding->inputs;

    if (path && inputs->count == inputs->room) {
        size_t room = inputs->room ? inputs->room * 2 : 16;
        char **grown = realloc(inputs->path, room * sizeof *grown);

        if (!grown) {
            free(path);
            path = NULL;
        } else {
            inputs->path = grown;
            inputs->room = room;
        }
    }
    if (!path) {
        report(adding->listener, PKS_ERROR, NULL, "not enough memory for the list of files");
        return false;
    }
    inputs->path[inputs->count++] = path;
    return true;
}

static bool add_path(const Adding *adding, const char *path) { return take_path(adding, strdup(path)); }

/* -- natural order -------------------------------------------------------------------------------------------------- */

static int compare_numbers(const char **a, const char **b)
{
    const char *p = *a, *q = *b;

    while (*p == '0') p++;
    while (*q == '0') q++;
    size_t n = strspn(p, "0123456789"), m = strspn(q, "0123456789");
    *a = p + n;
    *b = q + m;
    if (n != m) return n < m ? -1 : 1;
    return memcmp(p, q, n);
}

int natural_compare(const char *a, const char *b)
{
    const char *p = a, *q = b;

    while (*p && *q) {
        if (isdigit((unsigned char)*p) && isdigit((unsigned char)*q)) {
            int order = compare_numbers(&p, &q);

            if (order != 0) return order;
            continue;
        }
        if (*p != *q) return (unsigned char)*p < (unsigned char)*q ? -1 : 1;
        p++;
        q++;
    }
    if (*p || *q) return *p ? 1 : -1;
    return strcmp(a, b); /* 01 and 1 */
}

static int compare_paths(const void *a, const void *b) { return natural_compare(*(char *const *)a, *(char *const *)b); }

/* -- directories ---------------------------------------------------------------------------------------------------- */

static bool named_like_a_capture(const char *path)
{
    static const char *const suffixes[] = {".cap", ".pcap", ".pcapng", ".dmp", ".ntar"};
    size_t len = strlen(path);

    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        size_t n = strlen(suffixes[i]);

        if (len > n && strcasecmp(path + len - n, suffixes[i]) == 0) return true;
    }
    return false;
}

static bool begins_like_a_capture(const char *path)
{
    u8 bytes[PROBE_BYTES];
    size_t got = capture_file_peek(path, bytes, sizeof bytes);

    return got > 0 && format_probe(bytes, got);
}

/* Names of files that were left out, for the note. */
typedef struct {
    char told[400];
    size_t count;
} LeftOut;

static void leave_out(LeftOut *left, const char *name)
{
    size_t used = strlen(left->told);

    if (left->count++ < NAMES_TOLD)
        snprintf(left->told + used, sizeof left->told - used, "%s%.60s", used ? ", " : "", name);
}

static bool add_entry(const Adding *adding, const char *folder, const char *name, LeftOut *left)
{
    size_t len = strlen(folder);
    char *path = NULL;

    if (name[0] == '.') return true;
    if (asprintf(&path, "%s%s%s", folder, len && folder[len - 1] == '/' ? "" : "/", name) < 0)
        return take_path(adding, NULL);
    PathKind kind = path_kind(path, NULL);
    if (kind == PATH_FILE && (named_like_a_capture(path) || begins_like_a_capture(path)))
        return take_path(adding, path);
    if (kind == PATH_FILE) leave_out(left, name);
    free(path);
    return true;
}

static void sort_added(pks_inputs *inputs, size_t from)
{
    if (inputs->count > from) qsort(inputs->path + from, inputs->count - from, sizeof *inputs->path, compare_paths);
}

static bool add_directory(const Adding *adding, const char *path)
{
    size_t before = adding->inputs->count;
    LeftOut left = {0};
    bool good = true;
    DIR *folder = opendir(path);

    if (!folder) {
        report(adding->listener, PKS_ERROR, path, "cannot be listed: %s", strerror(errno));
        return false;
    }
    for (struct dirent *entry; good && (entry = readdir(folder));) good = add_entry(adding, path, entry->d_name, &left);
    closedir(folder);
    if (!good) return false;
    sort_added(adding->inputs, before);
    if (left.count)
        report(adding->listener, PKS_NOTE, path, "%zu %s no capture and left out: %s%s", left.count,
               left.count == 1 ? "file is" : "files are", left.told, left.count > NAMES_TOLD ? ", ..." : "");
    if (adding->inputs->count > before) return true;
    report(adding->listener, PKS_ERROR, path, "the directory holds no capture files");
    return false;
}

/* -- ranges --------------------------------------------------------------------------------------------------------- */

/* "capfile(0009..12).cap": text before and behind the numbers; parentheses stay in the names, braces do not. */
typedef struct {
    const char *text;
    size_t head, tail; /* bytes before the first number that stay; where the rest begins */
    u64 first, last;
    int width; /* of a zero-padded first number, else 0 */
} Range;

static bool range_number(const char **p, u64 *number, size_t *digits)
{
    size_t n = strspn(*p, "0123456789");

    if (n == 0 || n > 18) return false;
    *number = strtoull(*p, NULL, 10);
    *digits = n;
    *p += n;
    return true;
}

static bool range_at(const char *text, const char *open, Range *range)
{
    char close = *open == '(' ? ')' : '}';
    const char *p = open + 1;
    size_t digits, ignored;

    if (!range_number(&p, &range->first, &digits)) return false;
    if (p[0] != '.' || p[1] != '.') return false;
    range->width = open[1] == '0' && digits > 1 ? (int)digits : 0;
    p += 2;
    if (!range_number(&p, &range->last, &ignored) || *p != close) return false;
    range->text = text;
    range->head = (size_t)(open - text) + (*open == '(');
    range->tail = (size_t)(p - text) + (*open == '{');
    return true;
}

static bool range_find(const char *text, Range *range)
{
    for (const char *p = text; (p = strpbrk(p, "({")); p++)
        if (range_at(text, p, range)) return true;
    return false;
}

static char *range_name(const Range *range, u64 number)
{
    char *name = NULL;

    if (asprintf(&name, "%.*s%0*llu%s", (int)range->head, range->text, range->width, (unsigned long long)number,
                 range->text + range->tail) < 0)
        return NULL;
    return name;
}

/* Collects "capfile(2740).cap, capfile(2742..2744).cap". */
typedef struct {
    char *text;
    size_t runs;
    u64 missing;
} Gaps;

static void gaps_add(Gaps *gaps, const Range *range, u64 first, u64 last)
{
    char *more = NULL;

    gaps->missing += last - first + 1;
    if (++gaps->runs > GAPS_TOLD) return;
    const char *before = gaps->text ? gaps->text : "", *comma = gaps->text ? ", " : "";
    int n = first == last ? asprintf(&more, "%s%s%.*s%0*llu%s", before, comma, (int)range->head, range->text,
                                     range->width, (unsigned long long)first, range->text + range->tail)
                          : asprintf(&more, "%s%s%.*s%0*llu..%0*llu%s", before, comma, (int)range->head, range->text,
                                     range->width, (unsigned long long)first, range->width, (unsigned long long)last,
                                     range->text + range->tail);
    if (n < 0) return;
    free(gaps->text);
    gaps->text = more;
}

static bool add_range_names(const Adding *adding, const Range *range, Gaps *gaps)
{
    u64 gap = 0; /* names missing in a row up to here */

    for (u64 number = range->first; number <= range->last; number++) {
        char *name = range_name(range, number);

        if (name && path_kind(name, NULL) == PATH_MISSING && errno == ENOENT) {
            free(name);
            gap++;
            continue;
        }
        if (gap) gaps_add(gaps, range, number - gap, number - 1);
        gap = 0;
        if (!take_path(adding, name)) return false;
    }
    if (gap) gaps_add(gaps, range, range->last - gap + 1, range->last);
    return true;
}

static bool add_range(const Adding *adding, const char *operand, const Range *range)
{
    size_t before = adding->inputs->count;
    Gaps gaps = {0};

    if (range->first > range->last || range->last - range->first >= RANGE_MAX) {
        report(adding->listener, PKS_ERROR, operand,
               range->first > range->last ? "the range counts down: expected the smaller number first"
                                          : "the range names more than 1000000 files");
        return false;
    }
    bool good = add_range_names(adding, range, &gaps);
    if (good && adding->inputs->count == before) {
        report(adding->listener, PKS_ERROR, operand, "no file of this range exists");
        good = false;
    } else if (good && gaps.missing) {
        report(adding->listener, PKS_WARNING, NULL, "%s%s %s missing", gaps.text ? gaps.text : operand,
               gaps.runs > GAPS_TOLD ? ", ..." : "", gaps.missing == 1 ? "is" : "are");
    }
    free(gaps.text);
    return good;
}

/* -- globs and lists ------------------------------------------------------------------------------------------------ */

static bool add_found(const Adding *adding, const char *path)
{
    return path_kind(path, NULL) == PATH_DIRECTORY ? add_directory(adding, path) : add_path(adding, path);
}

static bool add_glob(const Adding *adding, const char *pattern)
{
    glob_t found;
    int status = glob(pattern, GLOB_NOSORT, NULL, &found);
    bool good = status == 0;

    if (status != 0) {
        report(adding->listener, PKS_ERROR, pattern,
               status == GLOB_NOMATCH ? "no file matches this pattern" : "the pattern could not be looked up");
        return false;
    }
    qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, compare_paths);
    for (size_t i = 0; i < found.gl_pathc; i++) good = add_found(adding, found.gl_pathv[i]) && good;
    globfree(&found);
    return good;
}

static char *trim(char *line)
{
    line += strspn(line, " \t");
    size_t len = strlen(line);
    while (len && isspace((unsigned char)line[len - 1])) line[--len] = 0;
    return line;
}

static bool add_list(const Adding *adding, const char *path)
{
    Adding inner = {adding->inputs, adding->listener, adding->depth + 1};
    char *line = NULL;
    size_t room = 0;
    bool good = true, some = false;

    if (adding->depth >= LIST_DEPTH_MAX) {
        report(adding->listener, PKS_ERROR, path, "lists of files are nested deeper than %d", LIST_DEPTH_MAX);
        return false;
    }
    FILE *list = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!list) {
        report(adding->listener, PKS_ERROR, path, "the list of files cannot be opened: %s", strerror(errno));
        return false;
    }
    while (getline(&line, &room, list) > 0) {
        const char *operand = trim(line);

        if (!*operand || *operand == '#') continue;
        some = true;
        good = add_operand(&inner, operand) && good;
    }
    if (ferror(list)) {
        report(adding->listener, PKS_ERROR, path, "the list of files cannot be read: %s", strerror(errno));
        good = false;
    } else if (!some) {
        report(adding->listener, PKS_ERROR, path, "the list names no file");
        good = false;
    }
    free(line);
    if (list != stdin) fclose(list);
    return good;
}

static bool add_operand(const Adding *adding, const char *operand)
{
    Range range;

    if (strcmp(operand, "-") == 0) return add_path(adding, operand);
    if (path_kind(operand, NULL) != PATH_MISSING) return add_found(adding, operand);
    int why = errno;
    if (operand[0] == '@' && operand[1]) return add_list(adding, operand + 1);
    if (range_find(operand, &range)) return add_range(adding, operand, &range);
    if (strpbrk(operand, "*?[")) return add_glob(adding, operand);
    report(adding->listener, PKS_ERROR, operand, "%s", *operand ? strerror(why) : "an empty name is no file");
    return false;
}

bool pks_inputs_add(pks_inputs *inputs, const char *operand, const pks_listener *listener)
{
    return add_operand(&(Adding){inputs, listener, 0}, operand);
}

/* -- the look before a scan ------------------------------------------------------------------------------------------- */

typedef struct {
    dev_t device;
    ino_t inode;
    size_t index;
} Seen;

static int compare_seen(const void *a, const void *b)
{
    const Seen *x = a, *y = b;

    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode) return x->inode < y->inode ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void note_twice(const pks_inputs *inputs, Seen *seen, size_t count, const pks_listener *listener)
{
    size_t again = 0, first = 0;

    qsort(seen, count, sizeof *seen, compare_seen);
    for (size_t i = 1; i < count; i++) {
        if (seen[i].device != seen[i - 1].device || seen[i].inode != seen[i - 1].inode) continue;
        if (again++ == 0) first = seen[i].index;
    }
    if (again == 1)
        report(listener, PKS_NOTE, inputs->path[first], "is given twice, and is read twice");
    else if (again)
        report(listener, PKS_NOTE, inputs->path[first],
               "the first of %zu inputs that were given before; all are read again", again);
}

u64 inputs_survey(const pks_inputs *inputs, const pks_listener *listener)
{
    size_t count = pks_inputs_count(inputs), known = 0;
    Seen *seen = count ? malloc(count * sizeof *seen) : NULL;
    u64 bytes = 0;

    for (size_t i = 0; i < count; i++) {
        const char *path = inputs->path[i];
        struct stat st;

        if ((strcmp(path, "-") == 0 ? fstat(0, &st) : stat(path, &st)) != 0 || !S_ISREG(st.st_mode)) continue;
        bytes += (u64)st.st_size;
        if (seen) seen[known++] = (Seen){st.st_dev, st.st_ino, i};
    }
    if (known) note_twice(inputs, seen, known, listener);
    free(seen);
    return bytes;
}
