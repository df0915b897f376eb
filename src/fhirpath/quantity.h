#pragma once

// Quantities: UCUM units through chapter ucum, and calendar durations (year ... millisecond),
// which are definite from week down and then the same as UCUM's wk, d, h, min, s, ms.

#include <optional>
#include <string_view>

#include "fhirpath/temporal.h"
#include "fhirpath/value.h"

namespace clinical::fhirpath {

// "year", "years", ...: a calendar duration's name.
std::optional<Precision> calendar_unit(std::string_view name);
std::string_view calendar_name(Precision unit);  // singular

// The unit of a quantity as a duration to add to a date: calendar ones, and UCUM's definite ones
// (wk, d, h, min, s, ms).  'a' and 'mo' are not calendar years and months (6.7).
std::optional<Precision> duration_unit(const Value &quantity);

// Three-valued: nothing when the units do not say (a calendar year against UCUM's 'a').
std::optional<bool> quantities_equal(const Value &a, const Value &b);
bool quantities_equivalent(const Value &a, const Value &b);
// Nothing when they cannot be compared.
std::optional<int> compare_quantities(const Value &a, const Value &b);
bool comparable(const Value &a, const Value &b);

// Nothing when the units do not allow it.  Sums are in the finer of the two units.
std::optional<Value> add_quantities(const Value &a, const Value &b, bool subtract);
std::optional<Value> multiply_quantities(const Value &a, const Value &b);
std::optional<Value> divide_quantities(const Value &a, const Value &b);

// In another unit; nothing when it is not commensurable.
std::optional<Value> convert_quantity(const Value &quantity, std::string_view unit);

// `1`, `1.5 'mg'`, `4 days` (5.5.7): nothing for other text.
std::optional<Value> parse_quantity(std::string_view text);

}  // namespace clinical::fhirpath
