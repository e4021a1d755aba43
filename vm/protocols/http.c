/* http.c - HTTP/1.x, RFC 9112, as far as one frame shows it.  RFC 9110 says what its words mean.
 *
 * The rules:
 *   - A TCP payload is HTTP when it begins with "HTTP/1.", or with a method (http_methods.def) and a blank, whatever the
 *     ports.  A request line that ends in the captured part of the frame must end in a word that begins with "HTTP/" (SIP
 *     and RTSP have the same methods), or be one of HTTP/0.9: "GET /path".  The rest of a message that began in an
 *     earlier frame is no HTTP.
 *   - A line ends at LF; a CR in front of it belongs to the end.  A CR elsewhere is a byte as any other.  The end of the
 *     segment ends the line too: it is taken as far as it goes, however long it is.
 *   - A header line that begins with a blank belongs to the line before it, which keeps its line break (obs-fold).
 *   - The empty line ends the head.  A segment that ends before leaves a head without end, and no body.
 *   - A body is none where a request has no ContentLength and no chunks, in responses 1xx, 204 and 304, and in HTTP/0.9.
 *     Chunks come before ContentLength; a ContentLength that is no number, or differs from an earlier one, and a response
 *     without one mean: to the end of the segment.  A body ends at the segment's end at the latest.
 *   - What follows a body is another message when it begins as one (line breaks before it aside).  Anything else, and all
 *     behind it, is left alone.
 *
 * State of the functions for several values: `at` is where to go on; `left` is 1 inside a head, whose message began at
 * word[0]. */
#include "vm/protocols/reading.h"

#include "vm/protocols/describe.h"
#include "vm/search.h"
#include "vm/walk.h"

/* -- does a payload begin as a message? -------------------------------------------------------------------------------- */

static const char *const methods[] = {
#define METHOD(name) name,
#include "vm/protocols/http_methods.def"
};

static bool begins(const u8 *text, u32 len, const char *word)
{
    size_t word_len = strlen(word);
    return len >= word_len && memcmp(text, word, word_len) == 0;
}

/* The last word of a line; the line itself where it has one word only. */
static u32 last_word(const u8 *line, u32 len)
{
    while (len && line[len - 1] != ' ') len--;
    return len;
}

/* A whole request line, behind its method and blank. */
static bool request_rest_is_http(const char *method, const u8 *rest, u32 len)
{
    while (len && (rest[len - 1] == '\r' || rest[len - 1] == ' ')) len--;
    u32 word = last_word(rest, len);
    if (word == 0) return strcmp(method, "GET") == 0 && begins(rest, len, "/");
    return begins(rest + word, len - word, "HTTP/");
}

static Content request_content(const u8 *payload, u32 captured, u32 sent)
{
    Content content = CONTENT_OTHER;
    for (u32 i = 0; i < COUNT_OF(methods); i++) {
        if (captured && payload[0] != (u8)methods[i][0]) continue; /* most payloads are something else */
        u32 len = (u32)strlen(methods[i]), shared = MIN_OF(len, captured);
        if (sent <= len || memcmp(payload, methods[i], shared) != 0) continue;
        if (captured <= len) {
            content = CONTENT_CUT;
        } else if (payload[len] == ' ') {
            const u8 *rest = payload + len + 1, *end = memchr(rest, '\n', captured - len - 1);
            return !end || request_rest_is_http(methods[i], rest, (u32)(end - rest)) ? CONTENT_IS : CONTENT_OTHER;
        }
    }
    return content;
}

Content http_content(const u8 *payload, u32 captured, u32 sent)
{
    static const char response[] = "HTTP/1.";
    u32 len = sizeof response - 1, shared = MIN_OF(len, captured);
    if (sent >= len && memcmp(payload, response, shared) == 0) return captured >= len ? CONTENT_IS : CONTENT_CUT;
    return request_content(payload, captured, sent);
}

/* -- lines ------------------------------------------------------------------------------------------------------------- */

/* A line without its end; `next` is where the line behind it starts. */
typedef struct {
    u32 at, end, next;
    bool whole; /* its end is in the frame */
} HttpLine;

static bool is_blank(u8 byte) { return byte == ' ' || byte == '\t'; }

/* More of the packet was sent than captured. */
static bool goes_on(const CalcFrame *frame) { return frame->wire_end > frame->caplen; }

static HttpLine line_at(const CalcFrame *frame, u32 at)
{
    const u8 *text = header_of(frame);
    u32 total = captured_of(frame);
    const u8 *feed = at < total ? memchr(text + at, '\n', total - at) : NULL;
    u32 end = feed ? (u32)(feed - text) : total;
    HttpLine line = {at, end, feed ? end + 1 : total, feed != NULL};
    if (line.end > at && text[line.end - 1] == '\r') line.end--;
    return line;
}

/* The same with the lines that are folded into it.  A line with nothing captured behind it may be folded, too. */
static HttpLine header_line_at(const CalcFrame *frame, u32 at)
{
    HttpLine line = line_at(frame, at);
    while (line.whole && line.end > at && line.next < captured_of(frame) && is_blank(header_of(frame)[line.next])) {
        HttpLine more = line_at(frame, line.next);
        line.end = more.end;
        line.next = more.next;
        line.whole = more.whole;
    }
    if (line.end > at && line.next == captured_of(frame) && goes_on(frame)) line.whole = false;
    return line;
}

static bool line_is_empty(const HttpLine *line) { return line->whole && line->end == line->at; }

static bool line_names(const CalcFrame *frame, const HttpLine *line, const char *key, Line *value)
{
    *value = (Line){header_of(frame) + line->at, line->end - line->at, !line->whole && goes_on(frame)};
    return line_value(value, (const u8 *)key, (u32)strlen(key)) == LINE_FOUND;
}

/* -- the first line: three words ----------------------------------------------------------------------------------------- */

typedef struct {
    u32 at, end;
} Words;
typedef struct {
    bool request;
    Words first, second, third; /* method, URI, version; or version, status, reason: that one may be several words */
    u32 next;                   /* the line behind it */
    bool whole;
} FirstLine;

/* The first of some words; *rest is left with the others. */
static Words take_word(const u8 *text, Words *rest)
{
    Words word = {rest->at, rest->at};
    while (word.end < rest->end && !is_blank(text[word.end])) word.end++;
    rest->at = word.end;
    while (rest->at < rest->end && is_blank(text[rest->at])) rest->at++;
    return word;
}

/* The version at the end of what follows a method; what is requested may have blanks in it. */
static Words take_version(const u8 *text, Words *rest)
{
    Words version = {rest->at + last_word(text + rest->at, rest->end - rest->at), rest->end};
    if (version.at == rest->at || !begins(text + version.at, version.end - version.at, "HTTP/"))
        return (Words){rest->end, rest->end};
    rest->end = version.at;
    while (rest->end > rest->at && is_blank(text[rest->end - 1])) rest->end--;
    return version;
}

static FirstLine first_line(const CalcFrame *frame, u32 start)
{
    const u8 *text = header_of(frame);
    HttpLine line = line_at(frame, start);
    FirstLine first = {.next = line.next, .whole = line.whole};
    Words rest = {line.at, line.end};
    while (rest.end > rest.at && is_blank(text[rest.end - 1])) rest.end--;
    first.request = !begins(text + rest.at, rest.end - rest.at, "HTTP/1.");
    first.first = take_word(text, &rest);
    if (first.request) {
        first.third = take_version(text, &rest);
        bool told = first.whole || first.third.at < first.third.end; /* that the URI ends */
        first.second = told ? rest : take_word(text, &rest);
    } else {
        first.second = take_word(text, &rest);
        first.third = rest;
    }
    return first;
}

/* A request of HTTP/0.9: its line is all of it. */
static bool is_old(const FirstLine *first)
{
    return first->request && first->whole && first->third.at == first->third.end;
}

/* -- a message --------------------------------------------------------------------------------------------------------- */

enum { TRANSFER_CLOSE = 0, TRANSFER_CHUNKED = 1, TRANSFER_LENGTH = 2, TRANSFER_NONE = 3 };

typedef struct {
    bool head_ends;
    u32 body;     /* where it starts; where the frame's bytes end when the head does not */
    u32 transfer; /* what ends it */
    u64 length;   /* TRANSFER_LENGTH */
    bool bad_length;
} Message;

static bool digits(const u8 *text, u32 len, u64 *number)
{
    *number = 0;
    for (u32 i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || *number > UINT64_MAX / 20) return false;
        *number = *number * 10 + text[i] - '0';
    }
    return len > 0;
}

static u32 status_of(const CalcFrame *frame, const FirstLine *first)
{
    u64 status;
    const u8 *text = header_of(frame) + first->second.at;
    bool known = !first->request && digits(text, first->second.end - first->second.at, &status) && status < 1000;
    return known ? (u32)status : 0;
}

/* "gzip, Chunked": the last coding counts. */
static bool ends_in_chunked(const Line *value)
{
    static const char word[] = "chunked";
    u32 len = sizeof word - 1;
    if (value->len < len) return false;
    const u8 *tail = value->bytes + value->len - len;
    for (u32 i = 0; i < len; i++)
        if ((tail[i] | 0x20) != word[i]) return false;
    return true;
}

/* What a header line says of the body. */
static void take_framing(const CalcFrame *frame, const HttpLine *line, Message *m)
{
    Line value;
    u64 length;
    if (line_names(frame, line, "transferencoding", &value) && ends_in_chunked(&value)) m->transfer = TRANSFER_CHUNKED;
    if (m->transfer == TRANSFER_CHUNKED || !line_names(frame, line, "contentlength", &value)) return;
    bool another = m->transfer == TRANSFER_LENGTH || m->bad_length, known = digits(value.bytes, value.len, &length);
    m->bad_length = m->bad_length || !known || (another && length != m->length);
    m->transfer = m->bad_length ? TRANSFER_CLOSE : TRANSFER_LENGTH;
    m->length = length;
}

/* Reads a head from its first line to its end. */
static Message message_at(const CalcFrame *frame, u32 start)
{
    FirstLine first = first_line(frame, start);
    Message m = {
        .transfer = first.request ? TRANSFER_NONE : TRANSFER_CLOSE, .head_ends = is_old(&first), .body = first.next};
    while (!m.head_ends && m.body < captured_of(frame)) {
        HttpLine line = header_line_at(frame, m.body);
        m.body = line.next;
        m.head_ends = line_is_empty(&line);
        take_framing(frame, &line, &m);
    }
    u32 status = status_of(frame, &first);
    if (status / 100 == 1 || status == 204 || status == 304) m.transfer = TRANSFER_NONE;
    return m;
}

/* "1a;name=value": the size of a chunk; false: there is none. */
static bool chunk_size(const u8 *text, u32 len, u64 *size)
{
    u32 i = 0;
    for (*size = 0; i < len; i++) {
        u8 letter = text[i] | 0x20;
        bool decimal = text[i] >= '0' && text[i] <= '9';
        if (!decimal && (letter < 'a' || letter > 'f')) break;
        if (*size >> 48) return false;
        *size = *size << 4 | (decimal ? text[i] - (u64)'0' : letter - (u64)'a' + 10);
    }
    return i > 0;
}

/* The end of a body in chunks: behind the last chunk and the lines that follow it, or the end of what there is. */
static u32 chunks_end(const CalcFrame *frame, u32 at)
{
    u32 total = captured_of(frame);
    u64 size = 1;
    while (size > 0) {
        HttpLine line = line_at(frame, at);
        if (!line.whole || !chunk_size(header_of(frame) + line.at, line.end - line.at, &size)) return total;
        if (size >= total - line.next) return total;
        at = line.next + (u32)size;
        if (size == 0) break;
        line = line_at(frame, at); /* the line break behind the chunk */
        if (!line_is_empty(&line)) return total;
        at = line.next;
    }
    HttpLine line;
    do {
        line = line_at(frame, at);
        at = line.next;
    } while (line.whole && !line_is_empty(&line));
    return at;
}

/* Where the body ends in this frame. */
static u32 body_end(const CalcFrame *frame, const Message *m)
{
    u32 total = captured_of(frame);
    switch (m->transfer) {
    case TRANSFER_NONE: return m->body;
    case TRANSFER_LENGTH: return m->length < total - m->body ? m->body + (u32)m->length : total;
    case TRANSFER_CHUNKED: return chunks_end(frame, m->body);
    default: return total;
    }
}

/* Goes behind the message that it is in, if it is in one. */
static void leave_message(const CalcFrame *frame, CalcState *state)
{
    if (!state->left) return;
    Message m = message_at(frame, state->word[0]);
    state->at = m.head_ends ? body_end(frame, &m) : captured_of(frame);
    state->left = 0;
}

/* Is there a message at state->at, or behind line breaks there?  Of the first, the walk has made sure.  Behind what was cut
 * there is nothing to be seen. */
static bool message_follows(const CalcFrame *frame, CalcValue *value)
{
    CalcState *state = value->state;
    const u8 *text = header_of(frame);
    u32 total = captured_of(frame), sent = frame->wire_end - frame->header;
    if (value->cut || state->at == 0) return !value->cut;
    while (state->at < total && (text[state->at] == '\r' || text[state->at] == '\n')) state->at++;
    Content content =
        state->at < sent ? http_content(text + state->at, total - state->at, sent - state->at) : CONTENT_OTHER;
    value->cut = content == CONTENT_CUT;
    return content == CONTENT_IS;
}

typedef enum { ANY_MESSAGE, REQUESTS, RESPONSES } Wanted;

/* The first line of the next message that is wanted. */
static bool next_message(const CalcFrame *frame, CalcValue *value, Wanted wanted, FirstLine *first)
{
    CalcState *state = value->state;
    leave_message(frame, state);
    while (message_follows(frame, value)) {
        *first = first_line(frame, state->at);
        state->word[0] = state->at;
        state->left = 1;
        if (wanted == ANY_MESSAGE || first->request == (wanted == REQUESTS)) {
            state->at = first->next;
            return true;
        }
        leave_message(frame, state);
    }
    return false;
}

/* The next header line of the messages that are wanted. */
static bool next_line(const CalcFrame *frame, CalcValue *value, Wanted wanted, HttpLine *line)
{
    CalcState *state = value->state;
    FirstLine first;
    for (;;) {
        while (!state->left) {
            if (!next_message(frame, value, wanted, &first)) return false;
            if (is_old(&first)) leave_message(frame, state);
        }
        *line = header_line_at(frame, state->at);
        state->at = line->next;
        if (line->end > line->at) return true;
        leave_message(frame, state);
    }
}

/* -- values ------------------------------------------------------------------------------------------------------------ */

/* The bytes from `at` to `end`; where they are not whole, the missing part may hold more of them. */
static bool take_bytes(const CalcFrame *frame, u32 at, u32 end, bool whole, CalcValue *value)
{
    value->bytes = header_of(frame) + at;
    value->len = end - at;
    value->open = !whole && goes_on(frame);
    return true;
}

static bool structure(const CalcFrame *frame, CalcValue *value, Wanted wanted)
{
    FirstLine first;
    if (!next_message(frame, value, wanted, &first)) return false;
    u32 start = value->state->word[0];
    Message m = message_at(frame, start);
    return take_bytes(frame, start, m.body, m.head_ends, value);
}

bool http_request(const CalcFrame *frame, CalcValue *value) { return structure(frame, value, REQUESTS); }
bool http_response(const CalcFrame *frame, CalcValue *value) { return structure(frame, value, RESPONSES); }

/* Words of the first line, of the next message that has them. */
static bool words(const CalcFrame *frame, CalcValue *value, Wanted wanted, size_t which)
{
    FirstLine first;
    while (next_message(frame, value, wanted, &first)) {
        Words chosen = which == 0 ? first.first : which == 1 ? first.second : first.third;
        bool several = first.request ? which == 1 && first.third.at == first.third.end : which == 2; /* may be */
        bool whole = first.whole || (chosen.end < captured_of(frame) && !several);
        if (chosen.at < chosen.end) return take_bytes(frame, chosen.at, chosen.end, whole, value);
        if (!first.whole && goes_on(frame)) value->cut = true;
    }
    return false;
}

bool http_command(const CalcFrame *frame, CalcValue *value) { return words(frame, value, REQUESTS, 0); }
bool http_uri(const CalcFrame *frame, CalcValue *value) { return words(frame, value, REQUESTS, 1); }
bool http_request_version(const CalcFrame *frame, CalcValue *value) { return words(frame, value, REQUESTS, 2); }
bool http_response_version(const CalcFrame *frame, CalcValue *value) { return words(frame, value, RESPONSES, 0); }
bool http_status(const CalcFrame *frame, CalcValue *value) { return words(frame, value, RESPONSES, 1); }
bool http_reason(const CalcFrame *frame, CalcValue *value) { return words(frame, value, RESPONSES, 2); }

bool http_status_number(const CalcFrame *frame, CalcValue *value)
{
    while (words(frame, value, RESPONSES, 1)) {
        if (value->open) break; /* more digits may follow */
        if (digits(value->bytes, value->len, &value->number)) return true;
    }
    value->cut = value->cut || value->open;
    return false;
}

static bool lines(const CalcFrame *frame, CalcValue *value, Wanted wanted)
{
    HttpLine line;
    if (!next_line(frame, value, wanted, &line)) return false;
    return take_bytes(frame, line.at, line.end, line.whole, value);
}

bool http_request_lines(const CalcFrame *frame, CalcValue *value) { return lines(frame, value, REQUESTS); }
bool http_response_lines(const CalcFrame *frame, CalcValue *value) { return lines(frame, value, RESPONSES); }
bool http_lines(const CalcFrame *frame, CalcValue *value) { return lines(frame, value, ANY_MESSAGE); }

/* The value of a header line, as Name.key finds it. */
static bool named_line(const CalcFrame *frame, CalcValue *value, Wanted wanted, const char *key)
{
    HttpLine line;
    while (next_line(frame, value, wanted, &line)) {
        Line found;
        if (!line_names(frame, &line, key, &found)) {
            value->cut = found.open && !memchr(found.bytes, ':', found.len); /* the name goes on */
            continue;
        }
        value->bytes = found.bytes;
        value->len = found.len;
        value->open = found.open;
        return true;
    }
    return false;
}

bool http_host(const CalcFrame *frame, CalcValue *value) { return named_line(frame, value, REQUESTS, "host"); }
bool http_server(const CalcFrame *frame, CalcValue *value) { return named_line(frame, value, RESPONSES, "server"); }
bool http_content_type(const CalcFrame *frame, CalcValue *value)
{
    return named_line(frame, value, ANY_MESSAGE, "contenttype");
}
bool http_content_encoding(const CalcFrame *frame, CalcValue *value)
{
    return named_line(frame, value, ANY_MESSAGE, "contentencoding");
}

bool http_payload(const CalcFrame *frame, CalcValue *value)
{
    FirstLine first;
    while (next_message(frame, value, ANY_MESSAGE, &first)) {
        Message m = message_at(frame, value->state->word[0]);
        value->cut = !m.head_ends && goes_on(frame);
        if (!m.head_ends || m.transfer == TRANSFER_NONE) continue;
        u32 end = body_end(frame, &m);
        bool whole = m.transfer == TRANSFER_LENGTH ? m.length == end - m.body : end < captured_of(frame);
        if (end > m.body) return take_bytes(frame, m.body, end, whole, value);
        if (m.length > 0 || m.transfer != TRANSFER_LENGTH) value->cut = goes_on(frame);
    }
    return false;
}

/* Known when the head ends. */
bool http_transfer_type(const CalcFrame *frame, CalcValue *value)
{
    FirstLine first;
    while (next_message(frame, value, ANY_MESSAGE, &first)) {
        Message m = message_at(frame, value->state->word[0]);
        value->number = m.transfer;
        if (m.head_ends) return true;
        value->cut = goes_on(frame);
    }
    return false;
}

static void print_text(CalcValue *value, const char *text, size_t len)
{
    size_t fits = MIN_OF(len, (size_t)TEXT_MAX - value->len);
    memcpy(value->room + value->len, text, fits);
    value->len += (u32)fits;
}

static void print_words(const CalcFrame *frame, CalcValue *value, const char *before, Words words)
{
    if (words.at == words.end) return;
    print_text(value, before, strlen(before));
    print_text(value, (const char *)header_of(frame) + words.at, words.end - words.at);
}

bool http_summary(const CalcFrame *frame, CalcValue *value)
{
    FirstLine first;
    if (!next_message(frame, value, ANY_MESSAGE, &first)) return false;
    value->bytes = value->room;
    value->len = 0;
    value->open = !first.whole && goes_on(frame);
    print_words(frame, value, first.request ? "Request, " : "Response, ", first.first);
    print_words(frame, value, first.request ? " " : ", Status Code = ", first.second);
    if (!first.request) print_words(frame, value, ", ", first.third);
    return true;
}

/* ---- summary: NetMon's words ---- */

void describe_http(Summary *out, const CalcFrame *frame)
{
    char text[TEXT_MAX + 1];
    if (header_text(frame, FIELD_HTTP_SUMMARY, text, sizeof text)) summary_add(out, "%s", text);
}
