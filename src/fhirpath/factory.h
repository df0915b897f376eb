#pragma once

// %factory: instances of FHIR types made in an expression ("Type Factory API" of FHIR's page on
// FHIRPath, trial use).  What needs no node: forms of primitives, parameters of the makers.

#include <optional>
#include <span>
#include <string_view>

#include "core/json.h"
#include "fhir/definitions.h"
#include "fhirpath/value.h"

namespace clinical::fhirpath {

// The elements that %factory.Type(...) takes, in order; empty for a type that has no maker.
std::span<const std::string_view> factory_parameters(std::string_view type);

// A value as the JSON of a primitive of that type; nothing when it has not the form.
std::optional<core::Json> primitive_json(const fhir::Type &type, const Value &value);

// The FHIR type that a computed value has as an element ("string", "Quantity").
std::string_view fhir_name(ValueKind kind);

// A computed value as JSON; a quantity as FHIR writes it.
core::Json value_json(const Value &value);

}  // namespace clinical::fhirpath
