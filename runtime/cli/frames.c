/* frames.c - `pktsift filter` and `pktsift merge`: frames as lines, as JSON, as CSV, as fields, or into a capture.
 *
 * Takes each matching frame from the scan and makes its text in one buffer; the shape of the output is chosen once
 * (Printer.print), not per frame.  Frames come in order, or to a printer of each thread at once: then their numbers are
 * not known yet, and stand in the text as marks until its turn comes (on_text). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/cli/options.h"
#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"

typedef struct Printer Printer;
struct Printer {
    void (*print)(Printer *printer, const pks_frame *frame);
    Text line;
    Clock clock;
    Clock iso; /* of JSON */
    pks_columns *columns;
    pks_summariser *summariser;
    bool show_file, hex, flush;
    bool marks;                          /* in place of frame numbers */
    const char *fields;                  /* what columns were made from */
    Printer *of_thread[PKS_THREADS_MAX]; /* like this one; made when a thread has its first frame */
    char value[4096];                    /* of one column */
};

/* A frame number that is not known yet: MARK, its width, and which frame of its stretch it is.  No text has a MARK in it, for
 * whatever comes from a capture is escaped (text.c) or printable already (pks_summary). */
enum { MARK = 1, MARK_BYTES = 6 };

/* -- one frame ------------------------------------------------------------------------------------------------------- */

static void add_time(Printer *printer, const pks_frame *frame)
{
    if (printer->clock.style == STYLE_DELTA)
        text_seconds(&printer->line, frame->delta_ns, frame->time_digits);
    else if (frame->has_time)
        text_time(&printer->line, &printer->clock, frame->time_ns, frame->time_digits);
    else
        text_string(&printer->line, "-");
}

static void add_frame_number(Printer *printer, const pks_frame *frame, unsigned width)
{
    char mark[MARK_BYTES] = {MARK, (char)width};
    uint32_t number = (uint32_t)frame->number;
    if (!printer->marks) {
        text_number(&printer->line, frame->number, width);
        return;
    }
    memcpy(mark + 2, &number, sizeof number);
    text_bytes(&printer->line, mark, MARK_BYTES);
}

static void begin_colour(Text *line, const char *colour)
{
    if (talk.colour_out) text_string(line, colour);
}

static void end_colour(Text *line)
{
    if (talk.colour_out) text_string(line, "\033[0m");
}

static void add_byte(Text *line, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    text_bytes(line, (char[]){digits[byte >> 4], digits[byte & 15]}, 2);
}

/* Offset and bytes as tcpdump -x shows them, with the text beside them as its -X does. */
static void add_hex(Text *line, const uint8_t *data, uint32_t length)
{
    enum { ROW = 16 };
    for (uint32_t at = 0; at < length; at += ROW) {
        char shown[ROW + 1] = {0};
        text_format(line, "\t0x%04x: ", at);
        for (uint32_t i = 0; i < ROW; i++) {
            if (i % 2 == 0) text_bytes(line, " ", 1);
            if (at + i >= length) {
                text_string(line, "  ");
                continue;
            }
            uint8_t byte = data[at + i];
            add_byte(line, byte);
            shown[i] = byte >= 0x20 && byte < 0x7F ? (char)byte : '.';
        }
        text_format(line, "  %s\n", shown);
    }
}

static void print_line(Printer *printer, const pks_frame *frame)
{
    Text *line = &printer->line;
    pks_summary summary;
    pks_summarise(printer->summariser, frame, &summary);
    if (printer->show_file) {
        begin_colour(line, "\033[35m");
        text_safe(line, frame->file ? frame->file : "-", strlen(frame->file ? frame->file : "-"));
        end_colour(line);
        text_string(line, ": ");
    }
    begin_colour(line, "\033[32m");
    add_frame_number(printer, frame, 6);
    end_colour(line);
    text_string(line, "  ");
    add_time(printer, frame);
    /* Wide enough for IPv4; what is wider pushes the rest of its line along. */
    text_string(line, "  ");
    text_padded(line, *summary.source ? summary.source : "-", 15);
    text_string(line, " -> ");
    text_padded(line, *summary.destination ? summary.destination : "-", 15);
    text_string(line, "  ");
    text_padded(line, summary.protocol, 5);
    text_string(line, " ");
    text_number(line, frame->len, 5);
    text_string(line, "  ");
    text_string(line, summary.text);
    while (line->length && line->at[line->length - 1] == ' ') line->length--;
    text_bytes(line, "\n", 1);
    if (printer->hex) add_hex(line, frame->data, frame->caplen);
}

static size_t column_value(Printer *printer, const pks_frame *frame, size_t i)
{
    return pks_columns_print(printer->columns, frame, i, printer->value, sizeof printer->value);
}

static void print_fields(Printer *printer, const pks_frame *frame)
{
    size_t count = pks_columns_count(printer->columns);
    for (size_t i = 0; i < count; i++) {
        size_t length = column_value(printer, frame, i);
        if (i) text_bytes(&printer->line, "\t", 1);
        text_safe(&printer->line, printer->value, length);
    }
    text_bytes(&printer->line, "\n", 1);
    if (printer->hex) add_hex(&printer->line, frame->data, frame->caplen);
}

/* -- JSON ------------------------------------------------------------------------------------------------------------ */

/* A key of ours, which needs no escapes. */
static void json_key(Text *line, const char *key)
{
    text_bytes(line, ",\"", 2); /* the number stands first in every object */
    text_string(line, key);
    text_bytes(line, "\":", 2);
}

static void json_column(Text *line, const char *name)
{
    text_bytes(line, ",", 1);
    text_json(line, name, strlen(name));
    text_bytes(line, ":", 1);
}

static void json_text(Text *line, const char *key, const char *value)
{
    json_key(line, key);
    if (*value)
        text_json(line, value, strlen(value));
    else
        text_string(line, "null");
}

static void json_number(Text *line, const char *key, uint64_t number)
{
    json_key(line, key);
    text_number(line, number, 0);
}

static void json_time(Printer *printer, const pks_frame *frame)
{
    Text *line = &printer->line;
    json_key(line, "time");
    if (!frame->has_time) {
        text_string(line, "null");
        return;
    }
    text_bytes(line, "\"", 1);
    text_time(line, &printer->iso, frame->time_ns, frame->time_digits);
    text_string(line, "\",\"epoch\":\"");
    text_seconds(line, frame->time_ns, frame->time_digits);
    text_bytes(line, "\"", 1);
}

/* One number as it is, several as an array, none as null. */
static void json_numbers(Text *line, const char *value, size_t length)
{
    bool several = memchr(value, ',', length) != NULL;
    if (several) text_bytes(line, "[", 1);
    if (length)
        text_bytes(line, value, length);
    else
        text_string(line, "null");
    if (several) text_bytes(line, "]", 1);
}

static void print_json(Printer *printer, const pks_frame *frame)
{
    Text *line = &printer->line;
    pks_summary summary;
    pks_summarise(printer->summariser, frame, &summary);
    text_string(line, "{\"number\":");
    add_frame_number(printer, frame, 0);
    if (frame->file) json_text(line, "file", frame->file);
    json_time(printer, frame);
    if (printer->clock.style == STYLE_DELTA) {
        json_key(line, "delta");
        text_bytes(line, "\"", 1);
        text_seconds(line, frame->delta_ns, frame->time_digits);
        text_bytes(line, "\"", 1);
    }
    json_text(line, "source", summary.source);
    json_text(line, "destination", summary.destination);
    json_text(line, "protocol", summary.protocol);
    json_number(line, "length", frame->len);
    json_number(line, "captured", frame->caplen);
    json_text(line, "summary", summary.text);
    if (frame->comment_len) {
        json_key(line, "comment");
        text_json(line, (const char *)frame->comment, frame->comment_len);
    }
    size_t count = printer->columns ? pks_columns_count(printer->columns) : 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = column_value(printer, frame, i);
        json_column(line, pks_columns_name(printer->columns, i));
        if (pks_columns_numeric(printer->columns, i))
            json_numbers(line, printer->value, length);
        else if (length)
            text_json(line, printer->value, length);
        else
            text_string(line, "null");
    }
    if (printer->hex) {
        json_key(line, "data");
        text_bytes(line, "\"", 1);
        for (uint32_t i = 0; i < frame->caplen; i++) add_byte(line, frame->data[i]);
        text_bytes(line, "\"", 1);
    }
    text_string(line, "}\n");
}

/* -- CSV ------------------------------------------------------------------------------------------------------------- */

static void csv_text(Text *line, const char *value)
{
    text_bytes(line, ",", 1);
    text_csv(line, value, strlen(value));
}

static void print_csv(Printer *printer, const pks_frame *frame)
{
    Text *line = &printer->line;
    pks_summary summary;
    pks_summarise(printer->summariser, frame, &summary);
    add_frame_number(printer, frame, 0);
    csv_text(line, frame->file ? frame->file : "-");
    text_bytes(line, ",", 1);
    if (frame->has_time || printer->clock.style == STYLE_DELTA) add_time(printer, frame);
    csv_text(line, summary.source);
    csv_text(line, summary.destination);
    csv_text(line, summary.protocol);
    text_bytes(line, ",", 1);
    text_number(line, frame->len, 0);
    text_bytes(line, ",", 1);
    text_number(line, frame->caplen, 0);
    csv_text(line, summary.text);
    size_t count = printer->columns ? pks_columns_count(printer->columns) : 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = column_value(printer, frame, i);
        text_bytes(line, ",", 1);
        text_csv(line, printer->value, length);
    }
    text_bytes(line, "\n", 1);
}

static void csv_heading(Printer *printer)
{
    Text *line = &printer->line;
    text_string(line, "number,file,time,source,destination,protocol,length,captured,summary");
    size_t count = printer->columns ? pks_columns_count(printer->columns) : 0;
    for (size_t i = 0; i < count; i++) csv_text(line, pks_columns_name(printer->columns, i));
    text_bytes(line, "\n", 1);
    stdout_write(line->at, line->length, false);
}

/* -- the command ----------------------------------------------------------------------------------------------------- */

static bool on_frame(void *user, const pks_frame *frame)
{
    Printer *printer = user;
    text_clear(&printer->line);
    printer->print(printer, frame);
    return stdout_write(printer->line.at, printer->line.length, printer->flush);
}

static void printer_free(Printer *printer)
{
    if (!printer) return;
    for (size_t i = 0; i < PKS_THREADS_MAX; i++) printer_free(printer->of_thread[i]);
    pks_columns_free(printer->columns);
    pks_summariser_free(printer->summariser);
    text_free(&printer->line);
    free(printer);
}

static pks_summariser *summariser_new(void)
{
    pks_summariser *summariser = pks_summariser_new();
    if (!summariser) die("out of memory");
    return summariser;
}

static Printer *printer_like(const Printer *main)
{
    Printer *printer = calloc(1, sizeof *printer);
    if (printer && main->columns) printer->columns = pks_columns_compile(main->fields, NULL);
    if (!printer || (main->columns && !printer->columns)) die("out of memory");
    printer->summariser = summariser_new();
    printer->print = main->print;
    printer->clock.style = main->clock.style;
    printer->iso.style = main->iso.style;
    printer->show_file = main->show_file;
    printer->hex = main->hex;
    printer->marks = true;
    return printer;
}

static pks_text on_render(void *user, unsigned thread, const pks_frame *frame)
{
    Printer *main = user, **printer = &main->of_thread[thread];
    if (!*printer) *printer = printer_like(main);
    text_clear(&(*printer)->line);
    (*printer)->print(*printer, frame);
    return (pks_text){(*printer)->line.at, (*printer)->line.length};
}

static bool on_text(void *user, pks_text text, uint64_t before)
{
    Printer *printer = user;
    Text *line = &printer->line;
    const char *at = text.at, *end = text.at + text.length, *mark;
    text_clear(line);
    for (; (mark = memchr(at, MARK, (size_t)(end - at))); at = mark + MARK_BYTES) {
        uint32_t number;
        memcpy(&number, mark + 2, sizeof number);
        text_bytes(line, at, (size_t)(mark - at));
        text_number(line, before + number, (unsigned char)mark[1]);
    }
    text_bytes(line, at, (size_t)(end - at));
    return stdout_write(line->at, line->length, printer->flush);
}

static bool time_style(const char *name, TimeStyle *style)
{
    /* The second spelling is tshark's. */
    static const struct {
        const char *name, *tshark;
        TimeStyle style;
    } table[] = {
        {"local", "ad", STYLE_LOCAL},
        {"utc", "ud", STYLE_UTC},
        {"epoch", "e", STYLE_EPOCH},
        {"delta", "d", STYLE_DELTA},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(name, table[i].name) != 0 && strcmp(name, table[i].tshark) != 0) continue;
        *style = table[i].style;
        return true;
    }
    say_error("--time=%s: expected local, utc, epoch or delta", name);
    return false;
}

static bool has_column(const Printer *printer, const char *name)
{
    size_t count = printer->columns ? pks_columns_count(printer->columns) : 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(pks_columns_name(printer->columns, i), name) == 0) return true;
    return false;
}

static bool printer_begin(Printer *printer, const Options *options, Run *run)
{
    static char room[64 << 10]; /* glibc takes the size only with a buffer; stdout keeps it until the end */
    if (!isatty(STDOUT_FILENO)) setvbuf(stdout, room, _IOFBF, sizeof room);
    pks_listener listener = talk_listener();
    if (options->time && !time_style(options->time, &printer->clock.style)) return false;
    printer->fields = options->fields;
    if (options->fields && !(printer->columns = pks_columns_compile(options->fields, &listener))) return false;
    printer->print = options->json     ? print_json
                     : options->csv    ? print_csv
                     : options->fields ? print_fields
                                       : print_line;
    printer->summariser = summariser_new();
    printer->iso.style = STYLE_ISO;
    printer->show_file = pks_inputs_count(run->inputs) > 1;
    printer->hex = options->hex;
    printer->flush = options->line_buffered;
    run->scan.want_delta = printer->clock.style == STYLE_DELTA;
    if (has_column(printer, "FrameVariable.TimeDelta")) run->scan.want_delta = true;
    run->scan.on_frame = on_frame;
    run->scan.user = printer;
    if (!has_column(printer, "FrameVariable.FrameNumber")) { /* a column's value cannot be a mark */
        run->scan.render = on_render;
        run->scan.on_text = on_text;
    }
    if (options->csv) csv_heading(printer);
    return true;
}

static bool output_begin(Run *run, const Options *options)
{
    bool to_stdout = strcmp(options->write, "-") == 0;
    if (to_stdout && isatty(STDOUT_FILENO)) {
        say_error("-w -: a capture is binary and standard output is a terminal; send it to a file or a pipe");
        return false;
    }
    pks_listener listener = talk_listener();
    pks_output_options how = {
        .path = options->write,
        .format = options->format,
        .split_bytes = options->split.value,
        .snaplen = (uint32_t)options->snaplen.value,
        .flush = options->line_buffered,
    };
    run->output = run->scan.output = pks_output_open(&how, run->inputs, &listener);
    return run->output != NULL;
}

/* Options that mean nothing, or two things, together. */
static bool agree(const Options *options)
{
    bool shaped = options->json || options->csv || options->fields || options->hex;
    bool to_stdout = options->write && strcmp(options->write, "-") == 0;
    const struct {
        bool wrong;
        const char *why;
    } rules[] = {
        {options->json && options->csv, "--json and --csv are two shapes for one output; use one of them"},
        {options->csv && options->hex, "--hex has no place in --csv; use --json, or the plain lines"},
        {to_stdout && shaped, "-w - and text would both go to standard output; write the capture to a file"},
        {to_stdout && options->split.set, "-C splits files, and -w - is none"},
        {options->split.set && !options->write, "-C splits what -w writes; there is no -w"},
        {options->format && !options->write, "--format is for what -w writes; there is no -w"},
        {options->snaplen.set && !options->write, "-s shortens what -w writes; there is no -w"},
        {options->split.set && options->split.value == 0, "-C 0: no file fits that size"},
        {options->snaplen.value > UINT32_MAX, "-s: no frame is that long"},
        {options->max_count.set && options->max_count.value == 0, "-c 0: stop after how many?"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (!rules[i].wrong) continue;
        say_error("%s", rules[i].why);
        return false;
    }
    return true;
}

static int frames(const Options *options, bool merged)
{
    Run run;
    Printer *printer = calloc(1, sizeof *printer);
    if (!printer) die("out of memory");
    bool shaped = options->json || options->csv || options->fields || options->hex;
    bool print = (!options->write || shaped) && !options->quiet;
    int status = EXIT_ERROR;
    if (!agree(options)) goto done;
    bool ready = run_begin(&run, options) && (!options->write || output_begin(&run, options)) &&
                 (!print || printer_begin(printer, options, &run));
    if (!ready) {
        status = run_fail(&run);
        goto done;
    }
    if (options->quiet && !options->write) run.scan.max_frames = 1; /* the status is known with the first */
    run_scan(&run, merged, !print || !isatty(STDOUT_FILENO));
    status = run_end(&run, options->strict);
done:
    printer_free(printer);
    return status;
}

int command_filter(const Options *options) { return frames(options, false); }

int command_merge(const Options *options) { return frames(options, true); }
