#pragma once

// Conversions (5.5) and mathematics (5.7) of single values.  Nothing is the empty collection.

#include <optional>

#include "fhirpath/value.h"

namespace clinical::fhirpath {

std::optional<Value> to_boolean(const Value &v);
std::optional<Value> to_integer(const Value &v);
std::optional<Value> to_long(const Value &v);
std::optional<Value> to_decimal(const Value &v);
std::optional<Value> to_date(const Value &v);
std::optional<Value> to_date_time(const Value &v);
std::optional<Value> to_time(const Value &v);
std::optional<Value> to_quantity(const Value &v);
std::optional<Value> to_string(const Value &v);

// These throw for what is no number.
std::optional<Value> absolute(const Value &v);
std::optional<Value> ceiling(const Value &v);
std::optional<Value> floor(const Value &v);
std::optional<Value> truncate(const Value &v);
std::optional<Value> round(const Value &v, std::int64_t digits);
std::optional<Value> square_root(const Value &v);
std::optional<Value> exponential(const Value &v);
std::optional<Value> logarithm(const Value &v);
std::optional<Value> logarithm(const Value &v, const Value &base);
std::optional<Value> power(const Value &v, const Value &exponent);

// 5.9: digits of a value; the least and greatest value that it may stand for.
std::optional<Value> precision(const Value &v);
std::optional<Value> boundary(const Value &v, std::optional<std::int64_t> digits, bool high);

}  // namespace clinical::fhirpath
