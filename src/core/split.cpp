#include "core/split.h"

#include <bit>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace clinical::core {

void split(std::string_view text, char delimiter, std::vector<std::string_view> &parts) {
    parts.clear();
    std::size_t start = 0, i = delimiter == '\0' ? text.size() : 0;
    const auto cut = [&](std::size_t stop) {
        parts.emplace_back(text.data() + start, stop - start);
        start = stop + 1;
    };
#ifdef __SSE2__
    // Fields are short: a look at 16 bytes finds several, a call of memchr one.
    const __m128i wanted = _mm_set1_epi8(delimiter);
    for (; i + 16 <= text.size(); i += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(text.data() + i));
        auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)));
        for (; mask != 0; mask &= mask - 1)
            cut(i + static_cast<std::size_t>(std::countr_zero(mask)));
    }
#endif
    for (; i < text.size(); ++i)
        if (text[i] == delimiter) cut(i);
    cut(text.size());
}

}  // namespace clinical::core
