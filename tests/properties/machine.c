/* machine.c - what must hold for every program and every frame: both machines agree, whatever the batch, however saved.
 *
 * Programs and frames come from tests/programs.c and tests/frames.c.  Every case has a seed of its own, which a failure
 * names; the seeds are the same in every run. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "runtime/capture/file.h"
#include "runtime/readers/reader.h"
#include "tests/effort.h"
#include "tests/frames.h"
#include "tests/programs.h"
#include "tests/realcaptures.h"
#include "vm/decode.h"
#include "vm/vm.h"

enum { PROGRAMS = EFFORT(6000), HEADER_CASES = 3000, MUTATIONS = EFFORT(10000) };

static Random seeded(u64 seed) { return (Random){seed * 0x2545f4914f6cdd1du + 1}; }

static Program *make_program(Random *r, u64 seed)
{
    char why[200] = "";
    Program *program = program_random(r, why, sizeof why);
    cr_assert_not_null(program, "seed %llu: a program was refused: %s", (unsigned long long)seed, why);
    return program;
}

/* The answers of the batch machine, `step` frames at a time. */
static Mask run_in_steps(Vm *vm, const Batch *batch, u32 step, Mask *cut)
{
    Mask answer = 0;
    Batch *part = malloc(sizeof *part);
    cr_assert_not_null(part);
    *cut = 0;
    for (u32 first = 0; first < batch->count; first += step) {
        Mask part_cut;
        batch_slice(batch, first, MIN_OF(step, batch->count - first), part);
        Mask part_answer = vm_run(vm, part, &part_cut);
        cr_assert_eq((part_answer | part_cut) & ~batch_all(part), 0);
        answer |= part_answer << first;
        *cut |= part_cut << first;
    }
    free(part);
    return answer;
}

#define SAME(seed, what, program, answer, cut, want, want_cut)                                                         \
    do {                                                                                                               \
        if ((answer) == (want) && (cut) == (want_cut)) break;                                                          \
        char *listing_ = program_listing(program);                                                                     \
        cr_assert(false, "seed %llu, %s: answer %016llx, expected %016llx; cut %016llx, expected %016llx\n%s",         \
                  (unsigned long long)(seed), what, (unsigned long long)(answer), (unsigned long long)(want),          \
                  (unsigned long long)(cut), (unsigned long long)(want_cut), listing_);                                \
    } while (0)

Test(machine, batch_equals_scalar_for_any_batch_size)
{
    Mask hits = 0, misses = 0, cuts = 0;
    u64 compared = 0, ran[OP_COUNT] = {0};
    for (u64 seed = 0; seed < PROGRAMS; seed++) {
        Random r = seeded(seed);
        Program *program = make_program(&r, seed);
        for (u32 i = 0; i < program->code_count; i++) ran[program->code[i].op]++;
        Batch batch;
        batch_random(&batch, &r, linktype_random(&r), 1 + random_below(&r, BATCH_MAX));
        Mask want_cut, want = scalar_run(program, &batch, &want_cut), cut;
        Vm *vm = vm_new(program);
        cr_assert_not_null(vm);
        Mask answer = vm_run(vm, &batch, &cut);
        SAME(seed, "whole batch", program, answer, cut, want, want_cut);
        u32 step = 1 + random_below(&r, BATCH_MAX);
        answer = run_in_steps(vm, &batch, step, &cut);
        SAME(seed, "in steps", program, answer, cut, want, want_cut);
        answer = run_in_steps(vm, &batch, 1, &cut);
        SAME(seed, "frame by frame", program, answer, cut, want, want_cut);
        cr_assert_eq(vm_run(vm, &batch, NULL), want);
        Batch joined;
        batch_join(&batch, &r, &joined);
        answer = vm_run(vm, &joined, &cut);
        SAME(seed, "in one block", program, answer, cut, want, want_cut);
        joined_free(&joined);
        hits += want != 0;
        misses += want != batch_all(&batch);
        cuts += want_cut != 0;
        compared += batch.count;
        vm_free(vm);
        batch_free(&batch);
        program_free(program);
    }
    /* programs that never match, or always do, would prove little */
    cr_assert(hits > PROGRAMS / 4 && misses > PROGRAMS / 4 && cuts > PROGRAMS / 20, "%llu %llu %llu",
              (unsigned long long)hits, (unsigned long long)misses, (unsigned long long)cuts);
    cr_assert_gt(compared, PROGRAMS * 10);
    for (u32 op = 0; op < OP_COUNT; op++)
        cr_assert_gt(ran[op], EFFORT(20), "%s is hardly ever tried", op_info[op].name);
}

Test(machine, every_batch_size_from_1_to_64)
{
    for (u64 seed = 0; seed < 12; seed++) {
        Random r = seeded(seed + 900000);
        Program *program = make_program(&r, seed);
        Batch batch;
        batch_random(&batch, &r, 1, BATCH_MAX);
        Mask want_cut, want = scalar_run(program, &batch, &want_cut), cut;
        Vm *vm = vm_new(program);
        for (u32 step = 1; step <= BATCH_MAX; step++) {
            Mask answer = run_in_steps(vm, &batch, step, &cut);
            SAME(seed, "in steps", program, answer, cut, want, want_cut);
        }
        vm_free(vm);
        batch_free(&batch);
        program_free(program);
    }
}

/* A frame cut after every one of its bytes, and a frame that was sent no longer than that.  Of the few frames of tens of
 * kilobytes every length up to 4,096 octets, then 32 lengths in a row out of 1,024. */
Test(machine, frames_of_every_length)
{
    FrameDraft *d = malloc(sizeof *d);
    for (u64 seed = 0; seed < 60; seed += EFFORT_STEP) {
        Random r = seeded(seed + 800000);
        u32 linktype = linktype_random(&r);
        frame_random(d, &r, linktype);
        Program *program = make_program(&r, seed);
        Vm *vm = vm_new(program);
        for (u32 first = 0; first <= d->len; first += first < 4096 ? 32 : 1024) {
            Batch batch;
            batch_begin(&batch, linktype);
            for (u32 len = first; len < first + 32 && len <= d->len; len++) {
                batch_add(&batch, d->bytes, len, d->len);
                batch_add(&batch, d->bytes, len, len);
            }
            Mask want_cut, want = scalar_run(program, &batch, &want_cut), cut, answer = vm_run(vm, &batch, &cut);
            SAME(seed, "cut frames", program, answer, cut, want, want_cut);
            batch_free(&batch);
        }
        vm_free(vm);
        program_free(program);
    }
    free(d);
}

/* -- fast decode = complete decode -------------------------------------------------------------------------------------- */

static void same_headers(const Headers *fast, const Headers *complete, const Batch *batch, u64 seed)
{
    for (u32 i = 0; i < batch->count; i++)
        for (u32 p = 0; p < PROTO_COUNT; p++) {
            if (!(fast->asked >> p & 1)) continue;
            for (u32 nest = 0; nest <= NEST_MAX; nest++) {
                Layer a = {0}, b = {0};
                bool in_a = headers_find(fast, batch, i, (Proto)p, nest, &a);
                bool in_b = headers_find(complete, batch, i, (Proto)p, nest, &b);
                cr_assert(in_a == in_b && a.at == b.at && a.end == b.end,
                          "seed %llu: frame %u, %s %u: %d %u %u, %d %u %u", (unsigned long long)seed, i,
                          proto_info[p].name, nest, in_a, a.at, a.end, in_b, b.at, b.end);
            }
            cr_assert_eq(fast->present[p] >> i & 1, complete->present[p] >> i & 1);
            cr_assert_eq(fast->tight[p] >> i & 1, complete->tight[p] >> i & 1);
            if (fast->present[p] & ~fast->tight[p] & (Mask)1 << i) cr_assert_eq(fast->head[p][i], complete->head[p][i]);
        }
    cr_assert_eq(fast->cut, complete->cut);
    for (EACH_BIT(i, fast->cut)) cr_assert_eq(fast->missing[i], complete->missing[i]);
    for (u32 nest = 0; nest <= NEST_MAX; nest++)
        cr_assert_eq(headers_deeper(fast, fast->decoded, nest), headers_deeper(complete, complete->decoded, nest));
}

static void same_paths(const Headers *fast, const Headers *complete, Random *r, u64 seed)
{
    u8 protos[PROTO_COUNT]; /* a path is made of protocols that are asked for */
    u32 protos_count = 0;
    for (u8 p = 0; p < PROTO_COUNT; p++)
        if (fast->asked >> p & 1) protos[protos_count++] = p;
    for (u32 n = 0; n < 30 && protos_count; n++) {
        u8 path[PATH_LAYERS_MAX];
        u32 count = 1 + random_below(r, random_once_in(r, 5) ? PATH_LAYERS_MAX : 5);
        for (u32 k = 0; k < count; k++)
            path[k] =
                k || !(fast->asked >> PROTO_ETHERNET & 1) ? protos[random_below(r, protos_count)] : PROTO_ETHERNET;
        cr_assert_eq(headers_on_path(fast, path, count, ~(Mask)0), headers_on_path(complete, path, count, ~(Mask)0),
                     "seed %llu", (unsigned long long)seed);
        cr_assert_eq(headers_path_missing(fast, path, count, ~(Mask)0),
                     headers_path_missing(complete, path, count, ~(Mask)0));
    }
}

/* A load reads before it asks whether there is a header: every head must be readable.  The address sanitizer looks on. */
static u64 touch_heads(const Headers *h, const Batch *batch)
{
    u64 sum = 0;
    for (u32 p = 0; p < PROTO_COUNT; p++)
        for (u32 i = 0; (h->asked >> p & 1) && i < batch->count; i++)
            for (u32 byte = 0; byte < h->span[p]; byte++) sum += h->head[p][i][byte];
    return sum;
}

/* As a program that loads only some fields asks. */
static void narrow_some(Headers *one, Headers *other, Random *r)
{
    u8 span[PROTO_COUNT];
    if (random_once_in(r, 2)) return;
    for (u32 p = 0; p < PROTO_COUNT; p++) span[p] = (u8)random_below(r, one->span[p] + 1u);
    headers_narrow(one, span);
    headers_narrow(other, span);
}

Test(machine, fast_decode_equals_complete_decode)
{
    Headers *fast = malloc(sizeof *fast), *complete = malloc(sizeof *complete);
    u64 plain = 0, listed = 0, touched = 0;
    for (u64 seed = 0; seed < HEADER_CASES; seed++) {
        Random r = seeded(seed + 700000);
        Batch batch;
        batch_random(&batch, &r, random_once_in(&r, 8) ? linktype_random(&r) : 1, 1 + random_below(&r, BATCH_MAX));
        u64 asked = random_once_in(&r, 3) ? (u64)1 << random_below(&r, PROTO_COUNT) : random_next(&r) & PROTOS_ALL;
        headers_init(fast, asked, true, false);
        headers_init(complete, asked, true, false);
        narrow_some(fast, complete, &r);
        Mask first = random_once_in(&r, 2) ? random_next(&r) & batch_all(&batch) : batch_all(&batch);
        headers_decode(fast, &batch, first);
        headers_decode_complete(complete, &batch, first);
        touched += touch_heads(fast, &batch);
        same_headers(fast, complete, &batch, seed);
        headers_decode(fast, &batch, batch_all(&batch)); /* the rest of the frames, behind a jump */
        headers_decode_complete(complete, &batch, batch_all(&batch));
        touched += touch_heads(fast, &batch);
        same_headers(fast, complete, &batch, seed);
        same_paths(fast, complete, &r, seed);
        listed += mask_count(fast->listed);
        plain += mask_count(fast->decoded & ~fast->listed);
        batch_free(&batch);
    }
    cr_assert(plain > HEADER_CASES && listed > HEADER_CASES && touched > 0);
    free(fast);
    free(complete);
}

/* Everything is asked for, or TCP and UDP alone, as most filters do, or anything. */
static u64 random_asked(Random *r)
{
    switch (random_below(r, 3)) {
    case 0: return PROTOS_ALL;
    case 1: return (u64)1 << PROTO_TCP | (u64)1 << PROTO_UDP;
    default: return random_next(r) & PROTOS_ALL;
    }
}

static u64 decode_capture(const CaptureFile *file, Headers *fast, Headers *complete, u64 seed)
{
    const Capture *capture = &file->capture;
    Lane lane = {.capture = capture, .at = capture->first, .limit = UINT64_MAX, .context = capture->context};
    Random r = seeded(seed + 900000);
    u64 frames = 0;
    for (Batch batch; capture->format->fill(&lane, 1, BATCH_MAX, 0, &batch) > 0; frames += batch.count) {
        u64 asked = random_asked(&r);
        headers_init(fast, asked, true, false);
        headers_init(complete, asked, true, false);
        narrow_some(fast, complete, &r);
        headers_decode(fast, &batch, batch_all(&batch));
        headers_decode_complete(complete, &batch, batch_all(&batch));
        same_headers(fast, complete, &batch, seed);
    }
    return frames;
}

/* A failure's seed is the number of the capture in INDEX.tsv. */
Test(machine, fast_decode_equals_complete_decode_on_real_captures)
{
    enum { BYTES_MAX = 1000 * 1000 };
    FILE *index = real_captures_open();
    if (!index) return;
    Headers *fast = malloc(sizeof *fast), *complete = malloc(sizeof *complete);
    u64 number = 0, captures = 0, frames = 0;
    for (RealCapture real; real_captures_next(index, &real); number++) {
        CaptureFile file;
        Damage damage;
        if (real.bytes > BYTES_MAX || !real_capture_is_read(&real)) continue;
        if (!capture_file_open(&file, real.path, &damage)) continue; /* damaged in its header: damage.c's business */
        frames += decode_capture(&file, fast, complete, number);
        captures++;
        capture_file_close(&file);
    }
    cr_log_warn("%llu frames of %llu captures decoded both ways", (unsigned long long)frames,
                (unsigned long long)captures);
    cr_assert(captures > 0 && frames > captures);
    fclose(index);
    free(fast);
    free(complete);
}

/* -- saved and loaded = original ----------------------------------------------------------------------------------------- */

Test(machine, saved_and_loaded_is_the_same_program)
{
    for (u64 seed = 0; seed < 300; seed++) {
        Random r = seeded(seed + 600000);
        Program *program = make_program(&r, seed);
        u8 *saved = malloc(program->block_size);
        memcpy(saved, program->block, program->block_size);
        char why[200] = "";
        Program *loaded = program_load(saved, program->block_size, why, sizeof why);
        memset(saved, 0, program->block_size);
        free(saved);
        cr_assert_not_null(loaded, "seed %llu: %s", (unsigned long long)seed, why);
        char *one = program_listing(program), *two = program_listing(loaded);
        cr_assert_str_eq(one, two);
        cr_assert_eq(loaded->block_size, program->block_size);
        cr_assert_arr_eq(loaded->block, program->block, program->block_size);
        cr_assert(loaded->needs == program->needs && loaded->protocols == program->protocols &&
                  loaded->layers == program->layers && loaded->source_hash == program->source_hash);
        Batch batch;
        batch_random(&batch, &r, 1, 40);
        Mask want_cut, cut, want = scalar_run(program, &batch, &want_cut);
        Vm *vm = vm_new(loaded);
        Mask answer = vm_run(vm, &batch, &cut);
        SAME(seed, "loaded", loaded, answer, cut, want, want_cut);
        vm_free(vm);
        batch_free(&batch);
        free(one);
        free(two);
        program_free(loaded);
        program_free(program);
    }
}

/* -- damaged programs are refused, or run safely -------------------------------------------------------------------------- */

Test(machine, a_damaged_program_is_refused_or_runs_inside_its_frames)
{
    u32 refused = 0, ran = 0;
    Random r = seeded(500000);
    Batch batch;
    batch_random(&batch, &r, 1, 30);
    Program *program = NULL;
    for (u64 n = 0; n < MUTATIONS; n++) {
        if (n % 20 == 0) {
            program_free(program);
            program = make_program(&r, n);
        }
        size_t size;
        char why[200] = "";
        u8 *block = program_damaged(program, &r, &size);
        Program *loaded = program_load(block, size, why, sizeof why);
        free(block);
        if (!loaded) {
            cr_assert_neq(why[0], '\0', "mutation %llu was refused without a word", (unsigned long long)n);
            refused++;
            continue;
        }
        Vm *vm = vm_new(loaded);
        cr_assert_not_null(vm);
        vm_run(vm, &batch, NULL);
        scalar_run(loaded, &batch, NULL);
        free(program_listing(loaded));
        vm_free(vm);
        program_free(loaded);
        ran++;
    }
    cr_assert(refused > MUTATIONS / 10 && ran > MUTATIONS / 10, "%u refused, %u ran", refused, ran);
    program_free(program);
    batch_free(&batch);
}
