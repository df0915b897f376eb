#pragma once

// Check digits of the field's identifiers.  All take digits only, unless they say otherwise.

#include <optional>
#include <string_view>

namespace clinical::codes {

// HL7 table 0061 M10: Luhn's digit for `number`; 12345 has 5.
std::optional<char> luhn_digit(std::string_view number);
// Whether the last digit is Luhn's of those before it.
bool has_luhn_digit(std::string_view digits);

// HL7 table 0061 M11, weights 2 to 7 from the right; 1234567 has 4.
std::optional<char> modulus_11_digit(std::string_view number);

// Whether the last digit is Verhoeff's of those before it (SNOMED CT).
bool has_verhoeff_digit(std::string_view digits);

// A LOINC code: up to seven digits, a hyphen and the check digit.  `parts`: also codes of parts,
// answers and answer lists (LP, LA, LL), whose letters take part in the sum, and of groups (LG),
// whose digit is not checked.
bool is_loinc(std::string_view code, bool parts);

// A SNOMED CT identifier of any kind: 6 to 18 digits with a known partition and Verhoeff's digit.
enum class SctKind { none, concept_id, description, relationship };
SctKind snomed_kind(std::string_view code);

}  // namespace clinical::codes
