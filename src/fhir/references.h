#pragma once

// Every reference of a resource, with what it refers to: of a resource, what it contains, the
// entries of a bundle.  Template over Node; typed by the definitions, so that nothing is mistaken
// for a reference by its name.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhir/reference.h"

namespace clinical::fhir {

struct FoundReference {
    std::string path;       // FHIRPath
    std::string_view kind;  // relative, absolute, urn, contained, query, logical, canonical, ...
    std::string text;       // the reference, URL or canonical as written
    std::string type, id;   // of the target, when they are known
    std::string version;    // of "/_history/..." or of a canonical
    std::string system, value;  // of a logical reference's identifier
};

template <core::Node N>
class ReferenceWalk {
public:
    explicit ReferenceWalk(const core::Limits &limits) : limits_(limits) {}

    // Throws core::Error beyond the limits.
    std::vector<FoundReference> run(const N &resource) {
        const Type *type = type_of(resource);
        if (!type) return {};
        if (type->name() == "Bundle") index_entries(resource);
        walk(*type, resource, std::string(type->name()), resource, nullptr, 0);
        return std::move(found_);
    }

private:
    using Kind = core::Kind;

    static std::string_view text_of(const N &node) {
        return node.kind() == Kind::string ? std::string_view(node.as_text()) : std::string_view();
    }
    static const Type *type_of(const N &resource) {
        return resource.kind() == Kind::object
                   ? resource_named(text_of(resource.find("resourceType")))
                   : nullptr;
    }

    void index_entries(const N &bundle) {
        const N entries = bundle.find("entry");
        for (std::size_t i = 0; entries.kind() == Kind::array && i < entries.size(); ++i) {
            const N resource = entries.at(i).find("resource");
            if (const std::string_view url = text_of(entries.at(i).find("fullUrl"));
                !url.empty() && type_of(resource))
                entries_.emplace(url, resource);
        }
    }

    // `owner` is the resource around that is not contained.
    void walk(const Type &type, const N &node, const std::string &path, const N &owner,
              const Use *use, int depth) {
        if (node.kind() != Kind::object) return;
        if (depth > limits_.depth)
            throw core::Error{core::ErrorCode::limit_exceeded, "the resource is nested too deeply",
                              "More than " + std::to_string(limits_.depth) + " levels.", 0};
        if (++nodes_ % 1024 == 0) limits_.interrupt.poll();
        if (type.name() == "Reference") add(node, path, owner, use);
        for (std::size_t i = 0; i < node.size(); ++i) {
            std::string_view name = node.key(i);
            if (name.starts_with('_')) name.remove_prefix(1);
            const auto member = member_of(type, name);
            if (!member) continue;
            const N value = node.at(i);
            std::string inner = path + "." + std::string(member->element->name());
            if (value.kind() != Kind::array) {
                visit(*member, value, inner, owner, depth);
                continue;
            }
            for (std::size_t k = 0; k < value.size(); ++k)
                visit(*member, value.at(k), inner + "[" + std::to_string(k) + "]", owner, depth);
        }
    }

    void visit(const Member &member, const N &value, const std::string &path, const N &owner,
               int depth) {
        if (value.kind() == Kind::string) {
            if (member.type->primitive() == Primitive::canonical)
                add_canonical(member, value, path);
            return;
        }
        if (!member.type->is_resource())
            return walk(*member.type, value, path, owner, member.use, depth + 1);
        const Type *type = type_of(value);
        if (!type) return;
        const bool is_contained = member.element->name() == "contained";
        walk(*type, value, path, is_contained ? owner : value, nullptr, depth + 1);
    }

    static std::string_view only_target(const Use *use) {
        if (!use || use->targets().size() != 1) return {};
        const Type &type = *use->targets().begin();
        return type.is_abstract() ? std::string_view() : type.name();
    }

    void add_canonical(const Member &member, const N &value, const std::string &path) {
        const std::string_view text = text_of(value);
        const std::size_t bar = text.find('|');
        FoundReference out{path, "canonical", std::string(text.substr(0, bar)), {}, {}, {}, {}, {}};
        out.type = only_target(member.use);
        if (bar != std::string_view::npos) out.version = text.substr(bar + 1);
        found_.push_back(std::move(out));
    }

    void add(const N &node, const std::string &path, const N &owner, const Use *use) {
        FoundReference out{path, "display", {}, {}, {}, {}, {}, {}};
        const N reference = node.find("reference");
        const N identifier = node.find("identifier");
        out.system = text_of(identifier.find("system"));
        out.value = text_of(identifier.find("value"));
        if (reference.kind() == Kind::string) {
            out.text = text_of(reference);
            const Reference parsed = parse_reference(out.text);
            out.kind = name_of(parsed.kind);
            if (parsed.type) out.type = parsed.type->name();
            out.id = parsed.id;
            out.version = parsed.version;
            resolve(parsed, owner, out);
        } else if (identifier.kind() == Kind::object) {
            out.kind = "logical";
        } else if (node.find("display").kind() == Kind::absent) {
            return;
        }
        if (out.type.empty()) out.type = text_of(node.find("type"));
        if (out.type.empty()) out.type = only_target(use);
        found_.push_back(std::move(out));
    }

    void resolve(const Reference &parsed, const N &owner, FoundReference &out) {
        if (parsed.kind == ReferenceKind::contained) {
            const N contained = owner.find("contained");
            if (parsed.id.empty()) return target(owner, out);
            for (std::size_t i = 0; contained.kind() == Kind::array && i < contained.size(); ++i)
                if (text_of(contained.at(i).find("id")) == parsed.id)
                    return target(contained.at(i), out);
            return;
        }
        const auto entry = entries_.find(out.text);
        if (entry != entries_.end()) target(entry->second, out);
    }

    static void target(const N &resource, FoundReference &out) {
        if (const Type *type = type_of(resource)) out.type = type->name();
        if (const std::string_view id = text_of(resource.find("id")); !id.empty()) out.id = id;
    }

    const core::Limits &limits_;
    std::map<std::string_view, N> entries_;  // of a bundle, by fullUrl
    std::vector<FoundReference> found_;
    std::size_t nodes_ = 0;
};

}  // namespace clinical::fhir
