#pragma once

// What the standard asks for under a condition (usage C): a place that must be valued when another
// one is, or unless others are.  Only conditions on the same segment or value; those on the real
// world ("if known") cannot be checked.

#include <cstdint>
#include <span>
#include <string_view>

#include "hl7v2/definitions.h"

namespace clinical::hl7v2 {

struct Condition {
    std::string_view owner;  // a segment or data type
    std::uint8_t place;      // that must be valued
    std::uint8_t with;       // when this is; 0: always
    std::uint8_t unless[2];  // one of these is valued; 0: none
    Version since;
    std::string_view report;  // only in messages of this code; empty: in all
};

std::span<const Condition> conditions_of(std::string_view owner);

}  // namespace clinical::hl7v2
