#include <algorithm>
#include <limits>

#include "ucum/impl.h"

namespace clinical::ucum {

namespace {

constexpr std::size_t magnitude_bits_max = 30'000;  // some 9000 digits
constexpr int exponent_sum_max = 9'999;

BigInteger raised(const BigInteger &base, int exponent) {
    return base == 1 ? base : boost::multiprecision::pow(base, static_cast<unsigned>(exponent));
}

// Divides `n` by 2s and 5s, and says how many of each went.
struct Removed {
    int twos = 0, fives = 0;
};
Removed remove_twos_and_fives(BigInteger &n) {
    Removed removed;
    removed.twos = static_cast<int>(lsb(n));
    n >>= static_cast<unsigned>(removed.twos);
    BigInteger quotient;
    BigInteger rest;
    while (true) {
        boost::multiprecision::divide_qr(n, BigInteger(5), quotient, rest);
        if (!rest.is_zero()) return removed;
        n.swap(quotient);
        ++removed.fives;
    }
}

void remove_tens(BigInteger &n, int &power) {
    BigInteger quotient;
    BigInteger rest;
    while (true) {
        boost::multiprecision::divide_qr(n, BigInteger(10), quotient, rest);
        if (!rest.is_zero()) return;
        n.swap(quotient);
        ++power;
    }
}

void append_power(std::string &out, std::string_view code, int exponent) {
    if (exponent == 0) return;
    if (!out.empty()) out += '.';
    out += code;
    if (exponent != 1) out += std::to_string(exponent);
}

}  // namespace

BigInteger ten_to(int n) {
    return boost::multiprecision::pow(BigInteger(10), static_cast<unsigned>(n));
}

core::Decimal to_decimal(const BigInteger &n) {
    if (n >= std::numeric_limits<std::int64_t>::min() &&
        n <= std::numeric_limits<std::int64_t>::max())
        return static_cast<std::int64_t>(n);
    auto parsed = core::Decimal::parse(n.str());
    if (!parsed.ok()) throw core::Error(std::move(parsed).error());
    return std::move(parsed).value();
}

void Magnitude::multiply(const Magnitude &other, int exponent) {
    const int n = std::abs(exponent);
    numerator *= raised(exponent < 0 ? other.denominator : other.numerator, n);
    denominator *= raised(exponent < 0 ? other.numerator : other.denominator, n);
    power += other.power * exponent;
}

void Magnitude::reduce() {
    if (denominator != 1) {
        const BigInteger common = gcd(numerator, denominator);
        if (common != 1) {
            numerator /= common;
            denominator /= common;
        }
        // 1/8 is 125 * 10^-3.
        const auto [twos, fives] = remove_twos_and_fives(denominator);
        const int tens = std::max(twos, fives);
        if (tens > twos) numerator <<= static_cast<unsigned>(tens - twos);
        if (tens > fives) numerator *= raised(5, tens - fives);
        power -= tens;
    }
    remove_tens(numerator, power);
}

Magnitude Magnitude::over(const Magnitude &divisor) const {
    Magnitude result = *this;
    result.multiply(divisor, -1);
    result.reduce();
    return result;
}

BigInteger Magnitude::whole_numerator() const {
    return power > 0 ? BigInteger(numerator * ten_to(power)) : numerator;
}

BigInteger Magnitude::whole_denominator() const {
    return power < 0 ? BigInteger(denominator * ten_to(-power)) : denominator;
}

Magnitude magnitude_of(const Factor &factor) {
    Magnitude magnitude;
    if (!factor.atom) {
        magnitude.numerator = factor.number;
        return magnitude;
    }
    magnitude.numerator = BigInteger(std::string(factor.atom->numerator));
    magnitude.denominator = BigInteger(std::string(factor.atom->denominator));
    magnitude.power = factor.atom->power_of_ten;
    if (factor.prefix) {
        magnitude.numerator *= factor.prefix->multiple;
        magnitude.power += factor.prefix->power_of_ten;
    }
    return magnitude;
}

std::optional<core::Error> Unit::Impl::derive() {
    std::map<std::string_view, int> tags;
    std::map<std::string_view, int> annotations;
    const Prefix *special_prefix = nullptr;
    for (const Factor &factor : factors) {
        if (!factor.annotation.empty() && !is_plain_annotation(factor.annotation))
            annotations[factor.annotation] += factor.exponent < 0 ? -1 : 1;
        if (factor.exponent == 0) continue;
        if (factor.atom && factor.atom->special != Special::none) {
            if (special || factor.exponent != 1)
                return unit_error("A special unit stands alone or beside a number (UCUM 22).");
            special = factor.atom;
            special_prefix = factor.prefix;
        } else {
            const Magnitude m = magnitude_of(factor);
            const std::size_t bits = msb(m.numerator) + msb(m.denominator) +
                                     msb(magnitude.numerator) + msb(magnitude.denominator);
            if ((bits + 8) * static_cast<std::size_t>(std::abs(factor.exponent)) >
                magnitude_bits_max)
                return core::Error{core::ErrorCode::limit_exceeded, "unit is too large",
                                   "A unit's magnitude has more than 9000 digits.", 0};
            magnitude.multiply(m, factor.exponent);
        }
        if (!factor.atom) continue;
        for (std::size_t i = 0; i < base_units; ++i)
            exponents[i] += factor.atom->exponents[i] * factor.exponent;
        if (!factor.atom->tag.empty())
            (factor.atom->arbitrary ? arbitrary : tags)[factor.atom->tag] += factor.exponent;
    }
    for (const int exponent : exponents)
        if (std::abs(exponent) > exponent_sum_max || std::abs(magnitude.power) > exponent_sum_max)
            return core::Error{core::ErrorCode::limit_exceeded, "unit is too large",
                               "A unit's exponents add up to more than 9999.", 0};
    std::erase_if(arbitrary, [](const auto &t) { return t.second == 0; });
    std::erase_if(tags, [](const auto &t) { return t.second == 0; });
    std::erase_if(annotations, [](const auto &t) { return t.second == 0; });

    if (special) {
        const bool dimensions_of_its_own =
            exponents == Exponents{special->exponents[0], special->exponents[1],
                                   special->exponents[2], special->exponents[3],
                                   special->exponents[4], special->exponents[5],
                                   special->exponents[6]};
        if (!dimensions_of_its_own || !arbitrary.empty() ||
            tags.size() > (special->tag.empty() ? 0U : 1U))
            return unit_error("A special unit stands alone or beside a number (UCUM 22).");
        scale = std::exchange(magnitude, Magnitude{});
        if (special_prefix) {
            scale.numerator *= special_prefix->multiple;
            scale.power += special_prefix->power_of_ten;
        }
        scale.reduce();
        Factor reference;
        reference.atom = special;
        magnitude = magnitude_of(reference);
    }
    magnitude.reduce();

    // Arbitrary units sort among the base units.
    std::map<std::string_view, int> parts = arbitrary;
    for (std::size_t i = 0; i < base_units; ++i)
        if (exponents[i] != 0) parts[base_codes[i]] = exponents[i];
    canonical.clear();
    for (const auto &[code, exponent] : parts) append_power(canonical, code, exponent);
    if (canonical.empty()) canonical = "1";

    // Levels and the like are kinds of their own: 7 [pH] is no concentration to compare with.
    const bool affine = special && (special->special == Special::celsius ||
                                    special->special == Special::fahrenheit ||
                                    special->special == Special::reaumur);
    if (special && !affine) {
        kind = special->code;
    } else {
        kind = canonical;
        for (const auto &[tag, exponent] : tags) {
            kind += '|';
            kind += tag;
            kind += std::to_string(exponent);
        }
    }
    for (const auto &[annotation, exponent] : annotations) {
        kind += '{';
        kind += annotation;
        kind += '}';
        kind += std::to_string(exponent);
    }
    return std::nullopt;
}

std::string compose(const std::vector<Factor> &factors) {
    const auto append = [](std::string &out, const Factor &factor, int exponent) {
        if (factor.atom) {
            if (factor.prefix) out += factor.prefix->code;
            out += factor.atom->code;
            if (exponent != 1) out += std::to_string(exponent);
        } else if (factor.number != 1 || factor.annotation.empty()) {
            out += factor.number.str();
        }
        if (!factor.annotation.empty()) out += '{' + factor.annotation + '}';
    };
    std::string out;
    for (const Factor &factor : factors) {
        if (factor.exponent <= 0) continue;
        if (!out.empty()) out += '.';
        append(out, factor, factor.exponent);
    }
    for (const Factor &factor : factors) {
        if (factor.exponent >= 0) continue;
        out += '/';
        append(out, factor, -factor.exponent);
    }
    return out.empty() ? "1" : out;
}

const std::string &Unit::text() const { return impl_->text; }
const std::string &Unit::canonical() const { return impl_->canonical; }
const std::string &Unit::display() const { return impl_->display; }
const std::string &Unit::kind() const { return impl_->kind; }
bool Unit::is_special() const { return impl_->special != nullptr; }
bool Unit::is_arbitrary() const { return !impl_->arbitrary.empty(); }

bool Unit::is_affine() const {
    if (!impl_->special) return false;
    const Special s = impl_->special->special;
    return s == Special::celsius || s == Special::fahrenheit || s == Special::reaumur;
}

bool Unit::is_unity() const {
    const Magnitude &m = impl_->magnitude;
    return impl_->kind == "1" && m.numerator == 1 && m.denominator == 1 && m.power == 0;
}

bool commensurable(const Unit &a, const Unit &b) {
    return a.impl().exponents == b.impl().exponents && a.impl().arbitrary == b.impl().arbitrary;
}

}  // namespace clinical::ucum
