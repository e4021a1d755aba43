/* payload.h - what a header says, for the tests of vm/protocols/: its values as text, the same when cut anywhere, and
 * filters over a whole frame in both machines.
 *
 * Always true: bytes are handed on in heap blocks of just their captured length, for the address sanitizer. */
#ifndef TESTS_PAYLOAD_H
#define TESTS_PAYLOAD_H

#include "vm/fields.h"

/* All values of a field in a header of `sent` bytes of which `captured` are there: "80|443".  Text stands as it is, bytes as
 * hex.  Behind a value '~': it would go on in the missing part; behind them all '!': so might the list.  Static text,
 * good until the next call but one. */
const char *values_of(FieldId field, const void *header, u32 captured, u32 sent);
/* Fails the test unless that is `want`; nothing was cut. */
void has_values(FieldId field, const void *header, u32 len, const char *want);

/* Cuts the header behind each of its bytes, but for the first `least`, without which there is none, and reads every field of its protocol: a value must be the one that the whole
 * header has in that place, or begin as it does and say that it goes on; one that is lacking must say that it was cut.
 * Then the same header is sent no longer than that: anything goes, inside its bytes. */
void cut_at_every_byte(Proto proto, const void *header, u32 len, u32 least);

/* Does the filter keep a frame of this payload?  Ethernet, IPv4, TCP or UDP, port 40000 to `port`; with `options`, bytes
 * of TCP options.  Both machines, alone and among plain frames, must say the same. */
typedef struct {
    bool udp;
    u16 port;
    u32 options;
    const void *bytes;
    u32 sent, captured; /* of the payload */
} Payload;
bool payload_matches(const char *filter, const Payload *payload);
/* The same where the frame was cut short: did the run count it as cut? */
bool payload_is_cut(const char *filter, const Payload *payload);

/* Of a string constant; without its NUL. */
#define TCP_TEXT(number, text)                                                                                         \
    (&(Payload){.port = (number), .bytes = (text), .sent = sizeof(text) - 1, .captured = sizeof(text) - 1})

#endif
