#pragma once

// What DomainResource demands (dom-2 to dom-6), without FHIRPath.

#include "core/tree.h"
#include "validate/report.h"
#include "validate/scope.h"

namespace clinical::validate {

template <core::Node N>
void check_contained(const Scope<N> &scope, const N &contained, const Frame &frame,
                     Report &report) {
    using core::Kind;
    if (contained.find("contained").kind() != Kind::absent)
        report.error(frame, "invariant", "dom-2",
                     "a contained resource contains no resources itself (dom-2)");
    const N meta = contained.find("meta");
    if (meta.find("versionId").kind() != Kind::absent ||
        meta.find("lastUpdated").kind() != Kind::absent)
        report.error(frame, "invariant", "dom-4",
                     "a contained resource has no meta.versionId or meta.lastUpdated (dom-4)");
    if (meta.find("security").kind() != Kind::absent)
        report.error(frame, "invariant", "dom-5",
                     "a contained resource has no security label (dom-5)");
    const std::string_view id = Scope<N>::id_of(contained);
    if (id.empty())
        report.error(frame, "required", "contained-id",
                     "a contained resource has an id, by which it is referred to");
    else if (!scope.is_used(id))
        report.error(frame, "invariant", "dom-3",
                     "a contained resource is referred to, or refers to its container (dom-3)");
}

constexpr std::size_t most_compared = 1000;  // contained resources, each with those before it

// After the resource's elements.
template <core::Node N>
void check_resource(const Scope<N> &scope, const Frame &at, Report &report) {
    using core::Kind;
    static const fhir::Type *const domain = fhir::type_named("DomainResource");
    const N &node = scope.node();
    const N contained = node.find("contained");
    if (contained.kind() == Kind::array && !scope.is_contained()) {
        Frame frame = at.child("contained");
        for (std::size_t i = 0; i < contained.size(); ++i) {
            frame.index = static_cast<int>(i);
            if (contained.at(i).kind() != Kind::object) continue;
            check_contained(scope, contained.at(i), frame, report);
            const std::string_view id = Scope<N>::id_of(contained.at(i));
            for (std::size_t k = 0; k < i && !id.empty() && k < most_compared; ++k)
                if (contained.at(k).kind() == Kind::object &&
                    Scope<N>::id_of(contained.at(k)) == id) {
                    report.error(frame, "business-rule", "contained-id",
                                 "another contained resource has this id already");
                    break;
                }
        }
    }
    if (!scope.is_contained() && scope.type().is_a(*domain) &&
        node.find("text").find("div").kind() == Kind::absent)
        report.warning(at, "invariant", "dom-6",
                       "a resource should have narrative for robust management (dom-6)");
}

}  // namespace clinical::validate
