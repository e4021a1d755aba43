/* find.c - which of the slices of a column hold a byte string: S_FIND and L_FIND, and what
 * S_MATCH and L_MATCH look at.
 *
 * Beside kernels.c; the search itself is in search.c.  A capture's frames lie close together, and what is searched for is in
 * few of them.  So the slices of one of the reader's lanes that follow each other are searched as one piece, with what
 * stands between them; only where the needle is found is each of them asked.  That reads memory in its order and costs a
 * short frame no call. */
#include "vm/columns.h"
#include "vm/machine.h"

enum {
    BETWEEN_MAX = 40
}; /* a slice that begins farther than that, and than it is long, behind the last one, stands alone */

/* Slices in the order of their places, and the stretch of memory from the first to the end of the last. */
typedef struct {
    const u8 *from, *to;
    Mask slices;
} Piece;

static Mask frames_of_lane(const Batch *batch, u8 lane)
{
    u8 is[BATCH_MAX];
    for (u32 i = 0; i < BATCH_MAX; i++) is[i] = batch->lane[i] == lane ? 0xff : 0;
    return mask_of_bytes(is);
}

/* The first of `left`, which are of one lane, and those that follow close behind. */
static Piece first_piece(const Batch *batch, const SliceColumn *column, Mask left)
{
    u32 first = (u32)__builtin_ctzll(left);
    Piece piece = {column->ptr[first], column->ptr[first] + column->len[first], (Mask)1 << first};
    uintptr_t end = (uintptr_t)piece.to, limit = (uintptr_t)batch->readable_end;
    if ((uintptr_t)piece.from < (uintptr_t)batch->readable) return piece;
    for (EACH_BIT(i, left & ~piece.slices)) {
        uintptr_t at = (uintptr_t)column->ptr[i];
        if (at - end > MAX_OF(column->len[i], BETWEEN_MAX) || at + column->len[i] > limit) break;
        end = at + column->len[i];
        piece.to = column->ptr[i] + column->len[i];
        piece.slices |= (Mask)1 << i;
    }
    return piece;
}

static Mask find_one_by_one(const Needle *needle, const SliceColumn *column, Mask slices, bool lowered)
{
    Mask in = 0;
    for (EACH_BIT(i, slices)) in |= (Mask)(needle_find(needle, column->ptr[i], column->len[i], lowered) != NULL) << i;
    return in;
}

static Mask find_in_piece(const Needle *needle, const SliceColumn *column, Piece piece, bool lowered)
{
    const u8 *hit = needle_find(needle, piece.from, (size_t)(piece.to - piece.from), lowered);
    if (!hit) return 0;
    Mask may = piece.slices; /* those that end in front of the first hit do not hold it */
    while (may && column->ptr[__builtin_ctzll(may)] + column->len[__builtin_ctzll(may)] < hit + needle->len)
        may &= may - 1;
    return find_one_by_one(needle, column, may, lowered);
}

Mask find_slices(const Vm *vm, const Needle *needle, const SliceColumn *column, Mask slices, bool lowered)
{
    const Batch *batch = vm->batch;
    if (!batch->readable) return find_one_by_one(needle, column, slices, lowered);
    Mask in = 0;
    while (slices) {
        Mask lane = slices & frames_of_lane(batch, batch->lane[__builtin_ctzll(slices)]);
        slices &= ~lane;
        while (lane) {
            Piece piece = first_piece(batch, column, lane);
            in |= find_in_piece(needle, column, piece, lowered);
            lane &= ~piece.slices;
        }
    }
    return in;
}

static void find(Vm *vm, const Insn *insn, bool lowered)
{
    const SliceColumn *column = &vm->slice[insn->c];
    Mask slices = vm->mask[insn->b] & column->has;
    Mask in = find_slices(vm, &vm->needles[insn->k], column, slices, lowered);
    vm->mask[insn->a] = in;
    note_cut(vm, slices & column->open & ~in);
}

void run_S_FIND(Vm *vm, const Insn *insn) { find(vm, insn, false); }
void run_L_FIND(Vm *vm, const Insn *insn) { find(vm, insn, true); }
