/* proto_nbtns.c - the NetBIOS name service, messages built by hand from RFC 1002. */
#include <criterion/criterion.h>

#include "compiler/compile.h"
#include "tests/values.h"
#include "vm/vm.h"

enum { ETHERNET = 1 };

static FrameDraft draft; /* tests run in processes of their own */

static FrameDraft *nbtns(const char *hex)
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 17, 0x0a000001, 0x0a000002);
    frame_udp(d, 137, 137);
    frame_hex(d, hex);
    frame_end(d);
    return d;
}

/* NMTEST2 <20>, and what asks for the status of any node. */
#define NMTEST2 "20454f454e4645454646444645444343414341434143414341434143414341434100"
#define ANY     "20434b41414141414141414141414141414141414141414141414141414141414100"

/* Half-bytes of a name as a question has them. */
static FrameDraft *question(const char name[16])
{
    FrameDraft *d = &draft;
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 17, 0x0a000001, 0x0a0000ff);
    frame_udp(d, 137, 137);
    frame_hex(d, "8003 0110 0001 0000 0000 0000 20");
    for (u32 i = 0; i < 16; i++) {
        frame_be(d, 1, 'A' + ((u8)name[i] >> 4));
        frame_be(d, 1, 'A' + (name[i] & 15u));
    }
    frame_hex(d, "00 0020 0001");
    frame_end(d);
    return d;
}

Test(proto_nbtns, query)
{
    FrameDraft *d = question("NMTEST2        \x20");
    layers(d, ETHERNET, "Ethernet.IPv4.UDP.NbtNs");
    says(d, ETHERNET, "NbtNs.TransactionID", "32771");
    says(d, ETHERNET, "NbtNs.Flags", "272");
    says(d, ETHERNET, "NbtNs.Flags.R", "0");
    says(d, ETHERNET, "NbtNs.Flags.Opcode", "0");
    says(d, ETHERNET, "NbtNs.Flags.AA", "0");
    says(d, ETHERNET, "NbtNs.Flags.TC", "0");
    says(d, ETHERNET, "NbtNs.Flags.RD", "1");
    says(d, ETHERNET, "NbtNs.Flags.RA", "0");
    says(d, ETHERNET, "NbtNs.Flags.B", "1");
    says(d, ETHERNET, "NbtNs.Flags.Rcode", "0");
    says(d, ETHERNET, "NbtNs.QuestionCount", "1");
    says(d, ETHERNET, "NbtNs.AnswerCount", "0");
    says(d, ETHERNET, "NbtNs.NameServerCount", "0");
    says(d, ETHERNET, "NbtNs.AdditionalCount", "0");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName",
         "20454f454e4645454646444645444343414341434143414341434143414341434100");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Name", "NMTEST2");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Suffix", "32");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionType", "32");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionClass", "1");
    holds_when_cut(d, ETHERNET);
}

/* Capitals, blanks where zeros pad; a scope behind the name; what is no name. */
Test(proto_nbtns, names)
{
    says(question("nmTest2        \x1b"), ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Name", "NMTEST2");
    says(&draft, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Suffix", "27");
    says(question("*\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Name", "*");
    says(question("\x01\x02__MSBROWSE__\x02\x01"), ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Name",
         "\x01\x02__MSBROWSE__\x02");
    says(question("FIFTEENLETTERS!\xff"), ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Name",
         "FIFTEENLETTERS!");
    FrameDraft *d = question("A              \0");
    d->bytes[14 + 20 + 8 + 13] = 'Q'; /* no half-byte */
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Name", "");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionType", "32");
    d = nbtns("0001 0010 0002 0000 0000 0000 0141 00 0020 0001" NMTEST2 "0020 0001"); /* the first is of one letter */
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Name", "NMTEST2");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionType", "32 32");
    d = nbtns("0001 0010 0001 0000 0000 0000"
              "20454f454e46454546464446454443434143414341434143414341434143414341 04636f7270 00 0020 0001");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionName.Name", "NMTEST2");
    says(d, ETHERNET, "NbtNs.NbtNsQuestionSectionData.QuestionType", "32");
}

Test(proto_nbtns, registration_and_response)
{
    FrameDraft *d = nbtns("0002 2910 0001 0000 0000 0001" NMTEST2 "0020 0001"
                          "c00c 0020 0001 000493e0 0006 0000 0a000001");
    says(d, ETHERNET, "NbtNs.Flags.Opcode", "5");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.ResourceName.Name", "NMTEST2");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.ResourceName.Suffix", "32");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.ResourceName", "c00c");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.ResourceType", "32");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.ResourceClass", "1");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.TimeToLive", "300000");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.ResourceDataLength", "6");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.NBFlags", "0");
    says(d, ETHERNET, "NbtNs.NbtNsAdditionalSectionData.IPAddress", "10.0.0.1");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData", "");
    holds_when_cut(d, ETHERNET);
    d = nbtns("0003 8580 0000 0001 0000 0000" NMTEST2 "0020 0001 00000000 000d 6000 0a000001 e000 0a000002 00");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.ResourceName.Name", "NMTEST2");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.NBFlags", "24576 57344");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.IPAddress", "10.0.0.1 10.0.0.2");
    holds_when_cut(d, ETHERNET);
}

Test(proto_nbtns, node_status)
{
    FrameDraft *d = nbtns("0004 8400 0000 0001 0000 0000" ANY "0021 0001 00000000 002d 02"
                          "4e4d54455354322020202020202020 20 0400"
                          "434f5250 2020202020202020202020 1c 8400"
                          "001122334455 0000");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.ResourceName.Name", "*");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.NodeName", "NMTEST2 CORP");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.NodeName.Suffix", "32 28");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.NodeName.NameFlags", "1024 33792");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.UnitID", "00:11:22:33:44:55");
    holds_when_cut(d, ETHERNET);
    d->bytes[14 + 20 + 8 + 12 + 34 + 10] = 200; /* more names than fit the data */
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.NodeName", "NMTEST2 CORP");
    says(d, ETHERNET, "NbtNs.NbtNsAnswerSectionData.UnitID", "");
    holds_when_cut(d, ETHERNET);
}

/* -- how names compare -------------------------------------------------------------------------------------------------------- */

static bool matches(const char *filter)
{
    Arena arena = {0};
    DiagList diags;
    Source source = {.name = "filter", .text = filter, .len = (u32)strlen(filter)};
    diag_init(&diags, &arena, &source);
    Program *program = filter_compile(&arena, &source, &(CompileOptions){0}, &diags, NULL);
    cr_assert_not_null(program, "%s", filter);
    Batch batch;
    batch_begin(&batch, ETHERNET);
    batch_add(&batch, draft.bytes, draft.len, draft.len);
    Mask cut, answer = scalar_run(program, &batch, &cut);
    batch_free(&batch);
    program_free(program);
    arena_release(&arena);
    return answer;
}

Test(proto_nbtns, names_compare_without_case_and_without_blanks_at_their_end)
{
#define NAME "NbtNs.NbtNsQuestionSectionData.QuestionName.Name"
    question("NMTEST2        \x20");
    cr_assert(matches(NAME " == 'NMTEST2 '"));
    cr_assert(matches(NAME " == 'NMTEST2'"));
    cr_assert(matches(NAME " == 'nmtest2        '"));
    cr_assert(matches(NAME " == \"NMTEST2                        \""));
    cr_assert(!matches(NAME " == 'NMTEST'"));
    cr_assert(!matches(NAME " == ' NMTEST2'"));
    cr_assert(!matches(NAME " == ''"));
    cr_assert(!matches(NAME " != 'nmtest2'"));
    cr_assert(matches(NAME " IN {'other', 'NmTest2 '}"));
    cr_assert(matches(NAME " IN {'N'..'O'}"));
    cr_assert(matches(NAME ".Contains('test2 ')"));
    cr_assert(matches(NAME " MATCHES '^nmtest[0-9] +$'"));
    cr_assert(matches(NAME ".ToLower == 'nmtest2'"));
    cr_assert(matches(NAME ".ToString == 'NMTEST2'"));
    cr_assert(matches("NbtNsQuestionSectionData.QuestionName.Suffix == 0x20"));
    question("               \x20");
    cr_assert(matches(NAME " == ''"));
}
