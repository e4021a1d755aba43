/* capture.c - mutilated captures into the readers and writers: fuzz-capture [ITERATIONS [SEED]]
 *
 * Makes a capture of every kind in turn, changes, cuts, repeats or swaps parts of it, and reads it from a block of
 * exactly its size, so that the address sanitizer sees any step outside.  Beyond "no crash": every frame handed
 * out can be looked at and is what frame() says; one frame at a time and many lanes find the same frames and the
 * same end; guesses stay in range; what can be read can be written, or is refused with a reason. */
#include "tests/captures.c" /* the generators; a fuzz driver is a program of one file */

#include "runtime/writers/writer.h"

enum { FRAMES = 12 };

typedef struct {
    u64 sum, frames, hash;
} Seen;

static void require(bool holds, const char *what, const Made *made, u64 round)
{
    if (holds) return;
    fprintf(stderr, "fuzz-capture: round %llu, %s: %s\n", (unsigned long long)round, made->name, what);
    abort();
}

/* -- mutation ---------------------------------------------------------------------------------------------------- */

static void change_words(Bytes *bytes, u32 *seed)
{
    static const u32 values[] = {0,  1,  2,    3,    4,      5,          6,          8,         12,
                                 28, 32, 0x7f, 0xff, 0xffff, 0x0a0d0d0a, 0x7fffffff, 0xffffffff};
    for (u32 i = 0, count = 1 + next_random(seed) % 6; i < count; i++) {
        size_t at = next_random(seed) % (bytes->size - 4);
        if (next_random(seed) % 2) at &= ~(size_t)3;
        u32 value = next_random(seed) % 3 ? values[next_random(seed) % COUNT_OF(values)] : next_random(seed) << 8;
        if (next_random(seed) % 4 == 0) value = __builtin_bswap32(value);
        memcpy(bytes->bytes + at, &value, 1 + next_random(seed) % 4);
    }
}

static void swap_parts(Bytes *bytes, u32 *seed)
{
    size_t a = next_random(seed) % bytes->size, b = next_random(seed) % bytes->size;
    size_t size = next_random(seed) % (bytes->size - MAX_OF(a, b));
    memmove(bytes->bytes + a, bytes->bytes + b, size);
}

static void mutate(Bytes *bytes, u32 *seed)
{
    switch (next_random(seed) % 5) {
    case 0: swap_parts(bytes, seed); break;
    case 1: bytes->size = 1 + next_random(seed) % bytes->size; break;
    case 2:
        change_words(bytes, seed);
        bytes->size = 1 + next_random(seed) % bytes->size;
        break;
    default: change_words(bytes, seed); break;
    }
}

/* -- what must hold ---------------------------------------------------------------------------------------------- */

static void take(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    Seen *seen = user;
    FrameInfo info;
    (void)number;
    if (!lane->capture->format->frame(lane->capture, lane->context, batch->at[i], &info)) abort();
    if (info.data != batch->data[i] || info.caplen != batch->caplen[i] || info.len != batch->len[i] ||
        info.time_ns != batch->time[i] || info.linktype != batch->linktype)
        abort();
    for (u32 k = 0; k < info.record_len; k++) seen->sum += info.record[k];
    for (u32 k = 0; k < info.options_len; k++) seen->sum += info.options[k];
    for (u32 k = 0; k < info.comment_len; k++) seen->sum += info.comment[k];
    seen->hash = seen->hash * 31 + batch->at[i];
    seen->frames++;
}

static void check_guesses(const Made *made, const Capture *capture, u32 *seed, u64 round)
{
    for (u32 i = 0; i < 4 && capture->end > 0; i++) {
        u64 from = next_random(seed) % capture->end, limit = from + next_random(seed) % 500;
        u64 at = capture->format->guess(capture, from, MIN_OF(limit, capture->end));
        require(at >= MIN_OF(from, limit) && at <= limit, "a guess outside its range", made, round);
    }
}

/* Lanes at guessed places, right or wrong: they must only not step outside, and end. */
static void check_lanes(const Capture *capture, u32 *seed)
{
    Lane lanes[LANES_MAX];
    Batch batch;
    Seen seen = {0};
    u32 lane_count = 1 + next_random(seed) % LANES_MAX, count;
    for (u32 k = 0; k < lane_count; k++) {
        u64 at = next_random(seed) % (capture->end + 1);
        if (next_random(seed) % 2) at = capture->format->guess(capture, at, capture->end);
        if (strcmp(capture->format->name, "netmon") == 0) at &= ~(u64)3;
        lanes[k] =
            (Lane){.capture = capture, .at = at, .limit = at + next_random(seed) % 4000, .context = capture->context};
    }
    while ((count = capture->format->fill(lanes, lane_count, 1 + next_random(seed) % BATCH_MAX, NEED_TIME | NEED_DELTA,
                                          &batch)) > 0)
        for (u32 i = 0; i < count; i++) take(&seen, &lanes[batch.lane[i]], &batch, i, 0);
}

static void check_writing(const Made *made, const Capture *capture, const char *format, u64 round)
{
    WriterOptions options = {.path = "/dev/null", .format = format, .snaplen = round % 3 ? 0 : 40};
    char why[300] = "";
    Writer *writer = writer_open(&options, why, sizeof why);
    Lane lane = {.capture = capture, .at = capture->first, .limit = UINT64_MAX, .context = capture->context};
    Batch batch;
    FrameRun all = {0};
    u32 count;
    require(writer != NULL, why, made, round);
    while ((count = capture->format->fill(&lane, 1, BATCH_MAX, 0, &batch)) > 0) {
        if (all.frames == 0) all.at = batch.at[0];
        all.frames += count;
    }
    all.end = lane.at;
    all.context = lane.context;
    bool good = all.frames == 0 || writer_runs(writer, capture, &all, 1, why, sizeof why);
    require(good || why[0] != 0, "refused without a reason", made, round);
    if (good) require(writer_frames(writer) == all.frames, "frames were lost on the way out", made, round);
    writer_close(writer, good, why, sizeof why);
}

static void run_round(u64 round, u32 *seed)
{
    Made made = made_capture((u32)(round % made_shapes()), 1 + next_random(seed) % FRAMES, next_random(seed));
    mutate(&made.bytes, seed);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    if (opened.open) {
        Seen one = {0}, many = {0};
        Lane end_one, end_many;
        walk_capture(&opened.capture, 1, take, &one, &end_one);
        walk_capture(&opened.capture, BATCH_MAX, take, &many, &end_many);
        require(one.hash == many.hash && one.frames == many.frames && one.sum == many.sum, "batch sizes disagree",
                &made, round);
        require(end_one.state == end_many.state && end_one.at == end_many.at, "ends disagree", &made, round);
        require(end_one.state == LANE_EOF || end_one.damage.text[0], "an end without a reason", &made, round);
        check_guesses(&made, &opened.capture, seed, round);
        check_lanes(&opened.capture, seed);
        if (round % 8 == 0) check_writing(&made, &opened.capture, "pcapng", round);
        if (round % 8 == 1) check_writing(&made, &opened.capture, "pcap", round);
    } else if (opened.capture.format) {
        require(opened.damage.text[0] != 0, "not opened, without a reason", &made, round);
    }
    close_opened(&opened);
    made_free(&made);
}

int main(int argc, char **argv)
{
    u64 rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
    u32 seed = argc > 2 ? (u32)strtoul(argv[2], NULL, 10) : 1;
    for (u64 round = 0; round < rounds; round++) run_round(round, &seed);
    printf("fuzz-capture: %llu mutilated captures, nothing stepped outside\n", (unsigned long long)rounds);
    return 0;
}
