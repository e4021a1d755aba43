/* wireshark.c - the typed tree as a display filter of Wireshark 4.
 *
 * For `explain`.  Wireshark's tests are, like ours, true when any value makes them true, so most of a filter is the same
 * with other names.  Where ours is "there, and no value is equal" it is written out, because != has meant more than one
 * thing in Wireshark.  Always true: a slice of bytes that may end early is asked for only where all of it is there. */
#include "compiler/equivalent.h"
#include "compiler/plan.h"

#include <string.h>

enum { NAMES_MAX_ = 3 };

typedef enum { AS_VALUE, AS_BYTES, AS_SECONDS } Form;

/* How a value is spelt: a test of it is true when it is true for one of the names. */
typedef struct {
    const char *name[NAMES_MAX_];
    const char *base[NAMES_MAX_]; /* the same without "& mask": what exists or not */
    u32 count;
    Form form;
    int type;
    u32 times; /* its number is ours so many times ... */
    u32 plus;  /* ... and so many more */
    bool little;
    int hex;           /* digits; 0: decimal */
    bool exists;       /* Wireshark only has it as there or not there */
    bool digits;       /* a number there, and text here */
    bool no_sign;      /* a byte there that has no sign */
    bool sliced;       /* bytes of a slice, which may end before them; the guard says that it does not */
    u32 width;         /* AS_BYTES: of a number */
    const char *guard; /* NULL, or what else must hold for the value to be there */
} Spelling;

static bool spell(Phrase *w, const Typed *value, Spelling *s);
static const char *wireshark_path(Phrase *w, const Path *path);

/* ---- names ---- */

static void except_header(Phrase *w, int proto)
{
    PeerLayer layer = peer_proto[proto].layer;
    phrase_except(w, EXCEPTION_FOLLOWED);
    phrase_except(w, EXCEPTION_DAMAGED);
    if (layer >= LAYER_IP) phrase_except(w, EXCEPTION_QUOTED);
    if (layer >= LAYER_UPPER) phrase_except(w, EXCEPTION_REASSEMBLY);
    if (layer >= LAYER_PAYLOAD) phrase_except(w, proto == PROTO_TLS ? EXCEPTION_ANY_PORT : EXCEPTION_LOOKS);
    if (proto == PROTO_TLS) phrase_except(w, EXCEPTION_SPLIT);
    if (proto == PROTO_KERBEROS || proto == PROTO_LDAP) {
        phrase_except(w, EXCEPTION_MIDDLE);
        phrase_except(w, EXCEPTION_CARRIED);
    }
}

/* Where two tools disagree about one field alone. */
static void except_field(Phrase *w, FieldId field)
{
    const FieldInfo *info = &field_info[field];
    if (info->proto == PROTO_TLS && strstr(info->name, "HandShake.")) phrase_except(w, EXCEPTION_ENCRYPTED);
    switch (field) {
    case FIELD_IPV4_TOTAL_LEN:
    case FIELD_IPV6_PAYLOAD_LEN: phrase_except(w, EXCEPTION_OFFLOAD); break;
    case FIELD_IPV6_HOP_OPTION:
    case FIELD_IPV6_DESTINATION_OPTION:
    case FIELD_IPV6_HOP_OPTION_TYPE:
    case FIELD_IPV6_DESTINATION_OPTION_TYPE: phrase_except(w, EXCEPTION_BOTH_OPTIONS); break;
    case FIELD_TLS_CLIENT_SESSION:
    case FIELD_TLS_SERVER_SESSION: phrase_except(w, EXCEPTION_EMPTY); break;
    case FIELD_DHCP_OPTION_TYPE:
    case FIELD_IPV4_OPTION:
    case FIELD_IPV4_OPTION_TYPE: phrase_except(w, EXCEPTION_LIST_END); break;
    case FIELD_IPV4_OPTION_ADDRESS:
    case FIELD_IPV4_DST:
    case FIELD_IPV4_ADDRESS: phrase_except(w, EXCEPTION_ROUTED); break;
    case FIELD_ETHERNET_TYPE:
    case FIELD_VLAN_TYPE: phrase_except(w, EXCEPTION_UNTYPED); break;
    default: break;
    }
}

/* "a or b" taken apart. */
static void take_names(Phrase *w, Spelling *s, const char *names)
{
    for (const char *at = names; at && s->count < NAMES_MAX_;) {
        const char * or = strstr(at, " or ");
        size_t len = or ? (size_t)(or -at) : strlen(at);
        s->name[s->count] = s->base[s->count] = arena_copy(w->arena, at, len);
        s->count++;
        at = or ? or +strlen(" or ") : NULL;
    }
}

static void rename_all(Spelling *s, Arena *arena, const char *format, const char *argument)
{
    for (u32 i = 0; i < s->count; i++) s->name[i] = arena_print(arena, format, s->name[i], argument);
}

/* A header at its place in a path is Wireshark's n-th of its kind. */
static bool spell_path(Phrase *w, const Typed *value, Spelling *s)
{
    u32 nth = 0;
    for (u32 i = 0; i < value->path->count; i++)
        nth += value->path->proto[i] == value->path->proto[value->path->count - 1];
    for (u32 i = 0; i < s->count; i++)
        if (strchr(s->name[i], ' '))
            return phrase_fail(w, "a part of %s at one place in a path cannot be said in Wireshark's language",
                               phrase_field_name(w, value->field));
    for (u32 i = 0; i < s->count; i++) s->name[i] = s->base[i] = arena_print(w->arena, "%s#%u", s->name[i], nth);
    const char *path = wireshark_path(w, value->path), *guard = peer_guard(value->field);
    s->guard = path && guard ? arena_print(w->arena, "%s && %s", path, guard) : path;
    return path != NULL;
}

/* Protocols whose names of fields others have as well: DNS and its kin, HTTP and SSDP.  What tells them apart. */
static const char *sharer_of_names(int proto)
{
    switch (proto) {
    case PROTO_DNS:
    case PROTO_MDNS:
    case PROTO_LLMNR: return peer_proto[proto].wireshark;
    case PROTO_HTTP: return "http";
    default: return NULL;
    }
}

/* A field that has no name there, but whole bytes at a fixed place of a header that has one: ip[6:2]. */
static bool spell_bytes_of_header(Phrase *w, const FieldInfo *info, Spelling *s)
{
    const char *header = peer_proto[info->proto].wireshark;
    bool whole = info->kind == FIELD_IS_NUMBER && info->shift == 0 &&
                 (info->width == 8 || info->mask == ((u64)1 << (8 * info->width)) - 1);
    if (!whole || !header || strstr(header, " or "))
        return phrase_fail(w, "the table of names has no counterpart in Wireshark for %s.%s",
                           proto_info[info->proto].name, info->name);
    s->name[0] = s->base[0] = arena_print(w->arena, "%s[%u:%u]", header, info->byte, info->width);
    s->count = 1;
    s->form = AS_BYTES;
    s->width = info->width;
    return true;
}

static bool spell_field(Phrase *w, const Typed *value, Spelling *s)
{
    const FieldInfo *info = &field_info[value->field];
    const PeerField *peer = &peer_field[value->field];
    except_header(w, info->proto);
    except_field(w, value->field);
    if (peer_why_none(value->field)) return phrase_fail(w, "%s", peer_why_none(value->field));
    if (peer->part)
        return phrase_fail(w, "Wireshark's %s is of all sections of a message, %s of one", peer->wireshark,
                           phrase_field_name(w, value->field));
    if (!peer->wireshark) return spell_bytes_of_header(w, info, s) && (!value->path || spell_path(w, value, s));
    take_names(w, s, peer->wireshark);
    s->exists = peer->exists;
    s->digits = peer->digits;
    s->no_sign = peer->no_sign;
    if (peer->bytes) s->form = AS_BYTES, s->width = peer->bytes;
    s->times = MAX_OF(peer->times, 1u);
    s->hex = peer->times ? 0 : info->kind == FIELD_IS_CALC ? 4 : 2 * info->width;
    for (u32 i = 0; i < s->count; i++) {
        const char *mask = strstr(s->name[i], " & ");
        if (mask) s->base[i] = arena_copy(w->arena, s->name[i], (size_t)(mask - s->name[i]));
    }
    if (s->type == TYPE_NAME) rename_all(s, w->arena, "lower(%s)", "");
    s->guard = peer_guard(value->field);
    if (!s->guard) s->guard = sharer_of_names(info->proto);
    return !value->path || spell_path(w, value, s);
}

static bool spell_keyed(Phrase *w, const Typed *value, Spelling *s)
{
    FieldId field = value->first->field;
    const char *name = peer_key(field, value->bytes);
    except_header(w, field_info[field].proto);
    if (!name)
        return phrase_fail(w, "the table of names has no counterpart in Wireshark for this line of %s",
                           phrase_field_name(w, field));
    take_names(w, s, name);
    s->guard = sharer_of_names(field_info[field].proto);
    return !value->first->path || spell_path(w, value->first, s);
}

static bool spell_meta(Phrase *w, const Typed *value, Spelling *s)
{
    const PeerMeta *peer = &peer_meta[value->field];
    if (!peer->wireshark)
        return phrase_fail(w, "the table of names has no counterpart in Wireshark for FrameVariable.%s",
                           meta_info[value->field].name);
    take_names(w, s, peer->wireshark);
    s->plus = peer->plus;
    if (value->type == TYPE_TIME || value->type == TYPE_DURATION) {
        s->form = AS_SECONDS;
        phrase_except(w, EXCEPTION_TIMELESS);
    }
    return true;
}

/* Bytes at a constant place of the frame or of a payload. */
static bool spell_slice(Phrase *w, const Typed *value, Spelling *s)
{
    const Typed *bytes = value->first, *offset = bytes->next;
    u32 len = value->kind == VALUE_READ ? value->width : value->len;
    if (!offset->constant || len == 0)
        return phrase_fail(w, "Wireshark takes bytes at constant places only, and an offset or a length is computed");
    if (!spell(w, bytes, s)) return false;
    u64 end = offset->number + len;
    const char *there = bytes->kind == VALUE_FRAME
                            ? arena_print(w->arena, "frame.cap_len >= %llu", (long long)end)
                            : arena_print(w->arena, "len(%s) >= %llu", s->name[0], (long long)end);
    if (s->count != 1 || s->guard) return phrase_fail(w, "bytes of such a value cannot be cut out in Wireshark");
    s->guard = there;
    s->name[0] = s->base[0] = arena_print(w->arena, "%s[%llu:%u]", s->name[0], (unsigned long long)offset->number, len);
    s->form = AS_BYTES;
    s->sliced = true;
    s->width = len;
    s->little = value->little;
    s->type = value->type;
    return true;
}

/* A number as bytes with colons between, as it stands in the frame. */
static const char *hex_bytes(Phrase *w, const Spelling *s, u64 number)
{
    Text text = {.arena = w->arena};
    for (u32 i = 0; i < s->width; i++) {
        u32 byte = s->little ? i : s->width - 1 - i;
        text_print(&text, "%s%02x", i ? ":" : "", (unsigned)(number >> 8 * byte & 0xff));
    }
    return text_str(&text);
}

static bool spell_masked(Phrase *w, const Typed *value, Spelling *s)
{
    const Typed *left = value->first, *right = left->next;
    bool swap = left->constant;
    if (value->op != OP_BAND || !right || left->constant == right->constant)
        return phrase_fail(w, "Wireshark computes in the width of a field, pktsift in 64 bits");
    if (!spell(w, swap ? right : left, s)) return false;
    u64 bits = (swap ? left : right)->number;
    bool bytes = s->form == AS_BYTES && s->width <= 8 && !s->little;
    bool number = s->form == AS_VALUE && s->times == 1 && !s->plus && s->type == TYPE_NUMBER;
    if (s->count == 0 || (!bytes && !number) || strchr(s->name[0], ' '))
        return phrase_fail(w, "Wireshark masks whole numbers only");
    if (bytes && s->width < 8 && bits >> (8 * s->width))
        return phrase_fail(w, "Wireshark's masks are as long as what is masked");
    rename_all(s, w->arena, "%s & %s",
               bytes ? hex_bytes(w, s, bits) : arena_print(w->arena, "0x%llx", (unsigned long long)bits));
    s->hex = 1;
    return true;
}

static bool spell_text(Phrase *w, const Typed *value, Spelling *s)
{
    if (!spell(w, value->first, s)) return false;
    if (s->digits || (s->type != TYPE_STRING && s->type != TYPE_NAME))
        return phrase_fail(w, "Wireshark's lower() takes text, and there this is %s", s->digits ? "a number" : "bytes");
    if (s->type == TYPE_STRING) rename_all(s, w->arena, "lower(%s)", "");
    return true;
}

static bool spell(Phrase *w, const Typed *value, Spelling *s)
{
    *s = (Spelling){.type = value->type, .times = 1};
    switch (value->kind) {
    case VALUE_FIELD: return spell_field(w, value, s);
    case VALUE_META: return spell_meta(w, value, s);
    case VALUE_KEYED: return spell_keyed(w, value, s);
    case VALUE_FRAME: take_names(w, s, "frame"); return true;
    case VALUE_READ:
    case VALUE_CUT: return spell_slice(w, value, s);
    case VALUE_LOWER: return spell_text(w, value, s);
    case VALUE_ARITH: return spell_masked(w, value, s);
    case VALUE_LENGTH:
        if (!spell(w, value->first, s) || s->guard || s->digits)
            return phrase_fail(w, "such a length cannot be asked for in Wireshark");
        rename_all(s, w->arena, "len(%s)", "");
        s->type = TYPE_NUMBER;
        return true;
    case VALUE_TEXT: return phrase_fail(w, "Wireshark prints values as text in ways of its own");
    case VALUE_NUMBER:
        if (!spell(w, value->first, s) || !s->digits) return phrase_fail(w, "Wireshark does not read numbers in text");
        s->type = TYPE_NUMBER;
        s->digits = false;
        return true;
    default: return phrase_fail(w, "Wireshark has nothing that corresponds to this value");
    }
}

/* ---- constants ---- */

static void write_hex_bytes(Phrase *w, const u8 *bytes, u32 len)
{
    for (u32 i = 0; i < len; i++) text_print(&w->out, "%s%02x", i ? ":" : "", bytes[i]);
}

static void write_string(Phrase *w, Bytes text)
{
    text_print(&w->out, "\"");
    for (u32 i = 0; i < text.len; i++) {
        u8 byte = text.at[i];
        if (byte == '"' || byte == '\\')
            text_print(&w->out, "\\%c", byte);
        else if (byte >= ' ' && byte < 0x7F)
            text_print(&w->out, "%c", byte);
        else
            text_print(&w->out, "\\x%02x", byte);
    }
    text_print(&w->out, "\"");
}

/* Steps of 100 ns as seconds; a time begins to be counted in 1970 there. */
static void write_seconds(Phrase *w, int type, Wide steps)
{
    if (type == TYPE_TIME) steps -= filetime_of(0);
    bool negative = steps < 0;
    u64 size = (u64)(negative ? -steps : steps), fraction = size % 10000000;
    text_print(&w->out, "%s%llu", negative ? "-" : "", (unsigned long long)(size / 10000000));
    if (fraction == 0) return;
    u32 digits = 7;
    while (fraction % 10 == 0) fraction /= 10, digits--;
    text_print(&w->out, ".%0*llu", (int)digits, (unsigned long long)fraction);
}

static void write_number_as(Phrase *w, const Spelling *s, u64 number)
{
    if (s->form == AS_BYTES) {
        text_print(&w->out, "%s", hex_bytes(w, s, number));
    } else if (s->form == AS_SECONDS) {
        write_seconds(w, s->type, type_is_signed(s->type) ? (Wide)(i64)number : (Wide)number);
    } else if (s->hex && s->type == TYPE_NUMBER) {
        text_print(&w->out, "0x%0*llx", s->hex, (unsigned long long)number);
    } else if (s->no_sign) {
        text_print(&w->out, "%u", (unsigned)(number & 0xff));
    } else {
        write_number(w, s->type, number * s->times + s->plus);
    }
}

/* Text that is a number there: as the one number that has these digits. */
static bool write_digits(Phrase *w, Bytes text)
{
    bool number = text.len > 0 && text.at[0] != '0';
    for (u32 i = 0; i < text.len; i++) number &= text.at[i] >= '0' && text.at[i] <= '9';
    if (!number) return phrase_fail(w, "it is a number in Wireshark, and is compared with none here");
    text_add(&w->out, (const char *)text.at, text.len);
    return true;
}

static bool write_bytes_as(Phrase *w, const Spelling *s, Bytes bytes)
{
    if (s->digits) return write_digits(w, bytes);
    bool text = s->form == AS_VALUE && (s->type == TYPE_STRING || s->type == TYPE_NAME);
    if (bytes.len > BYTES_MAX || bytes.len == 0)
        return phrase_fail(w, "Wireshark would have to compare with %u bytes", bytes.len);
    bool root = s->type == TYPE_NAME && bytes.len == 1 && bytes.at[0] == '.';
    if (root)
        text_print(&w->out, "\"<root>\"");
    else if (text)
        write_string(w, bytes);
    else if (s->type == TYPE_IPV6 && s->form == AS_VALUE)
        write_address(w, bytes.at);
    else
        write_hex_bytes(w, bytes.at, bytes.len);
    return true;
}

/* ---- tests of one value ---- */

/* A test of one of the names; `what` is what the test is about. */
typedef bool NameTest(Phrase *w, const Spelling *s, const char *name, const Typed *test);

/* Of bytes of different lengths, the longer are the greater there. */
static bool bytes_have_order(Phrase *w, const Spelling *s, Bytes bound)
{
    if (s->digits) return phrase_fail(w, "it is a number in Wireshark, and numbers have another order than text");
    if (s->type != TYPE_BYTES || (s->form == AS_BYTES && s->width == bound.len)) return true;
    return phrase_fail(w, "Wireshark puts bytes in order by their number first");
}

static bool write_range(Phrase *w, const Spelling *s, const char *name, const Set *set, u32 i)
{
    text_print(&w->out, "%s >= ", name);
    if (set->of_bytes ? !write_bytes_as(w, s, set->bytes[i].lo) : (write_number_as(w, s, set->numbers[i].lo), false))
        return false;
    text_print(&w->out, " && %s <= ", name);
    if (set->of_bytes) return write_bytes_as(w, s, set->bytes[i].hi);
    write_number_as(w, s, set->numbers[i].hi);
    return true;
}

/* A moment of ours is 100 ns long. */
static bool write_steps(Phrase *w, const Spelling *s, const char *name, const Set *set, u32 i)
{
    bool negative = type_is_signed(s->type);
    Wide lo = negative ? (Wide)(i64)set->numbers[i].lo : (Wide)set->numbers[i].lo;
    Wide hi = negative ? (Wide)(i64)set->numbers[i].hi : (Wide)set->numbers[i].hi;
    text_print(&w->out, "%s >= ", name);
    write_seconds(w, s->type, lo);
    text_print(&w->out, " && %s < ", name);
    write_seconds(w, s->type, hi + 1);
    return true;
}

static bool is_single(const Set *set, u32 i)
{
    return set->of_bytes ? bytes_compare(set->bytes[i].lo, set->bytes[i].hi) == 0 : is_one(set->numbers[i]);
}

/* 10.0.0.0/8 */
static bool write_prefix(Phrase *w, const Spelling *s, const Set *set, u32 i)
{
    int bits = s->form != AS_VALUE    ? -1
               : s->type == TYPE_IPV4 ? prefix_of_ipv4(set->numbers[i])
               : s->type == TYPE_IPV6 ? prefix_of_ipv6(set->bytes[i])
                                      : -1;
    if (bits < 0) return false;
    if (s->type == TYPE_IPV4)
        write_number(w, TYPE_IPV4, set->numbers[i].lo);
    else
        write_address(w, set->bytes[i].lo.at);
    if (bits < (s->type == TYPE_IPV4 ? 32 : 128)) text_print(&w->out, "/%d", bits);
    return true;
}

static bool write_member(Phrase *w, const Spelling *s, const Set *set, u32 i)
{
    if (write_prefix(w, s, set, i)) return true;
    if (set->of_bytes ? !write_bytes_as(w, s, set->bytes[i].lo) : (write_number_as(w, s, set->numbers[i].lo), false))
        return false;
    if (is_single(set, i)) return true;
    text_print(&w->out, " .. ");
    if (set->of_bytes) return write_bytes_as(w, s, set->bytes[i].hi);
    write_number_as(w, s, set->numbers[i].hi);
    return true;
}

/* Only a field by its mere name can be looked up in a set. */
static bool can_be_in_braces(const Spelling *s, const char *name)
{
    return s->form == AS_VALUE && !strpbrk(name, " [(");
}

static bool write_one_of(Phrase *w, const Spelling *s, const char *name, const Set *set, u32 i)
{
    if (s->form == AS_SECONDS) return write_steps(w, s, name, set, i);
    bool prefix = s->form == AS_VALUE && ((s->type == TYPE_IPV4 && prefix_of_ipv4(set->numbers[i]) >= 0) ||
                                          (s->type == TYPE_IPV6 && prefix_of_ipv6(set->bytes[i]) >= 0));
    if (!prefix && !is_single(set, i) && can_be_in_braces(s, name)) {
        text_print(&w->out, "%s in {", name);
        if (!write_member(w, s, set, i)) return false;
        text_print(&w->out, "}");
        return true;
    }
    if (!prefix && !is_single(set, i)) {
        if (s->little) return phrase_fail(w, "Wireshark has no order of little-endian numbers");
        return write_range(w, s, name, set, i);
    }
    text_print(&w->out, "%s == ", name);
    return write_member(w, s, set, i);
}

static bool test_in(Phrase *w, const Spelling *s, const char *name, const Typed *test)
{
    const Set *set = test->set;
    if (set->count > MEMBERS_MAX)
        return phrase_fail(w, "a set of %u is more than a display filter is good for", set->count);
    for (u32 i = 0; set->of_bytes && i < set->count; i++)
        if (!is_single(set, i) &&
            !(bytes_have_order(w, s, set->bytes[i].lo) && bytes_have_order(w, s, set->bytes[i].hi)))
            return false;
    for (u32 i = 0; s->no_sign && i < set->count; i++)
        if ((i64)set->numbers[i].lo < 0 && (i64)set->numbers[i].hi >= 0)
            return phrase_fail(w, "%s has no sign in Wireshark, and another order", name);
    if (set->count == 1) return write_one_of(w, s, name, set, 0);
    bool braces = can_be_in_braces(s, name);
    text_print(&w->out, braces ? "%s in {" : "(", name);
    for (u32 i = 0; i < set->count; i++) {
        if (i) text_print(&w->out, braces ? ", " : " || ");
        if (braces ? !write_member(w, s, set, i) : !write_one_of(w, s, name, set, i)) return false;
    }
    text_print(&w->out, braces ? "}" : ")");
    return true;
}

/* Steps of 100 ns: above k is at least k + 1. */
static bool test_order_seconds(Phrase *w, const Spelling *s, const char *name, const Typed *test)
{
    bool behind = test->op == RELATION_GT || test->op == RELATION_LE;
    text_print(&w->out, "%s %s ", name, test->op == RELATION_GT || test->op == RELATION_GE ? ">=" : "<");
    write_seconds(w, s->type, test->lo + behind);
    return true;
}

static bool test_order(Phrase *w, const Spelling *s, const char *name, const Typed *test)
{
    if (s->form == AS_SECONDS) return test_order_seconds(w, s, name, test);
    if (s->no_sign) return phrase_fail(w, "%s has no sign in Wireshark, and another order", name);
    if (s->little) return phrase_fail(w, "Wireshark has no order of little-endian numbers");
    text_print(&w->out, "%s %s ", name, relation_text[test->op]);
    if (!type_is_number(s->type)) return bytes_have_order(w, s, test->bytes) && write_bytes_as(w, s, test->bytes);
    if (test->lo < 0 || test->lo > UINT32_MAX)
        if (s->form == AS_VALUE && s->type == TYPE_NUMBER)
            return phrase_fail(w, "Wireshark compares this field with 32 bits only");
    write_number_as(w, s, (u64)test->lo);
    return true;
}

static bool test_find(Phrase *w, const Spelling *s, const char *name, const Typed *test)
{
    Bytes bytes = test->bytes;
    bool shown = bytes.len > 0;
    for (u32 i = 0; i < bytes.len; i++) shown &= bytes.at[i] >= ' ' && bytes.at[i] < 0x7F;
    if (s->digits || (s->form == AS_VALUE && type_is_number(s->type)))
        return phrase_fail(w, "Wireshark does not search in numbers");
    text_print(&w->out, "%s contains ", name);
    if (!shown || s->form == AS_BYTES) return write_bytes_as(w, s, bytes);
    write_string(w, bytes);
    return true;
}

/* A pattern as a raw string, in which only a quote must be written otherwise. */
static bool write_pattern(Phrase *w, Bytes pattern)
{
    text_print(&w->out, "r\"(?-i)");
    for (u32 i = 0; i < pattern.len; i++) {
        u8 byte = pattern.at[i];
        bool escaped = byte == '\\' && i + 1 < pattern.len;
        u8 next = escaped ? pattern.at[i + 1] : 0;
        if (next == 'Q') return phrase_fail(w, "Wireshark's patterns cannot be quoted by \\Q");
        if (byte == '"' || next == '"') {
            text_print(&w->out, "\\x22");
            i += next == '"';
        } else if (byte < ' ' || byte >= 0x7F) {
            text_print(&w->out, "\\x%02x", byte);
        } else {
            text_add(&w->out, (const char *)pattern.at + i, escaped ? 2 : 1);
            i += escaped;
        }
    }
    text_print(&w->out, "\"");
    return true;
}

static bool test_match(Phrase *w, const Spelling *s, const char *name, const Typed *test)
{
    if (s->digits) return phrase_fail(w, "Wireshark does not search in numbers");
    text_print(&w->out, "%s matches ", name);
    return write_pattern(w, test->bytes);
}

static bool test_has(Phrase *w, const Spelling *s, const char *name, const Typed *test)
{
    (void)s, (void)test;
    text_print(&w->out, "%s", name);
    return true;
}

/* A test of any of the names: in parentheses where there are several. */
static bool any_name(Phrase *w, const Spelling *s, const char *const *names, NameTest *each, const Typed *test)
{
    if (s->count > 1) text_print(&w->out, "(");
    for (u32 i = 0; i < s->count; i++) {
        if (i) text_print(&w->out, " || ");
        if (!each(w, s, names[i], test)) return false;
    }
    if (s->count > 1) text_print(&w->out, ")");
    return true;
}

/* Is the guard needed for this test to be right?  Where == reads too little, it is false anyway. */
static bool needs_guard(const Spelling *s, const Typed *test)
{
    bool equal = test->kind == TEST_IN && test->set->count == 1 && is_single(test->set, 0);
    return s->guard && !(s->sliced && equal && !strchr(s->name[0], '#'));
}

static bool write_exists(Phrase *w, const Spelling *s)
{
    bool sliced = s->sliced && s->guard && !strchr(s->base[0], '#');
    if (s->guard) text_print(&w->out, sliced ? "%s" : "%s && ", s->guard);
    return sliced || any_name(w, s, s->base, test_has, NULL);
}

static bool write_present_and_none(Phrase *w, const Spelling *s, const Typed *test)
{
    text_print(&w->out, "(");
    if (!write_exists(w, s)) return false;
    text_print(&w->out, " && !(");
    if (!any_name(w, s, s->name, test_in, test)) return false;
    text_print(&w->out, "))");
    return true;
}

/* Above 1535 it is no length, for which Wireshark has another name. */
static bool is_ethertype(const Typed *test)
{
    const Typed *value = test->first;
    if (value->kind != VALUE_FIELD || (value->field != FIELD_ETHERNET_TYPE && value->field != FIELD_VLAN_TYPE))
        return false;
    for (u32 i = 0; test->kind == TEST_IN && i < test->set->count; i++)
        if (test->set->numbers[i].lo < 0x600) return false;
    return test->kind == TEST_IN;
}

static bool write_value_test(Phrase *w, const Typed *test)
{
    static NameTest *const tests[] = {
        [TEST_IN] = test_in, [TEST_ORDER] = test_order, [TEST_FIND] = test_find, [TEST_MATCH] = test_match};
    Spelling s;
    Verdict verdict = typed_verdict(test);
    if (!spell(w, test->first, &s)) return false;
    if (s.exists && test->kind != TEST_HAS)
        return phrase_fail(w, "%s tells in Wireshark whether %s is there, and not what bytes it has", s.name[0],
                           phrase_field_name(w, test->first->field));
    if (verdict == VERDICT_NEVER) return phrase_fail(w, "a part of it is never true");
    if (is_ethertype(test)) s.count = 1;
    if (test->kind == TEST_OUT) return write_present_and_none(w, &s, test);
    bool exists = test->kind == TEST_HAS || verdict == VERDICT_ALWAYS,
         guarded = exists ? s.guard != NULL : needs_guard(&s, test);
    if (guarded) text_print(&w->out, "(");
    if (exists && !write_exists(w, &s)) return false;
    if (!exists && guarded) text_print(&w->out, "%s && ", s.guard);
    if (!exists && !any_name(w, &s, s.name, tests[test->kind], test)) return false;
    if (guarded) text_print(&w->out, ")");
    return true;
}

/* ---- two values ---- */

static bool comparable(const Spelling *a, const Spelling *b)
{
    return !a->digits && !b->digits && !a->no_sign && !b->no_sign && a->count == 1 && b->count == 1 &&
           a->form == AS_VALUE && b->form == AS_VALUE && a->times == b->times && a->plus == b->plus &&
           !strpbrk(a->name[0], " [(") && !strpbrk(b->name[0], " [(");
}

static bool write_compare(Phrase *w, const Typed *test)
{
    Spelling a, b;
    const char *guards;
    bool unequal = test->op == RELATION_NE;
    if (!spell(w, test->first, &a) || !spell(w, test->first->next, &b)) return false;
    if (!comparable(&a, &b)) return phrase_fail(w, "two computed values cannot be compared in Wireshark");
    if (test->first->repeats && test->first->next->repeats) phrase_except(w, EXCEPTION_ACROSS);
    guards = arena_print(w->arena, "%s%s", a.guard ? a.guard : "", a.guard ? " && " : "");
    if (b.guard && (!a.guard || strcmp(a.guard, b.guard) != 0))
        guards = arena_print(w->arena, "%s%s && ", guards, b.guard);
    bool whole = unequal || *guards;
    if (whole) text_print(&w->out, "(%s", guards);
    if (unequal) text_print(&w->out, "%s && %s && !(", a.name[0], b.name[0]);
    text_print(&w->out, "%s %s %s", a.name[0], relation_text[unequal ? RELATION_EQ : test->op], b.name[0]);
    if (unequal) text_print(&w->out, ")");
    if (whole) text_print(&w->out, ")");
    return true;
}

/* ---- headers ---- */

/* What frame.protocols says of a header, a pattern; NULL: it cannot be told from that. */
static const char *layer_pattern(int proto)
{
    switch (proto) {
    case PROTO_ETHERNET: return "eth(:ethertype)?";
    case PROTO_VLAN: return "(vlan|ieee8021ad)(:ethertype)?";
    case PROTO_LINUX_COOKED: return "sll(:ethertype)?";
    case PROTO_IPV6: return "ipv6(:ipv6\\.[a-z]+)*";
    case PROTO_PPPOE: return "pppoe[sd]";
    case PROTO_TLS: return "tls";
    case PROTO_MPLS:
    case PROTO_SNAP: return NULL;
    default: return strstr(peer_proto[proto].wireshark, " or ") ? NULL : peer_proto[proto].wireshark;
    }
}

/* A SNAP header is a part of LLC there. */
static bool is_snap_of_llc(const Path *path, u32 i)
{
    return i > 0 && i < path->count && path->proto[i] == PROTO_SNAP && path->proto[i - 1] == PROTO_LLC;
}

static const char *wireshark_path(Phrase *w, const Path *path)
{
    Text pattern = {.arena = w->arena};
    text_print(&pattern, "frame.protocols matches r\"(?-i)^");
    if (path->proto[0] == PROTO_IPV4 || path->proto[0] == PROTO_IPV6) text_print(&pattern, "raw:");
    for (u32 i = 0; i < path->count; i++) {
        const char *layer = peer_proto[path->proto[i]].wireshark ? layer_pattern(path->proto[i]) : NULL;
        if (is_snap_of_llc(path, i)) continue;
        if (!layer) {
            phrase_fail(w, "the path with %s cannot be said in Wireshark's language", proto_info[path->proto[i]].name);
            return NULL;
        }
        text_print(&pattern, "%s%s", i ? ":" : "", layer);
    }
    text_print(&pattern, "(:|$)\"");
    if (path->count > 1 && is_snap_of_llc(path, path->count - 1)) text_print(&pattern, " && llc.oui");
    return text_str(&pattern);
}

static bool write_header(Phrase *w, const Typed *test)
{
    int proto = test->kind == TEST_PROTO ? test->field : test->path->proto[test->path->count - 1];
    except_header(w, proto);
    if (test->kind == TEST_LAYERS) {
        const char *path = wireshark_path(w, test->path);
        if (path) text_print(&w->out, "%s", path);
        return path != NULL;
    }
    Spelling s = {.form = AS_VALUE};
    take_names(w, &s, peer_proto[proto].wireshark);
    if (s.count == 0) return phrase_fail(w, "Wireshark has no protocol that corresponds to %s", proto_info[proto].name);
    const char *guard = sharer_of_names(proto);
    bool guarded = guard && strcmp(guard, s.name[0]) != 0;
    if (guarded) text_print(&w->out, "(%s && ", guard);
    if (!any_name(w, &s, s.name, test_has, NULL)) return false;
    if (guarded) text_print(&w->out, ")");
    return true;
}

/* ---- the tree ---- */

static bool write_test(Phrase *w, const Typed *test, bool inner);

static bool write_chain(Phrase *w, const Typed *chain, bool inner)
{
    if (inner) text_print(&w->out, "(");
    for (const Typed *child = chain->first; child; child = child->next) {
        if (child != chain->first) text_print(&w->out, chain->kind == TEST_AND ? " && " : " || ");
        if (!write_test(w, child, true)) return false;
    }
    if (inner) text_print(&w->out, ")");
    return true;
}

static bool write_test(Phrase *w, const Typed *test, bool inner)
{
    if (w->out.len > PHRASE_MAX) return phrase_fail(w, "it would be longer than %d bytes", PHRASE_MAX);
    switch (test->kind) {
    case TEST_TRUE: text_print(&w->out, "frame"); return true;
    case TEST_FALSE: text_print(&w->out, "!frame"); return true;
    case TEST_PROTO:
    case TEST_LAYERS: return write_header(w, test);
    case TEST_COMPARE: return write_compare(w, test);
    case TEST_AND:
    case TEST_OR: return write_chain(w, test, inner);
    case TEST_NOT:
        text_print(&w->out, "!(");
        if (!write_test(w, test->first, false)) return false;
        text_print(&w->out, ")");
        return true;
    default: return write_value_test(w, test);
    }
}

bool wireshark_write(Phrase *w, const Typed *root) { return write_test(w, root, false); }
