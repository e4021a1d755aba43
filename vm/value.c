/* value.c - see value.h. */
#include "vm/value.h"

#include "vm/protocols/reading.h"

void value_reader_init(ValueReader *reader, u64 protocols)
{
    reader->batch = NULL;
    headers_init(&reader->headers, protocols, true, true);
}

void value_reader_look(ValueReader *reader, const Batch *batch)
{
    reader->batch = batch;
    headers_reset(&reader->headers);
    headers_decode_complete(&reader->headers, batch, 1);
}

CalcFrame value_frame(const ValueReader *reader)
{
    const Batch *batch = reader->batch;
    return (CalcFrame){.data = batch->data[0],
                       .caplen = batch->caplen[0],
                       .len = batch->len[0],
                       .end = batch->caplen[0],
                       .wire_end = wire_length_of(batch, 0),
                       .layers = &reader->headers.list[0],
                       .missing = reader->headers.missing[0],
                       .linktype = batch->linktype};
}

static u64 number_at(const u8 *bytes, const FieldInfo *field)
{
    u64 number = 0;

    for (u32 i = 0; i < field->width; i++) number = number << 8 | bytes[i];
    return number >> field->shift & field->mask;
}

bool value_of_header(const CalcFrame *frame, FieldId id, CalcValue *value)
{
    const FieldInfo *field = &field_info[id];

    if (field->kind == FIELD_IS_CALC) return field->calc(frame, value);
    if (!bytes_at(frame, field->byte, field->width, value)) return false;
    if (field->kind == FIELD_IS_NUMBER) value->number = number_at(value->bytes, field);
    return true;
}

ValueFound value_next(ValueReader *reader, FieldId id, u32 nest, CalcState *state, CalcValue *value)
{
    CalcFrame frame = value_frame(reader);
    Layer layer;

    *value = (CalcValue){.room = reader->room, .state = state};
    if (!headers_find(&reader->headers, reader->batch, 0, (Proto)field_info[id].proto, nest, &layer))
        return VALUE_NO_HEADER;
    frame.header = layer.at;
    frame.end = MIN_OF(layer.end, frame.caplen);
    frame.wire_end = layer.end;
    return value_of_header(&frame, id, value) ? VALUE_FOUND : VALUE_ABSENT;
}

ValueFound value_read(ValueReader *reader, FieldId id, u32 nest, CalcValue *value)
{
    CalcState state = {0};

    return value_next(reader, id, nest, &state, value);
}

const Layers *value_layers(const ValueReader *reader) { return &reader->headers.list[0]; }

bool value_on_path(const ValueReader *reader, const u8 *path, u32 count)
{
    return headers_on_path(&reader->headers, path, count, 1) != 0;
}
