/* fields.h - the dictionary as C sees it, made from fields.def, metas.def and types.def. */
#ifndef VM_FIELDS_H
#define VM_FIELDS_H

#include "vm/batch.h"

typedef enum {
#define TYPE(name, ...) TYPE_##name,
#include "vm/types.def"
    TYPE_COUNT
} ValueType;

typedef enum {
#define PROTO(id, ...) PROTO_##id,
#include "vm/fields.def"
    PROTO_COUNT
} Proto;
_Static_assert(PROTO_COUNT < 64, "a set of protocols is one word");
#define PROTOS_ALL (((u64)1 << PROTO_COUNT) - 1)

/* One enum for FIELD, BYTES, CALC, PAIR and ALIAS rows, in file order: FIELD_TCP_SRC_PORT, FIELD_TCP_PORT ... */
typedef enum {
#define FIELD(proto, id, ...) FIELD_##proto##_##id,
#define BYTES(proto, id, ...) FIELD_##proto##_##id,
#define CALC(proto, id, ...)  FIELD_##proto##_##id,
#define PAIR(proto, id, ...)  FIELD_##proto##_##id,
#define ALIAS(proto, id, ...) FIELD_##proto##_##id,
#include "vm/fields.def"
    FIELD_COUNT
} FieldId;

typedef enum {
#define META(id, ...) META_##id,
#include "vm/metas.def"
    META_COUNT
} Meta;

typedef enum { FIELD_IS_NUMBER, FIELD_IS_BYTES, FIELD_IS_CALC, FIELD_IS_PAIR, FIELD_IS_ALIAS } FieldKind;

/* How a CALC field's values come about: bits, explained in fields.def. */
enum { CALC_ONE = 0, CALC_MANY = 1, CALC_MADE = 2, CALC_STRUCT = 4, CALC_KEYED = 8, CALC_LAYERED = 16 };

enum {
    LAYERS_MAX = 32,
    TEXT_MAX = 512,   /* bytes of a value that is made: longer ones are cut there */
    ITEMS_MAX = 4096, /* values of one MANY field in one header that are looked at */
};

/* One header: it starts at `at`; `end` is where its packet ends on the wire, or what of it is believed. */
typedef struct {
    u8 proto;
    u16 at;
    u32 end;
} Layer;
typedef struct {
    u32 count;
    Layer layer[LAYERS_MAX];
} Layers;

/* What a CALC function gets: one frame and where the header starts in it. */
typedef struct {
    const u8 *data;
    u32 caplen, len; /* captured, on the wire */
    u32 header;      /* offset of the header in data */
    u32 end;         /* offset behind the header's own packet as enclosing lengths say, at most caplen (see decode.h) */
    u32 wire_end;    /* the same on the wire: it may lie in the part that was not captured */
    const Layers *layers; /* LAYERED fields: every header of the frame, the outermost first; else NULL */
    u64 missing;          /* LAYERED fields: protocols that may lie in the part that was not captured */
    u32 linktype;         /* of the frame: what is in front of its first header, and in which byte order */
} CalcFrame;

/* Where a MANY field's function goes on.  All zero before the first value; the function may keep what it likes in it. */
typedef struct {
    u32 at, left, word[4];
} CalcState;

typedef struct {
    u64 number;      /* the value of a numeric field */
    const u8 *bytes; /* the value of a slice field */
    u32 len;
    bool open;        /* the slice would go on in the part that was not captured */
    bool cut;         /* there is no value, or there are no more, only because bytes were not captured */
    u8 *room;         /* MADE fields: TEXT_MAX bytes to write the value into; bytes = room then */
    CalcState *state; /* MANY fields: where to go on; never NULL */
} CalcValue;

/* Returns false when the frame has no value; of a MANY field, when it has no more.  Every call of a MANY field's
 * function moves on by at least a byte, so that it ends. */
typedef bool CalcFunction(const CalcFrame *frame, CalcValue *value);

typedef struct {
    const char *name; /* "SrcPort", "Flags.Syn" */
    u8 proto, type, kind;
    u8 width; /* FIELD: bytes read; BYTES: bytes in all */
    u16 byte;
    u8 shift;
    u8 how; /* CALC: bits */
    u64 mask;
    CalcFunction *calc;
    u16 first, second; /* PAIR: FieldIds; ALIAS: first is the field it names */
    const char *meaning;
} FieldInfo;

typedef struct {
    const char *name, *source, *meaning;
} ProtoInfo;
typedef struct {
    const char *name;
    u8 type;
    u32 needs;
    const char *meaning;
} MetaInfo;
typedef struct {
    const char *name;
    bool slice;
    const char *meaning;
} TypeInfo;

extern const FieldInfo field_info[FIELD_COUNT];
extern const ProtoInfo proto_info[PROTO_COUNT];
extern const MetaInfo meta_info[META_COUNT];
extern const TypeInfo type_info[TYPE_COUNT];

static inline bool field_is(FieldId field, u32 how) { return field_info[field].how & how; }

/* The document that says what a field means: its own, in brackets behind its meaning, or its protocol's.  Gives the length
 * of the meaning without it. */
size_t field_source(FieldId field, const char **source, size_t *source_len);

/* lookup.c: lookups without case; -1 when there is none.  structure_find: a field by its name from one of its structures
 * on, whatever the protocol: "KrbError", "SSLHandshake.HandShake.ClientHello"; the first one that has it. */
int proto_find(const char *name, size_t len);
int field_find(int proto, const char *name, size_t len);
int meta_find(const char *name, size_t len);
int structure_find(const char *name, size_t len);
/* The same in every protocol that has it, at most `most` of them: DNS, mDNS and LLMNR have a QRecord.  Returns how many. */
u32 structure_find_all(const char *name, size_t len, u16 *fields, u32 most);

/* A value as text, as `.ToString`, JSON and listings print it: 80, 10.0.0.1, 00:11:22:33:44:55, 2001:db8::1, bytes as
 * hex, times as 2014-10-25T23:32:00.1234567Z, durations as 0.0123456.  Writes at most `size` bytes, no NUL; returns the
 * length written (512 is always enough for numbers and addresses; bytes and text are cut there). */
size_t value_print_number(char *out, size_t size, ValueType type, u64 value);
size_t value_print_bytes(char *out, size_t size, ValueType type, const u8 *bytes, size_t len);

#endif
