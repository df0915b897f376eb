#pragma once

// Is a display that somebody wrote one of the concept's names?

#include <optional>

#include "codes/language.h"
#include "codes/outcome.h"

namespace clinical::codes {

// Nothing when the display is right.  `concept_name` names the concept in the text (system#code).
std::optional<Finding> check_display(const Names &names, std::string_view given,
                                     const Languages &wanted, const std::string &concept_name);

}  // namespace clinical::codes
