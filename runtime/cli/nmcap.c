/* nmcap.c - the NetMon front end: /InputCapture, /Capture and /File become one scan.
 *
 * Switches come from nmcap.def: any case, and any beginning of three letters or more that only one of them has.  An
 * argument that begins with / but is no switch is an operand, because paths begin so.
 *
 * /File NAME.cap:SIZE.  NetMon overwrites the oldest frames once SIZE is reached.  Here a first scan adds up what the
 * matching frames will take, and a second leaves out as many of the oldest as have no room: the file holds the newest
 * frames, in order, and never passes SIZE.  Where the inputs are so small that SIZE cannot be reached, one scan does. */
#include "runtime/cli/nmcap.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/run.h"
#include "runtime/cli/talk.h"

typedef enum { TAKES_NONE, TAKES_ONE, TAKES_LIST, TAKES_WORDS } Takes;
typedef enum { ROLE_WORKS, ROLE_SILENT, ROLE_SAID, ROLE_LIVE } Role;

typedef enum {
#define SWITCH(id, name, takes, argument, role, meaning) SWITCH_##id,
#include "runtime/cli/nmcap.def"
    SWITCH_COUNT,
    SWITCH_AMBIGUOUS
} Switch;

static const struct {
    const char *name, *argument, *meaning;
    Takes takes;
    Role role;
} table[] = {
#define SWITCH(id, name, takes, argument, role, meaning) {name, argument, meaning, TAKES_##takes, ROLE_##role},
#include "runtime/cli/nmcap.def"
};

enum {
    LIMIT_LEAST = 1500,           /* NetMon's own lower bound */
    CHAIN_DEFAULT = 20 << 20,     /* a .chn without a size */
    FILE_HEADER = 128,            /* NetMon 2.x */
    FRAME_OVERHEAD = 16 + 15 + 4, /* header, 2.3 trailer, entry of the frame table */
    GROWTH_MOST = 3,              /* a frame takes at least 12 bytes more than its data in any format we read */
};

typedef struct {
    const char **inputs; /* strings of argv */
    size_t input_count;
    Text filter, file;
    bool seen[SWITCH_COUNT];
    bool chain, translate;
    uint64_t limit, snaplen; /* 0: none */
} Request;

/* -- switches -------------------------------------------------------------------------------------------------------- */

static Switch find_switch(const char *argument)
{
    if (argument[0] != '/') return SWITCH_COUNT;
    const char *name = argument + 1;
    if (strcmp(name, "?") == 0) return SWITCH_HELP;
    size_t length = strlen(name);
    Switch found = SWITCH_COUNT;
    for (Switch i = 0; i < SWITCH_COUNT; i++) {
        if (strncasecmp(name, table[i].name, length) != 0) continue;
        if (table[i].name[length] == 0) return i;
        if (length < 3) continue;
        found = found == SWITCH_COUNT ? i : SWITCH_AMBIGUOUS;
    }
    return found;
}

static bool is_switch(const char *argument)
{
    return find_switch(argument) < SWITCH_COUNT || strcmp(argument, "--translate") == 0;
}

static const char *nearest_switch(const char *word)
{
    const char *names[SWITCH_COUNT];
    for (Switch i = 0; i < SWITCH_COUNT; i++) names[i] = table[i].name;
    return nearest_word(word, names, SWITCH_COUNT);
}

/* A word such as /fille, or /dis, which three switches begin with: no path, so a slip. */
static bool is_slip(const char *argument)
{
    if (argument[0] != '/' || !argument[1] || access(argument, F_OK) == 0) return false;
    for (const char *p = argument + 1; *p; p++)
        if (!isalpha((unsigned char)*p)) return false;
    if (find_switch(argument) == SWITCH_AMBIGUOUS) {
        say_error("'%s' could be more than one switch; nmcap /? lists them", argument);
        return true;
    }
    const char *near = nearest_switch(argument + 1);
    if (near) say_error("no switch '%s'; did you mean '/%s'?", argument, near);
    return near != NULL;
}

static bool join_words(Text *text, char **words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i) text_bytes(text, " ", 1);
        text_string(text, words[i]);
    }
    return true;
}

static bool add_inputs(Request *request, char **names, size_t count)
{
    if (count == 0) {
        say_error("/InputCapture needs at least one file");
        return false;
    }
    const char **more = realloc(request->inputs, (request->input_count + count) * sizeof *more);
    if (!more) die("out of memory");
    request->inputs = more;
    for (size_t i = 0; i < count; i++) request->inputs[request->input_count++] = names[i];
    return true;
}

/* NAME[:SIZE], where SIZE stands behind the last colon; "foo.chn: 100M" comes as two words. */
static bool take_file(Request *request, char **words, size_t count)
{
    if (count == 0 || count > 2 || (count == 2 && words[0][strlen(words[0]) - 1] != ':')) {
        say_error(count ? "/File takes one name; '%s' is one too many" : "/File needs a name%s", count ? words[1] : "");
        return false;
    }
    for (size_t i = 0; i < count; i++) text_string(&request->file, words[i]);
    char *colon = strrchr(request->file.at, ':');
    if (!colon || !(isdigit((unsigned char)colon[1]) || colon[1] == 0)) return true; /* no size: C:\x.cap has none */
    if (!parse_size(colon + 1, &request->limit)) {
        say_error("/File: '%s' is no size; sizes look like 64M, 2G or 1500000", colon + 1);
        return false;
    }
    if (request->limit < LIMIT_LEAST) {
        say_error("/File: a limit of %s is too small; %d bytes is the least", colon + 1, LIMIT_LEAST);
        return false;
    }
    *colon = 0;
    request->file.length = (size_t)(colon - request->file.at);
    return true;
}

static void settle_name(Request *request)
{
    Text *file = &request->file;
    const char *base = strrchr(file->at, '/');
    const char *dot = strrchr(base ? base : file->at, '.');
    request->chain = dot && strcasecmp(dot, ".chn") == 0;
    if (request->chain) file->length = (size_t)(dot - file->at);
    if (request->chain || !dot) text_string(file, ".cap");
    if (request->chain && !request->limit) request->limit = CHAIN_DEFAULT;
    if (request->limit > UINT32_MAX) {
        say_note("/File: a NetMon file ends at 4 GB; so does the limit");
        request->limit = UINT32_MAX;
    }
}

static bool take(Request *request, Switch which, char **words, size_t count)
{
    const char *name = table[which].name;
    for (size_t i = 0; i < count; i++)
        if (is_slip(words[i])) return false;
    if (table[which].takes == TAKES_NONE && count) {
        say_error("/%s takes no argument; '%s' is no switch", name, words[0]);
        return false;
    }
    if (table[which].takes == TAKES_ONE && count != 1) {
        if (count)
            say_error("/%s takes one argument; '%s' is no switch", name, words[1]);
        else
            say_error("/%s needs an argument: %s", name, table[which].argument);
        return false;
    }
    if (request->seen[which] && table[which].takes != TAKES_LIST && table[which].takes != TAKES_NONE) {
        say_error("/%s is given twice", name);
        return false;
    }
    request->seen[which] = true;
    switch (which) {
    case SWITCH_INPUT_CAPTURE: return add_inputs(request, words, count);
    case SWITCH_CAPTURE: return join_words(&request->filter, words, count);
    case SWITCH_FILE: return take_file(request, words, count);
    case SWITCH_MAX_FRAME_LENGTH:
        if (parse_number(words[0], &request->snaplen) && request->snaplen && request->snaplen <= UINT32_MAX)
            return true;
        say_error("/MaxFrameLength: '%s' is no number of bytes", words[0]);
        return false;
    default: return true;
    }
}

static bool parse(Request *request, int argc, char **argv)
{
    for (int i = 1; i < argc;) {
        char *argument = argv[i++];
        if (strcmp(argument, "--translate") == 0) {
            request->translate = true;
            continue;
        }
        Switch which = find_switch(argument);
        if (which >= SWITCH_COUNT) {
            if (!is_slip(argument)) say_error("'%s' is no switch; nmcap /? lists them", argument);
            return false;
        }
        int first = i;
        while (i < argc && !is_switch(argv[i])) i++;
        if (!take(request, which, argv + first, (size_t)(i - first))) return false;
    }
    return true;
}

/* What the switches ask for together. */
static bool agree(Request *request)
{
    for (Switch i = 0; i < SWITCH_COUNT; i++) {
        if (!request->seen[i] || table[i].role != ROLE_LIVE) continue;
        say_error("/%s is for live capture, which comes with `pktsift capture' and is not in this version; "
                  "/InputCapture reads files",
                  table[i].name);
        return false;
    }
    if (!request->seen[SWITCH_INPUT_CAPTURE]) {
        say_error("no /InputCapture: capturing live comes with `pktsift capture' and is not in this version");
        return false;
    }
    if (!request->seen[SWITCH_FILE]) {
        say_error("no /File NAME: where should the frames go?");
        return false;
    }
    if (request->filter.length > 3 && strncmp(request->filter.at, "-F ", 3) == 0) {
        say_error("/Capture takes a filter or its file, without -F: /Capture %s", request->filter.at + 3);
        return false;
    }
    settle_name(request);
    for (Switch i = 0; i < SWITCH_COUNT; i++)
        if (request->seen[i] && table[i].role == ROLE_SAID && !request->translate)
            say_note("/%s: %s", table[i].name, table[i].meaning);
    return true;
}

/* -- help ------------------------------------------------------------------------------------------------------------ */

static int print_help(void)
{
    static const struct {
        Role role;
        const char *heading;
    } part[] = {
        {ROLE_WORKS, "Filter and stitch captures with NetMon's switches:"},
        {ROLE_SILENT, "Accepted, without effect:"},
        {ROLE_SAID, "Accepted, and said:"},
        {ROLE_LIVE, "Live capture, not in this version (pktsift capture is to come):"},
    };
    puts("Usage: nmcap /InputCapture FILE... /Capture [FILTER] /File NAME[:SIZE]\n");
    for (size_t p = 0; p < sizeof part / sizeof part[0]; p++) {
        printf("%s\n", part[p].heading);
        for (Switch i = 0; i < SWITCH_COUNT; i++) {
            char left[64];
            if (table[i].role != part[p].role) continue;
            snprintf(left, sizeof left, "/%s %s", table[i].name, table[i].argument ? table[i].argument : "");
            printf("  %-28s %s\n", left, table[i].meaning);
        }
        putchar('\n');
    }
    puts(
        "Switches in any case; the first letters do where only one switch begins so.  A name without suffix gets .cap.\n"
        "Output is NetMon 2.x; a NAME.pcap or NAME.pcapng is what it says.  SIZE: bytes, or with k, M, G (1024 each).\n"
        "A .chn without SIZE goes on at 20M.  `nmcap --translate ...' prints the pktsift command instead.\n"
        "Exit status: 0 something matched, 1 nothing did, 2 an error.  The filter language: pktsift help language.");
    return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
}

static int print_examples(void)
{
    puts("Every frame to or from port 53487, by its raw bytes:\n"
         "  nmcap /inputcapture 'capfile(2735).cap' /capture 'Blob(FrameData, 34, 2) == 0xD0EF OR "
         "Blob(FrameData, 36, 2) == 0xD0EF' /file out_2735\n"
         "One file from several, in the order given:\n"
         "  nmcap /inputcapture 'out_(2762).cap' 'out_(2763).cap' /capture /file all.cap:2G\n"
         "Web traffic out of a chain:\n"
         "  nmcap /InputCapture foo.cap 'foo(1).cap' /Capture tcp.port==80 /File out.cap\n"
         "A chain of files of 200 MB, first 512 bytes of each frame:\n"
         "  nmcap /inputcapture big.cap /capture 'NOT (tcp.port == 3389)' /MaxFrameLength 512 /file netcap.chn:200M\n"
         "The same in pktsift's words:\n"
         "  nmcap --translate /InputCapture foo.cap 'foo(1).cap' /Capture tcp.port==80 /File out.cap");
    return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
}

static int print_profiles(void)
{
    puts("NetMon's parser profiles, poorest first:\n"
         "  Pure                      no parsing\n"
         "  High Performance Capture  TCP, UDP and below\n"
         "  Faster Parsing            and the commonest protocols above\n"
         "  Default                   and more\n"
         "  Windows                   everything\n"
         "Any ID is accepted after /UseProfile and changes nothing: pktsift parses what the filter asks for, no more.");
    return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
}

/* -- --translate ----------------------------------------------------------------------------------------------------- */

static const char *output_format(const Request *request)
{
    const char *dot = strrchr(request->file.at, '.');
    if (dot && (strcasecmp(dot, ".pcap") == 0 || strcasecmp(dot, ".pcapng") == 0)) return NULL; /* by suffix */
    return "netmon";
}

static void add_size(Text *text, uint64_t size)
{
    bool whole = size % (1 << 20) == 0;
    text_format(text, " -C %llu%s", (unsigned long long)(whole ? size >> 20 : size), whole ? "M" : "");
}

static int translate(const Request *request)
{
    Text line = {0};
    const char *filter = request->filter.length ? request->filter.at : "";
    bool file = names_filter_file(filter);
    text_string(&line, file ? "pktsift filter -F " : filter[0] == '-' ? "pktsift filter -e " : "pktsift filter ");
    text_shell(&line, filter);
    for (size_t i = 0; i < request->input_count; i++) {
        bool dash = request->inputs[i][0] == '-' && request->inputs[i][1];
        Text name = {0};
        text_format(&name, "%s%s", dash ? "./" : "", request->inputs[i]);
        text_string(&line, " ");
        text_shell(&line, name.at);
        text_free(&name);
    }
    text_string(&line, " -w ");
    text_shell(&line, request->file.at);
    if (output_format(request)) text_format(&line, " --format=%s", output_format(request));
    if (request->chain) add_size(&line, request->limit);
    if (request->snaplen) text_format(&line, " -s %llu", (unsigned long long)request->snaplen);
    if (request->limit && !request->chain)
        say_note("pktsift has no word for `keep the newest frames within %llu bytes': this line keeps all",
                 (unsigned long long)request->limit);
    puts(line.at);
    text_free(&line);
    return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
}

/* -- the scan -------------------------------------------------------------------------------------------------------- */

/* A filter, or the file that holds it. */
static bool compile_filter(Run *run, const char *filter)
{
    const pks_compile_options how = {.inputs = run->inputs};
    if (!filter || !names_filter_file(filter)) return run_compile(run, filter, &how);
    const Options options = {.filter_file = filter};
    FilterName name = filter_name_split(filter);
    run->filter = run_compile_file(&options, name.file, name.filter, &how);
    free(name.file);
    return run->filter != NULL;
}

static bool begin(Run *run, const Request *request)
{
    pks_listener listener = talk_listener();
    *run = (Run){0};
    run->inputs = pks_inputs_new();
    if (!run->inputs) die("out of memory");
    for (size_t i = 0; i < request->input_count; i++) {
        Text name = {0};
        text_format(&name, "%s.cap", request->inputs[i]);
        const char *base = strrchr(request->inputs[i], '/');
        bool suffix = strchr(base ? base : request->inputs[i], '.') != NULL;
        bool lent = !suffix && access(request->inputs[i], F_OK) != 0 && access(name.at, F_OK) == 0;
        bool added = pks_inputs_add(run->inputs, lent ? name.at : request->inputs[i], &listener);
        text_free(&name);
        if (!added) return false;
    }
    if (!compile_filter(run, request->filter.at)) return false;
    pks_output_options how = {
        .path = request->file.at,
        .format = output_format(request),
        .split_bytes = request->chain ? request->limit : 0,
        .snaplen = (uint32_t)request->snaplen,
    };
    run->output = pks_output_open(&how, run->inputs, &listener);
    return run->output != NULL;
}

/* The newest frames within a limit. */
typedef struct {
    uint64_t limit, snaplen;
    uint64_t total;    /* bytes that all matching frames take, the header too */
    uint64_t excess;   /* bytes still to be left out */
    uint64_t left_out; /* frames */
    bool once;         /* the inputs cannot be read twice */
    pks_output *output;
    pks_listener listener;
} Newest;

static uint64_t frame_cost(const Newest *newest, const pks_frame *frame)
{
    uint64_t kept = newest->snaplen && frame->caplen > newest->snaplen ? newest->snaplen : frame->caplen;
    return kept + FRAME_OVERHEAD;
}

static bool add_up(void *user, const pks_frame *frame)
{
    Newest *newest = user;
    newest->total += frame_cost(newest, frame);
    return true;
}

static bool write_newest(void *user, const pks_frame *frame)
{
    Newest *newest = user;
    uint64_t cost = frame_cost(newest, frame);
    if (newest->excess) {
        newest->excess = newest->excess > cost ? newest->excess - cost : 0;
        newest->left_out++;
        return true;
    }
    newest->total += newest->once ? cost : 0;
    if (newest->once && newest->total > newest->limit) return false;
    return pks_output_frame(newest->output, frame, &newest->listener);
}

/* Bytes of all inputs; UINT64_MAX when one of them is no regular file. */
static uint64_t bytes_of_inputs(const pks_inputs *inputs)
{
    uint64_t bytes = 0;
    struct stat status;
    for (size_t i = 0; i < pks_inputs_count(inputs); i++) {
        if (stat(pks_inputs_path(inputs, i), &status) != 0) continue; /* the scan will say so */
        if (!S_ISREG(status.st_mode)) return UINT64_MAX;
        bytes += (uint64_t)status.st_size;
    }
    for (size_t i = 0; i < pks_inputs_count(inputs); i++)
        if (strcmp(pks_inputs_path(inputs, i), "-") == 0) return UINT64_MAX;
    return bytes;
}

static void scan_newest(Run *run, const Request *request)
{
    Newest newest = {.limit = request->limit,
                     .snaplen = request->snaplen,
                     .total = FILE_HEADER,
                     .output = run->output,
                     .listener = talk_listener()};
    uint64_t bytes = bytes_of_inputs(run->inputs);
    if (bytes < (request->limit - FILE_HEADER) / GROWTH_MOST) {
        run->scan.output = run->output;
        run_scan(run, false, true);
        return;
    }
    newest.once = bytes == UINT64_MAX;
    run->scan.user = &newest;
    if (!newest.once) {
        pks_totals totals;
        pks_scan_options scan = run->scan; /* silent: the second scan says it all */
        scan.inputs = run->inputs;
        scan.filter = run->filter;
        scan.on_frame = add_up;
        if (pks_scan(&scan, &totals) && newest.total > newest.limit) newest.excess = newest.total - newest.limit;
    }
    run->scan.on_frame = write_newest;
    run_scan(run, false, true);
    run->scan.on_frame = NULL;
    if (newest.once && newest.total > newest.limit) {
        say_error(
            "the limit of %llu bytes is reached, and an input that is no file cannot be read again to find the newest "
            "frames; NAME.chn:SIZE keeps all in several files",
            (unsigned long long)newest.limit);
        run->scanned_well = false;
    }
    if (newest.left_out)
        say_warning(
            "the limit of %llu bytes is reached: the oldest %llu frames are left out; NAME.chn:SIZE keeps all in "
            "several files",
            (unsigned long long)newest.limit, (unsigned long long)newest.left_out);
}

static int filter(const Request *request)
{
    Run run;
    if (!begin(&run, request)) return run_fail(&run);
    if (request->limit && !request->chain) {
        scan_newest(&run, request);
    } else {
        run.scan.output = run.output;
        run_scan(&run, false, true);
    }
    return run_end(&run, false);
}

static int serve(Request *request, int argc, char **argv)
{
    if (argc < 2) return print_help(), EXIT_ERROR;
    if (strcmp(argv[1], "--help") == 0) return print_help();
    if (strcmp(argv[1], "--version") == 0) {
        printf("nmcap of pktsift %s\n", pks_version());
        return stdout_flush() ? EXIT_MATCHED : EXIT_ERROR;
    }
    if (!parse(request, argc, argv)) return EXIT_ERROR;
    if (request->seen[SWITCH_HELP]) return print_help();
    if (request->seen[SWITCH_EXAMPLES]) return print_examples();
    if (request->seen[SWITCH_DISPLAY_PROFILES]) return print_profiles();
    if (!agree(request)) return EXIT_ERROR;
    return request->translate ? translate(request) : filter(request);
}

int run_nmcap(int argc, char **argv)
{
    Request request = {0};
    talk.name = "nmcap";
    int status = serve(&request, argc, argv);
    free(request.inputs);
    text_free(&request.filter);
    text_free(&request.file);
    return status;
}
