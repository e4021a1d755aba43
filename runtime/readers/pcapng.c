/* pcapng.c - pcapng captures: sections, interfaces described on the way, and packet blocks of three kinds.
 *
 * One of the formats behind reader.h.  A *context* is the list of interfaces described so far in a section, together
 * with its byte order.  Contexts are nodes of a tree that only grows: each is its parent and one more description,
 * and equal descriptions met from equal parents give the same node, whoever meets them, in whichever thread, in
 * whichever section. So two lanes agree on what is known exactly when their contexts are the same pointer, and files
 * made of many like sections need no more contexts than one of them.
 *
 * Always true: a node never changes once it is handed out; an interface table is only ever filled behind the count
 * that any node in use has.  Only walks from a proven start add nodes, so that what a file costs, and whether that is
 * too much, depends on the file alone and not on where others began to look.  All of it is freed by close.
 *
 * Source: draft-ietf-opsawg-pcapng.  Frames are enhanced (6), simple (3) and old (2) packet blocks; all other
 * blocks are passed over.  Where files break the draft, tshark 4.0's reading was taken for the rule; see
 * README.md. */
#include "runtime/readers/pcapng.h"

#include <pthread.h>
#include <stdlib.h>

#include "runtime/readers/fill.h"

enum {
    CONTEXT_BYTES_MAX = 48 << 20, /* all contexts of a capture together: no file makes us use more memory */
    MALLOC_BYTES = 16,            /* what an allocation costs besides */
    BUCKETS_AT_FIRST = 64,        /* doubled when there are as many contexts */
};

typedef struct {
    u32 linktype, snaplen, caplen_max;
    u8 tsresol;
    i64 tsoffset;
    const u8 *name;
    u32 name_len;
    u32 block_len;
    u8 block[]; /* a copy: in a stream the original is soon gone */
} Interface;

typedef struct Table {
    struct Table *before; /* all tables of a capture, to be freed */
    u32 used, room;
    const Interface *interfaces[];
} Table;

typedef struct Context {
    struct Context *next; /* in its bucket */
    const struct Context *parent;
    Interface *interface; /* the one that it adds to its parent; NULL in a root */
    Table *table;
    u32 count; /* interfaces known */
    u32 hash;
    bool big_endian;
} Context;

typedef struct {
    pthread_mutex_t lock;
    size_t bytes; /* of all contexts */
    Table *tables;
    Context **buckets;
    u32 bucket_count, context_count; /* buckets: a power of two, or 0 */
    Context roots[2];                /* nothing described yet: little-endian, big-endian */
} PcapngState;

#define INLINE static inline __attribute__((always_inline))

INLINE u16 get16(const u8 *p, bool swap) { return swap ? load_be16(p) : load_le16(p); }
INLINE u32 get32(const u8 *p, bool swap) { return swap ? load_be32(p) : load_le32(p); }
static u64 get64(const u8 *p, bool swap) { return swap ? load_be64(p) : load_le64(p); }

/* -- options ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const u8 *next, *end;
    bool swap;
    u16 code, length;
    const u8 *value;
} Options;

/* The next option, or false at the end marker, at the end, or where a length leads outside: what follows is then
 * ignored. */
static bool options_next(Options *options)
{
    size_t left = (size_t)(options->end - options->next);
    if (left < 4) return false;
    options->code = get16(options->next, options->swap);
    options->length = get16(options->next + 2, options->swap);
    if (options->code == OPTION_END || options->length > left - 4) return false;
    options->value = options->next + 4;
    options->next += MIN_OF(left, 4 + (size_t)padded(options->length));
    return true;
}

static void read_interface(Interface *interface, bool swap)
{
    const u8 *block = interface->block;
    Options options = {.next = block + 16, .end = block + interface->block_len - 4, .swap = swap};
    interface->linktype = get16(block + 8, swap);
    interface->snaplen = get32(block + 12, swap);
    interface->caplen_max = caplen_limit(interface->snaplen, interface->linktype);
    interface->tsresol = 6;
    while (options_next(&options)) {
        if (options.code == OPTION_NAME) {
            interface->name = options.value;
            interface->name_len = options.length;
        } else if (options.code == OPTION_TSRESOL && options.length == 1) {
            interface->tsresol = options.value[0];
        } else if (options.code == OPTION_TSOFFSET && options.length == 8) {
            interface->tsoffset = (i64)get64(options.value, swap);
        }
    }
}

/* -- contexts ---------------------------------------------------------------------------------------------------- */

static u32 hash_block(const Context *parent, const u8 *block, u32 length)
{
    u64 hash = 0xcbf29ce484222325 ^ (uintptr_t)parent; /* FNV-1a */
    for (u32 i = 0; i < length; i++) hash = (hash ^ block[i]) * 0x100000001b3;
    return (u32)(hash ^ hash >> 32);
}

static void *take(PcapngState *state, size_t bytes)
{
    if (state->bytes + bytes + MALLOC_BYTES > CONTEXT_BYTES_MAX) return NULL;
    void *memory = calloc(1, bytes);
    if (memory) state->bytes += bytes + MALLOC_BYTES;
    return memory;
}

/* A table whose first parent->count entries are the parent's and whose next one is free: the parent's own when nobody
 * has gone on from there yet and there is room, else a larger copy. */
static Table *table_behind(PcapngState *state, const Context *parent)
{
    Table *table = parent->table;
    if (table && table->used == parent->count && table->used < table->room) return table;
    u32 room = MAX_OF(4, 2 * parent->count);
    Table *copy = take(state, sizeof *copy + room * sizeof copy->interfaces[0]);
    if (!copy) return NULL;
    if (table) memcpy(copy->interfaces, table->interfaces, parent->count * sizeof copy->interfaces[0]);
    copy->used = parent->count;
    copy->room = room;
    copy->before = state->tables;
    state->tables = copy;
    return copy;
}

static Context **bucket_of(const PcapngState *state, u32 hash)
{
    return &state->buckets[hash & (state->bucket_count - 1)];
}

/* Room for one more context, in buckets of one each on average. */
static bool grow_buckets(PcapngState *state)
{
    if (state->context_count < state->bucket_count) return true;
    PcapngState grown = {.bucket_count = MAX_OF(BUCKETS_AT_FIRST, 2 * state->bucket_count)};
    grown.buckets = take(state, grown.bucket_count * sizeof(Context *));
    if (!grown.buckets) return false;
    for (u32 i = 0; i < state->bucket_count; i++) {
        for (Context *context = state->buckets[i], *next; context; context = next) {
            Context **bucket = bucket_of(&grown, context->hash);
            next = context->next;
            context->next = *bucket;
            *bucket = context;
        }
    }
    free(state->buckets);
    if (state->buckets) state->bytes -= state->bucket_count * sizeof(Context *) + MALLOC_BYTES;
    state->buckets = grown.buckets;
    state->bucket_count = grown.bucket_count;
    return true;
}

static Context *add_context(PcapngState *state, const Context *parent, const u8 *block, u32 length, u32 hash)
{
    Interface *interface = grow_buckets(state) ? take(state, sizeof *interface + length) : NULL;
    Context *context = interface ? take(state, sizeof *context) : NULL;
    Table *table = context ? table_behind(state, parent) : NULL;
    if (!table) {
        free(interface);
        free(context);
        return NULL;
    }
    memcpy(interface->block, block, length);
    interface->block_len = length;
    read_interface(interface, parent->big_endian);
    table->interfaces[table->used++] = interface;
    Context **bucket = bucket_of(state, hash);
    state->context_count++;
    *context = (Context){*bucket, parent, interface, table, parent->count + 1, hash, parent->big_endian};
    *bucket = context;
    return context;
}

/* The context behind this interface description; NULL when memory is used up, or when it would be a new one and may not
 * be added. */
static const Context *context_with(const Capture *capture, const Context *parent, const u8 *block, u32 length, bool add)
{
    PcapngState *state = capture->state;
    u32 hash = hash_block(parent, block, length);
    pthread_mutex_lock(&state->lock);
    Context *context = state->bucket_count ? *bucket_of(state, hash) : NULL;
    while (context && !(context->hash == hash && context->parent == parent && context->interface->block_len == length &&
                        memcmp(context->interface->block, block, length) == 0))
        context = context->next;
    if (!context && add) context = add_context(state, parent, block, length, hash);
    pthread_mutex_unlock(&state->lock);
    return context;
}

u32 capture_interfaces(const Capture *capture, const void *context)
{
    return context ? ((const Context *)context)->count : capture ? 1 : 0;
}

static bool interface_of_header(const Capture *capture, u32 id, InterfaceInfo *info)
{
    if (id != 0) return false;
    *info = (InterfaceInfo){.linktype = capture->linktype,
                            .snaplen = capture->snaplen,
                            .tsresol = capture->tsresol,
                            .big_endian = capture->big_endian};
    return true;
}

bool capture_interface(const Capture *capture, const void *context, u32 id, InterfaceInfo *info)
{
    const Context *known = context;
    if (!known) return interface_of_header(capture, id, info);
    if (id >= known->count) return false;
    const Interface *interface = known->table->interfaces[id];
    *info = (InterfaceInfo){
        .linktype = interface->linktype,
        .snaplen = interface->snaplen,
        .tsresol = interface->tsresol,
        .tsoffset = interface->tsoffset,
        .block = interface->block,
        .block_len = interface->block_len,
        .big_endian = known->big_endian,
        .name = interface->name,
        .name_len = interface->name_len,
    };
    return true;
}

/* -- blocks that are no packets ---------------------------------------------------------------------------------- */

/* Is there a whole, sound block at `at`?  Its length then is in *length; else the lane is ended, saying why. */
static bool block_check(Lane *lane, u64 at, bool swap, u32 *length)
{
    const Capture *capture = lane->capture;
    u64 left = capture->size - at;
    if (left == 0) {
        lane_stop(lane, capture->more ? LANE_MORE : LANE_EOF, at);
    } else if (left < BLOCK_LEAST && capture->more) {
        lane_stop(lane, LANE_MORE, at);
    } else if (left < BLOCK_LEAST) {
        lane_end(lane, LANE_CUT, at, "the file ends after %llu bytes of a block", (unsigned long long)left);
    } else {
        const u8 *block = capture_at(capture, at);
        u32 total = *length = get32(block + 4, swap);
        if (total < BLOCK_LEAST || total % 4 != 0 || total > RECORD_BYTES_MAX)
            lane_end(lane, LANE_BROKEN, at, "block length %u; expected a multiple of 4 from %d to %d", total,
                     BLOCK_LEAST, RECORD_BYTES_MAX);
        else if (total > left && capture->more)
            lane_stop(lane, LANE_MORE, at);
        else if (total > left)
            lane_end(lane, LANE_CUT, at, "the file ends after %llu of the %u bytes of a block",
                     (unsigned long long)left, total);
        else if (get32(block + total - 4, swap) != total)
            lane_end(lane, LANE_BROKEN, at, "block length %u at its start, %u at its end", total,
                     get32(block + total - 4, swap));
        else
            return true;
    }
    return false;
}

/* The section header at `at`: the context of a section that has described nothing yet, or NULL and the lane ended. */
static const Context *section_at(Lane *lane, u64 at, u32 *length)
{
    const Capture *capture = lane->capture;
    PcapngState *state = capture->state;
    const u8 *block = capture_at(capture, at);
    if (capture->size - at < 12) {
        block_check(lane, at, false, length);
        return NULL;
    }
    bool swap = load_be32(block + 8) == BYTE_ORDER_MAGIC;
    if (!swap && load_le32(block + 8) != BYTE_ORDER_MAGIC) {
        lane_end(lane, LANE_BROKEN, at + 8,
                 "section header with byte-order magic %08x; expected 1a2b3c4d in either order", load_be32(block + 8));
        return NULL;
    }
    if (!block_check(lane, at, swap, length)) return NULL;
    if (*length < SECTION_LEAST) {
        lane_end(lane, LANE_BROKEN, at, "section header of %u bytes; expected at least %d", *length, SECTION_LEAST);
        return NULL;
    }
    u16 major = get16(block + 12, swap), minor = get16(block + 14, swap);
    /* 1.2 differs from 1.0 in nothing that matters here, and was written for a time: tshark reads it as well. */
    if (major != 1 || (minor != 0 && minor != 2)) {
        lane_end(lane, LANE_BROKEN, at + 12, "section of pcapng version %u.%u; expected 1.0", major, minor);
        return NULL;
    }
    return &state->roots[swap];
}

/* Takes in the interface description at `at`; NULL and the lane ended when that cannot be. */
static const Context *describe(Lane *lane, const Context *context, u64 at, u32 length)
{
    if (length < INTERFACE_LEAST) {
        lane_end(lane, LANE_BROKEN, at, "interface description of %u bytes; expected at least %d", length,
                 INTERFACE_LEAST);
        return NULL;
    }
    if (context->count >= INTERFACES_MAX) {
        lane_end(lane, LANE_BROKEN, at, "more than %d interfaces in one section", INTERFACES_MAX);
        return NULL;
    }
    const Context *with = context_with(lane->capture, context, capture_at(lane->capture, at), length, !lane->guessed);
    if (!with && lane->guessed)
        lane_end(lane, LANE_BROKEN, at, "an interface is described that no walk from a proven start has met");
    else if (!with)
        lane_end(lane, LANE_BROKEN, at, "more different interface descriptions than fit %d MiB",
                 CONTEXT_BYTES_MAX >> 20);
    return with;
}

/* -- packet blocks ----------------------------------------------------------------------------------------------- */

typedef struct {
    const Interface *interface;
    const u8 *data;
    u32 caplen, len, id;
    bool timed;
} Packet;

static u32 least_of(u32 type) { return type == BLOCK_SIMPLE ? SIMPLE_LEAST : PACKET_LEAST; }

static bool is_packet(u32 type) { return type == BLOCK_PACKET || type == BLOCK_SIMPLE || type == BLOCK_OLD_PACKET; }

/* Reads a packet block of `length` bytes, all of them there, least_of(type) at least; false: its parts do not fit, and
 * packet->interface is NULL when that is because nothing described its interface. */
INLINE bool read_packet(const Context *context, const u8 *block, u32 type, u32 length, bool swap, Packet *packet)
{
    packet->interface = NULL;
    if (UNLIKELY(type == BLOCK_SIMPLE)) {
        packet->id = 0;
        packet->timed = false;
        packet->data = block + SIMPLE_DATA;
        packet->len = get32(block + 8, swap);
        if (context->count == 0) return false;
        packet->interface = context->table->interfaces[0];
        packet->caplen = packet->interface->snaplen ? MIN_OF(packet->len, packet->interface->snaplen) : packet->len;
        return packet->caplen <= packet->interface->caplen_max && padded(packet->caplen) <= length - SIMPLE_LEAST;
    }
    packet->id = type == BLOCK_PACKET ? get32(block + 8, swap) : get16(block + 8, swap);
    packet->timed = true;
    packet->data = block + PACKET_DATA;
    packet->caplen = get32(block + 20, swap);
    packet->len = get32(block + 24, swap);
    if (UNLIKELY(packet->id >= context->count)) return false;
    packet->interface = context->table->interfaces[packet->id];
    return packet->caplen <= packet->interface->caplen_max && padded(packet->caplen) <= length - PACKET_LEAST;
}

COLD static void refuse_packet(Lane *lane, const Context *context, u64 at, u32 type, u32 length, const Packet *packet)
{
    if (length < least_of(type))
        lane_end(lane, LANE_BROKEN, at, "packet block of %u bytes; expected at least %u", length, least_of(type));
    else if (!packet->interface)
        lane_end(lane, LANE_BROKEN, at, "interface %u was never described; %u known here", packet->id, context->count);
    else if (packet->caplen > packet->interface->caplen_max)
        lane_end(lane, LANE_BROKEN, at, "captured length %u is more than the %u bytes that a frame may have here",
                 packet->caplen, packet->interface->caplen_max);
    else
        lane_end(lane, LANE_BROKEN, at, "captured length %u does not fit a block of %u bytes", packet->caplen, length);
}

/* -- the walk ---------------------------------------------------------------------------------------------------- */

/* One lane's place.  `length` is the one that the block at `next` states, loaded a turn early so that both the
 * line of the block's end and the line behind it are on their way when their turn comes.  `stop` as in pcap.c. */
typedef struct {
    const u8 *next, *stop;
    const Context *context;
    Mask mask;
    u32 length, lane;
} Cursor;

/* What a look at the lane's next block led to. */
typedef enum { STEP_ENDED, STEP_PASSED, STEP_PACKET } Step;

INLINE void advance(Cursor *c, u32 length, const u8 *end, bool swap)
{
    c->next += length;
    c->length = end - c->next >= BLOCK_HEADER ? get32(c->next + 4, swap) : 0;
    const u8 *behind = (const u8 *)((uintptr_t)c->next + c->length);
    __builtin_prefetch((const void *)((uintptr_t)behind - 4));
    __builtin_prefetch((const void *)((uintptr_t)behind + 60));
}

/* The full look at a block: whatever is no ordinary enhanced packet block, and every end. */
COLD static Step step_slowly(Lane *lane, Cursor *c, bool swap, Packet *packet)
{
    const Capture *capture = lane->capture;
    u64 at = capture->origin + (u64)(c->next - capture->bytes), left = capture->size - at;
    u32 length = 0;
    if (at >= lane->limit && (left != 0 || capture->more)) {
        lane_stop(lane, LANE_LIMIT, at);
        return STEP_ENDED;
    }
    if (left >= BLOCK_LEAST && load_le32(c->next) == BLOCK_SECTION) {
        lane_stop(lane, LANE_SECTION, at);
        return STEP_ENDED;
    }
    if (!block_check(lane, at, swap, &length)) return STEP_ENDED;
    u32 type = get32(c->next, swap);
    c->length = length;
    if (is_packet(type)) {
        *packet = (Packet){.caplen = 0};
        if (length >= least_of(type) && read_packet(c->context, c->next, type, length, swap, packet))
            return STEP_PACKET;
        refuse_packet(lane, c->context, at, type, length, packet);
        return STEP_ENDED;
    }
    if (type == BLOCK_INTERFACE) {
        const Context *with = describe(lane, c->context, at, length);
        if (!with) return STEP_ENDED;
        c->context = with;
    }
    return STEP_PASSED;
}

/* The look that nearly every block needs no more than. */
INLINE bool step(const Cursor *c, const u8 *end, bool swap, Packet *packet)
{
    const u8 *block = c->next;
    u32 length = c->length;
    return block < c->stop && get32(block, swap) == BLOCK_PACKET && length % 4 == 0 && length >= PACKET_LEAST &&
           length <= RECORD_BYTES_MAX && length <= (size_t)(end - block) && get32(block + length - 4, swap) == length &&
           read_packet(c->context, block, BLOCK_PACKET, length, swap, packet);
}

/* A lane that stands before a section header at its start enters the section. */
static bool enter_section(Lane *lane)
{
    u32 length = 0;
    const Capture *capture = lane->capture;
    if (lane->begun || capture->size - lane->at < 4 || load_le32(capture_at(capture, lane->at)) != BLOCK_SECTION)
        return true;
    if (lane->at >= lane->limit) return true;
    const Context *context = section_at(lane, lane->at, &length);
    if (!context) return false;
    lane->context = context;
    lane->at += length;
    lane->begun = true;
    return true;
}

/* Lanes of the other byte order than the first one's have to wait for a batch of their own. */
static u32 begin_walk(Lane *lanes, u32 lane_count, Cursor *cursors, bool *swap)
{
    u32 active = 0;
    for (u32 k = 0; k < lane_count; k++) {
        Lane *lane = &lanes[k];
        const Capture *capture = lane->capture;
        lane->mask = 0;
        if (lane->state != LANE_RUNNING || !lane_check(lane) || !enter_section(lane)) continue;
        if (!lane->context) lane->context = capture->context;
        const Context *context = lane->context;
        if (active == 0) *swap = context->big_endian;
        if (context->big_endian != *swap) continue;
        u64 whole = capture->size - capture->origin >= BLOCK_LEAST ? capture->size - BLOCK_LEAST + 1 : capture->origin;
        u64 stop = MAX_OF(MIN_OF(whole, lane->limit), capture->origin);
        Cursor *c = &cursors[active++];
        *c = (Cursor){capture_at(capture, lane->at), capture_at(capture, stop), context, 0, 0, k};
        advance(c, 0, capture_at(capture, capture->size), *swap);
    }
    return active;
}

static void leave(Lane *lanes, const Cursor *c)
{
    lanes[c->lane].mask = c->mask;
    lanes[c->lane].context = c->context;
}

/* Walks on to the lane's next packet, passing over other blocks; false: the lane ended. */
COLD static bool find_packet(Lane *lane, Cursor *c, const u8 *end, bool swap, Packet *packet)
{
    Step did;
    while ((did = step_slowly(lane, c, swap, packet)) == STEP_PASSED) {
        advance(c, c->length, end, swap);
        lane->begun = true;
    }
    return did == STEP_PACKET;
}

INLINE u32 walk(Lane *lanes, Cursor *cursors, u32 active, u32 most, Batch *batch, bool swap, Mask *timeless)
{
    const Capture *capture = lanes[0].capture;
    const u8 *base = capture->bytes, *end = capture_at(capture, capture->size);
    u32 caplen_min = UINT32_MAX, count = 0, linktype = 0, running = active;
    while (count < most && running > 0) {
        for (u32 k = 0; k < running && count < most;) {
            Cursor *c = &cursors[k];
            Packet packet;
            if (UNLIKELY(!step(c, end, swap, &packet)) && !find_packet(&lanes[c->lane], c, end, swap, &packet)) {
                leave(lanes, c);
                lanes[c->lane].begun |= c->mask != 0;
                *c = cursors[--running];
                cursors[running] = cursors[--active];
                continue;
            }
            if (count == 0) linktype = packet.interface->linktype;
            if (UNLIKELY(packet.interface->linktype != linktype)) { /* waits: swapped behind those that run */
                Cursor waiting = *c;
                *c = cursors[--running];
                cursors[running] = waiting;
                continue;
            }
            if (UNLIKELY(!packet.timed)) *timeless |= (Mask)1 << count;
            batch->data[count] = packet.data;
            batch->caplen[count] = packet.caplen;
            batch->len[count] = packet.len;
            batch->at[count] = capture->origin + (u64)(c->next - base);
            batch->lane[count] = (u8)c->lane;
            c->mask |= (Mask)1 << count;
            caplen_min = MIN_OF(caplen_min, packet.caplen);
            advance(c, c->length, end, swap);
            count++;
            k++;
        }
    }
    for (u32 k = 0; k < active; k++) {
        Lane *lane = &lanes[cursors[k].lane];
        u64 at = capture->origin + (u64)(cursors[k].next - base);
        lane->begun |= at != lane->at;
        lane->at = at;
        leave(lanes, &cursors[k]);
    }
    batch->count = count;
    batch->caplen_min = count ? caplen_min : 0;
    batch->linktype = batch->media_type = linktype;
    return count;
}

static const Interface *packet_interface(const Context *context, const u8 *block, u32 type, bool swap)
{
    u32 id = type == BLOCK_PACKET ? get32(block + 8, swap) : type == BLOCK_OLD_PACKET ? get16(block + 8, swap) : 0;
    return context->table->interfaces[id < context->count ? id : 0]; /* somebody may be changing the file */
}

static u64 packet_ticks(const u8 *block, bool swap)
{
    return (u64)get32(block + 12, swap) << 32 | get32(block + 16, swap);
}

static i64 interface_time(const Interface *interface, u64 ticks)
{
    if (LIKELY(interface->tsoffset == 0)) {
        if (interface->tsresol == 6 && ticks <= INT64_MAX / 1000) return (i64)ticks * 1000;
        if (interface->tsresol == 9 && ticks <= INT64_MAX) return (i64)ticks;
    }
    return ticks_to_ns(ticks, interface->tsresol, interface->tsoffset);
}

/* A lane's context at the end of the batch knows every interface that any frame of the lane in the batch has. */
static void fill_times(const Lane *lanes, bool swap, Batch *batch)
{
    const Capture *capture = lanes[0].capture;
    for (u32 i = 0; i < batch->count; i++) {
        const u8 *block = capture_at(capture, batch->at[i]);
        u32 type = get32(block, swap);
        batch->time[i] = type == BLOCK_SIMPLE
                             ? 0
                             : interface_time(packet_interface(lanes[batch->lane[i]].context, block, type, swap),
                                              packet_ticks(block, swap));
    }
}

static u32 pcapng_fill(Lane *lanes, u32 lane_count, u32 most, u32 needs, Batch *batch)
{
    Cursor cursors[LANES_MAX];
    Mask timeless = 0;
    u32 active, count = 0;
    bool swap = false;
    /* A walk can end with no frame and lanes of the other byte order still waiting. */
    while (count == 0 && (active = begin_walk(lanes, lane_count, cursors, &swap)) > 0)
        count = swap ? walk(lanes, cursors, active, most, batch, true, &timeless)
                     : walk(lanes, cursors, active, most, batch, false, &timeless);
    batch->count = count;
    if (count == 0) return 0;
    if (needs & NEED_ANY_TIME) fill_times(lanes, swap, batch);
    batch_finish(lanes, lane_count, needs, timeless, false, batch);
    return count;
}

/* -- opening ----------------------------------------------------------------------------------------------------- */

static bool pcapng_probe(const u8 *bytes, size_t size)
{
    if (size < 4 || load_le32(bytes) != BLOCK_SECTION) return false;
    return size < 12 || load_le32(bytes + 8) == BYTE_ORDER_MAGIC || load_be32(bytes + 8) == BYTE_ORDER_MAGIC;
}

static void pcapng_close(Capture *capture)
{
    PcapngState *state = capture->state;
    if (!state) return;
    for (u32 i = 0; i < state->bucket_count; i++) {
        for (Context *context = state->buckets[i], *next; context; context = next) {
            next = context->next;
            free(context->interface);
            free(context);
        }
    }
    free(state->buckets);
    for (Table *table = state->tables, *before; table; table = before) {
        before = table->before;
        free(table);
    }
    pthread_mutex_destroy(&state->lock);
    free(state);
    capture->state = NULL;
}

static PcapngState *state_new(void)
{
    PcapngState *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    pthread_mutex_init(&state->lock, NULL);
    state->roots[1].big_endian = true;
    return state;
}

/* Walks from behind the first section header to the first packet block, or whatever else ends the lane. */
static void walk_to_first_packet(Lane *lane)
{
    const Capture *capture = lane->capture;
    bool swap = ((const Context *)lane->context)->big_endian;
    Cursor c = {.next = capture_at(capture, lane->at), .context = lane->context};
    Packet packet;
    while (step_slowly(lane, &c, swap, &packet) == STEP_PASSED) {
        c.next += c.length;
        lane->context = c.context;
    }
    lane->at = capture->origin + (u64)(c.next - capture->bytes);
}

static bool open_failed(Capture *capture, const Lane *lane, Damage *damage)
{
    *damage = lane->damage;
    if (lane->state == LANE_EOF) damage_set(damage, lane->at, "the file ends where a section header was expected");
    pcapng_close(capture);
    return false;
}

/* The file is opened when its first section header is sound; damage between it and the first packet is left for
 * the walk to find.  A stream must have got as far as its first interface, for its link type is asked for. */
static bool pcapng_open(Capture *capture, Damage *damage)
{
    Lane lane = {.capture = capture, .limit = UINT64_MAX};
    u32 length = 0;
    damage->text[0] = 0;
    PcapngState *state = state_new();
    if (!state) {
        damage_set(damage, 0, "no memory to open the capture");
        return false;
    }
    capture->serial = capture_next_serial();
    capture->state = state;
    const Context *section = section_at(&lane, 0, &length);
    if (!section) return open_failed(capture, &lane, damage);
    capture->big_endian = section->big_endian;
    capture->variant = section->big_endian ? "pcapng, big-endian" : "pcapng, little-endian";
    lane.at = length;
    lane.context = section;
    walk_to_first_packet(&lane);
    const Context *context = lane.context;
    if (lane.state == LANE_MORE && context->count == 0) return open_failed(capture, &lane, damage);
    capture->context = context;
    capture->first = lane.at;
    capture->end = capture->size;
    capture->tsresol = 6;
    if (context->count > 0) {
        capture->linktype = context->table->interfaces[0]->linktype;
        capture->snaplen = context->table->interfaces[0]->snaplen;
        capture->tsresol = context->table->interfaces[0]->tsresol;
    }
    capture_learn_start(capture);
    return true;
}

/* -- guessing ---------------------------------------------------------------------------------------------------- */

enum { GUESS_CHAIN = 4 }; /* the length at both ends of a block makes each of them worth much */

static bool known_block(u32 type)
{
    return is_packet(type) || type == BLOCK_INTERFACE || type == BLOCK_NAMES || type == BLOCK_STATISTICS ||
           type == BLOCK_SECRETS || type == BLOCK_SECTION;
}

/* Length of a plausible block at `at`, or 0; `known`: it must be of a kind that we know. */
static u32 plausible(const Capture *capture, u64 at, bool swap, bool known)
{
    u64 left = capture->size - at;
    if (left < BLOCK_LEAST) return 0;
    const u8 *block = capture_at(capture, at);
    u32 type = get32(block, swap), length = get32(block + 4, swap);
    if (known && !known_block(type)) return 0;
    if (length < BLOCK_LEAST || length % 4 != 0 || length > RECORD_BYTES_MAX || length > left) return 0;
    if (get32(block + length - 4, swap) != length) return 0;
    if (type == BLOCK_PACKET && (length < PACKET_LEAST || get32(block + 20, swap) > length - PACKET_LEAST)) return 0;
    return length;
}

static bool chain_from(const Capture *capture, u64 at, bool swap)
{
    for (u32 i = 0; i < GUESS_CHAIN; i++) {
        if (i > 0 && at == capture->size) return true;
        u32 length = plausible(capture, at, swap, i == 0);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

/* Blocks begin at multiples of 4, for every length is one.  Sections of the other byte order than the first one's
 * are not guessed in: they are walked from their true beginning. */
static u64 pcapng_guess(const Capture *capture, u64 from, u64 limit)
{
    bool swap = ((const Context *)capture->context)->big_endian;
    if (from <= capture->first) return MIN_OF(capture->first, limit);
    u64 end = MIN_OF(limit, capture->size);
    for (u64 at = (from + 3) & ~(u64)3; at < end; at += 4)
        if (chain_from(capture, at, swap)) return at;
    return limit;
}

/* -- one record -------------------------------------------------------------------------------------------------- */

static void read_options(FrameInfo *info, const u8 *begin, const u8 *end, bool swap)
{
    Options options = {.next = begin, .end = end, .swap = swap};
    while (options_next(&options)) {
        info->options = begin;
        info->options_len = (u32)(options.next - begin);
        if (options.code != OPTION_COMMENT || info->comment) continue;
        info->comment = options.value;
        info->comment_len = options.length;
    }
}

static bool pcapng_frame(const Capture *capture, const void *context, u64 at, FrameInfo *info)
{
    const Context *known = context;
    Packet packet;
    if (!known || at < capture->origin || at > capture->size || capture->size - at < BLOCK_LEAST) return false;
    bool swap = known->big_endian;
    const u8 *block = capture_at(capture, at);
    u32 type = get32(block, swap), length = get32(block + 4, swap);
    if (!is_packet(type) || length % 4 != 0 || length < least_of(type) || length > capture->size - at) return false;
    if (!read_packet(known, block, type, length, swap, &packet)) return false;
    *info = (FrameInfo){
        .data = packet.data,
        .caplen = packet.caplen,
        .len = packet.len,
        .linktype = packet.interface->linktype,
        .has_time = packet.timed,
        .tsresol = packet.interface->tsresol,
        .tsoffset = packet.interface->tsoffset,
        .interface = packet.id,
        .record = block,
        .record_len = length,
        .process = UINT32_MAX,
        .media_type = packet.interface->linktype,
        .next = at + length,
    };
    if (packet.timed) {
        info->ticks = packet_ticks(block, swap);
        info->time_ns = interface_time(packet.interface, info->ticks);
        read_options(info, packet.data + padded(packet.caplen), block + length - 4, swap);
    }
    return true;
}

const Format format_pcapng = {
    .name = "pcapng",
    .meaning = "Wireshark, dumpcap: sections, many interfaces, comments",
    .streams = true,
    .probe = pcapng_probe,
    .open = pcapng_open,
    .close = pcapng_close,
    .guess = pcapng_guess,
    .fill = pcapng_fill,
    .frame = pcapng_frame,
};
