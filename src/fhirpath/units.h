#pragma once

// What quantities need of chapter ucum.

#include <optional>
#include <string>
#include <string_view>

#include "core/decimal.h"

namespace clinical::fhirpath {

// `value` of unit `from` in unit `to`; nothing when a unit is none or their dimensions differ.
std::optional<core::Decimal> convert_units(const core::Decimal &value, std::string_view from,
                                           std::string_view to);
// Whether they measure the same; false for what is no unit.
bool same_dimension(std::string_view a, std::string_view b);
// The sign of a - b; nothing when they cannot be compared.  Exact.
std::optional<int> compare_units(const core::Decimal &a, std::string_view unit_a,
                                 const core::Decimal &b, std::string_view unit_b);
// Units that can stand in a product: not those with a scale of their own (Cel, B, pH).
bool is_multiplicative(std::string_view unit);

struct Measure {
    core::Decimal value;
    std::string unit;
};
// Equal dimensions are joined: 1 'm' / 1 'cm' is 100 '1'.  Nothing for units that cannot stand in a
// product and for division by zero.
std::optional<Measure> multiply_units(const core::Decimal &a, std::string_view unit_a,
                                      const core::Decimal &b, std::string_view unit_b);
std::optional<Measure> divide_units(const core::Decimal &a, std::string_view unit_a,
                                    const core::Decimal &b, std::string_view unit_b);

}  // namespace clinical::fhirpath
