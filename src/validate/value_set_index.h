#pragma once

// Membership in loaded value sets: what their definitions list, whole systems, other value sets.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/json.h"

namespace clinical::validate {

// Where value sets and code systems come from.
class CodeSource {
public:
    virtual ~CodeSource() = default;
    // The ValueSet at a URL; null when it is not loaded.
    virtual const core::Json *value_set(std::string_view url) = 0;
    // Whether a code system has a code; nothing when the system is not known.
    virtual std::optional<bool> has_code(std::string_view system, std::string_view code) = 0;
};

class ValueSetIndex {
public:
    explicit ValueSetIndex(CodeSource &source) : source_(source) {}

    // Nothing when it cannot be told: the set is not loaded, selects by filters, or names a system
    // that is not here.  `system` may be empty: a code alone.
    std::optional<bool> has(std::string_view url, std::string_view system, std::string_view code);

private:
    std::optional<bool> has(std::string_view url, std::string_view system, std::string_view code,
                            int depth);
    std::optional<bool> in_part(const core::Json &part, std::string_view system,
                                std::string_view code, int depth);

    CodeSource &source_;
    // Codes that a part lists, by the part's place.
    std::map<const core::Json *, std::set<std::string, std::less<>>> listed_;
};

}  // namespace clinical::validate
