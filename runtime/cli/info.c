/* info.c - `pktsift info`: what is in each file and whether it is whole, as a block or as one JSON object a line.
 *
 * The facts are those of capinfos, by its definitions, so that the two can be compared: the duration runs from the
 * earliest to the latest frame, and rates are of bytes on the wire. */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"

typedef struct {
    bool json;
    Clock clock;
    uint64_t shown;
    Text line;
} Info;

static void add_linktype(Text *line, uint32_t number)
{
    const char *name = pks_linktype_name(number);
    if (name)
        text_format(line, "%s (%u)", name, number);
    else
        text_format(line, "LINKTYPE %u", number);
}

static uint32_t shown_linktypes(const pks_file *file) { return file->linktype_count < 8 ? file->linktype_count : 8; }

static const char *state_of(const pks_file *file)
{
    return file->damaged ? "damaged" : file->cut ? "cut short" : "whole";
}

/* -- a block --------------------------------------------------------------------------------------------------------- */

static void label(Text *line, const char *name) { text_format(line, "%-14s ", name); }

static void row_number(Text *line, const char *name, uint64_t number, const char *unit)
{
    label(line, name);
    text_grouped(line, number);
    text_format(line, "%s\n", unit);
}

static void row_time(Info *info, const char *name, int64_t time_ns)
{
    label(&info->line, name);
    text_time(&info->line, &info->clock, time_ns, 9);
    text_string(&info->line, "\n");
}

/* From the earliest frame to the latest; times at both ends of what 64 bits hold are farther apart than that. */
static int64_t duration_ns(const pks_file *file)
{
    int64_t duration;
    return __builtin_sub_overflow(file->latest_ns, file->earliest_ns, &duration) ? INT64_MAX : duration;
}

static void add_times(Info *info, const pks_file *file)
{
    Text *line = &info->line;
    if (!file->frames || !file->has_time) return;
    row_time(info, "First frame:", file->first_ns);
    row_time(info, "Last frame:", file->last_ns);
    if (file->earliest_ns != file->first_ns) row_time(info, "Earliest:", file->earliest_ns);
    if (file->latest_ns != file->last_ns) row_time(info, "Latest:", file->latest_ns);
    double seconds = (double)duration_ns(file) * 1e-9;
    label(line, "Duration:");
    text_duration(line, seconds);
    text_string(line, "\n");
    if (seconds > 0) {
        label(line, "Rate:");
        text_size(line, (uint64_t)((double)file->wire_bytes / seconds));
        text_format(line, "/s on the wire, %.1f frames/s\n", (double)file->frames / seconds);
    }
    label(line, "Order:");
    if (file->backwards == 0)
        text_string(line, "in order of time\n");
    else {
        text_grouped(line, file->backwards);
        text_string(line, file->backwards == 1 ? " frame is older than the one before it\n"
                                               : " frames are older than the one before them\n");
    }
}

static void print_block(Info *info, const pks_file *file)
{
    Text *line = &info->line;
    if (info->shown++) text_string(line, "\n");
    label(line, "File:");
    text_safe(line, file->path, strlen(file->path));
    text_string(line, "\n");
    label(line, "Format:");
    text_format(line, "%s\n", file->variant && *file->variant ? file->variant : file->format);
    label(line, "Link type:");
    for (uint32_t i = 0; i < shown_linktypes(file); i++) {
        if (i) text_string(line, ", ");
        add_linktype(line, file->linktypes[i]);
    }
    if (file->linktype_count == 0) text_string(line, "none");
    if (file->linktype_count > 8) text_format(line, " and %u more", file->linktype_count - 8);
    text_string(line, "\n");
    if (file->interfaces > 1) row_number(line, "Interfaces:", file->interfaces, "");
    if (file->snaplen) row_number(line, "Snap length:", file->snaplen, " bytes");
    row_number(line, "Frames:", file->frames, "");
    row_number(line, "File size:", file->bytes, " bytes");
    row_number(line, "Captured:", file->data_bytes, " bytes");
    row_number(line, "On the wire:", file->wire_bytes, " bytes");
    if (file->frames) {
        label(line, "Average:");
        text_format(line, "%.1f bytes a frame\n", (double)file->wire_bytes / (double)file->frames);
    }
    add_times(info, file);
    label(line, "State:");
    text_format(line, "%s\n", state_of(file));
}

/* -- JSON ------------------------------------------------------------------------------------------------------------ */

static void json_number(Text *line, const char *key, uint64_t number)
{
    text_format(line, ",\"%s\":%llu", key, (unsigned long long)number);
}

static void json_time(Text *line, const char *key, int64_t time_ns)
{
    text_format(line, ",\"%s\":\"", key);
    text_time_iso(line, time_ns, 9);
    text_string(line, "\"");
}

static void print_json(Info *info, const pks_file *file)
{
    Text *line = &info->line;
    text_string(line, "{\"file\":");
    text_json(line, file->path, strlen(file->path));
    text_string(line, ",\"format\":");
    text_json(line, file->format, strlen(file->format));
    if (file->variant) {
        text_string(line, ",\"variant\":");
        text_json(line, file->variant, strlen(file->variant));
    }
    text_string(line, ",\"linktypes\":[");
    for (uint32_t i = 0; i < shown_linktypes(file); i++) text_format(line, "%s%u", i ? "," : "", file->linktypes[i]);
    text_string(line, "]");
    json_number(line, "interfaces", file->interfaces);
    json_number(line, "snaplen", file->snaplen);
    json_number(line, "frames", file->frames);
    json_number(line, "file_bytes", file->bytes);
    json_number(line, "captured_bytes", file->data_bytes);
    json_number(line, "wire_bytes", file->wire_bytes);
    if (file->frames && file->has_time) {
        json_time(line, "first", file->first_ns);
        json_time(line, "last", file->last_ns);
        json_time(line, "earliest", file->earliest_ns);
        json_time(line, "latest", file->latest_ns);
        text_string(line, ",\"duration\":");
        text_seconds(line, duration_ns(file), 9);
        json_number(line, "backwards", file->backwards);
    }
    text_format(line, ",\"state\":\"%s\"}\n", state_of(file));
}

/* -- the command ----------------------------------------------------------------------------------------------------- */

static void on_file(void *user, const pks_file *file)
{
    Info *info = user;
    if (!file->opened) return; /* the error was said */
    text_clear(&info->line);
    if (info->json)
        print_json(info, file);
    else
        print_block(info, file);
    stdout_write(info->line.at, info->line.length, false);
}

int command_info(const Options *options)
{
    Run run;
    Info info = {.json = options->json};
    if (options->time && strcmp(options->time, "utc") == 0)
        info.clock.style = STYLE_UTC;
    else if (options->time && strcmp(options->time, "epoch") == 0)
        info.clock.style = STYLE_EPOCH;
    else if (options->time && strcmp(options->time, "local") != 0) {
        say_error("--time=%s: expected local, utc or epoch", options->time);
        return EXIT_ERROR;
    }
    if (!run_begin(&run, options)) return run_fail(&run);
    run.scan.want_times = true;
    if (!options->quiet) {
        run.scan.on_file = on_file;
        run.scan.user = &info;
    }
    talk.summary = false;
    run_scan(&run, false, true);
    int status = run_end(&run, options->strict);
    text_free(&info.line);
    return status == EXIT_NOTHING ? EXIT_MATCHED : status; /* a capture without frames is no fault */
}
