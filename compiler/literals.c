/* literals.c - literals against what they are compared with.
 *
 * Part of the checker.  0xD0EF is a number beside a port, two bytes beside a Blob, and an error beside an IPv6 address:
 * a literal gets its meaning here, from the value it stands beside.
 * Always true: a Constant that is given back can be matched by some frame; what never can is an error with the reason. */
#include "compiler/checker.h"

#include "compiler/lint.h"
#include "grammar/literal.h"

const char *type_words(int type)
{
    static const char *const words[TYPE_COUNT + 2] = {
        [TYPE_NUMBER] = "a number",
        [TYPE_SIGNED] = "a signed number",
        [TYPE_DURATION] = "a duration",
        [TYPE_TIME] = "a time",
        [TYPE_IPV4] = "an IPv4 address",
        [TYPE_MAC] = "a MAC address",
        [TYPE_IPV6] = "an IPv6 address",
        [TYPE_BYTES] = "bytes",
        [TYPE_STRING] = "text",
        [TYPE_NAME] = "a DNS name",
        [TYPE_NETBIOS] = "a NetBIOS name",
        [TYPE_BOOL] = "a test",
        [TYPE_ERROR] = "an error",
    };
    return words[type];
}

static const char *node_text(const Checker *c, const Node *node) { return c->source->text + node->span.at; }

/* ---- leaves ---- */

static Typed *number_leaf(Checker *c, const Node *node, u64 number, int type)
{
    Typed *t = typed_number(c->arena, number, type, node->span);
    t->literal = node;
    return t;
}

static Typed *other_leaf(Checker *c, const Node *node, int type, const void *bytes, u32 len)
{
    Typed *t = typed_new(c->arena, VALUE_LITERAL, type, node->span);
    t->literal = node;
    t->bytes = (Bytes){bytes, len};
    return t;
}

static Typed *integer_leaf(Checker *c, const Node *node)
{
    u64 number = 0;
    if (literal_int(node_text(c, node), node->span.len, &number)) return number_leaf(c, node, number, TYPE_NUMBER);
    u32 len = 0;
    const u8 *bytes = literal_hex_bytes(c->arena, node_text(c, node), node->span.len, &len);
    return other_leaf(c, node, TYPE_BYTES, bytes, len);
}

static Typed *duration_leaf(Checker *c, const Node *node)
{
    u64 steps = 0;
    bool exact = true;
    literal_duration(node_text(c, node), node->span.len, &steps, &exact);
    if (steps > INT64_MAX) return check_fail(c, node->span, NULL, "durations end at 29,227 years");
    if (!exact)
        return check_fail(c, node->span, NULL, "times are counted in steps of 100 ns; '%s' lies between two of them",
                          check_quote(c, node->span));
    return number_leaf(c, node, steps, TYPE_DURATION);
}

static Typed *ipv6_leaf(Checker *c, const Node *node)
{
    u8 *address = arena_alloc(c->arena, 16, 1);
    literal_ipv6(node_text(c, node), node->span.len, address);
    return other_leaf(c, node, TYPE_IPV6, address, 16);
}

Typed *literal_value(Checker *c, const Node *node)
{
    const char *text = node_text(c, node);
    u32 len = node->span.len, address = 0;
    u64 mac = 0;
    switch (node->kind) {
    case NODE_INT:
    case NODE_HEX: return integer_leaf(c, node);
    case NODE_DURATION: return duration_leaf(c, node);
    case NODE_STRING:
        text = literal_string(c->arena, text, len, &len);
        return other_leaf(c, node, TYPE_STRING, text, len);
    case NODE_IPV4: literal_ipv4(text, len, &address); return number_leaf(c, node, address, TYPE_IPV4);
    case NODE_IPV6: return ipv6_leaf(c, node);
    case NODE_MAC: literal_mac(text, len, &mac); return number_leaf(c, node, mac, TYPE_MAC);
    case NODE_IPV4_PREFIX: return other_leaf(c, node, TYPE_IPV4, NULL, 0);
    default: return other_leaf(c, node, TYPE_IPV6, NULL, 0); /* NODE_IPV6_PREFIX */
    }
}

static bool is_prefix(const Typed *t)
{
    return t->literal && (t->literal->kind == NODE_IPV4_PREFIX || t->literal->kind == NODE_IPV6_PREFIX);
}

const char *value_words(const Typed *value)
{
    if (!is_prefix(value)) return type_words(value->type);
    return value->type == TYPE_IPV4 ? "an IPv4 prefix" : "an IPv6 prefix";
}

/* Hex digits as written, 0 for anything but hex. */
static u32 hex_digits(const Typed *t)
{
    return t->literal && t->literal->kind == NODE_HEX ? t->literal->span.len - 2 : 0;
}

/* ---- constants ---- */

static bool give_number(Constant *out, Wide number)
{
    *out = (Constant){.lo = number, .hi = number};
    return true;
}

static bool give_bytes(Constant *out, const void *bytes, u32 len)
{
    *out = (Constant){.of_bytes = true, .lo_bytes = {bytes, len}, .hi_bytes = {bytes, len}};
    return true;
}

static void warn_host_bits(Checker *c, const Typed *literal, const char *network)
{
    Diag *diag = diag_warn(c->diags, literal->span, "'%s' has bits behind its prefix, which count for nothing",
                           check_quote(c, literal->span));
    diag_hint(c->diags, diag, "the prefix alone is %s", network);
    diag->rule = rule_info[RULE_PREFIX_BITS].name;
}

static bool give_ipv4_prefix(Checker *c, const Typed *literal, Constant *out)
{
    const Node *node = literal->literal;
    u32 low = 0, high = 0;
    bool host_bits = false;
    literal_ipv4_prefix(node_text(c, node), node->span.len, &low, &high, &host_bits);
    if (host_bits) {
        const char *slash = memchr(node_text(c, node), '/', node->span.len);
        int rest = (int)(node_text(c, node) + node->span.len - slash);
        warn_host_bits(c, literal,
                       arena_print(c->arena, "%u.%u.%u.%u%.*s", low >> 24, low >> 16 & 255, low >> 8 & 255, low & 255,
                                   rest, slash));
    }
    *out = (Constant){.lo = low, .hi = high, .prefix = true};
    return true;
}

static bool give_ipv6_prefix(Checker *c, const Typed *literal, Constant *out)
{
    const Node *node = literal->literal;
    u8 *low = arena_alloc(c->arena, 32, 1);
    bool host_bits = false;
    literal_ipv6_prefix(node_text(c, node), node->span.len, low, low + 16, &host_bits);
    if (host_bits) {
        char text[64];
        const char *slash = memchr(node_text(c, node), '/', node->span.len);
        int rest = (int)(node_text(c, node) + node->span.len - slash);
        int used = (int)value_print_bytes(text, sizeof text, TYPE_IPV6, low, 16);
        warn_host_bits(c, literal, arena_print(c->arena, "%.*s%.*s", used, text, rest, slash));
    }
    *out = (Constant){.of_bytes = true, .prefix = true, .lo_bytes = {low, 16}, .hi_bytes = {low + 16, 16}};
    return true;
}

static bool wrong_type(Checker *c, const Typed *value, const Typed *literal, const char *hint)
{
    check_fail(c, literal->span, hint, "'%s' is %s, not %s", check_quote(c, value->span), value_words(value),
               value_words(literal));
    return false;
}

static u32 bits_of(Wide n)
{
    u32 bits = 0;
    for (; n > 0; n >>= 1) bits++;
    return bits;
}

/* "TCP.Port has 16 bits, 70000 needs 17" and its like. */
static const char *range_reason(Checker *c, const Typed *value, const Typed *literal, Wide number)
{
    const char *name = check_quote(c, value->span), *written = check_quote(c, literal->span);
    u32 bits = bits_of(value->hi);
    if (number < 0) return arena_print(c->arena, "'%s' is never negative", name);
    if (number < value->lo) return arena_print(c->arena, "'%s' is always more than %s", name, written);
    if (value->kind == VALUE_READ || value->kind == VALUE_CUT)
        return arena_print(c->arena, "'%s' has %u byte%s, %s needs %u", name, bits / 8, bits == 8 ? "" : "s", written,
                           (bits_of(number) + 7) / 8);
    if (value->kind == VALUE_FIELD && value->hi == ((Wide)1 << bits) - 1)
        return arena_print(c->arena, "'%s' has %u bit%s, %s needs %u", name, bits, bits == 1 ? "" : "s", written,
                           bits_of(number));
    return arena_print(c->arena, "'%s' is at most %llu", name, (unsigned long long)value->hi);
}

/* An error when no value can lie in lo..hi. */
static bool reachable(Checker *c, const Typed *value, const Typed *literal, const Constant *k)
{
    if (k->lo <= value->hi && k->hi >= value->lo) return true;
    check_fail(c, literal->span, NULL, "can never match: %s", range_reason(c, value, literal, k->lo));
    return false;
}

/* A whole number for a NUMBER or SIGNED. */
static bool for_number(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    bool computed = value->kind == VALUE_READ && value->width == 4;
    if (literal->type == TYPE_NUMBER || literal->type == TYPE_SIGNED) return give_number(out, typed_wide(literal));
    if (literal->type == TYPE_IPV4 && computed)
        return is_prefix(literal) ? give_ipv4_prefix(c, literal, out) : give_number(out, typed_wide(literal));
    if (literal->type == TYPE_BYTES) {
        check_fail(c, literal->span, NULL, "'%s' is a number of at most 64 bits, this has %u hex digits",
                   check_quote(c, value->span), hex_digits(literal));
        return false;
    }
    if (literal->type == TYPE_STRING) {
        u64 number;
        bool numeric = literal_int((const char *)literal->bytes.at, literal->bytes.len, &number);
        const char *hint =
            numeric ? "write the number without quotes" : "'.ToString' behind a field gives its value as text";
        return wrong_type(c, value, literal, hint);
    }
    return wrong_type(c, value, literal, NULL);
}

static bool for_duration(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    if (literal->type == TYPE_DURATION || literal->type == TYPE_NUMBER || literal->type == TYPE_SIGNED)
        return give_number(out, typed_wide(literal));
    return wrong_type(c, value, literal, "durations are written 20ms, 1s, 5min; a plain number counts steps of 100 ns");
}

static bool for_time(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    i64 ns = 0;
    if (literal->type == TYPE_TIME || literal->type == TYPE_NUMBER) return give_number(out, typed_wide(literal));
    const char *hint = "write \"2014-10-25 23:32:00\" for local time, with Z or +02:00 behind it for another zone";
    if (literal->type != TYPE_STRING) return wrong_type(c, value, literal, hint);
    if (!literal_time((const char *)literal->bytes.at, literal->bytes.len, &ns)) {
        check_fail(c, literal->span, hint, "not a date and time");
        return false;
    }
    return give_number(out, filetime_of(ns));
}

static const char *unquoted_hint(Checker *c, const Typed *literal, bool is_address)
{
    if (!is_address) return NULL;
    return arena_print(c->arena, "write the address without quotes: %.*s", (int)literal->bytes.len,
                       (const char *)literal->bytes.at);
}

static bool for_ipv4(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    u32 address = 0;
    if (is_prefix(literal) && literal->type == TYPE_IPV4) return give_ipv4_prefix(c, literal, out);
    if (literal->type == TYPE_IPV4 || hex_digits(literal)) {
        if (literal->constant) return give_number(out, typed_wide(literal));
        check_fail(c, literal->span, NULL, "an IPv4 address has 4 bytes, this has %u", literal->bytes.len);
        return false;
    }
    if (literal->type == TYPE_NUMBER && !literal->literal) return give_number(out, typed_wide(literal));
    if (literal->type == TYPE_IPV6)
        return wrong_type(c, value, literal, "IPv6 addresses stand in the fields of IPv6, such as IPv6.Address");
    if (literal->type == TYPE_NUMBER)
        return wrong_type(c, value, literal, "addresses are written 10.0.0.1, 10.0.0.0/8 or in hex, 0x0a000001");
    bool quoted =
        literal->type == TYPE_STRING && literal_ipv4((const char *)literal->bytes.at, literal->bytes.len, &address);
    return wrong_type(c, value, literal, quoted ? unquoted_hint(c, literal, true) : NULL);
}

static bool for_mac(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    u64 mac = 0;
    if (literal->type == TYPE_MAC || hex_digits(literal)) {
        if (literal->constant) return give_number(out, typed_wide(literal));
        check_fail(c, literal->span, NULL, "a MAC address has 6 bytes, this has %u", literal->bytes.len);
        return false;
    }
    if (literal->type == TYPE_NUMBER && !literal->literal) return give_number(out, typed_wide(literal));
    if (literal->type == TYPE_NUMBER)
        return wrong_type(c, value, literal, "addresses are written 00:11:22:33:44:55 or in hex, 0x001122334455");
    bool quoted =
        literal->type == TYPE_STRING && literal_mac((const char *)literal->bytes.at, literal->bytes.len, &mac);
    return wrong_type(c, value, literal, quoted ? unquoted_hint(c, literal, true) : NULL);
}

static bool for_ipv6(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    u8 address[16];
    if (is_prefix(literal) && literal->type == TYPE_IPV6) return give_ipv6_prefix(c, literal, out);
    if (literal->type == TYPE_IPV6) return give_bytes(out, literal->bytes.at, 16);
    if (hex_digits(literal)) {
        u32 len = 0;
        const u8 *bytes = literal_hex_bytes(c->arena, node_text(c, literal->literal), literal->span.len, &len);
        if (hex_digits(literal) == 32) return give_bytes(out, bytes, len);
        check_fail(c, literal->span, NULL, "an IPv6 address has 32 hex digits, this has %u", hex_digits(literal));
        return false;
    }
    if (literal->type == TYPE_IPV4)
        return wrong_type(c, value, literal, "IPv4 addresses stand in the fields of IPv4, such as IPv4.Address");
    bool quoted =
        literal->type == TYPE_STRING && literal_ipv6((const char *)literal->bytes.at, literal->bytes.len, address);
    return wrong_type(c, value, literal, quoted ? unquoted_hint(c, literal, true) : NULL);
}

static bool for_bytes(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    if (literal->type == TYPE_STRING) return give_bytes(out, literal->bytes.at, literal->bytes.len);
    u32 digits = hex_digits(literal), len = 0;
    bool flag = literal->type == TYPE_NUMBER && literal->number <= 1 && value->kind == VALUE_FIELD;
    if (digits == 0 && flag && value->type == TYPE_BYTES)
        return wrong_type(c, value, literal, "alone it asks whether it is there; bytes are compared with hex, 0x1703");
    if (digits == 0)
        return wrong_type(c, value, literal,
                          value->type != TYPE_BYTES ? "text is compared with text in quotes"
                                                    : "bytes are compared with \"text\" or hex, 0x1703");
    if (digits % 2 == 1) {
        check_fail(c, literal->span, "two hex digits a byte", "%u hex digits are no whole number of bytes", digits);
        return false;
    }
    const u8 *bytes = literal_hex_bytes(c->arena, node_text(c, literal->literal), literal->span.len, &len);
    return give_bytes(out, bytes, len);
}

/* ---- Blob and AsciiString of a known length ---- */

static bool wrong_length(Checker *c, const Typed *value, const Typed *literal, u32 len)
{
    check_fail(c, literal->span, NULL, "can never match: '%s' has %u byte%s, %s has %u", check_quote(c, value->span),
               value->len, value->len == 1 ? "" : "s", check_quote(c, literal->span), len);
    return false;
}

static Wide bytes_as_number(Bytes bytes)
{
    Wide number = 0;
    for (u32 i = 0; i < bytes.len; i++) number = number << 8 | bytes.at[i];
    return number;
}

/* Bytes of exactly the right length; up to 8 of them are compared as a number, which orders them the same way. */
static bool exact_bytes(const Typed *value, Constant *k)
{
    if (value->len > 8) return true;
    *k = (Constant){.lo = bytes_as_number(k->lo_bytes), .hi = bytes_as_number(k->hi_bytes), .prefix = k->prefix};
    return true;
}

static u32 address_len(int type) { return type == TYPE_IPV4 ? 4 : type == TYPE_MAC ? 6 : 16; }

static bool blob_address(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    u32 len = address_len(literal->type);
    if (value->len != len) return wrong_length(c, value, literal, len);
    if (literal->type == TYPE_IPV6) return for_ipv6(c, value, literal, out);
    return literal->type == TYPE_IPV4 ? for_ipv4(c, value, literal, out) : for_mac(c, value, literal, out);
}

static bool blob_number(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    Typed range = *value; /* value, with the bounds of so many bytes */
    u32 digits = hex_digits(literal), bytes = (digits + 1) / 2;
    if (bytes > value->len) return wrong_length(c, value, literal, bytes);
    if (value->len > 8) {
        if (digits == 2 * value->len) return for_bytes(c, value, literal, out);
        if (digits) return wrong_length(c, value, literal, bytes);
        check_fail(c, literal->span, "hex of so many bytes, or \"text\", is compared byte by byte",
                   "'%s' has %u bytes; only up to 8 are also a number", check_quote(c, value->span), value->len);
        return false;
    }
    range.lo = 0;
    range.hi = value->len == 8 ? (Wide)UINT64_MAX : ((Wide)1 << (8 * value->len)) - 1;
    give_number(out, typed_wide(literal));
    return reachable(c, &range, literal, out);
}

/* A Blob of constant length: everything that has that many bytes. */
static bool for_blob(Checker *c, const Typed *value, const Typed *literal, bool exact, Constant *out)
{
    switch (literal->type) {
    case TYPE_NUMBER:
    case TYPE_SIGNED: return blob_number(c, value, literal, out);
    case TYPE_BYTES:
        if (literal->bytes.len != value->len) return wrong_length(c, value, literal, literal->bytes.len);
        return for_bytes(c, value, literal, out);
    case TYPE_IPV4:
    case TYPE_MAC:
    case TYPE_IPV6: return blob_address(c, value, literal, out);
    case TYPE_STRING:
        give_bytes(out, literal->bytes.at, literal->bytes.len);
        if (literal->bytes.len == value->len) return exact_bytes(value, out);
        return exact ? wrong_length(c, value, literal, literal->bytes.len) : true;
    default: return wrong_type(c, value, literal, NULL);
    }
}

static bool for_ascii(Checker *c, const Typed *value, const Typed *literal, bool exact, Constant *out)
{
    if (!for_bytes(c, value, literal, out)) return false;
    if (out->lo_bytes.len == value->len) return exact_bytes(value, out);
    return exact ? wrong_length(c, value, literal, out->lo_bytes.len) : true;
}

/* ---- text in lower case ---- */

static bool is_lower(Bytes bytes)
{
    for (u32 i = 0; i < bytes.len; i++)
        if (bytes.at[i] >= 'A' && bytes.at[i] <= 'Z') return false;
    return true;
}

Bytes lower_bytes(Arena *arena, Bytes bytes)
{
    u8 *text = (u8 *)arena_copy(arena, (const char *)bytes.at, bytes.len);
    for (u32 i = 0; i < bytes.len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z') text[i] |= 0x20;
    return (Bytes){text, bytes.len};
}

static const char *lower_text(Checker *c, Span span)
{
    return (const char *)lower_bytes(c->arena, (Bytes){(const u8 *)c->source->text + span.at, span.len}).at;
}

static bool for_lower(Checker *c, const Typed *value, const Typed *literal, bool exact, Constant *out)
{
    const Typed *inner = value->first;
    if (!for_bytes(c, inner, literal, out)) return false;
    if (exact && inner->kind == VALUE_CUT && inner->len && inner->len != out->lo_bytes.len)
        return wrong_length(c, inner, literal, out->lo_bytes.len);
    if (!exact || is_lower(out->lo_bytes)) return true;
    check_fail(c, literal->span, arena_print(c->arena, "write %s", lower_text(c, literal->span)),
               "can never match: '%s' has no capital letters", check_quote(c, value->span));
    return false;
}

/* Names are held in lower case and without the dot at their end. */
static bool for_name(Checker *c, const Typed *value, const Typed *literal, Constant *out)
{
    if (!for_bytes(c, value, literal, out)) return false;
    Bytes bytes = lower_bytes(c->arena, out->lo_bytes);
    if (bytes.len > 1 && bytes.at[bytes.len - 1] == '.') bytes.len--;
    return give_bytes(out, bytes.at, bytes.len);
}

Bytes upper_bytes(Arena *arena, Bytes bytes)
{
    u8 *text = (u8 *)arena_copy(arena, (const char *)bytes.at, bytes.len);
    for (u32 i = 0; i < bytes.len; i++)
        if (text[i] >= 'a' && text[i] <= 'z') text[i] &= 0xdf;
    return (Bytes){text, bytes.len};
}

/* NetBIOS names are held in capitals, with blanks up to 15 characters. */
static bool for_netbios(Checker *c, const Typed *value, const Typed *literal, bool exact, Constant *out)
{
    enum { CHARACTERS = 15 };
    if (!for_bytes(c, value, literal, out)) return false;
    Bytes bytes = upper_bytes(c->arena, out->lo_bytes);
    while (bytes.len > 0 && bytes.at[bytes.len - 1] == ' ') bytes.len--;
    if (exact && bytes.len > CHARACTERS) {
        check_fail(c, literal->span, NULL, "can never match: a NetBIOS name has %d characters, this has %u", CHARACTERS,
                   bytes.len);
        return false;
    }
    u8 *padded = arena_alloc(c->arena, MAX_OF(bytes.len, (u32)CHARACTERS), 1);
    memset(padded, ' ', CHARACTERS);
    if (bytes.len) memcpy(padded, bytes.at, bytes.len);
    return give_bytes(out, padded, MAX_OF(bytes.len, (u32)CHARACTERS));
}

bool constant_for(Checker *c, const Typed *value, const Typed *literal, bool exact, Constant *out)
{
    bool good = false, cut = value->kind == VALUE_CUT && value->len > 0;
    if (value->kind == VALUE_LOWER) return for_lower(c, value, literal, exact, out);
    if (cut && value->type == TYPE_STRING) return for_ascii(c, value, literal, exact, out);
    if (cut) return for_blob(c, value, literal, exact, out);
    switch (value->type) {
    case TYPE_NUMBER:
    case TYPE_SIGNED: good = for_number(c, value, literal, out); break;
    case TYPE_DURATION: good = for_duration(c, value, literal, out); break;
    case TYPE_TIME: good = for_time(c, value, literal, out); break;
    case TYPE_IPV4: good = for_ipv4(c, value, literal, out); break;
    case TYPE_MAC: good = for_mac(c, value, literal, out); break;
    case TYPE_IPV6: return for_ipv6(c, value, literal, out);
    case TYPE_NAME: return for_name(c, value, literal, out);
    case TYPE_NETBIOS: return for_netbios(c, value, literal, exact, out);
    default: return for_bytes(c, value, literal, out);
    }
    return good && (!exact || reachable(c, value, literal, out));
}

/* ---- sets ---- */

Set *set_new(Arena *arena, u32 ranges, bool of_bytes)
{
    Set *set = NEW(arena, Set);
    set->of_bytes = of_bytes;
    set->room = ranges;
    if (of_bytes)
        set->bytes = NEW_ARRAY(arena, BytesRange, ranges);
    else
        set->numbers = NEW_ARRAY(arena, NumberRange, 2 * (size_t)ranges); /* signed ranges may be split */
    return set;
}

static void add_numbers(Set *set, Wide lo, Wide hi) { set->numbers[set->count++] = (NumberRange){(u64)lo, (u64)hi}; }

/* Names in a set may bring more than it was made for. */
static void make_room(Arena *arena, Set *set)
{
    if (set->count < set->room) return;
    Set grown = *set_new(arena, 2 * MAX_OF(set->room, set->count), set->of_bytes);
    if (set->of_bytes)
        memcpy(grown.bytes, set->bytes, set->count * sizeof *set->bytes);
    else
        memcpy(grown.numbers, set->numbers, set->count * sizeof *set->numbers);
    grown.count = set->count;
    *set = grown;
}

void set_add(Arena *arena, Set *set, int type, const Constant *low, const Constant *high)
{
    make_room(arena, set);
    set->sorted = false;
    if (set->of_bytes) {
        set->bytes[set->count++] = (BytesRange){low->lo_bytes, high->hi_bytes};
        return;
    }
    bool is_signed = type_is_signed(type);
    Wide lo = MAX_OF(low->lo, is_signed ? (Wide)INT64_MIN : 0);
    Wide hi = MIN_OF(high->hi, is_signed ? (Wide)INT64_MAX : (Wide)UINT64_MAX);
    if (lo < 0 && hi >= 0) {
        add_numbers(set, lo, -1);
        lo = 0;
    }
    add_numbers(set, lo, hi);
}
