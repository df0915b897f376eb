// Products and quotients of measures.

#include <algorithm>

#include "ucum/impl.h"

namespace clinical::ucum {

using core::Decimal;

namespace {

constexpr int quotient_digits = 34;

bool same_symbol(const Factor &a, const Factor &b) {
    return a.atom && a.prefix == b.prefix && a.atom == b.atom && a.annotation == b.annotation;
}

// Whether the second can be written as a multiple of the first: metres and feet, kg and [lb_av].
bool same_dimension(const Factor &a, const Factor &b) {
    return a.atom && b.atom && a.annotation == b.annotation &&
           a.atom->exponents == b.atom->exponents && a.atom->tag == b.atom->tag &&
           std::any_of(a.atom->exponents.begin(), a.atom->exponents.end(),
                       [](int e) { return e != 0; });
}

core::Error no_arithmetic() {
    return {core::ErrorCode::invalid_value, "unit allows no arithmetic",
            "A special unit (temperature in degrees, level, pH) cannot be multiplied.", 0};
}

// The factors of a times those of b to `sign`, joined; what joining multiplies goes to `magnitude`.
std::vector<Factor> join(const Unit &a, const Unit &b, int sign, Magnitude &magnitude) {
    // What stands in one unit stays as it is: mg/kg is no number.
    std::vector<Factor> joined = a.impl().factors;
    const std::size_t own = joined.size();
    const auto partner = [&](const Factor &factor) -> Factor * {
        for (Factor &present : joined)
            if (present.exponent != 0 && same_symbol(present, factor)) return &present;
        Factor *found = nullptr;
        for (std::size_t i = 0; i < own; ++i) {
            Factor &present = joined[i];
            if (present.exponent == 0 || !same_dimension(present, factor)) continue;
            // The one that cancels before the one that grows: mg/kg * g is mg.
            if ((present.exponent < 0) != (factor.exponent < 0)) return &present;
            if (!found) found = &present;
        }
        return found;
    };
    for (Factor factor : b.impl().factors) {
        factor.exponent *= sign;
        if (Factor *present = partner(factor)) {
            if (!same_symbol(*present, factor)) {
                magnitude.multiply(magnitude_of(factor), factor.exponent);
                magnitude.multiply(magnitude_of(*present), -factor.exponent);
            }
            present->exponent += factor.exponent;
        } else {
            joined.push_back(std::move(factor));
        }
    }
    // Plain numbers go into the value; one with an annotation stays (/100{WBCs}).
    for (Factor &factor : joined)
        if (!factor.atom && factor.annotation.empty()) {
            magnitude.multiply(magnitude_of(factor), factor.exponent);
            factor.exponent = 0;
        }
    std::erase_if(joined, [](const Factor &f) { return f.exponent == 0; });
    // {creat}/{creat}: annotations alone cancel as well.
    for (std::size_t i = 0; i < joined.size(); ++i)
        for (std::size_t j = i + 1; j < joined.size(); ++j)
            if (!joined[i].atom && !joined[j].atom && joined[i].number == joined[j].number &&
                joined[i].annotation == joined[j].annotation &&
                joined[i].exponent == -joined[j].exponent)
                joined[i].exponent = joined[j].exponent = 0;
    std::erase_if(joined, [](const Factor &f) { return f.exponent == 0; });
    return joined;
}

core::Result<Measure> combine(const Measure &a, const Measure &b, int sign) {
    // A number leaves a special unit's magnitude alone only in name: 2 * 37 Cel is no temperature.
    if (a.unit.is_special() || b.unit.is_special()) return no_arithmetic();
    Magnitude magnitude;
    auto unit = Unit::parse(compose(join(a.unit, b.unit, sign, magnitude)));
    if (!unit.ok()) return std::move(unit).error();
    magnitude.reduce();
    const Decimal numerator = to_decimal(magnitude.whole_numerator());
    const Decimal denominator = to_decimal(magnitude.whole_denominator());

    auto dividend = sign > 0 ? a.value.times(b.value) : core::Result<Decimal>(a.value);
    if (dividend.ok() && numerator != 1) dividend = dividend.value().times(numerator);
    if (!dividend.ok()) return std::move(dividend).error();
    auto divisor = sign > 0 ? core::Result<Decimal>(denominator) : b.value.times(denominator);
    if (!divisor.ok()) return std::move(divisor).error();
    if (sign > 0 && denominator == 1)
        return Measure{std::move(dividend).value(), std::move(unit).value()};
    const int leading = (dividend.value().precision() - dividend.value().scale()) -
                        (divisor.value().precision() - divisor.value().scale());
    const int digits = std::max({quotient_digits, a.value.precision(), b.value.precision()});
    auto quotient = dividend.value().divide(divisor.value(), std::max(0, digits - leading));
    if (!quotient.ok()) return std::move(quotient).error();
    return Measure{quotient.value().trimmed(), std::move(unit).value()};
}

}  // namespace

core::Result<Measure> multiply(const Measure &a, const Measure &b) { return combine(a, b, 1); }
core::Result<Measure> divide(const Measure &a, const Measure &b) { return combine(a, b, -1); }

}  // namespace clinical::ucum
