#pragma once

// Findings of a terminology operation, and operations that cannot be done.

#include <string>
#include <utility>
#include <vector>

#include "core/json.h"

namespace clinical::codes {

// An issue of $validate-code.  `kind` is a code of CodeSystem/tx-issue-type.
struct Finding {
    std::string severity;  // error, warning, information
    std::string code;      // FHIR issue type
    std::string kind;      // not-in-vs, invalid-code, ...
    std::string id;        // message id, as the FHIR validator names it
    std::string place;     // FHIRPath in the request; may be empty
    std::string text;
    bool in_message = true;  // the operation's message repeats it
};

core::Json outcome_of(const std::vector<Finding> &findings);

// The whole operation fails: an OperationOutcome is its answer.
struct OperationFailure {
    Finding finding;
};

}  // namespace clinical::codes
