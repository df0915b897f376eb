#pragma once

// A date or time that is as precise as its source, and no more.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace clinical::core {

enum class Precision { year, month, day, hour, minute, second };

struct PartialDate {
    Precision precision = Precision::year;
    int year = 0;  // 1 to 9999
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;                     // 60 in a leap second
    std::string fraction;               // digits behind the point of the seconds, as sent
    std::optional<int> offset_minutes;  // east of UTC, when stated

    [[nodiscard]] bool has_time() const { return precision >= Precision::hour; }

    // FHIR date: YYYY, YYYY-MM or YYYY-MM-DD; a time is left out.
    [[nodiscard]] std::string to_fhir_date() const;

    // FHIR dateTime.  A time needs an offset there: the stated one, else `default_offset` (minutes
    // east of UTC); with neither the time is left out, never guessed.  Minutes and seconds that
    // the source does not have are 00, as FHIR asks.
    [[nodiscard]] std::string to_fhir_date_time(std::optional<int> default_offset = {}) const;

    // FHIR instant; nothing without seconds or without offset.
    [[nodiscard]] std::optional<std::string> to_fhir_instant(
        std::optional<int> default_offset = {}) const;

    // Microseconds since 1970-01-01 00:00 UTC of the earliest moment it may mean; nothing without
    // an offset.  Digits beyond microseconds are cut.
    [[nodiscard]] std::optional<std::int64_t> unix_micros(
        std::optional<int> default_offset = {}) const;

    friend bool operator==(const PartialDate &, const PartialDate &) = default;
};

// HL7's form, of v2 DT, DTM, TS.1 and of CDA's TS:
// YYYY[MM[DD[HH[MM[SS[.S...]]]]]][+/-ZZZZ].  Dates that do not exist (13th month, 30 February, year
// 0000) are invalid_value, all else invalid_syntax.
Result<PartialDate> parse_dtm(std::string_view text);

// A FHIR date, dateTime or instant, by the same rules; its separators are not checked.
Result<PartialDate> parse_fhir_date_time(std::string_view text);

// "+05:30", "-04:00", "Z" as minutes east of UTC; also "+0530".
std::optional<int> parse_offset(std::string_view text);

// Days since 1970-01-01 in the proleptic Gregorian calendar.
std::int64_t days_from_civil(int year, int month, int day);

int days_in_month(int year, int month);

}  // namespace clinical::core
