#pragma once

// The terminology operations of FHIR: Parameters in, ValueSet, Parameters or OperationOutcome out.

#include "codes/request.h"
#include "codes/store.h"

namespace clinical::codes {

// What an unlimited $expand may give; a larger one wants count, or is refused as too costly.
constexpr std::size_t most_expanded = 1000;

core::Json expand(Store &store, const Request &request);

// ValueSet/$validate-code, or CodeSystem/$validate-code when `of_code_system`.
core::Json validate_code(Store &store, const Request &request, bool of_code_system);

}  // namespace clinical::codes
