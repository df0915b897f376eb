#include "validate/value_set_index.h"

#include "fhir/definitions.h"

namespace clinical::validate {

using core::Json;
using core::Kind;

namespace {

constexpr int deepest = 10;

std::string_view text(const Json &json) {
    return json.kind() == Kind::string ? std::string_view(json.as_text()) : std::string_view();
}

}  // namespace

std::optional<bool> ValueSetIndex::has(std::string_view url, std::string_view system,
                                       std::string_view code) {
    return has(url.substr(0, url.find('|')), system, code, 0);
}

std::optional<bool> ValueSetIndex::has(std::string_view url, std::string_view system,
                                       std::string_view code, int depth) {
    if (depth > deepest) return std::nullopt;
    const Json *set = source_.value_set(url);
    if (!set) {
        const fhir::ValueSet *known = fhir::value_set_at(url);
        if (!known || !known->is_enumerated()) return std::nullopt;
        return system.empty() ? known->has_code(code) : known->has(system, code);
    }
    const Json &compose = set->find("compose");
    std::optional<bool> in = false;
    for (const Json &part : compose.find("include").elements()) {
        const auto one = in_part(part, system, code, depth);
        if (one && *one) {
            in = true;
            break;
        }
        if (!one) in = std::nullopt;
    }
    if (in && !*in) return false;
    for (const Json &part : compose.find("exclude").elements()) {
        const auto one = in_part(part, system, code, depth);
        if (!one) return std::nullopt;
        if (*one) return false;
    }
    return in;
}

// All of what a part states holds: its system's codes, and every value set it names.
std::optional<bool> ValueSetIndex::in_part(const Json &part, std::string_view system,
                                           std::string_view code, int depth) {
    std::optional<bool> in = true;
    const std::string_view wanted = text(part.find("system"));
    if (!wanted.empty()) {
        if (!system.empty() && system != wanted) return false;
        if (const Json &concepts = part.find("concept"); concepts.kind() == Kind::array) {
            auto &codes = listed_[&part];
            if (codes.empty())
                for (const Json &c : concepts.elements()) codes.emplace(text(c.find("code")));
            if (!codes.count(code)) return false;
        } else {
            const auto known = source_.has_code(wanted, code);
            if (known && !*known) return false;
            // With filters, a code of the system may or may not be meant.
            if (!known || part.find("filter").size() > 0) in = std::nullopt;
        }
    }
    for (const Json &other : part.find("valueSet").elements()) {
        const std::string_view url = text(other);
        const auto one = has(url.substr(0, url.find('|')), system, code, depth + 1);
        if (one && !*one) return false;
        if (!one) in = std::nullopt;
    }
    return in;
}

}  // namespace clinical::validate
