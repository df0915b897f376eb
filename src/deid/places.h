#pragma once

// What may stay of an address, 164.514(b)(2)(i)(B): state, country, and the first three digits of
// a ZIP code where more than 20,000 people live in all ZIP codes that begin with them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace clinical::deid {

// Which census says how many people live in an area, and how many more than 20,000 it takes.
enum class ZipBasis : std::uint8_t {
    census2000,  // the list printed in HHS guidance
    census2010,
    census2020,
    conservative,  // all of them
};
struct ZipRule {
    ZipBasis basis = ZipBasis::census2020;
    int margin = 0;
};
std::optional<ZipBasis> zip_basis(std::string_view name);

// A ZIP code (5, 9 or 3 digits) as three digits, 000 for areas that are small or not in the
// census; nothing for what is no ZIP code.
std::optional<std::string_view> zip3(std::string_view text, char (&buffer)[3],
                                     const ZipRule &rule = {});
// Five or nine digits.
bool is_zip(std::string_view text);
// People of 2020 in an area of three digits; 0 where nobody lives or the text is no area.
int zip3_population(std::string_view area);

// The code or the name, as USPS lists it, of a state or territory; nothing for any other text.
std::optional<std::string_view> state(std::string_view text);

// ISO 3166-1 code of a country, or a usual name of the United States (as US).
std::optional<std::string_view> country(std::string_view text);
bool is_united_states(std::string_view country);

}  // namespace clinical::deid
