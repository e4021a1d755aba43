/* profile.c - see profile.h.
 *
 * Always true: counts are exact; times are what the clock said less what asking it takes, so they are good for shares. */
#include "runtime/profile.h"

#include <stdlib.h>
#include <time.h>

#include "runtime/filter.h"

struct pks_profile {
    const pks_filter *filter;
    PartIndex parts;
    Counts *code, *part;
    u64 fill_ns;
    u64 clock_ns; /* what asking the clock takes */
};

u64 profile_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

/* The least of many tries: the others were disturbed. */
static u64 clock_cost(void)
{
    enum { TRIES = 1000 };
    u64 least = UINT64_MAX;

    for (u32 i = 0; i < TRIES; i++) {
        u64 start = profile_clock(), took = profile_clock() - start;
        least = MIN_OF(least, took);
    }
    return least;
}

static u32 code_count(const pks_profile *profile) { return profile->filter->program->code_count; }

pks_profile *pks_profile_new(const pks_filter *filter)
{
    pks_profile *profile = calloc(1, sizeof *profile);

    if (!profile) return NULL;
    profile->filter = filter;
    profile->code = calloc(code_count(profile), sizeof *profile->code);
    profile->part = calloc((size_t)filter->part_count + 1, sizeof *profile->part);
    profile->clock_ns = clock_cost();
    bool indexed = part_index_init(&profile->parts, filter->parts, filter->part_count, code_count(profile));
    if (indexed && profile->code && profile->part) return profile;
    pks_profile_free(profile);
    return NULL;
}

void pks_profile_free(pks_profile *profile)
{
    if (!profile) return;
    part_index_release(&profile->parts);
    free(profile->code);
    free(profile->part);
    free(profile);
}

void pks_profile_reset(pks_profile *profile)
{
    memset(profile->code, 0, code_count(profile) * sizeof *profile->code);
    memset(profile->part, 0, profile->parts.count * sizeof *profile->part);
    profile->fill_ns = 0;
}

/* -- a worker's share ------------------------------------------------------------------------------------------------ */

bool worker_profile_begin(WorkerProfile *worker, pks_profile *into, Vm *vm)
{
    worker->counts.code = calloc(code_count(into), sizeof *worker->counts.code);
    worker->counts.part = calloc((size_t)into->parts.count + 1, sizeof *worker->counts.part);
    worker->counts.parts = &into->parts;
    worker->into = into;
    if (!worker->counts.code || !worker->counts.part) return false;
    vm_profile(vm, &worker->counts);
    return true;
}

static void add(Counts *sum, const Counts *more, u32 count)
{
    for (u32 i = 0; more && i < count; i++) {
        sum[i].runs += more[i].runs;
        sum[i].frames_in += more[i].frames_in;
        sum[i].frames_out += more[i].frames_out;
        sum[i].ns += more[i].ns;
    }
}

void worker_profile_end(WorkerProfile *worker)
{
    pks_profile *into = worker->into;

    if (!into) return;
    add(into->code, worker->counts.code, code_count(into));
    add(into->part, worker->counts.part, into->parts.count);
    into->fill_ns += worker->fill_ns;
    free(worker->counts.code);
    free(worker->counts.part);
    *worker = (WorkerProfile){0};
}

/* -- what is told ------------------------------------------------------------------------------------------------------ */

static u64 time_of(const pks_profile *profile, u32 insn)
{
    const Counts *counts = &profile->code[insn];
    u64 asking = counts->runs * profile->clock_ns;

    return counts->ns > asking ? counts->ns - asking : 0;
}

static pks_counts told(const Counts *counts, u64 ns)
{
    return (pks_counts){
        .runs = counts->runs, .frames_in = counts->frames_in, .frames_out = counts->frames_out, .ns = ns};
}

static u64 time_between(const pks_profile *profile, u32 begin, u32 end)
{
    u64 ns = 0;

    for (u32 i = begin; i < end; i++) ns += time_of(profile, i);
    return ns;
}

bool pks_profile_line(const pks_profile *profile, pks_stage stage, size_t line, pks_counts *counts)
{
    if (stage == PKS_CODE) { /* its first line is a summary */
        if (line == 0 || line > code_count(profile)) return false;
        *counts = told(&profile->code[line - 1], time_of(profile, (u32)line - 1));
        return true;
    }
    if (stage != PKS_PLAN || line >= profile->parts.count) return false;
    const Part *part = &profile->parts.part[line];
    *counts = told(&profile->part[line], time_between(profile, part->begin, part->end));
    return true;
}

bool pks_profile_opcode(const pks_profile *profile, size_t opcode, const char **name, pks_counts *counts)
{
    Counts all = {0};
    u64 ns = 0;

    if (opcode >= OP_COUNT) return false;
    for (u32 i = 0; i < code_count(profile); i++) {
        if (profile->filter->program->code[i].op != opcode) continue;
        add(&all, &profile->code[i], 1);
        ns += time_of(profile, i);
    }
    *name = op_info[opcode].name;
    *counts = told(&all, ns);
    return true;
}

void pks_profile_sum(const pks_profile *profile, pks_counts *filter, uint64_t *reading_ns)
{
    u32 end = code_count(profile) - 1;

    *filter = (pks_counts){.runs = profile->code[0].runs,
                           .frames_in = profile->code[0].frames_in,
                           .frames_out = profile->code[end].frames_out,
                           .ns = time_between(profile, 0, end + 1)};
    *reading_ns = profile->fill_ns;
}
