/* traffic.h - an office network's traffic, one frame after another: the background of every generated capture.
 *
 * About 80 % TCP (conversations that open, ask, answer, acknowledge and close, with sequence numbers that add up),
 * the rest UDP, DNS, echo and ARP; some of it VLAN-tagged, some IPv6.  Some requests are `GET /i/NUMBER`, some
 * segments hold the bytes TRAFFIC_NEEDLE; nothing else does.  The same seed gives the same frames. */
#ifndef TESTS_GEN_COMMON_TRAFFIC_H
#define TESTS_GEN_COMMON_TRAFFIC_H

#include "tests/gen/common/wire.h"

#define TRAFFIC_NEEDLE "ticket-4711"

enum { TRAFFIC_ODD_PORT = 0xd0ef }; /* 53487, the port that the benchmarks and the demo look for */

typedef struct {
    u64 seed;
    u32 conversations; /* how many TCP conversations are open at a time */
    u32 odd_one_in;    /* every so many conversations, one has the odd port; 0: none ever has */
} TrafficOptions;

typedef struct Traffic Traffic;

/* The caller frees with traffic_free.  Ends the program when memory is out: generators have nothing to save. */
Traffic *traffic_new(const TrafficOptions *options);
void traffic_free(Traffic *traffic);

/* Build the next frame, as seen at `time_us` (any start; it feeds TCP time stamps). */
void traffic_next(Traffic *traffic, u64 time_us, Frame *out);

/* How many TCP conversations have begun so far. */
u64 traffic_conversations_begun(const Traffic *traffic);

/* Hosts by number: 10.0.x.y (and 2001:db8::/32), hardware address from the number. */
Host traffic_client(u32 number, bool ipv6);
Host traffic_server(u32 number, bool ipv6);

#endif
