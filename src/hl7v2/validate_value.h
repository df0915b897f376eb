#pragma once

// The form of values by data type.  Private to validation.

#include <functional>
#include <optional>
#include <string_view>

#include "hl7v2/definitions.h"
#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

// Whether a primitive type states a form that this text does not have: NM, SI, DT, TM, TS, DTM.
// Nothing when it has, or when any text will do.  Otherwise the rule, such as "is not a number".
std::optional<std::string_view> broken_form(std::string_view datatype, std::string_view text,
                                            Version version);

// What a text of that form has that it should not, though anybody can read it: a fraction of a
// second of more than four digits.
std::optional<std::string_view> loose_form(std::string_view datatype, std::string_view text);

// What is wrong between the parts (from 1) of a composite: the comparator and separator of SN, the
// encoding of ED, check digits (table 0061: M10, M11, NPI, BCV) that do not fit their number.
struct BrokenParts {
    int part;
    bool is_error;
    std::string_view rule;
};
std::optional<BrokenParts> broken_parts(std::string_view datatype,
                                        const std::function<Value(int)> &part);

// A data type without components in that version (also one that is not defined).
bool is_primitive(std::string_view datatype, Version version);

// What escape sequences in a raw value are wrong: "has an escape character alone", "has an unknown
// escape sequence".
std::optional<std::string_view> broken_escape(std::string_view raw, char escape);

// Characters of UTF-8 text.
std::size_t length_of(std::string_view text);

}  // namespace clinical::hl7v2
