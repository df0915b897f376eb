#pragma once

// Dates and times as FHIRPath knows them (Date, DateTime, Time): as precise as written, with the
// offset only when there is one.  Seconds and their fraction are one precision (6.1.1).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/decimal.h"
#include "core/error.h"

namespace clinical::fhirpath {

enum class TemporalKind : std::uint8_t { date, date_time, time };

// Of a value, and the calendar units (weeks only as a unit).
enum class Precision : std::uint8_t { year, month, week, day, hour, minute, second, millisecond };

struct Temporal {
    TemporalKind kind = TemporalKind::date;
    Precision precision = Precision::year;  // never week; `second` has no fraction
    std::int16_t year = 0;                  // 0 of a Time
    std::int8_t month = 1, day = 1, hour = 0, minute = 0, second = 0;
    std::int8_t fraction_digits = 0;  // 1 to 9 with precision millisecond
    std::int32_t nanos = 0;
    std::optional<std::int16_t> offset_minutes;  // east of UTC

    [[nodiscard]] bool has_time() const { return precision >= Precision::hour; }

    // YYYY[-MM[-DD]], with Thh[:mm[:ss[.fff]]][Z|+hh:mm] or hh[:mm[:ss[.fff]]]; no `@`.
    [[nodiscard]] std::string to_text() const;
    // The number of digits: 4 for a year, 17 for a DateTime with milliseconds (5.9, precision()).
    [[nodiscard]] int digits() const;
};

// The texts of to_text(), nothing else; a date that does not exist is nothing.  `date_time` takes
// dates without a time too, also with a bare `T` behind them.  Second 60 is a leap second.
std::optional<Temporal> parse_temporal(std::string_view text, TemporalKind kind);

// The values' order; nothing when it depends on digits that one of them does not have, or on an
// offset.  Both are times, or neither is.
struct Order {
    bool known = false;
    int sign = 0;
};
Order compare(const Temporal &a, const Temporal &b);

// Same value and same precision (equivalence, 6.1.2): never unknown.
bool equivalent(const Temporal &a, const Temporal &b);

// `value` units later (earlier when negative).  A unit finer than the precision counts as whole
// units of the precision; what is behind the point counts for seconds and below only; a day that
// the month does not have becomes its last (6.7).  A Time goes round the clock.  Nothing beyond
// the years 1 to 9999.
std::optional<Temporal> add(const Temporal &temporal, const core::Decimal &value, Precision unit);

// The earliest and the latest moment it may mean, at `digits` (as digits() counts, or the most);
// nothing for a number of digits that its type does not have.
std::optional<Temporal> boundary(const Temporal &temporal, std::optional<int> digits, bool high);

// Whole units between (duration) or boundaries crossed (difference) from a to b; nothing when a
// value is not precise enough.
std::optional<std::int64_t> units_between(const Temporal &a, const Temporal &b, Precision unit,
                                          bool boundaries);

// Microseconds since 1970-01-01 00:00 UTC, of the earliest moment; what has no offset reads as UTC.
std::int64_t unix_micros(const Temporal &temporal);

// A moment as a DateTime with milliseconds.
Temporal date_time_at(std::int64_t unix_micros, int offset_minutes);

Temporal date_of(const Temporal &date_time);
std::optional<Temporal> time_of(const Temporal &date_time);

}  // namespace clinical::fhirpath
