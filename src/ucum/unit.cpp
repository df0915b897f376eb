#include <algorithm>
#include <limits>

#include "ucum/impl.h"

namespace clinical::ucum {

namespace {

constexpr std::size_t magnitude_bits_max = 6'000;  // some 1800 digits
constexpr int power_max = 1'800;                   // within core::Decimal with room for values
constexpr int exponent_sum_max = 999;              // so that a canonical form is a unit

BigInteger raised(const BigInteger &base, int exponent) {
    return base == 1 ? base : boost::multiprecision::pow(base, static_cast<unsigned>(exponent));
}

// How many bits a factor adds at most; none for 1.
std::size_t bit_length(const BigInteger &n) { return n == 1 ? 0 : msb(n) + 1; }

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

bool is_affine_function(Special special) { return !zero_offset(special).is_zero(); }

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
            const std::size_t present = msb(magnitude.numerator) + msb(magnitude.denominator);
            const std::size_t more = bit_length(m.numerator) + bit_length(m.denominator);
            if (present + more * static_cast<std::size_t>(std::abs(factor.exponent)) >
                magnitude_bits_max)
                return core::Error{core::ErrorCode::limit_exceeded, "unit is too large",
                                   "A unit's magnitude has more than 1800 digits.", 0};
            magnitude.multiply(m, factor.exponent);
        }
        if (!factor.atom) continue;
        for (std::size_t i = 0; i < base_units; ++i)
            exponents[i] += factor.atom->exponents[i] * factor.exponent;
        if (!factor.atom->tag.empty())
            (factor.atom->arbitrary ? arbitrary : tags)[factor.atom->tag] += factor.exponent;
    }
    for (const int exponent : exponents)
        if (std::abs(exponent) > exponent_sum_max || std::abs(magnitude.power) > power_max)
            return core::Error{
                core::ErrorCode::limit_exceeded, "unit is too large",
                "A unit's exponents add up to more than 999, or its powers of ten to "
                "more than 1800.",
                0};
    for (const auto &part : arbitrary)
        if (std::abs(part.second) > exponent_sum_max)
            return core::Error{core::ErrorCode::limit_exceeded, "unit is too large",
                               "A unit's exponents add up to more than 999.", 0};
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
    return derive_line();
}

// What compares and hashes quantities of one kind.  A change here changes hashes: say so in the
// release notes, and REINDEX.
std::optional<core::Error> Unit::Impl::derive_line() {
    Magnitude line = scale;
    Magnitude shift;
    BigInteger hundredths = 0;
    if (!special || is_affine_function(special->special)) {
        line.multiply(magnitude);
        if (special) shift = magnitude;
        if (special) hundredths = zero_offset(special->special);
    }
    line.reduce();
    const auto decimal = [](const BigInteger &n, int power) {
        return core::Decimal::parse(n.str() + "e" + std::to_string(power));
    };
    const BigInteger common = lcm(line.denominator, shift.denominator);
    auto a = decimal(line.numerator * (common / line.denominator), line.power);
    auto b = decimal(hundredths * shift.numerator * (common / shift.denominator), shift.power - 2);
    auto c = decimal(common, 0);
    for (const auto *part : {&a, &b, &c})
        if (!part->ok()) return part->error();
    slope = std::move(a).value();
    offset = b.value().trimmed();
    divisor = std::move(c).value();
    return std::nullopt;
}

BigInteger zero_offset(Special special) {
    switch (special) {
        case Special::celsius: return 27315;
        case Special::fahrenheit: return 45967;
        case Special::reaumur: return 21852;
        default: return 0;
    }
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
    return impl_->special && is_affine_function(impl_->special->special);
}

bool Unit::is_unity() const {
    const Magnitude &m = impl_->magnitude;
    return impl_->kind == "1" && m.numerator == 1 && m.denominator == 1 && m.power == 0;
}

bool commensurable(const Unit &a, const Unit &b) {
    return a.impl().exponents == b.impl().exponents && a.impl().arbitrary == b.impl().arbitrary;
}

}  // namespace clinical::ucum
