/* params.h - what the values of parameters may be. */
#ifndef COMPILER_PARAMS_H
#define COMPILER_PARAMS_H

#include "grammar/file.h"

typedef enum {
#define PARAM_TYPE(id, name, words, examples, kinds) PARAM_##id,
#include "compiler/params.def"
    PARAM_TYPE_COUNT
} ParamType;

/* The type behind the ':' of a param; without one, that of the literal it has in the file.  -1: there is no such type. */
int param_type(const Source *source, const Statement *param);
const char *param_type_name(ParamType type);
/* Is this value, a literal or a set, of the type?  If not, an error says so. */
bool param_takes(const Source *source, const Statement *param, const Node *value, DiagList *diags);
/* An error where the type of a param is unknown, or its own value is not of it. */
bool param_sound(const Source *source, const Statement *param, DiagList *diags);

#endif
