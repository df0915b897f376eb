#pragma once

// The entries of a Bundle, as far as references need them: which resource a fullUrl names.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/tree.h"
#include "deid/reference.h"

namespace clinical::deid {

template <core::Node N>
class Entries {
public:
    void gather(const N &bundle) {
        const N entries = bundle.find("entry");
        if (entries.kind() != core::Kind::array) return;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const N entry = entries.at(i);
            if (entry.kind() != core::Kind::object) continue;
            const N resource = entry.find("resource");
            if (resource.kind() != core::Kind::object) continue;
            const N type = resource.find("resourceType");
            if (type.kind() != core::Kind::string) continue;
            if (std::string_view(type.as_text()) == "Patient") patients_.push_back(resource);
            const N url = entry.find("fullUrl");
            if (url.kind() != core::Kind::string) continue;
            // What has no id yet (urn:uuid in a transaction) is known by the URL's.
            const N id = resource.find("id");
            const std::string_view own = id.kind() == core::Kind::string
                                             ? std::string_view(id.as_text())
                                             : parse_reference(url.as_text()).id;
            if (own.empty()) continue;
            resources_.emplace(url.as_text(), std::pair{std::string_view(type.as_text()), own});
        }
    }

    [[nodiscard]] const std::vector<N> &patients() const { return patients_; }

    // Type and id of the entry with this fullUrl.
    [[nodiscard]] std::optional<std::pair<std::string_view, std::string_view>> named(
        std::string_view url) const {
        if (resources_.empty()) return std::nullopt;
        const auto found = resources_.find(url);
        return found == resources_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::vector<N> patients_;
    std::unordered_map<std::string_view, std::pair<std::string_view, std::string_view>> resources_;
};

}  // namespace clinical::deid
