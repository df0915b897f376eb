#pragma once

// The text of a JSON scalar, whoever stores it.

#include <string>

#include "core/tree.h"

namespace clinical::fhir {

// The digits of a number.
template <core::Node N>
std::string number_text(const N &node) {
    if constexpr (requires { node.number_text(); }) {
        return node.number_text();
    } else {
        return std::string(node.as_text());
    }
}

}  // namespace clinical::fhir
