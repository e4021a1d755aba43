/* sink.c - see sink.h. */
#include "runtime/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "runtime/capture/file.h"
#include "runtime/report.h"

enum { WHY_BYTES = 400, PROBE_BYTES = 128 };

struct pks_output {
    WriterOptions options;
    char *path, *format;
    Writer *writer; /* NULL until it is known what to write */
    bool failed;
};

static bool fail(pks_output *output, const pks_listener *listener, const char *why)
{
    if (!output->failed) {
        /* `why` names the file. */
        pks_message message = {.level = PKS_ERROR, .file = output->path, .offset = UINT64_MAX, .text = why};

        report_message(listener, &message);
    }
    output->failed = true;
    return false;
}

static bool open_writer(pks_output *output, const pks_listener *listener)
{
    char why[WHY_BYTES];

    if (output->writer) return true;
    if (output->failed) return false;
    output->writer = writer_open(&output->options, why, sizeof why);
    return output->writer || fail(output, listener, why);
}

/* -- an output that is also an input --------------------------------------------------------------------------------- */

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Would a split output called `output` use the name `input` for one of its further files, NAME(n).EXT? */
static bool is_further_file(const char *output, const char *input)
{
    const char *name = base_name(output), *other = base_name(input), *dot = strrchr(name, '.');
    size_t stem = dot && dot != name ? (size_t)(dot - name) : strlen(name);

    if (strncmp(name, other, stem) != 0 || other[stem] != '(') return false;
    const char *digits = other + stem + 1;
    size_t n = strspn(digits, "0123456789");
    return n > 0 && digits[n] == ')' && strcmp(digits + n + 1, name + stem) == 0;
}

static bool same_folder(const char *a, const char *b)
{
    struct stat one, two;
    char *folder_a = strndup(a, (size_t)(base_name(a) - a)), *folder_b = strndup(b, (size_t)(base_name(b) - b));
    bool same = folder_a && folder_b && stat(*folder_a ? folder_a : ".", &one) == 0 &&
                stat(*folder_b ? folder_b : ".", &two) == 0 && same_file(&one, &two);

    free(folder_a);
    free(folder_b);
    return same;
}

/* Would writing output overwrite this input? */
static bool clashes(const pks_output *output, const struct stat *existing, const char *input)
{
    struct stat st;
    bool is_stdin = strcmp(input, "-") == 0;

    if ((is_stdin ? fstat(0, &st) : stat(input, &st)) != 0) return !is_stdin && strcmp(input, output->path) == 0;
    if (existing && S_ISREG(st.st_mode) && same_file(existing, &st)) return true;
    return output->options.split_bytes && !is_stdin && is_further_file(output->path, input) &&
           same_folder(output->path, input);
}

static bool check_inputs(pks_output *output, const pks_inputs *inputs, const pks_listener *listener)
{
    struct stat st;
    bool is_stdout = strcmp(output->path, "-") == 0;
    bool exists = (is_stdout ? fstat(1, &st) : stat(output->path, &st)) == 0 && S_ISREG(st.st_mode);

    for (size_t i = 0; i < pks_inputs_count(inputs); i++) {
        const char *input = pks_inputs_path(inputs, i);

        if (!clashes(output, exists ? &st : NULL, input)) continue;
        report(listener, PKS_ERROR, is_stdout ? "standard output" : output->path,
               "is also an input (%s): nothing was written", report_name(input));
        return false;
    }
    return true;
}

/* -- opening -------------------------------------------------------------------------------------------------------- */

static bool needs_first_input(const pks_output *output)
{
    const char *dot = strrchr(base_name(output->path), '.');

    return !output->options.format && dot && strcasecmp(dot, ".cap") == 0;
}

/* The format of the first input that is a capture; NULL when that cannot be told without reading a pipe. */
static const char *first_format(const pks_inputs *inputs)
{
    u8 bytes[PROBE_BYTES];

    for (size_t i = 0; i < pks_inputs_count(inputs); i++) {
        const char *path = pks_inputs_path(inputs, i);

        if (path_kind(path, NULL) == PATH_STREAM) return NULL;
        size_t got = capture_file_peek(path, bytes, sizeof bytes);
        const Format *format = got ? format_probe(bytes, got) : NULL;
        if (format) return format->name;
    }
    return NULL;
}

static void output_free(pks_output *output)
{
    free(output->path);
    free(output->format);
    free(output);
}

static pks_output *output_of(const pks_output_options *options)
{
    pks_output *output = calloc(1, sizeof *output);

    if (!output) return NULL;
    output->path = strdup(options->path ? options->path : "");
    output->format = options->format ? strdup(options->format) : NULL;
    output->options = (WriterOptions){.path = output->path,
                                      .format = output->format,
                                      .split_bytes = options->split_bytes,
                                      .snaplen = options->snaplen,
                                      .flush = options->flush};
    if (output->path && (output->format || !options->format)) return output;
    output_free(output);
    return NULL;
}

pks_output *pks_output_open(const pks_output_options *options, const pks_inputs *inputs, const pks_listener *listener)
{
    pks_output *output = output_of(options);

    if (!output) {
        report(listener, PKS_ERROR, options->path, "not enough memory to write");
        return NULL;
    }
    if (!check_inputs(output, inputs, listener)) goto failed;
    output->options.same_as = first_format(inputs);
    if (needs_first_input(output) && !output->options.same_as && pks_inputs_count(inputs)) return output;
    if (open_writer(output, listener)) return output;
failed:
    output_free(output);
    return NULL;
}

bool sink_begin(pks_output *output, const Capture *first, const pks_listener *listener)
{
    if (!output->options.same_as) output->options.same_as = first->format->name;
    if (!open_writer(output, listener)) return false;
    writer_source(output->writer, first);
    return true;
}

/* -- frames --------------------------------------------------------------------------------------------------------- */

bool sink_frame(pks_output *output, const Capture *capture, const void *context, const FrameInfo *frame,
                const pks_listener *listener)
{
    char why[WHY_BYTES];

    if (output->failed || !open_writer(output, listener)) return false;
    return writer_frame(output->writer, capture, context, frame, why, sizeof why) || fail(output, listener, why);
}

bool sink_runs(pks_output *output, const Capture *capture, const FrameRun *runs, u32 count,
               const pks_listener *listener)
{
    char why[WHY_BYTES];

    if (output->failed || !open_writer(output, listener)) return false;
    return writer_runs(output->writer, capture, runs, count, why, sizeof why) || fail(output, listener, why);
}

WriterMark sink_mark(const pks_output *output)
{
    return output->writer ? writer_mark(output->writer) : (WriterMark){0};
}

bool sink_rewind(pks_output *output, const WriterMark *mark, const pks_listener *listener)
{
    char why[WHY_BYTES];

    if (output->failed) return false;
    return !output->writer || writer_rewind(output->writer, mark, why, sizeof why) || fail(output, listener, why);
}

bool sink_splits(const pks_output *output) { return output->options.split_bytes != 0; }

u64 sink_room(const pks_output *output)
{
    u64 used = output->writer ? writer_mark(output->writer).offset : 0;

    return output->options.split_bytes > used ? output->options.split_bytes - used : 0;
}

/* time_digits as pcapng codes a resolution; whatever is asked for, a stamp that does not fit it goes to ns. */
static void set_stamp(FrameInfo *info, const pks_frame *frame)
{
    u64 unit = 1;
    u8 digits = frame->time_digits >= 1 && frame->time_digits <= 9 ? frame->time_digits : 9;

    for (u8 i = digits; i < 9; i++) unit *= 10;
    if (frame->time_ns < 0 || (u64)frame->time_ns % unit != 0) {
        unit = 1;
        digits = 9;
    }
    i64 seconds = frame->time_ns < 0 ? (frame->time_ns - 999999999) / 1000000000 : 0;
    info->tsoffset = seconds;
    info->ticks = (u64)(frame->time_ns - seconds * 1000000000) / unit;
    info->tsresol = digits;
}

bool pks_output_frame(pks_output *output, const pks_frame *frame, const pks_listener *listener)
{
    FrameInfo info = {
        .data = frame->data,
        .caplen = frame->caplen,
        .len = frame->len,
        .linktype = frame->linktype,
        .time_ns = frame->time_ns,
        .has_time = frame->has_time,
        .comment = frame->comment,
        .comment_len = frame->comment_len,
        .process = UINT32_MAX,
        .media_type = frame->linktype,
    };

    set_stamp(&info, frame);
    return sink_frame(output, NULL, NULL, &info, listener);
}

bool pks_output_close(pks_output *output, bool keep, const pks_listener *listener)
{
    char why[WHY_BYTES] = "";
    bool good = !output->failed;

    /* No input was a capture: an empty file still is what was asked for. */
    if (good && keep && !output->writer) good = open_writer(output, listener);
    if (output->writer && !writer_close(output->writer, keep && good, why, sizeof why) && good)
        good = fail(output, listener, why);
    output_free(output);
    return good;
}

u64 pks_output_bytes(const pks_output *output) { return output->writer ? writer_bytes(output->writer) : 0; }
size_t pks_output_files(const pks_output *output) { return output->writer ? writer_files(output->writer) : 0; }

const char *pks_output_path(const pks_output *output, size_t i)
{
    return output->writer && i < writer_files(output->writer) ? writer_path(output->writer, (u32)i) : NULL;
}

void pks_abandon_outputs(void) { writer_abandon_all(); }
