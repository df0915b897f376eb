#pragma once

// What a reference's text says of its target.

#include <string_view>
#include <utility>

#include "fhir/definitions.h"

namespace clinical::fhirpath::detail {

// "Patient/1" of "http://server/fhir/Patient/1/_history/2"; the text itself where it is no URL.
inline std::string_view without_version(std::string_view reference) {
    const std::size_t history = reference.find("/_history/");
    return history == std::string_view::npos ? reference : reference.substr(0, history);
}

// Type and id of "[base/]Type/id"; empty when it is no such reference.
inline std::pair<std::string_view, std::string_view> type_and_id(std::string_view reference) {
    reference = without_version(reference);
    const std::size_t last = reference.rfind('/');
    if (last == std::string_view::npos || last + 1 == reference.size()) return {};
    const std::size_t before = reference.substr(0, last).rfind('/');
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    const std::string_view type = reference.substr(start, last - start);
    if (!fhir::resource_named(type)) return {};
    return {type, reference.substr(last + 1)};
}

}  // namespace clinical::fhirpath::detail
