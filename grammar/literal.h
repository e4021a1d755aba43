/* literal.h - the text of a literal to its value.
 *
 * Used by the lexer to tell good literals from bad ones, and by compiler/check.c to give a leaf its value.  Text is
 * what stood in the source (the span of a token), `len` its bytes; no NUL is needed.  Every function says false (or
 * NULL) for text that is no such literal or does not fit, and then leaves its outputs alone.  No allocation but where
 * an arena is passed; safe from any thread. */
#ifndef GRAMMAR_LITERAL_H
#define GRAMMAR_LITERAL_H

#include "grammar/arena.h"

/* Decimal, or hex with 0x: false above 64 bits.  Leading zeros are passed over and mean nothing (no octal). */
bool literal_int(const char *text, u32 len, u64 *value);
/* "0x..." of any length as bytes, first digit first; an odd number of digits gets a zero digit in front.  `*count` is
 * the number of bytes; the digits written are len - 2.  In the arena. */
const u8 *literal_hex_bytes(Arena *arena, const char *text, u32 len, u32 *count);

/* Dotted quad, as a number (10.0.0.1 is 0x0A000001).  An octet has no leading zero: some tools read it as octal. */
bool literal_ipv4(const char *text, u32 len, u32 *address);
/* 10.0.0.0/8: the first and the last address.  `*host_bits_set`: the address has bits behind the prefix, which *low
 * no longer has. */
bool literal_ipv4_prefix(const char *text, u32 len, u32 *low, u32 *high, bool *host_bits_set);
/* Every text form of RFC 4291 section 2.2, in network order; no zone, no brackets. */
bool literal_ipv6(const char *text, u32 len, u8 address[16]);
bool literal_ipv6_prefix(const char *text, u32 len, u8 low[16], u8 high[16], bool *host_bits_set);
/* Six groups of two hex digits, all joined by ':' or all by '-', as a number of 48 bits, first group highest. */
bool literal_mac(const char *text, u32 len, u64 *address);

/* Digits and a unit (ns us ms s min h d, in any case) in steps of 100 ns, NetMon's unit of time.  Rounded down;
 * `*exact` says whether nothing was lost (150ns is one step and a half). */
bool literal_duration(const char *text, u32 len, u64 *hundred_ns, bool *exact);

/* A string literal, quotes included: its bytes with the escapes resolved, and a NUL behind them.  May hold NULs of its
 * own (\x00), so use *bytes_len.  NULL on an unknown escape.  In the arena. */
const char *literal_string(Arena *arena, const char *text, u32 len, u32 *bytes_len);
/* Bytes of the escape that begins at text[0] == '\\' (2, or 4 for \xHH), or 0 when it is none. */
u32 literal_escape_len(const char *text, u32 len);

/* A date or a date and time, without quotes, as nanoseconds since 1970-01-01 00:00 UTC:
 *     2014-10-25    2014-10-25 23:32    2014-10-25 23:32:00    2014-10-25T23:32:00.123456789
 * with 'T' or one blank in between, one to nine digits of fraction, and Z, +02:00 or +0200 behind a time.  Without a zone it is
 * local time by the process's TZ (mktime's reading where clocks are set back).  False for dates that do not exist and
 * for what does not fit in 64 bits (before 1677-09-22, after 2262-04-11). */
bool literal_time(const char *text, u32 len, i64 *ns_since_1970);

#endif
