#pragma once

// Where the entries of a jsonb container lie (jsonb.h): an entry holds its length, or every
// JB_OFFSET_STRIDE entries where it ends, so a place is a sum of lengths.  Four entries at a time:
// that sum is most of what reading a member costs.

#include <cstdint>
#include <cstring>
#include <string_view>

#include "bridge/server.h"

extern "C" {
#include "utils/jsonb.h"
}

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace clinical::bridge::jsonb_layout {

#if defined(__SSE2__)

inline __m128i four(const JEntry *entries) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i *>(entries));
}

// JENTRY_HAS_OFF is the sign: a bit for each of the four that holds an end.
static_assert(JENTRY_HAS_OFF == 0x80000000);
inline int ends_among(__m128i entries) { return _mm_movemask_ps(_mm_castsi128_ps(entries)); }

inline __m128i lengths_of(__m128i entries) {
    return _mm_and_si128(entries, _mm_set1_epi32(JENTRY_OFFLENMASK));
}

inline std::uint32_t total(__m128i sums) {
    sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(1, 0, 3, 2)));
    sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(2, 3, 0, 1)));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(sums));
}

#endif

// Where entry `index` begins, from the first value's place.
[[gnu::always_inline]] inline std::uint32_t offset_of(const JEntry *entries, std::uint32_t index) {
    std::uint32_t offset = 0;
#if defined(__SSE2__)
    __m128i sums = _mm_setzero_si128();
    for (; index >= 4; index -= 4) {
        const __m128i block = four(entries + index - 4);
        if (ends_among(block) != 0) break;
        sums = _mm_add_epi32(sums, lengths_of(block));
    }
    offset = total(sums);
#endif
    while (index-- > 0) {
        offset += JBE_OFFLENFLD(entries[index]);
        if (JBE_HAS_OFF(entries[index])) break;
    }
    return offset;
}

// Equal bytes, both of `size`: keys are short, and memcmp is a call.
[[gnu::always_inline]] inline bool same_bytes(const char *a, const char *b, std::size_t size) {
    const auto load = [](const char *at, auto &word) { std::memcpy(&word, at, sizeof word); };
    if (size >= 8) {
        std::uint64_t x;
        std::uint64_t y;
        for (std::size_t i = 0; i + 8 < size; i += 8) {
            load(a + i, x);
            load(b + i, y);
            if (x != y) return false;
        }
        load(a + size - 8, x);
        load(b + size - 8, y);
        return x == y;
    }
    if (size >= 4) {
        std::uint32_t x[2];
        std::uint32_t y[2];
        load(a, x[0]);
        load(b, y[0]);
        load(a + size - 4, x[1]);
        load(b + size - 4, y[1]);
        return x[0] == y[0] && x[1] == y[1];
    }
    for (std::size_t i = 0; i < size; ++i)
        if (a[i] != b[i]) return false;
    return true;
}

// The number of the member `key` of an object, whose keys are sorted by length first; `count` when
// there is none.
[[gnu::always_inline]] inline std::uint32_t member_among_few(const JEntry *entries,
                                                             std::uint32_t count,
                                                             std::string_view key) {
    const char *keys = reinterpret_cast<const char *>(entries + 2 * std::size_t{count});
    std::uint32_t offset = 0;
    std::uint32_t i = 0;
#if defined(__SSE2__)
    // The shorter keys.  The first entry holds where it ends, which is its length.
    const __m128i size = _mm_set1_epi32(static_cast<int>(key.size()));
    __m128i sums = _mm_setzero_si128();
    for (; i + 4 <= count; i += 4) {
        const __m128i block = four(entries + i);
        if (i > 0 && ends_among(block) != 0) break;
        const __m128i lengths = lengths_of(block);
        if (ends_among(_mm_cmpgt_epi32(size, lengths)) != 0b1111) break;
        sums = _mm_add_epi32(sums, lengths);
    }
    offset = total(sums);
#endif
    for (; i < count; ++i) {
        const std::uint32_t field = JBE_OFFLENFLD(entries[i]);
        const std::uint32_t length = JBE_HAS_OFF(entries[i]) ? field - offset : field;
        if (length >= key.size()) {
            if (length > key.size()) return count;
            if (same_bytes(keys + offset, key.data(), length)) return i;
        }
        offset += length;
    }
    return count;
}

}  // namespace clinical::bridge::jsonb_layout
