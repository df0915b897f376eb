#include "fhir/from_xml.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "fhir/definitions.h"
#include "fhir/narrative.h"
#include "xml/escape.h"
#include "xml/reader.h"

namespace clinical::fhir {

using core::Error;
using core::ErrorCode;
using core::Json;

namespace {

constexpr std::string_view fhir_namespace = "http://hl7.org/fhir";

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// The value of a primitive as JSON writes it; a string when it is none of its type.
Json primitive_value(Primitive primitive, std::string_view text) {
    switch (primitive) {
        case Primitive::boolean:
            if (text == "true" || text == "false") return Json::boolean(text == "true");
            break;
        case Primitive::decimal:
        case Primitive::integer:
        case Primitive::positiveInt:
        case Primitive::unsignedInt:
            if (core::is_json_number(text)) return Json::number(text);
            break;
        default: break;
    }
    return Json::string(text);
}

// Arrays of a repeating primitive and of its extensions keep the same length.
void pad(Json &object, std::string_view name, std::size_t size) {
    if (object.find(name).is_absent()) return;
    Json &array = object[name];
    while (array.size() < size) array.push(Json::null());
}

class Builder final : public xml::Handler {
public:
    explicit Builder(std::string_view source) : source_(source) {}
    Json take() { return std::move(root_); }

    void start(const xml::Tag &tag) override {
        if (narrative_depth_ > 0) {
            ++narrative_depth_;
            if (rewrites_) rewrite_start(tag);
            return;
        }
        if (frames_.empty() || frames_.back().holds_resource)
            start_resource(tag);
        else
            start_element(tag);
    }

    void end(const xml::Name &name) override {
        if (narrative_depth_ > 0 && rewrites_) narrative_ += "</" + std::string(name.local) + ">";
        if (narrative_depth_ > 1) {
            --narrative_depth_;
            return;
        }
        Frame frame = std::move(frames_.back());
        frames_.pop_back();
        finish_run(frame);
        if (narrative_depth_ == 1) {
            narrative_depth_ = 0;
            frame.value =
                Json::string(rewrites_ ? std::string_view(narrative_)
                                       : source_.substr(frame.begin, place().end - frame.begin));
        }
        if (frames_.empty())
            root_ = std::move(frame.value);
        else
            attach(frames_.back(), std::move(frame));
    }

    void text(std::string_view piece) override {
        if (narrative_depth_ > 0) {
            if (rewrites_) xml::append_text(narrative_, piece);
        } else if (!is_blank(piece)) {
            refuse("text is not allowed here");
        }
    }

    void comment(std::string_view text) override {
        if (narrative_depth_ > 0 && rewrites_) narrative_ += "<!--" + std::string(text) + "-->";
    }

private:
    // An element that is open, with what it has become so far.
    struct Frame {
        const Element *element = nullptr;  // null for a resource
        std::string name;                  // its member of the parent
        const Type *type = nullptr;
        Json value;                   // object, or the value of a primitive
        Json extra;                   // id and extensions of a primitive
        bool holds_resource = false;  // contained, Bundle.entry.resource, ...
        std::size_t begin = 0;        // of a narrative
        std::size_t index = 0;        // among its equals
        // The run of equal elements inside it that was seen last.
        const Element *run = nullptr;
        std::string run_name;
        std::size_t run_size = 0;
    };

    [[noreturn]] void refuse(std::string_view reason) const {
        std::string path;
        for (const Frame &frame : frames_) {
            if (!frame.element) {
                if (path.empty()) path = frame.type->name();
                continue;
            }
            path += "." + frame.name;
            if (frame.element->is_list()) path += "[" + std::to_string(frame.index) + "]";
        }
        throw Error{
            ErrorCode::invalid_value, "invalid FHIR XML",
            line_and_column() + std::string(reason) + (path.empty() ? "." : " (" + path + ")."),
            place().begin};
    }

    void start_resource(const xml::Tag &tag) {
        if (!frames_.empty() && !frames_.back().value.is_absent()) refuse("more than one resource");
        const Type *type =
            tag.name.uri == fhir_namespace ? resource_named(tag.name.local) : nullptr;
        if (!type) refuse("this is not a resource of FHIR R4 in its namespace");
        for (const xml::Attribute &a : tag.attributes)
            if (a.name.uri != "http://www.w3.org/2001/XMLSchema-instance")
                refuse("a resource has no attributes");
        Frame frame;
        frame.type = type;
        frame.value = Json::object();
        frame.value.set("resourceType", Json::string(type->name()));
        frames_.push_back(std::move(frame));
    }

    void start_element(const xml::Tag &tag) {
        Frame &parent = frames_.back();
        const auto member = member_of(*parent.type, tag.name.local);
        const bool narrative = member && member->type->primitive() == Primitive::xhtml;
        if (!member || member->element->is_xml_attribute() ||
            tag.name.uri != (narrative ? xml::xhtml_namespace : fhir_namespace))
            refuse("the element is not known here");
        enter_run(parent, *member, tag.name.local);

        Frame frame;
        frame.element = member->element;
        frame.name = tag.name.local;
        frame.type = member->type;
        frame.index = parent.run_size - 1;
        if (narrative) {
            start_narrative(tag, frame);
        } else if (member->type->is_resource()) {
            frame.holds_resource = true;
            if (!tag.attributes.empty()) refuse("the element has no attributes");
        } else {
            read_attributes(tag, frame);
        }
        frames_.push_back(std::move(frame));
    }

    // The order of elements, and how often they come.
    void enter_run(Frame &parent, const Member &member, std::string_view name) {
        if (parent.run == member.element && parent.run_name == name) {
            if (!member.element->is_list()) refuse("the element may not repeat");
            ++parent.run_size;
            return;
        }
        if (parent.run && member.element->number() < parent.run->number())
            refuse("the element is not in its place: order matters in FHIR XML");
        finish_run(parent);
        parent.run = member.element;
        parent.run_name = name;
        parent.run_size = 1;
    }

    static void finish_run(Frame &frame) {
        if (frame.run && frame.run->is_list()) {
            pad(frame.value, frame.run_name, frame.run_size);
            pad(frame.value, "_" + frame.run_name, frame.run_size);
        }
    }

    void read_attributes(const xml::Tag &tag, Frame &frame) {
        const Primitive primitive = frame.type->primitive();
        Json &object = primitive == Primitive::none ? frame.value : frame.extra;
        if (primitive == Primitive::none) object = Json::object();
        for (const xml::Attribute &a : tag.attributes) {
            if (!a.name.uri.empty()) refuse("the attribute is not known here");
            if (primitive != Primitive::none && a.name.local == "value") {
                frame.value = primitive_value(primitive, a.value);
                continue;
            }
            const Element *element = element_of(*frame.type, a.name.local);
            if (!element || !element->is_xml_attribute()) refuse("the attribute is not known here");
            object.set(a.name.local, Json::string(a.value));
        }
    }

    // Kept as written when its tag declares the namespace itself; else written again, because a
    // prefix or a default from outside would be lost.
    void start_narrative(const xml::Tag &tag, Frame &frame) {
        frame.begin = place().begin;
        narrative_depth_ = 1;
        rewrites_ = !tag.name.prefix.empty() ||
                    std::none_of(tag.namespaces.begin(), tag.namespaces.end(),
                                 [](const xml::Namespace &n) { return n.prefix.empty(); });
        if (!rewrites_) return;
        narrative_.clear();
        rewrite_start(tag);
    }

    void rewrite_start(const xml::Tag &tag) {
        narrative_ += "<" + std::string(tag.name.local);
        if (narrative_depth_ == 1) narrative_ += " xmlns=\"" + std::string(tag.name.uri) + "\"";
        for (const xml::Attribute &a : tag.attributes) {
            narrative_ += " " + std::string(a.name.prefix) + (a.name.prefix.empty() ? "" : ":") +
                          std::string(a.name.local) + "=\"";
            xml::append_attribute(narrative_, a.value);
            narrative_ += '"';
        }
        narrative_ += '>';
    }

    void attach(Frame &parent, Frame frame) {
        if (!frame.element) {  // a resource, into the element that holds it
            parent.value = std::move(frame.value);
            return;
        }
        if (frame.holds_resource && frame.value.is_absent()) frame.value = Json::object();
        if (frame.value.is_absent() && frame.extra.is_absent()) frame.extra = Json::object();
        Json &object = parent.type->is_primitive() ? parent.extra : parent.value;
        store(object, parent, frame.name, std::move(frame.value));
        store(object, parent, "_" + frame.name, std::move(frame.extra));
    }

    static void store(Json &object, const Frame &parent, const std::string &name, Json value) {
        if (value.is_absent()) return;
        if (!parent.run->is_list()) {
            object.set(name, std::move(value));
            return;
        }
        Json &array = object[name];
        if (array.is_absent()) array = Json::array();
        while (array.size() + 1 < parent.run_size) array.push(Json::null());
        array.push(std::move(value));
    }

    std::string_view source_;
    std::vector<Frame> frames_;
    int narrative_depth_ = 0;
    bool rewrites_ = false;  // the narrative into narrative_
    std::string narrative_;
    Json root_;
};

}  // namespace

core::Result<Json> from_xml(std::string_view xml, const core::Limits &limits) {
    if (xml.starts_with("\xEF\xBB\xBF")) xml.remove_prefix(3);
    std::string plain;
    if (may_have_html_names(xml)) xml = plain = without_html_names_in_narratives(xml);
    Builder builder(xml);
    if (auto error = xml::read(xml, builder, limits)) return *std::move(error);
    return builder.take();
}

}  // namespace clinical::fhir
