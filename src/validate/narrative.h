#pragma once

// Narrative (R4, 2.4.0): what may stand in Narrative.div.

#include <string_view>

#include "core/limits.h"

namespace clinical::validate {

struct NarrativeProblem {
    const char *rule = nullptr;  // null: nothing is wrong
    const char *message = "";
};

// The first thing wrong with `div`: not well-formed, another root, an element or attribute outside
// the subset (txt-1), nothing to read (txt-2).
NarrativeProblem narrative_problem(std::string_view div, const core::Limits &limits);

}  // namespace clinical::validate
