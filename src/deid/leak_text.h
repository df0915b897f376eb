#pragma once

// Text as the leak check compares it: folded (case, diacritics, compatibility forms, invisible
// characters), cut into units of letters or digits, with one hash for any run of units whatever
// stands between them.  "O'Brien", "O BRIEN" and "obrien" are one thing, "123-45-6789" and
// "123456789" another.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace clinical::deid {

// Lower case without diacritics, width and ligature forms, invisible characters; digits of any
// script become ASCII digits.  Bytes that are not UTF-8 are kept.
std::string fold(std::string_view text);

// A run of letters or of digits in folded text.
struct Unit {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool digits = false;
    bool glued = false;  // nothing stands between the unit before and this one
};

// Units of folded text.
void cut_units(std::string_view folded, std::vector<Unit> &units);

// Calls each(word) for the words of a list that blanks divide.
template <typename Each>
void each_word(std::string_view list, Each each) {
    for (std::size_t i = 0; i < list.size();) {
        const std::size_t end = std::min(list.find(' ', i), list.size());
        each(list.substr(i, end - i));
        i = end + 1;
    }
}

// The hash of letters and digits in order, separators left out: FNV-1a, so that it grows unit by
// unit.
class CompactHash {
public:
    CompactHash() = default;
    explicit CompactHash(std::string_view text) { add(text); }
    void add(std::string_view text) {
        for (const char c : text) state_ = (state_ ^ static_cast<unsigned char>(c)) * prime;
    }
    [[nodiscard]] std::uint64_t value() const {
        // FNV's low bits are weak for short keys: mix once at the end.
        std::uint64_t h = state_;
        h ^= h >> 32;
        h *= 0xd6e8feb86659fd93ULL;
        h ^= h >> 32;
        return h;
    }

private:
    static constexpr std::uint64_t prime = 0x100000001b3ULL;
    std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

// Undoes escapes of JSON text (\u0041), XML (&#65; &amp;), URLs (%41) and HL7 v2 (\T\): what a
// careless copy of an escaped value looks like.  Empty when there is none.
std::string undo_escapes(std::string_view text);

// Record bytes as UTF-8: what they are when valid, else by the charset (an HL7 table 0211 name)
// if it is known, else Windows-1252, which no byte fails.
std::string decode_bytes(std::string_view bytes, std::string_view charset = {});

[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace clinical::deid
