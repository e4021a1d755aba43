/* ntp.c - time: RFC 5905, extension fields RFC 7822; control messages RFC 9327.
 *
 * Rules: the mode, in the first byte, says which of three kinds of message it is; fields of the other kinds are absent.
 * Behind the last time stamp of version 4 stand extension fields as long as more than 24 bytes are left; one shorter than
 * 16 bytes, or that does not fit, ends them, and then there is no key. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"

enum { MODE_CONTROL = 6, MODE_PRIVATE = 7, EXTENSIONS_AT = 48, EXTENSION_LEAST = 16, DIGEST_MOST = 24 };
enum { UNITS_A_SECOND = 10 * 1000 * 1000 }; /* of a TIME or DURATION */

static bool of_mode(const CalcFrame *frame, u32 least, u32 most, CalcValue *value)
{
    if (!have(frame, 0, 1, value)) return false;
    u32 mode = header_of(frame)[0] & 7;
    return mode >= least && mode <= most;
}

/* Some bits of `width` bytes at `at`, in messages of these modes. */
static bool bits_of(const CalcFrame *frame, u32 least, u32 most, u32 at, u32 width, u32 shift, u64 mask,
                    CalcValue *value)
{
    if (!of_mode(frame, least, most, value) || !number_be(frame, at, width, value)) return false;
    value->number = value->number >> shift & mask;
    return true;
}

/* ---- messages that carry time: modes 0 to 5 ---- */

static bool tells_time(const CalcFrame *frame, CalcValue *value) { return of_mode(frame, 0, MODE_CONTROL - 1, value); }

static bool time_number(const CalcFrame *frame, u32 at, u32 width, CalcValue *value)
{
    return tells_time(frame, value) && number_be(frame, at, width, value);
}

static bool power_of_two(const CalcFrame *frame, u32 at, CalcValue *value)
{
    if (!time_number(frame, at, 1, value)) return false;
    value->number = (u64)(i64)(signed char)value->number;
    return true;
}

/* Seconds with 16 bits behind the point. */
static bool short_time(const CalcFrame *frame, u32 at, CalcValue *value)
{
    if (!time_number(frame, at, 4, value)) return false;
    value->number = value->number * UNITS_A_SECOND >> 16;
    return true;
}

/* Seconds since 1900, of the era that is nearer to now: without the upper bit, since 2036 (RFC 4330, 3). */
static bool time_stamp(const CalcFrame *frame, u32 at, CalcValue *value)
{
    static const u64 since_1601 = 9435484800;
    if (!time_number(frame, at, 8, value) || value->number == 0) return false;
    u64 seconds = value->number >> 32, fraction = value->number & UINT32_MAX;
    if (seconds < (u64)1 << 31) seconds += (u64)1 << 32;
    value->number = (seconds + since_1601) * UNITS_A_SECOND + (fraction * UNITS_A_SECOND >> 32);
    return true;
}

bool ntp_leap(const CalcFrame *frame, CalcValue *value) { return bits_of(frame, 0, MODE_CONTROL, 0, 1, 6, 3, value); }
bool ntp_stratum(const CalcFrame *frame, CalcValue *value) { return time_number(frame, 1, 1, value); }
bool ntp_poll(const CalcFrame *frame, CalcValue *value) { return power_of_two(frame, 2, value); }
bool ntp_precision(const CalcFrame *frame, CalcValue *value) { return power_of_two(frame, 3, value); }
bool ntp_root_delay(const CalcFrame *frame, CalcValue *value) { return short_time(frame, 4, value); }
bool ntp_root_dispersion(const CalcFrame *frame, CalcValue *value) { return short_time(frame, 8, value); }
bool ntp_reference_time(const CalcFrame *frame, CalcValue *value) { return time_stamp(frame, 16, value); }
bool ntp_originate_time(const CalcFrame *frame, CalcValue *value) { return time_stamp(frame, 24, value); }
bool ntp_receive_time(const CalcFrame *frame, CalcValue *value) { return time_stamp(frame, 32, value); }
bool ntp_transmit_time(const CalcFrame *frame, CalcValue *value) { return time_stamp(frame, 40, value); }

bool ntp_reference(const CalcFrame *frame, CalcValue *value)
{
    return tells_time(frame, value) && bytes_at(frame, 12, 4, value);
}

/* Zeros, or blanks, fill it up; nothing else: no code. */
bool ntp_reference_code(const CalcFrame *frame, CalcValue *value)
{
    if (!ntp_stratum(frame, value) || value->number > 1 || !bytes_at(frame, 12, 4, value)) return false;
    while (value->len && (value->bytes[value->len - 1] == 0 || value->bytes[value->len - 1] == ' ')) value->len--;
    return value->len > 0;
}

bool ntp_reference_ip(const CalcFrame *frame, CalcValue *value)
{
    return ntp_stratum(frame, value) && value->number > 1 && number_be(frame, 12, 4, value);
}

/* ---- behind the time stamps ---- */

bool ntp_extension(const CalcFrame *frame, CalcValue *value)
{
    u32 left, at = value->state->at ? value->state->at : EXTENSIONS_AT;
    if (!tells_time(frame, value) || (header_of(frame)[0] >> 3 & 7) != 4) return false;
    if (!wire_length(frame, at, &left) || left <= DIGEST_MOST || !have(frame, at, 4, value)) return false;
    u32 len = load_be16(header_of(frame) + at + 2);
    if (len < EXTENSION_LEAST || len > left || !bytes_at(frame, at, len, value)) return false;
    value->state->at = at + len;
    return true;
}

bool ntp_extension_type(const CalcFrame *frame, CalcValue *value)
{
    if (!ntp_extension(frame, value)) return false;
    value->number = load_be16(value->bytes);
    return true;
}

/* A key alone says that the digest of a request was wrong. */
bool ntp_key(const CalcFrame *frame, CalcValue *value)
{
    CalcState state = {0};
    CalcValue extension = {.state = &state};
    u32 left;
    if (!tells_time(frame, value)) return false;
    while (ntp_extension(frame, &extension)) continue;
    value->cut = extension.cut;
    u32 at = state.at ? state.at : EXTENSIONS_AT;
    if (extension.cut || !wire_length(frame, at, &left)) return false;
    return (left == 4 || left == 12 || left == 20 || left == 24) && number_be(frame, at, 4, value);
}

/* ---- control messages ---- */

enum { CONTROL_BYTES = 12, COUNT_AT = 10 };

static bool control_bits(const CalcFrame *frame, u32 at, u32 width, u32 shift, u64 mask, CalcValue *value)
{
    return bits_of(frame, MODE_CONTROL, MODE_CONTROL, at, width, shift, mask, value);
}

static bool message_of_mode(const CalcFrame *frame, u32 mode, CalcValue *value)
{
    return of_mode(frame, mode, mode, value) && payload(frame, 0, frame->wire_end - frame->header, value);
}

bool ntp_control(const CalcFrame *frame, CalcValue *value) { return message_of_mode(frame, MODE_CONTROL, value); }
bool ntp_control_response(const CalcFrame *frame, CalcValue *value) { return control_bits(frame, 1, 1, 7, 1, value); }
bool ntp_control_error(const CalcFrame *frame, CalcValue *value) { return control_bits(frame, 1, 1, 6, 1, value); }
bool ntp_control_more(const CalcFrame *frame, CalcValue *value) { return control_bits(frame, 1, 1, 5, 1, value); }
bool ntp_control_opcode(const CalcFrame *frame, CalcValue *value) { return control_bits(frame, 1, 1, 0, 0x1f, value); }
bool ntp_control_sequence(const CalcFrame *frame, CalcValue *value)
{
    return control_bits(frame, 2, 2, 0, 0xffff, value);
}
bool ntp_control_status(const CalcFrame *frame, CalcValue *value)
{
    return control_bits(frame, 4, 2, 0, 0xffff, value);
}
bool ntp_control_association(const CalcFrame *frame, CalcValue *value)
{
    return control_bits(frame, 6, 2, 0, 0xffff, value);
}
bool ntp_control_offset(const CalcFrame *frame, CalcValue *value)
{
    return control_bits(frame, 8, 2, 0, 0xffff, value);
}

/* As much as the message says, and has. */
bool ntp_control_data(const CalcFrame *frame, CalcValue *value)
{
    u32 left;
    if (!control_bits(frame, COUNT_AT, 2, 0, 0xffff, value) || !wire_length(frame, CONTROL_BYTES, &left)) return false;
    return payload(frame, CONTROL_BYTES, MIN_OF((u32)value->number, left), value);
}

/* ---- private messages, of ntpd ---- */

static bool private_bits(const CalcFrame *frame, u32 at, u32 shift, u64 mask, CalcValue *value)
{
    return bits_of(frame, MODE_PRIVATE, MODE_PRIVATE, at, 1, shift, mask, value);
}

bool ntp_private(const CalcFrame *frame, CalcValue *value) { return message_of_mode(frame, MODE_PRIVATE, value); }
bool ntp_private_response(const CalcFrame *frame, CalcValue *value) { return private_bits(frame, 0, 7, 1, value); }
bool ntp_private_implementation(const CalcFrame *frame, CalcValue *value)
{
    return private_bits(frame, 2, 0, 0xff, value);
}
bool ntp_private_request(const CalcFrame *frame, CalcValue *value) { return private_bits(frame, 3, 0, 0xff, value); }

/* ---- summary ---- */

void describe_ntp(Summary *out, const CalcFrame *frame)
{
    static const NumberName modes[] = {
        {1, "Symmetric active"}, {2, "Symmetric passive"}, {3, "Client"},  {4, "Server"},
        {5, "Broadcast"},        {6, "Control"},           {7, "Private"},
    };
    summary_word(out, frame, "", FIELD_NTP_MODE, modes, COUNT_OF(modes));
    summary_number(out, frame, "Version", FIELD_NTP_VERSION);
    summary_number(out, frame, "Stratum", FIELD_NTP_STRATUM);
    summary_value(out, frame, "Reference", FIELD_NTP_REFERENCE_CODE);
    summary_value(out, frame, "Reference", FIELD_NTP_REFERENCE_IP);
    summary_number(out, frame, "OpCode", FIELD_NTP_CONTROL_OPCODE);
    summary_number(out, frame, "RequestCode", FIELD_NTP_PRIVATE_REQUEST);
}
