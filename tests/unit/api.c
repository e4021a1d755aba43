/* api.c - the public header, function by function, but for scanning (scan.c) and inputs (inputs.c). */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/scanlog.h"

/* -- frames to try things on -------------------------------------------------------------------------------------------- */

/* Ethernet, IPv4, TCP: 10.0.0.1:49300 -> 10.0.0.2:80, ACK and SYN, 5 bytes of payload. */
static const u8 tcp[] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0x08, 0x00, 0x45,
    0,    0,    45,   0x12, 0x34, 0x40, 0,    64,   6,    0,    0,    10,   0,    0,    1,
    10,   0,    0,    2,    0xc0, 0x94, 0,    80,   0,    0,    1,    0,    0,    0,    2,
    0,    0x50, 0x12, 0x20, 0,    0,    0,    0,    0,    'h',  'e',  'l',  'l',  'o',
};
static const u8 arp[] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0x08, 0x06, 0, 1, 8, 0,  6, 4, 0,
    1,    0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 10,   0,    0,    1,    0,    0,    0,    0, 0, 0, 10, 0, 0, 2,
};
/* IPv4 in IPv4 holding UDP. */
static const u8 tunnel[] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0x08, 0x00, 0x45, 0,  0, 52, 0, 0, 0,  0,
    64,   4,    0,    0,    192,  168,  0,    1,    192,  168,  0,    2,    0x45, 0,    0,    32, 0, 0,  0, 0, 64, 17,
    0,    0,    10,   1,    0,    1,    10,   1,    0,    2,    0x01, 0xf4, 0x30, 0x39, 0,    12, 0, 0,  1, 2, 3,  4,
};
static const u8 fragment[] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0x08, 0x00,
    0x45, 0,    0,    28,   0xab, 0xcd, 0x20, 0xb9, 64,   17,   0,    0,    10,   0,
    0,    1,    10,   0,    0,    2,    1,    2,    3,    4,    5,    6,    7,    8,
};
static const u8 icmp6[] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0x86, 0xdd, 0x60, 0, 0, 0,    0,    8, 58,
    64,   0xfe, 0x80, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0, 1, 0xfe, 0x80, 0, 0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    2,    128,  0,    0,    0, 0, 1,    0,    1,
};

#define FRAME(bytes) frame_of(bytes, sizeof bytes, sizeof bytes)

static pks_frame frame_of(const u8 *bytes, u32 caplen, u32 len)
{
    return (pks_frame){.data = bytes,
                       .caplen = caplen,
                       .len = len,
                       .linktype = 1,
                       .time_ns = 1414279920123456700,
                       .has_time = true,
                       .time_digits = 7,
                       .delta_ns = -1500,
                       .offset_ns = 2500000000,
                       .number = 42};
}

static pks_filter *compiled(const char *text, const pks_compile_options *options)
{
    Log log = {0};
    pks_listener listener = log_listener(&log);
    pks_filter *filter = pks_compile(text, text ? strlen(text) : 0, options, &listener);

    cr_assert_not_null(filter, "%s", log.text);
    log_free(&log);
    return filter;
}

static bool matches(const pks_filter *filter, pks_frame frame)
{
    pks_matcher *matcher = pks_matcher_new(filter);
    bool result = pks_match(matcher, &frame);

    cr_assert_eq(pks_match(matcher, &frame), result, "the same answer twice");
    pks_matcher_free(matcher);
    return result;
}

static bool text_matches(const char *text, pks_frame frame)
{
    pks_filter *filter = compiled(text, NULL);
    bool result = matches(filter, frame);

    pks_filter_free(filter);
    return result;
}

/* -- filters ------------------------------------------------------------------------------------------------------------ */

Test(api, version) { cr_assert_str_eq(pks_version(), PKS_VERSION); }

Test(api, match_one_frame)
{
    cr_assert(text_matches("TCP.Port == 80", FRAME(tcp)));
    cr_assert(!text_matches("TCP.Port == 81", FRAME(tcp)));
    cr_assert(text_matches("FrameVariable.FrameNumber == 41 AND FrameVariable.TimeOffset == 2500ms", FRAME(tcp)));
    cr_assert(text_matches("FrameVariable.TimeDelta < 0s", FRAME(tcp)));
    cr_assert(text_matches("FrameVariable.TimeOfDay >= \"2014-10-25 23:32:00Z\"", FRAME(tcp)));
    cr_assert(text_matches("IPv4.Address == 10.1.0.2 AND IPv4.Address == 192.168.0.1", FRAME(tunnel)));
    cr_assert(!text_matches("TCP", frame_of(tcp, 0, sizeof tcp)));
    cr_assert(!text_matches("TCP", frame_of(NULL, 0, 0)));
}

Test(api, no_text_is_every_frame)
{
    pks_filter *every = compiled(NULL, NULL);
    pks_compile_options window = {
        .from_set = true, .to_set = true, .from_ns = 1414279920000000000, .to_ns = 1414279921000000000};
    pks_filter *in_window = compiled(NULL, &window), *both = compiled("ARP", &window);
    pks_frame late = FRAME(arp);

    late.time_ns += 1000000000;
    cr_assert(matches(every, FRAME(tcp)));
    cr_assert(matches(in_window, FRAME(arp)));
    cr_assert(!matches(in_window, late));
    cr_assert(matches(both, FRAME(arp)));
    cr_assert(!matches(both, FRAME(tcp)));
    cr_assert(!matches(both, late));
    pks_filter_free(every);
    pks_filter_free(in_window);
    pks_filter_free(both);
}

typedef struct {
    pks_level level;
    u32 line, column;
    char file[300], text[1000];
    u32 count;
} Heard;

static void hear(void *user, const pks_message *message)
{
    Heard *heard = user;

    if (heard->count++) return;
    heard->level = message->level;
    heard->line = message->line;
    heard->column = message->column;
    snprintf(heard->file, sizeof heard->file, "%s", message->file ? message->file : "");
    snprintf(heard->text, sizeof heard->text, "%s", message->text);
}

Test(api, errors_have_a_place)
{
    Heard heard = {0};
    pks_listener listener = {hear, &heard};
    static const char text[] = "TCP AND\n  TCP.Prot == 80";

    cr_assert_null(pks_compile(text, strlen(text), NULL, &listener));
    cr_assert_eq(heard.level, PKS_ERROR);
    cr_assert_eq(heard.line, 2);
    cr_assert_eq(heard.column, 3);
    cr_assert_eq(strncmp(heard.text, "filter:2:3: error: ", 19), 0, "%s", heard.text);
    cr_assert_not_null(strstr(heard.text, "\n    TCP.Prot == 80\n    ^~~~~~~~"), "%s", heard.text);
    cr_assert_neq(heard.text[strlen(heard.text) - 1], '\n');
    cr_assert_null(pks_compile("x", 1, NULL, NULL), "without a listener too");
    heard = (Heard){0};
    cr_assert_null(pks_compile("", (size_t)1 << 40, NULL, &listener));
    cr_assert_not_null(strstr(heard.text, "the filter has 1099511627776 bytes"), "%s", heard.text);
}

Test(api, several_errors_in_one_go)
{
    Heard heard = {0};
    pks_listener listener = {hear, &heard};
    static const char text[] = "TCP.Prot == 80 OR UDP.Prt == 53";

    cr_assert_null(pks_compile(text, strlen(text), NULL, &listener));
    cr_assert_eq(heard.count, 2);
}

Test(api, lint_warns_and_compiles)
{
    Heard heard = {0};
    pks_listener listener = {hear, &heard};
    static const char text[] = "TCP.Flags.Syn";
    pks_filter *filter = pks_compile(text, strlen(text), &(pks_compile_options){.lint = true}, &listener);

    cr_assert_not_null(filter);
    cr_assert_eq(heard.count, 1);
    cr_assert_eq(heard.level, PKS_WARNING);
    pks_filter_free(filter);
}

Test(api, filter_files)
{
    Scratch scratch = scratch_make();
    Heard heard = {0};
    pks_listener listener = {hear, &heard};
    static const char good[] = "\xef\xbb\xbf// ours\r\nTCP.Port == 80\r\n  AND IPv4\r\n", bad[] = "TCP.Prot == 1";

    scratch_write(&scratch, "good.sift", good, sizeof good - 1);
    scratch_write(&scratch, "bad.sift", bad, sizeof bad - 1);
    pks_filter *filter = pks_compile_file(scratch_path(&scratch, "good.sift"), NULL, &listener);
    cr_assert_not_null(filter, "%s", heard.text);
    cr_assert(matches(filter, FRAME(tcp)));
    pks_filter_free(filter);
    const char *path = scratch_path(&scratch, "bad.sift");
    cr_assert_null(pks_compile_file(path, NULL, &listener));
    cr_assert_str_eq(heard.file, path);
    cr_assert_eq(strncmp(heard.text, path, strlen(path)), 0);
    cr_assert_eq(strncmp(heard.text + strlen(path), ":1:1: error: ", 13), 0, "%s", heard.text);
    heard = (Heard){0};
    cr_assert_null(pks_compile_file(scratch_path(&scratch, "none.sift"), NULL, &listener));
    cr_assert_not_null(strstr(heard.text, "none.sift: the filter file cannot be read: No such file or directory"), "%s",
                       heard.text);
    heard = (Heard){0};
    cr_assert_null(pks_compile_file(scratch.path, NULL, &listener));
    cr_assert_not_null(strstr(heard.text, "Is a directory"), "%s", heard.text);
    scratch_remove(&scratch);
}

static void write_text(Scratch *scratch, const char *name, const char *text)
{
    scratch_write(scratch, name, text, strlen(text));
}

Test(api, what_is_in_a_sift_file)
{
    Scratch scratch = scratch_make();
    Heard heard = {0};
    pks_listener listener = {hear, &heard};
    pks_statement found;
    const char *type, *value, *title;

    write_text(&scratch, "a.sift",
               "// sift 1\n// @owner netops @level warn\n\nparam port : number = 0x50\n"
               "// @level error\nfilter one = TCP.Port == port\n  filter two = UDP\n"
               "test \"first \\\"t\\\"\" of one { reject hex \"00\" }\ntest \"second\" { reject hex \"00\" }\n");
    pks_siftfile *file = pks_siftfile_open(scratch_path(&scratch, "a.sift"), &listener);
    cr_assert_not_null(file, "%s", heard.text);
    cr_assert_eq(pks_siftfile_filter_count(file), 2);
    cr_assert(pks_siftfile_filter(file, 1, &found) && !pks_siftfile_filter(file, 2, &found));
    cr_assert(strcmp(found.name, "two") == 0 && found.line == 7 && found.column == 3);
    cr_assert_str_eq(pks_siftfile_label(file, 0, "level"), "error");
    cr_assert_str_eq(pks_siftfile_label(file, 1, "Level"), "warn");
    cr_assert_str_eq(pks_siftfile_label(file, SIZE_MAX, "owner"), "netops");
    cr_assert_null(pks_siftfile_label(file, 0, "id"));
    cr_assert_eq(pks_siftfile_param_count(file), 1);
    cr_assert(pks_siftfile_param(file, 0, &found, &type, &value));
    cr_assert(strcmp(found.name, "port") == 0 && strcmp(type, "number") == 0 && strcmp(value, "0x50") == 0);
    cr_assert_eq(pks_siftfile_test_count(file), 2);
    cr_assert(pks_siftfile_test(file, 0, &found, &title) && !pks_siftfile_test(file, 2, &found, &value));
    cr_assert(strcmp(title, "first \"t\"") == 0 && strcmp(found.name, "one") == 0 && found.line == 8);
    cr_assert(pks_siftfile_test(file, 1, &found, &title) && strcmp(found.name, "two") == 0);
    pks_siftfile_free(file);

    write_text(&scratch, "bad.sift", "// sift 1\nimport \"lib.sift\" as lib\nfilter main = lib.x\n");
    write_text(&scratch, "lib.sift", "// sift 1\nlet x = TCP.Prot\n");
    cr_assert_null(pks_siftfile_open(scratch_path(&scratch, "bad.sift"), &listener));
    cr_assert_str_eq(heard.file, scratch_path(&scratch, "lib.sift"));
    cr_assert_not_null(strstr(heard.text, "note: used here"), "%s", heard.text);
    heard = (Heard){0};
    write_text(&scratch, "bare.flt", "TCP");
    cr_assert_null(pks_siftfile_open(scratch_path(&scratch, "bare.flt"), &listener));
    cr_assert_not_null(strstr(heard.text, "this is one bare expression"), "%s", heard.text);
    scratch_remove(&scratch);
}

Test(api, a_filter_of_a_sift_file_with_a_parameter)
{
    Scratch scratch = scratch_make();
    Heard heard = {0};
    pks_listener listener = {hear, &heard};
    pks_define define = {"port", "81"};
    pks_compile_options options = {.filter = "by", .defines = &define, .define_count = 1};

    write_text(&scratch, "a.sift", "// sift 1\nparam port = 80\nfilter main = UDP\nfilter by = TCP.Port == port\n");
    for (int i = 0; i < 2; i++, options.define_count = 0) {
        pks_filter *filter = pks_compile_file(scratch_path(&scratch, "a.sift"), &options, &listener);
        cr_assert_not_null(filter, "%s", heard.text);
        cr_assert_eq(matches(filter, FRAME(tcp)), i == 1);
        pks_filter_free(filter);
    }
    scratch_remove(&scratch);
}

/* ---- tests of filter files ---- */

typedef struct {
    int passed, failed, broken, comparisons;
    char names[200];
    _Atomic int inside;
} Results;

static void on_result(void *user, const pks_test_result *result)
{
    Results *results = user;

    cr_assert_eq(atomic_fetch_add(&results->inside, 1), 0, "one at a time");
    results->passed += result->status == PKS_TEST_PASSED;
    results->failed += result->status == PKS_TEST_FAILED;
    results->broken += result->status == PKS_TEST_BROKEN;
    strcat(results->names, result->title ? result->title : "?");
    cr_assert_eq(*result->text == 0, result->status == PKS_TEST_PASSED, "%s", result->text);
    atomic_fetch_sub(&results->inside, 1);
}

static void on_comparison(void *user, const pks_comparison *comparison)
{
    Results *results = user;

    results->comparisons++;
    cr_expect(comparison->true_frames == 0 && comparison->false_frames == 13, "%s", comparison->text);
}

Test(api, tests_of_a_file_come_in_order_however_many_threads_run_them)
{
    Scratch scratch = scratch_make();
    char text[2000] = "// sift 1\nfilter main = TCP\n";

    for (char title = 'a'; title < 'n'; title++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "test \"%c\" { %s hex \"00\" }\n", title,
                 title % 4 ? "reject" : "match");
    write_text(&scratch, "a.sift", text);
    write_text(&scratch, "b.sift", "// sift 1\nfilter main =\n");
    const char *paths[] = {strdup(scratch_path(&scratch, "a.sift")), strdup(scratch_path(&scratch, "b.sift"))};
    for (unsigned threads = 0; threads < 9; threads++) {
        Results results = {0};
        pks_test_totals totals;
        pks_test_options options = {.paths = paths,
                                    .path_count = 2,
                                    .threads = threads,
                                    .on_test = on_result,
                                    .on_comparison = on_comparison,
                                    .user = &results};
        cr_assert(pks_test(&options, &totals));
        cr_expect_str_eq(results.names, "abcdefghijklm?");
        cr_expect(results.passed == 10 && results.failed == 3 && results.broken == 1 && results.comparisons == 1);
        cr_expect(totals.passed == 10 && totals.failed == 3 && totals.broken == 1 && totals.covered == 0);
    }
    volatile int stop = 1;
    Results none = {0};
    pks_test_totals totals;
    pks_test_options options = {.paths = paths, .path_count = 2, .stop = &stop, .on_test = on_result, .user = &none};
    cr_assert(pks_test(&options, &totals));
    cr_expect_eq(none.names[0], 0, "told to stop before it began");
    free((char *)(uintptr_t)paths[0]);
    free((char *)(uintptr_t)paths[1]);
    scratch_remove(&scratch);
}

Test(api, filters_can_be_kept_as_bytes)
{
    pks_compile_options explained = {.explain = true};
    pks_filter *filter = compiled("TCP.Port == 80 AND TCP.TCPPayload MATCHES \"h.l\"", &explained);
    size_t size;
    const void *bytes = pks_filter_bytes(filter, &size);
    pks_filter *loaded = pks_filter_load(bytes, size, NULL);
    Heard heard = {0};
    pks_listener listener = {hear, &heard};

    cr_assert_not_null(loaded);
    cr_assert(matches(loaded, FRAME(tcp)));
    cr_assert(!matches(loaded, FRAME(arp)));
    cr_assert_str_eq(pks_explain(loaded, PKS_CODE), pks_explain(filter, PKS_CODE));
    cr_assert_str_eq(pks_explain(loaded, PKS_TREE), "");
    cr_assert_null(pks_filter_load(bytes, size - 1, &listener));
    cr_assert_null(pks_filter_load("nonsense", 8, &listener));
    cr_assert_eq(heard.count, 2);
    pks_filter_free(loaded);
    pks_filter_free(filter);
    pks_filter_free(NULL);
}

Test(api, every_stage_is_explained)
{
    pks_compile_options explained = {.explain = true};
    pks_filter *filter = compiled("TCP.Port == 80", &explained), *silent = compiled("TCP.Port == 80", NULL);

    for (int stage = PKS_TREE; stage <= PKS_CODE; stage++) cr_assert_str_eq(pks_explain(silent, stage), "");
    pks_filter_free(silent);
    for (int stage = PKS_TREE; stage <= PKS_CODE; stage++) cr_assert_neq(pks_explain(filter, stage)[0], 0, "%d", stage);
    cr_assert_str_eq(pks_explain(filter, (pks_stage)99), "");
    pks_filter_free(filter);
}

Test(api, times)
{
    i64 ns = 7;

    setenv("TZ", "CET-1CEST", 1);
    tzset();
    cr_assert(pks_parse_time("2014-10-25 23:32:00Z", &ns));
    cr_assert_eq(ns, 1414279920000000000);
    cr_assert(pks_parse_time("2014-10-25 23:32:00.5+02:00", &ns));
    cr_assert_eq(ns, 1414272720500000000);
    cr_assert(pks_parse_time("2014-01-25 23:32:00", &ns));
    cr_assert_eq(ns, 1390689120000000000);
    ns = 7;
    cr_assert(!pks_parse_time("yesterday", &ns));
    cr_assert(!pks_parse_time("", &ns));
    cr_assert_eq(ns, 7);
}

/* -- printing frames ------------------------------------------------------------------------------------------------------ */

static void summary_is(pks_frame frame, const char *source, const char *destination, const char *protocol,
                       const char *text)
{
    pks_summariser *summariser = pks_summariser_new();
    pks_summary summary;

    pks_summarise(summariser, &frame, &summary);
    pks_summariser_free(summariser);
    cr_assert_str_eq(summary.source, source);
    cr_assert_str_eq(summary.destination, destination);
    cr_assert_str_eq(summary.protocol, protocol);
    cr_assert_str_eq(summary.text, text);
}

Test(api, summaries)
{
    pks_frame other = FRAME(tcp);

    summary_is(FRAME(tcp), "10.0.0.1", "10.0.0.2", "TCP",
               "Flags=...A..S., SrcPort=49300, DstPort=HTTP(80), PayloadLen=5, Seq=256 - 261, Ack=512, Win=8192");
    summary_is(FRAME(arp), "10.0.0.1", "10.0.0.2", "ARP", "Request, 10.0.0.1 asks for 10.0.0.2");
    summary_is(FRAME(tunnel), "10.1.0.1", "10.1.0.2", "UDP", "SrcPort=IKE(500), DstPort=12345, PayloadLen=4");
    summary_is(FRAME(fragment), "10.0.0.1", "10.0.0.2", "IPv4",
               "Fragment, NextProtocol=17, Offset=1480, Id=0xabcd, PayloadLen=8");
    summary_is(FRAME(icmp6), "fe80::1", "fe80::2", "ICMPv6", "Echo request, Type=128, Code=0, Id=1, Seq=1");
    summary_is(frame_of(tcp, 40, sizeof tcp), "10.0.0.1", "10.0.0.2", "TCP",
               "SrcPort=49300, DstPort=HTTP(80), 40 of 59 bytes captured");
    summary_is(frame_of(tcp, 14, 14), "66:77:88:99:aa:bb", "00:11:22:33:44:55", "Ethernet", "Type=0x0800");
    summary_is(frame_of(tcp, 5, 5), "", "", "Ethernet", "");
    other.linktype = 189;
    summary_is(other, "", "", "USB_LINUX", "LinkType=189");
    other.linktype = 64000;
    summary_is(other, "", "", "?", "LinkType=64000");
}

/* Each frame cut at every byte, in a block of exactly its size: nothing is read behind it. */
Test(api, summaries_of_cut_frames)
{
    static const struct {
        const u8 *bytes;
        u32 size;
    } rows[] = {{tcp, sizeof tcp},
                {arp, sizeof arp},
                {tunnel, sizeof tunnel},
                {fragment, sizeof fragment},
                {icmp6, sizeof icmp6}};
    pks_summariser *summariser = pks_summariser_new();

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (u32 size = 0; size <= rows[i].size; size++) {
            u8 *copy = malloc(size ? size : 1);
            pks_frame frame = frame_of(copy, size, rows[i].size);
            pks_summary summary;
            pks_columns *columns =
                pks_columns_compile("TCP.TCPPayload,IPv4.Address,UDP.Port,ARP.SendersIp4Address,ICMPv6.Type", NULL);
            char out[100];

            memcpy(copy, rows[i].bytes, size);
            pks_summarise(summariser, &frame, &summary);
            if (size < rows[i].size) cr_assert_not_null(strstr(summary.text, " bytes captured"), "%s", summary.text);
            for (size_t k = 0; k < pks_columns_count(columns); k++)
                cr_assert_eq(pks_columns_print(columns, &frame, k, out, sizeof out), strlen(out));
            pks_columns_free(columns);
            free(copy);
        }
    pks_summariser_free(summariser);
}

static void prints(const char *list, pks_frame frame, const char *expected)
{
    Log log = {0};
    pks_listener listener = log_listener(&log);
    pks_columns *columns = pks_columns_compile(list, &listener);
    char out[200];

    cr_assert_not_null(columns, "%s", log.text);
    for (size_t i = 0; i < pks_columns_count(columns); i++) {
        size_t len = pks_columns_print(columns, &frame, i, out, sizeof out);

        cr_assert_eq(len, strlen(out));
        log_add(&log, "%s%s", i ? "|" : "", out);
    }
    cr_assert_str_eq(log.text, expected, "%s: %s", list, log.text);
    log_free(&log);
    pks_columns_free(columns);
}

Test(api, columns)
{
    prints("tcp.port, IPV4.SourceAddress ,TCP.Flags.Syn", FRAME(tcp), "49300,80|10.0.0.1|1");
    prints("TCP.TCPPayload,UDP.Port,Ethernet.SourceAddress", FRAME(tcp), "68656c6c6f||66:77:88:99:aa:bb");
    prints("IPv4.Address,IPv4.TimeToLive", FRAME(tunnel), "192.168.0.1,192.168.0.2,10.1.0.1,10.1.0.2|64,64");
    prints("Frame.Ethernet.IPv4.IPv4.SourceAddress,Frame.Ethernet.IPv4.SourceAddress", FRAME(tunnel),
           "10.1.0.1|192.168.0.1");
    prints("Frame.Ethernet.IPv4.TCP.Port,Frame.Ethernet.VLAN.IPv4.TCP.Port", FRAME(tcp), "49300,80|");
    prints("FrameVariable.FrameNumber,FrameVariable.TimeDelta,FrameVariable.TimeOffset,FrameVariable.TimeOfDay",
           FRAME(tcp), "41|-0.0000015|2.5000000|2014-10-25T23:32:00.1234567Z");
    prints("FrameVariable.FrameLength,FrameVariable.CaptureLength,FrameVariable.MediaType", frame_of(tcp, 20, 59),
           "59|20|1");
    prints("FrameData", frame_of(tcp, 4, 59), "00112233");
    prints("IPv6.Address", FRAME(icmp6), "fe80::1,fe80::2");
}

Test(api, columns_fit_their_buffer)
{
    pks_columns *columns = pks_columns_compile("IPv4.Address,FrameData", NULL);
    pks_frame frame = FRAME(tunnel);
    static const char full[] = "192.168.0.1,192.168.0.2,10.1.0.1,10.1.0.2";
    char out[64];

    for (size_t size = 1; size < sizeof full; size++) {
        memset(out, '#', sizeof out);
        size_t len = pks_columns_print(columns, &frame, 0, out, size);
        cr_assert_lt(len, size);
        cr_assert_eq(out[len], 0);
        cr_assert_eq(out[size], '#', "nothing behind the buffer is touched");
        cr_assert_eq(strncmp(out, full, len), 0);
        cr_assert_lt(pks_columns_print(columns, &frame, 1, out, size), size);
    }
    cr_assert_eq(pks_columns_print(columns, &frame, 0, out, 0), 0);
    cr_assert_eq(pks_columns_print(columns, &frame, 9, out, 10), 0);
    pks_columns_free(columns);
}

Test(api, columns_know_their_names_and_types)
{
    pks_columns *columns = pks_columns_compile(
        "tcp.srcport,ipv4.address,framevariable.timedelta,frame.ethernet.ipv4.tcp.port,framedata", NULL);
    static const char *const names[] = {"TCP.SrcPort", "IPv4.Address", "FrameVariable.TimeDelta",
                                        "Frame.Ethernet.IPv4.TCP.Port", "FrameData"};
    static const bool numeric[] = {true, false, true, true, false};

    cr_assert_eq(pks_columns_count(columns), 5);
    for (size_t i = 0; i < 5; i++) {
        cr_assert_str_eq(pks_columns_name(columns, i), names[i]);
        cr_assert_eq(pks_columns_numeric(columns, i), numeric[i], "%s", names[i]);
    }
    cr_assert_null(pks_columns_name(columns, 5));
    pks_columns_free(columns);
}

static void columns_fail(const char *list, const char *expected)
{
    Heard heard = {0};
    pks_listener listener = {hear, &heard};

    cr_assert_null(pks_columns_compile(list, &listener), "%s", list);
    cr_assert_not_null(strstr(heard.text, expected), "%s: %s", list, heard.text);
}

Test(api, columns_that_are_none)
{
    columns_fail("", "fields:1:1: error: expected a field's name");
    columns_fail("TCP.Port,", "fields:1:10: error: expected a field's name");
    columns_fail("TCP", "'TCP' is a protocol, not a field: name one of its fields");
    columns_fail("TCP.Prot", "fields:1:1: error: ");
    columns_fail("TCP.TCPPayload.ToString", "a column is a plain field: methods cannot be used here");
}

/* -- the dictionary --------------------------------------------------------------------------------------------------------- */

Test(api, every_field_is_complete)
{
    pks_field field;
    bool pair = false;
    size_t protocols = 0, other_names = 0;

    cr_assert_gt(pks_field_count(), 50);
    for (size_t i = 0; i < pks_field_count(); i++) {
        char name[256];

        cr_assert(pks_field_get(i, &field));
        cr_assert(field.protocol[0] && field.type[0] && field.meaning.length);
        cr_assert_eq(strcmp(field.protocol, "FrameData") == 0, i == 0, "%zu", i);
        cr_assert_eq(strcmp(field.protocol, "FrameVariable") == 0, i >= 1 && i < 10, "%zu", i);
        if (strcmp(field.type, "scope") == 0) continue;
        if (!field.name[0]) {
            pks_filter *filter = pks_compile(field.protocol, strlen(field.protocol), NULL, NULL);
            cr_assert_not_null(filter, "%s", field.protocol);
            pks_filter_free(filter);
            cr_assert(i == 0 || strcmp(field.type, "protocol") == 0);
            protocols += i > 0;
            continue;
        }
        snprintf(name, sizeof name, "%s.%s", field.protocol, field.name);
        pks_columns *columns = pks_columns_compile(name, NULL);
        cr_assert_not_null(columns, "%s", name);
        pks_columns *own = pks_columns_compile(pks_columns_name(columns, 0), NULL); /* another name leads to its own */
        cr_assert_str_eq(pks_columns_name(own, 0), pks_columns_name(columns, 0), "%s", name);
        other_names += strcmp(pks_columns_name(columns, 0), name) != 0;
        pks_columns_free(own);
        pks_columns_free(columns);
        pair |= field.pair;
    }
    cr_assert(pair);
    cr_assert_geq(protocols, 9);
    cr_assert(other_names > 0 && other_names < pks_field_count() / 10);
    cr_assert(!pks_field_get(pks_field_count(), &field));
}

/* -- outputs -------------------------------------------------------------------------------------------------------------- */

static void round_trip(const char *name)
{
    Scratch scratch = scratch_make();
    Log log = {0};
    pks_listener listener = log_listener(&log);
    const char *path = scratch_path(&scratch, name);
    pks_output *output = pks_output_open(&(pks_output_options){.path = path}, NULL, &listener);
    pks_frame frames[] = {FRAME(tcp), frame_of(tcp, 30, 59), FRAME(arp)};

    cr_assert_not_null(output, "%s", log.text);
    frames[1].time_digits = frames[0].time_digits = frames[2].time_digits = 6;
    frames[1].time_ns = 1414279921000001000;
    frames[0].time_ns = frames[2].time_ns = 1414279920123456000;
    for (size_t i = 0; i < 3; i++) cr_assert(pks_output_frame(output, &frames[i], &listener), "%s", log.text);
    cr_assert_eq(pks_output_files(output), 1);
    cr_assert_gt(pks_output_bytes(output), 100);
    cr_assert_str_eq(pks_output_path(output, 0), path);
    cr_assert_null(pks_output_path(output, 1));
    cr_assert(pks_output_close(output, true, &listener), "%s", log.text);
    cr_assert_null(log.text, "%s", log.text);
    Log found = scan_log_file(path, &(ScanHow){0});
    cr_assert_not_null(strstr(found.text, "frame 1 of 0: 59/59 link 1 if 0 time 1414279920123456000."), "%s",
                       found.text);
    cr_assert_not_null(strstr(found.text, "frame 2 of 0: 30/59 link 1 if 0 time 1414279921000001000."), "%s",
                       found.text);
    cr_assert_not_null(strstr(found.text, "frame 3 of 0: 42/42 link 1 if 0 time 1414279920123456000."), "%s",
                       found.text);
    log_free(&found);
    scratch_remove(&scratch);
}

Test(api, frames_of_ones_own_can_be_written)
{
    round_trip("out.pcap");
    round_trip("out.pcapng");
    round_trip("out");
}

Test(api, outputs_that_cannot_be)
{
    Heard heard = {0};
    pks_listener listener = {hear, &heard};

    cr_assert_null(pks_output_open(&(pks_output_options){.path = "/nowhere/at/all.pcap"}, NULL, &listener));
    cr_assert_eq(heard.level, PKS_ERROR);
    cr_assert_not_null(strstr(heard.text, "/nowhere/at/all.pcap"), "%s", heard.text);
    cr_assert_not_null(strstr(heard.text, "No such file or directory"), "%s", heard.text);
    heard = (Heard){0};
    cr_assert_null(pks_output_open(&(pks_output_options){.path = "/tmp/x.pcap", .format = "tar"}, NULL, &listener));
    cr_assert_not_null(strstr(heard.text, "tar"), "%s", heard.text);
}

Test(api, an_output_that_is_given_up_leaves_nothing)
{
    Scratch scratch = scratch_make();
    char command[200];
    pks_frame frame = FRAME(tcp);
    pks_output *output = pks_output_open(&(pks_output_options){.path = scratch_path(&scratch, "x.pcap")}, NULL, NULL);

    cr_assert(pks_output_frame(output, &frame, NULL));
    cr_assert(pks_output_close(output, false, NULL));
    snprintf(command, sizeof command, "test -z \"$(ls -A %s)\"", scratch.path);
    cr_assert_eq(system(command), 0);
    scratch_remove(&scratch);
}
