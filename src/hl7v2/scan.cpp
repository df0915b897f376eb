#include "hl7v2/scan.h"

#include <bit>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace clinical::hl7v2 {

namespace {

constexpr char start_block = '\x0b';  // MLLP
constexpr char end_block = '\x1c';

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_break(char c) { return c == '\r' || c == '\n'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
}

// HL7 v2 2.5.1: three characters, the first a letter.  Lower case is wrong and occurs.
bool is_name(std::string_view s, bool lower_too) {
    auto letter = [&](char c) { return is_upper(c) || (lower_too && is_lower(c)); };
    return s.size() >= 3 && letter(s[0]) && (letter(s[1]) || is_digit(s[1])) &&
           (letter(s[2]) || is_digit(s[2]));
}

// The first CR or LF at or behind `from`, or `other` where that is asked for.
template <bool Third>
std::size_t find_any_break(std::string_view text, std::size_t from, [[maybe_unused]] char other) {
    const char *p = text.data() + from;
    const char *const end = text.data() + text.size();
#ifdef __SSE2__
    const __m128i cr = _mm_set1_epi8('\r');
    const __m128i lf = _mm_set1_epi8('\n');
    [[maybe_unused]] const __m128i third = _mm_set1_epi8(other);
    const auto breaks = [&](const char *at) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        const __m128i found = _mm_or_si128(_mm_cmpeq_epi8(block, cr), _mm_cmpeq_epi8(block, lf));
        if constexpr (!Third) return found;
        return _mm_or_si128(found, _mm_cmpeq_epi8(block, third));
    };
    const auto mask_of = [](__m128i low, __m128i high) {
        return static_cast<std::uint32_t>(_mm_movemask_epi8(low)) |
               static_cast<std::uint32_t>(_mm_movemask_epi8(high)) << 16;
    };
    for (; end - p >= 64; p += 64) {
        const __m128i a = breaks(p), b = breaks(p + 16), c = breaks(p + 32), d = breaks(p + 48);
        if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) == 0) continue;
        const std::uint64_t mask = mask_of(a, b) | std::uint64_t{mask_of(c, d)} << 32;
        return static_cast<std::size_t>(p - text.data()) + std::countr_zero(mask);
    }
    for (; end - p >= 16; p += 16)
        if (const std::uint32_t mask = mask_of(breaks(p), _mm_setzero_si128()))
            return static_cast<std::size_t>(p - text.data()) + std::countr_zero(mask);
#endif
    for (; p < end; ++p)
        if (is_break(*p) || *p == other) break;
    return static_cast<std::size_t>(p - text.data());
}

}  // namespace

std::size_t find_break(std::string_view text, std::size_t from, char other) {
    return other == '\n' ? find_any_break<false>(text, from, other)
                         : find_any_break<true>(text, from, other);
}

std::size_t find_nth(std::string_view text, char c, int n) {
    const char *p = text.data();
    const char *const end = p + text.size();
#ifdef __SSE2__
    // Fields are short: counting in a block beats a call of memchr for each.
    const __m128i wanted = _mm_set1_epi8(c);
    for (; end - p >= 16; p += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
        auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)));
        while (mask) {
            if (--n == 0) return static_cast<std::size_t>(p - text.data()) + std::countr_zero(mask);
            mask &= mask - 1;
        }
    }
#endif
    for (; p < end; ++p)
        if (*p == c && --n == 0) return static_cast<std::size_t>(p - text.data());
    return text.npos;
}

bool starts_message(std::string_view line) {
    if (line.size() < 4 || line.compare(0, 3, "MSH") != 0) return false;
    const char c = line[3];
    return c > ' ' && c < '\x7f' && !is_upper(c) && !is_lower(c) && !is_digit(c);
}

std::size_t skip_lead(std::string_view text) {
    std::size_t at = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
    while (at < text.size() &&
           (is_break(text[at]) || is_blank(text[at]) || text[at] == start_block))
        ++at;
    return at;
}

SegmentScanner::SegmentScanner(std::string_view text, std::size_t begin, char field_separator)
    : text_(text), at_(begin), separator_(field_separator), done_(begin >= text.size()) {
    while (!text_.empty() && (is_break(text_.back()) || text_.back() == end_block))
        text_.remove_suffix(1);
}

// What stands at `at`, behind a break; blanks before a segment are skipped.
SegmentScanner::Line SegmentScanner::classify(std::size_t &at, bool lone_cr) {
    const std::size_t p = skip_blanks(text_, at);
    looked_ = p + 4;
    if (p == text_.size()) return Line::end;
    const std::string_view line = text_.substr(p);
    bool named = is_name(line, lone_cr);
    if (named) {
        std::size_t q = 3;
        while (q < line.size() && line[q] == ' ') ++q;  // "PID |1": seen in the field
        looked_ = p + q + 1;
        const bool bare = q == line.size() || is_break(line[q]);
        named = bare ? lone_cr || line_feeds_ : line[q] == separator_;
        // Another message: the caller says what that means.
        if (!named) named = starts_message(line);
    }
    if (!named && !lone_cr) return Line::data;
    at = p;
    return named ? Line::segment : Line::unnamed;
}

// The same among the last, fewer than 64 bytes.
std::size_t SegmentScanner::last_break(std::size_t from) {
    if (from >= text_.size()) return text_.size();
    ahead_ = from + 64;
    breaks_ = Block<64>::of(text_, from).where(Wanted('\r'), Wanted('\n'));
    return breaks_ ? from + static_cast<std::size_t>(std::countr_zero(breaks_)) : text_.size();
}

// Ends the segment at the break at `stop`, or at a later one if its line goes on there.
bool SegmentScanner::end_at(std::size_t stop, Step &step) {
    std::size_t behind = 0;
    for (;; stop = next_break(behind)) {
        if (stop >= text_.size()) {
            step.end = text_.size();
            done_ = true;
            return true;
        }
        behind = stop;
        bool lone_cr = false;
        for (;;) {
            while (behind < text_.size() && is_break(text_[behind])) {
                lone_cr |= text_[behind] == '\r' &&
                           (behind + 1 == text_.size() || text_[behind + 1] != '\n');
                ++behind;
            }
            // A line of blanks is an empty line.
            const std::size_t blanks = skip_blanks(text_, behind);
            if (blanks == behind || blanks == text_.size() || !is_break(text_[blanks])) break;
            behind = blanks;
        }
        if (first_) {
            line_feeds_ = !lone_cr;
            first_ = false;
        }
        const Line line = classify(behind, lone_cr);
        if (line == Line::data) continue;
        step.end = stop;
        done_ = line == Line::end;
        named_ = line == Line::segment;
        at_ = behind;
        return true;
    }
}

}  // namespace clinical::hl7v2
