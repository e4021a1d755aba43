/* spelling.c - see spelling.h.
 *
 * A name is tried whole first, then with fewer and fewer words taken as methods.  What has been recognised is noted and only
 * written when all of it was. */
#include "compiler/spelling.h"

#include "compiler/names.h"

typedef struct {
    char *at;
    size_t len;
} Words; /* joined by dots */

enum { NOTES_MAX = PATH_LAYERS_MAX + METHODS_MAX + 4 };

typedef struct {
    struct {
        char *at;
        const char *as;
    } note[NOTES_MAX];
    u32 count;
} Notes;

static void note(Notes *notes, Words words, const char *as)
{
    if (notes->count < NOTES_MAX) {
        notes->note[notes->count].at = words.at;
        notes->note[notes->count++].as = as;
    }
}

static bool word_is(Words words, const char *word) { return text_is(words.at, words.len, word); }

static Words first_word(Words words)
{
    char *dot = memchr(words.at, '.', words.len);
    return (Words){words.at, dot ? (size_t)(dot - words.at) : words.len};
}

static Words behind(Words words, Words first)
{
    size_t taken = MIN_OF(first.len + 1, words.len);
    return (Words){words.at + taken, words.len - taken};
}

static Words last_word(Words words)
{
    char *dot = memrchr(words.at, '.', words.len);
    return dot ? (Words){dot + 1, (size_t)(words.at + words.len - dot - 1)} : words;
}

static Words before(Words words, Words last) { return (Words){words.at, words.len - MIN_OF(last.len + 1, words.len)}; }

/* ---- readings, in the order of names.c ---- */

static bool note_method(Notes *notes, Words word)
{
    int method = method_find(word.at, word.len);
    if (method >= 0) note(notes, word, method_info[method].name);
    return method >= 0;
}

/* A field of a header, or a line of a keyed one; nothing at all is the header itself. */
static bool note_in_header(Notes *notes, int proto, Words rest)
{
    Words key = last_word(rest), lines = before(rest, key);
    int field = field_find(proto, rest.at, rest.len);
    if (rest.len == 0) return proto != PROTO_PROPERTY;
    if (field < 0 && method_find(key.at, key.len) < 0) {
        field = field_find(proto, lines.at, lines.len);
        if (field >= 0 && !field_is((FieldId)field, CALC_KEYED)) field = -1;
    }
    if (field >= 0) note(notes, rest, field_info[field].name);
    return field >= 0;
}

/* A name from one of its structures on is the end of a field's name. */
static bool note_structure(Notes *notes, Words words)
{
    Words key = last_word(words), lines = before(words, key), found = words;
    int field = structure_find(words.at, words.len);
    if (field < 0 && method_find(key.at, key.len) < 0) {
        found = lines;
        field = structure_find(lines.at, lines.len);
        if (field >= 0 && !field_is((FieldId)field, CALC_KEYED)) field = -1;
    }
    if (field < 0) return false;
    const char *name = field_info[field].name;
    note(notes, found, name + strlen(name) - found.len);
    return true;
}

static bool note_path(Notes *notes, Words rest)
{
    int last = -1;
    for (u32 layers = 0; rest.len && layers < PATH_LAYERS_MAX; layers++) {
        Words word = first_word(rest);
        int proto = proto_find(word.at, word.len);
        if (proto < 0 || proto == PROTO_PROPERTY) break;
        if (last >= 0 && field_find(last, rest.at, rest.len) >= 0) break;
        note(notes, word, proto_info[proto].name);
        rest = behind(rest, word);
        last = proto;
    }
    return last < 0 ? rest.len == 0 : note_in_header(notes, last, rest);
}

static bool note_meta(Notes *notes, Words words)
{
    int meta = meta_find(words.at, words.len);
    if (meta >= 0) note(notes, words, meta_info[meta].name);
    return meta >= 0;
}

static bool note_whole(Notes *notes, Words words)
{
    static const char *const roots[] = {"Frame", "FrameVariable", "FrameData"};
    Words first = first_word(words), rest = behind(words, first);
    for (u32 i = 0; i < COUNT_OF(roots); i++) {
        if (!word_is(first, roots[i])) continue;
        note(notes, first, roots[i]);
        return i == 0 ? note_path(notes, rest) : i == 1 ? note_meta(notes, rest) : rest.len == 0;
    }
    int proto = proto_find(first.at, first.len);
    if (proto < 0)
        return note_meta(notes, words) || note_in_header(notes, PROTO_PROPERTY, words) || note_structure(notes, words);
    note(notes, first, proto_info[proto].name);
    return note_in_header(notes, proto, rest);
}

/* Functions, and the words that say how ContainsBin searches. */
static bool note_alone(Notes *notes, Words words)
{
    static const char *const modes[] = {"ASCII", "UNICODE", "HEX"};
    int function = function_find(words.at, words.len);
    if (function >= 0) note(notes, words, function_info[function].name);
    for (u32 i = 0; i < COUNT_OF(modes) && function < 0; i++)
        if (word_is(words, modes[i])) return note(notes, words, modes[i]), true;
    return function >= 0;
}

/* ---- writing ---- */

static void write_notes(const Notes *notes)
{
    for (u32 i = 0; i < notes->count; i++) memcpy(notes->note[i].at, notes->note[i].as, strlen(notes->note[i].as));
}

void spell_methods(char *methods, u32 len)
{
    Words words = {methods, len};
    while (words.len > 1) {
        Notes notes = {.count = 0};
        Words last = last_word(words);
        if (note_method(&notes, last)) write_notes(&notes);
        words = before(words, last);
    }
}

void spell_name(char *name, u32 len)
{
    Words words = {name, len}, root;
    Notes others = {.count = 0}; /* in front of and behind what a reading is of */
    if (words.len && words.at[0] == '.') words = (Words){words.at + 1, words.len - 1};
    root = first_word(words);
    if (word_is(root, "Protocol") && root.len < words.len) {
        note(&others, root, "Protocol");
        words = behind(words, root);
    }
    for (u32 tries = 0; tries <= METHODS_MAX && words.len; tries++) {
        Notes notes = {.count = 0};
        if (note_whole(&notes, words) || (notes.count = 0, tries == 0 && note_alone(&notes, words))) {
            write_notes(&notes);
            write_notes(&others);
            return;
        }
        Words last = last_word(words);
        if (last.at == words.at || !note_method(&others, last)) return;
        words = before(words, last);
    }
}
