/* proto_smb.c - file services: messages built by hand (MS-SMB2, MS-CIFS, RFC 1002), through both machines, cut at every byte
 * and with lengths that lie. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "compiler/compile.h"
#include "tests/effort.h"
#include "tests/frames.h"
#include "vm/vm.h"

static FrameDraft draft;

static void le(u32 width, u64 value)
{
    for (u32 i = 0; i < width; i++, value >>= 8) frame_be(&draft, 1, value & 0xff);
}

static void zeros(u32 count)
{
    while (count--) frame_be(&draft, 1, 0);
}

static void utf16(const char *text)
{
    for (; *text; text++) le(2, (u8)*text);
}

static void session_message(u32 length) { frame_be(&draft, 4, length); }

/* 64 bytes; a response has status `status`. */
static void smb2_header(u16 command, bool response, u32 status, u32 next)
{
    frame_payload(&draft, "\xfeSMB", 4);
    le(2, 64), le(2, 1), le(4, status), le(2, command), le(2, 31), le(4, response), le(4, next), le(8, 77);
    le(4, 0xfeff), le(4, 5), le(8, 0x1122334455667788), zeros(16);
}

static void smb2_create_request(u32 next, u32 pad)
{
    smb2_header(5, false, 0, next);
    le(2, 57), zeros(22), le(4, 0x120089), le(4, 0), le(4, 7), le(4, 1), le(4, 0), le(2, 64 + 56), le(2, 12), zeros(8);
    utf16("a\\bc.d"), zeros(pad);
}

static void begin(void)
{
    frame_begin(&draft);
    frame_ethernet(&draft, 0x020000000001, 0x020000000002, 0x0800);
    frame_ipv4(&draft, 6, 0x0a000001, 0x0a000002);
    frame_tcp(&draft, 50000, 445, 1, 1, 0x18);
}

/* A compounded create and close in one message, a keepalive, and a message of SMB 1, a failed create. */
static void make_segment(void)
{
    begin();
    session_message(64 + 56 + 16 + 64 + 24);
    smb2_create_request(64 + 56 + 16, 4);
    smb2_header(6, false, 0, 0);
    le(2, 24), zeros(6), frame_payload(&draft, "0123456789abcdef", 16);
    frame_be(&draft, 4, 0x85000000);
    session_message(35);
    frame_payload(&draft, "\xffSMB\xa2", 5);
    le(4, 0xc0000034), frame_be(&draft, 1, 0x80), le(2, 0xc001), le(2, 1), zeros(10), le(2, 4), le(2, 0xfeff), le(2, 6),
        le(2, 7);
    zeros(3);
    frame_end(&draft);
}

static Mask run(const char *filter, const u8 *bytes, u32 caplen, u32 len)
{
    Arena arena = {0};
    DiagList diags;
    Source source = {.name = "filter", .text = filter, .len = (u32)strlen(filter)};
    diag_init(&diags, &arena, &source);
    Program *program = filter_compile(&arena, &source, &(CompileOptions){0}, &diags, NULL);
    cr_assert_not_null(program, "%s: %s", filter, diag_format_all(&arena, &diags));
    Batch batch;
    batch_begin(&batch, 1);
    batch_add(&batch, bytes, caplen, len);
    Vm *vm = vm_new(program);
    Mask cut, scalar_cut, answer = vm_run(vm, &batch, &cut);
    cr_expect_eq(answer, scalar_run(program, &batch, &scalar_cut), "%s, %u of %u", filter, caplen, len);
    cr_expect_eq(cut, scalar_cut, "%s, %u of %u", filter, caplen, len);
    vm_free(vm);
    batch_free(&batch);
    program_free(program);
    arena_release(&arena);
    return answer;
}

static const char *const true_filters[] = {
    "NbtSS.PacketType == 0x85",
    "NbtSS.Length == 35",
    "SMB2.Command == 5",
    "SMB2.Command == 6",
    "SMB2.CreateRequest.FileName == \"a\\\\bc.d\"",
    "CreateRequest.DesiredAccess == 0x120089",
    "SMB2.FileId == \"0123456789abcdef\"",
    "SMB2.SessionId == 0x1122334455667788 AND SMB2.TreeId == 5 AND SMB2.ProcessId == 0xfeff",
    "SMB2.NextCommand == 136 AND SMB2.NextCommand == 0",
    "SMB2 AND NOT SMB2.Status AND NOT SMB2.AsyncId",
    "SMB.NTStatus == 0xC0000034 AND SMB.Command == 0xA2 AND SMB.Flags.Response == 1",
    "SMB.TreeID == 4 AND SMB.ProcessID == 0x1feff AND SMB.UserID == 6 AND SMB.MultiplexID == 7",
    "Property.SMBStatus == 0xC0000034 AND SMBCommand == 0xA2 AND SMBPID == 0x1feff AND SMBFileID == 0x6665646362613938",
    "SMBFileName.Contains(\"bc\")",
    "Frame.Ethernet.IPv4.TCP.NbtSS.SMB2.SMB2.NbtSS.NbtSS.SMB",
};
static const char *const false_filters[] = {
    "SMBRequestNTCreateAndX", "SMB2.Command == 1", "SMB2.TreeConnectRequest",
    "SMB2.TransformHeader",   "SMB.FileID",        "SMB2.CreateRequest.FileName == \"A\\\\bc.d\"",
};

Test(proto_smb, a_segment_of_several_messages)
{
    make_segment();
    for (u32 i = 0; i < COUNT_OF(true_filters); i++)
        cr_expect_eq(run(true_filters[i], draft.bytes, draft.len, draft.len), 1, "%s", true_filters[i]);
    for (u32 i = 0; i < COUNT_OF(false_filters); i++)
        cr_expect_eq(run(false_filters[i], draft.bytes, draft.len, draft.len), 0, "%s", false_filters[i]);
}

/* What a segment begins with that goes on with a message of the one before. */
Test(proto_smb, a_header_that_is_none)
{
    make_segment();
    draft.bytes[54] = 0x41;
    cr_expect_eq(run("NbtSS.PacketType == 0x41 AND NOT NbtSS.Length", draft.bytes, draft.len, draft.len), 1);
    cr_expect_eq(run("NbtSS.Length OR SMB OR SMB2", draft.bytes, draft.len, draft.len), 0);
}

/* What is said of a cut frame agrees between the machines; nothing is read behind it; nothing false becomes true. */
Test(proto_smb, cut_at_every_byte)
{
    make_segment();
    for (u32 caplen = 50; caplen < draft.len; caplen += EFFORT_STEP) {
        for (u32 i = 0; i < COUNT_OF(true_filters); i++) run(true_filters[i], draft.bytes, caplen, draft.len);
        for (u32 i = 0; i < COUNT_OF(false_filters); i++)
            cr_expect_eq(run(false_filters[i], draft.bytes, caplen, draft.len), 0, "%s at %u", false_filters[i],
                         caplen);
    }
}

Test(proto_smb, lengths_that_lie)
{
    static const u8 lies[] = {0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff};
    make_segment();
    u32 len = draft.len;
    for (u32 at = 54; at < len; at += EFFORT_STEP) {
        u8 honest = draft.bytes[at];
        draft.bytes[at] = lies[at % COUNT_OF(lies)];
        for (u32 i = 0; i < COUNT_OF(true_filters); i += 3) run(true_filters[i], draft.bytes, len, len);
        draft.bytes[at] = honest;
    }
}

Test(proto_smb, encrypted_and_tree_connect)
{
    begin();
    session_message(60);
    frame_payload(&draft, "\xfdSMB", 4), zeros(32), le(4, 8), le(2, 0), le(2, 1), le(8, 99), zeros(8);
    session_message(64 + 8 + 12);
    smb2_header(3, false, 0, 0);
    le(2, 9), le(2, 0), le(2, 64 + 8), le(2, 12);
    le(2, 0xe4), le(2, 0x20ac), le(2, 0xd83d), le(2, 0xde00), le(2, 0xd83d),
        le(2, 'x'); /* two bytes, three, a pair, half of one */
    frame_end(&draft);
    const u8 *b = draft.bytes;
    cr_expect_eq(run("SMB2.TransformHeader.OriginalMessageSize == 8 AND SMB2.TransformHeader.SessionId == 99", b,
                     draft.len, draft.len),
                 1);
    cr_expect_eq(run("SMB2.TreeConnectRequest.Path == \"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbdx\"", b,
                     draft.len, draft.len),
                 1);
    cr_expect_eq(run("SMB2.Command == 3", b, draft.len, draft.len), 1);
}

Test(proto_smb, nt_create_and_x)
{
    begin();
    session_message(32 + 1 + 48 + 2 + 1 + 8);
    frame_payload(&draft, "\xffSMB\xa2", 5);
    le(4, 0), frame_be(&draft, 1, 0), le(2, 0x8001), zeros(12), le(8, 0);
    frame_be(&draft, 1, 24), le(4, 0xff), zeros(1), le(2, 8), le(4, 0), le(4, 0), le(4, 0x20089), le(8, 0x123456789),
        le(4, 0);
    le(4, 3), le(4, 1), le(4, 0), le(4, 2), le(1, 0);
    le(2, 9), zeros(1), utf16("x\\yz");
    frame_end(&draft);
    const u8 *b = draft.bytes;
    cr_expect_eq(run("SMBRequestNTCreateAndX.AllocationSize == 0x123456789", b, draft.len, draft.len), 1);
    cr_expect_eq(
        run("SMBRequestNTCreateAndX.DesiredAccess == 0x20089 AND SMBRequestNTCreateAndX.CreateDisposition == 1", b,
            draft.len, draft.len),
        1);
    cr_expect_eq(run("SMB.SMBRequestNTCreateAndX.FileName == \"x\\\\yz\"", b, draft.len, draft.len), 1);
    cr_expect_eq(run("SMB.NTStatus", b, draft.len, draft.len), 0);
}
