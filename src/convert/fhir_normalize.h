#pragma once

// Codes and units of a FHIR resource, by the same step as those of a message: what a site's map or
// UCUM knows of a code stands beside it, never over it, and an issue says so.

#include <functional>
#include <string_view>

#include "convert/options.h"
#include "core/json.h"

namespace clinical::convert {

// severity, code, format_code, expression, message
using FhirFinding = std::function<void(std::string_view, std::string_view, std::string_view,
                                       std::string_view, std::string_view)>;

void normalize_fhir(core::Json &resource, const Options &options, const FhirFinding &report);

}  // namespace clinical::convert
