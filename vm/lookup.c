/* lookup.c - the dictionary's names, found without case by their hash.
 *
 * A filter may hold a hundred thousand names, right or wrong, so none is looked for row by row.  Always true: the index is
 * made once, by whoever asks first, and only read from then on. */
#include "vm/fields.h"

#include <pthread.h>
#include <strings.h>

/* A space of names: in each a name means one thing.  Fields have one for each protocol. */
enum { SPACE_PROTOS, SPACE_METAS, SPACE_STRUCTURES, SPACE_FIELDS };

typedef struct {
    const char *name; /* NULL: the slot is free */
    u16 space, id;
} Entry;

enum { SLOTS = 1 << 14 };
_Static_assert(4 * (FIELD_COUNT + PROTO_COUNT + META_COUNT) < SLOTS, "most slots stay free");
static Entry slots[SLOTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static u8 lower(char letter) { return letter >= 'A' && letter <= 'Z' ? (u8)(letter | 0x20) : (u8)letter; }

/* FNV-1a, of the letters in lower case. */
static u32 hash_of(u32 space, const char *name, size_t len)
{
    u32 hash = (2166136261u ^ space) * 16777619u;
    for (size_t i = 0; i < len; i++) hash = (hash ^ lower(name[i])) * 16777619u;
    return hash;
}

/* The entry of that name, or the free slot where it would stand. */
static Entry *entry_of(u32 space, const char *name, size_t len)
{
    for (u32 at = hash_of(space, name, len);; at++) {
        Entry *entry = &slots[at % SLOTS];
        if (!entry->name) return entry;
        if (entry->space == space && strlen(entry->name) == len && strncasecmp(entry->name, name, len) == 0)
            return entry;
    }
}

static int id_of(u32 space, const char *name, size_t len)
{
    const Entry *entry = entry_of(space, name, len);
    return entry->name ? entry->id : -1;
}

/* ---- making it ---- */

static const struct {
    const char *name;
    u32 proto;
} proto_aliases[] = {
#define PROTO_ALIAS(id, name) {name, PROTO_##id},
#include "vm/fields.def"
};

/* Of two things with one name the first is found. */
static void add(u32 space, const char *name, u32 id)
{
    Entry *entry = entry_of(space, name, strlen(name));
    if (!entry->name) *entry = (Entry){name, (u16)space, (u16)id};
}

/* A field's name may begin at each of its structures, with or without its protocol: of "TlsRecLayer.SSLHandshake.Version",
 * where both are structures, there are all of it and "SSLHandshake.Version". */
static void add_from_structures(u32 field)
{
    const FieldInfo *info = &field_info[field];
    for (const char *part = info->name, *dot; part; part = dot ? dot + 1 : NULL) {
        dot = strchr(part, '.');
        size_t end = dot ? (size_t)(dot - info->name) : strlen(info->name);
        int outer = id_of(SPACE_FIELDS + (u32)info->proto, info->name, end);
        if (outer < 0 || !field_is((FieldId)outer, CALC_STRUCT)) continue;
        add(SPACE_STRUCTURES, part, field);
        add(SPACE_FIELDS + (u32)info->proto, part, field);
    }
}

static void make(void)
{
    for (u32 p = 0; p < PROTO_COUNT; p++) add(SPACE_PROTOS, proto_info[p].name, p);
    for (u32 a = 0; a < COUNT_OF(proto_aliases); a++) add(SPACE_PROTOS, proto_aliases[a].name, proto_aliases[a].proto);
    for (u32 m = 0; m < META_COUNT; m++) add(SPACE_METAS, meta_info[m].name, m);
    for (u32 f = 0; f < FIELD_COUNT; f++) add(SPACE_FIELDS + (u32)field_info[f].proto, field_info[f].name, f);
    for (u32 f = 0; f < FIELD_COUNT; f++) add_from_structures(f);
}

/* ---- asking it ---- */

static int find(u32 space, const char *name, size_t len)
{
    pthread_once(&once, make);
    return id_of(space, name, len);
}

int proto_find(const char *name, size_t len) { return find(SPACE_PROTOS, name, len); }
int meta_find(const char *name, size_t len) { return find(SPACE_METAS, name, len); }
int field_find(int proto, const char *name, size_t len) { return find(SPACE_FIELDS + (u32)proto, name, len); }
int structure_find(const char *name, size_t len) { return find(SPACE_STRUCTURES, name, len); }

/* Has the protocol a field of that name, and is its part up to `end` a structure there too? */
static int same_in(u32 proto, const char *name, size_t end)
{
    int field = id_of(SPACE_FIELDS + proto, name, strlen(name)), outer = id_of(SPACE_FIELDS + proto, name, end);
    return outer >= 0 && field_is((FieldId)outer, CALC_STRUCT) ? field : -1;
}

u32 structure_find_all(const char *name, size_t len, u16 *fields, u32 most)
{
    int first = structure_find(name, len);
    if (first < 0) return 0;
    const FieldInfo *info = &field_info[first];
    const char *part = info->name + strlen(info->name) - len;
    size_t end = (size_t)(part - info->name) + strcspn(part, ".");
    u32 count = 0;
    fields[count++] = (u16)first;
    for (u32 proto = 0; proto < PROTO_COUNT && count < most; proto++) {
        int field = proto == info->proto ? -1 : same_in(proto, info->name, end);
        if (field >= 0 && field_info[field].type == info->type) fields[count++] = (u16)field;
    }
    return count;
}
