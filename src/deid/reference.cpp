#include "deid/reference.h"

#include <algorithm>

namespace clinical::deid {

bool is_fhir_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.';
    });
}

ParsedReference parse_reference(std::string_view text) {
    using R = ParsedReference;
    if (text.starts_with('#')) return {R::contained, {}, text.substr(1)};
    for (std::string_view urn : {"urn:uuid:", "urn:oid:"}) {
        if (!text.starts_with(urn)) continue;
        const std::string_view id = text.substr(urn.size());
        return is_fhir_id(id) ? R{R::resource, {}, id} : R{};
    }
    if (text.find_first_of("?#|") != std::string_view::npos) return {};
    const std::size_t history = text.find("/_history/");
    if (history != std::string_view::npos) text = text.substr(0, history);
    const std::size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) return {};
    const std::string_view id = text.substr(slash + 1);
    std::string_view type = text.substr(0, slash);
    const std::size_t base = type.rfind('/');
    if (base != std::string_view::npos) {
        if (!text.starts_with("http://") && !text.starts_with("https://")) return {};
        type = type.substr(base + 1);
    }
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    if (type.empty() || !std::all_of(type.begin(), type.end(), letter) || !is_fhir_id(id))
        return {};
    return {R::resource, type, id};
}

}  // namespace clinical::deid
