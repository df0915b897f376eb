#pragma once

// RFC 4180 CSV by lines, as terminology files have it.  A quote within a field that does not begin
// with one is a character, as exporters write it (5" tube).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clinical::codes {

// Fields of a record (a line, or several joined) without their quotes; a quote that does not end
// takes the rest.
std::vector<std::string> csv_fields(std::string_view record);

// Whether a quoted field goes on in the line after this one, which itself began within one when
// `open`.  Nothing when text follows the quote that ends a field: that is no CSV, and the sign that
// a quote was missing further up.
std::optional<bool> csv_open(std::string_view line, bool open);

}  // namespace clinical::codes
