#pragma once

// One line of RFC 4180 CSV, as terminology files have it.

#include <string>
#include <string_view>
#include <vector>

namespace clinical::codes {

// Fields without their quotes; a quote that does not end takes the rest of the line.
std::vector<std::string> csv_fields(std::string_view line);

}  // namespace clinical::codes
