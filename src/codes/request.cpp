#include "codes/request.h"

#include <charconv>

namespace clinical::codes {
namespace {

using core::Json;

// The value[x] of a parameter, whatever its type, as text.
const Json &value_of(const Json &parameter) {
    static const Json none;
    for (const auto &[key, value] : parameter.members())
        if (key.starts_with("value")) return value;
    return none;
}

bool as_flag(const Json &value) {
    return value.kind() == core::Kind::boolean ? value.as_bool() : value.as_text() == "true";
}

std::optional<long long> as_number(const Json &value) {
    long long number = 0;
    const std::string text(value.as_text());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

Request Request::of(const Json &parameters) {
    Request r;
    for (const Json &p : parameters.find("parameter").elements()) {
        const std::string name = text_of(p, "name");
        const Json &value = value_of(p);
        const std::string text(value.as_text());
        if (name == "url")
            r.url = text;
        else if (name == "valueSetVersion")
            r.value_set_version = text;
        else if (name == "valueSet" || name == "codeSystem")
            r.value_set = p.find("resource");
        else if (name == "code" || name == "codeA") {
            r.code = text;
            r.has_code = true;
        } else if (name == "codeB")
            r.code_b = text;
        else if (name == "system")
            r.system = text;
        else if (name == "systemVersion" || name == "version")
            r.system_version = text;
        else if (name == "display")
            r.display = text;
        else if (name == "coding" || name == "codingA")
            r.coding = value;
        else if (name == "codingB")
            r.coding_b = value;
        else if (name == "codeableConcept")
            r.codeable_concept = value;
        else if (name == "inferSystem" || name == "implySystem")
            r.infer_system = as_flag(value);
        else if (name == "abstract")
            r.abstract_allowed = as_flag(value);
        else if (name == "lenient-display-validation")
            r.lenient_display = as_flag(value);
        else if (name == "valueset-membership-only")
            r.membership_only = as_flag(value);
        else if (name == "displayLanguage")
            r.display_language = text;
        else if (name == "activeOnly")
            r.active_only = as_flag(value);
        else if (name == "excludeNested")
            r.exclude_nested = as_flag(value);
        else if (name == "includeDesignations")
            r.include_designations = as_flag(value);
        else if (name == "includeDefinition")
            r.include_definition = as_flag(value);
        else if (name == "count")
            r.count = as_number(value);
        else if (name == "offset")
            r.offset = as_number(value);
        else if (name == "filter")
            r.filter = text;
        else if (name == "property")
            r.properties.push_back(text);
        else if (name == "useSupplement")
            r.supplements.push_back(text);
        else if (name == "system-version")
            r.default_versions.push_back(text);
        else if (name == "force-system-version")
            r.forced_versions.push_back(text);
        else if (name == "check-system-version")
            r.checked_versions.push_back(text);
        else if (name == "default-valueset-version")
            r.value_set_versions.push_back(text);
        else if (name == "tx-resource")
            r.resources.push_back(p.find("resource"));
        else if (name == "sourceSystem")
            r.source_system = text;
        else if (name == "targetSystem" || name == "targetsystem")
            r.target_system = text;
        else if (name == "sourceCode") {
            r.source_code = text;
        } else if (name == "targetCode") {
            r.target_code = text;
            r.reverse = true;
        } else if (name == "reverse")
            r.reverse = as_flag(value);
    }
    return r;
}

std::string version_for(const std::vector<std::string> &canonicals, std::string_view url) {
    for (const std::string &canonical : canonicals) {
        auto [system, version] = split_canonical(canonical);
        if (system == url) return version;
    }
    return {};
}

}  // namespace clinical::codes
