#pragma once

// Words by their last letters.

#include <string_view>

namespace clinical::deid::note {

// Whether a word has the ending of a drug, a finding or a procedure.
bool has_medical_ending(std::string_view letters);

// "Lindevej", "Thurzova": a word that ends as streets of other languages do.
bool has_street_ending(std::string_view letters);

}  // namespace clinical::deid::note
