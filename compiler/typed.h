/* typed.h - the typed tree: what a filter means, after names and types are known.
 *
 * Made by check.c (where every semantic error is born), simplified by fold.c and merge.c, read by lower.c.  Two sorts of
 * node: values, which have a ValueType, and tests, which have TYPE_BOOL.  Always true of a tree without errors:
 *   - a literal stands only under a test or in arithmetic, never alone;
 *   - constants of a comparison are already in the form its left side is compared in: numbers as a Set or a Wide,
 *     byte strings as a Set or Bytes;
 *   - a tree is at most METHODS_MAX times as high as the syntax tree it came from, so recursion over it is bounded. */
#ifndef COMPILER_TYPED_H
#define COMPILER_TYPED_H

#include "grammar/ast.h"
#include "vm/fields.h"
#include "vm/program.h"

/* What a column means as a mathematical integer: wide enough for u64 and i64 alike. */
__extension__ typedef __int128 Wide;

enum { TYPE_BOOL = TYPE_COUNT, TYPE_ERROR };

typedef enum {
    /* values */
    VALUE_LITERAL, /* as written; number, bytes or both readings of it */
    VALUE_FIELD,   /* field; path when the name was fully qualified */
    VALUE_EITHER,  /* fields of one name in several protocols: any of them */
    VALUE_META,    /* FrameVariable.* */
    VALUE_FRAME,   /* FrameData */
    VALUE_CUT,     /* bytes, offset, length: Blob, AsciiString */
    VALUE_READ,    /* bytes, offset: UINT16 and so on; width, little */
    VALUE_LENGTH,  /* bytes: .Length */
    VALUE_NUMBER,  /* bytes: .StringToNumber */
    VALUE_TEXT,    /* anything: .ToString */
    VALUE_LOWER,   /* bytes: .ToLower; only directly under a test */
    VALUE_KEYED,   /* a KEYED field, lines "name: value": the value behind the name in bytes */
    VALUE_ARITH,   /* one or two numbers; op is the opcode */
    /* tests */
    TEST_TRUE,
    TEST_FALSE,
    TEST_PROTO,   /* field = Proto */
    TEST_LAYERS,  /* path */
    TEST_HAS,     /* value: it exists */
    TEST_IN,      /* value: any of its values is in set */
    TEST_OUT,     /* value: it exists, and none of its values is in set */
    TEST_ORDER,   /* value, op = RELATION_LT.., against wide or bytes */
    TEST_COMPARE, /* value, value; op = RELATION_EQ.. */
    TEST_FIND,    /* value contains bytes */
    TEST_MATCH,   /* value matches the pattern in bytes */
    TEST_NOT,
    TEST_AND,
    TEST_OR,
    TYPED_KIND_COUNT
} TypedKind;

/* The six comparisons, from operators.def. */
typedef enum {
#define RELATION(id, ...) RELATION_##id,
#include "compiler/operators.def"
    RELATION_COUNT
} Relation;

typedef struct {
    const u8 *at;
    u32 len;
} Bytes;

typedef struct {
    Bytes lo, hi; /* both included, bytewise order, a prefix before the longer */
} BytesRange;

/* Numbers are columns as the machine holds them: negative ones in two's complement. */
typedef struct {
    bool of_bytes;
    bool sorted; /* sorted, overlaps merged: as program.h wants it */
    u32 count;
    u32 room; /* ranges that set_add may still reach without growing; 0 where a set is complete */
    NumberRange *numbers;
    BytesRange *bytes;
} Set;

typedef struct {
    u8 proto[PATH_LAYERS_MAX];
    u32 count;
} Path;

typedef struct Typed Typed;
struct Typed {
    u8 kind;       /* TypedKind */
    u8 type;       /* ValueType, TYPE_BOOL, TYPE_ERROR */
    u8 op;         /* Relation, or Op under VALUE_ARITH */
    u8 width;      /* VALUE_READ: bytes, 1..8 */
    bool little;   /* VALUE_READ */
    bool constant; /* a number known now: number */
    u8 need;       /* registers that computing it takes, where the deeper operand comes first (Strahler) */
    u8 pairs;      /* two-way choices in this subtree, at most 255: one for a PAIR field, more under VALUE_EITHER */
    bool headers;  /* this subtree reads headers: DECODE must have run */
    bool repeats;  /* it reads a header that a frame may have several of */
    u16 field;     /* FieldId, Meta or Proto */
    u32 len;       /* VALUE_CUT: the constant length, 0 when it is not constant */
    u32 count;     /* children */
    Span span;
    Span use; /* child of a chain: where it stands there, which is elsewhere when a name stands for it */
    Typed *first, *next;
    const Path *path;
    const Node *literal; /* VALUE_LITERAL: what was written */
    u64 number;          /* constant: the value, two's complement when the type is signed */
    Wide lo, hi;         /* numeric values: no column ever holds less or more.  TEST_ORDER: lo = hi = the constant */
    Bytes bytes;         /* VALUE_LITERAL text and addresses; VALUE_KEYED; TEST_FIND, TEST_MATCH, TEST_ORDER of bytes */
    Set *set;            /* TEST_IN, TEST_OUT */
};

static inline bool type_is_number(int type) { return type < TYPE_COUNT && !type_info[type].slice; }
static inline bool type_is_signed(int type) { return type == TYPE_SIGNED || type == TYPE_DURATION; }
static inline bool is_test(const Typed *t) { return t->type == TYPE_BOOL; }
static inline bool is_error(const Typed *t) { return t->type == TYPE_ERROR; }

/* typed.c: constructors.  Each works out pairs, headers, repeats, lo and hi, and for arithmetic constant and number. */
Typed *typed_new(Arena *arena, TypedKind kind, int type, Span span);
Typed *typed_error(Arena *arena, Span span);
/* Appends a child; `last` is the child before it, NULL for the first. */
void typed_add(Typed *parent, Typed *last, Typed *child);
Typed *typed_field(Arena *arena, FieldId field, const Path *path, Span span);
/* The value of the line that `key` names, of a KEYED field. */
Typed *typed_keyed(Arena *arena, FieldId field, const Path *path, Bytes key, Span span);
Typed *typed_either(Arena *arena, const u16 *fields, u32 count, Span span);
Typed *typed_meta(Arena *arena, Meta meta, Span span);
Typed *typed_number(Arena *arena, u64 number, int type, Span span);
Typed *typed_read(Arena *arena, Typed *bytes, Typed *offset, u32 width, bool little, Span span);
Typed *typed_arith(Arena *arena, Op op, int type, Typed *left, Typed *right, Span span); /* right NULL: unary */
/* A test over one or two values, which become its children. */
Typed *typed_test(Arena *arena, TypedKind kind, Typed *left, Typed *right, Span span);

/* The value of a constant as a mathematical integer. */
static inline Wide typed_wide(const Typed *t)
{
    return type_is_signed(t->type) ? (Wide)(i64)t->number : (Wide)t->number;
}

/* FrameVariable.TimeOfDay of a moment: steps of 100 ns since 1601-01-01 UTC (FILETIME), rounded down. */
static inline Wide filetime_of(i64 ns_since_1970)
{
    return (Wide)(ns_since_1970 / 100 - (ns_since_1970 % 100 < 0)) + 116444736000000000;
}

/* What `a op b` gives in a column, exactly as vm/ops.def says; false when it has no value (division by 0). */
bool arith_apply(Op op, u64 a, u64 b, u64 *out);

/* What is known of a test before any frame is seen: VERDICT_ALWAYS is "true wherever its values exist". */
typedef enum { VERDICT_OPEN, VERDICT_ALWAYS, VERDICT_NEVER } Verdict;
Verdict typed_verdict(const Typed *test);

/* Equal text in meaning: same kinds, fields, constants, all the way down.  Hash goes with equality. */
bool typed_equal(const Typed *a, const Typed *b);
u64 typed_hash(const Typed *t);

/* Sorts, and merges what overlaps or touches (byte strings: overlaps only), so that builder_set/builder_bset take it. */
void set_normalise(Set *set);
int bytes_compare(Bytes a, Bytes b);

#endif
