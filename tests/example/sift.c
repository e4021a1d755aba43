/* sift.c - the library in fifty lines: the frames of some captures that match a filter, written to one capture.
 *
 *     sift FILTER OUTPUT INPUT...        cc sift.c -lpktsift -lpcre2-8 -lpthread */
#include <pktsift.h>
#include <stdio.h>
#include <string.h>

static void say(void *user, const pks_message *message) { fprintf(user, "%s\n", message->text); }

static bool show(void *user, const pks_frame *frame)
{
    pks_summary summary;

    pks_summarise(user, frame, &summary);
    printf("%s:%llu %s -> %s %s %s\n", frame->file, (unsigned long long)frame->number, summary.source,
           summary.destination, summary.protocol, summary.text);
    return true;
}

int main(int argc, char **argv)
{
    pks_listener listener = {.say = say, .user = stderr};
    if (argc < 4) return fprintf(stderr, "usage: sift FILTER OUTPUT INPUT...\n"), 2;

    pks_inputs *inputs = pks_inputs_new();
    for (int i = 3; i < argc; i++)
        if (!pks_inputs_add(inputs, argv[i], &listener)) return 2;
    pks_filter *filter = pks_compile(argv[1], strlen(argv[1]), NULL, &listener);
    pks_summariser *summariser = pks_summariser_new();
    pks_output *output =
        filter && summariser ? pks_output_open(&(pks_output_options){.path = argv[2]}, inputs, &listener) : NULL;
    if (!output) return 2;

    pks_scan_options options = {.inputs = inputs,
                                .filter = filter,
                                .output = output,
                                .on_frame = show,
                                .listener = listener,
                                .user = summariser};
    pks_totals totals;
    bool good = pks_scan(&options, &totals);
    good = pks_output_close(output, good, &listener) && good;
    printf("%llu of %llu frames\n", (unsigned long long)totals.matched, (unsigned long long)totals.frames);
    pks_summariser_free(summariser);
    pks_filter_free(filter);
    pks_inputs_free(inputs);
    return good ? 0 : 2;
}
