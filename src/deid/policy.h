#pragma once

// Policies as data.  A policy names its mode and holds rows (path, action, parameters): actions
// from a closed list with typed parameters, no expressions.
//
//   {"name": "ours", "mode": "safe_harbor", "zip3_basis": "conservative", "zip3_margin": 2500,
//    "rules": [{"path": "Patient.maritalStatus", "action": "remove"}]}
//
// safe_harbor and limited_data_set only tighten: `remove` is the one action there; date shifts,
// HMAC, exact dates, scrubbed text and the like are refused when the policy is compiled.
// expert_determination may also do what the actions below say, element by element, over all of
// FHIR.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "deid/context.h"

namespace clinical::deid {

enum class Treatment {
    keep,
    remove,
    year,        // of dates
    date_shift,  // by the person's days
    hash,        // HMAC-SHA256, 64 hexadecimal digits; of a reference, its id
    zip3,
    age_cap,     // numbers of 90 and more become 90
    substitute,  // with: any JSON
    generalize,  // map, ranges, prefixes, bins; other: keep or remove
    perturb,     // span, proportional, round_to
    scrub,       // of text: what the scrubber of notes leaves (policy_text.h)
};

struct Treated {
    Treatment treatment = Treatment::remove;
    core::Json parameters;  // the row
};

struct Policy {
    std::string name;
    Mode mode = Mode::safe_harbor;
    ZipRule zip;
    bool keep_weekday = false;
    bool shifts_dates = false;
    bool scrubs = false;
    std::set<std::string, std::less<>> removed;              // of the modes that only tighten
    std::map<std::string, Treated, std::less<>> treatments;  // of expert determination, by path
};

// Refuses (invalid_option) whatever it does not know, and what the mode does not allow.
core::Result<Policy> compile_policy(const core::Json &document);

}  // namespace clinical::deid
