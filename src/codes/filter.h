#pragma once

// ValueSet.compose.include.filter: which concepts of a code system it selects.
//
// Hierarchy: is-a, descendent-of, descendent-leaf, child-of, is-not-a, generalizes (property
// concept or code); parent and child by "=".  Values: =, in, not-in, regex, exists on code,
// display, definition and every property.

#include <cstdint>
#include <vector>

#include "codes/store.h"

namespace clinical::codes {

struct Filter {
    std::string property, op, value;
    bool has_value = false;
    static Filter of(const core::Json &json);
    [[nodiscard]] bool is_hierarchical() const;
};

// All concepts that pass, ascending.  Throws OperationFailure for a filter that cannot be done.
std::vector<std::uint32_t> select(const System &system, const Filter &filter);

// The same question for one concept, without looking at the others.
bool passes(const System &system, const Filter &filter, std::uint32_t concept_number);

}  // namespace clinical::codes
