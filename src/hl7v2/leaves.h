#pragma once

#include "hl7v2/hl7v2.h"
#include "hl7v2/scan.h"

namespace clinical::hl7v2 {

// Every position of a message that holds something (a value or ""), in order, in one pass.
class Leaves {
public:
    struct Leaf {
        std::size_t segment = 0;                                         // from 0, as in Message
        int field = 0, repetition = 0, component = 0, subcomponent = 0;  // from 1
        Value value;
    };

    explicit Leaves(const Message &message, const core::Limits &limits = {})
        : message_(message), interrupt_(limits.interrupt) {}
    bool next(Leaf &leaf);

private:
    bool step();
    bool take_field(std::string_view &part);

    const Message &message_;
    core::Interrupt interrupt_;
    unsigned steps_ = 0;
    std::size_t segments_ = 0;  // opened
    Leaf at_;
    const Delimiters *in_field_ = nullptr;  // null where nothing is delimited
    Parts fields_, repetitions_, components_, subcomponents_;
};

}  // namespace clinical::hl7v2
