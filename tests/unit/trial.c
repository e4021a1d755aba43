/* trial.c - compiler/trial.c: the order of tests by what sample frames pass. */
#include "compiler/compile.h"
#include "tests/frames.h"
#include "vm/vm.h"

#include <criterion/criterion.h>
#include <stdlib.h>

typedef struct {
    Batch batch;
    Sample sample;
    u32 asked; /* how often the compiler wanted it */
} Frames;

static const Sample *take(void *user)
{
    Frames *frames = user;
    frames->asked++;
    return &frames->sample;
}

static void add_payload(Frames *frames, const char *payload)
{
    FrameDraft *d = malloc(sizeof *d);
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 6, 0x0a000001, 0x0a000002);
    frame_tcp(d, 40000, 80, 1, 1, 0x18);
    frame_payload(d, payload, (u32)strlen(payload));
    frame_end(d);
    batch_add(&frames->batch, d->bytes, d->len, d->len);
    free(d);
}

/* 30 frames with "common", 2 with "rare" as well, 1 with neither. */
static void frames_begin(Frames *frames)
{
    *frames = (Frames){0};
    batch_begin(&frames->batch, 1);
    for (u32 i = 0; i < 28; i++) add_payload(frames, "something common");
    for (u32 i = 0; i < 2; i++) add_payload(frames, "rare and common");
    add_payload(frames, "another one");
    frames->sample = (Sample){&frames->batch, 1};
}

static void frames_end(Frames *frames) { batch_free(&frames->batch); }

/* The plan, and the mask of the frames that the program keeps. */
static const char *plan_of(Arena *arena, Frames *frames, const char *text, bool plain, Mask *answer)
{
    Source source = {.name = "filter", .text = text, .len = (u32)strlen(text)};
    CompileOptions options = {.sample = take, .sample_user = frames, .plain = plain};
    CompileStages stages;
    DiagList diags;
    diag_init(&diags, arena, &source);
    Program *program = filter_compile(arena, &source, &options, &diags, &stages);
    cr_assert(program, "%s\n%s", text, diag_format_all(arena, &diags));
    Vm *vm = vm_new(program);
    *answer = vm_run(vm, &frames->batch, NULL);
    vm_free(vm);
    program_free(program);
    return stages.plan;
}

static const char *const dear[] = {"TCP.TCPPayload.Contains(\"common\")", "TCP.TCPPayload.Contains(\"rare\")"};

/* `first` stands before `second` in the plan of both ways to write the chain. */
static void expect_order(const char *word, const char *first, const char *second, Mask want)
{
    Frames frames;
    Arena arena = {0};
    frames_begin(&frames);
    for (u32 i = 0; i < 2; i++) {
        Mask answer;
        const char *text = arena_print(&arena, "%s %s %s", dear[i], word, dear[1 - i]);
        const char *plan = plan_of(&arena, &frames, text, false, &answer);
        const char *a = strstr(plan, first), *b = strstr(plan, second);
        cr_assert(a && b && a < b, "%s:\n%s", text, plan);
        cr_assert_eq(answer, want, "%s", text);
        cr_assert_eq(frames.asked, i + 1);
        cr_assert(strstr(plan, "passes 97% of 31 frames") && strstr(plan, "passes 6% of 31 frames"), "%s", plan);
    }
    frames_end(&frames);
    arena_release(&arena);
}

Test(trial, and_begins_with_what_drops_most) { expect_order("AND", "\"rare\"", "\"common\"", (Mask)3 << 28); }
Test(trial, or_begins_with_what_takes_most) { expect_order("OR", "\"common\"", "\"rare\"", ((Mask)1 << 30) - 1); }

/* What the members before have decided does not count again: the third drops one frame less than the second, but others. */
Test(trial, a_member_counts_for_what_is_left_of_it)
{
    Frames frames = {0};
    Arena arena = {0};
    Mask answer;
    batch_begin(&frames.batch, 1);
    for (u32 i = 0; i < 10; i++) add_payload(&frames, "beta gamma"); /* dropped by alpha */
    for (u32 i = 0; i < 8; i++) add_payload(&frames, "gamma");       /* by alpha and beta */
    for (u32 i = 0; i < 7; i++) add_payload(&frames, "alpha beta");  /* by gamma */
    add_payload(&frames, "alpha beta gamma");
    frames.sample = (Sample){&frames.batch, 1};
    const char *plan = plan_of(&arena, &frames,
                               "TCP.TCPPayload.Contains(\"beta\") AND TCP.TCPPayload.Contains(\"gamma\") AND "
                               "TCP.TCPPayload.Contains(\"alpha\")",
                               false, &answer);
    const char *alpha = strstr(plan, "\"alpha\""), *beta = strstr(plan, "\"beta\""), *gamma = strstr(plan, "\"gamma\"");
    cr_assert(alpha && beta && gamma && alpha < gamma && gamma < beta, "%s", plan);
    cr_assert_eq(answer, (Mask)1 << 25);
    frames_end(&frames);
    arena_release(&arena);
}

Test(trial, frames_are_asked_for_only_where_they_decide)
{
    static const struct {
        const char *text;
        bool plain;
    } filters[] = {
        {"TCP.Port == 80 AND IPv4.TimeToLive == 64", false},
        {"TCP AND TCP.TCPPayload.Contains(\"rare\")", false},
        {"TCP.TCPPayload.Contains(\"rare\")", false},
        {"TCP.TCPPayload.Contains(\"rare\") OR TCP.TCPPayload.Contains(\"common\")", true},
    };
    for (u32 i = 0; i < COUNT_OF(filters); i++) {
        Frames frames;
        Arena arena = {0};
        Mask answer;
        frames_begin(&frames);
        const char *plan = plan_of(&arena, &frames, filters[i].text, filters[i].plain, &answer);
        cr_assert_eq(frames.asked, 0, "%s", filters[i].text);
        cr_assert_null(strstr(plan, " frames"), "%s", plan);
        frames_end(&frames);
        arena_release(&arena);
    }
}
