/* writers.c - the writers: which format, which file, what is refused and in which words, and that no half file stays.
 *
 * That frames survive the trip is for tests/properties/formats.c. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/capture/file.h"
#include "runtime/readers/pcapng.h"
#include "runtime/writers/writer.h"
#include "tests/captures.h"

/* -- a folder of one's own --------------------------------------------------------------------------------------- */

static char folder[64];

static void enter_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/pktsift-writers-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    umask(022);
}

static void leave_folder(void)
{
    char command[200];
    cr_assert_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", folder, folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(writers, .init = enter_folder, .fini = leave_folder);

/* Names in the folder, hidden ones too, in no order that matters. */
static u32 count_files(void)
{
    DIR *dir = opendir(".");
    u32 count = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static long size_of(const char *path)
{
    struct stat stat_;
    return stat(path, &stat_) == 0 ? (long)stat_.st_size : -1;
}

static Bytes read_file(const char *path)
{
    Bytes bytes = {0};
    FILE *file = fopen(path, "rb");
    u8 part[4096];
    size_t size;
    cr_assert_not_null(file, "%s", path);
    while ((size = fread(part, 1, sizeof part, file)) > 0) bytes_add(&bytes, part, size);
    fclose(file);
    return bytes;
}

static char why[400];

static Writer *open_writer(const char *path, const char *format)
{
    WriterOptions options = {.path = path, .format = format};
    why[0] = 0;
    return writer_open(&options, why, sizeof why);
}

typedef struct {
    Writer *writer;
    bool good;
} Writing;

static void take_write(void *user, const Lane *lane, const Batch *batch, u32 i, u64 number)
{
    Writing *writing = user;
    FrameInfo info;
    (void)number;
    if (!writing->good) return;
    cr_assert(lane->capture->format->frame(lane->capture, lane->context, batch->at[i], &info));
    writing->good = writer_frame(writing->writer, lane->capture, lane->context, &info, why, sizeof why);
}

static bool write_made(Writer *writer, const char *name, u32 frames, u32 seed)
{
    Made made = made_named(name, frames, seed);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    Writing writing = {writer, true};
    cr_assert(opened.open, "%s", opened.damage.text);
    writer_source(writer, &opened.capture);
    walk_capture(&opened.capture, 64, take_write, &writing, NULL);
    close_opened(&opened);
    made_free(&made);
    return writing.good;
}

static bool close_writer(Writer *writer, bool keep) { return writer_close(writer, keep, why, sizeof why); }

static u64 frames_in(const char *path)
{
    Bytes bytes = read_file(path);
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    Lane end;
    cr_assert(opened.open, "%s: %s", path, opened.damage.text);
    u64 frames = walk_capture(&opened.capture, 64, NULL, NULL, &end);
    cr_assert_eq(end.state, LANE_EOF, "%s: %s", path, end.damage.text);
    close_opened(&opened);
    free(bytes.bytes);
    return frames;
}

/* -- which format ------------------------------------------------------------------------------------------------ */

Test(writers, formats_follow_name_and_suffix)
{
    static const struct {
        WriterOptions options;
        const char *format;
    } rows[] = {
        {{.path = "a.pcap"}, "pcap"},
        {{.path = "a.PCAP"}, "pcap"},
        {{.path = "a.pcapng"}, "pcapng"},
        {{.path = "a.cap", .same_as = "netmon"}, "netmon"},
        {{.path = "a.cap", .same_as = "pcap"}, "pcap"},
        {{.path = "a.cap"}, "pcapng"},
        {{.path = "a"}, "pcapng"},
        {{.path = "a.dump"}, "pcapng"},
        {{.path = "folder.pcap/a"}, "pcapng"},
        {{.path = "-"}, "pcapng"},
        {{.path = "a.pcap", .format = "netmon"}, "netmon"},
        {{.path = "a.pcap", .format = "PcapNG"}, "pcapng"},
    };
    for (u32 i = 0; i < COUNT_OF(rows); i++)
        cr_assert_str_eq(writer_choose(&rows[i].options)->name, rows[i].format, "row %u", i);
    WriterOptions unknown = {.path = "a", .format = "snoop"};
    cr_assert_null(writer_choose(&unknown));
    cr_assert_null(writer_open(&unknown, why, sizeof why));
    cr_assert_str_eq(why, "no output format is named snoop; there are pcap, pcapng and netmon");
    cr_assert_eq(count_files(), 0);
}

/* -- which file -------------------------------------------------------------------------------------------------- */

Test(writers, a_file_appears_only_when_it_is_whole)
{
    Writer *writer = open_writer("a.pcapng", NULL);
    cr_assert(write_made(writer, "pcap us le", 20, 1));
    cr_assert_eq(size_of("a.pcapng"), -1);
    cr_assert_eq(count_files(), 1, "the hidden one");
    cr_assert_eq(writer_frames(writer), 20);
    cr_assert_eq(writer_files(writer), 1);
    cr_assert_str_eq(writer_path(writer, 0), "a.pcapng");
    u64 bytes = writer_bytes(writer);
    cr_assert(close_writer(writer, true));
    cr_assert_eq(size_of("a.pcapng"), bytes);
    cr_assert_eq(count_files(), 1);
    cr_assert_eq(frames_in("a.pcapng"), 20);

    struct stat mode;
    cr_assert_eq(stat("a.pcapng", &mode), 0);
    cr_assert_eq(mode.st_mode & 0777, 0644);
}

Test(writers, what_is_not_kept_leaves_the_old_file)
{
    Writer *writer = open_writer("a.pcap", NULL);
    cr_assert(write_made(writer, "pcap us le", 3, 1));
    cr_assert(close_writer(writer, true));
    long before = size_of("a.pcap");

    writer = open_writer("a.pcap", NULL);
    cr_assert(write_made(writer, "pcap us le", 30, 1));
    cr_assert(close_writer(writer, false));
    cr_assert_eq(size_of("a.pcap"), before);

    writer = open_writer("a.pcap", NULL);
    cr_assert_not(write_made(writer, "pcapng mixed", 30, 1));
    cr_assert_not(close_writer(writer, true), "a writer that failed keeps nothing");
    cr_assert_eq(size_of("a.pcap"), before);
    cr_assert_eq(count_files(), 1);
}

Test(writers, a_link_stays_one)
{
    cr_assert_eq(symlink("real.pcap", "link.pcap"), 0);
    Writer *writer = open_writer("real.pcap", NULL);
    cr_assert(close_writer(writer, true));
    writer = open_writer("link.pcap", NULL);
    cr_assert(write_made(writer, "pcap us le", 5, 1));
    cr_assert(close_writer(writer, true));
    struct stat link;
    cr_assert_eq(lstat("link.pcap", &link), 0);
    cr_assert(S_ISLNK(link.st_mode));
    cr_assert_eq(frames_in("real.pcap"), 5);
}

Test(writers, places_that_cannot_be_written_are_named)
{
    cr_assert_eq(mkdir("folder", 0777), 0);
    cr_assert_null(open_writer("folder", NULL));
    cr_assert_str_eq(why, "cannot write folder: it is a directory");
    cr_assert_null(open_writer("new/", NULL));
    cr_assert_str_eq(why, "cannot write new/: it is a directory");
    cr_assert_null(open_writer("missing/a.pcap", NULL));
    cr_assert_str_eq(why, "cannot create missing/a.pcap: No such file or directory");
    cr_assert_null(open_writer("", NULL));
    cr_assert_str_eq(why, "cannot create a file without a name");
    if (geteuid() != 0) { /* root may write anywhere */
        cr_assert_eq(mkdir("closed", 0555), 0);
        cr_assert_null(open_writer("closed/a.pcap", NULL));
        cr_assert_str_eq(why, "cannot create closed/a.pcap: Permission denied");
        cr_assert_eq(close(open("mine.pcap", O_CREAT | O_WRONLY, 0444)), 0);
        cr_assert_null(open_writer("mine.pcap", NULL));
        cr_assert_str_eq(why, "cannot write mine.pcap: Permission denied");
    }
    cr_assert_null(open_writer("-", "netmon"));
    cr_assert_str_eq(
        why, "netmon needs a regular file, for its header is written last; write .pcapng or .pcap to standard output");
    cr_assert_eq(mkfifo("nobody-reads", 0600), 0);
    cr_assert_null(open_writer("nobody-reads", "netmon"), "without waiting for somebody who reads");
    cr_assert_not_null(strstr(why, "needs a regular file"));
    WriterOptions split = {.path = "/dev/null", .split_bytes = 1000};
    cr_assert_null(writer_open(&split, why, sizeof why));
    cr_assert_str_eq(why, "/dev/null cannot be split into files");
}

Test(writers, very_long_names_still_have_a_hidden_one)
{
    char name[NAME_MAX + 1];
    memset(name, 'n', NAME_MAX);
    memcpy(name + NAME_MAX - 5, ".pcap", 6);
    Writer *writer = open_writer(name, NULL);
    cr_assert_not_null(writer, "%s", why);
    cr_assert(close_writer(writer, true), "%s", why);
    cr_assert_eq(size_of(name), 24);
}

/* -- places that are no files ------------------------------------------------------------------------------------ */

Test(writers, devices_and_pipes_are_written_straight)
{
    Writer *writer = open_writer("/dev/null", NULL);
    cr_assert(write_made(writer, "pcap us le", 50, 1));
    cr_assert(close_writer(writer, true));
    struct stat null;
    cr_assert_eq(stat("/dev/null", &null), 0);
    cr_assert(S_ISCHR(null.st_mode));

    cr_assert_eq(mkfifo("fifo", 0666), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    writer = open_writer("fifo", "pcap");
    cr_assert(write_made(writer, "pcap us le", 5, 1));
    cr_assert(close_writer(writer, true));
    u8 header[24];
    cr_assert_eq(read(reader, header, sizeof header), 24);
    cr_assert_eq(load_le32(header), 0xa1b2c3d4);
    cr_assert_eq(load_le32(header + 16), 262144, "nothing on a pipe can be put right later");
    close(reader);
}

Test(writers, a_full_disk_is_an_error_that_names_the_file)
{
    Writer *writer = open_writer("/dev/full", "pcapng");
    cr_assert(write_made(writer, "pcap us le", 5, 1), "still in the buffer");
    cr_assert_not(close_writer(writer, true));
    cr_assert_str_eq(why, "cannot write /dev/full: No space left on device");
}

Test(writers, a_reader_that_went_away_is_an_error)
{
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(mkfifo("fifo", 0666), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    Writer *writer = open_writer("fifo", "pcap");
    close(reader);
    cr_assert(write_made(writer, "pcap us le", 5, 1));
    cr_assert_not(close_writer(writer, true));
    cr_assert_str_eq(why, "cannot write fifo: Broken pipe");
}

/* A file that may not grow: the first failing write ends everything, and the hidden file goes. */
Test(writers, a_write_that_fails_half_way_leaves_nothing, .signal = 0)
{
    Writer *writer = open_writer("/dev/full", "pcap");
    WriterOptions flushing = {.path = "/dev/full", .format = "pcap", .flush = true};
    cr_assert(close_writer(writer, false));
    writer = writer_open(&flushing, why, sizeof why);
    cr_assert_not(write_made(writer, "pcap us le", 5, 1));
    cr_assert_str_eq(why, "cannot write /dev/full: No space left on device");
    FrameInfo frame = {.linktype = 1, .tsresol = 6, .has_time = true};
    cr_assert_not(writer_frame(writer, NULL, NULL, &frame, why, sizeof why), "nothing is written after a failure");
    cr_assert_not(close_writer(writer, true));
    cr_assert_eq(count_files(), 0);
}

static void abandon(int signal_)
{
    writer_abandon_all();
    _exit(128 + signal_);
}

Test(writers, a_signal_handler_can_remove_what_is_unfinished)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGTERM, abandon);
        Writer *done_writer = open_writer("done.pcap", NULL);
        bool good = close_writer(done_writer, true);
        WriterOptions split = {.path = "split.pcap", .split_bytes = 2000};
        Writer *writer = writer_open(&split, why, sizeof why);
        good = good && open_writer("a.pcapng", NULL) && write_made(writer, "pcap us le", 100, 1);
        good = good && writer_files(writer) > 3 && count_files() > 5;
        if (!good) _exit(1);
        raise(SIGTERM);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 128 + SIGTERM);
    cr_assert_eq(count_files(), 1);
    cr_assert_eq(size_of("done.pcap"), 24);
}

/* -- going back ------------------------------------------------------------------------------------------------------ */

/* 30 frames, with comments, and then as many again that are taken back, in the buffer and behind it. */
Test(writers, what_is_taken_back_was_never_written)
{
    static const char *const names[] = {"pcap", "pcapng", "netmon"};
    for (u32 f = 0; f < COUNT_OF(names); f++) {
        for (u32 flushed = 0; flushed < 2; flushed++) {
            WriterOptions options = {.path = "back", .format = names[f], .flush = flushed};
            Writer *writer = writer_open(&options, why, sizeof why);
            const char *made = f == 0 ? "pcap ns" : "pcapng ns";
            WriterMark nothing = writer_mark(writer);
            cr_assert(write_made(writer, made, 5, 1), "%s", why);
            cr_assert(writer_rewind(writer, &nothing, why, sizeof why), "%s", why);
            cr_assert_eq(writer_bytes(writer), 0);
            cr_assert(write_made(writer, made, 30, 1), "%s", why);
            WriterMark mark = writer_mark(writer);
            cr_assert(write_made(writer, f == 0 ? made : "pcapng be", 30, 2), "%s", why);
            cr_assert_eq(writer_frames(writer), 60);
            cr_assert(writer_rewind(writer, &mark, why, sizeof why), "%s", why);
            cr_assert_eq(writer_frames(writer), 30);
            cr_assert(write_made(writer, made, 10, 3), "%s", why);
            cr_assert(close_writer(writer, true), "%s", why);
            cr_assert_eq(frames_in("back"), 40, "%s", names[f]);
        }
    }
}

/* A mapping whose file is gone: what is copied of it is zeros and not an error, for it will be taken back. */
Test(writers, a_mapping_that_lost_its_file_can_be_taken_back)
{
    enum { SIZE = 1 << 20 };
    Damage damage;
    CaptureFile file;
    Made made = made_named("pcap us le", 20000, 1);
    FILE *capture = fopen("lost.pcap", "wb");
    cr_assert_eq(fwrite(made.bytes.bytes, 1, made.bytes.size, capture), made.bytes.size);
    fclose(capture);
    cr_assert_gt(made.bytes.size, SIZE);
    cr_assert(capture_file_open(&file, "lost.pcap", &damage), "%s", damage.text);
    Writer *writer = open_writer("kept.pcap", NULL);
    u64 first = file.capture.first, middle = made.ends[9];
    cr_assert(writer_runs(writer, &file.capture, &(FrameRun){first, middle, NULL, 0, 10}, 1, why, sizeof why), "%s",
              why);
    WriterMark mark = writer_mark(writer);
    cr_assert_eq(truncate("lost.pcap", 4096), 0);
    FrameRun rest = {middle, file.capture.end, NULL, 10, made.count - 10};
    cr_assert(writer_runs(writer, &file.capture, &rest, 1, why, sizeof why), "%s", why);
    cr_assert(capture_file_faulted(&file));
    cr_assert(writer_rewind(writer, &mark, why, sizeof why), "%s", why);
    cr_assert(close_writer(writer, true), "%s", why);
    cr_assert_eq(frames_in("kept.pcap"), 10);
    capture_file_close(&file);
    made_free(&made);
}

/* -- splitting --------------------------------------------------------------------------------------------------- */

Test(writers, split_files_stay_below_the_size_and_lose_nothing)
{
    static const char *const paths[] = {"s.pcap", "s.pcapng", "s.cap", "s"};
    for (u32 p = 0; p < COUNT_OF(paths); p++) {
        WriterOptions options = {.path = paths[p], .same_as = "netmon", .split_bytes = 3000};
        Writer *writer = writer_open(&options, why, sizeof why);
        cr_assert(write_made(writer, "pcapng ns", 0, 1), "%s", why);
        cr_assert(write_made(writer, "pcapng ns", 200, 1), "%s", why);
        u32 files = writer_files(writer);
        u64 found = 0, bytes = 0;
        char path[8][32];
        cr_assert(files > 5, "%u", files);
        cr_assert_str_eq(writer_path(writer, 2), p == 0   ? "s(2).pcap"
                                                 : p == 1 ? "s(2).pcapng"
                                                 : p == 2 ? "s(2).cap"
                                                          : "s(2)");
        for (u32 i = 0; i < MIN_OF(files, 8); i++) snprintf(path[i], sizeof path[i], "%s", writer_path(writer, i));
        u64 total = writer_bytes(writer);
        cr_assert(close_writer(writer, true), "%s", why);
        cr_assert_eq(count_files(), files);
        for (u32 i = 0; i < files; i++) {
            char name[32];
            const char *dot = strrchr(paths[p], '.');
            if (i == 0)
                snprintf(name, sizeof name, "%s", paths[p]);
            else
                snprintf(name, sizeof name, "s(%u)%s", i, dot ? dot : "");
            cr_assert_leq(size_of(name), 3000, "%s: %ld", name, size_of(name));
            if (i + 1 < files) cr_assert_gt(size_of(name), 2000, "%s: %ld", name, size_of(name));
            bytes += (u64)size_of(name);
            found += frames_in(name);
            cr_assert_eq(unlink(name), 0);
        }
        cr_assert_eq(found, 200);
        if (p != 2) cr_assert_eq(bytes, total);
    }
}

/* A frame larger than the limit has a file to itself. */
Test(writers, a_split_smaller_than_a_frame)
{
    WriterOptions options = {.path = "s.pcap", .split_bytes = 10};
    Writer *writer = writer_open(&options, why, sizeof why);
    cr_assert(write_made(writer, "pcap us le", 5, 1));
    cr_assert_eq(writer_files(writer), 5);
    cr_assert(close_writer(writer, true));
    cr_assert_eq(frames_in("s(4).pcap"), 1);
}

/* -- what a format cannot hold ----------------------------------------------------------------------------------- */

static FrameInfo frame_of(u32 linktype, i64 time_ns, u8 tsresol)
{
    static const u8 data[100];
    return (FrameInfo){.data = data,
                       .caplen = 100,
                       .len = 100,
                       .linktype = linktype,
                       .time_ns = time_ns,
                       .has_time = true,
                       .tsresol = tsresol};
}

static void expect_refusal(const char *format, FrameInfo first, FrameInfo second, const char *expected)
{
    Writer *writer = open_writer("r", format);
    bool good = writer_frame(writer, NULL, NULL, &first, why, sizeof why) &&
                writer_frame(writer, NULL, NULL, &second, why, sizeof why);
    if (expected) {
        cr_assert_not(good, "%s", expected);
        cr_assert_str_eq(why, expected, "%s", why);
        cr_assert_not(close_writer(writer, true));
        cr_assert_str_eq(why, expected);
        cr_assert_eq(count_files(), 0);
    } else {
        cr_assert(good, "%s", why);
        cr_assert(close_writer(writer, true), "%s", why);
        cr_assert_eq(unlink("r"), 0);
    }
}

Test(writers, what_a_format_cannot_hold_is_refused_with_the_reason)
{
    FrameInfo ethernet = frame_of(1, 5000, 6), raw = frame_of(101, 5000, 6), event = frame_of(0xffffffe0, 5000, 7);
    FrameInfo fine = frame_of(1, 5001, 9), finer = frame_of(1, 5001, 9), old = frame_of(1, -5000000, 6);
    FrameInfo late = frame_of(1, (i64)4294967296 * 1000000000, 6);

    expect_refusal(
        "pcap", ethernet, raw,
        "pcap holds one link type: frame 2 of the output is RAW (101), those before it are EN10MB (1); write .pcapng");
    expect_refusal("pcapng", ethernet, raw, NULL);
    expect_refusal("netmon", ethernet, raw, NULL);
    expect_refusal("pcap", ethernet, fine,
                   "frame 2 of the output has a finer time stamp than the microseconds of this pcap; write .pcapng");
    expect_refusal("pcap", finer, fine, NULL);
    expect_refusal("pcap", ethernet, old,
                   "frame 2 of the output is from before 1970 or after 2106, which pcap cannot say; write .pcapng");
    expect_refusal("pcap", ethernet, late,
                   "frame 2 of the output is from before 1970 or after 2106, which pcap cannot say; write .pcapng");
    expect_refusal("pcapng", ethernet, old, NULL);
    expect_refusal("netmon", ethernet, old, NULL);
    expect_refusal("pcap", event, event,
                   "pcap has no link type for NetMon event (media type 0xffe0) frames; write .cap");
    expect_refusal(
        "pcapng", ethernet, event,
        "pcapng has no link type for frame 2 of the output, which is NetMon event (media type 0xffe0); write .cap");
    expect_refusal("netmon", ethernet, frame_of(130, 5000, 6),
                   "NetMon has no media type for frame 2 of the output, which is link type 130; write .pcapng");
    FrameInfo huge = ethernet;
    huge.caplen = huge.len = 300000;
    huge.data = calloc(1, huge.caplen);
    expect_refusal("netmon", ethernet, huge,
                   "frame 2 of the output has 300000 bytes; a .cap frame has at most 262144: write .pcapng");
    expect_refusal("pcapng", ethernet, huge, NULL);
    free((void *)(uintptr_t)huge.data);
}

/* Frames of no capture, as the library's callers give them. */
Test(writers, frames_of_no_capture)
{
    FrameInfo frame = frame_of(1, 1414279920123456000, 6);
    frame.comment = (const u8 *)"by hand";
    frame.comment_len = 7;
    Writer *writer = open_writer("a.pcapng", NULL);
    cr_assert(writer_frame(writer, NULL, NULL, &frame, why, sizeof why), "%s", why);
    frame.time_ns = -1500000000;
    cr_assert(writer_frame(writer, NULL, NULL, &frame, why, sizeof why), "%s", why);
    frame.time_ns = 7;
    cr_assert(writer_frame(writer, NULL, NULL, &frame, why, sizeof why), "%s", why);
    cr_assert(close_writer(writer, true));

    Bytes bytes = read_file("a.pcapng");
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    Lane lane = {
        .capture = &opened.capture, .at = opened.capture.first, .context = opened.capture.context, .limit = UINT64_MAX};
    Batch batch;
    FrameInfo info;
    cr_assert_eq(opened.capture.format->fill(&lane, 1, 64, NEED_TIME, &batch), 3);
    cr_assert_eq(batch.time[0], 1414279920123456000);
    cr_assert_eq(batch.time[1], -1500000000);
    cr_assert_eq(batch.time[2], 7);
    cr_assert(opened.capture.format->frame(&opened.capture, lane.context, batch.at[0], &info));
    cr_assert_eq(info.tsresol, 6);
    cr_assert_eq(info.comment_len, 7);
    cr_assert_eq(memcmp(info.comment, "by hand", 7), 0);
    close_opened(&opened);
    free(bytes.bytes);
}

/* -- headers ----------------------------------------------------------------------------------------------------- */

Test(writers, pcap_headers_say_what_the_first_input_was)
{
    Writer *writer = open_writer("a.pcap", NULL);
    cr_assert(write_made(writer, "pcap fcs", 0, 1));
    cr_assert(close_writer(writer, true));
    Bytes bytes = read_file("a.pcap");
    cr_assert_eq(bytes.size, 24);
    cr_assert_eq(load_le32(bytes.bytes), 0xa1b2c3d4);
    cr_assert_eq(load_le32(bytes.bytes + 16), 65535);
    cr_assert_eq(load_le32(bytes.bytes + 20), 0x24000001);
    free(bytes.bytes);

    writer = open_writer("a.pcap", NULL);
    cr_assert(write_made(writer, "pcapng ns", 5, 1));
    cr_assert(close_writer(writer, true));
    bytes = read_file("a.pcap");
    cr_assert_eq(load_le32(bytes.bytes), 0xa1b23c4d);
    free(bytes.bytes);

    writer = open_writer("a.pcap", NULL);
    cr_assert(write_made(writer, "netmon 2.3", 5, 1));
    cr_assert(close_writer(writer, true));
    bytes = read_file("a.pcap");
    cr_assert_eq(load_le32(bytes.bytes), 0xa1b23c4d, "100 ns do not fit microseconds");
    free(bytes.bytes);
}

/* libpcap cuts frames longer than the header's snap length, so it is raised when one came. */
Test(writers, pcap_snap_length_covers_the_longest_frame)
{
    Made made = made_named("pcap us le", 1, 1);
    u32 snaplen = 50;
    memcpy(made.bytes.bytes + 16, &snaplen, 4);
    Opened opened = open_bytes(made.bytes.bytes, made.bytes.size);
    FrameInfo longer = frame_of(1, 0, 6);
    Writer *writer = open_writer("a.pcap", NULL);
    writer_source(writer, &opened.capture);
    cr_assert(writer_frame(writer, NULL, NULL, &longer, why, sizeof why));
    cr_assert(close_writer(writer, true));
    Bytes bytes = read_file("a.pcap");
    cr_assert_eq(load_le32(bytes.bytes + 16), 100);
    free(bytes.bytes);
    close_opened(&opened);
    made_free(&made);
}

static u32 count_interfaces(const char *path)
{
    Bytes bytes = read_file(path);
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    Lane end;
    cr_assert(opened.open);
    walk_capture(&opened.capture, 64, NULL, NULL, &end);
    u32 interfaces = capture_interfaces(&opened.capture, end.context);
    close_opened(&opened);
    free(bytes.bytes);
    return interfaces;
}

Test(writers, pcapng_interfaces_are_merged_when_they_are_the_same)
{
    Writer *writer = open_writer("a.pcapng", NULL);
    cr_assert(write_made(writer, "pcapng ns", 20, 1));
    cr_assert(write_made(writer, "pcapng ns", 20, 2));
    cr_assert(write_made(writer, "pcapng sections", 20, 2));
    cr_assert(close_writer(writer, true));
    cr_assert_eq(count_interfaces("a.pcapng"), 4, "eth0, eth1 in ns and in us");
    cr_assert_eq(frames_in("a.pcapng"), 60);

    writer = open_writer("a.pcapng", NULL);
    cr_assert(write_made(writer, "pcap us le", 20, 1));
    cr_assert(write_made(writer, "pcap us be", 20, 2));
    cr_assert(write_made(writer, "netmon 2.3", 20, 2));
    cr_assert(close_writer(writer, true));
    cr_assert_eq(count_interfaces("a.pcapng"), 2);

    writer = open_writer("a.pcapng", NULL);
    cr_assert(write_made(writer, "pcap raw", 0, 1));
    cr_assert(close_writer(writer, true));
    cr_assert_eq(count_interfaces("a.pcapng"), 1);
    Bytes bytes = read_file("a.pcapng");
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    cr_assert_eq(opened.capture.linktype, 101);
    close_opened(&opened);
    free(bytes.bytes);
}

/* As many interfaces as readers take in one section, and then a section more. */
Test(writers, pcapng_of_very_many_interfaces_begins_another_section)
{
    enum { FRAMES = INTERFACES_MAX + 10 };
    static const u8 data[4] = {1, 2, 3, 4};
    Writer *writer = open_writer("many.pcapng", NULL);
    Lane end;
    for (u32 i = 0; i < FRAMES; i++) {
        /* Times before 1970 are told by an offset, which is the interface's. */
        FrameInfo info = {.data = data,
                          .caplen = 4,
                          .len = 4,
                          .linktype = 1,
                          .has_time = true,
                          .tsresol = 6,
                          .time_ns = i * -1000000000ll};
        cr_assert(writer_frame(writer, NULL, NULL, &info, why, sizeof why), "%s", why);
    }
    cr_assert(close_writer(writer, true), "%s", why);
    Bytes bytes = read_file("many.pcapng");
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    cr_assert_eq(walk_capture(&opened.capture, 64, NULL, NULL, &end), FRAMES, "%s", end.damage.text);
    cr_assert_eq(end.state, LANE_EOF);
    cr_assert_eq(capture_interfaces(&opened.capture, end.context), FRAMES - INTERFACES_MAX);
    close_opened(&opened);
    free(bytes.bytes);
}

/* Numbers in the options of a big-endian section are turned round, text and bytes are not. */
Test(writers, pcapng_options_of_big_endian_sections)
{
    static const u8 section[] = {0x0a, 0x0d, 0x0d, 0x0a, 0,    0,    0,    28,   0x1a, 0x2b, 0x3c, 0x4d, 0, 1,
                                 0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,    0, 28};
    static const u8 interface[] = {0, 0, 0, 1, 0,   0,   0,   44, 0,    1,    0,    0, 0, 0, 1, 0, /* snap length 256 */
                                   0, 8, 0, 8, 0,   0,   0,   0,  0x3b, 0x9a, 0xca, 0,             /* speed 10^9 */
                                   0, 2, 0, 3, 'l', 'a', 'n', 0,  0,    0,    0,    0, 0, 0, 0, 44};
    static const u8 packet[] = {
        0,    0,    0, 6, 0,   0,   0,    84,   0,    0,    0, 0, 0, 0, 0, 1, 0, 0, 0, 2,
        0,    0,    0, 2, 0,   0,   0,    9,    0xab, 0xcd, 0, 0, 0, 2, 0, 4, 0, 0, 0, 1, /* flags */
        0,    4,    0, 8, 0,   0,   0,    0,    0,    0,    0, 7,                         /* drops */
        0,    1,    0, 2, 'h', 'i', 0,    0,                                              /* comment */
        0x0b, 0xac, 0, 6, 0,   0,   0x7e, 0xd9, 'x',  'y',  0, 0,                         /* custom, PEN 32473 */
        0,    3,    0, 0, 0,   0,   0,    0,    0,    0,    0, 84};
    Bytes bytes = {0};
    bytes_add(&bytes, section, sizeof section);
    bytes_add(&bytes, interface, sizeof interface);
    bytes_add(&bytes, packet, sizeof packet);
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    cr_assert(opened.open, "%s", opened.damage.text);
    Lane end;
    Writer *writer = open_writer("a.pcapng", NULL);
    Writing writing = {writer, true};
    cr_assert_eq(walk_capture(&opened.capture, 64, take_write, &writing, &end), 1, "%s", end.damage.text);
    cr_assert(writing.good, "%s", why);
    cr_assert(close_writer(writer, true));
    close_opened(&opened);
    free(bytes.bytes);

    bytes = read_file("a.pcapng");
    opened = open_bytes(bytes.bytes, bytes.size);
    InterfaceInfo info;
    FrameInfo frame;
    cr_assert(capture_interface(&opened.capture, opened.capture.context, 0, &info));
    cr_assert_not(info.big_endian);
    cr_assert_eq(info.snaplen, 256);
    cr_assert_eq(load_le64(info.block + 20), 1000000000);
    cr_assert_eq(memcmp(info.name, "lan", 3), 0);
    cr_assert(opened.capture.format->frame(&opened.capture, opened.capture.context, opened.capture.first, &frame));
    cr_assert_eq(frame.ticks, 0x100000002);
    static const u8 expected[] = {2, 0, 4,   0,   1, 0, 0,    0,    4, 0, 8,    0,    7, 0, 0,   0,   0, 0, 0, 0, 1, 0,
                                  2, 0, 'h', 'i', 0, 0, 0xac, 0x0b, 6, 0, 0xd9, 0x7e, 0, 0, 'x', 'y', 0, 0, 3, 0, 0, 0};
    cr_assert_eq(frame.options_len, sizeof expected);
    cr_assert_eq(memcmp(frame.options, expected, sizeof expected), 0);
    close_opened(&opened);
    free(bytes.bytes);
}

/* Drops counted in an old packet block's header become an option; blocks that are no frames stay behind. */
Test(writers, pcapng_old_blocks_become_new_ones)
{
    Writer *writer = open_writer("a.pcapng", NULL);
    cr_assert(write_made(writer, "pcapng old", 4, 1));
    cr_assert(close_writer(writer, true));
    Bytes bytes = read_file("a.pcapng");
    u32 packets = 0;
    for (size_t at = 0; at < bytes.size; at += load_le32(bytes.bytes + at + 4)) {
        u32 type = load_le32(bytes.bytes + at);
        cr_assert(type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_PACKET);
        packets += type == BLOCK_PACKET;
    }
    cr_assert_eq(packets, 4);
    Opened opened = open_bytes(bytes.bytes, bytes.size);
    FrameInfo frame;
    cr_assert(opened.capture.format->frame(&opened.capture, opened.capture.context, opened.capture.first, &frame));
    static const u8 drops[] = {4, 0, 8, 0, 7, 0, 0, 0, 0, 0, 0, 0};
    cr_assert_geq(frame.options_len, sizeof drops);
    cr_assert_eq(memcmp(frame.options + frame.options_len - sizeof drops, drops, sizeof drops), 0);
    close_opened(&opened);
    free(bytes.bytes);
}

/* -- standard output --------------------------------------------------------------------------------------------- */

Test(writers, standard_output_gets_a_whole_capture)
{
    int out = open("out", O_CREAT | O_RDWR, 0666), saved = dup(STDOUT_FILENO);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    Writer *writer = open_writer("-", NULL);
    bool good = write_made(writer, "pcapng ns", 50, 1) && close_writer(writer, true);
    dup2(saved, STDOUT_FILENO);
    close(out);
    close(saved);
    cr_assert(good, "%s", why);
    cr_assert_eq(frames_in("out"), 50);
}
