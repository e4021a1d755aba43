/* filter.c - pks_filter and pks_matcher: the compiler's and the machine's public face. */
#include "runtime/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "compiler/typed.h"
#include "grammar/literal.h"
#include "runtime/filterfile.h"
#include "runtime/report.h"
#include "runtime/sample.h"
#include "runtime/writers/output.h"
#include "vm/fields.h"
#include "vm/vm.h"

enum { WHY_BYTES = 200 };

const char *pks_version(void) { return PKS_VERSION; }

/* -- compiling ------------------------------------------------------------------------------------------------------ */

pks_level level_of_diag(DiagLevel level)
{
    return level == DIAG_ERROR ? PKS_ERROR : level == DIAG_WARNING ? PKS_WARNING : PKS_NOTE;
}

static void say_diag(Arena *arena, const Source *source, const Diag *diag, const char *file,
                     const pks_listener *listener)
{
    const char *text = diag_format(arena, source, diag);
    size_t len = strlen(text);
    Place place = source_place(source, diag->span.at);
    pks_message message = {.level = level_of_diag(diag->level),
                           .file = source->part_count ? source_part(source, diag->span.at).name : file,
                           .offset = UINT64_MAX,
                           .line = place.line,
                           .column = place.column};

    while (len && text[len - 1] == '\n') len--;
    message.text = arena_copy(arena, text, len);
    report_message(listener, &message);
}

void say_diags(Arena *arena, const DiagList *diags, const char *file, const pks_listener *listener)
{
    u32 kept_errors = 0;

    for (u32 i = 0; i < diags->count; i++) {
        kept_errors += diags->item[i].level == DIAG_ERROR;
        say_diag(arena, diags->source, &diags->item[i], file, listener);
    }
    if (diags->errors > kept_errors)
        report(listener, PKS_ERROR, file, "... and %u more errors", diags->errors - kept_errors);
}

static char *copy_of(const char *text) { return strdup(text ? text : ""); }

/* Without stages nothing is kept but the program: putting them into words can take longer than compiling. */
pks_filter *filter_of(Program *program, const CompileStages *stages)
{
    pks_filter *filter = calloc(1, sizeof *filter);

    if (!filter) {
        program_free(program);
        return NULL;
    }
    filter->program = program;
    if (!stages) return filter;
    filter->stage[PKS_TREE] = copy_of(stages->tree);
    filter->stage[PKS_TYPED] = copy_of(stages->typed);
    filter->stage[PKS_PLAN] = copy_of(stages->plan);
    filter->stage[PKS_CODE] = program_listing(program);
    filter->parts = calloc((size_t)stages->parts.count + 1, sizeof *filter->parts);
    filter->part_count = filter->parts ? stages->parts.count : 0;
    if (filter->part_count) memcpy(filter->parts, stages->parts.part, filter->part_count * sizeof *filter->parts);
    for (Peer peer = 0; peer < PEER_COUNT; peer++) {
        const Equivalent *equivalent = &stages->equivalent[peer];
        filter->equivalent[peer] = (Equivalent){.filter = equivalent->filter ? strdup(equivalent->filter) : NULL,
                                                .why = equivalent->why ? strdup(equivalent->why) : NULL,
                                                .exceptions = equivalent->exceptions};
    }
    return filter;
}

/* sample: for sample_release, when the filter is compiled. */
static CompileOptions how_to_compile(const pks_compile_options *options, FrameSample *sample)
{
    *sample = (FrameSample){.inputs = options->inputs, .file = {.fd = -1}};
    return (CompileOptions){.sample = options->inputs ? sample_take : NULL,
                            .sample_user = sample,
                            .plain = options->plain,
                            .lint = options->lint,
                            .from_set = options->from_set,
                            .to_set = options->to_set,
                            .from_ns = options->from_ns,
                            .to_ns = options->to_ns};
}

static pks_filter *compile(const char *text, size_t length, const pks_compile_options *options, const char *file,
                           const pks_listener *listener)
{
    Arena arena = {0};
    DiagList diags;
    CompileStages stages = {0};
    Source source = {.name = options->name ? options->name : "filter", .text = text ? text : "", .len = (u32)length};
    FrameSample sample;
    CompileOptions how = how_to_compile(options, &sample);

    diag_init(&diags, &arena, &source);
    Program *program = filter_compile(&arena, text ? &source : NULL, &how, &diags, options->explain ? &stages : NULL);
    sample_release(&sample);
    say_diags(&arena, &diags, file, listener);
    pks_filter *filter = program ? filter_of(program, options->explain ? &stages : NULL) : NULL;
    if (program && !filter) report(listener, PKS_ERROR, file, "not enough memory to compile the filter");
    arena_release(&arena);
    return filter;
}

static pks_filter *compile_checked(const char *text, size_t length, const pks_compile_options *options,
                                   const char *file, const pks_listener *listener)
{
    pks_compile_options defaults = {0};

    if (!options) options = &defaults;
    if (length > FILTER_BYTES_MAX) {
        report(listener, PKS_ERROR, options->name ? options->name : "filter",
               "the filter has %zu bytes; at most %d are read", length, FILTER_BYTES_MAX);
        return NULL;
    }
    return compile(text, length, options, file, listener);
}

pks_filter *pks_compile(const char *text, size_t length, const pks_compile_options *options,
                        const pks_listener *listener)
{
    return compile_checked(text, length, options, NULL, listener);
}

/* -- compiled filters ----------------------------------------------------------------------------------------------- */

static Program *load_program(const void *bytes, size_t size, char *why, size_t why_size)
{
    Program *program = program_load(bytes, size, why, why_size);

    if (!program || program_intact(program)) return program;
    snprintf(why, why_size, "damaged: its checksum does not fit");
    program_free(program);
    return NULL;
}

/* Takes the program. */
static Program *narrow(Program *program, const pks_compile_options *options, char *why, size_t why_size)
{
    if (!program || (!options->from_set && !options->to_set)) return program;
    Wide from = options->from_set ? filetime_of(options->from_ns) : 0;
    Wide to = options->to_set ? filetime_of(options->to_ns) : (Wide)UINT64_MAX;
    Program *within = program_within(program, (u64)from, (u64)to, why, why_size);

    program_free(program);
    return within;
}

/* file: its name, or NULL. */
static pks_filter *load(const void *bytes, size_t size, const pks_compile_options *options, const char *file,
                        const pks_listener *listener)
{
    char why[WHY_BYTES];
    Program *program = narrow(load_program(bytes, size, why, sizeof why), options, why, sizeof why);

    if (!program) {
        report(listener, PKS_ERROR, file, "this compiled filter cannot be used: %s; compile it again", why);
        return NULL;
    }
    pks_filter *filter = filter_of(program, &(CompileStages){0});
    if (filter)
        filter->loaded = true;
    else
        report(listener, PKS_ERROR, file, "not enough memory for the filter");
    return filter;
}

/* -- filter files --------------------------------------------------------------------------------------------------- */

enum { COMPILED_BYTES_MAX = 1 << 30 };

/* A pipe with a name, whose other end may never be opened; not what a shell writes for <(...). */
static bool is_named_pipe(const char *path)
{
    struct stat status;

    if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0) return false;
    return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

char *filter_read_file(const char *path, size_t *length, const pks_listener *listener)
{
    if (is_named_pipe(path)) {
        report(listener, PKS_ERROR, path, "the filter file cannot be read: this is a pipe; standard input is -");
        return NULL;
    }
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    size_t most = (size_t)FILTER_BYTES_MAX + 1, room = 4096, used = 0;
    char *text = file ? malloc(room) : NULL;
    int why = errno;

    while (text && used < most) {
        size_t got = fread(text + used, 1, MIN_OF(room, most) - used, file);

        used += got;
        if (got == 0) break;
        if (program_is_block(text, used)) most = COMPILED_BYTES_MAX;
        if (used < room) continue;
        char *grown = realloc(text, room *= 2);
        if (!grown) free(text);
        text = grown;
        why = ENOMEM;
    }
    if (text && ferror(file)) {
        why = errno;
        free(text);
        text = NULL;
    }
    if (file && file != stdin) fclose(file);
    if (!text) report(listener, PKS_ERROR, path, "the filter file cannot be read: %s", strerror(why));
    *length = used;
    return text;
}

/* The filter that options choose, with their parameters; what else is wrong in the file is told as well. */
static Program *compile_chosen(FilterFile *file, const pks_compile_options *options, CompileStages *stages)
{
    FrameSample sample;
    CompileOptions how = how_to_compile(options, &sample);
    Program *program = NULL;

    for (size_t i = 0; i < options->define_count; i++)
        modules_define(&file->set, options->defines[i].name, options->defines[i].value);
    Decl *filter = file->diags.errors ? NULL : modules_choose(&file->set, options->filter);
    if (filter) program = module_compile(&file->set, filter, &how, stages);
    sample_release(&sample);
    modules_check_rest(&file->set);
    if (file->diags.errors == 0) return program;
    program_free(program);
    return NULL;
}

static pks_filter *compile_sift(const char *path, const char *text, size_t length, const pks_compile_options *options,
                                const pks_listener *listener)
{
    FilterFile file;
    CompileStages stages = {0};
    pks_filter *filter = NULL;

    if (filterfile_load(&file, path, options->name, text, length, listener)) {
        Program *program = compile_chosen(&file, options, options->explain ? &stages : NULL);
        say_diags(&file.arena, &file.diags, path, listener);
        if (program) filter = filter_of(program, options->explain ? &stages : NULL);
        if (program && !filter) report(listener, PKS_ERROR, path, "not enough memory to compile the filter");
    }
    filterfile_free(&file);
    return filter;
}

/* Only sift files have filters with names, and parameters. */
static bool is_asked_too_much(const char *path, bool compiled, const pks_compile_options *options,
                              const pks_listener *listener)
{
    const char *what = compiled ? "is compiled" : "is one bare expression";

    if (options->filter)
        report(listener, PKS_ERROR, path, "this file %s: there is no filter called '%s' in it", what, options->filter);
    else if (options->define_count)
        report(listener, PKS_ERROR, path, "this file %s: it has no parameter '%s' that could be set", what,
               options->defines[0].name);
    else
        return false;
    return true;
}

/* Of an empty or a damaged file only its name says that it was to be no text. */
static bool is_called_compiled(const char *path)
{
    size_t len = strlen(path);
    return len > 6 && strcmp(path + len - 6, ".siftc") == 0;
}

/* As old Macs wrote them: a comment then goes on to the end of the file. */
static bool ends_lines_with_cr(const char *text, size_t length)
{
    return memchr(text, '\r', length) && !memchr(text, '\n', length) && memmem(text, length, "//", 2);
}

const char *filter_file_fault(const char *path, const char *text, size_t length)
{
    size_t skip = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    if (program_is_block(text, length)) return NULL;
    if (is_called_compiled(path))
        return length ? "this compiled filter is damaged: it does not begin as one does; compile it again"
                      : "this compiled filter is empty; compile it again";
    if (length == skip) return "the filter is empty; the one that takes every frame is -e ''";
    if (program_is_block_cut(text, length)) return "this is the beginning of a compiled filter; compile it again";
    if (ends_lines_with_cr(text, length)) return "its lines end with CR alone, which ends no comment; end them with LF";
    return NULL;
}

static pks_filter *compile_read(const char *path, const char *text, size_t length, const pks_compile_options *options,
                                const pks_listener *listener)
{
    bool compiled = program_is_block(text, length);
    size_t skip = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    const char *fault = filter_file_fault(path, text, length);

    if (fault) {
        report(listener, PKS_ERROR, path, "%s", fault);
        return NULL;
    }
    if (!compiled && text_is_sift(text, length)) return compile_sift(path, text, length, options, listener);
    if (is_asked_too_much(path, compiled, options, listener)) return NULL;
    if (compiled) return load(text, length, options, path, listener);
    return compile_checked(text + skip, length - skip, options, path, listener);
}

pks_filter *pks_compile_file(const char *path, const pks_compile_options *options, const pks_listener *listener)
{
    pks_compile_options named = options ? *options : (pks_compile_options){0};
    Arena arena = {0};
    const char *found = imports_given(&arena, path);
    size_t length;
    char *text = filter_read_file(found, &length, listener);

    if (!named.name) named.name = report_name(path);
    pks_filter *filter = text ? compile_read(found, text, length, &named, listener) : NULL;
    free(text);
    arena_release(&arena);
    return filter;
}

/* -- a filter as an object ------------------------------------------------------------------------------------------ */

void pks_filter_free(pks_filter *filter)
{
    if (!filter) return;
    program_free(filter->program);
    for (size_t i = 0; i < COUNT_OF(filter->stage); i++) free(filter->stage[i]);
    free(filter->parts);
    for (Peer peer = 0; peer < PEER_COUNT; peer++) {
        free((char *)(uintptr_t)filter->equivalent[peer].filter);
        free((char *)(uintptr_t)filter->equivalent[peer].why);
    }
    free(filter);
}

const void *pks_filter_bytes(const pks_filter *filter, size_t *size)
{
    *size = filter->program->block_size;
    return filter->program->block;
}

pks_filter *pks_filter_load(const void *bytes, size_t size, const pks_listener *listener)
{
    return load(bytes, size, &(pks_compile_options){0}, NULL, listener);
}

bool pks_write_file(const char *path, const void *bytes, size_t size, const pks_listener *listener)
{
    char why[WHY_BYTES];
    Output *output = output_open(path, false, why, sizeof why);
    bool good = output && output_put(output, bytes, size);

    if (output) good = output_close(output, good, why, sizeof why);
    if (!good) report(listener, PKS_ERROR, NULL, "%s", why);
    return good;
}

bool pks_filter_save(const pks_filter *filter, const char *path, const pks_listener *listener)
{
    return pks_write_file(path, filter->program->block, filter->program->block_size, listener);
}

bool pks_filter_loaded(const pks_filter *filter) { return filter->loaded; }

const char *pks_explain(const pks_filter *filter, pks_stage stage)
{
    if ((unsigned)stage > PKS_CODE || !filter->stage[stage]) return "";
    return filter->stage[stage];
}

static Peer peer_of(pks_peer peer) { return peer == PKS_TCPDUMP ? PEER_TCPDUMP : PEER_WIRESHARK; }

const char *pks_equivalent(const pks_filter *filter, pks_peer peer, const char **why)
{
    const Equivalent *equivalent = &filter->equivalent[peer_of(peer)];

    if (why)
        *why = equivalent->filter ? NULL
               : equivalent->why  ? equivalent->why
               : filter->loaded   ? "of a compiled filter only the code is left"
                                  : "it was not asked for";
    return equivalent->filter;
}

bool pks_equivalent_exception(const pks_filter *filter, pks_peer peer, size_t i, pks_exception *exception)
{
    u32 left = filter->equivalent[peer_of(peer)].exceptions;

    for (; left && i > 0; i--) left &= left - 1;
    if (!left) return false;
    const ExceptionInfo *info = &exception_info[__builtin_ctz(left)];
    *exception = (pks_exception){info->name, info->text};
    return true;
}

bool pks_parse_time(const char *text, int64_t *time_ns)
{
    size_t len = strlen(text);
    i64 ns;

    if (len > 100 || !literal_time(text, (u32)len, &ns)) return false;
    *time_ns = ns;
    return true;
}

/* -- one frame at a time -------------------------------------------------------------------------------------------- */

struct pks_matcher {
    Vm *vm;
    Batch batch;
};

pks_matcher *pks_matcher_new(const pks_filter *filter)
{
    pks_matcher *matcher = calloc(1, sizeof *matcher);

    if (!matcher) return NULL;
    matcher->vm = vm_new(filter->program);
    if (matcher->vm) return matcher;
    free(matcher);
    return NULL;
}

void pks_matcher_free(pks_matcher *matcher)
{
    if (!matcher) return;
    vm_free(matcher->vm);
    free(matcher);
}

void batch_of_frame(Batch *batch, const pks_frame *frame)
{
    batch->count = 1;
    batch->readable = NULL;
    batch->linktype = batch->media_type = frame->linktype;
    batch->caplen_min = batch->caplen[0] = frame->caplen;
    batch->data[0] = frame->data;
    batch->len[0] = frame->len;
    batch->at[0] = 0;
    batch->lane[0] = 0;
    batch->time[0] = frame->time_ns;
    batch->delta[0] = frame->delta_ns;
    batch->offset[0] = frame->offset_ns;
    batch->number[0] = frame->number ? frame->number - 1 : 0;
}

bool pks_match(pks_matcher *matcher, const pks_frame *frame)
{
    batch_of_frame(&matcher->batch, frame);
    return vm_run(matcher->vm, &matcher->batch, NULL) & 1;
}

/* -- the dictionary ------------------------------------------------------------------------------------------------- */

/* FrameData, FrameVariable.*, then fields.def row by row, so a protocol stands before its fields. */
enum { BEFORE_PROTOCOLS = 1 + META_COUNT, A_PROTOCOL = FIELD_COUNT };

static const struct {
    u16 proto, field; /* field: A_PROTOCOL for the protocol's own row */
} dictionary[] = {
#define PROTO(id, ...)        {PROTO_##id, A_PROTOCOL},
#define FIELD(proto, id, ...) {PROTO_##proto, FIELD_##proto##_##id},
#define BYTES(proto, id, ...) FIELD(proto, id)
#define CALC(proto, id, ...)  FIELD(proto, id)
#define PAIR(proto, id, ...)  FIELD(proto, id)
#define ALIAS(proto, id, ...) FIELD(proto, id)
#include "vm/fields.def"
};

size_t pks_field_count(void) { return BEFORE_PROTOCOLS + COUNT_OF(dictionary); }

static pks_text text_of(const char *text) { return (pks_text){text, strlen(text)}; }

static void describe_field(FieldId id, pks_field *field)
{
    const FieldInfo *info = &field_info[id];
    const char *source;
    size_t source_len, meaning_len = field_source(id, &source, &source_len);

    *field = (pks_field){.protocol = proto_info[info->proto].name,
                         .name = info->name,
                         .type = info->how & CALC_STRUCT ? "structure" : type_info[info->type].name,
                         .meaning = {info->meaning, meaning_len},
                         .source = {source, source_len},
                         .pair = info->kind == FIELD_IS_PAIR,
                         .many = info->how & CALC_MANY,
                         .keyed = info->how & CALC_KEYED};
}

bool pks_field_get(size_t i, pks_field *field)
{
    if (i >= pks_field_count()) return false;
    if (i == 0) {
        *field = (pks_field){.protocol = "FrameData",
                             .name = "",
                             .type = type_info[TYPE_BYTES].name,
                             .meaning = text_of("all bytes of the frame that were captured"),
                             .source = text_of("Network Monitor 3.4")};
    } else if (i < BEFORE_PROTOCOLS) {
        const MetaInfo *meta = &meta_info[i - 1];
        *field = (pks_field){.protocol = "FrameVariable",
                             .name = meta->name,
                             .type = type_info[meta->type].name,
                             .meaning = text_of(meta->meaning),
                             .source = text_of("Network Monitor 3.4")};
    } else if (dictionary[i - BEFORE_PROTOCOLS].field == A_PROTOCOL) {
        u16 id = dictionary[i - BEFORE_PROTOCOLS].proto;
        const ProtoInfo *proto = &proto_info[id];
        *field = (pks_field){.protocol = proto->name,
                             .name = "",
                             .type = id == PROTO_PROPERTY ? "scope" : "protocol",
                             .meaning = text_of(proto->meaning),
                             .source = text_of(proto->source)};
    } else {
        describe_field((FieldId)dictionary[i - BEFORE_PROTOCOLS].field, field);
    }
    return true;
}
