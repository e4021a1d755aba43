/* search.c - see search.h. */
#include "vm/search.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* How common a byte is in captured traffic, roughly: text and zeros are everywhere. */
static u32 commonness(u8 byte)
{
    static const char often[] = "etaoinsrhldcumfpgwyb";
    if (byte == 0) return 100;
    if (byte == ' ' || byte == 0xff) return 60;
    if (byte >= 'A' && byte <= 'Z') return 20;
    const char *at = byte < 0x80 ? strchr(often, byte) : NULL;
    if (at) return 55 - (u32)(at - often);
    if (byte >= 'a' && byte <= 'z') return 30;
    if (byte >= '0' && byte <= '9') return 35;
    if (byte == '.' || byte == '/' || byte == '-') return 35;
    return byte < 16 ? 40 : 10;
}

Needle needle_make(const u8 *bytes, u32 len)
{
    Needle needle = {.bytes = bytes, .len = len};
    for (u32 i = 1; i < len; i++)
        if (commonness(bytes[i]) < commonness(bytes[needle.first])) needle.first = i;
    needle.second = needle.first == 0 && len > 1 ? len - 1 : 0;
    for (u32 i = 0; i < len; i++)
        if (i != needle.first && bytes[i] != bytes[needle.first] &&
            commonness(bytes[i]) < commonness(bytes[needle.second]))
            needle.second = i;
    return needle;
}

static inline u8 fold(u8 byte, bool lowered) { return lowered && (u8)(byte - 'A') < 26 ? byte | 0x20 : byte; }

static inline bool same(const u8 *place, const Needle *needle, bool lowered)
{
    if (!lowered) return memcmp(place, needle->bytes, needle->len) == 0;
    for (u32 i = 0; i < needle->len; i++)
        if (fold(place[i], true) != needle->bytes[i]) return false;
    return true;
}

#ifdef __SSE2__
/* Lower case of 16 bytes: bit 5 is set where the byte is A to Z. */
static inline __m128i fold16(__m128i x, bool lowered)
{
    if (!lowered) return x;
    __m128i from_a = _mm_sub_epi8(x, _mm_set1_epi8((char)('A' + 128))); /* A becomes -128, the least signed byte */
    __m128i upper = _mm_cmplt_epi8(from_a, _mm_set1_epi8(-128 + 26));
    return _mm_or_si128(x, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
}

/* Do any of the 16 places from `hay` on hold the needle?  hay[15 + needle->len - 1] is readable. */
static inline bool found_in_16(const Needle *needle, const u8 *hay, __m128i first, __m128i second, bool lowered)
{
    __m128i a, b;
    memcpy(&a, hay + needle->first, 16);
    memcpy(&b, hay + needle->second, 16);
    __m128i both = _mm_and_si128(_mm_cmpeq_epi8(fold16(a, lowered), first), _mm_cmpeq_epi8(fold16(b, lowered), second));
    for (u32 hits = (u32)_mm_movemask_epi8(both); hits; hits &= hits - 1)
        if (same(hay + __builtin_ctz(hits), needle, lowered)) return true;
    return false;
}
#endif

static inline bool search(const Needle *needle, const u8 *hay, u32 len, bool lowered)
{
    if (needle->len == 0) return true;
    if (needle->len > len) return false;
    u32 places = len - needle->len + 1, at = 0;
#ifdef __SSE2__
    if (places >= 16) {
        __m128i first = _mm_set1_epi8((char)needle->bytes[needle->first]);
        __m128i second = _mm_set1_epi8((char)needle->bytes[needle->second]);
        for (; at + 16 <= places; at += 16)
            if (found_in_16(needle, hay + at, first, second, lowered)) return true;
        return at < places && found_in_16(needle, hay + places - 16, first, second, lowered);
    }
#endif
    u8 rare = needle->bytes[needle->first];
    for (; at < places; at++)
        if (fold(hay[at + needle->first], lowered) == rare && same(hay + at, needle, lowered)) return true;
    return false;
}

bool needle_in(const Needle *needle, const u8 *hay, u32 len) { return search(needle, hay, len, false); }
bool needle_in_lowered(const Needle *needle, const u8 *hay, u32 len) { return search(needle, hay, len, true); }

/* -- header lines ------------------------------------------------------------------------------------------------------- */

static bool names(const u8 *name, u32 len, const u8 *key, u32 key_len)
{
    u32 at = 0;
    for (u32 i = 0; i < len; i++) {
        if (name[i] == '-' || name[i] == '_') continue;
        if (at == key_len || fold(name[i], true) != key[at++]) return false;
    }
    return at == key_len;
}

static bool is_blank(u8 byte) { return byte == ' ' || byte == '\t'; }

LineFound line_value(Line *line, const u8 *key, u32 key_len)
{
    const u8 *from = line->bytes, *to = from + line->len, *colon = line->len ? memchr(from, ':', line->len) : NULL;
    if (!colon) return line->open ? LINE_UNKNOWN : LINE_OTHER;
    if (!names(from, (u32)(colon - from), key, key_len)) return LINE_OTHER;
    for (from = colon + 1; from < to && is_blank(*from);) from++;
    while (!line->open && to > from && is_blank(to[-1])) to--;
    line->bytes = from;
    line->len = (u32)(to - from);
    return LINE_FOUND;
}
