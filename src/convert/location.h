#pragma once

#include <string>

#include "convert/context.h"

namespace clinical::convert {

// A person location (PL) as a chain of Locations, bed within room within ward within floor within
// building within facility; "Location/id" of the innermost, or nothing.
std::string read_location(Context &context, const hl7v2::Value &value);

// The same of the place that a name with date and location (NDL) ends with.
std::string read_staff_location(Context &context, const hl7v2::Value &value);

}  // namespace clinical::convert
