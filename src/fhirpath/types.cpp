#include "fhirpath/types.h"

#include <array>

#include "core/error.h"

namespace clinical::fhirpath {

namespace {

std::optional<ValueKind> system_type(std::string_view name) {
    constexpr std::array kinds{ValueKind::boolean,      ValueKind::string,  ValueKind::integer,
                               ValueKind::long_integer, ValueKind::decimal, ValueKind::date,
                               ValueKind::date_time,    ValueKind::time,    ValueKind::quantity};
    for (const ValueKind kind : kinds)
        if (name == system_name(kind)) return kind;
    return std::nullopt;
}

}  // namespace

std::optional<TypeName> find_type(std::string_view name) {
    TypeName found;
    if (name.starts_with("System.")) {
        name.remove_prefix(7);
        found.system = system_type(name);
        // A name of FHIR in namespace System is no type of anything, and no mistake either
        // (Patient.is(System.Patient) is false in HL7's tests).
        if (!found.system && !fhir::type_named(name) && name != "Any") return std::nullopt;
        return found;
    }
    if (name.starts_with("FHIR.")) {
        found.fhir = fhir::type_named(name.substr(5));
        if (!found.fhir) return std::nullopt;
        return found;
    }
    found.fhir = fhir::type_named(name);
    found.system = system_type(name);
    if (!found.fhir && !found.system) return std::nullopt;
    return found;
}

TypeName resolve_type(std::string_view name) {
    if (auto found = find_type(name)) return *found;
    throw core::Error{core::ErrorCode::undefined_name, "FHIRPath expression names an unknown type",
                      "Types are those of FHIR R4 and of namespace System.", 0};
}

ValueKind system_kind(const fhir::Type &primitive) {
    using fhir::Primitive;
    switch (primitive.primitive()) {
        case Primitive::boolean: return ValueKind::boolean;
        case Primitive::integer:
        case Primitive::positiveInt:
        case Primitive::unsignedInt: return ValueKind::integer;
        case Primitive::decimal: return ValueKind::decimal;
        case Primitive::date: return ValueKind::date;
        case Primitive::dateTime:
        case Primitive::instant: return ValueKind::date_time;
        case Primitive::time: return ValueKind::time;
        default: return ValueKind::string;
    }
}

bool is_quantity(const fhir::Type &type) {
    static const fhir::Type *const quantity = fhir::type_named("Quantity");
    return type.is_a(*quantity);
}

}  // namespace clinical::fhirpath
