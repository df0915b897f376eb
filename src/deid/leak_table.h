#pragma once

// The identifiers a leak check looks for: a hash table of marks by the hash of an identifier, 14
// bytes for each.  It is one flat piece of memory, so that processes can share one.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace clinical::deid {

// What is known of a run of letters and digits.
struct LeakMark {
    std::uint8_t category = 0;
    bool identifier = false;
    bool doubtful = false;  // it only looks like one
    bool date = false;
    bool apart = false;     // written as several words
    bool numbered = false;  // letters and digits: a street line with its house number
    bool ordinary = false;  // it may appear for another reason ...
    bool standard = false;  // ... as a word of the standards

    [[nodiscard]] std::uint16_t bits() const {
        return static_cast<std::uint16_t>(category | identifier << 5 | doubtful << 6 | date << 7 |
                                          apart << 8 | numbered << 9 | ordinary << 10 |
                                          standard << 11);
    }
    static LeakMark of(std::uint16_t bits) {
        const auto bit = [&](int n) { return (bits >> n & 1) != 0; };
        return {static_cast<std::uint8_t>(bits & 31),
                bit(5),
                bit(6),
                bit(7),
                bit(8),
                bit(9),
                bit(10),
                bit(11)};
    }
    // Of two statements about the same run.
    void merge(const LeakMark &other);
};

class LeakTable {
public:
    LeakTable() { make(least_slots); }
    // Reads a table that another process has filled; `image` must outlive it.  Empty when the
    // memory holds none.
    explicit LeakTable(std::span<const std::uint64_t> image);

    void put(std::uint64_t key, const LeakMark &mark);
    // Bits of LeakMark; 0 when there is none.
    [[nodiscard]] std::uint16_t find(std::uint64_t key) const {
        const std::uint64_t bit = key & (filter_bits - 1);
        const std::uint64_t *words = data();
        if (!(words[head + bit / 64] >> (bit % 64) & 1)) return 0;
        return marks()[slot_of(key)];
    }

    [[nodiscard]] std::size_t size() const { return data()[2]; }
    // What it would take with one more.
    [[nodiscard]] std::size_t bytes_to_grow() const {
        return words_of(full() ? slots() * 2 : slots()) * sizeof(std::uint64_t);
    }
    [[nodiscard]] std::span<const std::uint64_t> image() const {
        return {data(), words_of(slots())};
    }

private:
    static constexpr std::uint64_t magic = 0x3142617462616c70ULL;
    static constexpr std::size_t head = 3;  // magic, slots, size
    static constexpr std::size_t filter_bits = std::size_t{1}
                                               << 23;  // 1 MB: fits the second-level cache
    static constexpr std::size_t least_slots = std::size_t{1} << 14;

    static std::size_t words_of(std::size_t slots) {
        return head + filter_bits / 64 + slots + slots / 4;
    }
    void make(std::size_t slots);
    [[nodiscard]] const std::uint64_t *data() const {
        return image_.empty() ? memory_.data() : image_.data();
    }
    [[nodiscard]] std::size_t slots() const { return data()[1]; }
    [[nodiscard]] bool full() const { return size() >= slots() / 10 * 7; }
    [[nodiscard]] const std::uint64_t *keys() const { return data() + head + filter_bits / 64; }
    [[nodiscard]] const std::uint16_t *marks() const {
        return reinterpret_cast<const std::uint16_t *>(keys() + slots());
    }
    // Where the key is, or the empty slot where it would be.
    [[nodiscard]] std::size_t slot_of(std::uint64_t key) const {
        const std::size_t mask = slots() - 1;
        const std::uint64_t *all = keys();
        std::size_t at = key >> 17 & mask;
        while (all[at] != key && all[at] != 0) at = (at + 1) & mask;
        return at;
    }

    std::vector<std::uint64_t> memory_;
    std::span<const std::uint64_t> image_;
};

}  // namespace clinical::deid
