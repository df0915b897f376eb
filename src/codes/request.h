#pragma once

// The input of a terminology operation: a FHIR Parameters resource, read once.

#include <optional>
#include <string>
#include <vector>

#include "codes/store.h"

namespace clinical::codes {

struct Request {
    static Request of(const core::Json &parameters);

    std::string url;  // of the value set or code system; a canonical may carry a version
    std::string value_set_version;
    core::Json value_set;  // given with the request

    std::string code, system, system_version, display;
    bool has_code = false;
    core::Json coding;            // absent: not given
    core::Json codeable_concept;  // absent: not given
    core::Json coding_b;          // $subsumes: codingA is `coding`
    std::string code_b;
    bool infer_system = false;
    bool abstract_allowed = true;
    bool lenient_display = false;
    bool membership_only = false;

    std::string display_language;
    std::optional<bool> active_only;
    std::optional<bool> exclude_nested;
    std::optional<bool> include_designations;
    std::optional<bool> include_definition;
    std::optional<long long> count, offset;
    std::string filter;
    std::vector<std::string> properties;
    std::vector<std::string> supplements;         // useSupplement
    std::vector<std::string> default_versions;    // system-version, url|version
    std::vector<std::string> forced_versions;     // force-system-version
    std::vector<std::string> checked_versions;    // check-system-version
    std::vector<std::string> value_set_versions;  // default-valueset-version
    std::vector<core::Json> resources;            // tx-resource

    std::string source_system, target_system, source_code, target_code;  // $translate
    bool reverse = false;
};

// The version that one of `canonicals` (url|version) gives for a url, else empty.
std::string version_for(const std::vector<std::string> &canonicals, std::string_view url);

}  // namespace clinical::codes
