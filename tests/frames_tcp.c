/* frames_tcp.c - payloads of TCP segments at random: several messages of one protocol behind one another, some broken. */
#include <string.h>

#include "tests/frames.h"

static void put_text(FrameDraft *d, const char *text) { frame_payload(d, text, (u32)strlen(text)); }

static void random_http(FrameDraft *d, Random *r)
{
    static const char *const first[] = {"GET / HTTP/1.1\r\n",        "POST /a?b=c HTTP/1.0\n",
                                        "HTTP/1.1 200 OK\r\n",       "HTTP/1.0 404 Not Found\n",
                                        "HTTP/1.1 100 Continue\r\n", "GET /old\r\n",
                                        "OPTIONS sip:a SIP/2.0\r\n", "UNSUBSCRIBE /x HTTP/1.1\r\n"};
    static const char *const lines[] = {
        "Host: www.example.com\r\n",      "Content-Length: 4\r\n", "Content-Length: x\n",
        "Transfer-Encoding: chunked\r\n", " folded\r\n",           "Server:Apache\n",
        "Content-Type:  text/html \r\n",  "no colon\r\n"};
    static const char *const bodies[] = {"", "body", "4\r\nbody\r\n0\r\n\r\n", "HTTP/1.1", "\r\n", "0\r\n\r\n"};
    for (u32 messages = 1 + random_below(r, 4); messages > 0; messages--) {
        put_text(d, RANDOM_OF(r, first));
        for (u32 n = random_below(r, 4); n > 0; n--) put_text(d, RANDOM_OF(r, lines));
        if (!random_once_in(r, 6)) put_text(d, random_once_in(r, 3) ? "\n" : "\r\n");
        put_text(d, RANDOM_OF(r, bodies));
    }
}

void random_tcp_payload(FrameDraft *d, Random *r) { random_http(d, r); }
