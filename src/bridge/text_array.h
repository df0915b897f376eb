#pragma once

// One-dimensional arrays of text and of other types with text's layout (bytea, hl7v2, coding).

#include <span>
#include <string>
#include <vector>

#include "bridge/value.h"

namespace clinical::bridge {

// The elements of argument `n` in order, nothing for each that is NULL.  The caller has checked
// that the argument itself is not.
std::vector<std::optional<std::string_view>> text_array_argument(FunctionCallInfo fcinfo, int n);

// The same where no element may be NULL (22004).
std::vector<std::string_view> text_array_without_nulls(FunctionCallInfo fcinfo, int n);

// A new array of type `element`[] in the current memory context.
Datum to_text_array(std::span<const std::string> texts, Oid element);
Datum to_text_array(std::span<const std::string> texts);  // text[]

}  // namespace clinical::bridge
