/* netmon.h - the layout of Microsoft Network Monitor's .cap files, for its reader and its writer.
 *
 * All numbers are little-endian.  Sources: Microsoft's CAPTUREFILE_HEADER_VALUES page; Wireshark's
 * wiretap/netmon.c for what the page leaves out; Microsoft's own captures (prot-od-netcaps) for what is found in
 * files: frames from byte 72 on, process index ffffffff and time zone index 255 for "none". */
#ifndef READERS_NETMON_H
#define READERS_NETMON_H

#include "vm/base.h"

enum {
    NETMON_HEADER = 64,       /* bytes that mean something; 72 in what NetMon writes */
    NETMON_FIRST_FRAME = 128, /* where other writers begin */
};

/* Places in the header. */
enum {
    NETMON_MINOR = 4,
    NETMON_MAJOR = 5,
    NETMON_MEDIA = 6,
    NETMON_TIME = 8,       /* u16 year, month, weekday, day, hour, minute, second, millisecond; local time */
    NETMON_TABLE = 24,     /* u32 offset, u32 length in bytes */
    NETMON_COMMENTS = 40,  /* u32 offset, u32 length; 2.2 and later */
    NETMON_PROCESSES = 48, /* u32 offset, u32 count; 2.2 and later */
};

/* Media types. */
enum {
    MEDIA_ETHERNET = 1,
    MEDIA_TOKEN_RING = 2,
    MEDIA_FDDI = 3, /* addresses bit-swapped */
    MEDIA_WIFI = 6, /* behind metadata of NetMon's own */
    MEDIA_TUNNEL = 7,
    MEDIA_WWAN = 8,
    MEDIA_RAW_IP = 9,
    MEDIA_PCAP = 0xe000,         /* | LINKTYPE_ value */
    MEDIA_EXPORT_FIRST = 0xe080, /* Message Analyzer's exports, which override the row above */
    MEDIA_EXPORT_LAST = 0xe08a,
};

/* Behind the data of a 2.1 record: u16 media type; 2.2: and u32 process index; 2.3: and u64 FILETIME, u8 time zone
 * index. */
enum { TRAILER_21 = 2, TRAILER_22 = 6, TRAILER_23 = 15, TRAILER_TIME = 6, TRAILER_WITH_TIME = 14 };

#define FILETIME_1970 116444736000000000ull /* 100 ns units from 1601 to 1970 */

enum { PROCESS_NONE = -1, TIME_ZONE_NONE = 255 };

#endif
