#pragma once

// A quantity: a comparator, an exact number and a unit.  The core of SQL type quantity.
//
// Order is total: by kind of unit, then by the value in base units, then by comparator (< before
// <= before none before >= before >).  So "<5" is not 5, and mg/dL and mmol/L never mix.  Whether
// one quantity is less than another is a different question: it has three answers.

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "ucum/cache.h"
#include "ucum/ucum.h"

namespace clinical::ucum {

enum class Comparator : std::uint8_t { less, less_or_equal, exact, greater_or_equal, greater };

std::string_view symbol_of(Comparator comparator);  // "" for exact
std::optional<Comparator> comparator_of(std::string_view symbol);

struct Quantity {
    Comparator comparator = Comparator::exact;
    core::Decimal value;
    Unit unit;

    // "120 mm[Hg]", "<5 mg/dL", "7"; spaces around the parts are free.  invalid_syntax.
    static core::Result<Quantity> parse(std::string_view text, Cache &units);
    [[nodiscard]] std::string to_text() const;  // unity is not written

    // The stored form: what encode() writes and decode() reads.  `corrupt` when it is none.
    void encode(std::string &out) const;
    static core::Result<Quantity> decode(std::string_view bytes, Cache &units);
};

std::strong_ordering order(const Quantity &a, const Quantity &b);

// Equal for equal quantities, for ever: a hash of it may be stored.
std::string hash_key(const Quantity &quantity);

// Whether every value that `a` may have is below every one that `b` may have.  Nothing when some
// are and some are not, or when the units are of different kinds.
std::optional<bool> is_less(const Quantity &a, const Quantity &b);
std::optional<bool> is_less_or_equal(const Quantity &a, const Quantity &b);

// In another unit of the same kind, else invalid_value.
core::Result<Quantity> convert(const Quantity &quantity, const Unit &to, Cache &units);

// In the unit of `a`; the difference of two temperatures is in K.  Comparators go through where
// the result has one: <5 + 3 is <8, <5 + >3 is invalid_value.
core::Result<Quantity> add(const Quantity &a, const Quantity &b, Cache &units);
core::Result<Quantity> subtract(const Quantity &a, const Quantity &b, Cache &units);
core::Result<Quantity> multiply(const Quantity &a, const Quantity &b);
core::Result<Quantity> divide(const Quantity &a, const Quantity &b);
core::Result<Quantity> negate(const Quantity &quantity);

}  // namespace clinical::ucum
