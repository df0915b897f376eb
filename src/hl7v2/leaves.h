#pragma once

#include <cstdint>

#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

// Every position of a message that holds something (a value or ""), in order, in one pass: the
// delimiters are found 64 bytes at a time.
class Leaves {
public:
    struct Leaf {
        std::size_t segment = 0;                                         // from 0, as in Message
        int field = 0, repetition = 0, component = 0, subcomponent = 0;  // from 1
        Value value;
    };

    explicit Leaves(const Message &message, const core::Limits &limits = {});
    bool next(Leaf &leaf);

private:
    bool open_segment();
    void load_block();
    std::size_t next_delimiter();

    const Message &message_;
    core::Interrupt interrupt_;
    char delimiters_[4];  // field, repetition, component, subcomponent; the field's for none
    unsigned steps_ = 0;
    std::size_t segments_ = 0;  // opened
    std::string_view text_;     // of the open segment
    std::size_t start_ = 0;     // of the next position
    std::size_t block_ = 0;     // behind the bytes looked at
    std::size_t base_ = 0;      // of the bytes in mask_
    std::uint64_t mask_ = 0;    // delimiters not yet passed
    bool open_ = false;
    Leaf at_;
};

}  // namespace clinical::hl7v2
