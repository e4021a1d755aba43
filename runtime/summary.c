/* summary.c - a frame on one line, for people: pks_summarise.
 *
 * Beside the road, as columns.c.  The words are those of Property.Description, which vm/protocols/ makes (describe.h).
 * Always true: nothing but printable ASCII is in a summary, so every line is safe to show. */
#include <stdio.h>

#include "runtime/filter.h"
#include "runtime/readers/reader.h"
#include "vm/protocols/describe.h"

void pks_summarise(const pks_frame *frame, pks_summary *summary)
{
    /* One a thread: making one ready takes longer than looking at a frame with it. */
    static _Thread_local ValueReader reader;
    static _Thread_local bool is_ready;
    Batch batch;
    Summary line;

    *summary = (pks_summary){0};
    line = (Summary){.text = summary->text, .size = sizeof summary->text};
    batch_of_frame(&batch, frame);
    if (!is_ready) value_reader_init(&reader, PROTOS_ALL);
    is_ready = true;
    value_reader_look(&reader, &batch);
    CalcFrame whole = value_frame(&reader);
    u32 count = whole.layers->count;
    if (count) {
        const Layer *last = &whole.layers->layer[count - 1];
        CalcFrame header = frame_at(&whole, last);

        snprintf(summary->protocol, sizeof summary->protocol, "%s", proto_info[last->proto].name);
        describe_end(&whole, END_SOURCE, summary->source, sizeof summary->source);
        describe_end(&whole, END_DESTINATION, summary->destination, sizeof summary->destination);
        describe_header(&line, &header, (Proto)last->proto);
    } else {
        const char *name = linktype_name(frame->linktype);

        snprintf(summary->protocol, sizeof summary->protocol, "%s", name ? name : "?");
        summary_add(&line, "LinkType=%u", frame->linktype);
    }
    if (frame->caplen < frame->len) summary_add(&line, "%u of %u bytes captured", frame->caplen, frame->len);
}
