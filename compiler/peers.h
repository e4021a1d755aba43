/* peers.h - the filters of Wireshark and tcpdump: ours said in their languages, theirs recognised and said in ours.
 *
 * Beside the road: equivalent_of reads the typed tree for `explain`, the others are asked when a filter did not compile.
 * All of them go by one table, peers.def.
 * Always true: a filter that is given keeps the frames that ours keeps, but for what its exceptions name; a filter that is
 * recognised as another tool's has been read from its first to its last byte by that tool's grammar. */
#ifndef COMPILER_PEERS_H
#define COMPILER_PEERS_H

#include "compiler/peer.h"
#include "compiler/typed.h"

/* ---- the table ---- */

typedef enum {
#define EXCEPTION(id, ...) EXCEPTION_##id,
#include "compiler/peers.def"
    EXCEPTION_COUNT
} Exception;
_Static_assert(EXCEPTION_COUNT <= 32, "a set of exceptions is one word");

/* Rows of fields, protocols and variables without a counterpart are all NULL. */
typedef struct {
    const char *wireshark; /* names, with " or " between */
    u32 times;             /* 0: written in hex */
    const char *tcpdump;   /* qualifiers, or "" */
    bool exists;           /* Wireshark only has it as there or not there */
    bool part;             /* Wireshark's field has the values of others of ours as well */
    bool digits;           /* text here, its number there */
    bool no_sign;          /* a byte with a sign here, and without one there */
    u32 bytes;             /* a number here, and so many bytes there; 0: not so */
} PeerField;
typedef enum { LAYER_LINK, LAYER_IP, LAYER_UPPER, LAYER_PAYLOAD } PeerLayer;
typedef struct {
    PeerLayer layer;
    const char *wireshark, *tcpdump, *bytes;
    int next;
} PeerProto;
typedef struct {
    const char *wireshark;
    u32 plus;
} PeerMeta;
extern const PeerField peer_field[FIELD_COUNT];
extern const PeerProto peer_proto[PROTO_COUNT];
extern const PeerMeta peer_meta[META_COUNT];

/* NULL, or what must hold in Wireshark to tell a field from another that has the same name there. */
const char *peer_guard(FieldId field);

/* NULL, or why a field has no counterpart in Wireshark, where one would look for it. */
const char *peer_why_none(FieldId field);

/* The line of a KEYED field; NULL when it has no name there. */
const char *peer_key(FieldId field, Bytes key);
/* The other way round: the first KEYED field with a line that Wireshark calls so; FIELD_COUNT: there is none. */
FieldId peer_keyed(const char *wireshark, size_t len);

/* ---- ours in theirs ---- */

/* root: as check() gave it, not folded. */
Equivalent equivalent_of(Arena *arena, const Typed *root, Peer peer);

/* ---- theirs in ours ---- */

/* What a name of Wireshark's is here: a field or a variable by its full name, with a remark where numbers differ; or
 * the text that comes nearest; or nothing.  false: Wireshark has no such name that is known here. */
typedef struct {
    const char *ours;   /* NULL: nothing corresponds */
    const char *remark; /* NULL, or how its numbers differ */
} WiresharkName;
bool wireshark_name(Arena *arena, const char *name, size_t len, WiresharkName *out);

/* A whole filter of a peer's.  false: it is none, or it is just as much ours. */
typedef struct {
    const char *ours; /* the filter that means the same; NULL: there is none, */
    const char *why;  /* for this reason */
    const char *only; /* NULL, or what of it the peer looks for behind IPv4 and without tags alone */
    u32 tests;        /* of values and of headers, in all of it */
} Translation;
bool translate_tcpdump(Arena *arena, const char *text, size_t len, Translation *out);
bool translate_wireshark(Arena *arena, const char *text, size_t len, Translation *out);

#endif
