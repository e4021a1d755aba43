/* ops.c - the opcode table as data, for verifier, listing, profile and README. */
#include "vm/program.h"

const OpInfo op_info[OP_COUNT] = {
#define OP(name, a, b, c, k, listing, meaning)                                                                         \
    [OP_##name] = {#name, {ARG_##a, ARG_##b, ARG_##c, ARG_##k}, listing, meaning},
#include "vm/ops.def"
};
