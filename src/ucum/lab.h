#pragma once

// Laboratory values in one unit for one analyte.
//
// Two steps, each recorded in `rule`, and nothing is guessed: what stays open has no value and an
// issue that says why.
//   resolve_unit   a local spelling becomes a UCUM unit: a site's own alias, then what the sender
//                  declares as UCUM, then the table of spellings with its conditions (IU/L is U/L
//                  for enzymes only), then UCUM as written, then other letters (case, micro sign)
//   normalize_lab  the unit must fit the analyte that the LOINC code names; the value goes to the
//                  analyte's unit, from mass to substance concentration by its molar mass, and the
//                  code with it
// The source's value stands beside the result; it is not changed here.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/issue.h"
#include "ucum/quantity.h"

namespace clinical::ucum {

struct LabOptions {
    std::vector<std::pair<std::string, std::string>> aliases;  // a site's: local spelling, UCUM
    std::string property;       // LOINC property of a code that is not in our table
    bool unit_is_ucum = false;  // the sender declares UCUM: nothing is read as something else
};

struct ResolvedUnit {
    std::optional<Unit> unit;
    std::string rule;  // site-alias, ucum, alias, alias-condition, spelling
    std::optional<core::Issue> issue;
};

// `loinc`: the code of the observation, or empty.
ResolvedUnit resolve_unit(std::string_view text, std::string_view loinc, const LabOptions &options,
                          Cache &units);

struct LabResult {
    std::string loinc;  // empty when there is no value or the code is unknown
    std::optional<Quantity> value;
    std::optional<core::Decimal> factor;  // normalized = factor * source; none when not a multiple
    std::string rule;
    std::optional<core::Issue> issue;
};

LabResult normalize_lab(std::string_view loinc, const Quantity &source, Cache &units);

}  // namespace clinical::ucum
