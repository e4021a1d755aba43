/* summary.c - a frame on one line, for people: pks_summarise.
 *
 * Beside the road, as columns.c.  The words follow NetMon's frame summary: "Flags=...A..S., SrcPort=49300, DstPort=80 ...".
 * Always true: only numbers, addresses and words of our own are printed, so every line is safe to show. */
#include <stdarg.h>
#include <stdio.h>

#include "runtime/filter.h"
#include "runtime/readers/reader.h"
#include "vm/value.h"

/* A line being put together: items joined by ", ", cut where the buffer ends. */
typedef struct {
    char *out;
    size_t size, used;
} Line;

/* One header of the frame, and which instance of its protocol it is. */
typedef struct {
    ValueReader *reader;
    Proto proto;
    u32 nest;
} Header;

__attribute__((format(printf, 2, 3))) static void add(Line *line, const char *format, ...)
{
    va_list args;
    size_t room = line->size - line->used;
    int n = line->used ? snprintf(line->out + line->used, room, ", ") : 0;

    if ((size_t)n >= room) return;
    va_start(args, format);
    int more = vsnprintf(line->out + line->used + n, room - (size_t)n, format, args);
    va_end(args);
    if ((size_t)(n + more) >= room)
        line->out[line->used] = 0; /* whole items only */
    else
        line->used += (size_t)(n + more);
}

static bool number(const Header *header, FieldId field, u64 *value)
{
    CalcValue got;

    if (value_read(header->reader, field, header->nest, &got) != VALUE_FOUND) return false;
    *value = got.number;
    return true;
}

static void add_number(Line *line, const Header *header, const char *name, FieldId field)
{
    u64 value;

    if (number(header, field, &value)) add(line, "%s=%llu", name, (unsigned long long)value);
}

static bool print_value(const Header *header, FieldId field, char *out, size_t size)
{
    CalcValue value;
    const FieldInfo *info = &field_info[field];

    if (value_read(header->reader, field, header->nest, &value) != VALUE_FOUND) return false;
    size_t len = type_info[info->type].slice
                     ? value_print_bytes(out, size - 1, (ValueType)info->type, value.bytes, value.len)
                     : value_print_number(out, size - 1, (ValueType)info->type, value.number);
    out[len] = 0;
    return true;
}

/* -- a text for each protocol ------------------------------------------------------------------------------------------- */

static void tcp_text(Line *line, const Header *header)
{
    static const char letters[] = "CEUAPRSF";
    char flags[9] = "........";
    u64 bits;

    if (number(header, FIELD_TCP_FLAGS, &bits)) {
        for (u32 i = 0; i < 8; i++)
            if (bits >> (7 - i) & 1) flags[i] = letters[i];
        add(line, "Flags=%s", flags);
    }
    add_number(line, header, "SrcPort", FIELD_TCP_SRC_PORT);
    add_number(line, header, "DstPort", FIELD_TCP_DST_PORT);
    add_number(line, header, "PayloadLen", FIELD_TCP_PAYLOAD_LEN);
    add_number(line, header, "Seq", FIELD_TCP_SEQUENCE);
    add_number(line, header, "Ack", FIELD_TCP_ACKNOWLEDGEMENT);
    add_number(line, header, "Win", FIELD_TCP_WINDOW);
}

static void udp_text(Line *line, const Header *header)
{
    u64 total;

    add_number(line, header, "SrcPort", FIELD_UDP_SRC_PORT);
    add_number(line, header, "DstPort", FIELD_UDP_DST_PORT);
    if (!number(header, FIELD_UDP_TOTAL_LEN, &total)) return;
    if (total >= 8)
        add(line, "PayloadLen=%llu", (unsigned long long)(total - 8));
    else
        add(line, "TotalLength=%llu", (unsigned long long)total);
}

typedef struct {
    u8 type;
    const char *name;
} MessageName;

static void message_text(Line *line, const Header *header, FieldId type_field, FieldId code_field,
                         const MessageName *names, size_t count)
{
    u64 type;

    if (!number(header, type_field, &type)) return;
    for (size_t i = 0; i < count; i++)
        if (names[i].type == type) add(line, "%s", names[i].name);
    add(line, "Type=%llu", (unsigned long long)type);
    add_number(line, header, "Code", code_field);
}

static void icmp_text(Line *line, const Header *header)
{
    static const MessageName names[] = {
        {0, "Echo reply"},   {3, "Destination unreachable"}, {5, "Redirect"},
        {8, "Echo request"}, {11, "Time exceeded"},          {12, "Parameter problem"},
    };

    message_text(line, header, FIELD_ICMP_TYPE, FIELD_ICMP_CODE, names, COUNT_OF(names));
    add_number(line, header, "Id", FIELD_ICMP_IDENTIFIER);
    add_number(line, header, "Seq", FIELD_ICMP_SEQUENCE);
}

static void icmpv6_text(Line *line, const Header *header)
{
    static const MessageName names[] = {
        {1, "Destination unreachable"},
        {2, "Packet too big"},
        {3, "Time exceeded"},
        {4, "Parameter problem"},
        {128, "Echo request"},
        {129, "Echo reply"},
        {133, "Router solicitation"},
        {134, "Router advertisement"},
        {135, "Neighbor solicitation"},
        {136, "Neighbor advertisement"},
        {137, "Redirect"},
    };

    message_text(line, header, FIELD_ICMPV6_TYPE, FIELD_ICMPV6_CODE, names, COUNT_OF(names));
}

static void arp_text(Line *line, const Header *header)
{
    char sender[64], target[64], mac[64];
    bool ends = print_value(header, FIELD_ARP_SENDER_IP, sender, sizeof sender) &&
                print_value(header, FIELD_ARP_TARGET_IP, target, sizeof target);
    u64 opcode;

    if (!number(header, FIELD_ARP_OPCODE, &opcode)) return;
    if (opcode == 1 && ends)
        add(line, "Request, %s asks for %s", sender, target);
    else if (opcode == 2 && ends && print_value(header, FIELD_ARP_SENDER_MAC, mac, sizeof mac))
        add(line, "Response, %s at %s", sender, mac);
    else
        add(line, "OpCode=%llu", (unsigned long long)opcode);
}

static void ipv4_text(Line *line, const Header *header)
{
    u64 offset = 0, more = 0, id;
    bool fragment =
        number(header, FIELD_IPV4_FRAGMENT_OFFSET, &offset) && number(header, FIELD_IPV4_MF, &more) && (offset || more);

    if (fragment) add(line, more ? "Fragment" : "Last fragment");
    add_number(line, header, "NextProtocol", FIELD_IPV4_NEXT);
    if (fragment) add(line, "Offset=%llu", (unsigned long long)offset * 8);
    if (fragment && number(header, FIELD_IPV4_IDENTIFICATION, &id)) add(line, "Id=0x%04llx", (unsigned long long)id);
    add_number(line, header, "PayloadLen", FIELD_IPV4_PAYLOAD_LEN);
}

static void ipv6_text(Line *line, const Header *header)
{
    add_number(line, header, "NextProtocol", FIELD_IPV6_NEXT);
    add_number(line, header, "PayloadLen", FIELD_IPV6_PAYLOAD_LEN);
}

static void type_text(Line *line, const Header *header, FieldId field)
{
    u64 type;

    if (!number(header, field, &type)) return;
    /* IEEE 802.3: up to 1500 it is a length. */
    if (type <= 1500)
        add(line, "802.3, Length=%llu", (unsigned long long)type);
    else
        add(line, "Type=0x%04llx", (unsigned long long)type);
}

static void vlan_text(Line *line, const Header *header)
{
    add_number(line, header, "VLANID", FIELD_VLAN_ID);
    type_text(line, header, FIELD_VLAN_TYPE);
}

static void header_text(Line *line, const Header *header)
{
    switch (header->proto) {
    case PROTO_TCP: tcp_text(line, header); return;
    case PROTO_UDP: udp_text(line, header); return;
    case PROTO_ICMP: icmp_text(line, header); return;
    case PROTO_ICMPV6: icmpv6_text(line, header); return;
    case PROTO_ARP: arp_text(line, header); return;
    case PROTO_IPV4: ipv4_text(line, header); return;
    case PROTO_IPV6: ipv6_text(line, header); return;
    case PROTO_VLAN: vlan_text(line, header); return;
    case PROTO_ETHERNET: type_text(line, header, FIELD_ETHERNET_TYPE); return;
    default: return;
    }
}

/* -- addresses ---------------------------------------------------------------------------------------------------------- */

static bool addresses(const Header *header, pks_summary *summary)
{
    static const struct {
        Proto proto;
        FieldId source, destination;
    } rows[] = {
        {PROTO_IPV4, FIELD_IPV4_SRC, FIELD_IPV4_DST},
        {PROTO_IPV6, FIELD_IPV6_SRC, FIELD_IPV6_DST},
        {PROTO_ARP, FIELD_ARP_SENDER_IP, FIELD_ARP_TARGET_IP},
        {PROTO_ETHERNET, FIELD_ETHERNET_SRC, FIELD_ETHERNET_DST},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].proto != header->proto) continue;
        bool source = print_value(header, rows[i].source, summary->source, sizeof summary->source);
        bool destination = print_value(header, rows[i].destination, summary->destination, sizeof summary->destination);

        return source || destination;
    }
    return false;
}

static Header header_at(ValueReader *reader, u32 index)
{
    const Layers *layers = value_layers(reader);
    Header header = {.reader = reader, .proto = (Proto)layers->layer[index].proto};

    for (u32 i = 0; i < index; i++) header.nest += layers->layer[i].proto == header.proto;
    return header;
}

/* Of the innermost header that has some. */
static void find_addresses(ValueReader *reader, pks_summary *summary)
{
    for (u32 i = value_layers(reader)->count; i-- > 0;) {
        Header header = header_at(reader, i);

        if (addresses(&header, summary)) return;
    }
}

void pks_summarise(const pks_frame *frame, pks_summary *summary)
{
    ValueReader reader;
    Batch batch;
    Line line = {summary->text, sizeof summary->text, 0};

    *summary = (pks_summary){0};
    batch_of_frame(&batch, frame);
    value_reader_init(&reader, PROTOS_ALL);
    value_reader_look(&reader, &batch);
    u32 count = value_layers(&reader)->count;
    if (count) {
        Header last = header_at(&reader, count - 1);

        snprintf(summary->protocol, sizeof summary->protocol, "%s", proto_info[last.proto].name);
        find_addresses(&reader, summary);
        header_text(&line, &last);
    } else {
        const char *name = linktype_name(frame->linktype);

        snprintf(summary->protocol, sizeof summary->protocol, "%s", name ? name : "?");
        add(&line, "LinkType=%u", frame->linktype);
    }
    if (frame->caplen < frame->len) add(&line, "%u of %u bytes captured", frame->caplen, frame->len);
}
