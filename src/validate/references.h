#pragma once

// References and extensions (R4, 2.3.0 and 2.4.2).

#include <string_view>

#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhir/reference.h"
#include "validate/bindings.h"
#include "validate/primitive.h"
#include "validate/report.h"
#include "validate/scope.h"

namespace clinical::validate {

template <core::Node N>
void check_extension(const N &extension, const Frame &at, bool is_nested, Report &report) {
    const N url = extension.find("url");
    if (url.kind() == core::Kind::string && !is_nested && !is_absolute_uri(url.as_text()))
        report.error(at, "invalid", "extension-url", "the url of an extension must be absolute");
    bool has_value = false;
    bool has_extensions = false;
    for (std::size_t i = 0; i < extension.size(); ++i) {
        std::string_view name = extension.key(i);
        if (name.starts_with('_')) name.remove_prefix(1);
        has_value |= name.starts_with("value");
        has_extensions |= name == "extension";
    }
    if (has_value == has_extensions)
        report.error(at, "invariant", "ext-1",
                     "an extension has either extensions or a value, not both (ext-1)");
}

// Whether one of the targets of the element admits the type.
bool admits(const fhir::TypeList &targets, const fhir::Type &type);

// The contained resource called `id`, or absent.
template <core::Node N>
N contained_with(const Scope<N> &scope, std::string_view id) {
    const N contained = scope.container().node().find("contained");
    if (contained.kind() != core::Kind::array) return N();
    for (std::size_t i = 0; i < contained.size(); ++i) {
        const N candidate = contained.at(i);
        if (candidate.kind() == core::Kind::object && Scope<N>::id_of(candidate) == id)
            return candidate;
    }
    return N();
}

template <core::Node N>
const fhir::Type *type_of(const N &resource) {
    const N name = resource.find("resourceType");
    return name.kind() == core::Kind::string ? fhir::resource_named(name.as_text()) : nullptr;
}

// In a document a relative reference finds its target by the base of fullUrl (R4, 2.36.4.1): one
// with the same type and id but another kind of fullUrl is not found.
template <core::Node N>
void check_in_document(const fhir::Reference &reference, const Scope<N> &scope, const Frame &at,
                       Report &report) {
    const Scope<N> *bundle = scope.container().outer();
    if (!bundle || text_of(bundle->node().find("type")) != "document") return;
    const N entries = bundle->node().find("entry");
    bool has_other = false;
    for (std::size_t i = 0; entries.kind() == core::Kind::array && i < entries.size(); ++i) {
        const N resource = entries.at(i).find("resource");
        if (type_of(resource) != reference.type || Scope<N>::id_of(resource) != reference.id)
            continue;
        if (!text_of(entries.at(i).find("fullUrl")).starts_with("urn:")) return;
        has_other = true;
    }
    if (has_other)
        report.error(at, "invalid", "bundle-reference",
                     "the target is in the bundle, but its fullUrl does not match the reference");
}

template <core::Node N>
void check_reference(const N &node, const fhir::Member *holder, const Frame &at,
                     const Scope<N> &scope, Report &report) {
    const N reference = node.find("reference");
    const std::string_view stated = text_of(node.find("type"));
    const fhir::Type *type = stated.empty() ? nullptr : fhir::resource_named(stated);
    if (reference.kind() == core::Kind::string) {
        const std::string_view text = reference.as_text();
        const fhir::Reference parsed = fhir::parse_reference(text);
        const fhir::Type *actual = parsed.type;
        if (parsed.kind == fhir::ReferenceKind::contained) {
            scope.refers_to(text);
            if (text.size() > 1) {
                const N target = contained_with(scope, text.substr(1));
                if (target.kind() == core::Kind::absent)
                    report.error(at, "invariant", "ref-1",
                                 "there is no contained resource of this id (ref-1)");
                else
                    actual = type_of(target);
            } else if (scope.is_contained()) {
                actual = &scope.container().type();
            }
        } else if (parsed.kind == fhir::ReferenceKind::invalid) {
            report.warning(at, "invalid", "reference",
                           "the reference has none of the forms of one");
        } else if (parsed.kind == fhir::ReferenceKind::relative) {
            check_in_document(parsed, scope, at, report);
        }
        if (actual && type && actual != type)
            report.error(at, "structure", "reference-type",
                         "the reference is to another type than it states");
        if (actual) type = actual;
    }
    if (type && holder && holder->use && !admits(holder->use->targets(), *type))
        report.error(at, "structure", "reference-target",
                     "the element cannot refer to a resource of this type");
}

}  // namespace clinical::validate
