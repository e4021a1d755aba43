/* peers.c - tests of what explain says of Wireshark and tcpdump, row by row (tests/cases/peers.case), and of the table behind
 * it.  That the frames are the same is for tests/oracle/peers.sh; what becomes of filters of theirs stands in errors.case.
 *
 * Runs with the repository's root as working directory. */
#include "compiler/compile.h"
#include "compiler/peers.h"
#include "grammar/text.h"
#include "tests/cases.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* The filter, or why there is none; and the exceptions by name. */
static const char *equivalent_text(Arena *arena, const Equivalent *equivalent)
{
    Text text = {.arena = arena};
    text_print(&text, "%s%s",
               equivalent->filter ? "" : "none: ", equivalent->filter ? equivalent->filter : equivalent->why);
    for (u32 e = 0, count = 0; e < EXCEPTION_COUNT; e++)
        if (equivalent->exceptions >> e & 1)
            text_print(&text, "%s%s", count++ ? ", " : "\nbut not: ", exception_info[e].name);
    return text_str(&text);
}

static void check_text(const char *file, const Pair *pair, const char *got)
{
    cr_expect(strcmp(pair->value, got) == 0, "%s:%u: wanted:\n%s\ngot:\n%s\n", file, pair->line, pair->value, got);
}

static void check_block(const char *file, const Block *block)
{
    const Pair *filter = &block->pair[0];
    Arena arena = {0};
    Source source = {.name = "filter", .text = filter->value, .len = (u32)strlen(filter->value)};
    DiagList diags;
    CompileStages stages;
    diag_init(&diags, &arena, &source);
    Program *program = filter_compile(&arena, &source, &(CompileOptions){0}, &diags, &stages);
    cr_assert(program, "%s:%u: %s", file, filter->line, diag_format_all(&arena, &diags));
    for (u32 i = 1; i < block->count; i++) {
        const Pair *pair = &block->pair[i];
        bool tcpdump = strcmp(pair->key, "capture") == 0;
        cr_assert(tcpdump || strcmp(pair->key, "display") == 0, "%s:%u: unknown key", file, pair->line);
        check_text(file, pair, equivalent_text(&arena, &stages.equivalent[tcpdump ? PEER_TCPDUMP : PEER_WIRESHARK]));
    }
    program_free(program);
    arena_release(&arena);
}

Test(peers, rows) { cr_assert(each_block("tests/cases/peers.case", "filter", check_block) > 40); }

/* A name of Wireshark's leads back to the field that its row gives it to, or to an earlier one. */
Test(peers, every_name_of_wiresharks_is_known)
{
    Arena arena = {0};
    WiresharkName name;
    u32 fields = 0;
    for (int f = 0; f < FIELD_COUNT; f++) {
        const char *theirs = peer_field[f].wireshark;
        if (!theirs) continue;
        fields++;
        size_t len = strcspn(theirs, " ");
        bool masked = strstr(theirs, " & ") && peer_field[f].times > 1; /* a part of another field */
        cr_assert(wireshark_name(&arena, theirs, len, &name) || masked, "%s", theirs);
        cr_assert(name.ours && strchr(name.ours, '.'), "%s", theirs);
        cr_assert(field_info[f].kind != FIELD_IS_ALIAS, "%s: an alias has the name of its field", theirs);
    }
    cr_assert(fields > 80);
    cr_assert(wireshark_name(&arena, "tcp.analysis.flags", 18, &name) && !name.ours);
    cr_assert(!wireshark_name(&arena, "tcp.analysisx", 13, &name) && !wireshark_name(&arena, "tcp", 0, &name));
    arena_release(&arena);
}

/* Qualifiers only make sense where what follows them is a port, a host or a net. */
Test(peers, qualifiers_fit_their_fields)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        const char *qualifiers = peer_field[f].tcpdump;
        if (!qualifiers || !*qualifiers) continue;
        const FieldInfo *info = &field_info[f];
        int type = info->kind == FIELD_IS_PAIR ? field_info[info->first].type : info->type;
        cr_assert(type == TYPE_NUMBER || type == TYPE_IPV4 || type == TYPE_IPV6 || type == TYPE_MAC, "%s", info->name);
        cr_assert(type != TYPE_NUMBER || strstr(info->name, "Port"), "%s", info->name);
    }
}

typedef bool Translate(Arena *arena, const char *text, size_t len, Translation *out);

/* No part of a filter, and nothing in its place, makes the readers go wrong; the sanitizers look on. */
static void try_damaged(Translate *translate, const char *filter)
{
    static const char instead[] = "()[]{}!&|=<>:./\\\"'#-, \n\x80x0";
    size_t len = strlen(filter);
    for (size_t i = 0; i < len; i++) {
        for (size_t c = 0; c < sizeof instead; c++) {
            Arena arena = {0};
            Translation said;
            char *text = malloc(len); /* exactly its size */
            memcpy(text, filter, len);
            text[i] = instead[c];
            translate(&arena, text, len, &said);
            translate(&arena, text, i, &said);
            free(text);
            arena_release(&arena);
        }
    }
}

Test(peers, damaged_filters_of_theirs_are_read_safely)
{
    try_damaged(translate_tcpdump,
                "not (src or dst port 53 or 80) and tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420 or vlan 5");
    try_damaged(translate_tcpdump,
                "ether src 0:1:2:3:4:5 && net 10 mask 255.0.0.0 || ip6[6]==6 and ip6[53]&2!=0 or portrange 1-2");
    try_damaged(translate_tcpdump,
                "wlan type mgt subtype beacon or wlan ra 0:1:2:3:4:5 and dir tods and ip6 protochain 6 or llc u");
    try_damaged(translate_tcpdump,
                "wlan[0] & 0xf0 == 0x80 and wlan host abc or protochain 300 and type 2 or subtype x");
    try_damaged(translate_wireshark,
                "!(tcp.port in {80, 81..90}) && eth.src[0:3] == 00:06:5b or frame.time_delta gt 0.02 xor ip");
    try_damaged(translate_wireshark,
                "frame matches r\"a\\.b\" and frame contains \"\\x41\" || len(udp.payload) > -1 && ip.id & 0xff");
}

Test(peers, deep_filters_of_theirs_are_refused)
{
    Arena arena = {0};
    Translation said;
    Text text = {.arena = &arena};
    for (int i = 0; i < 2000; i++) text_print(&text, "(");
    cr_assert(!translate_tcpdump(&arena, text.bytes, text.len, &said));
    cr_assert(!translate_wireshark(&arena, text.bytes, text.len, &said));
    text.len = 0;
    for (int i = 0; i < 1000; i++) text_print(&text, "!");
    cr_assert(!translate_tcpdump(&arena, text.bytes, text.len, &said));
    cr_assert(!translate_wireshark(&arena, text.bytes, text.len, &said));
    arena_release(&arena);
}
