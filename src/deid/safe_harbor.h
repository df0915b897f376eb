#pragma once

// The de-identified copy of a FHIR R4 resource under 45 CFR 164.514(b)(2), written element by
// element from the allow list of rules.h.  Works over any Node and Writer: binary jsonb in the
// server, the core's own tree in tests and fuzzers.
//
// Every string of the output is one of: a word of a closed list (element names, bound codes,
// published code systems, states, countries, units), a code with the form and check digit of a
// public system, a year, three digits of a ZIP code, or a code that the caller supplied.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/tree.h"
#include "deid/address.h"
#include "deid/coded.h"
#include "deid/codes.h"
#include "deid/context.h"
#include "deid/crosswalk.h"
#include "deid/entries.h"
#include "deid/measured.h"
#include "deid/primitive.h"
#include "deid/reference.h"
#include "deid/rules.h"
#include "deid/sink.h"

namespace clinical::deid {

template <core::Node N, core::Writer W, typename Codes>
class SafeHarbor {
public:
    SafeHarbor(const Options &options, Codes &codes, W &writer)
        : context_(options, Codes::linkable), rules_(*options.rules), codes_(codes), out_(writer) {}

    // Writes the copy; false, and nothing written, for what is dropped whole: a type out of
    // scope, a resource that asks for an identifier, one that a modifier extension changes.
    bool write(const N &resource) {
        const Structure *type = scope_of(resource);
        if (!type) return false;
        gather(resource, *type);
        out_.begin_object();
        this->resource(resource, *type, Level::top);
        return out_.end();
    }

private:
    using Kind = core::Kind;
    using Out = Sink<W>;
    enum class Level { top, entry, contained };

    // --- resources ------------------------------------------------------------------------

    const Structure *scope_of(const N &resource) const {
        if (resource.kind() != Kind::object) return nullptr;
        const N type = resource.find("resourceType");
        if (type.kind() != Kind::string) return nullptr;
        const Structure *structure = rules_.resource(type.as_text());
        if (!structure || resource.find("modifierExtension").size() > 0) return nullptr;
        if (structure->special == Special::observation &&
            Coded<N>::question_of(resource.find("code")).second)
            return nullptr;
        return structure;
    }

    AgeRule age_of(const N &patient, const Person &known) const {
        if (patient.kind() != Kind::object)
            return AgeRule::make(known, context_.options.reference, {}, {});
        return AgeRule::make(known, context_.options.reference,
                             Context<N>::date_of(patient, "birthDate"),
                             Context<N>::date_of(patient, "deceasedDateTime"));
    }

    // What must be known before the first byte is written: whose ages these are.  Where a bundle
    // holds several patients, the oldest decides for what is not a Patient itself.
    void gather(const N &resource, const Structure &type) {
        context_.age =
            age_of(type.special == Special::patient ? resource : N(), *context_.options.person);
        if (type.special != Special::bundle) return;
        entries_.gather(resource);
        for (const N &patient : entries_.patients()) {
            const AgeRule age = age_of(patient, *context_.options.person);
            if (!age.birth) continue;
            const AgeRule &oldest = context_.age;
            if (!oldest.birth || (age.over && !oldest.over) ||
                (age.over == oldest.over &&
                 before(age.birth->earliest(), oldest.birth->earliest())))
                context_.age = age;
        }
    }

    void resource(const N &node, const Structure &type, Level level) {
        const N root = std::exchange(context_.root, node);
        const Question question = std::exchange(context_.question, Question{});
        const AgeRule age = context_.age;
        const auto outer = std::exchange(contained_ids_, {});
        if (level == Level::contained) {
            contained_ids_ = outer;
        } else {
            number_contained(node);
        }
        const bool inside = std::exchange(inside_, level == Level::contained);
        judge_ages(node, type, level);
        out_.string("resourceType", type.name);
        if (level == Level::contained) {
            const std::string id = "c" + std::to_string(++contained_);
            out_.string("id", id);
        } else {
            contained_ = 0;
            own_id(node, type);
        }
        if (type.special == Special::observation)
            context_.question = Coded<N>::question_of(node.find("code")).first;
        meta(node.find("meta"), level != Level::contained);
        members(node, type);
        inside_ = inside;
        contained_ids_ = outer;
        context_.age = age;
        context_.question = question;
        context_.root = root;
    }

    // Another person's dates are judged by themselves and with the subject's.
    void judge_ages(const N &node, const Structure &type, Level level) {
        const bool over = context_.age.over;
        if (level == Level::entry && type.special == Special::patient) {
            if (const AgeRule own = age_of(node, {}); own.birth && entries_.patients().size() > 1)
                context_.age = own;
        } else if (level == Level::contained) {
            if (const AgeRule own = age_of(node, {}); own.birth) {
                context_.age = own;
                context_.age.over |= over;
            }
        } else if (type.special == Special::relative) {
            context_.age =
                AgeRule::make({}, context_.options.reference, Context<N>::date_of(node, "bornDate"),
                              Context<N>::date_of(node, "deceasedDate"));
        }
    }

    void own_id(const N &node, const Structure &type) {
        const N id = node.find("id");
        std::string_view text;
        if (id.kind() == Kind::string) {
            text = id.as_text();
        } else if (entry_url_.kind() == Kind::string) {
            text = parse_reference(entry_url_.as_text()).id;
        }
        if (!text.empty() && codes_.find(type.name, text, {type.name, "id"}, code_))
            out_.string("id", code_);
    }

    // Contained resources that stay are renamed c1, c2, ...; references follow.
    void number_contained(const N &resource) {
        const N contained = resource.find("contained");
        if (contained.kind() != Kind::array) return;
        for (std::size_t i = 0; i < contained.size(); ++i) {
            const N one = contained.at(i);
            if (!scope_of(one)) continue;
            const N id = one.find("id");
            contained_ids_.push_back(id.kind() == Kind::string ? std::string_view(id.as_text())
                                                               : std::string_view());
        }
    }

    bool contained(const N &array) {
        if (inside_) return false;  // contained resources contain none (dom-2)
        out_.begin_array("contained");
        for (std::size_t i = 0; i < array.size(); ++i) {
            const N one = array.at(i);
            const Structure *type = scope_of(one);
            if (!type) continue;
            out_.begin_object();
            resource(one, *type, Level::contained);
            out_.end();
        }
        return out_.end();
    }

    void meta(const N &node, bool mark) {
        out_.begin_object("meta");
        const N profiles = node.find("profile");
        if (profiles.kind() == Kind::array) {
            out_.begin_array("profile");
            for (std::size_t i = 0; i < profiles.size(); ++i) {
                const N url = profiles.at(i);
                if (url.kind() == Kind::string && is_public_profile(url.as_text()))
                    out_.string({}, url.as_text());
            }
            out_.end();
        }
        if (mark) {  // a contained resource has no security label (dom-5)
            out_.begin_array("security");
            const N labels = node.find("security");
            if (labels.kind() == Kind::array)
                for (std::size_t i = 0; i < labels.size(); ++i) confidentiality(labels.at(i));
            write_coding("http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
                         context_.is_safe_harbor() ? "ANONYED" : "PSEUDED");
            out_.end();
        }
        out_.end();
    }

    void confidentiality(const N &label) {
        const N system = label.find("system");
        const N code = label.find("code");
        static constexpr std::string_view url =
            "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
        if (system.kind() == Kind::string && system.as_text() == url &&
            code.kind() == Kind::string && is_confidentiality(code.as_text()))
            write_coding(url, code.as_text());
    }

    void write_coding(std::string_view system, std::string_view code) {
        out_.begin_object();
        out_.string("system", system);
        out_.string("code", code);
        out_.end();
    }

    // --- elements -------------------------------------------------------------------------

    // An object walked by its definition.
    bool walk(const N &node, const Structure &type, std::string_view key) {
        if (node.kind() != Kind::object || !stays_whole(node, type)) return false;
        const Question question = context_.question;
        if (const auto asked = question_of(node, type)) {
            if (asked->second) return false;
            context_.question = asked->first;
        }
        if (type.special == Special::entry) entry_url_ = node.find("fullUrl");
        context_.descend();
        out_.begin_object(key);
        members(node, type);
        context_.question = question;
        context_.ascend();
        return out_.end();
    }

    static std::optional<std::pair<Question, bool>> question_of(const N &node,
                                                                const Structure &type) {
        switch (type.special) {
            case Special::component:
            case Special::characteristic: return Coded<N>::question_of(node.find("code"));
            case Special::target: return Coded<N>::question_of(node.find("measure"));
            case Special::item: return Coded<N>::question_of_item(node);
            default: return std::nullopt;
        }
    }

    // Half a ratio, or an amount without its currency, would say another thing; an entry without
    // its resource says nothing.
    bool stays_whole(const N &node, const Structure &type) {
        if (type.special == Special::entry) return scope_of(node.find("resource")) != nullptr;
        if (type.special == Special::ratio) {
            for (std::string_view name : {"numerator", "denominator"}) {
                const N part = node.find(name);
                if (part.kind() != Kind::absent &&
                    !measured_.keeps(part, context_.question.asks_age))
                    return false;
            }
        } else if (type.special == Special::money) {
            const N currency = node.find("currency");
            return currency.kind() == Kind::absent ||
                   (currency.kind() == Kind::string && is_currency(currency.as_text()));
        }
        return true;
    }

    void members(const N &node, const Structure &type) {
        context_.count();
        bool siblings = false;
        for (std::size_t i = 0; i < node.size(); ++i) {
            const std::string_view key = node.key(i);
            if (key.starts_with('_')) siblings = true;
            // What it changes cannot be told without it.
            if (key == "modifierExtension" && node.at(i).size() > 0) return;
        }
        std::array<const Element *, 8> missing;
        std::size_t missed = 0;
        const bool answers =
            type.special == Special::observation || type.special == Special::component;
        bool unanswered = false, answered = false;
        std::string sibling_key;
        for (std::size_t i = 0; i < node.size(); ++i) {
            std::string_view name = node.key(i);
            N value = node.at(i);
            N sibling;
            if (name.starts_with('_')) {
                name.remove_prefix(1);
                if (node.find(name).kind() != Kind::absent) continue;
                sibling = std::exchange(value, N());
            } else if (siblings) {
                sibling_key.assign(1, '_').append(name);
                sibling = node.find(sibling_key);
            }
            const Element *element = rules_.element(type, name);
            if (answers && name.starts_with("value")) unanswered = true;
            if (!element) continue;
            const Place place = std::exchange(context_.place, Place{type.name, element->name});
            const bool written = apply(*element, value, sibling);
            context_.place = place;
            if (answers && written) {
                answered |= element->is(Element::governed) && name.starts_with("value");
                answered |= name == "dataAbsentReason";
            }
            if (!written && element->is(Element::required) && missed < missing.size())
                missing[missed++] = element;
        }
        if (out_.started()) {
            for (std::size_t i = 0; i < missed; ++i) masked(*missing[i]);
            if (unanswered && !answered) masked_answer();
        }
    }

    bool apply(const Element &element, const N &value, const N &sibling) {
        if (element.is(Element::governed) && !context_.question.kept) return false;
        if (context_.options.removed && is_removed()) return false;
        if (element.action == Action::meta || element.action == Action::modifier) return false;
        if (element.is(Element::primitive)) {
            return element.is(Element::repeats) ? primitives(element, value, sibling)
                                                : primitive(element, value, sibling);
        }
        if (!element.is(Element::repeats)) return one(element, value, element.name);
        if (value.kind() != Kind::array) return false;
        if (element.action == Action::extension) return coded_.extensions(out_, value);
        if (element.action == Action::contained) return contained(value);
        out_.begin_array(element.name);
        for (std::size_t i = 0; i < value.size(); ++i) one(element, value.at(i), {});
        return out_.end();
    }

    // By a site's own policy.
    bool is_removed() const { return context_.options.removed->contains(context_.place.path()); }

    bool one(const Element &element, const N &node, std::string_view key) {
        if (node.kind() != Kind::object) return false;
        context_.count();
        switch (element.action) {
            case Action::codeable: return coded_.concept_of(out_, node, key);
            case Action::coding: return coded_.coding(out_, node, key);
            case Action::quantity:
                return measured_.quantity(out_, node, key, context_.question.asks_age);
            case Action::age: return measured_.quantity(out_, node, key, true);
            case Action::range:
                return measured_.range(out_, node, key,
                                       context_.question.asks_age || is_onset(element));
            case Action::address: return write_address(out_, node, key, context_.options);
            case Action::reference: return reference(element, node, key);
            case Action::walk: return walk(node, rules_.structure(element.detail), key);
            case Action::resource: return entry(node, key);
            default: return false;
        }
    }

    bool entry(const N &node, std::string_view key) {
        const Structure *type = scope_of(node);
        // A bundle within a bundle would need its own look at who is in it.
        if (!type || type->special == Special::bundle) return false;
        out_.begin_object(key);
        resource(node, *type, Level::entry);
        return out_.end();
    }

    // Says that a required element was there (data-absent-reason `masked`).
    void masked(const Element &element) {
        const bool simple = element.is(Element::primitive);
        const std::string key = (simple ? "_" : "") + std::string(element.name);
        const bool array = element.is(Element::repeats);
        if (array) out_.begin_array(key);
        out_.begin_object(array ? std::string_view() : std::string_view(key));
        out_.begin_array("extension");
        out_.begin_object();
        out_.string("url", masked_url);
        out_.string("valueCode", "masked");
        out_.end();
        out_.end();
        out_.end();
        if (array) out_.end();
    }

    // Says that an observation had a value, which has been removed.
    void masked_answer() {
        out_.begin_object("dataAbsentReason");
        out_.begin_array("coding");
        write_coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", "masked");
        out_.end();
        out_.end();
    }

    // --- primitives -----------------------------------------------------------------------

    bool primitive(const Element &element, const N &value, const N &sibling) {
        const Kept kept = primitives_.judge(element, value);
        bool written = write_kept(element, kept);
        if (sibling.kind() == Kind::object) {
            const std::string key = "_" + std::string(element.name);
            out_.begin_object(key);
            coded_.extensions(out_, sibling.find("extension"));
            written |= out_.end();
        }
        return written;
    }

    bool write_kept(const Element &element, const Kept &kept) {
        if (kept.kind == Kind::absent) return false;
        if (element.action == Action::plural) return out_.boolean("multipleBirthBoolean", true);
        if (element.action == Action::instant_year && context_.is_safe_harbor()) {
            std::string key(element.name);
            key.replace(key.size() - 7, 7, "DateTime");  // effectiveInstant
            return out_.string(key, kept.text);
        }
        return write_value(element.name, kept);
    }

    bool write_value(std::string_view key, const Kept &kept) {
        if (kept.kind == Kind::boolean) return out_.boolean(key, kept.flag);
        if (kept.kind == Kind::number) return out_.number(key, kept.digits);
        return out_.string(key, kept.word());
    }

    // Values and their siblings stay aligned: a position is dropped when both are, else null
    // stands for the one that is (http://hl7.org/fhir/R4/json.html#primitive).
    bool primitives(const Element &element, const N &values, const N &siblings) {
        const std::size_t n = std::max(values.kind() == Kind::array ? values.size() : 0,
                                       siblings.kind() == Kind::array ? siblings.size() : 0);
        std::vector<std::pair<Kept, N>> stay;
        bool any_value = false, any_sibling = false;
        for (std::size_t i = 0; i < n; ++i) {
            context_.count();
            const N value = values.kind() == Kind::array ? values.at(i) : N();
            const N sibling = siblings.kind() == Kind::array ? siblings.at(i) : N();
            Kept kept = primitives_.judge(element, value);
            const bool extended = coded_.allows_extension(sibling);
            if (kept.kind == Kind::absent && !extended) continue;
            any_value |= kept.kind != Kind::absent;
            any_sibling |= extended;
            stay.emplace_back(std::move(kept), extended ? sibling : N());
        }
        if (any_value) {
            out_.begin_array(element.name);
            for (const auto &[kept, sibling] : stay) {
                if (kept.kind == Kind::absent) {
                    out_.null();
                } else {
                    write_value({}, kept);
                }
            }
            out_.end();
        }
        if (any_sibling) {
            const std::string key = "_" + std::string(element.name);
            out_.begin_array(key);
            for (const auto &[kept, sibling] : stay) {
                if (sibling.kind() == Kind::absent) {
                    out_.null();
                    continue;
                }
                out_.begin_object();
                coded_.extensions(out_, sibling.find("extension"));
                out_.end();
            }
            out_.end();
        }
        return any_value || any_sibling;
    }

    // --- data types -----------------------------------------------------------------------

    static bool is_onset(const Element &element) {
        return packed_has("|abatementRange|ageRange|deceasedRange|onsetRange|", element.name);
    }

    bool reference(const Element &element, const N &node, std::string_view key) {
        const N text = node.find("reference");
        if (text.kind() != Kind::string) return false;
        ParsedReference parsed = parse_reference(text.as_text());
        if (parsed.kind == ParsedReference::unknown) return false;
        if (parsed.kind == ParsedReference::contained) return local_reference(parsed.id, key);
        if (const auto known = entries_.named(text.as_text())) {
            parsed.type = known->first;
            parsed.id = known->second;
        }
        if (parsed.type.empty()) {
            const N type = node.find("type");
            if (type.kind() == Kind::string) {
                parsed.type = type.as_text();
            } else if (element.detail > 0) {
                parsed.type = rules_.structure(element.detail - 1).name;
            }
        }
        const Structure *target = rules_.resource(parsed.type);
        if (!target || !codes_.find(target->name, parsed.id, context_.place, code_)) return false;
        target_.assign(target->name).append(1, '/').append(code_);
        out_.begin_object(key);
        out_.string("reference", target_);
        return out_.end();
    }

    bool local_reference(std::string_view id, std::string_view key) {
        target_ = "#";
        if (!id.empty()) {
            std::size_t n = 0;
            while (n < contained_ids_.size() && contained_ids_[n] != id) ++n;
            if (n == contained_ids_.size()) return false;
            target_ += "c" + std::to_string(n + 1);
        }
        out_.begin_object(key);
        out_.string("reference", target_);
        return out_.end();
    }

    Context<N> context_;
    const Rules &rules_;
    Entries<N> entries_;
    Coded<N> coded_{context_};
    Measured<N> measured_{context_};
    Primitives<N> primitives_{context_};
    Codes &codes_;
    Out out_;
    std::vector<std::string_view> contained_ids_;
    std::string code_, target_;
    bool inside_ = false;  // a contained resource
    N entry_url_;          // of the entry at hand
    int contained_ = 0;    // how many of them have been written
};

}  // namespace clinical::deid
