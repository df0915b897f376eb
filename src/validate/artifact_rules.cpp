#include "validate/artifact_rules.h"

namespace clinical::validate {

const fhir::SearchParameter *standard_parameter(std::string_view url) {
    constexpr std::string_view base = "http://hl7.org/fhir/SearchParameter/";
    if (!url.starts_with(base)) return nullptr;
    const std::string_view rest = url.substr(base.size());
    const std::size_t dash = rest.find('-');
    if (dash == std::string_view::npos) return nullptr;
    const fhir::Type *type = fhir::type_named(rest.substr(0, dash));
    return type ? fhir::search_parameter(*type, rest.substr(dash + 1)) : nullptr;
}

std::string_view name_of(fhir::SearchType type) {
    using fhir::SearchType;
    switch (type) {
        case SearchType::number: return "number";
        case SearchType::date: return "date";
        case SearchType::string: return "string";
        case SearchType::token: return "token";
        case SearchType::reference: return "reference";
        case SearchType::composite: return "composite";
        case SearchType::quantity: return "quantity";
        case SearchType::uri: return "uri";
        case SearchType::special: return "special";
    }
    return "";
}

}  // namespace clinical::validate
