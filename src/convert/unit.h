#pragma once

// The normalization step of units, the same for every format: a site's map, else UCUM.

#include <optional>
#include <string>
#include <string_view>

#include "convert/options.h"

namespace clinical::convert {

inline constexpr std::string_view ucum_uri = "http://unitsofmeasure.org";

struct NormalUnit {
    std::string code, system;
    bool is_spelling = false;  // a local spelling of the code; an issue says so
};

// A unit that is sent as `code` of `system` (empty: none is stated).  Nothing when it is another
// system's, or can mean nothing or several things.  `loinc`: the code that is measured, or empty.
std::optional<NormalUnit> normal_unit(const Options &options, std::string_view code,
                                      std::string_view system, std::string_view loinc);

}  // namespace clinical::convert
