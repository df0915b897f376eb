#include "fhirpath/units.h"

#include "ucum/ucum.h"

namespace clinical::fhirpath {

using core::Decimal;
using ucum::Unit;

namespace {

std::optional<Unit> unit_of(std::string_view text) {
    auto unit = Unit::parse(text);
    if (!unit.ok()) return std::nullopt;
    return std::move(unit).value();
}

std::optional<ucum::Conversion> conversion(std::string_view from, std::string_view to) {
    const auto a = unit_of(from);
    const auto b = unit_of(to);
    if (!a || !b) return std::nullopt;
    // A mole is no number, and {creat} no {1.73_m2}, whatever UCUM says.
    if (!ucum::same_kind(*a, *b)) return std::nullopt;
    auto between = ucum::Conversion::between(*a, *b);
    if (!between.ok()) return std::nullopt;
    return std::move(between).value();
}

std::optional<Measure> measure(core::Result<ucum::Measure> result) {
    if (!result.ok()) return std::nullopt;
    return Measure{std::move(result.value().value), result.value().unit.text()};
}

}  // namespace

std::optional<Decimal> convert_units(const Decimal &value, std::string_view from,
                                     std::string_view to) {
    if (from == to) {
        if (!unit_of(from)) return std::nullopt;
        return value;
    }
    const auto between = conversion(from, to);
    if (!between) return std::nullopt;
    auto converted = between->apply(value);
    if (!converted.ok()) return std::nullopt;
    return std::move(converted).value();
}

bool same_dimension(std::string_view a, std::string_view b) {
    const auto x = unit_of(a);
    const auto y = unit_of(b);
    return x && y && ucum::same_kind(*x, *y);
}

std::optional<int> compare_units(const Decimal &a, std::string_view unit_a, const Decimal &b,
                                 std::string_view unit_b) {
    const auto sign = [](std::strong_ordering o) { return o < 0 ? -1 : o > 0 ? 1 : 0; };
    if (unit_a == unit_b) return unit_of(unit_a) ? std::optional(sign(a <=> b)) : std::nullopt;
    const auto there = conversion(unit_a, unit_b);
    if (!there) return std::nullopt;
    const auto converted = there->apply(a);
    if (!converted.ok()) return std::nullopt;
    // Conversion and division may have rounded; 28 digits are asked of a decimal (3.0).
    constexpr int digits = 28;
    return sign(converted.value().round_significant(digits) <=> b.round_significant(digits));
}

bool is_multiplicative(std::string_view unit) {
    const auto u = unit_of(unit);
    return u && !u->is_special();
}

std::optional<Measure> multiply_units(const Decimal &a, std::string_view unit_a, const Decimal &b,
                                      std::string_view unit_b) {
    const auto x = unit_of(unit_a);
    const auto y = unit_of(unit_b);
    if (!x || !y) return std::nullopt;
    return measure(ucum::multiply({a, *x}, {b, *y}));
}

std::optional<Measure> divide_units(const Decimal &a, std::string_view unit_a, const Decimal &b,
                                    std::string_view unit_b) {
    const auto x = unit_of(unit_a);
    const auto y = unit_of(unit_b);
    if (!x || !y) return std::nullopt;
    return measure(ucum::divide({a, *x}, {b, *y}));
}

}  // namespace clinical::fhirpath
