/* scan.c - scanning: files that shrink, pipes, time windows, what cannot be read, outputs that are inputs. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/capture/file.h"
#include "tests/captures.h"
#include "tests/scanlog.h"

static Scratch scratch;

static void enter(void) { scratch = scratch_make(); }
static void leave(void) { scratch_remove(&scratch); }

TestSuite(scan, .init = enter, .fini = leave);

static const char *write_made(const char *name, const Made *made)
{
    scratch_write(&scratch, name, made->bytes.bytes, made->bytes.size);
    return scratch_path(&scratch, name);
}

static void contains(const Log *log, const char *text)
{
    cr_assert_not_null(log->text && strstr(log->text, text), "'%s' is not in:\n%s", text, log->text);
}

/* -- files that shrink ------------------------------------------------------------------------------------------------ */

typedef struct {
    const Made *made;
    const char *path;
    u64 frames, cut_at, size; /* at the cut_at-th frame, make the file so long */
    u32 untrue;               /* frames that came with other bytes, or another number, than they had */
    u32 singly;               /* frames that came one by one */
    char *text[PKS_THREADS_MAX];
    Log log;
} Shrink;

static bool is_true(const Made *made, const pks_frame *frame)
{
    const Expected *expected = &made->frames[frame->number - 1];

    if (frame->caplen != expected->caplen) return false;
    for (u32 i = 0; i < frame->caplen; i++)
        if (frame->data[i] != (u8)(expected->fill + 7 * i)) return false;
    return true;
}

static bool shrink_frame(void *user, const pks_frame *frame)
{
    Shrink *shrink = user;

    shrink->untrue += !is_true(shrink->made, frame);
    if (++shrink->frames == shrink->cut_at) cr_assert_eq(truncate(shrink->path, (off_t)shrink->size), 0);
    return true;
}

static u64 frames_before(const Made *made, u64 size)
{
    u64 count = 0;

    while (count < made->count && made->ends[count] <= size) count++;
    return count;
}

static void shrink_once(const Made *made, u64 cut_at, u64 size, unsigned threads, size_t chunk, const char *filter)
{
    enum { IN_HAND = (512 + 16) << 10 }; /* a part of the file, read before it was cut (capture/part.h) */
    Shrink shrink = {.made = made, .path = write_made("shrinks.pcap", made), .cut_at = cut_at, .size = size};
    pks_inputs *inputs = inputs_of(&shrink.path, 1);
    pks_listener listener = log_listener(&shrink.log);
    pks_filter *compiled = filter ? pks_compile(filter, strlen(filter), NULL, &listener) : NULL;
    pks_scan_options options = {.inputs = inputs,
                                .filter = compiled,
                                .threads = threads,
                                .chunk_bytes = chunk,
                                .on_frame = shrink_frame,
                                .listener = listener,
                                .user = &shrink};
    pks_totals totals;
    char expected[200];

    cr_assert(pks_scan(&options, &totals));
    u64 whole = frames_before(made, size), in_hand = frames_before(made, made->ends[cut_at - 1] + IN_HAND);
    cr_assert_geq(shrink.frames, filter ? 1 : whole, "size %llu", (unsigned long long)size);
    cr_assert_leq(shrink.frames, MAX_OF(whole, in_hand), "size %llu", (unsigned long long)size);
    if (!filter) cr_assert_eq(shrink.untrue, 0, "size %llu", (unsigned long long)size);
    cr_assert_eq(totals.files_damaged, 1);
    snprintf(expected, sizeof expected,
             "shrank while it was being read: expected %zu bytes, nothing readable from offset %llu", made->bytes.size,
             (unsigned long long)size);
    contains(&shrink.log, expected);
    log_free(&shrink.log);
    pks_filter_free(compiled);
    pks_inputs_free(inputs);
}

Test(scan, a_file_that_shrinks_under_the_reader)
{
    Made made = made_named("pcap", 20000, 3);
    static const size_t chunks[] = {0, 4096, 100000};

    for (u32 i = 0; i < 24; i++) {
        u64 size = 30000 + i * (made.bytes.size - 40000) / 24;

        shrink_once(&made, 1 + i * 7, size, i % 3 == 0 ? 1 : 3, chunks[i % COUNT_OF(chunks)],
                    i % 4 == 3 ? "FrameVariable.FrameNumber % 2 == 0" : NULL);
    }
    made_free(&made);
}

/* A frame as its text: what is to be told from any other. */
typedef struct {
    u64 number;
    u32 caplen, sum;
} Told;

static u32 sum_of(const u8 *data, u32 caplen)
{
    u32 sum = 1;

    for (u32 i = 0; i < caplen; i++) sum = sum * 31 + data[i];
    return sum;
}

static pks_text tell_frame(void *user, unsigned thread, const pks_frame *frame)
{
    static Told told[PKS_THREADS_MAX];

    (void)user;
    told[thread] = (Told){frame->number, frame->caplen, sum_of(frame->data, frame->caplen)};
    return (pks_text){(const char *)&told[thread], sizeof told[thread]};
}

static bool shrink_text(void *user, pks_text text, uint64_t before)
{
    Shrink *shrink = user;

    for (size_t at = 0; at < text.length; at += sizeof(Told)) {
        u8 bytes[CAPLEN_MAX];
        Told told;

        memcpy(&told, text.at + at, sizeof told);
        const Expected *expected = &shrink->made->frames[before + told.number - 1];
        for (u32 i = 0; i < expected->caplen; i++) bytes[i] = (u8)(expected->fill + 7 * i);
        shrink->untrue += told.caplen != expected->caplen || told.sum != sum_of(bytes, expected->caplen) ||
                          before + told.number != ++shrink->frames;
    }
    if (shrink->cut_at-- == 1) cr_assert_eq(truncate(shrink->path, (off_t)shrink->size), 0);
    return true;
}

Test(scan, the_text_of_a_file_that_shrinks_is_true)
{
    Made made = made_named("pcap", 20000, 3);
    static const size_t chunks[] = {0, 4096, 100000};

    for (u32 i = 0; i < 24; i++) {
        u64 size = 30000 + i * (made.bytes.size - 40000) / 24;
        Shrink shrink = {.made = &made, .path = write_made("shrinks.pcap", &made), .cut_at = 1 + i % 3, .size = size};
        pks_inputs *inputs = inputs_of(&shrink.path, 1);
        pks_scan_options options = {.inputs = inputs,
                                    .threads = 3,
                                    .chunk_bytes = chunks[i % COUNT_OF(chunks)],
                                    .lanes = i % 2 * 4, /* mapped */
                                    .on_frame = shrink_frame,
                                    .render = tell_frame,
                                    .on_text = shrink_text,
                                    .listener = log_listener(&shrink.log),
                                    .user = &shrink};
        pks_totals totals;

        cr_assert(pks_scan(&options, &totals));
        cr_assert_eq(shrink.untrue, 0, "size %llu: %u", (unsigned long long)size, shrink.untrue);
        cr_assert_geq(shrink.frames, frames_before(&made, size));
        cr_assert_eq(totals.matched, shrink.frames);
        cr_assert_eq(totals.files_damaged, 1);
        log_free(&shrink.log);
        pks_inputs_free(inputs);
    }
    made_free(&made);
}

enum { LONG_TEXT = 256 << 10 };

static pks_text tell_at_length(void *user, unsigned thread, const pks_frame *frame)
{
    Shrink *told = user;
    char **text = &told->text[thread];

    if (!*text) *text = calloc(1, LONG_TEXT);
    memcpy(*text, &frame->number, sizeof frame->number);
    return (pks_text){*text, LONG_TEXT};
}

static bool count_long_text(void *user, pks_text text, uint64_t before)
{
    Shrink *told = user;

    for (size_t at = 0; at < text.length; at += LONG_TEXT) {
        u64 number;

        memcpy(&number, text.at + at, sizeof number);
        told->untrue += before + number != ++told->frames;
    }
    return true;
}

static bool count_frame(void *user, const pks_frame *frame)
{
    Shrink *told = user;

    told->untrue += frame->number != ++told->frames;
    told->singly++;
    return true;
}

/* A chunk of more text than may wait for its turn is walked again, and from there on frames come one by one. */
Test(scan, text_that_takes_too_much_memory)
{
    Made made = made_named("pcap", 300, 3);
    const char *path = write_made("long.pcap", &made);
    pks_inputs *inputs = inputs_of(&path, 1);

    for (unsigned threads = 2; threads <= 64; threads *= 2) {
        Shrink told = {0};
        pks_scan_options options = {.inputs = inputs,
                                    .threads = threads,
                                    .chunk_bytes = made.bytes.size / 3,
                                    .lanes = threads % 3 == 1 ? 3 : 0,
                                    .on_frame = count_frame,
                                    .render = tell_at_length,
                                    .on_text = count_long_text,
                                    .user = &told};
        pks_totals totals;

        cr_assert(pks_scan(&options, &totals));
        cr_assert_eq(told.frames, made.count);
        cr_assert_eq(totals.matched, made.count);
        cr_assert_eq(told.untrue, 0);
        cr_assert_gt(told.singly, 0);
        for (size_t i = 0; i < COUNT_OF(told.text); i++) free(told.text[i]);
    }
    pks_inputs_free(inputs);
    made_free(&made);
}

typedef struct {
    const char *path;
    u64 size;
    useconds_t after;
} Cut;

static void *cut_soon(void *arg)
{
    const Cut *cut = arg;

    usleep(cut->after);
    cr_assert_eq(truncate(cut->path, (off_t)cut->size), 0);
    return NULL;
}

/* Whenever the file is cut, what was written of it is what stood in it, from its first frame on. */
Test(scan, what_is_written_of_a_file_that_shrinks_is_true)
{
    Made made = made_named("pcap us le", 60000, 3);
    char *kept = strdup(scratch_path(&scratch, "kept.pcap")), *path = strdup(scratch_path(&scratch, "cut.pcap"));

    for (u32 i = 0; i < 60; i++) {
        write_made("cut.pcap", &made);
        Cut cut = {path, 30000 + i * (made.bytes.size - 40000) / 60, i % 20 * 200};
        pthread_t cutter;
        size_t size;

        cr_assert_eq(pthread_create(&cutter, NULL, cut_soon, &cut), 0);
        Log log = scan_log_file(path, &(ScanHow){.threads = 1 + i % 3, .no_frames = true, .output = kept});
        pthread_join(cutter, NULL);
        u8 *bytes = scratch_read(kept, &size);
        if (bytes) { /* else it was cut before anybody looked */
            cr_assert_leq(size, made.bytes.size);
            cr_assert(memcmp(bytes + 24, made.bytes.bytes + 24, size - 24) == 0, "cut at %llu after %u us",
                      (unsigned long long)cut.size, cut.after);
        }
        free(bytes);
        log_free(&log);
    }
    free(kept);
    free(path);
    made_free(&made);
}

/* Interfaces described all over a file, as many as fit: from wrong guesses they would need more than may be had. */
Test(scan, many_interfaces_count_the_same_from_any_guess)
{
    enum { SECTIONS = 10, INTERFACES = 500, DESCRIPTION = 8192 };
    static const u32 section[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX, 28};
    u8 description[DESCRIPTION] = {1};
    u32 size = DESCRIPTION, packet[] = {6, 36, 0, 0, 0, 4, 4, 0, 36}, linktype = 1;
    Bytes bytes = {0};

    memcpy(description + 4, &size, 4);
    memcpy(description + 8, &linktype, 4);
    memcpy(description + DESCRIPTION - 4, &size, 4);
    for (u32 s = 0; s < SECTIONS; s++) {
        bytes_add(&bytes, section, sizeof section);
        for (u32 i = 0; i < INTERFACES; i++) {
            u32 snaplen = s * INTERFACES + i;
            memcpy(description + 12, &snaplen, 4);
            packet[2] = i;
            bytes_add(&bytes, description, sizeof description);
            bytes_add(&bytes, packet, sizeof packet);
        }
    }
    scratch_write(&scratch, "many.pcapng", bytes.bytes, bytes.size);
    const char *path = scratch_path(&scratch, "many.pcapng");
    Log one = scan_log_file(path, &(ScanHow){.threads = 1, .lanes = 1, .no_frames = true});
    Log seven = scan_log_file(path, &(ScanHow){.threads = 7, .chunk_bytes = 50000, .no_frames = true});
    contains(&one, "5000");
    logs_equal(&one, &seven, "7 threads, small chunks");
    log_free(&one);
    log_free(&seven);
    free(bytes.bytes);
}

/* A mapping that has lost its file reads as zeros, and says from where on. */
Test(scan, a_lost_page_is_noted)
{
    Made made = made_named("pcap", 3000, 3);
    const char *path = write_made("lost.pcap", &made);
    CaptureFile file;
    Damage damage;

    cr_assert(capture_file_open(&file, path, &damage), "%s", damage.text);
    cr_assert_eq(capture_file_readable(&file), made.bytes.size);
    cr_assert_eq(truncate(path, 10000), 0);
    cr_assert_eq(capture_file_readable(&file), 10000);
    capture_file_release_fd(&file);
    cr_assert_eq(capture_file_readable(&file), 10000, "told by the path");
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(capture_file_readable(&file), made.bytes.size, "nobody can tell yet");
    volatile const u8 *bytes = file.capture.bytes;
    cr_assert_eq(bytes[9999], made.bytes.bytes[9999]);
    cr_assert_eq(bytes[made.bytes.size - 1], 0);
    cr_assert_leq(capture_file_readable(&file), made.bytes.size & ~4095ull);
    cr_assert_eq(bytes[12288], 0);
    cr_assert_eq(capture_file_readable(&file), 12288);
    capture_file_close(&file);
    made_free(&made);
}

static void fault_in_a_mapping_of_ones_own(void)
{
    int fd = open(scratch_path(&scratch, "own"), O_RDWR | O_CREAT, 0600);

    cr_assert_eq(ftruncate(fd, 8192), 0);
    volatile u8 *map = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    cr_assert_eq(ftruncate(fd, 0), 0);
    (void)map[5000];
}

static int status_of(void (*before)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        Made made = made_named("pcap", 3, 1);

        if (before) before();
        Log log = scan_log_file(write_made("any", &made), &(ScanHow){0});
        (void)log;
        fault_in_a_mapping_of_ones_own();
        _exit(0);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    return status;
}

static void on_bus(int number)
{
    (void)number;
    _exit(77);
}

static void install(void) { signal(SIGBUS, on_bus); }

#if !defined(__SANITIZE_ADDRESS__) /* which has a handler of its own and reports */
Test(scan, a_fault_elsewhere_ends_the_process_as_before)
{
    int status = status_of(NULL);

    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS, "%x", status);
}
#endif

Test(scan, a_fault_elsewhere_reaches_the_handler_before_ours)
{
    int status = status_of(install);

    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 77, "%x", status);
}

/* -- pipes ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    const char *path;
    const u8 *bytes;
    size_t size, step;
} Feed;

static void *feed(void *arg)
{
    const Feed *what = arg;
    int fd = open(what->path, O_WRONLY);

    for (size_t at = 0; at < what->size;) {
        ssize_t put = write(fd, what->bytes + at, MIN_OF(what->step, what->size - at));

        if (put <= 0) break;
        at += (size_t)put;
    }
    close(fd);
    return NULL;
}

/* The same name once as a file, once as a FIFO. */
static void same_through_a_pipe(const u8 *bytes, size_t size, size_t step, ScanHow how, const char *name)
{
    const char *path = scratch_path(&scratch, "input");
    pthread_t thread;

    unlink(path);
    scratch_write(&scratch, "input", bytes, size);
    Log from_file = scan_log_file(path, &how);
    unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    Feed what = {path, bytes, size, step};
    cr_assert_eq(pthread_create(&thread, NULL, feed, &what), 0);
    Log from_pipe = scan_log_file(path, &how);
    pthread_join(thread, NULL);
    unlink(path);
    logs_equal(&from_file, &from_pipe, name);
    log_free(&from_file);
    log_free(&from_pipe);
}

Test(scan, pipes_give_what_files_give)
{
    static const char *const filters[] = {NULL, "FrameVariable.FrameNumber % 3 == 1", "FrameVariable.TimeDelta > 500us",
                                          "FrameVariable.TimeOffset > 20ms"};
    setenv("TMPDIR", scratch.path, 1);
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 200, shape + 9);

        for (size_t f = 0; f < COUNT_OF(filters); f++) {
            ScanHow how = {.filter = filters[f], .delta = f == 1, .times = f == 2};

            same_through_a_pipe(made.bytes.bytes, made.bytes.size, f == 0 ? 7 : 5000, how, made.name);
            how.merge = true;
            same_through_a_pipe(made.bytes.bytes, made.bytes.size, 1000, how, made.name);
        }
        made_free(&made);
    }
}

Test(scan, cut_streams_are_cut_captures)
{
    Made made = made_named("pcap", 100, 2);

    for (size_t size = 1; size < made.bytes.size; size += 97) {
        Log log = {0};
        const char *path = scratch_path(&scratch, "pipe");
        pthread_t thread;
        Feed what = {path, made.bytes.bytes, size, 64};

        unlink(path);
        cr_assert_eq(mkfifo(path, 0600), 0);
        cr_assert_eq(pthread_create(&thread, NULL, feed, &what), 0);
        log = scan_log_file(path, &(ScanHow){.no_frames = true});
        pthread_join(thread, NULL);
        char expected[100];
        u64 whole = size < 24 ? 0 : frames_before(&made, size);
        snprintf(expected, sizeof expected, "totals: frames %llu ", (unsigned long long)whole);
        contains(&log, expected);
        contains(&log, size < 24                                                ? "error: "
                       : size == 24 || made.ends[whole ? whole - 1 : 0] == size ? "cut 0"
                                                                                : "cut 1");
        log_free(&log);
    }
    made_free(&made);
}

/* A live pipe: the second frame is only sent once the first one has come out. */
typedef struct {
    int fd;
    const Made *made;
    u64 frames;
    volatile int stop;
} Live;

static bool live_frame(void *user, const pks_frame *frame)
{
    Live *live = user;
    size_t from = live->made->ends[live->frames], to = live->made->ends[live->frames + 1];

    cr_assert_eq(frame->number, live->frames + 1);
    live->frames++;
    if (live->frames == 20)
        live->stop = 1; /* the writer stays: only the flag can end this scan */
    else
        cr_assert_eq(write(live->fd, live->made->bytes.bytes + from, to - from), (ssize_t)(to - from));
    return true;
}

Test(scan, live_frames_come_out_at_once, .timeout = 30)
{
    Made made = made_named("pcap", 100, 2);
    Live live = {.made = &made};
    const char *path = scratch_path(&scratch, "live");
    pks_totals totals;

    cr_assert_eq(mkfifo(path, 0600), 0);
    live.fd = open(path, O_RDWR);
    cr_assert_geq(live.fd, 0);
    cr_assert_eq(write(live.fd, made.bytes.bytes, made.ends[0]), (ssize_t)made.ends[0]);
    pks_inputs *inputs = inputs_of(&path, 1);
    pks_scan_options options = {.inputs = inputs, .on_frame = live_frame, .user = &live, .stop = &live.stop};
    cr_assert(pks_scan(&options, &totals));
    cr_assert_eq(live.frames, 20);
    cr_assert_eq(totals.matched, 20);
    cr_assert(totals.stopped);
    close(live.fd);
    pks_inputs_free(inputs);
    made_free(&made);
}

/* -- stopping --------------------------------------------------------------------------------------------------------- */

Test(scan, the_stop_flag_ends_a_scan)
{
    Made made = made_named("pcap", 2000, 1);
    volatile int stop = 1;
    pks_totals totals;
    const char *path = write_made("any.pcap", &made);
    pks_inputs *inputs = inputs_of(&path, 1);

    for (unsigned threads = 1; threads < 5; threads += 3) {
        pks_scan_options options = {.inputs = inputs, .threads = threads, .chunk_bytes = 1000, .stop = &stop};

        cr_assert(pks_scan(&options, &totals));
        cr_assert(totals.stopped);
        cr_assert_lt(totals.frames, 2000);
        cr_assert(pks_merge(&options, &totals));
        cr_assert(totals.stopped);
    }
    pks_inputs_free(inputs);
    made_free(&made);
}

static void progress(void *user, u64 done, u64 all)
{
    u64 *last = user;

    cr_assert_leq(done, all);
    cr_assert_geq(done, *last);
    *last = done;
}

Test(scan, progress_never_goes_back)
{
    Made made = made_named("pcap", 5000, 1);
    u64 last = 0;
    pks_totals totals;
    const char *paths[40];

    for (size_t i = 0; i < COUNT_OF(paths); i++) paths[i] = i ? paths[0] : write_made("any.pcap", &made);
    pks_inputs *inputs = inputs_of(paths, COUNT_OF(paths));
    pks_scan_options options = {
        .inputs = inputs, .threads = 2, .chunk_bytes = 100, .on_progress = progress, .user = &last};
    cr_assert(pks_scan(&options, &totals));
    cr_assert_eq(totals.bytes, 40 * made.bytes.size);
    pks_inputs_free(inputs);
    made_free(&made);
}

/* -- the time window -------------------------------------------------------------------------------------------------- */

static void pcap_of_times(const char *name, const u32 *seconds, u32 count)
{
    Bytes out = {0};
    static const u32 header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
    static const u8 data[60] = {1, 2, 3};

    bytes_add(&out, header, sizeof header);
    for (u32 i = 0; i < count; i++) {
        u32 record[4] = {seconds[i], 0, 60, 60};

        bytes_add(&out, record, sizeof record);
        bytes_add(&out, data, sizeof data);
    }
    scratch_write(&scratch, name, out.bytes, out.size);
    free(out.bytes);
}

static Log windowed(const char *name, i64 from_s, i64 to_s)
{
    return scan_log_file(
        scratch_path(&scratch, name),
        &(ScanHow){.no_frames = true, .window = true, .from_ns = from_s * 1000000000, .to_ns = to_s * 1000000000});
}

Test(scan, files_outside_the_window_are_passed_over)
{
    u32 seconds[5000];
    static const struct {
        i64 from, to;
        bool passed;
    } rows[] = {
        {0, 999, true},      {0, 1000, false},   {1000, 1000, false}, {1200, 1300, false},
        {5999, 9000, false}, {6000, 9000, true}, {0, 9000, false},    {-5, -1, true},
    };

    for (u32 i = 0; i < COUNT_OF(seconds); i++) seconds[i] = 1000 + i;
    pcap_of_times("times.pcap", seconds, COUNT_OF(seconds));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Log log = windowed("times.pcap", rows[i].from, rows[i].to);

        contains(&log, rows[i].passed ? "totals: frames 0 matched 0 bytes 0 files 0 passed 1" : "totals: frames 5000 ");
        if (rows[i].passed) contains(&log, "time 1 1000000000000..5999000000000");
        log_free(&log);
    }
}

Test(scan, a_file_whose_end_cannot_be_proven_is_read)
{
    u32 seconds[200];
    Log log;

    for (u32 i = 0; i < COUNT_OF(seconds); i++) seconds[i] = 1000 + i;
    pcap_of_times("times.pcap", seconds, COUNT_OF(seconds));
    FILE *file = fopen(scratch_path(&scratch, "times.pcap"), "ab");
    for (u32 i = 0; i < 300000; i++) fputc(0xee, file);
    fclose(file);
    log = windowed("times.pcap", 5000, 6000);
    contains(&log, "totals: frames 200 ");
    log_free(&log);
    /* Its first and last frame lie on different sides. */
    seconds[199] = 9000;
    pcap_of_times("wide.pcap", seconds, COUNT_OF(seconds));
    log = windowed("wide.pcap", 5000, 6000);
    contains(&log, "totals: frames 200 ");
    log_free(&log);
    /* Nothing to go by. */
    pcap_of_times("empty.pcap", seconds, 0);
    log = windowed("empty.pcap", 5000, 6000);
    contains(&log, "files 1 passed 0");
    log_free(&log);
}

Test(scan, every_format_can_be_passed_over)
{
    for (u32 shape = 0; shape < made_shapes(); shape++) {
        Made made = made_capture(shape, 3000, 1);
        i64 first = INT64_MAX, last = INT64_MIN;

        for (u32 i = 0; i < made.count; i++) {
            if (!made.frames[i].has_time) continue;
            first = MIN_OF(first, made.frames[i].time_ns);
            last = MAX_OF(last, made.frames[i].time_ns);
        }
        Log log =
            scan_log_file(write_made("any", &made),
                          &(ScanHow){.no_frames = true, .window = true, .from_ns = last + 1000, .to_ns = INT64_MAX});
        /* Passed over or read, the answer of a scan with a filter for the window would be the same: no frame. */
        cr_assert(strstr(log.text, "passed 1 failed 0") || strstr(log.text, "totals: frames 3000"), "%s: %s", made.name,
                  log.text);
        if (made.frames[0].has_time && made.frames[made.count - 1].has_time && strncmp(made.name, "pcap,", 5) == 0)
            contains(&log, "passed 1");
        log_free(&log);
        made_free(&made);
    }
}

/* -- what cannot be read ------------------------------------------------------------------------------------------------ */

static void refuses(const char *path, const char *expected)
{
    Log log = scan_log_file(path, &(ScanHow){0});

    contains(&log, path);
    contains(&log, expected);
    contains(&log, "totals: frames 0 matched 0 bytes 0 files 0 passed 0 failed 1 damaged 0 cut 0");
    contains(&log, "\ncarried out");
    log_free(&log);
}

Test(scan, files_that_are_no_captures)
{
    scratch_write(&scratch, "empty", "", 0);
    refuses(scratch_path(&scratch, "empty"),
            ": offset 0: the file is empty: expected a capture, found 0 bytes (offset 0");
    scratch_write(&scratch, "notes", "these are notes", 15);
    refuses(scratch_path(&scratch, "notes"), ": offset 0: expected a capture file: text, not a capture");
    scratch_write(&scratch, "zipped", "\x1f\x8b\x08\0\0\0\0\0", 8);
    refuses(scratch_path(&scratch, "zipped"), "gzip-compressed");
    scratch_write(&scratch, "short", "\xd4\xc3\xb2\xa1", 4);
    refuses(scratch_path(&scratch, "short"), "the file ends after 4 of the 24 bytes of a pcap header");
}

Test(scan, a_file_that_goes_away_after_it_was_named)
{
    Made made = made_named("pcap", 10, 1);
    const char *paths[2] = {write_made("goes", &made), write_made("stays", &made)};
    pks_inputs *inputs = inputs_of(paths, 2);

    cr_assert_eq(unlink(paths[0]), 0);
    Log log = scan_log(inputs, &(ScanHow){.no_frames = true});
    contains(&log, "goes: cannot be opened: No such file or directory");
    contains(&log, "totals: frames 10 matched 10");
    log_free(&log);
    cr_assert_eq(mkdir(paths[0], 0700), 0);
    log = scan_log(inputs, &(ScanHow){.no_frames = true});
    contains(&log, "goes: is a directory, not a capture file");
    contains(&log, "totals: frames 10 matched 10");
    log_free(&log);
    pks_inputs_free(inputs);
    made_free(&made);
}

Test(scan, nothing_to_scan)
{
    pks_inputs *inputs = pks_inputs_new();
    pks_totals totals;

    cr_assert(pks_scan(&(pks_scan_options){.inputs = inputs}, &totals));
    cr_assert_eq(totals.frames + totals.files + totals.files_failed, 0);
    cr_assert(pks_merge(&(pks_scan_options){.inputs = inputs}, &totals));
    cr_assert(pks_scan(&(pks_scan_options){.inputs = inputs}, NULL));
    pks_inputs_free(inputs);
}

/* -- outputs ---------------------------------------------------------------------------------------------------------- */

static void output_refused(const pks_inputs *inputs, const char *path, u64 split)
{
    Log log = {0};
    pks_listener listener = log_listener(&log);

    cr_assert_null(pks_output_open(&(pks_output_options){.path = path, .split_bytes = split}, inputs, &listener), "%s",
                   path);
    contains(&log, "is also an input");
    log_free(&log);
}

Test(scan, an_output_that_is_also_an_input_is_refused)
{
    Made made = made_named("pcap", 10, 1);
    const char *input = write_made("in(3).pcap", &made), *same = scratch_path(&scratch, "link.pcap");
    pks_inputs *inputs = inputs_of(&input, 1);
    size_t size;

    cr_assert_eq(link(input, same), 0);
    output_refused(inputs, input, 0);
    output_refused(inputs, same, 0);
    output_refused(inputs, scratch_path(&scratch, "in.pcap"), 1000);
    u8 *bytes = scratch_read(input, &size);
    cr_assert_eq(size, made.bytes.size);
    cr_assert_arr_eq(bytes, made.bytes.bytes, size);
    free(bytes);
    Log log = {0};
    pks_listener listener = log_listener(&log);
    pks_output *output =
        pks_output_open(&(pks_output_options){.path = scratch_path(&scratch, "in.pcap")}, inputs, &listener);
    cr_assert_not_null(output, "%s", log.text);
    cr_assert(pks_output_close(output, false, &listener));
    pks_inputs_free(inputs);
    made_free(&made);
}

Test(scan, an_output_of_the_first_inputs_format)
{
    static const char *const kinds[] = {"pcap,", "netmon"};
    static const char *const expected[] = {"pcap", "netmon"};

    for (size_t i = 0; i < 2; i++) {
        Made made = made_named(i ? "netmon" : "pcap", 10, 1);
        char output[200];

        snprintf(output, sizeof output, "%s", scratch_path(&scratch, "out.cap"));
        const char *input = write_made("in.cap", &made);
        Log log = scan_log_file(input, &(ScanHow){.no_frames = true, .output = output});
        contains(&log, "output there");
        log_free(&log);
        CaptureFile file;
        Damage damage;
        cr_assert(capture_file_open(&file, output, &damage), "%s %s", kinds[i], damage.text);
        cr_assert_str_eq(file.capture.format->name, expected[i]);
        capture_file_close(&file);
        made_free(&made);
    }
}

/* -- merging ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    i64 time_ns;
    u64 file, number;
} Merged;

typedef struct {
    Merged *frames;
    u64 count;
} MergedAll;

static bool merged_frame(void *user, const pks_frame *frame)
{
    MergedAll *all = user;

    all->frames[all->count++] = (Merged){frame->time_ns, frame->file_index, frame->number};
    return true;
}

/* Against the plainest merge there is: the least head, over and over. */
Test(scan, merge_is_the_least_head_over_and_over)
{
    enum { FILES = 300, FRAMES = 40 };
    static u32 seconds[FILES][FRAMES];
    u32 seed = 1, next[FILES] = {0};
    pks_inputs *inputs = pks_inputs_new();
    MergedAll all = {.frames = calloc(FILES * FRAMES, sizeof(Merged))};
    pks_totals totals;

    for (u32 i = 0; i < FILES; i++) {
        char name[20];

        for (u32 k = 0, now = 100; k < FRAMES; k++) {
            seed = seed * 1664525 + 1013904223;
            now += (seed >> 20) % 8;
            seconds[i][k] = i % 10 == 3 ? now ^ 3 : now; /* some are not in order */
        }
        snprintf(name, sizeof name, "m%u", i);
        pcap_of_times(name, seconds[i], FRAMES);
        cr_assert(pks_inputs_add(inputs, scratch_path(&scratch, name), NULL));
    }
    pks_scan_options options = {.inputs = inputs, .on_frame = merged_frame, .user = &all};
    cr_assert(pks_merge(&options, &totals));
    cr_assert_eq(all.count, FILES * FRAMES);
    for (u64 n = 0; n < all.count; n++) {
        u32 least = FILES;

        for (u32 i = 0; i < FILES; i++)
            if (next[i] < FRAMES && (least == FILES || seconds[i][next[i]] < seconds[least][next[least]])) least = i;
        cr_assert_eq(all.frames[n].file, least, "frame %llu", (unsigned long long)n);
        cr_assert_eq(all.frames[n].number, ++next[least]);
    }
    pks_inputs_free(inputs);
    free(all.frames);
}
