/* pktsift.h - the library: compile filters, match frames, scan captures, write captures.
 *
 * The one public header; the command line uses nothing else.  The library never exits, never prints, and keeps no state
 * between calls that a caller could see; its one process-wide piece is a SIGBUS handler, installed by the first scan,
 * that passes on what is not a fault in one of its own mappings (a file that shrinks while it is read becomes an error
 * that names the file).  Link with -lpktsift -lpcre2-8 -lpthread.
 *
 * Conventions: times are ns since 1970-01-01 UTC; lengths are bytes; text is UTF-8 or bytes as captured, NUL-terminated
 * where no length stands beside it.  Functions that can fail say why through a pks_listener. */
#ifndef PKTSIFT_H
#define PKTSIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PKS_VERSION "0.1.0"
const char *pks_version(void); /* of the library linked in */

/* -- messages ------------------------------------------------------------------------------------------------------- */

typedef enum { PKS_NOTE, PKS_WARNING, PKS_ERROR } pks_level;

typedef struct {
    pks_level level;
    const char *file;      /* capture or filter file concerned; NULL when none */
    uint64_t offset;       /* byte in the capture; UINT64_MAX when none */
    uint64_t frame;        /* 1-based number of the frame concerned; 0 when none */
    uint32_t line, column; /* place in the filter's text; 0 when none */
    const char *text;      /* the whole message as a person should read it, file and place included, no final newline;
                          filter errors carry their source line and caret on further lines */
} pks_message;

/* Where messages go.  Calls come one at a time, not always from the calling thread.  The message lives as long as the call. */
typedef struct {
    void (*say)(void *user, const pks_message *message); /* NULL: messages are dropped */
    void *user;
} pks_listener;

/* Writes a file that gets its name when it is complete; "-" is standard output. */
bool pks_write_file(const char *path, const void *bytes, size_t size, const pks_listener *listener);

/* -- filters -------------------------------------------------------------------------------------------------------- */

typedef struct pks_filter pks_filter; /* immutable; may be shared by threads */

/* A parameter's value, as a filter file would write it: {"port", "0xD0EF"}, {"common.lan", "10.0.0.0/8"}. */
typedef struct {
    const char *name, *value;
} pks_define;

typedef struct {
    const char *name;      /* what messages call the text; NULL: "filter" */
    bool plain;            /* compile without optimising: same answers, for tests and benchmarks */
    bool explain;          /* keep what pks_explain tells; without it that is "" for every stage */
    bool lint;             /* also warn about what is legal but likely a mistake */
    bool from_set, to_set; /* accept only frames with from_ns <= time <= to_ns */
    int64_t from_ns, to_ns;
    const char *filter;        /* of a file that begins with "// sift 1": which; NULL: `main`, or the only one */
    const pks_define *defines; /* of its parameters */
    size_t define_count;
    /* Captures it will be run over: if they are large, tests are tried on frames of the first, and put into the order that costs
     * least there.  NULL: into one by guesses.  Answers are the same. */
    const struct pks_inputs *inputs;
} pks_compile_options;

/* text need not be NUL-terminated; NULL with options' times, or NULL alone, accepts every frame (in that window).
 * options may be NULL.  Returns NULL after at least one PKS_ERROR. */
pks_filter *pks_compile(const char *text, size_t length, const pks_compile_options *options,
                        const pks_listener *listener);
/* Reads a filter file: a bare expression, CRLF and byte-order mark accepted; or one that begins with "// sift 1", with what
 * it imports; or one that pks_filter_save wrote, of which options only keep their times. */
pks_filter *pks_compile_file(const char *path, const pks_compile_options *options, const pks_listener *listener);
void pks_filter_free(pks_filter *filter);

/* A compiled filter as bytes, to keep and to load again with the same version of pktsift. */
const void *pks_filter_bytes(const pks_filter *filter, size_t *size); /* owned by the filter */
pks_filter *pks_filter_load(const void *bytes, size_t size, const pks_listener *listener);
/* Into a file, "-" for standard output.  A file gets its name when it is complete. */
bool pks_filter_save(const pks_filter *filter, const char *path, const pks_listener *listener);

bool pks_filter_loaded(const pks_filter *filter); /* was it compiled already? */

typedef enum { PKS_TREE, PKS_TYPED, PKS_PLAN, PKS_CODE } pks_stage;
/* What the compiler made of the text at a stage, as text; owned by the filter; "" for a loaded filter but PKS_CODE. */
const char *pks_explain(const pks_filter *filter, pks_stage stage);

/* The filter of another tool that keeps the same frames; owned by the filter; NULL where there is none, and *why (if not
 * NULL) says why.  Known where options->explain was set. */
typedef enum { PKS_WIRESHARK, PKS_TCPDUMP } pks_peer;
const char *pks_equivalent(const pks_filter *filter, pks_peer peer, const char **why);
/* Where the frames may not be the same: number i; false when there are no more. */
typedef struct {
    const char *name; /* "reassembly" */
    const char *text; /* of what, and why, in a sentence */
} pks_exception;
bool pks_equivalent_exception(const pks_filter *filter, pks_peer peer, size_t i, pks_exception *exception);

/* What the frames of scans met at each line of a stage's text, PKS_PLAN or PKS_CODE.  For one filter; it must outlive it. */
typedef struct pks_profile pks_profile;
typedef struct {
    uint64_t runs;       /* batches, of up to 64 frames */
    uint64_t frames_in;  /* that were looked at; of some more than once, where they have several headers of a kind */
    uint64_t frames_out; /* those that were left: the test was true, or there was a value */
    uint64_t ns;         /* of all threads, the lines below it included */
} pks_counts;
pks_profile *pks_profile_new(const pks_filter *filter); /* NULL when memory is short */
void pks_profile_free(pks_profile *profile);
void pks_profile_reset(pks_profile *profile);
/* line: from 0.  false: nothing is counted there. */
bool pks_profile_line(const pks_profile *profile, pks_stage stage, size_t line, pks_counts *counts);
/* The same of all instructions of an opcode, from 0; *name ("EQ_K") lives for ever.  false: there are no more opcodes. */
bool pks_profile_opcode(const pks_profile *profile, size_t opcode, const char **name, pks_counts *counts);
/* All of it: frames that the filter looked at, those it accepted, its time; and, in *reading_ns, the time that reading took. */
void pks_profile_sum(const pks_profile *profile, pks_counts *filter, uint64_t *reading_ns);

/* "2014-10-25 23:32:00", with fraction, Z or +02:00; local time without.  false when it is none. */
bool pks_parse_time(const char *text, int64_t *time_ns);

/* -- checking filters ----------------------------------------------------------------------------------------------- */

/* What is legal in a filter and yet likely a mistake. */
typedef struct {
    const char *id; /* "bare-flag": what `// sift:allow` takes */
    pks_level level;
    const char *meaning, *help; /* in a line; why, and what to do instead */
} pks_rule;
bool pks_rule_get(size_t i, pks_rule *rule); /* false behind the last */

typedef struct {
    const char *file;              /* its name, or its path as it was given; also one that is imported */
    uint32_t line, column;         /* from 1, columns in characters; 0: no place, the file cannot be read */
    uint32_t end_line, end_column; /* behind the last character */
} pks_place;

typedef struct {
    pks_level level;
    const char *rule; /* NULL: the text does not compile, or cannot be read */
    pks_place place;
    const pks_place *uses; /* where a name stands for the text at fault: the innermost, and last the outermost */
    size_t use_count;
    const char *text, *hint; /* one line each; hint may be NULL */
    const char *whole;       /* all of it as a person should read it, with source line and caret, no final newline */
} pks_finding;

/* The filters of one run: what one of them says about another (two with one @id) is found as well. */
typedef struct pks_checker pks_checker;
typedef struct {
    void (*found)(void *user, const pks_finding *finding); /* in the order of the text; lives as long as the call */
    void *user;
    int64_t now_ns; /* the day that @expires is held against; 0: today */
} pks_check_options;
pks_checker *pks_checker_new(const pks_check_options *options); /* NULL when memory is short */
/* A filter, or the text of a filter file, whose imports start from the folder of `name` where such a file exists, else from
 * the current one.  false when it does not compile; what is wrong was handed to `found`. */
bool pks_check(pks_checker *checker, const char *text, size_t length, const char *name);
/* The same for a file, "-" for standard input; false also when it cannot be read. */
bool pks_check_file(pks_checker *checker, const char *path);
void pks_checker_free(pks_checker *checker);

/* What is in a file that begins with "// sift 1".  NULL when it cannot be read or something in it is at fault: said why. */
typedef struct pks_siftfile pks_siftfile; /* for one thread */
typedef struct {
    const char *name; /* of a test: that of its filter */
    uint32_t line, column;
} pks_statement;
pks_siftfile *pks_siftfile_open(const char *path, const pks_listener *listener);
size_t pks_siftfile_filter_count(const pks_siftfile *file);
bool pks_siftfile_filter(const pks_siftfile *file, size_t i, pks_statement *filter);
/* Metadata of filter i ("owner" of "// @owner netops"), or else the file's; the file's alone for SIZE_MAX.  NULL: none. */
const char *pks_siftfile_label(const pks_siftfile *file, size_t i, const char *key);
size_t pks_siftfile_param_count(const pks_siftfile *file);
bool pks_siftfile_param(const pks_siftfile *file, size_t i, pks_statement *param, const char **type,
                        const char **value);
size_t pks_siftfile_test_count(const pks_siftfile *file);
bool pks_siftfile_test(const pks_siftfile *file, size_t i, pks_statement *test, const char **title);
void pks_siftfile_free(pks_siftfile *file);
/* -- formatting filters --------------------------------------------------------------------------------------------- */

/* A filter, or the text of a filter file, in the layout of `pktsift fmt`: the same words, the same comments, the same
 * meaning.  NUL-terminated, for free().  name is what messages call it, NULL: "filter".  NULL after at least one
 * PKS_ERROR: the text has a mistake in it. */
char *pks_format(const char *text, size_t length, const char *name, size_t *formatted_length,
                 const pks_listener *listener);

typedef struct {
    char *before, *text; /* as it was read; formatted */
    size_t before_length, length;
} pks_formatted;
/* The same for a file, "-" for standard input; nothing is written. */
bool pks_format_file(const char *path, pks_formatted *file, const pks_listener *listener);
/* Puts the formatted text in the file's place, at once; its mode stays.  false: said why, and the file is as it was. */
bool pks_format_save(const char *path, const pks_formatted *file, const pks_listener *listener);
void pks_formatted_free(pks_formatted *file);

/* -- frames --------------------------------------------------------------------------------------------------------- */

typedef struct {
    const uint8_t *data;
    uint32_t caplen, len; /* captured; on the wire */
    uint32_t linktype;    /* LINKTYPE_ value, https://www.tcpdump.org/linktypes.html */
    int64_t time_ns;
    bool has_time;
    uint8_t time_digits; /* decimals the capture keeps: 3, 6, 7 or 9 */
    int64_t delta_ns;    /* since the frame before it in its file; 0 for the first; only where pks_scan was told so */
    int64_t offset_ns;   /* since its capture's start: the first frame, or the time in a .cap header; 0 where unknown */
    uint64_t number;     /* 1-based in its file, as every tool shows it (FrameVariable.FrameNumber is one less) */
    const char *file;    /* NULL outside a scan */
    uint64_t file_index; /* which input */
    uint32_t interface;  /* pcapng */
    const uint8_t *comment; /* NULL when none */
    uint32_t comment_len;
} pks_frame;

/* "EN10MB" for 1; NULL for a link type that has no name here. */
const char *pks_linktype_name(uint32_t linktype);

typedef struct pks_matcher pks_matcher;                 /* one thread's machine for one filter */
pks_matcher *pks_matcher_new(const pks_filter *filter); /* the filter must outlive it; NULL when memory is short */
bool pks_match(pks_matcher *matcher, const pks_frame *frame);
void pks_matcher_free(pks_matcher *matcher);

/* What a person wants to see of a frame on one line.  Safe to print: escapes and control bytes are replaced. */
typedef struct {
    char source[64], destination[64]; /* address of the highest layer that has one */
    char protocol[16];
    char text[256];
} pks_summary;
typedef struct pks_summariser pks_summariser; /* one thread's; making one takes longer than using it */
pks_summariser *pks_summariser_new(void);     /* NULL: no memory */
void pks_summarise(pks_summariser *summariser, const pks_frame *frame, pks_summary *summary);
void pks_summariser_free(pks_summariser *summariser);

/* Values of fields, for --fields: compiled once, printed per frame. */
typedef struct pks_columns pks_columns;
pks_columns *pks_columns_compile(const char *list, const pks_listener *listener); /* "TCP.Port,IPv4.SourceAddress" */
size_t pks_columns_count(const pks_columns *columns);
const char *pks_columns_name(const pks_columns *columns, size_t i); /* canonical spelling */
bool pks_columns_numeric(const pks_columns *columns, size_t i);     /* prints as a JSON number */
/* The value of column i as text, several values joined by ','; returns its length, 0 when absent; at most size-1 bytes
 * and a NUL.  Columns of one frame that are printed in order are decoded together: ask for the same of each frame,
 * and until the last of them what *frame points at stays as it is.  One thread a pks_columns. */
size_t pks_columns_print(pks_columns *columns, const pks_frame *frame, size_t i, char *out, size_t size);
void pks_columns_free(pks_columns *columns);

/* Text without a NUL behind it. */
typedef struct {
    const char *at;
    size_t length;
} pks_text;

/* A name that a filter may use: PROTOCOL.NAME, or with an empty name the protocol itself, of type "protocol" (or
 * "scope", which has no meaning alone). */
typedef struct {
    const char *protocol, *name, *type;
    pks_text meaning;
    pks_text source; /* the document that says so: "RFC 9293" */
    bool pair;       /* two values: == asks for either */
    bool many;       /* a header may hold several: == asks for any */
    bool keyed;      /* lines "name: value": PROTOCOL.NAME.name is the value */
} pks_field;
size_t pks_field_count(void);
bool pks_field_get(size_t i, pks_field *field); /* FrameData, FrameVariable.*, then protocols in order */

/* -- inputs --------------------------------------------------------------------------------------------------------- */

typedef struct pks_inputs pks_inputs; /* an ordered list of paths */
pks_inputs *pks_inputs_new(void);
/* operand: a file, a directory (its files in natural order, not its subfolders), a glob, a range
 * "capfile(2735..2765).cap" (a gap is named in one warning), "@list" (one operand a line), "-" (standard input).
 * A name that exists is taken as it stands before it is read as a pattern.  false: said why. */
bool pks_inputs_add(pks_inputs *inputs, const char *operand, const pks_listener *listener);
size_t pks_inputs_count(const pks_inputs *inputs);
const char *pks_inputs_path(const pks_inputs *inputs, size_t i);
void pks_inputs_free(pks_inputs *inputs);

/* -- outputs -------------------------------------------------------------------------------------------------------- */

typedef struct pks_output pks_output;
typedef struct {
    const char *path;     /* "-": standard output */
    const char *format;   /* "pcap", "pcapng", "netmon"; NULL: by suffix; .cap as the first input; else pcapng */
    uint64_t split_bytes; /* -C: a further file NAME(1).EXT ... before a file passes this size; 0: never */
    uint32_t snaplen;     /* keep at most so many bytes of each frame; 0: all */
    bool flush;           /* write through after every frame */
} pks_output_options;
/* Opens no file yet when it needs to see the first input; inputs (may be NULL) are refused as outputs. */
pks_output *pks_output_open(const pks_output_options *options, const pks_inputs *inputs, const pks_listener *listener);
bool pks_output_frame(pks_output *output, const pks_frame *frame, const pks_listener *listener);
/* keep: give the files their final names; else remove them.  Frees the output either way. */
bool pks_output_close(pks_output *output, bool keep, const pks_listener *listener);
uint64_t pks_output_bytes(const pks_output *output);
size_t pks_output_files(const pks_output *output);
const char *pks_output_path(const pks_output *output, size_t i);
/* For a signal handler that is about to end the process: removes unfinished files.  Async-signal-safe. */
void pks_abandon_outputs(void);

/* -- scanning ------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t frames, matched;   /* of the frames looked at */
    uint64_t bytes;             /* of the files looked at */
    uint64_t files;             /* read at least in part */
    uint64_t files_passed_over; /* outside the time window */
    uint64_t files_failed;      /* could not be opened, or are no capture */
    uint64_t files_damaged;     /* broken somewhere; their good frames were used */
    uint64_t files_cut;         /* only their last record is not whole */
    uint64_t frames_unsure;     /* frames cut short by the capture for which the filter read in the missing part */
    uint64_t frames_given_up;   /* frames in which a regular expression needed too many steps: no match */
    bool stopped;               /* by max_frames, on_frame, or the stop flag */
} pks_totals;

typedef struct {
    const char *path, *format, *variant; /* "pcapng"; "pcapng 1.0, little-endian" */
    uint64_t index, frames, matched, bytes;
    bool opened, damaged, cut, passed_over;
    bool has_time;
    int64_t first_ns, last_ns;      /* of the first and last frame */
    int64_t earliest_ns, latest_ns; /* differ from these when frames are out of order; only with want_times */
    uint64_t backwards;             /* frames older than the one before; only with want_times */
    uint32_t snaplen;
    uint64_t data_bytes, wire_bytes; /* captured and on the wire, all frames; only with want_times */
    uint32_t linktypes[8];           /* in order of appearance */
    uint32_t linktype_count;         /* may be more than 8; then the first 8 stand above */
    uint32_t interfaces;
} pks_file;

enum { PKS_THREADS_MAX = 256 }; /* of one scan */

typedef struct {
    const pks_inputs *inputs;
    const pks_filter *filter; /* NULL: every frame */
    unsigned threads;         /* 0: one a core */
    /* For tests and measurements; 0 is the default.  Answers never depend on them. */
    size_t chunk_bytes;
    unsigned lanes, batch; /* lanes: cursors side by side, in the mapping; 0: reading instead, where that costs less */
    uint64_t max_frames;   /* stop after so many matches; 0: never */
    bool strict;           /* a cut last record counts as damage */
    bool window_set;       /* pass over files whose first and last frame lie on one side of [from_ns, to_ns] */
    int64_t from_ns, to_ns;
    bool want_delta;      /* fill in pks_frame.delta_ns */
    bool want_times;      /* fill in the fields of pks_file that say so */
    pks_output *output;   /* matching frames go here; may be NULL */
    pks_profile *profile; /* of the filter; what the scan met is added to it, and it is slower for that; may be NULL */
    bool (*on_frame)(void *user,
                     const pks_frame *frame); /* each match, in order, one at a time; false stops; may be NULL */
    /* Both or neither, and on_frame with them: text of frames made by all threads at once, in place of on_frame wherever
     * that can be (not with one thread, output or max_frames, nor of pipes and very long text).  render says what is to be
     * said of one frame, on thread number `thread` (below PKS_THREADS_MAX) while others do the same, also of frames that
     * turn out to be none; its bytes stay until that thread's next call, and are copied.  frame->number counts from 1 in a
     * stretch of frames.  on_text gets the text of a stretch and the number of the frame before it, in order, one at a
     * time; false stops behind the stretch. */
    pks_text (*render)(void *user, unsigned thread, const pks_frame *frame);
    bool (*on_text)(void *user, pks_text text, uint64_t before);
    void (*on_file)(void *user, const pks_file *file); /* each file, in order, after its last frame; may be NULL */
    void (*on_progress)(void *user, uint64_t bytes_done, uint64_t bytes_all); /* now and then; may be NULL */
    const volatile int *stop; /* not NULL: ends the scan soon after it becomes non-zero */
    pks_listener listener;
    void *user;
} pks_scan_options;

/* Files in the order given, frames in file order; the same answer for any number of threads.  Callbacks come one at a time
 * but not always from the calling thread.  false: the scan could not be carried out (no memory, output failed: said why);
 * unreadable and damaged files are in the totals and were said. */
bool pks_scan(const pks_scan_options *options, pks_totals *totals);
/* As pks_scan, but frames of all inputs in the order of their times (frames of one file keep their order). */
bool pks_merge(const pks_scan_options *options, pks_totals *totals);

/* -- the floor ------------------------------------------------------------------------------------------------------ */

/* The least that looking at frames can cost: their records are known beforehand, each run maps the files anew and reads of
 * every frame a word of its record's header and bytes 34 to 37, in one thread.  What a scan takes is held against it. */
typedef struct pks_floor pks_floor; /* for one thread; 8 bytes a frame */
/* Finds the records of all inputs, which must be files and outlive it.  NULL: said why. */
pks_floor *pks_floor_new(const pks_inputs *inputs, const pks_listener *listener);
uint64_t pks_floor_frames(const pks_floor *floor);
/* One run, and the time it took.  false: a file is no longer what it was, said which. */
bool pks_floor_run(pks_floor *floor, uint64_t *ns, const pks_listener *listener);
void pks_floor_free(pks_floor *floor);

/* -- tests of filter files ------------------------------------------------------------------------------------------ */

typedef enum {
    PKS_TEST_PASSED,
    PKS_TEST_FAILED, /* a filter found something else than it should */
    PKS_TEST_BROKEN, /* it could not be run: a filter that does not compile, a capture that cannot be read */
} pks_test_status;

typedef struct {
    pks_test_status status;
    const char *file;      /* as it was given */
    const char *title;     /* NULL: this is about the file as a whole, which could not be read or is at fault */
    const char *filter;    /* which the test is for; "" where it has none */
    uint32_t line, column; /* of the test; 0 for a whole file */
    const char *text; /* why it did not pass, and warnings; lines without a final newline, "" when there is nothing */
    double seconds;
} pks_test_result;

/* A comparison, or another test that is made of no others, of the filters in the files, over all frames of their tests. */
typedef struct {
    const char *file; /* where it stands, which may be an imported file */
    uint32_t line, column;
    const char *text;                   /* its own, on one line, cut where it is long */
    uint64_t true_frames, false_frames; /* both 0: no test runs it */
} pks_comparison;

typedef struct {
    const char *const *paths; /* files that begin with "// sift 1" */
    size_t path_count;
    const char *run;          /* a regular expression: only tests whose "FILE: TITLE" it matches; NULL: all */
    unsigned threads;         /* tests at a time; 0: one a core */
    const volatile int *stop; /* not NULL: no further test once it is non-zero */
    void (*on_test)(void *user, const pks_test_result *result); /* in the order of files and tests, one at a time */
    /* Not NULL: coverage is asked for; called at the end, in the order of files and places. */
    void (*on_comparison)(void *user, const pks_comparison *comparison);
    pks_listener listener;
    void *user;
} pks_test_options;

typedef struct {
    uint64_t files;
    uint64_t passed, failed, broken; /* tests; a file that is at fault as a whole is one that is broken */
    uint64_t left_out;               /* tests that `run` does not match */
    uint64_t comparisons, covered;   /* covered: true for one frame and false for another */
} pks_test_totals;

/* Runs the tests of files in parallel.  false: nothing could be run (no memory, `run` is no regular expression: said why). */
bool pks_test(const pks_test_options *options, pks_test_totals *totals);

#ifdef __cplusplus
}
#endif

#endif
