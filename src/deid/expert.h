#pragma once

// Rows of a policy about FHIR: every element is treated by the row that names it best (the whole
// path, then the path within its data type, then its data type), else as what holds it is, else
// removed.  A row "*" says what happens to the rest.  Of expert determination, over resources as
// they are; of the modes that only tighten, over what the allow list has left of them.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/tree.h"
#include "deid/context.h"
#include "deid/policy.h"
#include "deid/policy_text.h"
#include "deid/reference.h"
#include "deid/sink.h"
#include "deid/treatment.h"
#include "fhir/definitions.h"

namespace clinical::deid {

template <core::Node N, core::Writer W>
class ExpertWriter {
public:
    // `text` may be null for a policy that scrubs nothing.
    ExpertWriter(const Policy &policy, const Options &options, const KeyedHash &hash,
                 PolicyText *text, W &writer)
        : policy_(policy), options_(options), hash_(hash), text_(text), out_(writer) {}

    bool write(const N &resource) {
        if (resource.kind() != Kind::object) return false;
        out_.begin_object();
        this->resource(resource);
        return out_.end();
    }

private:
    using Kind = core::Kind;

    const Treated *rule(std::string_view path) const {
        const auto found = policy_.treatments.find(path);
        return found == policy_.treatments.end() ? nullptr : &found->second;
    }

    void resource(const N &node) {
        const N type_node = node.find("resourceType");
        if (type_node.kind() != Kind::string) return;
        const fhir::Type *type = fhir::type_named(type_node.as_text());
        if (!type || type->kind() != fhir::TypeKind::resource) return;
        static const Treated removed{};
        const Treated *all = rule("*");
        const Treated *own = rule(type->name());
        const std::string outer = std::exchange(path_, std::string(type->name()));
        const Treated *given = own ? own : all ? all : &removed;
        out_.string("resourceType", type->name());
        object(node, type, *given);
        path_ = outer;
    }

    void object(const N &node, const fhir::Type *type, const Treated &inherited) {
        if (++depth_ > max_depth)
            throw core::Error{core::ErrorCode::limit_exceeded, "resource is nested too deep",
                              "The limit is 64 levels.", 0};
        const N outer = std::exchange(holder_, node);
        const fhir::Type *outer_type = std::exchange(holder_type_, type);
        for (std::size_t i = 0; i < node.size(); ++i) {
            if (++nodes_ % 1024 == 0) options_.interrupt.poll();
            const std::string_view key = node.key(i);
            if (key == "resourceType" || key.starts_with('_')) continue;
            member(node.at(i), node.find("_" + std::string(key)), key, type, inherited);
        }
        for (std::size_t i = 0; i < node.size(); ++i) {  // siblings of values that are not there
            const std::string_view key = node.key(i);
            if (key.starts_with('_') && node.find(key.substr(1)).kind() == Kind::absent)
                member(N(), node.at(i), key.substr(1), type, inherited);
        }
        holder_ = outer;
        holder_type_ = outer_type;
        --depth_;
    }

    void member(const N &value, const N &sibling, std::string_view key, const fhir::Type *type,
                const Treated &inherited) {
        const auto known = type ? fhir::member_of(*type, key) : std::nullopt;
        const fhir::Type *kind = known ? known->type : nullptr;
        const std::size_t length = path_.size();
        const std::string name(known ? known->element->name() : key);
        const Treated &treated = says_masked(value.kind() == Kind::absent ? sibling : value)
                                     ? keep_
                                     : best(key, name, type, kind, inherited);
        path_.append(1, '.').append(key);
        if (value.kind() != Kind::absent) this->value(value, key, kind, treated);
        // What stands beside a value goes the way of the value, unless that stays as it is.
        if (sibling.kind() != Kind::absent && treated.treatment == Treatment::keep)
            this->value(sibling, hold("_" + std::string(key)), fhir::type_named("Element"),
                        treated);
        path_.resize(length);
    }

    // Whether the allow list put it in the place of what is required: it says nothing else.
    bool says_masked(const N &node) const {
        if (policy_.mode == Mode::expert_determination || node.size() != 1) return false;
        if (node.kind() == Kind::array) return says_masked(node.at(0));
        if (node.kind() != Kind::object) return false;
        const N extensions = node.find("extension");
        if (extensions.kind() != Kind::array || extensions.size() != 1) return false;
        const N only = extensions.at(0);
        return only.kind() == Kind::object && only.size() == 2 &&
               text_at(only, "url") == masked_url && text_at(only, "valueCode") == "masked";
    }

    static std::string_view text_at(const N &node, std::string_view key) {
        const N found = node.find(key);
        return found.kind() == Kind::string ? found.as_text() : std::string_view();
    }

    const Treated &best(std::string_view key, std::string_view name, const fhir::Type *type,
                        const fhir::Type *kind, const Treated &inherited) const {
        const std::string here = path_ + ".";
        if (const Treated *r = rule(here + std::string(key))) return *r;
        const bool choice = name != key;  // value[x]
        if (choice)
            if (const Treated *r = rule(here + std::string(name))) return *r;
        if (key == "id" && path_.find('.') == path_.npos)
            if (const Treated *r = rule("Resource.id")) return *r;
        if (type) {
            const std::string within = std::string(type->name()) + ".";
            if (const Treated *r = rule(within + std::string(key))) return *r;
            if (choice)
                if (const Treated *r = rule(within + std::string(name))) return *r;
        }
        if (kind)
            if (const Treated *r = rule(kind->name())) return *r;
        return inherited;
    }

    // Keys must live until their container is closed.
    std::string_view hold(std::string key) {
        held_.push_back(std::make_unique<std::string>(std::move(key)));
        return *held_.back();
    }

    void value(const N &node, std::string_view key, const fhir::Type *kind,
               const Treated &treated) {
        if (node.kind() == Kind::array) {
            out_.begin_array(key);
            for (std::size_t i = 0; i < node.size(); ++i) value(node.at(i), {}, kind, treated);
            out_.end();
            return;
        }
        if (node.kind() == Kind::object) {
            if (treated.treatment == Treatment::substitute) {
                put(treated.parameters.find("with"), key, &node, kind);
                return;
            }
            if (treated.treatment == Treatment::scrub && text_ && kind &&
                kind->name() == "Narrative" && !has_own_rows())
                return narrative(node, key);
            out_.begin_object(key);
            if (kind && (kind->name() == "Resource" || kind->kind() == fhir::TypeKind::resource)) {
                resource(node);
            } else {
                // Text is scrubbed where a row says so, not in what else lies within.
                static const Treated removed{};
                const bool scrubs = treated.treatment == Treatment::scrub;
                object(node, kind, scrubs && !holds_text(kind) ? removed : treated);
            }
            out_.end();
            return;
        }
        primitive(node, key, kind, treated);
    }

    static bool holds_text(const fhir::Type *type) {
        return type && packed_has("|Annotation|Attachment|Narrative|", type->name());
    }

    // Whether rows speak of the parts of the narrative at path_.
    bool has_own_rows() const {
        return rule("Narrative.div") || rule("Narrative.status") || rule(path_ + ".div") ||
               rule(path_ + ".status");
    }

    // Both parts or none (div and status are 1..1).
    void narrative(const N &node, std::string_view key) {
        const N div = node.find("div");
        const auto text = div.kind() == Kind::string ? text_->narrative(std::string(div.as_text()))
                                                     : std::optional<std::string>();
        if (!text) return;
        out_.begin_object(key);
        if (const N status = node.find("status"); status.kind() == Kind::string)
            scrub(std::string(status.as_text()), "status", fhir::type_named("code"), "Narrative");
        out_.string("div", *text);
        out_.end();
    }

    // Text, and what must stand beside it: the status of a narrative, the type of an attachment.
    void scrub(const std::string &text, std::string_view key, const fhir::Type *kind,
               std::string_view holder) {
        const std::string_view name = kind ? kind->name() : std::string_view();
        std::optional<std::string> out;
        if (name == "xhtml") {
            out = text_->narrative(text);
        } else if (name == "base64Binary") {
            const N type = holder_.find("contentType");
            if (key == "data" && type.kind() == Kind::string)
                out = text_->attachment(type.as_text(), text);
        } else if (name == "code") {
            if (holder == "Attachment" && key == "contentType")
                out = text_media_type(text);
            else if (holder == "Narrative" && key == "status" &&
                     packed_has("|additional|empty|extensions|generated|", text))
                out = text;
        } else if (name == "string" || name == "markdown") {
            out = text_->text(text);
        }
        if (out && !out->empty()) out_.string(key, *out);
    }

    void primitive(const N &node, std::string_view key, const fhir::Type *kind,
                   const Treated &treated) {
        const bool text = node.kind() == Kind::string;
        const bool number = node.kind() == Kind::number;
        const std::string_view name = kind ? kind->name() : std::string_view();
        const bool date = text && (name == "date" || name == "dateTime" || name == "instant");
        switch (treated.treatment) {
            case Treatment::keep: return copy(node, key);
            case Treatment::remove: return;
            case Treatment::year:
                if (date && parse_date(node.as_text()))
                    out_.string(key, std::string_view(node.as_text()).substr(0, 4));
                return;
            case Treatment::date_shift:
                if (date)
                    if (const auto moved = shift_date(node.as_text(), options_.shift_days))
                        out_.string(key, *moved);
                return;
            case Treatment::hash: return hash(node, key);
            case Treatment::zip3: {
                char digits[3];
                if (!text) return;
                if (const auto area = zip3(node.as_text(), digits, options_.zip))
                    out_.string(key, *area);
                return;
            }
            case Treatment::age_cap: {
                if (!number) return;
                const double said = value_of(number_text(node));
                if (said >= capped_age) {
                    out_.number(key, "90");
                } else {
                    copy(node, key);
                }
                return;
            }
            case Treatment::substitute:
                put(treated.parameters.find("with"), key, nullptr, kind);
                return;
            case Treatment::generalize: return generalize(node, key, treated.parameters);
            case Treatment::perturb:
                if (number)
                    if (const auto noisy = perturbed(number_text(node), treated.parameters, hash_,
                                                     person_id(options_), path_))
                        out_.number(key, *noisy);
                return;
            case Treatment::scrub:
                if (text && text_)
                    scrub(std::string(node.as_text()), key, kind,
                          holder_type_ ? holder_type_->name() : std::string_view());
                return;
            case Treatment::allow_list: return;  // refused when it is compiled
        }
    }

    void copy(const N &node, std::string_view key) {
        switch (node.kind()) {
            case Kind::string: out_.string(key, node.as_text()); return;
            case Kind::number: out_.number(key, number_text(node)); return;
            case Kind::boolean: out_.boolean(key, node.as_bool()); return;
            default: return;
        }
    }

    // Of a reference the type stays and the id is hashed as the resource's own id is.
    void hash(const N &node, std::string_view key) {
        if (node.kind() != Kind::string) return;
        if (key == "reference") {
            const ParsedReference parsed = parse_reference(node.as_text());
            if (parsed.kind == ParsedReference::contained) return copy(node, key);
            if (parsed.kind != ParsedReference::resource) return;
            std::string rewritten;
            if (!parsed.type.empty()) rewritten.append(parsed.type).append("/");
            rewritten.append(hash_("id", parsed.id));
            out_.string(key, rewritten);
            return;
        }
        out_.string(key, hash_("id", node.as_text()));
    }

    // JSON of the policy; members that have a rule of their own are treated by it.
    void put(const core::Json &json, std::string_view key, const N *source,
             const fhir::Type *kind) {
        switch (json.kind()) {
            case Kind::string: out_.string(key, json.as_text()); return;
            case Kind::number: out_.number(key, json.as_text()); return;
            case Kind::boolean: out_.boolean(key, json.as_bool()); return;
            case Kind::array:
                out_.begin_array(key);
                for (const core::Json &one : json.elements()) put(one, {}, nullptr, nullptr);
                out_.end();
                return;
            case Kind::object:
                out_.begin_object(key);
                for (const auto &[name, one] : json.members())
                    if (!source || !rule(path_ + "." + std::string(name)))
                        put(one, name, nullptr, nullptr);
                if (source)
                    for (std::size_t i = 0; i < source->size(); ++i)
                        if (rule(path_ + "." + std::string(source->key(i))))
                            member(source->at(i), N(), source->key(i), kind, Treated{});
                out_.end();
                return;
            default: return;
        }
    }

    void generalize(const N &node, std::string_view key, const core::Json &row) {
        const bool number = node.kind() == Kind::number;
        if (!number && node.kind() != Kind::string) return;
        const std::string text = number ? number_text(node) : std::string(node.as_text());
        put(generalized(text, number ? Scalar::number : Scalar::text, row), key, nullptr, nullptr);
    }

    const Treated keep_{Treatment::keep, {}};
    const Policy &policy_;
    const Options &options_;
    const KeyedHash &hash_;
    PolicyText *text_;
    N holder_;  // of the member at hand
    const fhir::Type *holder_type_ = nullptr;
    Sink<W> out_;
    std::string path_;
    std::vector<std::unique_ptr<std::string>> held_;
    int depth_ = 0;
    std::size_t nodes_ = 0;
};

}  // namespace clinical::deid
