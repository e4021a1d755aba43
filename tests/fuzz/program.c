/* program.c - damaged programs into the machine: fuzz-program [ITERATIONS [SEED]]
 *
 * Random programs, as the compiler could have made them, are damaged in code, pool and header, and loaded.  A damaged
 * program is refused with a reason, or both machines run it, over frames that stand in heap blocks of exactly their size,
 * so that the address sanitizer sees any step outside.  A program of its own: the generators are compiled in. */
#include "tests/frames.c"
#include "tests/frames_tcp.c"
#include "tests/messages.c"
#include "tests/programs.c"

#include <stdio.h>

#include "vm/vm.h"

enum { A_PROGRAM = 50, A_BATCH = 1000 }; /* mutations before there is a new one */

typedef struct {
    u64 refused, ran, silent;
} Tally;

static void try_one(const Program *program, const Batch *batch, Random *r, Tally *tally)
{
    size_t size;
    char why[200] = "";
    u8 *block = program_damaged(program, r, &size);
    Program *loaded = program_load(block, size, why, sizeof why);
    free(block);
    if (!loaded) {
        tally->refused++;
        tally->silent += why[0] == '\0';
        return;
    }
    Vm *vm = vm_new(loaded);
    if (!vm) abort();
    vm_run(vm, batch, NULL);
    scalar_run(loaded, batch, NULL);
    free(program_listing(loaded));
    vm_free(vm);
    program_free(loaded);
    tally->ran++;
}

int main(int argc, char **argv)
{
    u64 iterations = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000, seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    Random r = {seed};
    Tally tally = {0};
    Batch batch;
    Program *program = NULL;
    char why[200];
    batch_begin(&batch, 1);
    for (u64 n = 0; n < iterations; n++) {
        if (n % A_BATCH == 0) {
            batch_free(&batch);
            batch_random(&batch, &r, linktype_random(&r), 1 + random_below(&r, 12));
        }
        if (n % A_PROGRAM == 0) {
            program_free(program);
            program = program_random(&r, why, sizeof why);
            if (!program) {
                fprintf(stderr, "fuzz-program: seed %llu, %llu: a good program was refused: %s\n",
                        (unsigned long long)seed, (unsigned long long)n, why);
                return 1;
            }
        }
        try_one(program, &batch, &r, &tally);
    }
    program_free(program);
    batch_free(&batch);
    printf("fuzz-program: seed %llu: %llu refused, %llu ran\n", (unsigned long long)seed,
           (unsigned long long)tally.refused, (unsigned long long)tally.ran);
    return tally.silent != 0;
}
