#include "fhirpath/convert.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "fhirpath/operations.h"
#include "fhirpath/quantity.h"

namespace clinical::fhirpath {

using core::Decimal;

namespace {

std::optional<Decimal> ok(core::Result<Decimal> result) {
    if (!result.ok()) return std::nullopt;
    return std::move(result).value();
}

// [+-]digits[.digits], as 5.5 writes numbers in strings.
bool is_number_text(std::string_view text, bool with_fraction) {
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    std::size_t digits = 0;
    std::size_t points = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.' && with_fraction && points == 0 && i > 0 && i + 1 < text.size())
            ++points;
        else if (text[i] >= '0' && text[i] <= '9')
            ++digits;
        else
            return false;
    }
    return digits > 0;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == y;
    });
}

std::optional<Value> whole(const Value &v, bool is_long) {
    switch (v.kind) {
        case ValueKind::boolean:
            return is_long ? Value::of_long(v.boolean) : Value::of_integer(v.boolean);
        case ValueKind::integer:
        case ValueKind::long_integer: return checked_integer(Decimal(v.integer), is_long);
        case ValueKind::string: {
            if (!is_number_text(v.text, false)) return std::nullopt;
            const auto d = ok(Decimal::parse(v.text));
            return d ? checked_integer(*d, is_long) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

}  // namespace

std::optional<Value> to_boolean(const Value &v) {
    switch (v.kind) {
        case ValueKind::boolean: return v;
        case ValueKind::integer:
        case ValueKind::long_integer:
        case ValueKind::decimal: {
            const Decimal d = v.as_decimal();
            if (d == Decimal(1)) return Value::of_boolean(true);
            if (d.is_zero()) return Value::of_boolean(false);
            return std::nullopt;
        }
        case ValueKind::string:
            for (const std::string_view yes : {"true", "t", "yes", "y", "1", "1.0"})
                if (equals_ignoring_case(v.text, yes)) return Value::of_boolean(true);
            for (const std::string_view no : {"false", "f", "no", "n", "0", "0.0"})
                if (equals_ignoring_case(v.text, no)) return Value::of_boolean(false);
            return std::nullopt;
        default: return std::nullopt;
    }
}

std::optional<Value> to_integer(const Value &v) { return whole(v, false); }
std::optional<Value> to_long(const Value &v) { return whole(v, true); }

std::optional<Value> to_decimal(const Value &v) {
    switch (v.kind) {
        case ValueKind::boolean: return Value::of_decimal(Decimal::scaled(v.boolean ? 10 : 0, 1));
        case ValueKind::integer:
        case ValueKind::long_integer:
        case ValueKind::decimal: return Value::of_decimal(v.as_decimal());
        case ValueKind::string: {
            if (!is_number_text(v.text, true)) return std::nullopt;
            const auto d = ok(Decimal::parse(v.text));
            return d ? std::optional(Value::of_decimal(*d)) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

std::optional<Value> to_date(const Value &v) {
    switch (v.kind) {
        case ValueKind::date: return v;
        case ValueKind::date_time: return Value::of_temporal(date_of(v.temporal));
        case ValueKind::string: {
            // A DateTime's text gives its date.
            const auto t = parse_temporal(v.text, TemporalKind::date_time);
            return t ? std::optional(Value::of_temporal(date_of(*t))) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

std::optional<Value> to_date_time(const Value &v) {
    switch (v.kind) {
        case ValueKind::date_time: return v;
        case ValueKind::date: {
            Temporal t = v.temporal;
            t.kind = TemporalKind::date_time;
            return Value::of_temporal(t);
        }
        case ValueKind::string: {
            const auto t = parse_temporal(v.text, TemporalKind::date_time);
            return t ? std::optional(Value::of_temporal(*t)) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

std::optional<Value> to_time(const Value &v) {
    switch (v.kind) {
        case ValueKind::time: return v;
        case ValueKind::date_time: {
            const auto t = time_of(v.temporal);
            return t ? std::optional(Value::of_temporal(*t)) : std::nullopt;
        }
        case ValueKind::string: {
            std::string_view text = v.text;
            if (text.starts_with('T')) text.remove_prefix(1);
            const auto t = parse_temporal(text, TemporalKind::time);
            return t ? std::optional(Value::of_temporal(*t)) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

std::optional<Value> to_quantity(const Value &v) {
    switch (v.kind) {
        case ValueKind::quantity: return v;
        case ValueKind::integer:
        case ValueKind::decimal: return Value::of_quantity(v.as_decimal(), "1");
        case ValueKind::boolean:
            return Value::of_quantity(Decimal::scaled(v.boolean ? 10 : 0, 1), "1");
        case ValueKind::string: return parse_quantity(v.text);
        default: return std::nullopt;
    }
}

std::optional<Value> to_string(const Value &v) {
    if (v.kind == ValueKind::type_info) return std::nullopt;
    return Value::of_string(to_text(v));
}

namespace {

const Value &number(const Value &v) {
    if (!v.is_number()) fail("a number is expected", "FHIRPath 5.7.");
    return v;
}

// Decimals and quantities take `change`; integers stay as they are.
template <typename Change>
std::optional<Value> change_number(const Value &v, Change change, bool to_whole) {
    if (v.kind == ValueKind::integer || v.kind == ValueKind::long_integer) return v;
    if (v.kind == ValueKind::quantity) {
        Value q = v;
        q.decimal = change(v.decimal);
        return q;
    }
    const Decimal changed = change(number(v).decimal);
    if (to_whole) return checked_integer(changed, false);
    return Value::of_decimal(changed);
}

// A double as a decimal of its 15 sure digits; what is no number is empty.
std::optional<Value> of_double(double d) {
    if (!std::isfinite(d)) return std::nullopt;
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.15g", d);
    const auto decimal = ok(Decimal::parse(buffer));
    if (!decimal) return std::nullopt;
    return Value::of_decimal(*decimal);
}

}  // namespace

std::optional<Value> absolute(const Value &v) {
    if (v.kind == ValueKind::integer || v.kind == ValueKind::long_integer)
        return checked_integer(Decimal(v.integer).abs(), v.kind == ValueKind::long_integer);
    return change_number(
        v, [](const Decimal &d) { return d.abs(); }, false);
}

std::optional<Value> ceiling(const Value &v) {
    return change_number(
        v, [](const Decimal &d) { return d.ceiling(); }, true);
}

std::optional<Value> floor(const Value &v) {
    return change_number(
        v, [](const Decimal &d) { return d.floor(); }, true);
}

std::optional<Value> truncate(const Value &v) {
    return change_number(
        v, [](const Decimal &d) { return d.truncate(); }, true);
}

std::optional<Value> round(const Value &v, std::int64_t digits) {
    if (digits < 0) fail("a precision must not be negative", "FHIRPath 5.7.");
    if (digits > 100) return v;
    const auto rounded = [&](const Decimal &d) {
        if (d.scale() <= digits) return d;
        return ok(d.round(static_cast<int>(digits))).value_or(d);
    };
    if (v.kind == ValueKind::integer || v.kind == ValueKind::long_integer)
        return Value::of_decimal(v.as_decimal());
    return change_number(v, rounded, false);
}

std::optional<Value> square_root(const Value &v) {
    const double d = number(v).as_decimal().to_double();
    return d < 0 ? std::nullopt : of_double(std::sqrt(d));
}

std::optional<Value> exponential(const Value &v) {
    return of_double(std::exp(number(v).as_decimal().to_double()));
}

std::optional<Value> logarithm(const Value &v) {
    const double d = number(v).as_decimal().to_double();
    return d <= 0 ? std::nullopt : of_double(std::log(d));
}

std::optional<Value> logarithm(const Value &v, const Value &base) {
    const double d = number(v).as_decimal().to_double();
    const double b = number(base).as_decimal().to_double();
    if (d <= 0 || b <= 0 || b == 1) return std::nullopt;
    if (b == 2) return of_double(std::log2(d));
    if (b == 10) return of_double(std::log10(d));
    return of_double(std::log(d) / std::log(b));
}

std::optional<Value> power(const Value &v, const Value &exponent) {
    const Decimal base = number(v).as_decimal();
    const Decimal e = number(exponent).as_decimal();
    const auto n = e.to_int64();
    if (n && *n >= 0 && *n <= 1000) {  // exact
        Decimal product(1);
        for (std::int64_t i = 0; i < *n; ++i) {
            const auto next = ok(product.times(base));
            if (!next) return std::nullopt;
            product = *next;
        }
        if (v.kind != ValueKind::decimal && exponent.kind != ValueKind::decimal)
            return checked_integer(product, v.kind == ValueKind::long_integer);
        return Value::of_decimal(product);
    }
    return of_double(std::pow(base.to_double(), e.to_double()));
}

std::optional<Value> precision(const Value &v) {
    switch (v.kind) {
        case ValueKind::integer:
        case ValueKind::long_integer: return Value::of_integer(0);
        case ValueKind::decimal: return Value::of_integer(v.decimal.scale());
        case ValueKind::date:
        case ValueKind::date_time:
        case ValueKind::time: return Value::of_integer(v.temporal.digits());
        default: return std::nullopt;
    }
}

namespace {

// A decimal stands for what is half a unit of its last digit around it.  Given to fewer digits, the
// bound away from zero is rounded and the one towards zero cut: HL7's tests say that
// 1.587.highBoundary(2) is 1.59 and 0.0034.highBoundary(1) is 0.0.
std::optional<Decimal> decimal_boundary(const Decimal &d, std::int64_t digits, bool high) {
    if (digits < 0 || digits > 28) return std::nullopt;
    if (d.is_negative() || (d.is_zero() && !high)) {
        const auto mirrored = decimal_boundary(d.abs(), digits, d.is_negative() ? !high : true);
        return mirrored ? std::optional(mirrored->negated()) : std::nullopt;
    }
    const Decimal half = Decimal::scaled(5, d.scale() + 1);
    const auto exact = ok(high ? d.plus(half) : d.minus(half));
    if (!exact) return std::nullopt;
    return ok(exact->round(static_cast<int>(digits),
                           high ? core::Rounding::half_away : core::Rounding::truncate));
}

}  // namespace

std::optional<Value> boundary(const Value &v, std::optional<std::int64_t> digits, bool high) {
    switch (v.kind) {
        case ValueKind::integer:
        case ValueKind::long_integer:
        case ValueKind::decimal: {
            const auto bound = decimal_boundary(v.as_decimal(), digits.value_or(8), high);
            return bound ? std::optional(Value::of_decimal(*bound)) : std::nullopt;
        }
        case ValueKind::quantity: {
            const auto bound = decimal_boundary(v.decimal, digits.value_or(8), high);
            if (!bound) return std::nullopt;
            Value q = v;
            q.decimal = *bound;
            return q;
        }
        case ValueKind::date:
        case ValueKind::date_time:
        case ValueKind::time: {
            if (digits && (*digits < 0 || *digits > 17)) return std::nullopt;
            const auto bound = boundary(
                v.temporal, digits ? std::optional(static_cast<int>(*digits)) : std::nullopt, high);
            return bound ? std::optional(Value::of_temporal(*bound)) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

}  // namespace clinical::fhirpath
