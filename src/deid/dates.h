#pragma once

// Partial dates as FHIR writes them, and completed years between them (164.514(b)(2)(i)(C)).

#include <optional>
#include <string>
#include <string_view>

namespace clinical::deid {

// A date of a year, a month or a day; month and day are 0 when they are not known.
struct Date {
    int year = 0;
    int month = 0;
    int day = 0;

    friend bool operator==(const Date &, const Date &) = default;

    // The first and the last day that the date may mean.
    [[nodiscard]] Date earliest() const { return {year, month ? month : 1, day ? day : 1}; }
    [[nodiscard]] Date latest() const;
};

bool before(const Date &a, const Date &b);  // of full dates

// FHIR date, dateTime or instant: the date that is written, whatever the time zone.
std::optional<Date> parse_date(std::string_view text);

// HL7 v2 (2.A.22) and V3: YYYY[MM[DD[HH[MM[SS]]]]] and whatever follows the digits; nothing when
// the digits are another number of them, or no day of the calendar.
std::optional<Date> parse_hl7_date(std::string_view text);

// X12 (D8): CCYYMMDD and nothing else.
std::optional<Date> parse_x12_date(std::string_view text);

// The same text some days later or earlier, of a date of FHIR (2020-03-04T05:06:07Z) or of HL7
// (20200304050607): what stands behind the day stays, a year alone stays, a month moves by its
// middle.  Nothing for what is no date.
std::optional<std::string> shift_date(std::string_view text, int days);

// Completed years from one full date to another, as a birthday counts them: born on 29 February,
// one is a year older on 1 March of a year without that day.
int completed_years(const Date &from, const Date &to);

// The most years that can have passed from a partial date to a full one.
int most_years(const Date &from, const Date &to);

}  // namespace clinical::deid
