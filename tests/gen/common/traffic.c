/* traffic.c - a set of open TCP conversations, each a small state machine; a frame is one step of one of them, or a
 * datagram.  See traffic.h for the mix. */
#include "tests/gen/common/traffic.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    POOL_SIZE = 1 << 16,
    CLIENTS = 3000,
    SERVERS = 1000,
    PAYLOAD_MAX = 1460,
};

/* Where a conversation stands.  One call of conversation_step sends one segment. */
typedef enum { OPEN_SYN, OPEN_SYN_ACK, OPEN_ACK, ASK, TALK, CLOSE_FIN, CLOSE_FIN_ACK, CLOSE_ACK, CLOSE_RESET } Stage;
typedef enum { CLIENT, SERVER } Side;

typedef struct {
    Stage stage;
    Host host[2];
    u16 port[2];
    u32 next_seq[2];
    u32 acknowledged[2]; /* what each side last said it had received */
    u16 ip_id[2];
    u16 vlan;
    bool ipv6, timestamps, uploads;
    u32 steps_left; /* in TALK */
} Conversation;

struct Traffic {
    Rng rng;
    TrafficOptions options;
    u64 begun;
    u64 time_us;
    Conversation *open;
    u8 scratch[PAYLOAD_MAX];
    u8 pool[POOL_SIZE]; /* payloads are pieces of this */
};

static void *get_memory(size_t size)
{
    void *memory = calloc(1, size);

    if (!memory) {
        fprintf(stderr, "out of memory (%zu bytes)\n", size);
        exit(2);
    }
    return memory;
}

static Host make_host(u32 number, bool ipv6, const u8 ipv4[4], u8 subnet)
{
    static const u8 ipv6_prefix[4] = {0x20, 0x01, 0x0d, 0xb8};
    Host host = {.mac = {0x00, 0x1b, 0x21, subnet, (u8)(number >> 8), (u8)number}};

    if (!ipv6) {
        memcpy(host.ip, ipv4, 4);
        return host;
    }
    memcpy(host.ip, ipv6_prefix, 4);
    host.ip[5] = subnet;
    host.ip[14] = (u8)(number >> 8);
    host.ip[15] = (u8)number;
    return host;
}

Host traffic_client(u32 number, bool ipv6)
{
    u8 ipv4[4] = {10, 0, (u8)(number / 250), (u8)(number % 250 + 1)};
    return make_host(number, ipv6, ipv4, 1);
}

/* Half of the servers stand in the house (10.20/16), the others in the documentation networks of RFC 5737. */
Host traffic_server(u32 number, bool ipv6)
{
    static const u8 outside[2][3] = {{198, 51, 100}, {203, 0, 113}};
    u8 ipv4[4] = {10, 20, (u8)(number / 250), (u8)(number % 250 + 1)};

    if (number & 1) memcpy(ipv4, outside[number >> 1 & 1], 3);
    return make_host(number, ipv6, ipv4, 7);
}

static u16 pick_server_port(Rng *rng)
{
    static const u16 usual[8] = {443, 443, 443, 80, 445, 1433, 3389, 25};

    if (rng_one_in(rng, 10)) return (u16)(8000 + rng_below(rng, 200));
    return usual[rng_below(rng, COUNT_OF(usual))];
}

/* A port from the dynamic range (RFC 6335), never the odd one. */
static u16 pick_client_port(Rng *rng)
{
    u16 port = (u16)(49152 + rng_below(rng, 16384));
    return port == TRAFFIC_ODD_PORT ? port + 1 : port;
}

static void conversation_begin(Traffic *traffic, Conversation *c)
{
    Rng *rng = &traffic->rng;

    memset(c, 0, sizeof *c);
    c->ipv6 = rng_one_in(rng, 12);
    c->vlan = rng_one_in(rng, 10) ? (u16)(100 + rng_below(rng, 8)) : 0;
    c->host[CLIENT] = traffic_client(rng_below(rng, CLIENTS), c->ipv6);
    c->host[SERVER] = traffic_server(rng_below(rng, SERVERS), c->ipv6);
    c->port[CLIENT] = rng_one_in(rng, traffic->options.odd_one_in) ? TRAFFIC_ODD_PORT : pick_client_port(rng);
    c->port[SERVER] = pick_server_port(rng);
    for (int side = CLIENT; side <= SERVER; side++) {
        c->next_seq[side] = (u32)rng_next(rng);
        c->ip_id[side] = (u16)rng_next(rng);
    }
    c->timestamps = rng_one_in(rng, 3);
    c->uploads = rng_one_in(rng, 5);
    c->steps_left = 4 + rng_below(rng, 56);
    traffic->begun++;
}

static void send_segment(Traffic *traffic, Conversation *c, Side from, u8 flags, const u8 *payload, u32 len, Frame *out)
{
    Side to = from == CLIENT ? SERVER : CLIENT;
    u32 now_ms = (u32)(traffic->time_us / 1000);
    Way way = {.from = &c->host[from], .to = &c->host[to], .ipv6 = c->ipv6, .vlan = c->vlan, .ip_id = c->ip_id[from]++};
    Segment segment = {.src_port = c->port[from],
                       .dst_port = c->port[to],
                       .seq = c->next_seq[from],
                       .ack = c->next_seq[to],
                       .flags = flags,
                       .window = flags & WIRE_SYN ? 64240 : (u16)(1026 - rng_below(&traffic->rng, 500)), /* x 256 */
                       .timestamps = c->timestamps,
                       .ts_value = now_ms + c->port[from],
                       .ts_echo = now_ms + c->port[to] - rng_below(&traffic->rng, 40)};

    wire_tcp(out, &way, &segment, payload, len);
    c->acknowledged[from] = c->next_seq[to];
    c->next_seq[from] += len + (flags & (WIRE_SYN | WIRE_FIN) ? 1 : 0);
}

static const u8 *pick_payload(Traffic *traffic, u32 len)
{
    return traffic->pool + rng_below(&traffic->rng, POOL_SIZE - len);
}

/* Now and then the needle lies in a segment, half of the time right at its start, where a cut frame still has it. */
static const u8 *pick_data(Traffic *traffic, u32 len)
{
    const u32 needle_len = sizeof TRAFFIC_NEEDLE - 1;
    const u8 *payload = pick_payload(traffic, len);

    if (len < needle_len || !rng_one_in(&traffic->rng, 3000)) return payload;
    memcpy(traffic->scratch, payload, len);
    u32 at = rng_one_in(&traffic->rng, 2) ? 0 : rng_below(&traffic->rng, len - needle_len + 1);
    memcpy(traffic->scratch + at, TRAFFIC_NEEDLE, needle_len);
    return traffic->scratch;
}

static void send_request(Traffic *traffic, Conversation *c, Frame *out)
{
    u32 len = 80 + rng_below(&traffic->rng, 400);

    if (c->port[SERVER] == 443 || c->port[SERVER] == 445) {
        send_segment(traffic, c, CLIENT, WIRE_PSH | WIRE_ACK, pick_data(traffic, len), len, out);
        return;
    }
    memset(traffic->scratch, ' ', len);
    int text_len = snprintf((char *)traffic->scratch, len,
                            "GET /i/%u HTTP/1.1\r\nHost: www.example.com\r\nX-Pad:", rng_below(&traffic->rng, 100000));
    traffic->scratch[text_len] = ' '; /* in place of the terminator */
    memcpy(traffic->scratch + len - 4, "\r\n\r\n", 4);
    send_segment(traffic, c, CLIENT, WIRE_PSH | WIRE_ACK, traffic->scratch, len, out);
}

/* Data one way, acknowledgements the other, now and then another question. */
static void conversation_talk(Traffic *traffic, Conversation *c, Frame *out)
{
    Rng *rng = &traffic->rng;
    Side talker = c->uploads ? CLIENT : SERVER, listener = c->uploads ? SERVER : CLIENT;
    u32 full = PAYLOAD_MAX - (c->ipv6 ? 20 : 0) - (c->timestamps ? 12 : 0);
    u32 dice = rng_below(rng, 100);
    bool nothing_new = c->acknowledged[listener] == c->next_seq[talker]; /* an ACK would be a duplicate */

    if (--c->steps_left == 0) c->stage = rng_one_in(rng, 20) ? CLOSE_RESET : CLOSE_FIN;
    if (dice < 22) {
        send_segment(traffic, c, talker, WIRE_ACK, pick_data(traffic, full), full, out);
    } else if (dice < 40 || (dice >= 48 && nothing_new)) {
        u32 len = 1 + rng_below(rng, full / 2);
        send_segment(traffic, c, talker, WIRE_PSH | WIRE_ACK, pick_data(traffic, len), len, out);
    } else if (dice < 48) {
        send_request(traffic, c, out);
    } else {
        send_segment(traffic, c, listener, WIRE_ACK, NULL, 0, out);
    }
}

static void conversation_step(Traffic *traffic, Conversation *c, Frame *out)
{
    switch (c->stage) {
    case OPEN_SYN:
        send_segment(traffic, c, CLIENT, WIRE_SYN, NULL, 0, out);
        c->stage = OPEN_SYN_ACK;
        return;
    case OPEN_SYN_ACK:
        send_segment(traffic, c, SERVER, WIRE_SYN | WIRE_ACK, NULL, 0, out);
        c->stage = OPEN_ACK;
        return;
    case OPEN_ACK:
        send_segment(traffic, c, CLIENT, WIRE_ACK, NULL, 0, out);
        c->stage = ASK;
        return;
    case ASK:
        send_request(traffic, c, out);
        c->stage = TALK;
        return;
    case TALK: conversation_talk(traffic, c, out); return;
    case CLOSE_FIN:
        send_segment(traffic, c, SERVER, WIRE_FIN | WIRE_ACK, NULL, 0, out);
        c->stage = CLOSE_FIN_ACK;
        return;
    case CLOSE_FIN_ACK:
        send_segment(traffic, c, CLIENT, WIRE_FIN | WIRE_ACK, NULL, 0, out);
        c->stage = CLOSE_ACK;
        return;
    case CLOSE_ACK: send_segment(traffic, c, SERVER, WIRE_ACK, NULL, 0, out); break;
    case CLOSE_RESET: send_segment(traffic, c, CLIENT, WIRE_RST | WIRE_ACK, NULL, 0, out); break;
    }
    conversation_begin(traffic, c);
}

/* A question for hNNN.example.com, or the answer to one (RFC 1035 section 4). */
static u32 make_dns(Traffic *traffic, bool answer, u8 *message)
{
    static const u8 question_head[12] = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    static const u8 answer_head[12] = {0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0};
    static const u8 name_tail[16] = "\7example\3com\0\0\1\0"; /* the class ends in a 1 that follows */
    static const u8 record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 20, 0, 1};
    u32 at = 12;

    memcpy(message, answer ? answer_head : question_head, 12);
    message[0] = (u8)rng_next(&traffic->rng);
    message[1] = (u8)rng_next(&traffic->rng);
    message[at++] = 4;
    at += (u32)snprintf((char *)message + at, 8, "h%03u", rng_below(&traffic->rng, 1000));
    memcpy(message + at, name_tail, sizeof name_tail);
    at += sizeof name_tail;
    message[at++] = 1;
    if (!answer) return at;
    memcpy(message + at, record, sizeof record);
    return at + (u32)sizeof record;
}

static void send_datagram(Traffic *traffic, u32 dice, Frame *out)
{
    Rng *rng = &traffic->rng;
    bool ipv6 = rng_one_in(rng, 8), back = rng_one_in(rng, 2);
    Host client = traffic_client(rng_below(rng, CLIENTS), ipv6);
    Host server = traffic_server(rng_below(rng, SERVERS), ipv6);
    Way way = {.from = back ? &server : &client,
               .to = back ? &client : &server,
               .ipv6 = ipv6,
               .vlan = rng_one_in(rng, 10) ? 100 : 0,
               .ip_id = (u16)rng_next(rng)};
    u16 client_port = pick_client_port(rng);

    if (dice < 6) { /* DNS */
        u32 len = make_dns(traffic, back, traffic->scratch);
        wire_udp(out, &way, back ? 53 : client_port, back ? client_port : 53, traffic->scratch, len);
    } else if (dice < 8) {
        u16 id = (u16)rng_next(rng);
        wire_echo(out, &way, back, id, 1, pick_payload(traffic, 32), 32);
    } else if (dice < 9 && !ipv6) {
        wire_arp(out, &way, back);
    } else { /* QUIC by its port, and whatever else */
        u16 server_port = rng_one_in(rng, 3) ? (u16)(1024 + rng_below(rng, 40000)) : 443;
        u32 len = rng_one_in(rng, 2) ? 1200 + rng_below(rng, 152) : 20 + rng_below(rng, 600);
        wire_udp(out, &way, back ? server_port : client_port, back ? client_port : server_port,
                 pick_payload(traffic, len), len);
    }
}

void traffic_next(Traffic *traffic, u64 time_us, Frame *out)
{
    u32 dice = rng_below(&traffic->rng, 100);

    traffic->time_us = time_us;
    if (dice < 18) {
        send_datagram(traffic, dice, out);
        return;
    }
    conversation_step(traffic, &traffic->open[rng_below(&traffic->rng, traffic->options.conversations)], out);
}

/* Half random bytes, half letters, and neither the needle nor a GET in it. */
static void fill_pool(Traffic *traffic)
{
    for (u32 i = 0; i < POOL_SIZE; i++) {
        u8 byte = (u8)rng_next(&traffic->rng);
        bool letters = i / 512 & 1;
        traffic->pool[i] = letters ? (u8)('a' + byte % 26) : byte;
    }
    for (u32 i = 0; i + 4 <= POOL_SIZE; i++) {
        if (!memcmp(traffic->pool + i, "GET ", 4) || !memcmp(traffic->pool + i, TRAFFIC_NEEDLE, 4))
            traffic->pool[i] = '.';
    }
}

Traffic *traffic_new(const TrafficOptions *options)
{
    Traffic *traffic = get_memory(sizeof *traffic);

    traffic->options = *options;
    traffic->rng.state = options->seed;
    traffic->open = get_memory(options->conversations * sizeof *traffic->open);
    fill_pool(traffic);
    for (u32 i = 0; i < options->conversations; i++) conversation_begin(traffic, &traffic->open[i]);
    return traffic;
}

void traffic_free(Traffic *traffic)
{
    free(traffic->open);
    free(traffic);
}

u64 traffic_conversations_begun(const Traffic *traffic) { return traffic->begun; }
