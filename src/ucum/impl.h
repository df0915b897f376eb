#pragma once

// What a unit is inside.  For the .cpp files of the chapter: it includes the big integers.

#include <map>
#include <string>
#include <vector>

#include "core/big_integer.h"
#include "ucum/table.h"
#include "ucum/ucum.h"

namespace clinical::ucum {

using core::BigInteger;

// A positive rational: numerator / denominator * 10^power.
struct Magnitude {
    BigInteger numerator = 1, denominator = 1;
    int power = 0;

    void multiply(const Magnitude &other, int exponent = 1);
    // Lowest terms, no tens in the numerator, and a denominator without 2 and 5.
    void reduce();
    [[nodiscard]] Magnitude over(const Magnitude &divisor) const;
    // The fraction as it is, with the power of ten multiplied out.
    [[nodiscard]] BigInteger whole_numerator() const;
    [[nodiscard]] BigInteger whole_denominator() const;
};

// How far below a temperature's zero absolute zero is, in hundredths of a degree; else 0.
BigInteger zero_offset(Special special);
bool is_affine_function(Special special);

BigInteger ten_to(int n);  // n >= 0
core::Decimal to_decimal(const BigInteger &n);

// One component of a unit: a symbol with exponent, or a number; with or without annotation.
struct Factor {
    const Prefix *prefix = nullptr;
    const Atom *atom = nullptr;  // none: a number
    BigInteger number = 1;
    int exponent = 1;  // negative behind a solidus
    std::string annotation;
};

struct Unit::Impl {
    std::string text, canonical, display, kind;
    std::vector<Factor> factors;
    // In base units.  Of a special unit: of the reference unit, and `scale` is what its value is
    // multiplied by first (a prefix, a number).
    Magnitude magnitude;
    Exponents exponents{};
    std::map<std::string_view, int> arbitrary;  // by tag
    const Atom *special = nullptr;
    Magnitude scale;
    // Within its kind: (value * slope + offset) / divisor, where divisor has no 2 and no 5.
    core::Decimal slope = 1, offset, divisor = 1;

    // Everything but text and display from `factors`.
    std::optional<core::Error> derive();

private:
    std::optional<core::Error> derive_line();
};

// Magnitude of one symbol or number, without its exponent.
Magnitude magnitude_of(const Factor &factor);

// The text of a unit from its parts: what has positive exponents, then "/" what has negative ones.
std::string compose(const std::vector<Factor> &factors);

core::Error unit_error(std::string where, std::size_t offset = 0);

}  // namespace clinical::ucum
