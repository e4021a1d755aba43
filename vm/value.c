/* value.c - see value.h. */
#include "vm/value.h"

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

static bool compute(ValueReader *reader, const Layer *layer, const FieldInfo *field, CalcState *state, CalcValue *value)
{
    const Batch *batch = reader->batch;
    CalcFrame frame = {.data = batch->data[0],
                       .caplen = batch->caplen[0],
                       .len = batch->len[0],
                       .header = layer->at,
                       .end = MIN_OF(layer->end, batch->caplen[0]),
                       .wire_end = layer->end,
                       .layers = &reader->headers.list[0]};

    value->room = reader->room;
    value->state = state;
    return field->calc(&frame, value);
}

static u64 number_at(const u8 *bytes, const FieldInfo *field)
{
    u64 number = 0;

    for (u32 i = 0; i < field->width; i++) number = number << 8 | bytes[i];
    return number >> field->shift & field->mask;
}

ValueFound value_next(ValueReader *reader, FieldId id, u32 nest, CalcState *state, CalcValue *value)
{
    const FieldInfo *field = &field_info[id];
    const Batch *batch = reader->batch;
    Layer layer;

    *value = (CalcValue){0};
    if (!headers_find(&reader->headers, batch, 0, (Proto)field->proto, nest, &layer)) return VALUE_NO_HEADER;
    if (field->kind == FIELD_IS_CALC) return compute(reader, &layer, field, state, value) ? VALUE_FOUND : VALUE_ABSENT;
    if ((u64)layer.at + field->byte + field->width > MIN_OF(layer.end, batch->caplen[0])) return VALUE_ABSENT;
    const u8 *bytes = batch->data[0] + layer.at + field->byte;
    if (field->kind == FIELD_IS_NUMBER) value->number = number_at(bytes, field);
    value->bytes = bytes;
    value->len = field->width;
    return VALUE_FOUND;
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
