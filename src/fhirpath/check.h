#pragma once

// What is wrong with an expression before any resource is seen: element names that a type does not
// have, a choice named by one of its types, string functions on what is no string, an order asked
// of what has none (8, "Type safety and strict evaluation").

#include <string_view>
#include <vector>

#include "core/issue.h"
#include "fhir/definitions.h"
#include "fhirpath/expression.h"

namespace clinical::fhirpath {

// `context` is the type of the input; null when it is not known (then little is said).
std::vector<core::Issue> check(const Expression &expression, const fhir::Type *context);

}  // namespace clinical::fhirpath
