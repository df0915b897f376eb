#include "deid/rules.h"

#include <algorithm>

namespace clinical::deid {

namespace {
#include "deid/data/extensions.inc"
#include "deid/data/policy.inc"
#include "deid/data/rules.inc"
}  // namespace

const Structure *Rules::resource(std::string_view type) const {
    const auto in_scope = structures.first(types);
    const auto found =
        std::lower_bound(in_scope.begin(), in_scope.end(), type,
                         [](const Structure &s, std::string_view name) { return s.name < name; });
    return found != in_scope.end() && found->name == type ? &*found : nullptr;
}

const Element *Rules::element(const Structure &structure, std::string_view name) const {
    const auto all = elements(structure);
    const auto found =
        std::lower_bound(all.begin(), all.end(), name,
                         [](const Element &e, std::string_view n) { return e.name < n; });
    return found != all.end() && found->name == name ? &*found : nullptr;
}

const Rules &safe_harbor_rules() {
    static constexpr Rules rules{structure_table, element_table, resource_types};
    return rules;
}

std::string_view bound_codes(int n) { return bound_code_sets[n]; }

const ExtensionRule *find_extension(std::string_view url) {
    const auto *found =
        std::lower_bound(std::begin(extension_rules), std::end(extension_rules), url,
                         [](const ExtensionRule &r, std::string_view u) { return r.url < u; });
    return found != std::end(extension_rules) && found->url == url ? found : nullptr;
}

std::string_view policy_hash() { return safe_harbor_hash; }
std::string_view policy_version() { return safe_harbor_version; }

bool packed_has(std::string_view list, std::string_view word) {
    if (word.empty() || word.find('|') != std::string_view::npos) return false;
    // Words lie between separators: halve by bytes, then step back to the separator before.
    std::size_t low = 1, high = list.size();
    while (low < high) {
        const std::size_t start = list.rfind('|', low + (high - low - 1) / 2) + 1;
        const std::size_t end = list.find('|', start);
        const int order = list.substr(start, end - start).compare(word);
        if (order == 0) return true;
        if (order < 0) {
            low = end + 1;
        } else {
            high = start;
        }
    }
    return false;
}

}  // namespace clinical::deid
