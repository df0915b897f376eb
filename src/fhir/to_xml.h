#pragma once

// FHIR JSON to FHIR XML (R4, 2.6.1 and 2.6.2): the inverse of from_xml.
//
// Strict: what the definitions do not know, and what XML cannot hold, is refused with its path.
// A template over Node; text, path and checks without a Node are in to_xml.cpp.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhir/primitive_text.h"

namespace clinical::fhir {

// The document being written, and the path of where it stands.
class XmlOutput {
public:
    explicit XmlOutput(const core::Limits &limits) : limits_(limits) {}

    void open(std::string_view name);  // "<name"; attributes may follow
    void attribute(std::string_view name, std::string_view value);
    void end_tag(bool is_empty);  // ">", or "/>" when nothing follows
    void close(std::string_view name);
    void narrative(std::string_view div);  // a well-formed XHTML div, else kept as it is
    std::string take() { return std::move(text_); }

    [[noreturn]] void refuse(std::string_view reason) const;

    // One step down the path while it lives; steps without a name count for the depth.
    class Step {
    public:
        Step(XmlOutput &out, std::string_view name, int index = -1);
        ~Step();
        Step(const Step &) = delete;
        Step &operator=(const Step &) = delete;

    private:
        XmlOutput &out_;
        std::size_t length_;
    };

private:
    const core::Limits &limits_;
    std::string text_;
    std::string path_;
    int depth_ = 0;
    std::size_t steps_ = 0;
};

template <core::Node N>
class XmlWriter {
public:
    explicit XmlWriter(const core::Limits &limits) : out_(limits) {}

    // Throws core::Error.
    std::string write(const N &resource) {
        write_resource(resource, true);
        return out_.take();
    }

private:
    using Kind = core::Kind;
    using Step = XmlOutput::Step;

    // A member and its twin with "_".
    struct Property {
        Member member;
        std::string_view name;
        N value{}, extra{};

        [[nodiscard]] bool is_attribute() const { return member.element->is_xml_attribute(); }
    };

    void write_resource(const N &node, bool is_root) {
        const N name = node.kind() == Kind::object ? node.find("resourceType") : N();
        const Type *type = name.kind() == Kind::string ? resource_named(name.as_text()) : nullptr;
        if (!type) out_.refuse("this is not a resource of FHIR R4");
        const Step step(out_, is_root ? type->name() : std::string_view());
        out_.open(type->name());
        if (is_root) out_.attribute("xmlns", "http://hl7.org/fhir");
        write_content(type->name(), properties_of(*type, node));
    }

    // What follows an open tag, to the element's end; `value` of a primitive.
    void write_content(std::string_view tag, const std::vector<Property> &properties,
                       const std::optional<std::string> &value = std::nullopt) {
        bool has_children = false;
        for (const Property &p : properties) {
            has_children |= !p.is_attribute();
            if (!p.is_attribute()) continue;
            if (p.value.kind() != Kind::string || p.extra.kind() != Kind::absent)
                out_.refuse("an attribute in XML must be a plain string");
            out_.attribute(p.name, p.value.as_text());
        }
        if (value) out_.attribute("value", *value);
        out_.end_tag(!has_children);
        for (const Property &p : properties)
            if (!p.is_attribute()) write_property(p);
        if (has_children) out_.close(tag);
    }

    // The members of an object in the order of XML, each with its twin.
    std::vector<Property> properties_of(const Type &type, const N &object) {
        std::vector<Property> found;
        if (object.kind() == Kind::absent) return found;
        if (object.kind() != Kind::object) out_.refuse("an object is expected");
        for (std::size_t i = 0; i < object.size(); ++i) {
            std::string_view name = object.key(i);
            if (type.is_resource() && name == "resourceType") continue;
            const bool is_extra = name.starts_with('_');
            if (is_extra) name.remove_prefix(1);
            const auto member = member_of(type, name);
            if (!member || (is_extra && !member->type->is_primitive()))
                out_.refuse("a member is not known here");
            auto at = std::find_if(found.begin(), found.end(),
                                   [&](const Property &p) { return p.name == name; });
            if (at == found.end()) at = found.insert(at, Property{*member, name});
            (is_extra ? at->extra : at->value) = object.at(i);
        }
        std::sort(found.begin(), found.end(), [](const Property &a, const Property &b) {
            const auto x = a.member.element->number(), y = b.member.element->number();
            return x != y ? x < y : a.member.use < b.member.use;
        });
        return found;
    }

    void write_property(const Property &p) {
        if (!p.member.element->is_list()) {
            const Step step(out_, p.name);
            write_value(p.member, p.name, p.value, p.extra);
            return;
        }
        for (const N *list : {&p.value, &p.extra})
            if (list->kind() != Kind::absent && list->kind() != Kind::array)
                out_.refuse("an array is expected");
        const std::size_t count = std::max(p.value.size(), p.extra.size());
        if (count == 0) out_.refuse("an array is empty");
        for (std::size_t i = 0; i < count; ++i) {
            const Step step(out_, p.name, static_cast<int>(i));
            write_value(p.member, p.name, item(p.value, i), item(p.extra, i));
        }
    }

    // Element `i`; absent for the null that stands for nothing in the arrays of primitives.
    static N item(const N &list, std::size_t i) {
        if (i >= list.size()) return N();
        const N node = list.at(i);
        return node.kind() == Kind::null ? N() : node;
    }

    void write_value(const Member &member, std::string_view name, const N &value, const N &extra) {
        if (member.type->is_resource()) {
            out_.open(name);
            out_.end_tag(false);
            write_resource(value, false);
            out_.close(name);
        } else if (member.type->primitive() == Primitive::xhtml) {
            if (value.kind() != Kind::string || extra.kind() != Kind::absent)
                out_.refuse("a narrative must be a plain string");
            out_.narrative(value.as_text());
        } else if (member.type->is_primitive()) {
            if (value.kind() == Kind::absent && extra.kind() == Kind::absent)
                out_.refuse("a primitive has neither a value nor extensions");
            out_.open(name);
            std::optional<std::string> text;
            if (value.kind() != Kind::absent) text = scalar(member.type->primitive(), value);
            write_content(name, properties_of(*member.type, extra), text);
        } else {
            if (value.kind() != Kind::object) out_.refuse("an object is expected");
            out_.open(name);
            write_content(name, properties_of(*member.type, value));
        }
    }

    // The text of a value; its kind must be that which from_xml gives back.
    std::string scalar(Primitive primitive, const N &value) {
        Kind expected = Kind::string;
        switch (primitive) {
            case Primitive::boolean: expected = Kind::boolean; break;
            case Primitive::decimal:
            case Primitive::integer:
            case Primitive::positiveInt:
            case Primitive::unsignedInt: expected = Kind::number; break;
            default: break;
        }
        if (value.kind() != expected) out_.refuse("a primitive's value is not of its JSON type");
        switch (expected) {
            case Kind::boolean: return value.as_bool() ? "true" : "false";
            case Kind::number: return number_text(value);
            default: return std::string(value.as_text());
        }
    }

    XmlOutput out_;
};

// The resource as XML text, without a declaration.
template <core::Node N>
core::Result<std::string> to_xml(const N &resource, const core::Limits &limits) {
    try {
        return XmlWriter<N>(limits).write(resource);
    } catch (core::Error &error) {
        return std::move(error);
    }
}

}  // namespace clinical::fhir
