#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clinical::convert {

// A number of HL7 v2 (NM) as JSON writes it: digits and their count kept, sign and leading zeros
// as JSON asks.  Nothing when it is none.
std::optional<std::string> read_number(std::string_view text);

}  // namespace clinical::convert
