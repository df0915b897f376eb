#pragma once

// What may stay of an address, 164.514(b)(2)(i)(B): state, country, and the first three digits of
// a ZIP code where more than 20,000 people live in all ZIP codes that begin with them.

#include <optional>
#include <string_view>

namespace clinical::deid {

// A ZIP code (5, 9 or 3 digits) as three digits, 000 for areas that are small or not in the
// census; nothing for what is no ZIP code.
std::optional<std::string_view> zip3(std::string_view text, char (&buffer)[3]);

// The code or the name, as USPS lists it, of a state or territory; nothing for any other text.
std::optional<std::string_view> state(std::string_view text);

// ISO 3166-1 code of a country, or a usual name of the United States (as US).
std::optional<std::string_view> country(std::string_view text);
bool is_united_states(std::string_view country);

}  // namespace clinical::deid
