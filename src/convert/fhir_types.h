#pragma once

// Which types of resources a FHIR feed may hold, and where one names its patient.

#include <string_view>

#include "core/json.h"

namespace clinical::convert {

enum class FhirRelease { r4, r4b, r5, unknown };

// The release that a resource type came with.
FhirRelease release_of(std::string_view resource_type);

// The references of a resource that may say whose it is, most telling first: calls `visit` with
// each until it returns true.
template <typename Visit>
void for_each_owner(const core::Json &resource, const Visit &visit);

namespace owners {

struct Path {
    std::string_view element, inner;
};
// R4 CompartmentDefinition/patient, without the roles that a patient plays in another's record
// (performer, author, source).
inline constexpr Path paths[] = {
    {"subject", ""},          {"patient", ""},    {"beneficiary", ""},      {"for", ""},
    {"individual", ""},       {"candidate", ""},  {"deliverTo", ""},        {"actor", ""},
    {"participant", "actor"}, {"link", "target"}, {"member", "entity"},     {"entity", "what"},
    {"agent", "who"},         {"target", ""},     {"collection", "source"},
};

// The objects of `json`, itself or its elements.
template <typename Visit>
bool each(const core::Json &json, const Visit &visit) {
    if (json.kind() == core::Kind::object) return visit(json);
    for (const auto &element : json.elements())
        if (element.kind() == core::Kind::object && visit(element)) return true;
    return false;
}

}  // namespace owners

template <typename Visit>
void for_each_owner(const core::Json &resource, const Visit &visit) {
    for (const auto &[element, inner] : owners::paths) {
        const core::Json &value = resource.find(element);
        if (value.is_absent()) continue;
        const bool done = inner.empty()
                              ? owners::each(value, visit)
                              : owners::each(value, [&, inner = inner](const core::Json &part) {
                                    return owners::each(part.find(inner), visit);
                                });
        if (done) return;
    }
}

}  // namespace clinical::convert
