/* names.c - see names.h.
 *
 * Always true: a name is resolved without an error being made; only when every reading failed is one made, of the part
 * in front of the methods. */
#include "compiler/names.h"

#include "compiler/guess.h"
#include "compiler/peers.h"
#include "grammar/text.h"

#include <ctype.h>
#include <strings.h>

const FunctionInfo function_info[FUNCTION_COUNT] = {
#define FUNCTION(id, name, args, form, meaning) [FUNCTION_##id] = {name, form, args},
#include "compiler/functions.def"
};
const FunctionInfo method_info[METHOD_COUNT] = {
#define METHOD(id, name, args, meaning) [METHOD_##id] = {name, NULL, args},
#include "compiler/functions.def"
};

typedef enum { ROW_NOT_HERE, ROW_NEEDS_STATE, ROW_UNDECODED } RowKind;
typedef struct {
    const char *name, *nearest;
    RowKind kind;
} NetmonName;
static const NetmonName netmon_names[] = {
#define NETMON(name, nearest)       {name, nearest, ROW_NOT_HERE},
#define NETMON_STATE(name, nearest) {name, nearest, ROW_NEEDS_STATE},
#define UNDECODED(name, nearest)    {name, nearest, ROW_UNDECODED},
#include "compiler/netmon_names.def"
};

typedef struct {
    const char *at;
    size_t len;
} Words; /* components joined by dots */

bool text_is(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

static int info_find(const FunctionInfo *info, int count, const char *name, size_t len)
{
    for (int i = 0; i < count; i++)
        if (text_is(name, len, info[i].name)) return i;
    return -1;
}

int function_find(const char *name, size_t len) { return info_find(function_info, FUNCTION_COUNT, name, len); }

int method_find(const char *name, size_t len) { return info_find(method_info, METHOD_COUNT, name, len); }

/* ---- components ---- */

/* Takes the first component off. */
static Words next_word(Words *rest)
{
    const char *dot = memchr(rest->at, '.', rest->len);
    Words first = {rest->at, dot ? (size_t)(dot - rest->at) : rest->len};
    size_t taken = first.len + (dot != NULL);
    *rest = (Words){rest->at + taken, rest->len - taken};
    return first;
}

/* The last component. */
static Words last_word(Words words)
{
    const char *dot = memrchr(words.at, '.', words.len);
    return dot ? (Words){dot + 1, (size_t)(words.at + words.len - dot - 1)} : words;
}

static bool word_is(Words words, const char *word) { return text_is(words.at, words.len, word); }

/* Drops what may stand in front of any name: a dot, and "Protocol". */
static Words without_root(Words words)
{
    if (words.len && words.at[0] == '.') words = (Words){words.at + 1, words.len - 1};
    Words rest = words;
    return word_is(next_word(&rest), "Protocol") && rest.len ? rest : words;
}

/* ---- resolving ---- */

static void name_field(Name *name, int field)
{
    const FieldInfo *info = &field_info[field];
    name->kind = NAME_FIELD;
    name->id = info->kind == FIELD_IS_ALIAS ? info->first : (u16)field;
}

/* "HeaderFields.UserAgent": a field of lines "name: value", and which of them. */
static bool name_key(Arena *arena, int field, Words key, Name *name)
{
    if (!field_is((FieldId)field, CALC_KEYED) || method_find(key.at, key.len) >= 0) return false;
    char *text = arena_copy(arena, key.at, key.len);
    u32 len = 0;
    for (u32 i = 0; i < key.len; i++)
        if (text[i] != '_') text[len++] = (char)tolower((unsigned char)text[i]);
    text[len] = '\0';
    name_field(name, field);
    name->key = (Bytes){(const u8 *)text, len};
    return true;
}

static bool resolve_keyed(Arena *arena, int proto, Words rest, Name *name)
{
    Words key = last_word(rest), lines = {rest.at, rest.len - MIN_OF(key.len + 1, rest.len)};
    int field = field_find(proto, lines.at, lines.len);
    return field >= 0 && name_key(arena, field, key, name);
}

/* What `rest` is inside a header; false when it is nothing there. */
static bool resolve_in_header(Arena *arena, int proto, Words rest, const Path *path, Name *name)
{
    name->path = path;
    name->id = (u16)proto;
    if (rest.len == 0) {
        name->kind = path ? NAME_LAYERS : NAME_HEADER;
        return proto != PROTO_PROPERTY;
    }
    int field = field_find(proto, rest.at, rest.len);
    if (field < 0) return resolve_keyed(arena, proto, rest, name);
    name_field(name, field);
    return true;
}

/* A structure's name says enough without its protocol: KrbError, QRecord.QuestionName.  Where several protocols have it,
 * any of them is meant. */
static bool resolve_structure(Arena *arena, Words words, Name *name)
{
    u16 fields[EITHER_MAX];
    u32 count = structure_find_all(words.at, words.len, fields, EITHER_MAX);
    if (count > 0) {
        name_field(name, fields[0]);
        if (count == 1) return true;
        u16 *kept = NEW_ARRAY(arena, u16, count);
        memcpy(kept, fields, count * sizeof *fields);
        name->either = kept;
        name->either_count = count;
        return true;
    }
    Words key = last_word(words), lines = {words.at, words.len - MIN_OF(key.len + 1, words.len)};
    int field = structure_find(lines.at, lines.len);
    return field >= 0 && name_key(arena, field, key, name);
}

/* The layers at the front of `rest`, which stood behind "Frame."; *rest is left with what follows them. */
static Path take_layers(Words *rest)
{
    Path path = {.count = 0};
    while (rest->len && path.count < PATH_LAYERS_MAX) {
        Words after = *rest, word = next_word(&after);
        int proto = proto_find(word.at, word.len);
        if (proto < 0 || proto == PROTO_PROPERTY) break;
        if (path.count && field_find(path.proto[path.count - 1], rest->at, rest->len) >= 0) break;
        path.proto[path.count++] = (u8)proto;
        *rest = after;
    }
    return path;
}

static bool resolve_path(Arena *arena, Words rest, Name *name)
{
    if (rest.len == 0) {
        name->kind = NAME_EVERY_FRAME;
        return true;
    }
    Path path = take_layers(&rest);
    if (path.count == 0) return false;
    Name inside = *name;
    if (!resolve_in_header(arena, path.proto[path.count - 1], rest, &path, &inside)) return false;
    Path *kept = NEW(arena, Path);
    *kept = path;
    *name = inside;
    name->path = kept;
    return true;
}

static bool resolve(Arena *arena, Words words, Name *name)
{
    Words rest = words, first = next_word(&rest);
    int found = -1;
    if (word_is(first, "Frame")) return resolve_path(arena, rest, name);
    if (word_is(first, "FrameVariable")) {
        found = meta_find(rest.at, rest.len);
    } else if (rest.len == 0 && word_is(first, "FrameData")) {
        name->kind = NAME_FRAME_DATA;
        return true;
    } else {
        int proto = proto_find(first.at, first.len);
        if (proto >= 0) return resolve_in_header(arena, proto, rest, NULL, name);
        found = meta_find(words.at, words.len); /* FrameNumber and so on are clear without their scope */
        if (found < 0 && resolve_in_header(arena, PROTO_PROPERTY, words, NULL, name)) return true;
        if (found < 0 && resolve_structure(arena, words, name)) return true;
    }
    name->kind = NAME_META;
    name->id = (u16)found;
    return found >= 0;
}

/* ---- when nothing fits ---- */

/* "UDP.SrcPort' or 'TCP.SrcPort" for a bare "SrcPort", NULL where no protocol has such a field. */
static const char *field_without_protocol(Arena *arena, Words word)
{
    const char *all = NULL;
    for (int p = 0; p < PROTO_COUNT; p++) {
        int field = field_find(p, word.at, word.len);
        if (field < 0) continue;
        const char *one = arena_print(arena, "%s.%s", proto_info[p].name, field_info[field].name);
        all = all ? arena_print(arena, "%s' or '%s", all, one) : one;
    }
    return all;
}

static bool covers(const char *row, Words words)
{
    size_t len = strlen(row);
    return words.len >= len && strncasecmp(row, words.at, len) == 0 && (words.len == len || words.at[len] == '.');
}

static const NetmonName *netmon_find(Words words)
{
    for (size_t i = 0; i < COUNT_OF(netmon_names); i++)
        if (covers(netmon_names[i].name, words)) return &netmon_names[i];
    static const char *const scopes[] = {"Conversation.", "Global.", "Property."};
    for (size_t s = 0; s < COUNT_OF(scopes); s++)
        for (size_t i = 0; i < COUNT_OF(netmon_names); i++) {
            size_t len = strlen(scopes[s]);
            const char *row = netmon_names[i].name;
            if (strncmp(row, scopes[s], len) == 0 && covers(row + len, words)) return &netmon_names[i];
        }
    return NULL;
}

/* "TCPPayloadLength" for "Conversation.TCPPayloadLength", if frames have such a thing. */
static const char *without_scope(Arena *arena, Words words)
{
    Words scope = next_word(&words);
    Name name = {.kind = NAME_UNKNOWN};
    if (scope.len == 0 || words.len == 0 || !resolve(arena, words, &name)) return NULL;
    return name.kind == NAME_FIELD ? arena_copy(arena, words.at, words.len) : NULL;
}

static void report_netmon(DiagList *diags, Span span, Words words, const NetmonName *netmon)
{
    static const char *const says[] = {
        [ROW_NOT_HERE] = "a NetMon name that this version does not know",
        [ROW_NEEDS_STATE] =
            "a NetMon name that needs state: it is worked out of the frames before it, which this version "
            "does not keep",
        [ROW_UNDECODED] = "of a protocol that this version does not decode",
    };
    const char *quoted = diag_quote(diags->arena, diags->source, span), *what = says[netmon->kind];
    if (netmon->kind == ROW_UNDECODED && span.len == strlen(netmon->name)) what += strlen("of ");
    Diag *diag = diag_error(diags, span, "'%s' is %s", quoted, what);
    const char *of_frame = netmon->nearest ? NULL : without_scope(diags->arena, words);
    if (netmon->nearest) diag_hint(diags, diag, "nearest here: %s", netmon->nearest);
    if (of_frame) diag_hint(diags, diag, "nearest here: %s, of each frame", of_frame);
}

static const char wireshark_says[] = "is Wireshark's name";

bool is_report_of_wireshark(const Diag *diag) { return strstr(diag->text, wireshark_says) != NULL; }

static void report_wireshark(DiagList *diags, Span span, const WiresharkName *name)
{
    const char *quoted = diag_quote(diags->arena, diags->source, span);
    Diag *diag = diag_error(diags, span, "'%s' %s", quoted, wireshark_says);
    if (name->ours && name->remark)
        diag_hint(diags, diag, "did you mean '%s'? %s", name->ours, name->remark);
    else if (name->ours)
        diag_hint(diags, diag, "did you mean '%s'?", name->ours);
    else
        diag_hint(diags, diag, "nothing here corresponds to it");
}

/* proto >= 0: the name began with that protocol's. */
static void hint_near(DiagList *diags, Diag *diag, int proto, const char *near)
{
    if (near)
        diag_hint(diags, diag, "did you mean '%s'?", near);
    else if (proto >= 0)
        diag_hint(diags, diag, "'pktsift fields %s.' lists what it has", proto_info[proto].name);
    else
        diag_hint(diags, diag, "'pktsift fields' lists every name");
}

static void report_in_path(DiagList *diags, Span span, Words rest)
{
    Path path = take_layers(&rest);
    Words word = next_word(&rest);
    Span at = {(u32)(word.at - diags->source->text), (u32)word.len};
    if (path.count == PATH_LAYERS_MAX) {
        diag_error(diags, span, "a path has at most %d layers", PATH_LAYERS_MAX);
        return;
    }
    const char *quoted = diag_quote(diags->arena, diags->source, at);
    if (path.count == 0) {
        Diag *diag = diag_error(diags, at, "'Frame.' is followed by a protocol, and there is none named '%s'", quoted);
        diag_hint(diags, diag, "a whole path is Frame.Ethernet.IPv4.TCP.Port");
        return;
    }
    int proto = path.proto[path.count - 1];
    Diag *diag = diag_error(diags, at, "%s has no field named '%s'", proto_info[proto].name, quoted);
    char *text = arena_print(diags->arena, "%s.%s", proto_info[proto].name,
                             arena_copy(diags->arena, word.at, MIN_OF(word.len, (size_t)64)));
    const char *protos[PROTO_COUNT], *near;
    for (int p = 0; p < PROTO_COUNT; p++) protos[p] = proto_info[p].name;
    near = nearest_name(word.at, word.len, protos, PROTO_COUNT);
    if (!near || name_distance(word.at, word.len, near, strlen(near), 2) > 1)
        near = guess_name(diags->arena, proto, text, strlen(text));
    hint_near(diags, diag, proto, near);
}

/* "TCP.Port.ToStrin": a field, and behind it something that is no method. */
static bool report_method(DiagList *diags, Words words)
{
    Words last = last_word(words), front = {words.at, words.len - MIN_OF(last.len + 1, words.len)};
    Name name = {.kind = NAME_UNKNOWN};
    if (front.len == 0 || !resolve(diags->arena, front, &name)) return false;
    if (name.kind != NAME_FIELD && name.kind != NAME_META && name.kind != NAME_FRAME_DATA) return false;
    report_unknown_method(diags, (Span){(u32)(last.at - diags->source->text), (u32)last.len});
    return true;
}

static void report_variable(DiagList *diags, Span span, Words words, Words word)
{
    if (report_method(diags, words)) return;
    const char *names[META_COUNT], *all = "";
    for (int m = 0; m < META_COUNT; m++) {
        names[m] = meta_info[m].name;
        all = arena_print(diags->arena, "%s%s%s", all, m ? ", " : "", names[m]);
    }
    const char *near = nearest_name(word.at, word.len, names, META_COUNT);
    Diag *diag = diag_error(diags, span, "no frame variable named '%s'", diag_quote(diags->arena, diags->source, span));
    if (near)
        diag_hint(diags, diag, "did you mean 'FrameVariable.%s'?", near);
    else
        diag_hint(diags, diag, "there are FrameVariable.%s", all);
}

/* What stands below a protocol as a rule. */
static const char *usual_front(int proto)
{
    switch (peer_proto[proto].layer) {
    case LAYER_IP: return "Frame.Ethernet";
    case LAYER_UPPER: return "Frame.Ethernet.IPv4";
    case LAYER_PAYLOAD: break;
    default: return proto == PROTO_ETHERNET ? "Frame" : "Frame.Ethernet";
    }
    static const u8 over_tcp[] = {PROTO_HTTP, PROTO_TLS, PROTO_NBTSS, PROTO_SMB, PROTO_SMB2, PROTO_LDAP, PROTO_RDP};
    return memchr(over_tcp, proto, sizeof over_tcp) ? "Frame.Ethernet.IPv4.TCP" : "Frame.Ethernet.IPv4.UDP";
}

/* "GTP.IPv4.Address": either what the last header has, or the path from the frame on. */
static void report_half_path(DiagList *diags, Span span, Words words)
{
    Words rest = words;
    Path path = take_layers(&rest);
    int first = path.proto[0], last = path.proto[path.count - 1];
    const char *name =
        arena_print(diags->arena, "%s%s%.*s", proto_info[last].name, rest.len ? "." : "", (int)rest.len, rest.at);
    const char *whole = arena_print(diags->arena, "%s.%.*s", usual_front(first), (int)words.len, words.at);
    Name ignored = {.kind = NAME_UNKNOWN};
    bool known = resolve(diags->arena, (Words){name, strlen(name)}, &ignored) &&
                 resolve(diags->arena, (Words){whole, strlen(whole)}, &ignored);
    Diag *diag = diag_error(diags, span, "'%s' is a path that does not begin with the whole frame",
                            diag_quote(diags->arena, diags->source, span));
    diag_hint(diags, diag, "write %s for any place in the frame, or the whole path, %s", known ? name : "TCP.Port",
              known ? whole : "Frame.Ethernet.IPv4.TCP.Port");
}

static void report_in_header(DiagList *diags, Span span, int proto, Words words, Words rest)
{
    Words after = rest, word = next_word(&after);
    const char *quoted = diag_quote(diags->arena, diags->source, span);
    if (rest.len == 0) { /* a protocol is known, so it is no protocol */
        Diag *diag = diag_error(diags, span, "'%s' is a scope, and no name stands behind it", quoted);
        diag_hint(diags, diag, "'pktsift fields %s.' lists what it holds", proto_info[proto].name);
        return;
    }
    if (proto_find(word.at, word.len) >= 0) {
        report_half_path(diags, span, words);
        return;
    }
    const char *near = guess_name(diags->arena, proto, words.at, words.len);
    if (!near && report_method(diags, words)) return;
    Diag *diag = diag_error(diags, span, "no field named '%s'", quoted);
    hint_near(diags, diag, proto, near);
}

/* Is `name` a part of what the words without their last one name? */
static bool is_below(const char *name, Words words)
{
    size_t front = words.len - MIN_OF(last_word(words).len + 1, words.len);
    return name && front > 0 && strlen(name) > front && name[front] == '.' && strncasecmp(name, words.at, front) == 0;
}

/* Has it the same last word? */
static bool ends_alike(const char *name, Words words)
{
    Words last = last_word(words);
    size_t len = name ? strlen(name) : 0;
    return len > last.len && name[len - last.len - 1] == '.' &&
           strncasecmp(name + len - last.len, last.at, last.len) == 0;
}

static void report_bare(DiagList *diags, Span span, Words words, Words rest)
{
    Arena *arena = diags->arena;
    const char *quoted = diag_quote(arena, diags->source, span);
    int function = function_find(words.at, words.len);
    if (function >= 0) {
        diag_error(diags, span, "'%s' is a function: %s", quoted, function_info[function].form);
    } else if (word_is(words, "true") || word_is(words, "false")) {
        Diag *diag = diag_error(diags, span, "there is no '%s'", quoted);
        diag_hint(diags, diag, "flags are numbers: compare with 1 or 0");
    } else {
        const char *near = rest.len ? NULL : field_without_protocol(arena, words);
        if (!near) near = guess_name(arena, -1, words.at, words.len);
        if (!is_below(near, words) && !ends_alike(near, words) && report_method(diags, words)) return;
        Diag *diag = diag_error(diags, span, "no protocol or field named '%s'", quoted);
        hint_near(diags, diag, -1, near);
    }
}

static bool is_name_byte(char byte) { return isalnum((u8)byte) || byte == '_' || byte == '.' || byte == '-'; }

/* The Agent of HeaderFields.User-Agent, which is a subtraction. */
static bool report_dashed_line(DiagList *diags, Span span)
{
    const char *text = diags->source->text;
    u32 from = span.at, to = span.at + span.len;
    if (from == 0 || text[from - 1] != '-') return false;
    while (from > 0 && is_name_byte(text[from - 1])) from--;
    for (u32 i = span.at; i < to; i++)
        if (text[i] == '.') to = i; /* methods */
    while (to < diags->source->len && is_name_byte(text[to]) && text[to] != '.') to++;
    Text joined = {.arena = diags->arena};
    for (u32 i = from; i < to; i++)
        if (text[i] != '-') text_add(&joined, text + i, 1);
    Name name = {.kind = NAME_UNKNOWN};
    Words words = {text_str(&joined), joined.len};
    if (!resolve(diags->arena, without_root(words), &name) || !name.key.at) return false;
    const Diag *before = diags->count ? &diags->item[diags->count - 1] : NULL;
    if (before && before->level == DIAG_ERROR && before->span.at == from) return true; /* X-Forwarded-For */
    Diag *diag = diag_error(diags, (Span){from, to - from}, "'%s' is read as a subtraction",
                            diag_quote(diags->arena, diags->source, (Span){from, to - from}));
    diag_hint(diags, diag, "a line is named without '-': %s", words.at);
    return true;
}

static void report_unknown(DiagList *diags, Span span, Words words)
{
    if (diag_full(diags)) { /* it is only counted: no need to look around */
        diag_error(diags, span, "unknown name");
        return;
    }
    Words rest = words, first = next_word(&rest);
    const NetmonName *netmon = netmon_find(words);
    WiresharkName wireshark;
    int proto = proto_find(first.at, first.len);
    if (report_dashed_line(diags, span)) return;
    if (wireshark_name(diags->arena, words.at, words.len, &wireshark))
        report_wireshark(diags, span, &wireshark);
    else if (proto >= 0 && !(netmon && proto == PROTO_PROPERTY))
        report_in_header(diags, span, proto, words, rest);
    else if (netmon)
        report_netmon(diags, span, words, netmon);
    else if (word_is(first, "Frame"))
        report_in_path(diags, span, rest);
    else if (word_is(first, "FrameVariable"))
        report_variable(diags, span, words, rest);
    else
        report_bare(diags, span, words, rest);
}

/* The longest reading that is a name with only methods behind it.  *core is what was tried last. */
static bool read_name(DiagList *diags, Span span, Words *core, Name *name, u32 *methods)
{
    Words all = {diags->source->text + span.at, span.len};
    *core = all;
    for (*methods = 0; *methods <= METHODS_MAX; ++*methods) {
        *name = (Name){.span = {span.at, (u32)core->len},
                       .methods = {span.at + (u32)core->len, (u32)(all.len - core->len)}};
        if (resolve(diags->arena, without_root(*core), name)) return true;
        Words last = last_word(*core);
        if (last.at <= core->at + 1 || method_find(last.at, last.len) < 0) return false;
        core->len = (size_t)(last.at - 1 - core->at);
    }
    return false;
}

Name name_resolve(DiagList *diags, Span span)
{
    Words core;
    Name name;
    u32 methods;
    if (read_name(diags, span, &core, &name, &methods)) return name;
    if (methods > METHODS_MAX)
        diag_error(diags, span, "more than %d methods behind one name", METHODS_MAX);
    else
        report_unknown(diags, (Span){span.at, (u32)core.len}, without_root(core));
    return (Name){.kind = NAME_UNKNOWN};
}

bool name_is_known(DiagList *diags, Span span)
{
    Words core;
    Name name;
    u32 methods;
    return read_name(diags, span, &core, &name, &methods);
}

const char *name_meaning(const char *word, size_t len)
{
    static const char *const scopes[] = {"Protocol", "Property", "Conversation", "Global", "FrameVariable"};
    Arena arena = {0};
    Name name = {.kind = NAME_UNKNOWN};
    bool known = resolve(&arena, (Words){word, len}, &name);
    arena_release(&arena);
    for (size_t i = 0; i < COUNT_OF(scopes); i++)
        if (text_is(word, len, scopes[i])) return "the name of a scope";
    if (function_find(word, len) >= 0) return "a function";
    if (!known) return NULL;
    return name.kind == NAME_HEADER ? "a protocol" : name.kind == NAME_FIELD ? "a field" : "a frame variable";
}

static void report_unknown_info(DiagList *diags, Span span, const char *what, const FunctionInfo *info, u32 count)
{
    const char *names[FUNCTION_COUNT + METHOD_COUNT];
    for (u32 i = 0; i < count; i++) names[i] = info[i].name;
    Diag *diag = diag_error(diags, span, "no %s named '%s'", what, diag_quote(diags->arena, diags->source, span));
    const char *text = diags->source->text + span.at;
    u32 bits = 0;
    for (u32 i = 4; i < span.len && bits < 1000 && isdigit((u8)text[i]); i++) bits = 10 * bits + (u32)(text[i] - '0');
    if (span.len > 4 && text_is(text, 4, "UINT") && bits % 8 == 0 && bits >= 24 && bits <= 56) {
        diag_hint(diags, diag, "a number of %u bytes is Blob(bytes, offset, %u)", bits / 8, bits / 8);
        return;
    }
    const char *near = nearest_name(diags->source->text + span.at, span.len, names, count);
    if (near) diag_hint(diags, diag, "did you mean '%s'?", near);
}

void report_unknown_function(DiagList *diags, Span span)
{
    report_unknown_info(diags, span, "function", function_info, FUNCTION_COUNT);
}

void report_unknown_method(DiagList *diags, Span span)
{
    report_unknown_info(diags, span, "method", method_info, METHOD_COUNT);
}
