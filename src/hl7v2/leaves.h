#pragma once

#include <array>
#include <cstdint>

#include "hl7v2/block.h"
#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

// Every position of a message that holds something (a value or ""), in order, in one pass: the
// delimiters are found 64 bytes at a time, and what lies between them is gathered without a branch
// for each.
class Leaves {
public:
    struct Leaf {
        std::size_t segment = 0;                                         // from 0, as in Message
        int field = 0, repetition = 0, component = 0, subcomponent = 0;  // from 1
        Value value;
    };

    explicit Leaves(const Message &message, const core::Limits &limits = {});

    bool next(Leaf &leaf) {
        if (read_ == found_ && !gather()) return false;
        const Found &f = gathered_[read_++];
        leaf = {f.segment,
                f.at[0],
                f.at[1],
                f.at[2],
                f.at[3],
                Value(text_.substr(f.begin, f.size), f.opaque ? nullptr : &message_.delimiters())};
        return true;
    }

private:
    // Field, repetition, component and subcomponent: counted all at once.
    using Position = int __attribute__((vector_size(4 * sizeof(int))));
    struct Found {
        Position at;
        std::uint32_t begin, size;  // in the message
        std::uint32_t segment;
        std::uint32_t opaque;  // a header's delimiters
    };
    static constexpr std::size_t block_size = 64;

    bool gather();
    bool open_segment();
    void take_block();
    void put(std::size_t begin, std::size_t end, bool opaque);

    const Message &message_;
    core::Interrupt interrupt_;
    std::string_view text_;  // of the message
    Wanted field_, repetition_, component_, subcomponent_;
    char separator_;                       // of fields
    std::array<std::uint8_t, 256> level_;  // of each of them among these
    std::size_t segments_ = 0;             // opened
    std::size_t end_ = 0;                  // of the open segment
    std::size_t start_ = 0;                // of the next position
    std::size_t block_ = 0;                // the next bytes to look at; behind end_: none
    Position at_{};
    std::size_t found_ = 0, read_ = 0;
    // A block holds at most as many positions as bytes, and ends one more.
    std::array<Found, 3 * block_size> gathered_;
};

}  // namespace clinical::hl7v2
