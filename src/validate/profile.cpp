#include "validate/profile.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

namespace clinical::validate {

using core::Error;
using core::ErrorCode;
using core::Json;
using core::Kind;

namespace {

constexpr std::string_view core_base = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::size_t longest_chain = 20;

std::string text(const Json &json) {
    return std::string(json.kind() == Kind::string ? json.as_text() : std::string_view());
}

Error refused(ErrorCode code, const char *where) {
    return {code, "profile cannot be used", where, 0};
}

// The definitions from the one that stands on base R4 to the profile itself.
core::Result<std::vector<const Json *>> chain_of(std::string_view canonical,
                                                 Definitions &definitions, bool &is_whole) {
    std::vector<const Json *> chain;
    std::string url(canonical);
    while (chain.size() < longest_chain) {
        const Json *definition = definitions.definition(url);
        if (!definition) {
            // A type of R4; or a profile of the specification that nobody loaded (vitalsigns).
            if (!chain.empty() && url.starts_with(core_base)) {
                is_whole = fhir::type_named(std::string_view(url).substr(core_base.size()));
                std::reverse(chain.begin(), chain.end());
                return chain;
            }
            return refused(ErrorCode::undefined_name,
                           chain.empty() ? "It is not loaded (pgclinical.load_definitions)."
                                         : "One that it is derived from is not loaded.");
        }
        chain.push_back(definition);
        url = text(definition->find("baseDefinition"));
        if (url.empty()) return refused(ErrorCode::invalid_value, "It has no baseDefinition.");
    }
    return refused(ErrorCode::limit_exceeded, "It is derived from more than 20 others.");
}

// "component:systolic" of an element's id.
std::pair<std::string, std::string> name_and_slice(std::string_view segment) {
    const std::size_t colon = segment.find(':');
    if (colon == std::string_view::npos) return {std::string(segment), ""};
    return {std::string(segment.substr(0, colon)), std::string(segment.substr(colon + 1))};
}

class Compiler {
public:
    explicit Compiler(Profile &profile) : profile_(profile) {}

    std::optional<Error> add(const Json &definition) {
        current_.clear();
        const Json &differential = definition.find("differential").find("element");
        const Json &elements = differential.kind() == Kind::array
                                   ? differential
                                   : definition.find("snapshot").find("element");
        for (const Json &element : elements.elements()) {
            Rule *rule = place(element);
            if (!rule)
                return refused(ErrorCode::invalid_value, "An element is not one of its type.");
            if (auto error = fill(*rule, element)) return error;
        }
        return std::nullopt;
    }

private:
    // The id where there is one; else path and sliceName, which come in the order of the tree.
    std::string id_of(const Json &element) {
        const std::string id = text(element.find("id")), path = text(element.find("path"));
        const std::string slice = text(element.find("sliceName"));
        if (std::count(id.begin(), id.end(), '.') == std::count(path.begin(), path.end(), '.') &&
            !id.empty())
            return id;
        std::string out;
        std::size_t at = 0;
        for (;;) {
            const std::size_t dot = path.find('.', at);
            const std::string prefix = path.substr(0, dot);
            out += path.substr(at, dot == std::string::npos ? dot : dot - at);
            if (dot == std::string::npos) {
                for (auto it = current_.begin(); it != current_.end();)
                    it = it->first.starts_with(path) ? current_.erase(it) : std::next(it);
                if (!slice.empty()) current_[path] = slice;
                return slice.empty() ? out : out + ":" + slice;
            }
            if (const auto known = current_.find(prefix); known != current_.end())
                out += ":" + known->second;
            out += '.';
            at = dot + 1;
        }
    }

    Rule *place(const Json &element) {
        const std::string id = id_of(element);
        std::string_view rest = id;
        Rule *rule = &profile_.root;
        for (bool is_root = true;; is_root = false) {
            const std::size_t dot = rest.find('.');
            if (!is_root) {
                rule = child(*rule, rest.substr(0, dot));
                if (!rule) return nullptr;
            }
            if (dot == std::string_view::npos) return rule;
            rest.remove_prefix(dot + 1);
        }
    }

    static Rule *find_or_add(std::vector<std::unique_ptr<Rule>> &rules, const Rule &like) {
        for (const auto &r : rules)
            if (r->name == like.name && r->only_type == like.only_type && r->slice == like.slice)
                return r.get();
        auto added = std::make_unique<Rule>();
        added->name = like.name;
        added->only_type = like.only_type;
        added->slice = like.slice;
        added->type = like.type;
        rules.push_back(std::move(added));
        return rules.back().get();
    }

    Rule *child(Rule &parent, std::string_view segment) {
        auto [name, slice] = name_and_slice(segment);
        if (name.ends_with("[x]")) name.resize(name.size() - 3);
        Rule like;
        like.name = name;
        const fhir::Type *type = type_of(parent);
        if (type && !(type->is_resource() && type->is_abstract())) {
            const fhir::Element *element = fhir::element_of(*type, name);
            if (!element) return nullptr;
            like.name = element->name();
            if (element->types().size() == 1) like.type = &element->types()[0].type();
            if (element->is_choice() && name != element->name()) {
                const auto member = fhir::member_of(*type, name);
                like.type = member->type;
                like.only_type = member->type->name();
            }
        }
        Rule *all = find_or_add(parent.children, like);
        if (slice.empty()) return all;
        like.slice = slice;
        return find_or_add(all->slices, like);
    }

    static const fhir::Type *type_of(const Rule &rule) {
        if (rule.types.size() == 1)
            if (const fhir::Type *type = fhir::type_named(rule.types[0].code)) return type;
        return rule.type;
    }

    std::optional<Error> fill(Rule &rule, const Json &element) {
        if (element.find("min").kind() == Kind::number)
            rule.min = std::atoi(std::string(element.find("min").as_text()).c_str());
        const std::string max = text(element.find("max"));
        if (!max.empty()) rule.max = max == "*" ? -1 : std::atoi(max.c_str());
        if (const Json &types = element.find("type"); types.kind() == Kind::array) {
            rule.types.clear();
            for (const Json &t : types.elements()) rule.types.push_back(type_rule(t));
        }
        for (const auto &[name, value] : element.members()) {
            if (name.starts_with("fixed")) rule.fixed = value;
            if (name.starts_with("pattern")) rule.pattern = value;
        }
        if (const Json &binding = element.find("binding"); !binding.is_absent()) {
            const std::string strength = text(binding.find("strength"));
            rule.value_set = text(binding.find("valueSet"));
            rule.strength = strength == "required"     ? fhir::Strength::required
                            : strength == "extensible" ? fhir::Strength::extensible
                                                       : fhir::Strength::none;
        }
        if (const Json &slicing = element.find("slicing"); !slicing.is_absent()) {
            rule.is_sliced = true;
            rule.is_closed = text(slicing.find("rules")) == "closed";
            rule.is_ordered = slicing.find("ordered").as_bool();
            rule.discriminators.clear();
            for (const Json &d : slicing.find("discriminator").elements())
                rule.discriminators.push_back({text(d.find("type")), text(d.find("path"))});
        }
        for (const Json &c : element.find("constraint").elements()) {
            const std::string expression = text(c.find("expression"));
            const std::string key = text(c.find("key"));
            if (expression.empty() || is_known(rule, key)) continue;
            auto parsed = fhirpath::Expression::parse(expression);
            if (!parsed.ok())
                return refused(ErrorCode::invalid_value, "A constraint of it does not parse.");
            rule.constraints.push_back({key, text(c.find("human")), std::move(parsed).value(),
                                        text(c.find("severity")) != "warning"});
        }
        return std::nullopt;
    }

    // Constraints of base R4 are checked there.
    static bool is_known(const Rule &rule, const std::string &key) {
        for (const fhir::Invariant &i : fhir::invariants())
            if (i.key() == key) return true;
        return std::any_of(rule.constraints.begin(), rule.constraints.end(),
                           [&](const Constraint &c) { return c.key == key; });
    }

    static TypeRule type_rule(const Json &type) {
        TypeRule rule{text(type.find("code")), {}, {}};
        for (const Json &p : type.find("profile").elements()) rule.profiles.push_back(text(p));
        for (const Json &p : type.find("targetProfile").elements()) rule.targets.push_back(text(p));
        return rule;
    }

    Profile &profile_;
    std::map<std::string, std::string> current_;  // path -> slice, for elements without ids
};

}  // namespace

const Rule *Rule::child(std::string_view element) const {
    for (const auto &rule : children)
        if (rule->name == element) return rule.get();
    return nullptr;
}

core::Result<std::unique_ptr<Profile>> compile_profile(std::string_view canonical,
                                                       Definitions &definitions) {
    auto profile = std::make_unique<Profile>();
    profile->url = canonical;
    // A type itself: base R4.
    if (canonical.starts_with(core_base) && !definitions.definition(canonical)) {
        std::string_view name = canonical.substr(core_base.size());
        profile->type = fhir::type_named(name.substr(0, name.find('|')));
        if (profile->type) {
            profile->root.type = profile->type;
            return profile;
        }
    }
    auto chain = chain_of(canonical, definitions, profile->is_whole);
    if (!chain.ok()) return chain.error();
    profile->type = fhir::type_named(text(chain.value().front()->find("type")));
    if (!profile->type) return refused(ErrorCode::invalid_value, "It is not of a type of FHIR R4.");
    profile->root.type = profile->type;
    profile->root.name = profile->type->name();
    Compiler compiler(*profile);
    for (const Json *definition : chain.value())
        if (auto error = compiler.add(*definition)) return *std::move(error);
    return profile;
}

}  // namespace clinical::validate
