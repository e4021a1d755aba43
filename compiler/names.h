/* names.h - dotted names to what they stand for.
 *
 * Used by check.c for every NODE_NAME.  A name is looked up in the dictionary of vm/fields.h only; what NetMon knows
 * and this version does not is in netmon_names.def, so that it gets a better error than "unknown". */
#ifndef COMPILER_NAMES_H
#define COMPILER_NAMES_H

#include "compiler/typed.h"

typedef enum {
    NAME_UNKNOWN,
    NAME_HEADER, /* id = Proto */
    NAME_FIELD,  /* id = FieldId, never an ALIAS; path when fully qualified; key behind a KEYED field */
    NAME_META,   /* id = Meta */
    NAME_FRAME_DATA,
    NAME_EVERY_FRAME, /* Frame */
    NAME_LAYERS,      /* path */
} NameKind;

typedef struct {
    NameKind kind;
    u16 id;
    const Path *path;
    const u16 *either; /* a structure's field that several protocols have: all of them; id is the first */
    u32 either_count;  /* 0: only one has */
    Bytes key;         /* of a KEYED field: the name asked for, in lower case, without '_'; at NULL: none */
    Span span;         /* the name without its methods */
    Span methods;      /* ".ToString.Contains", or of length 0 */
} Name;

typedef enum {
#define FUNCTION(id, ...) FUNCTION_##id,
#include "compiler/functions.def"
    FUNCTION_COUNT
} Function;

typedef enum {
#define METHOD(id, ...) METHOD_##id,
#include "compiler/functions.def"
    METHOD_COUNT
} Method;

typedef struct {
    const char *name, *form;
    u32 args;
} FunctionInfo;
extern const FunctionInfo function_info[FUNCTION_COUNT];
extern const FunctionInfo method_info[METHOD_COUNT]; /* form is NULL */

enum {
    METHODS_MAX = 8, /* methods behind one name; bounds the height of the typed tree */
    EITHER_MAX = 8,  /* protocols that have a structure of one name */
};

/* The longest reading of the text that is a name with only methods behind it; NAME_UNKNOWN with one error in diags when
 * there is none.  The path is in diags' arena. */
Name name_resolve(DiagList *diags, Span span);

/* "a protocol", "a function" ...: what a word without dots stands for in any filter; NULL: nothing. */
const char *name_meaning(const char *word, size_t len);
/* Does name_resolve know it?  Without an error if not. */
bool name_is_known(DiagList *diags, Span span);

/* -1 when there is none. */
int function_find(const char *name, size_t len);
int method_find(const char *name, size_t len);

/* Errors for names used as functions and methods that do not exist, with the nearest as a hint. */
void report_unknown_function(DiagList *diags, Span span);
void report_unknown_method(DiagList *diags, Span span);

/* Is this the error for a name that is Wireshark's? */
bool is_report_of_wireshark(const Diag *diag);

bool text_is(const char *text, size_t len, const char *word); /* without case */

#endif
