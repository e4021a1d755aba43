/* radiotap.c - what radios say about wireless frames, www.radiotap.org.
 *
 * Behind words of bits that say which fields are there stand those fields, in the order of the bits, each at a multiple of
 * its alignment from the start of the header.  Words of another name space (a vendor's) are passed over with the length it
 * states; a field whose size is not known ends what can be read.  Numbers are little-endian. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"

#include "vm/protocols/wifi.h"
#include "vm/walk.h"

enum { FIRST_WORD = 4, FIELDS = 28 };

/* Bits of the present words. */
enum {
    TSFT,
    FLAGS,
    RATE,
    CHANNEL,
    SIGNAL = 5,
    NOISE = 6,
    POWER = 10,
    ANTENNA = 11,
    SIGNAL_DB = 12,
    NOISE_DB = 13,
    RX_FLAGS = 14,
    TX_FLAGS = 15,
    RETRIES = 17,
    MCS = 19,
    AMPDU = 20,
    NAMES_RADIOTAP = 29, /* the next word is of radiotap's own name space again */
    NAMES_VENDOR = 30,
    MORE_WORDS = 31,
};

typedef struct {
    u8 align, size;
} FieldShape;
static const FieldShape shapes[FIELDS] = {
    {8, 8}, {1, 1}, {1, 1}, {2, 4}, {1, 2}, {1, 1}, {1, 1}, {2, 2},  {2, 2},  {2, 2},  {1, 1},  {1, 1}, {1, 1}, {1, 1},
    {2, 2}, {2, 2}, {1, 1}, {1, 1}, {4, 8}, {1, 3}, {4, 8}, {2, 12}, {8, 12}, {2, 12}, {2, 12}, {2, 6}, {1, 1}, {2, 4},
};

static u32 aligned(u32 at, u32 align) { return (at + align - 1) & ~(align - 1); }

/* ---- what it announces ---- */

/* The flags are the first byte behind the words, but for a clock of eight. */
static u8 flags_of(const Walk *w, u32 length)
{
    const u8 *header = w->data + w->at;
    u32 known = MIN_OF(length, MIN_OF(w->caplen, w->end) - w->at), at = FIRST_WORD;
    if (known < FIRST_WORD + 4) return 0;
    u32 present = load_le32(header + FIRST_WORD);
    for (u32 word = present; word >> MORE_WORDS; word = load_le32(header + at)) {
        at += 4;
        if (at + 4 > known) return 0;
    }
    at += 4;
    if (present >> TSFT & 1) at = aligned(at, 8) + 8;
    return present >> FLAGS & 1 && at < known ? header[at] : 0;
}

Step walk_radiotap(Walk *w)
{
    enum { LEAST = 8, CHECK_SEQUENCE = 0x10, PADDING = 0x20, SEQUENCE_BYTES = 4 };
    if (!walk_need(w, 4)) return STEP_NONE;
    u32 length = load_le16(w->data + w->at + 2);
    if (w->data[w->at] != 0) return walk_believe(w, 1);
    if (length < LEAST) return walk_believe(w, 4);
    u8 flags = flags_of(w, length);
    w->own->end = MIN_OF(w->end, w->at + length);
    w->at += length;
    if (flags & CHECK_SEQUENCE && w->end >= w->at + SEQUENCE_BYTES) w->end -= SEQUENCE_BYTES;
    w->hint = flags & PADDING ? WIFI_PADDED : 0;
    return STEP_WIFI;
}

/* ---- fields ---- */

bool radiotap_length(const CalcFrame *frame, CalcValue *value) { return number_le(frame, 2, 2, value); }

bool radiotap_present(const CalcFrame *frame, CalcValue *value)
{
    CalcState *state = value->state;
    if (state->word[0]) return false; /* the word before was the last */
    if (!number_le(frame, FIRST_WORD + state->at, 4, value)) return false;
    state->at += 4;
    state->word[0] = !(value->number >> MORE_WORDS);
    return true;
}

/* Where a walk over the fields is: state->at, where the next one can stand; state->word[0], its present word;
 * state->word[1], the next bit; state->word[2], the words are a vendor's. */
static bool begin_fields(const CalcFrame *frame, CalcValue *value)
{
    CalcState *state = value->state;
    u32 word_at = FIRST_WORD;
    do {
        if (!number_le(frame, word_at, 4, value)) return false;
        word_at += 4;
    } while (value->number >> MORE_WORDS);
    state->at = word_at;
    state->word[0] = FIRST_WORD;
    return true;
}

/* To the next present word; its names are those that the bits of the one before say. */
static bool next_word(const CalcFrame *frame, u32 present, CalcValue *value)
{
    enum { VENDOR_BYTES = 6 };
    CalcState *state = value->state;
    bool vendor = present >> NAMES_VENDOR & 1, own = present >> NAMES_RADIOTAP & 1;
    if (!(present >> MORE_WORDS) || vendor == own) return false;
    state->word[0] += 4;
    state->word[1] = 0;
    state->word[2] = vendor;
    if (!vendor) return true;
    u32 at = aligned(state->at, 2);
    if (!number_le(frame, at + 4, 2, value)) return false;
    state->at = at + VENDOR_BYTES + (u32)value->number;
    return true;
}

/* The next field of that kind: where it stands in the header. */
static bool next_field(const CalcFrame *frame, u32 kind, u32 *at, CalcValue *value)
{
    CalcState *state = value->state;
    if (state->at == 0 && !begin_fields(frame, value)) return false;
    for (;;) {
        if (!number_le(frame, state->word[0], 4, value)) return false;
        u32 present = (u32)value->number, bit = state->word[1]++;
        if (state->word[2] || bit >= NAMES_RADIOTAP) {
            if (!next_word(frame, present, value)) return false;
            continue;
        }
        if (!(present >> bit & 1)) continue;
        if (bit >= FIELDS) return false; /* of no known size */
        *at = aligned(state->at, shapes[bit].align);
        state->at = *at + shapes[bit].size;
        if (bit == kind) return true;
    }
}

/* `width` bytes at `offset` of the next field of that kind. */
static bool field_number(const CalcFrame *frame, u32 kind, u32 offset, u32 width, CalcValue *value)
{
    u32 at;
    return next_field(frame, kind, &at, value) && number_le(frame, at + offset, width, value);
}

static bool field_signed(const CalcFrame *frame, u32 kind, CalcValue *value)
{
    if (!field_number(frame, kind, 0, 1, value)) return false;
    value->number = (u64)(i64)(int8_t)value->number;
    return true;
}

bool radiotap_tsft(const CalcFrame *frame, CalcValue *value) { return field_number(frame, TSFT, 0, 8, value); }
bool radiotap_flags(const CalcFrame *frame, CalcValue *value) { return field_number(frame, FLAGS, 0, 1, value); }
bool radiotap_rate(const CalcFrame *frame, CalcValue *value) { return field_number(frame, RATE, 0, 1, value); }
bool radiotap_frequency(const CalcFrame *frame, CalcValue *value) { return field_number(frame, CHANNEL, 0, 2, value); }
bool radiotap_signal(const CalcFrame *frame, CalcValue *value) { return field_signed(frame, SIGNAL, value); }
bool radiotap_noise(const CalcFrame *frame, CalcValue *value) { return field_signed(frame, NOISE, value); }
bool radiotap_power(const CalcFrame *frame, CalcValue *value) { return field_signed(frame, POWER, value); }
bool radiotap_antenna(const CalcFrame *frame, CalcValue *value) { return field_number(frame, ANTENNA, 0, 1, value); }
bool radiotap_signal_db(const CalcFrame *frame, CalcValue *value)
{
    return field_number(frame, SIGNAL_DB, 0, 1, value);
}
bool radiotap_noise_db(const CalcFrame *frame, CalcValue *value) { return field_number(frame, NOISE_DB, 0, 1, value); }
bool radiotap_rx_flags(const CalcFrame *frame, CalcValue *value) { return field_number(frame, RX_FLAGS, 0, 2, value); }
bool radiotap_tx_flags(const CalcFrame *frame, CalcValue *value) { return field_number(frame, TX_FLAGS, 0, 2, value); }
bool radiotap_retries(const CalcFrame *frame, CalcValue *value) { return field_number(frame, RETRIES, 0, 1, value); }
bool radiotap_ampdu(const CalcFrame *frame, CalcValue *value) { return field_number(frame, AMPDU, 0, 4, value); }

bool radiotap_channel_flags(const CalcFrame *frame, CalcValue *value)
{
    return field_number(frame, CHANNEL, 2, 2, value);
}

bool radiotap_channel(const CalcFrame *frame, CalcValue *value)
{
    while (radiotap_frequency(frame, value))
        if (wifi_channel_of((u32)value->number, &value->number)) return true;
    return false;
}

bool radiotap_mcs(const CalcFrame *frame, CalcValue *value)
{
    enum { KNOWS_INDEX = 2 };
    u32 at;
    while (next_field(frame, MCS, &at, value)) {
        if (!number_le(frame, at, 1, value)) return false;
        if (value->number & KNOWS_INDEX) return number_le(frame, at + 2, 1, value);
    }
    return false;
}

/* ---- summary ---- */

void describe_radiotap(Summary *out, const CalcFrame *frame)
{
    summary_number(out, frame, "Channel", FIELD_RADIOTAP_CHANNEL);
    summary_value(out, frame, "Signal", FIELD_RADIOTAP_SIGNAL);
}
