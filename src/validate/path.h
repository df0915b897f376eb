#pragma once

// Where a validator stands, as a chain of frames on its stack: a path is text only when an issue
// needs it.

#include <string>
#include <string_view>

#include "fhir/definitions.h"

namespace clinical::validate {

struct Frame {
    const Frame *parent = nullptr;
    std::string_view name;               // element, or the resource type at the root
    int index = -1;                      // in a list
    const fhir::Type *choice = nullptr;  // of value[x]: the type it has
    int depth = 0;

    [[nodiscard]] Frame child(std::string_view element) const {
        return {this, element, -1, nullptr, depth + 1};
    }
};

// FHIRPath: "Observation.component[1].value.ofType(Quantity).unit".
std::string path_of(const Frame &frame);

}  // namespace clinical::validate
