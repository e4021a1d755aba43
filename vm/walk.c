/* walk.c - steps.def, ports.def and contents.def as data. */
#include "vm/walk.h"

/* ---- what may be found where ---- */

#define P(proto) ((u64)1 << PROTO_##proto)
/* Found at the start of a frame only; tunnels lead everywhere else. */
#define OPENS  (P(LINUX_COOKED) | P(LOOPBACK) | P(CISCO_HDLC) | P(RADIOTAP) | P(WIFI))
#define INSIDE (PROTOS_ALL & ~(P(PROPERTY) | OPENS))
#define BEHIND_TCP                                                                                                     \
    (P(HTTP) | P(TLS) | P(DNS) | P(KERBEROS) | P(LDAP) | P(SSH) | P(RDP) | P(NETBACKUP) | P(NBTSS) | P(SMB) | P(SMB2))

enum { PROTO_NONE = NO_LAYER }; /* a step that is no layer */
#define OWN(proto) ((int)PROTO_##proto == NO_LAYER ? 0 : (u64)1 << ((int)PROTO_##proto & 63))

const StepInfo step_info[STEP_COUNT] = {
#define STEP(id, proto, function, set) [STEP_##id] = {function, PROTO_##proto, set, (set) | OWN(proto)},
#include "vm/steps.def"
};

Step walk_leaf(Walk *w)
{
    (void)w;
    return STEP_NONE;
}

/* ---- ports ---- */

const PortInfo port_info[] = {
    {0}, /* C has no empty tables */
#define PORT(transport, number, step)    {PORTS_##transport, STEP_##step, number, false},
#define PORT_TO(transport, number, step) {PORTS_##transport, STEP_##step, number, true},
#include "vm/ports.def"
};
const u32 port_info_count = COUNT_OF(port_info);

static Step step_of_port(PortTable table, u32 port, bool destination)
{
    for (u32 i = 1; i < port_info_count; i++) {
        const PortInfo *row = &port_info[i];
        if (row->table == table && row->number == port && (destination || !row->destination_only))
            return (Step)row->step;
    }
    return STEP_NONE;
}

Step step_of_ports(PortTable table, u32 source, u32 destination)
{
    bool to_lower = destination <= source;
    Step step = step_of_port(table, MIN_OF(source, destination), to_lower);
    return step != STEP_NONE ? step : step_of_port(table, MAX_OF(source, destination), !to_lower);
}

/* ---- contents ---- */

const ContentInfo content_info[] = {
#define CONTENT(step, test, first) {STEP_##step, test, first},
#include "vm/contents.def"
};
const u32 content_info_count = COUNT_OF(content_info);

Step step_of_content(Walk *w)
{
    if (w->at >= w->end) return STEP_NONE;
    u32 sent = w->end - w->at, captured = w->at < w->caplen ? MIN_OF(sent, w->caplen - w->at) : 0;
    for (u32 i = 0; i < content_info_count; i++) {
        Content content = content_info[i].test(w->data + w->at, captured, sent);
        if (content == CONTENT_IS) return (Step)content_info[i].step;
        if (content == CONTENT_CUT) w->missing |= step_info[content_info[i].step].finds;
    }
    return STEP_NONE;
}
