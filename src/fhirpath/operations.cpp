#include "fhirpath/operations.h"

#include <algorithm>
#include <functional>

#include "fhirpath/quantity.h"
#include "fhirpath/strings.h"

namespace clinical::fhirpath {

using core::Decimal;

void fail(const char *what, const char *where) {
    throw core::Error{core::ErrorCode::invalid_value, what, where, 0};
}

namespace {

// A number beside a quantity is a quantity of unit '1' (3.0, implicit conversion).
Value as_quantity(const Value &number) { return Value::of_quantity(number.as_decimal(), "1"); }

bool is_date(const Value &v) { return v.kind == ValueKind::date || v.kind == ValueKind::date_time; }

std::optional<Decimal> ok(core::Result<Decimal> result) {
    if (!result.ok()) return std::nullopt;
    return std::move(result).value();
}

// Digits behind the point without zeros at the end (6.1.2).
int precision_of(const Decimal &d) { return d.trimmed().scale(); }

bool decimals_equivalent(const Decimal &a, const Decimal &b) {
    if (a == b) return true;
    const int scale = std::min(precision_of(a), precision_of(b));
    const auto x = ok(a.round(scale));
    const auto y = ok(b.round(scale));
    return x && y && *x == *y;
}

}  // namespace

std::optional<bool> equal(const Value &a, const Value &b) {
    if (a.is_number() && b.is_number()) return a.as_decimal() == b.as_decimal();
    if (a.kind == ValueKind::quantity || b.kind == ValueKind::quantity) {
        if (a.kind == b.kind) return quantities_equal(a, b);
        if (a.is_number()) return quantities_equal(as_quantity(a), b);
        if (b.is_number()) return quantities_equal(a, as_quantity(b));
        return false;
    }
    if (is_date(a) && is_date(b)) {
        const Order o = compare(a.temporal, b.temporal);
        return o.known ? std::optional(o.sign == 0)
                       : (o.sign == 0 ? std::nullopt : std::optional(false));
    }
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case ValueKind::boolean: return a.boolean == b.boolean;
        case ValueKind::string: return a.text == b.text;
        case ValueKind::time: {
            const Order o = compare(a.temporal, b.temporal);
            return o.known ? std::optional(o.sign == 0) : std::nullopt;
        }
        case ValueKind::type_info: return a.text == b.text && a.name_space == b.name_space;
        default: return false;
    }
}

bool equivalent(const Value &a, const Value &b) {
    if (a.is_number() && b.is_number()) return decimals_equivalent(a.as_decimal(), b.as_decimal());
    if (a.kind == ValueKind::quantity || b.kind == ValueKind::quantity) {
        if (a.kind == b.kind) return quantities_equivalent(a, b);
        if (a.is_number()) return quantities_equivalent(as_quantity(a), b);
        if (b.is_number()) return quantities_equivalent(a, as_quantity(b));
        return false;
    }
    if (a.is_temporal() && b.is_temporal()) return equivalent(a.temporal, b.temporal);
    if (a.kind != b.kind) return false;
    if (a.kind == ValueKind::string) return strings_equivalent(a.text, b.text);
    return equal(a, b).value_or(false);
}

std::optional<int> order(const Value &a, const Value &b) {
    const auto sign = [](auto o) { return o < 0 ? -1 : o > 0 ? 1 : 0; };
    if (a.is_number() && b.is_number()) {
        const auto o = a.as_decimal() <=> b.as_decimal();
        return sign(o);
    }
    if (a.kind == ValueKind::quantity && b.kind == ValueKind::quantity)
        return compare_quantities(a, b);
    if (a.kind == ValueKind::quantity && b.is_number())
        return compare_quantities(a, as_quantity(b));
    if (a.is_number() && b.kind == ValueKind::quantity)
        return compare_quantities(as_quantity(a), b);
    if ((is_date(a) && is_date(b)) || (a.kind == ValueKind::time && b.kind == ValueKind::time)) {
        const Order o = compare(a.temporal, b.temporal);
        if (!o.known) return std::nullopt;
        return o.sign;
    }
    if (a.kind == ValueKind::string && b.kind == ValueKind::string)
        return sign(a.text.compare(b.text));  // UTF-8 bytes sort as code points do
    fail("values of these types cannot be compared", "FHIRPath 6.2.");
}

std::optional<Value> checked_integer(const Decimal &value, bool is_long) {
    const auto whole = value.to_int64();
    if (!whole) return std::nullopt;
    if (is_long) return Value::of_long(*whole);
    if (*whole > INT32_MAX || *whole < INT32_MIN) return std::nullopt;
    return Value::of_integer(*whole);
}

namespace {

// 3.0: no more than 28 digits, 8 behind the point, are asked of a decimal; a quotient is given
// with as many as double precision shows and no fewer than its operands have.
constexpr int quotient_digits = 16;

std::optional<Decimal> quotient(const Decimal &a, const Decimal &b) {
    if (b.is_zero()) return std::nullopt;
    const int scale = std::max({quotient_digits, a.scale(), b.scale()});
    auto q = ok(a.divide(b, scale));
    if (!q) return std::nullopt;
    // Exact quotients keep the digits they need, as 2.0 / 4 is 0.5.
    return q->trimmed();
}

std::optional<Value> number_arithmetic(Operator op, const Value &a, const Value &b) {
    const Decimal x = a.as_decimal();
    const Decimal y = b.as_decimal();
    const bool integers = a.kind != ValueKind::decimal && b.kind != ValueKind::decimal;
    const bool is_long = a.kind == ValueKind::long_integer || b.kind == ValueKind::long_integer;
    std::optional<Decimal> result;
    switch (op) {
        case Operator::add: result = ok(x.plus(y)); break;
        case Operator::subtract: result = ok(x.minus(y)); break;
        case Operator::multiply: result = ok(x.times(y)); break;
        case Operator::divide:
            result = quotient(x, y);
            if (!result) return std::nullopt;
            return Value::of_decimal(*result);
        case Operator::div: {
            if (y.is_zero()) return std::nullopt;
            result = ok(x.divide(y, 0, core::Rounding::truncate));
            if (!result) return std::nullopt;
            return checked_integer(*result, is_long);
        }
        case Operator::mod:
            if (y.is_zero()) return std::nullopt;
            result = ok(x.remainder(y));
            break;
        default: break;
    }
    if (!result) return std::nullopt;
    if (integers) return checked_integer(*result, is_long);
    return Value::of_decimal(*result);
}

std::optional<Value> add_to_temporal(const Value &t, const Value &quantity, bool subtract) {
    const auto unit = duration_unit(quantity);
    if (!unit) fail("this unit cannot be added to a date or time", "FHIRPath 6.7.");
    if (t.kind == ValueKind::time && *unit < Precision::hour)
        fail("this unit cannot be added to a time", "FHIRPath 6.7.");
    const Decimal value = subtract ? quantity.decimal.negated() : quantity.decimal;
    const auto sum = add(t.temporal, value, *unit);
    if (!sum) return std::nullopt;
    return Value::of_temporal(*sum);
}

// Of a quantity without dimension: its number.
std::optional<Value> dimensionless(const Value &v) {
    if (v.kind != ValueKind::quantity) return v;
    const auto one = convert_quantity(v, "1");
    if (!one) return std::nullopt;
    return Value::of_decimal(one->decimal);
}

}  // namespace

std::optional<Value> arithmetic(Operator op, const Value &a, const Value &b) {
    const bool quantity = a.kind == ValueKind::quantity || b.kind == ValueKind::quantity;
    if (a.is_number() && b.is_number()) return number_arithmetic(op, a, b);
    if (quantity && (a.is_number() || a.kind == ValueKind::quantity) &&
        (b.is_number() || b.kind == ValueKind::quantity)) {
        const Value x = a.is_number() ? as_quantity(a) : a;
        const Value y = b.is_number() ? as_quantity(b) : b;
        switch (op) {
            case Operator::add: return add_quantities(x, y, false);
            case Operator::subtract: return add_quantities(x, y, true);
            case Operator::multiply: return multiply_quantities(x, y);
            case Operator::divide: return divide_quantities(x, y);
            default: {
                const auto p = dimensionless(a);
                const auto q = dimensionless(b);
                if (!p || !q) return std::nullopt;
                return number_arithmetic(op, *p, *q);
            }
        }
    }
    if (op == Operator::add && a.kind == ValueKind::string && b.kind == ValueKind::string)
        return Value::of_string(a.text + b.text);
    if (op == Operator::add && a.is_temporal() && b.kind == ValueKind::quantity)
        return add_to_temporal(a, b, false);
    if (op == Operator::add && a.kind == ValueKind::quantity && b.is_temporal())
        return add_to_temporal(b, a, false);
    if (op == Operator::subtract && a.is_temporal() && b.kind == ValueKind::quantity)
        return add_to_temporal(a, b, true);
    fail("an operator does not take values of these types", "FHIRPath 6.6.");
}

std::optional<Value> negate(const Value &a) {
    Value v = a;
    switch (a.kind) {
        case ValueKind::integer:
        case ValueKind::long_integer:
            return checked_integer(Decimal(a.integer).negated(), a.kind == ValueKind::long_integer);
        case ValueKind::decimal:
        case ValueKind::quantity: v.decimal = v.decimal.negated(); return v;
        default: fail("a sign needs a number or quantity", "FHIRPath 6.6.");
    }
}

std::size_t hash(const Value &value) {
    const std::hash<std::string_view> text;
    switch (value.kind) {
        case ValueKind::boolean: return value.boolean ? 11 : 13;
        case ValueKind::string: return text(value.text);
        case ValueKind::integer:
        case ValueKind::long_integer:
        case ValueKind::decimal: return text(value.as_decimal().trimmed().to_text());
        case ValueKind::date:
        case ValueKind::date_time: return 17;  // offsets move days, months and years
        case ValueKind::time: return 19 + value.temporal.hour;
        case ValueKind::quantity: return 23;  // 1 'g' is 1000 'mg'
        case ValueKind::type_info: return text(value.text);
    }
    return 0;
}

}  // namespace clinical::fhirpath
