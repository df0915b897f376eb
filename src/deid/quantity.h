#pragma once

// Numbers that could identify, and ages in any unit of time.

#include <optional>
#include <string_view>

namespace clinical::deid {

enum class AgeVerdict { keep, cap, remove };

// Seven digits or more, as record numbers and telephone numbers have.
bool is_long_number(std::string_view digits);

// The number of years of a span of time; nothing when the unit is not one of time.  Where an age
// is asked for, no unit means years.
std::optional<double> in_years(std::string_view digits, std::string_view unit, bool asks_age);
bool is_time_unit(std::string_view unit);
bool is_year_unit(std::string_view unit);

// Completed years of a plain number, or nothing when it is not one of at most three digits.
std::optional<int> whole_years(std::string_view digits);

}  // namespace clinical::deid
