/* fields.c - the dictionary as data, and values as text.
 *
 * Everything here is made from fields.def, metas.def and types.def; a new row needs no change in this file. */
#include "vm/fields.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "vm/decimal.h"

#define CALC(proto, id, name, type, how, function, meaning) CalcFunction function;
#include "vm/fields.def"

enum { TYPE_KIND_NUM = 0, TYPE_KIND_SLICE = 1 };

const TypeInfo type_info[TYPE_COUNT] = {
#define TYPE(name, kind, text, meaning) [TYPE_##name] = {text, TYPE_KIND_##kind == TYPE_KIND_SLICE, meaning},
#include "vm/types.def"
};

const ProtoInfo proto_info[PROTO_COUNT] = {
#define PROTO(id, name, source, meaning) [PROTO_##id] = {name, source, meaning},
#include "vm/fields.def"
};

const MetaInfo meta_info[META_COUNT] = {
#define META(id, name, type, needs, meaning) [META_##id] = {name, TYPE_##type, needs, meaning},
#include "vm/metas.def"
};

/* The type of every row under a name, so that a PAIR can take that of its first field, an ALIAS its field's. */
enum {
#define FIELD(proto, id, name, type, ...) ROW_TYPE_##proto##_##id = TYPE_##type,
#define BYTES(proto, id, name, type, ...) ROW_TYPE_##proto##_##id = TYPE_##type,
#define CALC(proto, id, name, type, ...)  ROW_TYPE_##proto##_##id = TYPE_##type,
#include "vm/fields.def"
};

const FieldInfo field_info[FIELD_COUNT] = {
#define FIELD(p, id, n, t, at, w, s, m, text)                                                                          \
    [FIELD_##p##_##id] = {.name = n,                                                                                   \
                          .proto = PROTO_##p,                                                                          \
                          .type = TYPE_##t,                                                                            \
                          .kind = FIELD_IS_NUMBER,                                                                     \
                          .width = w,                                                                                  \
                          .byte = at,                                                                                  \
                          .shift = s,                                                                                  \
                          .mask = m,                                                                                   \
                          .meaning = text},
#define BYTES(p, id, n, t, at, w, text)                                                                                \
    [FIELD_##p##_##id] = {.name = n,                                                                                   \
                          .proto = PROTO_##p,                                                                          \
                          .type = TYPE_##t,                                                                            \
                          .kind = FIELD_IS_BYTES,                                                                      \
                          .width = w,                                                                                  \
                          .byte = at,                                                                                  \
                          .meaning = text},
#define CALC(p, id, n, t, h, function, text)                                                                           \
    [FIELD_##p##_##id] = {.name = n,                                                                                   \
                          .proto = PROTO_##p,                                                                          \
                          .type = TYPE_##t,                                                                            \
                          .kind = FIELD_IS_CALC,                                                                       \
                          .how = h,                                                                                    \
                          .calc = function,                                                                            \
                          .meaning = text},
#define PAIR(p, id, n, one, two, text)                                                                                 \
    [FIELD_##p##_##id] = {.name = n,                                                                                   \
                          .proto = PROTO_##p,                                                                          \
                          .type = (u8)ROW_TYPE_##p##_##one,                                                            \
                          .kind = FIELD_IS_PAIR,                                                                       \
                          .first = FIELD_##p##_##one,                                                                  \
                          .second = FIELD_##p##_##two,                                                                 \
                          .meaning = text},
#define ALIAS(p, id, n, other, of, text)                                                                               \
    [FIELD_##p##_##id] = {.name = n,                                                                                   \
                          .proto = PROTO_##p,                                                                          \
                          .type = (u8)ROW_TYPE_##other##_##of,                                                         \
                          .kind = FIELD_IS_ALIAS,                                                                      \
                          .first = FIELD_##other##_##of,                                                               \
                          .meaning = text},
#include "vm/fields.def"
};

size_t field_source(FieldId field, const char **source, size_t *source_len)
{
    const char *meaning = field_info[field].meaning, *own = strrchr(meaning, '[');
    size_t len = strlen(meaning);
    *source = proto_info[field_info[field].proto].source;
    *source_len = strlen(*source);
    if (!own || own == meaning || own[-1] != ' ' || meaning[len - 1] != ']') return len;
    *source = own + 1;
    *source_len = (size_t)(meaning + len - 1 - *source);
    return (size_t)(own - 1 - meaning);
}

/* -- values as text --------------------------------------------------------------------------------------------------- */

enum {
    UNITS_A_SECOND = 10 * 1000 * 1000, /* FILETIME counts in 100 ns */
    VALUE_TEXT_MAX = 64,               /* the longest number, time or address */
};
static const i64 UNIX_EPOCH_SECONDS = 11644473600; /* from 1601-01-01 to 1970-01-01 */

__attribute__((format(printf, 3, 4))) static size_t print(char *out, size_t size, const char *format, ...)
{
    char text[VALUE_TEXT_MAX];
    va_list args;
    va_start(args, format);
    int written = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t len = MIN_OF((size_t)written, MIN_OF(size, sizeof text - 1));
    memcpy(out, text, len);
    return len;
}

static size_t print_time(char *out, size_t size, u64 filetime)
{
    time_t seconds = (time_t)((i64)(filetime / UNITS_A_SECOND) - UNIX_EPOCH_SECONDS);
    struct tm tm;
    if (!gmtime_r(&seconds, &tm)) return print(out, size, "%llu", (unsigned long long)filetime);
    return print(out, size, "%04ld-%02d-%02dT%02d:%02d:%02d.%07uZ", tm.tm_year + 1900L, tm.tm_mon + 1, tm.tm_mday,
                 tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(filetime % UNITS_A_SECOND));
}

static size_t print_duration(char *out, size_t size, u64 value)
{
    bool negative = (i64)value < 0;
    u64 units = negative ? 0 - value : value;
    return print(out, size, "%s%llu.%07llu", negative ? "-" : "", (unsigned long long)(units / UNITS_A_SECOND),
                 (unsigned long long)(units % UNITS_A_SECOND));
}

static size_t print_text(char *out, size_t size, const char *text, size_t len)
{
    len = MIN_OF(len, size);
    memcpy(out, text, len);
    return len;
}

static size_t print_decimal(char *out, size_t size, u64 value)
{
    char text[DECIMAL_MAX];
    size_t len = decimal(text, value);
    return print_text(out, size, text, len);
}

static size_t print_ipv4(char *out, size_t size, u32 address)
{
    char text[4 * (DECIMAL_MAX + 1)];
    size_t len = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        len += decimal(text + len, address >> shift & 255);
        if (shift) text[len++] = '.';
    }
    return print_text(out, size, text, len);
}

size_t value_print_number(char *out, size_t size, ValueType type, u64 value)
{
    unsigned v = (unsigned)value, high = (unsigned)(value >> 32);
    switch (type) {
    case TYPE_SIGNED: return print(out, size, "%lld", (long long)value);
    case TYPE_DURATION: return print_duration(out, size, value);
    case TYPE_TIME: return print_time(out, size, value);
    case TYPE_IPV4: return print_ipv4(out, size, v);
    case TYPE_MAC:
        return print(out, size, "%02x:%02x:%02x:%02x:%02x:%02x", high >> 8 & 255, high & 255, v >> 24, v >> 16 & 255,
                     v >> 8 & 255, v & 255);
    default: return print_decimal(out, size, value);
    }
}

static size_t print_hex(char *out, size_t size, const u8 *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    size_t shown = MIN_OF(len, size / 2);
    for (size_t i = 0; i < shown; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    return 2 * shown;
}

size_t value_print_bytes(char *out, size_t size, ValueType type, const u8 *bytes, size_t len)
{
    char address[INET6_ADDRSTRLEN];
    if (type == TYPE_IPV6 && len == 16 && inet_ntop(AF_INET6, bytes, address, sizeof address))
        return print(out, size, "%s", address);
    if (type != TYPE_STRING && type != TYPE_NAME && type != TYPE_NETBIOS) return print_hex(out, size, bytes, len);
    while (type == TYPE_NETBIOS && len > 0 && bytes[len - 1] == ' ') len--;
    size_t shown = MIN_OF(len, size);
    if (shown) memcpy(out, bytes, shown);
    return shown;
}
