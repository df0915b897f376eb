#pragma once

#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

// Every position of a message that holds something (a value or ""), in order.
class Leaves {
public:
    struct Leaf {
        std::size_t segment = 0;                                         // from 0, as in Message
        int field = 0, repetition = 1, component = 1, subcomponent = 0;  // from 1
        Value value;
    };

    explicit Leaves(const Message &message) : message_(message) {}
    bool next(Leaf &leaf);

private:
    bool step();

    const Message &message_;
    Leaf at_;
    Value field_, repetition_, component_;
};

}  // namespace clinical::hl7v2
