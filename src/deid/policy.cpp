#include "deid/policy.h"

#include <algorithm>
#include <charconv>

#include "deid/rules.h"
#include "fhir/definitions.h"

namespace clinical::deid {

namespace {

using core::Json;
using core::Kind;

core::Error refused(std::string rule) {
    return {core::ErrorCode::invalid_option, "invalid policy", std::move(rule), 0};
}

constexpr std::string_view mode_names[] = {"safe_harbor", "limited_data_set",
                                           "expert_determination"};

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
        {"allow_list", Treatment::allow_list},
    };
    for (const auto &[text, treatment] : names)
        if (text == name) return treatment;
    return std::nullopt;
}

// The parameters that an action takes, packed and sorted.
std::string_view parameters_of(Treatment treatment) {
    switch (treatment) {
        case Treatment::substitute: return "|action|format|path|with|";
        case Treatment::generalize: return "|action|bins|format|map|other|path|prefixes|ranges|";
        case Treatment::perturb: return "|action|format|path|proportional|round_to|span|";
        default: return "|action|format|path|";
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
    const std::string text(number.as_text());
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

std::optional<Format> format_named(const Json &name) {
    if (name.is_absent()) return Format::fhir;
    for (const Format format : {Format::fhir, Format::hl7v2, Format::cda, Format::x12})
        if (name.as_text() == name_of(format)) return format;
    return std::nullopt;
}

std::optional<std::string> add_fhir(const std::string &path, Treated treated, Policy &policy) {
    if (!is_path(path)) return "The path names no element of FHIR R4.";
    if (treated.treatment == Treatment::remove && policy.mode != Mode::expert_determination)
        policy.removed.insert(path);
    if (treated.treatment == Treatment::allow_list)
        return "Action allow_list is of the other formats: in FHIR, rows say it all.";
    if (treated.treatment == Treatment::scrub && !is_text_path(path))
        return "Action scrub takes text: an element of type string, markdown, Annotation, "
               "Narrative or Attachment, and no part of a name, address or reference.";
    if (!policy.treatments.emplace(path, std::move(treated)).second)
        return "Two rows name the same path.";
    return std::nullopt;
}

// Of what a limited data set may hold anyway, and without a key.
bool takes_detail_away(Treatment treatment) {
    switch (treatment) {
        case Treatment::remove:
        case Treatment::year:
        case Treatment::zip3:
        case Treatment::age_cap:
        case Treatment::substitute:
        case Treatment::generalize: return true;
        default: return false;
    }
}

// The rule that the row breaks; nothing when it is added.
std::optional<std::string> read_row(const Json &row, Policy &policy) {
    const std::string path(row.find("path").as_text());
    const auto format = format_named(row.find("format"));
    const auto treatment = treatment_named(row.find("action").as_text());
    if (row.kind() != Kind::object || !treatment)
        return "A row has a path, an action of the list and its parameters.";
    if (!format) return "The format is fhir, hl7v2, cda or x12.";
    for (const auto &[key, value] : row.members())
        if (!packed_has(parameters_of(*treatment), key))
            return "The action has a parameter that it does not take.";
    if (!is_typed(*treatment, row)) return "A parameter of the action is of another type.";
    if (policy.mode != Mode::expert_determination) {
        if (*treatment == Treatment::scrub)
            return "Action scrub belongs to expert_determination: text that software scrubbed may "
                   "still identify somebody.";
        if (policy.mode == Mode::safe_harbor && *treatment != Treatment::remove)
            return "The mode only tightens: remove is the one action it takes.";
        if (!takes_detail_away(*treatment))
            return "The mode only tightens: it takes remove, year, zip3, age_cap, substitute and "
                   "generalize, of what its own rules have left.";
        if (path == "*") return "A row of such a mode names a place: its own rules say the rest.";
    }
    policy.shifts_dates |=
        *treatment == Treatment::date_shift || *treatment == Treatment::allow_list;
    policy.scrubs |= *treatment == Treatment::scrub;
    if (*treatment != Treatment::remove) policy.replacing.insert(*format);
    Treated treated{*treatment, row};
    if (*format == Format::fhir) return add_fhir(path, std::move(treated), policy);
    if (*treatment == Treatment::scrub && *format == Format::x12)
        return "Action scrub takes text of FHIR, HL7 v2 and C-CDA: that of X12 is removed.";
    switch (*format) {
        case Format::hl7v2: return policy.v2.add(path, std::move(treated));
        case Format::cda: return policy.cda.add(path, std::move(treated));
        default: return policy.x12.add(path, std::move(treated));
    }
}

}  // namespace

std::string_view name_of(Mode mode) { return mode_names[static_cast<std::size_t>(mode)]; }

std::optional<Mode> mode_named(std::string_view name) {
    const auto *found = std::find(std::begin(mode_names), std::end(mode_names), name);
    if (found == std::end(mode_names)) return std::nullopt;
    return static_cast<Mode>(found - std::begin(mode_names));
}

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
        } else if (key == "flavour" && value.kind() == Kind::string && value.as_text() == "dapl") {
            continue;  // of releases: deid_dapl
        } else if (key == "rules" && value.kind() == Kind::array) {
            std::size_t number = 0;
            for (const Json &row : value.elements()) {
                ++number;
                if (const auto rule = read_row(row, policy))
                    return refused("Row " + std::to_string(number) + ": " + *rule);
            }
        } else {
            return refused("It has a member that its mode does not take.");
        }
    }
    if (*mode == Mode::expert_determination) {
        // Without rows of its own, the allow list stands and dates move.
        policy.shifts_dates |= !policy.has_any_rows();
    } else {
        // Rows that only tighten leave the rest to the allow list, or as it has left it.
        const auto rest = [&](Format format) {
            return Treated{policy.is_second(format) ? Treatment::keep : Treatment::allow_list, {}};
        };
        if (!policy.treatments.empty()) policy.treatments.emplace("*", rest(Format::fhir));
        if (!policy.v2.empty()) policy.v2.rest = rest(Format::hl7v2);
        if (!policy.cda.empty()) policy.cda.rest = rest(Format::cda);
        if (!policy.x12.empty()) policy.x12.rest = rest(Format::x12);
    }
    return policy;
}

std::string_view name_of(Format format) {
    switch (format) {
        case Format::hl7v2: return "hl7v2";
        case Format::cda: return "cda";
        case Format::x12: return "x12";
        default: return "fhir";
    }
}

bool Policy::has_rows(Format format) const {
    switch (format) {
        case Format::hl7v2: return !v2.empty();
        case Format::cda: return !cda.empty();
        case Format::x12: return !x12.empty();
        default: return !treatments.empty();
    }
}

bool Policy::has_any_rows() const {
    return has_rows(Format::fhir) || has_rows(Format::hl7v2) || has_rows(Format::cda) ||
           has_rows(Format::x12);
}

bool Policy::is_second(Format format) const {
    if (mode == Mode::expert_determination) return false;
    return format == Format::fhir ? !treatments.empty() : replacing.contains(format);
}

std::optional<core::Error> Policy::refuse(Format format) const {
    if (mode != Mode::expert_determination || !has_any_rows() || has_rows(format))
        return std::nullopt;
    return refused("It has rows, but none of format " + std::string(name_of(format)) + ".");
}

void Policy::apply_to(Options &options, const KeyedHash *hash) const {
    options.mode = mode;
    options.zip = zip;
    options.removed = removed.empty() ? nullptr : &removed;
    options.v2_rows = v2.empty() || is_second(Format::hl7v2) ? nullptr : &v2;
    options.cda_rows = cda.empty() || is_second(Format::cda) ? nullptr : &cda;
    options.x12_rows = x12.empty() || is_second(Format::x12) ? nullptr : &x12;
    options.hash = hash;
}

Options Policy::second_of(const Options &first) const {
    Options options = first;
    options.removed = nullptr;
    options.v2_rows = &v2;
    options.cda_rows = &cda;
    options.x12_rows = &x12;
    return options;
}

}  // namespace clinical::deid
