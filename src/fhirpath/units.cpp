#include "fhirpath/units.h"

namespace clinical::fhirpath {

using core::Decimal;

std::optional<Decimal> convert_units(const Decimal &value, std::string_view from,
                                     std::string_view to) {
    if (from == to) return value;
    return std::nullopt;
}

bool same_dimension(std::string_view a, std::string_view b) { return a == b; }

std::optional<int> compare_units(const Decimal &a, std::string_view unit_a, const Decimal &b,
                                 std::string_view unit_b) {
    if (unit_a != unit_b) return std::nullopt;
    const auto order = a <=> b;
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool is_multiplicative(std::string_view) { return true; }

namespace {

std::string bracketed(std::string_view unit) {
    if (unit.find_first_of("./") == std::string_view::npos) return std::string(unit);
    return "(" + std::string(unit) + ")";
}

}  // namespace

std::string product_unit(std::string_view a, std::string_view b) {
    if (a == "1") return std::string(b);
    if (b == "1") return std::string(a);
    return bracketed(a) + "." + bracketed(b);
}

std::string quotient_unit(std::string_view a, std::string_view b) {
    if (b == "1") return std::string(a);
    if (a == b) return "1";
    return bracketed(a) + "/" + bracketed(b);
}

}  // namespace clinical::fhirpath
