#pragma once

// Operators on single values (chapter 6).  Nothing (std::nullopt) is the empty collection; operands
// of types that do not go together throw core::Error.

#include <cstddef>
#include <optional>

#include "fhirpath/ast.h"
#include "fhirpath/value.h"

namespace clinical::fhirpath {

// 6.1.1: nothing when precision, offset or unit do not say.  Values of other types are unequal.
std::optional<bool> equal(const Value &a, const Value &b);
// 6.1.2: strings by case and white space, decimals at the lesser precision; never empty.
bool equivalent(const Value &a, const Value &b);
// 6.2: the sign of a - b.  Throws when the types cannot be ordered.
std::optional<int> order(const Value &a, const Value &b);

// 6.6 and 6.7: + - * / div mod.
std::optional<Value> arithmetic(Operator op, const Value &a, const Value &b);
std::optional<Value> negate(const Value &a);

// Equal values have equal hashes; values that may be equal across types (1, 1.0, 1 '1') too.
std::size_t hash(const Value &value);

// An integer result that does not fit its type is empty (6.6).
std::optional<Value> checked_integer(const core::Decimal &value, bool is_long);

[[noreturn]] void fail(const char *what, const char *where = "");

}  // namespace clinical::fhirpath
