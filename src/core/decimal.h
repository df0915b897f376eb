#pragma once

// Exact decimal numbers: a sign, an integer coefficient and a scale (digits behind the point), as
// FHIR, UCUM and numeric mean them.  The scale is kept: 1.50 prints "1.50" and equals 1.5.
//
// Coefficients below 2^128 (38 digits) are held in place; longer ones on the heap, shared between
// copies.  Nothing is ever rounded unless a function's name says so.  A number of more than
// `max_digits` digits on either side of the point is limit_exceeded.

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace clinical::core {

enum class Rounding {
    half_away,  // 0.5 -> 1, -0.5 -> -1: as numeric's round() and the schoolbook
    half_even,  // 0.5 -> 0, 1.5 -> 2
    truncate,   // towards zero
    floor,      // towards minus infinity
    ceiling,    // towards plus infinity
};

class Decimal {
public:
    // Far beyond any measurement, and small enough that quadratic arithmetic does not matter.
    static constexpr int max_digits = 4000;
    using Small = unsigned __int128;

    Decimal() = default;  // 0
    Decimal(std::int64_t value) noexcept;

    // coefficient * 10^-scale, with that scale; `scale` from 0 to max_digits.
    static Decimal scaled(std::int64_t coefficient, int scale) noexcept;
    static Decimal of(bool negative, Small coefficient, int scale) noexcept {
        return {negative, coefficient, scale};
    }
    // The coefficient without sign, when it is short.
    [[nodiscard]] std::optional<Small> small_coefficient() const {
        if (big_) return {};
        return small_;
    }

    // [+-] digits [. digits] [e [+-] digits].  An exponent moves the point: 1.50e1 is 15.0 and 2e3
    // is 2000, as numeric reads them.  Spaces, signs alone and bare points are invalid_syntax.
    static Result<Decimal> parse(std::string_view text);

    [[nodiscard]] std::string to_text() const;  // never an exponent; zero has no sign
    void append_to(std::string &out) const;

    [[nodiscard]] int scale() const { return scale_; }
    [[nodiscard]] int precision() const;  // digits of the coefficient; 1 for zero
    [[nodiscard]] bool is_zero() const { return !big_ && small_ == 0; }
    [[nodiscard]] bool is_negative() const { return negative_; }
    // The value, when it is an integer that fits.
    [[nodiscard]] std::optional<std::int64_t> to_int64() const;
    // The nearest double, for what needs no exactness (ranks, plots).
    [[nodiscard]] double to_double() const;

    [[nodiscard]] Decimal negated() const;
    [[nodiscard]] Decimal abs() const;
    // Without zeros at the end of the fraction: 1.50 -> 1.5, 100 -> 100.
    [[nodiscard]] Decimal trimmed() const;

    // Exact.  The scale is the larger one, of a product the sum.
    [[nodiscard]] Result<Decimal> plus(const Decimal &other) const;
    [[nodiscard]] Result<Decimal> minus(const Decimal &other) const;
    [[nodiscard]] Result<Decimal> times(const Decimal &other) const;

    // times 10^n: the point moves and the digits stay (1.20 by 2 is 120, 120.0 by -3 is 0.1200).
    [[nodiscard]] Result<Decimal> shifted(int n) const;

    // The quotient at `scale` digits behind the point.  Division by zero is invalid_value.
    [[nodiscard]] Result<Decimal> divide(const Decimal &divisor, int scale,
                                         Rounding rounding = Rounding::half_away) const;
    // What a division that truncates to an integer leaves; it has the sign of *this.
    [[nodiscard]] Result<Decimal> remainder(const Decimal &divisor) const;

    // At exactly `scale` digits behind the point: rounded, or filled with zeros.  A negative scale
    // rounds to tens, hundreds, ... and leaves no digits behind the point.
    [[nodiscard]] Result<Decimal> round(int scale, Rounding rounding = Rounding::half_away) const;
    // Rounded to at most `digits` significant digits (at least 1); never filled with zeros.
    [[nodiscard]] Decimal round_significant(int digits,
                                            Rounding rounding = Rounding::half_away) const;
    [[nodiscard]] Decimal floor() const;
    [[nodiscard]] Decimal ceiling() const;
    [[nodiscard]] Decimal truncate() const;

    // By value, whatever the scales: 1.50 == 1.5.
    friend std::strong_ordering operator<=>(const Decimal &a, const Decimal &b);
    friend bool operator==(const Decimal &a, const Decimal &b) { return (a <=> b) == 0; }
    // Value and scale.
    [[nodiscard]] bool identical(const Decimal &other) const {
        return scale_ == other.scale_ && *this == other;
    }

    struct Big;  // a coefficient of any length; defined where the arithmetic is

private:
    Decimal(bool negative, Small coefficient, int scale);
    Decimal(bool negative, std::shared_ptr<const Big> coefficient, int scale);

    // Of a coefficient that may be short or long: puts it where it belongs.  `room`: digits beyond
    // the limit that rounding may add.
    static Result<Decimal> make(bool negative, Big &&coefficient, int scale, int room = 0);
    [[nodiscard]] Big coefficient() const;
    static Result<Decimal> add(const Decimal &a, const Decimal &b, bool negate_b);

    Small small_ = 0;
    std::shared_ptr<const Big> big_;  // only when the coefficient does not fit `small_`
    std::int32_t scale_ = 0;
    bool negative_ = false;  // never with zero
};

}  // namespace clinical::core
