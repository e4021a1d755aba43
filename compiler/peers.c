/* peers.c - peers.def as data, and looking up a name in it.  See peers.h. */
#include "compiler/peers.h"

#include "compiler/equivalent.h"

#include <strings.h>

const ExceptionInfo exception_info[EXCEPTION_COUNT] = {
#define EXCEPTION(id, peer, name, text) [EXCEPTION_##id] = {name, text},
#include "compiler/peers.def"
};

const PeerField peer_field[FIELD_COUNT] = {
#define PEER(proto, id, wireshark, times, tcpdump) [FIELD_##proto##_##id] = {wireshark, times, tcpdump},
#define PEER_EXISTS(proto, id, wireshark)          [FIELD_##proto##_##id] = {wireshark, 1, "", .exists = true},
#define PEER_PART(proto, id, wireshark, times)     [FIELD_##proto##_##id] = {wireshark, times, "", .part = true},
#define PEER_DIGITS(proto, id, wireshark)          [FIELD_##proto##_##id] = {wireshark, 1, "", .digits = true},
#define PEER_UNSIGNED(proto, id, wireshark)        [FIELD_##proto##_##id] = {wireshark, 1, "", .no_sign = true},
#define PEER_BYTES(proto, id, wireshark, width)    [FIELD_##proto##_##id] = {wireshark, 1, "", .bytes = width},
#include "compiler/peers.def"
};

const char *peer_guard(FieldId field)
{
    static const char *const guards[FIELD_COUNT] = {
#define PEER_GUARD(proto, id, wireshark) [FIELD_##proto##_##id] = wireshark,
#include "compiler/peers.def"
    };
    return guards[field];
}

const char *peer_why_none(FieldId field)
{
    static const char *const reasons[FIELD_COUNT] = {
#define PEER_NONE(proto, id, why) [FIELD_##proto##_##id] = why,
#include "compiler/peers.def"
    };
    return reasons[field];
}

const PeerProto peer_proto[PROTO_COUNT] = {
#define PEER_PROTO(proto, layer, wireshark, tcpdump, bytes, next)                                                      \
    [PROTO_##proto] = {LAYER_##layer, wireshark, tcpdump, bytes, next},
#include "compiler/peers.def"
};
const PeerMeta peer_meta[META_COUNT] = {
#define PEER_META(meta, wireshark, plus) [META_##meta] = {wireshark, plus},
#include "compiler/peers.def"
};

static const struct {
    u16 field;
    const char *key, *wireshark;
} keys[] = {
#define PEER_KEY(proto, id, key, wireshark) {FIELD_##proto##_##id, key, wireshark},
#include "compiler/peers.def"
};

const char *peer_key(FieldId field, Bytes key)
{
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (keys[i].field == field && strlen(keys[i].key) == key.len && memcmp(keys[i].key, key.at, key.len) == 0)
            return keys[i].wireshark;
    return NULL;
}

FieldId peer_keyed(const char *wireshark, size_t len)
{
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strlen(keys[i].wireshark) == len && strncasecmp(keys[i].wireshark, wireshark, len) == 0)
            return (FieldId)keys[i].field;
    return FIELD_COUNT;
}

Equivalent equivalent_of(Arena *arena, const Typed *root, Peer peer)
{
    Phrase w = {.arena = arena, .out = {.arena = arena}};
    bool good = peer == PEER_WIRESHARK ? wireshark_write(&w, root) : tcpdump_write(&w, root);
    if (!good) return (Equivalent){.why = w.why};
    return (Equivalent){.filter = text_str(&w.out), .exceptions = w.exceptions};
}
