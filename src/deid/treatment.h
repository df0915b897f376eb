#pragma once

// What the actions of a policy make of one value, in whatever format it stands.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "deid/context.h"

namespace clinical::deid {

enum class Treatment : std::uint8_t {
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
    allow_list,  // what the shipped rules make of it; not in FHIR
};

struct Treated {
    Treatment treatment = Treatment::remove;
    core::Json parameters;  // the row
};

// Whose values are treated, as the caller names the person; empty when he does not.
inline std::string_view person_id(const Options &options) {
    return options.person ? std::string_view(options.person->id) : std::string_view();
}

// The value of a number of JSON; infinite when it is too large for a double.
double value_of(std::string_view digits);

enum class Scalar : std::uint8_t { text, number, digits };  // digits: a text that is a number

// A scalar under action `generalize`: what the row maps it to, a part of the text, a bin; absent
// when it goes.
core::Json generalized(std::string_view text, Scalar kind, const core::Json &row);

// A number under `perturb`: noise that is the same for the same value of the same person at the
// same place, and nobody else's.
std::optional<std::string> perturbed(std::string_view digits, const core::Json &row,
                                     const KeyedHash &hash, std::string_view person,
                                     std::string_view place);

// What an action makes of a value of a format whose values are all text (HL7 v2, C-CDA, X12);
// nothing when it goes.  Dates are those of HL7.  `place` is the value's own, for noise.  Not for
// substitute, scrub and allow_list, which are about more than one value.
class TextTreater {
public:
    explicit TextTreater(const Options &options) : options_(options) {}
    std::optional<std::string> treat(const Treated &treated, std::string_view text,
                                     std::string_view place) const;

private:
    const Options &options_;
};

}  // namespace clinical::deid
