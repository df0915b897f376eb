#pragma once

// Coded elements of HL7 v2 (CE, CWE, CNE): which of their codes are public.

#include <optional>
#include <string_view>

#include "deid/codes.h"
#include "deid/v2_rules.h"

namespace clinical::deid {

// The syntax of a system that HL7 table 0396 names (LN, SCT, I10, ...).
std::optional<Syntax> syntax_of_v2(std::string_view name);

// Whether a code may stay beside the name of its system: a public code by form, or a word of the
// HL7 table that the name gives (HL70001, HL7nnnn); without a name, a word of `table`.
bool is_v2_code(std::string_view code, std::string_view system, std::string_view table);

}  // namespace clinical::deid
