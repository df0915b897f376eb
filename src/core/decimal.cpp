#include "core/decimal.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include "core/big_integer.h"

namespace clinical::core {

using Integer = BigInteger;
using Small = Decimal::Small;

struct Decimal::Big {
    Integer value;
};

namespace {

constexpr int small_digits = 38;  // 10^38 < 2^128

constexpr auto small_powers = [] {
    std::array<Small, small_digits + 1> powers{};
    powers[0] = 1;
    for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
    return powers;
}();

Integer power_of_ten(int n) {
    if (n <= small_digits) return Integer(small_powers[static_cast<std::size_t>(n)]);
    return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(n));
}

// coefficient * 10^n, or false when it does not fit.
bool scaled_up(Small coefficient, int n, Small &out) {
    if (n > small_digits) {
        out = 0;
        return coefficient == 0;
    }
    return !__builtin_mul_overflow(coefficient, small_powers[static_cast<std::size_t>(n)], &out);
}

int digits_of(Small n) {
    const auto *end = std::upper_bound(small_powers.begin() + 1, small_powers.end(), n);
    return static_cast<int>(end - small_powers.begin());
}

// Whether a quotient whose magnitude was cut must be one larger.  `twice` compares the doubled
// remainder with the divisor: -1, 0, 1; `inexact` says that there is a remainder at all.
bool rounds_up(Rounding rounding, bool negative, bool odd, int twice, bool inexact) {
    switch (rounding) {
        case Rounding::half_away: return twice >= 0;
        case Rounding::half_even: return twice > 0 || (twice == 0 && odd);
        case Rounding::truncate: return false;
        case Rounding::floor: return negative && inexact;
        case Rounding::ceiling: return !negative && inexact;
    }
    return false;
}

Small divide_rounded(Small n, Small d, bool negative, Rounding rounding) {
    const Small quotient = n / d;
    const Small rest = n % d;
    const int twice = rest > d - rest ? 1 : rest == d - rest ? 0 : -1;
    return quotient + (rounds_up(rounding, negative, quotient % 2 == 1, twice, rest != 0) ? 1 : 0);
}

Integer divide_rounded(const Integer &n, const Integer &d, bool negative, Rounding rounding) {
    Integer quotient;
    Integer rest;
    boost::multiprecision::divide_qr(n, d, quotient, rest);
    const int twice = Integer(rest * 2).compare(d);
    if (rounds_up(rounding, negative, bit_test(quotient, 0), twice, !rest.is_zero())) ++quotient;
    return quotient;
}

Error too_long() {
    return {ErrorCode::limit_exceeded, "number has too many digits",
            "A number may have 4000 digits on either side of the point.", 0};
}

Error not_a_number(std::size_t offset) {
    return {ErrorCode::invalid_syntax, "invalid number",
            "A number is digits with an optional sign, fraction and exponent.", offset};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_from(std::string_view text, std::size_t from) {
    std::size_t end = from;
    while (end < text.size() && is_digit(text[end])) ++end;
    return end - from;
}

}  // namespace

Decimal::Decimal(bool negative, Small coefficient, int scale)
    : small_(coefficient), scale_(scale), negative_(negative && coefficient != 0) {}

Decimal::Decimal(bool negative, std::shared_ptr<const Big> coefficient, int scale)
    : big_(std::move(coefficient)), scale_(scale), negative_(negative) {}

Decimal::Decimal(std::int64_t value) noexcept : Decimal(scaled(value, 0)) {}

Decimal Decimal::scaled(std::int64_t coefficient, int scale) noexcept {
    const auto bits = static_cast<std::uint64_t>(coefficient);
    return {coefficient < 0, Small(coefficient < 0 ? 0 - bits : bits), scale};
}

Result<Decimal> Decimal::make(bool negative, Big &&coefficient, int scale, int room) {
    static const Integer largest_small = std::numeric_limits<Small>::max();
    if (coefficient.value <= largest_small)
        return Decimal(negative, static_cast<Small>(coefficient.value), scale);
    Decimal made(negative, std::make_shared<const Big>(std::move(coefficient)), scale);
    // A digit takes more than 3 bits: only what is near the limit is counted.
    if (msb(made.big_->value) >= 3 * std::size_t{max_digits} &&
        made.precision() - scale > max_digits + room)
        return too_long();
    return made;
}

Decimal::Big Decimal::coefficient() const { return {big_ ? big_->value : Integer(small_)}; }

Result<Decimal> Decimal::parse(std::string_view text) {
    std::size_t at = 0;
    const bool negative = !text.empty() && text[0] == '-';
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) at = 1;

    const std::string_view whole = text.substr(at, digits_from(text, at));
    if (whole.empty()) return not_a_number(at);
    at += whole.size();
    std::string_view fraction;
    if (at < text.size() && text[at] == '.') {
        fraction = text.substr(at + 1, digits_from(text, at + 1));
        if (fraction.empty()) return not_a_number(at);
        at += 1 + fraction.size();
    }
    int exponent = 0;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        const bool down = at < text.size() && text[at] == '-';
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        const std::size_t digits = digits_from(text, at);
        if (digits == 0) return not_a_number(at);
        for (std::size_t i = 0; i < digits; ++i) {
            exponent = exponent * 10 + (text[at + i] - '0');
            if (exponent > 3 * max_digits) exponent = 3 * max_digits;  // refused below
        }
        if (down) exponent = -exponent;
        at += digits;
    }
    if (at != text.size()) return not_a_number(at);
    if (whole.size() + fraction.size() > 2 * std::size_t{max_digits}) return too_long();

    const int shift = static_cast<int>(fraction.size()) - exponent;
    const int scale = std::max(shift, 0);
    if (scale > max_digits) return too_long();

    if (whole.size() + fraction.size() <= small_digits) {
        Small coefficient = 0;
        for (const std::string_view part : {whole, fraction})
            for (const char c : part) coefficient = coefficient * 10 + static_cast<Small>(c - '0');
        if (shift >= 0) return Decimal(negative, coefficient, scale);
        if (-shift <= max_digits && scaled_up(coefficient, -shift, coefficient))
            return Decimal(negative, coefficient, 0);
    }
    if (-shift > max_digits) return too_long();
    // A leading zero would make the library read octal.
    std::string digits(whole);
    digits += fraction;
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    Integer coefficient(digits);
    if (shift < 0) coefficient *= power_of_ten(-shift);
    return make(negative, Big{std::move(coefficient)}, scale);
}

void Decimal::append_to(std::string &out) const {
    std::string digits;
    if (big_) {
        digits = big_->value.str();
    } else {
        char buffer[small_digits + 2];
        char *at = std::end(buffer);
        Small rest = small_;
        // Sixty-four bits at a time: division of 128 bits is slow.
        while (rest > std::numeric_limits<std::uint64_t>::max()) {
            constexpr std::uint64_t block = 1'000'000'000'000'000'000;
            auto low = static_cast<std::uint64_t>(rest % block);
            rest /= block;
            for (int i = 0; i < 18; ++i, low /= 10) *--at = static_cast<char>('0' + low % 10);
        }
        auto low = static_cast<std::uint64_t>(rest);
        do *--at = static_cast<char>('0' + low % 10);
        while ((low /= 10) != 0);
        digits.assign(at, std::end(buffer));
    }
    if (negative_) out += '-';
    const auto scale = static_cast<std::size_t>(scale_);
    if (scale == 0) {
        out += digits;
    } else if (digits.size() > scale) {
        out.append(digits, 0, digits.size() - scale);
        out += '.';
        out.append(digits, digits.size() - scale);
    } else {
        out += "0.";
        out.append(scale - digits.size(), '0');
        out += digits;
    }
}

std::string Decimal::to_text() const {
    std::string out;
    append_to(out);
    return out;
}

int Decimal::precision() const {
    if (!big_) return small_ == 0 ? 1 : digits_of(small_);
    // floor(bits * log10 2) is the number of digits less one, or one less than that.
    const auto bits = static_cast<double>(msb(big_->value));
    const int least = static_cast<int>(bits * 0.30102999566398119);
    return big_->value >= power_of_ten(least + 1) ? least + 2 : least + 1;
}

std::optional<std::int64_t> Decimal::to_int64() const {
    const Decimal whole = scale_ == 0 ? *this : trimmed();
    if (whole.scale_ != 0 || whole.big_) return {};
    constexpr auto largest = Small(std::numeric_limits<std::int64_t>::max());
    if (whole.small_ > largest + (negative_ ? 1 : 0)) return {};
    const auto bits = static_cast<std::uint64_t>(whole.small_);
    return static_cast<std::int64_t>(negative_ ? 0 - bits : bits);
}

double Decimal::to_double() const { return std::strtod(to_text().c_str(), nullptr); }

Decimal Decimal::negated() const {
    Decimal out = *this;
    out.negative_ = !negative_ && !is_zero();
    return out;
}

Decimal Decimal::abs() const { return negative_ ? negated() : *this; }

Decimal Decimal::trimmed() const {
    Decimal out = *this;
    if (!big_) {
        while (out.scale_ > 0 && out.small_ % 10 == 0) {
            out.small_ /= 10;
            --out.scale_;
        }
        return out;
    }
    Integer coefficient = big_->value;
    Integer quotient;
    Integer rest;
    int scale = scale_;
    while (scale > 0) {
        boost::multiprecision::divide_qr(coefficient, Integer(10), quotient, rest);
        if (!rest.is_zero()) break;
        coefficient.swap(quotient);
        --scale;
    }
    if (scale == scale_) return out;
    return make(negative_, Big{std::move(coefficient)}, scale).value();  // only shorter
}

Result<Decimal> Decimal::add(const Decimal &a, const Decimal &b, bool negate_b) {
    const int scale = std::max(a.scale_, b.scale_);
    const bool b_negative = b.negative_ != (negate_b && !b.is_zero());
    Small x = 0;
    Small y = 0;
    if (!a.big_ && !b.big_ && scaled_up(a.small_, scale - a.scale_, x) &&
        scaled_up(b.small_, scale - b.scale_, y)) {
        if (a.negative_ != b_negative)
            return x >= y ? Decimal(a.negative_, x - y, scale) : Decimal(b_negative, y - x, scale);
        Small sum = 0;
        if (!__builtin_add_overflow(x, y, &sum)) return Decimal(a.negative_, sum, scale);
    }
    Integer left = a.coefficient().value * power_of_ten(scale - a.scale_);
    Integer right = b.coefficient().value * power_of_ten(scale - b.scale_);
    if (a.negative_) left = -left;
    if (b_negative) right = -right;
    left += right;
    const bool negative = left < 0;
    if (negative) left = -left;
    return make(negative, Big{std::move(left)}, scale);
}

Result<Decimal> Decimal::plus(const Decimal &other) const { return add(*this, other, false); }
Result<Decimal> Decimal::minus(const Decimal &other) const { return add(*this, other, true); }

Result<Decimal> Decimal::times(const Decimal &other) const {
    const int scale = scale_ + other.scale_;
    if (scale > max_digits) return too_long();
    const bool negative = negative_ != other.negative_;
    Small product = 0;
    if (!big_ && !other.big_ && !__builtin_mul_overflow(small_, other.small_, &product))
        return Decimal(negative, product, scale);
    return make(negative, Big{coefficient().value * other.coefficient().value}, scale);
}

Result<Decimal> Decimal::shifted(int n) const {
    if (n > 2 * max_digits || scale_ - n > max_digits) return too_long();
    const int more = std::max(0, n - scale_);
    Decimal out = *this;
    out.scale_ = scale_ - n + more;
    if (more == 0) return out;
    if (!big_ && scaled_up(small_, more, out.small_)) return out;
    return make(negative_, Big{coefficient().value * power_of_ten(more)}, 0);
}

Result<Decimal> Decimal::divide(const Decimal &divisor, int scale, Rounding rounding) const {
    if (divisor.is_zero())
        return Error{ErrorCode::invalid_value, "division by zero", "The divisor is zero.", 0};
    if (scale < 0 || scale > max_digits) return too_long();
    const bool negative = negative_ != divisor.negative_;
    // (a * 10^-s) / (b * 10^-t) = (a / b) * 10^(t - s), wanted times 10^scale.
    const int shift = scale + divisor.scale_ - scale_;
    Small n = small_;
    Small d = divisor.small_;
    if (!big_ && !divisor.big_ && (shift >= 0 ? scaled_up(n, shift, n) : scaled_up(d, -shift, d)))
        return Decimal(negative, divide_rounded(n, d, negative, rounding), scale);
    Integer numerator = coefficient().value;
    Integer denominator = divisor.coefficient().value;
    (shift >= 0 ? numerator : denominator) *= power_of_ten(std::abs(shift));
    return make(negative, Big{divide_rounded(numerator, denominator, negative, rounding)}, scale);
}

Result<Decimal> Decimal::remainder(const Decimal &divisor) const {
    auto quotient = divide(divisor, 0, Rounding::truncate);
    if (!quotient.ok()) return quotient;
    auto product = quotient.value().times(divisor);
    if (!product.ok()) return product;
    return minus(product.value());
}

Result<Decimal> Decimal::round(int scale, Rounding rounding) const {
    if (scale > max_digits || scale < -max_digits) return too_long();
    if (scale >= scale_) {
        Small coefficient = 0;
        if (!big_ && scaled_up(small_, scale - scale_, coefficient))
            return Decimal(negative_, coefficient, scale);
        return make(negative_, Big{this->coefficient().value * power_of_ten(scale - scale_)}, scale,
                    1);
    }
    const int dropped = scale_ - scale;
    if (!big_ && dropped <= small_digits) {
        const Small unit = small_powers[static_cast<std::size_t>(dropped)];
        Small coefficient = divide_rounded(small_, unit, negative_, rounding);
        if (scale >= 0) return Decimal(negative_, coefficient, scale);
        if (scaled_up(coefficient, -scale, coefficient)) return Decimal(negative_, coefficient, 0);
    }
    Integer coefficient =
        divide_rounded(this->coefficient().value, power_of_ten(dropped), negative_, rounding);
    if (scale < 0) coefficient *= power_of_ten(-scale);
    // 9.5 is longer when it is rounded.
    return make(negative_, Big{std::move(coefficient)}, std::max(scale, 0), 1);
}

Decimal Decimal::round_significant(int digits, Rounding rounding) const {
    const int excess = precision() - std::max(digits, 1);
    if (excess <= 0) return *this;
    auto rounded = round(scale_ - excess, rounding);
    if (!rounded.ok()) return *this;  // 9.99 with 4000 digits before the point
    // 9.96 at two digits is 10, not 10.0.
    Decimal &out = rounded.value();
    if (out.scale_ > 0 && out.precision() > digits) return out.round(out.scale_ - 1).value();
    return out;
}

Decimal Decimal::floor() const { return round(0, Rounding::floor).value(); }
Decimal Decimal::ceiling() const { return round(0, Rounding::ceiling).value(); }
Decimal Decimal::truncate() const { return round(0, Rounding::truncate).value(); }

std::strong_ordering operator<=>(const Decimal &a, const Decimal &b) {
    if (a.negative_ != b.negative_)
        return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
    const int scale = std::max(a.scale_, b.scale_);
    const auto signed_order = [&](int order) { return (a.negative_ ? -order : order) <=> 0; };
    Small x = 0;
    Small y = 0;
    if (!a.big_ && !b.big_ && scaled_up(a.small_, scale - a.scale_, x) &&
        scaled_up(b.small_, scale - b.scale_, y))
        return signed_order(x < y ? -1 : x > y ? 1 : 0);
    const Integer left = a.coefficient().value * power_of_ten(scale - a.scale_);
    const Integer right = b.coefficient().value * power_of_ten(scale - b.scale_);
    return signed_order(left.compare(right));
}

}  // namespace clinical::core
