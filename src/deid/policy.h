#pragma once

// Policies as data.  A policy names its mode and holds rows (format, path, action, parameters):
// actions from a closed list with typed parameters, no expressions.
//
//   {"name": "ours", "mode": "safe_harbor", "zip3_basis": "conservative", "zip3_margin": 2500,
//    "rules": [{"path": "Patient.maritalStatus", "action": "remove"},
//              {"format": "hl7v2", "path": "PV1-3", "action": "remove"}]}
//
// Paths are those of the format: FHIR R4 (Patient.name.family, HumanName.use, date), HL7 v2
// (policy_v2.h), C-CDA (policy_cda.h), X12 (policy_x12.h); `*` is the rest.
//
// safe_harbor and limited_data_set only tighten.  `remove` is the one action of safe_harbor; a
// limited data set (164.514(e)(2)) also takes those that take detail away without a key: year,
// zip3, age_cap, substitute, generalize.  They treat what the allow list has left, so that no row
// can bring back what the mode removes.  Date shifts, HMAC, scrubbed text and the like are refused
// when the policy is compiled. expert_determination may also do what the actions of treatment.h
// say.  A format that it has rows about is treated by them, and what they do not name is removed
// unless `*` says otherwise; without any rows the allow list stands and dates move; a format
// without rows beside one with them is refused, for the expert has not said what becomes of it.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/json.h"
#include "deid/context.h"
#include "deid/policy_cda.h"
#include "deid/policy_v2.h"
#include "deid/policy_x12.h"
#include "deid/treatment.h"

namespace clinical::deid {

enum class Format : std::uint8_t { fhir, hl7v2, cda, x12 };
std::string_view name_of(Format format);

struct Policy {
    std::string name;
    Mode mode = Mode::safe_harbor;
    ZipRule zip;
    bool keep_weekday = false;
    bool shifts_dates = false;
    bool scrubs = false;
    std::set<std::string, std::less<>> removed;  // by the allow list, which then says `masked`
    std::map<std::string, Treated, std::less<>> treatments;  // of FHIR, by path
    std::set<Format> replacing;  // formats with rows that do not only remove
    V2Rows v2;
    CdaRows cda;
    X12Rows x12;

    [[nodiscard]] bool has_rows(Format format) const;
    [[nodiscard]] bool has_any_rows() const;
    // Whether the rows of a format are for a second pass, over what the allow list has left.
    [[nodiscard]] bool is_second(Format format) const;
    // Refused (invalid_option): a format of which an expert's rows say nothing.
    [[nodiscard]] std::optional<core::Error> refuse(Format format) const;
    // What the engines need to know of it, but for the rows of a second pass; `hash` may be null in
    // modes that only tighten.
    void apply_to(Options &options, const KeyedHash *hash) const;
    // The same for a second pass.
    [[nodiscard]] Options second_of(const Options &first) const;
};

// Refuses (invalid_option) whatever it does not know, and what the mode does not allow; says which
// row breaks which rule.
core::Result<Policy> compile_policy(const core::Json &document);

}  // namespace clinical::deid
