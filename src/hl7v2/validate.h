#pragma once

// Whether a message is what its version of the standard, and a site's profile, say: findings with
// codes of table 0357, the location as in ERR-2 (segment^sequence^field^repetition^component^
// subcomponent, each from 1) and a severity.
//
//   100 segment out of place, missing or not of the structure   error when missing, else warning
//   101 required field or component is empty                    error; required in a case: warning
//   102 not of its data type                                    error; text with bare delimiters or
//                                                               unknown escapes, check digits that
//                                                               do not fit: warning
//   103 not a code of its table                                 error for HL7's own tables (ID),
//                                                               warning for tables that sites fill
//   104 longer than the standard says                           warning (before 2.7 a habit, since
//                                                               then for agreement); profile: error
//   198 too many or too few                                     error
//   199 anything else                                           warning
//   200 to 203 unknown message, event, processing id, version   error
//   205 OBX-1 twice under the same parent (other set ids: 199), error
//       a patient merged with itself
//
// What the standard tells receivers to ignore (fields and components beyond those it knows) is
// information.

#include <vector>

#include "core/issue.h"
#include "hl7v2/definitions.h"
#include "hl7v2/hl7v2.h"
#include "hl7v2/profile.h"

namespace clinical::hl7v2 {

inline constexpr std::string_view severity_error = "error", severity_warning = "warning",
                                  severity_information = "information";

struct ValidationOptions {
    std::optional<Version> version;    // instead of the message's own
    const Profile *profile = nullptr;  // may be null
    core::Limits limits;
};

// In the order of the message; what is missing comes before what is there.
std::vector<core::Issue> validate(const Message &message, const ValidationOptions &options = {});

// A place of a message, written as in ERR-2; what is 0 is left out at the end.
struct Place {
    std::string_view segment;
    std::size_t sequence = 0;
    int field = 0, repetition = 0, component = 0, subcomponent = 0;
    [[nodiscard]] std::string erl() const;
};

}  // namespace clinical::hl7v2
