#pragma once

// Values of a table's cells: what the actions of column labels (column.h) make of them.

#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "deid/dates.h"

namespace clinical::deid {

// A date as a cell of text holds it: FHIR's (2020-03-04, 2020-03), HL7's (20200304...) or with a
// blank before the time, as timestamps are written.  Nothing for any other text.
std::optional<Date> cell_date(std::string_view text);

// The same text some days later; a month by its middle, a year alone stays.
std::optional<std::string> shift_cell(std::string_view text, int days);

// What a person's dates say of a year, as one number: the last year that must not be written (by
// itself it says that somebody is over 89, or it is the birth year of one who is), negative for a
// person of 90 and more at `reference` or at death.
int year_rule(std::optional<Date> birth, std::optional<Date> death, const Date &reference);

// The value that action generalize puts in the place of `text` (a number's digits when `number`),
// by the rows of the label: map, then ranges, prefixes, bins, then `other`.  Absent when nothing is
// left.
core::Json generalized(std::string_view text, bool number, const core::Json &rows);

// A value of a list by name: state and country as USPS and ISO 3166 code them, a language tag, a
// currency, a ZIP code of five or nine digits.  Nothing for what is not of the list.
std::optional<std::string> listed(std::string_view text, std::string_view list);

}  // namespace clinical::deid
