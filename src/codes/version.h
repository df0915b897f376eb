#pragma once

// Versions of code systems: wildcards (1.x.x, 1.0.x) and which of several is meant.

#include <string>
#include <string_view>
#include <vector>

namespace clinical::codes {

// Whether `version` is what `pattern` names; x, X or * stands for any part.
bool version_matches(std::string_view pattern, std::string_view version);

bool is_version_pattern(std::string_view version);

// Order of versions: by their numbers, part by part, as semantic versions have it; else as text.
bool version_less(std::string_view a, std::string_view b);

// The version among `known` that `wanted` names (a version or a pattern; the highest of several),
// empty when there is none.
std::string find_version(std::string_view wanted, const std::vector<std::string> &known);

}  // namespace clinical::codes
