/* names.h - domain names as messages hold them: labels, and pointers to names that stand before.  RFC 1035, 4.1.4.
 *
 * A name is given as text in lower case, its labels joined by dots, without one at its end; the root is ".".  A dot or a
 * backslash inside a label gets a backslash in front, as in zone files; any other byte stands as it was captured, blanks
 * and UTF-8 included (what is printed is made safe where it is printed).
 * No name: a pointer that does not lead back, before the labels it ends and behind the header of the message; more than
 * 127 pointers; a label longer than 63 bytes; more than 255 bytes in all.
 * Not libresolv's ns_name_uncompress: that cannot tell a name that lies from one that the capture cut short, and writes
 * \032 for the blank in a printer's name.  The tests hold both against each other. */
#ifndef VM_PROTOCOLS_NAMES_H
#define VM_PROTOCOLS_NAMES_H

#include "vm/protocols/reading.h"

/* Moves *at behind the name that stands there; false: its end is not there. */
bool name_skip(const CalcFrame *frame, u32 *at, CalcValue *value);

/* The name at `at`, written into value->room.  Offsets, those of pointers too, count from frame->header. */
bool name_text(const CalcFrame *frame, u32 at, CalcValue *value);

/* A name that stands alone in `len` bytes and has no pointers (RFC 4702, 8415); the root at its end, with which it would be
 * whole, may be missing.  *used: its bytes. */
bool name_alone(const u8 *bytes, u32 len, u32 *used, CalcValue *value);

#endif
