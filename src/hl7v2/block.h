#pragma once

// Sixteen to sixty-four bytes of a text at once: where characters stand in them, a bit for each
// byte.  Private to this chapter.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace clinical::hl7v2 {

// The lowest `n` bits; all of them from 64 on.
constexpr std::uint64_t lowest_bits(std::size_t n) {
    return n < 64 ? (std::uint64_t{1} << n) - 1 : ~std::uint64_t{0};
}

// A character to be looked for.
class Wanted {
public:
    Wanted() : Wanted('\0') {}
#ifdef __SSE2__
    explicit Wanted(char c) : each_(_mm_set1_epi8(c)) {}

private:
    __m128i each_;
#else
    explicit Wanted(char c) : each_(c) {}

private:
    char each_;
#endif
    template <std::size_t>
    friend class Block;
};

// `Size` bytes.  Written out and not looped over: compilers keep such loops at -O2.
template <std::size_t Size>
class Block {
    static_assert(Size == 32 || Size == 64);

public:
    explicit Block(const char *bytes) {
#ifdef __SSE2__
        const auto *at = reinterpret_cast<const __m128i *>(bytes);
        parts_[0] = _mm_loadu_si128(at);
        parts_[1] = _mm_loadu_si128(at + 1);
        if constexpr (Size == 64) {
            parts_[2] = _mm_loadu_si128(at + 2);
            parts_[3] = _mm_loadu_si128(at + 3);
        }
#else
        std::memcpy(parts_, bytes, Size);
#endif
    }

    // Those of `text` from `at` on; NULs for what lies behind it.
    static Block of(std::string_view text, std::size_t at) {
        if (text.size() - at >= Size) [[likely]]
            return Block(text.data() + at);
        return last(text.substr(at));
    }

    // Where any of `wanted` stands.
    template <typename... Each>
    [[nodiscard]] std::uint64_t where(const Each &...wanted) const {
#ifdef __SSE2__
        const auto bits = [&](__m128i part) {
            return static_cast<std::uint64_t>(
                static_cast<std::uint32_t>(_mm_movemask_epi8(found(part, wanted...))));
        };
        std::uint64_t mask = bits(parts_[0]) | bits(parts_[1]) << 16;
        if constexpr (Size == 64) mask |= bits(parts_[2]) << 32 | bits(parts_[3]) << 48;
        return mask;
#else
        std::uint64_t mask = 0;
        for (std::size_t i = 0; i < Size; ++i)
            mask |= static_cast<std::uint64_t>(((parts_[i] == wanted.each_) || ...)) << i;
        return mask;
#endif
    }

    // Whether any byte is at most `most`: less work than where().
    [[nodiscard]] bool has_up_to(const Wanted &most) const {
#ifdef __SSE2__
        __m128i least = _mm_min_epu8(parts_[0], parts_[1]);
        if constexpr (Size == 64) least = _mm_min_epu8(least, _mm_min_epu8(parts_[2], parts_[3]));
        return _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(least, most.each_), least)) != 0;
#else
        for (const char c : parts_)
            if (static_cast<unsigned char>(c) <= static_cast<unsigned char>(most.each_))
                return true;
        return false;
#endif
    }

private:
    [[gnu::noinline]] static Block last(std::string_view fewer) {
        char bytes[Size] = {};
        std::memcpy(bytes, fewer.data(), fewer.size());
        return Block(bytes);
    }
#ifdef __SSE2__
    static __m128i found(__m128i part, const Wanted &a) { return _mm_cmpeq_epi8(part, a.each_); }
    template <typename... Rest>
    static __m128i found(__m128i part, const Wanted &a, const Rest &...rest) {
        return _mm_or_si128(_mm_cmpeq_epi8(part, a.each_), found(part, rest...));
    }
    __m128i parts_[Size / 16];
#else
    char parts_[Size];
#endif
};

}  // namespace clinical::hl7v2
