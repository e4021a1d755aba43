/* matches.c - see matches.h. */
#include "tests/matches.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "compiler/compile.h"
#include "vm/vm.h"

static Program *compile(const char *filter)
{
    Arena arena = {0};
    DiagList diags;
    Source source = {.name = "filter", .text = filter, .len = (u32)strlen(filter)};
    diag_init(&diags, &arena, &source);
    Program *program = filter_compile(&arena, &source, &(CompileOptions){0}, &diags, NULL);
    cr_assert_not_null(program, "%s", diag_format_all(&arena, &diags));
    arena_release(&arena);
    return program;
}

static void add_plain(Batch *batch)
{
    FrameDraft *d = malloc(sizeof *d);
    cr_assert_not_null(d);
    frame_begin(d);
    frame_ethernet(d, 1, 2, 0x0800);
    frame_ipv4(d, 6, 0x0a000001, 0x0a000002);
    frame_tcp(d, 40000, 9, 1, 2, 0x18);
    frame_payload(d, "discard", 7);
    frame_end(d);
    for (u32 i = 0; i < 30; i++) batch_add(batch, d->bytes, d->len, d->len);
    free(d);
}

bool frame_matches(const char *filter, const FrameDraft *draft, u32 captured, u32 linktype, bool *cut)
{
    Program *program = compile(filter);
    Vm *vm = vm_new(program);
    cr_assert_not_null(vm);
    Batch batch, alone;
    batch_begin(&batch, linktype);
    batch_add(&batch, draft->bytes, captured, draft->len);
    if (linktype == 1) add_plain(&batch);
    batch_slice(&batch, 0, 1, &alone);
    Mask scalar_cut, batch_cut, alone_cut;
    Mask scalar = scalar_run(program, &batch, &scalar_cut), answer = vm_run(vm, &batch, &batch_cut);
    Mask single = vm_run(vm, &alone, &alone_cut);
    cr_assert(scalar == answer && (scalar & 1) == single, "%s: the machines differ", filter);
    cr_assert(scalar_cut == batch_cut && (scalar_cut & 1) == alone_cut, "%s: the machines differ on cuts", filter);
    if (cut) *cut = scalar_cut & 1;
    vm_free(vm);
    program_free(program);
    batch_free(&batch);
    return scalar & 1;
}
