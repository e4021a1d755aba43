/* params.c - see params.h.
 *
 * Called by module.c for a param's own value, for -D and for `with`.  What fits the type can still be wrong where it is
 * used (70000 beside a port): that is the checker's to tell. */
#include "compiler/params.h"

#include "grammar/literal.h"

#include <strings.h>

enum {
    INT = 1 << NODE_INT,
    HEX = 1 << NODE_HEX,
    DURATION = 1 << NODE_DURATION,
    STRING = 1 << NODE_STRING,
    IPV4 = 1 << NODE_IPV4,
    IPV4_PREFIX = 1 << NODE_IPV4_PREFIX,
    IPV6 = 1 << NODE_IPV6,
    IPV6_PREFIX = 1 << NODE_IPV6_PREFIX,
    MAC = 1 << NODE_MAC,
    SET = 1 << NODE_SET,
    MINUS_INT = 1 << 29,
    MINUS_DURATION = 1 << 30,
    ANY_LITERAL =
        INT | HEX | DURATION | STRING | IPV4 | IPV4_PREFIX | IPV6 | IPV6_PREFIX | MAC | MINUS_INT | MINUS_DURATION,
};
_Static_assert(NODE_KIND_COUNT < 29, "each kind of node has a bit of its own");

static const struct {
    const char *name, *words, *examples;
    u32 kinds;
} types[] = {
#define PARAM_TYPE(id, name, words, examples, kinds) {name, words, examples, kinds},
#include "compiler/params.def"
};

/* 100 ns since 1601, as NetMon counts: a smaller number is sooner a year or a date than a time of any capture. */
#define FILETIME_1970 UINT64_C(116444736000000000)

const char *param_type_name(ParamType type) { return types[type].name; }

static u32 kind_of(const Node *value)
{
    if (value->kind != NODE_UNARY) return 1u << value->kind;
    return value->first->kind == NODE_INT ? MINUS_INT : MINUS_DURATION;
}

/* What a literal's kind alone does not tell. */
static bool fits(const Source *source, ParamType type, const Node *value)
{
    const char *text = source->text + value->span.at;
    u32 len = value->span.len;
    u64 number;
    i64 time;
    bool hex = value->kind == NODE_HEX;
    switch (type) {
    case PARAM_NUMBER: return !hex || literal_int(text, len, &number);
    case PARAM_MAC: return !hex || len == 2 + 12;
    case PARAM_BYTES: return !hex || len % 2 == 0;
    case PARAM_TIME:
        if (value->kind == NODE_STRING) return literal_time(text + 1, len - 2, &time);
        return literal_int(text, len, &number) && (number == 0 || number >= FILETIME_1970);
    default: return true;
    }
}

static bool is_of(const Source *source, ParamType type, const Node *value)
{
    return (types[type].kinds & kind_of(value)) && fits(source, type, value);
}

static ParamType type_of(const Source *source, const Node *value)
{
    ParamType type = 0;
    while (type < PARAM_SET && !is_of(source, type, value)) type++;
    return type == PARAM_SET && value->kind != NODE_SET ? PARAM_NUMBER : type;
}

static int find_type(const char *name, u32 len)
{
    for (int type = 0; type < PARAM_TYPE_COUNT; type++)
        if (strlen(types[type].name) == len && strncasecmp(types[type].name, name, len) == 0) return type;
    return -1;
}

/* The body in the tree is that of the file, whatever -D says. */
int param_type(const Source *source, const Statement *param)
{
    if (param->type.len) return find_type(source->text + param->type.at, param->type.len);
    return (int)type_of(source, param->body);
}

bool param_takes(const Source *source, const Statement *param, const Node *value, DiagList *diags)
{
    int type = param_type(source, param);
    if (type < 0 || is_of(source, (ParamType)type, value)) return true;
    const char *name = diag_full(diags) ? "" : diag_quote(diags->arena, source, param->name);
    ParamType other = type_of(source, value);
    Diag *diag =
        type == PARAM_TIME && value->kind == NODE_INT
            ? diag_error(diags, value->span, "a time before 1970: as a number it counts 100 ns since 1601")
        : other == (ParamType)type
            ? diag_error(diags, value->span, "this is not %s, as '%s' is", types[type].words, name)
            : diag_error(diags, value->span, "'%s' is %s, not %s", name, types[type].words, types[other].words);
    diag_hint(diags, diag, "such as %s", types[type].examples);
    return false;
}

static void report_type(const Source *source, const Statement *param, DiagList *diags)
{
    const char *names[PARAM_TYPE_COUNT], *all = "";
    for (int i = 0; i < PARAM_TYPE_COUNT; i++) {
        names[i] = types[i].name;
        all = arena_print(diags->arena, "%s%s%s", all, i ? ", " : "", names[i]);
    }
    Diag *diag = diag_error(diags, param->type, "no type of parameters is called '%s'",
                            diag_quote(diags->arena, source, param->type));
    const char *near = nearest_name(source->text + param->type.at, param->type.len, names, PARAM_TYPE_COUNT);
    if (near)
        diag_hint(diags, diag, "did you mean '%s'?", near);
    else
        diag_hint(diags, diag, "there are %s", all);
}

bool param_sound(const Source *source, const Statement *param, DiagList *diags)
{
    if (param_type(source, param) >= 0) return param_takes(source, param, param->body, diags);
    report_type(source, param, diags);
    return false;
}
