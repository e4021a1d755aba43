/* compiler.c - tests of compiler/: the rows of tests/cases/compiler.case and errors.case, meanings on a few frames made
 * by hand, limits, and how long a hundred thousand addresses take.
 *
 * Runs with the repository's root as working directory. */
#include "compiler/compile.h"
#include "compiler/names.h"
#include "grammar/text.h"
#include "tests/cases.h"
#include "tests/programs.h"
#include "vm/vm.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* ---- one filter, compiled ---- */

typedef struct {
    Arena arena;
    Source source;
    DiagList diags;
    CompileStages stages;
    Program *program;
} Compiled;

static void compile_with(Compiled *c, const char *text, CompileOptions options)
{
    *c = (Compiled){.source = {.name = "filter", .text = text, .len = (u32)strlen(text)}};
    diag_init(&c->diags, &c->arena, &c->source);
    c->program = filter_compile(&c->arena, &c->source, &options, &c->diags, &c->stages);
    cr_assert((c->program == NULL) == (c->diags.errors > 0), "%s: a program or an error, not both", text);
    u32 lines = 0;
    for (const char *at = c->stages.plan; at && *at; at++) lines += *at == '\n';
    cr_assert(!c->program || lines == c->stages.parts.count, "%s: a part of the code for each line of the plan", text);
}

static void compile_text(Compiled *c, const char *text) { compile_with(c, text, (CompileOptions){0}); }

static const char *messages(Compiled *c) { return diag_format_all(&c->arena, &c->diags); }

static void release(Compiled *c)
{
    program_free(c->program);
    arena_release(&c->arena);
}

static void must_compile(Compiled *c, const char *text)
{
    compile_text(c, text);
    cr_assert(c->program, "%s\n%s", text, messages(c));
}

/* ---- errors.case ---- */

static void check_messages(const char *file, const Block *block)
{
    Compiled c;
    const char *key = block->pair[1].key, *want = block->pair[1].value;
    bool fails = strcmp(key, "fails") == 0, lint = strcmp(key, "lint") == 0;
    cr_assert(fails || lint || strcmp(key, "warns") == 0, "%s:%u: unknown key '%s'", file, block->pair[1].line, key);
    compile_with(&c, block->pair[0].value, (CompileOptions){.lint = lint});
    const char *got = messages(&c);
    if (strcmp(want, "(nothing)") == 0) want = "";
    size_t len = strlen(got), want_len = strlen(want);
    bool same = len == want_len + (want_len > 0) && strncmp(got, want, want_len) == 0;
    cr_expect(same, "%s:%u: %s\nwanted:\n%s\ngot:\n%s", file, block->pair[0].line, block->pair[0].value, want, got);
    cr_expect(fails == (c.program == NULL), "%s:%u: %s: compiles or not, against '%s'", file, block->pair[0].line,
              block->pair[0].value, key);
    release(&c);
}

Test(compiler, every_message_is_pinned)
{
    cr_assert(each_block("tests/cases/errors.case", "filter", check_messages) > 150);
}

/* ---- compiler.case ---- */

static void check_same(const char *file, const Pair *pair, const Compiled *first, bool want)
{
    Compiled other;
    must_compile(&other, pair->value);
    char *listing = program_listing(other.program);
    cr_expect(programs_equal(first->program, other.program) == want, "%s:%u: %s: %s program\n%s", file, pair->line,
              pair->value, want ? "another" : "the same", listing);
    free(listing);
    release(&other);
}

static void check_text(const char *file, const Pair *pair, const char *got)
{
    size_t len = strlen(pair->value);
    bool same = strncmp(got, pair->value, len) == 0 && strspn(got + len, "\n") == strlen(got + len);
    cr_expect(same, "%s:%u: wanted:\n%s\ngot:\n%s", file, pair->line, pair->value, got);
}

static void check_block(const char *file, const Block *block)
{
    Compiled c;
    must_compile(&c, block->pair[0].value);
    for (u32 i = 1; i < block->count; i++) {
        const Pair *pair = &block->pair[i];
        if (strcmp(pair->key, "same") == 0) {
            check_same(file, pair, &c, true);
        } else if (strcmp(pair->key, "differs") == 0) {
            check_same(file, pair, &c, false);
        } else if (strcmp(pair->key, "typed") == 0) {
            check_text(file, pair, c.stages.typed);
        } else if (strcmp(pair->key, "plan") == 0) {
            check_text(file, pair, c.stages.plan);
        } else {
            cr_assert(strcmp(pair->key, "code") == 0, "%s:%u: unknown key '%s'", file, pair->line, pair->key);
            char *listing = program_listing(c.program);
            check_text(file, pair, listing);
            free(listing);
        }
    }
    release(&c);
}

Test(compiler, rows) { cr_assert(each_block("tests/cases/compiler.case", "filter", check_block) > 60); }

/* ---- meanings, on frames made by hand ---- */

static const char *const frame_hex[] = {
    /* 0: 10.0.0.1:53487 > 192.168.1.1:80, SYN */
    "ffffffffffff 001122334455 0800 45000028 00014000 40060000 0a000001 c0a80101 d0ef0050 00000001 00000000 5002ffff 00000000",
    /* 1: the answer: PSH ACK, 9 bytes of payload */
    "001122334455 0a0b0c0d0e0f 0800 45000031 00024000 80060000 c0a80101 0a000001 0050d0ef fffffff0 00000002 50180100 00000000"
    "474554202f20414263",
    /* 2: 10.0.0.2:53 > 10.0.0.3:1234, UDP, the text 17 */
    "001122334455 0a0b0c0d0e0f 0800 4500001e 00030000 01110000 0a000002 0a000003 003504d2 000a0000 3137",
    /* 3: 2001:db8::1 > 2001:db8::2, UDP 5353 */
    "3333000000fb 001122334455 86dd 60000000 00081140 20010db8000000000000000000000001 20010db8000000000000000000000002"
    "14e914e9 00080000",
    /* 4: ARP: who has 10.0.0.9?  tell 10.0.0.1 */
    "ffffffffffff 001122334455 0806 0001080006040001 001122334455 0a000001 000000000000 0a000009",
    /* 5: IPv4 in IPv4: 10.0.0.1 > 10.0.0.2, inside 172.16.0.1:53487 > 172.16.0.2:443 */
    "001122334455 0a0b0c0d0e0f 0800 4500003c 00050000 40040000 0a000001 0a000002"
    "45000028 00060000 3f060000 ac100001 ac100002 d0ef01bb 00000005 00000006 50100200 00000000",
    /* 6: VLAN 7, 10.1.0.1:22 > 10.1.0.2:22 */
    "001122334455 0a0b0c0d0e0f 8100 0007 0800 45000028 00074000 40060000 0a010001 0a010002 00160016 00000009 00000008"
    "50110010 00000000",
    /* 7: frame 0, cut off behind the source port */
    "ffffffffffff 001122334455 0800 45000028 00014000 40060000 0a000001 c0a80101 d0ef",
    /* 8: five bytes */
    "0102030405",
};
enum { FRAMES = COUNT_OF(frame_hex) };
#define START                                                                                                          \
    1414272720 /* 2014-10-25 21:32:00 UTC; frame n comes n seconds later, but frame 8 at the time of frame 7 */

static u32 unhex(const char *hex, u8 *out)
{
    u32 count = 0;
    for (; *hex; hex += 2) {
        unsigned byte = 0;
        if (*hex == ' ') hex++;
        cr_assert(sscanf(hex, "%2x", &byte) == 1);
        out[count++] = (u8)byte;
    }
    return count;
}

static void batch_fill(Batch *batch)
{
    static u8 bytes[FRAMES][256];
    *batch = (Batch){.count = FRAMES, .linktype = 1, .media_type = 1, .caplen_min = 5};
    for (u32 i = 0; i < FRAMES; i++) {
        batch->data[i] = bytes[i];
        batch->caplen[i] = batch->len[i] = unhex(frame_hex[i], bytes[i]);
        batch->time[i] = (i64)(START + MIN_OF(i, 7u)) * 1000000000 + (i == 2 ? 500 : 0);
        batch->delta[i] = i == 0 || i == 8 ? 0 : i == 4 ? -1000000000 : 1000000000;
        batch->offset[i] = (i64)i * 1000000000;
        batch->number[i] = i;
    }
    batch->len[7] = batch->len[0];
}

static Mask run_options(const char *text, CompileOptions options)
{
    Batch batch;
    Compiled c;
    batch_fill(&batch);
    compile_with(&c, text, options);
    cr_assert(c.program, "%s\n%s", text, messages(&c));
    Vm *vm = vm_new(c.program);
    Mask answer = vm_run(vm, &batch, NULL);
    cr_expect(answer == scalar_run(c.program, &batch, NULL), "%s: the two machines differ", text);
    vm_free(vm);
    release(&c);
    return answer;
}

static const struct {
    const char *filter, *frames;
} meanings[] = {
    /* names and existence */
    {"Frame", "012345678"},
    {"NOT Frame", ""},
    {"Ethernet", "012345678"},
    {"TCP", "01567"},
    {".Protocol.TCP", "01567"},
    {"Protocol.UDP OR arp", "234"},
    {"NOT TCP", "2348"},
    {"TCP.SrcPort", "01567"},
    {"TCP.DstPort", "0156"},
    {"TCP.Port", "01567"},
    {"TCP.Flags", "0156"},
    {"Frame.Ethernet.IPv4", "01257"},
    {"Frame.Ethernet.IPv4.TCP", "017"},
    {"Frame.Ethernet.IPv4.IPv4.TCP", "5"},
    {"Frame.Ethernet.VLAN.IPv4.TCP.SrcPort", "6"},
    {"NOT Frame.Ethernet.IPv4.TCP.Port == 80", "2345678"},
    {"FrameData", "012345678"},
    {"Blob(FrameData, 3, 2)", "012345678"},
    {"Blob(FrameData, 4, 2)", "01234567"},
    /* pairs, absent values, != */
    {"TCP.Port == 53487", "0157"},
    {"53487 == TCP.Port", "0157"},
    {"TCP.Port == 80", "01"},
    {"TCP.Port != 80", "567"},
    {"NOT TCP.Port == 80", "2345678"},
    {"NOT TCP.Port != 80", "012348"},
    {"TCP.Port > 50000", "0157"},
    {"TCP.Port < 50000", "0156"},
    {"TCP.Port == 80 AND TCP.Port == 53487", "01"},
    {"TCP.Port != 80 AND TCP.Port != 443", "67"},
    {"TCP.SrcPort == TCP.DstPort", "6"},
    {"TCP.SrcPort != TCP.DstPort", "015"},
    {"TCP.Port == UDP.Port", ""},
    {"IPv4.Address == IPv4.DestinationAddress", "012567"},
    {"TCP.SrcPort IN {22, 50000..60000}", "0567"},
    {"TCP.Port IN {80, 443}", "015"},
    {"NOT TCP.Port IN {80, 443}", "234678"},
    /* tunnels: any instance */
    {"IPv4.SourceAddress == 10.0.0.1", "057"},
    {"IPv4.SourceAddress == 172.16.0.1", "5"},
    {"IPv4.SourceAddress != 172.16.0.1", "01267"},
    {"IPv4.SourceAddress == 10.0.0.1 AND IPv4.SourceAddress == 172.16.0.1", "5"},
    {"IPv4.TimeToLive - 1 == 62", "5"},
    {"IPv4.SourceAddress & 255.255.0.0 == 172.16.0.0 AND IPv4.NextProtocol == 4", "5"},
    /* addresses */
    {"IPv4.Address == 10.0.0.0/8", "012567"},
    {"IPv4.Address == 10.0.0.0/30", "01257"},
    {"IPv4.Address != 10.0.0.0/8", ""},
    {"IPv4.Address IN 192.168.0.0/16", "017"},
    {"IPv4.Address IN {192.168.0.0/16, 172.16.0.1}", "0157"},
    {"IPv4.Address == 0x0a000001", "0157"},
    {"IPv4.SourceAddress > IPv4.DestinationAddress", "1"},
    {"IPv4.SourceAddress >= 172.16.0.1", "15"},
    {"IPv6.Address == 2001:db8::2", "3"},
    {"IPv6.SourceAddress == 2001:db8::/32", "3"},
    {"IPv6.SourceAddress != 2001:db8::/32", ""},
    {"IPv6.SourceAddress == 0x20010db8000000000000000000000001", "3"},
    {"IPv6.SourceAddress < IPv6.DestinationAddress", "3"},
    {"Ethernet.Address == 0x0a0b0c0d0e0f", "1256"},
    {"Ethernet.Address == 0A-0B-0C-0D-0E-0F", "1256"},
    {"Ethernet.SourceAddress >> 24 == 0x0a0b0c", "1256"},
    {"Ethernet.DestinationAddress == 0xFFFFFFFFFFFF", "047"},
    {"ARP.TargetIp4Address == 10.0.0.9", "4"},
    /* Blob and its like */
    {"Blob(FrameData, 34, 2) == 0xD0EF OR Blob(FrameData, 36, 2) == 0xD0EF", "017"},
    {"Blob(FrameData, 34, 2) == 53487", "07"},
    {"Blob(FrameData, 26, 4) == 10.0.0.1", "057"},
    {"Blob(FrameData, 26, 4) == 10.0.0.0/8", "0257"},
    {"Blob(FrameData, 26, 4) == IPv4.SourceAddress", "01257"},
    {"Blob(FrameData, 6, 6) == 00:11:22:33:44:55", "0347"},
    {"Blob(FrameData, 6, 6) == Ethernet.SourceAddress", "01234567"},
    {"Blob(FrameData, 22, 16) == 2001:db8::1", "3"},
    {"Blob(FrameData, 22, 16) == IPv6.SourceAddress", "3"},
    {"Blob(FrameData, 22, 16) == 2001:db8::/32", "3"},
    {"Blob(FrameData, 54, 9) == \"GET / ABc\"", "1"},
    {"Blob(FrameData, 54, 9) == 0x474554202f20414263", "1"},
    {"Blob(FrameData, 54, 4) == \"GET \"", "1"},
    {"Blob(FrameData, 54, 4) != \"GET \"", "356"},
    {"Blob(FrameData, 0, 6) == Blob(FrameData, 6, 6)", ""},
    {"Blob(FrameData, 34, 2) + 1 == 53488", "07"},
    {"Blob(Blob(FrameData, 14, 20), 12, 4) == 10.0.0.2", "2"},
    {"Blob(TCP.TCPPayload, 0, 3) == 0x474554", "1"},
    {"Blob(FrameData, UINT8(FrameData, 14) & 15, 1) == 0", "6"},
    {"UINT16(FrameData, 12) == 0x0806", "4"},
    {"UINT16LE(FrameData, 12) == 0x0608", "4"},
    {"UINT8(FrameData, 4) == 5", "8"},
    {"UINT32(FrameData, 26) == 10.0.0.1", "057"},
    {"UINT64(FrameData, 0) >= 0xFFFFFFFFFFFF0000", "047"},
    {"UINT16(FrameData, UINT8(FrameData, 14) % 16 * 4 + 14) == 53487", "07"},
    {"AsciiString(TCP.TCPPayload, 0, 3) == 'GET'", "1"},
    {"AsciiString(TCP.TCPPayload, 6, 3) > \"ABC\"", "1"},
    {"ContainsBin(FrameData, ASCII, \"GET\")", "1"},
    {"ContainsBin(FrameData, HEX, \"47 45 54\")", "1"},
    {"ContainsBin(FrameData, UNICODE, \"\\x00\")", "01234567"},
    {"ContainsBin(TCP.TCPPayload, ascii, 'ABc')", "1"},
    /* text */
    {"TCP.TCPPayload.Contains(\"ABc\")", "1"},
    {"TCP.TCPPayload.Contains(\"ABC\")", ""},
    {"TCP.TCPPayload.ToLower.Contains(\"abc\")", "1"},
    {"contains (TCP.TCPPayload, 'GET')", "1"},
    {"TCP.TCPPayload CONTAINS 0x2f20", "1"},
    {"TCP.TCPPayload == \"GET / ABc\"", "1"},
    {"TCP.TCPPayload.ToLower == \"get / abc\"", "1"},
    {"TCP.TCPPayload.ToLower IN {\"x\", \"get / abc\"}", "1"},
    {"TCP.TCPPayload >= \"GET\"", "1"},
    {"TCP.TCPPayload > \"GET / ABc\"", ""},
    {"TCP.TCPPayload <= \"GET / ABc\"", "1"},
    {"TCP.TCPPayload != \"x\"", "1"},
    {"TCP.TCPPayload MATCHES \"^GET .* ABc$\"", "1"},
    {"TCP.TCPPayload.ToLower MATCHES \"abc\"", "1"},
    {"TCP.TCPPayload.Length == 9", "1"},
    {"UDP.UDPPayload.StringToNumber == 17", "2"},
    {"UDP.UDPPayload.StringToNumber IN {16..18}", "2"},
    {"TCP.Port.ToString == \"80\"", "01"},
    {"IPv4.Address.ToString.Contains(\"192.168\")", "017"},
    {"(TCP.DstPort).ToString() == \"22\"", "6"},
    {"TCP.TCPPayload == UDP.UDPPayload", ""},
    /* arithmetic, signed and unsigned */
    {"TCP.SequenceNumber - TCP.AcknowledgementNumber == -1", "5"},
    {"TCP.SequenceNumber - TCP.AcknowledgementNumber < 0", "5"},
    {"TCP.SequenceNumber - TCP.AcknowledgementNumber > TCP.Window", "1"},
    {"(TCP.AcknowledgementNumber - TCP.SequenceNumber) & 0xffffffff == 18", "1"},
    {"-TCP.SrcPort == -22", "6"},
    {"~TCP.SrcPort & 0xffff == 12048", "057"},
    {"TCP.DstPort * 2 == 44", "6"},
    {"TCP.DstPort / 3 == 7", "6"},
    {"TCP.DstPort % 10 == 2", "6"},
    {"TCP.DstPort << 1 == 44", "6"},
    {"TCP.DstPort ^ 1 == 23", "6"},
    {"TCP.DstPort | 1 == 23", "6"},
    {"TCP.Flags & 2 == 2", "0"},
    {"TCP.Flags.Syn == 1", "0"},
    {"TCP.Flags.Syn != 1", "156"},
    {"100 / (TCP.DstPort - 22) == 1", "0"},
    {"UINT64(FrameData, 0) > -1", "01234567"},
    {"-1 < UINT64(FrameData, 0)", "01234567"},
    {"UINT64(FrameData, 0) > FrameVariable.TimeDelta * 1", "01234567"},
    {"1 == 1", "012345678"},
    {"2 < 1", ""},
    /* frame variables and time */
    {"FrameVariable.FrameNumber == 0", "0"},
    {"FrameNumber >= 7", "78"},
    {"FrameVariable.TimeDelta == 10000000", "123567"},
    {"FrameVariable.TimeDelta == 1s", "123567"},
    {"FrameVariable.TimeDelta < 0", "4"},
    {"FrameVariable.TimeDelta == -1s", "4"},
    {"FrameVariable.TimeDelta IN {-2s..0s}", "048"},
    {"FrameVariable.TimeDelta * 2 >= 2s", "123567"},
    {"FrameVariable.TimeDelta / 1ms == 1000", "123567"},
    {"FrameVariable.TimeOffset > 6s", "78"},
    {"FrameVariable.TimeOfDay == \"2014-10-25 21:32:01Z\"", "1"},
    {"FrameVariable.TimeOfDay >= \"2014-10-25T23:32:06+02:00\"", "678"},
    {"FrameVariable.TimeOfDay == 130587463210000000", "1"},
    {"FrameVariable.TimeOfDay - 1s == 130587463200000000", "1"},
    {"FrameVariable.TimeOfDay IN {\"2014-10-25 21:32:01Z\"..\"2014-10-25 21:32:03Z\"}", "123"},
    {"FrameVariable.FrameLength == 54", "07"},
    {"FrameVariable.CaptureLength < FrameVariable.FrameLength", "7"},
    {"FrameVariable.MediaType == 1", "012345678"},
    /* joining */
    {"TCP OR UDP AND NOT IPv4", "013567"},
    {"(TCP OR UDP) AND NOT IPv4", "3"},
    {"NOT NOT TCP", "01567"},
    {"NOT (TCP AND UDP)", "012345678"},
    {"TCP.Port == 80 || tcp.port == 443 && !arp", "015"},
};

static void expect_frames(const char *filter, Mask got, const char *frames)
{
    char text[FRAMES + 1] = "";
    u32 count = 0;
    for (u32 i = 0; i < FRAMES; i++)
        if (got >> i & 1) text[count++] = (char)('0' + i);
    cr_expect(strcmp(text, frames) == 0, "%s: frames '%s', wanted '%s'", filter, text, frames);
}

Test(compiler, meanings)
{
    for (u32 i = 0; i < COUNT_OF(meanings); i++) {
        expect_frames(meanings[i].filter, run_options(meanings[i].filter, (CompileOptions){0}), meanings[i].frames);
        expect_frames(meanings[i].filter, run_options(meanings[i].filter, (CompileOptions){.plain = true}),
                      meanings[i].frames);
    }
}

Test(compiler, from_and_to_take_in_both_ends)
{
    i64 at = (i64)START * 1000000000;
    CompileOptions both = {.from_set = true, .to_set = true, .from_ns = at + 1000000000, .to_ns = at + 3000000000};
    CompileOptions until = {.to_set = true, .to_ns = at + 2000000499};
    CompileOptions since = {.from_set = true, .from_ns = at + 2000000600};
    CompileOptions early = {.from_set = true, .from_ns = INT64_MIN, .to_set = true, .to_ns = -1};
    expect_frames("1s to 3s", run_options("", both), "123");
    expect_frames("UDP, 1s to 3s", run_options("UDP", both), "23");
    expect_frames("to 2s 499ns", run_options("", until), "01");
    expect_frames("from 2s 600ns", run_options("", since), "345678");
    expect_frames("before 1970", run_options("", early), "");
    both.plain = true;
    expect_frames("UDP, 1s to 3s, plain", run_options("UDP", both), "23");
}

Test(compiler, no_text_is_every_frame)
{
    Arena arena = {0};
    DiagList diags;
    CompileOptions options = {0};
    Source nothing = {.name = "filter", .text = ""};
    diag_init(&diags, &arena, &nothing);
    Program *program = filter_compile(&arena, NULL, &options, &diags, NULL);
    cr_assert(program && program->needs == 0 && program->protocols == 0);
    Batch batch;
    batch_fill(&batch);
    cr_expect(scalar_run(program, &batch, NULL) == batch_all(&batch));
    program_free(program);
    arena_release(&arena);
}

Test(compiler, stages_are_given_as_far_as_it_came)
{
    Compiled c;
    must_compile(&c, "TCP.Port == 80");
    cr_expect(c.stages.tree && c.stages.typed && c.stages.plan);
    release(&c);
    compile_text(&c, "TCP.Prt == 80");
    cr_expect(c.stages.tree && !c.stages.typed && !c.stages.plan);
    release(&c);
}

Test(compiler, needs_and_protocols_are_those_of_the_filter)
{
    Compiled c;
    must_compile(&c, "FrameVariable.TimeDelta > 1s AND TCP");
    cr_expect(c.program->needs == NEED_DELTA && c.program->protocols == (u64)1 << PROTO_TCP && !c.program->layers);
    release(&c);
    must_compile(&c, "FrameVariable.TimeOfDay > 5 OR Frame.Ethernet.IPv4");
    cr_expect(c.program->needs == NEED_TIME && c.program->layers);
    release(&c);
}

/* ---- tables ---- */

static const char *const nearest_filters[] = {
#define NETMON(name, nearest)       nearest,
#define NETMON_STATE(name, nearest) nearest,
#define UNDECODED(name, nearest)    nearest,
#include "compiler/netmon_names.def"
};
static const char *const netmon_name[] = {
#define NETMON(name, nearest)       name,
#define NETMON_STATE(name, nearest) name,
#define UNDECODED(name, nearest)    name,
#include "compiler/netmon_names.def"
};

Test(compiler, every_nearest_filter_means_something)
{
    for (u32 i = 0; i < COUNT_OF(nearest_filters); i++) {
        Compiled c;
        compile_text(&c, netmon_name[i]);
        bool told = strstr(messages(&c), "NetMon name") || strstr(messages(&c), "does not decode");
        cr_expect(!c.program && told, "%s is known: drop its row", netmon_name[i]);
        release(&c);
        if (!nearest_filters[i]) continue;
        char value[256];
        snprintf(value, sizeof value, "(%s) == 1", nearest_filters[i]);
        compile_text(&c, value);
        bool as_value = c.program != NULL;
        release(&c);
        compile_text(&c, nearest_filters[i]);
        cr_expect(c.program || as_value, "%s: the nearest, '%s', does not compile", netmon_name[i], nearest_filters[i]);
        release(&c);
    }
}

/* Of every field, its protocol and its last word: what the hint has instead is known. */
Test(compiler, every_guess_is_a_name)
{
    u32 guesses = 0;
    for (int f = 0; f < FIELD_COUNT; f++) {
        const char *name = field_info[f].name, *dot = strrchr(name, '.');
        if (!dot) continue;
        char text[256];
        Compiled c;
        snprintf(text, sizeof text, "%s.%s", proto_info[field_info[f].proto].name, dot + 1);
        compile_text(&c, text);
        const char *at = c.program ? NULL : strstr(messages(&c), "did you mean '");
        for (at = at ? strchr(at, '\'') : NULL; at; at = strncmp(at, "' or '", 6) == 0 ? at + 5 : NULL) {
            Compiled guess;
            snprintf(text, sizeof text, "%.*s", (int)strcspn(at + 1, "'"), at + 1);
            at += 1 + strlen(text);
            compile_text(&guess, text);
            cr_expect(guess.program || !strstr(messages(&guess), "named"), "%s: the guess, %s, is unknown", name, text);
            release(&guess);
            guesses++;
        }
        release(&c);
    }
    cr_assert(guesses > 300, "%u", guesses);
}

/* So that TCP.Flags alone means something: names.c knows fields, not structures. */
Test(compiler, every_structure_is_a_field_of_its_own)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        const char *name = field_info[f].name, *dot = strrchr(name, '.');
        if (dot) cr_expect(field_find(field_info[f].proto, name, (size_t)(dot - name)) >= 0, "%s", name);
    }
}

Test(compiler, every_name_of_the_dictionary_compiles)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        Compiled c;
        char text[256];
        snprintf(text, sizeof text, "%s.%s", proto_info[field_info[f].proto].name, field_info[f].name);
        must_compile(&c, text);
        release(&c);
    }
    for (int m = 0; m < META_COUNT; m++) {
        Compiled c;
        char text[256];
        snprintf(text, sizeof text, "FrameVariable.%s >= 0", meta_info[m].name);
        must_compile(&c, text);
        release(&c);
    }
}

/* ---- size ---- */

static u64 lcg;

static u32 next_random(void)
{
    lcg = lcg * 6364136223846793005u + 1442695040888963407u;
    return (u32)(lcg >> 32);
}

enum { MANY = 100000 };
#ifdef __SANITIZE_ADDRESS__
#define SECONDS_MOST 20
#else
#define SECONDS_MOST 1
#endif

typedef void AddTerm(Text *text, u32 i);

static void or_address(Text *text, u32 i)
{
    u32 a = next_random();
    text_print(text, "%sIPv4.Address == %u.%u.%u.%u", i ? " OR " : "", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

static void or_mixed(Text *text, u32 i)
{
    if (i % 2)
        or_address(text, i);
    else
        text_print(text, "%sTCP.Port == %u", i ? " OR " : "", next_random() % 65536);
}

static void and_address(Text *text, u32 i)
{
    text_print(text, "%sNOT IPv4.SourceAddress == 10.%u.%u.%u", i ? " AND " : "", i >> 16, i >> 8 & 255, i & 255);
}

static void in_address(Text *text, u32 i)
{
    u32 a = next_random();
    text_print(text, "%s%u.%u.%u.%u%s", i ? ", " : "IPv4.Address IN {", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255,
               i == MANY - 1 ? "}" : "");
}

static void or_prefix(Text *text, u32 i)
{
    text_print(text, "%sIPv4.Address == %u.%u.%u.0/%u", i ? " OR " : "", 1 + i % 200, next_random() & 255,
               next_random() & 255, 17 + i % 8);
}

static void in_port(Text *text, u32 i)
{
    text_print(text, "%s%u%s", i ? ", " : "TCP.Port IN {", next_random() % 65536, i == MANY - 1 ? "}" : "");
}

static void in_ipv6(Text *text, u32 i)
{
    text_print(text, "%s2001:db8::%x:%x%s", i ? ", " : "IPv6.Address IN {", next_random() % 65536,
               next_random() % 65536, i == MANY - 1 ? "}" : "");
}

static void or_blob(Text *text, u32 i)
{
    text_print(text, "%sBlob(FrameData, %u, 2) == %u", i ? " OR " : "", next_random() % 5000, next_random() % 65536);
}

static void unknown(Text *text, u32 i) { text_print(text, "%sTCP.Prt == %u", i ? " OR " : "", i); }

/* CPU seconds that compiling takes, the least of up to three tries: other work on the machine only ever adds to it. */
static double seconds_to_compile(Compiled *c, const char *text, double enough)
{
    double least = 0;
    for (int attempt = 0; attempt < 3; attempt++) {
        if (attempt) release(c);
        clock_t start = clock();
        compile_text(c, text);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        least = attempt && least < seconds ? least : seconds;
        if (least < enough) break;
    }
    return least;
}

/* Under a second, and that by a wide margin: about 0.3 s on the machines this is written on. */
static void expect_quick(const char *what, AddTerm *add, u32 sets, u32 code_most, bool fails)
{
    Arena arena = {0};
    Text text = {.arena = &arena};
    Compiled c;
    for (u32 i = 0; i < MANY; i++) add(&text, i);
    bool wide = add == or_blob; /* five calls and literals a term, and 5,000 sets */
    double most = wide ? 2 * SECONDS_MOST : SECONDS_MOST;
    double seconds = seconds_to_compile(&c, text_str(&text), most);
    cr_expect(seconds < most, "%s: %.2f s", what, seconds);
    cr_expect(c.arena.used < (wide ? 300u : 200u) << 20, "%s: %zu bytes", what, c.arena.used);
    cr_expect(fails == (c.program == NULL), "%s: %s", what, fails ? "compiled" : messages(&c));
    if (c.program) {
        cr_expect(c.program->set_count + c.program->bset_count == sets, "%s: %u sets", what, c.program->set_count);
        cr_expect(c.program->code_count <= code_most, "%s: %u instructions", what, c.program->code_count);
    }
    release(&c);
    arena_release(&arena);
}

Test(compiler, a_hundred_thousand_of_anything)
{
    lcg = 1;
    expect_quick("OR of addresses", or_address, 1, 20, false);
    expect_quick("OR of addresses and ports", or_mixed, 2, 40, false);
    expect_quick("AND of NOT addresses", and_address, 1, 20, false);
    expect_quick("IN addresses", in_address, 1, 20, false);
    expect_quick("OR of prefixes", or_prefix, 1, 20, false);
    expect_quick("IN ports", in_port, 1, 20, false);
    expect_quick("IN IPv6 addresses", in_ipv6, 1, 20, false);
    expect_quick("OR of Blobs at 5000 places", or_blob, 5000, 20000, false);
    expect_quick("unknown names", unknown, 0, 0, true);
}

/* `(((start) open1 x close1) open2 y ...)`: `levels` of them around the start. */
static const char *nest(Arena *arena, const char *start, const char *const *before, const char *const *after,
                        u32 levels)
{
    const char *text = start;
    for (u32 i = 0; i < levels; i++) text = arena_print(arena, "%s%s%s", before[i % 2], text, after[i % 2]);
    return text;
}

/* The deepest trees, leaning either way: more masks than there are, if they were not reordered. */
Test(compiler, the_deepest_trees)
{
    static const char *const open[] = {"(", "("}, *const left[] = {" AND UDP.Port == 1)", " OR ICMP.Type == 1)"};
    static const char *const right[] = {"(UDP.Port == 1 AND ", "(ICMP.Type == 1 OR "}, *const close[] = {")", ")"};
    static const char *const negate[] = {"NOT (TCP OR ", "NOT (UDP AND "};
    static const char *const add[] = {"(UINT8(FrameData, 1) + ", "(2 * "}, *const read[] = {"UINT8(FrameData, ",
                                                                                            "Blob(FrameData, "};
    static const char *const ends[] = {")", ", 2)"};
    for (int plain = 0; plain < 2; plain++) {
        Arena arena = {0};
        const char *texts[] = {
            nest(&arena, "TCP", open, left, 190),
            nest(&arena, "TCP", right, close, 190),
            nest(&arena, "ARP", negate, close, 95),
            arena_print(&arena, "%s == 7", nest(&arena, "5", add, close, 190)),
            arena_print(&arena, "%s == 7", nest(&arena, "3", read, ends, 190)),
        };
        for (u32 i = 0; i < COUNT_OF(texts); i++) run_options(texts[i], (CompileOptions){.plain = plain});
        arena_release(&arena);
    }
}

static const char *complete(Arena *arena, u32 height)
{
    if (height == 0) return "UINT8(FrameData, UINT8(FrameData, 3))";
    const char *half = complete(arena, height - 1);
    return arena_print(arena, "(%s + %s)", half, half);
}

/* What no order of evaluation can help: a message, not a crash. */
Test(compiler, too_much_for_the_machine_is_an_error)
{
    Arena arena = {0};
    Compiled c;
    Text paths = {.arena = &arena}, long_text = {.arena = &arena};
    compile_text(&c, arena_print(&arena, "%s == 1", complete(&arena, 14)));
    cr_expect(c.program, "%s", messages(&c));
    release(&c);
    for (u32 i = 0; i < 300; i++) {
        text_print(&paths, "%sFrame.Ethernet", i ? " OR " : "");
        for (u32 bit = 0; bit < 9; bit++) text_print(&paths, i >> bit & 1 ? ".IPv4" : ".VLAN");
    }
    compile_text(&c, text_str(&paths));
    cr_expect(!c.program && strstr(messages(&c), "error: this filter is too much for one program"), "%s", messages(&c));
    release(&c);
    for (u32 i = 0; i < 150000; i++) text_print(&long_text, "%sTCP.Port > %u", i ? " OR " : "", i % 65536);
    compile_text(&c, text_str(&long_text));
    cr_expect(!c.program && strstr(messages(&c), "too many instructions"), "%s", messages(&c));
    release(&c);
    arena_release(&arena);
}
