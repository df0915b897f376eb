#pragma once

// Type names as expressions write them: System.String, FHIR.Patient, Patient, string.

#include <optional>
#include <string_view>

#include "fhir/definitions.h"
#include "fhirpath/value.h"

namespace clinical::fhirpath {

// A type specifier.  Without a namespace FHIR's names go first, then System's (FHIR R4, "Using
// FHIRPath": the default namespaces); `Object`, `Any` name nothing.
struct TypeName {
    const fhir::Type *fhir = nullptr;
    std::optional<ValueKind> system;
};
// Throws undefined_name when there is no such type.
TypeName resolve_type(std::string_view name);
std::optional<TypeName> find_type(std::string_view name);

// The System type that a FHIR primitive is (integer, positiveInt, unsignedInt -> Integer; instant
// -> DateTime; ...); String for what is text.
ValueKind system_kind(const fhir::Type &primitive);

// Quantity and its specializations (Age, Duration, SimpleQuantity, ...).
bool is_quantity(const fhir::Type &type);

}  // namespace clinical::fhirpath
