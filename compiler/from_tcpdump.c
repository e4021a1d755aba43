/* from_tcpdump.c - a filter of tcpdump's, pcap-filter(7), in our language.
 *
 * Asked when a filter did not compile.  A parser of its own by that manual page: and and or bind alike, from the left; an
 * address or a port alone takes the words in front of the last one.  What tcpdump's tcp[13] and udp[8:2] read is looked
 * for among our fields.  Always true: true is given only for text that is such a filter from end to end; keywords are in
 * lower case, as tcpdump has them. */
#include "compiler/foreign.h"
#include "grammar/literal.h"

#include <ctype.h>
#include <string.h>

/* ---- tables ---- */

typedef struct {
    const char *name;
    u32 number;
} Numbered;
static const struct {
    const char *words, *ours;
} phrases[] = {
#define TCPDUMP(words, ours) {words, ours},
#include "compiler/peers.def"
};
static const struct {
    const char *proto;
    u32 byte, size;
    const char *ours;
} reads[] = {
#define TCPDUMP_IPV4(proto, byte, ours) {proto, byte, 4, ours},
#include "compiler/peers.def"
};
static const Numbered numbers[] = {
#define TCPDUMP_NUMBER(name, number) {name, number},
#include "compiler/peers.def"
};
static const struct {
    const char *name;
    u32 type, number;
} subtypes[] = {
#define TCPDUMP_SUBTYPE(name, type, number) {name, type, number},
#include "compiler/peers.def"
};
static const Numbered protocols[] = {
#define TCPDUMP_PROTOCOL(name, number) {name, number},
#include "compiler/peers.def"
};
static const Numbered ports[] = {
#define TCPDUMP_PORT(name, number) {name, number},
#include "compiler/peers.def"
};

/* ---- text to words ---- */

typedef enum { DIR_EITHER, DIR_SRC, DIR_DST, DIR_BOTH } Dir;

/* The words in front of an address or a number. */
typedef struct {
    Word proto, type; /* len 0: none */
    Dir dir;
    bool set;
} Head;

typedef struct {
    Arena *arena;
    const char *at, *end;
    const char *why; /* it is tcpdump's, and cannot be said here */
    u32 depth, brackets;
    bool worded;      /* a keyword was seen: an address alone could be anybody's */
    const char *only; /* NULL, or the name of a header that libpcap looks for behind IPv4 alone */
    u32 ip6_next;     /* what ip6[6] was compared with, in the AND at hand; 0: nothing */
    Head last;
} Reader;

static const char *copy(Reader *r, Word word) { return word_copy(r->arena, word); }

static bool word_byte(const Reader *r, char byte, char first)
{
    if (isalnum((u8)byte) || byte == '_' || byte == '.') return true;
    if (byte == '-') return !r->brackets || isalpha((u8)first); /* tcp-syn, 80-90; but tcp[2-1] */
    return !r->brackets && (byte == ':' || byte == '/');        /* addresses and prefixes */
}

/* The word or operator at *at. */
static Word look(const Reader *r)
{
    static const char *const doubles[] = {"&&", "||", "==", "!=", "<=", ">=", "<<", ">>", NULL};
    const char *at = r->at;
    while (at < r->end && isspace((u8)*at)) at++;
    if (at == r->end) return (Word){at, 0};
    const char *from = at;
    if (*at == '\\' && at + 1 < r->end) at++; /* \tcp: a name that would be a keyword */
    while (at < r->end && (isalnum((u8)*from) || *from == '\\' || *from == ':') && word_byte(r, *at, *from)) at++;
    if (at > from) return (Word){from, (size_t)(at - from)};
    Word two = {at, MIN_OF((size_t)(r->end - at), (size_t)2)};
    return word_is_any(two, doubles) ? two : (Word){at, 1};
}

static Word take(Reader *r)
{
    Word word = look(r);
    r->at = word.at + word.len;
    return word;
}

static bool accept(Reader *r, const char *text)
{
    if (!word_is(look(r), text)) return false;
    take(r);
    return true;
}

/* ---- what is made ---- */

/* It is tcpdump's; here it is not to be had. */
static Made cannot(Reader *r, const char *why)
{
    if (!r->why) r->why = why;
    return (Made){"-", MADE_TEST};
}

/* ---- ids: addresses, nets, ports ---- */

static bool parse_u32(Word word, u32 *out)
{
    u64 number;
    if (!word_number(word, &number) || number > UINT32_MAX) return false;
    *out = (u32)number;
    return true;
}

static bool find_number(const Numbered *list, size_t count, Word word, u32 *number)
{
    for (size_t i = 0; i < count; i++) {
        if (!word_is(word, list[i].name)) continue;
        *number = list[i].number;
        return true;
    }
    return false;
}

/* "10", "192.168": the front of an IPv4 address, as `net` takes it. */
static bool short_net(Reader *r, Word word, const char **net)
{
    u32 dots = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] == '.')
            dots++;
        else if (!isdigit((u8)word.at[i]))
            return false;
    }
    if (dots > 2 || !isdigit((u8)word.at[0])) return false;
    static const char *const rest[] = {".0.0.0/8", ".0.0/16", ".0/24"};
    *net = arena_print(r->arena, "%s%s", copy(r, word), rest[dots]);
    return true;
}

typedef enum { ID_NONE, ID_IPV4, ID_IPV6, ID_MAC, ID_NAME } IdKind;

static u32 count_of(Word word, char byte)
{
    u32 count = 0;
    for (size_t i = 0; i < word.len; i++) count += word.at[i] == byte;
    return count;
}

static IdKind kind_of_id(Word word)
{
    bool hex = word.len > 0, digits = word.len > 0;
    for (size_t i = 0; i < word.len; i++) {
        hex &= isxdigit((u8)word.at[i]) || strchr(":./", word.at[i]);
        digits &= isdigit((u8)word.at[i]) || strchr("./", word.at[i]);
    }
    if (count_of(word, ':') == 5 && hex && !memchr(word.at, '/', word.len) && word.len <= 17) return ID_MAC;
    if (count_of(word, ':') >= 2 && hex) return ID_IPV6;
    if (digits && count_of(word, '.') == 3) return ID_IPV4;
    return isalpha((u8)word.at[0]) ? ID_NAME : ID_NONE;
}

/* ---- primitives ---- */

static const char *const proto_words[] = {"ether", "ip",   "ip6",  "arp",   "rarp", "tcp",
                                          "udp",   "sctp", "icmp", "icmp6", NULL};
static const char *const type_words_[] = {"host", "net", "port", "portrange", "proto", NULL};
static const char *const joints[] = {"and", "or", "not", NULL};
/* Words of tcpdump's that nothing here corresponds to. */
static const char *const foreign_words[] = {"gateway", "inbound", "outbound", "protochain", "wlan", "type",   "subtype",
                                            "dir",     "geneve",  "ifname",   "on",         "rnr",  "action", NULL};

/* "IPv4.Address == x", by direction. */
static Made address(Reader *r, const char *either, const char *src, const char *dst, Dir dir, const char *value)
{
    Made both;
    switch (dir) {
    case DIR_SRC: return MADE(r->arena, "%s == %s", src, value);
    case DIR_DST: return MADE(r->arena, "%s == %s", dst, value);
    case DIR_BOTH:
        both =
            made_join(r->arena, MADE(r->arena, "%s == %s", src, value), MADE(r->arena, "%s == %s", dst, value), true);
        return both;
    default:
        if (either) return MADE(r->arena, "%s == %s", either, value);
        return made_join(r->arena, MADE(r->arena, "%s == %s", src, value), MADE(r->arena, "%s == %s", dst, value),
                         false);
    }
}

static bool host_or_net(Reader *r, const Head *head, Word word, bool net, Made *made)
{
    const char *value = copy(r, word);
    bool any = head->proto.len == 0, ip = word_is(head->proto, "ip"), arp = word_is(head->proto, "arp");
    IdKind kind = kind_of_id(word);
    if (net && short_net(r, word, &value)) kind = ID_IPV4;
    if (net && kind == ID_IPV4 && accept(r, "mask")) {
        Word mask = take(r);
        u32 address_, bits = 0;
        if (kind_of_id(mask) != ID_IPV4 || !literal_ipv4(mask.at, (u32)mask.len, &address_)) return false;
        while (bits < 32 && address_ >> (31 - bits) & 1) bits++;
        value = arena_print(r->arena, "%s/%u", copy(r, word), bits);
    }
    switch (kind) {
    case ID_MAC:
        value = word_mac(r->arena, word);
        if (!value) return false;
        if (net || (!any && !word_is(head->proto, "ether"))) return false;
        *made =
            address(r, "Ethernet.Address", "Ethernet.SourceAddress", "Ethernet.DestinationAddress", head->dir, value);
        return true;
    case ID_IPV6:
        if (!any && !word_is(head->proto, "ip6")) return false;
        *made = address(r, "IPv6.Address", "IPv6.SourceAddress", "IPv6.DestinationAddress", head->dir, value);
        return true;
    case ID_IPV4:
        if (!any && !ip && !arp) return false;
        if (!arp)
            made_also(r->arena, made,
                      address(r, "IPv4.Address", "IPv4.SourceAddress", "IPv4.DestinationAddress", head->dir, value));
        if (!ip)
            made_also(r->arena, made,
                      address(r, NULL, "ARP.SendersIp4Address", "ARP.TargetIp4Address", head->dir, value));
        return true;
    case ID_NAME:
        if (any && !head->set) return false; /* a word alone is more likely one of ours, misspelt */
        *made = cannot(r, arena_print(r->arena, "names such as '%s' are not looked up; give the address", value));
        return true;
    default: return false;
    }
}

static bool port_number(Word word, u32 *port)
{
    return (parse_u32(word, port) && *port <= 65535) || find_number(ports, COUNT_OF(ports), word, port);
}

static bool port(Reader *r, const Head *head, Word word, bool range, Made *made)
{
    static const char *const carriers[] = {"TCP", "UDP", "SCTP"};
    const char *dash = memchr(word.at, '-', word.len), *test;
    u32 lo = 0, hi = 0;
    bool known = port_number(word, &lo);
    hi = lo;
    if (range) {
        if (!dash) return false;
        Word low = {word.at, (size_t)(dash - word.at)}, high = {dash + 1, word.len - low.len - 1};
        known = port_number(low, &lo) && port_number(high, &hi) && lo <= hi;
    }
    if (!known && !isalpha((u8)word.at[0])) return false;
    if (!known) {
        *made = cannot(r, arena_print(r->arena, "'%s' is not looked up; give the port's number", copy(r, word)));
        return true;
    }
    test = range ? arena_print(r->arena, "IN {%u..%u}", lo, hi) : arena_print(r->arena, "== %u", lo);
    for (size_t i = 0; i < COUNT_OF(carriers); i++) {
        if (proto_find(carriers[i], strlen(carriers[i])) < 0) continue;
        if (head->proto.len && strncasecmp(head->proto.at, carriers[i], head->proto.len) != 0) continue;
        Made src = MADE(r->arena, "%s.SrcPort %s", carriers[i], test),
             dst = MADE(r->arena, "%s.DstPort %s", carriers[i], test);
        made_also(r->arena, made,
                  head->dir == DIR_SRC    ? src
                  : head->dir == DIR_DST  ? dst
                  : head->dir == DIR_BOTH ? made_join(r->arena, src, dst, true)
                                          : MADE(r->arena, "%s.Port %s", carriers[i], test));
    }
    return made->text != NULL;
}

static bool protocol(Reader *r, const Head *head, Word word, Made *made)
{
    u32 number;
    Word name = word.at[0] == '\\' ? (Word){word.at + 1, word.len - 1} : word;
    bool ether = word_is(head->proto, "ether"), any = head->proto.len == 0;
    static const Numbered types[] = {{"ip", 0x800}, {"ip6", 0x86dd}, {"arp", 0x806}, {"rarp", 0x8035}};
    bool known = parse_u32(word, &number) || (ether ? find_number(types, COUNT_OF(types), name, &number)
                                                    : find_number(protocols, COUNT_OF(protocols), name, &number));
    if (head->dir != DIR_EITHER || (!known && !isalpha((u8)name.at[0]))) return false;
    if (!known) {
        *made = cannot(r, arena_print(r->arena, "'%s' is no protocol that is known here by its name; give its number",
                                      copy(r, name)));
        return true;
    }
    if (ether) {
        *made = MADE(r->arena, "Ethernet.EthernetType == 0x%04x", number);
        return true;
    }
    if (any || word_is(head->proto, "ip")) made_also(r->arena, made, MADE(r->arena, "IPv4.NextProtocol == %u", number));
    if (any || word_is(head->proto, "ip6"))
        made_also(r->arena, made, MADE(r->arena, "IPv6.NextProtocol == %u", number));
    return made->text != NULL;
}

/* What stands behind a head. */
static bool id(Reader *r, const Head *head, Made *made)
{
    Word word = take(r);
    if (word.len == 0 || (!isalnum((u8)word.at[0]) && word.at[0] != '\\' && word.at[0] != ':')) return false;
    r->last = *head;
    if (word_is(head->type, "port")) return port(r, head, word, false, made);
    if (word_is(head->type, "portrange")) return port(r, head, word, true, made);
    if (word_is(head->type, "proto")) return protocol(r, head, word, made);
    return host_or_net(r, head, word, word_is(head->type, "net"), made);
}

static bool whole_protocol(Reader *r, Word word, Made *made)
{
    for (int p = 0; p < PROTO_COUNT; p++) {
        if (!peer_proto[p].tcpdump || !word_is(word, peer_proto[p].tcpdump)) continue;
        *made = (Made){proto_info[p].name, MADE_NAME};
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(phrases); i++) {
        if (!word_is(word, phrases[i].words)) continue;
        *made = (Made){phrases[i].ours, strstr(phrases[i].ours, " OR ")    ? MADE_OR
                                        : strstr(phrases[i].ours, " AND ") ? MADE_AND
                                                                           : MADE_TEST};
        (void)r;
        return true;
    }
    return false;
}

/* ---- wireless frames ---- */

static Made kind_of_frame(Reader *r, u32 type) { return MADE(r->arena, "WiFi.FrameControl.Type == %u", type); }

static bool subtype(Reader *r, Made *made)
{
    Word word = take(r);
    for (size_t i = 0; i < COUNT_OF(subtypes); i++) {
        if (!word_is(word, subtypes[i].name)) continue;
        *made = made_join(r->arena, kind_of_frame(r, subtypes[i].type),
                          MADE(r->arena, "WiFi.FrameControl.SubType == %u", subtypes[i].number), true);
        return true;
    }
    return false;
}

/* type mgt, type ctl subtype ack */
static bool frame_type(Reader *r, Made *made)
{
    static const Numbered types[] = {{"mgt", 0},  {"management", 0}, {"ctl", 1}, {"control", 1},
                                     {"data", 2}, {"0", 0},          {"1", 1},   {"2", 2}};
    u32 type;
    if (!find_number(types, COUNT_OF(types), take(r), &type)) return false;
    if (accept(r, "subtype")) return subtype(r, made);
    *made = kind_of_frame(r, type);
    return true;
}

/* dir fromds */
static bool frame_direction(Reader *r, Made *made)
{
    static const Numbered directions[] = {{"nods", 0}, {"tods", 1}, {"fromds", 2}, {"dstods", 3}};
    u32 bits;
    if (!find_number(directions, COUNT_OF(directions), take(r), &bits)) return false;
    *made = made_join(r->arena, MADE(r->arena, "WiFi.FrameControl.ToDS == %u", bits & 1),
                      MADE(r->arena, "WiFi.FrameControl.FromDS == %u", bits >> 1), true);
    return true;
}

/* wlan host, wlan src, wlan addr1, and an address: what libpcap calls the source is what we call so, and addr1 and addr2
 * are the receiver and the transmitter, of which `ra' and `ta' leave management frames out. */
static bool wireless_address(Reader *r, Made *made)
{
    static const struct {
        const char *word, *field;
        bool not_management;
    } words[] = {
        {"src", "WiFi.SourceAddress", false},        {"dst", "WiFi.DestinationAddress", false},
        {"addr1", "WiFi.ReceiverAddress", false},    {"address1", "WiFi.ReceiverAddress", false},
        {"addr2", "WiFi.TransmitterAddress", false}, {"address2", "WiFi.TransmitterAddress", false},
        {"ra", "WiFi.ReceiverAddress", true},        {"ta", "WiFi.TransmitterAddress", true},
    };
    Word word = look(r);
    size_t i = 0;
    while (i < COUNT_OF(words) && !word_is(word, words[i].word)) i++;
    bool either = i == COUNT_OF(words);
    if (!either) take(r);
    if (!accept(r, "host") && either) return false;
    Word id = take(r);
    const char *mac = word_mac(r->arena, id);
    if (!mac && kind_of_id(id) != ID_NAME) return false;
    if (!mac) {
        *made = cannot(r, arena_print(r->arena, "names such as '%s' are not looked up; give the address", copy(r, id)));
        return true;
    }
    if (either) {
        *made = address(r, NULL, "WiFi.SourceAddress", "WiFi.DestinationAddress", DIR_EITHER, mac);
        return true;
    }
    *made = MADE(r->arena, "%s == %s", words[i].field, mac);
    if (words[i].not_management)
        *made = made_join(r->arena, *made, MADE(r->arena, "WiFi.FrameControl.Type != 0"), true);
    return true;
}

/* What is only asked of 802.11.  false, and nothing taken: there is none such at hand. */
static bool wireless(Reader *r, Made *made)
{
    const char *start = r->at;
    bool named = accept(r, "wlan") || accept(r, "link"), good = false;
    if (accept(r, "type"))
        good = frame_type(r, made);
    else if (accept(r, "subtype"))
        good = subtype(r, made);
    else if (accept(r, "dir"))
        good = frame_direction(r, made);
    else if (named)
        good = wireless_address(r, made);
    if (!good) r->at = start;
    return good;
}

/* protochain 6: behind any extension headers, over which our names look as well. */
static bool protocol_chain(Reader *r, Word head, Made *made)
{
    static const Numbered ends[] = {{"TCP", 6},  {"UDP", 17}, {"SCTP", 132}, {"ICMPv6", 58},
                                    {"ICMP", 1}, {"IGMP", 2}, {"ESP", 50},   {"AH", 51}};
    Word word = take(r);
    u32 number;
    if (!parse_u32(word, &number) && !find_number(protocols, COUNT_OF(protocols), word, &number)) return false;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (ends[i].number != number) continue;
        Made end = {ends[i].name, MADE_NAME};
        *made =
            head.len ? made_join(r->arena, (Made){word_is(head, "ip6") ? "IPv6" : "IPv4", MADE_NAME}, end, true) : end;
        return true;
    }
    *made = cannot(r, arena_print(r->arena, "no protocol here has the number %u behind any number of headers", number));
    return true;
}

/* "ether broadcast", "ip multicast": two words that are a primitive together. */
static bool two_words(Reader *r, Word first, Made *made)
{
    Word second = look(r);
    const char *text = arena_print(r->arena, "%s %s", copy(r, first), copy(r, second));
    bool group = word_is(second, "broadcast") || word_is(second, "multicast");
    if (!group) return whole_protocol(r, (Word){text, strlen(text)}, made) && take(r).len;
    take(r);
    if (!whole_protocol(r, (Word){text, strlen(text)}, made))
        *made = cannot(r, arena_print(r->arena,
                                      word_is(first, "wlan") ? "nothing here corresponds to '%s'"
                                                             : "'%s' depends on the netmask of the network",
                                      text));
    return true;
}

/* "vlan", "mpls", and the same with a number behind. */
static bool tagged(Reader *r, const char *proto, const char *field, Made *made)
{
    u32 number;
    Word word = look(r);
    *made = (Made){proto, MADE_NAME};
    if (!parse_u32(word, &number)) return true;
    take(r);
    *made = MADE(r->arena, "%s.%s == %u", proto, field, number);
    return true;
}

static bool length(Reader *r, bool least, Made *made)
{
    u32 number;
    if (!parse_u32(take(r), &number)) return false;
    *made = MADE(r->arena, "FrameVariable.FrameLength %s %u", least ? ">=" : "<=", number);
    return true;
}

/* src, dst, src or dst, src and dst. */
static Dir direction(Reader *r, Word first)
{
    Dir dir = word_is(first, "src") ? DIR_SRC : DIR_DST;
    const char *back = r->at;
    Word joint = take(r), second = take(r);
    bool or = word_is(joint, "or") || word_is(joint, "||"), and = word_is(joint, "and") || word_is(joint, "&&");
    bool other = word_is(second, dir == DIR_SRC ? "dst" : "src");
    if ((or || and) && other) return or ? DIR_EITHER : DIR_BOTH;
    r->at = back;
    return dir;
}

static bool relation(Reader *r, Made *made);

/* Words of tcpdump's with what belongs to them: one word, or of wireless frames' several. */
static Made nothing_corresponds(Reader *r)
{
    static const char *const wordy[] = {"wlan", "type", "subtype", "dir", NULL};
    Word first = take(r);
    const char *end = r->at;
    while (look(r).len && isalnum((u8)*look(r).at) && !word_is_any(look(r), joints)) {
        take(r);
        if (!word_is_any(first, wordy)) break;
        end = r->at;
    }
    Word words = {first.at, (size_t)(end - first.at)};
    return cannot(r, arena_print(r->arena, "nothing here corresponds to '%s'", copy(r, words)));
}

static bool primitive(Reader *r, Made *made)
{
    Word word = look(r);
    Head head = {.dir = DIR_EITHER};
    const char *start = r->at;
    r->worded |= kind_of_id(word) == ID_NAME;
    if (word_is(word, "less") || word_is(word, "greater")) return take(r), length(r, word_is(word, "greater"), made);
    if (word_is(word, "vlan")) return take(r), tagged(r, "VLAN", "VLANID", made);
    if (word_is(word, "mpls")) return take(r), tagged(r, "MPLS", "Label", made);
    if (relation(r, made)) return true;
    r->at = start;
    if (wireless(r, made)) return true;
    if (word_is(word, "llc") || word_is(word, "wlan")) {
        take(r);
        if (two_words(r, word, made)) return true;
        r->at = start;
    }
    if (accept(r, "protochain")) return protocol_chain(r, head.proto, made);
    if (word_is_any(word, foreign_words)) {
        *made = nothing_corresponds(r);
        return true;
    }
    if (word_is_any(word, proto_words)) {
        head.proto = take(r);
        if (two_words(r, word, made)) return true;
        bool chain = (word_is(word, "ip") || word_is(word, "ip6")) && accept(r, "protochain");
        if (chain) return protocol_chain(r, word, made);
        head.set = true;
    } else if (whole_protocol(r, word, made)) {
        take(r);
        return true;
    }
    if (word_is(look(r), "src") || word_is(look(r), "dst")) {
        head.dir = direction(r, take(r));
        head.set = true;
    }
    if (word_is_any(look(r), type_words_)) {
        head.type = take(r);
        head.set = true;
    }
    bool protocol_alone = head.proto.len && head.dir == DIR_EITHER && !head.type.len;
    if (protocol_alone && (kind_of_id(look(r)) == ID_NONE || kind_of_id(look(r)) == ID_NAME))
        return whole_protocol(r, head.proto, made);
    if (!head.set && (kind_of_id(word) == ID_NONE ? r->last.set : kind_of_id(word) != ID_NAME || r->last.set))
        head = r->last; /* "port 80 or 443" */
    return id(r, &head, made);
}

/* ---- arithmetic ---- */

typedef struct Arith Arith;
struct Arith {
    enum { A_NUMBER, A_LEN, A_READ, A_BINARY } kind;
    u32 number;
    Word proto; /* A_READ */
    u32 size;
    char op[3];
    const Arith *left, *right; /* A_READ: left is the offset */
};

static const Arith *arith(Reader *r, int level);

static const Arith *arith_number(Reader *r, u32 number)
{
    Arith *a = NEW(r->arena, Arith);
    *a = (Arith){.kind = A_NUMBER, .number = number};
    return a;
}

static bool fold_number(const char *op, u32 a, u32 b, u32 *out)
{
    switch (op[0]) {
    case '+': *out = a + b; return true;
    case '-': *out = a - b; return true;
    case '*': *out = a * b; return true;
    case '&': *out = a & b; return true;
    case '|': *out = a | b; return true;
    case '^': *out = a ^ b; return true;
    case '<': *out = b < 32 ? a << b : 0; return true;
    case '>': *out = b < 32 ? a >> b : 0; return true;
    default: return false;
    }
}

static const Arith *arith_binary(Reader *r, Word op, const Arith *left, const Arith *right)
{
    Arith *a = NEW(r->arena, Arith);
    *a = (Arith){.kind = A_BINARY, .left = left, .right = right};
    memcpy(a->op, op.at, MIN_OF(op.len, sizeof a->op - 1));
    u32 number;
    bool known = left->kind == A_NUMBER && right->kind == A_NUMBER;
    return known && fold_number(a->op, left->number, right->number, &number) ? arith_number(r, number) : a;
}

/* proto[offset:size] */
static const Arith *arith_read(Reader *r, Word proto)
{
    static const char *const readable[] = {"ether", "link", "wlan", "radio", "ip",   "ip6", "arp",
                                           "tcp",   "udp",  "icmp", "icmp6", "sctp", NULL};
    if (!word_is_any(proto, readable)) return NULL;
    take(r);
    r->brackets++;
    Arith *read = NEW(r->arena, Arith);
    *read = (Arith){.kind = A_READ, .proto = proto, .size = 1, .left = arith(r, 0)};
    bool good = read->left && (!accept(r, ":") || parse_u32(take(r), &read->size)) && word_is(look(r), "]");
    good = good && (read->size == 1 || read->size == 2 || read->size == 4);
    r->brackets--;
    if (!good) return NULL;
    take(r);
    return read;
}

static const Arith *arith_term(Reader *r)
{
    u32 number;
    if (r->depth >= FOREIGN_DEPTH_MAX) return NULL;
    if (accept(r, "(")) {
        r->depth++;
        const Arith *inner = arith(r, 0);
        r->depth--;
        return inner && accept(r, ")") ? inner : NULL;
    }
    Word word = take(r);
    if (word.len == 0) return NULL;
    if (word_is(look(r), "[")) return arith_read(r, word);
    if (word_is(word, "len")) {
        Arith *len = NEW(r->arena, Arith);
        len->kind = A_LEN;
        return len;
    }
    if (parse_u32(word, &number) || find_number(numbers, COUNT_OF(numbers), word, &number))
        return arith_number(r, number);
    return NULL;
}

/* Levels of binding, loosest first, as pcap-filter's grammar has them. */
static const Arith *arith(Reader *r, int level)
{
    static const char *const ops[][4] = {{"|", "&", "^"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}};
    enum { LEVELS = COUNT_OF(ops) };
    if (level == LEVELS) return arith_term(r);
    const Arith *left = arith(r, level + 1);
    while (left && word_is_any(look(r), ops[level])) {
        Word op = take(r);
        const Arith *right = arith(r, level + 1);
        left = right ? arith_binary(r, op, left, right) : NULL;
    }
    return left;
}

/* ---- arithmetic in our words ---- */

/* What libpcap reads of ip6 from byte 40 on is the header behind it, where ip6[6] says which. */
static int behind_ip6(const Reader *r, u32 *byte)
{
    enum { IPV6_BYTES = 40 };
    if (*byte < IPV6_BYTES) return PROTO_IPV6;
    *byte -= IPV6_BYTES;
    if (r->ip6_next == 58) return PROTO_ICMPV6;
    for (int p = 0; p < PROTO_COUNT; p++)
        if (peer_proto[p].bytes && peer_proto[p].next > 0 && (u32)peer_proto[p].next == r->ip6_next) return p;
    return -1;
}

static int our_proto(Reader *r, Word proto, u32 *byte)
{
    static const char *const over_ipv4[] = {"tcp", "udp", "sctp", NULL};
    if (word_is(proto, "ip6")) return behind_ip6(r, byte);
    if (word_is_any(proto, over_ipv4) && !r->only) r->only = copy(r, proto);
    for (int p = 0; p < PROTO_COUNT; p++)
        if (peer_proto[p].bytes && *peer_proto[p].bytes && word_is(proto, peer_proto[p].bytes)) return p;
    return -1;
}

/* ((tcp[12] & 0xf0) >> 2), or the same with more added: how far TCP's payload is; *more is what is added. */
static bool is_payload_start(const Arith *a, u32 *more)
{
    *more = 0;
    if (a->kind == A_BINARY && a->op[0] == '+' && a->right->kind == A_NUMBER) {
        *more = a->right->number;
        a = a->left;
    }
    if (a->kind != A_BINARY || a->op[0] != '>' || a->right->kind != A_NUMBER || a->right->number != 2) return false;
    const Arith *mask = a->left;
    if (mask->kind != A_BINARY || mask->op[0] != '&' || mask->right->kind != A_NUMBER || mask->right->number != 0xf0)
        return false;
    const Arith *read = mask->left;
    return read->kind == A_READ && word_is(read->proto, "tcp") && read->size == 1 && read->left->kind == A_NUMBER &&
           read->left->number == 12;
}

static u64 all_of(u32 bytes) { return ((u64)1 << (8 * bytes)) - 1; }

/* A field of these very bytes: all of them for `mask` 0, else those bits; *shift is where they stand. */
static const FieldInfo *field_at(int proto, u32 byte, u32 size, u64 mask)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        if (info->kind != FIELD_IS_NUMBER || info->proto != proto || info->byte != byte || info->width != size)
            continue;
        if (info->mask << info->shift == (mask ? mask : all_of(size))) return info;
    }
    return NULL;
}

static const char *field_name(Reader *r, const FieldInfo *info)
{
    return arena_print(r->arena, "%s.%s", proto_info[info->proto].name, info->name);
}

static const char *value_text(Reader *r, const Arith *a, int *type);

static const char *read_text(Reader *r, const char *bytes, const char *offset, u32 size)
{
    return arena_print(r->arena, "UINT%u(%s, %s)", 8 * size, bytes, offset);
}

/* Bytes inside a field that is larger: (IPv4.FragmentFlags >> 8) & 0xff. */
static const char *part_text(Reader *r, int proto, u32 byte, u32 size)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        const FieldInfo *info = &field_info[f];
        if (info->kind != FIELD_IS_NUMBER || info->proto != proto || info->type != TYPE_NUMBER || info->width > 4)
            continue;
        if (info->byte > byte || info->byte + info->width < byte + size || info->shift) continue;
        if (info->mask != all_of(info->width)) continue;
        u32 behind = 8 * (info->byte + info->width - byte - size);
        const char *name = field_name(r, info);
        if (behind) name = arena_print(r->arena, "(%s >> %u)", name, behind);
        return arena_print(r->arena, "(%s & 0x%llx)", name, (unsigned long long)all_of(size));
    }
    return NULL;
}

static const char *header_text(Reader *r, const Arith *a, int *type)
{
    u32 more, byte = a->left->number;
    int proto = our_proto(r, a->proto, &byte);
    if (word_is(a->proto, "tcp") && is_payload_start(a->left, &more))
        return read_text(r, "TCP.TCPPayload", arena_print(r->arena, "%u", more), a->size);
    if (a->left->kind == A_NUMBER && proto >= 0) {
        const FieldInfo *info = field_at(proto, byte, a->size, 0);
        if (info) {
            *type = info->type;
            return field_name(r, info);
        }
        if (proto == PROTO_UDP && byte >= 8)
            return read_text(r, "UDP.UDPPayload", arena_print(r->arena, "%u", byte - 8), a->size);
        for (size_t i = 0; i < COUNT_OF(reads); i++) {
            if (!word_is(a->proto, reads[i].proto) || reads[i].byte != byte || reads[i].size != a->size) continue;
            *type = TYPE_IPV4;
            return reads[i].ours;
        }
        if (proto == PROTO_WIFI && byte < 2 && a->size == 1) /* a number that has its low byte first */
            return byte ? "(WiFi.FrameControl >> 8)" : "(WiFi.FrameControl & 0xff)";
        const char *part = part_text(r, proto, byte, a->size);
        if (part) return part;
    }
    cannot(r, arena_print(r->arena, "no field here has the bytes that a part of it reads in '%s'", copy(r, a->proto)));
    return "-";
}

/* ip[0] & 0xf is all of a field. */
static const FieldInfo *masked(Reader *r, const Arith *a)
{
    if (a->kind != A_BINARY || a->op[0] != '&' || a->right->kind != A_NUMBER || a->left->kind != A_READ) return NULL;
    const Arith *read = a->left;
    if (read->left->kind != A_NUMBER) return NULL;
    u32 byte = read->left->number;
    int proto = our_proto(r, read->proto, &byte);
    if (proto < 0) return NULL;
    const FieldInfo *info = field_at(proto, byte, read->size, a->right->number);
    return info && info->type == TYPE_NUMBER ? info : NULL;
}

static const char *binary_text(Reader *r, const Arith *a, int *type)
{
    /* How pcap-filter(7) asks for TCP's payload: what IP has, less both headers. */
    static const char payload[] =
        "((IPv4.TotalLength - (IPv4.HeaderLength << 2)) - ((TCP.DataOffset.DataOffset << 4) >> 2))";
    int ignored = TYPE_NUMBER;
    const FieldInfo *info = masked(r, a);
    if (info)
        return info->shift ? arena_print(r->arena, "(%s << %u)", field_name(r, info), info->shift)
                           : field_name(r, info);
    const char *text =
        arena_print(r->arena, "(%s %s %s)", value_text(r, a->left, type), a->op, value_text(r, a->right, &ignored));
    return strcmp(text, payload) == 0 ? "TCP.TCPPayloadLength" : text;
}

static const char *value_text(Reader *r, const Arith *a, int *type)
{
    int ignored = TYPE_NUMBER;
    *type = TYPE_NUMBER;
    switch (a->kind) {
    case A_NUMBER: return arena_print(r->arena, a->number > 9999 ? "0x%x" : "%u", a->number);
    case A_LEN: return "FrameVariable.FrameLength";
    case A_READ:
        if (!word_is(a->proto, "ether") && !word_is(a->proto, "link")) return header_text(r, a, type);
        return read_text(r, "FrameData", value_text(r, a->left, &ignored), a->size);
    default: return binary_text(r, a, type);
    }
}

/* "tcp[13] & 2 != 0": one of our flags, maybe. */
static bool masked_field(Reader *r, const Arith *left, const char *op, u32 number, Made *made)
{
    const FieldInfo *info = masked(r, left);
    if (!info || number & (((u64)1 << info->shift) - 1)) return false;
    const char *name = field_name(r, info);
    if (info->mask == 1 && number == 0 && op[0] == '!')
        *made = MADE(r->arena, "%s == 1", name);
    else
        *made = MADE(r->arena, "%s %s %u", name, op, number >> info->shift);
    return true;
}

static bool relation(Reader *r, Made *made)
{
    static const char *const ops[] = {"==", "=", "!=", "<=", ">=", "<", ">", NULL};
    int left_type, right_type;
    const Arith *left = arith(r, 0);
    if (!left || !word_is_any(look(r), ops)) return false;
    Word word = take(r);
    const char *op = word_is(word, "=") ? "==" : copy(r, word);
    const Arith *right = arith(r, 0);
    if (!right || (left->kind == A_NUMBER && right->kind == A_NUMBER)) return false;
    r->worded = true;
    if (right->kind == A_NUMBER && masked_field(r, left, op, right->number, made)) return true;
    const char *a = value_text(r, left, &left_type), *b = value_text(r, right, &right_type);
    u32 n = right->number;
    bool next = left->kind == A_READ && word_is(left->proto, "ip6") && left->left->kind == A_NUMBER &&
                left->left->number == 6 && left->size == 1;
    if (next && right->kind == A_NUMBER && strcmp(op, "==") == 0) r->ip6_next = n;
    if (left_type == TYPE_IPV4 && right->kind == A_NUMBER)
        b = arena_print(r->arena, "%u.%u.%u.%u", n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255);
    *made = MADE(r->arena, "%s %s %s", a, op, b);
    return true;
}

/* ---- and, or, not ---- */

static bool expression(Reader *r, Made *made);

static bool term(Reader *r, Made *made)
{
    if (++r->depth > FOREIGN_DEPTH_MAX) return false;
    bool good = false;
    Word word = look(r);
    const char *start = r->at;
    if (word_is(word, "not") || word_is(word, "!")) {
        take(r);
        good = term(r, made);
        if (good) *made = made_not(r->arena, *made);
    } else if (word_is(word, "(")) {
        Head last = r->last;
        good = relation(r, made); /* (tcp[13] & 2) != 0 */
        if (!good) {
            r->at = start;
            r->last = last;
            take(r);
            good = expression(r, made) && accept(r, ")");
        }
    } else if (word.len) {
        good = primitive(r, made);
    }
    r->depth--;
    return good;
}

static bool expression(Reader *r, Made *made)
{
    if (!term(r, made)) return false;
    for (;;) {
        Word joint = look(r);
        bool and = word_is(joint, "and") || word_is(joint, "&&"), or = word_is(joint, "or") || word_is(joint, "||");
        if (!and&&! or) return true;
        take(r);
        Made more = {0};
        if (or) r->ip6_next = 0;
        if (!term(r, &more)) return false;
        *made = made_join(r->arena, *made, more, and);
    }
}

bool translate_tcpdump(Arena *arena, const char *text, size_t len, Translation *out)
{
    Reader r = {.arena = arena, .at = text, .end = text + len};
    Made made = {0};
    if (len > FOREIGN_BYTES_MAX || memchr(text, '\0', len)) return false;
    if (!expression(&r, &made) || look(&r).len || !r.worded) return false;
    bool tagged = memmem(text, len, "vlan", strlen("vlan")) != NULL;
    *out = (Translation){.ours = r.why ? NULL : made.text, .why = r.why, .only = tagged ? NULL : r.only};
    return true;
}
