#pragma once

// UCUM: units of measure, exactly.  The whole grammar and the whole table of UCUM 2.2; magnitudes
// are rational numbers, so conversion between ratio units never passes through binary floating
// point.
//
//   auto mass = ucum::Unit::parse("mg/dL");
//   auto conversion = ucum::Conversion::between(mass.value(), ucum::Unit::parse("g/L").value());
//   conversion.value().apply(core::Decimal::parse("120").value());      // 1.2
//
// Two ways of being comparable:
//   commensurable   UCUM's: same dimension, arbitrary units only with themselves.  To UCUM mol is
//                   a number, and annotations are nothing.
//   same_kind       for quantities of patients: mol, eq, osm, counts, bits and turbidity are apart,
//                   and so is what an annotation that matters tells apart ({creat}, {1.73_m2}).

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.h"
#include "core/error.h"
#include "core/issue.h"

namespace clinical::ucum {

// An immutable unit, cheap to copy.
class Unit {
public:
    // Case-sensitive codes; "" and "1" are unity.  invalid_option says where the text stops being
    // a unit.  At most 500 characters, 32 parentheses deep, exponents up to 999.
    static core::Result<Unit> parse(std::string_view text);
    // Case-insensitive codes (UCUM 4): "MG/DL" is mg/dL, "M" is a metre, "MA" a prefix mega.
    static core::Result<Unit> parse_insensitive(std::string_view text);

    // As it was given; of a case-insensitive code its case-sensitive form.
    [[nodiscard]] const std::string &text() const;
    // Base and arbitrary units with exponents, in alphabetical order: mm[Hg] is g.m-1.s-2.
    // Without dimension it is "1".  Of a special unit, that of the units it is defined by.
    [[nodiscard]] const std::string &canonical() const;
    // Names for people: (milligram) / (deciliter).
    [[nodiscard]] const std::string &display() const;
    // What must be equal for two quantities to compare; an opaque key, ordered bytewise.
    [[nodiscard]] const std::string &kind() const;

    // Its value is not a multiple of a unit (UCUM 21): Cel, pH, dB.
    [[nodiscard]] bool is_special() const;
    // Zero is not nothing (Cel, [degF], [degRe]): sums mean nothing, differences are in K.
    [[nodiscard]] bool is_affine() const;
    // A level or another function of a magnitude (dB, [pH]): no arithmetic at all.
    [[nodiscard]] bool is_nonlinear() const { return is_special() && !is_affine(); }
    [[nodiscard]] bool is_unity() const;      // dimensionless 1, without tag or annotation
    [[nodiscard]] bool is_arbitrary() const;  // contains an arbitrary unit (UCUM 24)

    struct Impl;
    explicit Unit(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
    [[nodiscard]] const Impl &impl() const { return *impl_; }

private:
    std::shared_ptr<const Impl> impl_;
};

bool commensurable(const Unit &a, const Unit &b);
inline bool same_kind(const Unit &a, const Unit &b) { return a.kind() == b.kind(); }

// Whether grammar and table of UCUM have a case-sensitive code: what Unit::parse refuses by,
// without making the unit.
bool is_unit(std::string_view text);

// What is wrong with a unit code; none when it is valid.
std::vector<core::Issue> unit_issues(std::string_view text);

// A compiled conversion.
class Conversion {
public:
    // invalid_value when the units are not commensurable.
    static core::Result<Conversion> between(const Unit &from, const Unit &to);

    // Between ratio units and temperatures: exact when the factor is a decimal fraction of at most
    // 40 digits, else at least 34 significant digits, rounded half away from zero.  Powers of ten
    // move the point and keep the value's digits (1.20 m is 120 cm); other results have no zeros at
    // the end.  Levels, pH, slopes and potencies: 30 significant digits.
    [[nodiscard]] core::Result<core::Decimal> apply(const core::Decimal &value) const;

    // The factor of a conversion between ratio units, when it is a decimal fraction of at most 40
    // digits.
    [[nodiscard]] std::optional<core::Decimal> factor() const;

private:
    Conversion(Unit from, Unit to) : from_(std::move(from)), to_(std::move(to)) {}
    [[nodiscard]] core::Result<core::Decimal> apply_special(const core::Decimal &value) const;

    enum class Method { shift, linear, special };
    Unit from_, to_;
    Method method_ = Method::shift;
    int shift_ = 0;  // value * 10^shift
    // (value * numerator + addend) / denominator
    core::Decimal numerator_, addend_, denominator_;
    bool divides_ = false, adds_ = false;
};

// A number with a unit.
struct Measure {
    core::Decimal value;
    Unit unit;
};

// Equal symbols are joined and different units of one dimension are brought to the first of them:
// 5 mg/kg * 70 kg is 350 mg, and 1 [lb_av]/h / (1 kg/s) is a number.  Annotations stay.  Special
// units other than by a plain number are invalid_value, division by zero too.
core::Result<Measure> multiply(const Measure &a, const Measure &b);
core::Result<Measure> divide(const Measure &a, const Measure &b);

}  // namespace clinical::ucum
