#include "deid/quantity.h"

#include <charconv>

namespace clinical::deid {

bool is_long_number(std::string_view digits) {
    int significant = 0, exponent = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const char c = digits[i];
        if (c == 'e' || c == 'E') {
            std::string_view rest = digits.substr(i + 1);
            if (!rest.empty() && rest[0] == '+') rest.remove_prefix(1);
            if (std::from_chars(rest.data(), rest.data() + rest.size(), exponent).ec != std::errc())
                return true;
            break;
        }
        if (c < '0' || c > '9') continue;
        if (c != '0' || significant > 0) ++significant;
    }
    return significant >= 7 || exponent <= -7 || exponent >= 7 || significant + exponent >= 7;
}

namespace {

struct TimeUnit {
    std::string_view name;
    double per_year;
};
// UCUM codes and the words that stand in for them; a year is 365.25 days (UCUM a_j).
constexpr TimeUnit time_units[] = {
    {"a", 1},
    {"a_j", 1},
    {"y", 1},
    {"yr", 1},
    {"yrs", 1},
    {"year", 1},
    {"years", 1},
    {"Years", 1},
    {"mo", 12},
    {"month", 12},
    {"months", 12},
    {"wk", 365.25 / 7},
    {"week", 365.25 / 7},
    {"weeks", 365.25 / 7},
    {"d", 365.25},
    {"day", 365.25},
    {"days", 365.25},
    {"h", 8766},
    {"hours", 8766},
    {"min", 525960},
    {"s", 31557600},
};

const TimeUnit *find_time_unit(std::string_view unit) {
    unit = unit.substr(0, unit.find('{'));  // an annotation changes nothing (UCUM section 2.4)
    for (const TimeUnit &time : time_units)
        if (unit == time.name) return &time;
    return nullptr;
}

}  // namespace

std::optional<double> in_years(std::string_view digits, std::string_view unit, bool asks_age) {
    double value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc())
        return std::nullopt;
    if (const TimeUnit *time = find_time_unit(unit)) return value / time->per_year;
    return asks_age && unit.empty() ? std::optional<double>(value) : std::nullopt;
}

bool is_time_unit(std::string_view unit) { return find_time_unit(unit) != nullptr; }

bool is_year_unit(std::string_view unit) {
    const TimeUnit *time = find_time_unit(unit);
    return time && time->per_year == 1;
}

std::optional<int> whole_years(std::string_view digits) {
    digits = digits.substr(0, digits.find('.'));
    int years = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), years);
    if (error != std::errc() || end != digits.data() + digits.size() || years < 0 || years > 999)
        return std::nullopt;
    return years;
}

}  // namespace clinical::deid
