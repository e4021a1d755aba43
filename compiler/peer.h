/* peer.h - what is told of the filters of other tools; how it is found out is in peers.h. */
#ifndef COMPILER_PEER_H
#define COMPILER_PEER_H

#include "vm/base.h"

/* The filter of another tool that keeps the frames that ours keeps, but for what its exceptions name. */
typedef enum { PEER_WIRESHARK, PEER_TCPDUMP, PEER_COUNT } Peer;
typedef struct {
    const char *filter; /* NULL: there is none, */
    const char *why;    /* for this reason */
    u32 exceptions;     /* bit set of numbers of exception_info */
} Equivalent;
typedef struct {
    const char *name, *text;
} ExceptionInfo;
extern const ExceptionInfo exception_info[];

#endif
