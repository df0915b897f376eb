#pragma once

// The canonical form of a resource and its hash: equal for two versions that say the same.
//
// Members in the order of their bytes, no white space, numbers as written, strings with as few
// escapes as JSON allows; without what changes when nothing does: the narrative of the resource
// and of what it contains, meta.versionId and meta.lastUpdated (and a meta that holds nothing
// else).

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "core/sha256.h"
#include "core/tree.h"
#include "fhir/primitive_text.h"

namespace clinical::fhir {

// Appends `text` as a JSON string.
void append_json_string(std::string &out, std::string_view text);

template <core::Node N>
class CanonicalWriter {
public:
    explicit CanonicalWriter(const core::Limits &limits) : limits_(limits) {}

    // Throws core::Error beyond the limits.
    std::string write(const N &resource) {
        write_node(resource, Place::resource, 0);
        return std::move(out_);
    }

private:
    using Kind = core::Kind;
    // What members are left out depends on where the object stands.
    enum class Place { resource, contained, meta, inside };

    static bool is_volatile(Place place, std::string_view key) {
        switch (place) {
            case Place::resource:
            case Place::contained: return key == "text";
            case Place::meta:
                return key == "lastUpdated" || key == "versionId" || key == "_lastUpdated" ||
                       key == "_versionId";
            case Place::inside: return false;
        }
        return false;
    }

    static bool has_content(Place place, const N &object) {
        for (std::size_t i = 0; i < object.size(); ++i)
            if (!is_volatile(place, object.key(i))) return true;
        return object.size() == 0;
    }

    static Place place_of(Place parent, std::string_view key, const N &value) {
        if (parent == Place::resource && key == "meta" && value.kind() == Kind::object)
            return Place::meta;
        if (parent == Place::resource && key == "contained") return Place::contained;
        return Place::inside;
    }

    void write_node(const N &node, Place place, int depth) {
        if (depth > limits_.depth)
            throw core::Error{core::ErrorCode::limit_exceeded, "the document is nested too deeply",
                              "More than " + std::to_string(limits_.depth) + " levels.", 0};
        if (++nodes_ % 1024 == 0) limits_.interrupt.poll();
        switch (node.kind()) {
            case Kind::absent:
            case Kind::null: out_ += "null"; break;
            case Kind::boolean: out_ += node.as_bool() ? "true" : "false"; break;
            case Kind::number: out_ += number_text(node); break;
            case Kind::string: append_json_string(out_, node.as_text()); break;
            case Kind::array:
                out_ += '[';
                for (std::size_t i = 0; i < node.size(); ++i) {
                    if (i > 0) out_ += ',';
                    write_node(node.at(i), place, depth + 1);
                }
                out_ += ']';
                break;
            case Kind::object: write_object(node, place, depth); break;
        }
    }

    void write_object(const N &object, Place place, int depth) {
        std::vector<std::pair<std::string_view, std::size_t>> members;
        for (std::size_t i = 0; i < object.size(); ++i) {
            const std::string_view key = object.key(i);
            if (is_volatile(place, key)) continue;
            const N value = object.at(i);
            const Place inner = place_of(place, key, value);
            if (inner == Place::meta && !has_content(inner, value)) continue;
            members.emplace_back(key, i);
        }
        std::sort(members.begin(), members.end());
        out_ += '{';
        bool first = true;
        for (const auto &[key, i] : members) {
            if (!first) out_ += ',';
            first = false;
            append_json_string(out_, key);
            out_ += ':';
            const N value = object.at(i);
            write_node(value, place_of(place, key, value), depth + 1);
        }
        out_ += '}';
    }

    const core::Limits &limits_;
    std::string out_;
    std::size_t nodes_ = 0;
};

template <core::Node N>
core::Sha256 canonical_hash(const N &resource, const core::Limits &limits) {
    return core::sha256(CanonicalWriter<N>(limits).write(resource));
}

}  // namespace clinical::fhir
