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
_Static_assert(PROTO_COUNT <= 64, "a set of protocols is one word");

/* One enum for FIELD, BYTES, CALC and PAIR rows, in file order: FIELD_TCP_SRC_PORT, FIELD_TCP_PORT ... */
typedef enum {
#define FIELD(proto, id, ...) FIELD_##proto##_##id,
#define BYTES(proto, id, ...) FIELD_##proto##_##id,
#define CALC(proto, id, ...)  FIELD_##proto##_##id,
#define PAIR(proto, id, ...)  FIELD_##proto##_##id,
#include "vm/fields.def"
    FIELD_COUNT
} FieldId;

typedef enum {
#define META(id, ...) META_##id,
#include "vm/metas.def"
    META_COUNT
} Meta;

typedef enum { FIELD_IS_NUMBER, FIELD_IS_BYTES, FIELD_IS_CALC, FIELD_IS_PAIR } FieldKind;

/* What a CALC kernel gets: one frame and where the header starts in it.  Returns false when the frame has no value. */
typedef struct {
    const u8 *data;
    u32 caplen, len; /* captured, on the wire */
    u32 header;      /* offset of the header in data */
    u32 end;         /* offset behind the header's own packet as enclosing lengths say, at most caplen (see decode.h) */
    u32 wire_end;    /* the same on the wire: it may lie in the part that was not captured */
} CalcFrame;
typedef struct {
    u64 number;      /* the value of a numeric field */
    const u8 *bytes; /* the value of a slice field */
    u32 len;
    bool open; /* the slice would go on in the part that was not captured */
    bool cut;  /* there is no value, only because its bytes were not captured */
} CalcValue;
typedef bool CalcFunction(const CalcFrame *frame, CalcValue *value);

typedef struct {
    const char *name; /* "SrcPort", "Flags.Syn" */
    u8 proto, type, kind;
    u8 width; /* FIELD: bytes read; BYTES: bytes in all */
    u16 byte;
    u8 shift;
    u64 mask;
    CalcFunction *calc;
    u16 first, second; /* PAIR: FieldIds */
    const char *meaning;
} FieldInfo;

typedef struct {
    const char *name, *meaning;
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

/* Lookups without case; -1 when there is none. */
int proto_find(const char *name, size_t len);
int field_find(int proto, const char *name, size_t len);
int meta_find(const char *name, size_t len);

/* A value as text, as `.ToString`, JSON and listings print it: 80, 10.0.0.1, 00:11:22:33:44:55, 2001:db8::1, bytes as
 * hex, times as 2014-10-25T23:32:00.1234567Z, durations as 0.0123456.  Writes at most `size` bytes, no NUL; returns the
 * length written (512 is always enough for numbers and addresses; bytes and text are cut there). */
size_t value_print_number(char *out, size_t size, ValueType type, u64 value);
size_t value_print_bytes(char *out, size_t size, ValueType type, const u8 *bytes, size_t len);

#endif
