/* lint.c - property: what lint says of a chain is true on frames.
 *
 * Random chains of AND or OR over a few values and constants, so that their tests meet, over random frames with tunnels in
 * them.  "Can never be true": no frame passes.  "Always true", "true wherever x exists": every frame passes, or every
 * one that has x.  "Only for a frame with several": none that has one TCP header.  "Adds nothing", "the same test": the chain
 * without that test gives the same answer.  What is said of one test is held against that test alone.  And, as for the filters
 * of compile.c, the program is the same with lint and without.
 *
 * And: whatever becomes of a text of lint.case, checking it ends well, and every finding points into the text. */
#include "compiler/compile.h"
#include "runtime/pktsift.h"
#include "tests/cases.h"
#include "tests/frames.h"
#include "vm/vm.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHAINS = 6000, TESTS_MAX = 4, FILTER_TEXT_MAX = 600 };

typedef struct {
    char text[FILTER_TEXT_MAX];
    u32 at[TESTS_MAX], end[TESTS_MAX], count; /* where the tests stand */
    bool is_or;
} Chain;

typedef struct {
    Arena arena;
    Source source;
    DiagList diags;
    Program *program;
} Linted;

static Linted compile(const char *text, bool lint)
{
    Linted c = {.source = {.name = "filter", .text = text, .len = (u32)strlen(text)}};
    diag_init(&c.diags, &c.arena, &c.source);
    c.diags.source = &c.source;
    c.program = filter_compile(&c.arena, &c.source, &(CompileOptions){.lint = lint}, &c.diags, NULL);
    cr_assert(c.program, "%s\n%s", text, diag_format_all(&c.arena, &c.diags));
    return c;
}

static void release(Linted *c)
{
    program_free(c->program);
    arena_release(&c->arena);
}

static Mask answer(const char *text, const Batch *batch)
{
    Linted c = compile(text, false);
    Vm *vm = vm_new(c.program);
    Mask mask = vm_run(vm, batch, NULL);
    vm_free(vm);
    release(&c);
    return mask;
}

/* ---- chains ---- */

/* Tests of other sorts than a value against constants. */
static const char *odd_test(Random *random)
{
    static const char *const odd[] = {"TCP",
                                      "UDP",
                                      "IPv4",
                                      "TCP.SrcPort == TCP.SrcPort",
                                      "TCP.SrcPort > TCP.SrcPort",
                                      "TCP.Port != TCP.Port",
                                      "TCP.Port >= TCP.Port",
                                      "TCP.Port < TCP.Port",
                                      "TCP.Port + 1 == TCP.Port + 1",
                                      "UINT16(FrameData, 300) <= UINT16(FrameData, 300)",
                                      "TCP.Port << 64 == 0",
                                      "TCP.Port << 3 == 0",
                                      "TCP.TCPPayload == TCP.TCPPayload",
                                      "Property.TCPCheckSumStatus == \"good\"",
                                      "Property.TCPCheckSumStatus == \"Good\"",
                                      "Property.TCPCheckSumStatus != \"None\"",
                                      "TCP.ChecksumStatus IN {\"Good\", \"Bad\", \"Offloaded\"}",
                                      "UDP.ChecksumStatus.ToLower == \"none\"",
                                      "UDP.ChecksumStatus.Contains(\"o\")",
                                      "IPv4.ChecksumStatus.ToLower CONTAINS \"d\"",
                                      "IPv4.NextProtocol.ToString == \"TCP\"",
                                      "IPv4.NextProtocol.ToString != \"TCP\"",
                                      "IPv4.NextProtocol.ToString IN {\"6\", \"TCP\"}",
                                      "TCP.Port.ToString.Contains(\"4\")"};
    return RANDOM_OF(random, odd);
}

static void add_test(Chain *chain, Random *random)
{
    static const char *const value[] = {"TCP.SrcPort", "TCP.Port", "UINT8(FrameData, 1)", "TCP.Flags.Syn",
                                        "IPv4.SourceAddress"};
    static const char *const relation[] = {"==", "!=", "<", "<=", ">", ">="};
    static const char *const number[][4] = {{"80", "443", "53487", "65535"},
                                            {"80", "443", "53487", "53"},
                                            {"0", "2", "128", "255"},
                                            {"0", "1", "1", "0"},
                                            {"10.0.0.1", "10.0.0.2", "192.168.1.1", "10.0.0.3"}};
    u32 v = random_below(random, random_once_in(random, 3) ? 5 : 1), at = (u32)strlen(chain->text);
    const char *a = RANDOM_OF(random, number[v]), *b = RANDOM_OF(random, number[v]), *c = RANDOM_OF(random, number[v]);
    char test[200];
    if (random_once_in(random, 5))
        snprintf(test, sizeof test, "%s", odd_test(random));
    else if (random_once_in(random, 4))
        snprintf(test, sizeof test, "%s IN {%s, %s, %s}", value[v], a, b, c);
    else
        snprintf(test, sizeof test, "%s %s %s", value[v], RANDOM_OF(random, relation), a);
    if (chain->count) at += (u32)sprintf(chain->text + at, chain->is_or ? " OR " : " AND ");
    chain->at[chain->count] = at;
    chain->end[chain->count++] = at + (u32)sprintf(chain->text + at, random_once_in(random, 5) ? "NOT %s" : "%s", test);
}

static void make_chain(Chain *chain, Random *random)
{
    u32 count = 2 + random_below(random, TESTS_MAX - 1);
    *chain = (Chain){.is_or = random_once_in(random, 2)};
    for (u32 i = 0; i < count; i++) add_test(chain, random);
}

/* The chain without one of its tests; false when that leaves none. */
static bool without(const Chain *chain, u32 test, char *out)
{
    out[0] = 0;
    for (u32 i = 0; i < chain->count; i++) {
        if (i == test) continue;
        if (*out) strcat(out, chain->is_or ? " OR " : " AND ");
        strncat(out, chain->text + chain->at[i], chain->end[i] - chain->at[i]);
    }
    return chain->count > 1;
}

/* ---- what was said ---- */

static u32 test_at(const Chain *chain, u32 at)
{
    u32 i = 0;
    while (i + 1 < chain->count && at >= chain->at[i + 1]) i++;
    return i;
}

/* The name in "... wherever 'NAME' exists"; false for a term, whose existence cannot be asked for. */
static bool named(const char *text, char *name)
{
    const char *from = strstr(text, "wherever '");
    if (!from) return false;
    from += strlen("wherever '");
    snprintf(name, FILTER_TEXT_MAX, "%.*s", (int)strcspn(from, "'"), from);
    return true;
}

static bool is_term(const char *name) { return strpbrk(name, " (") || strstr(name, ".To"); }

/* The frames that the finding speaks of: those that pass the chain, or the one test that it points at. */
static Mask passing(const Chain *chain, const Diag *diag, const Batch *batch)
{
    char test[FILTER_TEXT_MAX];
    if (strstr(diag->text, "together") || strstr(diag->text, "several")) return answer(chain->text, batch);
    snprintf(test, sizeof test, "%.*s", (int)diag->span.len, chain->text + diag->span.at);
    return answer(test, batch);
}

static void check_finding(const Chain *chain, const Diag *diag, Mask all, const Batch *batch, u32 *checked)
{
    char other[FILTER_TEXT_MAX];
    bool never = strcmp(diag->rule, "always-false") == 0, always = strcmp(diag->rule, "always-true") == 0;
    bool several = strstr(diag->text, "several") != NULL;
    if (strcmp(diag->rule, "same-test-twice") == 0) {
        if (!without(chain, test_at(chain, diag->span.at), other)) return;
        cr_assert_eq(answer(other, batch), answer(chain->text, batch), "%s\n%s: %s", chain->text, diag->text, other);
    } else if (never) {
        if (several && !strstr(diag->text, "'TCP.")) return;
        Mask one = several ? answer("Frame.Ethernet.IPv4.TCP", batch) : all;
        cr_assert_eq(passing(chain, diag, batch) & one, 0, "%s\n%s", chain->text, diag->text);
    } else if (always && !strstr(diag->text, "but for a frame")) {
        bool some = named(diag->text, other);
        if (some && is_term(other)) return;
        Mask wanted = some ? answer(other, batch) : all;
        cr_assert_eq(wanted & ~passing(chain, diag, batch), 0, "%s\n%s", chain->text, diag->text);
    } else {
        return; /* of another rule */
    }
    ++*checked;
}

static void check_chain(const Chain *chain, const Batch *batch, u32 *checked)
{
    Linted linted = compile(chain->text, true), bare = compile(chain->text, false);
    bool same = linted.program->block_size == bare.program->block_size &&
                memcmp(linted.program->block, bare.program->block, bare.program->block_size) == 0;
    cr_assert(same, "%s: another program with lint", chain->text);
    for (u32 i = 0; i < linted.diags.count; i++)
        check_finding(chain, &linted.diags.item[i], batch_all(batch), batch, checked);
    release(&linted);
    release(&bare);
}

Test(lint_property, what_is_said_of_chains_is_true)
{
    Random random = {20261125};
    Batch batch;
    u32 checked = 0;
    for (u32 i = 0; i < CHAINS; i++) {
        Chain chain;
        if (i % 16 == 0) {
            if (i) batch_free(&batch);
            batch_random(&batch, &random, 1, BATCH_MAX);
        }
        make_chain(&chain, &random);
        check_chain(&chain, &batch, &checked);
    }
    batch_free(&batch);
    cr_assert(checked > CHAINS / 10, "only %u findings in %d chains", checked, CHAINS);
}

/* ---- damaged texts ---- */

enum { DAMAGED = 6000, DAMAGED_MAX = 4000, TEXTS_MAX = 200 };

static Arena texts_arena;
static const char *texts[TEXTS_MAX];
static u32 text_count;

static void keep_text(const char *file, const Block *block)
{
    (void)file;
    if (text_count == TEXTS_MAX) return;
    const char *text = block->pair[0].value;
    texts[text_count++] = arena_copy(&texts_arena, text, strlen(text));
}

typedef struct {
    char bytes[DAMAGED_MAX];
    u32 len;
} Draft;

static void cut(Draft *draft, u32 at, u32 len)
{
    memmove(draft->bytes + at, draft->bytes + at + len, draft->len - at - len);
    draft->len -= len;
}

static void put(Draft *draft, u32 at, const char *bytes, u32 len)
{
    len = MIN_OF(len, (u32)sizeof draft->bytes - draft->len);
    memmove(draft->bytes + at + len, draft->bytes + at, draft->len - at);
    memcpy(draft->bytes + at, bytes, len);
    draft->len += len;
}

/* A piece of this text or another one put in, left out or made twice; a word of the rules; a byte. */
static void damage(Draft *draft, Random *random)
{
    static const char *const words[] = {" // sift:allow byte-offset, bare-flag -- why\n",
                                        "\n// @id a\n",
                                        "// sift 1\n",
                                        "\nlet a(b) = ",
                                        " OR ",
                                        " AND NOT ",
                                        "(",
                                        ")",
                                        "\n",
                                        "//",
                                        "\"",
                                        "a(1)",
                                        "{",
                                        "}",
                                        "\ntest \"t\" {\nmatch hex \"00\"\n}\n"};
    char piece[64];
    const char *other = RANDOM_OF(random, words), *text = texts[random_below(random, text_count)];
    u32 at = random_below(random, draft->len + 1), room = draft->len - at, some = 1 + random_below(random, 40);
    u32 len = MIN_OF(room, some), text_len = (u32)strlen(text), from = random_below(random, text_len + 1);
    switch (random_below(random, 5)) {
    case 0: cut(draft, at, len); return;
    case 1:
        memcpy(piece, draft->bytes + at, len);
        put(draft, random_below(random, draft->len + 1), piece, len);
        return;
    case 2: put(draft, at, other, (u32)strlen(other)); return;
    case 3: put(draft, at, text + from, MIN_OF(text_len - from, 60u)); return;
    default:
        if (room) draft->bytes[at] = (char)random_below(random, 256);
    }
}

typedef struct {
    const Draft *draft;
    u32 lines, found, errors;
} Seen;

static void see(void *user, const pks_finding *finding)
{
    Seen *seen = user;
    seen->found++;
    seen->errors += finding->level == PKS_ERROR;
    cr_assert(finding->place.line <= seen->lines && finding->place.end_line <= seen->lines, "%s", finding->whole);
    cr_assert(finding->place.end_line > finding->place.line || finding->place.end_column >= finding->place.column, "%s",
              finding->whole);
    cr_assert(finding->text && finding->whole && strstr(finding->whole, finding->text));
}

static bool check_draft(const Draft *draft, bool *clean)
{
    Seen seen = {.draft = draft, .lines = 1};
    char *exact = malloc(draft->len ? draft->len : 1);
    cr_assert(exact);
    memcpy(exact, draft->bytes, draft->len);
    for (u32 i = 0; i < draft->len; i++) seen.lines += exact[i] == '\n';
    pks_checker *checker = pks_checker_new(&(pks_check_options){see, &seen, 1});
    bool good = pks_check(checker, exact, draft->len, "a.sift");
    pks_checker_free(checker);
    cr_assert_eq(good, seen.errors == 0, "%.*s", (int)draft->len, draft->bytes);
    free(exact);
    *clean = seen.found == 0;
    return good;
}

Test(lint_property, damaged_texts_are_checked_without_damage)
{
    Random random = {20261125};
    u32 good = 0, clean = 0;
    cr_assert(each_block("tests/cases/lint.case", "text", keep_text) > 90);
    for (u32 i = 0; i < DAMAGED; i++) {
        Draft draft = {.len = 0};
        const char *text = texts[random_below(&random, text_count)];
        bool nothing = false;
        put(&draft, 0, text, (u32)strlen(text));
        for (u32 n = random_below(&random, 4); n > 0; n--) damage(&draft, &random);
        good += check_draft(&draft, &nothing);
        clean += nothing;
    }
    arena_release(&texts_arena);
    cr_assert(good > DAMAGED / 5 && good < DAMAGED && clean < good, "%u of %d compile, %u clean", good, DAMAGED, clean);
}
