/* search.c - see search.h. */
#include "vm/search.h"

#ifdef __x86_64__
#include <immintrin.h>
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

static inline u8 fold(u8 byte, bool lowered) { return lowered && (u8)(byte - 'A') < 26 ? byte | 0x20 : byte; }

static inline bool same(const u8 *place, const Needle *needle, bool lowered)
{
    if (!lowered) return memcmp(place, needle->bytes, needle->len) == 0;
    for (u32 i = 0; i < needle->len; i++)
        if (fold(place[i], true) != needle->bytes[i]) return false;
    return true;
}

/* -- place by place ------------------------------------------------------------------------------------------------------ */

static inline const u8 *find_from(const Needle *needle, const u8 *at, const u8 *end, bool lowered)
{
    u8 rare = needle->bytes[needle->first];
    for (; (size_t)(end - at) >= needle->len; at++)
        if (fold(at[needle->first], lowered) == rare && same(at, needle, lowered)) return at;
    return NULL;
}

static inline const u8 *search_plain(const Needle *needle, const u8 *hay, size_t len, bool lowered)
{
    return needle->len ? find_from(needle, hay, hay + len, lowered) : hay;
}

typedef const u8 *Finder(const Needle *needle, const u8 *hay, size_t len);

/* A way to search, for both values of `lowered`. */
#define FINDERS(NAME, TARGET)                                                                                          \
    TARGET static const u8 *find_##NAME(const Needle *needle, const u8 *hay, size_t len)                               \
    {                                                                                                                  \
        return search_##NAME(needle, hay, len, false);                                                                 \
    }                                                                                                                  \
    TARGET static const u8 *find_##NAME##_lowered(const Needle *needle, const u8 *hay, size_t len)                     \
    {                                                                                                                  \
        return search_##NAME(needle, hay, len, true);                                                                  \
    }

FINDERS(plain, )

#ifdef __x86_64__
/* -- many places at once: x86-64 ------------------------------------------------------------------------------------------ */

/* What is searched next lies behind the hay and is about as long.  The processor does not look ahead so far; so it is asked
 * for, at most that far ahead.  It may lie behind the mapping: a prefetch never faults. */
enum { AHEAD_MAX = 8192 };

/* Bit 5 makes a letter of either case lower case; what else it makes one of is sorted out by same(). */
#define CASE_BIT(byte) ((u8)((byte) - 'a') < 26 ? 0x20 : 0)

/* A copy for each width of a register: VECTOR is its type, PRE and SI how its intrinsics begin and end.  Hays with fewer
 * places than it has bytes are left to SHORTER.  The last places are tried once more with those before them. */
#define SEARCH(NAME, TARGET, VECTOR, PRE, SI, SHORTER)                                                                 \
    typedef struct {                                                                                                   \
        VECTOR first, second, first_case, second_case;                                                                 \
    } Rare_##NAME;                                                                                                     \
                                                                                                                       \
    /* Bit i: place at + i holds both rare bytes. */                                                                   \
    TARGET static inline __attribute__((always_inline))                                                                \
    u32 places_##NAME(const Needle *needle, const u8 *at, const Rare_##NAME *rare, bool lowered)                       \
    {                                                                                                                  \
        VECTOR a, b;                                                                                                   \
        memcpy(&a, at + needle->first, sizeof a);                                                                      \
        memcpy(&b, at + needle->second, sizeof b);                                                                     \
        if (lowered) a = PRE##_or_##SI(a, rare->first_case), b = PRE##_or_##SI(b, rare->second_case);                  \
        a = PRE##_and_##SI(PRE##_cmpeq_epi8(a, rare->first), PRE##_cmpeq_epi8(b, rare->second));                       \
        return (u32)PRE##_movemask_epi8(a);                                                                            \
    }                                                                                                                  \
                                                                                                                       \
    TARGET static inline __attribute__((always_inline))                                                                \
    const u8 *search_##NAME(const Needle *needle, const u8 *hay, size_t len, bool lowered)                             \
    {                                                                                                                  \
        enum { WIDTH = sizeof(VECTOR) };                                                                               \
        if (needle->len == 0 || len < needle->len + (size_t)WIDTH - 1) return SHORTER(needle, hay, len, lowered);      \
        size_t ahead = MIN_OF(len, (size_t)AHEAD_MAX);                                                                 \
        u8 first = needle->bytes[needle->first], second = needle->bytes[needle->second];                               \
        const Rare_##NAME rare = {PRE##_set1_epi8((char)first), PRE##_set1_epi8((char)second),                         \
                                  PRE##_set1_epi8(CASE_BIT(first)), PRE##_set1_epi8(CASE_BIT(second))};                \
        const u8 *at = hay, *last = hay + len - needle->len + 1 - WIDTH;                                               \
        for (; last - at >= WIDTH; at += 2 * WIDTH) {                                                                  \
            __builtin_prefetch((const void *)((uintptr_t)at + ahead));                                                 \
            u64 hits = places_##NAME(needle, at, &rare, lowered);                                                      \
            hits |= (u64)places_##NAME(needle, at + WIDTH, &rare, lowered) << WIDTH;                                   \
            for (; UNLIKELY(hits); hits &= hits - 1)                                                                   \
                if (same(at + __builtin_ctzll(hits), needle, lowered)) return at + __builtin_ctzll(hits);              \
        }                                                                                                              \
        for (; at - last < WIDTH; at += WIDTH) {                                                                       \
            at = MIN_OF(at, last);                                                                                     \
            for (u32 hits = places_##NAME(needle, at, &rare, lowered); UNLIKELY(hits); hits &= hits - 1)               \
                if (same(at + __builtin_ctz(hits), needle, lowered)) return at + __builtin_ctz(hits);                  \
        }                                                                                                              \
        return NULL;                                                                                                   \
    }

#define AVX2 __attribute__((target("avx2")))
SEARCH(sse2, , __m128i, _mm, si128, search_plain)
SEARCH(avx2, AVX2, __m256i, _mm256, si256, search_sse2)
FINDERS(sse2, )
FINDERS(avx2, AVX2)
#endif

/* -- needles ---------------------------------------------------------------------------------------------------------------- */

bool needle_use(Needle *needle, SearchWay way)
{
    Finder *const ways[SEARCH_WAYS][2] = {
        [SEARCH_PLAIN] = {find_plain, find_plain_lowered},
#ifdef __x86_64__
        [SEARCH_SSE2] = {find_sse2, find_sse2_lowered},
        [SEARCH_AVX2] = {find_avx2, find_avx2_lowered},
#endif
    };
#ifdef __x86_64__
    if (way == SEARCH_AVX2 && !__builtin_cpu_supports("avx2")) return false;
#endif
    if (!ways[way][false]) return false;
    memcpy(needle->find, ways[way], sizeof needle->find);
    return true;
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
    for (u32 way = SEARCH_WAYS; !needle_use(&needle, (SearchWay)(way - 1));) way--;
    return needle;
}

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
