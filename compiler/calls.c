/* calls.c - functions and methods: Blob(FrameData, 34, 2)  X.Contains("s")  contains(X, 's')  .ToString ...
 *
 * Part of the checker.  Always true: the offset and length of a cut or read, where they are constants, lie inside the
 * longest frame there can be; a pattern that is given back has been compiled once. */
#include "compiler/checker.h"

#include "grammar/literal.h"
#include "grammar/text.h"
#include "vm/pattern.h"

#include <stdio.h>

static const char *text_at(const Checker *c, Span span) { return c->source->text + span.at; }

static Typed *error_of(Checker *c, Span span) { return typed_error(c->arena, span); }

/* ---- arguments ---- */

static bool is_bytes(const Typed *t) { return !type_is_number(t->type) && t->type < TYPE_COUNT; }

/* The first argument of Blob and its like. */
static Typed *bytes_argument(Checker *c, const Node *node)
{
    Typed *bytes = check_value(c, node);
    if (is_error(bytes)) return bytes;
    if (is_literal(bytes) || bytes->kind == VALUE_LOWER || !is_bytes(bytes))
        return check_fail(
            c, node->span, NULL,
            "'%s' is no place to read from: that is FrameData, or a field of bytes such as TCP.TCPPayload",
            check_quote(c, node->span));
    return bytes;
}

/* A whole number from least to most where it is constant; any number where it is not. */
static Typed *count_argument(Checker *c, const Node *node, const char *what, u32 least, u32 most)
{
    Typed *t = as_number(c, check_value(c, node));
    if (is_error(t)) return t;
    if (t->type != TYPE_NUMBER && t->type != TYPE_SIGNED)
        return check_fail(c, node->span, NULL, "the %s is a number of bytes, '%s' is %s", what,
                          check_quote(c, node->span), type_words(t->type));
    if (!t->constant) return t;
    Wide number = typed_wide(t);
    if (number < 0) return check_fail(c, node->span, NULL, "the %s is negative", what);
    if (number < least) return check_fail(c, node->span, NULL, "the %s is 0", what);
    if (number > most)
        return check_fail(c, node->span, NULL, "can never be read: no frame has more than %d bytes", FRAME_BYTES_MAX);
    return t;
}

/* ---- functions ---- */

static Typed *check_cut(Checker *c, const Node *node, int type)
{
    const Node *arg = node->first->next;
    Typed *bytes = bytes_argument(c, arg);
    Typed *offset = count_argument(c, arg->next, "offset", 0, FRAME_BYTES_MAX - 1);
    Typed *length = count_argument(c, arg->next->next, "length", 1, FRAME_BYTES_MAX);
    if (is_error(bytes) || is_error(offset) || is_error(length)) return error_of(c, node->span);
    Typed *t = typed_new(c->arena, VALUE_CUT, type, node->span);
    typed_add(t, NULL, bytes);
    typed_add(t, bytes, offset);
    if (!length->constant) {
        typed_add(t, offset, length);
        return t;
    }
    t->len = (u32)length->number;
    if (offset->constant && offset->number + length->number > FRAME_BYTES_MAX)
        return check_fail(c, node->span, NULL, "can never be read: no frame has more than %d bytes", FRAME_BYTES_MAX);
    return t;
}

static Typed *check_read(Checker *c, const Node *node, u32 width, bool little)
{
    const Node *arg = node->first->next;
    Typed *bytes = bytes_argument(c, arg);
    Typed *offset = count_argument(c, arg->next, "offset", 0, FRAME_BYTES_MAX - width);
    if (is_error(bytes) || is_error(offset)) return error_of(c, node->span);
    return typed_read(c->arena, bytes, offset, width, little, node->span);
}

/* UTF-8 to UTF-16LE, as Windows keeps text.  False where the text is no UTF-8. */
static bool to_utf16(Arena *arena, Bytes text, Bytes *out)
{
    u8 *bytes = arena_alloc(arena, 2 * (size_t)text.len + 1, 1);
    u32 count = 0;
    for (size_t at = 0; at < text.len;) {
        u32 rune = rune_next((const char *)text.at, text.len, &at), unit[2] = {rune, 0};
        if (rune == RUNE_BAD) return false;
        bool pair = rune >= 0x10000;
        if (pair) unit[0] = 0xD800 + ((rune - 0x10000) >> 10), unit[1] = 0xDC00 + ((rune - 0x10000) & 0x3FF);
        for (int i = 0; i <= pair; i++) {
            bytes[count++] = (u8)unit[i];
            bytes[count++] = (u8)(unit[i] >> 8);
        }
    }
    *out = (Bytes){bytes, count};
    return true;
}

/* "FF FE" or "FFFE": pairs of hex digits, blanks between pairs. */
static bool from_hex(Arena *arena, Bytes text, Bytes *out)
{
    u8 *bytes = arena_alloc(arena, text.len + 1, 1);
    u32 count = 0, at = 0;
    while (at < text.len) {
        u64 value = 0;
        char pair[4] = "0x";
        if (text.at[at] == ' ') {
            at++;
            continue;
        }
        if (text.len - at < 2) return false;
        memcpy(pair + 2, text.at + at, 2);
        if (!literal_int(pair, 4, &value)) return false;
        bytes[count++] = (u8)value;
        at += 2;
    }
    *out = (Bytes){bytes, count};
    return count > 0;
}

static Typed *find_test(Checker *c, Typed *value, Bytes bytes, const Node *part, Span span)
{
    const Typed *inner = value->kind == VALUE_LOWER ? value->first : value;
    if (bytes.len == 0) return check_fail(c, part->span, NULL, "everything contains nothing: give at least one byte");
    if (inner->kind == VALUE_CUT && inner->len && bytes.len > inner->len)
        return check_fail(c, part->span, NULL, "can never match: '%s' has %u byte%s, %s has %u",
                          check_quote(c, inner->span), inner->len, inner->len == 1 ? "" : "s",
                          check_quote(c, part->span), bytes.len);
    Typed *t = typed_test(c->arena, TEST_FIND, value, NULL, span);
    t->bytes = bytes;
    return t;
}

/* The bytes that the text of ContainsBin stands for, in one of its three modes. */
static bool search_bytes(Checker *c, const Node *mode, const Node *part, Bytes *out)
{
    const char *name = text_at(c, mode->span);
    u32 len = mode->span.len;
    if (mode->kind == NODE_NAME && text_is(name, len, "ASCII")) return true;
    if (mode->kind == NODE_NAME && text_is(name, len, "UNICODE")) {
        if (to_utf16(c->arena, *out, out)) return true;
        check_fail(c, part->span, NULL, "this is no UTF-8, so it cannot be looked for in UTF-16");
    } else if (mode->kind == NODE_NAME && text_is(name, len, "HEX")) {
        if (from_hex(c->arena, *out, out)) return true;
        check_fail(c, part->span, "two hex digits a byte, blanks between bytes: \"FF FE 00\"",
                   "these are no hex digits");
    } else {
        check_fail(c, mode->span, NULL, "the second argument of ContainsBin is ASCII, UNICODE or HEX, not '%s'",
                   check_quote(c, mode->span));
    }
    return false;
}

static Typed *check_contains_bin(Checker *c, const Node *node)
{
    const Node *arg = node->first->next, *mode = arg->next, *part = expand_literal(c, mode->next);
    Typed *bytes = bytes_argument(c, arg);
    Bytes wanted;
    if (!part) return error_of(c, node->span);
    if (part->kind != NODE_STRING) {
        Diag *diag = diag_error(c->diags, part->span, "ContainsBin looks for a text in quotes, not for '%s'",
                                check_quote(c, part->span));
        if (part->kind == NODE_HEX) diag_hint(c->diags, diag, "hex digits stand in quotes too: HEX, \"FFFE\"");
        return error_of(c, node->span);
    }
    wanted = literal_value(c, part)->bytes;
    if (!search_bytes(c, mode, part, &wanted) || is_error(bytes)) return error_of(c, node->span);
    return find_test(c, bytes, wanted, part, node->span);
}

static Typed *call_function(Checker *c, const Node *node, Function function)
{
    switch (function) {
    case FUNCTION_BLOB: return check_cut(c, node, TYPE_BYTES);
    case FUNCTION_ASCII: return check_cut(c, node, TYPE_STRING);
    case FUNCTION_UINT8: return check_read(c, node, 1, false);
    case FUNCTION_UINT16: return check_read(c, node, 2, false);
    case FUNCTION_UINT32: return check_read(c, node, 4, false);
    case FUNCTION_UINT64: return check_read(c, node, 8, false);
    case FUNCTION_UINT16LE: return check_read(c, node, 2, true);
    case FUNCTION_UINT32LE: return check_read(c, node, 4, true);
    case FUNCTION_UINT64LE: return check_read(c, node, 8, true);
    case FUNCTION_FIND_BIN: return check_contains_bin(c, node);
    default: {
        const Node *value = node->first->next;
        return check_contains(c, check_value(c, value), value->next, node->span);
    }
    }
}

Typed *check_call(Checker *c, const Node *node)
{
    Span callee = node->first->span;
    const char *name = text_at(c, callee);
    u32 args = node->count - 1;
    if (memchr(name, '.', callee.len)) return check_name(c, callee, node);
    int function = function_find(name, callee.len);
    Typed *own = function < 0 ? expand_name(c, callee, node) : NULL;
    if (own) return own;
    if (function < 0) {
        report_unknown_function(c->diags, callee);
        return error_of(c, node->span);
    }
    const FunctionInfo *info = &function_info[function];
    if (args != info->args)
        return check_fail(c, node->span, NULL, "%s takes %u arguments, not %u: %s", info->name, info->args, args,
                          info->form);
    return call_function(c, node, (Function)function);
}

/* ---- searching ---- */

/* Can *value be looked into?  If not, *value becomes the error.  `does`: what only text and bytes do. */
static bool is_searchable(Checker *c, Typed **value, const char *does)
{
    Span span = (*value)->span;
    if (is_error(*value)) return false;
    if (is_literal(*value))
        *value = check_fail(c, span, NULL, "what is searched is a field or FrameData, not a literal");
    else if (!is_bytes(*value))
        *value = check_fail(c, span, arena_print(c->arena, "'%s.ToString' is its text", check_quote(c, span)),
                            "'%s' is %s, and only text and bytes %s", check_quote(c, span), type_words((*value)->type),
                            does);
    return !is_error(*value);
}

Typed *check_contains(Checker *c, Typed *value, const Node *part, Span span)
{
    if (!is_searchable(c, &value, "contain something")) return value;
    Typed *literal = check_value(c, part);
    Constant k;
    if (is_error(literal)) return literal;
    bool fits = literal->kind == VALUE_LITERAL &&
                (literal->type == TYPE_STRING || (literal->literal && literal->literal->kind == NODE_HEX));
    if (!fits)
        return check_fail(c, part->span, "ContainsBin(FrameData, HEX, \"FF FE\") looks for bytes as well",
                          "what is looked for is a text in quotes or hex bytes such as 0x1703, not '%s'",
                          check_quote(c, part->span));
    Typed any = {.kind = VALUE_FRAME, .type = TYPE_BYTES, .span = value->span}; /* bytes of any length */
    Typed lower = {.kind = VALUE_LOWER, .type = TYPE_STRING, .span = value->span, .first = &any};
    if (!constant_for(c, value->kind == VALUE_LOWER ? &lower : &any, literal, true, &k)) return error_of(c, span);
    if (value->type == TYPE_NAME) k.lo_bytes = lower_bytes(c->arena, k.lo_bytes);
    if (value->type == TYPE_NETBIOS) k.lo_bytes = upper_bytes(c->arena, k.lo_bytes);
    return find_test(c, value, k.lo_bytes, part, span);
}

/* Where in the pattern the machine's compiler gave up: its message ends in "at byte N of the pattern". */
static bool fault_place(const char *why, u32 *at)
{
    const char *words = strstr(why, ", at byte ");
    return words && sscanf(words, ", at byte %u", at) == 1;
}

/* Names are in one case, so a pattern for them must not mind. */
static Bytes caseless(Arena *arena, Bytes pattern)
{
    static const char option[] = "(?i)";
    u32 len = sizeof option - 1 + pattern.len;
    char *text = arena_alloc(arena, len + 1, 1);
    memcpy(text, option, sizeof option - 1);
    memcpy(text + sizeof option - 1, pattern.at, pattern.len);
    return (Bytes){(const u8 *)text, len};
}

Typed *check_matches(Checker *c, Typed *value, const Node *pattern, Span span)
{
    if (!is_searchable(c, &value, "match a pattern")) return value;
    pattern = expand_literal(c, pattern);
    if (!pattern) return error_of(c, span);
    if (pattern->kind != NODE_STRING)
        return check_fail(c, pattern->span, NULL, "a pattern is a text in quotes, not '%s'",
                          check_quote(c, pattern->span));
    Bytes bytes = literal_value(c, pattern)->bytes;
    char why[200];
    pcre2_code *code = pattern_compile(bytes.at, bytes.len, why, sizeof why);
    if (!code) {
        u32 at = 0;
        bool as_written = bytes.len + 2 == pattern->span.len; /* no escapes, so offsets are the same */
        Span place = pattern->span;
        if (as_written && fault_place(why, &at)) place = (Span){place.at + 1 + MIN_OF(at, bytes.len), 1};
        return check_fail(c, place, NULL, "not a regular expression: %s", why);
    }
    pcre2_code_free(code);
    Typed *t = typed_test(c->arena, TEST_MATCH, value, NULL, span);
    t->bytes = value->type == TYPE_NAME || value->type == TYPE_NETBIOS ? caseless(c->arena, bytes) : bytes;
    return t;
}

/* ---- methods ---- */

static Typed *apply_method(Checker *c, Typed *value, Method method, Span at, Span span)
{
    Typed *t = NULL;
    if (value->kind == VALUE_LOWER && method != METHOD_TO_LOWER)
        return check_fail(c, at, NULL, "'.ToLower' comes last, right before the comparison");
    if (method != METHOD_TO_STRING && !is_bytes(value)) {
        const char *hint = arena_print(c->arena, "'%s.ToString' is its text", check_quote(c, value->span));
        return check_fail(c, at, hint, "'%s' is %s, and this works on text and bytes", check_quote(c, value->span),
                          type_words(value->type));
    }
    switch (method) {
    case METHOD_TO_STRING:
        if (value->type == TYPE_STRING || value->type == TYPE_NAME) return value;
        t = typed_new(c->arena, VALUE_TEXT, TYPE_STRING, span);
        break;
    case METHOD_TO_LOWER:
        if (value->kind == VALUE_LOWER || value->type == TYPE_NAME || value->type == TYPE_NETBIOS) return value;
        t = typed_new(c->arena, VALUE_LOWER, value->type, span);
        break;
    case METHOD_TO_NUMBER: t = typed_new(c->arena, VALUE_NUMBER, TYPE_NUMBER, span); break;
    default: t = typed_new(c->arena, VALUE_LENGTH, TYPE_NUMBER, span); break;
    }
    if (method == METHOD_LENGTH) t->hi = UINT32_MAX;
    typed_add(t, NULL, value);
    return t;
}

static bool arguments_fit(Checker *c, Method method, Span at, const Node *call, u32 args)
{
    const FunctionInfo *info = &method_info[method];
    if (args == info->args) return true;
    if (info->args == 1 && !call)
        check_fail(c, at, NULL, "'.%s' needs what to look for: .%s(\"text\")", info->name, info->name);
    else if (info->args == 1)
        check_fail(c, call->span, NULL, ".%s takes one argument, not %u", info->name, args);
    else
        check_fail(c, call->span, NULL, ".%s takes no argument", info->name);
    return false;
}

Typed *apply_methods(Checker *c, Typed *value, Span methods, const Node *call)
{
    Span start = value->span;
    u32 at = methods.at, end = methods.at + methods.len;
    if (methods.len == 0 || is_error(value)) return value;
    if (is_literal(value)) return check_fail(c, value->span, NULL, "a literal has no methods");
    while (at < end) {
        const char *text = c->source->text + at + 1, *dot = memchr(text, '.', end - at - 1);
        Span name = {at + 1, dot ? (u32)(dot - text) : end - at - 1};
        int method = method_find(text, name.len);
        at = name.at + name.len;
        if (method < 0) {
            report_unknown_method(c->diags, name);
            return error_of(c, start);
        }
        const Node *last = at == end ? call : NULL;
        u32 args = last ? last->count - (last->kind == NODE_METHOD ? 2 : 1) : 0;
        Span span = span_to(start, last ? last->span : name);
        if (!arguments_fit(c, (Method)method, name, last, args)) return error_of(c, start);
        if (method != METHOD_CONTAINS)
            value = apply_method(c, value, (Method)method, name, span);
        else if (at < end)
            value = check_fail(c, name, NULL, "'.Contains' comes last");
        else
            value = check_contains(c, value, last->last, span);
        if (is_error(value)) return value;
    }
    return value;
}

/* Methods behind something that is no name; a chain of them, each a node, counts towards the tree's height. */
Typed *check_method(Checker *c, const Node *node)
{
    Typed *value = check_value(c, node->first);
    Span methods = node->first->next->span;
    u32 dots = 0;
    for (u32 i = 0; i < methods.len; i++) dots += text_at(c, methods)[i] == '.';
    if (dots > METHODS_MAX) return check_fail(c, methods, NULL, "more than %d methods behind one value", METHODS_MAX);
    return apply_methods(c, value, methods, node->called ? node : NULL);
}
