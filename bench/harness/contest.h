/* contest.h - contestants, their runs in rounds, their answers and times.
 *
 * One unmeasured round, in which memory is watched; then rounds in which every contestant runs once, so that a
 * disturbance of the machine falls on all of them.  Who takes more than a second runs in SLOW_RUNS rounds behind those:
 * the others' rounds stay short, and what disturbs them is little to it.
 * Always true: a contestant whose answer was wrong even once has no time. */
#ifndef BENCH_HARNESS_CONTEST_H
#define BENCH_HARNESS_CONTEST_H

#include "vm/base.h"

enum { CONTESTANTS_MAX = 400, RUNS_MAX = 100, SLOW_RUNS = 3, ARGV_MAX = 240, CONTESTANT_NAME_LEN = 95 };

/* How a contestant says its answer. */
typedef enum {
    SAYS_NOTHING,
    SAYS_FIRST, /* the count is the first number on stdout */
    SAYS_SECOND,
    SAYS_LAST,
    SAYS_FLOOR, /* `frames count nanoseconds processor-nanoseconds`: it has its own clocks */
    WRITES,     /* pcap files in the contest's out folder hold the matching frames */
} AnswerKind;

typedef struct {
    char name[CONTESTANT_NAME_LEN + 1]; /* `program work`: those with one work do the same */
    char *argv[ARGV_MAX + 1];           /* each its own memory */
    u32 arguments;
    AnswerKind answer;
    bool pktsift;
    u64 expected;
    bool not_installed; /* a peer that this machine lacks: it has no time, and that is no failure */
    bool wrong;         /* no time, for this reason or another */
    char why[600];
    u64 anonymous_bytes;
    bool any_answer;
    double scale;      /* 0, or it ran over the beginning only: its time is multiplied by this, but for that of */
    char start_up[64]; /* this contestant */
    bool slow;
    u32 runs;
    u64 ns[RUNS_MAX], sorted[RUNS_MAX];
    u64 processor_ns[RUNS_MAX]; /* sorted as well */
} Contestant;

typedef struct {
    Contestant *contestant;
    u32 contestants, runs;
    char out[4200]; /* a folder, empty before each run */
    bool failed;    /* somebody's count was wrong */
} Contest;

/* Ends the program when memory is out. */
void contest_init(Contest *contest, u32 runs, const char *scratch);
void contest_release(Contest *contest);
Contestant *contest_add(Contest *contest, const char *name, AnswerKind answer, u64 expected);
void contestant_argument(Contestant *contestant, const char *argument);
void contest_clear(Contest *contest);

void contest_run(Contest *contest);

/* The contestant of this name, or, when it is the name of several (`floor faults`, `floor read-1M`: `floor`), the
 * fastest of them.  NULL: there is none. */
const Contestant *contest_find(const Contest *contest, const char *name);

double contestant_median_ms(const Contestant *c);
double contestant_processor_ms(const Contestant *c); /* the median, too */
/* 0 when either is missing or has no time. */
double contestant_times_as_long(const Contestant *c, const Contestant *other);

/* What follows the program in a contestant's name; empty when nothing does. */
const char *contestant_work(const Contestant *c);

#endif
