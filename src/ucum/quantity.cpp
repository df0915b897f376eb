#include "ucum/quantity.h"

#include <cstring>

#include "ucum/impl.h"

namespace clinical::ucum {

using core::Decimal;

namespace {

core::Error malformed(std::string where, std::size_t offset) {
    return {core::ErrorCode::invalid_syntax, "invalid quantity", std::move(where), offset};
}

core::Error other_kind() {
    return {core::ErrorCode::invalid_value, "quantities are not of one kind",
            "The units measure different things, or an annotation tells them apart.", 0};
}

core::Error no_result() {
    return {core::ErrorCode::invalid_value, "quantity has no single value",
            "The comparators leave no bound on one side only.", 0};
}

// What is wrong with a type's bytes.
core::Error damaged() { return {core::ErrorCode::corrupt, "stored quantity is damaged", "", 0}; }

void trim(std::string_view &text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
}

Comparator mirrored(Comparator c) {
    return static_cast<Comparator>(static_cast<int>(Comparator::greater) - static_cast<int>(c));
}

Decimal whole(core::Result<Decimal> result) {
    if (!result.ok()) throw core::Error(std::move(result).error());
    return std::move(result).value();
}

// value * slope + offset; the amount in base units is that over the unit's divisor.
Decimal dividend_of(const Quantity &q) {
    const Unit::Impl &unit = q.unit.impl();
    Decimal scaled = unit.slope == 1 ? q.value : whole(q.value.times(unit.slope));
    return unit.offset.is_zero() ? scaled : whole(scaled.plus(unit.offset));
}

std::strong_ordering order_of_values(const Quantity &a, const Quantity &b) {
    if (&a.unit.impl() == &b.unit.impl() || a.unit.text() == b.unit.text())
        return a.value <=> b.value;
    Decimal left = dividend_of(a);
    Decimal right = dividend_of(b);
    const Decimal &left_divisor = a.unit.impl().divisor;
    const Decimal &right_divisor = b.unit.impl().divisor;
    if (left_divisor != right_divisor) {
        left = whole(left.times(right_divisor));
        right = whole(right.times(left_divisor));
    }
    return left <=> right;
}

}  // namespace

std::string_view symbol_of(Comparator comparator) {
    constexpr std::string_view symbols[] = {"<", "<=", "", ">=", ">"};
    return symbols[static_cast<std::size_t>(comparator)];
}

std::optional<Comparator> comparator_of(std::string_view symbol) {
    for (const auto c : {Comparator::less, Comparator::less_or_equal, Comparator::exact,
                         Comparator::greater_or_equal, Comparator::greater})
        if (symbol_of(c) == symbol) return c;
    return std::nullopt;
}

core::Result<Quantity> Quantity::parse(std::string_view text, Cache &units) {
    const std::string_view all = text;
    const auto offset = [&] { return static_cast<std::size_t>(text.data() - all.data()); };
    trim(text);
    Comparator comparator = Comparator::exact;
    if (text.starts_with('<') || text.starts_with('>')) {
        const std::size_t length = text.substr(1).starts_with('=') ? 2 : 1;
        comparator = *comparator_of(text.substr(0, length));
        text.remove_prefix(length);
        trim(text);
    }
    // The number: a sign, digits, a point, an exponent with a digit behind it.
    std::size_t end = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    const auto digits = [&] {
        while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    };
    digits();
    if (end < text.size() && text[end] == '.') {
        ++end;
        digits();
    }
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        const std::size_t mark = end++;
        if (end < text.size() && (text[end] == '-' || text[end] == '+')) ++end;
        const std::size_t first = end;
        digits();
        if (end == first) end = mark;
    }
    auto value = Decimal::parse(text.substr(0, end));
    if (!value.ok()) {
        if (value.error().code == core::ErrorCode::limit_exceeded) return std::move(value).error();
        return malformed("A quantity is an optional comparator, a number and a unit.", offset());
    }
    text.remove_prefix(end);
    const bool spaced = text.starts_with(' ');
    trim(text);
    if (!text.empty() && !spaced)
        return malformed("A number is not followed by a space and a unit.", offset());
    auto unit = units.unit(text);
    if (!unit.ok()) {
        core::Error error = std::move(unit).error();
        if (error.code == core::ErrorCode::limit_exceeded) return error;
        return malformed("Unit: " + error.where, offset() + error.offset);
    }
    return Quantity{comparator, std::move(value).value(), std::move(unit).value()};
}

std::string Quantity::to_text() const {
    std::string out(symbol_of(comparator));
    value.append_to(out);
    if (!unit.text().empty() && unit.text() != "1") {
        out += ' ';
        out += unit.text();
    }
    return out;
}

// Byte 0: version 1 in the high half, comparator; byte 1: 1 negative, 2 long; bytes 2 and 3: scale;
// then 16 bytes at most of the coefficient behind their number, or, of a long one, its text behind
// two bytes of length; then the unit.  Little endian on every machine.
void Quantity::encode(std::string &out) const {
    const auto small = value.small_coefficient();
    out += static_cast<char>(0x10 | static_cast<int>(comparator));
    out += static_cast<char>((value.is_negative() ? 1 : 0) | (small ? 0 : 2));
    out += static_cast<char>(value.scale() & 0xFF);
    out += static_cast<char>(value.scale() >> 8);
    if (small) {
        Decimal::Small rest = *small;
        const std::size_t length = out.size();
        out += '\0';
        for (; rest != 0; rest >>= 8) out += static_cast<char>(rest & 0xFF);
        out[length] = static_cast<char>(out.size() - length - 1);
    } else {
        const std::string text = value.to_text();
        out += static_cast<char>(text.size() & 0xFF);
        out += static_cast<char>(text.size() >> 8);
        out += text;
    }
    out += unit.text();
}

core::Result<Quantity> Quantity::decode(std::string_view bytes, Cache &units) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() < 5 || byte(0) >> 4 != 1 || (byte(0) & 0xF) > 4) return damaged();
    const auto comparator = static_cast<Comparator>(byte(0) & 0xF);
    const int scale = byte(2) | byte(3) << 8;
    if (scale > Decimal::max_digits) return damaged();
    Decimal value;
    if (byte(1) & 2) {
        if (bytes.size() < 6) return damaged();
        const std::size_t length = byte(4) | std::size_t{byte(5)} << 8;
        if (bytes.size() < 6 + length) return damaged();
        auto parsed = Decimal::parse(bytes.substr(6, length));
        if (!parsed.ok()) return damaged();
        value = std::move(parsed).value();
        bytes.remove_prefix(6 + length);
    } else {
        const std::size_t length = byte(4);
        if (length > 16 || bytes.size() < 5 + length) return damaged();
        Decimal::Small coefficient = 0;
        for (std::size_t i = length; i > 0; --i) coefficient = coefficient << 8 | byte(4 + i);
        value = Decimal::of((byte(1) & 1) != 0, coefficient, scale);
        bytes.remove_prefix(5 + length);
    }
    auto unit = units.unit(bytes);
    if (!unit.ok()) return damaged();
    return Quantity{comparator, std::move(value), std::move(unit).value()};
}

std::strong_ordering order(const Quantity &a, const Quantity &b) {
    if (&a.unit.impl() != &b.unit.impl())
        if (const int kind = a.unit.kind().compare(b.unit.kind()); kind != 0) return kind <=> 0;
    if (const auto values = order_of_values(a, b); std::is_neq(values)) return values;
    return a.comparator <=> b.comparator;
}

std::string hash_key(const Quantity &quantity) {
    // In lowest terms: the coefficient and the divisor without what they share; tens only as scale.
    Decimal dividend = dividend_of(quantity);
    Decimal divisor = quantity.unit.impl().divisor;
    if (divisor != 1) {
        BigInteger coefficient(dividend.abs().trimmed().is_zero() ? "0" : [&] {
            std::string digits = dividend.abs().to_text();
            std::erase(digits, '.');
            digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
            return digits;
        }());
        const BigInteger bottom(divisor.to_text());
        const BigInteger common = gcd(coefficient, bottom);
        if (common != 1) {
            divisor = to_decimal(bottom / common);
            dividend = whole(dividend.divide(to_decimal(common), dividend.scale()));
        }
    }
    std::string key = quantity.unit.kind();
    key += '\0';
    key += symbol_of(quantity.comparator);
    dividend.trimmed().append_to(key);
    key += '/';
    divisor.append_to(key);
    return key;
}

std::optional<bool> is_less(const Quantity &a, const Quantity &b) {
    if (!same_kind(a.unit, b.unit)) return std::nullopt;
    const auto values = order_of_values(a, b);
    const bool a_bounded_above = a.comparator <= Comparator::exact;
    const bool b_bounded_below = b.comparator >= Comparator::exact;
    const bool a_open = a.comparator == Comparator::less;
    const bool b_open = b.comparator == Comparator::greater;
    if (a_bounded_above && b_bounded_below &&
        (std::is_lt(values) || (std::is_eq(values) && (a_open || b_open))))
        return true;
    // Never less: every a is at or above every b.
    const bool a_bounded_below = a.comparator >= Comparator::exact;
    const bool b_bounded_above = b.comparator <= Comparator::exact;
    if (a_bounded_below && b_bounded_above && std::is_gteq(values)) return false;
    return std::nullopt;
}

std::optional<bool> is_less_or_equal(const Quantity &a, const Quantity &b) {
    const auto greater = is_less(b, a);
    if (!greater) return std::nullopt;
    return !*greater;
}

core::Result<Quantity> convert(const Quantity &quantity, const Unit &to, Cache &units) {
    if (quantity.unit.text() == to.text()) return quantity;
    if (!same_kind(quantity.unit, to)) return other_kind();
    auto conversion = units.conversion(quantity.unit.text(), to.text());
    if (!conversion.ok()) return std::move(conversion).error();
    auto value = conversion.value()->apply(quantity.value);
    if (!value.ok()) return std::move(value).error();
    return Quantity{quantity.comparator, std::move(value).value(), to};
}

namespace {

// Bounds add up when they are on one side.
std::optional<Comparator> joint(Comparator a, Comparator b) {
    if (a == Comparator::exact) return b;
    if (b == Comparator::exact) return a;
    const bool below = a < Comparator::exact;
    if (below != (b < Comparator::exact)) return std::nullopt;
    return below ? std::min(a, b) : std::max(a, b);
}

core::Error no_sum() {
    return {core::ErrorCode::invalid_value, "unit allows no arithmetic",
            "Levels, pH and the sum of two temperatures in degrees have no meaning.", 0};
}

}  // namespace

core::Result<Quantity> add(const Quantity &a, const Quantity &b, Cache &units) {
    if (!same_kind(a.unit, b.unit)) return other_kind();
    if (a.unit.is_nonlinear() || b.unit.is_affine()) return no_sum();
    const auto comparator = joint(a.comparator, b.comparator);
    if (!comparator) return no_result();
    Quantity other = b;
    if (a.unit.is_affine()) {
        // A difference in K is added as so many degrees.
        const Unit kelvin = Unit::parse("K").value();
        auto start = convert(a, kelvin, units);
        if (!start.ok()) return start;
        auto sum = add(start.value(), b, units);
        if (!sum.ok()) return sum;
        return convert(sum.value(), a.unit, units);
    }
    auto converted = convert(other, a.unit, units);
    if (!converted.ok()) return converted;
    auto sum = a.value.plus(converted.value().value);
    if (!sum.ok()) return std::move(sum).error();
    return Quantity{*comparator, std::move(sum).value(), a.unit};
}

core::Result<Quantity> subtract(const Quantity &a, const Quantity &b, Cache &units) {
    if (!same_kind(a.unit, b.unit)) return other_kind();
    if (a.unit.is_affine() && b.unit.is_affine()) {
        const Unit kelvin = Unit::parse("K").value();
        auto left = convert(a, kelvin, units);
        auto right = convert(b, kelvin, units);
        if (!left.ok()) return left;
        if (!right.ok()) return right;
        return subtract(left.value(), right.value(), units);
    }
    auto other = negate(b);
    if (!other.ok()) return other;
    return add(a, other.value(), units);
}

core::Result<Quantity> negate(const Quantity &quantity) {
    if (quantity.unit.is_special()) return no_sum();
    return Quantity{mirrored(quantity.comparator), quantity.value.negated(), quantity.unit};
}

core::Result<Quantity> multiply(const Quantity &a, const Quantity &b) {
    if (a.comparator != Comparator::exact && b.comparator != Comparator::exact) return no_result();
    auto product = multiply(Measure{a.value, a.unit}, Measure{b.value, b.unit});
    if (!product.ok()) return std::move(product).error();
    Comparator comparator = *joint(a.comparator, b.comparator);
    const Decimal &exact = a.comparator == Comparator::exact ? a.value : b.value;
    if (exact.is_zero()) comparator = Comparator::exact;
    if (exact.is_negative()) comparator = mirrored(comparator);
    return Quantity{comparator, std::move(product.value().value), product.value().unit};
}

core::Result<Quantity> divide(const Quantity &a, const Quantity &b) {
    if (b.comparator != Comparator::exact) return no_result();
    auto quotient = divide(Measure{a.value, a.unit}, Measure{b.value, b.unit});
    if (!quotient.ok()) return std::move(quotient).error();
    const Comparator comparator = b.value.is_negative() ? mirrored(a.comparator) : a.comparator;
    return Quantity{comparator, std::move(quotient.value().value), quotient.value().unit};
}

}  // namespace clinical::ucum
