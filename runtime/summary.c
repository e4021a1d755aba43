/* summary.c - a frame on one line, for people: pks_summarise.
 *
 * Beside the road, as columns.c.  The words are those of Property.Description, which vm/protocols/ makes (describe.h).
 * Always true: nothing but printable ASCII is in a summary, so every line is safe to show. */
#include <stdlib.h>

#include "runtime/filter.h"
#include "runtime/readers/reader.h"
#include "vm/protocols/describe.h"

static void set_protocol(pks_summary *summary, const char *name)
{
    size_t len = MIN_OF(strlen(name), sizeof summary->protocol - 1);

    memcpy(summary->protocol, name, len);
    summary->protocol[len] = '\0';
}

struct pks_summariser {
    ValueReader reader;
};

pks_summariser *pks_summariser_new(void)
{
    pks_summariser *summariser = malloc(sizeof *summariser);

    if (summariser) value_reader_init(&summariser->reader, PROTOS_ALL);
    return summariser;
}

void pks_summariser_free(pks_summariser *summariser) { free(summariser); }

void pks_summarise(pks_summariser *summariser, const pks_frame *frame, pks_summary *summary)
{
    ValueReader *reader = &summariser->reader;
    Batch batch;
    Summary line;

    summary->source[0] = summary->destination[0] = summary->text[0] = '\0';
    line = (Summary){.text = summary->text, .size = sizeof summary->text};
    batch_of_frame(&batch, frame);
    value_reader_look(reader, &batch);
    CalcFrame whole = value_frame(reader);
    u32 count = whole.layers->count;
    if (count) {
        const Layer *last = &whole.layers->layer[count - 1];
        CalcFrame header = frame_at(&whole, last);

        set_protocol(summary, proto_info[last->proto].name);
        describe_end(&whole, END_SOURCE, summary->source, sizeof summary->source);
        describe_end(&whole, END_DESTINATION, summary->destination, sizeof summary->destination);
        describe_header(&line, &header, (Proto)last->proto);
    } else {
        const char *name = linktype_name(frame->linktype);

        set_protocol(summary, name ? name : "?");
        summary_add(&line, "LinkType=%u", frame->linktype);
    }
    if (frame->caplen < frame->len) summary_add(&line, "%u of %u bytes captured", frame->caplen, frame->len);
}
