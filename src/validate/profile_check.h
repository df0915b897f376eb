#pragma once

// A resource against a compiled profile: cardinality, slicing, types, fixed and pattern values,
// bindings, constraints, extensions by their definitions.  mustSupport says nothing of a resource.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/tree.h"
#include "fhir/primitive_text.h"
#include "fhir/reference.h"
#include "fhirpath/evaluator.h"
#include "validate/bindings.h"
#include "validate/profile.h"
#include "validate/references.h"
#include "validate/report.h"

namespace clinical::validate {

// Compiled profiles by canonical URL; null when one cannot be had.
class ProfileSource {
public:
    virtual ~ProfileSource() = default;
    virtual const Profile *profile(std::string_view canonical) = 0;
    // The type that a profile, or a core type's URL, is of; null when it is not known.
    virtual const fhir::Type *type_of(std::string_view canonical) = 0;
};

// Whether `node` equals a fixed value, or has what a pattern has.
template <core::Node N>
bool has_value(const N &node, const core::Json &wanted, bool exactly) {
    using core::Kind;
    if (node.kind() != wanted.kind()) return false;
    switch (wanted.kind()) {
        case Kind::absent:
        case Kind::null: return true;
        case Kind::boolean: return node.as_bool() == wanted.as_bool();
        case Kind::number: return fhir::number_text(node) == wanted.as_text();
        case Kind::string: return node.as_text() == wanted.as_text();
        case Kind::array:
            if (exactly && node.size() != wanted.size()) return false;
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                bool found = exactly && has_value(node.at(i), wanted.at(i), true);
                for (std::size_t k = 0; !exactly && !found && k < node.size(); ++k)
                    found = has_value(node.at(k), wanted.at(i), false);
                if (!found) return false;
            }
            return true;
        case Kind::object:
            if (exactly && node.size() != wanted.size()) return false;
            for (const auto &[name, value] : wanted.members())
                if (!has_value(node.find(name), value, exactly)) return false;
            return true;
    }
    return false;
}

template <core::Node N>
class ProfileCheck {
public:
    ProfileCheck(ProfileSource &source, const fhirpath::Environment<N> &world,
                 const core::Limits &limits)
        : source_(source), environment_(world), limits_(limits) {}

    void run(const Profile &profile, const N &resource, Report &report) {
        root_ = resource;
        environment_.resource = environment_.root_resource = resource;
        Frame frame;
        frame.name = profile.type->name();
        if (type_of(resource) != profile.type && profile.type->is_resource())
            return report.error(frame, "structure", "profile-type",
                                "the resource is not of the profile's type");
        if (!profile.is_whole)
            report.information(frame, "not-found", "profile",
                               "a profile of the specification that this one stands on is not "
                               "loaded");
        check(profile.root, Item{resource, N(), profile.type, frame}, report, 0);
    }

private:
    using Kind = core::Kind;

    struct Item {
        N node{}, extra{};
        const fhir::Type *type = nullptr;
        Frame frame;
    };
    static constexpr int deepest = 60;

    // --- one element ---

    void check(const Rule &rule, const Item &item, Report &report, int depth) {
        if (depth > deepest)
            return report.error(item.frame, "too-costly", "depth",
                                "profiles are nested too deeply");
        if (++ticks_ % 256 == 0) limits_.interrupt.poll();
        if (!rule.fixed.is_absent() && !has_value(item.node, rule.fixed, true))
            report.error(item.frame, "value", "fixed", "the value is not the one that is fixed");
        if (!rule.pattern.is_absent() && !has_value(item.node, rule.pattern, false))
            report.error(item.frame, "value", "pattern", "the value lacks what the pattern has");
        check_types(rule, item, report, depth);
        check_binding(rule, item, report);
        for (const Constraint &c : rule.constraints) check_constraint(c, item, report);
        for (const auto &child : rule.children) check_child(*child, item, report, depth);
    }

    bool conforms(const Rule &rule, const Item &item, int depth) {
        Report quiet(1);
        check(rule, item, quiet, depth + 1);
        return !quiet.has_errors();
    }

    // --- the elements of one name ---

    void check_child(const Rule &rule, const Item &parent, Report &report, int depth) {
        const std::vector<Item> items = children(parent, rule);
        cardinality(rule, items.size(), parent, report);
        std::vector<const Rule *> slice_of(items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            for (const auto &slice : rule.slices)
                if (matches(rule, *slice, items[i], depth)) {
                    slice_of[i] = slice.get();
                    break;
                }
            if (!slice_of[i] && rule.is_closed && !rule.slices.empty())
                report.error(items[i].frame, "structure", "slicing",
                             "the element is in no slice, and the slicing is closed");
        }
        for (const auto &slice : rule.slices)
            cardinality(
                *slice,
                static_cast<std::size_t>(std::count(slice_of.begin(), slice_of.end(), slice.get())),
                parent, report);
        if (rule.is_ordered) check_order(rule, slice_of, items, report);
        for (std::size_t i = 0; i < items.size(); ++i) {
            check(rule, items[i], report, depth + 1);
            if (slice_of[i]) check(*slice_of[i], items[i], report, depth + 1);
        }
    }

    void cardinality(const Rule &rule, std::size_t count, const Item &parent, Report &report) {
        std::string what = "the element \"" + rule.name + "\"";
        if (!rule.slice.empty()) what = "the slice \"" + rule.slice + "\" of " + what;
        if (rule.min > 0 && count < static_cast<std::size_t>(rule.min))
            report.error(parent.frame, "required", "min",
                         what + " is required" +
                             (rule.min > 1 ? " " + std::to_string(rule.min) + " times" : ""));
        if (rule.max >= 0 && count > static_cast<std::size_t>(rule.max))
            report.error(
                parent.frame, "structure", "max",
                what + (rule.max == 0 ? " is not allowed"
                                      : " is allowed " + std::to_string(rule.max) +
                                            (rule.max == 1 ? " time" : " times") + " at most"));
    }

    static void check_order(const Rule &rule, const std::vector<const Rule *> &slice_of,
                            const std::vector<Item> &items, Report &report) {
        std::size_t last = 0;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (!slice_of[i]) continue;
            std::size_t at = 0;
            while (rule.slices[at].get() != slice_of[i]) ++at;
            if (at < last)
                report.error(items[i].frame, "structure", "slicing",
                             "the slices are not in the order of the profile");
            last = std::max(last, at);
        }
    }

    std::vector<Item> children(const Item &parent, const Rule &rule) {
        std::vector<Item> found;
        if (!parent.type || parent.node.kind() == Kind::absent) {
            if (parent.type) gather(parent, parent.extra, rule, found);
            return found;
        }
        gather(parent, parent.type->is_primitive() ? parent.extra : parent.node, rule, found);
        return found;
    }

    void gather(const Item &parent, const N &object, const Rule &rule, std::vector<Item> &found) {
        const fhir::Element *element = fhir::element_of(*parent.type, rule.name);
        if (!element || object.kind() != Kind::object) return;
        for (const fhir::Use &use : element->types()) {
            const fhir::Type &type = use.type();
            if (!rule.only_type.empty() && rule.only_type != type.name()) continue;
            std::string name(element->name());
            if (element->is_choice()) {
                name += type.name();
                char &c = name[element->name().size()];
                if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
            }
            const N value = object.find(name);
            const N extra = type.is_primitive() ? object.find("_" + name) : N();
            Frame frame = parent.frame.child(element->name());
            frame.parent = &frames_.emplace(frames_.size(), parent.frame).first->second;
            if (element->is_choice()) frame.choice = &type;
            if (!element->is_list()) {
                if (value.kind() != Kind::absent || extra.kind() != Kind::absent)
                    found.push_back({value, extra, actual(type, value), frame});
                continue;
            }
            const std::size_t count = std::max(array_size(value), array_size(extra));
            for (std::size_t i = 0; i < count; ++i) {
                frame.index = static_cast<int>(i);
                const N node = i < array_size(value) ? value.at(i) : N();
                const N side = i < array_size(extra) ? extra.at(i) : N();
                found.push_back({node.kind() == Kind::null ? N() : node,
                                 side.kind() == Kind::null ? N() : side, actual(type, node),
                                 frame});
            }
        }
    }

    static std::size_t array_size(const N &node) {
        return node.kind() == Kind::array ? node.size() : 0;
    }
    static const fhir::Type *actual(const fhir::Type &declared, const N &node) {
        if (!declared.is_resource()) return &declared;
        const fhir::Type *type = validate::type_of(node);
        return type ? type : &declared;
    }
    static const fhir::Type *type_of(const N &node) { return validate::type_of(node); }

    // --- slicing ---

    bool matches(const Rule &sliced, const Rule &slice, const Item &item, int depth) {
        if (sliced.discriminators.empty()) return matches_implied(slice, item, depth);
        for (const Discriminator &d : sliced.discriminators)
            if (!matches(d, slice, item, depth)) return false;
        return true;
    }

    // Extensions are sliced by url, elements of several types by type (R4, 5.1.0.16).
    bool matches_implied(const Rule &slice, const Item &item, int depth) {
        if (item.type && item.type->name() == "Extension")
            return matches(Discriminator{"value", "url"}, slice, item, depth);
        if (item.frame.choice) return matches(Discriminator{"type", "$this"}, slice, item, depth);
        return conforms(slice, item, depth);
    }

    bool matches(const Discriminator &d, const Rule &slice, const Item &item, int depth) {
        if (item.type && item.type->name() == "Extension" && d.path == "url")
            if (const std::string *url = profile_of(slice))
                return text_of(item.node.find("url")) == url->substr(0, url->find('|'));
        const Rule *rule = &slice;
        std::vector<Item> items{item};
        std::string_view path = d.path;
        while (!path.empty() && path != "$this" && !items.empty()) {
            std::size_t end = path.find('.');
            if (const std::size_t open = path.find('('); open < end)
                end = path.find('.', path.find(')'));
            std::string_view segment = path.substr(0, end);
            path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
            if (segment == "$this") continue;
            if (rule->has_value() && d.type != "exists" && d.type != "type") break;
            const Rule *next = rule;
            items = step(items, segment, rule, next);
            if (next == rule && rule == &slice && d.type != "type" && d.type != "profile" &&
                segment != "resolve()")
                return false;  // the slice does not say what tells it from others
            rule = next;
        }
        if (d.type == "exists") return rule->max == 0 ? items.empty() : !items.empty();
        if (d.type == "type")
            return std::any_of(items.begin(), items.end(),
                               [&](const Item &i) { return is_of(*rule, i); });
        if (d.type == "profile")
            return std::any_of(items.begin(), items.end(), [&](const Item &i) {
                Report quiet(1);
                check_types(*rule, i, quiet, depth + 1);
                return !quiet.has_errors();
            });
        return std::any_of(items.begin(), items.end(),
                           [&](const Item &i) { return conforms(*rule, i, depth); });
    }

    // One step of a discriminator's path, in the document and in the rules; `next` stays where the
    // rules say nothing of it.
    std::vector<Item> step(const std::vector<Item> &items, std::string_view segment,
                           const Rule *rule, const Rule *&next) {
        std::vector<Item> found;
        if (segment == "resolve()") {
            for (const Item &i : items) {
                Item target = resolve(i);
                if (target.type) found.push_back(target);
            }
            return found;
        }
        if (segment.starts_with("ofType(")) {
            const std::string_view name = segment.substr(7, segment.size() - 8);
            for (const Item &i : items)
                if (i.type && i.type->name() == name) found.push_back(i);
            return found;
        }
        if (segment.starts_with("extension(")) {
            const std::string_view url = segment.substr(11, segment.size() - 13);
            Rule any;
            any.name = "extension";
            for (const Item &i : items)
                for (Item &e : children(i, any))
                    if (text_of(e.node.find("url")) == url) found.push_back(e);
            if (const Rule *all = rule->child("extension"))
                for (const auto &slice : all->slices)
                    if (const std::string *p = profile_of(*slice); p && *p == url)
                        next = slice.get();
            return found;
        }
        Rule any;
        any.name = segment;
        if (const Rule *child = rule->child(segment)) next = child;
        for (const Item &i : items)
            for (Item &c : children(i, any)) found.push_back(c);
        return found;
    }

    static const std::string *profile_of(const Rule &rule) {
        for (const TypeRule &t : rule.types)
            if (!t.profiles.empty()) return &t.profiles.front();
        return nullptr;
    }

    // Contained resources and entries of the bundle; a reference elsewhere gives its type alone.
    Item resolve(const Item &item) {
        const std::string_view text = text_of(item.node.find("reference"));
        const fhir::Reference parsed = fhir::parse_reference(text);
        const N contained = root_.find("contained");
        for (std::size_t i = 0;
             parsed.kind == fhir::ReferenceKind::contained && i < array_size(contained); ++i)
            if (text_of(contained.at(i).find("id")) == parsed.id)
                return {contained.at(i), N(), type_of(contained.at(i)), item.frame};
        const N entries = root_.find("entry");
        for (std::size_t i = 0; i < array_size(entries) && !text.empty(); ++i) {
            const std::string_view url = text_of(entries.at(i).find("fullUrl"));
            if (url == text || (url.ends_with(text) && url.size() > text.size() &&
                                url[url.size() - text.size() - 1] == '/')) {
                const N resource = entries.at(i).find("resource");
                return {resource, N(), type_of(resource), item.frame};
            }
        }
        return {N(), N(), parsed.type, item.frame};
    }

    // --- types, bindings, constraints ---

    bool is_of(const Rule &rule, const Item &item) {
        if (!item.type) return false;
        if (rule.types.empty()) return rule.type == nullptr || item.type->is_a(*rule.type);
        return std::any_of(rule.types.begin(), rule.types.end(), [&](const TypeRule &t) {
            const fhir::Type *type = fhir::type_named(t.code);
            return type && item.type->is_a(*type);
        });
    }

    void check_types(const Rule &rule, const Item &item, Report &report, int depth) {
        if (rule.types.empty() || !item.type) return;
        if ((item.frame.choice || item.type->is_resource()) && !is_of(rule, item))
            return report.error(item.frame, "structure", "type",
                                "the value is not of a type that the profile allows");
        for (const TypeRule &t : rule.types) {
            if (t.code != item.type->name() && !item.type->is_resource()) continue;
            if (!t.targets.empty()) check_target(t, item, report);
            if (!t.profiles.empty()) check_profiles(t, item, report, depth);
        }
    }

    void check_target(const TypeRule &rule, const Item &item, Report &report) {
        const Item target = resolve(item);
        const fhir::Type *type = target.type;
        if (!type) type = fhir::resource_named(text_of(item.node.find("type")));
        if (!type) return;
        for (const std::string &canonical : rule.targets) {
            const fhir::Type *wanted = source_.type_of(canonical);
            if (!wanted || type->is_a(*wanted)) return;
        }
        report.error(item.frame, "structure", "reference-target",
                     "the profile does not allow a reference to a resource of this type");
    }

    void check_profiles(const TypeRule &rule, const Item &item, Report &report, int depth) {
        const Profile *last = nullptr;
        for (const std::string &canonical : rule.profiles) {
            const Profile *profile = source_.profile(canonical);
            if (!profile) {
                if (fhir::type_named(canonical.substr(canonical.rfind('/') + 1))) return;
                return report.warning(item.frame, "not-found", "profile",
                                      "a profile that the element names is not loaded");
            }
            if (conforms(profile->root, item, depth)) return;
            last = profile;
        }
        if (last) check(last->root, item, report, depth + 1);  // tells what is wrong
    }

    void check_binding(const Rule &rule, const Item &item, Report &report) {
        if (rule.strength == fhir::Strength::none || rule.value_set.empty() || !item.type) return;
        const std::string_view type = item.type->name();
        std::optional<bool> in = false;
        bool has_code = false;
        const auto look = [&](const N &coding) {
            has_code |= coding.find("code").kind() == Kind::string;
            const auto one =
                member(rule, text_of(coding.find("system")), text_of(coding.find("code")));
            if (!one) in = std::nullopt;
            if (one && *one && in) in = true;
        };
        if (type == "CodeableConcept") {
            const N codings = item.node.find("coding");
            for (std::size_t i = 0; i < array_size(codings); ++i) look(codings.at(i));
        } else if (type == "Coding" || type == "Quantity") {
            look(item.node);
        } else if (item.node.kind() == Kind::string) {
            has_code = true;
            in = member(rule, {}, item.node.as_text());
        } else {
            return;
        }
        if (!in) return;  // nobody here knows
        if (*in) return;
        if (rule.strength == fhir::Strength::required)
            report.error(item.frame, "code-invalid", "binding",
                         "a code of the value set that the profile requires is missing");
        else if (has_code)
            report.warning(item.frame, "code-invalid", "binding",
                           "no code is in the value set of the profile (extensible)");
    }

    std::optional<bool> member(const Rule &rule, std::string_view system, std::string_view code) {
        if (const fhir::ValueSet *set = fhir::value_set_at(rule.value_set)) {
            const CodeVerdict verdict = verdict_of(*set, system, code);
            if (verdict != CodeVerdict::unknown) return verdict == CodeVerdict::in;
        }
        if (!environment_.terminology) return std::nullopt;
        try {
            return environment_.terminology->member_of({system, code, {}}, rule.value_set);
        } catch (const core::Error &) {  // a value set that cannot be expanded here
            return std::nullopt;
        }
    }

    void check_constraint(const Constraint &constraint, const Item &item, Report &report) {
        auto &evaluator = evaluators_[&constraint];
        if (!evaluator)
            evaluator =
                std::make_unique<fhirpath::Evaluator<N>>(constraint.expression, environment_);
        try {
            typename fhirpath::Evaluator<N>::Item focus =
                fhirpath::Evaluator<N>::item_of(item.node, item.type);
            const auto &result = evaluator->evaluate(focus);
            if (evaluator->boolean_of(result).value_or(false)) return;
        } catch (const core::Error &) {
            return;
        }
        const std::string message = constraint.human + " (" + constraint.key + ")";
        if (constraint.is_error)
            report.error(item.frame, "invariant", constraint.key, message);
        else
            report.warning(item.frame, "invariant", constraint.key, message);
    }

    ProfileSource &source_;
    fhirpath::Environment<N> environment_;
    const core::Limits &limits_;
    N root_{};
    std::map<std::size_t, Frame> frames_;  // parents of the frames that items hold
    std::map<const Constraint *, std::unique_ptr<fhirpath::Evaluator<N>>> evaluators_;
    std::size_t ticks_ = 0;
};

}  // namespace clinical::validate
