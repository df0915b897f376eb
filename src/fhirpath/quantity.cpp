#include "fhirpath/quantity.h"

#include <algorithm>
#include <array>

#include "fhirpath/units.h"

namespace clinical::fhirpath {

using core::Decimal;

namespace {

struct Calendar {
    std::string_view name;  // singular
    std::string_view ucum;
    Precision unit;
    std::int64_t months;        // of a year or month
    std::int64_t milliseconds;  // of the definite ones
};

constexpr std::int64_t day_ms = 86'400'000;

constexpr std::array calendar{
    Calendar{"year", "a", Precision::year, 12, 365 * day_ms},
    Calendar{"month", "mo", Precision::month, 1, 30 * day_ms},
    Calendar{"week", "wk", Precision::week, 0, 7 * day_ms},
    Calendar{"day", "d", Precision::day, 0, day_ms},
    Calendar{"hour", "h", Precision::hour, 0, 3'600'000},
    Calendar{"minute", "min", Precision::minute, 0, 60'000},
    Calendar{"second", "s", Precision::second, 0, 1000},
    Calendar{"millisecond", "ms", Precision::millisecond, 0, 1},
};

const Calendar *by_name(std::string_view name) {
    if (name.ends_with('s') && name.size() > 2) name.remove_suffix(1);
    for (const Calendar &c : calendar)
        if (c.name == name) return &c;
    return nullptr;
}

const Calendar *by_ucum(std::string_view code) {
    for (const Calendar &c : calendar)
        if (c.ucum == code) return &c;
    return nullptr;
}

std::optional<Decimal> ok(core::Result<Decimal> result) {
    if (!result.ok()) return std::nullopt;
    return std::move(result).value();
}

std::optional<Decimal> ratio(const Decimal &value, std::int64_t times, std::int64_t divided_by) {
    const auto product = ok(value.times(Decimal(times)));
    if (!product) return std::nullopt;
    const auto quotient = ok(product->divide(Decimal(divided_by), product->scale() + 16));
    if (!quotient) return std::nullopt;
    return quotient->trimmed();
}

// Between calendar durations: 12 months a year, 30 days a month, 365 days a year (3.0, toQuantity).
std::optional<Decimal> between_calendar(const Decimal &value, const Calendar &from,
                                        const Calendar &to) {
    if (from.unit == to.unit) return value;
    if (from.months && to.months) return ratio(value, from.months, to.months);
    return ratio(value, from.milliseconds, to.milliseconds);
}

bool is_definite(const Calendar &c) { return c.months == 0; }

// Both sides of one kind.  A FHIR duration takes the other's; definite calendar durations are
// UCUM's.  False when they cannot meet: a calendar year is no 'a' (6.1.1).
bool align(Value &a, Value &b) {
    const auto to_ucum = [](Value &v) {
        v.text = by_name(v.text)->ucum;
        v.unit = UnitKind::ucum;
    };
    const auto to_calendar = [](Value &v) {
        v.text = by_ucum(v.text)->name;
        v.unit = UnitKind::calendar;
    };
    if (a.unit == b.unit) return true;
    if (a.unit == UnitKind::either) {
        if (b.unit == UnitKind::calendar)
            to_calendar(a);
        else
            a.unit = UnitKind::ucum;
        return true;
    }
    if (b.unit == UnitKind::either) {
        if (a.unit == UnitKind::calendar)
            to_calendar(b);
        else
            b.unit = UnitKind::ucum;
        return true;
    }
    Value &named = a.unit == UnitKind::calendar ? a : b;
    const Value &coded = a.unit == UnitKind::calendar ? b : a;
    const Calendar *definite = by_ucum(coded.text);
    if (!is_definite(*by_name(named.text))) return false;
    if (!definite || is_definite(*definite)) {
        to_ucum(named);
        return true;
    }
    return false;
}

bool all_calendar(const Value &a, const Value &b) {
    return a.unit == UnitKind::calendar && b.unit == UnitKind::calendar;
}

std::optional<Decimal> in_unit_of(const Value &a, const Value &b) {
    if (all_calendar(a, b)) return between_calendar(a.decimal, *by_name(a.text), *by_name(b.text));
    return convert_units(a.decimal, a.text, b.text);
}

int sign(std::strong_ordering o) { return o < 0 ? -1 : o > 0 ? 1 : 0; }

// Aligned values.
std::optional<int> compare_aligned(const Value &a, const Value &b) {
    if (!all_calendar(a, b)) return compare_units(a.decimal, a.text, b.decimal, b.text);
    const Calendar &x = *by_name(a.text);
    const Calendar &y = *by_name(b.text);
    const bool months = x.months && y.months;
    const auto p = ok(a.decimal.times(Decimal(months ? x.months : x.milliseconds)));
    const auto q = ok(b.decimal.times(Decimal(months ? y.months : y.milliseconds)));
    if (!p || !q) return std::nullopt;
    return sign(*p <=> *q);
}

// How many of unit `to` one of unit `from` is; of temperatures, a degree.
std::optional<Decimal> unit_ratio(Value from, const Value &to) {
    from.decimal = Decimal(1);
    const auto one = in_unit_of(from, to);
    from.decimal = Decimal(0);
    const auto zero = in_unit_of(from, to);
    if (!one || !zero) return std::nullopt;
    return ok(one->minus(*zero));
}

// Where the digits of a value end, in a unit that goes `ratio` times into its own: what is known to
// the gram is known to a thousand milligrams.
int precision_in(const Value &value, const Decimal &ratio) {
    int scale = value.decimal.trimmed().scale();
    Decimal power(10);
    for (int shift = 0; shift < 30 && ratio >= power; ++shift) {
        power = *ok(power.times(Decimal(10)));
        --scale;
    }
    return scale;
}

}  // namespace

std::optional<Precision> calendar_unit(std::string_view name) {
    if (const Calendar *c = by_name(name)) return c->unit;
    return std::nullopt;
}

std::string_view calendar_name(Precision unit) {
    for (const Calendar &c : calendar)
        if (c.unit == unit) return c.name;
    return "";
}

std::optional<Precision> duration_unit(const Value &quantity) {
    if (const Calendar *c = by_name(quantity.text)) return c->unit;
    const Calendar *c = by_ucum(quantity.text);
    if (!c || (quantity.unit == UnitKind::ucum && !is_definite(*c))) return std::nullopt;
    return c->unit;
}

std::optional<bool> quantities_equal(const Value &a, const Value &b) {
    Value x = a;
    Value y = b;
    if (!align(x, y)) return std::nullopt;
    if (const auto order = compare_aligned(x, y)) return *order == 0;
    // Quantities of different dimension are not comparable: empty (6.1.1).
    if (x.text == y.text) return x.decimal == y.decimal;
    return std::nullopt;
}

bool quantities_equivalent(const Value &a, const Value &b) {
    Value x = a;
    Value y = b;
    // For equivalence a year is UCUM's 'a', a month its 'mo' (6.1.2).
    const auto to_calendar = [](Value &v) {
        const Calendar *c = v.unit == UnitKind::calendar ? nullptr : by_ucum(v.text);
        if (c) {
            v.text = c->name;
            v.unit = UnitKind::calendar;
        }
    };
    if (x.unit == UnitKind::calendar || y.unit == UnitKind::calendar) {
        to_calendar(x);
        to_calendar(y);
    }
    if (!align(x, y)) return false;
    // "The comparison will be made using the most granular unit of either input" (6.1.2).
    auto ratio = unit_ratio(y, x);
    if (!ratio) return x.text == y.text && x.decimal == y.decimal;
    if (ratio->abs() < Decimal(1)) {
        std::swap(x, y);
        ratio = unit_ratio(y, x);
        if (!ratio) return false;
    }
    const auto converted = in_unit_of(y, x);
    if (!converted) return false;
    if (*converted == x.decimal) return true;
    const int scale = std::min(x.decimal.trimmed().scale(), precision_in(y, ratio->abs()));
    const auto p = ok(x.decimal.round(scale));
    const auto q = ok(converted->round(scale));
    return p && q && *p == *q;
}

std::optional<int> compare_quantities(const Value &a, const Value &b) {
    Value x = a;
    Value y = b;
    if (!align(x, y)) return std::nullopt;
    return compare_aligned(x, y);
}

bool comparable(const Value &a, const Value &b) {
    Value x = a;
    Value y = b;
    if (!align(x, y)) return false;
    return all_calendar(x, y) || same_dimension(x.text, y.text);
}

std::optional<Value> add_quantities(const Value &a, const Value &b, bool subtract) {
    Value x = a;
    Value y = b;
    const bool both_either = a.unit == UnitKind::either && b.unit == UnitKind::either;
    if (!align(x, y)) return std::nullopt;
    if (x.unit != UnitKind::calendar && (!is_multiplicative(x.text) || !is_multiplicative(y.text)))
        return std::nullopt;
    // The finer unit holds the sum: 7 days + 12 hours is 180 hours.
    Value one_x = x;
    Value one_y = y;
    one_x.decimal = one_y.decimal = Decimal(1);
    const auto finer = compare_aligned(one_x, one_y);
    if (!finer) return std::nullopt;
    const bool in_x = *finer <= 0;
    const auto converted = in_x ? in_unit_of(y, x) : in_unit_of(x, y);
    if (!converted) return std::nullopt;
    const Decimal &left = in_x ? x.decimal : *converted;
    const Decimal &right = in_x ? *converted : y.decimal;
    const auto sum = ok(subtract ? left.minus(right) : left.plus(right));
    if (!sum) return std::nullopt;
    Value result = in_x ? x : y;
    result.decimal = *sum;
    if (both_either) result.unit = UnitKind::either;
    // A sum of durations is one of calendar or one of UCUM, no more either (6.7 needs to know).
    if (!both_either && result.unit == UnitKind::either) result.unit = UnitKind::ucum;
    return result;
}

namespace {

bool is_number(const Value &v) {
    return v.unit == UnitKind::ucum && is_multiplicative(v.text) && same_dimension(v.text, "1");
}

}  // namespace

std::optional<Value> multiply_quantities(const Value &a, const Value &b) {
    const bool a_number = is_number(a);
    const bool b_number = is_number(b);
    if (a_number || b_number) {
        const Value &number = a_number ? a : b;
        const Value &other = a_number ? b : a;
        if (other.unit != UnitKind::calendar && !is_multiplicative(other.text)) return std::nullopt;
        const auto factor = convert_units(number.decimal, number.text, "1");
        if (!factor) return std::nullopt;
        const auto product = ok(other.decimal.times(*factor));
        if (!product) return std::nullopt;
        Value result = other;
        result.decimal = *product;
        return result;
    }
    if (a.unit == UnitKind::calendar || b.unit == UnitKind::calendar) return std::nullopt;
    const auto product = multiply_units(a.decimal, a.text, b.decimal, b.text);
    if (!product) return std::nullopt;
    return Value::of_quantity(product->value, product->unit);
}

std::optional<Value> divide_quantities(const Value &a, const Value &b) {
    if (b.decimal.is_zero()) return std::nullopt;
    const auto divided = [&](const Decimal &by) -> std::optional<Decimal> {
        const auto q = ok(a.decimal.divide(by, std::max({16, a.decimal.scale(), by.scale()})));
        if (!q) return std::nullopt;
        return q->trimmed();
    };
    if (is_number(b)) {
        if (a.unit != UnitKind::calendar && !is_multiplicative(a.text)) return std::nullopt;
        const auto divisor = convert_units(b.decimal, b.text, "1");
        if (!divisor || divisor->is_zero()) return std::nullopt;
        const auto quotient = divided(*divisor);
        if (!quotient) return std::nullopt;
        Value result = a;
        result.decimal = *quotient;
        return result;
    }
    if (a.unit == UnitKind::calendar || b.unit == UnitKind::calendar) return std::nullopt;
    const auto quotient = divide_units(a.decimal, a.text, b.decimal, b.text);
    if (!quotient) return std::nullopt;
    return Value::of_quantity(quotient->value, quotient->unit);
}

std::optional<Value> convert_quantity(const Value &quantity, std::string_view unit) {
    Value target = Value::of_quantity(Decimal(1), unit);
    if (by_name(unit)) target = Value::of_quantity(Decimal(1), unit, UnitKind::calendar);
    Value from = quantity;
    Value to = target;
    if (!align(from, to)) return std::nullopt;
    const auto converted = in_unit_of(from, to);
    if (!converted) return std::nullopt;
    target.decimal = *converted;
    return target;
}

std::optional<Value> parse_quantity(std::string_view text) {
    // (?'value'(\+|-)?\d+(\.\d+)?)\s*('(?'unit'[^']+)'|(?'time'[a-zA-Z]+))?  (5.5.7)
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - from;
    };
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return std::nullopt;
    if (at + 1 < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0) return std::nullopt;
    }
    auto number = core::Decimal::parse(text.substr(0, at));
    if (!number.ok()) return std::nullopt;
    Decimal value = std::move(number).value();
    const std::size_t number_end = at;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    const std::string_view unit = text.substr(at);
    if (unit.empty()) {
        if (at != number_end) return std::nullopt;
        return Value::of_quantity(std::move(value), "1");
    }
    if (unit.size() > 2 && unit.front() == '\'' && unit.back() == '\'' &&
        unit.find('\'', 1) == unit.size() - 1)
        return Value::of_quantity(std::move(value), unit.substr(1, unit.size() - 2));
    if (by_name(unit)) return Value::of_quantity(std::move(value), unit, UnitKind::calendar);
    return std::nullopt;
}

}  // namespace clinical::fhirpath
