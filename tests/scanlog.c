/* scanlog.c - see scanlog.h. */
#include "tests/scanlog.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

Scratch scratch_make(void)
{
    Scratch scratch = {"/tmp/pktsift-test.XXXXXX"};

    cr_assert_not_null(mkdtemp(scratch.path));
    return scratch;
}

void scratch_remove(Scratch *scratch)
{
    char command[128];

    snprintf(command, sizeof command, "rm -rf '%s'", scratch->path);
    cr_assert_eq(system(command), 0);
}

const char *scratch_path(const Scratch *scratch, const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % COUNT_OF(paths)];

    snprintf(path, sizeof paths[0], "%s/%s", scratch->path, name);
    return path;
}

void scratch_write(const Scratch *scratch, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(scratch_path(scratch, name), "wb");

    cr_assert_not_null(file);
    if (size) cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

u8 *scratch_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    u8 *bytes = NULL;

    *size = 0;
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    bytes = malloc((size_t)length + 1);
    if (bytes) *size = fread(bytes, 1, (size_t)length, file);
    fclose(file);
    return bytes;
}

/* -- logs ----------------------------------------------------------------------------------------------------------- */

void log_add(Log *log, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (log->len + (size_t)n + 1 > log->room) {
        log->room = (log->room + (size_t)n + 1) * 2;
        log->text = realloc(log->text, log->room);
        cr_assert_not_null(log->text);
    }
    va_start(args, format);
    vsnprintf(log->text + log->len, (size_t)n + 1, format, args);
    va_end(args);
    log->len += (size_t)n;
}

void log_free(Log *log)
{
    free(log->text);
    *log = (Log){0};
}

static void log_message(void *user, const pks_message *message)
{
    static const char *const levels[] = {"note", "warning", "error"};

    log_add(user, "%s: %s (offset %lld, frame %llu)\n", levels[message->level], message->text,
            (long long)message->offset, (unsigned long long)message->frame);
}

pks_listener log_listener(Log *log) { return (pks_listener){log_message, log}; }

typedef struct {
    Log log;
    u64 frames, stop_after;
    Log of_thread[PKS_THREADS_MAX];
} Run;

/* A frame number that is not known yet: MARK and eight digits. */
enum { MARK = 2 };

static u32 sum_of(const u8 *data, u32 len)
{
    u32 sum = 0;

    for (u32 i = 0; i < len; i++) sum = sum * 31 + data[i];
    return sum;
}

static void add_frame(Log *log, const pks_frame *frame)
{
    log_add(log, " of %llu: %u/%u link %u if %u time %lld.%u delta %lld offset %lld data %08x comment %.*s\n",
            (unsigned long long)frame->file_index, frame->caplen, frame->len, frame->linktype, frame->interface,
            frame->has_time ? (long long)frame->time_ns : -1, frame->time_digits, (long long)frame->delta_ns,
            (long long)frame->offset_ns, sum_of(frame->data, frame->caplen), (int)frame->comment_len,
            frame->comment ? (const char *)frame->comment : "");
}

static bool take_frame(void *user, const pks_frame *frame)
{
    Run *run = user;

    log_add(&run->log, "frame %llu", (unsigned long long)frame->number);
    add_frame(&run->log, frame);
    return ++run->frames != run->stop_after;
}

static pks_text render_frame(void *user, unsigned thread, const pks_frame *frame)
{
    Run *run = user;
    Log *log = &run->of_thread[thread];

    log->len = 0;
    log_add(log, "frame %c%08llu", MARK, (unsigned long long)frame->number);
    add_frame(log, frame);
    return (pks_text){log->text, log->len};
}

static bool take_text(void *user, pks_text text, uint64_t before)
{
    Run *run = user;
    char *copy = strndup(text.at, text.length), *at = copy, *mark, *behind;

    for (; (mark = strchr(at, MARK)); at = behind) {
        unsigned long long number = strtoull(mark + 1, &behind, 10);

        cr_assert_eq(behind - mark, 9);
        log_add(&run->log, "%.*s%llu", (int)(mark - at), at, number + before);
    }
    log_add(&run->log, "%s", at);
    free(copy);
    return true;
}

static void take_file(void *user, const pks_file *file)
{
    Run *run = user;

    log_add(&run->log, "file %llu %s: frames %llu matched %llu bytes %llu opened %d damaged %d cut %d passed %d\n",
            (unsigned long long)file->index, file->variant ? file->variant : "-", (unsigned long long)file->frames,
            (unsigned long long)file->matched, (unsigned long long)file->bytes, file->opened, file->damaged, file->cut,
            file->passed_over);
    log_add(&run->log,
            "  time %d %lld..%lld %lld..%lld back %llu bytes %llu %llu interfaces %u links %u:", file->has_time,
            (long long)file->first_ns, (long long)file->last_ns, (long long)file->earliest_ns,
            (long long)file->latest_ns, (unsigned long long)file->backwards, (unsigned long long)file->data_bytes,
            (unsigned long long)file->wire_bytes, file->interfaces, file->linktype_count);
    for (u32 i = 0; i < MIN_OF(file->linktype_count, 8); i++) log_add(&run->log, " %u", file->linktypes[i]);
    log_add(&run->log, "\n");
}

static void log_totals(Log *log, const pks_totals *t)
{
    log_add(
        log,
        "totals: frames %llu matched %llu bytes %llu files %llu passed %llu failed %llu damaged %llu cut %llu unsure %llu given up %llu stopped %d\n",
        (unsigned long long)t->frames, (unsigned long long)t->matched, (unsigned long long)t->bytes,
        (unsigned long long)t->files, (unsigned long long)t->files_passed_over, (unsigned long long)t->files_failed,
        (unsigned long long)t->files_damaged, (unsigned long long)t->files_cut, (unsigned long long)t->frames_unsure,
        (unsigned long long)t->frames_given_up, t->stopped);
}

static void log_output(Log *log, const char *path)
{
    size_t size;
    u8 *bytes = scratch_read(path, &size);

    log_add(log, "output %s %zu bytes, sum %08x\n", bytes ? "there" : "missing", size,
            bytes ? sum_of(bytes, (u32)size) : 0);
    free(bytes);
}

Log scan_log(const pks_inputs *inputs, const ScanHow *how)
{
    Run run = {.stop_after = how->stop_after};
    pks_listener listener = log_listener(&run.log);
    pks_filter *filter = NULL;
    pks_output *output = NULL;
    pks_totals totals;

    if (how->filter) {
        filter = pks_compile(how->filter, strlen(how->filter), NULL, &listener);
        cr_assert_not_null(filter, "%s", run.log.text);
    }
    if (how->output) {
        output = pks_output_open(&(pks_output_options){.path = how->output}, inputs, &listener);
        cr_assert_not_null(output, "%s", run.log.text);
    }
    pks_scan_options options = {
        .inputs = inputs,
        .filter = filter,
        .threads = how->threads,
        .lanes = how->lanes,
        .batch = how->batch,
        .chunk_bytes = how->chunk_bytes,
        .max_frames = how->max_frames,
        .strict = how->strict,
        .want_delta = how->delta,
        .want_times = how->times,
        .window_set = how->window,
        .from_ns = how->from_ns,
        .to_ns = how->to_ns,
        .on_frame = how->no_frames ? NULL : take_frame,
        .render = how->render ? render_frame : NULL,
        .on_text = how->render ? take_text : NULL,
        .on_file = take_file,
        .output = output,
        .listener = listener,
        .user = &run,
    };
    bool good = how->merge ? pks_merge(&options, &totals) : pks_scan(&options, &totals);
    log_add(&run.log, "%s\n", good ? "carried out" : "not carried out");
    log_totals(&run.log, &totals);
    if (output) {
        cr_assert(pks_output_close(output, true, &listener), "%s", run.log.text);
        log_output(&run.log, how->output);
    }
    for (size_t i = 0; i < COUNT_OF(run.of_thread); i++) log_free(&run.of_thread[i]);
    pks_filter_free(filter);
    return run.log;
}

pks_inputs *inputs_of(const char *const *paths, size_t count)
{
    pks_inputs *inputs = pks_inputs_new();

    cr_assert_not_null(inputs);
    for (size_t i = 0; i < count; i++) cr_assert(pks_inputs_add(inputs, paths[i], NULL), "%s", paths[i]);
    return inputs;
}

Log scan_log_file(const char *path, const ScanHow *how)
{
    pks_inputs *inputs = inputs_of(&path, 1);
    Log log = scan_log(inputs, how);

    pks_inputs_free(inputs);
    return log;
}

void logs_equal(const Log *a, const Log *b, const char *what)
{
    const char *p = a->text, *q = b->text;
    size_t line = 1;

    while (*p && *q) {
        size_t n = strcspn(p, "\n"), m = strcspn(q, "\n");

        if (n != m || memcmp(p, q, n) != 0) break;
        p += n + (p[n] != 0);
        q += m + (q[m] != 0);
        line++;
    }
    cr_assert(*p == 0 && *q == 0, "%s: line %zu differs:\n  %.*s\n  %.*s", what, line, (int)strcspn(p, "\n"), p,
              (int)strcspn(q, "\n"), q);
}
