/* compile.c - property: whatever the optimiser does, the answer stays.
 *
 * Random filters, made over the typed grammar so that all of them compile, run over random frames: well-formed ones of
 * every protocol in the dictionary, tunnels, cut-short ones and noise, each in a block of exactly its size.  Optimised =
 * plain = the scalar machine = ordered by a trial on these frames = the program saved and loaded again, also when it is
 * then narrowed to a window of time; and the text in another layout, formatted, gives the same program.  The numbers in filters and frames come from the same
 * small pools, so that tests do come true. */
#include "compiler/compile.h"
#include "compiler/spelling.h"
#include "compiler/typed.h"
#include "grammar/format.h"
#include "tests/effort.h"
#include "tests/mangle.h"
#include "tests/programs.h"
#include "vm/vm.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILTERS = 4000, FRAMES_EVERY = 8, DEPTH = 4, FRAME_ROOM = 256 };

/* ---- chance ---- */

static u64 state;

static u32 below(u32 n)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (u32)((state >> 11) % n);
}

static bool one_in(u32 n) { return below(n) == 0; }

#define PICK(list) ((list)[below(COUNT_OF(list))])

/* ---- frames ---- */

static const u16 ports[] = {0, 1, 53, 80, 443, 8080, 53487, 65535};
static const u32 hosts[] = {0x0A000001, 0x0A000002, 0x0AFFFFFF, 0xC0A80101, 0x01020304, 0xFFFFFFFF, 0};
static const u32 numbers[] = {0, 1, 2, 5, 16, 20, 40, 64, 80, 255, 256, 1500, 65535, 0x7FFFFFFF, 0xFFFFFFFF};
static const char *const payloads[] = {"",        "GET / HTTP/1.1\r\n", "HTTP/1.1 404 Not Found", "17", "0x50",
                                       "abc ABC", "\x16\x03\x01"};

typedef struct {
    u8 bytes[FRAME_ROOM];
    u32 len;
} Raw;

static void add(Raw *raw, const void *bytes, u32 len)
{
    len = MIN_OF(len, (u32)sizeof raw->bytes - raw->len);
    if (len) memcpy(raw->bytes + raw->len, bytes, len);
    raw->len += len;
}

static void add_be(Raw *raw, u64 value, u32 width)
{
    for (u32 i = width; i-- > 0;) add(raw, &(u8){(u8)(value >> (8 * i))}, 1);
}

static void add_payload(Raw *raw)
{
    const char *text = PICK(payloads);
    add(raw, text, (u32)strlen(text));
}

static void add_tcp(Raw *raw)
{
    bool options = one_in(3);
    add_be(raw, PICK(ports), 2);
    add_be(raw, PICK(ports), 2);
    add_be(raw, PICK(numbers), 4);
    add_be(raw, PICK(numbers), 4);
    add_be(raw, options ? 0x60 : 0x50, 1);
    add_be(raw, PICK(numbers), 1);
    add_be(raw, PICK(numbers), 2);
    add_be(raw, below(65536), 2);
    add_be(raw, 0, 2);
    if (options) add_be(raw, 0x01010402, 4);
    add_payload(raw);
}

static void add_udp(Raw *raw)
{
    const char *text = PICK(payloads);
    add_be(raw, PICK(ports), 2);
    add_be(raw, PICK(ports), 2);
    add_be(raw, 8 + strlen(text), 2);
    add_be(raw, 0, 2);
    add(raw, text, (u32)strlen(text));
}

static void add_ip(Raw *raw, u32 depth);

static void add_upper(Raw *raw, u32 protocol, u32 depth)
{
    if (protocol == 6)
        add_tcp(raw);
    else if (protocol == 17)
        add_udp(raw);
    else if (protocol == 4 || protocol == 41)
        add_ip(raw, depth + 1);
    else
        add_be(raw, (u64)below(20) << 56 | PICK(numbers), 8);
}

static void add_ipv4(Raw *raw, u32 depth)
{
    static const u8 protocols[] = {6, 6, 6, 17, 17, 1, 4, 41, 99};
    u32 protocol = depth < 3 ? PICK(protocols) : 6, start = raw->len;
    bool options = one_in(5);
    add_be(raw, options ? 0x46 : 0x45, 1);
    add_be(raw, PICK(numbers), 1);
    add_be(raw, 0, 2);
    add_be(raw, PICK(numbers), 2);
    add_be(raw, one_in(8) ? 0x2001 : 0x4000, 2);
    add_be(raw, PICK(numbers), 1);
    add_be(raw, protocol, 1);
    add_be(raw, 0, 2);
    add_be(raw, PICK(hosts), 4);
    add_be(raw, PICK(hosts), 4);
    if (options) add_be(raw, 0x01010101, 4);
    add_upper(raw, protocol, depth);
    u32 len = raw->len - start;
    raw->bytes[start + 2] = (u8)(len >> 8);
    raw->bytes[start + 3] = (u8)len;
}

static void add_ipv6(Raw *raw, u32 depth)
{
    static const u8 protocols[] = {6, 6, 17, 58, 4, 41, 0};
    u32 protocol = depth < 3 ? PICK(protocols) : 17, start = raw->len;
    add_be(raw, 0x60000000 | PICK(numbers) % 0x10000000, 4);
    add_be(raw, 0, 2);
    add_be(raw, protocol, 1);
    add_be(raw, PICK(numbers), 1);
    for (int i = 0; i < 2; i++) {
        add_be(raw, 0x20010DB8, 4);
        add_be(raw, 0, 8);
        add_be(raw, below(4), 4);
    }
    if (protocol == 0) add_be(raw, 0x1100010400000000, 8); /* hop-by-hop options, then UDP */
    add_upper(raw, protocol ? protocol : 17, depth);
    u32 len = raw->len - start - 40;
    raw->bytes[start + 4] = (u8)(len >> 8);
    raw->bytes[start + 5] = (u8)len;
}

static void add_ip(Raw *raw, u32 depth)
{
    if (one_in(3))
        add_ipv6(raw, depth);
    else
        add_ipv4(raw, depth);
}

static void make_frame(Raw *raw)
{
    raw->len = 0;
    add_be(raw, below(2) ? 0x001122334455 : 0xFFFFFFFFFFFF, 6);
    add_be(raw, below(2) ? 0x001122334455 : 0x0A0B0C0D0E0F, 6);
    for (u32 i = below(4); i == 1; i = below(4)) add_be(raw, 0x81000000 | below(8), 4);
    u32 start = raw->len;
    add_be(raw, 0x0800, 2);
    if (one_in(10)) {
        raw->bytes[start + 1] = 0x06;
        add_be(raw, 0x0001080006040001, 8);
        add_be(raw, 0x001122334455, 6);
        add_be(raw, PICK(hosts), 4);
        add_be(raw, 0, 6);
        add_be(raw, PICK(hosts), 4);
    } else if (one_in(3)) {
        raw->bytes[start] = 0x86, raw->bytes[start + 1] = 0xDD;
        add_ipv6(raw, 0);
    } else {
        add_ipv4(raw, 0);
    }
    for (u32 noise = one_in(6) ? below(8) : 0; noise > 0; noise--) raw->bytes[below(raw->len)] = (u8)below(256);
    if (one_in(12)) /* nothing but noise */
        for (u32 i = 12; i < raw->len; i++) raw->bytes[i] = (u8)below(256);
}

static void batch_fill(Batch *batch)
{
    Raw raw;
    *batch = (Batch){.count = one_in(4) ? 1 + below(BATCH_MAX) : BATCH_MAX, .linktype = 1, .media_type = 1};
    batch->caplen_min = UINT32_MAX;
    for (u32 i = 0; i < batch->count; i++) {
        make_frame(&raw);
        u32 caplen = one_in(4) ? below(raw.len + 1) : raw.len;
        u8 *bytes = malloc(MAX_OF(caplen, 1u));
        cr_assert(bytes);
        memcpy(bytes, raw.bytes, caplen);
        batch->data[i] = bytes;
        batch->caplen[i] = caplen;
        batch->len[i] = raw.len;
        batch->caplen_min = MIN_OF(batch->caplen_min, caplen);
        batch->time[i] = (i64)(1400000000 + below(3)) * 1000000000;
        batch->delta[i] = (i64)below(3) * 1000000000 - 1000000000;
        batch->offset[i] = (i64)i * 1000000;
        batch->number[i] = i;
    }
}

static void batch_clear(Batch *batch)
{
    union {
        const u8 *shown;
        void *block;
    } data;
    for (u32 i = 0; i < batch->count; i++) {
        data.shown = batch->data[i];
        free(data.block);
    }
}

/* ---- filters ---- */

typedef struct {
    char text[8192];
    u32 len;
} Filter;

__attribute__((format(printf, 2, 3))) static void put(Filter *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    f->len += (u32)vsnprintf(f->text + f->len, sizeof f->text - f->len, format, args);
    va_end(args);
    cr_assert(f->len < sizeof f->text, "a random filter outgrew its buffer");
}

static const char *const ops[] = {"==", "==", "==", "!=", "<", "<=", ">", ">="};
static const char *const number_fields[] = {"TCP.SrcPort",
                                            "TCP.DstPort",
                                            "TCP.Port",
                                            "UDP.Port",
                                            "UDP.SrcPort",
                                            "TCP.Window",
                                            "TCP.SequenceNumber",
                                            "TCP.AcknowledgementNumber",
                                            "TCP.Flags",
                                            "IPv4.TotalLength",
                                            "IPv4.TimeToLive",
                                            "IPv4.NextProtocol",
                                            "IPv4.PayloadLength",
                                            "IPv4.FragmentFlags",
                                            "IPv6.HopLimit",
                                            "IPv6.PayloadLength",
                                            "ICMP.Type",
                                            "ARP.OpCode",
                                            "VLAN.VLANID",
                                            "TCP.TCPPayloadLength",
                                            "TCP.TCPPayload.Length",
                                            "UDP.UDPPayload.StringToNumber",
                                            "FrameVariable.FrameLength",
                                            "FrameVariable.CaptureLength",
                                            "FrameVariable.FrameNumber",
                                            "Frame.Ethernet.IPv4.TCP.Port",
                                            "Frame.Ethernet.VLAN.IPv4.UDP.SrcPort",
                                            "Frame.Ethernet.IPv6.TCP.DstPort"};
static const char *const flags[] = {"TCP.Flags.Syn", "TCP.Flags.Ack", "TCP.Flags.Fin", "IPv4.FragmentFlags.DF"};
static const char *const address_fields[] = {"IPv4.SourceAddress", "IPv4.DestinationAddress", "IPv4.Address",
                                             "ARP.SendersIp4Address", "Frame.Ethernet.IPv4.Address"};
static const char *const byte_fields[] = {"FrameData", "TCP.TCPPayload", "UDP.UDPPayload", "IPv6.Address"};
static const char *const protocols[] = {"TCP",
                                        "UDP",
                                        "IPv4",
                                        "IPv6",
                                        "ARP",
                                        "ICMP",
                                        "VLAN",
                                        "Ethernet",
                                        "Frame",
                                        "Frame.Ethernet.IPv4",
                                        "Frame.Ethernet.VLAN.VLAN",
                                        "Frame.Ethernet.IPv4.IPv4.TCP"};

static void number(Filter *f, u32 depth);

static void bytes(Filter *f, u32 depth)
{
    if (depth && one_in(4)) {
        put(f, "Blob(");
        bytes(f, depth - 1);
        put(f, ", %u, %u)", below(6), 9 + below(8));
    } else if (one_in(8)) {
        put(f, "%s.ToString", PICK(number_fields));
    } else {
        put(f, "%s", PICK(byte_fields));
    }
}

static void computed(Filter *f, u32 depth)
{
    static const char *const binary[] = {"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"};
    const char *op = PICK(binary);
    put(f, "(");
    number(f, depth - 1);
    put(f, " %s ", op);
    if (op[0] == '/' || op[0] == '%' || op[0] == '<' || op[0] == '>')
        put(f, "%u", 1 + below(20));
    else
        number(f, depth - 1);
    put(f, ")");
}

static void number(Filter *f, u32 depth)
{
    static const char *const reads[] = {"UINT8", "UINT16", "UINT32", "UINT16LE", "UINT32LE", "UINT64", "UINT64LE"};
    switch (depth ? below(8) : below(4)) {
    case 0: put(f, "%u", PICK(numbers)); break;
    case 4:
        put(f, "%s(", PICK(reads));
        bytes(f, 0);
        put(f, ", ");
        if (one_in(2))
            put(f, "%u)", below(60));
        else
            number(f, depth - 1), put(f, " %% %u)", 1 + below(60));
        break;
    case 5: put(f, "Blob(FrameData, %u, %u)", below(60), 1 + below(8)); break;
    case 6: computed(f, depth); break;
    case 7: put(f, "%s", one_in(2) ? "-" : "~"), number(f, depth - 1); break;
    default: put(f, "%s", PICK(number_fields));
    }
}

static void number_test(Filter *f)
{
    if (one_in(2)) {
        put(f, "%s %s %u", PICK(number_fields), PICK(ops), PICK(ports) & 0xFF);
    } else if (one_in(3)) {
        put(f, "%s %s %u", PICK(flags), PICK(ops), below(2));
    } else { /* no order is out of reach, whatever stands on both sides */
        static const char *const orders[] = {"<", "<=", ">", ">="};
        number(f, 2);
        put(f, " %s ", PICK(orders));
        number(f, 2);
    }
}

static void equal_test(Filter *f)
{
    static const char *const fields[] = {"TCP.SequenceNumber", "UINT32(FrameData, 26)", "(TCP.Window + 1)", "TCP.Port"};
    put(f, "%s %s ", PICK(fields), one_in(2) ? "==" : "!=");
    put(f, "%s", PICK(number_fields));
}

/* A signed side against an unsigned one, both with the top bit set now and then. */
static void mixed_test(Filter *f)
{
    static const char *const is_unsigned[] = {"UINT64(FrameData, %u)", "~UINT8(FrameData, %u)",
                                              "UINT64LE(FrameData, %u)", "(UINT32(FrameData, %u) << 32)",
                                              "UINT16(FrameData, %u)"};
    static const char *const is_signed[] = {"(UINT32(FrameData, %u) - UINT32(FrameData, 4))", "-UINT16(FrameData, %u)",
                                            "(UINT64(FrameData, %u) - 1)", "(0 - UINT64(FrameData, %u))",
                                            "(FrameVariable.TimeDelta * UINT8(FrameData, %u) * 0)"};
    u32 first = below(16), second = one_in(2) ? first : below(16);
    bool swap = one_in(2);
    const char *left = PICK(is_unsigned), *right = PICK(is_signed);
    char side[2][96];
    snprintf(side[swap], sizeof side[0], "%.*s%u%s", (int)(strchr(left, '%') - left), left, first,
             strchr(left, '%') + 2);
    snprintf(side[!swap], sizeof side[0], "%.*s%u%s", (int)(strchr(right, '%') - right), right, second,
             strchr(right, '%') + 2);
    put(f, "%s %s %s", side[0], PICK(ops), side[1]);
}

static void far_test(Filter *f)
{
    static const char *const far[] = {"70000", "-1", "-70000", "18446744073709551615", "9223372036854775808", "0"};
    static const char *const sides[] = {"TCP.Port",
                                        "TCP.Flags.Syn",
                                        "(TCP.Window - 1)",
                                        "(TCP.Port + 1)",
                                        "-IPv6.HopLimit",
                                        "UINT64(FrameData, 1)",
                                        "(UINT8(FrameData, 30) & 15)",
                                        "(IPv4.TimeToLive % 16)",
                                        "(0 - UINT64(FrameData, 1))"};
    static const char *const orders[] = {"<", "<=", ">", ">="};
    bool swap = one_in(2);
    const char *a = PICK(sides), *b = PICK(far);
    put(f, "%s %s %s", swap ? b : a, PICK(orders), swap ? a : b);
}

static void chain_test(Filter *f)
{
    const char *field = PICK(number_fields);
    bool is_or = one_in(2);
    put(f, "(");
    for (u32 i = 0, n = 2 + below(4); i < n; i++) {
        bool negated = !is_or && one_in(2);
        put(f, "%s%s%s %s %u", i ? (is_or ? " OR " : " AND ") : "", negated ? "NOT " : "", field,
            is_or || negated ? "==" : "!=", PICK(ports) & 0xFF);
    }
    put(f, ")");
}

static void set_test(Filter *f)
{
    put(f, "%s IN {%u, %u..%u", PICK(number_fields), below(100), 100 + below(50), 150 + below(100));
    if (one_in(2)) put(f, ", 0x%x", below(200));
    put(f, "}");
}

static void address_test(Filter *f)
{
    u32 host = PICK(hosts);
    switch (below(4)) {
    case 0: put(f, "%s IN {10.0.0.0/8, 192.168.1.1..192.168.1.9}", PICK(address_fields)); break;
    case 1: put(f, "%s %s %s", PICK(address_fields), PICK(ops), PICK(address_fields)); break;
    case 2: put(f, "IPv6.Address %s 2001:db8::%u%s", one_in(2) ? "==" : "!=", below(4), one_in(2) ? "/128" : ""); break;
    default:
        put(f, "%s %s %u.%u.%u.%u", PICK(address_fields), PICK(ops), host >> 24, host >> 16 & 255, host >> 8 & 255,
            host & 255);
    }
}

static void bytes_test(Filter *f)
{
    switch (below(8)) {
    case 0: put(f, "Blob(FrameData, %u, 2) %s 0x%04x", below(60), PICK(ops), PICK(ports)); break;
    case 1: put(f, "TCP.TCPPayload.Contains(\"HTTP\")"); break;
    case 2: put(f, "ContainsBin(%s, ASCII, \"%s\")", PICK(byte_fields), one_in(2) ? "GET" : "404"); break;
    case 3: put(f, "UDP.UDPPayload.ToLower %s \"abc abc\"", PICK(ops)); break;
    case 4: put(f, "Blob(%s, %u, 12) %s \"GET / HTTP/1\"", PICK(byte_fields), below(3), PICK(ops)); break;
    case 5: bytes(f, 1), put(f, " MATCHES \"^[A-Z0-9]+[ .:]\""); break;
    case 6: put(f, "AsciiString(TCP.TCPPayload, 0, %s", one_in(2) ? "3) == \"GET\"" : "4) != \"HTTP\""); break;
    default: put(f, "TCP.TCPPayload %s UDP.UDPPayload", PICK(ops));
    }
}

static void time_test(Filter *f)
{
    if (one_in(2))
        put(f, "FrameVariable.TimeDelta %s %s1s", PICK(ops), one_in(2) ? "-" : "");
    else
        put(f, "FrameVariable.TimeOfDay %s \"2014-05-13 16:53:2%uZ\"", PICK(ops), below(4));
}

static void test(Filter *f, u32 depth);

static void inner_test(Filter *f, u32 depth)
{
    bool is_or = one_in(2);
    if (one_in(4)) {
        put(f, "NOT ");
        test(f, depth - 1);
        return;
    }
    put(f, "(");
    for (u32 i = 0, n = 2 + below(3); i < n; i++) {
        if (i) put(f, is_or ? " OR " : " AND ");
        test(f, depth - 1);
    }
    put(f, ")");
}

static void test(Filter *f, u32 depth)
{
    if (depth && !one_in(3)) {
        inner_test(f, depth);
        return;
    }
    switch (below(12)) {
    case 0: put(f, "%s", PICK(protocols)); break;
    case 1: put(f, "%s", one_in(2) ? PICK(address_fields) : "TCP.Port"); break;
    case 2: set_test(f); break;
    case 3: address_test(f); break;
    case 4: bytes_test(f); break;
    case 5: chain_test(f); break;
    case 6: equal_test(f); break;
    case 7: time_test(f); break;
    case 8: mixed_test(f); break;
    case 9: far_test(f); break;
    default: number_test(f);
    }
}

/* ---- the property ---- */

typedef struct {
    Program *optimised, *plain, *loaded;
} Programs;

/* NULL where the text is refused for a reason that only numbers have (a literal out of reach). */
static Program *compile_so(const char *text, CompileOptions options, bool *refused)
{
    Arena arena = {0};
    Source source = {.name = "filter", .text = text, .len = (u32)strlen(text)};
    DiagList diags;
    diag_init(&diags, &arena, &source);
    Program *program = filter_compile(&arena, &source, &options, &diags, NULL);
    cr_assert((program == NULL) == (diags.errors > 0), "%s", text);
    for (u32 i = 0; i < diags.count && !program; i++) {
        bool reach = strstr(diags.item[i].text, "can never match") || strstr(diags.item[i].text, "can never be read") ||
                     strstr(diags.item[i].text, "division by zero") ||
                     strstr(diags.item[i].text, "more than 4 pairs") || strstr(diags.item[i].text, "is negative");
        cr_assert(reach, "%s\n%s", text, diag_format_all(&arena, &diags));
    }
    *refused = program == NULL;
    arena_release(&arena);
    return program;
}

static Program *compile(const char *text, bool plain, bool lint, bool *refused)
{
    return compile_so(text, (CompileOptions){.plain = plain, .lint = lint}, refused);
}

static Mask run(const Program *program, const Batch *batch)
{
    Vm *vm = vm_new(program);
    cr_assert(vm);
    Mask answer = vm_run(vm, batch, NULL);
    vm_free(vm);
    return answer;
}

static void compare(const char *text, const char *what, Mask want, Mask got, const Batch *batch)
{
    if (want == got) return;
    u32 frame = (u32)__builtin_ctzll(want ^ got);
    Mask one = (Mask)1 << frame;
    fprintf(stderr, "frame %u, %u of %u bytes:", frame, batch->caplen[frame], batch->len[frame]);
    for (u32 i = 0; i < batch->caplen[frame]; i++) fprintf(stderr, " %02x", batch->data[frame][i]);
    cr_assert_fail("\nfilter: %s\nframe %u: optimised says %s, %s says otherwise", text, frame,
                   want & one ? "yes" : "no", what);
}

/* The loaded program, made to look at a window of time: from the first frame's time, for as many steps of 100 ns. */
static void check_within(const char *text, const Program *program, const Batch *batch, Mask want)
{
    char why[200] = "";
    u64 from = (u64)filetime_of(batch->time[0]), to = from + below(3) * 10000000;
    Program *within = program_within(program, from, to, why, sizeof why);
    cr_assert(within, "%s: %s", text, why);
    for (u32 i = 0; i < batch->count; i++) {
        Wide time = filetime_of(batch->time[i]);
        if (time < from || time > to) want &= ~((Mask)1 << i);
    }
    compare(text, "the program within a window of time", want, run(within, batch), batch);
    program_free(within);
    cr_assert(within = program_within(program, to + 1, to, why, sizeof why));
    compare(text, "the program within no time", 0, run(within, batch), batch);
    program_free(within);
}

/* Lint changes nothing, and what it offers as a hint has been compiled. */
static void check_lint(const char *text, const Program *program)
{
    bool refused = false;
    Program *linted = compile(text, false, true, &refused);
    cr_assert(linted && linted->block_size == program->block_size &&
                  memcmp(linted->block, program->block, program->block_size) == 0,
              "%s: another program with lint", text);
    program_free(linted);
}

static void spell(void *user, FormatName what, char *name, u32 len)
{
    (void)user;
    if (what == FORMAT_METHODS)
        spell_methods(name, len);
    else
        spell_name(name, len);
}

/* In another layout with comments, and formatted again, it is the same program. */
static void check_formatted(const char *text, const Program *program)
{
    Arena arena = {0};
    Text layout = {.arena = &arena};
    Random random = {state};
    DiagList diags;
    bool refused = false;
    u32 len = 0;
    mangle(&layout, &random, text, (Mangling){.comments = true});
    Source source = {.name = "filter", .text = layout.bytes, .len = (u32)layout.len};
    diag_init(&diags, &arena, &source);
    const char *formatted = format_source(&arena, &source, &(FormatSpelling){.spell = spell}, &diags, &len);
    cr_assert(formatted, "%s\n%s", layout.bytes, diag_format_all(&arena, &diags));
    Program *again = compile(formatted, false, false, &refused);
    cr_assert(again && programs_equal(again, program), "formatted it is another program:\n%s\n%s", layout.bytes,
              formatted);
    program_free(again);
    arena_release(&arena);
}

typedef struct {
    Sample sample;
    u32 asked;
} Trial;

static const Sample *sample_for(void *user)
{
    Trial *trial = user;
    trial->asked++;
    return &trial->sample;
}

/* Ordered by what these very frames pass. */
static u32 check_tried(const char *text, const Batch *batch, Mask want)
{
    bool refused = false;
    Trial trial = {.sample = {batch, 1}};
    Program *tried = compile_so(text, (CompileOptions){.sample = sample_for, .sample_user = &trial}, &refused);
    cr_assert(tried, "%s", text);
    compare(text, "the order that was tried", want, run(tried, batch), batch);
    program_free(tried);
    return trial.asked;
}

static bool check_filter(const char *text, const Batch *batch, u64 *matches, u64 *tried)
{
    bool refused = false, plain_refused = false;
    char why[200] = "";
    Programs p = {.optimised = compile(text, false, false, &refused),
                  .plain = compile(text, true, false, &plain_refused)};
    cr_assert(refused == plain_refused, "%s", text);
    if (refused) return false;
    check_lint(text, p.optimised);
    check_formatted(text, p.optimised);
    p.loaded = program_load(p.optimised->block, p.optimised->block_size, why, sizeof why);
    cr_assert(p.loaded, "%s: %s", text, why);
    Mask want = run(p.optimised, batch);
    compare(text, "plain", want, run(p.plain, batch), batch);
    compare(text, "the scalar machine", want, scalar_run(p.optimised, batch, NULL), batch);
    compare(text, "the scalar machine, plain,", want, scalar_run(p.plain, batch, NULL), batch);
    compare(text, "the loaded program", want, run(p.loaded, batch), batch);
    check_within(text, p.loaded, batch, want);
    *tried += check_tried(text, batch, want);
    cr_assert((want & ~batch_all(batch)) == 0, "%s: frames beyond the batch", text);
    *matches += (u64)__builtin_popcountll(want);
    program_free(p.optimised);
    program_free(p.plain);
    program_free(p.loaded);
    return true;
}

Test(compile_property, any_road_gives_the_same_answer)
{
    const char *seed = getenv("PKTSIFT_SEED");
    Batch batch = {0};
    Filter filter;
    u32 ran = 0;
    u64 matches = 0, frames = 0, tried = 0;
    state = seed ? strtoull(seed, NULL, 0) | 1 : 0x9E3779B97F4A7C15;
    for (u32 i = 0; i < EFFORT(FILTERS); i++) {
        if (i % FRAMES_EVERY == 0) {
            batch_clear(&batch);
            batch_fill(&batch);
        }
        filter.len = 0;
        test(&filter, DEPTH);
        if (!check_filter(filter.text, &batch, &matches, &tried)) continue;
        ran++;
        frames += batch.count;
    }
    batch_clear(&batch);
    cr_assert(ran > EFFORT(FILTERS) / 2, "only %u of %d filters compiled", ran, EFFORT(FILTERS));
    cr_assert(tried > ran / 10, "tests of only %llu of %u filters were tried", (unsigned long long)tried, ran);
    cr_assert(matches > frames / 20 && matches < frames - frames / 20, "%llu of %llu frames matched: too one-sided",
              (unsigned long long)matches, (unsigned long long)frames);
}
