/* sctp.c - SCTP packets: the chunks they are made of, RFC 9260.
 *
 * Rules: the list of chunks ends where the packet does, and at a chunk whose length is below its own four bytes; of that
 * one type, flags and length still count.  A chunk that claims more than is left of the packet is believed as far as the
 * packet goes, and is the last.  A field of a chunk that is too short for it is absent.  What was not captured is missing.
 * The same holds for the blocks of a SACK and for error causes inside their chunk. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"

enum { COMMON_HEADER = 12, CHUNK_HEADER = 4 };
typedef enum {
    CHUNK_DATA = 0,
    CHUNK_INIT = 1,
    CHUNK_INIT_ACK = 2,
    CHUNK_SACK = 3,
    CHUNK_ABORT = 6,
    CHUNK_ERROR = 9,
    CHUNK_I_DATA = 64,
} ChunkType;

typedef struct {
    u32 at, len; /* in the header; of the length as much as the packet holds */
    u8 type;
} Chunk;

static u32 padded(u32 len) { return (len + 3) & ~3u; }

static u32 packet_length(const CalcFrame *frame) { return frame->wire_end - frame->header; }

/* The chunk at state->at, which is left at the next one. */
static bool next_chunk(const CalcFrame *frame, CalcValue *value, Chunk *chunk)
{
    CalcState *state = value->state;
    u32 at = state->at ? state->at : COMMON_HEADER;
    if (!have(frame, at, CHUNK_HEADER, value)) return false;
    u32 len = load_be16(header_of(frame) + at + 2), left = packet_length(frame) - at;
    *chunk = (Chunk){at, MAX_OF(MIN_OF(len, left), (u32)CHUNK_HEADER), header_of(frame)[at]};
    state->at = len < CHUNK_HEADER || len > left ? at + left : at + padded(len);
    return true;
}

/* ---- chunks of any kind ---- */

static bool is_data(u8 type) { return type == CHUNK_DATA || type == CHUNK_I_DATA; }
static bool is_init(u8 type) { return type == CHUNK_INIT || type == CHUNK_INIT_ACK; }
static bool is_sack(u8 type) { return type == CHUNK_SACK; }
static bool has_causes(u8 type) { return type == CHUNK_ABORT || type == CHUNK_ERROR; }
typedef bool ChunkKind(u8 type);

/* The next chunk of a kind that has `width` bytes at `at`. */
static bool next_of_kind(const CalcFrame *frame, ChunkKind *kind, u32 at, u32 width, CalcValue *value, Chunk *chunk)
{
    while (next_chunk(frame, value, chunk))
        if (kind(chunk->type) && at + width <= chunk->len) return true;
    return false;
}

static bool number_of_kind(const CalcFrame *frame, ChunkKind *kind, u32 at, u32 width, CalcValue *value)
{
    Chunk chunk;
    return next_of_kind(frame, kind, at, width, value, &chunk) && number_be(frame, chunk.at + at, width, value);
}

static bool bytes_of_kind(const CalcFrame *frame, ChunkKind *kind, CalcValue *value)
{
    Chunk chunk;
    return next_of_kind(frame, kind, 0, CHUNK_HEADER, value, &chunk) && payload(frame, chunk.at, chunk.len, value);
}

static bool is_any(u8 type)
{
    (void)type;
    return true;
}

bool sctp_chunk(const CalcFrame *frame, CalcValue *value) { return bytes_of_kind(frame, is_any, value); }
bool sctp_chunk_type(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_any, 0, 1, value); }
bool sctp_chunk_flags(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_any, 1, 1, value); }
bool sctp_chunk_length(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_any, 2, 2, value); }

/* ---- DATA, and I-DATA of RFC 8260 ---- */

enum { FIRST_FRAGMENT = 2 };

bool sctp_data(const CalcFrame *frame, CalcValue *value) { return bytes_of_kind(frame, is_data, value); }
bool sctp_data_flags(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_data, 1, 1, value); }
bool sctp_data_tsn(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_data, 4, 4, value); }
bool sctp_data_stream(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_data, 8, 2, value); }

/* The two kinds keep it in different places. */
static bool data_number(const CalcFrame *frame, u32 at, u32 width, u32 interleaved_at, u32 interleaved_width,
                        CalcValue *value)
{
    Chunk chunk;
    while (next_of_kind(frame, is_data, 0, CHUNK_HEADER, value, &chunk)) {
        bool interleaved = chunk.type == CHUNK_I_DATA;
        u32 offset = interleaved ? interleaved_at : at, bytes = interleaved ? interleaved_width : width;
        if (offset + bytes <= chunk.len) return number_be(frame, chunk.at + offset, bytes, value);
    }
    return false;
}

bool sctp_data_sequence(const CalcFrame *frame, CalcValue *value) { return data_number(frame, 10, 2, 12, 4, value); }

/* Fragments of I-DATA behind the first count themselves in its place. */
bool sctp_data_ppid(const CalcFrame *frame, CalcValue *value)
{
    Chunk chunk;
    while (next_of_kind(frame, is_data, 0, CHUNK_HEADER, value, &chunk)) {
        bool interleaved = chunk.type == CHUNK_I_DATA;
        if (interleaved && !(header_of(frame)[chunk.at + 1] & FIRST_FRAGMENT)) continue;
        u32 offset = interleaved ? 16 : 12;
        if (offset + 4 <= chunk.len) return number_be(frame, chunk.at + offset, 4, value);
    }
    return false;
}

bool sctp_data_user(const CalcFrame *frame, CalcValue *value)
{
    Chunk chunk;
    while (next_of_kind(frame, is_data, 0, CHUNK_HEADER, value, &chunk)) {
        u32 offset = chunk.type == CHUNK_I_DATA ? 20 : 16;
        if (offset < chunk.len) return payload(frame, chunk.at + offset, chunk.len - offset, value);
    }
    return false;
}

/* ---- INIT and INIT ACK ---- */

bool sctp_init(const CalcFrame *frame, CalcValue *value) { return bytes_of_kind(frame, is_init, value); }
bool sctp_init_tag(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_init, 4, 4, value); }
bool sctp_init_credit(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_init, 8, 4, value); }
bool sctp_init_out(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_init, 12, 2, value); }
bool sctp_init_in(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_init, 14, 2, value); }
bool sctp_init_tsn(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_init, 16, 4, value); }

/* ---- SACK ---- */

bool sctp_sack(const CalcFrame *frame, CalcValue *value) { return bytes_of_kind(frame, is_sack, value); }
bool sctp_sack_tsn(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_sack, 4, 4, value); }
bool sctp_sack_credit(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_sack, 8, 4, value); }
bool sctp_sack_gaps(const CalcFrame *frame, CalcValue *value) { return number_of_kind(frame, is_sack, 12, 2, value); }
bool sctp_sack_duplicates(const CalcFrame *frame, CalcValue *value)
{
    return number_of_kind(frame, is_sack, 14, 2, value);
}

/* The state keeps where the next block stands, and how many are left of its chunk. */
static bool next_gap(const CalcFrame *frame, CalcValue *value, u32 *at)
{
    enum { GAPS_AT = 16, GAP_BYTES = 4 };
    CalcState *state = value->state;
    Chunk chunk;
    while (state->left == 0) {
        if (!next_of_kind(frame, is_sack, 0, GAPS_AT, value, &chunk) || !have(frame, chunk.at, GAPS_AT, value))
            return false;
        u32 said = load_be16(header_of(frame) + chunk.at + 12), room = (chunk.len - GAPS_AT) / GAP_BYTES;
        state->left = MIN_OF(said, room);
        state->word[0] = chunk.at + GAPS_AT;
    }
    *at = state->word[0];
    state->word[0] += GAP_BYTES;
    state->left--;
    return true;
}

bool sctp_gap(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return next_gap(frame, value, &at) && bytes_at(frame, at, 4, value);
}
bool sctp_gap_start(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return next_gap(frame, value, &at) && number_be(frame, at, 2, value);
}
bool sctp_gap_end(const CalcFrame *frame, CalcValue *value)
{
    u32 at;
    return next_gap(frame, value, &at) && number_be(frame, at + 2, 2, value);
}

/* ---- error causes ---- */

/* The state keeps where the next cause stands, and how many bytes are left of its chunk. */
static bool next_cause(const CalcFrame *frame, CalcValue *value, u32 *at, u32 *len)
{
    CalcState *state = value->state;
    Chunk chunk;
    while (state->left < CHUNK_HEADER) {
        if (!next_of_kind(frame, has_causes, 0, CHUNK_HEADER, value, &chunk)) return false;
        state->left = chunk.len - CHUNK_HEADER;
        state->word[0] = chunk.at + CHUNK_HEADER;
    }
    *at = state->word[0];
    if (!have(frame, *at, CHUNK_HEADER, value)) return false;
    u32 said = load_be16(header_of(frame) + *at + 2), step = padded(said);
    bool lies = said < CHUNK_HEADER || said > state->left;
    *len = lies ? CHUNK_HEADER : said;
    state->left = lies || step > state->left ? 0 : state->left - step;
    state->word[0] += step;
    return true;
}

bool sctp_cause(const CalcFrame *frame, CalcValue *value)
{
    u32 at, len;
    return next_cause(frame, value, &at, &len) && payload(frame, at, len, value);
}
bool sctp_cause_code(const CalcFrame *frame, CalcValue *value)
{
    u32 at, len;
    return next_cause(frame, value, &at, &len) && number_be(frame, at, 2, value);
}

/* ---- summary ---- */

void describe_sctp(Summary *out, const CalcFrame *frame)
{
    static const NumberName names[] = {
        {0, "DATA"},
        {1, "INIT"},
        {2, "INIT ACK"},
        {3, "SACK"},
        {4, "HEARTBEAT"},
        {5, "HEARTBEAT ACK"},
        {6, "ABORT"},
        {7, "SHUTDOWN"},
        {8, "SHUTDOWN ACK"},
        {9, "ERROR"},
        {10, "COOKIE ECHO"},
        {11, "COOKIE ACK"},
        {12, "ECNE"},
        {13, "CWR"},
        {14, "SHUTDOWN COMPLETE"},
        {15, "AUTH"},
        {64, "I-DATA"},
        {128, "ASCONF ACK"},
        {130, "RE-CONFIG"},
        {132, "PAD"},
        {192, "FORWARD TSN"},
        {193, "ASCONF"},
        {194, "I-FORWARD TSN"},
    };
    CalcState state = {0};
    CalcValue value = {.state = &state};
    for (u32 shown = 0; shown < 8 && sctp_chunk_type(frame, &value); shown++) {
        const char *name = name_of(names, COUNT_OF(names), value.number);
        if (name)
            summary_add(out, "%s", name);
        else
            summary_add(out, "Chunk=%llu", (unsigned long long)value.number);
    }
    summary_number(out, frame, "SrcPort", FIELD_SCTP_SRC_PORT);
    summary_number(out, frame, "DstPort", FIELD_SCTP_DST_PORT);
    summary_number(out, frame, "TSN", FIELD_SCTP_DATA_TSN);
    summary_number(out, frame, "Stream", FIELD_SCTP_DATA_STREAM);
}
