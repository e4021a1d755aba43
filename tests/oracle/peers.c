/* peers.c - pktsift's side of peers.sh: what explain says of filters, what messages make of other tools' filters, and the frames
 * that each keeps.
 *
 *     peers FILTERS TABLE EXCEPTIONS ANSWERS CAPTURE...
 *
 * FILTERS: rows "ours TAB id TAB filter", "tcpdump TAB filter", "wireshark TAB filter".  Written are TABLE, rows as bpf.c and
 * tshark.lua read them (id, our filter, tcpdump's, Wireshark's; "-" for none); EXCEPTIONS, "id TAB tool TAB name,name";
 * ANSWERS, "pktsift TAB id TAB capture TAB n,n,...".  A filter of theirs is put right by its messages' hints, as somebody would
 * do it; where they lead nowhere its row has "=" for our filter, or "~" where they say why.  Only the public library is used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kept.h"

enum { TRIES = 10, TEXT_ROOM = 1 << 14 };

typedef struct {
    char text[TEXT_ROOM]; /* every error's message, one after the other */
} Heard;

static void hear(void *user, const pks_message *message)
{
    Heard *heard = user;
    size_t used = strlen(heard->text);
    if (message->level == PKS_ERROR) snprintf(heard->text + used, TEXT_ROOM - used, "%s\n", message->text);
}

static pks_filter *compile(const char *text, Heard *heard)
{
    pks_listener listener = {hear, heard};
    pks_compile_options options = {.explain = true};
    heard->text[0] = '\0';
    return pks_compile(text, strlen(text), &options, &listener);
}

/* ---- putting right ---- */

static void replace_all(char *text, const char *name, size_t name_len, const char *ours, size_t ours_len)
{
    char made[TEXT_ROOM];
    size_t len = 0;
    for (const char *at = text; *at && len + ours_len + 1 < sizeof made;) {
        bool begins = at == text || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", at[-1]);
        char behind = at[0] && strlen(at) >= name_len ? at[name_len] : 'x';
        bool ends = !behind || !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", behind);
        if (begins && ends && strncmp(at, name, name_len) == 0) {
            memcpy(made + len, ours, ours_len);
            len += ours_len;
            at += name_len;
        } else {
            made[len++] = *at++;
        }
    }
    made[len] = '\0';
    memcpy(text, made, len + 1);
}

/* One line behind `mark`, of the last place where it stands. */
static bool take_line(const char *heard, const char *mark, char *text)
{
    const char *last = NULL;
    for (const char *at = heard; (at = strstr(at, mark)); at += strlen(mark)) last = at + strlen(mark);
    if (!last) return false;
    snprintf(text, TEXT_ROOM, "%.*s", (int)strcspn(last, "\n"), last);
    return true;
}

/* 'ip.src' is Wireshark's name ... did you mean 'IPv4.SourceAddress'? */
static bool take_names(const char *heard, char *text)
{
    static const char is_name[] = "' is Wireshark's name", mean[] = "did you mean '";
    bool any = false;
    for (const char *at = heard; (at = strstr(at, is_name)); at += strlen(is_name)) {
        const char *name = at, *ours = strstr(at, mean);
        while (name[-1] != '\'') name--;
        if (!ours) break;
        ours += strlen(mean);
        replace_all(text, name, (size_t)(at - name), ours, strcspn(ours, "'"));
        any = true;
    }
    return any;
}

/* recognised: it is known whose filter it is, and that it cannot be said here. */
static pks_filter *put_right(char *text, bool *recognised)
{
    static Heard heard;
    for (int i = 0; i < TRIES; i++) {
        pks_filter *filter = compile(text, &heard);
        if (filter) return filter;
        if (take_line(heard.text, "n all: ", text) || take_line(heard.text, "did you mean: ", text) ||
            take_line(heard.text, "[] leaves out: ", text))
            continue;
        if (take_names(heard.text, text)) continue;
        *recognised = strstr(heard.text, "this is a filter of ") != NULL;
        return NULL;
    }
    return NULL;
}

/* ---- rows ---- */

static void write_exceptions(FILE *out, const char *id, const char *tool, const pks_filter *filter, pks_peer peer)
{
    pks_exception exception;
    fprintf(out, "%s\t%s\t", id, tool);
    for (size_t i = 0; pks_equivalent_exception(filter, peer, i, &exception); i++)
        fprintf(out, "%s%s", i ? "," : "", exception.name);
    fputc('\n', out);
}

static const char *or_none(const char *text) { return text ? text : "-"; }

static void do_ours(FILE *files[3], const char *id, const char *text, const pks_inputs *inputs)
{
    static Heard heard;
    pks_filter *filter = compile(text, &heard);
    if (!filter) {
        fprintf(files[0], "%s\t=\t-\tframe\n", id);
        fprintf(stderr, "%s: %s", id, heard.text);
        return;
    }
    fprintf(files[0], "%s\t%s\t%s\t%s\n", id, text, or_none(pks_equivalent(filter, PKS_TCPDUMP, NULL)),
            or_none(pks_equivalent(filter, PKS_WIRESHARK, NULL)));
    write_exceptions(files[1], id, "tcpdump", filter, PKS_TCPDUMP);
    write_exceptions(files[1], id, "wireshark", filter, PKS_WIRESHARK);
    write_kept(files[2], "pktsift\t", id, filter, inputs);
    pks_filter_free(filter);
}

static void do_theirs(FILE *files[3], const char *tool, const char *theirs, const pks_inputs *inputs)
{
    char id[TEXT_ROOM], text[TEXT_ROOM];
    bool tcpdump = strcmp(tool, "tcpdump") == 0;
    snprintf(id, sizeof id, "their %s", theirs);
    snprintf(text, sizeof text, "%s", theirs);
    bool recognised = false;
    pks_filter *filter = put_right(text, &recognised);
    fprintf(files[0], "%s\t%s\t%s\t%s\n", id,
            filter       ? text
            : recognised ? "~"
                         : "=",
            tcpdump ? theirs : "-", tcpdump ? "-" : theirs);
    fprintf(
        files[1], "%s\t%s\t%s\n", id, tool,
        tcpdump
            ? "tagged,second tag,link type,no length,not wifi,radio,tunnelled,extended,fragments,llc,short,behind,damaged,theirs"
            : "quoted,followed,across,looks,sections,offload,routed,untyped,timeless,damaged,link type");
    if (filter) write_kept(files[2], "pktsift\t", id, filter, inputs);
    pks_filter_free(filter);
}

int main(int argc, char **argv)
{
    if (argc < 5) return 2;
    FILE *rows = fopen(argv[1], "r"), *files[3];
    pks_inputs *inputs = pks_inputs_new();
    for (int i = 0; i < 3; i++)
        if (!(files[i] = fopen(argv[2 + i], "w"))) return 2;
    for (int i = 5; i < argc; i++) pks_inputs_add(inputs, argv[i], NULL);
    char line[TEXT_ROOM];
    while (rows && fgets(line, sizeof line, rows)) {
        char *rest = line;
        const char *kind = strsep(&rest, "\t\n"), *first = strsep(&rest, "\t\n"),
                   *second = rest ? strsep(&rest, "\t\n") : NULL;
        if (!first) continue;
        if (strcmp(kind, "ours") == 0)
            do_ours(files, first, second ? second : "", inputs);
        else
            do_theirs(files, kind, first, inputs);
    }
    for (int i = 0; i < 3; i++) fclose(files[i]);
    pks_inputs_free(inputs);
    return rows ? 0 : 2;
}
