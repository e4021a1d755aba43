/* tls.c - TLS 1.0 to 1.3 and SSL 3.0 as far as one frame shows it: RFC 8446, 5246, 6101.
 *
 * The rules:
 *   - A TCP payload is TLS when it begins with a record header that makes sense: type 20 to 24, version 3.0 to 3.4, length
 *     at most 2^14 + 2048, and not 0 but for application data; whatever the ports.  The rest of a record that began in an
 *     earlier frame is no TLS.  SSL 2.0 is not known.
 *   - Records follow one another as long as their headers make sense and are whole.  The last may go on in the next segment;
 *     it is taken as far as it goes.
 *   - The messages of a handshake record are believed when they have types that there are and follow one another to the end
 *     of the record, where the last may go on in another record.  Else the record is encrypted, or goes on with a
 *     message of the record before.  HelloRequest stands alone; behind a ChangeCipherSpec in the segment only
 *     hellos are believed.
 *   - A message is taken as far as its first record goes.  A length in it that leads out of it leads to its end.
 *   - An alert is plain when it has two bytes.
 *
 * State of the functions for several values: word[0] is the next record, word[1] the next message of the record that ends
 * at word[2], word[3] is 1 behind a ChangeCipherSpec; `at` is the next item of a list that ends at `left`.  0: none. */
#include "vm/protocols/reading.h"

#include <stdio.h>

#include "vm/protocols/describe.h"
#include "vm/walk.h"

enum { TLS_CHANGE_CIPHER_SPEC = 20, TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_APPLICATION_DATA = 23, TLS_HEARTBEAT = 24 };
enum { RECORD_HEADER = 5, RECORD_MAX = (1 << 14) + 2048, MESSAGE_HEADER = 4, MESSAGE_MAX = 1 << 18 };
enum {
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    END_OF_EARLY_DATA = 5,
    CERTIFICATE = 11,
    SERVER_HELLO_DONE = 14
};

Content tls_content(const u8 *payload, u32 captured, u32 sent)
{
    if (sent < RECORD_HEADER) return CONTENT_OTHER;
    if (captured > 0 && (payload[0] < TLS_CHANGE_CIPHER_SPEC || payload[0] > TLS_HEARTBEAT)) return CONTENT_OTHER;
    if (captured > 1 && payload[1] != 3) return CONTENT_OTHER;
    if (captured > 2 && payload[2] > 4) return CONTENT_OTHER;
    if (captured > 3 && payload[3] > RECORD_MAX >> 8) return CONTENT_OTHER;
    if (captured < RECORD_HEADER) return CONTENT_CUT;
    u32 length = load_be16(payload + 3);
    return length <= RECORD_MAX && (length > 0 || payload[0] == TLS_APPLICATION_DATA) ? CONTENT_IS : CONTENT_OTHER;
}

/* -- reading ----------------------------------------------------------------------------------------------------------- */

/* A part of the segment: from `at` to `end`, which may lie behind its end. */
typedef struct {
    u32 at, end;
} Range;

static u32 be24(const u8 *p) { return (u32)load_be16(p) << 8 | p[2]; }

/* As much of a range as is in this frame; absent when that is nothing. */
static bool take_range(const CalcFrame *frame, Range range, CalcValue *value)
{
    u32 end = MIN_OF(range.end, frame->wire_end - frame->header);
    return range.at < end && payload(frame, range.at, end - range.at, value);
}

/* A number at the start of a range; *range is left with what is behind it. */
static bool take_number(const CalcFrame *frame, Range *range, u32 width, CalcValue *value)
{
    if (range->end - range->at < width || !number_be(frame, range->at, width, value)) return false;
    range->at += width;
    return true;
}

/* What a length of `width` bytes at the start of a range counts, at most the range itself, which is left with the rest. */
static bool take_list(const CalcFrame *frame, Range *range, u32 width, Range *list, CalcValue *value)
{
    if (!take_number(frame, range, width, value)) return false;
    u32 length = (u32)MIN_OF(value->number, (u64)(range->end - range->at));
    *list = (Range){range->at, range->at + length};
    range->at += length;
    return true;
}

/* -- records ----------------------------------------------------------------------------------------------------------- */

typedef struct {
    u8 type;
    u32 at;
    Range body;
} Record;

/* Behind what was cut there is nothing to be seen either. */
static bool next_record(const CalcFrame *frame, CalcValue *value, Record *record)
{
    u32 at = value->state->word[0];
    if (value->cut || !have(frame, at, RECORD_HEADER, value)) return false;
    const u8 *header = header_of(frame) + at;
    if (tls_content(header, RECORD_HEADER, RECORD_HEADER) != CONTENT_IS) return false;
    Range body = {at + RECORD_HEADER, at + RECORD_HEADER + load_be16(header + 3)};
    *record = (Record){header[0], at, body};
    value->state->word[0] = body.end;
    return true;
}

static bool next_record_of(const CalcFrame *frame, CalcValue *value, u32 type, Record *record)
{
    while (next_record(frame, value, record))
        if (record->type == type) return true;
    return false;
}

bool tls_record(const CalcFrame *frame, CalcValue *value)
{
    Record record;
    return next_record(frame, value, &record) && take_range(frame, (Range){record.at, record.body.end}, value);
}

static bool record_number(const CalcFrame *frame, CalcValue *value, u32 offset, u32 width)
{
    Record record;
    return next_record(frame, value, &record) && number_be(frame, record.at + offset, width, value);
}

bool tls_content_type(const CalcFrame *frame, CalcValue *value) { return record_number(frame, value, 0, 1); }
bool tls_version(const CalcFrame *frame, CalcValue *value) { return record_number(frame, value, 1, 2); }
bool tls_length(const CalcFrame *frame, CalcValue *value) { return record_number(frame, value, 3, 2); }

/* Bodies of one type that are not empty. */
static bool body_of(const CalcFrame *frame, CalcValue *value, u32 type)
{
    Record record;
    while (next_record_of(frame, value, type, &record))
        if (take_range(frame, record.body, value)) return true;
    return false;
}

bool tls_change_cipher_spec(const CalcFrame *frame, CalcValue *value)
{
    return body_of(frame, value, TLS_CHANGE_CIPHER_SPEC);
}
bool tls_alert(const CalcFrame *frame, CalcValue *value) { return body_of(frame, value, TLS_ALERT); }
bool tls_application_data(const CalcFrame *frame, CalcValue *value)
{
    return body_of(frame, value, TLS_APPLICATION_DATA);
}
bool tls_handshake_record(const CalcFrame *frame, CalcValue *value) { return body_of(frame, value, TLS_HANDSHAKE); }

static bool record_is_plain_alert(const Record *record)
{
    return record->type == TLS_ALERT && record->body.end - record->body.at == 2;
}

static bool alert_number(const CalcFrame *frame, CalcValue *value, u32 offset)
{
    Record record;
    while (next_record(frame, value, &record))
        if (record_is_plain_alert(&record)) return number_be(frame, record.body.at + offset, 1, value);
    return false;
}

bool tls_alert_level(const CalcFrame *frame, CalcValue *value) { return alert_number(frame, value, 0); }
bool tls_alert_description(const CalcFrame *frame, CalcValue *value) { return alert_number(frame, value, 1); }

/* -- handshake messages ------------------------------------------------------------------------------------------------ */

/* IANA's TLS HandshakeType, but for what DTLS alone has. */
static const NumberName handshake_names[] = {
    {0, "Hello Request"},           {1, "Client Hello"},       {2, "Server Hello"},
    {4, "New Session Ticket"},      {5, "End Of Early Data"},  {6, "Hello Retry Request"},
    {8, "Encrypted Extensions"},    {11, "Certificate"},       {12, "Server Key Exchange"},
    {13, "Certificate Request"},    {14, "Server Hello Done"}, {15, "Certificate Verify"},
    {16, "Client Key Exchange"},    {20, "Finished"},          {21, "Certificate URL"},
    {22, "Certificate Status"},     {23, "Supplemental Data"}, {24, "Key Update"},
    {25, "Compressed Certificate"}, {67, "Next Protocol"},
};

static const char *handshake_name(u32 type) { return name_of(handshake_names, COUNT_OF(handshake_names), type); }

/* Can this header be that of a message, `room` bytes before the end of its record? */
static bool message_makes_sense(const u8 *header, u32 room, bool first, bool encrypted)
{
    u32 type = header[0], length = be24(header + 1), end = MESSAGE_HEADER + length;
    bool bare = type == HELLO_REQUEST || type == END_OF_EARLY_DATA || type == SERVER_HELLO_DONE;
    if (encrypted && type != CLIENT_HELLO && type != SERVER_HELLO) return false;
    if (type == HELLO_REQUEST && !(first && room == MESSAGE_HEADER)) return false;
    return handshake_name(type) && length <= MESSAGE_MAX && !(bare && length > 0) && (end <= room || !bare);
}

/* Are there messages to be read in a handshake record?  Without its first header that cannot be told. */
static bool record_is_plain(const CalcFrame *frame, const Record *record, bool encrypted, CalcValue *value)
{
    Range rest = record->body;
    if (rest.end - rest.at < MESSAGE_HEADER || !have(frame, rest.at, MESSAGE_HEADER, value)) return false;
    u32 there = MIN_OF(rest.end, captured_of(frame));
    while (rest.at < there && there - rest.at >= MESSAGE_HEADER) {
        const u8 *header = header_of(frame) + rest.at;
        bool first = rest.at == record->body.at;
        if (!message_makes_sense(header, rest.end - rest.at, first, encrypted)) return false;
        rest.at += MESSAGE_HEADER + be24(header + 1);
    }
    return true;
}

typedef struct {
    u8 type;
    u32 at;
    Range body;
} Message;

/* The next message of the record it is in; false: there are no more. */
static bool message_in_record(const CalcFrame *frame, CalcValue *value, Message *message)
{
    CalcState *state = value->state;
    u32 at = state->word[1], end = state->word[2];
    state->word[1] = 0;
    if (at == 0 || at >= end || end - at < MESSAGE_HEADER || !have(frame, at, MESSAGE_HEADER, value)) return false;
    const u8 *header = header_of(frame) + at;
    u32 next = at + MESSAGE_HEADER + be24(header + 1);
    *message = (Message){header[0], at, {at + MESSAGE_HEADER, MIN_OF(next, end)}};
    state->word[1] = next;
    return true;
}

static bool next_message(const CalcFrame *frame, CalcValue *value, Message *message)
{
    CalcState *state = value->state;
    Record record;
    while (!message_in_record(frame, value, message)) {
        if (!next_record(frame, value, &record)) return false;
        if (record.type == TLS_CHANGE_CIPHER_SPEC) state->word[3] = 1;
        if (record.type != TLS_HANDSHAKE || !record_is_plain(frame, &record, state->word[3], value)) continue;
        state->word[1] = record.body.at;
        state->word[2] = record.body.end;
    }
    return true;
}

static bool next_message_of(const CalcFrame *frame, CalcValue *value, u32 type, Message *message)
{
    while (next_message(frame, value, message))
        if (message->type == type) return true;
    return false;
}

bool tls_handshake(const CalcFrame *frame, CalcValue *value)
{
    Message message;
    return next_message(frame, value, &message) && take_range(frame, (Range){message.at, message.body.end}, value);
}

bool tls_handshake_type(const CalcFrame *frame, CalcValue *value)
{
    Message message;
    if (!next_message(frame, value, &message)) return false;
    value->number = message.type;
    return true;
}

bool tls_handshake_length(const CalcFrame *frame, CalcValue *value)
{
    Message message;
    return next_message(frame, value, &message) && number_be(frame, message.at + 1, 3, value);
}

static bool message_body(const CalcFrame *frame, CalcValue *value, u32 type)
{
    Message message;
    while (next_message_of(frame, value, type, &message))
        if (take_range(frame, message.body, value)) return true;
    return false;
}

bool tls_client_hello(const CalcFrame *frame, CalcValue *value) { return message_body(frame, value, CLIENT_HELLO); }
bool tls_server_hello(const CalcFrame *frame, CalcValue *value) { return message_body(frame, value, SERVER_HELLO); }
bool tls_certificate(const CalcFrame *frame, CalcValue *value) { return message_body(frame, value, CERTIFICATE); }

/* -- hellos ------------------------------------------------------------------------------------------------------------ */

enum { RANDOM_AT = 2, RANDOM_LEN = 32 };

/* A part of hellos: the one at a fixed place. */
static bool hello_fixed(const CalcFrame *frame, CalcValue *value, u32 type, u32 offset, u32 len, Range *part)
{
    Message hello;
    while (next_message_of(frame, value, type, &hello)) {
        *part = (Range){hello.body.at + offset, hello.body.at + offset + len};
        if (part->end <= hello.body.end) return true;
    }
    return false;
}

static bool hello_version(const CalcFrame *frame, CalcValue *value, u32 type)
{
    Range part;
    return hello_fixed(frame, value, type, 0, 2, &part) && number_be(frame, part.at, 2, value);
}

static bool hello_random(const CalcFrame *frame, CalcValue *value, u32 type)
{
    Range part;
    return hello_fixed(frame, value, type, RANDOM_AT, RANDOM_LEN, &part) && bytes_at(frame, part.at, RANDOM_LEN, value);
}

bool tls_client_version(const CalcFrame *frame, CalcValue *value) { return hello_version(frame, value, CLIENT_HELLO); }
bool tls_server_version(const CalcFrame *frame, CalcValue *value) { return hello_version(frame, value, SERVER_HELLO); }
bool tls_client_random(const CalcFrame *frame, CalcValue *value) { return hello_random(frame, value, CLIENT_HELLO); }
bool tls_server_random(const CalcFrame *frame, CalcValue *value) { return hello_random(frame, value, SERVER_HELLO); }

/* The parts behind the random bytes, in their order. */
typedef enum { SESSION_ID, CIPHER_SUITES, COMPRESSIONS, EXTENSIONS } Part;

/* A client offers lists, each with its length in front; a server has one of each. */
static bool hello_part(const CalcFrame *frame, CalcValue *value, const Message *hello, Part wanted, Range *part)
{
    static const u8 length_width[2][4] = {{1, 2, 1, 2}, {1, 0, 0, 2}};
    static const u8 fixed[4] = {0, 2, 1, 0};
    Range rest = hello->body;
    if (rest.end - rest.at < RANDOM_AT + RANDOM_LEN) return false;
    rest.at += RANDOM_AT + RANDOM_LEN;
    for (u32 p = SESSION_ID; p <= (u32)wanted; p++) {
        u32 width = length_width[hello->type == SERVER_HELLO][p];
        if (width) {
            if (!take_list(frame, &rest, width, part, value)) return false;
        } else {
            if (rest.end - rest.at < fixed[p]) return false;
            *part = (Range){rest.at, rest.at + fixed[p]};
            rest.at += fixed[p];
        }
    }
    return true;
}

static bool hello_session(const CalcFrame *frame, CalcValue *value, u32 type)
{
    Message hello;
    Range id;
    while (next_message_of(frame, value, type, &hello)) {
        if (!hello_part(frame, value, &hello, SESSION_ID, &id)) continue;
        if (id.at < id.end) return take_range(frame, id, value);
        value->bytes = header_of(frame); /* empty */
        value->len = 0;
        return true;
    }
    return false;
}

bool tls_client_session(const CalcFrame *frame, CalcValue *value) { return hello_session(frame, value, CLIENT_HELLO); }
bool tls_server_session(const CalcFrame *frame, CalcValue *value) { return hello_session(frame, value, SERVER_HELLO); }

/* The body of the first extension of a type. */
static bool find_extension(const CalcFrame *frame, CalcValue *value, Range rest, u32 type, Range *body)
{
    while (rest.at < rest.end && take_number(frame, &rest, 2, value)) {
        u64 found = value->number;
        if (!take_list(frame, &rest, 2, body, value)) return false;
        if (found == type) return true;
    }
    return false;
}

/* Where a list of items stands in a hello: a part of it, or what an extension holds, behind a length. */
typedef struct {
    u8 hello, part;
    u8 length_width; /* 0: all of the extension, or of the part */
    bool in_extension;
    u16 extension;
} ListPlace;

static bool list_in(const CalcFrame *frame, CalcValue *value, const Message *hello, const ListPlace *place, Range *list)
{
    if (!hello_part(frame, value, hello, (Part)place->part, list)) return false;
    Range body;
    if (!place->in_extension) return true;
    if (!find_extension(frame, value, *list, place->extension, &body)) return false;
    *list = body;
    return place->length_width == 0 || take_list(frame, &body, place->length_width, list, value);
}

/* Is there another item, in this hello or the next?  What is left of the list is in *rest; the caller goes on with
 * item_ends(). */
static bool next_item(const CalcFrame *frame, CalcValue *value, const ListPlace *place, Range *rest)
{
    CalcState *state = value->state;
    while (state->at >= state->left) {
        Message hello;
        if (!next_message_of(frame, value, place->hello, &hello)) return false;
        bool found = list_in(frame, value, &hello, place, rest);
        state->at = found ? rest->at : 0;
        state->left = found ? rest->end : 0;
    }
    *rest = (Range){state->at, state->left};
    return true;
}

/* Goes behind an item, or where there was none that is whole, behind its list. */
static bool item_ends(CalcValue *value, bool found, u32 end)
{
    value->state->at = found ? end : value->state->left;
    return found;
}

static bool number_item(const CalcFrame *frame, CalcValue *value, const ListPlace *place, u32 width)
{
    Range rest;
    while (next_item(frame, value, place, &rest)) {
        bool found = take_number(frame, &rest, width, value);
        if (item_ends(value, found, rest.at)) return true;
    }
    return false;
}

#define IN_PART(hello, part)             (&(const ListPlace){hello, part, 0, false, 0})
#define IN_EXTENSION(hello, type, width) (&(const ListPlace){hello, EXTENSIONS, width, true, type})
enum { EXT_SERVER_NAME = 0, EXT_GROUPS = 10, EXT_PROTOCOLS = 16, EXT_VERSIONS = 43 };

bool tls_client_suite(const CalcFrame *frame, CalcValue *value)
{
    return number_item(frame, value, IN_PART(CLIENT_HELLO, CIPHER_SUITES), 2);
}
bool tls_server_suite(const CalcFrame *frame, CalcValue *value)
{
    return number_item(frame, value, IN_PART(SERVER_HELLO, CIPHER_SUITES), 2);
}
bool tls_client_compression(const CalcFrame *frame, CalcValue *value)
{
    return number_item(frame, value, IN_PART(CLIENT_HELLO, COMPRESSIONS), 1);
}
bool tls_server_compression(const CalcFrame *frame, CalcValue *value)
{
    return number_item(frame, value, IN_PART(SERVER_HELLO, COMPRESSIONS), 1);
}
bool tls_client_supported(const CalcFrame *frame, CalcValue *value)
{
    return number_item(frame, value, IN_EXTENSION(CLIENT_HELLO, EXT_VERSIONS, 1), 2);
}
bool tls_server_selected(const CalcFrame *frame, CalcValue *value)
{
    return number_item(frame, value, IN_EXTENSION(SERVER_HELLO, EXT_VERSIONS, 0), 2);
}
bool tls_client_group(const CalcFrame *frame, CalcValue *value)
{
    return number_item(frame, value, IN_EXTENSION(CLIENT_HELLO, EXT_GROUPS, 2), 2);
}

/* Type, length, body. */
static bool extension_item(const CalcFrame *frame, CalcValue *value, u32 hello, u32 *type, Range *extension)
{
    Range rest, body;
    while (next_item(frame, value, IN_PART((u8)hello, EXTENSIONS), &rest)) {
        extension->at = rest.at;
        bool found = take_number(frame, &rest, 2, value);
        *type = (u32)value->number;
        found = found && take_list(frame, &rest, 2, &body, value);
        extension->end = rest.at;
        if (item_ends(value, found, rest.at)) return true;
    }
    return false;
}

static bool extension_bytes(const CalcFrame *frame, CalcValue *value, u32 hello)
{
    u32 type;
    Range extension;
    return extension_item(frame, value, hello, &type, &extension) && take_range(frame, extension, value);
}

static bool extension_type(const CalcFrame *frame, CalcValue *value, u32 hello)
{
    u32 type;
    Range extension;
    if (!extension_item(frame, value, hello, &type, &extension)) return false;
    value->number = type;
    return true;
}

bool tls_client_extension(const CalcFrame *frame, CalcValue *value)
{
    return extension_bytes(frame, value, CLIENT_HELLO);
}
bool tls_server_extension(const CalcFrame *frame, CalcValue *value)
{
    return extension_bytes(frame, value, SERVER_HELLO);
}
bool tls_client_extension_type(const CalcFrame *frame, CalcValue *value)
{
    return extension_type(frame, value, CLIENT_HELLO);
}
bool tls_server_extension_type(const CalcFrame *frame, CalcValue *value)
{
    return extension_type(frame, value, SERVER_HELLO);
}

/* A length of one byte, and a name. */
static bool protocol_item(const CalcFrame *frame, CalcValue *value, u32 hello)
{
    Range rest, name = {0, 0};
    while (next_item(frame, value, IN_EXTENSION((u8)hello, EXT_PROTOCOLS, 2), &rest)) {
        bool found = take_list(frame, &rest, 1, &name, value);
        if (item_ends(value, found, rest.at) && take_range(frame, name, value)) return true;
    }
    return false;
}

bool tls_client_protocol(const CalcFrame *frame, CalcValue *value) { return protocol_item(frame, value, CLIENT_HELLO); }
bool tls_server_protocol(const CalcFrame *frame, CalcValue *value) { return protocol_item(frame, value, SERVER_HELLO); }

/* A DNS name, in lower case and without a dot at its end. */
static void make_name(CalcValue *value)
{
    u32 len = MIN_OF(value->len, (u32)TEXT_MAX);
    for (u32 i = 0; i < len; i++) {
        u8 byte = value->bytes[i];
        value->room[i] = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
    }
    if (len && !value->open && value->room[len - 1] == '.') len--;
    value->bytes = value->room;
    value->len = len;
}

/* A type, which is 0 for a host's name, a length of two bytes, and the name. */
bool tls_server_name(const CalcFrame *frame, CalcValue *value)
{
    Range rest, name = {0, 0};
    while (next_item(frame, value, IN_EXTENSION(CLIENT_HELLO, EXT_SERVER_NAME, 2), &rest)) {
        bool found = take_number(frame, &rest, 1, value), host = value->number == 0;
        found = found && take_list(frame, &rest, 2, &name, value);
        if (!item_ends(value, found, rest.at) || !host || !take_range(frame, name, value)) continue;
        make_name(value);
        return true;
    }
    return false;
}

/* -- summary: NetMon's words ------------------------------------------------------------------------------------------- */

/* Text being put together; what does not fit is left out. */
typedef struct {
    char text[TEXT_MAX];
    size_t used;
} Words;

static void say(Words *words, const char *text)
{
    size_t len = strlen(text);
    if (len >= sizeof words->text - words->used) return;
    memcpy(words->text + words->used, text, len + 1);
    words->used += len;
}

static void say_messages(Words *words, const CalcFrame *frame, CalcState *state, const Record *record)
{
    CalcValue value = {.state = state};
    Message message;
    say(words, " HandShake:");
    bool plain = record_is_plain(frame, record, state->word[3], &value);
    state->word[1] = plain ? record->body.at : 0;
    state->word[2] = record->body.end;
    if (!plain) say(words, " Encrypted Handshake Message.");
    while (message_in_record(frame, &value, &message)) {
        say(words, " ");
        say(words, handshake_name(message.type));
        say(words, ".");
    }
}

static void say_record(Words *words, const CalcFrame *frame, CalcState *state, const Record *record)
{
    switch (record->type) {
    case TLS_CHANGE_CIPHER_SPEC:
        say(words, " Cipher Change Spec");
        state->word[3] = 1;
        return;
    case TLS_ALERT: say(words, record_is_plain_alert(record) ? " Alert" : " Encrypted Alert"); return;
    case TLS_HANDSHAKE: say_messages(words, frame, state, record); return;
    case TLS_APPLICATION_DATA: say(words, " SSL Application Data"); return;
    default: say(words, " Heartbeat"); return;
    }
}

void describe_tls(Summary *out, const CalcFrame *frame)
{
    CalcState state = {0};
    CalcValue value = {.state = &state};
    Words words = {.used = 0};
    Record record;
    for (u32 n = 1; words.used < sizeof words.text / 2 && next_record(frame, &value, &record); n++) {
        char number[32];
        snprintf(number, sizeof number, "%sTLS Rec Layer-%u", n > 1 ? "; " : "", n);
        say(&words, number);
        say_record(&words, frame, &state, &record);
    }
    summary_add(out, "%s", words.text);
}
