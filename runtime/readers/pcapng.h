/* pcapng.h - pcapng's block layout, for its reader and its writer.
 *
 * Source: draft-ietf-opsawg-pcapng.  Every block: type u32, total length u32 (a multiple of 4), body, total length
 * again. */
#ifndef READERS_PCAPNG_H
#define READERS_PCAPNG_H

#include "vm/base.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a, /* reads the same in either byte order */
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 10,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
};

enum {
    BLOCK_HEADER = 8,
    BLOCK_LEAST = 12,
    SECTION_LEAST = 28,   /* magic u32, version u16 u16, section length i64 */
    INTERFACE_LEAST = 20, /* link type u16, reserved u16, snap length u32 */
    PACKET_DATA = 28,     /* behind u32 interface, time high, time low, captured length, length */
    PACKET_LEAST = 32,
    SIMPLE_DATA = 12, /* length u32 */
    SIMPLE_LEAST = 16,
};

enum {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_NAME = 2,
    OPTION_TSRESOL = 9,
    OPTION_FCSLEN = 13,
    OPTION_TSOFFSET = 14,
    OPTION_DROPCOUNT = 4, /* of an enhanced packet block */
};

static inline u32 padded(u32 length) { return (length + 3) & ~3u; }

#endif
