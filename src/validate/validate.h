#pragma once

// fhir_issues for base R4: what is wrong with a resource.

#include <vector>

#include "core/issue.h"
#include "core/json.h"
#include "core/limits.h"

namespace clinical::validate {

// Of the core's own tree; the server instantiates Validator over binary jsonb.
std::vector<core::Issue> issues_of(const core::Json &resource, const core::Limits &limits = {});

}  // namespace clinical::validate
