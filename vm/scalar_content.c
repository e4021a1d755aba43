/* scalar_content.c - what a TCP payload's first bytes say it is: the rules of protocols/ in other words, for the oracle.
 *
 * Beside scalar_decode.c.  `start` is where the payload begins, `end` where it ends on the wire. */
#include "vm/scalar_decode.h"

typedef enum { NO, PERHAPS, YES } Answer;

/* Do the bytes at `start` spell the word?  Perhaps: as far as they were captured. */
static Answer spells(const ScalarHeaders *f, u64 start, u32 end, const char *word)
{
    u64 len = strlen(word);
    if (start + len > end) return NO;
    for (u64 i = 0; i < len && start + i < f->caplen; i++)
        if (f->data[start + i] != (u8)word[i]) return NO;
    return start + len <= f->caplen ? YES : PERHAPS;
}

/* A request line, as far as the frame goes, ends in "HTTP/" and something; or it is "GET /", of HTTP/0.9, to its end.  A
 * line whose end is not there is good for any. */
static bool is_request_line(const ScalarHeaders *f, u64 start, u64 uri, u32 end)
{
    u64 feed = start;
    while (feed < end && feed < f->caplen && f->data[feed] != '\n') feed++;
    if (feed >= end || feed >= f->caplen) return true;
    while (feed > uri && (f->data[feed - 1] == '\r' || f->data[feed - 1] == ' ')) feed--;
    for (u64 at = feed; at > uri; at--)
        if (f->data[at - 1] == ' ') return feed - at >= 5 && memcmp(f->data + at, "HTTP/", 5) == 0;
    return uri == start + 4 && memcmp(f->data + start, "GET /", 5) == 0 && feed > uri;
}

static Answer is_http(const ScalarHeaders *f, u64 start, u32 end)
{
    static const char *const methods[] = {
#define METHOD(name) name " ",
#include "vm/protocols/http_methods.def"
    };
    Answer answer = spells(f, start, end, "HTTP/1.");
    for (u32 i = 0; i < COUNT_OF(methods) && answer != YES; i++) {
        Answer method = spells(f, start, end, methods[i]);
        if (method == YES) return is_request_line(f, start, start + strlen(methods[i]), end) ? YES : NO;
        if (method == PERHAPS) answer = PERHAPS;
    }
    return answer;
}

/* Five bytes: a type from 20 to 24, a version from 3.0 to 3.4, a length up to 18,432, which is 0 for type 23 alone. */
static Answer is_tls(const ScalarHeaders *f, u64 start, u32 end)
{
    u8 byte[5];
    u32 known = 0;
    if (start + sizeof byte > end) return NO;
    for (; known < sizeof byte && start + known < f->caplen; known++) byte[known] = f->data[start + known];
    if (known >= 1 && (byte[0] < 20 || byte[0] > 24)) return NO;
    if (known >= 3 ? byte[1] != 3 || byte[2] > 4 : known == 2 && byte[1] != 3) return NO;
    if (known == 4 && byte[3] * 256u > 18432) return NO;
    if (known < 5) return PERHAPS;
    u32 length = byte[3] * 256u + byte[4];
    return length <= 18432 && (length != 0 || byte[0] == 23) ? YES : NO;
}

bool scalar_is_tls(const ScalarHeaders *f, u64 start, u32 end) { return start < end && is_tls(f, start, end) == YES; }

static bool find_as(ScalarHeaders *f, Proto proto, Answer answer, u64 start, u32 end)
{
    if (answer == PERHAPS) f->missing |= ((u64)1 << proto) & f->asked;
    if (answer == YES) scalar_add_header(f, proto, start, end, 0);
    return answer == YES;
}

bool scalar_find_content(ScalarHeaders *f, u64 start, u32 end)
{
    if (start >= end) return false;
    return find_as(f, PROTO_HTTP, is_http(f, start, end), start, end) ||
           find_as(f, PROTO_TLS, is_tls(f, start, end), start, end);
}
