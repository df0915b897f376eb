#include "deid/policy.h"

#include <algorithm>
#include <charconv>

#include "fhir/definitions.h"

namespace clinical::deid {

namespace {

using core::Json;
using core::Kind;

core::Error refused(std::string rule) {
    return {core::ErrorCode::invalid_option, "invalid policy", std::move(rule), 0};
}

std::optional<Mode> mode_named(std::string_view name) {
    if (name == "safe_harbor") return Mode::safe_harbor;
    if (name == "limited_data_set") return Mode::limited_data_set;
    if (name == "expert_determination") return Mode::expert_determination;
    return std::nullopt;
}

std::optional<Treatment> treatment_named(std::string_view name) {
    static constexpr std::pair<std::string_view, Treatment> names[] = {
        {"keep", Treatment::keep},
        {"remove", Treatment::remove},
        {"year", Treatment::year},
        {"date_shift", Treatment::date_shift},
        {"hash", Treatment::hash},
        {"zip3", Treatment::zip3},
        {"age_cap", Treatment::age_cap},
        {"substitute", Treatment::substitute},
        {"generalize", Treatment::generalize},
        {"perturb", Treatment::perturb},
        {"scrub", Treatment::scrub},
    };
    for (const auto &[text, treatment] : names)
        if (text == name) return treatment;
    return std::nullopt;
}

// The parameters that an action takes, packed and sorted.
std::string_view parameters_of(Treatment treatment) {
    switch (treatment) {
        case Treatment::substitute: return "|action|path|with|";
        case Treatment::generalize: return "|action|bins|map|other|path|prefixes|ranges|";
        case Treatment::perturb: return "|action|path|proportional|round_to|span|";
        default: return "|action|path|";
    }
}

// "*", a type (HumanName), or elements from a type on (Patient.name.family), as R4 defines them.
bool is_path(std::string_view path) {
    if (path == "*") return true;
    std::size_t dot = path.find('.');
    const fhir::Type *type = fhir::type_named(path.substr(0, dot));
    if (!type) return path == "Resource.id";
    while (dot != path.npos) {
        path.remove_prefix(dot + 1);
        dot = path.find('.');
        const std::string_view name = path.substr(0, dot);
        const auto member = fhir::member_of(*type, name);
        if (!member) {
            // A choice without its type ends a path.
            const auto all = type->elements();
            return dot == path.npos && std::any_of(all.begin(), all.end(),
                                                   [&](const auto &e) { return e.name() == name; });
        }
        type = member->type;
    }
    return true;
}

// What `scrub` takes: elements of text, and the types that hold it.  Not the parts of a name, an
// address or a reference: a lone "Brown" is no sentence in which a scrubber could find a name.
bool is_text_path(std::string_view path) {
    static constexpr std::string_view held = "|Annotation|Attachment|Narrative|markdown|xhtml|";
    static constexpr std::string_view parts =
        "|Address|ContactPoint|HumanName|Identifier|Reference|Signature|";
    std::size_t dot = path.find('.');
    const fhir::Type *type = fhir::type_named(path.substr(0, dot));
    if (!type) return false;
    const fhir::Type *holder = nullptr;
    std::string_view name;
    while (dot != path.npos) {
        path.remove_prefix(dot + 1);
        dot = path.find('.');
        name = path.substr(0, dot);
        const auto member = fhir::member_of(*type, name);
        if (!member || packed_has(parts, type->name())) return false;
        holder = type;
        type = member->type;
    }
    if (packed_has(held, type->name())) return true;
    if (!holder) return false;
    if (type->name() == "base64Binary")
        return name == "data" && (holder->name() == "Attachment" || holder->name() == "Binary");
    return type->name() == "string" && name != "id";
}

bool is_whole(const Json &number, int &value) {
    const std::string &text = number.as_text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return number.kind() == Kind::number && error == std::errc() &&
           end == text.data() + text.size();
}

bool is_typed(Treatment treatment, const Json &row) {
    const auto is = [&](const char *name, Kind kind) {
        const Json &value = row.find(name);
        return value.is_absent() || value.kind() == kind;
    };
    if (treatment == Treatment::substitute) return !row.find("with").is_absent();
    if (treatment == Treatment::generalize) {
        const Json &other = row.find("other");
        for (const Json &one : row.find("prefixes").elements()) {
            int kept = 0;
            const Kind append = one.find("append").kind();
            if (one.find("prefix").kind() != Kind::string || !is_whole(one.find("keep"), kept) ||
                kept < 0 || (append != Kind::absent && append != Kind::string))
                return false;
        }
        return is("map", Kind::object) && is("ranges", Kind::array) &&
               is("prefixes", Kind::array) && is("bins", Kind::number) &&
               (other.is_absent() || other.as_text() == "keep" || other.as_text() == "remove");
    }
    if (treatment == Treatment::perturb)
        return row.find("span").kind() == Kind::number && is("proportional", Kind::boolean) &&
               is("round_to", Kind::number);
    return true;
}

std::optional<core::Error> read_rule(const Json &row, Policy &policy) {
    const std::string &path = row.find("path").as_text();
    const auto treatment = treatment_named(row.find("action").as_text());
    if (row.kind() != Kind::object || !treatment)
        return refused("A rule has a path, an action of the list and its parameters.");
    for (const auto &[key, value] : row.members())
        if (!packed_has(parameters_of(*treatment), key))
            return refused("An action has a parameter that it does not take.");
    if (!is_typed(*treatment, row)) return refused("A parameter of an action is of another type.");
    if (!is_path(path)) return refused("A path names no element of FHIR R4.");
    if (policy.mode != Mode::expert_determination) {
        if (*treatment == Treatment::scrub)
            return refused(
                "Action scrub belongs to expert_determination: text that software scrubbed may "
                "still identify somebody.");
        if (*treatment != Treatment::remove)
            return refused("The mode only tightens: remove is the one action it takes.");
        if (path == "*") return refused("A policy that removes everything is none.");
        policy.removed.insert(path);
        return std::nullopt;
    }
    if (*treatment == Treatment::scrub && !is_text_path(path))
        return refused(
            "Action scrub takes text: an element of type string, markdown, Annotation, "
            "Narrative or Attachment, and no part of a name, address or reference.");
    policy.shifts_dates |= *treatment == Treatment::date_shift;
    policy.scrubs |= *treatment == Treatment::scrub;
    if (!policy.treatments.emplace(path, Treated{*treatment, row}).second)
        return refused("Two rules name the same path.");
    return std::nullopt;
}

}  // namespace

core::Result<Policy> compile_policy(const Json &document) {
    Policy policy;
    if (document.kind() != Kind::object) return refused("It must be an object.");
    const auto mode = mode_named(document.find("mode").as_text());
    if (!mode) return refused("Its mode is safe_harbor, limited_data_set or expert_determination.");
    policy.mode = *mode;
    for (const auto &[key, value] : document.members()) {
        if (key == "mode") continue;
        if (key == "name" && value.kind() == Kind::string) {
            policy.name = value.as_text();
        } else if (key == "zip3_basis" && zip_basis(value.as_text())) {
            policy.zip.basis = *zip_basis(value.as_text());
        } else if (key == "zip3_margin" && is_whole(value, policy.zip.margin) &&
                   policy.zip.margin >= 0) {
            continue;
        } else if (key == "keep_weekday" && value.kind() == Kind::boolean &&
                   *mode == Mode::expert_determination) {
            policy.keep_weekday = value.as_bool();
        } else if (key == "rules" && value.kind() == Kind::array) {
            for (const Json &row : value.elements())
                if (auto error = read_rule(row, policy)) return std::move(*error);
        } else {
            return refused("It has a member that its mode does not take.");
        }
    }
    // Without rows of its own, the allow list stands and dates move.
    policy.shifts_dates |= *mode == Mode::expert_determination && policy.treatments.empty();
    return policy;
}

}  // namespace clinical::deid
