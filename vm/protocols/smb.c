/* smb.c - file services: NetBIOS session service (RFC 1002 4.3), SMB 1 (MS-CIFS 2.2.3), SMB 2 and 3 (MS-SMB2 2.2).
 *
 * A segment holds session messages one behind the other, as far as it goes; a message that began in another segment is not
 * put together: a header of no known type is believed in its first byte only, and nothing is behind it.  A message that is
 * no SMB is passed over.  An SMB2 message ends, or goes on with the command NextCommand bytes farther: fewer than its own
 * 64, or more than the message has, count as 0.  SMB in datagrams (UDP 138), over LLC and over IPX is not looked for. */
#include "vm/protocols/describe.h"
#include "vm/protocols/reading.h"
#include "vm/walk.h"

enum { NBTSS_BYTES = 4, SMB_BYTES = 32, SMB2_BYTES = 64, TRANSFORM_BYTES = 52 };

static bool is_smb(const u8 *header, u8 first) { return header[0] == first && memcmp(header + 1, "SMB", 3) == 0; }

/* -- walks: hint is where the session message ends ------------------------------------------------------------------------ */

static Step message_at(Walk *w)
{
    if (!walk_need(w, 4)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    if (is_smb(header, 0xff)) return STEP_SMB;
    return is_smb(header, 0xfe) || is_smb(header, 0xfd) ? STEP_SMB2 : STEP_NONE;
}

static Step behind_message(Walk *w)
{
    w->at = w->hint;
    return STEP_NBTSS;
}

Step walk_nbtss(Walk *w)
{
    if (!walk_need(w, NBTSS_BYTES)) return STEP_NONE;
    const u8 *header = w->data + w->at;
    if (header[0] != 0 && !(header[0] >= 0x81 && header[0] <= 0x85)) return walk_believe(w, 1);
    w->at += NBTSS_BYTES;
    w->hint = MIN_OF(w->end, w->at + (load_be32(header) & 0xffffff));
    w->own->end = w->hint;
    if (w->at == w->hint) return STEP_NBTSS;
    Step step = message_at(w);
    return step != STEP_NONE || w->missing ? step : behind_message(w);
}

Step walk_smb(Walk *w)
{
    w->own->end = w->hint;
    return behind_message(w);
}

Step walk_smb2(Walk *w)
{
    u32 room = w->hint - w->at;
    w->own->end = w->hint;
    if (!is_smb(w->data + w->at, 0xfe) || room < SMB2_BYTES) return behind_message(w);
    if (!walk_need(w, 24)) return STEP_NONE;
    u32 next = load_le32(w->data + w->at + 20);
    if (next < SMB2_BYTES || next >= room) return behind_message(w);
    w->own->end = w->at + next;
    w->at += next;
    Step step = message_at(w);
    return step != STEP_NONE || w->missing ? step : behind_message(w);
}

/* -- numbers ------------------------------------------------------------------------------------------------------------- */

/* What stands in every header of SMB 1; or, `if_` so and so, behind it. */
#define NUMBER_IF(name, condition, offset, count)                                                                      \
    bool name(const CalcFrame *frame, CalcValue *value)                                                                \
    {                                                                                                                  \
        return (condition) && number_le(frame, offset, count, value);                                                  \
    }

static bool has_bit(const CalcFrame *frame, u32 offset, u8 bit, CalcValue *value)
{
    return have(frame, offset, 1, value) && header_of(frame)[offset] & bit;
}

/* -- SMB 1 --------------------------------------------------------------------------------------------------------------- */

static bool is_command(const CalcFrame *frame, u8 command, bool response, CalcValue *value)
{
    if (!have(frame, 0, SMB_BYTES + 1, value) || header_of(frame)[4] != command) return false;
    return has_bit(frame, 9, 0x80, value) == response;
}

NUMBER_IF(smb_status, has_bit(frame, 9, 0x80, value), 5, 4)
NUMBER_IF(smb_flags2, true, 10, 2)
NUMBER_IF(smb_tid, true, 24, 2)
NUMBER_IF(smb_uid, true, 28, 2)
NUMBER_IF(smb_mid, true, 30, 2)

/* Its upper half stands apart. */
bool smb_pid(const CalcFrame *frame, CalcValue *value)
{
    if (!number_le(frame, 26, 2, value)) return false;
    value->number |= (u64)load_le16(header_of(frame) + 12) << 16;
    return true;
}

enum { CLOSE = 0x04, READ = 0x2e, WRITE = 0x2f, CREATE = 0xa2 };

/* Offsets behind the header, 32 bytes and the count of words: in READ and WRITE behind AndX's four bytes. */
bool smb_fid(const CalcFrame *frame, CalcValue *value)
{
    if (is_command(frame, CLOSE, false, value)) return number_le(frame, 33, 2, value);
    if (is_command(frame, READ, false, value) || is_command(frame, WRITE, false, value))
        return number_le(frame, 37, 2, value);
    return is_command(frame, CREATE, true, value) && header_of(frame)[SMB_BYTES] > 0 && number_le(frame, 38, 2, value);
}

static bool is_create(const CalcFrame *frame, CalcValue *value) { return is_command(frame, CREATE, false, value); }

bool smb_create(const CalcFrame *frame, CalcValue *value)
{
    return is_create(frame, value) && payload(frame, SMB_BYTES, frame->wire_end - frame->header - SMB_BYTES, value);
}

NUMBER_IF(smb_create_access, is_create(frame, value), 48, 4)
NUMBER_IF(smb_create_size, is_create(frame, value), 52, 8)
NUMBER_IF(smb_create_disposition, is_create(frame, value), 68, 4)

/* -- names --------------------------------------------------------------------------------------------------------------- */

static u32 put_utf8(u8 *out, u32 rune)
{
    if (rune < 0x80) {
        out[0] = (u8)rune;
        return 1;
    }
    if (rune < 0x800) {
        out[0] = (u8)(0xc0 | rune >> 6);
        out[1] = (u8)(0x80 | (rune & 0x3f));
        return 2;
    }
    u32 len = rune < 0x10000 ? 3 : 4;
    for (u32 i = len - 1; i > 0; i--, rune >>= 6) out[i] = (u8)(0x80 | (rune & 0x3f));
    out[0] = (u8)((len == 3 ? 0xe0 : 0xf0) | rune);
    return len;
}

/* UTF-16, little-endian, as UTF-8; half a pair becomes U+FFFD. */
static void make_utf8(const u8 *text, u32 len, CalcValue *value)
{
    u32 made = 0;
    for (u32 i = 0; i + 2 <= len && made + 4 <= TEXT_MAX; i += 2) {
        u32 rune = load_le16(text + i);
        bool pair = rune >> 10 == 0x36 && i + 4 <= len && load_le16(text + i + 2) >> 10 == 0x37;
        if (pair) {
            rune = 0x10000 + ((rune & 0x3ff) << 10 | (load_le16(text + i + 2) & 0x3ffu));
            i += 2;
        } else if (rune >> 11 == 0x1b) {
            rune = 0xfffd;
        }
        made += put_utf8(value->room + made, rune);
    }
    value->bytes = value->room;
    value->len = made;
}

static bool utf16_at(const CalcFrame *frame, u32 offset, u32 len, CalcValue *value)
{
    if (!have(frame, offset, len, value)) return false;
    make_utf8(header_of(frame) + offset, len, value);
    return true;
}

/* Behind the parameters, a byte of padding in front where it is Unicode; a NUL may end it. */
bool smb_create_name(const CalcFrame *frame, CalcValue *value)
{
    enum { NAME_LEN_AT = 38, BYTES_AT = 83, UNICODE = 0x8000 };
    if (!is_create(frame, value) || !have(frame, NAME_LEN_AT, 2, value)) return false;
    u32 len = load_le16(header_of(frame) + NAME_LEN_AT);
    if (load_le16(header_of(frame) + 10) & UNICODE) {
        if (!utf16_at(frame, BYTES_AT + 1, len, value)) return false;
    } else {
        if (!bytes_at(frame, BYTES_AT, len, value)) return false;
        value->len = MIN_OF(len, (u32)TEXT_MAX);
    }
    if (value->len && value->bytes[value->len - 1] == 0) value->len--;
    return true;
}

/* -- SMB 2 and 3 --------------------------------------------------------------------------------------------------------- */

static bool is_plain(const CalcFrame *frame, CalcValue *value)
{
    return have(frame, 0, 4, value) && is_smb(header_of(frame), 0xfe);
}

static bool is_response(const CalcFrame *frame, CalcValue *value)
{
    return is_plain(frame, value) && has_bit(frame, 16, 0x01, value);
}

static bool is_async(const CalcFrame *frame, bool async, CalcValue *value)
{
    return is_plain(frame, value) && have(frame, 16, 1, value) && has_bit(frame, 16, 0x02, value) == async;
}

NUMBER_IF(smb2_command, is_plain(frame, value), 12, 2)
NUMBER_IF(smb2_status, is_response(frame, value), 8, 4)
NUMBER_IF(smb2_credit_charge, is_plain(frame, value), 6, 2)
NUMBER_IF(smb2_credits, is_plain(frame, value), 14, 2)
NUMBER_IF(smb2_flags, is_plain(frame, value), 16, 4)
NUMBER_IF(smb2_next, is_plain(frame, value), 20, 4)
NUMBER_IF(smb2_message_id, is_plain(frame, value), 24, 8)
NUMBER_IF(smb2_async_id, is_async(frame, true, value), 32, 8)
NUMBER_IF(smb2_process_id, is_async(frame, false, value), 32, 4)
NUMBER_IF(smb2_tree_id, is_async(frame, false, value), 36, 4)
NUMBER_IF(smb2_session_id, is_plain(frame, value), 40, 8)

static bool flag(const CalcFrame *frame, u32 bit, CalcValue *value)
{
    if (!smb2_flags(frame, value)) return false;
    value->number = value->number >> bit & 1;
    return true;
}

bool smb2_response(const CalcFrame *frame, CalcValue *value) { return flag(frame, 0, value); }
bool smb2_async(const CalcFrame *frame, CalcValue *value) { return flag(frame, 1, value); }
bool smb2_related(const CalcFrame *frame, CalcValue *value) { return flag(frame, 2, value); }
bool smb2_signed(const CalcFrame *frame, CalcValue *value) { return flag(frame, 3, value); }

enum { TREE_CONNECT = 3, CREATE2 = 5 };

static bool is_request(const CalcFrame *frame, u32 command, CalcValue *value)
{
    return is_plain(frame, value) && have(frame, 12, 5, value) && !has_bit(frame, 16, 0x01, value) &&
           load_le16(header_of(frame) + 12) == command;
}

/* Behind the header; the request has a body of at least two bytes. */
static bool body_of(const CalcFrame *frame, u32 command, CalcValue *value)
{
    if (!is_request(frame, command, value)) return false;
    u32 length;
    return wire_length(frame, SMB2_BYTES, &length) && payload(frame, SMB2_BYTES, length, value);
}

bool smb2_create(const CalcFrame *frame, CalcValue *value) { return body_of(frame, CREATE2, value); }
bool smb2_tree(const CalcFrame *frame, CalcValue *value) { return body_of(frame, TREE_CONNECT, value); }
NUMBER_IF(smb2_create_access, is_request(frame, CREATE2, value), SMB2_BYTES + 24, 4)
NUMBER_IF(smb2_create_disposition, is_request(frame, CREATE2, value), SMB2_BYTES + 36, 4)

/* Text whose place, from the header on, and length stand at `offset` of the body. */
static bool text_by(const CalcFrame *frame, u32 command, u32 offset, CalcValue *value)
{
    if (!is_request(frame, command, value) || !have(frame, SMB2_BYTES + offset, 4, value)) return false;
    const u8 *place = header_of(frame) + SMB2_BYTES + offset;
    return utf16_at(frame, load_le16(place), load_le16(place + 2), value);
}

bool smb2_create_name(const CalcFrame *frame, CalcValue *value) { return text_by(frame, CREATE2, 44, value); }
bool smb2_tree_path(const CalcFrame *frame, CalcValue *value) { return text_by(frame, TREE_CONNECT, 4, value); }

/* Where the file's id stands in the body of a request; 0: it has none. */
static u32 file_id_at(u32 command)
{
    static const u8 at[] = {
        [6] = 8, [7] = 8, [8] = 16, [9] = 16, [10] = 8, [11] = 8, [14] = 8, [15] = 8, [16] = 24, [17] = 16};
    return command < COUNT_OF(at) ? at[command] : 0;
}

/* A response that is an error has a body of 9 bytes, which says nothing of the file. */
bool smb2_file_id(const CalcFrame *frame, CalcValue *value)
{
    if (!is_plain(frame, value) || !have(frame, 12, 5, value)) return false;
    u32 command = load_le16(header_of(frame) + 12), at = file_id_at(command);
    if (has_bit(frame, 16, 0x01, value)) {
        bool answer =
            command == CREATE2 && have(frame, SMB2_BYTES, 2, value) && load_le16(header_of(frame) + SMB2_BYTES) == 89;
        return answer && bytes_at(frame, SMB2_BYTES + 64, 16, value);
    }
    return at && bytes_at(frame, SMB2_BYTES + at, 16, value);
}

static bool is_transform(const CalcFrame *frame, CalcValue *value)
{
    return have(frame, 0, 4, value) && is_smb(header_of(frame), 0xfd);
}

bool smb2_transform(const CalcFrame *frame, CalcValue *value)
{
    return is_transform(frame, value) && bytes_at(frame, 0, TRANSFORM_BYTES, value);
}

NUMBER_IF(smb2_transform_size, is_transform(frame, value), 36, 4)
NUMBER_IF(smb2_transform_session, is_transform(frame, value), 44, 8)

/* -- properties: of either version, of the last command that has it -------------------------------------------------------- */

static bool last_command(const CalcFrame *frame, CalcFunction *one, CalcFunction *two, CalcValue *value)
{
    value->cut = frame->missing & ((u64)1 << PROTO_SMB | (u64)1 << PROTO_SMB2);
    for (u32 i = frame->layers->count; !value->cut && i-- > 0;) {
        const Layer *layer = &frame->layers->layer[i];
        if (layer->proto != PROTO_SMB && layer->proto != PROTO_SMB2) continue;
        CalcFrame at = frame_at(frame, layer);
        if (layer->proto == PROTO_SMB ? one(&at, value) : two(&at, value)) return true;
    }
    return false;
}

static bool smb_command(const CalcFrame *frame, CalcValue *value) { return number_le(frame, 4, 1, value); }

/* The half that the server makes anew every time. */
static bool volatile_file_id(const CalcFrame *frame, CalcValue *value)
{
    if (!smb2_file_id(frame, value)) return false;
    value->number = load_le64(value->bytes + 8);
    return true;
}

#define SMB_PROPERTY(name, one, two)                                                                                   \
    bool name(const CalcFrame *frame, CalcValue *value) { return last_command(frame, one, two, value); }

SMB_PROPERTY(property_smb_command, smb_command, smb2_command)
SMB_PROPERTY(property_smb_status, smb_status, smb2_status)
SMB_PROPERTY(property_smb_file_name, smb_create_name, smb2_create_name)
SMB_PROPERTY(property_smb_file_id, smb_fid, volatile_file_id)
SMB_PROPERTY(property_smb_pid, smb_pid, smb2_process_id)

/* -- in words ------------------------------------------------------------------------------------------------------------ */

void describe_nbtss(Summary *out, const CalcFrame *frame)
{
    summary_number(out, frame, "PacketType", FIELD_NBTSS_TYPE);
    summary_number(out, frame, "Length", FIELD_NBTSS_LENGTH);
}

static void say_direction(Summary *out, const CalcFrame *frame, const char *command, FieldId response)
{
    u64 is = 0;
    header_number(frame, response, &is);
    if (command) summary_add(out, "%s %s", command, is ? "response" : "request");
}

void describe_smb(Summary *out, const CalcFrame *frame)
{
    static const NumberName commands[] = {{0x04, "Close"},        {0x25, "Transaction"},   {0x2e, "Read"},
                                          {0x2f, "Write"},        {0x32, "Transaction2"},  {0x71, "Tree disconnect"},
                                          {0x72, "Negotiate"},    {0x73, "Session setup"}, {0x74, "Logoff"},
                                          {0x75, "Tree connect"}, {0xa0, "NT transact"},   {0xa2, "NT create"}};
    u64 command;
    if (!header_number(frame, FIELD_SMB_COMMAND, &command)) return;
    say_direction(out, frame, name_of(commands, COUNT_OF(commands), command), FIELD_SMB_RESPONSE);
    summary_number(out, frame, "Command", FIELD_SMB_COMMAND);
    summary_number(out, frame, "NTStatus", FIELD_SMB_STATUS);
    summary_value(out, frame, "FileName", FIELD_SMB_CREATE_NAME);
}

void describe_smb2(Summary *out, const CalcFrame *frame)
{
    static const NumberName commands[] = {
        {0, "Negotiate"},      {1, "Session setup"}, {2, "Logoff"},    {3, "Tree connect"}, {4, "Tree disconnect"},
        {5, "Create"},         {6, "Close"},         {7, "Flush"},     {8, "Read"},         {9, "Write"},
        {10, "Lock"},          {11, "Control"},      {12, "Cancel"},   {13, "Echo"},        {14, "Query directory"},
        {15, "Change notify"}, {16, "Query info"},   {17, "Set info"}, {18, "Oplock break"}};
    u64 command;
    if (!header_number(frame, FIELD_SMB2_COMMAND, &command)) {
        summary_number(out, frame, "Encrypted", FIELD_SMB2_TRANSFORM_SIZE);
        return;
    }
    say_direction(out, frame, name_of(commands, COUNT_OF(commands), command), FIELD_SMB2_RESPONSE);
    summary_number(out, frame, "Command", FIELD_SMB2_COMMAND);
    summary_number(out, frame, "Status", FIELD_SMB2_STATUS);
    summary_value(out, frame, "FileName", FIELD_SMB2_CREATE_NAME);
    summary_value(out, frame, "Path", FIELD_SMB2_TREE_PATH);
}
