/* process.c - posix_spawn, a clock on both sides, and what the process printed, kept in memory files. */
#include "bench/harness/process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static u64 now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

/* Private anonymous memory of a live process; 0 when it is already gone. */
static u64 read_anonymous_bytes(pid_t pid)
{
    char path[64], line[128];
    unsigned long long kilobytes = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "r");
    if (!status) return 0;
    while (fgets(line, sizeof line, status) && sscanf(line, "RssAnon: %llu kB", &kilobytes) != 1) continue;
    fclose(status);
    return kilobytes * 1024;
}

static int wait_watching(pid_t pid, struct rusage *usage, u64 *most)
{
    const struct timespec pause = {0, 500000};
    int status;

    while (wait4(pid, &status, WNOHANG, usage) == 0) {
        u64 bytes = read_anonymous_bytes(pid);
        *most = MAX_OF(*most, bytes);
        nanosleep(&pause, NULL);
    }
    return status;
}

static int wait_plainly(pid_t pid, struct rusage *usage)
{
    int status = 0;
    while (wait4(pid, &status, 0, usage) < 0 && errno == EINTR) continue;
    return status;
}

static u64 ns_of(const struct timeval *time) { return (u64)time->tv_sec * 1000000000 + (u64)time->tv_usec * 1000; }

static void read_text(int fd, char *text, size_t room)
{
    ssize_t len = pread(fd, text, room - 1, 0);
    text[len > 0 ? len : 0] = '\0';
}

static int start(char *const argv[], const char *stdout_path, int out, int err, pid_t *pid)
{
    posix_spawn_file_actions_t actions;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (stdout_path)
        posix_spawn_file_actions_addopen(&actions, 1, stdout_path, O_WRONLY, 0);
    else
        posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    int error = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

bool process_run(char *const argv[], const char *stdout_path, bool watch_memory, ProcessResult *result)
{
    int out = memfd_create("stdout", MFD_CLOEXEC), err = memfd_create("stderr", MFD_CLOEXEC);
    pid_t pid;

    memset(result, 0, sizeof *result);
    u64 begun = now_ns();
    int error = start(argv, stdout_path, out, err, &pid);
    if (!error) {
        struct rusage usage = {0};
        int status = watch_memory ? wait_watching(pid, &usage, &result->anonymous_bytes) : wait_plainly(pid, &usage);
        result->elapsed_ns = now_ns() - begun;
        result->processor_ns = ns_of(&usage.ru_utime) + ns_of(&usage.ru_stime);
        result->exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        read_text(out, result->output, sizeof result->output);
        read_text(err, result->talk, sizeof result->talk);
    } else {
        snprintf(result->talk, sizeof result->talk, "cannot start %s: %s", argv[0], strerror(error));
    }
    close(out);
    close(err);
    return !error;
}
