#include "ucum/special.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/multiprecision/cpp_dec_float.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace clinical::ucum {

namespace {

// Twice the digits that are shown: no rounding of the last one on the way.
constexpr int shown_digits = 30;
using Real = boost::multiprecision::number<boost::multiprecision::cpp_dec_float<60>>;

Real real(const BigInteger &n) { return Real(n.str()); }
Real real(const Magnitude &m) {
    return real(m.numerator) / real(m.denominator) * boost::multiprecision::pow(Real(10), m.power);
}

core::Error out_of_range() {
    return {core::ErrorCode::invalid_value, "value has no equivalent in the unit",
            "The value is outside the range of a special unit's function.", 0};
}

Real potency_base(Special special) {
    switch (special) {
        case Special::potency_100: return 100;
        case Special::potency_1000: return 1000;
        case Special::potency_50000: return 50000;
        default: return 10;
    }
}

// The multiple of its reference unit that `x` of the special unit is.
Real to_reference(Special special, const Real &x) {
    switch (special) {
        case Special::none: return x;
        case Special::celsius: return x + Real("273.15");
        case Special::fahrenheit: return x + Real("459.67");
        case Special::reaumur: return x + Real("218.52");
        case Special::log_10: return pow(Real(10), x);
        case Special::twice_log_10: return pow(Real(10), Real(x / 2));
        case Special::log_e: return exp(x);
        case Special::log_2: return pow(Real(2), x);
        case Special::negative_log_10: return pow(Real(10), Real(-x));
        case Special::potency_10:
        case Special::potency_100:
        case Special::potency_1000:
        case Special::potency_50000: return pow(potency_base(special), Real(-x));
        case Special::hundred_tan: return atan(Real(x / 100));
        case Special::square_root: return x * x;
    }
    return x;
}

// The other way; the caller has checked the range.
Real from_reference(Special special, const Real &r) {
    switch (special) {
        case Special::none: return r;
        case Special::celsius: return r - Real("273.15");
        case Special::fahrenheit: return r - Real("459.67");
        case Special::reaumur: return r - Real("218.52");
        case Special::log_10: return log10(r);
        case Special::twice_log_10: return 2 * log10(r);
        case Special::log_e: return log(r);
        case Special::log_2: return log(r) / log(Real(2));
        case Special::negative_log_10: return -log10(r);
        case Special::potency_10:
        case Special::potency_100:
        case Special::potency_1000:
        case Special::potency_50000: return -log(r) / log(potency_base(special));
        case Special::hundred_tan: return 100 * tan(r);
        case Special::square_root: return sqrt(r);
    }
    return r;
}

bool in_domain(Special special, const Real &r) {
    switch (special) {
        case Special::none:
        case Special::celsius:
        case Special::fahrenheit:
        case Special::reaumur: return true;
        case Special::hundred_tan: return abs(r) < boost::math::constants::half_pi<Real>();
        case Special::square_root: return r >= 0;
        default: return r > 0;
    }
}

}  // namespace

core::Result<core::Decimal> convert_special(const core::Decimal &value, const Unit &from,
                                            const Unit &to) {
    const Unit::Impl &source = from.impl();
    const Unit::Impl &target = to.impl();
    // An exponent of that size is no measurement, and a power of it takes long.
    if (value.precision() - value.scale() > 40) return out_of_range();
    Real x(value.to_text());
    if (source.special) {
        x *= real(source.scale);
        if (abs(x) > 100000 && source.special->special != Special::hundred_tan &&
            source.special->special != Special::square_root && !from.is_affine())
            return out_of_range();
        x = to_reference(source.special->special, x);
    }
    x *= real(source.magnitude) / real(target.magnitude);
    if (target.special) {
        if (!in_domain(target.special->special, x)) return out_of_range();
        x = from_reference(target.special->special, x);
        x /= real(target.scale);
    }
    if (!isfinite(x)) return out_of_range();
    if (x == 0) return core::Decimal();
    auto shown = core::Decimal::parse(x.str(shown_digits, std::ios_base::scientific));
    if (!shown.ok()) return out_of_range();
    return shown.value().round_significant(shown_digits).trimmed();
}

}  // namespace clinical::ucum
