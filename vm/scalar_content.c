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

bool scalar_find_content(ScalarHeaders *f, u64 start, u32 end)
{
    if (start >= end) return false;
    Answer http = is_http(f, start, end);
    if (http == PERHAPS) f->missing |= ((u64)1 << PROTO_HTTP) & f->asked;
    if (http == YES) scalar_add_header(f, PROTO_HTTP, start, end, 0);
    return http == YES;
}
