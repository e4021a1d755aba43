/* compile.c - the route from text to program, and nothing else: each step is one file, one type in, one type out.
 *
 *     text --parse--> Node --check--> Typed --fold--> Typed --lower--> Plan --order--> Plan --emit--> Program
 *
 * Where frames are at hand, order has a second half: trial.c. */
#include "compiler/compile.h"

#include "compiler/check.h"
#include "compiler/emit.h"
#include "compiler/fold.h"
#include "compiler/lint.h"
#include "compiler/peers.h"
#include "compiler/print.h"
#include "compiler/recognise.h"
#include "compiler/trial.h"
#include "compiler/window.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* No text at all is every frame; the parser is for text that is there. */
static Typed *read_filter(Arena *arena, const Source *source, const CompileOptions *options, DiagList *diags,
                          CompileStages *stages)
{
    if (!source || source->len == 0) return typed_test(arena, TEST_TRUE, NULL, NULL, (Span){0, 0});
    Node *tree = parse(arena, source, diags);
    if (tree && stages) stages->tree = ast_print(arena, source, tree);
    Typed *typed = tree ? check(arena, source, tree, diags) : NULL;
    if (!typed) recognise_foreign(arena, source, diags);
    if (typed && options->lint) lint(arena, source, tree, typed, diags);
    return typed;
}

static void try_tests(Arena *arena, Plan *plan, const CompileOptions *options)
{
    const Sample *sample = plan_is_worth_trying(plan) ? options->sample(options->sample_user) : NULL;
    if (sample) order_by_trial(arena, plan, sample);
    if (plan_takes_too_many_masks(plan)) order_plan(arena, plan, false);
}

Program *typed_compile(Arena *arena, Typed *typed, u64 hash, const CompileOptions *options, DiagList *diags,
                       CompileStages *stages)
{
    typed = within_window(arena, typed, options);
    if (stages) stages->typed = typed_print(arena, typed);
    for (Peer peer = 0; stages && peer < PEER_COUNT; peer++)
        stages->equivalent[peer] = equivalent_of(arena, typed, peer);
    if (!options->plain) typed = fold(arena, typed);
    Plan *plan = lower(arena, typed);
    order_plan(arena, plan, options->plain);
    if (!options->plain && options->sample) try_tests(arena, plan, options);
    if (stages) stages->plan = plan_print(arena, plan);
    return emit(arena, plan, options->plain, hash, diags, stages ? &stages->parts : NULL);
}

Program *filter_compile(Arena *arena, const Source *source, const CompileOptions *options, DiagList *diags,
                        CompileStages *stages)
{
    if (stages) *stages = (CompileStages){0};
    Typed *typed = read_filter(arena, source, options, diags, stages);
    u64 hash = source && source->len ? XXH3_64bits(source->text, source->len) : 0;
    return typed ? typed_compile(arena, typed, hash, options, diags, stages) : NULL;
}

Program *module_compile(Modules *set, Decl *filter, const CompileOptions *options, CompileStages *stages)
{
    const Source *source = &set->source;
    if (stages) *stages = (CompileStages){0};
    Typed *typed = module_check(set, filter);
    if (!typed) return NULL;
    if (stages) stages->tree = ast_print(set->arena, source, filter->body);
    if (options->lint) lint_decl(set, filter, typed);
    return typed_compile(set->arena, typed, XXH3_64bits(source->text, source->len), options, set->diags, stages);
}
