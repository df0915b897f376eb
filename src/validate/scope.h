#pragma once

// The resource that an element stands in.

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/tree.h"
#include "fhir/definitions.h"

namespace clinical::validate {

template <core::Node N>
class Scope {
public:
    Scope(const N &node, const fhir::Type &type, const Scope *outer, bool is_contained)
        : node_(node), type_(type), outer_(outer), is_contained_(is_contained) {}
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

    [[nodiscard]] const N &node() const { return node_; }
    [[nodiscard]] const fhir::Type &type() const { return type_; }
    [[nodiscard]] const Scope *outer() const { return outer_; }  // null at the root
    [[nodiscard]] bool is_contained() const { return is_contained_; }
    // The resource that contains it, or itself.
    [[nodiscard]] const Scope &container() const { return is_contained_ ? *outer_ : *this; }

    // A reference or URI with a fragment, "#" or "#id", was met here.
    void refers_to(std::string_view fragment) const {
        if (fragment == "#" && is_contained_)
            container().pointing_.push_back(id_of(node_));
        else
            container().fragments_.push_back(fragment.substr(1));
    }
    // Narrative may refer, too (an image).
    void has_narrative(std::string_view div) const { container().narratives_.push_back(div); }

    // dom-3: somebody refers to the contained resource, or it refers to the container.
    [[nodiscard]] bool is_used(std::string_view contained_id) const {
        for (const auto *list : {&fragments_, &pointing_})
            for (const std::string_view id : *list)
                if (id == contained_id) return true;
        for (const std::string_view div : narratives_)
            for (std::size_t at = 0; (at = div.find('#', at)) != std::string_view::npos; ++at) {
                const std::string_view rest = div.substr(at + 1);
                const std::string_view end =
                    rest.substr(std::min(rest.size(), contained_id.size()));
                if (rest.starts_with(contained_id) &&
                    (end.starts_with('"') || end.starts_with('\'')))
                    return true;
            }
        return false;
    }

    static std::string_view id_of(const N &resource) {
        const N id = resource.find("id");
        return id.kind() == core::Kind::string ? std::string_view(id.as_text())
                                               : std::string_view();
    }

private:
    N node_;
    const fhir::Type &type_;
    const Scope *outer_;
    bool is_contained_;
    mutable std::vector<std::string_view> fragments_;  // ids that are referred to
    mutable std::vector<std::string_view> narratives_;
    mutable std::vector<std::string_view> pointing_;  // of contained ones that refer to "#"
};

}  // namespace clinical::validate
