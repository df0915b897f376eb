#pragma once

// The bytes of a compiled code system: a header of 4-byte words, then the sections in this order.
// Numbers are in the machine's order: a compiled system belongs to its database, like its pages.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace clinical::codes::layout {

constexpr std::uint32_t magic = 0x31584350;  // "PCX1"
constexpr std::uint32_t header_words = 8;
enum Word { w_magic, w_size, w_slots, w_set_words, w_parents, w_code_bytes, w_flags, w_unused };
constexpr std::uint32_t case_insensitive = 1;  // in w_flags

// What a look-up needs of a concept lies together: one cache line, not four.  One more record than
// there are concepts ends the last one.
struct Record {
    std::uint32_t code_at;     // into the code bytes
    std::uint32_t parents_at;  // into the parents
    std::uint32_t last;        // the last descendant along the tree
    std::uint32_t set_at;      // into the set words: a count, then that many ancestors
};
constexpr std::uint32_t record_words = sizeof(Record) / 4;

// A slot: the number of the concept + 1, or 0; above it eight bits of the hash, so that hardly any
// probe reads another concept's code in vain.
constexpr std::uint32_t number_bits = 24;
constexpr std::uint32_t number_mask = (1u << number_bits) - 1;
constexpr std::uint32_t max_concepts = number_mask - 1;

struct Sizes {
    std::uint64_t slots, records, set_words, parents, flags, code_bytes;
    explicit Sizes(const std::uint32_t *header)
        : slots(header[w_slots]),
          records(std::uint64_t(header[w_size]) + 1),
          set_words(header[w_set_words]),
          parents(header[w_parents]),
          flags(header[w_size]),
          code_bytes(header[w_code_bytes]) {}
    [[nodiscard]] std::uint64_t words() const {
        return header_words + slots + records * record_words + set_words + parents;
    }
    [[nodiscard]] std::uint64_t total() const { return words() * 4 + flags + code_bytes; }
};

inline char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Eight bytes a step; codes are short.  Part of the stored form.
inline std::uint64_t hash_code(std::string_view code, bool fold) {
    std::uint64_t h = 0x9e3779b97f4a7c15ULL ^ code.size();
    const char *p = code.data();
    std::size_t left = code.size();
    while (left > 0) {
        const std::size_t take = left < 8 ? left : 8;
        std::uint64_t word = 0;
        if (fold) {
            char bytes[8] = {};
            for (std::size_t i = 0; i < take; ++i) bytes[i] = folded(p[i]);
            std::memcpy(&word, bytes, 8);
        } else {
            std::memcpy(&word, p, take);
        }
        h = (h ^ word) * 0xd6e8feb86659fd93ULL;
        h ^= h >> 32;
        p += take;
        left -= take;
    }
    return h * 0xd6e8feb86659fd93ULL;
}

// Where a probe starts among `slots` (the hash's upper half, without a division), and the tag.
inline std::uint32_t first_slot(std::uint64_t hash, std::uint32_t slots) {
    return static_cast<std::uint32_t>(((hash >> 32) * slots) >> 32);
}
inline std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash >> 16) << number_bits;
}

inline bool same_code(std::string_view a, std::string_view b, bool fold) {
    if (a.size() != b.size()) return false;
    if (!fold) return std::memcmp(a.data(), b.data(), a.size()) == 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (folded(a[i]) != folded(b[i])) return false;
    return true;
}

}  // namespace clinical::codes::layout
