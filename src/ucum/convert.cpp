#include <algorithm>
#include <cstdlib>

#include "ucum/impl.h"
#include "ucum/special.h"

namespace clinical::ucum {

using core::Decimal;

namespace {

constexpr int exact_digits = 40;     // a decimal factor of up to so many digits is used as it is
constexpr int quotient_digits = 34;  // significant digits of other results

// x * scale + offset, times the magnitude, is the amount in base units.
struct Line {
    Magnitude slope;        // scale * magnitude
    BigInteger offset = 0;  // in hundredths of the special unit
    Magnitude magnitude;    // what the offset is multiplied by
};

Line line_of(const Unit &unit) {
    const Unit::Impl &impl = unit.impl();
    Line line;
    line.slope = impl.magnitude;
    line.magnitude = impl.magnitude;
    if (!impl.special) return line;
    line.slope.multiply(impl.scale);
    line.offset = zero_offset(impl.special->special);
    return line;
}

}  // namespace

core::Result<Conversion> Conversion::between(const Unit &from, const Unit &to) {
    if (!commensurable(from, to))
        return core::Error{core::ErrorCode::invalid_value, "units are not commensurable",
                           "The units measure different things.", 0};
    Conversion conversion(from, to);
    if (from.is_nonlinear() || to.is_nonlinear()) {
        const bool one_function = from.impl().special == to.impl().special;
        if (!one_function) {
            conversion.method_ = Method::special;
            return conversion;
        }
        // dB to B, and a unit to itself.
    }
    // y = (x * a + b * m / 100) / c - d / 100, over one denominator.
    const Line source = line_of(from);
    const Line target = line_of(to);
    Magnitude slope = source.slope.over(target.slope);
    if (source.offset == 0 && target.offset == 0) {
        if (slope.numerator == 1 && slope.denominator == 1) {
            conversion.shift_ = slope.power;
            return conversion;
        }
        conversion.method_ = Method::linear;
        const BigInteger n = slope.whole_numerator();
        if (slope.denominator == 1) {
            auto factor = Decimal::parse(slope.numerator.str() + "e" + std::to_string(slope.power));
            if (!factor.ok()) return std::move(factor).error();
            if (factor.value().precision() <= exact_digits) {
                conversion.numerator_ = std::move(factor).value();
                return conversion;
            }
        }
        conversion.numerator_ = to_decimal(n);
        conversion.denominator_ = to_decimal(slope.whole_denominator());
        conversion.divides_ = true;
        return conversion;
    }
    conversion.method_ = Method::linear;
    conversion.adds_ = true;
    // (offset * magnitude - target offset * target magnitude) / target slope, all over 100.
    const Magnitude above = source.magnitude.over(target.slope);
    const Magnitude below = target.magnitude.over(target.slope);
    BigInteger numerator = slope.whole_numerator();
    BigInteger denominator = slope.whole_denominator();
    BigInteger addend = source.offset * above.whole_numerator() * below.whole_denominator() -
                        target.offset * below.whole_numerator() * above.whole_denominator();
    const BigInteger addend_denominator =
        above.whole_denominator() * below.whole_denominator() * 100;
    // One denominator for both.
    addend *= denominator;
    numerator *= addend_denominator;
    denominator *= addend_denominator;
    BigInteger common = gcd(gcd(numerator, abs(addend)), denominator);
    conversion.numerator_ = to_decimal(numerator / common);
    conversion.addend_ = to_decimal(addend / common);
    conversion.denominator_ = to_decimal(denominator / common);
    conversion.divides_ = denominator != common;
    return conversion;
}

std::optional<Decimal> Conversion::factor() const {
    if (method_ == Method::special || adds_ || divides_) return std::nullopt;
    if (method_ == Method::linear) return numerator_;
    auto power = Decimal(1).shifted(shift_);
    if (!power.ok()) return std::nullopt;
    return std::move(power).value();
}

core::Result<Decimal> Conversion::apply(const Decimal &value) const {
    if (method_ == Method::shift) return value.shifted(shift_);
    if (method_ == Method::special) return convert_special(value, from_, to_);
    auto product = value.times(numerator_);
    if (!product.ok()) return product;
    if (adds_) product = product.value().plus(addend_);
    if (!product.ok()) return product;
    if (!divides_) return product.value().trimmed();
    const Decimal &dividend = product.value();
    if (dividend.is_zero()) return Decimal();
    // Enough digits behind the point for the first one to be significant, whatever its place.
    const int digits = std::max(quotient_digits, value.precision());
    const int leading = (dividend.precision() - dividend.scale()) - denominator_.precision();
    auto quotient = dividend.divide(denominator_, std::max(0, digits - leading));
    if (!quotient.ok()) return quotient;
    return quotient.value().trimmed();
}

}  // namespace clinical::ucum
