#pragma once

// Rules of bundles (R4, 2.36) that the invariants do not state.

#include <string>
#include <string_view>
#include <unordered_map>

#include "core/tree.h"
#include "fhir/reference.h"
#include "validate/bindings.h"
#include "validate/primitive.h"
#include "validate/report.h"

namespace clinical::validate {

template <core::Node N>
void check_full_url(const N &entry, const Frame &at, std::string_view bundle_type, Report &report) {
    const N url = entry.find("fullUrl");
    if (url.kind() != core::Kind::string) return;
    const std::string_view text = url.as_text();
    if (!is_absolute_uri(text))
        return report.error(at, "invalid", "full-url", "fullUrl must be an absolute URL");
    const N resource = entry.find("resource");
    const std::string_view type = text_of(resource.find("resourceType"));
    const std::string_view id = text_of(resource.find("id"));
    if (type.empty() || id.empty() || bundle_type == "batch") return;
    if (!text.starts_with("http://") && !text.starts_with("https://")) return;
    const fhir::Reference parsed = fhir::parse_reference(text);
    if (parsed.type && (parsed.type->name() != type || parsed.id != id))
        report.error(at, "invalid", "full-url",
                     "fullUrl ends in a type and id other than those of the resource");
}

template <core::Node N>
void check_links(const N &bundle, const Frame &at, Report &report) {
    const N links = bundle.find("link");
    if (links.kind() != core::Kind::array) return;
    Frame frame = at.child("link");
    for (std::size_t i = 0; i < links.size(); ++i) {
        const std::string_view relation = text_of(links.at(i).find("relation"));
        if (relation != "self" && relation != "first" && relation != "last" && relation != "next" &&
            relation != "previous" && relation != "prev")
            continue;
        for (std::size_t k = 0; k < i; ++k)
            if (text_of(links.at(k).find("relation")) == relation) {
                frame.index = static_cast<int>(i);
                report.error(frame, "invalid", "bundle-link",
                             "a link of this relation occurs more than once");
                break;
            }
    }
}

template <core::Node N>
void check_match(const N &entry, const Frame &at, Report &report) {
    const N resource = entry.find("resource");
    if (resource.kind() != core::Kind::object) return;
    const bool is_outcome = text_of(resource.find("resourceType")) == "OperationOutcome";
    const bool is_meant_as_outcome = text_of(entry.find("search").find("mode")) == "outcome";
    const Frame frame = at.child("resource");
    if (is_meant_as_outcome && !is_outcome)
        report.error(frame, "invalid", "search-mode", "an outcome is an OperationOutcome");
    if (!is_meant_as_outcome && !is_outcome && resource.find("id").kind() == core::Kind::absent)
        report.error(frame, "invalid", "search-id", "a resource in a search result has an id");
}

template <core::Node N>
void check_bundle(const N &bundle, const Frame &at, Report &report) {
    using core::Kind;
    check_links(bundle, at, report);
    const std::string_view type = text_of(bundle.find("type"));
    const N entries = bundle.find("entry");
    if (entries.kind() != Kind::array) return;
    Frame frame = at.child("entry");
    for (std::size_t i = 0; i < entries.size(); ++i) {
        frame.index = static_cast<int>(i);
        const N entry = entries.at(i);
        if (entry.kind() != Kind::object) continue;
        check_full_url(entry, frame, type, report);
        if (type == "searchset") check_match(entry, frame, report);
    }
}

}  // namespace clinical::validate
