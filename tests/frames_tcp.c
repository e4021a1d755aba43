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

/* A hello with one or two extensions, some of whose lengths lie. */
static void random_hello(FrameDraft *d, Random *r)
{
    static const u8 body[] = {3,  3,  1,  2,  3,  4,  5,  6,    7,  8,    9,    10, 11, 12, 13,
                              14, 15, 16, 17, 18, 19, 20, 21,   22, 23,   24,   25, 26, 27, 28,
                              29, 30, 31, 32, 0,  0,  4,  0x13, 1,  0xc0, 0x2f, 1,  0};
    static const u8 name[] = {0, 0, 0, 16, 0, 14, 0, 0, 11, 'E', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'c', 'o', 'm'};
    static const u8 protocols[] = {0, 16, 0, 5, 0, 3, 2, 'h', '2', 0, 43, 0, 3, 2, 3, 4};
    u32 extensions = sizeof name + sizeof protocols;
    frame_be(d, 4, (u64)(random_once_in(r, 4) ? 2 : 1) << 24 | (sizeof body + 2 + extensions));
    frame_payload(d, body, sizeof body);
    frame_be(d, 2, random_once_in(r, 5) ? random_below(r, 300) : extensions);
    frame_payload(d, name, sizeof name);
    frame_payload(d, protocols, sizeof protocols);
    if (random_once_in(r, 4)) d->bytes[d->len - 1 - random_below(r, extensions + 10)] = (u8)random_next(r);
}

static void random_tls(FrameDraft *d, Random *r)
{
    static const u8 types[] = {20, 21, 22, 22, 22, 22, 23, 24};
    static const u8 messages[] = {11, 0, 0, 2, 1, 2, 14, 0, 0, 0, 4, 0, 0, 1, 9};
    for (u32 records = 1 + random_below(r, 4); records > 0; records--) {
        u8 type = RANDOM_OF(r, types);
        frame_be(d, 1, type);
        frame_be(d, 2, 0x0300 + random_below(r, 5));
        u32 length_at = d->len, length;
        frame_be(d, 2, 0);
        if (type == 22 && !random_once_in(r, 3)) random_hello(d, r);
        if (type == 22 && random_once_in(r, 2)) frame_payload(d, messages, sizeof messages);
        for (u32 n = type == 22 ? 0 : 1 + random_below(r, 4); n > 0; n--) frame_be(d, 1, random_below(r, 50));
        length = random_once_in(r, 6) ? random_below(r, 500) : d->len - length_at - 2;
        d->bytes[length_at] = (u8)(length >> 8);
        d->bytes[length_at + 1] = (u8)length;
    }
}

void random_tcp_payload(FrameDraft *d, Random *r)
{
    if (random_once_in(r, 2))
        random_http(d, r);
    else
        random_tls(d, r);
}
